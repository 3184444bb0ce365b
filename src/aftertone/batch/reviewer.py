"""What is done with the recordings of a batch, and what their outcomes depend on."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import blake2b, file_digest
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from aftertone.acoustics.analysis import AcousticAnalysis, listen
from aftertone.acoustics.audio import AudioSource, Recording, read_audio
from aftertone.acoustics.channels import Channel, channel_index
from aftertone.acoustics.samples import whole_rate_hz
from aftertone.acoustics.vad import Detector
from aftertone.batch.workers import IsNew
from aftertone.corpus import Item, read_bytes, stamp_of
from aftertone.errors import UnexpectedError, unexpected, wrong_type
from aftertone.files.reading import TRANSCRIPT_BYTES_MAX, read_limited
from aftertone.language.brief import Brief, brief_of, find_brief
from aftertone.language.transcript import Transcript
from aftertone.outcome import Location, Outcome, Url
from aftertone.pipeline import finish, playbook_of, review, transcribe
from aftertone.playbook import Playbook, Review, load_playbook, playbooks
from aftertone.recognition import EngineSource, EngineSpec, OwnEngine, engine_source
from aftertone.recognition.engine import Engine
from aftertone.stages import stage

_HASHED_BYTES_MAX = 1 << 30  # a larger file is no voicemail: reading it only to refuse it does not pay


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How each recording is reviewed: `review_many` says what each option is.

    All options travel in this one record, to processes, cluster actors and the practice page.
    """

    engine: EngineSource | None = None
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
        if not isinstance(self.brief, Brief | Mapping):
            raise wrong_type("brief", self.brief, "a Brief, or a mapping of paths to Briefs")
        object.__setattr__(self, "engine", engine_source(self.engine))

    @property
    def engine_source(self) -> EngineSpec | OwnEngine | None:
        """Where the engine comes from."""
        return engine_source(self.engine)

    def keywords(self) -> dict[str, Any]:
        """All options by name, as `review_many` takes them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def read(self, source: AudioSource) -> Recording:
        """A recording, read with `rate_hz` and `channel`."""
        return read_audio(source, rate_hz=self.rate_hz, channel=self.channel)


class _Prepared(NamedTuple):
    """A recording after step 1 of the pipeline, with what is known of it."""

    sound: AcousticAnalysis
    brief: Brief
    book: Playbook


class Reviewer:
    """Reviews recordings as options say. Loads the engine when it is first needed, and keeps it."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._source = options.engine_source
        self._engine: Engine | None = None
        self._fetched: tuple[Url, bytes] | None = None

    def prepare(self) -> Engine | None:
        """The engine, loaded once; EngineError if it cannot be loaded."""
        if self._engine is None and self._source is not None:
            self._engine = self._source.load()
        return self._engine

    def review(self, recording: Recording, brief: Brief) -> Review:
        """The review of one recording."""
        options = self.options
        return review(
            recording, engine=self.prepare(), playbook=options.playbook, brief=brief, vad=options.vad
        )

    def results(
        self, items: Sequence[Item], is_new: IsNew | None = None
    ) -> Iterator[tuple[Item, Outcome | None]]:
        """The outcome of each of a group of recordings, in their order; None where `is_new` said no.

        All are read and listened to, then transcribed together, then reviewed one by one.
        """
        engine = self.prepare()
        prepared: dict[int, _Prepared | Outcome] = {}
        for item in items:
            if is_new is None or (key := self.content_key(item)) is None or is_new(item, key):
                prepared[item.index] = self._prepared(item)
        group = {at: each for at, each in prepared.items() if isinstance(each, _Prepared)}
        transcripts = transcribe(
            engine, [each.sound for each in group.values()], [each.brief for each in group.values()]
        )
        words = dict(zip(group, transcripts, strict=True))
        del group
        for item in items:
            at = item.index  # each is dropped when it is done: a group may hold hours of sound
            yield item, self._outcome(item, prepared.pop(at), words.get(at)) if at in prepared else None

    def _prepared(self, item: Item) -> _Prepared | Outcome:
        try:
            with stage("read"):
                recording, brief = self._recording(item.path), self._brief(item)
                book = playbook_of(self.options.playbook, brief)
            return _Prepared(listen(recording, vad=self.options.vad), brief, book)
        except Exception as error:  # an error of any library must not stop the other recordings
            return Outcome(item.path, error=unexpected(error, item.path))

    def _outcome(
        self, item: Item, prepared: _Prepared | Outcome, words: Transcript | Exception | None
    ) -> Outcome:
        brief = None
        if isinstance(prepared, Outcome):
            outcome = prepared
        else:
            try:
                found = finish(prepared.sound, words, self._engine, prepared.brief, prepared.book)
                outcome, brief = Outcome(item.path, found), prepared.brief
            except Exception as error:
                outcome = Outcome(item.path, error=unexpected(error, item.path))
        try:
            return self._shown(outcome, brief)
        except Exception as error:  # its text may hold what was to be masked
            why = f"{item.path}: cannot be masked, and is left out: unexpected {type(error).__name__}"
            return Outcome(item.path, error=UnexpectedError(why))

    def _recording(self, path: Location) -> Recording:
        if not isinstance(path, Url):
            return self.options.read(path)
        content = self._content(path)
        self._fetched = None
        return self.options.read(_Content(path, content))

    def _content(self, url: Url) -> bytes:
        """The bytes at an address, fetched once for its key and its review."""
        if self._fetched is None or self._fetched[0] != url:
            self._fetched = url, read_bytes(url)
        return self._fetched[1]

    def _brief(self, item: Item) -> Brief:
        """What is known of a recording: given, else beside it, else in its row of a table."""
        if isinstance(item.path, Path) and (own := self._brief_for(item.path)) is not None:
            return own
        given = self.options.brief
        brief = given if isinstance(given, Brief) else Brief()
        if isinstance(item.path, Path):
            brief = brief.over(find_brief(item.path) or Brief())
        return brief if item.row is None else brief.over(brief_of(item.row, f"{item.path}: its row"))

    def _brief_for(self, path: Path) -> Brief | None:
        return None if isinstance(self.options.brief, Brief) else self.options.brief.get(path)

    def _shown(self, outcome: Outcome, brief: Brief | None) -> Outcome:
        """The outcome, masked and without its transcript where the options say so."""
        if self.options.redact:
            from aftertone.report.redaction import redacted

            outcome = redacted(outcome, brief)
        if outcome.review is not None and not self.options.transcripts:
            outcome = replace(outcome, review=replace(outcome.review, transcript=None, rewrite=None))
        return outcome

    # ── what an outcome depends on ───────────────────────────────────────────────────────────────────

    def rules(self) -> tuple[str, ...]:
        """Ids of the rules that may be judged, without those of a playbook file that a brief names."""
        names = [self.options.playbook] if self.options.playbook else playbooks()
        return tuple(dict.fromkeys(rule.id for name in names for rule in load_playbook(name).rules))

    def settings(self) -> dict[str, str]:
        """All that outcomes depend on besides the recordings and the files beside them."""
        options = self.options
        book = options.playbook or load_playbook("general")
        brief = repr(options.brief) if isinstance(options.brief, Brief) else "of each recording"
        if options.redact and options.brief != Brief() and isinstance(options.brief, Brief):
            brief = f"masked ({_digest(brief)})"  # it has names that are to be masked
        return {
            "aftertone": import_module("aftertone").__version__,
            "brief": brief,
            "channel": str(options.channel),
            "engine": "none" if self._source is None else self._source.identity(),
            "playbook": f"{book.name if options.playbook else 'of each brief'} ({_digest(repr(book))})",
            "rate_hz": str(options.rate_hz or "of each recording"),
            "redacted": str(options.redact).lower(),
            "transcripts": str(options.transcripts).lower(),
            "vad": options.vad,
        }

    def content_key(self, item: Item) -> bytes | None:
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
            suffix = item.path.suffix.lower()  # the decoder may depend on it
            digest.update(suffix.encode("utf-8", "surrogateescape"))
            brief = self._brief(item)
            digest.update(repr(brief).encode("utf-8", "surrogateescape"))
            own_playbook = () if brief.playbook is None or self.options.playbook else (Path(brief.playbook),)
            for path in (*self._stored_transcript(item.path), *own_playbook):
                digest.update(read_limited(path, TRANSCRIPT_BYTES_MAX) if path.exists() else b"none")
        except Exception:  # the review raises it again, with its message
            return None
        return digest.digest()

    def stamp(self, item: Item) -> str:
        """A text that differs when a file of a recording has changed; no file is read for it."""
        path = item.path
        stamps = [stamp_of(path), repr(item.row)]
        if isinstance(path, Path) and path.name:
            beside = (
                path.with_suffix(".toml"),
                path.parent / "metadata.csv",
                *self._stored_transcript(path),
            )
            stamps += [repr(self._brief_for(path)), *map(stamp_of, beside)]
        return blake2b("|".join(stamps).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()

    def _stored_transcript(self, path: Location) -> tuple[Path, ...]:
        """The file that the engine reads the transcript of a recording from."""
        if not isinstance(self._source, EngineSpec) or not path.name:
            return ()
        found = self._source.stored_transcript(path)
        return () if found is None else (found,)


class _Content(io.BytesIO):
    """The bytes at an address, with its name."""

    def __init__(self, url: Url, content: bytes) -> None:
        super().__init__(content)
        self.name = str(url)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
