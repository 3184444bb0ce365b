"""The embedded recogniser: pocketsphinx, whose English model comes inside its wheel."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from aftertone.acoustics.audio import Recording
from aftertone.errors import TranscriptionError
from aftertone.language.transcript import Transcript, Word

FRAME_S = 0.01  # pocketsphinx's default: 100 frames a second
_NOT_WORDS = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")


class SphinxEngine:
    """Hears English words with pocketsphinx. Needs no weights and no network; mishears more than whisper."""

    name = "sphinx"

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder: Any = Decoder(loglevel="FATAL")

    def transcribe(self, recording: Recording) -> Transcript:
        """The words of a recording.

        Raises
        ------
        TranscriptionError
            The recogniser failed.
        """
        decoder = self._decoder
        pcm = np.asarray(np.clip(recording.samples, -1, 1) * 32767, np.int16)
        try:
            decoder.start_utt()
            decoder.process_raw(pcm.tobytes(), full_utt=True)
            decoder.end_utt()
            segments = list(decoder.seg() or ())
        except RuntimeError as error:
            raise TranscriptionError(f"{recording.name}: pocketsphinx failed: {error}") from error
        words = tuple(
            Word(_VARIANT.sub("", s.word), s.start_frame * FRAME_S, (s.end_frame + 1) * FRAME_S)
            for s in segments
            if not _NOT_WORDS.match(s.word)
        )
        return Transcript(words, "en", self.name, {})
