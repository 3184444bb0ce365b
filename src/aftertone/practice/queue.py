"""The queue of the practice page: one process that stays loaded analyses one recording after another.

Drills of the number go before takes. The process loads its engine, and runs once on a made sound, as soon as
the queue starts. A process that hangs or dies is replaced. A take whose review fails stays out of the queue,
with the reason, until it is added again.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Literal, NamedTuple

from aftertone.batch import Options
from aftertone.batch.run import error_of
from aftertone.batch.workers import Workers
from aftertone.corpus import Item
from aftertone.errors import AftertoneError, EngineError, TakeError, WorkerDiedError, unexpected
from aftertone.outcome import Outcome
from aftertone.practice.tasks import Drill, DrillTask, DryRun, PracticeResult, PracticeRunner, PracticeTask

EngineState = Literal["loading", "ready", "failed", "none"]
"""Of the engine in the process; "none": the options have no engine, and words are not judged."""

_CLOSE_S = 1.0  # for the thread to end after its process was ended
_CLOSED = "the page was closed; start aftertone serve again"


class Waiting(NamedTuple):
    """The takes of the queue at one moment."""

    reviewing: str | None  # the take that is being reviewed
    queued: tuple[str, ...]  # those after it, in their order
    failed: dict[str, AftertoneError]  # why the review of a take failed


@dataclass(eq=False)
class _Job:
    """A task, and what its result is given to."""

    task: PracticeTask
    name: str = ""  # of the take
    result: PracticeResult | None = None  # of a drill, when it is done
    is_done: Event = field(default_factory=Event)
    is_cancelled: bool = False

    def end(self, result: PracticeResult | None) -> None:
        """Give the result, or None where there will be none."""
        self.result = result
        self.is_done.set()


class ReviewQueue:
    """Reviews takes in a thread, one after another.

    `store` is called in that thread with the outcome of a take, which may hold an error. What it raises is
    the reason why the review failed.
    """

    def __init__(
        self, options: Options, store: Callable[[Outcome], None], *, time_limit_s: float = 300.0
    ) -> None:
        self._options, self._store, self._time_limit_s = options, store, time_limit_s
        self._changed = Condition()  # guards all below
        self._drills: deque[_Job] = deque()
        self._takes: deque[_Job] = deque()
        self._current: _Job | None = None
        self._failed: dict[str, AftertoneError] = {}
        self._engine: EngineState = "loading"
        self._engine_error: AftertoneError | None = None
        self._workers: Workers[PracticeTask, PracticeResult] | None = None
        self._thread: Thread | None = None
        self._is_closed = False

    # ── for any thread ───────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Start the thread and load the engine; nothing where that has been done."""
        with self._changed:
            if self._thread is None and not self._is_closed:
                self._thread = Thread(target=self._run, name="aftertone queue", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the analysis in progress and the process. What is queued is forgotten; its files stay."""
        with self._changed:
            self._is_closed = True
            drills = [*self._drills, *([self._current] if self._current else [])]
            self._drills.clear()
            self._takes.clear()
            self._changed.notify_all()
            if self._workers is not None:
                self._workers.stop()
        for job in drills:
            job.end(None)
        if self._thread is not None:
            self._thread.join(_CLOSE_S)

    @property
    def engine(self) -> tuple[EngineState, AftertoneError | None]:
        """The state of the engine, and why it failed."""
        with self._changed:
            return ("none" if self._options.engine_source is None else self._engine), self._engine_error

    @property
    def waiting(self) -> Waiting:
        """The takes of the queue now."""
        with self._changed:
            current = self._current.name if self._current and not self._current.is_cancelled else ""
            return Waiting(current or None, tuple(job.name for job in self._takes), dict(self._failed))

    def add(self, name: str, audio: Path, has_review: Callable[[], bool]) -> None:
        """Queue a take, also one that failed before; nothing where it is queued, in review or reviewed."""
        with self._changed:
            if self._is_closed:
                raise TakeError(f"{_CLOSED}; {name} is kept")
            if name in {job.name for job in (*self._takes, self._current) if job and not job.is_cancelled}:
                return
            if has_review():  # it was stored since the caller looked
                return
            self._failed.pop(name, None)
            self._takes.append(_Job(Item(0, audio), name))
            self._changed.notify_all()
        self.start()

    def remove(self, name: str) -> None:
        """Take a take from the queue; the process ends where it is being reviewed."""
        with self._changed:
            self._failed.pop(name, None)
            self._takes = deque(job for job in self._takes if job.name != name)
            if self._current is not None and self._current.name == name:
                self._current.is_cancelled = True
                if self._workers is not None:
                    self._workers.stop()

    def drill(self, audio: Path, number: str | None) -> Drill:
        """How the number alone was said; waits. It goes before the takes of the queue."""
        job = _Job(DrillTask(audio, number))
        with self._changed:
            if self._is_closed:
                raise TakeError(_CLOSED)
            self._drills.append(job)
            self._changed.notify_all()
        self.start()
        job.is_done.wait()
        if isinstance(job.result, AftertoneError):
            raise job.result
        if not isinstance(job.result, Drill):
            raise TakeError(_CLOSED)
        return job.result

    # ── in its own thread ────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        while not self._is_closed:
            if self._engine == "loading":
                self._load()
            elif (job := self._next()) is not None:
                self._do(job)
        if self._workers is not None:
            self._workers.close()

    def _next(self) -> _Job | None:
        """Wait for a job, and make it the current one. A failed engine is loaded again for it."""
        with self._changed:
            while not (self._drills or self._takes or self._is_closed):
                self._changed.wait()
            if self._is_closed:
                return None
            if self._engine == "failed":
                self._engine = "loading"
                return None
            self._current = (self._drills or self._takes).popleft()
            return self._current

    def _load(self) -> None:
        """Start a process with the engine; where that fails, all that waits for it fails."""
        try:
            result = self._result_of(DryRun())
        except WorkerDiedError:  # it was stopped
            return
        except Exception as problem:
            result = unexpected(problem, "the engine cannot be loaded")
        error = result if isinstance(result, AftertoneError) else None
        with self._changed:
            self._engine, self._engine_error = ("failed" if error else "ready"), error
            if error is not None:
                lost = EngineError("the engine that writes the words cannot be loaded")
                self._failed |= {job.name: lost for job in self._takes}
                for job in self._drills:
                    job.end(lost)
                self._takes.clear()
                self._drills.clear()

    def _do(self, job: _Job) -> None:
        """Run the current job, and store or return its result."""
        try:
            result = self._result_of(job.task)
        except WorkerDiedError:  # it was stopped because of this job, of one before, or of the queue's end
            with self._changed:
                self._current = None
                if not job.is_cancelled and not self._is_closed:
                    (self._takes if job.name else self._drills).appendleft(job)
            return
        except Exception as error:
            result = unexpected(error, "the recording cannot be analysed")
        with self._changed:  # so that no take is removed while its review is stored
            self._current = None
            if isinstance(job.task, Item) and not job.is_cancelled and not self._is_closed:
                try:
                    self._store(_outcome(job.task, result))
                except Exception as error:
                    self._failed[job.name] = unexpected(error, job.name)
        job.end(result)

    def _result_of(self, task: PracticeTask) -> PracticeResult:
        """The result of the process, or why it has none; WorkerDiedError where the process was stopped.

        A process is started where there is none. One that hung, died or failed to start is replaced.
        """
        with self._changed:
            if self._is_closed:
                raise WorkerDiedError(_CLOSED)
            if self._workers is None:
                self._workers = _workers(self._options, self._time_limit_s)
            workers = self._workers
        tasks: Sequence[Sequence[PracticeTask]] = [(task,)]
        try:
            (ended,) = workers.results(tasks)
        except BaseException:
            with self._changed:
                self._workers, self._engine = None, "loading"
            workers.close()
            raise
        if ended.end == "done" and ended.result is not None:
            return ended.result
        if ended.end in ("hung", "died"):
            self._engine = "loading"
        return error_of(ended)


def _workers(options: Options, time_limit_s: float) -> Workers[PracticeTask, PracticeResult]:
    try:
        return Workers(PracticeRunner(options), jobs=1, time_limit_s=time_limit_s)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise EngineError(f"the engine cannot be taken to another process: {error}") from error


def _outcome(item: Item, result: PracticeResult) -> Outcome:
    if isinstance(result, Outcome):
        return result
    return Outcome(item.path, error=result if isinstance(result, AftertoneError) else None)
