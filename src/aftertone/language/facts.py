"""Facts of a message in its own words: who, why, what is asked, by when, the number.

A short fact is a text. A longer one is a clause: the words of a sentence around a phrase of its kind, without
fillers, restarts and "just". A clause ends where the next phrase or the number begins. Nothing is added: each
word is the transcript's or the brief's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aftertone.language import phrases
from aftertone.language.callback import DEFAULT_REGION
from aftertone.language.callback.numbering_plan import plan_validity, spoken_groups
from aftertone.language.content import MessageContent
from aftertone.language.fillers import is_filled_pause
from aftertone.language.name_places import word_list
from aftertone.language.restarts import ENDS_NO_SENTENCE
from aftertone.language.tokens import tokens, word_parts
from aftertone.language.transcript import Span

CLAUSES = (
    *("ask", "will_call", "earlier_mail", "reason", "connection", "gain", "thanks", "purpose"),
    "deadline",
)
"""The facts that are clauses, in the order in which they take their words; each is a kind of phrases.toml."""

_ENDS_OTHERS = ("ask", "will_call", "thanks", "regret", "forward")  # kinds whose phrases end any clause
_ENDS_MOST = (*_ENDS_OTHERS, "purpose", "earlier_mail", "reason", "connection")
_NEVER = ("threat", "desperate")  # kinds that no advice wants
_OWN_PLACE = (
    *("ask", "will_call", "earlier_mail", "connection", "thanks", "courtesy", "regret", "forward", "closing"),
    *("begging", "invitation", "offers_help", "may_call", "disregard", "vague", "pressing", "sensitive"),
)  # kinds whose sentences are no reason for a call
_THANKS = re.compile(r"((with )?many )?thank(?!s to )|cheers", re.IGNORECASE)
_TELLS_PURPOSE = re.compile(
    r"(?:i'm|i am|i was|we're|we are|we were)? ?(?:calling|phoning|ringing|following up|returning)\b|"
    r"(?:i|we) wanted\b|(?:i'd|we'd|i would|we would) like to\b|the reason\b|"
    r"(?:this|my) (?:call|message) is\b",
    re.IGNORECASE,
)  # how a clause begins that says why, whatever else it says
_ASKS = re.compile(r"(?:if .+, )?(?:please|kindly|can you|could you|will you|would you)\b", re.IGNORECASE)
# Words that open a sentence and are not said again.
_OPENING = frozenset({"and", "but", "so", "or", "well", "okay", "ok", "then", "also", "anyway", "now", "hi"})
# Words that begin a part of a sentence that belongs to another part.
_SUBORDINATE = frozenset(
    {"if", "when", "because", "once", "unless", "although", "while", "until", "since", "whenever", "as"}
)
_GOES_ON = _SUBORDINATE | {"or"}  # words that continue a request behind a comma
_BECAUSE = frozenset({"because", "since", "as"})  # left out before a reason
_CONDITION = frozenset({"if", "unless", "when", "whenever"})  # words that no purpose begins with
_RELATIVE = frozenset({"which", "who", "whose", "where"})  # words that belong to what is before the comma
# Words that no statement begins with; one that does lost its beginning to a name before it.
_NO_BEGINNING = frozenset({"from", "of", "at", "by", "into", "is", "was", "are", "has", "have", "had"})
# Words that begin a clause without subject and verb; a clause of one of these kinds needs both.
_FRAGMENT = frozenset({"about", "regarding", "concerning", "to", "for", "with", "in", "on", "because"})
_SENTENCES = frozenset({"will_call", "earlier_mail", "reason", "connection", "gain"})
_CALLING = re.compile(r"(?:calling|phoning|ringing|following up|returning|checking)\b", re.IGNORECASE)
_WORDS_MIN = {"thanks": 1, "deadline": 2, "ask": 2, "statement": 4}
"""Words of the shortest clause that says something. Chosen by hand."""
_WORDS_MIN_OTHERS = 3
_WORDS_MAX = 25  # a longer clause is cut at a comma; chosen by hand
_PAUSE_S = 0.4  # ends a sentence in a transcript without full stops; chosen by hand
_OWN_CAPITAL = re.compile(r"I(['’]\w+)?|[A-Z]\w*[A-Z]\w*")  # also inside a sentence: "I'm", "FAQ"
_SMALL = frozenset({"a", "and", "at", "for", "from", "in", "of", "on", "the", "to"})  # in names of companies
_CALENDAR = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|april|june|july|august|september|october|"
    r"november|december"
)
_CLOCK = re.compile(r"\b((?:at|by|before|until|after|on) (?:1[0-2]|[1-9]))([0-5]\d)\b(?![:\d])")
_LEAD_TO_NUMBER = re.compile(
    r"(?:(?:^|\s+)(?:and|so|or|but|then))?(?:(?:^|\s+)(?:"
    r"(?:the|my|our|a|her|his) (?:(?!(?:the|my|our|a|her|his) )\w+ ){0,2}"
    r"(?:number|cell|line|mobile|phone|extension)(?: (?:here|for me))?(?: is)?|"
    r"(?:you (?:can|could|may) |you'll |to )?(?:reach|get|find|contact) (?:me|us)(?: back)?(?: (?:at|on))?|"
    r"(?:i|we) can be (?:reached|found)(?: (?:at|on))?|(?:i'm|we're|i am|we are)(?: (?:at|on))?|"
    r"(?:at|on|is|it's|that's|that is|it is|to|dial|using|from)))+$",
    re.IGNORECASE,
)
"""The words before the number that say that it comes."""


class Piece(NamedTuple):
    """One word of a clause."""

    at: int  # the index of the word in the transcript
    text: str  # as written, without the mark after it
    mark: str  # "." "?" "," or ""


@dataclass(frozen=True, slots=True)
class Clause:
    """The words of one fact, and where they are said."""

    pieces: tuple[Piece, ...]
    span: Span
    names: frozenset[str] = frozenset()  # the words of names, in lower case, with their capitals kept

    @property
    def is_question(self) -> bool:
        """Whether the recogniser wrote a question mark at its end."""
        return self.pieces[-1].mark == "?"

    @property
    def lead(self) -> str:
        """What a sentence needs before it: "I'm calling " before "about the lease", which has no verb."""
        if _CALLING.match(self.text):
            return "I'm "
        return "I'm calling " if _starts_with(self.pieces, _FRAGMENT | {"following"}) else ""

    def overlaps(self, other: Clause) -> bool:
        """Whether the two share a word."""
        return not {piece.at for piece in self.pieces}.isdisjoint(piece.at for piece in other.pieces)

    def without(self, end: Clause) -> Clause | None:
        """The clause without another that ends it; None where it does not end with the other."""
        left = self.pieces[: -len(end.pieces)]
        if len(left) < 2 or self.pieces[len(left) :] != end.pieces:
            return None
        return Clause((*left[:-1], left[-1]._replace(mark=end.pieces[-1].mark)), self.span, self.names)

    @property
    def text(self) -> str:
        """Its words as they stand inside a sentence, without a mark at the end."""
        parts = []
        for at, piece in enumerate(self.pieces):
            comma = "," if piece.mark and at < len(self.pieces) - 1 else ""
            parts.append((_inside if at == 0 else _written)(piece.text, self.names) + comma)
        return _CLOCK.sub(r"\1:\2", " ".join(parts))


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a message. What it does not say is None, or has no clause."""

    recipient: str | None = None  # as a greeting has it: the first name, or the title and the name
    caller: str | None = None
    company: str | None = None
    number: str | None = None  # in groups with commas between, as it is spoken
    heard_number: str = ""  # what was heard of a number that is not trusted, or not the same each time
    clauses: Mapping[str, tuple[Clause, ...]] = field(default_factory=dict)  # of each kind, the best first


