"""Train the voicing net of pitch (`aftertone.acoustics`), and write it to models/voicing.npz.

    OMP_NUM_THREADS=1 python -m training.pitch [--folds benchmarks/results/pitch_folds.json]

Labels: voices that are resynthesised with a known pitch (`benchmarks.tasks.pitch`), clean, in 10 dB of noise
and over a telephone; the unchanged recordings, where three of Praat AC, Praat CC, harvest and SwiftF0 agree
on voicing; synthetic buzzes, tones and noises. All corpora have the same weight. `--folds` first trains
without each corpus in turn, and records the figures of that corpus.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import lfilter

from aftertone import Recording, read_audio
from aftertone.acoustics.frame_classifier import Weights
from aftertone.acoustics.frames import Frames, frames_of
from aftertone.acoustics.pitch import CLASSIFIER, pitch_contour, pitch_path, voicing_contours
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.conditions import CONDITIONS, RATE_HZ
from benchmarks.common.peers import Contour, harvest, praat_ac, praat_cc, swift_f0
from benchmarks.tasks.pitch import LONGEST_S, Errors, resynthesised, unchanged_files, voice_under, voices
from training import perceptron

SYNTHETIC_COUNT = 300  # buzzes, tones and noises
UNCHANGED_WEIGHT = 0.5  # of the weight of resynthesised voices
VOTES = 3  # of four trackers
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Example:
    """A recording: frames, inputs of the net, pitch (0 unvoiced, NaN not labelled)."""

    condition: str
    frames: Frames
    inputs: NDArray[np.float32]
    true_hz: Contour


def example_of(recording: Recording, true_hz: Contour, condition: str) -> Example:
    """The example of a recording."""
    frames = frames_of(recording)
    size = min(frames.n_frames, true_hz.size)
    return Example(
        condition,
        frames,
        CLASSIFIER.inputs(voicing_contours(frames, pitch_path(frames.pitch_candidates)))[:size],
        true_hz[:size],
    )


def voted(recording: Recording) -> Contour:
    """The pitch of most trackers, 0 for unvoiced; NaN where two stand against two."""
    votes = [tracker(recording) for tracker in (praat_ac, praat_cc, harvest, swift_f0)]
    size = min(vote.size for vote in votes)
    votes = [vote[:size] for vote in votes]
    count = np.sum([vote > 0 for vote in votes], axis=0)
    middle = np.sort(votes[:3], axis=0)[1]
    return np.where(count >= VOTES, middle, np.where(count <= len(votes) - VOTES, 0, np.nan))


def resynthesised_examples(paths: Sequence[Path]) -> Iterator[Example]:
    """Voices with known pitch under each condition."""
    for at, path in enumerate(paths):
        samples, rate_hz = soundfile.read(path)
        voice, true_hz = resynthesised(np.ascontiguousarray(samples[: LONGEST_S * rate_hz]), rate_hz)
        for condition in CONDITIONS:
            yield example_of(voice_under(voice, true_hz, condition, at), true_hz, condition)


def synthetic(seed: int) -> Example:
    """A noise, a tone or an intermittent buzz of harmonics, with hum or without."""
    draw = np.random.default_rng(seed)
    size = int(draw.uniform(2, 4) * RATE_HZ)
    time_s = np.arange(size) / RATE_HZ
    grid = np.minimum(np.arange(1 + size // 160) * 160, size - 1)
    if seed % 4 == 0:
        noise = lfilter([1], [1, 10 ** -draw.uniform(0, 2.7) - 1], draw.normal(size=size))  # white to brown
        noise *= 10 ** (draw.uniform(-60, -10) / 20) / noise.std()
        return example_of(
            Recording.from_samples(noise.astype(np.float32), RATE_HZ), np.zeros(grid.size), "synthetic"
        )
    highest_hz = draw.choice([80, 595])  # the lowest voices have two pulses in a window
    middle_hz = 2 ** draw.uniform(np.log2(61), np.log2(highest_hz))
    swing = draw.choice([0, draw.uniform(0, 0.3)]) * np.sin(2 * np.pi * draw.uniform(0.3, 2) * time_s)
    hz = np.clip(middle_hz * 2**swing, 61, 595)
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    lowest = int(draw.integers(1, 4))
    highest = max(lowest, int(draw.uniform(1_000, 3_400) / hz.max()))
    harmonics = [1] if seed % 4 == 1 and middle_hz > 120 else range(lowest, highest + 1)
    db_per_octave, dispersion = draw.choice([0, draw.uniform(0, 12)]), draw.choice([0, 2 * np.pi])
    buzz = sum(np.cos(k * phase + draw.uniform(0, dispersion)) * k ** (-db_per_octave / 6) for k in harmonics)
    is_on = np.ones(size, bool)
    if draw.random() < 0.7:
        swell = np.sin(2 * np.pi * draw.uniform(0.5, 3) * time_s + draw.uniform(0, 6.28))
        is_on = swell > draw.uniform(-0.8, 0.5)
    samples = np.convolve(is_on, np.full(80, 1 / 80), "same") * buzz / np.std(buzz)
    samples += draw.normal(size=size) * 10 ** (-draw.uniform(15, 70) / 20)
    if draw.random() < 0.5:
        samples += np.cos(2 * np.pi * draw.choice([50, 60, 100, 120]) * time_s) * 10 ** (
            -draw.uniform(15, 50) / 20
        )
    samples *= 0.1 * 10 ** (draw.uniform(-30, 0) / 20)
    recording = Recording.from_samples(samples.astype(np.float32), RATE_HZ)
    return example_of(recording, np.where(is_on, hz, 0)[grid], "synthetic")


def trained(corpora: dict[str, list[Example]]) -> Weights:
    """A net fitted to corpora that have the same weight."""
    rows, targets, weights = [], [], []
    for own in corpora.values():
        for kind in {each.condition == UNCHANGED for each in own}:
            of_kind = [each for each in own if (each.condition == UNCHANGED) is kind]
            worth = UNCHANGED_WEIGHT if kind else 1.0
            total = sum(each.true_hz.size for each in of_kind)
            for each in of_kind:
                is_judged = np.isfinite(each.true_hz)
                rows.append(each.inputs[is_judged])
                targets.append(each.true_hz[is_judged] > 0)
                weights.append(np.full(np.count_nonzero(is_judged), worth / total))
    return perceptron.fitted(rows, targets, weights, frames_drawn=300_000, most_passes=30, batch_size=500)


def figures(own: Sequence[Example], net: Weights) -> dict[str, float]:
    """Errors of the pitch contour with a net."""
    errors = []
    with patch("aftertone.acoustics.frame_classifier.stored_weights", lambda _: tuple(net)):
        for each in own:
            contour = pitch_contour(Recording(np.zeros(0, np.float32)), each.frames)
            errors.append(Errors.of(np.nan_to_num(contour.hz).astype(np.float64), each.true_hz))
    frames, both, gross = (sum(getattr(e, name) for e in errors) for name in ("frames", "both", "gross"))
    missed, invented = sum(e.missed for e in errors), sum(e.invented for e in errors)
    return {
        "recordings": len(own),
        "gross_percent": round(100 * gross / both, 3),
        "voicing_percent": round(100 * (missed + invented) / frames, 2),
        "missed_percent": round(100 * missed / frames, 2),
        "invented_percent": round(100 * invented / frames, 2),
        "mean_cents": round(sum(e.cents for e in errors) / (both - gross), 1),
    }


def main() -> None:
    """Train, and write the net."""
    parser = parser_of(__doc__)
    parser.add_argument("--folds", type=Path, help="first record figures for corpora left out")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "models" / "voicing.npz")
    arguments = parser.parse_args()
    corpora: dict[str, list[Example]] = {}
    for name, paths in voices().items():
        corpora[name] = list(resynthesised_examples(paths))
        for path in unchanged_files()[name]:
            recording = Recording.from_samples(read_audio(path).samples[: LONGEST_S * RATE_HZ], RATE_HZ)
            corpora[name].append(example_of(recording, voted(recording), UNCHANGED))
        print(name, len(corpora[name]), flush=True)
    if len(corpora) < 6:
        raise SystemExit(f"only {', '.join(corpora)} were found; nothing was trained")
    corpora["synthetic"] = [synthetic(seed) for seed in range(SYNTHETIC_COUNT)]
    if arguments.folds:
        rows = {}
        for name, own in corpora.items():
            if name == "synthetic":
                continue
            net = trained({other: theirs for other, theirs in corpora.items() if other != name})
            for condition in (*CONDITIONS, UNCHANGED):
                judged = [each for each in own if each.condition == condition]
                rows[f"{name}, {condition}"] = figures(judged, net)
                print(name, condition, rows[f"{name}, {condition}"], flush=True)
        write_record(arguments.folds, rows)
    perceptron.save(arguments.out, trained(corpora))


if __name__ == "__main__":
    main()
