"""Restarts: a word broken off ("wan- wanted"), words repeated ("the the") or replaced ("at 8, no, at 9").

People also repeat words on purpose: "very very good", "bye bye", digits. So a repeated word counts only if it
is one that nobody repeats on purpose ("the", "I", "of"), and a repeated phrase only if it begins with one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aftertone.language.fillers import is_filled_pause
from aftertone.language.tokens import Token, tokens
from aftertone.language.transcript import Span, Transcript

RestartKind = Literal["cut_off", "repeat", "replaced"]

PHRASE_WORDS_MAX = 4
"""Words of the longest phrase that is repeated: "I was going to I was going to". Chosen by hand."""

ENDS_NO_SENTENCE = frozenset(
    """a an and because but every for i'd i'll i'm if into my of or our the their to very we'll we're
    we've with you'll you're your""".split()  # noqa: SIM905 - a table to read
)
"""Words that no sentence ends with: a full stop after one of them is the recogniser's mistake."""


@dataclass(frozen=True, slots=True)
class Restart:
    """One restart; `span` has the words that are given up and those that replace them."""

    kind: RestartKind
    span: Span
    given_up: tuple[int, ...]  # indices of the words of the transcript that the speaker takes back


def restarts(transcript: Transcript) -> tuple[Restart, ...]:
    """Restarts, in order of time; several in a row ("the the the") are one.

    >>> from aftertone.language.transcript import Word
    >>> texts = "I wan- I wanted to um to ask about the the very very big box".split()
    >>> transcript = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(texts)))
    >>> [(restart.kind, restart.span.text) for restart in restarts(transcript)]
    [('cut_off', 'I wan- I wanted'), ('repeat', 'to um to'), ('repeat', 'the the')]
    """
    words = [token for token in tokens(transcript) if not is_filled_pause(token.text)]
    broken = [_is_broken_off(transcript, token) for token in words]
    found: list[tuple[RestartKind, int, int, tuple[int, ...]]] = []
    at = 0
    while at < len(words):
        restart = _restart_at(words, broken, at)
        if restart is None:
            at += 1
            continue
        kind, kept, past = restart
        first, given_up = at, tuple(word.word_index for word in words[at:kept])
        if found and found[-1][2] >= at:  # "the the the": the end of one begins the next
            kind, first, _, before = found.pop()
            given_up = before + given_up
        found.append((kind, first, past - 1, given_up))
        at = max(past - (past - at) // 2, at + 1)
    return tuple(
        Restart(kind, transcript.span(words[first].word_index, words[last].word_index), given_up)
        for kind, first, last, given_up in found
    )


def _restart_at(
    words: Sequence[Token], broken: Sequence[bool], at: int
) -> tuple[RestartKind, int, int] | None:
    """The kind of the restart that begins at word `at`; None if none begins.

    Besides, the index of the first word that replaces others, and the index past the end.
    """
    for size in range(min(PHRASE_WORDS_MAX, (len(words) - at) // 2), 0, -1):
        first, again = words[at : at + size], words[at + size : at + 2 * size]
        if any(token.mark in (".", "?") and token.text not in ENDS_NO_SENTENCE for token in first):
            continue
        *before, last = [token.text for token in first]
        *before_again, last_again = [token.text for token in again]
        if before != before_again:
            continue
        if last == last_again and _is_unmeant(words, at, size):
            return "repeat", at + size, at + 2 * size
        if broken[at + size - 1]:
            is_cut_off = last_again.startswith(last[:1])
        else:
            is_cut_off = size > 1 and _is_beginning(last, last_again)
        if is_cut_off:
            return "cut_off", at + size, at + 2 * size
    if broken[at]:
        return "cut_off", at + 1, min(at + 2, len(words))
    past = _past_replaced(words, at)
    return ("replaced", past - 2, past) if past else None


def _past_replaced(words: Sequence[Token], at: int) -> int | None:
    """The index past "at eight, no, at nine" if it begins at word `at`; None if nothing is replaced there."""
    texts = [token.text for token in words[at : at + 6]]
    for edit in _EDITS:
        size = 2 + len(edit)
        if tuple(texts[2:size]) == edit and len(texts) >= size + 2 and words[at + 1].mark not in (".", "?"):
            is_same = texts[size] == texts[0] and texts[size + 1] != texts[1]
            return at + size + 2 if is_same and texts[0] in _NEVER_REPEATED else None
    return None


def _is_broken_off(transcript: Transcript, token: Token) -> bool:
    """Whether a word is written as broken off: "wan-"."""
    text = transcript.words[token.word_index].text.strip(" .,;!?…")
    return bool(_BROKEN_OFF.fullmatch(text.lower()))


_BROKEN_OFF = re.compile(r"[a-z']+[-–]+")


def _is_beginning(begun: str, whole: str) -> bool:
    """Whether a word is the beginning of another that lacks more than an ending: "wan" of "wanted"."""
    is_part = len(begun) > 1 and whole.startswith(begun) and len(whole) - len(begun) > 1
    return is_part and begun not in _WHOLE_WORDS


def _is_unmeant(words: Sequence[Token], at: int, size: int) -> bool:
    """Whether nobody repeats the phrase at word `at` on purpose."""
    first = words[at].text
    before = words[at - 1].text if at else ""
    if size > 1 and first in _NEVER_REPEATED_IN_PHRASES:
        return True
    return first in _NEVER_REPEATED and (before, first) not in _REPEATED_AFTER


# Words that English repeats only by mistake. The list leaves out those that it may repeat: that, had, is,
# her, you, no, so, very, really, many, yes, okay, and all digits. "in" and "on" may end a verb ("log in in
# March").
_NEVER_REPEATED = frozenset(
    """a an the i i'm i'll i'd i've we we're we'll we've he he's she she's they they're it's my your our his
    their and but or if because to of for from with at by in on as was were are am be will would can could
    should this these what when where who how there's that's want wanted need please just
    going""".split()  # noqa: SIM905 - a table to read
)
_NEVER_REPEATED_IN_PHRASES = frozenset({"you", "it", "it's", "is", "that", "that's", "so", "do", "have"})
_REPEATED_AFTER = frozenset(
    {("log", "in"), ("come", "in"), ("came", "in"), ("check", "in"), ("call", "in"), ("drop", "in"),
     ("go", "on"), ("moved", "on"), ("carry", "on"), ("stop", "by"), ("stopped", "by"), ("what", "for")}
)  # fmt: skip
_EDITS = (("no",), ("sorry",), ("wait",), ("rather",), ("i", "mean"), ("no", "sorry"), ("sorry", "i", "mean"))
# Beginnings that are words of their own: "I call I called" is no restart.
_WHOLE_WORDS = frozenset(
    """call need work look start ask help return check follow know see go do be we you
    it""".split()  # noqa: SIM905 - a table to read
)
