from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftertone.acoustics.analysis import listen
from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.language.transcript import CROSS_ATTENTION, Transcript, Word
from aftertone.language.word_times import aligned, with_filled_pauses, with_word_times
from aftertone.pipeline import measure

ROOT = Path(__file__).parents[2]
MFA = ROOT.parent / "shared" / "data" / "mfa"


ROUGH = {"word_times": CROSS_ATTENTION}


def sample(name: str) -> tuple[Recording, list[dict[str, Any]], dict[str, Any]]:
    truth = json.loads((ROOT / "sample_audio" / "truth" / f"{name}.json").read_text())
    return read_audio(ROOT / "sample_audio" / truth["file"]), truth["words"], truth


def smeared(words: list[dict[str, Any]], by_s: float = 0.1) -> Transcript:
    """Words at wrong times, as a recogniser gives them."""
    late = (Word(w["text"], w["start_s"] + by_s, w["end_s"] + by_s, 0.9) for w in words)
    return Transcript(tuple(late), engine="truth", settings=ROUGH)


def errors_s(words: Sequence[Word], truth: list[dict[str, Any]]) -> list[float]:
    pairs = list(zip(words, truth, strict=True))
    starts = [abs(word.start_s - w["start_s"]) for word, w in pairs]
    return starts + [abs(word.end_s - w["end_s"]) for word, w in pairs]


def test_words_get_the_times_at_which_they_are_said() -> None:
    recording, words, _ = sample("number_once")
    result = with_word_times(smeared(words), listen(recording))
    assert [word.text for word in result.words] == [w["text"] for w in words]
    assert median(errors_s(result.words, words)) < 0.04  # they were given 0.1 s late
    assert result.settings["word_times"] == "forced alignment"
    assert result.engine == "truth"
    assert {word.confidence for word in result.words} == {0.9}


def test_times_that_are_not_rough_stay() -> None:
    recording, words, _ = sample("number_once")
    true = Transcript(smeared(words, 0.0).words, settings={"word_times": "by hand"})
    assert with_word_times(true, listen(recording)) is true


def test_a_transcript_is_aligned_once() -> None:
    recording, words, _ = sample("number_once")
    sound = listen(recording)
    once = with_word_times(smeared(words), sound)
    assert with_word_times(once, sound) is once


def test_a_word_stretched_over_a_pause_is_cut() -> None:
    """Whisper stretches a word over the pause before it."""
    recording, words, _ = sample("long_hesitations")
    given = list(smeared(words, 0.0).words)
    gaps_s = [b.start_s - a.end_s for a, b in pairwise(given)]
    at = max(range(len(gaps_s)), key=gaps_s.__getitem__) + 1
    given[at] = replace(given[at], start_s=given[at - 1].end_s)
    result = with_word_times(Transcript(tuple(given), settings=ROUGH), listen(recording))
    assert result.words[at].start_s == pytest.approx(words[at]["start_s"], abs=0.1)


@given(st.lists(st.tuples(st.floats(0, 12), st.floats(0, 3)), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_words_keep_their_order_whatever_their_times(times: list[tuple[float, float]]) -> None:
    recording, words, _ = sample("number_once")
    starts = sorted(times)
    given = tuple(
        Word(w["text"], at_s, at_s + long_s) for w, (at_s, long_s) in zip(words, starts, strict=False)
    )
    found = with_word_times(Transcript(given, settings=ROUGH), listen(recording)).words
    assert [word.text for word in found] == [word.text for word in given]
    assert all(word.start_s <= word.end_s for word in found)
    assert all(a.start_s <= b.start_s and a.end_s <= b.start_s for a, b in pairwise(found))


def test_a_written_number_keeps_its_text() -> None:
    recording, words, truth = sample("number_once")
    digits = truth["digits"]
    first_s, last_s = digits[0]["start_s"], digits[-1]["end_s"]
    before = [w for w in words if w["end_s"] <= first_s + 0.01]
    after = [w for w in words if w["start_s"] >= last_s - 0.01]
    text = "".join(digit["digit"] for digit in digits)
    written = Word(f"{text[:3]}-{text[3:6]}-{text[6:]}", first_s + 0.2, last_s - 0.3, 0.8)
    given = (*smeared(before, 0.0).words, written, *smeared(after, 0.0).words)
    (number,) = [word for word in aligned(given, recording) if word.confidence == 0.8]
    assert number.text == written.text
    assert number.start_s == pytest.approx(first_s, abs=0.1)
    assert number.end_s == pytest.approx(last_s, abs=0.1)


def test_words_without_pronunciation_keep_their_times() -> None:
    silence = Recording.from_samples(np.zeros(16_000), 16_000)
    assert aligned((), silence) == ()
    odd = (Word("…", 0.2, 0.3), Word("日本", 0.4, 0.5))
    assert aligned(odd, silence) == odd


def test_a_filled_pause_ends_with_its_sound() -> None:
    before = (Word("so", 0.0, 0.3), Word("um,", 0.5, 0.55), Word("yes", 1.6, 2.0))
    placed = (before[0], Word("um,", 1.2, 1.25), before[2])
    (_, um, _) = with_filled_pauses(
        placed, before, [Interval(0.0, 0.35), Interval(0.45, 0.9), Interval(1.5, 2.0)]
    )
    assert um.interval == (0.45, 0.9)


def test_a_filled_pause_has_a_greatest_length() -> None:
    before = (Word("um", 0.5, 0.6), Word("yes", 6.0, 6.3))
    um, _ = with_filled_pauses(before, before, [Interval(0.5, 7.0)])
    assert um.interval.duration_s == pytest.approx(1.2)


def test_a_filled_pause_lies_between_its_neighbours() -> None:
    before = (Word("so", 0.0, 0.3), Word("uh", 0.1, 0.9), Word("yes", 0.7, 2.0))
    (so, uh, yes) = with_filled_pauses(before, before, [Interval(0.0, 2.0)])
    assert so.end_s <= uh.start_s < uh.end_s <= yes.start_s


def test_the_pipeline_aligns() -> None:
    recording, words, truth = sample("number_once")

    class Late:
        name = "late"

        def transcribe(self, recording: Recording) -> Transcript:
            return smeared(words, 0.12)

    number = truth["number"]
    measured = measure(recording, engine=Late())
    assert measured.number.digits == number["digits"]
    assert measured.number.digits_per_s == pytest.approx(number["digits_per_s"], rel=0.1)


@pytest.mark.parametrize("name", ["acoustic_corpus", "cold_corpus"])
def test_word_edges_in_labelled_speech(name: str) -> None:
    path = MFA / "words" / f"{name}.csv"
    if not path.is_file():
        pytest.skip("shared/data/mfa not found beside the checkout")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if float(row["end"]) < 12]
    early = ((row["word"], max(0.0, float(row["start"]) - 0.15), float(row["end"])) for row in rows)
    given = tuple(Word(*each) for each in early)  # smeared over what is before, as Whisper does
    found = with_word_times(Transcript(given, settings=ROUGH), listen(read_audio(MFA / f"{name}.wav"))).words
    off_s = [abs(word.start_s - float(row["start"])) for word, row in zip(found, rows, strict=True)]
    assert median(off_s) < 0.03
