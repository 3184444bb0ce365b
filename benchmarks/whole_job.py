"""The whole job beside the script that one would write for it today, stage by stage.

    OMP_NUM_THREADS=1 python -m benchmarks.whole_job [--messages 6] [--rounds 2] [--json FILE]

The script takes one file after the other: `librosa.load`, webrtcvad frame by frame, `librosa.pyin`,
`librosa.feature.rms`, a recogniser, and regular expressions over its words; each as its manual shows it. The
recogniser is pocketsphinx with its own language model, or a loop of faster-whisper over random weights of
tiny.en's size (`benchmarks.whisper_speed` makes them; they take the time of real ones). aftertone hears with
the same engine, and ends with a score and its evidence, which the script has not.

Both go through the same files in turn, in one process and with one thread, after a message to warm up. A
ratio is taken within a round; the table has the median over rounds.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

import aftertone as at
from aftertone.bench.run import Watch
from aftertone.stages import stages_told
from benchmarks.machine import ROOT, machine
from benchmarks.tables import Table
from benchmarks.whisper_speed import write_random_model

RATE_HZ = 16_000
Words = list[str]
Ear = Callable[[Any], Words]
# a stage of the script, and the stages of aftertone that do the same
STAGES = {
    "read": ("read",),
    "sound": ("acoustics",),
    "transcribe": ("load", "transcribe"),
    "words": ("language", "judge"),
    "write": ("write",),
}
_NUMBER = re.compile(r"(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b ?){7,}")


# ── the script ───────────────────────────────────────────────────────────────────────────────────────


def read(path: Path) -> Any:
    """Samples at 16 kHz, as librosa loads them."""
    import librosa

    return librosa.load(path, sr=RATE_HZ)[0]


def sound(samples: Any) -> dict[str, float]:
    """Pauses by webrtcvad, pitch by pyin, level by rms."""
    import librosa
    import webrtcvad

    pcm = (np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes()
    vad = webrtcvad.Vad(2)
    voiced = [vad.is_speech(pcm[at : at + 320], RATE_HZ) for at in range(0, len(pcm) - 319, 320)]
    edges = np.flatnonzero(np.diff(np.concatenate([[1], np.asarray(voiced, np.int8), [1]])))
    pauses_s = (edges[1::2] - edges[::2]) * 0.01
    hz, _, _ = librosa.pyin(samples, fmin=60, fmax=600, sr=RATE_HZ, hop_length=160)
    known = hz[~np.isnan(hz)]
    level = librosa.feature.rms(y=samples, frame_length=400, hop_length=160)
    return {
        "duration_s": samples.size / RATE_HZ,
        "pauses": int(np.count_nonzero(pauses_s > 0.25)),
        "pitch_hz": float(np.median(known)) if known.size else 0.0,
        "pitch_spread_st": float(np.std(12 * np.log2(known))) if known.size else 0.0,
        "level_db": float(20 * np.log10(level.mean() + 1e-9)),
    }


def judged(words: Words, found: dict[str, float]) -> dict[str, Any]:
    """Pace, fillers, the number and how often it is said, by counting and by a pattern."""
    text = " ".join(words)
    numbers = _NUMBER.findall(text)
    return {
        **found,
        "words_per_min": 60 * len(words) / found["duration_s"],
        "fillers": sum(word in ("um", "uh", "er", "ah") for word in words),
        "number_said": len(numbers),
        "transcript": text,
    }


@cache
def pocketsphinx_ear() -> Ear:
    """Pocketsphinx as its manual shows it: its own models, the whole recording at once."""
    from pocketsphinx import Decoder

    decoder: Any = Decoder(samprate=RATE_HZ, loglevel="FATAL")

    def hear(samples: Any) -> Words:
        decoder.start_utt()
        decoder.process_raw((samples * 32_767).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        return [each.word for each in decoder.seg() if not each.word.startswith(("<", "["))]

    return hear


def whisper_ear(folder: Path) -> Ear:
    """faster-whisper as its manual shows it, with word times, without second decodings."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", cpu_threads=1)

    def hear(samples: Any) -> Words:
        segments, _ = model.transcribe(samples, language="en", temperature=0.0, word_timestamps=True)
        return [word.word.strip() for segment in segments for word in segment.words or ()]

    return hear


