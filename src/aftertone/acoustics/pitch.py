"""Pitch contour and pitch statistics.

The pitch path is the best one through the candidates of all frames, as in Boersma (1993). A classifier
(`frame_classifier`) then decides which of its frames are voiced. The classifier was trained on voices of
known pitch, and on recordings where most pitch trackers agree (training/pitch.py); its errors are measured on
corpora that it was not trained on (benchmarks/experiments/pitch.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.contours import is_inside, percentile
from aftertone.acoustics.frame_classifier import FrameClassifier
from aftertone.acoustics.frames import Frames, band_centres_hz, frames_of, joined_db
from aftertone.acoustics.interval import Interval, joined
from aftertone.acoustics.periodicity import PitchCandidates
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.viterbi import IMPOSSIBLE, best_path, in_segments

SEMITONES_PER_OCTAVE = 12


@dataclass(frozen=True, eq=False, repr=False)
class PathOptions:
    """Settings of the pitch path, in units of the candidates' strength.

    They were swept on voices of known pitch, over a telephone and in noise too, and on recordings where other
    trackers agree (benchmarks/experiments/pitch.md).
    """

    no_pitch: float = 0.3  # score of a frame without pitch: less than noise reaches
    jump_per_octave: float = 0.7  # cost of a jump between neighbouring frames
    start_or_end: float = 0.16  # cost of each start or end of a pitch
    register_per_octave: float = 0.1  # cost of the distance from the recording's register, beyond
    register_octaves: float = 0.5  # this distance, which most voices keep
    clear: float = 0.65  # least strength of the frames whose median is the register
    clear_count_min: int = 20  # frames; where fewer are clear, so many of the strongest are used
    usual_register_hz: float = 150.0  # between men and women: the register where nothing is periodic


@dataclass(frozen=True, eq=False, repr=False)
class VoicingOptions:
    """Inputs of the voicing classifier; the same in training, so a change needs new weights."""

    band_hz: float = 1_000.0  # level below it: voices are stronger there than breath and friction
    loud_percent: int = 95  # percentile of the level: the speech
    quiet_percent: int = 5  # percentile of the level: the noise between words
    level_range_db: float = 20.0  # least distance of noise from loud frames, where no pause shows the noise
    step_octaves_max: float = 0.3  # inputs are limited to these ranges
    register_octaves_max: float = 1.5
    level_db_min: float = -60.0
    excess_db_max: float = 12.0
    probability_min: float = 0.5  # of a voiced frame
    smoothed_octaves_max: float = 0.15  # neighbours further apart are not smoothed together


@dataclass(frozen=True, eq=False, repr=False)
class LivelinessOptions:
    """Settings of the pitch statistics."""

    voiced_s_min: float = 3.0  # voiced speech that a spread needs (Hincks 2004)
    flat_spread_st: float = 2.0  # a smaller spread sounds monotone (Hincks 2004)
    window_s: float = 8.0  # Hincks (2004) measures over about 10 s; a message is short
    window_hop_s: float = 0.5
    neighbourhood_s: float = 2.0  # of voiced speech, whose median is the local register
    octave_error_st: float = 7.0  # distance from it in another octave: 12 semitones, give or take the melody
    jump_st: float = 5.0  # between neighbouring frames: the path changes octave, no voice moves so fast


PATH = PathOptions()
VOICING = VoicingOptions()
LIVELINESS = LivelinessOptions()

N_CONTOURS = 6
CLASSIFIER = FrameClassifier("voicing.npz", ((N_CONTOURS, (-8, -5, -3, -2, -1, 0, 1, 2, 3, 5, 8)),))


@dataclass(frozen=True, slots=True)
class PitchContour:
    """Pitch on the frame grid.

    Attributes
    ----------
    times_s : float64, shape (n_frames,)
        Centres of the frames.
    hz : float32, shape (n_frames,)
        Fundamental frequency, smoothed over three frames; NaN where unvoiced.
    strength : float32, shape (n_frames,)
        Periodicity of the chosen candidate, 0 to 1; that of the strongest candidate where unvoiced.
    """

    times_s: NDArray[np.float64]
    hz: NDArray[np.float32]
    strength: NDArray[np.float32]

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Which frames are voiced, bool, shape (n_frames,)."""
        return ~np.isnan(self.hz)


@dataclass(frozen=True, slots=True)
class PitchStatistics:
    """Height and liveliness of a voice; None without voice, for the spread with less than 3 s of it."""

    median_hz: float | None  # over voiced frames
    spread_st: float | None  # standard deviation in semitones
    range_st: float | None  # 95th less 5th percentile in semitones
    flat_share: float | None  # of the windows of 8 s that hold 3 s of voice; None without any
    flat_spans: tuple[Interval, ...]  # windows whose spread is under 2 semitones, joined where they overlap


@dataclass(frozen=True, slots=True)
class PitchPath:
    """The best path through the pitch candidates, in voiced and other periodic frames; shape (n_frames,)."""

    has_pitch: NDArray[np.bool_]  # where the path has a candidate
    octave: NDArray[np.float32]  # its frequency as log2 of Hz
    strength: NDArray[np.float32]  # its periodicity, 0 to 1; 0 where the path has none
    register_octave: float  # the recording's register, as log2 of Hz


