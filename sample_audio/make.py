"""Make the practice voicemails: audio, truth beside it, and metadata.csv, all from scripts.toml.

::

    python -m sample_audio.make                      # everything, some twenty minutes on one core
    python -m sample_audio.make --only hang_up       # one message, and metadata.csv

Every line of a script is spoken by itself and laid down at a time that we choose, so where each word, digit,
filler and pause stands is known and need not be guessed from the sound. What is heard is decided on the clean
voice, before any noise: where its level crosses `voices.EDGE_DB`.

Needs the extra `voices` and the package of voices: `sample_audio.voices` says which. The same versions on the
same processor give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import phonenumbers
import soundfile
import soxr
from scipy import signal

from aftertone import read_audio
from sample_audio import voices
from sample_audio.voices import Samples, Span

HERE = Path(__file__).resolve().parent
RATE_HZ = 16_000
TELEPHONE_RATE_HZ = 8_000
TELEPHONE_BAND_HZ = (300.0, 3_400.0)  # ITU-T G.712
FADE_S = 0.015  # beside a silence the voice fades within this, so that no threshold under EDGE_DB hears more
SHORTEST_PAUSE_S = 0.25  # Hincks 2005, as the measure pauses.count
SLOW_DIGITS_PER_S = 2.0  # DECtalk manual: 120 words a minute for numbers to be copied down
CAR_LOWEST_HZ = 60.0  # speech has nothing below: all of the car's noise lies above, in its way
ATTACK_S = 0.06  # a vowel that begins a line swells over this: the network starts it with a knock like a "d"
BEEP_HZ, BEEP_S, BEEP_DBOV = 1_000.0, 0.4, -18.0
MUSIC_DBOV = -24.0
MUFFLED_HZ, MUFFLED_DBOV, RUSTLE_DBOV = 500.0, -52.0, -34.0
ECHO_S = 0.6  # of a living room, to -60 dB
ECHO_DB = 3.0  # its energy over that of the direct sound: beyond the critical distance
AMR_BITS_PER_S, OPUS_BITS_PER_S = 12_200, 32_000

NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = {**{word: str(i) for i, word in enumerate(NUMERALS)}, "oh": "0", "hundred": "00"}
TIMES = {"double": 2, "triple": 3}
SUFFIX = {"flac": ".flac", "ulaw": ".wav", "gsm": ".wav", "amr": ".amr", "mp3": ".mp3", "opus": ".ogg"}
CODEC = {
    "flac": "FLAC",
    "ulaw": "G.711 mu-law",
    "gsm": "GSM 06.10",
    "amr": "AMR",
    "mp3": "MP3",
    "opus": "Opus",
}
TELEPHONE = frozenset({"ulaw", "gsm", "amr"})
COLUMNS = (
    *("file_name", "transcript", "voice", "playbook", "recipient", "caller", "company", "number"),
    *("caller_id", "region", "recorded_at", "script"),
)


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers that nobody has, or that are kept for fiction: beginnings, and how many digits are drawn.

    "?" in a beginning is a digit that is drawn as well; what libphonenumber calls invalid is drawn again.
    """

    region: str
    beginnings: tuple[str, ...]
    drawn_count: int
    groups: tuple[int, ...]


_UK_CITIES = ("0113", "0114", "0115", "0116", "0117", "0118", "0121", "0131", "0141", "0151", "0161")
PLANS = {
    # 555-0100 to 555-0199 are kept for fiction in every area code (ATIS-0300115)
    "us": Plan("US", ("???55501",), 2, (3, 3, 4)),
    "us zeros": Plan("US", ("?0?55501", "??055501"), 2, (3, 3, 4)),
    "800": Plan("US", ("80055501",), 2, (3, 3, 4)),
    "toll free": Plan("US", tuple(f"8{d}{d}55501" for d in "0345678"), 2, (3, 3, 4)),
    # Ofcom's numbers for drama
    "uk london": Plan("GB", ("02079460",), 3, (3, 4, 4)),
    "uk": Plan("GB", tuple(city + "4960" for city in _UK_CITIES), 3, (4, 3, 4)),
    # ACMA's numbers for fiction
    "au": Plan("AU", ("025550", "027010", "035550", "037010", "075550", "077010", "085550"), 4, (2, 4, 4)),
}


def seeded(name: str, salt: int = 0) -> np.random.Generator:
    """The same draws for the same name."""
    return np.random.default_rng(zlib.crc32(name.encode()) + salt)


