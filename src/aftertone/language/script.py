"""What was said, held against the script that was meant to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from aftertone.language.fillers import is_filled_pause
from aftertone.language.syllables import spoken_words
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Span, Transcript

MOVED_WORDS_MIN = 3  # fewer words stand in two places by chance: "and the"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place where a message leaves its script.

    Attributes
    ----------
    kind : "left_out", "added", "changed" or "moved"
        "moved" is said, elsewhere than it is written.
    meant : str
        The script's words; "" for what was added.
    span : Span
        The words that were said; for what was left out, where it should have been, without a text.
    word_count : int
        Words of the script that were left out, changed or moved; words that were added.
    """

    kind: Literal["left_out", "added", "changed", "moved"]
    meant: str
    span: Span
    word_count: int

    @property
    def description(self) -> str:
        """What was meant and what was said: "smith" for one of them, "smith → smart" for both."""
        if self.kind == "changed":
            return f"{self.meant} → {self.span.text}"
        return self.span.text or self.meant


@dataclass(frozen=True, slots=True)
class Adherence:
    """How a message keeps to its script.

    Attributes
    ----------
    share : float
        Words of the script that were said, in order.
    deviations : tuple of Deviation
        Where it does not, in order of the script.
    """

    share: float
    deviations: tuple[Deviation, ...]

    def of_kind(self, kind: str) -> tuple[Deviation, ...]:
        """The deviations of one kind."""
        return tuple(each for each in self.deviations if each.kind == kind)


class _Spoken(NamedTuple):
    text: str
    word_index: int


def adherence(transcript: Transcript, script: str) -> Adherence | None:
    """A message aligned with its script, word by word as spoken; None where the script has no words.

    Case, punctuation and spelling of numbers make no difference, and filled pauses are nobody's words.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "hi um mary this is bob please call today".split()
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said)))
    >>> found = adherence(heard, "Hi Mary, this is Bob Smith. Call me today.")
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
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "delete":
            where = _place(transcript, said, c)
            deviations.append(Deviation("left_out", " ".join(meant[a:b]), where, b - a))
        elif tag == "insert":
            deviations.append(Deviation("added", "", _words(transcript, said[c:d]), d - c))
        elif tag == "replace":
            span = _words(transcript, said[c:d])
            deviations.append(Deviation("changed", " ".join(meant[a:b]), span, b - a))
    return Adherence(share, tuple(_with_moved(deviations)))


def _spoken(words: Sequence[str]) -> list[_Spoken]:
    return [
        _Spoken(part, at)
        for at, word in enumerate(words)
        if not is_filled_pause(word)
        for spoken in spoken_words(word)
        for part in word_parts(spoken)
    ]


def _words(transcript: Transcript, said: Sequence[_Spoken]) -> Span:
    return transcript.span(said[0].word_index, said[-1].word_index)


def _place(transcript: Transcript, said: Sequence[_Spoken], at: int) -> Span:
    """Where between two words something was left out."""
    words = transcript.words
    before_s = words[said[at - 1].word_index].end_s if at else None
    after_s = words[said[at].word_index].start_s if at < len(said) else None
    times_s = [each for each in (before_s, after_s) if each is not None] or [0.0]
    return Span(min(times_s), max(times_s))


def _with_moved(deviations: Sequence[Deviation]) -> list[Deviation]:
    """What was left out here and added there is moved."""
    left = list(deviations)
    for out in deviations:
        if out.kind != "left_out" or out.word_count < MOVED_WORDS_MIN:
            continue
        for extra in left:
            said = [word.text for word in _spoken(extra.span.text.split())]
            if extra.kind == "added" and " ".join(said) == out.meant:
                left[left.index(out)] = Deviation("moved", out.meant, extra.span, out.word_count)
                left.remove(extra)
                break
    return left
