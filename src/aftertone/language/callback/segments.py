"""Where one number ends and the next begins: runs of digits cut into the numbers that they most likely are.

libphonenumber classifies a string of digits. The words and pauses between two digits give the score of a cut
there. Dynamic programming finds the cuts with the best sum of both scores, exactly.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from aftertone.acoustics.interval import Interval
from aftertone.language.brief import DIGITS_MAX, DIGITS_MIN
from aftertone.language.callback.lexemes import TIMES
from aftertone.language.callback.spoken import Digit, DigitRun
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Word

PARTIAL_DIGITS_MIN = 3
"""The shortest part of a number: fewer digits are a clock time or a count."""

_ABROAD_DIGITS_MAX = 3  # "011"
_AMERICAN_DIGITS = 10
_AMERICAN = re.compile(r"[2-9]\d\d[2-9]\d{6}")
_EDITS_MAX = 2  # a recogniser loses or inserts one digit, seldom two; two digits may change places
_SHORT_DIGITS_MAX, _SHORT_EDITS_MAX = 8, 1  # in a short number two edits make another number


# --- what a string of digits is ---------------------------------------------------------------------

# Scores, without unit; chosen so that a valid number outweighs the cost of the cuts around it.
VALID, _POSSIBLE, LOCAL, _SHORT, _STRAY, _NONE = 10.0, 8.0, 5.0, 0.0, -1.0, -3.0
LOOP = -4.0
"""The score of "000-000-0000" and the like, which recognisers write where no number was said."""
_LOOP_DIGITS_MAX = 3  # length of the repeated digits


class Verdict(NamedTuple):
    """The class of a string of digits: its score, the number as dialled in the region, and E.164."""

    score: float
    number: str
    e164: str | None


@lru_cache(maxsize=4096)
def verdict_of(digits: str, plus: bool, region: str) -> Verdict:
    """The class of a string of digits in a region, by libphonenumber; `plus`: a plus was said before it."""
    if len(digits) < DIGITS_MIN:
        return Verdict(_SHORT if len(digits) >= PARTIAL_DIGITS_MIN else _STRAY, digits, None)
    found = _parsed(digits, plus, region)
    if found.score < VALID and digits.startswith("00"):  # the international prefix of most countries
        found = max(found, _parsed(digits[2:], True, region), key=lambda each: each.score)
    if found.score < (VALID if len(digits) > DIGITS_MIN else LOCAL) and is_loop(digits):
        return Verdict(LOOP, digits, None)
    return found


def is_loop(digits: str) -> bool:
    """Whether the same one to three digits are said over and over.

    >>> is_loop("0000000000"), is_loop("123123123"), is_loop("2125550142")
    (True, True, False)
    """
    sizes = range(1, _LOOP_DIGITS_MAX + 1)
    return any(digits == (digits[:size] * len(digits))[: len(digits)] for size in sizes)


def _parsed(digits: str, plus: bool, region: str) -> Verdict:
    import phonenumbers as pn

    nothing = Verdict(_NONE, digits, None)
    home = pn.country_code_for_region(region)
    if len(digits) > DIGITS_MAX + _ABROAD_DIGITS_MAX:
        return nothing
    if home == 1 and not plus and not digits.startswith("011"):  # the common case needs no parser
        if len(digits) == DIGITS_MIN and digits[0] > "1":
            return Verdict(LOCAL, digits, None)
        if len(digits) != _AMERICAN_DIGITS and len(digits.removeprefix("1")) != _AMERICAN_DIGITS:
            return nothing
    try:
        parsed = pn.parse(("+" if plus else "") + digits, region, keep_raw_input=True)
    except pn.NumberParseException:
        return nothing
    abroad = parsed.country_code_source in (
        pn.CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
        pn.CountryCodeSource.FROM_NUMBER_WITH_IDD,
    )
    e164 = pn.format_number(parsed, pn.PhoneNumberFormat.E164)
    if parsed.country_code != home:
        number = e164.removeprefix("+")
    elif home == 1:
        number = digits if len(digits) == _AMERICAN_DIGITS else digits.removeprefix("1")
        number = str(parsed.national_number) if abroad else number
    elif abroad:
        number = (pn.ndd_prefix_for_region(region, True) or "") + str(parsed.national_number)
    else:
        number = digits
    if pn.is_valid_number(parsed) and (abroad or parsed.country_code == home):
        return Verdict(VALID, number, e164)
    possible = pn.is_possible_number_with_reason(parsed)
    if home == 1 and len(number) == _AMERICAN_DIGITS and not _AMERICAN.fullmatch(number):
        return Verdict(_NONE, number, e164)
    if possible == pn.ValidationResult.IS_POSSIBLE and (home != 1 or len(number) == _AMERICAN_DIGITS):
        return Verdict(_POSSIBLE if len(number) > _SHORT_DIGITS_MAX else LOCAL, number, e164)
    if possible == pn.ValidationResult.IS_POSSIBLE_LOCAL_ONLY and home != 1:
        return Verdict(LOCAL, digits, None)
    return nothing


def dialled(text: str) -> str:
    """The digits of a written number."""
    return "".join(character for character in text if character.isdigit())


# --- where one number ends and the next begins ------------------------------------------------------

# On the scale of `Verdict.score`. Tuned on the tables in tests/language/callback.
_CUT = {"": 3.0, "pause": 1.0, "filler": 2.0, "link": 0.0, "again": 0.0}  # cost of a number's end, by joint
_CUT_IN_WORD = 15.0  # and inside one written word, where only the same number twice is worth it
_CUT_OUT = 15.0  # and of leaving digits over without a word between: a run is all of a number, or none of it
_JOIN = {"": 0.0, "pause": 0.0, "filler": 0.0, "link": 0.5, "again": 8.0}  # cost of going on over a joint
_SAME_AGAIN = 5.0  # a number that follows itself
NEARLY_SAME_AGAIN, _END_AGAIN = 3.0, 4.0  # the same with one or two digits changed; its last digits
_KNOWN, _NEARLY_KNOWN, _PART_OF_KNOWN = 14.0, 11.0, 1.0  # the number that was chosen, in the second pass


@dataclass(frozen=True, slots=True)
class Piece:
    """Digits of one run that are one number, or a part of one, or none."""

    items: tuple[Digit, ...]
    verdict: Verdict
    extension: str
    plus: bool = False

    @property
    def digits(self) -> str:
        """As said, an area code first."""
        return "".join(item.digit for item in self.items)

    @property
    def words(self) -> tuple[int, int]:
        """Indices of its first and last word."""
        indices = [item.word_index for item in self.items]
        return min(indices), max(indices)

    @property
    def interval(self) -> Interval:
        """Its time, from the first word to the last."""
        return Interval(min(item.start_s for item in self.items), max(item.end_s for item in self.items))

    def with_digits(self, digits: str, region: str) -> Piece:
        """The piece with other digits, which share its time evenly."""
        if digits == self.digits:
            return self
        start_s, end_s = self.interval
        step_s = (end_s - start_s) / len(digits)
        items = tuple(
            Digit(
                digit,
                self.items[at * len(self.items) // len(digits)].word_index,
                start_s + at * step_s,
                start_s + (at + 1) * step_s,
            )
            for at, digit in enumerate(digits)
        )
        return replace(self, items=items, verdict=verdict_of(digits, self.plus, region))


def is_digits_alone(items: Sequence[Digit], words: Sequence[Word]) -> bool:
    """Whether digits are said one after another: with no other word between, and no "double" before."""
    indices = [item.word_index for item in items]
    if indices != sorted(indices) or len(set(indices)) != indices[-1] - indices[0] + 1:
        return False
    before = word_parts(words[indices[0] - 1].text)[-1:] if indices[0] else ()
    return not TIMES.keys() & set(before)


def pieces_of(run: DigitRun, region: str, known: str | None = None) -> list[Piece]:
    """The pieces of the best cut of a run; `known` is the number that was chosen."""
    _, cuts = best_cut(run, region, known)
    text = run.text
    pieces = [
        Piece(
            run.digits[start:end],
            verdict_of(text[start:end], start in run.plus, region),
            run.extension if end == len(text) else "",
            start in run.plus,
        )
        for start, end in pairwise(cuts)
    ]
    if len(pieces) > 1 and is_loop(text) and any(piece.verdict.score < VALID for piece in pieces):
        return [replace(piece, verdict=Verdict(LOOP, piece.digits, None)) for piece in pieces]
    return pieces


@lru_cache(maxsize=256)
def best_cut(run: DigitRun, region: str, known: str | None = None) -> tuple[float, tuple[int, ...]]:
    """The best way to cut a run: its score, and where each piece starts, with the end of the run."""
    text, length = run.text, len(run.digits)
    joins = [0.0, *accumulate(_JOIN[joint] for joint in run.joints)]
    edges = _edges(run, region)
    # best[end][start]: score of the first `end` digits whose last piece starts at `start`, and where the
    # piece before that starts. A piece with too many digits is one only where no edge is in it.
    best: dict[int, dict[int, tuple[float, int]]] = {}
    for end in (*edges[1:], length):
        near = [at for at in edges if at < end]
        starts = [at for at in near if end - at <= DIGITS_MAX + _ABROAD_DIGITS_MAX] or near[-1:]
        best[end] = {}
        for start in starts:
            piece = text[start:end]
            verdict = verdict_of(piece, start in run.plus, region)
            score = verdict.score + _known_bonus(piece, verdict, known) - (joins[end] - joins[start + 1])
            befores = (
                (before_score + _seam(run, (text[before:start], piece), start, region), before)
                for before, (before_score, _) in best.get(start, {}).items()
            )
            most, before = max(befores, key=lambda each: each[0], default=(0.0, -1))
            best[end][start] = (score + most, before)
    start = max(best[length], key=lambda at: best[length][at][0])
    score, cuts, end = best[length][start][0], [length], length
    while start >= 0:
        cuts.append(start)
        start, end = best[end][start][1], start
    return score, tuple(cuts[::-1])


def _edges(run: DigitRun, region: str) -> list[int]:
    """Indices where a piece may start: 0, after a linking word, at repeated digits, after a valid number."""
    text, length = run.text, len(run.digits)
    edges = [0]

    def may_start(start: int, at: int) -> bool:
        size = min(PARTIAL_DIGITS_MIN, at - start)
        if size > 1 and text[start : start + size] == text[at : at + size]:
            return True
        is_whole = at - start >= DIGITS_MIN <= length - at
        return is_whole and verdict_of(text[start:at], start in run.plus, region).score == VALID

    for at in range(1, length):
        ends_again = any(
            text[at - n : at] == text[at : at + n] for n in range(PARTIAL_DIGITS_MIN, DIGITS_MIN + 1)
        )
        if run.joints[at] in ("link", "again") or ends_again or any(may_start(start, at) for start in edges):
            edges.append(at)
    return edges


def _seam(run: DigitRun, pair: tuple[str, str], at: int, region: str) -> float:
    """The score of a cut between two pieces (`pair`) at a digit; negative for a cost."""
    before, piece = pair
    again = _again_bonus(before, piece)
    if again == _END_AGAIN:  # no echo where the digits continue the number, or it is none
        plus = at - len(before) in run.plus
        more, least = (piece[:1], LOCAL) if len(set(piece)) == 1 else (piece, VALID)
        goes_on = verdict_of(before + more, plus, region).score >= least
        again = 0.0 if goes_on or verdict_of(before, plus, region).score <= _NONE else again
    if run.digits[at].word_index == run.digits[at - 1].word_index:
        return again - _CUT_IN_WORD - (0.0 if again else _CUT_OUT)
    joint = run.joints[at]
    is_restart = len(before) > 1 and piece.startswith(before)
    if not again and not is_restart:
        short = min(len(before), len(piece))
        if joint in ("link", "again"):
            parts_well = short >= PARTIAL_DIGITS_MIN or max(len(before), len(piece)) >= _AMERICAN_DIGITS
        else:
            parts_well = short >= DIGITS_MIN and all(
                verdict_of(digits, start in run.plus, region).score == VALID
                for digits, start in ((before, at - len(before)), (piece, at))
            )
        if not parts_well:
            return -_CUT[joint] - _CUT_OUT
    return again - (_CUT[joint] if again < _SAME_AGAIN else 0.0)


@lru_cache(maxsize=4096)
def _again_bonus(before: str, piece: str) -> float:
    said, again = before.removeprefix("1"), piece.removeprefix("1")
    if len(before) < DIGITS_MIN or len(piece) < PARTIAL_DIGITS_MIN:
        return 0.0
    if said == again:
        return _SAME_AGAIN
    if before.endswith(piece):
        return _END_AGAIN
    return NEARLY_SAME_AGAIN if abs(len(again) - len(said)) <= 1 and is_near(again, said) else 0.0


def _known_bonus(piece: str, verdict: Verdict, known: str | None) -> float:
    if known is None:
        return 0.0
    if verdict.number == known:
        return _KNOWN - verdict.score
    if is_near(verdict.number, known):
        return _NEARLY_KNOWN - len(edits(known, verdict.number)) - verdict.score
    return _PART_OF_KNOWN if len(piece) >= PARTIAL_DIGITS_MIN and known.endswith(piece) else 0.0


# --- how like two numbers are -------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def is_near(digits: str, number: str) -> bool:
    """Whether digits are the number but for one or two edits, as recognisers and slips of the tongue make."""
    if len(digits) < DIGITS_MIN - 1 or abs(len(digits) - len(number)) > _EDITS_MAX:
        return False
    most = _EDITS_MAX if len(number) > _SHORT_DIGITS_MAX else _SHORT_EDITS_MAX
    if (Counter(number) - Counter(digits)).total() > most:  # more edits are needed
        return False
    return len(edits(number, digits)) <= most


@lru_cache(maxsize=4096)
def edits(number: str, heard: str) -> tuple[int, ...]:
    """Positions in `number` of the fewest edits (Levenshtein 1966) that turn it into `heard`."""
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
