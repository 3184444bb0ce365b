"""Advice as data: a playbook has rules, a rule has a condition on measures, a finding is its result."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from aftertone.files.plain import plain
from aftertone.language.transcript import Span
from aftertone.measurements import MEASURES, Value, spans_from, value_from
from aftertone.playbook.advice import UNITS_OF_COUNTS, readable, without_unit

Verdict = Literal["met", "missed", "not judged"]


def _times(count: float) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{readable(count)} times"


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
    def limit(self) -> str:
        """The bound in words that stand beside the title of its measure: "at most 5 a minute"."""
        unit = MEASURES[self.measure].unit
        if self.said is not None:
            return "said" if self.said else "not said"
        if isinstance(self.equals, bool | str):
            return readable(self.equals)
        return "none" if self._asks_none else self._amount(lambda amount: readable(amount, unit))

    @property
    def target(self) -> str:
        """The bound in words. It names the measure, unless the unit does.

        >>> Bound("threat.spans", said=False).target, Bound("topics.count", at_most=1).target
        ('no threat', 'at most 1 topic')
        >>> Bound("number.readings", at_least=2).target, Bound("message.duration_s", 10, 20).target
        ('the number said in full at least twice', '10 to 20 s')
        """
        measure = MEASURES[self.measure]
        title, verb = measure.title, "is said" if measure.source == "words" else "is found"
        if self.said is False or self._asks_none:
            return f"no {title}"
        if self.said:
            return f"{title} {verb}"
        if isinstance(self.equals, bool):
            return title if self.equals else f"not {title}"
        if isinstance(self.equals, str):
            return f"{title}: {self.equals}"
        if measure.kind == "spans":
            return f"{title} {verb} {self._amount(_times)}"
        if measure.asked:
            limit = self._amount(_times) if measure.unit == "count" else self.limit
            return measure.asked.format(limit)
        if measure.unit in UNITS_OF_COUNTS:
            amount = self._amount(readable)
            noun = re.sub(r"s\b", "", title, count=1) if amount.endswith(" 1") else title
            return f"{amount} {noun}"
        return self.limit

    @property
    def target_with_title(self) -> str:
        """The target where it is one of several: with the measure's title, unless it says what it is on."""
        measure = MEASURES[self.measure]
        is_bare = self.target == self.limit and not measure.asked
        return f"{measure.title}: {self.target}" if is_bare else self.target

    @property
    def _asks_none(self) -> bool:
        measure = MEASURES[self.measure]
        is_counted = measure.unit == "count" or measure.kind == "spans"
        return is_counted and self.at_most == 0 and not self.at_least

    def _amount(self, say: Callable[[float], str]) -> str:
        """The bound on a number."""
        if self.equals is not None:
            return f"exactly {say(float(self.equals))}"
        if self.at_least is None:
            return f"at most {say(self.at_most or 0.0)}"
        if self.at_most is None:
            return f"at least {say(self.at_least)}"
        return f"{without_unit(self.at_least, MEASURES[self.measure].unit)} to {say(self.at_most)}"

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
        joint = {"all_of": "; ", "any_of": ", or ", "first_of": "; where that is unknown, "}[self.how]
        if len({bound.measure for bound in self.bounds}) == 1:
            return self._range or joint.join(part.target for part in self.conditions)
        parts = [
            part.target_with_title if isinstance(part, Bound) else part.target for part in self.conditions
        ]
        return joint.join(f"({part})" if ";" in part else part for part in parts)

    @property
    def _range(self) -> str:
        """A least and a most of one measure as one bound in words; else empty."""
        lows = [bound.at_least for bound in self.bounds if bound.at_most is None]
        highs = [bound.at_most for bound in self.bounds if bound.at_least is None]
        is_range = self.how == "all_of" and len(self.bounds) == 2 and len(lows) == len(highs) == 1
        return Bound(self.bounds[0].measure, lows[0], highs[0]).target if is_range else ""


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
        """What it asks, in words; its title says what a single bound is on."""
        return self.condition.target


@dataclass(frozen=True, slots=True)
class Playbook:
    """Rules that belong together."""

    name: str
    title: str
    rules: tuple[Rule, ...]
    description: str = ""
    source: str = ""
    template: tuple[str, ...] = ()  # sentences of a good message: see `aftertone.playbook.rewriting`


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
