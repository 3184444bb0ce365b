import random
import re
import sys
import time

import pytest

from aftertone.language.pronunciation import _dictionary
from aftertone.language.syllables import spelled_syllable_count, syllable_count
from aftertone.language.tokens import spoken_words


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("555-1234", "five five five one two three four"),
        ("5551234", "five five five one two three four"),
        ("800-555-1234.", "eight zero zero five five five one two three four"),
        ("(800) 555-1234", "eight hundred five five five one two three four"),
        ("+44 20 7946 0958", "plus forty four twenty seven nine four six zero nine five eight"),
        ("5:30", "five thirty"), ("5:00", "five"), ("5:05 p.m.", "five oh five p m"), ("3pm", "three p m"),
        ("11:45am", "eleven forty five a m"),
        ("12", "twelve"), ("25", "twenty five"), ("0", "zero"), ("90", "ninety"), ("100", "one hundred"),
        ("800", "eight hundred"), ("1500", "fifteen hundred"), ("555", "five five five"),
        ("2024", "twenty twenty four"), ("1999", "nineteen ninety nine"), ("2005", "twenty oh five"),
        ("2000", "two thousand"),
        ("$1,250", "one thousand two hundred fifty dollars"), ("$12.50", "twelve dollars fifty"),
        ("£40", "forty pounds"), ("$3", "three dollars"), ("50%", "fifty percent"), ("2.5", "two point five"),
        ("#4471", "number four thousand four hundred seventy one"),
        ("4471", "four four seven one"), ("21st", "twenty first"), ("30th", "thirtieth"), ("2nd", "second"),
        ("12th", "twelfth"), ("5th", "fifth"), ("1-800-FLOWERS", "one eight zero zero flowers"),
        ("Hi, it's Mr. Lee.", "hi it's mr lee"), ("follow-up", "follow up"), ("A & B", "a and b"),
        ("[SPEECH] hello", "hello"), ("", ""),
    ],
)  # fmt: skip
def test_written_text_as_it_is_said(text: str, said: str) -> None:
    assert " ".join(spoken_words(text)) == said


def test_the_recogniser_is_not_imported_to_read_its_dictionary() -> None:
    assert "called" in _dictionary()
    assert "pocketsphinx" not in sys.modules or hasattr(sys.modules["pocketsphinx"], "Decoder")


def test_known_words_are_looked_up_at_once() -> None:
    syllable_count("hello")
    start = time.perf_counter()
    for _ in range(10_000):
        syllable_count("hello")
    assert time.perf_counter() - start < 0.5
