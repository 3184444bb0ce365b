"""The playbooks that come with it, on messages that are known to be good or bad: true words, real sound."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

import aftertone as at
from aftertone.language.transcript import Span
from aftertone.measurements import MEASURES, Measurements
from aftertone.measurements.content import CallerMeasures, NumberMeasures, PhraseMeasures, PurposeMeasures
from aftertone.measurements.sound import MessageMeasures, RateMeasures
from aftertone.playbook import (
    Finding,
    judge,
    load_playbook,
    playbooks,
)
from aftertone.report import to_dict
from tests.engines import SAMPLES, GivenWords, TrueWords
from tests.speech import Voice, spoken


@cache
def reviewed(name: str, playbook: str) -> at.Review:
    (outcome,) = at.review_many(SAMPLES / name, engine=TrueWords(), playbook=playbook)
    assert outcome.review is not None, outcome.error
    return outcome.review


@pytest.mark.parametrize(
    ("name", "playbook", "lowest", "highest"),
    [
        ("dentist_callback.flac", "general", 90, 100),
        ("number_twice_slowly.flac", "general", 90, 100),
        ("telephone_pharmacy.wav", "general", 90, 100),
        ("collections_headline.flac", "general", 90, 100),
        ("collections_headline.flac", "collections", 90, 100),
        ("begging.flac", "collections", 0, 40),
        ("too_long.ogg", "collections", 0, 40),
        ("threat.flac", "collections", 0, 20),
        ("threat.flac", "general", 0, 70),
        ("too_long.ogg", "general", 0, 70),
        ("rushed.mp3", "general", 0, 75),
    ],
)
def test_a_message_scores_as_it_was_left(name: str, playbook: str, lowest: int, highest: int) -> None:
    points = reviewed(name, playbook).score.points
    assert points is not None
    assert lowest <= points <= highest


# Of each playbook a message that was made for it, and one that does what it warns of.
MODELS = {
    "general": ("dentist_callback.flac", "who_is_this.flac"),
    "collections": ("collections_headline.flac", "threat.flac"),
    "message-taker": ("message_taker.flac", "sales_appointment.flac"),
    "cold-prospect": ("cold_prospect.flac", "begging.flac"),
    "known-contact": ("known_contact.flac", "follow_up_2.flac"),
    "follow-up-1": ("follow_up_1.flac", "pressing_follow_up.flac"),
    "follow-up-2": ("follow_up_2.flac", "pressing_follow_up.flac"),
    "follow-up-3": ("follow_up_3.flac", "pressing_follow_up.flac"),
    "sales-appointment": ("sales_appointment.flac", "desperate_sale.flac"),
}


@pytest.mark.parametrize("playbook", MODELS)
def test_a_model_message_scores_90_and_a_bad_one_under_40(playbook: str) -> None:
    model, bad = (reviewed(name, playbook).score.points for name in MODELS[playbook])
    assert model is not None
    assert bad is not None
    assert model >= 90
    assert bad < 40


def test_every_playbook_has_a_model() -> None:
    assert set(MODELS) == set(playbooks())


# Advice that pulls the other way: the same message follows the one rule and breaks the other.
@pytest.mark.parametrize(
    ("name", "follows", "breaks"),
    [
        ("collections_headline.flac", ("collections", "deadline"), ("follow-up-3", "closes")),
        ("collections_headline.flac", ("collections", "ask-first"), ("cold-prospect", "no-begging")),
        ("collections_headline.flac", ("collections", "ask-first"), ("sales-appointment", "no-ask-to-call")),
        ("known_contact.flac", ("known-contact", "specific"), ("sales-appointment", "invites")),
        ("sales_appointment.flac", ("sales-appointment", "no-ask-to-call"), ("collections", "ask-first")),
        ("follow_up_3.flac", ("follow-up-3", "closes"), ("collections", "deadline")),
    ],
)
def test_playbooks_that_contradict_disagree_on_the_same_message(
    name: str, follows: tuple[str, str], breaks: tuple[str, str]
) -> None:
    for (playbook, rule), verdict in ((follows, "met"), (breaks, "missed")):
        found = {each.rule: each.verdict for each in reviewed(name, playbook).findings}
        assert found[rule] == verdict, (playbook, rule)


def test_the_same_advice_scores_one_message_high_and_low() -> None:
    """A message after a visit follows its own playbook to the letter, and little of a debt collector's."""
    points = {book: reviewed("sales_appointment.flac", book).score.points or 0 for book in playbooks()}
    assert points["sales-appointment"] >= 90
    assert points["collections"] < 40


