"""Messages with a reader's expectations, against the measures of wording."""

from __future__ import annotations

from pathlib import Path

import pytest

from aftertone.measurements import MEASURES
from benchmarks.wording import Expectation, facts, rows_of_all, table, wordings

OPEN_AGREEMENT_MIN = 0.95  # the record has 99 %


def test_there_are_enough_messages_and_each_expectation_names_a_measure() -> None:
    messages = list(wordings())
    assert len({message.text for message in messages}) == len(messages) >= 220
    assert abs(sum(message.half == "open" for message in messages) * 2 - len(messages)) <= 1
    expectations = [expectation for message in messages for expectation in message.expectations]
    assert {expectation.fact for expectation in expectations} <= set(MEASURES)
    assert 0.3 <= sum(expectation.sign == "-" for expectation in expectations) / len(expectations) <= 0.5


def test_the_open_half_agrees_with_the_reader() -> None:
    agreeing = [
        expectation.agrees(found) for wording, expectation, found in rows_of_all() if wording.half == "open"
    ]
    assert sum(agreeing) / len(agreeing) >= OPEN_AGREEMENT_MIN


def test_every_expectation_is_in_the_table_once() -> None:
    rows = rows_of_all()
    all_rows = dict(table(rows).rows)["all"]
    assert sum(int(all_rows[f"{half}, n"] or 0) for half in ("open", "kept")) == len(rows)


@pytest.mark.parametrize(
    ("expectation", "found", "agrees"),
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
def test_a_expectation_agrees(expectation: Expectation, found: object, agrees: bool) -> None:
    assert expectation.agrees(found) is agrees


def test_a_malformed_expectation_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "wording.txt"
    path.write_text("Hello.\n  ask.spans\n", encoding="utf-8")
    with pytest.raises(ValueError, match="expected"):
        list(wordings(path))


def test_facts_of_an_empty_message_are_none_or_empty() -> None:
    assert facts("")["ask.spans"] == ()
    assert facts("")["caller.name"] is None
