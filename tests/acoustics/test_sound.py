"""The joined acoustic measures, on the practice messages and on sounds of known shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.sound import listen

SAMPLES = Path(__file__).resolve().parents[2] / "sample_audio"
TRUTHS = [json.loads(path.read_text()) for path in sorted((SAMPLES / "truth").glob("*.json"))]


@pytest.mark.parametrize("truth", [t for t in TRUTHS if t["message"]], ids=lambda truth: str(truth["file"]))
def test_a_message_stands_where_the_synthesiser_put_it(truth: dict[str, Any]) -> None:
    sound = listen(read_audio(SAMPLES / truth["file"]))
    assert sound.message is not None
    assert sound.message.start_s == pytest.approx(truth["message"]["start_s"], abs=0.1)
    assert sound.message.end_s == pytest.approx(truth["message"]["end_s"], abs=0.12)
    assert abs(len(sound.pauses) - len(truth["pauses"])) <= 2
    for pause in truth["pauses"]:
        if pause["end_s"] - pause["start_s"] > 0.4:
            middle_s = (pause["start_s"] + pause["end_s"]) / 2
            assert any(found.start_s < middle_s < found.end_s for found in sound.pauses), pause


def test_a_hang_up_has_no_message() -> None:
    sound = listen(read_audio(SAMPLES / "hang_up.wav"))
    assert sound.message is None
    assert sound.speech == ()
    assert sound.nuclei.size == 0
    assert sound.start_latency_s is None


@pytest.mark.parametrize("truth", [t for t in TRUTHS if t["beep"]], ids=lambda truth: str(truth["file"]))
def test_the_freeze_counts_from_the_beep(truth: dict[str, Any]) -> None:
    sound = listen(read_audio(SAMPLES / truth["file"]))
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
def test_where_nobody_speaks_there_is_no_message(samples: np.ndarray[Any, Any]) -> None:
    sound = listen(Recording.from_samples(samples, rate_hz=16_000))
    assert sound.message is None
    assert sound.pauses == ()
