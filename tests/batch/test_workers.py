from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from aftertone.batch.workers import Workers

MIB = 1 << 20
linux = pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")


class Hoard:
    """Asks for so many MiB for each task, and keeps them or not."""

    def __init__(self, *, keeps: bool) -> None:
        self._keeps, self._kept = keeps, []  # type: ignore[var-annotated]

    def prepare(self) -> None:
        self._loaded = np.ones(64 * MIB, np.uint8)  # an engine does not count

    def results(self, tasks: Sequence[int], is_new: object) -> Iterator[tuple[int, tuple[int, str]]]:
        for mib in tasks:
            try:
                kept = np.ones(mib * MIB, np.uint8)
                self._kept.append(kept if self._keeps else None)
                yield mib, (os.getpid(), "done")
            except MemoryError:
                yield mib, (os.getpid(), "refused")


@linux
def test_a_task_over_the_memory_limit_fails_and_its_process_goes_on() -> None:
    with Workers(Hoard(keeps=False), jobs=1, growth_bytes=128 * MIB) as workers:
        made = [done.result for done in workers.results([(1,), (400,), (30,)])]
    assert [result and result[1] for result in made] == ["done", "refused", "done"]
    assert len({result and result[0] for result in made}) == 1


@linux
def test_a_process_that_keeps_memory_is_replaced_and_no_task_is_lost() -> None:
    with Workers(Hoard(keeps=True), jobs=1, growth_bytes=128 * MIB) as workers:
        made = list(workers.results([(30,)] * 7))
    assert [done.result and done.result[1] for done in made] == ["done"] * 7
    assert len({done.result and done.result[0] for done in made}) == 3, "each kept three of 30 MiB"
