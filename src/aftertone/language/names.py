"""Who is called, and who calls, from which company.

A name is what stands where only a name can ("hi Mary, this is Bob Smith from Acme"); capitals are not
asked for, since recognisers may write none. A name that a brief gives is also known by its sound: a
"Mary" heard as "merry" is Mary.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Any

from aftertone.language.tokens import Token, tokens
from aftertone.language.transcript import Span, Transcript


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who the message is for.

    Attributes
    ----------
    name : str
        With its title where one is said: "Mary", "Mr Jones".
    count : int
        How often the first name (the last, after a title) is said.
    first_s : float
        When it is first said.
    spans : tuple of Span
        Every time that it is said.
    """

    name: str
    count: int
    first_s: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls.

    Attributes
    ----------
    name, company : str or None
        None where it is not said.
    count : int
        How often the caller names themselves, by name or company.
    at_start, at_end : bool
        Whether they do in the first and in the last third of the message's words.
    spans : tuple of Span
        Every time that they do.
    """

    name: str | None
    company: str | None
    count: int
    at_start: bool
    at_end: bool
    spans: tuple[Span, ...]


_NEAR_SPELLING = 0.8
"""Share of letters in common, in order, of two spellings of one name: "Smyth" and "Smith" have 0.8."""

_NEAR_LETTERS_MIN = 4  # "Ann" is near too many words
_SURE_SOUNDS_MIN = 3  # two consonants ("Mary", "more") are shared by too many words
_COMPANY_NEAR_SPELLING = 0.8
_NAME_WORDS_MAX = 3  # "Mary Jane Watson"
_COMPANY_WORDS_MAX = 4  # "Smith and Sons Plumbing"


def recipient(transcript: Transcript, *, expected: str | None = None) -> Recipient | None:
    """Who the message is for, or None where nobody is named.

    Parameters
    ----------
    transcript : Transcript
    expected : str or None
        The name that a brief gives: looked for by sound and near spelling as well.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "hi mary this is bob smith from acme please call me mary"
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said.split())))
    >>> found = recipient(heard)
    >>> found.name, found.count, found.first_s
    ('Mary', 2, 0.5)
    """
    words = tokens(transcript)
    if expected:
        wanted = _first_name(expected)
        places = [
            at
            for at, token in enumerate(words)
            if sounds_like(wanted, token.text)
            or (at in _greeted(words) and _sounds_a_bit_like(wanted, token.text))
        ]
        name: str | None = expected if places else None
    else:
        start, end = next(iter(_recipient_names(words)), (0, 0))
        name = _written(transcript, words[start:end]) if end else None
        wanted = _first_name(name) if name else ""
        places = [at for at, token in enumerate(words) if _is_same(wanted, token.text)]
    if name is None or not places:
        return None
    spans = tuple(_span(transcript, words[at : at + 1]) for at in places)
    return Recipient(name, len(places), spans[0].start_s, spans)


def caller(
    transcript: Transcript, *, expected: str | None = None, company: str | None = None
) -> Caller | None:
    """Who calls, or None where neither a name nor a company is said.

    Parameters
    ----------
    transcript : Transcript
    expected, company : str or None
        The caller's name and company that a brief gives.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "hi mary this is bob smith from acme please call me at noon again this is bob smith"
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said.split())))
    >>> found = caller(heard)
    >>> found.name, found.company, found.count, found.at_start, found.at_end
    ('Bob Smith', 'Acme', 2, True, True)
    """
    words = tokens(transcript)
    names = list(_caller_names(words))
    places = [(start, end) for start, end in names]
    name = _written(transcript, words[slice(*names[0])]) if names else None
    if expected:
        wanted = _first_name(expected)
        same = [(at, at + 1) for at, token in enumerate(words) if sounds_like(wanted, token.text)]
        same += [each for each in names if _sounds_a_bit_like(wanted, words[each[0]].text)]
        name, places = (expected, same) if same else (name, places)
    elif name:
        said = _first_name(name)
        places += [(at, at + 1) for at, token in enumerate(words) if _is_same(said, token.text)]
    firms = list(_companies(words, names))
    firm = _written(transcript, words[slice(*firms[0])]) if firms else None
    if company:
        known = _company_places(words, company)
        firm, firms = (company, known) if known else (firm, firms)
    elif firm:
        firms = _company_places(words, firm)
    if not places and not firms:
        return None
    merged = _merged([*places, *firms])
    middles = [(words[start].start_s + words[end - 1].end_s) / 2 for start, end in merged]
    from_s, to_s = words[0].start_s, words[-1].end_s
    third_s = (to_s - from_s) / 3
    return Caller(
        name,
        firm,
        len(merged),
        at_start=any(middle <= from_s + third_s for middle in middles),
        at_end=any(middle >= to_s - third_s for middle in middles),
        spans=tuple(_span(transcript, words[start:end]) for start, end in merged),
    )


def sounds_like(name: str, heard: str) -> bool:
    """Whether a word is a name by its spelling or its sound.

    >>> sounds_like("Mary", "merry"), sounds_like("Catherine", "Kathryn"), sounds_like("Mary", "more")
    (True, True, False)
    """
    name, heard = _letters(name), _letters(heard)
    if not name or not heard:
        return False
    if _is_same(name, heard):
        return True
    same_sound = sound_key(name) == sound_key(heard)
    both_names = {name, heard} <= _set("first_names")
    if heard in _set("no_name") or (both_names and not same_sound):
        return False
    if len(name) >= _NEAR_LETTERS_MIN and SequenceMatcher(None, name, heard).ratio() >= _NEAR_SPELLING:
        return True
    return same_sound and (name[-1] == heard[-1] or len(sound_key(name)) >= _SURE_SOUNDS_MIN)


def sound_key(word: str) -> str:
    """The consonants of a word as they sound, after the idea of Metaphone (Philips 1990).

    >>> sound_key("Phillip"), sound_key("Filip"), sound_key("Shaun"), sound_key("Sean"), sound_key("Knight")
    ('FLP', 'FLP', 'XN', 'SN', 'NT')
    """
    text = _letters(word)
    for pattern, sound in _SOUNDS:
        text = pattern.sub(sound, text)
    first, rest = text[:1], re.sub(r"[aeiouyhw]", "", text[1:])
    return re.sub(r"(.)\1+", r"\1", ("A" if first in "aeiouy" else first) + rest).upper()


_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^x", "s"), (r"^wh", "w"), (r"mb$", "m"),
        (r"ph", "f"), (r"sch", "sk"), (r"sh|ti(?=o)|ci(?=a)", "X"), (r"t?ch(?=r)|ck", "k"), (r"t?ch", "C"),
        (r"gh(?=t|$)", ""), (r"gh", "g"), (r"dg(?=[eiy])|g(?=[eiy])", "j"), (r"c(?=[eiy])|z", "s"), (r"[cq]", "k"),
        (r"x", "ks"), (r"th", "t"), (r"d(?=t)", ""), (r"v", "f"), (r"(?<=[aeiou])h", ""),
    )
)  # fmt: skip


def _letters(word: str) -> str:
    return re.sub(r"[^a-z]", "", word.lower().removesuffix("'s"))


def _sounds_a_bit_like(name: str, heard: str) -> bool:
    """For places where only a name can stand: half of the letters, or the same consonants."""
    name, heard = _letters(name), _letters(heard)
    return sound_key(name) == sound_key(heard) or SequenceMatcher(None, name, heard).ratio() >= 0.6


def _is_same(name: str, heard: str) -> bool:
    return bool(name) and _letters(name) == _letters(heard)


def _first_name(name: str) -> str:
    """The word of a name that counts: the first, or the one after a title."""
    parts = [part.strip(".,").lower() for part in name.split()]
    return next((part for part in parts if part not in _set("titles")), "")


# --- where names stand ------------------------------------------------------------------------------


def _recipient_names(words: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where a recipient is named: after a greeting, or "this message is for"."""
    for start in sorted(_greeted(words)):
        if size := _name_size(words, start):
            yield start, start + size


