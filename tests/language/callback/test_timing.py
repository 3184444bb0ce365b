from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.sound import Sound, listen
from aftertone.language.callback import CallbackNumber, find_callback_number
from aftertone.language.callback.record import (
    HURRIED_DIGITS_PER_S,
    SLOW_DIGITS_PER_S,
    Pace,
    Reading,
)
from aftertone.language.callback.timing import (
    TimedDigits,
    group_pause_s,
    reading_groups,
    slowdown_ratio,
    timed_digits,
    timed_reading,
    with_times,
)
from aftertone.language.transcript import Transcript, Word

SAMPLES = Path(__file__).resolve().parents[3] / "sample_audio"


def number(text: str, step_s: float = 0.35) -> CallbackNumber:
    words = (Word(word, at * step_s, (at + 0.9) * step_s) for at, word in enumerate(text.split()))
    return find_callback_number(Transcript(tuple(words)))


def written(name: str) -> tuple[Sound, Transcript, list[list[dict[str, Any]]], str]:
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
        timed = timed_digits(sound, reading, said.words)
        assert timed.is_aligned
        off_s = [abs(at.start_s - d["start_s"]) for at, d in zip(timed.digits, true, strict=True)]
        assert median(off_s) < 0.08  # a digit takes 0.2 to 0.5
        start_s, end_s = true[0]["start_s"], true[-1]["end_s"]
        pace = timed.pace
        assert pace is not None
        assert pace.digits_per_s == pytest.approx(len(true) / (end_s - start_s), rel=0.1)
        assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(timed.digits))


def test_times_do_not_depend_on_what_was_timed_before() -> None:
    def times(name: str) -> list[Any]:
        sound, said, _, region = written(name)
        return [
            timed_digits(sound, each, said.words)
            for each in find_callback_number(said, region=region).readings
        ]

    first = times("number_once")
    times("noisy_10db")
    assert times("number_once") == first


def test_a_reading_has_the_times_of_its_digits() -> None:
    sound, said, (true,), _ = written("number_once")
    reading = find_callback_number(said).readings[0]
    timed = timed_digits(sound, reading, said.words)
    moved = with_times(reading, timed)
    assert (moved.start_s, moved.end_s) == timed.interval
    assert [(item.start_s, item.end_s) for item in moved.items] == list(timed.digits)
    assert moved.digits == reading.digits == "".join(d["digit"] for d in true)


def hissed() -> tuple[Sound, Reading, Transcript]:
    """Words where there is only noise."""
    noise = np.random.default_rng(0).normal(0, 0.05, 48_000)
    said = Transcript((Word("at", 0.5, 0.8), Word("555-0143", 1.0, 2.5), Word("thanks", 2.6, 2.9)))
    reading = find_callback_number(said).readings[0]
    return listen(Recording.from_samples(noise, 16_000)), reading, said


def test_digits_that_run_into_the_next_word_are_not_believed() -> None:
    sound, _, (true,), _ = written("number_once")
    first_s = true[0]["start_s"]
    words = (Word("555-0143", first_s, first_s + 0.4), Word("bye", first_s + 0.5, first_s + 0.7))
    reading = find_callback_number(Transcript(words)).readings[0]
    timed = timed_digits(sound, reading, words)
    assert not timed.is_aligned
    assert timed.interval == timed_reading(reading, sound.speech, sound.nuclei)


@pytest.mark.parametrize("at_s", [1.0, 2.9, 5.0])
def test_words_where_there_is_no_sound_keep_their_times(at_s: float) -> None:
    sound, _, _ = hissed()
    words = (Word("555-0143", at_s, at_s + 0.5),)
    timed = timed_digits(sound, find_callback_number(Transcript(words)).readings[0], words)
    assert not timed.is_aligned
    assert timed.interval == pytest.approx((at_s, at_s + 0.5))


def test_times_that_were_not_aligned_are_less_sure() -> None:
    sound, reading, said = hissed()
    timed = timed_digits(sound, reading, said.words)
    assert len(timed.digits) == 7
    sure, unsure = (TimedDigits(timed.digits, is_aligned).pace for is_aligned in (True, False))
    assert sure is not None
    assert unsure is not None
    assert sure.digits_per_s == unsure.digits_per_s
    assert sure.give_or_take < unsure.give_or_take


