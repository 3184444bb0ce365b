"""Many machines: reviews by Ray Data, from paths and addresses to Parquet parts.

Each actor runs the engine in another process (`workers`), so that a recording that hangs or crashes a decoder
costs that process and not the actor. A part gets its name when it is complete. The name is a hash of its
recordings, so that a batch that Ray gives to a second actor replaces the part of the first. The parts are the
ledger of the run.
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

from aftertone.batch import with_shared_cores
from aftertone.batch.reviewer import Options, Reviewer
from aftertone.batch.run import outcome_of
from aftertone.batch.workers import Workers, core_count, memory_per_job
from aftertone.corpus import Corpus, Item
from aftertone.errors import ClusterError, LedgerDamagedError, LedgerError
from aftertone.files.plain import plain
from aftertone.files.private import make_folder, write_file
from aftertone.outcome import Outcome
from aftertone.report.ledger import settings_digest
from aftertone.report.table import (
    FINDING_PREFIX,
    OUTCOME_COLUMN,
    STAMP_COLUMN,
    arrow_schema,
    table_columns,
    table_row,
)

_SETTINGS = "aftertone.settings"
_PARTS_PER_ACTOR_MIN = 4  # so that a slow part delays the end of the run little
_PART_ROWS_MAX = 200  # a lost actor has to do as many again: at 10 messages/s, 20 s of work


@dataclass(frozen=True, slots=True)
class Counts:
    """Recordings of a run on a cluster."""

    passed_count: int  # in parts of earlier runs
    done_count: int  # in this run
    failed_count: int  # those of them that failed
    audio_s: float  # length of all that were reviewed in this run


def review_on_cluster(
    corpus: Corpus,
    options: Options,
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
    """Review a corpus on the machines of a Ray cluster, and write Parquet parts to a folder or its address.

    The corpus has paths that every machine can read, or addresses. The engine of `options` is a name or a
    callable that can be pickled. `read_reviews` reads `out`.

    `address` is ``ray://host:10001``; ``auto`` for the cluster that this machine belongs to (``ray start
    --head`` starts one); or ``local`` for a cluster of this machine alone, which ends with the run. Each
    actor has one CPU; None is all CPUs of the cluster but one, which Ray needs for itself. A part has 200
    recordings (`part_rows`), or fewer where some actors would get no part; `hook` is called after each.

    `resume` passes over recordings that are in a part and have not changed, but with `retry_failed` those
    that failed are reviewed again. ClusterError if Ray is not installed, or there is no such cluster.
    LedgerError if the folder holds parts of other settings, or any parts without `resume`.
    """
    try:
        ray: Any = import_module("ray")
        import_module("ray.data")
    except ImportError as error:
        raise ClusterError("a cluster needs ray: pip install 'aftertone[cluster]'") from error
    reviewer = Reviewer(with_shared_cores(options))
    parts = _Parts(out, settings_digest(reviewer.settings()).hex(), reviewer.rules())
    left, passed_count = parts.left(corpus, reviewer, resume=resume, retry_failed=retry_failed)
    counts = Counts(passed_count, 0, 0, 0.0)
    left_count = len(corpus) - passed_count
    if not left_count:
        return counts
    joined_here = _join(ray, address)
    try:
        cpus = int(ray.cluster_resources().get("CPU", 1))
        most = max(1, actors or cpus - 1)
        rows = part_rows or min(_PART_ROWS_MAX, -(-left_count // (_PARTS_PER_ACTOR_MIN * most)))
        batches = [{"items": pickle.dumps(batch)} for batch in iter(lambda: list(islice(left, rows)), [])]
        most = min(most, len(batches))
        done = (
            ray.data.from_items(batches, override_num_blocks=len(batches))
            .map_batches(
                _Actor,
                batch_size=1,
                fn_constructor_args=(reviewer, parts, time_limit_s),
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
    except Exception as error:  # Ray's, or an actor's, whose traceback comes before the last line
        why = (str(error).splitlines() or [""])[-1]
        raise ClusterError(
            f"{address}: the run on the cluster failed: {type(error).__name__}: {why}; the parts that are "
            "written stay, and the same with --resume (resume=True) goes on"
        ) from error
    finally:
        if joined_here:
            ray.shutdown()


def _join(ray: Any, address: str) -> bool:
    """Join the cluster; False where this process has joined one already."""
    if ray.is_initialized():
        return False
    try:
        where = {} if address == "local" else {"address": address}
        ray.init(**where, log_to_driver=False, logging_level=logging.WARNING)
        logging.getLogger("ray.data").setLevel(logging.WARNING)  # `hook` reports progress
        logging.getLogger("ray.data._internal.progress").setLevel(logging.ERROR)  # warns that it has no bars
        ray.data.DataContext.get_current().enable_progress_bars = False
    except Exception as error:
        start = "start one with `ray start --head`, or use local for this machine alone"
        raise ClusterError(
            f"{address}: no cluster can be joined there: {str(error).rstrip('.')}; {start}"
        ) from error
    return True


class _Actor:
    """A Ray actor: reviews batches in another process, and writes a part for each."""

    def __init__(self, reviewer: Reviewer, parts: _Parts, time_limit_s: float | None) -> None:
        self._reviewer, self._parts = reviewer, parts
        self._workers: Workers[Item, Outcome] = Workers(
            reviewer, jobs=1, time_limit_s=time_limit_s, growth_bytes=memory_per_job(core_count())
        )

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        counts: dict[str, list[Any]] = {"done": [], "failed": [], "audio_s": []}
        for pickled in batch["items"]:
            items: list[Item] = pickle.loads(pickled)
            stamps = {item.index: self._reviewer.stamp(item) for item in items}  # before they are read
            results = self._workers.results((item,) for item in items)
            outcomes = {each.task.index: outcome_of(each) for each in results}
            self._parts.write([(outcomes[item.index], stamps[item.index]) for item in items])
            reviews = [outcome.review for outcome in outcomes.values() if outcome.review is not None]
            counts["done"].append(len(outcomes))
            counts["failed"].append(len(outcomes) - len(reviews))
            counts["audio_s"].append(sum(review.measurements.duration_s for review in reviews))
        return counts


class _Parts:
    """The Parquet parts in a folder."""

    def __init__(self, out: str | Path, settings: str, rules: Sequence[str]) -> None:
        self._out, self._settings = str(out), settings
        # every part has the columns of all findings, so that the parts are one table
        self._findings = [FINDING_PREFIX + rule for rule in rules]

    def left(
        self, corpus: Corpus, reviewer: Reviewer, *, resume: bool, retry_failed: bool
    ) -> tuple[Iterator[Item], int]:
        """The recordings to review, and the number of those that a part has as they are now.

        Rows of recordings to review again are removed from their parts first, so that none is there twice.
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
            digest = _digest(plain(str(item.path)))
            stamp, failed, part = held.get(digest, ("", False, ""))
            if part and stamp == reviewer.stamp(item) and not (failed and retry_failed):
                passed.add(digest)
            elif part:
                again.setdefault(part, set()).add(digest)
        for part, digests in again.items():
            self._remove(part, digests)
        return (item for item in corpus if _digest(plain(str(item.path))) not in passed), len(passed)

    def write(self, outcomes: Sequence[tuple[Outcome, str]]) -> None:
        """Write a part, whole or not at all; its name depends on its recordings."""
        import pyarrow as pa

        own = table_columns(outcome for outcome, _ in outcomes)
        columns = dict.fromkeys([*table_columns(()), *self._findings, *own, STAMP_COLUMN, OUTCOME_COLUMN])
        rows = [
            table_row(outcome)
            | {STAMP_COLUMN: stamp, OUTCOME_COLUMN: msgspec.json.encode(outcome.to_dict()).decode()}
            for outcome, stamp in outcomes
        ]
        schema = arrow_schema(columns, {_SETTINGS: self._settings})
        names = "\0".join(plain(str(outcome.path)) + stamp for outcome, stamp in outcomes)
        _, folder = self._system()
        self._put(f"{folder}/part-{_digest(names).hex()}.parquet", pa.Table.from_pylist(rows, schema=schema))

    def _remove(self, part: str, digests: set[bytes]) -> None:
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
            _as_our_error(part),
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
            system.pipe(path, content.getvalue())  # an object store shows an object when it is complete

    def _system(self) -> tuple[Any, str]:
        import fsspec

        system, folder = fsspec.url_to_fs(self._out)
        return system, str(folder).rstrip("/")


@contextmanager
def _as_our_error(part: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError) as error:  # pyarrow's errors are subclasses
        raise LedgerDamagedError(
            f"{part}: is damaged, or was not written by aftertone ({error}); move it away, and --resume does "
            "its recordings again"
        ) from error


def _is_local(system: Any) -> bool:
    return "file" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,))


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
