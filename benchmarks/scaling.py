"""Speed and memory of the pipeline for 10 to 10,000 messages, and for messages of 5 s to 30 min.

    OMP_NUM_THREADS=1 python -m benchmarks.scaling [--most 10000] [--json benchmarks/results/scaling.json]

`benchmarks.make_corpus` makes different messages of 8 kHz mu-law. Each run is a process of its own, with a
ledger, from its start to the last row on disk. Memory is that of its largest process. Whisper (base) is left
out where it would take hours.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import aftertone as at
from aftertone.batch.workers import core_count
from benchmarks import make_corpus
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import ROOT, machine
from benchmarks.common.tables import Table

WHISPER = "whisper:base"
COUNTS, COUNTED_S = {"none": (10, 100, 1_000, 10_000), WHISPER: (10, 30)}, 5.0
LENGTHS_S, WHISPER_S_MAX = (5, 20, 60, 300, 1_800), 60
LEAST_AUDIO_S = {"none": 1_800.0, WHISPER: 180.0}  # of a run, so that its start is a small part of it


def run(folder: Path, count: int, jobs: int, engine: str) -> dict[str, Any]:
    """One batch in this process: seconds from the call to the report, and peak memory."""
    paths = sorted(path for path in folder.iterdir() if path.suffix == ".wav")[:count]
    kind, _, model = engine.partition(":")
    made = None if engine == "none" else partial(at.load_engine, kind, model=model, threads=1)
    with tempfile.TemporaryDirectory() as out:
        began_s = perf_counter()
        outcomes = at.review_many(
            paths, engine=made, jobs=jobs, time_limit_s=3_600, ledger=Path(out, "run.ledger")
        )
        at.write_report(outcomes, Path(out, "reviews.jsonl"))
        took_s = perf_counter() - began_s
        with Path(out, "reviews.jsonl").open(encoding="utf-8") as rows:
            read_s = [json.loads(row)["review"]["measurements"]["duration_s"] for row in rows]
        stored_bytes = {
            f"{name}_bytes_per_message": round(Path(out, file).stat().st_size / len(paths))
            for name, file in (("ledger", "run.ledger"), ("report", "reviews.jsonl"))
        }
    assert len(read_s) == len(paths)
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return {
        "messages": len(paths),
        "jobs": jobs,
        "engine": engine,
        "audio_s": round(sum(read_s), 1),
        "wall_s": round(took_s, 2),
        "messages_per_s": round(len(paths) / took_s, 3),
        "times_real_time": round(sum(read_s) / took_s, 2),
        "peak_mib": round(max(resource.getrusage(each).ru_maxrss for each in who) / 1_024, 1),
        **stored_bytes,
    }


def in_a_process(*given: object) -> dict[str, Any]:
    """One batch in a new process."""
    command = [sys.executable, "-m", "benchmarks.scaling", "--one", *map(str, given)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def corpus(folder: Path, count: int, length_s: float) -> Path:
    """A folder of messages of one length."""
    folder.mkdir()
    for index, samples in enumerate(make_corpus.messages(count, [length_s])):
        make_corpus.write(samples, folder / f"message_{index:06d}", "ulaw")
    return folder


def by_count(folder: Path, most: int) -> Iterator[dict[str, Any]]:
    """Runs over increasing numbers of messages, with one job and with all cores."""
    messages = corpus(folder / "many", most, COUNTED_S)
    for engine, counts in COUNTS.items():
        for count in (each for each in counts if each <= most):
            for jobs in sorted({1, core_count()}):
                yield in_a_process(messages, count, jobs, engine)


def by_length(folder: Path) -> Iterator[dict[str, Any]]:
    """Runs over increasingly long messages, with one job."""
    for length_s in LENGTHS_S:
        counts = {engine: max(1, round(least_s / length_s)) for engine, least_s in LEAST_AUDIO_S.items()}
        messages = corpus(folder / f"{length_s}", max(counts.values()), length_s)
        for engine, count in counts.items():
            if engine == "none" or length_s <= WHISPER_S_MAX:
                yield {"length_s": length_s, **in_a_process(messages, count, 1, engine)}


def table(title: str, rows: list[dict[str, Any]], first: str) -> Table:
    """One row for each run."""
    columns = {first: ",d", "jobs": "d", "messages/s": ",.2f", "times real time": ",.0f", "peak MiB": ",.0f"}
    shown = Table(title, columns)
    for row in rows:
        shown.add(
            row["engine"],
            first=row["messages" if first == "messages" else "length_s"],
            jobs=row["jobs"],
            rate=row["messages_per_s"],
            speed=row["times_real_time"],
            peak=row["peak_mib"],
        )
    return shown


def main() -> None:
    """Print the tables; record them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--most", type=int, default=COUNTS["none"][-1], help="messages of the largest corpus")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)  # one run, in a process of its own
    args = parser.parse_args()
    if args.one:
        folder, count, jobs, engine = args.one
        print(json.dumps(run(Path(folder), int(count), int(jobs), engine)))
        return
    with tempfile.TemporaryDirectory() as made:
        many = list(by_count(Path(made), args.most))
        print(table(f"messages of {COUNTED_S:.0f} s", many, "messages").markdown(), flush=True)
        long = list(by_length(Path(made)))
        print(table("one job, by length of messages", long, "seconds").markdown(), flush=True)
    if args.json:
        page = {"machine": machine(), "message_s": COUNTED_S, "by_count": many, "by_length": long}
        write_record(args.json, page)


if __name__ == "__main__":
    main()
