"""Digits in a transcript, spoken or written, each with the word and time that it came from.

A **run** is digits with nothing between them but what people say inside a telephone number: a pause, "um",
"dash", "area code", "and then", "that's", "got that?". `segments` finds where one number ends and the next
begins inside a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, groupby
from typing import Literal, NamedTuple

from aftertone.language.callback.lexemes import (
    HOMOPHONES,
    HUNDREDS,
    OFTEN_WORDS,
    SILENT,
    TOLD,
    Lexeme,
    lexemes_of,
    merged,
)
from aftertone.language.transcript import Transcript, Word

Joint = Literal["", "pause", "filler", "link", "again"]
"""What stands before a digit inside a run: nothing, a pause, a filler or "dash", "that's", "again"."""

PAUSE_S = 0.5
"""A gap between words that may divide two numbers; shorter gaps occur between any two groups of digits.
Tuned on digit strings composed of isolated digits."""


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit as it was said.

    Attributes
    ----------
    digit : str
        "0" to "9".
    word_index : int
        The word of the transcript that it came from, "five" in "double five".
    start_s, end_s : float
        Its time; the digits of one word ("fifty", "555-1234") share that word's time evenly.
    """

    digit: str
    word_index: int
    start_s: float
    end_s: float


class Fix(NamedTuple):
    """A correction: the digits from `at` on replace others."""

    at: int
    said_at: int | None
    """Index of the first digit that is quoted to be replaced ("I said 556, it's 557"); None without one."""
    is_sure: bool
    """True for "sorry"; False for "hang on", which may also stand between two groups."""


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Digits that may be one number or several.

    Attributes
    ----------
    digits : tuple of Digit
    joints : tuple of Joint
        What stands before each digit; always "" before the first.
    plus : frozenset of int
        Digits with a "+" before them.
    fixes : tuple of Fix
    areas : tuple of int
        Digits with "area code" before them; past the last one where it is said at the end.
    extension : str
        Digits of the extension that follows, or "".
    """

    digits: tuple[Digit, ...]
    joints: tuple[Joint, ...]
    plus: frozenset[int] = frozenset()
    fixes: tuple[Fix, ...] = ()
    areas: tuple[int, ...] = ()
    extension: str = ""

    @property
    def text(self) -> str:
        """The digits alone."""
        return "".join(digit.digit for digit in self.digits)


class Told(NamedTuple):
    """A number that by its own words is not a telephone number: a time, a date, an amount."""

    kind: str
    """"time", "date", "amount", or "" where the words around it have to say it."""
    digits: str
    word_index: int
    start_s: float
    end_s: float


class Doubt(NamedTuple):
    """The runs of a stretch of words, under one interpretation of ambiguous words ("to", "twenty seven")."""

    runs: tuple[DigitRun, ...]
    dropped: int
    """How many ambiguous words ("to", "for", an hour) are not digits in it."""
    parted: int
    """How many compounds take their rarer form: "twenty seven" as 20 7, "six hundred twelve" as 612."""


def digit_runs(transcript: Transcript) -> tuple[DigitRun, ...]:
    """Every run of digits, with "to", "for" and the like read as digits wherever they touch one.

    >>> from aftertone.language.transcript import Word
    >>> words = "call me at eight oh oh double five five for won twenty one".split()
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(words)))
    >>> [run.text for run in digit_runs(heard)]
    ['8005554121']
    """
    return tuple(run for ways in spoken_numbers(transcript)[0] for run in ways[0].runs)


def spoken_numbers(transcript: Transcript) -> tuple[tuple[tuple[Doubt, ...], ...], tuple[Told, ...]]:
    """The interpretations of every stretch with digits; and the times, dates and amounts.

    The first interpretation takes every ambiguous word as a digit, and "twenty seven" as 27.
    """
    words = transcript.words
    lexemes = lexemes_of(words)
    told = [lexeme for lexeme in lexemes if lexeme.kind in TOLD]
    ways = []
    for stretch in _stretches(lexemes):
        if _is_time(stretch, words):
            told += [lexeme._replace(kind="time") for lexeme in _merged_times(stretch)]
        else:
            ways.append(_ways(stretch))
    found = [Told(TOLD[each.kind], each.value, *each[2:5]) for each in told]
    return tuple(ways), tuple(sorted(found, key=lambda each: each.start_s))


_INSIDE_FIXES = frozenset({"i", "me", "my", "a", "about", "that", "not"})
# Times of day and years with "to", "or" or "and" between them, as the values of a stretch's lexemes.
_HOUR = r"(?:1[0-2]|[1-9])"
_CLOCK = rf"(?:{_HOUR} [0-5]\d)"
_YEAR = r"(?:(?:19|20) ?\d\d)"
_WHEN = rf"(?:{_CLOCK} - {_CLOCK}|{_CLOCK}|{_HOUR}|{_YEAR})"
_TIMES_OF_DAY = re.compile(rf"{_WHEN}(?: (?:to|or|and|then|and then) {_WHEN})+|{_CLOCK} - {_CLOCK}")
_IS = frozenset({"it's", "its", "it is"})
_LINKING = frozenset({"link", "again", "said", "fix", "doubt", "filler", "area"})
_LINKS_MAX = 6  # "and then the rest of it is"
_DOUBTFUL_MAX = 4  # 16 ways
_EXTENSION_DIGITS_MAX = 6


def _stretches(lexemes: list[Lexeme]) -> list[list[Lexeme]]:
    """Sequences of lexemes with digits, divided at words that occur in no telephone number."""
    stretches: list[list[Lexeme]] = [[]]
    links = 0
    for lexeme in lexemes:
        links = links + 1 if lexeme.kind in _LINKING else 0
        inside_fix = lexeme.value in _INSIDE_FIXES and any(each.kind == "fix" for each in stretches[-1][-2:])
        # "my area code is 415 and my number is"
        goes_on = lexeme.value == "my" and any(each.kind == "area" for each in stretches[-1])
        parts = lexeme.kind == "other" or lexeme.kind in TOLD
        if (parts and not (inside_fix or goes_on)) or links > _LINKS_MAX:
            stretches.append([])
        elif not parts:
            stretches[-1].append(lexeme)
    return [stretch for stretch in stretches if any(lexeme.kind == "digits" for lexeme in stretch)]


def _is_time(stretch: list[Lexeme], words: Sequence[Word]) -> bool:
    """Whether a stretch is times of day or years and nothing else."""
    if _TIMES_OF_DAY.fullmatch(" ".join(lexeme.value for lexeme in stretch)):
        return True
    digits = [lexeme for lexeme in stretch if lexeme.kind == "digits"]
    is_written = all(":" in words[lexeme.word_index].text for lexeme in digits)
    return is_written and len({lexeme.word_index for lexeme in digits}) == 1


def _merged_times(stretch: list[Lexeme]) -> Iterator[Lexeme]:
    for is_digits, group in groupby(stretch, lambda lexeme: lexeme.kind == "digits"):
        if is_digits:
            parts = list(group)
            yield merged("time", "".join(lexeme.value for lexeme in parts), parts)


def _ways(stretch: list[Lexeme]) -> tuple[Doubt, ...]:
    """Every interpretation of the ambiguous words of a stretch; first the one that takes all as digits."""
    stretch = [
        _homophone(stretch, at) if each.kind == "homophone" else each for at, each in enumerate(stretch)
    ]
    doubtful = [at for at, lexeme in enumerate(stretch) if lexeme.otherwise is not None]
    # A speaker says "six hundred twelve" in the same way each time: these are decided together.
    hundreds = tuple(at for at in doubtful if stretch[at].value == HUNDREDS["hundred"])
    doubts = [hundreds] * bool(hundreds) + [(at,) for at in doubtful if at not in hundreds]
    ways = []
    few = doubts[:_DOUBTFUL_MAX]
    for chosen in chain.from_iterable(combinations(few, size) for size in range(len(few) + 1)):
        doubted = {at for doubt in chosen for at in doubt}
        runs, part = [], []
        for at, lexeme in enumerate(stretch):
            if at not in doubted:
                part.append(lexeme)
            elif lexeme.otherwise:
                part += [lexeme._replace(value=lexeme.otherwise)] * (lexeme.otherwise != SILENT)
            else:
                runs += _runs(part)
                part = []
        dropped = sum(stretch[doubt[0]].otherwise == "" for doubt in chosen)
        ways.append(Doubt((*runs, *_runs(part)), dropped, len(chosen) - dropped))
    return tuple(ways)


def _homophone(stretch: list[Lexeme], at: int) -> Lexeme:
    """A homophone as its digit; ambiguous at an edge of the digits, and where it is a common word."""
    solid = ("digits", "homophone")
    after = at + 1 < len(stretch) and stretch[at + 1].kind in solid
    inside = after and any(each.kind in solid for each in stretch[:at])
    lexeme = stretch[at]
    sure = inside and lexeme.value not in OFTEN_WORDS
    return lexeme._replace(kind="digits", value=HOMOPHONES[lexeme.value], otherwise=None if sure else "")


def _runs(lexemes: list[Lexeme]) -> list[DigitRun]:
    """The runs of lexemes that belong to numbers; an extension ends a run."""
    for at, lexeme in enumerate(lexemes):
        if lexeme.kind == "ext" and any(each.kind == "digits" for each in lexemes[:at]):
            rest = lexemes[at + 1 :]
            while rest and rest[0].kind in ("sep", "filler", "link"):
                rest = rest[1:]
            ends = [i for i, each in enumerate(rest) if each.kind != "digits"]
            size = min(ends, default=len(rest))
            extension = "".join(each.value for each in rest[:size])
            if 0 < len(extension) <= _EXTENSION_DIGITS_MAX:
                return [replace(run, extension=extension) for run in _runs(lexemes[:at])] + _runs(rest[size:])
    digits: list[Digit] = []
    joints: list[Joint] = []
    plus, areas = set(), []
    fixes: list[Fix] = []
    joint: Joint = ""
    said_at: int | None = None
    signed = False
    for lexeme in lexemes:
        here = len(digits)
        if lexeme.kind == "digits":
            if digits and not joint and lexeme.start_s - digits[-1].end_s >= PAUSE_S:
                joint = "pause"
            if signed:
                plus.add(here)
            for digit in lexeme.value:
                joints.append(joint if digits else "")
                digits.append(Digit(digit, lexeme.word_index, lexeme.start_s, lexeme.end_s))
                joint = ""
            signed = False
        elif lexeme.kind == "plus":
            signed = True
            joint = joint or "filler"
        elif lexeme.kind == "said":
            fixes = [fix for fix in fixes if fix.at < here]
            said_at, joint = here, "again"
        elif lexeme.kind in ("fix", "doubt") or (
            lexeme.value in _IS and said_at is not None and here > said_at
        ):
            if digits:
                fixes = [fix for fix in fixes if fix.at < here]
                fixes.append(Fix(here, said_at if said_at != here else None, lexeme.kind != "doubt"))
            said_at, joint = None, "link"
        elif lexeme.kind == "again":
            joint = "again"
        else:
            if lexeme.kind == "area":
                areas.append(here)
            if joint != "again":
                joint = "filler" if lexeme.kind in ("sep", "filler") and joint != "link" else "link"
    fixes = [fix for fix in fixes if fix.at < len(digits)]
    return (
        [DigitRun(_shared(digits), tuple(joints), frozenset(plus), tuple(fixes), tuple(areas))]
        if digits
        else []
    )


def _shared(digits: list[Digit]) -> tuple[Digit, ...]:
    """The digits of one word with an even share of its time each."""
    done: list[Digit] = []
    for index in dict.fromkeys(digit.word_index for digit in digits):
        same = [digit for digit in digits if digit.word_index == index]
        start_s, end_s = min(digit.start_s for digit in same), max(digit.end_s for digit in same)
        step_s = (end_s - start_s) / len(same)
        done += [
            replace(digit, start_s=start_s + at * step_s, end_s=start_s + (at + 1) * step_s)
            for at, digit in enumerate(same)
        ]
    return tuple(done)
