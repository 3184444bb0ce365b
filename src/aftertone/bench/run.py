"""The passes of a benchmark. Each runs `review_many` and `write_report` in a new process, as users do."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from hashlib import blake2b
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import monotonic, perf_counter

import numpy as np

from aftertone.batch import Options, Reviewer, review_many, with_shared_cores
from aftertone.batch.workers import core_count
from aftertone.bench.accuracy import (
    Accuracy,
    ComparedMessage,
    accuracy_of,
    compared_message,
    truth_of,
)
from aftertone.bench.machine import LoadMeter, describe_machine
from aftertone.bench.record import Benchmark, EngineResult, Pass
from aftertone.corpus import Corpus, Item, stamp_of
from aftertone.errors import BenchmarkError
from aftertone.files.private import temporary_folder
from aftertone.outcome import Location, Outcome
from aftertone.recognition import EngineSpec
from aftertone.report import write_report
from aftertone.stages import Stage, stage, stage_hook


def benchmark(
    paths: str | Path | Sequence[str | Path],
    *,
    engines: Sequence[str] = ("auto",),
    jobs: Sequence[int] | None = None,
    repeats: int = 3,
    copies: int = 1,
    shuffle: bool = False,
    transcripts: str | Path | None = None,
    log: Callable[[str], None] = lambda _: None,
) -> Benchmark:
    """Measure the speed of the pipeline on a corpus, and its accuracy where the truth is known.

    Each pass is a process of its own. With one job it reviews one message first, cold, and then all of them.
    With several jobs it reviews all of them from the start. The calling script needs the guard
    ``if __name__ == "__main__"``. `engines` and `transcripts` are as for `engine_spec`; no weights are
    downloaded. Without `jobs` they are 1, 2, 4 … up to the cores. The corpus holds each message `copies`
    times. `log` receives a line after each pass.
    """
    given = (paths,) if isinstance(paths, str | Path) else tuple(paths)
    corpus = RepeatedCorpus(given, copies=copies, shuffle=shuffle)
    meter = LoadMeter()
    results, audio_s = [], 0.0
    for name in engines:
        engine = engine_spec(name, transcripts)
        label = "none" if engine is None else engine.identity()
        passes, accuracy = [], None
        for job_count in jobs or _powers_of_two(core_count()):
            for repeat in range(repeats):
                done = _in_new_process(_Task(corpus, engine, job_count, monotonic()))
                if done.figures.failed_count == len(corpus):
                    raise BenchmarkError(f"no message could be reviewed with {label}: {done.first_error}")
                passes.append(done.figures)
                accuracy, audio_s = accuracy or done.accuracy, done.audio_s
                wall_s = done.figures.wall_s
                log(f"{label}, jobs {job_count}, pass {repeat + 1} of {repeats}: {wall_s:.1f} s")
        results.append(EngineResult(label, tuple(passes), accuracy))
    return Benchmark(
        machine=describe_machine(),
        settings={"repeats": str(repeats), "copies": str(copies), "shuffle": str(shuffle).lower()},
        corpus={
            "paths": [str(path) for path in given],
            "message_count": len(corpus),
            "audio_s": round(audio_s, 3),
            "digest": corpus.digest,
        },
        load=meter.load(),
        results=tuple(results),
    )


def engine_spec(name: str, transcripts: str | Path | None = None) -> EngineSpec | None:
    """The engine of a name, which may have a model; None for ``none``, the sound alone.

    >>> engine_spec("whisper:small.en").model
    'small.en'
    """
    if name == "none":
        return None
    kind, _, model = name.partition(":")
    return EngineSpec(kind, model=model or None, transcript=transcripts)


def _powers_of_two(cores: int) -> list[int]:
    """1, 2, 4 … below the number of cores, and that number."""
    return sorted({*(1 << power for power in range(cores.bit_length()) if 1 << power <= cores), cores})


class RepeatedCorpus(Corpus):
    """A corpus that holds each message several times, in the order given or in a fixed random one."""

    def __init__(self, given: Iterable[str | Path], *, copies: int = 1, shuffle: bool = False) -> None:
        self._once = tuple(Corpus(given))
        self._places = list(range(len(self._once))) * copies
        if shuffle:
            Random(0).shuffle(self._places)
        self.count = len(self._places)

    def __iter__(self) -> Iterator[Item]:
        for index, place in enumerate(self._places):
            yield replace(self._once[place], index=index)

    def first(self) -> RepeatedCorpus:
        """A corpus of the first message alone."""
        alone = RepeatedCorpus(())
        alone._once, alone._places, alone.count = (next(iter(self)),), [0], 1
        return alone

    @property
    def digest(self) -> str:
        """A digest of the names, sizes and times of the files."""
        text = "|".join(f"{item.path.name} {stamp_of(item.path)}" for item in self._once)
        return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


# ── in the new process ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Task:
    corpus: RepeatedCorpus
    engine: EngineSpec | None
    jobs: int
    born_s: float  # monotonic time, which all processes share


@dataclass(frozen=True, slots=True)
class _Done:
    figures: Pass
    audio_s: float
    accuracy: Accuracy | None
    first_error: str


def _in_new_process(task: _Task) -> _Done:
    # processes of an executor may start processes of their own, and pass errors on unchanged
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        return processes.submit(_one_job if task.jobs == 1 else _several_jobs, task).result()


def _one_job(task: _Task) -> _Done:
    cold = StopWatch()
    with stage_hook(cold.add_stage):
        with stage("load"):
            engine = Reviewer(with_shared_cores(Options(engine=task.engine))).prepare()
        for outcome in review_many(task.corpus.first(), engine=engine):
            cold.add_outcome(outcome)
    cold_s = monotonic() - task.born_s
    warm = StopWatch()
    with stage_hook(warm.add_stage):
        warm.write(review_many(task.corpus, engine=engine))
    stages_s = {**warm.stages_s, "write": warm.write_s}
    wall_s = warm.review_s + warm.write_s
    p50_s, p95_s, max_s = np.percentile(warm.message_s, (50, 95, 100)).tolist()
    figures = Pass(
        jobs=1,
        wall_s=wall_s,
        start_s=max(0.0, cold_s - warm.message_s[0]),
        stages_s={**stages_s, "other": max(0.0, wall_s - sum(stages_s.values()))},
        cold_stages_s={**cold.stages_s, "other": max(0.0, cold_s - sum(cold.stages_s.values()))},
        message_p50_s=p50_s,
        message_p95_s=p95_s,
        message_max_s=max_s,
        peak_bytes=_peak_bytes(),
        failed_count=warm.failed_count,
    )
    return _Done(figures, warm.audio_s, accuracy_of(warm.compared), warm.first_error)


def _several_jobs(task: _Task) -> _Done:
    watch = StopWatch()
    watch.write(review_many(task.corpus, engine=task.engine, jobs=task.jobs))
    wall_s = monotonic() - task.born_s
    figures = Pass(task.jobs, wall_s, peak_bytes=_peak_bytes(), failed_count=watch.failed_count)
    return _Done(figures, watch.audio_s, accuracy_of(watch.compared), watch.first_error)


class StopWatch:
    """Times of a pass by stage and by message, and its results against the truth."""

    def __init__(self) -> None:
        self.stages_s: defaultdict[str, float] = defaultdict(float)
        self.message_s: list[float] = []
        self.review_s = 0.0
        self.write_s = 0.0
        self.audio_s = 0.0
        self.failed_count = 0
        self.first_error = ""
        self.compared: list[ComparedMessage] = []
        self._seen: set[Location] = set()
        self._group_s: list[tuple[float, float]] = []  # wall time and length of each message of a group
        self._since_s = perf_counter()

    def add_stage(self, name: Stage, seconds: float) -> None:
        """Add the time of a stage. A stage "read" after outcomes begins the next group of messages."""
        self.stages_s[name] += seconds
        if name == "read":
            self._end_group()

    def add_outcome(self, outcome: Outcome) -> None:
        """Add an outcome. The comparison with its truth is not timed."""
        wall_s = perf_counter() - self._since_s
        self.review_s += wall_s
        duration_s = 0.0
        if outcome.review is None:
            self.failed_count += 1
            self.first_error = self.first_error or str(outcome.error)
        else:
            duration_s = outcome.review.measurements.duration_s
            if outcome.path not in self._seen and (truth := truth_of(outcome.path)) is not None:
                self.compared.append(compared_message(truth, outcome.review))
            self._seen.add(outcome.path)
        self.audio_s += duration_s
        self._group_s.append((wall_s, duration_s))
        self._since_s = perf_counter()

    def write(self, outcomes: Iterable[Outcome]) -> None:
        """Consume outcomes, and write them as JSON Lines."""

        def timed() -> Iterator[Outcome]:
            for outcome in outcomes:
                self.add_outcome(outcome)
                yield outcome
                now_s = perf_counter()
                self.write_s += now_s - self._since_s
                self._since_s = now_s

        with temporary_folder() as folder:
            write_report(timed(), folder / "reviews.jsonl")
        self._end_group()

    def _end_group(self) -> None:
        """Share the time of messages that were transcribed together by their lengths."""
        wall_s = sum(wall_s for wall_s, _ in self._group_s)
        audio_s = sum(duration_s for _, duration_s in self._group_s)
        for _, duration_s in self._group_s:
            share = duration_s / audio_s if audio_s else 1 / len(self._group_s)
            self.message_s.append(wall_s * share)
        self._group_s.clear()


def _peak_bytes() -> int | None:
    """The memory of the largest of this process and its children; None where it is not known."""
    try:
        resource = import_module("resource")
    except ImportError:  # Windows
        return None
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return int(max(peaks)) * (1 if sys.platform == "darwin" else 1024)
