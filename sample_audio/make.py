"""Make the practice voicemails: audio, truth beside it, and metadata.csv, all from scripts.toml.

::

    python sample_audio/make.py                      # everything
    python sample_audio/make.py --only hang_up       # one message, and metadata.csv

Every line of a script is synthesised by itself and laid down at a time that we choose, so where each word,
digit, filler and pause stands is known and need not be guessed from the sound. What is heard is decided on
the clean voice, before any noise: a line starts and ends where its level crosses `EDGE_DB`.

Needs the Debian packages flite, espeak-ng and ffmpeg. The same versions give the same bytes.
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
import tomllib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy import signal

Samples = NDArray[np.float64]

HERE = Path(__file__).resolve().parent
RATE_HZ = 16_000
TELEPHONE_RATE_HZ = 8_000
TELEPHONE_BAND_HZ = (300.0, 3_400.0)  # ITU-T G.712
EDGE_DB = -26.0  # below the active level: -52 dBov for speech at -26, well over our -75 dBov of line noise
FADE_S = 0.015  # a line is silenced within this of its edges, so that no threshold under EDGE_DB hears more
EDGE_WINDOW_S = 0.010
SHORTEST_PAUSE_S = 0.25  # Hincks 2005, as the measure pauses.count
LONGEST_CLOSURE_S = (
    0.20  # of a stop inside a line, 3 dB under the edge: no measure should take it for a pause
)
SLOW_DIGITS_PER_S = 2.0  # DECtalk manual: 120 words a minute for numbers to be copied down
RUMBLE_HZ = 60.0  # speech has nothing below: all of the car's noise lies above, in its way
BEEP_HZ, BEEP_S, BEEP_DBOV = 1_000.0, 0.4, -18.0

# Flite's own intonation is flat for slt (1.0 semitone): this many Hz of spread make 2.3 to 3 semitones.
PITCH_SPREAD_HZ = {"slt": 70, "awb": 30, "kal16": 25, "rms": 0}  # rms: 2.0 st whatever is asked for
FLAT_PITCH_SPREAD_HZ = 2
FILLERS = ("um", "uh", "er", "erm", "ah", "hmm")
NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = {
    **{word: str(i) for i, word in enumerate(NUMERALS)},
    "oh": "0",
    "hundred": "00",
}
TIMES = {"double": 2, "triple": 3}
SUFFIX = {"flac": ".flac", "ulaw": ".wav", "mp3": ".mp3", "opus": ".ogg"}
COLUMNS = (
    *("file_name", "transcript", "voice", "playbook", "recipient", "caller", "company", "number"),
    *("caller_id", "region", "recorded_at", "script"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One breath of a script: what is said, and the silence after it."""

    text: str
    pause_s: float
    reading: int | None = None  # which reading of the number it belongs to; 0 for digits of no full reading

    @property
    def words(self) -> list[str]:
        """The words without punctuation."""
        return [word for word in (re.sub(r"[^\w'-]", "", token) for token in self.text.split()) if word]

    @property
    def is_filler(self) -> bool:
        """Whether it is nothing but um and uh."""
        return all(word.lower() in FILLERS for word in self.words)


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of scripts.toml. Levels are in dBov (0: a full-scale square wave)."""

    name: str
    intent: str
    say: str
    voice: str = "slt"
    format: str = "flac"
    playbook: str = "general"
    recipient: str = ""
    caller: str = ""
    company: str = ""
    region: str = "US"
    recorded_at: str = ""
    caller_id: str = ""
    brief_number: str = ""  # the number in metadata.csv: what should have been said
    on_script: bool = False  # whether the words stand in metadata.csv as the script to keep to
    greeting: str = ""
    greeting_voice: str = "rms"
    beep: bool = False
    lead_s: float = 0.5  # before the first speech, or between the beep and the first speech
    trail_s: float = 0.8
    stretch: float = 1.0
    number_stretch: float = 1.5
    filler_stretch: float = 2.2
    flat: bool = False
    level_dbov: float = -26.0
    noise_dbov: float = -75.0
    noise: str = "pink"
    drive_db: float = 0.0
    clicks_s: tuple[float, ...] = ()

    @property
    def file_name(self) -> str:
        """Name of the audio file."""
        return self.name + SUFFIX[self.format]

    @property
    def is_telephone(self) -> bool:
        """Whether it went through a telephone line."""
        return self.format == "ulaw"

    @property
    def rate_hz(self) -> int:
        """Sampling rate of the file."""
        return TELEPHONE_RATE_HZ if self.is_telephone else RATE_HZ

    @property
    def transcript(self) -> str:
        """What the caller says, as one line of text."""
        return " ".join(line.text for line in lines_of(self.say))


@dataclass(frozen=True, slots=True)
class Piece:
    """One line as sound: samples begin at its first audible one. Times count from there."""

    line: Line
    samples: Samples
    audible_s: float
    word_times_s: list[tuple[float, float]] | None


@dataclass(slots=True)
class Track:
    """A growing recording, clean, and what is known of it."""

    rate_hz: int
    samples: list[tuple[float, Samples]] = field(default_factory=list)
    now_s: float = 0.0

    def add(self, sound: Samples, audible_s: float, before_s: float = 0.0) -> tuple[float, float]:
        """Lay a sound down where we are, its first `before_s` earlier; move to its audible end."""
        start_s = self.now_s
        self.samples.append((start_s - before_s, sound))
        self.now_s = start_s + audible_s
        return start_s, self.now_s

    def mixed(self) -> Samples:
        """All sounds, and silence up to where we are."""
        mix = np.zeros(round(self.now_s * self.rate_hz))
        for start_s, sound in self.samples:
            first = round(start_s * self.rate_hz)
            mix[first : first + sound.size] += sound[: max(0, mix.size - first)]
        return mix


# ---------------------------------------------------------------------------------------- scripts


def messages(path: Path = HERE / "scripts.toml") -> list[Message]:
    """Every message of scripts.toml."""
    with path.open("rb") as file:
        entries = tomllib.load(file)["message"]
    return [Message(**{**entry, "clicks_s": tuple(entry.get("clicks_s", ()))}) for entry in entries]


def lines_of(say: str) -> list[Line]:
    r"""The lines of a script: `[READING>] TEXT [/PAUSE_S]`.

    >>> lines_of("Call me at, /0.3\n1> four one five /0.5")[1]
    Line(text='four one five', pause_s=0.5, reading=1)
    """
    found = []
    for row in filter(None, map(str.strip, say.splitlines())):
        match = re.fullmatch(r"(?:(\d)>\s*)?(.+?)(?:\s*/([\d.]+))?", row)
        assert match is not None, row
        reading, text, pause = match.groups()
        found.append(Line(text, float(pause or 0.1), int(reading) if reading else None))
    return found


def digits_of(words: Sequence[str]) -> list[tuple[str, int]]:
    """Each spoken digit and the index of its word.

    >>> digits_of("eight hundred double five".split())
    [('8', 0), ('0', 1), ('0', 1), ('5', 3), ('5', 3)]
    """
    found, times = [], 1
    for index, word in enumerate(words):
        if word in TIMES:
            times = TIMES[word]
        elif word in DIGITS:
            found += [(digit, index) for digit in DIGITS[word] * times]
            times = 1
    return found


# ------------------------------------------------------------------------------------------ voices


def run(*command: str) -> str:
    """Standard output of a command."""
    if shutil.which(command[0]) is None:
        sys.exit(
            f"{command[0]} is not installed, and the practice voicemails are made with it. On Debian and"
            " Ubuntu: apt install flite espeak-ng ffmpeg. The audio itself is here already and needs none."
        )
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@cache
def phones_alone(voice: str, word: str) -> list[str]:
    """The phones of one word said by itself."""
    return [
        phone
        for phone in run("flite", "-voice", voice, "-ps", "-t", word, "-o", "none").split()
        if phone != "pau"
    ]


def aligned(expected: Sequence[str], heard: Sequence[str]) -> list[int | None]:
    """For each expected phone the index of the phone heard for it, by least edit distance.

    Vowels are reduced and consonants dropped in running speech ("to" alone is not "to" in "to Mary").
    """
    vowels = "aeiou"
    cost = np.zeros((len(expected) + 1, len(heard) + 1))
    cost[:, 0], cost[0, :] = np.arange(len(expected) + 1), np.arange(len(heard) + 1)

    def swap(i: int, j: int) -> float:
        a, b = expected[i], heard[j]
        return 0.0 if a == b else 0.6 if (a[0] in vowels) == (b[0] in vowels) else 1.8

    for i in range(len(expected)):
        for j in range(len(heard)):
            cost[i + 1, j + 1] = min(cost[i, j] + swap(i, j), cost[i, j + 1] + 1, cost[i + 1, j] + 1)
    match: list[int | None] = [None] * len(expected)
    i, j = len(expected), len(heard)
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + swap(i - 1, j - 1):
            i, j = i - 1, j - 1
            match[i] = j
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return match


def flite(
    line: Line, voice: str, stretch: float, spread_hz: float
) -> tuple[Samples, list[tuple[float, float]]]:
    """A line said in one breath at RATE_HZ, and the time of each word by flite's own phone times."""
    settings = ["--setf", f"duration_stretch={stretch}"]
    if spread_hz:
        settings += ["--setf", f"int_f0_target_stddev={spread_hz}"]
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "line.wav"
        text = " ".join(line.words)  # punctuation would make pauses of its own
        printed = run("flite", *settings, "-voice", voice, "-psdur", "-t", text, "-o", str(wav))
        samples, rate_hz = soundfile.read(wav)
    assert rate_hz == RATE_HZ, f"voice {voice} speaks at {rate_hz} Hz"
    timed = [(phone, float(end)) for phone, end in (item.split(":") for item in printed.split())]
    spoken = [
        (phone, start_s, end_s)
        for (_, start_s), (phone, end_s) in pairwise([("", 0.0), *timed])
        if phone != "pau"
    ]
    alone = [phones_alone(voice, word) for word in line.words]
    match = aligned([phone for phones in alone for phone in phones], [phone for phone, _, _ in spoken])
    starts, at = [], 0
    for word, phones in zip(line.words, alone, strict=True):
        first = next((k for k in match[at : at + len(phones)] if k is not None), None)
        assert first is not None, f"no sound found for {word!r} in {text!r}"
        starts.append(spoken[first][1])
        at += len(phones)
    return samples, list(pairwise([*starts, spoken[-1][2]]))


