"""One function writes every kind of report, each in a format that its suffix names."""

from __future__ import annotations

import csv
import importlib.util
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from aftertone.acoustics.audio import Reader, read_audio
from aftertone.errors import AftertoneError, ReportError, unexpected
from aftertone.files.private import written_aside
from aftertone.files.tables import guarded
from aftertone.measurements import MEASURES
from aftertone.outcome import SCHEMA_VERSION, Outcome
from aftertone.playbook import Playbook
from aftertone.report.row import Cell, cell_kind, columns_for, row_of

_GROUP_ROWS = 1_000  # of a Parquet file in memory at once, about 15 MB


def write_report(
    outcomes: Iterable[Outcome],
    path: str | Path,
    *,
    audio: bool = True,
    playbook: Playbook | None = None,
    read: Reader | None = None,
    excel: bool = False,
) -> None:
    """Write outcomes to a file; its suffix says how.

    ``.jsonl`` has one outcome a line, ``.json`` all in one document; both nest as `to_dict` does, and carry
    a ``schema_version``. ``.csv`` and ``.parquet`` have one row an outcome, as `aftertone.report.row.row_of`
    says; a text in a CSV that a spreadsheet would run as a formula gets an apostrophe before it, and a column
    of Parquet has its unit and definition as metadata. `read_reviews` reads each of them back. ``.html`` is
    a page to look at and listen to, with all that it needs inside: see `aftertone.report.html`.

    The file is written aside and takes its name when it is whole. Its owner alone may read it; a file that it
    takes the place of passes on its rights.

    Parameters
    ----------
    outcomes : iterable of Outcome
        May be the iterator that `review_many` returns; for a table it is held in memory. What may be gone
        through twice, such as what `read_outcomes` returns, is not.
    path : str or Path
    audio : bool
        For ``.html``: whether the sound goes along.
    playbook : Playbook or None
        For ``.html``: the one that was judged by, for its target bands; not needed for one that comes along.
    read : callable or None
        For ``.html``: reads a recording again for its picture. None is `read_audio`; another channel or rate
        than it would read is ``functools.partial(read_audio, channel=2)``.
    excel : bool
        For ``.csv``: with the byte order mark by which Excel knows UTF-8, and with telephone numbers and
        other texts that look like numbers or dates as ``="0123"``, which Excel shows as the text it is.

    Raises
    ------
    ReportError
        The suffix is none of these, the file cannot be written, or ``.parquet`` is asked for and pyarrow is
        not installed.

    Examples
    --------
    >>> import tempfile
    >>> from aftertone.errors import AudioEmptyError
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = Path(folder, "reviews.jsonl")
    ...     write_report([Outcome(Path("a.wav"), error=AudioEmptyError("a.wav: no bytes"))], report)
    ...     '"kind":"AudioEmptyError"' in report.read_text()
    True
    """
    path = check_report_path(path)
    try:
        with written_aside(path) as file:
            if path.suffix.lower() in _PAGES:
                _write_html(outcomes, file, audio, playbook, read or read_audio)
            elif path.suffix.lower() == ".csv":
                _write_csv(outcomes, file, excel)
            else:
                _WRITERS[path.suffix.lower()](outcomes, file)
    except AftertoneError:  # of the outcomes, not of the report
        raise
    except OSError as error:
        raise ReportError(f"{path}: the report cannot be written: {error.strerror or error}") from error
    except Exception as error:
        raise ReportError(str(unexpected(error, f"{path}: the report cannot be written"))) from error


