"""A benchmark as it is kept: every repeat of every pass, so that the spread is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from aftertone.bench.accuracy import Accuracy
from aftertone.bench.machine import Load
from aftertone.errors import BenchmarkError
from aftertone.files.reading import TRANSCRIPT_BYTES_MAX, read_given

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Pass:
    """The corpus once, by a process of its own.

    Attributes
    ----------
    jobs : int
    wall_s : float
        All messages, reports written. With one job warm: a message was reviewed before. With several, from
        the birth of the first process on.
    start_s : float or None
        With one job: what a cold start costs over a warm one, that is imports, engine, first calls.
    stages_s : dict of str to float
        With one job, warm: seconds in each stage; "write" is the report, "other" what is left of `wall_s`.
    cold_stages_s : dict of str to float
        The same of the first message in a new process; "load" is the engine, "other" imports and the birth.
    message_p50_s, message_p95_s, message_max_s : float or None
        With one job, warm. Messages that are heard together share their time by length.
    peak_bytes : int or None
        Memory of the largest process.
    failed_count : int
    """

    jobs: int
    wall_s: float
    start_s: float | None = None
    stages_s: dict[str, float] = field(default_factory=dict)
    cold_stages_s: dict[str, float] = field(default_factory=dict)
    message_p50_s: float | None = None
    message_p95_s: float | None = None
    message_max_s: float | None = None
    peak_bytes: int | None = None
    failed_count: int = 0


@dataclass(frozen=True, slots=True)
class EngineResult:
    """All passes with one engine, and how right its words were."""

    engine: str
    passes: tuple[Pass, ...]
    accuracy: Accuracy | None = None

    def of(self, jobs: int, value: Callable[[Pass], float | None]) -> list[float]:
        """A figure in each pass with so many jobs that has it."""
        found = (value(each) for each in self.passes if each.jobs == jobs)
        return [each for each in found if each is not None]

    @property
    def jobs(self) -> list[int]:
        """Numbers of processes that were tried."""
        return sorted({each.jobs for each in self.passes})


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What `aftertone bench` found, and on what.

    Attributes
    ----------
    machine : dict
        Processor, cores, system, versions, commit.
    settings : dict of str to str
    corpus : dict
        The paths, how many messages, seconds of sound, a digest of names and sizes.
    load : Load
        What else the machine did.
    results : tuple of EngineResult
    """

    machine: dict[str, Any]
    settings: dict[str, str]
    corpus: dict[str, Any]
    load: Load
    results: tuple[EngineResult, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def message_count(self) -> int:
        """Messages in a pass."""
        return int(self.corpus["message_count"])

    @property
    def audio_s(self) -> float:
        """Sound in a pass."""
        return float(self.corpus["audio_s"])


def write_benchmark(benchmark: Benchmark, path: str | Path) -> None:
    """Keep a benchmark as JSON.

    Raises
    ------
    BenchmarkError
        The file cannot be written.
    """
    path = Path(path)
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(benchmark), indent=1) + b"\n")
    except OSError as error:
        raise BenchmarkError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_benchmark(path: str | Path) -> Benchmark:
    """A benchmark that was kept.

    Raises
    ------
    BenchmarkError
        There is none, or the file is something else.
    """
    path = Path(path)
    try:
        found = msgspec.json.decode(read_given(path, TRANSCRIPT_BYTES_MAX), type=Benchmark)
    except OSError as error:
        raise BenchmarkError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BenchmarkError(
            f"{path}: not a benchmark: {error}; give what `aftertone bench --json` wrote"
        ) from error
    if found.schema_version != SCHEMA_VERSION:
        raise BenchmarkError(
            f"{path}: is of schema {found.schema_version}, and {SCHEMA_VERSION} is read: measure anew"
        )
    return found


def median_of(values: Sequence[float]) -> float:
    """The middle of some figures.

    >>> median_of([3.0, 1.0, 2.0])
    2.0
    """
    from statistics import median

    return median(values)
