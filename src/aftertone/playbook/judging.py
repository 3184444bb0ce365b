"""Judging: the rules of a playbook become findings, and the findings one score.

A condition is met, missed or not judged. A measure that is None makes it "not judged", with one exception:
where the words are known and the thing was not among them, the measure's reason begins with "not said", and
the condition is missed (unless the rule says ``when_not_said = "not judged"``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

from aftertone.language.transcript import Span
from aftertone.measurements import CLEAR_ERRORS, MEASURES, NOT_SAID, Measurements, Value
from aftertone.playbook.advice import advice_line, readable, with_error
from aftertone.playbook.model import Bound, Condition, Finding, Playbook, Rule, Verdict

JUDGED_SHARE_MIN = 0.6
"""Least share of the weight of all rules that was judged, for points: under it the rules that were not judged
could move them by more than 40. Without words the playbooks judge 0 to 27 %; with words, and without a brief,
67 % and more."""


@dataclass(frozen=True, slots=True)
class Score:
    """How much of the advice was followed.

    Attributes
    ----------
    points : int or None
        0 to 100: the weight of the rules met, as a share of the weight of those that could be judged; a rule
        close to its limit counts in part. Rounded down, so that 100 means every rule, and none of them close.
        None where `judged_share` is under `JUDGED_SHARE_MIN`.
    judged_share : float
        The weight of the rules that could be judged, as a share of the weight of all.
    met_count, missed_count, not_judged_count : int
        Rules of each verdict.
    reason : str
        Why there are no points, and what would give some; else empty.
    margin : int
        Standard error of the points, from the rules close to their limits; 0 where there is none.
    """

    points: int | None
    judged_share: float
    met_count: int = 0
    missed_count: int = 0
    not_judged_count: int = 0
    reason: str = ""
    margin: int = 0

    @property
    def text(self) -> str:
        """The points with their margin, where there is one; empty where there are none.

        >>> Score(82, 1.0, margin=4).text, Score(82, 1.0).text, Score(None, 0.3).text
        ('82 ± 4', '82', '')
        """
        if self.points is None:
            return ""
        return f"{self.points} ± {self.margin}" if self.margin else str(self.points)


def judge(measurements: Measurements, playbook: Playbook) -> tuple[Finding, ...]:
    """One finding for each rule of a playbook, in its order.

    A value near its limit counts in part, so that a small error of measurement changes the score by little.
    That is so for measures with a standard error (see `MEASURES`), within two standard errors of the limit.
    The part is the probability that the limit holds: half for a value exactly at the limit. Of several
    conditions that must all hold the least part counts, of alternatives the greatest. The verdict is that of
    the value alone.

    >>> from aftertone.measurements.sound import MessageMeasures
    >>> measured = Measurements(duration_s=30.0, message=MessageMeasures(duration_s=26.0))
    >>> bound = Bound("message.duration_s", 10, 20)
    >>> rule = Rule("length", "10 to 20 s", bound, advice="Cut {message.duration_s}.")
    >>> (finding,) = judge(measured, Playbook("mine", "Mine", (rule,)))
    >>> finding.verdict, finding.value, finding.target, finding.advice
    ('missed', 26.0, '10 to 20 s', 'Cut 26 s.')
    """
    doubts = measurements.doubts
    grounds = _Grounds(
        values={name: None if name in doubts else value for name, value in measurements.flat().items()},
        reasons={**measurements.reasons, **doubts},
        evidence=measurements.evidence,
    )
    return _each_fact_once([_finding(rule, grounds) for rule in playbook.rules], grounds)


def score_of(findings: Iterable[Finding]) -> Score:
    """The score of a message, from its findings.

    >>> from aftertone.playbook import load_playbook
    >>> score_of(judge(Measurements(duration_s=1.0), load_playbook("general"))).points is None
    True
    """
    findings = tuple(findings)
    met, missed, not_judged = (
        sum(f.verdict == verdict for f in findings) for verdict in ("met", "missed", "not judged")
    )
    weights = [(f.weight + f.moved_weight, f.met_share) for f in findings if f.verdict != "not judged"]
    judged = math.fsum(weight for weight, _ in weights)
    total = math.fsum(f.weight + f.moved_weight for f in findings)
    share = judged / total if total else 0.0
    if share < JUDGED_SHARE_MIN:
        return Score(None, share, met, missed, not_judged, _why_no_points(share, findings))
    # a sum of decimal weights may be less than its whole points by a rounding error
    points = math.floor(100 * math.fsum(weight * part for weight, part in weights) / judged + 1e-9)
    all_met = all(part == 1 for _, part in weights)
    variance = math.fsum(weight**2 * part * (1 - part) for weight, part in weights)
    margin = round(100 * math.sqrt(variance) / judged)
    return Score(100 if all_met else min(points, 99), share, met, missed, not_judged, margin=margin)


def _why_no_points(share: float, findings: Sequence[Finding]) -> str:
    """The reason for which most of the weight was not judged, after the share that was."""
    weights: dict[str, float] = {}
    for finding in findings:
        if finding.verdict == "not judged":
            weights[finding.reason] = weights.get(finding.reason, 0.0) + finding.weight + finding.moved_weight
    reason = max(weights, key=lambda each: weights[each], default="the playbook has no rules")
    percent = min(round(100 * share), math.ceil(100 * JUDGED_SHARE_MIN) - 1)  # never as much as is needed
    return f"not enough was understood: {percent} % ({reason})" if share else reason


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What rules are judged on: values that are not in doubt, reasons for the others, evidence."""

    values: Mapping[str, Value]
    reasons: Mapping[str, str]
    evidence: Mapping[str, tuple[Span, ...]]

    def reason(self, name: str) -> str:
        return self.reasons.get(name) or "not measured"

    def is_not_said(self, name: str) -> bool:
        value = self.values[name]
        return self.reason(name).startswith(NOT_SAID) if value is None else value in ("", ())

    def spans(self, names: Sequence[str]) -> tuple[Span, ...]:
        """Where some measures come from, in order of time, without words that a longer span has too."""
        found: dict[Span, None] = {}
        for name in names:
            value = self.values[name]
            of_value = value if MEASURES[name].kind == "spans" and isinstance(value, tuple) else ()
            spans = self.evidence.get(name) or of_value
            found.update((span, None) for span in spans if isinstance(span, Span))
        longest = (span for span in found if not any(_is_part(span, other) for other in found))
        return tuple(sorted(longest, key=lambda span: (span.start_s, span.end_s)))


