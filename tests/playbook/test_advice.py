from __future__ import annotations

import pytest

from aftertone.language.transcript import FillerSpan, Span
from aftertone.measurements import Value
from aftertone.playbook.advice import advice_line, measures_in, readable


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "s", "not measured"),
        (True, "", "yes"),
        (False, "", "no"),
        ("5551234", "", "5551234"),
        (12.04, "s", "12 s"),
        (12.06, "s", "12.1 s"),
        (0.254, "s", "0.25 s"),
        (0.0, "s", "0 s"),
        (20.0, "s", "20 s"),
        (100.0, "Hz", "100 Hz"),
        (182.6, "Hz", "183 Hz"),
        (-26.04, "dBov", "-26 dBov"),
        (3, "count", "3"),
        (6.25, "1/min", "6.2 a minute"),
        (0.625, "share", "62 %"),
        (15.5, "h", "15:30"),
        (9.999, "h", "9:59"),
        ((), "", "none"),
        ((Span(1.0, 2.0),), "", "1 to 2 s"),
        ((Span(1.0, 2.0, "a"),) * 5, "", "“a” at 1 s, “a” at 1 s, “a” at 1 s, 2 more"),
    ],
)
def test_a_value_reads_as_people_write_it(value: Value, unit: str, text: str) -> None:
    assert readable(value, unit) == text


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("no measure", "no measure"),
        ("{{braces}}", "{braces}"),
        ("{number.digits_per_s}", "2.5 digits a second"),
        ("{number.digits_per_s:.1f}", "2.5"),
        ("{speech.share:.0%}", "50%"),
        ("{threat.spans:d}", "1"),
        ("{threat.spans}", "“or else” at 3 s"),
        ("{pitch.spread_st:.1f}", "not measured"),
        ("{caller.name}", "not said"),
    ],
)
def test_measures_are_filled_in(template: str, line: str) -> None:
    values: dict[str, Value] = {
        "number.digits_per_s": 2.5,
        "speech.share": 0.5,
        "threat.spans": (Span(3.0, 4.0, "or else"),),
        "pitch.spread_st": None,
        "caller.name": None,
    }
    reasons = {"pitch.spread_st": "2 s voiced, 3 s needed", "caller.name": "not said: no name was heard"}
    assert measures_in(template) is not None
    assert advice_line(template, values, reasons) == line


@pytest.mark.parametrize(
    "template",
    [
        "{",
        "}",
        "{}",
        "{0.__class__}",
        "{number.digits_per_s.__class__}",
        "{number.digits_per_s[0]}",
        "{number.digits_per_s!r}",
        "{number.digits_per_s:>100000000}",
        "{number.digits_per_s:{duration_s}}",
        "{number.digits:.1f}",
        "{threat.spans:.1f}",
        "{number.valid:d}",
    ],
)
def test_what_is_not_a_measure_in_braces_is_refused(template: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        measures_in(template)


def test_a_filler_shows_what_it_was_found_in() -> None:
    found = (
        FillerSpan(2.0, 2.3, "um", "words"),
        FillerSpan(4.0, 4.4, "uh", "both", 0.98),
        FillerSpan(9.9, 10.3, "", "sound", 0.83),
    )
    assert readable(found) == (
        "“um” at 2 s, “uh” at 4 s (by words and sound, 98 % sure), 9.9 to 10.3 s (by the sound, 83 % sure)"
    )
