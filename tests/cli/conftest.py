"""The command line, as these tests run it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aftertone.language.transcript import Transcript, Word, write_transcript

SAMPLES = Path(__file__).parents[2] / "sample_audio"


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """A folder of copies of samples under other names, each with its true words beside it to be replayed."""

    def folder(**samples: str) -> Path:
        for name, sample in samples.items():
            (source,) = SAMPLES.glob(f"{sample}.[a-z]*[!l]")
            (tmp_path / f"{name}{source.suffix}").write_bytes(source.read_bytes())
            words = json.loads((SAMPLES / "truth" / f"{sample}.json").read_bytes())["words"]
            true = tuple(Word(word["text"], word["start_s"], word["end_s"]) for word in words)
            write_transcript(Transcript(true, engine="truth"), tmp_path / f"{name}.json")
        return tmp_path

    return folder
