"""The pitch contour, and how lively it is.

Which of a frame's candidates is followed is decided for the whole recording at once: the path through the
candidates of all frames that is worth most, as in Boersma (1993). Where it is a voice's pitch, a small net
says (`voicing_net`).
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
from aftertone.acoustics.periodicity import Candidates
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.viterbi import NEVER, best_path, in_stretches
from aftertone.acoustics.voicing_net import NET, STEP_OCTAVES_MAX, contours_of

# Strengths by which the path is judged; swept on voices whose pitch is given, telephone band and noise
# included, and on recordings where other trackers agree (benchmarks/experiments/pitch.md)
UNFOLLOWED_STRENGTH = 0.3  # what a frame is worth without any pitch: less than noise reaches
JUMP_STRENGTH_PER_OCTAVE = 0.7  # lost by a leap between neighbours
CHANGE_STRENGTH = 0.16  # lost by each start or end of what is followed
REGISTER_STRENGTH_PER_OCTAVE = 0.1  # lost by each octave further from the recording's register than
REGISTER_OCTAVES = 0.5  # most voices go
CLEAR_STRENGTH = 0.65  # of the frames whose median is the register
LEAST_CLEAR_COUNT = 20  # of them; the strongest frames stand in
USUAL_REGISTER_HZ = 150.0  # between men and women: of a recording in which nothing is periodic
VOICE_BAND_HZ = 1_000.0  # the level is taken below this, where voices are stronger than breath and friction
LOUD_PERCENTILE, QUIET_PERCENTILE = 95, 5  # of the level: the speech, and the noise between words
LEAST_RANGE_DB = 20.0  # noise is taken to lie this far below the loud frames where no pause shows it
LEAST_LIKELIHOOD = 0.5  # of voicing, by the net
LEAP_OCTAVES = 0.15  # between neighbours that are not smoothed together

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
        Fundamental frequency, smoothed over three frames; NaN where unvoiced.
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


@dataclass(frozen=True, slots=True)
class Track:
    """The periodicity that is followed through a recording, whether it is a voice's or not.

    Attributes
    ----------
    is_followed : bool, shape (n_frames,)
        Where there is one.
    octave : float32, shape (n_frames,)
        Its frequency as log2 of Hz.
    strength : float32, shape (n_frames,)
        How periodic the frame is there, 0 to 1; 0 where none is followed.
    register_octave : float
        The recording's register, as log2 of Hz.
    """

    is_followed: NDArray[np.bool_]
    octave: NDArray[np.float32]
    strength: NDArray[np.float32]
    register_octave: float


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
    track = track_of(frames.candidates)
    is_voiced = track.is_followed & (NET.likelihood(voicing_contours(frames, track)) > LEAST_LIKELIHOOD)
    hz = np.exp2(_smoothed(track.octave, is_voiced))
    return PitchContour(
        times_s=frames.times_s,
        hz=np.where(is_voiced, hz, np.float32(np.nan)),
        strength=np.where(is_voiced, track.strength, frames.candidates.strength[:, 0]),
    )


def track_of(candidates: Candidates) -> Track:
    """The path through the candidates of all frames that is worth most."""
    is_candidate = candidates.strength > 0
    octave = np.log2(candidates.hz, out=np.zeros_like(candidates.hz), where=is_candidate)
    n_frames, n_candidates = octave.shape
    register = np.float32(_register_octave(octave, candidates.strength))
    far = np.maximum(np.abs(octave - register) - np.float32(REGISTER_OCTAVES), 0)
    voiced = candidates.strength - np.float32(REGISTER_STRENGTH_PER_OCTAVE) * far
    # the recording's end, one frame more, ends whatever is followed
    worth = np.full((n_frames + 1, n_candidates + 1), UNFOLLOWED_STRENGTH, np.float32)
    worth[:, :-1] = NEVER
    np.copyto(worth[:-1, :-1], voiced, where=is_candidate)
    octaves = np.zeros_like(worth)
    octaves[:-1, :-1] = octave
    state = best_path(in_stretches(worth, 0), _change(in_stretches(octaves, 0)))[:n_frames]
    is_followed = state < n_candidates
    each, chosen = np.arange(n_frames), np.where(is_followed, state, 0)
    return Track(
        is_followed, octave[each, chosen], candidates.strength[each, chosen] * is_followed, float(register)
    )


def _register_octave(octave: NDArray[np.float32], strength: NDArray[np.float32]) -> float:
    """The median of the strongest candidates of clear frames, as log2 of Hz."""
    each, best = np.arange(len(octave)), strength.argmax(axis=1)
    octave, strength = octave[each, best], strength[each, best]
    is_clear = strength > CLEAR_STRENGTH
    if np.count_nonzero(is_clear) < LEAST_CLEAR_COUNT:
        is_clear = (strength > 0) & (strength >= np.sort(strength)[-LEAST_CLEAR_COUNT:][0])
    return float(percentile(octave[is_clear], 50)) if is_clear.any() else float(np.log2(USUAL_REGISTER_HZ))


def voicing_contours(frames: Frames, track: Track) -> NDArray[np.float32]:
    """What the net of `voicing_net` sees of each frame."""
    level_db = joined_db(frames.bands_db[:, band_centres_hz() < VOICE_BAND_HZ])
    loud_db, quiet_db = (
        np.float32(percentile(level_db, percent)) for percent in (LOUD_PERCENTILE, QUIET_PERCENTILE)
    )
    step = np.full(frames.n_frames, STEP_OCTAVES_MAX, np.float32)
    goes_on = track.is_followed[1:] & track.is_followed[:-1]
    np.copyto(step[1:], np.abs(np.diff(track.octave)), where=goes_on)
    return contours_of(
        track.strength,
        frames.candidates.strength.max(axis=1),
        step,
        np.where(track.is_followed, track.octave - np.float32(track.register_octave), np.float32(0)),
        level_db - loud_db,
        level_db - np.minimum(quiet_db, loud_db - np.float32(LEAST_RANGE_DB)),
    )


def _smoothed(octave: NDArray[np.float32], is_voiced: NDArray[np.bool_]) -> NDArray[np.float32]:
    """A contour with the weights 1, 2, 1 over neighbours that are voiced and no leap apart."""
    step = np.diff(octave)
    is_joined = is_voiced[1:] & is_voiced[:-1] & (np.abs(step) < LEAP_OCTAVES)
    step *= is_joined
    toward, weight = np.zeros_like(octave), np.full_like(octave, 2)
    toward[:-1] += step
    toward[1:] -= step
    weight[:-1] += is_joined
    weight[1:] += is_joined
    return octave + toward / weight


def _change(octave: NDArray[np.float32]) -> NDArray[np.float32]:
    """What going from state to state is worth; the last state follows nothing."""
    before = np.empty_like(octave)
    before[1:] = octave[:-1]
    before[0, :, 1:], before[0, :, 0] = octave[-1, :, :-1], 0
    change = before[:, :, None] - octave[:, None]
    np.abs(change, out=change)
    change *= np.float32(-JUMP_STRENGTH_PER_OCTAVE)
    change[:, :-1, -1] = change[:, -1, :-1] = -CHANGE_STRENGTH
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
