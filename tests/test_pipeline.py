"""The whole analysis, on practice messages with their true words."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aftertone as at
from aftertone.errors import ArgumentTypeError, AudioNotFoundError
from aftertone.language.transcript import Transcript, Word
from aftertone.recognition import EngineSpec
from tests.engines import GivenWords

SAMPLES = Path(__file__).resolve().parent.parent / "sample_audio"
TRUTHS = [json.loads(path.read_text()) for path in sorted((SAMPLES / "truth").glob("*.json"))]


def truth_engine(truth: dict[str, Any]) -> GivenWords:
    greeting = (truth["greeting"] or {}).get("words") or []
    words = sorted(greeting + truth["words"], key=lambda word: word["start_s"])
    return GivenWords(Transcript(tuple(Word(w["text"], w["start_s"], w["end_s"]) for w in words)))


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


def test_a_hang_up_is_reviewed_without_points_and_not_transcribed() -> None:
    class NotCalled:
        name = "not called"

        def transcribe(self, recording: at.Recording) -> Transcript:
            raise AssertionError("there is nothing to transcribe")

    review = at.review(at.read_audio(SAMPLES / "hang_up.wav"), engine=NotCalled())
    assert review.score.points is None
    assert "no speech" in review.score.reason


def test_another_language_is_measured_by_its_sound() -> None:
    german = GivenWords(Transcript((Word("guten", 1.0, 1.4), Word("Tag", 1.5, 1.9)), language="de"))
    m = at.measure(at.read_audio(SAMPLES / "dentist_callback.flac"), engine=german)
    assert m.pauses.count is not None
    assert m.words.count is None
    assert "'de'" in m.reasons["words.count"]


def test_an_engine_that_writes_no_words_leaves_them_unmeasured() -> None:
    m = at.measure(at.read_audio(SAMPLES / "dentist_callback.flac"), engine=GivenWords(Transcript()))
    assert m.words.count is None
    assert m.reasons["number.digits"] == "the recogniser wrote no words"


def test_nothing_touches_the_network(refused: None) -> None:
    truth = TRUTHS[0]
    at.review(at.read_audio(SAMPLES / truth["file"]), engine=truth_engine(truth))


# ── what may be given ────────────────────────────────────────────────────────────────────────────────


def test_a_path_is_enough(tmp_path: Path) -> None:
    path = SAMPLES / "hang_up.wav"
    recording = at.read_audio(path)
    for given in (path, str(path)):
        assert at.review(given) == at.review(recording)
        assert at.measure(given) == at.measure_sound(given) == at.measure(recording)
    with pytest.raises(AudioNotFoundError, match=r"none\.wav"):
        at.review(tmp_path / "none.wav")


@pytest.mark.parametrize(
    "engine",
    [
        "replay",
        EngineSpec("replay"),
        partial(at.load_engine, "replay"),
        lambda: at.load_engine("replay"),
        at.load_engine("replay"),
    ],
)
def test_an_engine_may_be_a_name_or_what_makes_one(tmp_path: Path, engine: Any) -> None:
    path = tmp_path / "a.flac"
    shutil.copy(SAMPLES / "dentist_callback.flac", path)
    at.write_transcript(Transcript((Word("hello", 0.5, 0.9),)), path.with_suffix(".json"))
    transcript = at.review(path, engine=engine).transcript
    assert transcript is not None
    assert transcript.text == "hello"


@pytest.mark.parametrize(
    ("name", "found", "said"),
    [
        ("recording", ["a.wav"], r"found list, expected a path or a Recording: .*`review_many` many paths"),
        ("recording", 3, "found int, expected a path or a Recording"),
        ("recording", None, "found NoneType, expected a path or a Recording"),
        ("recording", np.zeros(16_000), "found ndarray, .*`Recording.from_samples` takes an array"),
        ("engine", 3, r"found int, expected a name \(auto, whisper, replay\), .* `transcribe\(recording\)`"),
        ("playbook", 3, "found int, expected a name such as 'general', a TOML file, or"),
        ("brief", 3, r"found int, expected a Brief, such as Brief\(recipient="),
    ],
)
def test_an_argument_of_another_type_is_our_error_and_a_type_error(name: str, found: Any, said: str) -> None:
    given = {"recording": at.Recording.from_samples(np.zeros(16_000), rate_hz=16_000), name: found}
    with pytest.raises(ArgumentTypeError, match=f"^{name} is .*: {said}") as caught:
        at.review(**given)
    assert isinstance(caught.value, at.AftertoneError)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize(("name", "found"), [("engine", 3), ("playbook", 3), ("brief", "Mary")])
def test_many_recordings_refuse_the_same_at_once(name: str, found: Any) -> None:
    with pytest.raises(ArgumentTypeError, match=f"^{name} is .*: found"):
        at.review_many(["a.wav"], **{name: found})


# ── what the engine gets ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("vad", ["webrtc", "silero"])
def test_the_engine_gets_the_speech_that_was_found(vad: Any) -> None:
    given: list[Any] = []

    class Grouped(GivenWords):
        def transcribe_many(self, *found: Any) -> list[Transcript]:
            given.append(found)
            return [Transcript()]

    recording = at.read_audio(SAMPLES / "dentist_callback.flac")
    at.measure(recording, engine=Grouped(Transcript()), brief=at.Brief(recipient="Mary"), vad=vad)
    speech = at.speech_intervals(recording, vad=vad, exact=False)
    assert given == [([recording], [speech], [("Mary",)])]


def test_a_review_of_bare_samples_needs_no_file() -> None:
    review = at.review(at.Recording.from_samples(np.zeros(16_000), rate_hz=16_000))
    assert review.recording == "recording"
    assert review.score.points is None