def drawn(plan: Plan, draw: np.random.Generator) -> str:
    """A number of a plan that libphonenumber calls valid, and of that country."""
    while True:
        beginning = plan.beginnings[int(draw.integers(len(plan.beginnings)))]
        digits = "".join(
            str(draw.integers(10)) if c == "?" else c for c in beginning + "?" * plan.drawn_count
        )
        number = phonenumbers.parse(digits, plan.region)
        if (
            phonenumbers.is_valid_number(number)
            and phonenumbers.region_code_for_number(number) == plan.region
        ):
            return digits


def grouped(digits: str, plan: Plan) -> list[str]:
    """The digits in the groups in which they are said.

    >>> grouped("02079460958", PLANS["uk london"])
    ['020', '7946', '0958']
    """
    ends = np.cumsum(plan.groups).tolist()
    return [digits[start:end] for start, end in pairwise([0, *ends])]


# ── scripts ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """One breath of a script: what is said, and the silence after it.

    Attributes
    ----------
    text : str
        As it is spoken and written.
    pause_s : float
    mark : str
        "1", "2": a reading of the number; "1a": its area code, said after; "0": digits of no full reading;
        "x": somebody else's number; "" for none.
    voice : str
    taken_back : tuple of int
        Indices of words that what follows takes back.
    word_count : int
        Words that are kept: what follows is cut off.
    """

    text: str
    pause_s: float
    mark: str
    voice: str
    taken_back: tuple[int, ...]
    word_count: int

    @property
    def words(self) -> list[str]:
        """The words that are kept, without punctuation."""
        return [word.strip(voices.PUNCTUATION) for word in self.text.split()[: self.word_count]]


@dataclass(frozen=True)
class Message:
    """One entry of scripts.toml. Levels are in dBov (0: a full-scale square wave)."""

    name: str
    intent: str
    say: str
    kind: str = "voicemail"
    condition: str = ""  # "" for what its format and noise make it
    language: str = "en"
    voice: str = ""
    format: str = "flac"
    playbook: str = "general"
    recipient: str = ""
    caller: str = ""
    company: str = ""
    region: str = "US"
    recorded_at: str = ""
    caller_id: bool = False  # whether metadata.csv has the number as that of the calling line
    brief_number: bool = False  # whether metadata.csv has the number: what should have been said
    on_script: bool = False  # whether the words stand in metadata.csv as the script to keep to
    number: str = ""
    drawn_as: str = ""  # messages of the same name here have the same number
    other: str = ""
    zero: str = "oh"
    hundred: bool = False
    doubles: bool = False
    pronunciations: Mapping[str, str] = field(default_factory=dict)
    greeting: str = ""
    greeting_voice: str = ""
    beep: bool = False
    music_s: float = 0.0
    lead_s: float = 0.5  # before the first speech, or between the beep and the first speech
    trail_s: float = 0.8
    speed: float = 1.0
    number_speed: float = 1.0
    flat: bool = False
    far: bool = False
    rustle: bool = False
    muffled: str = ""  # what people far away say
    level_dbov: float = -26.0
    noise_dbov: float = -75.0
    noise: str = "pink"
    drive_db: float = 0.0
    clicks_s: Sequence[float] = ()
    meets: Sequence[str] = ()
    misses: Sequence[str] = ()

    @property
    def file_name(self) -> str:
        """Name of the audio file."""
        return self.name + SUFFIX[self.format]

    @property
    def is_telephone(self) -> bool:
        """Whether it went through a telephone line."""
        return self.format in TELEPHONE

    @property
    def rate_hz(self) -> int:
        """Sampling rate of the file."""
        return TELEPHONE_RATE_HZ if self.is_telephone else RATE_HZ

    @property
    def heard_as(self) -> str:
        """What the recording went through, in one or two words."""
        snr_db = self.level_dbov - self.noise_dbov
        noisy = f"noise {snr_db:.0f} dB" if snr_db <= 20 else ""
        return self.condition or noisy or ("telephone" if self.is_telephone else "clean")

    @cached_property
    def draw(self) -> np.random.Generator:
        """The same for the same name."""
        return seeded(self.drawn_as or self.name)

    @cached_property
    def plan(self) -> Plan:
        """What its number is drawn from."""
        own = [plan for plan in PLANS.values() if plan.region == self.region]
        written = (plan for plan in own if self.number.startswith(plan.beginnings))
        return PLANS.get(self.number) or next(written, own[0])

    @cached_property
    def digits(self) -> str:
        """The caller's number; "" where none is said."""
        return drawn(self.plan, self.draw) if self.number in PLANS else self.number

    @cached_property
    def spoken(self) -> dict[str, str]:
        """What stands for the placeholders of the script."""
        if not self.digits:
            return {}
        groups = grouped(self.digits, self.plan)
        said = [self.as_spoken(group) for group in groups]
        at = int(self.draw.integers(len(groups[-1])))
        other = (int(groups[-1][at]) + int(self.draw.integers(1, 10))) % 10
        changed = groups[-1][:at] + str(other) + groups[-1][at + 1 :]
        found = {str(k + 1): text for k, text in enumerate(said)}
        found |= {"all": ", ".join(said), "3*": self.as_spoken(changed), "2|": _cut(said[1])}
        found["ext"] = self.as_spoken("".join(map(str, self.draw.integers(1, 10, 3))))
        if self.other:
            plan = PLANS[self.other]
            own = (self.as_spoken(group) for group in grouped(drawn(plan, self.draw), plan))
            found["other"] = ", ".join(own)
        return found

    def as_spoken(self, group: str) -> str:
        """A group of digits in words, in this message's way.

        >>> Message("", "", "", zero="oh", doubles=True).as_spoken("0113")
        'oh double one three'
        """
        if self.hundred and re.fullmatch(r"[1-9]00", group):
            return f"{NUMERALS[int(group[0])]} hundred"
        words = []
        for digit, run in groupby(group):
            count = len(list(run))
            if self.doubles and count in TIMES.values():
                words.append(next(word for word, times in TIMES.items() if times == count))
                count = 1
            words += [self._zero() if digit == "0" else NUMERALS[int(digit)] for _ in range(count)]
        return " ".join(words)

    def _zero(self) -> str:
        return str(self.draw.choice(["oh", "zero"])) if self.zero == "mixed" else self.zero

    def lines(self, script: str | None = None, voice: str = "") -> list[Line]:
        r"""The lines of a script: `[MARK>] TEXT [/PAUSE_S [TEXT …]]`, and the voice that speaks each.

        >>> line = Message("", "", "Call me at, /0.3\n1> four one five /0.5", voice="v").lines()[1]
        >>> line.text, line.pause_s, line.mark, line.voice
        ('four one five', 0.5, '1', 'v')
        """
        found = []
        voice = voice or self.voice
        for row in filter(None, map(str.strip, (self.say if script is None else script).splitlines())):
            if row.startswith("@"):
                voice = row[1:]
                continue
            match = re.fullmatch(r"(?:(\d?a?|x)>\s*)?(.+)", row)
            assert match is not None, row
            mark, text = match.groups()
            text = re.sub(r"\{([^}]+)\}", lambda place: self.spoken[place[1]], text)
            parts = re.split(r"\s*/([\d.]+)\s*", text)
            for said, pause in zip(parts[::2], [*parts[1::2], "0.1"], strict=False):
                if said:
                    found.append(_line(said, float(pause), mark or "", voice))
        return found

    @cached_property
    def said(self) -> list[Line]:
        """The lines of the message."""
        return self.lines()

    @property
    def transcript(self) -> str:
        """What is said, as one line of text."""
        return " ".join(" ".join(line.text.split()[: line.word_count]) for line in self.said)


