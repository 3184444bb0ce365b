from __future__ import annotations

import numpy as np
import pytest

from aftertone.acoustics.high_band import RATE_HZ, with_high_band

HZ = np.fft.rfftfreq(RATE_HZ, 1 / RATE_HZ)  # of one second


def power_db(samples: np.ndarray, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(10 * np.log10(power[(low_hz <= HZ) & (high_hz > HZ)].sum() + 1e-12))


def band(low_hz: float, high_hz: float, seed: int = 0) -> np.ndarray:
    """A second of noise in a band."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(0, 0.1, RATE_HZ))
    spectrum[(low_hz > HZ) | (high_hz < HZ)] = 0
    return np.fft.irfft(spectrum)


def test_the_lower_band_stays() -> None:
    samples = band(200, 3_500)
    added = with_high_band(samples) - samples
    assert power_db(added, 0, 3_500) < power_db(samples, 0, 3_500) - 40


def test_the_same_comes_out_of_the_same() -> None:
    samples = band(200, 3_500)
    np.testing.assert_array_equal(with_high_band(samples), with_high_band(samples))


def test_a_hiss_gets_more_above_than_a_murmur() -> None:
    quiet = 0.001 * band(100, 3_700, seed=1)
    hiss, murmur = band(2_500, 3_700) + quiet, band(150, 600) + quiet
    above = [
        power_db(with_high_band(each), 4_000, 8_000) - power_db(each, 0, 3_700) for each in (hiss, murmur)
    ]
    assert above[0] > above[1] + 10


@pytest.mark.parametrize("size", [1, 160, 511, 1_600])
def test_any_length_comes_back(size: int) -> None:
    assert with_high_band(np.zeros(size)).shape == (size,)
