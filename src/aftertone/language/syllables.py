"""How many syllables a word has, and how many words a numeral is when it is said.

The pronouncing dictionary is CMUdict as it lies inside pocketsphinx's wheel (BSD licence): the vowel
phones of a word are its syllables. Words that it lacks are counted by their spelling.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from aftertone.language.tokens import is_initials, word_parts

_DICTIONARY = "model/en-us/cmudict-en-us.dict"

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
]
DIGIT_WORDS = frozenset([*_UNITS[:10], "oh"])
"""What a digit is called in a number."""

_UNITS += ["sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_SYMBOLS = {
    "$": "dollars",
    "£": "pounds",
    "€": "euros",
    "%": "percent",
    "&": "and",
    "+": "plus",
    "#": "number",
}


@lru_cache(maxsize=16_384)
def syllable_count(word: str) -> int:
    """Syllables of one word as written, numerals as they are said.

    The first pronunciation of the dictionary counts; see `spelled_syllable_count` for other words.

    >>> [syllable_count(word) for word in ("message", "I'm", "555-1234", "callbacks")]
    [2, 1, 7, 2]
    """
    return sum(
        _pronounced_syllable_count(part) or spelled_syllable_count(part) for part in spoken_words(word)
    )


def spoken_words(text: str) -> list[str]:
    """A written text as the words that are said, lower case.

    Years are said in pairs, clock times as hour and minutes, amounts as numbers, one or two digits
    and round hundreds as numbers, and every other digit string digit by digit.

    >>> spoken_words("Call 800-555-1234 by 5:30 p.m.")  # doctest: +NORMALIZE_WHITESPACE
    ['call', 'eight', 'zero', 'zero', 'five', 'five', 'five', 'one', 'two', 'three', 'four',
     'by', 'five', 'thirty', 'p', 'm']
    >>> spoken_words("$1,250"), spoken_words("the 21st")
    (['one', 'thousand', 'two', 'hundred', 'fifty', 'dollars'], ['the', 'twenty', 'first'])
    """
    said: list[str] = []
    for written in text.split():
        for part in word_parts(written):
            if is_initials(written):
                said += part
            elif any(map(str.isdigit, part)):
                said += _spoken_numeral(part)
            else:
                said.append(_SYMBOLS.get(part, part))
    return said


def spelled_syllable_count(word: str) -> int:
    """Syllables of an English word by its spelling alone, at least one.

    Groups of vowel letters count one each; a silent final e and the silent e of -ed and -es do not,
    and vowels that meet across a syllable ("i-o" in "radio") count apart. Exact for about nine of ten
    words of CMUdict.

    >>> [spelled_syllable_count(word) for word in ("called", "wanted", "lately", "radio", "table", "psst")]
    [1, 2, 2, 3, 2, 1]
    """
    letters = re.sub(r"[^a-z]", "", word.lower().removesuffix("'s"))
    if word.lower().endswith("'s") and re.search(r"(?:[sxz]|[cs]h|[cg]e)$", letters):
        letters += "s" if letters.endswith("e") else "es"
    count = len(re.findall(r"[aeiouy]+", letters))
    count += sum(len(re.findall(pattern, letters)) for pattern in _APART)
    count -= sum(len(re.findall(pattern, letters)) for pattern in _SILENT)
    return max(1, count)


# Spellings where one group of vowel letters is two syllables, and where a vowel letter is none.
# Tuned on 8,000 words drawn from CMUdict, of which 93 % come out exact; tested on others.
_APART = (
    r"(?<![cstgxl])i[ao]|li[ao](?!n)|(?<=[cstgx])iat",  # radio, via, but not nation, million
    r"i(?:er|est)s?$(?<![aeiou]ier)",  # easier
    r"(?<![qgaeio])u[ae](?!$|s$|u|r$|l)",  # duet, actuary
    r"eo(?![ufn]|$)",  # video's, theory
    r"iu|ii",
    r"(?<=[aeiou])ing",  # being, going
    r"[aeou]y[aeiou]",  # buyer, royal
    r"(?:s|th)ms?$",  # prism
    r"^mc(?![aeiouy])|^mc(?=[aeiou])",
    r"^re(?=[aeiou]ss|us|org|act|open|elec|app)",  # reuse
)
_SILENT = (
    r"(?<=[aeiouy][^aeiouyl])e$|(?<=[aeiouy][^aeiouy]{2})e$(?<!le)|(?<=[^aeiouy][aeiou]l)e$|(?<=[^aeiouy]{3})e$(?<!le)",
    r"(?<=[aeiouyr]l)e$(?<![^aeiouy][aeiou]le)",
    r"(?<=[^aeiouytd])ed$(?<![^aeiouyrl]led)(?<![^aeiouy]red)",  # called, not bobbled
    r"(?<=[^aeiouysxzcgh])es$(?<![^aeiouyrl]les)|(?<=the)s$",  # times, not tables
    r"(?<=[aeiouy][^aeiouyl])e(?=(?:ly|ment|ful|less|ness|man|men|house|wood|where|time)s?$)",  # lately
    r"(?<=[aeiouy][^aeiouy])e(?=(?:some|ville|thing|ship|size)s?$)",
    r"(?<=ic)a(?=lly$)",  # basically
    r"(?<=^for)e(?=[^aeiouy])(?!st$)|(?<=^[mh]or)e(?=[^aeiouydn])|(?<=^som)e(?=[^aeiouy])|(?<=^hom)e(?=[^aeiouyr])",
)


def _spoken_numeral(text: str) -> list[str]:
    if clock := re.fullmatch(r"(\d{1,2}):(\d\d)([ap]m)?", text):
        hour, minute, half = clock.groups()
        oh = ["oh"] if minute[0] == "0" else []
        return (
            _cardinal(int(hour)) + ([] if minute == "00" else oh + _cardinal(int(minute))) + list(half or "")
        )
    if ordinal := re.fullmatch(r"(\d+)(?:st|nd|rd|th)", text):
        return _ordinal(int(ordinal[1]))
    if amount := _AMOUNT.fullmatch(text):
        return _spoken_amount(*amount.groups(default=""))
    said = []
    for piece in re.findall(r"\d+|[a-z']+|[+$£€%&]", text):
        if piece.isdigit():
            said += _spoken_digits(piece) if not re.search(r"\d\D+\d", text) else _digit_by_digit(piece)
        else:
            said += list(piece) if piece in ("am", "pm") else [_SYMBOLS.get(piece, piece)]
    return said


_AMOUNT = re.compile(r"([$£€#]?)(\d{1,3}(?:,\d{3})+|(?<=[$£€#])\d+|\d+(?=%)|\d+(?=\.\d+$))(?:\.(\d+))?(%?)")


def _spoken_amount(sign: str, whole: str, part: str, share: str) -> list[str]:
    said = _cardinal(int(whole.replace(",", "")))
    if sign == "#":
        return ["number", *said]
    if sign:
        return [*said, _SYMBOLS[sign], *(_cardinal(int(part)) if part else [])]
    said += ["point", *_digit_by_digit(part)] if part else []
    return [*said, _SYMBOLS[share]] if share else said


def _digit_by_digit(digits: str) -> list[str]:
    return [_UNITS[int(digit)] for digit in digits]


def _spoken_digits(digits: str) -> list[str]:
    value = int(digits)
    if digits[0] != "0" and (value < 100 or (value < 10_000 and value % 100 == 0 and value % 1000)):
        hundreds, rest = divmod(value, 100)
        return [*_cardinal(hundreds), "hundred"] if not rest else _cardinal(value)
    if value % 1000 == 0 and 1000 <= value < 10_000:
        return _cardinal(value)
    if re.fullmatch(r"(?:19|20)\d\d", digits):
        first, second = divmod(value, 100)
        return [*_cardinal(first), *(["oh"] if second < 10 else []), *_cardinal(second)]
    return _digit_by_digit(digits)


def _cardinal(value: int) -> list[str]:
    if value < 20:
        return [_UNITS[value]]
    if value < 100:
        return [_TENS[value // 10], *([_UNITS[value % 10]] if value % 10 else [])]
    for scale, name in _SCALES:
        if value >= scale:
            most, rest = divmod(value, scale)
            return [*_cardinal(most), name, *(_cardinal(rest) if rest else [])]
    raise AssertionError(value)


def _ordinal(value: int) -> list[str]:
    *first, last = _cardinal(value)
    odd = {
        "one": "first",
        "two": "second",
        "three": "third",
        "five": "fifth",
        "eight": "eighth",
        "nine": "ninth",
        "twelve": "twelfth",
    }
    return [*first, odd.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")]


def dictionary_phones(word: str) -> str | None:
    """The phones of a word of the pronouncing dictionary, lower case; None where it lacks the word.

    >>> dictionary_phones("message"), dictionary_phones("aftertone")
    ('M EH S AH JH', None)
    """
    return _pronunciations().get(word)


def _pronounced_syllable_count(word: str) -> int:
    phones = dictionary_phones(word) or ""
    return sum(phone[0] in "AEIOU" for phone in phones.split())


@cache
def _pronunciations() -> dict[str, str]:
    """Word to its phones; empty where the dictionary is not installed."""
    package = find_spec("pocketsphinx")  # found, not imported: its C module is not wanted here
    if package is None or not package.submodule_search_locations:
        return {}
    path = Path(package.submodule_search_locations[0]) / _DICTIONARY
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines if " " in line)
