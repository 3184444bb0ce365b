"""The content of a message: its words, checked against the sound, and what the rules find in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aftertone.acoustics.filled_pauses import unworded_pauses
from aftertone.acoustics.interval import Interval
from aftertone.language import phrases
from aftertone.language.brief import Brief
from aftertone.language.callback import DEFAULT_REGION, CallbackNumber, find_callback_number
from aftertone.language.fillers import Filler, fillers, hedges, may_be_misrecognised
from aftertone.language.names import NamedParty, caller_of, recipient_of
from aftertone.language.restarts import ENDS_NO_SENTENCE, Restart, restarts
from aftertone.language.script import Adherence, adherence
from aftertone.language.syllables import fit_share, syllable_count
from aftertone.language.tokens import spoken_words, word_parts
from aftertone.language.transcript import Span, Transcript, Word
from aftertone.language.word_check import check_against, uncovered_speech

if TYPE_CHECKING:
    from aftertone.acoustics.analysis import AcousticAnalysis

SUPPORTED_LANGUAGES = frozenset({"en"})
"""ISO 639-1 codes of the languages that the rules of `language` know."""

# Words that no clause ends with: a pause after one of them is a hesitation.
_ENDS_NO_CLAUSE = ENDS_NO_SENTENCE | frozenset(
    """about any at by can could do from has have he her his i in is it's its let's may more no on she should
    so some than that that's there's these they this those was we were what when where which who will would
    you you've""".split()  # noqa: SIM905 - a table to read
)
_CUT_OFF_WORDS = 4  # last words that are shown of a sentence that breaks off; chosen by hand


@dataclass(frozen=True)
class MessageContent:
    """What a message says."""

    transcript: Transcript  # words that have sound under them, cut to that sound
    invented: tuple[Word, ...]  # words of the recogniser that have none
    brief: Brief
    sound: AcousticAnalysis

    @cached_property
    def word_count(self) -> int:
        """Number of spoken words: "555-1234" counts as seven."""
        return self.word_count_before(float("inf"))

    def word_count_before(self, time_s: float) -> int:
        """Number of spoken words that start before a time."""
        return sum(len(spoken_words(word.text)) for word in self.transcript.words if word.start_s < time_s)

    @cached_property
    def syllable_count(self) -> int:
        """Syllables of the words."""
        return sum(syllable_count(word.text) for word in self.transcript.words)

    @cached_property
    def fit_share(self) -> float | None:
        """How well the words fit the sound: see `aftertone.language.syllables.fit_share`."""
        return fit_share(self.transcript.words, self.sound.speech, self.sound.nuclei)

    @cached_property
    def cut_off(self) -> tuple[Span, ...]:
        """The last words, where they break off inside a sentence."""
        words = self.transcript.words
        parts = word_parts(words[-1].text) if words else ()
        if not parts or not (
            parts[-1] in ENDS_NO_SENTENCE or words[-1].text.rstrip("\"'").endswith(("-", "—", "…"))
        ):
            return ()
        return (self.transcript.span(max(0, len(words) - _CUT_OFF_WORDS), len(words) - 1),)

    @cached_property
    def number(self) -> CallbackNumber:
        """The call-back number, and the other numbers."""
        brief = self.brief
        return find_callback_number(
            self.transcript,
            region=brief.region or DEFAULT_REGION,
            expected=brief.dialled_number,
            caller_id=brief.dialled_caller_id,
            sound=self.sound,
        )

    @cached_property
    def fillers(self) -> tuple[Filler, ...]:
        """Filled pauses and lexical fillers: from a verbatim transcript alone, else from words and sound."""
        if self.transcript.is_verbatim:
            return fillers(self.transcript)
        words = [word for word in self.transcript.words if not may_be_misrecognised(word)]
        known = self.sound.filled_pauses
        new = [
            pause
            for pause in unworded_pauses(self.sound.frames, uncovered_speech(words, self.sound.speech))
            if all(pause.end_s <= other.start_s or other.end_s <= pause.start_s for other in known)
        ]
        in_sound = sorted((*known, *new), key=lambda pause: pause.start_s)
        return fillers(self.transcript, in_sound, self.sound.nuclei)

    @cached_property
    def hedges(self) -> tuple[Filler, ...]:
        """Words that make the message small: see `aftertone.language.fillers.hedges`."""
        return hedges(self.transcript)

    @cached_property
    def recipient(self) -> NamedParty | None:
        """The person who is called."""
        return recipient_of(self.transcript, self.brief)

    @cached_property
    def caller(self) -> NamedParty | None:
        """The person who calls, and the company."""
        return caller_of(self.transcript, self.brief)

    def spans(self, kind: str, *, outside: str | None = None) -> tuple[Span, ...]:
        """Where phrases of a kind are said, outside of those of another."""
        others = self.spans(outside) if outside else ()
        return tuple(
            span for span in phrases.spans(self.transcript, kind) if not any(map(span.overlaps, others))
        )

    @cached_property
    def purpose(self) -> tuple[Span, ...]:
        """Where the reason for the call is said; "something important" is no reason."""
        return self.spans("purpose", outside="vague")

    @cached_property
    def restarts(self) -> tuple[Restart, ...]:
        """Words that are broken off, repeated or replaced."""
        return restarts(self.transcript)

    @cached_property
    def adherence(self) -> Adherence | None:
        """How the message keeps to the script of the brief; None without a script."""
        return adherence(self.transcript, self.brief.script) if self.brief.script else None

    def is_inside_clause(self, pause: Interval) -> bool:
        """Whether a pause follows a word that no clause ends with."""
        before = [word for word in self.transcript.words if word.start_s < pause.start_s]
        parts = word_parts(before[-1].text) if before else ()
        return bool(parts) and parts[-1] in _ENDS_NO_CLAUSE


def understand(transcript: Transcript, sound: AcousticAnalysis, brief: Brief) -> MessageContent:
    """The content of a message, from its transcript (in one of `SUPPORTED_LANGUAGES`) and its sound.

    The words are checked here even if `with_word_times` has checked them before. There the check prepares
    the alignment. Here it is a function of the transcript alone, so that a stored transcript gives the same
    content as the first run.
    """
    checked = check_against(transcript, sound)
    return MessageContent(checked.transcript, checked.invented, brief, sound)
