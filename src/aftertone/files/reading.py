"""One reader for the files that people give beside recordings: regular files alone, and none without end."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

TEXT_BYTES_MAX = 1 << 20  # a brief, script or playbook: the longest that come with aftertone have 8 kB
TRANSCRIPT_BYTES_MAX = 64 << 20  # a stored transcript or review: an hour of words is 1 MB
TABLE_BYTES_MAX = 256 << 20  # a metadata.csv, held in memory: a million rows of 250 bytes
RECORDING_BYTES_MAX = 1 << 30  # what is attached to a draft: what is larger is no voicemail
REPORT_BYTES_MAX = 1 << 30  # a .json with many reviews, held in memory; a .jsonl is read line by line


def open_given(path: Path) -> BinaryIO:
    """Open a file to read its bytes.

    Raises
    ------
    OSError
        It cannot be opened, or is a folder, a pipe or a device; `strerror` says what.
    """
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - Path.open takes no opener
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "is a pipe or a device; expected a regular file", str(path))
    return file


def read_given(path: Path, bytes_max: int) -> bytes:
    """All bytes of a file.

    Raises
    ------
    OSError
        As for `open_given`; or it has more than `bytes_max` bytes.

    Examples
    --------
    >>> read_given(Path(os.devnull), TEXT_BYTES_MAX)
    Traceback (most recent call last):
    ...
    OSError: [Errno 22] is a pipe or a device; expected a regular file: '/dev/null'
    """
    with open_given(path) as file:
        content = b"" if os.fstat(file.fileno()).st_size > bytes_max else file.read(bytes_max + 1)
        if len(content) > bytes_max or os.fstat(file.fileno()).st_size > bytes_max:
            raise _too_large(path, bytes_max)
    return content


def lines_given(path: Path, line_bytes_max: int) -> Iterator[bytes]:
    """The lines of a file, one by one.

    Raises
    ------
    OSError
        As for `open_given`; or a line has more than `line_bytes_max` bytes.
    """
    with open_given(path) as file:
        while line := file.readline(line_bytes_max + 1):
            if len(line) > line_bytes_max:
                raise _too_large(path, line_bytes_max, "has a line that ")
            yield line


def text_given(path: Path, bytes_max: int) -> str:
    """The text of a file in UTF-8, without a byte order mark, its line ends as they are.

    Raises
    ------
    OSError
        As for `read_given`.
    UnicodeDecodeError
        It is not UTF-8.
    """
    return read_given(path, bytes_max).decode("utf-8-sig")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe would wait for its writer


def _too_large(path: Path, bytes_max: int, what: str = "") -> OSError:
    most = f"{bytes_max / 2**20:,.0f} MiB"
    return OSError(
        errno.EFBIG, f"{what}is larger than {most}, the most that is read of such a file", str(path)
    )
