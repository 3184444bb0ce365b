"""Takes in a folder of the user's: a recording, its brief and its review, under one name each.

``take-001.webm``, ``take-001.toml`` and ``take-001.review.json``: what `aftertone score` and `aftertone
progress` read as well.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from aftertone.batch import Options, review_many
from aftertone.corpus import AUDIO_SUFFIXES
from aftertone.errors import AftertoneError, AudioError, TakeError
from aftertone.language.brief import Brief, in_order, read_brief
from aftertone.language.engines import load_engine
from aftertone.private import make_folder
from aftertone.report import Outcome, read_outcomes, write_report

_NAME = re.compile(r"take-(\d{3,6})")


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
    options : Options or None
        How they are reviewed; None: with the engine that is there.
    time_limit_s : float
        What one review may take.

    Raises
    ------
    TakeError
        The folder cannot be made.
    """

    def __init__(
        self, folder: str | Path, options: Options | None = None, *, time_limit_s: float = 300.0
    ) -> None:
        self.folder = Path(folder)
        self.options = options or Options(engine=partial(load_engine, "auto"))
        self._time_limit_s = time_limit_s
        self._naming, self._reviewing = Lock(), Lock()
        try:
            make_folder(self.folder)
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
        """Keep a recording, then review it when its turn comes.

        Raises
        ------
        AftertoneError
            As `review` says.
        """
        return self.review(self._keep(audio, uploaded_name, brief).name, uploaded_name)

    def review(self, name: str, uploaded_name: str = "") -> Take:
        """A take with its review: the one that it has, else one that is made now, after those before it.

        Raises
        ------
        AudioError
            It is no recording of a message, and is not kept.
        AftertoneError
            It cannot be reviewed now, or took too long; it is kept, and may be tried again.
        """
        with self._reviewing:
            take = self.get(name)
            if take.outcome is not None:
                return take
            (outcome,) = review_many(take.audio, **self.options.keywords(), time_limit_s=self._time_limit_s)
            if outcome.error is None:
                write_report([Outcome(take.audio, outcome.review)], take.review_path)
                return self.get(name)
        why = str(outcome.error)
        for path in (str(take.audio), take.audio.name):
            why = why.replace(path, uploaded_name or take.name)
        if isinstance(outcome.error, AudioError) and not isinstance(outcome.error, OSError):
            self.delete(name)
        else:
            why = f"{why}; {name} is kept: open it to try again"
        raise type(outcome.error)(why)

    def _keep(self, audio: Path, uploaded_name: str, brief: Brief) -> Take:
        """Keep a recording and its brief under the next name."""
        suffix = Path(uploaded_name).suffix.lower()
        suffix = suffix if suffix in AUDIO_SUFFIXES else ".wav"  # the content says what it is
        with self._naming, TemporaryDirectory(prefix=".incoming-", dir=self.folder) as aside:
            numbers = [int(take.name.removeprefix("take-")) for take in self.all()]
            take = Take(name := f"take-{max(numbers, default=0) + 1:03d}", self.folder / f"{name}{suffix}")
            incoming, told = Path(aside, take.audio.name), Path(aside, take.brief_path.name)
            shutil.move(audio, incoming)
            told.write_text(brief_toml(brief), encoding="utf-8")
            for path in (told, incoming):
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
