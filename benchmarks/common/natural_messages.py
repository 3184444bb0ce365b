"""Whole voicemails, drawn from wording of this project and spoken by the natural voices.

A message has a greeting, the caller and company, a reason, a request, the number and a closing. In a text,
"|" separates two breaths, and "~" is a place for "um" or "uh".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import NamedTuple

import numpy as np

from aftertone.language.transcript import Word
from aftertone.synthesis.kokoro import RATE_HZ, Span, say
from benchmarks.common.composition import Kind, Part, Script, faded, gain, resampled
from sample_audio.phone_numbers import NUMERALS

SPEECH_RATE_HZ = 16_000
AMERICAN = "a"  # first letter of the names of American voices
KINDS: tuple[Kind, ...] = ("once", "twice", "changed", "partial")
MARGIN_S = 0.015  # faded margin on each side of the audible part
WITH_FILLERS_SHARE = 0.45  # of messages
FILLER_SHARE = 0.55  # of the places for fillers in such a message
SINGLE_GAP_S_MAX = 0.3  # between digits that are said one by one
ALONE_SHARE = 0.5  # of fillers that stand between two silences
EXTENSION_SHARE, CORRECTED_SHARE = 0.1, 0.1
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
COUNTRY_CODES = {"US": "1", "GB": "44", "AU": "61"}
# Sizes of the groups of a number, by its first digits; the last entry is for all others.
GROUPS = {
    "US": {"": (3, 3, 4)},
    "GB": {"02": (3, 4, 4), "07": (5, 3, 3), "": (5, 3, 3)},
    "AU": {"04": (4, 3, 3), "": (2, 4, 4)},
}
TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
MANNERS = {
    "US": ("groups", "groups", "run on", "pairs", "tens", "one by one", "area after", "country code"),
    "GB": ("groups", "groups", "run on", "pairs", "one by one", "country code"),
    "AU": ("groups", "groups", "run on", "pairs", "one by one", "country code"),
}
PLAIN = ("groups", "run on", "pairs", "one by one")  # manners for a second reading as well

RECIPIENTS = (
    *(
        "Maria",
        "Kevin",
        "Linda",
        "Omar",
        "Helen",
        "Diego",
        "Nadia",
        "Thomas",
        "Grace",
        "Ivan",
        "Lucy",
        "Samir",
    ),
    *("Karen", "Victor", "Naomi", "Andrew"),
)
CALLERS = (
    *("Amina Hassan", "Daniel Costa", "Laura Jensen", "Raj Kumar", "Sophie Martin", "Carlos Rivera"),
    *(
        "Emily Clark",
        "Ahmed Khan",
        "Monica Silva",
        "Peter Novak",
        "Julia Romano",
        "Kim Nguyen",
        "Hannah Weiss",
    ),
    *("David Cohen", "Olga Petrov", "Brian Murphy"),
)
COMPANIES = (
    *("Harbor Dental", "Northside Plumbing", "Garcia and Sons", "the city library", "Blue River Insurance"),
    *("Patel Accounting", "Evergreen Gardens", "the water company", "Summit Travel", "Kowalski Motors"),
    *("Lakeview Clinic", "Oak Street Bakery", "Chen Electrical", "the front desk", "Silver Line Moving"),
)
GREETINGS = (
    *("Hi {to}.", "Hello {to}.", "Good morning {to}.", "Good afternoon {to}.", "Hey {to}.", "Hello there."),
    *(
        "Hi, | this message is for {to}.",
        "Hi {to}, | I hope you're well.",
        "Yes, hello {to}.",
        "Good evening.",
    ),
    *("Hello, | I'm trying to reach {to}.", "Hi there {to}.", "Hello {to}, | sorry I missed you."),
)
IDENTITIES = (
    *("This is {by} ~ from {at}.", "It's {by} calling from {at}.", "My name is {by}, | and I'm with {at}."),
    *(
        "{by} here, | from {at}.",
        "I'm calling from {at}, | my name is {by}.",
        "This is {by}, | over at {at}.",
    ),
    *("You're speaking to {by} at {at}.", "It's ~ {by} again from {at}.", "This is {by} with {at}."),
    *("Here is {by}, | of {at}.", "My name's {by}, | and I work for {at}.", "It's me, {by}, at {at}."),
    *("This is {at}, | {by} speaking.",),
)
REASONS = (
    *("I'm calling about ~ your appointment on Thursday.", "I have ~ some news about your order."),
    *(
        "I wanted to ~ talk about the invoice | that you sent last week.",
        "The part you asked for has arrived.",
    ),
    *("I just had a question about ~ the form | that you filled in.", "We need to ~ change the time."),
    *("I was wondering ~ whether you still want the room.", "There's a small problem with ~ the delivery."),
    *("I'm getting back to you about ~ the offer.", "We found the keys | that you lost on Monday."),
    *(
        "Your car is ready, | ~ and you can pick it up today.",
        "I'd like to ~ go over the plan for the garden.",
    ),
    *(
        "The doctor has looked at ~ your results, | and everything is fine.",
        "It's about ~ the meeting in March.",
    ),
)
REQUESTS = (
    *(
        "Please call me back ~ when you can.",
        "Could you give me a call?",
        "Give me a ring when you get this.",
    ),
    *(
        "So ~ please get in touch today.",
        "If you have a minute, | call me back.",
        "Let me know ~ what you think.",
    ),
    *(
        "Would you call us before Friday?",
        "When you have the time, | please call.",
        "We'd like to hear from you.",
    ),
    *("Just call me ~ whenever it suits you.", "Please ring back this afternoon.", "Do call me tonight."),
)
INTRODUCTIONS = (
    *("My number is ~", "You can reach me at ~", "I'm on", "The number is ~", "You can call me on", "It's"),
    *("My direct line is", "The best number is ~", "Our number here is", "That's", "You'll find me at"),
    *("I can be reached at ~", "Here's my number,"),
)
AGAIN = (
    *(
        "Again, that's",
        "Once more,",
        "I'll say that again,",
        "So that's",
        "Let me repeat that,",
        "That's",
        "Again,",
    ),
    *("One more time, that was", "I repeat,", "The number again is", "Just to repeat,", "And again, it's"),
)
IN_PART = (
    *(
        "So it ends in",
        "That's",
        "The last part again,",
        "It ends with",
        "Once more, the end is",
        "The end again,",
    ),
    *("That last bit was", "So the last digits are", "The last digits again,", "I said", "Again,", "Ending"),
)
CORRECTIONS = (
    *(
        "sorry,",
        "no, sorry,",
        "I mean,",
        "wait, no,",
        "sorry, that's",
        "no, it's",
        "excuse me,",
        "let me see,",
    ),
    *("oh sorry,", "no wait,", "correction,", "I'm sorry, it's"),
)
CLOSINGS = (
    *(
        "Thank you.",
        "Thanks, | bye.",
        "Talk to you soon.",
        "Have a good day.",
        "Thanks so much, {to}.",
        "Bye now.",
    ),
    *("Thank you, | and goodbye.", "I'll be here until six.", "Speak soon.", "Many thanks.", "Take care."),
    *("I look forward to hearing from you.", "All right, | goodbye."),
)


class Token(NamedTuple):
    """A spoken word and its digits."""

    text: str
    digits: str = ""


class Phrase(NamedTuple):
    """One breath, and the silence before it."""

    tokens: tuple[Token, ...]
    before_s: float
    speed: float
    reading: int | None = None


def natural_script(draw: np.random.Generator, voice: str, kind: Kind) -> Script:
    """A spoken message. American voices say US numbers; the others say British and Australian numbers."""
    region = "US" if voice[0] == AMERICAN else ("GB", "AU")[int(draw.random() < 0.4)]
    number = drawn_number(draw, region)
    manner = _one(draw, MANNERS[region])
    if manner == "area after" and number[:3] in TOLL_FREE:
        manner = "groups"
    if draw.random() < CORRECTED_SHARE:
        manner = "corrected"
    if kind == "cut":
        number = number[:-1]
        manner = manner if manner in PLAIN else "groups"
    extension = None
    if manner == "groups" and kind in ("once", "twice") and draw.random() < EXTENSION_SHARE:
        extension = "".join(map(str, draw.integers(0, 10, 3)))
    readings = readings_of(draw, number, region, kind)
    speed, pace = draw.uniform(0.85, 1.2), draw.uniform(0.7, 1.3)
    phrases = list(_opening(draw, speed))
    number_spoken = _Number(draw, region, pace)
    phrases += number_spoken.reading(number, manner, 1)
    if extension:
        phrases.append(_extension(extension, draw, pace))
    if len(readings) > 1:
        words = IN_PART if kind == "partial" else AGAIN
        phrases += _phrases(draw, _one(draw, words), speed, fillers=False, before_s=draw.uniform(0.35, 0.9))
        again = manner if manner in PLAIN else "groups"
        phrases += number_spoken.reading(readings[1], again, 2)
    closing = _one(draw, CLOSINGS).format(to=_one(draw, RECIPIENTS))
    phrases += _phrases(draw, closing, speed, fillers=False, before_s=draw.uniform(0.35, 0.9))
    code = COUNTRY_CODES[region] if manner == "country code" else ""
    readings[0] = code + (number.removeprefix("0") if code else number)
    return Script(
        parts=tuple(_spoken(phrases, voice)),
        readings=tuple(readings),
        kind=kind,
        speaker=voice,
        number=number,
        rate_hz=SPEECH_RATE_HZ,
        region=region,
        manner=manner,
        extension=extension,
    )


# ── wording ──────────────────────────────────────────────────────────────────────────────────────────


def _one(draw: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[int(draw.integers(len(choices)))]


def _opening(draw: np.random.Generator, speed: float) -> Iterator[Phrase]:
    """The breaths before the number."""
    names = {"to": _one(draw, RECIPIENTS), "by": _one(draw, CALLERS), "at": _one(draw, COMPANIES)}
    fillers = draw.random() < WITH_FILLERS_SHARE
    for at, part in enumerate((GREETINGS, IDENTITIES, REASONS, REQUESTS, INTRODUCTIONS)):
        before_s = draw.uniform(0.25, 0.8) if at else 0.0
        yield from _phrases(draw, _one(draw, part).format(**names), speed, fillers=fillers, before_s=before_s)


def _phrases(
    draw: np.random.Generator, text: str, speed: float, *, fillers: bool, before_s: float
) -> Iterator[Phrase]:
    """The breaths of a text, with "um" and "uh" at some of its places."""
    for breath in text.split("|"):
        first, *others = breath.split("~")
        tokens = [Token(word) for word in first.split()]
        for other in others:
            if fillers and draw.random() < FILLER_SHARE:
                filler = Token(_one(draw, ("um,", "uh,")))
                if tokens and draw.random() < ALONE_SHARE:
                    yield Phrase(tuple(tokens), before_s, speed)
                    yield Phrase((filler,), draw.uniform(0.08, 0.4), draw.uniform(0.7, 1.0))
                    tokens, before_s = [], draw.uniform(0.08, 0.5)
                elif tokens:
                    last = tokens.pop()
                    tokens += [Token(last.text.rstrip(",") + ","), filler]
                else:
                    tokens.append(filler)
            tokens += [Token(word) for word in other.split()]
        if tokens:
            yield Phrase(tuple(tokens), before_s, speed)
            before_s = draw.uniform(0.1, 0.4)


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────


def readings_of(draw: np.random.Generator, number: str, region: str, kind: Kind) -> list[str]:
    """The digits of each reading of a number in a message of a kind."""
    if kind == "twice":
        return [number, number]
    if kind == "changed":
        return [number, changed(draw, number)]
    if kind == "partial":
        return [number, number[-groups_of(number, region)[-1] :]]
    return [number]


def drawn_number(draw: np.random.Generator, region: str) -> str:
    """A valid number of a region, as dialled there."""
    import phonenumbers

    if region == "US":
        start = _one(draw, TOLL_FREE) if draw.random() < 0.25 else ""
    else:
        start = _one(draw, {"GB": ("01", "020", "07"), "AU": ("02", "03", "04", "07", "08")}[region])
    length = 11 if region == "GB" else 10
    while True:
        digits = start + "".join(map(str, draw.integers(0, 10, length - len(start))))
        with suppress(phonenumbers.NumberParseException):  # "00..." is an international prefix
            parsed = phonenumbers.parse(digits, region)
            if phonenumbers.is_valid_number_for_region(parsed, region):
                return digits


def changed(draw: np.random.Generator, number: str, last: int = 7) -> str:
    """The number with one of its `last` digits changed; the area code stays."""
    at = int(draw.integers(len(number) - last, len(number)))
    other = _one(draw, [digit for digit in "0123456789" if digit != number[at]])
    return number[:at] + other + number[at + 1 :]


def groups_of(number: str, region: str) -> tuple[int, ...]:
    """Sizes of the groups of a number."""
    return next(sizes for start, sizes in GROUPS[region].items() if number.startswith(start))


class _Number:
    """The style of one message's digits: words for 0, "double", pace and silences."""

    def __init__(self, draw: np.random.Generator, region: str, speed: float) -> None:
        self.draw, self.region, self.speed = draw, region, speed
        self.zeros = ("oh", "zero", "mixed")[int(draw.integers(3))]
        self.doubles = region != "US" and draw.random() < 0.6
        self.hundred = draw.random() < 0.6
        self.gap_s = draw.uniform(0.08, 0.7)

    def reading(self, digits: str, manner: str, index: int) -> Iterator[Phrase]:
        """The breaths of a number or of its end."""
        sizes = groups_of(digits, self.region) if len(digits) > 6 else (len(digits),)
        groups = [
            digits[end - size : end] for size, end in zip(sizes, np.cumsum(sizes).tolist(), strict=True)
        ]
        if manner == "country code":
            groups[0] = groups[0].removeprefix("0")
            code = (Token("plus"), *self._tokens(COUNTRY_CODES[self.region]))
            yield from self._breaths([code, *map(self._tokens, groups)], index)
        elif manner == "run on":
            yield from self._breaths(
                [tuple(token for group in groups for token in self._tokens(group))], index
            )
        elif manner == "one by one":
            self.gap_s = min(self.gap_s, SINGLE_GAP_S_MAX)
            yield from self._breaths([self._tokens(digit) for digit in digits], index)
        elif manner in ("pairs", "tens"):
            head = groups[:-1] if self.region == "US" or len(groups) == 1 else []
            rest = digits[sum(map(len, head)) :]
            odd = len(rest) % 2
            pairs = [rest[:3], *_by_two(rest[3:])] if odd else _by_two(rest)
            tokens_of = self._as_tens if manner == "tens" else self._tokens
            yield from self._breaths([*map(self._tokens, head), *(tokens_of(pair) for pair in pairs)], index)
        elif manner == "area after":
            area, *local = groups
            yield from self._breaths([*map(self._tokens, local)], index)
            yield from self._breaths([(Token("area"), Token("code"), *self._tokens(area))], index)
        elif manner == "corrected":
            wrong = changed(self.draw, groups[-1], len(groups[-1]))
            yield from self._breaths([*map(self._tokens, groups[:-1])], index)
            yield from self._breaths([self._tokens(wrong)], 0)
            words = tuple(Token(word) for word in _one(self.draw, CORRECTIONS).split())
            yield Phrase(words, self.draw.uniform(0.1, 0.5), min(self.speed * 1.1, 1.3))
            yield from self._breaths([self._tokens(groups[-1])], index)
        else:
            yield from self._breaths([*map(self._tokens, groups)], index)

    def _breaths(self, groups: Iterable[tuple[Token, ...]], index: int) -> Iterator[Phrase]:
        speed = float(np.clip(self.speed * self.draw.uniform(0.95, 1.05), 0.7, 1.3))
        for tokens in groups:
            ended = (*tokens[:-1], Token(tokens[-1].text + ",", tokens[-1].digits))
            yield Phrase(ended, self.gap_s * self.draw.uniform(0.8, 1.2), speed, index)

    def _tokens(self, digits: str) -> tuple[Token, ...]:
        if digits == "800" and self.hundred and self.region == "US":
            return Token("eight", "8"), Token("hundred", "00")
        found: list[Token] = []
        at = 0
        while at < len(digits):
            digit = digits[at]
            run = len(digits[at:]) - len(digits[at:].lstrip(digit))
            if self.doubles and run in (2, 3):
                found += [Token("double" if run == 2 else "triple"), Token(self._name(digit), digit * run)]
                at += run
            else:
                found.append(Token(self._name(digit), digit))
                at += 1
        return tuple(found)

    def _as_tens(self, pair: str) -> tuple[Token, ...]:
        if len(pair) != 2 or pair[0] == "0":
            return self._tokens(pair)
        if pair[0] == "1":
            return (Token(TEENS[int(pair[1])], pair),)
        if pair[1] == "0":
            return (Token(TENS[int(pair[0])], pair),)
        return Token(TENS[int(pair[0])], pair[0]), Token(NUMERALS[int(pair[1])], pair[1])

    def _name(self, digit: str) -> str:
        if digit == "0" and (self.zeros == "oh" or (self.zeros == "mixed" and self.draw.random() < 0.5)):
            return "oh"
        return NUMERALS[int(digit)]


