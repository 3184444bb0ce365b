"""The pitch contour, and how lively it is.

Which of a frame's candidates is the pitch, or whether it has none, is decided for the whole recording at
once: the path through the candidates of all frames that is worth most, as in Boersma (1993).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import Frames, band_centres_hz, frames_of, joined_db
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.percentiles import percentile
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.viterbi import NEVER, best_path, in_stretches

# Strengths and decibels by which the path is judged; tuned on resynthesised speech, telephone band and
# noise included (benchmarks/pitch_trials.md). Boersma's terms, with the level's part made gradual.
UNVOICED_STRENGTH = 0.41  # what a loud frame is worth as unvoiced
UNVOICED_STRENGTH_PER_DB = 0.003  # more, for each dB below the loud frames
FLOOR_STRENGTH_PER_DB = 0.1  # more, for each dB that a frame fails to stand FLOOR_MARGIN_DB over the noise
FLOOR_MARGIN_DB = 8.0
JUMP_STRENGTH_PER_OCTAVE = 0.7  # lost by a leap between neighbours
VOICING_CHANGE_STRENGTH = 0.16  # lost by each start or end of voicing
VOICE_BAND_HZ = 1_000.0  # the level is taken below this, where voices are stronger than breath and friction
LOUD_PERCENTILE, NOISE_PERCENTILE = 95, 5  # of the level: the speech, and the noise between words
LEAST_RANGE_DB = 20.0  # noise is taken to lie this far below the loud frames where no pause shows it
SILENCE_DBOV = -120.0  # rounding, not sound: 16-bit quantisation noise is at -101

SEMITONES_PER_OCTAVE = 12
SHORTEST_VOICED_S = 3.0  # of voiced sound, for a spread that means something (Hincks 2004)
FLAT_SPREAD_ST = 2.0  # a spread below this is heard as monotone (Hincks 2004)
FLAT_WINDOW_S = 8.0  # Hincks (2004) measures liveliness over windows of about 10 s; a message is short
FLAT_HOP_S = 0.5
NEIGHBOURHOOD_S = 2.0  # of voiced sound, whose median stands for the voice's register just there
OCTAVE_ERROR_ST = 7.0  # that far from it is the wrong octave: 12 semitones off, give or take the melody
LEAP_ST = 5.0  # no voice moves so far in a frame: the tracker went from one octave to another


@dataclass(frozen=True, slots=True)
class PitchContour:
    """Pitch on the frame grid.

    Attributes
    ----------
    times_s : float64, shape (n_frames,)
        Centres of the frames.
    hz : float32, shape (n_frames,)
        Fundamental frequency; NaN where unvoiced.
    strength : float32, shape (n_frames,)
        Periodicity of the chosen candidate, 0 to 1; of the strongest one where unvoiced.
    """

    times_s: NDArray[np.float64]
    hz: NDArray[np.float32]
    strength: NDArray[np.float32]

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Which frames are voiced, bool, shape (n_frames,)."""
        return ~np.isnan(self.hz)


@dataclass(frozen=True, slots=True)
class Pitch:
    """How high a voice is, and how lively.

    Attributes
    ----------
    median_hz : float or None
        Median over voiced frames; None without any.
    spread_st, range_st : float or None
        Standard deviation, and 95th less 5th percentile, in semitones over voiced frames; None where less
        than SHORTEST_VOICED_S is voiced.
    flat_share : float or None
        Share of the windows of FLAT_WINDOW_S whose spread is under FLAT_SPREAD_ST. None where no window holds
        SHORTEST_VOICED_S of voice.
    flat_spans : tuple of Interval
        Those windows, merged where they overlap.
    """

    median_hz: float | None
    spread_st: float | None
    range_st: float | None
    flat_share: float | None
    flat_spans: tuple[Interval, ...]


def pitch_contour(recording: Recording, frames: Frames | None = None) -> PitchContour:
    """Fundamental frequency of each frame.

    Parameters
    ----------
    recording : Recording
        What was recorded.
    frames : Frames or None
        Its frames, where they are known already.

    Examples
    --------
    >>> time_s = np.arange(16_000) / 16_000
    >>> tone = Recording.from_samples(0.1 * np.sin(2 * np.pi * 200 * time_s), 16_000)
    >>> round(float(np.nanmedian(pitch_contour(tone).hz)))
    200
    """
    frames = frames_of(recording) if frames is None else frames
    candidates = frames.candidates
    is_candidate = candidates.strength > 0
    octave = np.log2(candidates.hz, out=np.zeros_like(candidates.hz), where=is_candidate)
    voiced = np.where(is_candidate, candidates.strength, NEVER)
    state = best_path(
        in_stretches(np.column_stack([voiced, _unvoiced_worth(frames)]), 0),
        _change(in_stretches(np.column_stack([octave, np.zeros_like(octave[:, 0])]), 0)),
    )[: frames.n_frames]
    is_voiced = state < candidates.hz.shape[1]
    each, chosen = np.arange(frames.n_frames), np.where(is_voiced, state, 0)
    return PitchContour(
        times_s=frames.times_s,
        hz=np.where(is_voiced, candidates.hz[each, chosen], np.float32(np.nan)),
        strength=candidates.strength[each, chosen],
    )


def _unvoiced_worth(frames: Frames) -> NDArray[np.float32]:
    """What it is worth to call each frame unvoiced, as a strength."""
    level_db = joined_db(frames.bands_db[:, band_centres_hz() < VOICE_BAND_HZ])
    loud_db, quiet_db = (
        float(percentile(level_db, LOUD_PERCENTILE)),
        float(percentile(level_db, NOISE_PERCENTILE)),
    )
    noise_db = max(min(quiet_db, loud_db - LEAST_RANGE_DB), SILENCE_DBOV)
    below_loud_db = np.maximum(loud_db - level_db, 0)
    short_of_margin_db = np.maximum(noise_db + FLOOR_MARGIN_DB - level_db, 0)
    worth = UNVOICED_STRENGTH + UNVOICED_STRENGTH_PER_DB * below_loud_db
    return np.asarray(worth + FLOOR_STRENGTH_PER_DB * short_of_margin_db, dtype=np.float32)


