from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from aftertone.language.fillers import Filler
from aftertone.language.transcript import Span
from aftertone.measurements import MEASURES, Measurements
from aftertone.measurements.words import Fillers, Phrases
from aftertone.playbook.scoring import Review
from aftertone.report import Outcome, measurements_dict, outcome_dict, to_dict
from aftertone.report.row import row_of
from aftertone.report.tree import outcome_of


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def test_a_row_is_the_same_before_and_after_it_is_kept(review: Review) -> None:
    time_s = 2.675000000000001  # kept as 2.675, which prints as 2.67
    threat = Phrases(spans=(Span(time_s, time_s + 1, "or else"),))
    made = Outcome(Path("a.wav"), replace(review, measurements=replace(review.measurements, threat=threat)))
    assert row_of(outcome_of(outcome_dict(made))) == row_of(made)


def test_a_review_is_plain_json_and_back(review: Review) -> None:
    page = to_dict(review)
    assert json.loads(json.dumps(page, allow_nan=False)) == page
    assert {type(leaf) for leaf in leaves(page)} <= {str, int, float, bool, type(None)}


def test_measures_are_nested_by_group_under_their_names(review: Review) -> None:
    page = to_dict(review)
    assert page["measurements"]["number"]["digits_per_s"] == 2.6
    assert page["measurements"]["duration_s"] == 21.5
    assert page["measurements"]["rate"]["curve"][1] == {"time_s": 1.0, "value": 5.5}
    assert page["measurements"]["threat"]["spans"][0] == {"start_s": 10.0, "end_s": 11.0, "text": "or else"}
    assert page["evidence"] == {
        "number.digits_per_s": [{"start_s": 3.5, "end_s": 8.25, "text": "800 555 1234"}]
    }
    flat = {
        f"{group}.{name}" if isinstance(values, dict) else group
        for group, values in page["measurements"].items()
        for name in (values if isinstance(values, dict) else [""])
    }
    assert flat == set(MEASURES)


def test_whatever_is_null_has_its_reason(review: Review) -> None:
    page = to_dict(review)
    assert page["not_measured"]["pitch.spread_st"] == "2 s voiced, 3 s are needed"
    nulls = {
        f"{group}.{name}"
        for group, values in page["measurements"].items()
        if isinstance(values, dict)
        for name, value in values.items()
        if value is None
    }
    assert nulls == set(page["not_measured"])
    assert {"pitch.median_hz", "level.snr_db"} <= nulls, "NaN and infinity are no numbers in JSON"
    assert all(measurements_dict(Measurements(duration_s=1.0))["not_measured"].values())


def test_findings_and_score(review: Review) -> None:
    page = to_dict(review)
    slow = next(finding for finding in page["findings"] if finding["rule"] == "number-slow")
    assert (slow["verdict"], slow["measure"], slow["value"]) == ("missed", "number.digits_per_s", 2.6)
    assert slow["evidence"][0]["text"] == "800 555 1234"
    assert page["score"]["points"] == review.score.points


def test_an_outcome_is_a_review_or_an_error(outcomes: list[Outcome], review: Review) -> None:
    good, _, bad = map(outcome_dict, outcomes)
    assert good["error"] is None
    assert good["review"] == to_dict(review)
    assert bad["review"] is None
    assert bad["error"] == {"kind": "AudioEmptyError", "message": "-in/empty.wav: no bytes, nothing to hear"}


def test_a_file_name_that_is_no_text_is_still_written(review_of: Callable[..., Review]) -> None:
    page = to_dict(review_of(name=b"caf\xe9.wav".decode("utf-8", "surrogateescape")))
    assert page["recording"] == "caf?.wav"


def test_a_filler_says_what_witnessed_it() -> None:
    um = Filler("um", 2.0, 2.4, "both", "filled_pause", 0.98)
    m = Measurements(duration_s=9.0, fillers=Fillers.of((um,), 9.0, None))
    assert measurements_dict(m)["evidence"]["fillers.count"] == [
        {"start_s": 2.0, "end_s": 2.4, "text": "um", "witness": "both", "confidence": 0.98}
    ]
