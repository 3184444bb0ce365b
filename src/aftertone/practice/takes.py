"""Takes in a folder of the user's: a recording, its brief and its review, under one name each.

``take-001.webm``, ``take-001.toml`` and ``take-001.review.json``: what `aftertone score` and `aftertone
progress` read as well. Regular files alone are takes: a link in the folder is never followed.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from threading import Lock
from typing import BinaryIO, Self

from aftertone.batch import Options, review_many
from aftertone.batch.workers import stop_all
from aftertone.corpus import AUDIO_SUFFIXES
from aftertone.errors import AftertoneError, AudioError, ReportError, TakeError, TakeNotFoundError
from aftertone.files.private import make_folder
from aftertone.language.brief import Brief, in_order, read_brief
from aftertone.report import Outcome, read_outcomes, write_report

_NAME = re.compile(r"take-(\d{3,6})")
_TAKEN = re.compile(r"take-(\d{3,6})(?!\d)", re.IGNORECASE)  # also where a file system takes Take for take
_NUMBER_MAX = 999_999
_OURS = ".aftertone-"  # begins the names of what is of use while the folder is owned, and no longer
_LOCK = f"{_OURS}lock"
_BRIEF_BYTES_MAX = 1 << 20  # a script has 20,000 characters at most
_REVIEW_BYTES_MAX = 8 << 20  # a message of five minutes has some 300 kB
_END_LIMIT_S = 5.0  # for a review that is ended to leave


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
        if not _is_regular(self.brief_path, _BRIEF_BYTES_MAX):
            return Brief()
        try:
            return read_brief(self.brief_path)
        except AftertoneError:
            return Brief()

    @cached_property
    def outcome(self) -> Outcome | None:
        """Its review; None where it has none that can be read."""
        if not _is_regular(self.review_path, _REVIEW_BYTES_MAX):
            return None
        try:
            found = next(iter(read_outcomes(self.review_path)), None)
        except Exception:  # whatever somebody wrote there
            return None
        return None if found is None or found.review is None else Outcome(self.audio, found.review)


class Takes:
    """The takes in a folder, which has one owner at a time.

    Parameters
    ----------
    folder : str or Path
        Made where it is missing. What a killed owner left unfinished in it is deleted.
    options : Options or None
        How they are reviewed; None: with the engine that is there.
    time_limit_s : float
        What one review may take.

    Raises
    ------
    TakeError
        The folder cannot be made or written in, or another process keeps takes in it.
    """

    def __init__(
        self, folder: str | Path, options: Options | None = None, *, time_limit_s: float = 300.0
    ) -> None:
        self.folder = Path(folder)
        self.options = options or Options(engine="auto")
        self._time_limit_s = time_limit_s
        self._naming, self._reviewing = Lock(), Lock()
        self._is_closed = False
        try:
            make_folder(self.folder)
        except OSError as error:
            raise TakeError(f"{folder}: the folder cannot be made: {error.strerror or error}") from error
        try:
            self._lock = _locked(self.folder / _LOCK)
            self._delete_unfinished()
        except OSError as error:
            why = error.strerror or error
            raise TakeError(f"{folder}: nothing can be kept in this folder: {why}; name another") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pointer(self, address: str) -> Path:
        """A page that leads to an address and that its owner alone can read; it goes when the takes close.

        Raises
        ------
        TakeError
            It cannot be written.
        """
        path = self.folder.resolve() / f"{_OURS}open.html"
        try:
            with _create(path) as file:
                file.write(f'<meta http-equiv="refresh" content="0; url={escape(address)}">\n'.encode())
        except OSError as error:
            raise TakeError(f"{path}: cannot be written: {error.strerror or error}") from error
        return path

    def close(self) -> None:
        """End the review that is being made, in whatever thread, and leave the folder to others."""
        self._is_closed = True
        stop_all()
        if self._reviewing.acquire(timeout=_END_LIMIT_S):
            self._reviewing.release()
        with suppress(OSError):
            self._delete_unfinished()
        self._lock.close()

    def all(self) -> list[Take]:
        """The takes, in the order in which they were made.

        Raises
        ------
        TakeError
            The folder cannot be read.
        """
        found: dict[str, Path] = {}
        for path in sorted(self._files()):
            if _NAME.fullmatch(path.stem) and path.suffix.lower() in AUDIO_SUFFIXES and _is_regular(path):
                found.setdefault(path.stem, path)
        return [Take(path.stem, path) for path, _ in in_order([(path, Brief()) for path in found.values()])]

    def get(self, name: str) -> Take:
        """The take of a name.

        Raises
        ------
        TakeNotFoundError
            There is none.
        TakeError
            The folder cannot be read.
        """
        found = next((take for take in self.all() if take.name == name), None)
        if found is None:
            raise TakeNotFoundError(f"{name}: there is no such take; it may have been deleted")
        return found

    def keep(self, audio: BinaryIO, uploaded_name: str, brief: Brief) -> Take:
        """Keep a recording and its brief under the next number that no file in the folder has.

        Raises
        ------
        TakeError
            It cannot be kept: the disk is full, may not be written, or has gone.
        """
        suffix = Path(uploaded_name).suffix.lower()
        suffix = suffix if suffix in AUDIO_SUFFIXES else ".wav"  # the content says what it is
        incoming = self.folder / f"{_OURS}incoming-{secrets.token_hex(8)}"
        try:
            with _create(incoming) as file:
                shutil.copyfileobj(audio, file)
                file.flush()
                os.fsync(file.fileno())
            with self._naming:
                for number in self._free_numbers():
                    take = Take(name := f"take-{number:03d}", self.folder / f"{name}{suffix}")
                    if _settled(incoming, take, brief):
                        return take
        except OSError as error:
            why = error.strerror or error
            raise TakeError(f"{self.folder}: the recording cannot be kept: {why}") from error
        finally:
            with suppress(OSError):
                incoming.unlink(missing_ok=True)
        raise TakeError(f"{self.folder}: all {_NUMBER_MAX:,} numbers of takes are taken; name another folder")

    def review(self, name: str, uploaded_name: str = "", *, is_new: bool = False) -> Take:
        """A take with its review: the one that it has, else one that is made now, after those before it.

        Parameters
        ----------
        name : str
        uploaded_name : str
            What errors call the recording.
        is_new : bool
            Whether it was kept a moment ago: then what turns out to be no recording of a message is deleted.

        Raises
        ------
        AudioError
            It is no recording of a message.
        AftertoneError
            It cannot be reviewed now, took too long, or its review cannot be kept; it may be tried again.
        """
        with self._reviewing:
            if self._is_closed:
                raise TakeError(f"the page is closed; {name} is kept: open it to try again")
            take = self.get(name)
            if take.outcome is not None:
                return take
            (outcome,) = review_many(take.audio, **self.options.keywords(), time_limit_s=self._time_limit_s)
            if outcome.error is None:
                try:
                    write_report([Outcome(take.audio, outcome.review)], take.review_path)
                except ReportError as error:
                    raise ReportError(f"{error}; {name} is kept: open it to try again") from error
                return self.get(name)
        why = str(outcome.error)
        for path in (str(take.audio), take.audio.name):
            why = why.replace(path, uploaded_name or take.name)
        if is_new and isinstance(outcome.error, AudioError) and not isinstance(outcome.error, OSError):
            self.delete(name)
        else:
            why = f"{why}; {name} is kept: open it to try again"
        raise type(outcome.error)(why)

    def delete(self, name: str) -> None:
        """Delete a take with its brief and review.

        Raises
        ------
        TakeNotFoundError
            There is none of that name.
        TakeError
            It cannot be deleted.
        """
        take = self.get(name)
        try:
            for path in (take.audio, take.brief_path, take.review_path):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise TakeError(f"{name}: cannot be deleted: {error.strerror or error}") from error

    def _files(self) -> list[Path]:
        try:
            return list(self.folder.iterdir())
        except OSError as error:
            why = error.strerror or error
            raise TakeError(f"{self.folder}: cannot be read: {why}; is its disk still there?") from error

    def _free_numbers(self) -> Iterator[int]:
        """Numbers that no file has, whatever its suffix: those after the last, then those left out."""
        taken = {int(match[1]) for path in self._files() if (match := _TAKEN.match(path.name))}
        last = max(taken, default=0)
        yield from (n for n in chain(range(last + 1, _NUMBER_MAX + 1), range(1, last)) if n not in taken)

    def _delete_unfinished(self) -> None:
        for path in self.folder.glob(f"{_OURS}*"):
            if path.name != _LOCK:
                path.unlink()


def _create(path: Path) -> BinaryIO:
    """A new file, for its owner alone; what is there already, and be it a link, is never opened."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "wb")


