"""Outcomes as rows of a table, and the tables that are written of them: CSV and Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from aftertone.acoustics.audio import Reader, read_audio
from aftertone.errors import ReportError
from aftertone.files.plain import plain, rounded
from aftertone.files.reading import open_regular
from aftertone.files.tables import guarded, read_table
from aftertone.language.transcript import Span
from aftertone.measurements import MEASURES, Measure, Value
from aftertone.outcome import SCHEMA_VERSION, Outcome
from aftertone.playbook import Playbook

Cell = str | int | float | bool | None
Row = dict[str, Cell]

# A curve has no place in a cell; JSON holds it.
MEASURE_COLUMNS = tuple(name for name, measure in MEASURES.items() if measure.kind != "curve")
LEADING_COLUMNS = ("path", "playbook", "score", "score_margin", "judged_share", "error", "error_message")
FINDING_PREFIX = "finding."
OUTCOME_COLUMN = "outcome"  # the whole outcome as JSON, in the Parquet parts that a cluster writes
STAMP_COLUMN = "stamp"  # size and time of the file that was read, in the same parts

_ROWS_AT_ONCE = 1_000  # rows of a Parquet file in memory, about 15 MB
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets read as the start of a formula, full-width forms included (OWASP, "CSV injection")."""
_E164 = re.compile(r"\+\d+")  # a telephone number: it runs nothing, so that it stays as it is


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a writer may be asked for; `write_report` says what each field is."""

    audio: bool = True
    playbook: Playbook | None = None
    read: Reader = read_audio
    excel: bool = False


def table_row(outcome: Outcome) -> Row:
    """One outcome as a row.

    Returns
    -------
    dict of column to cell
        ``path``, ``playbook``, ``score``, ``score_margin``, ``judged_share``, ``error`` (its kind),
        ``error_message``; every measure under its dotted name (spans as text: start-end and words, "; "
        between); and the verdict of every rule as ``finding.<id>``. A cell is None where there is nothing.

    Examples
    --------
    >>> from aftertone.errors import AudioEmptyError
    >>> row = table_row(Outcome(Path("a.wav"), error=AudioEmptyError("a.wav: no bytes")))
    >>> row["path"], row["score"], row["error"], row["fillers.per_min"]
    ('a.wav', None, 'AudioEmptyError', None)
    """
    row: Row = dict.fromkeys((*LEADING_COLUMNS, *MEASURE_COLUMNS))
    row["path"] = plain(str(outcome.path))
    if outcome.error is not None:
        row["error"], row["error_message"] = type(outcome.error).__name__, plain(str(outcome.error))
    if (review := outcome.review) is not None:
        score = review.score
        row["playbook"] = review.playbook
        row["score"], row["judged_share"] = score.points, rounded(score.judged_share)
        row["score_margin"] = None if score.points is None else score.margin
        values = review.measurements.flat()
        row.update({name: _cell(values[name], MEASURES[name]) for name in MEASURE_COLUMNS})
        row.update({FINDING_PREFIX + finding.rule: finding.verdict for finding in review.findings})
    return row


def table_columns(outcomes: Iterable[Outcome]) -> list[str]:
    """All columns of a table of outcomes: those that every row has, then the rules in order of appearance."""
    columns = dict.fromkeys((*LEADING_COLUMNS, *MEASURE_COLUMNS))
    for outcome in outcomes:
        if outcome.review is not None:
            columns.update((FINDING_PREFIX + finding.rule, None) for finding in outcome.review.findings)
    return list(columns)


def cell_kind(column: str) -> Literal["number", "count", "flag", "text"]:
    """The type of the cells in a column.

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
    if isinstance(value, tuple):
        spans = [span for span in value if isinstance(span, Span)]
        times = [f"{rounded(span.start_s):.2f}-{rounded(span.end_s):.2f}" for span in spans]
        value = "; ".join(f"{at} {span.text}".strip() for at, span in zip(times, spans, strict=True))
    cell: Cell = plain(value)
    if measure.unit == "count" and isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def _repeatable(outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
    """Outcomes that can be iterated twice: once for the columns, once for the rows."""
    return tuple(outcomes) if isinstance(outcomes, Iterator) else outcomes


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────


def write_csv(outcomes: Iterable[Outcome], file: BinaryIO, options: ReportOptions) -> None:
    """Write one row for each outcome as CSV (RFC 4180)."""
    outcomes = _repeatable(outcomes)
    text = io.TextIOWrapper(file, encoding="utf-8-sig" if options.excel else "utf-8", newline="")
    # every text is quoted, so that a spreadsheet that splits cells at semicolons keeps it whole
    table = csv.DictWriter(text, table_columns(outcomes), quoting=csv.QUOTE_NONNUMERIC)
    table.writeheader()
    for outcome in outcomes:
        table.writerow({name: _csv_cell(cell, options.excel) for name, cell in table_row(outcome).items()})
    text.flush()
    text.detach()


def read_csv(path: Path) -> Iterator[Row]:
    """The rows of a CSV that `write_csv` wrote, or that a spreadsheet saved again."""
    with io.TextIOWrapper(open_regular(path), encoding="utf-8-sig", newline="") as lines:
        columns, rows = read_table(lines, "path")
        if "path" not in columns:
            raise ValueError("expected a column path")
        for row in rows:
            yield {column: _cell_of_csv(text, cell_kind(column)) for column, text in row.items()}


def _csv_cell(cell: Cell, excel: bool) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if excel and isinstance(cell, str) and (kept := guarded(cell)) != cell:
        return kept
    if isinstance(cell, str) and _is_formula(cell) and not _E164.fullmatch(cell):
        return "'" + cell
    return cell


def _cell_of_csv(text: str, kind: str) -> Cell:
    if not text:
        return None
    if kind == "text":
        return text[1:] if text.startswith("'") and _is_formula(text) else text
    return text.lower() == "true" if kind == "flag" else float(text) if kind == "number" else int(text)


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet runs a text, or would run it without the apostrophe before it."""
    return text.lstrip("'").startswith(_FORMULA_STARTS)


# ── Parquet ──────────────────────────────────────────────────────────────────────────────────────────


def write_parquet(outcomes: Iterable[Outcome], file: BinaryIO, _: ReportOptions) -> None:
    """Write one row for each outcome as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet

    outcomes = _repeatable(outcomes)
    schema = arrow_schema(table_columns(outcomes))
    rows = map(table_row, outcomes)
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            writer.write_table(pa.Table.from_pylist(some, schema=schema))


def arrow_schema(columns: Iterable[str], metadata: Mapping[str, str] | None = None) -> Any:
    """The Arrow schema of a table; the metadata of a measure's column are its unit and definition."""
    import pyarrow as pa

    types = {"number": pa.float64(), "count": pa.int64(), "flag": pa.bool_(), "text": pa.string()}
    described = []
    for name in columns:
        measure = MEASURES.get(name)
        about = {} if measure is None else {"unit": measure.unit, "definition": measure.definition}
        described.append(pa.field(name, types[cell_kind(name)], metadata=about))
    return pa.schema(
        described, metadata={"aftertone.schema_version": str(SCHEMA_VERSION), **(metadata or {})}
    )


def read_parquet(path: Path) -> Iterator[Row]:
    """The rows of a Parquet file, or of a folder of Parquet parts."""
    for row in _parquet_rows(path):
        yield {column: cell for column, cell in row.items() if column not in (OUTCOME_COLUMN, STAMP_COLUMN)}


def read_parts(path: Path) -> Iterator[Outcome]:
    """The outcomes in a folder of Parquet parts that a cluster wrote."""
    for row in _parquet_rows(path):
        if OUTCOME_COLUMN not in row:
            raise ReportError(f"{path}: its Parquet files hold rows, and not all of an outcome")
        yield Outcome.from_dict(msgspec.json.decode(row[OUTCOME_COLUMN]))


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ReportError(f"{path}: Parquet needs pyarrow: pip install 'aftertone[parquet]'") from error
    parts = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not parts:
        raise ReportError(
            f"{path}: is a folder without Parquet parts; give the folder of a report, or a report's file"
        )
    for part in parts:
        open_regular(part).close()  # pyarrow would wait for a pipe
        with pyarrow.parquet.ParquetFile(part) as file:
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
                yield from batch.to_pylist()
