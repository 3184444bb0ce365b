"""How well the embedded recogniser hears: words, digits, times, confidence, speed; before and after.

    python -m benchmarks.recogniser_accuracy [--sets unseen,general] [--only ours] [--json FILE]

Figures of other sets that the file holds already stay in it.

"stock" is pocketsphinx with the language model of its wheel, "ours" the same with models/voicemail.lm.bin;
both get the same stretches of speech. Sets:

unseen        benchmarks/unseen_messages.toml, spoken by flite's slt, rms and awb (flite)
unseen voice  every other message of it, spoken by a voice that no tuning heard: festival's ked (festival,
              festvox-kdlpc16k)
clean         sample_audio at the full band, without added noise or clipping: a regression check
noisy         twelve of those with speech-band noise 10 dB under the voice
8 kHz         the same twelve, 300 to 3,400 Hz, at 8 kHz
general       shared/data/mfa and telephone/jfk.flac: a person, and words that are no voicemail
tuning        benchmarks/tuning_messages.toml, by the same voices: what was tuned on; only where asked for

Words are compared lower case, spoken form (numerals as words), "mr", "mrs", "dr" written out, "um" and "uh"
left out on both sides; "digits" are the digit words alone. "um"s are counted apart: those said of which the
recogniser has one, and those it has where none was. Sets whose voices or files are missing are
skipped with a line that says so.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import aftertone as at
from aftertone.language.engines.alignment import aligned
from aftertone.language.engines.sphinx import SphinxEngine
from aftertone.language.syllables import spoken_words
from aftertone.language.transcript import Transcript, Word
from benchmarks.machine import ROOT, machine
from benchmarks.sample_accuracy import is_clean

SAMPLES = ROOT / "sample_audio"
SHARED = ROOT.parent / "shared" / "data"
UNSEEN = ROOT / "benchmarks" / "unseen_messages.toml"
TUNING = ROOT / "benchmarks" / "tuning_messages.toml"
RATE_HZ = 16_000
FLITE_VOICES = ("slt", "rms", "awb")
FESTIVAL_VOICE = "voice_ked_diphone"
SEED = 20261122
FEW = 12  # messages of sample_audio that are heard again with noise, and at 8 kHz
ACTIVE_DBOV, HISS_DBOV = -26.0, -62.0
JFK = (
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
)
DIGITS = frozenset(["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
FILLERS = ("um", "uh")
WRITTEN_OUT = {"mr": "mister", "mrs": "missus", "dr": "doctor"}
SHIFTED_S = 0.1  # alignment is given times that are this late
BANDS = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 1.001)  # of confidence, for the reliability table


@dataclass(frozen=True, slots=True)
class Item:
    """A recording, the words that are said in it, and how many fillers besides."""

    recording: at.Recording
    said: tuple[str, ...]
    fillers: int = 0


def compared(words: Iterable[str]) -> list[str]:
    """Words as they are compared."""
    spoken = (part for word in words for part in spoken_words(word))
    plain = (re.sub(r"[^a-z']", "", WRITTEN_OUT.get(part.lower(), part.lower())) for part in spoken)
    return [word for word in plain if word and word not in FILLERS]


def fillers_in(words: Iterable[str]) -> int:
    """How many of the words are "um" or "uh"."""
    return sum(word.lower().strip(",.") in FILLERS for word in words)


# ── sets ─────────────────────────────────────────────────────────────────────────────────────────────


def spoken(text: str, voice: str) -> NDArray[np.float32]:
    """A line, said by a voice of flite or festival, without the silence round it."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "line.wav")
        if voice in FLITE_VOICES:
            command = ["flite", "-voice", voice, "--setf", "duration_stretch=1.1", "-t", text, "-o", str(wav)]
            subprocess.run(command, check=True)
        else:
            command = ["text2wave", "-eval", f"({voice})", "-o", str(wav)]
            subprocess.run(command, input=text.encode(), check=True)
        samples = at.read_audio(wav).samples
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[max(0, loud[0] - 400) : loud[-1] + 800]


