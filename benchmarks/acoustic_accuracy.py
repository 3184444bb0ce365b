"""How accurate the acoustic measures are, against truth and beside peers, in one run.

    python -m benchmarks.acoustic_accuracy [--task NAME] [--quick] [--slow-peers] [--json FILE]

Truth is read from `shared/data` beside the checkout (people) and from `sample_audio` (synthetic voices); what
is not there is left out, and a line says so. Peers come with the `bench` extra. Prints Markdown tables. A few
minutes on one core; `--quick` looks at a part of the recordings, in under one. docs/accuracy.md says what it
means.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # before numpy is imported: same sums, same digits, on any machine

from benchmarks.common.machine import machine  # noqa: E402
from benchmarks.common.tables import Table  # noqa: E402
from benchmarks.tasks import filled_pauses, level, nuclei, pitch, robustness, speech, tones  # noqa: E402

TASKS: dict[str, Callable[[bool, bool], Iterator[Table]]] = {
    "vad": lambda quick, _: speech.frame_tables(quick),
    "silence": lambda quick, _: speech.silence_tables(quick),
    "pitch": pitch.tables,
    "nuclei": lambda quick, _: nuclei.tables(quick),
    "tones": lambda quick, _: tones.tables(quick),
    "filled_pauses": lambda quick, _: filled_pauses.tables(quick),
    "level": lambda quick, _: level.tables(quick),
    "robustness": lambda quick, _: robustness.tables(quick),
}


def main() -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--task", choices=[*TASKS, "all"], default="all")
    parser.add_argument("--quick", action="store_true", help="a part of the recordings, in under a minute")
    parser.add_argument("--slow-peers", action="store_true", help="librosa's pyin and WORLD's harvest too")
    parser.add_argument("--json", type=Path, help="write the result here")
    arguments = parser.parse_args()
    results: dict[str, list[Table]] = {}
    start = time.perf_counter()
    for task in TASKS if arguments.task == "all" else [arguments.task]:
        results[task] = []
        for table in TASKS[task](arguments.quick, arguments.slow_peers):
            results[task].append(table)
            print(f"\n{table.markdown()}", flush=True)
    print(f"({time.perf_counter() - start:.0f} s)")
    if arguments.json:
        written = {
            "machine": machine(),
            "quick": arguments.quick,
            "tasks": {task: [table.as_json() for table in tables] for task, tables in results.items()},
        }
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
