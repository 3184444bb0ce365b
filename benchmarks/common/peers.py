"""Peers of the acoustic measures: speech detectors, pitch trackers, syllable counters.

Each takes a recording and returns values every 10 ms. A peer that is not installed is left out, and one line
names the extra that installs it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone import Recording
from benchmarks.common.conditions import RATE_HZ
from benchmarks.common.truth import joined, mask

Mask = NDArray[np.bool_]
Contour = NDArray[np.float64]


@cache
def installed(module: str, package: str) -> bool:
    """Whether a peer can be imported; prints one line where it cannot."""
    if find_spec(module):
        return True
    print(f"left out: {package} is not installed (the bench extra: pip install 'aftertone[bench]')")
    return False


# ---- speech or silence ----------------------------------------------------------------------------------


def frame_count(recording: Recording) -> int:
    """Number of whole frames of 10 ms."""
    return int(recording.duration_s * 100)


def without_short_gaps(is_speech: Mask) -> Mask:
    """Speech with short gaps joined, as the labels are."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_speech.astype(np.int8), [0]])))
    return mask(joined(zip(edges[::2] * 0.01, edges[1::2] * 0.01, strict=True)), is_speech.size)


def webrtc(mode: int) -> Callable[[Recording], Mask]:
    """Webrtcvad in frames of 10 ms, unchanged."""

    def is_speech(recording: Recording) -> Mask:
        import webrtcvad

        pcm = (np.clip(recording.samples, -1, 1) * 32_767).astype("<i2").tobytes()
        vad = webrtcvad.Vad(mode)
        votes = [vad.is_speech(pcm[at : at + 320], RATE_HZ) for at in range(0, len(pcm) - 319, 320)]
        return without_short_gaps(np.array(votes, np.bool_)[: frame_count(recording)])

    return is_speech


def silero(recording: Recording) -> Mask:
    """The silero detector of faster-whisper, with options that do not hide pauses."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=100, speech_pad_ms=0)
    found = get_speech_timestamps(np.array(recording.samples), options)
    spans = joined((one["start"] / RATE_HZ, one["end"] / RATE_HZ) for one in found)
    return mask(spans, frame_count(recording))


def energy(recording: Recording) -> Mask:
    """Level above a threshold 35 % of the way from the 10th to the 95th percentile."""
    hops = recording.samples[: frame_count(recording) * 160].reshape(-1, 160).astype(np.float64)
    level_db = 10 * np.log10(np.mean(hops**2, axis=1) + 1e-12)
    quiet_db, loud_db = np.percentile(level_db, [10, 95])
    return without_short_gaps(level_db > quiet_db + 0.35 * (loud_db - quiet_db))


# ---- pitch ----------------------------------------------------------------------------------------------


def praat_sound(recording: Recording) -> Any:
    """A recording as a Praat sound."""
    return import_module("parselmouth").Sound(recording.samples.astype(np.float64), RATE_HZ)


def _read_off(pitch: Any, recording: Recording) -> Contour:
    hz = [pitch.get_value_at_time(0.01 * i) for i in range(1 + recording.samples.size // 160)]
    return np.asarray(np.nan_to_num(hz))


def praat_ac(recording: Recording) -> Contour:
    """Praat's autocorrelation with default costs and thresholds, sampled every 10 ms; 0 where unvoiced."""
    return _read_off(praat_sound(recording).to_pitch_ac(0.01, 75.0, pitch_ceiling=500.0), recording)


def praat_cc(recording: Recording) -> Contour:
    """Praat's cross-correlation, sampled in the same way."""
    return _read_off(praat_sound(recording).to_pitch_cc(0.01, 75.0, pitch_ceiling=500.0), recording)


def pyin(recording: Recording) -> Contour:
    """Librosa's pyin with its default frame of 2,048 samples."""
    import librosa

    found = librosa.pyin(recording.samples, fmin=60, fmax=600, sr=RATE_HZ, hop_length=160)
    return np.asarray(np.nan_to_num(found[0]), np.float64)


def harvest(recording: Recording) -> Contour:
    """WORLD's harvest, refined by stonemask."""
    world: Any = import_module("pyworld")
    samples = recording.samples.astype(np.float64)
    hz, times_s = world.harvest(samples, RATE_HZ, f0_floor=60, f0_ceil=600, frame_period=10)
    return np.asarray(world.stonemask(samples, hz, times_s, RATE_HZ))


@cache
def _swift_detector() -> Any:
    return import_module("swift_f0").SwiftF0(threads=1, spin=False)


def swift_f0(recording: Recording) -> Contour:
    """SwiftF0 with its default range and threshold.

    Its frames lie 16 ms apart; the first is centred on the first sample (measured on vibrato, within 1 ms).
    Voicing is that of the nearest frame. Between two voiced frames less than a fifth of an octave apart,
    pitch is interpolated.
    """
    found = _swift_detector().detect(np.asarray(recording.samples), RATE_HZ)
    octave, is_voiced = np.log2(found.pitch_hz), found.confidence >= 0.5
    at = np.arange(1 + recording.samples.size // 160) * 0.01 / 0.016
    left, right, near = (
        np.clip(each.astype(np.intp), 0, octave.size - 1)
        for each in (np.floor(at), np.floor(at) + 1, np.rint(at))
    )
    is_line = is_voiced[left] & is_voiced[right] & (np.abs(octave[right] - octave[left]) < 0.2)
    line = octave[left] + np.clip(at - left, 0, 1) * (octave[right] - octave[left])
    return np.where(is_voiced[near], np.exp2(np.where(is_line, line, octave[near])), 0)


# ---- syllables ------------------------------------------------------------------------------------------

DIP_DB = 2.0


def de_jong_wempe(recording: Recording, *, published: bool = True) -> Contour:
    """Times of syllable nuclei by de Jong & Wempe (2009), implemented from the article's description.

    Nuclei are voiced peaks of intensity above a threshold, with a dip of 2 dB beside them. In the article the
    threshold is the median intensity, and the dip lies before the peak. In the authors' later script
    (`published=False`) the threshold is 25 dB below the 99th percentile, and the dip lies after the peak. The
    last peak needs no dip here.
    """
    sound = praat_sound(recording)
    contour = sound.to_intensity(minimum_pitch=50.0)
    times_s, level_db = contour.xs(), contour.values[0]
    pitch = sound.to_pitch_ac(0.02, 30.0, 4, False, 0.03, 0.25, 0.01, 0.35, 0.25, 450.0)
    least_db = np.median(level_db) if published else np.quantile(level_db, 0.99) - 25
    inner = level_db[1:-1]
    is_peak = (inner > level_db[:-2]) & (inner >= level_db[2:]) & (inner > least_db)
    peaks = (1 + np.flatnonzero(is_peak)).tolist()
    beside = [0, *peaks[:-1]] if published else [*peaks[1:], level_db.size]
    nuclei = []
    for peak, other in zip(peaks, beside, strict=True):
        dip_db = level_db[peak] - level_db[min(peak, other) : max(peak, other)].min()
        is_last = other == level_db.size
        if (dip_db >= DIP_DB or is_last) and np.isfinite(pitch.get_value_at_time(times_s[peak])):
            nuclei.append(times_s[peak])
    return np.array(nuclei)
