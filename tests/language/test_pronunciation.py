from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.language.pronunciation import _by_spelling, pronunciation
from aftertone.language.syllables import _pronunciations

# CMUdict's phones, which the acoustic model knows
PHONES = frozenset(
    """AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z
    ZH""".split()  # noqa: SIM905
)


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("mary", "M EH R IY"),  # the dictionary
        ("O'Neill", "OW N IY L"),
        ("lakeshore", "L EY K SH AO R"),  # two words of it
        ("hillcrest's", "HH IH L K R EH S T S"),  # and whose it is
        ("zellick", "Z EH L IH K"),  # the spelling
        ("vane's", "V EY N Z"),
    ],
)
def test_words_are_said_as_one_would(word: str, phones: str) -> None:
    assert pronunciation(word) == phones


@pytest.mark.parametrize("text", ["", "'", "-", "123", "日本"])
def test_what_has_no_letters_is_not_said(text: str) -> None:
    assert pronunciation(text) is None


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=20))
def test_every_spelling_is_said_in_known_phones(word: str) -> None:
    said = pronunciation(word)
    if any(letter.isalpha() for letter in word):
        assert said
        assert set(said.split()) <= PHONES


def test_spelling_gives_most_phones_of_the_dictionary() -> None:
    words = sorted(word for word in _pronunciations() if word.isalpha() and len(word) > 2)
    wrong = phones = 0
    for word in random.Random(1).sample(words, 500):
        true = _pronunciations()[word].split()
        wrong += _distance(true, _by_spelling(word).split())
        phones += len(true)
    assert wrong / phones < 0.3


def _distance(a: list[str], b: list[str]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]
