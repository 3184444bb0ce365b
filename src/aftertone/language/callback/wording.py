"""How a number was said, in words that a caller understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from aftertone.acoustics.interval import Interval
from aftertone.language.callback.record import Reading

_TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times"}


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
    """The groups that a number is written in where it is at home, by libphonenumber; one group where unknown.

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
    count: int, duration_s: float, digits_per_s: float, said: Sequence[SaidGroup], written: Sequence[str]
) -> str:
    """How often and how fast a number was said, and where a pause is missing.

    Parameters
    ----------
    count : int
        Full readings.
    duration_s, digits_per_s : float
        Of the slowest of them.
    said : sequence of SaidGroup
        The groups that it was said in.
    written : sequence of str
        The groups that it is written in.

    Examples
    --------
    >>> run_together = [SaidGroup("8005551234", Interval(1.0, 3.4))]
    >>> how_said(1, 2.4, 4.17, run_together, ("800", "555", "1234"))
    'Said once, in 2.4 s (4.2 digits a second). Leave a beat after 800 and after 555.'
    """
    slowest = "the slowest time " if count > 1 else ""
    times = _TIMES.get(count, f"{count} times")
    told = f"Said {times}, {slowest}in {duration_s:.1f} s ({digits_per_s:.1f} digits a second)."
    ends = set(accumulate(len(group.digits) for group in said))
    joints = zip(accumulate(map(len, written)), pairwise(written), strict=False)
    missing = [before for end, (before, _) in joints if end not in ends]
    if not missing:
        return told
    return f"{told} Leave a beat {' and '.join(f'after {digits}' for digits in missing)}."
