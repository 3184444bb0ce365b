"""Lexical analysis: what each word of a transcript is inside a telephone number.

A table of words and phrases gives the kind of most words. Rules then join lexemes: "twenty seven", "double
five", times of day, "five hundred and twelve", letters on telephone keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from aftertone.language.brief import KEYPAD
from aftertone.language.callback.numbering_plan import AMERICAN_DIGITS
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Word


class Lexeme(NamedTuple):
    """One word or phrase, or a piece of a written word."""

    kind: str
    """digits, tens, plural, homophone, times, hundred, clock, plus, area, separator, filler, link, again,
    quote, correction, hesitation, extension, other, or one of `FIGURES`."""
    value: str
    word_index: int
    start_s: float
    end_s: float
    alternative: str | None = None
    """Another interpretation: other digits, or "" for a word that is no digit; None where it has only one."""
    has_comma: bool = False
    """A comma or full stop follows: "eighty, four" is not 84."""


FIGURES = frozenset({"time", "date", "amount", "count"})
"""Kinds of lexemes with digits that are no part of a telephone number."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split())


_UNITS = _table(
    "zero=0 nought=0 naught=0 aught=0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 niner=9 "
    "ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 "
    "nineteen=19"
)
TENS = _table("twenty=20 thirty=30 forty=40 fourty=40 fifty=50 sixty=60 seventy=70 eighty=80 ninety=90")
HUNDREDS = _table("hundred=00 thousand=000")
NUMERALS = _UNITS | TENS | HUNDREDS
NAMES = {digits: name for name, digits in reversed(NUMERALS.items())}
"""The usual name of "0" to "19", of the tens, of "00" and of "000"."""
TIMES = _table("double=2 triple=3 treble=3 quadruple=4")
# Words that sound like a digit; AMBIGUOUS_INSIDE are ambiguous inside a run as well.
HOMOPHONES = _table(
    "oh=0 o=0 owe=0 or=0 won=1 to=2 too=2 tu=2 tree=3 free=3 for=4 fore=4 sics=6 ate=8 mine=9"
)
AMBIGUOUS_INSIDE = _words("or to too for free mine")
_PHRASES = {
    "homophone": ", ".join(HOMOPHONES),
    "times": ", ".join(TIMES),
    "separator": "dash, hyphen, dot, point, space, minus",
    "filler": "um, umm, uhm, uh, uhh, er, erm, ah, hmm, mm, eh",
    "area": """area code, my area code, in area code, in the area code, with area code, with the area code,
        for the area code""",
    "plus": "plus, country code",
    "link": """and, then, that's, thats, that is, it's, its, it is, is, code, the, number, rest, of, local,
        prefix, followed by, finally, lastly, next, after that, okay, ok, all right, alright, right, so, well,
        yeah, yes, you know, like, ready, are you ready, if you're ready, got that, got it, you got that,
        have you got that, did you get that, are you writing this down, are you getting this, bear with me,
        still with me, for the rest, do you have a pen, have you got a pen, got a pen, in the, that's in the,
        it's in the, i'm in the, we're in the, is in the""",
    "again": """again, repeat, i repeat, let me repeat, let me repeat that, i'll repeat, i'll repeat that,
        to repeat, i'll say that again, let me say that again, repeating, repeated, once again, once more,
        one more time, the last four, the last four are, the last four digits, the last three digits,
        the last two digits, last four, last four digits""",
    "quote": "i said, i told you, you may have heard",
    "correction": """sorry, i'm sorry, oh sorry, correction, oops, whoops, or rather, rather, no, scratch,
        scratch that, strike that, pardon, pardon me, excuse me, excuse, actually, i mean, i meant, mean,
        meant, make that, make that a, make it, make it a, my mistake, my bad, that's wrong, that's not right,
        that was wrong, i got that wrong, i misspoke, let me start over, let me start again, start over,
        let me correct that, should be, it should be, that should be, should have been, the last digit is,
        the last digit is a, change that to, wait""",
    "hesitation": """hang on, hold on, let me see, let me check, let me look, let's see, one moment,
        one second, one sec, just a moment, just a second, just a minute""",
    "extension": """extension, ext, x, extension number, my extension number, my extension, ask for extension,
        dial extension, then extension, at extension, enter extension, press extension, on extension""",
    "clock": "am, pm, a m, p m, o'clock, in the morning, in the afternoon, in the evening, at night",
    "other": """star six seven, star 67, star six nine, star 69, you owe, we owe, i owe, they owe, is owed,
        or so, or later, sorry for, sorry to, sorry about, for you, for me, to you, to me""",
}
_PLURALS = _table(
    "zeros=0 zeroes=0 ohs=0 ones=1 twos=2 threes=3 fours=4 fives=5 sixes=6 sevens=7 eights=8 nines=9"
)
_NUMBER_WORDS = {"digits": _UNITS, "tens": TENS, "hundred": HUNDREDS, "plural": _PLURALS}
# The words of an entry, its kind and its value.
_VOCABULARY = {
    tuple(phrase.split()): (kind, " ".join(phrase.split()))
    for kind, text in _PHRASES.items()
    for phrase in text.split(",")
} | {(name,): (kind, value) for kind, table in _NUMBER_WORDS.items() for name, value in table.items()}
_LONGEST = max(map(len, _VOCABULARY))
_COUNTED = _words(
    "second seconds sec moment minute minutes hour hours day days week weeks month months year years "
    "time times thing things more dollars dollar pounds euros cents percent people ones"
)
_TIME_FOLLOWS = _words("by until till before after")  # and a telephone number does not
_TIME_MAY_FOLLOW = _TIME_FOLLOWS | _words("at around about from since")
_NEVER_SPELLED = _words("and or to is if me at the a an of on in please numbers")
_EXTENSIONS = _words("extension ext x")
_TOLL_FREE = re.compile(r"8(?:00|33|44|55|66|77|88)")
_SPELLED_MIN = 3  # letters: "888 555 014 I" ends in no letter
_LINE_DIGITS = 4  # of the end of an American number: "CARE"
# Written forms that are no telephone number; the first that matches gives the kind.
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
# Times of day, as the values of lexemes.
HOUR = r"(?:1[0-2]|[1-9])"
_TOLD_TIME = re.compile(rf"{HOUR}(?: ?[0-5]\d)? clock")
_HOURS = re.compile(rf"{HOUR} to {HOUR} \d")
_MINUTES = re.compile(rf"{HOUR} [0-5]\d(?: (\S+)|$)")
_HOUR_ALONE = re.compile(rf"{HOUR} ")
_COUNTED_BY = re.compile(r"(\d)-(?=hundred|thousand)")
_ONE_DIGIT = frozenset("0123456789")
_FEW = frozenset("234")
SILENT = "-"  # an `alternative` without digits: "hundred" in "six hundred twelve", 612
_ZEROS = _words("oh o owe")
_COUNT_DIGITS_MAX = 2  # "10 days"; more digits are a number: "1200 dollars"


