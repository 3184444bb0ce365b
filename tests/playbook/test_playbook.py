from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from aftertone.errors import PlaybookError, PlaybookFormatError, UnknownMeasureError, UnknownPlaybookError
from aftertone.language.transcript import Span
from aftertone.measurements import MEASURES, Measurements
from aftertone.measurements.sound import Message, Pitch, Rate
from aftertone.measurements.words import Caller, Number, Phrases, Recipient, Recorded, Words
from aftertone.playbook import (
    Bound,
    Condition,
    Finding,
    Playbook,
    Rule,
    Several,
    Verdict,
    judge,
    load_playbook,
    playbooks,
)
from aftertone.playbook.scoring import Review, Score, score_of
from aftertone.report.console import first_thing


def finding(condition: Condition, measurements: Measurements, **rule: Any) -> Finding:
    (found,) = judge(measurements, Playbook("p", "P", (Rule("r", "R", condition, **rule),)))
    return found


def heard(**groups: Any) -> Measurements:
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
    assert finding(bound, heard(message=Message(duration_s=duration_s))).verdict == verdict


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
    number = Number(valid=True, digits="8005551234", e164="+1800x")
    assert finding(bound, heard(number=number)).verdict == verdict


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
    assert finding(bound, heard(threat=Phrases(spans=spans))).verdict == verdict


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
    found = finding(bound, heard(number=Number.unmeasured(reason)), when_not_said=when_not_said)
    assert found.verdict == verdict
    assert found.value is None
    assert found.reason == ("" if verdict == "met" else reason)


def test_a_none_without_a_reason_is_not_judged_and_says_so() -> None:
    found = finding(Bound("pitch.spread_st", at_least=2), heard(pitch=Pitch()))
    assert (found.verdict, found.reason) == ("not judged", "not measured")


@pytest.mark.parametrize(
    ("playbook", "unsaid", "missed", "hanging"),
    [
        ("general", "number", {"number-left": 9}, ["number-slow", "number-twice"]),
        ("collections", "number", {"both-ends": 9}, ["number-slow", "called-from"]),
        ("follow-up-1", "will_call", {"will-call": 3}, ["time-frame"]),
        ("known-contact", "ask", {"specific": 2, "says-what-for": 2}, []),  # a reason for the call would do
    ],
)
def test_rules_that_hang_on_one_fact_are_judged_once_with_the_weight_of_all(
    playbook: str, unsaid: str, missed: dict[str, float], hanging: list[str]
) -> None:
    said = {"caller": Caller(name="Sarah", at_start=True, at_end=True, words_before=3)}
    group = type(getattr(heard(), unsaid))
    findings = judge(
        heard(**said, **{unsaid: group.unmeasured("not said: none was heard")}), load_playbook(playbook)
    )
    assert {f.rule: f.weight + f.moved_weight for f in findings if f.verdict == "missed"} == missed
    assert all(f.advice for f in findings if f.verdict == "missed")
    title = next(f.title for f in findings if f.rule in missed)
    told = {
        f.rule: (f.verdict, f.weight + f.moved_weight, f.advice, f.reason)
        for f in findings
        if f.rule in hanging
    }
    reason = f"counted with “{title}”: not said: none was heard"
    assert told == dict.fromkeys(hanging, ("not judged", 0.0, "", reason))


def test_leaving_out_the_number_scores_no_better_than_saying_it_too_fast_and_once() -> None:
    book = load_playbook("general")
    others = {"caller": Caller(name="Sarah", words_before=2), "threat": Phrases(spans=())}
    others |= {"rate": Rate(words_per_min=140)}
    fast = Number(digits="8005551234", digits_per_s=4.0, readings=1, agree=True)
    said, unsaid = (
        score_of(judge(heard(**others, number=number), book)) for number in (fast, Number.unmeasured(UNSAID))
    )
    assert said.points is not None
    assert unsaid.points is not None
    assert unsaid.points < said.points
    assert unsaid.judged_share == said.judged_share
    assert (said.missed_count, unsaid.missed_count) == (2, 1)


def test_a_rule_that_another_fault_decides_is_missed_for_that() -> None:
    late = Caller(name="Sarah", at_start=False, words_before=40)
    findings = judge(heard(caller=late, number=Number.unmeasured(UNSAID)), load_playbook("collections"))
    missed = {f.rule: f.weight + f.moved_weight for f in findings if f.verdict == "missed"}
    assert missed == {"both-ends": 3, "number-slow": 6}


