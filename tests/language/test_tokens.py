import pytest

from aftertone.language.tokens import spoken_words, tokens, word_parts
from aftertone.language.transcript import Transcript, Word


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("Hi,", ("hi",)),
        ("p.m.", ("pm",)),
        ("A.M.,", ("am",)),
        ("follow-up", ("follow", "up")),
        ("800-555-1234.", ("800-555-1234",)),
        ("(800)", ("800",)),
        ("the(2)", ("the",)),
        ("don’t", ("don't",)),
        ("[SPEECH]", ()),
        ("<sil>", ()),
        ("(laughs)", ()),
        ("++NOISE++", ()),
        ("…", ()),
        ("—", ()),
        ("$1,250.50", ("$1,250.50",)),
        ("5:30", ("5:30",)),
        ("o'clock", ("o'clock",)),
        ("call—please", ("call", "please")),
        ("+1", ("+1",)),
        ("I", ("i",)),
        ("a.", ("a",)),
    ],
)
def test_parts_of_one_written_word(written: str, parts: tuple[str, ...]) -> None:
    assert word_parts(written) == parts


@pytest.mark.parametrize(
    ("written", "mark"),
    [("Friday.", "."), ("Hi,", ","), ("right?", "?"), ("p.m.", ""), ("Mr.", ""), ("stop!", "."), ("hi", "")],
)
def test_tokens_keep_the_mark_after_a_word(written: str, mark: str) -> None:
    assert tokens(Transcript((Word(written, 0.0, 1.0),)))[-1].mark == mark


def test_tokens_keep_the_index_and_time_of_their_word() -> None:
    heard = tokens(Transcript((Word("Hi,", 0.0, 0.2), Word("[NOISE]", 0.2, 0.3), Word("check-in", 0.3, 0.8))))
    assert [token.word_index for token in heard] == [0, 2, 2]
    assert heard[-1].start_s == 0.3
    assert heard[-1].end_s == 0.8


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
def test_spoken_words_of_written_text(text: str, said: str) -> None:
    assert " ".join(spoken_words(text)) == said
