"""Beeps, keys and ring-back: tones of known place and frequency; voices and music, which are not tones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.tones import (
    KEY_COLUMNS_HZ,
    KEY_ROWS_HZ,
    KEYS,
    Beep,
    DtmfTone,
    beeps,
    dtmf,
    message_start_s,
    ring_backs,
    speech_without_tones,
    tones_outside_words,
)
from tests.acoustics.recordings import SAMPLE_AUDIO, shared_file, shared_files

Signal = NDArray[np.float64]


def tone(*hz: float, duration_s: float, rate_hz: int = 16_000, ramp_s: float = 0.01) -> Signal:
    """Sines of equal strength, with ramps, peak 0.2."""
    at_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    ramp = np.clip(np.minimum(at_s, duration_s - at_s) / ramp_s, 0, 1)
    sines = [np.sin(2 * np.pi * one_hz * at_s) for one_hz in hz]
    return np.asarray(0.2 / len(hz) * ramp * np.sum(sines, axis=0))


def silence(duration_s: float, rate_hz: int = 16_000) -> Signal:
    return np.zeros(round(duration_s * rate_hz))


def with_noise(signal: Signal, snr_db: float, tone_power: float = 0.02, seed: int = 0) -> Signal:
    noise = np.random.default_rng(seed).normal(0, np.sqrt(tone_power / 10 ** (snr_db / 10)), signal.size)
    return signal + noise


def through_mu_law(signal: Signal) -> Signal:
    """ITU-T G.711's law in 256 steps."""
    compressed = np.sign(signal) * np.log1p(255 * np.abs(signal)) / np.log(256)
    stepped = np.round(compressed * 127) / 127
    return np.asarray(np.sign(stepped) * (256 ** np.abs(stepped) - 1) / 255)


def recording(*parts: Signal, rate_hz: int = 16_000) -> Recording:
    return Recording.from_samples(np.concatenate(parts).astype(np.float32), rate_hz)


