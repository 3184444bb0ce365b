"""What recognition needs and no wheel carries: find it, fetch it, verify it.

Finding never opens a socket; `fetch_model` alone does, and only when called.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec

from aftertone.errors import ModelNotFoundError

MODEL_VARIABLE = "AFTERTONE_WHISPER_MODEL"  # names a folder or a model, and stands in for --model
NEEDED_FILES = ("model.bin", "config.json", "vocabulary.json", "tokenizer.json")
OLDER_VOCABULARY = (
    "vocabulary.txt"  # what CTranslate2 wrote before 3.16, and most models on the hub still have
)
# large-v3 and its kin take 128 mel bands and say so in preprocessor_config.json; older models have none
FETCHED_FILES = (*NEEDED_FILES, OLDER_VOCABULARY, "preprocessor_config.json")

_PositiveInt = Annotated[int, msgspec.Meta(gt=0)]


class ModelInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One whisper model of the manifest.

    Attributes
    ----------
    name : str
        What it is called here and in faster-whisper.
    repository : str
        Its repository on the Hugging Face hub.
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
    """

    name: str
    repository: str
    licence: str
    languages: tuple[str, ...]
    size_mb: _PositiveInt
    memory_mb: _PositiveInt | None = None
    revision: str | None = None

    def speaks(self, language: str) -> bool:
        """Whether it knows a language, given by its ISO 639-1 code."""
        return language in self.languages or "*" in self.languages


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    default: str
    whisper: tuple[ModelInfo, ...]


def data_path(name: str) -> Path:
    """Where a file of ``models/`` lies: inside an installed wheel, or in the checkout.

    Parameters
    ----------
    name : str
        Path inside ``models/``, such as ``"manifest.toml"``.

    Raises
    ------
    ModelNotFoundError
        Neither place has it.

    Examples
    --------
    >>> data_path("manifest.toml").name
    'manifest.toml'
    """
    package = Path(__file__).parent
    places = (package / "_models", package.parents[1] / "models")
    for place in places:
        if (place / name).exists():
            return place / name
    looked = " and ".join(str(place) for place in places)
    raise ModelNotFoundError(
        f"no file {name!r} in {looked}: the installation is incomplete, reinstall aftertone"
    )


@cache
def _manifest() -> _Manifest:
    return msgspec.toml.decode(data_path("manifest.toml").read_bytes(), type=_Manifest)


def known_models() -> tuple[ModelInfo, ...]:
    """The whisper models of the manifest, the preferred first.

    Examples
    --------
    >>> [model.name for model in known_models()][:2]
    ['small.en', 'base.en']
    """
    return _manifest().whisper


def default_model(language: str = "en") -> ModelInfo:
    """The model that is fetched where none is named: the manifest's default, or the first for the language.

    Raises
    ------
    ModelNotFoundError
        No model of the manifest knows the language.
    """
    manifest = _manifest()
    speakers = [model for model in manifest.whisper if model.speaks(language)]
    if not speakers:
        raise ModelNotFoundError(f"no known whisper model speaks {language!r}")
    return next((model for model in speakers if model.name == manifest.default), speakers[0])


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

    Parameters
    ----------
    name : str or Path
        A folder; a name of the manifest such as ``"small.en"``; or a hub repository such as ``"owner/name"``.

    Raises
    ------
    ModelNotFoundError
        It is not here; the message says how to get it.
    """
    if is_folder_name(name):
        return verify_model(name)
    repository, revision = _repository(str(name))
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            repository, revision=revision, local_files_only=True, allow_patterns=list(FETCHED_FILES)
        )
        return verify_model(folder)
    except Exception as error:  # whatever the hub's cache says, the weights cannot be had from it
        raise ModelNotFoundError(
            f"whisper model {name!r} is not on this machine. Either fetch it where there is a network "
            f"(`aftertone models fetch {name}`, or --download), or give a folder that holds "
            f"{_listed(NEEDED_FILES)} (--model FOLDER, or {MODEL_VARIABLE}=FOLDER)"
        ) from error


def fetch_model(name: str, progress: Callable[[int, int], None] | None = None) -> Path:
    """Fetch a whisper model from the Hugging Face hub into the hub's cache; this opens sockets.

    What was fetched before is not fetched again, and a fetch that broke off goes on where it stopped.

    Parameters
    ----------
    name : str
        A name of the manifest, or a hub repository ``"owner/name"``.
    progress : callable or None
        Called with the bytes fetched so far and the bytes known to be wanted.

    Returns
    -------
    Path
        The folder, verified.

    Raises
    ------
    ModelNotFoundError
        There is no such model, or the hub cannot be reached.
    """
    repository, revision = _repository(name)
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            repository,
            revision=revision,
            allow_patterns=list(FETCHED_FILES),
            tqdm_class=_reporting_bar(progress),
        )
    except Exception as error:  # the hub's errors are many (HTTP, name resolution, disk): one answer for all
        raise ModelNotFoundError(
            f"whisper model {name!r} could not be fetched from {repository} on the Hugging Face hub: "
            f"{_first_line(error)}. Try again where there is a network, or copy a folder with "
            f"{_listed(NEEDED_FILES)} here and give it as --model FOLDER"
        ) from error
    return verify_model(folder)


def is_folder_name(name: str | Path) -> bool:
    """Whether a model is named by a folder rather than by a name of the manifest or the hub."""
    return (
        isinstance(name, Path)
        or Path(name).expanduser().is_dir()
        or name.startswith((".", "~", os.sep))
        or name.count("/") > 1
        or "\\" in name
    )


def _repository(name: str) -> tuple[str, str | None]:
    for model in known_models():
        if name in (model.name, model.repository):
            return model.repository, model.revision
    if name.count("/") == 1:
        return name, None
    import difflib

    names = [model.name for model in known_models()]
    near = difflib.get_close_matches(name, names, n=1)
    raise ModelNotFoundError(
        f"no whisper model is called {name!r}; {f'did you mean {near[0]!r}? ' if near else ''}known: "
        f"{', '.join(names)}; or a hub repository OWNER/NAME, or a folder"
    )


def _reporting_bar(progress: Callable[[int, int], None] | None) -> type:
    """A tqdm that draws nothing and tells `progress` how far the bytes are."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    # the hub shows several bars, for bytes received and bytes written: the one furthest on counts
    done: dict[int, int] = {}
    wanted: dict[int, int] = {}

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            self.counts_bytes = options.get("unit") == "B"
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            if self.counts_bytes and progress is not None:
                done[id(self)] = done.get(id(self), int(self.n)) + int(n or 0)
                wanted[id(self)] = int(self.total or 0)
                progress(max(done.values()), max(wanted.values()))

    return Bar


def _is_filled(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
