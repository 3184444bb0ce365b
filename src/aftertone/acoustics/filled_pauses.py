"""Filled pauses, "um" and "uh", found in the sound without words.

Voice that stands still: hardly a change in the shape of its spectrum, loud or soft, for longer than a vowel
of running speech lasts. What tells a hesitation from a drawn-out word is then its pitch (level, low), its
vowel (near the neutral one, which is the speaker's mean) and the silence round it, weighed by a logistic
regression.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import FRAMES_AT_ONCE, Frames, band_centres_hz, frames_of, joined_db, mfcc_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.percentiles import percentile
from aftertone.acoustics.pitch import PitchContour, pitch_contour
from aftertone.acoustics.spectrum import HOP_S

VOICE_HZ = (250.0, 3_600.0)  # above hum and rumble, within a telephone line (ITU-T G.712)
CHANGE_S = 0.03  # the spectrum is compared over this time
STILL_DB = 2.0  # mean change of the bands beside the level's; fitted on mfa, AMI and natural voices left out
VOICED_STRENGTH = 0.45  # normalised autocorrelation (Boersma 1993), mean of VOICED_S
VOICED_S = 0.07
AUDIBLE_DB = 20.0  # below loud speech
CLEAR_DB = 5.0  # above the quietest tenth
SHORTEST_S = 0.2  # a vowel of running speech lasts 0.05 to 0.15 s
LONGEST_S = 3.0  # labelled ones last 1.5 s at most; what stands still for longer is a note or a hum
BRIDGE_S = 0.06  # what "u" and "m" of one "um" are apart at most; tuned on mfa
BESIDE_S = (0.03, 0.18)  # where silence before and after is looked for
EDGE_S = 0.1  # what voice glides before it stands still, and after; fitted on mfa, AMI and natural voices
LEAST_CONFIDENCE = 0.7  # reported from here; fitted on mfa, AMI and fluent speech, each left out in turn

# Where words are known and none is there, less is asked of a sound: mfa's hesitations without a word over
# them are as loud as speech in 0.6 of their time and more, the rest of such gaps (breath, reverberation,
# weak ends of words) in 0.35 and less.
GAP_S = (0.2, 0.9)  # shortest and longest
GAP_AUDIBLE_SHARE = 0.6
GAP_CONFIDENCE = 0.55  # reported from here

# Logistic regression over the features of `still_voice`, from training/filled_pauses.py: on mfa, AMI and
# natural voices.
FEATURES = (
    *("log_s", "change_db", "pitch_spread_st", "pitch_st"),
    *("slant_db", "hollow_db", "slant_squared", "hollow_squared", "before", "after"),
)
WEIGHTS = (0.407, -1.16, 0.097, -0.263, 0.247, -1.499, -0.178, -0.375, 2.09, -0.543)
BIAS = 0.56


@dataclass(frozen=True, slots=True)
class FilledPause:
    """An "um"-like sound.

    Attributes
    ----------
    start_s, end_s : float
        Where it stands in the recording.
    confidence : float
        0 to 1: how sure we are that it is no drawn-out word.
    """

    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True, slots=True)
class StillVoice:
    """A stretch of voice that stands still, and what speaks for or against a hesitation.

    Attributes
    ----------
    start_s, end_s : float
    features : tuple of float
        In the order of FEATURES: logarithm of its length; mean change of its spectrum's shape; spread of its
        pitch, and its distance from the recording's median pitch; how much more its low than its high bands
        hold, and its outer than its middle bands, against the voice's mean in this recording, and both
        squared, since the neutral vowel is near in every direction; share of silence just before and after.
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

    Long, steady in pitch and in spectrum: the measures of de Jong, Pacilly and Heeren (2021), "PRAAT scripts
    to measure speed fluency and breakdown fluency in speech automatically". We add the vowel's colour and the
    silence round it.

    >>> filled_pauses(Recording.from_samples(np.zeros(16_000, np.float32), 16_000))
    ()
    """
    frames = frames or frames_of(recording)
    pitch = pitch or pitch_contour(recording, frames)
    inside = None if speech is None else tuple(speech)
    found = []
    for still in still_voice(frames, pitch):
        middle_s = (still.start_s + still.end_s) / 2
        score = BIAS + float(np.dot(WEIGHTS, still.features))
        confidence = 1 / (1 + np.exp(-score))
        if confidence >= LEAST_CONFIDENCE and (
            inside is None or any(part.start_s <= middle_s <= part.end_s for part in inside)
        ):
            found.append(FilledPause(still.start_s, still.end_s, float(confidence)))
    return tuple(found)


def unworded_pauses(frames: Frames, gaps: Iterable[Interval]) -> tuple[FilledPause, ...]:
    """Which stretches of speech that no word covers are filled pauses, cut to where they are audible.

    Recognisers leave out "um" more than anything else that is said, so a sound of a vowel's length, as loud
    as speech, is one; its confidence rises with how much of it stands still. `gaps` come in order.
    """
    long_enough = [gap for gap in gaps if gap.duration_s >= GAP_S[0]]
    if not long_enough:
        return ()
    bands_db, audible = _voice_bands(frames)
    still = audible & (_change_db(bands_db) < STILL_DB)
    found = []
    for gap in long_enough:
        first, past = np.searchsorted(frames.times_s, gap).tolist()
        heard = np.flatnonzero(audible[first:past])
        if not heard.size:
            continue
        first, past = first + int(heard[0]), first + int(heard[-1]) + 1
        start_s = max(float(frames.times_s[first]) - HOP_S / 2, gap.start_s)
        end_s = min(float(frames.times_s[past - 1]) + HOP_S / 2, gap.end_s)
        audible_share = float(audible[first:past].mean())
        confidence = audible_share * (0.4 + 0.6 * float(still[first:past].mean()))
        if (
            GAP_S[0] <= end_s - start_s <= GAP_S[1]
            and audible_share >= GAP_AUDIBLE_SHARE
            and confidence >= GAP_CONFIDENCE
        ):
            found.append(FilledPause(start_s, end_s, confidence))
    return tuple(found)


def _voice_bands(frames: Frames) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The bands that hold voice, smoothed over time, and which frames are as loud as speech."""
    from scipy.ndimage import gaussian_filter1d

    in_voice = (band_centres_hz() > VOICE_HZ[0]) & (band_centres_hz() < VOICE_HZ[1])
    bands_db = gaussian_filter1d(frames.bands_db.T[in_voice], 1.0)  # along time
    level_db = joined_db(bands_db.T)
    quiet_db, loud_db = percentile(level_db, 10), percentile(level_db, 95)
    audible = level_db > max(loud_db - AUDIBLE_DB, min(quiet_db + CLEAR_DB, loud_db - 10))
    return bands_db, audible


