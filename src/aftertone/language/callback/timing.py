"""When a reading was said, by the sound, and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.interval import Interval
from aftertone.language.callback.record import Reading
from aftertone.language.syllables import syllable_count

SLOW_DIGITS_PER_S = 2.0
"""Slow enough to be written down: 120 words a minute for numbers to be copied (DECtalk manual)."""

HURRIED_DIGITS_PER_S = 2.5
"""Faster than this cannot be written down: a quarter above `SLOW_DIGITS_PER_S`."""

GROUP_PAUSE_S = 0.25
"""A silence inside a reading that parts two groups of digits (Cisco number prompts)."""

_WORD_EDGE_S = 0.2
"""How far a recogniser's word edges are off (word times against hand labels: 0.1 to 0.2 s)."""

_BELIEVABLE_DIGITS_PER_S = 5.5
"""No one says digits faster: ten of them have 12 syllables, so that 5.5 are 6.6 syllables a second,
above the 4 to 5.5 of English conversation."""


def timed_reading(
    reading: Reading, speech: Sequence[Interval], nuclei: NDArray[np.float64] | None = None
) -> Interval:
    """When a reading was said, snapped to the sound.

    An edge goes to where speech begins or ends within 0.2 s of it, unless the word next to the
    reading was said in that same speech; an edge inside a pause leaves the pause. Where one written
    word is the whole reading ("555-123-4567") and it is too short to be believed, it goes on over the
    speech that no word covers, until there are nuclei enough for its syllables.

    Parameters
    ----------
    reading : Reading
    speech : sequence of Interval
        Stretches of speech, in order.
    nuclei : array of shape (n,) or None
        Times of the syllable nuclei, in s.

    Returns
    -------
    Interval
        The reading's own word times where no speech lies under it.

    Examples
    --------
    >>> from aftertone.language.transcript import Transcript, Word
    >>> heard = Transcript((Word("at", 0.5, 0.8), Word("555-123-4567", 1.4, 3.9)))
    >>> from aftertone.language.callback import find_callback_number
    >>> reading = find_callback_number(heard).readings[0]
    >>> timed_reading(reading, [Interval(0.5, 0.9), Interval(1.3, 2.2), Interval(2.6, 4.0)])
    Interval(start_s=1.3, end_s=4.0)
    """
    said = Interval(reading.start_s, reading.end_s)
    if reading.first_word == reading.last_word:
        said = Interval(said.start_s, _believable_end_s(reading, speech, nuclei))
    under = [each for each in speech if each.overlap_s(said) > 0]
    # A sliver under an edge is the end of another word's speech.
    while len(under) > 1 and under[0].overlap_s(said) < min(_WORD_EDGE_S, under[0].duration_s / 2):
        del under[0]
    while len(under) > 1 and under[-1].overlap_s(said) < min(_WORD_EDGE_S, under[-1].duration_s / 2):
        del under[-1]
    if not under:
        return said
    first, last = under[0], under[-1]
    start_s, end_s = max(said.start_s, first.start_s), min(said.end_s, last.end_s)
    if start_s - first.start_s <= _WORD_EDGE_S and not _is_said_in(reading.before, first):
        start_s = first.start_s
    if last.end_s - end_s <= _WORD_EDGE_S and not _is_said_in(reading.after, last):
        end_s = last.end_s
    return Interval(start_s, end_s)


def _is_said_in(word: Interval | None, speech: Interval) -> bool:
    """Whether a word's middle, which recognisers place better than its edges, lies in the speech."""
    return word is not None and speech.start_s <= (word.start_s + word.end_s) / 2 <= speech.end_s


def _believable_end_s(
    reading: Reading, speech: Sequence[Interval], nuclei: NDArray[np.float64] | None
) -> float:
    """Where a reading in one written word ends: its own end, or that of the speech it must go on over."""
    start_s, end_s = reading.start_s, reading.end_s
    limit_s = reading.after.start_s if reading.after else float("inf")
    sounded_s = sum(each.overlap_s(Interval(start_s, end_s)) for each in speech)
    if len(reading.digits) <= _BELIEVABLE_DIGITS_PER_S * sounded_s:
        return end_s
    syllables = sum(syllable_count(digit) for digit in reading.digits)
    for each in speech:
        if nuclei is None:
            enough = len(reading.digits) <= HURRIED_DIGITS_PER_S * (end_s - start_s)
        else:
            enough = int(np.count_nonzero((nuclei >= start_s) & (nuclei <= end_s))) >= syllables
        if enough:
            break
        if each.end_s > end_s and each.start_s < limit_s:
            end_s = min(each.end_s, limit_s)
    return end_s


def reading_groups(
    reading: Interval, speech: Sequence[Interval], *, pause_s: float = GROUP_PAUSE_S
) -> tuple[Interval, ...]:
    """The groups of a reading: its speech, parted where it is silent for `pause_s` or longer.

    >>> said = [Interval(0.0, 1.0), Interval(1.1, 1.5), Interval(2.0, 3.0)]
    >>> reading_groups(Interval(0.0, 3.0), said)
    (Interval(start_s=0.0, end_s=1.5), Interval(start_s=2.0, end_s=3.0))
    """
    groups: list[Interval] = []
    for each in speech:
        if each.overlap_s(reading) <= 0:
            continue
        part = Interval(max(each.start_s, reading.start_s), min(each.end_s, reading.end_s))
        if groups and part.start_s - groups[-1].end_s < pause_s:
            groups[-1] = Interval(groups[-1].start_s, part.end_s)
        else:
            groups.append(part)
    return tuple(groups)


def group_pause_s(groups: Sequence[Interval]) -> float | None:
    """The median pause between groups, None where there is but one.

    >>> group_pause_s([Interval(0.0, 1.0), Interval(1.5, 2.0)])
    0.5
    """
    pauses_s = [after.start_s - before.end_s for before, after in pairwise(groups)]
    return float(median(pauses_s)) if pauses_s else None


def digits_per_s(reading: Reading, timed: Interval) -> float | None:
    """Digits of a reading over its time, pauses included; None where it has no length."""
    return len(reading.digits) / timed.duration_s if timed.duration_s > 0 else None


_REST_SPEECH_S = 1.0
"""Speech that the rest of the message must have for its rate to be one: three or more syllables."""


def slowdown_ratio(
    reading: Interval, nuclei: NDArray[np.float64], speech: Sequence[Interval]
) -> float | None:
    """Syllable rate of a reading over the articulation rate of the rest; below 1.0 it was said slower.

    The reading's rate counts its own pauses, since they are what lets a listener write; the rest's
    does not. None where the rest has under 1 s of speech or no nuclei, or the reading no length.

    >>> nuclei = np.array([0.2, 0.4, 0.6, 0.8, 1.5, 2.0])
    >>> slowdown_ratio(Interval(1.0, 2.0), nuclei, [Interval(0.0, 2.0)])
    0.5
    """
    inside = (nuclei >= reading.start_s) & (nuclei <= reading.end_s)
    rest_s = sum(each.duration_s - each.overlap_s(reading) for each in speech)
    rest_count = int(np.sum(~inside))
    if reading.duration_s <= 0 or rest_s < _REST_SPEECH_S or rest_count == 0:
        return None
    return float((np.sum(inside) / reading.duration_s) / (rest_count / rest_s))
