"""What many reviews have in common: how measures are distributed, which rules are missed, what failed."""

from __future__ import annotations

import random
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low, quantiles
from typing import Any, NamedTuple

from aftertone.measurements import MEASURES
from aftertone.report.table import FINDING_PREFIX, MEASURE_COLUMNS, Cell, cell_kind

_SAMPLE_SIZE = 10_000  # values kept of a measure: percentiles are exact up to it, estimates beyond
_PERCENTS = (5, 25, 50, 75, 95)


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of a measure over the recordings that have it."""

    count: int  # recordings that have it
    mean: float  # of a flag, the share that is true
    least: float
    most: float
    percentiles: tuple[float, ...]  # those of _PERCENTS; empty for a flag


class RuleCount(NamedTuple):
    """How often a rule was missed, of how often it was judged."""

    rule: str
    missed: int
    judged: int

    @property
    def missed_share(self) -> float:
        """0 to 1."""
        return self.missed / self.judged


class Summary:
    """Totals over rows as `read_reviews` yields them. Memory does not grow with their number.

    Measures that depend on words are left out of distributions where the words are in doubt.

    >>> rows = [{"path": "a", "duration_s": 10.0}, {"path": "b", "duration_s": 20.0}]
    >>> Summary([*rows, {"path": "c", "error": "AudioEmptyError"}]).spread("duration_s").mean
    15.0
    """

    def __init__(self, rows: Iterable[Mapping[str, Cell]] = ()) -> None:
        # unscored: too little was judged for a score
        self.count = self.failed_count = self.unscored_count = 0
        self.failures: Counter[str] = Counter()  # by kind of error
        self.missed: Counter[str] = Counter()  # by id of rule
        self.judged: Counter[str] = Counter()  # by id of rule: how often it was judged at all
        self.playbooks: set[str] = set()
        self._samples: dict[str, _Sample] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Mapping[str, Cell]) -> None:
        """Add one row."""
        self.count += 1
        if (kind := row.get("error")) is not None:
            self.failed_count += 1
            self.failures[str(kind)] += 1
            return
        is_scored = row.get("score") is not None
        self.unscored_count += not is_scored
        if (playbook := row.get("playbook")) is not None:
            self.playbooks.add(str(playbook))
        is_doubted = row.get("words.trusted") is False
        for column, cell in row.items():
            if cell is None or (is_doubted and column in MEASURES and MEASURES[column].depends_on_words):
                continue
            if column.startswith(FINDING_PREFIX):
                rule = column.removeprefix(FINDING_PREFIX)
                self.judged[rule] += cell != "not judged"
                self.missed[rule] += cell == "missed"
            elif not isinstance(cell, str) and (is_scored or column != "judged_share"):
                self._samples.setdefault(column, _Sample(column)).add(float(cell))

    def values(self, column: str) -> Sequence[float]:
        """The values of a measure or of the score; a random sample of them where there are very many."""
        sample = self._samples.get(column)
        return () if sample is None else sample.values

    def spread(self, column: str) -> Spread | None:
        """The distribution of a measure or of the score; None where no recording has it."""
        sample = self._samples.get(column)
        return None if sample is None else sample.spread(is_flag=cell_kind(column) == "flag")

    def spreads(self) -> dict[str, Spread]:
        """The distributions of the score and of every measure that any recording has, in registry order."""
        found = {column: self.spread(column) for column in ("score", *MEASURE_COLUMNS)}
        return {column: spread for column, spread in found.items() if spread is not None}

    def rules(self) -> list[RuleCount]:
        """The rules that were judged; those that most recordings miss come first."""
        counts = [
            RuleCount(rule, self.missed[rule], judged) for rule, judged in self.judged.items() if judged
        ]
        return sorted(counts, key=lambda each: (-each.missed, -each.missed_share, each.rule))

    @property
    def text(self) -> str:
        """One line: how many were scored, how many were not and why, and the median score.

        >>> Summary().text
        '0 recordings scored'
        """
        points, shares = self.values("score"), self.values("judged_share")
        scored_count = self.count - self.failed_count - self.unscored_count
        books = sorted(self.playbooks)
        against = f"{len(books)} playbooks" if len(books) > 1 else "".join(books)
        parts = [
            f"{scored_count:,} recording{'s' * (scored_count != 1)} scored"
            + f" against {against}" * bool(books)
        ]
        if points:
            middle = f"{'median ' * (len(points) > 1)}{median_low(points):.0f} of 100"
            share = median_low(shares) if shares else 1.0
            parts.append(middle + f" ({share:.0%} judged)" * (share < 1))
        if self.unscored_count:
            parts.append(f"{self.unscored_count:,} not understood well enough")
        if self.failed_count:
            parts.append(f"{self.failed_count:,} failed")
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain values."""
        return {
            "recordings": self.count,
            "failed": self.failed_count,
            "not_judged": self.unscored_count,
            "failures": dict(self.failures.most_common()),
            "rules": {each.rule: {"judged": each.judged, "missed": each.missed} for each in self.rules()},
            "measures": {
                column: {
                    "unit": column_unit(column),
                    "count": spread.count,
                    "mean": spread.mean,
                    "min": spread.least,
                    **{f"p{p}": at for p, at in zip(_PERCENTS, spread.percentiles, strict=False)},
                    "max": spread.most,
                }
                for column, spread in self.spreads().items()
            },
        }


def column_unit(column: str) -> str:
    """The unit of the score or of a measure."""
    return MEASURES[column].unit if column in MEASURES else "points"


class _Sample:
    """A random sample of the values of one measure (reservoir sampling, Vitter 1985, algorithm R)."""

    def __init__(self, column: str) -> None:
        self.count, self.total = 0, 0.0
        self.least, self.most = float("inf"), float("-inf")
        self.values = array("d")
        self._random = random.Random(column)  # the same values each time, whatever else is summarised

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.least, self.most = min(self.least, value), max(self.most, value)
        if len(self.values) < _SAMPLE_SIZE:
            self.values.append(value)
        elif (at := self._random.randrange(self.count)) < _SAMPLE_SIZE:
            self.values[at] = value

    def spread(self, *, is_flag: bool) -> Spread:
        percentiles: tuple[float, ...] = ()
        if not is_flag and self.count == 1:
            percentiles = (self.least,) * len(_PERCENTS)
        elif not is_flag:
            cuts = quantiles(self.values, n=100, method="inclusive")
            percentiles = tuple(cuts[percent - 1] for percent in _PERCENTS)
        return Spread(self.count, self.total / self.count, self.least, self.most, percentiles)
