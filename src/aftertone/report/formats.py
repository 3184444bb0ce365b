"""The formats of reports by suffix: `write_report` writes them, `read_reviews` and `read_outcomes` read them.

A new format is a writer, a reader or both, and one line in `FORMATS`.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from aftertone.acoustics.audio import Reader, read_audio
from aftertone.errors import AftertoneError, ReportError, unexpected, wrong_type
from aftertone.files.private import atomic_write
from aftertone.files.reading import REPORT_BYTES_MAX, TRANSCRIPT_BYTES_MAX, lines_limited, read_limited
from aftertone.outcome import SCHEMA_VERSION, Outcome
from aftertone.playbook import Playbook, Review
from aftertone.report import table
from aftertone.report.html import write_html
from aftertone.report.ledger import LEDGER_SUFFIX, KeptOutcomes
from aftertone.report.table import ReportOptions, Row, table_row


@dataclass(frozen=True, slots=True)
class Format:
    """One format of reports; None where it does not write or read."""

    write: Callable[[Iterable[Outcome], BinaryIO, ReportOptions], None] | None = None
    outcomes: Callable[[Path], Iterable[Outcome]] | None = None
    rows: Callable[[Path], Iterable[Row]] | None = None  # None: made of the outcomes, if there are any
    library: str = ""  # that writing needs and that an extra installs

    @property
    def is_read(self) -> bool:
        """Whether reports of this format can be read back."""
        return self.outcomes is not None or self.rows is not None


def write_json(outcomes: Iterable[Outcome], file: BinaryIO, _: ReportOptions) -> None:
    """Write all outcomes as one JSON document. One outcome at a time is in memory."""
    file.write(b'{\n  "schema_version": %d,\n  "outcomes": [' % SCHEMA_VERSION)
    between = b"\n"
    for outcome in outcomes:
        entry = {key: value for key, value in outcome.to_dict().items() if key != "schema_version"}
        lines = msgspec.json.format(msgspec.json.encode(entry), indent=2).splitlines()
        file.write(between + b"\n".join(b"    " + line for line in lines))
        between = b",\n"
    file.write(b"\n  ]\n}\n")


def write_json_lines(outcomes: Iterable[Outcome], file: BinaryIO, _: ReportOptions) -> None:
    """Write each outcome as one line of JSON."""
    file.writelines(msgspec.json.encode(outcome.to_dict()) + b"\n" for outcome in outcomes)


def read_json(path: Path) -> Iterator[Outcome]:
    """The outcomes of a JSON document."""
    page = msgspec.json.decode(read_limited(path, REPORT_BYTES_MAX))
    if not isinstance(page, dict) or "outcomes" not in page:
        raise ValueError("expected an object with outcomes")
    for entry in page["outcomes"]:
        yield Outcome.from_dict({"schema_version": page.get("schema_version"), **entry})


def read_json_lines(path: Path) -> Iterator[Outcome]:
    """The outcomes of JSON lines."""
    for line in lines_limited(path, TRANSCRIPT_BYTES_MAX):
        yield Outcome.from_dict(msgspec.json.decode(line))


FORMATS: dict[str, Format] = {
    ".csv": Format(table.write_csv, rows=table.read_csv),
    ".htm": Format(write_html),
    ".html": Format(write_html),
    ".json": Format(write_json, read_json),
    ".jsonl": Format(write_json_lines, read_json_lines),
    LEDGER_SUFFIX: Format(outcomes=KeptOutcomes),
    ".parquet": Format(table.write_parquet, rows=table.read_parquet, library="pyarrow"),
}
_FOLDER = Format(outcomes=table.read_parts, rows=table.read_parquet)  # of Parquet parts

Reviewed = Review | Outcome


def write_report(
    reviews: str | Path | Reviewed | Iterable[Reviewed],
    path: str | Path,
    *,
    audio: bool = True,
    playbook: Playbook | None = None,
    read: Reader | None = None,
    excel: bool = False,
) -> None:
    """Write reviews or outcomes to a file; its suffix names the format.

    ``.jsonl`` has one outcome a line, ``.json`` all in one document; both nest as `to_dict` does, and carry
    a ``schema_version``. ``.csv`` and ``.parquet`` have one row an outcome, as
    `aftertone.report.table.table_row` says; a text in a CSV that a spreadsheet would run as a formula gets an
    apostrophe before it, and a column of Parquet has its unit and definition as metadata. `read_reviews`
    reads each of them back. ``.html`` is a page to look at and listen to, with all that it needs inside: see
    `aftertone.report.html`.

    The report is written under another name and renamed when it is whole. Its owner alone may read it. Where
    it replaces a file, it has that file's rights.

    Parameters
    ----------
    reviews : Review, Outcome, iterable of them, or path
        Such as the iterator that `review_many` returns. A table is held in memory where its outcomes come
        from an iterator. A path is that of a report which `read_outcomes` reads.
    path : str or Path
    audio : bool
        For ``.html``: whether the page holds the sound.
    playbook : Playbook or None
        For ``.html``: the playbook of the reviews, for its target bands. Not needed for a published one.
    read : callable or None
        For ``.html``: reads a recording again for its waveform. None is `read_audio`; for another channel or
        rate, give ``functools.partial(read_audio, channel=2)``.
    excel : bool
        For ``.csv``: with the byte order mark by which Excel knows UTF-8, and with telephone numbers and
        other texts that look like numbers or dates as ``="0123"``, which Excel shows as the text it is.

    Raises
    ------
    ArgumentTypeError
        `reviews` or `path` has another type.
    ReportError
        No format has this suffix, the file cannot be written, or ``.parquet`` is asked for and pyarrow is not
        installed.

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
    write = FORMATS[path.suffix.lower()].write
    assert write is not None
    outcomes = _outcomes(reviews)
    try:
        with atomic_write(path) as file:
            write(outcomes, file, ReportOptions(audio, playbook, read or read_audio, excel))
    except AftertoneError:  # of the outcomes, not of the report
        raise
    except OSError as error:
        raise ReportError(f"{path}: the report cannot be written: {error.strerror or error}") from error
    except Exception as error:
        raise ReportError(str(unexpected(error, f"{path}: the report cannot be written"))) from error


