"""Recordings whose speech, syllables and hesitations are known, and what may happen to them on the way.

Real voices are read from the data beside the checkout; where a folder is missing a line says so, and its
recordings are left out. Everything random is seeded.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from aftertone import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.language.forced_alignment import word_segments
from aftertone.language.pronunciation import pronunciation
from aftertone.language.syllables import syllable_count
from aftertone.language.tokens import spoken_words
from benchmarks.common.machine import ROOT, SHARED_DATA
from benchmarks.common.tables import TUNED

Signal = NDArray[np.float32]
SAMPLES = ROOT / "sample_audio"
RATE_HZ = 16_000
CONDITIONS = ("clean", "10 dB noise", "telephone")

MESSAGES = frozenset({"voicemail", "greeting and message"})
"""Kinds of sample_audio in which a caller leaves a message in English."""
SPEECHLESS = frozenset({"hang-up", "pocket call"})
"""Kinds in which nobody speaks to the telephone: every word is invented."""

TUNED_ON: Mapping[str, frozenset[str]] = {
    # experiments/speech.md: thresholds and the net of edges
    "speech": frozenset({"mfa", "emodb", "fsdd", "sample_audio", "librispeech", "an4"}),
    # experiments/pitch.md: constants, and the net of voicing
    "pitch": frozenset({"mfa", "emodb", "telephone", "librispeech", "an4", "sample_audio"}),
    # experiments/nuclei.md: the nets were trained on all but fsdd, which was looked at when choices were made
    "nuclei": frozenset({"mfa", "emodb", "ami", "librispeech", "an4", "moshi_numbers", "fsdd"}),
    "tones": frozenset({"mfa", "emodb", "telephone", "fsdd"}),  # experiments/tones.md
    # experiments/filled_pauses.md: the weights were fitted on all of these
    "filled_pauses": frozenset({"mfa", "ami", "emodb", "telephone", "fsdd", "librispeech"}),
    "level": frozenset(),
    "words": frozenset({"librispeech", "ami", "mfa"}),  # experiments/whisper.md
    # experiments/number.md: one way of finding the number was chosen over another on most of these clips
    "number": frozenset({"an4", "moshi_numbers", "fsdd"}),
}
"""For each measure the corpora that a threshold or a prompt was chosen on, or a net was trained on.

What is fitted to the call-back number from here on leaves out the speakers that
`composed_messages.SPEAKERS` holds out.
"""
# Gaps that are no pause: a stop's closure lasts as long. Labels and verdicts are joined over them alike.
JOINED_S = 0.15
SPOKEN_DIGIT_SYLLABLES = (2, 1, 1, 1, 1, 1, 1, 2, 1, 1)  # zero to nine
_ALIGNER_S = {"acoustic_corpus": {14.83: 14.50}}  # a word's start that the ear and the spectrogram move


@dataclass(frozen=True, slots=True)
class Labelled:
    """One recording and the truth about it.

    Attributes
    ----------
    source, name, speaker : str
        Corpus, file, and who speaks.
    recording : Recording
    speech : tuple of Interval
        Where somebody speaks; empty where only the text is known.
    words : tuple of (Interval, int)
        Timed words and their syllables; empty where only a count is known.
    syllable_count : int
    span_s : float
        Time that the syllables take; the whole recording where only the text is known.
    unsure : tuple of Interval
        Laughter and other noises of people, which are neither speech nor silence.
    """

    source: str
    name: str
    speaker: str
    recording: Recording
    speech: tuple[Interval, ...]
    words: tuple[tuple[Interval, int], ...]
    syllable_count: int
    span_s: float
    unsure: tuple[Interval, ...] = ()


def mark(task: str, corpus: str) -> str:
    """What ends the label of aftertone's figure on a corpus: a dagger where something was tuned on it."""
    return TUNED * (corpus in TUNED_ON[task])


def row_label(task: str, corpus: str, *more: str) -> str:
    """What a row of aftertone on a corpus is called.

    >>> row_label("speech", "mfa", "clean"), row_label("speech", "ami", "clean")
    ('mfa, clean †', 'ami, clean')
    """
    return ", ".join((corpus, *more)) + mark(task, corpus)


