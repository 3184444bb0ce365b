"""The passes: each in a fresh process, through `review_many` and `write_report` as users call them."""

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

from aftertone.batch import Options, Reviewer, review_many, with_shared_cores
from aftertone.batch.workers import core_count
from aftertone.bench.accuracy import Accuracy, Row, accuracy_of, row_of, truth_of
from aftertone.bench.machine import LoadMeter, machine
from aftertone.bench.record import Benchmark, EngineResult, Pass
from aftertone.corpus import Corpus, Item, stamp_of
from aftertone.errors import BenchmarkError
from aftertone.files.private import temporary_folder
from aftertone.outcome import Location, Outcome
from aftertone.recognition import EngineSpec
from aftertone.report.files import write_report
from aftertone.stages import Stage, stage, stage_hook

PERCENTS = (50, 95, 100)


def benchmark(
    paths: str | Path | Sequence[str | Path],
    *,
    engines: Sequence[str] = ("auto",),
    jobs: Sequence[int] | None = None,
    repeats: int = 3,
    copies: int = 1,
    shuffle: bool = False,
    transcripts: str | Path | None = None,
    told: Callable[[str], None] | None = None,
) -> Benchmark:
    """How fast the pipeline is on a corpus, and how right where the truth of its messages is known.

    Each pass is a process of its own. With one job it reviews one message first, cold, and then all of them;
    with several, all from the start. The calling script guards its start with ``if __name__ == "__main__"``.

    Parameters
    ----------
    paths : path, or sequence of paths
        As for `aftertone.corpus.Corpus`. The truth of ``NAME.wav`` is ``truth/NAME.json`` beside it.
    engines : sequence of str
        Names for `load_engine`, with a model after a colon where it is whisper's (``"whisper:small.en"``);
        ``"none"`` measures the sound alone. Nothing is fetched.
    jobs : sequence of int or None
        Numbers of processes; None: 1, 2, 4 … up to the cores there are.
    repeats : int
        Passes for each engine and number of processes: their spread is that of the figures.
    copies : int
        How often each message is in the corpus.
    shuffle : bool
        Whether messages come in an order that is drawn, the same each time.
    transcripts : str, Path or None
        For ``"replay"``.
    told : callable or None
        Is told in a line what has been done.

    Raises
    ------
    BenchmarkError
        No message could be reviewed, or a truth is malformed.
    EngineError
        An engine cannot be loaded.
    NoAudioFoundError
        The corpus is empty.
    """
    given = (paths,) if isinstance(paths, str | Path) else tuple(paths)
    corpus = Copies(given, copies=copies, shuffle=shuffle)
    tried = tuple(jobs or _jobs_up_to(core_count()))
    meter = LoadMeter()
    results, audio_s = [], 0.0
    for name in engines:
        make = engine_maker(name, transcripts)
        label, passes, accuracy = _label(name), [], None
        for number in tried:
            for repeat in range(repeats):
                order = _Order(corpus, make, number, monotonic())
                done = _in_fresh_process(order)
                if done.found.failed_count == len(corpus):
                    raise BenchmarkError(f"no message could be reviewed with {label}: {done.first_error}")
                passes.append(done.found)
                accuracy, audio_s = accuracy or done.accuracy, done.audio_s
                if told is not None:
                    told(f"{label}, jobs {number}, pass {repeat + 1} of {repeats}: {done.found.wall_s:.1f} s")
        results.append(EngineResult(label, tuple(passes), accuracy))
    settings = {"repeats": str(repeats), "copies": str(copies), "shuffle": str(shuffle).lower()}
    about = {
        "paths": [str(path) for path in given],
        "message_count": len(corpus),
        "audio_s": round(audio_s, 3),
        "digest": corpus.digest,
    }
    return Benchmark(machine(), settings, about, meter.load(), tuple(results))


def engine_maker(name: str, transcripts: str | Path | None = None) -> EngineSpec | None:
    """The engine that a word such as ``whisper:small.en`` names; None for ``none``.

    >>> engine_maker("whisper:small.en").model
    'small.en'
    """
    if name == "none":
        return None
    kind, _, model = name.partition(":")
    return EngineSpec(kind, model=model or None, transcript=transcripts)


def _label(name: str) -> str:
    spec = engine_maker(name)
    return "none" if spec is None else spec.identity()


def _jobs_up_to(cores: int) -> list[int]:
    return sorted({*(1 << power for power in range(cores.bit_length()) if 1 << power <= cores), cores})


