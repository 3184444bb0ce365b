"""Many recordings: one outcome for each, failures included, as they are done."""

from __future__ import annotations

import io
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from hashlib import blake2b, file_digest
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from aftertone.acoustics.audio import AudioSource, Recording, read_audio
from aftertone.acoustics.channels import Channel, channel_index
from aftertone.acoustics.decoding import whole_rate_hz
from aftertone.acoustics.vad import Detector
from aftertone.batch.workers import Claim, Done, Workers, threads_per_job
from aftertone.corpus import AUDIO_SUFFIXES, Corpus, Item, read_bytes, recordings_in, stamp_of
from aftertone.errors import (
    AftertoneError,
    EngineError,
    TimeLimitError,
    UnexpectedError,
    WorkerDiedError,
    unexpected,
)
from aftertone.files.reading import TRANSCRIPT_BYTES_MAX, read_given
from aftertone.language.brief import Brief, brief_of, find_brief
from aftertone.language.transcript import BatchEngine, Engine, heard_together
from aftertone.outcome import Location, Outcome, Url
from aftertone.pipeline import review
from aftertone.playbook import Playbook, load_playbook, playbooks
from aftertone.playbook.scoring import Review
from aftertone.recognition import load_engine, resolved_engine
from aftertone.report.ledger import Ledger
from aftertone.stages import stage

__all__ = ["AUDIO_SUFFIXES", "Options", "Outcome", "Progress", "recordings_in", "review_many"]

_HASHED_BYTES_MAX = 1 << 30  # what is larger is no voicemail: its refusal is not worth the reading

_GROUP_SIZE_MAX = 16  # recordings transcribed at once: the threads of a process share them
_GROUPS_PER_JOB_MIN = 8  # so that no process is left with many when the others are done

