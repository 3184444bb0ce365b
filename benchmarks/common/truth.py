"""Recordings whose speech, words and syllables are labelled.

Recordings of people are read from shared/data beside the checkout. Where a folder is missing, one line is
printed and its recordings are left out. Everything random is seeded.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from aftertone import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.language.forced_alignment import word_segments
from aftertone.language.pronunciation import pronunciation
from aftertone.language.syllables import syllable_count
from aftertone.language.tokens import spoken_words
from benchmarks.common.conditions import active_power, under
from benchmarks.common.machine import SAMPLES, files, folder
from benchmarks.common.tables import TUNED

MESSAGES = frozenset({"voicemail", "greeting and message"})
"""Kinds of recordings in sample_audio in which a caller leaves a message in English."""
SPEECHLESS = frozenset({"hang-up", "pocket call"})
"""Kinds of recordings in which nobody speaks into the telephone. Every word found there is invented."""

TUNED_ON: Mapping[str, frozenset[str]] = {
    # experiments/speech.md: thresholds and the net of edges
    "speech": frozenset({"mfa", "emodb", "fsdd", "sample_audio", "librispeech", "an4"}),
    # experiments/pitch.md: constants, and the net of voicing
    "pitch": frozenset({"mfa", "emodb", "telephone", "librispeech", "an4", "sample_audio"}),
    # experiments/nuclei.md: the nets were trained on all but fsdd; choices were made with fsdd in view
    "nuclei": frozenset({"mfa", "emodb", "ami", "librispeech", "an4", "moshi_numbers", "fsdd"}),
    "tones": frozenset({"mfa", "emodb", "telephone", "fsdd"}),  # experiments/tones.md
    # experiments/filled_pauses.md: the weights were fitted on all of these
    "filled_pauses": frozenset({"mfa", "ami", "emodb", "telephone", "fsdd", "librispeech"}),
    "level": frozenset(),
    "words": frozenset({"librispeech", "ami", "mfa"}),  # experiments/whisper.md
    # experiments/number.md: methods were chosen on most of these recordings
    "number": frozenset({"an4", "moshi_numbers", "fsdd"}),
}
"""For each task the corpora on which a threshold or a prompt was chosen, or a net was trained.

New fits for the call-back number leave out the speakers that `composed_messages.SPEAKERS` holds out.
"""
# Shorter gaps are no pause: the closure of a stop lasts as long. Labels and results are joined over them.
JOINED_S = 0.15
SPOKEN_DIGIT_SYLLABLES = (2, 1, 1, 1, 1, 1, 1, 2, 1, 1)  # zero to nine
# Start of a word that the aligner placed wrongly: by the aligner, by ear and spectrogram.
_CORRECTED_START_S = {"acoustic_corpus": {14.83: 14.50}}
MFA_FILLED_PAUSES = {
    "acoustic_corpus": (Interval(8.02, 8.57), Interval(14.50, 14.90), Interval(22.90, 23.53)),
    "cold_corpus": (Interval(1.24, 1.67), Interval(9.89, 10.34), Interval(17.78, 18.32)),
}
"""Filled pauses of mfa's two spontaneous recordings, checked by ear.

Most times are the aligner's. One "uh" that the aligner left out is added. Two that the aligner places on
silence (second recording) are left out.
"""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One recording with its labels.

    Attributes
    ----------
    source, name, speaker : str
        Corpus, file and speaker.
    recording : Recording
    speech : tuple of Interval
        Empty where only the text is known.
    words : tuple of (Interval, int)
        Each word's time and number of syllables; empty where only a count is known.
    syllable_count : int
    span_s : float
        Time that the syllables take; the whole recording where only the text is known.
    unsure : tuple of Interval
        Laughter and other noises of people. They are neither speech nor silence.
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
    """A dagger where something was tuned on the corpus, else an empty string."""
    return TUNED * (corpus in TUNED_ON[task])


def row_label(task: str, corpus: str, *more: str) -> str:
    """The label of aftertone's row on a corpus.

    >>> row_label("speech", "mfa", "clean"), row_label("speech", "ami", "clean")
    ('mfa, clean †', 'ami, clean')
    """
    return ", ".join((corpus, *more)) + mark(task, corpus)


def speaker_of(corpus: str, name: str) -> str:
    """The speaker of a recording, or the recording's name where the speaker is unknown or not one person.

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


def speakers_cell(corpus: str, speakers: Iterable[str]) -> str:
    """The number of speakers, as a cell of a table."""
    count = len(set(speakers))
    return {"ami": f"{count} meetings", "telephone": "unknown"}.get(corpus, str(count))


def joined(intervals: Iterable[tuple[float, float]], gap_s: float = JOINED_S) -> tuple[Interval, ...]:
    """Intervals, joined where they are less than `gap_s` apart."""
    made: list[Interval] = []
    for start_s, end_s in intervals:
        if made and start_s - made[-1].end_s < gap_s:
            made[-1] = Interval(made[-1].start_s, max(end_s, made[-1].end_s))
        else:
            made.append(Interval(start_s, end_s))
    return tuple(made)


class TimedWord(NamedTuple):
    """A labelled word; a noise of a person stands in brackets."""

    start_s: float
    end_s: float
    text: str
    speaker: str
    is_truncated: bool


