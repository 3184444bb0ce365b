"""Compose one recording of parts of speech and silences, and pass it through a condition.

The length of every part and silence is chosen, so the time of every word, digit and filler is known. A part
starts and ends where its level is AUDIBLE_DB below its loudest 10 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.language.transcript import Transcript, Word
from aftertone.synthesis.phones import FILLERS, PUNCTUATION
from benchmarks.common.conditions import over_telephone
from benchmarks.common.machine import SHARED_DATA
from sample_audio.annotations import SHORTEST_PAUSE_S, SLOW_DIGITS_PER_S, span

Samples = NDArray[np.float64]
Split = Literal["fit", "held-out"]
Kind = Literal["once", "twice", "changed", "partial", "cut"]

AUDIBLE_DB = 30.0  # below the loudest 10 ms; the recordings' rooms and breaths are quieter
ACTIVE_DB = 25.0  # below the loudest 10 ms; louder samples count for the active level
CLICK_S, CLICK_GAP_S = 0.05, 0.10  # a click: no digit begins with so short a sound and so long a silence
LEVEL_DBOV = -22.0  # active level of every speaker
LINE_DBOV = -75.0  # noise of a quiet line, so that silence is never digital zero
FADE_S = 0.008
LEAD_S, TRAIL_S = 0.5, 0.8
NOISE_RATE_HZ = 16_000
# Thresholds of the voice detector were chosen on the noises for fitting.
NOISES: dict[Split, tuple[str, ...]] = {
    "fit": ("noise1", "noise3", "noise5"),
    "held-out": ("noise2", "noise4"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """Noise and telephone. Noise is added at the speech's sampling rate, before the telephone."""

    name: str
    snr_db: float | None = None
    is_telephone: bool = False


