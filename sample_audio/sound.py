"""The sounds of the practice messages: spoken lines, noise, tone, music, room and pocket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import soxr
from scipy import signal

from aftertone.synthesis import kokoro
from aftertone.synthesis.kokoro import Samples, Span
from aftertone.synthesis.phones import STRESS, VOWELS
from sample_audio.phone_numbers import seeded
from sample_audio.script import Line, Message

TELEPHONE_BAND_HZ = (300.0, 3_400.0)  # ITU-T G.712
FADE_S = 0.015  # the voice fades within this beside a silence, so that edges do not depend on the threshold
CAR_LOWEST_HZ = 60.0  # speech has nothing below, so all noise of the car lies in the band of speech
ATTACK_S = 0.06  # a vowel that begins a line swells over this; the network starts it with a click like a "d"
BEEP_HZ, BEEP_S, BEEP_DBOV = 1_000.0, 0.4, -18.0
MUSIC_DBOV = -24.0
MUFFLED_HZ, MUFFLED_DBOV, RUSTLE_DBOV = 500.0, -52.0, -34.0
ECHO_S = 0.6  # reverberation time of a living room, to -60 dB
ECHO_DB = 3.0  # energy of the echo over that of the direct sound: beyond the critical distance


@dataclass(frozen=True, slots=True)
class Piece:
    """One line as sound. Samples begin FADE_S before the first audible one; times count from that one."""

    line: Line
    samples: Samples
    audible_s: float
    words: tuple[Span, ...]


def telephone_band(samples: Samples, rate_hz: int) -> Samples:
    """Samples in the band of a telephone line, without delay."""
    band = signal.butter(4, TELEPHONE_BAND_HZ, "bandpass", fs=rate_hz, output="sos")
    return np.asarray(signal.sosfiltfilt(band, samples))


def on_one_note(samples: Samples) -> Samples:
    """Samples with pitch held at the median (analysis and synthesis by WORLD, no delay)."""
    import pyworld

    f0_hz, times_s = pyworld.harvest(samples, kokoro.RATE_HZ)
    envelope = pyworld.cheaptrick(samples, f0_hz, times_s, kokoro.RATE_HZ)
    aperiodicity = pyworld.d4c(samples, f0_hz, times_s, kokoro.RATE_HZ)
    flat_hz = np.where(f0_hz > 0, np.median(f0_hz[f0_hz > 0]), 0.0)
    made = pyworld.synthesize(flat_hz, envelope, aperiodicity, kokoro.RATE_HZ)
    return np.asarray(np.resize(made, samples.size))


def pieces_of(message: Message, lines: Sequence[Line]) -> list[Piece]:
    """Lines as sound at the message's level, cut at their first and last audible samples."""
    rendered: list[tuple[Line, Samples, kokoro.Utterance]] = []
    for line in lines:
        speed = message.number_speed if line.mark else message.speed
        spoken = kokoro.say(line.text, line.voice, speed, message.pronunciations)
        samples = on_one_note(spoken.samples) if message.flat else spoken.samples
        samples = soxr.resample(samples, kokoro.RATE_HZ, message.rate_hz)
        if message.is_telephone:
            samples = telephone_band(samples, message.rate_hz)
        rendered.append((line, samples, spoken))
    rate_hz = message.rate_hz
    level = kokoro.active_level_dbov(np.concatenate([samples for _, samples, _ in rendered]), rate_hz)
    gain = 10 ** ((message.level_dbov - level) / 20)
    return [_piece(line, gain * samples, spoken, message) for line, samples, spoken in rendered]


def _piece(line: Line, samples: Samples, spoken: kokoro.Utterance, message: Message) -> Piece:
    """A line, cut at its first and last audible samples, or where the recording ends.

    The sound fades within FADE_S at each silence, inside the line too.
    """
    rate_hz = message.rate_hz
    every = list(kokoro.audible_words(samples, rate_hz, spoken, message.level_dbov + kokoro.EDGE_DB))
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
    if next(phone.text for phone in spoken.phones if phone.text not in STRESS) in VOWELS:
        attack = round(ATTACK_S * rate_hz)
        envelope[:attack] = np.minimum(envelope[:attack], np.linspace(0, 1, attack) ** 2)
    cut *= envelope
    return Piece(line, cut, (last - first) / rate_hz, moved)