def test_a_message_scores_the_same_byte_for_byte_in_another_process() -> None:
    code = (
        "import msgspec, sys; from tests.playbook.test_published import reviewed; "
        "from aftertone.report import to_dict;"
        "sys.stdout.buffer.write(msgspec.json.encode(to_dict(reviewed('threat.flac', 'collections'))))"
    )
    pages = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd=SAMPLES.parent,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert pages[0] == pages[1] != b""


# ── tactics ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_tactic_is_named_and_scores_nothing() -> None:
    review = reviewed("threat.flac", "collections")
    assert [tactic.name for tactic in review.tactics] == ["lawyer"]
    assert "lawyers" in review.tactics[0].evidence[0].text
    assert to_dict(review)["tactics"][0]["title"] == "the details handed to a lawyer"
    scored = {finding.rule for finding in review.findings}
    assert scored == {rule.id for rule in load_playbook("collections").rules}


def test_a_plain_message_has_no_tactic() -> None:
    names = (
        "dentist_callback.flac",
        "collections_headline.flac",
        "sales_appointment.flac",
        "follow_up_1.flac",
    )
    assert [reviewed(name, "general").tactics for name in names] == [()] * len(names)


@pytest.mark.parametrize(
    ("said", "tactic"),
    [
        ("Kevin, this is Dora at Hill Supply, and the only thing that you still have to do is to", "cut_off"),
        ("Kevin, Dora again. Kindly forget my message from this morning, all is well now.", "disregard"),
        ("Kevin, this is Dora. I have something rather serious to discuss. Ring me.", "vague"),
        (
            "Kevin, this is Dora. Is your company still around, or have you all gone fishing?",
            "still_in_business",
        ),
        ("Kevin, Dora here. On Monday I am giving your file to our attorney, as agreed.", "lawyer"),
        (
            "Kevin, this is Dora. No need to ring, I'll swing by your office on Tuesday after lunch.",
            "drop_by",
        ),
    ],
)
def test_each_tactic_is_named(said: str, tactic: str) -> None:
    recording, transcript = spoken(said, Voice())
    review = at.review(recording, engine=GivenWords(transcript))
    assert [each.name for each in review.tactics] == [tactic]
    assert MEASURES[f"tactics.{tactic}"].title == review.tactics[0].title


VERDICTS = {
    truth["file"]: truth["verdicts"] | {"playbook": truth["playbook"]}
    for truth in (json.loads(path.read_bytes()) for path in sorted(SAMPLES.glob("truth/*.json")))
    if truth["verdicts"]["meets"] or truth["verdicts"]["misses"]
}


@pytest.mark.parametrize("name", VERDICTS)
def test_a_message_meets_and_misses_what_it_was_made_to(name: str) -> None:
    expected = VERDICTS[name]
    found = {each.rule: each.verdict for each in reviewed(name, expected["playbook"]).findings}
    assert {rule: found[rule] for rule in expected["meets"]} == dict.fromkeys(expected["meets"], "met")
    assert {rule: found[rule] for rule in expected["misses"]} == dict.fromkeys(expected["misses"], "missed")


@pytest.mark.parametrize("playbook", ["general", "collections"])
def test_a_threat_comes_before_all_else(playbook: str) -> None:
    weights = {rule.id: rule.weight for rule in load_playbook(playbook).rules}
    assert weights.pop("no-threat") > max(weights.values())


# ── advice that fits what was heard ──────────────────────────────────────────────────────────────────


def finding(measurements: Measurements, playbook: str, rule: str) -> Finding:
    return {found.rule: found for found in judge(measurements, load_playbook(playbook))}[rule]