def speaker_of(corpus: str, name: str) -> str:
    """Who speaks in a recording of a corpus; the recording itself where nobody has said, or where several do.

    >>> speaker_of("an4", "cen7-fash-b.flac"), speaker_of("librispeech", "1688-142285-0000.flac")
    ('fash', '1688')
    """
    stem = Path(name).stem
    if corpus == "sample_audio":
        return next(str(truth["voice"]) for truth in truths() if truth["file"] == name)
    parts = {
        "emodb": stem[:2],
        "librispeech": stem.split("-")[0],
        "an4": "".join(stem.split("-")[1:2]),
        "fsdd": "".join(stem.split("_")[1:2]),
        "mfa": "one man",
        "moshi_numbers": "one reader",
    }
    return parts.get(corpus, stem)


def speakers_told(corpus: str, speakers: Iterable[str]) -> str:
    """How many people speak in recordings of a corpus, as a table says it."""
    count = len(set(speakers))
    return {"ami": f"{count} meetings", "telephone": "unknown"}.get(corpus, str(count))


def joined(intervals: Iterable[tuple[float, float]], gap_s: float = JOINED_S) -> tuple[Interval, ...]:
    """Intervals, those less than `gap_s` apart made one."""
    made: list[Interval] = []
    for start_s, end_s in intervals:
        if made and start_s - made[-1].end_s < gap_s:
            made[-1] = Interval(made[-1].start_s, max(end_s, made[-1].end_s))
        else:
            made.append(Interval(start_s, end_s))
    return tuple(made)


@cache
def folder(name: str) -> Path | None:
    """A folder of the data beside the checkout; None, and a line that says so, where it is not there."""
    path = SHARED_DATA / name
    if path.is_dir():
        return path
    print(f"left out: shared/data/{name} is not beside the checkout")
    return None


def files(pattern: str) -> list[Path]:
    """Files of the data beside the checkout, in order."""
    where = folder(pattern.split("/", maxsplit=1)[0])
    return sorted(SHARED_DATA.glob(pattern)) if where else []


@cache
def emodb() -> tuple[Labelled, ...]:
    """German sentences by five actors; syllables labelled by hand. Labels run on where the file is cut."""
    labelled = []
    for path in files("emodb/*.wav"):
        recording = read_audio(path)
        text = path.with_name("silb").joinpath(f"{path.stem}.silb").read_text("latin1")
        rows = [line.split() for line in text.splitlines() if line.strip()]
        parts = [
            (Interval(float(a[0]), float(b[0])), a[-1] not in "(.")  # "(" is a pause, "." the end
            for a, b in pairwise([*rows, [str(recording.duration_s)]])
        ]
        spoken = [part for part, is_spoken in parts if is_spoken]
        inside = [part for part in spoken if sum(part) / 2 < recording.duration_s]
        within = [(start_s, min(end_s, recording.duration_s)) for start_s, end_s in inside]
        span_s = within[-1][1] - within[0][0]
        speech = joined(within)
        labelled.append(
            Labelled(
                "emodb", path.stem, speaker_of("emodb", path.stem), recording, speech, (), len(inside), span_s
            )
        )
    return tuple(labelled)


@cache
def mfa() -> tuple[Labelled, ...]:
    """One man, spontaneous; words timed by an aligner."""
    return tuple(
        _of_words("mfa", path.stem, read_audio(path), _aligned(path.stem))
        for path in files("mfa/*_corpus.wav")
    )


def _aligned(name: str) -> Iterator[tuple[Interval, str]]:
    with (SHARED_DATA / "mfa" / "words" / f"{name}.csv").open() as rows:
        for row in csv.DictReader(rows):
            start_s, end_s = float(row["start"]), float(row["end"])
            moved = _ALIGNER_S.get(name, {})
            start_s = next((to for at, to in moved.items() if abs(at - start_s) < 0.05), start_s)
            yield Interval(start_s, end_s), row["word"].replace("yknow", "you know")


@cache
def ami() -> tuple[Labelled, ...]:
    """Meetings of several people, 30 s each. Their words' times close on one another inside a turn.

    Speech and hesitations only: where two talk at once nobody can count syllables.
    """
    labelled = []
    for path in files("ami_excerpts/*.flac"):
        said: list[tuple[float, float]] = []
        unsure: list[tuple[float, float]] = []
        for start_s, end_s, word in meeting_words(path):
            (unsure if word.startswith("[") else said).append((start_s, end_s))
        recording = read_audio(path)
        labelled.append(
            Labelled("ami", path.stem, path.stem, recording, joined(said), (), 0, 0.0, joined(unsure))
        )
    return tuple(labelled)


