"""The recordings that paths name: files, folders, patterns, tables, lists and addresses, one by one."""

from __future__ import annotations

import codecs
import glob
import os
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import Any, BinaryIO, Literal, NamedTuple

from aftertone.acoustics.decoding import HEADERLESS
from aftertone.errors import (
    AudioAccessError,
    AudioNotFoundError,
    AudioTooLongError,
    BriefError,
    NoAudioFoundError,
    OfflineError,
)
from aftertone.files.private import temporary_folder, write_file
from aftertone.files.tables import name_of_file
from aftertone.language.brief import table_rows
from aftertone.outcome import Location, Url, location

_SUFFIXES = """.3gp .aac .aif .aifc .aiff .amr .au .awb .caf .flac .g722 .m4a .mp3 .mp4 .oga .ogg .opus .rf64
    .snd .sph .w64 .wav .wav16 .wav49 .wave .webm .wma"""
AUDIO_SUFFIXES = frozenset({*_SUFFIXES.split(), *HEADERLESS})
_TABLE = "metadata.csv"
OWN_PREFIX = ".aftertone-"
"""Begins the names of files that the practice page needs only while its folder has an owner."""
_BESIDE = (
    ".toml",
    ".json",
    ".review.json",
)  # of what belongs to a recording: brief, transcript, truth, review
_PATTERN = frozenset("*?[")
_NAMED_MAX = 3  # files that an error names where there is no recording
_REMOTE_BYTES_MAX = 1 << 30  # in memory: an hour of 24 bits in stereo at 48 kHz

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Item:
    """One recording of a corpus."""

    index: int  # in the order given, from 0
    path: Location
    row: Row | None = None  # of the table that named it; a brief beside the recording goes before


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file in a folder, or a row of a table, that is no recording of the corpus."""

    path: Location
    why: str  # such as "no recording has the suffix .txt"


class Corpus:
    """Every recording that some paths name, each once. They are listed anew for each iteration, not held.

    Parameters
    ----------
    given : path, or iterable of paths
        Files; folders, searched to their depths in order of name; patterns such as ``in/**/*.wav``, where no
        file has that name; tables (``metadata.csv``) with a column ``file_name``; addresses such as
        ``s3://bucket/folder``, which need the `remote` extra.
    offline : bool
        Refuse every address before anything connects to it.

    Raises
    ------
    NoAudioFoundError
        A folder, pattern or table names no recording.
    AudioAccessError
        A folder may not be read.
    BriefError
        A table cannot be read as one.
    OfflineError
        An address is given, and `offline` is true.

    Examples
    --------
    >>> [item.path.name for item in Corpus(["a.wav", "b.wav", "a.wav"])]
    ['a.wav', 'b.wav']
    """

    def __init__(self, given: str | Path | Iterable[str | Path], *, offline: bool = False) -> None:
        self._offline = offline
        given = (given,) if isinstance(given, str | Path) else given
        # an iterator can be used only once, so that it is kept; a list on disk can be read again
        self._given: Iterable[str | Path] = tuple(given) if isinstance(given, Iterator) else given
        self.count = sum(1 for _ in self)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Item]:
        seen: set[bytes] = set()
        index = 0
        has_several = not isinstance(self._given, tuple | list) or len(self._given) > 1
        for given in self._given:
            if self._offline and isinstance(location(given), Url):
                raise OfflineError(
                    f"{given}: is an address, and offline nothing is connected to; copy the recordings to "
                    "this machine and give their path, or leave --offline (offline=True) out"
                )
            for path, row in _recordings(location(given)):
                if has_several:  # a single folder names nothing twice
                    digest = blake2b(os.fsencode(path), digest_size=16).digest()
                    if digest in seen:
                        continue
                    seen.add(digest)
                yield Item(index, path, row)
                index += 1

    def skipped(self) -> Iterator[Skipped]:
        """What the given paths hold that is no recording: see `skipped_in`."""
        for given in self._given:
            yield from skipped_in(given)


class PathList:
    r"""The paths in a list, one a line or with a null byte after each; kept on disk, not in memory.

    >>> import io
    >>> list(PathList(io.BytesIO(b"a.wav\n\nb c.wav\n")))
    ['a.wav', 'b c.wav']
    """

    def __init__(self, source: BinaryIO) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - removed with this object
        block = source.read(1 << 16).removeprefix(codecs.BOM_UTF8)
        self._end = b"\0" if b"\0" in block else b"\n"
        while block:
            self._file.write(block)
            block = source.read(1 << 20)

    def __iter__(self) -> Iterator[str]:
        at, rest = 0, b""
        while True:
            self._file.seek(at)
            block = self._file.read(1 << 16)
            at += len(block)
            *lines, rest = (rest + block).split(self._end)
            if not block:
                lines = [rest]
            for line in lines:
                name = line.rstrip(b"\r") if self._end == b"\n" else line
                if name:
                    yield os.fsdecode(name)
            if not block:
                return


def recordings_in(path: str | Path) -> tuple[Path, ...]:
    """The recordings at a path: the file itself, or all that a folder, pattern or table names.

    A file is taken whatever its suffix, unless it is a table. A folder is searched to its depths, in order of
    name, for files with one of `AUDIO_SUFFIXES`. Names that begin with a dot are skipped, and links to
    folders are not followed. NoAudioFoundError if there is none, or the path is an address.

    >>> [path.name for path in recordings_in("inbox/message.wav")]
    ['message.wav']
    """
    if isinstance(location(path), Url):
        raise NoAudioFoundError(f"{path}: is an address; here only paths are read")
    return tuple(found for found, _ in _recordings(Path(path)) if isinstance(found, Path))


def skipped_in(path: str | Path) -> Iterator[Skipped]:
    """The files and links in a folder, and the rows of a table, that are no recordings; each with the reason.

    What belongs to a recording by its name is not among them: its brief or transcript beside it, or its truth
    in a folder beside it.
    """
    return (found for found in _listed(location(path)) if isinstance(found, Skipped))


def _recordings(given: Location) -> Iterator[_Recording]:
    """The recordings at a path or address; an error where a folder or pattern has none."""
    passed_over: list[str] = []
    is_empty = True
    for found in _listed(given):
        if isinstance(found, _Recording):
            is_empty = False
            yield found
        elif is_empty and len(passed_over) <= _NAMED_MAX:
            passed_over.append(found.path.name)
    if is_empty:
        is_folder = not _PATTERN & set(str(given)) or (isinstance(given, Path) and given.is_dir())
        nothing = "no recording in this folder" if is_folder else "no file has such a name"
        if passed_over:
            more = " and others" * (len(passed_over) > _NAMED_MAX)
            nothing += f", but {', '.join(passed_over[:_NAMED_MAX])}{more}"
        raise NoAudioFoundError(
            f"{given}: {nothing}; looked for {' '.join(sorted(AUDIO_SUFFIXES))}. "
            "A file of another suffix can be given by its own name"
        )


class _Recording(NamedTuple):
    path: Location
    row: Row | None = None


_Listing = Iterator[_Recording | Skipped]


def _listed(given: Location) -> _Listing:
    """All that is at a path or address, in order of name."""
    if isinstance(given, Url):
        yield from _listed_remote(given)
        return
    given = Path(name_of_file(Path(), str(given)))
    if _is_refused(given):
        yield _Recording(given)
    elif given.is_dir():
        yield from _in_folder(given)
    elif given.suffix.lower() == ".csv" and given.is_file():
        yield from _in_table(given, given, given.parent)
    elif _PATTERN & set(str(given)) and not given.exists():
        for name in sorted(glob.glob(str(given), recursive=True)):  # noqa: PTH207 - from any root
            path = Path(name)
            is_folder = path.is_dir()
            yield (
                Skipped(path, "a folder is not looked into for a pattern") if is_folder else _Recording(path)
            )
    else:
        yield _Recording(given)


def _is_refused(path: Path) -> bool:
    """Whether the system refuses the name itself; reading it then says why."""
    try:
        path.is_dir()
    except (OSError, ValueError):
        return True
    return False


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────


def _in_table(table: Path, given: Location, folder: Location) -> _Listing:
    """The recordings that the rows of a table name; their names start from `folder`."""
    try:
        rows = table_rows(table)
    except BriefError as error:
        raise BriefError(str(error).replace(str(table), str(given))) from error
    if not any(rows):
        raise NoAudioFoundError(f"{given}: no row of this table names a recording")
    for name, row in rows.items():
        if not name:
            yield _row_without_name(given)
        elif isinstance(folder, Url):
            yield _Recording(Url(f"{folder}/{name}"), row)
        else:
            yield _Recording(folder / name, row)


def _unused_rows(table: Path, names: Container[str]) -> Iterator[Skipped]:
    """The rows of a folder's table that belong to no file in that folder."""
    try:
        rows = table_rows(table)
    except BriefError:  # the review of each recording says so
        return
    for name in rows:
        path = table.parent / name
        if not name:
            yield _row_without_name(table)
        elif name in names:
            continue
        elif path.exists():
            why = f"a row of {_TABLE} about another folder, which counts where that table is named itself"
            yield Skipped(path, why)
        else:
            yield Skipped(path, f"{_TABLE} has a row of it, and there is no such file")


