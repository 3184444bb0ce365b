"""A table of results, printed as Markdown and stored as JSON."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import nan
from typing import Any

from benchmarks.common.bootstrap import interval

Value = float | int | str | None

TUNED = " †"
"""Ends the label of an aftertone row whose recordings were used for tuning or training."""
TUNED_NOTE = "† Something in aftertone was tuned or trained on these recordings."
LEAST_RECORDINGS = 5  # fewer recordings give no interval


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values under columns. Each column has a format for its values."""

    title: str
    columns: dict[str, str]  # heading -> format, such as ".1f"
    note: str = ""
    rows: list[tuple[str, dict[str, Value]]] = field(default_factory=list)

    def add(self, label: str, **values: Value) -> None:
        """Add a row. `values` follow the order of the columns; their keys do not matter."""
        self.rows.append((label, dict(zip(self.columns, values.values(), strict=True))))

    def lines(self) -> str:
        """The headings and rows, without title and note."""
        lines = [f"| | {' | '.join(self.columns)} |", f"|---{'|---:' * len(self.columns)}|"]
        for label, values in self.rows:
            cells = (_cell(values[heading], form) for heading, form in self.columns.items())
            lines.append(f"| {label} | {' | '.join(cells)} |")
        return "\n".join(lines)

    def notes(self) -> str:
        """The note, and the meaning of TUNED where a row or column bears that mark."""
        is_marked = any(TUNED in label for label in (*self.columns, *(label for label, _ in self.rows)))
        return " ".join(filter(None, (self.note, TUNED_NOTE * is_marked)))

    def markdown(self, level: int = 3) -> str:
        """The table with title and note."""
        notes = self.notes()
        return "\n".join(
            [f"{'#' * level} {self.title}", "", self.lines(), "", *([notes, ""] if notes else [])]
        )

    def as_json(self) -> dict[str, Any]:
        """The table for a JSON file."""
        return asdict(self)

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Table:
        """The table from a JSON file."""
        rows = [(label, values) for label, values in stored["rows"]]
        return cls(stored["title"], dict(stored["columns"]), stored["note"], rows)


Ratios = Mapping[str, Sequence[tuple[float, float]]]
"""For each contender a numerator and a denominator of each recording; aftertone comes first."""


def beside_columns(contenders: Iterable[str], form: str) -> dict[str, str]:
    """The columns of `beside`: aftertone with its interval, the peers, the best peer with its interval."""
    ours, *peers = contenders
    return {
        "n": "d",
        "speakers": "",
        ours: form,
        "95 %": "",
        **dict.fromkeys(peers, form),
        "best peer": "",
        "its 95 %": "",
    }


def beside(
    ratios: Ratios,
    speakers: Sequence[Hashable],
    form: str,
    *,
    who: str | None = None,
    best: Callable[..., str] = min,
) -> dict[str, Value]:
    """The values of a row: each contender's ratio of sums, and intervals of aftertone and of the best peer.

    Parameters
    ----------
    ratios : mapping of str to sequence of (float, float)
        aftertone comes first.
    speakers : sequence
        Speaker of each recording; the bootstrap draws speakers first.
    form : str
        Format of the figures.
    who : str, optional
        Text for the column "speakers" in place of their number.
    best : min or max

    Examples
    --------
    >>> row = beside({"ours": [(1, 10), (2, 10)], "A": [(3, 10), (4, 10)], "B": [(1, 2)] * 2}, "ab", ".2f")
    >>> row["ours"], row["speakers"], row["peer"]
    (0.15, '2', 'A')
    """
    ours, *peers = ratios
    whole = {
        name: sum(above for above, _ in parts) / (sum(below for _, below in parts) or nan)
        for name, parts in ratios.items()
    }
    intervals = {
        name: interval_cell(*zip(*parts, strict=True), speakers=speakers, form=form)
        for name, parts in ratios.items()
    }
    peer = best(peers, key=whole.__getitem__) if peers else None
    return {
        "n": len(speakers),
        "speakers": who or str(len(set(speakers))),
        ours: whole[ours],
        "interval": intervals[ours],
        **{name: whole[name] for name in peers},
        "peer": peer,
        "its interval": intervals[peer] if peer else None,
    }


def interval_cell(
    values: Sequence[float],
    out_of: Sequence[float] | None = None,
    *,
    speakers: Sequence[Hashable] | None = None,
    form: str = ".1f",
) -> str | None:
    """The 95 % interval of a ratio of sums as a cell; None for fewer than LEAST_RECORDINGS.

    >>> interval_cell([10, 10, 20, 20, 20])
    '12.0 to 20.0'
    """
    if len(values) < LEAST_RECORDINGS:
        return None
    return " to ".join(format(end, form) for end in interval(values, out_of, groups=speakers))


def _cell(value: Value, form: str) -> str:
    if value is None or value != value:  # NaN: nothing was measured
        return "-"
    return value if isinstance(value, str) else format(value, form)