def _cut(group: str) -> str:
    """All but the last word of a group, and where it is cut off."""
    *kept, last = group.split()
    return f"{' '.join(kept)} | {last}"


def _line(text: str, pause_s: float, mark: str, voice: str) -> Line:
    kept = len(text.split("|")[0].split())
    words, taken_back, inside = [], [], False
    for index, word in enumerate(text.replace("|", "").split()):
        inside |= word.startswith("<")
        if inside:
            taken_back.append(index)
        inside &= not word.endswith(">")
        words.append(word.strip("<>"))
    return Line(" ".join(words), pause_s, mark, voice, tuple(taken_back), kept)


def messages(path: Path = HERE / "scripts.toml") -> list[Message]:
    """Every message of scripts.toml."""
    with path.open("rb") as file:
        entries = tomllib.load(file)["message"]
    known = {one.name for one in fields(Message)}
    for entry in entries:
        if unknown := set(entry) - known:
            raise LookupError(f"{path.name}, {entry.get('name')}: no such setting: {', '.join(unknown)}")
    return [Message(**entry) for entry in entries]


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
        else:
            times = 1
    return found


# ── speech ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Piece:
    """One line as sound: samples begin FADE_S before its first audible one. Times count from that one."""

    line: Line
    samples: Samples
    audible_s: float
    words: tuple[Span, ...]


