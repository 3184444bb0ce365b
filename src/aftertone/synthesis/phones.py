"""The phones of a text in Kokoro's alphabet: misaki's dictionaries, weak forms of function words, CMUdict."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aftertone.errors import SynthesisError
from aftertone.language.pronunciation import pronunciation
from aftertone.synthesis.packages import dictionary

PUNCTUATION = ",.?!;:—"
STRESS = "ˈˌ"
VOWELS = "AIOQWYaiuæɐɑɒɔəɛɜɪʊʌᵻeoᵊ"
HISSING = "szʃʒʧʤ"
VOICELESS = "ptkfθ"
# fmt: off
ARPABET = {
    "AA": "ɑ", "AE": "æ", "AH": "ə", "AO": "ɔ", "AW": "W", "AY": "I", "B": "b", "CH": "ʧ", "D": "d",
    "DH": "ð", "EH": "ɛ", "ER": "ɜɹ", "EY": "A", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i",
    "JH": "ʤ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "O", "OY": "Y", "P": "p", "R": "ɹ",
    "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z",
    "ZH": "ʒ",
}
# fmt: on
# Weak forms of function words, inside a sentence. The dictionaries give the strong forms.
WEAK = {"a": "ɐ", "an": "ɐn", "to": "tə", "the": "ðə", "i": "ˌI", "in": "ɪn"}
BEFORE_VOWEL = {"to": "tʊ", "the": "ði"}
FILLERS = {"um": "ˈʌm", "uh": "ˈʌ", "er": "ˈɜː", "erm": "ˈɜːm", "hmm": "hˈəm", "ah": "ˈɑ", "mm": "ˈəm"}


def pronounced(words: Sequence[str], *, is_british: bool, own: Mapping[str, str]) -> list[str]:
    """The phones of each word; function words have the form that the next word asks for.

    >>> pronounced("The end.".split(), is_british=False, own={"the": "ðə", "end": "ˈɛnd"})
    ['ðə', 'ˈɛnd']
    """
    sounds: list[str] = []
    for stem in reversed([word.strip(PUNCTUATION) for word in words]):
        word = stem.lower()
        following = sounds[-1].lstrip(STRESS)[:1] if sounds else ""
        if word in own:
            sound = own[word]
        elif word in FILLERS:
            sound = FILLERS[word]
        elif word in BEFORE_VOWEL and following and following in VOWELS:
            sound = BEFORE_VOWEL[word]
        elif word in WEAK and following:
            sound = WEAK[word]
        else:
            sound = _looked_up(word, stem, is_british, own)
        sounds.append(sound)
    return sounds[::-1]


def _looked_up(word: str, stem: str, is_british: bool, own: Mapping[str, str]) -> str:
    known_words = dictionary("gb" if is_british else "us")
    for key in (stem, word, word.capitalize()):
        if (entry := known_words.get(key)) is not None:
            return str(entry["DEFAULT"] if isinstance(entry, dict) else entry)
    if word.endswith("s") and not word.endswith("ss"):
        base = re.sub(r"'?s$", "", word)
        known = own.get(base) or known_words.get(base) or known_words.get(base.capitalize())
        if isinstance(known, str):
            return known + ("ᵻz" if known[-1] in HISSING else "s" if known[-1] in VOICELESS else "z")
    phones = pronunciation(word)
    if phones is None:
        raise SynthesisError(f"{stem!r} has no pronunciation: it has no letters; write it as it is spoken")
    return _from_cmudict(phones)


def _from_cmudict(phones: str) -> str:
    """CMUdict phones in Kokoro's alphabet, with stress on the first vowel: mostly for names."""
    sounds = [ARPABET[phone] for phone in phones.split()]
    first = next((k for k, sound in enumerate(sounds) if sound[0] in VOWELS), 0)
    sounds[first] = "ˈ" + sounds[first].replace("ə", "ʌ")
    return "".join(sounds)
