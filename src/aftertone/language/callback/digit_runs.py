"""Digits in a transcript, spoken or written, each with the word and the time that it comes from.

A **run** is digits with nothing between them but what people say inside a telephone number: a pause, "um",
"dash", "area code", "and then", "that's", "got that?". `segmentation` finds where one number ends and the
next begins inside a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, groupby
from typing import Literal, NamedTuple

from aftertone.acoustics.interval import Interval
from aftertone.language.callback.lexemes import (
    AMBIGUOUS_INSIDE,
    FIGURES,
    HOMOPHONES,
    HOUR,
    HUNDREDS,
    SILENT,
    TIMES,
    Lexeme,
    lexemes_of,
    merged,
)
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Transcript, Word

Boundary = Literal["", "pause", "filler", "link", "again"]
"""What stands before a digit inside a run: nothing, a pause, a filler or "dash", "that's", "again"."""

PAUSE_S = 0.5
"""The shortest gap between words that may divide two numbers, in s; shorter ones part groups of digits. Tuned
on digit strings composed of isolated digits."""

_LINKS_MAX = 6  # linking words in a row: "and then the rest of it is"
_AMBIGUOUS_MAX = 4  # ambiguous words that are tried both ways: 16 interpretations
_EXTENSION_DIGITS_MAX = 6
_INSIDE_CORRECTIONS = frozenset({"i", "me", "my", "a", "about", "that", "not"})
_LINKING = frozenset({"link", "again", "quote", "correction", "hesitation", "filler", "area"})
_IS = frozenset({"it's", "its", "it is"})
# Times of day and years with "to", "or" or "and" between them, as the values of a stretch's lexemes.
_CLOCK = rf"(?:{HOUR} [0-5]\d)"
_YEAR = r"(?:(?:19|20) ?\d\d)"
_WHEN = rf"(?:{_CLOCK} - {_CLOCK}|{_CLOCK}|{HOUR}|{_YEAR})"
_TIMES_OF_DAY = re.compile(rf"{_WHEN}(?: (?:to|or|and|then|and then) {_WHEN})+|{_CLOCK} - {_CLOCK}")


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit as it was said. The digits of one word ("fifty", "555-1234") share its time evenly."""

    digit: str  # "0" to "9"
    word_index: int  # the word of the transcript that it comes from, "five" in "double five"
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class DigitSequence:
    """Digits in written order, and what follows from them. An area code said last is written first."""

    items: tuple[Digit, ...]  # one or more

    @property
    def digits(self) -> str:
        """The digits alone, as said: a leading 1 or country code included."""
        return "".join(item.digit for item in self.items)

    @property
    def first_word(self) -> int:
        """Index of the first of its words in the transcript."""
        return min(item.word_index for item in self.items)

    @property
    def last_word(self) -> int:
        """Index of the last of its words in the transcript."""
        return max(item.word_index for item in self.items)

    @property
    def start_s(self) -> float:
        """Start of the first digit."""
        return min(item.start_s for item in self.items)

    @property
    def end_s(self) -> float:
        """End of the last digit."""
        return max(item.end_s for item in self.items)

    @property
    def interval(self) -> Interval:
        """From the start of the first digit to the end of the last."""
        return Interval(self.start_s, self.end_s)


class Correction(NamedTuple):
    """A correction: the digits from index `at` on replace others."""

    at: int
    quote_at: int | None
    """Index of the first digit that is quoted to be replaced ("I said 556, it's 557"); None without one."""
    is_sure: bool
    """True for "sorry"; False for "hang on", which may also stand between two groups."""


@dataclass(frozen=True, slots=True)
class DigitRun(DigitSequence):
    """Digits that may be one number or several."""

    boundaries: tuple[Boundary, ...]  # what stands before each digit; always "" before the first
    plus: frozenset[int] = frozenset()  # indices of digits with a "+" before them
    corrections: tuple[Correction, ...] = ()
    areas: tuple[int, ...] = ()
    """Indices of digits with "area code" before them; past the last digit where it is said at the end."""
    extension: str = ""  # digits of the extension that follows


class Interpretation(NamedTuple):
    """The runs of a stretch of words, under one reading of ambiguous words ("to", "twenty seven")."""

    runs: tuple[DigitRun, ...]
    word_count: int
    """How many ambiguous words ("to", "for", an hour) are no digits in it."""
    split_count: int
    """How many compounds take their rarer form: "twenty seven" as 20 7, "six hundred twelve" as 612."""


