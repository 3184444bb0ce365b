"""Filled pauses, "um" and "uh", detected in the signal without words.

A filled pause is a steady vowel: the shape of its spectrum hardly changes, for longer than a vowel of running
speech lasts. A logistic regression then separates hesitations from drawn-out words, by the pitch (level,
low), the vowel (near the neutral one, the speaker's mean) and the silence around. Length and steadiness are
the measures of de Jong, Pacilly and Heeren (2021), "PRAAT scripts to measure speed fluency and breakdown
fluency in speech automatically"; the vowel's spectrum and the silence are added here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.contours import percentile, run_list
from aftertone.acoustics.frames import FRAMES_AT_ONCE, Frames, band_centres_hz, frames_of, joined_db, mfcc_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.pitch import SEMITONES_PER_OCTAVE, PitchContour, pitch_contour
from aftertone.acoustics.spectrum import HOP_S


@dataclass(frozen=True, eq=False, repr=False)
class FilledPauseOptions:
    """Settings of the detection; "fitted" means on mfa, AMI and natural voices, each left out in turn."""

    band_hz: tuple[float, float] = (250.0, 3_600.0)  # above hum, within a telephone line (ITU-T G.712)
    change_s: float = 0.03  # the spectrum is compared over this time
    steady_db: float = 2.0  # greatest mean change of the bands, without that of the level; fitted
    weak_band_db: float = 30.0  # bands this far below the frame's strongest have no weight in it
    voiced_strength: float = 0.45  # normalised autocorrelation (Boersma 1993), mean over
    voiced_s: float = 0.07  # this time
    audible_db: float = 20.0  # range below loud speech, but
    audible_over_quiet_db: float = 5.0  # above the quietest tenth, and
    audible_db_min: float = 10.0  # at least this range
    steady_frames_min: int = 4  # a shorter run is chance
    length_s: tuple[float, float] = (0.2, 3.0)  # vowels last 0.05 to 0.15 s, labelled filled pauses 1.5 s
    bridged_s: float = 0.06  # longest change inside one "um", between "u" and "m"; tuned on mfa
    pitch_frames_min: int = 3  # voiced frames that a spread needs
    pitch_spread_st_max: float = 4.0  # features are limited to these ranges
    pitch_distance_st_max: float = 8.0
    beside_s: tuple[float, float] = (0.03, 0.18)  # where silence before and after is measured
    edge_s: float = 0.1  # longest glide of the voice before and after the steady part; fitted
    confidence_min: float = 0.7  # fitted on mfa, AMI and fluent speech, each left out in turn


@dataclass(frozen=True, eq=False, repr=False)
class UnwordedOptions:
    """Settings for speech without words, where less evidence is needed.

    In mfa, filled pauses that have no word are as loud as speech in 0.6 of their time and more; the rest of
    such gaps (breath, reverberation, weak ends of words) in 0.35 and less.
    """

    length_s: tuple[float, float] = (0.2, 0.9)
    audible_share_min: float = 0.6
    confidence_min: float = 0.55
    confidence_without_steady: float = 0.4  # of an audible sound in which nothing is steady


OPTIONS = FilledPauseOptions()
UNWORDED = UnwordedOptions()

# Logistic regression over the features of `steady_vowels`, by training/filled_pauses.py on mfa, AMI and
# natural voices.
FEATURES = (
    *("log_s", "change_db", "pitch_spread_st", "pitch_st"),
    *("slant_db", "hollow_db", "slant_squared", "hollow_squared", "before", "after"),
)
WEIGHTS = (0.407, -1.16, 0.097, -0.263, 0.247, -1.499, -0.178, -0.375, 2.09, -0.543)
BIAS = 0.56


@dataclass(frozen=True, slots=True)
class FilledPause:
    """An "um" or "uh"."""

    start_s: float
    end_s: float
    confidence: float  # probability that it is a hesitation and not a drawn-out word


@dataclass(frozen=True, slots=True)
class SteadyVowel:
    """A stretch of voice whose spectrum hardly changes.

    `features`, in the order of FEATURES: logarithm of the length; mean change of the spectrum's shape; spread
    of the pitch, and its distance from the recording's median; level of low over high bands, and of outer
    over middle bands, relative to the voice's mean in this recording; the squares of both, because the
    neutral vowel is near in every direction; share of silence just before and just after.
    """

    start_s: float
    end_s: float
    features: tuple[float, ...]


def filled_pauses(
    recording: Recording,
    frames: Frames | None = None,
    speech: Iterable[Interval] | None = None,
    pitch: PitchContour | None = None,
) -> tuple[FilledPause, ...]:
    """Filled pauses inside `speech` (the whole recording when None), in order.

    >>> filled_pauses(Recording.from_samples(np.zeros(16_000, np.float32), 16_000))
    ()
    """
    frames = frames or frames_of(recording)
    pitch = pitch or pitch_contour(recording, frames)
    inside = None if speech is None else tuple(speech)
    found = []
    for vowel in steady_vowels(frames, pitch):
        middle_s = (vowel.start_s + vowel.end_s) / 2
        confidence = float(1 / (1 + np.exp(-(BIAS + float(np.dot(WEIGHTS, vowel.features))))))
        if confidence >= OPTIONS.confidence_min and (
            inside is None or any(part.start_s <= middle_s <= part.end_s for part in inside)
        ):
            found.append(FilledPause(vowel.start_s, vowel.end_s, confidence))
    return tuple(found)


def unworded_pauses(frames: Frames, gaps: Iterable[Interval]) -> tuple[FilledPause, ...]:
    """Filled pauses among stretches of speech without words, cut to where they are audible.

    Recognisers leave out "um" more than any other word. So a sound of a vowel's length that is as loud as
    speech is taken for one. Its confidence rises with the share that is steady. `gaps` come in order.
    """
    shortest_s, longest_s = UNWORDED.length_s
    long_enough = [gap for gap in gaps if gap.duration_s >= shortest_s]
    if not long_enough:
        return ()
    bands_db, is_audible = _speech_bands(frames)
    is_steady = is_audible & (_change_db(bands_db) < OPTIONS.steady_db)
    found = []
    for gap in long_enough:
        first, past = np.searchsorted(frames.times_s, gap).tolist()
        audible = np.flatnonzero(is_audible[first:past])
        if not audible.size:
            continue
        first, past = first + int(audible[0]), first + int(audible[-1]) + 1
        start_s, end_s = frames.interval(first, past)
        start_s, end_s = max(start_s, gap.start_s), min(end_s, gap.end_s)
        audible_share = float(is_audible[first:past].mean())
        base = UNWORDED.confidence_without_steady
        confidence = audible_share * (base + (1 - base) * float(is_steady[first:past].mean()))
        if (
            shortest_s <= end_s - start_s <= longest_s
            and audible_share >= UNWORDED.audible_share_min
            and confidence >= UNWORDED.confidence_min
        ):
            found.append(FilledPause(start_s, end_s, confidence))
    return tuple(found)


def _speech_bands(frames: Frames) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Bands that hold voice, as rows smoothed over time, and which frames are as loud as speech."""
    from scipy.ndimage import gaussian_filter1d

    is_used = (band_centres_hz() > OPTIONS.band_hz[0]) & (band_centres_hz() < OPTIONS.band_hz[1])
    bands_db = gaussian_filter1d(frames.bands_db.T[is_used], 1.0)  # along time
    level_db = joined_db(bands_db.T)
    quiet_db, loud_db = percentile(level_db, 10), percentile(level_db, 95)
    over_quiet_db = min(quiet_db + OPTIONS.audible_over_quiet_db, loud_db - OPTIONS.audible_db_min)
    return bands_db, level_db > max(loud_db - OPTIONS.audible_db, over_quiet_db)


