"""Many recordings: one outcome for each, failures included, as they are done.

`review_many` is the call; `reviewer` says what is done with each recording, `run` which are to be done,
`workers` runs processes, and `cluster` runs machines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from aftertone.acoustics.channels import Channel
from aftertone.acoustics.vad import Detector
from aftertone.batch.reviewer import Options, Reviewer
from aftertone.batch.run import Run
from aftertone.batch.workers import ThisProcess, Workers, threads_per_job
from aftertone.corpus import AUDIO_SUFFIXES, Corpus, recordings_in
from aftertone.errors import EngineError
from aftertone.language.brief import Brief
from aftertone.outcome import Outcome
from aftertone.pipeline import playbook_of
from aftertone.playbook import Playbook
from aftertone.recognition import EngineSource, EngineSpec, OwnEngine
from aftertone.report.ledger import Ledger

__all__ = [
    "AUDIO_SUFFIXES",
    "BatchProgress",
    "Hook",
    "Options",
    "Outcome",
    "Reviewer",
    "recordings_in",
    "review_many",
    "with_shared_cores",
]

_GROUP_SIZE_MAX = 16  # recordings transcribed at once: the threads of a process share them
_GROUPS_PER_JOB_MIN = 8  # so that no process is left with many when the others are done

Hook = Callable[[int, int, Outcome], None]
"""Called after each recording with the recordings done, the recordings in all, and the outcome."""


def review_many(
    paths: str | Path | Corpus | Iterable[str | Path],
    *,
    engine: EngineSource | None = "auto",
    playbook: str | Path | Playbook | None = None,
    brief: Brief | Mapping[Path, Brief] | None = None,
    jobs: int = 1,
    vad: Detector = "webrtc",
    time_limit_s: float | None = None,
    ledger: str | Path | None = None,
    resume: bool = False,
    retry_failed: bool = False,
    redact: bool = False,
    transcripts: bool = True,
    rate_hz: int | None = None,
    channel: Channel = "auto",
    hook: Hook | None = None,
) -> Iterator[Outcome]:
    """Review many recordings; a recording that fails is an outcome like any other.

    Memory does not grow with the number of recordings: they are listed as they are needed, and work waits
    until its outcomes are asked for.

    Parameters
    ----------
    paths : path, iterable of paths, or Corpus
        Files, folders, patterns, tables and addresses: see `aftertone.corpus.Corpus`. A file named twice is
        reviewed once.
    engine : str, Engine, callable or None
        What transcribes: a name for `load_engine`, an engine, or a callable that makes one, once in each
        process. None: no words.
    playbook : str, Path, Playbook or None
        None: the one that each recording's brief names, else ``general``.
    brief : Brief, mapping of Path to Brief, or None
        What is known of all recordings: each of its fields replaces that of the brief beside a recording. A
        mapping has the brief of each recording, instead of the one beside it.
    jobs : int
        Processes, each with its share of the cores. With more than one, or with a time limit, `engine` is a
        name or a callable that can be pickled, such as
        ``functools.partial(load_engine, "whisper", model="small.en", threads=1)``, and the calling script
        guards its start with ``if __name__ == "__main__"``.
    vad : {"webrtc", "silero"}
        The detector of speech: see `speech_intervals`.
    time_limit_s : float or None
        Limit for one recording, in seconds. With it, or with several jobs, recordings are reviewed in other
        processes, and one that hangs or crashes a decoder is an outcome; without either, in this process.
    ledger : str, Path or None
        A file that keeps outcomes as they are done (``reviews.ledger``), so that a killed run loses none.
        With it, recordings of the same content are reviewed once.
    resume : bool
        Go on with the ledger: recordings in it that have not changed are passed over, and only new outcomes
        are yielded. A ledger of other settings is an error.
    retry_failed : bool
        With `resume`, review again those that failed.
    redact : bool
        Mask telephone numbers, names and amounts in every text of an outcome: see
        `aftertone.report.redaction`.
    transcripts : bool
        False leaves the transcript out of each review, and the rewritten message.
    rate_hz, channel
        How each recording is read: as for `read_audio`.
    hook : callable or None
        Called after each recording with the recordings done, the recordings in all, and the outcome.
        `BatchProgress` counts more.

    Yields
    ------
    Outcome
        One for each recording, in order of completion, which with one job is the order given.

    Raises
    ------
    NoAudioFoundError
        A folder, pattern or table holds no recording.
    ArgumentTypeError
        An argument has another type; the message says what was expected.
    PlaybookError
        The playbook cannot be used.
    EngineError
        The engine cannot be loaded, or cannot be taken to other processes.
    LedgerError
        The ledger cannot be used, or written.
    ValueError
        `rate_hz` or `channel` is not valid.

    Examples
    --------
    >>> (outcome,) = review_many(["missing.wav"], engine=None)
    >>> outcome.review, type(outcome.error).__name__
    (None, 'AudioNotFoundError')
    """
    # everything that can be wrong with the call raises here, before the first outcome is asked for
    options = Options(
        engine=engine,
        playbook=None if playbook is None else playbook_of(playbook, Brief()),
        brief=Brief() if brief is None else brief,
        vad=vad,
        redact=redact,
        transcripts=transcripts,
        rate_hz=rate_hz,
        channel=channel,
    )
    corpus = paths if isinstance(paths, Corpus) else Corpus(paths)
    in_processes = time_limit_s is not None or (jobs > 1 and len(corpus) > 1)
    if in_processes and isinstance(options.engine, OwnEngine) and options.engine.is_loaded:
        raise EngineError(
            f"an engine that is loaded cannot be taken to {jobs} process{'es' * (jobs > 1)}; give its name "
            'or what makes it, such as functools.partial(load_engine, "auto")'
        )
    options = with_shared_cores(options, jobs, count=len(corpus), keep_heap=in_processes)
    reviewer = Reviewer(options)
    run = Run(
        corpus,
        reviewer,
        None if ledger is None else Ledger(ledger, reviewer.settings(), resume=resume),
        retry_failed=retry_failed,
        group_size=_group_size(options, len(corpus), jobs),
        workers=partial(Workers, jobs=jobs, time_limit_s=time_limit_s) if in_processes else ThisProcess,
    )
    return _reported(run, hook)


def _reported(run: Run, hook: Hook | None) -> Iterator[Outcome]:
    for done, outcome in enumerate(run.outcomes(), start=1):
        if hook is not None:
            hook(run.passed_count + done, len(run.corpus), outcome)
        yield outcome


def with_shared_cores(options: Options, jobs: int = 1, *, count: int = 2, keep_heap: bool = False) -> Options:
    """The options with the cores of each process shared out, where the engine's spec leaves that open.

    Of many recordings each core takes one alone: a worker of one thread. The windows of a single recording
    are transcribed side by side as well, and each may use all cores.
    """
    if not isinstance(spec := options.engine_source, EngineSpec):
        return options
    cores = threads_per_job(jobs)
    threads = 1 if count > 1 else cores
    shared = spec.with_cores(threads=threads, workers=cores, keep_heap=keep_heap and count > 1)
    return replace(options, engine=shared)


def _group_size(options: Options, count: int, jobs: int) -> int:
    """Recordings that a process takes at once: several where its engine transcribes them together."""
    if (source := options.engine_source) is None or not source.is_batch:
        return 1
    shares = jobs * _GROUPS_PER_JOB_MIN if jobs > 1 else 1
    return max(1, min(_GROUP_SIZE_MAX, count // shares))


@dataclass
class BatchProgress:
    """How far a run is; its `update` is a hook for `review_many`.

    >>> progress = BatchProgress()
    >>> outcomes = list(review_many(["a.wav", "b.wav"], engine=None, hook=progress.update))
    >>> progress.done_count, progress.total_count, progress.failed_count, progress.audio_s
    (2, 2, 2, 0.0)
    """

    done_count: int = 0  # with those of an earlier run
    total_count: int = 0
    failed_count: int = 0
    audio_s: float = 0.0  # length of all recordings reviewed in this run
    _here_count: int = 0
    _started_s: float = field(default_factory=time.monotonic)

    @property
    def elapsed_s(self) -> float:
        """Seconds since this was made."""
        return time.monotonic() - self._started_s

    @property
    def times_real_time(self) -> float:
        """Seconds of sound reviewed in a second."""
        return self.audio_s / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Estimate of the seconds left; None before the first recording is done."""
        if not self._here_count:
            return None
        return (self.total_count - self.done_count) * self.elapsed_s / self._here_count

    def update(self, done: int, total: int, outcome: Outcome) -> None:
        """Count one outcome."""
        self.done_count, self.total_count = done, total
        self._here_count += 1
        if outcome.review is None:
            self.failed_count += 1
        else:
            self.audio_s += outcome.review.measurements.duration_s
