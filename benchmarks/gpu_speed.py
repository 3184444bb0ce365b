"""Messages a second on one GPU: a plain loop of faster-whisper, and the whole of aftertone, same weights.

    python -m benchmarks.gpu_speed --model FOLDER [--messages 64] [--rounds 3] [--json FILE]
    python -m benchmarks.gpu_speed --model FOLDER --device cpu --messages 2 --rounds 1     # to try it

The messages are those of sample_audio that last 20 to 36 s, each several times, a little softer each time.
The loop is `WhisperModel.transcribe(beam_size=5, word_timestamps=True)` in float16, over samples in memory;
aftertone is `review_many` of the files in one process, words, sound and scores. Both are warm. Rounds
alternate; prints JSON.
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
from benchmarks.common.machine import ROOT, machine

LENGTHS_S = (20.0, 36.0)


def messages(folder: Path, count: int) -> list[at.Recording]:
    """So many messages, written into the folder as well."""
    read = (at.read_audio(path) for path in sorted((ROOT / "sample_audio").glob("*.flac")))
    chosen = [each for each in read if LENGTHS_S[0] <= each.duration_s <= LENGTHS_S[1]]
    made = []
    for number in range(count):
        one = chosen[number % len(chosen)]
        samples = one.samples * (1 - 0.02 * (number // len(chosen) % 20))
        soundfile.write(folder / f"{number:04d}.wav", samples, one.rate_hz)
        made.append(at.Recording.from_samples(samples, one.rate_hz))
    return made


def timed(work: Callable[[], int], count: int) -> float:
    """Messages a second; all must have come out."""
    began_s = time.perf_counter()
    done = work()
    took_s = time.perf_counter() - began_s
    if done != count:
        raise SystemExit(f"{done} of {count} messages came out")
    return count / took_s


def compared(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Both, in turn."""
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
        texts = []
        for each in some:
            segments, _ = model.transcribe(each.samples, beam_size=5, word_timestamps=True)
            texts.append("".join(segment.text for segment in segments))
        return sum(map(bool, texts))

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
    """What the driver calls the GPU."""
    try:
        asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() or None
    except (OSError, subprocess.CalledProcessError):
        return None


def main() -> None:
    """Measure, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
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
    text = json.dumps(record, indent=2)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
