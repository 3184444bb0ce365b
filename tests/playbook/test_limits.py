"""A value close to its limit counts in part, by its measure's standard error; far from it nothing changes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.measurements import MEASURES, Measurements
from aftertone.measurements.content import CallerMeasures, NumberMeasures
from aftertone.measurements.sound import LevelMeasures, MessageMeasures, RateMeasures
from aftertone.playbook import (
    Bound,
    Finding,
    Playbook,
    Review,
    Rule,
    Score,
    Several,
    judge,
    load_playbook,
    playbooks,
    score_of,
)
from aftertone.report import Outcome, html, outcome_dict
from aftertone.report.review_text import first_thing
from aftertone.report.table import table_row

RECORD = Path(__file__).parents[2] / "benchmarks" / "results" / "measure_errors.json"
FAR = 3.0  # standard errors at the limit: two, and what an error grows by that is a part of the value


def measured(name: str, value: float | None) -> Measurements:
    """One measure of a recording, with what its error hangs on."""
    group, _, field = name.partition(".")
    margin = MEASURES[name].margin.partition(".")[2]
    kind = type(getattr(Measurements(duration_s=30.0), group))
    values: dict[str, Any] = {field: value, **({margin: 0.329} if margin else {})}
    return Measurements(duration_s=30.0, **{group: kind(**values)})


def found(bound: Bound, value: float) -> Finding:
    (finding,) = judge(measured(bound.measure, value), Playbook("p", "P", (Rule("r", "R", bound),)))
    return finding


def error_of(bound: Bound, limit: float) -> float:
    return MEASURES[bound.measure].error_at(limit, measured(bound.measure, limit).flat())


def shipped() -> Iterator[tuple[Bound, float, int]]:
    """Each limit that a shipped playbook sets to a measure with an error: the bound, where, which side."""
    for name in playbooks():
        for rule in load_playbook(name).rules:
            for bound in rule.bounds:
                for limit, sign in ((bound.at_least, 1), (bound.at_most, -1)):
                    if (
                        limit is not None
                        and MEASURES[bound.measure].kind == "number"
                        and error_of(bound, limit)
                    ):
                        yield bound, limit, sign


LIMITS = sorted(set(shipped()), key=lambda each: (each[0].measure, each[1], each[2]))
IDS = [f"{bound.measure} {'from' if sign > 0 else 'to'} {limit:g}" for bound, limit, sign in LIMITS]


def test_the_errors_of_the_registry_are_those_of_the_record() -> None:
    record = {each["measure"]: each for each in json.loads(RECORD.read_bytes())["errors"]}
    alike = {"number.last_share": "number.first_share", "ask.first_share": "number.first_share"}
    known = {name: measure for name, measure in MEASURES.items() if measure.error or measure.error_share}
    assert {alike.get(name, name) for name in known} == set(record)
    for name, measure in known.items():
        recorded = record[alike.get(name, name)]
        error = measure.error_share if recorded["is_share"] else measure.error
        assert error == float(f"{recorded['error']:.2g}"), name
        assert bool(measure.error) != bool(measure.error_share)


def test_limits_of_measures_with_an_error_are_in_the_playbooks() -> None:
    assert {"number.digits_per_s", "rate.words_per_min", "message.duration_s", "level.snr_db"} <= {
        bound.measure for bound, _, _ in LIMITS
    }


@pytest.mark.parametrize(("bound", "limit", "sign"), LIMITS, ids=IDS)
def test_what_counts_is_continuous_monotone_and_unchanged_far_away(
    bound: Bound, limit: float, sign: int
) -> None:
    error = error_of(bound, limit)
    one_sided = Bound(bound.measure, limit if sign > 0 else None, None if sign > 0 else limit)
    away = np.linspace(-4, 4, 401)
    findings = [found(one_sided, float(limit + sign * z * error)) for z in away]
    counts = np.array([finding.met_share for finding in findings])
    assert (np.diff(counts) >= 0).all()
    assert np.diff(counts).max() < 0.02, "a step of a fiftieth of an error is a small one"
    assert counts[np.abs(away) < 1e-9] == pytest.approx(0.5, abs=0.01)
    for z, finding in zip(away, findings, strict=True):
        assert (finding.verdict == "met") == (finding.met_share >= 0.5 - 1e-9) or abs(z) < 1e-9
        if abs(z) > FAR:
            assert (finding.credit, finding.close) == (None, "")
            assert finding.met_share == float(finding.verdict == "met")


@given(st.floats(1.0, 4.0), st.floats(1.0, 4.0), st.floats(0.05, 1.0))
def test_a_slower_number_never_scores_less(one: float, other: float, margin: float) -> None:
    def points(rate: float) -> float:
        number = NumberMeasures(
            digits="8005551234", digits_per_s=rate, digits_per_s_margin=margin, readings=2, agree=True
        )
        findings = judge(Measurements(duration_s=30.0, number=number), load_playbook("general"))
        return math.fsum(finding.weight * finding.met_share for finding in findings)

    slow, fast = sorted((one, other))
    assert points(slow) >= points(fast)


def test_a_number_said_a_hair_too_fast_is_missed_and_counts_in_part() -> None:
    finding = found(Bound("number.digits_per_s", at_most=2.0), 2.1)
    assert finding.verdict == "missed"
    assert (
        finding.close
        == "close to the limit: 2.10 ± 0.20 digits a second against at most 2 digits a second; counts 0.30"
    )
    assert finding.credit == pytest.approx(0.2994, abs=1e-4)  # (Φ(-0.5) - Φ(-2)) / (1 - 2 Φ(-2))
    assert found(Bound("number.digits_per_s", at_most=2.0), 3.0).close == ""


def test_a_pace_a_hair_too_fast_costs_little_more_than_one_that_is_not() -> None:
    inside, outside = (found(Bound("rate.words_per_min", at_most=165), pace) for pace in (164.6, 165.4))
    assert (inside.verdict, outside.verdict) == ("met", "missed")
    assert inside.met_share - outside.met_share == pytest.approx(0.126, abs=0.01)


def test_counts_flags_and_texts_have_no_close() -> None:
    for bound, groups in (
        (Bound("number.readings", at_least=2), {"number": NumberMeasures(readings=2)}),
        (Bound("number.agree", equals=True), {"number": NumberMeasures(agree=True)}),
        (Bound("caller.name", said=True), {"caller": CallerMeasures(name="Sarah")}),
        (Bound("level.snr_db", at_least=20), {"level": LevelMeasures(snr_db=math.inf)}),
    ):
        measurements = Measurements(duration_s=1.0, **groups)
        (finding,) = judge(measurements, Playbook("p", "P", (Rule("r", "R", bound),)))
        assert (finding.verdict, finding.credit, finding.met_share) == ("met", None, 1.0)


def test_of_all_the_least_counts_and_of_any_the_most() -> None:
    # half an error over its limit, and half an error under it
    level = LevelMeasures(snr_db=20.55, active_dbov=-41.6)
    over, under = Bound("level.snr_db", at_least=20), Bound("level.active_dbov", at_least=-41)
    counts = {}
    for how in ("all_of", "any_of"):
        rule = Rule("r", "R", Several(how, (over, under)))
        (finding,) = judge(Measurements(duration_s=1.0, level=level), Playbook("p", "P", (rule,)))
        counts[how] = finding.verdict, round(finding.met_share, 2)
    assert counts == {"all_of": ("missed", 0.3), "any_of": ("met", 0.7)}


# ── the score ────────────────────────────────────────────────────────────────────────────────────────


def finding(verdict: Any, weight: float, credit: float | None = None) -> Finding:
    return Finding("r", "R", verdict, "duration_s", 1.0, "", (), "", weight, "", "", {}, credit=credit)


@pytest.mark.parametrize(
    ("findings", "text"),
    [
        ([finding("met", 3), finding("missed", 1)], "75"),
        ([finding("met", 3), finding("missed", 1, 0.3)], "82 ± 11"),  # sqrt(0.3 * 0.7) of a quarter
        ([finding("met", 3, 0.5), finding("met", 1)], "62 ± 38"),
        ([finding("met", 99), finding("met", 1, 0.99)], "99"),  # close, if only by a hair: not every one
        ([finding("not judged", 1)], ""),
    ],
)
def test_the_points_and_their_margin(findings: list[Finding], text: str) -> None:
    assert score_of(findings).text == text


def test_a_near_miss_is_not_the_first_thing_to_do() -> None:
    near, clear = finding("missed", 3, 0.45), replace(finding("missed", 2), title="Say who is calling")
    review = Review("a", "general", Measurements(duration_s=1.0), (near, clear), Score(50, 1.0))
    assert first_thing(review) == "Say who is calling"


def test_a_close_limit_and_the_margin_are_in_every_report() -> None:
    measurements = Measurements(
        duration_s=30.0,
        message=MessageMeasures(duration_s=36.01),
        rate=RateMeasures(words_per_min=140.0),
        number=NumberMeasures(
            digits="8005551234", readings=2, agree=True, digits_per_s=2.1, digits_per_s_margin=0.329
        ),
    )
    book = Playbook(
        "p", "P", tuple(r for r in load_playbook("general").rules if r.id in ("pace", "number-slow"))
    )
    findings = judge(measurements, book)
    outcome = Outcome(Path("a.wav"), Review("a.wav", "p", measurements, findings, score_of(findings)))
    assert outcome.review is not None
    assert outcome.review.score.text == "47 ± 34"
    cells = table_row(outcome)
    assert (cells["score"], cells["score_margin"]) == (47, 34)
    kept = Outcome.from_dict(outcome_dict(outcome)).review
    assert kept is not None
    assert kept.score == outcome.review.score
    assert [each.close for each in kept.findings] == [each.close for each in findings]
    assert [each.met_share for each in kept.findings] == pytest.approx([each.met_share for each in findings])
    page = html.html_report([outcome], audio=False)
    assert '"score":"47 \\u00b1 34"' in page
    assert "close to the limit: 2.10" in page
