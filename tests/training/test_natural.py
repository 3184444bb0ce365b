"""Synthesised sentences for training: times of vowels and of "um"."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from training.natural import NEAR_S, Sentence, sentence, stored_at


def stored(
    folder: Path, text: str, phones: list[tuple[float, float]], words: list[tuple[float, float]]
) -> Sentence:
    """A sentence that is read from the store; nothing is synthesised."""
    path = stored_at("af_sky", text, 1.0, folder)
    np.savez(path, samples=np.zeros(24_000, np.float32), phones=phones, words=words)
    return sentence("af_sky", text, 1.0, folder)


def test_a_vowel_includes_its_stress_and_is_stretched_to_its_word(tmp_path: Path) -> None:
    # "um" is ˈʌm, "uh" is ˈʌ: the network's second word is 0.4 s long, and sounds for 0.2 s
    phones = [(0.1, 0.15), (0.15, 0.25), (0.25, 0.3), (0.5, 0.6), (0.6, 0.9)]
    said = stored(tmp_path, "um, uh.", phones, [(0.1, 0.3), (0.5, 0.7)])
    assert said.vowels == pytest.approx(np.array([(0.1, 0.25), (0.5, 0.7)]))
    assert said.pauses == [(0.1, 0.3), (0.5, 0.7)]


def test_limits_of_nuclei_are_near_the_middle_and_do_not_overlap() -> None:
    vowels = ((0.10, 0.14), (0.16, 0.20), (0.50, 0.70))
    said = Sentence("af_sky", "", np.zeros(1, np.float32), (), vowels)
    assert said.syllables[0][1] == said.syllables[1][0] == pytest.approx(0.15)
    assert said.syllables[2] == pytest.approx((0.6 - NEAR_S, 0.6 + NEAR_S))
    assert all(a[1] <= b[0] for a, b in pairwise(said.syllables))
