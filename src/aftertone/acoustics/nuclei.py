"""Syllable nuclei found in the sound, and how fast they follow one another.

Two small convolutional nets look at the bands of 0.8 s of speech and say how likely the nucleus of a syllable
is in its middle; the peaks of their mean log odds are the nuclei. They count vowels that no dip of intensity
parts, where the peak picking of de Jong & Wempe (2009) finds one; benchmarks/experiments/nuclei.md compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import Frames, frames_of, joined_db
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.peaks import find_peaks
from aftertone.acoustics.percentiles import percentile
from aftertone.acoustics.spectrum import HOP_S
from aftertone.files import data_path

N_SPEECH_BANDS = 18  # of the frames' mel bands, up to 3,700 Hz: what a telephone line lets through
N_INPUTS = N_SPEECH_BANDS + 1
LOUD_BANDS = slice(3, N_SPEECH_BANDS)  # from 420 Hz: no hum
CONTEXT = (-28, -24, -20, -16, -12, -9, -6, -4, -2, 0, 2, 4, 6, 9, 12, 16, 20, 24, 28)  # frames of the bands
SECOND_CONTEXT = (-12, -8, -4, 0, 4, 8, 12)  # frames of the first layer that the second sees
STEP = 2  # frames: the nets judge every other one
LOUDNESS_S = 1.5  # bands are relative to the loudest speech of this time around
QUIETEST_DB = 20.0  # loudest speech more than this below the recording's is taken for background
WEAKEST_DB = 30.0  # below the loudest speech around, nothing is a nucleus; tuned on EmoDB
LEAST_LIKELIHOOD = 0.4  # of a peak; fitted on speakers and corpora left out of the training
LEAST_RISE = 0.1  # of a peak above its valleys; fitted on EmoDB (speakers left out) and mfa
NEAREST_S = 0.06  # two nuclei are no closer; EmoDB's fastest files have 0.1 s on average
FEWEST_FRAMES = 20
LEAST_SPEECH_S = 0.5  # a local rate needs some speech to be one: about two syllables
CURVE_STEP_S = 0.25
_STEPS_AT_ONCE = 1_024  # through the nets: 20 s of speech, 1.5 MB of what they see
LAYERS = ("first", "first_bias", "second", "second_bias", "output", "output_bias")  # arrays of the net's file

Net = Sequence[NDArray[np.float32]]
"""Arrays of LAYERS."""


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

    Empty where nobody speaks. Any gain, any line: the bands are relative to the speech around.

    >>> silence = Recording.from_samples([0.0] * 16_000, 16_000)
    >>> syllable_nuclei(silence).size
    0
    """
    return nuclei_in(frames or frames_of(recording))[0]


def nuclei_in(frames: Frames) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Times of the nuclei, as `syllable_nuclei`, and how likely one is at each frame."""
    sonority = sonority_of(frames)
    likely = likelihood(sonority, _nets())
    return np.asarray(frames.times_s[peaks_of(likely, sonority)]), likely


def nucleus_likelihood(frames: Frames) -> NDArray[np.float32]:
    """How likely a nucleus is at each frame, 0 to 1, float32, shape (n_frames,)."""
    return likelihood(sonority_of(frames), _nets())


def sonority_of(frames: Frames) -> NDArray[np.float32]:
    """What the nets see of each frame, float32, shape (n_frames, N_INPUTS).

    The speech bands about the level of the speech around, in units of 15 dB, and how periodic the frame is.
    """
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d

    bands_db = frames.bands_db[:, :N_SPEECH_BANDS]
    level_db = gaussian_filter1d(joined_db(bands_db[:, LOUD_BANDS]), 1.5)
    loudest_db = np.maximum(level_db, percentile(level_db, 99) - QUIETEST_DB)
    around_db = gaussian_filter1d(maximum_filter1d(loudest_db, round(LOUDNESS_S / HOP_S)), 25.0) - 4
    bands = np.clip((bands_db - around_db[:, None] + 20) / 15, -1.7, 2.5)
    periodicity = 2 * frames.candidates.strength.max(axis=1, keepdims=True) - 1
    return np.concatenate([bands, periodicity], axis=1).astype(np.float32)


def context_of(sonority: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Sonority with its ends drawn out by all that the nets see, and the row of its first frame."""
    reach = max(CONTEXT) + max(SECOND_CONTEXT) + STEP
    return np.pad(sonority, ((reach, reach), (0, 0)), mode="edge"), reach


