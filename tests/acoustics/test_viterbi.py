"""The path by stretches is worth what Viterbi's recursion says that the best is worth."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aftertone.acoustics.viterbi import best_path, in_stretches


def worth_by_recursion(worth: np.ndarray, change: np.ndarray) -> float:
    best = worth[0]
    for frame in range(1, len(worth)):
        best = (best[:, None] + change[frame]).max(axis=0) + worth[frame]
    return float(best.max())


def worth_of(path: np.ndarray, worth: np.ndarray, change: np.ndarray) -> float:
    each = np.arange(len(path))
    return float(worth[each, path].sum() + change[each[1:], path[:-1], path[1:]].sum())


@settings(max_examples=60, deadline=None)
@given(n_frames=st.integers(1, 400), n_states=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_no_path_is_worth_more(n_frames: int, n_states: int, seed: int) -> None:
    generator = np.random.default_rng(seed)  # whole numbers: their sums are exact in any order
    worth = generator.integers(-100, 100, (n_frames, n_states)).astype(np.float32)
    change = generator.integers(-100, 100, (n_frames, n_states, n_states)).astype(np.float32)
    laid_out = in_stretches(change.reshape(n_frames, -1), 0)
    path = best_path(in_stretches(worth, 0), laid_out.reshape(len(laid_out), n_states, n_states, -1))
    assert worth_of(path[:n_frames], worth, change) == worth_by_recursion(worth, change)


def test_stretches_hold_the_frames_in_order() -> None:
    values = np.arange(14, dtype=np.float32).reshape(7, 2)
    laid_out = in_stretches(values, -1)
    np.testing.assert_array_equal(laid_out.transpose(2, 0, 1).reshape(-1, 2)[:7], values)
    assert (laid_out.transpose(2, 0, 1).reshape(-1, 2)[7:] == -1).all()
