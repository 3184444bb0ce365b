from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest

from aftertone.acoustics.audio import read_audio
from aftertone.cli.score import score
from aftertone.errors import ModelNotFoundError, TranscriptError, UnknownEngineError
from aftertone.language.transcript import Transcript
from aftertone.recognition import ENGINE_NAMES, EngineSpec, OwnEngine, engine_source, load_engine
from aftertone.recognition.manifest import MODEL_VARIABLE
from aftertone.recognition.window_decoder import WhisperOptions
from tests.engines import GivenWords, TrueWords

SAMPLES = Path(__file__).parents[2] / "sample_audio"


@pytest.mark.parametrize(("name", "nearest"), [("whispr", "whisper"), ("Replay", "replay"), ("sphinx", None)])
def test_unknown_engine(name: str, nearest: str | None) -> None:
    with pytest.raises(UnknownEngineError) as caught:
        load_engine(name)
    assert all(known in str(caught.value) for known in ENGINE_NAMES)
    assert (f"did you mean {nearest!r}" in str(caught.value)) is (nearest is not None)


@pytest.mark.parametrize("name", ["auto", "whisper"])
def test_without_weights_the_error_has_two_commands(bare_machine: Path, name: str) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        load_engine(name, offline=True, download=True)
    assert "\n" not in str(caught.value)
    for way in ('`pip install "aftertone[base]"`', "`aftertone models fetch small.en`", "--model FOLDER"):
        assert way in str(caught.value)
    assert EngineSpec(name).identity() == "whisper"


@pytest.mark.parametrize("model", ["tiny.en", "base"])
def test_offline_opens_no_socket_from_load_to_words(
    refused: None, model: str, capfd: pytest.CaptureFixture[str]
) -> None:
    recording = read_audio(SAMPLES / "hurried_number.flac")
    transcript = load_engine("auto", model=model, offline=True, threads=1).transcribe(recording)
    assert transcript.engine == "whisper"
    assert {"insurance", "question", "minute"} <= {word.text.lower().strip(".,") for word in transcript.words}
    assert capfd.readouterr() == ("", "")


def test_auto_takes_the_best_wheel(refused: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    assert EngineSpec().identity() == "whisper base"
    assert EngineSpec(language="de").identity() == "whisper base language=de"
    assert EngineSpec(model="tiny.en").identity() == "whisper tiny.en"
    monkeypatch.setenv(MODEL_VARIABLE, "tiny.en")
    assert EngineSpec().identity() == "whisper tiny.en"


@pytest.mark.parametrize("options", [{}, {"model": "tiny.en"}, {"model": "tiny.en", "download": True}])
def test_whisper_without_weights_says_how_to_get_them(bare_machine: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        load_engine("whisper", offline=True, **options)
    for way in ("`aftertone models fetch", "--download", "--model FOLDER", "model.bin", "tokenizer.json"):
        assert way in str(caught.value)


def test_model_asked_for_by_name_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="model"):
        load_engine("auto", model=tmp_path / "none")


def test_download_is_asked_of_the_hub_only_where_allowed(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(name: str) -> Path:
        fetched.append(name)
        raise ModelNotFoundError("no network")

    monkeypatch.setattr("aftertone.recognition.weights.fetch_model", fetch)
    for options in ({}, {"offline": True, "download": True}):
        with pytest.raises(ModelNotFoundError):
            load_engine("auto", **options)  # type: ignore[arg-type]
    assert fetched == []
    for more in ({}, {"model": "tiny.en"}, {"language": "de"}):
        with pytest.raises(ModelNotFoundError, match="no network"):
            load_engine("whisper", download=True, **more)  # type: ignore[arg-type]
    assert fetched == ["small.en", "tiny.en", "small"]


def test_replay_through_the_one_function(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError):
        load_engine("replay", transcript=tmp_path / "none.json")


def test_what_gives_an_engine_becomes_a_spec_or_is_the_users_own() -> None:
    engine = load_engine("replay")
    spec = EngineSpec("replay", transcript="words")
    assert engine_source("replay") == engine_source(partial(load_engine, "replay")) == EngineSpec("replay")
    assert engine_source(partial(load_engine, name="replay", transcript="words")) == spec
    assert engine_source(spec) is spec
    assert engine_source(None) is None
    assert engine_source(engine) == OwnEngine(engine)
    assert OwnEngine(engine).is_loaded
    assert OwnEngine(engine).load() is engine
    assert not OwnEngine(TrueWords).is_loaded, "a class makes engines"
    assert isinstance(OwnEngine(TrueWords).load(), TrueWords)


def test_an_identity_names_what_words_depend_on_and_nothing_else() -> None:
    given = EngineSpec("whisper", model="tiny.en", language="en", threads=3, workers=2, offline=True)
    assert given.identity() == "whisper tiny.en language=en"
    assert replace(given, options=WhisperOptions()).identity() == given.identity()
    assert "beam_size=1" in replace(given, options=WhisperOptions(beam_size=1)).identity()
    assert OwnEngine(TrueWords()).identity() == "truth"
    made = OwnEngine(partial(GivenWords, transcript=Transcript(engine="mine")))
    assert made.identity().startswith("tests.engines.GivenWords transcript=Transcript(")


def test_the_command_line_offers_the_engines_of_the_registry() -> None:
    offered = next(each for each in score.params if each.name == "engine").type
    assert isinstance(offered, click.Choice)
    assert tuple(offered.choices) == ENGINE_NAMES
