from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.acoustics.audio import read_audio
from aftertone.errors import PlaybookError
from aftertone.language.brief import Brief, find_brief
from aftertone.measurements import MEASURES, Measurements
from aftertone.measurements.content import NumberMeasures
from aftertone.measurements.sound import MessageMeasures
from aftertone.outcome import Outcome
from aftertone.pipeline import measure
from aftertone.playbook import Bound, Playbook, Review, Rule, Score, judge
from aftertone.practice.comparison import Practice, _change, practice_of, progress

RATE_HZ = 16_000
BOOK = """
title = "Short, quiet or lively"
[[rule]]
id = "short"
title = "Be short"
measure = "duration_s"
at_most = 2
weight = 2
advice = "Cut {duration_s}."
[[rule]]
id = "long"
title = "Be long"
any_of = [{ measure = "duration_s", at_least = 3 }, { measure = "level.clipped_share", at_most = 0.9 }]
advice = "Say more."
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "books" / "mine.toml"
    path.parent.mkdir()
    path.write_text(BOOK)
    return path


def hiss(path: Path, duration_s: float) -> Path:
    """A quiet line without speech. Louder noise is not judged at all."""
    import soundfile

    path.parent.mkdir(exist_ok=True)
    samples = np.random.default_rng(1).normal(0, 0.001, round(duration_s * RATE_HZ))
    soundfile.write(path, samples, RATE_HZ)
    return path


def takes(folder: Path, book: Path, *durations_s: float) -> Practice:
    for number, duration_s in enumerate(durations_s, start=8):
        hiss(folder / f"take{number}.wav", duration_s)
    (practice,) = progress(folder, engine=None, playbook=book)
    return practice


def test_a_take_nearer_to_its_target_is_better_before_it_is_met(tmp_path: Path, book: Path) -> None:
    practice = takes(tmp_path / "t", book, 5, 4)
    assert [(change.after.rule, change.change) for change in practice.changes] == [("short", "better")]
    assert practice.better[0].after.verdict == "missed"
    practice = takes(tmp_path / "t", book, 5, 4, 1.5)
    assert [take.path.name for take in practice.takes] == ["take8.wav", "take9.wav", "take10.wav"]
    assert [(change.after.rule, change.after.verdict) for change in practice.better] == [("short", "met")]
    assert practice.worse == ()


def test_a_take_further_from_its_target_is_worse(tmp_path: Path, book: Path) -> None:
    practice = takes(tmp_path / "t", book, 1.5, 4)
    assert practice.better == ()
    assert [(change.after.rule, change.after.verdict) for change in practice.worse] == [("short", "missed")]
    (line,) = [line for line in practice.measures if line.measure == "duration_s"]
    assert (line.values, line.change) == ((1.5, 4.0), "worse")


def test_the_best_take_has_the_most_points_and_is_the_latest_of_several(tmp_path: Path, book: Path) -> None:
    practice = takes(tmp_path / "t", book, 1.5, 5, 1.5, 5)
    assert practice.best is not None
    assert practice.best.path.name == "take10.wav"


def test_takes_belong_together_by_script_playbook_and_recipient(tmp_path: Path) -> None:
    rows = ["a,Hello there,Mary,2", "b,hello  THERE,mary,1", "c,Hello there,Ann,", "d,Goodbye,Mary,"]
    (tmp_path / "metadata.csv").write_text(
        "file_name,script,recipient,attempt\n" + "\n".join(row.replace(",", ".wav,", 1) for row in rows)
    )
    found = progress([tmp_path / f"{name}.wav" for name in "abcd"], engine=None)
    assert [[take.path.stem for take in practice.takes] for practice in found] == [["b", "a"], ["c"], ["d"]]


def test_without_briefs_each_folder_is_a_practice(tmp_path: Path) -> None:
    paths = [tmp_path / "one" / "a.wav", tmp_path / "two" / "a.wav", tmp_path / "one" / "b.wav"]
    assert [len(practice.takes) for practice in progress(paths, engine=None)] == [2, 1]
    (together,) = progress(paths, engine=None, brief=Brief(script="Hello"))
    assert len(together.takes) == 3


def test_a_bad_brief_is_the_outcome_of_its_own_recording(tmp_path: Path, book: Path) -> None:
    hiss(tmp_path / "a.wav", 1)
    hiss(tmp_path / "b.wav", 1).with_suffix(".toml").write_text("attempt = 0")
    (practice,) = progress([tmp_path / "a.wav", tmp_path / "b.wav"], engine=None, playbook=book)
    good, bad = practice.takes
    assert good.error is None
    assert type(bad.error).__name__ == "BriefError"
    assert practice.measures[0].values == (1.0, None)
    assert practice.changes == ()
    assert json.dumps(practice.to_dict())


def test_the_attempt_of_a_take_is_not_that_of_a_message(tmp_path: Path, book: Path) -> None:
    path = hiss(tmp_path / "a.wav", 1)
    path.with_suffix(".toml").write_text('attempt = 3\nrecipient = "Mary"')
    assert measure(read_audio(path), brief=find_brief(path)).campaign.attempt == 3
    (practice,) = progress(path, engine=None, playbook=book)
    (take,) = practice.takes
    assert take.review is not None
    assert take.review.measurements.campaign.attempt is None


def test_a_playbook_that_cannot_be_used_is_raised(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError):
        progress([tmp_path / "a.wav"], engine=None, brief=Brief(playbook="no-such"))


# ── how far from a bound ─────────────────────────────────────────────────────────────────────────────


@given(*[st.floats(0, 100)] * 4, st.floats(0, 10))
def test_a_change_for_the_better_is_one_for_the_worse_in_reverse(
    a: float, b: float, low: float, width: float, error: float
) -> None:
    bound = Bound("duration_s", low, low + width)
    other = {"better": "worse", "worse": "better", "same": "same"}
    assert _change(bound, b, a, error) == other[str(_change(bound, a, b, error))]
    assert _change(bound, a, a, error) == "same"
    if abs(a - b) < error:
        assert _change(bound, a, b, error) == "same"


# ── within the standard error ────────────────────────────────────────────────────────────────────────


PACE = Playbook(
    "pace",
    "Pace of the number",
    (
        Rule("slow", "Slow", Bound("number.digits_per_s", at_most=2)),
        Rule("long", "Long", Bound("message.duration_s", at_least=20)),
    ),
)


def spoken(path: Path, digits_per_s: float, margin: float, duration_s: float) -> Outcome:
    """A take with a pace of the number, its margin (90 of 100 errors are smaller), and a length."""
    found = Measurements(
        duration_s=30.0,
        number=NumberMeasures(digits_per_s=digits_per_s, digits_per_s_margin=margin),
        message=MessageMeasures(duration_s=duration_s),
    )
    return Outcome(path, Review(path.name, "pace", found, judge(found, PACE), Score(50, 1.0)))


@pytest.mark.parametrize(
    ("before", "after", "margin", "change"),
    [
        (2.1, 1.9, 0.3, "same"),  # the error of the difference is 0.26
        (1.9, 2.1, 0.3, "same"),
        (2.9, 2.7, 0.3, "same"),
        (2.3, 1.9, 0.3, "better"),
        (1.9, 2.3, 0.3, "worse"),
        (2.1, 1.9, 0.1, "better"),
        (3.4, 2.9, 0.3, "better"),
        (2.9, 3.4, 0.3, "worse"),
    ],
)
def test_a_difference_within_the_standard_error_is_no_change(
    before: float, after: float, margin: float, change: str
) -> None:
    takes = [spoken(Path("1.wav"), before, margin, 25.0), spoken(Path("2.wav"), after, margin, 25.0)]
    practice = practice_of(Brief(), PACE, takes)
    (pace,) = [each for each in practice.measures if each.measure == "number.digits_per_s"]
    assert pace.change == change
    changes = [(each.after.rule, each.change) for each in practice.changes]
    assert changes == ([] if change == "same" else [("slow", change)])


def test_the_errors_of_both_takes_are_combined() -> None:
    takes = [spoken(Path("1.wav"), 2.1, 0.1, 25.0), spoken(Path("2.wav"), 1.9, 0.4, 25.0)]
    assert practice_of(Brief(), PACE, takes).changes == ()


def test_a_constant_error_counts_too() -> None:
    error = MEASURES["message.duration_s"].error
    for step_s, expected in ((0.5 * error, []), (2 * error, ["long"])):
        takes = [
            spoken(Path("1.wav"), 3, 0.3, 20 - step_s / 2),
            spoken(Path("2.wav"), 3, 0.3, 20 + step_s / 2),
        ]
        assert [each.after.rule for each in practice_of(Brief(), PACE, takes).better] == expected
