"""Where somebody speaks: webrtcvad's verdict, with the edges where the sound ends.

webrtcvad (a Gaussian mixture over six bands) tells speech from noise, but holds on for a tenth of a second
after it and over every short pause. So edges come from the spectrum: a frame sounds where its clearest bands
stand out from the noise in them. Of the stretches that sound, webrtcvad, voicing and height say which are
speech.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ, Recording
from aftertone.acoustics.frames import FRAMES_AT_ONCE, SILENCE_DB, Frames, frames_of, joined_db
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import nucleus_likelihood
from aftertone.acoustics.percentiles import percentile
from aftertone.acoustics.spectrum import HOP, HOP_S
from aftertone.acoustics.speech_net import CLEAR_DB_MAX, N_BAND_PAIRS, NET, contours_of

Detector = Literal["webrtc", "silero"]

# Tuned on emodb, mfa and fsdd, swept again with natural voices: benchmarks/experiments/speech.md
EXCESS_DB = 4.0  # over the noise, in the clearest bands: sound
CLEAR_EXCESS_DB = 6.3  # each stretch of sound reaches it somewhere
MOST_EXCESS_DB = 7.0  # counts no more above, so that smoothing leaves edges where they are
SMOOTH_S = 0.05
CLEAREST_SHARE = 0.4  # of the bands: speech does not fill them all at once
SHORTEST_GAP_S = 0.14  # a stop's closure; longer is a pause
SHORTEST_SPEECH_S = 0.10  # the shortest syllables; what is shorter and alone is a click
LOUD_DB = 20.0  # below the recording's loudest: vowels, by which the others are judged
RANGE_DB = 38.0  # a talker's sounds span 28 dB (Fletcher 1953), and fade by some more
WEAKEST_BAND_DB = 50.0  # below the loudest band: nothing to be heard there
USEFUL_DB = 8.0  # speech over noise in a band that is asked

NEAR_S = 0.3  # noise is learnt this near to vowels, so that silence added far off changes nothing
QUIET_PERCENT = 15  # of the frames there
N_PASSES = 2
EDITED_DB = 28.0  # below that quiet: silence that an editor put there
LOCAL_S = 2.0  # and again in the quietest tenth of a second of the two seconds round each frame
LOCAL_QUIET_S = 0.1
LOCAL_BIAS_DB = 2.0  # the quietest of many is quieter than the noise
LOUDEST_NOISE_DB = 10.0  # below vowels in the same band: what is louder all the time is a vowel held

VOICED_STRENGTH = 0.5  # of the autocorrelation; 0.45 is Praat's threshold
THUMP_DB = 3.0  # lowest band over all others: a thump or hum, whose periodicity is no voice
VOICED_S = 0.04  # four periods of a low voice
HOARSE_STRENGTH = 0.45  # Praat's threshold: enough where the net that knows syllables is sure of one,
SURE_LIKELIHOOD = 0.9  # as in a short, hoarse "six": 0.92 and more; of a machine's strokes 0.67 at most
WHISPERED_SHARE = 0.2  # of loud frames voiced, at most: a whisper, of which no voice is asked
SHORTEST_WHISPER_S = 0.3  # it must be longer than a knock instead
LEAST_PEAK_DB = 9.0  # over the noise, that a stretch of speech reaches
PEAK_SHARE = 0.25  # of what the recording's loudest reach
FAINT_DB = 28.0  # below the loudest; voiceless and faint for longer than any fricative is a breath
LONGEST_FAINT_S = 0.2

FAINT_EXCESS_DB = 3.5  # over the noise, in the clearest bands: may be heard
INSIDE_MIN, OUTSIDE_MIN = 0.4, 0.9
"""Least likelihood, by the net, of frames inside and beside the stretches that the rules find. Chosen with
each corpus left out: benchmarks/experiments/speech.md."""
CERTAIN_DB = 8.0  # over the noise, in the clearest bands: loud frames that reach it stay, as in a held vowel

_NOMINAL_DBOV = -26.0  # active level that telephony, and webrtcvad with it, is built for (ITU-T P.56)
_VAD_MODE = 2  # of 0 to 3; the strictest, 3, misses weak speech
_VAD_HOPS = 3  # webrtcvad takes 10, 20 or 30 ms
_VERDICTS_AT_ONCE = 16  # half a second of samples is made ready at a time
_VAD_LEAD_HOPS = 25  # that it hears before a stretch; 50 and 100 give the same
_UNHEARD_DB = np.float32(1_000.0)


def speech_intervals(
    recording: Recording, frames: Frames | None = None, *, vad: Detector = "webrtc", exact: bool = True
) -> tuple[Interval, ...]:
    """Stretches of speech, in order, at least `SHORTEST_GAP_S` apart.

    From the first audible sound of a word to the last; breaths are not speech. Level does not matter: a
    recording turned down by 40 dB gives the same intervals.

    Parameters
    ----------
    recording : Recording
    frames : Frames, optional
        Its frames, where they are known already.
    vad : {"webrtc", "silero"}
        "silero" asks the neural detector that comes with faster-whisper instead. It is ten times as slow; it
        rejects music and machines better, and places edges worse.
    exact : bool
        Correct the edges by a net. False keeps breaths and late tails: a recogniser's windows are cut there,
        since windows with exact edges cost it words (LibriSpeech 11.5 % wrong in place of 10.9).

    Returns
    -------
    tuple of Interval
        Empty where nobody speaks.

    Raises
    ------
    ValueError
        Another `vad`.

    Examples
    --------
    >>> hiss = Recording.from_samples(np.random.default_rng(0).normal(0, 0.01, 16_000), 16_000)
    >>> speech_intervals(hiss)
    ()
    """
    found = detect_speech(recording, frames, vad=vad)
    return found.exact if exact else found.coarse


class DetectedSpeech(NamedTuple):
    """Speech intervals of a recording: with the edges that the detector gives, and with corrected ones."""

    coarse: tuple[Interval, ...]
    exact: tuple[Interval, ...]


def detect_speech(
    recording: Recording, frames: Frames | None = None, *, vad: Detector = "webrtc"
) -> DetectedSpeech:
    """Speech intervals in both forms that `speech_intervals` returns; silero has one form.

    Parameters and errors are those of `speech_intervals`.
    """
    if vad == "silero":
        found = _silero_intervals(recording)
        return DetectedSpeech(found, found)
    if vad != "webrtc":
        raise ValueError(f"vad is {vad!r}; expected 'webrtc' or 'silero'")
    return _webrtc_intervals(recording, frames_of(recording) if frames is None else frames)


def _webrtc_intervals(recording: Recording, frames: Frames) -> DetectedSpeech:
    is_heard = frames.level_db > SILENCE_DB
    if not is_heard.any():
        return DetectedSpeech((), ())
    bands_db = frames.bands_db[:, 1:]  # under the second lie hum and the handling of a telephone
    level_db = joined_db(bands_db)
    loudest_db = float(percentile(level_db[is_heard], 95))
    is_loud = level_db > loudest_db - LOUD_DB
    clear_db = _clear_db(bands_db, level_db, is_heard, is_loud)
    excess_db = _smoothed(np.minimum(clear_db, MOST_EXCESS_DB))

    strength = frames.candidates.strength.max(axis=1)
    is_thump = frames.bands_db[:, 0] > level_db + THUMP_DB
    is_faint = (level_db < loudest_db - FAINT_DB) & ((_smoothed(strength) < VOICED_STRENGTH) | is_thump)
    is_sound = excess_db > EXCESS_DB
    is_sound &= ~_in_long_runs(is_sound & is_faint, LONGEST_FAINT_S)

    starts, ends = _runs(is_sound)
    is_clear = _counts(excess_db > CLEAR_EXCESS_DB, starts, ends) > 0
    starts, ends = _bridged(starts[is_clear], ends[is_clear])
    if not starts.size:
        return DetectedSpeech((), ())
    peak_db = _smoothed(clear_db)
    least_peak_db = max(LEAST_PEAK_DB, PEAK_SHARE * float(percentile(peak_db[is_heard], 95)))
    is_voiced = (strength > VOICED_STRENGTH) & ~is_thump
    is_human = _counts(is_voiced, starts, ends) >= round(VOICED_S / HOP_S)
    is_hoarse = _counts((strength > HOARSE_STRENGTH) & ~is_thump, starts, ends) >= round(VOICED_S / HOP_S)
    if (is_hoarse & ~is_human).any():
        is_human |= is_hoarse & (_counts(nucleus_likelihood(frames) > SURE_LIKELIHOOD, starts, ends) > 0)
    if np.mean(is_voiced[is_loud]) <= WHISPERED_SHARE:
        is_human |= ends - starts >= round(SHORTEST_WHISPER_S / HOP_S)
    is_speech = (
        is_human
        & (ends - starts >= round(SHORTEST_SPEECH_S / HOP_S))
        & (_counts(peak_db > least_peak_db, starts, ends) > 0)
    )
    starts, ends = starts[is_speech], ends[is_speech]
    gain = np.float32(32_767 * 10 ** ((_NOMINAL_DBOV - loudest_db) / 20))
    is_speech = _is_voice(recording, gain, frames.n_frames, starts, ends)
    starts, ends = starts[is_speech], ends[is_speech]
    coarse = exact = _intervals(starts, ends, recording.duration_s)
    if coarse:
        likely = NET.likelihood(_contours(frames, clear_db, level_db, np.float32(loudest_db)))
        is_certain = is_loud & (peak_db > CERTAIN_DB)
        starts, ends = _corrected(starts, ends, likely, is_certain, excess_db > FAINT_EXCESS_DB)
        exact = _intervals(starts, ends, recording.duration_s)
    return DetectedSpeech(coarse, exact)


def _intervals(starts: NDArray[np.int64], ends: NDArray[np.int64], duration_s: float) -> tuple[Interval, ...]:
    half = HOP_S / 2  # a frame's hop lies round its centre
    return tuple(
        Interval(max(start * HOP_S - half, 0.0), min(end * HOP_S - half, duration_s))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    )


def _contours(
    frames: Frames, clear_db: NDArray[np.float32], level_db: NDArray[np.float32], loudest_db: np.float32
) -> NDArray[np.float32]:
    """What the net of `speech_net` sees of each frame."""
    return contours_of(
        _smoothed(np.minimum(clear_db, CLEAR_DB_MAX)),
        _smoothed(level_db - loudest_db),
        _smoothed(frames.candidates.strength.max(axis=1)),
        frames.bands_db[:, 1:][:, : 2 * N_BAND_PAIRS] - loudest_db,
    )


def _corrected(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    likely: NDArray[np.float32],
    is_certain: NDArray[np.bool_],
    is_audible: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Stretches of speech without unlikely uncertain frames, and with likely audible ones beside them."""
    is_inside = _inside(starts, ends, likely.size)
    is_speech = (is_inside & (is_certain | (likely > INSIDE_MIN))) | (is_audible & (likely > OUTSIDE_MIN))
    first, past = _bridged(*_runs(is_speech))
    is_kept = (_counts(is_inside, first, past) > 0) & (past - first >= round(SHORTEST_SPEECH_S / HOP_S))
    return first[is_kept], past[is_kept]