def pitch_contour(recording: Recording, frames: Frames | None = None) -> PitchContour:
    """Fundamental frequency of each frame.

    Parameters
    ----------
    recording : Recording
    frames : Frames or None
        Its frames, if they are known already.

    Examples
    --------
    >>> time_s = np.arange(16_000) / 16_000
    >>> tone = Recording.from_samples(0.1 * np.sin(2 * np.pi * 200 * time_s), 16_000)
    >>> round(float(np.nanmedian(pitch_contour(tone).hz)))
    200
    """
    frames = frames_of(recording) if frames is None else frames
    path = pitch_path(frames.pitch_candidates)
    probability = CLASSIFIER.probability(voicing_contours(frames, path))
    is_voiced = path.has_pitch & (probability > VOICING.probability_min)
    hz = np.exp2(_smoothed(path.octave, is_voiced))
    return PitchContour(
        times_s=frames.times_s,
        hz=np.where(is_voiced, hz, np.float32(np.nan)),
        strength=np.where(is_voiced, path.strength, frames.pitch_candidates.strength[:, 0]),
    )


def pitch_path(candidates: PitchCandidates) -> PitchPath:
    """Path with the greatest score through the candidates of all frames."""
    is_candidate = candidates.strength > 0
    octave = np.log2(candidates.hz, out=np.zeros_like(candidates.hz), where=is_candidate)
    n_frames, n_candidates = octave.shape
    register = np.float32(_register_octave(octave, candidates.strength))
    distance = np.maximum(np.abs(octave - register) - np.float32(PATH.register_octaves), 0)
    candidate_score = candidates.strength - np.float32(PATH.register_per_octave) * distance
    # one frame more, without candidates, ends any pitch at the recording's end
    score = np.full((n_frames + 1, n_candidates + 1), PATH.no_pitch, np.float32)
    score[:, :-1] = IMPOSSIBLE
    np.copyto(score[:-1, :-1], candidate_score, where=is_candidate)
    octaves = np.zeros_like(score)
    octaves[:-1, :-1] = octave
    state = best_path(in_segments(score, 0), _transition(in_segments(octaves, 0)))[:n_frames]
    has_pitch = state < n_candidates
    each, chosen = np.arange(n_frames), np.where(has_pitch, state, 0)
    return PitchPath(
        has_pitch, octave[each, chosen], candidates.strength[each, chosen] * has_pitch, float(register)
    )


def _register_octave(octave: NDArray[np.float32], strength: NDArray[np.float32]) -> float:
    """Median of the strongest candidates of clear frames, as log2 of Hz."""
    each, best = np.arange(len(octave)), strength.argmax(axis=1)
    octave, strength = octave[each, best], strength[each, best]
    is_clear = strength > PATH.clear
    if np.count_nonzero(is_clear) < PATH.clear_count_min:
        is_clear = (strength > 0) & (strength >= np.sort(strength)[-PATH.clear_count_min :][0])
    if not is_clear.any():
        return float(np.log2(PATH.usual_register_hz))
    return float(percentile(octave[is_clear], 50))


def voicing_contours(frames: Frames, path: PitchPath) -> NDArray[np.float32]:
    """Contours for the voicing classifier, float32, shape (n_frames, N_CONTOURS).

    Strength on the path; strength of the strongest candidate; step of the path since the frame before, in
    octaves; its distance from the register, in octaves; level relative to loud frames, and over quiet frames.
    """
    level_db = joined_db(frames.bands_db[:, band_centres_hz() < VOICING.band_hz])
    loud_db, quiet_db = (
        np.float32(percentile(level_db, percent)) for percent in (VOICING.loud_percent, VOICING.quiet_percent)
    )
    noise_db = np.minimum(quiet_db, loud_db - np.float32(VOICING.level_range_db))
    step = np.full(frames.n_frames, VOICING.step_octaves_max, np.float32)
    np.copyto(step[1:], np.abs(np.diff(path.octave)), where=path.has_pitch[1:] & path.has_pitch[:-1])
    register = np.where(path.has_pitch, path.octave - np.float32(path.register_octave), np.float32(0))
    contours = np.empty((frames.n_frames, N_CONTOURS), np.float32, order="F")
    contours[:, 0], contours[:, 1] = path.strength, frames.periodicity
    np.minimum(step, VOICING.step_octaves_max, out=contours[:, 2])
    np.clip(register, -VOICING.register_octaves_max, VOICING.register_octaves_max, out=contours[:, 3])
    np.maximum(level_db - loud_db, VOICING.level_db_min, out=contours[:, 4])
    np.clip(level_db - noise_db, 0, VOICING.excess_db_max, out=contours[:, 5])
    return contours


