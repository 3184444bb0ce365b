"""The record of the call-back number. Measures copy it and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass

from aftertone.acoustics.interval import Interval
from aftertone.language.callback.spoken import Digit

READINGS_MIN = 2
"""Readings of a number that is repeated: all published advice is to say it twice."""

SLOW_DIGITS_PER_S = 2.0
"""The fastest pace that can be written down: 120 words a minute, one digit a word (DECtalk manual)."""

HURRIED_DIGITS_PER_S = 2.5
"""A faster pace cannot be written down: 25 % above `SLOW_DIGITS_PER_S`."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a reading was said.

    Attributes
    ----------
    digits_per_s : float
    give_or_take : float
        Error of the pace, in digits a second, that 90 of 100 readings do not exceed.
    """

    digits_per_s: float
    give_or_take: float

    @property
    def is_slow(self) -> bool:
        """Slow enough to be written down."""
        return self.digits_per_s <= SLOW_DIGITS_PER_S

    @property
    def is_hurried(self) -> bool:
        """Too fast to be written down."""
        return self.digits_per_s > HURRIED_DIGITS_PER_S

    def is_clear_of(self, bound: float) -> bool:
        """Whether the pace is farther from a bound than its error: 95 of 100 such verdicts are right.

        >>> Pace(2.1, 0.15).is_clear_of(SLOW_DIGITS_PER_S)
        False
        """
        return abs(self.digits_per_s - bound) > self.give_or_take


@dataclass(frozen=True, slots=True)
class Reading:
    """One saying of the number, or of a part of it.

    Attributes
    ----------
    digits : str
        As said, a leading 1 or country code included.
    number : str
        The digits in the form of `CallbackNumber.digits`.
    start_s, end_s : float
        By the sound where that was given, else by the recogniser's words.
    first_word, last_word : int
        Indices into the transcript, both included.
    is_full : bool
        Said from end to end, not a part of it.
    exact : bool
        Every digit is that of the chosen number, or of the part of it.
    items : tuple of Digit
        The digits with their times.
    before, after : Interval or None
        The times of the words before and after it.
    pace : Pace or None
        How fast; None without sound, and where the reading has no length.
    plus : bool
        A plus or "country code" was said before it.
    """

    digits: str
    number: str
    start_s: float
    end_s: float
    first_word: int
    last_word: int
    is_full: bool
    exact: bool
    items: tuple[Digit, ...]
    before: Interval | None
    after: Interval | None
    pace: Pace | None = None
    plus: bool = False


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """A number in the message that is not the one to call back on.

    Attributes
    ----------
    kind : str
        What it is, as reports show it: "account number", "amount", "time", "fax number", "number not to
        call", "another telephone number".
    digits : str
    start_s, end_s : float
    """

    kind: str
    digits: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class CallbackNumber:
    """The number that the caller asks to be called back on, and the others in the message.

    Attributes
    ----------
    digits : str or None
        As dialled inside the region: without the 1 in North America, with the 0 in Britain; a number of
        another country with its country code. None where no number to call back on was said.
    e164 : str or None
        "+18005551234"; None where libphonenumber has none.
    valid : bool
        Valid for the region, by libphonenumber.
    readings : tuple of Reading
        Its full readings, inexact ones included, in order of time.
    partials : tuple of Reading
        Parts of it said again.
    others : tuple of OtherNumber
        Numbers that are not it, in order of time.
    agree : bool
        All full readings have these digits.
    differing : tuple of int or None
        Indices into `digits` where some full reading differs; None where all agree.
    extension : str or None
        Digits of the extension.
    as_expected : bool or None
        Some full reading has the expected digits; None where none were expected.
    called_from : bool or None
        It is the number that the call came from, country code aside; None where that is not known.
    again : Interval or None
        Where the only reading was said again by its sound, and the words there are wrong or missing.
    probability : float or None
        That all digits are right; None where the words have no confidence.
    why_untrusted : str or None
        Why the digits are not to be trusted; None where they are.
    """

    digits: str | None = None
    e164: str | None = None
    valid: bool = False
    readings: tuple[Reading, ...] = ()
    partials: tuple[Reading, ...] = ()
    others: tuple[OtherNumber, ...] = ()
    agree: bool = True
    differing: tuple[int, ...] | None = None
    extension: str | None = None
    as_expected: bool | None = None
    called_from: bool | None = None
    again: Interval | None = None
    probability: float | None = None
    why_untrusted: str | None = None

    @property
    def count(self) -> int:
        """How often it was said in full, by words or by sound."""
        return len(self.readings) + (self.again is not None)

    @property
    def repeated(self) -> bool:
        """Whether it was said twice or more with the same digits."""
        return self.count >= READINGS_MIN and self.agree

    @property
    def slowest(self) -> Reading:
        """The full reading with the lowest pace; the first where none has a pace. Needs a reading."""
        return min(self.readings, key=lambda each: each.pace.digits_per_s if each.pace else float("inf"))

    @property
    def trusted(self) -> bool:
        """Whether the digits are to be trusted."""
        return self.why_untrusted is None
