"""Operations on contours, arrays of one value per frame: percentiles, peaks, runs, and the logistic function.

They replace functions of numpy and scipy where those are slower or costly to import.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aftertone.acoustics.interval import Interval

Real = TypeVar("Real", bound=np.floating[Any])
Runs = tuple[NDArray[np.intp], NDArray[np.intp]]
"""First frame of each run, and the first frame after it."""

_SCORE_MAX = 80.0  # exp of it is a finite float32


def percentile(values: NDArray[Real], percent: float) -> NDArray[Real]:
    """Linear percentile along the last axis, without NaN: `numpy.percentile`, several times as fast.

    >>> percentile(np.array([[4.0, 1.0, 3.0, 2.0], [8.0, 8.0, 8.0, 8.0]], np.float32), 50)
    array([2.5, 8. ], dtype=float32)
    """
    rank = percent / 100 * (values.shape[-1] - 1)
    below = math.floor(rank)
    ranked = np.array(values, order="C")
    ranked.partition(below, axis=-1)
    low = ranked[..., below]
    if rank == below:
        return np.asarray(low)
    high = ranked[..., below + 1 :].min(axis=-1)
    return np.asarray(low + (high - low) * (rank - below))


def sigmoid(score: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logistic function, float32, without overflow.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4], np.float32)).round(3)
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return np.asarray(1 / (1 + np.exp(np.minimum(-score, np.float32(_SCORE_MAX)))), np.float32)


def is_inside(
    times_s: NDArray[np.float64], intervals: Sequence[Interval], margin_s: float = 0.0
) -> NDArray[np.bool_]:
    """Mask of the times that lie in ordered intervals, each widened at both ends by a margin.

    An interval's start belongs to it, its end does not.

    >>> is_inside(np.arange(4.0), [Interval(1.0, 2.0)]), is_inside(np.arange(4.0), [Interval(1.0, 2.0)], 0.5)
    (array([False,  True, False, False]), array([False,  True,  True, False]))
    """
    starts, ends = np.array(intervals, dtype=np.float64).reshape(-1, 2).T
    started_count = np.searchsorted(starts - margin_s, times_s, side="right")
    ended_count = np.searchsorted(ends + margin_s, times_s, side="right")
    return np.asarray(started_count > ended_count)


def runs(mask: NDArray[np.bool_]) -> Runs:
    """Runs of True in a mask.

    >>> runs(np.array([True, False, True, True]))
    (array([0, 2]), array([1, 4]))
    """
    padded = np.zeros(mask.size + 2, np.bool_)
    padded[1:-1] = mask
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return edges[::2], edges[1::2]


def run_list(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of True as pairs (first frame, first frame after it).

    >>> run_list(np.array([True, False, True, True]))
    [(0, 1), (2, 4)]
    """
    starts, ends = runs(mask)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def mask_of(runs: Runs, n_frames: int) -> NDArray[np.bool_]:
    """Mask that is True in some runs: the inverse of `runs`.

    >>> mask_of((np.array([0, 2]), np.array([1, 4])), 4)
    array([ True, False,  True,  True])
    """
    steps = np.zeros(n_frames + 1, np.int8)
    starts, ends = runs
    steps[starts], steps[ends] = 1, -1
    return np.cumsum(steps[:-1]) > 0


def true_counts(mask: NDArray[np.bool_], runs: Runs) -> NDArray[np.int64]:
    """How many frames of a mask are True in each run.

    >>> true_counts(np.array([True, False, True, True]), (np.array([0, 2]), np.array([2, 4])))
    array([1, 2])
    """
    total = np.concatenate([[0], np.cumsum(mask)])
    starts, ends = runs
    return np.asarray(total[ends] - total[starts])


def find_peaks(values: ArrayLike, *, height: float, prominence: float, distance: int) -> NDArray[np.intp]:
    """Indices of the local maxima that are high, prominent and far enough apart, in ascending order.

    They are those of ``scipy.signal.find_peaks(values, height, distance=distance, prominence=prominence)``,
    whose import costs 0.9 s of processor time. A plateau counts at its middle. The ends are never peaks.

    >>> find_peaks([0, 2, 0, 1, 0.9, 1, 0, 3, 3, 3, 0], height=1, prominence=0.5, distance=1)
    array([1, 3, 5, 8])
    """
    curve = np.asarray(values, np.float64)
    peaks = _local_maxima(curve)
    peaks = peaks[curve[peaks] >= height]
    peaks = peaks[_is_far_from_higher(peaks, curve[peaks], distance)]
    steps: list[float] = curve.tolist()
    return peaks[[_is_prominent(steps, at, prominence) for at in peaks.tolist()]] if peaks.size else peaks


def _local_maxima(curve: NDArray[np.float64]) -> NDArray[np.intp]:
    """Middles of the stretches of equal values that are higher than both neighbours."""
    edges = np.flatnonzero(np.diff(curve)) + 1
    firsts, lasts = np.append(0, edges), np.append(edges, curve.size) - 1
    if firsts.size < 3:
        return np.empty(0, np.intp)
    height = curve[firsts]
    is_peak = (height[1:-1] > height[:-2]) & (height[1:-1] > height[2:])
    return np.asarray((firsts[1:-1][is_peak] + lasts[1:-1][is_peak]) // 2, np.intp)


def _is_far_from_higher(
    peaks: NDArray[np.intp], height: NDArray[np.float64], distance: int
) -> NDArray[np.bool_]:
    is_kept = np.ones(peaks.size, np.bool_)
    is_near = np.diff(peaks, prepend=-distance, append=peaks[-1:] + distance) < distance
    order = np.argsort(height)[::-1]
    for at in order[(is_near[1:] | is_near[:-1])[order]]:
        if is_kept[at]:
            first, last = np.searchsorted(peaks, (peaks[at] - distance + 1, peaks[at] + distance))
            is_kept[first:last] = False
            is_kept[at] = True
    return is_kept


def _is_prominent(steps: Sequence[float], peak: int, prominence: float) -> bool:
    """Whether the curve falls by the prominence on either side before it rises above the peak."""
    height = steps[peak]
    for beside in (range(peak, -1, -1), range(peak, len(steps))):
        for at in beside:
            if height - steps[at] >= prominence:
                break
            if steps[at] > height:
                return False
        else:
            return False
    return True
