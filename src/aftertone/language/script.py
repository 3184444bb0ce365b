"""Adherence to the script: an alignment of the words that were said with the words of the script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal, NamedTuple

from aftertone.language.fillers import is_filled_pause
from aftertone.language.tokens import spoken_words, word_parts
from aftertone.language.transcript import Span, Transcript

MOVED_WORDS_MIN = 3
"""Fewest words that are moved; fewer, such as "and the", are in two places by chance. Chosen by hand."""


@dataclass(frozen=True, slots=True)
class ScriptPart:
    """A part of a message beside the part of its script that it belongs to."""

    kind: Literal["same", "left_out", "added", "changed", "moved"]
    meant: str  # the script's spoken words, in lower case; "" for "added"
    written: str  # the same as the script writes them
    said: str  # the words that were said; of a number that parts share, its digits as they are spoken
    span: Span  # where they were said, with all of such a number; for "left_out" the gap, without a text
    word_count: int  # words of the script; for "added" words that were said

    @property
    def description(self) -> str:
        """The script's words or the message's: "smith"; both for "changed": "smith → smart"."""
        if self.kind == "changed":
            return f"{self.meant} → {self.span.text}"
        return self.span.text or self.meant


@dataclass(frozen=True, slots=True)
class Adherence:
    """How a message keeps to its script; the parts are in the order of the script."""

    parts: tuple[ScriptPart, ...]

    @property
    def share(self) -> float:
        """The share of the script's words that were said in its order."""
        same_count = sum(part.word_count for part in self.of_kind("same"))
        return same_count / sum(part.word_count for part in self.parts if part.kind != "added")

    @property
    def deviations(self) -> tuple[ScriptPart, ...]:
        """The parts where the message leaves its script."""
        return tuple(part for part in self.parts if part.kind != "same")

    def of_kind(self, kind: str) -> tuple[ScriptPart, ...]:
        """The parts of one kind."""
        return tuple(part for part in self.parts if part.kind == kind)


def adherence(transcript: Transcript, script: str) -> Adherence | None:
    """Align a message with its script, spoken word by spoken word; None if the script has no words.

    Case, punctuation, the spelling of numbers and filled pauses make no difference.

    >>> from aftertone.language.transcript import Word
    >>> texts = "hi um mary this is bob please call today".split()
    >>> transcript = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(texts)))
    >>> found = adherence(transcript, "Hi Mary, this is Bob Smith. Call me today.")
    >>> round(found.share, 2), [(part.kind, part.written, part.said) for part in found.deviations]
    (0.78, [('changed', 'Smith.', 'please'), ('left_out', 'me', '')])
    """
    written = script.split()
    meant = _spoken(written)
    if not meant:
        return None
    heard = [word.text for word in transcript.words]
    said = _spoken(heard)
    matcher = SequenceMatcher(None, [word.key for word in meant], [word.key for word in said], autojunk=False)
    parts = []
    for tag, first, past, first_said, past_said in matcher.get_opcodes():
        there, here = meant[first:past], said[first_said:past_said]
        span = _span(transcript, here) if here else _gap_before(transcript, said, first_said)
        text, word_count = " ".join(word.text for word in there), len(there) or len(here)
        texts = _written(written, there, meant), _written(heard, here, said)
        parts.append(ScriptPart(_KINDS[tag], text, *texts, span, word_count))
    return Adherence(tuple(_with_moved(parts)))


_KINDS: dict[str, Literal["same", "left_out", "added", "changed"]] = {
    "equal": "same",
    "delete": "left_out",
    "insert": "added",
    "replace": "changed",
}
"""The kinds of parts by the names of `SequenceMatcher`."""


class _SpokenWord(NamedTuple):
    text: str
    word_index: int

    @property
    def key(self) -> str:
        """What is compared: a zero is a zero, whatever it is called."""
        return "zero" if self.text == "oh" else self.text


def _spoken(words: Sequence[str]) -> list[_SpokenWord]:
    return [
        _SpokenWord(part, at)
        for at, word in enumerate(words)
        if not is_filled_pause(word)
        for spoken in spoken_words(word)
        for part in word_parts(spoken)
    ]


def _span(transcript: Transcript, said: Sequence[_SpokenWord]) -> Span:
    return transcript.span(said[0].word_index, said[-1].word_index)


def _written(words: Sequence[str], spoken: Sequence[_SpokenWord], all_spoken: Sequence[_SpokenWord]) -> str:
    """Spoken words as they are written; those of a word that other parts share as they are spoken."""
    counts = Counter(word.word_index for word in all_spoken)
    texts: list[str] = []
    for at, group in groupby(spoken, key=lambda word: word.word_index):
        here = [word.text for word in group]
        texts += [words[at]] if len(here) == counts[at] else here
    return " ".join(texts)


def _gap_before(transcript: Transcript, said: Sequence[_SpokenWord], at: int) -> Span:
    """The gap before spoken word `at`, without a text."""
    words = transcript.words
    before_s = [words[each.word_index].end_s for each in said[at - 1 : at]] if at else []
    after_s = [words[each.word_index].start_s for each in said[at : at + 1]]
    times_s = before_s + after_s or [0.0]
    return Span(min(times_s), max(times_s))


def _with_moved(parts: Sequence[ScriptPart]) -> list[ScriptPart]:
    """The parts; words left out in one place and added in another are moved."""
    left = list(parts)
    for missing in parts:
        if missing.kind != "left_out" or missing.word_count < MOVED_WORDS_MIN:
            continue
        for extra in left:
            said = [word.text for word in _spoken(extra.said.split())]
            if extra.kind == "added" and " ".join(said) == missing.meant:
                left[left.index(missing)] = replace(missing, kind="moved", said=extra.said, span=extra.span)
                left.remove(extra)
                break
    return left
