"""Predicted speech quality (DNSMOS) of the practice messages, beside recordings of people.

    python -m benchmarks.naturalness [--json benchmarks/results/naturalness.json]

It needs the extra `bench`. DNSMOS (Reddy et al. 2022, package speechmos) predicts how listeners rate speech,
background and overall quality, from 1 to 5. It was trained on speech of people with and without noise. The
benchmark checks that the synthesiser is in the range of people. It does not measure how human a voice sounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aftertone import Recording, read_audio
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.conditions import RATE_HZ
from benchmarks.common.machine import SAMPLES, files, machine
from benchmarks.common.tables import Table, interval_cell
from benchmarks.common.truth import truths

LONGEST_S = 20  # of a recording; the rest is not rated
COLUMNS = {"n": "d", "speech": ".2f", "95 %": "", "background": ".2f", "overall": ".2f"}
Scores = tuple[float, float, float]


def recordings() -> Iterator[tuple[str, list[Recording]]]:
    """Recordings of people at full band, then the practice messages by condition."""
    for name, pattern in (
        ("LibriSpeech test-other", "librispeech_test_other/*.flac"),
        ("an4", "an4/*.flac"),
        ("meetings", "ami_excerpts/*.flac"),
        ("mfa, one man", "mfa/*.flac"),
    ):
        yield name, [read_audio(path) for path in files(pattern)]
    by_condition: dict[str, list[Recording]] = {}
    for truth in truths():
        if truth["message"]:
            by_condition.setdefault(truth["condition"], []).append(read_audio(SAMPLES / truth["file"]))
    for condition, some in sorted(by_condition.items()):
        yield f"practice messages, {condition}", some


def scores_of(recording: Recording) -> Scores:
    """Speech, background and overall quality."""
    from speechmos import dnsmos

    samples: NDArray[np.float32] = recording.samples[: LONGEST_S * RATE_HZ]
    found = dnsmos.run(samples / max(1.0, float(np.abs(samples).max())), RATE_HZ)
    return float(found["sig_mos"]), float(found["bak_mos"]), float(found["ovrl_mos"])


def main() -> None:
    """Print the table; record it with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--json", type=Path, help="write the result here")
    arguments = parser.parse_args()
    table = Table("DNSMOS, 1 to 5", COLUMNS)
    for name, some in recordings():
        if some:
            scores = np.array([scores_of(one) for one in some])
            means = scores.mean(axis=0)
            table.add(
                name,
                n=len(some),
                speech=float(means[0]),
                interval=interval_cell(scores[:, 0].tolist(), form=".2f"),
                background=float(means[1]),
                overall=float(means[2]),
            )
    print(table.markdown())
    if arguments.json:
        result = {"machine": machine(), "tables": [table.as_json()]}
        write_record(arguments.json, result)


if __name__ == "__main__":
    main()
