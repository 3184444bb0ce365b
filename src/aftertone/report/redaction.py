"""Redaction: telephone numbers, names and amounts are masked in everything that an outcome says.

What a measure names as a name, a digit of the number or an amount is masked wherever it stands. In every
text, so is what looks like a number, an amount, an address or a date of birth, and first names, words after a
title, spelled words and streets with their number. Rather too much is masked than too little: a year has four
digits, and is masked. A surname that nothing marks as a name, or that was misrecognised, stays: where nothing
may be left, leave the transcripts out as well. The name of a file stays, for it identifies the row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, groupby
from typing import Any

from aftertone.language.brief import Brief
from aftertone.language.callback.digit_runs import spoken_numbers
from aftertone.language.name_places import may_be_name, word_list
from aftertone.language.transcript import Span, Transcript, Word
from aftertone.measurements import Measurements
from aftertone.outcome import Location, Outcome
from aftertone.playbook import Finding, Review, Rewrite, RewritePart
from aftertone.playbook.rewriting import HEARD

NUMBER, NAME, AMOUNT, ADDRESS = "[number]", "[name]", "[amount]", "[address]"

_DIGITS_MIN = 4  # in a row, ours: the end of a card or account number is enough to identify a person

_SPOKEN = """zero oh nought nil one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million double triple treble""".split()  # noqa: SIM905 - a list to read
_ONE_SPOKEN = "(?:" + "|".join(_SPOKEN) + r")(?:-(?:" + "|".join(_SPOKEN) + "))*"
_PIECE = rf"(?:\+?\(?\d[\d().,/:\-–]*|\b{_ONE_SPOKEN}\b)"
_GAP = r"(?:[\s.,\-–]+(?:and|dash|hyphen|dot|point|um|uh|a)\b)?[\s.,\-–]*"
_PIECES = rf"{_PIECE}(?:{_GAP}{_PIECE})*"
_NUMBER = re.compile(_PIECES, re.IGNORECASE)
_EXTENSION = re.compile(
    rf"\b(?:extension\b|ext\b|area code\b|country code\b|x(?=\s?\d))\.?(?:\s+(?:number|is|the))*[\s:#]*"
    rf"(?P<masked>{_PIECES})",
    re.IGNORECASE,
)  # a part of a number, however short
_CURRENCY = r"(?:dollars?|bucks?|cents?|pounds?|pence|quid|euros?|grand|usd|gbp|eur|aud|cad|yen|rupees?)"
_AMOUNT = re.compile(
    rf"[$£€¥₹]\s*\d[\d,.]*(?:\s*(?:k|m|bn|thousand|million|hundred)\b)?|"
    rf"(?:(?:{_PIECE}|\ba\b|\ba few\b|\bhalf a\b)(?:{_GAP}{_PIECE})*)\s*{_CURRENCY}\b"
    rf"(?:\s*(?:and\s+)?{_PIECES}\s*(?:cents?|pence|p)\b)?",
    re.IGNORECASE,
)
_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_ORDINAL = (
    r"(?:\d+(?:st|nd|rd|th)|(?:twenty|thirty)?[\s-]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|"
    r"tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth)"
)
_DATE_PART = rf"(?:{_MONTH}|\b{_ORDINAL}\b|{_PIECE})"
_BIRTH = re.compile(
    rf"\b(?:date of birth|birth ?date|birthday|d\.?o\.?b|born)\b\.?[\s,:]*(?:(?:is|was|on|the|in|it's)\s+)*"
    rf"(?P<masked>{_DATE_PART}(?:[\s.,\-–/]+(?:of\s+|the\s+)*{_DATE_PART})*)",
    re.IGNORECASE,
)
_LETTER = r"\b[a-z](?:\s+(?:as in|like|for)\s+[a-z]+)?\b(?!['’])"
_SPELLED = re.compile(rf"(?![ap][\s.]+m\b){_LETTER}(?:[\s.,\-–]+{_LETTER}){{2,}}", re.IGNORECASE)
_STREET = re.compile(
    rf"(?P<masked>{_PIECES}(?P<name>(?:\s+[a-z'’]+){{1,3}}?))\s+"
    r"(?:(?:street|road|avenue|lane|boulevard|terrace|crescent|highway|parkway)\b|"
    r"(?-i:Drive|Court|Place|Way|Square|Circle|Close|St\b|Rd\b|Ave\b|Blvd\b|Ln\b|Dr\b))",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b|\bhttps?://\S+", re.IGNORECASE)
_TITLED = re.compile(
    r"\b(?:mr|mrs|ms|miss|dr|doctor|prof|professor)\b\.?\s+(?P<masked>(?P<name>[a-z'’-]+))", re.IGNORECASE
)
_COMMON = frozenset(
    """a an and at for from in inc llc ltd of on or our the to with your mr mrs ms miss dr sons company co
    group office services service""".split()  # noqa: SIM905
)  # words of a name that identify nobody
_MONTHS = frozenset({"april", "august", "june", "may"})
_ORDINARY = _MONTHS | frozenset(
    """amber art bill chase crystal daisy dale dawn dean don drew earl ed faith frank gene ginger grace
    grant guy hazel heather holly hope iris ivy jade jasmine joy lily mark max miles olive pat pearl
    penny ray robin rose ruby sandy sue summer violet will""".split()  # noqa: SIM905
)  # first names that are also words: masked where they are known as names, or have a capital
_CAPITAL = re.compile(
    rf"(?<=[a-z,] )(?:{'|'.join(name.title() for name in sorted(_ORDINARY - _MONTHS))})\b(?!['’]t\b)"
)
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NAMES = ("recipient.name", "caller.name", "caller.company")
_NUMBER_GROUP = "number."  # in texts of these measures every digit is masked, however few there are
_SCRIPT_GROUP = "script."  # texts of these measures may hold a few digits of a number alone
_DECIMAL = re.compile(r"(?<![\d.,-])\d{1,3}\.\d{1,3}(?![\d.-])")
_SAID_RUN = re.compile(rf"\b{_ONE_SPOKEN}(?:[\s.,]+{_ONE_SPOKEN})*\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d+(?:\.\d+|st|nd|rd|th)?")  # or a decimal or ordinal, which is no part of a number


def redacted(outcome: Outcome, brief: Brief | None = None) -> Outcome:
    """An outcome with numbers, names and amounts masked, in its evidence and transcript too.

    >>> mask = Mask(["Mary Stone"])
    >>> mask.text("hi mary it's about the 500 dollars call me at five five five one two one two")
    "hi [name] it's about the [amount] call me at [number]"
    """
    review, error = outcome.review, outcome.error
    if review is not None:
        values = review.measurements.flat()
        names = [str(values[name]) for name in _NAMES if values.get(name)]
        return replace(outcome, review=_redacted_review(review, Mask([*_names_in(brief), *names])))
    if error is not None:
        return replace(outcome, error=type(error)(redacted_message(str(error), outcome.path, brief)))
    return outcome


def redacted_message(message: str, path: Location, brief: Brief | None = None) -> str:
    """The message of an error, masked but for the path of its recording."""
    mask = Mask(_names_in(brief))
    beginning, path_text, rest = message.rpartition(str(path))
    return mask.text(beginning) + path_text + mask.text(rest)


def redacted_brief(brief: Brief) -> Brief:
    """A brief with its names and numbers masked, in its script too.

    >>> brief = redacted_brief(Brief(recipient="Mary Stone", script="Hi Mrs. Stone, call 312 555 0143"))
    >>> brief.recipient, brief.script
    ('[name]', 'Hi Mrs. [name], call [number]')
    """
    return replace(
        brief,
        recipient=brief.recipient and NAME,
        caller=brief.caller and NAME,
        company=brief.company and NAME,
        number=brief.number and NUMBER,
        caller_id=brief.caller_id and NUMBER,
        script=brief.script and Mask(_names_in(brief)).text(brief.script),
    )


def _names_in(brief: Brief | None) -> tuple[str, ...]:
    return () if brief is None else brief.names


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────


class Mask:
    """Masks texts and transcripts: each word of the names in any case, common first names, and numbers."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        words = {part for name in names for part in _WORDS.findall(name.lower())}
        secret = {word for word in words - _COMMON if len(word) > 1} | (word_list("first_names") - _ORDINARY)
        one = "|".join(map(re.escape, sorted(secret, key=len, reverse=True)))
        known = re.compile(rf"\b(?:{one})\b(?!['’]t\b)(?:[\s.,]+(?:{one})\b)*", re.IGNORECASE)
        self._finders: tuple[tuple[Callable[[str], Iterable[tuple[int, int]]], str], ...] = (
            (partial(_matches, _ADDRESS), NAME),
            (partial(_matches, _AMOUNT), AMOUNT),
            (partial(_matches, _BIRTH), NUMBER),
            (partial(_matches, _STREET), ADDRESS),
            (_numbers, NUMBER),
            (partial(_matches, _EXTENSION), NUMBER),
            (partial(_matches, _SPELLED), NAME),
            (partial(_matches, known), NAME),
            (partial(_matches, _CAPITAL), NAME),
            (partial(_matches, _TITLED), NAME),
        )

    def text(self, text: str) -> str:
        """The text, masked."""
        masked = list(text)
        for start, end, mask in sorted(self._places(text), reverse=True):
            masked[start:end] = mask
        return "".join(masked)

    def on_number(self, text: str) -> str:
        """A text on the number, with every digit masked; decimals and ordinals stay.

        >>> Mask().on_number("the 8th digit: 3, then 4. Pause after 312, in 2.4 s")
        'the 8th digit: [number], then [number]. Pause after [number], in 2.4 s'
        """
        return _DIGITS.sub(lambda found: NUMBER if found[0].isdigit() else found[0], self.text(text))

    def transcript(self, transcript: Transcript) -> Transcript:
        """The transcript with each word masked in its place."""
        texts = [word.text for word in transcript.words]
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))[:-1]
        for start, end, mask in self._places(" ".join(texts)):
            for i, (first, word) in enumerate(zip(starts, transcript.words, strict=True)):
                if first < end and first + len(word.text) > start:
                    texts[i] = mask
        words = (replace(word, text=text) for word, text in zip(transcript.words, texts, strict=True))
        return replace(transcript, words=tuple(words), numerals=())

    def _places(self, text: str) -> list[tuple[int, int, str]]:
        """The parts of a text that are masked, each with its mask; none overlaps another."""
        found: list[tuple[int, int, str]] = []
        for find, mask in self._finders:
            for start, end in find(text):
                if all(end <= first or start >= last for first, last, _ in found):
                    found.append((start, end, mask))
        return found


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where a pattern matches: its group "masked", or all of it. Its group "name" must hold names."""
    for match in pattern.finditer(text):
        groups = match.groupdict()
        names = groups.get("name", "").split()
        if all(may_be_name(re.sub(r"['’]s$", "", name)) for name in names):
            yield match.span("masked" if "masked" in groups else 0)


def _numbers(text: str) -> list[tuple[int, int]]:
    """Where a number of four digits or more stands, written in digits or in words."""
    numbers: list[tuple[int, int]] = []
    written = [match.span() for match in _NUMBER.finditer(text) if _digit_count(match[0]) >= _DIGITS_MIN]
    for start, end in sorted((*written, *_said_digits(text))):
        end -= len(text[start:end]) - len(text[start:end].rstrip(" .,:;?!\"'-–/("))
        if numbers and not text[numbers[-1][1] : start].strip(" .,-–"):
            numbers[-1] = numbers[-1][0], max(numbers[-1][1], end)
        else:
            numbers.append((start, end))
    return numbers


def _said_digits(text: str) -> Iterator[tuple[int, int]]:
    """The words of spoken numbers: "double five", the area code last, letters of the keypad."""
    places = [match.span(1) for match in re.finditer(r"([\w+][^\s\[\]$=/]*?)[)\"'.,:;?!]*(?!\S)", text)]
    words = tuple(Word(text[start:end], at, at + 1) for at, (start, end) in enumerate(places))
    for ways in spoken_numbers(Transcript(words))[0]:
        runs = [run for way in ways for run in way.runs if len(run.items) >= _DIGITS_MIN]
        said = {digit.word_index for run in runs for digit in run.items}
        for way in ways:  # in "two seven five or send me", "or" may be a word: it stays
            said &= {digit.word_index for run in way.runs for digit in run.items}
        if not any(_DECIMAL.search(words[index].text) for index in said):
            yield from (places[index] for index in said)


def _digit_count(text: str) -> int:
    """Digits and words for digits, without those of decimals such as 0.45."""
    text = _DECIMAL.sub("", text)
    spoken = [word for word in re.findall(r"[a-z]+", text.lower()) if word in _SPOKEN]
    return len(re.findall(r"\d", text)) + len(spoken)


# ── reviews ──────────────────────────────────────────────────────────────────────────────────────────


def _redacted_review(review: Review, mask: Mask) -> Review:
    transcript = review.transcript and mask.transcript(review.transcript)
    words: tuple[tuple[Word, Word], ...] = ()
    if review.transcript and transcript:
        words = tuple(zip(review.transcript.words, transcript.words, strict=True))
    redactor = _Redactor(mask, words)
    measurements = redactor.measurements(review.measurements)
    quoted = _number_texts(review.measurements, measurements)
    return replace(
        review,
        measurements=measurements,
        findings=tuple(redactor.finding(finding, quoted) for finding in review.findings),
        score=replace(review.score, reason=mask.text(review.score.reason)),
        transcript=transcript,
        rewrite=review.rewrite and _redacted_rewrite(review.rewrite, mask, words),
    )


_FACT_MASKS = {"recipient": NAME, "caller": NAME, "company": NAME, "number": NUMBER}
_SMALL = frozenset({"a", "an", "and", "at", "by", "is", "of", "on", "or", "the", "to", "um", "uh"})


def _redacted_rewrite(rewrite: Rewrite, mask: Mask, words: Iterable[tuple[Word, Word]]) -> Rewrite:
    """A rewritten message, masked: a word that is masked in the transcript is masked here, too."""
    masked = {
        bare: now.text
        for was, now in words
        if was.text != now.text and (bare := _bare(was.text)) not in _SMALL
    }

    def said(text: str, fact: str) -> str:
        if fact in _FACT_MASKS:
            return _FACT_MASKS[fact]
        texts = (masked.get(_bare(word), word) for word in mask.text(text).split())
        return " ".join(word for word, _ in groupby(texts))

    def part_of(part: RewritePart) -> RewritePart:
        if not part.is_blank:
            return replace(part, text=said(part.text, part.fact)) if part.fact else part
        blank, between, heard = part.text.partition(HEARD)
        return replace(part, text=f"{blank}{between}{said(heard[:-1], part.fact)})") if heard else part

    return Rewrite(tuple(part_of(part) for part in rewrite.parts))


def _bare(word: str) -> str:
    return word.lower().strip(" .,:;?!\"'()")


@dataclass(frozen=True, slots=True)
class _Redactor:
    """Masks the measures and findings of one review."""

    mask: Mask
    words: tuple[tuple[Word, Word], ...]  # each word of the transcript as it was, and masked

    def measurements(self, measurements: Measurements) -> Measurements:
        groups = {}
        for name, group in measurements.groups().items():
            values = {field: self._value(f"{name}.{field}", getattr(group, field)) for field in group.names()}
            reasons = {field: self.mask.text(reason) for field, reason in group.reasons.items()}
            evidence = {
                field: self._spans(f"{name}.{field}", spans) for field, spans in group.evidence.items()
            }
            groups[name] = replace(group, **values, reasons=reasons, evidence=evidence)
        return replace(measurements, **groups)  # type: ignore[arg-type]

    def finding(self, finding: Finding, quoted: Mapping[str, str]) -> Finding:
        """A finding; its advice may quote the texts on the number in `quoted`, each with its masked form."""
        advice = finding.advice
        for text in sorted(quoted, key=len, reverse=True):
            advice = quoted[text].join(re.split(rf"(?<!\w){re.escape(text)}(?!\w)", advice))
        measure = next((name for name in finding.measures if name.startswith(_NUMBER_GROUP)), finding.measure)
        return replace(
            finding,
            value=self._value(finding.measure, finding.value),
            evidence=self._spans(measure, finding.evidence),
            advice=self.mask.text(advice),
            reason=self.mask.text(finding.reason),
            measures={name: self._value(name, value) for name, value in finding.measures.items()},
        )

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return NAME if name in _NAMES else self._text(name, value)
        if isinstance(value, tuple) and value and isinstance(value[0], Span):
            return self._spans(name, value)
        return value

    def _spans(self, name: str, spans: Iterable[Span]) -> tuple[Span, ...]:
        return tuple(replace(span, text=self._text(name, self._words_of(span))) for span in spans)

    def _text(self, name: str, text: str) -> str:
        if name.startswith(_SCRIPT_GROUP):
            return _SAID_RUN.sub(NUMBER, self.mask.on_number(text))
        return self.mask.on_number(text) if name.startswith(_NUMBER_GROUP) else self.mask.text(text)

    def _words_of(self, span: Span) -> str:
        """The text of a span; where that is words of the transcript, as they are masked there."""
        inside = [
            pair for pair in self.words if pair[0].start_s < span.end_s and pair[0].end_s > span.start_s
        ]
        if span.text and span.text == " ".join(word.text for word, _ in inside):
            return " ".join(text for text, _ in groupby(masked.text for _, masked in inside))
        return span.text


def _number_texts(measured: Measurements, masked: Measurements) -> dict[str, str]:
    """The texts of measures of the number, as they were and masked."""
    texts = {}
    for field in measured.number.names():
        was, now = getattr(measured.number, field), getattr(masked.number, field)
        if isinstance(was, str):
            texts[was] = now
        elif isinstance(was, tuple):
            texts |= {span.text: hidden.text for span, hidden in zip(was, now, strict=True)}
    return texts
