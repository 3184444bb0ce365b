"""What terminal, page, drawing and annotations show of a review: texts, values and marks in time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import isfinite

from aftertone.language.transcript import FillerSpan, Span
from aftertone.measurements import MEASURES, NOT_SAID
from aftertone.measurements.content import NumberMeasures
from aftertone.playbook import Finding, Review
from aftertone.playbook.advice import readable

MARKS = {
    "pause": ("pauses.count",),
    "hesitation": ("pauses.hesitation_count",),
    "filler": ("fillers.count", "fillers.lexical_count"),
    "restart": ("restarts.count",),
    "number": ("number.readings",),
    "other": ("number.others",),
}
"""The kinds of marks in time, each with the measures whose evidence it shows."""


def marks_of(review: Review, kind: str) -> list[Span]:
    """The marks of one kind, in order of time; a filler that was found in the sound alone is "um?"."""
    evidence = {**review.measurements.evidence, "number.others": review.measurements.number.others or ()}
    spans = {span for name in MARKS[kind] for span in evidence.get(name, ())}
    return [
        replace(span, text="um?") if isinstance(span, FillerSpan) and not span.text else span
        for span in sorted(spans, key=lambda span: (span.start_s, span.end_s))
    ]


# ── the overview of many reviews ─────────────────────────────────────────────────────────────────────


OverviewCell = tuple[str, float | str | None]  # the text shown, which may be empty; the value to sort by
OVERVIEW = {
    "score": "number",
    "judged": "number",
    "length": "number",
    "words/min": "number",
    "fillers": "number",
    "number": "text",
    "slow?": "text",
    "twice?": "text",
    "first thing to do": "text",
}
"""The columns of that table by heading, each with how it sorts."""
_ASKED = {
    "number.slow": ("number.slow", "number.digits_per_s"),
    "number.repeated": ("number.repeated", "number.readings", "number.last_share"),
}
"""The flags of that table, each with the measures by which a rule asks for it."""
NOT_ASKED = "n/a"
"""Where the playbook of a message has no such rule."""


def overview_cells(review: Review) -> dict[str, OverviewCell]:
    """The cells of one review, by the headings of `OVERVIEW`."""
    m, score = review.measurements, review.score
    length_s = m.duration_s if m.message.duration_s is None else m.message.duration_s
    words_per_min, fillers = m.rate.words_per_min, m.fillers.count
    flags = [_flag_cell(review, name) for name in _ASKED]
    advice = first_thing(review)
    cells: tuple[OverviewCell, ...] = (
        (score.text, score.points),
        (f"{score.judged_share:.0%}", score.judged_share),
        (f"{length_s:.0f} s", length_s),
        ("" if words_per_min is None else f"{words_per_min:.0f}", words_per_min),
        ("" if fillers is None else str(fillers), fillers),
        (number_as_written(m.number, short=True), m.number.digits),
        *flags,
        (advice, advice),
    )
    return dict(zip(OVERVIEW, cells, strict=True))


def _flag_cell(review: Review, name: str) -> OverviewCell:
    asked = {measure for finding in review.findings for measure in finding.measures}
    if asked.isdisjoint(_ASKED[name]):
        return NOT_ASKED, ""
    flag = review.measurements.flat()[name]
    text = "" if flag is None else readable(flag)
    return text, text


def first_thing(review: Review) -> str:
    """The title of the missed rule that costs most, the first of several; empty where none was missed.

    Where there is no score, or no speech, the reason for that.
    """
    if review.score.points is None:
        return review.score.reason
    if (no_speech := review.measurements.reasons.get("message.duration_s")) is not None:
        return no_speech
    return review.missed[0].title if review.missed else ""


def value_text(finding: Finding) -> str:
    """The value of a finding as text; empty where the verdict says as much, as of a yes or no."""
    if finding.value is None:
        return NOT_SAID if finding.reason.startswith(NOT_SAID) else ""
    if isinstance(finding.value, bool) or (isinstance(finding.value, tuple) and not finding.value):
        return ""
    return readable(finding.value, MEASURES[finding.measure].unit)


def target_text(finding: Finding) -> str:
    """The target of a finding whose measure is a number; else empty, for the title says it."""
    return finding.target if MEASURES[finding.measure].kind == "number" else ""


# ── values by title ──────────────────────────────────────────────────────────────────────────────────


def titled_values(review: Review, names: Iterable[str]) -> list[tuple[str, str]]:
    """Those of some measures that have a value, by title."""
    values = review.measurements.flat()
    return [
        (MEASURES[name].title, under_title(readable(value, MEASURES[name].unit), MEASURES[name].title))
        for name in names
        if (value := values[name]) is not None and not (isinstance(value, float) and not isfinite(value))
    ]


def under_title(text: str, title: str) -> str:
    """A value without the unit that its title ends with: fillers a minute are 27.9."""
    number, _, unit = text.partition(" ")
    return number if unit and title.endswith(f" {unit}") else text


# ── the call-back number ─────────────────────────────────────────────────────────────────────────────


def number_as_written(number: NumberMeasures, *, short: bool = False) -> str:
    """A call-back number as its country writes it; its digits where it is no valid number; or empty.

    With its extension, and with "probably" where its digits are in doubt. `short` is for a column.

    >>> number = NumberMeasures(digits="3125554293", e164="+13125554293", valid=True, trusted=False)
    >>> number_as_written(number), number_as_written(number, short=True)
    ('probably (312) 555-4293', '(312) 555-4293 ?')
    """
    written = _grouped(number)
    if not written:
        return ""
    if number.extension:
        written += f" x{number.extension}" if short else f", extension {number.extension}"
    if number.trusted is False:
        return f"{written} ?" if short else f"probably {written}"
    return written


def number_remarks(number: NumberMeasures) -> list[tuple[str, str]]:
    """Remarks on a call-back number, each with a title; none on a number without doubts.

    >>> number_remarks(NumberMeasures(digits="5551234", agree=False, differing="the 6th digit: 3, then 4"))
    [('differs', 'the 6th digit: 3, then 4')]
    """
    remarks = []
    if number.why_untrusted:
        remarks.append(("in doubt", number.why_untrusted))
    if number.differing:
        remarks.append(("differs", number.differing))
    elif number.as_expected is False:
        remarks.append(("differs", "it is not the number to leave"))
    if number.others:
        remarks.append(("other numbers", readable(number.others)))
    return remarks


def number_texts(number: NumberMeasures) -> list[tuple[str, str]]:
    """A call-back number and its remarks, each with a title; none where there is nothing to say."""
    written = number_as_written(number)
    return [*([("number", written)] if written else []), *number_remarks(number)]


def with_number_as_written(text: str, review: Review) -> str:
    """The text with every reading of the number grouped as the number is, so that readings compare."""
    number = review.measurements.number
    written = _grouped(number)
    readings = [span.text for span in number.evidence.get("readings", ())]
    for digits in dict.fromkeys([number.digits or "", *readings]):
        if digits and len(digits) == sum(map(str.isdigit, written)):
            following = iter(digits)
            grouped = "".join(next(following) if each.isdigit() else each for each in written)
            text = text.replace(digits, grouped)
    return text


def _grouped(number: NumberMeasures) -> str:
    """The digits alone, grouped as in the number's country."""
    if not number.valid or not number.e164 or not number.e164.startswith("+"):  # a masked number has no +
        return number.digits or ""
    from aftertone.language.callback.numbering_plan import national_format

    return national_format(number.e164)
