"""A stretch of time."""

from __future__ import annotations

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