def _smoothed(octave: NDArray[np.float32], is_voiced: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Contour smoothed with weights 1, 2, 1 over voiced neighbours without a jump between."""
    step = np.diff(octave)
    is_joined = is_voiced[1:] & is_voiced[:-1] & (np.abs(step) < VOICING.smoothed_octaves_max)
    step *= is_joined
    toward, weight = np.zeros_like(octave), np.full_like(octave, 2)
    toward[:-1] += step
    toward[1:] -= step
    weight[:-1] += is_joined
    weight[1:] += is_joined
    return octave + toward / weight


def _transition(octave: NDArray[np.float32]) -> NDArray[np.float32]:
    """Score of going from state to state; the last state has no pitch."""
    before = np.empty_like(octave)
    before[1:] = octave[:-1]
    before[0, :, 1:], before[0, :, 0] = octave[-1, :, :-1], 0
    transition = before[:, :, None] - octave[:, None]
    np.abs(transition, out=transition)
    transition *= np.float32(-PATH.jump_per_octave)
    transition[:, :-1, -1] = transition[:, -1, :-1] = -PATH.start_or_end
    transition[:, -1, -1] = 0
    return transition


def pitch_statistics(contour: PitchContour, speech: Iterable[Interval] | None = None) -> PitchStatistics:
    """Height and liveliness of a voice, in the voiced frames of `speech` (the whole recording when None).

    Runs of frames about an octave from their neighbourhood are left out, so that one creak or one tracking
    error does not make a monotone voice lively.

    >>> times_s = np.arange(1_000) * 0.01
    >>> hz = (120 * 2 ** (np.sin(times_s) / 12)).astype(np.float32)  # a semitone up and down
    >>> pitch = pitch_statistics(PitchContour(times_s, hz, np.ones_like(hz)))
    >>> pitch.flat_share, pitch.flat_spans
    (1.0, (Interval(start_s=0.0, end_s=10.0),))
    """
    used = contour.voiced
    if speech is not None:
        used &= is_inside(contour.times_s, tuple(speech))
    times_s = contour.times_s[used]
    semitones = SEMITONES_PER_OCTAVE * np.log2(contour.hz[used].astype(np.float64))
    kept = _is_in_register(times_s, semitones)
    times_s, semitones = times_s[kept], semitones[kept]
    is_enough = semitones.size * HOP_S >= LIVELINESS.voiced_s_min
    flat_share, flat_spans = _flatness(times_s, semitones, contour.times_s)
    return PitchStatistics(
        median_hz=float(2 ** (percentile(semitones, 50) / SEMITONES_PER_OCTAVE)) if semitones.size else None,
        spread_st=float(np.std(semitones)) if is_enough else None,
        range_st=float(percentile(semitones, 95) - percentile(semitones, 5)) if is_enough else None,
        flat_share=flat_share,
        flat_spans=flat_spans,
    )


def _is_in_register(times_s: NDArray[np.float64], semitones: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Voiced frames in runs whose mean is near the local register."""
    if not semitones.size:
        return np.zeros(0, bool)
    starts = (np.diff(times_s) > 1.5 * HOP_S) | (np.abs(np.diff(semitones)) > LIVELINESS.jump_st)
    run = np.concatenate([[0], np.cumsum(starts)])
    off_st = np.bincount(run, semitones - _local_register(semitones)) / np.bincount(run)
    return np.asarray(np.abs(off_st)[run] < LIVELINESS.octave_error_st)


def _local_register(semitones: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running median over the neighbourhood, interpolated between eighths of it."""
    width = round(LIVELINESS.neighbourhood_s / HOP_S)
    if semitones.size <= width:
        return np.full(semitones.size, percentile(semitones, 50))
    hop = width // 8
    windows = np.lib.stride_tricks.sliding_window_view(semitones, width)[::hop]
    centres = np.arange(len(windows)) * hop + (width - 1) / 2
    return np.asarray(np.interp(np.arange(semitones.size), centres, percentile(windows, 50)))


def _flatness(
    times_s: NDArray[np.float64], semitones: NDArray[np.float64], all_times_s: NDArray[np.float64]
) -> tuple[float | None, tuple[Interval, ...]]:
    """Share and joined spans of the windows with a small spread."""
    window_s = LIVELINESS.window_s
    end_s = float(all_times_s[-1]) + HOP_S if all_times_s.size else 0.0
    starts_s = np.arange(0, end_s - window_s + HOP_S / 2, LIVELINESS.window_hop_s)
    first = np.searchsorted(times_s, starts_s - HOP_S / 2)
    last = np.searchsorted(times_s, starts_s + window_s - HOP_S / 2)
    count = last - first
    centred = semitones - (np.mean(semitones) if semitones.size else 0.0)
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    is_judged = count * HOP_S >= LIVELINESS.voiced_s_min
    if not is_judged.any():
        return None, ()
    starts_s, first, last, count = starts_s[is_judged], first[is_judged], last[is_judged], count[is_judged]
    variance = (squares[last] - squares[first]) / count - ((sums[last] - sums[first]) / count) ** 2
    is_flat = variance < LIVELINESS.flat_spread_st**2
    spans = [Interval(start_s, start_s + window_s) for start_s in starts_s[is_flat].tolist()]
    return float(np.mean(is_flat)), tuple(joined(spans, LIVELINESS.window_hop_s))