def facts_of(content: MessageContent) -> Facts:
    """The facts of a message. What the brief says of names and number wins.

    >>> from aftertone.language.facts import first_name_of
    >>> first_name_of("Mary Stone"), first_name_of("Mr. Jones"), first_name_of("Dr. Anna Lee")
    ('Mary', 'Mr. Jones', 'Dr. Anna Lee')
    """
    brief = content.brief
    caller, recipient = content.caller, content.recipient
    name = brief.recipient or (recipient.name if recipient else None)
    caller_name = brief.caller or (caller.name if caller else None)
    company = brief.company or (caller.company if caller else None)
    number, heard = _number(content)
    words = (part.lower() for each in (name, caller_name, company) if each for part in each.split())
    finder = _ClauseFinder(content, frozenset(words) - _SMALL)
    return Facts(
        recipient=first_name_of(name) if name else None,
        caller=caller_name,
        company=company,
        number=number,
        heard_number=heard,
        clauses={kind: finder.clauses(kind) for kind in CLAUSES},
    )


def first_name_of(name: str) -> str:
    """A person's name as a greeting has it."""
    first, *others = name.split()
    return name if not others or first.strip(".").lower() in word_list("titles") else first


# ── the number ───────────────────────────────────────────────────────────────────────────────────────


def _number(content: MessageContent) -> tuple[str | None, str]:
    """The number in groups, with its extension; and what was heard where that is in doubt, with no number."""
    region = content.brief.region or DEFAULT_REGION
    heard = content.number
    if dialled := content.brief.dialled_number:
        plan = plan_validity(dialled.removeprefix("+"), dialled.startswith("+"), region)
        groups = ", ".join(spoken_groups(plan.e164 or dialled, region, plan.number))
        return _with_extension(groups, content.brief.extension), ""
    if heard.digits is None:
        return None, ""
    if heard.trusted and heard.agree:
        groups = ", ".join(spoken_groups(heard.e164 or heard.digits, region, heard.digits))
        return _with_extension(groups, heard.extension), ""
    readings = dict.fromkeys(reading.number for reading in heard.readings)
    return None, ", then ".join(", ".join(spoken_groups(each, region)) for each in readings)


