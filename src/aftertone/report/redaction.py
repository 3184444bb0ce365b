"""Telephone numbers, names and amounts masked in everything that an outcome says.

What was found in a message is masked wherever it stands: words that a measure names as a name, digits of a
number, an amount of money. Beside that, what looks like a number, an amount or an address is masked in every
text, and so are first names, what follows a title, what is spelled, a street with its number and a date of
birth. Masked too much rather than too little: a year is four
digits, and goes. A surname that nothing points to as a name, or that was misheard, stays; where nothing may
be left, leave the transcripts out as well. The name of a file is not masked: it is what the row is known by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from aftertone.language.brief import Brief
from aftertone.language.callback.digit_runs import spoken_numbers
from aftertone.language.name_places import first_names, may_be_name
from aftertone.language.transcript import Span, Transcript, Word
from aftertone.measurements import Measurements
from aftertone.outcome import Location, Outcome
from aftertone.playbook import Finding, Review

NUMBER, NAME, AMOUNT, ADDRESS = "[number]", "[name]", "[amount]", "[address]"

_DIGITS_MIN = 4  # in a row: the end of a card or account number is the least that tells somebody apart

_SPOKEN = """zero oh nought nil one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million double triple treble""".split()  # noqa: SIM905 - a list to read
_ONE_SPOKEN = "(?:" + "|".join(_SPOKEN) + r")(?:-(?:" + "|".join(_SPOKEN) + "))*"
_PIECE = rf"(?:\+?\(?\d[\d().,/:\-–]*|\b{_ONE_SPOKEN}\b)"
_GAP = r"(?:[\s.,\-–]+(?:and|dash|hyphen|dot|point|um|uh|a)\b)?[\s.,\-–]*"
_NUMBER = re.compile(rf"{_PIECE}(?:{_GAP}{_PIECE})*", re.IGNORECASE)
_EXTENSION = re.compile(
    rf"\b(?:extension\b|ext\b|area code\b|country code\b|x(?=\s?\d))\.?(?:\s+(?:number|is|the))*[\s:#]*"
    rf"({_PIECE}(?:{_GAP}{_PIECE})*)",
    re.IGNORECASE,
)  # an end of a number, however short
_CURRENCY = r"(?:dollars?|bucks?|cents?|pounds?|pence|quid|euros?|grand|usd|gbp|eur|aud|cad|yen|rupees?)"
_AMOUNT = re.compile(
    rf"[$£€¥₹]\s*\d[\d,.]*(?:\s*(?:k|m|bn|thousand|million|hundred)\b)?|"
    rf"(?:(?:{_PIECE}|\ba\b|\ba few\b|\bhalf a\b)(?:{_GAP}{_PIECE})*)\s*{_CURRENCY}\b"
    rf"(?:\s*(?:and\s+)?{_PIECE}(?:{_GAP}{_PIECE})*\s*(?:cents?|pence|p)\b)?",
    re.IGNORECASE,
)
_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_ORDINAL = (
    r"(?:\d+(?:st|nd|rd|th)|(?:twenty|thirty)?[\s-]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|"
    r"tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth)"
)
_BIRTH = re.compile(
    rf"\b(?:date of birth|birth ?date|birthday|d\.?o\.?b|born)\b\.?[\s,:]*(?:(?:is|was|on|the|in|it's)\s+)*"
    rf"((?:{_MONTH}|\b{_ORDINAL}\b|{_PIECE})(?:[\s.,\-–/]+(?:of\s+|the\s+)*(?:{_MONTH}|\b{_ORDINAL}\b|{_PIECE}))*)",
    re.IGNORECASE,
)
_LETTER = r"\b[a-z](?:\s+(?:as in|like|for)\s+[a-z]+)?\b(?!['’])"
_SPELLED = re.compile(rf"(?![ap][\s.]+m\b){_LETTER}(?:[\s.,\-–]+{_LETTER}){{2,}}", re.IGNORECASE)
_STREET = re.compile(
    rf"({_PIECE}(?:{_GAP}{_PIECE})*)((?:\s+[a-z'’]+){{1,3}}?)\s+"
    r"(?:(?:street|road|avenue|lane|boulevard|terrace|crescent|highway|parkway)\b|"
    r"(?-i:Drive|Court|Place|Way|Square|Circle|Close|St\b|Rd\b|Ave\b|Blvd\b|Ln\b|Dr\b))",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b|\bhttps?://\S+", re.IGNORECASE)
_TITLED = re.compile(r"\b((?:mr|mrs|ms|miss|dr|doctor|prof|professor)\b\.?\s+)([a-z'’-]+)", re.IGNORECASE)
_COMMON = frozenset(
    """a an and at for from in inc llc ltd of on or our the to with your mr mrs ms miss dr sons company co
    group office services service""".split()  # noqa: SIM905
)  # words of a name that are no secret, and stand everywhere
_MONTHS = frozenset({"april", "august", "june", "may"})
_ORDINARY = _MONTHS | frozenset(
    """amber art bill chase crystal daisy dale dawn dean don drew earl ed faith frank gene ginger grace
    grant guy hazel heather holly hope iris ivy jade jasmine joy lily mark max miles olive pat pearl
    penny ray robin rose ruby sandy sue summer violet will""".split()  # noqa: SIM905
)  # first names that are words: masked where a message is known to name them, or has them with a capital
_CAPITAL = re.compile(
    rf"(?<=[a-z,] )(?:{'|'.join(name.title() for name in sorted(_ORDINARY - _MONTHS))})\b(?!['’]t\b)"
)
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NAMES = ("recipient.name", "caller.name", "caller.company")
_OF_NUMBER = "number."  # how measures begin of which every digit is masked, however few there are
_DECIMAL = re.compile(r"(?<![\d.,-])\d{1,3}\.\d{1,3}(?![\d.-])")
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
        error = outcome.error
        if error is None:
            return outcome
        return replace(outcome, error=type(error)(redacted_message(str(error), outcome.path, brief)))
    review = outcome.review
    values = review.measurements.flat()
    mask = Mask([*_names_in(brief), *(str(values[name]) for name in _NAMES if values.get(name))])
    return replace(outcome, review=_review(review, mask))


def redacted_message(message: str, path: Location, brief: Brief | None = None) -> str:
    """What is said of a recording that failed, masked but for its path."""
    mask = Mask(_names_in(brief))
    beginning, path_text, rest = message.rpartition(str(path))
    return mask.text(beginning) + path_text + mask.text(rest)


def redacted_brief(brief: Brief) -> Brief:
    """A brief that names nobody and no number; its script says what is left.

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


