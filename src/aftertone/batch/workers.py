"""Processes that run tasks: a process that hangs is ended, one that dies is replaced, and no task is lost.

`concurrent.futures` cannot end one process without breaking all, nor say which task killed it. A pipe to each
process can do both.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

from aftertone.errors import AftertoneError, EngineError, WorkerDiedError

_GROWTH_BYTES = 4 << 30
"""What a process may grow by over its loaded engine, at least. A group of sixteen recordings of half an hour
each takes 2.4 GB."""

_STARTS_MAX = 3  # processes in a row that died before they were ready: another one would die too
_TRIES_MAX = 2  # of a task whose process died: something else may have ended the process
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

Task = TypeVar("Task")
Result = TypeVar("Result", covariant=True)
IsNew = Callable[[Any, bytes], bool]
"""Whether a task is to be run, given the task and its content key."""

End = Literal["done", "known", "hung", "died", "unsendable"]


class TaskRunner(Protocol[Task, Result]):
    """What runs tasks in each process; it is pickled to get there."""

    def prepare(self) -> object:
        """Called once in each process, before its first task."""
        ...

    def results(self, tasks: Sequence[Task], is_new: IsNew | None) -> Iterator[tuple[Task, Result | None]]:
        """Each task with its result, or with None where `is_new` said no."""
        ...


@dataclass(frozen=True, slots=True)
class TaskResult(Generic[Task, Result]):
    """The result of one task, or why it has none; `result` is None unless `end` is "done".

    "known": it was not new. "hung", "died": its process did. "unsendable": its result cannot be pickled.
    """

    task: Task
    result: Result | None
    end: End = "done"
    why: str = ""  # more about the end, if known


class ThisProcess(Generic[Task, Result]):
    """Runs tasks in this process, with the interface of `Workers`."""

    def __init__(self, task_runner: TaskRunner[Task, Result]) -> None:
        self._task_runner = task_runner

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be ended."""

    def results(
        self, groups: Iterable[Sequence[Task]], is_new: IsNew | None = None
    ) -> Iterator[TaskResult[Task, Result]]:
        """Results in the order given: see `Workers.results`."""
        for group in groups:
            for task, result in self._task_runner.results(group, is_new):
                yield TaskResult(task, result, "done" if result is not None else "known")


