"""Syllable nuclei and the articulation rate.

Two small convolutional nets read the bands of 0.8 s of speech and give the probability that a syllable
nucleus is in the middle. The nuclei are the peaks of their mean log odds. The nets find vowels that no dip of
intensity separates, where the peak picking of de Jong & Wempe (2009) finds one nucleus;
benchmarks/experiments/nuclei.md compares both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.contours import find_peaks, percentile, sigmoid
from aftertone.acoustics.frames import Frames, frames_of, joined_db
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.spectrum import HOP_S
from aftertone.files import data_path

# Architecture and inputs of the nets; the same in training, so a change needs new weights
N_SPEECH_BANDS = 18  # of the frames' mel bands, up to 3,700 Hz: those of a telephone line
N_INPUTS = N_SPEECH_BANDS + 1
LOUD_BANDS = slice(3, N_SPEECH_BANDS)  # from 420 Hz: no hum
CONTEXT = (-28, -24, -20, -16, -12, -9, -6, -4, -2, 0, 2, 4, 6, 9, 12, 16, 20, 24, 28)  # input frames
SECOND_CONTEXT = (-12, -8, -4, 0, 4, 8, 12)  # frames of the first layer that are inputs of the second
STEP = 2  # frames between two outputs
LAYERS = ("first", "first_bias", "second", "second_bias", "output", "output_bias")  # arrays of the file
_STEPS_AT_ONCE = 1_024  # computed: 20 s of speech, 1.5 MB of inputs

Net = Sequence[NDArray[np.float32]]
"""The arrays named in LAYERS."""


@dataclass(frozen=True, eq=False, repr=False)
class NucleiOptions:
    """Settings of the detection of syllable nuclei and of the local rate."""

    loudness_s: float = 1.5  # bands are relative to the loudest speech in this time around
    speech_range_db: float = 20.0  # speech weaker than this below the recording's loudest is background
    nucleus_range_db: float = 30.0  # a nucleus is within this of the loudest speech around; tuned on EmoDB
    probability_min: float = 0.4  # of a peak; fitted on speakers and corpora left out of the training
    prominence_min: float = 0.1  # of a peak; fitted on EmoDB (speakers left out) and mfa
    distance_s_min: float = 0.06  # between two nuclei; the mean is 0.1 s in EmoDB's fastest files
    curve_step_s: float = 0.25  # between two points of the rate curve
    curve_speech_s_min: float = 0.5  # speech that a local rate needs: about two syllables


OPTIONS = NucleiOptions()


@dataclass(frozen=True, slots=True)
class Nuclei:
    """Syllable nuclei of a recording."""

    times_s: NDArray[np.float64]  # shape (n_nuclei,), ascending
    probability: NDArray[np.float32]  # of a nucleus at each frame, shape (n_frames,)


@dataclass(frozen=True, slots=True)
class RateCurve:
    """Local articulation rate, read-only, both of shape (n_points,)."""

    times_s: NDArray[np.float64]  # middles of the windows
    syl_per_s: NDArray[np.float64]  # NaN where a window holds less than 0.5 s of speech


def syllable_nuclei(recording: Recording, frames: Frames | None = None) -> NDArray[np.float64]:
    """Times of the syllable nuclei in seconds, ascending, float64, shape (n_nuclei,).

    Empty without speech. Gain and line do not matter: the bands are relative to the speech around.

    >>> silence = Recording.from_samples([0.0] * 16_000, 16_000)
    >>> syllable_nuclei(silence).size
    0
    """
    return detected_nuclei(frames or frames_of(recording)).times_s


def detected_nuclei(frames: Frames) -> Nuclei:
    """Syllable nuclei of a recording, with their probability at each frame."""
    sonority = sonority_of(frames)
    at_frames = probability(sonority, _nets())
    return Nuclei(np.asarray(frames.times_s[peaks_of(at_frames, sonority)]), at_frames)


def sonority_of(frames: Frames) -> NDArray[np.float32]:
    """Inputs of the nets for each frame, float32, shape (n_frames, N_INPUTS).

    The speech bands relative to the level of the speech around, in units of 15 dB, and the periodicity.
    """
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d

    bands_db = frames.bands_db[:, :N_SPEECH_BANDS]
    level_db = gaussian_filter1d(joined_db(bands_db[:, LOUD_BANDS]), 1.5)
    loudest_db = np.maximum(level_db, percentile(level_db, 99) - OPTIONS.speech_range_db)
    around_db = gaussian_filter1d(maximum_filter1d(loudest_db, round(OPTIONS.loudness_s / HOP_S)), 25.0) - 4
    bands = np.clip((bands_db - around_db[:, None] + 20) / 15, -1.7, 2.5)
    periodicity = 2 * frames.periodicity[:, None] - 1
    return np.concatenate([bands, periodicity], axis=1).astype(np.float32)


def context_of(sonority: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Sonority with its ends repeated as far as the nets reach, and the row of its first frame."""
    reach = max(CONTEXT) + max(SECOND_CONTEXT) + STEP
    return np.pad(sonority, ((reach, reach), (0, 0)), mode="edge"), reach


