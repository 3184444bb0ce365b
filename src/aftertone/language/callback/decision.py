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
from aftertone.language.callback.segments import LOCAL, VALID, Verdict, verdict_of
from aftertone.language.transcript import DigitString

LEFT_MIN = 1e-3  # least probability of all strings outside the beam: rounding makes smaller ones unreliable
WORDS_WRONG = -2.0  # nats: one of eight readings with doubtful words is wrong (`LOCAL_WORDS`)
TINY = 1e-12  # nats: keeps the argument of a logarithm above 0
UNLISTED = 3.0  # nats below a reading's lowest score: the score of a number that is not among its strings

SURE, VALID_WORDS, LOCAL_WORDS, NO_NUMBER_WORDS = 0.98, 0.93, 0.82, 0.30
"""Shares of numbers whose digits were right by the words alone (of 79, 78, 38 and 30 numbers): sure ones (see
`are_sure`); other valid ones; possible ones without an area code; no numbers of the region. Counted by
`benchmarks.number_calibration`."""

OVERRIDE_MIN = 0.5
"""Least probability of a number that replaces one of the same or of a higher prior in the words. Below it, of
seven such numbers none was right, and the words were in five (benchmarks/experiments/number.md)."""

TRUSTED_MIN = 0.95
"""Least probability of a number that is trusted."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the evidence for a string of digits, by which its score is in nats.

    Attributes
    ----------
    numeral, spaced : float
        Of the two log probabilities of `DigitString`.
    syllables : float
        Of `misfit`, subtracted.
    valid, local : float
        Added for a valid number of the region; for a possible number without its area code. Chosen, not
        fitted: with `valid` as fitted, 1.9, nine digits are filled up to ten.
    words : float
        Added for the string that the transcript's words have.
    change : float
        Subtracted for a reading whose digits are not those of the number. Chosen, not fitted.
    other : float
        Added for the outcome that stands for all strings that are not listed.
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
    numeral=0.48, spaced=0.10, syllables=0.10, valid=1.4, local=0.9, words=1.78, change=3.0, other=-0.45
)
"""Fitted by `benchmarks.number_calibration`; `valid`, `local` and `change` are chosen."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for the digits of one reading.

    Attributes
    ----------
    digits : str
        By the transcript's words; "" where these were made from the strings.
    plus : bool
        A plus or "country code" was said before them.
    strings : tuple of DigitString
        By constrained decoding; empty where the stretch was not decoded.
    nuclei_count : int or None
        Syllable nuclei in the decoded stretch; None without sound.
    """

    digits: str
    plus: bool = False
    strings: tuple[DigitString, ...] = ()
    nuclei_count: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The number that some readings say, and their digits.

    Attributes
    ----------
    number : str
        The number, as `Verdict.number` has it.
    digits : tuple of str
        The digits of each reading, as said.
    probability : float
        That the digits of all readings are right.
    """

    number: str
    digits: tuple[str, ...]
    probability: float


class Written(NamedTuple):
    """A reading by the transcript's words.

    Attributes
    ----------
    digits : str
    plus : bool
        A plus or "country code" was said before them.
    words : (int, int)
        Its first and its last word.
    """

    digits: str
    plus: bool
    words: tuple[int, int]


def are_sure(readings: Sequence[Written], region: str) -> bool:
    """Whether the words of all readings are so sure that their sound need not be decoded again.

    Whisper's words err where a digit is said twice or more in a row. All readings must be one number. That
    number is sure where it is valid, or has seven digits and is possible without its area code, and has no
    such run. It is also sure where it is valid and was written twice, in words that are not the same.

    Parameters
    ----------
    readings : sequence of Written
        In order of time.
    region : str
        ISO 3166 code.

    Examples
    --------
    >>> one, other = Written("2125550143", False, (2, 4)), Written("2125550143", False, (6, 6))
    >>> no_run = Written("2125430198", False, (2, 4))
    >>> [are_sure(readings, "US") for readings in ([no_run], [one], [one, other])]
    [True, False, True]
    """
    verdicts = [verdict_of(each.digits, each.plus, region) for each in readings]
    if len({verdict.number for verdict in verdicts}) != 1:
        return False
    is_valid = max(verdict.score for verdict in verdicts) >= VALID
    is_local = all(len(each.digits) == DIGITS_MIN for each in readings) and verdicts[0].score >= LOCAL
    has_run = any(a == b for each in readings for a, b in pairwise(each.digits))
    is_apart = all(one.words[1] < other.words[0] for one, other in pairwise(readings))
    return ((is_valid or is_local) and not has_run) or (is_valid and len(readings) > 1 and is_apart)


def words_probability(readings: Sequence[Written], region: str) -> float:
    """The probability that a number's digits are right by the words alone.

    Parameters
    ----------
    readings, region
        As for `are_sure`.
    """
    if are_sure(readings, region):
        return SURE
    score = max(verdict_of(each.digits, each.plus, region).score for each in readings)
    return VALID_WORDS if score >= VALID else LOCAL_WORDS if score >= LOCAL else NO_NUMBER_WORDS


def decide(readings: Sequence[Evidence], region: str, weights: Weights = WEIGHTS) -> Decision:
    """The likeliest number, and the likeliest digits of each of its readings.

    The number that the words have stays, unless the other has a higher prior or is likelier than not.

    Parameters
    ----------
    readings : sequence of Evidence
        One or more.
    region : str
        ISO 3166 code.
    weights : Weights

    Examples
    --------
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
            verdict = verdict_of(digits, reading.plus, region)
            own[verdict.number] = max(own.get(verdict.number, (-math.inf, "")), (score, digits))
            priors[verdict.number] = max(priors.get(verdict.number, 0.0), prior(verdict, weights))
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
        told = {
            verdict_of(digits, each.plus, region).number
            for digits, each in zip(strings[number], readings, strict=True)
        }
        right = np.logaddexp.reduce([totals[each] for each in {number, *told} if each in totals])
        return Decision(number, strings[number], float(np.exp(right - everything)))

    best = decision_for(max(totals, key=totals.__getitem__))
    written = {verdict_of(each.digits, each.plus, region).number for each in readings} & totals.keys()
    if not written:
        return best
    by_words = max(written, key=totals.__getitem__)
    has_gain = priors[best.number] > priors[by_words] or best.probability >= OVERRIDE_MIN
    return best if has_gain else decision_for(by_words)


class _Outcome(NamedTuple):
    """One reading, given a number: scores (nats) of that number and of a change, and the likelier digits."""

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
    """The score, in nats, of all combinations in which at least one reading has the number."""
    either = sum(float(np.logaddexp(each.same, each.changed)) for each in outcomes)
    never = sum(each.changed for each in outcomes)
    return either + math.log1p(-math.exp(min(never - either, -TINY))) if either > -math.inf else either


def prior(verdict: Verdict, weights: Weights) -> float:
    """The prior of a number, in nats: `Weights.valid`, `Weights.local`, or none."""
    return weights.valid if verdict.score >= VALID else weights.local if verdict.score >= LOCAL else 0.0


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
        return WORDS_WRONG
    listed = sum(math.exp(string.numeral_log_prob) for string in reading.strings)
    left = math.log(max(1.0 - listed, LEFT_MIN))
    return (
        weights.numeral * left
        + weights.spaced * min(s.spaced_log_prob for s in reading.strings)
        + weights.other
    )


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
