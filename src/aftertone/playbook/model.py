"""Advice as data: a playbook has rules, a rule has a condition on measures, a finding is its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from aftertone.files.plain import plain
from aftertone.language.transcript import Span
from aftertone.measurements import MEASURES, Value, spans_from, value_from
from aftertone.playbook.advice import readable

Verdict = Literal["met", "missed", "not judged"]


@dataclass(frozen=True, slots=True)
class Bound:
    """What one measure should be. The fields that are None ask nothing."""

    measure: str  # its dotted name
    at_least: float | None = None  # for a number; for spans, of how many there are
    at_most: float | None = None  # the same
    equals: bool | float | str | None = None  # for a flag, a number or a text (upper or lower case)
    said: bool | None = None  # for a text or spans: whether there is any
    advice: str = ""  # what to do where it is missed; the rule's advice where this is empty

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """Itself alone."""
        return (self,)

    @property
    def target(self) -> str:
        """The bound in words."""
        unit = MEASURES[self.measure].unit
        if self.said is not None:
            return "said" if self.said else "not said"
        if self.equals is not None:
            return readable(self.equals, unit)
        if self.at_least is not None and self.at_most is not None:
            low = readable(self.at_least, unit if unit in ("h", "share") else "")
            return f"{low} to {readable(self.at_most, unit)}"
        if self.at_least is not None:
            return f"at least {readable(self.at_least, unit)}"
        return f"at most {readable(self.at_most, unit)}" if self.at_most else "none"

    def shortfall(self, value: Value) -> float:
        """How far a value that was measured is from where the bound holds, in its unit; 0 where it holds.

        A wrong flag or text is 1 away.

        >>> Bound("message.duration_s", 10, 20).shortfall(26.0), Bound("caller.name", said=True).shortfall("")
        (6.0, 1.0)
        """
        if self.said is not None:  # an empty text or no spans: nothing was said
            return float(bool(value) != self.said)
        if isinstance(self.equals, str):
            return float(str(value).casefold() != self.equals.casefold())
        amount = float(len(value) if isinstance(value, tuple) else value or 0)
        if self.equals is not None:
            return abs(amount - self.equals)
        short = 0.0 if self.at_least is None else max(0.0, self.at_least - amount)
        return short if self.at_most is None else max(short, amount - self.at_most)

    def holds(self, value: Value) -> bool:
        """Whether a value that was measured is as it should be."""
        return self.shortfall(value) == 0


@dataclass(frozen=True, slots=True)
class Several:
    """Conditions together: every one, one is enough, or the first that can be judged decides."""

    how: Literal["all_of", "any_of", "first_of"]
    conditions: tuple[Condition, ...]

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The bounds that the conditions are made of."""
        return tuple(bound for part in self.conditions for bound in part.bounds)

    @property
    def target(self) -> str:
        """The conditions in words."""
        joint = {"all_of": "; ", "any_of": "; or ", "first_of": "; where that is unknown, "}[self.how]
        if len({bound.measure for bound in self.bounds}) == 1:
            return joint.join(part.target for part in self.conditions)
        return joint.join(
            f"{part.measure}: {part.target}" if isinstance(part, Bound) else f"({part.target})"
            for part in self.conditions
        )


Condition = Bound | Several


@dataclass(frozen=True, slots=True)
class Rule:
    """One piece of advice."""

    id: str  # lower-case words with hyphens between, unique in its playbook
    title: str  # the advice in a few words
    condition: Condition  # when it is met
    weight: float = 1.0  # its part in the score, against the other rules' weights
    source: str = ""  # who gives the advice, and where its figures come from
    advice: str = ""  # what to do where it is missed; measures in braces (see `advice.measures_in`)
    advice_not_said: str = ""  # the same where the thing was not said at all; `advice` where this is empty
    when_not_said: Literal["missed", "not judged"] = "missed"  # the verdict there

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The bounds that its condition is made of."""
        return self.condition.bounds

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that its bounds name, each once."""
        return tuple(dict.fromkeys(bound.measure for bound in self.bounds))

    @property
    def target(self) -> str:
        """What it asks, in words, with its measures."""
        target = self.condition.target
        return f"{self.measures[0]}: {target}" if len(self.measures) == 1 else target


@dataclass(frozen=True, slots=True)
class Playbook:
    """Rules that belong together."""

    name: str
    title: str
    rules: tuple[Rule, ...]
    description: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of judging one rule.

    Attributes
    ----------
    rule : str
        The rule's id.
    title : str
    verdict : "met", "missed" or "not judged"
    measure : str
        The measure that decided: the rule's only one, or the first of several that gives the verdict.
    value : number, bool, str, spans or None
        Its value.
    target : str
        What it should be, in words. Where any of several conditions would do, and none does, all of them.
    evidence : tuple of Span
        Where in the recording the rule's measures come from, in order of time.
    advice : str
        What to do, where the rule was missed; else empty.
    weight : float
        The rule's.
    source : str
    reason : str
        Why it was not judged, or what was not said; else empty.
    measures : mapping of str to value
        Every measure that the rule names.
    moved_weight : float
        Where a fact was not said, one of the rules that need it is missed and gets the weights of the others.
        The others are not judged, and the weight that each gives is negative.
    credit : float or None
        Where the value is close to the limit, the part of the weight that counts: see `judge`.
    close : str
        The same in words; else empty.
    """

    rule: str
    title: str
    verdict: Verdict
    measure: str
    value: Value
    target: str
    evidence: tuple[Span, ...]
    advice: str
    weight: float
    source: str
    reason: str
    measures: Mapping[str, Value]
    moved_weight: float = 0.0
    credit: float | None = None
    close: str = ""

    @property
    def met_share(self) -> float:
        """The part of the weight that counts as met."""
        return float(self.verdict == "met") if self.credit is None else self.credit

    @property
    def missed_weight(self) -> float:
        """The weight that was missed."""
        return self.weight * (1 - self.met_share) if self.verdict == "missed" else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The finding as dicts, lists, numbers and texts, under the names of its attributes."""
        page: dict[str, Any] = plain(self)
        return page

    @classmethod
    def from_dict(cls, page: Mapping[str, Any]) -> Finding:
        """A finding from what `to_dict` gave; measures that this version does not have are None."""
        known = {each.name: page[each.name] for each in fields(cls) if each.name in page}
        known["value"] = value_from(page["measure"], page["value"])
        known["evidence"] = spans_from(page["evidence"])
        known["measures"] = {name: value_from(name, value) for name, value in page["measures"].items()}
        return cls(**known)
