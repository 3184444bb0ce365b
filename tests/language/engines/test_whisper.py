"""The real faster-whisper on models whose output is known: see whisper_models."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.errors import ModelNotFoundError, TranscriptionError
from aftertone.language.engines import load_engine
from aftertone.models import MODEL_VARIABLE, NEEDED_FILES

MAKERS = Path(__file__).parents[2] / "whisper_models.py"
spec = importlib.util.spec_from_file_location("whisper_models", MAKERS)
assert spec is not None
assert spec.loader is not None
whisper_models = importlib.util.module_from_spec(spec)
sys.modules["whisper_models"] = whisper_models
spec.loader.exec_module(whisper_models)

SCRIPT = (
    (" Hi,", 0.4, 0.7, 0.95),
    (" um", 0.9, 1.3, 0.55),
    (" 415-555-0123", 2.0, 4.4, 0.9),
    (" at", 4.6, 4.9, 0.99),
    (" 5:30", 5.1, 5.8, 0.8),
    (" o'clock.", 6.0, 6.4, 0.7),
)
WORDS = " zero one two three four five six seven call me back".replace(" ", "| ").split("|")[1:]


def recording(samples: Any) -> Recording:
    return Recording.from_samples(np.asarray(samples, np.float32), 16_000)


@pytest.fixture(autouse=True)
def refuse_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = whisper_models.write_scripted_model(tmp_path_factory.mktemp("scripted") / "script", SCRIPT)
    return folder


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = whisper_models.write_tone_model(tmp_path_factory.mktemp("tones") / "tones", WORDS)
    return load_engine("whisper", model=folder, offline=True, threads=1)


def test_words_come_whole_with_times_and_probabilities(scripted: Path) -> None:
    noise = np.random.default_rng(0).standard_normal(9 * 16_000) * 0.01
    engine = load_engine("whisper", model=scripted, compute_type="float32", device="cpu", threads=1)
    transcript = engine.transcribe(recording(noise))
    assert [word.text for word in transcript.words] == [text.strip() for text, *_ in SCRIPT]
    for word, (_, start_s, end_s, probability) in zip(transcript.words, SCRIPT, strict=True):
        assert word.interval.overlap_s(Interval(start_s, end_s)) > 0.4 * (end_s - start_s)
        assert word.confidence == pytest.approx(probability, abs=0.03)
    number = transcript.words[2]
    assert (number.start_s, number.end_s) == pytest.approx((2.0, 4.4), abs=0.4)
    assert transcript.language == "en"
    assert transcript.engine == "whisper"
    assert transcript.settings == {
        "model": "script",
        "compute_type": "float32",
        "device": "cpu",
        "beam_size": "5",
    }


def test_words_depend_on_the_sound_and_not_on_what_came_before(tones: Any) -> None:
    messages = [[8, 9, 10, 1, 2, 3], [], [7], [5, 4, 3, 3, 3, 0]]
    for indices in [*messages, *reversed(messages)]:
        transcript = tones.transcribe(recording(whisper_models.tone_samples(indices)))
        assert [f" {word.text}" for word in transcript.words] == [WORDS[i] for i in indices]
        starts_s = [word.start_s for word in transcript.words]
        assert starts_s == pytest.approx([0.5 * i for i in range(len(indices))], abs=0.1)


def test_silence_has_no_words(tones: Any) -> None:
    assert tones.transcribe(recording(np.full(32_000, 1e-9))).words == ()


def test_model_of_the_environment_is_taken(scripted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_VARIABLE, str(scripted))
    assert load_engine("auto", offline=True).name == "whisper"


def test_snapshot_of_the_hub_is_named_with_its_revision(scripted: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "models--owner--name" / "snapshots" / ("0123456789" * 4)
    snapshot.parent.mkdir(parents=True)
    snapshot.symlink_to(scripted)
    settings = load_engine("whisper", model=snapshot).transcribe(recording(np.full(8_000, 0.01))).settings
    assert settings["model"] == "owner/name"
    assert settings["revision"] == "0123456789" * 4


def test_a_model_that_goes_in_circles_is_stopped(tmp_path: Path) -> None:
    """Two time stamps at 0.02 s move faster-whisper on by 0.02 s: fifty windows a second."""
    folder = whisper_models.write_scripted_model(
        tmp_path / "circle", [(" ", 0, 0.02, 0.9)], stamps_s=(0.02, 0.02)
    )
    engine = load_engine("whisper", model=folder, threads=1)
    with pytest.raises(TranscriptionError, match="did not come to the end"):
        engine.transcribe(recording(np.full(16_000, 0.01)))


@pytest.mark.parametrize("missing", NEEDED_FILES)
def test_missing_file_is_named(scripted: Path, tmp_path: Path, missing: str) -> None:
    for file in scripted.iterdir():
        if file.name != missing:
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(ModelNotFoundError, match=missing):
        load_engine("whisper", model=tmp_path)


def test_older_vocabulary_will_do(scripted: Path, tmp_path: Path) -> None:
    for file in scripted.iterdir():
        if file.name != "vocabulary.json":
            (tmp_path / file.name).symlink_to(file)
    tokens = json.loads((scripted / "vocabulary.json").read_text())
    (tmp_path / "vocabulary.txt").write_text("".join(f"{token}\n" for token in tokens))
    transcript = load_engine("whisper", model=tmp_path).transcribe(recording(np.full(7 * 16_000, 0.01)))
    assert [word.text for word in transcript.words] == [text.strip() for text, *_ in SCRIPT]


@pytest.mark.parametrize("broken", ["model.bin", "tokenizer.json", "vocabulary.json"])
def test_broken_file_is_our_error(scripted: Path, tmp_path: Path, broken: str) -> None:
    for file in scripted.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / broken).unlink()
    (tmp_path / broken).write_bytes(b"rubbish")
    with pytest.raises(ModelNotFoundError, match="cannot be loaded"):
        load_engine("whisper", model=tmp_path)


def test_unknown_compute_type_is_our_error(scripted: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="int3"):
        load_engine("whisper", model=scripted, compute_type="int3")


def test_english_model_refuses_german(scripted: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="'de'"):
        load_engine("whisper", model=scripted, language="de")


def test_a_failing_backend_is_our_error(scripted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = load_engine("whisper", model=scripted)

    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine._model, "encode", fail)
    with pytest.raises(TranscriptionError, match="recording: whisper failed: out of memory"):
        engine.transcribe(recording(np.full(16_000, 0.01)))
