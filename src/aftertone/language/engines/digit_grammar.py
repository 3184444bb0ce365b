"""Digits and nothing else: as the embedded recogniser hears them under a grammar, and by our own net.

The recogniser's digits are votes in the net's search for the best path: together they err less
than either on people whom the net never heard (benchmarks/number_trials.md).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.high_band import TELEPHONE_RATE_MAX_HZ, with_high_band
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.spoken_digits import (
    DIGITS,
    ZERO_TO_NINE,
    DigitEvidence,
    Net,
    SpokenDigit,
    digit_evidence,
    spoken_digits,
)
from aftertone.errors import TranscriptionError
from aftertone.language.transcript import HeardDigit
from aftertone.models import data_path

FRAME_S = 0.01  # pocketsphinx's default: 100 frames a second
PEAK = 0.7  # of full scale: leaves a quiet recording more than a few bits

# The grammar's settings, tuned on numbers composed of two of fsdd's speakers (jackson, theo) at 8 kHz, 1 to 5
# digits a second: benchmarks/number_trials.md. A cost for each word keeps digits out that were not said.
_GRAMMAR = {"lw": 1.0, "silprob": 0.5, "fillprob": 1e-4, "wip": 1e-12}
_BEAMS = {"beam": 1e-40, "pbeam": 1e-40, "wbeam": 1e-30}
HISS = 0.0003  # of full scale: in place of digital silence
_SPOKEN = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPOTTED = (
    "1e-2"  # likelihood against a phone loop: finds 6 of 10 digits, and one in two seconds of other speech
)
SPOT_OVERLAP_S = 0.05
UNSURE_VOTE = 0.5  # of a digit that the second search does not find, against one that it does

# What each says for a digit: log odds for a unit of log probability, for all of its length, and for being
# found. Fitted to 1,468 digits composed of fsdd's men, each heard by a net that never heard him. Fitted to
# three of them, of the fourth's digits to which 0.4, 0.6, 0.8, 0.9 and 0.98 is given 0.5, 0.6, 0.8, 0.9 and
# 0.96 are right.
_BY_NET, _ON_THE_PATH, _BY_GRAMMAR, _BY_SEARCH = 1.1, 0.45, 0.6, 1.35
_LEAST_SHARE = 0.01

NOT_WORDS = re.compile(r"<.*>|\[.*\]")  # <s>, </s>, <sil>; [NOISE], [SPEECH]: sound that is no known word
VARIANT = re.compile(r"\(\d+\)$")  # "four(2)": its second pronunciation

_Timed = tuple[str, float, float]  # a digit's name, and from when to when it is said


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
        self._net = net

    def evidence_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> DigitEvidence:
        """What the net makes of a stretch: see `digit_evidence`. It needs no recogniser."""
        return digit_evidence(_samples_in(recording, interval).astype(np.float32), count, self._net)

    def digits_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> tuple[HeardDigit, ...]:
        """The digits in a stretch, whether or not any were said; `count` of them where it is given.

        None at all where the stretch is too short for so many.

        Raises
        ------
        TranscriptionError
            The recogniser failed.
        """
        samples = _samples_in(recording, interval)
        if not samples.size:
            return ()
        audible = audible_of(samples.astype(np.float64), recording.source_rate_hz)
        audible = audible + np.random.default_rng(0).normal(0.0, HISS, samples.size)
        raw = (np.clip(audible, -1.0, 1.0) * 32767).astype(np.int16).tobytes()
        try:
            heard, spotted = list(_heard(self._grammar, raw)), list(_heard(self._spotter, raw))
        except RuntimeError as error:
            raise TranscriptionError(f"{recording.name}: pocketsphinx failed: {error}") from error
        votes = [(*each, 1.0 if _is_among(each, spotted) else UNSURE_VOTE) for each in heard]
        digits = spoken_digits(np.asarray(samples, np.float32), count, self._net, votes)
        return tuple(_together(digit, interval.start_s, heard, spotted) for digit in digits)

    @cached_property
    def _grammar(self) -> Any:
        from pocketsphinx import Config, Decoder

        decoder = Decoder(Config(lm=None, loglevel="FATAL", **_GRAMMAR, **_BEAMS))
        decoder.add_jsgf_string("digits", data_path("digits.gram").read_text(encoding="utf-8"))
        decoder.activate_search("digits")
        return decoder

    @cached_property
    def _spotter(self) -> Any:
        """The second search."""
        from pocketsphinx import Config, Decoder

        decoder = Decoder(Config(lm=None, loglevel="FATAL"))
        # pocketsphinx takes several thresholds from a file only
        with tempfile.TemporaryDirectory() as folder:
            listed = Path(folder, "digits.txt")
            listed.write_text("".join(f"{digit} /{_SPOTTED}/\n" for digit in _SPOKEN if digit != "oh"))
            decoder.add_kws("digits", str(listed))
        decoder.activate_search("digits")
        return decoder


def _samples_in(recording: Recording, interval: Interval) -> NDArray[np.floating]:
    first, last = (round(t * recording.rate_hz) for t in interval)
    return recording.samples[max(first, 0) : last]


def audible_of(samples: NDArray[np.floating], source_rate_hz: int) -> NDArray[np.floating]:
    """Samples at one level, and with an upper band where a telephone took it: as pocketsphinx hears best."""
    gain = PEAK / max(float(np.abs(samples).max(initial=0.0)), 1e-6)
    if samples.size and source_rate_hz <= TELEPHONE_RATE_MAX_HZ:
        return with_high_band(samples.astype(np.float64) * gain)
    return samples * gain


def _is_among(one: _Timed, others: Sequence[_Timed]) -> bool:
    return any(
        _value(one[0]) == _value(other[0]) and _shared_s(one, other) > SPOT_OVERLAP_S for other in others
    )


def _shared_s(one: _Timed, other: _Timed) -> float:
    return min(one[2], other[2]) - max(one[1], other[1])


def _value(name: str) -> int:
    return DIGITS.index(name) % ZERO_TO_NINE  # "oh" is the eleventh


def _together(
    digit: SpokenDigit, start_s: float, heard: Sequence[_Timed], spotted: Sequence[_Timed]
) -> HeardDigit:
    """What all who heard a digit make of it, in a log-linear model."""
    here = (digit.name, digit.start_s, digit.end_s)
    odds = _BY_NET * np.log(np.asarray(digit.shares) + _LEAST_SHARE)
    odds[_value(digit.name)] += _ON_THE_PATH
    by_grammar, by_search = np.zeros(ZERO_TO_NINE), np.zeros(ZERO_TO_NINE)
    for each in heard:
        share = max(0.0, _shared_s(here, each)) / (digit.end_s - digit.start_s)
        by_grammar[_value(each[0])] = max(by_grammar[_value(each[0])], share)
    for each in spotted:
        by_search[_value(each[0])] = max(by_search[_value(each[0])], _shared_s(here, each) > SPOT_OVERLAP_S)
    odds += _BY_GRAMMAR * by_grammar + _BY_SEARCH * by_search
    shares = np.exp(odds - odds.max())
    return HeardDigit(start_s + digit.start_s, start_s + digit.end_s, tuple((shares / shares.sum()).tolist()))


def _heard(decoder: Any, raw: bytes) -> Iterator[_Timed]:
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(raw, full_utt=True)
    decoder.end_utt()
    for segment in decoder.seg() or ():
        if not NOT_WORDS.fullmatch(segment.word):
            name = VARIANT.sub("", segment.word).strip()
            yield name, segment.start_frame * FRAME_S, (segment.end_frame + 1) * FRAME_S
