"""Whisper by faster-whisper (CTranslate2), as an engine.

Windows are cut in pauses, decoded verbatim in one pass, aligned and checked (`window_decoder`). Nothing is
sampled, and each recording is transcribed by itself: its words depend on its samples, its speech intervals,
the names of its brief and the settings alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.vad import speech_intervals
from aftertone.errors import ModelNotFoundError, TranscriptionError
from aftertone.language.transcript import (
    CROSS_ATTENTION,
    NumeralRequest,
    NumeralStretch,
    Transcript,
    Word,
)
from aftertone.recognition import EngineSpec
from aftertone.recognition.numerals import NumeralDecoder
from aftertone.recognition.weights import model_name, model_revision, verify_model, weights_folder
from aftertone.recognition.window_decoder import WhisperOptions, WindowDecoder, in_order
from aftertone.recognition.windows import windows

# mallopt(3): no mapping of large blocks, one arena, keep freed memory, grow by 64 MB
_HEAP = ((-4, 0), (-8, 1), (-1, 2**31 - 1), (-2, 64 << 20))


class _Input(NamedTuple):
    """A recording, its speech intervals and the names that may be said in it."""

    recording: Recording
    speech: Sequence[Interval]
    names: Sequence[str]


class WhisperEngine:
    """Transcribes with a Whisper model. One engine serves one thread at a time.

    `load_engine` says what each option of the spec is, and the errors. ModelNotFoundError also if the weights
    cannot be loaded.
    """

    name = "whisper"

    def __init__(self, spec: EngineSpec) -> None:
        folder = verify_model(_folder(spec))
        if spec.keep_heap:
            _keep_heap()
        from ctranslate2 import get_cuda_device_count
        from faster_whisper import WhisperModel

        self._is_gpu = spec.device == "cuda" or (spec.device == "auto" and get_cuda_device_count() > 0)
        self._workers = 1 if self._is_gpu or spec.workers is None else spec.workers
        try:
            # with tokenizer.json in the folder, faster-whisper does not ask the hub
            self._model: Any = WhisperModel(
                str(folder),
                device=spec.device,
                compute_type=spec.compute_type,
                cpu_threads=spec.threads or 0,
                num_workers=self._workers,
                local_files_only=True,
            )
        except (
            Exception
        ) as error:  # CTranslate2 and tokenizers raise RuntimeError, ValueError, bare Exception
            raise ModelNotFoundError(
                f"{folder}: the whisper model cannot be loaded: {str(error).rstrip('.')}. "
                f"{_remedy(str(error))}"
            ) from error
        if spec.language not in ("auto", *self._model.supported_languages):
            raise ModelNotFoundError(
                f"{folder}: this whisper model has no language {spec.language!r}; it has "
                f"{', '.join(self._model.supported_languages)}. Use one without '.en' in its name"
            )
        self._language = spec.language if self._model.model.is_multilingual else "en"
        options = spec.options or WhisperOptions()
        self._decoder = WindowDecoder(self._model, options, self._language, is_gpu=self._is_gpu)
        self._settings = self._settings_of(folder)

    @staticmethod
    def identity(spec: EngineSpec) -> str:
        """Model, revision and options; no model where loading will say that weights are missing."""
        options = "" if spec.options == WhisperOptions() else spec.stated("options")
        rest = spec.stated("compute_type", "device", "language") + options
        try:
            folder = _folder(spec)
        except ModelNotFoundError:
            return "whisper" + rest
        return " ".join(("whisper", model_name(folder), model_revision(folder) or "")).rstrip() + rest

    @staticmethod
    def stored_transcript(spec: EngineSpec, recording: Path | str) -> None:
        """None: there is no stored transcript."""

    def transcribe(self, recording: Recording) -> Transcript:
        """The words of a recording; none where there is no speech."""
        return self.transcribe_many([recording])[0]

    def transcribe_many(
        self,
        recordings: Sequence[Recording],
        speech: Sequence[Sequence[Interval]] | None = None,
        hotwords: Sequence[Sequence[str]] | None = None,
    ) -> list[Transcript]:
        """The words of many recordings; each has the words that it has by itself.

        The speech intervals have coarse edges; None: `speech_intervals` finds them. TranscriptionError names
        the recordings.
        """
        if speech is None:
            speech = [speech_intervals(recording, exact=False) for recording in recordings]
        if hotwords is None or not self._decoder.options.hotwords:
            hotwords = [()] * len(recordings)
        inputs = [_Input(*each) for each in zip(recordings, speech, hotwords, strict=True)]
        groups = [inputs] if self._is_gpu else [[each] for each in inputs]
        try:
            with ThreadPoolExecutor(self._workers) as pool:
                return [each for group in pool.map(self._transcripts, groups) for each in group]
        except Exception as error:  # CTranslate2 raises RuntimeError and ValueError, onnx and numpy their own
            listed = ", ".join(each.name for each in recordings[:3]) + (" …" if len(recordings) > 3 else "")
            raise TranscriptionError(f"{listed}: whisper failed: {error}") from error

    def numerals(
        self, recording: Recording, stretches: Sequence[NumeralRequest]
    ) -> tuple[NumeralStretch, ...]:
        """Stretches of a recording decoded as digits alone: see `NumeralDecoder`."""
        rate_hz, decoder = recording.rate_hz, self._numeral_decoder
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

    def _transcripts(self, group: Sequence[_Input]) -> list[Transcript]:
        decoder, has_guards = self._decoder, self._decoder.options.guards
        inputs = [
            decoder.window_input(at, window, recording, speech, ", ".join(names), self._language)
            for at, (recording, speech, names) in enumerate(group)
            for window in windows(recording.duration_s, speech, trimmed=has_guards)
        ]
        if self._language == "auto":
            inputs = decoder.with_languages(inputs)
        languages = ["en" if self._language == "auto" else self._language for _ in group]
        words: list[list[Word]] = [[] for _ in group]
        with ThreadPoolExecutor(self._workers) as pool:  # windows of one recording side by side
            for stack in pool.map(decoder.words, decoder.stacks(inputs)):
                for window, found in stack:
                    languages[window.recording_index] = window.language
                    words[window.recording_index] += found
        transcripts = []
        for at, (recording, speech, _) in enumerate(group):
            own = words[at]
            if has_guards:
                own = decoder.with_uncovered_speech(own, recording, speech, languages[at])
            transcripts.append(
                Transcript(tuple(in_order(own)), languages[at], self.name, dict(self._settings))
            )
        return transcripts

    @cached_property
    def _numeral_decoder(self) -> NumeralDecoder:
        return NumeralDecoder(self._model, self._decoder.tokenizer("en"), self._decoder.encode)

    def _settings_of(self, folder: Path) -> dict[str, str]:
        """The settings that every transcript records."""
        from importlib.metadata import version

        options = self._decoder.options
        flags = {"verbatim": options.verbatim, "fallback": options.fallback, "guards": options.guards}
        settings = {
            "model": model_name(folder),
            "compute_type": str(self._model.model.compute_type),
            "device": str(self._model.model.device),
            "beam_size": str(options.beam_size),
            **{name: "yes" if is_so else "no" for name, is_so in flags.items()},
            "word_times": CROSS_ATTENTION,
            "faster_whisper": version("faster-whisper"),
            "ctranslate2": version("ctranslate2"),
        }
        if revision := model_revision(folder):
            settings["revision"] = revision
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


def _keep_heap() -> None:
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in musl
    if mallopt is not None:
        for setting, value in _HEAP:
            mallopt(setting, value)


def _folder(spec: EngineSpec) -> Path:
    return weights_folder(spec.model, spec.language, may_fetch=spec.download and not spec.offline)
