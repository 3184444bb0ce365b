"""Which recordings are meant: files, folders, patterns, tables, lists and addresses, one by one."""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

from aftertone.errors import (
    AudioAccessError,
    AudioNotFoundError,
    AudioTooLongError,
    BriefError,
    NoAudioFoundError,
)
from aftertone.language.brief import table_rows
from aftertone.report.outcome import Location, Url, location

_SUFFIXES = """.3gp .aac .aif .aifc .aiff .amr .au .awb .caf .flac .g722 .gsm .m4a .mp3 .mp4 .oga .ogg .opus
    .rf64 .snd .sph .w64 .wav .wave .webm .wma"""
AUDIO_SUFFIXES = frozenset(_SUFFIXES.split())
_MAGIC = frozenset("*?[")
_BYTES_MAX = (
    1 << 30
)  # of an address, held in memory: half an hour of 24 bits in stereo at 48 kHz is half of it

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Item:
    """One recording of a corpus.

    Attributes
    ----------
    index : int
        Its place in the order given, from 0.
    path : Path or Url
    row : mapping of column to text, or None
        What the table that named it says of it; a brief that lies beside it goes before.
    """

    index: int
    path: Location
    row: Row | None = None


class Corpus:
    """Every recording that some paths name, each once, without a list of them in memory.

    Parameters
    ----------
    given : path, or iterable of paths
        Files; folders, searched to their depths in order of name; patterns such as ``in/**/*.wav``, where no
        file is called so; tables (``metadata.csv``) with a column ``file_name``; addresses such as
        ``s3://bucket/folder``, which need the `remote` extra.

    Raises
    ------
    NoAudioFoundError
        A folder, pattern or table that names no recording.
    AudioAccessError
        A folder may not be read.
    BriefError
        A table that is none.

    Examples
    --------
    >>> [item.path.name for item in Corpus(["a.wav", "b.wav", "a.wav"])]
    ['a.wav', 'b.wav']
    """

    def __init__(self, given: str | Path | Iterable[str | Path]) -> None:
        given = (given,) if isinstance(given, str | Path) else given
        # what can be gone through once only is kept; a list on disk is gone through again
        self._given: Iterable[str | Path] = tuple(given) if isinstance(given, Iterator) else given
        self.count = sum(1 for _ in self)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Item]:
        seen: set[bytes] = set()
        index = 0
        several = not isinstance(self._given, tuple | list) or len(self._given) > 1
        for given in self._given:
            for path, row in _named_by(location(given)):
                if several:  # one folder names nothing twice, and needs no memory of what it named
                    digest = blake2b(os.fsencode(path), digest_size=16).digest()
                    if digest in seen:
                        continue
                    seen.add(digest)
                yield Item(index, path, row)
                index += 1


class Lines:
    r"""The paths in a list, one to a line, or with a null byte after each; kept on disk, not in memory.

    Examples
    --------
    >>> import io
    >>> list(Lines(io.BytesIO(b"a.wav\n\nb c.wav\n")))
    ['a.wav', 'b c.wav']
    """

    def __init__(self, source: BinaryIO) -> None:
        self._kept = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the list, then vanishes
        first = source.read(1 << 16)
        self._end = b"\0" if b"\0" in first else b"\n"
        while first:
            self._kept.write(first)
            first = source.read(1 << 20)

    def __iter__(self) -> Iterator[str]:
        at, left = 0, b""
        while True:
            self._kept.seek(at)
            block = self._kept.read(1 << 16)
            at += len(block)
            *whole, left = (left + block).split(self._end)
            if not block:
                whole = [left]
            for line in whole:
                name = line.rstrip(b"\r") if self._end == b"\n" else line
                if name:
                    yield os.fsdecode(name)
            if not block:
                return


def recordings_in(path: str | Path) -> tuple[Path, ...]:
    """The recordings at a path: the file itself, or all that a folder, pattern or table names.

    Parameters
    ----------
    path : str or Path
        A file is taken whatever its suffix, unless it is a table. A folder is searched to its depths, in
        order of name, for files with one of `AUDIO_SUFFIXES`; names that begin with a dot are passed over,
        and links to folders are not followed.

    Raises
    ------
    NoAudioFoundError
        There is none, or the path is an address.
    AudioAccessError
        A folder may not be read.

    Examples
    --------
    >>> [path.name for path in recordings_in("inbox/message.wav")]
    ['message.wav']
    """
    if isinstance(location(path), Url):
        raise NoAudioFoundError(f"{path}: is an address; here only paths are read")
    return tuple(found for found, _ in _named_by(Path(path)) if isinstance(found, Path))