class Copies(Corpus):
    """A corpus in which each message is so often, in the order given or in one that is drawn.

    >>> [item.path.name for item in Copies(["a.wav", "b.wav"], copies=2)]
    ['a.wav', 'b.wav', 'a.wav', 'b.wav']
    """

    def __init__(self, given: Iterable[str | Path], *, copies: int = 1, shuffle: bool = False) -> None:
        self._once = tuple(Corpus(given))
        self._places = list(range(len(self._once))) * copies
        if shuffle:
            Random(0).shuffle(self._places)
        self.count = len(self._places)

    def __iter__(self) -> Iterator[Item]:
        for index, place in enumerate(self._places):
            yield replace(self._once[place], index=index)

    def first(self) -> Copies:
        """The first message alone."""
        alone = Copies(())
        alone._once, alone._places, alone.count = (next(iter(self)),), [0], 1
        return alone

    @property
    def digest(self) -> str:
        """What changes where another corpus is meant: names, sizes, times."""
        told = "|".join(f"{item.path.name} {stamp_of(item.path)}" for item in self._once)
        return blake2b(told.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


# ── in the process ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Order:
    corpus: Copies
    engine: EngineSpec | None
    jobs: int
    born_s: float  # by the clock that all processes share


@dataclass(frozen=True, slots=True)
class _Answer:
    found: Pass
    audio_s: float
    accuracy: Accuracy | None
    first_error: str


def _in_fresh_process(order: _Order) -> _Answer:
    # an executor's processes may have processes of their own, and errors come back as they were raised
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        return processes.submit(_answer, order).result()


def _answer(order: _Order) -> _Answer:
    return _one_job(order) if order.jobs == 1 else _several_jobs(order)


def _one_job(order: _Order) -> _Answer:
    cold = Watch()
    with stage_hook(cold.told):
        with stage("load"):
            engine = Reviewer(with_shared_cores(Options(engine=order.engine))).prepare()
        for outcome in review_many(order.corpus.first(), engine=engine):
            cold.outcome(outcome)
    cold_s = monotonic() - order.born_s
    warm = Watch()
    with stage_hook(warm.told):
        warm.write(review_many(order.corpus, engine=engine))
    message_s = warm.message_s
    stages_s = {**warm.stages_s, "write": warm.write_s}
    wall_s = warm.review_s + warm.write_s
    p50_s, p95_s, max_s = _percentiles(message_s)
    found = Pass(
        jobs=1,
        wall_s=wall_s,
        start_s=max(0.0, cold_s - message_s[0]),
        stages_s={**stages_s, "other": max(0.0, wall_s - sum(stages_s.values()))},
        cold_stages_s={**cold.stages_s, "other": max(0.0, cold_s - sum(cold.stages_s.values()))},
        message_p50_s=p50_s,
        message_p95_s=p95_s,
        message_max_s=max_s,
        peak_bytes=_peak_bytes(),
        failed_count=warm.failed_count,
    )
    return _Answer(found, warm.audio_s, accuracy_of(warm.rows), warm.first_error)


def _several_jobs(order: _Order) -> _Answer:
    watch = Watch()
    watch.write(review_many(order.corpus, engine=order.engine, jobs=order.jobs))
    found = Pass(
        order.jobs, monotonic() - order.born_s, peak_bytes=_peak_bytes(), failed_count=watch.failed_count
    )
    return _Answer(found, watch.audio_s, accuracy_of(watch.rows), watch.first_error)


class Watch:
    """Looks on while messages are reviewed and written."""

    def __init__(self) -> None:
        self.stages_s: defaultdict[str, float] = defaultdict(float)
        self.message_s: list[float] = []
        self.review_s = 0.0
        self.write_s = 0.0
        self.audio_s = 0.0
        self.failed_count = 0
        self.first_error = ""
        self.rows: list[Row] = []
        self._seen: set[Location] = set()
        self._together: list[tuple[float, float]] = []  # seconds taken and seconds of sound, of a group
        self._since_s = perf_counter()

    def told(self, name: Stage, seconds: float) -> None:
        """A stage has ended; one that reads after outcomes begins the next group of messages."""
        self.stages_s[name] += seconds
        if name == "read":
            self._share()

    def outcome(self, outcome: Outcome) -> None:
        """A message is done; what it takes to hold it against its truth is not counted."""
        taken_s = perf_counter() - self._since_s
        self.review_s += taken_s
        duration_s = 0.0
        if outcome.review is None:
            self.failed_count += 1
            self.first_error = self.first_error or str(outcome.error)
        else:
            duration_s = outcome.review.measurements.duration_s
            if outcome.path not in self._seen and (truth := truth_of(outcome.path)) is not None:
                self.rows.append(row_of(truth, outcome.review))
            self._seen.add(outcome.path)
        self.audio_s += duration_s
        self._together.append((taken_s, duration_s))
        self._since_s = perf_counter()

    def write(self, outcomes: Iterable[Outcome]) -> None:
        """Have outcomes made, and written as JSON Lines."""

        def seen() -> Iterator[Outcome]:
            for outcome in outcomes:
                self.outcome(outcome)
                yield outcome
                now_s = perf_counter()
                self.write_s += now_s - self._since_s
                self._since_s = now_s

        with temporary_folder() as folder:
            write_report(seen(), folder / "reviews.jsonl")
        self._share()

    def _share(self) -> None:
        taken_s = sum(taken for taken, _ in self._together)
        sound_s = sum(duration for _, duration in self._together)
        for _, duration_s in self._together:
            share = duration_s / sound_s if sound_s else 1 / len(self._together)
            self.message_s.append(taken_s * share)
        self._together.clear()


def _percentiles(message_s: Sequence[float]) -> list[float]:
    import numpy as np

    return [float(value) for value in np.percentile(message_s, PERCENTS)]


def _peak_bytes() -> int | None:
    """Memory of the largest of this process and those that it started; None where the system does not say."""
    try:
        resource = import_module("resource")
    except ImportError:  # Windows
        return None
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return int(max(peaks)) * (1 if sys.platform == "darwin" else 1024)
