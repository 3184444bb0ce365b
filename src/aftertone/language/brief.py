"""The brief of a message: what is known before the call. It sharpens names, numbers and the script.

A brief is never required. It is a file ``NAME.toml`` beside the recording, or the recording's row in the
folder's ``metadata.csv``, whose columns are named like the fields below. The file comes first.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

from aftertone.errors import BriefError
from aftertone.files.reading import TABLE_BYTES_MAX, quoted, text_limited, toml_table
from aftertone.files.tables import name_of_file, read_table

DIGITS_MIN, DIGITS_MAX = 7, 15
"""Digits of a telephone number: a North American one without its area code; E.164 without its prefix."""
KEYPAD = dict(zip("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999", strict=True))
"""The digits of letters on a telephone's keys (ITU-T E.161)."""

_TABLES_KEPT = 64  # folders whose metadata.csv is kept in memory; a batch reads one folder after the other
_SCRIPT_LENGTH_MAX = 20_000  # characters; twenty minutes of speech; chosen by hand
_TEXT_LENGTH_MAX = 1_000  # characters of any other field; chosen by hand
_NOON_H, _EVENING_H = 12, 17  # hours at which the parts of the day end; chosen by hand
_KEYPAD_LETTERS_MIN = 3  # of a number with a word, as libphonenumber has it: the E of 3.1E9 is none

_NUMBER = re.compile(
    r"(?:tel:)?\s*(?P<number>[+(\[]{0,2}[0-9][0-9a-z\s()\[\]./\-\u2010-\u2015\u2212]*?)"
    r"(?:(?<![a-z])[\s,;]*(?:ext(?:n|ension)?|x|#)[\s.:=#]*(?P<extension>[0-9]{0,7}))?[\s.]*",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"\d{7,}[.,]\d+|\d+(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)  # as spreadsheets write
_WITHHELD = frozenset(
    ["anonymous", "blocked", "no caller id", "private", "restricted", "unavailable", "unknown", "withheld"]
)  # what telephone systems write in place of a caller id


@dataclass(frozen=True, slots=True)
class Brief:
    """What is known of a message before the call. Every field may be None.

    Attributes
    ----------
    recipient, caller, company : str or None
        The person who is called, the person who calls, and the caller's company.
    number : str or None
        The call-back number that should be said, as people write it: "(312) 555-0143 ext. 12" or
        "1-800-FLOWERS".
    caller_id : str or None
        The number that the call was made from. "anonymous", "withheld" and the like become None.
    region : str or None
        ISO 3166 code of the numbering plan; None means US.
    recorded_at : datetime or None
        Date and time when the message was left. The clock gives the hour of the day. With an offset from UTC,
        the instant gives the order of messages and the time between them.
    script : str or None
        The words that should be said.
    playbook : str or None
        The advice that the message should follow: a name, or the path of a TOML file.
    attempt : int or None
        Number of the message to this recipient, or of the take of the script, from 1.
    earlier_at : tuple of datetime
        Times of the earlier messages to this recipient; `aftertone.practice.campaign` fills it.

    Raises
    ------
    BriefError
        `recorded_at` or one of `earlier_at` is not a datetime, `attempt` is not a number from 1 up, or
        `number` or `caller_id` is not a telephone number of 7 to 15 digits.

    Examples
    --------
    >>> Brief(recipient="Mary", recorded_at=datetime(2026, 3, 3, 10, 20)).recipient
    'Mary'
    """

    recipient: str | None = None
    caller: str | None = None
    company: str | None = None
    number: str | None = None
    caller_id: str | None = None
    region: str | None = None
    recorded_at: datetime | None = None
    script: str | None = None
    playbook: str | None = None
    attempt: int | None = None
    earlier_at: tuple[datetime, ...] = ()

    def __post_init__(self) -> None:
        for at in (self.recorded_at, *self.earlier_at):
            if not (at is None or isinstance(at, datetime)):
                raise BriefError(f"a brief's recorded_at: found {at!r}, expected a datetime")
        for name in ("number", "caller_id"):
            object.__setattr__(self, name, _telephone_number(getattr(self, name), name, "a brief's"))
        attempt = self.attempt
        if attempt is not None and (isinstance(attempt, bool) or not isinstance(attempt, int) or attempt < 1):
            raise BriefError(f"a brief's attempt: found {attempt!r}, expected a number from 1 up")

    @property
    def names(self) -> tuple[str, ...]:
        """The names that may be said: recipient, caller and company."""
        return tuple(name for name in (self.recipient, self.caller, self.company) if name)

    @property
    def dialled_number(self) -> str | None:
        """The digits of `number` with a leading +, without its extension; letters as on a keypad."""
        return self.number and _dialled(self.number)

    @property
    def extension(self) -> str | None:
        """The digits of the extension in `number`.

        Examples
        --------
        >>> Brief(number="312-555-0143 ext. 12").extension, Brief(number="800-555-FAX1").extension
        ('12', None)
        """
        match = _NUMBER.fullmatch(self.number or "")
        return (match and match["extension"]) or None

    @property
    def dialled_caller_id(self) -> str | None:
        """The digits of `caller_id`, like `dialled_number`."""
        return self.caller_id and _dialled(self.caller_id)

    def over(self, other: Brief) -> Brief:
        """The brief, with the fields that are None taken from another.

        Examples
        --------
        >>> Brief(caller="Ann").over(Brief(caller="Bob", recipient="Mary")).recipient
        'Mary'
        """
        given = {name: value for name in _FIELDS if (value := getattr(self, name)) not in (None, ())}
        return replace(other, **given)


_FIELDS = tuple(field.name for field in fields(Brief))
_FILE_FIELDS = tuple(name for name in _FIELDS if name != "earlier_at")


def at_another_time(at: datetime | None, earlier_at: Sequence[datetime]) -> bool | None:
    """Whether a message was left in another part of the day than the last one before it.

    The parts are morning, afternoon from 12 and evening from 17. None if a time is missing.

    >>> morning = datetime(2026, 4, 6, 9, 30)
    >>> at_another_time(datetime(2026, 4, 7, 10, 20), [morning])
    False
    >>> at_another_time(datetime(2026, 4, 9, 16, 10), [morning])
    True
    """
    if at is None or not earlier_at:
        return None
    return _part_of_day(at) != _part_of_day(max(reversed(earlier_at), key=_time_order(earlier_at)))


def _part_of_day(at: datetime) -> int:
    return (at.hour >= _NOON_H) + (at.hour >= _EVENING_H)


def _time_order(moments: Iterable[datetime]) -> Callable[[datetime], datetime]:
    """A sort key for moments: the instant if all have an offset from UTC, else the clock time."""
    if all(moment.tzinfo is not None for moment in moments):
        return lambda moment: moment
    return lambda moment: moment.replace(tzinfo=None)


def apart_h(earlier: datetime, later: datetime) -> float:
    """Hours between two moments: between instants if both have an offset from UTC, else between clock times.

    >>> paris, new_york = map(datetime.fromisoformat, ["2026-03-02T16:30+01:00", "2026-03-02T10:00-05:00"])
    >>> apart_h(new_york, paris)
    0.5
    """
    clock = _time_order([earlier, later])
    return (clock(later) - clock(earlier)).total_seconds() / 3600


def in_order(recordings: Sequence[tuple[Path, Brief]]) -> list[tuple[Path, Brief]]:
    """Recordings in order of attempts if all have one, else of time; those without a time follow by name.

    Numbers in names count as numbers: take2 comes before take10.

    >>> takes = [(Path("take10.wav"), Brief()), (Path("take2.wav"), Brief())]
    >>> [path.name for path, _ in in_order(takes)]
    ['take2.wav', 'take10.wav']
    """
    by_name = sorted(recordings, key=lambda each: _natural_order(each[0]))
    if all(brief.attempt is not None for _, brief in recordings):
        return sorted(by_name, key=lambda each: each[1].attempt or 0)
    dated = [(at, each) for each in by_name if (at := each[1].recorded_at) is not None]
    time_order = _time_order(at for at, _ in dated)
    in_time = sorted(dated, key=lambda each: time_order(each[0]))
    return [each for _, each in in_time] + [each for each in by_name if each[1].recorded_at is None]


def _natural_order(path: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"([0-9]+)", str(path).casefold())
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]


