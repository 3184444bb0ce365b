"""Which digits were said: a conditional logit over candidate strings, all readings together.

Each candidate string of a reading has a score in nats. The score is a weighted sum of its log probabilities
under Whisper, of the mismatch between its syllables and the syllable nuclei of the sound, of its equality
with the transcript's words, and of a prior. One more outcome stands for all strings that are not listed. The
weights are fitted by maximum likelihood on people and natural voices (conditional logit, McFadden 1974).

The score of a number is the sum of its scores in all readings. A reading may have other digits, at the cost
of a change. The softmax over all numbers gives the probability that the digits of all readings are right.
`benchmarks/experiments/number.md` records what was tried; `benchmarks.number_calibration` fits and tests it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from aftertone.language.brief import DIGITS_MIN
from aftertone.language.callback.numbering_plan import PlanValidity, plan_validity
from aftertone.language.callback.record import Reading
from aftertone.language.callback.segmentation import Candidate
from aftertone.language.transcript import DigitString


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the evidence for a string of digits, by which its score is in nats.

    `benchmarks.number_calibration` fits all but `valid`, `local` and `change`, which are chosen.
    """

    numeral: float = 0.48  # of `DigitString.numeral_log_prob`
    spaced: float = 0.10  # of `DigitString.spaced_log_prob`
    syllables: float = 0.10  # of `misfit`, subtracted
    valid: float = 1.4  # added for a valid number; as fitted, 1.9, nine digits are filled up to ten
    local: float = 0.9  # added for a possible number without its area code
    words: float = 1.78  # added for the string that the transcript's words have
    change: float = 3.0  # subtracted for a reading whose digits are not those of the number
    other: float = -0.45  # added for the outcome that stands for all strings that are not listed


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class DecisionOptions:
    """Bounds of the decision, and the probabilities of numbers that were not decoded again.

    The shares of words are of numbers whose digits were right by the words alone, counted by
    `benchmarks.number_calibration`.
    """

    beam_left_min: float = 1e-3  # probability of strings outside the beam: rounding makes less unreliable
    words_wrong: float = -2.0  # nats that words not decoded again are wrong: one of eight is (`local_words`)
    unlisted: float = 3.0  # nats below a reading's lowest score: a number that is not among its strings
    override_min: float = 0.5
    """Least probability of a number that replaces one of the same or of a higher prior in the words. Below
    it, of seven such numbers none was right, and the words in five (benchmarks/experiments/number.md)."""
    sure_words: float = 0.98  # of 79 numbers: see `are_sure`
    valid_words: float = 0.93  # of 78 other valid numbers
    local_words: float = 0.82  # of 38 possible numbers without an area code
    other_words: float = 0.30  # of 30 that are no numbers of the region


OPTIONS = DecisionOptions()
_TINY = 1e-12  # nats: keeps the argument of a logarithm above 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for the digits of one reading."""

    digits: str  # by the transcript's words; "" where these were made from the strings
    has_plus: bool = False  # a plus or "country code" was said before them
    strings: tuple[DigitString, ...] = ()  # by constrained decoding; empty where it was not decoded
    nuclei_count: int | None = None  # syllable nuclei in the decoded stretch; None without sound
    words: tuple[int, int] = (0, 0)  # its first and its last word

    def validity(self, digits: str, region: str) -> PlanValidity:
        """How digits of this reading fit the numbering plan."""
        return plan_validity(digits, self.has_plus, region)


def evidence_of_words(reading: Candidate | Reading) -> Evidence:
    """The evidence for the digits of a reading by its words alone."""
    return Evidence(reading.digits, reading.has_plus, words=(reading.first_word, reading.last_word))


@dataclass(frozen=True, slots=True)
class Decision:
    """The number that some readings say, and their digits."""

    number: str  # as `PlanValidity.number` has it
    digits: tuple[str, ...]  # of each reading, as said
    probability: float  # that the digits of all readings are right


def are_sure(readings: Sequence[Evidence], region: str) -> bool:
    """Whether the words of all readings are so sure that their sound need not be decoded again.

    Whisper's words err where a digit is said twice or more in a row. All readings must be one number. That
    number is sure where it is valid, or has seven digits and is possible without its area code, and has no
    such run. It is also sure where it is valid and was written twice, in words that are not the same.

    >>> one, other = Evidence("2125550143", words=(2, 4)), Evidence("2125550143", words=(6, 6))
    >>> no_run = Evidence("2125430198", words=(2, 4))
    >>> [are_sure(readings, "US") for readings in ([no_run], [one], [one, other])]
    [True, False, True]
    """
    validities = [each.validity(each.digits, region) for each in readings]
    if len({each.number for each in validities}) != 1:
        return False
    is_valid = any(each.is_valid for each in validities)
    is_local = all(len(each.digits) == DIGITS_MIN for each in readings) and validities[0].is_possible
    has_run = any(a == b for each in readings for a, b in pairwise(each.digits))
    is_apart = all(one.words[1] < other.words[0] for one, other in pairwise(readings))
    return ((is_valid or is_local) and not has_run) or (is_valid and len(readings) > 1 and is_apart)


def words_probability(readings: Sequence[Evidence], region: str) -> float:
    """The probability that a number's digits are right by the words alone."""
    if are_sure(readings, region):
        return OPTIONS.sure_words
    best = max((each.validity(each.digits, region) for each in readings), key=lambda each: each.score)
    if best.is_valid:
        return OPTIONS.valid_words
    return OPTIONS.local_words if best.is_possible else OPTIONS.other_words