def core_count() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_per_job(jobs: int) -> int:
    """Threads of numeric libraries for each of some processes, so that together they fill the cores.

    >>> threads_per_job(10_000)
    1
    """
    return max(1, core_count() // max(1, jobs))


def memory_per_job(jobs: int) -> int:
    """Bytes that each of some processes may grow by: its share of the machine's memory, 4 GiB at least.

    >>> memory_per_job(10_000) == 4 * 2**30
    True
    """
    known = getattr(os, "sysconf_names", {})
    pages = os.sysconf("SC_PHYS_PAGES") if "SC_PHYS_PAGES" in known else 0
    return max(_GROWTH_BYTES, pages * os.sysconf("SC_PAGE_SIZE") // max(1, jobs) if pages > 0 else 0)


@dataclass
class _Worker(Generic[Task]):
    process: Any
    pipe: Connection
    group: Sequence[Task] = ()  # as it was sent
    tasks: deque[Task] = field(default_factory=deque)  # those of it that are left
    is_ready: bool = False
    deadline: float = float("inf")


class Workers(Generic[Task, Result]):
    """Processes that run tasks; started when there is a task, and kept until `close`.

    A group has `time_limit_s` for each task that is left. Loading the engine does not count. After `prepare`
    a process may allocate `growth_bytes` (None is `memory_per_job`); beyond, allocations fail (on Linux). A
    process that keeps half of it is replaced.
    """

    def __init__(
        self,
        task_runner: TaskRunner[Task, Result],
        *,
        jobs: int,
        time_limit_s: float | None = None,
        growth_bytes: int | None = None,
    ) -> None:
        self._given = pickle.dumps(task_runner), growth_bytes or memory_per_job(jobs)
        self._jobs, self._time_limit_s = jobs, time_limit_s
        self._workers: list[_Worker[Task]] = []
        self._again: deque[Task] = deque()
        self._tries: dict[int, int] = {}  # by id() of the tasks that are tried again
        self._failed_starts = 0
        self._is_stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes at once."""
        while self._workers:
            _end(self._workers.pop())

    def stop(self) -> None:
        """End all tasks; may be called from another thread than `results`."""
        self._is_stopped = True
        for worker in list(self._workers):
            with suppress(ValueError):  # it has ended
                worker.process.kill()

    def results(
        self, groups: Iterable[Sequence[Task]], is_new: IsNew | None = None
    ) -> Iterator[TaskResult[Task, Result]]:
        """Results in order of completion. A group is taken when a process is free for it.

        One process gets all tasks of a group. If it dies or hangs, each of those left is tried alone.
        `is_new` is called in this process before a task is run. An AftertoneError of `prepare` is raised
        here; WorkerDiedError if `stop` was called.
        """
        waiting = iter(groups)

        def next_group() -> Sequence[Task]:
            return (self._again.popleft(),) if self._again else next(waiting, ())

        while True:
            for worker in self._workers:
                if worker.is_ready and not worker.tasks and (group := next_group()):
                    self._send_group(worker, group)
            while len(self._workers) < self._jobs and (group := next_group()):
                self._workers.append(_start(self._given, threads_per_job(self._jobs)))
                self._workers[-1].group, self._workers[-1].tasks = group, deque(group)
            busy = {worker.pipe: worker for worker in self._workers if worker.tasks}
            if not busy:
                return
            if self._is_stopped:
                raise WorkerDiedError("the work was stopped before it was done")
            left_s = min(worker.deadline for worker in busy.values()) - time.monotonic()
            for pipe in wait(list(busy), None if left_s == float("inf") else max(0.0, left_s)):
                worker = busy[pipe]  # type: ignore[index]
                try:
                    kind, content = worker.pipe.recv()
                except (EOFError, OSError):
                    yield from self._put_back(worker, "died")
                    continue
                except Exception as error:  # it was sent whole, and cannot be unpickled here
                    kind, content = "unsendable", f"{type(error).__name__}: {error}"
                if kind == "failed":
                    raise content
                if kind == "ready":
                    worker.is_ready, self._failed_starts = True, 0
                    self._send_group(worker, worker.group)
                elif kind == "spent":
                    yield from self._put_back(worker, kind)
                elif kind == "is_new":
                    place, key = content
                    _send(worker, is_new is None or is_new(worker.group[place], key))
                else:
                    task = worker.tasks.popleft()
                    self._tries.pop(id(task), None)
                    self._set_deadline(worker)
                    if not worker.tasks and (group := next_group()):  # the process goes on meanwhile
                        self._send_group(worker, group)
                    if kind == "unsendable":
                        yield TaskResult(task, None, "unsendable", str(content))
                    else:
                        yield TaskResult(task, content, "done" if content is not None else "known")
            now = time.monotonic()
            for worker in [worker for worker in self._workers if worker.tasks and worker.deadline <= now]:
                if not worker.pipe.poll():  # a result that has come meanwhile counts
                    yield from self._put_back(worker, "hung")

    def _put_back(
        self, worker: _Worker[Task], end: Literal["hung", "died", "spent"]
    ) -> Iterator[TaskResult[Task, Result]]:
        """End a process; each of its tasks is tried again alone, or given up."""
        self._workers.remove(worker)
        _end(worker)
        if not worker.is_ready:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS_MAX:
                raise EngineError(
                    f"{self._failed_starts} processes in a row died while they loaded the engine: out of "
                    "memory, or a fault in a library; try fewer jobs"
                )
        is_alone = worker.is_ready and len(worker.tasks) == 1
        for task in worker.tasks:
            tries = self._tries[id(task)] = self._tries.get(id(task), 0) + (is_alone and end != "spent")
            if end != "spent" and is_alone and (end == "hung" or tries >= _TRIES_MAX):
                del self._tries[id(task)]
                yield TaskResult(task, None, end)
            else:
                self._again.append(task)

    def _send_group(self, worker: _Worker[Task], group: Sequence[Task]) -> None:
        worker.group, worker.tasks = group, deque(group)
        self._set_deadline(worker)
        _send(worker, group)

    def _set_deadline(self, worker: _Worker[Task]) -> None:
        has_limit = self._time_limit_s is not None and worker.tasks
        limit_s = len(worker.tasks) * (self._time_limit_s or 0.0)
        worker.deadline = time.monotonic() + limit_s if has_limit else float("inf")


def _send(worker: _Worker[Any], content: object) -> None:
    with suppress(OSError):  # that the process has died is found where its answer is awaited
        worker.pipe.send(content)


def _start(given: tuple[bytes, int], threads: int) -> _Worker[Any]:
    # never fork: ctranslate2 and onnxruntime have threads
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_main, args=(there, *given), daemon=True, name="aftertone worker")
    with _ctrl_c_blocked(), _thread_limit(threads):
        process.start()
    there.close()
    return _Worker(process, here)


def _end(worker: _Worker[Any]) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()
    worker.process.close()


_environment = threading.Lock()


@contextmanager
def _thread_limit(threads: int) -> Iterator[None]:
    """Limit the threads of numeric libraries in processes started here; lower limits that are set stay."""
    with _environment:
        before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
        for name, value in before.items():
            is_lower = value is not None and value.isdigit() and 0 < int(value) <= threads
            os.environ[name] = str(value if is_lower else threads)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """Processes started here ignore Ctrl-C: it stops this process, which ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    # the tracker, started with the first process, would unblock the signal before that process starts
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# ── in the process ───────────────────────────────────────────────────────────────────────────────────


def _main(pipe: Connection, pickled: bytes, growth_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        task_runner: TaskRunner[Any, Any] = pickle.loads(pickled)
        task_runner.prepare()
    except AftertoneError as error:
        pipe.send(("failed", error))
        return
    except Exception as error:
        why = f"cannot be taken to a process: {type(error).__name__}: {error}"
        pipe.send(("failed", EngineError(why)))
        return
    loaded_bytes = _limit_memory(growth_bytes)
    pipe.send(("ready", None))
    with suppress(EOFError, OSError):  # the parent has ended, or closed the pipe
        while _memory_bytes() - loaded_bytes <= growth_bytes / 2:
            _run_group(pipe, task_runner, pipe.recv())
        pipe.send(("spent", None))


def _run_group(pipe: Connection, task_runner: TaskRunner[Any, Any], tasks: Sequence[Any]) -> None:
    def is_new(task: object, key: bytes) -> bool:
        pipe.send(("is_new", (tasks.index(task), key)))
        return bool(pipe.recv())

    for _, result in task_runner.results(tasks, is_new):
        try:
            pipe.send(("done", result))
        except (EOFError, OSError):
            raise
        except Exception as error:  # it cannot be pickled; no byte was sent
            pipe.send(("unsendable", f"{type(error).__name__}: {error}"))


def _limit_memory(growth_bytes: int) -> int:
    """Limit this process to its memory and so much more; returns what it has now, in bytes."""
    loaded_bytes = _memory_bytes()
    if loaded_bytes:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = loaded_bytes + growth_bytes
        resource.setrlimit(
            resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )
    return loaded_bytes


def _memory_bytes() -> int:
    """Private writable memory, which `RLIMIT_DATA` limits; 0 where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    data = re.search(r"^VmData:\s+(\d+) kB", status, re.MULTILINE)
    return 1024 * int(data[1]) if data else 0


def _end_with_parent() -> None:
    """End this process when its parent ends."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
