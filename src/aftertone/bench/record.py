"""The record of a benchmark: every figure of every pass, kept as JSON, and the comparison of two records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import comb
from pathlib import Path
from statistics import median
from typing import Any, Literal

import msgspec

from aftertone.bench.accuracy import Accuracy
from aftertone.bench.machine import Load
from aftertone.errors import BenchmarkError
from aftertone.files.reading import TRANSCRIPT_BYTES_MAX, read_limited

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Pass:
    """One review of the whole corpus, in a process of its own. Times by stage and message are of one job."""

    jobs: int
    wall_s: float  # all messages and the report; with several jobs from the start of the first process
    start_s: float | None = None  # how much longer the first message takes than a warm one
    stages_s: dict[str, float] = field(default_factory=dict)  # warm; "write": the report, "other": the rest
    cold_stages_s: dict[str, float] = field(default_factory=dict)  # first message; "load": the engine
    # messages that are transcribed together share their time by length
    message_p50_s: float | None = None
    message_p95_s: float | None = None
    message_max_s: float | None = None
    peak_bytes: int | None = None  # of the largest process
    failed_count: int = 0


Figure = Callable[[Pass], float | None]


@dataclass(frozen=True, slots=True)
class EngineResult:
    """All passes with one engine, and the accuracy of its results."""

    engine: str
    passes: tuple[Pass, ...]
    accuracy: Accuracy | None = None

    def values(self, jobs: int, figure: Figure) -> list[float]:
        """A figure of each pass with so many jobs, where it is known."""
        found = (figure(each) for each in self.passes if each.jobs == jobs)
        return [each for each in found if each is not None]

    @property
    def jobs(self) -> list[int]:
        """The numbers of processes, in ascending order."""
        return sorted({each.jobs for each in self.passes})


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The results of `aftertone bench`, and the conditions of the measurement."""

    machine: dict[str, Any]
    settings: dict[str, str]
    corpus: dict[str, Any]  # paths, message_count, audio_s, and a digest of names and sizes
    load: Load
    results: tuple[EngineResult, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def message_count(self) -> int:
        """The messages in a pass."""
        return int(self.corpus["message_count"])

    @property
    def audio_s(self) -> float:
        """The seconds of sound in a pass."""
        return float(self.corpus["audio_s"])


def write_benchmark(benchmark: Benchmark, path: str | Path) -> None:
    """Write a benchmark as JSON."""
    path = Path(path)
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(benchmark), indent=1) + b"\n")
    except OSError as error:
        raise BenchmarkError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_benchmark(path: str | Path) -> Benchmark:
    """Read a benchmark from JSON."""
    path = Path(path)
    try:
        found = msgspec.json.decode(read_limited(path, TRANSCRIPT_BYTES_MAX), type=Benchmark)
    except OSError as error:
        raise BenchmarkError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BenchmarkError(
            f"{path}: not a benchmark: {error}; give a file that `aftertone bench --json` wrote"
        ) from error
    if found.schema_version != SCHEMA_VERSION:
        raise BenchmarkError(
            f"{path}: has schema {found.schema_version}, expected {SCHEMA_VERSION}: run the benchmark again"
        )
    return found


# ── comparison ───────────────────────────────────────────────────────────────────────────────────────

_REPEATS_MIN = 2
_FIGURES: dict[str, tuple[str, Figure]] = {  # of a pass, each with its unit
    "wall": ("s", lambda p: p.wall_s),
    "cold start": ("s", lambda p: p.start_s),
    "message p50": ("s", lambda p: p.message_p50_s),
    "message p95": ("s", lambda p: p.message_p95_s),
    "message max": ("s", lambda p: p.message_max_s),
    "peak memory": ("MB", lambda p: None if p.peak_bytes is None else p.peak_bytes / 1e6),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure before and after; its values are medians over the repeats."""

    engine: str
    figure: str
    unit: str
    before: float
    after: float
    # "less" or "more": all repeats after lie below, or above, all repeats before
    verdict: Literal["less", "more", "within the spread", "too few repeats"]
    luck: float | None = None  # probability of that if nothing changed: 2 of all ways to split the repeats

    @property
    def ratio(self) -> float | None:
        """After divided by before."""
        return self.after / self.before if self.before else None


def difference(
    engine: str, figure: str, unit: str, before: Sequence[float], after: Sequence[float]
) -> Difference:
    """Compare the repeats of a figure before and after.

    >>> difference("whisper", "warm", "s", [1.0, 1.1, 1.2], [0.7, 0.8, 0.9]).verdict
    'less'
    >>> difference("whisper", "warm", "s", [1.0, 1.1, 1.2], [0.7, 0.8, 1.0]).verdict
    'within the spread'
    """
    medians = median(before), median(after)
    if min(len(before), len(after)) < _REPEATS_MIN:
        return Difference(engine, figure, unit, *medians, "too few repeats")
    if min(before) <= max(after) and min(after) <= max(before):
        return Difference(engine, figure, unit, *medians, "within the spread")
    luck = 2 / comb(len(before) + len(after), len(before))
    return Difference(engine, figure, unit, *medians, "less" if max(after) < min(before) else "more", luck)


def differences(before: Benchmark, after: Benchmark) -> list[Difference]:
    """Compare every figure that two benchmarks share. Times are of a pass; see `unlike` first."""
    earlier = {result.engine: result for result in before.results}
    return [
        difference(result.engine, name, unit, one, other)
        for result in after.results
        if result.engine in earlier
        for name, unit, jobs, figure in _figures(result)
        if (one := earlier[result.engine].values(jobs, figure)) and (other := result.values(jobs, figure))
    ]


def _figures(result: EngineResult) -> Iterator[tuple[str, str, int, Figure]]:
    for jobs in result.jobs:
        for name, (unit, figure) in _FIGURES.items():
            yield f"{name}, {jobs} job{'s' * (jobs > 1)}", unit, jobs, figure
    for stage in dict.fromkeys(name for each in result.passes for name in each.stages_s):
        yield stage, "s", 1, lambda p, stage=stage: p.stages_s.get(stage)  # type: ignore[misc]


def unlike(before: Benchmark, after: Benchmark) -> list[str]:
    """Name the conditions that differ between two benchmarks, apart from the code and the engines."""
    conditions = [
        ("processor", before.machine["cpu"], after.machine["cpu"]),
        ("cores", before.machine["cores"], after.machine["cores"]),
        ("Python", before.machine["python"], after.machine["python"]),
        ("corpus", before.corpus["digest"], after.corpus["digest"]),
        *((key, before.settings.get(key), value) for key, value in after.settings.items()),
    ]
    lines = [
        f"{what} differs: {one} before, {other} after" for what, one, other in conditions if one != other
    ]
    notes = [("before", before.load.note), ("after", after.load.note)]
    return lines + [f"{when}, {note}" for when, note in notes if note]
