"""The path by segments has the score that Viterbi's recursion gives the best path."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aftertone.acoustics.viterbi import best_path, in_segments


def best_score(score: np.ndarray, transition: np.ndarray) -> float:
    best = score[0]
    for frame in range(1, len(score)):
        best = (best[:, None] + transition[frame]).max(axis=0) + score[frame]
    return float(best.max())


def score_of(path: np.ndarray, score: np.ndarray, transition: np.ndarray) -> float:
    each = np.arange(len(path))
    return float(score[each, path].sum() + transition[each[1:], path[:-1], path[1:]].sum())


@settings(max_examples=60, deadline=None)
@given(n_frames=st.integers(1, 400), n_states=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_no_path_has_a_higher_score(n_frames: int, n_states: int, seed: int) -> None:
    generator = np.random.default_rng(seed)  # whole numbers: their sums are exact in any order
    score = generator.integers(-100, 100, (n_frames, n_states)).astype(np.float32)
    transition = generator.integers(-100, 100, (n_frames, n_states, n_states)).astype(np.float32)
    arranged = in_segments(transition.reshape(n_frames, -1), 0)
    path = best_path(in_segments(score, 0), arranged.reshape(len(arranged), n_states, n_states, -1))
    assert score_of(path[:n_frames], score, transition) == best_score(score, transition)


def test_segments_hold_the_frames_in_order() -> None:
    values = np.arange(14, dtype=np.float32).reshape(7, 2)
    arranged = in_segments(values, -1)
    np.testing.assert_array_equal(arranged.transpose(2, 0, 1).reshape(-1, 2)[:7], values)
    assert (arranged.transpose(2, 0, 1).reshape(-1, 2)[7:] == -1).all()
