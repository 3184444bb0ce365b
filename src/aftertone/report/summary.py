"""A corpus at a glance: how each measure is spread, which rules are missed most, what failed and why."""

from __future__ import annotations

import random
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from aftertone.measurements import MEASURES
from aftertone.report.row import FINDING_PREFIX, MEASURE_COLUMNS, Cell, cell_kind

_DRAWN = 10_000  # values kept of a measure: quantiles are exact up to it, and from a fair draw beyond
_PERCENTS = (5, 25, 50, 75, 95)


@dataclass(frozen=True, slots=True)
class Spread:
    """How a measure is spread over the recordings that have it.

    Attributes
    ----------
    count : int
        Recordings that have it.
    mean : float
        Of a flag, the share that is true.
    percentiles : tuple of float
        The 5th, 25th, 50th, 75th and 95th; empty for a flag.
    least, most : float
    """

    count: int
    mean: float
    least: float
    most: float
    percentiles: tuple[float, ...]


class Summary:
    """What rows have in common, taken in one by one; memory does not grow with them.

    Parameters
    ----------
    rows : iterable of dict
        As `read_reviews` yields and `row_of` returns.

    Attributes
    ----------
    count, failed_count, unjudged_count : int
        Recordings; those that failed; those of which too little was judged for a score. What hangs on words
        that are in doubt is left out of how measures are spread.
    failures : Counter of str
        By kind of error.
    missed, judged : Counter of str
        By id of rule: how often it was missed, and judged at all.

    Examples
    --------
    >>> rows = [{"path": "a", "duration_s": 10.0}, {"path": "b", "duration_s": 20.0}]
    >>> Summary([*rows, {"path": "c", "error": "AudioEmptyError"}]).spread("duration_s").mean
    15.0
    """

    def __init__(self, rows: Iterable[Mapping[str, Cell]] = ()) -> None:
        self.count = self.failed_count = self.unjudged_count = 0
        self.failures: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.judged: Counter[str] = Counter()
        self._drawn: dict[str, _Draw] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Mapping[str, Cell]) -> None:
        """Take in one row."""
        self.count += 1
        if (kind := row.get("error")) is not None:
            self.failed_count += 1
            self.failures[str(kind)] += 1
            return
        self.unjudged_count += row.get("score") is None
        is_doubted = row.get("words.trusted") is False
        for column, cell in row.items():
            if cell is None or (is_doubted and column in MEASURES and MEASURES[column].depends_on_words):
                continue
            if column.startswith(FINDING_PREFIX):
                rule = column.removeprefix(FINDING_PREFIX)
                self.judged[rule] += cell != "not judged"
                self.missed[rule] += cell == "missed"
            elif not isinstance(cell, str):
                self._drawn.setdefault(column, _Draw(column)).add(float(cell))

    def spread(self, column: str) -> Spread | None:
        """How a measure, or the score, is spread; None where no recording has it."""
        draw = self._drawn.get(column)
        return None if draw is None else draw.spread(is_flag=cell_kind(column) == "flag")

    def spreads(self) -> dict[str, Spread]:
        """The score and every measure that any recording has, in the order of the registry."""
        found = {column: self.spread(column) for column in ("score", *MEASURE_COLUMNS)}
        return {column: spread for column, spread in found.items() if spread is not None}

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "recordings": self.count,
            "failed": self.failed_count,
            "not_judged": self.unjudged_count,
            "failures": dict(self.failures.most_common()),
            "rules": {
                rule: {"judged": count, "missed": self.missed[rule]}
                for rule, count in sorted(
                    self.judged.items(), key=lambda item: (-self.missed[item[0]], item[0])
                )
            },
            "measures": {
                column: {
                    "unit": MEASURES[column].unit if column in MEASURES else "points",
                    "count": spread.count,
                    "mean": spread.mean,
                    "min": spread.least,
                    **{f"p{p}": at for p, at in zip(_PERCENTS, spread.percentiles, strict=False)},
                    "max": spread.most,
                }
                for column, spread in self.spreads().items()
            },
        }


class _Draw:
    """A fair draw of the values of one measure (reservoir sampling, Vitter 1985, algorithm R)."""

    def __init__(self, column: str) -> None:
        self.count, self.total = 0, 0.0
        self.least, self.most = float("inf"), float("-inf")
        self._values = array("d")
        self._random = random.Random(column)  # the same values each time, whatever else is summarised

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.least, self.most = min(self.least, value), max(self.most, value)
        if len(self._values) < _DRAWN:
            self._values.append(value)
        elif (at := self._random.randrange(self.count)) < _DRAWN:
            self._values[at] = value

    def spread(self, *, is_flag: bool) -> Spread:
        percentiles: tuple[float, ...] = ()
        if not is_flag and self.count == 1:
            percentiles = (self.least,) * len(_PERCENTS)
        elif not is_flag:
            cuts = quantiles(self._values, n=100, method="inclusive")
            percentiles = tuple(cuts[percent - 1] for percent in _PERCENTS)
        return Spread(self.count, self.total / self.count, self.least, self.most, percentiles)
