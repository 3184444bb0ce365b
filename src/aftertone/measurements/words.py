"""The measures of the words, and how each group is read off what was said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aftertone.language import phrases
from aftertone.language.brief import DIGITS_MIN, at_another_time
from aftertone.language.transcript import Span, Word
from aftertone.measurements.registry import NOT_SAID, Group, measured

if TYPE_CHECKING:
    from aftertone.language.brief import Brief
    from aftertone.language.fillers import Filler
    from aftertone.language.said import Said
    from aftertone.language.script import Deviation

TRUSTED_SHARE_MIN = 0.7
"""Under it, measures of words are in doubt. True words have 0.72 and more, their fillers left out or not (33
recordings, two of them spontaneous speech). Another message's words have 0.69 in the median, and words of
which half are lost 0.57 at most (`python -m benchmarks.words_accuracy`)."""
PROBABILITY_MIN, PROBABILITY_WORDS_MIN = 0.65, 3
"""Mean probability of the recogniser's words, of so many words at least, under which measures of words are in
doubt. Numerals do not count: their spellings share the probability. With tiny.en 54 German sentences
have 0.64 at most, and 50 read English ones 0.69 and more."""
THIRD = 1 / 3  # of the message: where its beginning ends, and its end begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Group):
    """The words themselves."""

    count: int | None = measured(
        "number", "count", "Words in the message; a digit string counts as its spoken words."
    )
    invented_count: int | None = measured(
        "number", "count", "Words of the recogniser dropped: no sound or no voice under them."
    )
    you_share: float | None = measured(
        "number", "share", "You and your, over these and I, me, my, we, us, our."
    )
    confidence: float | None = measured(
        "number",
        "share",
        "How well the words fit the sound: syllables against nuclei in each stretch of speech.",
    )
    probability: float | None = measured(
        "number", "share", "Mean of the probabilities that the recogniser gives its words, numerals apart."
    )
    trusted: bool | None = measured(
        "flag",
        "",
        "words.confidence is 0.7 or more and words.probability, if known, 0.65: measures of words hold.",
    )

    @classmethod
    def of(cls, said: Said) -> Words:
        """The words of a message."""
        fit_share = said.fit_share
        fits = None if fit_share is None else fit_share >= TRUSTED_SHARE_MIN
        probability = _mean_probability(said.transcript.words)
        reasons = dict.fromkeys(
            ["confidence", "trusted"] if fit_share is None else [], "no syllable was heard or said"
        )
        if probability is None:
            reasons["probability"] = "the recogniser gives no probabilities, or too few words"
        return cls(
            count=said.word_count,
            invented_count=len(said.invented),
            confidence=fit_share,
            probability=probability,
            trusted=fits and (probability is None or probability >= PROBABILITY_MIN),
            reasons=reasons,
            you_share=phrases.you_share(said.transcript),
            evidence={"invented_count": tuple(Span(w.start_s, w.end_s, w.text) for w in said.invented)},
        ).because(f"{NOT_SAID}: neither you nor I")


def _mean_probability(words: Iterable[Word]) -> float | None:
    known = [
        word.confidence
        for word in words
        if word.confidence is not None and not any(letter.isdigit() for letter in word.text)
    ]
    return sum(known) / len(known) if len(known) >= PROBABILITY_WORDS_MIN else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Group):
    """The call-back number."""

    digits: str | None = measured("text", "", "Digits of the call-back number.")
    e164: str | None = measured("text", "", "The number in E.164 form.")
    valid: bool | None = measured("flag", "", "Valid for the region.")
    readings: int | None = measured("number", "count", "How often it was said in full.")
    agree: bool | None = measured("flag", "", "All full readings have the same digits.")
    differing: str | None = measured(
        "text", "", "Which digits differ between the readings, or from the brief's number."
    )
    as_expected: bool | None = measured("flag", "", "Some full reading has the digits of the brief's number.")
    extension: str | None = measured("text", "", "Digits of the extension.")
    probability: float | None = measured("number", "share", "Probability that all digits are right.")
    trusted: bool | None = measured("flag", "", "The digits are to be trusted.")
    why_untrusted: str | None = measured("text", "", "Why the digits are not to be trusted.")
    digits_per_s: float | None = measured(
        "number",
        "digits/s",
        "Digits over the duration of the slowest full reading, edges snapped to the sound.",
        margin="number.digits_per_s_margin",
    )
    digits_per_s_margin: float | None = measured(
        "number", "digits/s", "What number.digits_per_s is off by at most, in 90 of 100 readings."
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
    first_share: float | None = measured(
        "number", "share", "number.first_s over message.duration_s.", error=0.0028
    )
    last_share: float | None = measured(
        "number", "share", "number.last_s over message.duration_s.", error=0.0028
    )
    slow: bool | None = measured("flag", "", "The slowest full reading is at 2.0 digits/s or slower.")
    repeated: bool | None = measured(
        "flag", "", "Two full readings or more with the same digits, or one and the sound of another."
    )
    fastest_group_digits_per_s: float | None = measured(
        "number", "digits/s", "Pace inside the fastest of its groups of two digits or more."
    )
    how: str | None = measured(
        "text", "", "How often and how fast it was said, and where a pause is missing."
    )
    called_from: bool | None = measured(
        "flag", "", "The number said is the one that the call came from (brief)."
    )
    others: tuple[Span, ...] | None = measured(
        "spans", "", "Numbers that are not the one to call back on, and what they are."
    )

    @classmethod
    def of(cls, said: Said) -> Number:
        """The call-back number of a message, its timing from the sound."""
        number, sound = said.number, said.sound
        others = tuple(Span(o.start_s, o.end_s, f"{o.kind} {o.digits}") for o in number.others)
        if number.digits is None or sound.message is None:
            reason = (
                f"no number to call back on was heard; {number.others_text}"
                if others
                else f"no number of {DIGITS_MIN} digits or more was heard"
            )
            return cls(others=others).because(f"{NOT_SAID}: {reason}")
        slowest = number.slowest
        pace = slowest.pace
        first_s, last_s = (number.readings[n].start_s - sound.message.start_s for n in (0, -1))
        spans = tuple(Span(each.start_s, each.end_s, each.digits) for each in number.readings)
        span = Span(*slowest.interval, slowest.digits)
        again = (Span(*number.again, "the same by its sound"),) if number.again else ()
        return cls(
            digits=number.digits,
            e164=number.e164,
            valid=number.valid,
            readings=len(number.readings),
            agree=number.agree,
            differing=number.differing_text,
            as_expected=number.as_expected,
            extension=number.extension,
            probability=number.probability,
            trusted=number.trusted,
            why_untrusted=number.why_untrusted,
            digits_per_s=pace.digits_per_s if pace else None,
            digits_per_s_margin=pace.margin if pace else None,
            slowdown_ratio=slowest.slowdown_ratio,
            group_count=len(slowest.groups),
            group_pause_s=slowest.group_pause_s,
            first_s=first_s,
            last_s=last_s,
            first_share=first_s / sound.message.duration_s,
            last_share=last_s / sound.message.duration_s,
            slow=pace.is_slow if pace else None,
            repeated=number.repeated,
            fastest_group_digits_per_s=slowest.fastest_group_digits_per_s,
            how=number.delivery_text,
            called_from=number.called_from,
            others=others,
            reasons={
                "e164": "the digits are no telephone number of the region",
                "differing": "all full readings have these digits",
                "as_expected": "the brief has no number",
                "extension": f"{NOT_SAID}: no extension was heard",
                "probability": "the recogniser gives nothing to tell it from",
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
class Fillers(Group):
    """Um, uh and their like."""

    count: int | None = measured("number", "count", "Filled pauses: um, uh, er, ah, hmm …")
    per_min: float | None = measured("number", "1/min", "fillers.count over message.duration_s.")
    per_100_words: float | None = measured("number", "1/100 words", "fillers.count for every 100 words.")
    lexical_count: int | None = measured(
        "number", "count", "Like, you know, I mean … where they say nothing."
    )

    @classmethod
    def of(cls, found: tuple[Filler, ...], duration_s: float, word_count: int | None) -> Fillers:
        """The fillers of a message; without words, those that the sound alone tells."""
        filled = [filler for filler in found if filler.kind == "filled_pause"]
        lexical = [filler for filler in found if filler.kind == "lexical"]
        return cls(
            count=len(filled),
            per_min=len(filled) * 60 / duration_s,
            per_100_words=100 * len(filled) / word_count if word_count else None,
            lexical_count=len(lexical) if word_count is not None else None,
            evidence={
                **dict.fromkeys(["count", "per_min", "per_100_words"], _spans(filled)),
                "lexical_count": _spans(lexical),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarts(Group):
    """Words broken off or said again."""

    count: int | None = measured("number", "count", "Words broken off, and words said again unmeant.")

    @classmethod
    def of(cls, said: Said) -> Restarts:
        """The restarts of a message."""
        return cls(count=len(said.restarts), evidence={"count": tuple(each.span for each in said.restarts)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedges(Group):
    """Words that make the message smaller."""

    just_count: int | None = measured("number", "count", 'How often "just" is said.')
    count: int | None = measured(
        "number", "count", '"Just", and the minimising family: sorry to bother, only, quick …'
    )

    @classmethod
    def of(cls, said: Said) -> Hedges:
        """The hedges of a message."""
        just = [hedge for hedge in said.hedges if hedge.kind == "just"]
        return cls(
            just_count=len(just),
            count=len(said.hedges),
            evidence={"just_count": _spans(just), "count": _spans(said.hedges)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient(Group):
    """Who is called."""

    name: str | None = measured("text", "", "The name of the one called, as said.")
    count: int | None = measured("number", "count", "How often the first name is said.")
    first_s: float | None = measured("number", "s", "When it is first said, from the start of the message.")

    @classmethod
    def of(cls, said: Said, start_s: float) -> Recipient:
        """Who is called."""
        found = said.recipient
        if found is None:
            return cls(count=0).because(f"{NOT_SAID}: no name of the one called was heard")
        return cls(
            name=found.name,
            count=len(found.spans),
            first_s=found.spans[0].start_s - start_s if found.spans else None,
            evidence=dict.fromkeys(["name", "count"], found.spans),
        ).because(f"{NOT_SAID}: the name of the one called was not heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller(Group):
    """Who calls."""

    name: str | None = measured("text", "", "The caller's name, as said.")
    company: str | None = measured("text", "", "On behalf of whom.")
    count: int | None = measured("number", "count", "How often the caller's name is said.")
    first_s: float | None = measured("number", "s", "When it is first said, from the start of the message.")
    words_before: int | None = measured("number", "count", "Words that are said before it.")
    at_start: bool | None = measured("flag", "", "Said in the first third of the message.")
    at_end: bool | None = measured("flag", "", "Said in the last third of the message.")

    @classmethod
    def of(cls, said: Said, start_s: float, duration_s: float) -> Caller:
        """Who calls."""
        found = said.caller
        if found is None:
            return cls(count=0, at_start=False, at_end=False).because(
                f"{NOT_SAID}: no name of a caller was heard"
            )
        places = [(span.start_s - start_s) / duration_s for span in found.spans]
        return cls(
            name=found.name,
            company=found.company,
            count=len(found.spans),
            first_s=places[0] * duration_s if places else None,
            words_before=said.word_count_before(found.spans[0].start_s) if places else None,
            at_start=any(place <= THIRD for place in places),
            at_end=any(place >= 1 - THIRD for place in places),
            reasons={} if found.company else {"company": f"{NOT_SAID}: no company was heard"},
            evidence=dict.fromkeys(["name", "count", "words_before", "at_start", "at_end"], found.spans),
        ).because(f"{NOT_SAID}: the caller's name was not heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose(Group):
    """Why."""

    first_s: float | None = measured(
        "number", "s", "When the reason for the call is first said, from the start."
    )
    spans: tuple[Span, ...] | None = measured("spans", "", "Where the reason for the call is said.")

    @classmethod
    def of(cls, said: Said, start_s: float) -> Purpose:
        """Why the call is made."""
        spans = said.purpose
        return cls(
            first_s=spans[0].start_s - start_s if spans else None,
            spans=spans,
            evidence={"first_s": spans[:1]},
        ).because(f"{NOT_SAID}: no reason for the call was heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Group):
    """What the listener should do."""

    first_s: float | None = measured(
        "number", "s", "When the request is first said, from the start of the message."
    )
    first_share: float | None = measured(
        "number", "share", "ask.first_s over message.duration_s.", error=0.0028
    )
    specific: bool | None = measured("flag", "", "The request says what for, more than to call back.")
    only_call_back: bool | None = measured(
        "flag", "", "All that is said is to call back: no request says what for, and no reason is given."
    )
    spans: tuple[Span, ...] | None = measured("spans", "", "Where it is said.")

    @classmethod
    def of(cls, said: Said, start_s: float, duration_s: float) -> Ask:
        """What the listener is asked to do."""
        spans = said.spans("ask")
        first_s = spans[0].start_s - start_s if spans else None
        specific = any(phrases.asks_for_something(span.text) for span in spans) if spans else None
        reasons = said.purpose
        return cls(
            first_s=first_s,
            first_share=first_s / duration_s if first_s is not None else None,
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
class Deadline(Group):
    """By when."""

    text: str | None = measured("text", "", "The deadline's words.")
    specific: bool | None = measured("flag", "", "It has a day and a time of day.")

    @classmethod
    def of(cls, said: Said) -> Deadline:
        """By when."""
        spans = said.spans("deadline")
        specific = [span for span in spans if phrases.has_day_and_clock(span.text)]
        best = (specific or list(spans))[:1]
        return cls(
            text=best[0].text if best else None,
            specific=bool(specific) if spans else None,
            evidence=dict.fromkeys(["text", "specific"], tuple(best)),
        ).because(f"{NOT_SAID}: no deadline was heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Group):
    """Ways to respond."""

    count: int | None = measured("number", "count", "Ways to respond that are offered.")

    @classmethod
    def of(cls, said: Said) -> Options:
        """Ways to respond: the request is one, and each "or …" offers another."""
        others = said.spans("options")
        requests = said.spans("ask")[:1]
        count = len(others) + 1 if others or requests else 0
        return cls(count=count, evidence={"count": requests + others})


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases(Group):
    """One kind of phrase: where it is said."""

    spans: tuple[Span, ...] | None = measured("spans", "", "Where it is said.")

    @classmethod
    def of(cls, said: Said, kind: str) -> Phrases:
        """Where a kind of phrase is said; no spans where it is not."""
        return cls(spans=said.spans(kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack(Group):
    """Being called back."""

    spans: tuple[Span, ...] | None = measured(
        "spans", "", "Where the listener is asked to call; not where they are told that they may."
    )

    @classmethod
    def of(cls, said: Said) -> CallBack:
        """Where the listener is asked to call."""
        may = said.spans("may_call")
        asked = said.spans("call_back")
        return cls(spans=tuple(span for span in asked if not any(_overlap(span, other) for other in may)))


@dataclass(frozen=True, slots=True, kw_only=True)
class WillCall(Group):
    """That the caller will call."""

    spans: tuple[Span, ...] | None = measured("spans", "", "Where it is said, with when.")
    when: str | None = measured("text", "", "The words that say when.")
    next_day: bool | None = measured(
        "flag", "", "On the next day, or the next working day where recorded_at tells (brief)."
    )
    time_frame: bool | None = measured(
        "flag", "", "At a time of day, between two, or in a part of the day that is named."
    )

    @classmethod
    def of(cls, said: Said) -> WillCall:
        """That the caller will call, and when."""
        spans = said.spans("will_call")
        if not spans:
            return cls(spans=()).because(f"{NOT_SAID}: that you will call was not heard")
        timed = [span for span in spans if phrases.named_time(span.text)] or list(spans)
        text = " ".join(span.text for span in timed)
        named = phrases.named_time(text) or None
        return cls(
            spans=spans,
            when=named,
            next_day=_is_next_day(text, said.brief),
            time_frame=phrases.has_time_frame(text),
            reasons={
                "when": f"{NOT_SAID}: when you will call was not heard",
                "next_day": "the brief has no recorded_at: whether the weekday is the next day is not known",
            },
            evidence=dict.fromkeys(["when", "next_day", "time_frame"], tuple(timed)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics(Group):
    """How much the message is about."""

    count: int | None = measured(
        "number",
        "count",
        "One, and one more wherever another is opened: also, another thing …, a list of three offers.",
    )

    @classmethod
    def of(cls, said: Said) -> Topics:
        """How many topics a message opens."""
        more = said.spans("another_topic")
        return cls(count=1 + len(more), evidence={"count": more})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tactics(Group):
    """Tricks that some advice passes on: named when they are heard, never scored."""

    cut_off: tuple[Span, ...] | None = measured("spans", "", "The message ends in the middle of a sentence.")
    disregard: tuple[Span, ...] | None = measured("spans", "", "“Disregard my last message.”")
    vague: tuple[Span, ...] | None = measured(
        "spans", "", "A call is asked for and the reason kept back: “something important”."
    )
    still_in_business: tuple[Span, ...] | None = measured("spans", "", "“Are you still in business?”")
    lawyer: tuple[Span, ...] | None = measured("spans", "", "The details go to a lawyer.")
    drop_by: tuple[Span, ...] | None = measured("spans", "", "“I'll drop by.”")

    @classmethod
    def of(cls, said: Said) -> Tactics:
        """The tactics that are heard in a message; no spans where one is not."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks(Group):
    """Courtesy."""

    count: int | None = measured("number", "count", "Courtesy words: thank you, please, have a good day …")

    @classmethod
    def of(cls, said: Said) -> Thanks:
        """Courtesy words."""
        spans = tuple(sorted({*said.spans("thanks"), *said.spans("courtesy")}, key=lambda span: span.start_s))
        return cls(count=len(spans), evidence={"count": spans})


