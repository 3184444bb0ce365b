"""Level of speech and noise, loudness, variation, clipping and bandwidth of a recording."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.contours import is_inside, percentile
from aftertone.acoustics.frames import SILENCE_DB, Frames, joined_db
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.loudness import loudness_lufs
from aftertone.acoustics.samples import clipped_count
from aftertone.acoustics.spectrum import BIN_HZ, HOP_S, N_FFT


@dataclass(frozen=True, eq=False, repr=False)
class LevelOptions:
    """Settings of the measures of level."""

    noise_near_s: float = 1.0  # noise is measured this near to speech: not in a beep or greeting farther off
    noise_margin_s: float = 0.05  # and no nearer: weak ends of words and reverberation are not noise
    noise_min_s: float = 0.1  # shortest noise that is measured: ten frames
    stretch_s: float = 0.3  # about one word or two syllables: 4 to 5.5 syllables per second of speech
    stretch_percent: int = 80  # percentile that is a stretch's level: its loudest 60 ms, a vowel
    stretches_min: int = 4  # for a standard deviation
    bandwidth_range_db: float = 45.0  # below the strongest bin; fricatives are 20 to 40 dB below vowels
    bandwidth_snr_db: float = 6.0  # least level over the noise in a bin: speech as strong as the noise
    strong_percent: int = 95  # percentile over the spectra in each bin: fricatives are rare and reach highest
    spectra_max: int = 150  # spread over the message: enough for a long-term spectrum of speech
    smoothing_bins: int = 9  # of the long-term spectrum: 140 Hz, wider than one harmonic


OPTIONS = LevelOptions()


@dataclass(frozen=True, slots=True)
class Level:
    """Level and quality of a recording; None stands for what could not be measured.

    In dBov 0 is a full-scale square wave. The noise's power is subtracted from the speech's for `snr_db`.
    """

    active_dbov: float | None  # mean square over the speech; None without speech
    noise_dbov: float | None  # median of silences near speech; None without any, or only digital silence
    snr_db: float | None  # None where the noise is unknown, or as loud as the speech
    loudness_lufs: float | None  # of the whole recording (ITU-R BS.1770); None where all is below its gate
    variation_db: float | None  # of vowels in 0.3 s stretches: how much words differ; None for under 4
    clipped_share: float  # of the samples
    bandwidth_hz: float | None  # of the speech: 3,400 to 3,900 for a telephone; None without speech


def level_of(recording: Recording, frames: Frames, speech: Sequence[Interval]) -> Level:
    """Level, noise, loudness, variation, clipping and bandwidth of a recording.

    Levels are measured from 60 Hz to 8 kHz: a telephone does not transmit an offset, rumble and most of mains
    hum. ITU-T P.56 finds the speech by a threshold on the envelope. Here `speech` gives it, in order, and the
    level is the same within 1 dB.

    >>> from aftertone.acoustics.frames import frames_of
    >>> tone = Recording.from_samples(0.1 * np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000), 16_000)
    >>> level = level_of(tone, frames_of(tone), [Interval(0.0, 1.0)])
    >>> round(level.active_dbov, 1), level.noise_dbov, level.clipped_share
    (-23.0, None, 0.0)
    """
    level_db = joined_db(frames.bands_db)
    is_speech = is_inside(frames.times_s, speech)
    is_noise = (
        is_inside(frames.times_s, speech, OPTIONS.noise_near_s)
        & ~is_inside(frames.times_s, speech, OPTIONS.noise_margin_s)
        & (frames.level_db > SILENCE_DB)
    )
    active_dbov = _mean_db(level_db[is_speech]) if is_speech.any() else None
    noise_dbov = None
    if np.count_nonzero(is_noise) * HOP_S >= OPTIONS.noise_min_s:
        noise_dbov = float(np.median(level_db[is_noise]))
    clipped_share = recording.clipped_share
    if clipped_share is None:
        clipped_share = clipped_count(recording.samples) / recording.samples.size
    return Level(
        active_dbov=active_dbov,
        noise_dbov=noise_dbov,
        snr_db=_snr_db(active_dbov, noise_dbov),
        loudness_lufs=loudness_lufs(frames.k_weighted, recording.samples.size),
        variation_db=_variation_db(level_db[is_speech]),
        clipped_share=clipped_share,
        bandwidth_hz=_bandwidth_hz(recording, frames.times_s[is_speech], frames.times_s[is_noise]),
    )


def _mean_db(level_db: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(10 ** (level_db.astype(np.float64) / 10))))


def _snr_db(active_dbov: float | None, noise_dbov: float | None) -> float | None:
    if active_dbov is None or noise_dbov is None or active_dbov <= noise_dbov:
        return None
    return 10 * math.log10(10 ** ((active_dbov - noise_dbov) / 10) - 1)


def _variation_db(speech_db: NDArray[np.float32]) -> float | None:
    n_frames = round(OPTIONS.stretch_s / HOP_S)
    n_stretches = speech_db.size // n_frames
    if n_stretches < OPTIONS.stretches_min:
        return None
    stretches_db = speech_db[: n_stretches * n_frames].reshape(n_stretches, n_frames)
    return float(percentile(stretches_db, OPTIONS.stretch_percent).std())


def _bandwidth_hz(
    recording: Recording, speech_s: NDArray[np.float64], noise_s: NDArray[np.float64]
) -> float | None:
    speech_db = _long_term_spectrum_db(recording, speech_s)
    if speech_db is None:
        return None
    is_audible = speech_db > speech_db.max() - OPTIONS.bandwidth_range_db
    noise_db = _long_term_spectrum_db(recording, noise_s)
    if noise_db is not None:
        is_audible &= speech_db > noise_db + OPTIONS.bandwidth_snr_db
    return float(np.flatnonzero(is_audible)[-1] * BIN_HZ) if is_audible.any() else None


def _long_term_spectrum_db(recording: Recording, times_s: NDArray[np.float64]) -> NDArray[np.float32] | None:
    """High percentile over the spectra around some times, float32, shape (N_BINS,); None without times."""
    import scipy.fft

    middles = np.round(times_s[:: 1 + times_s.size // OPTIONS.spectra_max] * recording.rate_hz).astype(
        np.int64
    )
    starts = middles - N_FFT // 2
    starts = starts[(starts >= 0) & (starts + N_FFT <= recording.samples.size)]
    if not starts.size:
        return None
    stretches = np.lib.stride_tricks.sliding_window_view(recording.samples, N_FFT)[starts] * _taper()
    magnitude = np.abs(scipy.fft.rfft(stretches, axis=1))
    rank = OPTIONS.strong_percent / 100 * (len(magnitude) - 1)
    below, above = math.floor(rank), math.ceil(rank)
    ranked = magnitude.T.copy()
    ranked.sort(axis=1)  # numpy sorts float32 faster than it partitions
    below_db, above_db = 20 * np.log10(np.maximum(ranked[:, [below, above]].T, np.float32(1e-9)))
    return _smoothed(below_db + np.float32(rank - below) * (above_db - below_db))


@cache
def _taper() -> NDArray[np.float32]:
    return np.hanning(N_FFT).astype(np.float32)


def _smoothed(spectrum_db: NDArray[np.float32]) -> NDArray[np.float32]:
    width = OPTIONS.smoothing_bins
    half = width // 2
    padded = np.concatenate([spectrum_db[:1].repeat(half), spectrum_db, spectrum_db[-1:].repeat(half)])
    return np.convolve(padded, np.full(width, 1 / width, np.float32), mode="valid")
