"""Restarts: a word broken off ("wan- wanted"), words said again ("the the") or replaced ("at 8, no, at 9").

Saying again is often meant: "very very good", "bye bye", "thank you thank you", digits. So a single word
counts only where it is one that nobody says twice on purpose ("the", "I", "of"), and a phrase only where
it begins with one of those.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aftertone.language.fillers import is_filled_pause
from aftertone.language.tokens import Token, tokens
from aftertone.language.transcript import Span, Transcript

Kind = Literal["cut_off", "repeat", "replaced"]

ENDS_NO_SENTENCE = frozenset(
    """a an and because but every for i'd i'll i'm if into my of or our the their to very we'll we're
    we've with you'll you're your""".split()  # noqa: SIM905 - a table to read
)
"""Words that no sentence ends with: a full stop after one is a recogniser's mistake."""


@dataclass(frozen=True, slots=True)
class Restart:
    """One restart.

    Attributes
    ----------
    kind : "cut_off", "repeat" or "replaced"
        Whether a word was broken off, words were said again, or others took their place.
    span : Span
        From what was given up to what replaced it.
    """

    kind: Kind
    span: Span


PHRASE_WORDS_MAX = 4  # "I was going to I was going to"


def restarts(transcript: Transcript) -> tuple[Restart, ...]:
    """Restarts, in order; one run of them ("the the the") is one.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "I wan- I wanted to um to ask about the the very very big box".split()
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said)))
    >>> [(restart.kind, restart.span.text) for restart in restarts(heard)]
    [('cut_off', 'I wan- I wanted'), ('repeat', 'to um to'), ('repeat', 'the the')]
    """
    words = [token for token in tokens(transcript) if not is_filled_pause(token.text)]
    broken = [_is_broken(transcript, token) for token in words]
    found: list[tuple[Kind, int, int]] = []
    at = 0
    while at < len(words):
        kind, past = _restart_at(words, broken, at)
        if kind and found and found[-1][2] >= at:  # "the the the": the end of one begins the next
            found[-1] = (found[-1][0], found[-1][1], past - 1)
        elif kind:
            found.append((kind, at, past - 1))
        at = max(past - (past - at) // 2, at + 1) if kind else at + 1
    return tuple(
        Restart(kind, transcript.span(words[first].word_index, words[last].word_index))
        for kind, first, last in found
    )


def _restart_at(words: Sequence[Token], broken: Sequence[bool], at: int) -> tuple[Kind | Literal[""], int]:
    """The kind of the restart that begins at word `at`, "" where none does, and the place past its end."""
    for size in range(min(PHRASE_WORDS_MAX, (len(words) - at) // 2), 0, -1):
        first, again = words[at : at + size], words[at + size : at + 2 * size]
        if any(token.mark in (".", "?") and token.text not in ENDS_NO_SENTENCE for token in first):
            continue
        if [token.text for token in first] == [token.text for token in again] and _is_unmeant(
            words, at, size
        ):
            return "repeat", at + 2 * size
        same = all(a.text == b.text for a, b in zip(first[:-1], again[:-1], strict=True))
        if broken[at + size - 1] and same and _continues(first[-1].text, again[-1].text):
            return "cut_off", at + 2 * size
        if not broken[at + size - 1] and size > 1 and same and _is_begun(first[-1].text, again[-1].text):
            return "cut_off", at + 2 * size
    if broken[at]:
        return "cut_off", min(at + 2, len(words))
    if past := _past_replaced(words, at):
        return "replaced", past
    return "", at


def _past_replaced(words: Sequence[Token], at: int) -> int | None:
    """The place past "at eight, no, at nine" that begins at a word; None where nothing is replaced."""
    texts = [token.text for token in words[at : at + 6]]
    for edit in _EDITS:
        size = 2 + len(edit)
        if tuple(texts[2:size]) == edit and len(texts) >= size + 2 and words[at + 1].mark not in (".", "?"):
            is_same = texts[size] == texts[0] and texts[size + 1] != texts[1]
            return at + size + 2 if is_same and texts[0] in _NEVER_TWICE else None
    return None


def _is_broken(transcript: Transcript, token: Token) -> bool:
    """Whether a word is written as one that was broken off: "wan-"."""
    text = transcript.words[token.word_index].text.strip(" .,;!?…")
    return bool(_BROKEN.fullmatch(text.lower()))


_BROKEN = re.compile(r"[a-z']+[-–]+")


def _continues(begun: str, whole: str) -> bool:
    return whole.startswith(begun[:1])


def _is_begun(begun: str, whole: str) -> bool:
    """Whether a word is the beginning of another and more than an ending is missing: "wan" of "wanted"."""
    return len(begun) > 1 and whole.startswith(begun) and len(whole) - len(begun) > 1 and begun not in _WHOLE


def _is_unmeant(words: Sequence[Token], at: int, size: int) -> bool:
    first = words[at].text
    before = words[at - 1].text if at else ""
    if size > 1 and first in _NEVER_TWICE_IN_PHRASES:
        return True
    return first in _NEVER_TWICE and (before, first) not in _TWICE_AFTER


# Words that English puts side by side only by mistake. Not here, since they may: that, had, is, her, you, no,
# so, very, really, many, yes, okay, and all digits; "in" and "on" may end a verb ("log in in March").
_NEVER_TWICE = frozenset(
    """a an the i i'm i'll i'd i've we we're we'll we've he he's she she's they they're it's my your our his
    their and but or if because to of for from with at by in on as was were are am be will would can could
    should this these what when where who how there's that's want wanted need please just
    going""".split()  # noqa: SIM905 - a table to read
)
_NEVER_TWICE_IN_PHRASES = frozenset({"you", "it", "it's", "is", "that", "that's", "so", "do", "have"})
_TWICE_AFTER = frozenset(
    {("log", "in"), ("come", "in"), ("came", "in"), ("check", "in"), ("call", "in"), ("drop", "in"),
     ("go", "on"), ("moved", "on"), ("carry", "on"), ("stop", "by"), ("stopped", "by"), ("what", "for")}
)  # fmt: skip
_EDITS = (("no",), ("sorry",), ("wait",), ("rather",), ("i", "mean"), ("no", "sorry"), ("sorry", "i", "mean"))
# Beginnings that are words of their own: "I call I called" says two things.
_WHOLE = frozenset(
    """call need work look start ask help return check follow know see go do be we you
    it""".split()  # noqa: SIM905 - a table to read
)
