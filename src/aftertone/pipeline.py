"""START HERE: the whole analysis on one screen.

A recording is listened to once; an engine says what the words are; the words are held against the sound;
measures are read off both; a playbook judges them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.sound import Sound, listen
from aftertone.acoustics.vad import Detector
from aftertone.errors import PlaybookError
from aftertone.language.brief import Brief
from aftertone.language.callback import with_numerals
from aftertone.language.kind import kind_of
from aftertone.language.said import SUPPORTED_LANGUAGES, understand
from aftertone.language.transcript import Engine, Transcript, numerals_of, transcripts_of
from aftertone.language.word_times import with_word_times
from aftertone.measurements import NO_ENGINE, Measurements
from aftertone.playbook import Playbook, judge, load_playbook
from aftertone.playbook.scoring import Review, score_of
from aftertone.recognition.weights import how_to_get
from aftertone.stages import stage


def measure(
    recording: Recording,
    *,
    engine: Engine | None = None,
    brief: Brief | None = None,
    vad: Detector = "webrtc",
) -> Measurements:
    """Everything that can be measured of a recording.

    Parameters
    ----------
    recording : Recording
        What `read_audio` returned.
    engine : Engine or None
        Where the words come from; without one, measures of words are None.
    brief : Brief or None
        What is known of the message: names, number, region, script.
    vad : {"webrtc", "silero"}
        Who finds the speech: see `speech_intervals`.

    Returns
    -------
    Measurements
        None stands for what could not be measured; `Measurements.reasons` says why.

    Raises
    ------
    EngineError
        The engine failed on this recording.

    Examples
    --------
    >>> import numpy as np
    >>> hiss = np.random.default_rng(0).normal(0, 0.001, 32_000)
    >>> m = measure(Recording.from_samples(hiss, rate_hz=16_000))
    >>> m.duration_s, m.pauses.count, m.reasons["pauses.count"]
    (2.0, None, 'no speech was found in the recording')
    """
    return _analysis(recording, engine, brief, vad)[0]


def measure_sound(recording: Recording, *, vad: Detector = "webrtc") -> Measurements:
    """All acoustic measures of a recording and none of the words: `measure` without an engine."""
    return measure(recording, vad=vad)


def review(
    recording: Recording,
    *,
    engine: Engine | None = None,
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
        A name (`aftertone playbooks` lists them), a TOML file, or one that was loaded. None: the one that
        the brief names, else ``general``.

    Raises
    ------
    PlaybookError
        There is no such playbook, or it cannot be read.
    EngineError
        The engine failed on this recording.
    """
    book = _playbook_of(brief) if playbook is None else load_playbook(playbook)
    measurements, transcript = _analysis(recording, engine, brief, vad)
    with stage("judge"):
        findings = judge(measurements, book)
        return Review(
            recording=recording.name,
            playbook=book.name,
            measurements=measurements,
            transcript=transcript,
            findings=findings,
            score=score_of(findings),
        )


def _playbook_of(brief: Brief | None) -> Playbook:
    if brief is None or brief.playbook is None:
        return load_playbook("general")
    try:
        return load_playbook(brief.playbook)
    except PlaybookError as error:
        raise type(error)(f"the brief names its playbook: {error}") from error


def _analysis(
    recording: Recording, engine: Engine | None, brief: Brief | None, vad: Detector
) -> tuple[Measurements, Transcript | None]:
    brief = brief or Brief()
    with stage("acoustics"):
        sound = listen(recording, vad=vad)
    transcript = None
    if engine is not None and sound.message is not None:
        with stage("transcribe"):
            (transcript,) = transcripts_of(engine, [recording], [brief.names])
        if transcript.language in SUPPORTED_LANGUAGES:
            with stage("align"):
                transcript = with_word_times(transcript, sound)
            with stage("transcribe"):
                decode = partial(numerals_of, engine, recording)
                transcript = with_numerals(transcript, sound, brief, decode)
    with stage("language"):
        return _measurements(sound, transcript, brief), transcript


def _measurements(sound: Sound, transcript: Transcript | None, brief: Brief) -> Measurements:
    if transcript is None:
        reason = f"{NO_ENGINE} (they need Whisper's weights: {how_to_get()})"
        return Measurements.of(sound, None, brief, reason, kind_of(sound))
    if transcript.language not in SUPPORTED_LANGUAGES:
        reason = f"the words are in language {transcript.language!r}; only English is understood"
        return Measurements.of(sound, None, brief, reason, kind_of(sound, transcript))
    said = understand(transcript, sound, brief)
    kind = kind_of(sound, said.transcript)
    if not said.transcript.words:
        return Measurements.of(sound, None, brief, "the recogniser wrote no words", kind)
    return Measurements.of(sound, said, brief, kind=kind)
