"""A second look at the number: digits heard again by a grammar that knows nothing else.

A recogniser of all words loses a number easily: at 8 kHz the embedded one writes "eight or nine and two".
Heard again for digits alone, the number comes out, but so do digits wherever anything else was said. What
tells them apart: digits that a second search finds there too, and that they make a telephone number, with
pauses round it, said twice alike. Where the first hearing has a number that is valid, it is kept, and what
the grammar heard instead is told as a doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from aftertone.acoustics.interval import Interval
from aftertone.language.numbers import Reading, timed_reading
from aftertone.language.pieces import (
    DIGITS_MIN,
    PARTIAL_DIGITS_MIN,
    VALID,
    dialled,
    edits,
    verdict_of,
)
from aftertone.language.sound_twice import SAID_AGAIN_COST, said_again
from aftertone.language.transcript import HearsDigits, Transcript, Word

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

_DIGITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_NAMES = {digit: name for name, digit in _DIGITS.items() if name != "oh"}

# Scores of a stretch of digits, tuned on numbers composed of two of fsdd's speakers (jackson, theo) and on
# messages without a number (sample_audio, conversation): only their sums count.
_FOUND_TWICE, _FOUND_NEAR, _FOUND_ONCE = 1.0, 0.2, -0.35  # a digit, by the second search
_IS_VALID, _IS_POSSIBLE, _IS_NONE = 2.0, 0.5, -1.5  # by libphonenumber
_AT_A_PAUSE = 0.7  # for each end
_LONG_STOP = -0.5  # for each pause over _STOP_S inside
_ALIKE, _EDIT = 4.0, -1.5  # two readings of one number, and each digit in which they differ
_ENOUGH = 6.5  # less, and no number is believed: the best among other speech had 6.15
_ENOUGH_AFTER_CUES = 4.5  # unless the words before it announce one,
_ENOUGH_IF_TWICE = 3.0  # or its sound comes once more
_CUES = frozenset("number numbers call calling reach reached me my at on back".split())  # noqa: SIM905
_CUES_MIN, _CUE_WORDS, _CUE_S = 2, 6, 4.0
_ENOUGH_AGAIN = 0.5  # for the second of two readings
_SURE_SHARE_MIN = 0.3  # of the digits that the second search must find too
_EDGE_PAUSE_S, _STOP_S, _PARTING_S = 0.3, 1.0, 1.6
_JOINED_S, _PAD_S = 0.5, 0.2  # as the embedded engine cuts speech
_LENGTH_MIN, _LENGTH_MAX = 8, 12
_EDITS_MAX = 4
_PLACE, _CANDIDATES = 4, 8  # starts that are one place, and windows kept of each


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What a second look found.

    Attributes
    ----------
    transcript : Transcript
        The words, with the number as it is believed.
    heard : tuple of Word
        Digits of the readings as the grammar heard them, in order of time.
    texts : tuple of str
        The readings as the grammar heard them, each by itself.
    replaced : bool
        The transcript's number comes from the grammar.
    first : tuple of str
        The readings of the first hearing.
    """

    transcript: Transcript
    heard: tuple[Word, ...] = ()
    texts: tuple[str, ...] = ()
    replaced: bool = False
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Window:
    words: tuple[Word, ...]
    first: int
    last: int
    score: float
    valid: bool

    @property
    def text(self) -> str:
        return text_of(self.words)


def second_look(transcript: Transcript, sound: Sound, region: str, hears: HearsDigits) -> SecondLook:
    """Hear the speech again for digits alone, and each reading found once more for as many as it must have.

    Parameters
    ----------
    transcript : Transcript
        The first hearing.
    sound : Sound
        What it was heard in.
    region : str
        ISO 3166 code that the number is read in.
    hears : HearsDigits

    Raises
    ------
    EngineError
        The digits cannot be had.
    """
    recording, speech = sound.recording, sound.speech
    digits = [
        word
        for stretch in _stretches(speech, recording.duration_s)
        for word in hears.digits_in(recording, stretch)
        if any(part.overlap_s(word.interval) > 0 for part in speech)
    ]
    count = _usual_length(region)

    def again(words: tuple[Word, ...]) -> tuple[Word, ...]:
        if count is None or (len(words) == count + 1 and words[0].text == "one"):
            return words
        span = Interval(max(0.0, words[0].start_s - _PAD_S), words[-1].end_s + _PAD_S)
        return hears.digits_in(recording, span, count) or words

    def elsewhere(words: tuple[Word, ...]) -> tuple[Word, ...]:
        match = said_again(sound.frames, Interval(words[0].start_s, words[-1].end_s))
        if match is None or match.cost > SAID_AGAIN_COST:
            return ()
        start_s, end_s = match.interval
        span = Interval(max(0.0, start_s - _PAD_S), min(end_s + _PAD_S, recording.duration_s))
        second = hears.digits_in(recording, span, len(words))
        # sentences in one voice may be alike in their sound, but then not in the digits heard in them
        return second if second and len(edits(text_of(words), text_of(second))) <= _EDITS_MAX else ()

    return with_number(transcript, digits, region, again, elsewhere)


