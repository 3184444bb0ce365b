"""Digits in a transcript, spoken or written, each with the word and time that it came from.

A **run** is digits with nothing between them but what people say inside a telephone number: a pause,
"um", "dash", "area code", "and then", "that's", "got that?". Where one number ends and the next begins
inside a run is for `segments` to say, which knows what a telephone number looks like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
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


class Fix(NamedTuple):
    """A correction: the digits from `at` on are said in place of others."""

    at: int
    said_at: int | None
    """Where the digits begin that are taken back by name ("I said 556, it's 557")."""
    is_sure: bool
    """"sorry", not "hang on", which may part two groups as well."""


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
    fixes : tuple of Fix
    areas : tuple of int
        Digits with "area code" before them; past the last one where it is said at the end.
    extension : str
        Digits of the extension that follows, or "".
    """

    digits: tuple[Digit, ...]
    joints: tuple[Joint, ...]
    plus: frozenset[int] = frozenset()
    fixes: tuple[Fix, ...] = ()
    areas: tuple[int, ...] = ()
    extension: str = ""

    @property
    def text(self) -> str:
        """The digits alone."""
        return "".join(digit.digit for digit in self.digits)


class Told(NamedTuple):
    """A number that its own words say is none to be dialled: a time, a date, an amount."""

    kind: str
    """"time", "date", "amount", or "" where the words around it have to say it."""
    digits: str
    word_index: int
    start_s: float
    end_s: float


class Doubt(NamedTuple):
    """Runs of one stretch of words, under one way to hear its "to"s and "for"s and its "twenty seven"s."""

    runs: tuple[DigitRun, ...]
    dropped: int
    """How many "to"s and "for"s are words in it, and hours times of day."""
    parted: int
    """How many "twenty seven"s are 20 and 7 in it, or "six hundred twelve"s 612."""


def digit_runs(transcript: Transcript) -> tuple[DigitRun, ...]:
    """Every run of digits, with "to", "for" and the like heard as digits wherever they touch one.

    >>> from aftertone.language.transcript import Word
    >>> words = "call me at eight oh oh double five five for won twenty one".split()
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(words)))
    >>> [run.text for run in digit_runs(heard)]
    ['8005554121']
    """
    return tuple(run for ways in spoken_numbers(transcript)[0] for run in ways[0].runs)


def spoken_numbers(transcript: Transcript) -> tuple[tuple[tuple[Doubt, ...], ...], tuple[Told, ...]]:
    """For every stretch with digits in it, the ways to hear its doubtful words; and what was told beside.

    The first way hears every doubtful word as a digit, and "twenty seven" as 27.
    """
    words = transcript.words
    lexemes = _lexemes(words)
    told = [lexeme for lexeme in lexemes if lexeme.kind in _TOLD]
    ways = []
    for stretch in _stretches(lexemes):
        if _is_time(stretch, words):
            told += [lexeme._replace(kind="time") for lexeme in _merged_times(stretch)]
        else:
            ways.append(_ways(stretch))
    found = [Told(_TOLD[each.kind], each.value, *each[2:5]) for each in told]
    return tuple(ways), tuple(sorted(found, key=lambda each: each.start_s))


class _Lexeme(NamedTuple):
    kind: str
    """digits, tens, homophone, times, hundred, plus, area, sep, filler, link, again, said, fix, doubt, ext,
    other, or one of `_TOLD`."""
    value: str
    word_index: int
    start_s: float
    end_s: float
    otherwise: str | None = None
    """How else it may be heard: as other digits, or "" for a word; None where it is sure."""
    has_comma: bool = False


_TOLD = {"time": "time", "date": "date", "amount": "amount", "count": ""}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split())


