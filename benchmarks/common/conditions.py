"""Conditions that a recording passes through: noise and the telephone. Everything random is seeded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from aftertone import Recording, read_audio
from benchmarks.common.machine import files

Signal = NDArray[np.float32]
RATE_HZ = 16_000
TELEPHONE_RATE_HZ = 8_000
CONDITIONS = ("clean", "10 dB noise", "telephone")
SNR_DB = 10.0  # of the condition "10 dB noise"


def under(samples: Signal, power: float, condition: str, seed: int) -> Recording:
    """Samples at RATE_HZ under one of CONDITIONS.

    `power` is the mean square of the speech: the noise lies SNR_DB below it.
    """
    if condition == "10 dB noise":
        samples = in_noise(samples, power, SNR_DB, seed)
    if condition == "telephone":
        return Recording.from_samples(over_telephone(samples), TELEPHONE_RATE_HZ)
    return Recording.from_samples(samples, RATE_HZ)


def active_power(samples: NDArray[Any], speech: Sequence[tuple[float, float]]) -> float:
    """Mean square of the samples inside the speech, or of the louder half where no speech is given."""
    if not speech:
        return float(np.mean(np.sort(samples.astype(np.float64) ** 2)[samples.size // 2 :]))
    inside = [samples[int(a * RATE_HZ) : int(b * RATE_HZ)] for a, b in speech]
    return float(np.mean(np.concatenate(inside).astype(np.float64) ** 2))


@cache
def noises() -> tuple[Signal, ...]:
    """Recorded background noises. Without them, one brown noise."""
    found = tuple(read_audio(path).samples for path in files("noise/*.wav"))
    brown = np.random.default_rng(0).normal(0, 0.01, 20 * RATE_HZ)
    return found or (sosfilt(butter(1, 100, fs=RATE_HZ, output="sos"), brown).astype(np.float32),)


def in_noise(
    samples: Signal, power: float, snr_db: float, seed: int, choice: tuple[Signal, ...] = ()
) -> Signal:
    """Samples with noise that lies `snr_db` below speech of that power.

    The noise is one of `choice`, or one of `noises` where `choice` is empty.
    """
    choice = choice or noises()
    noise = choice[seed % len(choice)]
    first = int(np.random.default_rng(seed).integers(0, noise.size))
    noise = np.resize(np.roll(noise, -first), samples.size)
    noise = noise - noise.mean()
    gain = np.sqrt(power / 10 ** (snr_db / 10) / np.mean(noise**2))
    mixed = samples + gain * noise
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max()) / 0.99), np.float32)


def over_telephone(samples: Signal) -> Signal:
    """The samples as a telephone carries them: 8 kHz, 300 to 3,400 Hz, 8-bit mu-law."""
    narrow = soxr.resample(samples, RATE_HZ, TELEPHONE_RATE_HZ)
    band = butter(4, [300, 3_400], "bandpass", fs=TELEPHONE_RATE_HZ, output="sos")
    narrow = sosfilt(band, narrow)
    narrow = narrow * 0.5 / max(float(np.abs(narrow).max()), 1e-9)
    code = np.round(127 * np.log1p(255 * np.abs(narrow)) / np.log(256)) / 127
    return np.asarray(np.sign(narrow) * np.expm1(code * np.log(256)) / 255, np.float32)