def lexemes_of(words: Sequence[Word]) -> list[Lexeme]:
    """The lexemes of the words, in order."""
    parts = [(part, index) for index, word in enumerate(words) for part in word_parts(word.text)]
    texts = [part for part, _ in parts]
    found: list[Lexeme] = []
    at = 0
    while at < len(parts):
        used, pieces = _kinds(texts, at)
        last = words[parts[at + used - 1][1]]
        index = parts[at][1]
        comma = last.text.endswith((",", "."))
        found += [
            Lexeme(kind, value, index, words[index].start_s, last.end_s, None, comma)
            for kind, value in pieces
        ]
        at += used
    for rule in (_clause_word, _tens_and_times, _clock, _hundred, _letters):
        found = _rewritten(found, rule)
    return found


def _kinds(texts: Sequence[str], at: int) -> tuple[int, list[tuple[str, str]]]:
    """How many words from an index on are one entry, and its (kind, value) pairs, one or more."""
    part, before, after = texts[at], texts[at - 1] if at else "", texts[at + 1] if at + 1 < len(texts) else ""
    # "two times" counts something, but for the last digit of a number written or spoken alike.
    in_a_run = before in _UNITS or (before[-1:].isdigit() and part not in _UNITS)
    for size in range(min(_LONGEST, len(texts) - at), 0, -1):
        if entry := _VOCABULARY.get(tuple(texts[at : at + size])):
            is_number = size == 1 and entry[0] in ("digits", "tens")
            is_count = is_number and after in _COUNTED and (not in_a_run or after == "more")
            return size, [("other", part) if is_count else entry]
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
        else ("separator", piece) if piece in "-."
        else ("digits", "0") if piece in ("o", "oh") and glued  # "o7"
        else ("extension", piece) if piece in _EXTENSIONS
        else ("hundred", HUNDREDS[piece]) if piece in HUNDREDS
        else ("other", "" if glued else piece)  # "555-0143please" is not spelled with letters
        for piece, glued in (
            (found[0], part[found.start() - 1 : found.start()].isdigit() or part[found.end() :][:1].isdigit())
            for found in re.finditer(r"\+|\d+|[a-z]+|[-.]", part)
        )
    ]  # fmt: skip


