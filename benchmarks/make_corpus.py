"""Make a corpus of any size from joined practice messages, with drawn lengths, a codec and noise.

    python -m benchmarks.make_corpus FOLDER --count 1000 --seconds 5:60 --codec ulaw --snr-db 20

Lengths are log-uniform between two bounds: many messages are short and few are long. One number gives all
messages the same length. The speech is that of sample_audio; a message may start anywhere in it. No truth is
written. The same arguments give the same sound.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

import aftertone as at
from benchmarks.common.command import parser_of
from benchmarks.common.conditions import RATE_HZ
from benchmarks.common.machine import SAMPLES

Samples = NDArray[np.float32]
GAP_S = 0.5  # pause between joined messages
# Suffix, sampling rate, format and subtype of libsndfile.
CODECS = {
    "wav": (".wav", 16_000, "WAV", "PCM_16"),
    "ulaw": (".wav", 8_000, "WAV", "ULAW"),
    "gsm": (".wav", 8_000, "WAV", "GSM610"),
    "flac": (".flac", 16_000, "FLAC", "PCM_16"),
    "opus": (".ogg", 16_000, "OGG", "OPUS"),
    "mp3": (".mp3", 16_000, "MP3", "MPEG_LAYER_III"),
}


@cache
def _speech() -> Samples:
    """All practice messages, joined."""
    gap = np.zeros(int(GAP_S * RATE_HZ), np.float32)
    paths = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".flac", ".ogg"))
    return np.concatenate([part for path in paths for part in (at.read_audio(path).samples, gap)])


def lengths_s(count: int, seconds: Sequence[float], draw: np.random.Generator) -> NDArray[np.float64]:
    """Log-uniform lengths between two bounds.

    >>> lengths_s(2, [5.0, 5.0], np.random.default_rng(0)).round(6).tolist()
    [5.0, 5.0]
    """
    return np.exp(draw.uniform(np.log(seconds[0]), np.log(seconds[-1]), count))


def messages(
    count: int, seconds: Sequence[float], snr_db: float | None = None, seed: int = 0
) -> Iterator[Samples]:
    """Messages at 16 kHz, with white noise `snr_db` below the mean square of each."""
    draw = np.random.default_rng(seed)
    for length_s in lengths_s(count, seconds, draw):
        first, size = int(draw.integers(_speech().size)), round(length_s * RATE_HZ)
        samples = np.take(_speech(), np.arange(first, first + size), mode="wrap")
        if snr_db is not None:
            rms = float(np.sqrt(np.mean(samples**2)))
            samples = samples + draw.normal(0, rms * 10 ** (-snr_db / 20), size).astype(np.float32)
        yield samples / max(1.0, float(np.abs(samples).max()) / 0.99)


def write(samples: Samples, stem: Path, codec: str) -> Path:
    """Write a message as a file; returns its path."""
    suffix, rate_hz, form, subtype = CODECS[codec]
    path = stem.with_name(stem.name + suffix)
    soundfile.write(path, soxr.resample(samples, RATE_HZ, rate_hz), rate_hz, format=form, subtype=subtype)
    return path


def _bounds(text: str) -> list[float]:
    bounds = [float(part) for part in text.split(":")]
    if not 1 <= len(bounds) <= 2 or bounds[0] <= 0 or bounds[-1] < bounds[0]:
        raise argparse.ArgumentTypeError(f"{text!r}: give seconds such as 20, or least:most such as 5:60")
    return bounds


def main() -> None:
    """Write the corpus."""
    parser = parser_of(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=_bounds, default=[5.0, 60.0], metavar="LEAST[:MOST]")
    parser.add_argument("--codec", choices=sorted(CODECS), default="ulaw")
    parser.add_argument("--snr-db", type=float, help="add white noise at this ratio")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    made = messages(arguments.count, arguments.seconds, arguments.snr_db, arguments.seed)
    total_s = 0.0
    for index, samples in enumerate(made):
        write(samples, arguments.folder / f"message_{index:06d}", arguments.codec)
        total_s += samples.size / RATE_HZ
    print(f"{arguments.count:,} messages, {total_s / 3600:.2f} h, in {arguments.folder}")


if __name__ == "__main__":
    main()