def check_report_path(path: str | Path) -> Path:
    """The path, if a report could be written there; better asked before the work than after it.

    Raises
    ------
    ReportError
        The suffix is not known, its library is missing, or there is no such folder, or none to write in.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        raise ReportError(f"{path}: no report has the suffix {path.suffix!r}; known are {known}")
    if suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise ReportError(f"{path}: Parquet needs pyarrow: pip install 'aftertone[parquet]', or choose .csv")
    if not path.parent.is_dir():
        raise ReportError(f"{path}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise ReportError(f"{path}: is a folder; give the name of a file")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ReportError(f"{path}: nothing may be written in the folder {path.parent}; choose another")
    return path


def _write_jsonl(outcomes: Iterable[Outcome], file: BinaryIO) -> None:
    file.writelines(msgspec.json.encode(outcome.to_dict()) + b"\n" for outcome in outcomes)


def _write_json(outcomes: Iterable[Outcome], file: BinaryIO) -> None:
    file.write(b'{\n  "schema_version": %d,\n  "outcomes": [' % SCHEMA_VERSION)
    between = b"\n"
    for outcome in outcomes:  # one at a time: what is written may be more than memory holds
        entry = {key: value for key, value in outcome.to_dict().items() if key != "schema_version"}
        lines = msgspec.json.format(msgspec.json.encode(entry), indent=2).splitlines()
        file.write(between + b"\n".join(b"    " + line for line in lines))
        between = b",\n"
    file.write(b"\n  ]\n}\n")


def _write_csv(outcomes: Iterable[Outcome], file: BinaryIO, excel: bool) -> None:
    outcomes = _twice(outcomes)
    text = io.TextIOWrapper(file, encoding="utf-8-sig" if excel else "utf-8", newline="")
    # texts are quoted whatever they hold, so that a spreadsheet that splits at semicolons keeps them whole
    table = csv.DictWriter(text, columns_for(outcomes), quoting=csv.QUOTE_NONNUMERIC)
    table.writeheader()
    for outcome in outcomes:
        table.writerow({name: _csv_cell(cell, excel) for name, cell in row_of(outcome).items()})
    text.flush()
    text.detach()


def _twice(outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
    """What may be gone through twice: first for the columns, then for the rows."""
    return tuple(outcomes) if isinstance(outcomes, Iterator) else outcomes


# What spreadsheets read as the start of a formula, full-width forms included (OWASP, "CSV injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


_E164 = re.compile(r"\+\d+")  # a telephone number, which runs nothing: an identifier stays as it is


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run a text, or would have before an apostrophe was put before it."""
    return text.lstrip("'").startswith(_FORMULA_STARTS)


def _csv_cell(cell: Cell, excel: bool) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if excel and isinstance(cell, str) and (kept := guarded(cell)) != cell:
        return kept
    if isinstance(cell, str) and is_formula(cell) and not _E164.fullmatch(cell):
        return "'" + cell
    return cell


def _write_parquet(outcomes: Iterable[Outcome], file: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    outcomes = _twice(outcomes)
    schema = arrow_schema(columns_for(outcomes))
    rows = (row_of(outcome) for outcome in outcomes)
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        while group := list(islice(rows, _GROUP_ROWS)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def arrow_schema(columns: Iterable[str], metadata: Mapping[str, str] | None = None) -> Any:
    """The types of some columns; the unit and definition of each measure are its column's metadata."""
    import pyarrow as pa

    described = []
    for name in columns:
        measure = MEASURES.get(name)
        about = {} if measure is None else {"unit": measure.unit, "definition": measure.definition}
        described.append(pa.field(name, _arrow_type(name), metadata=about))
    return pa.schema(
        described, metadata={"aftertone.schema_version": str(SCHEMA_VERSION), **(metadata or {})}
    )


def _write_html(
    outcomes: Iterable[Outcome], file: BinaryIO, audio: bool, playbook: Playbook | None, read: Reader
) -> None:
    from aftertone.report.html import html_report

    page = html_report(outcomes, audio=audio, playbook=playbook, read=read)
    file.write(page.encode("utf-8", "replace"))


def _arrow_type(column: str) -> Any:
    import pyarrow as pa

    types = {"number": pa.float64(), "count": pa.int64(), "flag": pa.bool_(), "text": pa.string()}
    return types[cell_kind(column)]


_PAGES = frozenset({".html", ".htm"})
_SUFFIXES = (".csv", ".htm", ".html", ".json", ".jsonl", ".parquet")
_WRITERS: dict[str, Callable[[Iterable[Outcome], BinaryIO], None]] = {
    ".json": _write_json,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
}
