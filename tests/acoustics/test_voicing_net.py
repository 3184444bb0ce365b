"""The net that says where a voice's pitch is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.voicing_net import (
    CLEAR_DB_MAX,
    LEVEL_DB_MIN,
    N_CONTOURS,
    NET,
    OFFSETS,
    REGISTER_OCTAVES_MAX,
    STEP_OCTAVES_MAX,
    contours_of,
)

FRAMES = 100


def contour(value: float) -> NDArray[np.float32]:
    return np.full(FRAMES, value, np.float32)


def seen(
    strength: float, step_octaves: float, register_octaves: float, level_db: float
) -> NDArray[np.float32]:
    strengths = contour(strength)
    steps, register, level = (contour(value) for value in (step_octaves, register_octaves, level_db))
    return contours_of(strengths, strengths, steps, register, level, 60 + level)


def test_the_net_sees_frames_around_each_frame() -> None:
    ramp = (np.arange(FRAMES) / 100).astype(np.float32)
    found = NET.inputs(
        contours_of(ramp, contour(0.5), contour(0.0), contour(0.0), contour(-10.0), contour(9.0))
    )
    assert found.shape == (FRAMES, NET.input_count)
    np.testing.assert_allclose(found[50, ::N_CONTOURS], [(50 + offset) / 100 for offset in OFFSETS])
    assert found[0, 0] == 0.0  # the first frame stands for those before it


def test_what_the_net_sees_is_bounded() -> None:
    found = seen(0.5, 2.0, -3.0, -150.0)[0, :N_CONTOURS]
    np.testing.assert_allclose(found, [0.5, 0.5, STEP_OCTAVES_MAX, -REGISTER_OCTAVES_MAX, LEVEL_DB_MIN, 0])
    assert seen(0.5, 0.0, 0.0, 0.0)[0, N_CONTOURS - 1] == CLEAR_DB_MAX


def test_a_steady_loud_period_is_voiced_and_noise_is_not() -> None:
    assert NET.likelihood(seen(0.85, 0.01, 0.0, -3.0)).min() > 0.9
    assert NET.likelihood(seen(0.35, 0.25, 0.6, -3.0)).max() < 0.1
    assert NET.likelihood(seen(0.35, 0.25, 0.6, -50.0)).max() < 0.1


def test_a_voice_that_ends_is_unvoiced_after_its_end() -> None:
    strength, level_db = contour(0.85), contour(-3.0)
    step = contour(0.01)
    strength[50:], level_db[50:], step[50:] = 0.3, -40.0, STEP_OCTAVES_MAX
    likely = NET.likelihood(contours_of(strength, strength, step, contour(0.0), level_db, 50 + level_db))
    assert (likely[:47] > 0.5).all()
    assert (likely[53:] < 0.5).all()