def test_a_threat_comes_before_a_fact_that_several_rules_hang_on() -> None:
    threat = Phrases(spans=(Span(1.0, 2.0, "or else"),))
    measurements = heard(number=Number.unmeasured(UNSAID), threat=threat, rate=Rate(words_per_min=140))
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
    measurements = heard(caller=Caller(at_start=VALUES[left], at_end=VALUES[right]))
    bounds = (Bound("caller.at_start", equals=True), Bound("caller.at_end", equals=True))
    either_order = pair if pair in ALL_OF else pair[::-1]
    assert finding(Several("all_of", bounds), measurements).verdict == VERDICTS[ALL_OF[either_order]]
    assert finding(Several("any_of", bounds), measurements).verdict == VERDICTS[ANY_OF[either_order]]
    first = left if left != "?" else right
    assert finding(Several("first_of", bounds), measurements).verdict == VERDICTS[first]


def test_conditions_nest() -> None:
    inner = Several("any_of", (Bound("caller.at_start", equals=True), Bound("message.duration_s", at_most=5)))
    outer = Several("all_of", (inner, Bound("caller.at_end", equals=True)))
    assert finding(outer, heard(caller=Caller(at_start=True, at_end=True))).verdict == "met"
    assert finding(outer, heard(caller=Caller(at_start=False, at_end=True))).verdict == "not judged"
    short = Message(duration_s=3.0)
    assert finding(outer, heard(caller=Caller(at_start=False, at_end=True), message=short)).verdict == "met"


def test_the_value_is_that_of_the_measure_that_decided() -> None:
    bounds = (Bound("caller.at_start", equals=True), Bound("number.last_share", at_least=0.6))
    measurements = heard(caller=Caller(at_start=True), number=Number(last_share=0.2))
    found = finding(Several("all_of", bounds), measurements)
    assert (found.verdict, found.measure, found.value) == ("missed", "number.last_share", 0.2)
    assert found.measures == {"caller.at_start": True, "number.last_share": 0.2}


# ── what a finding shows ─────────────────────────────────────────────────────────────────────────────


def test_evidence_is_of_all_measures_of_the_rule_once_and_in_order_of_time() -> None:
    late, early = Span(9.0, 10.0, "five"), Span(1.0, 2.0, "mary")
    measurements = heard(
        number=Number(digits="5", evidence={"digits": (late, early)}),
        recipient=Recipient(count=1, evidence={"count": (early,)}),
    )
    both = Several("all_of", (Bound("number.digits", said=True), Bound("recipient.count", at_least=1)))
    assert finding(both, measurements).evidence == (early, late)


def test_spans_are_their_own_evidence() -> None:
    spans = (Span(4.0, 5.0, "or else"),)
    assert finding(Bound("threat.spans", said=False), heard(threat=Phrases(spans=spans))).evidence == spans


def test_advice_is_given_where_the_rule_was_missed_only() -> None:
    bound = Bound("number.digits_per_s", at_most=2)
    advice = {"advice": "Slower than {number.digits_per_s:.1f}.", "advice_not_said": "Say it."}
    fast, slow = heard(number=Number(digits_per_s=2.54)), heard(number=Number(digits_per_s=1.5))
    assert finding(bound, fast, **advice).advice == "Slower than 2.5."
    assert finding(bound, slow, **advice).advice == ""
    assert finding(bound, heard(number=Number.unmeasured(UNSAID)), **advice).advice == "Say it."
    assert finding(bound, heard(number=Number.unmeasured(UNKNOWN)), **advice).advice == ""


def test_several_conditions_show_the_one_that_decided_with_its_own_advice() -> None:
    start = Bound("caller.at_start", equals=True)
    last = Bound("number.last_share", at_least=0.6, advice="Last at {number.last_share}.")
    found = finding(
        Several("all_of", (start, last)),
        heard(caller=Caller(at_start=True), number=Number(last_share=0.2)),
        advice="Both ends.",
    )
    assert (found.measure, found.target, found.advice) == (
        "number.last_share",
        "at least 60 %",
        "Last at 20 %.",
    )
    found = finding(
        Several("all_of", (start, last)), heard(caller=Caller(at_start=False)), advice="Both ends."
    )
    assert (found.measure, found.target, found.advice) == ("caller.at_start", "yes", "Both ends.")


def test_any_of_several_shows_the_one_that_was_met_or_all_that_would_have_done() -> None:
    hours = Several("any_of", (Bound("recorded.hour", 10, 12), Bound("recorded.hour", 15, 18)))
    assert finding(hours, heard(recorded=Recorded(hour=16.0))).target == "15:00 to 18:00"
    assert finding(hours, heard(recorded=Recorded(hour=9.0))).target == "10:00 to 12:00; or 15:00 to 18:00"


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


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────

