"""A stretch of time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Interval(NamedTuple):
    """Start and end of something heard, in seconds from the start of the recording.

    A tuple, so that it unpacks and a sequence of them becomes an array of shape (n, 2).

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
        """Seconds that both cover, 0.0 where they do not meet.

        >>> Interval(0.0, 1.0).overlap_s(Interval(0.75, 2.0))
        0.25
        """
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))

    def padded(self, pad_s: float, duration_s: float) -> Interval:
        """With so much on either side, as far as a recording of that length has it.

        >>> Interval(0.1, 1.0).padded(0.2, 5.0)
        Interval(start_s=0.0, end_s=1.2)
        """
        return Interval(max(0.0, self.start_s - pad_s), min(self.end_s + pad_s, duration_s))


def joined(intervals: Iterable[Interval], gap_s: float) -> list[Interval]:
    """Intervals in order of time, those one that less than a gap parts.

    >>> joined([Interval(0.1, 1.0), Interval(1.2, 2.0), Interval(3.0, 4.0)], 0.5)
    [Interval(start_s=0.1, end_s=2.0), Interval(start_s=3.0, end_s=4.0)]
    """
    found: list[Interval] = []
    for interval in intervals:
        if found and interval.start_s - found[-1].end_s < gap_s:
            interval = Interval(found.pop().start_s, interval.end_s)
        found.append(interval)
    return found
