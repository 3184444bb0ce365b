"""How fast the acoustic measures are, against peers and against the floor, in one process and one run.

    OMP_NUM_THREADS=1 python -m benchmarks.acoustic_speed [--seconds 20] [--rounds 15] [--json FILE]

The floor is one float32 real FFT of 1,024 points at each 10 ms hop over the same samples: nobody who reads
a spectrum every 10 ms does less. Each contender is run once to warm up, then all of them in turn, round
after round; a row is the median over rounds, and its ratio is taken within the run. Peers need the `bench`
extra and are left out, with a line that says so, where they are not installed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import aftertone as at
from benchmarks.machine import ROOT, machine

Contender = Callable[[], object]


def speech_of(seconds: float) -> at.Recording:
    """So many seconds of the practice messages, one after another."""
    samples = [at.read_audio(path).samples for path in sorted((ROOT / "sample_audio").glob("*.flac"))]
    joined = np.concatenate(samples)
    wanted = round(seconds * 16_000)
    return at.Recording.from_samples(np.tile(joined, -(-wanted // joined.size))[:wanted], 16_000)


def floor_of(samples: np.ndarray[Any, Any]) -> Contender:
    """One float32 FFT of 1,024 points at each hop of 10 ms."""
    import scipy.fft

    padded = np.pad(samples, 512)

    def run() -> object:
        frames = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::160]
        return [scipy.fft.rfft(frames[i : i + 1000], axis=1) for i in range(0, len(frames), 1000)]

    return run


def peers_of(samples: np.ndarray[Any, Any]) -> dict[str, Contender]:
    """What others would run for one or all of the same measures."""
    peers: dict[str, Contender] = {}
    try:
        import parselmouth

        sound = parselmouth.Sound(samples.astype(np.float64), 16_000)
        peers["Praat pitch (AC, 60-600 Hz)"] = lambda: sound.to_pitch_ac(
            time_step=0.01, pitch_floor=60, pitch_ceiling=600
        )
        peers["Praat intensity"] = lambda: sound.to_intensity(time_step=0.01)
    except ImportError:
        print("Praat left out: praat-parselmouth is not installed (the bench extra)")
    try:
        import opensmile

        smile = opensmile.Smile(feature_set=opensmile.FeatureSet.eGeMAPSv02)
        peers["openSMILE eGeMAPSv02"] = lambda: smile.process_signal(samples, 16_000)
    except ImportError:
        print("openSMILE left out: opensmile is not installed (the bench extra)")
    import librosa
    import webrtcvad

    peers["librosa.pyin"] = lambda: librosa.pyin(
        samples, fmin=60, fmax=600, sr=16_000, frame_length=1024, hop_length=160
    )
    peers["librosa.yin"] = lambda: librosa.yin(
        samples, fmin=60, fmax=600, sr=16_000, frame_length=1024, hop_length=160
    )
    peers["librosa.stft 512/160"] = lambda: librosa.stft(samples, n_fft=512, hop_length=160)
    pcm = (samples * 32767).astype(np.int16).tobytes()

    def webrtc() -> object:
        vad = webrtcvad.Vad(2)
        return [vad.is_speech(pcm[i : i + 320], 16_000) for i in range(0, len(pcm) - 319, 320)]

    peers["webrtcvad 10 ms"] = webrtc
    return peers


def timed(contenders: dict[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Seconds of each contender in each round, the contenders in turn."""
    for run in contenders.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the recording")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="write the result here")
    arguments = parser.parse_args()
    recording = speech_of(arguments.seconds)
    samples = np.array(recording.samples)
    contenders: dict[str, Contender] = {
        "aftertone: all acoustic measures": lambda: at.measure_sound(recording),
        "floor: float32 rFFT 1024 each 10 ms": floor_of(samples),
        **peers_of(samples),
    }
    seconds = timed(contenders, arguments.rounds)
    ours = "aftertone: all acoustic measures"
    rows = {
        name: {
            "median_ms": 1e3 * median(runs),
            "times_real_time": arguments.seconds / median(runs),
            "over_aftertone": median(a / b for a, b in zip(runs, seconds[ours], strict=True)),
        }
        for name, runs in seconds.items()
    }
    print(f"\n{arguments.seconds:g} s at 16 kHz, one thread, warm, median of {arguments.rounds} rounds\n")
    print(f"{'':38}{'ms':>9}{'x real time':>13}{'time / aftertone':>18}")
    for name, row in sorted(rows.items(), key=lambda item: item[1]["median_ms"]):
        print(f"{name:38}{row['median_ms']:9.1f}{row['times_real_time']:13,.0f}{row['over_aftertone']:18.2f}")
    if arguments.json:
        result = {
            "machine": machine(),
            "seconds": arguments.seconds,
            "rounds": arguments.rounds,
            "rows": rows,
        }
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
