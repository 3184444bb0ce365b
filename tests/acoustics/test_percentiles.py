"""Percentiles against numpy's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from aftertone.acoustics.percentiles import percentile


@settings(max_examples=60, deadline=None)
@given(
    values=arrays(np.float32, array_shapes(max_dims=2, max_side=40), elements=st.floats(-100, 100, width=32)),
    percent=st.floats(0, 100),
)
def test_as_numpy(values: np.ndarray, percent: float) -> None:
    expected = np.percentile(values.astype(np.float64), percent, axis=-1)
    np.testing.assert_allclose(percentile(values, percent), expected, rtol=1e-5, atol=1e-4)
    transposed = percentile(np.asfortranarray(values), percent)
    np.testing.assert_allclose(transposed, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("percent", [0, 50, 95, 100])
def test_what_it_is_given_stays_as_it_was(percent: float) -> None:
    values = np.random.default_rng(0).normal(size=100).astype(np.float32)
    before = values.copy()
    percentile(values, percent)
    np.testing.assert_array_equal(values, before)