# --- files --------------------------------------------------------------------------------------------


def find_brief(audio_path: str | PathLike[str]) -> Brief | None:
    """The brief of a recording: ``NAME.toml`` beside it, else its row of ``metadata.csv``, else None.

    A `playbook` may be the name of a TOML file beside the recording. An empty ``metadata.csv`` has no rows.

    Raises
    ------
    BriefError
        The file or the row cannot be read as a brief.
    """
    audio_path = Path(audio_path)
    beside, table = audio_path.with_suffix(".toml"), audio_path.parent / "metadata.csv"
    if beside.exists() and not beside.is_dir():
        brief = read_brief(beside)
    elif table.exists() and not table.is_dir():
        row = table_rows(table).get(audio_path.name)
        if row is None:
            return None
        brief = brief_of(row, f"{table}: row of {audio_path.name}")
    else:
        return None
    if brief.playbook is not None and (own := audio_path.parent / brief.playbook).suffix == ".toml":
        brief = replace(brief, playbook=str(own) if own.is_file() else brief.playbook)
    return brief


def read_brief(path: str | PathLike[str]) -> Brief:
    """The brief in a TOML file; `BriefError` for an unknown key or a value that does not fit its field."""
    path = Path(path)
    table = toml_table(path, unreadable=BriefError, malformed=BriefError, example='recipient = "Mary"')
    values = {}
    for key, value in table.items():
        if key not in _FILE_FIELDS:
            near = get_close_matches(key[:_TEXT_LENGTH_MAX], _FILE_FIELDS, n=1, cutoff=0.0)[0]
            raise BriefError(
                f"{path}: unknown key {quoted(key)}; did you mean {near!r}? Known: {', '.join(_FILE_FIELDS)}."
            )
        if hasattr(value, "isoformat"):  # recorded_at = 2026-11-21T16:30:00 is a date in TOML
            value = value.isoformat()
        if key in ("number", "caller_id", "attempt") and type(value) is int:  # True is no number
            value = str(value)
        if not isinstance(value, str):
            expected = "a whole number" if key == "attempt" else "text in quotes"
            raise BriefError(f"{path}: {key} is {quoted(value)}, expected {expected}.")
        values[key] = value
    return brief_of(values, str(path))


