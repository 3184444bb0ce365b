"""How words are said, in CMUdict's phones: from the dictionary, from its parts, from the spelling.

What forced alignment needs for a word that its dictionary lacks: a name, a company. And how far apart two
words are as they sound: a name that a brief gives may be written in another way by a recogniser.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from aftertone.language.syllables import dictionary_phones

SHORTEST_PART = 4  # letters of each dictionary word that a compound is made of

# What letters say, the longest at each place first; a key that begins or ends with "_" holds at the word's
# edge. The commonest reading of each in CMUdict, from which about three of four phones come out right.
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
# Names that are not said as they are spelled, and how to spell what is said.
_SAID_AS = {
    "siobhan": "shivawn", "niamh": "neev", "aoife": "eefa", "caoimhe": "keeva", "saoirse": "seersha",
    "eoin": "owen", "ciaran": "keeran", "niall": "nile", "sinead": "shinaid", "roisin": "rosheen",
    "oisin": "osheen", "maeve": "mayv", "aisling": "ashling", "orlaith": "orla", "grainne": "grawnya",
    "padraig": "pawdrig", "seamus": "shaymus", "sian": "sharn", "rhys": "reese", "ioan": "yoan",
    "joaquin": "wahkeen", "jorge": "horhay", "jose": "hozay", "javier": "havier", "jesus": "haysoos",
    "guillermo": "geeyermo", "ximena": "heemena", "nguyen": "winn", "thuy": "twee", "qi": "chee",
    "keisha": "keesha",
}  # fmt: skip
_LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}
_HISSING = ("S", "Z", "SH", "ZH", "CH", "JH")
_VOICELESS = ("P", "T", "K", "F", "TH")


@lru_cache(maxsize=4096)
def pronunciation(word: str) -> str | None:
    """The phones of a word, with spaces between; None where it has no letters.

    Parameters
    ----------
    word : str
        One word of letters, apostrophes and hyphens; numerals are for `spoken_words`.

    Examples
    --------
    >>> pronunciation("Mary"), pronunciation("hillcrest"), pronunciation("Brakley")
    ('M EH R IY', 'HH IH L K R EH S T', 'B R AE K L IY')
    """
    plain = unicodedata.normalize("NFKD", word.lower())
    word = "".join(letter for letter in plain if letter.isascii() and (letter.isalpha() or letter == "'"))
    word = _SAID_AS.get(word, word)
    letters = word.replace("'", "")
    if not letters:
        return None
    known = dictionary_phones(word) or dictionary_phones(letters)
    if known is not None:
        return known
    if word.endswith("'s") and (owner := pronunciation(word[:-2])):
        last = owner.split()[-1]
        return f"{owner} {'IH Z' if last in _HISSING else 'S' if last in _VOICELESS else 'Z'}"
    return _compound(letters) or _by_spelling(letters)


def _compound(letters: str) -> str | None:
    """Said as two words of the dictionary, the first as long as may be."""
    for cut in range(len(letters) - SHORTEST_PART, SHORTEST_PART - 1, -1):
        parts = [dictionary_phones(letters[:cut]), dictionary_phones(letters[cut:])]
        if parts[0] and parts[1]:
            return " ".join(part for part in parts if part)
    return None


def _by_spelling(letters: str) -> str:
    spelled = f"_{letters}_"
    phones: list[str] = []
    at = 1
    while at < len(spelled) - 1:
        vowel, consonant, end = spelled[at], spelled[at + 1], spelled[at + 2 : at + 4]
        if vowel in _LONG and consonant not in "aeiouywrx_" and end == "e_":  # the e that makes it long
            phones.append(_LONG[vowel])
            at += 1
            continue
        if vowel == spelled[at - 1] and vowel not in "aeiou":  # written twice, said once
            at += 1
            continue
        for length in range(5, 0, -1):
            for begin in (at - 1, at) if at == 1 else (at,):
                key = spelled[begin : begin + length]
                if key in _SOUNDS and (begin == at or len(key) > 1):
                    phones += _SOUNDS[key].split()
                    at = begin + len(key.rstrip("_"))
                    break
            else:
                continue
            break
        else:
            at += 1
    return " ".join(phones) or "AH"


# Ours: what it costs to take one phone for another, or to leave one out, of 1 for any two phones.
_VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())  # noqa: SIM905
_OTHER_VOWEL, _OTHER_OF_A_KIND = 0.4, 0.5
_ALIKE = frozenset(
    frozenset(pair.split("-"))
    for pair in """B-P D-T G-K V-F Z-S ZH-SH JH-CH DH-TH B-V V-W S-SH Z-ZH M-N N-NG T-TH D-DH S-TH F-TH CH-SH
    JH-ZH L-R""".split()  # noqa: SIM905
)
_LEFT_OUT = {**dict.fromkeys(_VOWELS, 0.5), "AH": 0.3, "IH": 0.3, "HH": 0.5, "R": 0.5, "Y": 0.5, "W": 0.5}


@lru_cache(maxsize=65536)
def sound_distance(one: str, other: str) -> float:
    """How differently two words sound: the weighted edit distance of their phones, a share of the longer.

    Two vowels, or two consonants made alike, differ by less than others (after Kondrak 2003, coarser).

    Examples
    --------
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
        above, row = row, [row[0] + _LEFT_OUT.get(phone, 1.0)]
        for at, heard in enumerate(second):
            changed = above[at] + _change(phone, heard)
            row.append(
                min(changed, above[at + 1] + _LEFT_OUT.get(phone, 1.0), row[-1] + _LEFT_OUT.get(heard, 1.0))
            )
    return row[-1] / max(len(first), len(second))


def phones(word: str) -> tuple[str, ...]:
    """Phones of a word; the vowel of "bird" is two, a vowel and its r.

    >>> phones("Bert"), phones("Niamh")
    (('B', 'AH', 'R', 'T'), ('N', 'IY', 'V'))
    """
    return tuple((pronunciation(word) or "").replace("ER", "AH R").split())


def _change(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if one in _VOWELS and other in _VOWELS:
        return _OTHER_VOWEL
    return _OTHER_OF_A_KIND if frozenset((one, other)) in _ALIKE else 1.0
