"""Places where people and companies are named, found by the words around the names.

A name is what stands where only a name can stand ("hi Mary, this is Bob Smith from Acme"). Capitals are not
required, because recognisers may write none. names.toml has the words and phrases of these rules.

A place is the index of the first token of a name, and the index past its last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from aftertone.language import rules
from aftertone.language.fillers import is_filled_pause
from aftertone.language.tokens import Token, tokens
from aftertone.language.transcript import Transcript

NAME_WORDS_MAX = 3  # "Mary Jane Watson"
COMPANY_WORDS_MAX = 4  # "Smith and Sons Plumbing"
_PREMISES_WORDS_MAX = 3  # "the front office at"

Place = tuple[int, int]

_BEFORE_COMPANY = frozenset({"from", "at", "with", "over", "of"})
_BETWEEN_NAME_AND_COMPANY = frozenset({"calling", "here", "again", "and", "i'm", "over"})
_TO_LISTENER = frozenset({"you", "your", "me", "us", "please", "thanks"})
_BEFORE_CALLER = frozenset({"only", "just", "me", "again"})
_BEFORE_NAME_AND_CALLED = frozenset({"him", "her", "them", "know", "say"})
_CALLED = frozenset({"called", "rang", "phoned", "telephoned", "stopped", "tried"})
_RELATIONS = frozenset(
    """father mother dad mom mum wife husband son daughter brother sister neighbor neighbour friend cousin
    uncle aunt nephew niece grandson granddaughter teacher doctor agent lawyer accountant""".split()  # noqa: SIM905
)
_JOINING = frozenset({"and", "&", "of"})
_PREFIX = re.compile(r"^[od]'(?=[a-z]{3})")  # "O'Brien", "D'Angelo"


def name_tokens(transcript: Transcript) -> tuple[Token, ...]:
    """The words without filled pauses; words with a hyphen between ("Jean-Luc") are one token."""
    joined: list[Token] = []
    for token in tokens(transcript):
        if is_filled_pause(token.text):
            continue
        if joined and joined[-1].word_index == token.word_index:
            joined[-1] = joined[-1]._replace(text=f"{joined[-1].text}-{token.text}", mark=token.mark)
        else:
            joined.append(token)
    return tuple(joined)


def written_name(transcript: Transcript, words: Sequence[Token]) -> str:
    """A name as the recogniser wrote it, with capitals added where it wrote none."""
    parts: list[str] = []
    for token in words:
        text = transcript.words[token.word_index].text.strip(".,;:!?\"'")
        if token is words[-1] and text.lower().endswith(("'s", "’s")):
            text = text[:-2]
        has_capital = text[:1].isupper() and not (text.isupper() and len(text) > 3)
        if parts and token.text in _JOINING:
            parts.append(token.text)
        else:
            parts.append(text if has_capital else token.text.title())
    return " ".join(parts)


def merged(places: Iterable[Place], *, apart: int) -> list[Place]:
    """Places in order; those with no more than `apart` words between ("Bob from Acme") are one."""
    found: list[Place] = []
    for start, end in sorted(places):
        if found and start - found[-1][1] <= apart:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


# --- the recipient ----------------------------------------------------------------------------------


def after_greeting(words: Sequence[Token]) -> frozenset[int]:
    """Indices of words right after a greeting, or after "this message is for"."""
    return _after(words, "greetings", "sure_recipient_openings")


def recipient_places(words: Sequence[Token]) -> list[Place]:
    """Places where the recipient is named, in order."""
    found: list[Place] = []
    closings = _phrases("caller_closings")
    if size := _recipient_size(words, 0):  # "Mary, please call me"
        after = _text(words, size)
        is_caller = after in _BEFORE_COMPANY or after in {closing[0] for closing in closings}  # "Mary here"
        if _is_known_beginning(words[0]) and after and not is_caller and not _is_subject(words, size):
            found.append((0, size))
    greeted = after_greeting(words)
    for start in sorted({*greeted, *_after(words, "recipient_openings"), *_after_calling_company(words)}):
        end = start + _recipient_size(words, start)
        if end == start or _is_subject(words, end):  # "hi, Mary asked me"
            continue
        after = _text(words, end)
        is_caller = bool(found) and after in _BEFORE_COMPANY  # "Paul, hi, Maria at Acme"
        is_caller |= (after,) in closings and _has_surname(words, start, end)
        is_sure = start in greeted and _may_end_name(words, end)
        if not is_caller and (is_sure or _is_known_beginning(words[start])):
            found.append((start, end))
    return found or list(_addressed(words))


def _addressed(words: Sequence[Token]) -> Iterator[Place]:
    """Names after a comma at the end of a sentence to the listener: "call me back, Priya."."""
    begin = 0
    for at in range(1, len(words)):
        if words[at - 1].mark in (".", "?"):
            begin = at
        end = at + _name_size(words, at)
        is_last = end > at and (end == len(words) or words[end - 1].mark in (".", "?"))
        to_listener = any(token.text.split("'")[0] in _TO_LISTENER for token in words[begin:at])
        if is_last and to_listener and words[at - 1].mark == "," and _is_known_beginning(words[at]):
            yield at, end


def _recipient_size(words: Sequence[Token], start: int) -> int:
    """Number of words of the recipient's name: "hi Tom, Rick from the garage" names two people."""
    size = _name_size(words, start)
    is_two = size == 2 and {words[start].text, words[start + 1].text} <= word_list("first_names")
    return 1 if is_two and _text(words, start + size) in _BEFORE_COMPANY else size


