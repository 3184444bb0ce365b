"""Plain faster-whisper, the peer of aftertone's recognition.

Options are those of faster-whisper's manual. Weights, arithmetic (int8) and threads (1) are those of
aftertone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aftertone import Recording
from aftertone.language.transcript import Word
from aftertone.recognition.weights import find_model


def model_folder(model: str) -> str:
    """The folder of a model, given by its name or as a folder."""
    return model if Path(model).is_dir() else str(find_model(model))


def load_plain(model: str) -> Any:
    """A `faster_whisper.WhisperModel` on one thread."""
    from faster_whisper import WhisperModel

    return WhisperModel(model_folder(model), device="cpu", compute_type="int8", cpu_threads=1)


def plain_segments(whisper: Any, recording: Recording, language: str | None = "en") -> list[Any]:
    """The segments that faster-whisper transcribes."""
    segments, _ = whisper.transcribe(recording.samples, beam_size=5, word_timestamps=True, language=language)
    return list(segments)


def text_of(segments: Iterable[Any]) -> str:
    """The text of segments."""
    return "".join(segment.text for segment in segments)


def words_of(segments: Iterable[Any]) -> tuple[Word, ...]:
    """The words of segments with their times."""
    return tuple(
        Word(word.word.strip(), float(word.start), float(word.end))  # NumPy floats otherwise
        for segment in segments
        for word in segment.words or ()
    )
