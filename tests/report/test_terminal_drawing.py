from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import aftertone as at
from aftertone.measurements.sound import PauseMeasures
from aftertone.report.terminal_drawing import LABEL_WIDTH, terminal_drawing
from aftertone.report.waveform_figure import WaveformFigure

WIDTH = LABEL_WIDTH + 44  # four seconds a strip


def figure(duration_s: float) -> WaveformFigure:
    """Sound in every even second, pitch falling from +6 to -6 semitones."""
    times_s = np.arange(0, duration_s, 0.05)
    peaks = ((np.arange(round(duration_s * 30)) // 30) % 2 == 0).astype(np.float32)
    pitch = np.linspace(6, -6, times_s.size).astype(np.float32)
    return WaveformFigure(duration_s, peaks, 0.05, pitch, 120.0, np.full(times_s.size, -20, np.float32))


def lines_of(review: at.Review, duration_s: float, width: int = WIDTH) -> list[str]:
    return [line.plain for line in terminal_drawing(review, figure(duration_s), width)]


@pytest.fixture
def spoken(review_of: Callable[..., at.Review]) -> at.Review:
    words = (at.Word("hi", 0.5, 0.7), at.Word("Mary", 2.0, 2.5), at.Word("bye\x1b[2J", 5.0, 5.5))
    pauses = PauseMeasures(count=1, evidence={"count": (at.Span(1.0, 2.0),)})
    review = review_of()
    measured = replace(review.measurements, pauses=pauses)
    return replace(review, measurements=measured, transcript=at.Transcript(words))


def test_words_and_pauses_stand_at_their_times(spoken: at.Review) -> None:
    lines = lines_of(spoken, 8.0)
    assert lines[0].startswith("0 s")
    assert lines[1].index("hi") == LABEL_WIDTH + int(0.5 * 11)
    assert lines[1].index("Mary") == LABEL_WIDTH + 22
    marks = next(line for line in lines if "─" in line)
    assert (marks.index("─"), marks.rindex("─")) == (LABEL_WIDTH + 11, LABEL_WIDTH + 21)
    second = next(i for i, line in enumerate(lines) if line.startswith("4 s"))
    assert lines[second + 1].index("bye") == LABEL_WIDTH + 11


def test_the_waveform_rises_where_there_is_sound(spoken: at.Review) -> None:
    wave = lines_of(spoken, 4.0)[0][LABEL_WIDTH:].ljust(44)
    assert set(wave[:10]) == set(wave[23:32]) == {"█"}
    assert set(wave[12:21]) == {"▁"}


def test_falling_pitch_is_drawn_falling(spoken: at.Review) -> None:
    pitch = next(line for line in lines_of(spoken, 4.0) if line.startswith("pitch"))[LABEL_WIDTH:]
    assert (pitch[0], pitch[-1]) == ("█", "▁")
    assert list(pitch) == sorted(pitch, reverse=True)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("duration_s", [0.3, 8.0, 300.0])
def test_no_line_is_wider_than_the_terminal_and_none_leaves_control_characters(
    spoken: at.Review, width: int, duration_s: float
) -> None:
    lines = lines_of(spoken, duration_s, width)
    assert all(len(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)
    assert sum(line.startswith("pitch") for line in lines) <= 6


def test_without_words_the_sound_is_drawn(spoken: at.Review) -> None:
    lines = lines_of(replace(spoken, transcript=None), 4.0)
    assert any(line.startswith("pace") for line in lines)
    assert "hi" not in " ".join(lines).split()


def test_the_measures_below_include_the_number_and_its_remarks(doubted: at.Review) -> None:
    lines = lines_of(doubted, 4.0, 200)
    assert (
        "number probably (312) 555-4293, extension 12, in doubt its readings differ" in lines[-2] + lines[-1]
    )
    assert "other numbers “account number 4471” at 1 s, “amount 50” at 13 s" in lines[-1]
