"""Digits in a transcript, spoken or written, each with the word and time that it came from.

A **run** is digits with nothing between them but what people say inside a telephone number: a pause,
"um", "dash", "area code", "and then", "that's". Where one number ends and the next begins inside a
run is for `numbers` to say, which knows what a telephone number looks like.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Transcript, Word

Joint = Literal["", "pause", "filler", "link", "again"]
"""What stands before a digit inside a run: nothing, a pause, a filler or "dash", "that's", "again"."""

PAUSE_S = 0.5
"""A gap between words that may part two numbers; shorter ones stand between any two digit groups.
Tuned on digit strings composed of isolated digits."""


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit as it was said.

    Attributes
    ----------
    digit : str
        "0" to "9".
    word_index : int
        The word of the transcript that it came from, "five" in "double five".
    start_s, end_s : float
        Its time; the digits of one word ("fifty", "555-1234") share that word's time evenly.
    """

    digit: str
    word_index: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Digits that may be one number or several.

    Attributes
    ----------
    digits : tuple of Digit
    joints : tuple of Joint
        What stands before each digit; always "" before the first.
    plus : frozenset of int
        Digits with a "+" before them.
    fixes : tuple of int
        Digits with "sorry" or another correction before them.
    extension : str
        Digits of the extension that follows, or "".
    """

    digits: tuple[Digit, ...]
    joints: tuple[Joint, ...]
    plus: frozenset[int] = frozenset()
    fixes: tuple[int, ...] = ()
    extension: str = ""

    @property
    def text(self) -> str:
        """The digits alone."""
        return "".join(digit.digit for digit in self.digits)


class Doubt(NamedTuple):
    """Runs of one stretch of words, under one way to hear its "to"s and "for"s and its "twenty seven"s."""

    runs: tuple[DigitRun, ...]
    dropped: int
    """How many "to"s and "for"s are words in it."""
    parted: int
    """How many "twenty seven"s are 20 and 7 in it."""


def digit_runs(transcript: Transcript) -> tuple[DigitRun, ...]:
    """Every run of digits, with "to", "for" and the like heard as digits wherever they touch one.

    >>> from aftertone.language.transcript import Word
    >>> words = "call me at eight oh oh double five five for won twenty one".split()
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(words)))
    >>> [run.text for run in digit_runs(heard)]
    ['8005554121']
    """
    return tuple(run for ways in doubtful_runs(transcript) for run in ways[0].runs)


def doubtful_runs(transcript: Transcript) -> tuple[tuple[Doubt, ...], ...]:
    """For every stretch with digits in it, the ways to hear its doubtful words.

    The first way hears every doubtful word as a digit, and "twenty seven" as 27.
    """
    return tuple(_ways(stretch) for stretch in _stretches(_lexemes(transcript.words)))


class _Lexeme(NamedTuple):
    kind: str
    """digits, tens, homophone, times, hundred, plus, sep, filler, link, again, fix, ext or other."""
    value: str
    word_index: int
    start_s: float
    end_s: float
    otherwise: str | None = None
    """How else it may be heard: as other digits, or "" for a word; None where it is sure."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split())


