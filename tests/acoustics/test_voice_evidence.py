"""Evidence of a voice under a word."""

from __future__ import annotations

import numpy as np
import pytest

from aftertone.acoustics.analysis import listen
from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.voice_evidence import VoiceEvidence
from tests.acoustics.recordings import SAMPLE_AUDIO, shared_file

RATE_HZ = 16_000


def evidence(
    silero: float, nuclei: float, *, is_whisper: bool = False, voice_s: float = 4.0
) -> VoiceEvidence:
    """Evidence with these log odds for `voice_s` from 2 s on; elsewhere a voice is most unlikely."""
    windows, frames = np.full(200, -9.0), np.full(600, -9.0)
    windows[round(2 / 0.032) : round((2 + voice_s) / 0.032)] = silero
    frames[200 : round(100 * (2 + voice_s))] = nuclei
    return VoiceEvidence(windows, frames, is_whisper)


@pytest.mark.parametrize(
    ("silero", "nuclei", "is_voice"),
    [(3.0, 1.0, True), (-1.0, 3.0, True), (1.0, -3.0, False), (-4.0, 3.0, False)],
)
def test_the_log_odds_of_both_detectors_are_added(silero: float, nuclei: float, is_voice: bool) -> None:
    assert evidence(silero, nuclei).is_under(Interval(3.0, 3.3)) is is_voice


def test_a_word_near_a_voice_has_one_and_a_word_far_away_has_none() -> None:
    voice = evidence(3.0, 3.0)
    assert not voice.is_under(Interval(0.5, 0.9))
    assert voice.is_under(Interval(1.6, 1.9))


def test_a_short_sound_is_no_voice() -> None:
    assert evidence(3.0, 3.0, voice_s=0.5).is_under(Interval(2.0, 2.3))
    assert not evidence(3.0, 3.0, voice_s=0.15).is_under(Interval(2.0, 2.3))


def test_every_word_of_a_whisper_is_accepted() -> None:
    assert evidence(-9.0, -9.0, is_whisper=True).is_under(Interval(0.5, 0.9))


def test_a_word_after_the_end_has_no_voice() -> None:
    assert not evidence(3.0, 3.0).is_under(Interval(30.0, 30.5))


@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_speech_has_a_voice_at_any_level_and_a_siren_has_none(gain: float) -> None:
    message = read_audio(SAMPLE_AUDIO / "full_of_fillers.flac").samples
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


def test_dark_wind_is_no_whisper_and_white_bursts_are_taken_for_one() -> None:
    draw = np.random.default_rng(0)
    times_s = np.arange(6 * RATE_HZ) / RATE_HZ
    hiss = draw.normal(0, 1e-4, times_s.size)
    bursts = draw.normal(0, 0.1, times_s.size) * (np.sin(2 * np.pi * times_s) > 0)
    wind = np.cumsum(bursts) * 0.01
    wind -= np.convolve(wind, np.ones(800) / 800, "same")
    assert listen(Recording.from_samples(bursts + hiss, RATE_HZ)).voice.is_whisper
    assert not listen(Recording.from_samples(wind + hiss, RATE_HZ)).voice.is_whisper


@pytest.mark.parametrize("name", ["whisper.flac", "mfa_whisper.flac"])
def test_words_of_real_whispers_are_accepted(name: str) -> None:
    sound = listen(read_audio(shared_file(f"mfa/{name}")))
    assert sound.speech
    assert all(sound.voice.is_under(part) for part in sound.speech)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_no_word_is_accepted_on_a_recorded_noise(number: int) -> None:
    sound = listen(read_audio(shared_file(f"noise/noise{number}.wav")))
    words = [Interval(at_s, at_s + 0.3) for at_s in np.arange(0, sound.recording.duration_s - 0.3, 0.5)]
    assert not any(sound.voice.is_under(word) for word in words)
