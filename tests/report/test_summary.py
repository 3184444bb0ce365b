from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest

from aftertone.playbook import Bound, Playbook, Rule
from aftertone.report import Outcome, Summary
from aftertone.report.console import console_for, print_summary
from aftertone.report.table import table_row


def test_percentiles_agree_with_numpy() -> None:
    values = np.random.default_rng(0).normal(20, 5, 1_001)
    spread = Summary({"duration_s": float(value)} for value in values).spread("duration_s")
    assert spread is not None
    assert spread.percentiles == pytest.approx(np.percentile(values, (5, 25, 50, 75, 95)))
    assert spread.count == 1_001
    assert spread.mean == pytest.approx(values.mean())
    assert (spread.least, spread.most) == (values.min(), values.max())


def test_a_sample_of_many_values_is_fair() -> None:
    spread = Summary({"duration_s": float(value)} for value in range(50_000)).spread("duration_s")
    assert spread is not None
    assert (spread.count, spread.mean, spread.most) == (50_000, 24_999.5, 49_999)
    # a quantile of a draw of 10,000 lies within five of its standard errors, sqrt(p (1 - p) / n) of the range
    for percent, at in zip((5, 25, 50, 75, 95), spread.percentiles, strict=True):
        p = percent / 100
        assert abs(at / 50_000 - p) < 5 * (p * (1 - p) / 10_000) ** 0.5


def test_failures_rules_and_flags_are_counted(outcomes: list[Outcome]) -> None:
    summary = Summary(map(table_row, [*outcomes, outcomes[0]]))
    assert (summary.count, summary.failed_count, summary.unscored_count) == (4, 1, 1)
    assert summary.failures == {"AudioEmptyError": 1}
    review = outcomes[0].review
    assert review is not None
    for finding in review.findings:
        judged = 2 * (finding.verdict != "not judged")
        missed = 2 * (finding.verdict == "missed")
        assert (summary.judged[finding.rule], summary.missed[finding.rule]) == (judged, missed)
    page = summary.to_dict()
    assert page["measures"]["number.valid"] == {
        "unit": "",
        "count": 2,
        "mean": 1.0,
        "min": 1.0,
        "max": 1.0,
    }
    assert page["measures"]["duration_s"]["p50"] == 21.5


def printed(summary: Summary, playbook: Playbook | None = None) -> list[str]:
    file = io.StringIO()
    print_summary(summary, console_for(file), playbook)
    return file.getvalue().splitlines()


def test_the_printed_summary_begins_with_the_rules_that_most_messages_miss(outcomes: list[Outcome]) -> None:
    lines = printed(Summary(map(table_row, outcomes)))
    assert lines[0].split() == ["rule", "missed", "of", "share"]
    missed = [int(line.split()[-3]) for line in lines[1 : lines.index("")]]
    assert missed == sorted(missed, reverse=True)
    assert missed[0] == 1
    assert any(line.startswith("Say the number slowly ") for line in lines), "the title, not the id"
    assert any(re.match(r"pace of the number +digits a second +1 +2\.6 ", line) for line in lines)
    assert not any(re.search(r"[a-z]\.[a-z]|_", line) for line in lines), "no dotted name"
    assert "failed: 1 by AudioEmptyError" in lines
    assert re.fullmatch(
        r"1 recording scored against general, \d+ of 100 \(\d+% judged\), "
        r"1 not understood well enough, 1 failed",
        lines[-1],
    )


def test_rules_are_ranked_by_the_messages_that_miss_them_then_by_share() -> None:
    often = [{"finding.often": "missed"}] * 2 + [{"finding.often": "met"}] * 8
    always = [{"finding.always": "missed", "finding.also": "missed"}, {"finding.also": "met"}]
    summary = Summary({"path": str(i), **row} for i, row in enumerate([*often, *always]))
    assert [each.rule for each in summary.rules()] == ["often", "always", "also"]


def test_a_rule_is_shown_by_its_titles_or_its_id_in_words() -> None:
    row = {"path": "a", "finding.pace": "missed", "finding.my-rule": "missed", "finding.other-rule": "missed"}
    books = [{"playbook": "general"}, {"playbook": "collections"}, {"playbook": "mine"}]
    mine = Playbook("mine", "Mine", (Rule("my-rule", "Smile", Bound("pauses.count", at_most=3)),))
    lines = printed(Summary({**row, **book} for book in books), mine)
    titles = {re.split("  +", line)[0] for line in lines[1:4]}
    assert titles == {"Speak slowly and clearly / Keep an easy pace", "Smile", "other rule"}


def test_shares_and_times_of_day_keep_their_units_in_the_cells() -> None:
    lines = printed(Summary([{"path": "a", "speech.share": 0.8, "recorded.hour": 15.5}]))
    assert re.match(r"share of speech +1 +80 % +80 % ", lines[1])
    assert re.match(r"time of day +1 +15:30 +15:30 ", lines[2])


def test_an_empty_summary_is_one_line() -> None:
    assert printed(Summary()) == ["0 recordings scored"]
    assert Summary([table_row(Outcome(Path("a.wav")))]).spreads() == {}
