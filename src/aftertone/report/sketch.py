"""A message drawn in letters: waveform, words, pauses, pitch and pace, in strips of some seconds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aftertone.language.transcript import Span
from aftertone.measurements import MEASURES
from aftertone.playbook import Review
from aftertone.playbook.advice import readable
from aftertone.report.console import harmless, number_as_written, number_remarks
from aftertone.report.picture import Picture

if TYPE_CHECKING:
    from rich.text import Text

LABEL = 7  # columns of the names at the left
COLUMNS_PER_S, WORD_ROWS = 11, 3  # room for the words of easy speech
MOST_STRIPS = 6  # a longer recording is drawn smaller, and its words where there is room
_BARS = " ▁▂▃▄▅▆▇█"
_PITCH_ST = (-6.0, 6.0)
_PACE_SYL_PER_S = (0.0, 8.0)
_MARKS = (  # what is marked, in which letter and style; what comes later is drawn over what came before
    (("pauses.count",), "─", "cyan"),
    (("restarts.count",), "r", "magenta"),
    (("fillers.count", "fillers.lexical_count"), "^", "red"),
    (("number.readings",), "=", "green"),
)
_TITLES = {
    "message.duration_s": "length",
    "rate.words_per_min": "pace",
    "rate.articulation_syl_per_s": "in speech",
    "pauses.count": "pauses",
    "fillers.count": "fillers",
    "pitch.spread_st": "pitch spread",
    "level.snr_db": "over noise",
}
_LEGEND = "─ pause  ^ filler  r restart  = number"


def sketch(review: Review, picture: Picture, width: int) -> Iterator[Text]:
    """The lines of a drawing, none wider than `width` columns.

    Each strip has the time at its left, the waveform, the words at their times in some rows (those that find
    no room are left out), marks, pitch about its median and local pace. A line of figures ends it.
    """
    columns = max(10, width - LABEL)
    strip_s = max(columns / COLUMNS_PER_S, picture.duration_s / MOST_STRIPS)
    for index in range(max(1, math.ceil(picture.duration_s / strip_s - 1e-9))):
        yield from _strip(review, picture, index * strip_s, strip_s, columns)
    yield _line("", _LEGEND[:columns], "dim")
    yield from _figures(review, width)


def _strip(review: Review, picture: Picture, start_s: float, strip_s: float, columns: int) -> Iterator[Text]:
    edges_s = start_s + strip_s * np.arange(columns + 1) / columns
    peak_s = picture.duration_s / picture.peaks.size
    peaks = _in_columns(picture.peaks, peak_s, edges_s, np.nanmax)
    pitch = _in_columns(picture.pitch_st, picture.step_s, edges_s, np.nanmedian)
    yield _line(f"{start_s:.0f} s", _bars(np.sqrt(peaks), 0.0, 1.0))  # so that soft speech shows
    for row in _word_rows(review, start_s, strip_s, columns):
        yield _line("", row, "bold")
    yield _marked(review, start_s, strip_s, columns)
    yield _line("pitch", _bars(pitch, *_PITCH_ST), "blue")
    curve = review.measurements.rate.curve or ()
    times_s, rates = (np.array([point[i] for point in curve], np.float64) for i in (0, 1))
    middles_s = (edges_s[1:] + edges_s[:-1]) / 2
    pace = (
        np.interp(middles_s, times_s, rates, left=np.nan, right=np.nan) if curve else np.full(columns, np.nan)
    )
    yield _line("pace", _bars(pace, *_PACE_SYL_PER_S), "yellow")


def _in_columns(
    values: NDArray[np.float32], step_s: float, edges_s: NDArray[np.float64], of: object
) -> NDArray[np.float64]:
    """One value for each column, NaN where there is none to take."""
    bounds = np.round(edges_s / step_s).astype(int)
    found = np.full(edges_s.size - 1, np.nan)
    for column, (first, last) in enumerate(
        zip(bounds, np.maximum(bounds[1:], bounds[:-1] + 1), strict=False)
    ):
        part = values[first:last]
        part = part[~np.isnan(part)]
        if part.size:
            found[column] = of(part)  # type: ignore[operator]
    return found


def _bars(values: NDArray[np.float64], low: float, high: float) -> str:
    """A bar for each value; a space for NaN, and the lowest bar for what is `low` or less."""
    steps = np.clip((values - low) / (high - low), 0, 1) * (len(_BARS) - 2) + 1
    return "".join(" " if math.isnan(step) else _BARS[round(step)] for step in steps)


def _word_rows(review: Review, start_s: float, strip_s: float, columns: int) -> list[str]:
    rows = [""] * WORD_ROWS
    for word in () if review.transcript is None else review.transcript.words:
        if not start_s <= word.start_s < start_s + strip_s:
            continue
        text = harmless(word.text)[:columns]
        at = min(int((word.start_s - start_s) / strip_s * columns), columns - len(text))
        for i, row in enumerate(rows):
            if len(row) <= at:
                rows[i] = row.ljust(at) + text + " "
                break
    return [row.rstrip() for row in rows if row]


def _marked(review: Review, start_s: float, strip_s: float, columns: int) -> Text:
    evidence = review.measurements.evidence
    letters, styles = [" "] * columns, [""] * columns
    for names, letter, style in _MARKS:
        for span in (span for name in names for span in evidence.get(name, ())):
            for column in _covered(span, start_s, strip_s, columns):
                letters[column], styles[column] = letter, style
    line = _line("", "")
    for letter, style in zip(letters, styles, strict=True):
        line.append(letter, style)
    line.rstrip()
    return line


def _covered(span: Span, start_s: float, strip_s: float, columns: int) -> range:
    """The columns of a strip that a span covers; one at least where it begins in the strip."""
    first = math.floor((span.start_s - start_s) / strip_s * columns)
    last = max(first + 1, round((span.end_s - start_s) / strip_s * columns))
    return range(max(0, first), max(0, min(columns, last)))


def _figures(review: Review, width: int) -> Iterator[Text]:
    values = review.measurements.flat()
    parts = [
        f"{title} {readable(value, MEASURES[name].unit)}"
        for name, title in _TITLES.items()
        if (value := values[name]) is not None
    ]
    number = review.measurements.number
    told = [("number", number_as_written(number)), *number_remarks(number)]
    parts += [f"{title} {harmless(text)}" for title, text in told if text]
    line: Sequence[str] = ()
    for part in parts:
        if line and len(", ".join([*line, part])) > width:
            yield _line(None, ", ".join(line)[:width])
            line = ()
        line = (*line, part)
    if line:
        yield _line(None, ", ".join(line)[:width])


def _line(label: str | None, text: str, style: str = "") -> Text:
    from rich.text import Text

    line = Text("" if label is None else label[: LABEL - 1].ljust(LABEL), "dim", no_wrap=True, end="")
    line = Text.assemble(line, (text.rstrip(), style))
    line.no_wrap = True
    return line
