"""The best ears: OpenAI's whisper, run by faster-whisper on CTranslate2."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from aftertone.acoustics.audio import Recording
from aftertone.errors import ModelNotFoundError, TranscriptionError
from aftertone.language.transcript import Transcript, Word
from aftertone.models import verify_model

BEAM_SIZE = 5  # openai/whisper's default
MOST_WINDOWS_PER_S = 2.0  # a window moves on by a segment, and segments shorter than 0.5 s are rare in speech
SPARE_WINDOWS = 4
WRITTEN_SYMBOLS = frozenset(":")  # whisper bars it as "not speech", and so writes 5:30 as 530


class WhisperEngine:
    """Hears words with a whisper model. One engine serves one thread at a time.

    Parameters
    ----------
    folder : str or Path
        A model in CTranslate2's format: model.bin, config.json, vocabulary.json (or .txt) and
        tokenizer.json.
    language : str
        ISO 639-1 code; never guessed, since a filler at the start can make whisper guess wrong.
    device, compute_type : str
        As CTranslate2 has them; ``"auto"`` chooses.
    threads : int
        CPU threads; 0 leaves it to CTranslate2.

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
    ) -> None:
        folder = verify_model(folder)
        from faster_whisper import WhisperModel

        try:
            # a folder with its tokenizer.json leaves nothing to ask the hub for
            self._model: Any = WhisperModel(
                str(folder),
                device=device,
                compute_type=compute_type,
                cpu_threads=threads,
                local_files_only=True,
            )
        except (
            Exception
        ) as error:  # CTranslate2 and tokenizers raise RuntimeError, ValueError and bare Exception
            raise ModelNotFoundError(
                f"{folder}: the whisper model cannot be loaded: {error}. Expected a model that CTranslate2 "
                f"converted; fetch it again, or try compute_type='float32' and device='cpu'"
            ) from error
        if language not in self._model.supported_languages:
            raise ModelNotFoundError(
                f"{folder}: this whisper model does not know the language {language!r}; it knows "
                f"{', '.join(self._model.supported_languages)}. Use one without '.en' in its name"
            )
        self._language = language
        self._settings = {
            "model": _model_name(folder),
            "compute_type": str(self._model.model.compute_type),
            "device": str(self._model.model.device),
            "beam_size": str(BEAM_SIZE),
        }
        if revision := _revision(folder):
            self._settings["revision"] = revision
        self._suppressed = self._suppressed_tokens()

    def transcribe(self, recording: Recording) -> Transcript:
        """The words of a recording; none where whisper hears no speech.

        Raises
        ------
        TranscriptionError
            The recogniser failed, or went round in circles.
        """
        try:
            segments, _ = self._guarded(recording).transcribe(
                recording.samples,
                language=self._language,
                beam_size=BEAM_SIZE,
                temperature=0.0,  # sampling would give another transcript each time
                condition_on_previous_text=False,  # a mistake in one window must not spread to the next
                suppress_tokens=self._suppressed,
                word_timestamps=True,
                vad_filter=False,  # its defaults hide pauses; speech is found in the sound by `acoustics.vad`
            )
            pieces = [word for segment in segments for word in segment.words or ()]
        except TranscriptionError:
            raise
        except Exception as error:  # CTranslate2 raises RuntimeError and ValueError, onnx and numpy their own
            raise TranscriptionError(f"{recording.name}: whisper failed: {error}") from error
        return Transcript(
            _joined(pieces, recording.duration_s), self._language, self.name, dict(self._settings)
        )

    def _guarded(self, recording: Recording) -> Any:
        """The model, which gives up when it has looked at far more windows than the recording has.

        faster-whisper goes to the next window by the last time stamp that the model wrote; a model that
        writes the window's own start keeps it there for ever.
        """
        most = SPARE_WINDOWS + int(MOST_WINDOWS_PER_S * recording.duration_s)
        model = self._model
        generate = type(model).generate_with_fallback
        count = 0

        def counted(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count > most:
                raise TranscriptionError(
                    f"{recording.name}: whisper looked {most} times at {recording.duration_s:.1f} s and did "
                    f"not come to the end; try another model"
                )
            return generate(model, *args, **options)

        model.generate_with_fallback = counted
        return model

    def _suppressed_tokens(self) -> list[int]:
        """What whisper never writes: its list of signs that are not speech, less those we want."""
        from faster_whisper.tokenizer import Tokenizer

        tokenizer = Tokenizer(
            self._model.hf_tokenizer, self._model.model.is_multilingual, "transcribe", self._language
        )
        wanted = WRITTEN_SYMBOLS
        return [
            token for token in tokenizer.non_speech_tokens if tokenizer.decode([token]).strip() not in wanted
        ]


def _joined(pieces: list[Any], duration_s: float) -> tuple[Word, ...]:
    """Words from faster-whisper's, which break "415-555" and "5:30" apart: a word begins with a space."""
    words: list[Word] = []
    for piece in pieces:
        start_s, end_s = (min(max(float(t), 0.0), duration_s) for t in (piece.start, piece.end))
        text = piece.word.strip()
        if not text:
            continue
        if words and not piece.word[:1].isspace():
            head = words[-1]
            sure = min(
                head.confidence or 0.0, float(piece.probability)
            )  # a number is as sure as its worst part
            words[-1] = Word(head.text + text, head.start_s, max(head.end_s, end_s), sure)
            continue
        start_s = max(start_s, words[-1].start_s) if words else start_s
        words.append(Word(text, start_s, max(start_s, end_s), float(piece.probability)))
    return tuple(words)


def _model_name(folder: Path) -> str:
    """``owner/name`` for a folder of the hub's cache, else the folder's own name."""
    cached = re.fullmatch(r"models--(.+?)--(.+)", folder.parent.parent.name)
    return f"{cached[1]}/{cached[2]}" if cached and _revision(folder) else folder.resolve().name


def _revision(folder: Path) -> str | None:
    """The commit, where the folder is a snapshot of the hub's cache."""
    return folder.name if folder.parent.name == "snapshots" else None
