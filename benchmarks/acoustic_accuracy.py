"""Accuracy of the acoustic measures against labels, beside peers.

    python -m benchmarks.acoustic_accuracy [--task NAME] [--quick] [--slow-peers] [--json FILE]

Recordings with labels are in shared/data beside the checkout (people) and in sample_audio (synthetic voices).
Missing ones are left out, and one line is printed. Peers need the extra `bench`. The output is Markdown
tables. It takes a few minutes on one core; `--quick` takes a part of the recordings and less than a minute.
docs/accuracy.md explains the tables.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # before numpy is imported, so that sums are the same on any machine

from benchmarks.common.command import parser_of, write_record  # noqa: E402
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
    """Print the tables; record them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--task", choices=[*TASKS, "all"], default="all")
    parser.add_argument("--quick", action="store_true", help="take a part of the recordings")
    parser.add_argument("--slow-peers", action="store_true", help="add librosa's pyin and WORLD's harvest")
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
        write_record(arguments.json, written)


if __name__ == "__main__":
    main()
