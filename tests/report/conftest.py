"""Outcomes for the tests of reports, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aftertone.errors import AudioEmptyError
from aftertone.language.transcript import Span, Transcript, Word
from aftertone.measurements import NO_ENGINE, CurvePoint, Measurements
from aftertone.measurements.content import CallerMeasures, NumberMeasures, PhraseMeasures
from aftertone.measurements.sound import (
    FillerMeasures,
    LevelMeasures,
    MessageMeasures,
    PauseMeasures,
    PitchMeasures,
    RateMeasures,
)
from aftertone.playbook import Bound, Playbook, Review, Rule, judge, load_playbook, score_of
from aftertone.report import Outcome

NASTY = '=HYPERLINK("http://x","y")\x1b[2J[red]mary[/red]'


def made_review(name: str = "dentist.flac", playbook: str = "general") -> Review:
    """A review with a value of every kind, a curve, a NumPy scalar, NaN and a hostile text."""
    reading = Span(3.5, 8.25, "800 555 1234")
    measurements = Measurements(
        duration_s=21.5,
        message=MessageMeasures(duration_s=20.0, start_latency_s=np.float64(0.5)),
        rate=RateMeasures(words_per_min=140.0, curve=(CurvePoint(0.0, 4.0), CurvePoint(1.0, 5.5))),
        pitch=PitchMeasures(median_hz=float("nan"), reasons={"spread_st": "2 s voiced, 3 s are needed"}),
        level=LevelMeasures(active_dbov=-26.0, snr_db=float("inf")),
        number=NumberMeasures(
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
        fillers=FillerMeasures(count=3, per_min=9.0),
        caller=CallerMeasures(name=NASTY),
        threat=PhraseMeasures(spans=(Span(10.0, 11.0, "or else"), Span(12.0, 12.5, "lawyers"))),
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
def barely() -> Review:
    """A review without words: 7 of 26 in weight are judged, and all of those are met."""
    unheard = {
        name: type(group).unmeasured(NO_ENGINE)
        for name, group in Measurements(duration_s=1.0).groups().items()
        if group.source == "words"
    }
    measurements = Measurements(
        duration_s=21.0,
        message=MessageMeasures(duration_s=20.0, start_latency_s=0.5),
        rate=RateMeasures(articulation_syl_per_s=4.5),
        pitch=PitchMeasures(spread_st=3.0),
        level=LevelMeasures(active_dbov=-26.0, snr_db=40.0, clipped_share=0.0),
        pauses=PauseMeasures(hesitation_count=0),
        fillers=FillerMeasures(count=0, per_min=0.0),
        **unheard,  # type: ignore[arg-type]
    )
    findings = judge(measurements, load_playbook("general"))
    return Review("barely.flac", "general", measurements, findings, score_of(findings))


@pytest.fixture
def doubted(review: Review) -> Review:
    """A review whose number is in doubt, with an extension and other numbers; the advice quotes it."""
    readings = (Span(3.5, 8.25, "3125554293"), Span(9.0, 12.0, "3125554294"))
    number = NumberMeasures(
        digits="3125554293",
        e164="+13125554293",
        valid=True,
        readings=2,
        agree=False,
        differing="the 10th digit: 3, then 4",
        extension="12",
        probability=0.41,
        trusted=False,
        why_untrusted="its readings differ",
        digits_per_s=2.6,
        how="Said twice, the slowest time in 2.4 s (4.2 digits a second). Pause after 312.",
        others=(Span(1.0, 2.0, "account number 4471"), Span(13.0, 14.0, "amount 50")),
        evidence={"readings": readings, "group_count": (Span(3.5, 4.5, "312"), Span(5.0, 6.0, "555"))},
    )
    measured = replace(review.measurements, number=number)
    advice = (
        "You gave extension {number.extension}; it differs: {number.differing}. {number.how} {number.others}."
    )
    rule = Rule("mine", "Say it slowly", Bound("number.digits_per_s", at_most=2.0), advice=advice)
    findings = judge(measured, Playbook("mine", "Mine", (rule,)))
    return replace(review, measurements=measured, findings=findings)


@pytest.fixture
def review_of() -> Callable[..., Review]:
    return made_review


@pytest.fixture
def nasty() -> str:
    return NASTY
