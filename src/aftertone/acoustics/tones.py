"""Beeps, telephone keys and ring-back: where a greeting ends and the message starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import Frames, frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.percentiles import percentile
from aftertone.acoustics.spectrum import HOP_S

BEEP_S = (
    0.075,
    1.55,
)  # answering machines beep for 0.1 to 1 s, some longer; ramps and the grid take or add 25 ms
BEEP_HZ = (390.0, 2_050.0)
FRAME_SHARE = 0.6  # least share of power in a tone's partials, in each of its frames, those of its ramps too
STEADY_SHARE = (
    0.007  # spread of a tone's frequency: 0.005 in 10 dB SNR; the stillest voice of real speech 0.012
)
VOICE_S = 0.2  # no voice tried stands that still for longer, not with twice the spread allowed
GONE_DB = 10.0  # a short tone is that far down 30 ms beside it: 14 in 10 dB SNR; a vowel glides on or decays
GONE_SHARE = 0.2  # what is left of it is looked for within so much of its frequency: where a vowel glides to
GONE_FRAMES = 3
FEWEST_FRAMES = 4  # of a tone: two to judge, and one at each end
PARTIAL_SHARE = 0.12  # of the frame's power in the weaker partial of a key; ITU-T Q.24 allows a twist of 8 dB
KEY_ROWS_HZ = (697.0, 770.0, 852.0, 941.0)  # ITU-T Q.23
KEY_COLUMNS_HZ = (1_209.0, 1_336.0, 1_477.0, 1_633.0)  # ITU-T Q.23
KEYS = ("123A", "456B", "789C", "*0#D")
KEY_TOLERANCE_SHARE = 0.018  # ITU-T Q.24: accepted within 1.8 % at the least
KEY_S = 0.04  # ITU-T Q.24: a key of 40 ms is to be recognised
ALIKE_SHARE = 0.5  # two partials within 3 dB
RING_S = 0.35  # British ring-back is 0.4 s on, 0.2 s off, 0.4 s on (ITU-T E.180); others ring for 0.8 to 2 s
PLAIN_RING_HZ, PLAIN_RING_S = 425.0, 0.8  # ITU-T E.180
TONE_MARGIN_S = 0.06  # how far a voice detector smears a tone: speech left beside it is longer than this
IN_A_ROW_S = 0.2  # tones that follow one another sooner are one signal
MESSAGE_S = 0.5  # less speech than this after a beep is no message
BEAT_DB = 2.5  # mean step of level from frame to frame: 4.3 to 6.5 where two tones beat, a held vowel 1.6
RING_HZ = (390.0, 495.0)  # ITU-T E.180: 400+450, 425, 440+480


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How still a sound is that is a tone.

    Attributes
    ----------
    spread_share : float
        Most spread of its frequency, 5th to 95th percentile, as a share of it.
    level_db : float
        Most standard deviation of its level.
    share : float
        Least mean share of power in its partials: 10 dB SNR leaves 0.88.
    """

    spread_share: float
    level_db: float
    share: float


BRIEF = Steadiness(STEADY_SHARE, 0.8, 0.85)  # voices come near: 0.0025, 0.4 and 0.98, but not all at once
LONG = Steadiness(2 * STEADY_SHARE, 2.0, 0.85)  # no voice does; noise moves level and frequency so far
KEY = Steadiness(STEADY_SHARE, 2.0, 0.8)  # two partials of the grid, which no voice has


@dataclass(frozen=True, slots=True)
class Beep:
    """A short steady tone.

    Attributes
    ----------
    start_s, end_s : float
        Where it stands in the recording.
    hz : float
        Frequency of its strongest partial, of the lower of two that are alike.
    """

    start_s: float
    end_s: float
    hz: float


@dataclass(frozen=True, slots=True)
class DtmfTone:
    """A telephone key heard: "0" to "9", "*", "#", "A" to "D"."""

    start_s: float
    end_s: float
    key: str


