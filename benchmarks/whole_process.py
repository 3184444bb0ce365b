"""Time of whole processes: aftertone, and a plain script that only transcribes, with the same weights.

    python -m benchmarks.whole_process [--model base] [--rounds 3] [--messages 12] [--json FILE]

The script (`benchmarks.plain_script`) loops `WhisperModel.transcribe(beam_size=5, word_timestamps=True)` over
its files, on all cores. aftertone is `aftertone score`, with words, sound, score and report. Both are whole
processes from start to end, with imports and loading of weights. Wall clock and processor time include child
processes. Both run in pairs, in alternating order, after an uncounted run over one short file. Ratios are
taken within a pair, and the table has the median over pairs.

sample_audio, a folder       every message of sample_audio, `--jobs 2`
messages of 36 s, a folder   clean practice messages joined with pauses (36 s is the mean of Jansche & Abney
                             2002), `--jobs 2`
one message of sample_audio, one message of 36 s
                             `aftertone score FILE`
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import soundfile

import aftertone as at
from aftertone.bench.machine import LoadMeter
from aftertone.corpus import AUDIO_SUFFIXES
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.conditions import RATE_HZ
from benchmarks.common.machine import ROOT, SAMPLES, machine
from benchmarks.common.plain_whisper import model_folder
from benchmarks.common.tables import Table
from benchmarks.common.truth import sample_audio

MESSAGE_S = 36.0
JOBS = 2
SEED = 16


@dataclass(frozen=True, slots=True)
class Run:
    """Cost of a process and its child processes.

    Attributes
    ----------
    wall_s, cpu_s : float
    peak_mb : float
        Peak resident memory of the largest process.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Task:
    """Recordings for both contenders, and aftertone's arguments."""

    name: str
    kind: str  # "folder" or "message"
    paths: tuple[Path, ...]
    arguments: tuple[str, ...]

    @property
    def audio_s(self) -> float:
        """Total length of the recordings."""
        return sum(at.read_audio(path).duration_s for path in self.paths)


