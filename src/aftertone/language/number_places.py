"""Where a number is read: once, twice, or once and in part again.

No single witness finds it. Digits that a grammar hears are everywhere; but a reading has a pause at either
end, about one syllable nucleus and a half for each digit, digits that a second search finds too, no word
that was heard surely, and where it is slow each digit stands alone. What is read twice sounds alike, and
lasts as long. All of it is summed, as evidence in a log-linear model, and the likeliest way to read the
whole message wins: one reading, two, one and a part, or none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.interval import Interval
from aftertone.language.sound_twice import STEP_S, best_match, cepstra_of, subsequence
from aftertone.language.transcript import Word

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

# Log odds of a number being read there, for each unit of evidence. Fitted (maximum a posteriori, from values
# set by hand) on numbers composed of two of fsdd's speakers (jackson, theo) and on speech without a number:
# benchmarks/number_trials.md.
_WEIGHTS = {
    "some number": -3.3,
    "digit found twice": 1.6,
    "digit found once": -0.8,
    "digit too many": -1.5,
    "digit too few, said slowly": -1.9,
    "digit too few": -0.6,
    "nuclei too few": -8.9,  # for each nucleus a digit under _NUCLEI_MIN
    "nuclei too many": -5.0,
    "pause before": 1.9,
    "short pause before": 1.0,
    "pause after": 0.7,
    "digit alone": 0.5,
    "sure word": -1.0,
    "word that announces": 0.7,
    "said twice": 1.0,
    "as alike": 23.6,  # for each unit of cost under _ALIKE_COST
    "ends apart, s": -2.3,  # the second reading's and the place where the first fits best
    "not as long": -6.4,  # for each factor of e
    "said in part again": -3.5,
    "part as alike": 14.7,
}
BELIEVED_LOG_ODDS = 2.75
"""Less, and no number is believed. Of 28 recordings without one, 22 of people's speech, none has over 1.2;
with no words to speak against it, one of 20 has 2.4. Of 71 numbers two lie between 1.5 and this."""

PART_DIGITS = 4
"""Digits of the part that is said again: the last group of an American number, and of most others."""

_NUCLEI_MIN, _NUCLEI_MAX = 0.95, 1.4  # for each digit: zero and seven have two, and some are found twice
_DIGITS_PER_S_MIN, _DIGITS_PER_S_MAX = 0.85, 5.6
_SLOW_DIGITS_PER_S = 2.2
_LONGEST_STOP_S = 2.5  # inside a reading
_PAUSE_S, _SHORT_PAUSE_S, _END_PAUSE_S, _LONG_END_PAUSE_S = 0.25, 0.05, 0.2, 0.4
_INSIDE_S = 0.12  # a digit that starts as far inside a stretch of speech may start a reading
_ALONE_MIN_S, _ALONE_MAX_S, _ALONE_NUCLEI_MAX = 0.1, 0.8, 2  # speech with one digit in it
_APART_S, _PART_WITHIN_S = 0.3, 3.5  # between two readings; and until a part is said again
_LENGTHS_MAX = 1.33  # of two readings, one over the other
_PART_PACE_MAX = 1.6
_EDGE_MAX_S, _ROOM_FRAMES = 0.5, 5
_ALIKE_COST, _UNLIKE_COST = 0.47, 0.8
_ALONE_KEPT, _PAIRED_KEPT, _NEAR_KEPT, _WITH_PART_KEPT = 60, 12, 6, 15  # of the likeliest
_SURE_WORD = 0.75  # confidence
FOUND_TWICE = 0.75  # confidence over which the second search found the same digit
_CUES = frozenset("number numbers call calling reach reached me my at on back is".split())  # noqa: SIM905
_CUES_MAX, _CUE_WORDS, _CUE_S, _CUE_GAP_S = 2, 6, 4.0, 0.1
# Words that a recogniser of all words writes for digits: being sure of one says nothing against a number.
_LIKE_DIGITS = frozenset(
    """zero oh one two three four five six seven eight nine to too for won ate a or of i the you're year there
    want but buy bye none not and an they it at""".split()  # noqa: SIM905 - a table to read
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a number is read.

    Attributes
    ----------
    readings : tuple of Interval
        One or two, in order of time.
    part : Interval or None
        Where its last digits are said again.
    log_odds : float
        That it is one, by the sum of the evidence.
    """

    readings: tuple[Interval, ...]
    part: Interval | None
    log_odds: float


@dataclass(frozen=True, slots=True)
class _Span:
    interval: Interval
    score: float


