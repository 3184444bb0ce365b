from __future__ import annotations

import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.language.pronunciation import _by_spelling, _dictionary, pronunciation, sound_distance

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
def test_pronunciations_by_dictionary_parts_and_spelling(word: str, phones: str) -> None:
    assert pronunciation(word) == phones


@pytest.mark.parametrize("text", ["", "'", "-", "123", "日本"])
def test_a_text_without_letters_has_no_pronunciation(text: str) -> None:
    assert pronunciation(text) is None


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=20))
def test_every_spelling_has_known_phones(word: str) -> None:
    said = pronunciation(word)
    if any(letter.isalpha() for letter in word):
        assert said
        assert set(said.split()) <= PHONES


def test_spelling_gives_most_phones_of_the_dictionary() -> None:
    words = sorted(word for word in _dictionary() if word.isalpha() and len(word) > 2)
    wrong = phones = 0
    for word in random.Random(1).sample(words, 500):
        true = _dictionary()[word].split()
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


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("Knight", "night", 0.0, 0.0),
        ("Philip", "Filip", 0.0, 0.1),
        ("Niamh", "Neve", 0.0, 0.0),
        ("bad", "bat", 0.16, 0.17),  # one of three consonants, its voice alone
        ("bad", "bass", 0.33, 0.34),
        ("", "Mary", 1.0, 1.0),
    ],
)
def test_sound_distances(one: str, other: str, least: float, most: float) -> None:
    assert least <= sound_distance(one, other) == sound_distance(other, one) <= most


def test_the_distance_of_a_word_to_itself_is_zero_and_no_distance_is_over_one() -> None:
    words = ["Mary", "merry", "Siobhan", "chevron", "Karen"]
    assert all(sound_distance(word, word) == 0.0 for word in words)
    assert all(sound_distance(one, other) <= 1.0 for one in words for other in words)


def test_the_dictionary_is_read_without_importing_pocketsphinx() -> None:
    assert "called" in _dictionary()
    assert "pocketsphinx" not in sys.modules or hasattr(sys.modules["pocketsphinx"], "Decoder")
