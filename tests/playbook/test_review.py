from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aftertone.language.transcript import Span, Transcript, Word
from aftertone.measurements import CurvePoint, Measurements
from aftertone.measurements.content import CallerMeasures, NumberMeasures, PhraseMeasures
from aftertone.measurements.sound import (
    FillerMeasures,
    LevelMeasures,
    MessageMeasures,
    PitchMeasures,
    RateMeasures,
)
from aftertone.playbook import Review, judge, load_playbook, playbooks, score_of
from aftertone.report import measurements_dict, to_dict

HARMFUL = '<script>alert("x")</script>&\x1b[2J'


def review_of(measurements: Measurements, playbook: str = "general", **others: Any) -> Review:
    findings = judge(measurements, load_playbook(playbook))
    return Review("dentist.flac", playbook, measurements, findings, score_of(findings), **others)


@pytest.fixture
def review() -> Review:
    """A review with a value of every kind, a NumPy scalar, NaN, infinity and a text that is markup."""
    reading = Span(3.5, 8.25, "800 555 1234")
    measurements = Measurements(
        duration_s=21.5,
        message=MessageMeasures(duration_s=20.0, start_latency_s=np.float64(0.5)),
        rate=RateMeasures(words_per_min=140.0, curve=(CurvePoint(0.0, 4.0), CurvePoint(1.0, float("nan")))),
        pitch=PitchMeasures(median_hz=float("nan"), reasons={"spread_st": "2 s voiced, 3 s are needed"}),
        level=LevelMeasures(active_dbov=-26.0, snr_db=float("inf")),
        number=NumberMeasures(
            digits="8005551234",
            readings=2,
            agree=True,
            digits_per_s=2.6,
            evidence={"digits_per_s": (reading,)},
        ),
        fillers=FillerMeasures(count=3, per_min=9.0),
        caller=CallerMeasures(name=HARMFUL),
        threat=PhraseMeasures(spans=(Span(10.0, 11.0, "or else"), Span(12.0, 12.5, HARMFUL))),
    )
    return review_of(measurements, transcript=Transcript((Word("hi", 0.4, 0.6, 0.9),), engine="replay"))


# ── as plain values ──────────────────────────────────────────────────────────────────────────────────


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def test_a_review_is_plain_json(review: Review) -> None:
    page = review.to_dict()
    assert json.loads(json.dumps(page, allow_nan=False)) == page
    assert {type(leaf) for leaf in leaves(page)} <= {str, int, float, bool, type(None)}
    assert to_dict(review) == page
    assert measurements_dict(review.measurements).items() <= page.items()


@pytest.mark.parametrize("indent", [0, 2])
def test_json_has_what_the_dict_has(review: Review, indent: int) -> None:
    text = review.to_json(indent=indent)
    assert json.loads(text) == review.to_dict()
    assert ("\n" in text) == bool(indent)


def test_findings_and_score_are_in_the_dict(review: Review) -> None:
    page = review.to_dict()
    slow = next(finding for finding in page["findings"] if finding["rule"] == "number-slow")
    assert (slow["verdict"], slow["measure"], slow["value"]) == ("missed", "number.digits_per_s", 2.6)
    assert slow["evidence"][0]["text"] == "800 555 1234"
    assert page["score"]["points"] == review.score.points


def test_a_review_is_the_same_after_json(review: Review) -> None:
    again = Review.from_dict(json.loads(review.to_json()))
    assert again.to_dict() == review.to_dict()
    assert again.transcript == review.transcript
    assert [finding.evidence for finding in again.findings] == [f.evidence for f in review.findings]
    assert again.measurements.threat == review.measurements.threat


def test_a_measure_of_a_later_version_is_left_out(review: Review) -> None:
    page = review.to_dict()
    page["measurements"]["smiles"] = {"count": 3}
    page["findings"][0] |= {"measure": "smiles.count", "value": 3, "measures": {"smiles.count": 3}}
    finding = Review.from_dict(page).findings[0]
    assert (finding.value, finding.measures) == (None, {"smiles.count": None})
    assert "dentist.flac" in repr(Review.from_dict(page))


def test_a_file_name_that_is_no_text_is_still_written(review: Review) -> None:
    name = b"caf\xe9.wav".decode("utf-8", "surrogateescape")
    assert replace(review, recording=name).to_dict()["recording"] == "caf?.wav"


# ── as text ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_text_names_what_a_reader_wants_first(review: Review) -> None:
    first, score, counts, *rest = repr(review).splitlines()
    assert first == "Review of dentist.flac by playbook general"
    assert score == f"score: {review.score.text} of 100"
    assert counts.startswith(f"{review.score.met_count} rules met, {review.score.missed_count} missed, ")
    heaviest = review.missed[0]
    assert rest[0].startswith(f"- {heaviest.title}")
    assert rest[1].strip().startswith(heaviest.advice[:40])
    assert [finding.missed_weight for finding in review.missed] == sorted(
        (finding.missed_weight for finding in review.missed), reverse=True
    )


@pytest.mark.parametrize("name", playbooks())
def test_the_text_fits_a_screen_whatever_was_missed(name: str) -> None:
    nothing = Measurements(duration_s=30.0)
    unsaid = {n: type(g).unmeasured("not said: " + "x" * 200) for n, g in nothing.groups().items()}
    for measurements in (nothing, Measurements(duration_s=30.0, **unsaid)):  # type: ignore[arg-type]
        for text in (repr(review_of(measurements, name)), repr(measurements)):
            assert len(text.splitlines()) < 20
            assert max(map(len, text.splitlines())) <= 100


def test_where_there_is_no_score_the_text_says_why() -> None:
    silent = Measurements(
        duration_s=1.0, message=MessageMeasures.unmeasured("no speech was found in the recording")
    )
    assert re.search(r"^no score: .+$", repr(review_of(silent)), re.MULTILINE)


# ── as a table ───────────────────────────────────────────────────────────────────────────────────────


def test_the_table_has_every_finding_with_its_verdict_value_target_and_advice(review: Review) -> None:
    page = review._repr_html_()
    rows = re.findall(r"<tr>(.*?)</tr>", page)[1:]
    assert len(rows) == len(review.findings)
    for row, finding in zip(rows, review.findings, strict=True):
        title, verdict, value, target, advice = map(html.unescape, re.findall(r"<td>(.*?)</td>", row))
        assert (title, verdict, target, advice) == (
            finding.title,
            finding.verdict,
            finding.target,
            finding.advice,
        )
        assert value or finding.value is None
    assert f"{review.score.text} of 100" in page


def test_the_table_is_escaped_and_asks_for_nothing_from_outside(review: Review) -> None:
    page = replace(review, recording=HARMFUL)._repr_html_()
    assert "<script" not in page
    assert html.escape(HARMFUL) in page
    assert not re.search(r"src=|href=|url\(|@import|<style|<link", page)
    tags = set(re.findall(r"</?(\w+)", page))
    assert tags == {"p", "b", "br", "table", "thead", "tbody", "tr", "th", "td"}
