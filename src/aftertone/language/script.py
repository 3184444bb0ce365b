"""Adherence to the script: an alignment of the words that were said with the words of the script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from aftertone.language.fillers import is_filled_pause
from aftertone.language.tokens import spoken_words, word_parts
from aftertone.language.transcript import Span, Transcript

MOVED_WORDS_MIN = 3
"""Fewest words that are moved; fewer, such as "and the", are in two places by chance. Chosen by hand."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place where a message leaves its script."""

    kind: Literal["left_out", "added", "changed", "moved"]
    meant: str  # the script's words; "" for "added"
    span: Span  # the words that were said; for "left_out" the gap, without a text
    word_count: int  # words of the script; for "added" words that were said

    @property
    def description(self) -> str:
        """The script's words or the message's: "smith"; both for "changed": "smith → smart"."""
        if self.kind == "changed":
            return f"{self.meant} → {self.span.text}"
        return self.span.text or self.meant


@dataclass(frozen=True, slots=True)
class Adherence:
    """How a message keeps to its script; `share` is of the script's words, said in its order."""

    share: float
    deviations: tuple[Deviation, ...]

    def of_kind(self, kind: str) -> tuple[Deviation, ...]:
        """The deviations of one kind."""
        return tuple(each for each in self.deviations if each.kind == kind)


def adherence(transcript: Transcript, script: str) -> Adherence | None:
    """Align a message with its script, spoken word by spoken word; None if the script has no words.

    Case, punctuation, the spelling of numbers and filled pauses make no difference.

    >>> from aftertone.language.transcript import Word
    >>> texts = "hi um mary this is bob please call today".split()
    >>> transcript = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(texts)))
    >>> found = adherence(transcript, "Hi Mary, this is Bob Smith. Call me today.")
    >>> round(found.share, 2), [(each.kind, each.meant, each.span.text) for each in found.deviations]
    (0.78, [('changed', 'smith', 'please'), ('left_out', 'me', '')])
    """
    meant = [word.text for word in _spoken(script.split())]
    if not meant:
        return None
    said = _spoken([word.text for word in transcript.words])
    matcher = SequenceMatcher(None, meant, [word.text for word in said], autojunk=False)
    share = sum(block.size for block in matcher.get_matching_blocks()) / len(meant)
    deviations = []
    for tag, first, past, first_said, past_said in matcher.get_opcodes():
        text, here = " ".join(meant[first:past]), said[first_said:past_said]
        if tag == "delete":
            span = _gap_before(transcript, said, first_said)
            deviations.append(Deviation("left_out", text, span, past - first))
        elif tag == "insert":
            deviations.append(Deviation("added", "", _span(transcript, here), len(here)))
        elif tag == "replace":
            deviations.append(Deviation("changed", text, _span(transcript, here), past - first))
    return Adherence(share, tuple(_with_moved(deviations)))


class _SpokenWord(NamedTuple):
    text: str
    word_index: int


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


def _gap_before(transcript: Transcript, said: Sequence[_SpokenWord], at: int) -> Span:
    """The gap before spoken word `at`, without a text."""
    words = transcript.words
    before_s = [words[each.word_index].end_s for each in said[at - 1 : at]] if at else []
    after_s = [words[each.word_index].start_s for each in said[at : at + 1]]
    times_s = before_s + after_s or [0.0]
    return Span(min(times_s), max(times_s))


def _with_moved(deviations: Sequence[Deviation]) -> list[Deviation]:
    """The deviations; words left out in one place and added in another are moved."""
    left = list(deviations)
    for missing in deviations:
        if missing.kind != "left_out" or missing.word_count < MOVED_WORDS_MIN:
            continue
        for extra in left:
            said = [word.text for word in _spoken(extra.span.text.split())]
            if extra.kind == "added" and " ".join(said) == missing.meant:
                left[left.index(missing)] = Deviation("moved", missing.meant, extra.span, missing.word_count)
                left.remove(extra)
                break
    return left
