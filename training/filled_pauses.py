"""Fit the weights of `aftertone.acoustics.filled_pauses`, and print them for that module.

    OMP_NUM_THREADS=1 python -m training.filled_pauses DATA
        [--record benchmarks/results/filled_pauses_folds.json]

Positive examples: "um" and "uh" of one man (the Montreal Forced Aligner's test recordings, times checked by
ear), of people in meetings (AMI, hand-made word times) and of natural voices (`training.natural`). Negative
examples: every other stretch of still voice in these recordings, in sentences with many long vowels, in read
speech (LibriSpeech), in EmoDB, in telephone speech and in spoken digits. Recordings with a hesitation are
also presented over a telephone and in noise. The printed figures are for corpora, voices and speakers left
out.

With one thread and the versions of constraints.txt the same digits are printed again. It needs the extra
`train`. training/README.md has the recipe for DATA.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.filled_pauses import FEATURES, OPTIONS, steady_vowels
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.pitch import pitch_contour
from aftertone.synthesis.kokoro import RATE_HZ
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.truth import MFA_FILLED_PAUSES, timed_words
from sample_audio.voices import FIT_VOICES, HELD_OUT_VOICES
from training.natural import (
    FLUENT,
    HELD_OUT_FLUENT,
    HELD_OUT_HESITANT,
    HESITANT,
    LONG_VOWELS,
    PAUSES,
    SPEECH,
    sentences,
)

Signal = NDArray[np.float32]
Fit = tuple[NDArray[np.float64], float]  # weights in the features' own units, and bias

FOLDERS = ("ami_excerpts", "emodb", "fsdd", "librispeech_test_other", "mfa", "telephone")
GROUPS = {  # start of the names of the recordings; whether the speaker or the corpus is left out of the fit
    "mfa, by recording": ("mfa/", "speaker"),
    "mfa, the man left out": ("mfa/", "corpus"),
    "meetings (ami)": ("ami/", "corpus"),
    "natural voices, hesitant": ("natural/hesitant", "speaker"),
    "natural voices, fluent": ("natural/fluent", "speaker"),
    "mfa, fluent": ("mfa fluent/", "speaker"),
    "librispeech, by speaker": ("librispeech/", "speaker"),
    "telephone and broadband": ("telephone/", "corpus"),
    "emodb, by speaker": ("emodb/", "speaker"),
    "digits, by speaker": ("fsdd/", "speaker"),
}
REAL_PAUSE_WEIGHT = 10.0  # of a real hesitation; all other stretches have 1
ALSO_PAUSES = ("hmm", "mm", "hm", "eh", "ah", "er")  # mostly assent: neither positive nor negative
N_DIGIT_MESSAGES = 32


@dataclass(frozen=True, eq=False)
class Spoken:
    """A recording with its speaker and its hesitations."""

    name: str
    speaker: str
    samples: Signal
    truth: list[Interval]
    unsure: list[Interval] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Stretch:
    """A stretch of still voice: recording, time, features, and whether it is a hesitation."""

    recording: Spoken
    interval: Interval
    features: tuple[float, ...]
    is_pause: bool


def over_telephone(samples: Signal) -> Signal:
    """Samples in the band of 300 to 3,400 Hz, quantised by mu-law."""
    from scipy.signal import butter, sosfiltfilt

    band = sosfiltfilt(butter(4, (300, 3_400), "bandpass", fs=16_000, output="sos"), samples)
    band = band / np.abs(band).max() * 0.5
    compressed = np.round(np.log1p(255 * np.abs(band)) / np.log(256) * 127) / 127
    return np.asarray(np.sign(band) * (256**compressed - 1) / 255, np.float32)


def with_noise(samples: Signal, snr_db: float, seed: int) -> Signal:
    """Samples with white noise `snr_db` below the speech."""
    loud = np.mean(samples[np.abs(samples) > 0.03 * np.abs(samples).max()] ** 2)
    noise = np.random.default_rng(seed).normal(0, np.sqrt(loud / 10 ** (snr_db / 10)), samples.size)
    return np.asarray(samples + noise, np.float32)


def in_turn(samples: Signal, turn: int) -> Signal:
    """Samples unchanged, over a telephone or in noise, by turns."""
    if turn % 3 == 0:
        return samples
    return over_telephone(samples) if turn % 3 == 1 else with_noise(samples, 15, turn)


def digit_messages(folder: Path) -> Iterator[Spoken]:
    """Recordings of ten digits of one speaker, with gaps."""
    draw = np.random.default_rng(11)
    paths = sorted(folder.glob("*.wav"))
    speakers = sorted({path.stem.split("_")[1] for path in paths})
    for i in range(N_DIGIT_MESSAGES):
        speaker = speakers[i % len(speakers)]
        own = [path for path in paths if path.stem.split("_")[1] == speaker]
        pieces = [np.zeros(4_000)]
        for k in draw.integers(0, len(own), 10):
            digit = soundfile.read(own[k])[0]
            pieces += [
                digit * 0.1 / np.sqrt(np.mean(digit**2)),
                np.zeros(int(draw.choice((0, 0.1, 0.3, 0.5)) * 8_000)),
            ]
        samples = np.concatenate(pieces)
        samples += draw.normal(0, 1e-4, samples.size)
        yield Spoken(f"fsdd/{i}", f"fsdd/{speaker}", Recording.from_samples(samples, 8_000).samples, [])


def meetings(folder: Path) -> Iterator[Spoken]:
    """Recordings of meetings (AMI)."""
    for path in sorted(folder.glob("*.flac")):
        rows = [
            (word.text.lower().strip(",.?"), Interval(word.start_s, word.end_s)) for word in timed_words(path)
        ]
        truth = [span for word, span in rows if word in PAUSES]
        unsure = [span for word, span in rows if word in ALSO_PAUSES]
        samples = read_audio(path).samples
        for turn in range(3 if truth else 1):
            yield Spoken(f"ami/{path.name} {turn}", "ami", in_turn(samples, turn), truth, unsure)


def natural(speech: Path) -> Iterator[Spoken]:
    """Sentences of natural voices: those for fitting, then the held-out ones."""
    for kind, voices, texts, count in (
        ("hesitant", FIT_VOICES, HESITANT, 9),
        ("fluent", FIT_VOICES, LONG_VOWELS, 4),
        ("fluent", FIT_VOICES, FLUENT, 15),
        ("hesitant", HELD_OUT_VOICES, HELD_OUT_HESITANT, 4),
        ("fluent", HELD_OUT_VOICES, HELD_OUT_FLUENT, 3),
    ):
        for i, said in enumerate(sentences(voices, texts, count, speech)):
            whole = Recording.from_samples(said.samples, RATE_HZ).samples
            samples = in_turn(with_noise(whole, 50, i), i)
            truth = [Interval(*pause) for pause in said.pauses]
            yield Spoken(f"natural/{kind} {said.voice} {i}", f"natural/{said.voice}", samples, truth)


def corpus(data: Path, speech: Path) -> Iterator[Spoken]:
    """All recordings."""
    for stem, truth in MFA_FILLED_PAUSES.items():
        name = f"{stem}.wav"
        samples = read_audio(data / "mfa" / name).samples
        for turn in range(3):
            yield Spoken(f"mfa/{name} {turn}", f"mfa/{name}", in_turn(samples, turn), list(truth))
    yield from meetings(data / "ami_excerpts")
    for pattern in ("mfa/*.flac", "telephone/*.wav", "telephone/*.flac", "emodb/*.wav"):
        for path in sorted(data.glob(pattern)):
            name = "mfa fluent" if path.parent.name == "mfa" else path.parent.name
            own = f"emodb/{path.name[:2]}" if name == "emodb" else name.replace(" ", "/")
            yield Spoken(f"{name}/{path.name}", own, read_audio(path).samples, [])
    for path in sorted((data / "librispeech_test_other").glob("*.flac")):
        speaker = path.name.split("-")[0]
        yield Spoken(f"librispeech/{path.name}", f"librispeech/{speaker}", read_audio(path).samples, [])
    yield from digit_messages(data / "fsdd")
    yield from natural(speech)


def is_same(one: Interval, other: Interval) -> bool:
    """Whether two intervals overlap by more than half of the shorter."""
    return one.overlap_s(other) > min(one.duration_s, other.duration_s) / 2


def stretches_of(one: Spoken) -> Iterator[Stretch]:
    """Stretches of still voice with their labels."""
    recording = Recording.from_samples(one.samples, 16_000)
    frames = frames_of(recording)
    for still in steady_vowels(frames, pitch_contour(recording, frames)):
        here = Interval(still.start_s, still.end_s)
        is_pause = any(is_same(here, true) for true in one.truth)
        if is_pause or not any(here.overlap_s(unsure) > 0 for unsure in one.unsure):
            yield Stretch(one, here, still.features, is_pause)


def fit(stretches: list[Stretch]) -> Fit:
    """Weights in the units of the features, and bias. Both classes have the same total weight."""
    features = np.array([one.features for one in stretches])
    truth = np.array([one.is_pause for one in stretches])
    is_natural = np.array([one.recording.name.startswith("natural") for one in stretches])
    weight = np.where(truth & ~is_natural, REAL_PAUSE_WEIGHT, 1.0)
    for side in (truth, ~truth):
        weight[side] *= len(weight) / weight[side].sum()
    scale = StandardScaler().fit(features)
    model = LogisticRegression(C=0.3, max_iter=500).fit(
        scale.transform(features), truth, sample_weight=weight
    )
    weights = model.coef_[0] / scale.scale_
    return weights, float(model.intercept_[0] - weights @ scale.mean_)


def figures(
    recordings: Sequence[Spoken], stretches: Sequence[Stretch], fit_for: Callable[[Spoken], Fit]
) -> dict[str, float | None]:
    """Hesitations found in recordings, with weights fitted without their speakers or corpora."""
    detected = [
        one
        for one in stretches
        if one.recording in recordings and likelihood(one, fit_for(one.recording)) >= OPTIONS.confidence_min
    ]
    true = [(recording, pause) for recording in recordings for pause in recording.truth]
    found = sum(
        any(one.recording is recording and is_same(one.interval, pause) for one in detected)
        for recording, pause in true
    )
    false = sum(not one.is_pause for one in detected)
    minutes = sum(one.samples.size for one in recordings) / 16_000 / 60
    return {
        "minutes": round(minutes, 2),
        "true": len(true),
        "found": found,
        "missed": len(true) - found,
        "false_per_min": round(false / minutes, 3),
        "f1": round(2 * found / (len(true) + found + false), 3) if true else None,
    }


def likelihood(stretch: Stretch, fitted: Fit) -> float:
    """Probability that a stretch is a hesitation."""
    weights, bias = fitted
    return float(1 / (1 + np.exp(-bias - weights @ stretch.features)))


def main() -> None:
    """Fit; print figures for recordings left out, and the constants."""
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, help=f"folder of {', '.join(FOLDERS)}")
    parser.add_argument("--record", type=Path, help="record the figures here")
    parser.add_argument(
        "--speech", type=Path, default=SPEECH, help="folder that stores the synthesised speech"
    )
    arguments = parser.parse_args()
    for folder in FOLDERS:
        if not (arguments.data / folder).is_dir():
            parser.error(f"{arguments.data / folder} is missing; all of {', '.join(FOLDERS)} are needed")
    recordings = list(corpus(arguments.data, arguments.speech))
    stretches = [one for recording in recordings for one in stretches_of(recording)]
    pauses = sum(one.is_pause for one in stretches)
    print(f"{len(stretches)} stretches in {len(recordings)} recordings, {pauses} of them hesitations")
    held_out = {f"natural/{voice}" for voice in HELD_OUT_VOICES}

    @cache
    def fit_without(some: str) -> Fit:
        """A fit without the speakers whose names begin with a text."""
        return fit(
            [
                one
                for one in stretches
                if not (some and one.recording.speaker.startswith(some))
                and one.recording.speaker not in held_out
            ]
        )

    left_out = {}
    for group, (prefix, kind) in GROUPS.items():
        some = [one for one in recordings if one.name.startswith(prefix)]
        if prefix.startswith("natural"):
            some = [one for one in some if one.speaker in held_out]

        def fit_for(one: Spoken, depth: int = 1 if kind == "corpus" else 2) -> Fit:
            return fit_without("/".join(one.speaker.split("/")[:depth]))

        left_out[group] = figures(some, stretches, fit_for)
        print(group, left_out[group])
    if arguments.record:
        write_record(arguments.record, left_out)
    weights, bias = fit_without("")
    print("FEATURES =", FEATURES)
    print("WEIGHTS =", tuple(weights.round(3).tolist()))
    print("BIAS =", round(bias, 3))


if __name__ == "__main__":
    main()