_Rule = Callable[[list[Lexeme], list[Lexeme]], tuple[Lexeme, int] | None]
"""From the lexemes done and the rest: a new lexeme, and how many it replaces; None for no change."""


def _rewritten(found: list[Lexeme], rule: _Rule) -> list[Lexeme]:
    done: list[Lexeme] = []
    at = 0
    while at < len(found):
        lexeme, used = rule(done, found[at:]) or (found[at], 1)
        done.append(lexeme)
        at += used
    return done


def merged(kind: str, value: str, parts: Sequence[Lexeme], alternative: str | None = None) -> Lexeme:
    """Several lexemes as one."""
    return Lexeme(kind, value, parts[-1].word_index, parts[0].start_s, parts[-1].end_s, alternative)


_SPOKEN_DIGITS = frozenset({"digits", "tens", "homophone", "hundred", "plural", "times"})


def _clause_word(done: list[Lexeme], rest: list[Lexeme]) -> tuple[Lexeme, int] | None:
    """A word that begins a clause after the digits: "five. Or send me a message"."""
    lexeme = rest[0]
    begins = bool(done) and done[-1].has_comma and not lexeme.has_comma and len(rest) > 1
    if lexeme.value in AMBIGUOUS_INSIDE and begins and rest[1].kind not in _SPOKEN_DIGITS:
        return lexeme._replace(kind="other"), 1
    return None


def _tens_and_times(_: list[Lexeme], rest: list[Lexeme]) -> tuple[Lexeme, int] | None:
    """Digits of "fifty five" (ambiguous: 55 or 50 5), "double five", "triple zeros", "three zeros"."""
    lexeme, after = rest[0], rest[1] if len(rest) > 1 else None
    if lexeme.kind == "tens":
        if after and after.kind == "digits" and after.value in _ONE_DIGIT - {"0"}:
            ways = (lexeme.value[0] + after.value, lexeme.value + after.value)
            value, alternative = ways[::-1] if lexeme.has_comma else ways
            return merged("digits", value, rest[:2], alternative), 2
        return lexeme._replace(kind="digits"), 1
    times = TIMES.get(lexeme.value, lexeme.value if after and after.kind == "plural" else "")
    if after and times in _FEW and after.value in _ONE_DIGIT | _ZEROS:
        return merged("digits", (after.value if after.value in _ONE_DIGIT else "0") * int(times), rest[:2]), 2
    return (lexeme._replace(kind="other"), 1) if lexeme.kind in ("times", "plural") else None


