"""Clipped samples, counted against signals that are clipped on purpose."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.samples import clipped_count

RATE_HZ = 16_000
Samples = NDArray[np.float64]


def clipped_truth(samples: Samples, rail: float) -> float:
    """Share of the samples in runs of three or more at the rail."""
    at_rail = "".join("h" if x >= rail else "l" if x <= -rail else "." for x in samples)
    runs = [len(run) for side in "hl" for run in at_rail.replace("l" if side == "h" else "h", ".").split(".")]
    return sum(length for length in runs if length >= 3) / samples.size


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("rail", [0.1, 0.2, 0.4, 0.9])
def test_clipped_share_survives_resampling(rate_hz: int, rail: float) -> None:
    rng = np.random.default_rng(5)
    samples = sosfilt(
        butter(2, [100, 1_500], "bandpass", fs=rate_hz, output="sos"), rng.laplace(0, 1, 60_000)
    )
    clipped = np.clip(0.1 * samples / samples.std(), -rail, rail)
    expected = clipped_truth(clipped, rail)
    assert Recording.from_samples(clipped, rate_hz).clipped_share == pytest.approx(expected, abs=2e-4)


def test_clipped_files_of_any_channel_count() -> None:
    import soundfile

    wave = np.clip(1.5 * np.sin(2 * np.pi * 110 * np.arange(44_100) / 44_100), -0.8, 0.8)
    expected = clipped_truth(wave, 0.8)
    assert expected > 0.5
    for channels in (wave[:, None], np.stack([wave, 0 * wave], axis=1)):
        file = io.BytesIO()
        soundfile.write(file, channels, 44_100, format="WAV", subtype="PCM_16")
        assert read_audio(file.getvalue()).clipped_share == pytest.approx(expected, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    steps=st.integers(2, 2_000),
    tone_hz=st.floats(60, 900),
    seed=st.integers(0, 99),
    offset=st.integers(-9, 9),
)
def test_quiet_files_of_few_steps_are_not_clipped(steps: int, tone_hz: float, seed: int, offset: int) -> None:
    times_s = np.arange(16_000) / RATE_HZ
    wave = np.sin(2 * np.pi * tone_hz * times_s) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * times_s + seed))
    samples = ((np.round(wave * steps) + offset) / 32_768).astype(np.float32)
    assert clipped_count(samples) == 0


def test_loud_mu_law_is_not_clipped() -> None:
    rng = np.random.default_rng(8)
    samples = sosfilt(butter(2, [100, 1_500], "bandpass", fs=8_000, output="sos"), rng.laplace(0, 1, 40_000))
    samples *= 0.9 / np.abs(samples).max()
    companded = np.round(np.sign(samples) * np.log1p(255 * np.abs(samples)) / np.log(256) * 127) / 127
    decoded = (np.sign(companded) * (256 ** np.abs(companded) - 1) / 255).astype(np.float32)
    assert clipped_count(decoded) == 0


@pytest.mark.parametrize("value", [0.0, 0.1, -0.3, 1.0])
def test_a_constant_is_not_clipped(value: float) -> None:
    constant = np.full(16_000, value, np.float32)
    assert clipped_count(constant) == 0
    assert Recording.from_samples(constant, RATE_HZ).clipped_share == 0


def test_clipping_on_one_side_is_counted_with_any_offset() -> None:
    wave = np.minimum(np.sin(2 * np.pi * 100 * np.arange(16_000) / RATE_HZ), 0.7)
    expected = int(np.count_nonzero(wave == 0.7))
    for sign in (1, -1):
        for offset in (0.0, 0.2):
            assert clipped_count((sign * wave + offset).astype(np.float32)) == expected
