"""Speed of the acoustic measures, beside peers and a lower bound, in one process.

    OMP_NUM_THREADS=1 python -m benchmarks.acoustic_speed [--seconds 20] [--rounds 15] [--json FILE]

Five tables: peers and lower bound; time of each stage; time and memory by length; memory of a process for
half an hour; cost of first calls in a new process. Times are CPU time of one thread, which a busy machine
lengthens little.

The lower bound ("floor") is one float32 real FFT of 1,024 points for each hop of 10 ms: no method with a
spectrum every 10 ms does less. Each contender runs once to warm up. Then the contenders alternate, round
after round; a short one runs several times in its turn. A row is the median over rounds, and its ratio is the
median of the rounds' ratios. Peers need the extra `bench`. A peer that is not installed is left out, and one
line is printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import aftertone as at
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import SAMPLES, machine

Contender = Callable[[], object]
OURS, FLOOR = "aftertone: all acoustic measures", "floor: float32 rFFT 1024 each 10 ms"
ROUND_S = 0.1
LENGTHS_S = (10, 60, 300, 1_800)

HALF_HOUR_S = 1_800

# In a new process: peak memory in kB after a short file, and after a long one too. ru_maxrss would start at
# the value of the parent process.
_TWO_FILES = """
import pathlib, re, sys
import aftertone as at
for path in sys.argv[1:]:
    at.measure_sound(at.read_audio(path))
    print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""

# Each runs in a new process, which is timed.
_MADE = "import numpy as np; samples = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)\n"
FIRST_CALLS = {
    "import aftertone": "import aftertone",
    "first measure_sound": f"{_MADE}import aftertone as at\n"
    "at.measure_sound(at.Recording.from_samples(samples, 16_000))",
    "first librosa.filters.mel": "import librosa\n"
    "librosa.filters.mel(sr=16_000, n_fft=1024, n_mels=24, fmin=60, htk=True, norm=None)",
    "first librosa.sequence.dtw": f"{_MADE}import librosa\n"
    "librosa.sequence.dtw(C=np.abs(samples[:20_000].reshape(100, 200)), subseq=True)",
    "first librosa.pyin": f"{_MADE}import librosa\n"
    "librosa.pyin(samples, fmin=60, fmax=600, sr=16_000, frame_length=1024, hop_length=160)",
}


