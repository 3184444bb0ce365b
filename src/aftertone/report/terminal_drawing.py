"""A review drawn in characters: waveform, words, marks, pitch and pace, in strips of some seconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aftertone.language.transcript import Span
from aftertone.playbook import Review
from aftertone.report.console import harmless
from aftertone.report.review_text import marks_of, number_texts, titled_values
from aftertone.report.waveform_figure import WaveformFigure

if TYPE_CHECKING:
    from rich.text import Text


LABEL_WIDTH = 7  # columns at the left
COLUMNS_PER_S = 11  # room for the words of easy speech
WORD_ROWS = 3  # a word that finds no room in any of them is left out
STRIP_COUNT_MAX = 6  # a longer recording is drawn smaller
_PITCH_ST = (-6.0, 6.0)  # ends of the scale, about the median
_PACE_SYL_PER_S = (0.0, 8.0)  # ends of the scale
_BARS = " ▁▂▃▄▅▆▇█"
_MARKS = (
    ("pause", "─", "cyan"),
    ("restart", "r", "magenta"),
    ("filler", "^", "red"),
    ("number", "=", "green"),
)
"""Each kind of mark with its character and style; later kinds are drawn over earlier ones."""
_LEGEND = "─ pause  ^ filler  r restart  = number"
_MEASURES = (
    "message.duration_s",
    "rate.words_per_min",
    "rate.articulation_syl_per_s",
    "pauses.count",
    "fillers.count",
    "pitch.spread_st",
    "level.snr_db",
)


def terminal_drawing(review: Review, figure: WaveformFigure, width: int) -> Iterator[Text]:
    """The lines of a drawing, none wider than `width` columns.

    Each strip has its start time, the waveform, the words at their times in some rows, the marks, the pitch
    about its median and the local pace. Below the strips are the main measures.
    """
    columns = max(10, width - LABEL_WIDTH)
    strip_s = max(columns / COLUMNS_PER_S, figure.duration_s / STRIP_COUNT_MAX)
    for index in range(max(1, math.ceil(figure.duration_s / strip_s - 1e-9))):
        yield from _Strip(index * strip_s, strip_s, columns).lines(review, figure)
    yield _line("", _LEGEND[:columns], "dim")
    yield from _measures(review, width)


@dataclass(frozen=True, slots=True)
class _Strip:
    """A part of the recording that is drawn side by side."""

    start_s: float
    duration_s: float
    columns: int

    def lines(self, review: Review, figure: WaveformFigure) -> Iterator[Text]:
        edges_s = self.start_s + self.duration_s * np.arange(self.columns + 1) / self.columns
        peak_s = figure.duration_s / figure.peaks.size
        peaks = _in_columns(figure.peaks, peak_s, edges_s, np.nanmax)
        pitch = _in_columns(figure.pitch_st, figure.step_s, edges_s, np.nanmedian)
        yield _line(f"{self.start_s:.0f} s", _bars(np.sqrt(peaks), 0.0, 1.0))  # the root shows soft speech
        for row in self._word_rows(review):
            yield _line("", row, "bold")
        yield self._mark_line(review)
        yield _line("pitch", _bars(pitch, *_PITCH_ST), "blue")
        yield _line("pace", _bars(_pace(review, edges_s), *_PACE_SYL_PER_S), "yellow")

    def _word_rows(self, review: Review) -> list[str]:
        rows = [""] * WORD_ROWS
        for word in () if review.transcript is None else review.transcript.words:
            if not self.start_s <= word.start_s < self.start_s + self.duration_s:
                continue
            text = harmless(word.text)[: self.columns]
            at = min(int(self._column(word.start_s)), self.columns - len(text))
            for i, row in enumerate(rows):
                if len(row) <= at:
                    rows[i] = row.ljust(at) + text + " "
                    break
        return [row.rstrip() for row in rows if row]

    def _mark_line(self, review: Review) -> Text:
        characters, styles = [" "] * self.columns, [""] * self.columns
        for kind, character, style in _MARKS:
            for mark in marks_of(review, kind):
                for column in self._columns(mark):
                    characters[column], styles[column] = character, style
        line = _line("", "")
        for character, style in zip(characters, styles, strict=True):
            line.append(character, style)
        line.rstrip()
        return line

    def _columns(self, span: Span) -> range:
        """The columns that a span covers; at least one where it begins in the strip."""
        first = math.floor(self._column(span.start_s))
        last = max(first + 1, round(self._column(span.end_s)))
        return range(max(0, first), max(0, min(self.columns, last)))

    def _column(self, time_s: float) -> float:
        return (time_s - self.start_s) / self.duration_s * self.columns


def _in_columns(
    values: NDArray[np.float32],
    step_s: float,
    edges_s: NDArray[np.float64],
    combine: Callable[[NDArray[np.float32]], Any],
) -> NDArray[np.float64]:
    """One value for each column, NaN where the column has none."""
    bounds = np.round(edges_s / step_s).astype(int)
    found = np.full(edges_s.size - 1, np.nan)
    ends = np.maximum(bounds[1:], bounds[:-1] + 1)
    for column, (first, last) in enumerate(zip(bounds[:-1], ends, strict=True)):
        part = values[first:last]
        part = part[~np.isnan(part)]
        if part.size:
            found[column] = combine(part)
    return found


def _pace(review: Review, edges_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The local pace in the middle of each column, in syllables a second; NaN where there is none."""
    curve = review.measurements.rate.curve
    if not curve:
        return np.full(edges_s.size - 1, np.nan)
    times_s, rates = (np.array([point[i] for point in curve], np.float64) for i in (0, 1))
    return np.interp((edges_s[1:] + edges_s[:-1]) / 2, times_s, rates, left=np.nan, right=np.nan)


def _bars(values: NDArray[np.float64], low: float, high: float) -> str:
    """A bar for each value; a space for NaN, and the lowest bar for `low` or less."""
    steps = np.clip((values - low) / (high - low), 0, 1) * (len(_BARS) - 2) + 1
    return "".join(" " if math.isnan(step) else _BARS[round(step)] for step in steps)


def _measures(review: Review, width: int) -> Iterator[Text]:
    """The main measures, as many on a line as there is room for."""
    line = ""
    texts = titled_values(review, _MEASURES) + number_texts(review.measurements.number)
    for part in (f"{title} {harmless(text)}" for title, text in texts):
        if line and len(line) + len(", ") + len(part) > width:
            yield _line(None, line[:width])
            line = ""
        line = f"{line}, {part}" if line else part
    if line:
        yield _line(None, line[:width])


def _line(label: str | None, text: str, style: str = "") -> Text:
    from rich.text import Text

    start = "" if label is None else label[: LABEL_WIDTH - 1].ljust(LABEL_WIDTH)
    line = Text.assemble((start, "dim"), (text.rstrip(), style))
    line.no_wrap = True
    return line
