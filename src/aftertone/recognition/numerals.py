"""Constrained decoding by Whisper: strings of digits for a stretch of sound, and their log probabilities.

Beam search over the tokens that are numerals of one to three digits gives the strings. It errs in the length
of runs of one digit ("555" as "55"). So each string is scored a second time by teacher forcing, with a space
between its digits, so that each digit is one token. The two scores err in different cases.
`benchmarks/experiments/number.md` records what was tried.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.language.transcript import DigitString


@dataclass(frozen=True, slots=True)
class NumeralSettings:
    """Settings of the constrained decoding.

    Attributes
    ----------
    beam_size : int
    hypotheses_max : int
        Most strings that are scored a second time.
    hypotheses_nats : float
        They are within so much of the best.
    input_margin_frames : int
        Encoder input after the number, in frames of 10 ms: 3 s are as right as 8 s, in two thirds of the
        time.
    pad_s, pad_amplitude : float
        Noise before and after the number, in seconds and of full scale: without it end digits are lost.
    below_beam_nats : float
        A string outside the beam scores so much below the lowest in the beam.
    tokens_max : int
        Ends a loop of the decoder; E.164 has 15 digits.
    """

    beam_size: int = 10
    hypotheses_max: int = 8
    hypotheses_nats: float = 5.0
    input_margin_frames: int = 300
    pad_s: float = 0.3
    pad_amplitude: float = 1e-4
    below_beam_nats: float = 2.0
    tokens_max: int = 40


SETTINGS = NumeralSettings()

_NUMERAL = re.compile(r" ?-?(\d{1,3})| ?-")
_PROBABILITY_MIN = 1e-9  # of a token: keeps logarithms finite


class NumeralDecoder:
    """Decodes stretches of sound as digits alone. One decoder serves one thread at a time.

    `model` and `tokenizer` (for English) are faster-whisper's. `encode` takes features, shape (n_mels,
    n_frames), and how many frames of the padding after them to encode. It returns the encoder's output, shape
    (1, n_positions, n_dimensions).
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        encode: Callable[[NDArray[np.float32], int], NDArray[np.float32]],
    ) -> None:
        self._model, self._tokenizer, self._encode = model, tokenizer, encode
        written = {token: tokenizer.decode([token]) for token in range(tokenizer.eot)}
        self._digits = {
            token: found.group(1) or ""
            for token, text in written.items()
            if (found := _NUMERAL.fullmatch(text))
        }
        kept = {*self._digits, tokenizer.eot}
        size = model.hf_tokenizer.get_vocab_size()
        self._suppressed = [token for token in range(size) if token not in kept]
        padding = np.random.default_rng(0).normal(0.0, SETTINGS.pad_amplitude, round(SETTINGS.pad_s * 16_000))
        self._padding = padding.astype(np.float32)

    def strings(self, samples: NDArray[np.float32], also: Sequence[str] = ()) -> tuple[DigitString, ...]:
        """The likeliest strings of digits, by the beam's score; then those of `also`, scored in any case.

        `samples` at 16 kHz hold one reading of a number alone.
        """
        features = self._model.feature_extractor(np.concatenate([self._padding, samples, self._padding]))
        encoded = self._encode(features[..., :-1], SETTINGS.input_margin_frames)
        found = self._beam(encoded)
        likeliest = sorted(found, key=lambda digits: -found[digits])[: SETTINGS.hypotheses_max]
        likeliest = [
            digits for digits in likeliest if found[digits] > found[likeliest[0]] - SETTINGS.hypotheses_nats
        ]
        outside = min(found.values(), default=0.0) - SETTINGS.below_beam_nats
        found = dict.fromkeys(also, outside) | found
        likeliest += [digits for digits in dict.fromkeys(also) if digits not in likeliest]
        scores = self._spaced_scores(encoded, likeliest)
        return tuple(
            DigitString(digits, found[digits], score) for digits, score in zip(likeliest, scores, strict=True)
        )

    def _beam(self, encoded: NDArray[np.float32]) -> dict[str, float]:
        """Log probability of each string, in nats: summed over the beam's token sequences that write it."""
        tokenizer = self._tokenizer
        (result,) = self._model.model.generate(
            storage_view(encoded),
            [[*tokenizer.sot_sequence, tokenizer.no_timestamps]],
            beam_size=SETTINGS.beam_size,
            num_hypotheses=SETTINGS.beam_size,
            length_penalty=0.0,
            max_length=SETTINGS.tokens_max,
            suppress_blank=False,
            suppress_tokens=self._suppressed,
            return_scores=True,
        )
        ways: dict[str, list[float]] = defaultdict(list)
        for tokens, score in zip(result.sequences_ids, result.scores, strict=True):
            ways["".join(self._digits.get(token, "") for token in tokens)].append(score)
        ways.pop("", None)
        return {digits: float(np.logaddexp.reduce(scores)) for digits, scores in ways.items()}

    def _spaced_scores(self, encoded: NDArray[np.float32], strings: list[str]) -> list[float]:
        """Log probability of each string, in nats, written with spaces, under Whisper without constraints."""
        if not strings:
            return []
        encode = self._model.hf_tokenizer.encode
        tokens = [encode(" " + " ".join(digits), add_special_tokens=False).ids for digits in strings]
        alignments = self._model.model.align(
            storage_view(np.repeat(encoded, len(strings), axis=0)),
            self._tokenizer.sot_sequence,
            tokens,
            2 * encoded.shape[1],
        )
        return [
            float(np.log(np.maximum(each.text_token_probs, _PROBABILITY_MIN)).sum()) for each in alignments
        ]


def storage_view(array: NDArray[np.float32]) -> Any:
    """An array as CTranslate2 takes it."""
    from ctranslate2 import StorageView

    return StorageView.from_array(np.ascontiguousarray(array))
