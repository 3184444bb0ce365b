"""Signalling tones: beeps, telephone keys (DTMF) and ring-back; and where the message starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.contours import percentile, run_list
from aftertone.acoustics.frames import Frames, frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.spectrum import HOP_S

KEY_ROWS_HZ = (697.0, 770.0, 852.0, 941.0)  # ITU-T Q.23
KEY_COLUMNS_HZ = (1_209.0, 1_336.0, 1_477.0, 1_633.0)  # ITU-T Q.23
KEYS = ("123A", "456B", "789C", "*0#D")


@dataclass(frozen=True, eq=False, repr=False)
class SteadinessOptions:
    """How steady the frames of a tone are."""

    spread_share: float  # of its frequency: 5th to 95th percentile, at most
    level_sd_db: float  # standard deviation of its level, at most
    peak_share: float  # mean share of power in its peaks, at least: 0.88 in 10 dB SNR


@dataclass(frozen=True, eq=False, repr=False)
class ToneOptions:
    """Settings of the detection of tones."""

    # -- any tone --
    frame_share: float = 0.6  # least share of power in the spectral peaks of each frame, in its ramps too
    drift_share: float = 0.007  # of frequency: 0.005 in 10 dB SNR; 0.012 in the steadiest real voice
    equal_share: float = 0.5  # two peaks within 3 dB
    frames_min: int = 4  # two to measure, and one at each end
    ramp_db: float = 6.0  # frames within it of the median level are inside the tone: half the amplitude

    # -- beeps: answering machines beep for 0.1 to 1 s, some longer; the grid and ramps change it by 25 ms --
    beep_s: tuple[float, float] = (0.075, 1.55)
    beep_hz: tuple[float, float] = (390.0, 2_050.0)
    voice_s: float = 0.2  # no voice is so steady for longer, even with twice the drift
    brief: SteadinessOptions = SteadinessOptions(0.007, 0.8, 0.85)  # voices reach each bound, but not all
    long: SteadinessOptions = SteadinessOptions(0.014, 2.0, 0.85)  # a tone in noise reaches it, no voice
    gone_db: float = 10.0  # a brief tone falls by this just beside it: by 14 in 10 dB SNR; a vowel does not
    gone_share: float = 0.2  # width around its frequency in which the fall is measured: a vowel's glide
    gone_frames: int = 3  # frames on each side in which it is measured

    # -- keys --
    key_peak_share: float = 0.12  # power of the weaker peak; ITU-T Q.24 allows a twist of 8 dB
    key_tolerance_share: float = 0.018  # ITU-T Q.24: accepted within 1.8 % at least
    key_s_min: float = 0.04  # ITU-T Q.24: a key of 40 ms is to be recognised
    key: SteadinessOptions = SteadinessOptions(0.007, 2.0, 0.8)  # no voice has two peaks on the key grid

    # -- ring-back --
    ring_hz: tuple[float, float] = (390.0, 495.0)  # ITU-T E.180: 400+450, 425, 440+480
    ring_s_min: float = 0.35  # British: 0.4 s on, 0.2 s off, 0.4 s on (ITU-T E.180); others 0.8 to 2 s
    beat_db: float = 2.5  # mean step of level between frames: 4.3 to 6.5 in two tones, 1.6 in a held vowel
    single_ring_hz: float = 425.0  # ITU-T E.180: a ring of one tone,
    single_ring_tolerance_hz: float = 10.0
    single_ring_s_min: float = 0.8  # of this length (ITU-T E.180)

    # -- tones and speech --
    margin_s: float = 0.06  # a speech detector widens a tone by up to this
    in_a_row_s: float = 0.2  # tones with shorter gaps are one signal
    message_s_min: float = 0.5  # less speech than this after a beep is not a message


OPTIONS = ToneOptions()


@dataclass(frozen=True, slots=True)
class Beep:
    """A short steady tone."""

    start_s: float
    end_s: float
    hz: float  # of its strongest spectral peak; of the lower one where two are equally strong


@dataclass(frozen=True, slots=True)
class DtmfTone:
    """A telephone key: "0" to "9", "*", "#", "A" to "D"."""

    start_s: float
    end_s: float
    key: str


def _loud_part(frames: Frames, first: int, past: int) -> tuple[int, int]:
    """The frames of a run whose centres are in the tone: the window is longer than the hop."""
    level_db = frames.level_db[first:past]
    loud = np.flatnonzero(level_db > percentile(level_db, 50) - OPTIONS.ramp_db)
    return first + int(loud[0]), first + int(loud[-1]) + 1


def _is_steady(
    frames: Frames, hz: NDArray[np.float32], first: int, past: int, limits: SteadinessOptions
) -> bool:
    """Whether frames keep one frequency and one level, and hold little else."""
    inner = slice(first + 1, past - 1)  # the outer frames hold the ramps and the sound beside
    if past - first < OPTIONS.frames_min:
        return False
    low_hz, high_hz = percentile(hz[inner], 5), percentile(hz[inner], 95)
    return bool(
        high_hz - low_hz < limits.spread_share * low_hz
        and np.std(frames.level_db[inner]) < limits.level_sd_db
        and np.mean(frames.spectral_peaks.share[inner].sum(axis=1)) > limits.peak_share
    )


def _is_isolated(frames: Frames, hz: float, tone: Interval) -> bool:
    """Whether a tone starts and stops at once, where a vowel glides from and to other sounds."""
    first, last = round(tone.start_s / HOP_S + 0.5), round(tone.end_s / HOP_S - 0.5)
    level_db = percentile(frames.level_db[first : last + 1], 50)
    count = OPTIONS.gone_frames
    for beside in (slice(max(first - count, 0), first), slice(last + 1, last + 1 + count)):
        is_near = np.abs(frames.spectral_peaks.hz[beside] / hz - 1) < OPTIONS.gone_share
        share = np.sum(frames.spectral_peaks.share[beside], axis=1, where=is_near)
        left_db = frames.level_db[beside] + 10 * np.log10(np.maximum(share, 1e-6))
        if left_db.size == count and left_db.min() > level_db - OPTIONS.gone_db:
            return False
    return True


def beeps(
    recording: Recording,
    frames: Frames | None = None,
    signals: Iterable[Interval | DtmfTone] | None = None,
) -> tuple[Beep, ...]:
    """Short steady tones of one or two spectral peaks, in order, without keys and ring-back.

    Music moves from tone to tone, decays, or has more peaks. A voice seldom keeps its pitch so steady, and
    then for a short time and with other sounds beside; a vowel may have only two peaks over a telephone.
    `signals` are the keys and the ring-back, if they are known already.

    >>> at_s = np.arange(16_000) / 16_000
    >>> tone = np.where((at_s > 0.3) & (at_s < 0.6), 0.1 * np.sin(2 * np.pi * 1_000 * at_s), 0)
    >>> [beep] = beeps(Recording.from_samples(tone, 16_000))
    >>> round(beep.start_s, 1), round(beep.end_s, 1), round(beep.hz)
    (0.3, 0.6, 1000)
    """
    frames = frames or frames_of(recording)
    if signals is None:
        signals = [*dtmf(recording, frames), *ring_backs(recording, frames)]
    taken = [Interval(each.start_s, each.end_s) for each in signals]
    return tuple(
        Beep(tone.start_s, tone.end_s, hz)
        for tone, hz in steady_tones(frames)
        if OPTIONS.beep_s[0] <= tone.duration_s <= OPTIONS.beep_s[1]
        and OPTIONS.beep_hz[0] <= hz <= OPTIONS.beep_hz[1]
        and not any(tone.overlap_s(other) > 0 for other in taken)
        and (tone.duration_s > OPTIONS.voice_s or _is_isolated(frames, hz, tone))
    )


def steady_tones(frames: Frames) -> Iterator[tuple[Interval, float]]:
    """Steady tones of a beep's length and longer, each with its frequency."""
    first_share, second_share = frames.spectral_peaks.share.T
    is_equal = second_share > OPTIONS.equal_share * first_share  # which of the two is stronger may change
    hz = np.where(is_equal, frames.spectral_peaks.hz.min(axis=1), frames.spectral_peaks.hz[:, 0])
    is_tonal = first_share + second_share > OPTIONS.frame_share
    is_jump = np.abs(np.diff(hz)) > 2 * OPTIONS.drift_share * hz[1:]
    is_tonal[1:] &= ~is_jump | ~is_tonal[:-1]  # a jump ends one run; the next begins a frame later
    is_continued = np.abs(hz[2:] - hz[:-2]) < OPTIONS.drift_share * hz[2:]
    is_tonal[1:-1] |= is_tonal[:-2] & is_tonal[2:] & is_continued  # a click of one frame does not end a tone
    for run in run_list(is_tonal):
        if (run[1] - run[0]) * HOP_S < OPTIONS.beep_s[0]:  # most are: parts of a vowel
            continue
        first, past = _loud_part(frames, *run)
        limits = OPTIONS.brief if (past - first) * HOP_S < OPTIONS.voice_s else OPTIONS.long
        if _is_steady(frames, hz, first, past, limits):
            yield frames.interval(first, past), float(np.median(hz[first:past]))


