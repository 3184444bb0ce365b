"""Reports of a Ray cluster against reports of processes, with and without killed actors, and the memory.

    OMP_NUM_THREADS=1 python -m benchmarks.batch_cluster [--engine whisper] [--count N] [--json FILE]

The practice messages are reviewed by two processes and by a Ray cluster on this machine. In one run of the
cluster its actors are killed (SIGKILL) after the first part. Every column of every row must be the same.
Memory is the peak of an actor and of its process, sampled every 0.3 s (Linux).
"""

from __future__ import annotations

import os
import re
import signal
import tempfile
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import aftertone as at
from aftertone.batch import Options, recordings_in, review_many
from aftertone.batch.cluster import Counts, review_on_cluster
from aftertone.corpus import Corpus
from aftertone.report import KeptOutcomes, read_reviews, write_report
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import SAMPLES, machine


def actors() -> list[int]:
    """Process ids of the actors that review."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # the process has ended
            if b"ray::" in (text := line.read_bytes()) and b"_Reviewer" in text:
                found.append(int(line.parent.name))
    return found


def resident_mib(pid: int) -> float:
    """Resident memory of a process, shared memory included; 0 where it has ended."""
    with suppress(OSError):
        if found := re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE):
            return int(found[1]) / 1024
    return 0.0


class Watch(threading.Thread):
    """Samples the memory of actors and of their child processes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.actor_mib = self.process_mib = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        """Sample until `ended` is set."""
        while not self.ended.wait(0.3):
            for pid in actors():
                self.actor_mib = max(self.actor_mib, resident_mib(pid))
                for children in Path(f"/proc/{pid}/task").glob("*/children"):
                    with suppress(OSError):
                        for child in children.read_text().split():
                            self.process_mib = max(self.process_mib, resident_mib(int(child)))


def rows(report: Path) -> list[dict[str, Any]]:
    """The rows of a report, sorted by path, without empty cells."""
    known = [{name: cell for name, cell in row.items() if cell is not None} for row in read_reviews(report)]
    return sorted(known, key=lambda row: str(row["path"]))


def main() -> None:
    """Print the result of each run; record them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--engine", help="[default: none, sound only]")
    parser.add_argument("--count", type=int, help="Number of practice messages. [default: all]")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    engine = args.engine and partial(at.load_engine, args.engine, threads=1)
    page: dict[str, Any] = {"machine": machine(), "engine": args.engine or "none"}
    messages = recordings_in(SAMPLES)[: args.count]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for outcome in review_many(messages, engine=engine, jobs=2, ledger=folder / "here.ledger"):
            assert outcome.error is None
        write_report(KeptOutcomes(folder / "here.ledger"), folder / "here.parquet")
        here = rows(folder / "here.parquet")
        page |= {"messages": len(here), "cells": sum(map(len, here))}
        killed: list[int] = []

        def kill_actors(_: Counts) -> None:
            for pid in () if killed else actors():
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

        for run, hook in (("undisturbed", None), ("killed", kill_actors)):
            watch = Watch()
            watch.start()
            review_on_cluster(
                Corpus(messages),
                Options(engine=engine),
                folder / run,
                address="local",
                part_rows=5,
                hook=hook,
            )
            watch.ended.set()
            page[run] = {
                "same_rows": rows(folder / run) == here,
                "actors_killed": len(killed),
                "actor_mib": round(watch.actor_mib),
                "its_process_mib": round(watch.process_mib),
            }
            print(run, page[run], flush=True)
    if args.json:
        write_record(args.json, page)


if __name__ == "__main__":
    main()
