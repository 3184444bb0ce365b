"""What the caller set out to do: sharpens names, numbers and the script, and is never required.

A brief lies beside a recording as ``NAME.toml``, or in the folder's ``metadata.csv`` as columns named
like the fields below. ``NAME.toml`` wins.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, fields
from difflib import get_close_matches
from os import PathLike
from pathlib import Path

from aftertone.errors import BriefError


@dataclass(frozen=True, slots=True)
class Brief:
    """What is known of a message before it is heard. Every field may be None.

    Attributes
    ----------
    recipient, caller, company : str or None
        Who is called, by whom, on behalf of whom.
    number : str or None
        The call-back number that should be said.
    caller_id : str or None
        The number that the call was made from.
    region : str
        ISO 3166 code that numbers are read in.
    recorded_at : str or None
        ISO 8601 local date and time.
    script : str or None
        The words that were meant to be said.
    playbook : str or None
        The advice that the message should follow.
    """

    recipient: str | None = None
    caller: str | None = None
    company: str | None = None
    number: str | None = None
    caller_id: str | None = None
    region: str = "US"
    recorded_at: str | None = None
    script: str | None = None
    playbook: str | None = None


_FIELDS = tuple(field.name for field in fields(Brief))


def find_brief(audio_path: str | PathLike[str]) -> Brief | None:
    """The brief of a recording: ``NAME.toml`` beside it, else its row of ``metadata.csv``, else None.

    Raises
    ------
    BriefError
        What lies there cannot be read as a brief.
    """
    audio_path = Path(audio_path)
    beside = audio_path.with_suffix(".toml")
    if beside.is_file():
        return read_brief(beside)
    table = audio_path.parent / "metadata.csv"
    if table.is_file():
        return briefs_from_metadata(table).get(audio_path.name)
    return None


def read_brief(path: str | PathLike[str]) -> Brief:
    """The brief in a TOML file.

    Raises
    ------
    BriefError
        No such file, not UTF-8, not TOML, a key that is no field (the nearest one is named), or a
        value that is neither text nor a date.
    """
    path = Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BriefError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise BriefError(f"{path}: is not UTF-8 text. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise BriefError(f'{path}: is not TOML ({error}). Write lines such as recipient = "Mary".') from error
    values = {}
    for key, value in table.items():
        if key not in _FIELDS:
            near = get_close_matches(key, _FIELDS, n=1, cutoff=0.0)[0]
            raise BriefError(
                f"{path}: unknown key {key!r}; did you mean {near!r}? Known: {', '.join(_FIELDS)}."
            )
        if hasattr(value, "isoformat"):  # recorded_at = 2026-11-21T16:30:00 is a date in TOML
            value = value.isoformat()
        if isinstance(value, int) and not isinstance(value, bool) and key in ("number", "caller_id"):
            value = str(value)
        if not isinstance(value, str):
            raise BriefError(f"{path}: {key} is {value!r}, expected text in quotes.")
        values[key] = value.strip()
    return _brief(values)


def briefs_from_metadata(path: str | PathLike[str]) -> dict[str, Brief]:
    """The briefs in a ``metadata.csv``, by file name. Columns that are no field are ignored.

    Raises
    ------
    BriefError
        No such file, not UTF-8, or no column ``file_name``.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if "file_name" not in (rows.fieldnames or ()):
                found = ", ".join(rows.fieldnames or ()) or "no columns"
                raise BriefError(
                    f"{path}: found {found}; expected a column file_name: add it, or rename the file if it "
                    "holds no briefs."
                )
            return {row["file_name"]: _brief(row) for row in rows if row["file_name"]}
    except OSError as error:
        raise BriefError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise BriefError(f"{path}: is not UTF-8 text. Save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise BriefError(f"{path}: is not CSV ({error}).") from error


def _brief(values: dict[str, str]) -> Brief:
    given = {name: text for name in _FIELDS if (text := (values.get(name) or "").strip())}
    if "region" in given:
        given["region"] = given["region"].upper()
    return Brief(**given)
