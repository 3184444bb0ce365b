from __future__ import annotations

import math

import pytest

from aftertone.language.transcript import Span
from aftertone.measurements import Value
from aftertone.playbook import (
    Bound,
    Condition,
    Rule,
    Several,
)


@pytest.mark.parametrize(
    ("condition", "target"),
    [
        (Bound("message.duration_s", 10, 20), "10 to 20 s"),
        (Bound("number.digits_per_s", at_most=2.0), "at most 2 digits a second"),
        (Bound("pitch.spread_st", at_least=2.0), "at least 2 semitones"),
        (Bound("threat.spans", at_most=0), "none"),
        (Bound("recorded.hour", 10, 12.5), "10:00 to 12:30"),
        (Bound("number.first_share", 0.1, 0.3), "10 % to 30 %"),
        (Bound("number.digits", said=True), "said"),
        (Bound("number.valid", equals=True), "yes"),
        (
            Several("any_of", (Bound("recorded.hour", 10, 12), Bound("recorded.hour", 15, 18))),
            "10:00 to 12:00; or 15:00 to 18:00",
        ),
        (
            Several("any_of", (Bound("fillers.count", at_most=1), Bound("fillers.per_min", at_most=5))),
            "fillers.count: at most 1; or fillers.per_min: at most 5 a minute",
        ),
    ],
)
def test_targets_in_words(condition: Condition, target: str) -> None:
    assert condition.target == target


@pytest.mark.parametrize(
    ("bound", "value", "shortfall"),
    [
        (Bound("message.duration_s", 10, 20), 9.0, 1.0),
        (Bound("message.duration_s", 10, 20), 10.0, 0.0),
        (Bound("message.duration_s", 10, 20), 26.0, 6.0),
        (Bound("message.duration_s", at_most=20), math.inf, math.inf),
        (Bound("message.duration_s", at_least=20), math.inf, 0.0),
        (Bound("number.readings", equals=2), 5, 3.0),
        (Bound("number.valid", equals=True), False, 1.0),
        (Bound("number.e164", equals="+1800X"), "+1800x", 0.0),
        (Bound("number.e164", equals="+1800X"), "+44", 1.0),
        (Bound("caller.name", said=True), "", 1.0),
        (Bound("threat.spans", said=False), (Span(0, 1), Span(2, 3)), 1.0),
        (Bound("threat.spans", at_most=0), (Span(0, 1), Span(2, 3)), 2.0),
    ],
)
def test_a_shortfall_is_the_distance_from_where_the_bound_holds(
    bound: Bound, value: Value, shortfall: float
) -> None:
    assert bound.shortfall(value) == shortfall
    assert bound.holds(value) == (shortfall == 0)


def test_a_rule_names_its_measures_once() -> None:
    hours = Several("any_of", (Bound("recorded.hour", 10, 12), Bound("recorded.hour", 15, 18)))
    rule = Rule("r", "R", Several("all_of", (hours, Bound("caller.name", said=True))))
    assert rule.measures == ("recorded.hour", "caller.name")
    assert len(rule.bounds) == 3
    assert Rule("r", "R", hours).target == "recorded.hour: 10:00 to 12:00; or 15:00 to 18:00"
