"""Runs in written order: corrections are applied, area codes come first, repeated groups are kept once.

Each change gives a candidate run. The candidate that can be cut into the best numbers is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from aftertone.language.brief import DIGITS_MAX
from aftertone.language.callback.digit_runs import Boundary, Correction, DigitRun, Interpretation
from aftertone.language.callback.numbering_plan import SCORES, is_loop, plan_validity
from aftertone.language.callback.segmentation import CUTS, best_cut


@dataclass(frozen=True, slots=True)
class CorrectionOptions:
    """Scores on the scale of `PlanScores`, and sizes. Tuned on the tables in tests/language/callback."""

    sure: float = 12.0  # gain of a correction, times the share of digits said again: after "sorry"
    unsure: float = 4.0  # the same after "hang on"
    alike_min: float = 0.5  # share of the replaced digits that are said again
    group_digits_min: int = 3  # of a group that is said again, corrected, or an area code
    group_digits_max: int = 5
    area_shapes: tuple[tuple[int, int], ...] = ((3, 7), (3, 8), (2, 8), (3, 6), (4, 6), (5, 6), (4, 7))
    """Digits of an area code and of the rest, likeliest first: America, Britain, Australia."""
    rest_digits_max: int = 8  # after an area code; with more, another reading lies between
    rearranged: float = 0.5  # gain of an area code put first, and of a repeated group that is announced
    unannounced: float = 2.5  # cost of one without "that's": more than from a possible to a valid number
    word: float = 0.1  # cost of an ambiguous word that is no digit
    split: float = 4.5  # cost of "twenty seven" as 20 7


OPTIONS = CorrectionOptions()


def likeliest_runs(ways: Sequence[Interpretation], region: str) -> tuple[DigitRun, ...]:
    """The runs in written order, under the interpretation of ambiguous words that gives the best numbers."""

    def goodness(runs: Sequence[DigitRun], way: Interpretation) -> float:
        numbers = sum(max(0.0, best_cut(run, region)[0]) for run in runs)
        return numbers - OPTIONS.word * way.word_count - OPTIONS.split * way.split_count

    found = [tuple(in_written_order(run, region) for run in way.runs) for way in ways]
    if len(ways) == 1:
        return found[0]
    return max(zip(found, ways, strict=True), key=lambda each: goodness(*each))[0]


def in_written_order(run: DigitRun, region: str) -> DigitRun:
    """The run corrected, with area codes first and each repeated group once."""
    if is_loop(run.digits):
        return run
    while run.corrections:
        run = _corrected(run, region)
    run = _best(run, ((other, -OPTIONS.rearranged) for other in _areas_first(run, region)), region)
    return _best(run, _groups_once(run, region), region)


def _best(run: DigitRun, others: Iterable[tuple[DigitRun, float]], region: str) -> DigitRun:
    """The run, or the candidate whose numbers less its cost score higher."""
    options = [(run, 0.0), *others]
    if len(options) == 1:
        return run
    return max(options, key=lambda option: best_cut(option[0], region)[0] - option[1])[0]


def _picked(run: DigitRun, order: Sequence[int], *, inside: bool = False) -> DigitRun:
    """The run with the digits of these indices, in this order; `inside`: others are inside a number."""
    boundaries: list[Boundary] = [""] * min(1, len(order))
    for before, at in pairwise(order):
        # digits that replace others have no boundary before them
        is_inner = at < before or (inside and at > before + 1)
        boundaries.append("" if is_inner else run.boundaries[before + 1])
    places = {at: place for place, at in enumerate(order)}
    rest = run.corrections[1:]
    moved = {at: places.get(at, len(order)) for at in (*(each.at for each in rest), *run.areas)}
    return DigitRun(
        tuple(run.items[at] for at in order),
        tuple(boundaries),
        frozenset(places[at] for at in run.plus if at in places),
        tuple(
            Correction(
                moved[each.at], places.get(-1 if each.quote_at is None else each.quote_at), each.is_sure
            )
            for each in rest
        ),
        tuple(moved[at] for at in run.areas if moved[at] < len(order) or at == len(run.items)),
        run.extension,
    )


def _corrected(run: DigitRun, region: str) -> DigitRun:
    """The run with its first correction applied."""
    text, length = run.digits, len(run.items)
    at, quote_at, is_sure = run.corrections[0]
    end = run.corrections[1].at if len(run.corrections) > 1 else length
    before, after = text[:at], text[at:end]
    options: list[tuple[float, list[int]]] = []
    if quote_at is not None:  # "312 556 0143, I said 556, it's 557"
        quoted = text[quote_at:at]
        first, size = text[:quote_at].rfind(quoted), len(quoted)
        if first >= 0 and len(after) >= size:
            new, rest = range(at, at + size), range(at + size, length)
            options.append((OPTIONS.sure, [*range(first), *new, *range(first + size, quote_at), *rest]))
    weight = OPTIONS.sure if is_sure else OPTIONS.unsure
    for taken in (*range(1, min(at, len(after), DIGITS_MAX) + 1), 0):
        alike = _alike(before[at - taken :], after)
        if alike == 1.0 and taken < OPTIONS.group_digits_min:
            alike = 0.0  # by chance: a correction changes a digit
        unlike = -CUTS.nearly_same_again if is_sure else 0.0
        gain = weight * alike if alike >= OPTIONS.alike_min else unlike
        options.append((gain, [*range(at - taken), *range(at, length)]))
    size = next((i for i in range(1, len(after)) if run.boundaries[at + i] in ("link", "again")), len(after))
    if OPTIONS.group_digits_min <= size <= OPTIONS.group_digits_max:
        # "312 555 0143, sorry, the area code is 313"
        for start in range(max(0, at - size - OPTIONS.rest_digits_max), at - size):
            alike, past = _alike(before[start : start + size], after), start + size
            if OPTIONS.alike_min <= alike < 1.0:
                order = [*range(start), *range(at, at + size), *range(past, at), *range(at + size, length)]
                options.append((weight * alike, order))
    found = [(gain, _picked(run, order)) for gain, order in options]
    return max(found, key=lambda each: each[0] + best_cut(each[1], region)[0])[1]


def _alike(said: str, again: str) -> float:
    """Share of digits of `said` that `again` has at the same index."""
    return sum(a == b for a, b in zip(said, again, strict=False)) / len(said) if said else 0.0


def _areas_first(run: DigitRun, region: str) -> Iterator[DigitRun]:
    """The run with each area code moved before its number; nothing where none can be moved."""
    length, moved = len(run.items), run
    for at in run.areas:
        shapes = ((n, at - n * after, m) for after in (0, 1) for n, m in OPTIONS.area_shapes)
        for size, start, rest in shapes:
            first, end = start - rest, start + size
            if first < 0 or end > length or (first and run.boundaries[first] == ""):
                continue
            order = [*range(first), *range(start, end), *range(first, start), *range(end, length)]
            other = _picked(moved, order)
            if plan_validity(other.digits[first:end], False, region).is_valid:
                moved = other
                break
    if moved is not run:
        yield moved


def _groups_once(run: DigitRun, region: str) -> Iterator[tuple[DigitRun, float]]:
    """The run with repeated groups once, and the cost of that reading.

    Where all groups are repeated, their edges may be anywhere. Else a group must begin and end at the edge of
    a word.
    """
    text, length = run.digits, len(run.items)
    starts = (at for at in range(1, length) if run.items[at].word_index != run.items[at - 1].word_index)
    at_words = {0, length, *starts}
    for edges, size_min in ((set(range(length + 1)), 2), (at_words, OPTIONS.group_digits_min)):
        kept: list[int] = []
        at = repeated = 0
        is_announced = False  # "312, that's 312"
        while at < length:
            sizes = (
                n
                for n in range(OPTIONS.group_digits_max, size_min - 1, -1)
                if {at, at + n, at + 2 * n} <= edges
            )
            size = next((n for n in sizes if text[at : at + n] == text[at + n : at + 2 * n]), 0)
            # the first of the first group and the last of the others, so that the reading is all of it
            kept += range(at + size * bool(kept), at + size + size * bool(kept)) if size else [at]
            repeated += 2 * size
            is_announced |= size > 0 and run.boundaries[at + size] in ("link", "again")
            at += 2 * size or 1
        other = _picked(run, kept, inside=True)
        if repeated == length and plan_validity(other.digits, False, region).is_valid:
            yield other, -SCORES.valid
        elif repeated and edges is at_words:
            yield other, -OPTIONS.rearranged if is_announced else OPTIONS.unannounced
