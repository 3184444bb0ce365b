"""How likely somebody speaks at each frame: a small net over half a second of sound.

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
BAND_OFFSETS = (-20, -10, -4, 0, 4, 10, 20)
"""Frames that it sees of the spectrum."""
N_CONTOURS = 3
N_BAND_PAIRS = 11
N_INPUTS = len(OFFSETS) * N_CONTOURS + len(BAND_OFFSETS) * N_BAND_PAIRS
CLEAR_DB_MAX, LEVEL_DB_MIN = 20.0, -60.0
INPUT_MAX = 4.0  # standard deviations
_REACH = max(OFFSETS + BAND_OFFSETS)
_FRAMES_AT_ONCE = 1_000  # through the net: all of a recording's inputs would take 130 kB a second


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
    contours = np.empty((len(clear_db), N_CONTOURS + N_BAND_PAIRS), np.float32)
    contours[:, 0], contours[:, 2] = clear_db, strength
    np.maximum(level_db, LEVEL_DB_MIN, out=contours[:, 1])
    pairs_db = contours[:, N_CONTOURS:]
    np.add(bands_db[:, ::2], bands_db[:, 1::2], out=pairs_db)
    pairs_db *= np.float32(0.5)
    np.clip(pairs_db, LEVEL_DB_MIN, 0, out=pairs_db)
    return contours


def inputs(contours: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the net judges each frame by, float32, shape (n_frames, N_INPUTS); the ends are drawn out."""
    return _inputs(_drawn_out(contours))


def likelihood(contours: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely somebody speaks at each frame, 0 to 1, float32, shape (n_frames,)."""
    mean, scale, hidden, hidden_bias, output, output_bias = _net()
    drawn_out = _drawn_out(contours)
    score = np.empty(len(contours), np.float32)
    for first in range(0, len(contours), _FRAMES_AT_ONCE):
        seen = _inputs(drawn_out[first : first + _FRAMES_AT_ONCE + 2 * _REACH])
        seen -= mean
        seen /= scale
        activity = np.clip(seen, -INPUT_MAX, INPUT_MAX, out=seen) @ hidden
        activity += hidden_bias
        score[first : first + len(seen)] = np.maximum(activity, 0, out=activity) @ output
    return np.asarray(1 / (1 + np.exp(-(score + output_bias))), np.float32)


def _drawn_out(contours: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.pad(contours, ((_REACH, _REACH), (0, 0)), mode="edge")


def _inputs(contours: NDArray[np.float32]) -> NDArray[np.float32]:
    """The inputs of all frames but the _REACH at either end, which only surround others."""
    n_frames = len(contours) - 2 * _REACH
    around = [contours[_REACH + offset :][:n_frames, :N_CONTOURS] for offset in OFFSETS]
    around += [contours[_REACH + offset :][:n_frames, N_CONTOURS:] for offset in BAND_OFFSETS]
    return np.concatenate(around, axis=1)


@cache
def _net() -> tuple[NDArray[np.float32], ...]:
    with np.load(data_path("speech.npz")) as stored:
        names = ("mean", "scale", "hidden", "hidden_bias", "output", "output_bias")
        return tuple(stored[name].astype(np.float32) for name in names)
