"""Everything that is understood of a message: its words, held against the sound, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aftertone.acoustics.filled_pauses import FilledPause, unworded_pauses
from aftertone.acoustics.interval import Interval
from aftertone.language import phrases
from aftertone.language.brief import Brief
from aftertone.language.callback import DEFAULT_REGION, CallbackNumber, find_callback_number
from aftertone.language.fillers import Filler, fillers, hedges, may_be_misheard
from aftertone.language.fit import fit_share
from aftertone.language.fusion import held_against, unworded
from aftertone.language.names import Named, caller_of, recipient_of
from aftertone.language.restarts import ENDS_NO_SENTENCE, Restart, restarts
from aftertone.language.script import Adherence, adherence
from aftertone.language.syllables import spoken_words, syllable_count
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Span, Transcript, Word

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

SUPPORTED_LANGUAGES = frozenset({"en"})
"""Languages whose words the rules of `language` know; others are for the caller to leave out."""

# Words after which no clause ends: a pause behind one of them was not planned.
_OPEN = frozenset(
    """a about an and any at because but by can could do every for from has have he her his i i'd i'll
    i'm if in is it's its let's may more my no of on or our she should so some than that that's the
    their there's these they this those to very was we we'll we're we've were what when where which who
    will with would you you'll you're you've your""".split()  # noqa: SIM905 - a table to read
)

_CUT_OFF_SHOWN = 4  # words: enough to tell which sentence it is


@dataclass(frozen=True)
class Said:
    """What was said in a message.

    Attributes
    ----------
    transcript : Transcript
        The words that have sound under them, their edges cut to it, from the message's start on.
    invented : tuple of Word
        Words of the recogniser that have none.
    brief : Brief
        What was known before.
    sound : Sound
        What they were held against.
    """

    transcript: Transcript
    invented: tuple[Word, ...]
    brief: Brief
    sound: Sound

    @cached_property
    def word_count(self) -> int:
        """Words as spoken: "555-1234" counts as seven."""
        return sum(len(spoken_words(word.text)) for word in self.transcript.words)

    def word_count_before(self, time_s: float) -> int:
        """Words as spoken that start before a time."""
        return sum(len(spoken_words(word.text)) for word in self.transcript.words if word.start_s < time_s)

    @cached_property
    def cut_off(self) -> tuple[Span, ...]:
        """The last words, where they end in the middle of a sentence."""
        words = self.transcript.words
        parts = word_parts(words[-1].text) if words else ()
        if not parts or not (
            parts[-1] in ENDS_NO_SENTENCE or words[-1].text.rstrip("\"'").endswith(("-", "—", "…"))
        ):
            return ()
        return (self.transcript.span(max(0, len(words) - _CUT_OFF_SHOWN), len(words) - 1),)

    @cached_property
    def syllable_count(self) -> int:
        """Syllables of the words."""
        return sum(syllable_count(word.text) for word in self.transcript.words)

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
        """Filled pauses and lexical fillers, by words and sound; by the words alone if they are verbatim."""
        if self.transcript.is_verbatim:
            return fillers(self.transcript)
        words = [word for word in self.transcript.words if not may_be_misheard(word)]
        unheard = unworded_pauses(self.sound.frames, unworded(words, self.sound.speech))
        known = self.sound.filled_pauses
        new = [
            each for each in unheard if not any(_interval(each).overlap_s(_interval(k)) > 0 for k in known)
        ]
        sounded = sorted((*known, *new), key=lambda pause: pause.start_s)
        return fillers(self.transcript, sounded, self.sound.nuclei)

    @cached_property
    def hedges(self) -> tuple[Filler, ...]:
        """Words that make the message small."""
        return hedges(self.transcript)

    @cached_property
    def recipient(self) -> Named | None:
        """Who is called."""
        return recipient_of(self.transcript, self.brief)

    @cached_property
    def caller(self) -> Named | None:
        """Who calls."""
        return caller_of(self.transcript, self.brief)

    def spans(self, kind: str) -> tuple[Span, ...]:
        """Where a kind of phrase is said."""
        return phrases.spans(self.transcript, kind)

    @cached_property
    def purpose(self) -> tuple[Span, ...]:
        """Where it is said why the call is made; that it is "something important" does not say why."""
        vague = self.spans("vague")
        return tuple(
            span
            for span in self.spans("purpose")
            if not any(span.start_s < other.end_s and other.start_s < span.end_s for other in vague)
        )

    @cached_property
    def restarts(self) -> tuple[Restart, ...]:
        """Words broken off, and words said again."""
        return restarts(self.transcript)

    @cached_property
    def adherence(self) -> Adherence | None:
        """How the message keeps to the brief's script; None without a script."""
        return adherence(self.transcript, self.brief.script) if self.brief.script else None

    @cached_property
    def fit_share(self) -> float | None:
        """How well the words fit the sound: see `fit_share`."""
        return fit_share(self.transcript.words, self.sound.speech, self.sound.nuclei)

    def parts_a_clause(self, pause: Interval) -> bool:
        """Whether a pause comes after a word that no clause ends with."""
        before = [word for word in self.transcript.words if word.start_s < pause.start_s]
        parts = word_parts(before[-1].text) if before else ()
        return bool(parts) and parts[-1] in _OPEN


def understand(transcript: Transcript, sound: Sound, brief: Brief) -> Said:
    """Hold a transcript against the sound that it was heard in: see `held_against`."""
    held = held_against(transcript, sound)
    return Said(held.transcript, held.invented, brief, sound)


def _interval(pause: FilledPause) -> Interval:
    return Interval(pause.start_s, pause.end_s)