def _with_extension(groups: str, extension: str | None) -> str:
    return f"{groups}, extension {extension}" if extension else groups


# ── clauses ──────────────────────────────────────────────────────────────────────────────────────────


class _ClauseFinder:
    """Finds clauses in the sentences of one message."""

    def __init__(self, content: MessageContent, names: frozenset[str]) -> None:
        self._content, self._names = content, names
        self._words = content.transcript.words
        self._number_words = {
            item.word_index
            for reading in (*content.number.readings, *content.number.partials)
            for item in reading.items
        }
        self._has_stops = any(token.mark in (".", "?") for token in tokens(content.transcript))
        self._sentences = list(_sentences(content, _kept(content), self._has_stops))
        self._phrases = {
            kind: [self._first_index(span) for span in content.spans(kind)] for kind in _ENDS_MOST
        }
        self._deadlines = [self._indices(span) for span in content.spans("deadline")]
        self._never = [span for kind in _NEVER for span in content.spans(kind)]
        ends = {each[-1].at for each in self._sentences}
        self._introduced = {  # words after which the caller is known
            next((at for at in range(first, last) if at in ends), last)
            for first, last in map(self._indices, content.caller.spans if content.caller else ())
        }

    def clauses(self, kind: str) -> tuple[Clause, ...]:
        """The clauses of a kind: those that are worth more first, else in order."""
        spans = self._content.purpose if kind == "purpose" else self._content.spans(kind)
        specific = self._content.spans("specific_ask") if kind == "ask" else ()
        found: list[Clause] = []
        for is_specific, span in [*((False, each) for each in spans), *((True, each) for each in specific)]:
            clause = self._clause(kind, *self._indices(span))
            if clause is None or any(clause.overlaps(other) for other in found):
                continue
            if kind in ("ask", "will_call") and _TELLS_PURPOSE.match(clause.text):
                continue
            if not is_specific or _ASKS.match(clause.text):
                found.append(clause)
        if kind == "purpose":
            return (*found, *self._statements())
        if kind == "ask":
            found.sort(key=lambda each: (not phrases.asks_for_something(each.text), each.span.start_s))
        elif kind == "deadline":
            found.sort(key=lambda each: not phrases.has_day_and_clock(each.text))
        return tuple(found)

    def _indices(self, span: Span) -> tuple[int, int]:
        """The indices of the first and the last word of a span."""
        inside = [
            at
            for at, word in enumerate(self._words)
            if word.start_s >= span.start_s and word.end_s <= span.end_s
        ]
        return inside[0], inside[-1]

    def _first_index(self, span: Span) -> int:
        """The index of the first word of a span, or of the "I" or "we" before it."""
        first, _ = self._indices(span)
        return first - 1 if first and self._words[first - 1].text.lower() in ("i", "we") else first

    def _clause(self, kind: str, first: int, last: int) -> Clause | None:
        """The clause around the phrase from word `first` to word `last`; None where there is none."""
        sentence = next((each for each in self._sentences if any(p.at >= first for p in each)), ())
        start = next((i for i, piece in enumerate(sentence) if piece.at >= first), None)
        if start is None or sentence[start].at > last:
            return None
        phrase = sentence[start]
        if kind == "deadline":
            end = max(i for i, piece in enumerate(sentence) if piece.at <= last)
        elif kind == "thanks":
            end = next((i for i in range(start, len(sentence)) if sentence[i].mark), len(sentence) - 1)
        else:
            end = self._end(kind, sentence, start)
            start = self._begin(sentence, start)
        pieces = list(sentence[start : end + 1])
        number = next((i for i, piece in enumerate(pieces) if piece.at in self._number_words), None)
        pieces = self._trimmed(pieces[:number])
        if phrase not in pieces:
            return None
        if kind == "ask" and number is not None:
            pieces = [*pieces[:-1], pieces[-1]._replace(mark=""), *self._alternative(sentence)]
        return self._checked(kind, pieces)

    def _alternative(self, sentence: Sequence[Piece]) -> list[Piece]:
        """The "or …" after the number, up to a comma."""
        last = max(i for i, piece in enumerate(sentence) if piece.at in self._number_words)
        rest = list(sentence[last + 1 :])
        if not _starts_with(rest, frozenset({"or"})):
            return []
        end = next((i for i, piece in enumerate(rest) if piece.mark), len(rest) - 1)
        return rest[: end + 1]

    def _statements(self) -> Iterator[Clause]:
        """The sentences that say none of what has a place of its own: what the message tells."""
        own = [self._indices(span) for kind in _OWN_PLACE for span in self._content.spans(kind)]
        taken = {at for first, last in own for at in range(first, last + 1)} | self._number_words
        introduced = min(self._introduced, default=len(self._words))
        for sentence in self._sentences:
            if sentence[0].at > introduced and taken.isdisjoint(piece.at for piece in sentence):
                clause = self._checked("statement", self._trimmed(list(sentence)))
                if clause is not None:
                    yield clause

    def _checked(self, kind: str, pieces: list[Piece]) -> Clause | None:
        """The clause of some words; None where they say too little, or what nobody should say again."""
        if len(pieces) < _WORDS_MIN.get(kind, _WORDS_MIN_OTHERS):
            return None
        if pieces[-1].mark == "?" and kind not in ("ask", "deadline"):
            return None
        text = " ".join(piece.text for piece in pieces)
        if kind == "thanks" and not _THANKS.match(text):
            return None
        if kind == "reason" and _starts_with(pieces, _BECAUSE):
            pieces = pieces[1:]
        wrong = _CONDITION if kind == "purpose" else _FRAGMENT if kind in _SENTENCES else frozenset()
        if kind not in ("ask", "deadline", "thanks") and _starts_with(pieces, _NO_BEGINNING | wrong):
            return None
        span = Span(self._words[pieces[0].at].start_s, self._words[pieces[-1].at].end_s)
        if any(map(span.overlaps, self._never)):
            return None
        return Clause(tuple(pieces), span, self._names)

    def _begin(self, sentence: Sequence[Piece], start: int) -> int:
        """Back to the beginning of the clause: after a comma, the caller's name or the number.

        A part such as "if that is too late," belongs to what follows it. Without full stops, the phrase
        itself is the beginning, with an article or "and" before it.
        """
        while start > 0:
            before = sentence[start - 1]
            if not self._has_stops and not _ends_open(before):
                break
            if before.at in self._introduced or before.at in self._number_words:
                break
            is_condition = _starts_with(sentence[_part_of(sentence, start - 1) :], _SUBORDINATE)
            if before.mark and not is_condition and not _starts_with(sentence[start:], _RELATIVE):
                break
            start -= 1
        return start

    def _end(self, kind: str, sentence: Sequence[Piece], start: int) -> int:
        """On to the end of the sentence, or to the next phrase; a request ends at a comma."""
        ending = _ENDS_OTHERS if kind in ("purpose", "ask") and self._has_stops else _ENDS_MOST
        others = {
            at
            for each in ending
            if each != kind
            for at in self._phrases[each]
            if self._words[at].text.lower() not in _FRAGMENT
        }
        has_parts = kind == "ask" and sentence[-1].mark != "?"
        for end in range(start, len(sentence) - 1):
            rest = sentence[end + 1 :]
            is_over = has_parts and sentence[end].mark and not _starts_with(rest, _GOES_ON)
            if any(first <= sentence[end].at < last for first, last in self._deadlines):
                continue
            if is_over and not _starts_with(sentence[_part_of(sentence, end) :], _SUBORDINATE):
                return end
            if rest[0].at in others and self._may_end(sentence, end):
                return end
        return len(sentence) - 1

    def _may_end(self, sentence: Sequence[Piece], end: int) -> bool:
        """Whether the clause may end at a word, since another phrase follows."""
        last = word_parts(sentence[end].text)[-1:]
        if self._has_stops:
            return bool(sentence[end].mark) or last in (("and",), ("but",), ("so",), ("or",))
        return not set(last) <= ENDS_NO_SENTENCE - {"and", "but", "because"}

    def _trimmed(self, pieces: list[Piece]) -> list[Piece]:
        """Without words that only lead on: "and" before, "at" before the number, a name that is called."""
        while pieces and (_starts_with(pieces, _OPENING) or self._is_called(pieces[0])):
            pieces = pieces[1:]
        if len(pieces) > _WORDS_MAX:
            commas = [at for at in range(1, _WORDS_MAX) if pieces[at].mark]
            pieces = pieces[: commas[-1] + 1] if commas else pieces[:_WORDS_MAX]
        texts = " ".join(piece.text for piece in pieces)
        led = _LEAD_TO_NUMBER.search(texts) if pieces and self._leads_on(pieces[-1].at) else None
        if led is not None:
            pieces = pieces[: len(texts[: led.start()].split())]
        while pieces and (
            _ends_open(pieces[-1]) or (len(pieces) > 1 and self._is_called(pieces[-1], pieces[-2]))
        ):
            pieces = pieces[:-1]
        return pieces

    def _leads_on(self, index: int) -> bool:
        """Whether the number or a part of it comes next."""
        following = index + 1
        while following < len(self._words) and is_filled_pause(self._words[following].text):
            following += 1
        last = self._words[index].text
        is_cut_off = last.strip(".-") in ("at", "on") or last.strip("-") == "is"  # "how wide it is." is whole
        return following in self._number_words or (is_cut_off and following == len(self._words))

    def _is_called(self, piece: Piece, before: Piece | None = None) -> bool:
        """Whether a word is the recipient's name by itself: "Mary," or ", Mary"."""
        name = self._content.recipient and self._content.recipient.name
        if not name or piece.text.lower() not in name.lower().split():
            return False
        return before.mark == "," if before is not None else piece.mark == ","


