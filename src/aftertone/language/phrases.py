"""What kind of thing is said where: purpose, ask, deadline, threat …, by patterns that are data.

The patterns stand in phrases.toml, each kind with sentences that it must and must not find. They are
written as they are said::

    i'm calling (about|to|because)     one of several
    please? call (me|us) back          a word that may be missing
    call ... back                      up to three words between
    by #day at? #clock                 a set, defined once for all kinds
    invoice*                           a word that begins so
    _                                  any one word
    please call me !(at|on)            but not where one of these comes next
    either ~ or                        any words between, in one sentence
    ^ (send|bring) me                  only where a clause begins: at the start, after a mark
    we offer _ , ... _ , ... _         only after a comma
    are you free ~ ?                   only where the recogniser ends a question

A pattern is found in one sentence: a full stop, where the recogniser writes one, is in no pattern.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

from aftertone.errors import AftertoneError
from aftertone.language.tokens import tokens
from aftertone.language.transcript import Span, Transcript, Word


def kinds() -> tuple[str, ...]:
    """Names of the kinds of phrases.

    >>> "deadline" in kinds()
    True
    """
    return tuple(_tables()["kinds"])


def spans(transcript: Transcript, kind: str) -> tuple[Span, ...]:
    """The stretches of a message where a kind of thing is said, in order; overlapping ones are one.

    Raises
    ------
    KeyError
        There is no such kind; `kinds` names them.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "please call me back by four thirty on friday".split()
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said)))
    >>> [span.text for span in spans(heard, "deadline")]
    ['by four thirty on friday']
    """
    pattern = _pattern(kind)
    text, places = _text(transcript)
    found: list[tuple[int, int]] = []
    for match in pattern.finditer(text):
        first, last = places[match.start()], places[match.end() - 1]
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(transcript.span(first, last) for first, last in found)


def has_day_and_clock(text: str) -> bool:
    """Whether a text names a day and a clock time: what makes an ask or a deadline specific.

    >>> has_day_and_clock("by four thirty on friday"), has_day_and_clock("by the end of the week")
    (True, False)
    """
    return _holds("#day", text) and _holds("#clock", text)


def asks_for_something(text: str) -> bool:
    """Whether an ask says what for: more than to call back.

    >>> asks_for_something("call me back"), asks_for_something("let me know if tuesday works")
    (False, True)
    """
    return bool(_pattern("specific_ask").search(_padded(text)))


def named_time(text: str) -> str:
    """The words that name a time, a day or a stretch of days; empty where there are none.

    >>> named_time("i will try you again in a day or so"), named_time("i will try you again soon")
    ('in a day or so', '')
    """
    found = _compiled(("#named_time",)).search(_padded(text))
    return found[0].strip() if found else ""


def has_time_frame(text: str) -> bool:
    """Whether a text says between when and when, about what time, or in which part of the day.

    >>> has_time_frame("tomorrow between ten and eleven"), has_time_frame("some time tomorrow")
    (True, False)
    """
    return _holds("#time_frame", text)


def names_next_day(text: str) -> bool:
    """Whether a text names the day after this one, without its weekday.

    >>> names_next_day("first thing tomorrow"), names_next_day("on friday")
    (True, False)
    """
    return _holds("#next_day", text)


def weekday_of(text: str) -> int | None:
    """The weekday that a text names, Monday 0; None where it names none.

    >>> weekday_of("i will call on thursday at ten"), weekday_of("i will call")
    (3, None)
    """
    named = _compiled(("#weekday",)).search(_padded(text))
    return _WEEKDAYS.index(named[0].strip().rstrip("s")) if named else None


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def you_share(transcript: Transcript) -> float | None:
    """Share of you and your among the words for you and for the caller; None where there are none.

    >>> from aftertone.language.transcript import Word
    >>> said = "you will like what we have for your shop".split()
    >>> you_share(Transcript(tuple(Word(text, at, at + 1) for at, text in enumerate(said))))
    0.6666666666666666
    """
    words = [token.text.split("'")[0] for token in tokens(transcript)]
    yours = sum(word in _YOURS for word in words)
    ours = sum(word in _OURS for word in words)
    return yours / (yours + ours) if yours + ours else None


_YOURS = frozenset({"you", "your", "yours", "yourself"})
_OURS = frozenset({"i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"})


def _text(transcript: Transcript) -> tuple[str, list[int]]:
    """The comparable words, a space or a mark after each, and the word that each character belongs to."""
    text, places = "", []
    for token in tokens(transcript):
        piece = token.text + _MARKS.get(token.mark, " ")
        text += piece
        places += [token.word_index] * len(piece)
    return text, places


_MARKS = {".": " | ", "?": " |? ", ",": "\n"}
_END, _WORD = "[ \n]", "[^ \n|]+[ \n]"  # what ends a word, and any word with its end
_CLAUSE = r"(?:\A|(?<=\n)|(?<=\| )|(?<=\|\? ))"


def _padded(text: str) -> str:
    return _text(Transcript(tuple(Word(word, at, at + 1) for at, word in enumerate(text.split()))))[0]


def _holds(pattern: str, text: str) -> bool:
    return bool(_compiled((pattern,)).search(_padded(text)))


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("aftertone.language").joinpath("phrases.toml").read_text(encoding="utf-8"))


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    table = _tables()["kinds"][kind]
    return _compiled(tuple(table["patterns"]), table.get("reach", 0))


@cache
def _compiled(patterns: tuple[str, ...], reach: int = 0) -> re.Pattern[str]:
    ways = "|".join(_regex(pattern) for pattern in patterns)
    return re.compile(rf"(?<![^ \n])(?:{ways})(?:{_WORD}){{0,{reach}}}")


_SENTENCE_WORDS = 30  # no sentence of a voicemail need be longer to be understood
_PIECE = re.compile(
    r"(?P<gap>\.\.\.)|(?P<rest>~)|(?P<clause>\^)|(?P<comma>,)|(?P<asked>\?)|(?P<open>!?\()|(?P<bar>\|)|(?P<close>\)\??)|(?P<set>#\w+\??)|(?P<word>[^\s()|]+)|\s+"
)


@cache
def _regex(pattern: str) -> str:
    """The regular expression of a pattern, over words as `_text` has them."""
    return "".join(_pieces(pattern))


def _pieces(pattern: str) -> Iterator[str]:
    depth = list(accumulate((character == "(") - (character == ")") for character in pattern))
    if not pattern.strip() or depth[-1] or min(depth) < 0:
        raise AftertoneError(f"phrases.toml: pattern {pattern!r} is empty, or its brackets do not match.")
    for match in _PIECE.finditer(pattern):
        text = match[0]
        may_be_missing = text.endswith("?")
        plain = text.removesuffix("?")
        if match["gap"]:
            yield f"(?:{_WORD}){{0,3}}?"
        elif match["rest"]:
            yield f"(?:{_WORD}){{0,{_SENTENCE_WORDS}}}?"
        elif match["clause"]:
            yield _CLAUSE
        elif match["comma"]:
            yield r"(?<=\n)"
        elif match["asked"]:
            yield r"\|\? "
        elif match["open"]:
            yield "(?!" if text.startswith("!") else "(?:"
        elif match["bar"]:
            yield "|"
        elif match["close"]:
            yield text
        elif match["set"]:
            ways = "|".join(_regex(way) for way in _tables()["sets"][plain[1:]])
            yield f"(?:{ways})" + ("?" if may_be_missing else "")
        elif match["word"]:
            word = _WORD if plain == "_" else re.escape(plain).replace(r"\*", r"[^ \n|]*") + _END
            yield f"(?:{word})?" if may_be_missing else word
