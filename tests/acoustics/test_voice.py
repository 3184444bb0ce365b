"""Whether there is a voice under a word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.sound import listen
from aftertone.acoustics.voice import Voice

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
RATE_HZ = 16_000


def voice_of(silero: float, nuclei: float, *, is_whisper: bool = False, heard_s: float = 4.0) -> Voice:
    """Two seconds in, a voice is as likely as that for `heard_s`; elsewhere it is most unlikely."""
    windows, frames = np.full(200, -9.0), np.full(600, -9.0)
    windows[round(2 / 0.032) : round((2 + heard_s) / 0.032)] = silero
    frames[200 : round(100 * (2 + heard_s))] = nuclei
    return Voice(windows, frames, 0.032, is_whisper)


@pytest.mark.parametrize(
    ("silero", "nuclei", "stands"),
    [(3.0, 1.0, True), (-1.0, 3.0, True), (1.0, -3.0, False), (-4.0, 3.0, False)],
)
def test_the_odds_of_both_witnesses_decide_together(silero: float, nuclei: float, stands: bool) -> None:
    assert voice_of(silero, nuclei).is_under(Interval(3.0, 3.3)) is stands


def test_a_word_away_from_the_voice_has_none_and_its_neighbour_has() -> None:
    voice = voice_of(3.0, 3.0)
    assert not voice.is_under(Interval(0.5, 0.9))
    assert voice.is_under(Interval(1.6, 1.9))


def test_a_likeness_that_is_too_short_is_no_voice() -> None:
    assert voice_of(3.0, 3.0, heard_s=0.5).is_under(Interval(2.0, 2.3))
    assert not voice_of(3.0, 3.0, heard_s=0.15).is_under(Interval(2.0, 2.3))


def test_every_word_of_a_whisper_stands() -> None:
    assert voice_of(-9.0, -9.0, is_whisper=True).is_under(Interval(0.5, 0.9))


def test_a_word_after_the_end_has_no_voice() -> None:
    assert not voice_of(3.0, 3.0).is_under(Interval(30.0, 30.5))


@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_words_of_a_practice_message_stand_however_quiet_and_those_on_a_siren_fall(gain: float) -> None:
    message = read_audio(ROOT / "sample_audio" / "full_of_fillers.flac").samples
    times_s = np.arange(3 * RATE_HZ) / RATE_HZ
    siren = 0.2 * np.sin(2 * np.pi * np.cumsum(700 + 300 * np.sin(np.pi * times_s)) / RATE_HZ)
    recording = Recording.from_samples(gain * np.concatenate([message, siren]), RATE_HZ)
    sound = listen(recording)
    end_s = message.size / RATE_HZ
    starts_s = [part.start_s + 0.05 for part in sound.speech if part.end_s < end_s]
    assert starts_s
    assert all(sound.voice.is_under(Interval(at_s, at_s + 0.2)) for at_s in starts_s)
    assert not any(
        sound.voice.is_under(Interval(end_s + at_s, end_s + at_s + 0.3)) for at_s in (1.0, 1.7, 2.4)
    )


def test_dark_wind_is_no_whisper_and_white_bursts_pass_for_one() -> None:
    draw = np.random.default_rng(0)
    times_s = np.arange(6 * RATE_HZ) / RATE_HZ
    hiss = draw.normal(0, 1e-4, times_s.size)
    bursts = draw.normal(0, 0.1, times_s.size) * (np.sin(2 * np.pi * times_s) > 0)
    wind = np.cumsum(bursts) * 0.01
    wind -= np.convolve(wind, np.ones(800) / 800, "same")
    assert listen(Recording.from_samples(bursts + hiss, RATE_HZ)).voice.is_whisper
    assert not listen(Recording.from_samples(wind + hiss, RATE_HZ)).voice.is_whisper


@pytest.mark.parametrize("name", ["whisper.flac", "mfa_whisper.flac"])
def test_words_of_real_whispers_stand(name: str) -> None:
    if not (DATA / "mfa" / name).exists():
        pytest.skip("mfa not found beside the checkout")
    sound = listen(read_audio(DATA / "mfa" / name))
    assert sound.speech
    assert all(sound.voice.is_under(part) for part in sound.speech)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_no_word_stands_on_a_recorded_noise(number: int) -> None:
    path = DATA / "noise" / f"noise{number}.wav"
    if not path.exists():
        pytest.skip("noise not found beside the checkout")
    sound = listen(read_audio(path))
    words = [Interval(at_s, at_s + 0.3) for at_s in np.arange(0, sound.recording.duration_s - 0.3, 0.5)]
    assert not any(sound.voice.is_under(word) for word in words)
