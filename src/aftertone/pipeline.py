"""START HERE: the order of work, from a recording to a review.

1. `listen` measures the signal: speech, pauses, pitch, level (`aftertone.acoustics.analysis`).
2. `transcribe` has an engine write the words (`aftertone.recognition`).
3. `understand` finds the words' times, the call-back number, names and phrases (`aftertone.language`).
4. `measure` computes every measure (`aftertone.measurements`).
5. `judge` compares the measures with the rules of a playbook (`aftertone.playbook`).

`review` takes one recording through these steps. `aftertone.batch` takes several through steps 1 and 2
together, and then each through `finish`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from aftertone.acoustics.analysis import AcousticAnalysis, listen
from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.vad import Detector
from aftertone.errors import NotARecordingError, PlaybookError, wrong_type
from aftertone.language.brief import Brief
from aftertone.language.callback import with_numerals
from aftertone.language.content import SUPPORTED_LANGUAGES, MessageContent, understand
from aftertone.language.facts import facts_of
from aftertone.language.recording_kind import kind_of
from aftertone.language.transcript import Transcript
from aftertone.language.word_times import with_word_times
from aftertone.measurements import NO_ENGINE, Measurements
from aftertone.playbook import Playbook, Review, Rewrite, judge, load_playbook, rewritten, score_of
from aftertone.recognition import EngineSource, engine_source
from aftertone.recognition.engine import Engine, decode_numerals, transcribe_each
from aftertone.recognition.manifest import how_to_get
from aftertone.stages import stage

RecordingSource = str | os.PathLike[str] | Recording


def review(
    recording: RecordingSource,
    *,
    engine: EngineSource | None = None,
    playbook: str | Path | Playbook | None = None,
    brief: Brief | None = None,
    vad: Detector = "webrtc",
) -> Review:
    """A recording judged against a playbook: measurements, findings with evidence, score.

    Parameters
    ----------
    recording, engine, brief, vad
        As for `measure`.
    playbook : str, Path, Playbook or None
        A name (`aftertone playbooks` lists them), a TOML file, or a loaded playbook. None: the one that the
        brief names, else ``general``.

    Raises
    ------
    ArgumentTypeError
        An argument has another type; the message says what was expected.
    AudioError
        The recording cannot be read.
    PlaybookError
        There is no such playbook, or it cannot be read.
    EngineError
        The engine cannot be loaded, or failed on this recording.
    """
    brief = brief_of(brief)
    book = playbook_of(playbook, brief)
    recording, engine = recording_of(recording), engine_of(engine)
    sound = listen(recording, vad=vad)
    (words,) = transcribe(engine, [sound], [brief])
    return finish(sound, words, engine, brief, book)


def measure(
    recording: RecordingSource,
    *,
    engine: EngineSource | None = None,
    brief: Brief | None = None,
    vad: Detector = "webrtc",
) -> Measurements:
    """Everything that can be measured of a recording.

    Parameters
    ----------
    recording : str, Path or Recording
        A path is read as `read_audio` reads it.
    engine : str, Engine, callable or None
        What transcribes: an engine that `load_engine` returned or one of your own. A name such as ``"auto"``,
        or a callable that makes an engine, loads it for this one call. None: measures of words are None.
    brief : Brief or None
        What is known of the message: names, number, region, script.
    vad : {"webrtc", "silero"}
        The detector of speech: see `speech_intervals`.

    Returns
    -------
    Measurements
        None stands for what could not be measured; `Measurements.reasons` says why.

    Raises
    ------
    ArgumentTypeError
        An argument has another type; the message says what was expected.
    AudioError
        The recording cannot be read.
    EngineError
        The engine cannot be loaded, or failed on this recording.

    Examples
    --------
    >>> import numpy as np
    >>> hiss = np.random.default_rng(0).normal(0, 0.001, 32_000)
    >>> m = measure(Recording.from_samples(hiss, rate_hz=16_000))
    >>> m.duration_s, m.pauses.count, m.reasons["pauses.count"]
    (2.0, None, 'no speech was found in the recording')
    """
    brief, recording, engine = brief_of(brief), recording_of(recording), engine_of(engine)
    sound = listen(recording, vad=vad)
    (words,) = transcribe(engine, [sound], [brief])
    return understood(sound, words, engine, brief).measurements


def measure_sound(recording: RecordingSource, *, vad: Detector = "webrtc") -> Measurements:
    """All acoustic measures of a recording, and none of its words: `measure` without an engine."""
    return measure(recording, vad=vad)


# ── steps 2 to 5 ─────────────────────────────────────────────────────────────────────────────────────


def transcribe(
    engine: Engine | None, sounds: Sequence[AcousticAnalysis], briefs: Sequence[Brief]
) -> list[Transcript | Exception | None]:
    """Step 2: the words of each recording, or the error of the engine; None without an engine or speech."""
    spoken = [at for at, sound in enumerate(sounds) if sound.message is not None]
    found: list[Transcript | Exception | None] = [None] * len(sounds)
    if engine is not None and spoken:
        with stage("transcribe"):
            transcripts = transcribe_each(
                engine,
                [sounds[at].recording for at in spoken],
                [sounds[at].coarse_speech for at in spoken],
                [briefs[at].names for at in spoken],
            )
        for at, each in zip(spoken, transcripts, strict=True):
            found[at] = each
    return found


def finish(
    sound: AcousticAnalysis,
    words: Transcript | Exception | None,
    engine: Engine | None,
    brief: Brief,
    book: Playbook,
) -> Review:
    """Steps 3 to 5: the review of one recording. `words` is what `transcribe` returned for it."""
    message = understood(sound, words, engine, brief)
    with stage("judge"):
        findings = judge(message.measurements, book)
        return Review(
            recording=sound.recording.name,
            playbook=book.name,
            measurements=message.measurements,
            transcript=message.transcript,
            findings=findings,
            score=score_of(findings),
            rewrite=_rewrite(message, book),
        )


class Understood(NamedTuple):
    """What steps 3 and 4 give."""

    measurements: Measurements
    transcript: Transcript | None  # with the times of its words and its number's digits
    content: MessageContent | None  # None where the words are not known


def understood(
    sound: AcousticAnalysis, words: Transcript | Exception | None, engine: Engine | None, brief: Brief
) -> Understood:
    """Steps 3 and 4 of one recording. An error in place of words is raised."""
    if isinstance(words, Exception):
        raise words
    if engine is not None and words is not None and words.language in SUPPORTED_LANGUAGES:
        with stage("align"):
            words = with_word_times(words, sound)
        with stage("transcribe"):
            words = with_numerals(words, sound, brief, partial(decode_numerals, engine, sound.recording))
    with stage("language"):
        said, heard, no_words = None, words, ""
        if words is None:
            no_words = f"{NO_ENGINE} (they need Whisper's weights: {how_to_get()})"
        elif words.language not in SUPPORTED_LANGUAGES:
            no_words = f"the words are in language {words.language!r}; only English is understood"
        else:
            said = understand(words, sound, brief)
            heard = said.transcript
            if not heard.words:
                said, no_words = None, "the recogniser wrote no words"
        kind = kind_of(sound, heard)
        return Understood(Measurements.of(sound, said, brief, no_words, kind), words, said)


def _rewrite(message: Understood, book: Playbook) -> Rewrite | None:
    if message.content is None or message.measurements.doubts:
        return None
    return rewritten(book, facts_of(message.content), message.measurements)


# ── arguments ────────────────────────────────────────────────────────────────────────────────────────


def recording_of(given: RecordingSource) -> Recording:
    """The recording; a path is read."""
    if isinstance(given, Recording):
        return given
    if isinstance(given, str | os.PathLike):
        return read_audio(given)
    expected = "a path or a Recording: `Recording.from_samples` takes an array, `review_many` many paths"
    raise NotARecordingError(str(wrong_type("recording", given, expected)))


def engine_of(given: EngineSource | None) -> Engine | None:
    """The engine, loaded; None for None."""
    source = engine_source(given)
    return None if source is None else source.load()


def brief_of(given: Brief | None) -> Brief:
    """The brief; an empty one for None."""
    if given is None or isinstance(given, Brief):
        return given or Brief()
    raise wrong_type(
        "brief", given, 'a Brief, such as Brief(recipient="Mary") or `find_brief("message.wav")`'
    )


def playbook_of(given: str | Path | Playbook | None, brief: Brief) -> Playbook:
    """The playbook: the one given, else the one that the brief names, else ``general``."""
    if given is None and brief.playbook is not None:
        try:
            return load_playbook(brief.playbook)
        except PlaybookError as error:
            raise type(error)(f"the brief names its playbook: {error}") from error
    if given is None or isinstance(given, str | Path | Playbook):
        return load_playbook("general" if given is None else given)
    raise wrong_type("playbook", given, "a name such as 'general', a TOML file, or a loaded Playbook")
