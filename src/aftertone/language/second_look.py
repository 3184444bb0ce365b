"""A second look at the number: digits heard again by who knows nothing else.

A recogniser of all words loses a number easily: at 8 kHz the embedded one writes "eight or nine and two".
`number_places` says where a number is read, once or twice, by what is like digits and what is not; there
digits and nothing else are heard, as many as it must have. Two readings that are the same number tell one
another's digits; whether a digit was changed, the digits and the sound say together. Where the first hearing
has a number that is valid, it is kept, and what was heard instead is told as a doubt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.interval import Interval, joined
from aftertone.acoustics.spoken_digits import DIGITS, ZERO_TO_NINE
from aftertone.language.digits import Digit
from aftertone.language.number_places import PART_DIGITS, Places, number_places
from aftertone.language.numbers import CallbackNumber, Reading, number_of, timed_reading
from aftertone.language.pieces import VALID, dialled, verdict_of
from aftertone.language.sound_twice import strangeness
from aftertone.language.transcript import HeardDigit, HearsDigits, Transcript

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

SURE = 0.9  # probability of a digit that speaks against a word
SURE_WORDS = 0.65
"""Confidence of each word of a number: with more, the words are trusted, and held against the net alone: what
else was heard of the numbers of sample_audio that was surely otherwise, was wrong each time. Of 24 valid
numbers of the embedded engine's words at 8 kHz, half of them wrong, none has more than 0.63; of 28 of
sample_audio that are right 27 have 0.70 and more, and two that are wrong 0.27 and 0.41."""
WORTH_HEARING_LOG_ODDS = -4.0
"""Of a place: less, and no number can be read there, whatever is heard."""
_BY_SURE_DIGITS, _SURE_AS_NOT = 15.0, 0.7
# Log odds of a number for each unit of its digits' mean probability above what they have as often without
# one. Of 114 recordings of up to 15 s in which none is said one comes to more than -2 (-0.8: a man with a
# cold, who says "uh"), and of 96 numbers three stay under 0: benchmarks/number_trials.md.
CHANGED = 0.9
"""A digit that is less alike than most by more was changed: the logarithm of how much less its cepstra are
alike, less 0.4 times that of how much alike the digits are that were heard there. Of 384 numbers said twice,
by four men each new to the net, half of them with a digit changed, 92 % are told apart; by the cepstra alone
76 %, by the digits alone 87 % (benchmarks/number_trials.md)."""
_BY_DIGITS, _LEAST_ALIKE = 0.4, 0.1
_TEMPER = 0.7  # exponent of what is said of two readings: one voice is misheard alike twice
_BY_WORDS = 0.46  # exponent of what the words say for a digit; fitted with what a DigitEar gives it
_USUAL_CONFIDENCE, _LEAST_CONFIDENCE = 0.9, 0.02  # of a word whose engine says none; and how sure one may be
_LEAST_SHARE = 1e-5  # of a digit that one reading or the other rules out
_WAYS, _INVALID_ODDS = 30, 0.02  # ways to read a number that are tried; numbers said are valid, nearly all
_JOINED_S, _PAD_S = 0.5, 0.2  # as the embedded engine cuts speech
_VOICED_SHARE = 0.5  # of the stretches of speech in a number: a short digit's voice is easily missed
_SAME_PLACE = 0.8  # of the shorter: a reading of the words and one of the second look


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What a second look found.

    Attributes
    ----------
    number : CallbackNumber or None
        The number as it was heard; None where none was, or the words' is kept.
    same : bool or None
        Two readings have the same digits; None where there is but one.
    certainty : float or None
        How likely all of the number's digits are right; None where the words have it and are sure.
    texts : tuple of str
        The readings as they were heard, each by itself.
    first : tuple of str
        The readings of the first hearing.
    again : Interval or None
        Where the number of the words is read a second time, under words that have it not.
    """

    number: CallbackNumber | None = None
    same: bool | None = None
    certainty: float | None = None
    texts: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    again: Interval | None = None


