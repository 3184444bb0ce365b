"""The embedded recogniser: pocketsphinx, whose English model comes inside its wheel.

It hears each stretch of speech by itself, cut at pauses: silence is not searched for words, and what was
heard before changes nothing.

On ten messages that flite spoke 13 % of the words were wrong, where one search through the whole file had
about 16 %; on six more, 11 %; on spontaneous human speech more than half. Five of them cut to 8 kHz had
31 %: the model is wideband, and mirroring the spectrum into the empty half or adding noise made it worse.
Fillers given to it as sounds that may stand anywhere were rarely heard, and lost it a whole message: to
hear "um" is left to the sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.vad import speech_intervals
from aftertone.errors import TranscriptionError
from aftertone.language.transcript import Transcript, Word

FRAME_S = 0.01  # pocketsphinx's default: 100 frames a second
PAUSE_S = 0.5  # shorter silences stay inside a stretch: 0.3, 0.5, 0.8 s did alike on ten messages by flite
PAD_S = 0.2  # on either side: the model expects silence there, and vad may clip a weak consonant
PEAK = 0.7  # of full scale: leaves a quiet recording more than a few bits

_NOT_WORDS = re.compile(r"<.*>|\[.*\]")  # <s>, </s>, <sil>; [NOISE], [SPEECH]: sound that is no known word
_VARIANT = re.compile(r"\(\d+\)$")  # "the(2)": its second pronunciation


class SphinxEngine:
    """Hears English words with pocketsphinx. Needs no weights and no network, and mishears more than whisper.

    A word's `confidence` is its posterior probability in the decoder's lattice: how far it beat its
    rivals there, not how likely it is right. Of 254 words spoken by flite, those under 0.6 were right in
    75 %, those from 0.6 to 0.9 in 88 %, those above in 99 %. One engine serves one thread at a time.
    """

    name = "sphinx"

    def __init__(self) -> None:
        from importlib.metadata import version

        from pocketsphinx import Decoder

        self._decoder: Any = Decoder(loglevel="FATAL")
        self._settings = {"model": "en-us", "pocketsphinx": version("pocketsphinx")}

    def transcribe(self, recording: Recording) -> Transcript:
        """The words of a recording; none where nobody speaks.

        Raises
        ------
        TranscriptionError
            The recogniser failed.
        """
        gain = PEAK / max(float(np.abs(recording.samples).max(initial=0.0)), 1e-6)
        words: list[Word] = []
        try:
            for stretch in _stretches(speech_intervals(recording), recording.duration_s):
                first, last = (round(t * recording.rate_hz) for t in stretch)
                words += self._words(recording.samples[first:last] * gain, stretch)
        except RuntimeError as error:
            raise TranscriptionError(f"{recording.name}: pocketsphinx failed: {error}") from error
        return Transcript(tuple(words), "en", self.name, dict(self._settings))

    def _words(self, samples: NDArray[np.float32], stretch: Interval) -> Iterator[Word]:
        decoder = self._decoder
        decoder.reinit_feat()  # forgets the noise of the stretch before, which words would else depend on
        decoder.start_utt()
        decoder.process_raw((samples * 32767).astype(np.int16).tobytes(), full_utt=True)
        decoder.end_utt()
        for segment in decoder.seg() or ():
            if _NOT_WORDS.fullmatch(segment.word):
                continue
            yield Word(
                _VARIANT.sub("", segment.word),
                stretch.start_s + segment.start_frame * FRAME_S,
                min(stretch.start_s + (segment.end_frame + 1) * FRAME_S, stretch.end_s),
                min(1.0, float(segment.prob)),
            )


def _stretches(speech: Sequence[Interval], duration_s: float) -> tuple[Interval, ...]:
    """Speech joined over short silences, each stretch with silence round it.

    >>> _stretches([Interval(0.1, 1.0), Interval(1.2, 2.0), Interval(3.0, 4.0)], 5.0)
    (Interval(start_s=0.0, end_s=2.2), Interval(start_s=2.8, end_s=4.2))
    """
    joined: list[Interval] = []
    for interval in speech:
        if joined and interval.start_s - joined[-1].end_s < PAUSE_S:
            interval = Interval(joined.pop().start_s, interval.end_s)
        joined.append(interval)
    return tuple(Interval(max(0.0, a - PAD_S), min(duration_s, b + PAD_S)) for a, b in joined)