_BINARY: int = getattr(os, "O_BINARY", 0)  # of Windows


def _settled(incoming: Path, take: Take, brief: Brief) -> bool:
    """Give a recording its name, with its brief; False where a file has one of the two names."""
    made: list[Path] = []
    try:
        for path, content in (
            (take.brief_path, brief_toml(brief).encode("utf-8", "replace")),
            (take.audio, b""),
        ):
            with _create(path) as file:
                made.append(path)
                file.write(content)
        incoming.replace(take.audio)  # an empty file of ours
    except OSError as error:
        for path in made:
            with suppress(OSError):
                path.unlink()
        if isinstance(error, FileExistsError):
            return False
        raise
    return True


def _is_regular(path: Path, bytes_max: int | None = None) -> bool:
    """Whether a file is one, no link, pipe or device, and within a size."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return S_ISREG(status.st_mode) and (bytes_max is None or status.st_size <= bytes_max)


def _locked(path: Path) -> BinaryIO:
    """A file that is locked as long as it is open, and by this process alone.

    Raises
    ------
    TakeError
        Another process has it.
    OSError
        It cannot be made.
    """
    with suppress(FileExistsError):
        _create(path).close()
    no_links = getattr(os, "O_NOFOLLOW", 0)
    file = os.fdopen(os.open(path, os.O_RDWR | no_links | _BINARY), "r+b")
    try:
        _lock(file)
    except (BlockingIOError, PermissionError) as error:
        file.close()
        raise TakeError(
            f"{path.parent}: takes are kept in this folder by another aftertone; end that one, or name "
            "another folder"
        ) from error
    except OSError:
        pass  # some network drives know no locks: names are claimed one by one all the same
    return file


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def brief_toml(brief: Brief) -> str:
    r"""The texts of a brief as TOML that `read_brief` reads.

    >>> brief_toml(Brief(recipient="Mary", script='Say "hi"\nnow'))
    'recipient = "Mary"\nscript = "Say \\"hi\\"\\nnow"\n'
    """
    texts = {name: getattr(brief, name) for name in ("recipient", "number", "playbook", "script")}
    quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in texts.items() if text}
    return "".join(f"{key} = {text}\n".replace("\x7f", "\\u007f") for key, text in quoted.items())