def likelihood(sonority: NDArray[np.float32], nets: Sequence[Net]) -> NDArray[np.float32]:
    """How likely a nucleus is at each frame, by the nets' mean log odds: 0 to 1, float32, (n_frames,)."""
    padded, origin = context_of(sonority)
    n_steps = -(-len(sonority) // STEP)
    log_odds = np.zeros(n_steps, np.float32)
    margin = max(SECOND_CONTEXT)
    for first in range(0, n_steps, _STEPS_AT_ONCE):
        part = log_odds[first : first + _STEPS_AT_ONCE]
        begin, end = origin + STEP * first, origin + STEP * (first + part.size)
        rows = np.arange(begin - margin, end + margin, STEP)[:, None] + np.asarray(CONTEXT)
        seen = padded.take(rows, axis=0).reshape(len(rows), -1)
        for net in nets:
            part += _log_odds(seen, net)
    log_odds /= len(nets)
    return np.asarray(1 / (1 + np.exp(-_between(log_odds)[: len(sonority)])), np.float32)


def _log_odds(seen: NDArray[np.float32], net: Net) -> NDArray[np.float32]:
    """Of a nucleus at all steps but those at the ends that only the second layer sees, float32."""
    first, first_bias, second, second_bias, output, output_bias = net
    hidden = _layer(seen, first, first_bias)
    begins = [(max(SECOND_CONTEXT) + at) // STEP for at in SECOND_CONTEXT]
    count = len(seen) - max(begins)
    around = np.concatenate([hidden[begin : begin + count] for begin in begins], axis=1)
    above = _layer(around, second, second_bias)
    return np.asarray(above @ output + output_bias, np.float32)


def _layer(
    seen: NDArray[np.float32], weights: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    units: NDArray[np.float32] = np.matmul(seen, weights)
    units += bias
    np.tanh(units, out=units)
    return units


def _between(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values, and after each the cubic through the four around (Lagrange); float32, shape (2 * n,).

    The peak of a curve may then lie between two steps.
    """
    drawn_out = np.pad(values, (1, 2), mode="edge")
    between = np.convolve(drawn_out, np.array([-1, 9, 9, -1], np.float32) / np.float32(16), "valid")
    return np.stack([values, between], axis=1).ravel()


def peaks_of(likely: NDArray[np.float32], sonority: NDArray[np.float32]) -> NDArray[np.intp]:
    """Frames of the nuclei."""
    peaks = find_peaks(
        likely, height=LEAST_LIKELIHOOD, prominence=LEAST_RISE, distance=round(NEAREST_S / HOP_S)
    )
    loudest = sonority[peaks, LOUD_BANDS].max(axis=1) * 15 - 20  # dB about the speech around
    return np.asarray(peaks[loudest > -WEAKEST_DB], np.intp)


@cache
def _nets() -> list[Net]:
    with np.load(data_path("nuclei.npz")) as stored:
        layers = [stored[name].astype(np.float32) for name in LAYERS]
    return list(zip(*layers, strict=True))


def nuclei_count(nuclei: NDArray[np.float64], start_s: float, end_s: float) -> int:
    """How many nuclei lie between two times, both included.

    >>> nuclei_count(np.array([0.2, 0.5, 0.9]), 0.2, 0.8)
    2
    """
    return int(np.count_nonzero((nuclei >= start_s) & (nuclei <= end_s)))


def articulation_rate(nuclei: NDArray[np.float64], speech: Sequence[Interval]) -> float | None:
    """Nuclei inside speech over speech time, in syllables per second; None where there is no speech.

    >>> articulation_rate(np.array([0.25, 0.5, 0.75, 3.0]), [Interval(0.0, 1.0)])
    3.0
    """
    speech_s = sum(part.duration_s for part in speech)
    return _inside(nuclei, speech).size / speech_s if speech_s > 0 else None


def _parts(speech: Sequence[Interval]) -> NDArray[np.float64]:
    """Starts and ends, float64, shape (n_parts, 2); one part of no length where nobody speaks."""
    return np.array(speech or [Interval(0.0, 0.0)], np.float64)


def _inside(nuclei: NDArray[np.float64], speech: Sequence[Interval]) -> NDArray[np.float64]:
    """The nuclei inside speech, its ends included."""
    starts_s, ends_s = _parts(speech).T
    begun = np.searchsorted(starts_s, nuclei, side="right")
    return nuclei[begun > np.searchsorted(ends_s, nuclei)]


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
    from_s = np.maximum(times_s - window_s / 2, message.start_s)
    to_s = np.minimum(times_s + window_s / 2, message.end_s)
    edges_s = _parts(speech).ravel()
    spoken_s = np.concatenate([[0.0], np.cumsum(np.diff(edges_s) * (np.arange(1, edges_s.size) % 2))])
    inside_s = np.interp(to_s, edges_s, spoken_s) - np.interp(from_s, edges_s, spoken_s)
    spoken = _inside(nuclei, speech)
    count = np.searchsorted(spoken, to_s, side="right") - np.searchsorted(spoken, from_s)
    enough = inside_s >= LEAST_SPEECH_S - 1e-9
    rates = np.full(n_points, np.nan)
    rates[enough] = count[enough] / inside_s[enough]
    times_s.setflags(write=False)
    rates.setflags(write=False)
    return RateCurve(times_s, rates)
