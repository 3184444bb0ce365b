"""Messages with a call-back number, composed of real people's digits, so that all that is said is known.

The digits are the Free Spoken Digit Dataset's (four men, 8 kHz); the sentences round them are cut from
sample_audio by its word times. A digit's time is where its level is within 30 dB of its loudest 10 ms.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.language.transcript import Transcript, Word
from benchmarks.machine import ROOT, SHARED_DATA

RATE_HZ = 8_000
SPEAKERS = ("jackson", "lucas", "nicolas", "theo")
SAMPLES = ROOT / "sample_audio"
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

Kind = Literal["once", "twice", "changed", "partial"]
KINDS: tuple[Kind, ...] = ("once", "twice", "changed", "partial")

_SPEECH_RMS = 0.08
_FLOOR_RMS = 1e-4  # −80 dBFS: a quiet line, never digital zero
_AUDIBLE = 10 ** (-30 / 20)  # of a digit's loudest 10 ms: fsdd is cut roughly, with breaths and room in it
_FADE_S = 0.008
_JOINT_S = 0.02  # between digits that are run together
_QUICKEST = 0.5  # of its own length: shorter, and nobody would know the digit
_AMERICAN_AREAS = ("206", "212", "312", "404", "415", "512", "602", "702", "800", "866", "919", "972")
_BRITISH_STARTS = ("02079460", "01214960", "01184960", "07700900")
_GROUPS = {"US": (3, 3, 4), "GB": (3, 4, 4)}


@dataclass(frozen=True, slots=True)
class SaidOnce:
    """One saying of the number or of a part of it, as it is in the sound."""

    digits: str
    start_s: float
    end_s: float
    is_full: bool

    @property
    def digits_per_s(self) -> float:
        """Its pace."""
        return len(self.digits) / (self.end_s - self.start_s)


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A composed message and the truth about it."""

    name: str
    recording: Recording
    transcript: Transcript
    readings: tuple[SaidOnce, ...]
    kind: Kind
    speaker: str
    region: str
    grouped: bool
    snr_db: float | None

    @property
    def full(self) -> tuple[SaidOnce, ...]:
        """The sayings from end to end."""
        return tuple(reading for reading in self.readings if reading.is_full)

    @property
    def digits_per_s(self) -> float:
        """Pace of the slowest full reading."""
        return min(reading.digits_per_s for reading in self.full)


def messages(n: int, *, seed: int = 0, speakers: Sequence[str] = SPEAKERS) -> list[Message]:
    """`n` messages; the same `n`, `seed` and speakers make the same ones."""
    return [message(index, seed=seed, speakers=speakers) for index in range(n)]


