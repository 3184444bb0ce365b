"""Wordings of our own, against the measures that are to find them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aftertone.measurements import MEASURES
from benchmarks.wording import Expectation, facts, judged, table, wordings

OPEN_AGREEMENT_MIN = 0.95  # 99 % when it was recorded


def test_there_are_enough_messages_and_each_verdict_names_a_measure() -> None:
    messages = list(wordings())
    assert len({message.text for message in messages}) == len(messages) >= 220
    assert abs(sum(message.half == "open" for message in messages) * 2 - len(messages)) <= 1
    verdicts = [verdict for message in messages for verdict in message.verdicts]
    assert {verdict.fact for verdict in verdicts} <= set(MEASURES)
    assert 0.3 <= sum(verdict.sign == "-" for verdict in verdicts) / len(verdicts) <= 0.5


def test_the_open_half_agrees_with_its_reader() -> None:
    agreeing = [verdict.agrees(found) for wording, verdict, found in judged() if wording.half == "open"]
    assert sum(agreeing) / len(agreeing) >= OPEN_AGREEMENT_MIN


def test_every_verdict_is_in_the_table_once() -> None:
    rows = judged()
    all_rows = dict(table(rows).rows)["all"]
    assert sum(int(all_rows[f"{half}, n"] or 0) for half in ("open", "kept")) == len(rows)


@pytest.mark.parametrize(
    ("verdict", "found", "agrees"),
    [
        (Expectation("ask.spans", "+"), ("a span",), True),
        (Expectation("ask.spans", "+"), (), False),
        (Expectation("ask.specific", "-"), None, True),
        (Expectation("options.count", "=", "2"), 2, True),
        (Expectation("options.count", "=", "2"), 3, False),
        (Expectation("topics.count", ">", "1"), 2, True),
        (Expectation("topics.count", ">", "1"), 1, False),
        (Expectation("recipient.name", "=", "Doyle"), "Mr and Mrs Doyle", True),
        (Expectation("recipient.name", "=", "Doyle"), None, False),
        (Expectation("caller.company", "=", "Baxter and Lowe"), "Law Firm of Baxter and Lowe", True),
        (Expectation("caller.name", "=", "Stan"), "Stan The Roofer", False),
    ],
)
def test_a_verdict_agrees(verdict: Expectation, found: object, agrees: bool) -> None:
    assert verdict.agrees(found) is agrees


def test_a_malformed_verdict_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "wording.txt"
    path.write_text("Hello.\n  ask.spans\n", encoding="utf-8")
    with pytest.raises(ValueError, match="expected"):
        list(wordings(path))


def test_facts_of_nothing_said_are_none_or_empty() -> None:
    assert facts("")["ask.spans"] == ()
    assert facts("")["caller.name"] is None
