"""Registry of measures: what a measure is, and what a group of measures declares.

A measure is a field of a group. Its dotted name, ``group.field``, is the same in Python, JSON, CSV and
playbooks. The field declares the measure's kind, by its type, and its unit, definition and error; the group
declares what its measures are taken from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from aftertone.language.transcript import Span

if TYPE_CHECKING:
    from aftertone.acoustics.analysis import AcousticAnalysis
    from aftertone.acoustics.interval import Interval
    from aftertone.language.brief import Brief
    from aftertone.language.content import MessageContent
    from aftertone.language.recording_kind import RecordingKind

NOT_SAID = "not said"
"""How a reason begins where the words are known and this was not among them."""
NO_ENGINE = "no engine was given: the words are not known"
NO_SPEECH = "no speech was found in the recording"
CLEAR_ERRORS = 2.0  # ours, in standard errors: 98 of 100 values further from a limit are on the right side
_NORMAL_90 = 1.645  # standard deviations: 90 of 100 values of a normal distribution lie within them

ValueKind = Literal["number", "flag", "text", "spans", "curve"]  # of spans, a bound applies to their count
Source = Literal["sound", "words", "brief"]


class CurvePoint(NamedTuple):
    """One point of a curve over time."""

    time_s: float
    value: float


Value = float | int | bool | str | tuple[Span, ...] | tuple[CurvePoint, ...] | None


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: what a playbook may name.

    Its errors are from `python -m benchmarks.measure_errors` (benchmarks/results/measure_errors.json).
    """

    name: str  # the dotted name, the same everywhere
    title: str  # a short noun phrase for people; of what is counted in the plural, of a flag what is so
    kind: ValueKind
    unit: str  # "s", "Hz", "syllables/s" …; empty for a text or a flag
    definition: str  # what the value means, in one sentence
    source: Source = "sound"
    fact: str = ""  # the measure without which it has no value: a specific deadline needs a deadline
    is_check: bool = False  # it tells whether the words can be trusted: it is not in doubt where they are
    error: float = 0.0  # standard error, in the unit; 0 for what is counted or given
    error_share: float = 0.0  # the same as a share of the value
    margin: str = ""  # the measure that gives, for each recording, this one's error in 90 of 100 cases
    asked: str = ""  # how a bound reads that names its measure; {} is "at most 34 %", or "at most twice"

    @property
    def depends_on_words(self) -> bool:
        """Whether it is in doubt where the words are: where `words.trusted` is false."""
        return self.source == "words" and not self.is_check

    def error_at(self, value: Value, values: Mapping[str, Value]) -> float:
        """The standard error of a value among those of its recording; 0 where it has none.

        >>> Measure("number.x", "pace", "number", "digits/s", "", margin="m").error_at(2.1, {"m": 0.329})
        0.2
        """
        if isinstance(value, bool | str | tuple) or value is None or not math.isfinite(value):
            return 0.0
        margin = values.get(self.margin)
        if isinstance(margin, float) and math.isfinite(margin):
            return margin / _NORMAL_90
        return math.hypot(self.error, self.error_share * value)


_KINDS: Mapping[str, ValueKind] = {
    "int | None": "number",
    "float | None": "number",
    "bool | None": "flag",
    "str | None": "text",
    "tuple[Span, ...] | None": "spans",
    "tuple[CurvePoint, ...] | None": "curve",
}


def measured(title: str, definition: str, unit: str = "", **declared: str | float) -> Any:
    """A field of a group that is a measure; its annotation, of those in `_KINDS`, gives its kind.

    `declared` has other attributes of `Measure`; the group gives `source` and `fact` where they are not among
    them.
    """
    return field(default=None, metadata={"title": title, "definition": definition, "unit": unit, **declared})


def copied(record: object, *names: str) -> dict[str, Any]:
    """Values of a record that are measures of the same name."""
    return {name: getattr(record, name) for name in names}


@dataclass(frozen=True, slots=True)
class Basis:
    """What the measures of a recording are taken from."""

    sound: AcousticAnalysis
    words: MessageContent | None  # None where the words are not known
    brief: Brief
    kind: RecordingKind | None = None  # None where it is not known what the recording is
    no_words: str = NO_ENGINE  # why `words` is None
    group: str = ""  # the name of the group that is taken

    @property
    def message(self) -> Interval:
        """Where the message is; only for groups that need speech."""
        assert self.sound.message is not None
        return self.sound.message

    @property
    def said(self) -> MessageContent:
        """What was said; only for groups whose source is the words."""
        assert self.words is not None
        return self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Measures that belong together. Each field is a measure; one that is None has a reason.

    A group extends `SoundGroup`, `WordsGroup` or `BriefGroup`, and its ``_taken(basis)`` takes the measures.
    A field may declare another `source` or `fact` than its group.
    """

    source: ClassVar[Source]  # what its measures are taken from
    fact: ClassVar[str] = ""  # the field without which the others have no value
    needs_speech: ClassVar[bool] = True  # it cannot be taken where nobody speaks

    # by field: why it is None, and where in the recording its value comes from
    reasons: Mapping[str, str] = field(default_factory=dict, repr=False)
    evidence: Mapping[str, tuple[Span, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def measures(cls, group: str, **declared: str) -> Iterator[Measure]:
        """Its measures, where the group has this name; `declared` holds for each of them."""
        inherited: dict[str, Any] = {"source": cls.source, "fact": f"{group}.{cls.fact}" if cls.fact else ""}
        for each in fields(cls):
            if each.metadata:
                about: dict[str, Any] = inherited | dict(each.metadata) | declared
                yield Measure(f"{group}.{each.name}", kind=_KINDS[str(each.type)], **about)

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """The fields that are measures."""
        return tuple(each.name for each in fields(cls) if each.metadata)

    @classmethod
    def of(cls, basis: Basis, name: str) -> Self:
        """The group of this name, with every measure None where `basis` lacks what the group needs."""
        if cls.needs_speech and basis.sound.message is None:
            return cls.unmeasured(NO_SPEECH)
        if cls.source == "words" and basis.words is None:
            return cls.unmeasured(basis.no_words)
        return cls._taken(replace(basis, group=name))

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        raise NotImplementedError

    @classmethod
    @cache
    def unmeasured(cls, reason: str) -> Self:
        """The group with every measure None, for one reason."""
        return cls(reasons=dict.fromkeys(cls.names(), reason))

    def because(self, reason: str) -> Self:
        """The group with one reason for every measure that is None and has no reason yet."""
        bare = [name for name in self.names() if getattr(self, name) is None and name not in self.reasons]
        return replace(self, reasons={**self.reasons, **dict.fromkeys(bare, reason)}) if bare else self


class SoundGroup(Group):
    """Measures that are taken from the sound."""

    __slots__ = ()
    source: ClassVar[Source] = "sound"


class WordsGroup(Group):
    """Measures that are taken from the words."""

    __slots__ = ()
    source: ClassVar[Source] = "words"


class BriefGroup(Group):
    """Measures that are taken from the brief."""

    __slots__ = ()
    source: ClassVar[Source] = "brief"
    needs_speech: ClassVar[bool] = False