def _runs(inside: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and past-the-last index of each run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], inside, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _loud_part(frames: Frames, first: int, past: int) -> tuple[int, int]:
    """The frames of a run whose centres are in the tone: its window is longer than its hop."""
    level_db = frames.level_db[first:past]
    loud = np.flatnonzero(level_db > percentile(level_db, 50) - 6)  # half the amplitude
    return first + int(loud[0]), first + int(loud[-1]) + 1


def _interval(frames: Frames, first: int, past: int) -> Interval:
    return Interval(float(frames.times_s[first] - HOP_S / 2), float(frames.times_s[past - 1] + HOP_S / 2))


def _is_steady(frames: Frames, hz: NDArray[np.float32], first: int, past: int, limits: Steadiness) -> bool:
    """Whether frames keep one frequency, one level, and little beside it."""
    inner = slice(first + 1, past - 1)  # the outer frames hold the ramps and what stands beside them
    if past - first < FEWEST_FRAMES:
        return False
    low_hz, high_hz = percentile(hz[inner], 5), percentile(hz[inner], 95)
    return bool(
        high_hz - low_hz < limits.spread_share * low_hz
        and np.std(frames.level_db[inner]) < limits.level_db
        and np.mean(frames.partials.share[inner].sum(axis=1)) > limits.share
    )


def _is_alone(frames: Frames, hz: float, tone: Interval) -> bool:
    """Whether a tone starts and stops, where a vowel comes from another sound and goes into the next."""
    first, last = round(tone.start_s / HOP_S + 0.5), round(tone.end_s / HOP_S - 0.5)
    level_db = percentile(frames.level_db[first : last + 1], 50)
    for beside in (slice(max(first - GONE_FRAMES, 0), first), slice(last + 1, last + 1 + GONE_FRAMES)):
        near = np.abs(frames.partials.hz[beside] / hz - 1) < GONE_SHARE
        share = np.sum(frames.partials.share[beside], axis=1, where=near)
        left_db = frames.level_db[beside] + 10 * np.log10(np.maximum(share, 1e-6))
        if left_db.size == GONE_FRAMES and left_db.min() > level_db - GONE_DB:
            return False
    return True


def beeps(
    recording: Recording,
    frames: Frames | None = None,
    others: Iterable[Interval | DtmfTone] | None = None,
) -> tuple[Beep, ...]:
    """Short steady tones of one or two partials, in order; not keys, not ring-back.

    Music moves from tone to tone, decays, or has more partials; a voice seldom keeps its pitch so still, and
    then not for long nor alone: over a telephone a vowel may have two partials left.
    `others` are the keys and the ring-back, where they are known already.

    >>> at_s = np.arange(16_000) / 16_000
    >>> tone = np.where((at_s > 0.3) & (at_s < 0.6), 0.1 * np.sin(2 * np.pi * 1_000 * at_s), 0)
    >>> [beep] = beeps(Recording.from_samples(tone, 16_000))
    >>> round(beep.start_s, 1), round(beep.end_s, 1), round(beep.hz)
    (0.3, 0.6, 1000)
    """
    frames = frames or frames_of(recording)
    if others is None:
        others = [*dtmf(recording, frames), *ring_backs(recording, frames)]
    taken = [Interval(other.start_s, other.end_s) for other in others]
    return tuple(
        Beep(tone.start_s, tone.end_s, hz)
        for tone, hz in steady_tones(frames)
        if BEEP_S[0] <= tone.duration_s <= BEEP_S[1]
        and BEEP_HZ[0] <= hz <= BEEP_HZ[1]
        and not any(tone.overlap_s(other) > 0 for other in taken)
        and (tone.duration_s > VOICE_S or _is_alone(frames, hz, tone))
    )


