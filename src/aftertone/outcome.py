"""What a report is made of: one outcome for each file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from aftertone.errors import AftertoneError
from aftertone.playbook.scoring import Review

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)  # two letters at least: C:// is a drive


class Url(str):
    """The address of a recording that lies in no local file; has the names that a path has.

    >>> Url("s3://calls/monday/a.wav").name, Url("s3://calls/a.wav").suffix
    ('a.wav', '.wav')
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """The last part."""
        return PurePosixPath(self).name

    @property
    def stem(self) -> str:
        """The last part without its suffix."""
        return PurePosixPath(self).stem

    @property
    def suffix(self) -> str:
        """The suffix of the last part, with its dot."""
        return PurePosixPath(self).suffix


Location: TypeAlias = "Path | Url"


def location(text: str | Path) -> Location:
    """A path, or the address that a text holds.

    >>> location("s3://calls/a.wav")
    's3://calls/a.wav'
    >>> location("calls/a.wav").name
    'a.wav'
    """
    return Url(text) if isinstance(text, str) and _URL.match(text) else Path(text)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file of many.

    Attributes
    ----------
    path : Path or Url
    review : Review or None
        None where it failed.
    error : AftertoneError or None
        Why it failed; None where it did not.
    """

    path: Location
    review: Review | None = None
    error: AftertoneError | None = None
