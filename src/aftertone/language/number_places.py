"""Where a number is read: once, twice, or once and in part again.

No single witness finds it. Digits that a net hears are everywhere where it may hear nothing else; but a
reading sounds like digits from end to end and leaves none over beside it, has a pause at either end, about
one syllable nucleus and a half for each digit, no word that was heard surely, and where it is slow each digit
stands alone. What is read twice sounds alike, and lasts as long. All of it is summed, as evidence in a
log-linear model, and the likeliest way to read the whole message wins: one reading, two, one and a part, or
none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.interval import Interval
from aftertone.acoustics.spoken_digits import HOP_S, DigitEvidence
from aftertone.language.sound_twice import STEP_S, cepstra_of, distances_of, subsequence
from aftertone.language.transcript import Word

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

# Log odds of a number being read there, for each unit of evidence. Fitted (maximum a posteriori, from values
# set by hand) on numbers composed of fsdd's speakers, each heard by a net that never heard him, and on speech
# without a number: benchmarks/number_trials.md.
WEIGHTS: Mapping[str, float] = {
    "some number": -2.6,
    "like digits, s": 0.26,  # for each second in which a digit is likelier than other speech by a factor of e
    "least like digits": 1.5,  # log odds of what in the reading is least like a digit, where they are under 0
    "digit left over": -0.27,
    "digit too many": -2.3,
    "digit too few, said slowly": -3.4,
    "digit too few": -1.1,
    "nuclei too few": -12.7,  # for each nucleus a digit under _NUCLEI_MIN
    "nuclei too many": -5.8,
    "pause before": 2.5,
    "short pause before": 2.0,
    "pause after": 0.3,
    "sure word": -1.4,
    "word that announces": 2.9,
    "said twice": 1.6,
    "as alike": 50.7,  # for each unit of cost under _ALIKE_COST
    "ends apart, s": -5.0,  # the second reading's and the place where the first fits best
    "not as long": -6.4,  # for each factor of e
    "said in part again": -3.2,
    "part as alike": 16.6,
}
PART_DIGITS = 4
"""Digits of the part that is said again: the last group of an American number, and of most others."""

_ODDS_MAX = 4.0  # of one frame, either way: it is one of many
_LEAST_FRAMES_MIN, _LEAST_FRAMES_MAX = 8, 30  # over which a reading's least likely digit is looked for
_DIGITS_MISSED, _DIGITS_ADDED, _HURRIED_SHARE = 3, 3, 0.5  # more, and it is no reading
_NUCLEI_MIN, _NUCLEI_MAX = 0.95, 1.4  # for each digit: zero and seven have two, and some are found twice
_DIGITS_PER_S_MIN, _DIGITS_PER_S_MAX = 0.85, 5.6
_SLOW_DIGITS_PER_S = 2.2
_LONGEST_STOP_S = 2.5  # inside a reading
_PAUSE_S, _SHORT_PAUSE_S, _END_PAUSE_S, _LONG_END_PAUSE_S = 0.25, 0.05, 0.2, 0.4
_INSIDE_S = 0.12  # a digit that starts as far inside a stretch of speech may start a reading
_EDGE_S = 0.05  # of a digit's middle beyond a reading's end
_ALONE_MIN_S, _ALONE_MAX_S, _ALONE_NUCLEI_MAX = 0.1, 0.8, 2  # speech with one digit in it
_APART_S, _PART_WITHIN_S = 0.3, 3.5  # between two readings; and until a part is said again
_LENGTHS_MAX = 1.33  # of two readings, one over the other
_PART_PACE_MAX = 1.6
_EDGE_MAX_S, _ROOM_FRAMES = 0.5, 5
_ALIKE_COST, _UNLIKE_COST = 0.47, 0.8
_SPANS_KEPT, _PAIRS_KEPT, _WITH_PART_KEPT, _PARTS_KEPT = 150, 24, 12, 24  # of the likeliest
_SURE_WORD = 0.75  # confidence
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
    evidence : mapping of str to float
        What speaks for it and against: how much of each of `WEIGHTS`.
    """

    readings: tuple[Interval, ...]
    part: Interval | None
    evidence: Mapping[str, float]

    @property
    def log_odds(self) -> float:
        """That a number is read there, by the sum of the evidence."""
        return _sum(self.evidence)


