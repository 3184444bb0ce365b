"""Every measure under its one dotted name, with unit, definition, and reason when it is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from aftertone.language.transcript import Span
from aftertone.measurements import sound, words
from aftertone.measurements.registry import CurvePoint, Group, Kind, Measure, Value

__all__ = ["MEASURES", "CurvePoint", "Group", "Kind", "Measure", "Measurements", "Value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """All that was measured of one recording. None means not measured; `reasons` says why.

    >>> m = Measurements(duration_s=12.0)
    >>> m.flat()["duration_s"], m.flat()["pitch.spread_st"]
    (12.0, None)
    """

    duration_s: float = field(
        metadata={"kind": "number", "unit": "s", "definition": "Length of the file."}
    )
    message: sound.Message = field(default_factory=sound.Message)
    speech: sound.Speech = field(default_factory=sound.Speech)
    pauses: sound.Pauses = field(default_factory=sound.Pauses)
    rate: sound.Rate = field(default_factory=sound.Rate)
    pitch: sound.Pitch = field(default_factory=sound.Pitch)
    level: sound.Level = field(default_factory=sound.Level)
    words: words.Words = field(default_factory=words.Words)
    number: words.Number = field(default_factory=words.Number)
    fillers: words.Fillers = field(default_factory=words.Fillers)
    hedges: words.Hedges = field(default_factory=words.Hedges)
    recipient: words.Recipient = field(default_factory=words.Recipient)
    caller: words.Caller = field(default_factory=words.Caller)
    purpose: words.Purpose = field(default_factory=words.Purpose)
    ask: words.Ask = field(default_factory=words.Ask)
    deadline: words.Deadline = field(default_factory=words.Deadline)
    options: words.Options = field(default_factory=words.Options)
    threat: words.Phrases = field(default_factory=words.Phrases)
    sensitive: words.Phrases = field(default_factory=words.Phrases)
    begging: words.Phrases = field(default_factory=words.Phrases)
    next_step: words.Phrases = field(default_factory=words.Phrases)
    connection: words.Phrases = field(default_factory=words.Phrases)
    reason: words.Phrases = field(default_factory=words.Phrases)
    earlier_mail: words.Phrases = field(default_factory=words.Phrases)
    thanks: words.Thanks = field(default_factory=words.Thanks)
    address: words.Address = field(default_factory=words.Address)
    script: words.Script = field(default_factory=words.Script)
    recorded: words.Recorded = field(default_factory=words.Recorded)

    def groups(self) -> dict[str, Group]:
        """The groups by name, in order."""
        return {f.name: g for f in fields(self) if isinstance(g := getattr(self, f.name), Group)}

    def flat(self) -> dict[str, Value]:
        """Every measure under its dotted name."""
        values: dict[str, Value] = {"duration_s": self.duration_s}
        for group_name, group in self.groups().items():
            for name in group.names():
                values[f"{group_name}.{name}"] = getattr(group, name)
        return values

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why each measure that is None was not measured, under its dotted name."""
        return {
            f"{group_name}.{name}": reason
            for group_name, group in self.groups().items()
            for name, reason in group.reasons.items()
        }

    @property
    def evidence(self) -> Mapping[str, tuple[Span, ...]]:
        """Where each measure's value comes from, under its dotted name."""
        return {
            f"{group_name}.{name}": spans
            for group_name, group in self.groups().items()
            for name, spans in group.evidence.items()
        }


def _registry() -> dict[str, Measure]:
    table: dict[str, Measure] = {}
    empty = Measurements(duration_s=0.0)
    table["duration_s"] = Measure("duration_s", "number", "s", "Length of the file.")
    for group_name, group in empty.groups().items():
        for f in fields(group):
            if "kind" in f.metadata:
                table[f"{group_name}.{f.name}"] = Measure(f"{group_name}.{f.name}", **f.metadata)
    return table


MEASURES: Mapping[str, Measure] = _registry()
