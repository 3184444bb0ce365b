from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.acoustics.interval import Interval
from aftertone.language.transcript import Word
from aftertone.recognition.guards import (
    are_improbable,
    uncovered,
    without_loops,
    without_silence,
)


def said(text: str, step_s: float = 0.4, sure: float = 0.9) -> list[Word]:
    return [Word(each, i * step_s, (i + 1) * step_s, sure) for i, each in enumerate(text.split())]


def texts(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("call me. Call me! call me, CALL me", "call me."),
        ("so I need I need I need I need I", "so I need I"),
        ("no no no no no no no no yes", "no yes"),
        ("thanks for watching " * 9, "thanks for watching"),
        ("a b c d e f g h " * 4, "a b c d e f g h"),
        ("x" + " y z" * 5 + " w" * 9, "x y z w"),
    ],
)
def test_loops_are_cut(heard: str, kept: str) -> None:
    assert texts(without_loops(said(heard))) == kept


@pytest.mark.parametrize(
    "heard",
    [
        "bye bye bye bye",
        "more word word word word word word word",
        "no no no",
        "555 1234 that is 555 1234 again 555 1234",
        "8 0 0 5 5 5 5 5 5 5",
        "eight hundred five five five five five five five five five",
        "four five four five four five four five",
        "800-555-0199 800-555-0199 800-555-0199",
        "1 1 1 1 1 1 1",
        "call me back call me back please",
    ],
)
def test_what_people_say_is_no_loop(heard: str) -> None:
    assert texts(without_loops(said(heard))) == heard


@given(st.lists(st.sampled_from("abc"), max_size=40))
def test_cutting_loops_keeps_order_and_leaves_none(letters: list[str]) -> None:
    words = said(" ".join(letters))
    kept = without_loops(words)
    assert [word for word in words if word in kept] == kept
    assert set(texts(kept).split()) == set(letters)


def test_words_in_silence_are_dropped() -> None:
    words = said("one two three four five")
    assert texts(without_silence(words, [Interval(0.5, 0.7), Interval(1.75, 1.9)])) == "two five"
    assert without_silence(words, []) == []


@pytest.mark.parametrize(
    ("sure", "improbable"), [((0.02, 0.97), True), ((0.3, 0.3), False), ((0.2, 0.3), True), ((), False)]
)
def test_words_over_music_are_improbable(sure: tuple[float, ...], improbable: bool) -> None:
    assert are_improbable([Word("you", at, at + 1, each) for at, each in enumerate(sure)]) is improbable


def test_words_without_probabilities_are_not_improbable() -> None:
    assert not are_improbable([Word("you", 0.0, 1.0)])


def test_speech_without_words_is_found() -> None:
    words = said("one two three four five")  # until 2.0 s
    assert uncovered(words, [Interval(0.0, 2.0)]) == []
    assert uncovered(words, [Interval(0.0, 3.4)]) == []  # 1.4 s may be a drawn-out end
    assert uncovered(words, [Interval(0.0, 2.1), Interval(2.3, 3.6)]) == [Interval(2.0, 3.6)]
    assert uncovered(words, [Interval(0.0, 2.0), Interval(3.0, 5.0)]) == [Interval(3.0, 5.0)]
    assert uncovered([], [Interval(1.0, 3.0)]) == [Interval(1.0, 3.0)]


def test_a_word_that_is_stretched_over_lost_speech_does_not_cover_it() -> None:
    words = [Word("hi", 0.0, 6.0), Word("there", 6.0, 6.4)]
    assert uncovered(words, [Interval(0.0, 6.4)]) == [Interval(0.8, 6.0)]
    assert uncovered([Word("555-123-4567", 0.0, 6.0)], [Interval(0.0, 6.0)]) == []


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 3)), max_size=12))
def test_what_is_uncovered_is_speech_and_long_enough(spans: list[tuple[float, float]]) -> None:
    words = [Word("hello", start_s, start_s + length_s) for start_s, length_s in sorted(spans)]
    speech = [Interval(1.0, 9.0), Interval(11.0, 30.0)]
    for gap in uncovered(words, speech):
        assert gap.duration_s >= 1.5
        assert sum(gap.overlap_s(part) for part in speech) == pytest.approx(gap.duration_s)
