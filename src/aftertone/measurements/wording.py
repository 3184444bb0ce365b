"""Groups of measures that are taken from the words themselves, and from the brief."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from aftertone.language import phrases
from aftertone.language.brief import at_another_time
from aftertone.language.transcript import Span, Word
from aftertone.measurements.registry import NOT_SAID, Basis, BriefGroup, WordsGroup, measured

if TYPE_CHECKING:
    from aftertone.language.script import ScriptPart


@dataclass(frozen=True, slots=True)
class TrustOptions:
    """When the words are trusted; where they are not, measures of words are in doubt."""

    fit_share_min: float = 0.7
    """Least `words.confidence`. True words have 0.72 and more, with their fillers or without (33 recordings,
    two of them of spontaneous speech). The words of another message have 0.69 in the median, and words
    of which half are lost 0.57 at most (`python -m benchmarks.words_accuracy`)."""
    probability_min: float = 0.65
    """Least `words.probability`. With tiny.en 54 German sentences have 0.64 at most, and 50 read English
    ones 0.69 and more."""
    probability_words_min: int = 3  # for a mean; without numerals, whose spellings share the probability


TRUST = TrustOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class WordMeasures(WordsGroup):
    """The words themselves."""

    count: int | None = measured(
        "words", "Words in the message; a digit string counts as its spoken words.", "count"
    )
    invented_count: int | None = measured(
        "invented words",
        "Words that the recogniser wrote where there is no sound or no voice; they were dropped.",
        "count",
        is_check=True,
    )
    you_share: float | None = measured(
        "share of “you” against “I”",
        "You and your, as a share of these and I, me, my, we, us, our.",
        "share",
        asked="“you” makes up {} of “you”, “I” and “we”",
    )
    confidence: float | None = measured(
        "fit of words and sound",
        "How well the words fit the sound: syllables against nuclei in each stretch of speech.",
        "share",
        is_check=True,
    )
    probability: float | None = measured(
        "probability of the words",
        "Mean of the probabilities that the recogniser gives its words, numerals apart.",
        "share",
        is_check=True,
    )
    trusted: bool | None = measured(
        "trusted words",
        "words.confidence is 0.7 or more and words.probability, if known, 0.65: measures of words hold.",
        is_check=True,
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        said = basis.said
        fit_share, probability = said.fit_share, _mean_probability(said.transcript.words)
        fits = None if fit_share is None else fit_share >= TRUST.fit_share_min
        reasons = {}
        if fit_share is None:
            reasons = dict.fromkeys(
                ["confidence", "trusted"], "neither the sound nor the words have syllables"
            )
        if probability is None:
            reasons["probability"] = "the recogniser gives no probabilities, or too few words"
        return cls(
            count=said.word_count,
            invented_count=len(said.invented),
            you_share=phrases.you_share(said.transcript),
            confidence=fit_share,
            probability=probability,
            trusted=fits and (probability is None or probability >= TRUST.probability_min),
            reasons=reasons,
            evidence={"invented_count": tuple(Span(w.start_s, w.end_s, w.text) for w in said.invented)},
        ).because(f"{NOT_SAID}: neither “you” nor “I” was heard")

    @property
    def why_untrusted(self) -> str | None:
        """Why the words are not trusted; None where they are, or where that is not known."""
        if self.trusted is not False or self.confidence is None:
            return None
        if self.confidence < TRUST.fit_share_min:
            fault = (
                f"do not fit the sound: confidence {self.confidence:.2f}, {TRUST.fit_share_min:g} is needed"
            )
        else:
            fault = (
                "are improbable (another language, noise): "
                f"probability {self.probability:.2f}, {TRUST.probability_min:g} is needed"
            )
        return f"the words {fault}; try a larger model, or record nearer"


def _mean_probability(words: Iterable[Word]) -> float | None:
    known = [
        word.confidence
        for word in words
        if word.confidence is not None and not any(letter.isdigit() for letter in word.text)
    ]
    return sum(known) / len(known) if len(known) >= TRUST.probability_words_min else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartMeasures(WordsGroup):
    """Words broken off or said again."""

    count: int | None = measured("restarts", "Words broken off, and words repeated without intent.", "count")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        found = basis.said.restarts
        return cls(count=len(found), evidence={"count": tuple(each.span for each in found)})


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeMeasures(WordsGroup):
    """Words that make the message smaller."""

    just_count: int | None = measured("uses of “just”", 'How often "just" is said.', "count")
    count: int | None = measured(
        "minimising words", '"Just", and the minimising family: sorry to bother, only, quick …', "count"
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        found = basis.said.hedges
        spans = tuple(each.span for each in found)
        just = tuple(each.span for each in found if each.kind == "just")
        return cls(just_count=len(just), count=len(spans), evidence={"just_count": just, "count": spans})


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMeasures(WordsGroup):
    """How much the message is about."""

    count: int | None = measured(
        "topics",
        "One, and one more wherever another is opened: also, another thing …, a list of three offers.",
        "count",
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        more = basis.said.spans("another_topic")
        return cls(count=1 + len(more), evidence={"count": more})


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksMeasures(WordsGroup):
    """Courtesy."""

    count: int | None = measured(
        "courtesy words", "Courtesy words: thank you, please, have a good day …", "count"
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        found = {*basis.said.spans("thanks"), *basis.said.spans("courtesy")}
        spans = tuple(sorted(found, key=lambda span: span.start_s))
        return cls(count=len(spans), evidence={"count": spans})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptMeasures(WordsGroup):
    """The script of the brief."""

    adherence: float | None = measured(
        "share of the script said",
        "Words of the script that were said, in order.",
        "share",
        error=0.074,
        asked="{} of the script said",
    )
    left_out_count: int | None = measured(
        "words left out of the script", "Words of the script that were not said.", "count"
    )
    added_count: int | None = measured(
        "words added to the script", "Words said that the script does not have.", "count"
    )
    changed_count: int | None = measured(
        "words changed in the script", "Words of the script for which other words were said.", "count"
    )
    moved_count: int | None = measured(
        "words moved in the script", "Words of the script that were said in another place.", "count"
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        found = basis.said.adherence
        if found is None:
            return cls.unmeasured("the brief has no script")
        deviations = {
            f"{kind}_count": found.of_kind(kind) for kind in ("left_out", "added", "changed", "moved")
        }
        counts: dict[str, Any] = {
            name: sum(each.word_count for each in some) for name, some in deviations.items()
        }
        return cls(
            adherence=found.share,
            evidence={name: _described(some) for name, some in deviations.items()},
            **counts,
        )


def _described(found: Iterable[ScriptPart]) -> tuple[Span, ...]:
    return tuple(replace(each.span, text=each.description) for each in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMeasures(BriefGroup):
    """When the message was left, as the brief says."""

    at: str | None = measured("time of recording", "Date and time, in ISO 8601.")
    hour: float | None = measured("time of day", "Local time of day, hours after midnight.", "h")

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        at = basis.brief.recorded_at
        if at is None:
            return cls.unmeasured("the brief has no recorded_at")
        return cls(at=at.isoformat(), hour=at.hour + at.minute / 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignMeasures(BriefGroup):
    """Earlier messages to the same person, as the brief says."""

    attempt: int | None = measured(
        "messages to this person", "Which message to this person it is: 1 is the first.", "count"
    )
    another_time: bool | None = measured(
        "another part of the day than before",
        "Another part of the day than the message before: morning, afternoon from 12, evening from 17.",
    )

    @classmethod
    def _taken(cls, basis: Basis) -> Self:
        brief = basis.brief
        attempt = brief.attempt or (len(brief.earlier_at) + 1 if brief.earlier_at else None)
        another = at_another_time(brief.recorded_at, brief.earlier_at)
        reasons = {}
        if not attempt:
            reasons["attempt"] = "the campaign is not known: the brief has no attempt"
        if another is None and brief.recorded_at is None:
            reasons["another_time"] = "the brief has no recorded_at"
        elif another is None:
            reasons["another_time"] = "the campaign is not known: the brief says nothing of earlier messages"
        return cls(attempt=attempt, another_time=another, reasons=reasons)
