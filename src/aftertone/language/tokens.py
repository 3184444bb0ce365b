"""Words made comparable: lower case, no punctuation, one spoken word each, and where each came from.

Recognisers write the same sound as "Hi,", "hi" or "HI(2)". The rest of `language` reads tokens, in
which they are all "hi", and keeps the punctuation apart for those who can use it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from aftertone.language.transcript import Transcript

_NOISE = re.compile(r"[\[<{(*+]\D*[\]>})*+]|[^\w$#+&']+")
_VARIANT = re.compile(r"(?<=\w)\(\d\)$")
_INITIALS = re.compile(r"(?:[a-z]\.)+[a-z]?")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "–": "-", "—": "-"})
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "st", "prof", "ext", "no", "inc", "co", "ltd"})
_EDGES = '.,;:!?"()[]…-*'


class Token(NamedTuple):
    """One spoken word: its comparable text, the word it came from, and the mark that follows it."""

    text: str
    word_index: int
    start_s: float
    end_s: float
    mark: str = ""
    """"." where a sentence ends, "," where a clause does, "?" for a question, else ""."""
    capital: bool = False
    """Written with a capital, all else in small letters, where no sentence begins: a name, most often."""


def tokens(transcript: Transcript) -> tuple[Token, ...]:
    """The words of a transcript, comparable; noises such as "[SPEECH]" are left out.

    >>> from aftertone.language.transcript import Word
    >>> written = ("Hi,", "[NOISE]", "follow-up", "p.m.")
    >>> heard = Transcript(tuple(Word(text, at, at + 1) for at, text in enumerate(written)))
    >>> [(token.text, token.word_index, token.mark) for token in tokens(heard)]
    [('hi', 0, ','), ('follow', 2, ''), ('up', 2, ''), ('pm', 3, '')]
    """
    found: list[Token] = []
    for index, word in enumerate(transcript.words):
        parts = word_parts(word.text)
        plain = word.text.strip("\"'([")
        begins = not found or found[-1].mark in (".", "?")
        capital = plain[:1].isupper() and not plain.isupper() and not begins
        for at, part in enumerate(parts):
            mark = _mark(word.text, part) if at == len(parts) - 1 else ""
            found.append(Token(part, index, word.start_s, word.end_s, mark, capital))
    if not any(word.text[:1].islower() for word in transcript.words):  # every word is written so
        return tuple(token._replace(capital=False) for token in found)
    return tuple(found)


def word_parts(text: str) -> tuple[str, ...]:
    """The spoken words inside one written word; numerals stay as they are written.

    >>> word_parts("Follow-up,"), word_parts("555-1234."), word_parts("a.m."), word_parts("the(2)")
    (('follow', 'up'), ('555-1234',), ('am',), ('the',))
    """
    plain = _VARIANT.sub("", text.strip().lower().translate(_APOSTROPHES))
    if _NOISE.fullmatch(plain):
        return ()
    if is_initials(plain):
        return (re.sub(r"[^a-z]", "", plain),)
    plain = plain.strip(_EDGES)
    if not plain:
        return ()
    if any(character.isdigit() for character in plain):
        return (plain,)
    return tuple(part for part in re.split(r"[-\s/.]+", plain) if part)


def is_initials(text: str) -> bool:
    """Whether a word is letters with a dot after each, said one by one.

    >>> is_initials("p.m."), is_initials("U.S.,"), is_initials("a.")
    (True, True, False)
    """
    plain = text.strip().rstrip(",;:!?").lower()
    return bool(_INITIALS.fullmatch(plain)) and len(plain) > 2


def _mark(text: str, part: str) -> str:
    last = text.rstrip("\"')]")[-1:]
    if last == "." and (part in _TITLES or is_initials(text)):
        return ""
    return {".": ".", "!": ".", "…": ".", "?": "?", ",": ",", ";": ",", ":": ",", "—": ",", "-": ","}.get(
        last, ""
    )