def probability(sonority: NDArray[np.float32], nets: Sequence[Net]) -> NDArray[np.float32]:
    """Probability of a nucleus at each frame, from the nets' mean log odds, float32, shape (n_frames,)."""
    padded, origin = context_of(sonority)
    n_steps = -(-len(sonority) // STEP)
    log_odds = np.zeros(n_steps, np.float32)
    margin = max(SECOND_CONTEXT)
    for first in range(0, n_steps, _STEPS_AT_ONCE):
        part = log_odds[first : first + _STEPS_AT_ONCE]
        begin, end = origin + STEP * first, origin + STEP * (first + part.size)
        rows = np.arange(begin - margin, end + margin, STEP)[:, None] + np.asarray(CONTEXT)
        inputs = padded.take(rows, axis=0).reshape(len(rows), -1)
        for net in nets:
            part += _log_odds(inputs, net)
    log_odds /= len(nets)
    return sigmoid(_interpolated(log_odds)[: len(sonority)])


def _log_odds(inputs: NDArray[np.float32], net: Net) -> NDArray[np.float32]:
    """Log odds of a nucleus at all steps except those that only the second layer reads, float32."""
    first, first_bias, second, second_bias, output, output_bias = net
    hidden = _layer(inputs, first, first_bias)
    begins = [(max(SECOND_CONTEXT) + at) // STEP for at in SECOND_CONTEXT]
    count = len(inputs) - max(begins)
    around = np.concatenate([hidden[begin : begin + count] for begin in begins], axis=1)
    above = _layer(around, second, second_bias)
    return np.asarray(above @ output + output_bias, np.float32)


def _layer(
    inputs: NDArray[np.float32], weights: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    units: NDArray[np.float32] = np.matmul(inputs, weights)
    units += bias
    np.tanh(units, out=units)
    return units


def _interpolated(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values, each followed by the cubic (Lagrange) interpolation to the next, float32, shape (2 * n,)."""
    padded = np.pad(values, (1, 2), mode="edge")
    between = np.convolve(padded, np.array([-1, 9, 9, -1], np.float32) / np.float32(16), "valid")
    return np.stack([values, between], axis=1).ravel()


def peaks_of(probability: NDArray[np.float32], sonority: NDArray[np.float32]) -> NDArray[np.intp]:
    """Frames of the nuclei."""
    peaks = find_peaks(
        probability,
        height=OPTIONS.probability_min,
        prominence=OPTIONS.prominence_min,
        distance=round(OPTIONS.distance_s_min / HOP_S),
    )
    loudest_db = sonority[peaks, LOUD_BANDS].max(axis=1) * 15 - 20  # relative to the speech around
    return np.asarray(peaks[loudest_db > -OPTIONS.nucleus_range_db], np.intp)


@cache
def _nets() -> list[Net]:
    with np.load(data_path("nuclei.npz")) as stored:
        layers = [stored[name].astype(np.float32) for name in LAYERS]
    return list(zip(*layers, strict=True))


def nuclei_count(nuclei: NDArray[np.float64], start_s: float, end_s: float) -> int:
    """Number of nuclei between two times, both included.

    >>> nuclei_count(np.array([0.2, 0.5, 0.9]), 0.2, 0.8)
    2
    """
    return int(np.count_nonzero((nuclei >= start_s) & (nuclei <= end_s)))


def articulation_rate(nuclei: NDArray[np.float64], speech: Sequence[Interval]) -> float | None:
    """Nuclei inside speech over speech time, in syllables per second; None without speech.

    >>> articulation_rate(np.array([0.25, 0.5, 0.75, 3.0]), [Interval(0.0, 1.0)])
    3.0
    """
    speech_s = sum(part.duration_s for part in speech)
    return _inside(nuclei, speech).size / speech_s if speech_s > 0 else None


def _parts(speech: Sequence[Interval]) -> NDArray[np.float64]:
    """Starts and ends, float64, shape (n_parts, 2); one empty part where there is no speech."""
    return np.array(speech or [Interval(0.0, 0.0)], np.float64)


def _inside(nuclei: NDArray[np.float64], speech: Sequence[Interval]) -> NDArray[np.float64]:
    """Nuclei inside speech, its ends included."""
    starts_s, ends_s = _parts(speech).T
    begun = np.searchsorted(starts_s, nuclei, side="right")
    return nuclei[begun > np.searchsorted(ends_s, nuclei)]


def rate_curve(
    nuclei: NDArray[np.float64], speech: Sequence[Interval], message: Interval, window_s: float = 3.0
) -> RateCurve:
    """Articulation rate in windows of `window_s` that slide over the message by 0.25 s.

    Windows at the message's ends are shorter, so that the curve covers the whole message.

    >>> steady = np.arange(0.1, 5.0, 0.2)
    >>> curve = rate_curve(steady, [Interval(0.0, 5.0)], Interval(0.0, 5.0))
    >>> curve.syl_per_s.round(1).min(), curve.syl_per_s.round(1).max()
    (np.float64(4.7), np.float64(5.3))
    """
    n_points = 1 + int(message.duration_s / OPTIONS.curve_step_s + 1e-9)
    times_s = np.asarray(message.start_s + OPTIONS.curve_step_s * np.arange(n_points), np.float64)
    from_s = np.maximum(times_s - window_s / 2, message.start_s)
    to_s = np.minimum(times_s + window_s / 2, message.end_s)
    edges_s = _parts(speech).ravel()
    spoken_s = np.concatenate([[0.0], np.cumsum(np.diff(edges_s) * (np.arange(1, edges_s.size) % 2))])
    inside_s = np.interp(to_s, edges_s, spoken_s) - np.interp(from_s, edges_s, spoken_s)
    spoken = _inside(nuclei, speech)
    count = np.searchsorted(spoken, to_s, side="right") - np.searchsorted(spoken, from_s)
    enough = inside_s >= OPTIONS.curve_speech_s_min - 1e-9
    rates = np.full(n_points, np.nan)
    rates[enough] = count[enough] / inside_s[enough]
    times_s.setflags(write=False)
    rates.setflags(write=False)
    return RateCurve(times_s, rates)
