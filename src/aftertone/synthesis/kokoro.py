"""Speech synthesis by Kokoro-82M: text to samples, word times and phone times.

The network (Apache-2.0) predicts the duration of each phone. The times of words are sums of these durations,
less a constant lag. Beside a silence these sums are wrong: the last word of a phrase sounds up to 0.25 s
longer than predicted. So edges of words beside a silence are taken from the level of the sound.

The same text, voice and versions give the same samples on the same processor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from aftertone.errors import SynthesisError
from aftertone.synthesis.packages import network_weights, style, vocabulary
from aftertone.synthesis.phones import PUNCTUATION, pronounced

Samples = NDArray[np.float64]

RATE_HZ = 24_000
FRAME_S = 600 / RATE_HZ  # unit of the network's durations
DURATIONS = b"/encoder/Round_output_0"  # tensor of the durations
# An ONNX model whose graph (field 7) has one output (12) with a name (1) and a type (2), a tensor (1) of
# floats (1: 1). Models in protobuf's wire format are joined by joining their bytes.
_VALUE = b"\x0a" + bytes([len(DURATIONS)]) + DURATIONS + b"\x12\x04\x0a\x02\x08\x01"
_GRAPH = b"\x62" + bytes([len(_VALUE)]) + _VALUE
DURATIONS_OUTPUT = b"\x3a" + bytes([len(_GRAPH)]) + _GRAPH

EDGE_DB = -26.0  # relative to the active level; a word beside a silence starts and ends at this level
EDGE_WINDOW_S = 0.010
ACTIVE_DB = 25.0  # below the loudest 10 ms; louder samples are active
SILENCE_S = 0.08  # least silence at punctuation
RUN_ON_SILENCE_S = 0.12  # least silence elsewhere: longer than the closure of a stop
LATE_S = 0.0625  # lag of predicted times behind the sound: median by forced alignment and by onsets of "s"
ONSET_S = 0.02  # the first word starts this late after its predicted start: the network's bursts lie before
BEFORE_S, AFTER_S = 0.10, 0.41  # reach of a predicted edge: its silence begins and ends within

HIGHPASS_HZ = 50.0  # speech has no energy below


class Span(NamedTuple):
    """A word or phone with its start and end in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """A text as sound.

    Attributes
    ----------
    samples : array of float64, shape (n,)
        At RATE_HZ, with some silence at each end.
    predicted, phones : tuple of Span
        Words and phones with the times that the network predicts, in order.
    ends_phrase : tuple of bool
        For each word whether punctuation follows.
    words : tuple of Span
        Words by `audible_words`. They do not overlap.
    """

    samples: Samples
    predicted: tuple[Span, ...]
    phones: tuple[Span, ...]
    ends_phrase: tuple[bool, ...]

    @property
    def words(self) -> tuple[Span, ...]:
        """Words; edges beside silences are those of the sound."""
        level_dbov = active_level_dbov(self.samples, RATE_HZ)
        return tuple(audible_words(self.samples, RATE_HZ, self, level_dbov + EDGE_DB))


def say(
    text: str, voice: str, speed: float = 1.0, pronunciations: Mapping[str, str] | None = None
) -> Utterance:
    """Speak a text of at most about 500 phones.

    Parameters
    ----------
    text, voice : str
    speed : float
        Over 1 is faster.
    pronunciations : mapping of str to str, optional
        Phones in Kokoro's alphabet, by word in lower case. They override the dictionaries.

    Returns
    -------
    Utterance

    Raises
    ------
    SynthesisError
        The packages are not installed or are damaged, there is no such voice, a word has no letters, or the
        text has more phones than a voice has rows.
    """
    words = text.split()
    phones = pronounced(words, is_british=voice.startswith("b"), own=pronunciations or {})
    symbols, of_word = [], []
    for index, (word, sound) in enumerate(zip(words, phones, strict=True)):
        after = re.search(rf"[{re.escape(PUNCTUATION)}]+$", word)
        for symbol in sound:
            symbols.append(symbol)
            of_word.append(index)
        for symbol in (after.group() if after else "") + (" " if index + 1 < len(words) else ""):
            symbols.append(symbol)
            of_word.append(-1)
    ids = [vocabulary()[symbol] for symbol in symbols]
    rows = style(voice)
    if len(ids) >= len(rows):
        raise SynthesisError(
            f"{len(ids)} phones are too many at once; the limit of a voice is {len(rows) - 1}"
        )
    samples, frames = network().run(
        None,
        {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": rows[len(ids)][None],
            "speed": np.array([speed], np.float32),
        },
    )
    edges_s = np.cumsum(frames.ravel()) * FRAME_S - LATE_S
    timed = [Span(s, float(a), float(b)) for s, (a, b) in zip(symbols, pairwise(edges_s[:-1]), strict=True)]
    phones_of = [
        [span for span, owner in zip(timed, of_word, strict=True) if owner == index]
        for index in range(len(words))
    ]
    plain = [word.strip(PUNCTUATION) for word in words]
    spans = [Span(word, own[0].start_s, own[-1].end_s) for word, own in zip(plain, phones_of, strict=True)]
    return Utterance(
        without_rumble(np.asarray(samples.ravel(), np.float64)),
        tuple(spans),
        tuple(span for span, owner in zip(timed, of_word, strict=True) if owner >= 0),
        tuple(word[-1] in PUNCTUATION for word in words),
    )


