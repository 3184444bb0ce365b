from __future__ import annotations

import pytest

from aftertone.acoustics.interval import Interval
from aftertone.language.callback import find_callback_number
from aftertone.language.callback.record import OtherNumber, Pace
from aftertone.language.callback.wording import (
    SaidGroup,
    differing_digits,
    how_said,
    kinds_heard,
    said_groups,
    written_groups,
)
from aftertone.language.transcript import Transcript, Word


def test_a_digit_is_in_the_group_nearest_to_its_middle() -> None:
    times_s = [1.0, 1.4, 1.8, 3.0, 3.4, 3.8, 5.0, 5.4, 5.8, 6.2]
    words = ["eight", "zero", "zero", "five", "five", "five", "one", "two", "three", "four"]
    number = find_callback_number(
        Transcript(tuple(Word(w, t, t + 0.3) for w, t in zip(words, times_s, strict=True)))
    )
    assert number is not None
    groups = [Interval(1.0, 2.1), Interval(3.0, 4.1), Interval(5.0, 6.5)]
    found = said_groups(number.readings[0], groups)
    assert [group.digits for group in found] == ["800", "555", "1234"]
    assert [group.digits_per_s for group in found] == pytest.approx([3 / 1.1, 3 / 1.1, 4 / 1.5])


@pytest.mark.parametrize(
    ("e164", "digits", "groups"),
    [
        ("+18005551234", "8005551234", ("800", "555", "1234")),
        ("+442079460958", "02079460958", ("020", "7946", "0958")),
        ("+61412345678", "0412345678", ("0412", "345", "678")),
        ("+442079460958", "442079460958", ("442079460958",)),  # dialled from abroad: not as at home
        (None, "5551234", ("5551234",)),
    ],
)
def test_groups_are_those_of_the_country(e164: str | None, digits: str, groups: tuple[str, ...]) -> None:
    assert written_groups(e164, digits) == groups


@pytest.mark.parametrize(
    ("count", "said", "text"),
    [
        (
            1,
            ["8005551234"],
            "Said once, in 2.4 s (4.2 digits a second). Leave a beat after 800 and after 555.",
        ),
        (1, ["800", "5551234"], "Said once, in 2.4 s (4.2 digits a second). Leave a beat after 555."),
        (1, ["800", "555", "12", "34"], "Said once, in 2.4 s (4.2 digits a second)."),
        (2, ["800", "555", "1234"], "Said twice, the slowest time in 2.4 s (4.2 digits a second)."),
        (5, ["800", "555", "1234"], "Said 5 times, the slowest time in 2.4 s (4.2 digits a second)."),
    ],
)
def test_what_a_caller_is_told(count: int, said: list[str], text: str) -> None:
    groups = [SaidGroup(digits, Interval(at, at + 1.0)) for at, digits in enumerate(said)]
    assert how_said(count, 2.4, Pace(4.17, 0.4), groups, ("800", "555", "1234")) == text


@pytest.mark.parametrize(
    ("said", "expected", "told"),
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
def test_the_digits_that_differ_are_told_by_their_places(
    said: str, expected: str | None, told: str | None
) -> None:
    words = [Word(word, at / 2, at / 2 + 0.4) for at, word in enumerate(f"call me at {said}".split())]
    assert differing_digits(find_callback_number(Transcript(tuple(words)), expected=expected)) == told


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (["account number"], "an account number was"),
        (["fax number", "fax number"], "a fax number was"),
        (["another telephone number", "time"], "another telephone number and a time were"),
        (["amount", "time", "number not to call"], "an amount, a time and a number not to call were"),
    ],
)
def test_other_numbers_are_told_by_their_kinds(kinds: list[str], told: str) -> None:
    assert kinds_heard([OtherNumber(kind, "4471", at, at + 1.0) for at, kind in enumerate(kinds)]) == told
