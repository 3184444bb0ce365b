"""The playbooks that come with it, on messages that are known to be good or bad: true words, real sound."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import aftertone as at
from aftertone.language.transcript import Transcript, Word
from aftertone.measurements import Measurements
from aftertone.measurements.sound import Rate
from aftertone.measurements.words import Caller, Number
from aftertone.playbook import Finding, judge, load_playbook

SAMPLES = Path(__file__).parents[1] / "sample_audio"


class Truth:
    """An engine that hears what was said."""

    name = "truth"

    def transcribe(self, recording: at.Recording) -> Transcript:
        words = json.loads((SAMPLES / "truth" / f"{Path(recording.name).stem}.json").read_bytes())["words"]
        return Transcript(tuple(Word(word["text"], word["start_s"], word["end_s"]) for word in words), "en")


@cache
def reviewed(name: str, playbook: str) -> at.Review:
    (outcome,) = at.review_many(SAMPLES / name, engine=Truth(), playbook=playbook)
    assert outcome.review is not None, outcome.error
    return outcome.review


def missed(review: at.Review) -> set[str]:
    return {finding.rule for finding in review.findings if finding.verdict == "missed"}


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
        ("rushed.mp3", "general", 0, 70),
    ],
)
def test_a_message_scores_as_it_was_left(name: str, playbook: str, lowest: int, highest: int) -> None:
    points = reviewed(name, playbook).score.points
    assert points is not None
    assert lowest <= points <= highest


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("too_long.ogg", {"brief", "number-slow", "number-twice", "pace"}),
        ("rushed.mp3", {"number-slow", "number-twice", "pace"}),
        ("full_of_fillers.flac", {"no-fillers", "number-slow", "number-twice"}),
        ("number_one_digit_changed.flac", {"number-twice"}),
        ("number_once.flac", {"number-twice"}),
        ("monotone.flac", {"lively", "number-twice"}),
        ("noisy_10db.flac", {"audible", "number-twice"}),
        ("clipped.flac", {"audible", "number-twice"}),
        ("too_quiet.flac", {"audible", "number-twice"}),
        ("freeze_after_beep.wav", {"prompt-start"}),
        ("long_hesitations.flac", {"no-hesitation"}),
        ("threat.flac", {"no-threat"}),
        ("follow_up_2.flac", {"number-left", "number-slow", "number-twice", "purpose"}),
        ("dentist_callback.flac", set()),
    ],
)
def test_a_message_misses_the_rules_that_it_was_made_to_miss(name: str, rules: set[str]) -> None:
    assert rules <= missed(reviewed(name, "general"))


@pytest.mark.parametrize("playbook", ["general", "collections"])
def test_a_threat_comes_before_all_else(playbook: str) -> None:
    weights = {rule.id: rule.weight for rule in load_playbook(playbook).rules}
    assert weights.pop("no-threat") > max(weights.values())


# ── advice that fits what was heard ──────────────────────────────────────────────────────────────────


def finding(measurements: Measurements, playbook: str, rule: str) -> Finding:
    return {found.rule: found for found in judge(measurements, load_playbook(playbook))}[rule]


@pytest.mark.parametrize("playbook", ["general", "collections"])
@pytest.mark.parametrize(("pace", "says"), [(67.0, "67 words a minute, which drags"), (190.0, "even")])
def test_who_drags_is_not_told_to_slow_down(playbook: str, pace: float, says: str) -> None:
    found = finding(Measurements(duration_s=20.0, rate=Rate(words_per_min=pace)), playbook, "pace")
    assert found.verdict == "missed"
    assert says in found.advice
    assert ("drags" in found.advice) == (pace < 100)


def test_a_number_that_was_not_said_is_not_placed() -> None:
    unsaid = Measurements(
        duration_s=20.0,
        caller=Caller(name="Sarah", at_start=True, at_end=True),
        number=Number.unmeasured("not said: no number was heard"),
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
