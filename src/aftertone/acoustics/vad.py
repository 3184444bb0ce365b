"""Voice activity detection: the decision of webrtcvad, with edges from the spectrum and a classifier.

webrtcvad (a Gaussian mixture model over six bands) separates speech from noise, but stays on for a tenth of a
second after speech and over short pauses. So the edges come from the spectrum: a frame is active where its
clearest bands are above the noise in them. webrtcvad, voicing and level then select the active stretches that
are speech. Last, a classifier corrects the edges: it removes late tails, breaths and filled gaps, and adds
weak sounds beside a stretch. It was trained on several corpora in simulated rooms, lines and noises
(training/speech.py). Its errors are measured on corpora that it was not trained on
(benchmarks/experiments/speech.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ, Recording
from aftertone.acoustics.contours import Runs, mask_of, percentile, runs, true_counts
from aftertone.acoustics.frame_classifier import FrameClassifier
from aftertone.acoustics.frames import FRAMES_AT_ONCE, SILENCE_DB, Frames, frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import detected_nuclei
from aftertone.acoustics.silero import silero_intervals
from aftertone.acoustics.spectrum import HOP, HOP_S

Detector = Literal["webrtc", "silero"]


@dataclass(frozen=True, eq=False, repr=False)
class VadOptions:
    """Settings of the detection of speech by rules.

    Tuned on EmoDB, mfa and fsdd, and swept again with natural voices (benchmarks/experiments/speech.md).
    "Excess" is the level over the noise in a frame's clearest bands.
    """

    # -- active frames --
    excess_db: float = 4.0  # of an active frame
    clear_excess_db: float = 6.3  # that each active stretch reaches
    excess_db_max: float = 7.0  # excess is limited to it, so that smoothing does not move edges
    smoothing_s: float = 0.05
    clearest_share: float = 0.4  # of the bands: speech does not fill all of them at once
    gap_s_min: float = 0.14  # shorter gaps are closures of stops
    speech_s_min: float = 0.10  # the shortest syllables; a shorter sound alone is a click

    # -- noise --
    range_db: float = 38.0  # of speech below vowels: its sounds span 28 dB (Fletcher 1953), and fade
    weakest_band_db: float = 50.0  # bands weaker than this below the loudest hold nothing audible
    useful_db: float = 8.0  # least level of vowels over the noise in a band that is used
    useful_bands_min: int = 3  # with fewer, all bands are used
    near_s: float = 0.3  # noise is estimated this near to vowels, so that silence farther off changes nothing
    quiet_percent: int = 15  # percentile of the level there: the noise, first estimate
    quiet_margin_db: float = 3.0  # frames up to this above it are noise
    noise_passes: int = 2
    edited_db: float = 28.0  # lower than this below the noise is silence that an editor inserted
    local_s: float = 2.0  # the noise is estimated again within this time around each frame,
    local_quiet_s: float = 0.1  # as its quietest stretch of this length,
    local_bias_db: float = 2.0  # plus this: the quietest of many is quieter than the noise
    local_noise_db: float = 10.0  # at least this below vowels in the same band: louder is a held vowel

    # -- speech among the active stretches --
    voiced_strength: float = 0.5  # periodicity of a voiced frame; Praat's threshold is 0.45
    thump_db: float = 3.0  # lowest band over the rest: a thump or hum, whose periodicity is not a voice
    voiced_s_min: float = 0.04  # voiced time of a speech stretch: four periods of a low voice
    hoarse_strength: float = 0.45  # Praat's threshold: enough with a syllable nucleus of
    hoarse_nucleus: float = 0.9  # this probability: a short, hoarse "six" has 0.92, machines 0.67 at most
    whispered_share: float = 0.2  # of voiced frames among loud ones, at most: a whisper needs no voicing,
    whisper_s_min: float = 0.3  # but this length: longer than a knock
    peak_db_min: float = 9.0  # excess that a speech stretch reaches
    peak_share: float = 0.25  # and its share of the excess that the recording's loudest frames reach
    faint_db: float = 28.0  # below the loudest: if also voiceless and longer than
    faint_s_max: float = 0.2  # any fricative, it is a breath

    # -- webrtcvad --
    input_dbov: float = -26.0  # active level that telephony and webrtcvad are designed for (ITU-T P.56)
    mode: int = 2  # 0 to 3; the strictest, 3, misses weak speech
    decision_hops: int = 3  # frames of one decision; webrtcvad takes 10, 20 or 30 ms
    decisions_at_once: int = 16  # half a second of samples is converted at a time
    lead_in_hops: int = 25  # frames that it receives before a stretch; 50 and 100 give the same


@dataclass(frozen=True, eq=False, repr=False)
class EdgeOptions:
    """Settings of the correction of edges by the classifier.

    The probabilities were chosen with each corpus left out in turn (benchmarks/experiments/speech.md).
    """

    excess_db_max: float = 20.0  # the classifier's inputs are limited to these ranges; as in training
    level_db_min: float = -60.0
    inside_min: float = 0.4  # probability of frames that stay in a stretch
    beside_min: float = 0.9  # probability of frames that are added beside a stretch
    audible_db: float = 3.5  # excess of frames that may be added
    certain_db: float = 8.0  # excess of loud frames that stay at any probability, as in a held vowel


OPTIONS = VadOptions()
EDGES = EdgeOptions()

N_CONTOURS = 3
N_BAND_PAIRS = 11
CLASSIFIER = FrameClassifier(
    "speech.npz",
    (
        (N_CONTOURS, (-24, -16, -10, -6, -3, 0, 3, 6, 10, 16, 24)),
        (N_BAND_PAIRS, (-20, -10, -4, 0, 4, 10, 20)),
    ),
)

_NO_LEVEL_DB = np.float32(1_000.0)


def speech_intervals(
    recording: Recording,
    frames: Frames | None = None,
    *,
    vad: Detector = "webrtc",
    exact: bool = True,
) -> tuple[Interval, ...]:
    """Intervals of speech, in order, with gaps of at least 0.14 s.

    An interval lasts from the first audible sound of a word to the last. Breaths are not speech. Level does
    not matter: a recording that is 40 dB quieter gives the same intervals.

    Parameters
    ----------
    recording : Recording
    frames : Frames, optional
        Its frames, if they are known already.
    vad : {"webrtc", "silero"}
        "silero" is the neural detector in faster-whisper. It takes ten times as long. It rejects music and
        machines better, and places edges worse.
    exact : bool
        Correct the edges by the classifier. False keeps breaths and late tails: the windows of a recogniser
        are cut there, because exact edges cost it words (LibriSpeech 11.5 % wrong instead of 10.9).

    Returns
    -------
    tuple of Interval
        Empty without speech.

    Raises
    ------
    ValueError
        `vad` is neither.

    Examples
    --------
    >>> hiss = Recording.from_samples(np.random.default_rng(0).normal(0, 0.01, 16_000), 16_000)
    >>> speech_intervals(hiss)
    ()
    """
    found = detect_speech(recording, frames, vad=vad)
    return found.exact if exact else found.coarse


class DetectedSpeech(NamedTuple):
    """Intervals of speech with the edges that the rules give, and with corrected edges."""

    coarse: tuple[Interval, ...]
    exact: tuple[Interval, ...]


def detect_speech(
    recording: Recording,
    frames: Frames | None = None,
    *,
    vad: Detector = "webrtc",
    nucleus_probability: NDArray[np.float32] | None = None,
) -> DetectedSpeech:
    """Intervals of speech in both forms that `speech_intervals` returns; silero has one form.

    `nucleus_probability` is that of `detected_nuclei`, if it is known already. The other parameters and the
    errors are those of `speech_intervals`.
    """
    if vad == "silero":
        found = silero_intervals(recording.samples)
        return DetectedSpeech(found, found)
    if vad != "webrtc":
        raise ValueError(f"vad is {vad!r}; expected 'webrtc' or 'silero'")
    frames = frames_of(recording) if frames is None else frames
    has_sound = frames.level_db > SILENCE_DB
    if not has_sound.any():
        return DetectedSpeech((), ())
    excess = _Excess.of(_excess_db(frames, has_sound))
    speech = _speech_runs(recording, frames, excess, has_sound, nucleus_probability)
    coarse = exact = _intervals(speech, recording.duration_s)
    if coarse:
        probability = CLASSIFIER.probability(edge_contours(frames, excess.db))
        is_certain = frames.is_loud & (excess.smoothed_db > EDGES.certain_db)
        is_audible = excess.limited_db > EDGES.audible_db
        exact = _intervals(corrected(speech, probability, is_certain, is_audible), recording.duration_s)
    return DetectedSpeech(coarse, exact)


def _intervals(speech: Runs, duration_s: float) -> tuple[Interval, ...]:
    half = HOP_S / 2  # a frame's hop is centred on its time
    return tuple(
        Interval(max(start * HOP_S - half, 0.0), min(end * HOP_S - half, duration_s))
        for start, end in zip(*(edges.tolist() for edges in speech), strict=True)
    )


# ---- speech by rules -------------------------------------------------------------------------------------


class _Excess(NamedTuple):
    """Level over the noise in each frame's clearest bands, float32, shape (n_frames,)."""

    db: NDArray[np.float32]
    smoothed_db: NDArray[np.float32]
    limited_db: NDArray[np.float32]
    """Smoothed, at most `excess_db_max`."""

    @classmethod
    def of(cls, db: NDArray[np.float32]) -> _Excess:
        return cls(db, _smoothed(db), _limited(db))


