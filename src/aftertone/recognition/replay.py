"""Transcripts that were made before, read from disk."""

from __future__ import annotations

from pathlib import Path, PurePath

from aftertone.acoustics.audio import Recording
from aftertone.errors import TranscriptError
from aftertone.language.transcript import Transcript, read_transcript
from aftertone.recognition import EngineKind


class ReplayEngine:
    """Returns the stored transcript of each recording.

    Parameters
    ----------
    transcript : str, Path or None
        A transcript, returned for every recording; a folder that holds ``NAME.json`` for each recording
        ``NAME.wav``; or None for ``NAME.json`` beside each recording.

    Raises
    ------
    TranscriptError
        There is no such file or folder, or the transcript is malformed.
    """

    name = "replay"

    def __init__(self, transcript: str | Path | None = None) -> None:
        self._path = None if transcript is None else Path(transcript)
        self._only: Transcript | None = None
        if self._path is not None and not self._path.is_dir():
            self._only = read_transcript(self._path)

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript of a recording; its `engine` is the one that wrote the words.

        Raises
        ------
        TranscriptError
            There is none, or it is malformed; the message says where.
        """
        if self._only is not None:
            return self._only
        if recording.path is None:
            raise TranscriptError(
                "a recording that came from no file has none beside it: name one with transcript=PATH"
            )
        path = stored_transcript(self._path, recording.path)
        if path is None or not path.is_file():
            raise TranscriptError(f"{recording.path}: no transcript to replay: looked for {path}")
        return read_transcript(path)


def stored_transcript(given: str | Path | None, recording: Path | str) -> Path | None:
    """Where the transcript of a path, or of an address, lies: see `ReplayEngine`."""
    if given is None:
        return recording.with_suffix(".json") if isinstance(recording, Path) else None
    return Path(given, f"{PurePath(recording).stem}.json") if Path(given).is_dir() else Path(given)


KIND = EngineKind(
    load=lambda spec: ReplayEngine(spec.transcript),
    identity=lambda spec: "replay" + spec.stated("transcript"),
    stored_transcript=lambda spec, recording: stored_transcript(spec.transcript, recording),
)
