"""Who is called, and who calls, from which company.

A name is what stands where only a name can ("hi Mary, this is Bob Smith from Acme"); capitals are not
asked for, since recognisers may write none. A name that a brief gives is also known by its sound: a
"Mary" heard as "merry" is Mary.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Any

from aftertone.language import pronunciation
from aftertone.language.brief import Brief
from aftertone.language.fillers import is_filled_pause
from aftertone.language.tokens import Token, tokens
from aftertone.language.transcript import Span, Transcript


@dataclass(frozen=True, slots=True)
class Named:
    """Someone named in a message.

    Attributes
    ----------
    name : str or None
        With the title where one is said: "Mary", "Mr Jones". None where only a company is said.
    company : str or None
        On behalf of whom; None for who is called.
    spans : tuple of Span
        Every time that they are named, in order: by first name (last, after a title) or company.
    """

    name: str | None
    company: str | None
    spans: tuple[Span, ...]


# `sound_distance` up to which a word is a name, where a name must stand and anywhere. Of 47 names in a
# spelling of their sound 43 are within the first and 32 within the second; of 2,014 words 0.14 for each are.
_NEAR_SOUND, _SAME_SOUND = 0.3, 0.17
_SHORT_SHARE, _SURE_PHONES = 0.7, 4  # of them, where three phones ("Will", "well") are shared by many words
_SAME_NAME, _SAME_LONG_NAME, _LONG_PHONES = 0.06, 0.11, 6  # "Tim" is not Tom, but "Kathryn" is Catherine
_COMPANY_NEAR_SPELLING = 0.8
_NAME_WORDS_MAX = 3  # "Mary Jane Watson"
_COMPANY_WORDS_MAX = 4  # "Smith and Sons Plumbing"


def recipient_of(transcript: Transcript, brief: Brief | None = None) -> Named | None:
    """Who the message is for, or None where nobody is named.

    The name that a brief gives is looked for by sound and near spelling as well, and no other.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "hi mary this is bob smith from acme please call me mary"
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said.split())))
    >>> found = recipient_of(heard)
    >>> found.name, [span.start_s for span in found.spans]
    ('Mary', [0.5, 5.5])
    """
    words = _name_tokens(transcript)
    expected = brief.recipient if brief else None
    if expected:
        name, first = expected, _first_name(expected)
        greeted = _greeted(words)
        places = [
            at
            for at, token in enumerate(words)
            if sounds_like(first, token.text) or (at in greeted and _is_near_name(first, token.text))
        ]
    else:
        start, end = next(_recipient_names(words), (0, 0))
        name = _written(transcript, words[start:end])
        places = [at for at, token in enumerate(words) if _is_same(_first_name(name), token.text)]
    spans = tuple(_span(transcript, words[at : at + 1]) for at in places)
    return Named(name, None, spans) if spans else None


def caller_of(transcript: Transcript, brief: Brief | None = None) -> Named | None:
    """Who calls, or None where neither a name nor a company is said.

    The name and the company that a brief gives are looked for by sound and near spelling first.
    A name and a company said together ("Bob from Acme") are one time.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "hi mary this is bob smith from acme please call me at noon again this is bob smith"
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said.split())))
    >>> found = caller_of(heard)
    >>> found.name, found.company, [span.text for span in found.spans]
    ('Bob Smith', 'Acme', ['bob smith from acme', 'bob smith'])
    """
    words = _name_tokens(transcript)
    names = list(_caller_names(words))
    companies = list(_companies(words, names))
    name = (brief.caller if brief else None) or ""
    places = _name_places(words, name, names)
    if not places and names:
        name = _written(transcript, words[slice(*names[0])])
        places = _name_places(words, name, names)
    company = (brief.company if brief else None) or ""
    company_places = _company_places(words, company) if company else []
    if not company_places and companies:
        company = _written(transcript, words[slice(*companies[0])])
        company_places = _company_places(words, company)
    if not places and not company_places:
        return None
    return Named(
        name if places else None,
        company if company_places else None,
        tuple(_span(transcript, words[start:end]) for start, end in _merged([*places, *company_places])),
    )


def _name_places(
    words: Sequence[Token], name: str, names: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Every place where a caller's name is said: where callers name themselves, and elsewhere."""
    first = _first_name(name)
    if not first:
        return []
    places = [(at, at + 1) for at, token in enumerate(words) if sounds_like(first, token.text)]
    return places + [each for each in names if _is_near_name(first, _first_of(words[slice(*each)]))]


