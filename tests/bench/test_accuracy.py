"""Accuracy against the truth beside the recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from aftertone.acoustics.audio import read_audio
from aftertone.bench.accuracy import ComparedMessage, Truth, accuracy_of, compared_message, truth_of
from aftertone.errors import BenchmarkError
from aftertone.pipeline import review
from tests.browser import SAMPLES, TrueWords


def test_figures_are_those_counted_by_hand() -> None:
    rows = [
        ComparedMessage(0.05, "call me now", "call me", "5551234", "5551234", (1.0, 5.0), (1.05, 9.0)),
        ComparedMessage(0.20, "thank you", "thank who", "5559876", None, (), ()),
        ComparedMessage(None, None, "hello", None, "555", None, (3.0,)),
    ]
    found = accuracy_of(rows)
    assert found is not None
    assert (found.durations_right, found.durations_known) == (1, 2)
    assert (found.digits_right, found.digits_known) == (1, 2)
    assert found.word_error_rate == pytest.approx(2 / 5)  # one lost, one taken for another, of five
    assert found.fillers_f1 == pytest.approx(2 * 1 / 4)  # one matched; two true, two found
    assert found.missing == ()


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aftertone.bench.accuracy.find_spec", lambda _: None)
    found = accuracy_of([ComparedMessage(0.0, "call", "call", None, None, (1.0,), (1.0,))])
    assert found is not None
    assert found.word_error_rate is None
    assert found.fillers_f1 is None
    assert [line.split()[-1] for line in found.missing] == ["'aftertone[eval]'"] * 2


def test_the_truth_of_a_sample_is_found_and_true_words_have_no_error() -> None:
    path = SAMPLES / "hurried_number.flac"
    truth = truth_of(path)
    assert isinstance(truth, Truth)
    found = accuracy_of([compared_message(truth, review(read_audio(path), engine=TrueWords(path.stem)))])
    assert found is not None
    assert (found.word_error_rate, found.digits_right, found.digits_known) == (0.0, 1, 1)


def test_a_malformed_truth_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "a.json").write_text('{"words": 3}')
    with pytest.raises(BenchmarkError, match=r"a\.json: not the truth of a recording"):
        truth_of(tmp_path / "a.wav")
    assert truth_of(tmp_path / "b.wav") is None