CLEAN, NOISY = Condition("clean"), Condition("15 dB noise", 15.0)
CONDITIONS = (
    CLEAN,
    Condition("telephone", is_telephone=True),
    NOISY,
    Condition("10 dB telephone", 10.0, True),
)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of speech.

    Attributes
    ----------
    samples : array of float64, shape (n,)
        From the first to the last audible sample, with `margin_s` more at each end.
    words : tuple of Word
        Times count from the first audible sample. Empty where times are unknown.
    digits : tuple of str
        The digits of each word, "" for none. Without words, one string with all digits of the part.
    reading : int or None
        The full reading of the number that the digits belong to; 0 for digits of no full reading.
    """

    samples: Samples
    words: tuple[Word, ...] = ()
    digits: tuple[str, ...] = ()
    reading: int | None = None
    margin_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SpokenDigit:
    """One digit. Digits of one word share its time evenly."""

    digit: str
    start_s: float
    end_s: float
    reading: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the number or of its end, with the country code where it is said."""

    digits: str
    start_s: float
    end_s: float
    is_full: bool

    @property
    def digits_per_s(self) -> float:
        """Digits a second."""
        return len(self.digits) / (self.end_s - self.start_s)


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """Parts of speech, silences in s, and the digits of each reading; full readings come first."""

    parts: tuple[Part | float, ...]
    readings: tuple[str, ...]
    kind: Kind
    speaker: str
    number: str
    rate_hz: int
    region: str = "US"
    manner: str = "groups"
    extension: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A composed message with its truth.

    Attributes
    ----------
    transcript : Transcript or None
        The true words; None where their times are unknown.
    number : str
        The number without its country code.
    readings : tuple of Reading
        In order of time. The last one is partial in a message of kind "partial". In one of kind "cut" the
        caller stops before the last digit: number and reading lack it.
    digits : tuple of SpokenDigit
        Empty where the times of words are unknown.
    fillers : tuple of (float, float)
        Start and end of each "um" and "uh".
    manner : str
        The way in which the number is said.
    """

    name: str
    source: str
    split: Split
    recording: Recording
    transcript: Transcript | None
    number: str
    readings: tuple[Reading, ...]
    digits: tuple[SpokenDigit, ...]
    fillers: tuple[tuple[float, float], ...]
    kind: Kind
    manner: str
    speaker: str
    region: str
    condition: Condition
    span: tuple[float, float]
    extension: str | None = None

    @property
    def snr_db(self) -> float | None:
        """Active speech level over noise; None without noise."""
        return self.condition.snr_db

    @property
    def full(self) -> tuple[Reading, ...]:
        """The full readings."""
        return tuple(reading for reading in self.readings if reading.is_full)

    @property
    def digits_per_s(self) -> float:
        """Pace of the slowest full reading."""
        return min(reading.digits_per_s for reading in self.full)

    @property
    def truth(self) -> dict[str, Any]:
        """The truth for JSON. Fields that sample_audio/truth also has bear the same names.

        Where the times of words are unknown, `words` and `transcript` are None and `digits` is empty. Times
        are in seconds.
        """
        full = [reading.digits for reading in self.full]
        words = self.transcript.words if self.transcript else ()
        return {
            "file": f"{self.name}.wav",
            "duration_s": round(self.recording.duration_s, 4),
            "message": span(*self.span),
            "transcript": " ".join(word.text for word in words) or None,
            "words": [{"text": word.text, **span(word.start_s, word.end_s)} for word in words] or None,
            "digits": [
                {
                    "digit": each.digit,
                    **span(each.start_s, each.end_s),
                    "reading": each.reading if each.reading <= len(full) else 0,
                }
                for each in self.digits
            ],
            "number": {
                "digits": self.number,
                "each_reading": full,
                "readings": len(full),
                "agree": self.kind != "changed",
                "digits_per_s": round(self.digits_per_s, 3),
                "slow": self.digits_per_s <= SLOW_DIGITS_PER_S,
                "repeated": self.kind == "twice",
                "extension_or_partial": self.extension,
            },
            "fillers": [span(*filler) for filler in self.fillers],
            "pauses": _pauses([(word.start_s, word.end_s) for word in words]),
            "region": self.region,
            "voice": self.speaker,
            "kind": self.kind,
            "manner": self.manner,
            "condition": self.condition.name,
            "split": self.split,
        }


def composed(
    script: Script, name: str, source: str, split: Split, condition: Condition, draw: np.random.Generator
) -> Message:
    """The message that a script makes under a condition."""
    rate_hz = script.rate_hz
    ends = [0]
    pieces: list[tuple[int, Samples]] = []
    words: list[Word] = []
    digits: list[SpokenDigit] = []
    spans: dict[int, list[float]] = {}
    has_times = True
    now = first = last = round(LEAD_S * rate_hz)
    for part in script.parts:
        if isinstance(part, float):
            now += round(part * rate_hz)
            continue
        margin = round(part.margin_s * rate_hz)
        at_s, size = now / rate_hz, part.samples.size - 2 * margin
        pieces.append((now - margin, part.samples))
        moved = [Word(w.text, at_s + w.start_s, at_s + w.end_s, 1.0) for w in part.words]
        words += moved
        has_times &= bool(moved)
        if moved and part.reading is not None:
            own = list(_spoken_digits(moved, part.digits, part.reading))
            digits += own
            spans.setdefault(part.reading, []).extend(t for d in own for t in (d.start_s, d.end_s))
        elif part.reading is not None:
            spans.setdefault(part.reading, []).extend((at_s, at_s + size / rate_hz))
        now = last = now + size
        ends.append(now + margin)
    clean = np.zeros(max(ends) + round(TRAIL_S * rate_hz))
    for start, samples in pieces:
        clean[start : start + samples.size] += samples
    full_count = len(script.readings) - (script.kind == "partial")
    return Message(
        name=name,
        source=source,
        split=split,
        recording=_recorded(clean, rate_hz, condition, split, draw),
        transcript=Transcript(tuple(words), "en", "truth", {"verbatim": "yes"}) if has_times else None,
        number=script.number,
        readings=tuple(
            Reading(said, min(spans[k]), max(spans[k]), k <= full_count)
            for k, said in enumerate(script.readings, start=1)
        ),
        digits=tuple(digits) if has_times else (),
        fillers=tuple((w.start_s, w.end_s) for w in words if w.text.lower().strip(PUNCTUATION) in FILLERS),
        kind=script.kind,
        manner=script.manner,
        speaker=script.speaker,
        region=script.region,
        condition=condition,
        span=(first / rate_hz, last / rate_hz),
        extension=script.extension,
    )


def _spoken_digits(words: Sequence[Word], digits: Sequence[str], reading: int) -> list[SpokenDigit]:
    """The digits of a part; "double" and "triple" belong to the digit that follows."""
    found: list[SpokenDigit] = []
    start_s = None
    for word, said in zip(words, digits, strict=True):
        if word.text in ("double", "triple"):
            start_s = word.start_s
        if not said:
            continue
        first_s = word.start_s if start_s is None else start_s
        edges_s = np.linspace(first_s, word.end_s, len(said) + 1).tolist()
        found += [SpokenDigit(d, edges_s[k], edges_s[k + 1], reading) for k, d in enumerate(said)]
        start_s = None
    return found


def _pauses(words_s: Sequence[tuple[float, float]]) -> list[dict[str, float]]:
    """Silences of 0.25 s and more between words."""
    gaps_s = [(a[1], b[0]) for a, b in pairwise(words_s)]
    return [span(*gap) for gap in gaps_s if gap[1] - gap[0] >= SHORTEST_PAUSE_S]


# ── sound ────────────────────────────────────────────────────────────────────────────────────────────


def levels_db(samples: Samples, rate_hz: int) -> Samples:
    """Level of every 10 ms, in dB of full scale."""
    hop = rate_hz // 100
    whole = samples[: samples.size // hop * hop].reshape(-1, hop)
    return np.asarray(10 * np.log10((whole**2).mean(axis=1) + 1e-12))


def audible(samples: Samples, rate_hz: int, margin_s: float = 0.0) -> tuple[Samples, float]:
    """The audible part of samples at LEVEL_DBOV, with faded margins.

    A click before the speech is cut off (15 of 47 recordings of an4 begin with one). A short sound after the
    speech is kept: it may be the release of "eight".

    Returns
    -------
    array of float64, shape (n,)
    float
        The margin in s that was available at both ends, at most `margin_s`.
    """
    hop = rate_hz // 100
    levels = levels_db(samples, rate_hz)
    loud = np.flatnonzero(levels > levels.max() - AUDIBLE_DB)
    gaps = np.flatnonzero(np.diff(loud) > round(100 * CLICK_GAP_S))
    while gaps.size and loud[gaps[0]] - loud[0] < round(100 * CLICK_S):
        loud = loud[gaps[0] + 1 :]
        gaps = gaps[1:] - gaps[0] - 1
    first, past = int(loud[0]) * hop, int(loud[-1] + 1) * hop
    margin = min(round(margin_s * rate_hz), first, samples.size - past)
    part = samples[first - margin : past + margin]
    return faded(part * gain(part, rate_hz), rate_hz, max(margin / rate_hz, FADE_S)), margin / rate_hz


def gain(samples: Samples, rate_hz: int) -> float:
    """The factor that brings the active level of samples to LEVEL_DBOV."""
    levels = levels_db(samples, rate_hz)
    active = 10 ** (levels[levels > levels.max() - ACTIVE_DB] / 10)
    return float(10 ** (LEVEL_DBOV / 20) / np.sqrt(active.mean()))


def faded(samples: Samples, rate_hz: int, fade_s: float = FADE_S) -> Samples:
    """The samples with both ends faded."""
    ramp = np.linspace(0, 1, min(round(fade_s * rate_hz), samples.size // 2), endpoint=False)
    done = samples.copy()
    done[: ramp.size] *= ramp
    done[done.size - ramp.size :] *= ramp[::-1]
    return done


def resampled(samples: NDArray[Any], rate_hz: int, to_hz: int) -> Samples:
    """The samples at another sampling rate."""
    import soxr

    wide = np.asarray(samples, np.float64)
    return wide if rate_hz == to_hz else np.asarray(soxr.resample(wide, rate_hz, to_hz), np.float64)


def _recorded(
    clean: Samples, rate_hz: int, condition: Condition, split: Split, draw: np.random.Generator
) -> Recording:
    sound = clean + draw.normal(0, 10 ** (LINE_DBOV / 20), clean.size)
    if condition.snr_db is not None:
        level_dbov = LEVEL_DBOV - condition.snr_db
        sound += _noise(draw, split, clean.size, rate_hz) * 10 ** (level_dbov / 20)
    sound /= max(1.0, float(np.abs(sound).max()) / 0.99)
    if condition.is_telephone:
        return Recording.from_samples(over_telephone(sound.astype(np.float32)), rate_hz=8_000)
    return Recording.from_samples(sound.astype(np.float32), rate_hz=rate_hz)


@cache
def _noises(split: Split, rate_hz: int) -> tuple[Samples, ...]:
    paths = [SHARED_DATA / "noise" / f"{name}.wav" for name in NOISES[split]]
    return tuple(resampled(read_audio(path).samples, NOISE_RATE_HZ, rate_hz) for path in paths)


def _noise(draw: np.random.Generator, split: Split, size: int, rate_hz: int) -> Samples:
    """A stretch of recorded background noise with mean square 1."""
    noise = _noises(split, rate_hz)[int(draw.integers(len(NOISES[split])))]
    start = int(draw.integers(noise.size))
    part = np.take(noise, np.arange(start, start + size), mode="wrap")
    part = part - part.mean()
    return np.asarray(part / np.sqrt((part**2).mean()))
