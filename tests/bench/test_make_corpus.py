"""A corpus has the requested lengths, codecs and noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from aftertone import read_audio
from benchmarks.common.conditions import RATE_HZ
from benchmarks.make_corpus import CODECS, lengths_s, messages, write


def test_lengths_are_log_uniform_between_the_bounds() -> None:
    found = lengths_s(4_000, [5.0, 80.0], np.random.default_rng(1))
    assert found.min() >= 5.0
    assert found.max() <= 80.0
    assert np.mean(found < 20.0) == pytest.approx(0.5, abs=0.04)  # five standard errors of a fair coin


def test_noise_has_the_requested_ratio() -> None:
    (clean,), (noisy,) = (list(messages(1, [6.0], snr_db, seed=3)) for snr_db in (None, 10.0))
    gain = float(np.dot(clean, noisy) / np.dot(clean, clean))  # loud messages are scaled down
    noise = noisy - gain * clean
    ratio_db = 10 * np.log10(np.mean((gain * clean) ** 2) / np.mean(noise**2))
    assert ratio_db == pytest.approx(10.0, abs=0.2)


@pytest.mark.parametrize("codec", CODECS)
def test_each_codec_keeps_the_length(tmp_path: Path, codec: str) -> None:
    (samples,) = messages(1, [2.0], seed=5)
    path = write(samples, tmp_path / "a", codec)
    assert soundfile.info(path).subtype == CODECS[codec][3]
    assert read_audio(path).duration_s == pytest.approx(samples.size / RATE_HZ, abs=0.15)


def test_the_same_seed_makes_the_same_sound() -> None:
    one, other = (list(messages(3, [1.0, 2.0], 20.0, seed=7)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
