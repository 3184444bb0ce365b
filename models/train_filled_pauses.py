"""Fit the weights of `aftertone.acoustics.filled_pauses` and print them as they stand there.

Truth: "um" and "uh" of real speech (the Montreal Forced Aligner's test recordings; the times below were
checked against its transcript, since its aligner puts some on silence) and of flite's four voices: drawn out
and spliced between sentences, and as they say them inside a sentence, at several tempos. Against: every other
stretch of still voice in those, in sentences full of long vowels, in EmoDB, in telephone speech, and in
spoken digits with gaps between. The real "um"s and flite's sentences are also heard over a telephone line,
and in noise. The figures printed are for recordings, voices and speakers left out.

Run: ``OMP_NUM_THREADS=1 python models/train_filled_pauses.py DATA``, DATA holding mfa/, emodb/, telephone/
and fsdd/. On one thread, the versions of constraints.txt and flite 2.2 it prints the same digits again.
``--record FILE`` keeps the figures. Needs flite, and the train extra.
"""

from __future__ import annotations

import argparse
import difflib
import json
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import soundfile
from mir_eval.util import match_events
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
N_SPLICED = 12  # of each voice
N_DIGIT_MESSAGES = 32
ONSET_S = 0.1
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


HESITANT = (
    "Hello, um, this is Paul from the garage, and, uh, your car is ready.",
    "I was, uh, hoping that you could, um, send me the invoice for last month.",
    "We looked at the, um, roof on Monday, and uh it needs more work than we thought.",
    "It will cost, uh, four hundred dollars, um, maybe a little more.",
    "So, um, call me at four five five, uh, nine four one four, when you can.",
    "The office closes at, um, five, and I will, uh, be here all day tomorrow.",
    "My daughter, uh, lost her ball in your yard, and, um, we all want it back.",
    "There was, um, a small problem with the order, uh, the wall color was wrong.",
    "You can reach me at um seven oh four, uh four one one, five five one four.",
    "Uh, hi Laura, I am, um, returning your call about the hall on the fourth floor.",
    "Um, I guess we should, uh, talk before the storm warning goes on.",
    "The tall man at the door, um, told us more about it, uh, last fall.",
)
LONG_VOWELS = (
    "Call me at four five four, one one nine four, after four on Thursday.",
    "All small balls fall more or less on the floor of the hall.",
    "The number is five oh four, seven four one, nine nine five four.",
    "Mom and Dad come some summer for a month of sun and fun.",
    "Sure, I am sure that the poor horse saw the door before.",
    "Long ago a warm storm tore the awning off the store.",
    "One more call, Tom, and we are all done for the month.",
    "Her first nurse heard a bird, and turned to her work.",
    "No, I do not know who will go to the show so late.",
    "We need a key, a tea, three trees and a green sea.",
)


@dataclass(frozen=True)
class Spoken:
    """A recording whose hesitations are known, and who speaks in it."""

    name: str
    speaker: str
    samples: Signal
    truth: list[Interval]


@dataclass(frozen=True)
class Stretch:
    """One stretch of still voice: its recording, its start, its features, whether it is a hesitation."""

    recording: Spoken
    start_s: float
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


def flite(voice: str, text: str, **settings: float) -> tuple[Signal, list[tuple[str, Interval]]]:
    """Flite's rendering at 16 kHz, and its phones."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        options = [word for name, value in settings.items() for word in ("--setf", f"{name}={value}")]
        command = ["flite", "-voice", voice, "-psdur", *options, "-t", text, "-o", str(path)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        samples, rate_hz = soundfile.read(path, dtype="float32")
    phones, start_s = [], 0.0
    for name, end in (phone.rsplit(":", 1) for phone in printed):
        phones.append((name, Interval(start_s, float(end))))
        start_s = float(end)
    spoken = [phone for phone in phones if phone[0] != "pau"]
    return Recording.from_samples(samples, rate_hz).samples, spoken


@cache
def phones_alone(voice: str, word: str) -> tuple[str, ...]:
    """What a word is made of where nothing is beside it."""
    return tuple(name for name, _ in flite(voice, word)[1])


def hesitations(voice: str, text: str, phones: list[tuple[str, Interval]]) -> list[Interval]:
    """Where each "um" and "uh" of a text is said, by the phones of its words aligned with those said."""
    words = re.findall(r"[a-z']+", text.lower())
    alone = [(phone, n) for n, word in enumerate(words) for phone in phones_alone(voice, word)]
    match = difflib.SequenceMatcher(
        None, [phone for phone, _ in alone], [name for name, _ in phones], autojunk=False
    )
    said: dict[int, list[Interval]] = {}
    for block in match.get_matching_blocks():
        for k in range(block.size):
            said.setdefault(alone[block.a + k][1], []).append(phones[block.b + k][1])
    pauses = [n for n, word in enumerate(words) if word in ("um", "uh")]
    return [Interval(said[n][0].start_s, said[n][-1].end_s) for n in pauses]


def spoken(voice: str, text: str, **settings: float) -> Signal:
    """Flite's rendering without the silence round it."""
    samples = flite(voice, text, **settings)[0]
    sounding = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    return samples[max(0, sounding[0] - 200) : sounding[-1] + 200]


def spliced(voice: str, draw: random.Random) -> tuple[Signal, Interval]:
    """Two sentences with a drawn-out hesitation between, and where it is."""
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


def in_turn(samples: Signal, turn: int) -> Signal:
    """As it is, over a telephone or in noise."""
    if turn % 3 == 0:
        return samples
    return over_telephone(samples) if turn % 3 == 1 else with_noise(samples, 15, turn)


