"""Everything that is heard in a recording before a word is understood.

One pass over the samples gives the frames; each measure reads them; this module joins them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.filled_pauses import FilledPause, filled_pauses
from aftertone.acoustics.frames import Frames, frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.level import Level, level_of
from aftertone.acoustics.no_voice import NoVoice, without_voice
from aftertone.acoustics.nuclei import nuclei_in
from aftertone.acoustics.pauses import silent_pauses
from aftertone.acoustics.pitch import PitchContour, pitch_contour
from aftertone.acoustics.tones import (
    Beep,
    DtmfTone,
    beeps,
    dtmf,
    message_start_s,
    ring_backs,
    speech_without_tones,
    tones_beside_words,
)
from aftertone.acoustics.vad import Detector, detect_speech
from aftertone.acoustics.voice import Voice, voice_in
from aftertone.acoustics.voiced_ends import with_voice_at_ends
from aftertone.stages import stage


@dataclass(frozen=True, eq=False)
class Sound:
    """What is heard in a recording.

    Attributes
    ----------
    recording : Recording
    frames : Frames
        What is known of each frame.
    beeps : tuple of Beep
        An answering machine's tones.
    speech : tuple of Interval
        Where the message's speech is: after any greeting and beep.
    coarse_speech : tuple of Interval
        Speech of the whole recording with coarse edges: a recogniser's windows are cut there.
    message : Interval or None
        From the first to the last speech of the message; None where there is no speech.
    start_latency_s : float or None
        From the beep, or the file's start, to the first speech.
    pauses : tuple of Interval
        Silences inside the message.
    pitch : PitchContour
        Of the whole recording.
    nuclei : float64, shape (n_syllables,)
        Times of the message's syllable nuclei, in seconds.
    nucleus_likelihood : float32, shape (n_frames,)
        How likely a nucleus is at each frame of the recording.
    filled_pauses : tuple of FilledPause
        "Um"-like sounds of the message, found without words.
    level : Level
        How loud and how clean.
    no_voice : NoVoice or None
        What sounds where nobody speaks; None where somebody does.
    """

    recording: Recording
    frames: Frames
    beeps: tuple[Beep, ...]
    speech: tuple[Interval, ...]
    coarse_speech: tuple[Interval, ...]
    message: Interval | None
    start_latency_s: float | None
    pauses: tuple[Interval, ...]
    pitch: PitchContour
    nuclei: NDArray[np.float64]
    nucleus_likelihood: NDArray[np.float32]
    filled_pauses: tuple[FilledPause, ...]
    level: Level
    no_voice: NoVoice | None = None

    @property
    def speech_time_s(self) -> float:
        """Seconds of the message inside speech intervals."""
        return sum(interval.duration_s for interval in self.speech)

    @cached_property
    def voice(self) -> Voice:
        """Whether there is a voice under a word: asked of a neural net, so only where there are words."""
        return voice_in(self.recording, self.frames, self.level.snr_db, self.nucleus_likelihood)


@stage("acoustics")
def listen(recording: Recording, *, vad: Detector = "webrtc") -> Sound:
    """Hear a recording: frames once, then every acoustic measure from them.

    `vad` says who finds the speech, as in `speech_intervals`.

    Examples
    --------
    >>> silence = Recording.from_samples(np.zeros(32_000), 16_000)
    >>> listen(silence).message is None
    True
    """
    frames = frames_of(recording)
    others: list[Interval | DtmfTone] = [*dtmf(recording, frames), *ring_backs(recording, frames)]
    coarse, heard = detect_speech(recording, frames, vad=vad)
    tones = tones_beside_words(beeps(recording, frames, others), heard, others)
    voice = speech_without_tones(heard, [*tones, *others])
    start_s = message_start_s(voice, tones)
    nuclei, nucleus_likelihood = nuclei_in(frames)
    after = [interval for interval in voice if start_s is not None and interval.start_s >= start_s]
    speech = with_voice_at_ends(recording, frames, after, nucleus_likelihood)
    message = Interval(speech[0].start_s, speech[-1].end_s) if speech else None
    ready_s = max((tone.end_s for tone in tones if message and tone.end_s <= message.start_s), default=0.0)
    pitch = pitch_contour(recording, frames)
    return Sound(
        recording=recording,
        frames=frames,
        beeps=tones,
        speech=speech,
        coarse_speech=coarse,
        message=message,
        start_latency_s=message.start_s - ready_s if message else None,
        pauses=silent_pauses(speech, message) if message else (),
        pitch=pitch,
        nuclei=nuclei[(nuclei >= message.start_s) & (nuclei <= message.end_s)] if message else nuclei[:0],
        nucleus_likelihood=nucleus_likelihood,
        filled_pauses=filled_pauses(recording, frames, speech, pitch) if message else (),
        level=level_of(recording, frames, speech),
        no_voice=None if message else without_voice(frames, others),
    )
