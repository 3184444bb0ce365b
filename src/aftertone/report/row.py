"""Outcomes as rows of a table: what CSV and Parquet hold."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

from aftertone.files.plain import rounded
from aftertone.language.transcript import Span
from aftertone.measurements import MEASURES, Measure, Value
from aftertone.outcome import Outcome

# A curve has no place in a cell; JSON holds it.
MEASURE_COLUMNS = tuple(name for name, measure in MEASURES.items() if measure.kind != "curve")
LEADING_COLUMNS = ("path", "playbook", "score", "score_margin", "judged_share", "error", "error_message")
FINDING_PREFIX = "finding."

Cell = str | int | float | bool | None


def row_of(outcome: Outcome) -> dict[str, Cell]:
    """One outcome as a row.

    Returns
    -------
    dict of column to cell
        ``path``, ``playbook``, ``score``, ``score_margin``, ``judged_share``, ``error`` (its kind),
        ``error_message``; every measure under its dotted name (spans as text: start-end and words, "; "
        between); and the verdict of every rule as ``finding.<id>``. A cell is None where there is nothing.

    Examples
    --------
    >>> from pathlib import Path
    >>> from aftertone.errors import AudioEmptyError
    >>> row = row_of(Outcome(Path("a.wav"), error=AudioEmptyError("a.wav: no bytes")))
    >>> row["path"], row["score"], row["error"], row["fillers.per_min"]
    ('a.wav', None, 'AudioEmptyError', None)
    """
    row: dict[str, Cell] = dict.fromkeys((*LEADING_COLUMNS, *MEASURE_COLUMNS))
    row["path"] = _text(str(outcome.path))
    if outcome.error is not None:
        row["error"], row["error_message"] = type(outcome.error).__name__, _text(str(outcome.error))
    if outcome.review is not None:
        review = outcome.review
        row["playbook"] = review.playbook
        score = review.score
        row["score"], row["judged_share"] = score.points, rounded(score.judged_share)
        row["score_margin"] = None if score.points is None else score.margin
        values = review.measurements.flat()
        row.update({name: _cell(values[name], MEASURES[name]) for name in MEASURE_COLUMNS})
        row.update({FINDING_PREFIX + finding.rule: finding.verdict for finding in review.findings})
    return row


def columns_for(outcomes: Iterable[Outcome]) -> list[str]:
    """Every column of the rows of some outcomes: those that all rows have, then the rules as they come."""
    columns = dict.fromkeys((*LEADING_COLUMNS, *MEASURE_COLUMNS))
    for outcome in outcomes:
        if outcome.review is not None:
            columns.update((FINDING_PREFIX + finding.rule, None) for finding in outcome.review.findings)
    return list(columns)


def cell_kind(column: str) -> Literal["number", "count", "flag", "text"]:
    """What the cells of a column hold, where they hold anything.

    >>> cell_kind("score"), cell_kind("pitch.spread_st"), cell_kind("number.slow"), cell_kind("caller.name")
    ('count', 'number', 'flag', 'text')
    """
    if column in ("score", "score_margin"):
        return "count"
    if column == "judged_share":
        return "number"
    measure = MEASURES.get(column)
    if measure is not None and measure.kind == "number":
        return "count" if measure.unit == "count" else "number"
    return "flag" if measure is not None and measure.kind == "flag" else "text"


def _cell(value: Value, measure: Measure) -> Cell:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple):
        spans = [span for span in value if isinstance(span, Span)]
        times = [f"{rounded(span.start_s):.2f}-{rounded(span.end_s):.2f}" for span in spans]
        return _text("; ".join(f"{at} {span.text}".strip() for at, span in zip(times, spans, strict=True)))
    number: Any = value.item() if hasattr(value, "item") else value
    if isinstance(number, bool):
        return number
    if not math.isfinite(number):
        return None
    return int(number) if measure.unit == "count" and number == int(number) else rounded(number)


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
