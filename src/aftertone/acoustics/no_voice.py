"""What a recording is in which nobody speaks: signalling tones, music, noise, or a quiet line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.frames import Frames
from aftertone.acoustics.interval import Interval, joined
from aftertone.acoustics.percentiles import percentile
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.tones import DtmfTone, steady_tones

# Chosen on made music, tones, machines and recorded noises: benchmarks/experiments/recording_kinds.md
SOUND_RANGE_DB = 25.0  # below the loud: a decaying note
QUIET_DBOV = -50.0  # what is quieter is a line on which nothing happens
TONES_S, TONES_SHARE = 0.25, 0.5  # of what sounds: keys, calling tones, ring-back, busy
MUSIC_S = 3.0
STEADY_S, STEADY_SHARE = 0.05, 0.01  # a note holds its frequency for so long, as a share of it
LEAST_PARTIAL_SHARE = 0.1  # of the frame's power
NOTES_SHARE = 0.25  # of the frames that sound; speech has 0.04 to 0.08, traffic 0.16 and less
FEWEST_NOTES, NOTE_SHARE = 2, 0.04  # of one semitone each, and share of the notes' time; a hum has one
STRENGTH = 0.5  # of the autocorrelation, in the mean
TOGETHER_S = 0.5  # what is nearer is shown as one


@dataclass(frozen=True, slots=True)
class NoVoice:
    """What sounds where nobody speaks.

    Attributes
    ----------
    name : "tones", "music", "noise" or "nobody speaks"
    found : str
        What it was told by.
    where : tuple of Interval
        Where it sounds.
    """

    name: Literal["tones", "music", "noise", "nobody speaks"]
    found: str
    where: tuple[Interval, ...]


def without_voice(frames: Frames, others: Sequence[Interval | DtmfTone]) -> NoVoice:
    """What a recording is in which nobody speaks; `others` are the keys and the ring-back in it.

    >>> from aftertone.acoustics.audio import Recording
    >>> from aftertone.acoustics.frames import frames_of
    >>> at_s = np.arange(48_000) / 16_000
    >>> fax = Recording.from_samples(0.1 * np.sin(2 * np.pi * 2_100 * at_s), 16_000)
    >>> without_voice(frames_of(fax), ()).found
    '3.0 s of tones, of 2100 Hz'
    """
    loud_dbov = percentile(frames.level_db, 95)
    is_sound = frames.level_db > loud_dbov - SOUND_RANGE_DB
    sound_s = np.count_nonzero(is_sound) * HOP_S
    steady = list(steady_tones(frames))
    keys = [other for other in others if isinstance(other, DtmfTone)]
    rings = [other for other in others if isinstance(other, Interval)]
    key_parts = [Interval(key.start_s, key.end_s) for key in keys]
    signals = joined(sorted([*(tone for tone, _ in steady), *key_parts, *rings]), 0.0)
    signals_s = sum(signal.duration_s for signal in signals)
    if signals_s >= TONES_S and signals_s >= TONES_SHARE * sound_s:
        hz = sorted({round(each, -1) for tone, each in steady if not any(map(tone.overlap_s, key_parts))})
        of = [f"{len(keys)} telephone keys"] * bool(keys) + ["ring-back"] * bool(rings)
        of += [f"{each:.0f} Hz" for each in hz[:3]]
        return NoVoice(
            "tones", f"{signals_s:.1f} s of tones, of {', '.join(of)}", tuple(joined(signals, TOGETHER_S))
        )
    where = tuple(_stretches(is_sound)) if loud_dbov > QUIET_DBOV else ()
    n_notes, share = _notes(frames, is_sound)
    strength = float(frames.candidates.strength[is_sound].max(axis=1).mean())
    if sound_s >= MUSIC_S and share >= NOTES_SHARE and n_notes >= FEWEST_NOTES and strength >= STRENGTH:
        return NoVoice("music", f"notes of {n_notes} pitches, held for {share:.0%} of what sounds", where)
    if where:
        return NoVoice("noise", f"sound of {loud_dbov:.0f} dBov that has no voice", where)
    return NoVoice("nobody speaks", f"no sound is louder than {loud_dbov:.0f} dBov", ())


def _notes(frames: Frames, is_sound: NDArray[np.bool_]) -> tuple[int, float]:
    """How many semitones the notes are of, and the share of frames that hold one."""
    hz, share = frames.partials.hz[:, 0], frames.partials.share[:, 0]
    lag = round(STEADY_S / HOP_S)
    is_held = np.zeros(hz.size, np.bool_)
    is_held[lag:] = (np.abs(hz[lag:] / hz[:-lag] - 1) < STEADY_SHARE) & (share[lag:] > LEAST_PARTIAL_SHARE)
    is_held &= is_sound
    semitones, counts = np.unique(np.round(12 * np.log2(hz[is_held] / 440)), return_counts=True)
    n_held = int(np.count_nonzero(is_held))
    n_notes = np.count_nonzero(counts >= NOTE_SHARE * n_held) if semitones.size else 0
    return int(n_notes), n_held / max(int(np.count_nonzero(is_sound)), 1)


def _stretches(is_sound: NDArray[np.bool_]) -> list[Interval]:
    edges = np.flatnonzero(np.diff(is_sound.astype(np.int8), prepend=0, append=0))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return joined((Interval(first * HOP_S, past * HOP_S) for first, past in pairs), TOGETHER_S)
