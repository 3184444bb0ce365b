"""Recordings in which nobody speaks: real noises, and what a line or a machine sounds; all seeded.

Whatever a recogniser writes over them is invented.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from aftertone import Recording, read_audio
from benchmarks.common.truth import RATE_HZ, files

Wave = NDArray[np.float64]
LENGTHS_S = (8, 25)  # a short message, and most of one of Whisper's windows
SEED = 16
MADE = ("digital silence", "hiss", "hold music", "tones", "hum", "white and pink noise", "ring-back")
KINDS = ("noises", *MADE)


def _time_s(duration_s: float) -> Wave:
    return np.arange(int(duration_s * RATE_HZ)) / RATE_HZ


def tone(hz: float, duration_s: float) -> Wave:
    """A sine of amplitude 1."""
    return np.asarray(np.sin(2 * np.pi * hz * _time_s(duration_s)))


def hum(hz: float, duration_s: float) -> Wave:
    """Mains hum: the frequency and its harmonics, odd ones stronger."""
    parts = [tone(hz * k, duration_s) / (k if k % 2 else 3 * k) for k in range(1, 12)]
    return np.asarray(np.sum(parts, axis=0))


def pink(duration_s: float, random: np.random.Generator) -> Wave:
    """Noise whose power falls by 3 dB an octave."""
    white = np.fft.rfft(random.normal(size=int(duration_s * RATE_HZ)))
    return np.fft.irfft(white / np.sqrt(np.maximum(np.arange(white.size), 1)), int(duration_s * RATE_HZ))


def ring_back(duration_s: float) -> Wave:
    """What a caller hears while it rings: 440 and 480 Hz, 2 s on and 4 s off."""
    on = _time_s(duration_s) % 6 < 2
    return (tone(440, duration_s) + tone(480, duration_s)) * on


def plucked(hz: float, duration_s: float, random: np.random.Generator) -> Wave:
    """A string after Karplus and Strong: noise that goes round a delay line and is smoothed on the way."""
    period = round(RATE_HZ / hz)
    burst = np.zeros(int(duration_s * RATE_HZ))
    burst[:period] = random.uniform(-1, 1, min(period, burst.size))[: burst.size]
    loop = np.zeros(period + 2)
    loop[0], loop[period], loop[period + 1] = 1, -0.498, -0.498
    return np.asarray(lfilter([1], loop, burst))


def hold_music(duration_s: float, beats_per_min: float, seed: int) -> Wave:
    """Chords with harmonics that swell, a plucked melody, a bass and a beat."""
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
        made["hold music"] += [_at(each, -20) for each in music]
        two = tone(350, length_s) + tone(440, length_s)
        made["tones"] += [_at(each, -20) for each in (tone(440, length_s), tone(1_000, length_s), two)]
        faint = random.normal(0, 10 ** (-60 / 20), size)
        made["hum"] += [_at(hum(hz, length_s), -30) + faint for hz in (50, 60, 120)]
        white, low = random.normal(size=size), pink(length_s, random)
        band = butter(2, (300, 3_400), "bandpass", fs=RATE_HZ, output="sos")
        made["white and pink noise"] += [_at(each, -30) for each in (white, low, sosfilt(band, white))]
        made["ring-back"].append(_at(ring_back(length_s), -20) + faint)
    found = {name: tuple(_recording(wave) for wave in waves) for name, waves in made.items()}
    return {"noises": tuple(_noises()), **found}


def _noises() -> list[Recording]:
    """The recorded noises, and each gone round to 25 s."""
    recorded = [read_audio(path) for path in files("noise/*.wav")]
    longer = [
        _recording(np.resize(each.samples, LENGTHS_S[-1] * RATE_HZ))
        for each in recorded
        if each.duration_s < LENGTHS_S[-1] - 5
    ]
    return [*recorded, *longer]


def _at(wave: Wave, rms_db: float) -> Wave:
    return wave * 10 ** (rms_db / 20) / max(float(np.sqrt(np.mean(wave**2))), 1e-9)


def _recording(wave: Sequence[float] | NDArray[np.floating]) -> Recording:
    return Recording.from_samples(np.clip(np.asarray(wave), -1, 1), RATE_HZ)