_UNITS = _table(
    "zero=0 nought=0 naught=0 aught=0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 niner=9 "
    "ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 "
    "nineteen=19"
)
_TENS = _table("twenty=20 thirty=30 forty=40 fourty=40 fifty=50 sixty=60 seventy=70 eighty=80 ninety=90")
_HUNDREDS = _table("hundred=00 thousand=000")
_TIMES = _table("double=2 triple=3 treble=3 quadruple=4")
# Words that sound like a digit; _OFTEN_WORDS are doubted inside a run as well.
_HOMOPHONES = _table(
    "oh=0 o=0 owe=0 or=0 won=1 to=2 too=2 tu=2 tree=3 free=3 for=4 fore=4 sics=6 ate=8 mine=9"
)
_OFTEN_WORDS = _words("or to too for free mine")
_SEPARATORS = _words("dash hyphen dot point space minus")
_FILLERS = _words("um umm uhm uh uhh er erm ah hmm mm eh")
_LINKS = _words(
    "and then that's thats that it's its is area code the number rest of local prefix country followed by"
)
_AGAIN = _words("again repeat repeating repeated")
_FIXES = _words("sorry correction oops whoops rather no wait scratch pardon excuse actually mean meant")
_FIX_PAIRS = {
    ("i", "mean"), ("i", "meant"), ("i'm", "sorry"), ("make", "that"), ("my", "mistake"), ("my", "bad"),
}  # fmt: skip
_INSIDE_FIXES = _words("i me my bad mistake start over should be not")
_COUNTED = _words(
    "second seconds sec moment minute minutes hour hours day days week weeks month months year years "
    "time times thing things more am pm o'clock dollars dollar pounds euros cents percent people ones"
)
_EXTENSIONS = _words("extension ext x")
_NEVER_SPELLED = _words("and or to is if me at the a an of on in please numbers")
_VOCABULARY = (
    ("homophone", frozenset(_HOMOPHONES)),
    ("times", frozenset(_TIMES)),
    ("sep", _SEPARATORS),
    ("filler", _FILLERS),
    ("link", _LINKS),
    ("again", _AGAIN),
    ("fix", _FIXES),
    ("plus", _words("plus")),
    ("ext", _EXTENSIONS),
)
_KEYPAD = dict(zip("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999", strict=True))
_TOLL_FREE = re.compile(r"8(?:00|33|44|55|66|77|88)")
_KEYPAD_DIGITS, _LINE_DIGITS = 10, 4  # of an American number, and of its end, "CARE"
# Dates, ordinals, shares, amounts, marked numbers and clock times.
_NOT_DIALLED = re.compile(
    r"\d{1,2}/\d{1,2}(/\d{2,4})?|\d+(?:st|nd|rd|th)|\d+(?:\.\d+)?%|[$£€]\d.*|#\d+|\d{1,2}(?::\d\d)?[ap]m"
    r"|\d{1,3}(?:,\d{3}){1,2}(?:\.\d\d)?"
    r"|(?:19|20)\d\d[-.][01]?\d[-.][0-3]?\d|[0-3]?\d[-.][0-3]?\d[-.](?:19|20)\d\d"
)
# Times of day and years with "to", "or" or "and" between them, as the values of a stretch's lexemes.
_HOUR = r"(?:1[0-2]|[1-9])"
_CLOCK = rf"(?:{_HOUR} [0-5]\d)"
_YEAR = r"(?:(?:19|20) ?\d\d)"
_WHEN = rf"(?:{_CLOCK} - {_CLOCK}|{_CLOCK}|{_HOUR}|{_YEAR})"
_TIMES_OF_DAY = re.compile(rf"{_WHEN}(?: (?:to|or|and|then|and then) {_WHEN})+|{_CLOCK} - {_CLOCK}")
_COUNTED_BY = re.compile(r"(\d)-(?=hundred|thousand)")
_SINGLE = frozenset("0123456789")
_ZEROS = _words("oh o owe")
_COUNT_DIGITS_MAX = 5  # "1200 people"
_LINKS_MAX = 6  # "and then the rest of it is"
_DOUBTFUL_MAX = 4  # 16 ways
_EXTENSION_DIGITS_MAX = 6


def _lexemes(words: Sequence[Word]) -> list[_Lexeme]:
    parts = [(part, index) for index, word in enumerate(words) for part in word_parts(word.text)]
    found: list[_Lexeme] = []
    for at, (part, index) in enumerate(parts):
        before = parts[at - 1][0] if at else ""
        after = parts[at + 1][0] if at + 1 < len(parts) else ""
        word = words[index]
        for kind, value in _kinds(part, before, after):
            found.append(_Lexeme(kind, value, index, word.start_s, word.end_s))
    return _joined(found)


def _kinds(part: str, before: str, after: str) -> list[tuple[str, str]]:
    """What one spoken or written word is, or its pieces are."""
    # "two times" counts something, but for the last digit of a number written or spoken alike.
    in_a_run = before in _UNITS or (before[-1:].isdigit() and part not in _UNITS)
    if part in _UNITS or part in _TENS:
        if after in _COUNTED and (not in_a_run or after in ("more", "am", "pm")):
            return [("other", part)]
        return [("digits", _UNITS[part]) if part in _UNITS else ("tens", _TENS[part])]
    if (part, after) in _FIX_PAIRS:
        return [("fix", part)]
    if (before, part) == ("country", "code"):
        return [("plus", part)]
    if part == "my" and after in _EXTENSIONS:
        return [("link", part)]
    for kind, known in _VOCABULARY:
        if part in known:
            return [(kind, part)]
    if part in _HUNDREDS:
        return [("hundred", _HUNDREDS[part])]
    if not any(map(str.isdigit, part)):
        return [("other", part)]
    if _NOT_DIALLED.fullmatch(part) or (after in _COUNTED and not in_a_run and len(part) < _COUNT_DIGITS_MAX):
        return [("other", part)]
    pieces = re.findall(r"\+|\d+|[a-z]+|[-.]", _COUNTED_BY.sub(r"\1", part))
    return [
        ("plus", piece) if piece == "+"
        else ("digits", piece) if piece.isdigit()
        else ("sep", piece) if piece in "-."
        else ("ext", piece) if piece in _EXTENSIONS
        else ("hundred", _HUNDREDS[piece]) if piece in _HUNDREDS
        else ("other", piece)
        for piece in pieces
    ]  # fmt: skip


