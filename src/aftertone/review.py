"""What comes of one recording: a review, or the error in its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aftertone.language.transcript import Transcript
from aftertone.measurements import Measurements
from aftertone.playbook import Finding
from aftertone.scoring import Score


@dataclass(frozen=True, slots=True)
class Review:
    """A recording held against a playbook.

    Attributes
    ----------
    recording : str
        The file's name, or "recording" where there was no file.
    playbook : str
        The playbook's name.
    measurements : Measurements
    findings : tuple of Finding
        One for each rule, in the playbook's order.
    score : Score
    transcript : Transcript or None
        The words that were heard; None where none were asked for.
    """

    recording: str
    playbook: str
    measurements: Measurements
    findings: tuple[Finding, ...]
    score: Score
    transcript: Transcript | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file of many.

    Attributes
    ----------
    path : Path
    review : Review or None
        None where it failed.
    error : Exception or None
        Why it failed: an `AftertoneError`, whose message names the file.
    """

    path: Path
    review: Review | None = None
    error: Exception | None = None
