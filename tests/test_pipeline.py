"""The whole analysis, on practice messages with their true words."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aftertone as at
from aftertone.language.transcript import Transcript, Word

SAMPLES = Path(__file__).resolve().parent.parent / "sample_audio"
TRUTHS = [json.loads(path.read_text()) for path in sorted((SAMPLES / "truth").glob("*.json"))]


class Says:
    """An engine that says the same of every recording, and counts how often it is asked."""

    name = "says"

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.asked = 0

    def transcribe(self, recording: at.Recording) -> Transcript:
        self.asked += 1
        return self.transcript


def truth_engine(truth: dict[str, Any]) -> Says:
    greeting = (truth["greeting"] or {}).get("words") or []
    words = sorted(greeting + truth["words"], key=lambda word: word["start_s"])
    return Says(Transcript(tuple(Word(w["text"], w["start_s"], w["end_s"]) for w in words)))


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: str(truth["file"]))
def test_with_true_words_the_number_is_true(truth: dict[str, Any]) -> None:
    path = SAMPLES / truth["file"]
    m = at.measure(at.read_audio(path), engine=truth_engine(truth), brief=at.find_brief(path))
    number = truth["number"]
    if number is None:
        assert m.number.digits is None
        return
    assert m.number.digits == number["digits"]
    assert m.number.readings == number["readings"]
    assert m.number.agree is number["agree"]
    assert m.number.slow is number["slow"]
    assert m.number.repeated is number["repeated"]
    assert m.number.digits_per_s == pytest.approx(number["digits_per_s"], rel=0.1)
    assert m.rate.words_per_min == pytest.approx(truth["words_per_min"], rel=0.05)


def test_a_review_has_a_finding_for_each_rule_and_a_score() -> None:
    truth = next(t for t in TRUTHS if t["file"] == "dentist_callback.flac")
    review = at.review(at.read_audio(SAMPLES / truth["file"]), engine=truth_engine(truth))
    assert [finding.rule for finding in review.findings] == [r.id for r in at.load_playbook("general").rules]
    assert review.recording == "dentist_callback.flac"
    assert review.score.points is not None
    assert review.score.points >= 90
    assert review.transcript is not None


def test_the_same_recording_gives_the_same_review() -> None:
    truth = next(t for t in TRUTHS if t["file"] == "full_of_fillers.flac")
    recording = at.read_audio(SAMPLES / truth["file"])
    first, second = (at.review(recording, engine=truth_engine(truth)) for _ in range(2))
    assert first.measurements.flat() == second.measurements.flat()
    assert first.score == second.score


def test_a_hang_up_is_reviewed_without_points_and_without_asking_for_words() -> None:
    engine = Says(Transcript((Word("thanks for watching", 1.0, 2.0),)))
    review = at.review(at.read_audio(SAMPLES / "hang_up.wav"), engine=engine)
    assert review.score.points is None
    assert "no speech" in review.score.reason
    assert engine.asked == 0


def test_another_language_is_measured_by_its_sound() -> None:
    german = Says(Transcript((Word("guten", 1.0, 1.4), Word("Tag", 1.5, 1.9)), language="de"))
    m = at.measure(at.read_audio(SAMPLES / "dentist_callback.flac"), engine=german)
    assert m.pauses.count is not None
    assert m.words.count is None
    assert "'de'" in m.reasons["words.count"]


def test_an_engine_that_hears_nothing_leaves_words_unmeasured() -> None:
    m = at.measure(at.read_audio(SAMPLES / "dentist_callback.flac"), engine=Says(Transcript()))
    assert m.words.count is None
    assert m.reasons["number.digits"] == "the recogniser wrote no words"


def test_nothing_touches_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    truth = TRUTHS[0]
    at.review(at.read_audio(SAMPLES / truth["file"]), engine=truth_engine(truth))


def test_a_review_of_bare_samples_needs_no_file() -> None:
    review = at.review(at.Recording.from_samples(np.zeros(16_000), rate_hz=16_000))
    assert review.recording == "recording"
    assert review.score.points is None