def _has_surname(words: Sequence[Token], start: int, end: int) -> bool:
    """Whether a name has a second word that is no first name: "hello, Frances Doyle here"."""
    return end - start == 2 and words[start + 1].text not in word_list("first_names")


def _is_subject(words: Sequence[Token], end: int) -> bool:
    """Whether a verb follows a name at once, so that nobody is addressed: "Mary asked me"."""
    return _text(words, end) in word_list("name_verbs") and not words[end - 1].mark


def _after_calling_company(words: Sequence[Token]) -> Iterator[int]:
    """Indices of names after a company and "for": "Harold calling from Medway Pharmacy for Joyce"."""
    for start in _after(words, "sure_company_openings"):
        end = start + _company_size(words, start)
        if _text(words, end) == "for" and _text(words, end + 1) in word_list("first_names"):
            yield end + 1


# --- the caller -------------------------------------------------------------------------------------


def caller_places(words: Sequence[Token]) -> list[Place]:
    """Places where the caller is named, in order: "this is X", "X calling", "hi Mary, X from Acme"."""
    recipients = recipient_places(words)
    called = {words[start].text for start, _ in recipients}
    after_called = {end for _, end in recipients} | after_greeting(words)
    found = {
        *_after_caller_openings(words, called),
        *_before_caller_closings(words),
        *_without_opening(words, called, after_called),
    }
    return merged(found, apart=0)


def _after_caller_openings(words: Sequence[Token], called: set[str]) -> Iterator[Place]:
    sure_openings, known_openings = _phrases("sure_caller_openings"), _phrases("known_caller_openings")
    for opening in (*sure_openings, *_phrases("caller_openings"), *known_openings):
        for at in _at(words, opening):
            start = _past_words_before_caller(words, at + len(opening))
            end = start + _name_size(words, start)
            end = next((at for at in range(start, end) if words[at].text in called), end)
            if start == end:
                continue
            is_written = all(token.capital for token in words[start:end]) and not _owner_size(words, start)
            is_known = _is_known_beginning(words[start]) or (is_written and opening not in known_openings)
            if full := _full_name(words, start, end):
                is_known, start, end = True, *full
            after = _text(words, end)
            is_sure = opening in sure_openings and _may_end_name(words, end)
            is_sure |= end - start > 1 and after in ("from", "with")
            is_sure |= opening[0] in ("it's", "it") and after == "calling"
            if is_known or is_sure:
                yield start, end


def _before_caller_closings(words: Sequence[Token]) -> Iterator[Place]:
    greeted = after_greeting(words)
    for closing in _phrases("caller_closings"):
        for at in _at(words, closing):
            for start in range(max(0, at - 2), at):
                is_greeted = start in greeted and closing != ("speaking",)
                is_other = is_greeted and not _has_surname(words, start, at)
                if _is_known(words[start]) and not is_other and start + _name_size(words, start) == at:
                    yield start, at
                    break


