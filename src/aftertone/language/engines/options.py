"""How whisper is asked to listen."""

from __future__ import annotations

from dataclasses import dataclass

FALLBACK_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # openai/whisper's


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """How whisper is asked to listen. The defaults are for messages whose words are to be judged.

    Attributes
    ----------
    beam_size : int
        Texts that are followed at once; 1 is greedy, and faster. 5 is openai/whisper's.
    temperatures : tuple of float
        A window whose text is too improbable or too repetitive is decoded again, alone, at the next of these.
        Above 0 whisper draws lots: such a text may be another each time. ``(0.0,)`` never decodes again.
    verbatim : bool
        Listen twice, the second time after a short prompt of fillers: the fillers of the second are taken,
        and its words are not. Costs about half as much again.
    hotwords : bool
        Tell whisper the names and the company of the brief.
    spell_digits : bool
        Have numbers written digit by digit, each a word with its own time, where the tokenizer allows.
    guards : bool
        Leave out dead air before listening, and afterwards words in silence, invented endings and loops.
        Without, what the model says is returned as it is.
    batch_size : int
        Windows that are decoded at once.
    short_input : bool
        Risky, off unless asked: let the encoder see a short message without the silence up to 30 s that
        whisper was trained with. Faster; but what real weights then make of it was not measured, and others
        report lost words (CTranslate2 issue 2100).
    """

    beam_size: int = 5
    temperatures: tuple[float, ...] = FALLBACK_TEMPERATURES
    verbatim: bool = False
    hotwords: bool = True
    spell_digits: bool = False
    guards: bool = True
    batch_size: int = 8
    short_input: bool = False

    def __post_init__(self) -> None:
        if self.beam_size < 1 or self.batch_size < 1:
            raise ValueError(f"beam_size {self.beam_size}, batch_size {self.batch_size}: expected 1 or more")
        if self.temperatures[:1] != (0.0,) or any(not 0 <= each <= 1 for each in self.temperatures):
            raise ValueError(f"temperatures {self.temperatures}: expected 0.0 first, and none over 1")
