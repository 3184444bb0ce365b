"""Spoken digits found in the sound alone: what hears "zero" to "nine" and nothing else, over any telephone.

A small net looks at the bands of speech up to 3.8 kHz, half a second at a time, and says which part of which
digit each frame is, or that it is silence, or other speech (`models/train_digits.py`). The best path through
its answers that is digits with silence between them, as many as are said to be there, is what is heard. Each
digit is then held against everything else that the net might have said of these frames: its probability is
that of a digit heard so to be the one that was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ
from aftertone.models import data_path

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "oh")
ZERO_TO_NINE = 10  # of them are written otherwise than any other
N_PARTS = 4  # of a digit, one after the other
SILENCE = len(DIGITS) * N_PARTS
OTHER_SPEECH = SILENCE + 1
N_OUTPUTS = OTHER_SPEECH + 1

HOP = 160  # samples: 10 ms
HOP_S = HOP / ANALYSIS_RATE_HZ
_WINDOW, _N_FFT = 400, 512  # samples: 25 ms, short enough for the burst of a /t/
N_BINS = 129  # up to 4 kHz: what a telephone line lets through
N_BANDS = 20
_LOW_HZ, _HIGH_HZ = 120.0, 3_800.0
_KNEE_HZ = 2_800.0  # above it a stretched axis bends back, so that it ends at 4 kHz
_LOUDEST_PERCENTILE, _LOUD = 92.0, 4.6  # frames within 20 dB of the loudest set the mean; log power
_LEAST, _MOST, _UNIT = -6.0, 4.0, 2.0  # log power about that mean
_LEAST_POWER = 1e-9
_LEAST_SHARE = 1e-3  # of digits or of other speech: how sure the net may be of either

CONTEXTS = ((-2, -1, 0, 1, 2), (-6, -3, 0, 3, 6), (-12, -6, 0, 6, 12))  # frames that each layer sees

# Of the path: tuned on numbers composed of fsdd's speakers, each heard by a net that never heard him
# (benchmarks/number_trials.md).
_PRIOR_WEIGHT = 0.3  # how far rare parts are helped
_A_DIGIT = -2.0  # worth of one more digit, in log likelihood
_AN_OH = -4.0  # and of one that is "oh"
_STAY = -0.2  # worth of a frame more in the same part
_PART_FRAMES_MIN = 2  # of each part: no digit is shorter than 80 ms
_VOTE = 1.6  # of another recogniser in each frame; tuned on 32 readings (benchmarks/number_trials.md)
_NEVER = -1e9

_HANN = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)

Net = dict[str, NDArray[np.float32]]
"""Weights and biases of each layer ("weights_0", "bias_0", ...), the parts' logarithmic shares of speech
("prior"), and what makes a probability of how well a digit fits ("sure")."""


@dataclass(frozen=True, slots=True)
class SpokenDigit:
    """A digit as it was heard.

    Attributes
    ----------
    name : str
        One of DIGITS.
    start_s, end_s : float
        Seconds from the start of the sound.
    probability : float
        0 to 1: of the digits that fit as well, the share that were said there.
    is_likeliest : bool
        Whether nothing else, other speech and silence too, fits better there: where no digits were said,
        most of those that are heard all the same are not.
    shares : tuple of float
        What the net gives to each of zero to nine there, "oh" as zero, and to nothing else: they sum to 1.
    """

    name: str
    start_s: float
    end_s: float
    probability: float
    is_likeliest: bool
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DigitEvidence:
    """What the net makes of a stretch of sound, frame by frame, whether or not digits were said in it.

    Attributes
    ----------
    odds : float32, shape (n_frames,)
        Natural logarithm of how much likelier a digit is than other speech, a frame every HOP_S.
    is_speech : bool, shape (n_frames,)
        Where it is not silent.
    digits : tuple of SpokenDigit
        The likeliest digits if there were nothing else; times from the start of the stretch.
    """

    odds: NDArray[np.float32]
    is_speech: NDArray[np.bool_]
    digits: tuple[SpokenDigit, ...]


def digit_evidence(
    samples: NDArray[np.float32], count: int | None = None, net: Net | None = None
) -> DigitEvidence:
    """What speaks for digits in a stretch of sound, and what against.

    Parameters
    ----------
    samples : float32, shape (n,)
        As in `spoken_digits`.
    count : int, optional
        How many digits there are.
    net : dict of str to float32 array, optional
        Another net than that of models/digits.npz.

    Examples
    --------
    >>> silence = digit_evidence(np.zeros(800, np.float32))
    >>> len(silence.odds), bool(silence.is_speech.any()), silence.digits
    (6, False, ())
    """
    if not np.any(samples):
        n_frames = 1 + len(samples) // HOP
        return DigitEvidence(np.zeros(n_frames, np.float32), np.zeros(n_frames, np.bool_), ())
    net = net or _net()
    likely = log_likelihoods(normalised(power_of(samples) @ filters()), net)
    shares = np.exp(likely)
    odds = np.log((shares[:, :SILENCE].sum(axis=1) + _LEAST_SHARE) / (shares[:, OTHER_SPEECH] + _LEAST_SHARE))
    path = digit_path(worth_of(likely, net), count)
    return DigitEvidence(odds, shares[:, SILENCE] < 0.5, _told(path, likely, net))


def spoken_digits(
    samples: NDArray[np.float32],
    count: int | None = None,
    net: Net | None = None,
    votes: Sequence[tuple[str, float, float, float]] = (),
) -> tuple[SpokenDigit, ...]:
    """The digits in a stretch of sound, whether or not any were said.

    Parameters
    ----------
    samples : float32, shape (n,)
        At 16 kHz, any gain, one voice. What lies above 3.8 kHz is not looked at.
    count : int, optional
        How many digits there are.
    net : dict of str to float32 array, optional
        Another net than that of models/digits.npz.
    votes : sequence of (str, float, float, float)
        What another recogniser heard: one of DIGITS, from when to when in seconds, and how much it counts,
        0 to 1.

    Returns
    -------
    tuple of SpokenDigit
        In order of time; `count` of them where it is given, unless the sound is too short for so many.

    Examples
    --------
    >>> spoken_digits(np.zeros(800, np.float32), count=3)
    ()
    """
    if not np.any(samples):
        return ()
    net = net or _net()
    likely = log_likelihoods(normalised(power_of(samples) @ filters()), net)
    worth = worth_of(likely, net)
    for name, start_s, end_s, counts in votes:
        for alike in ("zero", "oh") if name in ("zero", "oh") else (name,):
            parts = slice(DIGITS.index(alike) * N_PARTS, (DIGITS.index(alike) + 1) * N_PARTS)
            worth[round(start_s / HOP_S) : round(end_s / HOP_S), parts] += np.float32(_VOTE * counts)
    return _told(digit_path(worth, count), likely, net)


def _told(
    path: Sequence[tuple[int, int, int]], likely: NDArray[np.float32], net: Net
) -> tuple[SpokenDigit, ...]:
    slope, bias = net["sure"]
    found = []
    for word, first, past in path:
        odds = slope * fit_of(likely[first:past], word) + bias
        probability = float(1 / (1 + np.exp(-odds)))
        shares = shares_of(likely[first:past])
        is_likeliest = bool(shares.argmax() == word)
        digits = shares[:ZERO_TO_NINE]
        digits[0] += shares[DIGITS.index("oh")]
        told = tuple((digits / max(float(digits.sum()), _LEAST_POWER)).tolist())
        found.append(SpokenDigit(DIGITS[word], first * HOP_S, past * HOP_S, probability, is_likeliest, told))
    return tuple(found)


def power_of(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power spectra up to 4 kHz, a frame every HOP samples, float32, shape (1 + n // HOP, N_BINS)."""
    n_frames = 1 + len(samples) // HOP
    framed = sliding_window_view(np.pad(samples, (_WINDOW // 2, _WINDOW)), _WINDOW)[::HOP][:n_frames]
    spectrum = np.fft.rfft(framed * _HANN, _N_FFT, axis=1)[:, :N_BINS]
    return np.asarray(np.abs(spectrum) ** 2, np.float32)


@cache
def filters(stretch: float = 1.0) -> NDArray[np.float32]:
    """What each bin counts in each band, float32, shape (N_BINS, N_BANDS).

    Triangles alike wide in mel; with another `stretch` than 1 they lie where a voice whose formants are so
    much higher has what others have at the usual places.
    """
    edges_hz = 700 * np.expm1(np.linspace(_mel(_LOW_HZ), _mel(_HIGH_HZ), N_BANDS + 2))
    top_hz = (N_BINS - 1) * ANALYSIS_RATE_HZ / _N_FFT
    knee_hz = _KNEE_HZ / max(stretch, 1.0)
    above = knee_hz * stretch + (edges_hz - knee_hz) * (top_hz - knee_hz * stretch) / (top_hz - knee_hz)
    edges = _mel(np.where(edges_hz < knee_hz, edges_hz * stretch, above))
    bins = _mel(np.arange(N_BINS) * ANALYSIS_RATE_HZ / _N_FFT)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0.0, np.minimum(rising, falling))
    narrow = np.flatnonzero(weights.sum(axis=0) < 0.3)  # hold no bin's middle: the nearest one is theirs
    weights[np.abs(bins - edges[1:-1][narrow]).argmin(axis=0), narrow] = 1.0
    return np.asarray(weights / weights.sum(axis=0), np.float32)


def _mel(hz: float | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log1p(np.asarray(hz, np.float64) / 700))


def normalised(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithms of bands' power about their mean in loud frames: any gain and any line are alike."""
    log_bands = np.log(bands + _LEAST_POWER)
    level = np.log(bands.mean(axis=1) + _LEAST_POWER)
    loud = level >= np.percentile(level, _LOUDEST_PERCENTILE) - _LOUD
    about = log_bands - log_bands[loud].mean(axis=0)
    return np.asarray(np.clip(about, _LEAST, _MOST) / _UNIT, np.float32)


def beside(frames: NDArray[np.float32], offsets: tuple[int, ...]) -> NDArray[np.float32]:
    """Each frame's values beside those of the frames at `offsets`, the ends drawn out."""
    at = np.arange(len(frames))
    return np.concatenate([frames[np.clip(at + step, 0, len(frames) - 1)] for step in offsets], axis=1)


def log_likelihoods(inputs: NDArray[np.float32], net: Net) -> NDArray[np.float32]:
    """Logarithms of the probabilities of all outputs in each frame, float32, shape (n_frames, N_OUTPUTS)."""
    hidden = inputs
    for index, offsets in enumerate(CONTEXTS):
        hidden = beside(hidden, offsets) @ net[f"weights_{index}"] + net[f"bias_{index}"]
        np.maximum(hidden, 0.0, out=hidden)
    out = hidden @ net["weights_out"] + net["bias_out"]
    out -= out.max(axis=1, keepdims=True)
    return np.asarray(out - np.log(np.exp(out).sum(axis=1, keepdims=True)), np.float32)


def digit_path(worth: NDArray[np.float32], count: int | None = None) -> list[tuple[int, int, int]]:
    """The digits on the best path, each with its first frame and the one past its last.

    Parameters
    ----------
    worth : float32, shape (n_frames, N_OUTPUTS)
        What each output is worth in each frame; other speech is not looked at.
    count : int, optional
        How many digits the path must have; any number, none too, where it is not given.

    Examples
    --------
    >>> worth = np.full((30, N_OUTPUTS), -9.0, np.float32)
    >>> worth[:10, SILENCE] = worth[20:, SILENCE] = 0
    >>> worth[10:20, 5 * N_PARTS : 6 * N_PARTS] = 0
    >>> [(DIGITS[word], first, past) for word, first, past in digit_path(worth)]
    [('five', 10, 20)]
    """
    n_frames, n_words = len(worth), len(DIGITS)
    if n_frames == 0 or count == 0:
        return []
    parts = worth[:, :SILENCE].reshape(n_frames, n_words, N_PARTS).repeat(_PART_FRAMES_MIN, axis=2)
    silence, last = worth[:, SILENCE], parts.shape[2] - 1
    # Layers are how many digits there were; without a count there is one, and what leaves it enters it again.
    n_layers = 1 if count is None else count
    n_pauses = 1 if count is None else count + 1
    begin = np.full(n_words, _A_DIGIT)
    begin[DIGITS.index("oh")] += _AN_OH
    word = np.full((n_layers, n_words, last + 1), _NEVER)
    pause = np.full(n_pauses, _NEVER)
    pause[0] = 0.0
    moved = np.zeros((n_frames, n_layers, n_words, last + 1), np.bool_)  # into this part, not within it
    from_word = np.full((n_frames, n_pauses), -1, np.int8)  # the word before; -1: after a pause
    left = np.full(n_pauses, _NEVER)
    for t in range(n_frames):
        finished = word[:, :, last]
        ended_by = finished.argmax(axis=1)
        left[n_pauses - n_layers :] = finished.max(axis=1)
        straight = left > pause
        from_word[t, n_pauses - n_layers :] = ended_by
        from_word[t, ~straight] = -1
        entry = np.where(straight, left, pause)
        into = np.concatenate([(entry[:n_layers, None] + begin)[:, :, None], word[:, :, :-1]], axis=2)
        np.greater(into, word + _STAY, out=moved[t])
        word = np.where(moved[t], into, word + _STAY) + parts[t]
        pause = entry + silence[t]
    return _traced(moved, from_word, word[-1, :, last], pause[-1])


def _traced(
    moved: NDArray[np.bool_], from_word: NDArray[np.int8], ends: NDArray[np.float64], pause: float
) -> list[tuple[int, int, int]]:
    """The words of the path that ends in the last layer, in its pause or at the end of one of its words."""
    n_layers, one_more = moved.shape[1], from_word.shape[1] - moved.shape[1]
    layer, last = n_layers - 1, moved.shape[3] - 1
    t = len(moved) - 1
    if max(pause, ends.max(initial=_NEVER)) <= _NEVER / 2:
        return []  # too short for so many
    word = -1 if pause >= ends.max(initial=_NEVER) else int(ends.argmax())
    if word < 0:
        layer += one_more
    found = []
    while t >= 0:
        if word < 0:
            word = int(from_word[t, layer])
        else:
            past, part = t + 1, last
            while not (part == 0 and moved[t, layer, word, 0]):
                part -= int(moved[t, layer, word, part])
                t -= 1
            found.append((word, t, past))
            word = int(from_word[t, layer])
        if word >= 0:
            layer -= one_more
        t -= 1
    return found[::-1]


def worth_of(likely: NDArray[np.float32], net: Net) -> NDArray[np.float32]:
    """What each output is worth to the path in each frame: what is rarely said needs less to be believed."""
    return likely - np.float32(_PRIOR_WEIGHT) * net["prior"]


def shares_of(likely: NDArray[np.float32]) -> NDArray[np.float64]:
    """What the net gives on average to each digit, to silence and to other speech: they sum to 1."""
    mean = np.exp(likely.astype(np.float64)).mean(axis=0)
    return np.concatenate([mean[:SILENCE].reshape(-1, N_PARTS).sum(axis=1), mean[SILENCE:]])


def fit_of(likely: NDArray[np.float32], word: int) -> float:
    """How well a digit fits frames: the log odds of its share."""
    share = float(np.clip(shares_of(likely)[word], 1e-4, 1 - 1e-4))
    return float(np.log(share / (1 - share)))


def stored_net(path: Path) -> Net:
    """A net as it stands on disk."""
    with np.load(path) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


@cache
def _net() -> Net:
    return stored_net(data_path("digits.npz"))
