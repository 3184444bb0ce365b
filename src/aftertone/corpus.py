"""Which recordings are meant: files, folders, patterns, tables, lists and addresses, one by one."""

from __future__ import annotations

import codecs
import glob
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

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
_NAMED = 3  # of the files that are passed over, where there is nothing else
_BRIEFS = "metadata.csv"
_ROW_ELSEWHERE = f"a row of {_BRIEFS} about another folder, which counts where that table is named itself"
_ROW_OF_NOTHING = f"{_BRIEFS} has a row of it, and there is no such file"
_BESIDE = (".toml", ".json")  # what lies beside a recording of the same name: its brief, its transcript
_MAGIC = frozenset("*?[")
_BYTES_MAX = (
    1 << 30
)  # of an address, held in memory: half an hour of 24 bits in stereo at 48 kHz is half of it

Row = Mapping[str, str | None]
_Kind = Literal["file", "folder", "link"]  # the last to a folder


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


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that a folder, pattern or table has, and that is no recording of the corpus.

    Attributes
    ----------
    path : Path or Url
    why : str
        Such as "no recording has the suffix .txt".
    """

    path: Location
    why: str


class Corpus:
    """Every recording that some paths name, each once, without a list of them in memory.

    Parameters
    ----------
    given : path, or iterable of paths
        Files; folders, searched to their depths in order of name; patterns such as ``in/**/*.wav``, where no
        file is called so; tables (``metadata.csv``) with a column ``file_name``; addresses such as
        ``s3://bucket/folder``, which need the `remote` extra.
    offline : bool
        Refuse every address, before anything connects to it.

    Raises
    ------
    NoAudioFoundError
        A folder, pattern or table that names no recording.
    AudioAccessError
        A folder may not be read.
    BriefError
        A table that is none.
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
            where = location(given)
            if self._offline and isinstance(where, Url):
                raise OfflineError(
                    f"{given}: is an address, and offline nothing is connected to; copy the recordings to "
                    "this machine and give their path, or leave --offline (offline=True) out"
                )
            for path, row in _named_by(where):
                if several:  # one folder names nothing twice, and needs no memory of what it named
                    digest = blake2b(os.fsencode(path), digest_size=16).digest()
                    if digest in seen:
                        continue
                    seen.add(digest)
                yield Item(index, path, row)
                index += 1

    def skipped(self) -> Iterator[Skipped]:
        """What lies in the folders given, and is no recording by its name; what a table names in vain.

        The brief and the transcript of a recording are not among them. Folders are gone through again, and
        nothing of them is held.
        """
        for given in self._given:
            yield from skipped_in(given)


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
        first = source.read(1 << 16).removeprefix(codecs.BOM_UTF8)
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
    if isinstance(given, Path):
        given = Path(name_of_file(Path(), str(given)))
    if isinstance(given, Url):
        yield from _at_address(given)
    elif _cannot_be(given):
        yield given, None
    elif given.is_dir():
        yield from _some(given, _in_folder(given), f"{given}: no recording in this folder")
    elif given.suffix.lower() == ".csv" and given.is_file():
        rows = table_rows(given)
        if not rows:
            raise NoAudioFoundError(f"{given}: no row of this table names a recording")
        for name, row in rows.items():
            yield given.parent / name, row
    elif _MAGIC & set(str(given)) and not given.exists():
        found = (Path(name) for name in sorted(glob.glob(str(given), recursive=True)))  # noqa: PTH207 - any root
        yield from _some(
            given, ((path, None) for path in found if not path.is_dir()), f"{given}: no file has such a name"
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
    given: Location, found: Iterator[tuple[Location, Row | None]], nothing: str
) -> Iterator[tuple[Location, Row | None]]:
    first = next(found, None)
    if first is None:
        passed_over = [skipped.path.name for skipped in islice(skipped_in(given), _NAMED + 1)]
        if passed_over:
            more = " and others" * (len(passed_over) > _NAMED)
            nothing = f"{nothing}, but {', '.join(passed_over[:_NAMED])}{more}"
        raise NoAudioFoundError(
            f"{nothing}; looked for {' '.join(sorted(AUDIO_SUFFIXES))}. "
            "A file of another suffix can be given by its own name"
        )
    yield first
    yield from found


def _in_folder(folder: Path) -> Iterator[tuple[Location, Row | None]]:
    """Recordings to the depths of a folder, in order of name; a stack, since depths have no limit."""
    open_folders = [(folder, iter(_entries(folder)))]
    while open_folders:
        here, entries = open_folders[-1]
        name, kind = next(entries, ("", None))
        if kind is None:
            open_folders.pop()
        elif _why_skipped(name, kind):
            continue
        elif kind == "folder":
            open_folders.append((here / name, iter(_entries(here / name))))
        else:
            yield here / name, None


