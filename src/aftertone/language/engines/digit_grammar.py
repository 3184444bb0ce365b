"""Digits and nothing else: as the embedded recogniser hears them under a grammar, and by our own net.

The recogniser's digits are votes in the net's search for the best path: together they err less
than either on people whom the net never heard (benchmarks/number_trials.md).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.high_band import TELEPHONE_RATE_MAX_HZ, with_high_band
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.spoken_digits import Net, spoken_digits
from aftertone.errors import TranscriptionError
from aftertone.language.transcript import Word
from aftertone.models import data_path

FRAME_S = 0.01  # pocketsphinx's default: 100 frames a second
PEAK = 0.7  # of full scale: leaves a quiet recording more than a few bits

# The grammar's settings, tuned on numbers composed of two of fsdd's speakers (jackson, theo) at 8 kHz, 1 to 5
# digits a second: benchmarks/number_trials.md. A cost for each word keeps digits out that were not said;
# where their number is told none is needed, and the beams, which it narrows, can be less wide.
_GRAMMAR = {"loglevel": "FATAL", "lw": 1.0, "silprob": 0.5, "fillprob": 1e-4}
_ANY = {"wip": 1e-12, "beam": 1e-40, "pbeam": 1e-40, "wbeam": 1e-30}
_COUNTED = {"wip": 1.0, "beam": 1e-25, "pbeam": 1e-25, "wbeam": 1e-20}
HISS = 0.0003  # of full scale: in place of digital silence
_SPOKEN = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPOTTED = (
    "1e-2"  # likelihood against a phone loop: finds 6 of 10 digits, and one in two seconds of other speech
)
SPOT_OVERLAP_S = 0.05
UNSURE_VOTE = 0.5  # of a digit that the second search does not find, against one that it does

NOT_WORDS = re.compile(r"<.*>|\[.*\]")  # <s>, </s>, <sil>; [NOISE], [SPEECH]: sound that is no known word
VARIANT = re.compile(r"\(\d+\)$")  # "four(2)": its second pronunciation


class DigitEar:
    """Hears digits and nothing else, by a grammar and a net together. Serves one thread at a time.

    The grammar finds a digit in whatever is said; so each is held against a second search, which listens
    for each digit anywhere against a loop of all phones, and the two together tell a number from other
    words. Any engine's words may be looked at again with it.

    Parameters
    ----------
    net : dict of str to float32 array, optional
        Another net than that of models/digits.npz: one that never heard a voice shows what is heard of a
        stranger's (benchmarks/digit_nets).
    """

    def __init__(self, net: Net | None = None) -> None:
        from pocketsphinx import Config, Decoder

        self._net = net
        self._grammar: Any = Decoder(Config(lm=None, **_GRAMMAR, **_ANY))
        self._counted: Any = Decoder(Config(lm=None, **_GRAMMAR, **_COUNTED))
        self._rules = data_path("digits.gram").read_text(encoding="utf-8")
        self._grammar.add_jsgf_string("any", self._rules)
        self._grammar.activate_search("any")
        self._counts: set[int] = set()
        self._spotter: Any = Decoder(Config(lm=None, loglevel="FATAL"))
        with (
            tempfile.TemporaryDirectory() as folder
        ):  # pocketsphinx takes several thresholds from a file only
            listed = Path(folder, "digits.txt")
            listed.write_text("".join(f"{digit} /{_SPOTTED}/\n" for digit in _SPOKEN if digit != "oh"))
            self._spotter.add_kws("digits", str(listed))
        self._spotter.activate_search("digits")

    def digits_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> tuple[Word, ...]:
        """The digits in a stretch, whether or not any were said; exactly `count` where it is given.

        A word's confidence is 1.0 where the second search finds the same digit there, 0.5 where it finds
        another, 0.0 where it finds none.

        Raises
        ------
        TranscriptionError
            The recogniser failed.
        """
        first, last = (round(t * recording.rate_hz) for t in interval)
        samples = recording.samples[max(first, 0) : last]
        if not samples.size:
            return ()
        audible = audible_of(samples.astype(np.float64), recording.source_rate_hz)
        audible = audible + np.random.default_rng(0).normal(0.0, HISS, samples.size)
        raw = (np.clip(audible, -1.0, 1.0) * 32767).astype(np.int16).tobytes()
        try:
            digits = list(_heard(self._decoder(count), raw))
            spotted = [(t.word.strip(), *_times_s(t)) for t in _segments(self._spotter, raw)]
        except RuntimeError as error:
            raise TranscriptionError(f"{recording.name}: pocketsphinx failed: {error}") from error
        votes = [(*digit, 1.0 if _sure(*digit, spotted) > 0.5 else UNSURE_VOTE) for digit in digits]
        together = spoken_digits(np.asarray(samples, np.float32), count, self._net, votes)
        digits = [(digit.name, digit.start_s, digit.end_s) for digit in together] or digits
        return tuple(
            Word(
                text,
                interval.start_s + start_s,
                interval.start_s + end_s,
                _sure(text, start_s, end_s, spotted),
            )
            for text, start_s, end_s in digits
        )

    def _decoder(self, count: int | None) -> Any:
        if count is None:
            return self._grammar
        if count not in self._counts:
            exactly = "public <exactly> = " + "<digit> " * count + ";"
            self._counted.add_jsgf_string(str(count), self._rules.replace("public", "") + exactly)
            self._counts.add(count)
        self._counted.activate_search(str(count))
        return self._counted


def audible_of(samples: NDArray[np.floating], source_rate_hz: int) -> NDArray[np.floating]:
    """Samples at one level, and with an upper band where a telephone took it: as pocketsphinx hears best."""
    gain = PEAK / max(float(np.abs(samples).max(initial=0.0)), 1e-6)
    if samples.size and source_rate_hz <= TELEPHONE_RATE_MAX_HZ:
        return with_high_band(samples.astype(np.float64) * gain)
    return samples * gain


def _sure(text: str, start_s: float, end_s: float, spotted: list[tuple[str, float, float]]) -> float:
    """1.0 where the second search finds the same digit there, 0.5 where another, 0.0 where none."""
    near = {word for word, a, b in spotted if min(b, end_s) - max(a, start_s) > SPOT_OVERLAP_S}
    return 1.0 if text in near or (text == "oh" and "zero" in near) else 0.5 if near else 0.0


def _segments(decoder: Any, raw: bytes) -> list[Any]:
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(raw, full_utt=True)
    decoder.end_utt()
    return list(decoder.seg() or ())


def _times_s(segment: Any) -> tuple[float, float]:
    return segment.start_frame * FRAME_S, (segment.end_frame + 1) * FRAME_S


def _heard(decoder: Any, raw: bytes) -> Iterator[tuple[str, float, float]]:
    for segment in _segments(decoder, raw):
        if not NOT_WORDS.fullmatch(segment.word):
            yield (VARIANT.sub("", segment.word), *_times_s(segment))
