"""One run over a corpus: which recordings are to be reviewed, here or in processes, and what is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeAlias

from aftertone.batch.reviewer import Reviewer
from aftertone.batch.workers import TaskResult, ThisProcess, Workers
from aftertone.corpus import Corpus, Item
from aftertone.errors import AftertoneError, TimeLimitError, UnexpectedError, WorkerDiedError
from aftertone.outcome import Location, Outcome
from aftertone.report.ledger import Ledger

ItemResult: TypeAlias = TaskResult[Item, Outcome]


class Run:
    """The recordings of a run, and the ledger of their outcomes; an earlier run did `passed_count`."""

    def __init__(
        self,
        corpus: Corpus,
        reviewer: Reviewer,
        ledger: Ledger | None,
        *,
        retry_failed: bool,
        group_size: int,
        workers: Callable[[Reviewer], Workers[Item, Outcome] | ThisProcess[Item, Outcome]],
    ) -> None:
        self.corpus = corpus
        self.passed_count = 0
        self._workers = workers
        self._reviewer = reviewer
        self._ledger = ledger
        self._retry_failed = retry_failed
        self._group_size = group_size
        self._in_hand: dict[bytes, Item] = {}  # by content key: copies wait for its outcome
        self._copies: dict[bytes, list[Item]] = {}
        self._keys: dict[int, bytes] = {}
        self._stamps: dict[int, str] = {}

    def outcomes(self) -> Iterator[Outcome]:
        """The outcomes of all recordings that are to be reviewed, in order of completion."""
        ledger = self._ledger
        if ledger is None:
            with self._workers(self._reviewer) as workers:
                yield from map(outcome_of, workers.results(self._groups(self.corpus)))
            return
        with ledger, self._workers(self._reviewer) as workers:
            for each in workers.results(self._groups(self._undone(ledger)), self._is_new):
                for item, outcome in self._with_copies(each, ledger):
                    ledger.add(
                        outcome,
                        place=item.index,
                        stamp=self._stamps.pop(item.index),
                        key=self._keys.pop(item.index, None),
                    )
                    yield outcome
            ledger.finish()

    def _groups(self, items: Iterable[Item]) -> Iterator[Sequence[Item]]:
        left = iter(items)
        while group := tuple(islice(left, self._group_size)):
            yield group

    def _undone(self, ledger: Ledger) -> Iterator[Item]:
        for item in self.corpus:
            stamp = self._reviewer.stamp(item)
            if ledger.is_done(item.path, stamp, failures_too=not self._retry_failed):
                self.passed_count += 1
            else:
                self._stamps[item.index] = stamp
                yield item

    def _is_new(self, item: Item, key: bytes) -> bool:
        """Whether no recording of this content was reviewed, or is being reviewed."""
        self._keys[item.index] = key
        if self._in_hand.setdefault(key, item) is item:
            assert self._ledger is not None
            if not self._ledger.has(key, failures_too=not self._retry_failed):
                return True
            del self._in_hand[key]
        return False

    def _with_copies(self, result: ItemResult, ledger: Ledger) -> Iterator[tuple[Item, Outcome]]:
        """A recording with its outcome, and the copies that waited for it with theirs."""
        item, key = result.task, self._keys.get(result.task.index)
        if result.end == "known":
            assert key is not None
            if key in self._in_hand:
                self._copies.setdefault(key, []).append(item)
                return
            earlier = ledger.of(key)
            assert earlier is not None
            yield item, _copied(earlier, item.path)
            return
        outcome = outcome_of(result)
        yield item, outcome
        if key is not None:
            self._in_hand.pop(key, None)
            for copy in self._copies.pop(key, ()):
                yield copy, _copied(outcome, copy.path)


def outcome_of(result: ItemResult) -> Outcome:
    """The outcome of a recording, or the error of the process that was to review it."""
    return Outcome(result.task.path, error=error_of(result)) if result.result is None else result.result


def error_of(result: TaskResult[Any, Any]) -> AftertoneError:
    """Why a task has no result, by the path of the task."""
    path = result.task.path
    if result.end == "hung":
        return TimeLimitError(f"{path}: was not done within the time limit, and was given up")
    if result.end == "died":
        return WorkerDiedError(
            f"{path}: the process that read it died: out of memory, or a fault in a library"
        )
    return UnexpectedError(f"{path}: its outcome cannot be sent: {result.why}")


def _copied(outcome: Outcome, path: Location) -> Outcome:
    """The outcome of one recording as that of another with the same content."""
    if outcome.review is not None:
        return Outcome(path, replace(outcome.review, recording=path.name))
    assert outcome.error is not None
    message = str(outcome.error)
    names = [  # the path, a file beside it, and a file of the same stem
        (str(outcome.path), str(path)),
        (_without_suffix(outcome.path), _without_suffix(path)),
        (f"{outcome.path.stem}.", f"{path.stem}."),
    ]
    for earlier, now in names:
        message = re.sub(rf"(?<!\w){re.escape(earlier)}", now.replace("\\", r"\\"), message)
    return Outcome(path, error=type(outcome.error)(message))


def _without_suffix(path: Location) -> str:
    return f"{str(path).removesuffix(path.suffix)}."
