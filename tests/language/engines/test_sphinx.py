from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.errors import ModelNotFoundError, TranscriptionError
from aftertone.language.engines import digit_grammar, load_engine
from aftertone.language.engines.sphinx import SphinxEngine, right_shares

SAMPLES = Path(__file__).parents[3] / "sample_audio"
DIGIT = re.compile(r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine)\b")


@pytest.fixture(scope="module")
def engine() -> Any:
    return load_engine("sphinx")


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Says a text with flite, after `lead_s` of near silence."""
    if shutil.which("flite") is None:
        pytest.skip("flite, which speaks the text, is not installed")
    folder = tmp_path_factory.mktemp("flite")

    def speak(text: str, voice: str = "slt", lead_s: float = 0.5) -> Recording:
        path = folder / f"{abs(hash((text, voice)))}.wav"
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
        speech = read_audio(path)
        lead = np.zeros(int(lead_s * 16_000))
        samples = np.concatenate([lead, speech.samples, lead])
        noise = np.random.default_rng(0).standard_normal(samples.size)
        return Recording.from_samples(samples + 5e-4 * noise, 16_000)

    return speak


def test_sentence_and_digits(engine: Any, spoken: Any) -> None:
    recording = spoken("please call me back at four one five, five five five, zero one two three.")
    transcript = engine.transcribe(recording)
    assert transcript.text == "please call me back at four one five five five five zero one two three"
    assert transcript.engine == "sphinx"
    assert transcript.settings["pocketsphinx"]


def test_a_telephone_recording_is_heard_with_an_upper_band(
    engine: Any, spoken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scipy.signal import butter, sosfiltfilt

    text = (
        "the field is soaked, so wednesday's game is off. "
        "call six one nine, five six five, three three seven."
    )
    band = butter(4, (300, 3_400), "bandpass", fs=16_000, output="sos")
    recording = Recording.from_samples(sosfiltfilt(band, spoken(text).samples)[::2], 8_000)
    said = re.findall(r"[a-z']+", text)
    with_band = engine.transcribe(recording).text.split()
    monkeypatch.setattr(digit_grammar, "TELEPHONE_RATE_MAX_HZ", 0)
    without = engine.transcribe(recording).text.split()
    right, before = (SequenceMatcher(None, said, heard).ratio() for heard in (with_band, without))
    assert right > before + 0.15


def test_times_are_those_of_the_sound(engine: Any, spoken: Any) -> None:
    early, late = (spoken("my number is nine one six.", lead_s=lead_s) for lead_s in (0.5, 2.5))
    loud = np.flatnonzero(np.abs(early.samples) > 0.02) / 16_000
    words, later = engine.transcribe(early).words, engine.transcribe(late).words
    assert words[0].start_s == pytest.approx(loud[0], abs=0.1)
    assert words[-1].end_s == pytest.approx(loud[-1], abs=0.15)
    assert [word.text for word in later] == [word.text for word in words]
    for one, other in zip(words, later, strict=True):
        assert other.start_s - one.start_s == pytest.approx(2.0, abs=0.06)


def test_words_stand_in_order_inside_the_recording(engine: Any, spoken: Any) -> None:
    recording = spoken("hello. this is a message for jennifer. thank you.", lead_s=0.1)
    words = engine.transcribe(recording).words
    assert words
    assert all(0 <= word.start_s < word.end_s <= recording.duration_s for word in words)
    assert all(0 <= word.confidence <= 1 for word in words)
    assert [word.start_s for word in words] == sorted(word.start_s for word in words)
    assert not any(set("()<>[]") & set(word.text) for word in words)


def test_what_came_before_changes_nothing(engine: Any, spoken: Any) -> None:
    first, other = spoken("call me back on friday."), spoken("the total is forty dollars.", voice="rms")
    alone = engine.transcribe(first)
    engine.transcribe(other)
    engine.transcribe(Recording.from_samples(np.random.default_rng(0).normal(0, 0.3, 16_000), 16_000))
    assert engine.transcribe(first) == alone


def test_level_changes_little(engine: Any, spoken: Any) -> None:
    speech = spoken("please call five five five, one two three four.")
    quiet = Recording.from_samples(speech.samples * 0.01, 16_000)
    assert engine.transcribe(quiet).text == engine.transcribe(speech).text


@pytest.mark.parametrize("scale", [1e-6, 1e-3])
def test_hiss_has_no_words(engine: Any, scale: float) -> None:
    hiss = np.random.default_rng(3).normal(0, scale, 32_000)
    assert engine.transcribe(Recording.from_samples(hiss, 16_000)).words == ()


def test_a_failing_backend_is_our_error(spoken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        def reinit_feat(self) -> None:
            pass

        def start_utt(self) -> None:
            raise RuntimeError("Failed to start utterance")

    engine: Any = load_engine("sphinx")
    monkeypatch.setattr(engine, "_decoder", Deaf())
    with pytest.raises(TranscriptionError, match="recording: pocketsphinx failed"):
        engine.transcribe(spoken("call me back on friday."))


@pytest.mark.parametrize("name", ["dentist_callback"])
def test_digits_of_a_sample_message_are_heard(engine: Any, name: str) -> None:
    if not (SAMPLES / f"{name}.flac").is_file():
        pytest.skip(f"sample_audio/{name}.flac is not there")
    truth = json.loads((SAMPLES / "truth" / f"{name}.json").read_text())
    transcript = engine.transcribe(read_audio(SAMPLES / f"{name}.flac"))
    said = re.findall(DIGIT, truth["transcript"])
    assert len(said) > 8
    assert re.findall(DIGIT, transcript.text) == said
    assert transcript.words[0].start_s == pytest.approx(truth["message"]["start_s"], abs=0.15)


def test_an_unknown_name_of_the_brief_is_heard_and_then_forgotten(engine: Any, spoken: Any) -> None:
    recording = spoken("hello this is zellick calling about your account.")
    before = engine.transcribe(recording)
    assert "zellick" not in before.text
    (told,) = engine.transcribe_many([recording], [["Zellick Brothers"]])
    assert "zellick" in told.text
    assert told.settings["hotwords"] == "zellick"
    assert engine.transcribe(recording) == before
    assert engine.transcribe_many([recording], [["Zellick"]])[0].text == told.text


def test_known_names_change_nothing(engine: Any, spoken: Any) -> None:
    recording = spoken("hi mary, this is john.")
    told = engine.transcribe_many([recording, recording], [["Mary"], []])
    assert told[0] == told[1] == engine.transcribe(recording)


def test_confidence_falls_where_the_whole_message_is_doubtful() -> None:
    sure, doubtful = right_shares([0.99] * 7), right_shares([0.99, 0.1, 0.1, 0.99, 0.1, 0.1, 0.1])
    assert min(sure) > 0.9
    assert doubtful[3] < sure[3]
    assert all(0 < share < 1 for share in (*sure, *doubtful, *right_shares([1.0003, 0.0])))
    assert right_shares([]) == []


def test_its_confidence_says_how_much_is_right(engine: Any, spoken: Any) -> None:
    transcript = engine.transcribe(spoken("please call me back on friday."))
    assert transcript.right_share == pytest.approx(np.mean([word.confidence for word in transcript.words]))
    assert transcript.settings["heard_again"].startswith("0.0 of ")
    assert replace(transcript, settings={}).right_share is None
    assert replace(transcript, words=()).right_share is None


def test_a_language_model_that_is_none_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.lm"
    broken.write_text("no model\n")
    with pytest.raises(ModelNotFoundError, match=r"broken\.lm: pocketsphinx cannot read"):
        SphinxEngine(broken)
