from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from aftertone.acoustics.peaks import find_peaks


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
    # different heights, since of two equal peaks that are near scipy's choice hangs on its sort
    noise = 1e-3 * np.random.default_rng(seed).random(len(steps))
    for curve in (np.array(steps) + noise, np.repeat(np.array(steps) + noise, 2)):
        expected, _ = signal.find_peaks(curve, height=height, prominence=prominence, distance=distance)
        found = find_peaks(curve, height=height, prominence=prominence, distance=distance)
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [2.0, 2.0, 2.0], [3.0, 2.0, 1.0]])
def test_no_peaks_where_nothing_rises_and_falls(values: list[float]) -> None:
    assert find_peaks(values, height=0, prominence=0.1, distance=1).tolist() == []
