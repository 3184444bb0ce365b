"""Comparison of two playbooks: where they agree, where one asks more, where no message can follow both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from aftertone.measurements import MEASURES
from aftertone.playbook.model import Bound, Condition, Playbook, Rule

Relation = Literal["the same", "stricter", "looser", "overlap", "contradict", "pull apart"]

_Region = tuple[tuple[float, float], ...]
"""The values for which bounds hold, as intervals in order. For a number that is its value, for spans how many
there are, for a flag 0 or 1, for a text 1 where it is said."""

_SAID: _Region = ((1.0, math.inf),)

_COMMONEST_KIND = {"call_back.spans": "ask.spans"}  # most who ask for something ask to be called


@dataclass(frozen=True, slots=True)
class Demand:
    """What a playbook asks of one measure."""

    rule: str  # id of the rule that asks it
    target: str  # what it should be, in words


_Asked = dict[str, tuple[_Region, Demand]]


@dataclass(frozen=True, slots=True)
class Accord:
    """How two playbooks agree on one measure."""

    measure: str
    relation: Relation
    """"stricter" or "looser": the first against the second; "overlap": some values meet both; "contradict":
    none does; "pull apart": one asks for something and the other forbids its commonest kind."""
    first: Demand
    second: Demand


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two playbooks compared."""

    first: Playbook
    second: Playbook
    accords: tuple[Accord, ...]  # one for each measure that both have a bound on
    only_first: tuple[Rule, ...]  # rules of the first that are in none of the accords
    only_second: tuple[Rule, ...]

    def of(self, *relations: Relation) -> tuple[Accord, ...]:
        """The accords of some kinds."""
        return tuple(accord for accord in self.accords if accord.relation in relations)


def agreement(first: Playbook, second: Playbook) -> Agreement:
    """Where two playbooks agree and where they contradict, by measure and bounds.

    A rule that is met by any of several measures asks none of them in particular, and is left out.

    >>> from aftertone.playbook import load_playbook
    >>> found = agreement(load_playbook("collections"), load_playbook("follow-up-3"))
    >>> [(accord.measure, accord.first.rule, accord.second.rule) for accord in found.of("contradict")]
    [('deadline.text', 'deadline', 'closes')]
    """
    one, other = _asked(first), _asked(second)
    accords = [
        Accord(name, _relation(one[name][0], other[name][0]), one[name][1], other[name][1])
        for name in MEASURES
        if name in one and name in other
    ]
    for kind, whole in _COMMONEST_KIND.items():
        if _is_wanted(one, whole) and _is_barred(other, kind):
            accords.append(Accord(kind, "pull apart", one[whole][1], other[kind][1]))
        if _is_wanted(other, whole) and _is_barred(one, kind):
            accords.append(Accord(kind, "pull apart", one[kind][1], other[whole][1]))
    return Agreement(
        first,
        second,
        tuple(accords),
        _others(first, (accord.first for accord in accords)),
        _others(second, (accord.second for accord in accords)),
    )


def _others(playbook: Playbook, demands: Iterable[Demand]) -> tuple[Rule, ...]:
    named = {demand.rule for demand in demands}
    return tuple(rule for rule in playbook.rules if rule.id not in named)


def _asked(playbook: Playbook) -> _Asked:
    """What a playbook asks of each measure, and by which rule: the first, where several do."""
    asked: _Asked = {}
    for rule in playbook.rules:
        for name, (region, target) in _demands(rule.condition).items():
            if name in asked:
                region = _both(asked[name][0], region)
            asked[name] = (region, asked[name][1] if name in asked else Demand(rule.id, target))
    for rule in playbook.rules:  # then the facts that these measures need
        for name in _demands(rule.condition):
            fact = MEASURES[name].fact
            if fact and rule.when_not_said == "missed":
                targets = (bound.target_with_title for bound in rule.bounds if bound.measure == name)
                asked.setdefault(fact, (_SAID, Demand(rule.id, "; ".join(targets))))
    return asked


def _demands(condition: Condition) -> Mapping[str, tuple[_Region, str]]:
    """What a condition asks of each measure, whatever else is true."""
    if isinstance(condition, Bound):
        return {condition.measure: (_region(condition), condition.target)}
    parts = [_demands(part) for part in condition.conditions]
    if condition.how == "first_of":
        return parts[0]
    names = dict.fromkeys(name for part in parts for name in part)
    whole = condition.target if len({bound.measure for bound in condition.bounds}) == 1 else ""
    if condition.how == "all_of":
        found = {}
        for name in names:
            own = [part[name] for part in parts if name in part]
            region = reduce(_both, (one for one, _ in own))
            found[name] = (region, whole or "; ".join(target for _, target in own))
        return found
    return {
        name: (
            tuple(sorted(interval for part in parts for interval in part[name][0])),
            whole or ", or ".join(part[name][1] for part in parts),
        )
        for name in names
        if all(name in part for part in parts)
    }


def _region(bound: Bound) -> _Region:
    if bound.said is not None:
        return _SAID if bound.said else ((0.0, 0.0),)
    if isinstance(bound.equals, str):
        return _SAID
    if bound.equals is not None:
        return ((float(bound.equals), float(bound.equals)),)
    lowest = 0.0 if MEASURES[bound.measure].kind == "spans" else -math.inf
    low = lowest if bound.at_least is None else bound.at_least
    return ((low, math.inf if bound.at_most is None else bound.at_most),)


def _relation(first: _Region, second: _Region) -> Relation:
    both = _both(first, second)
    if first == second:
        return "the same"
    if not both:
        return "contradict"
    return "stricter" if both == first else "looser" if both == second else "overlap"


def _both(first: _Region, second: _Region) -> _Region:
    pairs = ((max(a, c), min(b, d)) for a, b in first for c, d in second)
    return tuple(sorted((low, high) for low, high in pairs if low <= high))


def _is_wanted(asked: _Asked, name: str) -> bool:
    return name in asked and all(low >= 1 for low, _ in asked[name][0])


def _is_barred(asked: _Asked, name: str) -> bool:
    return name in asked and all(high < 1 for _, high in asked[name][0])