def espeak(line: Line) -> Samples:
    """A line said by espeak-ng at RATE_HZ; it prints no times."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "line.wav"
        run("espeak-ng", "-v", "en-us", "-s", "150", "-z", "-w", str(wav), line.text)
        samples, rate_hz = soundfile.read(wav)
    return np.asarray(soxr.resample(samples, rate_hz, RATE_HZ))


# ------------------------------------------------------------------------------------------- sound


def telephone_band(samples: Samples, rate_hz: int) -> Samples:
    """What a telephone line passes, without delay."""
    band = signal.butter(4, TELEPHONE_BAND_HZ, "bandpass", fs=rate_hz, output="sos")
    return np.asarray(signal.sosfiltfilt(band, samples))


def without_rumble(samples: Samples, rate_hz: int) -> Samples:
    """Without the offset that flite's voices carry, which no microphone passes; no delay."""
    high = signal.butter(2, 50.0, "highpass", fs=rate_hz, output="sos")
    return np.asarray(signal.sosfiltfilt(high, samples))


def level_dbov(samples: Samples, rate_hz: int) -> Samples:
    """Level of the EDGE_WINDOW_S round each sample."""
    width = round(EDGE_WINDOW_S * rate_hz)
    return np.asarray(10 * np.log10(np.convolve(samples**2, np.full(width, 1 / width), "same") + 1e-12))


