"""Private files: their owner alone may use them, and what killed processes leave is removed."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import BinaryIO

_FILE_MODE, _FOLDER_MODE = 0o600, 0o700  # rights of the owner alone
_FOLDER_PREFIX = "aftertone-"  # of the names of temporary folders
_LOCK = ".aftertone-in-use"  # a file in each of them, locked while its process lives


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, that only their owner may use; an existing one stays as it is."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    with suppress(FileExistsError):
        path.mkdir(_FOLDER_MODE)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is a file, and no folder")


def make_file(path: Path) -> None:
    """Make an empty file that only its owner may use; an existing file stays as it is."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE))


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, as `atomic_write` does."""
    with atomic_write(path) as file:
        file.write(content)


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """A file beside `path` that replaces it at the end, and is removed where an error is raised before.

    Only its owner may use it, whatever the umask; where it replaces a file of the same owner, it has that
    file's rights. Parts of the same file that killed processes left are removed.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "reviews.csv")
    ...     with atomic_write(path) as file:
    ...         _ = file.write(b"path")
    ...     path.read_bytes(), [each.name for each in Path(folder).iterdir()]
    (b'path', ['reviews.csv'])
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "is a device or a pipe, and no file")
    for leftover in path.parent.glob(f".{escape(path.name)}.*.part"):
        _remove_leftover(leftover)
    while True:
        number, name = tempfile.mkstemp(
            ".part", f".{path.name}.", path.parent
        )  # with the owner's rights alone
        part = Path(name)
        with os.fdopen(number, "wb") as file:
            if _lock(number) is False or not part.exists():  # another process removed it before it was locked
                continue
            try:
                yield file
                file.flush()
                if (mode := _own_mode(path)) is not None:
                    with suppress(OSError):  # a file system without rights
                        part.chmod(mode)
                if os.name == "nt":
                    file.close()  # Windows renames no open file
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            return


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that only its owner may use, removed at the end.

    First, folders that killed processes left are removed: those that have our prefix, belong to this user,
    and have a lock that no process holds.

    >>> with temporary_folder() as folder:
    ...     _ = Path(folder, "message.wav").write_bytes(b"RIFF")
    >>> folder.exists()
    False
    """
    with suppress(OSError):
        for lock in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*/{_LOCK}"):
            _remove_leftover(lock, folder=lock.parent)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX))
        lock = folder / _LOCK
        try:
            make_file(lock)
            number = os.open(lock, os.O_RDWR)
        except FileNotFoundError:  # another process removed the folder before it was locked
            continue
        try:
            if _lock(number) is not False and lock.exists():
                yield folder
                return
        finally:
            os.close(number)
            shutil.rmtree(folder, ignore_errors=True)


def _remove_leftover(lock: Path, *, folder: Path | None = None) -> None:
    """Remove a file of this user that no process has locked, or the folder whose lock it is."""
    with suppress(OSError):
        status = lock.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_uid != _user():
            return
        if folder is not None and (folder.is_symlink() or folder.stat().st_uid != _user()):
            return
        number = os.open(lock, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        try:
            if not _lock(number):
                return
            if os.name == "nt":
                os.close(number)  # Windows removes no open file; a file in use stays
                number = -1
            lock.unlink()
            if folder is not None:
                shutil.rmtree(folder)
        finally:
            if number >= 0:
                os.close(number)


def _lock(number: int) -> bool | None:
    """Lock an open file until its process ends; False where another process holds it, None without locks."""
    try:
        import fcntl
    except ImportError:  # on Windows an open file cannot be removed, which does as a lock
        return True
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def _own_mode(path: Path) -> int | None:
    """The rights of a file of this user; None where there is none."""
    with suppress(OSError):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_uid == _user():
            return stat.S_IMODE(status.st_mode)
    return None


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
