"""Train the net that corrects the edges of speech (`aftertone.acoustics`), and write it to models/speech.npz.

    OMP_NUM_THREADS=1 python -m training.speech [--folds benchmarks/results/speech_folds.json]

Labels: by hand (EmoDB, mfa), by composition (fsdd), by the synthesiser (sample_audio), and by forced
alignment of texts (LibriSpeech, AN4). Each recording is presented unchanged, twice with a room, noise, band
limit, telephone or another gain, and once cut off inside speech. All corpora have the same weight. Meetings
are in no fit: their labels leave no gaps. `--folds` first trains without each corpus in turn, and records the
figures of that corpus.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from aftertone import Recording
from aftertone.acoustics import vad
from aftertone.acoustics.contours import Runs, mask_of
from aftertone.acoustics.frame_classifier import FrameClassifier, Weights
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.vad import CLASSIFIER, corrected
from benchmarks.common import truth
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.conditions import CONDITIONS, RATE_HZ, active_power, noises, over_telephone
from benchmarks.tasks.speech import Tally
from training import perceptron

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Example:
    """A recording: inputs of the net, labels, and the speech that the rules find."""

    contours: NDArray[np.float32]
    is_speech: Bools
    is_judged: Bools
    by_rules: Runs
    masks: tuple[Bools, Bools]  # certain frames, audible frames


def corpora() -> Iterator[tuple[str, Sequence[truth.Labelled]]]:
    """Labelled recordings of each corpus."""
    yield "emodb", truth.emodb()
    yield "mfa", truth.mfa()
    yield "ami", truth.ami()
    yield "sample_audio", truth.sample_audio()
    yield "fsdd", truth.composed_digits()
    yield "librispeech", truth.librispeech(is_placed=True)
    yield "an4", truth.an4(is_placed=True)


def cut(one: truth.Labelled, seed: int) -> truth.Labelled:
    """A recording that starts and ends inside its speech."""
    draw = np.random.default_rng(seed)
    first_s, last_s = one.speech[0].start_s, one.speech[-1].end_s
    start_s = first_s + draw.uniform(0, 0.5) * (last_s - first_s)
    end_s = last_s - draw.uniform(0, 0.4) * (last_s - first_s)
    samples = one.recording.samples[int(start_s * RATE_HZ) : int(end_s * RATE_HZ)]

    def moved(parts: Sequence[Interval]) -> tuple[Interval, ...]:
        inside = ((max(a, start_s) - start_s, min(b, end_s) - start_s) for a, b in parts)
        return tuple(Interval(a, b) for a, b in inside if a < b)

    recording = Recording.from_samples(samples, RATE_HZ)
    return replace(one, recording=recording, speech=moved(one.speech), unsure=moved(one.unsure))


def changed(one: truth.Labelled, seed: int) -> Recording | None:
    """A recording in another room, noise, band or line; None where it is not at 16 kHz."""
    draw = np.random.default_rng(seed)
    if one.recording.rate_hz != RATE_HZ:
        return None
    kind = int(draw.integers(0, 5))
    samples = one.recording.samples.astype(np.float64)
    if kind in (0, 3):
        times_s = np.arange(RATE_HZ // 2) / RATE_HZ
        room = draw.normal(size=times_s.size) * np.exp(-6.9 * times_s / draw.uniform(0.15, 0.6))
        room *= draw.uniform(0.1, 0.5) / np.sqrt(np.sum(room**2))
        room[0] = 1.0
        samples = fftconvolve(samples, room)[: samples.size]
    if kind in (1, 3, 4):
        samples = samples + _noise(draw, samples.size, active_power(samples, one.speech))
    if kind == 2:
        return Recording.from_samples(over_telephone(samples.astype(np.float32)), 8_000)
    if kind == 4:
        cut_hz = draw.uniform(2_500, 6_000)
        samples = sosfilt(butter(2, cut_hz, fs=RATE_HZ, output="sos"), samples)
    gain = 10 ** (draw.uniform(-20, 0) / 20) / max(1.0, float(np.abs(samples).max()))
    return Recording.from_samples(np.clip(samples * gain, -1, 1), RATE_HZ)


def _noise(draw: np.random.Generator, size: int, power: float) -> NDArray[np.float64]:
    """White, low-pass or recorded noise, 5 to 35 dB below speech of that power."""
    kind = int(draw.integers(0, 3))
    noise = draw.normal(size=size)
    if kind == 1:
        noise = sosfilt(butter(1, draw.uniform(100, 1_500), fs=RATE_HZ, output="sos"), noise)
    elif kind == 2:
        recorded = noises()
        chosen = recorded[int(draw.integers(len(recorded)))]
        noise = np.resize(np.roll(chosen, -int(draw.integers(0, 5 * RATE_HZ))), size).astype(np.float64)
    return np.asarray(noise * np.sqrt(power / 10 ** (draw.uniform(5, 35) / 10) / np.mean(noise**2)))


def example_of(recording: Recording, one: truth.Labelled) -> Example | None:
    """The example of a recording; None where the rules find no speech."""
    caught: dict[str, Any] = {}

    def rules(speech: Any, _: Any, *masks: Any) -> Any:
        caught["rules"], caught["masks"] = speech, masks
        return speech

    def no_probability(_: FrameClassifier, contours: NDArray[np.float32]) -> NDArray[np.float32]:
        caught["contours"] = contours
        return np.zeros(len(contours), np.float32)

    with patch.object(vad, "corrected", rules), patch.object(FrameClassifier, "probability", no_probability):
        vad.speech_intervals(recording, frames_of(recording))
    if not caught:
        return None
    count = min(len(caught["contours"]), int(100 * recording.duration_s))
    is_speech = truth.mask(truth.joined(one.speech), count)
    unsure = truth.mask(one.unsure, count)
    return Example(caught["contours"], is_speech, is_speech | ~unsure, caught["rules"], caught["masks"])


def trained(corpus: dict[str, list[Example]]) -> Weights:
    """A net fitted to corpora that have the same weight."""
    rows, targets, weights = [], [], []
    for own in corpus.values():
        total = sum(len(each.is_speech) for each in own)
        for each in own:
            used = np.flatnonzero(each.is_judged)[::3]
            rows.append(CLASSIFIER.inputs(each.contours)[used])
            targets.append(each.is_speech[used])
            weights.append(np.full(used.size, 1 / total))
    return perceptron.fitted(rows, targets, weights, frames_drawn=150_000, most_passes=25)


def figures(own: Sequence[Example], net: Weights | None) -> dict[str, float]:
    """Wrong frames in per cent, and errors of silence and pauses, by the rules or with a net."""
    tallies = []
    for each in own:
        speech = each.by_rules
        if net is not None:
            speech = corrected(speech, CLASSIFIER.probability(each.contours, net), *each.masks)
        found = mask_of(speech, len(each.contours))[: len(each.is_speech)]
        tallies.append(Tally.of(each.is_speech, found, ~each.is_judged))
    judged = sum(one.frames for one in tallies)
    return {
        "recordings": len(own),
        "wrong_percent": round(100 * sum(one.wrong for one in tallies) / judged, 2),
        "invented_percent": round(100 * sum(one.invented for one in tallies) / judged, 2),
        "missed_percent": round(100 * sum(one.missed for one in tallies) / judged, 2),
        "silence_share_error": round(float(np.mean([one.silence_error for one in tallies])), 4),
        "pause_count_error": round(float(np.mean([one.pause_count_error for one in tallies])), 3),
        "longest_pause_error_s": round(float(np.mean([one.longest_error_s for one in tallies])), 3),
    }


def main() -> None:
    """Train, and write the net."""
    parser = parser_of(__doc__)
    parser.add_argument("--folds", type=Path, help="first record figures for corpora left out")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "models" / "speech.npz")
    arguments = parser.parse_args()
    fitted: dict[str, list[Example]] = {}
    tested: dict[tuple[str, str], list[Example]] = {}
    for name, labelled in corpora():
        own = [example_of(one.recording, one) for one in labelled]
        more = [
            example_of(other, one)
            for at, one in enumerate(labelled)
            for k in (0, 1)
            if (other := changed(one, 7 * at + k)) is not None
        ]
        parts = (cut(one, at) for at, one in enumerate(labelled))
        more += [example_of(part.recording, part) for part in parts]
        if not labelled:
            raise SystemExit(f"no recordings of {name} were found; nothing was trained")
        fitted[name] = [each for each in own + more if each is not None]
        for condition in CONDITIONS if arguments.folds else ():
            changed_ones = (truth.under_condition(one, condition, at) for at, one in enumerate(labelled))
            found = [example_of(one.recording, one) for one in changed_ones]
            tested[name, condition] = [each for each in found if each is not None]
        print(name, len(fitted[name]), flush=True)
    if arguments.folds:
        rows = {}
        for name in fitted:
            net = trained({other: own for other, own in fitted.items() if other not in (name, "ami")})
            for condition in CONDITIONS:
                judged = tested[name, condition]
                rows[f"{name}, {condition}"] = {"rules": figures(judged, None), "net": figures(judged, net)}
                print(name, condition, rows[f"{name}, {condition}"], flush=True)
        write_record(arguments.folds, rows)
    perceptron.save(arguments.out, trained({name: own for name, own in fitted.items() if name != "ami"}))


if __name__ == "__main__":
    main()
