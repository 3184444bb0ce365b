"""Segmentation: runs of digits are cut into the numbers that they most likely are.

The numbering plan gives a score to each string of digits. The words and pauses between two digits give the
score of a cut there. Dynamic programming finds the cuts with the best sum of both scores, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate, pairwise

from aftertone.language.brief import DIGITS_MAX, DIGITS_MIN
from aftertone.language.callback.digit_runs import Boundary, DigitRun, DigitSequence, evenly_timed
from aftertone.language.callback.numbering_plan import (
    AMERICAN_DIGITS,
    PARTIAL_DIGITS_MIN,
    PREFIX_DIGITS_MAX,
    SCORES,
    PlanValidity,
    edits,
    is_loop,
    is_near,
    plan_validity,
)


@dataclass(frozen=True, slots=True)
class CutScores:
    """Scores of cuts, on the scale of `PlanScores`. Tuned on the tables in tests/language/callback."""

    cut: Mapping[Boundary, float] = field(
        default_factory=lambda: {"": 3.0, "pause": 1.0, "filler": 2.0, "link": 0.0, "again": 0.0}
    )  # cost of the end of a number at each boundary
    cut_in_word: float = 15.0  # cost inside a written word, where only the same number twice is worth it
    leftover: float = 15.0  # cost of digits left over: a run is all of a number, or none of it
    join: Mapping[Boundary, float] = field(
        default_factory=lambda: {"": 0.0, "pause": 0.0, "filler": 0.0, "link": 0.5, "again": 8.0}
    )  # cost of a number that goes on over each boundary
    same_again: float = 5.0  # gain of a number that follows itself
    nearly_same_again: float = 3.0  # gain of the same with one or two digits changed
    end_again: float = 4.0  # gain of its last digits
    known: float = 14.0  # gain of the number that was chosen, in the second pass
    nearly_known: float = 11.0  # gain of a number near it
    part_of_known: float = 1.0  # gain of its last digits


CUTS = CutScores()


@dataclass(frozen=True, slots=True)
class Candidate(DigitSequence):
    """Digits of one run that are one number, a part of one, or none."""

    validity: PlanValidity
    extension: str = ""  # digits of the extension that follows
    has_plus: bool = False  # a plus or "country code" was said before it

    def with_digits(self, digits: str, region: str) -> Candidate:
        """The candidate with other digits, which share its time evenly."""
        if digits == self.digits:
            return self
        count = len(self.items)
        indices = [self.items[at * count // len(digits)].word_index for at in range(len(digits))]
        items = evenly_timed(digits, self.interval, indices)
        return replace(self, items=items, validity=plan_validity(digits, self.has_plus, region))


def candidates_of(run: DigitRun, region: str, known: str | None = None) -> list[Candidate]:
    """The candidates that the best cut of a run gives; `known` is the number that was chosen."""
    _, cuts = best_cut(run, region, known)
    text = run.digits
    found = [
        Candidate(
            run.items[start:end],
            plan_validity(text[start:end], start in run.plus, region),
            run.extension if end == len(text) else "",
            start in run.plus,
        )
        for start, end in pairwise(cuts)
    ]
    if len(found) > 1 and is_loop(text) and not all(each.validity.is_valid for each in found):
        return [replace(each, validity=PlanValidity(SCORES.loop, each.digits, None)) for each in found]
    return found


@lru_cache(maxsize=256)
def best_cut(run: DigitRun, region: str, known: str | None = None) -> tuple[float, tuple[int, ...]]:
    """The best way to cut a run: its score, and where each candidate starts, with the end of the run."""
    text, length = run.digits, len(run.items)
    joins = [0.0, *accumulate(CUTS.join[boundary] for boundary in run.boundaries)]
    edges = _edges(run, region)
    # best[end][start]: score of the first `end` digits whose last candidate starts at `start`, and where the
    # one before that starts. One with too many digits is allowed only where no edge is in it.
    best: dict[int, dict[int, tuple[float, int]]] = {}
    for end in (*edges[1:], length):
        near = [at for at in edges if at < end]
        starts = [at for at in near if end - at <= DIGITS_MAX + PREFIX_DIGITS_MAX] or near[-1:]
        best[end] = {}
        for start in starts:
            digits = text[start:end]
            validity = plan_validity(digits, start in run.plus, region)
            score = validity.score + _known_gain(digits, validity, known) - (joins[end] - joins[start + 1])
            befores = (
                (before_score + _cut_score(run, (text[before:start], digits), start, region), before)
                for before, (before_score, _) in best.get(start, {}).items()
            )
            most, before = max(befores, key=lambda each: each[0], default=(0.0, -1))
            best[end][start] = (score + most, before)
    start = max(best[length], key=lambda at: best[length][at][0])
    score, cuts, end = best[length][start][0], [length], length
    while start >= 0:
        cuts.append(start)
        start, end = best[end][start][1], start
    return score, tuple(cuts[::-1])


def _edges(run: DigitRun, region: str) -> list[int]:
    """Indices where a candidate may start: 0, after a link, at repeated digits, after a valid number."""
    text, length = run.digits, len(run.items)
    edges = [0]

    def may_start(start: int, at: int) -> bool:
        size = min(PARTIAL_DIGITS_MIN, at - start)
        if size > 1 and text[start : start + size] == text[at : at + size]:
            return True
        is_whole = at - start >= DIGITS_MIN <= length - at
        return is_whole and plan_validity(text[start:at], start in run.plus, region).is_valid

    for at in range(1, length):
        ends_again = any(
            text[at - n : at] == text[at : at + n] for n in range(PARTIAL_DIGITS_MIN, DIGITS_MIN + 1)
        )
        is_link = run.boundaries[at] in ("link", "again")
        if is_link or ends_again or any(may_start(start, at) for start in edges):
            edges.append(at)
    return edges


def _cut_score(run: DigitRun, pair: tuple[str, str], at: int, region: str) -> float:
    """The score of a cut between two strings of digits (`pair`) at an index; negative for a cost."""
    before, after = pair
    plus = at - len(before) in run.plus
    gain = _repetition_gain(before, after)
    if gain == CUTS.end_again:  # no repetition where the digits continue the number, or it is none
        more, score_min = (after[:1], SCORES.local) if len(set(after)) == 1 else (after, SCORES.valid)
        goes_on = plan_validity(before + more, plus, region).score >= score_min
        gain = 0.0 if goes_on or plan_validity(before, plus, region).score <= SCORES.invalid else gain
    if run.items[at].word_index == run.items[at - 1].word_index:
        return gain - CUTS.cut_in_word - (0.0 if gain else CUTS.leftover)
    boundary = run.boundaries[at]
    cost = CUTS.cut[boundary]
    is_restart = len(before) > 1 and after.startswith(before)
    if not gain and not is_restart:
        sizes = len(before), len(after)
        if boundary in ("link", "again"):
            is_apart = min(sizes) >= PARTIAL_DIGITS_MIN or max(sizes) >= AMERICAN_DIGITS
        else:
            is_apart = min(sizes) >= DIGITS_MIN and all(
                plan_validity(digits, is_plus, region).is_valid
                for digits, is_plus in ((before, plus), (after, at in run.plus))
            )
        if not is_apart:
            return -cost - CUTS.leftover
    return gain - (cost if gain < CUTS.same_again else 0.0)


@lru_cache(maxsize=4096)
def _repetition_gain(before: str, after: str) -> float:
    """The gain of a number, or the end of it, that is said again."""
    said, again = before.removeprefix("1"), after.removeprefix("1")
    if len(before) < DIGITS_MIN or len(after) < PARTIAL_DIGITS_MIN:
        return 0.0
    if said == again:
        return CUTS.same_again
    if before.endswith(after):
        return CUTS.end_again
    return CUTS.nearly_same_again if abs(len(again) - len(said)) <= 1 and is_near(again, said) else 0.0


def _known_gain(digits: str, validity: PlanValidity, known: str | None) -> float:
    """The gain of digits that are the chosen number, like it, or a part of it."""
    if known is None:
        return 0.0
    if validity.number == known:
        return CUTS.known - validity.score
    if is_near(validity.number, known):
        return CUTS.nearly_known - len(edits(known, validity.number)) - validity.score
    return CUTS.part_of_known if len(digits) >= PARTIAL_DIGITS_MIN and known.endswith(digits) else 0.0