def active_level_dbov(sounds: Iterable[Samples], rate_hz: int) -> float:
    """Mean level of what is not silence: within 25 dB of the loudest 10 ms."""
    every = np.concatenate([*sounds])
    level = level_dbov(every, rate_hz)
    return float(10 * np.log10(np.mean(every[level > level.max() - 25] ** 2)))


def said(message: Message, say: str, voice: str) -> list[Piece]:
    """Every line of a script as sound at the message's level, cut where it is first and last heard."""
    rendered: list[tuple[Line, Samples, list[tuple[float, float]] | None]] = []
    for line in lines_of(say):
        is_number = line.reading is not None
        stretch = (
            message.filler_stretch
            if line.is_filler
            else message.number_stretch
            if is_number
            else message.stretch
        )
        flat = message.flat or line.is_filler  # a filled pause keeps its pitch
        spread_hz = FLAT_PITCH_SPREAD_HZ if flat else PITCH_SPREAD_HZ.get(voice, 0)
        if voice == "espeak":
            samples, times_s = espeak(line), None
        else:
            samples, times_s = flite(line, voice, stretch, spread_hz)
        if message.is_telephone:
            samples = telephone_band(soxr.resample(samples, RATE_HZ, message.rate_hz), message.rate_hz)
        else:
            samples = without_rumble(samples, message.rate_hz)
        rendered.append((line, samples, times_s))
    rate_hz = message.rate_hz
    gain = 10 ** ((message.level_dbov - active_level_dbov((s for _, s, _ in rendered), rate_hz)) / 20)
    return [piece_of(line, samples * gain, times_s, message) for line, samples, times_s in rendered]