def _first_of(words: Sequence[Token]) -> str:
    return _first_name(" ".join(token.text for token in words))


def sounds_like(name: str, heard: str) -> bool:
    """Whether a word is a name as it is spelled, or as it sounds.

    >>> sounds_like("Mary", "merry"), sounds_like("Siobhan", "Shivon"), sounds_like("Mary", "more")
    (True, True, False)
    """
    if _is_same(name, heard):
        return True
    return _letters(heard) not in _set("no_name") and _is_near(name, heard, _SAME_SOUND)


def _is_near_name(name: str, heard: str) -> bool:
    """The looser likeness, for places where only a name can stand."""
    return _is_same(name, heard) or _is_near(name, heard, _NEAR_SOUND)


def _is_near(name: str, heard: str, most: float) -> bool:
    """Whether two words sound alike; two first names that many people have are most often two people."""
    name, heard = _letters(name), _letters(heard)
    if not name or not heard:
        return False
    said = pronunciation.phones(name), pronunciation.phones(heard)
    shorter = min(map(len, said))
    if {name, heard} <= _set("first_names"):
        most = _SAME_LONG_NAME if shorter >= _LONG_PHONES else _SAME_NAME
        most *= said[0][-1] == said[1][-1]  # "Karl" is not Karla
    elif shorter < _SURE_PHONES:
        most *= _SHORT_SHARE
    return pronunciation.sound_distance(name, heard) <= most


def _letters(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.lower().removesuffix("'s"))
    return re.sub(r"[^a-z]", "", plain)


def _is_same(name: str, heard: str) -> bool:
    return bool(name) and _letters(name) == _letters(heard)


def _name_tokens(transcript: Transcript) -> tuple[Token, ...]:
    """The words without filled pauses; what a hyphen joins ("Jean-Luc") is one word."""
    joined: list[Token] = []
    for token in tokens(transcript):
        if is_filled_pause(token.text):
            continue
        if joined and joined[-1].word_index == token.word_index:
            joined[-1] = joined[-1]._replace(text=f"{joined[-1].text}-{token.text}", mark=token.mark)
        else:
            joined.append(token)
    return tuple(joined)


def _first_name(name: str) -> str:
    """The word of a name that counts: the first, or the one after a title."""
    parts = [part.strip(".,").lower() for part in name.split()]
    return next((part for part in parts if part not in _set("titles")), "")


# --- where names stand ------------------------------------------------------------------------------


