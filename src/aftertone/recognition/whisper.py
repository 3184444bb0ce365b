"""Words by Whisper: windows cut at pauses, decoded verbatim in one pass, aligned, and checked.

Each recording is transcribed by itself, and nothing is sampled: its words depend on its samples, the names of
its brief and the settings alone. Windows are cut at pauses here, so the decoder writes no time stamps; word
times come from the cross-attention (`align`). `benchmarks/experiments/whisper.md` records what was tried for
each setting.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.vad import speech_intervals
from aftertone.errors import ModelNotFoundError, TranscriptionError
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import (
    CROSS_ATTENTION,
    NumeralRequest,
    NumeralStretch,
    Transcript,
    Word,
)
from aftertone.recognition.guards import (
    are_improbable,
    uncovered,
    without_loops,
    without_silence,
)
from aftertone.recognition.numerals import NumeralDecoder, storage_view
from aftertone.recognition.options import WhisperOptions
from aftertone.recognition.weights import model_name, model_revision, verify_model
from aftertone.recognition.windows import Window, windows

FILLER_PROMPT = " Hello. Um, uh, hmm, er, ah."  # as the text before the window; longer ones lose sentences
INPUT_MARGIN_FRAMES = 800  # 8 s after the window: 4 s costs words, 30 s of input gains none
TELEPHONE_RATE_MAX_HZ = 8_000  # of the source: there 30 s of input do gain words (13.9 % wrong, then 13.4)
WRITTEN_SYMBOLS = frozenset(":")  # Whisper suppresses it as no speech, and so writes 5:30 as 530
OTHER_LANGUAGE_MIN = 0.7
"""A language other than English is accepted from this probability. Of 239 English recordings (five sets) one
has another language as the most probable (0.49); the 61 German ones have 0.94 or more."""
MOST_PROMPT_TOKENS = 223  # of 448 positions; faster-whisper's limit
MOST_TOKENS = 448

# openai/whisper's thresholds, which faster-whisper has too
COMPRESSION_MAX = 2.4
LOG_PROBABILITY_MIN = -1.0  # text that stays under it is written over noise or music, and dropped
UNCOVERED_S = 1.0  # of speech without words: a text that leaves so much is decoded again
MEDIAN_WIDTH = 7
TOKEN_S = 0.02  # step of the alignment

_SPOKEN_SYMBOLS = frozenset("$%&@#+=")
_PREFIXES = "\"'“¿([{-"  # punctuation that belongs to the word after it
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})

# mallopt(3): no mapping of large blocks, one arena, keep what is freed, grow by 64 MB
_HEAP = ((-4, 0), (-8, 1), (-1, 2**31 - 1), (-2, 64 << 20))

_Encoded = NDArray[np.float32]  # encoder output of a window, shape (1, n_positions, n_dimensions)


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """A window to decode.

    Attributes
    ----------
    at : int
        Which recording it is of.
    window : Window
    speech : tuple of Interval
        The speech in it, in seconds of the recording.
    features : float32 array, shape (n_mels, n_frames)
    hotwords : str
        Names for the prompt; "" for none.
    language : str
        ISO 639-1 code; "auto" until it is detected.
    is_telephone : bool
        Its source has no sound above 4 kHz.
    encoded : array or None
        Encoder output, where the detection of the language has made it.
    """

    at: int
    window: Window
    speech: tuple[Interval, ...]
    features: NDArray[np.float32]
    hotwords: str
    language: str
    is_telephone: bool
    encoded: _Encoded | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Decoded:
    """The text of a window, and how it came about.

    Attributes
    ----------
    tokens : tuple of int
        Text tokens.
    encoded : array
        The encoder output it was decoded from.
    prompt : tuple of int
        The text tokens that stood before it.
    log_probability : float
        Mean of its tokens, the end of text included.
    compression : float
        Length of its text over that of its zlib compression: high where it repeats itself.
    """

    tokens: tuple[int, ...]
    encoded: _Encoded
    prompt: tuple[int, ...]
    log_probability: float
    compression: float

    @property
    def is_improbable(self) -> bool:
        return self.log_probability < LOG_PROBABILITY_MIN

    @property
    def is_repetitive(self) -> bool:
        return self.compression > COMPRESSION_MAX


@dataclass(frozen=True, slots=True, eq=False)
class _Attempt:
    """The words of a window by one way of decoding it.

    Attributes
    ----------
    text : _Decoded
    words : tuple of Word
        With their times in the recording; none where the text is improbable.
    uncovered_s : float
        Speech that has no words: all of it where there are none, else stretches of UNCOVERED_S and more.
    """

    text: _Decoded
    words: tuple[Word, ...]
    uncovered_s: float

    @property
    def is_poor(self) -> bool:
        return self.text.is_improbable or self.text.is_repetitive or self.uncovered_s > 0

    @property
    def merit(self) -> tuple[bool, bool, int, float]:
        """What the best attempt has most of: no repetition, words, covered speech, probability."""
        covers = bool(self.words), -round(self.uncovered_s)
        return not self.text.is_repetitive, *covers, self.text.log_probability


class WhisperEngine:
    """Transcribes with a Whisper model. One engine serves one thread at a time.

    Parameters
    ----------
    folder : str or Path
        A model in CTranslate2's format: model.bin, config.json, vocabulary.json (or .txt) and
        tokenizer.json.
    language : str
        ISO 639-1 code. ``"auto"`` detects it in the first window of each recording: English, unless another
        has a probability of OTHER_LANGUAGE_MIN. A model that has English alone takes all for English.
    device, compute_type : str
        As CTranslate2 has them; ``"auto"`` chooses.
    threads : int
        CPU threads of one worker; 0 leaves it to CTranslate2.
    workers : int
        Recordings, and windows of one, that are transcribed side by side, from one copy of the weights. For
        many recordings as many as there are cores are fastest, of one thread each. A GPU has one.
    options : WhisperOptions
    keep_heap : bool
        Have glibc keep the memory that is freed, in this whole process: otherwise some of the time goes on
        page faults. For a process that does nothing else; without glibc nothing happens.

    Raises
    ------
    ModelNotFoundError
        The folder holds no whisper model that can be loaded.
    """

    name = "whisper"

    def __init__(
        self,
        folder: str | Path,
        *,
        language: str = "auto",
        device: str = "auto",
        compute_type: str = "auto",
        threads: int = 0,
        workers: int = 1,
        options: WhisperOptions = WhisperOptions(),  # noqa: B008 - frozen
        keep_heap: bool = False,
    ) -> None:
        folder = verify_model(folder)
        if keep_heap:
            _keep_heap()
        from ctranslate2 import get_cuda_device_count
        from faster_whisper import WhisperModel

        self._is_gpu = device == "cuda" or (device == "auto" and get_cuda_device_count() > 0)
        self._workers = 1 if self._is_gpu else workers
        try:
            # a folder with its tokenizer.json leaves nothing to ask the hub for
            self._model: Any = WhisperModel(
                str(folder),
                device=device,
                compute_type=compute_type,
                cpu_threads=threads,
                num_workers=self._workers,
                local_files_only=True,
            )
        except (
            Exception
        ) as error:  # CTranslate2 and tokenizers raise RuntimeError, ValueError and bare Exception
            raise ModelNotFoundError(
                f"{folder}: the whisper model cannot be loaded: {str(error).rstrip('.')}. "
                f"{_remedy(str(error))}"
            ) from error
        if language not in ("auto", *self._model.supported_languages):
            raise ModelNotFoundError(
                f"{folder}: this whisper model has no language {language!r}; it has "
                f"{', '.join(self._model.supported_languages)}. Use one without '.en' in its name"
            )
        self._is_multilingual = bool(self._model.model.is_multilingual)
        self._language = language if self._is_multilingual else "en"
        self._options = options
        self._tokenizer = cache(self._new_tokenizer)
        self._suppressed = self._suppressed_tokens()
        self._numeral_decoder = cache(self._new_numeral_decoder)
        self._settings = self._settings_of(folder)

    def transcribe(self, recording: Recording) -> Transcript:
        """The words of a recording; none where there is no speech.

        Raises
        ------
        TranscriptionError
            The recogniser failed.
        """
        return self.transcribe_many([recording])[0]

    def transcribe_many(
        self, recordings: Sequence[Recording], hotwords: Sequence[Sequence[str]] | None = None
    ) -> list[Transcript]:
        """The words of many recordings; each has the words that it has by itself.

        Parameters
        ----------
        recordings : sequence of Recording
        hotwords : sequence of sequence of str or None
            For each recording, names that may be said in it.

        Returns
        -------
        list of Transcript
            In the order given.

        Raises
        ------
        TranscriptionError
            The recogniser failed; the message names the recordings.
        """
        names = hotwords if hotwords is not None and self._options.hotwords else [()] * len(recordings)
        pairs = list(zip(recordings, names, strict=True))
        groups = [pairs] if self._is_gpu else [[pair] for pair in pairs]
        try:
            with ThreadPoolExecutor(self._workers) as pool:
                return [each for group in pool.map(self._transcripts, groups) for each in group]
        except Exception as error:  # CTranslate2 raises RuntimeError and ValueError, onnx and numpy their own
            listed = ", ".join(each.name for each in recordings[:3]) + (" …" if len(recordings) > 3 else "")
            raise TranscriptionError(f"{listed}: whisper failed: {error}") from error

    def numerals(
        self, recording: Recording, stretches: Sequence[NumeralRequest]
    ) -> tuple[NumeralStretch, ...]:
        """Stretches of a recording decoded as digits alone: see `NumeralDecoder`.

        Raises
        ------
        TranscriptionError
            The recogniser failed.
        """
        rate_hz, decoder = recording.rate_hz, self._numeral_decoder()
        try:
            strings = [
                decoder.strings(recording.samples[round(start_s * rate_hz) : round(end_s * rate_hz)], also)
                for (start_s, end_s), also in stretches
            ]
        except Exception as error:  # CTranslate2 raises RuntimeError and ValueError
            raise TranscriptionError(f"{recording.name}: whisper failed on digits: {error}") from error
        return tuple(
            NumeralStretch(*each.interval, found) for each, found in zip(stretches, strings, strict=True)
        )

    def _transcripts(self, pairs: Sequence[tuple[Recording, Sequence[str]]]) -> list[Transcript]:
        """The transcripts of recordings with their hotwords."""
        guards = self._options.guards
        speech = [speech_intervals(recording, exact=False) for recording, _ in pairs]
        jobs = [
            self._job(at, window, recording, parts, ", ".join(names), self._language)
            for at, ((recording, names), parts) in enumerate(zip(pairs, speech, strict=True))
            for window in windows(recording.duration_s, parts, trimmed=guards)
        ]
        if self._language == "auto":
            jobs = self._with_languages(jobs)
        languages = {job.at: job.language for job in jobs}
        words: dict[int, list[Word]] = {}
        with ThreadPoolExecutor(self._workers) as pool:  # windows of one recording side by side
            for done in pool.map(self._stack_words, self._stacks(jobs)):
                for job, best in done:
                    words.setdefault(job.at, []).extend(best)
        found = []
        for at, ((recording, _), parts) in enumerate(zip(pairs, speech, strict=True)):
            language = languages.get(at, "en" if self._language == "auto" else self._language)
            own = words.get(at, [])
            if guards:
                own = self._with_gaps_decoded(own, recording, parts, language)
            found.append(Transcript(tuple(_in_order(own)), language, self.name, dict(self._settings)))
        return found

    def _job(
        self,
        at: int,
        window: Window,
        recording: Recording,
        speech: Sequence[Interval],
        hotwords: str,
        language: str,
    ) -> _Job:
        features = self._model.feature_extractor(window.samples(recording))[..., :-1]
        features = features[..., : int(self._model.feature_extractor.nb_max_frames)]
        is_telephone = recording.source_rate_hz <= TELEPHONE_RATE_MAX_HZ
        return _Job(at, window, window.speech(speech), features, hotwords, language, is_telephone)

    # ── language ─────────────────────────────────────────────────────────────────────────────────────

    def _with_languages(self, jobs: Sequence[_Job]) -> list[_Job]:
        """Jobs with the language that is detected in the first window of their recording."""
        first = {job.at: job for job in reversed(jobs)}
        encoded = {at: self._encoded(job) for at, job in first.items()}
        languages = {}
        for at, each in encoded.items():
            ((best, *_),) = self._model.model.detect_language(storage_view(each))
            code, probability = best[0].strip("<|>"), best[1]
            languages[at] = code if probability >= OTHER_LANGUAGE_MIN else "en"
        return [
            replace(
                job, language=languages[job.at], encoded=encoded[job.at] if job is first[job.at] else None
            )
            for job in jobs
        ]

    # ── encoding and decoding ────────────────────────────────────────────────────────────────────────

    def _stacks(self, jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
        """Jobs that are decoded at once: on a CPU one; on a GPU those of one language and prompt length."""
        if not self._is_gpu:
            yield from ([job] for job in jobs)
            return

        def kind(job: _Job) -> tuple[str, int]:
            return job.language, len(self._prompt(job.hotwords))

        for _, group in groupby(sorted(jobs, key=kind), kind):
            alike = list(group)
            for at in range(0, len(alike), self._options.batch_size):
                yield alike[at : at + self._options.batch_size]

    def _encoded(self, job: _Job, *, whole: bool = False) -> _Encoded:
        """Encoder output of a window with INPUT_MARGIN_FRAMES after it, or with all 30 s."""
        # windows of a GPU's stack have one length
        return self._encoded_features(job.features, whole=whole or job.is_telephone or self._is_gpu)

    def _encoded_features(
        self, features: NDArray[np.float32], margin_frames: int = INPUT_MARGIN_FRAMES, *, whole: bool = False
    ) -> _Encoded:
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

    def _decoded(self, stack: Sequence[_Job]) -> list[_Decoded]:
        """The text of each window of a stack."""
        encoded = [self._encoded(job) if job.encoded is None else job.encoded for job in stack]
        return self._searched(encoded, stack[0].language, [self._prompt(job.hotwords) for job in stack])

    def _searched(
        self, encoded: Sequence[_Encoded], language: str, prompts: Sequence[tuple[int, ...]]
    ) -> list[_Decoded]:
        """A beam search over each window."""
        from faster_whisper.transcribe import get_compression_ratio

        tokenizer = self._tokenizer(language)
        results = self._model.model.generate(
            storage_view(np.concatenate(encoded)),
            [[*_start(tokenizer, prompt), tokenizer.no_timestamps] for prompt in prompts],
            beam_size=self._options.beam_size,
            max_length=MOST_TOKENS,
            suppress_tokens=self._suppressed,
            return_scores=True,
        )
        found = []
        for result, prompt, each in zip(results, prompts, encoded, strict=True):
            tokens = tuple(result.sequences_ids[0])
            text = tokenizer.decode(tokens).strip()
            found.append(
                _Decoded(
                    tokens=tuple(token for token in tokens if token < tokenizer.eot),
                    encoded=each,
                    prompt=prompt,
                    log_probability=result.scores[0] * len(tokens) / (len(tokens) + 1),
                    compression=get_compression_ratio(text) if text else 0.0,
                )
            )
        return found

    # ── words ────────────────────────────────────────────────────────────────────────────────────────

    def _stack_words(self, stack: Sequence[_Job]) -> list[tuple[_Job, tuple[Word, ...]]]:
        """The words of each window of a stack."""
        texts = self._decoded(stack)
        return [(job, self._best_words(job, text)) for job, text in zip(stack, texts, strict=True)]

    def _best_words(self, job: _Job, first: _Decoded) -> tuple[Word, ...]:
        """The words of a window: those of its first text, unless it is poor and another way gives better.

        Names in the prompt change other words as well: a text that has none of them is decoded without them.
        """
        if job.hotwords and not self._has_any(job.hotwords, first.tokens):
            (first,) = self._searched([first.encoded], job.language, [self._prompt("")])
        attempts = [self._attempt(job, first)]
        if self._options.fallback and attempts[0].is_poor:
            whole = self._encoded(job, whole=True)
            for prompt in dict.fromkeys((self._prompt(""), ())):
                (text,) = self._searched([whole], job.language, [prompt])
                attempts.append(self._attempt(job, text))
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

    def _attempt(self, job: _Job, text: _Decoded) -> _Attempt:
        words = self._words(job, text)
        if not self._options.guards:
            return _Attempt(text, tuple(words), 0.0)
        if text.is_improbable or are_improbable(words):
            words = []
        words = without_silence(without_loops(words), job.speech)
        gaps = uncovered(words, job.speech, UNCOVERED_S) if words else job.speech
        return _Attempt(text, tuple(words), sum(gap.duration_s for gap in gaps))

    def _words(self, job: _Job, text: _Decoded) -> list[Word]:
        """The words of a text with their times in the recording."""
        if not text.tokens:
            return []
        tokenizer = self._tokenizer(job.language)
        (alignment,) = self._model.model.align(
            storage_view(text.encoded),
            _start(tokenizer, text.prompt),
            [list(text.tokens)],
            job.features.shape[-1],
            median_filter_width=MEDIAN_WIDTH,
        )
        placed = []
        for word in _timed_words(text.tokens, alignment, tokenizer):
            start_s, end_s = job.window.placed(word.interval)
            placed.append(replace(word, start_s=start_s, end_s=end_s))
        return placed

    def _with_gaps_decoded(
        self, words: Sequence[Word], recording: Recording, speech: Sequence[Interval], language: str
    ) -> list[Word]:
        """The words, with those of speech that had none, decoded by itself and without hotwords."""
        found = list(words)
        for gap in uncovered(words, speech):
            for window in windows(recording.duration_s, [gap]):
                job = self._job(0, window, recording, [gap], "", language)
                (text,) = self._decoded([job])
                new = self._best_words(job, text)
                found += [word for word in new if gap.start_s <= sum(word.interval) / 2 < gap.end_s]
        return found

    # ── prompt and settings ───────────────────────────────────────────────────────────────────────

    def _new_tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        return Tokenizer(self._model.hf_tokenizer, self._is_multilingual, "transcribe", language)

    def _new_numeral_decoder(self) -> NumeralDecoder:
        return NumeralDecoder(self._model, self._tokenizer("en"), self._encoded_features)

    def _prompt(self, hotwords: str) -> tuple[int, ...]:
        """Tokens of the text before the window: hotwords, then fillers."""
        text = (f" {hotwords}." if hotwords else "") + (FILLER_PROMPT if self._options.verbatim else "")
        tokens = tuple(self._model.hf_tokenizer.encode(text, add_special_tokens=False).ids) if text else ()
        return tokens[-MOST_PROMPT_TOKENS:]

    def _suppressed_tokens(self) -> list[int]:
        """What is never written: Whisper's list of signs that are not speech, less WRITTEN_SYMBOLS."""
        from faster_whisper.transcribe import get_suppressed_tokens

        tokenizer = self._tokenizer("en" if self._language == "auto" else self._language)
        barred = [
            token
            for token in tokenizer.non_speech_tokens
            if tokenizer.decode([token]).strip() not in WRITTEN_SYMBOLS
        ]
        return list(get_suppressed_tokens(tokenizer, sorted(barred)))

    def _settings_of(self, folder: Path) -> dict[str, str]:
        """What every transcript says of how it was made."""
        from importlib.metadata import version

        options = self._options
        settings = {
            "model": model_name(folder),
            "compute_type": str(self._model.model.compute_type),
            "device": str(self._model.model.device),
            "beam_size": str(options.beam_size),
            **{name: _yes(getattr(options, name)) for name in ("verbatim", "fallback", "guards")},
            "word_times": CROSS_ATTENTION,
            "faster_whisper": version("faster-whisper"),
            "ctranslate2": version("ctranslate2"),
        }
        if revision := model_revision(folder):
            settings["revision"] = revision
        return settings