@dataclass(frozen=True, slots=True)
class _Span:
    interval: Interval
    evidence: Mapping[str, float]


Heard = tuple[Interval, DigitEvidence]
"""A stretch of speech, and what the net makes of it."""


def number_places(sound: Sound, heard: Sequence[Heard], words: Sequence[Word], count: int) -> Places | None:
    """The likeliest places of a number, None where nothing could be one.

    Parameters
    ----------
    sound : Sound
    heard : sequence of (Interval, DigitEvidence)
        What `HearsDigits.evidence_in` gave for each stretch of speech, in order of time.
    words : sequence of Word
        The first hearing.
    count : int
        Digits that the number should have.

    Returns
    -------
    Places or None
        However unlikely: its `log_odds` say how much.
    """
    return max(candidates(sound, heard, words, count), key=lambda places: places.log_odds, default=None)


def candidates(sound: Sound, heard: Sequence[Heard], words: Sequence[Word], count: int) -> Iterator[Places]:
    """Every way to read a number in the message that is worth a thought: see `number_places`."""
    if not sound.speech:
        return
    message = _Message(sound, heard, words)
    spans = _likeliest(message.spans(count), _SPANS_KEPT)
    for span in spans:
        yield Places((span.interval,), None, message.whole(span))
    yield from _said_twice(message, spans)
    yield from _said_in_part_again(message, spans[:_WITH_PART_KEPT], count)


def _said_twice(message: _Message, spans: Sequence[_Span]) -> Iterator[Places]:
    """The likeliest two that lie apart and last alike, each laid on the other."""
    pairs = []
    for one in spans:
        for two in spans:
            longer = abs(math.log(two.interval.duration_s / one.interval.duration_s))
            if two.interval.start_s - one.interval.end_s >= _APART_S and longer <= math.log(_LENGTHS_MAX):
                more = {"said twice": 1.0, "not as long": longer}
                pairs.append(((one.interval, two.interval), message.whole(one, two, more)))
    for (one_at, two_at), evidence in sorted(pairs, key=lambda pair: -_sum(pair[1]))[:_PAIRS_KEPT]:
        there, back = message.fit(one_at, two_at), message.fit(two_at, one_at)
        cost = min((there.cost + back.cost) / 2, _UNLIKE_COST)
        alike = {"as alike": _ALIKE_COST - cost, "ends apart, s": there.edges_s + back.edges_s}
        yield Places((one_at, two_at), None, _added(evidence, alike))


def _said_in_part_again(message: _Message, spans: Sequence[_Span], count: int) -> Iterator[Places]:
    """The likeliest, each with the likeliest last digits that follow soon, as fast, laid on its end."""
    parts = list(message.spans(PART_DIGITS))
    pairs = []
    for span in spans:
        for part in parts:
            apart_s = part.interval.start_s - span.interval.end_s
            pace = (part.interval.duration_s / PART_DIGITS) / (span.interval.duration_s / count)
            if _APART_S <= apart_s <= _PART_WITHIN_S and 1 / _PART_PACE_MAX < pace < _PART_PACE_MAX:
                whole = message.whole(span, part, {"said in part again": 1.0})
                pairs.append((span.interval, part.interval, whole))
    for whole_at, part_at, evidence in sorted(pairs, key=lambda pair: -_sum(pair[2]))[:_PARTS_KEPT]:
        start_s = whole_at.end_s - _PART_PACE_MAX * part_at.duration_s - _APART_S
        tail = Interval(max(whole_at.start_s, start_s), whole_at.end_s)
        cost = min(message.fit(part_at, tail).cost, _UNLIKE_COST)
        yield Places((whole_at,), part_at, _added(evidence, {"part as alike": _ALIKE_COST - cost}))