def number_places(sound: Sound, digits: Sequence[Word], words: Sequence[Word], count: int) -> Places | None:
    """The likeliest places of a number, None where nothing could be one.

    Parameters
    ----------
    sound : Sound
    digits : sequence of Word
        What `HearsDigits.digits_in` gave for all stretches of speech, in order of time.
    words : sequence of Word
        The first hearing.
    count : int
        Digits that the number should have.

    Returns
    -------
    Places or None
        Whether or not it is believed: `BELIEVED_LOG_ODDS` is for the caller to ask.
    """
    if not digits or not sound.speech:
        return None
    message = _Message(sound, digits, words)
    spans = sorted(message.spans(count), key=lambda span: -span.score)
    announced = [
        _Span(span.interval, span.score + message.announced(span.interval.start_s))
        for span in spans[:_ALONE_KEPT]
    ]
    announced.sort(key=lambda span: -span.score)
    found = [Places((span.interval,), None, span.score) for span in announced]
    found += _said_twice(message, spans)
    found += _said_in_part_again(message, announced[:_WITH_PART_KEPT], count)
    if not found:
        return None
    best = max(found, key=lambda places: places.log_odds)
    return Places(best.readings, best.part, best.log_odds + _WEIGHTS["some number"])


def _said_twice(message: _Message, spans: Sequence[_Span]) -> Iterator[Places]:
    """The likeliest spans, each with those that lie where its sound comes again."""
    for span in spans[:_PAIRED_KEPT]:
        match = best_match(message.cepstra, span.interval)
        if match is None or match.cost > _UNLIKE_COST:
            continue
        near = [other for other in spans if _is_near(other.interval, match.interval)]
        for other in near[:_NEAR_KEPT]:
            one, two = sorted((span, other), key=lambda each: each.interval)
            longer = abs(math.log(two.interval.duration_s / one.interval.duration_s))
            if two.interval.start_s - one.interval.end_s < _APART_S or longer > math.log(_LENGTHS_MAX):
                continue
            there, back = message.fit(one.interval, two.interval), message.fit(two.interval, one.interval)
            cost = min((there.cost + back.cost) / 2, _UNLIKE_COST)
            score = one.score + two.score + message.announced(one.interval.start_s)
            score += _WEIGHTS["said twice"] + _WEIGHTS["not as long"] * longer
            score += _WEIGHTS["as alike"] * (_ALIKE_COST - cost)
            score += _WEIGHTS["ends apart, s"] * (there.edges_s + back.edges_s)
            yield Places((one.interval, two.interval), None, score)


def _is_near(one: Interval, other: Interval) -> bool:
    return max(abs(one.start_s - other.start_s), abs(one.end_s - other.end_s)) <= _EDGE_MAX_S


