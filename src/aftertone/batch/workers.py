"""Processes that each do one thing at a time: what hangs is ended, what dies is replaced, nothing is lost.

`concurrent.futures` cannot end one process without breaking all, nor say which task killed it; a pipe to each
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
from typing import Any, Generic, Protocol, Self, TypeVar
from weakref import WeakSet

from aftertone.errors import AftertoneError, EngineError, WorkerDiedError

_GROWTH_BYTES = 4 << 30
# What a process may grow by over its loaded engine, at least. Half of it is enough for all that is a message:
# sixteen recordings of half an hour each, held to be heard together, are 1.8 GB.

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
    group: Sequence[Task] = ()  # as it was handed out
    tasks: deque[Task] = field(default_factory=deque)  # what is left of it
    is_ready: bool = False
    deadline: float = float("inf")


class Workers(Generic[Task, Result]):
    """Processes for one kind of work; started when there is something to do, and kept until `close`.

    Parameters
    ----------
    work : Work
        Pickled, once.
    jobs : int
        Most processes at a time.
    time_limit_s : float or None
        What one task may take; a group has that much for each that is left of it. Loading the engine does
        not count.
    growth_bytes : int or None
        What a process may ask for over what `work.prepare` took; beyond, allocations fail (on Linux). One
        that kept half of it is replaced. None is `memory_per_job`.
    """

    def __init__(
        self,
        work: Work[Task, Result],
        *,
        jobs: int,
        time_limit_s: float | None = None,
        growth_bytes: int | None = None,
    ) -> None:
        self._given = pickle.dumps(work), growth_bytes or memory_per_job(jobs)
        self._jobs, self._time_limit_s = jobs, time_limit_s
        self._workers: list[_Worker[Task]] = []
        self._again: deque[Task] = deque()
        self._tries: dict[int, int] = {}  # by the task's identity, of those that are tried again
        self._failed_starts = 0
        self._is_stopped = False
        _runs.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all of them, whatever they are doing."""
        while self._workers:
            _end(self._workers.pop())

    def stop(self) -> None:
        """End what they are doing, from another thread than the one that asks for results."""
        self._is_stopped = True
        for worker in list(self._workers):
            with suppress(ValueError):  # it has ended
                worker.process.kill()

    def results(
        self, groups: Iterable[Sequence[Task]], claim: Claim | None = None
    ) -> Iterator[Done[Task, Result]]:
        """Results in order of completion. Groups are asked for one by one, as a process has need of one.

        Parameters
        ----------
        groups : iterable of sequences of tasks
            The tasks of a group go to one process at once. Should it not finish them, each is tried by
            itself.
        claim : callable or None
            Is asked, here, before a task is done.

        Raises
        ------
        AftertoneError
            What `work.prepare` raised in a process.
        WorkerDiedError
            They were stopped.
        """
        waiting = iter(groups)

        def next_group() -> Sequence[Task]:
            return (self._again.popleft(),) if self._again else next(waiting, ())

        while True:
            for worker in self._workers:
                if worker.is_ready and not worker.tasks and (group := next_group()):
                    self._hand_out(worker, group)
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
                except Exception as error:  # what was sent whole and cannot be made here
                    kind, content = "unsendable", f"{type(error).__name__}: {error}"
                if kind == "failed":
                    raise content
                if kind == "ready":
                    worker.is_ready, self._failed_starts = True, 0
                    self._hand_out(worker, worker.group)
                elif kind == "spent":
                    yield from self._put_back(worker, kind)
                elif kind == "claim":
                    place, key = content
                    _send(worker, claim is None or claim(worker.group[place], key))
                else:
                    task = worker.tasks.popleft()
                    self._tries.pop(id(task), None)
                    self._set_deadline(worker)
                    if not worker.tasks and (group := next_group()):  # before this one is looked at
                        self._hand_out(worker, group)
                    if kind == "unsendable":
                        yield Done(task, None, kind, str(content))
                    else:
                        yield Done(task, content, "" if content is not None else "unclaimed")
            now = time.monotonic()
            for worker in [worker for worker in self._workers if worker.tasks and worker.deadline <= now]:
                if not worker.pipe.poll():  # what it has said meanwhile is heard first
                    yield from self._put_back(worker, "hung")

    def _put_back(self, worker: _Worker[Task], ended: str) -> Iterator[Done[Task, Result]]:
        """End a process; what it had is tried again by itself, or given up."""
        self._workers.remove(worker)
        _end(worker)
        if not worker.is_ready:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS_MAX:
                raise EngineError(
                    f"{self._failed_starts} processes in a row died while they loaded the engine: out of "
                    "memory, or a fault in a library; try fewer jobs"
                )
        is_to_blame = worker.is_ready and len(worker.tasks) == 1 and ended != "spent"
        for task in worker.tasks:
            tries = self._tries[id(task)] = self._tries.get(id(task), 0) + is_to_blame
            if is_to_blame and (ended == "hung" or tries >= _TRIES):
                del self._tries[id(task)]
                yield Done(task, None, ended)
            else:
                self._again.append(task)

    def _hand_out(self, worker: _Worker[Task], group: Sequence[Task]) -> None:
        worker.group, worker.tasks = group, deque(group)
        self._set_deadline(worker)
        _send(worker, group)

    def _set_deadline(self, worker: _Worker[Task]) -> None:
        has_limit = self._time_limit_s is not None and worker.tasks
        limit_s = len(worker.tasks) * (self._time_limit_s or 0.0)
        worker.deadline = time.monotonic() + limit_s if has_limit else float("inf")


_runs: WeakSet[Workers[Any, Any]] = WeakSet()


def stop_all() -> None:
    """End the processes of all runs of this process; a thread that waits for one gets a `WorkerDiedError`."""
    for run in list(_runs):
        run.stop()


def _send(worker: _Worker[Any], content: object) -> None:
    with suppress(OSError):  # one that has died is found so where its answer is awaited
        worker.pipe.send(content)


def _start(given: tuple[bytes, int], threads: int) -> _Worker[Any]:
    # never fork: ctranslate2 and onnxruntime hold threads
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_main, args=(there, *given), daemon=True, name="aftertone worker")
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


def _main(pipe: Connection, pickled: bytes, growth_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        work: Work[Any, Any] = pickle.loads(pickled)
        work.prepare()
    except AftertoneError as error:
        _tell(pipe, "failed", error)
        return
    except Exception as error:
        why = f"cannot be taken to a process: {type(error).__name__}: {error}"
        _tell(pipe, "failed", EngineError(why))
        return
    loaded_bytes = _limit_memory(growth_bytes)
    _tell(pipe, "ready", None)
    with suppress(EOFError, OSError):  # the parent has gone, or wants no more
        while _memory_bytes() - loaded_bytes <= growth_bytes / 2:
            _answer(pipe, work, pipe.recv())
        _tell(pipe, "spent", None)


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


def _limit_memory(growth_bytes: int) -> int:
    """Have allocations fail beyond what this process has now and may grow by; what it has now."""
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
    """What `RLIMIT_DATA` bounds: private memory that may be written; 0 where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    data = re.search(r"^VmData:\s+(\d+) kB", status, re.MULTILINE)
    return 1024 * int(data[1]) if data else 0


def _tell(pipe: Connection, kind: str, content: object) -> None:
    pipe.send((kind, content))


def _end_with_parent() -> None:
    """A parent that is killed takes its processes along, whatever they are doing."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
