"""How loud, how clean, how lively and how complete the sound of a message is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.clipping import clipped_count
from aftertone.acoustics.frames import SILENCE_DB, Frames, joined_db
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.loudness import loudness_lufs
from aftertone.acoustics.percentiles import percentile
from aftertone.acoustics.spectrum import BIN_HZ, HOP_S, N_FFT

NOISE_NEAR_S = 1.0  # the noise that the speech stands in, not a beep or a greeting farther off
NOISE_MARGIN_S = 0.05  # weak ends of words and the room's echo are not noise
SHORTEST_NOISE_S = 0.1  # ten frames
STRETCH_S = 0.3  # about one word or two syllables: 4 to 5.5 syllables per second of speech
LOUD_PERCENT = 80  # of a stretch: the level that its loudest 60 ms reach, a vowel's
FEWEST_STRETCHES = 4  # of which a standard deviation says something
BANDWIDTH_RANGE_DB = 45.0  # below the strongest part of the spectrum; fricatives lie 20 to 40 dB below vowels
BANDWIDTH_OVER_NOISE_DB = 6.0  # as strong as the noise in amplitude, or stronger
STRONG_PERCENT = 95  # of the spectra, in each bin
_MOST_SPECTRA = 150  # spread over the message: enough for the long-term spectrum of its speech
_SMOOTH_BINS = 9  # 140 Hz, so that the end is not a partial's


@dataclass(frozen=True, slots=True)
class Level:
    """How loud and how clean the speech of a recording is; None is what could not be measured.

    Attributes
    ----------
    active_dbov : float or None
        Active speech level: mean square over the speech, in dBov (0: a full-scale square wave). None without
        speech.
    noise_dbov : float or None
        Median level of the silences within `NOISE_NEAR_S` of speech. None where there are none, or only
        digital silence.
    snr_db : float or None
        Speech without its noise over noise. None where the noise is not known, or is as loud as the speech.
    loudness_lufs : float or None
        Integrated loudness of the whole recording (ITU-R BS.1770). None under 0.4 s, or where all is below
        its gate of -70 LUFS.
    variation_db : float or None
        Standard deviation of the level of the vowels in stretches of `STRETCH_S` of speech: how far words
        differ. None with fewer than `FEWEST_STRETCHES`.
    clipped_share : float
        Share of the samples in runs of three and more at the rail, 0 to 1.
    bandwidth_hz : float or None
        Where the spectrum of the speech ends: 3,400 to 3,900 for a telephone, up to 8,000. None without
        speech.
    """

    active_dbov: float | None
    noise_dbov: float | None
    snr_db: float | None
    loudness_lufs: float | None
    variation_db: float | None
    clipped_share: float
    bandwidth_hz: float | None


def level_of(recording: Recording, frames: Frames, speech: Sequence[Interval]) -> Level:
    """Level, noise, loudness, variation, clipping and bandwidth of a recording.

    Levels are taken from 60 Hz to 8 kHz: an offset, rumble and most of mains hum are not heard over a
    telephone. ITU-T P.56 finds the speech by a threshold on the envelope; here `speech` says where it is,
    which gives the same level within 1 dB.

    Parameters
    ----------
    recording : Recording
    frames : Frames
        Its frames.
    speech : sequence of Interval
        Where speech is, in order (`vad.speech_intervals`).

    Examples
    --------
    >>> from aftertone.acoustics.frames import frames_of
    >>> tone = Recording.from_samples(0.1 * np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000), 16_000)
    >>> level = level_of(tone, frames_of(tone), [Interval(0.0, 1.0)])
    >>> round(level.active_dbov, 1), level.noise_dbov, level.clipped_share
    (-23.0, None, 0.0)
    """
    level_db = joined_db(frames.bands_db)
    is_speech = _inside(frames.times_s, speech)
    is_noise = (
        _inside(frames.times_s, speech, NOISE_NEAR_S)
        & ~_inside(frames.times_s, speech, NOISE_MARGIN_S)
        & (frames.level_db > SILENCE_DB)
    )
    active_dbov = _mean_db(level_db[is_speech]) if is_speech.any() else None
    noise_dbov = None
    if np.count_nonzero(is_noise) * HOP_S >= SHORTEST_NOISE_S:
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


def _inside(
    times_s: NDArray[np.float64], intervals: Sequence[Interval], margin_s: float = 0.0
) -> NDArray[np.bool_]:
    """Which times lie inside intervals that a margin widens at both ends."""
    starts, ends = np.array(intervals, dtype=np.float64).reshape(-1, 2).T
    begun = np.searchsorted(starts - margin_s, times_s, side="right")
    ended = np.searchsorted(ends + margin_s, times_s, side="right")
    return np.asarray(begun > ended)


def _mean_db(level_db: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(10 ** (level_db.astype(np.float64) / 10))))


def _snr_db(active_dbov: float | None, noise_dbov: float | None) -> float | None:
    if active_dbov is None or noise_dbov is None or active_dbov <= noise_dbov:
        return None
    return 10 * math.log10(10 ** ((active_dbov - noise_dbov) / 10) - 1)


def _variation_db(speech_db: NDArray[np.float32]) -> float | None:
    n_frames = round(STRETCH_S / HOP_S)
    n_stretches = speech_db.size // n_frames
    if n_stretches < FEWEST_STRETCHES:
        return None
    stretches_db = speech_db[: n_stretches * n_frames].reshape(n_stretches, n_frames)
    return float(percentile(stretches_db, LOUD_PERCENT).std())


def _bandwidth_hz(
    recording: Recording, speech_s: NDArray[np.float64], noise_s: NDArray[np.float64]
) -> float | None:
    strong_db = _strong_db(recording, speech_s)  # fricatives are rare, and reach highest
    if strong_db is None:
        return None
    heard = strong_db > strong_db.max() - BANDWIDTH_RANGE_DB
    noise_db = _strong_db(recording, noise_s)
    if noise_db is not None:
        heard &= strong_db > noise_db + BANDWIDTH_OVER_NOISE_DB
    return float(np.flatnonzero(heard)[-1] * BIN_HZ) if heard.any() else None


def _strong_db(recording: Recording, times_s: NDArray[np.float64]) -> NDArray[np.float32] | None:
    """The level that some of the spectra round those times reach, float32, shape (N_BINS,); None without."""
    import scipy.fft

    middles = np.round(times_s[:: 1 + times_s.size // _MOST_SPECTRA] * recording.rate_hz).astype(np.int64)
    starts = middles - N_FFT // 2
    starts = starts[(starts >= 0) & (starts + N_FFT <= recording.samples.size)]
    if not starts.size:
        return None
    stretches = np.lib.stride_tricks.sliding_window_view(recording.samples, N_FFT)[starts] * _taper()
    magnitude = np.abs(scipy.fft.rfft(stretches, axis=1))
    rank = STRONG_PERCENT / 100 * (len(magnitude) - 1)
    below, above = math.floor(rank), math.ceil(rank)
    ranked = magnitude.T.copy()
    ranked.sort(axis=1)  # numpy sorts float32 faster than it partitions
    below_db, above_db = 20 * np.log10(np.maximum(ranked[:, [below, above]].T, np.float32(1e-9)))
    return _smoothed(below_db + np.float32(rank - below) * (above_db - below_db))


@cache
def _taper() -> NDArray[np.float32]:
    return np.hanning(N_FFT).astype(np.float32)


def _smoothed(spectrum_db: NDArray[np.float32]) -> NDArray[np.float32]:
    half = _SMOOTH_BINS // 2
    padded = np.concatenate([spectrum_db[:1].repeat(half), spectrum_db, spectrum_db[-1:].repeat(half)])
    return np.convolve(padded, np.full(_SMOOTH_BINS, 1 / _SMOOTH_BINS, np.float32), mode="valid")