def _phrases(table: dict[str, str]) -> dict[tuple[str, ...], str]:
    return {tuple(phrase.split()): kind for kind, text in table.items() for phrase in text.split(",")}


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
_VOCABULARY = _phrases({
    "homophone": ", ".join(_HOMOPHONES),
    "times": ", ".join(_TIMES),
    "sep": "dash, hyphen, dot, point, space, minus",
    "filler": "um, umm, uhm, uh, uhh, er, erm, ah, hmm, mm, eh",
    "area": "area code, my area code, in area code, in the area code",
    "plus": "plus, country code",
    "link": """and, then, that's, thats, that is, it's, its, it is, is, code, the, number, rest, of, local, prefix,
        followed by, finally, lastly, next, after that, okay, ok, all right, alright, right, so, well, yeah, yes,
        you know, like, ready, are you ready, if you're ready, got that, got it, you got that, have you got that,
        did you get that, are you writing this down, are you getting this, do you have a pen, have you got a pen,
        got a pen, bear with me, in the, that's in the, it's in the, i'm in the,
        we're in the, is in the""",
    "again": """again, repeat, repeating, repeated, once again, once more, one more time, the last four,
        the last four digits, the last three digits, the last two digits, last four, last four digits""",
    "said": "i said, i told you, you may have heard",
    "fix": """sorry, i'm sorry, oh sorry, correction, oops, whoops, or rather, rather, no, scratch, scratch that,
        strike that, pardon, pardon me, excuse me, excuse, actually, i mean, i meant, mean, meant, make that,
        make that a, make it, make it a, my mistake, my bad, that's wrong, that's not right, that was wrong,
        i got that wrong, i misspoke, let me start over, let me start again, start over, let me correct that,
        should be, it should be, that should be, should have been, the last digit is, the last digit is a,
        change that to, wait""",
    "doubt": """hang on, hold on, let me see, let me check, let me look, let's see, one moment, one second,
        one sec, just a moment, just a second, just a minute""",
    "ext": """extension, ext, x, extension number, my extension number, my extension, ask for extension, dial extension,
        then extension, at extension, enter extension, press extension, on extension""",
    "clock": "am, pm, a m, p m, o'clock, in the morning, in the afternoon, in the evening, at night",
    "star": "star, asterisk",
    "other": "you owe, we owe, i owe, they owe, is owed, or so, or later, sorry for, sorry to, sorry about, for you, for me, to you, to me",
})  # fmt: skip
_LONGEST = max(map(len, _VOCABULARY))
_INSIDE_FIXES = _words("i me my a about that not one")
_PLURALS = _table(
    "zeros=0 zeroes=0 ohs=0 ones=1 twos=2 threes=3 fours=4 fives=5 sixes=6 sevens=7 eights=8 nines=9"
)
_COUNTED = _words(
    "second seconds sec moment minute minutes hour hours day days week weeks month months year years "
    "time times thing things more dollars dollar pounds euros cents percent people ones"
)
_TIME_FOLLOWS = _words("by until till before after")  # and no telephone number does
_TIME_MAY_FOLLOW = _TIME_FOLLOWS | _words("at around about from since")
_NEVER_SPELLED = _words("and or to is if me at the a an of on in please numbers")
_EXTENSIONS = _words("extension ext x")
_KEYPAD = dict(zip("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999", strict=True))
_TOLL_FREE = re.compile(r"8(?:00|33|44|55|66|77|88)")
_KEYPAD_DIGITS, _LINE_DIGITS = 10, 4  # of an American number, and of its end, "CARE"
# What is written as no number to be dialled: the first that fits is it.
_WRITTEN = tuple(
    (kind, re.compile(form))
    for kind, form in (
        ("other", r"24/7|\d+(?:st|nd|rd|th)|\d+(?:\.\d+)?%"),
        ("amount", r"[$£€]\d.*"),
        ("time", r"\d{1,2}(?::?\d\d)?[ap]m"),
        ("date", r"\d{1,2}/\d{1,2}(?:/\d{2,4})?"),
        ("date", r"(?:19|20)\d\d[-.][01]?\d[-.][0-3]?\d|[0-3]?\d[-.][0-3]?\d[-.](?:19|20)\d\d"),
        ("count", r"#\d+|\d{1,3}(?:,\d{3}){1,2}(?:\.\d\d)?"),
    )
)
# Times of day and years with "to", "or" or "and" between them, as the values of a stretch's lexemes.
_HOUR = r"(?:1[0-2]|[1-9])"
_CLOCK = rf"(?:{_HOUR} [0-5]\d)"
_YEAR = r"(?:(?:19|20) ?\d\d)"
_WHEN = rf"(?:{_CLOCK} - {_CLOCK}|{_CLOCK}|{_HOUR}|{_YEAR})"
_TIMES_OF_DAY = re.compile(rf"{_WHEN}(?: (?:to|or|and|then|and then) {_WHEN})+|{_CLOCK} - {_CLOCK}")
_TIME = re.compile(rf"{_HOUR}(?:[0-5]\d)?")
_COUNTED_BY = re.compile(r"(\d)-(?=hundred|thousand)")
_SINGLE = frozenset("0123456789")
_FEW = frozenset("234")
_SILENT = "-"  # what "hundred" stands for in "six hundred twelve"
_IS = _words("it's its it") | {"it is"}
_LINKING = _words("link again said fix doubt filler area")
_ZEROS = _words("oh o owe")
_COUNT_DIGITS_MAX = 2  # "10 days"; "1200 dollars" is a number, and no telephone's
_LINKS_MAX = 6  # "and then the rest of it is"
_DOUBTFUL_MAX = 4  # 16 ways
_EXTENSION_DIGITS_MAX = 6


