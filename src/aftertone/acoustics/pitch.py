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
from aftertone.acoustics.frames import Frames, frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.periodicity import CEILING_HZ
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.viterbi import NEVER, best_path, in_stretches

VOICING_THRESHOLD = 0.45  # strength that an unvoiced frame is worth (Boersma 1993, Praat's default)
SILENCE_DB = -30.0  # below the loud frames: 0.03 of their amplitude (Praat's default)
OCTAVE_COST = 0.01  # strength per octave, in favour of the higher candidate (Praat's default)
JUMP_COST = 0.35  # strength per octave between neighbours (Praat's default)
VOICING_COST = 0.14  # strength for each start or end of voicing (Praat's default)

SEMITONES_PER_OCTAVE = 12
SHORTEST_VOICED_S = 3.0  # of voiced sound, for a spread that means something (Hincks 2004)
FLAT_SPREAD_ST = 2.0  # a spread below this is heard as monotone (Hincks 2004)
FLAT_WINDOW_S = 8.0  # Hincks (2004) measures liveliness over windows of about 10 s; a message is short
FLAT_HOP_S = 0.5
NEIGHBOURHOOD_S = 2.0  # of voiced sound, whose median stands for the voice's register just there
OCTAVE_ERROR_ST = 9.0  # that far from it is the wrong octave: 12 semitones off, give or take the melody


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
    >>> round(float(np.nanmedian(pitch_contour(tone).hz)), 1)
    200.0
    """
    frames = frames_of(recording) if frames is None else frames
    candidates = frames.candidates
    loud_db = np.percentile(frames.level_db, 99)
    is_candidate = candidates.strength > 0
    octave = np.log2(np.where(is_candidate, candidates.hz, CEILING_HZ))
    voiced = np.where(is_candidate, candidates.strength + OCTAVE_COST * (octave - np.log2(CEILING_HZ)), NEVER)
    depth = (loud_db - frames.level_db) + SILENCE_DB  # how far below the silence threshold
    unvoiced = VOICING_THRESHOLD + np.clip(depth / 6, 0, 1)
    worth = in_stretches(np.column_stack([voiced, unvoiced]).astype(np.float32), 0)
    place = in_stretches(np.column_stack([octave, np.zeros_like(unvoiced)]), 0)
    before = np.roll(place, 1, axis=0)
    before[0, :, 1:], before[0, :, 0] = place[-1, :, :-1], place[0, :, 0]
    change = -np.float32(JUMP_COST) * np.abs(before[:, :, None] - place[:, None])
    change[:, :-1, -1] = change[:, -1, :-1] = -VOICING_COST
    change[:, -1, -1] = 0
    state = best_path(worth, change)[: frames.n_frames]
    is_voiced = state < candidates.hz.shape[1]
    each, chosen = np.arange(frames.n_frames), np.where(is_voiced, state, 0)
    return PitchContour(
        times_s=frames.times_s,
        hz=np.where(is_voiced, candidates.hz[each, chosen], np.float32(np.nan)),
        strength=candidates.strength[each, chosen],
    )


def pitch_of(contour: PitchContour, speech: Iterable[Interval] | None = None) -> Pitch:
    """How high the voice of a contour is, and how lively.

    Frames an octave off their neighbourhood are left out, so that one creak or one tracking error does not
    make a monotone voice lively.

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
    kept = _is_in_register(semitones)
    times_s, semitones = times_s[kept], semitones[kept]
    enough = semitones.size * HOP_S >= SHORTEST_VOICED_S
    flat_share, flat_spans = _flatness(times_s, semitones, contour.times_s)
    return Pitch(
        median_hz=float(2 ** (np.median(semitones) / SEMITONES_PER_OCTAVE)) if semitones.size else None,
        spread_st=float(np.std(semitones)) if enough else None,
        range_st=float(np.ptp(np.percentile(semitones, [5, 95]))) if enough else None,
        flat_share=flat_share,
        flat_spans=flat_spans,
    )


def _is_in_register(semitones: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which voiced frames lie within OCTAVE_ERROR_ST of the median of NEIGHBOURHOOD_S round them."""
    width = round(NEIGHBOURHOOD_S / HOP_S)
    if semitones.size <= width:
        register = np.full(semitones.size, np.median(semitones) if semitones.size else 0.0)
    else:
        hop = width // 8
        windows = np.lib.stride_tricks.sliding_window_view(semitones, width)[::hop]
        centres = np.arange(len(windows)) * hop + (width - 1) / 2
        register = np.interp(np.arange(semitones.size), centres, np.median(windows, axis=1))
    return np.asarray(np.abs(semitones - register) < OCTAVE_ERROR_ST)


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
