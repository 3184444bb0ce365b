"""A grammar for forced alignment of a reading: every way to say its digits, and the words beside them.

`digit_times` goes back from the aligned words to the digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aftertone.acoustics.interval import Interval
from aftertone.language.callback.lexemes import HUNDREDS, NAMES, NUMERALS, TENS
from aftertone.language.callback.numbering_plan import dialled
from aftertone.language.callback.record import Reading
from aftertone.language.forced_alignment import MARK, OTHER_SOUND, Grammar, Segment
from aftertone.language.pronunciation import pronunciation
from aftertone.language.tokens import DIGIT_WORDS, spoken_words
from aftertone.language.transcript import Word

_TIMES = {"double": 2, "triple": 3}
_NUMERAL = re.compile(r"[\d().-]*\d[\d().,?!-]*")


@dataclass(frozen=True, slots=True)
class GrammarOptions:
    """Probabilities of arcs, and a count of words. See benchmarks/experiments/number.md."""

    joined: float = 0.3  # a word for several digits; 0.05 and 1.0 give the same times
    with_words: float = 0.3  # words between two digits, where the transcript has some
    other_sound: float = 0.1  # each stretch of sound without text
    skipped: float = 0.1  # each neighbouring word that is missing from the sound
    neighbours: int = 4  # words on either side that are aligned; with 2 the reading starts 60 ms worse


OPTIONS = GrammarOptions()


def _forms(digits: str, at: int, singly: bool) -> Iterator[tuple[tuple[str, ...], int, float]]:
    """The ways to say the next digit, or the next few: words, count of digits, probability."""
    first, two = digits[at], digits[at : at + 2]
    names = ("zero", "oh") if first == "0" else (NAMES[first],)
    for name in names:
        yield (name,), 1, 1.0
    if singly:
        return
    for name in names:
        for times, count in _TIMES.items():
            if digits[at : at + count] == first * count:
                yield (times, name), count, OPTIONS.joined
    if len(two) == 2 and first != "0":
        yield (NAMES[two],) if two in NAMES else (NAMES[f"{first}0"], NAMES[two[1]]), 2, OPTIONS.joined
    for name, zeros in HUNDREDS.items():
        if digits[at:].startswith(zeros) and at and digits[at - 1] != "0":
            yield (name,), len(zeros), OPTIONS.joined


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

    `between` has words and digit strings that may be said before the digit of an index. `singly`: each digit
    is said by itself, no "double five", no "forty". `mark` is a prefix of the digits' words, by which
    `digit_times` finds them.

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
            grammar.arc(here, other, probability=OPTIONS.with_words)
            grammar.arc(add_each(grammar, other, words)[-1], ready)
            here = ready
        for words_said, count, probability in _forms(digits, at, singly):
            *first, last = (mark + word for word in words_said)
            before = grammar.chain(here, first, probability)
            grammar.arc(before, states[at + count], last, 1.0 if first else probability)
    return states[-1]


def add_each(grammar: Grammar, start: int, parts: Iterable[str]) -> list[int]:
    """Add words and digit strings one after the other; returns the state before them, and the one after each.

    >>> add_each(Grammar(), 0, ["at", "55"])
    [0, 1, 3]
    """
    states = [start]
    for part in parts:
        last = states[-1]
        states.append(add_digits(grammar, last, part) if part.isdigit() else grammar.chain(last, [part]))
    return states


def reading_grammar(reading: Reading, words: Sequence[Word], excerpt: Interval) -> tuple[Grammar, int]:
    """The grammar of some words before, the digits and some words after; and its last state.

    The reading has its digits in the order in which they are said. `words` are those of the transcript.
    """
    first, last = reading.first_word, reading.last_word
    before = [word for word in words[:first] if word.end_s > excerpt.start_s][-OPTIONS.neighbours :]
    after = [word for word in words[last + 1 :] if word.start_s < excerpt.end_s][: OPTIONS.neighbours]
    between = {
        at: parts
        for at, (one, other) in enumerate(pairwise(reading.items), start=1)
        if (parts := _between(reading, words, one.word_index, other.word_index))
    }
    grammar = Grammar()
    end, ready = grammar.state(), grammar.state()
    for state in (0, end):
        for sound in OTHER_SOUND:
            grammar.arc(state, state, sound, OPTIONS.other_sound)
    plus = ["plus"] if _said(words[first])[:1] == ["plus"] else []
    ways_in = add_each(grammar, ready, [*(part for word in before for part in _parts(word)), *plus])
    singly = _is_said_singly(reading, words)
    past = add_digits(grammar, ways_in[-1], reading.digits, between, singly=singly, mark=MARK)
    ways_out = add_each(grammar, past, [part for word in after for part in _parts(word)])
    for skipped, state in enumerate(ways_in):
        grammar.arc(0, state, probability=OPTIONS.skipped**skipped)
    for skipped, state in enumerate(reversed(ways_out)):
        grammar.arc(state, end, probability=OPTIONS.skipped**skipped)
    return grammar, end


def _is_said_singly(reading: Reading, words: Sequence[Word]) -> bool:
    """Whether the transcript has one word for each digit, and that word is the digit's own."""
    indices = [item.word_index for item in reading.items]
    spoken = [spoken_words(words[at].text) for at in indices]
    return len(set(indices)) == len(indices) and all(
        len(parts) == 1 and parts[0] in DIGIT_WORDS for parts in spoken
    )


def _between(reading: Reading, words: Sequence[Word], first: int, last: int) -> list[str]:
    """The words and digit strings between digits of two words, with what a correction took from the first."""
    if first == last:
        return []
    own = sum(item.word_index == first for item in reading.items)
    left = dialled(words[first].text)[own:] if _NUMERAL.fullmatch(words[first].text) else ""
    parts = [part for word in words[first + 1 : last] for part in _parts(word)]
    return [left, *parts] if left else parts


def _parts(word: Word) -> list[str]:
    """The spoken words of a written word; for a numeral, its digits as one string."""
    return [dialled(word.text)] if _NUMERAL.fullmatch(word.text) else _said(word)


def _said(word: Word) -> list[str]:
    return [part for part in spoken_words(word.text) if pronunciation(part)]


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
        size = len(NUMERALS.get(name, "0"))
        if repeat is not None:
            size, start_s, repeat = _TIMES[repeat.word], repeat.start_s, None
        elif name in TENS and digits[len(times) + 1 : len(times) + 2] != "0":  # "forty" of "forty two"
            size = 1
        edges_s = np.linspace(start_s, end_s, size + 1).tolist()
        times += [Interval(edges_s[k], edges_s[k + 1]) for k in range(size)]
    return tuple(times) if times and len(times) == len(digits) else None