def digit_runs(transcript: Transcript) -> tuple[DigitRun, ...]:
    """Every run of digits, with "to", "for" and the like read as digits wherever they touch one.

    >>> from aftertone.language.transcript import Word
    >>> words = "call me at eight oh oh double five five for won twenty one".split()
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(words)))
    >>> [run.digits for run in digit_runs(heard)]
    ['8005554121']
    """
    return tuple(run for ways in spoken_numbers(transcript)[0] for run in ways[0].runs)


def spoken_numbers(
    transcript: Transcript,
) -> tuple[tuple[tuple[Interpretation, ...], ...], tuple[Lexeme, ...]]:
    """The interpretations of every stretch with digits; and the times, dates, amounts and counts.

    The first interpretation takes every ambiguous word as a digit, and "twenty seven" as 27.
    """
    words = transcript.words
    lexemes = lexemes_of(words)
    figures = [lexeme for lexeme in lexemes if lexeme.kind in FIGURES]
    ways = []
    for stretch in _stretches(lexemes):
        if _is_time(stretch, words):
            figures += _merged_times(stretch)
        else:
            ways.append(_interpretations(stretch))
    return tuple(ways), tuple(sorted(figures, key=lambda each: each.start_s))


def is_digits_alone(reading: DigitSequence, words: Sequence[Word]) -> bool:
    """Whether digits are said one after another: with no other word between, and no "double" before."""
    indices = [item.word_index for item in reading.items]
    if indices != sorted(indices) or len(set(indices)) != indices[-1] - indices[0] + 1:
        return False
    before = word_parts(words[indices[0] - 1].text)[-1:] if indices[0] else ()
    return not TIMES.keys() & set(before)


def _stretches(lexemes: Sequence[Lexeme]) -> list[list[Lexeme]]:
    """Sequences of lexemes with digits, divided at words that occur in no telephone number."""
    stretches: list[list[Lexeme]] = [[]]
    links = 0
    for lexeme in lexemes:
        links = links + 1 if lexeme.kind in _LINKING else 0
        in_correction = lexeme.value in _INSIDE_CORRECTIONS and any(
            each.kind == "correction" for each in stretches[-1][-2:]
        )
        # "my area code is 415 and my number is"
        goes_on = lexeme.value == "my" and any(each.kind == "area" for each in stretches[-1])
        parts = lexeme.kind == "other" or lexeme.kind in FIGURES
        if (parts and not (in_correction or goes_on)) or links > _LINKS_MAX:
            stretches.append([])
        elif not parts:
            stretches[-1].append(lexeme)
    return [stretch for stretch in stretches if any(lexeme.kind == "digits" for lexeme in stretch)]


def _is_time(stretch: Sequence[Lexeme], words: Sequence[Word]) -> bool:
    """Whether a stretch is times of day or years and nothing else."""
    if _TIMES_OF_DAY.fullmatch(" ".join(lexeme.value for lexeme in stretch)):
        return True
    digits = [lexeme for lexeme in stretch if lexeme.kind == "digits"]
    is_written = all(":" in words[lexeme.word_index].text for lexeme in digits)
    return is_written and len({lexeme.word_index for lexeme in digits}) == 1


def _merged_times(stretch: Sequence[Lexeme]) -> Iterator[Lexeme]:
    for is_digits, group in groupby(stretch, lambda lexeme: lexeme.kind == "digits"):
        if is_digits:
            parts = list(group)
            yield merged("time", "".join(lexeme.value for lexeme in parts), parts)


def _interpretations(stretch: Sequence[Lexeme]) -> tuple[Interpretation, ...]:
    """Every interpretation of the ambiguous words of a stretch; first the one that takes all as digits."""
    stretch = [
        _homophone(stretch, at) if each.kind == "homophone" else each for at, each in enumerate(stretch)
    ]
    ambiguous = [at for at, lexeme in enumerate(stretch) if lexeme.alternative is not None]
    # A speaker says "six hundred twelve" in the same way each time: these are decided together.
    hundreds = tuple(at for at in ambiguous if stretch[at].value == HUNDREDS["hundred"])
    choices = [hundreds] * bool(hundreds) + [(at,) for at in ambiguous if at not in hundreds]
    choices = choices[:_AMBIGUOUS_MAX]
    ways = []
    for chosen in chain.from_iterable(combinations(choices, size) for size in range(len(choices) + 1)):
        changed = {at for choice in chosen for at in choice}
        runs, part = [], []
        for at, lexeme in enumerate(stretch):
            if at not in changed:
                part.append(lexeme)
            elif lexeme.alternative:
                part += [lexeme._replace(value=lexeme.alternative)] * (lexeme.alternative != SILENT)
            else:
                runs += _runs(part)
                part = []
        word_count = sum(stretch[choice[0]].alternative == "" for choice in chosen)
        ways.append(Interpretation((*runs, *_runs(part)), word_count, len(chosen) - word_count))
    return tuple(ways)


