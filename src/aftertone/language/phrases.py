"""Kinds of phrases (purpose, ask, deadline, threat …), found by patterns that are data.

The patterns are in phrases.toml; each kind has sentences that it must find and must not find. A pattern is
written as the phrase is said::

    i'm calling (about|to|because)     one of several
    please? call (me|us) back          a word that may be missing
    call ... back                      up to three words between
    by #day at? #clock                 a set, defined once for all kinds
    invoice*                           a word that begins so
    _                                  any one word
    please call me !(at|on)            not if one of these follows
    either ~ or                        any words between, in one sentence
    ^ (send|bring) me                  only at the start of a clause: at the beginning, or after a mark
    we offer _ , ... _ , ... _         only after a comma
    are you free ~ ?                   only if the recogniser writes a question mark there

A pattern does not cross the end of a sentence, if the recogniser writes a full stop there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate

from aftertone.errors import AftertoneError
from aftertone.language import rules
from aftertone.language.tokens import tokens
from aftertone.language.transcript import Span, Transcript, Word

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YOU = frozenset({"you", "your", "yours", "yourself"})
_I_AND_WE = frozenset({"i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"})


def spans(transcript: Transcript, kind: str) -> tuple[Span, ...]:
    """The places where phrases of a kind are said, in order; matches in one word are one place.

    >>> from aftertone.language.transcript import Word
    >>> texts = "please call me back by four thirty on friday".split()
    >>> transcript = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(texts)))
    >>> [span.text for span in spans(transcript, "deadline")]
    ['by four thirty on friday']
    """
    text, word_indices = _text(transcript)
    found: list[tuple[int, int]] = []
    for match in _pattern(kind).finditer(text):
        first, last = word_indices[match.start()], word_indices[match.end() - 1]
        if found and first <= found[-1][1]:
            first, last = found[-1][0], max(last, found.pop()[1])
        found.append((first, last))
    return tuple(transcript.span(first, last) for first, last in found)


def has_day_and_clock(text: str) -> bool:
    """Whether a text names a day and a clock time, so that an ask or a deadline is specific.

    >>> has_day_and_clock("by four thirty on friday"), has_day_and_clock("by the end of the week")
    (True, False)
    """
    return bool(words_of("day", text) and words_of("clock", text))


def asks_for_something(text: str) -> bool:
    """Whether an ask is for something, and not only for a call.

    >>> asks_for_something("call me back"), asks_for_something("let me know if tuesday works")
    (False, True)
    """
    return bool(_pattern("specific_ask").search(_text_of(text)))


def words_of(name: str, text: str) -> str:
    """The first words of a text that are in a set of phrases.toml; empty if none are.

    >>> words_of("named_time", "i will try you again in a day or so"), words_of("next_day", "on friday")
    ('in a day or so', '')
    >>> words_of("time_frame", "tomorrow between ten and eleven"), words_of("time_frame", "tomorrow")
    ('between ten and eleven', '')
    """
    found = _compiled((f"#{name}",)).search(_text_of(text))
    return found[0].strip() if found else ""


def weekday_of(text: str) -> int | None:
    """The weekday that a text names, Monday 0; None if it names none.

    >>> weekday_of("i will call on thursday at ten"), weekday_of("i will call")
    (3, None)
    """
    named = words_of("weekday", text)
    return _WEEKDAYS.index(named.rstrip("s")) if named else None


def you_share(transcript: Transcript) -> float | None:
    """Share of "you" and "your" among the words for listener and caller; None if there are none.

    >>> from aftertone.language.transcript import Word
    >>> texts = "you will like what we have for your shop".split()
    >>> you_share(Transcript(tuple(Word(text, at, at + 1) for at, text in enumerate(texts))))
    0.6666666666666666
    """
    words = [token.text.split("'")[0] for token in tokens(transcript)]
    listener = sum(word in _YOU for word in words)
    caller = sum(word in _I_AND_WE for word in words)
    return listener / (listener + caller) if listener + caller else None


# --- patterns as regular expressions over the tokens of a transcript ----------------------------------

_MARKS = {".": " | ", "?": " |? ", ",": "\n"}
_END, _WORD = "[ \n]", "[^ \n|]+[ \n]"  # the end of a word, and any word with its end
_SENTENCE_WORDS = 30  # words that "~" stands for at most; chosen by hand
_PIECE = re.compile(
    r"(?P<gap>\.\.\.)|(?P<rest>~)|(?P<clause>\^)|(?P<comma>,)|(?P<asked>\?)|(?P<open>!?\()|(?P<bar>\|)|(?P<close>\)\??)|(?P<set>#\w+\??)|(?P<word>[^\s()|]+)|\s+"
)
_FIXED = {
    "gap": f"(?:{_WORD}){{0,3}}?",
    "rest": f"(?:{_WORD}){{0,{_SENTENCE_WORDS}}}?",
    "clause": r"(?:\A|(?<=\n)|(?<=\| )|(?<=\|\? ))",
    "comma": r"(?<=\n)",
    "asked": r"\|\? ",
    "bar": "|",
}


def _text(transcript: Transcript) -> tuple[str, list[int]]:
    """The tokens, each with a space or a mark after it, and the word index of each character."""
    text, word_indices = "", []
    for token in tokens(transcript):
        piece = token.text + _MARKS.get(token.mark, " ")
        text += piece
        word_indices += [token.word_index] * len(piece)
    return text, word_indices


def _text_of(text: str) -> str:
    return _text(Transcript(tuple(Word(word, at, at + 1) for at, word in enumerate(text.split()))))[0]


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    table = rules("phrases")["kinds"][kind]
    return _compiled(tuple(table["patterns"]), table.get("reach", 0))


@cache
def _compiled(patterns: tuple[str, ...], reach: int = 0) -> re.Pattern[str]:
    ways = "|".join(_regex(pattern) for pattern in patterns)
    return re.compile(rf"(?<![^ \n])(?:{ways})(?:{_WORD}){{0,{reach}}}")


@cache
def _regex(pattern: str) -> str:
    """The regular expression of a pattern, for the text that `_text` gives."""
    return "".join(_pieces(pattern))


def _pieces(pattern: str) -> Iterator[str]:
    depth = list(accumulate((character == "(") - (character == ")") for character in pattern))
    if not pattern.strip() or depth[-1] or min(depth) < 0:
        raise AftertoneError(f"phrases.toml: pattern {pattern!r} is empty, or its brackets do not match.")
    for match in _PIECE.finditer(pattern):
        text, piece = match[0], match.lastgroup
        may_be_missing = text.endswith("?")
        plain = text.removesuffix("?")
        if piece in _FIXED:
            yield _FIXED[piece]
        elif piece == "open":
            yield "(?!" if text.startswith("!") else "(?:"
        elif piece == "close":
            yield text
        elif piece == "set":
            ways = "|".join(_regex(way) for way in rules("phrases")["sets"][plain[1:]])
            yield f"(?:{ways})" + ("?" if may_be_missing else "")
        elif piece == "word":
            word = _WORD if plain == "_" else re.escape(plain).replace(r"\*", r"[^ \n|]*") + _END
            yield f"(?:{word})?" if may_be_missing else word
