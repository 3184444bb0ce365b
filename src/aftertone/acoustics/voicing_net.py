"""How likely each frame is voiced: a small net over a sixth of a second of six contours.

`aftertone.acoustics.pitch` follows the strongest periodicity through a recording, voiced or not. The net says
where that is a voice's pitch. It was trained on voices whose pitch is given and on recordings of which most
trackers say the same (`training.pitch`); each corpus was judged by a net that was trained without it
(benchmarks/experiments/pitch.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.frame_net import FrameNet

OFFSETS = (-8, -5, -3, -2, -1, 0, 1, 2, 3, 5, 8)
"""Frames that the net sees of each contour, about the frame that it judges."""
N_CONTOURS = 6
STEP_OCTAVES_MAX = 0.3
REGISTER_OCTAVES_MAX = 1.5
LEVEL_DB_MIN = -60.0
CLEAR_DB_MAX = 12.0
NET = FrameNet("voicing.npz", ((N_CONTOURS, OFFSETS),))


def contours_of(
    followed: NDArray[np.float32],
    strongest: NDArray[np.float32],
    step_octaves: NDArray[np.float32],
    register_octaves: NDArray[np.float32],
    level_db: NDArray[np.float32],
    clear_db: NDArray[np.float32],
) -> NDArray[np.float32]:
    """What the net sees of each frame, float32, shape (n_frames, N_CONTOURS).

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
    contours = np.empty((len(followed), N_CONTOURS), np.float32, order="F")
    contours[:, 0], contours[:, 1] = followed, strongest
    np.minimum(step_octaves, STEP_OCTAVES_MAX, out=contours[:, 2])
    np.clip(register_octaves, -REGISTER_OCTAVES_MAX, REGISTER_OCTAVES_MAX, out=contours[:, 3])
    np.maximum(level_db, LEVEL_DB_MIN, out=contours[:, 4])
    np.clip(clear_db, 0, CLEAR_DB_MAX, out=contours[:, 5])
    return contours