def _row_without_name(table: Location) -> Skipped:
    return Skipped(table, "a row has no file_name, so that it belongs to no recording")


# ── folders ──────────────────────────────────────────────────────────────────────────────────────────


class _Entry(NamedTuple):
    """An entry of a folder: a file, a folder or a link to a folder."""

    name: str
    kind: Literal["file", "folder", "link"]
    path: Location


class _Folder:
    """The entries of a folder that is being searched, in order of name."""

    def __init__(self, path: Location) -> None:
        entries = sorted(_remote_entries(path) if isinstance(path, Url) else _entries(path))
        self.rest = iter(entries)
        self.names = {entry.name for entry in entries}
        recordings = (entry for entry in entries if entry.kind == "file" and not _why_skipped(entry))
        self.stems = {PurePath(entry.name).stem for entry in recordings}


def _in_folder(top: Location) -> _Listing:
    """All in a folder and the folders in it, in order of name; without recursion, for they may be deep."""
    open_folders = [_Folder(top)]
    while open_folders:
        here = open_folders[-1]
        entry = next(here.rest, None)
        if entry is None:
            open_folders.pop()
        elif not (why := _why_skipped(entry)):
            if entry.kind == "folder":
                open_folders.append(_Folder(entry.path))
            else:
                yield _Recording(entry.path)
        elif entry.name == _TABLE:
            if isinstance(entry.path, Path):
                yield from _unused_rows(entry.path, here.names)
        else:
            stems = [folder.stems for folder in open_folders[-2:]]
            names = {entry.name.removesuffix(end) for end in _BESIDE if entry.name.endswith(end)}
            if not (any(names & each for each in stems) or entry.name.startswith(OWN_PREFIX)):
                yield Skipped(entry.path, why)