def second_look(
    transcript: Transcript, sound: Sound, region: str, hears: HearsDigits, expected: str | None = None
) -> SecondLook:
    """Find where a number is read, and hear as many digits there as it must have.

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
    region = region.upper()
    count = _usual_length(region)
    places = _places(transcript, sound, hears, count) if count else None
    heard = _heard_in(places, sound, hears, count) if places and count else []
    if places is None or not heard:
        return SecondLook()
    changed = changed_digit(sound, heard, places.readings)
    said = _agreed(heard, changed)
    if places.part:
        said = [
            _with_part(said[0], hears.digits_in(sound.recording, _padded(places.part, sound), PART_DIGITS))
        ]
    digits = [_likeliest_number(each, region) if changed is None else text_of(each) for each in said]
    items = [_at(*each) for each in zip(places.readings, said, digits, strict=True)]
    parts = [] if places.part is None else [_spread(digits[0][-PART_DIGITS:], places.part)]
    return SecondLook(
        number=number_of(items, parts, region=region, expected=expected),
        same=None if len(heard) < 2 else changed is None,
        certainty=min(map(_certainty, said, digits)),
        texts=tuple(map(text_of, heard)),
    )


def confirmed(
    readings: Sequence[Reading], transcript: Transcript, sound: Sound, hears: HearsDigits
) -> SecondLook:
    """Readings of a clean number held against the digits that are heard there; the words stay.

    What is heard counts only where it is sure: elsewhere it is no better than the words. Where they have the
    number once, it is looked for a second time.
    """
    timed = [timed_reading(reading, sound.speech, sound.nuclei) for reading in readings]
    held = [_held_against(*each, transcript, sound, hears) for each in zip(readings, timed, strict=True)]
    again = None
    if len(timed) == 1:
        again = _said_again(timed[0], len(readings[0].digits), transcript, sound, hears)
    doubts = [certainty for _, certainty in held if certainty is not None]
    return SecondLook(
        certainty=max(doubts) if len(doubts) == len(held) else None,
        texts=tuple(text for text, _ in held if text),
        again=again,
    )


def _held_against(
    reading: Reading, place: Interval, transcript: Transcript, sound: Sound, hears: HearsDigits
) -> tuple[str, float | None]:
    """A reading of the words, but for digits that are surely heard otherwise, and how likely the words are.

    "" where it cannot be told, and None where the words are sure. The net is asked first, and all the others
    only where it does not agree with words that are doubtful: they take twenty times as long.
    """
    place, count = _padded(place, sound), len(reading.digits)
    words = transcript.words[reading.first_word : reading.last_word + 1]
    if not _is_digit_by_digit([word.text for word in words], count):
        return "", None
    confidences = [transcript.words[item.word_index].confidence for item in reading.items]
    by_words = [_USUAL_CONFIDENCE if each is None else each for each in confidences]
    are_sure = min(by_words) >= SURE_WORDS
    by_net = hears.evidence_in(sound.recording, place, count).digits
    if len(by_net) == count:
        certainty = _words_certainty(reading, by_words, [each.shares for each in by_net])
        if certainty >= SURE:
            return reading.digits, None if are_sure else certainty
    if are_sure:
        return "", None
    heard = hears.digits_in(sound.recording, place, count)
    if len(heard) != count:
        return "", None
    text = "".join(
        each.digit if each.probability >= SURE else said
        for said, each in zip(reading.digits, heard, strict=True)
    )
    return text, _words_certainty(reading, by_words, [each.shares for each in heard])


def _is_digit_by_digit(words: Sequence[str], count: int) -> bool:
    """Whether the words were read so, as far as they tell: no "hundred", no "double", no "twelve".

    >>> _is_digit_by_digit(["four", "oh", "four"], 3), _is_digit_by_digit(["eight", "hundred"], 3)
    (True, False)
    >>> _is_digit_by_digit(["555-1234"], 7), _is_digit_by_digit(["800"], 3)
    (True, False)
    """
    plain = [word.lower().strip(".,") for word in words]
    digits = sum(1 if word in DIGITS else sum(map(str.isdigit, word)) for word in plain)
    return digits == count and all(word in DIGITS or not ("00" in word or word.isalpha()) for word in plain)


def _words_certainty(
    reading: Reading, by_words: Sequence[float], shares: Sequence[tuple[float, ...]]
) -> float:
    """How likely all digits of the words are right, by their confidence and what else was heard."""
    certainty = 1.0
    for said, confidence, heard in zip(reading.digits, by_words, shares, strict=True):
        sure = min(max(confidence, _LEAST_CONFIDENCE), 1 - _LEAST_CONFIDENCE)
        odds = np.array(heard) + _LEAST_SHARE
        odds[int(said)] *= (sure / (1 - sure) * (ZERO_TO_NINE - 1)) ** _BY_WORDS
        certainty *= float(odds[int(said)] / odds.sum())
    return certainty


def _places(transcript: Transcript, sound: Sound, hears: HearsDigits, count: int) -> Places | None:
    """Where a number may be read: by somebody, not by rain or a machine that hums."""
    evidence = [(stretch, hears.evidence_in(sound.recording, stretch)) for stretch in stretches_of(sound)]
    places = number_places(sound, evidence, transcript.words, count)
    if places is None or places.log_odds < WORTH_HEARING_LOG_ODDS:
        return None
    voiced = [
        sound.voice.is_under(part)
        for part in sound.speech
        if any(part.overlap_s(place) > 0 for place in places.readings)
    ]
    return places if sum(voiced) >= _VOICED_SHARE * len(voiced) else None


def _heard_in(places: Places, sound: Sound, hears: HearsDigits, count: int) -> list[tuple[HeardDigit, ...]]:
    """The digits of each reading; nothing where they are too unsure for a number to be believed."""
    heard = []
    for place in places.readings:
        free = hears.evidence_in(sound.recording, _padded(place, sound)).digits
        with_country_code = len(free) == count + 1 and free[0].name == "one"
        heard.append(hears.digits_in(sound.recording, _padded(place, sound), count + with_country_code))
    sure = [digit.probability for reading in heard for digit in reading]
    if not all(heard) or places.log_odds + _BY_SURE_DIGITS * (sum(sure) / len(sure) - _SURE_AS_NOT) < 0:
        return []
    return heard


def _said_again(
    only: Interval, count: int, transcript: Transcript, sound: Sound, hears: HearsDigits
) -> Interval | None:
    """Where a number is read a second time that the words have once, if it sounds the same."""
    places = _places(transcript, sound, hears, count)
    if places is None or len(places.readings) < 2:
        return None
    here = [
        place.overlap_s(only) >= _SAME_PLACE * min(place.duration_s, only.duration_s)
        for place in places.readings
    ]
    heard = _heard_in(places, sound, hears, count) if sum(here) == 1 else []
    is_same = bool(heard) and changed_digit(sound, heard, places.readings) is None
    return places.readings[here.index(False)] if is_same else None


def text_of(digits: Sequence[HeardDigit]) -> str:
    """The digits that were heard, each the likeliest.

    >>> nine = HeardDigit(0.0, 0.3, (0.1,) + 8 * (0.0,) + (0.9,))
    >>> text_of([nine, nine])
    '99'
    """
    return "".join(digit.digit for digit in digits)


def changed_digit(
    sound: Sound, heard: Sequence[tuple[HeardDigit, ...]], places: Sequence[Interval]
) -> int | None:
    """Which digit of the first reading the second has otherwise; None where they are one number, or alone.

    Parameters
    ----------
    sound : Sound
    heard : sequence of tuple of HeardDigit
        The digits of one reading or two.
    places : sequence of Interval
        Where they are.
    """
    if len(heard) < 2 or text_of(heard[0]) == text_of(heard[1]):
        return None
    apart = [
        strangeness(sound.frames, [digit.interval for digit in heard[at]], places[1 - at]) for at in (0, 1)
    ]
    if apart[0] is None or apart[1] is None or len(apart[0]) != len(apart[1]):
        return None
    one, two = (_tempered(reading) for reading in heard)
    alike = (one * two).sum(axis=1) / np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))
    odd = (apart[0] + apart[1]) / 2 - _BY_DIGITS * np.log(alike + _LEAST_ALIKE)
    return int(odd.argmax()) if odd.max() > CHANGED else None


def _agreed(heard: Sequence[tuple[HeardDigit, ...]], changed: int | None) -> list[tuple[HeardDigit, ...]]:
    """The digits of each reading: what both say of a digit counts together, but for one that was changed."""
    if len(heard) < 2 or len(heard[0]) != len(heard[1]):
        return list(heard)
    one, two = (_tempered(reading) for reading in heard)
    same = one * two + _LEAST_SHARE
    shares = [same, same.copy()]
    if changed is not None:
        differing = np.outer(one[changed], two[changed]) * (1 - np.eye(ZERO_TO_NINE))
        for reading, axis in zip(shares, (1, 0), strict=True):
            reading[changed] = differing.sum(axis=axis) + _LEAST_SHARE
    return [
        tuple(
            replace(digit, shares=tuple((each / each.sum()).tolist()))
            for digit, each in zip(reading, new, strict=True)
        )
        for reading, new in zip(heard, shares, strict=True)
    ]


def _tempered(reading: Sequence[HeardDigit]) -> NDArray[np.float64]:
    """The shares of a reading's digits, less sure, float64, shape (n_digits, 10)."""
    return np.asarray(np.array([digit.shares for digit in reading]) ** _TEMPER)