def run(command: Sequence[str], log: Path) -> Run:
    """Run a command to its end; its output goes to `log`."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    with log.open("wb") as printed:
        began_s = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=printed, stderr=printed)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(
            f"{' '.join(command[:6])} ended with {process.returncode}:\n{log.read_text()[-2000:]}"
        )
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def long_messages(folder: Path, count: int) -> tuple[Path, ...]:
    """Messages of 36 s: clean practice messages, joined with pauses of faint noise and cut.

    Noisy and clipped messages are left out: the script decodes them several times, which distorts its speed.
    """
    random = np.random.default_rng(SEED)
    spoken = [one.recording.samples for one in sample_audio()]
    paths, turn = [], 0
    for number in range(count):
        parts: list[Any] = []
        while sum(part.size for part in parts) < MESSAGE_S * RATE_HZ:
            pause = random.normal(0, 1e-3, int(random.uniform(0.5, 1.5) * RATE_HZ))
            parts += [spoken[turn % len(spoken)], pause]
            turn += 1
        paths.append(folder / f"message-{number:02d}.wav")
        soundfile.write(paths[-1], np.concatenate(parts)[: int(MESSAGE_S * RATE_HZ)], RATE_HZ)
    return tuple(paths)


def tasks(folder: Path, messages: int) -> tuple[Task, ...]:
    """The tasks; messages of 36 s are written into `folder`."""
    samples = tuple(path for path in sorted(SAMPLES.iterdir()) if path.suffix in AUDIO_SUFFIXES)
    long = long_messages(folder, messages)
    of_folder = ("--jobs", str(JOBS))
    return (
        Task("sample_audio, a folder", "folder", samples, (str(SAMPLES), *of_folder)),
        Task("messages of 36 s, a folder", "folder", long, (str(folder), *of_folder)),
        Task(
            "one message of sample_audio",
            "message",
            (_median_length(samples),),
            (str(_median_length(samples)),),
        ),
        Task("one message of 36 s", "message", long[:1], (str(long[0]),)),
    )


def _median_length(paths: Sequence[Path]) -> Path:
    """The recording of the median length."""
    return sorted(paths, key=lambda path: (at.read_audio(path).duration_s, path))[len(paths) // 2]


def compared(task: Task, model: str, rounds: int, into: Path) -> dict[str, Any]:
    """Costs of both contenders, in a number of pairs."""
    script = [sys.executable, "-m", "benchmarks.plain_script", model, *map(str, task.paths)]

    def plain() -> Run:
        return run(script, into / "script.log")

    def ours() -> Run:
        report = into / "reviews.jsonl"
        report.unlink(missing_ok=True)
        out = ("--out", str(report)) if task.kind == "folder" else ()
        command = (
            sys.executable,
            "-m",
            "aftertone",
            "score",
            *task.arguments,
            "--engine",
            "whisper",
            "--model",
            model,
        )
        found = run([*command, *out], into / "score.log")
        if out and len(report.read_text().splitlines()) != len(task.paths):
            raise SystemExit(f"{task.name}: not every recording has a row")
        return found

    meter = LoadMeter()
    pairs: list[tuple[Run, Run]] = []
    for number in range(rounds):
        if number % 2:
            second = ours()
            pairs.append((plain(), second))
        else:
            pairs.append((plain(), ours()))
    ratios = [our.wall_s / their.wall_s for their, our in pairs]
    return {
        "kind": task.kind,
        "recordings": len(task.paths),
        "audio_s": round(task.audio_s, 1),
        "ratio": round(median(ratios), 3),
        "least": round(min(ratios), 3),
        "most": round(max(ratios), 3),
        "script": _summary([their for their, _ in pairs]),
        "aftertone": _summary([our for _, our in pairs]),
        "load": meter.load().note,
    }


def _summary(runs: Sequence[Run]) -> dict[str, float]:
    return {
        "wall_s": round(median(each.wall_s for each in runs), 2),
        "cpu_s": round(median(each.cpu_s for each in runs), 2),
        "peak_mb": round(max(each.peak_mb for each in runs)),
    }


COLUMNS = {
    "n": "d",
    "seconds of sound": ",.0f",
    "script, s": ".1f",
    "aftertone, s": ".1f",
    "ratio": ".2f",
    "least and most": "",
    "script, CPU s": ".1f",
    "aftertone, CPU s": ".1f",
    "script, MB": "d",
    "aftertone, MB of the largest process": "d",
}


def table(record: dict[str, Any]) -> Table:
    """One row for each task of a record."""
    title = (
        f"whole processes, {record['model']}, {record['machine']['cores']} cores, {record['rounds']} pairs"
    )
    notes = {found["load"] for found in record["works"].values() if found["load"]}
    shown = Table(title, COLUMNS, "; ".join(sorted(notes)))
    for name, found in record["works"].items():
        script, ours = found["script"], found["aftertone"]
        shown.add(
            name,
            n=found["recordings"],
            audio=found["audio_s"],
            script=script["wall_s"],
            ours=ours["wall_s"],
            ratio=found["ratio"],
            range=f"{found['least']:.2f} to {found['most']:.2f}",
            script_cpu=script["cpu_s"],
            our_cpu=ours["cpu_s"],
            script_mb=script["peak_mb"],
            our_mb=ours["peak_mb"],
        )
    return shown


def main() -> None:
    """Measure, print and record."""
    parser = parser_of(__doc__)
    parser.add_argument("--model", default="base", help="a name or a folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=12, help="number of messages of 36 s")
    parser.add_argument("--only", default="", metavar="TEXT", help="tasks with this text in their name")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--show", type=Path, help="print a record and measure nothing")
    args = parser.parse_args()
    if args.show:
        print(table(json.loads(args.show.read_text())).markdown())
        return
    model = model_folder(args.model)
    record: dict[str, Any] = {
        "machine": machine(),
        "model": Path(args.model).name,
        "rounds": args.rounds,
        "jobs": JOBS,
        "works": {},
    }
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as into:
        short = str(SAMPLES / "freeze_after_beep.wav")
        compared(Task("warm", "message", (Path(short),), (short,)), model, 1, Path(into))
        for task in tasks(Path(made), args.messages):
            if args.only in task.name:
                record["works"][task.name] = compared(task, model, args.rounds, Path(into))
    print(table(record).markdown())
    if args.json:
        write_record(args.json, record)


if __name__ == "__main__":
    main()
