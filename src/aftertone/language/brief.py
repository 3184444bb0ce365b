"""What the caller set out to do: sharpens names, numbers and the script, and is never required.

A brief lies beside a recording as ``NAME.toml``, or in the folder's ``metadata.csv`` as columns named
like the fields below. ``NAME.toml`` wins.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

from aftertone.errors import BriefError
from aftertone.toml import toml_table

_TABLES_KEPT = 64  # folders whose metadata.csv stays read; a batch goes through them one after the other

_NOON_H, _EVENING_H = 12, 17  # ours: where the parts of the day end; the advice says "another time of day"


@dataclass(frozen=True, slots=True)
class Brief:
    """What is known of a message before it is heard. Every field may be left open.

    Attributes
    ----------
    recipient, caller, company : str or None
        Who is called, by whom, on behalf of whom.
    number : str or None
        The call-back number that should be said.
    caller_id : str or None
        The number that the call was made from.
    region : str or None
        ISO 3166 code that numbers are read in; US where it is None.
    recorded_at : datetime or None
        Date and time on the clock where the message was left.
    script : str or None
        The words that were meant to be said.
    playbook : str or None
        The advice that the message should follow: a name, or the path of a TOML file.
    attempt : int or None
        The how-manieth message to this recipient, or the how-manieth take of the script, it is: 1 or more.
    earlier_at : tuple of datetime
        When the messages before it were left; `aftertone.campaigns` fills it.

    Raises
    ------
    BriefError
        `recorded_at` or one of `earlier_at` is no datetime, or `attempt` no number from 1 up.

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
        attempt = self.attempt
        if attempt is not None and (isinstance(attempt, bool) or not isinstance(attempt, int) or attempt < 1):
            raise BriefError(f"a brief's attempt: found {attempt!r}, expected a number from 1 up")

    @property
    def names(self) -> tuple[str, ...]:
        """The names that may be said: of whoever is called, whoever calls, and the company."""
        return tuple(name for name in (self.recipient, self.caller, self.company) if name)

    def over(self, other: Brief) -> Brief:
        """The same, with what it leaves open taken from another.

        Examples
        --------
        >>> Brief(caller="Ann").over(Brief(caller="Bob", recipient="Mary")).recipient
        'Mary'
        """
        given = {name: value for name in _FIELDS if (value := getattr(self, name)) not in (None, ())}
        return replace(other, **given)


_FIELDS = tuple(field.name for field in fields(Brief))
_WRITTEN = tuple(name for name in _FIELDS if name != "earlier_at")  # what a file may say


def at_another_time(at: datetime | None, earlier_at: Sequence[datetime]) -> bool | None:
    """Whether a message was left in another part of the day than the one before it.

    The parts are morning, afternoon from 12 and evening from 17. None where there is no telling.

    Examples
    --------
    >>> morning = datetime(2026, 4, 6, 9, 30)
    >>> at_another_time(datetime(2026, 4, 7, 10, 20), [morning])
    False
    >>> at_another_time(datetime(2026, 4, 9, 16, 10), [morning])
    True
    """
    if at is None or not earlier_at:
        return None
    return _part_of_day(at) != _part_of_day(max(earlier_at))


def _part_of_day(at: datetime) -> int:
    return (at.hour >= _NOON_H) + (at.hour >= _EVENING_H)


def find_brief(audio_path: str | PathLike[str]) -> Brief | None:
    """The brief of a recording: ``NAME.toml`` beside it, else its row of ``metadata.csv``, else None.

    A `playbook` that names a file which lies beside the recording is found there. A ``metadata.csv`` that
    holds nothing at all says nothing.

    Raises
    ------
    BriefError
        What lies there cannot be read as a brief.
    """
    audio_path = Path(audio_path)
    beside, table = audio_path.with_suffix(".toml"), audio_path.parent / "metadata.csv"
    if beside.is_file():
        brief = read_brief(beside)
    elif table.is_file():
        row = table_rows(table).get(audio_path.name)
        if row is None:
            return None
        brief = brief_of(row, f"{table}: row of {audio_path.name}")
    else:
        return None
    if brief.playbook is not None and (own := audio_path.parent / brief.playbook).suffix == ".toml":
        brief = replace(brief, playbook=str(own) if own.is_file() else brief.playbook)
    return brief


