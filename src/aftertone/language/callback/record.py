"""The record of the call-back number: all that is true of it. Measures copy it and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from statistics import median

from aftertone.acoustics.interval import Interval
from aftertone.language.callback.digit_runs import DigitSequence
from aftertone.language.callback.numbering_plan import edits, written_groups


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds between what is true of a number and what is not."""

    readings_min: int = 2  # of a number that is repeated: all published advice is to say it twice
    slow_digits_per_s: float = 2.0
    """The fastest pace that can be written down: 120 words a minute, one digit a word (DECtalk manual)."""
    group_digits_min: int = 2  # one digit by itself has no pace
    aligned_error_s: float = 0.3
    """Error of the length of an aligned reading, 90th percentile: 0.22 s for 158 readings by speakers that
    settings were chosen on, 0.29 s for 222 by held-out speakers."""
    unaligned_error_s: float = 0.7
    """The same for a reading with the times of the recogniser's words: 0.72 s for speakers that settings were
    chosen on."""
    trusted_min: float = 0.95  # probability of a number that is trusted


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a reading was said."""

    digits_per_s: float  # pauses included
    margin: float  # error, in digits a second, that 90 of 100 readings do not exceed

    @property
    def is_slow(self) -> bool:
        """Slow enough to be written down."""
        return self.digits_per_s <= BOUNDS.slow_digits_per_s

    @property
    def is_clear(self) -> bool:
        """Whether it is farther from the bound of `is_slow` than its error: 95 of 100 such flags are right.

        >>> Pace(2.1, 0.15).is_clear, Pace(2.4, 0.15).is_clear
        (False, True)
        """
        return abs(self.digits_per_s - BOUNDS.slow_digits_per_s) > self.margin


@dataclass(frozen=True, slots=True)
class DigitGroup:
    """The digits of a reading that are said without a pause."""

    digits: str  # "" where the sound has no digit, by their times
    interval: Interval

    @property
    def digits_per_s(self) -> float:
        """Its pace; 0 where it has no length."""
        return len(self.digits) / self.interval.duration_s if self.interval.duration_s > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Reading(DigitSequence):
    """One saying of the number, or of a part of it. Its times are by the sound where that was given."""

    number: str  # the digits in the form of `CallbackNumber.digits`
    before: Interval | None = None  # the word before it
    after: Interval | None = None  # the word after it
    has_plus: bool = False  # a plus or "country code" was said before it
    is_aligned: bool | None = None  # its times are by forced alignment, not by words; None without sound
    groups: tuple[DigitGroup, ...] = ()  # parted by pauses; empty without sound
    slowdown_ratio: float | None = None
    """Syllable rate over the articulation rate of the rest of the message; below 1.0 it is slower. None
    without sound, and where the rest is too short."""

    @property
    def pace(self) -> Pace | None:
        """How fast; None without sound, and where the reading has no length."""
        duration_s = self.interval.duration_s
        if self.is_aligned is None or duration_s <= 0:
            return None
        error_s = BOUNDS.aligned_error_s if self.is_aligned else BOUNDS.unaligned_error_s
        digits_per_s = len(self.items) / duration_s
        return Pace(digits_per_s, digits_per_s * error_s / duration_s)

    @property
    def group_pause_s(self) -> float | None:
        """The median pause between groups, in s; None for one group."""
        pauses_s = [b.interval.start_s - a.interval.end_s for a, b in pairwise(self.groups)]
        return float(median(pauses_s)) if pauses_s else None

    @property
    def fastest_group_digits_per_s(self) -> float | None:
        """The pace of the fastest group of two digits or more; None without one."""
        long = [each for each in self.groups if len(each.digits) >= BOUNDS.group_digits_min]
        return max((each.digits_per_s for each in long), default=None)


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """A number in the message that is not the one to call back on."""

    kind: str  # as reports show it: "account number", "amount", "time", "another telephone number"
    digits: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class CallbackNumber:
    """The number that the caller asks to be called back on, and the others in the message."""

    digits: str | None = None
    """As dialled inside the region: without the 1 in North America, with the 0 in Britain; a number of
    another country with its country code. None where no number to call back on was said."""
    e164: str | None = None  # "+18005551234"; None where libphonenumber has none
    valid: bool = False  # for the region, by libphonenumber
    readings: tuple[Reading, ...] = ()  # full ones, inexact ones included, in order of time
    partials: tuple[Reading, ...] = ()  # parts of it said again
    others: tuple[OtherNumber, ...] = ()  # in order of time
    differing: tuple[int, ...] | None = None  # indices where some full reading differs; None where all agree
    extension: str | None = None  # its digits
    as_expected: bool | None = None  # some full reading has the expected digits; None without any
    called_from: bool | None = None  # the call came from it, country code aside; None where not known
    again: Interval | None = None  # where the only reading was said again by its sound, not by its words
    probability: float | None = None  # that all digits are right; None where the words have no confidence

    @property
    def count(self) -> int:
        """How often it was said in full, by words or by sound."""
        return len(self.readings) + (self.again is not None)

    @property
    def agree(self) -> bool:
        """Whether all full readings have its digits."""
        return self.differing is None

    @property
    def repeated(self) -> bool:
        """Whether it was said twice or more with the same digits."""
        return self.count >= BOUNDS.readings_min and self.agree

    @property
    def slowest(self) -> Reading:
        """The full reading with the lowest pace; the first where none has a pace. Needs a reading."""
        return min(self.readings, key=lambda each: each.pace.digits_per_s if each.pace else float("inf"))

    @property
    def why_untrusted(self) -> str | None:
        """Why the digits are not to be trusted; None where they are."""
        if self.probability is None or self.probability >= BOUNDS.trusted_min:
            return None
        return f"the recogniser is not sure of every digit (probability {self.probability:.2f})"

    @property
    def trusted(self) -> bool:
        """Whether the digits are to be trusted."""
        return self.why_untrusted is None

    @property
    def differing_text(self) -> str | None:
        """Which digits differ between the readings, or from the expected number; None where they agree."""
        if self.digits is None or not self.differing:
            return None
        texts = []
        for at in self.differing:
            meant = self.digits[at]
            said = [_said_at(at, self.digits, reading.number) for reading in self.readings]
            in_order = ", then ".join(each for each, _ in groupby(said))
            is_expected = self.as_expected is not None and meant not in said
            in_brief = f" ({meant} in the brief)" if is_expected else ""
            texts.append(f"the {_ORDINALS.get(at + 1, f'{at + 1}th')} digit: {in_order}{in_brief}")
        return "; ".join(texts)

    @property
    def delivery_text(self) -> str | None:
        """How often and how fast it was said, and where a pause is missing; None where it has no pace."""
        if self.digits is None or (pace := self.slowest.pace) is None:
            return None
        times = _TIMES.get(self.count, f"{self.count} times")
        which = "the slowest time " if self.count > 1 else ""
        duration_s = self.slowest.interval.duration_s
        margin = "" if pace.is_clear else f", give or take {pace.margin:.1f}"
        ends = set(accumulate(len(group.digits) for group in self.slowest.groups))
        written = written_groups(self.e164, self.digits)
        places = zip(accumulate(map(len, written)), written[:-1], strict=False)
        missing = " and ".join(f"after {digits}" for end, digits in places if end not in ends)
        return (
            f"Said {times}, {which}in {duration_s:.1f} s ({pace.digits_per_s:.1f} digits a second{margin})."
            + (f" Pause {missing}." if missing else "")
        )

    @property
    def others_text(self) -> str:
        """The kinds of the other numbers, each once, as the subject of a sentence with its verb.

        >>> others = [OtherNumber("account number", "4471", 1, 2), OtherNumber("time", "530", 3, 4)]
        >>> CallbackNumber(others=tuple(others)).others_text
        'an account number and a time were'
        """
        *first, last = (_with_article(kind) for kind in dict.fromkeys(each.kind for each in self.others))
        return f"{', '.join(first)} and {last} were" if first else f"{last} was"


_TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times"}
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}  # a number has 15 digits at most: no 21st


def _said_at(at: int, digits: str, said: str) -> str:
    """The digit of a reading at an index into the number, or words for a missing or an extra one."""
    if at not in edits(digits, said):
        return digits[at]
    if len(said) == len(digits):
        return said[at]
    return "missing" if len(said) < len(digits) else f"{digits[at]} and one more"


def _with_article(kind: str) -> str:
    if kind.startswith("another "):
        return kind
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
