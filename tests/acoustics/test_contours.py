"""Operations on contours against numpy, scipy and simple loops."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import signal, special

from aftertone.acoustics.contours import (
    find_peaks,
    is_inside,
    mask_of,
    percentile,
    run_list,
    runs,
    sigmoid,
    true_counts,
)
from aftertone.acoustics.interval import Interval


@settings(max_examples=60, deadline=None)
@given(
    values=arrays(np.float32, array_shapes(max_dims=2, max_side=40), elements=st.floats(-100, 100, width=32)),
    percent=st.floats(0, 100),
)
def test_percentile_is_that_of_numpy(values: np.ndarray, percent: float) -> None:
    expected = np.percentile(values.astype(np.float64), percent, axis=-1)
    np.testing.assert_allclose(percentile(values, percent), expected, rtol=1e-5, atol=1e-4)
    transposed = percentile(np.asfortranarray(values), percent)
    np.testing.assert_allclose(transposed, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("percent", [0, 50, 95, 100])
def test_percentile_does_not_change_its_input(percent: float) -> None:
    values = np.random.default_rng(0).normal(size=100).astype(np.float32)
    before = values.copy()
    percentile(values, percent)
    np.testing.assert_array_equal(values, before)


@given(
    st.lists(st.integers(0, 6), max_size=60, unique=False),
    st.integers(0, 6),
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(0, 2**32 - 1),
)
def test_peaks_are_those_of_scipy(
    steps: list[int], height: int, prominence: int, distance: int, seed: int
) -> None:
    # without equal heights: scipy's choice between equal peaks depends on its sort
    noise = 1e-3 * np.random.default_rng(seed).random(len(steps))
    for curve in (np.array(steps) + noise, np.repeat(np.array(steps) + noise, 2)):
        expected, _ = signal.find_peaks(curve, height=height, prominence=prominence, distance=distance)
        found = find_peaks(curve, height=height, prominence=prominence, distance=distance)
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [2.0, 2.0, 2.0], [3.0, 2.0, 1.0]])
def test_a_curve_that_does_not_rise_and_fall_has_no_peak(values: list[float]) -> None:
    assert find_peaks(values, height=0, prominence=0.1, distance=1).tolist() == []


MASKS = arrays(np.bool_, st.integers(0, 60))


@given(mask=MASKS)
def test_runs_are_the_groups_of_true(mask: np.ndarray) -> None:
    expected, first = [], 0
    for value, group in groupby(mask.tolist()):
        count = len(list(group))
        if value:
            expected.append((first, first + count))
        first += count
    assert run_list(mask) == expected
    np.testing.assert_array_equal(mask_of(runs(mask), mask.size), mask)


@given(mask=MASKS, of=MASKS)
def test_true_frames_are_counted_in_each_run(mask: np.ndarray, of: np.ndarray) -> None:
    of = np.resize(of, mask.size) if of.size else np.zeros(mask.size, np.bool_)
    counts = true_counts(mask, runs(of)).tolist()
    assert counts == [np.count_nonzero(mask[first:past]) for first, past in run_list(of)]


@pytest.mark.parametrize("margin_s", [0.0, 0.1])
def test_times_inside_intervals(margin_s: float) -> None:
    intervals = [Interval(0.5, 1.0), Interval(1.1, 2.0), Interval(4.0, 4.5)]
    times_s = np.arange(0, 5, 0.01)
    expected = [
        any(each.start_s - margin_s <= at_s < each.end_s + margin_s for each in intervals) for at_s in times_s
    ]
    assert is_inside(times_s, intervals, margin_s).tolist() == expected
    assert not is_inside(times_s, [], margin_s).any()


@pytest.mark.filterwarnings("error")
def test_the_sigmoid_does_not_overflow() -> None:
    score = np.array([-1e5, -200, -80, -3, 0, 3, 80, 1e5], np.float32)
    np.testing.assert_allclose(sigmoid(score), special.expit(score), rtol=1e-6, atol=1e-30)
