"""Reports read back: as rows, whatever their kind, or as the outcomes that they were made of."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from aftertone.errors import ReportError
from aftertone.files.reading import (
    REPORT_BYTES_MAX,
    TRANSCRIPT_BYTES_MAX,
    lines_given,
    open_given,
    read_given,
)
from aftertone.files.tables import read_table
from aftertone.outcome import Outcome
from aftertone.report.files import is_formula
from aftertone.report.ledger import LEDGER_SUFFIX, KeptOutcomes
from aftertone.report.row import Cell, cell_kind, row_of

OUTCOME_COLUMN = "outcome"  # of Parquet parts that carry the whole outcome, as JSON, beside its row
STAMP_COLUMN = "stamp"  # of such parts: size and time of what was read


def read_reviews(path: str | Path) -> Iterator[dict[str, Cell]]:
    """The rows of a report, one for each recording, whatever kind of report it is.

    Parameters
    ----------
    path : str or Path
        A ``.jsonl``, ``.json``, ``.csv`` or ``.parquet`` that `write_report` wrote, a ``.ledger``, or a
        folder of Parquet parts.

    Yields
    ------
    dict of column to cell
        As `aftertone.report.row.row_of` says: numbers, flags and texts, None where there is nothing.

    Raises
    ------
    ReportError
        There is no such file, it is no report, or ``.parquet`` is asked for and pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from aftertone.errors import AudioEmptyError
    >>> from aftertone.report import write_report
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = Path(folder, "reviews.csv")
    ...     write_report([Outcome(Path("a.wav"), error=AudioEmptyError("a.wav: no bytes"))], report)
    ...     [(row["path"], row["score"], row["error"]) for row in read_reviews(report)]
    [('a.wav', None, 'AudioEmptyError')]
    """
    path = Path(path)
    read = _readers(path)[0]
    with _read_errors(path):
        yield from read(path)


def read_outcomes(path: str | Path) -> Iterable[Outcome]:
    """The outcomes of a report that nests: ``.jsonl``, ``.json``, ``.ledger``, or a folder of Parquet parts.

    They may be gone through again and again, and are not held in memory (those of a ``.json`` are).

    Raises
    ------
    ReportError
        There is no such file, or it holds rows alone, as CSV and Parquet do.
    """
    path = Path(path)
    read = _readers(path)[1]
    if read is None:
        raise ReportError(f"{path}: holds rows, and not all of an outcome; give a .jsonl, .json or .ledger")
    return _Again(path, read)


class _Again:
    def __init__(self, path: Path, read: Callable[[Path], Iterator[Outcome]]) -> None:
        self._path, self._read = path, read

    def __iter__(self) -> Iterator[Outcome]:
        with _read_errors(self._path):
            yield from self._read(self._path)


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except ReportError as error:
        raise error if str(error).startswith(str(path)) else ReportError(f"{path}: {error}") from error
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, msgspec.DecodeError, csv.Error, sqlite3.Error) as error:
        raise ReportError(f"{path}: is no report of ours, or a damaged one: {error}") from error


_Rows = Callable[[Path], Iterator[dict[str, Cell]]]
_Outcomes = Callable[[Path], Iterator[Outcome]]


def _readers(path: Path) -> tuple[_Rows, _Outcomes | None]:
    """What reads the rows, and what reads the outcomes, of such a path."""
    if path.is_dir():
        return _parquet_rows, _part_outcomes
    nested: dict[str, _Outcomes] = {
        ".json": _json_outcomes,
        ".jsonl": _jsonl_outcomes,
        LEDGER_SUFFIX: lambda ledger: iter(KeptOutcomes(ledger)),
    }
    read = nested.get(path.suffix.lower())
    if read is not None:
        return (lambda report: (row_of(outcome) for outcome in read(report))), read
    flat: dict[str, _Rows] = {".csv": _csv_rows, ".parquet": _parquet_rows}
    if path.suffix.lower() not in flat:
        known = ", ".join(sorted([*nested, *flat]))
        raise ReportError(f"{path}: no report has the suffix {path.suffix!r}; known are {known}")
    return flat[path.suffix.lower()], None


def _jsonl_outcomes(path: Path) -> Iterator[Outcome]:
    for line in lines_given(path, TRANSCRIPT_BYTES_MAX):
        yield Outcome.from_dict(msgspec.json.decode(line))


def _json_outcomes(path: Path) -> Iterator[Outcome]:
    page = msgspec.json.decode(read_given(path, REPORT_BYTES_MAX))
    if not isinstance(page, dict) or "outcomes" not in page:
        raise ValueError("expected an object with outcomes")
    for entry in page["outcomes"]:
        yield Outcome.from_dict({"schema_version": page.get("schema_version"), **entry})


def _csv_rows(path: Path) -> Iterator[dict[str, Cell]]:
    with io.TextIOWrapper(open_given(path), encoding="utf-8-sig", newline="") as lines:
        columns, rows = read_table(lines, "path")
        if "path" not in columns:
            raise ValueError("expected a column path")
        for row in rows:
            yield {column: _cell(text, cell_kind(column)) for column, text in row.items()}


def _cell(text: str, kind: str) -> Cell:
    if not text:
        return None
    if kind == "text":
        return text[1:] if text.startswith("'") and is_formula(text) else text
    return text.lower() == "true" if kind == "flag" else float(text) if kind == "number" else int(text)


def _parquet_rows(path: Path) -> Iterator[dict[str, Cell]]:
    for row in _parquet_records(path):
        yield {column: cell for column, cell in row.items() if column not in (OUTCOME_COLUMN, STAMP_COLUMN)}


def _part_outcomes(path: Path) -> Iterator[Outcome]:
    for row in _parquet_records(path):
        if OUTCOME_COLUMN not in row:
            raise ReportError(f"{path}: its Parquet files hold rows, and not all of an outcome")
        yield Outcome.from_dict(msgspec.json.decode(row[OUTCOME_COLUMN]))


def _parquet_records(path: Path) -> Iterator[dict[str, Any]]:
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
        open_given(part).close()  # pyarrow would wait for a pipe
        with pyarrow.parquet.ParquetFile(part) as file:
            for batch in file.iter_batches(batch_size=1_000):
                yield from batch.to_pylist()
