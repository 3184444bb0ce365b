"""Bootstrap intervals of the benchmarks' figures, over speakers and recordings.

Every figure is a ratio of two sums over recordings: a share, a mean, a word error rate, an F1. A draw takes
as many recordings as there are, with replacement. Recordings of one speaker are alike. So a draw takes
speakers first where they are given, then recordings of each speaker (two-stage bootstrap, Davison & Hinkley
1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS = 2_000
SEED = 16
COVERED = 0.95  # share of the draws inside an interval


def weights(n: int, groups: Sequence[Hashable] | None = None, *, seed: int = SEED) -> NDArray[np.intp]:
    """How often each of `n` recordings is in each draw; shape (DRAWS, n).

    `groups` names the speaker of each recording. With None or one speaker, only recordings are drawn.

    >>> weights(3).shape, set(weights(3).sum(axis=1).tolist())
    ((2000, 3), {3})
    >>> drawn = weights(4, groups=("a", "a", "b", "b"))
    >>> set((drawn[:, :2].sum(axis=1) % 2).tolist())  # a speaker's two recordings come two at a time
    {0}
    """
    random = np.random.default_rng(seed)
    members: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups if groups is not None else [None] * n):
        members.setdefault(group, []).append(index)
    if sum(map(len, members.values())) != n:
        raise ValueError(f"{n} recordings, but the groups name {sum(map(len, members.values()))}")
    drawn = np.zeros((DRAWS, n), np.intp)
    chosen = random.integers(0, len(members), (DRAWS, len(members))) if len(members) > 1 else None
    for at, indices in enumerate(members.values()):
        size = len(indices)
        if chosen is None:
            taken = random.integers(0, size, (DRAWS, size))
            rows = np.repeat(np.arange(DRAWS), size)
        else:
            times = (chosen == at).sum(axis=1) * size
            taken = random.integers(0, size, times.sum())
            rows = np.repeat(np.arange(DRAWS), times)
        np.add.at(drawn, (rows, np.asarray(indices)[taken.ravel()]), 1)
    return drawn


def interval(
    values: ArrayLike,
    out_of: ArrayLike | None = None,
    *,
    groups: Sequence[Hashable] | None = None,
    seed: int = SEED,
) -> tuple[float, float]:
    """The 95 % interval of the sum of `values` over the sum of `out_of`, in the unit of that ratio.

    Without `out_of` it is the interval of the mean of `values`. Draws in which `out_of` sums to 0 are left
    out. Both ends are NaN where no draw is left.

    >>> low, high = interval([1, 1, 1, 0])
    >>> low, high
    (0.25, 1.0)
    >>> interval([2, 0], [10, 10])  # two words of twenty wrong
    (0.0, 0.2)
    >>> interval([True, True, False, False], groups=["a", "a", "b", "b"])
    (0.0, 1.0)
    >>> interval([])
    (nan, nan)
    """
    above = np.asarray(values, np.float64)
    below = np.ones_like(above) if out_of is None else np.asarray(out_of, np.float64)
    if above.size == 0:
        return float("nan"), float("nan")
    drawn = weights(above.size, groups, seed=seed)
    sums = drawn @ below
    ratios = (drawn @ above)[sums != 0] / sums[sums != 0]
    if ratios.size == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(ratios, ((1 - COVERED) / 2, (1 + COVERED) / 2))
    return float(low), float(high)


def share_interval(flags: Sequence[bool], *, groups: Sequence[Hashable] | None = None) -> tuple[float, float]:
    """The 95 % interval of the share of flags that are set.

    Where all flags are equal, every draw is equal too. The interval is then Clopper and Pearson's, which
    assumes independent flags.

    >>> low, high = share_interval([True] * 20)
    >>> round(low, 2), high
    (0.83, 1.0)
    >>> share_interval([True, True, True, False])
    (0.25, 1.0)
    """
    if len(set(flags)) != 1:
        return interval(flags, groups=groups)
    bound = ((1 - COVERED) / 2) ** (1 / len(flags))
    return (bound, 1.0) if flags[0] else (0.0, 1 - bound)
