"""Train the net that `aftertone.acoustics.nuclei` reads, and write it to ``models/nuclei.npz``.

Truth: hand-labelled syllable starts of EmoDB (Burkhardt et al. 2005), and the vowels of natural voices
(`training.natural`). Where in a labelled syllable its nucleus lies is not labelled: it starts at the sonority
peak, and moves to where the half-trained net puts it. Every recording of EmoDB is also presented over a
telephone line, in noise, slowed and quickened; and each time one is read, its tempo, formants and tone are
drawn anew. numpy alone.

Run: ``OMP_NUM_THREADS=1 python -m training.nuclei EMODB`` (the folder that holds the .wav files and
``silb/``). On one thread and the versions of constraints.txt it writes the same bytes again. ``--folds FILE``
first trains without some of the speakers, in turn, and records the figures for them. training/README.md has
the recipe.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import band_centres_hz, frames_of
from aftertone.acoustics.nuclei import (
    CONTEXT,
    FEWEST_FRAMES,
    N_INPUTS,
    N_SPEECH_BANDS,
    context_of,
    likelihood,
    peaks_of,
    sonority_of,
)
from aftertone.acoustics.spectrum import HOP_S
from sample_audio.voices import FIT_VOICES, RATE_HZ
from training.natural import FLUENT, SPEECH, sentences

Array = NDArray[np.float32]
Net = list[Array]  # hidden weights and biases, output weights and bias

HIDDEN = 48
EPOCHS = 16
RELABEL_AT = (5, 10)
WIDTH = 2.0  # frames: sigma of the bump that stands for a nucleus
BATCH = 512
SENTENCES_EACH = 15  # of each natural voice
SEED = 4  # of six, the one whose net errs least on mfa, AMI, LibriSpeech and fsdd together


@dataclass(frozen=True)
class Heard:
    """One version of one recording: its sonority, its syllables and where their nuclei are thought to be."""

    speaker: str
    version: str
    syllables: list[tuple[float, float]]
    sonority: Array
    level_db: Array
    nuclei: list[float]  # frames

    @property
    def span_s(self) -> float:
        """From the first syllable to the last."""
        return min(self.syllables[-1][1], len(self.sonority) * HOP_S) - self.syllables[0][0]


def versions(samples: Array, rate_hz: int, seed: int) -> Iterator[tuple[str, Array, int, float]]:
    """A recording as it is, and as it might have been: name, samples, rate, how much slower."""
    from scipy.signal import butter, sosfilt

    draw = np.random.default_rng(seed)
    yield "clean", samples, rate_hz, 1.0
    band = sosfilt(
        butter(4, (300, 3_400), "bandpass", fs=8_000, output="sos"), soxr.resample(samples, rate_hz, 8_000)
    )
    band = band / np.abs(band).max() * draw.uniform(0.1, 0.9)
    compressed = np.round(np.log1p(255 * np.abs(band)) / np.log(256) * 127) / 127
    yield "telephone", (np.sign(band) * (256**compressed - 1) / 255).astype(np.float32), 8_000, 1.0
    loud = np.mean(samples[np.abs(samples) > 0.03 * np.abs(samples).max()] ** 2)
    noise = draw.normal(0, np.sqrt(loud / 10 ** (draw.uniform(8, 20) / 10)), samples.size)
    yield "noisy", (samples + noise).astype(np.float32), rate_hz, 1.0
    for name, slower in (("slow", 1 / 0.87), ("fast", 1 / 1.15)):
        yield name, samples, round(rate_hz / slower), slower


def heard_versions(
    speaker: str,
    samples: Array,
    rate_hz: int,
    syllables: list[tuple[float, float]],
    seed: int,
) -> Iterator[Heard]:
    """What the net is to see of each version."""
    low = (band_centres_hz()[:N_SPEECH_BANDS] > 200) & (band_centres_hz()[:N_SPEECH_BANDS] < 1_500)
    for version, altered, altered_rate_hz, slower in versions(samples, rate_hz, seed):
        frames = frames_of(Recording.from_samples(altered, altered_rate_hz))
        level_db = 10 * np.log10(np.sum(10 ** (frames.bands_db[:, :N_SPEECH_BANDS][:, low] / 10), axis=1))
        level_db = np.convolve(level_db, np.hanning(7) / np.hanning(7).sum(), "same")
        moved = [(start_s * slower, end_s * slower) for start_s, end_s in syllables]
        heard = Heard(speaker, version, moved, sonority_of(frames), level_db, [])
        yield relabelled(heard, level_db)


def relabelled(heard: Heard, height: Array) -> Heard:
    """The same with each nucleus at the highest frame of its syllable."""
    nuclei = []
    for start_s, end_s in heard.syllables:
        margin_s = 0.1 * (end_s - start_s)
        first = min(round((start_s + margin_s) / HOP_S), len(height) - 1)
        past = min(max(round((end_s - margin_s) / HOP_S), first + 1), len(height))
        nuclei.append(first + float(np.argmax(height[first:past])))
    return replace(heard, nuclei=nuclei)


def emodb(folder: Path) -> Iterator[Heard]:
    """EmoDB; only syllables whose middle lies inside the file."""
    for seed, path in enumerate(sorted(folder.glob("*.wav"))):
        samples, rate_hz = soundfile.read(path, dtype="float32")
        labels = (folder / "silb" / f"{path.stem}.silb").read_text("latin1").split("\n")
        rows = [line.split() for line in labels if line.strip()]
        starts_s = [float(row[0]) for row in rows]
        spoken = [row[-1] not in "(." for row in rows]
        syllables = [
            pair
            for pair, is_spoken in zip(pairwise(starts_s), spoken, strict=False)
            if is_spoken and sum(pair) / 2 < samples.size / rate_hz
        ]
        yield from heard_versions(path.name[:2], samples, rate_hz, syllables, seed)


def natural(folder: Path) -> Iterator[Heard]:
    """Sentences by the voices for training: every other one, half of these over a telephone too."""
    for i, said in enumerate(sentences(FIT_VOICES, FLUENT, SENTENCES_EACH, folder)):
        if i % 2 == 0:
            every = heard_versions(said.voice, said.samples, RATE_HZ, said.syllables, i)
            yield from islice(every, 1 + i % 4 // 2)


def redrawn(heard: Heard, draw: np.random.Generator) -> tuple[Array, list[float]]:
    """Sonority and nuclei at another tempo, with other formants and another tone."""
    slower = float(np.exp(draw.uniform(np.log(0.75), np.log(1.35))))
    count = max(FEWEST_FRAMES, int(len(heard.sonority) * slower))
    at = np.clip(np.arange(count) / slower, 0, len(heard.sonority) - 1.001)
    whole, part = at.astype(int), (at % 1)[:, None]
    sonority = heard.sonority[whole] * (1 - part) + heard.sonority[whole + 1] * part
    band = np.arange(N_SPEECH_BANDS)
    moved = np.clip(band * np.exp(draw.normal(0, 0.06)) + draw.normal(0, 0.2), 0, N_SPEECH_BANDS - 1.001)
    low, share = moved.astype(int), moved % 1
    across = np.linspace(-1, 1, N_SPEECH_BANDS)
    tone = np.stack([np.ones_like(across), across, np.cos(np.pi * across), np.sin(np.pi * across)])
    bands = sonority[:, low] * (1 - share) + sonority[:, low + 1] * share + draw.normal(0, 0.2, 4) @ tone
    sonority = np.concatenate([bands, sonority[:, N_SPEECH_BANDS:]], axis=1).astype(np.float32)
    return sonority, [one * slower for one in heard.nuclei]


def bumps(count: int, nuclei: list[float]) -> Array:
    """1 at each nucleus, falling off on both sides."""
    distance = np.abs(np.arange(count)[:, None] - np.array([*nuclei, np.inf])).min(axis=1)
    return np.asarray(np.exp(-0.5 * (distance / WIDTH) ** 2), np.float32)


def trained(corpus: list[Heard], seed: int = SEED) -> Net:
    """One hidden layer, cross entropy, Adam (Kingma & Ba 2015), the step falling as a cosine."""
    draw = np.random.default_rng(seed)
    n_inputs = len(CONTEXT) * N_INPUTS
    net: Net = [
        draw.normal(0, n_inputs**-0.5, (n_inputs, HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        draw.normal(0, HIDDEN**-0.5, HIDDEN).astype(np.float32),
        np.full(1, -1.5, np.float32),
    ]
    mean, square, steps = [np.zeros_like(part) for part in net], [np.zeros_like(part) for part in net], 0
    for epoch in range(EPOCHS):
        if epoch in RELABEL_AT:
            corpus = [relabelled(heard, likelihood(heard.sonority, net)) for heard in corpus]
        drawn = [redrawn(heard, draw) for heard in corpus]
        inputs = np.concatenate([context_of(sonority)[0] for sonority, _ in drawn])
        rows = np.cumsum([0, *(len(sonority) + np.ptp(CONTEXT) for sonority, _ in drawn[:-1])])
        frames = [row - min(CONTEXT) + np.arange(len(one)) for row, (one, _) in zip(rows, drawn, strict=True)]
        frame = np.concatenate(frames)
        target = np.concatenate([bumps(len(sonority), nuclei) for sonority, nuclei in drawn])
        order = draw.permutation(len(frame))[: int(0.6 * len(frame))]
        step = 3e-3 * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS)) + 1e-5
        for first in range(0, len(order) - BATCH, BATCH):
            batch = order[first : first + BATCH]
            seen = inputs[frame[batch][:, None] + np.asarray(CONTEXT)].reshape(BATCH, -1)
            hidden = np.tanh(seen @ net[0] + net[1])
            error = (1 / (1 + np.exp(-(hidden @ net[2] + net[3]))) - target[batch]) / BATCH
            back = np.outer(error, net[2]) * (1 - hidden**2)
            slopes = [
                seen.T @ back + 3e-5 * net[0],
                back.sum(0),
                hidden.T @ error + 3e-5 * net[2],
                error.sum(keepdims=True),
            ]
            steps += 1
            for i, slope in enumerate(slopes):
                mean[i] = 0.9 * mean[i] + 0.1 * slope
                square[i] = 0.999 * square[i] + 0.001 * slope**2
                move = mean[i] / (1 - 0.9**steps) / (np.sqrt(square[i] / (1 - 0.999**steps)) + 1e-8)
                net[i] = (net[i] - step * move).astype(np.float32)
    return net


def figures(heard: list[Heard], net_of: dict[str, Net]) -> dict[str, float]:
    """Correlation of the rate, mean relative error and bias of the count in percent."""
    truth = np.array([len(one.syllables) for one in heard])
    spans_s = np.array([one.span_s for one in heard])
    found = np.array(
        [len(peaks_of(likelihood(one.sonority, net_of[one.speaker]), one.sonority)) for one in heard]
    )
    return {
        "recordings": len(heard),
        "syllables": int(truth.sum()),
        "correlation": round(float(np.corrcoef(truth / spans_s, found / spans_s)[0, 1]), 4),
        "error_percent": round(100 * float(np.mean(np.abs(found - truth) / truth)), 2),
        "bias_percent": round(100 * float(found.sum() / truth.sum() - 1), 2),
    }


def left_out_figures(corpus: list[Heard]) -> dict[str, dict[str, float]]:
    """Figures of each version for speakers left out, by nets trained without a third of them in turn."""
    speakers = sorted({heard.speaker for heard in corpus} - set(FIT_VOICES))
    net_of: dict[str, Net] = {}
    for some in (speakers[i::3] for i in range(3)):
        net = trained([heard for heard in corpus if heard.speaker not in some])
        net_of |= dict.fromkeys(some, net)
    return {
        version: figures([one for one in corpus if one.version == version and one.speaker in net_of], net_of)
        for version in ("clean", "telephone", "noisy", "slow", "fast")
    }


def main() -> None:
    """Train, and write the net where the package reads it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("emodb", type=Path, help="the folder that holds the .wav files and silb/")
    parser.add_argument("--folds", type=Path, help="record figures for speakers left out here, first")
    parser.add_argument("--speech", type=Path, default=SPEECH, help="keep what the voices say here")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "models" / "nuclei.npz")
    arguments = parser.parse_args()
    corpus = [*emodb(arguments.emodb), *natural(arguments.speech)]
    if arguments.folds:
        left_out = left_out_figures(corpus)
        arguments.folds.write_text(json.dumps(left_out, indent=1) + "\n")
        for version, row in left_out.items():
            print(version, row)
    hidden, hidden_bias, output, output_bias = (part.astype(np.float16) for part in trained(corpus))
    np.savez(arguments.out, hidden=hidden, hidden_bias=hidden_bias, output=output, output_bias=output_bias)
    print(arguments.out, arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
