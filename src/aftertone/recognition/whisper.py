"""Whisper by faster-whisper (CTranslate2), as an engine.

Windows are cut in pauses, decoded verbatim in one pass, aligned and checked (`window_decoder`). Nothing is
sampled, and each recording is transcribed by itself: its words depend on its samples, its speech intervals,
the names of its brief and the settings alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
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
from aftertone.recognition import EngineKind, EngineSpec
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

    Parameters
    ----------
    folder : str or Path
        A model in CTranslate2's format: model.bin, config.json, vocabulary.json (or .txt) and
        tokenizer.json.
    language : str
        ISO 639-1 code. ``"auto"`` detects it in the first window of each recording; a language other than
        English must have a probability of 0.7. A model for English alone takes all speech for English.
    device, compute_type : str
        As CTranslate2 has them; ``"auto"`` chooses.
    threads : int
        CPU threads of one worker; 0 leaves it to CTranslate2.
    workers : int
        Recordings, and windows of one, that are transcribed side by side, from one copy of the weights. For
        many recordings as many as there are cores are fastest, of one thread each. A GPU has one.
    options : WhisperOptions
    keep_heap : bool
        Have glibc keep freed memory, in this whole process: otherwise some of the time goes on page faults.
        For a process that does nothing else. Without glibc this has no effect.

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
            # with tokenizer.json in the folder, faster-whisper does not ask the hub
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
        ) as error:  # CTranslate2 and tokenizers raise RuntimeError, ValueError, bare Exception
            raise ModelNotFoundError(
                f"{folder}: the whisper model cannot be loaded: {str(error).rstrip('.')}. "
                f"{_remedy(str(error))}"
            ) from error
        if language not in ("auto", *self._model.supported_languages):
            raise ModelNotFoundError(
                f"{folder}: this whisper model has no language {language!r}; it has "
                f"{', '.join(self._model.supported_languages)}. Use one without '.en' in its name"
            )
        self._language = language if self._model.model.is_multilingual else "en"
        self._decoder = WindowDecoder(self._model, options, self._language, is_gpu=self._is_gpu)
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
        self,
        recordings: Sequence[Recording],
        speech: Sequence[Sequence[Interval]] | None = None,
        hotwords: Sequence[Sequence[str]] | None = None,
    ) -> list[Transcript]:
        """The words of many recordings; each has the words that it has by itself.

        Parameters
        ----------
        recordings : sequence of Recording
        speech : sequence of sequence of Interval or None
            For each recording, its speech intervals, with coarse edges. None: `speech_intervals` finds them.
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

    def _new_numeral_decoder(self) -> NumeralDecoder:
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


# ── the registry's entry ─────────────────────────────────────────────────────────────────────────────


def _load(spec: EngineSpec) -> WhisperEngine:
    return WhisperEngine(
        weights_folder(spec.model, spec.language, may_fetch=spec.download and not spec.offline),
        language=spec.language,
        device=spec.device,
        compute_type=spec.compute_type,
        threads=spec.threads or 0,
        workers=1 if spec.workers is None else spec.workers,
        options=spec.options or WhisperOptions(),
        keep_heap=bool(spec.keep_heap),
    )


def _identity(spec: EngineSpec) -> str:
    """Model, revision and options; no model where loading will say that weights are missing."""
    options = "" if spec.options in (None, WhisperOptions()) else spec.stated("options")
    rest = spec.stated("compute_type", "device", "language") + options
    try:
        folder = weights_folder(spec.model, spec.language, may_fetch=spec.download and not spec.offline)
    except ModelNotFoundError:
        return "whisper" + rest
    return " ".join(("whisper", model_name(folder), model_revision(folder) or "")).rstrip() + rest


KIND = EngineKind(load=_load, identity=_identity, is_batch=True)
