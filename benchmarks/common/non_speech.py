"""Recordings without speech: recorded noises, and synthetic sounds of lines, machines and music.

Every word that a recogniser finds in them is invented. Everything random is seeded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sawtooth, sosfilt

from aftertone import Recording, read_audio
from benchmarks.common.conditions import RATE_HZ
from benchmarks.common.machine import files

Wave = NDArray[np.float64]
LENGTHS_S = (8, 25)  # a short message; most of a Whisper window
SEED = 16
MADE = ("digital silence", "hiss", "hold music", "tones", "hum", "white and pink noise", "ring-back")
KINDS = ("noises", *MADE)


def _time_s(duration_s: float) -> Wave:
    return np.arange(int(duration_s * RATE_HZ)) / RATE_HZ


def tone(hz: float, duration_s: float) -> Wave:
    """A sine of amplitude 1."""
    return np.asarray(np.sin(2 * np.pi * hz * _time_s(duration_s)))


def hum(hz: float, duration_s: float) -> Wave:
    """Mains hum: a frequency and its harmonics; odd ones are stronger."""
    parts = [tone(hz * k, duration_s) / (k if k % 2 else 3 * k) for k in range(1, 12)]
    return np.asarray(np.sum(parts, axis=0))


def pink(duration_s: float, random: np.random.Generator) -> Wave:
    """Noise whose power falls by 3 dB an octave."""
    white = np.fft.rfft(random.normal(size=int(duration_s * RATE_HZ)))
    return np.fft.irfft(white / np.sqrt(np.maximum(np.arange(white.size), 1)), int(duration_s * RATE_HZ))


def ring_back(duration_s: float) -> Wave:
    """US ring-back tone: 440 and 480 Hz, 2 s on and 4 s off."""
    on = _time_s(duration_s) % 6 < 2
    return (tone(440, duration_s) + tone(480, duration_s)) * on


def plucked(hz: float, duration_s: float, random: np.random.Generator) -> Wave:
    """A plucked string (Karplus & Strong 1983): noise in a smoothing delay loop."""
    period = round(RATE_HZ / hz)
    burst = np.zeros(int(duration_s * RATE_HZ))
    burst[:period] = random.uniform(-1, 1, min(period, burst.size))[: burst.size]
    loop = np.zeros(period + 2)
    loop[0], loop[period], loop[period + 1] = 1, -0.498, -0.498
    return np.asarray(lfilter([1], loop, burst))


def hold_music(duration_s: float, beats_per_min: float, seed: int) -> Wave:
    """Hold music: swelling chords, a plucked melody, a bass and a beat."""
    random = np.random.default_rng(seed)
    beat_s = 60 / beats_per_min
    mix = np.zeros(int(duration_s * RATE_HZ) + 4 * RATE_HZ)

    def put(sound: Wave, at_s: float, gain: float) -> None:
        first = int(at_s * RATE_HZ)
        part = sound[: max(0, mix.size - first)]
        mix[first : first + part.size] += gain * part

    roots = random.choice([0, -3, 5, 7, -5, 2], 4)
    for beat in range(int(duration_s / beat_s)):
        at_s, root = beat * beat_s, int(roots[beat // 4 % 4])
        if beat % 4 == 0:
            length_s = 4 * beat_s
            swell = np.sin(np.pi * np.minimum(1, _time_s(length_s) / length_s)) ** 0.5
            for step in (0, 4, 7, 12):
                hz = 220 * 2 ** ((root + step) / 12)
                put(swell * sum(tone(hz * k, length_s) / k**1.5 for k in range(1, 7)), at_s, 0.08)
            put(plucked(110 * 2 ** (root / 12), length_s, random), at_s, 0.5)
        note = 440 * 2 ** ((root + int(random.choice([0, 2, 4, 7, 9, 12]))) / 12)
        put(plucked(note, 2 * beat_s, random), at_s, 0.4)
        hit = random.normal(size=RATE_HZ // 10) * np.exp(-np.arange(RATE_HZ // 10) / 400)
        put(hit, at_s + beat_s / 2, 0.15)
        put(tone(60, 0.15) * np.exp(-_time_s(0.15) / 0.05), at_s, 0.5)
    return mix[: int(duration_s * RATE_HZ)]


@cache
def non_speech() -> dict[str, tuple[Recording, ...]]:
    """Recordings by kind."""
    random = np.random.default_rng(SEED)
    made: dict[str, list[Wave]] = {name: [] for name in MADE}
    for number, length_s in enumerate(LENGTHS_S):
        size = length_s * RATE_HZ
        made["digital silence"].append(np.zeros(size))
        made["hiss"] += [random.normal(0, 10 ** (db / 20), size) for db in (-70, -60, -50)]
        tempos = ((76, 1), (104, 2), (132, 3))
        music = [hold_music(length_s, tempo, seed + 10 * number) for tempo, seed in tempos]
        made["hold music"] += [at_rms(each, -20) for each in music]
        two = tone(350, length_s) + tone(440, length_s)
        made["tones"] += [at_rms(each, -20) for each in (tone(440, length_s), tone(1_000, length_s), two)]
        faint = random.normal(0, 10 ** (-60 / 20), size)
        made["hum"] += [at_rms(hum(hz, length_s), -30) + faint for hz in (50, 60, 120)]
        white, low = random.normal(size=size), pink(length_s, random)
        band = butter(2, (300, 3_400), "bandpass", fs=RATE_HZ, output="sos")
        made["white and pink noise"] += [at_rms(each, -30) for each in (white, low, sosfilt(band, white))]
        made["ring-back"].append(at_rms(ring_back(length_s), -20) + faint)
    found = {name: tuple(_recording(wave) for wave in waves) for name, waves in made.items()}
    return {"noises": tuple(recorded_noises()), **found}


def recorded_noises() -> list[Recording]:
    """The recorded noises, and the short ones repeated to 25 s."""
    recorded = [read_audio(path) for path in files("noise/*.wav")]
    longer = [
        _recording(np.resize(each.samples, LENGTHS_S[-1] * RATE_HZ))
        for each in recorded
        if each.duration_s < LENGTHS_S[-1] - 5
    ]
    return [*recorded, *longer]


def at_rms(wave: Wave, rms_db: float) -> Wave:
    """The wave at a root mean square in dB of full scale."""
    return wave * 10 ** (rms_db / 20) / max(float(np.sqrt(np.mean(wave**2))), 1e-9)


def _recording(wave: Sequence[float] | NDArray[np.floating]) -> Recording:
    return Recording.from_samples(np.clip(np.asarray(wave), -1, 1), RATE_HZ)


def synthetic_sounds() -> Iterator[Recording]:
    """Chords, a siren, wind, an engine, knocks and a rustle, 10 s each; nothing was chosen on them."""
    draw = np.random.default_rng(0)
    times_s = np.arange(160_000) / 16_000
    roots_hz = np.repeat((220, 262, 196, 247, 175), 32_000)
    chords = sum(np.sin(2 * np.pi * roots_hz * ratio * times_s) for ratio in (1, 1.25, 1.5, 2, 3))
    siren = np.sin(2 * np.pi * np.cumsum(700 + 300 * np.sin(2 * np.pi * 0.5 * times_s)) / 16_000)
    brown = sosfilt(butter(1, 200, fs=16_000, output="sos"), draw.normal(0, 1, times_s.size))
    wind = brown * (1 + np.sin(2 * np.pi * 0.7 * times_s)) ** 2
    engine = sawtooth(2 * np.pi * np.cumsum(80 + 20 * np.sin(times_s)) / 16_000) + brown
    knocks = sum(
        np.where(times_s >= at_s, np.exp(-(times_s - at_s) * 30), 0) * np.sin(2 * np.pi * 300 * times_s)
        for at_s in np.arange(0.3, 10, 0.55)
    )
    rustle = draw.normal(0, 1, times_s.size) * (np.sin(2 * np.pi * 1.3 * times_s) > 0.6)
    for samples in (chords, siren, wind, engine, knocks, rustle):
        hiss = draw.normal(0, 0.001, times_s.size)
        yield Recording.from_samples(0.3 * samples / np.abs(samples).max() + hiss, 16_000)


def later_synthetic_sounds() -> Iterator[Recording]:
    """Rain, typing, an alarm, a fan, clicks, an organ, a dial tone and gusts, 10 s each.

    They were made after every threshold was chosen.
    """
    draw = np.random.default_rng(2026)
    times_s = np.arange(160_000) / 16_000

    def struck(rate_per_s: float, decay_s: float) -> Wave:
        """Decaying impulses at random times and strengths."""
        strikes = draw.exponential(1, times_s.size) * (draw.uniform(size=times_s.size) < rate_per_s / 16_000)
        return np.asarray(lfilter([1], [1, -np.exp(-1 / (decay_s * 16_000))], strikes))

    def band(low_hz: float, high_hz: float) -> Wave:
        """Noise between two frequencies."""
        sos = butter(2, (low_hz, high_hz), "bandpass", fs=16_000, output="sos")
        return np.asarray(sosfilt(sos, draw.normal(0, 1, times_s.size)))

    def steady(hz: float) -> Wave:
        """A sine of amplitude 1."""
        return np.asarray(np.sin(2 * np.pi * hz * times_s))

    rain = band(500, 7_000) * (0.2 + struck(300, 0.003))
    typing = band(800, 5_000) * struck(6, 0.008) + 0.3 * band(100, 400) * struck(6, 0.03)
    alarm = np.sign(steady(960)) * (times_s % 0.5 < 0.25) + np.sign(steady(770)) * (times_s % 0.5 >= 0.25)
    fan = band(60, 1_500) * (1.2 + steady(3.1)) + 2 * (steady(118) + steady(121.5) + 0.5 * steady(236))
    clicks = np.sign(draw.normal(size=times_s.size)) * struck(4, 0.0008) + 0.02 * steady(50)
    notes_hz = np.repeat(draw.choice((196.0, 220.0, 246.9, 261.6, 293.7, 329.6), 20), 8_000)
    phase = 2 * np.pi * np.cumsum(notes_hz) / 16_000
    organ = sum(np.sin(phase * k) / k for k in range(1, 9)) * (1 + 0.2 * steady(6))
    dial = steady(350) + steady(440)
    gusts = (
        band(150, 900)
        * np.convolve(draw.uniform(0, 1, 11).repeat(16_000), np.hanning(16_000), "same")[:160_000] ** 2
    )
    for samples in (rain, typing, alarm, fan, clicks, organ, dial, gusts):
        hiss = draw.normal(0, 0.001, times_s.size)
        yield Recording.from_samples(0.3 * samples / np.abs(samples).max() + hiss, 16_000)