def messages_of(path: Path, voices: Sequence[str], step: int) -> Iterator[Item]:
    """The messages of a file, each line a breath, by the voices in turn."""
    random = np.random.default_rng(SEED)
    messages = tomllib.loads(path.read_text(encoding="utf-8"))["message"][::step]
    for number, message in enumerate(messages):
        lines = message["say"].strip().splitlines()
        parts = [np.zeros(RATE_HZ // 2, np.float32)]
        for line in lines:
            parts += [
                spoken(line, voices[number % len(voices)]),
                np.zeros(int(RATE_HZ * random.uniform(0.3, 0.7)), np.float32),
            ]
        speech = np.concatenate(parts)
        speech *= 10 ** (ACTIVE_DBOV / 20) / np.sqrt(np.mean(speech**2))
        mix = speech + random.normal(0, 10 ** (HISS_DBOV / 20), speech.size)
        text = re.sub(r"[^a-z' ]", " ", " ".join(lines).lower())
        yield Item(
            at.Recording.from_samples(mix, RATE_HZ), tuple(compared(text.split())), fillers_in(text.split())
        )


def samples() -> Iterator[Item]:
    """The messages of sample_audio at the full band, without added noise or clipping."""
    for path in sorted((SAMPLES / "truth").glob("*.json")):
        truth = json.loads(path.read_text())
        if is_clean(truth["file"]) and truth["words"]:
            words = [word["text"] for word in truth["words"]]
            yield Item(at.read_audio(SAMPLES / truth["file"]), tuple(compared(words)), fillers_in(words))


def noisy(item: Item) -> Item:
    """With noise whose spectrum falls as speech does, 10 dB under it."""
    random = np.random.default_rng(SEED)
    clean = item.recording.samples.astype(np.float64)
    spectrum = np.fft.rfft(random.standard_normal(clean.size))
    hz = np.fft.rfftfreq(clean.size, 1 / item.recording.rate_hz)
    noise = np.fft.irfft(spectrum / np.sqrt(1 + (hz / 500) ** 2), clean.size)
    active = np.abs(clean) > 0.01
    noise *= np.sqrt(np.mean(clean[active] ** 2) / np.mean(noise**2)) * 10 ** (-10 / 20)
    return Item(at.Recording.from_samples(clean + noise, item.recording.rate_hz), item.said, item.fillers)


def telephone(item: Item) -> Item:
    """300 to 3,400 Hz at 8 kHz."""
    from scipy.signal import butter, sosfiltfilt
    from soxr import resample

    band = butter(4, (300, 3_400), "bandpass", fs=item.recording.rate_hz, output="sos")
    narrow = resample(sosfiltfilt(band, item.recording.samples), item.recording.rate_hz, 8_000)
    return Item(at.Recording.from_samples(narrow, 8_000), item.said, item.fillers)


def general() -> Iterator[Item]:
    """A person who says what no voicemail says."""
    for row in mfa_rows():
        if not re.search(r"[<\[]", row["transcript"]) and not re.search("whisper|falsetto", row["file_name"]):
            recording = at.read_audio(SHARED / "mfa" / row["file_name"])
            words = row["transcript"].split()
            yield Item(recording, tuple(compared(words)), fillers_in(words))
    yield Item(at.read_audio(SHARED / "telephone" / "jfk.flac"), tuple(compared(JFK.split())))


def mfa_rows() -> list[dict[str, str]]:
    """What is known of the recordings in shared/data/mfa."""
    with (SHARED / "mfa" / "metadata.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def items_of(name: str) -> list[Item]:
    """The recordings of a set."""
    if name == "unseen":
        return list(messages_of(UNSEEN, FLITE_VOICES, 1))
    if name == "tuning":
        return list(messages_of(TUNING, FLITE_VOICES, 1))
    if name == "unseen voice":
        return list(messages_of(UNSEEN, (FESTIVAL_VOICE,), 2))
    if name == "general":
        return list(general())
    clean = list(samples())
    if name == "clean":
        return clean
    return [noisy(item) if name == "noisy" else telephone(item) for item in clean[:: len(clean) // FEW][:FEW]]


NEEDED = {"unseen": "flite", "tuning": "flite", "unseen voice": "text2wave"}
SETS = ("unseen", "unseen voice", "clean", "noisy", "8 kHz", "general")


def missing(name: str) -> str | None:
    """What a set needs and this machine lacks."""
    if (tool := NEEDED.get(name)) and shutil.which(tool) is None:
        return f"{tool} is not installed"
    return "shared/data is not beside the checkout" if name == "general" and not SHARED.is_dir() else None


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────


def stock_model() -> Path:
    """The language model in pocketsphinx's wheel."""
    package = find_spec("pocketsphinx")
    assert package is not None
    assert package.submodule_search_locations
    return Path(package.submodule_search_locations[0], "model/en-us/en-us.lm.bin")


def heard(engine: SphinxEngine, items: Sequence[Item]) -> tuple[list[Transcript], float]:
    """The transcripts, and how many times faster than the recordings last, in time of the processor."""
    began = time.process_time()
    transcripts = [engine.transcribe(item.recording) for item in items]
    took_s = time.process_time() - began
    return transcripts, sum(item.recording.duration_s for item in items) / took_s


def errors(items: Sequence[Item], transcripts: Sequence[Transcript]) -> dict[str, Any]:
    """Word and digit errors in per cent, and how many words and digits there were."""
    import jiwer

    true = [list(item.said) for item in items]
    found = [compared(word.text for word in transcript.words) for transcript in transcripts]
    figures: dict[str, Any] = {}
    for name, kept in (("word", None), ("digit", DIGITS)):
        pairs = [
            tuple(" ".join(word for word in words if kept is None or word in kept) for words in pair)
            for pair in zip(true, found, strict=True)
        ]
        pairs = [(said, got or "-") for said, got in pairs if said]
        if pairs:
            scored = jiwer.process_words([said for said, _ in pairs], [got for _, got in pairs])
            figures[f"{name} errors %"] = round(100 * scored.wer, 1)
            figures[f"{name}s"] = sum(len(said.split()) for said, _ in pairs)
            figures[f"{name}s right %"] = round(100 * scored.hits / figures[f"{name}s"], 1)
    heard = [fillers_in(word.text for word in transcript.words) for transcript in transcripts]
    pairs_of_counts = [(item.fillers, count) for item, count in zip(items, heard, strict=True)]
    figures["fillers"] = sum(item.fillers for item in items)
    figures["fillers heard"] = sum(min(pair) for pair in pairs_of_counts)
    figures["fillers invented"] = sum(max(0, count - true) for true, count in pairs_of_counts)
    parts = [t.settings["heard_again"].split() for t in transcripts if "heard_again" in t.settings]
    if total_s := sum(float(part[2]) for part in parts):
        figures["heard again %"] = round(100 * sum(float(part[0]) for part in parts) / total_s)
    return figures


def verdicts(items: Sequence[Item], transcripts: Sequence[Transcript]) -> list[tuple[float, bool]]:
    """Each word heard: its confidence, and whether it was said there."""
    import jiwer

    out: list[tuple[float, bool]] = []
    for item, transcript in zip(items, transcripts, strict=True):
        words = [
            (part, word.confidence or 0.0) for word in transcript.words for part in compared([word.text])
        ]
        if not words:
            continue
        right = [False] * len(words)
        lines = jiwer.process_words(" ".join(item.said), " ".join(text for text, _ in words)).alignments[0]
        for chunk in lines:
            if chunk.type == "equal":
                right[chunk.hyp_start_idx : chunk.hyp_end_idx] = [True] * (
                    chunk.hyp_end_idx - chunk.hyp_start_idx
                )
        out += [(sure, flag) for (_, sure), flag in zip(words, right, strict=True)]
    return out


def reliability(pairs: Sequence[tuple[float, bool]]) -> list[dict[str, Any]]:
    """For bands of confidence: how many words, their mean confidence, and the share that was right."""
    rows = []
    for low, high in pairwise(BANDS):
        band = [(sure, right) for sure, right in pairs if low <= sure < high]
        if band:
            said, right = (round(mean(float(pair[n]) for pair in band), 2) for n in (0, 1))
            rows.append({"from": low, "words": len(band), "said": said, "right": right})
    return rows


def boundary_errors() -> dict[str, Any]:
    """How far aligned word edges are from shared/data/mfa/words, in milliseconds."""
    off_s: list[float] = []
    found = words = 0
    for path in sorted((SHARED / "mfa" / "words").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            true = [(row["word"], float(row["start"]), float(row["end"])) for row in csv.DictReader(lines)]
        audio = next((SHARED / "mfa").glob(f"{path.stem}.[wf]*"))
        ordered = tuple(Word(text, a + SHIFTED_S, b + SHIFTED_S) for text, a, b in true)
        result = aligned(Transcript(ordered), at.read_audio(audio))
        if len(result.words) != len(true):
            continue
        found += int(result.settings["aligned"].split()[0])
        words += len(true)
        for (_, start_s, end_s), before, word in zip(true, ordered, result.words, strict=True):
            if (word.start_s, word.end_s) != (before.start_s, before.end_s):  # it was found
                off_s += [abs(word.start_s - start_s), abs(word.end_s - end_s)]
    return {
        "words": words,
        "words found": found,
        "mean boundary error ms": round(1000 * mean(off_s), 1),
        "median boundary error ms": round(1000 * median(off_s), 1),
        "within 50 ms %": round(100 * mean(off <= 0.05 for off in off_s), 1),
        "error of the times given ms": 1000 * SHIFTED_S,
    }


_COLD = """
import time; began = time.perf_counter()
import sys; import aftertone as at
from aftertone.language.engines.sphinx import SphinxEngine
recording = at.read_audio(sys.argv[1])
engine = SphinxEngine(sys.argv[2] or None); loaded = time.perf_counter(), time.process_time()
engine.transcribe(recording); first = time.perf_counter(), time.process_time()
engine.transcribe(recording); second = time.perf_counter(), time.process_time()
from resource import RUSAGE_SELF, getrusage
print(loaded[0] - began, first[0] - loaded[0], second[0] - first[0],
      loaded[1], first[1] - loaded[1], second[1] - first[1], getrusage(RUSAGE_SELF).ru_maxrss / 1024)
"""


def speed(language_model: str) -> dict[str, float]:
    """Seconds to load, to hear a message and to hear it again, by the clock and of the processor; megabytes.

    In a new process, one thread. Where others share the machine, those of the processor are the truer.
    """
    message = SAMPLES / "dentist_callback.flac"
    run = subprocess.run(
        [sys.executable, "-c", _COLD, str(message), language_model],
        capture_output=True,
        text=True,
        check=True,
    )
    *seconds, mb = map(float, run.stdout.split())
    duration_s = at.read_audio(message).duration_s
    figures: dict[str, float] = {}
    for clock, (load_s, first_s, second_s) in (("wall", seconds[:3]), ("CPU", seconds[3:])):
        figures |= {
            f"import and load, {clock} s": round(load_s, 2),
            f"first message, {clock} s": round(first_s, 2),
            f"second message, {clock} s": round(second_s, 2),
            f"times real time, warm, {clock}": round(duration_s / second_s, 1),
        }
    return {**figures, "message s": round(duration_s, 1), "memory MB": round(mb)}


def jobs_speed(jobs: int, messages: int = 8) -> dict[str, float]:
    """Messages a second through `review_many`, processes and their loading included."""
    from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

    def cpu_s() -> float:
        usages = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    paths = [SAMPLES / json.loads(p.read_text())["file"] for p in sorted((SAMPLES / "truth").glob("*.json"))]
    began, began_cpu_s = time.perf_counter(), cpu_s()
    outcomes = list(at.review_many(paths[:messages], engine="sphinx", jobs=jobs))
    took_s, took_cpu_s = time.perf_counter() - began, cpu_s() - began_cpu_s
    heard_s = sum(o.review.measurements.duration_s for o in outcomes if o.review is not None)
    return {
        "messages a second": round(messages / took_s, 3),
        "times real time": round(heard_s / took_s, 1),
        "messages a CPU second": round(messages / took_cpu_s, 3),
    }


def main() -> None:
    """Hear the sets, print the tables, write the figures where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", default=",".join(SETS), help="comma between them")
    parser.add_argument("--only", default="stock,ours", help="engines, comma between them")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="print what was said and heard")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    result: dict[str, Any] = {"machine": machine(), "sets": {}}
    engines = {"stock": SphinxEngine(stock_model()), "ours": SphinxEngine()}
    engines = {label: engine for label, engine in engines.items() if label in arguments.only.split(",")}
    for name in arguments.sets.split(","):
        if name not in (*SETS, "tuning"):
            parser.error(f"no set {name!r}; there are {', '.join(SETS)}")
        if reason := missing(name):
            print(f"{name}: skipped, {reason}")
            continue
        items = items_of(name)
        row: dict[str, Any] = {
            "messages": len(items),
            "minutes": round(sum(item.recording.duration_s for item in items) / 60, 1),
        }
        for label, engine in engines.items():
            transcripts, times = heard(engine, items)
            row[label] = {**errors(items, transcripts), "times real time": round(times, 1)}
            if label == "ours":
                row["confidence"] = reliability(verdicts(items, transcripts))
            if arguments.verbose:
                for item, transcript in zip(items, transcripts, strict=True):
                    print(f"{label} said  {' '.join(item.said)}\n{label} heard {transcript.text}")
        result["sets"][name] = row
        print(name, json.dumps(row), flush=True)
    if SHARED.is_dir():
        result["alignment on mfa"] = boundary_errors()
        print(json.dumps(result["alignment on mfa"]), flush=True)
    if not arguments.no_speed:
        result["speed"] = {"stock": speed(str(stock_model())), "ours": speed("")}
        result["review_many"] = {f"jobs {jobs}": jobs_speed(jobs) for jobs in (1, 2)}
    print_tables(result)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        if arguments.json.is_file():
            kept = json.loads(arguments.json.read_text())
            sets = kept["sets"]
            for name, row in result["sets"].items():
                sets[name] = {**sets.get(name, {}), **row}
            result = {
                **kept,
                **result,
                "sets": {name: sets[name] for name in (*SETS, "tuning") if name in sets},
            }
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


def print_tables(result: dict[str, Any]) -> None:
    """The figures as the documentation shows them."""
    print(
        "\n| set | messages | word errors: stock | ours | digits right: stock | ours |\n"
        "|---|--:|--:|--:|--:|--:|"
    )
    for name, row in result["sets"].items():
        figures = [
            f"{row[label][figure]} %" if figure in row.get(label, ()) else "-"
            for figure in ("word errors %", "digits right %")
            for label in ("stock", "ours")
        ]
        print(f"| {name} | {row['messages']} | {' | '.join(figures)} |")
    for name, row in result["sets"].items():
        print(f"\n{name}, confidence | words | said | right\n|--:|--:|--:|--:|")
        for band in row.get("confidence", ()):
            print(f"| from {band['from']} | {band['words']} | {band['said']} | {band['right']} |")
    for title in ("alignment on mfa", "speed", "review_many"):
        if title in result:
            print(f"\n{title}: {json.dumps(result[title])}")


if __name__ == "__main__":
    main()
