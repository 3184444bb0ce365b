"""The waveform, pitch and level of a recording, coarse enough to draw."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.pitch import SEMITONES_PER_OCTAVE, pitch_contour
from aftertone.acoustics.spectrum import HOP_S

PEAKS_PER_S = 30
STEP_S = 0.05  # between the points of a contour: a syllable is about four steps
POINT_COUNT_MAX = 1_500  # of any line: a screen shows no more


@dataclass(frozen=True, slots=True, eq=False)
class WaveformFigure:
    """The lines of a recording's figure."""

    duration_s: float
    peaks: NDArray[np.float32]  # largest magnitudes of equal stretches, the loudest scaled to 1
    step_s: float  # from one point of pitch_st and level_db to the next
    pitch_st: NDArray[np.float32]  # semitones about reference_hz; NaN where unvoiced
    reference_hz: float  # the median pitch; NaN where nothing is voiced
    level_db: NDArray[np.float32]  # loudest frame of each step, in dBov


def figure_of(recording: Recording) -> WaveformFigure:
    """The figure of a recording."""
    frames = frames_of(recording)
    hz = pitch_contour(recording, frames).hz.astype(np.float64)
    voiced = hz[~np.isnan(hz)]
    reference_hz = float(np.median(voiced)) if voiced.size else math.nan
    step = max(round(STEP_S / HOP_S), math.ceil(hz.size / POINT_COUNT_MAX))
    starts = np.arange(0, hz.size, step)
    return WaveformFigure(
        duration_s=recording.duration_s,
        peaks=_peaks(recording),
        step_s=step * HOP_S,
        pitch_st=(SEMITONES_PER_OCTAVE * np.log2(hz[::step] / reference_hz)).astype(np.float32),
        reference_hz=reference_hz,
        level_db=np.maximum.reduceat(frames.level_db, starts) if starts.size else frames.level_db,
    )


def _peaks(recording: Recording) -> NDArray[np.float32]:
    size = recording.samples.size
    count = min(POINT_COUNT_MAX, size, max(1, round(recording.duration_s * PEAKS_PER_S)))
    starts = np.arange(count) * size // count
    peaks = np.maximum.reduceat(np.abs(recording.samples), starts)
    return np.asarray(peaks / (peaks.max() or 1), np.float32)