def _joined(found: list[_Lexeme]) -> list[_Lexeme]:
    """The lexemes with "fifty five", "double five", "five hundred and twelve" and letters made digits."""
    done: list[_Lexeme] = []
    at = 0
    while at < len(found):
        lexeme = found[at]
        after = found[at + 1] if at + 1 < len(found) else None
        value, otherwise, used = "", None, 1
        if lexeme.kind == "tens":
            value = lexeme.value
            if after and after.kind == "digits" and after.value in _SINGLE - {"0"}:
                # "twenty seven", and in doubt "twenty, seven"
                value, otherwise, used = value[0] + after.value, value + after.value, 2
        elif lexeme.kind == "times":
            if after and after.value in _SINGLE | _ZEROS:
                digit = after.value if after.value in _SINGLE else "0"
                value, used = digit * int(_TIMES[lexeme.value]), 2
            else:
                lexeme = lexeme._replace(kind="other")
        elif lexeme.kind == "hundred":
            teens = found[at + 2] if at + 2 < len(found) and after and after.value == "and" else None
            if done and done[-1].kind == "homophone":  # "ate hundred"
                done[-1] = done[-1]._replace(kind="digits", value=_HOMOPHONES[done[-1].value])
            if not done or done[-1].kind != "digits":
                lexeme = lexeme._replace(kind="other")
            elif teens and len(teens.value) == 2 and teens.value.isdigit() and len(done[-1].value) == 1:
                value, used = teens.value, 3  # "five hundred and twelve"
            else:
                value = lexeme.value
        elif lexeme.kind == "other" and (spelled := _keypad(done, found[at:])):
            value, used = spelled
        if value:
            last = found[at + used - 1]
            lexeme = _Lexeme("digits", value, last.word_index, lexeme.start_s, last.end_s, otherwise)
        done.append(lexeme)
        at += used
    return done


def _keypad(done: list[_Lexeme], rest: list[_Lexeme]) -> tuple[str, int] | None:
    """Digits of letters that stand for them, and of how many lexemes they are.

    Letters are digits where they are written with some ("1-888-555-HELP", "212-555-CARE"), where they are
    spelled one by one, and words where they are all of a number after "1 800" ("one eight hundred flowers").
    """
    before = "".join(lexeme.value for lexeme in _tail(done)).removeprefix("1")
    missing = _KEYPAD_DIGITS - len(before)
    written = bool(done) and done[-1].word_index == rest[0].word_index
    letters, used, singles = "", 0, True
    for lexeme in rest:
        if len(letters) >= missing or not (lexeme.value.isalpha() or lexeme.kind == "sep"):
            break
        used += 1
        if lexeme.kind != "sep":
            letters += lexeme.value
            singles &= len(lexeme.value) == 1
    if not 0 < missing <= len(letters):
        return None
    if written or singles:
        known = bool(_TOLL_FREE.match(before)) or missing == _LINE_DIGITS
        fits = len(letters) == missing or written  # "1-800-CONTACTS": nobody dials the last
    else:
        known = bool(_TOLL_FREE.fullmatch(before)) and _tail(done)[0].value.startswith("1")
        fits = len(letters) == missing and not _NEVER_SPELLED & {each.value for each in rest[:used]}
    return ("".join(_KEYPAD[letter] for letter in letters[:missing]), used) if known and fits else None


def _tail(done: list[_Lexeme]) -> list[_Lexeme]:
    """The digits at the end of the lexemes."""
    found: list[_Lexeme] = []
    for lexeme in reversed(done):
        if lexeme.kind == "digits":
            found.append(lexeme)
        elif lexeme.kind != "sep":
            break
    return found[::-1]


def _stretches(lexemes: list[_Lexeme]) -> list[list[_Lexeme]]:
    """Lexemes with digits among them, parted by words that no telephone number has in it."""
    stretches: list[list[_Lexeme]] = [[]]
    links = 0
    for lexeme in lexemes:
        links = links + 1 if lexeme.kind in ("link", "again", "fix", "filler") else 0
        inside_fix = lexeme.value in _INSIDE_FIXES and any(each.kind == "fix" for each in stretches[-1][-2:])
        # "my area code is 415 and my number is"
        goes_on = lexeme.value == "my" and any(each.value == "area" for each in stretches[-1])
        if (lexeme.kind == "other" and not (inside_fix or goes_on)) or links > _LINKS_MAX:
            stretches.append([])
        elif lexeme.kind != "other":
            stretches[-1].append(lexeme)
    return [
        stretch
        for stretch in stretches
        if any(lexeme.kind == "digits" for lexeme in stretch)
        and not _TIMES_OF_DAY.fullmatch(" ".join(lexeme.value for lexeme in stretch))
    ]


