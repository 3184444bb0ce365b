"""Words that something else heard: transcripts on disk, played back."""

from __future__ import annotations

from pathlib import Path

from aftertone.acoustics.audio import Recording
from aftertone.errors import TranscriptError
from aftertone.language.transcript import Transcript, read_transcript


class ReplayEngine:
    """Gives each recording the transcript that lies ready for it.

    Parameters
    ----------
    transcript : str, Path or None
        A transcript, given to every recording; a folder that holds ``NAME.json`` for each recording
        ``NAME.wav``; or None for ``NAME.json`` beside each recording.

    Raises
    ------
    TranscriptError
        There is no such file or folder, or the transcript is malformed.
    """

    name = "replay"

    def __init__(self, transcript: str | Path | None = None) -> None:
        self._path = None if transcript is None else Path(transcript)
        self._one: Transcript | None = None
        if self._path is not None and not self._path.is_dir():
            self._one = read_transcript(self._path)

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript of a recording, as it was written: `engine` is the one that heard the words.

        Raises
        ------
        TranscriptError
            None lies where it should, or it is malformed; the message says where.
        """
        if self._one is not None:
            return self._one
        if recording.path is None:
            raise TranscriptError(
                "a recording that came from no file has none beside it: name one with transcript=PATH"
            )
        beside = recording.path.with_suffix(".json")
        path = beside if self._path is None else self._path / beside.name
        if not path.is_file():
            raise TranscriptError(f"{recording.path}: no transcript to replay: looked for {path}")
        return read_transcript(path)
