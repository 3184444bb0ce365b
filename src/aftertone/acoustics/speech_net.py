"""How likely somebody speaks at each frame: a small net over half a second of sound.

`aftertone.acoustics.vad` finds stretches of speech by rules. The net corrects their edges: it takes away late
tails, breaths and gaps that the rules bridge, and gives back weak sounds beside a stretch. It was trained on
several corpora in simulated rooms, lines and noises (`training.speech`), and each corpus was judged by a net
that was trained without it (benchmarks/experiments/speech.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.frame_net import FrameNet

OFFSETS = (-24, -16, -10, -6, -3, 0, 3, 6, 10, 16, 24)
"""Frames that the net sees of each contour, about the frame that it judges."""
BAND_OFFSETS = (-20, -10, -4, 0, 4, 10, 20)
"""Frames that it sees of the spectrum."""
N_CONTOURS = 3
N_BAND_PAIRS = 11
CLEAR_DB_MAX, LEVEL_DB_MIN = 20.0, -60.0
NET = FrameNet("speech.npz", ((N_CONTOURS, OFFSETS), (N_BAND_PAIRS, BAND_OFFSETS)))


def contours_of(
    clear_db: NDArray[np.float32],
    level_db: NDArray[np.float32],
    strength: NDArray[np.float32],
    bands_db: NDArray[np.float32],
) -> NDArray[np.float32]:
    """What the net sees of each frame, float32, shape (n_frames, N_CONTOURS + N_BAND_PAIRS).

    Parameters
    ----------
    clear_db : float32 array, shape (n_frames,)
        Over the noise in the clearest bands, CLEAR_DB_MAX at most, smoothed.
    level_db : float32 array, shape (n_frames,)
        Relative to the recording's loudest, smoothed.
    strength : float32 array, shape (n_frames,)
        Of the autocorrelation, 0 to 1, smoothed.
    bands_db : float32 array, shape (n_frames, 2 * N_BAND_PAIRS)
        Mel bands relative to the recording's loudest level; the net sees the mean of two neighbours.
    """
    contours = np.empty((len(clear_db), N_CONTOURS + N_BAND_PAIRS), np.float32, order="F")
    contours[:, 0], contours[:, 2] = clear_db, strength
    np.maximum(level_db, LEVEL_DB_MIN, out=contours[:, 1])
    pairs_db = contours[:, N_CONTOURS:]
    np.add(bands_db[:, ::2], bands_db[:, 1::2], out=pairs_db)
    pairs_db *= np.float32(0.5)
    np.clip(pairs_db, LEVEL_DB_MIN, 0, out=pairs_db)
    return contours
