"""Fit the weights of `aftertone.acoustics.filled_pauses` and print them as they stand there.

Truth: "um" and "uh" of real speech (the Montreal Forced Aligner's test recordings; the times below were
checked against its transcript, since its aligner puts some on silence) and of flite's voices, drawn out and
spliced between sentences. Against: every other stretch of still voice in those, in EmoDB and in telephone
speech. The real "um"s are also heard over a telephone line, and in noise. The figures printed are for
recordings left out.

Run: ``python models/train_filled_pauses.py DATA``, DATA holding mfa/, emodb/, telephone/. Needs flite and
scikit-learn.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.filled_pauses import FEATURES, LEAST_CONFIDENCE, still_voice
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.pitch import pitch_contour

Signal = NDArray[np.float32]

MFA_TRUTH = {
    "acoustic_corpus.wav": [Interval(8.02, 8.57), Interval(14.50, 14.90), Interval(22.90, 23.53)],
    "cold_corpus.wav": [Interval(1.24, 1.67), Interval(9.89, 10.34), Interval(17.78, 18.32)],
}
VOICES_HZ = {"slt": 165, "rms": 95, "awb": 115, "kal16": 95}
SENTENCES = (
    "Hi Mary, this is John Smith from Riverside Dental calling about your appointment on Tuesday.",
    "Please call me back at eight hundred five five five one two three four before noon on Friday.",
    "I just wanted to remind you that your balance of two hundred and forty dollars is past due.",
    "If you could get back to me at your earliest convenience, I would really appreciate it.",
    "The birch canoe slid on the smooth planks and glue the sheet to the dark blue background.",
    "Our technician will arrive between nine and eleven in the morning, so please be at home.",
    "Unfortunately we were not able to process your application because some information is missing.",
    "Could you please send me the revised contract by the end of the week, ideally on Thursday?",
    "Yes, we do have the item in stock, but the blue one will not be available until January.",
    "Nobody answered the door when we came by yesterday, so we left a note with your neighbor.",
    "The weather was terrible, the roads were icy, and we finally decided to stay at the hotel.",
    "My new email address is all lower case, and you can find it on the website as well.",
)


@dataclass(frozen=True)
class Stretch:
    """One stretch of still voice: its recording, its features, whether it is a hesitation."""

    recording: str
    features: tuple[float, ...]
    is_pause: bool


def over_telephone(samples: Signal) -> Signal:
    """300 to 3,400 Hz in mu-law steps."""
    from scipy.signal import butter, sosfiltfilt

    band = sosfiltfilt(butter(4, (300, 3_400), "bandpass", fs=16_000, output="sos"), samples)
    band = band / np.abs(band).max() * 0.5
    compressed = np.round(np.log1p(255 * np.abs(band)) / np.log(256) * 127) / 127
    return np.asarray(np.sign(band) * (256**compressed - 1) / 255, np.float32)


def with_noise(samples: Signal, snr_db: float, seed: int) -> Signal:
    """White noise below the speech's mean power."""
    loud = np.mean(samples[np.abs(samples) > 0.03 * np.abs(samples).max()] ** 2)
    noise = np.random.default_rng(seed).normal(0, np.sqrt(loud / 10 ** (snr_db / 10)), samples.size)
    return np.asarray(samples + noise, np.float32)