def confirmed(
    transcript: Transcript, readings: Sequence[Reading], sound: Sound, hears: HearsDigits
) -> SecondLook:
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
        texts.append("".join(_DIGITS[d.text] if _worth(d) == _FOUND_TWICE else said for said, d in pairs))
    return SecondLook(transcript, tuple(heard), tuple(texts))


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


def with_number(
    transcript: Transcript,
    digits: Sequence[Word],
    region: str,
    again: Callable[[tuple[Word, ...]], tuple[Word, ...]] = tuple,
    elsewhere: Callable[[tuple[Word, ...]], tuple[Word, ...]] = lambda _: (),
) -> SecondLook:
    """The transcript with the number that was heard as digits, where one is believed.

    Parameters
    ----------
    transcript : Transcript
        The first hearing.
    digits : sequence of Word
        What `HearsDigits.digits_in` gave for all stretches of speech, in order of time.
    region : str
        ISO 3166 code that the number is read in.
    again : callable
        Hears a reading once more.
    elsewhere : callable
        Hears what sounds like a reading in another place; no words where nothing does.

    Examples
    --------
    >>> names = "eight zero zero five five five one two three four".split()
    >>> digits = [Word(name, 1 + at / 2, 1.4 + at / 2, 1.0) for at, name in enumerate(names)]
    >>> heard = Transcript((Word("at", 0.5, 0.8), Word("eighty", 1.0, 1.9), Word("thanks", 7.0, 7.4)))
    >>> with_number(heard, digits, "US").transcript.text
    'at eight zero zero five five five one two three four thanks'
    """
    windows = _windows(digits, region.upper())
    if not windows:
        return SecondLook(transcript)
    readings = _best(windows)
    if not readings and (
        (windows[0].score >= _ENOUGH_AFTER_CUES and _is_announced(transcript, windows[0]))
        or (windows[0].score >= _ENOUGH_IF_TWICE and elsewhere(windows[0].words))
    ):
        readings = (windows[0],)
    if not readings:
        return SecondLook(transcript)
    readings = tuple(_heard_again(reading, again(reading.words), region) for reading in readings)
    best = max(readings, key=lambda reading: (reading.valid, reading.score))
    if second := elsewhere(best.words):
        readings = _in_order(best, _Window(second, -1, -1, 0.0, _is_valid(second, region)))
    said = _agreed(readings)
    said += _partials(digits, readings, text_of(said[0]))
    spans = [Interval(words[0].start_s, words[-1].end_s) for words in said]
    kept = [word for word in transcript.words if not any(_lies_in(word, span) for span in spans)]
    merged = sorted([*kept, *(word for words in said for word in words)], key=lambda word: word.start_s)
    return SecondLook(
        replace(transcript, words=tuple(merged)),
        tuple(word for reading in readings for word in reading.words),
        tuple(reading.text for reading in readings),
        replaced=True,
    )


def _heard_again(reading: _Window, words: tuple[Word, ...], region: str) -> _Window:
    valid = _is_valid(words, region)
    return replace(reading, words=words, valid=valid) if valid or not reading.valid else reading


def _is_valid(words: tuple[Word, ...], region: str) -> bool:
    return verdict_of(text_of(words), False, region).score == VALID


def _in_order(*readings: _Window) -> tuple[_Window, ...]:
    return tuple(sorted(readings, key=lambda reading: reading.words[0].start_s))


def text_of(words: Sequence[Word]) -> str:
    """The digits of words such as "oh" and "nine".

    >>> text_of([Word("oh", 0.0, 0.3), Word("nine", 0.4, 0.7)])
    '09'
    """
    return "".join(_DIGITS[word.text] for word in words)


def _lies_in(word: Word, span: Interval) -> bool:
    return span.start_s <= (word.start_s + word.end_s) / 2 <= span.end_s


def _worth(word: Word) -> float:
    sure = word.confidence or 0.0
    return _FOUND_TWICE if sure > 0.75 else _FOUND_NEAR if sure > 0 else _FOUND_ONCE


