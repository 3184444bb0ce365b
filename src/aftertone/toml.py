"""One reader for the TOML files that people write: briefs and playbooks."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from aftertone.errors import AftertoneError


def toml_table(
    path: Path, *, unreadable: type[AftertoneError], malformed: type[AftertoneError], example: str
) -> dict[str, Any]:
    """What a TOML file says, or an error that names the file.

    Parameters
    ----------
    path : Path
    unreadable, malformed : type of AftertoneError
        Raised where the file cannot be opened, and where it is not TOML in UTF-8.
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
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise unreadable(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise malformed(f"{path}: not UTF-8 text, at byte {error.start}. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise malformed(f"{path}: not TOML: {error}. Write lines such as {example}") from error
    except RecursionError as error:
        raise malformed(f"{path}: nested too deep. Write lines such as {example}") from error
