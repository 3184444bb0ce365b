"""How words are said, in CMUdict's phones: from the dictionary, from its parts, from the spelling.

What forced alignment needs for a word that its dictionary lacks: a name, a company.
"""

from __future__ import annotations

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
    word = "".join(
        letter for letter in word.lower() if letter.isascii() and (letter.isalpha() or letter == "'")
    )
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
