"""Syllables of words: their number, their longest time, and their agreement with the syllable nuclei."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache

from aftertone.acoustics.interval import Interval, joined
from aftertone.language.pronunciation import dictionary_phones
from aftertone.language.tokens import spoken_words
from aftertone.language.transcript import Word

WORD_PAUSE_S = 0.18
"""Longest silence inside a word, in s. Of 1,759 words with labelled times 3 have a longer one, by mistake."""

SYLLABLE_S_MAX = 0.5
"""Longest time of one syllable, in s: a word does not cover the time beyond it. Chosen by hand."""

WORD_EXTRA_S = 0.3
"""Time in s that a word may last beside its syllables, drawn out or with a pause inside. Chosen by hand."""


@lru_cache(maxsize=16_384)
def syllable_count(word: str) -> int:
    """Syllables of one written word, numerals as they are spoken.

    They are the vowel phones of its first pronunciation in CMUdict; see `spelled_syllable_count` for words
    that CMUdict lacks.

    >>> [syllable_count(word) for word in ("message", "I'm", "555-1234", "callbacks")]
    [2, 1, 7, 2]
    """
    count = 0
    for part in spoken_words(word):
        phones = (dictionary_phones(part) or "").split()
        count += sum(phone[0] in "AEIOU" for phone in phones) or spelled_syllable_count(part)
    return count


def spelled_syllable_count(word: str) -> int:
    """Syllables of an English word by its spelling alone, at least one.

    Each group of vowel letters counts one. A silent final e, and the silent e of -ed and -es, do not count.
    Vowels that belong to two syllables ("i-o" in "radio") count two. Exact for about nine of ten words of
    CMUdict.

    >>> [spelled_syllable_count(word) for word in ("called", "wanted", "lately", "radio", "table", "psst")]
    [1, 2, 2, 3, 2, 1]
    """
    letters = re.sub(r"[^a-z]", "", word.lower().removesuffix("'s"))
    if word.lower().endswith("'s") and re.search(r"(?:[sxz]|[cs]h|[cg]e)$", letters):
        letters += "s" if letters.endswith("e") else "es"
    count = len(re.findall(r"[aeiouy]+", letters))
    count += sum(len(re.findall(pattern, letters)) for pattern in _TWO_SYLLABLES)
    count -= sum(len(re.findall(pattern, letters)) for pattern in _SILENT)
    return max(1, count)


# Spellings where one group of vowel letters is two syllables, and where a vowel letter is none.
# Fitted on 8,000 words drawn from CMUdict, of which 93 % come out exact; tested on others.
_TWO_SYLLABLES = (
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


def longest_s(text: str) -> float:
    """The longest time, in s, that a word lasts.

    >>> longest_s("hello")
    1.3
    """
    return WORD_EXTRA_S + SYLLABLE_S_MAX * syllable_count(text)


def fit_share(words: Sequence[Word], speech: Sequence[Interval], nuclei_s: Iterable[float]) -> float | None:
    """How well words fit the sound, 0 to 1: syllables against syllable nuclei in each stretch of speech.

    It is the sum, over the stretches, of the smaller of both counts, over the sum of the larger. It is 1
    where every stretch has as many nuclei as its words have syllables. It is None where there are neither.
    Wrong words with the right total still fit badly, because their stretches differ.

    >>> fit_share([Word("hello", 0.0, 0.5)], [Interval(0.0, 0.5), Interval(1.0, 2.0)], [0.1, 0.4, 1.2, 1.7])
    0.5
    """
    nuclei = sorted(map(float, nuclei_s))
    smaller = larger = 0.0
    for stretch in joined(speech, WORD_PAUSE_S):
        n_nuclei = bisect_left(nuclei, stretch.end_s) - bisect_left(nuclei, stretch.start_s)
        count = sum(syllable_count(word.text) * _share_in(word.interval, stretch) for word in words)
        smaller += min(count, n_nuclei)
        larger += max(count, n_nuclei)
    return smaller / larger if larger else None


def _share_in(word: Interval, stretch: Interval) -> float:
    """Share of a word's time inside a stretch; 0 or 1 for a word without length."""
    if word.duration_s > 0:
        return word.overlap_s(stretch) / word.duration_s
    return float(stretch.start_s <= word.start_s < stretch.end_s)