def decide(readings: Sequence[Evidence], region: str, weights: Weights = WEIGHTS) -> Decision:
    """The likeliest number, and the likeliest digits of each of its readings.

    The number that the words have stays, unless the other has a higher prior or is likelier than not.

    >>> heard = (DigitString("312555014", -1.0, -16.0), DigitString("3125550143", -1.5, -4.0))
    >>> decision = decide([Evidence("312555014", False, heard, 11)], "US")
    >>> decision.number, decision.probability > 0.5
    ('3125550143', True)
    """
    # for each reading: the score and the digits of the likeliest string of each number
    scored: list[dict[str, tuple[float, str]]] = []
    priors: dict[str, float] = {}
    for reading in readings:
        own: dict[str, tuple[float, str]] = {}
        for digits, score in _scores(reading, weights).items():
            validity = reading.validity(digits, region)
            own[validity.number] = max(own.get(validity.number, (-math.inf, "")), (score, digits))
            priors[validity.number] = max(priors.get(validity.number, 0.0), prior(validity, weights))
        scored.append(own)
    totals = {}
    strings: dict[str, tuple[str, ...]] = {}
    for number, own_prior in priors.items():
        outcomes = [_outcome(number, own, priors, weights) for own in scored]
        totals[number] = own_prior + _total(outcomes)
        strings[number] = tuple(each.digits for each in outcomes)
    unlisted = sum(_unlisted(reading, weights) for reading in readings)
    everything = np.logaddexp.reduce([*totals.values(), unlisted])

    def decision_for(number: str) -> Decision:
        pairs = zip(strings[number], readings, strict=True)
        said = {each.validity(digits, region).number for digits, each in pairs}
        right = np.logaddexp.reduce([totals[each] for each in {number, *said} if each in totals])
        return Decision(number, strings[number], float(np.exp(right - everything)))

    best = decision_for(max(totals, key=totals.__getitem__))
    written = {each.validity(each.digits, region).number for each in readings} & totals.keys()
    if not written:
        return best
    by_words = max(written, key=totals.__getitem__)
    has_gain = priors[best.number] > priors[by_words] or best.probability >= OPTIONS.override_min
    return best if has_gain else decision_for(by_words)


class _Outcome(NamedTuple):
    """One reading, given a number: scores (nats) of that number and of a change, and the likelier digits."""

    same: float
    changed: float
    digits: str


def _outcome(
    number: str, own: dict[str, tuple[float, str]], priors: dict[str, float], weights: Weights
) -> _Outcome:
    impossible = (-math.inf, "")
    score_min = min(score for score, _ in own.values())
    same = own.get(number, (score_min - OPTIONS.unlisted, number) if len(own) > 1 else impossible)
    others = (
        (score + priors[other] - weights.change, digits)
        for other, (score, digits) in own.items()
        if other != number
    )
    changed = max(others, default=impossible)
    return _Outcome(same[0], changed[0], same[1] if same[0] >= changed[0] else changed[1])


def _total(outcomes: Sequence[_Outcome]) -> float:
    """The score, in nats, of all combinations in which at least one reading has the number."""
    either = sum(float(np.logaddexp(each.same, each.changed)) for each in outcomes)
    never = sum(each.changed for each in outcomes)
    return either + math.log1p(-math.exp(min(never - either, -_TINY))) if either > -math.inf else either


def prior(validity: PlanValidity, weights: Weights) -> float:
    """The prior of a number, in nats: `Weights.valid`, `Weights.local`, or none."""
    return weights.valid if validity.is_valid else weights.local if validity.is_possible else 0.0


def _scores(reading: Evidence, weights: Weights) -> dict[str, float]:
    """The score of each candidate string of a reading, in nats, without the prior."""
    if not reading.strings:
        return {reading.digits: 0.0}
    return {
        string.digits: weights.numeral * string.numeral_log_prob
        + weights.spaced * string.spaced_log_prob
        - weights.syllables * misfit(string.digits, reading.nuclei_count)
        + weights.words * (string.digits == reading.digits)
        for string in reading.strings
    }


def _unlisted(reading: Evidence, weights: Weights) -> float:
    """The score, in nats, of all strings outside the beam; for words that were not decoded, of wrong ones."""
    if not reading.strings:
        return OPTIONS.words_wrong
    return (
        weights.numeral * left_log_prob(reading.strings)
        + weights.spaced * min(string.spaced_log_prob for string in reading.strings)
        + weights.other
    )


def left_log_prob(strings: Sequence[DigitString]) -> float:
    """Log probability, in nats, of all strings of numerals outside the beam."""
    listed = sum(math.exp(string.numeral_log_prob) for string in strings)
    return math.log(max(1.0 - listed, OPTIONS.beam_left_min))


def misfit(digits: str, nuclei_count: int | None) -> float:
    """Mismatch of syllables and nuclei: their squared difference over the nuclei; 0 without a count.

    A zero has two syllables, or one as "oh": the number of the two that is nearer to the nuclei counts.

    >>> misfit("2125550143", 11), misfit("2125550143", 10), misfit("2125550143", 8)
    (0.0, 0.0, 0.5)
    """
    if nuclei_count is None:
        return 0.0
    most = len(digits) + digits.count("7") + digits.count("0")
    least = most - digits.count("0")
    return max(0, least - nuclei_count, nuclei_count - most) ** 2 / max(nuclei_count, 1)