GOOD = """
title = "Mine"
source = "me"
[[rule]]
id = "length"
title = "Short"
measure = "message.duration_s"
between = [10, 20]
advice = "Cut {message.duration_s:.0f} s."
[[rule]]
id = "both-ends"
title = "Both ends"
all_of = [
    { measure = "caller.at_start", is = true },
    { any_of = [{ measure = "threat.spans", at_most = 0 }] },
]
weight = 3
source = "somebody"
advice = "Both ends."
advice_not_said = "Say it."
when_not_said = "not judged"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_playbook_of_ones_own(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    expected = Playbook(
        "mine",
        "Mine",
        (
            Rule(
                "length",
                "Short",
                Bound("message.duration_s", 10, 20),
                source="me",
                advice="Cut {message.duration_s:.0f} s.",
            ),
            Rule(
                "both-ends",
                "Both ends",
                Several(
                    "all_of",
                    (
                        Bound("caller.at_start", equals=True),
                        Several("any_of", (Bound("threat.spans", at_most=0),)),
                    ),
                ),
                weight=3,
                source="somebody",
                advice="Both ends.",
                advice_not_said="Say it.",
                when_not_said="not judged",
            ),
        ),
        source="me",
    )
    assert load_playbook(path) == load_playbook(str(path)) == expected
    assert load_playbook(expected) is expected


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ('title = "Mine"', "title = ", PlaybookFormatError, r"not TOML: .*line 2"),
        ('title = "Mine"', "", PlaybookFormatError, r"the key 'title' is missing"),
        ('source = "me"', 'sauce = "me"', PlaybookFormatError, r"no key 'sauce'; did you mean 'source'"),
        ("[[rule]]", "[[rules]]", PlaybookFormatError, r"'rules'; did you mean 'rule'"),
        (
            'advice = "Both ends."\n',
            "",
            PlaybookFormatError,
            r"rule 'both-ends': the key 'advice' is missing",
        ),
        (
            "at_most = 0 }",
            'at_most = 0, advice = "{x}" }',
            UnknownMeasureError,
            r"any_of\[0\]: key 'advice': there is no measure 'x'",
        ),
        ("{ any_of", '{ advice = "x", any_of', PlaybookFormatError, r"'advice' stands beside 'any_of'"),
        ('id = "length"\n', "", PlaybookFormatError, r"rule number 1: the key 'id' is missing"),
        (
            'id = "length"',
            "id = 3",
            PlaybookFormatError,
            r"rule number 1: id: found 3: expected str, got int",
        ),
        ('id = "length"', 'id = "Length!"', PlaybookFormatError, r"key 'id': found 'Length!'"),
        ('id = "both-ends"', 'id = "length"', PlaybookFormatError, r"rule 'length': a second rule"),
        ('title = "Short"\n', "", PlaybookFormatError, r"rule 'length': the key 'title' is missing"),
        (
            "between =",
            "betwen =",
            PlaybookFormatError,
            r"rule 'length': there is no key 'betwen'; did you mean 'between'",
        ),
        (
            "is = true",
            "iss = true",
            PlaybookFormatError,
            r"rule 'both-ends': all_of\[0\]: there is no key 'iss'; did you mean 'is'",
        ),
        (
            'measure = "message.duration_s"',
            'measure = "message.duration"',
            UnknownMeasureError,
            r"rule 'length': key 'measure': .*'message.duration'; did you mean 'message.duration_s'",
        ),
        (
            '"threat.spans"',
            '"treat.spans"',
            UnknownMeasureError,
            r"all_of\[1\]: any_of\[0\]: .*'threat.spans'",
        ),
        (
            "{message.duration_s",
            "{mesage.duration_s",
            UnknownMeasureError,
            r"key 'advice'.*'message.duration_s'",
        ),
        (":.0f}", ":>9}", PlaybookFormatError, r"rule 'length': key 'advice'"),
        ("duration_s:.0f}", "duration_s", PlaybookFormatError, r"rule 'length': key 'advice'"),
        ("[10, 20]", "[20, 10]", PlaybookFormatError, r"found 20.0 to 10.0"),
        ("[10, 20]", "[10]", PlaybookFormatError, r"rule 'length': between: found \[10\]: .*length 2"),
        ("[10, 20]", '[10, "x"]', PlaybookFormatError, r"between\[1\]: found 'x': expected float"),
        ("[10, 20]", "[10, nan]", PlaybookFormatError, r"expected finite"),
        ("between = [10, 20]", "at_most = inf", PlaybookFormatError, r"expected finite"),
        (
            "between = [10, 20]",
            "",
            PlaybookFormatError,
            r"no bound on message.duration_s, of kind number; .*'at_least'",
        ),
        ("between = [10, 20]", "is = true", PlaybookFormatError, r"found True, expected a number"),
        ("between = [10, 20]", "said = true", PlaybookFormatError, r"'said' does not apply .* kind number"),
        (
            "between = [10, 20]",
            "between = [1, 2]\nat_most = 3",
            PlaybookFormatError,
            r"'at_most' and 'between'",
        ),
        (
            "is = true",
            "at_least = 1",
            PlaybookFormatError,
            r"'at_least' does not apply .* kind flag; expected 'is'",
        ),
        ("is = true", 'is = "yes"', PlaybookFormatError, r"found 'yes', expected true or false"),
        ("at_most = 0", "is = 0", PlaybookFormatError, r"'is' does not apply .* kind spans"),
        ('"threat.spans"', '"rate.curve"', PlaybookFormatError, r"kind curve; which no rule can bound"),
        (
            "weight = 3",
            "weight = 0",
            PlaybookFormatError,
            r"key 'weight': found 0.0, expected a number above 0",
        ),
        ("weight = 3", "weight = nan", PlaybookFormatError, r"key 'weight'"),
        ("weight = 3", 'weight = "3"', PlaybookFormatError, r"rule 'both-ends': weight: found '3'"),
        ('"not judged"', '"met"', PlaybookFormatError, r"when_not_said: found 'met'"),
        ("weight = 3", "is = true", PlaybookFormatError, r"'is' stands beside 'all_of'"),
        ("weight = 3", 'measure = "number.valid"', PlaybookFormatError, r"found 'measure' and 'all_of'"),
        (
            '{ measure = "caller.at_start", is = true }',
            "{}",
            PlaybookFormatError,
            r"all_of\[0\]: found no condition",
        ),
        (
            '[{ measure = "threat.spans", at_most = 0 }]',
            "[]",
            PlaybookFormatError,
            r"key 'any_of': found none",
        ),
    ],
)
def test_a_fault_is_named_with_its_file_rule_and_key(
    tmp_path: Path, old: str, new: str, error: type[PlaybookError], says: str
) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(error) as caught:
        load_playbook(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert re.search(says, str(caught.value)), str(caught.value)


def test_files_that_are_no_playbook(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlaybookFormatError, match="not UTF-8 text, at byte 0"):
        load_playbook(tmp_path / "bytes.toml")
    with pytest.raises(PlaybookFormatError, match="needs one at least"):
        load_playbook(written(tmp_path, 'title = "x"\nrule = []'))
    with pytest.raises(PlaybookFormatError, match="nested too deep"):
        load_playbook(written(tmp_path, "x = " + "[" * 100_000))
    with pytest.raises(UnknownPlaybookError):
        load_playbook(tmp_path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "notepad.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_playbook(path).title == "Mine"


def test_an_unknown_playbook_names_the_nearest_and_all() -> None:
    with pytest.raises(UnknownPlaybookError, match=r"'colections'.*did you mean 'collections'.*general"):
        load_playbook("colections")


# ── the playbooks that come with it ──────────────────────────────────────────────────────────────────

RULES = {
    "general": """brief pace no-fillers no-hesitation prompt-start who purpose number-left number-slow
        number-twice next-step no-threat lively audible""",
    "collections": """length no-just both-ends first-name-twice ask-first pace number-slow called-from
        no-threat lively courtesy on-script good-time two-options deadline outside-reason why-calling
        at-most-two""",
    "message-taker": "when-get when-back details",
    "cold-prospect": "concise their-gain not-everything no-begging invitation enjoyable",
    "known-contact": "specific says-what-for number-left",
    "follow-up-1": "for-whom who connection will-call time-frame number-left simple",
    "follow-up-2": "who will-call",
    "follow-up-3": "another-time who offers-help closes no-fourth",
    "sales-appointment": """no-fillers no-hesitation even-pace prompt-start brief prepared energy regret
        invites nothing-sensitive will-call no-ask-to-call only-one not-desperate""",
}


@pytest.mark.parametrize("name", RULES)
def test_a_shipped_playbook_has_its_rules_each_with_source_and_advice(name: str) -> None:
    book = load_playbook(name)
    assert {rule.id for rule in book.rules} == set(RULES[name].split())
    assert book.name == name
    assert playbooks()[name] == book.title
    for rule in book.rules:
        assert rule.source
        assert len(rule.advice) > 20
        number = any(measure.startswith("number.") for measure in rule.measures)
        assert (rule.weight == 3) == number, "the rules on the number weigh most"


ABSTAINING = {"no-threat", "no-begging", "nothing-sensitive", "no-ask-to-call", "not-desperate"}


def test_these_are_all() -> None:
    assert set(playbooks()) == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_no_rule_counts_twice(name: str) -> None:
    """No measure speaks in two rules, and no rule stands twice."""
    rules = load_playbook(name).rules
    named = [measure for rule in rules for measure in rule.measures]
    assert len(set(named)) == len(named), sorted(m for m in named if named.count(m) > 1)
    assert len({rule.title for rule in rules}) == len(rules)


@pytest.mark.parametrize("name", RULES)
def test_no_shipped_rule_scores_a_tactic(name: str) -> None:
    named = [measure for rule in load_playbook(name).rules for measure in rule.measures]
    assert not [measure for measure in named if measure.startswith("tactics.")]


@pytest.mark.parametrize("name", RULES)
def test_shipped_advice_reads_well_whatever_was_not_said(name: str) -> None:
    nothing = heard()
    unsaid = heard(**{g: type(group).unmeasured("not said: x") for g, group in nothing.groups().items()})
    book = load_playbook(name)
    missed = 0.0
    for found, rule in zip(judge(unsaid, book), book.rules, strict=True):
        if found.verdict == "not judged":
            assert (found.moved_weight, found.advice) == (-rule.weight, "")
            assert found.reason.startswith("counted with “")
        else:
            assert found.verdict == ("met" if found.rule in ABSTAINING else "missed")
            missed += (found.weight + found.moved_weight) * (found.verdict == "missed")
        assert found.weight == rule.weight
        assert "None" not in found.advice
        assert "{" not in found.advice
    assert missed == sum(rule.weight for rule in book.rules if rule.id not in ABSTAINING)
    assert {found.verdict for found in judge(nothing, load_playbook(name))} == {"not judged"}


def test_a_message_left_well_meets_the_general_rules() -> None:
    spans = (Span(2.0, 4.0, "calling about"),)
    good = heard(
        message=Message(duration_s=20.0, start_latency_s=0.5),
        rate=Rate(words_per_min=140),
        caller=Caller(name="Sarah"),
        purpose=type(heard().purpose)(spans=spans),
        next_step=Phrases(spans=spans),
        threat=Phrases(spans=()),
        number=Number(digits="8005551234", digits_per_s=1.6, readings=2, agree=True),
    )
    missed = [f.rule for f in judge(good, load_playbook("general")) if f.verdict == "missed"]
    assert missed == []


def test_every_measure_a_shipped_rule_names_exists() -> None:
    named = {m for name in playbooks() for rule in load_playbook(name).rules for m in rule.measures}
    assert named <= set(MEASURES)


# ── the page on how to write one ─────────────────────────────────────────────────────────────────────

PAGE = (Path(__file__).parents[2] / "docs" / "playbooks.md").read_text(encoding="utf-8")


def test_the_example_on_the_page_is_a_playbook(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert [rule.id for rule in load_playbook(written(tmp_path, example)).rules] == ["length", "number-twice"]


def test_the_page_names_every_key_and_no_other(tmp_path: Path) -> None:
    with pytest.raises(PlaybookFormatError) as caught:
        load_playbook(written(tmp_path, GOOD.replace("weight", "wait")))
    known = set(str(caught.value).partition("known are ")[2].rstrip(")").split(", "))
    named = {
        key
        for row in re.findall(r"^\| (`.*?) \|", PAGE.partition("## The file")[2], flags=re.MULTILINE)
        for key in re.findall(r"`(\w+)`", row)
    }
    assert known | {"description"} == named | {"measure"}


def test_words_that_do_not_fit_the_sound_judge_nobody() -> None:
    number = Number(digits="8005551234")
    book = Playbook("mine", "Mine", (Rule("left", "Leave a number", Bound("number.digits", said=True)),))
    trusted, doubted = (
        Measurements(duration_s=9.0, number=number, words=Words(confidence=share, trusted=share > 0.5))
        for share in (0.9, 0.3)
    )
    assert [finding.verdict for finding in judge(trusted, book)] == ["met"]
    (finding,) = judge(doubted, book)
    assert finding.verdict == "not judged"
    assert "fit" in finding.reason
