"""Playback speed: whether speech is played twice as fast, or half as fast, as it was spoken.

That happens to a file whose header has another sampling rate, or to one channel read as two. Pitch and rate
alone do not tell it from a child or a slow talker. But silero gives speech at its own speed higher
probabilities than at twice or half of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ
from aftertone.acoustics.pitch import pitch_statistics
from aftertone.acoustics.silero import speech_log_odds

if TYPE_CHECKING:
    from aftertone.acoustics.analysis import AcousticAnalysis


@dataclass(frozen=True, eq=False, repr=False)
class SpeedOptions:
    """Settings of the test of the playback speed.

    Chosen on 568 recordings of people, and on the same at half and at twice their speed
    (benchmarks/experiments/recording_kinds.md).
    """

    fast_hz: float = 185.0  # least median pitch, and
    fast_syl_per_s: float = 3.3  # least rate, of speech that is tested for being too fast
    slow_hz: float = 130.0  # highest median pitch, and
    slow_syl_per_s: float = 3.3  # highest rate, of speech that is tested for being too slow
    fast_log_odds: float = 0.7  # least gain of silero's log odds when slowed down; of right speech 0.3
    slow_log_odds: float = 1.7  # least gain when sped up; of right speech 1.1
    tested_s: float = 10.0  # of the message, from its start
    speech_s_min: float = 2.0  # in the message
    used_share: float = 0.5  # of the windows, those with the highest log odds: pauses do not count


OPTIONS = SpeedOptions()


@dataclass(frozen=True, slots=True)
class WrongSpeed:
    """Speech that is played at a wrong speed; pitch and articulation rate are as played."""

    factor: float  # 2.0: twice as fast as spoken
    median_hz: float
    syl_per_s: float


def wrong_speed(analysis: AcousticAnalysis) -> WrongSpeed | None:
    """The wrong speed at which speech is played; None where it is right, or unknown.

    It takes 60 ms where pitch and rate are suspicious, else nothing.
    """
    message, speech_s = analysis.message, analysis.speech_time_s
    median_hz = pitch_statistics(analysis.pitch, analysis.speech).median_hz
    if message is None or median_hz is None or speech_s < OPTIONS.speech_s_min:
        return None
    rate = analysis.nuclei.size / speech_s
    for factor, gain_min, is_suspicious in (
        (2.0, OPTIONS.fast_log_odds, median_hz >= OPTIONS.fast_hz and rate >= OPTIONS.fast_syl_per_s),
        (0.5, OPTIONS.slow_log_odds, median_hz <= OPTIONS.slow_hz and rate <= OPTIONS.slow_syl_per_s),
    ):
        if is_suspicious:
            first = round(message.start_s * ANALYSIS_RATE_HZ)
            past = round(min(message.end_s, message.start_s + OPTIONS.tested_s) * ANALYSIS_RATE_HZ)
            samples, loudest_dbov = analysis.recording.samples[first:past], analysis.frames.loudest_dbov
            corrected = _slowed_down(samples, factor)
            if _mean_log_odds(corrected, loudest_dbov) - _mean_log_odds(samples, loudest_dbov) >= gain_min:
                return WrongSpeed(factor, median_hz, rate)
    return None


def _slowed_down(samples: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Samples that play slower by a factor, with the pitch lower by the same factor."""
    import soxr

    slower: NDArray[np.float32] = soxr.resample(samples, ANALYSIS_RATE_HZ, ANALYSIS_RATE_HZ * factor)
    return slower


def _mean_log_odds(samples: NDArray[np.float32], loudest_dbov: float) -> float:
    """Mean log odds of speech over the windows with the highest."""
    odds = np.sort(speech_log_odds(samples, loudest_dbov))
    return float(odds[round(odds.size * (1 - OPTIONS.used_share)) :].mean())