def _lexemes(words: Sequence[Word]) -> list[_Lexeme]:
    parts = [(part, index) for index, word in enumerate(words) for part in word_parts(word.text)]
    texts = [part for part, _ in parts]
    found: list[_Lexeme] = []
    at = 0
    while at < len(parts):
        used, pieces = _kinds(texts, at)
        last = words[parts[at + used - 1][1]]
        index = parts[at][1]
        comma = last.text.endswith((",", "."))
        found += [
            _Lexeme(kind, value, index, words[index].start_s, last.end_s, None, comma) for kind, value in pieces
        ]
        at += used
    for rule in (_tens_and_times, _clock, _hundred, _letters):
        found = _rewritten(found, rule)
    return found


def _kinds(texts: Sequence[str], at: int) -> tuple[int, list[tuple[str, str]]]:
    """What the words at a place are, and how many are it; the pieces of one written word are several."""
    part, before, after = texts[at], texts[at - 1] if at else "", texts[at + 1] if at + 1 < len(texts) else ""
    for size in range(min(_LONGEST, len(texts) - at), 0, -1):
        phrase = tuple(texts[at : at + size])
        if phrase in _VOCABULARY:
            return size, [(_VOCABULARY[phrase], " ".join(phrase))]
    # "two times" counts something, but for the last digit of a number written or spoken alike.
    in_a_run = before in _UNITS or (before[-1:].isdigit() and part not in _UNITS)
    if part in _UNITS or part in _TENS:
        if after in _COUNTED and (not in_a_run or after == "more"):
            return 1, [("other", part)]
        return 1, [("digits", _UNITS[part]) if part in _UNITS else ("tens", _TENS[part])]
    if part in _HUNDREDS:
        return 1, [("hundred", _HUNDREDS[part])]
    if part in _PLURALS:
        return 1, [("plural", _PLURALS[part])]
    if not any(map(str.isdigit, part)):
        return 1, [("other", part)]
    for kind, form in _WRITTEN:
        if form.fullmatch(part):
            return 1, [(kind, re.sub(r"\.00$|\D", "", part))]
    if after in _COUNTED and not in_a_run and len(part) <= _COUNT_DIGITS_MAX:
        return 1, [("other", part)]
    part = _COUNTED_BY.sub(r"\1", part)
    return 1, [
        ("plus", "+") if piece == "+"
        else ("digits", piece) if piece.isdigit()
        else ("sep", piece) if piece in "-."
        else ("ext", piece) if piece in _EXTENSIONS
        else ("hundred", _HUNDREDS[piece]) if piece in _HUNDREDS
        else ("other", "" if glued else piece)  # "555-0143please" is not spelled with letters
        for piece, glued in (
            (found[0], part[found.start() - 1 : found.start()].isdigit() or part[found.end() :][:1].isdigit())
            for found in re.finditer(r"\+|\d+|[a-z]+|[-.]", part)
        )
    ]  # fmt: skip


