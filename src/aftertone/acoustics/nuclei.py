"""Syllable nuclei found in the sound, and how fast they follow one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import Frames, band_centres_hz, frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.spectrum import HOP_S

SONORITY_HZ = (200.0, 1_500.0)  # where vowels outweigh consonants; tuned on EmoDB, against four other bands
SMOOTHING_S = 0.015  # sigma of a Gaussian; tuned on EmoDB
DIP_DB = 1.0  # between two nuclei; de Jong & Wempe (2009) take 2 dB of the whole band; tuned on EmoDB
WEAKEST_DB = 25.0  # below the recording's loud vowels; de Jong & Wempe (2009)
NEAREST_S = 0.06  # two nuclei are no closer
VOICED_STRENGTH = 0.4  # normalised autocorrelation; Boersma (1993) calls a frame voiced from 0.45
LEAST_SPEECH_S = 0.5  # a local rate needs some speech to be one: about two syllables
CURVE_STEP_S = 0.25


@dataclass(frozen=True, slots=True)
class RateCurve:
    """Local articulation rate.

    Attributes
    ----------
    times_s : float64, shape (n_points,), read-only
        Middles of the windows.
    syl_per_s : float64, shape (n_points,), read-only
        Nuclei over speech time in the window; NaN where it holds less than LEAST_SPEECH_S of speech.
    """

    times_s: NDArray[np.float64]
    syl_per_s: NDArray[np.float64]


def syllable_nuclei(recording: Recording, frames: Frames | None = None) -> NDArray[np.float64]:
    """Times of the syllables' nuclei in seconds, ascending, float64, shape (n_nuclei,).

    Voiced peaks of the energy where vowels are strong, after de Jong & Wempe (2009), "Praat script to detect
    syllable nuclei and measure speech rate automatically". Empty where nothing is voiced.

    >>> silence = Recording.from_samples([0.0] * 16_000, 16_000)
    >>> syllable_nuclei(silence).size
    0
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    frames = frames or frames_of(recording)
    low_hz, high_hz = SONORITY_HZ
    in_band = (band_centres_hz() > low_hz) & (band_centres_hz() < high_hz)
    power = np.sum(10.0 ** (frames.bands_db[:, in_band] / 10), axis=1)
    sonority_db = gaussian_filter1d(10 * np.log10(power), SMOOTHING_S / HOP_S)
    peaks, _ = find_peaks(
        sonority_db,
        prominence=DIP_DB,
        height=np.percentile(sonority_db, 95) - WEAKEST_DB,
        distance=round(NEAREST_S / HOP_S),
    )
    voiced = frames.candidates.strength.max(axis=1)[peaks] > VOICED_STRENGTH
    return np.asarray(frames.times_s[peaks[voiced]])


def articulation_rate(nuclei: NDArray[np.float64], speech: Sequence[Interval]) -> float | None:
    """Nuclei inside speech over speech time, in syllables per second; None where there is no speech.

    >>> articulation_rate(np.array([0.25, 0.5, 0.75, 3.0]), [Interval(0.0, 1.0)])
    3.0
    """
    speech_s = sum(part.duration_s for part in speech)
    inside = sum(int(np.count_nonzero((nuclei >= part.start_s) & (nuclei <= part.end_s))) for part in speech)
    return inside / speech_s if speech_s > 0 else None


def rate_curve(
    nuclei: NDArray[np.float64], speech: Sequence[Interval], message: Interval, window_s: float = 3.0
) -> RateCurve:
    """Articulation rate in windows of `window_s` that slide over the message by CURVE_STEP_S.

    At the message's ends a window is cut short, so the curve covers the whole message.

    >>> steady = np.arange(0.1, 5.0, 0.2)
    >>> curve = rate_curve(steady, [Interval(0.0, 5.0)], Interval(0.0, 5.0))
    >>> curve.syl_per_s.round(1).min(), curve.syl_per_s.round(1).max()
    (np.float64(4.7), np.float64(5.3))
    """
    n_points = 1 + int(message.duration_s / CURVE_STEP_S + 1e-9)
    times_s = np.asarray(message.start_s + CURVE_STEP_S * np.arange(n_points), np.float64)
    rates = np.full(n_points, np.nan)
    for i, time_s in enumerate(times_s):
        start_s, end_s = (
            max(time_s - window_s / 2, message.start_s),
            min(time_s + window_s / 2, message.end_s),
        )
        parts = [Interval(max(p.start_s, start_s), min(p.end_s, end_s)) for p in speech]
        parts = [p for p in parts if p.duration_s > 0]
        if sum(p.duration_s for p in parts) >= LEAST_SPEECH_S:
            rates[i] = articulation_rate(nuclei, parts) or 0.0
    times_s.setflags(write=False)
    rates.setflags(write=False)
    return RateCurve(times_s, rates)
