"""The upper half of a telephone recording's spectrum, guessed from the lower, for models that expect one.

A telephone ends at 4 kHz. What speech would have had above follows in part from what it has below, frame by
frame: hiss where there is an /s/, little under a vowel. A small net trained on wideband speech
(`models/train_high_band.py`) says how loud each upper band would be, and noise of that loudness is put there.
It is a crutch for recognisers; nothing is measured in it.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from aftertone.models import data_path

RATE_HZ = 16_000
TELEPHONE_RATE_MAX_HZ = 8_000
"""A recording that came at this rate or less has nothing above 4 kHz."""

FFT_SIZE, HOP = 512, 160  # samples: 32 ms and 10 ms
HIGH_HZ = np.array([3_700.0, 4_300, 4_900, 5_500, 6_200, 7_000, 8_001])  # edges of the guessed bands
_LOW_COUNT, _LOW_HZ = 18, (130.0, 3_700.0)  # bands that it is guessed from, alike wide in mel
_CONTEXT = (-4, -2, -1, 0, 1, 2, 4)  # frames round the one that is guessed
_LOUD_PERCENTILE = 90.0  # of the frames' power: what levels are relative to
_LOW_MIN, _HIGH_MIN, _HIGH_MAX = -9.0, -11.0, 1.0  # natural logarithms of power: what lies under is the line
_LEAST_POWER = 1e-9

_WINDOW = np.hanning(FFT_SIZE + 1)[:-1]
_BIN_HZ = np.arange(FFT_SIZE // 2 + 1) * RATE_HZ / FFT_SIZE


def with_high_band(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Telephone speech at 16 kHz with the upper band that it might have had.

    Parameters
    ----------
    samples : float64, shape (n,)
        At 16 kHz, nothing above 4 kHz in them.

    Returns
    -------
    float64, shape (n,)
        The same below 3.7 kHz; the same samples give the same result.

    Examples
    --------
    >>> with_high_band(np.zeros(1_600)).shape
    (1600,)
    """
    net = _net()
    spectrum = _spectrum(samples)
    low = _log_power(spectrum, low_hz())
    loud = loudness(low)
    inputs = (in_context(np.maximum(low - loud, _LOW_MIN)) - net["mean"]) / net["deviation"]
    hidden = np.maximum(inputs @ net["hidden"] + net["hidden_bias"], 0.0)
    guessed = np.concatenate([inputs, hidden], axis=1) @ net["out"] + net["out_bias"]
    guessed = np.clip(guessed, _HIGH_MIN, _HIGH_MAX) + loud
    centres_hz = (HIGH_HZ[:-1] + HIGH_HZ[1:]) / 2
    gain = np.stack([np.interp(_BIN_HZ, centres_hz, frame) for frame in guessed])
    gain = np.exp(gain / 2) / np.sqrt((_WINDOW**2).sum())
    gain[:, HIGH_HZ[0] > _BIN_HZ] = 0.0
    hiss = np.random.default_rng(0).normal(0.0, 1.0, samples.size)
    return samples + _sound_of(_spectrum(hiss) * gain, samples.size)


def low_hz() -> NDArray[np.float64]:
    """Edges of the bands that the upper ones are guessed from, in Hz."""
    first, last = (1127 * np.log(1 + hz / 700) for hz in _LOW_HZ)
    mel = np.linspace(first, last, _LOW_COUNT + 1)
    return np.asarray(700 * (np.exp(mel / 1127) - 1))


def levels(samples: NDArray[np.float64], edges_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithms of the power in bands, float64, shape (n_frames, n_bands)."""
    return _log_power(_spectrum(samples), edges_hz)


def loudness(low: NDArray[np.float64]) -> float:
    """What levels are relative to: the logarithm of the power of a loud frame."""
    return float(np.percentile(np.log(np.exp(low).mean(axis=1)), _LOUD_PERCENTILE))


def in_context(low: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each frame's levels beside those of the frames round it, float64, shape (n_frames, 7 * n_bands)."""
    at = np.arange(len(low))
    return np.concatenate([low[np.clip(at + step, 0, len(low) - 1)] for step in _CONTEXT], axis=1)


@cache
def _net() -> dict[str, NDArray[np.float64]]:
    with np.load(data_path("high_band.npz")) as stored:
        return {name: stored[name].astype(np.float64) for name in stored.files}


def _spectrum(samples: NDArray[np.float64]) -> NDArray[np.complex128]:
    padded = np.pad(samples, (FFT_SIZE // 2, FFT_SIZE))
    return np.fft.rfft(sliding_window_view(padded, FFT_SIZE)[::HOP] * _WINDOW, axis=1)


def _log_power(spectrum: NDArray[np.complex128], edges_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    power = np.abs(spectrum) ** 2
    bands = [power[:, (low <= _BIN_HZ) & (high > _BIN_HZ)].mean(axis=1) for low, high in pairwise(edges_hz)]
    return np.log(np.stack(bands, axis=1) + _LEAST_POWER)


def _sound_of(spectrum: NDArray[np.complex128], size: int) -> NDArray[np.float64]:
    """Overlap and add, with the window's square made even."""
    frames = np.fft.irfft(spectrum, axis=1) * _WINDOW
    sound = np.zeros(HOP * len(frames) + FFT_SIZE)
    weight = np.zeros_like(sound)
    for at, frame in enumerate(frames):
        sound[at * HOP : at * HOP + FFT_SIZE] += frame
        weight[at * HOP : at * HOP + FFT_SIZE] += _WINDOW**2
    return np.asarray((sound / np.maximum(weight, 1e-3))[FFT_SIZE // 2 : FFT_SIZE // 2 + size])