def scripted(paths: Sequence[Path], ear: Ear) -> dict[str, float]:
    """Seconds of each stage of the script over all files."""
    took_s = dict.fromkeys(STAGES, 0.0)
    with tempfile.TemporaryDirectory() as folder, Path(folder, "rows.jsonl").open("w") as rows:
        for path in paths:
            marks_s = [perf_counter()]
            samples = read(path)
            marks_s.append(perf_counter())
            found = sound(samples)
            marks_s.append(perf_counter())
            words = ear(samples)
            marks_s.append(perf_counter())
            row = judged(words, found)
            marks_s.append(perf_counter())
            rows.write(json.dumps(row) + "\n")
            marks_s.append(perf_counter())
            for stage, began_s, ended_s in zip(STAGES, marks_s[:-1], marks_s[1:], strict=True):
                took_s[stage] += ended_s - began_s
    return {**took_s, "all": sum(took_s.values())}


# ── aftertone ────────────────────────────────────────────────────────────────────────────────────────


def reviewed(paths: Sequence[Path], engine: Any) -> dict[str, float]:
    """Seconds of the same stages, and of all, of `review_many` and `write_report`."""
    watch = Watch()
    with stages_told(watch.told):
        watch.write(at.review_many(paths, engine=engine, playbook="general"))
    told_s = {**watch.stages_s, "write": watch.write_s}
    shares = {stage: sum(told_s.get(name, 0.0) for name in names) for stage, names in STAGES.items()}
    return {**shares, "all": watch.review_s + watch.write_s}


def compared(paths: Sequence[Path], ear: Ear, engine: Any, rounds: int) -> dict[str, Any]:
    """Both in turn: seconds a message of each stage, and how many times faster aftertone is."""
    scripted(paths[:1], ear)
    reviewed(paths[:1], engine)
    pairs = [(scripted(paths, ear), reviewed(paths, engine)) for _ in range(rounds)]
    stages = {}
    for stage in (*STAGES, "all"):
        theirs, ours = ([each[side][stage] for each in pairs] for side in (0, 1))
        ratios = [their / our for their, our in zip(theirs, ours, strict=True) if our]
        stages[stage] = {
            "script_ms": round(1_000 * median(theirs) / len(paths), 2),
            "aftertone_ms": round(1_000 * median(ours) / len(paths), 2),
            "times_faster": round(median(ratios), 2) if ratios else None,
        }
    return stages


def main() -> None:
    """Print the tables, and record them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    paths = sorted((ROOT / "sample_audio").glob("*.flac"))[: args.messages]
    audio_s = sum(at.read_audio(path).duration_s for path in paths)
    page: dict[str, Any] = {
        "machine": machine(),
        "messages": len(paths),
        "audio_s": round(audio_s, 1),
        "rounds": args.rounds,
        "engines": {},
    }
    with tempfile.TemporaryDirectory() as made:
        model = write_random_model(Path(made, "random-tiny.en"))
        engines: dict[str, tuple[Ear, Callable[[], Any]]] = {
            "sphinx": (pocketsphinx_ear(), lambda: at.load_engine("sphinx")),
            "whisper": (
                whisper_ear(model),
                lambda: at.load_engine("whisper", model=model, device="cpu", threads=1),
            ),
        }
        for name, (ear, load) in engines.items():
            page["engines"][name] = compared(paths, ear, load(), args.rounds)
            print(table(name, page["engines"][name], page).markdown())
    if args.json:
        args.json.write_text(json.dumps(page, indent=2) + "\n")


def table(engine: str, stages: dict[str, Any], page: dict[str, Any]) -> Table:
    """Milliseconds a message, a row to each stage."""
    title = f"{engine}: {page['messages']} messages of {page['audio_s'] / page['messages']:.0f} s, one thread"
    shown = Table(title, {"script, ms": ",.1f", "aftertone, ms": ",.1f", "times faster": ",.1f"})
    for stage, each in stages.items():
        ratio = each["times_faster"] if each["script_ms"] > 1 else None  # it all but has none of it
        shown.add(stage, script=each["script_ms"], ours=each["aftertone_ms"], ratio=ratio)
    return shown


if __name__ == "__main__":
    main()
