"""How likely each frame is voiced: a small net over a sixth of a second of six contours.

`aftertone.acoustics.pitch` follows the strongest periodicity through a recording, voiced or not. The net says
where that is a voice's pitch. It was trained on voices whose pitch is given and on recordings of which most
trackers say the same (`training.pitch`); each corpus was judged by a net that was trained without it
(benchmarks/pitch_trials.md).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.models import data_path

OFFSETS = (-8, -5, -3, -2, -1, 0, 1, 2, 3, 5, 8)
"""Frames that the net sees of each contour, about the frame that it judges."""
N_CONTOURS = 6
N_INPUTS = len(OFFSETS) * N_CONTOURS
STEP_OCTAVES_MAX = 0.3
REGISTER_OCTAVES_MAX = 1.5
LEVEL_DB_MIN = -60.0
CLEAR_DB_MAX = 12.0


def inputs(
    followed: NDArray[np.float32],
    strongest: NDArray[np.float32],
    step_octaves: NDArray[np.float32],
    register_octaves: NDArray[np.float32],
    level_db: NDArray[np.float32],
    clear_db: NDArray[np.float32],
) -> NDArray[np.float32]:
    """What the net sees of each frame, float32, shape (n_frames, N_INPUTS).

    Parameters
    ----------
    followed : float32 array, shape (n_frames,)
        Strength of the periodicity that is followed, 0 to 1; 0 where none is.
    strongest : float32 array, shape (n_frames,)
        Strength of the strongest periodicity.
    step_octaves : float32 array, shape (n_frames,)
        How far the one followed has moved since the frame before; STEP_OCTAVES_MAX where it begins or ends.
    register_octaves : float32 array, shape (n_frames,)
        How far it lies over the recording's register.
    level_db : float32 array, shape (n_frames,)
        In the voice's band, relative to the recording's loud frames.
    clear_db : float32 array, shape (n_frames,)
        In the voice's band, over the recording's quiet frames.
    """
    contours = np.empty((len(followed), N_CONTOURS), np.float32)
    contours[:, 0], contours[:, 1] = followed, strongest
    np.minimum(step_octaves, STEP_OCTAVES_MAX, out=contours[:, 2])
    np.clip(register_octaves, -REGISTER_OCTAVES_MAX, REGISTER_OCTAVES_MAX, out=contours[:, 3])
    np.maximum(level_db, LEVEL_DB_MIN, out=contours[:, 4])
    np.clip(clear_db, 0, CLEAR_DB_MAX, out=contours[:, 5])
    reach = max(OFFSETS)
    padded = np.pad(contours, ((reach, reach), (0, 0)), mode="edge")
    return np.hstack([padded[reach + offset :][: len(contours)] for offset in OFFSETS])


def likelihood(seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely each frame is voiced, 0 to 1, float32, shape (n_frames,)."""
    hidden, hidden_bias, output, output_bias = _net()
    score = np.maximum(seen @ hidden + hidden_bias, 0) @ output + output_bias
    return np.asarray(1 / (1 + np.exp(-score)), np.float32)


@cache
def _net() -> tuple[NDArray[np.float32], ...]:
    with np.load(data_path("voicing.npz")) as stored:
        names = ("hidden", "hidden_bias", "output", "output_bias")
        return tuple(stored[name].astype(np.float32) for name in names)
