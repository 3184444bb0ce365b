"""Cue words: what the words around a number say that it is.

A table has the nouns ("account", "fax"). Regular expressions have the sentences ("don't call me at").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from aftertone.language.callback.lexemes import Lexeme
from aftertone.language.callback.numbering_plan import PARTIAL_DIGITS_MIN
from aftertone.language.callback.segmentation import Candidate
from aftertone.language.tokens import tokens
from aftertone.language.transcript import Transcript


@dataclass(frozen=True, slots=True)
class CueWeights:
    """Weights of a number by its cue words, on the scale of `PlanScores`; tuned on the tests' tables."""

    to_call: float = 1.0  # a telephone number: "call me at"
    preferred: float = 4.0  # the one to prefer: "my new number is"
    alternative: float = -3.0  # one that is second to others: "you can also try"
    excluded: float = -10.0  # one that is not to be called: "don't call", "invoice"


CUE_WEIGHTS = CueWeights()


class Cue(NamedTuple):
    """What the words around a number say."""

    weight: float = 0.0
    """One of `CueWeights`; 0 where the words say nothing."""
    kind: str = ""
    """As reports show it: "fax number"; "" where the words do not say."""
    line: str = ""
    """Which telephone of the caller: "cell", "office"; "or" for an alternative; "" where none is named."""


ANOTHER = "another telephone number"
_TO_CALL, _BETTER_ONE = Cue(CUE_WEIGHTS.to_call), Cue(CUE_WEIGHTS.preferred)
_SECOND_ONE = Cue(CUE_WEIGHTS.alternative, ANOTHER)
_FORMER = Cue(CUE_WEIGHTS.alternative, "number not to call")
_NOT_TO_CALL = Cue(CUE_WEIGHTS.excluded, "number not to call")
_DIALLED = Cue(CUE_WEIGHTS.alternative, "number that was called")
_CALLED = Cue(CUE_WEIGHTS.excluded, "number that was called")
_MISSED = Cue(CUE_WEIGHTS.excluded, "number of a missed call")
_SYSTEM = Cue(CUE_WEIGHTS.excluded, "number of a voicemail system")
_GREETING = Cue(CUE_WEIGHTS.excluded, "number of a greeting")
_FAX = Cue(CUE_WEIGHTS.excluded, "fax number")

_FOR_A_NUMBER = frozenset(
    """call reach phone telephone ring cell cellphone mobile text dial callback contact line direct
    office landline back""".split()  # noqa: SIM905 - a table to read
)
_LINES = frozenset(
    "cell cellphone mobile office home house work direct main landline desk or".split()  # noqa: SIM905
)
# Words before or after a number, and its kind; "" for phrases that give no kind.
_KINDS = {
    words: kind
    for kind, text in {
        "account number": "account, acct",
        "invoice number": "invoice",
        "order number": "order, purchase, po",
        "reference number": "reference, ref",
        "policy number": "policy",
        "case number": "case",
        "claim number": "claim",
        "ticket number": "ticket",
        "confirmation number": "confirmation, booking, reservation",
        "tracking number": "tracking",
        "postal code": "zip, post, postal, postcode, postcodes",
        "amount": "price, cost, costs, amount, balance, total, owe, owed, owes, tax, vat, fee, deposit",
        "passcode": "pin, passcode, password, access, passkey",
        "conference id": "conference, meeting, webinar, conference id, meeting id",
        "id number": "id",
        "member number": "member, membership",
        "customer number": "customer number, customer id, customer reference",
        "serial number": "serial",
        "part number": "part",
        "model number": "model",
        "item number": "item, sku, isbn",
        "license number": "license, licence, registration",
        "bank number": "sort, routing, iban",
        "social security number": "social, social security, ssn",
        "quote number": "quote",
        "receipt number": "receipt",
        "room number": "room, suite, apartment, unit",
        "box number": "box",
        "flight number": "flight",
        "card number": "card, visa, mastercard",
        "extension": "extension",
        "date": """date, born, birth, january, february, march, april, june, july, august, september, october,
            november, december""",
        _FAX.kind: "fax",
        "": "in case, in order, part of, last part, first part, next part, that part, in reference",
    }.items()
    for words in (tuple(phrase.split()) for phrase in text.split(","))
}
_SIZES = {  # possible counts of digits of these kinds; for another count the noun is ignored
    "date": range(9),
    "extension": range(7),
    "room number": range(7),
    "card number": (*range(7), *range(12, 20)),
    "postal code": range(10),
    "social security number": range(10),
}