def digit_messages(folder: Path) -> Iterator[Spoken]:
    """Ten digits of one speaker in a row, with gaps."""
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


def made() -> Iterator[Spoken]:
    """Flite's sentences."""
    draw = random.Random(3)
    for voice, voice_hz in VOICES_HZ.items():
        for i in range(N_SPLICED):
            samples, pause = spliced(voice, draw)
            yield Spoken(f"flite/spliced {voice} {i}", f"flite/{voice}", in_turn(samples, i), [pause])
        for i, text in enumerate((*HESITANT, *LONG_VOWELS)):
            samples, phones = flite(
                voice,
                text,
                duration_stretch=draw.choice((0.9, 1, 1.2, 1.4, 1.7)),
                int_f0_target_mean=voice_hz * draw.uniform(0.9, 1.1),
            )
            samples, truth = with_noise(samples, 50, i), hesitations(voice, text, phones)
            yield Spoken(f"flite/inside {voice} {i}", f"flite/{voice}", in_turn(samples, i), truth)


def corpus(data: Path) -> Iterator[Spoken]:
    """Every recording."""
    for name, truth in MFA_TRUTH.items():
        samples = read_audio(data / "mfa" / name).samples
        for turn in range(3):
            yield Spoken(f"mfa/{name} {turn}", f"mfa/{name}", in_turn(samples, turn), truth)
    for pattern in ("telephone/*.wav", "telephone/*.flac", "mfa/*.flac", "emodb/*.wav"):
        for path in sorted(data.glob(pattern)):
            kind = "mfa/fluent" if path.parent.name == "mfa" else path.parent.name
            yield Spoken(f"{path.parent.name}/{path.name}", kind, read_audio(path).samples, [])
    yield from digit_messages(data / "fsdd")
    yield from made()


def stretches_of(one: Spoken) -> Iterator[Stretch]:
    """Stretches of still voice, told apart by the truth."""
    recording = Recording.from_samples(one.samples, 16_000)
    frames = frames_of(recording)
    for still in still_voice(frames, pitch_contour(recording, frames)):
        here = Interval(still.start_s, still.end_s)
        is_pause = any(here.overlap_s(true) > min(here.duration_s, true.duration_s) / 2 for true in one.truth)
        yield Stretch(one, still.start_s, still.features, is_pause)


def fit(stretches: list[Stretch]) -> tuple[NDArray[np.float64], float]:
    """Weights in the features' own units, and bias. Hesitations weigh as much as the rest."""
    features = np.array([one.features for one in stretches])
    truth = np.array([one.is_pause for one in stretches])
    made = np.array([one.recording.name.startswith("flite") for one in stretches])
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
    recordings: Sequence[Spoken], stretches: Sequence[Stretch], folds: Sequence[Callable[[Spoken], bool]]
) -> dict[str, float | None]:
    """What is found in each fold by weights fitted without its speakers, all folds together."""
    true = found = hits = samples = 0
    for in_fold in folds:
        speakers = {one.speaker for one in recordings if in_fold(one)}
        weights, bias = fit([one for one in stretches if one.recording.speaker not in speakers])
        for recording in filter(in_fold, recordings):
            onsets_s = [
                one.start_s
                for one in stretches
                if one.recording is recording
                and 1 / (1 + np.exp(-bias - weights @ one.features)) >= LEAST_CONFIDENCE
            ]
            true_s = [one.start_s for one in recording.truth]
            matched = (
                match_events(np.array(true_s), np.array(onsets_s), ONSET_S) if true_s and onsets_s else ()
            )
            true, found, hits = true + len(true_s), found + len(onsets_s), hits + len(matched)
            samples += recording.samples.size
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
    parser.add_argument("data", type=Path, help="the folder that holds mfa/, emodb/, telephone/, fsdd/")
    parser.add_argument("--record", type=Path, help="keep the figures here")
    arguments = parser.parse_args()
    for folder in ("mfa", "emodb", "telephone", "fsdd"):
        if not (arguments.data / folder).is_dir():
            parser.error(f"{arguments.data / folder} is not there; all four folders are needed")
    if shutil.which("flite") is None:
        parser.error("flite is not installed (apt install flite)")
    recordings = list(corpus(arguments.data))
    stretches = [one for recording in recordings for one in stretches_of(recording)]
    pauses = sum(one.is_pause for one in stretches)
    print(f"{len(stretches)} stretches in {len(recordings)} recordings, {pauses} of them hesitations")

    def each(prefix: str) -> list[Callable[[Spoken], bool]]:
        """A fold for each speaker, of the recordings whose name begins so."""
        speakers = dict.fromkeys(one.speaker for one in recordings if one.name.startswith(prefix))
        return [partial(is_of, prefix=prefix, speaker=speaker) for speaker in speakers]

    groups = {
        "mfa, by recording": [fold for name in MFA_TRUTH for fold in each(f"mfa/{name}")],
        "mfa, fluent": [lambda one: one.speaker == "mfa/fluent"],
        "telephone and broadband": each("telephone/"),
        "emodb": each("emodb/"),
        "digits, by speaker": each("fsdd/"),
        "flite, spliced, by voice": each("flite/spliced"),
        "flite, inside sentences, by voice": each("flite/inside"),
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


def is_of(one: Spoken, prefix: str, speaker: str) -> bool:
    """Whether a recording is this speaker's, and named so."""
    return one.speaker == speaker and one.name.startswith(prefix)


if __name__ == "__main__":
    main()
