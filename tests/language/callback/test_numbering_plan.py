from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.language.callback.numbering_plan import (
    edits,
    is_near,
    is_same_number,
    plan_validity,
    written_groups,
)


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
    ("digits", "region", "is_valid", "is_possible"),
    [
        ("2125550143", "US", True, True),
        ("12125550143", "US", True, True),
        ("4983016", "US", False, True),  # without its area code
        ("1234567", "US", False, False),  # no exchange begins with 1
        ("212555014", "US", False, False),
        ("0729181032", "GB", False, True),
        ("00442079460958", "FR", True, True),  # dialled from abroad
        ("5555555555", "US", False, False),  # the same digit over and over
        ("212", "US", False, False),
    ],
)
def test_digits_are_valid_or_possible_by_the_plan(
    digits: str, region: str, is_valid: bool, is_possible: bool
) -> None:
    found = plan_validity(digits, False, region)
    assert (found.is_valid, found.is_possible) == (is_valid, is_possible)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("+1 (212) 555-0143", "2125550143", True),
        ("2125550143", "212-555-0148", False),
        ("0143", "2125550143", False),  # a part is not the number
    ],
)
def test_the_same_number_with_and_without_its_country_code(one: str, other: str, is_same: bool) -> None:
    assert is_same_number(one, other) is is_same
    assert is_same_number(other, one) is is_same


strings = st.text("0123456789", min_size=1, max_size=12)


@given(strings, strings)
def test_edits_are_as_many_as_the_distance(number: str, digits: str) -> None:
    before = list(range(len(digits) + 1))  # Wagner and Fischer 1974
    for i, one in enumerate(number, start=1):
        row = [i]
        for j, other in enumerate(digits, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (one != other)))
        before = row
    assert len(edits(number, digits)) == before[-1]
    assert all(0 <= at < len(number) for at in edits(number, digits))


def test_fewer_edits_make_another_number_of_a_short_one() -> None:
    assert is_near("2125550199", "2125550143")
    assert not is_near("2125559199", "2125550143")
    assert is_near("5550148", "5550143")
    assert not is_near("5550199", "5550143")