@cache
def network() -> Any:
    """The network, with the durations of phones as a second output: loaded once, in 1 s."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # so that samples do not depend on the number of cores
    return onnxruntime.InferenceSession(
        network_weights() + DURATIONS_OUTPUT, options, providers=["CPUExecutionProvider"]
    )


def without_rumble(samples: Samples) -> Samples:
    """High-passed samples, without delay. Some voices have an offset at the ends of phrases."""
    high = signal.butter(2, HIGHPASS_HZ, "highpass", fs=RATE_HZ, output="sos")
    return np.ascontiguousarray(signal.sosfiltfilt(high, samples))


# ── the times of words ───────────────────────────────────────────────────────────────────────────────


def level_dbov(samples: Samples, rate_hz: int) -> Samples:
    """Level over EDGE_WINDOW_S around each sample."""
    width = round(EDGE_WINDOW_S * rate_hz)
    return np.asarray(10 * np.log10(np.convolve(samples**2, np.full(width, 1 / width), "same") + 1e-12))


def active_level_dbov(samples: Samples, rate_hz: int) -> float:
    """Mean level of the samples within ACTIVE_DB of the loudest 10 ms."""
    level = level_dbov(samples, rate_hz)
    return float(10 * np.log10(np.mean(samples[level > level.max() - ACTIVE_DB] ** 2)))


def silences(samples: Samples, rate_hz: int, edge_dbov: float) -> list[tuple[float, float]]:
    """Stretches with a level below `edge_dbov`, in seconds, those at both ends included."""
    loud = np.flatnonzero(level_dbov(samples, rate_hz) > edge_dbov)
    edges = [-1, *loud.tolist(), samples.size]
    return [((a + 1) / rate_hz, b / rate_hz) for a, b in pairwise(edges) if b - a > 1]


def audible_words(samples: Samples, rate_hz: int, spoken: Utterance, edge_dbov: float) -> Iterator[Span]:
    """Words of an utterance. Edges beside silences move to where the sound begins and ends.

    `samples` are the utterance's, filtered without delay or not. A silence belongs to the end of a phrase if
    it overlaps the pause predicted there, or follows it within AFTER_S. Any other silence belongs to the
    nearest space between words within BEFORE_S. Two words without a silence between them meet in the middle
    of the predicted space.
    """
    inner = silences(samples, rate_hz, edge_dbov)
    words, ends_phrase = spoken.predicted, spoken.ends_phrase
    whole_s = samples.size / rate_hz
    first_s = inner.pop(0)[1] if inner and inner[0][0] == 0.0 else 0.0
    first_s = max(first_s, words[0].start_s + ONSET_S)
    last_s = inner.pop()[0] if inner and inner[-1][1] == whole_s else whole_s
    gaps = list(pairwise(words))
    edges_s = [(word.end_s + following.start_s) / 2 for word, following in gaps]
    edge_of: dict[int, tuple[float, float]] = {}
    for start_s, end_s in inner:
        reach = []
        for index, (word, following) in enumerate(gaps):
            if ends_phrase[index] and end_s - start_s >= SILENCE_S:
                apart_s = max(word.end_s - end_s, start_s - following.start_s, 0.0)
                if apart_s <= (AFTER_S if start_s > following.start_s else BEFORE_S):
                    reach.append((0, apart_s, index))
            elif end_s - start_s >= RUN_ON_SILENCE_S:
                apart_s = max(edges_s[index] - end_s, start_s - edges_s[index], 0.0)
                if apart_s <= BEFORE_S:
                    reach.append((1, apart_s, index))
        if reach:
            index = min(reach)[2]
            known = edge_of.get(index, (start_s, start_s))
            edge_of[index] = max(known, (start_s, end_s), key=lambda gap: gap[1] - gap[0])
    for index, word in enumerate(words):
        end_s, next_s = edge_of.get(index, (edges_s[index],) * 2 if index < len(edges_s) else (last_s,) * 2)
        yield Span(word.text, first_s, end_s)
        first_s = next_s