def piece_of(
    line: Line, samples: Samples, times_s: list[tuple[float, float]] | None, message: Message
) -> Piece:
    """Cut a line where it is first and last heard, and clip its words to that."""
    rate_hz = message.rate_hz
    level = level_dbov(samples, rate_hz) - message.level_dbov
    if times_s is not None:  # voices mumble in their silences: look near the phones only
        level[: max(0, round((times_s[0][0] - 0.06) * rate_hz))] = -np.inf
        level[round((times_s[-1][1] + 0.12) * rate_hz) :] = -np.inf
    on = np.flatnonzero(level > EDGE_DB)
    first, last = int(on[0]), int(on[-1]) + 1
    closure_s = float(np.diff(np.flatnonzero(level > EDGE_DB - 3)).max()) / rate_hz
    if closure_s >= LONGEST_CLOSURE_S:
        sys.exit(f"{message.name}: {closure_s:.2f} s of silence in {line.text!r}: break the line or rephrase")
    fade = round(FADE_S * rate_hz)
    begin, end = max(0, first - fade), min(samples.size, last + fade)
    cut = samples[begin:end].copy()
    ramp = np.linspace(0, 1, fade, endpoint=False)
    cut[:fade] *= ramp
    cut[-fade:] *= ramp[::-1]
    offset_s, audible_s = first / rate_hz, (last - first) / rate_hz
    words = None
    if times_s is not None:
        inner = [start_s - offset_s for start_s, _ in times_s[1:]]
        words = list(pairwise([0.0, *inner, audible_s]))
    return Piece(line, np.concatenate([np.zeros(fade - (first - begin)), cut]), audible_s, words)


def noise(message: Message, n_samples: int) -> Samples:
    """Background noise of the message's kind at its level; the same for the same name."""
    rng = np.random.default_rng(zlib.crc32(message.name.encode()))
    hz = np.fft.rfftfreq(n_samples, 1 / message.rate_hz)
    spectrum = rng.normal(size=hz.size) + 1j * rng.normal(size=hz.size)
    slope = {"pink": 0.5, "car": 1.2}[message.noise]  # amplitude falls as 1 / f ** slope
    lowest_hz, flat_to_hz = {"pink": (30.0, 50.0), "car": (RUMBLE_HZ, 80.0)}[message.noise]
    spectrum *= (hz > lowest_hz) / np.maximum(hz, flat_to_hz) ** slope
    samples = np.fft.irfft(spectrum, n_samples)
    if message.noise == "car":  # an engine's orders, swelling and fading
        time_s = np.arange(n_samples) / message.rate_hz
        turns = 2 * np.pi * np.cumsum(75 + 3 * np.sin(2 * np.pi * 0.11 * time_s)) / message.rate_hz
        samples = samples / samples.std() + 0.5 * sum(np.sin(k * turns) / k for k in (1, 2, 3, 4))
    if message.is_telephone:
        samples = telephone_band(samples, message.rate_hz)
    return np.asarray(samples * 10 ** (message.noise_dbov / 20) / np.sqrt(np.mean(samples**2)))


def beep(rate_hz: int) -> Samples:
    """The answering machine's tone."""
    time_s = np.arange(round(BEEP_S * rate_hz)) / rate_hz
    edge = np.minimum(1, np.minimum(time_s, BEEP_S - time_s) / 0.005)
    return np.asarray(10 ** (BEEP_DBOV / 20) * np.sqrt(2) * edge * np.sin(2 * np.pi * BEEP_HZ * time_s))


