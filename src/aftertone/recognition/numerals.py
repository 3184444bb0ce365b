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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.language.transcript import DigitString

BEAM_SIZE = 10
HYPOTHESES_MAX, HYPOTHESES_NATS = 8, 5.0  # strings scored a second time: at most 8, within 5 nats of the best
INPUT_MARGIN_FRAMES = 300  # 3 s after the number: as right as 8 s, in two thirds of the time
PAD_S, PAD_AMPLITUDE = 0.3, 1e-4  # noise at each end (s, of full scale): without it end digits are lost
BELOW_BEAM = 2.0  # nats: a string outside the beam is so far below the lowest inside it
TOKENS_MAX = 40  # E.164 has 15 digits; ends a loop of the decoder

_NUMERAL = re.compile(r" ?-?(\d{1,3})| ?-")
_LEAST_PROBABILITY = 1e-9  # of a token: keeps logarithms finite


class NumeralDecoder:
    """Decodes stretches of sound as digits. One decoder serves one thread at a time.

    Parameters
    ----------
    model : faster_whisper.WhisperModel
    tokenizer : faster_whisper.tokenizer.Tokenizer
        For English.
    encode : callable
        Takes features, shape (n_mels, n_frames), and how many frames of the padding after them to encode.
        Returns the encoder's output, shape (1, n_positions, n_dimensions).
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
        padding = np.random.default_rng(0).normal(0.0, PAD_AMPLITUDE, round(PAD_S * 16_000))
        self._padding = padding.astype(np.float32)

    def strings(self, samples: NDArray[np.float32], also: Sequence[str] = ()) -> tuple[DigitString, ...]:
        """The likeliest strings of digits for a stretch of sound, by the beam's score; then those of `also`.

        Parameters
        ----------
        samples : float32 array, shape (n_samples,)
            At 16 kHz, of one reading of a number alone.
        also : sequence of str
            Strings that are scored whether or not the beam has them.
        """
        features = self._model.feature_extractor(np.concatenate([self._padding, samples, self._padding]))
        encoded = self._encode(features[..., :-1], INPUT_MARGIN_FRAMES)
        found = self._beam(encoded)
        likeliest = sorted(found, key=lambda digits: -found[digits])[:HYPOTHESES_MAX]
        likeliest = [digits for digits in likeliest if found[digits] > found[likeliest[0]] - HYPOTHESES_NATS]
        # a string outside the beam scores below all strings inside it
        found = {digits: min(found.values(), default=0.0) - BELOW_BEAM for digits in also} | found
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
            beam_size=BEAM_SIZE,
            num_hypotheses=BEAM_SIZE,
            length_penalty=0.0,
            max_length=TOKENS_MAX,
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
            float(np.log(np.maximum(each.text_token_probs, _LEAST_PROBABILITY)).sum()) for each in alignments
        ]


def storage_view(array: NDArray[np.float32]) -> Any:
    """An array as CTranslate2 takes it."""
    from ctranslate2 import StorageView

    return StorageView.from_array(np.ascontiguousarray(array))
