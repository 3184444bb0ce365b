from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.analysis import AcousticAnalysis, listen
from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.language.callback import Reading, find_callback_number
from aftertone.language.callback.timing import (
    digit_groups,
    slowdown_ratio,
    snapped_interval,
    timed_reading,
)
from aftertone.language.transcript import Transcript, Word
from tests.language.callback.transcripts import number

SAMPLES = Path(__file__).resolve().parents[3] / "sample_audio"


NO_NUCLEI = np.array([], np.float64)


def written(name: str) -> tuple[AcousticAnalysis, Transcript, list[list[dict[str, Any]]], str]:
    """A practice message, its words as a recogniser writes and times them, true digits, region.

    Each reading is one word, which starts 0.1 s late and ends 0.8 s early.
    """
    truth = json.loads((SAMPLES / "truth" / f"{name}.json").read_text())
    count = max(digit["reading"] for digit in truth["digits"])
    readings = [[d for d in truth["digits"] if d["reading"] == at] for at in range(1, count + 1)]
    spans = [(digits[0]["start_s"], digits[-1]["end_s"]) for digits in readings]
    words = [
        Word(w["text"], w["start_s"], w["end_s"])
        for w in truth["words"]
        if not any(start_s - 0.01 <= w["start_s"] < end_s - 0.01 for start_s, end_s in spans)
    ]
    for (start_s, end_s), digits in zip(spans, readings, strict=True):
        words.append(Word("".join(d["digit"] for d in digits), start_s + 0.1, end_s - 0.8))
    said = Transcript(tuple(sorted(words, key=lambda word: word.start_s)))
    return listen(read_audio(SAMPLES / truth["file"])), said, readings, truth.get("region") or "US"


# --- the digits, by forced alignment ---


@pytest.mark.parametrize(
    "name",
    [
        *("number_once", "number_twice_slowly", "hurried_number", "oh_and_zero", "run_of_zeros"),
        *("double_five", "uk_number", "noisy_20db", "gsm_line"),
    ],
)
def test_digits_are_found_where_they_are_said(name: str) -> None:
    sound, said, readings, region = written(name)
    found = find_callback_number(said, region=region)
    assert len(found.readings) == len(readings)
    for reading, true in zip(found.readings, readings, strict=True):
        timed = timed_reading(reading, said.words, sound)
        assert timed.is_aligned
        off_s = [abs(at.start_s - d["start_s"]) for at, d in zip(timed.items, true, strict=True)]
        assert median(off_s) < 0.08  # a digit takes 0.2 to 0.5
        start_s, end_s = true[0]["start_s"], true[-1]["end_s"]
        pace = timed.pace
        assert pace is not None
        assert pace.digits_per_s == pytest.approx(len(true) / (end_s - start_s), rel=0.1)
        assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(timed.items))


def test_times_do_not_depend_on_what_was_timed_before() -> None:
    def times(name: str) -> list[Any]:
        sound, said, _, region = written(name)
        return [
            timed_reading(each, said.words, sound)
            for each in find_callback_number(said, region=region).readings
        ]

    first = times("number_once")
    times("noisy_10db")
    assert times("number_once") == first


def test_the_digits_of_a_reading_stay() -> None:
    sound, said, (true,), _ = written("number_once")
    reading = find_callback_number(said).readings[0]
    timed = timed_reading(reading, said.words, sound)
    assert timed.digits == reading.digits == "".join(d["digit"] for d in true)
    assert [item.word_index for item in timed.items] == [item.word_index for item in reading.items]


def hissed() -> tuple[AcousticAnalysis, Reading, Transcript]:
    """Words where there is only noise."""
    noise = np.random.default_rng(0).normal(0, 0.05, 48_000)
    said = Transcript((Word("at", 0.5, 0.8), Word("555-0143", 1.0, 2.5), Word("thanks", 2.6, 2.9)))
    reading = find_callback_number(said).readings[0]
    return listen(Recording.from_samples(noise, 16_000)), reading, said


def test_digits_that_run_into_the_next_word_are_not_used() -> None:
    sound, _, (true,), _ = written("number_once")
    first_s = true[0]["start_s"]
    words = (Word("555-0143", first_s, first_s + 0.4), Word("bye", first_s + 0.5, first_s + 0.7))
    reading = find_callback_number(Transcript(words)).readings[0]
    timed = timed_reading(reading, words, sound)
    assert timed.is_aligned is False
    assert timed.interval == pytest.approx(snapped_interval(reading, sound.speech, sound.nuclei))


@pytest.mark.parametrize("at_s", [1.0, 2.9, 5.0])
def test_words_where_there_is_no_sound_keep_their_times(at_s: float) -> None:
    sound, _, _ = hissed()
    words = (Word("555-0143", at_s, at_s + 0.5),)
    timed = timed_reading(find_callback_number(Transcript(words)).readings[0], words, sound)
    assert timed.is_aligned is False
    assert timed.interval == pytest.approx((at_s, at_s + 0.5))


# --- without a path: the recogniser's words, moved to the edges of speech ---


