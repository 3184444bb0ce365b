"""One reader for the TOML files that people write: briefs and playbooks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from aftertone.errors import AftertoneError
from aftertone.files.reading import TEXT_BYTES_MAX, text_given

_QUOTED_LENGTH_MAX = 200  # ours, in characters
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_DEEP_KEY = re.compile(rf"(?:^|[{{,])[ \t]*+\[{{0,2}}[ \t]*+(?:{_PART}){{32}}", re.MULTILINE)
"""A key of more parts than any of ours: tomllib's time grows with the square of their number."""


def toml_table(
    path: Path, *, unreadable: type[AftertoneError], malformed: type[AftertoneError], example: str
) -> dict[str, Any]:
    """What a TOML file says, or an error that names the file.

    Parameters
    ----------
    path : Path
    unreadable, malformed : type of AftertoneError
        Raised where the file cannot be opened, is no regular file or too large, and where it is not TOML in
        UTF-8.
    example : str
        What a line of such a file looks like.

    Examples
    --------
    >>> from aftertone.errors import BriefError
    >>> toml_table(Path("no/such.toml"), unreadable=BriefError, malformed=BriefError, example="x = 1")
    Traceback (most recent call last):
    ...
    aftertone.errors.BriefError: no/such.toml: cannot be read: No such file or directory
    """
    try:
        text = text_given(path, TEXT_BYTES_MAX)
        if _DEEP_KEY.search(text):
            raise RecursionError
        return tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))
    except OSError as error:
        raise unreadable(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise malformed(f"{path}: not UTF-8 text, at byte {error.start}. Save it as UTF-8.") from error
    except ValueError as error:  # of tomllib, or of a whole number without end
        raise malformed(f"{path}: not TOML: {error}. Write lines such as {example}") from error
    except RecursionError as error:
        raise malformed(f"{path}: nested too deep. Write lines such as {example}") from error


def quoted(value: object) -> str:
    """A value as an error quotes it: cut where it is long.

    >>> quoted("mary"), len(quoted("m" * 1_000_000))
    ("'mary'", 201)
    """
    text = repr(value)
    return text if len(text) <= _QUOTED_LENGTH_MAX else f"{text[:_QUOTED_LENGTH_MAX]}…"