def _with_part(reading: tuple[HeardDigit, ...], part: Sequence[HeardDigit]) -> tuple[HeardDigit, ...]:
    """A reading whose last digits were said again, as both have them, if they are alike."""
    tail = reading[-len(part) :] if part else ()
    if 2 * sum(one.digit == two.digit for one, two in zip(tail, part, strict=True)) < PART_DIGITS:
        return reading
    return (*reading[: -len(part)], *_agreed([tail, tuple(part)], None)[0])


def _likeliest_number(reading: Sequence[HeardDigit], region: str) -> str:
    """The likeliest digits that are a valid number; the likeliest of all, where none is near.

    >>> sure = [tuple(float(each == int(digit)) for each in range(10)) for digit in "125552671"]
    >>> one_or_two = (0.0, 0.6, 0.4, *7 * (0.0,))  # no area code starts with 1
    >>> _likeliest_number([HeardDigit(0.0, 0.4, shares) for shares in (one_or_two, *sure)], "US")
    '2125552671'
    """
    ways: list[tuple[float, str]] = [(1.0, "")]
    for each in reading:
        more = [
            (odds * share, digits + str(digit))
            for odds, digits in ways
            for digit, share in enumerate(each.shares)
            if share > 0
        ]
        ways = nlargest(_WAYS, more)
    best = ways[0]
    for way in ways:
        if way[0] < _INVALID_ODDS * best[0]:
            break
        if verdict_of(way[1], False, region).score == VALID:
            return way[1]
    return best[1]


