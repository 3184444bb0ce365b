"""Evidence of a voice under a word, from silero and the syllable nuclei.

`vad` must not lose a word, so it takes some engines, knocks and crowds for speech, and recognisers write
words over such sounds. Where there are words, two further detectors are combined: silero, the neural detector
in faster-whisper, and the nets that find syllable nuclei. Each alone has errors: silero is unsure of hoarse
and creaky voices, and the nets find nuclei in a passing car. Their log odds are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics import vad
from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import Frames, band_centres_hz
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.silero import WINDOW_S, log_odds, speech_log_odds
from aftertone.acoustics.spectrum import HOP_S


@dataclass(frozen=True, eq=False, repr=False)
class VoiceOptions:
    """Settings of the evidence of a voice.

    Chosen on recorded and synthetic noises, on real speech, and on practice messages, some over a telephone
    or in noise (benchmarks/experiments/voice.md).
    """

    log_odds_min: float = 0.6  # of a voice, silero's and the nets' added
    reach_s: float = 0.5  # around the word: the words beside it are evidence too
    voice_s: float = 0.25  # silero's log odds are reached for so long, two syllables; a horn's are not
    # neither detector was trained on whispers: they are clean, bright and voiceless; wind and rumble are dark
    whisper_snr_db: float = 30.0
    bright_hz: tuple[float, float] = (1_000.0, 4_000.0)
    dark_hz: tuple[float, float] = (0.0, 500.0)


OPTIONS = VoiceOptions()

_NO_INTERVAL = Interval(0.0, -1.0)


@dataclass(frozen=True, slots=True, eq=False)
class VoiceEvidence:
    """Log odds of a voice throughout a recording."""

    silero: NDArray[np.float64]  # of speech in each window of `silero.WINDOW_S`
    nuclei: NDArray[np.float64]  # of a syllable nucleus in each frame
    is_whisper: bool  # so the log odds mean nothing and every word is accepted

    def is_under(self, word: Interval) -> bool:
        """Whether a voice under or near a word is more likely than not."""
        if self.is_whisper:
            return True
        around = Interval(max(word.start_s - OPTIONS.reach_s, 0.0), word.end_s + OPTIONS.reach_s)
        silero, nuclei = _part(self.silero, around, WINDOW_S), _part(self.nuclei, around, HOP_S)
        if not silero.size or not nuclei.size:
            return False
        return sustained(silero) + float(nuclei.max()) >= OPTIONS.log_odds_min

    def share_of(self, speech: Sequence[Interval]) -> float:
        """Share of the time of some speech in which silero finds a voice likely; 0 without speech."""
        windows = np.concatenate([_part(self.silero, part, WINDOW_S) for part in (*speech, _NO_INTERVAL)])
        return float(np.mean(windows > 0)) if windows.size else 0.0


def voice_evidence(
    recording: Recording, frames: Frames, snr_db: float | None, nucleus_probability: NDArray[np.float32]
) -> VoiceEvidence:
    """Evidence of a voice throughout a recording; a whisper is only detected without noise (by `snr_db`).

    >>> from aftertone.acoustics.frames import frames_of
    >>> from aftertone.acoustics.nuclei import detected_nuclei
    >>> hiss = Recording.from_samples(np.random.default_rng(0).normal(0, 0.01, 16_000), 16_000)
    >>> frames = frames_of(hiss)
    >>> evidence = voice_evidence(hiss, frames, None, detected_nuclei(frames).probability)
    >>> evidence.is_under(Interval(0.2, 0.6))
    False
    """
    return VoiceEvidence(
        silero=speech_log_odds(recording.samples, frames.loudest_dbov),
        nuclei=log_odds(nucleus_probability),
        is_whisper=is_whispered(frames, snr_db),
    )


def sustained(silero: NDArray[np.float64]) -> float:
    """Log odds that silero reaches in windows of `voice_s` together, or in all of fewer windows."""
    n_windows = min(round(OPTIONS.voice_s / WINDOW_S), silero.size)
    return float(np.sort(silero)[-n_windows])


def is_whispered(frames: Frames, snr_db: float | None) -> bool:
    """Whether a recording is clean, and its loud frames are voiceless and brighter than dark."""
    is_loud = frames.is_loud
    if (snr_db or 0.0) < OPTIONS.whisper_snr_db or not is_loud.any():
        return False
    is_voiced = frames.periodicity[is_loud] > vad.OPTIONS.voiced_strength
    bright_db, dark_db = (
        frames.bands_db[is_loud][:, (low <= band_centres_hz()) & (band_centres_hz() < high)].mean()
        for low, high in (OPTIONS.bright_hz, OPTIONS.dark_hz)
    )
    return bool(is_voiced.mean() <= vad.OPTIONS.whispered_share and bright_db > dark_db)


def _part(values: NDArray[np.float64], part: Interval, step_s: float) -> NDArray[np.float64]:
    return values[int(part.start_s / step_s) : int(part.end_s / step_s) + 1]
