"""Constrained decoding of digits, on real weights."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aftertone as at
from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.language.transcript import NumeralRequest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_audio"
NUMBERS = ROOT.parent / "shared" / "data" / "an4"


@pytest.fixture(scope="module")
def base() -> Any:
    return at.load_engine("whisper", model="base", offline=True, threads=1)


def read(name: str) -> tuple[Recording, list[dict[str, Any]]]:
    truth = json.loads((SAMPLES / "truth" / f"{name}.json").read_text())
    return at.read_audio(SAMPLES / truth["file"]), truth["digits"]


def request(digits: list[dict[str, Any]], *also: str) -> NumeralRequest:
    return NumeralRequest(Interval(digits[0]["start_s"] - 0.02, digits[-1]["end_s"] + 0.1), also)


@pytest.mark.parametrize(
    "name", ["number_once", "hurried_number", "long_hesitations", "noisy_20db", "uk_number"]
)
def test_the_digits_of_practice_messages_are_the_likeliest(base: Any, name: str) -> None:
    recording, digits = read(name)
    first = [each for each in digits if each["reading"] == 1]
    (stretch,) = base.numerals(recording, [request(first)])
    said = "".join(each["digit"] for each in first)
    assert said in [string.digits for string in stretch.strings[:2]]
    scores = [string.numeral_log_prob for string in stretch.strings]
    assert scores == sorted(scores, reverse=True)
    assert all(string.digits.isdigit() and string.spaced_log_prob < 0 for string in stretch.strings)


@pytest.mark.parametrize("name", ["run_of_zeros", "message_taker"])
def test_runs_of_a_digit_that_the_words_get_wrong_are_right_in_the_measures(base: Any, name: str) -> None:
    recording, digits = read(name)
    said = "".join(each["digit"] for each in digits if each["reading"] == 1)
    assert at.measure(recording, engine=base).number.digits == said


def test_the_numbers_of_people_are_the_likeliest(base: Any) -> None:
    if not NUMBERS.is_dir():
        pytest.skip("shared/data/an4 is not there")
    with (NUMBERS / "metadata.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if len(row["number"]) > 5][:20]
    right = 0
    for row in rows:
        recording = at.read_audio(NUMBERS / row["file_name"])
        whole = NumeralRequest(Interval(0.0, recording.duration_s), ())
        (stretch,) = base.numerals(recording, [whole])
        right += stretch.strings[0].digits == row["number"]
    assert right >= 18, f"{right} of {len(rows)}"


def test_speech_without_a_number_has_no_string_of_seven_digits(base: Any) -> None:
    recording, digits = read("number_once")
    (stretch,) = base.numerals(recording, [NumeralRequest(Interval(0.5, digits[0]["start_s"] - 0.5), ())])
    assert not stretch.strings or len(stretch.strings[0].digits) < 7


def test_strings_asked_for_are_scored_and_a_longer_run_is_told_from_the_true_one(base: Any) -> None:
    recording, digits = read("number_once")
    said = "".join(each["digit"] for each in digits)
    run = said.index("555")
    longer = said[:run] + "5" + said[run:]
    (stretch,) = base.numerals(recording, [request(digits, said, longer)])
    scores = {string.digits: string.spaced_log_prob for string in stretch.strings}
    assert scores[said] > scores[longer]


def test_a_stretch_has_the_same_scores_alone_and_with_others(base: Any) -> None:
    recording, digits = read("number_once")
    other, other_digits = read("hurried_number")
    wanted = request(digits, "5550123")
    (alone,) = base.numerals(recording, [wanted])
    base.numerals(other, [request(other_digits)])
    assert base.numerals(recording, [NumeralRequest(Interval(0.5, 2.0), ()), wanted])[1] == alone


@pytest.mark.parametrize("at_s", [(2.0, 2.0), (0.9, 1.0), (5.0, 9.0)])
def test_silence_and_nothing_are_decoded_without_an_error(base: Any, at_s: tuple[float, float]) -> None:
    silence = Recording.from_samples(np.zeros(16_000), 16_000)
    (stretch,) = base.numerals(silence, [NumeralRequest(Interval(*at_s), ())])
    assert (stretch.start_s, stretch.end_s) == at_s
    assert all(len(string.digits) < 7 for string in stretch.strings)
