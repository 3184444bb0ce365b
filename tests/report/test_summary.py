from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest

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


def test_the_printed_summary_begins_with_the_rules_missed_most(outcomes: list[Outcome]) -> None:
    file = io.StringIO()
    print_summary(Summary(map(table_row, outcomes)), console_for(file))
    lines = file.getvalue().splitlines()
    shares = [int(line.split()[-1].rstrip("%")) for line in lines[1 : lines.index("")]]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 100
    assert any(line.startswith("fillers.per_min") for line in lines)
    assert "failed: 1 by AudioEmptyError" in lines
    assert re.fullmatch(
        r"1 recording scored against general, \d+ of 100 \(\d+% judged\), "
        r"1 not understood well enough, 1 failed",
        lines[-1],
    )


def test_an_empty_summary_is_one_line() -> None:
    file = io.StringIO()
    print_summary(Summary(), console_for(file))
    assert file.getvalue() == "0 recordings scored\n"
    assert Summary([table_row(Outcome(Path("a.wav")))]).spreads() == {}
