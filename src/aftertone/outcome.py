"""The outcome of one recording of many: a review or an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from aftertone import errors
from aftertone.errors import AftertoneError, ReportError
from aftertone.files.plain import plain
from aftertone.playbook import Review

SCHEMA_VERSION = 1  # goes up when a key changes its meaning or goes away, not when one is added

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)  # at least two letters, for C:// is a drive


class Url(str):
    """The address of a recording, with `name`, `stem` and `suffix` as a path has them.

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
    """A text as the address or the path that it is.

    >>> location("s3://calls/a.wav")
    's3://calls/a.wav'
    >>> location("calls/a.wav").name
    'a.wav'
    """
    return Url(text) if isinstance(text, str) and _ADDRESS.match(text) else Path(text)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one recording.

    Attributes
    ----------
    path : Path or Url
    review : Review or None
        None where the review failed.
    error : AftertoneError or None
        Why it failed; None where it did not.
    """

    path: Location
    review: Review | None = None
    error: AftertoneError | None = None

    def to_dict(self) -> dict[str, Any]:
        """The outcome as plain values: ``path``, ``error`` (its kind and message, or None) and ``review``."""
        error = self.error
        return {
            "schema_version": SCHEMA_VERSION,
            "path": plain(str(self.path)),
            "error": None if error is None else {"kind": type(error).__name__, "message": plain(str(error))},
            "review": None if self.review is None else self.review.to_dict(),
        }

    @classmethod
    def from_dict(cls, page: Mapping[str, Any]) -> Outcome:
        """An outcome from what `to_dict` gave.

        Measures that this version does not have are left out; those that `page` lacks are None.

        Raises
        ------
        ReportError
            `page` is of a later schema, or is no outcome.

        Examples
        --------
        >>> page = {"schema_version": 1, "path": "a.wav", "review": None}
        >>> Outcome.from_dict({**page, "error": {"kind": "AudioEmptyError", "message": "no bytes"}}).error
        AudioEmptyError('no bytes')
        """
        try:
            if page["schema_version"] > SCHEMA_VERSION:
                raise ReportError(
                    f"the report has schema {page['schema_version']}, {SCHEMA_VERSION} is read here; "
                    "read it with the version that wrote it"
                )
            error, review = page["error"], page["review"]
            return cls(
                location(page["path"]),
                None if review is None else Review.from_dict(review),
                None if error is None else _error(error["kind"], error["message"]),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as problem:
            raise ReportError(f"not an outcome: {type(problem).__name__}: {problem}") from problem


def _error(kind: str, message: str) -> AftertoneError:
    known: Any = getattr(errors, kind, None)
    is_ours = isinstance(known, type) and issubclass(known, AftertoneError)
    error: AftertoneError = known(message) if is_ours else AftertoneError(message)
    return error
