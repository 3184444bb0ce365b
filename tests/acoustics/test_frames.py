"""Features of known signals, on one grid."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pytest

import aftertone as at
from aftertone.acoustics import frames as module
from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import N_BANDS, SILENCE_DB, band_centres_hz, frames_of, joined_db
from aftertone.acoustics.loudness import k_weights
from aftertone.acoustics.spectrum import spectrum_blocks
from aftertone.errors import NotARecordingError

RATE_HZ = 16_000


def tone(hz: float, amplitude: float) -> Recording:
    return Recording((amplitude * np.sin(2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ)).astype(np.float32))


@pytest.mark.parametrize("amplitude", [1.0, 0.1, 0.003])
def test_a_sine_is_three_decibels_under_its_peak(amplitude: float) -> None:
    level_db = frames_of(tone(1_000, amplitude)).level_db[1:-1]
    np.testing.assert_allclose(level_db, 20 * np.log10(amplitude) - 3.01, atol=0.02)


def test_a_square_wave_at_full_scale_is_at_0_dbov() -> None:
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
    for contour in (
        frames.level_db,
        frames.bands_db,
        frames.pitch_candidates.hz,
        frames.pitch_candidates.strength,
    ):
        assert len(contour) == 101
        assert contour.dtype == np.float32
    assert (frames.level_db == np.float32(SILENCE_DB)).all()


def test_an_empty_recording_is_one_silent_frame() -> None:
    assert frames_of(Recording(np.zeros(0, np.float32))).n_frames == 1


def test_a_click_is_in_the_hop_around_its_frame() -> None:
    samples = np.zeros(RATE_HZ, np.float32)
    samples[4_000 - 79 : 4_000 + 79] = 0.5
    level_db = frames_of(Recording(samples)).level_db
    assert level_db.argmax() == 25
    assert (np.delete(level_db, 25) == np.float32(SILENCE_DB)).all()


# ---- single precision, blocks and memory -----------------------------------------------------------------


def voice(duration_s: float) -> np.ndarray:
    """Harmonics of a gliding pitch with pauses, in noise."""
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * time_s)) / RATE_HZ
    samples = sum(np.sin(k * phase) / k for k in range(1, 25)) * (np.sin(2 * np.pi * 2 * time_s) > -0.3)
    noise = np.random.default_rng(3).normal(0, 0.003, time_s.size)
    return np.asarray((0.05 * samples + noise).astype(np.float32))


def test_single_precision_loses_nothing() -> None:
    """Bands, levels and K-weighted power against double precision, each from its definition."""
    samples = voice(2.0)
    frames = frames_of(Recording(samples))
    padded = np.pad(samples.astype(np.float64) - samples.astype(np.float64).mean(), 272)
    hann = np.hanning(2 * 544 + 1)[1::2]
    triangles = librosa.filters.mel(
        sr=16_000, n_fft=1_024, n_mels=24, fmin=60, fmax=8_000, htk=True, norm=None
    )
    for frame in range(0, frames.n_frames, 9):
        power = np.abs(np.fft.rfft(padded[frame * 160 : frame * 160 + 544] * hann, 1024)) ** 2
        power *= 2 / (1024 * np.sum(hann**2))
        for band in range(N_BANDS):
            level_db = 10 * np.log10(power @ triangles[band])
            assert frames.bands_db[frame, band] == pytest.approx(level_db, abs=0.01)
        hop = np.pad(samples.astype(np.float64), 80)[frame * 160 : frame * 160 + 160]
        assert frames.level_db[frame] == pytest.approx(10 * np.log10(np.sum(hop**2) / 160), abs=1e-3)
        weighted = power @ (k_weights() * (1024 * np.sum(hann**2)) / 2)
        assert frames.k_weighted[frame] == pytest.approx(weighted, rel=1e-2, abs=1e-9)


def test_levels_of_bands_together_are_the_sum_of_their_powers() -> None:
    bands_db = np.random.default_rng(1).uniform(-120, 0, (50, 7)).astype(np.float32)
    expected = 10 * np.log10(np.sum(10 ** (bands_db.astype(np.float64) / 10), axis=1))
    np.testing.assert_allclose(joined_db(bands_db), expected, atol=1e-4)


@pytest.mark.parametrize("block_frames", [7, 250, 1_000])
def test_the_size_of_blocks_changes_nothing(block_frames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(voice(7.0))
    expected = frames_of(recording)
    monkeypatch.setattr(module, "spectrum_blocks", partial(spectrum_blocks, block_frames=block_frames))
    found = frames_of(recording)
    np.testing.assert_allclose(found.bands_db, expected.bands_db, atol=1e-3)
    np.testing.assert_allclose(found.k_weighted, expected.k_weighted, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(found.pitch_candidates.strength, expected.pitch_candidates.strength, atol=1e-3)
    np.testing.assert_allclose(found.spectral_peaks.hz, expected.spectral_peaks.hz, rtol=1e-3)
    np.testing.assert_array_equal(found.level_db, expected.level_db)


def test_memory_grows_by_the_features_alone() -> None:
    """A frame keeps 160 bytes, some of them twice while blocks are joined, and never its spectrum."""
    peaks = []
    for duration_s in (60, 300):
        recording = Recording(np.tile(voice(10.0), duration_s // 10))
        frames_of(recording)
        tracemalloc.start()
        frames_of(recording)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    per_frame = (peaks[1] - peaks[0]) / (240 * 100)
    assert per_frame < 250
    assert peaks[0] < 9e6 + per_frame * 6_000


@pytest.mark.parametrize("measure", [at.pitch_contour, at.syllable_nuclei, at.speech_intervals])
@pytest.mark.parametrize("given", ["message.wav", Path("message.wav"), np.zeros(16_000)])
def test_other_objects_are_refused_with_advice(measure: Callable[[Any], object], given: object) -> None:
    with pytest.raises(NotARecordingError, match=r"found \w+, expected a Recording: `read_audio`"):
        measure(given)
    assert issubclass(NotARecordingError, TypeError)
