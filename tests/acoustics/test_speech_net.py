"""The net that corrects the edges of speech."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics import vad
from aftertone.acoustics.speech_net import (
    N_BAND_PAIRS,
    N_CONTOURS,
    NET,
    OFFSETS,
    contours_of,
)

FRAMES = 300


def contour(value: float) -> NDArray[np.float32]:
    return np.full(FRAMES, value, np.float32)


def bands(level_db: float) -> NDArray[np.float32]:
    return np.full((FRAMES, 2 * N_BAND_PAIRS), level_db, np.float32)


def seen(clear_db: float, level_db: float, strength: float) -> NDArray[np.float32]:
    return contours_of(contour(clear_db), contour(level_db), contour(strength), bands(level_db - 10))


def test_the_net_sees_frames_around_each_frame() -> None:
    ramp = (np.arange(FRAMES) / 100).astype(np.float32)
    found = NET.inputs(contours_of(ramp, contour(-10.0), contour(0.5), bands(-20.0)))
    assert found.shape == (FRAMES, NET.input_count)
    contours = found[100, : 3 * len(OFFSETS)].reshape(-1, 3)
    np.testing.assert_allclose(contours[:, 0], [(100 + offset) / 100 for offset in OFFSETS])
    np.testing.assert_allclose(contours[:, 1:], [(-10.0, 0.5)] * len(OFFSETS))
    assert found[0, 0] == 0.0  # the first frame stands for those before it


def test_a_loud_voice_is_likely_and_faint_noise_is_not() -> None:
    assert NET.likelihood(seen(18.0, -3.0, 0.95)).min() > 0.9
    assert NET.likelihood(seen(0.5, -45.0, 0.2)).max() < 0.1


def test_the_likelihood_has_no_other_memory() -> None:
    """Nor do the blocks show that frames go through the net in."""
    draw = np.random.default_rng(0)
    table = (10 * draw.normal(size=(2_500, N_CONTOURS + N_BAND_PAIRS))).astype(np.float32)
    reach = max(OFFSETS)
    part = NET.likelihood(table[900 - reach : 2_100 + reach])[reach:-reach]
    np.testing.assert_allclose(NET.likelihood(table)[900:2_100], part, rtol=1e-4)


def corrected(
    likely: NDArray[np.float32], *, loud: bool = False, audible: bool = True
) -> list[tuple[int, int]]:
    starts, ends = vad._corrected(
        np.array([100]), np.array([200]), likely, np.full(FRAMES, loud), np.full(FRAMES, audible)
    )
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def test_a_late_tail_is_taken_away_unless_it_is_loud() -> None:
    likely = contour(0.7)
    likely[170:] = 0.1
    assert corrected(likely) == [(100, 170)]
    assert corrected(likely, loud=True) == [(100, 200)]


def test_a_weak_end_is_given_back_if_it_can_be_heard() -> None:
    likely = contour(0.1)
    likely[95:230] = 0.95
    assert corrected(likely) == [(95, 230)]
    assert corrected(likely, audible=False) == [(100, 200)]


def test_a_likely_stretch_that_the_rules_do_not_find_is_no_speech() -> None:
    likely = contour(0.1)
    likely[100:200] = likely[230:280] = 0.95
    assert corrected(likely) == [(100, 200)]


def test_a_pause_inside_is_found() -> None:
    likely = contour(0.9)
    likely[140:170] = 0.2
    likely[:100] = likely[200:] = 0.0
    assert corrected(likely) == [(100, 140), (170, 200)]
