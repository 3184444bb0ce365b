"""Train the nets of syllable nuclei (`aftertone.acoustics.nuclei`), and write them to models/nuclei.npz.

    OMP_NUM_THREADS=1 python -m training.nuclei DATA [--folds benchmarks/results/nuclei_folds.json]

Labels: syllables of EmoDB, labelled by hand (Burkhardt et al. 2005); vowels of people with known words
(`training.vowels`); vowels of natural voices (`training.natural`). The place of a nucleus inside its syllable
is not labelled. It starts at the peak of sonority, and moves twice to the peak of the half-trained net.
Recordings are also presented over a telephone and in noise, those of EmoDB also slower and faster. Each time
a recording is read, its tempo, formants and tone are drawn anew. Training uses numpy alone.

With one thread and the versions of constraints.txt the same bytes are written again. `--folds` first trains
without some speakers and corpora, and records the figures for them. training/README.md has the recipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import band_centres_hz, frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import (
    CONTEXT,
    LAYERS,
    N_INPUTS,
    N_SPEECH_BANDS,
    SECOND_CONTEXT,
    STEP,
    context_of,
    nuclei_count,
    peaks_of,
    probability,
    sonority_of,
)
from aftertone.acoustics.spectrum import HOP_S
from aftertone.synthesis.kokoro import RATE_HZ
from benchmarks.common.command import parser_of, write_record
from sample_audio.voices import FIT_VOICES, HELD_OUT_VOICES
from training.natural import FLUENT, HELD_OUT_FLUENT, SPEECH, Sentence, sentences
from training.vowels import people

Array = NDArray[np.float32]
Net = list[Array]  # weights and biases of two layers and of the output

HIDDEN = (64, 32)  # units of the two layers
EPOCHS = 30
FRAMES_MIN = 20  # of a stretch whose speed is changed
RELABEL_AT = (8, 16)
WIDTH = 2.0  # frames: sigma of the target at a nucleus
CROP = 64  # steps of STEP frames
CROPS = 10  # of a batch
CROPS_SHARE = 0.6  # of all crops, read in each epoch
DECAY = 3e-5
FORMANT_SD, BAND_SD, TONE_SD = 0.06, 0.2, 0.2  # of log scale, in bands, in units of `sonority_of`
SENTENCES_EACH = 15  # of each natural voice for fitting; a held-out voice has a fifth
SEEDS = (0, 1)  # of the nets whose log odds are averaged
VERSIONS = {"emodb": 5, "natural": 2}  # number of `versions` of a corpus; 3 for others
FOLDS = (("librispeech", "moshi_numbers"), ("an4",), ("mfa", "ami"))  # left out with a third of the actors


@dataclass(frozen=True)
class Example:
    """One version of a recording: inputs of the net, syllables and nuclei."""

    corpus: str
    speaker: str
    version: str
    syllables: list[tuple[float, float]]
    judged: Interval  # labelled part, in seconds
    syllable_count: int
    span_s: float  # time of the syllables
    sonority: Array
    level_db: Array
    nuclei: list[float]  # frames


def versions(samples: Array, rate_hz: int, seed: int) -> Iterator[tuple[str, Array, int, float]]:
    """A recording and its changed versions: name, samples, sampling rate, factor of duration."""
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


def examples_of(
    corpus: str,
    speaker: str,
    samples: Array,
    rate_hz: int,
    syllables: list[tuple[float, float]],
    seed: int,
    *,
    judged: Interval | None = None,
    syllable_count: int | None = None,
    span_s: float | None = None,
) -> Iterator[Example]:
    """An example of each version; by default all syllables count."""
    low = (band_centres_hz()[:N_SPEECH_BANDS] > 200) & (band_centres_hz()[:N_SPEECH_BANDS] < 1_500)
    duration_s = samples.size / rate_hz
    judged = judged or Interval(0.0, duration_s)
    span_s = span_s or min(syllables[-1][1], duration_s) - syllables[0][0]
    for version, altered, altered_rate_hz, slower in islice(
        versions(samples, rate_hz, seed), VERSIONS.get(corpus, 3)
    ):
        frames = frames_of(Recording.from_samples(altered, altered_rate_hz))
        level_db = 10 * np.log10(np.sum(10 ** (frames.bands_db[:, :N_SPEECH_BANDS][:, low] / 10), axis=1))
        level_db = np.convolve(level_db, np.hanning(7) / np.hanning(7).sum(), "same")
        example = Example(
            corpus,
            speaker,
            version,
            [(start_s * slower, end_s * slower) for start_s, end_s in syllables],
            Interval(judged.start_s * slower, judged.end_s * slower),
            syllable_count or len(syllables),
            span_s * slower,
            sonority_of(frames),
            level_db,
            [],
        )
        yield relabelled(example, level_db)


def relabelled(example: Example, height: Array) -> Example:
    """The example with each nucleus at the highest frame of its syllable."""
    nuclei = []
    for start_s, end_s in example.syllables:
        margin_s = 0.1 * (end_s - start_s)
        first = min(round((start_s + margin_s) / HOP_S), len(height) - 1)
        past = min(max(round((end_s - margin_s) / HOP_S), first + 1), len(height))
        nuclei.append(first + float(np.argmax(height[first:past])))
    return replace(example, nuclei=nuclei)


def emodb(folder: Path) -> Iterator[Example]:
    """Examples of EmoDB; a syllable counts if its middle lies inside the file."""
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
        yield from examples_of("emodb", path.name[:2], samples, rate_hz, syllables, seed)


def of_people(data: Path) -> Iterator[Example]:
    """Examples of people with known words."""
    for seed, said in enumerate(people(data)):
        yield from examples_of(
            said.corpus,
            said.speaker,
            said.recording.samples,
            said.recording.rate_hz,
            list(said.vowels),
            seed,
            judged=said.judged,
            syllable_count=said.syllable_count,
            span_s=said.judged.duration_s,
        )


def natural(folder: Path) -> Iterator[Example]:
    """Examples of every second sentence by the voices for fitting."""
    for i, said in enumerate(sentences(FIT_VOICES, FLUENT, SENTENCES_EACH, folder)):
        if i % 2 == 0:
            yield from _of_sentence("natural", said, i)


def natural_held_out(folder: Path) -> Iterator[Example]:
    """Examples of other sentences by the held-out voices, for the figures."""
    held_out = sentences(HELD_OUT_VOICES, HELD_OUT_FLUENT, SENTENCES_EACH // 5, folder)
    for i, said in enumerate(held_out):
        yield from _of_sentence("natural voices", said, i)


def _of_sentence(corpus: str, said: Sentence, seed: int) -> Iterator[Example]:
    span_s = said.vowels[-1][1] - said.vowels[0][0]
    yield from examples_of(corpus, said.voice, said.samples, RATE_HZ, said.syllables, seed, span_s=span_s)


def redrawn(example: Example, draw: np.random.Generator) -> tuple[Array, list[float]]:
    """Sonority and nuclei of an example at another tempo, with other formants and another tone."""
    slower = float(np.exp(draw.uniform(np.log(0.75), np.log(1.35))))
    count = max(FRAMES_MIN, int(len(example.sonority) * slower))
    at = np.clip(np.arange(count) / slower, 0, len(example.sonority) - 1.001)
    whole, part = at.astype(int), (at % 1)[:, None]
    sonority = example.sonority[whole] * (1 - part) + example.sonority[whole + 1] * part
    band = np.arange(N_SPEECH_BANDS)
    moved = np.clip(
        band * np.exp(draw.normal(0, FORMANT_SD)) + draw.normal(0, BAND_SD), 0, N_SPEECH_BANDS - 1.001
    )
    low, share = moved.astype(int), moved % 1
    across = np.linspace(-1, 1, N_SPEECH_BANDS)
    tone = np.stack([np.ones_like(across), across, np.cos(np.pi * across), np.sin(np.pi * across)])
    bands = sonority[:, low] * (1 - share) + sonority[:, low + 1] * share + draw.normal(0, TONE_SD, 4) @ tone
    sonority = np.concatenate([bands, sonority[:, N_SPEECH_BANDS:]], axis=1).astype(np.float32)
    return sonority, [one * slower for one in example.nuclei]


def targets_of(count: int, nuclei: list[float]) -> Array:
    """Targets of the net: 1 at each nucleus, falling on both sides."""
    distance = np.abs(np.arange(count)[:, None] - np.array([*nuclei, np.inf])).min(axis=1)
    return np.asarray(np.exp(-0.5 * (distance / WIDTH) ** 2), np.float32)


def presented(
    corpus: list[Example], draw: np.random.Generator
) -> tuple[Array, Array, Array, NDArray[np.intp]]:
    """All examples, drawn anew and joined: inputs, targets, weights and starts of crops."""
    inputs, targets, weights, starts, row = [], [], [], [], 0
    for example in corpus:
        sonority, nuclei = redrawn(example, draw)
        count = len(sonority)
        at_s = np.arange(count) * HOP_S * len(example.sonority) / count
        judged = (at_s >= example.judged.start_s) & (at_s <= example.judged.end_s)
        padded, origin = context_of(sonority)
        after = -count % (CROP * STEP)
        inputs.append(np.pad(padded, ((0, after), (0, 0)), mode="edge"))
        targets.append(np.pad(targets_of(count, nuclei), (origin, origin + after)))
        weights.append(np.pad(judged.astype(np.float32), (origin, origin + after)))
        first = row + origin + int(draw.integers(STEP))
        starts.append(np.arange(first, first + count, CROP * STEP))
        row += len(inputs[-1])
    order = draw.permutation(np.concatenate(starts))
    some = order[: int(CROPS_SHARE * len(order))]
    return np.concatenate(inputs), np.concatenate(targets), np.concatenate(weights), some


def slopes(net: Net, seen: Array, target: Array, weight: Array) -> Net:
    """Gradients of the cross entropy of a batch for each array of the net.

    `seen` is of shape (n_crops, CROP + twice the margin, n_inputs), `target` and `weight` of (n_crops, CROP).
    """
    first, first_bias, second, second_bias, output, output_bias = net
    begins = [(max(SECOND_CONTEXT) + at) // STEP for at in SECOND_CONTEXT]
    hidden = np.tanh(seen @ first + first_bias)
    around = np.concatenate([hidden[:, begin : begin + CROP] for begin in begins], axis=2)
    above = np.tanh(around @ second + second_bias)
    error = 1 / (1 + np.exp(-(above @ output + output_bias))) - target
    error *= weight / weight.sum()
    back_above = error[..., None] * output * (1 - above**2)
    back_around = back_above @ second.T
    back_hidden = np.zeros_like(hidden)
    for begin, own in zip(begins, np.split(back_around, len(begins), axis=2), strict=True):
        back_hidden[:, begin : begin + CROP] += own
    back_hidden *= 1 - hidden**2
    by_row = [part.reshape(-1, part.shape[-1]) for part in (seen, back_hidden, around, back_above, above)]
    return [
        by_row[0].T @ by_row[1] + DECAY * first,
        by_row[1].sum(0),
        by_row[2].T @ by_row[3] + DECAY * second,
        by_row[3].sum(0),
        by_row[4].T @ error.ravel() + DECAY * output,
        error.sum(keepdims=True).ravel(),
    ]


def trained(corpus: list[Example], seed: int) -> Net:
    """A net with two hidden layers, trained by Adam (Kingma & Ba 2015) with a cosine schedule."""
    draw = np.random.default_rng(seed)
    sizes = (len(CONTEXT) * N_INPUTS, HIDDEN[0], len(SECOND_CONTEXT) * HIDDEN[0], HIDDEN[1])
    net: Net = [
        draw.normal(0, sizes[0] ** -0.5, sizes[:2]).astype(np.float32),
        np.zeros(HIDDEN[0], np.float32),
        draw.normal(0, sizes[2] ** -0.5, sizes[2:]).astype(np.float32),
        np.zeros(HIDDEN[1], np.float32),
        draw.normal(0, HIDDEN[1] ** -0.5, HIDDEN[1]).astype(np.float32),
        np.full(1, -1.5, np.float32),
    ]
    mean, square, steps = [np.zeros_like(part) for part in net], [np.zeros_like(part) for part in net], 0
    margin = max(SECOND_CONTEXT)
    crop = STEP * np.arange(CROP)
    around = np.arange(-margin, STEP * CROP + margin, STEP)
    for epoch in range(EPOCHS):
        if epoch in RELABEL_AT:
            corpus = [relabelled(example, probability(example.sonority, [net])) for example in corpus]
        inputs, target, weight, starts = presented(corpus, draw)
        step = 3e-3 * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS)) + 1e-5
        for first in range(0, len(starts) - CROPS + 1, CROPS):
            begins = starts[first : first + CROPS, None]
            counts = weight[begins + crop]
            if not counts.any():
                continue
            seen = inputs[(begins + around)[..., None] + np.asarray(CONTEXT)].reshape(CROPS, len(around), -1)
            steps += 1
            for i, slope in enumerate(slopes(net, seen, target[begins + crop], counts)):
                mean[i] = 0.9 * mean[i] + 0.1 * slope
                square[i] = 0.999 * square[i] + 0.001 * slope**2
                move = mean[i] / (1 - 0.9**steps) / (np.sqrt(square[i] / (1 - 0.999**steps)) + 1e-8)
                net[i] = (net[i] - step * move).astype(np.float32)
    return net


def figures(example: list[Example], nets: list[list[Net]]) -> dict[str, float]:
    """Correlation of the rate, and mean relative error and bias of the count in per cent."""
    truth = np.array([one.syllable_count for one in example])
    spans_s = np.array([one.span_s for one in example])
    found = np.array([_found(one, own) for one, own in zip(example, nets, strict=True)])
    return {
        "recordings": len(example),
        "speakers": len({one.speaker for one in example}),
        "syllables": int(truth.sum()),
        "correlation": round(float(np.corrcoef(truth / spans_s, found / spans_s)[0, 1]), 4),
        "error_percent": round(100 * float(np.mean(np.abs(found - truth) / truth)), 2),
        "bias_percent": round(100 * float(found.sum() / truth.sum() - 1), 2),
    }


def _found(one: Example, nets: list[Net]) -> int:
    peaks = peaks_of(probability(one.sonority, nets), one.sonority)
    return nuclei_count(np.asarray(peaks * HOP_S, np.float64), *one.judged)


def left_out_figures(corpus: list[Example], unseen: list[Example]) -> dict[str, dict[str, float]]:
    """Figures of each corpus and version, with nets that were trained without the speaker or corpus.

    Each of three folds leaves out a third of EmoDB's actors and some whole corpora. `unseen` is in no fit.
    """
    actors = sorted({example.speaker for example in corpus if example.corpus == "emodb"})
    judged: dict[tuple[str, str], list[tuple[Example, list[Net]]]] = {}
    for i, left_out in enumerate(FOLDS):
        without = {example.speaker for example in corpus if example.corpus == "emodb"} & set(actors[i::3])
        out = [h for h in corpus if h.corpus in left_out or (h.corpus == "emodb" and h.speaker in without)]
        known = {id(example) for example in out}
        fitted = [example for example in corpus if id(example) not in known]
        nets = [trained(fitted, seed) for seed in SEEDS]
        for example in [*out, *(unseen if i == 0 else [])]:
            judged.setdefault((example.corpus, example.version), []).append((example, nets))
        print("left out:", *left_out, *sorted(without), flush=True)
    return {
        f"{name}, {version}": figures([example for example, _ in pairs], [nets for _, nets in pairs])
        for (name, version), pairs in sorted(judged.items())
    }


def main() -> None:
    """Train, and write the nets."""
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("--folds", type=Path, help="first record figures for speakers and corpora left out")
    parser.add_argument(
        "--speech", type=Path, default=SPEECH, help="folder that stores the synthesised speech"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "models" / "nuclei.npz")
    arguments = parser.parse_args()
    corpus = [*emodb(arguments.data / "emodb"), *of_people(arguments.data), *natural(arguments.speech)]
    if arguments.folds:
        left_out = left_out_figures(corpus, list(natural_held_out(arguments.speech)))
        write_record(arguments.folds, left_out)
        for name, row in left_out.items():
            print(name, row)
    layers = zip(*(trained(corpus, seed) for seed in SEEDS), strict=True)
    nets: dict[str, Any] = {
        name: np.stack(parts).astype(np.float16) for name, parts in zip(LAYERS, layers, strict=True)
    }
    np.savez(arguments.out, **nets)
    print(arguments.out, arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