@dataclass(frozen=True, slots=True, kw_only=True)
class Script(Group):
    """The script of the brief."""

    adherence: float | None = measured(
        "number", "share", "Words of the script that were said, in order.", error=0.074
    )
    left_out_count: int | None = measured("number", "count", "Words of the script that were not said.")
    added_count: int | None = measured("number", "count", "Words said that the script does not have.")
    changed_count: int | None = measured(
        "number", "count", "Words of the script in whose place others were said."
    )
    moved_count: int | None = measured(
        "number", "count", "Words of the script that were said elsewhere than they are written."
    )

    @classmethod
    def of(cls, said: Said) -> Script:
        """How the message keeps to the brief's script."""
        found = said.adherence
        if found is None:
            return cls.unmeasured("the brief has no script")
        left_out, added, changed, moved = (
            found.of_kind(kind) for kind in ("left_out", "added", "changed", "moved")
        )
        return cls(
            adherence=found.share,
            left_out_count=sum(each.word_count for each in left_out),
            added_count=sum(each.word_count for each in added),
            changed_count=sum(each.word_count for each in changed),
            moved_count=sum(each.word_count for each in moved),
            evidence={
                "left_out_count": _described(left_out),
                "added_count": _described(added),
                "changed_count": _described(changed),
                "moved_count": _described(moved),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Group):
    """When the message was left, where the brief tells."""

    hour: float | None = measured("number", "h", "Local time of day, hours after midnight.")

    @classmethod
    def of(cls, brief: Brief) -> Recorded:
        """When the brief says that the message was left."""
        if brief.recorded_at is None:
            return cls.unmeasured("the brief has no recorded_at")
        return cls(hour=brief.recorded_at.hour + brief.recorded_at.minute / 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(Group):
    """The messages before this one to the same person, where the brief tells."""

    attempt: int | None = measured("number", "count", "Which message to this person it is: 1 is the first.")
    another_time: bool | None = measured(
        "flag",
        "",
        "Another part of the day than the message before: morning, afternoon from 12, evening from 17.",
    )

    @classmethod
    def of(cls, brief: Brief) -> Campaign:
        """What the brief says of the messages before."""
        earlier = brief.earlier_at
        attempt = brief.attempt or (len(earlier) + 1 if earlier else None)
        at, another = brief.recorded_at, at_another_time(brief.recorded_at, earlier)
        return cls(
            attempt=attempt,
            another_time=another,
            reasons={
                **({} if attempt else {"attempt": "the campaign is not known: the brief has no attempt"}),
                **(
                    {}
                    if another is not None
                    else {"another_time": _NO_EARLIER if at else "the brief has no recorded_at"}
                ),
            },
        )


_NO_EARLIER = "the campaign is not known: the brief says nothing of earlier messages"


def _is_next_day(text: str, brief: Brief) -> bool | None:
    """Whether a text names the next day; by its weekday where the brief says what day it was."""
    weekday = phrases.weekday_of(text)
    if phrases.names_next_day(text) or weekday is None:
        return phrases.names_next_day(text)
    if brief.recorded_at is None:
        return None
    today = brief.recorded_at.weekday()
    after_weekend = 0 if today in (_FRIDAY, _FRIDAY + 1) else None
    return weekday in ((today + 1) % 7, after_weekend)


_FRIDAY = 4


def _overlap(span: Span, other: Span) -> bool:
    return span.start_s < other.end_s and other.start_s < span.end_s


def _spans(found: Iterable[Filler]) -> tuple[Span, ...]:
    return tuple(each.span for each in found)


def _described(found: Iterable[Deviation]) -> tuple[Span, ...]:
    return tuple(replace(each.span, text=each.description) for each in found)