def spoken(voice: str, text: str, **settings: float) -> Signal:
    """Flite's rendering at 16 kHz, without the silence round it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        options = [word for name, value in settings.items() for word in ("--setf", f"{name}={value}")]
        subprocess.run(["flite", "-voice", voice, *options, "-t", text, "-o", path], check=True)
        rate_hz = soundfile.info(path).samplerate
        samples = Recording.from_samples(soundfile.read(path, dtype="float32")[0], rate_hz).samples
    sounding = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    return samples[max(0, sounding[0] - 200) : sounding[-1] + 200]


def spliced(draw: random.Random) -> tuple[Signal, Interval]:
    """Two sentences with a drawn-out hesitation between, and where it is."""
    voice = draw.choice(list(VOICES_HZ))
    before, after = draw.sample(SENTENCES, 2)
    pause = spoken(
        voice,
        draw.choice(("um", "uh")),
        duration_stretch=draw.uniform(1.3, 3),
        int_f0_target_stddev=draw.choice((2, 5, 10)),
        int_f0_target_mean=VOICES_HZ[voice] * draw.uniform(0.85, 1),
    )
    first = spoken(voice, before, duration_stretch=draw.choice((0.8, 1, 1.2)))
    pause = pause * np.sqrt(2 * np.mean(first**2) / np.mean(pause**2)) * 10 ** (draw.uniform(-8, 0) / 20)
    gaps = [np.zeros(int(16_000 * draw.choice((0, 0.02, 0.1, 0.3))), np.float32) for _ in range(2)]
    start = first.size + gaps[0].size
    samples = np.concatenate([first, gaps[0], pause, gaps[1], spoken(voice, after)])
    truth = Interval(start / 16_000, (start + pause.size) / 16_000)
    return with_noise(samples, 50, start), truth


def corpus(data: Path) -> Iterator[tuple[str, Signal, list[Interval]]]:
    """Every recording: its name, its samples, its hesitations."""
    for name, truth in MFA_TRUTH.items():
        samples = read_audio(data / "mfa" / name).samples
        yield f"mfa/{name}", samples, truth
        yield f"mfa/{name}", over_telephone(samples), truth
        yield f"mfa/{name}", with_noise(samples, 15, 0), truth
    for pattern in ("telephone/*", "mfa/*.flac", "emodb/*.wav"):
        for path in sorted(data.glob(pattern)):
            yield f"{path.parent.name}/{path.name}", read_audio(path).samples, []
    draw = random.Random(3)
    for i in range(80):
        samples, pause = spliced(draw)
        spoilt = (samples, over_telephone(samples), with_noise(samples, draw.uniform(10, 20), i))[i % 3]
        yield f"flite/{i}", spoilt, [pause]


def stretches_of(name: str, samples: Signal, truth: list[Interval]) -> Iterator[Stretch]:
    """Stretches of still voice, told apart by the truth."""
    recording = Recording.from_samples(samples, 16_000)
    frames = frames_of(recording)
    for still in still_voice(frames, pitch_contour(recording, frames)):
        here = Interval(still.start_s, still.end_s)
        is_pause = any(here.overlap_s(one) > min(here.duration_s, one.duration_s) / 2 for one in truth)
        yield Stretch(name, still.features, is_pause)


def fit(stretches: list[Stretch]) -> tuple[NDArray[np.float64], float]:
    """Weights in the features' own units, and bias. Hesitations weigh as much as the rest."""
    features = np.array([one.features for one in stretches])
    truth = np.array([one.is_pause for one in stretches])
    made = np.array([one.recording.startswith("flite") for one in stretches])
    weight = np.where(truth, np.where(made, 1.0, 3.0), np.where(made, 0.5, 1.0))
    for side in (truth, ~truth):
        weight[side] *= len(weight) / weight[side].sum()
    scale = StandardScaler().fit(features)
    model = LogisticRegression(C=0.3, max_iter=500).fit(
        scale.transform(features), truth, sample_weight=weight
    )
    weights = model.coef_[0] / scale.scale_
    return weights, float(model.intercept_[0] - weights @ scale.mean_)


def main(data: Path) -> None:
    """Fit, print the figures for recordings left out, print the constants."""
    recordings = list(corpus(data))
    stretches = [one for recording in recordings for one in stretches_of(*recording)]
    minutes = sum(samples.size for _, samples, _ in recordings) / 16_000 / 60
    pauses = sum(one.is_pause for one in stretches)
    print(f"{len(stretches)} stretches in {minutes:.0f} min, {pauses} hesitations")
    wanted = (
        "mfa/acoustic",
        "mfa/cold",
        "mfa/",
        "telephone/",
        "emodb/",
        *(f"flite/{i}" for i in range(1, 8)),
    )
    groups = {group: [name for name, _, _ in recordings if name.startswith(group)] for group in wanted}
    for group, names in groups.items():
        weights, bias = fit([one for one in stretches if one.recording not in names])
        held_out = [one for one in stretches if one.recording in names]
        found = [
            one for one in held_out if 1 / (1 + np.exp(-bias - weights @ one.features)) >= LEAST_CONFIDENCE
        ]
        true = sum(len(truth) for name, _, truth in recordings if name in names)
        hits = sum(one.is_pause for one in found)
        minutes = sum(samples.size for name, samples, _ in recordings if name in names) / 16_000 / 60
        f1 = 2 * hits / max(len(found) + true, 1)
        false_per_min = (len(found) - hits) / minutes
        print(f"{group:14s} truth {true:3d} hits {hits:3d} false {false_per_min:.1f}/min F1 {f1:.2f}")
    weights, bias = fit(stretches)
    print("FEATURES =", FEATURES)
    print("WEIGHTS =", tuple(weights.round(3).tolist()))
    print("BIAS =", round(bias, 3))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
