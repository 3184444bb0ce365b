from __future__ import annotations

from pathlib import Path

import pytest

from aftertone import errors
from aftertone.language.transcript import Span
from aftertone.measurements import Measurements
from aftertone.measurements.content import PhraseMeasures
from aftertone.outcome import SCHEMA_VERSION, Outcome, Url, location
from aftertone.playbook import Review, judge, load_playbook, score_of
from aftertone.report import outcome_dict
from aftertone.report.table import table_row


def review_of(measurements: Measurements) -> Review:
    findings = judge(measurements, load_playbook("general"))
    return Review("a.wav", "general", measurements, findings, score_of(findings))


def test_an_outcome_is_a_review_or_an_error() -> None:
    review = review_of(Measurements(duration_s=2.0))
    good = Outcome(Path("a.wav"), review).to_dict()
    assert good == {
        "schema_version": SCHEMA_VERSION,
        "path": "a.wav",
        "error": None,
        "review": review.to_dict(),
    }
    bad = Outcome(Path("-in/empty.wav"), error=errors.AudioEmptyError("no bytes")).to_dict()
    assert bad["review"] is None
    assert bad["error"] == {"kind": "AudioEmptyError", "message": "no bytes"}
    assert outcome_dict(Outcome(Path("a.wav"), review)) == good


def test_an_outcome_comes_back() -> None:
    for path in (Path("a.wav"), Url("s3://calls/a.wav")):
        outcome = Outcome(path, review_of(Measurements(duration_s=2.0)))
        again = Outcome.from_dict(outcome.to_dict())
        assert again.to_dict() == outcome.to_dict()
        assert again.path == path == location(str(path))


def test_a_row_is_the_same_before_and_after_it_is_kept() -> None:
    time_s = 2.675000000000001  # kept as 2.675, which prints as 2.67
    threat = PhraseMeasures(spans=(Span(time_s, time_s + 1, "or else"),))
    made = Outcome(Path("a.wav"), review_of(Measurements(duration_s=9.0, threat=threat)))
    assert table_row(Outcome.from_dict(made.to_dict())) == table_row(made)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ({"schema_version": SCHEMA_VERSION + 1}, "read it with the version that wrote it"),
        ({}, "not an outcome: KeyError"),
        ({"schema_version": 1, "path": "a", "error": None, "review": 3}, "not an outcome: TypeError"),
    ],
)
def test_what_is_no_outcome_is_an_error(page: dict[str, object], says: str) -> None:
    with pytest.raises(errors.ReportError, match=says):
        Outcome.from_dict(page)
