"""The measures of the words, and how each group is read off what was said."""

from __future__ import annotations

from dataclasses import dataclass

from aftertone.language.transcript import Span
from aftertone.measurements.registry import Group, measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Group):
    """The words themselves."""

    count: int | None = measured(
        "number", "count", "Words in the message; a digit string counts as its spoken words."
    )
    invented_count: int | None = measured(
        "number", "count", "Words of the recogniser dropped: no sound under them."
    )
    you_share: float | None = measured(
        "number", "share", "You and your, over these and I, me, my, we, us, our."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Group):
    """The call-back number."""

    digits: str | None = measured("text", "", "Digits of the call-back number.")
    e164: str | None = measured("text", "", "The number in E.164 form.")
    valid: bool | None = measured("flag", "", "Valid for the region.")
    readings: int | None = measured("number", "count", "How often it was said in full.")
    agree: bool | None = measured("flag", "", "All full readings have the same digits.")
    digits_per_s: float | None = measured(
        "number",
        "digits/s",
        "Digits over the duration of the slowest full reading, edges snapped to the sound.",
    )
    slowdown_ratio: float | None = measured(
        "number", "ratio", "Syllable rate of the reading over the articulation rate of the rest."
    )
    group_count: int | None = measured(
        "number", "count", "Groups split by pauses of 0.25 s or more in that reading."
    )
    group_pause_s: float | None = measured("number", "s", "Median of the pauses between the groups.")
    first_s: float | None = measured(
        "number", "s", "Start of the first reading, from the start of the message."
    )
    last_s: float | None = measured(
        "number", "s", "Start of the last reading, from the start of the message."
    )
    first_share: float | None = measured("number", "share", "number.first_s over message.duration_s.")
    last_share: float | None = measured("number", "share", "number.last_s over message.duration_s.")
    slow: bool | None = measured("flag", "", "The slowest full reading is at 2.0 digits/s or slower.")
    repeated: bool | None = measured("flag", "", "Two full readings or more, the same digits in each.")
    called_from: bool | None = measured(
        "flag", "", "The number said is the one that the call came from (brief)."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fillers(Group):
    """Um, uh and their like."""

    count: int | None = measured("number", "count", "Filled pauses: um, uh, er, ah, hmm …")
    per_min: float | None = measured("number", "1/min", "fillers.count over message.duration_s.")
    per_100_words: float | None = measured("number", "1/100 words", "fillers.count for every 100 words.")
    lexical_count: int | None = measured(
        "number", "count", "Like, you know, I mean … where they say nothing."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedges(Group):
    """Words that make the message smaller."""

    just_count: int | None = measured("number", "count", 'How often "just" is said.')
    count: int | None = measured(
        "number", "count", '"Just", and the minimising family: sorry to bother, only, quick …'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient(Group):
    """Who is called."""

    name: str | None = measured("text", "", "The name of the one called, as said.")
    count: int | None = measured("number", "count", "How often the first name is said.")
    first_s: float | None = measured("number", "s", "When it is first said, from the start of the message.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller(Group):
    """Who calls."""

    name: str | None = measured("text", "", "The caller's name, as said.")
    company: str | None = measured("text", "", "On behalf of whom.")
    count: int | None = measured("number", "count", "How often the caller's name is said.")
    first_s: float | None = measured("number", "s", "When it is first said, from the start of the message.")
    at_start: bool | None = measured("flag", "", "Said in the first third of the message.")
    at_end: bool | None = measured("flag", "", "Said in the last third of the message.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose(Group):
    """Why."""

    first_s: float | None = measured(
        "number", "s", "When the reason for the call is first said, from the start."
    )
    spans: tuple[Span, ...] | None = measured("spans", "", "Where the reason for the call is said.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Group):
    """What the listener should do."""

    first_s: float | None = measured(
        "number", "s", "When the request is first said, from the start of the message."
    )
    first_share: float | None = measured("number", "share", "ask.first_s over message.duration_s.")
    specific: bool | None = measured("flag", "", "The request says what for, more than to call back.")
    spans: tuple[Span, ...] | None = measured("spans", "", "Where it is said.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline(Group):
    """By when."""

    text: str | None = measured("text", "", "The deadline's words.")
    specific: bool | None = measured("flag", "", "It has a day and a time of day.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Group):
    """Ways to respond."""

    count: int | None = measured("number", "count", "Ways to respond that are offered.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases(Group):
    """One kind of phrase: where it is said."""

    spans: tuple[Span, ...] | None = measured("spans", "", "Where it is said.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks(Group):
    """Courtesy."""

    count: int | None = measured("number", "count", "Courtesy words: thank you, please, have a good day …")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script(Group):
    """The script of the brief."""

    adherence: float | None = measured("number", "share", "Words of the script that were said, in order.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Group):
    """When the message was left, where the brief tells."""

    hour: float | None = measured("number", "h", "Local time of day, hours after midnight.")