def _is_part(span: Span, other: Span) -> bool:
    is_inside = other.start_s <= span.start_s and span.end_s <= other.end_s
    return is_inside and bool(span.text) and len(span.text) < len(other.text) and span.text in other.text


@dataclass(frozen=True, slots=True)
class _Ruling:
    """A verdict, and the bound that gives it."""

    verdict: Verdict
    bound: Bound
    target: str
    reason: str = ""
    credit: float = 0.0
    close: str = ""


def _each_fact_once(findings: Sequence[Finding], grounds: _Grounds) -> tuple[Finding, ...]:
    """Findings in which a fact that was not said is missed by one rule, which gets the weight of all.

    That is the first rule that asks for the fact itself, or else the first that needs it. The others are not
    judged.
    """
    missed: dict[str, list[int]] = {}
    for at, finding in enumerate(findings):
        fact = MEASURES[finding.measure].fact
        if finding.verdict == "missed" and fact and grounds.is_not_said(fact):
            missed.setdefault(fact, []).append(at)
    judged = list(findings)
    for fact, places in missed.items():
        first = next((at for at in places if findings[at].measure == fact), places[0])
        reason = f"counted with “{findings[first].title}”: {grounds.reasons.get(fact) or NOT_SAID}"
        others = [at for at in places if at != first]
        moved = math.fsum(findings[at].weight for at in others)
        judged[first] = replace(findings[first], moved_weight=moved)
        for at in others:
            moved = -findings[at].weight
            judged[at] = replace(
                findings[at], verdict="not judged", advice="", reason=reason, moved_weight=moved
            )
    return tuple(judged)


