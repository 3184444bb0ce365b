"""Whether a stretch of sound is said again elsewhere, by the sound alone.

Subsequence dynamic time warping of cepstra (Müller 2007): the stretch is laid on the rest of the recording
wherever it fits best, each of its frames on one that follows, at half to double its pace.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.frames import Frames, band_centres_hz
from aftertone.acoustics.interval import Interval

SAID_AGAIN_COST = 0.43
"""A stretch whose match costs less may have been said again. Of numbers composed of two of fsdd's speakers
(jackson, theo; clean and at 15 dB) 24 said again, by another take of each digit, cost 0.15 to 0.40, and 24
said once, or in part again, 0.51 and more; of two others' (lucas, nicolas), 0.14 to 0.41 and 0.41 up."""

_STEP = 3  # frames of 10 ms taken as one: a digit has ten and more
_CEPSTRA = 12
_TELEPHONE_HZ = 3_800.0
_FLOOR_DB = 50.0  # under the loudest frame: what lies lower is the line


class Match(NamedTuple):
    """Where a stretch was found again, and how well it fits there."""

    interval: Interval
    cost: float
    """Mean distance along the path over the distance of frames taken at random; lower is more alike."""


def said_again(frames: Frames, stretch: Interval) -> Match | None:
    """The place where a stretch is said again, best fit first; None where there is no room for it.

    Parameters
    ----------
    frames : Frames
        Of the whole recording.
    stretch : Interval
        What may have been said again, before or after.

    Returns
    -------
    Match or None
        The best fit, whether or not anything was said again: `cost` says how alike it is.
    """
    cepstra = cepstra_of(frames)
    step_s = _STEP * float(frames.times_s[1] - frames.times_s[0]) if frames.n_frames > 1 else 1.0
    first, last = (round(t / step_s) for t in stretch)
    wanted = cepstra[first:last]
    best: Match | None = None
    for start, end in ((0, first), (last, len(cepstra))):
        room = cepstra[start:end]
        if len(wanted) < 2 or len(room) < len(wanted) // 2 + 1:
            continue
        distance = np.sqrt(((wanted[:, None, :] - room[None, :, :]) ** 2).sum(axis=2))
        cost, a, b = subsequence(distance)
        match = Match(Interval((start + a) * step_s, (start + b + 1) * step_s), cost / float(distance.mean()))
        if np.isfinite(cost) and (best is None or match.cost < best.cost):
            best = match
    return best


def cepstra_of(frames: Frames) -> NDArray[np.float64]:
    """Cepstra of the telephone band, float64, shape (n_frames // 3, 13): the level, then the shape.

    Each less its mean over the recording.
    """
    bands = frames.bands_db[:, band_centres_hz() < _TELEPHONE_HZ].astype(np.float64)
    bands = np.maximum(bands, bands.max(initial=-200.0) - _FLOOR_DB)
    whole = bands[: len(bands) // _STEP * _STEP].reshape(-1, _STEP, bands.shape[1]).mean(axis=1)
    size = whole.shape[1]
    turns = np.pi / size * np.outer(np.arange(size) + 0.5, np.arange(_CEPSTRA + 1))
    cepstra = whole @ np.cos(turns) / size
    return np.asarray(cepstra - cepstra.mean(axis=0))


def subsequence(distance: NDArray[np.float64]) -> tuple[float, int, int]:
    """The cheapest way of all rows through some columns: mean cost of a row, first and last column.

    Steps go one row and one column on, one row and two columns, or two rows and one column (both rows
    pay), so that the pace is between half and double.

    >>> subsequence(np.array([[9.0, 0.0, 9.0, 9.0], [9.0, 9.0, 0.0, 9.0]]))
    (0.0, 1, 2)
    """
    rows, columns = distance.shape
    cost, start = distance[0].copy(), np.arange(columns)
    cost_before, start_before = np.full(columns, np.inf), start
    for row in range(1, rows):
        ways = np.full((3, columns), np.inf)
        begun = np.zeros((3, columns), np.int64)
        for way, (costs, starts, shift) in enumerate(
            ((cost, start, 1), (cost, start, 2), (cost_before, start_before, 1))
        ):
            # a row that is jumped over is paid at the column where the step ends
            if way == 2:
                ways[way, 1:] = cost_before[:-1] + distance[row - 1, 1:]
            else:
                ways[way, shift:] = costs[:-shift]
            begun[way, shift:] = starts[:-shift]
        best = ways.argmin(axis=0)
        each = np.arange(columns)
        cost_before, start_before = cost, start
        cost, start = ways[best, each] + distance[row], begun[best, each]
    end = int(cost.argmin())
    return float(cost[end]) / rows, int(start[end]), end