def telephone_band(samples: Samples, rate_hz: int) -> Samples:
    """What a telephone line passes, without delay."""
    band = signal.butter(4, TELEPHONE_BAND_HZ, "bandpass", fs=rate_hz, output="sos")
    return np.asarray(signal.sosfiltfilt(band, samples))


def on_one_note(samples: Samples) -> Samples:
    """The same with its pitch held at its median (WORLD's analysis and synthesis, no delay)."""
    import pyworld

    f0_hz, times_s = pyworld.harvest(samples, voices.RATE_HZ)
    envelope = pyworld.cheaptrick(samples, f0_hz, times_s, voices.RATE_HZ)
    aperiodicity = pyworld.d4c(samples, f0_hz, times_s, voices.RATE_HZ)
    flat_hz = np.where(f0_hz > 0, np.median(f0_hz[f0_hz > 0]), 0.0)
    made = pyworld.synthesize(flat_hz, envelope, aperiodicity, voices.RATE_HZ)
    return np.asarray(np.resize(made, samples.size))


def said(message: Message, lines: Sequence[Line]) -> list[Piece]:
    """Lines as sound at the message's level, cut where they are first and last heard."""
    rendered: list[tuple[Line, Samples, voices.Utterance]] = []
    for line in lines:
        speed = message.number_speed if line.mark else message.speed
        spoken = voices.say(line.text, line.voice, speed, message.pronunciations)
        samples = on_one_note(spoken.samples) if message.flat else spoken.samples
        samples = soxr.resample(samples, voices.RATE_HZ, message.rate_hz)
        if message.is_telephone:
            samples = telephone_band(samples, message.rate_hz)
        rendered.append((line, samples, spoken))
    rate_hz = message.rate_hz
    level = voices.active_level_dbov(np.concatenate([samples for _, samples, _ in rendered]), rate_hz)
    gain = 10 ** ((message.level_dbov - level) / 20)
    return [piece_of(line, gain * samples, spoken, message) for line, samples, spoken in rendered]


def piece_of(line: Line, samples: Samples, spoken: voices.Utterance, message: Message) -> Piece:
    """Cut a line where it is first and last heard, or where the recording ends in it.

    Within FADE_S of an edge of the sound it becomes silent, inside the line too.
    """
    rate_hz = message.rate_hz
    every = list(voices.audible_words(samples, rate_hz, spoken, message.level_dbov + voices.EDGE_DB))
    words = every[: line.word_count]
    first, last = (round(at_s * rate_hz) for at_s in (words[0].start_s, words[-1].end_s))
    fade = round(FADE_S * rate_hz)
    cut = np.concatenate([np.zeros(fade), samples, np.zeros(fade)])[first : last + 2 * fade]
    ramp = np.linspace(0, 1, fade, endpoint=False)
    offset_s = first / rate_hz
    moved = tuple(Span(w.text, w.start_s - offset_s, w.end_s - offset_s) for w in words)
    starts, ends = ([round(edge_s * rate_hz) + fade for edge_s in edges_s] for edges_s in _runs(moved))
    envelope = np.zeros(cut.size)
    for start, end in zip(starts, ends, strict=True):
        envelope[start:end] = 1.0
        envelope[start - fade : start] = np.maximum(envelope[start - fade : start], ramp)
        envelope[end : end + fade] = np.maximum(envelope[end : end + fade], ramp[::-1])
    if next(phone.text for phone in spoken.phones if phone.text not in voices.STRESS) in voices.VOWELS:
        attack = round(ATTACK_S * rate_hz)
        envelope[:attack] = np.minimum(envelope[:attack], np.linspace(0, 1, attack) ** 2)
    cut *= envelope
    return Piece(line, cut, (last - first) / rate_hz, moved)


def _runs(words: Sequence[Span]) -> tuple[list[float], list[float]]:
    """Starts and ends of the runs of words that no silence parts."""
    parted = [(a.end_s, b.start_s) for a, b in pairwise(words) if b.start_s > a.end_s]
    return [words[0].start_s, *(b for _, b in parted)], [*(a for a, _ in parted), words[-1].end_s]