_Rule = Callable[[list[_Lexeme], list[_Lexeme]], tuple[_Lexeme, int] | None]
"""What lexemes are together: of what is done and the rest, the first of the rest made new and how many it was."""


def _rewritten(found: list[_Lexeme], rule: _Rule) -> list[_Lexeme]:
    done: list[_Lexeme] = []
    at = 0
    while at < len(found):
        lexeme, used = rule(done, found[at:]) or (found[at], 1)
        done.append(lexeme)
        at += used
    return done


def _merged(kind: str, value: str, parts: Sequence[_Lexeme], otherwise: str | None = None) -> _Lexeme:
    return _Lexeme(kind, value, parts[-1].word_index, parts[0].start_s, parts[-1].end_s, otherwise)


def _tens_and_times(done: list[_Lexeme], rest: list[_Lexeme]) -> tuple[_Lexeme, int] | None:
    """ "Fifty five", and in doubt "fifty, five"; "double five", "triple zeros", "three zeros"."""
    lexeme, after = rest[0], rest[1] if len(rest) > 1 else None
    if lexeme.kind == "tens":
        if after and after.kind == "digits" and after.value in _SINGLE - {"0"}:
            ways = (lexeme.value[0] + after.value, lexeme.value + after.value)
            value, otherwise = ways[::-1] if lexeme.has_comma else ways
            return _merged("digits", value, rest[:2], otherwise), 2
        return lexeme._replace(kind="digits"), 1
    times = _TIMES.get(lexeme.value, lexeme.value if after and after.kind == "plural" else "")
    if after and times in _FEW and after.value in _SINGLE | _ZEROS:
        return _merged("digits", (after.value if after.value in _SINGLE else "0") * int(times), rest[:2]), 2
    return (lexeme._replace(kind="other"), 1) if lexeme.kind in ("times", "plural") else None


def _clock(done: list[_Lexeme], rest: list[_Lexeme]) -> tuple[_Lexeme, int] | None:
    """A time of day: "10 15 am", "at five thirty", and in doubt "by five thirty" before more digits."""
    before = done[-1] if done else None
    if rest[0].kind == "star":  # "star six seven" dials something else
        used = next((at for at in (2, 3) if len("".join(each.value for each in rest[1:at])) == 2), 1)
        return _merged("other", "star", rest[:used]), used
    if rest[0].kind != "digits":
        return (rest[0]._replace(kind="other"), 1) if rest[0].kind == "clock" else None
    kinds = [*(each.kind for each in rest[:4]), "", ""]
    hour, both = rest[0].value, "".join(each.value for each in rest[:2])
    has_minutes = (
        kinds[1] == "digits" and len(rest[1].value) == 2 and len(hour) < 3 and bool(_TIME.fullmatch(both))
    )
    if not (before and before.kind == "digits"):
        if kinds[1] == "clock" and _TIME.fullmatch(hour):
            return _merged("time", hour, rest[:2]), 2
        if has_minutes and kinds[2] == "clock":
            return _merged("time", both, rest[:3]), 3
        if (
            [each.value for each in rest[1:2]] == ["to"]
            and kinds[2:4] == ["digits"] * 2
            and _TIME.fullmatch(hour)
        ):
            return _merged(
                "digits", hour + "2" + rest[2].value, rest[:3], ""
            ), 3  # "9 to 5" before more digits
    if before is None or before.value not in _TIME_MAY_FOLLOW:
        return None
    if has_minutes and not (kinds[2] == "homophone" and rest[2].value in ("to", "or")):
        goes_on = kinds[2] in ("digits", "homophone", "sep", "hundred")
        return _merged("digits" if goes_on else "time", both, rest[:2], "" if goes_on else None), 2
    if before.value in _TIME_FOLLOWS and kinds[1] == "digits" and len(hour) < 3 and _TIME.fullmatch(hour):
        return rest[0]._replace(otherwise=""), 1
    return None


