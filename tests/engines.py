"""Engines for tests: the transcript that a test gives, or the true words of a practice message."""

from __future__ import annotations

import json
from pathlib import Path

from aftertone.acoustics.audio import Recording
from aftertone.language.transcript import Transcript, Word

SAMPLES = Path(__file__).parents[1] / "sample_audio"


class GivenWords:
    """An engine that returns the transcript it was given."""

    name = "given"

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript

    def transcribe(self, recording: Recording) -> Transcript:
        return self.transcript


class TrueWords:
    """An engine that returns the true words of the practice message of that name."""

    name = "truth"

    def transcribe(self, recording: Recording) -> Transcript:
        return Transcript(true_words(recording.name))


def true_words(name: str) -> tuple[Word, ...]:
    """The words of a practice message, from sample_audio/truth."""
    truth = json.loads((SAMPLES / "truth" / f"{Path(name).stem}.json").read_bytes())
    return tuple(Word(word["text"], word["start_s"], word["end_s"]) for word in truth["words"])
