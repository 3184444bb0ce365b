"""All acoustic measures of a recording, before any word is known.

One pass over the samples gives the frames; every measure reads them; `listen` runs all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.filled_pauses import FilledPause, filled_pauses
from aftertone.acoustics.frames import Frames, frames_of
from aftertone.acoustics.interval import Interval, silent_pauses
from aftertone.acoustics.level import Level, level_of
from aftertone.acoustics.non_speech import NonSpeech, classified_non_speech
from aftertone.acoustics.nuclei import detected_nuclei
from aftertone.acoustics.pitch import PitchContour, pitch_contour
from aftertone.acoustics.tones import (
    Beep,
    DtmfTone,
    beeps,
    dtmf,
    message_start_s,
    ring_backs,
    speech_without_tones,
    tones_outside_words,
)
from aftertone.acoustics.vad import Detector, detect_speech
from aftertone.acoustics.voice_evidence import VoiceEvidence, voice_evidence
from aftertone.acoustics.voice_trimming import trimmed_to_voice
from aftertone.stages import stage


@dataclass(frozen=True, eq=False)
class AcousticAnalysis:
    """Acoustic measures of a recording."""

    recording: Recording
    frames: Frames
    beeps: tuple[Beep, ...]  # tones of an answering machine
    speech: tuple[Interval, ...]  # of the message: after any greeting and beep
    coarse_speech: tuple[Interval, ...]  # of the whole recording, for a recogniser's windows
    message: Interval | None  # from its first to its last speech; None without speech
    start_latency_s: float | None  # from the beep, or the file's start, to the first speech
    pauses: tuple[Interval, ...]  # silent pauses of the message
    pitch: PitchContour  # of the whole recording
    nuclei: NDArray[np.float64]  # times of the message's syllable nuclei, in seconds
    nucleus_probability: NDArray[np.float32]  # at each frame of the recording
    filled_pauses: tuple[FilledPause, ...]  # of the message, detected without words
    level: Level
    non_speech: NonSpeech | None = None  # None where there is speech

    @property
    def speech_time_s(self) -> float:
        """Seconds of speech in the message."""
        return sum(interval.duration_s for interval in self.speech)

    @cached_property
    def voice(self) -> VoiceEvidence:
        """Evidence of a voice under a word. It runs silero, so it is only used where there are words."""
        return voice_evidence(self.recording, self.frames, self.level.snr_db, self.nucleus_probability)


@stage("acoustics")
def listen(recording: Recording, *, vad: Detector = "webrtc") -> AcousticAnalysis:
    """Compute the frames of a recording, then every acoustic measure; `vad` is that of `speech_intervals`.

    >>> silence = Recording.from_samples(np.zeros(32_000), 16_000)
    >>> listen(silence).message is None
    True
    """
    frames = frames_of(recording)
    nuclei = detected_nuclei(frames)
    pitch = pitch_contour(recording, frames)
    detected = detect_speech(recording, frames, vad=vad, nucleus_probability=nuclei.probability)
    signals: list[Interval | DtmfTone] = [*dtmf(recording, frames), *ring_backs(recording, frames)]
    tones = tones_outside_words(beeps(recording, frames, signals), detected.exact, signals)
    without_tones = speech_without_tones(detected.exact, [*tones, *signals])
    start_s = message_start_s(without_tones, tones)
    of_message = [part for part in without_tones if start_s is not None and part.start_s >= start_s]
    speech = trimmed_to_voice(recording, frames, of_message, nuclei.probability)
    message = Interval(speech[0].start_s, speech[-1].end_s) if speech else None
    is_in_message = np.zeros(nuclei.times_s.size, np.bool_)
    if message:
        is_in_message = (nuclei.times_s >= message.start_s) & (nuclei.times_s <= message.end_s)
    ready_s = max((tone.end_s for tone in tones if message and tone.end_s <= message.start_s), default=0.0)
    return AcousticAnalysis(
        recording=recording,
        frames=frames,
        beeps=tones,
        speech=speech,
        coarse_speech=detected.coarse,
        message=message,
        start_latency_s=message.start_s - ready_s if message else None,
        pauses=silent_pauses(speech, message) if message else (),
        pitch=pitch,
        nuclei=nuclei.times_s[is_in_message],
        nucleus_probability=nuclei.probability,
        filled_pauses=filled_pauses(recording, frames, speech, pitch) if message else (),
        level=level_of(recording, frames, speech),
        non_speech=None if message else classified_non_speech(frames, signals),
    )
