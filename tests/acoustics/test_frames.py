"""Levels of known signals, and one grid for everything."""

from __future__ import annotations

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import N_BANDS, SILENCE_DB, band_centres_hz, frames_of

RATE_HZ = 16_000


def tone(hz: float, amplitude: float) -> Recording:
    return Recording((amplitude * np.sin(2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ)).astype(np.float32))


@pytest.mark.parametrize("amplitude", [1.0, 0.1, 0.003])
def test_a_sine_is_three_decibels_under_its_peak(amplitude: float) -> None:
    level_db = frames_of(tone(1_000, amplitude)).level_db[1:-1]
    np.testing.assert_allclose(level_db, 20 * np.log10(amplitude) - 3.01, atol=0.02)


def test_a_square_wave_at_full_scale_is_the_zero() -> None:
    square = np.where(np.arange(RATE_HZ) // 40 % 2, 1.0, -1.0).astype(np.float32)
    np.testing.assert_allclose(frames_of(Recording(square)).level_db[1:-1], 0, atol=1e-4)


@pytest.mark.parametrize("band", range(3, N_BANDS - 1))
def test_a_tone_is_in_its_band_at_its_level(band: int) -> None:
    bands_db = frames_of(tone(band_centres_hz()[band], 0.1)).bands_db[5:-5]
    assert (bands_db.argmax(axis=1) == band).all()
    total_db = 10 * np.log10((10 ** (bands_db / 10)).sum(axis=1))
    np.testing.assert_allclose(total_db, -23.01, atol=0.3)


def test_everything_is_on_one_grid() -> None:
    frames = frames_of(Recording(np.zeros(RATE_HZ + 70, np.float32)))
    assert frames.n_frames == 101
    np.testing.assert_allclose(frames.times_s, np.arange(101) * 0.01)
    assert frames.times_s.dtype == np.float64
    for contour in (frames.level_db, frames.bands_db, frames.candidates.hz, frames.candidates.strength):
        assert len(contour) == 101
        assert contour.dtype == np.float32
    assert (frames.level_db == np.float32(SILENCE_DB)).all()


def test_nothing_recorded_is_one_silent_frame() -> None:
    assert frames_of(Recording(np.zeros(0, np.float32))).n_frames == 1


def test_a_click_is_in_the_hop_round_its_frame() -> None:
    samples = np.zeros(RATE_HZ, np.float32)
    samples[4_000 - 79 : 4_000 + 79] = 0.5
    level_db = frames_of(Recording(samples)).level_db
    assert level_db.argmax() == 25
    assert (np.delete(level_db, 25) == np.float32(SILENCE_DB)).all()