def _runs(words: Sequence[Span]) -> tuple[list[float], list[float]]:
    """Starts and ends of runs of words without a silence between them."""
    parted = [(a.end_s, b.start_s) for a, b in pairwise(words) if b.start_s > a.end_s]
    return [words[0].start_s, *(b for _, b in parted)], [*(a for a, _ in parted), words[-1].end_s]


@dataclass(slots=True)
class Track:
    """A clean recording that grows sound by sound."""

    rate_hz: int
    sounds: list[tuple[float, Samples]] = field(default_factory=list)
    now_s: float = 0.0

    def add(self, sound: Samples, audible_s: float, before_s: float = 0.0) -> tuple[float, float]:
        """Add a sound, its first `before_s` before the current time; returns its audible start and end."""
        start_s = self.now_s
        self.sounds.append((start_s - before_s, sound))
        self.now_s = start_s + audible_s
        return start_s, self.now_s

    def add_lines(self, pieces: Sequence[Piece]) -> list[float]:
        """Add lines one after another; returns the audible start of each, in s."""
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
        """The mix of all sounds, up to the current time."""
        mix = np.zeros(round(self.now_s * self.rate_hz))
        for start_s, sound in self.sounds:
            first = round(start_s * self.rate_hz)
            mix[first : first + sound.size] += sound[: max(0, mix.size - first)]
        return mix


# ── other sounds ─────────────────────────────────────────────────────────────────────────────────────


def at_level(samples: Samples, dbov: float) -> Samples:
    """Samples at a mean power."""
    return np.asarray(samples * 10 ** (dbov / 20) / np.sqrt(np.mean(samples**2)))


def noise(message: Message, n_samples: int) -> Samples:
    """Background noise of the message's kind and level, seeded with its name."""
    rng = seeded(message.name)
    hz = np.fft.rfftfreq(n_samples, 1 / message.rate_hz)
    spectrum = rng.normal(size=hz.size) + 1j * rng.normal(size=hz.size)
    slope = {"pink": 0.5, "car": 1.2}[message.noise]  # amplitude falls as 1 / f ** slope
    lowest_hz, flat_to_hz = {"pink": (30.0, 50.0), "car": (CAR_LOWEST_HZ, 80.0)}[message.noise]
    spectrum *= (hz > lowest_hz) / np.maximum(hz, flat_to_hz) ** slope
    samples = np.fft.irfft(spectrum, n_samples)
    if message.noise == "car":  # orders of an engine that swell and fade
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
    """The click of a handset: decaying noise of 20 ms."""
    rng = np.random.default_rng(0)
    time_s = np.arange(round(0.03 * rate_hz)) / rate_hz
    return np.asarray(0.25 * rng.normal(size=time_s.size) * np.exp(-time_s / 0.004))


def music(duration_s: float, rate_hz: int) -> Samples:
    """Hold music: plucked chords in C major, four notes a second over a bass."""
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
    """Samples as from across a room, at the same power; decaying noise is the room's response."""
    rng = np.random.default_rng(1)
    time_s = np.arange(round(ECHO_S * rate_hz)) / rate_hz
    tail = rng.normal(size=time_s.size) * 10 ** (-3 * time_s / ECHO_S)
    tail[: round(0.004 * rate_hz)] = 0.0
    response = tail * np.sqrt(10 ** (ECHO_DB / 10) / np.sum(tail**2))
    response[0] = 1.0
    made = signal.fftconvolve(samples, response)[: samples.size]
    return np.asarray(made * np.sqrt(np.mean(samples**2) / np.mean(made**2)))


def in_pocket(message: Message) -> Samples:
    """People in the distance, and cloth that rubs on the microphone."""
    rate_hz = message.rate_hz
    track = Track(rate_hz, now_s=message.lead_s)
    track.add_lines(pieces_of(message, message.lines(message.muffled)))
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
