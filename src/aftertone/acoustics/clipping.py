"""Samples cut off at the rail, counted as they come in: resampling rounds the corners off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHORTEST_RUN = 3  # one or two equal samples are the top of any wave
PILE_UP = 3.0
# Times as many samples at the rail as at the next value that occurs: cutting piles them up there. The top
# step of an unclipped sine of few steps holds 1 + sqrt(2) = 2.4 times as many as the one below, speech fewer.


def clipped_count(samples: NDArray[np.float32]) -> int:
    """Samples in runs of three or more at the rail: the highest or lowest value, where many pile up.

    Parameters
    ----------
    samples : float32, shape (n_samples,)
        One channel as it was recorded, before any resampling.

    Examples
    --------
    >>> wave = np.sin(2 * np.pi * 0.01 * np.arange(1_000)).astype(np.float32)
    >>> clipped_count(wave), clipped_count(np.minimum(wave, np.float32(0.8)))
    (0, 210)
    """
    if samples.size < SHORTEST_RUN:
        return 0
    top, bottom, middle = float(samples.max()), float(samples.min()), float(samples.mean())
    far = max(top - middle, middle - bottom) / 2  # digital silence beside a one-sided sound is no rail
    count = _count_at(samples, top) if top - middle > far else 0
    return count + (_count_at(samples, bottom) if middle - bottom > far else 0)


def _count_at(samples: NDArray[np.float32], rail: float) -> int:
    at_rail = samples == np.float32(rail)
    if np.count_nonzero(at_rail) < SHORTEST_RUN:  # as in nearly all that is not clipped
        return 0
    steps = np.diff(at_rail.astype(np.int8), prepend=0, append=0)
    lengths = np.flatnonzero(steps == -1) - np.flatnonzero(steps == 1)
    count = int(lengths[lengths >= SHORTEST_RUN].sum())
    others = samples[~at_rail]
    if not count or not others.size:  # a constant is no sound cut off
        return 0
    next_to_it = others.max() if others[0] < rail else others.min()
    return count if count >= PILE_UP * np.count_nonzero(others == next_to_it) else 0