def click(rate_hz: int) -> Samples:
    """A handset laid down: a decaying knock of 20 ms."""
    rng = np.random.default_rng(0)
    time_s = np.arange(round(0.03 * rate_hz)) / rate_hz
    return np.asarray(0.25 * rng.normal(size=time_s.size) * np.exp(-time_s / 0.004))


# ------------------------------------------------------------------------------------------- truth


def span(start_s: float, end_s: float) -> dict[str, float]:
    """Start and end to a tenth of a millisecond."""
    return {"start_s": round(start_s, 4), "end_s": round(end_s, 4)}


def timed_words(pieces: list[Piece], starts_s: list[float]) -> list[dict[str, Any]]:
    """Every word with its time in the recording."""
    return [
        {"text": word, **span(start_s + begin, start_s + end)}
        for piece, start_s in zip(pieces, starts_s, strict=True)
        for word, (begin, end) in zip(piece.line.words, piece.word_times_s or (), strict=True)
    ]


def spoken_digits(pieces: list[Piece], starts_s: list[float]) -> list[dict[str, Any]]:
    """Every digit of the number with its time and reading; digits of one word share it."""
    found: list[dict[str, Any]] = []
    for piece, start_s in zip(pieces, starts_s, strict=True):
        if piece.line.reading is None:
            continue
        assert piece.word_times_s is not None
        digits = digits_of(piece.line.words)
        for position, (digit, word) in enumerate(digits):
            sharing = [k for k, (_, other) in enumerate(digits) if other == word]
            begin, end = piece.word_times_s[word]
            if word and piece.line.words[word - 1] in TIMES:
                begin = piece.word_times_s[word - 1][0]
            step, rank = (end - begin) / len(sharing), sharing.index(position)
            times = span(start_s + begin + rank * step, start_s + begin + (rank + 1) * step)
            found.append({"digit": digit, **times, "reading": piece.line.reading})
    return found


