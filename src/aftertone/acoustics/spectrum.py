"""Short-time Fourier transform: the frame grid, the spectra of a recording, and their strongest peaks.

Frame ``i`` is centred on sample ``i * HOP``, so its time is ``i * HOP_S`` for any window length. A recording
of n samples has ``1 + n // HOP`` frames and is padded with zeros by half a window at both ends. Spectra come
in blocks, each in the memory of the one before. So memory does not grow with the recording and stays in the
processor's caches.
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
WINDOW_S = 0.034  # tuned on resynthesised speech: shorter follows pitch closer, longer resolves low voices
WINDOW = round(WINDOW_S * ANALYSIS_RATE_HZ)
N_FFT = 1024  # window + longest lag, so that the autocorrelation does not wrap
N_BINS = N_FFT // 2 + 1
BIN_HZ = ANALYSIS_RATE_HZ / N_FFT
BLOCK_FRAMES = 1_024  # at most: 10 s, 2.1 MB of magnitudes; smaller blocks cost more calls
_FRAMES_AT_ONCE = 208  # transformed, at most: numpy requests memory for larger arrays each time

# ---- spectral peaks ----
PEAK_HZ = (300.0, 2_500.0)  # from a telephone line's lower end (ITU-T G.712); signalling tones are in it
PEAK_BAND_HZ = (100.0, 4_000.0)  # whose power the shares refer to: without hum and hiss
LOBE_HZ = 2 / WINDOW_S + BIN_HZ  # half the width of a Hann window's main lobe, plus one bin
N_PEAKS = 2
_TINY = np.float32(1e-20)  # keeps logarithms and quotients finite


@dataclass(frozen=True, slots=True)
class SpectrumBlock:
    """Spectra of consecutive frames, shape (n_frames, N_BINS); the next block overwrites them.

    The sum of `power` over bins (the inner ones twice) divided by N_FFT is the energy of the windowed frame.
    """

    first_frame: int  # index in the recording's grid
    magnitude: NDArray[np.float32]
    power: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpectralPeaks:
    """The two strongest spectral peaks of each frame, the stronger first, shape (n_frames, N_PEAKS).

    The first share is near 1 in a pure tone: its power is within one or two peaks. A vowel's is spread over
    many harmonics.
    """

    hz: NDArray[np.float32]
    share: NDArray[np.float32]  # power within LOBE_HZ over that in PEAK_BAND_HZ


@cache
def window() -> NDArray[np.float32]:
    """The analysis window: Hann, float32, shape (WINDOW,), read-only."""
    phase = 2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW
    samples = (0.5 - 0.5 * np.cos(phase)).astype(np.float32)
    samples.setflags(write=False)
    return samples


def frame_count(n_samples: int) -> int:
    """Number of frames of a recording.

    >>> frame_count(16_000)
    101
    """
    return 1 + n_samples // HOP


def frame_times_s(n_frames: int) -> NDArray[np.float64]:
    """Centres of the frames in seconds, float64, shape (n_frames,)."""
    return np.arange(n_frames, dtype=np.float64) * HOP_S


def _part_size(count: int, size_max: int) -> int:
    """Size of nearly equal parts: a short last part would cost as many calls as a long one.

    >>> _part_size(2_001, 1_024)
    1001
    """
    return -(-count // -(-count // size_max))


def spectrum_blocks(recording: Recording, block_frames: int = BLOCK_FRAMES) -> Iterator[SpectrumBlock]:
    """Spectra of a recording, block by block. Each block overwrites the one before."""
    import scipy.fft

    samples = recording.samples
    # a constant offset would look periodic at every lag
    offset = samples.mean() if samples.size else np.float32(0)
    n_frames = frame_count(samples.size)
    size = _part_size(n_frames, block_frames)
    at_once = _part_size(size, _FRAMES_AT_ONCE)
    frames = np.zeros((at_once, N_FFT), np.float32)  # zero after the window's end
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
        # squaring the magnitude is faster than adding the squares of both parts
        np.square(magnitude[:count], out=power[:count])
        yield SpectrumBlock(first, magnitude[:count], power[:count])


def spectral_peaks_of(block: SpectrumBlock) -> SpectralPeaks:
    """Strongest spectral peaks of each frame of a block."""
    first, last = round(PEAK_BAND_HZ[0] / BIN_HZ), round(PEAK_BAND_HZ[1] / BIN_HZ)
    lobe = round(LOBE_HZ / BIN_HZ)
    lowest = round(PEAK_HZ[0] / BIN_HZ) - lobe
    in_band = block.power[:, first : last + 1]
    total = np.maximum(in_band @ np.ones(in_band.shape[1], np.float32), _TINY)
    left = block.power[:, lowest : round(PEAK_HZ[1] / BIN_HZ) + lobe + 1].copy()
    row = left.reshape(-1)  # indexing one long row is faster
    starts = left.shape[1] * np.arange(len(left))
    hz, share = np.empty((2, N_PEAKS, len(left)), np.float32)
    for n in range(N_PEAKS):
        top = left[:, lobe:-lobe].argmax(axis=1)
        around = starts + top + np.arange(2 * lobe + 1)[:, None]
        peak = row.take(around, mode="clip")
        below, height, above = np.log(peak[lobe - 1 : lobe + 2] + _TINY)
        curvature = np.minimum(below - 2 * height + above, np.float32(-1e-3))
        shift = np.clip(0.5 * (below - above) / curvature, -0.5, 0.5)  # parabolic interpolation in dB
        hz[n] = (top + (lowest + lobe) + shift) * BIN_HZ
        share[n] = peak.sum(axis=0) / total
        row[around] = 0  # removes the peak before the search for the next
    return SpectralPeaks(hz.T, share.T)
