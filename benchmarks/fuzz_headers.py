"""Outcomes of files with damaged headers: crashes, hangs and memory.

    OMP_NUM_THREADS=1 python -m benchmarks.fuzz_headers [--count 10000] [--json FILE]

A short tone is stored as WAV, FLAC, MP3, Ogg, WAV49 and bare GSM frames. Bytes among the first 512 are
changed, removed or inserted at random. Two processes review the files without words, with a limit of 30 s.
Each file must end as a review or as an error.
"""

from __future__ import annotations

import io
import json
import random
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import soundfile

import aftertone as at
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import machine

KINDS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
    "wav49": ("WAV", "GSM610"),
    "gsm": ("RAW", "GSM610"),
}
HEADER_BYTES = 512
SPECIAL = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff")


def originals() -> dict[str, bytes]:
    """Half a second of a tone in each format."""
    tone = 0.1 * np.sin(np.arange(8_000) * 0.1)
    files = {}
    for suffix, (kind, subtype) in KINDS.items():
        file = io.BytesIO()
        soundfile.write(file, tone, 16_000, format=kind, subtype=subtype)
        files[suffix] = file.getvalue()
    return files


def mutated(content: bytes, draw: random.Random) -> bytes:
    """A file with one to eight changes in its header."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        at_byte = draw.randrange(min(HEADER_BYTES, len(changed)))
        match draw.randrange(4):
            case 0:
                changed[at_byte] = draw.randrange(256)
            case 1:
                inserted = draw.choice(SPECIAL)
                changed[at_byte : at_byte + len(inserted)] = inserted
            case 2:
                del changed[at_byte : at_byte + draw.randint(1, 16)]
            case _:
                changed[at_byte:at_byte] = draw.randbytes(draw.randint(1, 16))
    return bytes(changed)


def make_corpus(folder: Path, count: int, seed: int = 0) -> Path:
    """A folder of damaged files, the same number of each format."""
    draw, files = random.Random(seed), originals()
    folder.mkdir()
    for number in range(count):
        suffix = list(files)[number % len(files)]
        (folder / f"{number:05}.{suffix}").write_bytes(mutated(files[suffix], draw))
    return folder


def main() -> None:
    """Print the outcomes; record them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = make_corpus(Path(folder, "in"), args.count)
        started_s = time.monotonic()
        ends: Counter[str] = Counter()
        for outcome in at.review_many(corpus, engine=None, jobs=2, time_limit_s=30):
            ends["reviewed" if outcome.error is None else type(outcome.error).__name__] += 1
            if outcome.error is not None and "unexpected" in str(outcome.error):
                print(outcome.error)
    page = {
        "machine": machine(),
        "mutations": args.count,
        "seconds": round(time.monotonic() - started_s, 1),
        "ends": dict(ends.most_common()),
        "worker_peak_mib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
    }
    assert sum(ends.values()) == args.count
    print(json.dumps(page, indent=2))
    if args.json:
        write_record(args.json, page)


if __name__ == "__main__":
    main()
