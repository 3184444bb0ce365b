"""Groups of measures that are taken from what the words say: the number, names, request and phrases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from aftertone.language import phrases
from aftertone.language.brief import DIGITS_MIN, Brief
from aftertone.language.transcript import Span
from aftertone.measurements.registry import NOT_SAID, Basis, WordsGroup, copied, measured

START_SHARE = 1 / 3  # ours: the part of the message that is its start, and the part that is its end
_FRIDAY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberMeasures(WordsGroup):
    """The call-back number."""

    fact: ClassVar[str] = "digits"

    digits: str | None = measured("call-back number", "Digits of the call-back number.")
    e164: str | None = measured("international form of the number", "The number in E.164 form.")
    valid: bool | None = measured("a valid number", "Valid for the region.")
    readings: int | None = measured(
        "readings of the number",
        "How often it was said in full.",
        "count",
        asked="the number said in full {}",
    )
    agree: bool | None = measured("the same digits each time", "All full readings have the same digits.")
    differing: str | None = measured(
        "differing digits", "Which digits differ between the readings, or from the brief's number."
    )
    as_expected: bool | None = measured(
        "the number in the brief", "Some full reading has the digits of the brief's number."
    )
    extension: str | None = measured("extension", "Digits of the extension.")
    probability: float | None = measured(
        "probability of the digits", "Probability that all digits are right.", "share"
    )
    trusted: bool | None = measured("trusted digits", "The digits are to be trusted.")
    why_untrusted: str | None = measured("doubt about the digits", "Why the digits are not to be trusted.")
    digits_per_s: float | None = measured(
        "pace of the number",
        "Digits over the duration of the slowest full reading, edges snapped to the sound.",
        "digits/s",
        margin="number.digits_per_s_margin",
        asked="{}",
    )
    digits_per_s_margin: float | None = measured(
        "margin of the number's pace",
        "The error of number.digits_per_s that 90 of 100 readings do not exceed.",
        "digits/s",
    )
    slowdown_ratio: float | None = measured(
        "pace of the number against the rest",
        "Syllable rate of the reading over the articulation rate of the rest.",
        "ratio",
    )
    group_count: int | None = measured(
        "groups of digits", "Groups split by pauses of 0.25 s or more in that reading.", "count"
    )
    group_pause_s: float | None = measured(
        "pause between groups of digits", "Median of the pauses between the groups.", "s"
    )
    first_s: float | None = measured(
        "time of the first reading", "Start of the first reading, from the start of the message.", "s"
    )
    last_s: float | None = measured(
        "time of the last reading", "Start of the last reading, from the start of the message.", "s"
    )
    first_share: float | None = measured(
        "place of the first reading",
        "number.first_s over message.duration_s.",
        "share",
        error=0.0028,
        asked="the number first said after {} of the message",
    )
    last_share: float | None = measured(
        "place of the last reading",
        "number.last_s over message.duration_s.",
        "share",
        error=0.0028,
        asked="the number last said after {} of the message",
    )
    slow: bool | None = measured("a slow number", "The slowest full reading is at 2.0 digits/s or slower.")
    repeated: bool | None = measured(
        "the same number twice",
        "Two full readings or more with the same digits, or one and the sound of another.",
    )
    fastest_group_digits_per_s: float | None = measured(
        "fastest group of digits", "Pace inside the fastest of its groups of two digits or more.", "digits/s"
    )
    how: str | None = measured(
        "how the number was said", "How often and how fast it was said, and where a pause is missing."
    )
    called_from: bool | None = measured(
        "called from the number left", "The number said is the one that the call came from (brief)."
    )
    others: tuple[Span, ...] | None = measured(
        "other number", "Numbers that are not the one to call back on, and what they are.", fact=""
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        """The call-back number of the message; its timing is that of the sound."""
        number, message = basis.said.number, basis.message
        others = tuple(Span(o.start_s, o.end_s, f"{o.kind} {o.digits}") for o in number.others)
        if number.digits is None:
            reason = (
                f"no number to call back on was heard; {number.others_text}"
                if others
                else f"no number of {DIGITS_MIN} digits or more was heard"
            )
            return cls(others=others).because(f"{NOT_SAID}: {reason}")
        slowest = number.slowest
        pace = slowest.pace
        first_s, last_s = (number.readings[n].start_s - message.start_s for n in (0, -1))
        spans = tuple(Span(each.start_s, each.end_s, each.digits) for each in number.readings)
        span = Span(*slowest.interval, slowest.digits)
        again = (Span(*number.again, "the same by its sound"),) if number.again else ()
        return cls(
            **copied(number, "digits", "e164", "valid", "agree", "repeated", "as_expected", "extension"),
            **copied(number, "probability", "trusted", "why_untrusted", "called_from"),
            **copied(slowest, "slowdown_ratio", "group_pause_s", "fastest_group_digits_per_s"),
            readings=len(number.readings),
            differing=number.differing_text,
            digits_per_s=pace.digits_per_s if pace else None,
            digits_per_s_margin=pace.margin if pace else None,
            group_count=len(slowest.groups),
            first_s=first_s,
            last_s=last_s,
            first_share=first_s / message.duration_s,
            last_share=last_s / message.duration_s,
            slow=pace.is_slow if pace else None,
            how=number.delivery_text,
            others=others,
            reasons={
                "e164": "the digits are no telephone number of the region",
                "differing": "all full readings have these digits",
                "as_expected": "the brief has no number",
                "extension": f"{NOT_SAID}: no extension was heard",
                "probability": "the recogniser gives no probabilities of digits",
                "why_untrusted": "the digits are trusted",
                "called_from": "the brief has no caller_id",
                "slowdown_ratio": "too little speech besides the number to compare it with",
                "group_pause_s": "the number was read in one group",
                "fastest_group_digits_per_s": "no group has two digits",
            },
            evidence={
                **dict.fromkeys(
                    ["digits", "readings", "agree", "differing", "as_expected", "trusted", "called_from"],
                    spans,
                ),
                "repeated": (*spans, *again),
                **dict.fromkeys(["digits_per_s", "slow", "slowdown_ratio", "how"], (span,)),
                "group_count": tuple(
                    Span(*each.interval, each.digits) for each in slowest.groups if each.digits
                ),
                "first_share": spans[:1],
                "last_share": spans[-1:],
            },
        ).because("the reading has no length")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientMeasures(WordsGroup):
    """Who is called."""

    fact: ClassVar[str] = "name"

    name: str | None = measured("name of the recipient", "The recipient's name, as said.")
    count: int | None = measured(
        "mentions of the recipient",
        "How often the first name is said.",
        "count",
        asked="the recipient named {}",
    )
    first_s: float | None = measured(
        "time of the recipient's name", "When it is first said, from the start of the message.", "s"
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        found = basis.said.recipient
        if found is None:
            return cls(count=0).because(f"{NOT_SAID}: no name of a recipient was heard")
        return cls(
            name=found.name,
            count=len(found.spans),
            first_s=found.spans[0].start_s - basis.message.start_s if found.spans else None,
            evidence=dict.fromkeys(["name", "count"], found.spans),
        ).because(f"{NOT_SAID}: the recipient's name was not heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerMeasures(WordsGroup):
    """Who calls."""

    fact: ClassVar[str] = "name"

    name: str | None = measured("name of the caller", "The caller's name, as said.")
    company: str | None = measured("company", "The company, or whoever else the caller calls for.")
    count: int | None = measured(
        "mentions of the caller",
        "How often the caller's name is said.",
        "count",
        asked="the caller named {}",
    )
    first_s: float | None = measured(
        "time of the caller's name", "When it is first said, from the start of the message.", "s"
    )
    words_before: int | None = measured(
        "words before the caller's name", "Words that are said before it.", "count", fact=""
    )
    at_start: bool | None = measured(
        "the caller's name at the start", "Said in the first third of the message."
    )
    at_end: bool | None = measured("the caller's name at the end", "Said in the last third of the message.")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        said, message = basis.said, basis.message
        found = said.caller
        if found is None:
            return cls(count=0, at_start=False, at_end=False).because(
                f"{NOT_SAID}: no name of a caller was heard"
            )
        places = [(span.start_s - message.start_s) / message.duration_s for span in found.spans]
        return cls(
            name=found.name,
            company=found.company,
            count=len(found.spans),
            first_s=places[0] * message.duration_s if places else None,
            words_before=said.word_count_before(found.spans[0].start_s) if places else None,
            at_start=any(place <= START_SHARE for place in places),
            at_end=any(place >= 1 - START_SHARE for place in places),
            reasons={} if found.company else {"company": f"{NOT_SAID}: no company was heard"},
            evidence=dict.fromkeys(["name", "count", "words_before", "at_start", "at_end"], found.spans),
        ).because(f"{NOT_SAID}: the caller's name was not heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeMeasures(WordsGroup):
    """Why the call is made."""

    first_s: float | None = measured(
        "time of the reason for the call", "When the reason for the call is first said, from the start.", "s"
    )
    spans: tuple[Span, ...] | None = measured("reason for the call", "Where the reason for the call is said.")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        spans = basis.said.purpose
        return cls(
            first_s=spans[0].start_s - basis.message.start_s if spans else None,
            spans=spans,
            evidence={"first_s": spans[:1]},
        ).because(f"{NOT_SAID}: no reason for the call was heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMeasures(WordsGroup):
    """What the listener should do."""

    fact: ClassVar[str] = "spans"

    first_s: float | None = measured(
        "time of the request", "When the request is first said, from the start of the message.", "s"
    )
    first_share: float | None = measured(
        "place of the request",
        "ask.first_s over message.duration_s.",
        "share",
        error=0.0028,
        asked="the request made after {} of the message",
    )
    specific: bool | None = measured(
        "a request that says what for", "The request says what for, more than to call back."
    )
    only_call_back: bool | None = measured(
        "only a request to call back",
        "All that is said is to call back: no request says what for, and no reason is given.",
        fact="",
    )
    spans: tuple[Span, ...] | None = measured("request", "Where it is said.")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        said, message = basis.said, basis.message
        spans = said.spans("ask")
        first_s = spans[0].start_s - message.start_s if spans else None
        specific = any(phrases.asks_for_something(span.text) for span in spans) if spans else None
        reasons = said.purpose
        return cls(
            first_s=first_s,
            first_share=None if first_s is None else first_s / message.duration_s,
            specific=specific,
            only_call_back=not (specific or reasons) if spans or reasons else None,
            spans=spans,
            evidence={
                **dict.fromkeys(["first_s", "first_share"], spans[:1]),
                "specific": spans,
                "only_call_back": spans or reasons,
            },
        ).because(f"{NOT_SAID}: no request was heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineMeasures(WordsGroup):
    """By when the listener should do it."""

    fact: ClassVar[str] = "text"

    text: str | None = measured("deadline", "The deadline's words.")
    specific: bool | None = measured("a deadline with day and time", "It has a day and a time of day.")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        """The deadline: the first that has a day and a time of day, or else the first."""
        spans = basis.said.spans("deadline")
        specific = [span for span in spans if phrases.has_day_and_clock(span.text)]
        best = (specific or list(spans))[:1]
        return cls(
            text=best[0].text if best else None,
            specific=bool(specific) if spans else None,
            evidence=dict.fromkeys(["text", "specific"], tuple(best)),
        ).because(f"{NOT_SAID}: no deadline was heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionMeasures(WordsGroup):
    """Ways to respond."""

    count: int | None = measured("ways to respond", "Ways to respond that are offered.", "count")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        """Ways to respond: the request is one, and each "or …" offers another."""
        others = basis.said.spans("options")
        requests = basis.said.spans("ask")[:1]
        count = len(others) + 1 if others or requests else 0
        return cls(count=count, evidence={"count": requests + others})


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseMeasures(WordsGroup):
    """One kind of phrase; the kind has the name of the group (see `aftertone.language.phrases`)."""

    spans: tuple[Span, ...] | None = measured("phrase", "Where it is said.")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        return cls(spans=basis.said.spans(basis.group))


def phrase_group(title: str) -> Any:
    """A field of `Measurements` that is a group of phrases, with the title of its measure."""
    return field(default_factory=PhraseMeasures, metadata={"title": title})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackMeasures(WordsGroup):
    """A request to call back."""

    spans: tuple[Span, ...] | None = measured(
        "request to call back", "Where the listener is asked to call; not where they are told that they may."
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        return cls(spans=basis.said.spans("call_back", outside="may_call"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WillCallMeasures(WordsGroup):
    """That the caller will call."""

    fact: ClassVar[str] = "spans"

    spans: tuple[Span, ...] | None = measured("promise to call", "Where it is said, with when.")
    when: str | None = measured("time of the promised call", "The words that say when.")
    next_day: bool | None = measured(
        "a promise to call the next day",
        "On the next day, or the next working day where recorded_at tells (brief).",
    )
    time_frame: bool | None = measured(
        "a time of day for the promised call",
        "At a time of day, between two, or in a part of the day that is named.",
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        spans = basis.said.spans("will_call")
        if not spans:
            return cls(spans=()).because(f"{NOT_SAID}: that you will call was not heard")
        timed = [span for span in spans if phrases.words_of("named_time", span.text)] or list(spans)
        text = " ".join(span.text for span in timed)
        named = phrases.words_of("named_time", text) or None
        return cls(
            spans=spans,
            when=named,
            next_day=_is_next_day(text, basis.brief),
            time_frame=bool(phrases.words_of("time_frame", text)),
            reasons={
                "when": f"{NOT_SAID}: when you will call was not heard",
                "next_day": "the brief has no recorded_at: whether the weekday is the next day is not known",
            },
            evidence=dict.fromkeys(["when", "next_day", "time_frame"], tuple(timed)),
        )


def _is_next_day(text: str, brief: Brief) -> bool | None:
    """Whether a text names the next day; by its weekday where the brief says what day it was."""
    weekday = phrases.weekday_of(text)
    is_named = bool(phrases.words_of("next_day", text))
    if is_named or weekday is None:
        return is_named
    if brief.recorded_at is None:
        return None
    today = brief.recorded_at.weekday()
    after_weekend = 0 if today in (_FRIDAY, _FRIDAY + 1) else None
    return weekday in ((today + 1) % 7, after_weekend)


@dataclass(frozen=True, slots=True, kw_only=True)
class TacticMeasures(WordsGroup):
    """Tricks that some advice recommends. A review names them; no playbook scores them."""

    cut_off: tuple[Span, ...] | None = measured(
        "cut off in the middle of a sentence", "The message ends in the middle of a sentence."
    )
    disregard: tuple[Span, ...] | None = measured(
        "“disregard my last message”", "“Disregard my last message.”"
    )
    vague: tuple[Span, ...] | None = measured(
        "the vague message", "A call is asked for without a reason: “something important”."
    )
    still_in_business: tuple[Span, ...] | None = measured(
        "“are you still in business?”", "“Are you still in business?”"
    )
    lawyer: tuple[Span, ...] | None = measured(
        "the details handed to a lawyer", "The details go to a lawyer."
    )
    drop_by: tuple[Span, ...] | None = measured("“I'll drop by”", "“I'll drop by.”")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        said = basis.said
        bare = not said.purpose and not any(
            phrases.asks_for_something(span.text) for span in said.spans("ask")
        )
        return cls(
            cut_off=said.cut_off,
            vague=said.spans("vague") or (said.spans("call_back") if bare else ()),
            disregard=said.spans("disregard"),
            still_in_business=said.spans("still_in_business"),
            lawyer=said.spans("lawyer"),
            drop_by=said.spans("drop_by"),
        )