def steady_tones(frames: Frames) -> Iterator[tuple[Interval, float]]:
    """Runs of frames that are one tone: where it stands, and its frequency."""
    first_share, second_share = frames.partials.share.T
    alike = second_share > ALIKE_SHARE * first_share  # which of two is the stronger may change
    hz = np.where(alike, frames.partials.hz.min(axis=1), frames.partials.hz[:, 0])
    tonal = first_share + second_share > FRAME_SHARE
    jumps = np.abs(np.diff(hz)) > 2 * STEADY_SHARE * hz[1:]
    tonal[1:] &= ~jumps | ~tonal[:-1]  # a jump ends one run; the next begins a frame later
    goes_on = np.abs(hz[2:] - hz[:-2]) < STEADY_SHARE * hz[2:]
    tonal[1:-1] |= tonal[:-2] & tonal[2:] & goes_on  # a click over one frame ends nothing
    for run in _runs(tonal):
        if (run[1] - run[0]) * HOP_S < BEEP_S[0]:  # most are: moments of a vowel
            continue
        first, past = _loud_part(frames, *run)
        limits = BRIEF if (past - first) * HOP_S < VOICE_S else LONG
        if _is_steady(frames, hz, first, past, limits):
            yield _interval(frames, first, past), float(np.median(hz[first:past]))


