"""Which digits were said: Whisper's words and its constrained decoding as probabilities, over all readings.

Each string that a reading may be has a score: a weighted sum of log probabilities, of how well its syllables
fit the syllable nuclei of the sound, and of a prior. Weights are fitted by maximum likelihood on people and
natural voices (conditional logit, McFadden 1974); one more outcome stands for all strings that are not
listed. A number's score is the sum of its scores in all readings; a reading that has other digits costs what
a change costs. The softmax of the scores is the probability that all digits are right.
`benchmarks/experiments/number.md` records what was tried; `benchmarks.number_calibration` fits and tests it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from aftertone.language.callback.segments import LOCAL, VALID, verdict_of
from aftertone.language.transcript import DigitString

LEFT_MIN = 1e-3  # of the probability of all strings: a beam knows it no better
TINY = 1e-12
UNLISTED = 3.0  # nats under the least of a reading's strings: what a number has that is not among them

SURE, VALID_WORDS, LOCAL_WORDS, NO_NUMBER_WORDS = 0.98, 0.93, 0.82, 0.30
"""Shares of numbers whose words were right (of 79, 78, 38 and 30): sure ones, and others that are valid, that
may be a number without its area code, and that are no number of the region."""

TRUSTED_MIN = 0.95
"""Probability from which a number is trusted."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of what speaks for a string of digits, in nats.

    Attributes
    ----------
    numeral, spaced : float
        Of the two log probabilities.
    syllables : float
        Of the squared difference between syllables and nuclei, over the nuclei.
    valid, local : float
        For a string that is a valid number of the region; for one that may be a number without its area code.
    words : float
        For the string that the transcript's words have.
    change : float
        Cost of a reading whose digits are not those of the number.
    other : float
        For the outcome that stands for all strings that are not listed.
    """

    numeral: float
    spaced: float
    syllables: float
    valid: float
    local: float
    words: float
    change: float
    other: float


WEIGHTS = Weights(
    numeral=0.49, spaced=0.13, syllables=0.10, valid=1.9, local=0.9, words=1.55, change=3.0, other=-0.26
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the digits of one reading.

    Attributes
    ----------
    digits : str
        By the transcript's words.
    plus : bool
        A plus or "country code" was said before them.
    strings : tuple of DigitString
        By constrained decoding; empty where the stretch was not decoded.
    nuclei_count : int or None
        Syllable nuclei in the stretch; None where they are not known.
    """

    digits: str
    plus: bool = False
    strings: tuple[DigitString, ...] = ()
    nuclei_count: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided of some readings.

    Attributes
    ----------
    number : str
        The number, as `Verdict.number` has it.
    digits : tuple of str
        The digits of each reading, as said.
    probability : float
        That all digits of the number are right.
    """

    number: str
    digits: tuple[str, ...]
    probability: float


def are_sure(readings: Sequence[tuple[str, bool]], region: str) -> bool:
    """Whether the words of all readings are so sure that their sound need not be decoded again.

    Whisper's words err where a digit is said twice or more in a row. A number of the region without such a
    run is sure, and so is a valid one that was written alike twice.

    Parameters
    ----------
    readings : sequence of (str, bool)
        Digits of each reading by the words, and whether a plus was said before them.
    region : str

    Examples
    --------
    >>> are_sure([("2125430198", False)], "US"), are_sure([("2125550143", False)], "US")
    (True, False)
    >>> are_sure([("2125550143", False), ("2125550143", False)], "US")
    True
    """
    verdicts = {verdict_of(digits, plus, region) for digits, plus in readings}
    if len({verdict.number for verdict in verdicts}) != 1:
        return False
    score = max(verdict.score for verdict in verdicts)
    has_run = any(a == b for digits, _ in readings for a, b in pairwise(digits))
    return (score >= LOCAL and not has_run) or (score >= VALID and len(readings) > 1)


def words_probability(readings: Sequence[tuple[str, bool]], region: str) -> float:
    """The probability that a number's digits are right by the words alone.

    Parameters
    ----------
    readings, region
        As for `are_sure`.
    """
    if are_sure(readings, region):
        return SURE
    score = max(verdict_of(digits, plus, region).score for digits, plus in readings)
    return VALID_WORDS if score >= VALID else LOCAL_WORDS if score >= LOCAL else NO_NUMBER_WORDS


def decide(readings: Sequence[Evidence], region: str, weights: Weights = WEIGHTS) -> Decision:
    """The number and the digits of each of its readings.

    Examples
    --------
    >>> heard = (DigitString("312555014", -1.0, -9.0), DigitString("3125550143", -2.0, -4.0))
    >>> decision = decide([Evidence("312555014", False, heard, 11)], "US")
    >>> decision.number, decision.probability > 0.5
    ('3125550143', True)
    """
    # of each reading: the likeliest string for each number, and its score
    scored: list[dict[str, tuple[float, str]]] = []
    for reading in readings:
        own: dict[str, tuple[float, str]] = {}
        for digits, score in _scores(reading, weights).items():
            number = verdict_of(digits, reading.plus, region).number
            own[number] = max(own.get(number, (-math.inf, "")), (score, digits))
        scored.append(own)
    priors = {number: _prior(number, region, weights) for own in scored for number in own}
    totals = {}
    strings: dict[str, tuple[str, ...]] = {}
    for number, prior in priors.items():
        outcomes = [_outcome(number, own, priors, weights) for own in scored]
        totals[number] = prior + _total(outcomes)
        strings[number] = tuple(each.digits for each in outcomes)
    number = max(totals, key=totals.__getitem__)
    unlisted = sum(_unlisted(reading, weights) for reading in readings)
    everything = np.logaddexp.reduce([*totals.values(), unlisted])
    told = {
        verdict_of(digits, each.plus, region).number
        for digits, each in zip(strings[number], readings, strict=True)
    }
    right = np.logaddexp.reduce([totals[each] for each in {number, *told} if each in totals])
    return Decision(number, strings[number], float(np.exp(right - everything)))


class _Outcome(NamedTuple):
    """What a reading is if a number is meant: scores of that number and of a change, the likelier digits."""

    same: float
    changed: float
    digits: str


def _outcome(
    number: str, own: dict[str, tuple[float, str]], priors: dict[str, float], weights: Weights
) -> _Outcome:
    least = min(score for score, _ in own.values())
    same = own.get(number, (least - UNLISTED, number) if len(own) > 1 else (-math.inf, ""))
    changed = max(
        (
            (score + priors[other] - weights.change, digits)
            for other, (score, digits) in own.items()
            if other != number
        ),
        default=(-math.inf, ""),
    )
    return _Outcome(same[0], changed[0], same[1] if same[0] >= changed[0] else changed[1])


def _total(outcomes: Sequence[_Outcome]) -> float:
    """The score of a number that one reading has at least."""
    either = sum(float(np.logaddexp(each.same, each.changed)) for each in outcomes)
    never = sum(each.changed for each in outcomes)
    return either + math.log1p(-math.exp(min(never - either, -TINY))) if either > -math.inf else either


def _prior(number: str, region: str, weights: Weights) -> float:
    score = verdict_of(number, False, region).score
    return weights.valid if score >= VALID else weights.local if score >= LOCAL else 0.0


def _scores(reading: Evidence, weights: Weights) -> dict[str, float]:
    """The score of each string that a reading may be, without the prior."""
    if not reading.strings:
        return {reading.digits: 0.0}
    return {
        string.digits: weights.numeral * string.numeral_log_prob
        + weights.spaced * string.spaced_log_prob
        - weights.syllables * _misfit(string.digits, reading.nuclei_count)
        + weights.words * (string.digits == reading.digits)
        for string in reading.strings
    }


def _unlisted(reading: Evidence, weights: Weights) -> float:
    """The score of all strings that are not listed: what the beam leaves over."""
    if not reading.strings:
        return -math.inf
    listed = sum(math.exp(string.numeral_log_prob) for string in reading.strings)
    left = math.log(max(1.0 - listed, LEFT_MIN))
    return (
        weights.numeral * left
        + weights.spaced * min(s.spaced_log_prob for s in reading.strings)
        + weights.other
    )


def _misfit(digits: str, nuclei_count: int | None) -> float:
    return 0.0 if nuclei_count is None else misfit(digits, nuclei_count)


def misfit(digits: str, nuclei_count: int) -> float:
    """How badly the syllables of digits fit a count of nuclei: the squared difference over the nuclei.

    A zero has two syllables, or one as "oh".

    >>> misfit("2125550143", 11), misfit("2125550143", 10), misfit("2125550143", 8)
    (0.0, 0.0, 0.5)
    """
    most = len(digits) + digits.count("7") + digits.count("0")
    least = most - digits.count("0")
    return max(0, least - nuclei_count, nuclei_count - most) ** 2 / max(nuclei_count, 1)
