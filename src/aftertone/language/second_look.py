"""A second look at the number: digits heard again by a grammar that knows nothing else.

A recogniser of all words loses a number easily: at 8 kHz the embedded one writes "eight or nine and two".
Heard again for digits alone, digits come out wherever anything was said: `number_places` says where a number
is read, once or twice, and there as many digits are heard as it must have. Whether a digit was changed, the
digits say where both readings are sure of theirs, and else the sound. Where the first hearing has a number
that is valid, it is kept, and what the grammar heard instead is told as a doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aftertone.acoustics.interval import Interval
from aftertone.language.digits import Digit
from aftertone.language.number_places import (
    BELIEVED_LOG_ODDS,
    FOUND_TWICE,
    PART_DIGITS,
    middle_s,
    number_places,
)
from aftertone.language.numbers import CallbackNumber, Reading, number_of, timed_reading
from aftertone.language.pieces import dialled
from aftertone.language.sound_twice import STRANGE, strangest
from aftertone.language.transcript import HearsDigits, Transcript, Word

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

_DIGITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_JOINED_S, _PAD_S = 0.5, 0.2  # as the embedded engine cuts speech


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What a second look found.

    Attributes
    ----------
    number : CallbackNumber or None
        The number as the grammar has it; None where it found none, or the words' is kept.
    same : bool or None
        Two readings have the same digits; None where there is but one.
    sure_share : float or None
        Of the number's digits, those that the second search found too, in any reading.
    heard : tuple of Word
        Digits of the readings as the grammar heard them, in order of time.
    texts : tuple of str
        The readings as the grammar heard them, each by itself.
    first : tuple of str
        The readings of the first hearing.
    """

    number: CallbackNumber | None = None
    same: bool | None = None
    sure_share: float | None = None
    heard: tuple[Word, ...] = ()
    texts: tuple[str, ...] = ()
    first: tuple[str, ...] = ()


def second_look(
    transcript: Transcript, sound: Sound, region: str, hears: HearsDigits, expected: str | None = None
) -> SecondLook:
    """Hear the speech again for digits alone, and where a number is read for as many as it must have.

    Parameters
    ----------
    transcript : Transcript
        The first hearing.
    sound : Sound
        What it was heard in.
    region : str
        ISO 3166 code that the number is read in.
    hears : HearsDigits
    expected : str or None
        The number that should be said, in any form.

    Raises
    ------
    EngineError
        The digits cannot be had.
    """
    recording, region = sound.recording, region.upper()
    count = _usual_length(region)
    if count is None:
        return SecondLook()
    digits = [
        word
        for stretch in _stretches(sound.speech, recording.duration_s)
        for word in hears.digits_in(recording, stretch)
        if any(part.overlap_s(word.interval) > 0 for part in sound.speech)
    ]
    places = number_places(sound, digits, transcript.words, count)
    if places is None or places.log_odds < BELIEVED_LOG_ODDS:
        return SecondLook()

    def heard_in(place: Interval) -> tuple[Word, ...]:
        free = tuple(word for word in digits if place.start_s <= middle_s(word) <= place.end_s)
        if len(free) == count + 1 and free[0].text == "one":  # the country code
            return free
        padded = Interval(max(0.0, place.start_s - _PAD_S), min(place.end_s + _PAD_S, recording.duration_s))
        return hears.digits_in(recording, padded, count) or free

    heard = [heard_in(place) for place in places.readings]
    if not all(heard):
        return SecondLook()
    changed = _changed_digit(sound, heard, places.readings)
    said = _agreed(heard, changed)
    parts = [] if places.part is None else [_spread(said[0][-PART_DIGITS:], places.part)]
    return SecondLook(
        number=number_of(
            [_at(place, words) for words, place in zip(said, places.readings, strict=True)],
            parts,
            region=region,
            expected=expected,
        ),
        same=None if len(heard) < 2 else changed is None,
        sure_share=sum(map(_is_sure, said[0])) / len(said[0]),
        heard=tuple(word for words in heard for word in words),
        texts=tuple(map(text_of, heard)),
    )


