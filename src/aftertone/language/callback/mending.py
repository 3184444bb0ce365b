"""Runs in written order: corrections applied, area codes first, echoed groups once.

Each change gives a candidate run. The candidate that can be cut into the best numbers is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from aftertone.language.brief import DIGITS_MAX
from aftertone.language.callback.segments import (
    NEARLY_SAME_AGAIN,
    VALID,
    best_cut,
    is_loop,
    verdict_of,
)
from aftertone.language.callback.spoken import DigitRun, Doubt, Fix, Joint

# On the scale of `Verdict.score`; tuned on the tables in tests/language/callback.
_FIX, _UNSURE_FIX = 12.0, 4.0  # gain, times the share of digits said again; "sorry", "hang on"
_FIX_ALIKE_MIN = 0.5  # share of the replaced digits that are said again; with less it is no correction
_GROUP_DIGITS_MIN, _GROUP_DIGITS_MAX = 3, 5  # of a group that is said again, corrected or an area code
_AREA_SHAPES = ((3, 7), (3, 8), (2, 8), (3, 6), (4, 6), (5, 6), (4, 7))
"""Digits of an area code and of the rest, likeliest first: America, Britain, Australia."""
_REST_DIGITS_MAX = 8  # after an area code; with more, another reading lies between
_MENDED = 0.5  # gain of an area code put first, and of an echo announced by "that's" or "again"
_UNTOLD = 2.5  # cost of an echo without such a word: more than a valid number scores over a possible one
_DROPPED, _PARTED = 0.1, 4.5  # cost of an ambiguous word that is no digit, and of "twenty seven" as 20 7


def likeliest(ways: Sequence[Doubt], region: str) -> tuple[DigitRun, ...]:
    """The runs, mended, under the interpretation of ambiguous words that gives the best numbers."""

    def goodness(runs: Sequence[DigitRun], way: Doubt) -> float:
        numbers = sum(max(0.0, best_cut(run, region)[0]) for run in runs)
        return numbers - _DROPPED * way.dropped - _PARTED * way.parted

    mended_ways = [tuple(mended(run, region) for run in way.runs) for way in ways]
    if len(ways) == 1:
        return mended_ways[0]
    return max(zip(mended_ways, ways, strict=True), key=lambda each: goodness(*each))[0]


def mended(run: DigitRun, region: str) -> DigitRun:
    """The run in written order: corrected, area codes first, each echoed group once."""
    if is_loop(run.text):
        return run
    while run.fixes:
        run = _corrected(run, region)
    run = _best(run, ((other, -_MENDED) for other in _areas_first(run, region)), region)
    return _best(run, _unechoed(run, region), region)


def _best(run: DigitRun, others: Iterable[tuple[DigitRun, float]], region: str) -> DigitRun:
    """The run, or the candidate whose numbers less its cost score higher."""
    options = [(run, 0.0), *others]
    if len(options) == 1:
        return run
    return max(options, key=lambda option: best_cut(option[0], region)[0] - option[1])[0]


def _picked(run: DigitRun, order: Sequence[int], *, inside: bool = False) -> DigitRun:
    """The run with the digits of these indices, in this order; `inside`: others are inside a number."""
    joints: list[Joint] = [""] * min(1, len(order))
    for before, at in pairwise(order):
        # digits that replace others have no joint before them
        joints.append("" if at < before or (inside and at > before + 1) else run.joints[before + 1])
    places = {at: place for place, at in enumerate(order)}
    moved = {at: places.get(at, len(order)) for at in (*(fix.at for fix in run.fixes[1:]), *run.areas)}
    return DigitRun(
        tuple(run.digits[at] for at in order),
        tuple(joints),
        frozenset(places[at] for at in run.plus if at in places),
        tuple(
            Fix(moved[fix.at], places.get(-1 if fix.said_at is None else fix.said_at), fix.is_sure)
            for fix in run.fixes[1:]
        ),
        tuple(moved[at] for at in run.areas if moved[at] < len(order) or at == len(run.digits)),
        run.extension,
    )


def _corrected(run: DigitRun, region: str) -> DigitRun:
    """The run with its first correction applied."""
    fix = run.fixes[0]
    at, length = fix.at, len(run.digits)
    end = run.fixes[1].at if len(run.fixes) > 1 else length
    before, after = run.text[:at], run.text[at:end]
    tail = range(at, length)
    options: list[tuple[float, list[int]]] = []
    if fix.said_at is not None:  # "312 556 0143, I said 556, it's 557"
        old = run.text[fix.said_at : at]
        first = run.text[: fix.said_at].rfind(old)
        if first >= 0 and len(after) >= len(old):
            past = first + len(old)
            new, rest = range(at, at + len(old)), range(at + len(old), length)
            options.append((_FIX, [*range(first), *new, *range(past, fix.said_at), *rest]))
    weight = _FIX if fix.is_sure else _UNSURE_FIX
    for taken in (*range(1, min(at, len(after), DIGITS_MAX) + 1), 0):
        alike = _alike(before[at - taken :], after)
        if alike == 1.0 and taken < _GROUP_DIGITS_MIN:
            alike = 0.0  # by chance: a correction changes a digit
        bonus = weight * alike if alike >= _FIX_ALIKE_MIN else -NEARLY_SAME_AGAIN if fix.is_sure else 0.0
        options.append((bonus, [*range(at - taken), *tail]))
    size = next((i for i in range(1, len(after)) if run.joints[at + i] in ("link", "again")), len(after))
    if _GROUP_DIGITS_MIN <= size <= _GROUP_DIGITS_MAX:  # "312 555 0143, sorry, the area code is 313"
        for start in range(max(0, at - size - _REST_DIGITS_MAX), at - size):
            alike, past = _alike(before[start : start + size], after), start + size
            if _FIX_ALIKE_MIN <= alike < 1.0:
                order = [*range(start), *range(at, at + size), *range(past, at), *range(at + size, length)]
                options.append((weight * alike, order))
    found = [(bonus, _picked(run, order)) for bonus, order in options]
    return max(found, key=lambda each: each[0] + best_cut(each[1], region)[0])[1]


def _alike(said: str, again: str) -> float:
    """Share of digits of `said` that `again` has at the same index."""
    return sum(a == b for a, b in zip(said, again, strict=False)) / len(said) if said else 0.0


def _areas_first(run: DigitRun, region: str) -> Iterator[DigitRun]:
    """The run with each area code moved before its number; nothing where none can be moved."""
    length, moved = len(run.digits), run
    for at in run.areas:
        for size, start, rest in ((n, at - n * after, m) for after in (0, 1) for n, m in _AREA_SHAPES):
            first, end = start - rest, start + size
            if first < 0 or end > length or (first and run.joints[first] == ""):
                continue
            order = [*range(first), *range(start, end), *range(first, start), *range(end, length)]
            other = _picked(moved, order)
            if verdict_of(other.text[first:end], False, region).score == VALID:
                moved = other
                break
    if moved is not run:
        yield moved


def _unechoed(run: DigitRun, region: str) -> Iterator[tuple[DigitRun, float]]:
    """The run with echoed groups once, and the cost of that reading.

    Where all groups are echoed, their edges may be anywhere; else a group must begin and end at a word's
    edge.
    """
    text, length = run.text, len(run.digits)
    starts = (at for at in range(1, length) if run.digits[at].word_index != run.digits[at - 1].word_index)
    at_words = {0, length, *starts}
    for edges, size_min in ((set(range(length + 1)), 2), (at_words, _GROUP_DIGITS_MIN)):
        kept: list[int] = []
        at = doubled = 0
        is_told = False  # "312, that's 312"
        while at < length:
            sizes = (
                n for n in range(_GROUP_DIGITS_MAX, size_min - 1, -1) if {at, at + n, at + 2 * n} <= edges
            )
            size = next((n for n in sizes if text[at : at + n] == text[at + n : at + 2 * n]), 0)
            # the first of the first group and the last of the others, so that the reading is all of it
            kept += range(at + size * bool(kept), at + size + size * bool(kept)) if size else [at]
            doubled += 2 * size
            is_told |= size > 0 and run.joints[at + size] in ("link", "again")
            at += 2 * size or 1
        other = _picked(run, kept, inside=True)
        if doubled == length and verdict_of(other.text, False, region).score == VALID:
            yield other, -VALID
        elif doubled and edges is at_words:
            yield other, -_MENDED if is_told else _UNTOLD
