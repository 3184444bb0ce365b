"""All acoustic measures together, on the practice messages and on sounds of known shape."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from aftertone.acoustics.analysis import listen
from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.pitch import pitch_statistics
from tests.acoustics.recordings import SAMPLE_AUDIO

Samples = NDArray[np.float32]
TRUTHS = [json.loads(path.read_text()) for path in sorted((SAMPLE_AUDIO / "truth").glob("*.json"))]


# Across a room, the sound ends with the echo.
APART = ("far",)


@pytest.mark.parametrize(
    "truth",
    [truth for truth in TRUTHS if truth["message"] and truth["condition"] not in APART],
    ids=lambda truth: str(truth["file"]),
)
def test_a_message_is_where_the_synthesiser_put_it(truth: dict[str, Any]) -> None:
    sound = listen(read_audio(SAMPLE_AUDIO / truth["file"]))
    assert sound.message is not None
    assert sound.message.start_s == pytest.approx(truth["message"]["start_s"], abs=0.1)
    assert sound.message.end_s == pytest.approx(truth["message"]["end_s"], abs=0.12)
    assert abs(len(sound.pauses) - len(truth["pauses"])) <= 2
    for pause in truth["pauses"]:
        if pause["end_s"] - pause["start_s"] > 0.4:
            middle_s = (pause["start_s"] + pause["end_s"]) / 2
            assert any(found.start_s < middle_s < found.end_s for found in sound.pauses), pause


def test_half_an_hour_is_measured_within_100_mb_beyond_its_samples() -> None:
    """Measured by the growth from one to three minutes."""
    message = read_audio(SAMPLE_AUDIO / "dentist_callback.flac").samples
    peaks = []
    for duration_s in (60, 180):
        recording = Recording.from_samples(np.resize(message, duration_s * 16_000), 16_000)
        tracemalloc.start()
        listen(recording)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / 120 * 1_800 < 100e6


CHANGES: dict[str, Callable[[Samples], Recording]] = {
    "gain -30 dB": lambda samples: Recording.from_samples(samples * np.float32(0.0316), 16_000),
    "gain +6 dB": lambda samples: Recording.from_samples(samples * np.float32(2), 16_000),
    "offset": lambda samples: Recording.from_samples(samples * np.float32(0.8) + np.float32(0.1), 16_000),
    "8 kHz": lambda samples: Recording.from_samples(soxr.resample(samples, 16_000, 8_000), 8_000),
    "44.1 kHz": lambda samples: Recording.from_samples(soxr.resample(samples, 16_000, 44_100), 44_100),
    "a second before": lambda samples: Recording.from_samples(np.pad(samples, (16_000, 0)), 16_000),
}


@pytest.mark.parametrize("change", CHANGES)
def test_gain_rate_and_offset_change_no_pause_and_no_pitch(change: str) -> None:
    samples = 0.4 * read_audio(SAMPLE_AUDIO / "dentist_callback.flac").samples
    samples = soxr.resample(soxr.resample(samples, 16_000, 7_600), 7_600, 16_000)  # all that 8 kHz can hold
    before, after = listen(Recording.from_samples(samples, 16_000)), listen(CHANGES[change](samples))
    added_s = 1.0 if change == "a second before" else 0.0
    assert len(after.pauses) == len(before.pauses) > 3
    np.testing.assert_allclose(np.array(after.pauses) - added_s, before.pauses, atol=0.0201)
    was, now = pitch_statistics(before.pitch, before.speech), pitch_statistics(after.pitch, after.speech)
    assert now.median_hz == pytest.approx(was.median_hz, rel=0.01)
    assert now.range_st == pytest.approx(was.range_st, abs=0.4)


def test_a_hang_up_has_no_message() -> None:
    sound = listen(read_audio(SAMPLE_AUDIO / "hang_up.wav"))
    assert sound.message is None
    assert sound.speech == ()
    assert sound.nuclei.size == 0
    assert sound.start_latency_s is None


@pytest.mark.parametrize("truth", [t for t in TRUTHS if t["beep"]], ids=lambda truth: str(truth["file"]))
def test_the_start_latency_counts_from_the_beep(truth: dict[str, Any]) -> None:
    sound = listen(read_audio(SAMPLE_AUDIO / truth["file"]))
    freeze_s = truth["message"]["start_s"] - truth["beep"]["end_s"]
    assert sound.start_latency_s == pytest.approx(freeze_s, abs=0.1)


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(np.zeros(16_000), id="zeros"),
        pytest.param(np.zeros(1), id="one sample"),
        pytest.param(np.full(8_000, 0.5), id="constant"),
        pytest.param(np.random.default_rng(0).normal(0, 0.01, 48_000), id="noise"),
        pytest.param(np.sin(2 * np.pi * 1_000 * np.arange(32_000) / 16_000), id="tone"),
        pytest.param(np.eye(1, 16_000, 8_000)[0], id="click"),
    ],
)
def test_sound_without_speech_has_no_message(samples: np.ndarray[Any, Any]) -> None:
    sound = listen(Recording.from_samples(samples, rate_hz=16_000))
    assert sound.message is None
    assert sound.pauses == ()