def _greeted(words: Sequence[Token]) -> frozenset[int]:
    places = set()
    for opening in (*_phrases("greetings"), *_phrases("recipient_openings")):
        places |= {at + len(opening) for at in _at(words, opening)}
    return frozenset(at for at in places if at < len(words))


def _caller_names(words: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where the caller is named: "this is X", "my name is X", "X calling", "X here"."""
    called = {words[start].text for start, _ in _recipient_names(words)}
    found = set()
    for opening in (*_phrases("sure_caller_openings"), *_phrases("caller_openings")):
        for at in _at(words, opening):
            start = at + len(opening)
            end = _until(words, start, start + _name_size(words, start), called)
            if start == end:
                continue
            known = words[start].text in _set("first_names") | _set("titles")
            sure = opening in _phrases("sure_caller_openings") and _may_end_a_name(words, end)
            if known or sure:
                found.add((start, end))
    for closing in _phrases("caller_closings"):
        for at in _at(words, closing):
            for start in range(max(0, at - 2), at):
                known = words[start].text in _set("first_names") and start not in _greeted(words)
                if known and start + _name_size(words, start) == at:
                    found.add((start, at))
                    break
    yield from _merged(sorted(found))


def _until(words: Sequence[Token], start: int, end: int, others: set[str]) -> int:
    """Where a name ends that may run into the name of another."""
    return next((at for at in range(start, end) if words[at].text in others), end)


def _companies(words: Sequence[Token], names: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where a company is named: "from X", "with X" after the caller's name, "calling from X"."""
    ends = [end for _, end in names]
    for opening in (*_phrases("sure_company_openings"), *_phrases("company_openings")):
        for at in _at(words, opening):
            sure = opening in _phrases("sure_company_openings")
            if not sure and not any(_leads_to(words, end, at) for end in ends):
                continue
            start = at + len(opening)
            if start < len(words) and words[start].text in ("the", "a"):
                start += 1
            if size := _company_size(words, start):
                yield start, start + size


def _leads_to(words: Sequence[Token], end: int, at: int) -> bool:
    """Whether only "calling", "here" and the like stand between a name and word `at`."""
    return end <= at <= end + 2 and all(token.text in _BETWEEN for token in words[end:at])


_BETWEEN = frozenset({"calling", "here", "again", "uh", "um", "and", "i'm", "over"})


def _name_size(words: Sequence[Token], start: int) -> int:
    """How many words a name has that begins here, 0 where none does."""
    size = 0
    while start + size < len(words) and size < _NAME_WORDS_MAX:
        token = words[start + size]
        if size == 0 and token.text in _set("titles"):
            size += 1
            continue
        if not _may_be_name(token.text):
            break
        is_second = size > 0 and words[start].text not in _set("titles")
        if is_second and not (_may_end_a_name(words, start + size + 1) or token.text in _set("first_names")):
            break
        size += 1
        if token.mark:
            break
    only_title = size == 1 and words[start].text in _set("titles")
    return 0 if only_title else size


def _may_be_name(text: str) -> bool:
    return text.isalpha() and len(text) > 1 and (text not in _set("no_name") or text in _set("first_names"))


def _may_end_a_name(words: Sequence[Token], at: int) -> bool:
    """Whether a name may end before word `at`: at the end, a mark, or a word of no name."""
    return at >= len(words) or bool(words[at - 1].mark) or words[at].text in _set("no_name")


def _company_size(words: Sequence[Token], start: int) -> int:
    size = 0
    while start + size < len(words) and size < _COMPANY_WORDS_MAX:
        token = words[start + size]
        joins = token.text in ("and", "&", "of") and size and start + size + 1 < len(words)
        follows = joins and words[start + size + 1].text not in _set("no_name") | _set("first_names")
        if (
            token.text in _set("no_company")
            or (token.text in _set("no_name") and not follows)
            or token.text.isdigit()
        ):
            break
        size += 1
        if token.mark:
            break
    return size


def _company_places(words: Sequence[Token], company: str) -> list[tuple[int, int]]:
    """Every place where a company is named, by its words' spelling or sound."""
    parts = [part.strip(".,").lower() for part in company.split()]
    parts = [part for part in parts if part not in ("the", "inc", "ltd", "llc", "co", "corp")] or parts
    size = len(parts)
    return [
        (at, at + size)
        for at in range(len(words) - size + 1)
        if _near(parts, [token.text for token in words[at : at + size]])
    ]


def _near(parts: Sequence[str], heard: Sequence[str]) -> bool:
    if list(parts) == list(heard) or all(map(sounds_like, parts, heard)):
        return True
    ratio = SequenceMatcher(None, " ".join(parts), " ".join(heard)).ratio()
    return len(parts) > 1 and ratio >= _COMPANY_NEAR_SPELLING


def _merged(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in order; those that overlap, or stand within three words ("Bob from Acme"), are one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1] + 3:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _at(words: Sequence[Token], phrase: tuple[str, ...]) -> list[int]:
    size = len(phrase)
    return [
        at
        for at in range(len(words) - size + 1)
        if tuple(token.text for token in words[at : at + size]) == phrase
    ]


def _written(transcript: Transcript, words: Sequence[Token]) -> str:
    """A name as the recogniser wrote it, with capitals where it wrote none."""
    parts = []
    for token in words:
        text = transcript.words[token.word_index].text.strip(".,;:!?\"'")
        parts.append(
            text if text[:1].isupper() and not (text.isupper() and len(text) > 3) else token.text.title()
        )
    return " ".join(parts)


def _span(transcript: Transcript, words: Sequence[Token]) -> Span:
    return transcript.span(words[0].word_index, words[-1].word_index)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("aftertone.language").joinpath("names.toml").read_text(encoding="utf-8"))


@cache
def _set(name: str) -> frozenset[str]:
    return frozenset(_tables()[name].split())


@cache
def _phrases(name: str) -> tuple[tuple[str, ...], ...]:
    """Phrases of a list, the longest first."""
    return tuple(sorted((tuple(phrase.split()) for phrase in _tables()[name]), key=len, reverse=True))