def _change(octave: NDArray[np.float32]) -> NDArray[np.float32]:
    """What going from state to state is worth; the last state is unvoiced."""
    before = np.empty_like(octave)
    before[1:] = octave[:-1]
    before[0, :, 1:], before[0, :, 0] = octave[-1, :, :-1], 0
    change = before[:, :, None] - octave[:, None]
    np.abs(change, out=change)
    change *= np.float32(-JUMP_STRENGTH_PER_OCTAVE)
    change[:, :-1, -1] = change[:, -1, :-1] = -VOICING_CHANGE_STRENGTH
    change[:, -1, -1] = 0
    return change


def pitch_of(contour: PitchContour, speech: Iterable[Interval] | None = None) -> Pitch:
    """How high the voice of a contour is, and how lively.

    Runs of frames about an octave off their neighbourhood are left out, so that one creak or one tracking
    error does not make a monotone voice lively.

    Parameters
    ----------
    contour : PitchContour
        The pitch of a recording.
    speech : intervals or None
        Where speech is: voiced frames elsewhere (music, tones) are left out. None takes the whole recording.

    Examples
    --------
    >>> times_s = np.arange(1_000) * 0.01
    >>> hz = (120 * 2 ** (np.sin(times_s) / 12)).astype(np.float32)  # a semitone up and down
    >>> pitch = pitch_of(PitchContour(times_s, hz, np.ones_like(hz)))
    >>> pitch.flat_share, pitch.flat_spans
    (1.0, (Interval(start_s=0.0, end_s=10.0),))
    """
    used = contour.voiced
    if speech is not None:
        inside = np.zeros_like(used)
        for start_s, end_s in speech:
            inside |= (contour.times_s >= start_s) & (contour.times_s < end_s)
        used = used & inside
    times_s = contour.times_s[used]
    semitones = SEMITONES_PER_OCTAVE * np.log2(contour.hz[used].astype(np.float64))
    kept = _is_in_register(times_s, semitones)
    times_s, semitones = times_s[kept], semitones[kept]
    enough = semitones.size * HOP_S >= SHORTEST_VOICED_S
    flat_share, flat_spans = _flatness(times_s, semitones, contour.times_s)
    return Pitch(
        median_hz=float(2 ** (percentile(semitones, 50) / SEMITONES_PER_OCTAVE)) if semitones.size else None,
        spread_st=float(np.std(semitones)) if enough else None,
        range_st=float(percentile(semitones, 95) - percentile(semitones, 5)) if enough else None,
        flat_share=flat_share,
        flat_spans=flat_spans,
    )


def _is_in_register(times_s: NDArray[np.float64], semitones: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which voiced frames are in runs whose mean lies near the median of NEIGHBOURHOOD_S round them."""
    if not semitones.size:
        return np.zeros(0, bool)
    starts = (np.diff(times_s) > 1.5 * HOP_S) | (np.abs(np.diff(semitones)) > LEAP_ST)
    run = np.concatenate([[0], np.cumsum(starts)])
    off_st = np.bincount(run, semitones - _register(semitones)) / np.bincount(run)
    return np.asarray(np.abs(off_st)[run] < OCTAVE_ERROR_ST)


def _register(semitones: NDArray[np.float64]) -> NDArray[np.float64]:
    """The running median over NEIGHBOURHOOD_S of voiced frames, by eighths of that."""
    width = round(NEIGHBOURHOOD_S / HOP_S)
    if semitones.size <= width:
        return np.full(semitones.size, percentile(semitones, 50))
    hop = width // 8
    windows = np.lib.stride_tricks.sliding_window_view(semitones, width)[::hop]
    centres = np.arange(len(windows)) * hop + (width - 1) / 2
    return np.asarray(np.interp(np.arange(semitones.size), centres, percentile(windows, 50)))


def _flatness(
    times_s: NDArray[np.float64], semitones: NDArray[np.float64], all_times_s: NDArray[np.float64]
) -> tuple[float | None, tuple[Interval, ...]]:
    """Share and spans of the windows whose spread is under FLAT_SPREAD_ST."""
    end_s = float(all_times_s[-1]) + HOP_S if all_times_s.size else 0.0
    starts_s = np.arange(0, end_s - FLAT_WINDOW_S + HOP_S / 2, FLAT_HOP_S)
    first = np.searchsorted(times_s, starts_s - HOP_S / 2)
    last = np.searchsorted(times_s, starts_s + FLAT_WINDOW_S - HOP_S / 2)
    count = last - first
    centred = semitones - (np.mean(semitones) if semitones.size else 0.0)
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    judged = count * HOP_S >= SHORTEST_VOICED_S
    if not judged.any():
        return None, ()
    starts_s, first, last, count = starts_s[judged], first[judged], last[judged], count[judged]
    variance = (squares[last] - squares[first]) / count - ((sums[last] - sums[first]) / count) ** 2
    flat = variance < FLAT_SPREAD_ST**2
    spans: list[Interval] = []
    for start_s in starts_s[flat]:
        if spans and start_s <= spans[-1].end_s:
            spans[-1] = Interval(spans[-1].start_s, float(start_s + FLAT_WINDOW_S))
        else:
            spans.append(Interval(float(start_s), float(start_s + FLAT_WINDOW_S)))
    return float(np.mean(flat)), tuple(spans)
