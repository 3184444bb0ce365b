"""Many machines: the same review over Ray Data, from addresses to Parquet parts.

Each actor holds the engine in a process of its own (`workers`), so that a recording that hangs or kills a
decoder costs one process and no actor. A part is written aside and takes its name when it is whole; its name
is made of what is in it, so that a batch that Ray gives to another actor is written over itself. What is
written is what is done: there is no other ledger.
"""

from __future__ import annotations

import io
import logging
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from aftertone.batch import Work, outcome_of_done
from aftertone.batch.workers import Workers, core_count, memory_per_job
from aftertone.corpus import Corpus, Item
from aftertone.errors import ClusterError, LedgerDamagedError, LedgerError
from aftertone.files.private import make_folder, write_file
from aftertone.outcome import Outcome
from aftertone.report.files import arrow_schema
from aftertone.report.ledger import settings_digest
from aftertone.report.read import OUTCOME_COLUMN, STAMP_COLUMN
from aftertone.report.row import FINDING_PREFIX, columns_for, row_of
from aftertone.report.tree import outcome_dict

_SETTINGS = "aftertone.settings"
_PARTS_PER_ACTOR = 4  # at least, so that one that is late does not hold up the others for long
_PART_ROWS = 200  # a part is at most what a lost actor has to do again: at 10 messages/s, 20 s of work


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run over a cluster did.

    Attributes
    ----------
    passed_count : int
        Recordings that parts written before hold.
    done_count, failed_count : int
        Recordings of this run, and how many of them failed.
    audio_s : float
        Length of those reviewed.
    """

    passed_count: int
    done_count: int
    failed_count: int
    audio_s: float


def review_on_cluster(
    corpus: Corpus,
    work: Work,
    out: str | Path,
    *,
    address: str = "auto",
    actors: int | None = None,
    time_limit_s: float | None = 600.0,
    resume: bool = False,
    retry_failed: bool = False,
    part_rows: int | None = None,
    hook: Callable[[Counts], None] | None = None,
) -> Counts:
    """Review a corpus on the machines of a Ray cluster; the outcomes are Parquet parts in a folder.

    Parameters
    ----------
    corpus : Corpus
        Paths that every machine sees, or addresses.
    work : Work
        What is done with each recording; its engine is a callable that can be pickled.
    out : str or Path
        A folder, or an address of one; made where it is missing. `read_reviews` reads it.
    address : str
        ``ray://host:10001``, ``auto`` for the cluster that this machine belongs to, or ``local`` for a
        cluster of this machine alone, which ends with the run.
    actors : int or None
        Most actors, each on one CPU. None is all CPUs of the cluster but one, which Ray needs for itself.
    time_limit_s : float or None
        What one recording may take.
    resume : bool
        Pass over recordings that parts in `out` hold and that have not changed. Without it, a folder with
        parts is refused.
    retry_failed : bool
        With `resume`, those that failed are tried again.
    part_rows : int or None
        Recordings in a part. None is 200, or fewer where some actors would have nothing to do.
    hook : callable or None
        Is told after each part.

    Raises
    ------
    ClusterError
        Ray is not installed, or there is no such cluster.
    LedgerError
        The folder holds parts of other settings, or any, without `resume`.
    """
    try:
        ray: Any = import_module("ray")
        import_module("ray.data")
    except ImportError as error:
        raise ClusterError("a cluster needs ray: pip install 'aftertone[cluster]'") from error
    parts = _Parts(out, settings_digest(work.settings()).hex(), work.rules())
    left, passed_count = parts.left(corpus, work, resume=resume, retry_failed=retry_failed)
    counts = Counts(passed_count, 0, 0, 0.0)
    left_count = len(corpus) - passed_count
    if not left_count:
        return counts
    joined_here = _join(ray, address)
    try:
        cpus = int(ray.cluster_resources().get("CPU", 1))
        most = max(1, actors or cpus - 1)
        rows = part_rows or min(_PART_ROWS, -(-left_count // (_PARTS_PER_ACTOR * most)))
        batches = [{"items": pickle.dumps(batch)} for batch in iter(lambda: list(islice(left, rows)), [])]
        most = min(most, len(batches))
        done = (
            ray.data.from_items(batches, override_num_blocks=len(batches))
            .map_batches(
                _Reviewer,
                batch_size=1,
                fn_constructor_args=(work, parts, time_limit_s),
                compute=ray.data.ActorPoolStrategy(min_size=1, max_size=most),
                num_cpus=1,
            )
            .iter_rows()
        )
        for row in done:
            counts = Counts(
                passed_count,
                counts.done_count + int(row["done"]),
                counts.failed_count + int(row["failed"]),
                counts.audio_s + float(row["audio_s"]),
            )
            if hook is not None:
                hook(counts)
        return counts
    except Exception as error:  # Ray's, or raised in an actor, whose traceback comes before its last line
        why = (str(error).splitlines() or [""])[-1]
        raise ClusterError(
            f"{address}: the cluster gave up: {type(error).__name__}: {why}; what is written stays, and the "
            "same with --resume (resume=True) goes on"
        ) from error
    finally:
        if joined_here:
            ray.shutdown()


def _join(ray: Any, address: str) -> bool:
    """Join the cluster; whether that was done here, and is to be undone."""
    if ray.is_initialized():
        return False
    try:
        where = {} if address == "local" else {"address": address}
        ray.init(**where, log_to_driver=False, logging_level=logging.WARNING)
        logging.getLogger("ray.data").setLevel(logging.WARNING)  # `hook` tells how far it is
        logging.getLogger("ray.data._internal.progress").setLevel(logging.ERROR)  # says that it has no bars
        ray.data.DataContext.get_current().enable_progress_bars = False
    except Exception as error:
        raise ClusterError(f"{address}: no cluster can be joined there: {error}") from error
    return True


class _Reviewer:
    """An actor: reviews a batch in a process of its own, and writes its part."""

    def __init__(self, work: Work, parts: _Parts, time_limit_s: float | None) -> None:
        self._work, self._parts = work, parts
        self._workers: Workers[Item, Outcome] = Workers(
            work, jobs=1, time_limit_s=time_limit_s, growth_bytes=memory_per_job(core_count())
        )

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        counts: dict[str, list[Any]] = {"done": [], "failed": [], "audio_s": []}
        for pickled in batch["items"]:
            items: list[Item] = pickle.loads(pickled)
            stamps = {item.index: self._work.stamp_of(item) for item in items}  # before they are read
            made = self._workers.results((item,) for item in items)
            outcomes = {each.task.index: outcome_of_done(each) for each in made}
            self._parts.write([(outcomes[item.index], stamps[item.index]) for item in items])
            reviews = [outcome.review for outcome in outcomes.values() if outcome.review is not None]
            counts["done"].append(len(outcomes))
            counts["failed"].append(len(outcomes) - len(reviews))
            counts["audio_s"].append(sum(review.measurements.duration_s for review in reviews))
        return counts


class _Parts:
    """The Parquet parts in a folder: what is done, and where it is written."""

    def __init__(self, out: str | Path, settings: str, rules: Sequence[str]) -> None:
        self._out, self._settings = str(out), settings
        self._findings = [
            FINDING_PREFIX + rule for rule in rules
        ]  # of each part, or they would not be one table

    def left(
        self, corpus: Corpus, work: Work, *, resume: bool, retry_failed: bool
    ) -> tuple[Iterator[Item], int]:
        """The recordings that no part holds as they are now, and how many are held.

        Rows that are to be made again are taken out of their parts first, so that none is there twice.
        """
        system, folder = self._system()
        if _is_local(system):
            make_folder(Path(folder))
        else:
            system.makedirs(folder, exist_ok=True)
        held: dict[bytes, tuple[str, bool, str]] = {}
        for part in sorted(system.glob(f"{folder}/*.parquet")):
            if not resume:
                raise LedgerError(
                    f"{self._out}: holds parts of an earlier run; go on with it (--resume, resume=True), or "
                    "choose another folder"
                )
            table = self._table(part, ["path", "error", STAMP_COLUMN])
            for row in table.to_pylist():
                held[_digest(row["path"])] = (row[STAMP_COLUMN], row["error"] is not None, part)
        again: dict[str, set[bytes]] = {}
        passed: set[bytes] = set()
        for item in corpus if held else ():
            digest = _digest(_text(item.path))
            stamp, failed, part = held.get(digest, ("", False, ""))
            if part and stamp == work.stamp_of(item) and not (failed and retry_failed):
                passed.add(digest)
            elif part:
                again.setdefault(part, set()).add(digest)
        for part, digests in again.items():
            self._take_out(part, digests)
        return (item for item in corpus if _digest(_text(item.path)) not in passed), len(passed)

    def write(self, outcomes: Sequence[tuple[Outcome, str]]) -> None:
        """A part, whole or not at all; the same recordings have the same name of a part."""
        import pyarrow as pa

        own = columns_for(outcome for outcome, _ in outcomes)
        columns = dict.fromkeys([*columns_for(()), *self._findings, *own, STAMP_COLUMN, OUTCOME_COLUMN])
        rows = [
            row_of(outcome)
            | {STAMP_COLUMN: stamp, OUTCOME_COLUMN: msgspec.json.encode(outcome_dict(outcome)).decode()}
            for outcome, stamp in outcomes
        ]
        schema = arrow_schema(columns, {_SETTINGS: self._settings})
        names = "\0".join(_text(outcome.path) + stamp for outcome, stamp in outcomes)
        _, folder = self._system()
        self._put(f"{folder}/part-{_digest(names).hex()}.parquet", pa.Table.from_pylist(rows, schema=schema))

    def _take_out(self, part: str, digests: set[bytes]) -> None:
        table = self._table(part)
        kept = [_digest(path) not in digests for path in table.column("path").to_pylist()]
        if any(kept):
            self._put(part, table.filter(kept))
        else:
            self._system()[0].rm(part)

    def _table(self, part: str, columns: list[str] | None = None) -> Any:
        import pyarrow.parquet

        system, _ = self._system()
        with (
            _damage_told(part),
            system.open(part, "rb") as file,
            pyarrow.parquet.ParquetFile(file) as parquet,
        ):
            settings = (parquet.schema_arrow.metadata or {}).get(_SETTINGS.encode(), b"").decode()
            if settings != self._settings:
                raise LedgerError(
                    f"{part}: is of a run with other settings; rows of both would not compare. Give the "
                    "settings of that run, or choose another folder"
                )
            return parquet.read(columns)

    def _put(self, path: str, table: Any) -> None:
        import pyarrow.parquet

        system, _ = self._system()
        content = io.BytesIO()
        pyarrow.parquet.write_table(table, content)
        if _is_local(system):
            write_file(Path(path), content.getvalue())
        else:
            system.pipe(path, content.getvalue())  # a store shows an object when it is whole

    def _system(self) -> tuple[Any, str]:
        import fsspec

        system, folder = fsspec.url_to_fs(self._out)
        return system, str(folder).rstrip("/")


@contextmanager
def _damage_told(part: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError) as error:  # pyarrow's errors are of these kinds
        raise LedgerDamagedError(
            f"{part}: is no part of ours, or a damaged one ({error}); move it away, and --resume does its "
            "recordings again"
        ) from error


def _is_local(system: Any) -> bool:
    return "file" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,))


def _text(path: object) -> str:
    return str(path).encode("utf-8", "replace").decode()  # as a row has it


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