@pytest.mark.parametrize("playbook", ["general", "collections"])
@pytest.mark.parametrize(("pace", "says"), [(67.0, "67 words a minute, which drags"), (190.0, "even")])
def test_a_slow_speaker_is_not_told_to_slow_down(playbook: str, pace: float, says: str) -> None:
    found = finding(Measurements(duration_s=20.0, rate=RateMeasures(words_per_min=pace)), playbook, "pace")
    assert found.verdict == "missed"
    assert says in found.advice
    assert ("drags" in found.advice) == (pace < 100)


def test_a_number_that_was_not_said_is_not_placed() -> None:
    unsaid = Measurements(
        duration_s=20.0,
        caller=CallerMeasures(name="Sarah", at_start=True, at_end=True),
        number=NumberMeasures.unmeasured("not said: no number was heard"),
    )
    found = finding(unsaid, "collections", "both-ends")
    assert found.verdict == "missed"
    assert "not said" not in found.advice
    assert "of the way" not in found.advice


def test_one_offer_of_two_ways_is_two_ways() -> None:
    found = {f.rule: f.verdict for f in reviewed("collections_headline.flac", "collections").findings}
    assert found["two-options"] == "met", "please call or e-mail me"
    found = {f.rule: f.verdict for f in reviewed("dentist_callback.flac", "collections").findings}
    assert found["two-options"] == "missed"


# ── their rules ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", playbooks())
def test_each_shipped_rule_has_a_source_and_advice(name: str) -> None:
    book = load_playbook(name)
    assert book.name == name
    assert playbooks()[name] == book.title
    for rule in book.rules:
        assert rule.source
        assert len(rule.advice) > 20
        number = any(measure.startswith("number.") for measure in rule.measures)
        assert (rule.weight == 3) == number, "the rules on the number weigh most"


ABSTAINING = {"no-threat", "no-begging", "nothing-sensitive", "no-ask-to-call", "not-desperate"}


@pytest.mark.parametrize("name", playbooks())
def test_no_rule_counts_twice(name: str) -> None:
    """No measure speaks in two rules, and no rule stands twice."""
    rules = load_playbook(name).rules
    named = [measure for rule in rules for measure in rule.measures]
    assert len(set(named)) == len(named), sorted(m for m in named if named.count(m) > 1)
    assert len({rule.title for rule in rules}) == len(rules)


@pytest.mark.parametrize("name", playbooks())
def test_no_shipped_rule_scores_a_tactic(name: str) -> None:
    named = [measure for rule in load_playbook(name).rules for measure in rule.measures]
    assert not [measure for measure in named if measure.startswith("tactics.")]


@pytest.mark.parametrize("name", playbooks())
def test_shipped_advice_reads_well_whatever_was_not_said(name: str) -> None:
    nothing = Measurements(duration_s=30.0)
    groups: dict[str, Any] = {
        name: type(group).unmeasured("not said: x") for name, group in nothing.groups().items()
    }
    unsaid = Measurements(duration_s=30.0, **groups)
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
    good = Measurements(
        duration_s=30.0,
        message=MessageMeasures(duration_s=20.0, start_latency_s=0.5),
        rate=RateMeasures(words_per_min=140),
        caller=CallerMeasures(name="Sarah"),
        purpose=PurposeMeasures(spans=spans),
        next_step=PhraseMeasures(spans=spans),
        threat=PhraseMeasures(spans=()),
        number=NumberMeasures(digits="8005551234", digits_per_s=1.6, readings=2, agree=True),
    )
    missed = [f.rule for f in judge(good, load_playbook("general")) if f.verdict == "missed"]
    assert missed == []


def test_every_measure_a_shipped_rule_names_exists() -> None:
    named = {m for name in playbooks() for rule in load_playbook(name).rules for m in rule.measures}
    assert named <= set(MEASURES)


@pytest.mark.parametrize("name", playbooks())
def test_no_target_holds_a_dotted_name(name: str) -> None:
    for rule in load_playbook(name).rules:
        for target in (rule.target, *(bound.limit for bound in rule.bounds)):
            assert not re.search(r"[a-z]\.[a-z]|_", target), rule.id
