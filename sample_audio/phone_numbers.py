"""The telephone numbers of the practice messages: how they are drawn, grouped and spoken."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import phonenumbers

NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = {**{word: str(i) for i, word in enumerate(NUMERALS)}, "oh": "0", "hundred": "00"}
TIMES = {"double": 2, "triple": 3}


@dataclass(frozen=True, slots=True)
class Plan:
    """A range of unassigned numbers, or of numbers reserved for fiction.

    Attributes
    ----------
    region : str
    beginnings : tuple of str
        First digits; each "?" is drawn.
    drawn_count : int
        Number of digits that are drawn after a beginning.
    groups : tuple of int
        Sizes of the groups in which a number is said.
    """

    region: str
    beginnings: tuple[str, ...]
    drawn_count: int
    groups: tuple[int, ...]


_UK_CITIES = ("0113", "0114", "0115", "0116", "0117", "0118", "0121", "0131", "0141", "0151", "0161")
PLANS = {
    # 555-0100 to 555-0199 are reserved for fiction in every area code (ATIS-0300115)
    "us": Plan("US", ("???55501",), 2, (3, 3, 4)),
    "us zeros": Plan("US", ("?0?55501", "??055501"), 2, (3, 3, 4)),
    "800": Plan("US", ("80055501",), 2, (3, 3, 4)),
    "toll free": Plan("US", tuple(f"8{d}{d}55501" for d in "0345678"), 2, (3, 3, 4)),
    # Ofcom's numbers for drama
    "uk london": Plan("GB", ("02079460",), 3, (3, 4, 4)),
    "uk": Plan("GB", tuple(city + "4960" for city in _UK_CITIES), 3, (4, 3, 4)),
    # ACMA's numbers for fiction
    "au": Plan("AU", ("025550", "027010", "035550", "037010", "075550", "077010", "085550"), 4, (2, 4, 4)),
}


def seeded(name: str, salt: int = 0) -> np.random.Generator:
    """A random generator seeded with a name."""
    return np.random.default_rng(zlib.crc32(name.encode()) + salt)


def drawn(plan: Plan, draw: np.random.Generator) -> str:
    """A number of a plan that libphonenumber calls valid in its country."""
    while True:
        beginning = plan.beginnings[int(draw.integers(len(plan.beginnings)))]
        digits = "".join(
            str(draw.integers(10)) if c == "?" else c for c in beginning + "?" * plan.drawn_count
        )
        number = phonenumbers.parse(digits, plan.region)
        if (
            phonenumbers.is_valid_number(number)
            and phonenumbers.region_code_for_number(number) == plan.region
        ):
            return digits


def grouped(digits: str, plan: Plan) -> list[str]:
    """The digits of a number in the plan's groups.

    >>> grouped("02079460958", PLANS["uk london"])
    ['020', '7946', '0958']
    """
    ends = np.cumsum(plan.groups).tolist()
    return [digits[start:end] for start, end in pairwise([0, *ends])]


def digits_of(words: Sequence[str]) -> list[tuple[str, int]]:
    """Each spoken digit and the index of its word.

    >>> digits_of("eight hundred double five".split())
    [('8', 0), ('0', 1), ('0', 1), ('5', 3), ('5', 3)]
    """
    found, times = [], 1
    for index, word in enumerate(words):
        if word in TIMES:
            times = TIMES[word]
        elif word in DIGITS:
            found += [(digit, index) for digit in DIGITS[word] * times]
            times = 1
        else:
            times = 1
    return found
