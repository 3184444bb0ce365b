"""Cost of a batch beside the measuring: memory by number of recordings, messages a second, overhead.

    OMP_NUM_THREADS=1 python -m benchmarks.batch_scale [--count 10000] [--json FILE]

Messages of 0.6 s with different contents are reviewed with replayed words. Each run is a process of its own;
the system reports its peak memory and that of its workers. A plain loop of `read_audio` and `review` gives
the cost of measuring alone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import wave
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import aftertone as at
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import machine

DURATION_S, RATE_HZ = 0.6, 8_000
SMALL = 500


def make_messages(folder: Path, count: int) -> Path:
    """A folder of short messages with different contents, and one transcript for all beside it."""
    time_s = np.arange(round(DURATION_S * RATE_HZ)) / RATE_HZ
    voice = np.sin(2 * np.pi * 150 * time_s) * (np.sin(2 * np.pi * 4 * time_s) > 0)
    draw = np.random.default_rng(0)
    folder.mkdir()
    for number in range(count):
        samples = 8_000 * voice + draw.normal(0, 30, voice.size)
        with wave.open(str(folder / f"{number:06}.wav"), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes(samples.astype("<i2").tobytes())
    transcript = folder.parent / "words.json"
    transcript.write_text('{"words": [{"text": "hi", "start_s": 0.01, "end_s": 0.1}]}')
    return folder


def engine_for(folder: Path) -> partial[Any]:
    """An engine that replays the one transcript."""
    return partial(at.load_engine, "replay", transcript=folder.parent / "words.json")


def run(folder: Path, count: int, jobs: int, in_processes: bool, with_ledger: bool) -> dict[str, Any]:
    """One batch in this process: its duration, and the peak memory of the process and its workers."""
    import resource

    files = sorted(folder.iterdir())[:count]
    ledger = folder.parent / f"{count}-{jobs}-{time.monotonic_ns()}.ledger"
    started_s = time.perf_counter()
    outcomes = at.review_many(
        files,
        engine=engine_for(folder),
        jobs=jobs,
        time_limit_s=600 if in_processes else None,
        ledger=ledger if with_ledger else None,
    )
    reviewed = sum(outcome.review is not None for outcome in outcomes)
    took_s = time.perf_counter() - started_s
    assert reviewed == count
    return {
        "messages": count,
        "jobs": jobs,
        "in_processes": in_processes,
        "ledger": with_ledger,
        "ledger_bytes_per_message": round(ledger.stat().st_size / count) if with_ledger else 0,
        "seconds": round(took_s, 2),
        "messages_per_s": round(count / took_s, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "worker_peak_mib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
    }


def loop_ms(folder: Path, count: int) -> float:
    """Processor milliseconds a message of reading and reviewing alone, warm."""
    engine = engine_for(folder)()
    files = list(islice(sorted(folder.iterdir()), count + 20))
    for path in files[:20]:
        at.review(at.read_audio(path), engine=engine)
    started_s = time.process_time()
    for path in files[20:]:
        at.review(at.read_audio(path), engine=engine)
    return 1_000 * (time.process_time() - started_s) / count


def overhead_ms(folder: Path, count: int, *, with_ledger: bool) -> float:
    """Processor milliseconds a message of `review_many` in this process, warm."""
    files = list(islice(sorted(folder.iterdir()), count))
    ledger = folder.parent / f"overhead-{time.monotonic_ns()}.ledger" if with_ledger else None
    started_s = time.process_time()
    for _ in at.review_many(files, engine=engine_for(folder), ledger=ledger):
        pass
    return 1_000 * (time.process_time() - started_s) / count


def main() -> None:
    """Print the results; record them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)  # one run, in a process of its own
    args = parser.parse_args()
    if args.one:
        folder, count, jobs, in_processes, with_ledger = args.one
        numbers = map(int, (count, jobs, in_processes, with_ledger))
        count, jobs, in_processes, with_ledger = numbers
        print(json.dumps(run(Path(folder), count, jobs, bool(in_processes), bool(with_ledger))))
        return
    with tempfile.TemporaryDirectory() as folder:
        messages = make_messages(Path(folder, "in"), args.count)
        alone = loop_ms(messages, 300)
        page: dict[str, Any] = {
            "machine": machine(),
            "message_s": DURATION_S,
            "measuring_alone_cpu_ms": round(alone, 2),
            "overhead_cpu_ms": round(overhead_ms(messages, 300, with_ledger=False) - alone, 2),
            "overhead_with_ledger_cpu_ms": round(overhead_ms(messages, 300, with_ledger=True) - alone, 2),
            "runs": [],
        }
        print({key: page[key] for key in page if key.endswith("ms")}, flush=True)
        for count, jobs in ((SMALL, 1), (args.count, 1), (SMALL, 2), (args.count, 2)):
            command = [
                sys.executable,
                "-m",
                "benchmarks.batch_scale",
                "--one",
                str(messages),
                str(count),
                str(jobs),
            ]
            done = subprocess.run([*command, "1", "1"], check=True, capture_output=True, text=True)
            page["runs"].append(json.loads(done.stdout))
            print(page["runs"][-1], flush=True)
        for jobs in (1, 2):
            small, large = (each["peak_mib"] for each in page["runs"] if each["jobs"] == jobs)
            page[f"growth_mib_{jobs}_jobs"] = round(large - small, 1)
            print(f"{jobs} jobs: {args.count:,} messages take {large - small:.1f} MiB more than {SMALL}")
    if args.json:
        write_record(args.json, page)


if __name__ == "__main__":
    main()
