from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from aftertone.errors import TranscriptError
from aftertone.language.transcript import Span, Transcript, Word, read_transcript, write_transcript

HI = {"text": "hi", "start_s": 0.41, "end_s": 0.58, "confidence": 0.93}

texts = st.text(min_size=1, max_size=12).map(str.strip).filter(bool)
times = st.floats(0, 1e4, allow_nan=False)
words = st.lists(st.tuples(texts, times, times, st.none() | st.floats(0, 1)), max_size=8).map(
    lambda rows: tuple(
        Word(text, start_s, start_s + length_s, confidence)
        for text, start_s, length_s, confidence in sorted(rows, key=lambda row: row[1])
    )
)
settings = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)


@settings_of_hypothesis(max_examples=40, deadline=None)
@given(words, settings)
def test_round_trip_is_exact(tmp_path_factory: Any, heard: tuple[Word, ...], options: dict[str, str]) -> None:
    path = tmp_path_factory.mktemp("round") / "message.json"
    transcript = Transcript(heard, "en", "whisper", options)
    write_transcript(transcript, path)
    assert read_transcript(path) == transcript
    assert [word["text"] for word in json.loads(path.read_text("utf-8"))["words"]] == [w.text for w in heard]


def test_keys_on_disk(tmp_path: Path) -> None:
    write_transcript(Transcript((Word("hi", 0.41, 0.58, 0.93),), "en", "whisper"), tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == {
        "language": "en",
        "engine": "whisper",
        "words": [HI],
    }


def test_only_words_are_required(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"words": [{"text": " hi ", "start_s": 0, "end_s": 1}]}')
    assert read_transcript(path) == Transcript((Word("hi", 0.0, 1.0),))


def changed(**keys: Any) -> dict[str, Any]:
    """HI with other values, and without those that are set to an ellipsis."""
    return {key: value for key, value in {**HI, **keys}.items() if value is not ...}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([HI, HI, HI, changed(start_s=...)], ["$.words[3]", "`start_s`"]),
        ([HI, changed(end_s="0.5")], ["$.words[1].end_s", "Expected `float`, got `str`"]),
        ([changed(text=...)], ["$.words[0]", "`text`"]),
        ([changed(text="  ")], ["$.words[0]", "text"]),
        ([changed(end_s=0.4)], ["$.words[0] ('hi')", "0.4 s, before it starts at 0.41 s"]),
        ([changed(start_s=-0.1)], ["$.words[0]", "-0.1 s, before 0.0 s"]),
        ([changed(start_s=0.5), HI], ["$.words[1]", "0.41 s, before 0.5 s", "order"]),
        ([changed(confidence=1.01)], ["$.words[0]", "1.01"]),
        ([changed(confidance=0.5)], ["$.words[0]", "`confidance`"]),
        ([HI, "hi"], ["$.words[1]", "Expected `object`, got `str`"]),
        ("hi", ["$.words", "Expected `array`, got `str`"]),
    ],
)
def test_malformed_words_are_named(tmp_path: Path, words: Any, told: list[str]) -> None:
    path = tmp_path / "message.json"
    path.write_text(json.dumps({"words": words}))
    with pytest.raises(TranscriptError) as caught:
        read_transcript(path)
    for part in [str(path), *told]:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "truncated"),
        (b"{}", "`words`"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"words": [{"text": "hi", "start_s": NaN, "end_s": 1}]}', "malformed"),
        (b'{"words": [{"text": "hi", "start_s": 0, "end_s": 1e999}]}', "$.words[0].end_s"),
        (b'{"words": [{"text": "\xff", "start_s": 0, "end_s": 1}]}', "utf-8"),
        (b'{"words": [], "langauge": "en"}', "`langauge`"),
        (b'{"words": [], "settings": {"beam": 5}}', "$.settings"),
        (b'{"words": [', "truncated"),
    ],
)
def test_malformed_files_are_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "message.json"
    path.write_bytes(content)
    with pytest.raises(TranscriptError) as caught:
        read_transcript(path)
    assert str(path) in str(caught.value)
    assert told in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match="No such file"):
        read_transcript(tmp_path / "none.json")
    with pytest.raises(TranscriptError, match="cannot be written"):
        write_transcript(Transcript(), tmp_path / "none" / "a.json")


@pytest.mark.parametrize("start_s", [float("nan"), float("inf"), -1.0])
def test_a_transcript_that_cannot_be_read_is_not_written(tmp_path: Path, start_s: float) -> None:
    with pytest.raises(TranscriptError, match=r"words\[0\]"):
        write_transcript(Transcript((Word("hi", start_s, float("inf")),)), tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()


def test_a_span_includes_both_ends() -> None:
    transcript = Transcript((Word("call", 0, 0.3), Word("me", 0.3, 0.5), Word("back", 0.6, 0.9)))
    assert transcript.span(1, 2) == Span(0.3, 0.9, "me back")
    assert transcript.text == "call me back"
