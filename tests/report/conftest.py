"""Outcomes for the tests of reports, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aftertone.errors import AudioEmptyError
from aftertone.language.transcript import Span, Transcript, Word
from aftertone.measurements import CurvePoint, Measurements
from aftertone.measurements.sound import Level, Message, Pitch, Rate
from aftertone.measurements.words import Caller, Fillers, Number, Phrases
from aftertone.playbook import judge, load_playbook
from aftertone.report import Outcome
from aftertone.scoring import Review, score_of

NASTY = '=HYPERLINK("http://x","y")\x1b[2J[red]mary[/red]'


def made_review(name: str = "dentist.flac", playbook: str = "general") -> Review:
    """A review with a value of every kind, a curve, a NumPy scalar, NaN and a text that means harm."""
    reading = Span(3.5, 8.25, "800 555 1234")
    measurements = Measurements(
        duration_s=21.5,
        message=Message(duration_s=20.0, start_latency_s=np.float64(0.5)),
        rate=Rate(words_per_min=140.0, curve=(CurvePoint(0.0, 4.0), CurvePoint(1.0, 5.5))),
        pitch=Pitch(median_hz=float("nan"), reasons={"spread_st": "2 s voiced, 3 s are needed"}),
        level=Level(active_dbov=-26.0, snr_db=float("inf")),
        number=Number(
            digits="8005551234",
            e164="+18005551234",
            valid=True,
            readings=2,
            agree=True,
            digits_per_s=2.6,
            slow=False,
            repeated=True,
            evidence={"digits_per_s": (reading,)},
        ),
        fillers=Fillers(count=3, per_min=9.0),
        caller=Caller(name=NASTY),
        threat=Phrases(spans=(Span(10.0, 11.0, "or else"), Span(12.0, 12.5, "lawyers"))),
    )
    findings = judge(measurements, load_playbook(playbook))
    words = Transcript((Word("hi", 0.4, 0.6, 0.9), Word(NASTY, 0.7, 1.0)), engine="replay")
    return Review(name, playbook, measurements, findings, score_of(findings), words)


def made_outcomes() -> list[Outcome]:
    """One review, one silent review and one failure."""
    silent = Measurements(duration_s=1.0)
    findings = judge(silent, load_playbook("general"))
    nothing = replace(
        made_review(), measurements=silent, findings=findings, score=score_of(findings), transcript=None
    )
    return [
        Outcome(Path("in/dentist.flac"), made_review()),
        Outcome(Path("in/silent.flac"), replace(nothing, recording="silent.flac")),
        Outcome(Path("-in/empty.wav"), error=AudioEmptyError("-in/empty.wav: no bytes, nothing to hear")),
    ]


@pytest.fixture
def outcomes() -> list[Outcome]:
    return made_outcomes()


@pytest.fixture
def review() -> Review:
    return made_review()


@pytest.fixture
def review_of() -> Callable[..., Review]:
    return made_review


@pytest.fixture
def nasty() -> str:
    return NASTY
