"""Features of each frame, from one pass over the samples.

Each block of the spectrum becomes a few numbers a frame. The spectrum itself is not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.contours import percentile
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.loudness import k_weights
from aftertone.acoustics.periodicity import PitchCandidates, pitch_candidates_of
from aftertone.acoustics.spectrum import (
    BIN_HZ,
    HOP,
    HOP_S,
    N_BINS,
    N_FFT,
    SpectralPeaks,
    frame_count,
    frame_times_s,
    spectral_peaks_of,
    spectrum_blocks,
    window,
)
from aftertone.errors import NotARecordingError

N_BANDS = 24
LOWEST_BAND_HZ = 60.0
HIGHEST_BAND_HZ = 8_000.0
SILENCE_DB = -200.0  # stands for log of zero: far below any noise at any gain
LOUD_DB = 20.0  # below the recording's loudest: vowels
LOUDEST_PERCENT = 95  # of the levels of a recording
FRAMES_AT_ONCE = 3_000  # rows of temporary arrays of frames by bands: half a minute bounds memory
_ROWS_AT_ONCE = 16
# Rows of a matrix product that OpenBLAS computes on one thread. It splits larger products by the number of
# threads, and the last digit of the result changes with the split.


@dataclass(frozen=True)
class Frames:
    """Features of each frame of a recording, on the grid of `spectrum`: (n_frames,) or (n_frames, N_BANDS).

    `level_db` is the mean square of the HOP samples around the centre, in dBov (0: a full-scale square wave,
    ITU-T G.100.1). `k_weighted` is a mean square (ITU-R BS.1770), full scale 1. `bands_db` is the power in
    mel-spaced triangular bands, in dBov.
    """

    times_s: NDArray[np.float64]  # centres of the frames
    level_db: NDArray[np.float32]
    bands_db: NDArray[np.float32]
    k_weighted: NDArray[np.float32]  # for `loudness`; may be negative in a frame of rumble alone
    pitch_candidates: PitchCandidates
    spectral_peaks: SpectralPeaks

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.times_s.size

    def interval(self, first: int, past: int) -> Interval:
        """Time of the frames from `first` to the one before `past`; each frame lasts one hop."""
        return Interval(float(self.times_s[first] - HOP_S / 2), float(self.times_s[past - 1] + HOP_S / 2))

    @cached_property
    def periodicity(self) -> NDArray[np.float32]:
        """Strength of the strongest pitch candidate, 0 to 1, float32, shape (n_frames,)."""
        return np.asarray(self.pitch_candidates.strength.max(axis=1))

    @cached_property
    def speech_level_db(self) -> NDArray[np.float32]:
        """Level without the lowest band, which holds hum and handling noise, dBov, float32, (n_frames,)."""
        return joined_db(self.bands_db[:, 1:])

    @cached_property
    def loudest_dbov(self) -> float:
        """95th percentile of `speech_level_db` where there is sound; 0 where there is none."""
        has_sound = self.level_db > SILENCE_DB
        return float(percentile(self.speech_level_db[has_sound], LOUDEST_PERCENT)) if has_sound.any() else 0.0

    @cached_property
    def is_loud(self) -> NDArray[np.bool_]:
        """Frames within LOUD_DB of the loudest, mostly vowels, bool, shape (n_frames,)."""
        return self.speech_level_db > self.loudest_dbov - LOUD_DB


@cache
def _edges_hz() -> NDArray[np.float64]:
    """Edges of the bands, evenly spaced in mel (HTK's formula), float64, shape (N_BANDS + 2,)."""
    lowest, highest = 2595 * np.log10(1 + np.array([LOWEST_BAND_HZ, HIGHEST_BAND_HZ]) / 700)
    return np.asarray(700 * (10 ** (np.linspace(lowest, highest, N_BANDS + 2) / 2595) - 1))


@cache
def band_centres_hz() -> NDArray[np.float64]:
    """Centre of each band in Hz, float64, shape (N_BANDS,)."""
    return _edges_hz()[1:-1]


def mel_filters() -> NDArray[np.float64]:
    """Mel filter bank: triangles of height 1, float64, shape (N_BINS, N_BANDS).

    The values are those of ``librosa.filters.mel(..., htk=True, norm=None)``. Librosa's import costs 1.2 s of
    processor time in each process, 13 s in the first of an installation (benchmarks/experiments/speed.md).
    """
    bins_hz, edges_hz = np.arange(N_BINS)[:, None] * BIN_HZ, _edges_hz()
    width_hz = np.diff(edges_hz)
    rise = (bins_hz - edges_hz[:-2]) / width_hz[:-1]
    fall = (edges_hz[2:] - bins_hz) / width_hz[1:]
    return np.maximum(0, np.minimum(rise, fall))


@cache
def _weights() -> NDArray[np.float32]:
    """Weight of each bin in each band, and in the K-weighting, float32, shape (N_BINS, N_BANDS + 1)."""
    to_mean_square = 2 / (N_FFT * float(np.sum(window() ** 2)))  # a one-sided spectrum counts twice
    weights = np.column_stack([mel_filters() * to_mean_square, k_weights()])
    return weights.astype(np.float32, order="F")  # a third faster in OpenBLAS


def decibels(mean_square: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean square in dBov, at least SILENCE_DB: `librosa.power_to_db` without a range."""
    level = np.maximum(mean_square, np.float32(10 ** (SILENCE_DB / 10)))
    np.log10(level, out=level)
    level *= 10
    return level


def level_db_of(recording: Recording) -> NDArray[np.float32]:
    """Level of the HOP samples around each frame's centre in dBov, float32, shape (n_frames,)."""
    samples = recording.samples
    energy = np.zeros(frame_count(samples.size), np.float32)
    first, whole = samples[: HOP // 2], max(0, (samples.size - HOP // 2) // HOP)
    last = samples[HOP // 2 + whole * HOP :]
    hops = samples[HOP // 2 :][: whole * HOP].reshape(whole, HOP)
    energy[0] = first @ first
    energy[1 : 1 + whole] = np.einsum("ij,ij->i", hops, hops)
    energy[1 + whole :] = last @ last  # the last hop, where the recording ends within it
    return decibels(energy / np.float32(HOP))


def joined_db(bands_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level of some bands together in dBov, float32; (n_frames, n_bands) to (n_frames,)."""
    n_frames, n_bands = bands_db.shape
    mean_square = np.empty(n_frames, np.float32)
    powers = np.empty((min(n_frames, FRAMES_AT_ONCE), n_bands), np.float32)
    for first in range(0, n_frames, FRAMES_AT_ONCE):
        some = bands_db[first : first + FRAMES_AT_ONCE]
        part = np.multiply(some, np.float32(np.log(10) / 10), out=powers[: len(some)])
        np.matmul(np.exp(part, out=part), np.ones(n_bands, np.float32), out=mean_square[first:][: len(some)])
    return decibels(mean_square)


def mfcc_of(bands_db: NDArray[np.floating], count: int) -> NDArray[np.float64]:
    """MFCC: the first cepstral coefficients of some bands, float64, shape (n_frames, count).

    They are those of ``librosa.feature.mfcc(S=bands_db.T, n_mfcc=count, norm=None)`` over twice the number of
    bands. The first is the mean of the bands. Librosa's import costs what `mel_filters` says.

    >>> mfcc_of(np.array([[-30.0, -40.0, -50.0]]), 2).round(2)
    array([[-40.  ,   5.77]])
    """
    import scipy.fft

    return np.asarray(scipy.fft.dct(bands_db.astype(np.float64), axis=1)[:, :count] / (2 * bands_db.shape[1]))


def frames_of(recording: Recording) -> Frames:
    """Features of each frame. Every measure calls this first: NotARecordingError for anything else."""
    if not isinstance(recording, Recording):
        raise NotARecordingError(
            f"{recording!s:.80}: found {type(recording).__name__}, expected a Recording: `read_audio` makes "
            f"one of a file, `Recording.from_samples` one of an array"
        )
    n_frames = frame_count(recording.samples.size)
    bands_db, k_weighted = np.empty((n_frames, N_BANDS), np.float32), np.empty(n_frames, np.float32)
    candidates, peaks = [], []
    for block in spectrum_blocks(recording):
        mean_square = np.empty((len(block.power), N_BANDS + 1), np.float32)
        whole = len(mean_square) // _ROWS_AT_ONCE * _ROWS_AT_ONCE
        np.matmul(
            block.power[:whole].reshape(-1, _ROWS_AT_ONCE, N_BINS),
            _weights(),
            out=mean_square[:whole].reshape(-1, _ROWS_AT_ONCE, N_BANDS + 1),
        )
        np.matmul(block.power[whole:], _weights(), out=mean_square[whole:])
        here = slice(block.first_frame, block.first_frame + len(mean_square))
        bands_db[here], k_weighted[here] = decibels(mean_square[:, :N_BANDS]), mean_square[:, N_BANDS]
        candidates.append(pitch_candidates_of(block))
        peaks.append(spectral_peaks_of(block))
    return Frames(
        times_s=frame_times_s(n_frames),
        level_db=level_db_of(recording),
        bands_db=bands_db,
        k_weighted=k_weighted,
        pitch_candidates=PitchCandidates(
            np.concatenate([each.hz for each in candidates]),
            np.concatenate([each.strength for each in candidates]),
        ),
        spectral_peaks=SpectralPeaks(
            np.concatenate([each.hz for each in peaks]), np.concatenate([each.share for each in peaks])
        ),
    )
