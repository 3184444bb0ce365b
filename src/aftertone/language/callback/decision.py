"""Which digits were said: Whisper's words and its constrained decoding as probabilities, over all readings.

Each string that a reading may be has a score: a weighted sum of log probabilities and a prior. The weights are
fitted by maximum likelihood on people and natural voices (conditional logit, McFadden 1974). A number's score
is the sum of its scores in all readings; a reading that has other digits costs what a change costs. The softmax
of these scores is the probability that all digits are right.
`benchmarks/experiments/number.md` records what was tried; `benchmarks.number_calibration` fits and tests it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aftertone.language.callback.segments import LOCAL, verdict_of
from aftertone.language.transcript import DigitString


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of what speaks for a string of digits, in nats.

    Attributes
    ----------
    numeral, spaced : float
        Of the two log probabilities.
    per_digit : float
        For each digit: log probabilities fall with length.
    plan : float
        For a string that may be a number of the region.
    words : float
        For the string that the transcript's words have.
    beyond : float
        Under the least score of a beam, what a string that is not in it is taken to have.
    change : float
        Cost of a reading whose digits are not those of the number.
    """

    numeral: float
    spaced: float
    per_digit: float
    plan: float
    words: float
    beyond: float
    change: float


WEIGHTS = Weights(numeral=0.8, spaced=0.2, per_digit=0.0, plan=1.5, words=1.0, beyond=2.0, change=4.0)


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
    """

    digits: str
    plus: bool
    strings: tuple[DigitString, ...]


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
        That the number is right.
    """

    number: str
    digits: tuple[str, ...]
    probability: float


def decide(readings: Sequence[Evidence], region: str, weights: Weights = WEIGHTS) -> Decision:
    """The number and the digits of each of its readings.

    Examples
    --------
    >>> heard = (DigitString("312555014", -1.0, -9.0), DigitString("3125550143", -2.0, -4.0))
    >>> decision = decide([Evidence("312555014", False, heard)], "US")
    >>> decision.number, decision.probability > 0.5
    ('3125550143', True)
    """
    scored = [_scores(reading, weights) for reading in readings]
    numbers = [
        {digits: verdict_of(digits, reading.plus, region).number for digits in scores}
        for reading, scores in zip(readings, scored, strict=True)
    ]
    # of each reading: the best string for each number, and its score
    best: list[dict[str, tuple[float, str]]] = []
    for scores, known in zip(scored, numbers, strict=True):
        own: dict[str, tuple[float, str]] = {}
        for digits, score in scores.items():
            number = known[digits]
            own[number] = max(own.get(number, (-np.inf, "")), (score, digits))
        best.append(own)
    priors = {number: weights.plan * may_be_dialled(number, region) for own in best for number in own}
    totals: dict[str, float] = {}
    said: dict[str, tuple[str, ...]] = {}
    for number, prior in priors.items():
        total, strings = prior, []
        for own in best:
            same, digits = own.get(number, (min(score for score, _ in own.values()) - weights.beyond, ""))
            others = [
                (score + priors[other] - weights.change, string)
                for other, (score, string) in own.items()
                if other != number
            ]
            changed, otherwise = max(others, default=(-np.inf, ""))
            total += float(np.logaddexp(same, changed))
            strings.append(digits if digits and same >= changed else otherwise or digits)
        totals[number], said[number] = total, tuple(strings)
    number = max(totals, key=totals.__getitem__)
    whole = float(np.logaddexp.reduce(list(totals.values())))
    told = {number} | {
        verdict_of(digits, reading.plus, region).number
        for digits, reading in zip(said[number], readings, strict=True)
    }
    right = float(np.logaddexp.reduce([totals[each] for each in told if each in totals]))
    return Decision(number, said[number], float(np.exp(min(0.0, right - whole))))


def may_be_dialled(number: str, region: str) -> bool:
    """Whether a string may be a number of the region, without or with its area code."""
    return bool(verdict_of(number, False, region).score >= LOCAL)


def _scores(reading: Evidence, weights: Weights) -> Mapping[str, float]:
    """The score of each string that a reading may be, without the prior."""
    found = {
        string.digits: weights.numeral * string.numeral_log_prob
        + weights.spaced * string.spaced_log_prob
        + weights.per_digit * len(string.digits)
        for string in reading.strings
    }
    if reading.digits not in found:
        found[reading.digits] = min(found.values(), default=0.0) - weights.beyond * bool(found)
    found[reading.digits] += weights.words
    return found