def dtmf(recording: Recording, frames: Frames | None = None) -> tuple[DtmfTone, ...]:
    """Telephone keys pressed, in order.

    Two partials of the grid of ITU-T Q.23, both strong, for as long as ITU-T Q.24 asks.

    >>> at_s = np.arange(8_000) / 16_000
    >>> five = np.sin(2 * np.pi * 770 * at_s) + np.sin(2 * np.pi * 1_336 * at_s)
    >>> padded = np.concatenate((np.zeros(4_000), 0.1 * five, np.zeros(4_000)))
    >>> [tone.key for tone in dtmf(Recording.from_samples(padded, 16_000))]
    ['5']
    """
    frames = frames or frames_of(recording)
    low_hz, high_hz = frames.partials.hz.min(axis=1), frames.partials.hz.max(axis=1)
    two = np.flatnonzero(frames.partials.share.min(axis=1) > PARTIAL_SHARE)
    row, is_row = _nearest(low_hz[two], KEY_ROWS_HZ)
    column, is_column = _nearest(high_hz[two], KEY_COLUMNS_HZ)
    keys = np.full(frames.n_frames, -1)
    keys[two] = np.where(is_row & is_column, 4 * row + column, -1)
    found = []
    for key in np.unique(keys[keys >= 0]):
        for run in _runs(keys == key):
            first, past = _loud_part(frames, *run)
            tone = _interval(frames, first, past)
            steady = all(_is_steady(frames, hz, first, past, KEY) for hz in (low_hz, high_hz))
            if steady and tone.duration_s >= KEY_S - HOP_S:
                found.append(DtmfTone(tone.start_s, tone.end_s, KEYS[key // 4][key % 4]))
    return tuple(sorted(found, key=lambda tone: tone.start_s))


def _nearest(hz: NDArray[np.float32], grid_hz: Sequence[float]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Index of the nearest frequency of a grid, and whether it is near enough."""
    grid = np.asarray(grid_hz)
    index = np.abs(hz[:, None] - grid).argmin(axis=1)
    return index, np.abs(hz - grid[index]) < KEY_TOLERANCE_SHARE * grid[index]


def ring_backs(recording: Recording, frames: Frames | None = None) -> tuple[Interval, ...]:
    """Where the far telephone is heard to ring, in order.

    Two tones 40 or 50 Hz apart (ITU-T E.180: 440+480 Hz, 400+450 Hz), which beat, or one of 425 Hz that
    comes again or lasts longer than a beep.
    """
    frames = frames or frames_of(recording)
    hz, share = frames.partials.hz[:, 0], frames.partials.share[:, 0]
    in_band = (share > FRAME_SHARE) & (hz > RING_HZ[0]) & (hz < RING_HZ[1])
    rings, single = [], []
    for run in _runs(in_band):
        if (run[1] - run[0]) * HOP_S < RING_S - HOP_S:
            continue
        first, past = _loud_part(frames, *run)
        inner = hz[first + 1 : past - 1]
        tone = _interval(frames, first, past)
        if tone.duration_s < RING_S:
            continue
        steady = np.std(inner) < STEADY_SHARE * np.mean(inner)
        if not steady and np.mean(np.abs(np.diff(frames.level_db[first + 1 : past - 1]))) > BEAT_DB:
            rings.append(tone)
        elif steady and abs(np.median(inner) - PLAIN_RING_HZ) < 10 and tone.duration_s >= PLAIN_RING_S:
            single.append(tone)
    if len(single) > 1 or any(tone.duration_s > BEEP_S[1] for tone in single):
        rings += single
    return tuple(sorted(rings))


def speech_without_tones(
    speech: Iterable[Interval], tones: Iterable[Interval | Beep | DtmfTone]
) -> tuple[Interval, ...]:
    """Speech intervals less what tones cover of them: a voice detector takes a beep for a voice.

    >>> speech_without_tones([Interval(0.0, 2.0)], [Beep(0.5, 1.0, 440.0)])
    (Interval(start_s=0.0, end_s=0.5), Interval(start_s=1.0, end_s=2.0))
    """
    left = list(speech)
    for tone in tones:
        cut = Interval(tone.start_s - TONE_MARGIN_S, tone.end_s + TONE_MARGIN_S)
        pieces = []
        for part in left:
            if part.overlap_s(cut) == 0:
                pieces.append(part)
                continue
            pieces += [Interval(part.start_s, tone.start_s), Interval(tone.end_s, part.end_s)]
        left = [piece for piece in pieces if piece.duration_s > TONE_MARGIN_S]
    return tuple(left)


def tones_beside_words(
    tones: Sequence[Beep], speech: Iterable[Interval], others: Iterable[Interval | DtmfTone] = ()
) -> tuple[Beep, ...]:
    """The tones, less short ones inside a word, with its sound on both sides: a vowel can be as still.

    Tones in a row, and those next to `others`, are none: speech is joined over what lies between them.

    >>> six = [Interval(5.94, 6.43)]
    >>> tones_beside_words([Beep(6.06, 6.18, 477.0)], six)
    ()
    >>> len(tones_beside_words([Beep(6.06, 6.43, 477.0)], six))
    1
    """
    speech, near = tuple(speech), [*tones, *others]

    def is_vowel(tone: Beep) -> bool:
        return (
            tone.end_s - tone.start_s < VOICE_S
            and any(
                part.start_s < tone.start_s - TONE_MARGIN_S and part.end_s > tone.end_s + TONE_MARGIN_S
                for part in speech
            )
            and not any(
                other is not tone and max(tone.start_s - other.end_s, other.start_s - tone.end_s) < IN_A_ROW_S
                for other in near
            )
        )

    return tuple(tone for tone in tones if not is_vowel(tone))


def message_start_s(
    speech: Iterable[Interval],
    beeps: Sequence[Beep] = (),
    others: Iterable[Interval | DtmfTone] = (),
) -> float | None:
    """Where the message's first word starts, in seconds; None where nobody speaks.

    After the beep that most speech follows before the next beep: a greeting's beep, not one that ends the
    message, nor one before the greeting. Without a beep, at the first speech. Keys and ring-back (`others`)
    are no speech.

    >>> greeting_and_message = [Interval(0.5, 4.0), Interval(6.0, 15.0)]
    >>> message_start_s(greeting_and_message, [Beep(4.5, 5.0, 1_000.0)])
    6.0
    >>> message_start_s(greeting_and_message)
    0.5
    """
    voice = speech_without_tones(speech, [*beeps, *others])
    if not voice:
        return None
    ends_s = [beep.end_s for beep in beeps]
    stretches = [Interval(*ends) for ends in pairwise([*ends_s, voice[-1].end_s])]
    said_s = [sum(part.overlap_s(stretch) for part in voice) for stretch in stretches]
    if not said_s or max(said_s) < MESSAGE_S:
        return voice[0].start_s
    after_s = ends_s[said_s.index(max(said_s))]
    return next(part.start_s for part in voice if part.end_s > after_s)
