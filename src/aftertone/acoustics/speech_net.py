"""How likely somebody speaks at each frame: a small net over half a second of sound.

`aftertone.acoustics.vad` finds stretches of speech by rules. The net corrects their edges: it takes away late
tails, breaths and gaps that the rules bridge, and gives back weak sounds beside a stretch. It was trained on
several corpora in simulated rooms, lines and noises (`training.speech`), and each corpus was judged by a net
that was trained without it (benchmarks/vad_trials.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.models import data_path

OFFSETS = (-24, -16, -10, -6, -3, 0, 3, 6, 10, 16, 24)
"""Frames that the net sees of each contour, about the frame that it judges."""
BAND_OFFSETS = (-20, -10, -4, 0, 4, 10, 20)
"""Frames that it sees of the spectrum."""
N_CONTOURS = 3
N_BAND_PAIRS = 11
N_INPUTS = len(OFFSETS) * N_CONTOURS + len(BAND_OFFSETS) * N_BAND_PAIRS
CLEAR_DB_MAX, LEVEL_DB_MIN = 20.0, -60.0
INPUT_MAX = 4.0  # standard deviations


def inputs(
    clear_db: NDArray[np.float32],
    level_db: NDArray[np.float32],
    strength: NDArray[np.float32],
    bands_db: NDArray[np.float32],
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
    bands_db : float32 array, shape (n_frames, 2 * N_BAND_PAIRS)
        Mel bands relative to the recording's loudest level; the net sees the mean of two neighbours.
    """
    contours = np.stack([clear_db, level_db, strength], axis=1)
    np.minimum(contours[:, 0], CLEAR_DB_MAX, out=contours[:, 0])
    np.maximum(contours[:, 1], LEVEL_DB_MIN, out=contours[:, 1])
    pairs_db = np.float32(0.5) * (bands_db[:, ::2] + bands_db[:, 1::2])
    np.clip(pairs_db, LEVEL_DB_MIN, 0, out=pairs_db)
    return np.concatenate([_around(contours, OFFSETS), _around(pairs_db, BAND_OFFSETS)], axis=1)


def _around(values: NDArray[np.float32], offsets: Sequence[int]) -> NDArray[np.float32]:
    """Each row beside those at some offsets, (n_rows, n_offsets * n_columns); the ends are drawn out."""
    reach = max(offsets)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.concatenate([padded[reach + each :][: len(values)] for each in offsets], axis=1)


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