def still_voice(frames: Frames, pitch: PitchContour) -> tuple[StillVoice, ...]:
    """Stretches of voice that stand still for SHORTEST_S to LONGEST_S, in order."""
    from scipy.ndimage import uniform_filter1d

    bands_db, audible = _voice_bands(frames)
    change_db = _change_db(bands_db)
    strength = uniform_filter1d(frames.candidates.strength.max(axis=1), round(VOICED_S / HOP_S))
    is_voice = audible & (strength > VOICED_STRENGTH)
    still = is_voice & (change_db < STILL_DB)
    if not still.any():
        return ()
    neutral_db = bands_db[:, is_voice].mean(axis=1)

    is_sung = np.isfinite(pitch.hz)
    semitones = 12 * np.log2(pitch.hz / np.median(pitch.hz[is_sung])) if is_sung.any() else pitch.hz
    near, far = (round(beside_s / HOP_S) for beside_s in BESIDE_S)
    found: list[StillVoice] = []
    for first, past in _bridged_runs(still, audible):
        if not SHORTEST_S - HOP_S / 2 <= (past - first) * HOP_S <= LONGEST_S:
            continue
        colour_db = bands_db[:, first:past].mean(axis=1) - neutral_db
        ((_, slant_db, hollow_db),) = mfcc_of(colour_db[None], 3).tolist()
        sung = semitones[first:past][is_sung[first:past]]
        features = (
            math.log((past - first) * HOP_S),
            change_db[first:past][np.isfinite(change_db[first:past])].mean(),
            min(sung.std(), 4.0) if sung.size > 2 else 0.0,
            min(max(percentile(sung, 50), -8.0), 8.0) if sung.size > 2 else 0.0,
            slant_db,
            hollow_db,
            slant_db**2,
            hollow_db**2,
            _silent_share(audible[max(0, first - far) : max(0, first - near)]),
            _silent_share(audible[past + near : past + far]),
        )
        first, past = first - _run(is_voice[:first][::-1]), past + _run(is_voice[past:])
        start_s, end_s = frames.times_s[first] - HOP_S / 2, frames.times_s[past - 1] + HOP_S / 2
        start_s = max(start_s, found[-1].end_s if found else 0.0)
        found.append(StillVoice(float(start_s), float(end_s), tuple(map(float, features))))
    return tuple(found)


def _silent_share(audible: NDArray[np.bool_]) -> float:
    return 1 - np.count_nonzero(audible) / audible.size if audible.size else 1.0


def _run(is_voice: NDArray[np.bool_]) -> int:
    """How many frames voice lasts from the first on; none where it runs on for more than EDGE_S."""
    near = is_voice[: round(EDGE_S / HOP_S)]
    return 0 if near.all() else int(near.argmin())


def _bridged_runs(still: NDArray[np.bool_], audible: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and past-the-last frame of each still run; those that only a short change parts are one."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], still.astype(np.int8), [0]))))
    runs: list[tuple[int, int]] = []
    for first, past in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if past - first < 4:  # frames: chance
            continue
        if runs and first - runs[-1][1] <= BRIDGE_S / HOP_S and audible[runs[-1][1] : first].all():
            first = runs.pop()[0]
        runs.append((first, past))
    return runs


def _change_db(bands_db: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much the bands (rows) change beside their level, over those within 30 dB of the strongest."""
    lag = round(CHANGE_S / HOP_S)
    change = np.full(bands_db.shape[1], np.inf)
    changes = change[lag // 2 :][: max(0, change.size - lag)]  # each stands in the middle of its time
    for first in range(0, changes.size, FRAMES_AT_ONCE):
        some = bands_db[:, first : first + FRAMES_AT_ONCE + lag]
        weight = np.clip((some - some.max(axis=0)) / 30 + 1, 0, 1)
        weight = weight[:, lag:] + weight[:, :-lag]
        weight /= weight.sum(axis=0)
        difference = some[:, lag:] - some[:, :-lag]
        difference -= (weight * difference).sum(axis=0)
        changes[first : first + FRAMES_AT_ONCE] = (weight * np.abs(difference)).sum(axis=0)
    return change
