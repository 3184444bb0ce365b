"""What the page of a folder shows beside its table: figures, rules often missed, scores over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median
from typing import NamedTuple

import numpy as np

from aftertone.measurements import MEASURES
from aftertone.outcome import Outcome
from aftertone.playbook import Bound, Playbook
from aftertone.playbook.advice import readable
from aftertone.report.review_text import under_title
from aftertone.report.summary import Summary
from aftertone.report.table import table_row

DISTRIBUTIONS = (
    "message.duration_s",
    "rate.words_per_min",
    "fillers.per_min",
    "pauses.hesitation_count",
    "number.digits_per_s",
    "pitch.spread_st",
)
"""The measures whose spread is shown."""
_BIN_COUNT = 24  # of a histogram


class RuleMisses(NamedTuple):
    """How many messages miss a rule."""

    id: str
    title: str
    missed: int


class Figure(NamedTuple):
    """One main figure of a folder."""

    name: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class TrendRow:
    """The scores of one day, time or attempt."""

    label: str
    place: float  # mean of their places on the axis: seconds or attempts
    mean: float  # points
    count: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Scores over time or over attempts; `line` and `dots` are paths in a square of 100."""

    over: str
    heading: str
    rows: tuple[TrendRow, ...]
    line: str
    dots: str

    @property
    def text(self) -> str:
        """The same in words."""
        first, last = self.rows[0], self.rows[-1]
        count = sum(row.count for row in self.rows)
        ends = " to ".join(f"{row.mean:.0f} of 100 ({row.label})" for row in (first, last))
        return f"From {ends}; {count} messages."


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram of a measure, in per cent of its width and height, and the target."""

    title: str
    median: str
    count: int
    inside: int | None  # within the target; None where there is none
    target: str
    bars: list[tuple[float, float, float]]  # left, width, height
    band: tuple[float, float] | None
    ends: tuple[str, str]


class Overview:
    """Totals of a folder, outcome by outcome; `books` are the playbooks known by name."""

    def __init__(self, books: Mapping[str, Playbook]) -> None:
        self.message_count = 0
        self._books = books
        self._summary = Summary()
        self._titles: dict[str, str] = {}  # of rules, by id
        self._moments: list[tuple[datetime, int]] = []
        self._attempts: list[tuple[int, int]] = []

    def add(self, outcome: Outcome) -> None:
        """Add one outcome."""
        self._summary.add(table_row(outcome))
        if (review := outcome.review) is None:
            return
        self.message_count += 1
        for finding in review.findings:
            self._titles.setdefault(finding.rule, finding.title)
        if (points := review.score.points) is None:
            return
        if (at := _moment(review.measurements.recorded.at)) is not None:
            self._moments.append((at, points))
        if (attempt := review.measurements.campaign.attempt) is not None:
            self._attempts.append((attempt, points))

    @property
    def judged_by(self) -> str:
        """The titles of the playbooks."""
        names = sorted(self._summary.playbooks)
        return "; ".join(self._books[name].title if name in self._books else name for name in names)

    @property
    def figures(self) -> list[Figure]:
        """The main figures."""
        summary = self._summary
        points, shares = summary.values("score"), summary.values("judged_share")
        figures = [Figure("Scored", f"{len(points):,}", f"of {summary.count:,}")]
        if points:
            figures.append(Figure("Median score", f"{median(points):.0f}", "of 100"))
            figures.append(Figure("Advice judged, median", f"{100 * median(shares):.0f} %", ""))
        if summary.unscored_count:
            figures.append(Figure("Not understood well enough", f"{summary.unscored_count:,}", ""))
        if summary.failed_count:
            figures.append(Figure("Could not be read", f"{summary.failed_count:,}", ""))
        return figures

    @property
    def rules(self) -> list[RuleMisses]:
        """The rules of all playbooks; those that most messages miss come first."""
        missed = self._summary.missed
        rules = [RuleMisses(rule, title, missed[rule]) for rule, title in self._titles.items()]
        return sorted(rules, key=lambda rule: -rule.missed)

    @property
    def trend(self) -> Trend | None:
        """The scores over days, times of one day, or else attempts; None where there are not two of them."""
        if len({at for at, _ in self._moments}) > 1:
            has_days = len({at.date() for at, _ in self._moments}) > 1
            return _trend(
                "time",
                "Day" if has_days else "Time",
                [
                    (
                        f"{at.day} {at:%B %Y}" if has_days else f"{at:%H:%M}",
                        (at - datetime.min).total_seconds(),
                        points,
                    )
                    for at, points in sorted(self._moments)
                ],
            )
        if len({attempt for attempt, _ in self._attempts}) > 1:
            places = [(f"attempt {at}", float(at), points) for at, points in sorted(self._attempts)]
            return _trend("attempts", "Attempt", places)
        return None

    @property
    def distributions(self) -> Iterator[Distribution]:
        """The histogram of each main measure, and the target where all messages have one playbook."""
        books = self._summary.playbooks
        book = self._books.get(next(iter(books))) if len(books) == 1 else None
        for name in DISTRIBUTIONS:
            if values := self._summary.values(name):
                yield _distribution(name, values, book)


def target_range(book: Playbook | None, measure: str) -> tuple[float | None, float | None]:
    """The least and the most that a playbook asks of a measure; None where it sets no such bound.

    >>> from aftertone.playbook import load_playbook
    >>> target_range(load_playbook("general"), "rate.words_per_min")
    (100.0, 165.0)
    """
    bounds = [b for rule in (book.rules if book else ()) for b in rule.bounds if b.measure == measure]
    return (
        max((b.at_least for b in bounds if b.at_least is not None), default=None),
        min((b.at_most for b in bounds if b.at_most is not None), default=None),
    )


def _moment(text: str | None) -> datetime | None:
    """A local time; None for a text that is none, such as a masked one."""
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=None)
    except ValueError:
        return None


def _trend(over: str, heading: str, points: Sequence[tuple[str, float, int]]) -> Trend:
    """A trend of labelled points, in order; the line joins the means of each label."""
    groups: dict[str, list[tuple[float, int]]] = {}
    for label, at, score in points:
        groups.setdefault(label, []).append((at, score))
    rows = tuple(
        TrendRow(label, fmean(at for at, _ in group), fmean(score for _, score in group), len(group))
        for label, group in groups.items()
    )
    start, length = points[0][1], points[-1][1] - points[0][1]

    def place(at: float, score: float) -> str:
        return f"{100 * (at - start) / length:.2f} {100 - score:.1f}"

    line = "M" + "L".join(place(row.place, row.mean) for row in rows)
    return Trend(over, heading, rows, line, "".join(f"M{place(at, score)}h0" for _, at, score in points))


def _distribution(name: str, values: Sequence[float], book: Playbook | None) -> Distribution:
    unit, title = MEASURES[name].unit, MEASURES[name].title
    low, high = target_range(book, name)
    edges = [value for value in (low, high) if value is not None]
    least, most = min([0.0, *values, *edges]), max([*values, *edges]) or 1.0
    end = least + (most - least) * 1.02
    counts = np.histogram(values, _BIN_COUNT, (least, end))[0]
    inside = sum((low is None or v >= low) and (high is None or v <= high) for v in values)

    width = 100 / _BIN_COUNT

    def percent(value: float) -> float:
        return round(100 * (value - least) / (end - least), 2)

    return Distribution(
        title=title.capitalize(),
        median=under_title(readable(median(values), unit), title),
        count=len(values),
        inside=inside if edges else None,
        target=Bound(name, low, high).target if edges else "",
        bars=[
            (round(width * i, 2), round(width - 0.4, 2), round(100 * bin_count / counts.max(), 1))
            for i, bin_count in enumerate(counts.tolist())
            if bin_count
        ],
        band=(percent(low or least), percent(end if high is None else high)) if edges else None,
        ends=(readable(least), readable(max([*values, *edges]), unit)),
    )