_PHONE = (
    r"(?:number|numbers|phone|telephone|cell|cellphone|mobile|line|landline|home|office|work|desk)(?:'s)?"
)
_SMALL = (
    r"(?:me|us|him|her|them|back|on|at|the|a|my|our|his|this|that|is|was|it's|one|old|any|more|anymore|to|from"
    rf"|please|{_PHONE})"
)
_GLUE = rf"(?: {_SMALL})*$"
_VERB = r"(?:call|calling|use|using|dial|ring|ringing|phone|reach|try|text|texting|leave|contact)"
_RELATIVES = (
    r"(?:wife|husband|spouse|partner|son|daughter|mother|father|mom|mum|dad|brother|sister|boss|assistant)"
)
_UNCALLED = r"(?: (?!call|phone|reach\b|cell|text|ring|mobile)[\w']+)"
_OLD = r"(?:old|former|previous|wrong)"
_BETTER = r"(?:best|new|better|preferred|easiest|fastest|quickest|correct|current|actually|instead|now|mine)"
_IS = r"(?:(?:\. )?(?:that's|that is|that was|which is|which was)|is|was|are)"
_OWN = r"(?: (?:my|our|his|her|the|a|an|actually|now|also))*"

# The first that matches the words before a number gives its cue.
_BEFORE_FORMS = (
    (
        rf"\b(?:messages?|calls?|voicemails?) (?:was )?(?:received|left|sent)\b.* from{_GLUE}"
        rf"|\bnew (?:voice )?messages?\b.*\bfrom{_GLUE}|\bfrom phone number$|^received .*from{_GLUE}",
        _SYSTEM,
    ),
    (
        rf"\byou(?:'ve| have) reached{_UNCALLED}{{0,6}}$|\b(?:mailbox|voicemail) (?:of|for)(?: \w+)?$",
        _GREETING,
    ),
    (rf"\bfax(?:es|ed)?\b{_UNCALLED}{{0,5}}$", _FAX),
    (
        r"(?<!if you )(?<!if i )\b(?:don't|do not|dont|never|not|stop|can't|cannot|can not|shouldn't|won't"
        r"|longer|avoid|quit)(?: (?:ever|please|to|be|need|try))*"
        rf"(?: (?:{_VERB}|reached|reachable|available|at|on|answering)){_GLUE}"
        rf"|\b(?:{_OLD}|used to be|instead of|rather than|changed(?: \w+){{0,3}} from|forget|ignore|disregard"
        rf"|delete){_GLUE}|\bnot(?: at| on| the)*$",
        _NOT_TO_CALL,
    ),
    (
        rf"(?<!you )\b(?:call|calls|text|texts|message|messages|voicemail) from{_GLUE}"
        r"|\b(?:you|he|she|they|someone|somebody|who|that) (?:\w+ )?(?:called|texted|rang|phoned)"
        rf"(?: me| us)? from{_GLUE}",
        _MISSED,
    ),
    (rf"\byou(?: back)? (?:at|on)$|\byour {_PHONE}(?: \w+){{0,4}}$", _CALLED),
    (rf"\b(?:it|{_PHONE}) (?:was|were)$", _FORMER),
    (rf"\b(?:{_RELATIVES}(?:'s| is)?|his|her|their)(?: {_PHONE})*(?: is)?(?: at| on)?$", _SECOND_ONE),
    (
        r"\b(?:i|we)(?:'ve)? (?:dialed|dialled|called|tried|rang|phoned)(?: you)?(?: at| on)?$"
        r"|\bleft (?:[\w']+ ){0,3}(?:at|on|with)$",
        _DIALLED,
    ),
    (
        rf"\b(?:also|other|alternate|alternative|second|secondary|backup|emergency|usually|"
        rf"normally|typically)(?: (?:{_VERB}|{_SMALL}))*$",
        _SECOND_ONE,
    ),
    (rf"\b{_BETTER}(?: yet| still)?(?: {_VERB})?{_GLUE}", _BETTER_ONE),
)
# The same for the words after a number; these are tried first.
_AFTER_FORMS = (
    (r"^(?:dollars?|pounds|euros?|cents|bucks)\b", Cue(CUE_WEIGHTS.excluded, "amount")),
    (r"^(?:percent|people|units|miles)\b", Cue(CUE_WEIGHTS.excluded)),
    (
        rf"^{_IS} (?:not|no longer){_OWN} (?:{_PHONE}|{_OLD}|working|in|available|valid"
        rf"|good|mine|correct|right|active)|^{_IS}{_OWN} (?:{_OLD}|disconnected|dead|busy|out of)"
        r"|^(?:anymore|any more(?! \w+s\b)|any longer|no longer|isn't|used to"
        r"|(?:doesn't|does not|won't) (?:work|ring|exist)|has changed|has been (?:disconnected|changed))\b",
        _NOT_TO_CALL,
    ),
    (rf"^{_IS}(?: currently| not)? (?:unavailable|available)", _GREETING),
    (rf"^{_IS}{_OWN} {_RELATIVES}'s", _SECOND_ONE),
    (rf"^{_IS}{_OWN} {_BETTER}|^(?:instead|from now on|going forward)\b", _BETTER_ONE),
)
_BEFORE, _AFTER = (
    tuple((re.compile(form), cue) for form, cue in table) for table in (_BEFORE_FORMS, _AFTER_FORMS)
)
_IS_SAID = re.compile(rf"^{_IS}{_OWN} ")
_ENDS_A_KIND = frozenset((".", "number", "line", "id", "code", "and", "but", "so"))  # not "order ready"
_WORDS_BEFORE, _WORDS_AFTER = 12, 6  # that are searched: "one new message received today at 10 15 am from"
_NOUN_WORDS = 7  # before a number: "reach me directly on my mobile, that's"
_NOUN_WORDS_AFTER = 2  # after it: "312 555 0142 is our new fax"


