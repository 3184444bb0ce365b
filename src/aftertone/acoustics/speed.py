"""Whether speech is played at the speed at which it was said.

A file whose header tells another sampling rate, or one channel read as two, is played twice as fast or half
as fast. Pitch and pace alone do not tell it from a child or from a slow talker. silero does: it is surer of a
voice at its own speed than at twice or half of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ
from aftertone.acoustics.pitch import pitch_of
from aftertone.acoustics.voice import loudest_dbov, silero_log_odds

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

# Chosen on recordings of people, 568 of them, and on the same at half and twice their speed: see
# benchmarks/experiments/recording_kinds.md
FAST_HZ, FAST_SYL_PER_S = 185.0, 3.3  # median pitch and pace, at least, of speech played twice as fast
SLOW_HZ, SLOW_SYL_PER_S = 130.0, 3.3  # and at most, of speech played half as fast
FAST_LOG_ODDS, SLOW_LOG_ODDS = 0.7, 1.7  # surer at the other speed, at least; of right speech 0.3, 1.1
HEARD_S, LEAST_S = 10.0, 2.0  # of the message
SURE_SHARE = 0.5  # of the windows, the surest: pauses do not count


@dataclass(frozen=True, slots=True)
class WrongSpeed:
    """Speech that is played at another speed than it was said at.

    Attributes
    ----------
    speed : float
        2.0: twice as fast; 0.5: half as fast.
    median_hz, syl_per_s : float
        Its pitch and pace, as played.
    """

    speed: float
    median_hz: float
    syl_per_s: float


def wrong_speed(sound: Sound) -> WrongSpeed | None:
    """At which wrong speed speech is played; None where it is right, or cannot be told.

    Costs 60 ms where pitch and pace are suspicious, else nothing.
    """
    message, speech_s = sound.message, sound.speech_time_s
    median_hz = pitch_of(sound.pitch, sound.speech).median_hz
    if message is None or median_hz is None or speech_s < LEAST_S:
        return None
    pace = sound.nuclei.size / speech_s
    for speed, least, is_suspicious in (
        (2.0, FAST_LOG_ODDS, median_hz >= FAST_HZ and pace >= FAST_SYL_PER_S),
        (0.5, SLOW_LOG_ODDS, median_hz <= SLOW_HZ and pace <= SLOW_SYL_PER_S),
    ):
        if is_suspicious:
            first = round(message.start_s * ANALYSIS_RATE_HZ)
            past = round(min(message.end_s, message.start_s + HEARD_S) * ANALYSIS_RATE_HZ)
            samples, loudest = sound.recording.samples[first:past], loudest_dbov(sound.frames)
            if _log_odds(_played(samples, speed), loudest) - _log_odds(samples, loudest) >= least:
                return WrongSpeed(speed, median_hz, pace)
    return None


def _played(samples: NDArray[np.float32], slower: float) -> NDArray[np.float32]:
    """The same so many times slower, its pitch as much lower."""
    import soxr

    played: NDArray[np.float32] = soxr.resample(samples, ANALYSIS_RATE_HZ, ANALYSIS_RATE_HZ * slower)
    return played


def _log_odds(samples: NDArray[np.float32], loudest: float) -> float:
    """Mean log odds of a voice in the surest windows."""
    odds = np.sort(silero_log_odds(samples, loudest))
    return float(odds[round(odds.size * (1 - SURE_SHARE)) :].mean())
