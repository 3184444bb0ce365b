"""Standard error of each measure that playbooks use, for the registry of measures.

    python -m benchmarks.measure_errors [--json benchmarks/results/measure_errors.json]

The standard error here is the absolute error that 68 % of the errors do not exceed. For normal errors it
equals the standard deviation, and outliers do not change it. Edges, pace and level are compared with truth.
Without a truth (spread of pitch, variation of level), a recording is compared with itself in another
condition. Measures of words use the records of `benchmarks.recognition_accuracy` and `benchmarks.word_times`;
the noise uses the record of `benchmarks.acoustic_accuracy`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import aftertone as at
from benchmarks.common.command import parser_of, read_record, write_record
from benchmarks.common.conditions import CONDITIONS
from benchmarks.common.machine import machine
from benchmarks.common.truth import (
    Labelled,
    composed_digits,
    librispeech,
    sample_audio,
    speaker_of,
    truths,
    under_condition,
)

MESSAGE_WORDS = 60  # words of a message of 25 s
PERCENT = 68.27  # of normal values within one standard deviation


@dataclass(frozen=True, slots=True)
class Error:
    """The standard error of one measure.

    Attributes
    ----------
    measure : str
    n : int
        Number of recordings.
    error : float
        In the unit of the measure, or a share of its value if `is_share`.
    is_share : bool
    against : str
        The reference of the comparison.
    """

    measure: str
    n: int
    error: float
    is_share: bool
    against: str


def errors() -> Iterator[Error]:
    """The standard error of each measure."""
    truth = {each["file"]: each for each in truths()}
    found: dict[str, list[float]] = {}
    for seed, one in enumerate([*sample_audio(), *composed_digits(), *librispeech()]):
        lines = [
            at.measure_sound(under_condition(one, condition, seed).recording) for condition in CONDITIONS
        ]
        for name in ("pitch.spread_st", "level.variation_db"):
            clean, *others = (m.flat()[name] for m in lines)
            known = [float(other) - float(clean) for other in others if None not in (clean, other)]  # type: ignore[arg-type]
            found.setdefault(name, []).extend(known)
        for name, error in (*_of_edges(one, lines), *_of_level(lines[0], truth.get(one.name))):
            found.setdefault(name, []).append(error)
    truth_text = "truth of practice messages and of people's digits, clean, in 10 dB of noise, by telephone"
    clean_text = "the clean recording, for the same in 10 dB of noise and by telephone"
    for name, (is_share, against) in {
        "message.duration_s": (False, truth_text),
        "message.start_latency_s": (False, truth_text),
        "rate.articulation_syl_per_s": (True, truth_text),
        "pitch.spread_st": (False, clean_text),
        "level.active_dbov": (False, "the level of practice messages by their maker"),
        "level.variation_db": (False, clean_text),
    }.items():
        yield _error(name, found[name], is_share, against)
    yield from _of_records(truth)


def _of_edges(one: Labelled, lines: Iterable[at.Measurements]) -> Iterator[tuple[str, float]]:
    if not one.speech:
        return
    rate = one.syllable_count / sum(interval.duration_s for interval in one.speech)
    start_s, end_s = one.speech[0].start_s, one.speech[-1].end_s
    for m in lines:
        if m.message.duration_s is not None and m.message.start_latency_s is not None:
            yield "message.duration_s", m.message.duration_s - (end_s - start_s)
            yield "message.start_latency_s", m.message.start_latency_s - start_s
        if m.rate.articulation_syl_per_s is not None:
            yield "rate.articulation_syl_per_s", m.rate.articulation_syl_per_s / rate - 1


def _of_level(clean: at.Measurements, truth: Any) -> Iterator[tuple[str, float]]:
    if truth is not None and clean.level.active_dbov is not None:
        yield "level.active_dbov", clean.level.active_dbov - truth["level_dbov"]


def _of_records(truth: dict[str, Any]) -> Iterator[Error]:
    results = read_record("recognition_accuracy")
    people = "sentences of people, 60 words of a speaker at a time, full band and by telephone"
    counts = [count for band in ("full", "telephone") for count in _messages(results, band)]
    paces = [(inserted - dropped) / words for words, _, dropped, inserted in counts]
    yield _error("rate.words_per_min", paces, True, people)
    wrong = [sum(others) / words for words, *others in counts]
    yield _error("script.adherence", [each - median(wrong) for each in wrong], False, people)
    ((_, edges),) = [
        row
        for row in read_record("word_times")["tables"][0]["rows"]
        if row[0].startswith("one man, 8 kHz, aftertone")
    ]
    messages = [each["message"] for each in truth.values() if each["message"]]
    length_s = median(message["end_s"] - message["start_s"] for message in messages)
    share = _of_mean(edges["mean"] / 1_000) / length_s
    starts = "starts of words in one man's speech by telephone, over the length of a practice message"
    yield Error("number.first_share", edges["words"], share, False, starts)
    level = read_record("acoustic_accuracy")["tasks"]["level"][0]["rows"]
    ((_, mixed),) = [row for row in level if row[0] == "backgrounds, 20 dB"]
    mix = "speech mixed with backgrounds at 20 dB"
    yield Error("level.snr_db", mixed["SNR measured"], _of_mean(mixed["SNR mean error dB"]), False, mix)


def _messages(results: dict[str, Any], band: str) -> Iterator[list[int]]:
    """Counts of words, substitutions, deletions and insertions, over recordings of one speaker at a time."""
    rows = results["results"][f"base | librispeech | {band} | aftertone"]
    columns = [results["columns"].index(name) for name in ("words", "substituted", "dropped", "inserted")]
    for _, of_speaker in groupby(rows, key=lambda row: speaker_of("librispeech", row[0])):
        together = [0] * len(columns)
        for row in of_speaker:
            together = [count + row[column] for count, column in zip(together, columns, strict=True)]
            if together[0] >= MESSAGE_WORDS:
                yield together
                together = [0] * len(columns)


def _of_mean(mean: float) -> float:
    """The standard deviation of normal values with a mean absolute value."""
    return mean * math.sqrt(math.pi / 2)


def _error(measure: str, found: Iterable[float], is_share: bool, against: str) -> Error:
    sizes = np.abs(np.array(list(found)))
    return Error(measure, sizes.size, float(np.percentile(sizes, PERCENT)), is_share, against)


def row(error: Error) -> str:
    """The error as a row of a Markdown table."""
    size = f"{100 * error.error:.2g} % of it" if error.is_share else f"{error.error:.2g}"
    return f"| `{error.measure}` | {size} | {error.n} | {error.against} |"


def main() -> None:
    """Print the rows; record them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = list(errors())
    print(*map(row, found), sep="\n")
    if given.json:
        page = {"machine": machine(), "errors": [asdict(each) for each in found]}
        write_record(given.json, page)


if __name__ == "__main__":
    main()
