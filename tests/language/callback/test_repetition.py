from __future__ import annotations

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.language.callback.repetition import (
    OPTIONS,
    best_match,
    subsequences,
)


def subsequence(distance: np.ndarray) -> tuple[float, int, int]:
    """The cheapest of all ways: mean cost of a row, first and last column."""
    costs, starts = subsequences(distance)
    last = int(costs.argmin())
    return float(costs[last]), int(starts[last]), last


@pytest.mark.parametrize("seed", range(5))
def test_the_path_is_never_cheaper_than_librosas(seed: int) -> None:
    sequence = pytest.importorskip("librosa.sequence")
    distance = np.random.default_rng(seed).uniform(0.1, 1.0, (12, 40))
    steps = np.array([[1, 1], [1, 2], [2, 1]])
    total, path = sequence.dtw(
        C=distance, subseq=True, step_sizes_sigma=steps, weights_mul=np.array([1.0, 1.0, 1.0])
    )
    cost, first, last = subsequence(distance)
    # librosa pays once for a step over two rows, and we for both: ours is never the cheaper
    assert cost * 12 >= float(total[-1].min()) - 1e-9
    assert 0 <= first <= last < 40
    assert path.shape[1] == 2


def test_the_diagonal_is_found_and_costs_nothing() -> None:
    distance = np.ones((6, 20))
    distance[np.arange(6), np.arange(6) + 9] = 0.0
    assert subsequence(distance) == (0.0, 9, 14)


def test_twice_the_pace_and_half_of_it_are_found() -> None:
    quick, slow = np.ones((6, 20)), np.ones((6, 20))
    slow[np.arange(6), 2 * np.arange(6) + 4] = 0.0
    assert subsequence(slow) == (0.0, 4, 14)
    for row in range(6):
        quick[row, 5 + (row + 1) // 2] = 0.0
    assert subsequence(quick)[0] == 0.0


def tune(notes_hz: list[float], rate_hz: int = 16_000) -> np.ndarray:
    """Buzzes of 0.2 s whose timbre differs, each after a short rest."""
    parts = []
    time_s = np.arange(int(0.2 * rate_hz)) / rate_hz
    for hz in notes_hz:
        buzz = sum(
            np.sin(2 * np.pi * 120 * k * time_s) * np.exp(-(((120 * k - hz) / 200) ** 2))
            for k in range(1, 30)
        )
        parts += [0.2 * buzz, np.zeros(int(0.05 * rate_hz))]
    return np.concatenate(parts)


def test_a_repetition_is_found_where_it_is() -> None:
    rng = np.random.default_rng(0)
    theme = tune([400, 2400, 900, 1600, 600, 2000])
    other = tune([2000, 2100, 500, 450, 3000, 2900])
    samples = np.concatenate([other, theme, other, np.zeros(4_000), theme, other])
    samples = samples + rng.normal(0, 1e-3, samples.size)
    frames = frames_of(Recording.from_samples(samples.astype(np.float32), rate_hz=16_000))
    start_s = other.size / 16_000
    match = best_match(frames, Interval(start_s, start_s + theme.size / 16_000))
    assert match is not None
    assert match.cost < OPTIONS.cost_max
    assert match.contrast < OPTIONS.contrast_max
    assert match.is_repetition
    again_s = (2 * other.size + theme.size + 4_000) / 16_000
    assert match.interval.start_s == pytest.approx(again_s, abs=0.1)
    assert match.interval.end_s == pytest.approx(again_s + theme.size / 16_000, abs=0.15)


def test_a_stretch_that_sounds_once_has_no_repetition() -> None:
    rng = np.random.default_rng(0)
    theme = tune([400, 2400, 900, 1600, 600, 2000])
    other = tune([2000, 2100, 500, 450, 3000, 2900, 3100, 400, 420])
    samples = np.concatenate([theme, other]) + rng.normal(0, 1e-3, theme.size + other.size)
    frames = frames_of(Recording.from_samples(samples.astype(np.float32), rate_hz=16_000))
    match = best_match(frames, Interval(0.0, theme.size / 16_000))
    assert match is None or match.cost > OPTIONS.cost_max


def test_a_monotonous_voice_has_no_repetition() -> None:
    rng = np.random.default_rng(0)
    drone = tune([float(hz) for hz in rng.choice([500, 560, 620], 40)])
    samples = drone + rng.normal(0, 1e-3, drone.size)
    frames = frames_of(Recording.from_samples(samples.astype(np.float32), rate_hz=16_000))
    match = best_match(frames, Interval(0.0, 2.5))
    assert match is not None
    assert match.cost < OPTIONS.cost_max
    assert not match.is_repetition


def test_a_path_needs_columns_for_every_row() -> None:
    costs, _ = subsequences(np.random.default_rng(1).uniform(0.1, 1.0, (8, 30)))
    assert not np.isfinite(costs[:4]).any()  # eight rows need five columns
    assert np.isfinite(costs[4:]).all()


def test_digital_silence_is_measured_without_an_error() -> None:
    frames = frames_of(Recording.from_samples(np.zeros(64_000, np.float32), rate_hz=16_000))
    match = best_match(frames, Interval(0.5, 1.5))
    assert match is not None
    assert match.cost == 0.0


def test_a_rest_that_is_too_short_has_no_match() -> None:
    frames = frames_of(Recording.from_samples(np.zeros(16_000, np.float32), rate_hz=16_000))
    assert best_match(frames, Interval(0.0, 1.0)) is None