def number_of(digits: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What is true of the number: the first reading's digits, the slowest reading's pace."""
    readings: dict[int, list[dict[str, Any]]] = {}
    for digit in digits:
        readings.setdefault(digit["reading"], []).append(digit)
    aside = readings.pop(0, [])
    if not readings:
        return None
    strings = ["".join(d["digit"] for d in reading) for reading in readings.values()]
    pace = min(len(reading) / (reading[-1]["end_s"] - reading[0]["start_s"]) for reading in readings.values())
    agree = len(set(strings)) == 1
    return {
        "digits": strings[0],
        "each_reading": strings,
        "readings": len(strings),
        "agree": agree,
        "digits_per_s": round(pace, 3),
        "slow": pace <= SLOW_DIGITS_PER_S,
        "repeated": agree and len(strings) >= 2,
        "extension_or_partial": "".join(d["digit"] for d in aside) or None,
    }


def made(message: Message) -> tuple[Samples, dict[str, Any]]:
    """The recording of a message, and the truth about it."""
    rate_hz = message.rate_hz
    track = Track(rate_hz)
    greeting = tone = None
    if message.greeting:
        track.now_s = 0.4
        pieces = said(message, message.greeting, message.greeting_voice)
        starts_s = lay(track, pieces)
        known = message.greeting_voice != "espeak"
        greeting = {
            **span(starts_s[0], track.now_s),
            "text": " ".join(piece.line.text for piece in pieces),
            "words": timed_words(pieces, starts_s) if known else None,
        }
        track.now_s += 0.6
    if message.beep:
        tone = span(*track.add(beep(rate_hz), BEEP_S))
    track.now_s += message.lead_s
    pieces = said(message, message.say, message.voice) if message.say.strip() else []
    starts_s = lay(track, pieces)
    ends_s = [start_s + piece.audible_s for piece, start_s in zip(pieces, starts_s, strict=True)]
    for click_s in message.clicks_s:
        track.samples.append((click_s, click(rate_hz)))
    track.now_s += message.trail_s
    mix = track.mixed()
    mix = (mix + noise(message, mix.size)) * 10 ** (message.drive_db / 20)
    words = timed_words(pieces, starts_s)
    digits = spoken_digits(pieces, starts_s)
    gaps_s = zip(ends_s, starts_s[1:], strict=False)
    length_s = ends_s[-1] - starts_s[0] if pieces else None
    return np.clip(mix, -1, 1 - 2**-15), {
        "file": message.file_name,
        "transcript": message.transcript,
        "duration_s": round(mix.size / rate_hz, 4),
        "message": span(starts_s[0], ends_s[-1]) if pieces else None,
        "greeting": greeting,
        "beep": tone,
        "words": words,
        "digits": digits,
        "number": number_of(digits),
        "fillers": [
            {"form": w["text"].lower(), "start_s": w["start_s"], "end_s": w["end_s"]}
            for w in words
            if w["text"].lower() in FILLERS
        ],
        "pauses": [span(a, b) for a, b in gaps_s if round(b - a, 4) >= SHORTEST_PAUSE_S],
        "words_per_min": round(60 * len(words) / length_s, 1) if length_s else None,
        "level_dbov": round(message.level_dbov + message.drive_db, 1) if pieces else None,
        "noise_dbov": round(message.noise_dbov + message.drive_db, 1),
        "playbook": message.playbook,
        "intent": message.intent,
        "recipient": message.recipient or None,
        "caller": message.caller or None,
        "company": message.company or None,
        "region": message.region,
        "voice": message.voice if pieces else None,
    }


def lay(track: Track, pieces: list[Piece]) -> list[float]:
    """Lay lines down one after another; the time that each is first heard."""
    starts_s = []
    fade_s = round(FADE_S * track.rate_hz) / track.rate_hz
    for piece in pieces:
        track.now_s = round(track.now_s * track.rate_hz) / track.rate_hz
        start_s, end_s = track.add(piece.samples, piece.audible_s, before_s=fade_s)
        starts_s.append(start_s)
        track.now_s = end_s + piece.line.pause_s
    if pieces:
        track.now_s -= pieces[-1].line.pause_s
    return starts_s


# ------------------------------------------------------------------------------------------- files


def write_audio(path: Path, samples: Samples, message: Message) -> None:
    """Write a recording in the message's format."""
    if message.format == "opus":  # libsndfile gives every Ogg stream a random serial number; ffmpeg need not
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "message.wav"
            soundfile.write(wav, samples, message.rate_hz, subtype="PCM_16")
            exact = ("-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1")
            opus = ("-c:a", "libopus", "-b:a", "32k", *exact)
            run("ffmpeg", "-loglevel", "error", "-y", "-i", str(wav), *opus, str(path))
        return
    kind, subtype = {
        "flac": ("FLAC", "PCM_16"),
        "ulaw": ("WAV", "ULAW"),
        "mp3": ("MP3", "MPEG_LAYER_III"),
    }[message.format]
    smallest = {"compression_level": 1.0} if kind == "FLAC" else {}
    soundfile.write(path, samples, message.rate_hz, format=kind, subtype=subtype, **smallest)


def write_message(message: Message, folder: Path) -> None:
    """Write the audio and the truth of one message."""
    samples, truth = made(message)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    write_audio(folder / message.file_name, samples, message)
    text = json.dumps(truth, indent=1)
    text = re.sub(r"\{\s+([^{}\[\]]+?)\s+\}", lambda m: "{" + re.sub(r"\s*\n\s*", " ", m[1]) + "}", text)
    (folder / "truth" / f"{message.name}.json").write_text(text + "\n", encoding="utf-8")


def write_metadata(every: Sequence[Message], folder: Path) -> None:
    """Write metadata.csv: the audiofolder convention, and the columns of a brief."""
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for message in every:
            own = {name: getattr(message, name) for name in COLUMNS if hasattr(message, name)}
            script = message.transcript if message.on_script else ""
            voice = message.voice if message.say.strip() else ""
            writer.writerow({**own, "number": message.brief_number, "script": script, "voice": voice})


def main() -> None:
    """Parse, make, say what was made."""
    parser = argparse.ArgumentParser(description="Make the practice voicemails from scripts.toml.")
    parser.add_argument("--only", metavar="NAME", help="make this one message")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: this one)")
    options = parser.parse_args()
    every = messages()
    chosen = [message for message in every if options.only in (None, message.name)]
    if not chosen:
        parser.error(
            f"no message {options.only!r} in scripts.toml; there are {', '.join(m.name for m in every)}"
        )
    for message in chosen:
        write_message(message, options.out)
        print(message.file_name)
    write_metadata(every, options.out)


if __name__ == "__main__":
    main()
