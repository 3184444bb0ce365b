"""Level, noise, loudness, variation and bandwidth of signals that are known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.level import Level, level_of

RATE_HZ = 16_000
Samples = NDArray[np.float64]


def noise(duration_s: float, low_hz: float, high_hz: float, dbov: float, seed: int = 0) -> Samples:
    samples = np.random.default_rng(seed).normal(0, 1, round(duration_s * RATE_HZ))
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(samples.size, 1 / RATE_HZ)
    samples = np.fft.irfft(np.where((hz >= low_hz) & (hz <= high_hz), spectrum, 0), samples.size)
    return np.asarray(samples * 10 ** (dbov / 20) / np.sqrt(np.mean(samples**2)))


def measured(samples: Samples, speech: list[Interval], rate_hz: int = RATE_HZ) -> Level:
    recording = Recording.from_samples(samples, rate_hz)
    return level_of(recording, frames_of(recording), speech)


SPEECH = [Interval(0.5, 2.0), Interval(2.5, 4.0)]


def message(speech_dbov: float, noise_dbov: float, high_hz: float = 3_400) -> Samples:
    """Coloured noise in place of speech, over noise of another level."""
    samples = noise(4.5, 100, 7_500, noise_dbov)
    for seed, interval in enumerate(SPEECH):
        first = round(interval.start_s * RATE_HZ)
        sound = noise(interval.duration_s, 200, high_hz, speech_dbov, seed + 1)
        samples[first : first + sound.size] += sound
    return samples


@pytest.mark.parametrize("dbov", [-10.0, -26.0, -50.0])
@pytest.mark.parametrize("tone_hz", [200, 1_000, 5_000])
def test_level_of_a_tone_is_its_mean_square(dbov: float, tone_hz: int) -> None:
    times_s = np.arange(RATE_HZ) / RATE_HZ
    tone = np.sqrt(2) * 10 ** (dbov / 20) * np.sin(2 * np.pi * tone_hz * times_s)
    assert measured(tone, [Interval(0, 1)]).active_dbov == pytest.approx(dbov, abs=0.3)


def test_pauses_do_not_lower_the_active_level() -> None:
    assert measured(message(-26, -80), SPEECH).active_dbov == pytest.approx(-26, abs=0.5)


@pytest.mark.parametrize("offset", [-0.3, 0.1])
def test_an_offset_does_not_change_the_level(offset: float) -> None:
    level = measured(message(-26, -60) + offset, SPEECH)
    assert level.active_dbov == pytest.approx(-26, abs=0.5)
    assert level.noise_dbov == pytest.approx(-60, abs=1)


@pytest.mark.parametrize("snr_db", [3, 10, 20, 40])
def test_snr_of_a_mix(snr_db: float) -> None:
    level = measured(message(-26, -26 - snr_db), SPEECH)
    assert level.noise_dbov == pytest.approx(-26 - snr_db, abs=1)
    assert level.snr_db == pytest.approx(snr_db, abs=1)


def test_a_beep_far_from_speech_is_not_its_noise() -> None:
    beep = np.sin(2 * np.pi * 1_000 * np.arange(8_000) / RATE_HZ) / 2
    samples = np.concatenate([beep, np.zeros(16_000), message(-26, -56)])
    later = [Interval(start_s + 1.5, end_s + 1.5) for start_s, end_s in SPEECH]
    assert measured(samples, later).noise_dbov == pytest.approx(-56, abs=1)


def p56_active_dbov(samples: Samples) -> float:
    """ITU-T P.56 (2011), method B, from its text: an envelope, thresholds, hangover, a margin of 15.9 dB."""
    smooth = np.exp(-1 / (0.03 * RATE_HZ))
    envelope = np.abs(samples)
    for _ in range(2):
        envelope = lfilter([1 - smooth], [1, -smooth], envelope)
    hangover = round(0.2 * RATE_HZ)
    energy = np.sum(samples**2)
    gaps = []
    for threshold_db in np.arange(-80.0, 0.0, 0.5):
        above = np.flatnonzero(envelope >= 10 ** (threshold_db / 20))
        if above.size == 0:
            break
        active = np.minimum(np.diff(above, append=samples.size), hangover).sum()
        level_db = 10 * np.log10(energy / active)
        gaps.append((abs(level_db - threshold_db - 15.9), level_db))
    return float(min(gaps)[1])


def test_active_level_is_that_of_p56() -> None:
    samples = message(-26, -70)
    assert measured(samples, SPEECH).active_dbov == pytest.approx(p56_active_dbov(samples), abs=1)


def test_loudness_of_the_calibration_tone() -> None:
    """A 997 Hz sine of full scale is at -3.01 LUFS (ITU-R BS.1770-4)."""
    tone = np.sin(2 * np.pi * 997 * np.arange(5 * RATE_HZ) / RATE_HZ)
    for gain_db in (0, -20, -40):
        loudness = measured(tone * 10 ** (gain_db / 20), []).loudness_lufs
        assert loudness == pytest.approx(-3.01 + gain_db, abs=0.1)


@pytest.mark.parametrize("swing_db", [0.0, 4.0, 8.0])
def test_variation_is_the_spread_of_words(swing_db: float) -> None:
    """Words of 0.3 s that alternate by twice the swing differ by a standard deviation of the swing."""
    words = [noise(0.3, 200, 3_400, -26 + swing_db * (-1) ** n, seed=n) for n in range(10)]
    variation_db = measured(np.concatenate(words), [Interval(0, 3)]).variation_db
    assert variation_db == pytest.approx(swing_db, abs=1)


def test_what_cannot_be_measured_is_none() -> None:
    nobody = measured(noise(2, 100, 4_000, -50), [])
    assert (nobody.active_dbov, nobody.snr_db, nobody.variation_db, nobody.bandwidth_hz) == (None,) * 4
    short = measured(noise(0.3, 100, 4_000, -20), [Interval(0, 0.3)])
    assert (short.noise_dbov, short.snr_db, short.loudness_lufs, short.variation_db) == (None,) * 4
    assert measured(np.zeros(RATE_HZ), []) == Level(None, None, None, None, None, 0.0, None)


def test_digital_silence_is_no_noise() -> None:
    samples = np.zeros(2 * RATE_HZ)
    samples[8_000:24_000] = noise(1, 200, 3_400, -26)
    level = measured(samples, [Interval(0.5, 1.5)])
    assert (level.noise_dbov, level.snr_db) == (None, None)


@pytest.mark.parametrize("high_hz", [2_500, 3_400, 5_000, 7_000])
@pytest.mark.parametrize("noise_dbov", [-90.0, -56.0])
def test_bandwidth_is_the_upper_end_of_the_speech(high_hz: float, noise_dbov: float) -> None:
    found_hz = measured(message(-26, noise_dbov, high_hz), SPEECH).bandwidth_hz
    assert found_hz == pytest.approx(high_hz, abs=100)


def test_bandwidth_of_a_telephone() -> None:
    found_hz = measured(message(-26, -60, 7_000)[::2] / 2, SPEECH, 8_000).bandwidth_hz
    assert found_hz == pytest.approx(4_000, abs=150)
