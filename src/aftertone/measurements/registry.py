"""What a measure is: a field of a group, with its unit, its definition and where its bounds come from.

The field is the one place that a measure is named: Python, JSON, CSV and playbooks all use
``group.field``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, Literal, NamedTuple, Self

from aftertone.language.transcript import Span

NOT_SAID = "not said"
"""How a reason begins where the words were heard and this was not among them."""

_FACTS: Mapping[str, str] = {
    "number": "number.digits",
    "caller": "caller.name",
    "recipient": "recipient.name",
    "ask": "ask.spans",
    "deadline": "deadline.text",
    "will_call": "will_call.spans",
}
"""Of a group, the measure that its others take for granted: a deadline that is specific was said."""
_OWN_FACTS = frozenset({"ask.only_call_back", "caller.words_before", "number.others"})


def fact_of(name: str) -> str | None:
    """The measure that another hangs on: where that was not said, this has no value. None: on no other.

    >>> fact_of("number.digits_per_s"), fact_of("pitch.spread_st")
    ('number.digits', None)
    """
    return None if name in _OWN_FACTS else _FACTS.get(name.split(".")[0])


Kind = Literal["number", "flag", "text", "spans", "curve"]


class CurvePoint(NamedTuple):
    """One point of a curve over time."""

    time_s: float
    value: float


Value = float | int | bool | str | tuple[Span, ...] | tuple[CurvePoint, ...] | None


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: what a playbook may name.

    Attributes
    ----------
    name : str
        The dotted name, the same everywhere.
    kind : str
        "number", "flag" (true or false), "text", "spans" (stretches of words; a bound applies to how
        many there are) or "curve".
    unit : str
        "s", "Hz", "syllables/s" …; empty for a text or a flag.
    definition : str
        What the number means, in one sentence.
    error, error_share : float
        Its standard error, in its unit and of its value; 0 for what is counted or told. From
        `python -m benchmarks.measure_errors` (benchmarks/results/measure_errors.json).
    margin : str
        The measure that says of each recording how far this one is off at most, in 90 of 100; or empty.
    """

    name: str
    kind: Kind
    unit: str
    definition: str
    error: float = 0.0
    error_share: float = 0.0
    margin: str = ""

    def error_at(self, value: float, values: Mapping[str, Value]) -> float:
        """The standard error of a value among those of its recording.

        >>> Measure("number.digits_per_s", "number", "digits/s", "", margin="m").error_at(2.1, {"m": 0.329})
        0.2
        """
        margin = values.get(self.margin)
        if isinstance(margin, float) and math.isfinite(margin):
            return margin / _NORMAL_90
        return math.hypot(self.error, self.error_share * value)


_NORMAL_90 = 1.645  # standard deviations within which 90 of 100 values of a normal lie


def measured(kind: Kind, unit: str, definition: str, **errors: float | str) -> Any:
    """A field of a group that is a measure, None until it is measured; `errors` as in `Measure`."""
    return field(default=None, metadata={"kind": kind, "unit": unit, "definition": definition, **errors})


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Measures that belong together. Each field is a measure; a None has its reason.

    Attributes
    ----------
    reasons : mapping of field name to str
        Why a field is None.
    evidence : mapping of field name to tuple of Span
        Where in the recording a field's value comes from.
    """

    reasons: Mapping[str, str] = field(default_factory=dict, repr=False)
    evidence: Mapping[str, tuple[Span, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """The fields that are measures."""
        return tuple(f.name for f in fields(cls) if "kind" in f.metadata)

    @classmethod
    def unmeasured(cls, reason: str) -> Self:
        """The group with every measure None, for one reason."""
        return cls(reasons=dict.fromkeys(cls.names(), reason))

    def because(self, reason: str) -> Self:
        """The group with one reason for whatever is None and has none yet."""
        silent = [name for name in self.names() if getattr(self, name) is None and name not in self.reasons]
        return replace(self, reasons={**self.reasons, **dict.fromkeys(silent, reason)}) if silent else self
