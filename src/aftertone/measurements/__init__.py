"""Every measure under its one dotted name, with unit, definition, and reason when it is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING

from aftertone.language.fillers import fillers
from aftertone.language.transcript import Span, Transcript
from aftertone.measurements import kind as of_kind
from aftertone.measurements import sound as of_sound
from aftertone.measurements import words as of_words
from aftertone.measurements.registry import NOT_SAID, CurvePoint, Group, Kind, Measure, Value

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound
    from aftertone.language.brief import Brief
    from aftertone.language.kind import RecordingKind
    from aftertone.language.said import Said

__all__ = ["MEASURES", "CurvePoint", "Group", "Kind", "Measure", "Measurements", "Value"]

NO_ENGINE = "no engine was given: the words are not known"
DOUBTED_GROUPS = frozenset(
    """words number hedges restarts recipient caller purpose ask deadline options thanks script threat
    sensitive begging next_step connection reason earlier_mail when_get when_back call_back gain self_praise
    invitation offers_help will_call topics regret forward desperate pressing closing tactics""".split()  # noqa: SIM905 - a table to read
)
DOUBTED_BESIDES = frozenset(
    {"rate.words_per_min", "rate.syllables_per_s", "fillers.per_100_words", "fillers.lexical_count"}
)
PHRASE_GROUPS = (
    *("threat", "sensitive", "begging", "next_step", "connection", "reason", "earlier_mail", "when_get"),
    *("when_back", "gain", "self_praise", "invitation", "offers_help", "regret", "forward", "desperate"),
    *("pressing", "closing"),
)


_WITNESSES = frozenset({"words.confidence", "words.probability", "words.trusted", "words.invented_count"})


def hangs_on_words(name: str) -> bool:
    """Whether a measure is in doubt where the words are: `words.trusted` is false.

    >>> hangs_on_words("rate.words_per_min"), hangs_on_words("pauses.count"), hangs_on_words("words.trusted")
    (True, False, False)
    """
    return name not in _WITNESSES and (name in DOUBTED_BESIDES or name.split(".")[0] in DOUBTED_GROUPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """All that was measured of one recording. None means not measured; `reasons` says why.

    >>> m = Measurements(duration_s=12.0)
    >>> m.flat()["duration_s"], m.flat()["pitch.spread_st"]
    (12.0, None)
    """

    duration_s: float = field(metadata={"kind": "number", "unit": "s", "definition": "Length of the file."})
    recording: of_kind.Recording = field(default_factory=of_kind.Recording)
    message: of_sound.Message = field(default_factory=of_sound.Message)
    speech: of_sound.Speech = field(default_factory=of_sound.Speech)
    pauses: of_sound.Pauses = field(default_factory=of_sound.Pauses)
    rate: of_sound.Rate = field(default_factory=of_sound.Rate)
    pitch: of_sound.Pitch = field(default_factory=of_sound.Pitch)
    level: of_sound.Level = field(default_factory=of_sound.Level)
    words: of_words.Words = field(default_factory=of_words.Words)
    number: of_words.Number = field(default_factory=of_words.Number)
    fillers: of_words.Fillers = field(default_factory=of_words.Fillers)
    restarts: of_words.Restarts = field(default_factory=of_words.Restarts)
    hedges: of_words.Hedges = field(default_factory=of_words.Hedges)
    recipient: of_words.Recipient = field(default_factory=of_words.Recipient)
    caller: of_words.Caller = field(default_factory=of_words.Caller)
    purpose: of_words.Purpose = field(default_factory=of_words.Purpose)
    ask: of_words.Ask = field(default_factory=of_words.Ask)
    deadline: of_words.Deadline = field(default_factory=of_words.Deadline)
    options: of_words.Options = field(default_factory=of_words.Options)
    threat: of_words.Phrases = field(default_factory=of_words.Phrases)
    sensitive: of_words.Phrases = field(default_factory=of_words.Phrases)
    begging: of_words.Phrases = field(default_factory=of_words.Phrases)
    next_step: of_words.Phrases = field(default_factory=of_words.Phrases)
    connection: of_words.Phrases = field(default_factory=of_words.Phrases)
    reason: of_words.Phrases = field(default_factory=of_words.Phrases)
    earlier_mail: of_words.Phrases = field(default_factory=of_words.Phrases)
    when_get: of_words.Phrases = field(default_factory=of_words.Phrases)
    when_back: of_words.Phrases = field(default_factory=of_words.Phrases)
    gain: of_words.Phrases = field(default_factory=of_words.Phrases)
    self_praise: of_words.Phrases = field(default_factory=of_words.Phrases)
    invitation: of_words.Phrases = field(default_factory=of_words.Phrases)
    offers_help: of_words.Phrases = field(default_factory=of_words.Phrases)
    regret: of_words.Phrases = field(default_factory=of_words.Phrases)
    forward: of_words.Phrases = field(default_factory=of_words.Phrases)
    desperate: of_words.Phrases = field(default_factory=of_words.Phrases)
    pressing: of_words.Phrases = field(default_factory=of_words.Phrases)
    closing: of_words.Phrases = field(default_factory=of_words.Phrases)
    call_back: of_words.CallBack = field(default_factory=of_words.CallBack)
    will_call: of_words.WillCall = field(default_factory=of_words.WillCall)
    topics: of_words.Topics = field(default_factory=of_words.Topics)
    thanks: of_words.Thanks = field(default_factory=of_words.Thanks)
    script: of_words.Script = field(default_factory=of_words.Script)
    recorded: of_words.Recorded = field(default_factory=of_words.Recorded)
    campaign: of_words.Campaign = field(default_factory=of_words.Campaign)
    tactics: of_words.Tactics = field(default_factory=of_words.Tactics)

    @classmethod
    def of(
        cls,
        sound: Sound,
        said: Said | None,
        brief: Brief,
        no_words: str = NO_ENGINE,
        kind: RecordingKind | None = None,
    ) -> Measurements:
        """All measures of a recording, from what was heard and what was said.

        `said` is None where the words are not known; `no_words` says why. `kind` is what the recording is,
        None where that is not known.
        """
        message = sound.message
        groups: dict[str, Group] = {
            "recording": of_kind.Recording.of(kind, no_words),
            "message": of_sound.Message.of(sound),
            "speech": of_sound.Speech.of(sound),
            "pauses": of_sound.Pauses.of(sound, said),
            "rate": of_sound.Rate.of(sound, said, no_words),
            "pitch": of_sound.Pitch.of(sound),
            "level": of_sound.Level.of(sound),
            "recorded": of_words.Recorded.of(brief),
            "campaign": of_words.Campaign.of(brief),
        }
        if message and said:
            groups |= {
                "words": of_words.Words.of(said),
                "number": of_words.Number.of(said),
                "fillers": of_words.Fillers.of(said.fillers, message.duration_s, said.word_count),
                "restarts": of_words.Restarts.of(said),
                "hedges": of_words.Hedges.of(said),
                "recipient": of_words.Recipient.of(said, message.start_s),
                "caller": of_words.Caller.of(said, message.start_s, message.duration_s),
                "purpose": of_words.Purpose.of(said, message.start_s),
                "ask": of_words.Ask.of(said, message.start_s, message.duration_s),
                "deadline": of_words.Deadline.of(said),
                "options": of_words.Options.of(said),
                "call_back": of_words.CallBack.of(said),
                "will_call": of_words.WillCall.of(said),
                "topics": of_words.Topics.of(said),
                "tactics": of_words.Tactics.of(said),
                "thanks": of_words.Thanks.of(said),
                "script": of_words.Script.of(said),
                **{kind: of_words.Phrases.of(said, kind) for kind in PHRASE_GROUPS},
            }
        elif message:
            sounded = fillers(Transcript(), sound.filled_pauses)
            groups["fillers"] = of_words.Fillers.of(sounded, message.duration_s, None).because(no_words)
        reason = no_words if message else of_sound.NO_SPEECH
        unheard = {
            name: kind.unmeasured(reason) for name, kind in _group_kinds().items() if name not in groups
        }
        return cls(duration_s=sound.recording.duration_s, **groups, **unheard)  # type: ignore[arg-type]

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
            if getattr(group, name) is None
        }

    @property
    def doubts(self) -> Mapping[str, str]:
        """Why measures are in doubt: the recording is no voicemail, or its words do not hold.

        Words may not fit the sound, or be improbable; then what hangs on them is in doubt. Values stand, and
        so does that something was not said; a playbook does not judge by them. Empty for a voicemail whose
        `words.trusted` is true or not known.
        """
        if (no_voicemail := self.recording.why_not_judged) is not None:
            return {name: no_voicemail for name in self.flat() if not name.startswith("recording.")}
        words = self.words
        if words.trusted is not False or words.confidence is None:
            return {}
        if words.confidence < of_words.TRUSTED_SHARE_MIN:
            reason = (
                f"the words do not fit the sound: confidence {words.confidence:.2f}, "
                f"{of_words.TRUSTED_SHARE_MIN:g} is needed; try a larger model, or record nearer"
            )
        else:
            reason = (
                f"the words are improbable (another language, noise): probability {words.probability:.2f}, "
                f"{of_words.PROBABILITY_MIN:g} is needed; try a larger model, or record nearer"
            )
        reasons = self.reasons
        return {
            name: reason
            for name, value in self.flat().items()
            if (value is not None or reasons.get(name, "").startswith(NOT_SAID)) and hangs_on_words(name)
        }

    @property
    def evidence(self) -> Mapping[str, tuple[Span, ...]]:
        """Where each measure's value comes from, under its dotted name."""
        return {
            f"{group_name}.{name}": spans
            for group_name, group in self.groups().items()
            for name, spans in group.evidence.items()
        }


@cache
def _group_kinds() -> dict[str, type[Group]]:
    return {name: type(group) for name, group in Measurements(duration_s=0.0).groups().items()}


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