@dataclass(slots=True)
class Track:
    """A growing recording, clean, and what is known of it."""

    rate_hz: int
    sounds: list[tuple[float, Samples]] = field(default_factory=list)
    now_s: float = 0.0

    def add(self, sound: Samples, audible_s: float, before_s: float = 0.0) -> tuple[float, float]:
        """Lay a sound down where we are, its first `before_s` earlier; move to its audible end."""
        start_s = self.now_s
        self.sounds.append((start_s - before_s, sound))
        self.now_s = start_s + audible_s
        return start_s, self.now_s

    def lay(self, pieces: Sequence[Piece]) -> list[float]:
        """Lay lines down one after another; the time that each is first heard."""
        starts_s = []
        fade_s = round(FADE_S * self.rate_hz) / self.rate_hz
        for piece in pieces:
            self.now_s = round(self.now_s * self.rate_hz) / self.rate_hz
            start_s, end_s = self.add(piece.samples, piece.audible_s, before_s=fade_s)
            starts_s.append(start_s)
            self.now_s = end_s + piece.line.pause_s
        if pieces:
            self.now_s -= pieces[-1].line.pause_s
        return starts_s

    def mixed(self) -> Samples:
        """All sounds, and silence up to where we are."""
        mix = np.zeros(round(self.now_s * self.rate_hz))
        for start_s, sound in self.sounds:
            first = round(start_s * self.rate_hz)
            mix[first : first + sound.size] += sound[: max(0, mix.size - first)]
        return mix


# ── other sounds ─────────────────────────────────────────────────────────────────────────────────────


def at_level(samples: Samples, dbov: float) -> Samples:
    """The same at a mean power."""
    return np.asarray(samples * 10 ** (dbov / 20) / np.sqrt(np.mean(samples**2)))


def noise(message: Message, n_samples: int) -> Samples:
    """Background noise of the message's kind at its level; the same for the same name."""
    rng = seeded(message.name)
    hz = np.fft.rfftfreq(n_samples, 1 / message.rate_hz)
    spectrum = rng.normal(size=hz.size) + 1j * rng.normal(size=hz.size)
    slope = {"pink": 0.5, "car": 1.2}[message.noise]  # amplitude falls as 1 / f ** slope
    lowest_hz, flat_to_hz = {"pink": (30.0, 50.0), "car": (CAR_LOWEST_HZ, 80.0)}[message.noise]
    spectrum *= (hz > lowest_hz) / np.maximum(hz, flat_to_hz) ** slope
    samples = np.fft.irfft(spectrum, n_samples)
    if message.noise == "car":  # an engine's orders, swelling and fading
        time_s = np.arange(n_samples) / message.rate_hz
        turns = 2 * np.pi * np.cumsum(75 + 3 * np.sin(2 * np.pi * 0.11 * time_s)) / message.rate_hz
        samples = samples / samples.std() + 0.5 * sum(np.sin(k * turns) / k for k in (1, 2, 3, 4))
    if message.is_telephone:
        samples = telephone_band(samples, message.rate_hz)
    return at_level(samples, message.noise_dbov)


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


def music(duration_s: float, rate_hz: int) -> Samples:
    """Plucked chords in C major, four notes a second over a bass, as hold music goes."""
    chords = ((48, 60, 64, 67), (45, 60, 64, 69), (41, 60, 65, 69), (43, 59, 62, 67))  # MIDI notes
    size = round(duration_s * rate_hz)
    made = np.zeros(size + rate_hz)
    for step in range(int(duration_s * 4)):
        chord = chords[step // 4 % len(chords)]
        for note in {chord[0], chord[1 + step % 3]}:
            time_s = np.arange(rate_hz) / rate_hz
            hz = 440.0 * 2 ** ((note - 69) / 12)
            partials = sum(np.sin(2 * np.pi * hz * k * time_s) / k**1.5 for k in range(1, 6))
            first = step * rate_hz // 4
            made[first : first + rate_hz] += partials * np.exp(-3 * time_s) * np.minimum(1, time_s / 0.005)
    ramp = np.clip((size - np.arange(size)) / (0.3 * rate_hz), 0, 1)
    return np.asarray(made[:size] * ramp)


def with_echo(samples: Samples, rate_hz: int) -> Samples:
    """As a microphone across the room has it: decaying noise as the room's response, at the same power."""
    rng = np.random.default_rng(1)
    time_s = np.arange(round(ECHO_S * rate_hz)) / rate_hz
    tail = rng.normal(size=time_s.size) * 10 ** (-3 * time_s / ECHO_S)
    tail[: round(0.004 * rate_hz)] = 0.0
    response = tail * np.sqrt(10 ** (ECHO_DB / 10) / np.sum(tail**2))
    response[0] = 1.0
    made = signal.fftconvolve(samples, response)[: samples.size]
    return np.asarray(made * np.sqrt(np.mean(samples**2) / np.mean(made**2)))


def in_a_pocket(message: Message) -> Samples:
    """People far away, through cloth that rubs on the microphone now and then."""
    rate_hz = message.rate_hz
    track = Track(rate_hz, now_s=message.lead_s)
    track.lay(said(message, message.lines(message.muffled)))
    track.now_s += message.trail_s
    low = signal.butter(3, MUFFLED_HZ, "lowpass", fs=rate_hz, output="sos")
    far = at_level(signal.sosfilt(low, track.mixed()), MUFFLED_DBOV)
    rng = seeded(message.name, 1)
    swells = np.zeros(far.size)
    for start_s in np.arange(0.3, far.size / rate_hz - 0.8, 0.9):
        size = round(rng.uniform(0.15, 0.7) * rate_hz)
        first = round((start_s + rng.uniform(0, 0.3)) * rate_hz)
        part = swells[first : first + size]
        part += rng.uniform(0.2, 1.0) * np.hanning(size)[: part.size]
    band = signal.butter(2, (80, 900), "bandpass", fs=rate_hz, output="sos")
    rub = signal.sosfilt(band, rng.normal(size=far.size)) * swells
    return far + at_level(rub, RUSTLE_DBOV)


# ── truth ────────────────────────────────────────────────────────────────────────────────────────────


def span(start_s: float, end_s: float) -> dict[str, float]:
    """Start and end to a tenth of a millisecond."""
    return {"start_s": round(start_s, 4), "end_s": round(end_s, 4)}


def timed_words(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, Any]]:
    """Every word with its time in the recording."""
    return [
        {"text": word.text, **span(start_s + word.start_s, start_s + word.end_s)}
        for piece, start_s in zip(pieces, starts_s, strict=True)
        for word in piece.words
    ]


