"""Loudness against the standard's filters, pyloudnorm, and tones of known gain."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from scipy.signal import lfilter

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.loudness import k_gain, loudness_lufs
from tests.acoustics.recordings import SAMPLE_AUDIO

RATE_HZ = 16_000
SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585]
HIGH_PASS = [1, -2, 1], [1, -1.99004745483398, 0.99007225036621]
SPEECH = ["sales_appointment.flac", "telephone_pharmacy.wav", "long_hesitations.flac", "too_quiet.flac"]


def measured(recording: Recording) -> float | None:
    return loudness_lufs(frames_of(recording).k_weighted, recording.samples.size)


def by_the_standard(samples: NDArray[np.float32]) -> float:
    """ITU-R BS.1770-5, annex 1, step by step at 48 kHz in double precision."""
    filtered = soxr.resample(samples.astype(np.float64), RATE_HZ, 48_000, quality="VHQ")
    for onward, back in (SHELF, HIGH_PASS):
        filtered = lfilter(onward, back, filtered)
    starts = range(0, filtered.size - 19_200 + 1, 4_800)
    power = np.array([np.mean(filtered[first : first + 19_200] ** 2) for first in starts])
    loudness = -0.691 + 10 * np.log10(np.maximum(power, 1e-20))
    gate = -0.691 + 10 * np.log10(np.mean(power[loudness > -70])) - 10
    return float(-0.691 + 10 * np.log10(np.mean(power[(loudness > -70) & (loudness > gate)])))


@pytest.mark.parametrize("name", SPEECH)
def test_speech_is_as_loud_as_the_standard_says(name: str) -> None:
    recording = read_audio(SAMPLE_AUDIO / name)
    assert measured(recording) == pytest.approx(by_the_standard(recording.samples), abs=0.06)


@pytest.mark.parametrize("name", SPEECH)
def test_speech_is_as_loud_as_pyloudnorm_says(name: str) -> None:
    import pyloudnorm

    recording = read_audio(SAMPLE_AUDIO / name)
    whole = recording.samples[: recording.samples.size // 1_600 * 1_600]  # it counts a block cut short
    expected = pyloudnorm.Meter(RATE_HZ).integrated_loudness(whole.astype(np.float64))
    assert measured(Recording(whole)) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("hz", [5, 10, 20, 31, 38, 50, 60, 85, 110, 150, 400, 997, 2_000, 4_500, 7_500])
def test_a_tone_is_weighed_by_the_filters_gain(hz: float) -> None:
    """Rumble too, whose lobe in the spectrum is wider than the filter's bend."""
    samples = 0.2 * np.sin(2 * np.pi * hz * np.arange(5 * RATE_HZ) / RATE_HZ)
    at_48_khz = lfilter(*HIGH_PASS, lfilter(*SHELF, np.sin(2 * np.pi * hz * np.arange(96_000) / 48_000)))
    gain = 2 * np.mean(at_48_khz[48_000:] ** 2)
    assert k_gain(np.array([float(hz)]))[0] == pytest.approx(gain, rel=2e-3)
    expected = -0.691 + 20 * np.log10(0.2) - 3.01 + 10 * np.log10(gain)
    within_lu = 0.1 if hz > 60 else 0.35
    assert measured(Recording(samples.astype(np.float32))) == pytest.approx(expected, abs=within_lu)


def test_rumble_under_speech_is_hardly_heard() -> None:
    speech = read_audio(SAMPLE_AUDIO / "sales_appointment.flac").samples
    rumble = 0.2 * np.sin(2 * np.pi * 9 * np.arange(speech.size) / RATE_HZ)
    both = (speech + rumble).astype(np.float32)
    assert measured(Recording(both)) == pytest.approx(by_the_standard(both), abs=0.1)


def test_silence_between_is_gated_out() -> None:
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(4 * RATE_HZ) / RATE_HZ)
    for quiet in (0.0, 0.001):
        tone_and_quiet = np.concatenate([tone, quiet * tone, quiet * tone]).astype(np.float32)
        assert measured(Recording(tone_and_quiet)) == pytest.approx(-23.01, abs=0.3)


@pytest.mark.parametrize(("n_samples", "blocks"), [(6_399, 0), (6_400, 1), (7_999, 1), (8_000, 2)])
def test_only_whole_blocks_count(n_samples: int, blocks: int) -> None:
    k_weighted = np.full(1 + n_samples // 160, 0.01, np.float32)
    k_weighted[41:] = 0.1  # heard by a second block alone
    found = loudness_lufs(k_weighted, n_samples)
    if not blocks:
        assert found is None
    else:
        assert found is not None
        assert (found > -20.6) == (blocks == 2)


def test_nothing_is_not_loud() -> None:
    assert measured(Recording(np.zeros(RATE_HZ, np.float32))) is None
