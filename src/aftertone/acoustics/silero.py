"""silero VAD, the neural detector of speech in faster-whisper.

The first call in a process imports faster_whisper and loads the net, in 0.4 s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.interval import Interval

RATE_HZ = 16_000
WINDOW = 512  # samples that each probability stands for
WINDOW_S = WINDOW / RATE_HZ
INPUT_DBOV = -30.0  # level of its input's loudest part: it misses quiet speech, and marks loud noise

_PROBABILITY_MIN = 1e-4  # keeps log odds within 9.2


def speech_probability(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability of speech in each window, of samples at RATE_HZ, the loudest part near `INPUT_DBOV`.

    Zeros fill up the last window.
    """
    from faster_whisper.vad import get_vad_model

    whole = np.pad(samples, (0, -samples.size % WINDOW or WINDOW))  # a copy: silero writes into its input
    return np.asarray(get_vad_model()(whole), np.float32).ravel()


def speech_log_odds(samples: NDArray[np.float32], loudest_dbov: float) -> NDArray[np.float64]:
    """Log odds of speech in each window, of samples at RATE_HZ; 1.8 ms for a second of samples.

    What comes before them in the recording has no influence. `loudest_dbov` is the recording's (`Frames`).
    """
    gain = np.float32(10 ** ((INPUT_DBOV - loudest_dbov) / 20))
    return log_odds(speech_probability(samples * gain))


def log_odds(probability: NDArray[np.floating]) -> NDArray[np.float64]:
    """Natural logarithm of the odds, from -9.2 to 9.2."""
    inside = np.clip(probability.astype(np.float64), _PROBABILITY_MIN, 1 - _PROBABILITY_MIN)
    return np.asarray(np.log(inside / (1 - inside)))


def silero_intervals(samples: NDArray[np.float32]) -> tuple[Interval, ...]:
    """Intervals of speech by silero alone, of samples at RATE_HZ."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=100, speech_pad_ms=0)  # the defaults fill short pauses
    found = get_speech_timestamps(samples.copy(), options)  # a copy: silero writes into its input
    return tuple(Interval(each["start"] / RATE_HZ, each["end"] / RATE_HZ) for each in found)
