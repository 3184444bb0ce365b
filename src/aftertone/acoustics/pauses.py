"""Silences inside a message: the gaps between stretches of speech, never between a recogniser's words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from aftertone.acoustics.interval import Interval

MIN_PAUSE_S = 0.25
# Shorter silences are articulation, chiefly stops (Goldman-Eisler 1968, "Psycholinguistics"; Hincks 2005,
# "Measures and perceptions of liveliness in student oral presentation speech"). 0.20 and 0.35 show how much
# hangs on it.

_ROUNDING_S = 1e-9  # times on a 10 ms grid differ by sums of binary fractions


def silent_pauses(
    speech: Sequence[Interval], message: Interval, min_s: float = MIN_PAUSE_S
) -> tuple[Interval, ...]:
    """Silences of at least `min_s` between speech and speech.

    Parameters
    ----------
    speech : sequence of Interval
        Stretches of speech, in order, none meeting the next.
    message : Interval
        Where to look: silence outside it is no pause of the message.
    min_s : float
        Shortest silence that counts, in seconds.

    Returns
    -------
    tuple of Interval
        In order; empty where speech never stops.

    Examples
    --------
    >>> speech = [Interval(0.5, 1.0), Interval(1.25, 2.0), Interval(2.1, 3.0)]
    >>> silent_pauses(speech, Interval(0.5, 3.0))
    (Interval(start_s=1.0, end_s=1.25),)
    """
    gaps = (
        Interval(max(before.end_s, message.start_s), min(after.start_s, message.end_s))
        for before, after in pairwise(speech)
    )
    return tuple(gap for gap in gaps if gap.duration_s >= min_s - _ROUNDING_S)
