"""Checks of a recogniser's words against the sound: words in silence, loops, improbable words, lost speech.

Whisper was trained on subtitles. It can write a subtitle where nobody speaks ("Thank you." after the last
word), repeat a phrase without end, or leave out a sentence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from aftertone.acoustics.interval import Interval, joined
from aftertone.language.syllables import longest_s
from aftertone.language.tokens import DIGIT_WORDS, word_parts
from aftertone.language.transcript import Word
from aftertone.language.word_check import WORD_CHECK


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Limits of the checks.

    Attributes
    ----------
    phrase_words_max : int
        Words of the longest phrase that may be a loop.
    phrase_times : int
        A phrase so many times in a row is a loop; people say a number three times at most.
    word_times : int
        A word so many times in a row is a loop; people say one seven times.
    digits_max : int
        Digits of a telephone number (E.164): a run of digits up to this length is no loop.
    word_log_probability_min : float
        Mean over the words of a window. Real speech has -1.0 and more, "Thank you." over music -2.0.
    gap_s : float
        Speech without words of this length, in seconds, is decoded again.
    gap_join_s : float
        A shorter pause, in seconds, does not end a stretch of speech without words.
    """

    phrase_words_max: int = 12
    phrase_times: int = 4
    word_times: int = 8
    digits_max: int = 15
    word_log_probability_min: float = -1.3
    gap_s: float = 1.5
    gap_join_s: float = 0.3


SETTINGS = GuardSettings()


def without_silence(words: Sequence[Word], speech: Sequence[Interval]) -> list[Word]:
    """The words that have speech within `WORD_CHECK.collar_s` of them.

    >>> without_silence([Word("hi", 1.0, 1.2), Word("you", 4.0, 4.3)], [Interval(0.9, 1.4)])
    [Word(text='hi', start_s=1.0, end_s=1.2, confidence=None)]
    """
    return [
        word
        for word in words
        if any(
            part.start_s - WORD_CHECK.collar_s < word.end_s
            and part.end_s + WORD_CHECK.collar_s > word.start_s
            for part in speech
        )
    ]


def without_loops(words: Sequence[Word]) -> list[Word]:
    """The words, with each phrase that is repeated as a loop kept once.

    A run of digits is no loop as long as it could be part of a telephone number.

    >>> texts = "call me I need I need I need I need".split()
    >>> words = [Word(text, at, at + 0.5) for at, text in enumerate(texts)]
    >>> " ".join(word.text for word in without_loops(words))
    'call me I need'
    """
    kept = list(words)
    plain = [" ".join(word_parts(word.text)) for word in kept]
    at = 0
    while at < len(kept):
        for size in range(1, SETTINGS.phrase_words_max + 1):
            phrase, times = plain[at : at + size], 1
            while plain[at + times * size : at + (times + 1) * size] == phrase:
                times += 1
            if times >= _times_allowed(phrase):
                del kept[at + size : at + times * size], plain[at + size : at + times * size]
                break
        at += 1
    return kept


def are_improbable(words: Sequence[Word]) -> bool:
    """Whether the words of a window are improbable, as they are over noise or music.

    The geometric mean of their probabilities is compared: over noise the first word's is close to 0.

    >>> are_improbable([Word("Thank", 0.0, 0.4, 0.02), Word("you.", 0.4, 0.8, 0.97)])
    True
    """
    logs = [math.log(max(word.confidence, 1e-6)) for word in words if word.confidence is not None]
    return bool(logs) and sum(logs) / len(logs) < SETTINGS.word_log_probability_min


def uncovered(
    words: Sequence[Word], speech: Sequence[Interval], least_s: float = SETTINGS.gap_s
) -> list[Interval]:
    """Stretches of speech of `least_s` or more that no word covers.

    A word may end only where the next one starts. So a word covers no more time than its syllables need.

    >>> said = [Word("hi", 0.5, 0.8), Word("mary", 0.8, 4.9), Word("bye", 4.9, 5.3)]
    >>> uncovered(said, [Interval(0.5, 5.3)])
    [Interval(start_s=2.1, end_s=4.9)]
    """
    gaps = []
    for part in joined(speech, SETTINGS.gap_join_s):
        at_s = part.start_s
        for word in sorted(words, key=lambda word: word.start_s):
            if word.end_s <= part.start_s or word.start_s >= part.end_s:
                continue
            gaps.append(Interval(at_s, word.start_s))
            at_s = max(at_s, min(word.end_s, word.start_s + longest_s(word.text)))
        gaps.append(Interval(at_s, part.end_s))
    return [gap for gap in gaps if gap.duration_s >= least_s]


def _times_allowed(phrase: Sequence[str]) -> int:
    digits = sum(1 if word in DIGIT_WORDS else sum(map(str.isdigit, word)) for word in phrase)
    if digits and all(word in DIGIT_WORDS or not re.search(r"[^\W\d]", word) for word in phrase):
        return max(SETTINGS.phrase_times, SETTINGS.digits_max // digits + 1)
    return SETTINGS.word_times if len(phrase) == 1 else SETTINGS.phrase_times
