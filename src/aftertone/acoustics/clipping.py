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
    centred = samples - samples.mean()  # a constant offset moves both rails
    far = np.abs(centred).max() / 2  # digital silence beside a one-sided sound is no rail
    return sum(_count_at_top(side) for side in (centred, -centred) if side.max() > far)


def _count_at_top(samples: NDArray[np.float32]) -> int:
    at_top = samples == samples.max()
    if np.count_nonzero(at_top) < SHORTEST_RUN:
        return 0
    steps = np.diff(at_top.astype(np.int8), prepend=0, append=0)
    lengths = np.flatnonzero(steps == -1) - np.flatnonzero(steps == 1)
    count = int(lengths[lengths >= SHORTEST_RUN].sum())
    if not count:
        return 0
    below = samples[~at_top]
    return count if count >= PILE_UP * np.count_nonzero(below == below.max()) else 0
