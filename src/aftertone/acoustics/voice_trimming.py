"""Trimming: cut music, hum and machines off the ends of the speech, where there is no voice.

`vad` takes much of music for speech, because it must not lose a word. So the first and the last second of its
speech are tested for a voice. Where the frames show syllables that follow one another as only speech does,
that is enough and costs nothing; elsewhere silero is run. Without a voice, the search goes on inwards, second
by second, to the first one with a voice.

silero is unsure of hoarse, creaky and whispered voices. So an edge moves only where silero and the nets of
syllable nuclei together find a voice unlikely, and only to where silero is sure of one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import LOUD_DB, Frames, joined_db
from aftertone.acoustics.interval import Interval, within
from aftertone.acoustics.level import level_of
from aftertone.acoustics.silero import WINDOW_S, log_odds, speech_log_odds
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.voice_evidence import is_whispered, sustained


@dataclass(frozen=True, eq=False, repr=False)
class TrimmingOptions:
    """Settings of the search for a voice at the ends of the speech.

    Chosen on 569 recordings of people, whose edges must stay, and on music, hum and noise around practice
    messages (benchmarks/experiments/recording_kinds.md).
    """

    second_s: float = 1.0  # length of the tested parts: a word and the pause after it
    word_s: float = 0.6  # their first part, which often decides: a word
    likely_log_odds: float = -0.25  # of a likely voice: a creak has -0.1, music and noise -0.3 at most
    clear_log_odds: float = 2.0  # with less, a second beside it must be likely too
    cut_s_min: float = 0.5  # an edge moves by no less: a breath or a hoarse syllable is shorter
    search_s: float = 2.0  # from the first likely voice to a sure one
    step_s: float = 0.1  # of the search for the sure one
    run_s: float = 0.5  # length of silero's input at each step
    sure_log_odds: float = 1.0  # silero's, in
    sure_windows: int = 4  # windows of a run: 0.13 s, a short syllable; hum has one at its beginning
    skipped_windows: int = 4  # silero's first windows, which are high in hum and noise
    near_s: float = 0.25  # an edge stays if the sure voice is this near: silero's delay

    # Speech by the frames alone: 68 of 100 seconds at the edges of real speech, and none of 4,536 of music,
    # drums, tones and machines.
    syllable_log_odds: float = 2.0  # of the most likely nucleus
    change_s: float = 0.03  # the bands change over this time
    change_db: float = 4.0  # by this mean
    level_sd_db: float = 7.0  # standard deviation of the level,
    level_range_db: float = 40.0  # over this range below the loudest
    tilt_sd_db: float = 7.0  # standard deviation of low over high bands: vowels and fricatives in turn
    change_bands: tuple[int, int] = (1, 18)  # first band, and the first after
    low_bands: tuple[int, int] = (1, 8)
    high_bands: tuple[int, int] = (12, 20)


OPTIONS = TrimmingOptions()


def trimmed_to_voice(
    recording: Recording, frames: Frames, speech: Sequence[Interval], nucleus_probability: NDArray[np.float32]
) -> tuple[Interval, ...]:
    """Speech, in order, from its first voice to its last; empty where nothing has a voice."""
    if not speech:
        return ()
    search = _VoiceSearch(recording, frames, tuple(speech), nucleus_probability)
    first_s, last_s = speech[0].start_s, speech[-1].end_s
    is_doubtful = False
    start_s = end_s = None
    for second in _seconds(first_s, last_s):
        if search.has_voice(second, OPTIONS.second_s):
            start_s = first_s if second.start_s == first_s else search.start_s(second)
            if start_s is not None:
                break
            is_doubtful = True
    if start_s is None:
        is_kept = is_doubtful or is_whispered(frames, level_of(recording, frames, speech).snr_db)
        return tuple(speech) if is_kept else ()
    for backwards in _seconds(-last_s, -start_s):
        second = Interval(-backwards.end_s, -backwards.start_s)
        if search.has_voice(second, -OPTIONS.second_s):
            end_s = last_s if second.end_s == last_s else search.end_s(second)
            if end_s is not None:
                break
    start_s = start_s if start_s - first_s >= OPTIONS.cut_s_min else first_s
    end_s = end_s if end_s is not None and last_s - end_s >= OPTIONS.cut_s_min else last_s
    return tuple(within(speech, Interval(start_s, end_s)))


def _seconds(first_s: float, last_s: float) -> Iterator[Interval]:
    """Consecutive parts of `second_s`; the last may end later."""
    while True:
        yield Interval(first_s, first_s + OPTIONS.second_s)
        first_s += OPTIONS.second_s
        if first_s >= last_s:
            return


@dataclass(frozen=True)
class _VoiceSearch:
    """Tests parts of a recording for a voice."""

    recording: Recording
    frames: Frames
    speech: tuple[Interval, ...]
    nucleus_probability: NDArray[np.float32]

    def has_voice(self, second: Interval, inwards_s: float) -> bool:
        """Whether a second has a clear voice, or a likely one and so has a second beside it.

        `inwards_s` is the step to the seconds beside it: positive for those after, negative for those before.
        """
        odds = self._log_odds(second)
        if odds < OPTIONS.likely_log_odds or odds >= OPTIONS.clear_log_odds:
            return odds >= OPTIONS.clear_log_odds
        beside = [Interval(second.start_s + n * inwards_s, second.end_s + n * inwards_s) for n in (1, 2)]
        return max(map(self._log_odds, beside)) >= OPTIONS.likely_log_odds

    def start_s(self, second: Interval) -> float | None:
        """Start of the voice, searched from before a second with a voice; None where silero is not sure.

        In an interval of speech with a likely voice at its start, the voice starts there. In another, it
        starts where silero is sure.
        """
        first_s, last_s = second.start_s - OPTIONS.second_s, second.start_s + OPTIONS.search_s
        likely_s = None
        for part in self.speech:
            if likely_s is None and first_s <= part.start_s < last_s:
                beginning = Interval(part.start_s, min(part.start_s + OPTIONS.second_s, part.end_s))
                likely_s = part.start_s if self._is_likely(beginning) else None
            times_s = np.arange(max(part.start_s, first_s), min(part.end_s, last_s), OPTIONS.step_s)
            for at_s in times_s.tolist():
                sure = self._sure_windows(Interval(at_s, min(at_s + OPTIONS.run_s, part.end_s)))
                if sure.size < OPTIONS.sure_windows:
                    continue
                sure_s = at_s + WINDOW_S * int(sure[0])
                if likely_s is not None:
                    return likely_s
                return part.start_s if sure_s - part.start_s < OPTIONS.near_s else sure_s
        return None

    def end_s(self, second: Interval) -> float | None:
        """End of the voice, searched backwards from after a second with a voice; like `start_s`."""
        first_s, last_s = second.end_s - OPTIONS.search_s, second.end_s + OPTIONS.second_s
        likely_s = None
        for part in reversed(self.speech):
            if likely_s is None and first_s < part.end_s <= last_s:
                ending = Interval(max(part.end_s - OPTIONS.second_s, part.start_s), part.end_s)
                likely_s = part.end_s if self._is_likely(ending) else None
            times_s = np.arange(min(part.end_s, last_s), max(part.start_s, first_s), -OPTIONS.step_s)
            for to_s in times_s.tolist():
                at_s = max(to_s - OPTIONS.sure_windows * WINDOW_S, part.start_s)
                sure = self._sure_windows(Interval(at_s, min(at_s + OPTIONS.run_s, part.end_s)))
                if sure.size < OPTIONS.sure_windows:
                    continue
                if likely_s is not None:
                    return likely_s
                return part.end_s if part.end_s - to_s < OPTIONS.near_s else to_s
        return None

    def _log_odds(self, second: Interval) -> float:
        """Log odds of a voice: silero's plus the nuclei's; infinite where the frames alone show speech."""
        inside = slice(max(round(second.start_s / HOP_S), 0), max(round(second.end_s / HOP_S) + 1, 0))
        probability = self.nucleus_probability[inside]
        if not probability.size or not any(second.overlap_s(part) > 0 for part in self.speech):
            return -math.inf
        nucleus = float(log_odds(probability.max(keepdims=True))[0])
        if nucleus > OPTIONS.syllable_log_odds and self._is_speech_by_frames(inside):
            return math.inf
        odds = -math.inf
        for length_s in (OPTIONS.word_s, OPTIONS.second_s):  # most seconds are clear after the first word
            part = Interval(second.start_s, min(second.start_s + length_s, second.end_s))
            silero = self._silero(part)[OPTIONS.skipped_windows :]
            odds = sustained(silero) + nucleus if silero.size else -math.inf
            if odds >= OPTIONS.clear_log_odds:
                break
        return odds

    def _is_likely(self, part: Interval) -> bool:
        return self._log_odds(part) >= OPTIONS.likely_log_odds

    def _is_speech_by_frames(self, inside: slice) -> bool:
        bands_db = self.frames.bands_db[inside]
        level_db = joined_db(bands_db[:, 1:])
        is_loud = level_db > level_db.max() - LOUD_DB
        lag = round(OPTIONS.change_s / HOP_S)
        both_loud = is_loud[lag:] & is_loud[:-lag]
        if np.count_nonzero(both_loud) < lag:
            return False
        changing_db = bands_db[:, slice(*OPTIONS.change_bands)]
        changes_db = np.abs(changing_db[lag:] - changing_db[:-lag])
        low_db = bands_db[is_loud, slice(*OPTIONS.low_bands)].mean(axis=1)
        tilt_db = low_db - bands_db[is_loud, slice(*OPTIONS.high_bands)].mean(axis=1)
        level_db = np.maximum(level_db, level_db.max() - OPTIONS.level_range_db)
        return bool(
            changes_db[both_loud].mean() > OPTIONS.change_db
            and level_db.std() > OPTIONS.level_sd_db
            and tilt_db.std() > OPTIONS.tilt_sd_db
        )

    def _sure_windows(self, part: Interval) -> NDArray[np.intp]:
        """Windows in which silero is sure of a voice. It starts afresh, because it stays on after a voice."""
        return np.flatnonzero(self._silero(part) > OPTIONS.sure_log_odds)

    def _silero(self, part: Interval) -> NDArray[np.float64]:
        rate_hz = self.recording.rate_hz
        first, past = (max(round(time_s * rate_hz), 0) for time_s in part)
        return speech_log_odds(self.recording.samples[first:past], self.frames.loudest_dbov)
