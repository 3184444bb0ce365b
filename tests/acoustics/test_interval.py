"""Pauses by table, and by what must hold for any speech."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.acoustics.interval import MIN_PAUSE_S, Interval, silent_pauses

SPEECH = [
    Interval(0.5, 1.0),
    Interval(1.2, 2.0),
    Interval(2.25, 3.0),
    Interval(3.35, 4.0),
    Interval(5.0, 6.0),
]
MESSAGE = Interval(0.5, 6.0)


@pytest.mark.parametrize(
    ("min_s", "expected"),
    [
        (0.20, [(1.0, 1.2), (2.0, 2.25), (3.0, 3.35), (4.0, 5.0)]),
        (0.25, [(2.0, 2.25), (3.0, 3.35), (4.0, 5.0)]),
        (0.35, [(3.0, 3.35), (4.0, 5.0)]),
        (0.5, [(4.0, 5.0)]),
        (1.5, []),
    ],
)
def test_gaps_of_at_least_so_much(min_s: float, expected: list[tuple[float, float]]) -> None:
    assert list(silent_pauses(SPEECH, MESSAGE, min_s)) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Interval(2.1, 4.5), [(3.0, 3.35), (4.0, 4.5)]),
        (Interval(2.0, 2.5), [(2.0, 2.25)]),
        (Interval(7.0, 8.0), []),
        (Interval(0.0, 0.4), []),
    ],
)
def test_only_inside_the_message(message: Interval, expected: list[tuple[float, float]]) -> None:
    assert list(silent_pauses(SPEECH, message)) == expected


@pytest.mark.parametrize("speech", [[], [Interval(1.0, 2.0)]])
def test_no_pause_without_speech_on_both_sides(speech: list[Interval]) -> None:
    assert silent_pauses(speech, Interval(0.0, 10.0)) == ()


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(1, 200)), min_size=1, max_size=20))
def test_frames_of_speech_and_pauses_add_up(frames: list[tuple[int, int]]) -> None:
    """Lengths on the 10 ms grid: a gap of exactly the shortest length counts, whatever the rounding."""
    edges = [0, *accumulate(count for pair in frames for count in pair)]
    speech = [
        Interval(start * 0.01, end * 0.01) for start, end in zip(edges[:-1:2], edges[1::2], strict=True)
    ]
    expected = [gap for _, gap in frames[:-1] if gap >= round(MIN_PAUSE_S * 100)]
    found = silent_pauses(speech, Interval(speech[0].start_s, speech[-1].end_s))
    assert [round(pause.duration_s * 100) for pause in found] == expected