def _windows(digits: Sequence[Word], region: str) -> list[_Window]:
    """The likeliest numbers among the digits, the best first; they overlap."""
    found = []
    gaps_s = [float("inf"), *(b.start_s - a.end_s for a, b in pairwise(digits)), float("inf")]
    for first in range(len(digits)):
        for last in range(first + DIGITS_MIN - 1, min(first + _LENGTH_MAX, len(digits))):
            words = tuple(digits[first : last + 1])
            inside_s = gaps_s[first + 1 : last + 1]
            sure = sum((word.confidence or 0.0) > 0.75 for word in words)
            if max(inside_s) > _PARTING_S or sure < _SURE_SHARE_MIN * len(words):
                continue
            verdict = verdict_of(text_of(words), False, region)
            valid = verdict.score == VALID
            if not valid and len(words) < _LENGTH_MIN:
                continue
            form = _IS_VALID if valid else _IS_POSSIBLE if verdict.e164 else _IS_NONE
            ends = sum(gap_s >= _EDGE_PAUSE_S for gap_s in (gaps_s[first], gaps_s[last + 1]))
            stops = sum(gap_s > _STOP_S for gap_s in inside_s)
            score = sum(map(_worth, words)) + form + _AT_A_PAUSE * ends + _LONG_STOP * stops
            found.append(_Window(words, first, last, score, valid))
    found.sort(key=lambda window: -window.score)
    places: Counter[int] = Counter()
    kept = []
    for window in found:  # the best of each place: the windows of one clear reading would crowd out the other
        places[window.first // _PLACE] += 1
        if places[window.first // _PLACE] <= _CANDIDATES:
            kept.append(window)
    return kept


def _is_announced(transcript: Transcript, window: _Window) -> bool:
    """Whether the words just before announce a number."""
    start_s = window.words[0].start_s
    before = [word for word in transcript.words if start_s - _CUE_S < word.start_s < start_s][-_CUE_WORDS:]
    return sum(word.text.lower().strip(".,") in _CUES for word in before) >= _CUES_MIN


def _best(windows: list[_Window]) -> tuple[_Window, ...]:
    """One reading, or two that are alike, in order of time."""
    best = max(windows[0].score, _ENOUGH)
    chosen: tuple[_Window, ...] = (windows[0],) if windows[0].score >= _ENOUGH else ()
    for pair in combinations(windows, 2):
        one, two = sorted(pair, key=lambda window: window.first)
        if two.first <= one.last or min(one.score, two.score) < _ENOUGH_AGAIN:
            continue
        apart = len(edits(one.text, two.text))
        score = one.score + two.score + _ALIKE + _EDIT * apart
        if apart <= _EDITS_MAX and score > best:
            best, chosen = score, (one, two)
    return chosen


def _agreed(readings: tuple[_Window, ...]) -> list[tuple[Word, ...]]:
    """The words of each reading; where two differ in a digit that only one is sure of, that one is both's.

    A digit that both are sure of was changed by the speaker.
    """
    if len(readings) == 1:
        return [readings[0].words]
    one, two = readings
    if len(one.words) == len(two.words):
        pairs = [_one_digit(a, b) for a, b in zip(one.words, two.words, strict=True)]
        return [tuple(a for a, _ in pairs), tuple(b for _, b in pairs)]
    better, worse = (one, two) if (one.valid, one.score) >= (two.valid, two.score) else (two, one)
    spread = _spread(better.text, Interval(worse.words[0].start_s, worse.words[-1].end_s))
    return [better.words, spread] if better is one else [spread, better.words]


def _one_digit(a: Word, b: Word) -> tuple[Word, Word]:
    if _DIGITS[a.text] == _DIGITS[b.text] or _worth(a) == _worth(b) == _FOUND_TWICE:
        return a, b
    if _worth(b) > _worth(a):
        return replace(a, text=b.text), b
    return a, replace(b, text=a.text)


def _spread(text: str, span: Interval) -> tuple[Word, ...]:
    step_s = span.duration_s / len(text)
    return tuple(
        Word(_NAMES[digit], span.start_s + at * step_s, span.start_s + (at + 0.95) * step_s, 0.0)
        for at, digit in enumerate(text)
    )


def _partials(digits: Sequence[Word], readings: tuple[_Window, ...], number: str) -> list[tuple[Word, ...]]:
    """Parts of the number said again after it, each found twice in some digit."""
    end_s = max(reading.words[-1].end_s for reading in readings)
    rest = [word for word in digits if word.start_s >= end_s]
    found = [
        tuple(rest[first : first + size])
        for size in range(len(number) - 1, PARTIAL_DIGITS_MIN, -1)
        for first in range(len(rest) - size + 1)
        if number.endswith(text_of(rest[first : first + size]))
    ]
    believed = [words for words in found if sum(map(_worth, words)) > 0]
    return believed[:1]
