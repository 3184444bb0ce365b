"""Train the net that `aftertone.acoustics.vad` reads, and write it to ``models/speech.npz``.

Truth: hand labels (EmoDB, mfa), compositions and voices whose times are known (fsdd, sample_audio), and texts
that forced alignment places (LibriSpeech, AN4). Each recording is seen as it is, twice more with a room, a
noise, a band, a telephone or another gain, and once cut off in speech. All corpora have one weight. Meetings
are in no fit: their labels close on one another.

Run: ``OMP_NUM_THREADS=1 python -m training.speech --folds benchmarks/results/speech_folds.json``. ``--folds``
first trains without each corpus in turn and records the figures of that corpus.
"""

from __future__ import annotations

import argparse
import json
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
from benchmarks.tasks.speech import Tally
from training import perceptron

RATE_HZ = 16_000
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Seen:
    """A recording: what the net sees, where speech is, which frames are judged, what the rules find."""

    contours: NDArray[np.float32]
    is_speech: Bools
    is_judged: Bools
    by_rules: Runs
    masks: tuple[Bools, Bools]  # certain frames, audible ones


def corpora() -> Iterator[tuple[str, Sequence[truth.Labelled]]]:
    """Recordings whose speech is labelled, of each corpus."""
    yield "emodb", truth.emodb()
    yield "mfa", truth.mfa()
    yield "ami", truth.ami()
    yield "sample_audio", truth.sample_audio()
    yield "fsdd", truth.composed_digits()
    yield "librispeech", truth.librispeech(is_placed=True)
    yield "an4", truth.an4(is_placed=True)


def cut(one: truth.Labelled, seed: int) -> truth.Labelled:
    """The recording from a time in the first half of its speech to one in the second."""
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
    """The recording in another room, noise, band or line; None where it has no 16 kHz."""
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
        samples = samples + _noise(draw, samples.size, truth.active_power(samples, one.speech))
    if kind == 2:
        return Recording.from_samples(truth.over_telephone(samples.astype(np.float32)), 8_000)
    if kind == 4:
        cut_hz = draw.uniform(2_500, 6_000)
        samples = sosfilt(butter(2, cut_hz, fs=RATE_HZ, output="sos"), samples)
    gain = 10 ** (draw.uniform(-20, 0) / 20) / max(1.0, float(np.abs(samples).max()))
    return Recording.from_samples(np.clip(samples * gain, -1, 1), RATE_HZ)


def _noise(draw: np.random.Generator, size: int, power: float) -> NDArray[np.float64]:
    """Noise 5 to 35 dB below speech of that mean square: white, low-pass, or recorded."""
    kind = int(draw.integers(0, 3))
    noise = draw.normal(size=size)
    if kind == 1:
        noise = sosfilt(butter(1, draw.uniform(100, 1_500), fs=RATE_HZ, output="sos"), noise)
    elif kind == 2:
        recorded = truth.noises()
        chosen = recorded[int(draw.integers(len(recorded)))]
        noise = np.resize(np.roll(chosen, -int(draw.integers(0, 5 * RATE_HZ))), size).astype(np.float64)
    return np.asarray(noise * np.sqrt(power / 10 ** (draw.uniform(5, 35) / 10) / np.mean(noise**2)))


def seen(recording: Recording, one: truth.Labelled) -> Seen | None:
    """What the net is to see of a recording; None where the rules find no speech."""
    kept: dict[str, Any] = {}

    def rules(speech: Any, _: Any, *masks: Any) -> Any:
        kept["rules"], kept["masks"] = speech, masks
        return speech

    def unjudged(_: FrameClassifier, contours: NDArray[np.float32]) -> NDArray[np.float32]:
        kept["contours"] = contours
        return np.zeros(len(contours), np.float32)

    with patch.object(vad, "corrected", rules), patch.object(FrameClassifier, "probability", unjudged):
        vad.speech_intervals(recording, frames_of(recording))
    if not kept:
        return None
    count = min(len(kept["contours"]), int(100 * recording.duration_s))
    is_speech = truth.mask(truth.joined(one.speech), count)
    unsure = truth.mask(one.unsure, count)
    return Seen(kept["contours"], is_speech, is_speech | ~unsure, kept["rules"], kept["masks"])


def trained(corpus: dict[str, list[Seen]]) -> Weights:
    """A net fitted to some corpora, all with one weight."""
    rows, targets, weights = [], [], []
    for own in corpus.values():
        total = sum(len(each.is_speech) for each in own)
        for each in own:
            used = np.flatnonzero(each.is_judged)[::3]
            rows.append(CLASSIFIER.inputs(each.contours)[used])
            targets.append(each.is_speech[used])
            weights.append(np.full(used.size, 1 / total))
    return perceptron.fitted(rows, targets, weights, frames_drawn=150_000, most_passes=25)


def figures(own: Sequence[Seen], net: Weights | None) -> dict[str, float]:
    """Frames wrong in percent, and errors of silence and pauses, by the rules or with a net."""
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
    """Train, and write the net where the package reads it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folds", type=Path, help="record figures of corpora left out here, first")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "models" / "speech.npz")
    arguments = parser.parse_args()
    fitted: dict[str, list[Seen]] = {}
    tested: dict[tuple[str, str], list[Seen]] = {}
    for name, labelled in corpora():
        own = [seen(one.recording, one) for one in labelled]
        more = [
            seen(other, one)
            for at, one in enumerate(labelled)
            for k in (0, 1)
            if (other := changed(one, 7 * at + k)) is not None
        ]
        parts = (cut(one, at) for at, one in enumerate(labelled))
        more += [seen(part.recording, part) for part in parts]
        if not labelled:
            raise SystemExit(f"there are no recordings of {name}; nothing was trained")
        fitted[name] = [each for each in own + more if each is not None]
        for condition in truth.CONDITIONS if arguments.folds else ():
            heard = (truth.heard(one, condition, at) for at, one in enumerate(labelled))
            found = [seen(one.recording, one) for one in heard]
            tested[name, condition] = [each for each in found if each is not None]
        print(name, len(fitted[name]), flush=True)
    if arguments.folds:
        rows = {}
        for name in fitted:
            net = trained({other: own for other, own in fitted.items() if other not in (name, "ami")})
            for condition in truth.CONDITIONS:
                judged = tested[name, condition]
                rows[f"{name}, {condition}"] = {"rules": figures(judged, None), "net": figures(judged, net)}
                print(name, condition, rows[f"{name}, {condition}"], flush=True)
        arguments.folds.write_text(json.dumps(rows, indent=1) + "\n")
    perceptron.save(arguments.out, trained({name: own for name, own in fitted.items() if name != "ami"}))


if __name__ == "__main__":
    main()
