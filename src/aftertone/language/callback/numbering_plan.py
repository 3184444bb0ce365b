"""Numbering plans: whether digits are a telephone number of a region, and how alike two numbers are.

libphonenumber knows the plans. This module reduces its answer to one score, the digits as dialled and E.164.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from aftertone.language.brief import DIGITS_MAX, DIGITS_MIN

PARTIAL_DIGITS_MIN = 3
"""The shortest part of a number, in digits: fewer are a time of day or a count."""

PREFIX_DIGITS_MAX = 3
"""The longest prefix of a call abroad, in digits: "011"."""

AMERICAN_DIGITS = 10
"""Digits of a North American number, with its area code."""

_AMERICAN = re.compile(r"[2-9]\d\d[2-9]\d{6}")


@dataclass(frozen=True, slots=True)
class PlanScores:
    """Scores of numbers, without unit.

    They are chosen so that a valid number outweighs the cost of the cuts around it. All other scores of this
    package are on the same scale.
    """

    valid: float = 10.0  # by libphonenumber
    possible: float = 8.0  # by libphonenumber
    local: float = 5.0  # possible without an area code
    short: float = 0.0  # fewer digits than a number, `PARTIAL_DIGITS_MIN` or more
    stray: float = -1.0  # fewer digits than that
    invalid: float = -3.0  # no number of the region
    loop: float = -4.0  # "000-000-0000" and the like, which recognisers write where no number was said
    reading: float = 3.0  # added for each reading after the first; tuned on the tests' tables
    number_min: float = 0.5  # the least score of a number that may be meant


SCORES = PlanScores()


@dataclass(frozen=True, slots=True)
class EditLimits:
    """The most edits by which two strings of digits are still the same number."""

    edits_max: int = 2  # a recogniser loses or inserts one digit, seldom two; two may change places
    short_digits_max: int = 8  # in a number of so few digits, fewer edits make another number
    short_edits_max: int = 1
    loop_digits_max: int = 3  # the most digits that a recogniser repeats without end


LIMITS = EditLimits()


class PlanValidity(NamedTuple):
    """How digits fit the numbering plan: a score of `SCORES`, the digits as dialled in the region, E.164."""

    score: float
    number: str
    e164: str | None

    @property
    def is_valid(self) -> bool:
        """Whether libphonenumber calls it valid."""
        return self.score >= SCORES.valid

    @property
    def is_possible(self) -> bool:
        """Whether it is valid or possible, with or without an area code."""
        return self.score >= SCORES.local


@lru_cache(maxsize=4096)
def plan_validity(digits: str, has_plus: bool, region: str) -> PlanValidity:
    """How digits fit the numbering plan of a region (ISO 3166); `has_plus`: a plus was said first."""
    if len(digits) < DIGITS_MIN:
        score = SCORES.short if len(digits) >= PARTIAL_DIGITS_MIN else SCORES.stray
        return PlanValidity(score, digits, None)
    found = _parsed(digits, has_plus, region)
    if not found.is_valid and digits.startswith("00"):  # the international prefix of most countries
        found = max(found, _parsed(digits[2:], True, region), key=lambda each: each.score)
    score_min = SCORES.valid if len(digits) > DIGITS_MIN else SCORES.local
    return PlanValidity(SCORES.loop, digits, None) if found.score < score_min and is_loop(digits) else found


def _parsed(digits: str, has_plus: bool, region: str) -> PlanValidity:
    import phonenumbers as pn

    invalid = PlanValidity(SCORES.invalid, digits, None)
    home = pn.country_code_for_region(region)
    if len(digits) > DIGITS_MAX + PREFIX_DIGITS_MAX:
        return invalid
    if home == 1 and not has_plus and not digits.startswith("011"):  # the common case needs no parser
        if len(digits) == DIGITS_MIN and digits[0] > "1":
            return PlanValidity(SCORES.local, digits, None)
        if len(digits) != AMERICAN_DIGITS and len(digits.removeprefix("1")) != AMERICAN_DIGITS:
            return invalid
    try:
        parsed = pn.parse(("+" if has_plus else "") + digits, region, keep_raw_input=True)
    except pn.NumberParseException:
        return invalid
    abroad = parsed.country_code_source in (
        pn.CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
        pn.CountryCodeSource.FROM_NUMBER_WITH_IDD,
    )
    e164 = pn.format_number(parsed, pn.PhoneNumberFormat.E164)
    if parsed.country_code != home:
        number = e164.removeprefix("+")
    elif home == 1:
        number = digits if len(digits) == AMERICAN_DIGITS else digits.removeprefix("1")
        number = str(parsed.national_number) if abroad else number
    elif abroad:
        number = (pn.ndd_prefix_for_region(region, True) or "") + str(parsed.national_number)
    else:
        number = digits
    if pn.is_valid_number(parsed) and (abroad or parsed.country_code == home):
        return PlanValidity(SCORES.valid, number, e164)
    possible = pn.is_possible_number_with_reason(parsed)
    if home == 1 and len(number) == AMERICAN_DIGITS and not _AMERICAN.fullmatch(number):
        return PlanValidity(SCORES.invalid, number, e164)
    if possible == pn.ValidationResult.IS_POSSIBLE and (home != 1 or len(number) == AMERICAN_DIGITS):
        score = SCORES.possible if len(number) > LIMITS.short_digits_max else SCORES.local
        return PlanValidity(score, number, e164)
    if possible == pn.ValidationResult.IS_POSSIBLE_LOCAL_ONLY and home != 1:
        return PlanValidity(SCORES.local, digits, None)
    return invalid


def is_loop(digits: str) -> bool:
    """Whether the same one to three digits are said over and over.

    >>> is_loop("0000000000"), is_loop("123123123"), is_loop("2125550142")
    (True, True, False)
    """
    sizes = range(1, LIMITS.loop_digits_max + 1)
    return any(digits == (digits[:size] * len(digits))[: len(digits)] for size in sizes)


def dialled(text: str) -> str:
    """The digits of a written number."""
    return "".join(character for character in text if character.isdigit())


def is_same_number(number: str, other: str) -> bool:
    """Whether two numbers are the same, with or without a country code.

    >>> is_same_number("+1 (212) 555-0142", "2125550142"), is_same_number("5550142", "0142")
    (True, False)
    """
    shorter, longer = sorted([dialled(number), dialled(other)], key=len)
    return len(shorter) >= DIGITS_MIN and longer.endswith(shorter)


def national_format(number: str, region: str | None = None, *, valid_only: bool = False) -> str:
    """A number as its own country writes it; `region` is that of a number without a country code.

    What is no number is unchanged, and so is a number that is not valid where `valid_only`.

    >>> national_format("+18005551234"), national_format("2079460958", "GB"), national_format("zero", "US")
    ('(800) 555-1234', '020 7946 0958', 'zero')
    """
    import phonenumbers as pn

    try:
        parsed = pn.parse(number, region)
    except pn.NumberParseException:
        return number
    if valid_only and not pn.is_valid_number(parsed):
        return number
    return str(pn.format_number(parsed, pn.PhoneNumberFormat.NATIONAL))


def written_groups(e164: str | None, digits: str) -> tuple[str, ...]:
    """The groups of a number in its national format; one group where that has other digits.

    >>> written_groups("+18005551234", "8005551234"), written_groups(None, "5551234")
    (('800', '555', '1234'), ('5551234',))
    """
    national = national_format(e164) if e164 else ""
    parts = "".join(c if c.isdigit() else " " for c in national).split()
    return tuple(parts) if "".join(parts) == digits else (digits,)


_GROUP_DIGITS_MAX = 4  # of a number whose country has no groups for it; the others have three


def spoken_groups(number: str, region: str, digits: str | None = None) -> tuple[str, ...]:
    """The groups of a number, spoken with a breath between them; of `digits` where the number has others.

    >>> spoken_groups("+13125550143", "US", "3125550143"), spoken_groups("02079460295", "GB")
    (('312', '555', '0143'), ('020', '7946', '0295'))
    >>> spoken_groups("5550143", "US"), spoken_groups("02079460295", "US")
    (('555', '0143'), ('020', '7946', '0295'))
    >>> spoken_groups("+442079460295", "US")
    ('+44', '20', '7946', '0295')
    """
    import phonenumbers as pn

    wanted = dialled(digits or number)
    try:
        parsed = pn.parse(number, region)
    except pn.NumberParseException:
        parsed = None
    for style in (pn.PhoneNumberFormat.NATIONAL, pn.PhoneNumberFormat.INTERNATIONAL):
        parts = re.findall(r"\+?\d+", pn.format_number(parsed, style)) if parsed else []
        is_plain = max(map(len, parts), default=9) <= _GROUP_DIGITS_MAX
        if is_plain and dialled("".join(parts)) == wanted:
            return tuple(parts)
    group_count = -(-len(wanted) // _GROUP_DIGITS_MAX)
    short_count = group_count * _GROUP_DIGITS_MAX - len(wanted)  # groups of three, before those of four
    ends = list(accumulate(_GROUP_DIGITS_MAX - (at < short_count) for at in range(group_count)))
    return tuple(wanted[start:end] for start, end in pairwise([0, *ends]))


@lru_cache(maxsize=4096)
def is_near(digits: str, number: str) -> bool:
    """Whether digits are the number but for one or two edits, as recognisers and slips of the tongue make.

    >>> is_near("212555014", "2125550142"), is_near("2125550199", "2125550142")
    (True, True)
    >>> is_near("4155550199", "2125550142")
    False
    """
    if len(digits) < DIGITS_MIN - 1 or abs(len(digits) - len(number)) > LIMITS.edits_max:
        return False
    most = LIMITS.edits_max if len(number) > LIMITS.short_digits_max else LIMITS.short_edits_max
    if (Counter(number) - Counter(digits)).total() > most:  # quick: more edits are needed
        return False
    return len(edits(number, digits)) <= most


@lru_cache(maxsize=4096)
def edits(number: str, digits: str) -> tuple[int, ...]:
    """Indices into `number` of the fewest edits (Levenshtein 1966) that turn it into `digits`.

    >>> edits("5551234", "5551244"), edits("5551234", "555134")
    ((5,), (4,))
    """
    rows: list[list[tuple[int, ...]]] = [[() for _ in range(len(digits) + 1)] for _ in range(len(number) + 1)]
    for i in range(len(number) + 1):
        for j in range(len(digits) + 1):
            ways = []
            if i and j:
                here = () if number[i - 1] == digits[j - 1] else (i - 1,)
                ways.append(rows[i - 1][j - 1] + here)
            if i:
                ways.append((*rows[i - 1][j], i - 1))
            if j:
                ways.append((*rows[i][j - 1], min(i, len(number) - 1)))
            rows[i][j] = min(ways, key=len, default=())
    return rows[-1][-1]