def timed_words(path: Path) -> list[TimedWord]:
    """Labelled words of a recording of mfa or ami, sorted by start."""
    with (path.parent / "words" / f"{path.stem}.csv").open(encoding="utf-8", newline="") as lines:
        rows = [
            TimedWord(
                float(row["start"]),
                float(row["end"]),
                row["word"],
                row.get("speaker", ""),
                row.get("truncated") == "true",
            )
            for row in csv.DictReader(lines)
        ]
    return sorted(rows)


def metadata(where: Path | None) -> Iterator[tuple[Path, dict[str, str]]]:
    """Each recording of a folder with its row of metadata.csv; none where there is no folder."""
    if where is not None:
        with (where / "metadata.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                yield where / row["file_name"], row


@cache
def emodb() -> tuple[Labelled, ...]:
    """German sentences of five actors with hand-labelled syllables.

    The files are cut and the labels are not: a syllable counts if its middle lies inside the file.
    """
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
    """Spontaneous speech of one man; an aligner timed the words."""
    return tuple(
        _of_words("mfa", path.stem, read_audio(path), _aligned(path)) for path in files("mfa/*_corpus.wav")
    )


def _aligned(path: Path) -> Iterator[tuple[Interval, str]]:
    corrected = _CORRECTED_START_S.get(path.stem, {})
    for word in timed_words(path):
        start_s = next((to for by, to in corrected.items() if abs(by - word.start_s) < 0.05), word.start_s)
        yield Interval(start_s, word.end_s), word.text.replace("yknow", "you know")


@cache
def ami() -> tuple[Labelled, ...]:
    """Excerpts of 30 s of meetings, without counts of syllables: people talk at the same time.

    Inside a turn each word's label ends where the next begins, so that short pauses are labelled as speech.
    """
    labelled = []
    for path in files("ami_excerpts/*.flac"):
        said: list[tuple[float, float]] = []
        unsure: list[tuple[float, float]] = []
        for word in timed_words(path):
            (unsure if word.text.startswith("[") else said).append((word.start_s, word.end_s))
        recording = read_audio(path)
        labelled.append(
            Labelled("ami", path.stem, path.stem, recording, joined(said), (), 0, 0.0, joined(unsure))
        )
    return tuple(labelled)


@cache
def librispeech(*, is_placed: bool = False) -> tuple[Labelled, ...]:
    """Sentences of LibriSpeech test-other, read by five people.

    With `is_placed`, forced alignment gives the speech; a sentence that it cannot place is left out.
    """
    return tuple(_of_texts("librispeech", "librispeech_test_other", is_placed))


@cache
def an4(*, is_placed: bool = False) -> tuple[Labelled, ...]:
    """Numbers said by 51 people; `is_placed` as in `librispeech`."""
    return tuple(_of_texts("an4", "an4", is_placed))


def _of_texts(source: str, name: str, is_placed: bool) -> Iterator[Labelled]:
    for path, row in metadata(folder(name)):
        recording = read_audio(path)
        count = sum(syllable_count(word) for word in row["text"].split())
        speech = _placed(recording, row["text"].lower()) if is_placed else ()
        if speech or not is_placed:
            speaker = speaker_of(source, path.name)
            yield Labelled(source, path.name, speaker, recording, speech, (), count, recording.duration_s)


def _placed(recording: Recording, text: str) -> tuple[Interval, ...]:
    """The speech of a text by forced alignment; empty where no path is found."""
    spoken = [part for word in text.split() for part in spoken_words(word) if pronunciation(part)]
    found = word_segments(recording, Interval(0.0, recording.duration_s), spoken)
    return joined((each.start_s, each.end_s) for each in found or ())


def truths() -> list[dict[str, Any]]:
    """The truth of each recording of sample_audio."""
    return [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((SAMPLES / "truth").glob("*.json"))
    ]


def practice_messages() -> list[dict[str, Any]]:
    """The truth of the recordings of sample_audio in which a caller leaves a message in English."""
    return [truth for truth in truths() if truth["kind"] in MESSAGES]


@cache
def sample_audio() -> tuple[Labelled, ...]:
    """Clean practice messages without a greeting; the synthesiser gives the times."""
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
    """Ten digits of one man in a row at 8 kHz, with gaps of known length and faint noise."""
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
    """First and past-the-last sample whose level over 5 ms is within 38 dB of the loudest."""
    hops = digit[: digit.size // 40 * 40].reshape(-1, 40)
    level_db = 10 * np.log10(np.mean(hops**2, axis=1) + 1e-12)
    loud = np.flatnonzero(level_db > level_db.max() - 38)
    return int(loud[0]) * 40, int(loud[-1] + 1) * 40


def mask(intervals: Sequence[tuple[float, float]], n_frames: int) -> NDArray[np.bool_]:
    """Which frames of 10 ms have their middle inside one of the intervals."""
    middles_s = (np.arange(n_frames) + 0.5) * 0.01
    inside = np.zeros(n_frames, np.bool_)
    for start_s, end_s in intervals:
        inside |= (middles_s >= start_s) & (middles_s < end_s)
    return inside


def under_condition(one: Labelled, condition: str, seed: int) -> Labelled:
    """The recording under one of CONDITIONS. A clean one stays as it is."""
    if condition == "clean":
        return one
    samples = one.recording.samples
    return replace(one, recording=under(samples, active_power(samples, one.speech), condition, seed))
