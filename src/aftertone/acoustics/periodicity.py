"""Short-term autocorrelation: how periodic each frame is, and its pitch candidates.

The method is that of Boersma (1993), "Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound": the frame's autocorrelation over the window's own. Two things
differ. The autocorrelation is taken of the magnitude spectrum in place of the power spectrum, so that no
single formant or noise outweighs the other harmonics (the generalised autocorrelation of Tolonen &
Karjalainen 2000, "A computationally efficient multipitch analysis model"). And it is limited to the band
where harmonics stand out from breath and friction. So few bins and few lags are needed, and the inverse
transform, the band's edges and the division by the window's autocorrelation become one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ
from aftertone.acoustics.spectrum import BIN_HZ, N_FFT, SpectrumBlock, window

FLOOR_HZ = 60.0  # lowest pitch
CEILING_HZ = 600.0  # highest pitch; falsetto and excitement pass 500 Hz
N_CANDIDATES = 4  # tuned on resynthesised speech: 8 are no better
LONGEST_LAG = int(ANALYSIS_RATE_HZ / FLOOR_HZ) + 2
SHORTEST_LAG = int(ANALYSIS_RATE_HZ / CEILING_HZ)
BAND_FOOT_HZ = 45.0, 3_000.0  # weight 0 outside: drift, rumble, breath, friction
BAND_TOP_HZ = 100.0, 2_000.0  # weight 1 inside; tuned on resynthesised speech and rumbling noise
STRENGTH_EXPONENT = 0.6  # gives a barely audible voice Boersma's 0.45; tuned on the same


@dataclass(frozen=True, slots=True)
class PitchCandidates:
    """The strongest periodicities of each frame, strongest first, both of shape (n_frames, N_CANDIDATES).

    `strength` goes from 0 (no peak) to 1 (perfect). White noise reaches 0.4. Steady vowels have 0.7 and more.
    """

    hz: NDArray[np.float32]  # NaN where the frame has fewer peaks
    strength: NDArray[np.float32]


def _autocorrelation(spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    correlation = np.fft.irfft(spectrum)
    return np.asarray(correlation / correlation[0])


@cache
def _lag_matrix() -> NDArray[np.float32]:
    """Matrix from magnitudes to autocorrelation, float32, shape (n_bins, 1 + n_lags + 2).

    The columns are lag 0 and the lags from one below the shortest to one above the longest.
    """
    lags = np.concatenate([[0], np.arange(SHORTEST_LAG - 1, LONGEST_LAG + 2)])
    bins_hz = np.arange(int(BAND_FOOT_HZ[1] / BIN_HZ) + 1) * BIN_HZ
    rise, fall = (
        np.clip((bins_hz - foot_hz) / (top_hz - foot_hz), 0, 1)
        for foot_hz, top_hz in zip(BAND_FOOT_HZ, BAND_TOP_HZ, strict=True)
    )
    band = np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2
    cosines = np.cos(2 * np.pi * np.arange(bins_hz.size)[:, None] * lags / N_FFT)
    of_window = _autocorrelation(np.abs(np.fft.rfft(window().astype(np.float64), N_FFT)))
    return np.asarray(band[:, None] * cosines / of_window[lags], dtype=np.float32)


@cache
def _lag_weight() -> NDArray[np.float32]:
    """Weight of a peak in each column of `_lag_matrix`, float32; 0 in the columns that only bound others.

    A window's magnitudes correlate over longer lags than its powers. The weight, the ratio of both, keeps
    noise at long lags from looking like a low voice.
    """
    spectrum = np.abs(np.fft.rfft(window().astype(np.float64), N_FFT))
    lags = np.arange(SHORTEST_LAG, LONGEST_LAG + 1)
    weight = (_autocorrelation(spectrum) / _autocorrelation(spectrum**2))[lags]
    return np.pad(weight, (2, 1)).astype(np.float32)


def pitch_candidates_of(block: SpectrumBlock) -> PitchCandidates:
    """Pitch candidates of each frame of a block."""
    matrix, weight = _lag_matrix(), _lag_weight()
    correlation = block.magnitude[:, : len(matrix)] @ matrix
    n_frames, n_columns = correlation.shape
    # one long row: the peaks across the border of two frames have weight 0
    row = correlation.reshape(-1)
    rises = row[1:] > row[:-1]
    height = correlation * weight
    heights = height.reshape(-1)
    heights[1:-1] *= rises[:-1] > rises[1:]  # it rises up to here and falls after
    starts = n_columns * np.arange(n_frames)
    best = np.empty((N_CANDIDATES, n_frames), np.intp)
    for column in best:
        height.argmax(axis=1, out=column)
        heights[starts + column] = 0
    left, top, right = (row.take(starts + best + side, mode="clip") for side in (-1, 0, 1))
    slope, curvature = left - right, left - 2 * top + right
    is_peak = (best > 1) & (top > np.maximum(0, left)) & (top >= right) & (curvature < 0)
    shift = 0.5 * slope / np.where(is_peak, curvature, np.float32(-1))
    whole = np.maximum(correlation[:, 0], np.finfo(np.float32).tiny)
    strength = np.clip((top - 0.25 * slope * shift) * weight[best] / whole, 0, 1) ** STRENGTH_EXPONENT
    hz = ANALYSIS_RATE_HZ / (best.astype(np.float32) + (SHORTEST_LAG - 2) + shift)
    return PitchCandidates(np.where(is_peak, hz, np.float32(np.nan)).T, (strength * is_peak).T)
