"""Rows of a batch after kills of the command, kills of workers, and a full disk.

    OMP_NUM_THREADS=1 python -m benchmarks.batch_crash [--runs 30] [--json FILE]

A corpus of short messages, valid and invalid, is reviewed without a disturbance. Then each run is killed
(SIGKILL to the command or to a worker) after a random time, and resumed until it ends. Its report must have
the rows of the undisturbed run, each once. A last run is on a file system of 200 kB, where one may be
mounted: it reports that the disk is full, the file system grows, and the run is resumed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.batch_scale import make_messages
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import machine

COUNT = 40


def command(corpus: Path, report: Path, *more: str) -> list[str]:
    """The command line of the batch."""
    base = [sys.executable, "-m", "aftertone", "score", str(corpus), "--no-words", "--jobs", "2", "--quiet"]
    return [*base, "--out", str(report), *more]


def rows(report: Path) -> list[str]:
    """The lines of a report."""
    return report.read_text(encoding="utf-8").splitlines()


def children(pid: int) -> list[int]:
    """Child processes of a process (Linux)."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def killed_and_resumed(corpus: Path, report: Path, draw: random.Random, longest_s: float) -> dict[str, int]:
    """Run, kill and resume until the run ends by itself; returns the number of kills."""
    kills = {"command": 0, "worker": 0}
    while True:
        running = subprocess.Popen(
            command(corpus, report, "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            running.wait(draw.uniform(0.2, longest_s))
        except subprocess.TimeoutExpired:
            workers = children(running.pid)
            if workers and draw.random() < 0.3:
                kills["worker"] += 1
                with suppress(ProcessLookupError):
                    os.kill(draw.choice(workers), signal.SIGKILL)
                running.wait()
            elif kills["command"] < 4:  # after four kills the run may end
                kills["command"] += 1
                running.kill()
        if running.wait() >= 0:
            return kills


def on_full_disk(corpus: Path, folder: Path, expected: list[str]) -> str:
    """The result of a run on a file system that fills up and is then enlarged."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        return "no file system may be mounted here"
    try:
        report = folder / "r.jsonl"
        full = subprocess.run(command(corpus, report), capture_output=True, text=True, check=False)
        is_reported = "cannot be written" in full.stderr and full.returncode == 2
        subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)
        subprocess.run(command(corpus, report, "--resume"), capture_output=True, check=False)
        is_same = rows(report) == expected
        return f"full disk reported: {is_reported}; rows of the undisturbed run after resuming: {is_same}"
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def main() -> None:
    """Print the result of each run; record them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    draw = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = make_messages(folder / "in", COUNT)
        (corpus / "bad.wav").write_text("no sound at all")
        shutil.copy(corpus / "000001.wav", corpus / "copy.wav")
        started_s = time.monotonic()
        subprocess.run(command(corpus, folder / "whole.jsonl"), capture_output=True, check=False)
        took_s = time.monotonic() - started_s
        expected = rows(folder / "whole.jsonl")
        assert len(expected) == COUNT + 2
        runs: list[dict[str, Any]] = []
        for number in range(args.runs):
            report = folder / f"{number}.jsonl"
            kills = killed_and_resumed(corpus, report, draw, took_s)
            runs.append({**kills, "same": rows(report) == expected})
            print(runs[-1], flush=True)
        page = {
            "machine": machine(),
            "messages": COUNT + 2,
            "runs": len(runs),
            "kills_of_the_command": sum(run["command"] for run in runs),
            "kills_of_a_worker": sum(run["worker"] for run in runs),
            "runs_with_the_same_rows": sum(run["same"] for run in runs),
            "full_disk": on_full_disk(corpus, folder / "small", expected),
        }
    print(json.dumps(page, indent=2))
    if args.json:
        write_record(args.json, page)


if __name__ == "__main__":
    main()
