"""Forced alignment of a finite-state grammar with pocketsphinx: the time of each word."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.errors import TranscriptionError
from aftertone.language.pronunciation import dictionary_phones, pronunciation

OTHER_SOUND = ("[SPEECH]", "[NOISE]")
"""Words of the acoustic model for speech and noise without a known text."""

MARK = "#"
"""Prefix of a word that is marked in the result, such as "#five" beside other words "five"."""

_OTHER_SOUND_PROBABILITY = 0.1  # of sound without text around words; 0.01 gives the same times
_FRAME_S = 0.01  # pocketsphinx's default: 100 frames a second
_PEAK = (
    0.7  # of full scale: samples are scaled to it, so that a quiet recording keeps its resolution in int16
)
_VARIANT = re.compile(r"\(\d+\)$")  # "four(2)": its second pronunciation
_VARIANTS = ("", "(2)", "(3)", "(4)")
_NOT_WORDS = re.compile(r"<.*>|\[.*\]|\(.*\)")
# The beams are wide, because an "um" in the sound must not end the path; the text is known, so the search
# is small. The best path of the word lattice is worse and slower than that of the search
# (benchmarks/experiments/number.md).
_SETTINGS: dict[str, Any] = {"beam": 1e-80, "wbeam": 1e-60, "pbeam": 1e-80, "bestpath": False}
_thread = threading.local()


class Segment(NamedTuple):
    """A word with its time, in s from the start of the recording."""

    word: str
    start_s: float
    end_s: float


class Grammar:
    """A finite-state grammar: states, and arcs with or without a word. The first state is 0.

    >>> grammar = Grammar()
    >>> grammar.chain(0, ["call", "me"])
    2
    >>> grammar.words
    ['call', 'me']
    """

    def __init__(self) -> None:
        self.arcs: list[tuple[int, int, float, str] | tuple[int, int, float]] = []
        self._states = 1

    def state(self) -> int:
        """Add a state and return its index."""
        self._states += 1
        return self._states - 1

    def arc(self, start: int, end: int, word: str = "", probability: float = 1.0) -> None:
        """Add an arc from one state to another, with or without a word."""
        self.arcs.append((start, end, probability, word) if word else (start, end, probability))

    def chain(self, start: int, words: Iterable[str], probability: float = 1.0) -> int:
        """Add an arc for each word in turn; returns the last state. `probability` is that of all words."""
        for word in words:
            end = self.state()
            self.arc(start, end, word, probability)
            start, probability = end, 1.0
        return start

    @property
    def words(self) -> list[str]:
        """All words, each once."""
        return list(dict.fromkeys(arc[3] for arc in self.arcs if len(arc) == 4))


def segments(recording: Recording, excerpt: Interval, grammar: Grammar, end: int) -> list[Segment]:
    """The words of the likeliest path of a grammar that covers an excerpt; none if no path is found.

    `end` is the final state of the path. Silences and other sound are left out. Raises `TranscriptionError`
    if pocketsphinx fails.
    """
    start_s, end_s = excerpt
    samples = recording.samples[round(start_s * recording.rate_hz) : round(end_s * recording.rate_hz)]
    if not samples.size:
        return []
    gain = _PEAK / max(float(np.abs(samples).max(initial=0.0)), 1e-6)
    decoder = thread_decoder()
    try:
        for word in grammar.words:
            _add_word(decoder, word)
        decoder.add_fsg("aligned", decoder.create_fsg("aligned", 0, end, grammar.arcs))
        decoder.activate_search("aligned")
        decoder.reinit_feat()
        decoder.start_utt()
        decoder.process_raw((samples * gain * 32767).astype(np.int16).tobytes(), full_utt=True)
        decoder.end_utt()
        found = [(each.word, each.start_frame, each.end_frame + 1) for each in decoder.seg() or ()]
    except (RuntimeError, ValueError) as error:
        raise TranscriptionError(f"{recording.name}: pocketsphinx failed to align: {error}") from error
    return [
        Segment(_VARIANT.sub("", word), start_s + first * _FRAME_S, min(start_s + past * _FRAME_S, end_s))
        for word, first, past in found
        if not _NOT_WORDS.fullmatch(word)
    ]


def word_segments(recording: Recording, excerpt: Interval, spoken: Sequence[str]) -> list[Segment] | None:
    """Align words that are spoken one after the other in an excerpt, with other sound around them.

    Each word has a pronunciation. None if no path is found.
    """
    grammar = Grammar()
    end, ready = grammar.state(), grammar.state()
    for state in (0, end):
        for other in OTHER_SOUND:
            grammar.arc(state, state, other, _OTHER_SOUND_PROBABILITY)
    grammar.arc(0, ready)
    grammar.arc(grammar.chain(ready, spoken), end)
    found = segments(recording, excerpt, grammar, end)
    return found if [each.word for each in found] == list(spoken) else None


def thread_decoder() -> Any:
    """The pocketsphinx decoder of this thread; creating one takes 0.3 s."""
    if not hasattr(_thread, "decoder"):
        from pocketsphinx import Decoder

        _thread.decoder = Decoder(loglevel="FATAL", lm=None, **_SETTINGS)
    return _thread.decoder


def _add_word(decoder: Any, word: str) -> None:
    """Add a word with its pronunciations to the decoder's dictionary, if it is new."""
    if decoder.lookup_word(word) is not None:
        return
    bare = word.removeprefix(MARK)
    for variant in _VARIANTS:
        phones = dictionary_phones(bare + variant) if variant else pronunciation(bare)
        if phones:
            decoder.add_word(word + variant, phones, False)