def brief_of(texts: Mapping[str, str | None], where: str) -> Brief:
    """The brief that texts give, by field; empty texts and unknown fields do not count.

    Raises `BriefError`, which begins with `where`, if a text does not fit its field.

    >>> brief = brief_of({"recipient": "Mary", "attempt": "2", "caller": ""}, "call.toml")
    >>> brief.recipient, brief.attempt, brief.caller
    ('Mary', 2, None)
    """
    given: dict[str, Any] = {name: text for name in _FILE_FIELDS if (text := (texts.get(name) or "").strip())}
    for name, text in given.items():
        longest = _SCRIPT_LENGTH_MAX if name == "script" else _TEXT_LENGTH_MAX
        if len(text) > longest:
            raise BriefError(
                f"{where}: {name} has {len(text):,} characters, expected {longest:,} at most: {quoted(text)}"
            )
    if "region" in given:
        given["region"] = given["region"].upper()
    if "recorded_at" in given:
        given["recorded_at"] = _moment(given["recorded_at"], where)
    if "attempt" in given:
        given["attempt"] = _count(given["attempt"], where)
    for name in ("number", "caller_id"):
        given[name] = _telephone_number(given.get(name), name, f"{where}:")
    return Brief(**given)


def _telephone_number(value: object, name: str, where: str) -> str | None:
    """A telephone number as it is written; None if there is none or it is withheld."""
    text = value.strip() if isinstance(value, str) else value
    if text in (None, "") or (name == "caller_id" and isinstance(text, str) and text.lower() in _WITHHELD):
        return None
    if isinstance(text, str) and _dialled(text):
        return text
    is_decimal = isinstance(text, float) or (isinstance(text, str) and _DECIMAL.fullmatch(text))
    hint = "; a spreadsheet may have turned it into a decimal number: store the column as text"
    raise BriefError(
        f"{where} {name} is {text!r}, expected a telephone number such as 312-555-0143 "
        f"({DIGITS_MIN} to {DIGITS_MAX} digits{hint if is_decimal else ''})."
    )


def _dialled(text: str) -> str | None:
    """The digits to dial for a written number, without its extension; None if it is no telephone number.

    >>> _dialled("+44 (0)20 7946 0958 x12"), _dialled("1-800-FLOWERS"), _dialled("3125554293.0")
    ('+442079460958', '18003569377', None)
    """
    match = _NUMBER.fullmatch(text)
    if match is None or _DECIMAL.fullmatch(text):
        return None
    number = match["number"].lower()
    if 0 < sum(map(str.isalpha, number)) < _KEYPAD_LETTERS_MIN:
        return None
    is_international = "+" in number or number.startswith("00")
    number = re.sub(r"\(\s*0\s*\)", "", number) if is_international else number  # "(0)" is for national calls
    digits = re.sub(r"[^0-9]", "", "".join(KEYPAD.get(each, each) for each in number))
    if not DIGITS_MIN <= len(digits) <= DIGITS_MAX:
        return None
    return f"+{digits}" if "+" in number else digits


def _moment(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or ":" not in text:  # a date alone would count as midnight
        raise BriefError(
            f"{where}: recorded_at is {text!r}, expected a date and a time such as 2026-03-02T16:30."
        )
    return moment


def _count(text: str, where: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise BriefError(f"{where}: attempt is {text!r}, expected a whole number from 1 up.")
    return int(text)


def table_rows(path: Path) -> Mapping[str, Mapping[str, str | None]]:
    """The rows of a ``metadata.csv`` by file name (`name_of_file`), for `brief_of`; none if it is empty.

    Cells are separated by commas, semicolons or tabs. A row without a ``file_name`` has the name "". A file
    is read once until it changes. Raises `BriefError` if it cannot be read, or has no column ``file_name``.
    """
    try:
        status = path.stat()
        return _rows(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise BriefError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BriefError(
            f"{path}: not UTF-8 text, at byte {error.start}. Save it as CSV in UTF-8."
        ) from error
    except csv.Error as error:
        raise BriefError(f"{path}: not CSV: {error}") from error


@lru_cache(_TABLES_KEPT)
def _rows(path: Path, mtime_ns: int, size: int) -> Mapping[str, Mapping[str, str | None]]:
    del mtime_ns, size  # only part of the cache's key: a changed file is read again
    with io.StringIO(text_limited(path, TABLE_BYTES_MAX), newline="") as lines:
        columns, rows = read_table(lines, "file_name")
        if not columns:
            return {}
        if "file_name" not in columns:
            raise BriefError(
                f"{path}: found {', '.join(columns)}; expected a column file_name: add it, or rename the "
                "file if it holds no briefs."
            )
        return {
            name_of_file(path.parent, row["file_name"]) if row["file_name"].strip() else "": row
            for row in rows
            if any(row.values())
        }