def restarts(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, Any]]:
    """Runs of words that are taken back."""
    found: list[dict[str, Any]] = []
    for piece, start_s in zip(pieces, starts_s, strict=True):
        last = None
        for index in piece.line.taken_back:
            word = piece.words[index]
            if last is not None and index == last + 1:
                found[-1]["text"] += f" {word.text}"
                found[-1]["end_s"] = round(start_s + word.end_s, 4)
            else:
                found.append({"text": word.text, **span(start_s + word.start_s, start_s + word.end_s)})
            last = index
    return found


def spoken_digits(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, Any]]:
    """Every digit with its time and the mark of its line; digits of one word share its time."""
    found: list[dict[str, Any]] = []
    for piece, start_s in zip(pieces, starts_s, strict=True):
        if not piece.line.mark:
            continue
        digits = digits_of(piece.line.words)
        for position, (digit, word) in enumerate(digits):
            sharing = [k for k, (_, other) in enumerate(digits) if other == word]
            _, begin, end = piece.words[word]
            if word and piece.line.words[word - 1] in TIMES:
                begin = piece.words[word - 1].start_s
            step, rank = (end - begin) / len(sharing), sharing.index(position)
            times = span(start_s + begin + rank * step, start_s + begin + (rank + 1) * step)
            found.append({"digit": digit, **times, "mark": piece.line.mark})
    return found


