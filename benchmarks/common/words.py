"""Text normalisation for word error rates.

The same words have several written forms: "Mr. Hale", "mister hale"; "the 3rd", "the third"; "16%", "sixteen
percent"; "colour", "color"; "shop boy", "shopboy". `compared` normalises both sides. Hesitations and assent
(um, uh, hmm, uh-huh) are removed and counted separately: to write them is a choice, not an error.

A word that was broken off ("th-", "<cutoff-the>") is marked. In the reference it counts neither as a word nor
as an error, whatever is written for it. In the transcript it may match a word, and is never an insertion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from aftertone.language.tokens import spoken_words

BROKEN_OFF = "~"
"""Marks the end of a word that was broken off."""

_BROKEN = re.compile(r"<cutoff-([^\s>]*)>|\b([a-z']+)-(?=[\s,.…?!]|$)")
_NOISE = re.compile(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>|\{[^}]*\}|[♪*]")
_HESITATION = re.compile(r"(?:u+h+|u+m+|u+h+m+|e+r+|e+r+m+|e+h+|a+h+|u+r+)")
_NO_WORD = re.compile(r"m+h+m+|h+m+|m{2,}|h+u+h+|(?:ha){1,9}h?")  # assent and laughter
_JOINED_ASSENT = re.compile(r"\b(?:m+|h+m+|u+h+|u+n)-(?:h+m+|m+|h+u+h+|u+h+)\b|\bu+h+ h+u+h+\b")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "–": "-", "—": " ", "…": " ", "_": ""})
_SAID_AS = {
    "mr": "mister",
    "mrs": "missus",
    "misses": "missus",
    "dr": "doctor",
    "st": "saint",
    "ok": "okay",
    "alright": "all right",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "yknow": "you know",
    "y'know": "you know",
    "cause": "because",
    "em": "them",
    "grey": "gray",
    "centre": "center",
    "theatre": "theater",
    "travelled": "traveled",
    "travelling": "traveling",
    "programme": "program",
    "towards": "toward",
    "afterwards": "afterward",
    "whilst": "while",
    "cheque": "check",
    "storey": "story",
    "defence": "defense",
    "offence": "offense",
    "plough": "plow",
}
# Both sides are changed alike, so it does no harm that other words ("rise", "hours") change too.
_SPELLINGS = (
    (re.compile(r"(?<=[a-z]{3})is(e|es|ed|ing|ation|ations|er|ers)$"), r"iz\1"),
    (re.compile(r"(?<=[a-z]{2})ys(e|es|ed|ing)$"), r"yz\1"),
    (re.compile(r"(?<=[a-z]{3})our(s|ed|ing|able|ably|ite|ites|ful|less|y)?$"), r"or\1"),
)
_DIGITS = frozenset("zero one two three four five six seven eight nine".split())  # noqa: SIM905
_SCALES = frozenset(("hundred", "thousand", "million"))


@dataclass(frozen=True, slots=True)
class Compared:
    """A normalised text.

    Attributes
    ----------
    words : tuple of str
        Lower case, as spoken, without hesitations. Words broken off end with `BROKEN_OFF`.
    hesitation_count : int
        Number of fillers: um, uh, er, ah.
    """

    words: tuple[str, ...]
    hesitation_count: int

    @property
    def word_count(self) -> int:
        """Number of whole words."""
        return sum(not word.endswith(BROKEN_OFF) for word in self.words)


def compared(text: str, *, digit_by_digit: bool = False) -> Compared:
    """Normalise a text.

    Parameters
    ----------
    text : str
        Noises such as ``[laughter]`` are left out.
    digit_by_digit : bool
        Read numerals digit by digit ("four four", not "forty four"): for recordings of digits alone.

    Examples
    --------
    >>> compared("Um, Mr. Hale's 2 colours... th- the 3rd [laugh] is okay, mm-hmm.").words
    ('mister', "hale's", 'two', 'colors', 'th~', 'the', 'third', 'is', 'okay')
    """
    plain = text.lower().translate(_APOSTROPHES)
    plain = _JOINED_ASSENT.sub(" mm ", plain)
    plain = _NOISE.sub(" ", _BROKEN.sub(rf" \1\2{BROKEN_OFF} ", plain))
    if digit_by_digit:
        plain = re.sub(r"\d", r" \g<0> ", plain)
    words: list[str] = []
    hesitation_count = 0
    for written in plain.split():
        word = re.sub(r"[^a-z']", "", written)
        if written.endswith(BROKEN_OFF) and not _HESITATION.fullmatch(word):
            words.append(word + BROKEN_OFF)
            continue
        for part in spoken_words(written):
            word = re.sub(r"[^a-z']", "", part).strip("'")
            if _HESITATION.fullmatch(word):
                hesitation_count += 1
            elif word and not _NO_WORD.fullmatch(word):
                words += _spelt(_SAID_AS.get(word, word))
    return Compared(tuple(_numerals(_letters(words))), hesitation_count)


def _spelt(said: str) -> list[str]:
    words = said.split()
    for pattern, form in _SPELLINGS:
        words = [pattern.sub(form, word) for word in words]
    return words


def _letters(words: Iterable[str]) -> list[str]:
    """Words, with runs of single letters joined into one word."""
    joined: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        if len(word) == 1:
            run.append(word)
            continue
        joined += run if set(run) <= {"a", "i", "o"} else ["".join(run)]
        joined += [word] if word else []
        run = []
    return joined


def _numerals(words: list[str]) -> list[str]:
    """Words, with "oh" beside a digit as zero, and "a hundred" as one hundred."""
    made = list(words)
    for at, word in enumerate(words):
        beside = words[max(0, at - 1) : at] + words[at + 1 : at + 2]
        if word in ("oh", "o") and any(each in _DIGITS for each in beside):
            made[at] = "zero"
        elif word == "a" and words[at + 1 : at + 2] and words[at + 1] in _SCALES:
            made[at] = "one"
    return made


@dataclass(frozen=True, slots=True)
class Errors:
    """Word errors."""

    words: int
    substituted: int
    dropped: int
    inserted: int

    @property
    def wrong(self) -> int:
        """Number of all errors."""
        return self.substituted + self.dropped + self.inserted


def errors_of(said: Compared, written: Compared) -> Errors:
    """Word errors of jiwer's alignment.

    Neither a word written for one that was broken off is an error, nor an inserted word that is broken off.

    >>> errors_of(compared("<cutoff-for> forced aligner"), compared("for forced a liner"))
    Errors(words=2, substituted=1, dropped=0, inserted=1)
    """
    if not said.words:
        return Errors(0, 0, 0, written.word_count)
    import jiwer

    word_count = said.word_count
    said, written = _split_alike(said, written), _split_alike(written, said)
    found = [word.removesuffix(BROKEN_OFF) for word in written.words]
    counts = {"substitute": 0, "delete": 0, "insert": 0, "equal": 0}
    (chunks,) = jiwer.process_words(" ".join(said.words), " ".join(found)).alignments
    for chunk in chunks:
        if chunk.type == "insert":
            words = written.words[chunk.hyp_start_idx : chunk.hyp_end_idx]
        else:
            words = said.words[chunk.ref_start_idx : chunk.ref_end_idx]
        counts[chunk.type] += Compared(words, 0).word_count
    return Errors(word_count, counts["substitute"], counts["delete"], counts["insert"])


def _split_alike(one: Compared, other: Compared) -> Compared:
    """A text, with words split that the other text has as two."""
    pairs = {first + second: (first, second) for first, second in pairwise(other.words)}
    own = set(pairwise(one.words))
    words = [
        part
        for word in one.words
        for part in (pairs[word] if word in pairs and pairs[word] not in own else (word,))
    ]
    return Compared(tuple(words), one.hesitation_count)
