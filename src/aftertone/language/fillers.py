"""Fillers and hedges: filled pauses in words and sound, and by rules "like", "you know" or "just".

The rules of fillers.toml read the words beside a filler, because transcripts often lack punctuation. Where
there is punctuation or a pause on both sides, that decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from aftertone.acoustics.interval import Interval
from aftertone.language import rules
from aftertone.language.syllables import syllable_count
from aftertone.language.tokens import Token, tokens
from aftertone.language.transcript import FillerSpan, Transcript, Witness, Word

if TYPE_CHECKING:
    from aftertone.acoustics.filled_pauses import FilledPause

FillerKind = Literal["filled_pause", "lexical", "just", "minimising"]


@dataclass(frozen=True, slots=True)
class Filler:
    """One filler or hedge."""

    form: str  # in plain spelling: "um", "you know"; "" for a filled pause found in the sound alone
    start_s: float
    end_s: float
    witness: Witness
    kind: FillerKind
    confidence: float | None = None
    """The recogniser's for words, the detector's for sound. For both, the probability that one is right."""

    @property
    def span(self) -> FillerSpan:
        """Its place, as evidence."""
        return FillerSpan(self.start_s, self.end_s, self.form, self.witness, self.confidence)


@dataclass(frozen=True, slots=True)
class FillerOptions:
    """Settings by which filled pauses in the sound are told from words.

    A sound is a filled pause if words cover no more than `word_share_max` of it. It is one too if the word
    that covers most of it is stretched over it. Such a word begins or ends with the sound, and has time and a
    syllable nucleus outside the sound for each of its syllables. A drawn-out vowel is inside its word, and is
    the word's nucleus.
    """

    word_share_max: float = 0.5  # of the sound; chosen by hand
    syllable_s: float = 0.15
    """Time that a stretched word needs outside the sound for each syllable. Chosen by hand: people talk with
    4 to 5.5 syllables a second."""
    edge_s: float = 0.12  # from the edge of the sound to the word's; fitted on mfa, AMI and natural voices
    nucleus_s: float = 0.05  # a nucleus this near belongs to the sound: nuclei are placed to about 0.05 s
    stretched_s_min: float = 0.25  # shortest sound under a stretched word; fitted on the same recordings
    misrecognised_s_min: float = 0.3
    """Shortest time of a word such as "a" that may be a misrecognised filled pause. Chosen by hand."""
    pause_s: float = 0.25
    """Gap between two clauses where there is no punctuation: the limit of pauses in the tradition of
    Goldman-Eisler."""


FILLERS = FillerOptions()


def fillers(
    transcript: Transcript, filled_pauses: Sequence[FilledPause] = (), nuclei_s: Iterable[float] = ()
) -> tuple[Filler, ...]:
    """Filled pauses and lexical fillers, in order of time.

    A filled pause in the words and one in the sound that overlap are one filler, with the time of the sound.
    One in the sound alone counts if no word covers it, or only a word that is stretched over it: see
    `FillerOptions`.

    >>> from aftertone.language.transcript import Word
    >>> texts = "um I like it but you know it was like five days".split()
    >>> transcript = Transcript(tuple(Word(text, at / 2, at / 2 + 0.5) for at, text in enumerate(texts)))
    >>> [filler.form for filler in fillers(transcript)]
    ['um', 'you know', 'like']
    """
    words = tokens(transcript)
    in_words = []
    for token in words:
        form, word = _plain_form(token.text), transcript.words[token.word_index]
        if form and word.text.strip(" .,;:!?…\"'").lower() not in _ANSWERS:
            in_words.append(Filler(form, *word.interval, "words", "filled_pause", word.confidence))
    found = _matched(words, "lexical") + _with_sound(in_words, filled_pauses, words, tuple(nuclei_s))
    return tuple(sorted(found, key=lambda filler: (filler.start_s, filler.end_s)))


def hedges(transcript: Transcript) -> tuple[Filler, ...]:
    """Words that make the message small: every "just", and "sorry to bother", "only", "quick", "a little".

    >>> from aftertone.language.transcript import Word
    >>> texts = "sorry to bother you I was just calling with a quick question".split()
    >>> transcript = Transcript(tuple(Word(text, at / 2, at / 2 + 0.5) for at, text in enumerate(texts)))
    >>> [(hedge.form, hedge.kind) for hedge in hedges(transcript)]
    [('sorry to bother', 'minimising'), ('just', 'just'), ('quick', 'minimising')]
    """
    words = tokens(transcript)
    found = _matched(words, "just") + _matched(words, "minimising")
    return tuple(sorted(found, key=lambda hedge: hedge.start_s))


# --- filled pauses ----------------------------------------------------------------------------------

# Spellings of filled pauses, by their plain form.
_FILLED_PAUSE = re.compile(
    r"(?P<erm>e+r+m+|e+hm+)|(?P<er>e+r+)|(?P<um>u+h*m+|hu+m+)|(?P<uh>u+h+)|(?P<ah>a+h+m*)|(?P<hmm>h+m+)"
    r"|(?P<mm>m{2,})|u+[hm]+"
)
_ANSWERS = frozenset("mm-hmm mm-hm uh-huh uh-uh mm-mm um-hum um-hmm ah-hah ah-ha".split())  # noqa: SIM905
_MISRECOGNISED = frozenset({"a", "ah", "i'm", "'em", "em", "am"})


def is_filled_pause(word: str) -> bool:
    """Whether a word is a filled pause in any spelling: "um", "uhhh", "erm", "hmmm", "mm".

    >>> [is_filled_pause(word) for word in ("Ummm,", "er", "hm", "mm-hmm", "uh-huh", "her", "a")]
    [True, True, True, False, False, False, False]
    """
    return _plain_form(word) is not None


def may_be_misrecognised(word: Word | Token) -> bool:
    """Whether a word may be a filled pause that the recogniser took for a word, since it is too long.

    >>> from aftertone.language.transcript import Word
    >>> may_be_misrecognised(Word("I'm", 0.0, 0.5)), may_be_misrecognised(Word("I'm", 0.0, 0.2))
    (True, False)
    """
    is_long = word.end_s - word.start_s >= FILLERS.misrecognised_s_min
    return is_long and word.text.lower().strip(".,") in _MISRECOGNISED


def _plain_form(word: str) -> str | None:
    """The plain form of a filled pause; None for any other word."""
    text = word.strip(" .,;:!?…-\"'").lower()
    match = _FILLED_PAUSE.fullmatch(text)
    return match and (match.lastgroup or text)


def _with_sound(
    in_words: list[Filler],
    in_sound: Sequence[FilledPause],
    words: Sequence[Token],
    nuclei_s: Sequence[float],
) -> list[Filler]:
    """Filled pauses of the words and of the sound, one filler where they overlap."""
    found = list(in_words)
    others = [token for token in words if not (is_filled_pause(token.text) or may_be_misrecognised(token))]
    for pause in in_sound:
        sound = Interval(pause.start_s, pause.end_s)
        same = next((filler for filler in found if _overlap_s(filler, sound) > 0), None)
        if same is not None:
            found.remove(same)
            confidence = _either(same.confidence, pause.confidence)
            found.append(Filler(same.form, *sound, "both", "filled_pause", confidence))
        elif _is_uncovered(sound, others, nuclei_s):
            found.append(Filler("", *sound, "sound", "filled_pause", pause.confidence))
    return found


def _is_uncovered(sound: Interval, words: Sequence[Token], nuclei_s: Sequence[float]) -> bool:
    """Whether no word covers a sound, or only a word that is stretched over it."""
    over = [token for token in words if _overlap_s(token, sound) > 0]
    if sum(_overlap_s(token, sound) for token in over) <= FILLERS.word_share_max * sound.duration_s:
        return True
    word = max(over, key=lambda token: _overlap_s(token, sound))
    edge_s = min(abs(sound.start_s - word.start_s), abs(word.end_s - sound.end_s))
    spare_s = word.end_s - word.start_s - _overlap_s(word, sound)
    first_s, last_s = sound.start_s - FILLERS.nucleus_s, sound.end_s + FILLERS.nucleus_s
    own = [at_s for at_s in nuclei_s if word.start_s <= at_s <= word.end_s and not first_s <= at_s <= last_s]
    syllables = syllable_count(word.text)
    return (
        sound.duration_s >= FILLERS.stretched_s_min
        and edge_s <= FILLERS.edge_s
        and spare_s >= FILLERS.syllable_s * syllables
        and len(own) >= syllables
    )


def _overlap_s(timed: Filler | Token, sound: Interval) -> float:
    return Interval(timed.start_s, timed.end_s).overlap_s(sound)


def _either(one: float | None, other: float) -> float:
    """Probability that one of two is right, if they are independent."""
    return other if one is None else 1 - (1 - one) * (1 - other)


# --- lexical fillers and hedges, by the rules of fillers.toml -----------------------------------------


class _Rule(NamedTuple):
    """When the words of a form fill: see fillers.toml."""

    fills: str
    never_after: frozenset[str]
    never_before: frozenset[str]
    not_after: frozenset[str]
    not_before: frozenset[str]
    after: frozenset[str]
    before: frozenset[str]

    @classmethod
    def of(cls, table: dict[str, Any]) -> _Rule:
        lists = (frozenset(table.get(name, "").split()) for name in cls._fields[1:])
        return cls(table.get("fills", ""), *lists)

    def holds(self, words: Sequence[Token], at: int, size: int) -> bool:
        """Whether the `size` words from `at` on fill."""
        before = words[at - 1].text if at else ""
        after = words[at + size].text if at + size < len(words) else ""
        two_before = "_".join(token.text for token in words[max(0, at - 2) : at])
        two_after = "_".join(token.text for token in words[at + size : at + size + 2])
        if not self.never_after.isdisjoint((before, two_before)):
            return False
        if not self.never_before.isdisjoint((after, two_after)):
            return False
        if at and _begins_clause(words, at) and _begins_clause(words, at + size):
            return True
        if before in self.not_after or after in self.not_before:
            return False
        return (
            self.fills == "anywhere"
            or (self.fills == "opening" and _opens(words, at))
            or (self.fills == "starting" and (at == 0 or words[at - 1].mark != ",") and _opens(words, at))
            or (self.fills == "asking" and words[at + size - 1].mark == "?")
            or before in self.after
            or after in self.before
        )


def _begins_clause(words: Sequence[Token], at: int) -> bool:
    """Whether a comma, the end of a sentence or a pause is before word `at`."""
    if not 0 < at < len(words):
        return True
    return bool(words[at - 1].mark) or words[at].start_s - words[at - 1].end_s >= FILLERS.pause_s


def _opens(words: Sequence[Token], at: int) -> bool:
    """Whether a clause begins at word `at`, or a filled pause is before it."""
    return _begins_clause(words, at) or is_filled_pause(words[at - 1].text)


@cache
def _rules(kind: FillerKind) -> tuple[tuple[tuple[str, ...], _Rule], ...]:
    """The forms of a kind with their rules, the longest form first."""
    of_kind = rules("fillers")[kind]
    found = [(tuple(form.split()), _Rule.of(table)) for table in of_kind for form in table["forms"]]
    return tuple(sorted(found, key=lambda rule: len(rule[0]), reverse=True))


def _matched(words: Sequence[Token], kind: FillerKind) -> list[Filler]:
    """Every form of a kind whose rule holds, from left to right, without overlap."""
    found: list[Filler] = []
    at = 0
    while at < len(words):
        size = 1
        for form, rule in _rules(kind):
            phrase = words[at : at + len(form)]
            if tuple(token.text for token in phrase) == form:
                size = len(form)
                if rule.holds(words, at, size):
                    found.append(Filler(" ".join(form), phrase[0].start_s, phrase[-1].end_s, "words", kind))
                break
        at += size
    return found
