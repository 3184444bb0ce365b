from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.playbook import JUDGED_SHARE_MIN, Finding, Verdict, score_of


def found(verdict: Verdict, weight: float = 1.0, reason: str = "") -> Finding:
    return Finding("r", "R", verdict, "duration_s", None, "said", (), "", weight, "", reason, {})


findings = st.lists(
    st.builds(
        found,
        st.sampled_from(["met", "missed", "not judged"]),
        st.floats(0.01, 1000),
        st.just("no engine was given"),
    ),
    max_size=20,
)


@pytest.mark.parametrize(
    ("given_findings", "points", "judged_share"),
    [
        ([found("met")], 100, 1.0),
        ([found("missed")], 0, 1.0),
        ([found("met"), found("missed")], 50, 1.0),
        ([found("met", 3), found("missed", 1)], 75, 1.0),
        ([found("met", 2), found("missed", 1)], 66, 1.0),
        ([found("met", 3), found("not judged", 2)], 100, 0.6),
        ([found("met", 3), found("not judged", 2.01)], None, 3 / 5.01),
        ([found("met", 1), found("not judged", 3)], None, 0.25),
        ([found("met", 999), found("missed", 1)], 99, 1.0),
        ([found("met", 0.29), found("missed", 0.71)], 29, 1.0),
        ([found("not judged")], None, 0.0),
        ([], None, 0.0),
    ],
)
def test_points_are_the_weight_met_of_the_weight_judged(
    given_findings: list[Finding], points: int | None, judged_share: float
) -> None:
    score = score_of(given_findings)
    assert (score.points, score.judged_share) == (points, judged_share)


def test_no_points_have_a_reason() -> None:
    silent = [found("not judged", reason="no speech"), found("not judged", reason="no speech")]
    assert score_of(silent).reason == "no speech"
    assert score_of([]).reason
    assert score_of([found("met")]).reason == ""
    nearly = score_of([found("met", 0.599), found("not judged", 0.401, "no words")])
    assert nearly.reason == "not enough was understood: 59 % (no words)"
    some = [
        found("met", 2.69),
        found("not judged", 1, "a.b is missing"),
        found("not judged", 6.31, "no words"),
    ]
    assert score_of(some).reason == "not enough was understood: 27 % (no words)"


@given(findings)
def test_points_lie_between_0_and_100_and_are_none_only_where_too_little_was_judged(
    given_findings: list[Finding],
) -> None:
    score = score_of(given_findings)
    judged = [f for f in given_findings if f.verdict != "not judged"]
    assert (score.points is None) == (score.judged_share < JUDGED_SHARE_MIN)
    assert (score.points is None) == bool(score.reason)
    assert score.points is None or 0 <= score.points <= 100
    assert 0 <= score.judged_share <= 1
    if score.points is not None:
        assert (score.points == 100) == all(f.verdict == "met" for f in judged)
    assert score.met_count + score.missed_count + score.not_judged_count == len(given_findings)


@given(findings, st.data())
def test_following_more_advice_never_lowers_the_score(
    given_findings: list[Finding], data: st.DataObject
) -> None:
    missed = [i for i, f in enumerate(given_findings) if f.verdict == "missed"]
    if not missed:
        return
    at = data.draw(st.sampled_from(missed))
    better = [replace(f, verdict="met") if i == at else f for i, f in enumerate(given_findings)]
    before, after = score_of(given_findings).points, score_of(better).points
    assert (before is None) == (after is None)
    assert (after or 0) >= (before or 0)


@given(findings, st.randoms())
def test_the_order_of_rules_does_not_matter(given_findings: list[Finding], random: object) -> None:
    shuffled = list(given_findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert replace(score_of(shuffled), reason="") == replace(score_of(given_findings), reason="")


@given(findings)
def test_points_are_the_exact_share_rounded_down(given_findings: list[Finding]) -> None:
    met = sum((Fraction(f.weight) for f in given_findings if f.verdict == "met"), Fraction(0))
    judged = sum((Fraction(f.weight) for f in given_findings if f.verdict != "not judged"), Fraction(0))
    points = score_of(given_findings).points
    if judged and points is not None:
        assert -Fraction(1, 10**6) <= 100 * met / judged - points <= 1
