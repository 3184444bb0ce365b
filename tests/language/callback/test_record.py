from __future__ import annotations

from dataclasses import replace

import pytest

from aftertone.acoustics.interval import Interval
from aftertone.language.callback import CallbackNumber, OtherNumber, find_callback_number
from aftertone.language.callback.record import DigitGroup
from tests.language.callback.transcripts import heard, number


def said_in(seconds: float, groups: list[str], *, times: int = 1, is_aligned: bool = True) -> CallbackNumber:
    """A number whose reading lasts some seconds and has these groups, each a second long."""
    found = number("800-555-1234", "US")
    (reading,) = found.readings
    items = tuple(
        replace(item, start_s=at * seconds / 10, end_s=(at + 1) * seconds / 10)
        for at, item in enumerate(reading.items)
    )
    said = tuple(DigitGroup(digits, Interval(at, at + 1.0)) for at, digits in enumerate(groups))
    return replace(
        found, readings=(replace(reading, items=items, groups=said, is_aligned=is_aligned),) * times
    )


@pytest.mark.parametrize(
    ("seconds", "is_slow", "is_clear"), [(10.0, True, True), (4.9, False, False), (2.5, False, True)]
)
def test_a_pace_near_the_bound_is_not_clear_of_it(seconds: float, is_slow: bool, is_clear: bool) -> None:
    pace = said_in(seconds, []).slowest.pace
    assert pace is not None
    assert pace.digits_per_s == pytest.approx(10 / seconds)
    assert (pace.is_slow, pace.is_clear) == (is_slow, is_clear)


def test_times_that_were_not_aligned_have_a_wider_margin() -> None:
    aligned, unaligned = (said_in(4.0, [], is_aligned=each).slowest.pace for each in (True, False))
    assert aligned is not None
    assert unaligned is not None
    assert aligned.digits_per_s == unaligned.digits_per_s
    assert aligned.margin < unaligned.margin


def test_words_without_sound_have_no_pace_and_no_groups() -> None:
    found = number("800 555 1234")
    assert (found.slowest.pace, found.slowest.group_pause_s, found.delivery_text) == (None, None, None)
    assert found.slowest.fastest_group_digits_per_s is None


def test_the_pace_of_groups_and_the_pauses_between_them() -> None:
    groups = tuple(
        DigitGroup(digits, Interval(*at))
        for digits, at in (("800", (0.0, 2.0)), ("5551", (2.25, 3.0)), ("2", (3.5, 3.6)), ("34", (4.0, 5.0)))
    )
    reading = replace(number("800 555 1234").slowest, groups=groups)
    assert [group.digits_per_s for group in groups] == pytest.approx([1.5, 16 / 3, 10.0, 2.0])
    assert reading.fastest_group_digits_per_s == pytest.approx(16 / 3)  # one digit by itself has no pace
    assert reading.group_pause_s == pytest.approx(0.4)
    assert replace(reading, groups=groups[:1]).group_pause_s is None


@pytest.mark.parametrize(
    ("times", "groups", "text"),
    [
        (1, ["8005551234"], "Said once, in 2.4 s (4.2 digits a second). Pause after 800 and after 555."),
        (1, ["800", "5551234"], "Said once, in 2.4 s (4.2 digits a second). Pause after 555."),
        (1, ["800", "555", "12", "34"], "Said once, in 2.4 s (4.2 digits a second)."),
        (2, ["800", "555", "1234"], "Said twice, the slowest time in 2.4 s (4.2 digits a second)."),
        (5, ["800", "555", "1234"], "Said 5 times, the slowest time in 2.4 s (4.2 digits a second)."),
    ],
)
def test_the_text_on_the_delivery(times: int, groups: list[str], text: str) -> None:
    assert said_in(2.4, groups, times=times).delivery_text == text


def test_the_text_on_the_delivery_has_the_margin_near_the_bound() -> None:
    text = said_in(5.0, ["800", "555", "1234"]).delivery_text
    assert text == "Said once, in 5.0 s (2.0 digits a second, give or take 0.1)."


@pytest.mark.parametrize(
    ("said", "expected", "text"),
    [
        ("312 555 4293 again 312 555 4293", None, None),
        ("312 555 4293 again 312 555 4294", None, "the 10th digit: 3, then 4"),
        ("312 555 4293 again 322 555 4293", None, "the 2nd digit: 1, then 2"),
        ("312 555 4293 again 312 555 493", None, "the 8th digit: 2, then missing"),
        ("312 555 4293 again 312 555 4293 again 312 555 4294", None, "the 10th digit: 3, then 4"),
        ("312 555 4293", "3125554293", None),
        ("312 555 4293", "3125554294", "the 10th digit: 3 (4 in the brief)"),
        ("312 555 4293 again 312 555 4293", "3125554294", "the 10th digit: 3 (4 in the brief)"),
        ("312 555 4293 again 312 555 4294", "3125554294", "the 10th digit: 3, then 4"),
        (
            "412 555 4293",
            "3125554294",
            "the 1st digit: 4 (3 in the brief); the 10th digit: 3 (4 in the brief)",
        ),
        ("415 267 3890", "3125554294", None),  # another number, not the same with a slip
    ],
)
def test_the_text_on_differing_digits(said: str, expected: str | None, text: str | None) -> None:
    assert find_callback_number(heard(f"call me at {said}"), expected=expected).differing_text == text


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        (["account number"], "an account number was"),
        (["fax number", "fax number"], "a fax number was"),
        (["another telephone number", "time"], "another telephone number and a time were"),
        (["amount", "time", "number not to call"], "an amount, a time and a number not to call were"),
    ],
)
def test_the_text_on_other_numbers_has_their_kinds(kinds: list[str], text: str) -> None:
    others = tuple(OtherNumber(kind, "4471", at, at + 1.0) for at, kind in enumerate(kinds))
    assert CallbackNumber(others=others).others_text == text


@pytest.mark.parametrize(
    ("probability", "trusted"), [(None, True), (0.95, True), (0.94, False), (0.4, False)]
)
def test_a_number_is_trusted_by_its_probability(probability: float | None, trusted: bool) -> None:
    found = CallbackNumber(digits="5551234", probability=probability)
    assert found.trusted is trusted
    assert (found.why_untrusted is None) is trusted