EngineFactory = Callable[[], Engine]
Made = TypeVar("Made", bound="Engine | EngineFactory | None")
Hook = Callable[[int, int, Outcome], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How each recording is reviewed: what each option is, `review_many` says.

    They travel in this one record to whoever reviews, a process, an actor or the practice page, so that none
    is lost on the way.
    """

    engine: Engine | EngineFactory | None = None
    playbook: Playbook | None = None
    brief: Brief | Mapping[Path, Brief] = field(default_factory=Brief)
    vad: Detector = "webrtc"
    redact: bool = False
    transcripts: bool = True
    rate_hz: int | None = None
    channel: Channel = "auto"

    def __post_init__(self) -> None:
        channel_index(self.channel)
        if self.rate_hz is not None:
            whole_rate_hz(self.rate_hz, "rate_hz")

    def keywords(self) -> dict[str, Any]:
        """All of them, by name: what `review_many` takes."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def read(self, source: AudioSource) -> Recording:
        """A recording, as these say that it is read."""
        return read_audio(source, rate_hz=self.rate_hz, channel=self.channel)


def review_many(
    paths: str | Path | Corpus | Iterable[str | Path],
    *,
    engine: str | Engine | EngineFactory | None = "auto",
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

    Memory does not grow with the number of recordings: they are listed as they are needed, and outcomes that
    nobody asks for hold the work up.

    Parameters
    ----------
    paths : path, iterable of paths, or Corpus
        Files, folders, patterns, tables and addresses: see `aftertone.corpus.Corpus`. A file named twice is
        reviewed once.
    engine : str, Engine, callable or None
        Where the words come from: a name for `load_engine`, an engine, or a callable that makes one, once in
        each process. None: no words.
    playbook : str, Path, Playbook or None
        None: the one that each recording's brief names, else ``general``.
    brief : Brief, mapping of Path to Brief, or None
        What is known of all the recordings: it wins over what lies beside them, field by field. Or of each:
        it takes the place of what lies beside it.
    jobs : int
        Processes, each with its share of the cores. With more than one, or with a time limit, `engine` is a
        name or a callable that can be pickled, such as
        ``functools.partial(load_engine, "whisper", model="small.en", threads=1)``, and the calling script
        guards its start with ``if __name__ == "__main__"``.
    vad : {"webrtc", "silero"}
        Who finds the speech: see `speech_intervals`.
    time_limit_s : float or None
        What one recording may take. With it, or with several jobs, recordings are reviewed in processes of
        their own, and one that hangs or crashes a decoder is an outcome; without either, in this process.
    ledger : str, Path or None
        Where outcomes are kept as they are done (``reviews.ledger``): killed at any moment, nothing of it is
        lost. With it, recordings of the same content are reviewed once.
    resume : bool
        Go on with what the ledger holds: recordings in it that have not changed are passed over, and only
        new outcomes are yielded. Where the ledger is of other settings, that is an error.
    retry_failed : bool
        With `resume`, those that failed are tried again.
    redact : bool
        Mask telephone numbers, names and amounts in everything that an outcome says: see
        `aftertone.report.redaction`.
    transcripts : bool
        False leaves the transcript out of each review.
    rate_hz, channel
        How each recording is read: as for `read_audio`.
    hook : callable or None
        Is told after each recording: how many are done, of how many, and the outcome. `Progress` counts more.

    Yields
    ------
    Outcome
        One for each recording, in order of completion, which with one job is the order given.

    Raises
    ------
    NoAudioFoundError
        A folder, pattern or table holds no recording.
    PlaybookError
        The playbook cannot be used.
    EngineError
        The engine cannot be loaded, or cannot be taken to other processes.
    LedgerError
        The ledger cannot be used, or written.
    ValueError
        `rate_hz` or `channel` is none.

    Examples
    --------
    >>> (outcome,) = review_many(["missing.wav"], engine=None)
    >>> outcome.review, type(outcome.error).__name__
    (None, 'AudioNotFoundError')
    """
    # all that can be wrong with the call itself is found here, before the first outcome is asked for
    book = None if playbook is None else load_playbook(playbook)
    corpus = paths if isinstance(paths, Corpus) else Corpus(paths)
    in_processes = time_limit_s is not None or (jobs > 1 and len(corpus) > 1)
    if isinstance(engine, str):
        engine = partial(load_engine, engine)
    engine = spread(engine, jobs, keep_heap=in_processes, count=len(corpus))
    if in_processes and engine is not None and not callable(engine):
        raise EngineError(
            f"an engine that is loaded cannot be taken to {jobs} process{'es' * (jobs > 1)}; give its name "
            'or what makes it, such as functools.partial(load_engine, "auto")'
        )
    options = Options(
        engine=engine,
        playbook=book,
        brief=brief or Brief(),
        vad=vad,
        redact=redact,
        transcripts=transcripts,
        rate_hz=rate_hz,
        channel=channel,
    )
    work = Work(options)
    kept = None if ledger is None else Ledger(ledger, work.settings(), resume=resume)
    done = _done_in_processes if in_processes else _done_here
    run = _Run(corpus, work, kept, retry_failed, _group_size(engine, len(corpus), jobs))
    return _told(run.outcomes(partial(done, jobs=jobs, time_limit_s=time_limit_s)), run, hook)


def _group_size(engine: Engine | EngineFactory | None, count: int, jobs: int) -> int:
    """How many recordings a process takes at once: several where its engine transcribes them side by side."""
    name = engine.args[:1] if isinstance(engine, partial) else ()
    if not (isinstance(engine, BatchEngine) or name in (("auto",), ("whisper",))):
        return 1
    shares = jobs * _GROUPS_PER_JOB_MIN if jobs > 1 else 1
    return max(1, min(_GROUP_SIZE_MAX, count // shares))


def spread(engine: Made, jobs: int = 1, *, keep_heap: bool = False, count: int = 2) -> Made:
    """The same, with the cores of each process shared out, where that was left open.

    Of many recordings each core takes one by itself: a worker of one thread. The windows of a single
    recording are transcribed side by side as well, and each may use all cores.
    """
    if isinstance(engine, partial) and engine.func is load_engine:
        cores = threads_per_job(jobs)
        share = {"threads": 1 if count > 1 else cores, "workers": cores}
        if count > 1:
            share["keep_heap"] = keep_heap
        return partial(load_engine, *engine.args, **{**share, **engine.keywords})  # type: ignore[return-value]
    return engine


@dataclass
class Progress:
    """How far a run is; its `told` is a hook for `review_many`.

    Attributes
    ----------
    done_count, total_count, failed_count : int
        Recordings; those done include what an earlier run did.
    audio_s : float
        Length of all that was reviewed in this run.
    elapsed_s : float
        Since the first was begun.

    Examples
    --------
    >>> progress = Progress()
    >>> outcomes = list(review_many(["a.wav", "b.wav"], engine=None, hook=progress.told))
    >>> progress.done_count, progress.total_count, progress.failed_count, progress.audio_s
    (2, 2, 2, 0.0)
    """

    done_count: int = 0
    total_count: int = 0
    failed_count: int = 0
    audio_s: float = 0.0
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
        """Seconds that the rest will take at the pace so far; None before the first is done."""
        if not self._here_count:
            return None
        return (self.total_count - self.done_count) * self.elapsed_s / self._here_count

    def told(self, done: int, total: int, outcome: Outcome) -> None:
        """Count one outcome."""
        self.done_count, self.total_count = done, total
        self._here_count += 1
        if outcome.review is None:
            self.failed_count += 1
        else:
            self.audio_s += outcome.review.measurements.duration_s


class Work:
    """What is done with each recording; loads the engine when the first needs it, and keeps it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._engine: Engine | None = None
        self._fetched: tuple[Url, bytes] | None = None

    def prepare(self) -> Engine | None:
        """The engine, loaded once."""
        given = self._options.engine
        if self._engine is None and given is not None:
            try:
                self._engine = given() if callable(given) else given
            except AftertoneError:
                raise
            except Exception as error:
                raise EngineError(f"the engine cannot be loaded: {type(error).__name__}: {error}") from error
        return self._engine

    def review(self, recording: Recording, brief: Brief, engine: Engine | None = None) -> Review:
        """The review of one recording; `engine` is the one of the options, or one that is ahead of it."""
        options = self._options
        return review(
            recording,
            engine=engine or self.prepare(),
            playbook=options.playbook,
            brief=brief,
            vad=options.vad,
        )

    def results(
        self, items: Sequence[Item], claim: Claim | None = None
    ) -> Iterator[tuple[Item, Outcome | None]]:
        """The outcome of each of a group of recordings, in their order; None for one that was not claimed.

        An engine that hears many at once hears all that were claimed before the first is reviewed.
        """
        engine = self.prepare()  # only an engine that will not load is raised
        read: dict[int, tuple[Recording, Brief] | Outcome] = {}
        for item in items:
            if claim is None or (key := self.key_of(item)) is None or claim(item, key):
                read[item.index] = self._read(item)
        if engine is not None and len(items) > 1:
            heard = [each for each in read.values() if not isinstance(each, Outcome)]
            with stage("transcribe"):
                engine = heard_together(
                    engine, [recording for recording, _ in heard], [b.names for _, b in heard]
                )
        for item in items:
            yield item, self._outcome(item, read[item.index], engine) if item.index in read else None

    def _read(self, item: Item) -> tuple[Recording, Brief] | Outcome:
        try:
            with stage("read"):
                return self._recording(item.path), self._brief(item)
        except Exception as error:  # one file must not stop the others, whatever a library makes of it
            return Outcome(item.path, error=unexpected(error, item.path))

    def _outcome(self, item: Item, read: tuple[Recording, Brief] | Outcome, engine: Engine | None) -> Outcome:
        brief = None
        if isinstance(read, Outcome):
            outcome = read
        else:
            recording, brief = read
            try:
                outcome = Outcome(item.path, self.review(recording, brief, engine))
            except Exception as error:
                outcome, brief = Outcome(item.path, error=unexpected(error, item.path)), None
        try:
            return self._for_others(outcome, brief)
        except Exception as error:  # its text may hold what was to be masked
            why = f"{item.path}: cannot be masked, and is left out: unexpected {type(error).__name__}"
            return Outcome(item.path, error=UnexpectedError(why))

    def _recording(self, path: Location) -> Recording:
        if not isinstance(path, Url):
            return self._options.read(path)
        content = self._content(path)
        self._fetched = None
        return self._options.read(_Content(path, content))

    def _content(self, url: Url) -> bytes:
        """What lies at an address, fetched once for its key and its review."""
        if self._fetched is None or self._fetched[0] != url:
            self._fetched = url, read_bytes(url)
        return self._fetched[1]

    def _brief(self, item: Item) -> Brief:
        """What is known of a recording: what was given, then what lies beside it, then its row of a table."""
        if isinstance(item.path, Path) and (own := self._brief_for(item.path)) is not None:
            return own
        given = self._options.brief
        brief = given if isinstance(given, Brief) else Brief()
        if isinstance(item.path, Path):
            brief = brief.over(find_brief(item.path) or Brief())
        return brief if item.row is None else brief.over(brief_of(item.row, f"{item.path}: its row"))

    def _brief_for(self, path: Path) -> Brief | None:
        return None if isinstance(self._options.brief, Brief) else self._options.brief.get(path)

    def _for_others(self, outcome: Outcome, brief: Brief | None = None) -> Outcome:
        """What may be shown of an outcome."""
        if self._options.redact:
            from aftertone.report.redaction import redacted

            outcome = redacted(outcome, brief)
        if outcome.review is not None and not self._options.transcripts:
            outcome = replace(outcome, review=replace(outcome.review, transcript=None))
        return outcome

    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that may be judged, but for those of a file that a brief names."""
        names = [self._options.playbook] if self._options.playbook else playbooks()
        return tuple(dict.fromkeys(rule.id for name in names for rule in load_playbook(name).rules))

    # ── what an outcome hangs on ─────────────────────────────────────────────────────────────────────

    def settings(self) -> dict[str, str]:
        """All that outcomes hang on besides the recordings and what lies beside them."""
        book = self._options.playbook or load_playbook("general")
        playbook = _digest(repr(book))
        brief = repr(self._options.brief) if isinstance(self._options.brief, Brief) else "of each recording"
        if self._options.redact and self._options.brief != Brief() and isinstance(self._options.brief, Brief):
            brief = f"masked ({_digest(brief)})"  # it names whom nothing may name
        return {
            "aftertone": import_module("aftertone").__version__,
            "brief": brief,
            "channel": str(self._options.channel),
            "engine": _engine_text(self._options.engine),
            "playbook": f"{book.name if self._options.playbook else 'of each brief'} ({playbook})",
            "rate_hz": str(self._options.rate_hz or "of each recording"),
            "redacted": str(self._options.redact).lower(),
            "transcripts": str(self._options.transcripts).lower(),
            "vad": self._options.vad,
        }

    def key_of(self, item: Item) -> bytes | None:
        """A hash of all that is read for a recording; None where it cannot be read, or is too large."""
        digest = blake2b(digest_size=16)
        try:
            if isinstance(item.path, Url):
                digest.update(self._content(item.path))
            else:
                status = item.path.stat()
                if not stat.S_ISREG(status.st_mode) or status.st_size > _HASHED_BYTES_MAX:
                    return None
                with item.path.open("rb", buffering=0) as file:
                    digest.update(file_digest(file, "blake2b").digest())
            digest.update(
                item.path.suffix.lower().encode("utf-8", "surrogateescape")
            )  # may say how it is coded
            brief = self._brief(item)
            digest.update(repr(brief).encode("utf-8", "surrogateescape"))
            own_playbook = () if brief.playbook is None or self._options.playbook else (Path(brief.playbook),)
            for path in (*self._transcripts_beside(item.path), *own_playbook):
                digest.update(read_given(path, TRANSCRIPT_BYTES_MAX) if path.exists() else b"none")
        except Exception:  # what is wrong is said where it is read
            return None
        return digest.digest()

    def stamp_of(self, item: Item) -> str:
        """What changes when anything changes that is read for a recording, had without reading it."""
        path = item.path
        stamps = [stamp_of(path), repr(item.row)]
        if isinstance(path, Path) and path.name:
            beside = (
                path.with_suffix(".toml"),
                path.parent / "metadata.csv",
                *self._transcripts_beside(path),
            )
            stamps += [repr(self._brief_for(path)), *map(stamp_of, beside)]
        return blake2b("|".join(stamps).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()

    def _transcripts_beside(self, path: Location) -> tuple[Path, ...]:
        """Where an engine that replays would look."""
        engine = self._options.engine
        keywords = getattr(engine, "keywords", {})
        if "replay" not in (*getattr(engine, "args", ()), keywords.get("name")) or not path.name:
            return ()
        given = keywords.get("transcript")
        if given is not None:
            return (Path(given, f"{path.stem}.json") if Path(given).is_dir() else Path(given),)
        return () if isinstance(path, Url) else (path.with_suffix(".json"),)


# ── a run ────────────────────────────────────────────────────────────────────────────────────────────


class _Run:
    """Which recordings are to be done, and what is kept of them."""

    def __init__(
        self, corpus: Corpus, work: Work, ledger: Ledger | None, retry_failed: bool, group_size: int
    ) -> None:
        self.corpus = corpus
        self._group_size = group_size
        self.work = work
        self.passed_count = 0  # done by an earlier run
        self._ledger = ledger
        self._retry_failed = retry_failed
        self._in_hand: dict[bytes, Item] = {}  # by content: a copy of it waits for its outcome
        self._copies: dict[bytes, list[Item]] = {}
        self._keys: dict[int, bytes] = {}
        self._stamps: dict[int, str] = {}

    def outcomes(self, done: Callable[..., Iterator[Done[Item, Outcome]]]) -> Iterator[Outcome]:
        ledger = self._ledger
        if ledger is None:
            for each in done(self._groups(self.corpus), self.work, claim=None):
                yield outcome_of_done(each)
            return
        with ledger:
            for each in done(self._groups(self._undone(ledger)), self.work, claim=self._claim):
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
        """What is handed out at once."""
        left = iter(items)
        while group := tuple(islice(left, self._group_size)):
            yield group

    def _undone(self, ledger: Ledger) -> Iterator[Item]:
        for item in self.corpus:
            stamp = self.work.stamp_of(item)
            if ledger.is_done(item.path, stamp, failures_too=not self._retry_failed):
                self.passed_count += 1
            else:
                self._stamps[item.index] = stamp
                yield item

    def _claim(self, item: Item, key: bytes) -> bool:
        """Whether the recording is to be reviewed: no other of its content was, or is in hand."""
        self._keys[item.index] = key
        if self._in_hand.setdefault(key, item) is item:
            assert self._ledger is not None
            if not self._ledger.has(key, failures_too=not self._retry_failed):
                return True
            del self._in_hand[key]
        return False

    def _with_copies(self, done: Done[Item, Outcome], ledger: Ledger) -> Iterator[tuple[Item, Outcome]]:
        """A recording with its outcome, and whatever of the same content waited for it."""
        item, key = done.task, self._keys.get(done.task.index)
        if done.ended == "unclaimed":
            assert key is not None
            if key in self._in_hand:
                self._copies.setdefault(key, []).append(item)
                return
            earlier = ledger.of(key)
            assert earlier is not None
            yield item, _copied(earlier, item.path)
            return
        outcome = outcome_of_done(done)
        yield item, outcome
        if key is not None:
            self._in_hand.pop(key, None)
            for copy in self._copies.pop(key, ()):
                yield copy, _copied(outcome, copy.path)


def _told(outcomes: Iterator[Outcome], run: _Run, hook: Hook | None) -> Iterator[Outcome]:
    for done, outcome in enumerate(outcomes, start=1):
        if hook is not None:
            hook(run.passed_count + done, len(run.corpus), outcome)
        yield outcome


def _done_here(
    groups: Iterable[Sequence[Item]], work: Work, *, claim: Claim | None, **_: Any
) -> Iterator[Done[Item, Outcome]]:
    for group in groups:
        for item, outcome in work.results(group, claim):
            yield Done(item, outcome, "" if outcome is not None else "unclaimed")


def _done_in_processes(
    groups: Iterable[Sequence[Item]],
    work: Work,
    *,
    claim: Claim | None,
    jobs: int,
    time_limit_s: float | None,
) -> Iterator[Done[Item, Outcome]]:
    with Workers(work, jobs=jobs, time_limit_s=time_limit_s) as workers:
        yield from workers.results(groups, claim)


def outcome_of_done(done: Done[Item, Outcome]) -> Outcome:
    """What was made of a recording in a process, or what became of the process."""
    path = done.task.path
    if done.result is not None:
        return done.result
    if done.ended == "hung":
        return Outcome(
            path, error=TimeLimitError(f"{path}: was not done within the time limit, and was given up")
        )
    if done.ended == "died":
        died = f"{path}: the process that read it died: out of memory, or a fault in a library"
        return Outcome(path, error=WorkerDiedError(died))
    return Outcome(path, error=UnexpectedError(f"{path}: its outcome cannot be sent: {done.why}"))


def _copied(outcome: Outcome, path: Location) -> Outcome:
    """The outcome of one recording as that of another with the same content."""
    if outcome.review is not None:
        return Outcome(path, replace(outcome.review, recording=path.name))
    assert outcome.error is not None
    message = str(outcome.error)
    whole = [(str(outcome.path), str(path)), (_bare(outcome.path), _bare(path))]  # that, and what lies beside
    for earlier, now in [*whole, (f"{outcome.path.stem}.", f"{path.stem}.")]:
        message = re.sub(rf"(?<!\w){re.escape(earlier)}", lambda _, now=now: now, message)  # type: ignore[misc]
    return Outcome(path, error=type(outcome.error)(message))


def _bare(path: Location) -> str:
    return f"{str(path).removesuffix(path.suffix)}."


class _Content(io.BytesIO):
    """The content of an address, with its name."""

    def __init__(self, url: Url, content: bytes) -> None:
        super().__init__(content)
        self.name = str(url)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def _engine_text(given: Engine | EngineFactory | None) -> str:
    """What words hang on, in words: the engine, and how it was asked for."""
    if given is None:
        return "none"
    if isinstance(given, partial):
        name, keywords = (given.args or (given.keywords.get("name", ""),))[0], dict(given.keywords)
        if given.func is load_engine:
            name = resolved_engine(
                name,
                **{
                    key: keywords[key]
                    for key in ("model", "language", "offline", "download")
                    if key in keywords
                },
            )
        else:
            name = f"{given.func.__module__}.{given.func.__qualname__} {name}"
        # words do not hang on these
        passing = {"threads", "workers", "keep_heap", "offline", "download", "name", "model"}
        rest = [
            f"{key}={value}"
            for key, value in sorted(keywords.items())
            if key not in passing and value is not None
        ]
        return " ".join([str(name), *rest])
    if hasattr(given, "transcribe"):
        return str(getattr(given, "name", type(given).__name__))
    return f"{getattr(given, '__module__', '')}.{getattr(given, '__qualname__', type(given).__name__)}"
