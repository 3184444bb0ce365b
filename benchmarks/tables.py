"""A table of results: printed as Markdown, kept as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Value = float | int | str | None


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

    def markdown(self) -> str:
        """The table with its title above and its note below."""
        lines = [
            f"### {self.title}",
            "",
            f"| | {' | '.join(self.columns)} |",
            f"|---{'|---:' * len(self.columns)}|",
        ]
        for label, values in self.rows:
            cells = (_cell(values[heading], form) for heading, form in self.columns.items())
            lines.append(f"| {label} | {' | '.join(cells)} |")
        return "\n".join([*lines, "", *([self.note, ""] if self.note else [])])

    def as_json(self) -> dict[str, Any]:
        """The same for a file."""
        return asdict(self)


def _cell(value: Value, form: str) -> str:
    if value is None or value != value:  # NaN: nothing to measure it on
        return "-"
    return value if isinstance(value, str) else format(value, form)
