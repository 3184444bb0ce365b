"""Filled pauses, "um" and "uh", found in the sound without words.

Voice that stands still: hardly a change of spectrum or pitch for longer than a vowel of running speech lasts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import Frames, band_centres_hz, frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.pitch import PitchContour, pitch_contour
from aftertone.acoustics.spectrum import HOP_S

VOICE_HZ = (250.0, 3_600.0)  # above hum and rumble, within a telephone line (ITU-T G.712)
CHANGE_S = 0.03  # the spectrum is compared over this time
STILL_DB = 3.0  # mean change of the bands that a steady vowel stays under; tuned on mfa, telephone speech
AUDIBLE_DB = 20.0  # below loud speech
SHORTEST_S = 0.2  # a vowel of running speech lasts 0.05 to 0.15 s


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


def filled_pauses(
    recording: Recording,
    frames: Frames | None = None,
    speech: Iterable[Interval] | None = None,
    pitch: PitchContour | None = None,
) -> tuple[FilledPause, ...]:
    """Filled pauses inside `speech` (the whole recording when None), in order.

    After the measures of de Jong, Pacilly and Heeren (2021), "PRAAT scripts to measure speed fluency and
    breakdown fluency in speech automatically": long, steady in pitch and in spectrum.

    >>> filled_pauses(Recording.from_samples(np.zeros(16_000, np.float32), 16_000))
    ()
    """
    frames = frames or frames_of(recording)
    pitch = pitch or pitch_contour(recording, frames)
    found = []
    for first, past in _still_runs(frames, pitch):
        start_s, end_s = float(frames.times_s[first]), float(frames.times_s[past - 1])
        middle_s = (start_s + end_s) / 2
        if speech is not None and not any(part.start_s <= middle_s <= part.end_s for part in speech):
            continue
        hz = pitch.hz[first:past]
        semitones = 12 * np.log2(hz[np.isfinite(hz)])
        score = 12 * (end_s - start_s - 0.27) - 2 * (np.std(semitones) - 0.5)
        found.append(FilledPause(start_s, end_s, float(1 / (1 + np.exp(-score)))))
    return tuple(pause for pause in found if pause.confidence >= 0.5)


def _still_runs(frames: Frames, pitch: PitchContour) -> list[tuple[int, int]]:
    """First and past-the-last frame of each stretch of voice that stands still."""
    from scipy.ndimage import gaussian_filter1d

    in_voice = (band_centres_hz() > VOICE_HZ[0]) & (band_centres_hz() < VOICE_HZ[1])
    bands_db = gaussian_filter1d(frames.bands_db[:, in_voice], 1.0, axis=0)
    level_db = 10 * np.log10(np.sum(10 ** (bands_db / 10), axis=1))
    loud = level_db > np.percentile(level_db, 95) - AUDIBLE_DB
    still = loud & (_change_db(bands_db) < STILL_DB) & np.isfinite(pitch.hz)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], still.astype(np.int8), [0]))))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(first, past) for first, past in runs if (past - first) * HOP_S >= SHORTEST_S]


def _change_db(bands_db: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much the spectrum changes round each frame, over its bands within 30 dB of the strongest."""
    lag = round(CHANGE_S / HOP_S)
    change = np.full(len(bands_db), np.inf)
    if len(bands_db) <= lag:
        return change
    weight = np.clip((bands_db - bands_db.max(axis=1, keepdims=True)) / 30 + 1, 0, 1)
    weight = weight[lag:] + weight[:-lag]
    difference = np.abs(bands_db[lag:] - bands_db[:-lag])
    middle = lag // 2
    change[middle : len(change) - (lag - middle)] = (weight * difference).sum(axis=1) / weight.sum(axis=1)
    return change
