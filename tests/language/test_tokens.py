import pytest

from aftertone.language.tokens import tokens, word_parts
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
def test_one_written_word_becomes_its_spoken_words(written: str, parts: tuple[str, ...]) -> None:
    assert word_parts(written) == parts


@pytest.mark.parametrize(
    ("written", "mark"),
    [("Friday.", "."), ("Hi,", ","), ("right?", "?"), ("p.m.", ""), ("Mr.", ""), ("stop!", "."), ("hi", "")],
)
def test_the_mark_after_a_word_is_kept(written: str, mark: str) -> None:
    assert tokens(Transcript((Word(written, 0.0, 1.0),)))[-1].mark == mark


def test_tokens_remember_the_word_and_time_they_came_from() -> None:
    heard = tokens(Transcript((Word("Hi,", 0.0, 0.2), Word("[NOISE]", 0.2, 0.3), Word("check-in", 0.3, 0.8))))
    assert [token.word_index for token in heard] == [0, 2, 2]
    assert heard[-1].start_s == 0.3
    assert heard[-1].end_s == 0.8
