"""Spoken digits: paths of known worth, every path tried, what gain and line leave, and flite's own digits."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftertone.acoustics import spoken_digits as module
from aftertone.acoustics.audio import read_audio
from aftertone.acoustics.spoken_digits import (
    DIGITS,
    HOP,
    N_BANDS,
    N_BINS,
    N_OUTPUTS,
    N_PARTS,
    SILENCE,
    digit_path,
    filters,
    normalised,
    power_of,
    shares_of,
    spoken_digits,
)
from aftertone.language.pieces import edits


def worth_of_parts(parts: list[int], sure: float = 9.0) -> np.ndarray:
    """Frames of which each is `sure` of one output."""
    worth = np.full((len(parts), N_OUTPUTS), -sure, np.float32)
    worth[np.arange(len(parts)), parts] = 0.0
    return worth


def said(digit: int, frames_each: int = 3) -> list[int]:
    return [digit * N_PARTS + part for part in range(N_PARTS) for _ in range(frames_each)]


def test_digits_are_found_where_they_are_run_together_and_apart() -> None:
    pause = [SILENCE] * 7
    parts = pause + said(8) + said(0) + pause + said(0, 5) + pause
    expected = [(8, 7, 19), (0, 19, 31), (0, 38, 58)]
    assert digit_path(worth_of_parts(parts)) == expected
    assert digit_path(worth_of_parts(parts), 3) == expected


def test_a_sound_that_ends_in_a_digit_or_begins_with_one_has_it() -> None:
    assert digit_path(worth_of_parts(said(3) + said(4))) == [(3, 0, 12), (4, 12, 24)]
    assert digit_path(worth_of_parts(said(3) + said(4)), 2) == [(3, 0, 12), (4, 12, 24)]


def test_silence_has_no_digits_unless_told() -> None:
    worth = worth_of_parts([SILENCE] * 60)
    assert digit_path(worth) == []
    assert len(digit_path(worth, 4)) == 4


def test_too_short_for_so_many() -> None:
    assert digit_path(worth_of_parts([SILENCE] * 15), 2) == []
    assert digit_path(worth_of_parts([]), None) == []
    assert digit_path(worth_of_parts(said(1)), 0) == []


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.sampled_from([None, 1, 2]))
def test_no_other_path_is_worth_more(seed: int, count: int | None) -> None:
    """Against every division of twenty frames into silence and two digits at most."""
    worth = np.random.default_rng(seed).normal(0, 3, (20, N_OUTPUTS)).astype(np.float32)
    words = (2, 10)  # all others are worth too little
    keep = [SILENCE, *(word * N_PARTS + part for word in words for part in range(N_PARTS))]
    barred = np.setdiff1d(np.arange(N_OUTPUTS), keep)
    worth[:, barred] = -200.0

    def digit_worth(word: int, first: int, past: int) -> float:
        shortest = module._PART_FRAMES_MIN
        best = np.full((past - first + 1, N_PARTS + 1), -np.inf)
        best[0, 0] = 0.0
        for part in range(N_PARTS):
            for start, end in product(range(past - first + 1), repeat=2):
                if end - start >= shortest:
                    inside = float(worth[first + start : first + end, word * N_PARTS + part].sum())
                    inside += module._STAY * (end - start - shortest)
                    best[end, part + 1] = max(best[end, part + 1], best[start, part] + inside)
        return float(best[-1, -1]) + module._A_DIGIT + (module._AN_OH if word == DIGITS.index("oh") else 0.0)

    pauses = np.concatenate([[0.0], np.cumsum(worth[:, SILENCE].astype(float))])
    spans = [(a, b) for a in range(20) for b in range(a + 8, 21)]
    each = {span: max((digit_worth(word, *span), word) for word in words) for span in spans}
    paths: list[tuple[float, list[tuple[int, int, int]]]] = [(float(pauses[-1]), [])] if count is None else []
    paths += [
        (pauses[a] + each[a, b][0] + pauses[-1] - pauses[b], [(each[a, b][1], a, b)])
        for a, b in spans
        if count != 2
    ]
    paths += [
        (pauses[a] + each[a, b][0] + pauses[c] - pauses[b] + each[c, d][0] + pauses[-1] - pauses[d],
         [(each[a, b][1], a, b), (each[c, d][1], c, d)])
        for (a, b), (c, d) in product(spans, repeat=2)
        if b <= c and count != 1
    ]  # fmt: skip
    assert digit_path(worth, count) == max(paths, key=lambda path: path[0])[1]


def test_bands_are_telephone_bands_and_each_has_its_tone() -> None:
    weights = filters()
    np.testing.assert_allclose(weights.sum(axis=0), 1, rtol=1e-5)
    assert weights.shape == (N_BINS, N_BANDS)
    loudest = weights.argmax(axis=0)
    assert (np.diff(loudest) > 0).all()
    assert loudest[-1] * 31.25 < 3_800
    assert (filters(1.2).argmax(axis=0) >= loudest).all()


@given(gain_db=st.floats(-40, 40))
@settings(max_examples=10, deadline=None)
def test_any_gain_and_any_line_are_alike(gain_db: float) -> None:
    draw = np.random.default_rng(1)
    bands = np.exp(draw.normal(0, 1, (50, N_BANDS))).astype(np.float32)
    line = np.exp(draw.normal(0, 0.05, N_BANDS)).astype(np.float32)
    line *= np.float32(10 ** (gain_db / 10))
    np.testing.assert_allclose(normalised(bands * line), normalised(bands), atol=0.3)
    np.testing.assert_allclose(
        normalised(bands * np.float32(10 ** (gain_db / 10))), normalised(bands), atol=1e-3
    )


def test_shares_sum_to_one() -> None:
    likely = np.log(np.random.default_rng(2).dirichlet(np.ones(N_OUTPUTS), 30)).astype(np.float32)
    assert shares_of(likely).sum() == pytest.approx(1)
    assert shares_of(likely).shape == (len(DIGITS) + 2,)


def test_power_is_that_of_a_tone() -> None:
    tone = np.sin(2 * np.pi * 1_000 * np.arange(1_600) / 16_000).astype(np.float32)
    power = power_of(tone)
    assert power.shape == (1 + 1_600 // HOP, N_BINS)
    assert (power[3:-3].argmax(axis=1) == 32).all()


def test_no_digits_in_no_sound() -> None:
    assert spoken_digits(np.zeros(0, np.float32)) == ()
    assert spoken_digits(np.zeros(16_000, np.float32)) == ()


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
@pytest.mark.parametrize("voice", ["slt", "rms"])
def test_flite_s_digits(voice: str, tmp_path: Path) -> None:
    """The net has learnt flite's voices: this holds the whole together, and says nothing of people."""
    path = tmp_path / "said.wav"
    text = "eight zero zero, five five five, one two three four."
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
    recording = read_audio(path)
    heard = spoken_digits(recording.samples, 10)
    digits = "".join(str(DIGITS.index(each.name) % 10) for each in heard)
    assert len(edits("8005551234", digits)) <= 1
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(heard))
    assert heard[-1].end_s <= recording.duration_s + 0.02
    assert np.mean([each.probability for each in heard]) > 0.5
