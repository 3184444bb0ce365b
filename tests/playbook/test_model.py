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
        (Bound("threat.spans", at_most=0), "no threat"),
        (Bound("threat.spans", at_least=1, at_most=3), "threat is said 1 to 3 times"),
        (Bound("pitch.flat_spans", at_most=1), "flat stretch is found at most once"),
        (Bound("level.active_dbov", at_most=0), "at most 0 dBov"),
        (Bound("topics.count", at_most=1), "at most 1 topic"),
        (Bound("topics.count", 2, 3), "2 to 3 topics"),
        (Bound("topics.count", equals=2.0), "exactly 2 topics"),
        (Bound("hedges.just_count", at_most=0), "no uses of “just”"),
        (Bound("fillers.per_min", at_most=5), "at most 5 fillers a minute"),
        (Bound("number.readings", at_least=2), "the number said in full at least twice"),
        (Bound("recorded.hour", 10, 12.5), "10:00 to 12:30"),
        (
            Bound("number.first_share", 0.1, 0.3),
            "the number first said after 10 % to 30 % of the message",
        ),
        (Bound("number.digits", said=True), "call-back number is said"),
        (Bound("threat.spans", said=False), "no threat"),
        (Bound("number.valid", equals=True), "a valid number"),
        (Bound("number.valid", equals=False), "not a valid number"),
        (Bound("recording.kind", equals="voicemail"), "kind of recording: voicemail"),
        (
            Several("any_of", (Bound("recorded.hour", 10, 12), Bound("recorded.hour", 15, 18))),
            "10:00 to 12:00, or 15:00 to 18:00",
        ),
        (
            Several(
                "all_of",
                (
                    Bound("message.duration_s", 5, 20),
                    Bound("message.duration_s", at_least=10),
                    Bound("message.duration_s", at_most=15),
                ),
            ),
            "5 to 20 s; at least 10 s; at most 15 s",
        ),
        (
            Several(
                "first_of",
                (
                    Several(
                        "all_of",
                        (
                            Bound("rate.words_per_min", at_most=165),
                            Bound("rate.words_per_min", at_least=100),
                        ),
                    ),
                    Bound("rate.articulation_syl_per_s", at_most=5.5),
                ),
            ),
            "100 to 165 words a minute; where that is unknown, at most 5.5 syllables a second",
        ),
        (
            Several(
                "any_of",
                (
                    Bound("caller.name", said=True),
                    Several(
                        "all_of",
                        (Bound("message.duration_s", at_most=30), Bound("level.snr_db", at_least=20)),
                    ),
                ),
            ),
            "name of the caller is said, or (length: at most 30 s; voice over noise: at least 20 dB)",
        ),
        (
            Several("any_of", (Bound("fillers.count", at_most=1), Bound("fillers.per_min", at_most=5))),
            "at most 1 filler in all, or at most 5 fillers a minute",
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
    assert Rule("r", "R", hours).target == "10:00 to 12:00, or 15:00 to 18:00"


@pytest.mark.parametrize(
    ("bound", "limit"),
    [
        (Bound("fillers.per_min", at_most=5), "at most 5 a minute"),
        (Bound("pauses.hesitation_count", at_most=0), "none"),
        (Bound("number.agree", equals=True), "yes"),
        (Bound("threat.spans", said=False), "not said"),
        (Bound("number.readings", equals=2.0), "exactly 2"),
    ],
)
def test_a_limit_stands_beside_the_title_of_its_measure(bound: Bound, limit: str) -> None:
    assert bound.limit == limit