def _kept(content: MessageContent) -> frozenset[int]:
    """Indices of the words without fillers, "just" and words that are taken back."""
    out = {index for restart in content.restarts for index in restart.given_up}
    spans = [filler for filler in content.fillers if filler.kind == "lexical"]
    spans += [hedge for hedge in content.hedges if hedge.kind == "just"]
    return frozenset(
        at
        for at, word in enumerate(content.transcript.words)
        if at not in out
        and not is_filled_pause(word.text)
        and not any(each.start_s <= word.start_s and word.end_s <= each.end_s for each in spans)
    )


def _sentences(content: MessageContent, kept: frozenset[int], has_stops: bool) -> Iterator[tuple[Piece, ...]]:
    """The sentences of a message, of the words that are kept; ended by pauses where there are no stops."""
    words = content.transcript.words
    marks = {token.word_index: token for token in tokens(content.transcript)}
    sentence: list[Piece] = []
    for at, word in enumerate(words):
        if at not in marks:
            continue
        token = marks[at]
        mark = token.mark
        if mark in (".", "?") and token.text in ENDS_NO_SENTENCE:
            mark = ""
        if not has_stops and not mark and at + 1 < len(words) and token.text not in ENDS_NO_SENTENCE:
            mark = "." if words[at + 1].start_s - word.end_s >= _PAUSE_S else ""
        if at in kept:
            sentence.append(Piece(at, word.text.strip(' .,;:!?…"-–—'), mark))
        elif sentence and (mark in (".", "?") or sentence[-1].mark == ","):  # "to, um, talk": no comma
            sentence[-1] = sentence[-1]._replace(mark=mark if mark in (".", "?") else "")
        if mark in (".", "?") and sentence:
            yield tuple(sentence)
            sentence = []
    if sentence:
        yield tuple(sentence)


