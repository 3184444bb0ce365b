"""The standard error of each measure that playbooks bound: what the registry of measures holds.

    python -m benchmarks.measure_errors [--json benchmarks/results/measure_errors.json]

A standard error is here what 68 % of the errors do not exceed, whatever their sign: that of a normal, and
deaf to the few that are far off. Edges, pace and level are held against truth. Where there is none (how a
voice moves), a recording is held against itself on another line. What hangs on words is taken from the
records of `benchmarks.recognition_accuracy` and `benchmarks.word_times`, and the noise from that of
`benchmarks.acoustic_accuracy`.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import aftertone as at
from benchmarks.common.machine import RESULTS, machine
from benchmarks.common.truth import (
    CONDITIONS,
    Labelled,
    composed_digits,
    heard,
    librispeech,
    sample_audio,
    speaker_of,
    truths,
)

MESSAGE_WORDS = 60  # those of 25 s
PERCENT = 68.27  # of a normal's values, within one standard deviation


@dataclass(frozen=True, slots=True)
class Error:
    """One measure's.

    Attributes
    ----------
    measure : str
    n : int
        Recordings.
    error : float
        In the measure's unit; of its value, where `is_share`.
    is_share : bool
    against : str
        What it was held against.
    """

    measure: str
    n: int
    error: float
    is_share: bool
    against: str


def errors() -> Iterator[Error]:
    """One for each measure."""
    truth = {each["file"]: each for each in truths()}
    found: dict[str, list[float]] = {}
    for seed, one in enumerate([*sample_audio(), *composed_digits(), *librispeech()]):
        lines = [at.measure_sound(heard(one, condition, seed).recording) for condition in CONDITIONS]
        for name in ("pitch.spread_st", "level.variation_db"):
            clean, *others = (m.flat()[name] for m in lines)
            known = [float(other) - float(clean) for other in others if None not in (clean, other)]  # type: ignore[arg-type]
            found.setdefault(name, []).extend(known)
        for name, error in (*_of_edges(one, lines), *_of_level(lines[0], truth.get(one.name))):
            found.setdefault(name, []).append(error)
    told = "truth of practice messages and of people's digits, clean, in 10 dB of noise, by telephone"
    line = "the same recording clean, for it in 10 dB of noise and by telephone"
    for name, (is_share, against) in {
        "message.duration_s": (False, told),
        "message.start_latency_s": (False, told),
        "rate.articulation_syl_per_s": (True, told),
        "pitch.spread_st": (False, line),
        "level.active_dbov": (False, "the level that practice messages were made with"),
        "level.variation_db": (False, line),
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
    results = _record("recognition_accuracy")
    people = "people's sentences, 60 words of one together, full band and by telephone"
    counts = [count for band in ("full", "telephone") for count in _messages(results, band)]
    paces = [(inserted - dropped) / words for words, _, dropped, inserted in counts]
    yield _error("rate.words_per_min", paces, True, people)
    wrong = [sum(others) / words for words, *others in counts]
    yield _error("script.adherence", [each - median(wrong) for each in wrong], False, people)
    ((_, edges),) = [
        row
        for row in _record("word_times")["tables"][0]["rows"]
        if row[0].startswith("one man, 8 kHz, aftertone")
    ]
    messages = [each["message"] for each in truth.values() if each["message"]]
    length_s = median(message["end_s"] - message["start_s"] for message in messages)
    share = _of_mean(edges["mean"] / 1_000) / length_s
    told = "starts of words in one man's speech by telephone, over the length of a practice message"
    yield Error("number.first_share", edges["words"], share, False, told)
    level = _record("acoustic_accuracy")["tasks"]["level"][0]["rows"]
    ((_, mixed),) = [row for row in level if row[0] == "backgrounds, 20 dB"]
    told = "speech mixed with backgrounds at 20 dB"
    yield Error("level.snr_db", mixed["SNR measured"], _of_mean(mixed["SNR mean error dB"]), False, told)


def _messages(results: dict[str, Any], band: str) -> Iterator[list[int]]:
    """Words said, substituted, dropped and inserted in recordings of one speaker, taken together."""
    rows = results["results"][f"base | librispeech | {band} | aftertone"]
    columns = [results["columns"].index(name) for name in ("words", "substituted", "dropped", "inserted")]
    for _, of_speaker in groupby(rows, key=lambda row: speaker_of("librispeech", row[0])):
        together = [0] * len(columns)
        for row in of_speaker:
            together = [count + row[column] for count, column in zip(together, columns, strict=True)]
            if together[0] >= MESSAGE_WORDS:
                yield together
                together = [0] * len(columns)


def _record(name: str) -> dict[str, Any]:
    page: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_bytes())
    return page


def _of_mean(mean: float) -> float:
    """The standard deviation of a normal whose values are so large in the mean, whatever their sign."""
    return mean * math.sqrt(math.pi / 2)


def _error(measure: str, found: Iterable[float], is_share: bool, against: str) -> Error:
    sizes = np.abs(np.array(list(found)))
    return Error(measure, sizes.size, float(np.percentile(sizes, PERCENT)), is_share, against)


def row(error: Error) -> str:
    """The error as a row of the table in docs/reference/rules.md."""
    told = f"{100 * error.error:.2g} % of it" if error.is_share else f"{error.error:.2g}"
    return f"| `{error.measure}` | {told} | {error.n} | {error.against} |"


def main() -> None:
    """Print the rows, and keep the record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = list(errors())
    print(*map(row, found), sep="\n")
    if given.json:
        page = {"machine": machine(), "errors": [asdict(each) for each in found]}
        given.json.write_text(json.dumps(page, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