def _why_skipped(entry: _Entry) -> str:
    """Why an entry is neither a recording nor a folder to search; empty where it is."""
    if entry.name.startswith("."):
        return "the name begins with a dot"
    if entry.kind == "link":
        return "a link to a folder is not followed"
    suffix = PurePath(entry.name).suffix.lower()
    if entry.kind == "folder" or suffix in AUDIO_SUFFIXES:
        return ""
    return f"no recording has the suffix {suffix}" if suffix else "the name has no suffix"


def _entries(folder: Path) -> Iterator[_Entry]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                kind: Literal["file", "folder", "link"] = "file"
                try:
                    if entry.is_dir():
                        kind = "folder" if entry.is_dir(follow_symlinks=False) else "link"
                except OSError:  # a link to itself
                    pass
                yield _Entry(entry.name, kind, folder / entry.name)
    except OSError as error:
        raise AudioAccessError(f"{folder}: the folder may not be read: {error.strerror or error}") from error


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────


def read_bytes(url: Url) -> bytes:
    """The content at an address.

    AudioNotFoundError or AudioAccessError if there is nothing, or it may not be read. AudioTooLongError if it
    is larger than a message can be.
    """
    system, path = _file_system(url)
    try:
        with system.open(path, "rb") as file:
            content: bytes = file.read(_REMOTE_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise AudioNotFoundError(f"{url}: there is nothing; check the address") from error
    except Exception as error:  # each kind of store has errors of its own
        raise AudioAccessError(f"{url}: may not be read: {type(error).__name__}: {error}") from error
    if len(content) > _REMOTE_BYTES_MAX:
        raise AudioTooLongError(
            f"{url}: is larger than {_REMOTE_BYTES_MAX >> 30} GiB; expected one message: cut it"
        )
    return content


def stamp_of(path: Location) -> str:
    """A text that changes with the content of a file, had without reading it; empty where there is none.

    Size and time of a file; size and version of an address.
    """
    try:
        if isinstance(path, Url):
            system, inner = _file_system(path)
            info = system.info(inner)
            keys = ("ETag", "etag", "md5Hash", "mtime", "created")
            return f"{info.get('size')}:{next((str(info[key]) for key in keys if info.get(key)), '')}"
        status = path.stat()
    except Exception:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"


def _file_system(url: Url) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    if "::" in url:
        raise AudioAccessError(f"{url}: addresses within addresses are not followed; give the inner one")
    try:
        import fsspec

        system, path = fsspec.url_to_fs(str(url))
    except ImportError as error:
        raise AudioAccessError(
            f"{url}: reading {url.partition('://')[0]}:// needs libraries that are not here ({error}): "
            "pip install 'aftertone[remote]'"
        ) from error
    except Exception as error:
        raise _unreachable(url, error) from error
    return system, str(path)


def _unreachable(url: Url, error: Exception) -> AudioAccessError:
    return AudioAccessError(f"{url}: cannot be reached: {type(error).__name__}: {error}")


def _listed_remote(url: Url) -> _Listing:
    system, path = _file_system(url)
    try:
        is_pattern = bool(_PATTERN & set(path)) and not system.exists(path)
        is_folder = not is_pattern and system.isdir(path)
    except Exception as error:
        raise _unreachable(url, error) from error
    if is_pattern:
        for name in sorted(system.glob(path)):
            yield _Recording(Url(system.unstrip_protocol(name)))
    elif is_folder:
        yield from _in_folder(url)
    elif url.suffix.lower() == ".csv":
        with temporary_folder() as folder:
            table = folder / _TABLE
            write_file(table, read_bytes(url))
            yield from _in_table(table, url, Url(url.rpartition("/")[0]))
    else:
        yield _Recording(url)


def _remote_entries(folder: Url) -> Iterator[_Entry]:
    system, path = _file_system(folder)
    for entry in system.ls(path, detail=True):
        name = str(entry["name"]).rstrip("/")
        if name != path.rstrip("/"):  # a store may list a folder in itself
            kind: Literal["file", "folder"] = "folder" if entry["type"] == "directory" else "file"
            yield _Entry(name.rpartition("/")[2], kind, Url(system.unstrip_protocol(name)))
