from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.report.picture import MOST_POINTS, picture_of

RATE_HZ = 16_000


def tone(hz: float, duration_s: float, amplitude: float = 0.1) -> NDArray[np.float64]:
    """Ten partials, as a voice has."""
    phase = 2 * np.pi * hz * np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    wave = np.sum([np.sin(k * phase) / k for k in range(1, 11)], axis=0)
    return np.asarray(amplitude * wave / np.abs(wave).max())


def test_an_octave_is_twelve_semitones_and_silence_has_no_pitch() -> None:
    samples = np.concatenate([tone(100, 2.0), np.zeros(RATE_HZ), tone(200, 1.0)])
    picture = picture_of(Recording.from_samples(samples, RATE_HZ))
    times_s = picture.step_s * np.arange(picture.pitch_st.size)
    low = picture.pitch_st[(times_s > 0.2) & (times_s < 1.8)]
    high = picture.pitch_st[(times_s > 3.2) & (times_s < 3.8)]
    np.testing.assert_allclose(low, 0, atol=0.2)
    np.testing.assert_allclose(high, 12, atol=0.2)
    assert np.isnan(picture.pitch_st[(times_s > 2.2) & (times_s < 2.8)]).all()
    assert abs(picture.reference_hz - 100) < 1


def test_peaks_and_level_follow_the_amplitude() -> None:
    samples = np.concatenate([tone(150, 2.0, 0.5), tone(150, 2.0, 0.05)])
    picture = picture_of(Recording.from_samples(samples, RATE_HZ))
    assert picture.peaks.max() == 1
    np.testing.assert_allclose(picture.peaks[70:110], 0.1, atol=0.01)
    loud, soft = picture.level_db[10:40], picture.level_db[60:90]
    np.testing.assert_allclose(np.median(loud) - np.median(soft), 20, atol=0.5)


def test_a_long_recording_has_no_more_points_than_a_screen() -> None:
    picture = picture_of(Recording.from_samples(tone(150, 120.0), RATE_HZ))
    assert picture.peaks.size == MOST_POINTS
    assert picture.level_db.size == picture.pitch_st.size <= MOST_POINTS
    assert abs(picture.level_db.size * picture.step_s - 120) < 2 * picture.step_s


def test_silence_is_a_flat_line() -> None:
    picture = picture_of(Recording.from_samples(np.zeros(RATE_HZ), RATE_HZ))
    assert not picture.peaks.any()
    assert np.isnan(picture.pitch_st).all()
    assert np.isnan(picture.reference_hz)