def _recipient_names(words: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where a recipient is named: after a greeting, or "this message is for"."""
    greeted = _greeted(words)
    is_named = False
    if words and words[0].text in _set("first_names") | _set("titles"):  # "Mary, please call me"
        size = _called_size(words, 0)
        after = words[size].text if size < len(words) else ""
        others = _OF_COMPANY | {closing[0] for closing in _phrases("caller_closings")}  # "Mary here"
        if (
            size
            and after
            and after not in others
            and (words[size - 1].mark or after not in _set("name_verbs"))
        ):
            is_named = True
            yield 0, size
    for start in sorted(
        greeted | _after(words, _phrases("recipient_openings")) | frozenset(_for_whom(words))
    ):
        end = start + _called_size(words, start)
        known = words[start].text in _set("first_names") | _set("titles")
        after = words[end].text if end < len(words) else ""
        if end > start and after in _set("name_verbs") and not words[end - 1].mark:  # "hi, Mary asked me"
            continue
        calls = is_named and after in _OF_COMPANY  # "Paul, hi, Maria at Acme"
        calls |= (after,) in _phrases("caller_closings") and _has_surname(words, start, end)
        if end > start and not calls and (known or (start in greeted and _may_end_a_name(words, end))):
            is_named = True
            yield start, end
    if not is_named:
        yield from _addressed(words)


def _addressed(words: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Names that end a sentence about the listener, after a comma: "call me back, Priya."."""
    begins = 0
    for at in range(1, len(words)):
        if words[at - 1].mark in (".", "?"):
            begins = at
        end = at + _name_size(words, at)
        ends = end > at and (end == len(words) or words[end - 1].mark in (".", "?"))
        named = words[at].text in _set("first_names") | _set("titles")
        to_you = any(token.text.split("'")[0] in _ADDRESSING for token in words[begins:at])
        if ends and named and words[at - 1].mark == "," and to_you:
            yield at, end


def _called_size(words: Sequence[Token], start: int) -> int:
    """How many words of a name are the recipient's: "hi Tom, Rick from the garage" names two people."""
    size = _name_size(words, start)
    two = size == _TWO and {words[start].text, words[start + 1].text} <= _set("first_names")
    ends = start + size < len(words) and words[start + size].text in _OF_COMPANY
    return 1 if two and ends else size


def _has_surname(words: Sequence[Token], start: int, end: int) -> bool:
    """Whether a name has a second word that begins no other's: "hello, Frances Doyle here"."""
    return end - start == _TWO and words[start + 1].text not in _set("first_names")


def _for_whom(words: Sequence[Token]) -> Iterator[int]:
    """The words after "for" where a company calls: "Harold calling from Medway Pharmacy for Joyce"."""
    for opening in _phrases("sure_company_openings"):
        for at in _at(words, opening):
            end = at + len(opening) + _company_size(words, at + len(opening))
            if (
                end + 1 < len(words)
                and words[end].text == "for"
                and words[end + 1].text in _set("first_names")
            ):
                yield end + 1


def _greeted(words: Sequence[Token]) -> frozenset[int]:
    return _after(words, _phrases("greetings") + _phrases("sure_recipient_openings"))


def _after(words: Sequence[Token], phrases: tuple[tuple[str, ...], ...]) -> frozenset[int]:
    """The words that come right after one of the phrases."""
    places = {at + len(phrase) for phrase in phrases for at in _at(words, phrase)}
    return frozenset(at for at in places if at < len(words))


def _caller_names(words: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where the caller is named: "this is X", "my name is X", "X calling", "X here"."""
    called = {words[start].text for start, _ in _recipient_names(words)}
    found = set()
    openings = ("sure_caller_openings", "caller_openings", "known_caller_openings")
    for opening in (opening for name in openings for opening in _phrases(name)):
        for at in _at(words, opening):
            start = _past_kin(words, at + len(opening))
            end = _until(words, start, start + _name_size(words, start), called)
            if start == end:
                continue
            known = words[start].text in _set("first_names") | _set("titles")
            written = all(token.capital for token in words[start:end]) and not _owner_size(words, start)
            known |= written and opening not in _phrases("known_caller_openings")
            if full := _in_full(words, start, end):
                known, start, end = True, *full
            sure = opening in _phrases("sure_caller_openings") and _may_end_a_name(words, end)
            after = words[end].text if end < len(words) else ""
            sure |= end - start > 1 and after in ("from", "with")
            sure |= opening[0] in _IT_IS and after == "calling"
            if known or sure:
                found.add((start, end))
    for closing in _phrases("caller_closings"):
        for at in _at(words, closing):
            for start in range(max(0, at - 2), at):
                greeted = start in _greeted(words) and closing != ("speaking",)
                is_other = greeted and not _has_surname(words, start, at)
                known = _is_known(words[start]) and not is_other
                if known and start + _name_size(words, start) == at:
                    found.add((start, at))
                    break
    after_called = {end for _, end in _recipient_names(words)} | _greeted(words)
    for start in range(len(words)):  # "Joan Reed, Acme Finance.", "hi Tom, Rick from the garage"
        end = start + _name_size(words, start)
        begins = start == 0 or words[start - 1].mark in (".", "?")
        after = words[end].text if end < len(words) else ""
        of_company = after in _OF_COMPANY or (after == "the" and _ends_clause(words, end + 2))
        company = _past_premises(words, end + 1)
        alone = of_company and _ends_clause(words, company + _company_size(words, company))  # no verb follows
        sure = begins and start in after_called and end > start and of_company
        if end == start or words[start].text in called or not (_is_known(words[start]) or sure):
            continue
        is_whole = end - start > 1 or start in after_called  # "hi Mary, Bob."
        ends = is_whole and words[end - 1].mark
        ends_all = ends and (words[end - 1].mark == "." or _company_after(words, end) > 0)
        before = [token.text for token in words[max(0, start - 2) : start] if token.text != "that"]
        told = after in _HAS_CALLED and bool(before) and before[-1] in _TOLD
        is_first = begins and (alone or (ends and start))
        if told or is_first or (start in after_called and (of_company or ends_all)):
            found.add((start, end))
    yield from _merged(sorted(found), apart=0)


_TOLD = frozenset({"him", "her", "them", "know", "say"})
_HAS_CALLED = frozenset({"called", "rang", "phoned", "telephoned", "stopped", "tried"})


def _ends_clause(words: Sequence[Token], end: int) -> bool:
    return end <= len(words) and bool(words[end - 1].mark)


def _past_kin(words: Sequence[Token], start: int) -> int:
    """Past what may stand before a caller's name: "it's only Al", "it's your cousin Bea"."""
    while start < len(words) and words[start].text in _AGAIN:
        start += 1
    is_kin = start + 1 < len(words) and words[start].text in ("your", "the") and words[start + 1].text in _KIN
    return start + 2 * is_kin


def _in_full(words: Sequence[Token], start: int, end: int) -> tuple[int, int] | None:
    """Where a name is given once more in full: "that's Pell, Yvonne Pell"."""
    size = _name_size(words, end) if end - start == 1 and words[start].mark == "," else 0
    return (end, end + size) if size > 1 and words[end + size - 1].text == words[start].text else None


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
            start = _past_premises(words, at + len(opening))
            if size := _company_size(words, start):
                yield start, start + size
    for opening in (*_phrases("sure_caller_openings"), ("it's",)):  # "this is the law firm of Smith and Sons"
        for at in _at(words, opening):
            start = at + len(opening)
            of_premises = _past_premises(words, start)
            size = _company_size(words, of_premises)
            if of_premises > start + 1 and size:
                yield of_premises, of_premises + size
            elif owner := _owner_size(words, start):
                yield start, start + owner
    for end in ends:
        if size := _company_after(words, end):
            yield end, end + size


def _company_after(words: Sequence[Token], end: int) -> int:
    """How many words of a company follow a name and a comma: "Joan Reed, Acme Finance,"."""
    size = _company_size(words, end) if words[end - 1].mark == "," and end < len(words) else 0
    is_kin = words[end + size - 1].text in _KIN  # "Mr Okafor, Grace's father"
    return size if size > 1 and words[end + size - 1].mark and not is_kin else 0


_PREMISES_WORDS_MAX = 3  # "the front office at"


def _past_premises(words: Sequence[Token], start: int) -> int:
    """Past what is said before a company's name: "the", "the law firm of", "the front office at"."""
    start += start < len(words) and words[start].text in ("the", "a")
    for at in range(start, min(start + _PREMISES_WORDS_MAX, len(words) - 1)):
        if words[at].text in _set("premises") and words[at + 1].text in ("of", "at", "for", "in"):
            return _past_premises(words, at + 2)
    return start


def _owner_size(words: Sequence[Token], start: int) -> int:
    """How many words of a company its premises follow: "Prairie Supply's accounts department"."""
    for end in range(start + 1, min(start + _COMPANY_WORDS_MAX, len(words) - 1) + 1):
        owns = words[end - 1].text.endswith("'s") and words[start].text not in _set("no_name")
        if owns and any(token.text in _set("premises") for token in words[end : end + 2]):
            return end - start
    return 0


def _leads_to(words: Sequence[Token], end: int, at: int) -> bool:
    """Whether only "calling", "here" and the like stand between a name and word `at`."""
    return end <= at <= end + 2 and all(token.text in _BETWEEN for token in words[end:at])


_TWO = 2
_IT_IS = frozenset({"it's", "it"})
_OF_COMPANY = frozenset({"from", "at", "with", "over", "of"})
_ADDRESSING = frozenset({"you", "your", "me", "us", "please", "thanks"})
_AGAIN = frozenset({"only", "just", "me", "again"})
_KIN = frozenset(
    """father mother dad mom mum wife husband son daughter brother sister neighbor neighbour friend cousin
    uncle aunt nephew niece grandson granddaughter teacher doctor agent lawyer accountant""".split()  # noqa: SIM905
)
_BETWEEN = frozenset({"calling", "here", "again", "and", "i'm", "over"})
_JOINING = frozenset({"and", "&", "of"})


def _name_size(words: Sequence[Token], start: int) -> int:
    """How many words a name has that begins here, 0 where none does."""
    size = 0
    while start + size < len(words) and size < _NAME_WORDS_MAX:
        token = words[start + size]
        if size == 0 and token.text in _set("titles"):
            size += 1
            continue
        if not _may_be_name(token.text) or (size and token.text == words[start].text):
            break
        if size and words[start].text not in _set("titles") and not _may_be_surname(words, start + size):
            break
        size += 1
        if token.mark:
            break
    if size == 1 and _is_couple(words, start):  # "Mr and Mrs Doyle"
        return 2 + _name_size(words, start + 2)
    only_title = size == 1 and words[start].text in _set("titles")
    return 0 if only_title else size


def _is_couple(words: Sequence[Token], start: int) -> bool:
    titles, joining = _set("titles"), [token.text for token in words[start : start + 3]]
    return (
        joining[1:2] == ["and"] and {joining[0], joining[-1]} <= titles and _name_size(words, start + 2) > 1
    )


def _may_be_surname(words: Sequence[Token], at: int) -> bool:
    """Whether a second name may stand here, and not the first of another's: "hi Jennifer, Michael here"."""
    after = words[at + 1].text if at + 1 < len(words) else ""
    if words[at].text in _set("first_names"):
        return (after,) not in _phrases("caller_closings") or bool(words[at].mark)
    return _may_end_a_name(words, at + 1) or after in _set("first_names")


def _may_be_name(text: str) -> bool:
    parts = _IRISH.sub("", text).split("-")
    return all(part.isalpha() and len(part) > 1 and _is_no_word(part) for part in parts)


def may_be_name(word: str) -> bool:
    """Whether a word may be part of a name: it is no number, and none of the words that stand beside names.

    >>> may_be_name("Bennett"), may_be_name("would"), may_be_name("my")
    (True, False, False)
    """
    return _may_be_name(word.lower())


def _is_no_word(text: str) -> bool:
    return text not in _set("no_name") | _set("name_verbs") or text in _set("first_names")


def _is_known(token: Token) -> bool:
    """Whether a word is a first name that many people have, or is written as a name is."""
    return token.text in _set("first_names") or (token.capital and _may_be_name(token.text))


_IRISH = re.compile(r"^[od]'(?=[a-z]{3})")  # "O'Brien", "D'Angelo"


def _may_end_a_name(words: Sequence[Token], at: int) -> bool:
    """Whether a name may end before word `at`: at the end, a mark, or a word of no name."""
    return at >= len(words) or bool(words[at - 1].mark) or words[at].text in _set("no_name")


def _company_size(words: Sequence[Token], start: int) -> int:
    size = 0
    while start + size < len(words) and size < _COMPANY_WORDS_MAX:
        token = words[start + size]
        joins = token.text in _JOINING and size and start + size + 1 < len(words)
        follows = joins and words[start + size + 1].text not in _set("no_name") | _set("first_names")
        barred = token.text in _set("no_name") or (size == 0 and token.text in _set("no_company"))
        if size == 0 and token.text == "first":  # "First National", not "first thing"
            barred = start + 1 >= len(words) or not _may_be_name(words[start + 1].text)
        if (barred and not follows) or token.text.isdigit():
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


def _merged(places: Sequence[tuple[int, int]], *, apart: int = 3) -> list[tuple[int, int]]:
    """Places in order; those with no more than `apart` words between ("Bob from Acme") are one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start - merged[-1][1] <= apart:
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
    parts: list[str] = []
    for token in words:
        text = transcript.words[token.word_index].text.strip(".,;:!?\"'")
        text = text[:-2] if token is words[-1] and text.lower().endswith(("'s", "’s")) else text
        if parts and token.text in _JOINING:
            parts.append(token.text)
            continue
        parts.append(
            text if text[:1].isupper() and not (text.isupper() and len(text) > 3) else token.text.title()
        )
    return " ".join(parts)


def _span(transcript: Transcript, words: Sequence[Token]) -> Span:
    return transcript.span(words[0].word_index, words[-1].word_index)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("aftertone.language").joinpath("names.toml").read_text(encoding="utf-8"))


def first_names() -> frozenset[str]:
    """First names that many people have, in lower case; some are ordinary words as well."""
    return _set("first_names")


@cache
def _set(name: str) -> frozenset[str]:
    return frozenset(_tables()[name].split())


@cache
def _phrases(name: str) -> tuple[tuple[str, ...], ...]:
    """Phrases of a list, the longest first."""
    return tuple(sorted((tuple(phrase.split()) for phrase in _tables()[name]), key=len, reverse=True))