def _hundred(done: list[_Lexeme], rest: list[_Lexeme]) -> tuple[_Lexeme, int] | None:
    """ "Five hundred and twelve" as 512, and in doubt "six hundred twelve" and "six hundred five" as well."""
    if rest[0].kind != "hundred":
        return None
    if done and done[-1].kind == "homophone":  # "ate hundred"
        done[-1] = done[-1]._replace(kind="digits", value=_HOMOPHONES[done[-1].value])
    if not done or done[-1].kind != "digits":
        return rest[0]._replace(kind="other"), 1
    has_and = len(rest) > 1 and rest[1].value == "and"
    after = rest[1 + has_and :]
    zeros, size = rest[0].value, len(after[0].value) if after and after[0].kind == "digits" else 0
    is_counted = len(after) > 1 and after[1].kind == "hundred"  # "five hundred forty four hundred"
    if zeros != _HUNDREDS["hundred"] or not 0 < size <= len(zeros) or after[0].value == "0" or is_counted:
        return rest[0]._replace(kind="digits"), 1
    if has_and and size == len(zeros) and len(done[-1].value) == 1:
        return _merged("digits", after[0].value, rest[:3], after[0].otherwise), 3
    return rest[0]._replace(kind="digits", otherwise="0" if size == 1 else _SILENT), 1 + has_and


def _letters(done: list[_Lexeme], rest: list[_Lexeme]) -> tuple[_Lexeme, int] | None:
    spelled = _keypad(done, rest) if rest[0].kind == "other" else None
    return (_merged("digits", spelled[0], rest[: spelled[1]]), spelled[1]) if spelled else None


def _keypad(done: list[_Lexeme], rest: list[_Lexeme]) -> tuple[str, int] | None:
    """Digits of letters that stand for them, and of how many lexemes they are.

    Letters are digits where they are written with some ("1-888-555-HELP", "212-555-CARE"), where they are
    spelled one by one, and words where they are all of a number after "1 800" ("one eight hundred flowers").
    """
    before = "".join(lexeme.value for lexeme in _tail(done)).removeprefix("1")
    missing = _KEYPAD_DIGITS - len(before)
    toll_free = bool(_TOLL_FREE.match(before))
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
        known = toll_free or missing == _LINE_DIGITS
        fits = len(letters) == missing or (written and toll_free)  # "1-800-CONTACTS": nobody dials the last
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
        links = links + 1 if lexeme.kind in _LINKING else 0
        inside_fix = lexeme.value in _INSIDE_FIXES and any(each.kind == "fix" for each in stretches[-1][-2:])
        # "my area code is 415 and my number is"
        goes_on = lexeme.value == "my" and any(each.kind == "area" for each in stretches[-1])
        parts = lexeme.kind == "other" or lexeme.kind in _TOLD
        if (parts and not (inside_fix or goes_on)) or links > _LINKS_MAX:
            stretches.append([])
        elif not parts:
            stretches[-1].append(lexeme)
    return [stretch for stretch in stretches if any(lexeme.kind == "digits" for lexeme in stretch)]


def _is_time(stretch: list[_Lexeme], words: Sequence[Word]) -> bool:
    """Whether a stretch is times of day or years and nothing else."""
    if _TIMES_OF_DAY.fullmatch(" ".join(lexeme.value for lexeme in stretch)):
        return True
    digits = [lexeme for lexeme in stretch if lexeme.kind == "digits"]
    is_written = all(":" in words[lexeme.word_index].text for lexeme in digits)
    return is_written and len({lexeme.word_index for lexeme in digits}) == 1


