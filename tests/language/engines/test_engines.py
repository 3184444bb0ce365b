from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording
from aftertone.errors import EngineError, ModelNotFoundError, TranscriptError, UnknownEngineError
from aftertone.language.engines import ENGINE_NAMES, load_engine
from aftertone.models import MODEL_VARIABLE


@pytest.fixture(autouse=True)
def bare_machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No weights in the hub's cache, no model in the environment, and every socket refused."""
    import huggingface_hub.constants

    cache = tmp_path_factory.mktemp("hub")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)

    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return cache


@pytest.mark.parametrize(("name", "nearest"), [("whispr", "whisper"), ("Sphinx", "sphinx"), ("kaldi", None)])
def test_unknown_engine(name: str, nearest: str | None) -> None:
    with pytest.raises(UnknownEngineError) as caught:
        load_engine(name)
    assert all(known in str(caught.value) for known in ENGINE_NAMES)
    assert (f"did you mean {nearest!r}" in str(caught.value)) is (nearest is not None)


@pytest.mark.parametrize("download", [False, True])
def test_auto_falls_back_with_one_line(download: bool) -> None:
    told: list[str] = []
    engine = load_engine("auto", offline=True, download=download, notice=told.append)
    assert engine.name == "sphinx"
    (line,) = told
    assert "\n" not in line
    assert "aftertone models fetch" in line
    assert "--model FOLDER" in line


def test_sphinx_asked_for_needs_no_notice() -> None:
    told: list[str] = []
    assert load_engine("sphinx", notice=told.append).name == "sphinx"
    assert told == []


def test_offline_opens_no_socket_from_load_to_words(capfd: pytest.CaptureFixture[str]) -> None:
    noise = np.random.default_rng(1).standard_normal(16_000) * 0.01
    transcript = load_engine("auto", offline=True).transcribe(Recording.from_samples(noise, 16_000))
    assert transcript.engine == "sphinx"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("options", [{}, {"model": "tiny.en"}, {"model": "tiny.en", "download": True}])
def test_whisper_without_weights_says_how_to_get_them(options: dict[str, Any]) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        load_engine("whisper", offline=True, **options)
    for way in ("`aftertone models fetch", "--download", "--model FOLDER", "model.bin", "tokenizer.json"):
        assert way in str(caught.value)


def test_model_asked_for_by_name_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="model"):
        load_engine("auto", model=tmp_path / "none")


def test_download_is_asked_of_the_hub_only_where_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    def fetch(name: str) -> Path:
        fetched.append(name)
        raise ModelNotFoundError("no network")

    monkeypatch.setattr("aftertone.language.engines.fetch_model", fetch)
    assert load_engine("auto").name == "sphinx"
    assert load_engine("auto", offline=True, download=True).name == "sphinx"
    assert fetched == []
    assert load_engine("auto", download=True).name == "sphinx"
    with pytest.raises(ModelNotFoundError):
        load_engine("whisper", model="tiny.en", download=True)
    assert fetched == ["small.en", "tiny.en"]


def test_embedded_engine_refuses_other_languages() -> None:
    with pytest.raises(EngineError, match="English"):
        load_engine("auto", language="de")


def test_replay_through_the_one_function(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError):
        load_engine("replay", transcript=tmp_path / "none.json")
