"""Gross, voicing and fine errors of pitch trackers on real voices whose pitch is known.

    python benchmarks/pitch_accuracy.py [../shared/data] [--pyin]

Each recording is taken apart by WORLD (pip install pyworld) and put together again with a pitch contour of
our giving: real spectra, real levels and real breath, and a pitch known in every frame. Each is scored as it
is, in a telephone's band with mu-law coding, and at 10 dB over a background noise. WORLD's own trackers would
be flattered and are not scored. Prints a table; pitch_trials.md keeps what it gave.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt, sosfiltfilt

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.pitch import pitch_contour

Array = NDArray[np.float64]
RATE_HZ = 16_000
GROSS_SHARE = 0.2  # off by more: a gross error, in every published comparison
TRUTH_STEP_S = 0.005


def resynthesised(samples: Array, rate_hz: int) -> tuple[Array, Array]:
    """A voice at RATE_HZ with a pitch of our giving, and that pitch every 10 ms, 0 where unvoiced."""
    world: Any = importlib.import_module("pyworld")
    hz, times_s = world.harvest(samples, rate_hz, f0_floor=60, f0_ceil=600)
    hz = world.stonemask(samples, hz, times_s, rate_hz)
    spectrum = world.cheaptrick(samples, hz, times_s, rate_hz)
    breath = world.d4c(samples, hz, times_s, rate_hz, threshold=0.0)
    hz = smooth_runs(np.where(is_voiced(samples, rate_hz, hz, times_s), hz, 0))
    breath[hz == 0] = 1
    voice = soxr.resample(world.synthesize(hz, spectrum, breath, rate_hz), rate_hz, RATE_HZ)
    at = 2 * np.arange(1 + voice.size // 160)
    return voice, np.where(at < hz.size, hz[np.minimum(at, hz.size - 1)], 0)


def is_voiced(samples: Array, rate_hz: int, hz: Array, times_s: Array) -> NDArray[np.bool_]:
    """Where a period repeats, low in the spectrum and not far under the speech; harvest voices more."""
    low = sosfiltfilt(butter(4, [60, 1_200], "bandpass", fs=rate_hz, output="sos"), samples)
    likeness, power = np.zeros_like(hz), np.full_like(hz, 1e-12)
    for i in np.flatnonzero(hz):
        period = rate_hz / hz[i]
        first = int(times_s[i] * rate_hz - 1.25 * period) + np.arange(int(1.5 * period))
        if first[0] >= 0:
            a, b = (np.interp(first + shift, np.arange(low.size), low) for shift in (0, period))
            likeness[i] = a @ b / np.sqrt((a @ a) * (b @ b) + 1e-20)
            power[i] += np.mean(a**2) + np.mean(b**2)
    loud = np.percentile(power[hz > 0], 95) if hz.any() else 1.0
    steady = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(likeness, 1), 3), axis=1)
    return np.asarray((steady > 0.6) & (10 * np.log10(power / loud) > -42))


def smooth_runs(hz: Array) -> Array:
    """Runs of 30 ms and more without a leap, each smoothed over 25 ms."""
    octave = np.log2(np.maximum(hz, 1))
    edges = np.flatnonzero((np.diff(hz > 0) != 0) | (np.abs(np.diff(octave)) > 0.1)) + 1
    smooth = np.zeros_like(hz)
    for run in np.split(np.arange(hz.size), edges):
        if hz[run[0]] > 0 and run.size * TRUTH_STEP_S >= 0.03:
            kernel = np.hanning(7)[1:-1]
            smooth[run] = 2 ** np.convolve(np.pad(octave[run], 2, "edge"), kernel / kernel.sum(), "valid")
    return smooth


def conditions(voice: Array, noise: Array) -> Iterator[tuple[str, Array]]:
    """The voice clean, by telephone, and in noise."""
    yield "clean", voice
    band = sosfilt(butter(6, [300, 3_400], "bandpass", fs=RATE_HZ, output="sos"), voice)
    narrow = soxr.resample(band, RATE_HZ, 8_000)
    narrow *= 0.5 / np.abs(narrow).max()
    code = np.round(127 * np.log1p(255 * np.abs(narrow)) / np.log(256)) / 127
    yield "telephone", soxr.resample(np.sign(narrow) * np.expm1(code * np.log(256)) / 255, 8_000, RATE_HZ)
    loud_half = np.sort(voice**2)[voice.size // 2 :].mean()
    noise = np.resize(noise, voice.size)
    yield "noise", voice + noise * np.sqrt(loud_half / 10 / np.mean(noise**2))


def ours(voice: Array) -> Array:
    """Aftertone's contour, 0 where unvoiced."""
    return np.nan_to_num(pitch_contour(Recording(voice.astype(np.float32))).hz).astype(np.float64)