@pytest.mark.parametrize("hz", [425, 440, 1_000, 1_400, 2_000])
@pytest.mark.parametrize("duration_s", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("line", ["clean", "noisy telephone"])
def test_a_beep_is_found_where_it_is(hz: float, duration_s: float, line: str) -> None:
    rate_hz = 16_000 if line == "clean" else 8_000
    parts = silence(1, rate_hz), tone(hz, duration_s=duration_s, rate_hz=rate_hz), silence(1, rate_hz)
    signal = np.concatenate(parts)
    if line == "noisy telephone":
        signal = through_mu_law(with_noise(signal, snr_db=10))
    [beep] = beeps(recording(signal, rate_hz=rate_hz))
    assert beep.start_s == pytest.approx(1, abs=0.03)
    assert beep.end_s == pytest.approx(1 + duration_s, abs=0.03)
    assert beep.hz == pytest.approx(hz, rel=0.01)


def test_a_beep_may_have_two_spectral_peaks() -> None:
    [beep] = beeps(recording(silence(0.5), tone(440, 880, duration_s=0.4), silence(0.5)))
    assert beep.hz == pytest.approx(440, abs=3)


@settings(max_examples=20, deadline=None)
@given(gain_db=st.floats(-40, 12))
def test_gain_changes_nothing(gain_db: float) -> None:
    signal = with_noise(np.concatenate([silence(0.5), tone(1_000, duration_s=0.5), silence(0.5)]), snr_db=30)
    [beep] = beeps(recording(signal * 10 ** (gain_db / 20)))
    assert (beep.start_s, beep.end_s) == pytest.approx((0.5, 1.0), abs=0.03)


@pytest.mark.parametrize("row", range(4))
@pytest.mark.parametrize("column", range(4))
def test_every_key_is_read_and_is_no_beep(row: int, column: int) -> None:
    pressed = tone(KEY_ROWS_HZ[row], KEY_COLUMNS_HZ[column], duration_s=0.06, rate_hz=8_000, ramp_s=0.002)
    signal = with_noise(np.concatenate([silence(0.3, 8_000), pressed, silence(0.3, 8_000)]), snr_db=20)
    heard = recording(through_mu_law(signal), rate_hz=8_000)
    assert [key.key for key in dtmf(heard)] == [KEYS[row][column]]
    assert beeps(heard) == ()


def test_a_number_is_read_key_by_key() -> None:
    keys = {KEYS[i][j]: (KEY_ROWS_HZ[i], KEY_COLUMNS_HZ[j]) for i in range(4) for j in range(4)}
    parts = [part for key in "8005550199" for part in (tone(*keys[key], duration_s=0.08), silence(0.08))]
    assert "".join(key.key for key in dtmf(recording(silence(0.2), *parts))) == "8005550199"


@pytest.mark.parametrize("hz", [(440, 480), (400, 450)])
@pytest.mark.parametrize("snr_db", [10, 40])
def test_ring_back_is_no_beep(hz: tuple[float, float], snr_db: float) -> None:
    signal = np.concatenate([silence(0.5), tone(*hz, duration_s=2), silence(1), tone(*hz, duration_s=1)])
    heard = recording(with_noise(np.concatenate([signal, silence(0.5)]), snr_db))
    rings = ring_backs(heard)
    assert [ring.start_s for ring in rings] == pytest.approx([0.5, 3.5], abs=0.05)
    assert [ring.duration_s for ring in rings] == pytest.approx([2, 1], abs=0.08)
    assert beeps(heard) == ()


def test_a_plain_tone_that_comes_again_is_ring_back_and_once_a_beep() -> None:
    ring = np.concatenate([tone(425, duration_s=1), silence(3)])
    assert len(ring_backs(recording(silence(0.5), ring, ring))) == 2
    once = recording(silence(0.5), ring)
    assert ring_backs(once) == ()
    assert len(beeps(once)) == 1


def vowel(f0_hz: NDArray[np.float64], formants_hz: tuple[float, ...] = (500, 1_500, 2_500)) -> Signal:
    """Harmonics under formants of 100 Hz bandwidth."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / 16_000
    sound = np.zeros(f0_hz.size)
    for k in range(1, int(4_000 / f0_hz.max())):
        at_hz = k * f0_hz.mean()
        gain = sum(1 / (1 + ((at_hz - formant_hz) / 50) ** 2) for formant_hz in formants_hz)
        sound += gain * np.sin(k * phase)
    return np.asarray(0.1 * sound / np.abs(sound).max())


CHORD = tone(440, 554, 659, 880, duration_s=0.5)
GLIDE = 0.1 * np.sin(2 * np.pi * np.cumsum(np.linspace(600, 900, 8_000)) / 16_000)
TREMBLING = 1 + 0.02 * np.sin(2 * np.pi * 5 * np.arange(8_000) / 16_000)
NO_BEEPS = {
    "chord": CHORD,
    "glide": GLIDE,
    "long tone": tone(1_000, duration_s=3),
    "low hum": tone(120, duration_s=0.5),
    "whistle too high": tone(3_000, duration_s=0.5),
    "vowel": vowel(np.full(8_000, 120.0)),
    "falsetto": vowel(450.0 * TREMBLING, (450, 900)),
    "plucked string": tone(660, 1_320, duration_s=0.5) * np.exp(-np.arange(8_000) / 1_600),
    "noise": np.random.default_rng(0).normal(0, 0.1, 8_000),
}


@pytest.mark.parametrize("name", NO_BEEPS)
def test_what_is_no_beep(name: str) -> None:
    assert beeps(recording(silence(0.5), NO_BEEPS[name], silence(0.5))) == ()


def test_no_voice_of_the_real_recordings_is_a_tone() -> None:
    for path in shared_files("telephone/*", "mfa/*.flac", "emodb/09*W*.wav"):
        heard = read_audio(path)
        frames = frames_of(heard)
        assert (beeps(heard, frames), dtmf(heard, frames), ring_backs(heard, frames)) == ((), (), ()), (
            path.name
        )


def test_no_voice_over_a_telephone_is_a_tone() -> None:
    """Without frequencies below 300 Hz, a vowel may have only one or two spectral peaks."""
    from scipy.signal import butter, sosfilt

    band = butter(4, [300, 3_400], "bandpass", fs=16_000, output="sos")
    greeting_and_beep = {"beep_after_greeting.wav", "freeze_after_beep.wav"}
    paths = sorted(path for path in SAMPLE_AUDIO.glob("*.[wf]*") if path.name not in greeting_and_beep)
    for path in [*paths, *shared_files("mfa/*.*a*", "emodb/08*.wav")]:
        narrow = sosfilt(band, np.asarray(read_audio(path).samples, np.float64))[::2]
        heard = recording(through_mu_law(0.5 * narrow / np.abs(narrow).max()), rate_hz=8_000)
        frames = frames_of(heard)
        found = beeps(heard, frames), dtmf(heard, frames), ring_backs(heard, frames)
        assert found == ((), (), ()), path.name


@pytest.mark.parametrize("hz", [450, 1_000, 1_700])
def test_a_click_in_a_beep_leaves_it_one(hz: float) -> None:
    signal = np.concatenate([silence(0.5), tone(hz, duration_s=0.5), silence(0.5)])
    signal[12_000:12_040] += np.random.default_rng(0).normal(0, 0.7, 40)
    [beep] = beeps(recording(signal))
    assert (beep.start_s, beep.end_s) == pytest.approx((0.5, 1.0), abs=0.03)


def test_a_beep_in_real_speech_is_found() -> None:
    samples = read_audio(shared_file("telephone/jfk.flac")).samples
    parts = samples[: 16_000 * 4], tone(1_000, duration_s=0.4), samples[16_000 * 5 :]
    [beep] = beeps(recording(*(np.asarray(part, np.float64) for part in parts)))
    assert (beep.start_s, beep.end_s) == pytest.approx((4.0, 4.4), abs=0.03)


GREETING, MESSAGE, PROMPT = Interval(1.0, 5.0), Interval(7.0, 20.0), Interval(21.0, 24.0)
STARTS = {
    "no beep": ([GREETING, MESSAGE], [], 1.0),
    "greeting, beep, message": ([GREETING, MESSAGE], [Beep(5.5, 6.0, 1_000)], 7.0),
    "beep at the very start": ([MESSAGE], [Beep(0.2, 0.6, 440)], 7.0),
    "two beeps": ([GREETING, MESSAGE], [Beep(0.1, 0.4, 440), Beep(5.5, 6.0, 1_000)], 7.0),
    "beep at the end": ([MESSAGE], [Beep(20.5, 21.0, 440)], 7.0),
    "beep before and after": ([GREETING, MESSAGE, PROMPT], [Beep(5.5, 6.0, 440), Beep(20.2, 20.6, 440)], 7.0),
    "beep taken for speech": ([Interval(1.0, 6.0), MESSAGE], [Beep(5.5, 6.0, 1_000)], 7.0),
    "beep inside an interval": ([Interval(1.0, 20.0)], [Beep(5.5, 6.0, 1_000)], 6.0),
    "nobody speaks": ([], [Beep(5.5, 6.0, 1_000)], None),
}


@pytest.mark.parametrize("name", STARTS)
def test_where_the_message_starts(name: str) -> None:
    speech, tones, expected_s = STARTS[name]
    assert message_start_s(speech, tones) == expected_s


def test_keys_and_ring_back_are_not_the_message() -> None:
    signals: list[Interval | DtmfTone] = [Interval(0.5, 2.5), DtmfTone(3.0, 3.1, "1")]
    speech = [Interval(0.48, 2.53), Interval(2.98, 3.12), MESSAGE]
    assert message_start_s(speech, (), signals) == 7.0


def test_speech_keeps_what_is_not_tone() -> None:
    assert speech_without_tones([Interval(0.0, 1.0)], [Interval(2.0, 3.0)]) == (Interval(0.0, 1.0),)
    assert speech_without_tones([Interval(0.5, 1.0)], [Interval(0.5, 0.98)]) == ()


@pytest.mark.parametrize(
    ("speech", "tone", "is_one"),
    [
        ([(1.0, 1.5)], (1.1, 1.25), False),  # a steady vowel: "six"
        ([(1.0, 1.25)], (1.1, 1.25), True),  # after a greeting, with no pause
        ([(1.1, 1.5)], (1.1, 1.25), True),  # before a hasty caller
        ([(1.05, 1.3)], (1.1, 1.25), True),  # a detector of speech widens it
        ([(1.0, 2.0)], (1.1, 1.8), True),  # no vowel is steady for so long
        ([(0.0, 0.5), (2.0, 3.0)], (1.1, 1.25), True),
    ],
)
def test_a_short_tone_with_speech_on_both_sides_is_a_vowel(
    speech: list[tuple[float, float]], tone: tuple[float, float], is_one: bool
) -> None:
    beep = Beep(*tone, 480.0)
    found = tones_outside_words([beep], [Interval(*part) for part in speech])
    assert found == ((beep,) if is_one else ())


def test_three_beeps_in_a_row_are_beeps() -> None:
    row = [Beep(at_s, at_s + 0.12, 1_000.0) for at_s in (1.0, 1.2, 1.4)]
    assert tones_outside_words(row, [Interval(1.0, 1.52)]) == tuple(row)
