"""Train high_band.npz: how loud the bands above 3.7 kHz are, from those below.

    python models/train_high_band.py

Wideband speech beside the checkout (shared/data: emodb every third file, mfa, the broadband samples of
telephone; ten German and some English voices) is cut to 8 kHz and back, and what was lost is learned: a
linear part and 200 fixed random rectifiers, both by ridge regression. No voice that the digits are tried on
is among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from aftertone.acoustics.high_band import HIGH_HZ, RATE_HZ, in_context, levels, loudness, low_hz

MODELS = Path(__file__).resolve().parent
DATA = MODELS.parents[1] / "shared" / "data"
HIDDEN = 200  # none: 16 % of digits wrong where 200 have 15 %
RIDGE = 1e-3  # of the number of frames
SECONDS_MAX = 40  # of each recording
FLOOR_RMS = (3e-4, 3e-5)  # of the line before and after it is cut
LOW_MIN, HIGH_MIN = -9.0, -11.0  # as in high_band


def pairs() -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """What is known and what is to be guessed, of each recording."""
    paths = [*sorted((DATA / "emodb").glob("*.wav"))[::3], *sorted((DATA / "mfa").glob("*.flac"))]
    paths += [*sorted((DATA / "mfa").glob("*.wav")), *sorted((DATA / "telephone").glob("*Broadband*.wav"))]
    draw = np.random.default_rng(0)
    for path in paths:
        stored, rate_hz = soundfile.read(path, always_2d=True)
        if rate_hz < RATE_HZ:
            continue
        samples = stored.mean(axis=1)[: rate_hz * SECONDS_MAX]
        samples = soxr.resample(samples, rate_hz, RATE_HZ)
        samples = samples / np.abs(samples).max() * 0.7
        heard = samples + draw.normal(0, FLOOR_RMS[0], samples.size)
        cut = soxr.resample(soxr.resample(heard, RATE_HZ, RATE_HZ // 2), RATE_HZ // 2, RATE_HZ)
        cut = cut[: samples.size] + draw.normal(0, FLOOR_RMS[1], cut[: samples.size].size)
        low = levels(cut, low_hz())
        high = levels(samples + draw.normal(0, FLOOR_RMS[1], samples.size), HIGH_HZ)
        size, loud = min(len(low), len(high)), loudness(low)
        yield in_context(np.maximum(low[:size] - loud, LOW_MIN)), np.maximum(high[:size] - loud, HIGH_MIN)


def main() -> None:
    """Fit, say how well, and store."""
    inputs, wanted = (np.concatenate(each) for each in zip(*pairs(), strict=True))
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0)
    inputs = (inputs - mean) / deviation
    draw = np.random.default_rng(0)
    hidden = draw.normal(0, 2 / np.sqrt(inputs.shape[1]), (inputs.shape[1], HIDDEN))
    hidden_bias = draw.normal(0, 0.7, HIDDEN)
    known = np.concatenate(
        [inputs, np.maximum(inputs @ hidden + hidden_bias, 0), np.ones((len(inputs), 1))], axis=1
    )
    ridge = RIDGE * len(known) * np.eye(known.shape[1])
    out = np.linalg.solve(known.T @ known + ridge, known.T @ wanted)
    left = wanted - known @ out
    print(f"{len(known)} frames, explained: {np.round(1 - left.var(axis=0) / wanted.var(axis=0), 2)}")
    weights = {
        "mean": mean, "deviation": deviation, "hidden": hidden, "hidden_bias": hidden_bias,
        "out": out[:-1], "out_bias": out[-1],
    }  # fmt: skip
    np.savez_compressed(
        MODELS / "high_band.npz", **{name: each.astype(np.float32) for name, each in weights.items()}
    )


if __name__ == "__main__":
    main()