def in_order(recordings: Sequence[tuple[Path, Brief]]) -> list[tuple[Path, Brief]]:
    """Recordings in the order that their briefs tell: of attempts where all have one, else of time, of name.

    Names that hold numbers are ordered by them: take2 before take10.

    Examples
    --------
    >>> takes = [(Path("take10.wav"), Brief()), (Path("take2.wav"), Brief())]
    >>> [path.name for path, _ in in_order(takes)]
    ['take2.wav', 'take10.wav']
    """
    by_name = sorted(recordings, key=lambda each: _natural(each[0]))
    if all(brief.attempt is not None for _, brief in recordings):
        return sorted(by_name, key=lambda each: each[1].attempt or 0)
    dated = [each for each in by_name if each[1].recorded_at is not None]
    dated.sort(key=lambda each: each[1].recorded_at or datetime.min)
    return dated + [each for each in by_name if each[1].recorded_at is None]


def _natural(path: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"([0-9]+)", str(path).casefold())
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]


def read_brief(path: str | PathLike[str]) -> Brief:
    """The brief in a TOML file.

    Raises
    ------
    BriefError
        No such file, not UTF-8, not TOML, a key that is no field (the nearest one is named), or a
        value that does not fit its field.
    """
    path = Path(path)
    table = toml_table(path, unreadable=BriefError, malformed=BriefError, example='recipient = "Mary"')
    values = {}
    for key, value in table.items():
        if key not in _WRITTEN:
            near = get_close_matches(key, _WRITTEN, n=1, cutoff=0.0)[0]
            raise BriefError(
                f"{path}: unknown key {key!r}; did you mean {near!r}? Known: {', '.join(_WRITTEN)}."
            )
        if hasattr(value, "isoformat"):  # recorded_at = 2026-11-21T16:30:00 is a date in TOML
            value = value.isoformat()
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and key in ("number", "caller_id", "attempt")
        ):
            value = str(value)
        if not isinstance(value, str):
            expected = "a whole number" if key == "attempt" else "text in quotes"
            raise BriefError(f"{path}: {key} is {value!r}, expected {expected}.")
        values[key] = value
    return brief_of(values, str(path))


def brief_of(texts: Mapping[str, str | None], where: str) -> Brief:
    """The brief that texts say, by field; empty ones, and those that are no field, say nothing.

    Parameters
    ----------
    texts : mapping of field to text
        `recorded_at` is an ISO 8601 date and time; where it has an offset, its clock is what counts.
    where : str
        What an error begins with.

    Raises
    ------
    BriefError
        A text does not fit its field.

    Examples
    --------
    >>> brief = brief_of({"recipient": "Mary", "attempt": "2", "caller": ""}, "call.toml")
    >>> brief.recipient, brief.attempt, brief.caller
    ('Mary', 2, None)
    """
    given: dict[str, Any] = {name: text for name in _WRITTEN if (text := (texts.get(name) or "").strip())}
    if "region" in given:
        given["region"] = given["region"].upper()
    if "recorded_at" in given:
        given["recorded_at"] = _moment(given["recorded_at"], where)
    if "attempt" in given:
        given["attempt"] = _count(given["attempt"], where)
    return Brief(**given)


def _moment(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or ":" not in text:  # a day alone would be midnight, and judged as that
        raise BriefError(
            f"{where}: recorded_at is {text!r}, expected a date and a time such as 2026-03-02T16:30."
        )
    return moment.replace(tzinfo=None)


def _count(text: str, where: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise BriefError(f"{where}: attempt is {text!r}, expected a whole number from 1 up.")
    return int(text)


def table_rows(path: Path) -> Mapping[str, Mapping[str, str | None]]:
    """The rows of a ``metadata.csv`` by file name, for `brief_of`; none where it is empty.

    Raises
    ------
    BriefError
        No such file, not UTF-8, or no column ``file_name``.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise BriefError(f"{path}: cannot be read: {error.strerror or error}") from error
    return _rows(path, status.st_mtime_ns, status.st_size)


@lru_cache(_TABLES_KEPT)
def _rows(path: Path, mtime_ns: int, size: int) -> Mapping[str, Mapping[str, str | None]]:
    """The rows of a ``metadata.csv`` by file name, read once as long as the file stays what it is."""
    del mtime_ns, size  # they are what makes a changed file another one
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            columns = rows.fieldnames
            if not columns:
                return {}
            if "file_name" not in columns:
                raise BriefError(
                    f"{path}: found {', '.join(columns)}; expected a column file_name: add it, or rename the "
                    "file if it holds no briefs."
                )
            return {row["file_name"]: row for row in rows if row["file_name"]}
    except OSError as error:
        raise BriefError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BriefError(
            f"{path}: not UTF-8 text, at byte {error.start}. Save it as CSV in UTF-8."
        ) from error
    except csv.Error as error:
        raise BriefError(f"{path}: not CSV: {error}") from error
