"""Speech made in a moment: words as voiced syllables, each with its time, for tests that need their sound.

Nobody would understand it. It has what measures of sound look for: syllables, a melody, pauses, a level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from aftertone.acoustics.audio import Recording
from aftertone.language.syllables import syllable_count
from aftertone.language.transcript import Transcript, Word

RATE_HZ = 16_000
SENTENCE_PAUSE_S = 0.35
WORD_PAUSE_S = 0.07
VOWELS_HZ = ((700.0, 1_200.0, 2_500.0), (400.0, 1_900.0, 2_600.0))  # after Peterson & Barney 1952
VOWEL_S = 0.2  # a longer syllable swells and fades more: nobody holds a vowel for half a second
DIGITS = dict.fromkeys("zero oh one two three four five six seven eight nine".split(), 1) | {"hundred": 2}  # noqa: SIM905

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Voice:
    """How it is said. Rates in syllables and digits a second, levels in dB of full scale."""

    syllables_per_s: float = 4.0
    digits_per_s: float = 1.8
    melody_st: float = 3.0
    lead_s: float = 0.5
    swell_db: float = 5.0
    level_db: float = -20.0
    noise_db: float = -75.0
    drive_db: float = 0.0


def transcript_of(text: str) -> Transcript:
    """The words of a text, each with 0.4 s, and 0.1 s between."""
    return Transcript(tuple(Word(word, at * 0.5, at * 0.5 + 0.4) for at, word in enumerate(text.split())))


def spoken(text: str, voice: Voice) -> tuple[Recording, Transcript]:
    """A text as sound, and its words with their times; "/0.8" is a silence of 0.8 s."""
    words = tuple(_timed(text, voice))
    end_s = (words[-1].end_s if words else 1.5) + 0.8
    rng = np.random.default_rng(1)
    samples = 10 ** (voice.noise_db / 20) * rng.normal(size=round(end_s * RATE_HZ))
    if words:
        samples += 10 ** (voice.level_db / 20) * _sung(words, samples.size, voice)
    samples = np.clip(samples * 10 ** (voice.drive_db / 20), -1, 1)
    return Recording.from_samples(samples, RATE_HZ), Transcript(words)


def _timed(text: str, voice: Voice) -> Iterator[Word]:
    now_s = voice.lead_s
    for piece in text.split():
        if pause := re.fullmatch(r"/([\d.]+)", piece):
            now_s += float(pause[1])
            continue
        digits = DIGITS.get(piece.strip(".,").lower())
        length_s = (
            digits / voice.digits_per_s if digits else max(1, syllable_count(piece)) / voice.syllables_per_s
        )
        yield Word(piece, now_s, now_s + length_s)
        now_s += (
            length_s
            + (WORD_PAUSE_S if not digits else 0)
            + SENTENCE_PAUSE_S * piece.endswith((".", "?", "!"))
        )


def _sung(words: tuple[Word, ...], size: int, voice: Voice) -> Samples:
    time_s = np.arange(size) / RATE_HZ
    f0_hz = 120 * 2 ** (voice.melody_st * np.sin(2 * np.pi * 0.45 * time_s) * np.sqrt(2) / 12)
    phase = np.cumsum(f0_hz) / RATE_HZ
    pulses = np.diff(np.floor(phase), prepend=0.0)
    vowels = [_resonance(pulses, formants_hz) for formants_hz in VOWELS_HZ]
    samples = np.zeros(size)
    at = 0
    for number, word in enumerate(words):
        count = max(1, syllable_count(word.text))
        edges = np.linspace(word.start_s, word.end_s, count + 1)
        swell = 10 ** (voice.swell_db * np.sin(number) / 20)
        for start_s, end_s in pairwise(edges):
            here = slice(round(start_s * RATE_HZ), round(end_s * RATE_HZ))
            peak = 0.8 * max(1.0, (end_s - start_s) / VOWEL_S) ** 2
            rise = np.sin(np.pi * np.linspace(0, 1, here.stop - here.start)) ** peak
            samples[here] = vowels[at % 2][here] * (0.05 + 0.95 * rise) * swell
            at += 1
    return samples


def _resonance(pulses: Samples, formants_hz: tuple[float, ...]) -> Samples:
    sound = pulses
    for hz in formants_hz:
        radius = np.exp(-np.pi * 90 / RATE_HZ)
        sound = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * hz / RATE_HZ), radius**2], sound)
    return np.asarray(sound / np.std(sound))
