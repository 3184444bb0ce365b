"""The frame grid, the spectrum and its peaks against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.spectrum import (
    BIN_HZ,
    HOP,
    N_BINS,
    N_FFT,
    WINDOW,
    frame_count,
    frame_times_s,
    spectral_peaks_of,
    spectrum_blocks,
    window,
)

NOISE = np.random.default_rng(0).normal(size=20_000).astype(np.float32) * np.float32(0.1)


def power_of(samples: np.ndarray, block_frames: int = 250) -> np.ndarray:
    return np.concatenate([b.power.copy() for b in spectrum_blocks(Recording(samples), block_frames)])


def test_each_frame_is_the_transform_of_the_samples_around_its_centre() -> None:
    power = power_of(NOISE)
    padded = np.pad(NOISE.astype(np.float64) - NOISE.mean(), WINDOW)
    hann = np.hanning(2 * WINDOW + 1)[1::2]  # at the middles of the samples
    for frame in (0, 1, 50, len(power) - 1):
        centre = WINDOW + frame * HOP
        stretch = padded[centre - WINDOW // 2 : centre + WINDOW // 2]
        expected = np.abs(np.fft.rfft(stretch * hann, N_FFT)) ** 2
        np.testing.assert_allclose(power[frame], expected, rtol=1e-3, atol=1e-6 * expected.max())


@settings(max_examples=25, deadline=None)
@given(n_samples=st.integers(0, 3_000), block_frames=st.integers(1, 30))
def test_the_size_of_blocks_changes_nothing(n_samples: int, block_frames: int) -> None:
    blocks = [
        (b.first_frame, b.power.copy()) for b in spectrum_blocks(Recording(NOISE[:n_samples]), block_frames)
    ]
    first = np.cumsum([0, *(len(power) for _, power in blocks)])
    assert [first_frame for first_frame, _ in blocks] == list(first[:-1])
    power = np.concatenate([power for _, power in blocks])
    assert power.shape == (frame_count(n_samples), N_BINS)
    assert power.dtype == np.float32
    np.testing.assert_allclose(power, power_of(NOISE[:n_samples], 1_000), rtol=1e-5, atol=1e-9)


def test_a_tone_is_in_its_bin() -> None:
    hz = 40 * BIN_HZ
    tone = np.sin(2 * np.pi * hz * np.arange(16_000) / 16_000).astype(np.float32)
    assert (power_of(tone)[5:-5].argmax(axis=1) == 40).all()


def test_an_impulse_is_loudest_in_the_frame_at_its_time() -> None:
    samples = np.zeros(16_000, np.float32)
    samples[round(0.37 * 16_000)] = 1
    energy = power_of(samples).sum(axis=1)
    assert frame_times_s(energy.size)[energy.argmax()] == pytest.approx(0.37)


def test_a_constant_offset_is_no_sound() -> None:
    np.testing.assert_allclose(power_of(NOISE + np.float32(0.5)), power_of(NOISE), rtol=1e-2, atol=1e-4)


def test_the_shared_window_is_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        window()[0] = 1


@pytest.mark.parametrize(("low_hz", "high_hz"), [(440.0, 1_000.0), (697.0, 1_633.0), (1_000.0, 2_400.0)])
def test_two_tones_are_the_two_spectral_peaks(low_hz: float, high_hz: float) -> None:
    at_s = np.arange(16_000) / 16_000
    samples = 0.1 * np.sin(2 * np.pi * low_hz * at_s) + 0.2 * np.sin(2 * np.pi * high_hz * at_s)
    for block in spectrum_blocks(Recording(samples.astype(np.float32))):
        peaks = spectral_peaks_of(block)
        np.testing.assert_allclose(peaks.hz[5:-5], [(high_hz, low_hz)] * 91, rtol=0.02)
        np.testing.assert_allclose(peaks.share[5:-5], [(0.8, 0.2)] * 91, atol=0.06)


def test_the_spectral_peak_of_noise_has_a_small_share() -> None:
    for block in spectrum_blocks(Recording(NOISE)):
        assert np.median(spectral_peaks_of(block).share) < 0.2
