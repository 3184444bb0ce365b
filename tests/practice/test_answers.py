"""What the page is told of a take: brief, differences from the script, and the takes beside it."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import aftertone as at
from aftertone.language.brief import Brief
from aftertone.language.transcript import Transcript
from aftertone.measurements import MEASURES
from aftertone.playbook import Playbook, Score, load_playbook, playbooks
from aftertone.practice import answers
from aftertone.practice.answers import comparison, differences, playbook_data, row
from aftertone.practice.comparison import practice_of
from aftertone.practice.takes import Takes
from aftertone.report import Outcome, write_report
from tests.browser import SAMPLES, truth
from tests.engines import TrueWords
from tests.practice.workers import ended
from tests.speech import transcript_of

GENERAL = load_playbook("general")
MARY = Brief(recipient="Mary", playbook="general")


@pytest.fixture(scope="module")
def good() -> at.Review:
    """The review of a practice message by its true words."""
    return at.review(SAMPLES / truth("number_twice_slowly")["file"], engine=TrueWords(), playbook="general")


def put(takes: Takes, review: at.Review, *points: int | None, brief: Brief = MARY, day: int = 1) -> None:
    """Takes with these points, recorded a minute apart."""
    for minute, each in enumerate(points):
        take = takes.keep(io.BytesIO(b"sound"), "said.wav", brief)
        score = Score(each, 1.0 if each is not None else 0.2)
        outcome = Outcome(take.audio, replace(review, recording=take.audio.name, score=score))
        write_report([outcome], take.review_path)
        at_s = 1_700_000_000 + 86_400 * day + 60 * minute
        os.utime(take.audio, (at_s, at_s))


def compared(takes: Takes, name: str, book: Playbook = GENERAL) -> dict[str, Any]:
    found = comparison(takes, takes.get(name), book)
    assert found is not None
    return found


def roles(takes: Takes, name: str) -> list[tuple[str, str]]:
    return [(each["name"], each["role"]) for each in compared(takes, name)["columns"]]


# ── side by side ─────────────────────────────────────────────────────────────────────────────────────


def test_the_columns_are_the_last_the_best_and_the_previous_scored_take(kept: Takes, good: at.Review) -> None:
    put(kept, good, 90, 40, None, 60, 70)
    assert roles(kept, "take-005") == [("take-005", "last"), ("take-001", "best"), ("take-004", "previous")]
    assert roles(kept, "take-004") == [("take-004", "last"), ("take-001", "best"), ("take-002", "previous")]
    assert roles(kept, "take-002") == [("take-002", "last"), ("take-001", "best, previous")]
    assert comparison(kept, kept.get("take-001"), GENERAL) is None


def test_one_take_may_be_the_last_and_the_best(kept: Takes, good: at.Review) -> None:
    put(kept, good, 50, 60, 60)
    assert roles(kept, "take-003") == [("take-003", "last, best"), ("take-002", "previous")]


def test_a_take_without_points_shows_the_scored_ones_before_it(kept: Takes, good: at.Review) -> None:
    put(kept, good, 50, 60, None)
    assert roles(kept, "take-003") == [("take-002", "last, best"), ("take-001", "previous")]


def test_takes_of_one_recipient_are_compared_whatever_the_script(kept: Takes, good: at.Review) -> None:
    put(kept, good, 50)
    put(kept, good, 90, brief=replace(MARY, recipient="Bob"))
    put(kept, good, 70, brief=replace(MARY, script="Hi Mary"))
    put(kept, good, 60, brief=replace(MARY, number="312-555-0143"))
    assert roles(kept, "take-004") == [
        ("take-004", "last"), ("take-003", "best, previous")
    ]  # fmt: skip
    assert [name for name, *_ in compared(kept, "take-004")["history"]] == [
        "take-001",
        "take-003",
        "take-004",
    ]


def test_the_history_has_every_scored_take_in_order_of_time(kept: Takes, good: at.Review) -> None:
    put(kept, good, 50, 60, day=2)
    put(kept, good, None, 70, day=1)
    history = compared(kept, "take-002")["history"]
    assert [(name, points) for name, _, points in history] == [
        ("take-004", 70), ("take-001", 50), ("take-002", 60)
    ]  # fmt: skip
    times = [time for _, time, _ in history]
    assert times == sorted(times)
    assert times[-1] == row(kept.state("take-002"))["recorded_at"]


def test_changes_are_those_from_the_previous_to_the_last(kept: Takes) -> None:
    reviews = {
        name: at.review(SAMPLES / truth(name)["file"], engine=TrueWords(), playbook="general")
        for name in ("number_twice_slowly", "hurried_number")
    }
    put(kept, reviews["number_twice_slowly"], 100)
    put(kept, reviews["hurried_number"], 60)
    put(kept, reviews["number_twice_slowly"], 90)
    found = compared(kept, "take-003")
    assert [each["role"] for each in found["columns"]] == ["last", "best", "previous"]
    assert "Say the number slowly" in found["better"]
    assert found["worse"] == []
    verdicts = dict(found["rules"])["Say the number slowly"]
    assert verdicts == ["met", "met", "missed"]
    pace = next(
        each for each in found["measures"] if each[0] == MEASURES["number.digits_per_s"].title.capitalize()
    )
    assert pace[2][0] == pace[2][1] != pace[2][2]
    assert pace[3] == "better"


def test_a_review_that_cannot_be_compared_is_named_and_left_out(
    kept: Takes, good: at.Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(kept, good, 90, 80, 50)

    def failing(brief: Brief, book: Playbook, outcomes: Any) -> Any:
        if any(outcome.path.stem in ("take-001", "take-002") for outcome in outcomes):
            raise ZeroDivisionError("by nought")
        return practice_of(brief, book, outcomes)

    monkeypatch.setattr(answers, "practice_of", failing)
    found = compared(kept, "take-003")
    assert [each["role"] for each in found["columns"]] == ["last, best"]
    assert [problem.partition(":")[0] for problem in found["problems"]] == [
        "take-002 cannot be compared",
        "take-001 cannot be compared",
    ]
    assert len(found["history"]) == 3


# ── differences ──────────────────────────────────────────────────────────────────────────────────────


def test_differences_go_through_the_whole_script(good: at.Review) -> None:
    said = replace(good, transcript=transcript_of("hi mary um this is ann please call me"))
    assert differences(said, "Hi Mary, this is Bob. Do call me today.") == [
        ["same", "Hi Mary, this is", "hi mary this is", 0.0, 2.4],
        ["changed", "Bob. Do", "ann please", 2.5, 3.4],
        ["same", "call me", "call me", 3.5, 4.4],
        ["left_out", "today.", "", 4.4, 4.4],
    ]
    assert differences(said, None) is None
    assert differences(replace(good, transcript=None), "Hi") is None
    assert differences(replace(good, transcript=Transcript()), "Hi Mary") == [
        ["left_out", "Hi Mary", "", 0.0, 0.0]
    ]


# ── takes and playbooks ──────────────────────────────────────────────────────────────────────────────


def test_an_opened_take_brings_its_brief_back(client: Any, kept: Takes) -> None:
    audio = Path(SAMPLES / truth("hurried_number")["file"]).read_bytes()
    texts = {"playbook": "collections", "recipient": "Mary", "number": "555-0143 x2", "script": "Hi\r\nMary"}
    sent = client.post("/takes", data=texts, files={"audio": ("said.flac", audio)})
    take = sent.json()["take"]
    assert (sent.status_code, take["name"], take["recipient"]) == (202, "take-001", "Mary")
    assert (take["playbook"], take["state"]) == ("collections", "queued")
    opened = client.get("/takes/take-001").json()
    assert opened["brief"] == {**texts, "script": "Hi\nMary"}
    ended(kept, "take-001")
    opened = client.get("/takes/take-001").json()
    assert opened["message"]["audio"] == "/takes/take-001/audio"
    assert opened["take"]["duration_s"] == pytest.approx(15.3, abs=0.1)
    assert opened["differences"] is None  # no words without an engine
    listed = client.get("/takes").json()
    assert (listed["takes"], listed["engine"]) == ([opened["take"]], "none")


def test_the_time_of_a_take_is_that_of_its_recording(kept: Takes) -> None:
    before = datetime.now().astimezone() - timedelta(seconds=2)
    take = kept.keep(io.BytesIO(b"sound"), "a.wav", Brief())
    assert before < take.recorded_at < datetime.now().astimezone() + timedelta(seconds=2)
    os.utime(take.audio, (1_700_000_000, 1_700_000_000))
    moment = kept.get(take.name).recorded_at
    assert moment.timestamp() == 1_700_000_000
    assert moment.tzinfo is not None


def test_every_playbook_has_its_checklist_and_bounds() -> None:
    found = playbook_data()
    assert list(found) == list(playbooks())
    general = found["general"]
    assert sorted(general["checklist"]) == sorted(rule.title for rule in GENERAL.rules)
    assert general["checklist"][-1] == "Leave out every threat"  # the heaviest rule, but it says nothing
    weights = {rule.title: rule.weight for rule in GENERAL.rules if rule.id != "no-threat"}
    assert [weights[title] for title in general["checklist"][:-1]] == sorted(weights.values(), reverse=True)
    assert found["collections"]["checklist"][0] == "Begin and end with name and number"
    assert general["length_s"] == (None, 36.0)
    assert general["digits_per_s_max"] == 2.0


# ── spoken ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_rewritten_message_is_spoken_once_where_the_voices_are_installed(
    client: Any, kept: Takes, good: at.Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(kept, good, 50)
    put(kept, replace(good, rewrite=None), 50)
    said: list[Any] = []

    def spoken_wav(parts: Any) -> bytes:
        said.append(parts)
        return b"RIFF"

    monkeypatch.setattr("aftertone.synthesis.spoken_wav", spoken_wav)
    monkeypatch.setattr(answers, "can_speak", lambda: False)
    assert client.get("/takes/take-001").json()["spoken"] is None
    assert "not installed" in client.get("/takes/take-001/spoken").json()["error"]
    monkeypatch.setattr(answers, "can_speak", lambda: True)
    assert client.get("/takes/take-001").json()["spoken"] == "/takes/take-001/spoken"
    assert client.get("/takes/take-002").json()["spoken"] is None
    for _ in range(2):
        answer = client.get("/takes/take-001/spoken")
        assert (answer.status_code, answer.headers["content-type"], answer.content) == (
            200,
            "audio/wav",
            b"RIFF",
        )
    assert good.rewrite is not None
    assert said == [good.rewrite.parts]
    assert client.get("/takes/take-002/spoken").status_code == 404
    answers._wav.cache_clear()
