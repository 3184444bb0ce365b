"""Words in comparable form: tokens for the rules of `language`, and the words that are spoken for a text.

Recognisers write the same sound as "Hi,", "hi" or "HI(2)". A token has one text for all of them, and keeps
the punctuation apart.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from aftertone.language.transcript import Transcript

_NOISE = re.compile(r"[\[<{(*+]\D*[\]>})*+]|[^\w$#+&']+")  # "[SPEECH]", "++NOISE++", "—"
_VARIANT = re.compile(r"(?<=\w)\(\d\)$")  # "the(2)": the second pronunciation of a word
_INITIALS = re.compile(r"(?:[a-z]\.)+[a-z]?")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "–": "-", "—": "-"})
_ABBREVIATED = frozenset({"mr", "mrs", "ms", "dr", "st", "prof", "ext", "no", "inc", "co", "ltd"})
_EDGES = '.,;:!?"()[]…-*'
_MARKS = {".": ".", "!": ".", "…": ".", "?": "?"} | dict.fromkeys(",;:—-", ",")


class Token(NamedTuple):
    """One word in comparable form, with the index and the times of the written word that it is part of."""

    text: str  # lower case, without punctuation
    word_index: int
    start_s: float
    end_s: float
    mark: str = ""  # after it: "." ends a sentence, "?" a question, "," a clause
    capital: bool = False
    """Whether it has a capital inside a sentence, where others have none: most often a name."""


def tokens(transcript: Transcript) -> tuple[Token, ...]:
    """The words of a transcript as tokens, without noises such as "[SPEECH]".

    >>> from aftertone.language.transcript import Word
    >>> written = ("Hi,", "[NOISE]", "follow-up", "p.m.")
    >>> transcript = Transcript(tuple(Word(text, at, at + 1) for at, text in enumerate(written)))
    >>> [(token.text, token.word_index, token.mark) for token in tokens(transcript)]
    [('hi', 0, ','), ('follow', 2, ''), ('up', 2, ''), ('pm', 3, '')]
    """
    found: list[Token] = []
    has_small = any(word.text[:1].islower() for word in transcript.words)
    for index, word in enumerate(transcript.words):
        parts = word_parts(word.text)
        plain = word.text.strip("\"'([")
        begins = not found or found[-1].mark in (".", "?")
        capital = has_small and plain[:1].isupper() and not plain.isupper() and not begins
        for at, part in enumerate(parts):
            mark = mark_after(word.text, part) if at == len(parts) - 1 else ""
            found.append(Token(part, index, word.start_s, word.end_s, mark, capital))
    return tuple(found)


def word_parts(text: str) -> tuple[str, ...]:
    """The words inside one written word; numerals stay as they are written.

    >>> word_parts("Follow-up,"), word_parts("555-1234."), word_parts("a.m."), word_parts("the(2)")
    (('follow', 'up'), ('555-1234',), ('am',), ('the',))
    """
    plain = _VARIANT.sub("", text.strip().lower().translate(_APOSTROPHES))
    if _NOISE.fullmatch(plain):
        return ()
    if is_initials(plain):
        return (re.sub(r"[^a-z]", "", plain),)
    plain = plain.strip(_EDGES)
    if any(character.isdigit() for character in plain):
        return (plain,)
    return tuple(part for part in re.split(r"[-\s/.]+", plain) if part)


def is_initials(text: str) -> bool:
    """Whether a word is letters with a dot after each, which are spoken one by one.

    >>> is_initials("p.m."), is_initials("U.S.,"), is_initials("a.")
    (True, True, False)
    """
    plain = text.strip().rstrip(",;:!?").lower()
    return bool(_INITIALS.fullmatch(plain)) and len(plain) > 2


def mark_after(text: str, part: str) -> str:
    """The punctuation after a written word whose last part is `part`: ".", "?", "," or "".

    >>> mark_after("Mary!", "mary"), mark_after("Dr.", "dr")
    ('.', '')
    """
    last = text.rstrip("\"')]")[-1:]
    if last == "." and (part in _ABBREVIATED or is_initials(text)):
        return ""
    return _MARKS.get(last, "")


# --- written text as the words that are spoken --------------------------------------------------------

_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen""".split()  # noqa: SIM905 - a table to read
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905 - as above
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_SYMBOLS = dict(zip("$£€%&+#", "dollars pounds euros percent and plus number".split(), strict=True))  # noqa: SIM905

DIGIT_WORDS = frozenset([*_UNITS[:10], "oh"])
"""The words for one digit of a telephone number."""


def spoken_words(text: str) -> list[str]:
    """The words that are spoken for a written text, in lower case.

    Years are spoken in pairs, clock times as hour and minutes, amounts as numbers, one or two digits and
    round hundreds as numbers, and every other string of digits digit by digit.

    >>> spoken_words("Call 800-555-1234 by 5:30 p.m.")  # doctest: +NORMALIZE_WHITESPACE
    ['call', 'eight', 'zero', 'zero', 'five', 'five', 'five', 'one', 'two', 'three', 'four',
     'by', 'five', 'thirty', 'p', 'm']
    >>> spoken_words("$1,250"), spoken_words("the 21st")
    (['one', 'thousand', 'two', 'hundred', 'fifty', 'dollars'], ['the', 'twenty', 'first'])
    """
    spoken: list[str] = []
    for written in text.split():
        for part in word_parts(written):
            if is_initials(written):
                spoken += part
            elif any(map(str.isdigit, part)):
                spoken += _spoken_numeral(part)
            else:
                spoken.append(_SYMBOLS.get(part, part))
    return spoken


def _spoken_numeral(text: str) -> list[str]:
    if clock := re.fullmatch(r"(\d{1,2}):(\d\d)([ap]m)?", text):
        hour, minute, half = clock.groups()
        oh = ["oh"] if minute[0] == "0" else []
        minutes = [] if minute == "00" else oh + _cardinal(int(minute))
        return [*_cardinal(int(hour)), *minutes, *(half or "")]
    if ordinal := re.fullmatch(r"(\d+)(?:st|nd|rd|th)", text):
        return _ordinal(int(ordinal[1]))
    if amount := _AMOUNT.fullmatch(text):
        return _spoken_amount(*amount.groups(default=""))
    spoken = []
    for piece in re.findall(r"\d+|[a-z']+|[+$£€%&]", text):
        if piece.isdigit():
            spoken += _spoken_digits(piece) if not re.search(r"\d\D+\d", text) else _digit_by_digit(piece)
        else:
            spoken += list(piece) if piece in ("am", "pm") else [_SYMBOLS.get(piece, piece)]
    return spoken


_AMOUNT = re.compile(r"([$£€#]?)(\d{1,3}(?:,\d{3})+|(?<=[$£€#])\d+|\d+(?=%)|\d+(?=\.\d+$))(?:\.(\d+))?(%?)")


def _spoken_amount(sign: str, whole: str, part: str, share: str) -> list[str]:
    spoken = _cardinal(int(whole.replace(",", "")))
    if sign == "#":
        return ["number", *spoken]
    if sign:
        return [*spoken, _SYMBOLS[sign], *(_cardinal(int(part)) if part else [])]
    spoken += ["point", *_digit_by_digit(part)] if part else []
    return [*spoken, _SYMBOLS[share]] if share else spoken


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
    scale, name = next((scale, name) for scale, name in _SCALES if value >= scale)
    most, rest = divmod(value, scale)
    return [*_cardinal(most), name, *(_cardinal(rest) if rest else [])]


def _ordinal(value: int) -> list[str]:
    *first, last = _cardinal(value)
    return [*first, _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")]
