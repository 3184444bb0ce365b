"""The frame grid and the one short-time spectrum that every acoustic measure reads.

Frame ``i`` is centred on sample ``i * HOP``: its time is ``i * HOP_S`` whatever the window's length, and a
recording of n samples has ``1 + n // HOP`` frames. The recording is padded with zeros by half a window at
both ends. Spectra come in blocks, each in the place of the one before, so that memory does not grow with the
recording and stays in the caches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ, Recording

HOP_S = 0.010
HOP = round(HOP_S * ANALYSIS_RATE_HZ)
WINDOW_S = (
    0.034  # tuned on resynthesised speech: shorter follows pitch closer, longer hears low voices better
)
WINDOW = round(WINDOW_S * ANALYSIS_RATE_HZ)
N_FFT = 1024  # window + longest lag, so that the autocorrelation does not wrap
N_BINS = N_FFT // 2 + 1
BIN_HZ = ANALYSIS_RATE_HZ / N_FFT
BLOCK_FRAMES = 1_024  # at most: 10 s, 2.1 MB of magnitudes; fewer cost more calls
_AT_ONCE = 208  # frames transformed, at most: larger arrays are given back to the system and asked for again


@dataclass(frozen=True, slots=True)
class SpectrumBlock:
    """Consecutive frames and their power spectra, until the next block is asked for: it takes their place.

    Attributes
    ----------
    first_frame : int
        Index of the block's first frame in the recording's grid.
    magnitude : float32, shape (n_frames, N_BINS)
        Magnitude of the windowed frame's transform.
    power : float32, shape (n_frames, N_BINS)
        Its square, scaled so that the sum over bins (the inner ones twice) divided by N_FFT is the windowed
        frame's energy.
    """

    first_frame: int
    magnitude: NDArray[np.float32]
    power: NDArray[np.float32]


@cache
def window() -> NDArray[np.float32]:
    """The analysis window: Hann, float32, shape (WINDOW,), read-only."""
    phase = 2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW
    samples = (0.5 - 0.5 * np.cos(phase)).astype(np.float32)
    samples.setflags(write=False)
    return samples


def frame_count(n_samples: int) -> int:
    """How many frames a recording of so many samples has.

    >>> frame_count(16_000)
    101
    """
    return 1 + n_samples // HOP


def frame_times_s(n_frames: int) -> NDArray[np.float64]:
    """Centres of the frames in seconds, float64, shape (n_frames,)."""
    return np.arange(n_frames, dtype=np.float64) * HOP_S


def _even(count: int, most: int) -> int:
    """Size of the parts, all but alike, that so many make: a short part costs as many calls as a long one.

    >>> _even(2_001, 1_024)
    1001
    """
    return -(-count // -(-count // most))


def spectrum_blocks(recording: Recording, block_frames: int = BLOCK_FRAMES) -> Iterator[SpectrumBlock]:
    """The power spectra of a recording, block by block; each overwrites the one before."""
    import scipy.fft

    samples = recording.samples
    # a constant is no sound, and would look periodic at every lag
    offset = samples.mean() if samples.size else np.float32(0)
    n_frames = frame_count(samples.size)
    size = _even(n_frames, block_frames)
    at_once = _even(size, _AT_ONCE)
    frames = np.zeros((at_once, N_FFT), np.float32)  # zero from the window's end on
    magnitude, power = np.empty((2, size, N_BINS), np.float32)
    for first in range(0, n_frames, size):
        count = min(size, n_frames - first)
        begin = first * HOP - WINDOW // 2
        stretch = np.zeros((count - 1) * HOP + WINDOW, np.float32)
        inside = samples[max(begin, 0) : begin + stretch.size]
        np.subtract(inside, offset, out=stretch[max(-begin, 0) :][: inside.size])
        hops = np.lib.stride_tricks.sliding_window_view(stretch, WINDOW)[::HOP]
        for some in range(0, count, at_once):
            part = slice(some, min(some + at_once, count))
            windowed = frames[: part.stop - some]
            np.einsum("ij,j->ij", hops[part], window(), out=windowed[:, :WINDOW])  # faster than np.multiply
            np.abs(scipy.fft.rfft(windowed, axis=1), out=magnitude[part])
        # the magnitude squared: faster than the squares of two parts, and both are wanted
        np.square(magnitude[:count], out=power[:count])
        yield SpectrumBlock(first, magnitude[:count], power[:count])