def message(index: int, *, seed: int = 0, speakers: Sequence[str] = SPEAKERS) -> Message:
    """One of them; kinds, speakers, pauses between groups and noise take turns, all else is drawn."""
    draw = np.random.default_rng([seed, index])
    kind = KINDS[index % 4]
    speaker = speakers[(index // 4) % len(speakers)]
    grouped = (index // 16) % 2 == 0
    noisy = (index // 32) % 2 == 1
    region = "GB" if draw.random() < 0.2 else "US"
    number = _number(draw, region)
    pace = _pace(draw)
    intro, middle, closing = _carriers()[int(draw.integers(len(_carriers())))]
    parts: list[tuple[NDArray[np.float64], list[Word]]] = [intro]
    marks: list[int] = []
    said = [number]
    if kind == "twice":
        said.append(number)
    elif kind == "changed":
        said.append(_changed(draw, number))
    elif kind == "partial":
        said.append(number[-_GROUPS[region][-1] :])
    for at, digits in enumerate(said):
        if at:
            parts.append(_silence(draw.uniform(0.4, 1.0)))
            if middle is not None and draw.random() < 0.6:
                parts += [middle, _silence(draw.uniform(0.05, 0.3))]
        else:
            parts.append(_silence(draw.uniform(0.08, 0.5)))
        # a second saying is seldom at quite the same pace
        spoken = _reading(draw, speaker, digits, pace * draw.uniform(0.9, 1.1), region, grouped)
        marks.append(len(parts))
        parts.append(spoken)
    parts.append(_silence(draw.uniform(0.3, 0.8)))
    if closing is not None:
        parts.append(closing)
    return _laid_down(f"{seed}-{index:04d}", parts, marks, said, kind, speaker, region, grouped, noisy, draw)


def _laid_down(
    name: str,
    parts: list[tuple[NDArray[np.float64], list[Word]]],
    marks: list[int],
    said: list[str],
    kind: Kind,
    speaker: str,
    region: str,
    grouped: bool,
    noisy: bool,
    draw: np.random.Generator,
) -> Message:
    words: list[Word] = []
    readings = []
    pieces = [np.zeros(RATE_HZ // 2)]
    at_s = 0.5
    for index, (samples, timed) in enumerate(parts):
        moved = [Word(w.text, at_s + w.start_s, at_s + w.end_s, 1.0) for w in timed]
        words += moved
        if index in marks:
            digits = said[marks.index(index)]
            full = marks.index(index) == 0 or kind != "partial"
            readings.append(SaidOnce(digits, moved[0].start_s, moved[-1].end_s, full))
        pieces.append(samples)
        at_s += samples.size / RATE_HZ
    voice = np.concatenate([*pieces, np.zeros(RATE_HZ // 2)])
    sound = voice + draw.normal(0, _FLOOR_RMS, voice.size)
    if noisy:
        sound += _noise(draw, voice.size) * _SPEECH_RMS * 10 ** (-15 / 20)
    return Message(
        name=name,
        recording=Recording.from_samples(sound.astype(np.float32), rate_hz=RATE_HZ),
        transcript=Transcript(tuple(words), "en", "truth"),
        readings=tuple(readings),
        kind=kind,
        speaker=speaker,
        region=region,
        grouped=grouped,
        snr_db=15.0 if noisy else None,
    )


# --- numbers ----------------------------------------------------------------------------------------


def _number(draw: np.random.Generator, region: str) -> str:
    import phonenumbers

    while True:
        if region == "GB":
            digits = str(draw.choice(_BRITISH_STARTS))
            digits += "".join(map(str, draw.integers(0, 10, 11 - len(digits))))
        else:
            digits = str(draw.choice(_AMERICAN_AREAS)) + str(draw.integers(2, 10))
            digits += "".join(map(str, draw.integers(0, 10, 6)))
        if phonenumbers.is_valid_number(phonenumbers.parse(digits, region)):
            return digits


def _changed(draw: np.random.Generator, number: str) -> str:
    at = int(draw.integers(3, len(number)))  # people get the area code right
    other = draw.choice([digit for digit in "0123456789" if digit != number[at]])
    return number[:at] + str(other) + number[at + 1 :]


def _pace(draw: np.random.Generator) -> float:
    """1 to 5 digits a second; none within a tenth of the bound of 2, where either verdict is right."""
    while True:
        pace = float(draw.uniform(1.0, 2.2) if draw.random() < 0.5 else draw.uniform(2.2, 5.0))
        if not 1.7 < pace < 2.35:  # the readings vary by a tenth
            return pace


# --- voices -----------------------------------------------------------------------------------------


@cache
def _digits_of(speaker: str) -> dict[str, list[NDArray[np.float64]]]:
    import soundfile

    found: dict[str, list[NDArray[np.float64]]] = {digit: [] for digit in "0123456789"}
    for digit, takes in found.items():
        for path in sorted((SHARED_DATA / "fsdd").glob(f"{digit}_{speaker}_*.wav")):
            takes.append(_trimmed(soundfile.read(path)[0]))
    return found


def _trimmed(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    hop = RATE_HZ // 100
    whole = samples[: samples.size // hop * hop]
    levels = np.sqrt((whole.reshape(-1, hop) ** 2).mean(axis=1))
    loud = np.flatnonzero(levels > _AUDIBLE * levels.max())
    part = samples[loud[0] * hop : (loud[-1] + 1) * hop]
    return _faded(part * _SPEECH_RMS / np.sqrt((part**2).mean()))


def _faded(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    ramp = np.linspace(0, 1, int(_FADE_S * RATE_HZ))
    done = samples.copy()
    done[: ramp.size] *= ramp
    done[-ramp.size :] *= ramp[::-1]
    return done


def _reading(
    draw: np.random.Generator, speaker: str, digits: str, pace: float, region: str, grouped: bool
) -> tuple[NDArray[np.float64], list[Word]]:
    """Digits said at a pace, another take of each digit every time."""
    voice = _digits_of(speaker)
    wanted_s = len(digits) / pace
    ends = set(np.cumsum(_GROUPS[region])[:-1]) if grouped and len(digits) > 4 else set()
    pause_s = min(0.6, max(0.3, 0.12 * wanted_s)) if ends else 0.0
    slot_s = (wanted_s - pause_s * len(ends)) / len(digits)
    takes = []
    for digit in digits:
        some = [voice[digit][at] for at in draw.choice(len(voice[digit]), 4, replace=False)]
        fits = [take for take in some if take.size <= (slot_s - _JOINT_S) * RATE_HZ]
        takes.append(fits[0] if fits else min(some, key=len))
    sounded_s = sum(take.size for take in takes) / RATE_HZ
    room_s = slot_s * len(digits) - _JOINT_S * (len(digits) - 1)
    if sounded_s > room_s:
        share = max(_QUICKEST, room_s / sounded_s)
        takes = [_quicker(take, share) for take in takes]
    gap_s = max(_JOINT_S, slot_s - sum(take.size for take in takes) / RATE_HZ / len(digits))
    pieces, words, at = [], [], 0
    for index, (digit, take) in enumerate(zip(digits, takes, strict=True)):
        if index:
            gap = round((gap_s * draw.uniform(0.8, 1.2) + (pause_s if index in ends else 0.0)) * RATE_HZ)
            pieces.append(np.zeros(gap))
            at += gap
        pieces.append(take * 10 ** (draw.normal(0, 1.5) / 20))
        words.append(Word(NAMES[int(digit)], at / RATE_HZ, (at + take.size) / RATE_HZ))
        at += take.size
    return np.concatenate(pieces), words


def _quicker(samples: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """The same, in a share of its time and at its pitch (phase vocoder)."""
    import librosa

    done = librosa.effects.time_stretch(samples, rate=1 / share, n_fft=256, hop_length=32)
    return _faded(np.asarray(done, np.float64))


# --- sentences --------------------------------------------------------------------------------------

_Cut = tuple[NDArray[np.float64], list[Word]]
_INTRO_S, _CLOSING_S = 4.0, 3.0


@cache
def _carriers() -> list[tuple[_Cut, _Cut | None, _Cut | None]]:
    """What is said before a number, between its readings, and after it, in each message that has one."""
    found = []
    for path in sorted((SAMPLES / "truth").glob("*.json")):
        truth = json.loads(path.read_text())
        if not truth["number"] or truth["file"] in {"noisy_10db.flac", "clipped.flac", "uk_number.flac"}:
            continue
        words, digits = truth["words"], truth["digits"]
        first_s, last_s = digits[0]["start_s"], digits[-1]["end_s"]
        before = [w for w in words if w["end_s"] <= first_s + 1e-3]
        while before[-1]["end_s"] - before[0]["start_s"] > _INTRO_S:
            del before[0]
        first = min((d["start_s"] for d in digits if d["reading"] == 2), default=None)
        end = max((d["end_s"] for d in digits if d["reading"] == 1), default=last_s)
        between = [w for w in words if first and w["start_s"] >= end - 1e-3 and w["end_s"] <= first + 1e-3]
        after = [w for w in words if w["start_s"] >= last_s - 1e-3 and w["end_s"] - last_s <= _CLOSING_S]
        samples = _at_telephone_rate(SAMPLES / truth["file"])
        short = between if len(between) <= 5 else []
        found.append(
            (
                _cut(samples, before),
                _cut(samples, short) if short else None,
                _cut(samples, after) if after else None,
            )
        )
    return found


def _cut(samples: NDArray[np.float64], words: list[dict[str, Any]]) -> _Cut:
    start_s, end_s = words[0]["start_s"], words[-1]["end_s"]
    part = samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
    timed = [Word(w["text"], w["start_s"] - start_s, w["end_s"] - start_s) for w in words]
    active = part[np.abs(part) > 0.1 * np.abs(part).max()]
    return _faded(part * _SPEECH_RMS * 1.4 / np.sqrt((active**2).mean())), timed


def _at_telephone_rate(path: Path) -> NDArray[np.float64]:
    import soxr

    recording = read_audio(path)
    return np.asarray(soxr.resample(recording.samples, recording.rate_hz, RATE_HZ), np.float64)


@cache
def _noises() -> list[NDArray[np.float64]]:
    return [_at_telephone_rate(path) for path in sorted((SHARED_DATA / "noise").glob("*.wav"))]


def _noise(draw: np.random.Generator, size: int) -> NDArray[np.float64]:
    """A stretch of background noise, its mean square 1."""
    noise = _noises()[int(draw.integers(len(_noises())))]
    start = int(draw.integers(noise.size))
    part = np.take(noise, np.arange(start, start + size), mode="wrap")
    return np.asarray(part / np.sqrt((part**2).mean()))


def _silence(duration_s: float) -> _Cut:
    return np.zeros(round(duration_s * RATE_HZ)), []
