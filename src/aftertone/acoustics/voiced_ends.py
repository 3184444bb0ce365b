"""A message starts and ends with a voice: music, hum and machines around it are cut off.

`aftertone.acoustics.vad` takes much of music for speech, since it must not lose a word. So the first and the
last second of what it found are asked for a voice. A second of syllables that follow one another as only
speech does is settled by the frames, which costs nothing; of the others silero is asked. Where there is no
voice, the search goes on inwards, second by second, to the first that has one.

A hoarse, creaky or whispered voice, of which silero is not sure, keeps its place: an edge moves only where
neither silero nor the net of syllables has a likely voice, and only to where silero is sure of one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import Frames, joined_db
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.level import level_of
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.vad import LOUD_DB
from aftertone.acoustics.voice import (
    VOICE_S,
    WHISPER_SNR_DB,
    WINDOW_S,
    is_whispered,
    log_odds,
    loudest_dbov,
    silero_log_odds,
)

# Chosen on 569 recordings of people, whose edges stay, and on music, hum and noise laid round practice
# messages: see benchmarks/experiments/recording_kinds.md
LOOK_S, FIRST_LOOK_S = 1.0, 0.6  # a word and the pause after it; a word
LIKELY_LOG_ODDS = -0.25  # of a voice, at least: a creak has -0.1, music and recorded noise -0.3 at most
CLEAR_LOG_ODDS = 2.0  # what has less needs a second beside it that is likely too
LEAST_CUT_S = 0.5  # a breath or a hoarse syllable is shorter; an edge moves by no less
SEARCH_S = 2.0  # from the first likely voice to a sure one
STEP_S, RUN_S = 0.1, 0.5  # of the search for the sure one
SURE_WINDOWS, SURE_LOG_ODDS = 4, 1.0  # of silero, in a run: 0.13 s, a short syllable; hum begins with one
WARM_WINDOWS = 4  # of silero's first verdicts, which hum and noise begin with
NEAR_S = 0.25  # so far from a stretch's edge, the edge is meant: silero takes so long to be sure

# A second that is speech for sure, by frames alone: 68 in 100 at the edges of real speech, and none of 4,536
# of music, drums, tones and machines.
SYLLABLE_LOG_ODDS = 2.0  # of the likeliest nucleus
CHANGE_S, CHANGE_DB = 0.03, 4.0  # mean change of the bands over that time
LEVEL_DB, LEVEL_RANGE_DB = 7.0, 40.0  # standard deviation of the level, and how far down it counts
COLOUR_DB = 7.0  # standard deviation of low bands over high bands: vowels and fricatives in turn
_BANDS, _LOW, _HIGH = slice(1, 18), slice(1, 8), slice(12, 20)


def with_voice_at_ends(
    recording: Recording, frames: Frames, speech: Sequence[Interval], nucleus_likelihood: NDArray[np.float32]
) -> tuple[Interval, ...]:
    """Speech without what stands before the first voice in it and after the last.

    Parameters
    ----------
    recording : Recording
    frames : Frames
        Its frames.
    speech : sequence of Interval
        In order.
    nucleus_likelihood : float32, shape (n_frames,)
        How likely a syllable's nucleus is at each frame: see `nuclei_in`.

    Returns
    -------
    tuple of Interval
        Empty where nothing has a voice.
    """
    if not speech:
        return ()
    asked = _Asked(recording, frames, tuple(speech), nucleus_likelihood)
    first_s, last_s = speech[0].start_s, speech[-1].end_s
    is_doubtful = False
    start_s = end_s = None
    for second in _seconds(first_s, last_s):
        if asked.has_voice(second, LOOK_S):
            start_s = first_s if second.start_s == first_s else asked.start_s(second)
            if start_s is not None:
                break
            is_doubtful = True
    if start_s is None:
        return tuple(speech) if is_doubtful or _is_whisper(recording, frames, speech) else ()
    for second in _seconds(-last_s, -start_s):
        second = Interval(-second.end_s, -second.start_s)
        if asked.has_voice(second, -LOOK_S):
            end_s = last_s if second.end_s == last_s else asked.end_s(second)
            if end_s is not None:
                break
    start_s = start_s if start_s - first_s >= LEAST_CUT_S else first_s
    end_s = end_s if end_s is not None and last_s - end_s >= LEAST_CUT_S else last_s
    return tuple(
        Interval(max(part.start_s, start_s), min(part.end_s, end_s))
        for part in speech
        if part.end_s > start_s and part.start_s < end_s
    )


def _is_whisper(recording: Recording, frames: Frames, speech: Sequence[Interval]) -> bool:
    """Whether it is clean and without any voice, as a whisper is, of which silero knows little."""
    snr_db = level_of(recording, frames, speech).snr_db
    return (snr_db or 0.0) >= WHISPER_SNR_DB and is_whispered(frames)


def _seconds(first_s: float, last_s: float) -> Iterator[Interval]:
    """Stretches of LOOK_S, one after another; the last may reach further."""
    while True:
        yield Interval(first_s, first_s + LOOK_S)
        first_s += LOOK_S
        if first_s >= last_s:
            return


@dataclass(frozen=True)
class _Asked:
    """A recording that is asked for a voice, a piece at a time."""

    recording: Recording
    frames: Frames
    speech: tuple[Interval, ...]
    nucleus_likelihood: NDArray[np.float32]

    def has_voice(self, second: Interval, inwards_s: float) -> bool:
        """Whether a second has a voice, more likely than not; a doubtful one has it where a neighbour has.

        `inwards_s` is LOOK_S to ask the seconds after it, -LOOK_S to ask those before.
        """
        odds = self._log_odds(second)
        if odds < LIKELY_LOG_ODDS or odds >= CLEAR_LOG_ODDS:
            return odds >= CLEAR_LOG_ODDS
        beside = [Interval(second.start_s + n * inwards_s, second.end_s + n * inwards_s) for n in (1, 2)]
        return max(map(self._log_odds, beside)) >= LIKELY_LOG_ODDS

    def _has_speech(self, second: Interval) -> bool:
        return any(second.overlap_s(part) > 0 for part in self.speech)

    def _log_odds(self, second: Interval) -> float:
        """Log odds of a voice in a second, silero's and the net's added; infinite where frames settle it."""
        inside = slice(max(round(second.start_s / HOP_S), 0), max(round(second.end_s / HOP_S) + 1, 0))
        likely = self.nucleus_likelihood[inside]
        if not likely.size or not self._has_speech(second):
            return -math.inf
        syllable = float(log_odds(likely.max(keepdims=True))[0])
        if syllable > SYLLABLE_LOG_ODDS and self._is_speech_for_sure(inside):
            return math.inf
        for look_s in (FIRST_LOOK_S, LOOK_S):  # most seconds are clear after the first
            part = Interval(second.start_s, min(second.start_s + look_s, second.end_s))
            silero = np.sort(self._silero(part)[WARM_WINDOWS:])[::-1]
            least = min(round(VOICE_S / WINDOW_S), silero.size) - 1
            odds = float(silero[least]) + syllable if silero.size else -math.inf
            if odds >= CLEAR_LOG_ODDS:
                break
        return odds

    def _is_speech_for_sure(self, inside: slice) -> bool:
        bands_db = self.frames.bands_db[inside]
        level_db = joined_db(bands_db[:, 1:])
        is_loud = level_db > level_db.max() - LOUD_DB
        lag = round(CHANGE_S / HOP_S)
        both = is_loud[lag:] & is_loud[:-lag]
        if np.count_nonzero(both) < lag:
            return False
        change_db = np.abs(bands_db[lag:, _BANDS] - bands_db[:-lag, _BANDS])[both].mean()
        colour_db = bands_db[is_loud, _LOW].mean(axis=1) - bands_db[is_loud, _HIGH].mean(axis=1)
        level_db = np.maximum(level_db, level_db.max() - LEVEL_RANGE_DB)
        return bool(change_db > CHANGE_DB and level_db.std() > LEVEL_DB and colour_db.std() > COLOUR_DB)

    def start_s(self, second: Interval) -> float | None:
        """Where the voice starts, from the second before one that has a voice on; None where none is sure.

        A stretch that has a voice from its start on starts there, and another where silero is sure.
        """
        first_s, last_s = second.start_s - LOOK_S, second.start_s + SEARCH_S
        likely_s = None
        for part in self.speech:
            if likely_s is None and first_s <= part.start_s < last_s:
                beginning = Interval(part.start_s, min(part.start_s + LOOK_S, part.end_s))
                likely_s = part.start_s if self._log_odds(beginning) >= LIKELY_LOG_ODDS else None
            for at_s in np.arange(max(part.start_s, first_s), min(part.end_s, last_s), STEP_S).tolist():
                voiced = self._sure(Interval(at_s, min(at_s + RUN_S, part.end_s)))
                if voiced.size < SURE_WINDOWS:
                    continue
                sure_s = at_s + WINDOW_S * int(voiced[0])
                if likely_s is not None:
                    return likely_s
                return part.start_s if sure_s - part.start_s < NEAR_S else sure_s
        return None

    def end_s(self, second: Interval) -> float | None:
        """Where the voice ends, from the second after one that has a voice backwards: as `start_s`."""
        first_s, last_s = second.end_s - SEARCH_S, second.end_s + LOOK_S
        likely_s = None
        for part in reversed(self.speech):
            if likely_s is None and first_s < part.end_s <= last_s:
                ending = Interval(max(part.end_s - LOOK_S, part.start_s), part.end_s)
                likely_s = part.end_s if self._log_odds(ending) >= LIKELY_LOG_ODDS else None
            for to_s in np.arange(min(part.end_s, last_s), max(part.start_s, first_s), -STEP_S).tolist():
                at_s = max(to_s - SURE_WINDOWS * WINDOW_S, part.start_s)
                if self._sure(Interval(at_s, min(at_s + RUN_S, part.end_s))).size < SURE_WINDOWS:
                    continue
                if likely_s is not None:
                    return likely_s
                return part.end_s if part.end_s - to_s < NEAR_S else to_s
        return None

    def _sure(self, part: Interval) -> NDArray[np.intp]:
        """Windows in which silero is sure of a voice. It is asked afresh, for it holds on after a voice."""
        return np.flatnonzero(self._silero(part) > SURE_LOG_ODDS)

    def _silero(self, part: Interval) -> NDArray[np.float64]:
        rate_hz = self.recording.rate_hz
        first, past = (max(round(time_s * rate_hz), 0) for time_s in part)
        return silero_log_odds(self.recording.samples[first:past], self._loudest_dbov)

    @cached_property
    def _loudest_dbov(self) -> float:
        return loudest_dbov(self.frames)
