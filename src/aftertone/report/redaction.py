"""Telephone numbers, names and amounts masked in everything that an outcome says.

What was found in a message is masked wherever it stands: words that a measure names as a name, digits of a
number, an amount of money. Beside that, what looks like a number, an amount or an address is masked in every
text, and so are first names and what follows a title. Masked too much rather than too little: a year is four
digits, and goes. A surname that nothing points to as a name, or that was misheard, stays; where nothing may
be left, leave the transcripts out as well. The name of a file is not masked: it is what the row is known by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from aftertone.language.brief import Brief
from aftertone.language.names import first_names
from aftertone.language.transcript import Span, Transcript, Word
from aftertone.measurements import Measurements
from aftertone.playbook import Finding
from aftertone.report.outcome import Outcome
from aftertone.scoring import Review

NUMBER, NAME, AMOUNT = "[number]", "[name]", "[amount]"

_DIGITS_MIN = 4  # in a row: the end of a card or account number is the least that tells somebody apart

_SPOKEN = """zero oh nought nil one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million double triple treble""".split()  # noqa: SIM905 - a list to read
_ONE_SPOKEN = "(?:" + "|".join(_SPOKEN) + r")(?:-(?:" + "|".join(_SPOKEN) + "))*"
_PIECE = rf"(?:\+?\(?\d[\d().,/:\-–]*|\b{_ONE_SPOKEN}\b)"
_GAP = r"(?:[\s.,\-–]+(?:and|dash|hyphen|dot|point|um|uh|a)\b)?[\s.,\-–]*"
_NUMBER = re.compile(rf"{_PIECE}(?:{_GAP}{_PIECE})*", re.IGNORECASE)
_EXTENSION = re.compile(
    rf"\b(?:extension|ext)\b\.?(?:\s+(?:number|is))*[\s:#]*({_PIECE}(?:{_GAP}{_PIECE})*)", re.IGNORECASE
)  # the end of a number, however short
_CURRENCY = r"(?:dollars?|bucks?|cents?|pounds?|pence|quid|euros?|grand|usd|gbp|eur|aud|cad|yen|rupees?)"
_AMOUNT = re.compile(
    rf"[$£€¥₹]\s*\d[\d,.]*(?:\s*(?:k|m|bn|thousand|million|hundred)\b)?|"
    rf"(?:(?:{_PIECE}|\ba\b|\ba few\b|\bhalf a\b)(?:{_GAP}{_PIECE})*)\s*{_CURRENCY}\b"
    rf"(?:\s*(?:and\s+)?{_PIECE}(?:{_GAP}{_PIECE})*\s*(?:cents?|pence|p)\b)?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b|\bhttps?://\S+", re.IGNORECASE)
_TITLED = re.compile(r"\b((?:mr|mrs|ms|miss|dr|doctor|prof|professor)\b\.?\s+)([a-z'’-]+)", re.IGNORECASE)
_COMMON = frozenset(
    """a an and at for from in inc llc ltd of on or our the to with your mr mrs ms miss dr sons company co
    group office services service""".split()  # noqa: SIM905
)  # words of a name that are no secret, and stand everywhere
_ORDINARY = frozenset(
    """april art august bill chase dale dawn dean don drew earl ed faith frank grace grant guy hope joy june
    mark may miles penny ray robin rose sue summer will""".split()  # noqa: SIM905
)  # first names that are words: masked where a message is known to name them
_NAMES = ("recipient.name", "caller.name", "caller.company")
_OF_NUMBER = "number."  # how measures begin of which every digit is masked, however few there are
_COUNTED = re.compile(r"\d+(?:\.\d+|st|nd|rd|th)?")  # of digits; decimals and ordinals are none of a number


def redacted(outcome: Outcome, brief: Brief | None = None) -> Outcome:
    """An outcome in which numbers, names and amounts are masked, its evidence and transcript too.

    Parameters
    ----------
    outcome : Outcome
    brief : Brief or None
        The names and numbers in it are known to be such.

    Examples
    --------
    >>> mask = Mask(["Mary Stone"])
    >>> mask.text("hi mary it's about the 500 dollars call me at five five five one two one two")
    "hi [name] it's about the [amount] call me at [number]"
    """
    if outcome.review is None:
        mask = Mask(_names_in(brief))
        error = outcome.error
        if error is None:
            return outcome
        beginning, path, rest = str(error).rpartition(str(outcome.path))
        message = mask.text(beginning) + path + mask.text(rest)
        return replace(outcome, error=type(error)(message))
    review = outcome.review
    values = review.measurements.flat()
    mask = Mask([*_names_in(brief), *(str(values[name]) for name in _NAMES if values.get(name))])
    return replace(outcome, review=_review(review, mask))


class Mask:
    """Masks texts, and words that stand in time.

    Parameters
    ----------
    names : iterable of str
        Of people and companies; each of their words is masked where it stands, whatever its capitals, and so
        are first names that many people have.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        words = {part for name in names for part in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", name.lower())}
        secret = {word for word in words - _COMMON if len(word) > 1} | (first_names() - _ORDINARY)
        one = "|".join(map(re.escape, sorted(secret, key=len, reverse=True)))
        self._names = re.compile(rf"\b(?:{one})\b(?:[\s.,]+(?:{one})\b)*", re.IGNORECASE)

    def text(self, text: str) -> str:
        """A text with what it gives away masked."""
        masked = list(text)
        for start, end, what in sorted(self._places(text), reverse=True):
            masked[start:end] = what
        return "".join(masked)

    def on_number(self, text: str) -> str:
        """A text on the number with all its digits masked, however few; decimals and ordinals stay.

        >>> Mask().on_number("the 8th digit: 3, then 4. Leave a beat after 312, in 2.4 s")
        'the 8th digit: [number], then [number]. Leave a beat after [number], in 2.4 s'
        """
        return _COUNTED.sub(lambda found: NUMBER if found[0].isdigit() else found[0], self.text(text))

    def transcript(self, transcript: Transcript) -> Transcript:
        """The words with what they give away masked, each in its place and time."""
        hidden: dict[int, str] = {}
        text, starts = "", []
        for word in transcript.words:
            starts.append(len(text))
            text += word.text + " "
        ends = [start + len(word.text) for start, word in zip(starts, transcript.words, strict=True)]
        for start, end, what in self._places(text):
            for index, (first, last) in enumerate(zip(starts, ends, strict=True)):
                if first < end and last > start:
                    hidden[index] = what
        words = tuple(
            replace(word, text=hidden.get(index, word.text)) for index, word in enumerate(transcript.words)
        )
        return replace(transcript, words=words, numerals=())

    def _places(self, text: str) -> list[tuple[int, int, str]]:
        """What is to be masked, and as what; nothing twice."""
        found: list[tuple[int, int, str]] = []

        def add(start: int, end: int, what: str) -> None:
            if all(end <= first or start >= last for first, last, _ in found):
                found.append((start, end, what))

        for match in _ADDRESS.finditer(text):
            add(*match.span(), NAME)
        for match in _AMOUNT.finditer(text):
            add(*match.span(), AMOUNT)
        for match in _NUMBER.finditer(text):
            if _digit_count(match[0]) >= _DIGITS_MIN:
                end = match.end() - (len(match[0]) - len(match[0].rstrip(" .,:-–/(")))
                add(match.start(), end, NUMBER)
        for match in _EXTENSION.finditer(text):
            add(*match.span(1), NUMBER)
        for match in self._names.finditer(text):
            add(*match.span(), NAME)
        for match in _TITLED.finditer(text):
            add(*match.span(2), NAME)
        return found


def _digit_count(text: str) -> int:
    """Digits that are written, and words for digits; decimals such as 0.45 count nothing."""
    text = re.sub(r"(?<![\d.,-])\d{1,3}\.\d{1,3}(?![\d.-])", "", text)
    spoken = [word for word in re.findall(r"[a-z]+", text.lower()) if word in _SPOKEN]
    return len(re.findall(r"\d", text)) + len(spoken)


def _names_in(brief: Brief | None) -> list[str]:
    return [] if brief is None else [name for name in (brief.recipient, brief.caller, brief.company) if name]


_Pairs = tuple[tuple[Word, Word], ...]  # each word as it was, and masked


def _review(review: Review, mask: Mask) -> Review:
    transcript = review.transcript and mask.transcript(review.transcript)
    words: _Pairs = ()
    if review.transcript and transcript:
        words = tuple(zip(review.transcript.words, transcript.words, strict=True))
    measurements = _measurements(review.measurements, mask, words)
    quoted = _number_texts(review.measurements, measurements)
    return replace(
        review,
        measurements=measurements,
        findings=tuple(_finding(finding, mask, words, quoted) for finding in review.findings),
        score=replace(review.score, reason=mask.text(review.score.reason)),
        transcript=transcript,
    )


def _measurements(measurements: Measurements, mask: Mask, words: _Pairs) -> Measurements:
    groups = {}
    for name, group in measurements.groups().items():
        values = {field: getattr(group, field) for field in group.names()}
        groups[name] = replace(
            group,
            **{field: _value(f"{name}.{field}", value, mask, words) for field, value in values.items()},
            reasons={field: mask.text(reason) for field, reason in group.reasons.items()},
            evidence={
                field: _spans(f"{name}.{field}", spans, mask, words)
                for field, spans in group.evidence.items()
            },
        )
    return replace(measurements, **groups)  # type: ignore[arg-type]


def _number_texts(measured: Measurements, masked: Measurements) -> dict[str, str]:
    """What measures of the number say, as it was and masked: advice may quote it."""
    texts = {}
    for field in measured.number.names():
        was, now = getattr(measured.number, field), getattr(masked.number, field)
        if isinstance(was, str):
            texts[was] = now
        elif isinstance(was, tuple):
            texts |= {span.text: hidden.text for span, hidden in zip(was, now, strict=True)}
    return texts


def _finding(finding: Finding, mask: Mask, words: _Pairs, quoted: Mapping[str, str]) -> Finding:
    advice = finding.advice
    for text in sorted(quoted, key=len, reverse=True):
        advice = quoted[text].join(re.split(rf"(?<!\w){re.escape(text)}(?!\w)", advice))
    of = next((name for name in finding.measures if name.startswith(_OF_NUMBER)), finding.measure)
    return replace(
        finding,
        value=_value(finding.measure, finding.value, mask, words),
        evidence=_spans(of, finding.evidence, mask, words),
        advice=mask.text(advice),
        reason=mask.text(finding.reason),
        measures={name: _value(name, value, mask, words) for name, value in finding.measures.items()},
    )


def _value(name: str, value: Any, mask: Mask, words: _Pairs) -> Any:
    if isinstance(value, str):
        return NAME if name in _NAMES else _masker(name, mask)(value)
    if isinstance(value, tuple) and value and isinstance(value[0], Span):
        return _spans(name, value, mask, words)
    return value


def _masker(name: str, mask: Mask) -> Callable[[str], str]:
    return mask.on_number if name.startswith(_OF_NUMBER) else mask.text


def _spans(name: str, spans: Iterable[Span], mask: Mask, words: _Pairs) -> tuple[Span, ...]:
    masker = _masker(name, mask)
    return tuple(replace(span, text=_span_text(span, masker, words)) for span in spans)


def _span_text(span: Span, masker: Callable[[str], str], words: _Pairs) -> str:
    """The text of a span; a piece of a number is a piece of what was masked in the whole transcript."""
    inside = [pair for pair in words if pair[0].start_s < span.end_s and pair[0].end_s > span.start_s]
    if span.text and span.text == " ".join(word.text for word, _ in inside):
        return masker(" ".join(text for text, _ in groupby(masked.text for _, masked in inside)))
    return masker(span.text)