def test_edges_go_to_the_speech_that_they_cut_off() -> None:
    reading = number("at 5 5 5 1 2 3 4").readings[0]
    speech = [Interval(0.0, 0.3), Interval(0.42, 1.5), Interval(1.9, 2.7)]
    assert reading.start_s == pytest.approx(0.35)
    assert snapped_interval(reading, speech, NO_NUCLEI) == (0.42, 2.7)


def test_an_edge_in_a_pause_leaves_it() -> None:
    words = tuple(Word(text, 1.0 + at * 0.4, 1.4 + at * 0.4) for at, text in enumerate("5551234"))
    reading = find_callback_number(Transcript(words)).readings[0]
    assert snapped_interval(
        reading, [Interval(0.2, 0.5), Interval(1.3, 3.5), Interval(4.5, 5.0)], NO_NUCLEI
    ) == (1.3, 3.5)


def test_an_edge_inside_running_speech_stays() -> None:
    reading = number("call me at 5 5 5 1 2 3 4 and thank you so much").readings[0]
    timed = snapped_interval(reading, [Interval(0.0, 6.0)], NO_NUCLEI)
    assert timed == pytest.approx((reading.start_s, reading.end_s))


def test_edges_do_not_take_the_sound_of_other_words() -> None:
    words = (
        Word("call", 0.0, 0.15),
        *(Word(d, 0.15 + at * 0.3, 0.45 + at * 0.3) for at, d in enumerate("5551234")),
    )
    reading = find_callback_number(Transcript(words)).readings[0]
    assert snapped_interval(reading, [Interval(0.0, 2.25)], NO_NUCLEI).start_s == pytest.approx(0.15)


def test_a_written_number_covers_the_speech_under_it() -> None:
    words = (Word("at", 0.5, 0.8), Word("800-555-1234", 1.4, 5.9))
    reading = find_callback_number(Transcript(words)).readings[0]
    speech = [Interval(0.5, 0.85), Interval(1.3, 2.2), Interval(2.8, 4.0), Interval(4.6, 6.0)]
    assert snapped_interval(reading, speech, NO_NUCLEI) == (1.3, 6.0)


def test_a_written_number_cut_short_goes_on_over_speech_without_words() -> None:
    words = (Word("at", 0.5, 0.8), Word("800-555-1234.", 1.4, 2.2), Word("thanks", 7.0, 7.4))
    reading = find_callback_number(Transcript(words)).readings[0]
    speech = [
        Interval(0.5, 0.85),
        Interval(1.3, 2.2),
        Interval(2.8, 4.0),
        Interval(4.6, 6.0),
        Interval(7.0, 7.4),
    ]
    nuclei = np.arange(1.4, 6.0, 0.3)
    assert snapped_interval(reading, speech, nuclei) == (1.3, 6.0)


def test_without_speech_the_words_are_the_time() -> None:
    reading = number("555 1234").readings[0]
    assert snapped_interval(reading, [], NO_NUCLEI) == (reading.start_s, reading.end_s)


# --- groups and slowdown ---


def groups_of(start_s: float, end_s: float, speech: list[tuple[float, float]]) -> list[tuple[str, Interval]]:
    """The groups of a reading of "555-0143" between two times."""
    reading = find_callback_number(Transcript((Word("555-0143", start_s, end_s),))).readings[0]
    found = digit_groups(reading, [Interval(*each) for each in speech])
    return [(group.digits, group.interval) for group in found]


def test_groups_are_parted_by_a_quarter_of_a_second() -> None:
    speech = [(0.0, 1.0), (1.2, 2.0), (2.25, 3.0), (3.5, 4.2), (9.0, 9.5)]
    assert groups_of(0.0, 4.2, speech) == [("5550", (0.0, 2.0)), ("1", (2.25, 3.0)), ("43", (3.5, 4.2))]


def test_groups_end_where_the_reading_does() -> None:
    assert groups_of(0.5, 1.5, [(0.0, 1.0), (1.3, 3.0)]) == [("55501", (0.5, 1.0)), ("43", (1.3, 1.5))]


def test_a_group_may_have_no_digit() -> None:
    assert groups_of(0.0, 7.0, [(0.0, 0.2), (0.48, 7.0)]) == [("", (0.0, 0.2)), ("5550143", (0.48, 7.0))]


def test_a_reading_at_half_the_rate_has_half_the_ratio() -> None:
    nuclei = np.concatenate([np.arange(0.1, 4.0, 0.25), np.arange(4.25, 8.0, 0.5)])
    speech = [Interval(0.0, 8.0)]
    assert slowdown_ratio(Interval(4.0, 8.0), nuclei, speech) == pytest.approx(0.5)


def test_no_rest_has_no_ratio() -> None:
    nuclei = np.arange(0.1, 4.0, 0.25)
    assert slowdown_ratio(Interval(0.0, 4.0), nuclei, [Interval(0.0, 4.0)]) is None
    assert slowdown_ratio(Interval(1.0, 1.0), nuclei, [Interval(0.0, 4.0)]) is None
