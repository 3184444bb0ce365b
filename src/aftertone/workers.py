"""Processes that each do one thing at a time: what hangs is ended, what dies is replaced, nothing is lost.

`concurrent.futures` cannot end one process without breaking all, nor say which task killed it; a pipe to each
process can do both.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Protocol, TypeVar

from aftertone.errors import AftertoneError, EngineError

_STARTS_MAX = 3  # processes in a row that died before they were ready: no further one will do better
_TRIES = 2  # a process may be ended by something that is not the fault of its file: try that file once again
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

Task = TypeVar("Task")
Result = TypeVar("Result", covariant=True)
Claim = Callable[[Any, bytes], bool]


class Work(Protocol[Task, Result]):
    """What is taken to each process, and done there."""

    def prepare(self) -> object:
        """What is done once in each process, before its first task."""
        ...

    def results(self, tasks: Sequence[Task], claim: Claim | None) -> Iterator[tuple[Task, Result | None]]:
        """Each task with its result, or with None where `claim`, asked with the task and its key, said no."""
        ...


@dataclass(frozen=True, slots=True)
class Done(Generic[Task, Result]):
    """What became of one task.

    Attributes
    ----------
    task
    result
        None where it was not claimed, hung, died, or made what cannot be sent.
    ended : {"", "unclaimed", "hung", "died", "unsendable"}
        How it ended, where it has no result.
    why : str
        What is known besides.
    """

    task: Task
    result: Result | None
    ended: str = ""
    why: str = ""


def core_count() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_per_job(jobs: int) -> int:
    """Threads of numeric libraries for each of some processes, so that together they fill the cores.

    >>> threads_per_job(10_000)
    1
    """
    return max(1, core_count() // max(1, jobs))


@dataclass
class _Worker(Generic[Task]):
    process: Any
    pipe: Connection
    group: Sequence[Task] = ()  # as it was handed out
    tasks: deque[Task] = field(default_factory=deque)  # what is left of it
    is_ready: bool = False
    deadline: float = float("inf")


def results_in_processes(
    groups: Iterable[Sequence[Task]],
    work: Work[Task, Result],
    *,
    jobs: int,
    claim: Claim | None = None,
    time_limit_s: float | None = None,
) -> Iterator[Done[Task, Result]]:
    """Results in order of completion. Groups are asked for one by one, as a process has need of one.

    Parameters
    ----------
    groups : iterable of sequences of tasks
        The tasks of a group go to one process at once. Should it not finish them, each is tried by itself.
    work : Work
        Pickled, once.
    jobs : int
    claim : callable or None
        Is asked, here, before a task is done.
    time_limit_s : float or None
        What one task may take; a group has that much for each that is left of it. Loading the engine does
        not count.

    Raises
    ------
    AftertoneError
        What `work.prepare` raised in a process.
    """
    pickled = pickle.dumps(work)
    waiting = iter(groups)
    again: deque[Task] = deque()
    tries: dict[int, int] = {}  # by the task's identity, of those that are tried again
    workers: list[_Worker[Task]] = []
    failed_starts = 0

    def next_group() -> Sequence[Task]:
        return (again.popleft(),) if again else next(waiting, ())

    def put_back(worker: _Worker[Task], ended: str) -> Iterator[Done[Task, Result]]:
        """End a process; what it had is tried again by itself, or given up."""
        nonlocal failed_starts
        workers.remove(worker)
        _end(worker)
        if not worker.is_ready:
            failed_starts += 1
            if failed_starts >= _STARTS_MAX:
                raise EngineError(
                    f"{failed_starts} processes in a row died while they loaded the engine: out of memory, "
                    "or a fault in a library; try fewer jobs"
                )
        is_to_blame = worker.is_ready and len(worker.tasks) == 1
        for task in worker.tasks:
            tries[id(task)] = tries.get(id(task), 0) + is_to_blame
            if is_to_blame and (ended == "hung" or tries[id(task)] >= _TRIES):
                del tries[id(task)]
                yield Done(task, None, ended)
            else:
                again.append(task)

    try:
        while True:
            for worker in workers:
                if worker.is_ready and not worker.tasks and (group := next_group()):
                    _hand_out(worker, group, time_limit_s)
            while len(workers) < jobs and (group := next_group()):
                workers.append(_start(pickled, threads_per_job(jobs)))
                workers[-1].group, workers[-1].tasks = group, deque(group)
            busy = {worker.pipe: worker for worker in workers if worker.tasks}
            if not busy:
                return
            left_s = min(worker.deadline for worker in busy.values()) - time.monotonic()
            for pipe in wait(list(busy), None if left_s == float("inf") else max(0.0, left_s)):
                worker = busy[pipe]  # type: ignore[index]
                try:
                    kind, content = worker.pipe.recv()
                except (EOFError, OSError):
                    yield from put_back(worker, "died")
                    continue
                except Exception as error:  # what was sent whole and cannot be made here
                    kind, content = "unsendable", f"{type(error).__name__}: {error}"
                if kind == "failed":
                    raise content
                if kind == "ready":
                    worker.is_ready, failed_starts = True, 0
                    _hand_out(worker, worker.group, time_limit_s)
                elif kind == "claim":
                    place, key = content
                    _send(worker, claim is None or claim(worker.group[place], key))
                else:
                    task = worker.tasks.popleft()
                    tries.pop(id(task), None)
                    _set_deadline(worker, time_limit_s)
                    if not worker.tasks and (group := next_group()):  # before this one is looked at
                        _hand_out(worker, group, time_limit_s)
                    if kind == "unsendable":
                        yield Done(task, None, kind, str(content))
                    else:
                        yield Done(task, content, "" if content is not None else "unclaimed")
            now = time.monotonic()
            for worker in [worker for worker in workers if worker.tasks and worker.deadline <= now]:
                if not worker.pipe.poll():  # what it has said meanwhile is heard first
                    yield from put_back(worker, "hung")
    finally:
        for worker in workers:
            _end(worker)


def _hand_out(worker: _Worker[Task], group: Sequence[Task], time_limit_s: float | None) -> None:
    worker.group, worker.tasks = group, deque(group)
    _set_deadline(worker, time_limit_s)
    _send(worker, group)


def _send(worker: _Worker[Any], content: object) -> None:
    with suppress(OSError):  # one that has died is found so where its answer is awaited
        worker.pipe.send(content)


def _set_deadline(worker: _Worker[Any], time_limit_s: float | None) -> None:
    no_limit = time_limit_s is None or not worker.tasks
    worker.deadline = float("inf") if no_limit else time.monotonic() + len(worker.tasks) * (time_limit_s or 0)


def _start(pickled: bytes, threads: int) -> _Worker[Any]:
    # never fork: ctranslate2 and onnxruntime hold threads
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_main, args=(there, pickled), daemon=True, name="aftertone worker")
    with _deaf_to_ctrl_c(), _thread_limit(threads):
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
    """Processes started here read the limit before they load a numeric library; what was set stays lower."""
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
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started here take no notice of Ctrl-C: this one alone is stopped by it, and stops them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    # the tracker, started with the first process, would unblock the signal before that process is born
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# ── in the process ───────────────────────────────────────────────────────────────────────────────────


def _main(pipe: Connection, pickled: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        work: Work[Any, Any] = pickle.loads(pickled)
        work.prepare()
    except AftertoneError as error:
        return _tell(pipe, "failed", error)
    except Exception as error:
        return _tell(
            pipe, "failed", EngineError(f"cannot be taken to a process: {type(error).__name__}: {error}")
        )
    _tell(pipe, "ready", None)
    with suppress(EOFError, OSError):  # the parent has gone, or wants no more
        while True:
            _answer(pipe, work, pipe.recv())


def _answer(pipe: Connection, work: Work[Any, Any], tasks: Sequence[Any]) -> None:
    def claim(task: object, key: bytes) -> bool:
        _tell(pipe, "claim", (tasks.index(task), key))
        return bool(pipe.recv())

    for _, result in work.results(tasks, claim):
        try:
            _tell(pipe, "done", result)
        except (EOFError, OSError):
            raise
        except Exception as error:  # before a byte was sent
            _tell(pipe, "unsendable", f"{type(error).__name__}: {error}")


def _tell(pipe: Connection, kind: str, content: object) -> None:
    pipe.send((kind, content))


def _end_with_parent() -> None:
    """A parent that is killed takes its processes along, whatever they are doing."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