def _without_opening(words: Sequence[Token], called: set[str], after_called: set[int]) -> Iterator[Place]:
    """Names of callers by their place: "Joan Reed, Acme Finance.", "hi Tom, Rick from the garage"."""
    for start in range(len(words)):
        end = start + _name_size(words, start)
        if end == start or words[start].text in called:
            continue
        begins = start == 0 or words[start - 1].mark in (".", "?")
        after = _text(words, end)
        of_company = after in _BEFORE_COMPANY or (after == "the" and _ends_clause(words, end + 2))
        if not (_is_known(words[start]) or (begins and start in after_called and of_company)):
            continue
        company = _past_premises(words, end + 1)
        is_alone = of_company and _ends_clause(
            words, company + _company_size(words, company)
        )  # without a verb
        is_whole = end - start > 1 or start in after_called  # "hi Mary, Bob."
        ends = is_whole and bool(words[end - 1].mark)
        ends_all = ends and (words[end - 1].mark == "." or _company_after_comma(words, end) > 0)
        before = [token.text for token in words[max(0, start - 2) : start] if token.text != "that"]
        has_called = after in _CALLED and bool(before) and before[-1] in _BEFORE_NAME_AND_CALLED
        is_first = begins and (is_alone or (ends and start > 0))
        if has_called or is_first or (start in after_called and (of_company or ends_all)):
            yield start, end


def _ends_clause(words: Sequence[Token], end: int) -> bool:
    return end <= len(words) and bool(words[end - 1].mark)


def _past_words_before_caller(words: Sequence[Token], start: int) -> int:
    """Index past words that may stand before a caller's name: "it's only Al", "it's your cousin Bea"."""
    while _text(words, start) in _BEFORE_CALLER:
        start += 1
    is_relation = _text(words, start) in ("your", "the") and _text(words, start + 1) in _RELATIONS
    return start + 2 * is_relation


def _full_name(words: Sequence[Token], start: int, end: int) -> Place | None:
    """The place where a surname is repeated in the full name: "that's Pell, Yvonne Pell"."""
    size = _name_size(words, end) if end - start == 1 and words[start].mark == "," else 0
    return (end, end + size) if size > 1 and words[end + size - 1].text == words[start].text else None


# --- companies --------------------------------------------------------------------------------------


def company_places(words: Sequence[Token], names: Sequence[Place]) -> Iterator[Place]:
    """Places where a company is named: "calling from X", and after the caller's name "from X", "with X"."""
    ends = [end for _, end in names]
    for at in _after(words, "sure_company_openings"):
        start = _past_premises(words, at)
        if size := _company_size(words, start):
            yield start, start + size
    for opening in _phrases("company_openings"):
        for at in _at(words, opening):
            if any(_leads_to(words, end, at) for end in ends):
                start = _past_premises(words, at + len(opening))
                if size := _company_size(words, start):
                    yield start, start + size
    for start in (*_after(words, "sure_caller_openings"), *(at + 1 for at in _at(words, ("it's",)))):
        of_premises = _past_premises(words, start)  # "this is the law firm of Smith and Sons"
        size = _company_size(words, of_premises)
        if of_premises > start + 1 and size:
            yield of_premises, of_premises + size
        elif owner := _owner_size(words, start):
            yield start, start + owner
    for end in ends:
        if size := _company_after_comma(words, end):
            yield end, end + size


def _company_after_comma(words: Sequence[Token], end: int) -> int:
    """Number of words of a company after a name and a comma: "Joan Reed, Acme Finance,"."""
    size = _company_size(words, end) if words[end - 1].mark == "," and end < len(words) else 0
    is_relation = words[end + size - 1].text in _RELATIONS  # "Mr Okafor, Grace's father"
    return size if size > 1 and words[end + size - 1].mark and not is_relation else 0


def _past_premises(words: Sequence[Token], start: int) -> int:
    """Index past words before a company's name: "the", "the law firm of", "the front office at"."""
    start += _text(words, start) in ("the", "a")
    for at in range(start, min(start + _PREMISES_WORDS_MAX, len(words) - 1)):
        if words[at].text in word_list("premises") and words[at + 1].text in ("of", "at", "for", "in"):
            return _past_premises(words, at + 2)
    return start


def _owner_size(words: Sequence[Token], start: int) -> int:
    """Number of words of a company before its premises: "Prairie Supply's accounts department"."""
    for end in range(start + 1, min(start + COMPANY_WORDS_MAX, len(words) - 1) + 1):
        owns = words[end - 1].text.endswith("'s") and words[start].text not in word_list("no_name")
        if owns and any(token.text in word_list("premises") for token in words[end : end + 2]):
            return end - start
    return 0


def _leads_to(words: Sequence[Token], end: int, at: int) -> bool:
    """Whether only "calling", "here" and the like stand between a name and word `at`."""
    between = words[end:at]
    return end <= at <= end + 2 and all(token.text in _BETWEEN_NAME_AND_COMPANY for token in between)