def _merged_times(stretch: list[_Lexeme]) -> Iterator[_Lexeme]:
    for is_digits, group in groupby(stretch, lambda lexeme: lexeme.kind == "digits"):
        if is_digits:
            parts = list(group)
            yield _merged("time", "".join(lexeme.value for lexeme in parts), parts)


def _ways(stretch: list[_Lexeme]) -> tuple[Doubt, ...]:
    """Every way to hear the doubtful words of a stretch; first the one in which all are what they seem."""
    stretch = [
        _homophone(stretch, at) if each.kind == "homophone" else each for at, each in enumerate(stretch)
    ]
    doubtful = [at for at, lexeme in enumerate(stretch) if lexeme.otherwise is not None]
    # Who says "six hundred twelve" once says it so again: these are one doubt.
    hundreds = tuple(at for at in doubtful if stretch[at].value == _HUNDREDS["hundred"])
    doubts = [hundreds] * bool(hundreds) + [(at,) for at in doubtful if at not in hundreds]
    ways = []
    for chosen in _subsets(doubts[:_DOUBTFUL_MAX]):
        doubted = {at for doubt in chosen for at in doubt}
        runs, part = [], []
        for at, lexeme in enumerate(stretch):
            if at not in doubted:
                part.append(lexeme)
            elif lexeme.otherwise:
                part += [lexeme._replace(value=lexeme.otherwise)] * (lexeme.otherwise != _SILENT)
            else:
                runs += _runs(part)
                part = []
        dropped = sum(stretch[doubt[0]].otherwise == "" for doubt in chosen)
        ways.append(Doubt((*runs, *_runs(part)), dropped, len(chosen) - dropped))
    return tuple(ways)


def _homophone(stretch: list[_Lexeme], at: int) -> _Lexeme:
    """A word that sounds like a digit as that digit, doubted at an edge and where it is a common word."""
    solid = ("digits", "homophone")
    inside = 0 < at < len(stretch) - 1 and all(stretch[near].kind in solid for near in (at - 1, at + 1))
    lexeme = stretch[at]
    sure = inside and lexeme.value not in _OFTEN_WORDS
    return lexeme._replace(kind="digits", value=_HOMOPHONES[lexeme.value], otherwise=None if sure else "")


def _subsets(items: list[tuple[int, ...]]) -> list[tuple[tuple[int, ...], ...]]:
    found: list[tuple[tuple[int, ...], ...]] = [()]
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
    plus, areas = set(), []
    fixes: list[Fix] = []
    joint: Joint = ""
    said_at: int | None = None
    signed = False
    for lexeme in lexemes:
        here = len(digits)
        if lexeme.kind == "digits":
            if digits and not joint and lexeme.start_s - digits[-1].end_s >= PAUSE_S:
                joint = "pause"
            if signed:
                plus.add(here)
            for digit in lexeme.value:
                joints.append(joint if digits else "")
                digits.append(Digit(digit, lexeme.word_index, lexeme.start_s, lexeme.end_s))
                joint = ""
            signed = False
        elif lexeme.kind == "plus":
            signed = True
            joint = joint or "filler"
        elif lexeme.kind == "said":
            fixes = [fix for fix in fixes if fix.at < here]
            said_at, joint = here, "again"
        elif lexeme.kind in ("fix", "doubt") or (
            lexeme.value in _IS and said_at is not None and here > said_at
        ):
            if digits:
                fixes = [fix for fix in fixes if fix.at < here]
                fixes.append(Fix(here, said_at if said_at != here else None, lexeme.kind != "doubt"))
            said_at, joint = None, "link"
        elif lexeme.kind == "again":
            joint = "again"
        else:
            if lexeme.kind == "area":
                areas.append(here)
            if joint != "again":
                joint = "filler" if lexeme.kind in ("sep", "filler") and joint != "link" else "link"
    fixes = [fix for fix in fixes if fix.at < len(digits)]
    return (
        [DigitRun(_shared(digits), tuple(joints), frozenset(plus), tuple(fixes), tuple(areas))]
        if digits
        else []
    )


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
