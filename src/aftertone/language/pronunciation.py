"""Pronunciations in CMUdict's phones: from the dictionary, from its parts, or from the spelling.

Forced alignment needs one for a word that its dictionary lacks, such as a name or a company. The distance
between two pronunciations finds a name of the brief that a recogniser writes in another spelling. CMUdict is
read from pocketsphinx's wheel (BSD licence).
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

_DICTIONARY = "model/en-us/cmudict-en-us.dict"  # inside pocketsphinx's package
_PART_LETTERS_MIN = 4  # letters of each dictionary word in a compound; chosen by hand

# Letters and their phones; "_" is the edge of a word. The longest key that matches at a place counts. Each
# has its commonest phones in CMUdict; of the dictionary's phones about three of four come out right.
_SOUNDS = {
    "tion": "SH AH N", "sion": "ZH AH N", "cian": "SH AH N", "ture_": "CH ER", "ough": "AO", "augh": "AO",
    "eigh": "EY", "tch": "CH", "igh": "AY", "sch": "SH", "dge": "JH", "ing_": "IH NG", "ers_": "ER Z",
    "air": "EH R", "ear": "IH R", "eer": "IH R", "ier": "IY R", "oor": "AO R", "our": "AW R", "all_": "AO L",
    "ale_": "EY L", "ley_": "L IY", "cial": "SH AH L", "ski_": "S K IY", "sky_": "S K IY", "mac": "M AH K",
    "_mc": "M AH K", "_kn": "N", "_wr": "R", "_ps": "S", "_gn": "N", "_x": "Z", "_y": "Y", "_wh": "W",
    "que_": "K", "gue_": "G", "ed_": "D", "es_": "Z", "le_": "AH L", "ck": "K", "ch": "CH", "sh": "SH",
    "th": "TH", "ph": "F", "gh": "G", "wh": "W", "qu": "K W", "ng": "NG", "sc": "S K", "zz": "Z", "mb_": "M",
    "ai": "EY", "ay": "EY", "au": "AO", "aw": "AO", "ea": "IY", "ee": "IY", "ei": "AY", "ey_": "IY",
    "ey": "EY", "eu": "Y UW", "ew": "UW", "ie": "IY", "oa": "OW", "oe": "OW", "oi": "OY", "oy": "OY",
    "oo": "UW", "ou": "AW", "ow_": "OW", "ow": "OW", "ue": "UW", "ui": "UW", "ar": "AA R", "er": "ER",
    "ir": "ER", "or": "AO R", "ur": "ER", "yr": "ER", "a_": "AH", "e_": "", "i_": "IY", "o_": "OW",
    "u_": "UW", "y_": "IY", "s_": "Z", "ss": "S", "ss_": "S", "cc": "K", "ce": "S EH", "ci": "S IH",
    "cy": "S IY", "ce_": "S", "ge_": "JH", "se_": "Z", "ze_": "Z", "ve_": "V", "ne_": "N", "te_": "T",
    "gi": "JH IH",
    "ts_": "T S", "ps_": "P S", "ks_": "K S", "ff": "F", "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH",
    "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N", "o": "AA",
    "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V", "w": "W", "x": "K S", "y": "IH",
    "z": "Z",
}  # fmt: skip
# Names that are pronounced otherwise than they are spelled, with a spelling of the pronunciation.
_RESPELLED = {
    "siobhan": "shivawn", "niamh": "neev", "aoife": "eefa", "caoimhe": "keeva", "saoirse": "seersha",
    "eoin": "owen", "ciaran": "keeran", "niall": "nile", "sinead": "shinaid", "roisin": "rosheen",
    "oisin": "osheen", "maeve": "mayv", "aisling": "ashling", "orlaith": "orla", "grainne": "grawnya",
    "padraig": "pawdrig", "seamus": "shaymus", "sian": "sharn", "rhys": "reese", "ioan": "yoan",
    "joaquin": "wahkeen", "jorge": "horhay", "jose": "hozay", "javier": "havier", "jesus": "haysoos",
    "guillermo": "geeyermo", "ximena": "heemena", "nguyen": "winn", "thuy": "twee", "qi": "chee",
    "keisha": "keesha",
}  # fmt: skip
_LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}
_SIBILANTS = ("S", "Z", "SH", "ZH", "CH", "JH")
_VOICELESS = ("P", "T", "K", "F", "TH")
_KEY_LETTERS = max(map(len, _SOUNDS))


@lru_cache(maxsize=4096)
def pronunciation(word: str) -> str | None:
    """The phones of a word, with spaces between; None where it has no letters.

    `spoken_words` spells out numerals first.

    >>> pronunciation("Mary"), pronunciation("hillcrest"), pronunciation("Brakley")
    ('M EH R IY', 'HH IH L K R EH S T', 'B R AE K L IY')
    """
    plain = unicodedata.normalize("NFKD", word.lower())
    word = "".join(letter for letter in plain if letter.isascii() and (letter.isalpha() or letter == "'"))
    word = _RESPELLED.get(word, word)
    letters = word.replace("'", "")
    if not letters:
        return None
    known = dictionary_phones(word) or dictionary_phones(letters)
    if known is not None:
        return known
    if word.endswith("'s") and (owner := pronunciation(word[:-2])):
        last = owner.split()[-1]
        return f"{owner} {'IH Z' if last in _SIBILANTS else 'S' if last in _VOICELESS else 'Z'}"
    return _compound(letters) or _by_spelling(letters)


def dictionary_phones(word: str) -> str | None:
    """The phones of a word in lower case in CMUdict; None where it lacks the word.

    >>> dictionary_phones("message"), dictionary_phones("aftertone")
    ('M EH S AH JH', None)
    """
    return _dictionary().get(word)


@cache
def _dictionary() -> dict[str, str]:
    """Words and their phones; empty where pocketsphinx is not installed."""
    package = find_spec("pocketsphinx")  # found without importing its C module
    if package is None or not package.submodule_search_locations:
        return {}
    path = Path(package.submodule_search_locations[0]) / _DICTIONARY
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines if " " in line)


def _compound(letters: str) -> str | None:
    """The phones of a compound of two words of the dictionary, the first as long as possible."""
    for cut in range(len(letters) - _PART_LETTERS_MIN, _PART_LETTERS_MIN - 1, -1):
        first, second = dictionary_phones(letters[:cut]), dictionary_phones(letters[cut:])
        if first and second:
            return f"{first} {second}"
    return None


def _by_spelling(letters: str) -> str:
    spelled = f"_{letters}_"
    phones: list[str] = []
    at = 1
    while at < len(spelled) - 1:
        vowel, consonant, end = spelled[at], spelled[at + 1], spelled[at + 2 : at + 4]
        if vowel in _LONG and consonant not in "aeiouywrx_" and end == "e_":  # the final e makes it long
            phones.append(_LONG[vowel])
            at += 1
        elif vowel == spelled[at - 1] and vowel not in "aeiou":  # a doubled consonant is one phone
            at += 1
        else:
            starts = (0, 1) if at == 1 else (at,)
            keys = (
                (start, spelled[start : start + n]) for n in range(_KEY_LETTERS, 0, -1) for start in starts
            )
            start, key = next((start, key) for start, key in keys if key in _SOUNDS)
            phones += _SOUNDS[key].split()
            at = start + len(key.rstrip("_"))
    return " ".join(phones) or "AH"


# Costs of the edit distance: to replace one phone by another, of 1 for any two phones, and to leave one out.
# Chosen by hand.
_VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())  # noqa: SIM905
_OTHER_VOWEL, _ALIKE_CONSONANT = 0.4, 0.5
_ALIKE = frozenset(
    frozenset(pair.split("-"))
    for pair in """B-P D-T G-K V-F Z-S ZH-SH JH-CH DH-TH B-V V-W S-SH Z-ZH M-N N-NG T-TH D-DH S-TH F-TH CH-SH
    JH-ZH L-R""".split()  # noqa: SIM905
)
_LEFT_OUT = {**dict.fromkeys(_VOWELS, 0.5), "AH": 0.3, "IH": 0.3, "HH": 0.5, "R": 0.5, "Y": 0.5, "W": 0.5}


@lru_cache(maxsize=65536)
def sound_distance(one: str, other: str) -> float:
    """How differently two words sound: weighted edit distance of their phones, as a share of the longer word.

    Two vowels, or two consonants that are made alike, cost less than other replacements (after Kondrak 2003,
    coarser).

    >>> sound_distance("Phillip", "Filip"), round(sound_distance("Siobhan", "Chevron"), 2)
    (0.0, 0.22)
    """
    first, second = phones(one), phones(other)
    if not first or not second:
        return 1.0
    row = [0.0]
    for phone in second:
        row.append(row[-1] + _LEFT_OUT.get(phone, 1.0))
    for phone in first:
        left_out = _LEFT_OUT.get(phone, 1.0)
        above, row = row, [row[0] + left_out]
        for at, against in enumerate(second):
            row.append(
                min(
                    above[at] + _replaced(phone, against),
                    above[at + 1] + left_out,
                    row[-1] + _LEFT_OUT.get(against, 1.0),
                )
            )
    return row[-1] / max(len(first), len(second))


def phones(word: str) -> tuple[str, ...]:
    """The phones of a word; the vowel of "bird" is two of them, a vowel and its r.

    >>> phones("Bert"), phones("Niamh")
    (('B', 'AH', 'R', 'T'), ('N', 'IY', 'V'))
    """
    return tuple((pronunciation(word) or "").replace("ER", "AH R").split())


def _replaced(phone: str, against: str) -> float:
    if phone == against:
        return 0.0
    if phone in _VOWELS and against in _VOWELS:
        return _OTHER_VOWEL
    return _ALIKE_CONSONANT if frozenset((phone, against)) in _ALIKE else 1.0
