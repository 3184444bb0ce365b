"""Recordings with their true words, for commands that replay transcripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from aftertone.language.transcript import write_transcript
from tests.browser import SAMPLES, true_transcript, truth

Run: TypeAlias = Callable[..., tuple[int, str, str]]
Folder: TypeAlias = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Copy samples to a folder under other names, each with its true words beside it."""

    def folder(**samples: str) -> Path:
        for name, sample in samples.items():
            source = SAMPLES / truth(sample)["file"]
            (tmp_path / f"{name}{source.suffix}").write_bytes(source.read_bytes())
            write_transcript(true_transcript(sample), tmp_path / f"{name}.json")
        return tmp_path

    return folder


@pytest.fixture
def transcripts(tmp_path: Path) -> Path:
    """A folder with the true words of all samples."""
    folder = tmp_path / "transcripts"
    folder.mkdir()
    for path in (SAMPLES / "truth").glob("*.json"):
        write_transcript(true_transcript(path.stem), folder / path.name)
    return folder
