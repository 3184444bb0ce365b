"""Many recordings: one outcome for each, failures included, in the order given."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from aftertone.acoustics.audio import read_audio
from aftertone.acoustics.vad import Detector
from aftertone.errors import AftertoneError, AudioAccessError, EngineError, NoAudioFoundError
from aftertone.language.brief import Brief, find_brief
from aftertone.language.engines import load_engine
from aftertone.language.transcript import Engine
from aftertone.pipeline import review
from aftertone.playbook import Playbook, load_playbook
from aftertone.report.outcome import Outcome

__all__ = ["AUDIO_SUFFIXES", "Outcome", "recordings_in", "review_many"]

_SUFFIXES = """.3gp .aac .aif .aifc .aiff .amr .au .awb .caf .flac .g722 .gsm .m4a .mp3 .mp4 .oga .ogg .opus
    .rf64 .snd .sph .w64 .wav .wave .webm .wma"""
AUDIO_SUFFIXES = frozenset(_SUFFIXES.split())
_AHEAD = 2  # files handed out for each worker: enough to keep it busy, few to repeat when one dies

EngineFactory = Callable[[], Engine]
Hook = Callable[[int, int, Outcome], None]


def recordings_in(path: str | Path) -> tuple[Path, ...]:
    """The recordings at a path: the file itself, or all that a folder holds.

    Parameters
    ----------
    path : str or Path
        A file is taken whatever its suffix. A folder is searched to its depths, in order of name, for files
        with one of `AUDIO_SUFFIXES`; names that begin with a dot are passed over.

    Raises
    ------
    NoAudioFoundError
        The folder holds none.
    AudioAccessError
        A folder may not be read.

    Examples
    --------
    >>> [path.name for path in recordings_in("inbox/message.wav")]
    ['message.wav']
    """
    path = Path(path)
    if not path.is_dir():
        return (path,)
    found = []
    for folder, folders, names in os.walk(path, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(folder, name)
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in AUDIO_SUFFIXES
        ]
    if not found:
        raise NoAudioFoundError(
            f"{path}: no recording in this folder; looked for {' '.join(sorted(AUDIO_SUFFIXES))}. "
            "A file of another suffix can be given by its own name"
        )
    return tuple(sorted(found))


def review_many(
    paths: str | Path | Iterable[str | Path],
    *,
    engine: str | Engine | EngineFactory | None = "auto",
    playbook: str | Path | Playbook | None = None,
    brief: Brief | Mapping[Path, Brief] | None = None,
    jobs: int = 1,
    vad: Detector = "webrtc",
    hook: Hook | None = None,
) -> Iterator[Outcome]:
    """Review many recordings; a recording that fails is an outcome like any other.

    Parameters
    ----------
    paths : path, or iterable of paths
        Files, and folders to search. A file named twice is reviewed once.
    engine : str, Engine, callable or None
        Where the words come from: a name for `load_engine`, an engine, or a callable that makes one, once in
        each process. None: no words.
    playbook : str, Path, Playbook or None
        None: the one that each recording's brief names, else ``general``.
    brief : Brief, mapping of Path to Brief, or None
        What is known of all the recordings: it wins over what lies beside them, field by field. Or of each:
        it takes the place of what lies beside it.
    jobs : int
        Processes. With more than one, `engine` is a name or a callable that can be pickled, such as
        ``functools.partial(load_engine, "whisper", model="small.en", threads=1)``, and the calling script
        guards its start with
        ``if __name__ == "__main__"``.
    vad : {"webrtc", "silero"}
        Who finds the speech: see `speech_intervals`.
    hook : callable or None
        Is told after each recording: how many are done, of how many, and the outcome.

    Yields
    ------
    Outcome
        One for each recording, in the order given.

    Raises
    ------
    NoAudioFoundError
        A folder holds no recording.
    PlaybookError
        The playbook cannot be used.
    EngineError
        The engine cannot be loaded, or cannot be taken to other processes.

    Examples
    --------
    >>> (outcome,) = review_many(["missing.wav"], engine=None)
    >>> outcome.review, type(outcome.error).__name__
    (None, 'AudioNotFoundError')
    """
    # all that can be wrong with the call itself is found here, before the first outcome is asked for
    book = None if playbook is None else load_playbook(playbook)
    given = [paths] if isinstance(paths, str | Path) else paths
    files = list(dict.fromkeys(file for path in given for file in recordings_in(path)))
    if isinstance(engine, str):
        engine = partial(load_engine, engine, threads=1 if jobs > 1 else 0)
    if jobs > 1 and engine is not None and not callable(engine):
        raise EngineError(
            f"an engine that is loaded cannot be taken to {jobs} processes; give its name or what makes it, "
            'such as functools.partial(load_engine, "auto")'
        )
    work = _Work(engine, book, brief, vad)
    outcomes = map(work.outcome, files) if jobs <= 1 or len(files) < 2 else _in_processes(files, work, jobs)
    return _told(outcomes, len(files), hook)


def _told(outcomes: Iterable[Outcome], total: int, hook: Hook | None) -> Iterator[Outcome]:
    for done, outcome in enumerate(outcomes, start=1):
        if hook is not None:
            hook(done, total, outcome)
        yield outcome


class _Work:
    """What is done with each file; loads the engine when the first needs it, and keeps it."""

    def __init__(
        self,
        engine: Engine | EngineFactory | None,
        playbook: Playbook | None,
        brief: Brief | Mapping[Path, Brief] | None,
        vad: Detector,
    ) -> None:
        self._given = engine
        self._vad = vad
        self._engine: Engine | None = None
        self._playbook = playbook
        self._brief = brief or Brief()

    def engine(self) -> Engine | None:
        """The engine, loaded once."""
        if self._engine is None and self._given is not None:
            try:
                self._engine = self._given() if callable(self._given) else self._given
            except AftertoneError:
                raise
            except Exception as error:
                raise EngineError(f"the engine cannot be loaded: {type(error).__name__}: {error}") from error
        return self._engine

    def _brief_of(self, path: Path) -> Brief:
        if not isinstance(self._brief, Brief):
            return self._brief.get(path) or find_brief(path) or Brief()
        return self._brief.over(find_brief(path) or Brief())

    def outcome(self, path: Path) -> Outcome:
        """The review of one file, or the error in its place; only an engine that will not load is raised."""
        engine = self.engine()
        try:
            brief = self._brief_of(path)
            recording = read_audio(path)
            done = review(recording, engine=engine, playbook=self._playbook, brief=brief, vad=self._vad)
            return Outcome(path, done)
        except AftertoneError as error:
            return Outcome(path, error=error)
        except Exception as error:  # one file must not stop the others, whatever a library makes of it
            return Outcome(path, error=_unexpected(path, error))


# ── processes ────────────────────────────────────────────────────────────────────────────────────────

_work: _Work | None = None  # of a worker process


def _start_worker(work: _Work) -> None:
    global _work
    _work = work


def _outcome_in_worker(path: Path) -> Outcome:
    assert _work is not None
    return _work.outcome(path)


def _in_processes(files: Sequence[Path], work: _Work, jobs: int) -> Iterator[Outcome]:
    """Outcomes in order. When a worker dies, each file it may have died of is tried again by itself."""
    waiting = deque(files)
    handed: deque[tuple[Path, Future[Outcome]]] = deque()
    pool = _pool(jobs, work)
    try:
        while waiting or handed:
            try:
                while waiting and len(handed) < _AHEAD * jobs:
                    with _deaf_to_ctrl_c():  # here processes start
                        handed.append((waiting[0], pool.submit(_outcome_in_worker, waiting[0])))
                    waiting.popleft()
                outcome = handed[0][1].result()
                handed.popleft()
            except BrokenProcessPool:
                pool.shutdown(wait=False, cancel_futures=True)
                waiting.extendleft(path for path, _ in reversed(handed))
                handed.clear()
                outcome = _alone(waiting.popleft(), work)
                pool = _pool(jobs, work)
            except AftertoneError:  # the engine cannot be loaded: no file will fare better
                raise
            except Exception as error:  # what came back could not be read
                outcome = Outcome(handed[0][0], error=_unexpected(handed[0][0], error))
                handed.popleft()
            yield outcome
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _alone(path: Path, work: _Work) -> Outcome:
    with _pool(1, work) as pool:
        try:
            with _deaf_to_ctrl_c():
                future = pool.submit(_outcome_in_worker, path)
            return future.result()
        except BrokenProcessPool as error:
            died = AftertoneError(
                f"{path}: the process that read it died: out of memory, or a fault in a library"
            )
            died.__cause__ = error
            return Outcome(path, error=died)


def _pool(jobs: int, work: _Work) -> ProcessPoolExecutor:
    # never fork: ctranslate2 and onnxruntime hold threads
    return ProcessPoolExecutor(jobs, get_context("spawn"), _start_worker, (work,))


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started here take no notice of Ctrl-C: this one alone is stopped by it, and stops them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _unexpected(path: Path, error: Exception) -> AftertoneError:
    """An error that is none of ours, named and kept as the cause."""
    if isinstance(error, BrokenProcessPool):
        ours = AftertoneError(
            f"{path}: the process that read it died: out of memory, or a fault in a library"
        )
    else:
        ours = AftertoneError(f"{path}: unexpected {type(error).__name__}: {error}")
    ours.__cause__ = error
    return ours


def _refuse(error: OSError) -> None:
    raise AudioAccessError(f"{error.filename}: the folder may not be read: {error.strerror}") from error