def praat(voice: Array) -> Array:
    """Praat's autocorrelation, its costs and thresholds the defaults, read off at our times."""
    import parselmouth

    pitch = parselmouth.Sound(voice, RATE_HZ).to_pitch_ac(0.01, 75.0, pitch_ceiling=500.0)
    hz = [pitch.get_value_at_time(0.01 * i) for i in range(1 + voice.size // 160)]
    return np.asarray(np.nan_to_num(hz))


def pyin(voice: Array) -> Array:
    """Librosa's pyin, its frame of 2,048 samples being the default."""
    import librosa

    return np.asarray(np.nan_to_num(librosa.pyin(voice, fmin=60, fmax=600, sr=RATE_HZ, hop_length=160)[0]))


def errors(pairs: list[tuple[Array, Array]]) -> str:
    """Gross error of frames both voiced; voicing error, missed + invented; fine error of the rest."""
    found, true = (np.concatenate(part) for part in zip(*pairs, strict=True))
    both = (found > 0) & (true > 0)
    gross = np.abs(found[both] / true[both] - 1) > GROSS_SHARE
    cents = 1200 * np.log2(found[both][~gross] / true[both][~gross])
    missed, invented = np.mean((true > 0) & (found == 0)), np.mean((true == 0) & (found > 0))
    return (
        f"{gross.mean():7.2%} | {missed + invented:6.2%} = {missed:.2%} + {invented:.2%} | "
        f"{np.sqrt(np.mean(cents**2)):5.1f} rms {np.mean(np.abs(cents)):5.1f} mean"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--pyin", action="store_true", help="score librosa's pyin too, which takes minutes")
    arguments = parser.parse_args()
    sentences = sorted(arguments.data.glob("emodb/*.wav"))
    paths = sorted({*sentences[::11], *[p for p in sentences if p.stem[5] == "N"][::2]})
    paths += [arguments.data / name for name in ("mfa/acoustic_corpus.wav", "mfa/mfa_laughter.flac")]
    paths += [arguments.data / f"telephone/en-US_Broadband_sample{i}.wav" for i in (1, 2)]
    noises = [soundfile.read(path)[0] for path in sorted(arguments.data.glob("noise/*.wav"))]
    trackers: dict[str, Callable[[Array], Array]] = {"aftertone": ours, "Praat AC": praat}
    if arguments.pyin:
        trackers["pyin"] = pyin
    scored: dict[tuple[str, str], list[tuple[Array, Array]]] = {}
    for i, path in enumerate(paths):
        samples, rate_hz = soundfile.read(path)
        voice, true_hz = resynthesised(np.ascontiguousarray(samples[: 14 * rate_hz]), rate_hz)
        for condition, heard in conditions(voice, noises[i % len(noises)]):
            for name, tracker in trackers.items():
                found_hz = tracker(heard)
                n_frames = min(found_hz.size, true_hz.size)
                scored.setdefault((condition, name), []).append((found_hz[:n_frames], true_hz[:n_frames]))
    print("condition | tracker   |   gross | voicing = missed + invented | fine, in cents")
    for (condition, name), pairs in sorted(scored.items()):
        print(f"{condition:9} | {name:9} | {errors(pairs)}")


if __name__ == "__main__":
    main()
