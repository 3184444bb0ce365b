"""How well the words of a transcript fit the sound: syllables against syllable nuclei."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from aftertone.acoustics.interval import Interval, joined
from aftertone.language.syllables import syllable_count
from aftertone.language.transcript import Word

WORD_PAUSE_S = 0.18  # longest silence inside a word: of 1,759 timed words 3 contain more, by mistake

SYLLABLE_S_MAX = 0.5  # a word that is given more time than this for a syllable does not cover the rest
WORD_EXTRA_S = 0.3  # drawn out, or with a pause inside


def longest_s(text: str) -> float:
    """The time, in s, that a word covers at most.

    >>> longest_s("hello")
    1.3
    """
    return WORD_EXTRA_S + SYLLABLE_S_MAX * syllable_count(text)


def fit_share(words: Sequence[Word], speech: Sequence[Interval], nuclei_s: Iterable[float]) -> float | None:
    """How well words fit the sound, 0 to 1: syllables and nuclei compared in each stretch of speech.

    It is the sum, over stretches, of the smaller of both counts, over the sum of the larger. It is 1 where
    every stretch has as many nuclei as its words have syllables. It is None where there are neither. Wrong
    words with the right total still fit badly, since their stretches differ.

    >>> fit_share([Word("hello", 0.0, 0.5)], [Interval(0.0, 0.5), Interval(1.0, 2.0)], [0.1, 0.4, 1.2, 1.7])
    0.5
    """
    nuclei = np.sort(np.fromiter(nuclei_s, np.float64))
    in_both = in_either = 0.0
    for stretch in joined(speech, WORD_PAUSE_S):
        low, high = np.searchsorted(nuclei, stretch)
        said = sum(syllable_count(word.text) * _share_in(word.interval, stretch) for word in words)
        in_both += min(said, float(high - low))
        in_either += max(said, float(high - low))
    return in_both / in_either if in_either else None


def _share_in(word: Interval, stretch: Interval) -> float:
    """Share of a word's time inside a stretch; 0 or 1 for a word without length."""
    if word.duration_s > 0:
        return word.overlap_s(stretch) / word.duration_s
    return float(stretch.start_s <= word.start_s < stretch.end_s)
