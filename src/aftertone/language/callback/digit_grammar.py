"""Every way to say a string of digits, as a grammar for forced alignment, and back from words to digits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from aftertone.acoustics.interval import Interval
from aftertone.language.forced_alignment import MARK, Grammar, Segment

_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"),
    *("sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TIMES = {"double": 2, "triple": 3}
_SIZES = {**dict.fromkeys(_TEENS, 2), "hundred": 2, "thousand": 3}

_JOINED = 0.3  # probability of a word for several digits; 0.05 and 1.0 give the same times
_WITH_WORDS = 0.3  # probability of words between two digits, where the transcript has some


class _Form(NamedTuple):
    words: tuple[str, ...]
    digit_count: int
    probability: float


def _forms(digits: str, at: int, singly: bool) -> Iterator[_Form]:
    """The ways to say the next digit, or the next few."""
    first, two = digits[at], digits[at : at + 2]
    names = ("zero", "oh") if first == "0" else (_NAMES[int(first)],)
    for name in names:
        yield _Form((name,), 1, 1.0)
    if singly:
        return
    for name in names:
        for times, count in _TIMES.items():
            if digits[at : at + count] == first * count:
                yield _Form((times, name), count, _JOINED)
    if len(two) == 2 and first == "1":
        yield _Form((_TEENS[int(two[1])],), 2, _JOINED)
    elif len(two) == 2 and first > "1":
        unit = () if two[1] == "0" else (_NAMES[int(two[1])],)
        yield _Form((_TENS[int(first)], *unit), 2, _JOINED)
    for zeros, name in (("00", "hundred"), ("000", "thousand")):
        if digits[at:].startswith(zeros) and at and digits[at - 1] != "0":
            yield _Form((name,), len(zeros), _JOINED)


def add_digits(
    grammar: Grammar,
    start: int,
    digits: str,
    between: Mapping[int, Sequence[str]] | None = None,
    *,
    singly: bool = False,
    mark: str = "",
) -> int:
    """Add every way to say some digits, from a state on; returns the state after the last.

    Parameters
    ----------
    grammar : Grammar
    start : int
        The state before the first digit.
    digits : str
    between : mapping of int to sequence of str
        Words and digit strings that may be said before the digit of that index.
    singly : bool
        Each digit is said by itself: no "double five", no "forty".
    mark : str
        Prefix of the digits' words, by which `digit_times` finds them.

    Examples
    --------
    >>> grammar = Grammar()
    >>> end = add_digits(grammar, 0, "00")
    >>> grammar.words
    ['zero', 'oh', 'double']
    """
    states = [start, *(grammar.state() for _ in digits)]
    for at in range(len(digits)):
        here = states[at]
        if words := (between or {}).get(at):
            ready = grammar.state()
            grammar.arc(here, ready)
            other = grammar.state()
            grammar.arc(here, other, probability=_WITH_WORDS)
            grammar.arc(add_each(grammar, other, words)[-1], ready)
            here = ready
        for form in _forms(digits, at, singly):
            *first, last = (mark + word for word in form.words)
            before = grammar.chain(here, first, form.probability)
            grammar.arc(before, states[at + form.digit_count], last, 1.0 if first else form.probability)
    return states[-1]


def add_each(grammar: Grammar, start: int, parts: Iterable[str]) -> list[int]:
    """Add words and digit strings one after the other; returns the state before them, and the one after each.

    >>> add_each(Grammar(), 0, ["at", "55"])
    [0, 1, 3]
    """
    states = [start]
    for part in parts:
        add = add_digits if part.isdigit() else _add_word
        states.append(add(grammar, states[-1], part))
    return states


def _add_word(grammar: Grammar, start: int, word: str) -> int:
    return grammar.chain(start, [word])


def digit_times(found: Sequence[Segment], digits: str) -> tuple[Interval, ...] | None:
    """When each digit is said, from the marked words; the digits of one word share its time evenly.

    None where the words do not say the digits.

    >>> said = [Segment("#nine", 0.0, 0.5), Segment("#double", 0.5, 1.0), Segment("#oh", 1.0, 1.5)]
    >>> [each.start_s for each in digit_times(said, "900")]
    [0.0, 0.5, 1.0]
    """
    times: list[Interval] = []
    repeat: Segment | None = None
    for word, start_s, end_s in found:
        if not word.startswith(MARK):
            continue
        name = word.removeprefix(MARK)
        if name in _TIMES:
            repeat = Segment(name, start_s, end_s)
            continue
        size = _SIZES.get(name, 1)
        if repeat is not None:
            size, start_s, repeat = _TIMES[repeat.word], repeat.start_s, None
        elif name in _TENS and digits[len(times) + 1 : len(times) + 2] == "0":
            size = 2
        edges_s = np.linspace(start_s, end_s, size + 1).tolist()
        times += [Interval(edges_s[k], edges_s[k + 1]) for k in range(size)]
    return tuple(times) if times and len(times) == len(digits) else None
