import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.acoustics.interval import Interval
from aftertone.language.pronunciation import _dictionary
from aftertone.language.syllables import fit_share, spelled_syllable_count, syllable_count
from aftertone.language.transcript import Word


def test_spelling_alone_is_exact_for_nine_in_ten_dictionary_words() -> None:
    words = [word for word in _dictionary() if re.fullmatch(r"[a-z']{2,}", word)]
    sample = random.Random(20240229).sample(words, 5000)
    exact = sum(
        spelled_syllable_count(word)
        == sum(phone[-1] in "012" or phone[:2] in VOWELS for phone in _dictionary()[word].split())
        for word in sample
    )
    assert exact / len(sample) >= 0.90


VOWELS = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("message", 2), ("Message,", 2), ("I'm", 1), ("voicemail", 2), ("area", 3), ("Tuesday", 2),
        ("invoice", 2), ("555-1234", 7), ("5:30", 3), ("p.m.", 2), ("seven", 2), ("800", 3), ("zero", 2),
        ("opportunity", 5), ("the(2)", 1), ("follow-up", 3), ("um", 1), ("hmm", 1), ("zylotrix", 3), ("", 0),
        ("[NOISE]", 0), ("appreciate", 4), ("0", 2), ("007", 6),
    ],
)  # fmt: skip
def test_syllables_of_one_word(word: str, count: int) -> None:
    assert syllable_count(word) == count


def test_counts_of_known_words_are_cached() -> None:
    syllable_count("hello")
    start = time.perf_counter()
    for _ in range(10_000):
        syllable_count("hello")
    assert time.perf_counter() - start < 0.5


def test_fit_share_of_right_and_wrong_words() -> None:
    speech = [Interval(0.0, 1.0), Interval(2.0, 3.0)]
    nuclei_s = [0.2, 0.7, 2.1, 2.4, 2.8]
    right = [Word("hello", 0.0, 1.0), Word("january", 2.0, 3.0)]  # 2 and 4 syllables
    assert fit_share(right, speech, nuclei_s) == pytest.approx(5 / 6)
    swapped = [Word("january", 0.0, 1.0), Word("hello", 2.0, 3.0)]  # the same total, in the wrong places
    assert fit_share(swapped, speech, nuclei_s) == pytest.approx(4 / 7)
    assert fit_share([], speech, nuclei_s) == 0.0
    assert fit_share(right, speech, []) == 0.0
    assert fit_share([], speech, []) is None


@given(
    st.lists(st.integers(0, 50), min_size=4, max_size=4, unique=True), st.lists(st.floats(0, 10), max_size=20)
)
def test_fit_share_is_between_0_and_1(times: list[int], nuclei_s: list[float]) -> None:
    at_s = sorted(time / 5 for time in times)
    words = [Word("hello", at_s[0], at_s[2]), Word("555-1234", at_s[1], at_s[3])]
    speech = [Interval(*at_s[:2]), Interval(*at_s[2:])]
    share = fit_share(words, speech, nuclei_s)
    assert share is None or 0 <= share <= 1
