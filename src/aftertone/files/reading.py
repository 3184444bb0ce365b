"""Reads the files that people give: regular files only, up to a size; text as UTF-8, and TOML."""

from __future__ import annotations

import errno
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from aftertone.errors import AftertoneError

TEXT_BYTES_MAX = 1 << 20  # a brief, script or playbook: the longest that come with aftertone have 8 kB
TRANSCRIPT_BYTES_MAX = 64 << 20  # a stored transcript or review: an hour of words has 1 MB
TABLE_BYTES_MAX = 256 << 20  # a metadata.csv, held in memory: a million rows of 250 bytes
RECORDING_BYTES_MAX = 1 << 30  # a recording attached to a draft: a voicemail is smaller
REPORT_BYTES_MAX = 1 << 30  # a .json with many reviews, held in memory; a .jsonl is read line by line

_QUOTED_LENGTH_MAX = 200  # ours, in characters
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_DEEP_KEY = re.compile(rf"(?:^|[{{,])[ \t]*+\[{{0,2}}[ \t]*+(?:{_PART}){{32}}", re.MULTILINE)
"""A key of more parts than any of ours: tomllib's time grows with the square of their number."""


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read its bytes; OSError if it is a folder, a pipe or a device: `strerror` says what."""
    file = open(path, "rb", opener=_open_without_waiting)  # noqa: SIM115 - Path.open takes no opener
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "is a pipe or a device; expected a regular file", str(path))
    return file


def read_limited(path: Path, bytes_max: int) -> bytes:
    """The bytes of a file; OSError as for `open_regular`, or if it has more than `bytes_max` bytes.

    >>> read_limited(Path(os.devnull), TEXT_BYTES_MAX)
    Traceback (most recent call last):
    ...
    OSError: [Errno 22] is a pipe or a device; expected a regular file: '/dev/null'
    """
    with open_regular(path) as file:
        content = b"" if os.fstat(file.fileno()).st_size > bytes_max else file.read(bytes_max + 1)
        if len(content) > bytes_max or os.fstat(file.fileno()).st_size > bytes_max:
            raise _too_large(path, bytes_max)
    return content


def lines_limited(path: Path, line_bytes_max: int) -> Iterator[bytes]:
    """The lines of a file, one by one; OSError as for `open_regular`, or if one is too long."""
    with open_regular(path) as file:
        while line := file.readline(line_bytes_max + 1):
            if len(line) > line_bytes_max:
                raise _too_large(path, line_bytes_max, "has a line that ")
            yield line


def text_limited(path: Path, bytes_max: int) -> str:
    """The text of a file, without a byte order mark, with its own line ends.

    OSError as for `read_limited`. UnicodeDecodeError if it is not UTF-8.
    """
    return read_limited(path, bytes_max).decode("utf-8-sig")


def toml_table(
    path: Path, *, unreadable: type[AftertoneError], malformed: type[AftertoneError], example: str
) -> dict[str, Any]:
    """The content of a TOML file.

    `unreadable` is raised where the file cannot be opened, is no regular file or too large; `malformed`, with
    a line as example, where it is not TOML in UTF-8.

    >>> from aftertone.errors import BriefError
    >>> toml_table(Path("no/such.toml"), unreadable=BriefError, malformed=BriefError, example="x = 1")
    Traceback (most recent call last):
    ...
    aftertone.errors.BriefError: no/such.toml: cannot be read: No such file or directory
    """
    try:
        text = text_limited(path, TEXT_BYTES_MAX)
        if _DEEP_KEY.search(text):
            raise RecursionError
        return tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))
    except OSError as error:
        raise unreadable(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise malformed(f"{path}: not UTF-8 text, at byte {error.start}. Save it as UTF-8.") from error
    except ValueError as error:  # of tomllib, or of an integer with too many digits
        raise malformed(f"{path}: not TOML: {error}. Write lines such as {example}") from error
    except RecursionError as error:
        raise malformed(f"{path}: nested too deep. Write lines such as {example}") from error


def quoted(value: object) -> str:
    """A value as an error quotes it: a long one is cut.

    >>> quoted("mary"), len(quoted("m" * 1_000_000))
    ("'mary'", 201)
    """
    text = repr(value)
    return text if len(text) <= _QUOTED_LENGTH_MAX else f"{text[:_QUOTED_LENGTH_MAX]}…"


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # else a pipe would wait for its writer


def _too_large(path: Path, bytes_max: int, what: str = "") -> OSError:
    most = f"{bytes_max / 2**20:,.0f} MiB"
    return OSError(
        errno.EFBIG, f"{what}is larger than {most}, the most that is read of such a file", str(path)
    )
