"""Rules become findings: verdicts, what is None, several conditions, and what a finding shows."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from aftertone.language.transcript import Span
from aftertone.measurements import Measurements
from aftertone.measurements.content import CallerMeasures, NumberMeasures, PhraseMeasures, RecipientMeasures
from aftertone.measurements.sound import MessageMeasures, PitchMeasures, RateMeasures
from aftertone.measurements.wording import RecordedMeasures, WordMeasures
from aftertone.playbook import (
    Bound,
    Condition,
    Finding,
    Playbook,
    Review,
    Rule,
    Score,
    Several,
    Verdict,
    judge,
    load_playbook,
    score_of,
)
from aftertone.report.review_text import first_thing


def finding(condition: Condition, measurements: Measurements, **rule: Any) -> Finding:
    (found,) = judge(measurements, Playbook("p", "P", (Rule("r", "R", condition, **rule),)))
    return found


def measured(**groups: Any) -> Measurements:
    return Measurements(duration_s=30.0, **groups)


# ── one bound ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bound", "duration_s", "verdict"),
    [
        (Bound("message.duration_s", at_least=10), 10.0, "met"),
        (Bound("message.duration_s", at_least=10), 9.99, "missed"),
        (Bound("message.duration_s", at_most=20), 20.0, "met"),
        (Bound("message.duration_s", at_most=20), 20.01, "missed"),
        (Bound("message.duration_s", 10, 20), 15.0, "met"),
        (Bound("message.duration_s", 10, 20), 25.0, "missed"),
        (Bound("message.duration_s", at_least=0), 0.0, "met"),
        (Bound("message.duration_s", equals=15), 15.0, "met"),
        (Bound("message.duration_s", 10, 20), None, "not judged"),
        (Bound("message.duration_s", 10, 20), float("nan"), "not judged"),
    ],
)
def test_a_number_is_held_against_its_bound(bound: Bound, duration_s: float | None, verdict: Verdict) -> None:
    assert finding(bound, measured(message=MessageMeasures(duration_s=duration_s))).verdict == verdict


@pytest.mark.parametrize(
    ("bound", "verdict"),
    [
        (Bound("number.valid", equals=True), "met"),
        (Bound("number.valid", equals=False), "missed"),
        (Bound("number.digits", said=True), "met"),
        (Bound("number.digits", said=False), "missed"),
        (Bound("number.e164", equals="+1800X"), "met"),
        (Bound("number.e164", equals="+44"), "missed"),
    ],
)
def test_flags_and_texts(bound: Bound, verdict: Verdict) -> None:
    number = NumberMeasures(valid=True, digits="8005551234", e164="+1800x")
    assert finding(bound, measured(number=number)).verdict == verdict


@pytest.mark.parametrize(
    ("bound", "count", "verdict"),
    [
        (Bound("threat.spans", at_most=0), 0, "met"),
        (Bound("threat.spans", at_most=0), 1, "missed"),
        (Bound("threat.spans", at_least=2), 1, "missed"),
        (Bound("threat.spans", 1, 2), 2, "met"),
        (Bound("threat.spans", said=True), 1, "met"),
        (Bound("threat.spans", said=True), 0, "missed"),
        (Bound("threat.spans", said=False), 0, "met"),
        (Bound("threat.spans", said=False), 1, "missed"),
    ],
)
def test_bounds_on_spans_apply_to_how_many(bound: Bound, count: int, verdict: Verdict) -> None:
    spans = tuple(Span(i, i + 1.0, "or else") for i in range(count))
    assert finding(bound, measured(threat=PhraseMeasures(spans=spans))).verdict == verdict


# ── what is None ─────────────────────────────────────────────────────────────────────────────────────

UNSAID = "not said: no number was heard"
UNKNOWN = "no words: no engine was given"


@pytest.mark.parametrize(
    ("reason", "bound", "when_not_said", "verdict"),
    [
        (UNSAID, Bound("number.digits", said=True), "missed", "missed"),
        (UNSAID, Bound("number.digits", said=True), "not judged", "not judged"),
        (UNSAID, Bound("number.digits", said=False), "missed", "met"),
        (UNSAID, Bound("number.digits_per_s", at_most=2), "missed", "missed"),
        (UNSAID, Bound("number.digits_per_s", at_most=2), "not judged", "not judged"),
        (UNSAID, Bound("number.valid", equals=True), "missed", "missed"),
        (UNKNOWN, Bound("number.digits", said=True), "missed", "not judged"),
        (UNKNOWN, Bound("number.digits", said=False), "missed", "not judged"),
        (UNKNOWN, Bound("number.digits_per_s", at_most=2), "missed", "not judged"),
    ],
)
def test_not_said_is_a_miss_and_not_measurable_is_not(
    reason: str, bound: Bound, when_not_said: Any, verdict: Verdict
) -> None:
    found = finding(bound, measured(number=NumberMeasures.unmeasured(reason)), when_not_said=when_not_said)
    assert found.verdict == verdict
    assert found.value is None
    assert found.reason == ("" if verdict == "met" else reason)


def test_a_none_without_a_reason_is_not_judged_and_says_so() -> None:
    found = finding(Bound("pitch.spread_st", at_least=2), measured(pitch=PitchMeasures()))
    assert (found.verdict, found.reason) == ("not judged", "not measured")


@pytest.mark.parametrize(
    ("playbook", "unsaid", "missed", "needing"),
    [
        ("general", "number", {"number-left": 9}, ["number-slow", "number-twice"]),
        ("collections", "number", {"both-ends": 9}, ["number-slow", "called-from"]),
        ("follow-up-1", "will_call", {"will-call": 3}, ["time-frame"]),
        ("known-contact", "ask", {"specific": 2, "says-what-for": 2}, []),  # a reason for the call would do
    ],
)
def test_rules_that_need_one_fact_are_judged_once_with_the_weight_of_all(
    playbook: str, unsaid: str, missed: dict[str, float], needing: list[str]
) -> None:
    said = {"caller": CallerMeasures(name="Sarah", at_start=True, at_end=True, words_before=3)}
    group = type(getattr(measured(), unsaid))
    findings = judge(
        measured(**said, **{unsaid: group.unmeasured("not said: none was heard")}), load_playbook(playbook)
    )
    assert {f.rule: f.weight + f.moved_weight for f in findings if f.verdict == "missed"} == missed
    assert all(f.advice for f in findings if f.verdict == "missed")
    title = next(f.title for f in findings if f.rule in missed)
    told = {
        f.rule: (f.verdict, f.weight + f.moved_weight, f.advice, f.reason)
        for f in findings
        if f.rule in needing
    }
    reason = f"counted with “{title}”: not said: none was heard"
    assert told == dict.fromkeys(needing, ("not judged", 0.0, "", reason))


def test_leaving_out_the_number_scores_no_better_than_saying_it_too_fast_and_once() -> None:
    book = load_playbook("general")
    others: dict[str, Any] = {
        "caller": CallerMeasures(name="Sarah", words_before=2),
        "threat": PhraseMeasures(spans=()),
    }
    others |= {"rate": RateMeasures(words_per_min=140)}
    fast = NumberMeasures(digits="8005551234", digits_per_s=4.0, readings=1, agree=True)
    said, unsaid = (
        score_of(judge(measured(**others, number=number), book))
        for number in (fast, NumberMeasures.unmeasured(UNSAID))
    )
    assert said.points is not None
    assert unsaid.points is not None
    assert unsaid.points < said.points
    assert unsaid.judged_share == said.judged_share
    assert (said.missed_count, unsaid.missed_count) == (2, 1)


def test_a_rule_that_another_fault_decides_is_missed_for_that() -> None:
    late = CallerMeasures(name="Sarah", at_start=False, words_before=40)
    findings = judge(
        measured(caller=late, number=NumberMeasures.unmeasured(UNSAID)), load_playbook("collections")
    )
    missed = {f.rule: f.weight + f.moved_weight for f in findings if f.verdict == "missed"}
    assert missed == {"both-ends": 3, "number-slow": 6}


def test_a_threat_comes_before_a_fact_that_several_rules_need() -> None:
    threat = PhraseMeasures(spans=(Span(1.0, 2.0, "or else"),))
    measurements = measured(
        number=NumberMeasures.unmeasured(UNSAID), threat=threat, rate=RateMeasures(words_per_min=140)
    )
    findings = judge(measurements, load_playbook("general"))
    review = Review("a.wav", "general", measurements, findings, Score(50, 1.0))
    assert first_thing(review) == "Leave out every threat"


# ── several ──────────────────────────────────────────────────────────────────────────────────────────

# Kleene's three-valued logic, written out as a table: "+" met, "-" missed, "?" not judged
ALL_OF = {"++": "+", "+-": "-", "+?": "?", "--": "-", "-?": "-", "??": "?"}
ANY_OF = {"++": "+", "+-": "+", "+?": "+", "--": "-", "-?": "?", "??": "?"}
VERDICTS: dict[str, Verdict] = {"+": "met", "-": "missed", "?": "not judged"}
VALUES = {"+": True, "-": False, "?": None}


@pytest.mark.parametrize("pair", ["".join(p) for p in itertools.product("+-?", repeat=2)])
def test_three_valued_logic(pair: str) -> None:
    left, right = pair[0], pair[1]
    measurements = measured(caller=CallerMeasures(at_start=VALUES[left], at_end=VALUES[right]))
    bounds = (Bound("caller.at_start", equals=True), Bound("caller.at_end", equals=True))
    either_order = pair if pair in ALL_OF else pair[::-1]
    assert finding(Several("all_of", bounds), measurements).verdict == VERDICTS[ALL_OF[either_order]]
    assert finding(Several("any_of", bounds), measurements).verdict == VERDICTS[ANY_OF[either_order]]
    first = left if left != "?" else right
    assert finding(Several("first_of", bounds), measurements).verdict == VERDICTS[first]


def test_conditions_nest() -> None:
    inner = Several("any_of", (Bound("caller.at_start", equals=True), Bound("message.duration_s", at_most=5)))
    outer = Several("all_of", (inner, Bound("caller.at_end", equals=True)))
    both, end = CallerMeasures(at_start=True, at_end=True), CallerMeasures(at_start=False, at_end=True)
    assert finding(outer, measured(caller=both)).verdict == "met"
    assert finding(outer, measured(caller=end)).verdict == "not judged"
    assert finding(outer, measured(caller=end, message=MessageMeasures(duration_s=3.0))).verdict == "met"


def test_the_value_is_that_of_the_measure_that_decided() -> None:
    bounds = (Bound("caller.at_start", equals=True), Bound("number.last_share", at_least=0.6))
    measurements = measured(caller=CallerMeasures(at_start=True), number=NumberMeasures(last_share=0.2))
    found = finding(Several("all_of", bounds), measurements)
    assert (found.verdict, found.measure, found.value) == ("missed", "number.last_share", 0.2)
    assert found.measures == {"caller.at_start": True, "number.last_share": 0.2}


# ── what a finding shows ─────────────────────────────────────────────────────────────────────────────


def test_evidence_is_of_all_measures_of_the_rule_once_and_in_order_of_time() -> None:
    late, early = Span(9.0, 10.0, "five"), Span(1.0, 2.0, "mary")
    measurements = measured(
        number=NumberMeasures(digits="5", evidence={"digits": (late, early)}),
        recipient=RecipientMeasures(count=1, evidence={"count": (early,)}),
    )
    both = Several("all_of", (Bound("number.digits", said=True), Bound("recipient.count", at_least=1)))
    assert finding(both, measurements).evidence == (early, late)


def test_words_inside_longer_evidence_are_not_shown_again() -> None:
    whole, part = Span(1.0, 4.0, "please call or write"), Span(1.5, 3.0, "call or")
    later, filler = Span(6.0, 7.0, "call or"), Span(2.0, 2.2)
    measurements = measured(
        number=NumberMeasures(digits="5", evidence={"digits": (whole, filler)}),
        recipient=RecipientMeasures(count=1, evidence={"count": (part, later)}),
    )
    both = Several("all_of", (Bound("number.digits", said=True), Bound("recipient.count", at_least=1)))
    assert finding(both, measurements).evidence == (whole, filler, later)


def test_spans_are_their_own_evidence() -> None:
    spans = (Span(4.0, 5.0, "or else"),)
    assert (
        finding(Bound("threat.spans", said=False), measured(threat=PhraseMeasures(spans=spans))).evidence
        == spans
    )


def test_advice_is_given_where_the_rule_was_missed_only() -> None:
    bound = Bound("number.digits_per_s", at_most=2)
    advice = {"advice": "Slower than {number.digits_per_s:.1f}.", "advice_not_said": "Say it."}
    fast, slow = (
        measured(number=NumberMeasures(digits_per_s=2.54)),
        measured(number=NumberMeasures(digits_per_s=1.5)),
    )
    assert finding(bound, fast, **advice).advice == "Slower than 2.5."
    assert finding(bound, slow, **advice).advice == ""
    assert finding(bound, measured(number=NumberMeasures.unmeasured(UNSAID)), **advice).advice == "Say it."
    assert finding(bound, measured(number=NumberMeasures.unmeasured(UNKNOWN)), **advice).advice == ""


def test_several_conditions_show_the_one_that_decided_with_its_own_advice() -> None:
    start = Bound("caller.at_start", equals=True)
    last = Bound("number.last_share", at_least=0.6, advice="Last at {number.last_share}.")
    found = finding(
        Several("all_of", (start, last)),
        measured(caller=CallerMeasures(at_start=True), number=NumberMeasures(last_share=0.2)),
        advice="Both ends.",
    )
    assert (found.measure, found.target, found.advice) == (
        "number.last_share",
        "the number last said after at least 60 % of the message",
        "Last at 20 %.",
    )
    found = finding(
        Several("all_of", (start, last)), measured(caller=CallerMeasures(at_start=False)), advice="Both ends."
    )
    assert (found.measure, found.target, found.advice) == (
        "caller.at_start",
        "the caller's name at the start",
        "Both ends.",
    )


def test_any_of_several_shows_the_one_that_was_met_or_all_that_would_have_done() -> None:
    hours = Several("any_of", (Bound("recorded.hour", 10, 12), Bound("recorded.hour", 15, 18)))
    assert finding(hours, measured(recorded=RecordedMeasures(hour=16.0))).target == "15:00 to 18:00"
    assert (
        finding(hours, measured(recorded=RecordedMeasures(hour=9.0))).target
        == "10:00 to 12:00, or 15:00 to 18:00"
    )


def test_rules_are_not_judged_on_words_that_do_not_fit_the_sound() -> None:
    number = NumberMeasures(digits="8005551234")
    book = Playbook("mine", "Mine", (Rule("left", "Leave a number", Bound("number.digits", said=True)),))
    trusted, doubted = (
        Measurements(duration_s=9.0, number=number, words=WordMeasures(confidence=share, trusted=share > 0.5))
        for share in (0.9, 0.3)
    )
    assert [finding.verdict for finding in judge(trusted, book)] == ["met"]
    (finding,) = judge(doubted, book)
    assert finding.verdict == "not judged"
    assert "fit" in finding.reason