def steady_vowels(frames: Frames, pitch: PitchContour) -> tuple[SteadyVowel, ...]:
    """Steady stretches of voice of a filled pause's length, in order."""
    from scipy.ndimage import uniform_filter1d

    bands_db, is_audible = _speech_bands(frames)
    change_db = _change_db(bands_db)
    strength = uniform_filter1d(frames.periodicity, round(OPTIONS.voiced_s / HOP_S))
    is_voice = is_audible & (strength > OPTIONS.voiced_strength)
    is_steady = is_voice & (change_db < OPTIONS.steady_db)
    if not is_steady.any():
        return ()
    neutral_db = bands_db[:, is_voice].mean(axis=1)

    median_hz = np.median(pitch.hz[pitch.voiced]) if pitch.voiced.any() else np.nan
    semitones = SEMITONES_PER_OCTAVE * np.log2(pitch.hz / median_hz)
    near, far = (round(beside_s / HOP_S) for beside_s in OPTIONS.beside_s)
    shortest_s, longest_s = OPTIONS.length_s
    found: list[SteadyVowel] = []
    for first, past in _bridged_runs(is_steady, is_audible):
        if not shortest_s - HOP_S / 2 <= (past - first) * HOP_S <= longest_s:
            continue
        spectrum_db = bands_db[:, first:past].mean(axis=1) - neutral_db
        ((_, slant_db, hollow_db),) = mfcc_of(spectrum_db[None], 3).tolist()
        features = (
            math.log((past - first) * HOP_S),
            change_db[first:past][np.isfinite(change_db[first:past])].mean(),
            *_pitch_features(semitones[first:past]),
            slant_db,
            hollow_db,
            slant_db**2,
            hollow_db**2,
            _silent_share(is_audible[max(0, first - far) : max(0, first - near)]),
            _silent_share(is_audible[past + near : past + far]),
        )
        first, past = first - _glide(is_voice[:first][::-1]), past + _glide(is_voice[past:])
        start_s, end_s = frames.interval(first, past)
        start_s = max(start_s, found[-1].end_s if found else 0.0)
        found.append(SteadyVowel(start_s, end_s, tuple(map(float, features))))
    return tuple(found)


