"""How periodic each frame is, and at which frequencies: the candidates that pitch chooses among.

The short-term autocorrelation of Boersma (1993), "Accurate short-term analysis of the fundamental frequency
and the harmonics-to-noise ratio of a sampled sound": the frame's autocorrelation over the window's own. It
comes from the one spectrum by an inverse transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ
from aftertone.acoustics.spectrum import N_FFT, SpectrumBlock, window

FLOOR_HZ = 60.0
CEILING_HZ = 500.0
N_CANDIDATES = 5
LONGEST_LAG = int(ANALYSIS_RATE_HZ / FLOOR_HZ) + 2
SHORTEST_LAG = int(ANALYSIS_RATE_HZ / CEILING_HZ)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The strongest periodicities of each frame, strongest first.

    Attributes
    ----------
    hz : float32, shape (n_frames, N_CANDIDATES)
        Frequency; NaN where the frame has fewer peaks.
    strength : float32, shape (n_frames, N_CANDIDATES)
        Normalised autocorrelation there, 0 to 1: 1 for a perfectly periodic frame, 0 where no peak.
    """

    hz: NDArray[np.float32]
    strength: NDArray[np.float32]


@cache
def _window_correlation() -> NDArray[np.float32]:
    import scipy.fft

    spectrum = scipy.fft.rfft(window(), N_FFT)
    correlation = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, N_FFT)[: LONGEST_LAG + 1]
    return np.asarray(correlation / correlation[0], dtype=np.float32)


def candidates_of(block: SpectrumBlock) -> Candidates:
    """Candidates of each frame of a block."""
    import scipy.fft

    correlation = scipy.fft.irfft(block.power, N_FFT, axis=1)[:, : LONGEST_LAG + 1]
    energy = np.maximum(correlation[:, :1], np.float32(1e-12))
    correlation = correlation / (energy * _window_correlation())
    inner = correlation[:, SHORTEST_LAG:LONGEST_LAG]
    before, after = correlation[:, SHORTEST_LAG - 1 : LONGEST_LAG - 1], correlation[:, SHORTEST_LAG + 1 :]
    peak = np.where((inner > before) & (inner >= after) & (inner > 0), inner, 0)
    best = np.argpartition(-peak, N_CANDIDATES, axis=1)[:, :N_CANDIDATES]
    order = np.argsort(-np.take_along_axis(peak, best, 1), axis=1)
    best = np.take_along_axis(best, order, 1)
    left, top, right = (np.take_along_axis(a, best, 1) for a in (before, inner, after))
    bend = left - 2 * top + right
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(bend < 0, 0.5 * (left - right) / bend, 0)
        height = np.where(bend < 0, top - 0.25 * (left - right) * shift, top)
        is_peak = np.take_along_axis(peak, best, 1) > 0
        hz = np.where(is_peak, ANALYSIS_RATE_HZ / (best + SHORTEST_LAG + shift), np.nan)
    strength = np.where(is_peak, np.minimum(height, 1), 0)
    return Candidates(hz.astype(np.float32), strength.astype(np.float32))
