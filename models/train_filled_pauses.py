"""Fit the weights of `aftertone.acoustics.filled_pauses` and print them as they stand there.

Truth: "um" and "uh" of real speech (the Montreal Forced Aligner's test recordings; the times below were
checked against its transcript, since its aligner puts some on silence) and of flite's voices, drawn out and
spliced between sentences. Against: every other stretch of still voice in those, in EmoDB and in telephone
speech. The real "um"s are also heard over a telephone line, and in noise. The figures printed are for
recordings left out.

Run: ``OMP_NUM_THREADS=1 python models/train_filled_pauses.py DATA``, DATA holding mfa/, emodb/, telephone/.
``--record FILE`` keeps the figures. Needs flite, and scikit-learn (the train extra).
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Sequence
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
N_SPLICED = 80
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
    for i in range(N_SPLICED):
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


def left_out_figures(
    recordings: Sequence[tuple[str, Signal, list[Interval]]],
    stretches: Sequence[Stretch],
    folds: Sequence[Collection[str]],
) -> dict[str, float | None]:
    """What is found in each fold by weights fitted without it, all folds together."""
    true = found = hits = samples = 0
    for fold in folds:
        weights, bias = fit([one for one in stretches if one.recording not in fold])
        for one in stretches:
            if one.recording in fold and 1 / (1 + np.exp(-bias - weights @ one.features)) >= LEAST_CONFIDENCE:
                found, hits = found + 1, hits + one.is_pause
        for name, signal, truth in recordings:
            if name in fold:
                true, samples = true + len(truth), samples + signal.size
    minutes = samples / 16_000 / 60
    return {
        "minutes": round(minutes, 2),
        "true": true,
        "found": hits,
        "missed": true - hits,
        "false_per_min": round((found - hits) / minutes, 3),
        "f1": round(2 * hits / (found + true), 3) if true else None,
    }


def main() -> None:
    """Fit, print the figures for recordings left out, print the constants."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds mfa/, emodb/, telephone/")
    parser.add_argument("--record", type=Path, help="keep the figures here")
    arguments = parser.parse_args()
    recordings = list(corpus(arguments.data))
    stretches = [one for recording in recordings for one in stretches_of(*recording)]
    pauses = sum(one.is_pause for one in stretches)
    print(f"{len(stretches)} stretches in {len(recordings)} recordings, {pauses} of them hesitations")
    names = list(dict.fromkeys(name for name, _, _ in recordings))
    groups = {
        "mfa, by recording": [[f"mfa/{name}"] for name in MFA_TRUTH],
        "mfa, all of it left out": [[name for name in names if name.startswith("mfa/")]],
        "telephone and broadband": [[name for name in names if name.startswith("telephone/")]],
        "emodb": [[name for name in names if name.startswith("emodb/")]],
        "flite, by tenths": [[f"flite/{i}" for i in range(k, N_SPLICED, 10)] for k in range(10)],
    }
    left_out = {group: left_out_figures(recordings, stretches, folds) for group, folds in groups.items()}
    for group, row in left_out.items():
        print(group, row)
    if arguments.record:
        arguments.record.write_text(json.dumps(left_out, indent=1) + "\n")
    weights, bias = fit(stretches)
    print("FEATURES =", FEATURES)
    print("WEIGHTS =", tuple(weights.round(3).tolist()))
    print("BIAS =", round(bias, 3))


if __name__ == "__main__":
    main()
