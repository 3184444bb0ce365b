"""The best ears: OpenAI's whisper, run by faster-whisper on CTranslate2, many messages at once.

A voicemail is one window of 30 s, and faster-whisper decodes the windows of one file at a time. Here windows
of many recordings are decoded as one stack, which reads the weights once for all of it. On a CPU each is
encoded and aligned by itself: there a stack shares nothing in that, and no longer fits the caches.

The text is that of `WhisperModel.transcribe`. The times are those of its alignment too, but are left as they
are where faster-whisper cuts words at the edges of a segment to twice the median length: that shortens digits
said slowly, and `fusion` has the sound to go by.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.vad import speech_intervals
from aftertone.errors import ModelNotFoundError, TranscriptionError
from aftertone.language.engines.guards import without_invented_end, without_loops, without_silence
from aftertone.language.engines.options import WhisperOptions
from aftertone.language.engines.windows import WINDOW_S, Window, windows
from aftertone.language.fillers import is_filled_pause
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import Transcript, Word
from aftertone.models import verify_model

WRITTEN_SYMBOLS = frozenset(":")  # whisper bars it as "not speech", and so writes 5:30 as 530
FILLER_PROMPT = " Um, uh, hmm, er, ah."  # short: with long ones sentences get lost (whisperX issue 693)
MOST_PROMPT_TOKENS = 223  # of 448 positions; faster-whisper's limit
MOST_TOKENS = 448

# openai/whisper's, which faster-whisper has too
COMPRESSION_MAX = 2.4
LOG_PROBABILITY_MIN = -1.0
NO_SPEECH_MAX = 0.6
SAMPLES_DRAWN = 5
MEDIAN_WIDTH = 7

TOKEN_S = 0.02  # the grid of the alignment
SHORTEST_INPUT_FRAMES, INPUT_MARGIN_FRAMES = (
    1000,
    200,
)  # 10 s and 2 s: shorter input makes whisper repeat itself

_SPOKEN_SYMBOLS = frozenset("$%&@#+=")
_PREFIXES = "\"'“¿([{-"  # punctuation that belongs to the word after it
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
_VERBATIM_FILLER = re.compile(r"\[(UH|UM)\]")  # as CrisperWhisper writes them

# mallopt(3): no mapping of large blocks, one arena, keep what is freed, grow by 64 MB
_HEAP = ((-4, 0), (-8, 1), (-1, 2**31 - 1), (-2, 64 << 20))


@dataclass(frozen=True, slots=True)
class _Job:
    """A window of a recording, with what whisper is told before it."""

    recording_at: int
    samples: NDArray[np.float32]
    window: Window
    language: str
    prompt: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Decoded:
    """What whisper made of a window."""

    tokens: tuple[int, ...]
    log_probability: float  # mean of a token
    compression: float
    no_speech: float
    temperature: float

    @property
    def is_silence(self) -> bool:
        return self.no_speech > NO_SPEECH_MAX and self.log_probability <= LOG_PROBABILITY_MIN

    @property
    def is_poor(self) -> bool:
        is_improbable = self.log_probability < LOG_PROBABILITY_MIN
        return not self.is_silence and (is_improbable or self.compression > COMPRESSION_MAX)


@dataclass(frozen=True, slots=True)
class _Heard:
    """The words of a window, and how they came about."""

    job: _Job
    words: tuple[Word, ...]
    temperature: float


class WhisperEngine:
    """Hears words with a whisper model. One engine serves one thread at a time.

    Parameters
    ----------
    folder : str or Path
        A model in CTranslate2's format: model.bin, config.json, vocabulary.json (or .txt) and
        tokenizer.json.
    language : str
        ISO 639-1 code; ``"auto"`` asks the model, of the first window of each recording. A filler at the
        start can make it guess wrong, so say what is known.
    device, compute_type : str
        As CTranslate2 has them; ``"auto"`` chooses.
    threads : int
        CPU threads of one worker; 0 leaves it to CTranslate2.
    workers : int
        Stacks that are decoded side by side, from one copy of the weights. As many as there are cores, of one
        thread each, are fastest; a single recording needs one. A GPU has one.
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
        language: str = "en",
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
                f"{folder}: this whisper model does not know the language {language!r}; it knows "
                f"{', '.join(self._model.supported_languages)}. Use one without '.en' in its name"
            )
        self._language = language
        self._options = options
        self._name = _model_name(folder)
        self._is_crisper = "crisper" in self._name.lower()  # it writes fillers as [UH] and [UM]
        self._suppressed = self._suppressed_tokens()
        self._settings = self._settings_of(folder)

    def transcribe(self, recording: Recording) -> Transcript:
        """The words of a recording; none where whisper hears no speech.

        Raises
        ------
        TranscriptionError
            The recogniser failed.
        """
        return self.transcribe_many([recording])[0]

    def transcribe_many(
        self, recordings: Sequence[Recording], hotwords: Sequence[Sequence[str]] | None = None
    ) -> list[Transcript]:
        """The words of many recordings, decoded together.

        Parameters
        ----------
        recordings : sequence of Recording
        hotwords : sequence of sequence of str or None
            For each recording, names that may be said in it. Windows are stacked with others whose names are
            as many tokens.

        Returns
        -------
        list of Transcript
            In the order given; the words of each are what `transcribe` would find.

        Raises
        ------
        TranscriptionError
            The recogniser failed; the message names the recordings that it had before it.
        """
        speech = [
            speech_intervals(each) if self._options.guards or each.duration_s > WINDOW_S else ()
            for each in recordings
        ]
        try:
            jobs = self._jobs(recordings, speech, hotwords)
            stacks = list(_stacks(jobs, self._options, self._workers))
            with ThreadPoolExecutor(self._workers) as pool:
                done = pool.map(self._heard, stacks) if self._workers > 1 else map(self._heard, stacks)
                heard = [each for stack in done for each in stack]
        except Exception as error:  # CTranslate2 raises RuntimeError and ValueError, onnx and numpy their own
            names = ", ".join(each.name for each in recordings[:3]) + (" …" if len(recordings) > 3 else "")
            raise TranscriptionError(f"{names}: whisper failed: {error}") from error
        return [
            self._transcript([each for each in heard if each.job.recording_at == at], parts)
            for at, parts in enumerate(speech)
        ]

    def _jobs(
        self,
        recordings: Sequence[Recording],
        speech: Sequence[Sequence[Interval]],
        hotwords: Sequence[Sequence[str]] | None,
    ) -> list[_Job]:
        trimmed = self._options.guards
        known = hotwords if hotwords is not None and self._options.hotwords else [()] * len(recordings)
        jobs: list[_Job] = []
        for at, (recording, parts, names) in enumerate(zip(recordings, speech, known, strict=True)):
            prompt = self._prompt(", ".join(names))
            jobs += [
                _Job(at, window.samples(recording), window, self._language, prompt)
                for window in windows(recording.duration_s, parts, trimmed=trimmed)
            ]
        return self._with_languages(jobs) if self._language == "auto" else jobs

    def _with_languages(self, jobs: Sequence[_Job]) -> list[_Job]:
        """Jobs with the language of each recording's first window."""
        if not self._model.model.is_multilingual:
            return [replace(job, language="en") for job in jobs]
        firsts = [next(group) for _, group in groupby(jobs, lambda job: job.recording_at)]
        found: dict[int, str] = {}
        for at in range(0, len(firsts), self._options.batch_size):
            stack = firsts[at : at + self._options.batch_size]
            guesses = self._model.model.detect_language(self._encoded([self._features(job) for job in stack]))
            for job, (best, *_) in zip(stack, guesses, strict=True):
                found[job.recording_at] = best[0].strip("<|>")
        return [replace(job, language=found[job.recording_at]) for job in jobs]

    def _heard(self, stack: Sequence[_Job]) -> list[_Heard]:
        """A stack of windows with equally long prompts and one language: encoded, decoded, aligned."""
        features = [self._features(job) for job in stack]
        encoded = self._encoded(features)
        tokenizer = self._tokenizer(stack[0].language)
        decoded = self._decoded(encoded, tokenizer, [job.prompt for job in stack])
        for at, each in enumerate(decoded):
            if each.is_poor and len(self._options.temperatures) > 1:
                alone = self._encoded([features[at]]) if self._is_gpu else _parts(encoded)[at]
                decoded[at] = self._again(each, alone, tokenizer, stack[at].prompt)
        words = self._aligned(stack, decoded, encoded, features, tokenizer)
        if self._options.verbatim:
            prompts = [(*job.prompt, *self._prompt_tokens(FILLER_PROMPT)) for job in stack]
            second = self._decoded(encoded, tokenizer, prompts)
            with_fillers = self._aligned(stack, second, encoded, features, tokenizer)
            words = [_with_fillers(first, other) for first, other in zip(words, with_fillers, strict=True)]
        return [
            _Heard(job, tuple(placed), each.temperature)
            for job, placed, each in zip(stack, words, decoded, strict=True)
        ]

    def _features(self, job: _Job) -> NDArray[np.float32]:
        """Mel features of a window, shape (n_mels, n_frames)."""
        features: NDArray[np.float32] = self._model.feature_extractor(job.samples)[..., :-1]
        return features[..., : int(self._model.feature_extractor.nb_max_frames)]

    def _encoded(self, features: Sequence[NDArray[np.float32]]) -> Any:
        from faster_whisper.audio import pad_or_trim

        length = int(self._model.feature_extractor.nb_max_frames)
        if self._options.short_input:
            longest = max(each.shape[-1] for each in features)
            length = min(length, max(longest, SHORTEST_INPUT_FRAMES) + INPUT_MARGIN_FRAMES) // 2 * 2
        stack = np.stack([pad_or_trim(each, length) for each in features])
        if self._is_gpu:
            return self._model.encode(stack)
        from ctranslate2 import StorageView

        encoded = [np.asarray(self._model.encode(each)) for each in np.split(stack, len(stack))]
        return StorageView.from_array(np.concatenate(encoded))

    def _decoded(
        self,
        encoded: Any,
        tokenizer: Any,
        prompts: Sequence[Sequence[int]],
        temperature: float = 0.0,
    ) -> list[_Decoded]:
        from faster_whisper.transcribe import get_compression_ratio

        search: dict[str, Any] = {"beam_size": self._options.beam_size}
        if temperature > 0:
            search = {
                "beam_size": 1,
                "num_hypotheses": SAMPLES_DRAWN,
                "sampling_topk": 0,
                "sampling_temperature": temperature,
            }
        results = self._model.model.generate(
            encoded,
            [[*self._previous(tokenizer, prompt), *tokenizer.sot_sequence] for prompt in prompts],
            max_length=MOST_TOKENS,
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
            **search,
        )
        decoded = []
        for result in results:
            tokens = tuple(result.sequences_ids[0])
            total = result.scores[0] * len(tokens)
            text = tokenizer.decode(tokens).strip()
            decoded.append(
                _Decoded(
                    tokens,
                    total / (len(tokens) + 1),
                    get_compression_ratio(text) if text else 0.0,
                    result.no_speech_prob,
                    temperature,
                )
            )
        return decoded

    def _again(self, first: _Decoded, encoded: Any, tokenizer: Any, prompt: Sequence[int]) -> _Decoded:
        """A poor window decoded alone, ever more loosely; the best, where none is good."""
        tries = [first]
        for temperature in self._options.temperatures[1:]:
            tries += self._decoded(encoded, tokenizer, [prompt], temperature)
            if not tries[-1].is_poor:
                return tries[-1]
        terse = [each for each in tries if each.compression <= COMPRESSION_MAX]
        return max(terse or tries, key=lambda each: each.log_probability)

    def _aligned(
        self,
        stack: Sequence[_Job],
        decoded: Sequence[_Decoded],
        encoded: Any,
        features: Sequence[NDArray[np.float32]],
        tokenizer: Any,
    ) -> list[list[Word]]:
        """The words of each window, placed in its recording."""
        texts = [
            [] if each.is_silence else [token for token in each.tokens if token < tokenizer.eot]
            for each in decoded
        ]
        results = self._alignments(encoded, tokenizer, texts, [each.shape[-1] for each in features])
        found = []
        for job, text, result in zip(stack, texts, results, strict=True):
            words = self._words(text, result, tokenizer) if text else ()
            found.append([_placed(word, job.window) for word in words])
        return found

    def _alignments(
        self, encoded: Any, tokenizer: Any, texts: Sequence[list[int]], lengths: Sequence[int]
    ) -> list[Any]:
        """What CTranslate2 says of when each token stands."""

        def alignments(part: Any, texts: Sequence[list[int]], lengths: Sequence[int]) -> list[Any]:
            found: list[Any] = self._model.model.align(
                part, tokenizer.sot_sequence, texts, lengths, median_filter_width=MEDIAN_WIDTH
            )
            return found

        if self._is_gpu:
            return alignments(encoded, texts, lengths)
        alone = zip(_parts(encoded), texts, lengths, strict=True)
        return [alignments(part, [text], [length])[0] for part, text, length in alone]

    def _words(self, tokens: Sequence[int], alignment: Any, tokenizer: Any) -> Iterator[Word]:
        """Words from tokens: a word begins with a space, and punctuation is none."""
        steps = np.array(alignment.alignments)  # token, frame: a token begins where it first stands
        is_first = np.append(True, np.diff(steps[:, 0]) > 0)
        times_s = steps[is_first, 1] * TOKEN_S
        sure = alignment.text_token_probs
        pieces, parts = tokenizer.split_tokens_on_unicode(list(tokens))
        is_unspaced = tokenizer.language_code in _UNSPACED

        text, prefix, start_s, end_s = "", "", 0.0, 0.0
        probabilities: list[list[float]] = []  # of each part of the word between punctuation
        at, is_parted = 0, True  # whether a word begins here
        for piece, part in zip(pieces, parts, strict=True):
            first, at = at, at + len(part)
            bare = piece.strip()
            begins = is_parted or piece[:1].isspace() or is_unspaced
            is_parted = not bare  # CrisperWhisper writes pauses as a space by itself
            if not any(letter.isalnum() or letter in _SPOKEN_SYMBOLS for letter in bare):
                if begins and bare and bare in _PREFIXES:
                    prefix, is_parted = prefix + bare, True
                elif text:
                    text += bare
                    probabilities.append([])
                continue
            if self._spells_digits and bare.isdigit() and (text[-1:].isdigit() or text[-1:] == "-"):
                begins = True
            if begins and text:
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

    def _transcript(self, heard: Sequence[_Heard], speech: Sequence[Interval]) -> Transcript:
        """The words of all windows of a recording, less what was invented."""
        words: list[Word] = []
        for each in heard:
            found: Sequence[Word] = each.words
            if self._options.guards:
                found = without_invented_end(without_silence(without_loops(found), speech), speech)
            words += found
        ordered: list[Word] = []
        for word in words:
            start_s = max(word.start_s, ordered[-1].start_s if ordered else 0.0)
            ordered.append(replace(word, start_s=start_s, end_s=max(word.end_s, start_s)))
        settings = dict(self._settings)
        if highest := max((each.temperature for each in heard), default=0.0):
            settings["temperature"] = str(highest)
        language = "en" if self._language == "auto" else self._language
        return Transcript(tuple(ordered), heard[0].job.language if heard else language, self.name, settings)

    def _tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        model = self._model
        return Tokenizer(model.hf_tokenizer, model.model.is_multilingual, "transcribe", language)

    def _prompt(self, text: str) -> tuple[int, ...]:
        return self._prompt_tokens(" " + text) if text else ()

    def _prompt_tokens(self, text: str) -> tuple[int, ...]:
        return tuple(self._model.hf_tokenizer.encode(text, add_special_tokens=False).ids)

    def _previous(self, tokenizer: Any, prompt: Sequence[int]) -> list[int]:
        return [tokenizer.sot_prev, *prompt[-MOST_PROMPT_TOKENS:]] if prompt else []

    def _suppressed_tokens(self) -> list[int]:
        """What whisper never writes: its list of signs that are not speech, less those we want."""
        from faster_whisper.transcribe import get_suppressed_tokens

        tokenizer = self._tokenizer("en" if self._language == "auto" else self._language)
        barred = {
            token
            for token in tokenizer.non_speech_tokens
            if tokenizer.decode([token]).strip() not in WRITTEN_SYMBOLS
        }
        if self._is_crisper:
            for filler in ("[UH]", " [UH]", "[UM]", " [UM]"):
                barred -= set(self._prompt_tokens(filler))
        self._spells_digits = False
        if self._options.spell_digits:
            texts = {token: tokenizer.decode([token]).strip() for token in range(tokenizer.eot)}
            numerals = {token for token, text in texts.items() if text.isascii() and text.isdigit()}
            self._spells_digits = set("0123456789") <= {texts[token] for token in numerals}
            if self._spells_digits:
                barred |= {token for token in numerals if len(texts[token]) > 1}
        return list(get_suppressed_tokens(tokenizer, sorted(barred)))

    def _settings_of(self, folder: Path) -> dict[str, str]:
        """What every transcript says of how it was heard."""
        from importlib.metadata import version

        options = self._options
        settings = {
            "model": self._name,
            "compute_type": str(self._model.model.compute_type),
            "device": str(self._model.model.device),
            "beam_size": str(options.beam_size),
            "temperatures": " ".join(f"{each:g}" for each in options.temperatures),
            "guards": _yes(options.guards),
            "faster_whisper": version("faster-whisper"),
            "ctranslate2": version("ctranslate2"),
        }
        if revision := _revision(folder):
            settings["revision"] = revision
        for name in ("verbatim", "short_input"):
            if getattr(options, name):
                settings[name] = "yes"
        if options.spell_digits:
            settings["spell_digits"] = _yes(self._spells_digits)
        return settings