def _clock(done: list[Lexeme], rest: list[Lexeme]) -> tuple[Lexeme, int] | None:
    """A time of day: "10 15 am", "at five thirty"; ambiguous where more digits follow."""
    if rest[0].kind != "digits":
        return (rest[0]._replace(kind="other"), 1) if rest[0].kind == "clock" else None
    shape = " ".join("clock" if each.kind == "clock" else each.value for each in rest[:4])
    before = done[-1] if done else None
    if not (before and before.kind == "digits"):
        if found := _TOLD_TIME.match(shape):
            used = found[0].count(" ") + 1
            return merged("time", "".join(each.value for each in rest[: used - 1]), rest[:used]), used
        if _HOURS.match(shape):  # "9 to 5" before more digits
            return merged("digits", f"{rest[0].value}2{rest[2].value}", rest[:3], ""), 3
    if before is None or before.value not in _TIME_MAY_FOLLOW:
        return None
    found = _MINUTES.match(shape)
    if found and found[1] not in ("to", "or"):
        goes_on = len(rest) > 2 and rest[2].kind in ("digits", "homophone", "separator", "hundred")
        value = rest[0].value + rest[1].value
        return merged("digits" if goes_on else "time", value, rest[:2], "" if goes_on else None), 2
    if (
        before.value in _TIME_FOLLOWS
        and len(rest) > 1
        and rest[1].kind == "digits"
        and _HOUR_ALONE.match(shape)
    ):
        return rest[0]._replace(alternative=""), 1
    return None


def _hundred(done: list[Lexeme], rest: list[Lexeme]) -> tuple[Lexeme, int] | None:
    """The zeros of "hundred"; "five hundred and twelve" is 512; "six hundred twelve" is ambiguous."""
    if rest[0].kind != "hundred":
        return None
    if done and done[-1].kind == "homophone":  # "ate hundred"
        done[-1] = done[-1]._replace(kind="digits", value=HOMOPHONES[done[-1].value])
    if not done or done[-1].kind != "digits":
        return rest[0]._replace(kind="other"), 1
    has_and = len(rest) > 1 and rest[1].value == "and"
    after = rest[1 + has_and :]
    zeros, size = rest[0].value, len(after[0].value) if after and after[0].kind == "digits" else 0
    is_counted = len(after) > 1 and after[1].kind == "hundred"  # "five hundred forty four hundred"
    if zeros != HUNDREDS["hundred"] or not 0 < size <= len(zeros) or after[0].value == "0" or is_counted:
        return rest[0]._replace(kind="digits"), 1
    if has_and and size == len(zeros) and len(done[-1].value) == 1:
        return merged("digits", after[0].value, rest[:3], after[0].alternative), 3
    return rest[0]._replace(kind="digits", alternative="0" if size == 1 else SILENT), 1 + has_and


def _letters(done: list[Lexeme], rest: list[Lexeme]) -> tuple[Lexeme, int] | None:
    """Letters on telephone keys as digits.

    Letters are digits where they are written together with digits ("1-888-555-HELP", "212-555-CARE"), and
    where they are spelled one by one. Whole words are digits where they complete a number after "1 800" ("one
    eight hundred flowers").
    """
    if rest[0].kind != "other":
        return None
    before = "".join(lexeme.value for lexeme in _tail(done)).removeprefix("1")
    missing = AMERICAN_DIGITS - len(before)
    toll_free = bool(_TOLL_FREE.match(before))
    written = bool(done) and done[-1].word_index == rest[0].word_index
    letters, used, singles = "", 0, True
    for lexeme in rest:
        if len(letters) >= missing or not (lexeme.value.isalpha() or lexeme.kind == "separator"):
            break
        used += 1
        if lexeme.kind != "separator":
            letters += lexeme.value
            singles &= len(lexeme.value) == 1
    if not _SPELLED_MIN <= missing <= len(letters):
        return None
    if written or singles:
        known = toll_free or missing == _LINE_DIGITS
        fits = len(letters) == missing or (written and toll_free)  # "1-800-CONTACTS": the last is not dialled
    else:
        known = bool(_TOLL_FREE.fullmatch(before)) and _tail(done)[0].value.startswith("1")
        fits = len(letters) == missing and not _NEVER_SPELLED & {each.value for each in rest[:used]}
    digits = "".join(KEYPAD[letter] for letter in letters[:missing]) if known and fits else ""
    return (merged("digits", digits, rest[:used]), used) if digits else None


def _tail(done: list[Lexeme]) -> list[Lexeme]:
    """The digits at the end of the lexemes."""
    found: list[Lexeme] = []
    for lexeme in reversed(done):
        if lexeme.kind == "digits":
            found.append(lexeme)
        elif lexeme.kind != "separator":
            break
    return found[::-1]