def _ways(stretch: list[_Lexeme]) -> tuple[Doubt, ...]:
    """Every way to hear the doubtful words of a stretch; first the one in which all are what they seem."""
    stretch = [
        _homophone(stretch, at) if each.kind == "homophone" else each for at, each in enumerate(stretch)
    ]
    doubtful = [at for at, lexeme in enumerate(stretch) if lexeme.otherwise is not None]
    ways = []
    for doubted in _subsets(doubtful[:_DOUBTFUL_MAX]):
        runs, part = [], []
        for at, lexeme in enumerate(stretch):
            if at not in doubted:
                part.append(lexeme)
            elif lexeme.otherwise:
                part.append(lexeme._replace(value=lexeme.otherwise))
            else:
                runs += _runs(part)
                part = []
        dropped = sum(stretch[at].otherwise == "" for at in doubted)
        ways.append(Doubt((*runs, *_runs(part)), dropped, len(doubted) - dropped))
    return tuple(ways)


def _homophone(stretch: list[_Lexeme], at: int) -> _Lexeme:
    """A word that sounds like a digit as that digit, doubted at an edge and where it is a common word."""
    solid = ("digits", "homophone")
    inside = 0 < at < len(stretch) - 1 and all(stretch[near].kind in solid for near in (at - 1, at + 1))
    lexeme = stretch[at]
    sure = inside and lexeme.value not in _OFTEN_WORDS
    return lexeme._replace(kind="digits", value=_HOMOPHONES[lexeme.value], otherwise=None if sure else "")


def _subsets(items: list[int]) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()]
    for item in items:
        found += [(*subset, item) for subset in found]
    return sorted(found, key=len)


def _runs(lexemes: list[_Lexeme]) -> list[DigitRun]:
    """The runs of lexemes that are all part of a number; one more than there are extensions, at most."""
    for at, lexeme in enumerate(lexemes):
        if lexeme.kind == "ext" and any(each.kind == "digits" for each in lexemes[:at]):
            rest = lexemes[at + 1 :]
            while rest and rest[0].kind in ("sep", "filler", "link"):
                rest = rest[1:]
            ends = [i for i, each in enumerate(rest) if each.kind != "digits"]
            size = min(ends, default=len(rest))
            extension = "".join(each.value for each in rest[:size])
            if 0 < len(extension) <= _EXTENSION_DIGITS_MAX:
                return [replace(run, extension=extension) for run in _runs(lexemes[:at])] + _runs(rest[size:])
    digits: list[Digit] = []
    joints: list[Joint] = []
    plus, fixes = set(), []
    joint: Joint = ""
    fixed = signed = False
    for lexeme in lexemes:
        if lexeme.kind == "digits":
            if digits and not joint and lexeme.start_s - digits[-1].end_s >= PAUSE_S:
                joint = "pause"
            if fixed and digits:
                fixes.append(len(digits))
            if signed:
                plus.add(len(digits))
            for digit in lexeme.value:
                joints.append(joint if digits else "")
                digits.append(Digit(digit, lexeme.word_index, lexeme.start_s, lexeme.end_s))
                joint = ""
            fixed = signed = False
        elif lexeme.kind == "plus":
            signed = True
            joint = joint or "filler"
        elif lexeme.kind == "fix":
            fixed, joint = True, "link"
        elif lexeme.kind == "again":
            joint = "again"
        elif joint != "again" and lexeme.kind in ("sep", "filler", "link"):
            joint = "link" if "link" in (joint, lexeme.kind) else "filler"
    return [DigitRun(_shared(digits), tuple(joints), frozenset(plus), tuple(fixes))] if digits else []


def _shared(digits: list[Digit]) -> tuple[Digit, ...]:
    """The digits of one word with an even share of its time each."""
    done: list[Digit] = []
    for index in dict.fromkeys(digit.word_index for digit in digits):
        same = [digit for digit in digits if digit.word_index == index]
        start_s, end_s = min(digit.start_s for digit in same), max(digit.end_s for digit in same)
        step_s = (end_s - start_s) / len(same)
        done += [
            replace(digit, start_s=start_s + at * step_s, end_s=start_s + (at + 1) * step_s)
            for at, digit in enumerate(same)
        ]
    return tuple(done)