def number_of(digits: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What is true of the number: the first reading's digits, the slowest reading's pace."""
    marks = list(dict.fromkeys(digit["mark"] for digit in digits))
    readings = []
    for mark in (mark for mark in marks if mark.isdigit() and mark != "0"):
        own = [digit for digit in digits if digit["mark"].rstrip("a") == mark]
        front = [digit["digit"] for digit in own if digit["mark"].endswith("a")]
        text = "".join([*front, *(digit["digit"] for digit in own if digit["mark"] == mark)])
        readings.append((text, len(own) / (own[-1]["end_s"] - own[0]["start_s"])))
    if not readings:
        return None
    strings = [text for text, _ in readings]
    pace = min(pace for _, pace in readings)
    agree = len(set(strings)) == 1
    return {
        "digits": strings[0],
        "each_reading": strings,
        "readings": len(strings),
        "agree": agree,
        "digits_per_s": round(pace, 3),
        "slow": pace <= SLOW_DIGITS_PER_S,
        "repeated": agree and len(strings) >= 2,
        "extension_or_partial": "".join(d["digit"] for d in digits if d["mark"] == "0") or None,
    }


def made(message: Message) -> tuple[Samples, dict[str, Any]]:
    """The recording of a message, and the truth about it."""
    rate_hz = message.rate_hz
    track = Track(rate_hz)
    greeting = tone = held = None
    if message.greeting:
        track.now_s = 0.4
        pieces = said(message, message.lines(message.greeting, message.greeting_voice))
        starts_s = track.lay(pieces)
        greeting = {
            **span(starts_s[0], track.now_s),
            "text": " ".join(piece.line.text for piece in pieces),
            "words": timed_words(pieces, starts_s),
        }
        track.now_s += 0.6
    if message.beep:
        tone = span(*track.add(beep(rate_hz), BEEP_S))
    if message.music_s:
        sound = music(message.music_s, rate_hz)
        sound = telephone_band(sound, rate_hz) if message.is_telephone else sound
        sound = at_level(sound, MUSIC_DBOV)
        held = span(*track.add(sound, message.music_s))
    track.now_s += message.lead_s
    pieces = said(message, message.said) if message.said else []
    starts_s = track.lay(pieces)
    ends_s = [start_s + piece.audible_s for piece, start_s in zip(pieces, starts_s, strict=True)]
    for click_s in message.clicks_s:
        track.sounds.append((click_s, click(rate_hz)))
    if message.rustle:
        sound = in_a_pocket(message)
        track.sounds.append((0.0, sound))
        track.now_s = sound.size / rate_hz
    else:
        track.now_s += message.trail_s
    mix = track.mixed()
    mix = with_echo(mix, rate_hz) if message.far else mix
    mix = (mix + noise(message, mix.size)) * 10 ** (message.drive_db / 20)
    words = timed_words(pieces, starts_s)
    digits = spoken_digits(pieces, starts_s)
    own = [digit for digit in digits if digit["mark"] != "x"]
    length_s = ends_s[-1] - starts_s[0] if pieces else None
    return np.clip(mix, -1, 1 - 2**-15), {
        "file": message.file_name,
        "kind": message.kind,
        "condition": message.heard_as,
        "codec": CODEC[message.format],
        "language": message.language,
        "transcript": message.transcript,
        "duration_s": 0.0,
        "message": span(starts_s[0], ends_s[-1]) if pieces else None,
        "greeting": greeting,
        "beep": tone,
        "music": held,
        "turns": turns(pieces, starts_s) if message.kind == "conversation" else None,
        "words": words,
        "digits": [
            {**{k: v for k, v in digit.items() if k != "mark"}, "reading": int(digit["mark"].rstrip("a"))}
            for digit in own
        ],
        "number": number_of(own),
        "other_numbers": ["".join(d["digit"] for d in digits if d["mark"] == "x")] if message.other else [],
        "fillers": [
            {"form": w["text"].lower(), "start_s": w["start_s"], "end_s": w["end_s"]}
            for w in words
            if w["text"].lower() in voices.FILLERS
        ],
        "restarts": restarts(pieces, starts_s),
        "pauses": pauses(pieces, starts_s),
        "words_per_min": round(60 * len(words) / length_s, 1) if length_s else None,
        "level_dbov": round(message.level_dbov + message.drive_db, 1) if pieces else None,
        "noise_dbov": round(message.noise_dbov + message.drive_db, 1),
        "playbook": message.playbook,
        "verdicts": {"meets": list(message.meets), "misses": list(message.misses)},
        "intent": message.intent,
        "recipient": message.recipient or None,
        "caller": message.caller or None,
        "company": message.company or None,
        "region": message.region,
        "voice": message.voice if pieces else None,
    }


def turns(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, Any]]:
    """Who speaks when."""
    return [
        {"voice": piece.line.voice, **span(start_s, start_s + piece.audible_s)}
        for piece, start_s in zip(pieces, starts_s, strict=True)
    ]


def pauses(pieces: Sequence[Piece], starts_s: Sequence[float]) -> list[dict[str, float]]:
    """Silences between words, inside lines and between them."""
    every = [
        (start_s + word.start_s, start_s + word.end_s)
        for piece, start_s in zip(pieces, starts_s, strict=True)
        for word in piece.words
    ]
    gaps = ((earlier[1], later[0]) for earlier, later in pairwise(every))
    return [span(a, b) for a, b in gaps if round(b - a, 4) >= SHORTEST_PAUSE_S]


# ── files ────────────────────────────────────────────────────────────────────────────────────────────


def encoded(samples: Samples, rate_hz: int, codec: str, container: str, bits_per_s: int) -> bytes:
    """A compressed recording by FFmpeg's encoders; libsndfile would give an Ogg stream a random number."""
    import av

    target = io.BytesIO()
    with av.open(target, "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream(codec, rate=rate_hz)
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = bits_per_s
        stream.codec_context.layout = "mono"
        stream.codec_context.options = {"flags": "+bitexact"}
        pcm = np.round(samples * 2**15).clip(-(2**15), 2**15 - 1).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = rate_hz
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)
    return target.getvalue()


def write_audio(path: Path, samples: Samples, message: Message) -> None:
    """Write a recording in the message's format."""
    if message.format == "opus":
        path.write_bytes(encoded(samples, message.rate_hz, "libopus", "ogg", OPUS_BITS_PER_S))
    elif message.format == "amr":
        path.write_bytes(encoded(samples, message.rate_hz, "libopencore_amrnb", "amr", AMR_BITS_PER_S))
    else:
        kind, subtype = {
            "flac": ("FLAC", "PCM_16"),
            "ulaw": ("WAV", "ULAW"),
            "gsm": ("WAV", "GSM610"),
            "mp3": ("MP3", "MPEG_LAYER_III"),
        }[message.format]
        smallest = {"compression_level": 1.0} if kind == "FLAC" else {}
        soundfile.write(path, samples, message.rate_hz, format=kind, subtype=subtype, **smallest)


def write_message(message: Message, folder: Path) -> dict[str, Any]:
    """Write the audio and the truth of one message; the truth."""
    samples, truth = made(message)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    path = folder / message.file_name
    write_audio(path, samples, message)
    truth["duration_s"] = read_audio(path).duration_s  # codecs fill their last frame
    text = json.dumps(truth, indent=1, ensure_ascii=False)
    text = re.sub(r"\{\s+([^{}\[\]]+?)\s+\}", lambda m: "{" + re.sub(r"\s*\n\s*", " ", m[1]) + "}", text)
    (folder / "truth" / f"{message.name}.json").write_text(text + "\n", encoding="utf-8")
    return truth


def write_metadata(every: Sequence[Message], folder: Path) -> None:
    """Write metadata.csv: the audiofolder convention, and the columns of a brief."""
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for message in every:
            own = {name: getattr(message, name) for name in COLUMNS if hasattr(message, name)}
            own["number"] = _written(message) if message.brief_number else ""
            own["caller_id"] = message.digits if message.caller_id else ""
            own["script"] = message.transcript if message.on_script else ""
            own["voice"] = message.voice if message.said else ""
            writer.writerow(own)


def _written(message: Message) -> str:
    """The number as a brief has it: in one run in the US, in groups elsewhere."""
    groups = grouped(message.digits, message.plan)
    return ("" if message.region == "US" else " ").join(groups)


def write_table(every: Sequence[Message], folder: Path) -> None:
    """Write the README's table of messages from their truth."""
    rows = ["| file | what it is | playbook | voice | s | number |", "|---|---|---|---|---|---|"]
    rows += [
        row_of(message, json.loads((folder / "truth" / f"{message.name}.json").read_text("utf-8")))
        for message in every
    ]
    path = folder / "README.md"
    before, _, rest = path.read_text(encoding="utf-8").partition("<!-- messages -->\n")
    after = rest[rest.index("<!-- /messages -->") :]
    table = "\n".join(rows)
    path.write_text(f"{before}<!-- messages -->\n{table}\n{after}", encoding="utf-8")


def row_of(message: Message, truth: Mapping[str, Any]) -> str:
    """The message's row in the README."""
    number = truth["number"]
    told = ""
    if number:
        readings = number["each_reading"]
        same = f"{len(readings)} × {readings[0]}" if number["agree"] else " / ".join(readings)
        told = f"{same}, {number['digits_per_s']:.1f}/s"
    seconds = f"{truth['duration_s']:.0f}"
    cells = (message.file_name, message.intent, message.playbook, message.voice, seconds, told)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Parse, make, print each message's row for the README."""
    parser = argparse.ArgumentParser(description="Make the practice voicemails from scripts.toml.")
    parser.add_argument("--only", metavar="NAME", nargs="+", help="make these messages alone")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: this one)")
    options = parser.parse_args()
    every = messages()
    names = [message.name for message in every]
    if unknown := set(options.only or ()) - set(names):
        parser.error(f"no message {unknown.pop()!r} in scripts.toml; there are {', '.join(names)}")
    chosen = [message for message in every if not options.only or message.name in options.only]
    try:
        for message in chosen:
            print(row_of(message, write_message(message, options.out)), flush=True)
    except (LookupError, OSError) as error:
        sys.exit(str(error))
    if options.out.resolve() == HERE:
        write_metadata(every, HERE)
        write_table(every, HERE)
    else:
        write_metadata(chosen, options.out)


if __name__ == "__main__":
    main()