def _certainty(reading: Sequence[HeardDigit], digits: str) -> float:
    return math.prod(each.shares[int(digit)] for each, digit in zip(reading, digits, strict=True))


def _padded(place: Interval, sound: Sound) -> Interval:
    """With the silence round it that a recogniser wants."""
    return place.padded(_PAD_S, sound.recording.duration_s)


def stretches_of(sound: Sound) -> list[Interval]:
    """Speech joined over pauses."""
    return [_padded(part, sound) for part in joined(sound.speech, _JOINED_S)]


def _usual_length(region: str) -> int | None:
    """Digits of a number as it is dialled in the region, after libphonenumber's example of one."""
    import phonenumbers as pn

    example = pn.example_number(region)
    return len(dialled(pn.format_number(example, pn.PhoneNumberFormat.NATIONAL))) if example else None


def _at(place: Interval, heard: Sequence[HeardDigit], digits: str) -> tuple[Digit, ...]:
    """The digits of a reading, which goes from end to end of its place."""
    starts_s = [place.start_s, *(max(each.start_s, place.start_s) for each in heard[1:])]
    ends_s = [*(min(each.end_s, place.end_s) for each in heard[:-1]), place.end_s]
    return tuple(
        Digit(digit, at, start_s, end_s)
        for at, (digit, start_s, end_s) in enumerate(zip(digits, starts_s, ends_s, strict=True))
    )


def _spread(digits: str, place: Interval) -> tuple[Digit, ...]:
    step_s = place.duration_s / len(digits)
    return tuple(
        Digit(digit, at, place.start_s + at * step_s, place.start_s + (at + 1) * step_s)
        for at, digit in enumerate(digits)
    )
