"""Where one number ends and the next begins: runs of digits cut into the numbers that they most likely are.

What a string of digits may be, libphonenumber says; what stands between two digits says how likely a
number ends there. The cut with the best sum of both is found exactly, over all cuts of the run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from aftertone.language.callback.spoken import Digit, DigitRun, Doubt

DIGITS_MIN = 7
"""The shortest call-back number: a North American subscriber number."""

PARTIAL_DIGITS_MIN = 3
"""The shortest part of a number that is one: fewer digits are a clock time or a count."""

DIGITS_MAX = 15
"""The longest number (E.164), without the prefix that dials abroad."""

_ABROAD_DIGITS_MAX = 3  # "011"
_AMERICAN_DIGITS = 10
_EDITS_MAX = 2  # a recogniser loses or inserts one digit, seldom two; two digits may change places
_SHORT_DIGITS_MAX, _SHORT_EDITS_MAX = 8, 1  # in a short number two edits make another number


# --- what a string of digits is ---------------------------------------------------------------------

# The order matters, not the size; chosen so that a valid number outweighs the cuts that make it.
VALID, _POSSIBLE, _LOCAL, _SHORT, _STRAY, _NONE = 10.0, 8.0, 5.0, 0.0, -1.0, -3.0


class Verdict(NamedTuple):
    """What a string of digits is: how good a number, how it is dialled in the region, and E.164."""

    score: float
    number: str
    e164: str | None


@lru_cache(maxsize=4096)
def verdict_of(digits: str, plus: bool, region: str) -> Verdict:
    """What libphonenumber says of a string of digits."""
    if len(digits) < DIGITS_MIN:
        return Verdict(_SHORT if len(digits) >= PARTIAL_DIGITS_MIN else _STRAY, digits, None)
    import phonenumbers as pn

    nothing = Verdict(_NONE, digits, None)
    if len(digits) > DIGITS_MAX + _ABROAD_DIGITS_MAX:
        return nothing
    try:
        parsed = pn.parse(("+" if plus else "") + digits, region, keep_raw_input=True)
    except pn.NumberParseException:
        return nothing
    home = pn.country_code_for_region(region)
    abroad = parsed.country_code_source in (
        pn.CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
        pn.CountryCodeSource.FROM_NUMBER_WITH_IDD,
    )
    e164 = pn.format_number(parsed, pn.PhoneNumberFormat.E164)
    if parsed.country_code != home:
        number = e164.removeprefix("+")
    elif home == 1:
        number = digits.removeprefix("1") if len(digits) > _AMERICAN_DIGITS else digits
    elif abroad:
        number = (pn.ndd_prefix_for_region(region, True) or "") + str(parsed.national_number)
    else:
        number = digits
    if pn.is_valid_number(parsed) and (abroad or parsed.country_code == home):
        return Verdict(VALID, number, e164)
    possible = pn.is_possible_number_with_reason(parsed)
    if possible == pn.ValidationResult.IS_POSSIBLE and (home != 1 or len(number) == _AMERICAN_DIGITS):
        return Verdict(_POSSIBLE if len(number) > _SHORT_DIGITS_MAX else _LOCAL, number, e164)
    if possible == pn.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return Verdict(_LOCAL, digits, None)
    return nothing


def dialled(text: str) -> str:
    """The digits of a written number."""
    return "".join(character for character in text if character.isdigit())


# --- where one number ends and the next begins ------------------------------------------------------

# Scores, to be held against those of `Verdict`. Tuned on the table in tests/language/test_numbers.py.
_CUT = {"": 3.0, "pause": 1.0, "filler": 2.0, "link": 0.0, "again": 0.0}  # cost of a number's end, by joint
_CUT_IN_WORD = 15.0  # and inside one written word, where only the same number twice is worth it
_JOIN = {"": 0.0, "pause": 0.0, "filler": 0.0, "link": 0.5, "again": 8.0}  # cost of going on over a joint
_SAME_AGAIN = 4.0  # a number that follows itself
_NEARLY_SAME_AGAIN, _END_AGAIN = 3.0, 4.0  # or itself but for a slip, or its last digits
_KNOWN, _NEARLY_KNOWN, _PART_OF_KNOWN = 14.0, 11.0, 1.0  # the number that was chosen, in the second pass
_FIX = 12.0  # times the share of digits that a correction says again
_FIX_ALIKE_MIN = 0.5  # of the digits taken back, those that are said again; fewer, and nothing was
_DROPPED, _PARTED = 0.1, 4.5  # cost of hearing a doubtful word as a word, and "twenty seven" as 20 7


@dataclass(frozen=True, slots=True)
class Piece:
    """Digits of one run that are one number, or a part of one, or none."""

    items: tuple[Digit, ...]
    verdict: Verdict
    extension: str

    @property
    def digits(self) -> str:
        """As said."""
        return "".join(item.digit for item in self.items)


def likeliest(ways: Sequence[Doubt], region: str) -> tuple[DigitRun, ...]:
    """The runs under the way to hear doubtful words that makes the best numbers."""
    if len(ways) == 1:
        return ways[0].runs

    def goodness(way: Doubt) -> float:
        numbers = sum(max(0.0, _cut(corrected(run, region), region)[0]) for run in way.runs)
        return numbers - _DROPPED * way.dropped - _PARTED * way.parted

    return max(ways, key=goodness).runs


def pieces_of(run: DigitRun, region: str, known: str | None = None) -> list[Piece]:
    """The numbers that a run most likely is, and what is left of it."""
    _, cuts = _cut(run, region, known)
    text = run.text
    return [
        Piece(
            run.digits[start:end],
            verdict_of(text[start:end], start in run.plus, region),
            run.extension if end == len(text) else "",
        )
        for start, end in pairwise(cuts)
    ]


def _cut(run: DigitRun, region: str, known: str | None = None) -> tuple[float, list[int]]:
    """The best way to cut a run: its score, and where each piece starts, with the end of the run."""
    text, length = run.text, len(run.digits)
    joins = [0.0, *accumulate(_JOIN[joint] for joint in run.joints)]
    # best[(start, end)]: score of the first `end` digits whose last piece starts at `start`.
    best: dict[tuple[int, int], tuple[float, int]] = {}
    ending: dict[int, list[int]] = defaultdict(list, {0: [0]})
    for end in range(1, length + 1):
        for start in range(max(0, end - DIGITS_MAX - _ABROAD_DIGITS_MAX), end):
            piece = text[start:end]
            verdict = verdict_of(piece, start in run.plus, region)
            score = verdict.score + _known_bonus(piece, verdict, known) - (joins[end] - joins[start + 1])
            if start == 0:
                best[(0, end)] = (score, -1)
                ending[end].append(0)
                continue
            score -= _cut_cost(run, start)
            befores = [
                (best[(before, start)][0] + _again_bonus(text[before:start], piece), before)
                for before in ending[start]
            ]
            if befores:
                most, before = max(befores, key=lambda each: each[0])
                best[(start, end)] = (score + most, before)
                ending[end].append(start)
    start = max(ending[length], key=lambda at: best[(at, length)][0])
    score, cuts, end = best[(start, length)][0], [length], length
    while start >= 0:
        cuts.append(start)
        start, end = best[(start, end)][1], start
    return score, cuts[::-1]


def _cut_cost(run: DigitRun, at: int) -> float:
    same_word = run.digits[at].word_index == run.digits[at - 1].word_index
    return _CUT_IN_WORD if same_word else _CUT[run.joints[at]]


def _again_bonus(before: str, piece: str) -> float:
    if len(piece) >= DIGITS_MIN:
        said, again = before.removeprefix("1"), piece.removeprefix("1")
        if said == again:
            return _SAME_AGAIN
        return _NEARLY_SAME_AGAIN if len(again) == len(said) and is_near(again, said) else 0.0
    is_end = len(piece) >= PARTIAL_DIGITS_MIN and len(before) >= DIGITS_MIN and before.endswith(piece)
    return _END_AGAIN if is_end else 0.0


def _known_bonus(piece: str, verdict: Verdict, known: str | None) -> float:
    if known is None:
        return 0.0
    if verdict.number == known:
        return _KNOWN - verdict.score
    if is_near(verdict.number, known):
        return _NEARLY_KNOWN - len(edits(known, verdict.number)) - verdict.score
    return _PART_OF_KNOWN if len(piece) >= PARTIAL_DIGITS_MIN and known.endswith(piece) else 0.0


def corrected(run: DigitRun, region: str) -> DigitRun:
    """The run with the digits taken out that "sorry" takes back."""
    if not run.fixes:
        return run
    at = run.fixes[0]
    before, after = run.text[:at], run.text[at:]

    def goodness(taken: int) -> float:
        pairs = zip(before[at - taken :], after, strict=False)
        alike = sum(a == b for a, b in pairs) / taken if taken else 0.0
        return _cut(_without(run, at - taken, at), region)[0] + (
            _FIX * alike if alike >= _FIX_ALIKE_MIN else -_NEARLY_SAME_AGAIN
        )

    most = min(at, len(after), DIGITS_MAX)
    taken = max(range(most + 1), key=goodness)
    return corrected(_without(run, at - taken, at), region)


def _without(run: DigitRun, start: int, end: int) -> DigitRun:
    """The run without some digits, and without its first correction."""
    gone = end - start
    # what is said instead stands where the first of them stood
    joints = list(run.joints[:start] + run.joints[start : start + 1] + run.joints[end + 1 :])
    if joints:
        joints[0] = ""
    return DigitRun(
        run.digits[:start] + run.digits[end:],
        tuple(joints),
        frozenset(at if at < start else at - gone for at in run.plus if not start <= at < end),
        tuple(at - gone for at in run.fixes[1:]),
        run.extension,
    )


# --- how like two numbers are -------------------------------------------------------------------------


def is_near(digits: str, number: str) -> bool:
    """Whether digits are the number but for what a recogniser or a slip of the tongue does to it."""
    if len(digits) < DIGITS_MIN - 1 or abs(len(digits) - len(number)) > _EDITS_MAX:
        return False
    return len(edits(number, digits)) <= (_EDITS_MAX if len(number) > _SHORT_DIGITS_MAX else _SHORT_EDITS_MAX)


@lru_cache(maxsize=4096)
def edits(number: str, heard: str) -> tuple[int, ...]:
    """Positions in `number` of the fewest edits (Levenshtein 1966) that make it what was heard."""
    rows: list[list[tuple[int, ...]]] = [[() for _ in range(len(heard) + 1)] for _ in range(len(number) + 1)]
    for i in range(len(number) + 1):
        for j in range(len(heard) + 1):
            ways = []
            if i and j:
                here = () if number[i - 1] == heard[j - 1] else (i - 1,)
                ways.append(rows[i - 1][j - 1] + here)
            if i:
                ways.append((*rows[i - 1][j], i - 1))
            if j:
                ways.append((*rows[i][j - 1], min(i, len(number) - 1)))
            rows[i][j] = min(ways, key=len, default=())
    return rows[-1][-1]