def _entries(folder: Path) -> list[tuple[str, _Kind]]:
    """All that lies in a folder, in order of name."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, _kind_of(entry)) for entry in entries)
    except OSError as error:
        raise AudioAccessError(f"{folder}: the folder may not be read: {error.strerror or error}") from error


def _kind_of(entry: os.DirEntry[str]) -> _Kind:
    try:
        if entry.is_dir():
            return "folder" if entry.is_dir(follow_symlinks=False) else "link"
    except OSError:  # a link to itself
        pass
    return "file"


def _why_skipped(name: str, kind: _Kind) -> str:
    """Why what lies in a folder is neither a recording nor a folder to look into; "" where it is."""
    if name.startswith("."):
        return "the name begins with a dot"
    if kind == "link":
        return "a link to a folder is not followed"
    suffix = Path(name).suffix.lower()
    if kind == "folder" or suffix in AUDIO_SUFFIXES:
        return ""
    return f"no recording has the suffix {suffix}" if suffix else "the name has no suffix"


def skipped_in(path: str | Path) -> Iterator[Skipped]:
    """What lies at a path and is no recording by its name: see `Corpus.skipped`."""
    given = location(path)
    if isinstance(given, Url):
        yield from _skipped_at_address(given)
        return
    given = Path(name_of_file(Path(), str(given)))
    if _cannot_be(given):
        return
    if given.is_dir():
        yield from _skipped_in_folder(given)
    elif _MAGIC & set(str(given)) and not given.exists():
        found = (Path(name) for name in sorted(glob.glob(str(given), recursive=True)))  # noqa: PTH207 - any root
        yield from (
            Skipped(path, "a folder is not looked into for a pattern") for path in found if path.is_dir()
        )


def _skipped_in_folder(folder: Path) -> Iterator[Skipped]:
    folders = [folder]
    while folders:
        here = folders.pop()
        entries = _entries(here)
        why = {name: _why_skipped(name, kind) for name, kind in entries}
        folders += [here / name for name, kind in reversed(entries) if kind == "folder" and not why[name]]
        stems = {Path(name).stem for name in why if not why[name]}
        for name in why:
            if why[name] and not _is_beside(Path(name), stems):
                yield Skipped(here / name, why[name])
        if _BRIEFS in why:
            yield from _named_in_vain(here / _BRIEFS, why)


def _is_beside(path: Path, stems: set[str]) -> bool:
    return path.name == _BRIEFS or (path.suffix in _BESIDE and path.stem in stems)


def _named_in_vain(table: Path, there: Mapping[str, str]) -> Iterator[Skipped]:
    """Rows of a folder's briefs that are of no recording in it."""
    try:
        rows = table_rows(table)
    except BriefError:  # each recording says so
        return
    for name in rows:
        if name not in there:
            path = table.parent / name
            yield Skipped(path, _ROW_ELSEWHERE if path.exists() else _ROW_OF_NOTHING)


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
        yield from _some(url, ((each, None) for each in found), f"{url}: nothing has such a name")
    elif is_folder:
        yield from _some(url, _in_remote_folder(system, path), f"{url}: no recording in this folder")
    elif url.suffix.lower() == ".csv":
        yield from _in_remote_table(url)
    else:
        yield url, None


def _in_remote_folder(system: Any, path: str) -> Iterator[tuple[Location, Row | None]]:
    return ((url, None) for url, why in _remote_entries(system, path) if not why)


def _remote_entries(system: Any, path: str) -> Iterator[tuple[Url, str]]:
    """All files at an address, each with why it is no recording."""
    for folder, folders, names in system.walk(path):
        folders_kept = sorted(name for name in folders if not name.startswith("."))
        if isinstance(folders, list):
            folders[:] = folders_kept
        for name in sorted(names):
            url = Url(system.unstrip_protocol(f"{folder.rstrip('/')}/{name}"))
            yield url, _why_skipped(name, "file")


def _skipped_at_address(url: Url) -> Iterator[Skipped]:
    system, path = _file_system(url)
    if system.isdir(path):
        yield from (Skipped(each, why) for each, why in _remote_entries(system, path) if why)


def _in_remote_table(url: Url) -> Iterator[tuple[Location, Row | None]]:
    with temporary_folder() as folder:
        table = folder / "metadata.csv"
        write_file(table, read_bytes(url))
        try:
            rows = table_rows(table)
        except BriefError as error:
            raise BriefError(str(error).replace(str(table), str(url))) from error
    if not rows:
        raise NoAudioFoundError(f"{url}: no row of this table names a recording")
    base = url.rpartition("/")[0]
    for name, row in rows.items():
        yield Url(f"{base}/{name}"), row
