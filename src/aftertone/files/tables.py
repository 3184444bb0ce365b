"""Reads CSV as spreadsheets and people write it: semicolons, tabs, guarded cells, backslashes in names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path, PurePath, PurePosixPath
from typing import TextIO

_DELIMITERS = ",;\t"  # of RFC 4180; of spreadsheets with a decimal comma; of pasted cells
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # Excel's own first line
_GUARDED = re.compile(r'="([^"]*)"')
_LIKE_A_NUMBER = re.compile(r"(?=.*\d)[\s\d.,:/()+\-%eE$€£]+")
_LIKE_A_DATE = re.compile(
    r"(?=.*\d)[\d\s.,/-]*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\d\s.,/-]*", re.IGNORECASE
)


def read_table(file: TextIO, column: str) -> tuple[list[str], Iterator[dict[str, str]]]:
    r"""The columns of a table (none where the file is empty) and its rows, read as they are asked for.

    The file is open with encoding ``utf-8-sig`` and ``newline=""``. The delimiter is that which finds
    `column`. A cell that a row lacks is "".

    >>> import io
    >>> columns, rows = read_table(io.StringIO('file_name; number\r\na.wav;="0123"\r\n'), "file_name")
    >>> columns, list(rows)
    (['file_name', 'number'], [{'file_name': 'a.wav', 'number': '0123'}])
    """
    at, first = 0, file.readline()
    while first and not first.strip():
        at, first = file.tell(), file.readline()
    separator = _SEPARATOR_LINE.fullmatch(first)
    if separator:
        at, first = file.tell(), file.readline()
    headings = {
        each: _columns(next(csv.reader([first], delimiter=each, skipinitialspace=True), []))
        for each in _DELIMITERS
    }
    delimiter = (
        separator[1]
        if separator
        else max(_DELIMITERS, key=lambda each: (column in headings[each], len(headings[each])))
    )
    file.seek(at)
    lines = csv.reader(file, delimiter=delimiter, skipinitialspace=True)
    columns = _columns(next(lines, []))
    return columns, (_row(columns, cells) for cells in lines if cells)


def _columns(cells: list[str]) -> list[str]:
    return [unguarded(cell.strip()) for cell in cells]


def _row(columns: list[str], cells: list[str]) -> dict[str, str]:
    missing = [""] * (len(columns) - len(cells))
    return dict(zip(columns, map(unguarded, (*cells, *missing)), strict=False))


def guarded(text: str) -> str:
    """The text, guarded where a spreadsheet would change it to a number or a date.

    A guarded text is a formula that gives the text: ``="0123"``.

    >>> guarded("0123"), guarded("+1 312"), guarded("mar-02.wav"), guarded("1 Mar"), guarded("=1+1")
    ('="0123"', '="+1 312"', 'mar-02.wav', '="1 Mar"', '=1+1')
    """
    is_at_risk = _LIKE_A_NUMBER.fullmatch(text) or _LIKE_A_DATE.fullmatch(text)
    return f'="{text}"' if is_at_risk else text


def unguarded(text: str) -> str:
    """The text without its guard."""
    guard = _GUARDED.fullmatch(text)
    return guard[1] if guard else text


def name_of_file(folder: Path, written: str) -> str:
    r"""The name of a file in this system's form, for one that a person wrote.

    The name as written where the folder has such a file. Else without spaces and quotes around it, without
    ``./``, and with ``/`` for ``\``.

    >>> name_of_file(Path("calls"), " .\\monday\\a b.wav ")
    'monday/a b.wav'
    """
    name = str(PurePath(written))
    plain = str(PurePosixPath(written.strip().strip('"').replace("\\", "/")))
    return name if name == plain or _exists(folder / name) else plain


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # the system refuses the very name
        return False
