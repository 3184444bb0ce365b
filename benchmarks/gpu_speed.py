"""Messages a second on one GPU: a plain loop of faster-whisper, and aftertone with the same weights.

    python -m benchmarks.gpu_speed --model FOLDER [--messages 64] [--rounds 3] [--json FILE]
    python -m benchmarks.gpu_speed --model FOLDER --device cpu --messages 2 --rounds 1     # to try it

The messages are those of sample_audio that last 20 to 36 s, each several times, softer each time. The loop is
`WhisperModel.transcribe(beam_size=5, word_timestamps=True)` in float16, over samples in memory. aftertone is
`review_many` over files in one process, with words, sound and scores. Both are warm, and rounds alternate.
The result is printed as JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import soundfile
from faster_whisper import WhisperModel

import aftertone as at
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import SAMPLES, machine
from benchmarks.common.plain_whisper import plain_segments, text_of

LENGTHS_S = (20.0, 36.0)


def messages(folder: Path, count: int) -> list[at.Recording]:
    """A number of messages, also written into the folder."""
    read = (at.read_audio(path) for path in sorted(SAMPLES.glob("*.flac")))
    chosen = [each for each in read if LENGTHS_S[0] <= each.duration_s <= LENGTHS_S[1]]
    made = []
    for number in range(count):
        one = chosen[number % len(chosen)]
        samples = one.samples * (1 - 0.02 * (number // len(chosen) % 20))
        soundfile.write(folder / f"{number:04d}.wav", samples, one.rate_hz)
        made.append(at.Recording.from_samples(samples, one.rate_hz))
    return made


def timed(work: Callable[[], int], count: int) -> float:
    """Messages a second of a function that returns the number of messages done."""
    began_s = time.perf_counter()
    done = work()
    took_s = time.perf_counter() - began_s
    if done != count:
        raise SystemExit(f"{done} of {count} messages were done")
    return count / took_s


def compared(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Speeds of both, in alternating rounds."""
    recordings = messages(folder, args.messages)
    paths = sorted(folder.iterdir())
    compute_type = "float16" if args.device == "cuda" else "default"
    model = WhisperModel(args.model, device=args.device, compute_type=compute_type)
    engine = at.load_engine(
        "whisper",
        model=args.model,
        device=args.device,
        compute_type="auto" if args.device == "cpu" else "float16",
    )

    def loop(some: list[at.Recording]) -> int:
        return sum(bool(text_of(plain_segments(model, each, language=None))) for each in some)

    def ours(some: list[Path]) -> int:
        outcomes = at.review_many(some, engine=engine)
        return sum(bool(each.review and each.review.transcript) for each in outcomes)

    loop(recordings[:1])
    ours(paths[:2])
    pairs = [
        (timed(lambda: loop(recordings), args.messages), timed(lambda: ours(paths), args.messages))
        for _ in range(args.rounds)
    ]
    return {
        "messages": args.messages,
        "audio_s": round(sum(each.duration_s for each in recordings), 1),
        "rounds": args.rounds,
        "loop_messages_per_s": round(median(loop for loop, _ in pairs), 3),
        "aftertone_messages_per_s": round(median(ours for _, ours in pairs), 3),
        "times_the_loop": round(median(ours / loop for loop, ours in pairs), 3),
        "range": [round(edge(ours / loop for loop, ours in pairs), 3) for edge in (min, max)],
    }


def gpu_name() -> str | None:
    """The driver's name of the GPU."""
    try:
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() or None
    except (OSError, subprocess.CalledProcessError):
        return None


def main() -> None:
    """Measure, print and record."""
    parser = parser_of(__doc__)
    parser.add_argument("--model", required=True, help="a folder")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--messages", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = compared(args, Path(folder))
    gpu = gpu_name() if args.device == "cuda" else None
    record = {
        "machine": machine(),
        "gpu": gpu,
        "device": args.device,
        "model": Path(args.model).name,
        **found,
    }
    print(json.dumps(record, indent=2))
    if args.json:
        write_record(args.json, record)


if __name__ == "__main__":
    main()
