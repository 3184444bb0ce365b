"""Classification of recordings without speech: signalling tones, music, noise, or a quiet line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.contours import percentile, run_list
from aftertone.acoustics.frames import Frames
from aftertone.acoustics.interval import Interval, joined
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.tones import DtmfTone, steady_tones


@dataclass(frozen=True, eq=False, repr=False)
class NonSpeechOptions:
    """Settings of the classification.

    Chosen on synthetic music, tones and machines, and on recorded noises
    (benchmarks/experiments/recording_kinds.md).
    """

    range_db: float = 25.0  # of sound below the loud frames: a decaying note
    quiet_dbov: float = -50.0  # loud frames below it: nothing happens on the line
    tones_s_min: float = 0.25  # length of all tones together: keys, calling tones, ring-back, busy tone,
    tones_share: float = 0.5  # and least share of the sound
    music_s_min: float = 3.0  # of sound
    note_s: float = 0.05  # a note keeps its frequency for so long,
    note_drift_share: float = 0.01  # within this share of it,
    note_peak_share: float = 0.1  # with this share of the frame's power
    notes_share: float = 0.25  # of the frames with sound, at least; speech has 0.04 to 0.08, traffic 0.16
    pitches_min: int = 2  # semitones among the notes; a hum has one,
    pitch_share: float = 0.04  # each with this share of the notes' time
    music_strength: float = 0.5  # mean periodicity of music, at least
    joined_s: float = 0.5  # sounds with a shorter gap are reported as one


OPTIONS = NonSpeechOptions()


@dataclass(frozen=True, slots=True)
class NonSpeech:
    """The class of a recording without speech."""

    name: Literal["tones", "music", "noise", "nobody speaks"]
    found: str  # the evidence
    where: tuple[Interval, ...]  # where there is sound


def classified_non_speech(frames: Frames, signals: Sequence[Interval | DtmfTone]) -> NonSpeech:
    """The class of a recording without speech; `signals` are its keys and ring-back.

    >>> from aftertone.acoustics.audio import Recording
    >>> from aftertone.acoustics.frames import frames_of
    >>> at_s = np.arange(48_000) / 16_000
    >>> fax = Recording.from_samples(0.1 * np.sin(2 * np.pi * 2_100 * at_s), 16_000)
    >>> classified_non_speech(frames_of(fax), ()).found
    '3.0 s of tones, of 2100 Hz'
    """
    loud_dbov = percentile(frames.level_db, 95)
    is_sound = frames.level_db > loud_dbov - OPTIONS.range_db
    sound_s = np.count_nonzero(is_sound) * HOP_S
    tones = _tones(frames, signals, sound_s)
    if tones is not None:
        return tones
    sounds = (Interval(first * HOP_S, past * HOP_S) for first, past in run_list(is_sound))
    where = tuple(joined(sounds, OPTIONS.joined_s)) if loud_dbov > OPTIONS.quiet_dbov else ()
    n_pitches, share = _notes(frames, is_sound)
    if (
        sound_s >= OPTIONS.music_s_min
        and share >= OPTIONS.notes_share
        and n_pitches >= OPTIONS.pitches_min
        and frames.periodicity[is_sound].mean() >= OPTIONS.music_strength
    ):
        return NonSpeech("music", f"notes of {n_pitches} pitches, held for {share:.0%} of what sounds", where)
    if where:
        return NonSpeech("noise", f"sound of {loud_dbov:.0f} dBov that has no voice", where)
    return NonSpeech("nobody speaks", f"no sound is louder than {loud_dbov:.0f} dBov", ())


def _tones(frames: Frames, signals: Sequence[Interval | DtmfTone], sound_s: float) -> NonSpeech | None:
    """The class "tones", where they make up most of the sound."""
    steady = list(steady_tones(frames))
    keys = [Interval(each.start_s, each.end_s) for each in signals if isinstance(each, DtmfTone)]
    rings = [each for each in signals if isinstance(each, Interval)]
    tones = joined(sorted([*(tone for tone, _ in steady), *keys, *rings]), 0.0)
    tones_s = sum(tone.duration_s for tone in tones)
    if tones_s < OPTIONS.tones_s_min or tones_s < OPTIONS.tones_share * sound_s:
        return None
    hz = sorted({round(each, -1) for tone, each in steady if not any(map(tone.overlap_s, keys))})
    names = [f"{len(keys)} telephone keys"] * bool(keys) + ["ring-back"] * bool(rings)
    names += [f"{each:.0f} Hz" for each in hz[:3]]
    found = f"{tones_s:.1f} s of tones, of {', '.join(names)}"
    return NonSpeech("tones", found, tuple(joined(tones, OPTIONS.joined_s)))


def _notes(frames: Frames, is_sound: NDArray[np.bool_]) -> tuple[int, float]:
    """Number of semitones among the notes, and the share of frames with a note."""
    hz, share = frames.spectral_peaks.hz[:, 0], frames.spectral_peaks.share[:, 0]
    lag = round(OPTIONS.note_s / HOP_S)
    is_note = np.zeros(hz.size, np.bool_)
    is_note[lag:] = np.abs(hz[lag:] / hz[:-lag] - 1) < OPTIONS.note_drift_share
    is_note &= is_sound & (share > OPTIONS.note_peak_share)
    semitones, counts = np.unique(np.round(12 * np.log2(hz[is_note] / 440)), return_counts=True)
    n_frames = int(np.count_nonzero(is_note))
    n_pitches = np.count_nonzero(counts >= OPTIONS.pitch_share * n_frames) if semitones.size else 0
    return int(n_pitches), n_frames / max(int(np.count_nonzero(is_sound)), 1)