def _company_size(words: Sequence[Token], start: int) -> int:
    """Number of words of a company's name that begins here, 0 where none does."""
    size = 0
    for at in range(start, min(start + COMPANY_WORDS_MAX, len(words))):
        token = words[at]
        is_barred = token.text in word_list("no_name") or (
            size == 0 and token.text in word_list("no_company")
        )
        if size == 0 and token.text == "first":  # "First National", not "first thing"
            is_barred = not may_be_name(_text(words, at + 1))
        joins = token.text in _JOINING and size > 0 and at + 1 < len(words)
        is_joined = joins and words[at + 1].text not in word_list("no_name") | word_list("first_names")
        if (is_barred and not is_joined) or token.text.isdigit():
            break
        size += 1
        if token.mark:
            break
    return size


# --- names of people --------------------------------------------------------------------------------


def _name_size(words: Sequence[Token], start: int) -> int:
    """Number of words of a person's name that begins here, 0 where none does."""
    titles = word_list("titles")
    size = 0
    while start + size < len(words) and size < NAME_WORDS_MAX:
        token = words[start + size]
        if size == 0 and token.text in titles:
            size += 1
            continue
        if not may_be_name(token.text) or (size and token.text == words[start].text):
            break
        if size and words[start].text not in titles and not _may_be_surname(words, start + size):
            break
        size += 1
        if token.mark:
            break
    if size == 1 and words[start].text in titles:
        return 2 + _name_size(words, start + 2) if _is_couple(words, start) else 0
    return size


def _is_couple(words: Sequence[Token], start: int) -> bool:
    """Whether two titles and a name begin here: "Mr and Mrs Doyle"."""
    is_second = _text(words, start + 1) == "and" and _text(words, start + 2) in word_list("titles")
    return is_second and _name_size(words, start + 2) > 1


def _may_be_surname(words: Sequence[Token], at: int) -> bool:
    """Whether a word may be a second name, and not the first name of another: "hi Jennifer, Michael here"."""
    after = _text(words, at + 1)
    if words[at].text in word_list("first_names"):
        return (after,) not in _phrases("caller_closings") or bool(words[at].mark)
    return _may_end_name(words, at + 1) or after in word_list("first_names")


def _may_end_name(words: Sequence[Token], end: int) -> bool:
    """Whether a name may end before word `end`: at the end, at a mark, or before a word of no name."""
    return end >= len(words) or bool(words[end - 1].mark) or words[end].text in word_list("no_name")


def may_be_name(word: str) -> bool:
    """Whether a word may be part of a name: neither a number, nor one of the words beside names.

    >>> may_be_name("Bennett"), may_be_name("would"), may_be_name("my")
    (True, False, False)
    """
    others = word_list("no_name") | word_list("name_verbs")
    return all(
        part.isalpha() and len(part) > 1 and (part not in others or part in word_list("first_names"))
        for part in _PREFIX.sub("", word.lower()).split("-")
    )


def _is_known(token: Token) -> bool:
    """Whether a word is a common first name, or is written like a name."""
    return token.text in word_list("first_names") or (token.capital and may_be_name(token.text))


def _is_known_beginning(token: Token) -> bool:
    """Whether a word is a common first name or a title."""
    return token.text in word_list("first_names") or token.text in word_list("titles")


# --- words and phrases of names.toml ------------------------------------------------------------------


@cache
def word_list(name: str) -> frozenset[str]:
    """The words of one list of names.toml."""
    return frozenset(rules("names")[name].split())


@cache
def _phrases(name: str) -> tuple[tuple[str, ...], ...]:
    """The phrases of one list of names.toml, the longest first."""
    return tuple(sorted((tuple(phrase.split()) for phrase in rules("names")[name]), key=len, reverse=True))


def _text(words: Sequence[Token], at: int) -> str:
    """The text of word `at`; "" past the end."""
    return words[at].text if at < len(words) else ""


def _at(words: Sequence[Token], phrase: tuple[str, ...]) -> list[int]:
    """Indices where a phrase begins."""
    texts = tuple(token.text for token in words)
    return [at for at in range(len(texts) - len(phrase) + 1) if texts[at : at + len(phrase)] == phrase]


def _after(words: Sequence[Token], *names: str) -> frozenset[int]:
    """Indices of words right after a phrase of the lists."""
    phrases = [phrase for name in names for phrase in _phrases(name)]
    past = {at + len(phrase) for phrase in phrases for at in _at(words, phrase)}
    return frozenset(at for at in past if at < len(words))