class Mask:
    """Masks texts, and words that stand in time.

    Parameters
    ----------
    names : iterable of str
        Of people and companies; each of their words is masked where it stands, whatever its capitals, and so
        are first names that many people have.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        words = {part for name in names for part in _WORDS.findall(name.lower())}
        secret = {word for word in words - _COMMON if len(word) > 1} | (first_names() - _ORDINARY)
        one = "|".join(map(re.escape, sorted(secret, key=len, reverse=True)))
        self._names = re.compile(rf"\b(?:{one})\b(?!['’]t\b)(?:[\s.,]+(?:{one})\b)*", re.IGNORECASE)

    def text(self, text: str) -> str:
        """A text with what it gives away masked."""
        masked = list(text)
        for start, end, what in sorted(self._places(text), reverse=True):
            masked[start:end] = what
        return "".join(masked)

    def on_number(self, text: str) -> str:
        """A text on the number with all its digits masked, however few; decimals and ordinals stay.

        >>> Mask().on_number("the 8th digit: 3, then 4. Pause after 312, in 2.4 s")
        'the 8th digit: [number], then [number]. Pause after [number], in 2.4 s'
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
        for match in _BIRTH.finditer(text):
            add(*match.span(1), NUMBER)
        for match in _STREET.finditer(text):
            if all(map(may_be_name, match[2].split())):
                add(match.start(), match.end(2), ADDRESS)
        for start, end in _numbers(text):
            add(start, end, NUMBER)
        for match in _EXTENSION.finditer(text):
            add(*match.span(1), NUMBER)
        for match in _SPELLED.finditer(text):
            add(*match.span(), NAME)
        for match in self._names.finditer(text):
            add(*match.span(), NAME)
        for match in _CAPITAL.finditer(text):
            add(*match.span(), NAME)
        for match in _TITLED.finditer(text):
            if may_be_name(re.sub(r"['’]s$", "", match[2])):
                add(*match.span(2), NAME)
        return found


def _numbers(text: str) -> list[tuple[int, int]]:
    """Where a number of four digits or more stands, as it is written or as it is said."""
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
    """The words of numbers as they are said: "double five", the area code last, letters on keys."""
    places = [match.span(1) for match in re.finditer(r"([\w+][^\s\[\]$=/]*?)[)\"'.,:;?!]*(?!\S)", text)]
    words = tuple(Word(text[start:end], at, at + 1) for at, (start, end) in enumerate(places))
    for ways in spoken_numbers(Transcript(words))[0]:
        runs = [run for way in ways for run in way.runs if len(run.items) >= _DIGITS_MIN]
        said = {digit.word_index for run in runs for digit in run.items}
        for way in ways:  # "two seven five or send me": what may be a word is none of the number
            said &= {digit.word_index for run in way.runs for digit in run.items}
        if not any(_DECIMAL.search(words[index].text) for index in said):
            yield from (places[index] for index in said)


def _digit_count(text: str) -> int:
    """Digits that are written, and words for digits; decimals such as 0.45 count nothing."""
    text = _DECIMAL.sub("", text)
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
