"""Where somebody speaks: webrtcvad's verdict, with the edges where the sound ends.

webrtcvad (a Gaussian mixture on six bands) knows speech from noise but holds on for up to 100 ms after it,
and over every short pause. Here a frame's bands are compared with the noise in them, which gives stretches of
sound with sharp edges; webrtcvad then says which of those stretches are speech.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ, Recording
from aftertone.acoustics.frames import SILENCE_DB, Frames, band_centres_hz, frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.spectrum import HOP, HOP_S

Detector = Literal["webrtc", "silero"]

LOWEST_BAND_HZ = 140.0  # under it are hum, rumble and the handling of the telephone
LOUD_DB = 20.0  # below the recording's loudest: vowels
NEAR_S = 1.0  # the noise that matters is what is heard within this of speech
RANGE_DB = 40.0  # speech spans about 40 dB from its loudest vowel to its weakest sound (Fletcher 1953)
LOUDEST_NOISE_DB = 10.0  # below speech in the same band: what is louder is taken for speech
# Tuned on composed and labelled messages, see benchmarks/vad_trials.md:
EXCESS_DB = 4.5  # over the noise in the clearest bands: sound
CLEAR_EXCESS_DB = 6.3  # each stretch of sound must reach it somewhere
MOST_EXCESS_DB = 7.0  # more than this counts no more, so that smoothing leaves edges where they are
CLEAREST_SHARE = 0.4  # of the bands
SMOOTH_S = 0.05
SHORTEST_GAP_S = 0.13  # a stop's closure and burst; longer silences are pauses
SHORTEST_SPEECH_S = 0.04

_NOMINAL_DBOV = -26.0  # active speech level that telephony is built for (ITU-T P.56); webrtcvad's as well
_VAD_MODE = 2
_VAD_HOPS = 3  # webrtcvad takes 10, 20 or 30 ms
_VAD_VOTES = 1


def speech_intervals(
    recording: Recording, frames: Frames | None = None, *, vad: Detector = "webrtc"
) -> tuple[Interval, ...]:
    """Stretches of speech, in order, apart by at least `SHORTEST_GAP_S`.

    Parameters
    ----------
    recording : Recording
        What to listen to.
    frames : Frames, optional
        Its frames, where they are known already.
    vad : {"webrtc", "silero"}
        "silero" asks the neural detector that comes with faster-whisper: slower by ten times, and steadier
        in loud noise.

    Returns
    -------
    tuple of Interval
        Empty where nobody speaks.

    Examples
    --------
    >>> hiss = Recording.from_samples(np.random.default_rng(0).normal(0, 0.01, 16_000), 16_000)
    >>> speech_intervals(hiss)
    ()
    """
    if vad == "silero":
        return _silero_intervals(recording)
    return _sound_intervals(recording, frames_of(recording) if frames is None else frames)


def _sound_intervals(recording: Recording, frames: Frames) -> tuple[Interval, ...]:
    live = frames.level_db > SILENCE_DB
    if np.count_nonzero(live) * HOP_S < SHORTEST_SPEECH_S:
        return ()
    bands_db = frames.bands_db[:, band_centres_hz() > LOWEST_BAND_HZ]
    level_db = 10 * np.log10(np.sum(10 ** (bands_db / 10), axis=1))
    loudest_db = float(np.percentile(level_db[live], 95))
    excess_db = _excess_db(bands_db, level_db, live, level_db > loudest_db - LOUD_DB)

    starts, ends = _runs(excess_db > EXCESS_DB)
    clear = _counts(excess_db > CLEAR_EXCESS_DB, starts, ends) > 0
    starts, ends = _bridged(starts[clear], ends[clear], round(SHORTEST_GAP_S / HOP_S))
    votes = _webrtc_votes(recording, frames.n_frames, _NOMINAL_DBOV - loudest_db)
    is_speech = (ends - starts >= round(SHORTEST_SPEECH_S / HOP_S)) & (
        _counts(votes, starts, ends) >= _VAD_VOTES * _VAD_HOPS
    )
    half = HOP_S / 2  # a frame's hop lies round its centre
    return tuple(
        Interval(max(start * HOP_S - half, 0.0), min(end * HOP_S - half, recording.duration_s))
        for start, end in zip(starts[is_speech].tolist(), ends[is_speech].tolist(), strict=True)
    )


def _excess_db(
    bands_db: NDArray[np.float32],
    level_db: NDArray[np.float32],
    live: NDArray[np.bool_],
    loud: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """How far each frame stands over the noise, in the bands where it stands out most."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    speech_db = np.percentile(bands_db[loud], 90, axis=0)
    near = _near(loud, round(NEAR_S / HOP_S)) & live
    quiet = near & (level_db <= np.percentile(level_db[near], 15) + 3)
    n_around = round(2 * NEAR_S / HOP_S)
    for _ in range(4):
        noise_db = bands_db[quiet].mean(axis=0)
        local_db = minimum_filter1d(
            uniform_filter1d(np.where(live[:, None], bands_db, noise_db), 10, axis=0), n_around, axis=0
        )
        local_db = np.minimum(local_db + 2, speech_db - LOUDEST_NOISE_DB)
        floor_db = np.maximum(local_db, np.maximum(noise_db, speech_db - RANGE_DB))
        useful = speech_db - np.median(floor_db, axis=0) > 8
        if np.count_nonzero(useful) < 3:
            useful[:] = True
        over_db = np.maximum(bands_db - floor_db, 0)[:, useful]
        n_clearest = max(2, int(CLEAREST_SHARE * over_db.shape[1]))
        clearest_db = -np.partition(-over_db, n_clearest - 1, axis=1)[:, :n_clearest].mean(axis=1)
        excess_db = uniform_filter1d(np.minimum(clearest_db, MOST_EXCESS_DB), round(SMOOTH_S / HOP_S))
        now_quiet = near & (excess_db < EXCESS_DB)
        if np.count_nonzero(now_quiet) < 5:
            break
        quiet = now_quiet
    return np.asarray(excess_db, np.float32)