def _likeliest(spans: Iterator[_Span], kept: int) -> list[_Span]:
    return sorted(spans, key=lambda span: -_sum(span.evidence))[:kept]


def _sum(evidence: Mapping[str, float]) -> float:
    return sum(WEIGHTS[name] * much for name, much in evidence.items())


def _added(*evidence: Mapping[str, float]) -> Mapping[str, float]:
    total: Counter[str] = Counter()
    for each in evidence:
        total.update(each)
    return total


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a stretch fits another, and how far from its ends."""

    cost: float
    edges_s: float


class _Message:
    """What a message's witnesses say of any stretch of it."""

    def __init__(self, sound: Sound, heard: Sequence[Heard], words: Sequence[Word]) -> None:
        self.speech, self.nuclei = sound.speech, np.asarray(sound.nuclei)
        n_frames = 1 + round(max(sound.recording.duration_s, self.speech[-1].end_s) / HOP_S)
        odds, is_speech = np.zeros(n_frames), np.zeros(n_frames, np.bool_)
        digits: list[tuple[float, float, bool]] = []
        for stretch, evidence in heard:
            first = round(stretch.start_s / HOP_S)
            room = slice(first, min(first + len(evidence.odds), n_frames))
            odds[room] = evidence.odds[: room.stop - first]
            is_speech[room] = evidence.is_speech[: room.stop - first]
            for digit in evidence.digits:
                span = Interval(stretch.start_s + digit.start_s, stretch.start_s + digit.end_s)
                if any(part.overlap_s(span) > 0 for part in self.speech):
                    digits.append((span.start_s, (span.start_s + span.end_s) / 2, digit.is_likeliest))
        under = np.zeros(n_frames, np.bool_)
        for part in self.speech:
            under[round(part.start_s / HOP_S) : round(part.end_s / HOP_S)] = True
        self._odds, self._is_speech = np.clip(odds, -_ODDS_MAX, _ODDS_MAX), is_speech & under
        self._summed = np.concatenate([[0.0], np.cumsum(self._odds * self._is_speech)])
        self._middles = np.array([middle for _, middle, _ in digits])
        self._likeliest = np.array([middle for _, middle, is_likeliest in digits if is_likeliest])
        self._words = words
        self._sure = np.array([_middle_s(word) for word in words if _is_sure(word)])
        gaps_s = [b.start_s - a.end_s for a, b in pairwise(self.speech)]
        self._before, self._after = [math.inf, *gaps_s], np.array([*gaps_s, math.inf])
        self._ends = np.array([part.end_s for part in self.speech])
        self._starts_inside = [
            start_s
            for start_s, _, _ in digits
            if any(part.start_s + _INSIDE_S < start_s < part.end_s - _INSIDE_S for part in self.speech)
        ]
        alone = [part for part in self.speech if self._is_alone(part)]
        self._alone = np.array([(part.start_s + part.end_s) / 2 for part in alone])
        self._cepstra = cepstra_of(sound.frames)
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
                    evidence = self._evidence(interval, count, before_s, after_s)
                    if evidence is not None:
                        yield _Span(interval, evidence)

    def _evidence(
        self, span: Interval, count: int, before_s: float, after_s: float
    ) -> Mapping[str, float] | None:
        inside = (self._ends > span.start_s) & (self._ends < span.end_s)
        if np.any(self._after[inside] > _LONGEST_STOP_S):
            return None
        slowly = count / span.duration_s < _SLOW_DIGITS_PER_S
        digits, alone = _count_in(self._middles, span), _count_in(self._alone, span)
        fewest = count - _DIGITS_MISSED if slowly else count * _HURRIED_SHARE
        if max(digits, alone) < fewest or digits > count + _DIGITS_ADDED:
            return None
        first, past = round(span.start_s / HOP_S), round(span.end_s / HOP_S)
        odds = self._odds[first:past][self._is_speech[first:past]]
        frames = min(max(len(odds) // count, _LEAST_FRAMES_MIN), _LEAST_FRAMES_MAX)
        if len(odds) < frames:
            return None
        summed = np.concatenate([[0.0], np.cumsum(odds)])
        least = float((summed[frames:] - summed[:-frames]).min()) / frames
        nuclei = _count_in(self.nuclei, span) / count
        evidence: dict[str, float] = {
            "like digits, s": float(self._summed[past] - self._summed[first]) * HOP_S,
            "least like digits": min(0.0, least),
            "digit too many": max(0, digits - count),
            "digit too few, said slowly" if slowly else "digit too few": max(0, count - digits),
            "nuclei too few": max(0.0, _NUCLEI_MIN - nuclei),
            "nuclei too many": max(0.0, nuclei - _NUCLEI_MAX),
            "pause before": before_s >= _PAUSE_S,
            "short pause before": _SHORT_PAUSE_S < before_s < _PAUSE_S,
            "pause after": after_s >= _LONG_END_PAUSE_S,
            "sure word": _count_in(self._sure, span),
        }
        return {name: much for name, much in evidence.items() if much}

    def whole(
        self, first: _Span, second: _Span | None = None, more: Mapping[str, float] | None = None
    ) -> Mapping[str, float]:
        """The evidence of one span or two, and what the rest of the message says."""
        spans = [first] if second is None else [first, second]
        inside = sum(
            _count_in(self._likeliest, Interval(s.interval.start_s - _EDGE_S, s.interval.end_s + _EDGE_S))
            for s in spans
        )
        message = {
            "some number": 1.0,
            "digit left over": len(self._likeliest) - inside,
            "word that announces": self._announced(first.interval.start_s),
        }
        return _added(*(span.evidence for span in spans), message, more or {})

    def _announced(self, start_s: float) -> int:
        """How many of the words just before announce a number."""
        before = [word for word in self._words if start_s - _CUE_S < word.start_s < start_s - _CUE_GAP_S]
        cues = sum(word.text.lower().strip(".,") in _CUES for word in before[-_CUE_WORDS:])
        return min(cues, _CUES_MAX)

    def fit(self, stretch: Interval, other: Interval) -> _Fit:
        """How well a stretch is laid on another, whose ends may give a little."""
        if (stretch, other) not in self._fits:
            self._fits[stretch, other] = self._laid_on(stretch, other)
        return self._fits[stretch, other]

    def _laid_on(self, stretch: Interval, other: Interval) -> _Fit:
        first, last = (round(t / STEP_S) for t in stretch)
        start, end = (round(t / STEP_S) for t in other)
        start = max(0, start - _ROOM_FRAMES)
        wanted, room = self._cepstra[first:last], self._cepstra[start : end + _ROOM_FRAMES]
        if len(wanted) < 2 or len(room) < len(wanted) // 2 + 1:
            return _Fit(_UNLIKE_COST, 2 * _EDGE_MAX_S)
        distance = distances_of(wanted, room)
        cost, a, b = subsequence(distance)
        edges_s = (
            abs((start + a) * STEP_S - other.start_s),
            abs((start + b + 1) * STEP_S - other.end_s),
        )
        return _Fit(cost / float(distance.mean()), sum(min(edge_s, _EDGE_MAX_S) for edge_s in edges_s))


def _middle_s(word: Word) -> float:
    """Halfway through a word."""
    return (word.start_s + word.end_s) / 2


def _is_sure(word: Word) -> bool:
    return (word.confidence or 0.0) >= _SURE_WORD and word.text.lower().strip(".,") not in _LIKE_DIGITS


def _count_in(times_s: NDArray[np.float64], span: Interval) -> int:
    return int(np.count_nonzero((times_s >= span.start_s) & (times_s <= span.end_s)))
