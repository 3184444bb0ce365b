"""Transcripts that were made before, read from disk."""

from __future__ import annotations

from pathlib import Path, PurePath

from aftertone.acoustics.audio import Recording
from aftertone.errors import TranscriptError
from aftertone.language.transcript import Transcript, read_transcript
from aftertone.recognition import EngineSpec


class ReplayEngine:
    """Returns the stored transcript of each recording.

    The spec's `transcript` is a file, returned for every recording; a folder that holds ``NAME.json`` for
    each recording ``NAME.wav``; or None for ``NAME.json`` beside each recording. TranscriptError if there is
    no such file or folder, or the transcript is malformed.
    """

    name = "replay"

    def __init__(self, spec: EngineSpec) -> None:
        self._spec = spec
        self._only: Transcript | None = None
        if spec.transcript is not None and not Path(spec.transcript).is_dir():
            self._only = read_transcript(spec.transcript)

    @staticmethod
    def identity(spec: EngineSpec) -> str:
        """The name, and where the transcripts are."""
        return "replay" + spec.stated("transcript")

    @staticmethod
    def stored_transcript(spec: EngineSpec, recording: Path | str) -> Path | None:
        """Where the transcript of a path or an address is; None for an address without `transcript`."""
        if spec.transcript is None:
            return recording.with_suffix(".json") if isinstance(recording, Path) else None
        given = Path(spec.transcript)
        return given / f"{PurePath(recording).stem}.json" if given.is_dir() else given

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript of a recording; its `engine` is the one that wrote the words.

        TranscriptError if there is none, or it is malformed; the message says where.
        """
        if self._only is not None:
            return self._only
        if recording.path is None:
            raise TranscriptError(
                "a recording that came from no file has none beside it: name one with transcript=PATH"
            )
        path = self.stored_transcript(self._spec, recording.path)
        if path is None or not path.is_file():
            raise TranscriptError(f"{recording.path}: no transcript to replay: looked for {path}")
        return read_transcript(path)