def _clear_db(
    bands_db: NDArray[np.float32],
    level_db: NDArray[np.float32],
    is_heard: NDArray[np.bool_],
    is_loud: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """How far each frame stands over the noise in its clearest bands, float32, shape (n_frames,)."""
    vowels_db = percentile(bands_db[is_loud].T, 90)
    vowels_db = np.maximum(vowels_db, vowels_db.max() - WEAKEST_BAND_DB)
    is_near = _near(is_loud, round(NEAR_S / HOP_S)) & is_heard
    quiet_db = percentile(level_db[is_near], QUIET_PERCENT)
    is_near &= level_db > quiet_db - EDITED_DB
    local_db = _local_quiet_db(bands_db, is_near)
    local_db += LOCAL_BIAS_DB
    np.minimum(local_db, vowels_db - LOUDEST_NOISE_DB, out=local_db)
    usual_local_db = percentile(local_db[:: round(LOCAL_QUIET_S / HOP_S)].T, 50)  # it changes slowly
    is_quiet = is_near & (level_db <= quiet_db + 3)
    for _ in range(N_PASSES):
        noise_db = np.maximum(percentile(bands_db[is_quiet].T, 50), vowels_db - RANGE_DB)
        is_useful = vowels_db - np.maximum(usual_local_db, noise_db) > USEFUL_DB
        if np.count_nonzero(is_useful) < 3:
            is_useful[:] = True
        clear_db = _over_noise_db(bands_db, local_db, noise_db, is_useful)
        is_quiet = is_near & (_smoothed(np.minimum(clear_db, MOST_EXCESS_DB)) < EXCESS_DB)
        if not is_quiet.any():
            break
    return np.asarray(clear_db)


def _over_noise_db(
    bands_db: NDArray[np.float32],
    local_db: NDArray[np.float32],
    noise_db: NDArray[np.float32],
    is_useful: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """How far the clearest of the useful bands stand over local and usual noise, (n_frames,)."""
    clear_db = np.empty(len(bands_db), np.float32)
    for first in range(0, len(bands_db), FRAMES_AT_ONCE):
        part = slice(first, first + FRAMES_AT_ONCE)
        over_db = np.maximum(local_db[part], noise_db)
        np.subtract(bands_db[part], over_db, out=over_db)
        np.maximum(over_db, 0, out=over_db)
        if not is_useful.all():
            over_db = over_db.compress(is_useful, axis=1)
        over_db.sort(axis=1)
        n_clearest = max(2, int(CLEAREST_SHARE * over_db.shape[1]))
        clear_db[part] = over_db[:, -n_clearest:] @ np.full(n_clearest, 1 / n_clearest, np.float32)
    return clear_db


def _local_quiet_db(bands_db: NDArray[np.float32], is_near: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The quietest moment near vowels round each frame, band by band; -_UNHEARD_DB where there is none."""
    from scipy.ndimage import uniform_filter1d

    n_frames, n_bands = bands_db.shape
    reach, width = round(LOCAL_S / HOP_S) // 2, round(LOCAL_QUIET_S / HOP_S)
    quietest_db = np.empty_like(bands_db, order="C")
    at_once = max(1, n_bands * FRAMES_AT_ONCE // n_frames)  # bands, so that memory does not grow with all
    for first in range(0, n_bands, at_once):
        some_db = bands_db[:, first : first + at_once].T
        moments_db = np.full((len(some_db), 2 * reach - 1 + n_frames), _UNHEARD_DB)
        inside = moments_db[:, reach : reach + n_frames]
        np.copyto(inside, some_db, where=is_near)
        uniform_filter1d(inside, width, output=inside, mode="constant", cval=_UNHEARD_DB)
        least_db = _least(moments_db, 2 * reach)
        least_db[least_db >= _UNHEARD_DB / 2] = -_UNHEARD_DB
        quietest_db[:, first : first + at_once] = least_db.T
    return quietest_db


def _least(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The least of each so many columns that follow one another, (n_rows, n_columns - width + 1).

    >>> _least(np.array([[3, 1, 2, 5, 4]], np.float32), 3)
    array([[1., 1., 2.]], dtype=float32)
    """
    have = 1  # the least of twice as many is the least of two
    while 2 * have <= width:
        values = np.minimum(values[:, :-have], values[:, have:])
        have *= 2
    rest = width - have
    return np.minimum(values[:, : values.shape[1] - rest], values[:, rest:])


def _smoothed(contour: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(contour, round(SMOOTH_S / HOP_S)))


def _runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First frame of each run of True, and the first frame after it."""
    steps = np.diff(mask.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)


def _counts(mask: NDArray[np.bool_], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many frames from each start to each end are True."""
    total = np.concatenate([[0], np.cumsum(mask)])
    return np.asarray(total[ends] - total[starts])


def _near(mask: NDArray[np.bool_], n_frames: int) -> NDArray[np.bool_]:
    """True within so many frames of a True."""
    index = np.arange(mask.size)
    return _counts(mask, np.maximum(index - n_frames, 0), np.minimum(index + n_frames + 1, mask.size)) > 0


def _in_long_runs(mask: NDArray[np.bool_], shortest_s: float) -> NDArray[np.bool_]:
    """True in runs of at least that length."""
    starts, ends = _runs(mask)
    is_long = ends - starts >= round(shortest_s / HOP_S)
    return _inside(starts[is_long], ends[is_long], mask.size)


def _inside(starts: NDArray[np.int64], ends: NDArray[np.int64], n_frames: int) -> NDArray[np.bool_]:
    """True from each start to each end, the reverse of `_runs`."""
    steps = np.zeros(n_frames + 1, np.int8)
    steps[starts], steps[ends] = 1, -1
    return np.cumsum(steps[:-1]) > 0


def _bridged(
    starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Runs, joined where less than `SHORTEST_GAP_S` lies between them."""
    is_gap = starts[1:] - ends[:-1] >= round(SHORTEST_GAP_S / HOP_S)
    return starts[np.append(True, is_gap)[: starts.size]], ends[np.append(is_gap, True)[-ends.size or 1 :]]


@cache
def _dither() -> NDArray[np.float32]:
    """Faint noise, one second twice, in steps of 16 bits: webrtcvad cannot learn from digital silence."""
    return np.tile(np.random.default_rng(0).normal(0, 2, ANALYSIS_RATE_HZ).astype(np.float32), 2)


def _pcm(recording: Recording, gain: np.float32, first: int) -> bytes:
    """Samples from a frame on as webrtcvad takes them: 16 bits, _VERDICTS_AT_ONCE times _VAD_HOPS frames."""
    begin = first * HOP - HOP // 2  # a frame's hop starts half a hop before its centre
    size = _VERDICTS_AT_ONCE * _VAD_HOPS * HOP
    samples = _dither()[first * HOP % ANALYSIS_RATE_HZ :][:size].copy()
    heard = recording.samples[max(begin, 0) : begin + size]
    samples[max(-begin, 0) :][: heard.size] += heard * gain
    return np.clip(samples, -32_767, 32_767, out=samples).astype("<i2").tobytes()


def _verdicts(recording: Recording, gain: np.float32) -> Callable[[int], bool]:
    """What webrtcvad says of _VAD_HOPS frames, by their number; it goes by those it was asked of before."""
    import webrtcvad

    detector = webrtcvad.Vad(_VAD_MODE)
    n_bytes = 2 * _VAD_HOPS * HOP
    pcm, begin = b"", 0

    def is_voice(asked: int) -> bool:
        nonlocal pcm, begin
        if not pcm or asked - begin >= _VERDICTS_AT_ONCE:
            pcm, begin = _pcm(recording, gain, asked * _VAD_HOPS), asked
        at = n_bytes * (asked - begin)
        return bool(detector.is_speech(pcm[at : at + n_bytes], ANALYSIS_RATE_HZ))

    return is_voice


def _is_voice(
    recording: Recording,
    gain: np.float32,
    n_frames: int,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """In which stretches of frames webrtcvad hears _VAD_HOPS frames of voice, bool, shape (n_stretches,).

    It is asked from shortly before each stretch until it says yes, a fifth of the frames. It goes by what it
    heard before, so where it never says yes the whole recording is played to it.
    """
    verdict = _verdicts(recording, gain)
    is_voice = np.zeros(starts.size, np.bool_)
    asked = 0
    for stretch, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        asked = max(asked, (start - _VAD_LEAD_HOPS) // _VAD_HOPS)
        n_heard = 0
        while asked * _VAD_HOPS < end and n_heard < _VAD_HOPS:
            first = asked * _VAD_HOPS
            if verdict(asked):
                n_heard += max(0, min(first + _VAD_HOPS, end) - max(first, start))
            asked += 1
        is_voice[stretch] = n_heard >= _VAD_HOPS
    if is_voice.all():
        return is_voice
    verdicts = [*map(_verdicts(recording, gain), range(-(-n_frames // _VAD_HOPS)))]
    return is_voice | (_counts(np.repeat(verdicts, _VAD_HOPS), starts, ends) >= _VAD_HOPS)


def _silero_intervals(recording: Recording) -> tuple[Interval, ...]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=100, speech_pad_ms=0)  # its defaults hide pauses
    found = get_speech_timestamps(recording.samples.copy(), options)  # it writes into what it is given
    rate_hz = recording.rate_hz
    return tuple(Interval(each["start"] / rate_hz, each["end"] / rate_hz) for each in found)