def test_a_pace_near_a_bound_is_not_clear_of_it() -> None:
    def pace(end_s: float) -> Pace:
        edges_s = np.linspace(0.0, end_s, 11).tolist()
        timed = TimedDigits(tuple(Interval(*edges) for edges in pairwise(edges_s)), is_aligned=True)
        assert timed.pace is not None
        return timed.pace

    slow, near, hurried = pace(10.0), pace(4.9), pace(2.5)
    assert slow.is_slow
    assert slow.is_clear_of(SLOW_DIGITS_PER_S)
    assert not near.is_slow
    assert not near.is_clear_of(SLOW_DIGITS_PER_S)
    assert hurried.is_hurried
    assert hurried.is_clear_of(HURRIED_DIGITS_PER_S)


# --- without: the recogniser's words, moved to the edges of speech ---


def test_edges_go_to_the_speech_that_they_cut_off() -> None:
    reading = number("at 5 5 5 1 2 3 4").readings[0]
    speech = [Interval(0.0, 0.3), Interval(0.42, 1.5), Interval(1.9, 2.7)]
    assert reading.start_s == pytest.approx(0.35)
    assert timed_reading(reading, speech) == (0.42, 2.7)


def test_an_edge_in_a_pause_leaves_it() -> None:
    words = tuple(Word(text, 1.0 + at * 0.4, 1.4 + at * 0.4) for at, text in enumerate("5551234"))
    reading = find_callback_number(Transcript(words)).readings[0]
    assert timed_reading(reading, [Interval(0.2, 0.5), Interval(1.3, 3.5), Interval(4.5, 5.0)]) == (1.3, 3.5)


def test_an_edge_inside_running_speech_stays() -> None:
    reading = number("call me at 5 5 5 1 2 3 4 and thank you so much").readings[0]
    timed = timed_reading(reading, [Interval(0.0, 6.0)])
    assert timed == pytest.approx((reading.start_s, reading.end_s))


def test_edges_do_not_take_the_sound_of_other_words() -> None:
    words = (
        Word("call", 0.0, 0.15),
        *(Word(d, 0.15 + at * 0.3, 0.45 + at * 0.3) for at, d in enumerate("5551234")),
    )
    reading = find_callback_number(Transcript(words)).readings[0]
    assert timed_reading(reading, [Interval(0.0, 2.25)]).start_s == pytest.approx(0.15)


def test_a_written_number_covers_the_speech_under_it() -> None:
    words = (Word("at", 0.5, 0.8), Word("800-555-1234", 1.4, 5.9))
    reading = find_callback_number(Transcript(words)).readings[0]
    speech = [Interval(0.5, 0.85), Interval(1.3, 2.2), Interval(2.8, 4.0), Interval(4.6, 6.0)]
    assert timed_reading(reading, speech) == (1.3, 6.0)


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
    assert timed_reading(reading, speech, nuclei) == (1.3, 6.0)


def test_without_speech_the_words_are_the_time() -> None:
    reading = number("555 1234").readings[0]
    assert timed_reading(reading, []) == (reading.start_s, reading.end_s)


def test_groups_are_parted_by_a_quarter_of_a_second() -> None:
    speech = [
        Interval(0.0, 1.0),
        Interval(1.2, 2.0),
        Interval(2.25, 3.0),
        Interval(3.5, 4.0),
        Interval(9.0, 9.5),
    ]
    groups = reading_groups(Interval(0.0, 4.0), speech)
    assert groups == ((0.0, 2.0), (2.25, 3.0), (3.5, 4.0))
    assert group_pause_s(groups) == pytest.approx(0.375)
    assert group_pause_s(groups[:1]) is None


def test_groups_end_where_the_reading_does() -> None:
    assert reading_groups(Interval(0.5, 1.5), [Interval(0.0, 1.0), Interval(1.3, 3.0)]) == (
        (0.5, 1.0),
        (1.3, 1.5),
    )


def test_a_reading_at_half_the_rate_has_half_the_ratio() -> None:
    nuclei = np.concatenate([np.arange(0.1, 4.0, 0.25), np.arange(4.25, 8.0, 0.5)])
    speech = [Interval(0.0, 8.0)]
    assert slowdown_ratio(Interval(4.0, 8.0), nuclei, speech) == pytest.approx(0.5)


def test_no_rest_has_no_ratio() -> None:
    nuclei = np.arange(0.1, 4.0, 0.25)
    assert slowdown_ratio(Interval(0.0, 4.0), nuclei, [Interval(0.0, 4.0)]) is None
    assert slowdown_ratio(Interval(1.0, 1.0), nuclei, [Interval(0.0, 4.0)]) is None
