"""How Whisper decodes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """How Whisper decodes. The defaults are for messages whose words are judged.

    Attributes
    ----------
    beam_size : int
        Hypotheses that the beam search keeps; 1 is greedy, and faster. 5 is openai/whisper's.
    verbatim : bool
        Decode after a short prompt of fillers, so that "um" and "uh" are written.
    fallback : bool
        Decode a poor window again: with the whole 30 s of encoder input, then without a prompt. Nothing is
        sampled, so that the same sound gives the same words.
    hotwords : bool
        Put the names and the company of the brief into the prompt.
    guards : bool
        Leave out silence before decoding, and afterwards loops, words in silence and improbable text; decode
        speech that got no words again. Without it, the text of each window is returned as it is.
    batch_size : int
        Windows that a GPU decodes at once. A CPU decodes them one at a time.

    Examples
    --------
    >>> WhisperOptions(beam_size=0)
    Traceback (most recent call last):
    ValueError: beam_size 0, batch_size 8: expected 1 or more
    """

    beam_size: int = 5
    verbatim: bool = True
    fallback: bool = True
    hotwords: bool = True
    guards: bool = True
    batch_size: int = 8

    def __post_init__(self) -> None:
        if self.beam_size < 1 or self.batch_size < 1:
            raise ValueError(f"beam_size {self.beam_size}, batch_size {self.batch_size}: expected 1 or more")
