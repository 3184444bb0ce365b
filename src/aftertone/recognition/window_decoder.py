"""Windows of a recording decoded by Whisper: verbatim, without sampling, with fallbacks, aligned and checked.

The decoder writes no time stamps, since windows are cut in pauses; word times come from the cross-attention
(CTranslate2's `align`). `benchmarks/experiments/whisper.md` records what was tried for each setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Word
from aftertone.recognition.guards import are_improbable, uncovered, without_loops, without_silence
from aftertone.recognition.numerals import storage_view
from aftertone.recognition.windows import Window, windows


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


@dataclass(frozen=True, slots=True)
class DecodingSettings:
    """Settings that a user does not choose.

    Attributes
    ----------
    filler_prompt : str
        Stands as the text before the window, so that fillers are written; longer ones lose sentences.
    input_margin_frames : int
        Encoder input after the window, in frames of 10 ms: 4 s costs words, 30 s gains none.
    telephone_rate_max_hz : int
        Up to this sampling rate of the source the encoder gets all 30 s: 13.9 % wrong words become 13.4.
    written_symbols : frozenset of str
        Taken off Whisper's list of suppressed symbols: without a colon it writes 5:30 as 530.
    other_language_min : float
        A language other than English is accepted from this probability. Of 239 English recordings (five sets)
        one has another language as the most probable (0.49); 61 German ones have 0.94 or more.
    prompt_tokens_max, tokens_max : int
        Tokens of the prompt (faster-whisper's limit), and positions of the decoder.
    compression_max : float
        A text that zlib compresses by more repeats itself; openai/whisper's.
    log_probability_min : float
        A text whose tokens have a lower mean is written over noise or music; openai/whisper's.
    uncovered_s : float
        A text that leaves so many seconds of speech without words is decoded again.
    median_filter_width : int
        Of the alignment; openai/whisper's.
    token_s : float
        Step of the alignment, in seconds.
    """

    filler_prompt: str = " Hello. Um, uh, hmm, er, ah."
    input_margin_frames: int = 800
    telephone_rate_max_hz: int = 8_000
    written_symbols: frozenset[str] = frozenset(":")
    other_language_min: float = 0.7
    prompt_tokens_max: int = 223
    tokens_max: int = 448
    compression_max: float = 2.4
    log_probability_min: float = -1.0
    uncovered_s: float = 1.0
    median_filter_width: int = 7
    token_s: float = 0.02


SETTINGS = DecodingSettings()

_SPOKEN_SYMBOLS = frozenset("$%&@#+=")
_PREFIXES = "\"'“¿([{-"  # punctuation that belongs to the word after it
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})

_Encoded = NDArray[np.float32]  # encoder output of a window, shape (1, n_positions, n_dimensions)


@dataclass(frozen=True, slots=True, eq=False)
class WindowInput:
    """A window to decode."""

    recording_index: int  # in the group
    window: Window
    speech: tuple[Interval, ...]  # in the window, in seconds of the recording
    features: NDArray[np.float32]  # shape (n_mels, n_frames)
    hotwords: str  # for the prompt; "" for none
    language: str  # ISO 639-1 code; "auto" until it is detected
    is_telephone: bool  # its source has no sound above 4 kHz
    encoded: _Encoded | None = None  # encoder output, where the language's detection computed it


@dataclass(frozen=True, slots=True, eq=False)
class _Text:
    """The text of a window, and how it was decoded."""

    tokens: tuple[int, ...]  # of the text alone
    encoded: _Encoded  # the encoder output it was decoded from
    prompt: tuple[int, ...]  # text tokens before it
    log_probability: float  # mean of its tokens, the end of text included
    compression: float  # its length over that of its zlib compression: high where it repeats itself

    @property
    def is_improbable(self) -> bool:
        return self.log_probability < SETTINGS.log_probability_min

    @property
    def is_repetitive(self) -> bool:
        return self.compression > SETTINGS.compression_max


@dataclass(frozen=True, slots=True, eq=False)
class _Attempt:
    """The words of a window by one way of decoding it."""

    text: _Text
    words: tuple[Word, ...]  # none where the text is improbable
    uncovered_s: float  # speech without words: all of it where there are none, else its long stretches

    @property
    def is_poor(self) -> bool:
        return self.text.is_improbable or self.text.is_repetitive or self.uncovered_s > 0

    @property
    def merit(self) -> tuple[bool, bool, int, float]:
        """The best attempt has the most of: no repetition, words, covered speech, probability."""
        covers = bool(self.words), -round(self.uncovered_s)
        return not self.text.is_repetitive, *covers, self.text.log_probability


class WindowDecoder:
    """Decodes windows with a loaded `faster_whisper.WhisperModel`; a GPU decodes them in stacks."""

    def __init__(self, model: Any, options: WhisperOptions, language: str, *, is_gpu: bool) -> None:
        self._model, self._is_gpu = model, is_gpu
        self.options = options
        self.tokenizer = cache(self._new_tokenizer)
        self._suppressed = self._suppressed_tokens("en" if language == "auto" else language)

    # ── inputs ───────────────────────────────────────────────────────────────────────────────────────

    def window_input(
        self,
        recording_index: int,
        window: Window,
        recording: Recording,
        speech: Sequence[Interval],
        hotwords: str,
        language: str,
    ) -> WindowInput:
        """A window with its features."""
        features = self._model.feature_extractor(window.samples(recording))[..., :-1]
        features = features[..., : int(self._model.feature_extractor.nb_max_frames)]
        is_telephone = recording.source_rate_hz <= SETTINGS.telephone_rate_max_hz
        speech_in_it = window.speech(speech)
        return WindowInput(recording_index, window, speech_in_it, features, hotwords, language, is_telephone)

    def with_languages(self, inputs: Sequence[WindowInput]) -> list[WindowInput]:
        """Windows with the language that is detected in the first window of their recording."""
        first = {each.recording_index: each for each in reversed(inputs)}
        encoded = {at: self._encoded(each) for at, each in first.items()}
        languages = {}
        for at, each in encoded.items():
            ((best, *_),) = self._model.model.detect_language(storage_view(each))
            code, probability = best[0].strip("<|>"), best[1]
            languages[at] = code if probability >= SETTINGS.other_language_min else "en"
        return [
            replace(
                each,
                language=languages[each.recording_index],
                encoded=encoded[each.recording_index] if each is first[each.recording_index] else None,
            )
            for each in inputs
        ]

    def stacks(self, inputs: Sequence[WindowInput]) -> Iterator[list[WindowInput]]:
        """Windows to decode at once: on a CPU one; on a GPU those of one language and prompt length."""
        if not self._is_gpu:
            yield from ([each] for each in inputs)
            return

        def kind(each: WindowInput) -> tuple[str, int]:
            return each.language, len(self._prompt(each.hotwords))

        for _, group in groupby(sorted(inputs, key=kind), kind):
            alike = list(group)
            for at in range(0, len(alike), self.options.batch_size):
                yield alike[at : at + self.options.batch_size]

    # ── words ────────────────────────────────────────────────────────────────────────────────────────

    def words(self, stack: Sequence[WindowInput]) -> list[tuple[WindowInput, tuple[Word, ...]]]:
        """Each window of a stack with its words."""
        encoded = [self._encoded(each) if each.encoded is None else each.encoded for each in stack]
        prompts = [self._prompt(each.hotwords) for each in stack]
        texts = self._texts(encoded, stack[0].language, prompts)
        return [(each, self._best_words(each, text)) for each, text in zip(stack, texts, strict=True)]

    def with_uncovered_speech(
        self, words: Sequence[Word], recording: Recording, speech: Sequence[Interval], language: str
    ) -> list[Word]:
        """The words, with those of speech that had none, decoded by itself and without hotwords."""
        found = list(words)
        for gap in uncovered(words, speech):
            for window in windows(recording.duration_s, [gap]):
                alone = self.window_input(0, window, recording, [gap], "", language)
                ((_, new),) = self.words([alone])
                found += [word for word in new if gap.start_s <= sum(word.interval) / 2 < gap.end_s]
        return found

    def _best_words(self, window: WindowInput, first: _Text) -> tuple[Word, ...]:
        """The words of a window: those of its first text, unless it is poor and another way gives better.

        Names in the prompt change other words as well: a text without any of them is decoded without them.
        """
        if window.hotwords and not self._has_any(window.hotwords, first.tokens):
            (first,) = self._texts([first.encoded], window.language, [self._prompt("")])
        attempts = [self._attempt(window, first)]
        if self.options.fallback and attempts[0].is_poor:
            whole = self._encoded(window, whole=True)
            for prompt in dict.fromkeys((self._prompt(""), ())):
                (text,) = self._texts([whole], window.language, [prompt])
                attempts.append(self._attempt(window, text))
                if not attempts[-1].is_poor:
                    break
        return max(attempts, key=lambda each: each.merit).words

    def _has_any(self, hotwords: str, tokens: Sequence[int]) -> bool:
        """Whether a text has a name of the hotwords: of their words, those with a capital letter."""
        names = {part for word in hotwords.split() if word[0].isupper() for part in word_parts(word)} - {
            "the"
        }
        text: str = self._model.hf_tokenizer.decode(list(tokens))
        return any(part in names for word in text.split() for part in word_parts(word))

    def _attempt(self, window: WindowInput, text: _Text) -> _Attempt:
        words = self._aligned(window, text)
        if not self.options.guards:
            return _Attempt(text, tuple(words), 0.0)
        if text.is_improbable or are_improbable(words):
            words = []
        words = without_silence(without_loops(words), window.speech)
        gaps = uncovered(words, window.speech, SETTINGS.uncovered_s) if words else window.speech
        return _Attempt(text, tuple(words), sum(gap.duration_s for gap in gaps))

    def _aligned(self, window: WindowInput, text: _Text) -> list[Word]:
        """The words of a text with their times in the recording."""
        if not text.tokens:
            return []
        tokenizer = self.tokenizer(window.language)
        (alignment,) = self._model.model.align(
            storage_view(text.encoded),
            _start(tokenizer, text.prompt),
            [list(text.tokens)],
            window.features.shape[-1],
            median_filter_width=SETTINGS.median_filter_width,
        )
        placed = []
        for word in _timed_words(text.tokens, alignment, tokenizer):
            start_s, end_s = window.window.placed(word.interval)
            placed.append(replace(word, start_s=start_s, end_s=end_s))
        return placed

    # ── encoder and beam search ──────────────────────────────────────────────────────────────────────

    def encode(
        self,
        features: NDArray[np.float32],
        margin_frames: int = SETTINGS.input_margin_frames,
        *,
        whole: bool = False,
    ) -> _Encoded:
        """Encoder output of features, shape (n_mels, n_frames), with a margin after them or all 30 s."""
        from faster_whisper.audio import pad_or_trim

        length = int(self._model.feature_extractor.nb_max_frames)
        if not whole:
            length = min(length, features.shape[-1] + margin_frames) // 2 * 2
        encoded = self._model.model.encode(
            storage_view(pad_or_trim(features, length)[None]), to_cpu=self._is_gpu
        )
        if self._is_gpu:  # NumPy has no bfloat16
            from ctranslate2 import DataType

            encoded = encoded.to(DataType.float32)
        return np.asarray(encoded)

    def _encoded(self, window: WindowInput, *, whole: bool = False) -> _Encoded:
        # windows of a GPU's stack must have one length
        return self.encode(window.features, whole=whole or window.is_telephone or self._is_gpu)

    def _texts(
        self, encoded: Sequence[_Encoded], language: str, prompts: Sequence[tuple[int, ...]]
    ) -> list[_Text]:
        """A beam search over each window."""
        from faster_whisper.transcribe import get_compression_ratio

        tokenizer = self.tokenizer(language)
        results = self._model.model.generate(
            storage_view(np.concatenate(encoded)),
            [[*_start(tokenizer, prompt), tokenizer.no_timestamps] for prompt in prompts],
            beam_size=self.options.beam_size,
            max_length=SETTINGS.tokens_max,
            suppress_tokens=self._suppressed,
            return_scores=True,
        )
        found = []
        for result, prompt, each in zip(results, prompts, encoded, strict=True):
            tokens = tuple(result.sequences_ids[0])
            text = tokenizer.decode(tokens).strip()
            found.append(
                _Text(
                    tokens=tuple(token for token in tokens if token < tokenizer.eot),
                    encoded=each,
                    prompt=prompt,
                    log_probability=result.scores[0] * len(tokens) / (len(tokens) + 1),
                    compression=get_compression_ratio(text) if text else 0.0,
                )
            )
        return found

    def _prompt(self, hotwords: str) -> tuple[int, ...]:
        """Tokens of the text before the window: hotwords, then fillers."""
        fillers = SETTINGS.filler_prompt if self.options.verbatim else ""
        text = (f" {hotwords}." if hotwords else "") + fillers
        tokens = tuple(self._model.hf_tokenizer.encode(text, add_special_tokens=False).ids) if text else ()
        return tokens[-SETTINGS.prompt_tokens_max :]

    def _new_tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        is_multilingual = bool(self._model.model.is_multilingual)
        return Tokenizer(self._model.hf_tokenizer, is_multilingual, "transcribe", language)

    def _suppressed_tokens(self, language: str) -> list[int]:
        """Tokens that are never written: Whisper's list of symbols that are not speech, less some."""
        from faster_whisper.transcribe import get_suppressed_tokens

        tokenizer = self.tokenizer(language)
        barred = [
            token
            for token in tokenizer.non_speech_tokens
            if tokenizer.decode([token]).strip() not in SETTINGS.written_symbols
        ]
        return list(get_suppressed_tokens(tokenizer, sorted(barred)))


def in_order(words: Iterable[Word]) -> Iterator[Word]:
    """Words in order of their starts, each ending before the next starts."""
    ordered = sorted(words, key=lambda word: word.start_s)
    for word, following in zip_longest(ordered, ordered[1:]):
        limit_s = word.end_s if following is None else following.start_s
        yield replace(word, end_s=max(word.start_s, min(word.end_s, limit_s)))


def _start(tokenizer: Any, prompt: Sequence[int]) -> list[int]:
    """Tokens before the text: the prompt as earlier text, language and task."""
    return [*([tokenizer.sot_prev, *prompt] if prompt else []), *tokenizer.sot_sequence]


def _timed_words(tokens: Sequence[int], alignment: Any, tokenizer: Any) -> Iterator[Word]:
    """Words of tokens: a word begins with a space, and punctuation alone is no word."""
    steps = np.array(alignment.alignments)  # token, frame: a token begins at its first frame
    is_first = np.append(True, np.diff(steps[:, 0]) > 0)
    times_s = steps[is_first, 1] * SETTINGS.token_s
    sure = alignment.text_token_probs
    pieces, parts = tokenizer.split_tokens_on_unicode(list(tokens))
    is_unspaced = tokenizer.language_code in _UNSPACED

    text, prefix, start_s, end_s = "", "", 0.0, 0.0
    probabilities: list[list[float]] = []  # of each part of the word between punctuation
    at = 0
    for piece, part in zip(pieces, parts, strict=True):
        first, at = at, at + len(part)
        bare = piece.strip()
        begins = first == 0 or piece[:1].isspace() or is_unspaced
        if not any(letter.isalnum() or letter in _SPOKEN_SYMBOLS for letter in bare):
            if begins and bare and bare in _PREFIXES:
                prefix += bare
            elif text:
                text += bare
                probabilities.append([])
            continue
        if (begins or prefix) and text:
            yield _word(text, start_s, end_s, probabilities)
            text, probabilities = "", []
        if not text:
            start_s = float(times_s[first])
        if not probabilities:
            probabilities.append([])
        text, prefix = text + prefix + bare, ""
        end_s = float(times_s[at])
        probabilities[-1] += sure[first:at]
    if text:
        yield _word(text, start_s, end_s, probabilities)


def _word(text: str, start_s: float, end_s: float, probabilities: Sequence[Sequence[float]]) -> Word:
    # the least probable part of a number decides
    sure = min((sum(part) / len(part) for part in probabilities if part), default=0.0)
    return Word(text, start_s, max(start_s, end_s), min(1.0, max(0.0, float(sure))))