def read_bytes(url: Url) -> bytes:
    """What lies at an address.

    Raises
    ------
    AudioNotFoundError, AudioAccessError
        There is nothing, or it may not be read.
    AudioTooLongError
        It is more than a message can be.
    """
    system, path = _file_system(url)
    try:
        with system.open(path, "rb") as file:
            content: bytes = file.read(_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise AudioNotFoundError(f"{url}: nothing lies there; check the address") from error
    except Exception as error:  # each kind of store has errors of its own
        raise AudioAccessError(f"{url}: may not be read: {type(error).__name__}: {error}") from error
    if len(content) > _BYTES_MAX:
        raise AudioTooLongError(f"{url}: is larger than {_BYTES_MAX >> 30} GiB; expected one message: cut it")
    return content


def stamp_of(path: Location) -> str:
    """What changes when the content does, had without reading it; empty where there is nothing.

    Size and time of a file; size and version of an address.
    """
    try:
        if isinstance(path, Url):
            system, inner = _file_system(path)
            info = system.info(inner)
            version = next(
                (str(info[key]) for key in ("ETag", "etag", "md5Hash", "mtime", "created") if info.get(key)),
                "",
            )
            return f"{info.get('size')}:{version}"
        status = path.stat()
    except Exception:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"


def _named_by(given: Location) -> Iterator[tuple[Location, Row | None]]:
    if isinstance(given, Url):
        yield from _at_address(given)
    elif _cannot_be(given):
        yield given, None
    elif given.is_dir():
        yield from _some(_in_folder(given), f"{given}: no recording in this folder")
    elif given.suffix.lower() == ".csv" and given.is_file():
        rows = table_rows(given)
        if not rows:
            raise NoAudioFoundError(f"{given}: no row of this table names a recording")
        for name, row in rows.items():
            yield given.parent / name, row
    elif _MAGIC & set(str(given)) and not given.exists():
        found = (Path(name) for name in sorted(glob.glob(str(given), recursive=True)))  # noqa: PTH207 - any root
        yield from _some(
            ((path, None) for path in found if not path.is_dir()), f"{given}: no file has such a name"
        )
    else:
        yield given, None


def _cannot_be(path: Path) -> bool:
    """Whether the system refuses the very name; whoever reads it says why."""
    try:
        path.is_dir()
    except (OSError, ValueError):
        return True
    return False


def _some(
    found: Iterator[tuple[Location, Row | None]], nothing: str
) -> Iterator[tuple[Location, Row | None]]:
    first = next(found, None)
    if first is None:
        raise NoAudioFoundError(
            f"{nothing}; looked for {' '.join(sorted(AUDIO_SUFFIXES))}. "
            "A file of another suffix can be given by its own name"
        )
    yield first
    yield from found


def _in_folder(folder: Path) -> Iterator[tuple[Location, Row | None]]:
    """Recordings to the depths of a folder, in order of name; a stack, since depths have no limit."""
    open_folders = [_entries(folder)]
    while open_folders:
        entry = next(open_folders[-1], None)
        if entry is None:
            open_folders.pop()
        elif entry[1]:
            open_folders.append(_entries(entry[0]))
        elif entry[0].suffix.lower() in AUDIO_SUFFIXES:
            yield entry[0], None


def _entries(folder: Path) -> Iterator[tuple[Path, bool]]:
    """What lies in a folder, in order of name, and whether that is a folder (a link to one is not)."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if not entry.name.startswith(".") and not _leads_to_folder(entry)
            )
    except OSError as error:
        raise AudioAccessError(f"{folder}: the folder may not be read: {error.strerror or error}") from error
    return ((folder / name, is_folder) for name, is_folder in found)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:  # a link to itself
        return False


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────


def _file_system(url: Url) -> tuple[Any, str]:
    protocol = url.partition("://")[0]
    if "::" in url:
        raise AudioAccessError(f"{url}: addresses within addresses are not followed; give the inner one")
    try:
        import fsspec

        system, path = fsspec.url_to_fs(str(url))
    except ImportError as error:
        raise AudioAccessError(
            f"{url}: reading {protocol}:// needs libraries that are not here ({error}): "
            "pip install 'aftertone[remote]'"
        ) from error
    except Exception as error:
        raise AudioAccessError(f"{url}: cannot be reached: {type(error).__name__}: {error}") from error
    return system, str(path)


def _at_address(url: Url) -> Iterator[tuple[Location, Row | None]]:
    system, path = _file_system(url)
    try:
        is_pattern = bool(_MAGIC & set(path)) and not system.exists(path)
        is_folder = not is_pattern and system.isdir(path)
    except Exception as error:
        raise AudioAccessError(f"{url}: cannot be reached: {type(error).__name__}: {error}") from error
    if is_pattern:
        found = (Url(system.unstrip_protocol(name)) for name in sorted(system.glob(path)))
        yield from _some(((each, None) for each in found), f"{url}: nothing has such a name")
    elif is_folder:
        yield from _some(_in_remote_folder(system, path), f"{url}: no recording in this folder")
    elif url.suffix.lower() == ".csv":
        yield from _in_remote_table(url)
    else:
        yield url, None


def _in_remote_folder(system: Any, path: str) -> Iterator[tuple[Location, Row | None]]:
    for folder, folders, names in system.walk(path):
        folders_kept = sorted(name for name in folders if not name.startswith("."))
        if isinstance(folders, list):
            folders[:] = folders_kept
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in AUDIO_SUFFIXES:
                yield Url(system.unstrip_protocol(f"{folder.rstrip('/')}/{name}")), None


def _in_remote_table(url: Url) -> Iterator[tuple[Location, Row | None]]:
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "metadata.csv")
        table.write_bytes(read_bytes(url))
        try:
            rows = table_rows(table)
        except BriefError as error:
            raise BriefError(str(error).replace(str(table), str(url))) from error
    if not rows:
        raise NoAudioFoundError(f"{url}: no row of this table names a recording")
    base = url.rpartition("/")[0]
    for name, row in rows.items():
        yield Url(f"{base}/{name}"), row
