"""How likely somebody speaks at each frame: a small net over half a second of three contours.

`aftertone.acoustics.vad` finds stretches of speech by rules. The net corrects their edges: it takes away late
tails, breaths and gaps that the rules bridge, and gives back weak sounds beside a stretch. It was trained on
several corpora in simulated rooms, lines and noises (`training.speech`), and each corpus was judged by a net
that was trained without it (benchmarks/vad_trials.md).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.models import data_path

OFFSETS = (-24, -16, -10, -6, -3, 0, 3, 6, 10, 16, 24)
"""Frames that the net sees of each contour, about the frame that it judges."""
N_CONTOURS = 3
N_INPUTS = len(OFFSETS) * N_CONTOURS
CLEAR_DB_MAX, LEVEL_DB_MIN = 20.0, -60.0
INPUT_MAX = 4.0  # standard deviations


def inputs(
    clear_db: NDArray[np.float32], level_db: NDArray[np.float32], strength: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What the net sees of each frame, float32, shape (n_frames, N_INPUTS).

    Parameters
    ----------
    clear_db : float32 array, shape (n_frames,)
        Over the noise in the clearest bands, smoothed.
    level_db : float32 array, shape (n_frames,)
        Relative to the recording's loudest, smoothed.
    strength : float32 array, shape (n_frames,)
        Of the autocorrelation, 0 to 1, smoothed.
    """
    reach = max(OFFSETS)
    seen = np.empty((len(clear_db), N_INPUTS), np.float32)
    contours = (np.minimum(clear_db, CLEAR_DB_MAX), np.maximum(level_db, LEVEL_DB_MIN), strength)
    for at, contour in enumerate(contours):
        padded = np.pad(contour, reach, mode="edge")
        for k, offset in enumerate(OFFSETS):
            begin = reach + offset
            seen[:, at * len(OFFSETS) + k] = padded[begin : begin + len(clear_db)]
    return seen


def likelihood(seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely somebody speaks at each frame, 0 to 1, float32, shape (n_frames,)."""
    mean, scale, hidden, hidden_bias, output, output_bias = _net()
    scaled = np.clip((seen - mean) / scale, -INPUT_MAX, INPUT_MAX)
    score = np.maximum(scaled @ hidden + hidden_bias, 0) @ output + output_bias
    return np.asarray(1 / (1 + np.exp(-score)), np.float32)


@cache
def _net() -> tuple[NDArray[np.float32], ...]:
    with np.load(data_path("speech.npz")) as stored:
        names = ("mean", "scale", "hidden", "hidden_bias", "output", "output_bias")
        return tuple(stored[name].astype(np.float32) for name in names)
