"""Integrated loudness (ITU-R BS.1770-5), from the short-time spectrum.

The standard filters the samples (a shelf for the head, a high pass for the ear) and averages their squares
over blocks of 0.4 s. A block holds forty frames, so the filters' gains at the bins give the same mean.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ
from aftertone.acoustics.spectrum import BIN_HZ, HOP_S, N_BINS, N_FFT, WINDOW, window

BLOCK_S, STEP_S = 0.4, 0.1  # BS.1770: blocks overlap by three quarters
OFFSET_DB = -0.691  # a 997 Hz sine of full scale is at -3.01 LUFS
ABSOLUTE_GATE_LUFS = -70.0  # BS.1770
RELATIVE_GATE_LU = -10.0  # BS.1770, from the mean of the blocks above the absolute gate

_FILTER_RATE_HZ = 48_000  # of the standard's coefficients, its tables 1 and 2
_SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)
_N_LOW_BINS = 8  # up to 109 Hz: the window's lobe is wider than the high pass's slope there


def k_gain(hz: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Power gain of the standard's two filters at each frequency, float64.

    >>> (10 * np.log10(k_gain(np.array([38.0, 997.0, 8_000.0])))).round(1)
    array([-6. ,  0.7,  4. ])
    """
    delay = np.exp(-2j * np.pi * hz / _FILTER_RATE_HZ)
    gain = np.ones(hz.shape)
    for onward, back in (_SHELF, _HIGH_PASS):
        gain *= np.abs(np.polyval(onward[::-1], delay) / np.polyval(back[::-1], delay)) ** 2
    return gain


@cache
def k_weights() -> NDArray[np.float64]:
    """Weights of a frame's power at each bin in its K-weighted mean square, float64, shape (N_BINS,).

    Above the lowest bins the weight is the gain. But a tone of 10 Hz spreads over four bins whose gains
    differ by 25 dB, so the weights of the lowest bins are fitted by least squares to the gains of tones.
    """
    taper = window().astype(np.float64)
    weights = k_gain(np.arange(N_BINS) * BIN_HZ)
    weights[-1] /= 2  # an inner bin stands for two
    weights *= 2 / (N_FFT * np.sum(taper**2))
    tones_hz = np.concatenate([np.arange(2.0, 40.0), np.arange(40.0, 400.0, 4.0)])
    waves = np.exp(2j * np.pi * tones_hz[:, None] * np.arange(WINDOW) / ANALYSIS_RATE_HZ)
    power = np.sum(
        [np.abs(np.fft.rfft(wave * taper, N_FFT)) ** 2 for wave in (waves.real, waves.imag)], axis=0
    )
    gain = k_gain(tones_hz)
    missing = gain - power[:, _N_LOW_BINS:] @ weights[_N_LOW_BINS:]
    low = power[:, :_N_LOW_BINS]
    weights[:_N_LOW_BINS] = np.linalg.lstsq(low / gain[:, None], missing / gain, rcond=None)[0]
    return weights


def loudness_lufs(k_weighted: NDArray[np.float32], n_samples: int) -> float | None:
    """Integrated loudness in LUFS; None under BLOCK_S, or where all blocks are below the absolute gate.

    `k_weighted` is that of `Frames`. A block that the `n_samples` of the recording do not fill is left out.

    >>> round(loudness_lufs(np.full(1_001, 0.01, np.float32), 160_000), 2)
    -20.69
    """
    n_blocks = 1 + math.floor((n_samples / ANALYSIS_RATE_HZ - BLOCK_S) / STEP_S + 1e-9)
    if n_blocks < 1:
        return None
    length, step = round(BLOCK_S / HOP_S), round(STEP_S / HOP_S)
    total = np.concatenate([[0.0], np.cumsum(k_weighted, dtype=np.float64)])
    total = total[:-1] + np.diff(total) / 2  # to the middle of each frame
    starts = step * np.arange(n_blocks)
    mean_square = np.maximum(total[starts + length] - total[starts], 1e-20) / length
    mean_square = mean_square[_lufs(mean_square) > ABSOLUTE_GATE_LUFS]
    if not mean_square.size:
        return None
    loud = mean_square[_lufs(mean_square) > _lufs(mean_square.mean()) + RELATIVE_GATE_LU]
    return float(_lufs(loud.mean()))


def _lufs(mean_square: NDArray[np.float64]) -> NDArray[np.float64]:
    return OFFSET_DB + 10 * np.log10(mean_square)