def confirmed(readings: Sequence[Reading], sound: Sound, hears: HearsDigits) -> SecondLook:
    """Readings of a clean number held against as many digits as the grammar hears there; the words stay.

    Its word counts only where the second search finds the same digit: elsewhere it is no better than theirs.
    """
    duration_s = sound.recording.duration_s
    heard: list[Word] = []
    texts: list[str] = []
    for reading in readings:
        timed = timed_reading(reading, sound.speech, sound.nuclei)
        span = Interval(max(0.0, timed.start_s - _PAD_S), min(timed.end_s + _PAD_S, duration_s))
        digits = hears.digits_in(sound.recording, span, len(reading.digits))
        if len(digits) != len(reading.digits):
            continue
        heard += digits
        pairs = zip(reading.digits, digits, strict=True)
        texts.append("".join(_DIGITS[word.text] if _is_sure(word) else said for said, word in pairs))
    return SecondLook(heard=tuple(heard), texts=tuple(texts))


def text_of(words: Sequence[Word]) -> str:
    """The digits of words such as "oh" and "nine".

    >>> text_of([Word("oh", 0.0, 0.3), Word("nine", 0.4, 0.7)])
    '09'
    """
    return "".join(_DIGITS[word.text] for word in words)


def _stretches(speech: Sequence[Interval], duration_s: float) -> list[Interval]:
    """Speech joined over pauses, with the silence that a recogniser wants round it."""
    joined: list[Interval] = []
    for part in speech:
        if joined and part.start_s - joined[-1].end_s < _JOINED_S:
            part = Interval(joined.pop().start_s, part.end_s)
        joined.append(part)
    return [Interval(max(0.0, a - _PAD_S), min(duration_s, b + _PAD_S)) for a, b in joined]


def _usual_length(region: str) -> int | None:
    """Digits of a number as it is dialled in the region, after libphonenumber's example of one."""
    import phonenumbers as pn

    example = pn.example_number(region)
    return len(dialled(pn.format_number(example, pn.PhoneNumberFormat.NATIONAL))) if example else None


def _is_sure(word: Word) -> bool:
    return (word.confidence or 0.0) > FOUND_TWICE


def _changed_digit(sound: Sound, heard: Sequence[tuple[Word, ...]], places: Sequence[Interval]) -> int | None:
    """Which digit of the first reading the second has otherwise; None where they are one number, or alone.

    The digits heard are wrong too often to say it, unless they are alike; the sound is another one there.
    """
    if len(heard) < 2 or text_of(heard[0]) == text_of(heard[1]):
        return None
    one, two = (
        strangest(sound.frames, [word.interval for word in heard[at]], places[1 - at]) for at in (0, 1)
    )
    if one is None or two is None or one[0] * two[0] <= STRANGE**2:
        return None
    return max(one, two)[1]


def _agreed(heard: Sequence[tuple[Word, ...]], changed: int | None) -> list[tuple[Word, ...]]:
    """The words of each reading; where they differ the surer digit is both's, but for the changed one."""
    if len(heard) < 2 or len(heard[0]) != len(heard[1]):
        return list(heard)
    one, two = heard
    pairs = [
        (a, b) if at == changed else (b, b) if _is_sure(b) and not _is_sure(a) else (a, a)
        for at, (a, b) in enumerate(zip(one, two, strict=True))
    ]
    chosen = zip(*pairs, strict=True)
    return [
        tuple(
            replace(said, start_s=at.start_s, end_s=at.end_s) for said, at in zip(better, there, strict=True)
        )
        for better, there in zip(chosen, heard, strict=True)
    ]


def _at(place: Interval, words: Sequence[Word]) -> tuple[Digit, ...]:
    """The digits of a reading, which goes from end to end of its place."""
    starts_s = [place.start_s, *(max(word.start_s, place.start_s) for word in words[1:])]
    ends_s = [*(min(word.end_s, place.end_s) for word in words[:-1]), place.end_s]
    return tuple(
        Digit(_DIGITS[word.text], at, start_s, end_s)
        for at, (word, start_s, end_s) in enumerate(zip(words, starts_s, ends_s, strict=True))
    )


def _spread(words: Sequence[Word], place: Interval) -> tuple[Digit, ...]:
    step_s = place.duration_s / len(words)
    return tuple(
        Digit(_DIGITS[word.text], at, place.start_s + at * step_s, place.start_s + (at + 1) * step_s)
        for at, word in enumerate(words)
    )