def meeting_words(path: Path) -> list[tuple[float, float, str]]:
    """Words of everyone in one of ami's recordings, by their start; noises of people in brackets."""
    with (path.parent / "words" / f"{path.stem}.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(float(row["start"]), float(row["end"]), row["word"]) for row in csv.DictReader(lines)]
    return sorted(rows)


@cache
def librispeech(*, is_placed: bool = False) -> tuple[Labelled, ...]:
    """Sentences read by five people, the harder half of LibriSpeech.

    The text without times; where `is_placed` those whose text forced alignment finds, with their speech.
    """
    return tuple(_of_texts("librispeech", "librispeech_test_other", is_placed))


@cache
def an4(*, is_placed: bool = False) -> tuple[Labelled, ...]:
    """Numbers said by 51 people; times as of `librispeech`."""
    return tuple(_of_texts("an4", "an4", is_placed))


def _of_texts(source: str, name: str, is_placed: bool) -> Iterator[Labelled]:
    where = folder(name)
    if where is None:
        return
    with (where / "metadata.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            recording = read_audio(where / row["file_name"])
            count = sum(syllable_count(word) for word in row["text"].split())
            speaker = speaker_of(source, row["file_name"])
            speech = _placed(recording, row["text"].lower()) if is_placed else ()
            if speech or not is_placed:
                yield Labelled(
                    source, row["file_name"], speaker, recording, speech, (), count, recording.duration_s
                )


def _placed(recording: Recording, text: str) -> tuple[Interval, ...]:
    """When the words of a text are said, by forced alignment; nothing where they are not found."""
    spoken = [part for word in text.split() for part in spoken_words(word) if pronunciation(part)]
    found = word_segments(recording, Interval(0.0, recording.duration_s), spoken)
    return joined((each.start_s, each.end_s) for each in found or ())


def truths() -> list[dict[str, Any]]:
    """What is known of each recording of sample_audio."""
    return [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((SAMPLES / "truth").glob("*.json"))
    ]


def practice_messages() -> list[dict[str, Any]]:
    """The recordings of sample_audio in which a caller leaves a message in English."""
    return [truth for truth in truths() if truth["kind"] in MESSAGES]


@cache
def sample_audio() -> tuple[Labelled, ...]:
    """Practice messages as they were spoken, nothing else in the recording; timed by the synthesiser."""
    return tuple(
        _of_words(
            "sample_audio",
            truth["file"],
            read_audio(SAMPLES / truth["file"]),
            [(Interval(word["start_s"], word["end_s"]), word["text"]) for word in truth["words"]],
        )
        for truth in practice_messages()
        if truth["condition"] == "clean" and not truth["greeting"]
    )


def _of_words(
    source: str, name: str, recording: Recording, words: Iterable[tuple[Interval, str]]
) -> Labelled:
    counted = tuple((interval, syllable_count(text)) for interval, text in words)
    speech = joined(interval for interval, _ in counted)
    total = sum(count for _, count in counted)
    span_s = sum(part.duration_s for part in speech)
    return Labelled(source, name, speaker_of(source, name), recording, speech, counted, total, span_s)


@cache
def composed_digits(count: int = 24) -> tuple[Labelled, ...]:
    """Ten digits of one man in a row, 8 kHz, the gaps of known length, faint noise between."""
    paths = files("fsdd/*.wav")
    speakers = sorted({path.stem.split("_")[1] for path in paths})
    draw = np.random.default_rng(3)
    labelled = []
    for i in range(count if paths else 0):
        speaker = speakers[i % len(speakers)]
        own = [path for path in paths if path.stem.split("_")[1] == speaker]
        pieces, words, at = [np.zeros(int(draw.uniform(0.3, 1.2) * 8_000))], [], 0
        for k in draw.integers(0, len(own), 10):
            at += pieces[-1].size
            digit = soundfile.read(own[k])[0]
            digit *= 0.1 / np.sqrt(np.mean(digit**2))
            first, past = _audible(digit)
            said = Interval((at + first) / 8_000, (at + past) / 8_000)
            words.append((said, SPOKEN_DIGIT_SYLLABLES[int(own[k].stem[0])]))
            gap_s = draw.choice([0.0, 0.2, 0.3, 0.5, 0.8]) * draw.uniform(0.8, 1.2)
            pieces += [digit, np.zeros(int(gap_s * 8_000))]
            at += digit.size
        samples = np.concatenate([*pieces, np.zeros(4_000)])
        samples += draw.normal(0, 10 ** (-draw.uniform(55, 70) / 20), samples.size)
        speech = joined(interval for interval, _ in words)
        labelled.append(
            Labelled(
                "fsdd",
                f"digits {i}",
                speaker,
                Recording.from_samples(samples, 8_000),
                speech,
                tuple(words),
                sum(count for _, count in words),
                sum(part.duration_s for part in speech),
            )
        )
    return tuple(labelled)


def _audible(digit: NDArray[np.float64]) -> tuple[int, int]:
    """First and past-the-last sample of the part whose level in 5 ms is within 38 dB of the loudest."""
    hops = digit[: digit.size // 40 * 40].reshape(-1, 40)
    level_db = 10 * np.log10(np.mean(hops**2, axis=1) + 1e-12)
    loud = np.flatnonzero(level_db > level_db.max() - 38)
    return int(loud[0]) * 40, int(loud[-1] + 1) * 40


def mask(intervals: Sequence[tuple[float, float]], n_frames: int) -> NDArray[np.bool_]:
    """Which frames of 10 ms have their middle inside an interval."""
    middles_s = (np.arange(n_frames) + 0.5) * 0.01
    inside = np.zeros(n_frames, np.bool_)
    for start_s, end_s in intervals:
        inside |= (middles_s >= start_s) & (middles_s < end_s)
    return inside


def active_power(samples: NDArray[Any], speech: Sequence[tuple[float, float]]) -> float:
    """Mean square of the samples inside the speech; of the louder half where it is not known."""
    if not speech:
        return float(np.mean(np.sort(samples.astype(np.float64) ** 2)[samples.size // 2 :]))
    inside = [samples[int(a * RATE_HZ) : int(b * RATE_HZ)] for a, b in speech]
    return float(np.mean(np.concatenate(inside).astype(np.float64) ** 2))


@cache
def noises() -> tuple[Signal, ...]:
    """Background noises; brown noise in their place where they are not there."""
    found = tuple(read_audio(path).samples for path in files("noise/*.wav"))
    brown = np.random.default_rng(0).normal(0, 0.01, 20 * RATE_HZ)
    return found or (sosfilt(butter(1, 100, fs=RATE_HZ, output="sos"), brown).astype(np.float32),)


def in_noise(
    samples: Signal, power: float, snr_db: float, seed: int, choice: tuple[Signal, ...] = ()
) -> Signal:
    """Samples with a noise so far below speech of that mean square; recorded, unless there is a `choice`."""
    choice = choice or noises()
    noise = choice[seed % len(choice)]
    first = int(np.random.default_rng(seed).integers(0, noise.size))
    noise = np.resize(np.roll(noise, -first), samples.size)
    noise = noise - noise.mean()
    gain = np.sqrt(power / 10 ** (snr_db / 10) / np.mean(noise**2))
    mixed = samples + gain * noise
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max()) / 0.99), np.float32)


def over_telephone(samples: Signal) -> Signal:
    """The same at 8 kHz: 300 to 3,400 Hz, 8-bit mu-law."""
    narrow = soxr.resample(samples, RATE_HZ, 8_000)
    narrow = sosfilt(butter(4, [300, 3_400], "bandpass", fs=8_000, output="sos"), narrow)
    narrow = narrow * 0.5 / max(float(np.abs(narrow).max()), 1e-9)
    code = np.round(127 * np.log1p(255 * np.abs(narrow)) / np.log(256)) / 127
    return np.asarray(np.sign(narrow) * np.expm1(code * np.log(256)) / 255, np.float32)


def heard(one: Labelled, condition: str, seed: int) -> Labelled:
    """The recording under one of CONDITIONS."""
    samples = one.recording.samples
    if condition == "10 dB noise":
        noisy = in_noise(samples, active_power(samples, one.speech), 10, seed)
        return replace(one, recording=Recording.from_samples(noisy, RATE_HZ))
    if condition == "telephone":
        return replace(one, recording=Recording.from_samples(over_telephone(samples), 8_000))
    return one