def check_report_path(path: str | Path) -> Path:
    """The path of a report, checked before the work is done."""
    if not isinstance(path, str | os.PathLike):
        raise wrong_type("path", path, "the path of a report, as a text or a Path")
    path = Path(path)
    format_ = FORMATS.get(path.suffix.lower())
    if format_ is None or format_.write is None:
        raise _unknown_suffix(path, [suffix for suffix, each in FORMATS.items() if each.write])
    if format_.library and importlib.util.find_spec(format_.library) is None:
        raise ReportError(f"{path}: Parquet needs pyarrow: pip install 'aftertone[parquet]', or choose .csv")
    if not path.parent.is_dir():
        raise ReportError(f"{path}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise ReportError(f"{path}: is a folder; give the name of a file")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ReportError(f"{path}: nothing may be written in the folder {path.parent}; choose another")
    return path


def read_reviews(path: str | Path) -> Iterator[Row]:
    """The rows of a report, one for each recording, whatever its format.

    Parameters
    ----------
    path : str or Path
        A ``.jsonl``, ``.json``, ``.csv`` or ``.parquet`` that `write_report` wrote, a ``.ledger``, or a
        folder of Parquet parts.

    Yields
    ------
    dict of column to cell
        As `aftertone.report.table.table_row` says: numbers, flags and texts, None where there is nothing.

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
    format_ = _format_of(path)
    with _read_errors(path):
        if format_.rows is not None:
            yield from format_.rows(path)
        elif format_.outcomes is not None:
            yield from map(table_row, format_.outcomes(path))


def read_outcomes(path: str | Path) -> Iterable[Outcome]:
    """The outcomes of a report that nests: ``.jsonl``, ``.json``, ``.ledger``, or a folder of Parquet parts.

    They can be iterated again and again, and are not held in memory (those of a ``.json`` are).

    Raises
    ------
    ReportError
        There is no such file, or it holds rows alone, as CSV and Parquet do.
    """
    path = Path(path)
    outcomes = _format_of(path).outcomes
    if outcomes is None:
        raise ReportError(f"{path}: holds rows, and not all of an outcome; give a .jsonl, .json or .ledger")

    def read() -> Iterator[Outcome]:
        with _read_errors(path):
            yield from outcomes(path)

    return _Repeatable(read)


class _Repeatable:
    """Outcomes that are made anew for each iteration."""

    def __init__(self, start: Callable[[], Iterator[Outcome]]) -> None:
        self._start = start

    def __iter__(self) -> Iterator[Outcome]:
        return self._start()


def _outcomes(reviews: object) -> Iterable[Outcome]:
    """What `write_report` is given, as outcomes; an iterator stays one."""
    if isinstance(reviews, str | Path):
        return read_outcomes(reviews)
    if isinstance(reviews, Review | Outcome):
        reviews = (reviews,)
    if not isinstance(reviews, Iterable) or isinstance(reviews, bytes | dict):
        raise wrong_type("reviews", reviews, "a Review, an Outcome, several of them, or the path of a report")
    if isinstance(reviews, Iterator):
        return map(_outcome, reviews)
    return _Repeatable(lambda: map(_outcome, reviews))


def _outcome(review: object) -> Outcome:
    if isinstance(review, Outcome):
        return review
    if isinstance(review, Review):
        return Outcome(Path(review.recording), review)
    raise wrong_type("one of the reviews", review, "a Review or an Outcome")


def _format_of(path: Path) -> Format:
    """The format of a report that is read."""
    format_ = _FOLDER if path.is_dir() else FORMATS.get(path.suffix.lower())
    if format_ is None or not format_.is_read:
        raise _unknown_suffix(path, [suffix for suffix, each in FORMATS.items() if each.is_read])
    return format_


def _unknown_suffix(path: Path, known: Iterable[str]) -> ReportError:
    return ReportError(f"{path}: no report has the suffix {path.suffix!r}; known are {', '.join(known)}")


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    """Errors of reading a report, as errors that name it."""
    try:
        yield
    except ReportError as error:
        raise error if str(error).startswith(str(path)) else ReportError(f"{path}: {error}") from error
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, msgspec.DecodeError, csv.Error, sqlite3.Error) as error:
        raise ReportError(f"{path}: is no report of ours, or a damaged one: {error}") from error