def _said_in_part_again(message: _Message, announced: Sequence[_Span], count: int) -> Iterator[Places]:
    parts = list(message.spans(PART_DIGITS))
    for whole in announced:
        for part in parts:
            apart_s = part.interval.start_s - whole.interval.end_s
            if not _APART_S <= apart_s <= _PART_WITHIN_S:
                continue
            length_s = part.interval.duration_s
            pace = (length_s / PART_DIGITS) / (whole.interval.duration_s / count)
            if not 1 / _PART_PACE_MAX < pace < _PART_PACE_MAX:
                continue
            end_s = whole.interval.end_s
            tail = Interval(max(whole.interval.start_s, end_s - _PART_PACE_MAX * length_s - _APART_S), end_s)
            cost = min(message.fit(part.interval, tail).cost, _UNLIKE_COST)
            score = whole.score + part.score + _WEIGHTS["said in part again"]
            yield Places(
                (whole.interval,),
                part.interval,
                score + _WEIGHTS["part as alike"] * (_ALIKE_COST - cost),
            )


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a stretch fits another, and how far from its ends."""

    cost: float
    edges_s: float


class _Message:
    """What a message's witnesses say of any stretch of it."""

    def __init__(self, sound: Sound, digits: Sequence[Word], words: Sequence[Word]) -> None:
        self.speech, self.nuclei = sound.speech, np.asarray(sound.nuclei)
        self._middles = np.array([middle_s(word) for word in digits])
        twice = [(word.confidence or 0.0) > FOUND_TWICE for word in digits]
        once = [not word.confidence for word in digits]
        self._twice, self._once = (np.concatenate([[0], np.cumsum(flags)]) for flags in (twice, once))
        self._words = words
        self._sure = np.array([middle_s(word) for word in words if _is_sure(word)])
        gaps_s = [b.start_s - a.end_s for a, b in pairwise(self.speech)]
        self._before, self._after = [math.inf, *gaps_s], np.array([*gaps_s, math.inf])
        self._ends = np.array([part.end_s for part in self.speech])
        self._starts_inside = [
            word.start_s
            for word in digits
            if any(part.start_s + _INSIDE_S < word.start_s < part.end_s - _INSIDE_S for part in self.speech)
        ]
        alone = [part for part in self.speech if self._is_alone(part)]
        self._alone = np.array([(part.start_s + part.end_s) / 2 for part in alone])
        self.cepstra = cepstra_of(sound.frames)
        self._fits: dict[tuple[Interval, Interval], _Fit] = {}

    def _is_alone(self, part: Interval) -> bool:
        nuclei = _count_in(self.nuclei, part)
        return _ALONE_MIN_S <= part.duration_s <= _ALONE_MAX_S and nuclei <= _ALONE_NUCLEI_MAX

    def spans(self, count: int) -> Iterator[_Span]:
        """Stretches that may be a reading of so many digits, with the evidence in them."""
        starts = [(part.start_s, gap_s) for part, gap_s in zip(self.speech, self._before, strict=True)]
        starts += [(start_s, 0.0) for start_s in self._starts_inside]
        ends = [(float(e), float(gap_s)) for e, gap_s in zip(self._ends, self._after, strict=True)]
        shortest_s, longest_s = count / _DIGITS_PER_S_MAX, count / _DIGITS_PER_S_MIN
        for start_s, before_s in starts:
            for end_s, after_s in ends:
                if shortest_s <= end_s - start_s <= longest_s and after_s >= _END_PAUSE_S:
                    interval = Interval(start_s, end_s)
                    score = self._score(interval, count, before_s, after_s)
                    if score is not None:
                        yield _Span(interval, score)

    def _score(self, span: Interval, count: int, before_s: float, after_s: float) -> float | None:
        inside = (self._ends > span.start_s) & (self._ends < span.end_s)
        if np.any(self._after[inside] > _LONGEST_STOP_S):
            return None
        first, last = np.searchsorted(self._middles, span)
        alone = _count_in(self._alone, span)
        heard = max(int(last - first), alone)  # the grammar may miss a digit that stands by itself
        if heard < min(count, PART_DIGITS) / 2:
            return None
        nuclei = _count_in(self.nuclei, span) / count
        slowly = count / span.duration_s < _SLOW_DIGITS_PER_S
        evidence = {
            "digit found twice": self._twice[last] - self._twice[first],
            "digit found once": self._once[last] - self._once[first],
            "digit too many": max(0, heard - count),
            "digit too few, said slowly" if slowly else "digit too few": max(0, count - heard),
            "nuclei too few": max(0.0, _NUCLEI_MIN - nuclei),
            "nuclei too many": max(0.0, nuclei - _NUCLEI_MAX),
            "pause before": before_s >= _PAUSE_S,
            "short pause before": _SHORT_PAUSE_S < before_s < _PAUSE_S,
            "pause after": after_s >= _LONG_END_PAUSE_S,
            "digit alone": alone,
            "sure word": _count_in(self._sure, span),
        }
        return float(sum(_WEIGHTS[name] * much for name, much in evidence.items()))

    def announced(self, start_s: float) -> float:
        """What the words just before say for a number."""
        before = [word for word in self._words if start_s - _CUE_S < word.start_s < start_s - _CUE_GAP_S]
        cues = sum(word.text.lower().strip(".,") in _CUES for word in before[-_CUE_WORDS:])
        return _WEIGHTS["word that announces"] * min(cues, _CUES_MAX)

    def fit(self, stretch: Interval, other: Interval) -> _Fit:
        """How well a stretch is laid on another, whose ends may give a little."""
        if (stretch, other) not in self._fits:
            self._fits[stretch, other] = self._laid_on(stretch, other)
        return self._fits[stretch, other]

    def _laid_on(self, stretch: Interval, other: Interval) -> _Fit:
        first, last = (round(t / STEP_S) for t in stretch)
        start, end = (round(t / STEP_S) for t in other)
        start = max(0, start - _ROOM_FRAMES)
        wanted, room = self.cepstra[first:last], self.cepstra[start : end + _ROOM_FRAMES]
        if len(wanted) < 2 or len(room) < len(wanted) // 2 + 1:
            return _Fit(_UNLIKE_COST, 2 * _EDGE_MAX_S)
        distance = np.sqrt(((wanted[:, None, :] - room[None, :, :]) ** 2).sum(axis=2))
        cost, a, b = subsequence(distance)
        edges_s = (
            abs((start + a) * STEP_S - other.start_s),
            abs((start + b + 1) * STEP_S - other.end_s),
        )
        return _Fit(cost / float(distance.mean()), sum(min(edge_s, _EDGE_MAX_S) for edge_s in edges_s))


def middle_s(word: Word) -> float:
    """Halfway through a word."""
    return (word.start_s + word.end_s) / 2


def _is_sure(word: Word) -> bool:
    return (word.confidence or 0.0) >= _SURE_WORD and word.text.lower().strip(".,") not in _LIKE_DIGITS


def _count_in(times_s: NDArray[np.float64], span: Interval) -> int:
    return int(np.count_nonzero((times_s >= span.start_s) & (times_s <= span.end_s)))
