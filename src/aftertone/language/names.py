"""The recipient and the caller of a message, with their company.

`aftertone.language.name_places` finds where names stand. A name that the brief gives is also known by its
sound: a "Mary" that the recogniser writes as "merry" is Mary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from aftertone.language import pronunciation
from aftertone.language.brief import Brief
from aftertone.language.name_places import (
    Place,
    after_greeting,
    caller_places,
    company_places,
    merged,
    name_tokens,
    recipient_places,
    word_list,
    written_name,
)
from aftertone.language.tokens import Token
from aftertone.language.transcript import Span, Transcript


@dataclass(frozen=True, slots=True)
class NamedParty:
    """A person or a company that a message names."""

    name: str | None  # with the title if one is said: "Mary", "Mr Jones"
    company: str | None  # the caller's; None for the recipient
    spans: tuple[Span, ...]  # all places of the first name (the last after a title) or the company


@dataclass(frozen=True, slots=True)
class NameMatchOptions:
    """Limits of `sound_distance` up to which a word is a given name.

    The first two are fitted on 47 names in another spelling of their sound and 2,014 other words: `near_max`
    accepts 43 names, `same_max` 32, and each accepts 0.14 other words for a name.
    """

    near_max: float = 0.3  # where a name must stand
    same_max: float = 0.17  # anywhere else
    short_share: float = 0.7  # factor for words of few phones, which many words share; chosen by hand
    short_phones: int = 4  # fewer phones are few: "Will", "well"
    first_name_max: float = 0.06  # between two common first names: "Tim" is not Tom; chosen by hand
    long_first_name_max: float = 0.11  # between two long ones: "Kathryn" is Catherine; chosen by hand
    long_phones: int = 6  # phones of a long first name
    company_spelling_min: float = 0.8  # ratio of SequenceMatcher between companies of several words; by hand


NAME_MATCH = NameMatchOptions()
_WORDS_BETWEEN_MAX = 3  # between a name and a company that are one mention: "Bob calling from the"; by hand
_COMPANY_FORMS = frozenset({"the", "inc", "ltd", "llc", "co", "corp"})


def recipient_of(transcript: Transcript, brief: Brief | None = None) -> NamedParty | None:
    """The recipient of a message; None if nobody is named.

    If the brief gives a name, that name alone is looked for, by spelling and by sound.

    >>> from aftertone.language.transcript import Word
    >>> texts = "hi mary this is bob smith from acme please call me mary".split()
    >>> transcript = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(texts)))
    >>> found = recipient_of(transcript)
    >>> found.name, [span.start_s for span in found.spans]
    ('Mary', [0.5, 5.5])
    """
    words = name_tokens(transcript)
    expected = brief.recipient if brief else None
    if expected:
        name, first = expected, _first_name(expected)
        greeted = after_greeting(words)
        places = [
            at
            for at, token in enumerate(words)
            if sounds_like(first, token.text) or (at in greeted and _is_near(first, token.text))
        ]
    else:
        start, end = next(iter(recipient_places(words)), (0, 0))
        name = written_name(transcript, words[start:end])
        places = [at for at, token in enumerate(words) if _is_same(_first_name(name), token.text)]
    spans = tuple(_span(transcript, words[at : at + 1]) for at in places)
    return NamedParty(name, None, spans) if spans else None


def caller_of(transcript: Transcript, brief: Brief | None = None) -> NamedParty | None:
    """The caller of a message; None if neither a name nor a company is said.

    The name and the company that the brief gives come first, by spelling and by sound. A name and a company
    that are said together ("Bob from Acme") are one mention.

    >>> from aftertone.language.transcript import Word
    >>> texts = "hi mary this is bob smith from acme please call me at noon again this is bob smith".split()
    >>> transcript = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(texts)))
    >>> found = caller_of(transcript)
    >>> found.name, found.company, [span.text for span in found.spans]
    ('Bob Smith', 'Acme', ['bob smith from acme', 'bob smith'])
    """
    words = name_tokens(transcript)
    names = caller_places(words)
    companies = list(company_places(words, names))
    name = (brief.caller if brief else None) or ""
    places = _places_of_name(words, name, names)
    if not places and names:
        name = written_name(transcript, words[slice(*names[0])])
        places = _places_of_name(words, name, names)
    company = (brief.company if brief else None) or ""
    of_company = _places_of_company(words, company)
    if not of_company and companies:
        company = written_name(transcript, words[slice(*companies[0])])
        of_company = _places_of_company(words, company)
    if not places and not of_company:
        return None
    mentions = merged([*places, *of_company], apart=_WORDS_BETWEEN_MAX)
    spans = tuple(_span(transcript, words[start:end]) for start, end in mentions)
    return NamedParty(name if places else None, company if of_company else None, spans)


def sounds_like(name: str, word: str) -> bool:
    """Whether a word is a name, as it is spelled or as it sounds.

    >>> sounds_like("Mary", "merry"), sounds_like("Siobhan", "Shivon"), sounds_like("Mary", "more")
    (True, True, False)
    """
    if _is_same(name, word):
        return True
    return _letters(word) not in word_list("no_name") and _distance_within(name, word, NAME_MATCH.same_max)


def _is_near(name: str, word: str) -> bool:
    """Whether a word is a name in a place where only a name can stand."""
    return _is_same(name, word) or _distance_within(name, word, NAME_MATCH.near_max)


def _distance_within(name: str, word: str, limit: float) -> bool:
    name, word = _letters(name), _letters(word)
    if not name or not word:
        return False
    phones, word_phones = pronunciation.phones(name), pronunciation.phones(word)
    shorter = min(len(phones), len(word_phones))
    if {name, word} <= word_list("first_names"):
        if phones[-1] != word_phones[-1]:  # "Karl" is not Karla
            limit = 0.0
        elif shorter >= NAME_MATCH.long_phones:
            limit = NAME_MATCH.long_first_name_max
        else:
            limit = NAME_MATCH.first_name_max
    elif shorter < NAME_MATCH.short_phones:
        limit *= NAME_MATCH.short_share
    return pronunciation.sound_distance(name, word) <= limit


def _letters(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.lower().removesuffix("'s"))
    return re.sub(r"[^a-z]", "", plain)


def _is_same(name: str, word: str) -> bool:
    return bool(name) and _letters(name) == _letters(word)


def _first_name(name: str) -> str:
    """The word that stands for a name: the first, or the one after a title."""
    parts = [part.strip(".,").lower() for part in name.split()]
    return next((part for part in parts if part not in word_list("titles")), "")


def _places_of_name(words: Sequence[Token], name: str, names: Sequence[Place]) -> list[Place]:
    """All places where a caller's name is said: those of callers' names first, and any other."""
    first = _first_name(name)
    if not first:
        return []
    places = [(at, at + 1) for at, token in enumerate(words) if sounds_like(first, token.text)]
    for start, end in names:
        if _is_near(first, _first_name(" ".join(token.text for token in words[start:end]))):
            places.append((start, end))
    return places


def _places_of_company(words: Sequence[Token], company: str) -> list[Place]:
    """All places where a company is named, by the spelling or the sound of its words."""
    parts = [part.strip(".,").lower() for part in company.split()]
    parts = [part for part in parts if part not in _COMPANY_FORMS] or parts
    size = len(parts)
    return [
        (at, at + size)
        for at in range(len(words) - size + 1)
        if size and _is_company(parts, [token.text for token in words[at : at + size]])
    ]


def _is_company(parts: Sequence[str], texts: Sequence[str]) -> bool:
    if list(parts) == list(texts) or all(map(sounds_like, parts, texts)):
        return True
    ratio = SequenceMatcher(None, " ".join(parts), " ".join(texts)).ratio()
    return len(parts) > 1 and ratio >= NAME_MATCH.company_spelling_min


def _span(transcript: Transcript, words: Sequence[Token]) -> Span:
    return transcript.span(words[0].word_index, words[-1].word_index)
