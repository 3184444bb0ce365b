"""Plain English for reports: a number, and how it was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

from aftertone.acoustics.interval import Interval
from aftertone.language.callback.record import (
    SLOW_DIGITS_PER_S,
    CallbackNumber,
    OtherNumber,
    Pace,
    Reading,
)
from aftertone.language.callback.segments import edits

_TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times"}
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}  # a number has 15 digits at most: no 21st


@dataclass(frozen=True, slots=True)
class SaidGroup:
    """Digits said without a pause, and when."""

    digits: str
    interval: Interval

    @property
    def digits_per_s(self) -> float:
        """Its pace; 0 where it has no length."""
        return len(self.digits) / self.interval.duration_s if self.interval.duration_s > 0 else 0.0


def said_groups(reading: Reading, groups: Sequence[Interval]) -> tuple[SaidGroup, ...]:
    """The digits in each group of a reading: a digit is in the group that is nearest to its middle.

    Groups without a digit are left out.
    """
    held: dict[Interval, str] = dict.fromkeys(groups, "")
    for item in reading.items:
        middle_s = (item.start_s + item.end_s) / 2
        nearest = min(groups, key=lambda g: max(g.start_s - middle_s, middle_s - g.end_s, 0.0), default=None)
        if nearest is not None:
            held[nearest] += item.digit
    return tuple(SaidGroup(digits, interval) for interval, digits in held.items() if digits)


def written_groups(e164: str | None, digits: str) -> tuple[str, ...]:
    """The groups of a number in its national format, by libphonenumber; one group without that format.

    >>> written_groups("+18005551234", "8005551234"), written_groups("+442079460958", "02079460958")
    (('800', '555', '1234'), ('020', '7946', '0958'))
    >>> written_groups(None, "5551234")
    ('5551234',)
    """
    if e164 is None:
        return (digits,)
    import phonenumbers as pn

    national = pn.format_number(pn.parse(e164, None), pn.PhoneNumberFormat.NATIONAL)
    parts = "".join(c if c.isdigit() else " " for c in national).split()
    return tuple(parts) if "".join(parts) == digits else (digits,)


def how_said(
    count: int, duration_s: float, pace: Pace, said: Sequence[SaidGroup], written: Sequence[str]
) -> str:
    """How often and how fast a number was said, and where a pause is missing.

    Parameters
    ----------
    count : int
        Full readings.
    duration_s : float
        Of the slowest of them.
    pace : Pace
        Of the slowest of them; its margin is added where it is near `SLOW_DIGITS_PER_S`.
    said : sequence of SaidGroup
        The groups that it was said in.
    written : sequence of str
        The groups that it is written in.

    Examples
    --------
    >>> run_together = [SaidGroup("8005551234", Interval(1.0, 3.4))]
    >>> how_said(1, 2.4, Pace(4.17, 0.4), run_together, ("800", "555", "1234"))
    'Said once, in 2.4 s (4.2 digits a second). Leave a beat after 800 and after 555.'
    """
    slowest = "the slowest time " if count > 1 else ""
    times = _TIMES.get(count, f"{count} times")
    margin = "" if pace.is_clear_of(SLOW_DIGITS_PER_S) else f", give or take {pace.give_or_take:.1f}"
    told = f"Said {times}, {slowest}in {duration_s:.1f} s ({pace.digits_per_s:.1f} digits a second{margin})."
    ends = set(accumulate(len(group.digits) for group in said))
    joints = zip(accumulate(map(len, written)), pairwise(written), strict=False)
    missing = [before for end, (before, _) in joints if end not in ends]
    if not missing:
        return told
    return f"{told} Leave a beat {' and '.join(f'after {digits}' for digits in missing)}."


def differing_digits(number: CallbackNumber) -> str | None:
    """Which digits differ between the readings, or from the brief's number; None where they agree.

    >>> reading = Reading("5551244", "5551244", 0, 1, 0, 0, True, False, (), None, None)
    >>> differing_digits(CallbackNumber("5551234", readings=(reading,), differing=(5,), as_expected=False))
    'the 6th digit: 4 (3 in the brief)'
    """
    if number.digits is None or not number.differing:
        return None
    told = []
    for at in number.differing:
        meant = number.digits[at]
        said = [_said_at(at, number.digits, reading.number) for reading in number.readings]
        in_order = ", then ".join(each for each, _ in groupby(said))
        in_brief = number.as_expected is not None and meant not in said
        told.append(f"the {_ordinal(at + 1)} digit: {in_order}" + (f" ({meant} in the brief)" * in_brief))
    return "; ".join(told)


def _said_at(at: int, digits: str, said: str) -> str:
    """The digit of a reading at an index into the number, or words for a missing or an extra one."""
    if at not in edits(digits, said):
        return digits[at]
    if len(said) == len(digits):
        return said[at]
    return "missing" if len(said) < len(digits) else f"{digits[at]} and one more"


def _ordinal(number: int) -> str:
    return _ORDINALS.get(number, f"{number}th")


def kinds_heard(others: Sequence[OtherNumber]) -> str:
    """The kinds of some numbers, each once, as the subject of a sentence with its verb.

    >>> kinds_heard([OtherNumber("account number", "4471", 1, 2), OtherNumber("time", "530", 3, 4)])
    'an account number and a time were'
    """
    kinds = [_with_article(kind) for kind in dict.fromkeys(other.kind for other in others)]
    if len(kinds) == 1:
        return f"{kinds[0]} was"
    return f"{', '.join(kinds[:-1])} and {kinds[-1]} were"


def _with_article(kind: str) -> str:
    if kind.startswith("another "):
        return kind
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
