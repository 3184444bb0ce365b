"""Pitch candidates against the formula in double precision, and against signals of known period."""

from __future__ import annotations

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.periodicity import (
    BAND_FOOT_HZ,
    BAND_TOP_HZ,
    CEILING_HZ,
    FLOOR_HZ,
    LONGEST_LAG,
    N_CANDIDATES,
    SHORTEST_LAG,
    STRENGTH_EXPONENT,
    PitchCandidates,
    pitch_candidates_of,
)
from aftertone.acoustics.spectrum import HOP, N_FFT, WINDOW, SpectrumBlock, spectrum_blocks

RATE_HZ = 16_000
GENERATOR = np.random.default_rng(5)


def candidates(samples: np.ndarray) -> PitchCandidates:
    blocks = [pitch_candidates_of(b) for b in spectrum_blocks(Recording(samples.astype(np.float32)))]
    return PitchCandidates(
        np.concatenate([c.hz for c in blocks]), np.concatenate([c.strength for c in blocks])
    )


def pulses(hz: float) -> np.ndarray:
    phase = 2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ
    return np.asarray(sum(np.cos(k * phase) for k in range(1, int(3_400 / hz))) * 0.01)


def reference_candidates(stretch: np.ndarray) -> list[tuple[float, float]]:
    """Every candidate of one stretch, strongest first, in double precision and by inverse transform."""
    hann = np.hanning(2 * WINDOW + 1)[1::2]
    magnitude = np.abs(np.fft.rfft(stretch * hann, N_FFT))
    bins_hz = np.fft.rfftfreq(N_FFT, 1 / RATE_HZ)
    edges = np.interp(
        bins_hz, [BAND_FOOT_HZ[0], BAND_TOP_HZ[0], BAND_TOP_HZ[1], BAND_FOOT_HZ[1]], [0, 1, 1, 0]
    )
    correlation = np.fft.irfft(magnitude * np.sin(np.pi / 2 * edges) ** 2)
    of_hann = np.abs(np.fft.rfft(hann, N_FFT))
    root, whole = np.fft.irfft(of_hann), np.fft.irfft(of_hann**2)
    by_lag = correlation / correlation[0] / (root / root[0])
    found = []
    for lag in range(SHORTEST_LAG, LONGEST_LAG + 1):
        left, top, right = by_lag[lag - 1 : lag + 2]
        if top > left and top >= right and top > 0:
            shift = 0.5 * (left - right) / (left - 2 * top + right)
            weight = (root[lag] / root[0]) / (whole[lag] / whole[0])
            height = min(1.0, (top - 0.25 * (left - right) * shift) * weight)
            found.append((height**STRENGTH_EXPONENT, RATE_HZ / (lag + shift)))
    return sorted(found, reverse=True)


def test_single_precision_and_the_matrix_product_lose_nothing() -> None:
    samples = pulses(117) + 0.05 * GENERATOR.normal(size=RATE_HZ)
    samples = samples.astype(np.float32).astype(np.float64)
    found = candidates(samples)
    padded = np.pad(samples - samples.mean(), WINDOW)
    for frame in range(3, 95, 7):
        centre = WINDOW + frame * HOP
        strength, hz = reference_candidates(padded[centre - WINDOW // 2 : centre + WINDOW // 2])[0]
        np.testing.assert_allclose(found.strength[frame, 0], strength, rtol=1e-4)
        np.testing.assert_allclose(found.hz[frame, 0], hz, rtol=1e-5)


@pytest.mark.parametrize("hz", [90, 110, 220, 330, 550])
def test_the_period_is_the_strongest_candidate(hz: float) -> None:
    found = candidates(pulses(hz))
    np.testing.assert_allclose(found.hz[5:-5, 0], hz, rtol=2e-3)
    assert (found.strength[5:-5, 0] > 0.7).all()


def test_white_noise_is_weak() -> None:
    strength = candidates(0.1 * GENERATOR.normal(size=10 * RATE_HZ)).strength
    assert np.percentile(strength[:, 0], 99) < 0.5


def test_candidates_are_in_order_of_strength_and_in_range() -> None:
    found = candidates(0.1 * GENERATOR.normal(size=RATE_HZ))
    assert found.hz.shape == found.strength.shape == (101, N_CANDIDATES)
    assert found.hz.dtype == found.strength.dtype == np.float32
    assert (np.diff(found.strength, axis=1) <= 1e-2).all()  # interpolated heights may swap near-equals
    assert ((found.strength > 0) == ~np.isnan(found.hz)).all()
    hz = found.hz[~np.isnan(found.hz)]
    assert FLOOR_HZ * 0.98 < hz.min() < hz.max() < CEILING_HZ * 1.04


def test_silence_has_no_candidate() -> None:
    nothing = np.zeros((4, N_FFT // 2 + 1), np.float32)
    found = pitch_candidates_of(SpectrumBlock(0, nothing, nothing))
    assert np.isnan(found.hz).all()
    assert (found.strength == 0).all()