class Cues:
    """The cues of numbers, by the words around them. The words of one candidate are no cue for another."""

    def __init__(self, transcript: Transcript, candidates: Iterable[Candidate]) -> None:
        self._tokens = tokens(transcript)
        self._numbers = {
            at
            for each in candidates
            if len(each.items) >= PARTIAL_DIGITS_MIN
            for at in range(each.first_word, each.last_word + 1)
        }
        self._known: dict[tuple[int, int, int], Cue] = {}

    def of(self, candidate: Candidate) -> Cue:
        """The cue of a candidate."""
        key = (candidate.first_word, candidate.last_word, len(candidate.items))
        if key not in self._known:
            line = _line(self._window(candidate.first_word, -1))
            self._known[key] = self._said(*key)._replace(line=line)
        return self._known[key]

    def of_figure(self, figure: Lexeme) -> Cue:
        """The cue of a time, a date, an amount or a count; the words around a count say what it is."""
        if figure.kind != "count":
            return Cue(CUE_WEIGHTS.excluded, figure.kind)
        return self._said(figure.word_index, figure.word_index, len(figure.value))

    def _said(self, first: int, last: int, size: int) -> Cue:
        before = self._window(first, -1)
        ends = any(token.word_index == last and token.mark in (".", "?") for token in self._tokens)
        text = " ".join(["."] * ends + self._window(last, 1))
        for form, cue in _AFTER:
            if form.search(text):
                return cue
        if _IS_SAID.match(text):
            words = _IS_SAID.sub("", text).split()
            for word, past in list(zip(words, (*words[1:], "."), strict=True))[:_NOUN_WORDS_AFTER]:
                if word in _FOR_A_NUMBER:
                    return _TO_CALL
                if _KINDS.get((word,)) and past in _ENDS_A_KIND:
                    return Cue(CUE_WEIGHTS.excluded, _KINDS[(word,)])
        while before and before[-1] == ".":
            del before[-1]
        text = " ".join(before)
        for form, cue in _BEFORE:
            if form.search(text):
                return cue
        if before and before[-1] in ("at", "on"):
            return _TO_CALL
        return _noun(before, size)

    def _window(self, word_index: int, step: int) -> list[str]:
        """The words before (step -1) or after (step 1) a word up to the next number; "." ends a sentence."""
        found: list[str] = []
        side = [token for token in self._tokens if (token.word_index - word_index) * step > 0][::step]
        limit = _WORDS_BEFORE if step < 0 else _WORDS_AFTER
        for token in side[:limit]:
            if token.word_index in self._numbers:
                break
            marked = [token.text, "."] if token.mark in (".", "?") else [token.text]
            found += marked[::step]
        return found[::step]


def _line(before: list[str]) -> str:
    """The nearest word of `_LINES` before a number, in the same sentence; "" without one."""
    sentence = before[len(before) - before[::-1].index(".") :] if "." in before else before
    return next((word for word in reversed(sentence) if word in _LINES), "")


def _noun(before: list[str], size: int) -> Cue:
    """The cue of the nearest known noun before a number; it depends on the count of digits (`size`)."""
    words = before[-_NOUN_WORDS:]
    for at in range(len(words) - 1, -1, -1):
        word, pair = words[at], tuple(words[max(0, at - 1) : at + 1])
        if word == "." or word.isdecimal():
            break
        kind = _KINDS.get(pair, _KINDS.get((word,)))
        if kind and size in _SIZES.get(kind, (size,)):
            return Cue(CUE_WEIGHTS.excluded, kind)
        if word in _FOR_A_NUMBER or (word in ("my", "our") and words[at + 1 : at + 2] == ["number"]):
            return _TO_CALL
    return Cue()