def _timed_words(tokens: Sequence[int], alignment: Any, tokenizer: Any) -> Iterator[Word]:
    """Words from tokens: a word begins with a space, and punctuation is none."""
    steps = np.array(alignment.alignments)  # token, frame: a token begins at its first frame
    is_first = np.append(True, np.diff(steps[:, 0]) > 0)
    times_s = steps[is_first, 1] * TOKEN_S
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
    # a number is as sure as its worst part
    sure = min((sum(part) / len(part) for part in probabilities if part), default=0.0)
    return Word(text, start_s, max(start_s, end_s), min(1.0, max(0.0, float(sure))))


def _in_order(words: Iterable[Word]) -> Iterator[Word]:
    """Words in order of their starts, none reaching into the next."""
    ordered = sorted(words, key=lambda word: word.start_s)
    for word, following in zip_longest(ordered, ordered[1:]):
        limit_s = word.end_s if following is None else following.start_s
        yield replace(word, end_s=max(word.start_s, min(word.end_s, limit_s)))


def _start(tokenizer: Any, prompt: Sequence[int]) -> list[int]:
    """What stands before the text: the prompt as earlier text, language and task."""
    return [*([tokenizer.sot_prev, *prompt] if prompt else []), *tokenizer.sot_sequence]


def _remedy(problem: str) -> str:
    """What to do where CTranslate2 cannot load a model."""
    from ctranslate2 import get_cuda_device_count, get_supported_compute_types

    if problem.startswith("CUDA"):
        return "Where there is no GPU that CTranslate2 can use, the device is cpu"
    if "compute type" in problem:
        known = ", ".join(sorted(get_supported_compute_types("cuda" if get_cuda_device_count() else "cpu")))
        return f"Expected the compute type auto or, on this machine, one of {known}"
    return "Expected a model that CTranslate2 converted; fetch or convert it again"


def _keep_heap() -> None:
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in musl
    if mallopt is not None:
        for setting, value in _HEAP:
            mallopt(setting, value)


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