def _runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First frame of each run of True, and the first frame after it."""
    steps = np.diff(mask.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)


def _counts(mask: NDArray[np.bool_], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many frames of each run are True."""
    total = np.concatenate([[0], np.cumsum(mask)])
    return np.asarray(total[ends] - total[starts])


def _bridged(
    starts: NDArray[np.int64], ends: NDArray[np.int64], shortest_gap: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Runs, joined where they are less than a shortest gap apart."""
    is_gap = starts[1:] - ends[:-1] >= shortest_gap
    return starts[np.append(True, is_gap)[: starts.size]], ends[np.append(is_gap, True)[-ends.size or 1 :]]


def _near(mask: NDArray[np.bool_], n_frames: int) -> NDArray[np.bool_]:
    """True within so many frames of a True."""
    index = np.arange(mask.size)
    return _counts(mask, np.maximum(index - n_frames, 0), np.minimum(index + n_frames + 1, mask.size)) > 0


@cache
def _dither() -> NDArray[np.float32]:
    """One second of faint noise, for webrtcvad's noise model falls to nothing on digital silence."""
    return np.random.default_rng(0).normal(0, 2 / 32_768, ANALYSIS_RATE_HZ).astype(np.float32)


def _webrtc_votes(recording: Recording, n_frames: int, gain_db: float) -> NDArray[np.bool_]:
    """The verdict of webrtcvad on each frame, bool, shape (n_frames,)."""
    import webrtcvad

    n_votes = -(-n_frames // _VAD_HOPS)
    samples = np.resize(_dither(), n_votes * _VAD_HOPS * HOP)
    begin = HOP // 2  # a frame's hop starts half a hop before its centre
    samples[begin : begin + recording.samples.size] += recording.samples[: samples.size - begin] * np.float32(
        10 ** (gain_db / 20)
    )
    pcm = (np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes()
    detector, n_bytes = webrtcvad.Vad(_VAD_MODE), 2 * _VAD_HOPS * HOP
    votes = [
        detector.is_speech(pcm[first : first + n_bytes], ANALYSIS_RATE_HZ)
        for first in range(0, len(pcm), n_bytes)
    ]
    return np.repeat(np.array(votes, dtype=np.bool_), _VAD_HOPS)[:n_frames]


def _silero_intervals(recording: Recording) -> tuple[Interval, ...]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=100, speech_pad_ms=0)
    found = get_speech_timestamps(recording.samples.copy(), options)  # it writes into what it is given
    rate_hz = recording.rate_hz
    return tuple(Interval(each["start"] / rate_hz, each["end"] / rate_hz) for each in found)
