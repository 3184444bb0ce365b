from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording
from aftertone.errors import TranscriptError
from aftertone.language.transcript import Transcript, Word, write_transcript
from aftertone.recognition import load_engine

ONE = Transcript((Word("one", 0.1, 0.4, 0.9),), "en", "whisper", {"model": "tiny.en"})
TWO = Transcript((Word("two", 0.2, 0.5),), "en", "by hand")


def recording(path: Path | None) -> Recording:
    return Recording.from_samples(0.1 * np.sin(np.arange(16_000)), 16_000, path)


def test_one_transcript_for_every_recording(tmp_path: Path) -> None:
    write_transcript(ONE, tmp_path / "any.json")
    engine = load_engine("replay", transcript=tmp_path / "any.json")
    assert engine.name == "replay"
    assert engine.transcribe(recording(None)) == ONE
    assert engine.transcribe(recording(tmp_path / "other.wav")) == ONE


def test_beside_each_recording(tmp_path: Path) -> None:
    write_transcript(ONE, tmp_path / "a.json")
    write_transcript(TWO, tmp_path / "b.c.json")
    engine = load_engine("replay")
    assert engine.transcribe(recording(tmp_path / "a.flac")) == ONE
    assert engine.transcribe(recording(tmp_path / "b.c.mp3")) == TWO


def test_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    write_transcript(TWO, tmp_path / "words" / "a.json")
    write_transcript(ONE, tmp_path / "a.json")
    engine = load_engine("replay", transcript=tmp_path / "words")
    assert engine.transcribe(recording(tmp_path / "a.wav")) == TWO


def test_missing_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError) as caught:
        load_engine("replay").transcribe(recording(tmp_path / "a.wav"))
    assert str(tmp_path / "a.wav") in str(caught.value)
    assert str(tmp_path / "a.json") in str(caught.value)
    with pytest.raises(TranscriptError, match="from no file"):
        load_engine("replay").transcribe(recording(None))
    with pytest.raises(TranscriptError, match=r"none\.json"):
        load_engine("replay", transcript=tmp_path / "none.json")


def test_malformed_fails_at_load(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(TranscriptError, match="words"):
        load_engine("replay", transcript=tmp_path / "a.json")