def _finding(rule: Rule, grounds: _Grounds) -> Finding:
    ruling = _ruling(rule.condition, grounds, rule.when_not_said)
    value = grounds.values[ruling.bound.measure]
    advice = ruling.bound.advice or rule.advice
    if value is None:
        advice = rule.advice_not_said or advice
    is_missed = ruling.verdict == "missed"
    return Finding(
        rule=rule.id,
        title=rule.title,
        verdict=ruling.verdict,
        measure=ruling.bound.measure,
        value=value,
        target=ruling.target,
        evidence=grounds.spans(rule.measures),
        advice=advice_line(advice, grounds.values, grounds.reasons) if is_missed else "",
        weight=rule.weight,
        source=rule.source,
        reason=ruling.reason,
        measures={name: grounds.values[name] for name in rule.measures},
        credit=ruling.credit if ruling.close else None,
        close=ruling.close,
    )


def _ruling(
    condition: Condition, grounds: _Grounds, when_not_said: Literal["missed", "not judged"]
) -> _Ruling:
    """Kleene's three-valued logic: one miss fails all_of, and one hit meets any_of, whatever is unknown."""
    if isinstance(condition, Bound):
        return _ruling_of_bound(condition, grounds, when_not_said)
    rulings = [_ruling(part, grounds, when_not_said) for part in condition.conditions]
    order: Sequence[Verdict]
    match condition.how:
        case "all_of":
            order = ("missed", "not judged", "met")
        case "any_of":
            order = ("met", "not judged", "missed")
            if all(ruling.verdict != "met" for ruling in rulings):
                rulings = [replace(ruling, target=condition.target) for ruling in rulings]
        case "first_of":
            return next((r for r in rulings if r.verdict != "not judged"), rulings[0])
    strongest = min(rulings, key=lambda ruling: order.index(ruling.verdict))  # the first of them
    if strongest.verdict == "not judged":
        return strongest
    judged = [ruling for ruling in rulings if ruling.verdict != "not judged"]
    decides = (min if condition.how == "all_of" else max)(judged, key=lambda ruling: ruling.credit)
    return replace(strongest, credit=decides.credit, close=decides.close)


def _ruling_of_bound(
    bound: Bound, grounds: _Grounds, when_not_said: Literal["missed", "not judged"]
) -> _Ruling:
    value = grounds.values[bound.measure]
    if value is not None and not (isinstance(value, float) and math.isnan(value)):
        holds = bound.holds(value)
        credit, close = _credit(bound, value, grounds) or (float(holds), "")
        return _Ruling("met" if holds else "missed", bound, bound.target, "", credit, close)
    reason = grounds.reason(bound.measure)
    if not reason.startswith(NOT_SAID):
        return _Ruling("not judged", bound, bound.target, reason)
    if bound.said is False:
        return _Ruling("met", bound, bound.target, credit=1.0)
    return _Ruling(when_not_said, bound, bound.target, reason)


def _credit(bound: Bound, value: Value, grounds: _Grounds) -> tuple[float, str] | None:
    """The part of the weight that a value close to its limit counts, and that in words; None for others."""
    measure = MEASURES[bound.measure]
    error = measure.error_at(value, grounds.values)
    sides = ((bound.at_least, 1), (bound.at_most, -1))
    limits = [(limit, sign) for limit, sign in sides if limit is not None]
    if not limits or not error or not isinstance(value, int | float):
        return None
    limit, sign = min(limits, key=lambda each: each[1] * (value - each[0]))
    away = sign * (value - limit) / error
    if abs(away) >= CLEAR_ERRORS:
        return None
    below = NormalDist().cdf(-CLEAR_ERRORS)
    credit = (NormalDist().cdf(away) - below) / (1 - 2 * below)  # 0 and 1 at the ends: continuous
    found = with_error(value, error, measure.unit)
    asked = f"{'at least' if sign > 0 else 'at most'} {readable(limit, measure.unit)}"
    return credit, f"close to the limit: {found} against {asked}; counts {credit:.2f}"