def _part_of(sentence: Sequence[Piece], at: int) -> int:
    """The first word of the part between commas that word `at` is in."""
    return max((i for i in range(1, at + 1) if sentence[i - 1].mark), default=0)


def _starts_with(pieces: Sequence[Piece], words: frozenset[str]) -> bool:
    return bool(pieces) and not words.isdisjoint(word_parts(pieces[0].text)[:1])


def _ends_open(piece: Piece) -> bool:
    parts = word_parts(piece.text)
    return not parts or parts[-1] in ENDS_NO_SENTENCE or (not piece.mark and parts[-1] in ("so", "or"))


def _inside(text: str, names: frozenset[str]) -> str:
    """A word that began a sentence, as it stands inside one."""
    written = _written(text, names)
    word = written.lower().removesuffix("'s")
    keeps = _OWN_CAPITAL.fullmatch(written) or _CALENDAR.fullmatch(word) or word in names
    return written if keeps or word in word_list("first_names") else written[:1].lower() + written[1:]


def _written(text: str, names: frozenset[str]) -> str:
    """A word with the capital that it always has."""
    is_name = text.removesuffix("'s") in names or _CALENDAR.fullmatch(text)
    return text[:1].upper() + text[1:] if is_name or re.fullmatch(r"i(['’]\w+)?", text) else text