def _remedy(problem: str) -> str:
    """What to do where CTranslate2 cannot load a model."""
    from ctranslate2 import get_cuda_device_count, get_supported_compute_types

    if problem.startswith("CUDA"):
        return "Where there is no GPU that CTranslate2 can use, the device is cpu"
    if "compute type" in problem:
        known = ", ".join(sorted(get_supported_compute_types("cuda" if get_cuda_device_count() else "cpu")))
        return f"Expected the compute type auto or, on this machine, one of {known}"
    return "Expected a model that CTranslate2 converted; fetch or convert it again"


def _parts(encoded: Any) -> list[Any]:
    """Each window of an encoded stack by itself; nothing is copied."""
    from ctranslate2 import StorageView

    whole = np.asarray(encoded)
    return [StorageView.from_array(each) for each in np.split(whole, len(whole))]


def _stacks(jobs: Iterable[_Job], options: WhisperOptions, workers: int = 1) -> Iterator[list[_Job]]:
    """Jobs that can be decoded at once: of one language, with prompts of one length."""

    def kind(job: _Job) -> tuple[str, int]:
        return job.language, len(job.prompt)

    ordered = sorted(jobs, key=lambda job: (*kind(job), job.samples.size if options.short_input else 0))
    for _, group in groupby(ordered, kind):
        alike = list(group)
        size = min(options.batch_size, -(-len(alike) // workers))  # no worker goes without
        for at in range(0, len(alike), size):
            yield alike[at : at + size]


def _word(text: str, start_s: float, end_s: float, probabilities: Sequence[Sequence[float]]) -> Word:
    # a number is as sure as its worst part
    sure = min((sum(part) / len(part) for part in probabilities if part), default=0.0)
    text = _VERBATIM_FILLER.sub(lambda found: found[1].lower(), text)
    return Word(text, start_s, max(start_s, end_s), min(1.0, max(0.0, float(sure))))


def _placed(word: Word, window: Window) -> Word:
    start_s, end_s = window.placed(word.interval)
    return replace(word, start_s=start_s, end_s=end_s)


def _with_fillers(words: Sequence[Word], second: Sequence[Word]) -> list[Word]:
    """Words with the fillers of a second hearing, where its words on either side are those of the first."""
    others = [word for word in second if not is_filled_pause(word.text)]
    plain, other_plain = ([word_parts(word.text) for word in each] for each in (words, others))
    same = {-1: -1, len(others): len(words)}
    for first, other, size in SequenceMatcher(None, plain, other_plain, autojunk=False).get_matching_blocks():
        same |= {other + i: first + i for i in range(size)}
    inserted: dict[int, list[Word]] = {}  # before the word of that number
    at = 0  # how many of the others came before
    for word in second:
        if not is_filled_pause(word.text):
            at += 1
        elif at - 1 in same and same.get(at) == same[at - 1] + 1:
            inserted.setdefault(same[at], []).append(word)
    merged: list[Word] = []
    for number, following in enumerate([*words, None]):
        if fillers := inserted.get(number):
            if merged:  # the word before may have been smeared over them
                before = merged.pop()
                merged.append(
                    replace(before, end_s=max(before.start_s, min(before.end_s, fillers[0].start_s)))
                )
            merged += fillers
            if following is not None:
                start_s = max(following.start_s, fillers[-1].end_s)
                following = replace(following, start_s=start_s, end_s=max(following.end_s, start_s))
        if following is not None:
            merged.append(following)
    return merged


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


def _model_name(folder: Path) -> str:
    """``owner/name`` for a folder of the hub's cache, else the folder's own name."""
    cached = re.fullmatch(r"models--(.+?)--(.+)", folder.parent.parent.name)
    return f"{cached[1]}/{cached[2]}" if cached and _revision(folder) else folder.resolve().name


def _revision(folder: Path) -> str | None:
    """The commit, where the folder is a snapshot of the hub's cache."""
    return folder.name if folder.parent.name == "snapshots" else None
