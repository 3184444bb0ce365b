"""A message starts and ends with a voice, whatever sound is around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aftertone.acoustics import silero, voice_trimming
from aftertone.acoustics.analysis import listen
from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.vad import speech_intervals
from benchmarks.common import non_speech
from tests.acoustics.recordings import SAMPLE_AUDIO, shared_files

RATE_HZ = 16_000
LENGTH_S = 6.0
QUIET_S = 0.3  # between the message and what is around it
MESSAGES = ("dentist_callback.flac", "uk_number.flac", "too_quiet.flac")

Wave = NDArray[np.float64]


def at_db(wave: Wave, rms_db: float) -> Wave:
    return np.asarray(wave * 10 ** (rms_db / 20) / np.sqrt(np.mean(wave**2)))


def clicks() -> Wave:
    draw = np.random.default_rng(2)
    wave = np.zeros(round(LENGTH_S * RATE_HZ))
    for first in draw.integers(0, wave.size - 200, 12):
        wave[first : first + 200] += draw.normal(0, 1, 200) * np.exp(-np.arange(200) / 40)
    return wave


AROUND: dict[str, Callable[[], Wave]] = {
    "music at 76 beats": lambda: at_db(non_speech.hold_music(LENGTH_S, 76, 1), -24),
    "music at 132 beats": lambda: at_db(non_speech.hold_music(LENGTH_S, 132, 3), -28),
    "hum of 60 Hz": lambda: at_db(non_speech.hum(60, LENGTH_S), -30),
    "hum of 120 Hz": lambda: at_db(non_speech.hum(120, LENGTH_S), -25),
    "a pure tone": lambda: at_db(non_speech.tone(1_000, LENGTH_S), -30),
    "clicks": lambda: at_db(clicks(), -40),
}


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("around", AROUND)
def test_edges_are_right_with_music_hum_and_clicks_around_them(around: str, message: str) -> None:
    truth = json.loads((SAMPLE_AUDIO / "truth" / Path(message).with_suffix(".json")).read_text())["message"]
    spoken = read_audio(SAMPLE_AUDIO / message).samples.astype(np.float64)
    spoken *= 10 ** (-25 / 20) / np.sqrt(np.mean(spoken**2))
    other, quiet = AROUND[around](), np.zeros(round(QUIET_S * RATE_HZ))
    samples = np.concatenate([other, quiet, spoken, quiet, other])
    samples += np.random.default_rng(0).normal(0, 10 ** (-65 / 20), samples.size)
    found = listen(Recording.from_samples(np.clip(samples, -1, 1), RATE_HZ)).message
    assert found is not None
    lead_s = LENGTH_S + QUIET_S
    assert found.start_s == pytest.approx(lead_s + truth["start_s"], abs=0.1)
    assert found.end_s == pytest.approx(lead_s + truth["end_s"], abs=0.1)


def test_a_message_does_not_start_in_hold_music() -> None:
    found = listen(read_audio(SAMPLE_AUDIO / "hold_music.wav")).message
    truth = json.loads((SAMPLE_AUDIO / "truth" / "hold_music.json").read_text())["message"]
    assert found is not None
    assert tuple(found) == pytest.approx((truth["start_s"], truth["end_s"]), abs=0.05)


@pytest.mark.parametrize("kind", ["hold music", "hum", "tones", "ring-back", "hiss"])
def test_sound_without_a_voice_has_no_message_and_no_filled_pause(kind: str) -> None:
    for recording in non_speech.non_speech()[kind]:
        sound = listen(recording)
        assert sound.message is None
        assert sound.filled_pauses == ()


def test_clear_speech_does_not_need_the_neural_net(monkeypatch: pytest.MonkeyPatch) -> None:
    tested_s: list[float] = []

    def speech_log_odds(samples: NDArray[np.float32], loudest_dbov: float) -> NDArray[np.float64]:
        tested_s.append(samples.size / RATE_HZ)
        return silero.speech_log_odds(samples, loudest_dbov)

    monkeypatch.setattr(voice_trimming, "speech_log_odds", speech_log_odds)
    clear, messages = 0, sorted(SAMPLE_AUDIO.glob("*.flac"))[::2]
    for path in messages:
        before = len(tested_s)
        listen(read_audio(path))
        clear += len(tested_s) == before
    assert clear >= len(messages) / 4
    assert sum(tested_s) < 1.5 * len(messages)  # nearly always a second at most at either end


def kept_share(paths: list[Path]) -> float:
    """Share of recordings whose speech keeps its start and end."""
    kept = 0
    for path in paths:
        recording = read_audio(path)
        speech = speech_intervals(recording, frames_of(recording))
        message = listen(recording).message
        assert message is not None, path.name
        edges_s = (speech[0].start_s, speech[-1].end_s)
        kept += max(abs(a - b) for a, b in zip(message, edges_s, strict=True)) <= 0.05
    return kept / len(paths)


@pytest.mark.parametrize("folder", ["an4", "emodb", "mfa", "librispeech_test_other"])
def test_real_speech_without_other_sound_keeps_its_edges(folder: str) -> None:
    """Whispered, creaky, hoarse and shouted voices are among them."""
    files = [path for path in shared_files(f"{folder}/*") if path.suffix in (".wav", ".flac")]
    assert kept_share(files[:: 1 if folder == "mfa" else 5]) == 1
