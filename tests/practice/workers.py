"""Workers of the queue in its own thread, which a test may hold, and waiting for the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Event
from typing import Any, ClassVar

from aftertone.batch import Options
from aftertone.batch.workers import TaskResult
from aftertone.corpus import Item
from aftertone.errors import WorkerDiedError
from aftertone.practice.takes import Takes, TakeState
from aftertone.practice.tasks import DryRun, PracticeRunner

SOON_S = 60.0  # on a machine that is busy with other things


class WorkersHere:
    """Runs tasks in the thread that asks for results, with the interface of `Workers`."""

    made: ClassVar[list[WorkersHere]]
    go_on: ClassVar[Event]  # cleared by a test that holds the tasks
    run: ClassVar[Callable[[Any], Any] | None]  # in place of the runner

    def __init__(self, options: Options, time_limit_s: float | None = None) -> None:
        self._runner = PracticeRunner(options)
        self._is_stopped = False
        self.begun: list[str] = []
        self.made.append(self)

    def results(self, groups: Iterable[Sequence[Any]]) -> Iterator[TaskResult[Any, Any]]:
        for (task,) in groups:
            if not isinstance(task, DryRun):
                self.begun.append(task.path.stem if isinstance(task, Item) else "drill")
                while not (self.go_on.wait(0.01) or self._is_stopped):
                    pass
            if self._is_stopped:
                raise WorkerDiedError("the work was stopped before it was done")
            if isinstance(task, DryRun):
                yield TaskResult(task, True)
            elif (run := type(self).run) is not None:
                yield TaskResult(task, run(task))
            else:
                yield TaskResult(task, next(self._runner.results([task]))[1])

    def stop(self) -> None:
        self._is_stopped = True

    def close(self) -> None:
        self._is_stopped = True


def begun(made: type[WorkersHere]) -> list[str]:
    """What was begun, in order, by all workers."""
    return [name for workers in made.made for name in workers.begun]


def wait_for(what: Callable[[], Any]) -> Any:
    """The first true value, within `SOON_S`."""
    deadline_s = time.monotonic() + SOON_S
    while not (found := what()):
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.01)
    return found


def ended(takes: Takes, name: str) -> TakeState:
    """The state of a take once it is neither queued nor reviewed."""
    found: TakeState = wait_for(
        lambda: next((each for each in takes.states() if each.take.name == name and _is_ended(each)), None)
    )
    return found


def _is_ended(state: TakeState) -> bool:
    return state.state not in ("queued", "reviewing")