def dtmf(recording: Recording, frames: Frames | None = None) -> tuple[DtmfTone, ...]:
    """Telephone keys, in order.

    A key is two strong spectral peaks on the frequencies of ITU-T Q.23, for as long as ITU-T Q.24 asks.

    >>> at_s = np.arange(8_000) / 16_000
    >>> five = np.sin(2 * np.pi * 770 * at_s) + np.sin(2 * np.pi * 1_336 * at_s)
    >>> padded = np.concatenate((np.zeros(4_000), 0.1 * five, np.zeros(4_000)))
    >>> [tone.key for tone in dtmf(Recording.from_samples(padded, 16_000))]
    ['5']
    """
    frames = frames or frames_of(recording)
    low_hz, high_hz = frames.spectral_peaks.hz.min(axis=1), frames.spectral_peaks.hz.max(axis=1)
    with_two = np.flatnonzero(frames.spectral_peaks.share.min(axis=1) > OPTIONS.key_peak_share)
    row, is_row = _nearest(low_hz[with_two], KEY_ROWS_HZ)
    column, is_column = _nearest(high_hz[with_two], KEY_COLUMNS_HZ)
    keys = np.full(frames.n_frames, -1)
    keys[with_two] = np.where(is_row & is_column, 4 * row + column, -1)
    found = []
    for key in np.unique(keys[keys >= 0]):
        for run in run_list(keys == key):
            first, past = _loud_part(frames, *run)
            tone = frames.interval(first, past)
            is_steady = all(_is_steady(frames, hz, first, past, OPTIONS.key) for hz in (low_hz, high_hz))
            if is_steady and tone.duration_s >= OPTIONS.key_s_min - HOP_S:
                found.append(DtmfTone(tone.start_s, tone.end_s, KEYS[key // 4][key % 4]))
    return tuple(sorted(found, key=lambda tone: tone.start_s))


def _nearest(hz: NDArray[np.float32], grid_hz: Sequence[float]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Index of the nearest frequency of a grid, and whether it is within the keys' tolerance."""
    grid = np.asarray(grid_hz)
    index = np.abs(hz[:, None] - grid).argmin(axis=1)
    return index, np.abs(hz - grid[index]) < OPTIONS.key_tolerance_share * grid[index]


def ring_backs(recording: Recording, frames: Frames | None = None) -> tuple[Interval, ...]:
    """Ring-back tones, in order.

    A ring is two tones 40 or 50 Hz apart (ITU-T E.180: 440+480 Hz, 400+450 Hz), which beat, or one tone of
    425 Hz that comes more than once or lasts longer than a beep.
    """
    frames = frames or frames_of(recording)
    hz, share = frames.spectral_peaks.hz[:, 0], frames.spectral_peaks.share[:, 0]
    in_band = (share > OPTIONS.frame_share) & (hz > OPTIONS.ring_hz[0]) & (hz < OPTIONS.ring_hz[1])
    rings, single = [], []
    for run in run_list(in_band):
        if (run[1] - run[0]) * HOP_S < OPTIONS.ring_s_min - HOP_S:
            continue
        first, past = _loud_part(frames, *run)
        inner = slice(first + 1, past - 1)
        tone = frames.interval(first, past)
        if tone.duration_s < OPTIONS.ring_s_min:
            continue
        if np.std(hz[inner]) >= OPTIONS.drift_share * np.mean(hz[inner]):
            if np.mean(np.abs(np.diff(frames.level_db[inner]))) > OPTIONS.beat_db:
                rings.append(tone)
        elif (
            abs(np.median(hz[inner]) - OPTIONS.single_ring_hz) < OPTIONS.single_ring_tolerance_hz
            and tone.duration_s >= OPTIONS.single_ring_s_min
        ):
            single.append(tone)
    if len(single) > 1 or any(tone.duration_s > OPTIONS.beep_s[1] for tone in single):
        rings += single
    return tuple(sorted(rings))


def speech_without_tones(
    speech: Iterable[Interval], tones: Iterable[Interval | Beep | DtmfTone]
) -> tuple[Interval, ...]:
    """Speech without the tones in it: a speech detector takes a beep for speech.

    >>> speech_without_tones([Interval(0.0, 2.0)], [Beep(0.5, 1.0, 440.0)])
    (Interval(start_s=0.0, end_s=0.5), Interval(start_s=1.0, end_s=2.0))
    """
    left = list(speech)
    for tone in tones:
        cut = Interval(tone.start_s - OPTIONS.margin_s, tone.end_s + OPTIONS.margin_s)
        pieces = []
        for part in left:
            if part.overlap_s(cut) == 0:
                pieces.append(part)
                continue
            pieces += [Interval(part.start_s, tone.start_s), Interval(tone.end_s, part.end_s)]
        left = [piece for piece in pieces if piece.duration_s > OPTIONS.margin_s]
    return tuple(left)


def tones_outside_words(
    tones: Sequence[Beep], speech: Iterable[Interval], signals: Iterable[Interval | DtmfTone] = ()
) -> tuple[Beep, ...]:
    """Tones without the short ones that speech surrounds: a vowel can be as steady.

    Tones in a row, and those next to `signals` (keys and ring-back), stay: detected speech goes on over the
    gaps between them.

    >>> six = [Interval(5.94, 6.43)]
    >>> tones_outside_words([Beep(6.06, 6.18, 477.0)], six)
    ()
    >>> len(tones_outside_words([Beep(6.06, 6.43, 477.0)], six))
    1
    """
    speech, near = tuple(speech), [*tones, *signals]

    def is_vowel(tone: Beep) -> bool:
        return (
            tone.end_s - tone.start_s < OPTIONS.voice_s
            and any(
                part.start_s < tone.start_s - OPTIONS.margin_s and part.end_s > tone.end_s + OPTIONS.margin_s
                for part in speech
            )
            and not any(
                other is not tone
                and max(tone.start_s - other.end_s, other.start_s - tone.end_s) < OPTIONS.in_a_row_s
                for other in near
            )
        )

    return tuple(tone for tone in tones if not is_vowel(tone))


def message_start_s(
    speech: Iterable[Interval],
    beeps: Sequence[Beep] = (),
    signals: Iterable[Interval | DtmfTone] = (),
) -> float | None:
    """Start of the message's first word in seconds; None without speech.

    The message follows the beep after which there is most speech until the next beep. That is the greeting's
    beep, not one that ends the message, nor one before the greeting. Without a beep, the message starts at
    the first speech. Keys and ring-back (`signals`) are not speech.

    >>> greeting_and_message = [Interval(0.5, 4.0), Interval(6.0, 15.0)]
    >>> message_start_s(greeting_and_message, [Beep(4.5, 5.0, 1_000.0)])
    6.0
    >>> message_start_s(greeting_and_message)
    0.5
    """
    voice = speech_without_tones(speech, [*beeps, *signals])
    if not voice:
        return None
    ends_s = [beep.end_s for beep in beeps]
    after_beeps = [Interval(*ends) for ends in pairwise([*ends_s, voice[-1].end_s])]
    speech_s = [sum(part.overlap_s(after) for part in voice) for after in after_beeps]
    if not speech_s or max(speech_s) < OPTIONS.message_s_min:
        return voice[0].start_s
    after_s = ends_s[speech_s.index(max(speech_s))]
    return next(part.start_s for part in voice if part.end_s > after_s)