def _speech_runs(
    recording: Recording,
    frames: Frames,
    excess: _Excess,
    has_sound: NDArray[np.bool_],
    nucleus_probability: NDArray[np.float32] | None,
) -> Runs:
    level_db, strength = frames.speech_level_db, frames.periodicity
    is_thump = frames.bands_db[:, 0] > level_db + OPTIONS.thump_db
    is_faint = level_db < frames.loudest_dbov - OPTIONS.faint_db
    is_faint &= (_smoothed(strength) < OPTIONS.voiced_strength) | is_thump

    is_active = excess.limited_db > OPTIONS.excess_db
    is_active &= ~_in_long_runs(is_active & is_faint, OPTIONS.faint_s_max)
    active = runs(is_active)
    active = _bridged(_selected(active, true_counts(excess.limited_db > OPTIONS.clear_excess_db, active) > 0))
    starts, ends = active
    if not starts.size:
        return active

    loudest_excess_db = float(percentile(excess.smoothed_db[has_sound], 95))
    peak_db_min = max(OPTIONS.peak_db_min, OPTIONS.peak_share * loudest_excess_db)
    is_voiced = (strength > OPTIONS.voiced_strength) & ~is_thump
    voiced_min = round(OPTIONS.voiced_s_min / HOP_S)
    is_human = true_counts(is_voiced, active) >= voiced_min
    is_hoarse = true_counts((strength > OPTIONS.hoarse_strength) & ~is_thump, active) >= voiced_min
    if (is_hoarse & ~is_human).any():
        if nucleus_probability is None:
            nucleus_probability = detected_nuclei(frames).probability
        is_human |= is_hoarse & (true_counts(nucleus_probability > OPTIONS.hoarse_nucleus, active) > 0)
    if np.mean(is_voiced[frames.is_loud]) <= OPTIONS.whispered_share:
        is_human |= ends - starts >= round(OPTIONS.whisper_s_min / HOP_S)
    is_speech = (
        is_human
        & (ends - starts >= round(OPTIONS.speech_s_min / HOP_S))
        & (true_counts(excess.smoothed_db > peak_db_min, active) > 0)
    )
    candidates = _selected(active, is_speech)
    gain = np.float32(32_767 * 10 ** ((OPTIONS.input_dbov - frames.loudest_dbov) / 20))
    return _selected(candidates, _is_speech_by_webrtcvad(recording, gain, frames.n_frames, candidates))


