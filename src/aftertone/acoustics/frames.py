"""The one pass over the samples: everything that is known of each frame.

Blocks of the spectrum are read once, turned into a few numbers a frame, and forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.loudness import k_weights
from aftertone.acoustics.partials import Partials, partials_of
from aftertone.acoustics.periodicity import Candidates, candidates_of
from aftertone.acoustics.spectrum import (
    BIN_HZ,
    HOP,
    N_BINS,
    N_FFT,
    frame_count,
    frame_times_s,
    spectrum_blocks,
    window,
)
from aftertone.errors import NotARecordingError

N_BANDS = 24
_ROWS_AT_ONCE = 16
"""Frames of a matrix product that OpenBLAS computes on one thread: how it shares out a larger one, and so the
last digit of the result, depends on the number of threads."""
FRAMES_AT_ONCE = 3_000
"""Rows of arrays of frames by bands that are not kept: half a minute, so that memory stays bounded."""
LOWEST_BAND_HZ = 60.0
HIGHEST_BAND_HZ = 8_000.0
SILENCE_DB = -200.0  # what log of nothing becomes: so far below any noise that no gain takes sound there


@dataclass(frozen=True, slots=True)
class Frames:
    """What is known of each frame of a recording, on the grid of `spectrum`.

    Attributes
    ----------
    times_s : float64, shape (n_frames,)
        Centres of the frames.
    level_db : float32, shape (n_frames,)
        Mean square of the HOP samples centred there, in dBov (0 dBov: a full-scale square wave, ITU-T
        G.100.1).
    bands_db : float32, shape (n_frames, N_BANDS)
        Power in mel-spaced triangular bands from LOWEST_BAND_HZ to HIGHEST_BAND_HZ, in dBov.
    k_weighted : float32, shape (n_frames,)
        K-weighted mean square (ITU-R BS.1770), full scale 1: for `loudness`, which means it over blocks. In
        one frame of rumble alone it may be negative.
    candidates : Candidates
        Periodicities.
    partials : Partials
        The two strongest partials.
    """

    times_s: NDArray[np.float64]
    level_db: NDArray[np.float32]
    bands_db: NDArray[np.float32]
    k_weighted: NDArray[np.float32]
    candidates: Candidates
    partials: Partials

    @property
    def n_frames(self) -> int:
        """How many frames there are."""
        return self.times_s.size


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
    """What each bin counts in each band, float64, shape (N_BINS, N_BANDS): triangles of height 1.

    The values of ``librosa.filters.mel(..., htk=True, norm=None)``. That call itself costs 1.2 s of processor
    in each process, 13 s in the first of an installation (benchmarks/experiments/speed.md).
    """
    bins_hz, edges_hz = np.arange(N_BINS)[:, None] * BIN_HZ, _edges_hz()
    width_hz = np.diff(edges_hz)
    rise = (bins_hz - edges_hz[:-2]) / width_hz[:-1]
    fall = (edges_hz[2:] - bins_hz) / width_hz[1:]
    return np.maximum(0, np.minimum(rise, fall))


@cache
def _weights() -> NDArray[np.float32]:
    """What each bin counts in each band, and in the K-weighting, float32, shape (N_BINS, N_BANDS + 1)."""
    to_mean_square = 2 / (N_FFT * float(np.sum(window() ** 2)))  # a one-sided spectrum counts twice
    weights = np.column_stack([mel_filters() * to_mean_square, k_weights()])
    return weights.astype(np.float32, order="F")  # OpenBLAS multiplies by it a third faster


def decibels(mean_square: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean square as dBov, SILENCE_DB where there is none: `librosa.power_to_db` without a range."""
    level = np.maximum(mean_square, np.float32(10 ** (SILENCE_DB / 10)))
    np.log10(level, out=level)
    level *= 10
    return level


def level_db_of(recording: Recording) -> NDArray[np.float32]:
    """Level of the HOP samples round each frame's centre in dBov, float32, shape (n_frames,)."""
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
    """Level of some bands together in dBov, float32, shape (n_frames,); of bands_db, shape (n_frames, n)."""
    n_frames, n_bands = bands_db.shape
    mean_square = np.empty(n_frames, np.float32)
    powers = np.empty((min(n_frames, FRAMES_AT_ONCE), n_bands), np.float32)
    for first in range(0, n_frames, FRAMES_AT_ONCE):
        some = bands_db[first : first + FRAMES_AT_ONCE]
        part = np.multiply(some, np.float32(np.log(10) / 10), out=powers[: len(some)])
        np.matmul(np.exp(part, out=part), np.ones(n_bands, np.float32), out=mean_square[first:][: len(some)])
    return decibels(mean_square)


def mfcc_of(bands_db: NDArray[np.floating], count: int) -> NDArray[np.float64]:
    """The first cepstra of some bands, float64, shape (n_frames, count): their mean, then their shape.

    Those of ``librosa.feature.mfcc(S=bands_db.T, n_mfcc=count, norm=None)`` over twice the number of bands;
    its import costs what that of `mel_filters` does.

    Examples
    --------
    >>> mfcc_of(np.array([[-30.0, -40.0, -50.0]]), 2).round(2)
    array([[-40.  ,   5.77]])
    """
    import scipy.fft

    return np.asarray(scipy.fft.dct(bands_db.astype(np.float64), axis=1)[:, :count] / (2 * bands_db.shape[1]))


def frames_of(recording: Recording) -> Frames:
    """Read a recording once and keep what every measure needs of each frame.

    Raises
    ------
    NotARecordingError
        `recording` is something else: this is the first that every measure does with it.
    """
    if not isinstance(recording, Recording):
        raise NotARecordingError(
            f"{recording!s:.80}: found {type(recording).__name__}, expected a Recording: `read_audio` makes "
            f"one of a file, `Recording.from_samples` one of an array"
        )
    n_frames = frame_count(recording.samples.size)
    bands_db, k_weighted = np.empty((n_frames, N_BANDS), np.float32), np.empty(n_frames, np.float32)
    candidates, partials = [], []
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
        candidates.append(candidates_of(block))
        partials.append(partials_of(block))
    return Frames(
        times_s=frame_times_s(n_frames),
        level_db=level_db_of(recording),
        bands_db=bands_db,
        k_weighted=k_weighted,
        candidates=Candidates(
            np.concatenate([each.hz for each in candidates]),
            np.concatenate([each.strength for each in candidates]),
        ),
        partials=Partials(
            np.concatenate([each.hz for each in partials]), np.concatenate([each.share for each in partials])
        ),
    )
