"""Whether the practice messages sound as recordings of people do, by DNSMOS.

    pip install 'aftertone[bench]'
    python -m benchmarks.naturalness [--json benchmarks/results/naturalness.json]

DNSMOS (Reddy et al. 2022, in the package speechmos) predicts what listeners would say of a recording's
speech, background and overall quality, 1 to 5. It was trained on people's speech with and without noise. It
is a check that the synthesiser is in the range of people, and no measure of how human it is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aftertone import Recording, read_audio
from benchmarks.common.bootstrap import interval
from benchmarks.common.machine import machine
from benchmarks.common.tables import Table
from benchmarks.common.truth import SAMPLES, files, truths

RATE_HZ = 16_000
LONGEST_S = 20  # of a recording: what is rated costs some tenth of its length
COLUMNS = {"n": "d", "speech": ".2f", "95 %": "", "background": ".2f", "overall": ".2f"}
Scores = tuple[float, float, float]


def recordings() -> Iterator[tuple[str, list[Recording]]]:
    """People at their full band, then the practice messages by condition."""
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
    """Print the table, and record it where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the result here")
    arguments = parser.parse_args()
    table = Table("DNSMOS, 1 to 5", COLUMNS)
    for name, some in recordings():
        if some:
            scores = np.array([scores_of(one) for one in some])
            low, high = interval(scores[:, 0])
            means = scores.mean(axis=0)
            table.add(
                name,
                n=len(some),
                speech=float(means[0]),
                interval=f"{low:.2f} to {high:.2f}",
                background=float(means[1]),
                overall=float(means[2]),
            )
    print(table.markdown())
    if arguments.json:
        result = {"machine": machine(), "tables": [table.as_json()]}
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
