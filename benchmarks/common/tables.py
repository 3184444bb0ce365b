"""A table of results: printed as Markdown, kept as JSON."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import nan
from typing import Any

from benchmarks.common.bootstrap import interval

Value = float | int | str | None

TUNED = " †"
"""Ends the label of a row of aftertone on recordings that something of it was tuned or trained on."""
TUNED_NOTE = "† tuned on: something was tuned or trained on these recordings."
LEAST_RECORDINGS = 5  # fewer say nothing of others: no interval


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values under columns, each column with the format of its values."""

    title: str
    columns: dict[str, str]  # heading -> format, such as ".1f"
    note: str = ""
    rows: list[tuple[str, dict[str, Value]]] = field(default_factory=list)

    def add(self, label: str, **values: Value) -> None:
        """One more row; `values` go by the columns' order, whatever their keys."""
        self.rows.append((label, dict(zip(self.columns, values.values(), strict=True))))

    def lines(self) -> str:
        """The rows under their headings, without title and note."""
        lines = [f"| | {' | '.join(self.columns)} |", f"|---{'|---:' * len(self.columns)}|"]
        for label, values in self.rows:
            cells = (_cell(values[heading], form) for heading, form in self.columns.items())
            lines.append(f"| {label} | {' | '.join(cells)} |")
        return "\n".join(lines)

    def notes(self) -> str:
        """The note, and what the mark means where a row or column has it."""
        is_marked = any(TUNED in label for label in (*self.columns, *(label for label, _ in self.rows)))
        return " ".join(filter(None, (self.note, TUNED_NOTE * is_marked)))

    def markdown(self, level: int = 3) -> str:
        """The table with its title above and its note below."""
        notes = self.notes()
        return "\n".join(
            [f"{'#' * level} {self.title}", "", self.lines(), "", *([notes, ""] if notes else [])]
        )

    def as_json(self) -> dict[str, Any]:
        """The same for a file."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Table:
        """The table that was kept."""
        rows = [(label, values) for label, values in kept["rows"]]
        return cls(kept["title"], dict(kept["columns"]), kept["note"], rows)


Ratios = Mapping[str, Sequence[tuple[float, float]]]
"""For each contender what it has of each recording: a ratio's upper and lower part; aftertone comes first."""


def beside_columns(contenders: Iterable[str], form: str) -> dict[str, str]:
    """The columns of `beside`: the first contender with its interval, the others, the best of them."""
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
    """A row's values: every contender's ratio of sums, the interval of ours and of the best peer.

    Parameters
    ----------
    ratios : mapping of str to sequence of (float, float)
        Of each contender, aftertone first.
    speakers : sequence
        Who speaks in each recording: draws take speakers first.
    form : str
        Format of the figures.
    who : str, optional
        What the table says of the speakers in place of their number.
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
    told = {
        name: told_interval(*zip(*parts, strict=True), speakers=speakers, form=form)
        for name, parts in ratios.items()
    }
    peer = best(peers, key=whole.__getitem__) if peers else None
    return {
        "n": len(speakers),
        "speakers": who or str(len(set(speakers))),
        ours: whole[ours],
        "interval": told[ours],
        **{name: whole[name] for name in peers},
        "peer": peer,
        "its interval": told[peer] if peer else None,
    }


def told_interval(
    values: Sequence[float],
    out_of: Sequence[float] | None = None,
    *,
    speakers: Sequence[Hashable] | None = None,
    form: str = ".1f",
) -> str | None:
    """The 95 % interval of a ratio of sums, as a cell; None of fewer than LEAST_RECORDINGS.

    >>> told_interval([10, 10, 20, 20, 20])
    '12.0 to 20.0'
    """
    if len(values) < LEAST_RECORDINGS:
        return None
    return " to ".join(format(end, form) for end in interval(values, out_of, groups=speakers))


def _cell(value: Value, form: str) -> str:
    if value is None or value != value:  # NaN: nothing to measure it on
        return "-"
    return value if isinstance(value, str) else format(value, form)