def _homophone(stretch: Sequence[Lexeme], at: int) -> Lexeme:
    """A homophone as its digit; ambiguous at an edge of the digits, and where it is a common word."""
    solid = ("digits", "homophone")
    after = at + 1 < len(stretch) and stretch[at + 1].kind in solid
    inside = after and any(each.kind in solid for each in stretch[:at])
    lexeme = stretch[at]
    is_sure = inside and lexeme.value not in AMBIGUOUS_INSIDE
    return lexeme._replace(kind="digits", value=HOMOPHONES[lexeme.value], alternative=None if is_sure else "")


def _runs(lexemes: Sequence[Lexeme]) -> list[DigitRun]:
    """The runs of lexemes that belong to numbers; an extension ends a run."""
    for at, lexeme in enumerate(lexemes):
        if lexeme.kind == "extension" and any(each.kind == "digits" for each in lexemes[:at]):
            rest = list(lexemes[at + 1 :])
            while rest and rest[0].kind in ("separator", "filler", "link"):
                del rest[0]
            size = next((i for i, each in enumerate(rest) if each.kind != "digits"), len(rest))
            extension = "".join(each.value for each in rest[:size])
            if 0 < len(extension) <= _EXTENSION_DIGITS_MAX:
                return [replace(run, extension=extension) for run in _runs(lexemes[:at])] + _runs(rest[size:])
    run = _run(lexemes)
    return [run] if run.items else []


def _run(lexemes: Sequence[Lexeme]) -> DigitRun:
    """All digits of some lexemes as one run."""
    digits: list[Digit] = []
    boundaries: list[Boundary] = []
    plus, areas = set(), []
    corrections: list[Correction] = []
    boundary: Boundary = ""
    quote_at: int | None = None
    is_signed = False
    for lexeme in lexemes:
        here = len(digits)
        if lexeme.kind == "digits":
            if digits and not boundary and lexeme.start_s - digits[-1].end_s >= PAUSE_S:
                boundary = "pause"
            if is_signed:
                plus.add(here)
            for digit in lexeme.value:
                boundaries.append(boundary if digits else "")
                digits.append(Digit(digit, lexeme.word_index, lexeme.start_s, lexeme.end_s))
                boundary = ""
            is_signed = False
        elif lexeme.kind == "plus":
            is_signed = True
            boundary = boundary or "filler"
        elif lexeme.kind == "quote":
            corrections = [each for each in corrections if each.at < here]
            quote_at, boundary = here, "again"
        elif lexeme.kind in ("correction", "hesitation") or (
            lexeme.value in _IS and quote_at is not None and here > quote_at
        ):
            if digits:
                corrections = [each for each in corrections if each.at < here]
                quoted = quote_at if quote_at != here else None
                corrections.append(Correction(here, quoted, lexeme.kind != "hesitation"))
            quote_at, boundary = None, "link"
        elif lexeme.kind == "again":
            boundary = "again"
        else:
            if lexeme.kind == "area":
                areas.append(here)
            if boundary != "again":
                is_filler = lexeme.kind in ("separator", "filler") and boundary != "link"
                boundary = "filler" if is_filler else "link"
    corrections = [each for each in corrections if each.at < len(digits)]
    return DigitRun(_shared(digits), tuple(boundaries), frozenset(plus), tuple(corrections), tuple(areas))


def _shared(digits: Sequence[Digit]) -> tuple[Digit, ...]:
    """The digits; those of one word share its time evenly."""
    done: list[Digit] = []
    for index in dict.fromkeys(digit.word_index for digit in digits):
        same = DigitSequence(tuple(digit for digit in digits if digit.word_index == index))
        done += evenly_timed(same.digits, same.interval, [index] * len(same.items))
    return tuple(done)


def evenly_timed(digits: str, interval: Interval, word_indices: Sequence[int]) -> tuple[Digit, ...]:
    """Digits that share an interval evenly; `word_indices` has the word of each."""
    start_s, end_s = interval
    step_s = (end_s - start_s) / len(digits)
    return tuple(
        Digit(digit, index, start_s + at * step_s, start_s + (at + 1) * step_s)
        for at, (digit, index) in enumerate(zip(digits, word_indices, strict=True))
    )
