"""What the page of a folder shows beside its table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import aftertone as at
from aftertone.measurements.wording import CampaignMeasures, RecordedMeasures
from aftertone.playbook import Playbook, load_playbook
from aftertone.report.overview import Overview, target_range

Scores = Mapping[int, tuple[str | None, int | None]]  # by points: when the message was left, its attempt


def overview_of(review: at.Review, scores: Scores) -> Overview:
    """An overview of messages with these points, each with when it was left and its attempt."""
    overview = Overview({})
    for points, (moment, attempt) in scores.items():
        measurements = replace(
            review.measurements,
            recorded=RecordedMeasures(at=moment),
            campaign=CampaignMeasures(attempt=attempt),
        )
        scored = replace(review, measurements=measurements, score=replace(review.score, points=points))
        overview.add(at.Outcome(Path(f"{points}.wav"), scored))
    return overview


def test_scores_of_days_are_joined_by_their_means(review: at.Review) -> None:
    scores = {
        60: ("2026-03-02T10:00:00", 1),
        80: ("2026-03-02T16:00:00+01:00", 2),
        90: ("2026-03-04T13:00:00", 3),
    }
    trend = overview_of(review, scores).trend
    assert trend is not None
    assert (trend.over, trend.heading) == ("time", "Day")
    assert [(row.label, row.mean, row.count) for row in trend.rows] == [
        ("2 March 2026", 70, 2),
        ("4 March 2026", 90, 1),
    ]
    assert trend.line == "M5.88 30.0L100.00 10.0"  # the mean of 10 and 16 h is 3 of 51 h after the first
    assert trend.dots == "M0.00 40.0h0M11.76 20.0h0M100.00 10.0h0"


def test_scores_of_one_day_are_told_by_their_times(review: at.Review) -> None:
    trend = overview_of(review, {60: ("2026-03-02T10:00:00", 1), 80: ("2026-03-02T16:05:00", 1)}).trend
    assert trend is not None
    assert trend.text == "From 60 of 100 (10:00) to 80 of 100 (16:05); 2 messages."


@pytest.mark.parametrize("moment", [None, "[number]T[number]"])
def test_scores_without_dates_follow_the_attempts(review: at.Review, moment: str | None) -> None:
    trend = overview_of(review, {80: (moment, 2), 60: (moment, 1)}).trend
    assert trend is not None
    assert (trend.over, [row.label for row in trend.rows]) == ("attempts", ["attempt 1", "attempt 2"])


@pytest.mark.parametrize(
    "scores", [{}, {60: ("2026-03-02T10:00:00", 1)}, {60: (None, None), 70: (None, None)}]
)
def test_one_score_is_no_trend(review: at.Review, scores: Scores) -> None:
    assert overview_of(review, scores).trend is None


def test_the_rule_that_most_messages_miss_comes_first(
    review: at.Review, review_of: Callable[..., at.Review]
) -> None:
    overview = Overview({})
    for each in (review, review, review_of(playbook="cold-prospect")):
        overview.add(at.Outcome(Path("a.wav"), each))
    missed = [rule.missed for rule in overview.rules]
    assert missed == sorted(missed, reverse=True)
    assert missed[0] == 2
    assert overview.message_count == 3
    assert {rule.title for rule in overview.rules if rule.missed == 2} == {f.title for f in review.missed}
    assert overview.judged_by == "cold-prospect; general"


def test_the_target_range_is_the_strictest_of_a_playbook() -> None:
    general = load_playbook("general")
    assert target_range(general, "number.digits_per_s") == (None, 2.0)
    assert target_range(general, "no.such") == (None, None)
    assert target_range(None, "number.digits_per_s") == (None, None)
    assert target_range(Playbook("mine", "Mine", ()), "number.digits_per_s") == (None, None)