def _excess_db(frames: Frames, has_sound: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Level of each frame over the noise in its clearest bands, float32, shape (n_frames,)."""
    bands_db, level_db, is_loud = frames.bands_db[:, 1:], frames.speech_level_db, frames.is_loud
    vowels_db = percentile(bands_db[is_loud].T, 90)
    vowels_db = np.maximum(vowels_db, vowels_db.max() - OPTIONS.weakest_band_db)
    is_near = _widened(is_loud, round(OPTIONS.near_s / HOP_S)) & has_sound
    quiet_db = percentile(level_db[is_near], OPTIONS.quiet_percent)
    is_near &= level_db > quiet_db - OPTIONS.edited_db
    local_db = _local_noise_db(bands_db, is_near)
    local_db += OPTIONS.local_bias_db
    np.minimum(local_db, vowels_db - OPTIONS.local_noise_db, out=local_db)
    usual_local_db = percentile(local_db[:: round(OPTIONS.local_quiet_s / HOP_S)].T, 50)  # it changes slowly
    is_quiet = is_near & (level_db <= quiet_db + OPTIONS.quiet_margin_db)
    for _ in range(OPTIONS.noise_passes):
        noise_db = np.maximum(percentile(bands_db[is_quiet].T, 50), vowels_db - OPTIONS.range_db)
        is_useful = vowels_db - np.maximum(usual_local_db, noise_db) > OPTIONS.useful_db
        if np.count_nonzero(is_useful) < OPTIONS.useful_bands_min:
            is_useful[:] = True
        excess_db = _mean_of_clearest_db(bands_db, local_db, noise_db, is_useful)
        is_quiet = is_near & (_limited(excess_db) < OPTIONS.excess_db)
        if not is_quiet.any():
            break
    return np.asarray(excess_db)


def _mean_of_clearest_db(
    bands_db: NDArray[np.float32],
    local_db: NDArray[np.float32],
    noise_db: NDArray[np.float32],
    is_useful: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Mean level of the clearest useful bands over the local and the usual noise, (n_frames,)."""
    excess_db = np.empty(len(bands_db), np.float32)
    for first in range(0, len(bands_db), FRAMES_AT_ONCE):
        part = slice(first, first + FRAMES_AT_ONCE)
        over_db = np.maximum(local_db[part], noise_db)
        np.subtract(bands_db[part], over_db, out=over_db)
        np.maximum(over_db, 0, out=over_db)
        if not is_useful.all():
            over_db = over_db.compress(is_useful, axis=1)
        over_db.sort(axis=1)
        n_clearest = max(2, int(OPTIONS.clearest_share * over_db.shape[1]))
        excess_db[part] = over_db[:, -n_clearest:] @ np.full(n_clearest, 1 / n_clearest, np.float32)
    return excess_db


def _local_noise_db(bands_db: NDArray[np.float32], is_near: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Quietest stretch near vowels around each frame, in each band; -_NO_LEVEL_DB where there is none."""
    from scipy.ndimage import uniform_filter1d

    n_frames, n_bands = bands_db.shape
    reach, width = round(OPTIONS.local_s / HOP_S) // 2, round(OPTIONS.local_quiet_s / HOP_S)
    quietest_db = np.empty_like(bands_db, order="C")
    at_once = max(1, n_bands * FRAMES_AT_ONCE // n_frames)  # bands, so that memory stays bounded
    for first in range(0, n_bands, at_once):
        some_db = bands_db[:, first : first + at_once].T
        means_db = np.full((len(some_db), 2 * reach - 1 + n_frames), _NO_LEVEL_DB)
        inside = means_db[:, reach : reach + n_frames]
        np.copyto(inside, some_db, where=is_near)
        uniform_filter1d(inside, width, output=inside, mode="constant", cval=_NO_LEVEL_DB)
        least_db = _sliding_minimum(means_db, 2 * reach)
        least_db[least_db >= _NO_LEVEL_DB / 2] = -_NO_LEVEL_DB
        quietest_db[:, first : first + at_once] = least_db.T
    return quietest_db


def _sliding_minimum(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Minimum over `width` consecutive columns, shape (n_rows, n_columns - width + 1).

    >>> _sliding_minimum(np.array([[3, 1, 2, 5, 4]], np.float32), 3)
    array([[1., 1., 2.]], dtype=float32)
    """
    have = 1  # each step doubles the width
    while 2 * have <= width:
        values = np.minimum(values[:, :-have], values[:, have:])
        have *= 2
    rest = width - have
    return np.minimum(values[:, : values.shape[1] - rest], values[:, rest:])


def _smoothed(contour: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(contour, round(OPTIONS.smoothing_s / HOP_S)))


def _limited(excess_db: NDArray[np.float32]) -> NDArray[np.float32]:
    return _smoothed(np.minimum(excess_db, OPTIONS.excess_db_max))


def _selected(stretches: Runs, is_selected: NDArray[np.bool_]) -> Runs:
    starts, ends = stretches
    return starts[is_selected], ends[is_selected]


def _widened(mask: NDArray[np.bool_], n_frames: int) -> NDArray[np.bool_]:
    """True within `n_frames` of a True."""
    index = np.arange(mask.size)
    around = np.maximum(index - n_frames, 0), np.minimum(index + n_frames + 1, mask.size)
    return true_counts(mask, around) > 0


def _in_long_runs(mask: NDArray[np.bool_], shortest_s: float) -> NDArray[np.bool_]:
    """True in runs of at least that length."""
    starts, ends = runs(mask)
    is_long = ends - starts >= round(shortest_s / HOP_S)
    return mask_of((starts[is_long], ends[is_long]), mask.size)


def _bridged(stretches: Runs) -> Runs:
    """Runs, joined where the gap between them is short."""
    starts, ends = stretches
    is_gap = starts[1:] - ends[:-1] >= round(OPTIONS.gap_s_min / HOP_S)
    return starts[np.append(True, is_gap)[: starts.size]], ends[np.append(is_gap, True)[-ends.size or 1 :]]


# ---- edges by the classifier -----------------------------------------------------------------------------


def edge_contours(frames: Frames, excess_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Contours for the classifier, float32, shape (n_frames, N_CONTOURS + N_BAND_PAIRS).

    Excess, level relative to the recording's loudest, and periodicity, all smoothed; then the mean level of
    pairs of mel bands, relative to the loudest.
    """
    loudest_db = np.float32(frames.loudest_dbov)
    contours = np.empty((frames.n_frames, N_CONTOURS + N_BAND_PAIRS), np.float32, order="F")
    contours[:, 0] = _smoothed(np.minimum(excess_db, EDGES.excess_db_max))
    np.maximum(_smoothed(frames.speech_level_db - loudest_db), EDGES.level_db_min, out=contours[:, 1])
    contours[:, 2] = _smoothed(frames.periodicity)
    bands_db = frames.bands_db[:, 1 : 1 + 2 * N_BAND_PAIRS] - loudest_db
    pairs_db = contours[:, N_CONTOURS:]
    np.add(bands_db[:, ::2], bands_db[:, 1::2], out=pairs_db)
    pairs_db *= np.float32(0.5)
    np.clip(pairs_db, EDGES.level_db_min, 0, out=pairs_db)
    return contours


def corrected(
    speech: Runs,
    probability: NDArray[np.float32],
    is_certain: NDArray[np.bool_],
    is_audible: NDArray[np.bool_],
) -> Runs:
    """Runs of speech, without their improbable frames and with probable audible frames beside them."""
    is_inside = mask_of(speech, probability.size)
    is_kept = is_inside & (is_certain | (probability > EDGES.inside_min))
    found = _bridged(runs(is_kept | (is_audible & (probability > EDGES.beside_min))))
    starts, ends = found
    is_long = ends - starts >= round(OPTIONS.speech_s_min / HOP_S)
    return _selected(found, is_long & (true_counts(is_inside, found) > 0))


# ---- webrtcvad -------------------------------------------------------------------------------------------


@cache
def _dither() -> NDArray[np.float32]:
    """Faint noise, one second twice, in steps of 16 bits: webrtcvad cannot adapt to digital silence."""
    return np.tile(np.random.default_rng(0).normal(0, 2, ANALYSIS_RATE_HZ).astype(np.float32), 2)


def _pcm(recording: Recording, gain: np.float32, first: int) -> bytes:
    """16-bit samples for `decisions_at_once` decisions, from a frame on."""
    begin = first * HOP - HOP // 2  # a frame's hop starts half a hop before its centre
    size = OPTIONS.decisions_at_once * OPTIONS.decision_hops * HOP
    samples = _dither()[first * HOP % ANALYSIS_RATE_HZ :][:size].copy()
    inside = recording.samples[max(begin, 0) : begin + size]
    samples[max(-begin, 0) :][: inside.size] += inside * gain
    return np.clip(samples, -32_767, 32_767, out=samples).astype("<i2").tobytes()


def _webrtcvad(recording: Recording, gain: np.float32) -> Callable[[int], bool]:
    """Decision of webrtcvad by its number, to be called in ascending order: the detector adapts."""
    import webrtcvad

    detector = webrtcvad.Vad(OPTIONS.mode)
    n_bytes = 2 * OPTIONS.decision_hops * HOP
    pcm, begin = b"", 0

    def is_speech(decision: int) -> bool:
        nonlocal pcm, begin
        if not pcm or decision - begin >= OPTIONS.decisions_at_once:
            pcm, begin = _pcm(recording, gain, decision * OPTIONS.decision_hops), decision
        at = n_bytes * (decision - begin)
        return bool(detector.is_speech(pcm[at : at + n_bytes], ANALYSIS_RATE_HZ))

    return is_speech


def _is_speech_by_webrtcvad(
    recording: Recording, gain: np.float32, n_frames: int, stretches: Runs
) -> NDArray[np.bool_]:
    """In which stretches webrtcvad finds the frames of one decision, bool, shape (n_stretches,).

    It runs from shortly before each stretch to its first positive decision, over a fifth of the frames. As it
    adapts to what it receives, it runs over the whole recording where a stretch has no positive decision.
    """
    hops = OPTIONS.decision_hops
    decides_speech = _webrtcvad(recording, gain)
    is_speech = np.zeros(stretches[0].size, np.bool_)
    decision = 0
    for index, (start, end) in enumerate(zip(*(edges.tolist() for edges in stretches), strict=True)):
        decision = max(decision, (start - OPTIONS.lead_in_hops) // hops)
        speech_count = 0
        while decision * hops < end and speech_count < hops:
            first = decision * hops
            if decides_speech(decision):
                speech_count += max(0, min(first + hops, end) - max(first, start))
            decision += 1
        is_speech[index] = speech_count >= hops
    if is_speech.all():
        return is_speech
    decisions = [*map(_webrtcvad(recording, gain), range(-(-n_frames // hops)))]
    return is_speech | (true_counts(np.repeat(decisions, hops), stretches) >= hops)
