"""The two candidates for the ledger of a batch, SQLite and JSON Lines: time, size, and what a kill leaves.

    OMP_NUM_THREADS=1 python -m benchmarks.ledger_candidates [--rows 5000] [--json FILE]

Rows are those of one sample message, reviewed with its words and without, each under another path. A row is
kept before the next is made, as in a batch. "process" is safe against the death of the process (SQLite in WAL
mode with synchronous=NORMAL; a line handed to the system), "power" against that of the machine as well
(synchronous=FULL; fsync after each line). For the kills a process writes rows and tells of each that it has
written; it is killed (SIGKILL) at a random moment, and what is told must be there, whole.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import msgspec

import aftertone as at
from aftertone.language.transcript import Word
from aftertone.outcome import Outcome
from aftertone.report.ledger import Ledger
from aftertone.report.tree import outcome_dict
from benchmarks.machine import machine

SAMPLES = Path(__file__).parents[1] / "sample_audio"
MESSAGE = "dentist_callback.flac"
SETTINGS = {"engine": "replay"}


class Keeper(Protocol):
    """What keeps outcomes."""

    def add(self, outcome: Outcome, *, place: int, stamp: str, key: bytes) -> None:
        """Keep one."""

    def close(self) -> None:
        """Be done."""


class Sqlite(Ledger):
    """The ledger that is used, at either durability."""

    def __init__(self, path: Path, durable: str) -> None:
        super().__init__(path.with_suffix(".ledger"), SETTINGS, resume=True)
        self._base.execute(f"PRAGMA synchronous = {'FULL' if durable == 'power' else 'NORMAL'}")


class JsonLines:
    """An outcome to a line; what is done is looked up in memory, read from the file at the start."""

    def __init__(self, path: Path, durable: str) -> None:
        self.path, self._durable = path.with_suffix(".jsonl"), durable
        self.done: dict[str, tuple[str, bool]] = {}
        self.keys: dict[str, str] = {}
        self.torn = False
        whole = 0
        if self.path.exists():
            with self.path.open("rb") as lines:
                for line in lines:
                    if not line.endswith(b"\n"):
                        self.torn = True
                        break
                    whole += len(line)
                    row = msgspec.json.decode(line)
                    self.done[row["path"]] = (row["stamp"], row["error"] is not None)
                    self.keys[row["key"]] = row["path"]
            os.truncate(self.path, whole)
        self._file = self.path.open("ab", buffering=0)

    def add(self, outcome: Outcome, *, place: int, stamp: str, key: bytes) -> None:
        """Keep one."""
        page = {"place": place, "stamp": stamp, "key": key.hex(), **outcome_dict(outcome)}
        self._file.write(msgspec.json.encode(page) + b"\n")
        if self._durable == "power":
            os.fsync(self._file.fileno())
        self.done[page["path"]] = (stamp, outcome.error is not None)
        self.keys[page["key"]] = page["path"]

    def close(self) -> None:
        """Be done."""
        self._file.close()


CANDIDATES: dict[str, type[Any]] = {"sqlite": Sqlite, "jsonl": JsonLines}


class Truth:
    """Hears what was said."""

    name = "truth"

    def transcribe(self, recording: at.Recording) -> at.Transcript:
        """The words that the sample was made of."""
        said = json.loads((SAMPLES / "truth" / f"{Path(recording.name).stem}.json").read_bytes())["words"]
        return at.Transcript(tuple(Word(word["text"], word["start_s"], word["end_s"]) for word in said))


def outcome_of_sample(*, words: bool) -> Outcome:
    """A real outcome."""
    recording = at.read_audio(SAMPLES / MESSAGE)
    return Outcome(Path("calls") / MESSAGE, at.review(recording, engine=Truth() if words else None))


def add_rows(keeper: Keeper, outcome: Outcome, count: int, start: int = 0) -> None:
    """So many of the same under other paths."""
    for number in range(start, start + count):
        path = Path("calls", f"2026-11/{number:08}.wav")
        key = number.to_bytes(16, "little")
        keeper.add(replace(outcome, path=path), place=number, stamp=f"{number:024x}", key=key)


def written(folder: Path, kind: str, durable: str, outcome: Outcome, count: int) -> dict[str, Any]:
    """Time and size of so many rows, and of taking them up again."""
    path = folder / f"{kind}-{time.monotonic_ns()}"
    keeper = CANDIDATES[kind](path, durable)
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    add_rows(keeper, outcome, count)
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    keeper.close()
    size = sum(file.stat().st_size for file in folder.glob(f"{path.name}.*"))
    opened_s = time.process_time()
    CANDIDATES[kind](path, durable).close()
    opened_s = time.process_time() - opened_s
    for file in folder.glob(f"{path.name}.*"):
        file.unlink()
    return {
        "cpu_ms": 1_000 * cpu_s / count,
        "wall_ms": 1_000 * wall_s / count,
        "bytes": size / count,
        "resumed_cpu_ms": 1_000 * opened_s,
    }


def killed(folder: Path, kind: str, runs: int, draw: random.Random) -> dict[str, int]:
    """What so many kills leave: rows lost that were told of, lines torn, files that cannot be read."""
    counts = {"runs": runs, "rows_lost": 0, "torn_rows": 0, "unreadable": 0}
    for run in range(runs):
        path = folder / f"killed-{kind}-{run}"
        command = [sys.executable, "-m", "benchmarks.ledger_candidates", "--write", kind, str(path)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()  # it has begun
        time.sleep(draw.uniform(0, 0.3))
        child.kill()
        told = max((int(line) for line in child.stdout.read().split(b"\n")[:-1]), default=0)
        child.wait()
        try:
            keeper = CANDIDATES[kind](path, "process")
            there = len(keeper.done) if kind == "jsonl" else len(keeper)
            counts["torn_rows"] += getattr(keeper, "torn", False)
            counts["rows_lost"] += max(0, told - there)
            keeper.close()
        except (at.errors.AftertoneError, ValueError):
            counts["unreadable"] += 1
    return counts


def on_full_disk(folder: Path, kind: str, outcome: Outcome) -> str:
    """What a file system of 300 kB leaves (mounting asks for root)."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        return "no file system may be mounted here"
    try:
        keeper = CANDIDATES[kind](folder / "full", "process")
        done = 0
        try:
            for done in range(1_000):
                add_rows(keeper, outcome, 1, start=done)
        except (OSError, at.errors.AftertoneError):
            pass
        keeper.close()
        again = CANDIDATES[kind](folder / "full", "process")
        there = len(again.done) if kind == "jsonl" else len(again)
        again.close()
        return f"{done} rows before it was full, {there} whole after it" + (
            ", one torn" if getattr(again, "torn", False) else ""
        )
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def deflated(outcome: Outcome) -> list[dict[str, float]]:
    """Size of a row, and the time it takes to deflate and to inflate it, by level."""
    content = msgspec.json.encode(outcome_dict(outcome))
    found = []
    for level in (0, 1, 3, 6, 9):
        small = zlib.compress(content, level)
        rounds = []
        for _ in range(5):
            started_s = time.process_time()
            for _ in range(200):
                zlib.compress(content, level)
            between_s = time.process_time()
            for _ in range(200):
                zlib.decompress(small)
            rounds.append((between_s - started_s, time.process_time() - between_s))
        deflate_s, inflate_s = (statistics.median(times) / 200 for times in zip(*rounds, strict=True))
        found.append(
            {
                "level": level,
                "bytes": len(small),
                "share": round(len(small) / len(content), 3),
                "deflate_ms": round(1_000 * deflate_s, 3),
                "inflate_ms": round(1_000 * inflate_s, 3),
            }
        )
    return found


