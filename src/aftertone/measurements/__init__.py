"""Every measure of a recording, under one dotted name.

To add a measure, add a field to its group and compute it in the group's ``_taken``. To add a group, write its
class (in `sound`, `wording` or `content`) and give it a line in `Measurements`. The registry, the doubts, the
reports and the page of measures follow from these declarations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import msgspec

from aftertone.files.plain import plain, screen_line
from aftertone.language.transcript import FillerSpan, Span
from aftertone.measurements import content, sound, wording
from aftertone.measurements.registry import (
    CLEAR_ERRORS,
    NO_ENGINE,
    NOT_SAID,
    Basis,
    CurvePoint,
    Group,
    Measure,
    Source,
    Value,
    ValueKind,
)

if TYPE_CHECKING:
    from aftertone.acoustics.analysis import AcousticAnalysis
    from aftertone.language.brief import Brief
    from aftertone.language.content import MessageContent
    from aftertone.language.recording_kind import RecordingKind

__all__ = [
    "CLEAR_ERRORS",
    "MEASURES",
    "NOT_SAID",
    "NO_ENGINE",
    "Basis",
    "CurvePoint",
    "Group",
    "Measure",
    "Measurements",
    "Source",
    "Value",
    "ValueKind",
    "group_of",
    "spans_from",
    "value_from",
]

_SHOWN_GROUPS = 12  # lines of a short text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Measurements:
    """All that was measured of one recording. None means not measured; `reasons` says why.

    >>> m = Measurements(duration_s=12.0)
    >>> m.flat()["duration_s"], m.flat()["pitch.spread_st"]
    (12.0, None)
    """

    duration_s: float = field(
        metadata={
            "title": "length of the file",
            "kind": "number",
            "unit": "s",
            "definition": "Length of the file.",
        }
    )
    recording: sound.RecordingMeasures = field(default_factory=sound.RecordingMeasures)
    message: sound.MessageMeasures = field(default_factory=sound.MessageMeasures)
    speech: sound.SpeechMeasures = field(default_factory=sound.SpeechMeasures)
    pauses: sound.PauseMeasures = field(default_factory=sound.PauseMeasures)
    rate: sound.RateMeasures = field(default_factory=sound.RateMeasures)
    pitch: sound.PitchMeasures = field(default_factory=sound.PitchMeasures)
    level: sound.LevelMeasures = field(default_factory=sound.LevelMeasures)
    words: wording.WordMeasures = field(default_factory=wording.WordMeasures)
    number: content.NumberMeasures = field(default_factory=content.NumberMeasures)
    fillers: sound.FillerMeasures = field(default_factory=sound.FillerMeasures)
    restarts: wording.RestartMeasures = field(default_factory=wording.RestartMeasures)
    hedges: wording.HedgeMeasures = field(default_factory=wording.HedgeMeasures)
    recipient: content.RecipientMeasures = field(default_factory=content.RecipientMeasures)
    caller: content.CallerMeasures = field(default_factory=content.CallerMeasures)
    purpose: content.PurposeMeasures = field(default_factory=content.PurposeMeasures)
    ask: content.AskMeasures = field(default_factory=content.AskMeasures)
    deadline: content.DeadlineMeasures = field(default_factory=content.DeadlineMeasures)
    options: content.OptionMeasures = field(default_factory=content.OptionMeasures)
    threat: content.PhraseMeasures = content.phrase_group("threat")
    sensitive: content.PhraseMeasures = content.phrase_group("sensitive detail")
    begging: content.PhraseMeasures = content.phrase_group("begging")
    next_step: content.PhraseMeasures = content.phrase_group("next step")
    connection: content.PhraseMeasures = content.phrase_group("connection to the recipient")
    reason: content.PhraseMeasures = content.phrase_group("outside reason")
    earlier_mail: content.PhraseMeasures = content.phrase_group("sentence about an earlier letter or e-mail")
    when_get: content.PhraseMeasures = content.phrase_group("question “when will they get it?”")
    when_back: content.PhraseMeasures = content.phrase_group("question “when can they call back?”")
    gain: content.PhraseMeasures = content.phrase_group("benefit for the recipient")
    self_praise: content.PhraseMeasures = content.phrase_group("praise of yourself")
    invitation: content.PhraseMeasures = content.phrase_group("invitation to talk")
    offers_help: content.PhraseMeasures = content.phrase_group("offer of help")
    regret: content.PhraseMeasures = content.phrase_group("regret at missing them")
    forward: content.PhraseMeasures = content.phrase_group("wish to speak with them")
    desperate: content.PhraseMeasures = content.phrase_group("desperate plea")
    pressing: content.PhraseMeasures = content.phrase_group("pressure")
    closing: content.PhraseMeasures = content.phrase_group("closing sentence")
    call_back: content.CallBackMeasures = field(default_factory=content.CallBackMeasures)
    will_call: content.WillCallMeasures = field(default_factory=content.WillCallMeasures)
    topics: wording.TopicMeasures = field(default_factory=wording.TopicMeasures)
    thanks: wording.ThanksMeasures = field(default_factory=wording.ThanksMeasures)
    script: wording.ScriptMeasures = field(default_factory=wording.ScriptMeasures)
    recorded: wording.RecordedMeasures = field(default_factory=wording.RecordedMeasures)
    campaign: wording.CampaignMeasures = field(default_factory=wording.CampaignMeasures)
    tactics: content.TacticMeasures = field(default_factory=content.TacticMeasures)

    @classmethod
    def of(
        cls,
        sound: AcousticAnalysis,
        said: MessageContent | None,
        brief: Brief,
        no_words: str = NO_ENGINE,
        kind: RecordingKind | None = None,
    ) -> Measurements:
        """All measures of a recording.

        `said` is None where the words are not known; `no_words` says why. `kind` is what the recording is,
        None where that is not known.
        """
        basis = Basis(sound, said, brief, kind, no_words)
        groups: dict[str, Any] = {name: group_of(name, basis) for name in _GROUPS}
        return cls(duration_s=sound.recording.duration_s, **groups)

    def groups(self) -> dict[str, Group]:
        """The groups by name, in order."""
        return {name: getattr(self, name) for name in _GROUPS}

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
            if getattr(group, name) is None
        }

    @property
    def doubts(self) -> Mapping[str, str]:
        """Why measures are in doubt: the recording is no voicemail, or its words are not trusted.

        A measure in doubt keeps its value, or its reason "not said", but a playbook does not judge by it.
        Empty for a voicemail whose `words.trusted` is true or not known.
        """
        if (no_voicemail := self.recording.why_not_judged) is not None:
            return {name: no_voicemail for name in MEASURES if not name.startswith("recording.")}
        if (untrusted := self.words.why_untrusted) is None:
            return {}
        reasons = self.reasons
        return {
            name: untrusted
            for name, value in self.flat().items()
            if MEASURES[name].depends_on_words
            and (value is not None or reasons.get(name, "").startswith(NOT_SAID))
        }

    @property
    def evidence(self) -> Mapping[str, tuple[Span, ...]]:
        """Where the value of each measure comes from, under its dotted name."""
        return {
            f"{group_name}.{name}": spans
            for group_name, group in self.groups().items()
            for name, spans in group.evidence.items()
        }

    def error_of(self, name: str) -> float:
        """Standard error of a measure of this recording, in its unit; 0 where it has none.

        Parameters
        ----------
        name : str
            The dotted name of the measure.

        Examples
        --------
        >>> Measurements(duration_s=12.0, level=sound.LevelMeasures(snr_db=31.5)).error_of("level.snr_db")
        1.1
        """
        values = self.flat()
        return MEASURES[name].error_at(values[name], values)

    def differs(self, other: Measurements, name: str) -> bool:
        """Whether a measure is another in another recording, by more than an error of measurement.

        Numbers differ by two standard errors of their difference at least; other values differ where they
        are not equal.

        Parameters
        ----------
        other : Measurements
        name : str
            The dotted name of the measure.

        Examples
        --------
        >>> levels = (sound.LevelMeasures(active_dbov=dbov) for dbov in (-31, -26, -25))
        >>> quiet, loud, louder = (Measurements(duration_s=12.0, level=level) for level in levels)
        >>> quiet.differs(loud, "level.active_dbov"), loud.differs(louder, "level.active_dbov")
        (True, False)
        """
        one, another = self.flat()[name], other.flat()[name]
        if not (isinstance(one, int | float) and isinstance(another, int | float)):
            return one != another
        margin = CLEAR_ERRORS * math.hypot(self.error_of(name), other.error_of(name))
        return one != another and not abs(one - another) < margin

    def to_dict(self) -> dict[str, Any]:
        """The measurements as dicts, lists, numbers and texts: what JSON holds.

        Returns
        -------
        dict
            ``measurements``, the values by group; ``not_measured``, the reason of each that is None, and
            ``evidence``, where each comes from, both under dotted names.

        Examples
        --------
        >>> page = Measurements(duration_s=2.0).to_dict()
        >>> page["measurements"]["duration_s"], page["not_measured"]["pauses.count"]
        (2.0, 'not measured')
        """
        reasons = self.reasons
        values: dict[str, Any] = {"duration_s": plain(self.duration_s)}
        for name, group in self.groups().items():
            values[name] = {each: plain(getattr(group, each)) for each in group.names()}
        return {
            "measurements": values,
            "not_measured": {
                name: reasons.get(name) or "not measured"
                for name, value in self.flat().items()
                if plain(value) is None
            },
            "evidence": plain(self.evidence),
        }

    @classmethod
    def from_dict(cls, page: Mapping[str, Any]) -> Measurements:
        """Measurements from what `to_dict` gave.

        Measures that this version does not have are left out; those that `page` lacks are None.

        Examples
        --------
        >>> m = Measurements(duration_s=2.0, level=sound.LevelMeasures(snr_db=31.5))
        >>> Measurements.from_dict(m.to_dict()).level.snr_db
        31.5
        """
        groups: dict[str, Any] = {}
        for name, group in _GROUPS.items():
            values = page["measurements"].get(name, {})
            evidence = _in_group(page["evidence"], name)
            groups[name] = group(
                **{each: value_from(f"{name}.{each}", values.get(each)) for each in group.names()},
                reasons=_in_group(page["not_measured"], name),
                evidence={each: spans_from(spans) for each, spans in evidence.items()},
            )
        return cls(duration_s=page["measurements"]["duration_s"], **groups)

    def __repr__(self) -> str:
        values = self.flat()
        measured_count = sum(value is not None for value in values.values())
        lines = [
            f"Measurements of {self.duration_s:.4g} s: {measured_count} measured, "
            f"{len(values) - measured_count} not (flat() has all, reasons says why)"
        ]
        shown = {name: text for name, group in self.groups().items() if (text := _values_text(group))}
        lines += [f"  {name}: {text}" for name, text in list(shown.items())[:_SHOWN_GROUPS]]
        if len(shown) > _SHOWN_GROUPS:
            lines.append(f"  {len(shown) - _SHOWN_GROUPS} more: {', '.join(list(shown)[_SHOWN_GROUPS:])}")
        return "\n".join(map(screen_line, lines))


def group_of(name: str, basis: Basis) -> Group:
    """One group of measures, by its name in `Measurements`."""
    return _GROUPS[name].of(basis, name)


def value_from(name: str, page: Any) -> Any:
    """The value of a measure from plain values; None for a measure that this version does not have."""
    kind = MEASURES[name].kind if name in MEASURES else None
    if kind is None or page is None:
        return None
    if kind == "spans":
        return spans_from(page)
    if kind == "curve":
        points = ((point["time_s"], point["value"]) for point in page)
        return tuple(CurvePoint(time_s, math.nan if value is None else value) for time_s, value in points)
    return page


def spans_from(page: Any) -> tuple[Span, ...]:
    """Spans from plain values."""
    return tuple(msgspec.convert(span, FillerSpan if "witness" in span else Span) for span in page)


def _in_group(by_dotted_name: Mapping[str, Any], group: str) -> dict[str, Any]:
    split = ((dotted.partition("."), value) for dotted, value in by_dotted_name.items())
    return {name: value for (of, _, name), value in split if of == group}


def _values_text(group: Group) -> str:
    """The measures of a group that have a value."""
    values = {name: getattr(group, name) for name in group.names()}
    return ", ".join(f"{name}={_short(value)}" for name, value in values.items() if value is not None)


def _short(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({len(value)})"
    return f"{value:.4g}" if isinstance(value, float) else repr(value)


_GROUPS: Mapping[str, type[Group]] = {
    each.name: each.default_factory  # type: ignore[misc]
    for each in fields(Measurements)
    if each.default_factory is not MISSING
}
MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for each in fields(Measurements)
    for measure in (
        _GROUPS[each.name].measures(each.name, **each.metadata)
        if each.name in _GROUPS
        else [Measure(each.name, **each.metadata)]
    )
}
