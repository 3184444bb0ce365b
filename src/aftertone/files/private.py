"""What keeps recordings private on disk: files are their owner's alone, and leftovers are removed."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_FILE_MODE, _FOLDER_MODE = 0o600, 0o700  # rights of the owner alone
_TEMPORARY = "aftertone-"  # how the names of temporary folders begin
_LOCK = ".aftertone-in-use"  # in such a folder, locked as long as its process lives


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────


def make_folder(path: Path) -> None:
    """Make a folder that its owner alone may look into, and those above it; one that is there stays.

    Raises
    ------
    OSError
        It cannot be made.
    """
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    with suppress(FileExistsError):
        path.mkdir(_FOLDER_MODE)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is a file, and no folder")


def make_file(path: Path) -> None:
    """Make an empty file that its owner alone may read and write; one that is there stays.

    Raises
    ------
    OSError
        It cannot be made.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE))


@contextmanager
def written_aside(path: Path) -> Iterator[BinaryIO]:
    """A file beside `path` that takes its place once all is written, and vanishes where it is not.

    The owner alone may read and write it, whatever the umask; a file whose place it takes passes on its
    rights. What a process that was killed left of the same file is removed.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "reviews.csv")
    ...     with written_aside(path) as file:
    ...         _ = file.write(b"path")
    ...     path.read_bytes(), [each.name for each in Path(folder).iterdir()]
    (b'path', ['reviews.csv'])
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "is a device or a pipe, and no file")
    for left in path.parent.glob(f".{_escaped(path.name)}.*.part"):
        _remove_left(left)
    while True:
        number, name = tempfile.mkstemp(".part", f".{path.name}.", path.parent)  # of the owner alone
        part = Path(name)
        with os.fdopen(number, "wb") as file:
            if _locked(number) is False or not part.exists():  # removed as a leftover before it was locked
                continue
            try:
                yield file
                file.flush()
                if (mode := _mode_of(path)) is not None:
                    with suppress(OSError):  # a file system without rights
                        part.chmod(mode)
                if os.name == "nt":
                    file.close()  # Windows renames no open file
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            return


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, as `written_aside` says.

    Raises
    ------
    OSError
        It cannot be written.
    """
    with written_aside(path) as file:
        file.write(content)


def _mode_of(path: Path) -> int | None:
    """The rights of a file of this user's; None where there is none."""
    with suppress(OSError):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_uid == _user():
            return stat.S_IMODE(status.st_mode)
    return None


# ── temporary files ──────────────────────────────────────────────────────────────────────────────────


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that its owner alone may look into, removed at the end.

    What processes that were killed left is removed before. A folder is theirs that has our name, is of this
    user, and whose lock no process holds.

    Examples
    --------
    >>> with temporary_folder() as folder:
    ...     _ = Path(folder, "message.wav").write_bytes(b"RIFF")
    >>> folder.exists()
    False
    """
    with suppress(OSError):
        for lock in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*/{_LOCK}"):
            _remove_left(lock, folder=lock.parent)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY))
        lock = folder / _LOCK
        try:
            make_file(lock)
            number = os.open(lock, os.O_RDWR)
        except FileNotFoundError:  # removed as a leftover before it was locked
            continue
        try:
            if _locked(number) is not False and lock.exists():
                yield folder
                return
        finally:
            os.close(number)
            shutil.rmtree(folder, ignore_errors=True)


def _remove_left(lock: Path, *, folder: Path | None = None) -> None:
    """Remove a file of this user's that no process has locked, or the folder whose lock it is."""
    with suppress(OSError):
        status = lock.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_uid != _user():
            return
        if folder is not None and (folder.is_symlink() or folder.stat().st_uid != _user()):
            return
        number = os.open(lock, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        try:
            if not _locked(number):
                return
            if os.name == "nt":
                os.close(number)  # Windows removes no open file: one that is in use stays
                number = -1
            lock.unlink()
            if folder is not None:
                shutil.rmtree(folder)
        finally:
            if number >= 0:
                os.close(number)


def _locked(number: int) -> bool | None:
    """Lock an open file until its process closes it or ends; False where another has, None where none can."""
    try:
        import fcntl
    except ImportError:  # Windows, where an open file cannot be removed: that is lock enough
        return True
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _escaped(name: str) -> str:
    """A name as a pattern that fits it alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
