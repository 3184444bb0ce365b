"""Comparison of two playbooks: where they agree, where one asks more, where no message can follow both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from aftertone.measurements import MEASURES
from aftertone.playbook.model import Bound, Condition, Playbook, Rule

Relation = Literal["the same", "stricter", "looser", "overlap", "contradict", "pull apart"]

_Region = tuple[tuple[float, float], ...]
"""The values for which bounds hold, as intervals in order. For a number that is its value, for spans how many
there are, for a flag 0 or 1, for a text 1 where it is said."""

_ALL: _Region = ((-math.inf, math.inf),)
_SAID: _Region = ((1.0, math.inf),)

_COMMONEST_KIND = {"call_back.spans": "ask.spans"}  # most who ask for something ask to be called


@dataclass(frozen=True, slots=True)
class Demand:
    """What a playbook asks of one measure.

    Attributes
    ----------
    rule : str
        Id of the rule that asks it.
    target : str
        What it should be, in words.
    """

    rule: str
    target: str


@dataclass(frozen=True, slots=True)
class Accord:
    """How two playbooks agree on one measure.

    Attributes
    ----------
    measure : str
    relation : str
        "the same"; "stricter" or "looser", for the first against the second; "overlap", some values meet
        both; "contradict", none does; "pull apart", one asks for something and the other forbids its
        commonest kind.
    first, second : Demand
    """

    measure: str
    relation: Relation
    first: Demand
    second: Demand


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two playbooks compared.

    Attributes
    ----------
    first, second : Playbook
    accords : tuple of Accord
        One for each measure that both have a bound on.
    only_first, only_second : tuple of Rule
        Rules that are in none of the accords.
    """

    first: Playbook
    second: Playbook
    accords: tuple[Accord, ...]
    only_first: tuple[Rule, ...]
    only_second: tuple[Rule, ...]

    def of(self, *relations: Relation) -> tuple[Accord, ...]:
        """The accords of some kinds."""
        return tuple(accord for accord in self.accords if accord.relation in relations)


def agreement(first: Playbook, second: Playbook) -> Agreement:
    """Where two playbooks agree and where they contradict, by measure and bounds.

    A rule that is met by any of several measures asks none of them in particular, and is left out.

    Examples
    --------
    >>> from aftertone.playbook import load_playbook
    >>> found = agreement(load_playbook("collections"), load_playbook("follow-up-3"))
    >>> [(accord.measure, accord.first.rule, accord.second.rule) for accord in found.of("contradict")]
    [('deadline.text', 'deadline', 'closes')]
    """
    asked_first, asked_second = _asked(first), _asked(second)
    accords = [
        Accord(name, _relation(asked_first[name][0], asked_second[name][0]), *(a[name][1] for a in both))
        for both in [(asked_first, asked_second)]
        for name in MEASURES
        if name in asked_first and name in asked_second
    ]
    for kind, whole in _COMMONEST_KIND.items():
        for one, other, turned in ((asked_first, asked_second, False), (asked_second, asked_first, True)):
            wanted, barred = one.get(whole), other.get(kind)
            if wanted and barred and _lowest(wanted[0]) >= 1 and _highest(barred[0]) < 1:
                pair = (wanted[1], barred[1])
                accords.append(Accord(kind, "pull apart", *(pair[::-1] if turned else pair)))
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


def _asked(playbook: Playbook) -> dict[str, tuple[_Region, Demand]]:
    """What a playbook asks of each measure, and by which rule: the first, where several do."""
    asked: dict[str, tuple[_Region, Demand]] = {}
    for rule in playbook.rules:
        for name, (region, target) in _demands(rule.condition).items():
            if name in asked:
                region = _both(asked[name][0], region)
            asked[name] = (region, asked[name][1] if name in asked else Demand(rule.id, target))
    for rule in playbook.rules:  # then the facts that these measures need
        for name, (_, target) in _demands(rule.condition).items():
            fact = MEASURES[name].fact
            if fact and rule.when_not_said == "missed":
                asked.setdefault(fact, (_SAID, Demand(rule.id, f"{name}: {target}")))
    return asked


def _demands(condition: Condition) -> Mapping[str, tuple[_Region, str]]:
    """What a condition asks of each measure, whatever else is true."""
    if isinstance(condition, Bound):
        return {condition.measure: (_region(condition), condition.target)}
    parts = [_demands(part) for part in condition.conditions]
    if condition.how == "first_of":
        return parts[0]
    names = dict.fromkeys(name for part in parts for name in part)
    if condition.how == "all_of":
        found = {}
        for name in names:
            own = [part[name] for part in parts if name in part]
            region = _ALL
            for one, _ in own:
                region = _both(region, one)
            found[name] = (region, "; ".join(target for _, target in own))
        return found
    return {
        name: (
            tuple(sorted(interval for part in parts for interval in part[name][0])),
            " or ".join(part[name][1] for part in parts),
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
    return tuple(sorted(_meets(first, second)))


def _meets(first: _Region, second: _Region) -> Iterator[tuple[float, float]]:
    for low, high in first:
        for other_low, other_high in second:
            if max(low, other_low) <= min(high, other_high):
                yield max(low, other_low), min(high, other_high)


def _lowest(region: _Region) -> float:
    return min((low for low, _ in region), default=math.inf)


def _highest(region: _Region) -> float:
    return max((high for _, high in region), default=-math.inf)