def _pitch_features(semitones: NDArray[np.float32]) -> tuple[float, float]:
    """Spread of the pitch, and its distance from the recording's median; 0 with too few voiced frames."""
    voiced = semitones[np.isfinite(semitones)]
    if voiced.size < OPTIONS.pitch_frames_min:
        return 0.0, 0.0
    distance_st, limit_st = float(percentile(voiced, 50)), OPTIONS.pitch_distance_st_max
    return min(float(voiced.std()), OPTIONS.pitch_spread_st_max), min(max(distance_st, -limit_st), limit_st)


def _silent_share(is_audible: NDArray[np.bool_]) -> float:
    return 1 - np.count_nonzero(is_audible) / is_audible.size if is_audible.size else 1.0


def _glide(is_voice: NDArray[np.bool_]) -> int:
    """Number of voice frames up to the first other one; 0 where the voice goes on longer than a glide."""
    near = is_voice[: round(OPTIONS.edge_s / HOP_S)]
    return 0 if near.all() else int(near.argmin())


def _bridged_runs(is_steady: NDArray[np.bool_], is_audible: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and past-the-last frame of each steady run; runs with a short audible change between are one."""
    bridged: list[tuple[int, int]] = []
    for first, past in run_list(is_steady):
        if past - first < OPTIONS.steady_frames_min:
            continue
        if bridged:
            gap = slice(bridged[-1][1], first)
            if first - gap.start <= OPTIONS.bridged_s / HOP_S and is_audible[gap].all():
                first = bridged.pop()[0]
        bridged.append((first, past))
    return bridged


def _change_db(bands_db: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean change of the bands (rows) without that of the level, weighted towards the strong ones."""
    lag = round(OPTIONS.change_s / HOP_S)
    change = np.full(bands_db.shape[1], np.inf)
    changes = change[lag // 2 :][: max(0, change.size - lag)]  # each stands in the middle of its time
    for first in range(0, changes.size, FRAMES_AT_ONCE):
        some = bands_db[:, first : first + FRAMES_AT_ONCE + lag]
        weight = np.clip((some - some.max(axis=0)) / OPTIONS.weak_band_db + 1, 0, 1)
        weight = weight[:, lag:] + weight[:, :-lag]
        weight /= weight.sum(axis=0)
        difference = some[:, lag:] - some[:, :-lag]
        difference -= (weight * difference).sum(axis=0)
        changes[first : first + FRAMES_AT_ONCE] = (weight * np.abs(difference)).sum(axis=0)
    return change
