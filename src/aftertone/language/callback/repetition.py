"""Subsequence DTW over cepstra: where a stretch of sound is said again in the same recording.

Subsequence dynamic time warping (Müller 2007) finds the place in the rest of the recording that is most like
the stretch. The second saying may have half to double the pace of the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.analysis import AcousticAnalysis
from aftertone.acoustics.frames import Frames, band_centres_hz, mfcc_of
from aftertone.acoustics.interval import Interval, within
from aftertone.acoustics.spectrum import HOP_S
from aftertone.language.brief import DIGITS_MIN
from aftertone.language.callback.digit_runs import digit_runs
from aftertone.language.callback.numbering_plan import PARTIAL_DIGITS_MIN
from aftertone.language.callback.record import CallbackNumber
from aftertone.language.syllables import fit_share
from aftertone.language.transcript import Transcript


@dataclass(frozen=True, slots=True)
class RepetitionOptions:
    """Settings of the search for a repetition."""

    cost_max: float = 0.43
    """A stretch whose match costs less may have been said again. Natural voices held out, clean, at 15 dB and
    by telephone: 72 numbers said again cost 0.09 to 0.30, 72 beside another number 0.40 to 0.50, 108 said
    once 0.35 to 0.56. People's numbers are separated less well: of numbers composed of four speakers' digits
    (fsdd) 95 of 96 said again by other takes pass both bounds, and so do 61 of 96 beside another number. One
    changed digit is not detected."""
    contrast_max: float = 0.65
    """Its cost is also at most this share of the cost elsewhere. A monotonous voice has low costs everywhere
    and does not reach it. The same natural voices: said again 0.14 to 0.56, beside another number 0.64 to
    0.94 (2 of 72 pass both bounds), said once 0.74 to 0.98 (benchmarks/experiments/number.md)."""
    fit_max: float = 0.5  # of `fit_share`: with less, words are missing or wrong
    frames: int = 3  # of 10 ms that are averaged: a digit has ten or more
    cepstra: int = 12  # coefficients beside the level
    best_percent: float = 10.0  # percentile of the costs of other places: a third saying is among the least
    telephone_hz: float = 3_800.0  # upper edge of the telephone band, less the slope of its filters
    floor_db: float = 50.0  # below the loudest band of the recording: lower levels are line noise


OPTIONS = RepetitionOptions()
_STEP_S = OPTIONS.frames * HOP_S  # between the rows of `_cepstra`
_NO_DISTANCE = 1e-9  # least divisor: frames of digital silence have no distance


class Match(NamedTuple):
    """The place that is most like a stretch, and how alike the two are."""

    interval: Interval
    cost: float
    """Mean distance along the path over the distance of frames taken at random; lower is more alike."""
    contrast: float
    """The cost over that of the best tenth of the other places; 0 where there is no other place."""

    @property
    def is_repetition(self) -> bool:
        """Whether it is alike enough to have been said again."""
        return self.cost <= OPTIONS.cost_max and self.contrast <= OPTIONS.contrast_max


def reading_again(number: CallbackNumber, transcript: Transcript, sound: AcousticAnalysis) -> Interval | None:
    """Where a number's only reading was said again by its sound, and the words there are wrong or missing.

    The sound adds a reading only where words are missing, or are digits that make no number. Elsewhere the
    words decide.
    """
    if len(number.readings) != 1:
        return None
    match = best_match(sound.frames, number.readings[0].interval)
    if match is None or not match.is_repetition:
        return None
    stretch = match.interval
    words = [word for word in transcript.words if word.interval.overlap_s(stretch) > 0]
    digits = sum(len(run.items) for run in digit_runs(Transcript(tuple(words))))
    in_part = any(part.interval.overlap_s(stretch) > 0 for part in number.partials)
    if not in_part and PARTIAL_DIGITS_MIN <= digits < DIGITS_MIN:
        return stretch
    fit = fit_share(words, within(sound.speech, stretch), sound.nuclei)
    return stretch if fit is not None and fit < OPTIONS.fit_max else None


def best_match(frames: Frames, stretch: Interval) -> Match | None:
    """The place that is most like a stretch; None where the rest of the recording is too short.

    `frames` are those of the whole recording. The place may be before or after the stretch.
    """
    cepstra = _cepstra(frames)
    first, last = (round(t / _STEP_S) for t in stretch)
    wanted = cepstra[first:last]
    costs: list[NDArray[np.float64]] = []
    starts: list[NDArray[np.int64]] = []
    ends: list[NDArray[np.int64]] = []
    for start, end in ((0, first), (last, len(cepstra))):
        room = cepstra[start:end]
        if len(wanted) < 2 or len(room) < len(wanted) // 2 + 1:
            continue
        distance = _distances(wanted, room)
        row_cost, begun = subsequences(distance)
        costs.append(row_cost / max(float(distance.mean()), _NO_DISTANCE))
        starts.append(start + begun)
        ends.append(start + np.arange(len(room)))
    if not any(np.isfinite(each).any() for each in costs):
        return None
    cost, a, b = np.concatenate(costs), np.concatenate(starts), np.concatenate(ends)
    at = int(cost.argmin())
    shared = np.minimum(b, b[at]) - np.maximum(a, a[at])
    elsewhere = cost[np.isfinite(cost) & (2 * shared < b[at] - a[at])]
    usual = float(np.percentile(elsewhere, OPTIONS.best_percent)) if elsewhere.size else np.inf
    found = Interval(float(a[at]) * _STEP_S, float(b[at] + 1) * _STEP_S)
    return Match(found, float(cost[at]), float(cost[at]) / max(usual, _NO_DISTANCE))


def _cepstra(frames: Frames) -> NDArray[np.float64]:
    """Cepstra of the telephone band, float64, shape (n_frames // 3, 13): the level, then the shape.

    Each coefficient is less its mean over the recording.
    """
    bands = frames.bands_db[:, band_centres_hz() < OPTIONS.telephone_hz].astype(np.float64)
    bands = np.maximum(bands, bands.max(initial=-200.0) - OPTIONS.floor_db)
    size = OPTIONS.frames
    averaged = bands[: len(bands) // size * size].reshape(-1, size, bands.shape[1]).mean(axis=1)
    cepstra = mfcc_of(averaged, 1 + OPTIONS.cepstra)
    return np.asarray(cepstra - cepstra.mean(axis=0))


def _distances(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Euclidean distances of all rows of one array from all rows of the other, float64, shape (n, m)."""
    squares = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1) - 2 * one @ two.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def subsequences(distance: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The cheapest path over all rows that ends in each column: mean cost of a row, and first column.

    Both have shape (n_columns,); the first is float64, the second int64.

    Steps go one row and one column on, one row and two columns, or two rows and one column (both rows
    pay), so that the pace is between half and double. Where no path ends, the cost is infinite.
    `librosa.sequence.dtw` gives one path only, as fast (1.2 ms), after 1.1 s of processor for its first call
    in a process, 13 s in an installation's first (benchmarks/experiments/speed.md).

    >>> costs, starts = subsequences(np.array([[9.0, 0.0, 9.0, 9.0], [9.0, 9.0, 0.0, 9.0]]))
    >>> float(costs[2]), int(starts[2])
    (0.0, 1)
    """
    rows, columns = distance.shape
    cost, start = distance[0], np.arange(columns)
    cost_before, start_before = np.full(columns, np.inf), start
    for row in range(1, rows):
        best, begun = np.full(columns, np.inf), np.zeros(columns, np.int64)
        best[1:], begun[1:] = cost[:-1], start[:-1]
        # a row that is jumped over is paid at the column where the step ends
        for shift, ways, starts in (
            (2, cost[:-2], start[:-2]),
            (1, cost_before[:-1] + distance[row - 1, 1:], start_before[:-1]),
        ):
            better = ways < best[shift:]
            np.copyto(best[shift:], ways, where=better)
            np.copyto(begun[shift:], starts, where=better)
        cost_before, start_before = cost, start
        cost, start = best + distance[row], begun
    return cost / rows, start