def resident_mib() -> float:
    """Memory that this process has (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def resume_mib(kind: str, path: Path) -> float:
    """What a process takes to look up what is done."""
    command = [sys.executable, "-m", "benchmarks.ledger_candidates", "--open", kind, str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print the tables, and record them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", nargs=2, help=argparse.SUPPRESS)  # until it is killed
    parser.add_argument("--open", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        kind, path = args.write
        keeper, outcome = CANDIDATES[kind](Path(path), "process"), outcome_of_sample(words=True)
        print(0, flush=True)
        for number in range(1_000_000):
            add_rows(keeper, outcome, 1, start=number)
            os.write(1, b"%d\n" % (number + 1))
        return
    if args.open:
        before = resident_mib()
        keeper = CANDIDATES[args.open[0]](Path(args.open[1]), "process")
        print(resident_mib() - before)
        keeper.close()
        return
    outcomes = {"with words": outcome_of_sample(words=True), "without": outcome_of_sample(words=False)}
    page: dict[str, Any] = {"machine": machine(), "message": MESSAGE, "rows": args.rows, "written": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label, outcome in outcomes.items():
            for durable in ("process", "power"):
                count = args.rows if durable == "process" else max(100, args.rows // 10)
                rounds: dict[str, list[dict[str, Any]]] = {kind: [] for kind in CANDIDATES}
                for _ in range(args.rounds):  # by turns, so that other work on the machine is shared
                    for kind in CANDIDATES:
                        rounds[kind].append(written(folder, kind, durable, outcome, count))
                for kind, made in rounds.items():
                    middle = {key: round(statistics.median(each[key] for each in made), 3) for key in made[0]}
                    page["written"].append(
                        {"kind": kind, "row": label, "safe_against": durable, "rows": count, **middle}
                    )
                    print(page["written"][-1], flush=True)
        for label, outcome in outcomes.items():
            page[f"deflate, {label}"] = deflated(outcome)
            print(label, *page[f"deflate, {label}"], sep="\n  ", flush=True)
        for kind in CANDIDATES:
            keeper = CANDIDATES[kind](folder / f"many-{kind}", "process")
            add_rows(keeper, outcomes["without"], args.rows)
            keeper.close()
            page[f"{kind}_resume_mib"] = round(resume_mib(kind, folder / f"many-{kind}"), 1)
            page[f"{kind}_killed"] = killed(folder, kind, args.kills, random.Random(0))
            page[f"{kind}_full_disk"] = on_full_disk(folder / f"small-{kind}", kind, outcomes["with words"])
            print({key: page[key] for key in page if key.startswith(kind)}, flush=True)
    if args.json:
        args.json.write_text(json.dumps(page, indent=2) + "\n")


if __name__ == "__main__":
    main()
