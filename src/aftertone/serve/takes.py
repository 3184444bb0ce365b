"""Takes in a folder of the user's: a recording, its brief and its review, under one name each.

``take-001.webm``, ``take-001.toml`` and ``take-001.review.json``: what `aftertone score` and `aftertone
progress` read as well.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from aftertone.acoustics.vad import Detector
from aftertone.batch import EngineFactory, review_many
from aftertone.corpus import AUDIO_SUFFIXES
from aftertone.errors import AftertoneError, TakeError
from aftertone.language.brief import Brief, in_order, read_brief
from aftertone.report import Outcome, read_outcomes, write_report

_NAME = re.compile(r"take-(\d{3,6})")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")

Review = Callable[[Path], Outcome]


@dataclass(frozen=True)
class Take:
    """One take: where its files are.

    Attributes
    ----------
    name : str
        Such as ``take-001``.
    audio : Path
    """

    name: str
    audio: Path

    @property
    def brief_path(self) -> Path:
        """Where its brief lies."""
        return self.audio.with_name(f"{self.name}.toml")

    @property
    def review_path(self) -> Path:
        """Where its review lies."""
        return self.audio.with_name(f"{self.name}.review.json")

    @cached_property
    def brief(self) -> Brief:
        """What was set out to be said; an empty one where that cannot be read."""
        try:
            return read_brief(self.brief_path)
        except AftertoneError:
            return Brief()

    @cached_property
    def outcome(self) -> Outcome | None:
        """Its review; None where it has none that can be read."""
        try:
            found = next(iter(read_outcomes(self.review_path)), None)
        except AftertoneError:
            return None
        return None if found is None or found.review is None else Outcome(self.audio, found.review)


class Takes:
    """The takes in a folder.

    Parameters
    ----------
    folder : str or Path
        Made where it is missing.
    engine, vad
        As for `review_many`; the engine a name or what can be taken to another process.
    time_limit_s : float
        What one review may take.

    Raises
    ------
    TakeError
        The folder cannot be made.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        engine: str | EngineFactory | None = "auto",
        vad: Detector = "webrtc",
        time_limit_s: float = 300.0,
    ) -> None:
        self.folder = Path(folder)
        self._engine, self._time_limit_s = engine, time_limit_s
        self._vad = vad
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TakeError(f"{folder}: the folder cannot be made: {error.strerror or error}") from error

    def all(self) -> list[Take]:
        """The takes, in the order in which they were made."""
        found = [
            (path, Brief())
            for path in self.folder.iterdir()
            if _NAME.fullmatch(path.stem) and path.suffix.lower() in AUDIO_SUFFIXES and path.is_file()
        ]
        return [Take(path.stem, path) for path, _ in in_order(found)]

    def get(self, name: str) -> Take:
        """The take of a name.

        Raises
        ------
        TakeError
            There is none.
        """
        found = next((take for take in self.all() if take.name == name), None)
        if found is None:
            raise TakeError(f"{name}: there is no such take; it may have been deleted")
        return found

    def add(self, audio: Path, uploaded_name: str, brief: Brief) -> Take:
        """Review a recording in a process of its own, and keep it where that succeeds.

        Raises
        ------
        AftertoneError
            It cannot be read or reviewed, or took too long; nothing is kept.
        """
        suffix = Path(uploaded_name).suffix.lower()
        numbers = [int(_NAME.fullmatch(take.name)[1]) for take in self.all()]  # type: ignore[index]
        name = f"take-{max(numbers, default=0) + 1:03d}"
        with TemporaryDirectory(prefix=".incoming-", dir=self.folder) as aside:
            incoming = Path(aside, name + (suffix if _SUFFIX.fullmatch(suffix) else ".audio"))
            shutil.move(audio, incoming)
            incoming.with_suffix(".toml").write_text(brief_toml(brief), encoding="utf-8")
            (outcome,) = review_many(
                incoming,
                engine=self._engine,
                vad=self._vad,
                time_limit_s=self._time_limit_s,
            )
            if outcome.error is not None:
                message = str(outcome.error).replace(str(incoming), uploaded_name)
                raise type(outcome.error)(message.replace(incoming.name, uploaded_name))
            if incoming.suffix not in AUDIO_SUFFIXES:  # it was sound, whatever it is called
                incoming = incoming.rename(incoming.with_suffix(".wav"))
            take = Take(name, self.folder / incoming.name)
            write_report([Outcome(take.audio, outcome.review)], Path(aside, take.review_path.name))
            for path in (incoming.with_suffix(".toml"), Path(aside, take.review_path.name), incoming):
                path.replace(self.folder / path.name)
        return take

    def delete(self, name: str) -> None:
        """Delete a take with its brief and review.

        Raises
        ------
        TakeError
            There is none of that name, or it cannot be deleted.
        """
        take = self.get(name)
        try:
            for path in (take.audio, take.brief_path, take.review_path):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise TakeError(f"{name}: cannot be deleted: {error.strerror or error}") from error


def brief_toml(brief: Brief) -> str:
    r"""The texts of a brief as TOML that `read_brief` reads.

    >>> brief_toml(Brief(recipient="Mary", script='Say "hi"\nnow'))
    'recipient = "Mary"\nscript = "Say \\"hi\\"\\nnow"\n'
    """
    texts = {name: getattr(brief, name) for name in ("recipient", "number", "playbook", "script")}
    quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in texts.items() if text}
    return "".join(f"{key} = {text}\n".replace("\x7f", "\\u007f") for key, text in quoted.items())
