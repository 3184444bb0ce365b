from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.recognition.windows import DEAD_AIR_S, PAD_S, WINDOW_S, Window, windows


@st.composite
def speeches(draw: st.DrawFn) -> tuple[float, list[Interval]]:
    """A duration, and speech in it."""
    steps = draw(st.lists(st.floats(0.2, 45.0), max_size=12))
    at_s, speech = 0.0, []
    for gap_s, length_s in pairwise(steps):
        speech.append(Interval(at_s + gap_s, at_s + gap_s + length_s))
        at_s = speech[-1].end_s
    return at_s + draw(st.floats(0.1, 10.0)), speech


@given(speeches())
def test_windows_hold_all_speech_and_are_short_enough(drawn: tuple[float, list[Interval]]) -> None:
    duration_s, speech = drawn
    made = windows(duration_s, speech)
    pieces = [piece for window in made for piece in window.pieces]
    assert all(window.duration_s <= WINDOW_S + 1e-6 for window in made)
    assert all(a.end_s <= b.start_s for a, b in pairwise(pieces))
    assert all(0 <= piece.start_s < piece.end_s <= duration_s for piece in pieces)
    heard_s = sum(part.overlap_s(piece) for part in speech for piece in pieces)
    assert heard_s == pytest.approx(sum(part.duration_s for part in speech))


@given(speeches())
def test_untrimmed_windows_cover_everything_once(drawn: tuple[float, list[Interval]]) -> None:
    duration_s, speech = drawn
    pieces = [piece for window in windows(duration_s, speech, trimmed=False) for piece in window.pieces]
    assert pieces[0].start_s == 0
    assert pieces[-1].end_s == duration_s
    assert all(a.end_s == b.start_s for a, b in pairwise(pieces))


def test_dead_air_is_left_out_and_a_pause_is_not() -> None:
    speech = [Interval(5.0, 7.0), Interval(7.0 + DEAD_AIR_S, 10.0), Interval(20.0, 21.0)]
    (window,) = windows(30.0, speech)
    assert window.pieces == (Interval(5.0 - PAD_S, 10.0 + PAD_S), Interval(20.0 - PAD_S, 21.0 + PAD_S))


def test_a_cut_is_made_in_the_longest_pause_of_the_second_half() -> None:
    speech = [Interval(0, 9), Interval(10.5, 18), Interval(18.2, 24), Interval(24.8, 40)]
    first, second = windows(40.0, speech)
    assert first.pieces[0].end_s == second.pieces[0].start_s == pytest.approx(24.4)
    assert [window.duration_s for window in windows(70.0, [Interval(0, 70)])] == [30, 30, 10]


def test_nobody_speaks() -> None:
    assert windows(10.0, []) == ()
    assert windows(10.0, [], trimmed=False) == (Window((Interval(0.0, 10.0),)),)


@given(st.integers(0, 15_999))
def test_each_sample_is_placed_where_it_came_from(at: int) -> None:
    recording = Recording.from_samples(np.arange(48_000) / 48_000, 16_000)
    window = Window((Interval(0.25, 0.75), Interval(2.0, 2.5)))
    moment = Interval(at / 16_000, at / 16_000)
    assert window.samples(recording)[at] == recording.samples[round(window.placed(moment).start_s * 16_000)]
