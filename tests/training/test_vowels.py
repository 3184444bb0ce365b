"""Vowels by forced alignment: limits of nuclei, and vowels inside their words."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from aftertone.acoustics.audio import read_audio
from aftertone.acoustics.interval import Interval
from aftertone.language.syllables import syllable_count
from training.vowels import NEAREST_S, apart, vowels

SAMPLES = Path(__file__).parents[2] / "sample_audio"


def test_limits_of_nuclei_do_not_overlap_and_are_not_too_short() -> None:
    placed = [(0.10, 0.13), (0.14, 0.30), (0.50, 0.51)]
    found = list(apart(placed))
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert found[0] == pytest.approx((0.085, 0.145))
    assert found[2] == pytest.approx((0.505 - NEAREST_S, 0.505 + NEAREST_S))


def test_vowels_lie_in_their_words() -> None:
    name = "dentist_callback"
    truth = json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))
    words = truth["words"][:12]
    recording = read_audio(SAMPLES / truth["file"])
    excerpt = Interval(max(words[0]["start_s"] - 0.2, 0.0), words[-1]["end_s"] + 0.1)
    placed = vowels(recording, excerpt, [word["text"].lower() for word in words])
    counts = [syllable_count(word["text"]) for word in words]
    assert len(placed) == pytest.approx(sum(counts), abs=1)
    middles_s = [(start_s + end_s) / 2 for start_s, end_s in placed]
    inside = [
        sum(word["start_s"] - 0.05 <= at_s <= word["end_s"] + 0.05 for at_s in middles_s) >= count
        for word, count in zip(words, counts, strict=True)
    ]
    assert sum(inside) >= len(words) - 1


def test_words_that_are_not_spoken_are_not_placed() -> None:
    recording = read_audio(SAMPLES / "dentist_callback.flac")
    assert not vowels(recording, Interval(0.0, 0.3), ["unfortunately"] * 6)
