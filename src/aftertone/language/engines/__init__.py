"""Where words come from: one function loads an engine, and an engine is one method.

`whisper` hears best and needs weights; `sphinx` needs nothing but its wheel; `replay` reads transcripts that
something else made.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

from aftertone.errors import EngineError, ModelNotFoundError, UnknownEngineError
from aftertone.language.engines.options import WhisperOptions
from aftertone.language.transcript import Engine
from aftertone.models import (
    MODEL_VARIABLE,
    default_model,
    fetch_model,
    find_model,
    is_folder_name,
    known_models,
)

ENGINE_NAMES = ("auto", "whisper", "sphinx", "replay")

__all__ = ["ENGINE_NAMES", "WhisperOptions", "load_engine", "resolved_engine"]


def load_engine(
    name: str = "auto",
    *,
    model: str | Path | None = None,
    transcript: str | Path | None = None,
    offline: bool = False,
    download: bool = False,
    language: str = "en",
    device: str = "auto",
    compute_type: str = "auto",
    threads: int = 0,
    workers: int = 1,
    options: WhisperOptions | None = None,
    keep_heap: bool = False,
    notice: Callable[[str], None] | None = None,
) -> Engine:
    """The engine of that name, ready to hear recordings. Load it once per process.

    Parameters
    ----------
    name : {"auto", "whisper", "sphinx", "replay"}
        ``"auto"`` is whisper where its weights are on this machine or may be fetched, else the embedded
        recogniser, which says so through `notice`.
    model : str, Path or None
        For whisper: a folder, a name such as ``"small.en"`` or a hub repository. None is what the environment
        variable AFTERTONE_WHISPER_MODEL names, else the first model of the manifest that is on this machine.
    transcript : str, Path or None
        For replay: a transcript, a folder with one ``NAME.json`` for each recording, or None for
        ``NAME.json`` beside each recording.
    offline : bool
        Open no socket, whatever else is asked for.
    download : bool
        Weights that are missing may be fetched.
    language : str
        ISO 639-1 code of the language spoken; ``"auto"``, for whisper, is what the model takes it for.
    device, compute_type : str
        For whisper: ``"cpu"`` or ``"cuda"``; ``"int8"``, ``"float16"``, ``"float32"``; ``"auto"`` chooses.
    threads : int
        For whisper: CPU threads of a worker; 0 leaves it to CTranslate2. With a process per core, 1 is best.
    workers : int
        For whisper: stacks of recordings that `transcribe_many` decodes side by side.
    options : WhisperOptions or None
        For whisper: beam, temperatures, verbatim and more.
    keep_heap : bool
        For whisper: see `WhisperEngine`; for processes that do nothing else.
    notice : callable or None
        Is told in one line when the embedded recogniser stands in for whisper.

    Returns
    -------
    Engine

    Raises
    ------
    UnknownEngineError
        There is no engine of that name.
    ModelNotFoundError
        Whisper's weights are not on this machine and may not be fetched.
    TranscriptError
        The transcript to replay is missing or malformed.

    Examples
    --------
    >>> load_engine("sphinx").name
    'sphinx'
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
        from aftertone.language.engines.replay import ReplayEngine

        return ReplayEngine(transcript)
    if name == "sphinx":
        return _sphinx(language)

    model = model or os.environ.get(MODEL_VARIABLE) or None  # a variable that is empty is not set
    try:
        folder = _whisper_folder(model, language, may_fetch=download and not offline)
    except ModelNotFoundError:
        if name == "whisper" or model is not None:  # what was asked for by name is not silently replaced
            raise
        engine = _sphinx(language)
        if notice is not None:
            notice(stand_in_notice())
        return engine
    from aftertone.language.engines.whisper import WhisperEngine

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


def stand_in_notice() -> str:
    """What to say where the embedded recogniser stands in for whisper."""
    return (
        "no whisper weights on this machine: the embedded recogniser hears the words, and mishears "
        f"more (better: `aftertone models fetch {default_model().name}`, or --model FOLDER)"
    )


def resolved_engine(
    name: str = "auto",
    *,
    model: str | Path | None = None,
    language: str = "en",
    offline: bool = False,
    download: bool = False,
) -> str:
    """Which engine a name stands for on this machine, and with which weights; nothing is loaded.

    Weights are fetched where `load_engine` would. A name that stands for none, or weights that are missing,
    are for `load_engine` to complain of.

    Examples
    --------
    >>> resolved_engine("sphinx")
    'sphinx'
    """
    if name not in ("auto", "whisper"):
        return name
    asked = model or os.environ.get(MODEL_VARIABLE) or None
    try:
        folder = _whisper_folder(asked, language, may_fetch=download and not offline)
    except ModelNotFoundError:
        return "sphinx" if name == "auto" and asked is None else "whisper"
    return f"whisper {folder.name}"


def _whisper_folder(model: str | Path | None, language: str, *, may_fetch: bool) -> Path:
    """The folder of the model asked for, else of the first known one that is here, else of one fetched."""
    language = "*" if language == "auto" else language
    known = [info.name for info in known_models() if info.automatic and info.speaks(language)]
    names = [model] if model is not None else known
    for name in names:
        try:
            return find_model(name)
        except ModelNotFoundError:
            if model is not None and (is_folder_name(model) or not may_fetch):
                raise
    if may_fetch:
        return fetch_model(str(model) if model is not None else default_model(language).name)
    return find_model(default_model(language).name)


def _sphinx(language: str) -> Engine:
    from aftertone.language.engines.sphinx import SphinxEngine

    if language != "en":
        raise EngineError(f"the embedded recogniser knows English ('en') only, not {language!r}; use whisper")
    return SphinxEngine()