def _by_two(digits: str) -> list[str]:
    return [digits[at : at + 2] for at in range(0, len(digits), 2)]


def _extension(extension: str, draw: np.random.Generator, speed: float) -> Phrase:
    """The breath of an extension. Its digits belong to no reading of the number."""
    tokens = (Token("extension"), *(Token(NUMERALS[int(digit)], digit) for digit in extension))
    return Phrase(tokens, draw.uniform(0.1, 0.5), speed, 0)


# ── voices ───────────────────────────────────────────────────────────────────────────────────────────


@cache
def _said(text: str, voice: str, speed: float) -> tuple[np.ndarray, tuple[Span, ...]]:
    spoken = say(text, voice, speed)
    return resampled(spoken.samples, RATE_HZ, SPEECH_RATE_HZ), spoken.words


def _spoken(phrases: Sequence[Phrase], voice: str) -> Iterator[Part | float]:
    """Phrases as sound at one gain, with their silences."""
    said = [_said(" ".join(t.text for t in phrase.tokens), voice, phrase.speed) for phrase in phrases]
    level = gain(np.concatenate([samples for samples, _ in said]), SPEECH_RATE_HZ)
    margin = round(MARGIN_S * SPEECH_RATE_HZ)
    for phrase, (samples, spans) in zip(phrases, said, strict=True):
        first, past = round(spans[0].start_s * SPEECH_RATE_HZ), round(spans[-1].end_s * SPEECH_RATE_HZ)
        padded = np.pad(samples, margin)[first : past + 2 * margin] * level
        start_s = first / SPEECH_RATE_HZ
        words = tuple(Word(w.text, w.start_s - start_s, w.end_s - start_s, 1.0) for w in spans)
        digits = tuple(token.digits for token in phrase.tokens)
        yield phrase.before_s
        yield Part(
            faded(padded, SPEECH_RATE_HZ, MARGIN_S), words, digits, phrase.reading, margin / SPEECH_RATE_HZ
        )
