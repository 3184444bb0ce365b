"""Percentiles, as numpy's own but several times as fast: they are asked for everywhere."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", bound=np.floating[Any])


def percentile(values: NDArray[Real], percent: float) -> NDArray[Real]:
    """The value that so many percent lie below, along the last axis, interpolated between neighbours.

    Parameters
    ----------
    values : float32 or float64, shape (..., n)
        At least one along the last axis, no NaN.
    percent : float
        0 to 100.

    Returns
    -------
    the same, shape (...)

    Examples
    --------
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
