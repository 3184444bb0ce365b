from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.report.waveform_figure import POINT_COUNT_MAX, figure_of

RATE_HZ = 16_000


def tone(hz: float, duration_s: float, amplitude: float = 0.1) -> NDArray[np.float64]:
    """Ten partials, as a voice has."""
    phase = 2 * np.pi * hz * np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    wave = np.sum([np.sin(k * phase) / k for k in range(1, 11)], axis=0)
    return np.asarray(amplitude * wave / np.abs(wave).max())


def test_an_octave_is_twelve_semitones_and_silence_has_no_pitch() -> None:
    samples = np.concatenate([tone(100, 2.0), np.zeros(RATE_HZ), tone(200, 1.0)])
    figure = figure_of(Recording.from_samples(samples, RATE_HZ))
    times_s = figure.step_s * np.arange(figure.pitch_st.size)
    low = figure.pitch_st[(times_s > 0.2) & (times_s < 1.8)]
    high = figure.pitch_st[(times_s > 3.2) & (times_s < 3.8)]
    np.testing.assert_allclose(low, 0, atol=0.2)
    np.testing.assert_allclose(high, 12, atol=0.2)
    assert np.isnan(figure.pitch_st[(times_s > 2.2) & (times_s < 2.8)]).all()
    assert abs(figure.reference_hz - 100) < 1


def test_peaks_and_level_follow_the_amplitude() -> None:
    samples = np.concatenate([tone(150, 2.0, 0.5), tone(150, 2.0, 0.05)])
    figure = figure_of(Recording.from_samples(samples, RATE_HZ))
    assert figure.peaks.max() == 1
    np.testing.assert_allclose(figure.peaks[70:110], 0.1, atol=0.01)
    loud, soft = figure.level_db[10:40], figure.level_db[60:90]
    np.testing.assert_allclose(np.median(loud) - np.median(soft), 20, atol=0.5)


def test_a_long_recording_has_no_more_points_than_a_screen() -> None:
    figure = figure_of(Recording.from_samples(tone(150, 120.0), RATE_HZ))
    assert figure.peaks.size == POINT_COUNT_MAX
    assert figure.level_db.size == figure.pitch_st.size <= POINT_COUNT_MAX
    assert abs(figure.level_db.size * figure.step_s - 120) < 2 * figure.step_s


def test_silence_is_a_flat_line() -> None:
    figure = figure_of(Recording.from_samples(np.zeros(RATE_HZ), RATE_HZ))
    assert not figure.peaks.any()
    assert np.isnan(figure.pitch_st).all()
    assert np.isnan(figure.reference_hz)
