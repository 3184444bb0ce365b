"""Whether there is a voice under a word: what the fast detector of speech cannot swear to.

`aftertone.acoustics.vad` takes some engines, knocks and crowds for speech; it must not lose a word. Whoever
has words asks again, since recognisers write words over such sounds: silero, the neural detector that comes
with faster-whisper, and the nets that find syllable nuclei. Neither is sure alone: silero doubts hoarse and
creaky voices, the nets find nuclei in a passing car. The odds of both, multiplied, part them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ, Recording
from aftertone.acoustics.frames import SILENCE_DB, Frames, band_centres_hz, joined_db
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.percentiles import percentile
from aftertone.acoustics.silero import LOUDEST_DBOV, WINDOW, likelihood_of_speech
from aftertone.acoustics.spectrum import HOP_S
from aftertone.acoustics.vad import LOUD_DB, VOICED_STRENGTH, WHISPERED_SHARE

# Chosen on recorded and made noises, on real speech and on practice messages, some over a telephone or in
# noise: see benchmarks/experiments/voice.md
LOG_ODDS_MIN = 0.6  # of a voice, silero's and the net's added
REACH_S = 0.5  # around the word: its neighbours vouch for it
VOICE_S = 0.25  # what silero hears so long at least, two syllables; a horn's or a clank's likeness is shorter

# A whisper, of which neither net was told much, is clean, bright and has no voice; wind and rumble are dark.
WHISPER_SNR_DB = 30.0
_BRIGHT_HZ, _DARK_HZ = (1_000.0, 4_000.0), (0.0, 500.0)

_NOWHERE = Interval(0.0, -1.0)
WINDOW_S = WINDOW / ANALYSIS_RATE_HZ  # to each of silero's verdicts


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """How likely a voice is, all through a recording.

    Attributes
    ----------
    silero : float64, shape (n_windows,)
        Log odds of a voice in each `window_s`.
    nuclei : float64, shape (n_frames,)
        Log odds of a syllable's nucleus in each frame of HOP_S.
    window_s : float
    is_whisper : bool
        Neither can tell: every word stands.
    """

    silero: NDArray[np.float64]
    nuclei: NDArray[np.float64]
    window_s: float
    is_whisper: bool

    def is_under(self, word: Interval) -> bool:
        """Whether a voice is under or near a word, more likely than not."""
        if self.is_whisper:
            return True
        around = Interval(max(word.start_s - REACH_S, 0.0), word.end_s + REACH_S)
        heard = np.sort(_inside(self.silero, around, self.window_s))[::-1]
        nuclei = _inside(self.nuclei, around, HOP_S)
        if not heard.size or not nuclei.size:
            return False
        least = min(round(VOICE_S / self.window_s), heard.size) - 1
        return bool(heard[least] + nuclei.max() >= LOG_ODDS_MIN)

    def share_of(self, speech: Sequence[Interval]) -> float:
        """Share of the time of some speech in which silero is for a voice; 0 of none."""
        windows = np.concatenate([_inside(self.silero, part, self.window_s) for part in (*speech, _NOWHERE)])
        return float(np.mean(windows > 0)) if windows.size else 0.0


def voice_in(
    recording: Recording, frames: Frames, snr_db: float | None, nucleus_likelihood: NDArray[np.float32]
) -> Voice:
    """How likely a voice is, all through a recording.

    Parameters
    ----------
    recording : Recording
    frames : Frames
        Its frames.
    snr_db : float or None
        How clean it is: a whisper in noise is not told from noise.
    nucleus_likelihood : float32, shape (n_frames,)
        How likely a syllable's nucleus is at each frame: see `nuclei_in`.

    Examples
    --------
    >>> from aftertone.acoustics.frames import frames_of
    >>> from aftertone.acoustics.nuclei import nuclei_in
    >>> hiss = Recording.from_samples(np.random.default_rng(0).normal(0, 0.01, 16_000), 16_000)
    >>> frames = frames_of(hiss)
    >>> voice_in(hiss, frames, None, nuclei_in(frames)[1]).is_under(Interval(0.2, 0.6))
    False
    """
    return Voice(
        silero=silero_log_odds(recording.samples, loudest_dbov(frames)),
        nuclei=log_odds(nucleus_likelihood),
        window_s=WINDOW_S,
        is_whisper=(snr_db or 0.0) >= WHISPER_SNR_DB and is_whispered(frames),
    )


def loudest_dbov(frames: Frames) -> float:
    """Level that a twentieth of the frames reach, without hum, in dBov; 0 where there is no sound."""
    level_db = joined_db(frames.bands_db[:, 1:])
    is_heard = frames.level_db > SILENCE_DB
    return float(percentile(level_db[is_heard], 95)) if is_heard.any() else 0.0


def silero_log_odds(samples: NDArray[np.float32], loudest_dbov: float) -> NDArray[np.float64]:
    """Log odds of a voice in each WINDOW_S, by silero, which knows nothing of what came before.

    Costs 1.8 ms a second of samples. The first call in a process imports faster_whisper and loads the net:
    0.4 s.

    Parameters
    ----------
    samples : float32 array, shape (n_samples,)
        At ANALYSIS_RATE_HZ.
    loudest_dbov : float
        Level of the loudest of the recording that they are from: see `loudest_dbov`.
    """
    gain = np.float32(10 ** ((LOUDEST_DBOV - loudest_dbov) / 20))
    return log_odds(likelihood_of_speech(samples * gain))


def is_whispered(frames: Frames) -> bool:
    """Whether what is loud has no voice and is brighter than it is dark."""
    is_loud = joined_db(frames.bands_db[:, 1:]) > loudest_dbov(frames) - LOUD_DB
    if not is_loud.any():
        return False
    is_voiced = frames.candidates.strength[is_loud].max(axis=1) > VOICED_STRENGTH
    bright_db, dark_db = (
        frames.bands_db[is_loud][:, (low <= band_centres_hz()) & (band_centres_hz() < high)].mean()
        for low, high in (_BRIGHT_HZ, _DARK_HZ)
    )
    return bool(is_voiced.mean() <= WHISPERED_SHARE and bright_db > dark_db)


def log_odds(likelihood: NDArray[np.floating]) -> NDArray[np.float64]:
    """Log of likelihood over unlikelihood, at most 9.2 either way."""
    likely = np.clip(likelihood.astype(np.float64), 1e-4, 1 - 1e-4)
    return np.asarray(np.log(likely / (1 - likely)))


def _inside(values: NDArray[np.float64], part: Interval, step_s: float) -> NDArray[np.float64]:
    return values[int(part.start_s / step_s) : int(part.end_s / step_s) + 1]
