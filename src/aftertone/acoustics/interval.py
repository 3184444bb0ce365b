"""Intervals of time, and the silent pauses between intervals of speech."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

MIN_PAUSE_S = 0.25
# Shorter silences are articulation, chiefly the closures of stops (Goldman-Eisler 1968, "Psycholinguistics";
# Hincks 2005, "Measures and perceptions of liveliness in student oral presentation speech").

_ROUNDING_S = 1e-9  # rounding error of differences between times on a 10 ms grid


class Interval(NamedTuple):
    """Start and end in seconds from the start of the recording.

    It is a tuple, so it unpacks, and a sequence of intervals becomes an array of shape (n, 2).

    >>> pause = Interval(1.25, 1.75)
    >>> pause.duration_s
    0.5
    >>> start_s, end_s = pause
    """

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    def overlap_s(self, other: Interval) -> float:
        """Length of the common part in seconds, 0.0 without one.

        >>> Interval(0.0, 1.0).overlap_s(Interval(0.75, 2.0))
        0.25
        """
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))

    def padded(self, pad_s: float, duration_s: float) -> Interval:
        """The interval widened at both ends, within a recording of some duration.

        >>> Interval(0.1, 1.0).padded(0.2, 5.0)
        Interval(start_s=0.0, end_s=1.2)
        """
        return Interval(max(0.0, self.start_s - pad_s), min(self.end_s + pad_s, duration_s))


def within(intervals: Iterable[Interval], bounds: Interval) -> list[Interval]:
    """The parts of intervals that lie in another.

    >>> within([Interval(0.0, 1.5), Interval(2.0, 2.5), Interval(4.0, 5.0)], Interval(1.0, 3.0))
    [Interval(start_s=1.0, end_s=1.5), Interval(start_s=2.0, end_s=2.5)]
    """
    return [
        Interval(max(each.start_s, bounds.start_s), min(each.end_s, bounds.end_s))
        for each in intervals
        if each.overlap_s(bounds) > 0
    ]


def joined(intervals: Iterable[Interval], gap_s: float) -> list[Interval]:
    """Ordered intervals, joined where the gap between them is shorter than `gap_s`.

    >>> joined([Interval(0.1, 1.0), Interval(1.2, 2.0), Interval(3.0, 4.0)], 0.5)
    [Interval(start_s=0.1, end_s=2.0), Interval(start_s=3.0, end_s=4.0)]
    """
    found: list[Interval] = []
    for interval in intervals:
        if found and interval.start_s - found[-1].end_s < gap_s:
            interval = Interval(found.pop().start_s, interval.end_s)
        found.append(interval)
    return found


def silent_pauses(
    speech: Sequence[Interval], message: Interval, min_s: float = MIN_PAUSE_S
) -> tuple[Interval, ...]:
    """Gaps of at least `min_s` in the speech of a message; `speech` is in order, without contact.

    >>> speech = [Interval(0.5, 1.0), Interval(1.25, 2.0), Interval(2.1, 3.0)]
    >>> silent_pauses(speech, Interval(0.5, 3.0))
    (Interval(start_s=1.0, end_s=1.25),)
    """
    gaps = (
        Interval(max(before.end_s, message.start_s), min(after.start_s, message.end_s))
        for before, after in pairwise(speech)
    )
    return tuple(gap for gap in gaps if gap.duration_s >= min_s - _ROUNDING_S)
