"""The two strongest partials of each frame: what tells a beep from a voice.

A tone's power stands within one or two peaks of the spectrum, a vowel's is spread over many harmonics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.spectrum import BIN_HZ, WINDOW_S, SpectrumBlock

LOWEST_HZ = 300.0  # a telephone line begins here (ITU-T G.712)
HIGHEST_HZ = 2_500.0  # call-progress tones, DTMF and answering-machine beeps lie below
BAND_HZ = (100.0, 4_000.0)  # what the shares are shares of: hum below and hiss above do not count
LOBE_HZ = 2 / WINDOW_S + BIN_HZ  # half the width of a Hann window's main lobe, and one bin to be safe


@dataclass(frozen=True, slots=True)
class Partials:
    """The two strongest partials of each frame, the stronger first.

    Attributes
    ----------
    hz : float32, shape (n_frames, 2)
        Frequency.
    share : float32, shape (n_frames, 2)
        Power within LOBE_HZ of it, over the power in BAND_HZ: 0 to 1. The first is near 1 in a pure tone.
    """

    hz: NDArray[np.float32]
    share: NDArray[np.float32]


def partials_of(block: SpectrumBlock) -> Partials:
    """Partials of each frame of a block."""
    first, last = round(BAND_HZ[0] / BIN_HZ), round(BAND_HZ[1] / BIN_HZ)
    lobe = round(LOBE_HZ / BIN_HZ)
    lowest = round(LOWEST_HZ / BIN_HZ) - lobe
    in_band = block.power[:, first : last + 1]
    total = np.maximum(in_band @ np.ones(in_band.shape[1], np.float32), np.float32(1e-20))
    left = block.power[:, lowest : round(HIGHEST_HZ / BIN_HZ) + lobe + 1].copy()
    row = left.reshape(-1)  # one long row: its elements are reached faster
    starts = left.shape[1] * np.arange(len(left))
    hz, share = np.empty((2, 2, len(left)), np.float32)
    for n in range(2):
        top = left[:, lobe:-lobe].argmax(axis=1)
        around = starts + top + np.arange(2 * lobe + 1)[:, None]
        peak = row.take(around, mode="clip")
        below, height, above = np.log(peak[lobe - 1 : lobe + 2] + np.float32(1e-20))
        bend = np.minimum(below - 2 * height + above, np.float32(-1e-3))
        shift = np.clip(0.5 * (below - above) / bend, -0.5, 0.5)  # the top of a parabola in dB
        hz[n] = (top + (lowest + lobe) + shift) * BIN_HZ
        share[n] = peak.sum(axis=0) / total
        row[around] = 0  # the next is another one
    return Partials(hz.T, share.T)
