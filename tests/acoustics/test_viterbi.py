"""The path by stretches against the path by Viterbi's recursion."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aftertone.acoustics.viterbi import best_path, in_stretches


def path_by_recursion(worth: np.ndarray, change: np.ndarray) -> list[int]:
    best, came_from = worth[0], []
    for frame in range(1, len(worth)):
        ways = best[:, None] + change[frame]
        came_from.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + worth[frame]
    path = [int(best.argmax())]
    for states in reversed(came_from):
        path.append(int(states[path[-1]]))
    return path[::-1]


@settings(max_examples=60, deadline=None)
@given(n_frames=st.integers(1, 400), n_states=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_the_path_is_viterbis(n_frames: int, n_states: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    worth = generator.normal(size=(n_frames, n_states)).astype(np.float32)
    change = generator.normal(size=(n_frames, n_states, n_states)).astype(np.float32)
    laid_out = in_stretches(change.reshape(n_frames, -1), 0)
    path = best_path(in_stretches(worth, 0), laid_out.reshape(len(laid_out), n_states, n_states, -1))
    assert list(path[:n_frames]) == path_by_recursion(worth, change)


def test_stretches_hold_the_frames_in_order() -> None:
    values = np.arange(14, dtype=np.float32).reshape(7, 2)
    laid_out = in_stretches(values, -1)
    np.testing.assert_array_equal(laid_out.transpose(2, 0, 1).reshape(-1, 2)[:7], values)
    assert (laid_out.transpose(2, 0, 1).reshape(-1, 2)[7:] == -1).all()