def speech_of(seconds: float) -> at.Recording:
    """Practice messages, joined and cut to a length."""
    samples = [at.read_audio(path).samples for path in sorted(SAMPLES.glob("*.flac"))]
    joined = np.concatenate(samples)
    wanted = round(seconds * 16_000)
    return at.Recording.from_samples(np.tile(joined, -(-wanted // joined.size))[:wanted], 16_000)


def floor_of(samples: np.ndarray[Any, Any]) -> Contender:
    """The lower bound: one float32 FFT of 1,024 points for each hop of 10 ms."""
    import scipy.fft

    padded = np.pad(samples, 512)

    def run() -> object:
        frames = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::160]
        return [scipy.fft.rfft(frames[i : i + 1000], axis=1) for i in range(0, len(frames), 1000)]

    return run


def peers_of(samples: np.ndarray[Any, Any]) -> dict[str, Contender]:
    """Peers that compute one or all of the same measures."""
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
    try:
        detector = import_module("swift_f0").SwiftF0(threads=1, spin=False)
        peers["SwiftF0 pitch"] = lambda: detector.detect(samples, 16_000)
    except ImportError:
        print("SwiftF0 left out: swift-f0 is not installed (the bench extra)")
    import librosa

    peers["librosa.pyin"] = lambda: librosa.pyin(
        samples, fmin=60, fmax=600, sr=16_000, frame_length=1024, hop_length=160
    )
    peers["librosa.yin"] = lambda: librosa.yin(
        samples, fmin=60, fmax=600, sr=16_000, frame_length=1024, hop_length=160
    )
    peers["librosa.stft 512/160"] = lambda: librosa.stft(samples, n_fft=512, hop_length=160)
    peers["webrtcvad 10 ms"] = webrtcvad_of(samples, 160)
    return peers


def timed(contenders: dict[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Seconds of each contender in each round; contenders alternate.

    A short one runs for ROUND_S in its turn, so that the caches of the one before it count little.
    """
    repeats = {}
    for name, run in contenders.items():
        run()
        start = time.process_time()
        run()
        repeats[name] = max(1, round(ROUND_S / (time.process_time() - start)))
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.process_time()
            for _ in range(repeats[name]):
                run()
            seconds[name].append((time.process_time() - start) / repeats[name])
    return seconds


def stages_of(recording: at.Recording) -> dict[str, Contender]:
    """The stages of the acoustic measures, each with the results of the stages before it."""
    from aftertone.acoustics import (
        analysis,
        filled_pauses,
        frames,
        level,
        nuclei,
        periodicity,
        pitch,
        spectrum,
        tones,
        vad,
    )
    from aftertone.language.brief import Brief
    from aftertone.measurements import Measurements

    analysed = analysis.listen(recording)
    known, speech, contour = analysed.frames, analysed.speech, analysed.pitch
    blocks = [
        spectrum.SpectrumBlock(block.first_frame, block.magnitude.copy(), block.power.copy())
        for block in spectrum.spectrum_blocks(recording)
    ]
    webrtc_30_ms = webrtcvad_of(np.array(recording.samples), 480)
    return {
        "frames": lambda: frames.frames_of(recording),
        "  spectrum": lambda: sum(1 for _ in spectrum.spectrum_blocks(recording)),
        "  periodicities": lambda: [periodicity.pitch_candidates_of(block) for block in blocks],
        "  partials": lambda: [spectrum.spectral_peaks_of(block) for block in blocks],
        "  level": lambda: frames.level_db_of(recording),
        "speech": lambda: vad.speech_intervals(recording, known),
        "  (webrtcvad on all of it)": webrtc_30_ms,
        "tones": lambda: (
            tones.beeps(recording, known),
            tones.dtmf(recording, known),
            tones.ring_backs(recording, known),
        ),
        "pitch": lambda: pitch.pitch_contour(recording, known),
        "nuclei": lambda: nuclei.syllable_nuclei(recording, known),
        "filled pauses": lambda: filled_pauses.filled_pauses(recording, known, speech, contour),
        "level, loudness, bandwidth": lambda: level.level_of(recording, known, speech),
        "groups of measures": lambda: Measurements.of(analysed, None, Brief()),
    }


def webrtcvad_of(samples: np.ndarray[Any, Any], frame: int) -> Contender:
    """Webrtcvad on frames of a number of samples."""
    import webrtcvad

    pcm = (samples * 32767).astype(np.int16).tobytes()
    starts = range(0, len(pcm) - 2 * frame + 1, 2 * frame)

    def run() -> object:
        detector = webrtcvad.Vad(2)
        return [detector.is_speech(pcm[first : first + 2 * frame], 16_000) for first in starts]

    return run


def growth(lengths_s: tuple[int, ...]) -> list[dict[str, float]]:
    """Time and memory of all acoustic measures by length of the recording."""
    rows = []
    for length_s in lengths_s:
        recording = speech_of(length_s)
        runs = timed({OURS: partial(at.measure_sound, recording)}, 5 if length_s < 300 else 2)[OURS]
        tracemalloc.start()
        at.measure_sound(recording)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        rows.append(
            {
                "length_s": length_s,
                "ms_per_s": 1e3 * median(runs) / length_s,
                "samples_mb": recording.samples.nbytes / 1e6,
                "peak_beyond_samples_mb": peak / 1e6,
                "peak_beyond_samples_kb_per_s": peak / 1e3 / length_s,
            }
        )
    return rows


def half_an_hour() -> dict[str, float]:
    """Memory in MB of a process that measures half an hour of telephone sound, beyond that for 20 s."""
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{length_s}.wav" for length_s in (20, HALF_HOUR_S)]
        for path in paths:
            samples = speech_of(float(path.stem)).samples[::2]
            soundfile.write(path, samples, 8_000, subtype="ULAW")
        done = subprocess.run(
            [sys.executable, "-c", _TWO_FILES, *map(str, paths)],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ,
        )
    short_kb, long_kb = map(int, done.stdout.split())
    samples_mb = (HALF_HOUR_S - 20) * 16_000 * 4 / 1e6
    more_mb = (long_kb - short_kb) * 1_024 / 1e6
    return {
        "process_of_20_s_mb": short_kb * 1_024 / 1e6,
        "more_for_half_an_hour_mb": more_mb,
        "of_which_samples_mb": samples_mb,
        "beyond_samples_mb": more_mb - samples_mb,
    }


def first_calls() -> dict[str, dict[str, float]]:
    """Seconds of first calls, each in a new process; those of librosa also without the cache of numba."""
    seconds = {}
    timer = "import time\nbegin = time.perf_counter(), time.process_time()\n{}\n"
    timer += "print(time.perf_counter() - begin[0], time.process_time() - begin[1])"
    for name, code in FIRST_CALLS.items():
        with tempfile.TemporaryDirectory() as folder:
            caches = {"": {}, " of an installation": {"NUMBA_CACHE_DIR": folder}}
            for when, cache in caches.items():
                if cache and "mel" not in name:
                    continue
                done = subprocess.run(
                    [sys.executable, "-c", timer.format(code)],
                    capture_output=True,
                    text=True,
                    check=True,
                    env=os.environ | cache,
                )
                wall_s, cpu_s = map(float, done.stdout.split()[-2:])
                seconds[name + when] = {"wall_s": wall_s, "cpu_s": cpu_s}
    return seconds


def main() -> None:
    """Print the tables; record them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the recording")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path, help="write the result here")
    arguments = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        parser.error("set OMP_NUM_THREADS=1: CPU time is compared on one thread")
    recording = speech_of(arguments.seconds)
    samples = np.array(recording.samples)
    contenders: dict[str, Contender] = {
        OURS: lambda: at.measure_sound(recording),
        FLOOR: floor_of(samples),
        **peers_of(samples),
    }
    seconds = timed(contenders, arguments.rounds)
    rows = {
        name: {
            "median_ms": 1e3 * median(runs),
            "times_real_time": arguments.seconds / median(runs),
            "over_aftertone": median(a / b for a, b in zip(runs, seconds[OURS], strict=True)),
            "over_floor": median(a / b for a, b in zip(runs, seconds[FLOOR], strict=True)),
        }
        for name, runs in seconds.items()
    }
    print(f"\n{arguments.seconds:g} s at 16 kHz, one thread, warm, median of {arguments.rounds} rounds\n")
    print(f"{'':38}{'CPU ms':>9}{'x real time':>13}{'/ aftertone':>13}{'/ floor':>9}")
    for name, row in sorted(rows.items(), key=lambda item: item[1]["median_ms"]):
        print(
            f"{name:38}{row['median_ms']:9.1f}{row['times_real_time']:13,.0f}{row['over_aftertone']:13.2f}"
            f"{row['over_floor']:9.1f}"
        )

    stages = {
        name: 1e3 * median(runs) for name, runs in timed(stages_of(recording), arguments.rounds).items()
    }
    print("\nStages, CPU ms\n")
    for name, stage_ms in stages.items():
        print(f"{name:38}{stage_ms:9.2f}")

    lengths = growth(LENGTHS_S)
    print("\nBy length\n")
    print(f"{'s':>8}{'CPU ms per s':>14}{'samples MB':>12}{'peak beyond them MB':>21}{'kB per s':>10}")
    for each in lengths:
        print(
            f"{each['length_s']:8,.0f}{each['ms_per_s']:14.2f}{each['samples_mb']:12.1f}"
            f"{each['peak_beyond_samples_mb']:21.1f}{each['peak_beyond_samples_kb_per_s']:10.0f}"
        )

    long = half_an_hour()
    print("\nHalf an hour at 8 kHz mu-law, most memory of a process, MB\n")
    for name, mb in long.items():
        print(f"{name.removesuffix('_mb').replace('_', ' '):38}{mb:9.1f}")

    first = first_calls()
    print(f"\nFirst calls in a new process, s\n\n{'':48}{'wall clock':>12}{'CPU':>9}")
    for name, each_s in first.items():
        print(f"{name:48}{each_s['wall_s']:12.2f}{each_s['cpu_s']:9.2f}")

    if arguments.json:
        result = {
            "machine": machine(),
            "seconds": arguments.seconds,
            "rounds": arguments.rounds,
            "rows": rows,
            "stages_ms": stages,
            "lengths": lengths,
            "half_an_hour": long,
            "first_calls_s": first,
        }
        write_record(arguments.json, result)


if __name__ == "__main__":
    main()
