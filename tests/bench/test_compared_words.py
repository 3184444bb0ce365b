"""Text normalisation and word errors."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks.common.words import Errors, compared, errors_of

needs_jiwer = pytest.mark.skipif(find_spec("jiwer") is None, reason="jiwer is not installed: the eval extra")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Mr. Hale, of St. James's.", "mister hale of saint james's"),
        ("In 1939 he paid $5 on the 3rd.", "in nineteen thirty nine he paid five dollars on the third"),
        ("100% of 16. Alright.", "a hundred percent of sixteen all right"),
        ("Well—it's the colour, realised…", "well it's the color realized"),
        ("the 12-year-old, straight-forward", "the twelve year old straight forward"),
        ("It's at 5:30 p.m., okay?", "it's at five thirty pm ok"),
        ("I'm gonna", "i'm going to"),
        ("HTML", "H_T_M_L_"),
        ("5, oh, 4", "five zero four"),
        ("Mm-hmm. Uh-huh. Hmm. Mm. Uh huh.", ""),
        ("[laughter] yes (coughs) ♪ ha ha, haha", "yes"),
    ],
)
def test_two_spellings_become_one(written: str, said: str) -> None:
    assert compared(written).words == compared(said).words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("they're", "there"),
        ("for", "four"),
        ("can", "can't"),
        ("rise", "rice"),
        ("her", "er"),
        ("oh", "zero"),
    ],
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert compared(one).words != compared(other).words


def test_hesitations_are_counted_separately() -> None:
    found = compared("Um, so, uh- I, er, mm-hmm, umm think uh.")
    assert found.words == ("so", "i", "think")
    assert found.hesitation_count == 5


def test_numerals_are_read_digit_by_digit() -> None:
    assert (
        compared("268-4418", digit_by_digit=True).words == compared("two six eight four four one eight").words
    )


@needs_jiwer
@pytest.mark.parametrize(
    ("said", "written", "errors"),
    [
        ("hi there sam", "hi Sam", Errors(3, 0, 1, 0)),
        ("hi there sam", "", Errors(3, 0, 3, 0)),
        ("hi there sam", "hi um there, Pam, thanks", Errors(3, 1, 0, 1)),
        ("um", "Thanks for watching!", Errors(0, 0, 0, 3)),
        ("i <cutoff-wan> want it", "I want it", Errors(3, 0, 0, 0)),  # a fragment left out
        ("i <cutoff-wan> want it", "I want want it", Errors(3, 0, 0, 0)),  # or written as a word
        ("i want it", "I wan- want it", Errors(3, 0, 0, 0)),
        ("i want it", "I want- it", Errors(3, 0, 0, 0)),  # a word written as if broken off
        ("i want it", "I wan it", Errors(3, 1, 0, 0)),
        ("the shop boy came", "The shopboy came anyone", Errors(4, 0, 0, 1)),  # a difference of spelling
        ("onto it", "on to it", Errors(2, 0, 0, 0)),
        ("per cent", "percentage", Errors(2, 1, 1, 0)),
    ],
)
def test_errors_count_whole_words(said: str, written: str, errors: Errors) -> None:
    assert errors_of(compared(said), compared(written)) == errors


@needs_jiwer
def test_a_written_record_can_be_read(tmp_path: Path) -> None:
    from aftertone import Recording
    from benchmarks import recognition_accuracy as bench
    from benchmarks.common.tables import TUNED

    silence = Recording.from_samples(np.zeros(16_000), 16_000)
    said = ("call me um back", "thank you")
    items = [bench.Item(f"message {n}", silence, text) for n, text in enumerate(said)]
    plain = [bench.row_of(item, bench.Written("call me", 0.1)) for item in items]
    ours = [bench.row_of(item, bench.Written(f"um {item.said}", 0.2, 1)) for item in items]
    results = {
        ("base", "ami", "full", "plain"): plain,
        ("base", "ami", "full", "aftertone"): ours,
        ("base", "hum", "full", "plain"): [
            bench.row_of(bench.Item("hum", silence, ""), bench.Written("Um, you", 0))
        ],
    }
    bench.write_results(tmp_path / "record.json", results)
    assert bench.read_results(tmp_path / "record.json") == results
    speech, pairs, without_speech = bench.tables(results)
    by_row = dict(speech.rows)
    assert by_row["ami, full, plain"]["wrong %"] == pytest.approx(100 * 3 / 5)
    assert by_row["ami, full, plain"]["dropped"] == 1
    assert by_row["ami, full, aftertone" + TUNED]["filler F1, words"] == pytest.approx(2 * 1 / (1 + 3))
    assert by_row["ami, full, aftertone" + TUNED]["filler F1, measure"] == pytest.approx(2 * 1 / (1 + 2))
    assert pairs.rows[0][1]["difference"] == pytest.approx(-60)
    assert without_speech.rows[-1][1]["full, words"] == 2
    assert without_speech.rows[-1][1]["full, per min"] == pytest.approx(120)
