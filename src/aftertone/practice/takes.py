"""Takes in a folder of the user: each has a recording, a brief and a review under one name.

The files are ``take-001.webm``, ``take-001.toml`` and ``take-001.review.json``. `aftertone score` and
`aftertone progress` read them too. Only regular files are takes: a link in the folder is never followed.
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
from aftertone.files.private import make_file, make_folder, write_file
from aftertone.language.brief import Brief, in_order, read_brief
from aftertone.report import Outcome, read_outcomes, write_report

_NAME = re.compile(r"take-(\d{3,6})")
_USED = re.compile(r"take-(\d{3,6})(?!\d)", re.IGNORECASE)  # some file systems ignore case
_NUMBER_MAX = 999_999
_TEMPORARY = ".aftertone-"  # begins the names of files that are needed only while the folder has an owner
_LOCK = f"{_TEMPORARY}lock"
_BRIEF_BYTES_MAX = 1 << 20  # a script has at most 20,000 characters
_REVIEW_BYTES_MAX = 8 << 20  # the review of a message of five minutes has about 300 kB
_CLOSE_S = 5.0  # the time for a review to end when the takes close


@dataclass(frozen=True)
class Take:
    """One take, named such as ``take-001``, with the paths of its files."""

    name: str
    audio: Path

    @property
    def brief_path(self) -> Path:
        """The path of its brief."""
        return self.audio.with_name(f"{self.name}.toml")

    @property
    def review_path(self) -> Path:
        """The path of its review."""
        return self.audio.with_name(f"{self.name}.review.json")

    @cached_property
    def brief(self) -> Brief:
        """Its brief; an empty one if the file cannot be read."""
        if not _is_regular(self.brief_path, _BRIEF_BYTES_MAX):
            return Brief()
        try:
            return read_brief(self.brief_path)
        except AftertoneError:
            return Brief()

    @cached_property
    def outcome(self) -> Outcome | None:
        """Its review; None if there is no file that can be read."""
        if not _is_regular(self.review_path, _REVIEW_BYTES_MAX):
            return None
        try:
            found = next(iter(read_outcomes(self.review_path)), None)
        except Exception:  # anyone may have written the file
            return None
        return None if found is None or found.review is None else Outcome(self.audio, found.review)


class Takes:
    """The takes in a folder, which has one owner at a time.

    A missing folder is made. Unfinished files of an owner that was killed are deleted. Without options takes
    are reviewed with the engine ``"auto"``.
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

    def write_redirect(self, address: str) -> Path:
        """Write a page that redirects to an address. Only its owner can read it; `close` deletes it."""
        path = self.folder.resolve() / f"{_TEMPORARY}open.html"
        try:
            write_file(path, f'<meta http-equiv="refresh" content="0; url={escape(address)}">\n'.encode())
        except OSError as error:
            raise TakeError(f"{path}: cannot be written: {error.strerror or error}") from error
        return path

    def close(self) -> None:
        """End the review in progress, in whatever thread it is, and release the folder."""
        self._is_closed = True
        stop_all()
        if self._reviewing.acquire(timeout=_CLOSE_S):
            self._reviewing.release()
        with suppress(OSError):
            self._delete_unfinished()
        self._lock.close()

    def all(self) -> list[Take]:
        """All takes, in the order of their numbers."""
        found: dict[str, Path] = {}
        for path in sorted(self._files()):
            if _NAME.fullmatch(path.stem) and path.suffix.lower() in AUDIO_SUFFIXES and _is_regular(path):
                found.setdefault(path.stem, path)
        return [Take(path.stem, path) for path, _ in in_order([(path, Brief()) for path in found.values()])]

    def get(self, name: str) -> Take:
        """The take with this name; `TakeNotFoundError` if there is none."""
        found = next((take for take in self.all() if take.name == name), None)
        if found is None:
            raise TakeNotFoundError(f"{name}: there is no such take; it may have been deleted")
        return found

    def keep(self, audio: BinaryIO, uploaded_name: str, brief: Brief) -> Take:
        """Store a recording and its brief under the next number that no file in the folder has."""
        suffix = Path(uploaded_name).suffix.lower()
        suffix = suffix if suffix in AUDIO_SUFFIXES else ".wav"  # the decoder goes by the content
        incoming = self.folder / f"{_TEMPORARY}incoming-{secrets.token_hex(8)}"
        try:
            with _create(incoming) as file:
                shutil.copyfileobj(audio, file)
                file.flush()
                os.fsync(file.fileno())
            with self._naming:
                for number in self._free_numbers():
                    take = Take(name := f"take-{number:03d}", self.folder / f"{name}{suffix}")
                    if _claim_name(take, incoming, brief):
                        return take
        except OSError as error:
            why = error.strerror or error
            raise TakeError(f"{self.folder}: the recording cannot be kept: {why}") from error
        finally:
            with suppress(OSError):
                incoming.unlink(missing_ok=True)
        raise TakeError(
            f"{self.folder}: all {_NUMBER_MAX:,} numbers of takes are in use; name another folder"
        )

    def review(self, name: str, uploaded_name: str = "", *, is_new: bool = False) -> Take:
        """A take with its review. A take without one is reviewed now; reviews are made one after another.

        Errors name the recording by `uploaded_name`. A new file that is no recording of a message is
        deleted, with an `AudioError`; after any other error the take is kept, and may be reviewed again.
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
        """Delete a take with its brief and its review."""
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
        """Numbers that no file has, whatever its suffix: first those after the last, then the gaps."""
        used = {int(match[1]) for path in self._files() if (match := _USED.match(path.name))}
        last = max(used, default=0)
        yield from (n for n in chain(range(last + 1, _NUMBER_MAX + 1), range(1, last)) if n not in used)

    def _delete_unfinished(self) -> None:
        for path in self.folder.glob(f"{_TEMPORARY}*"):
            if path.name != _LOCK:
                path.unlink()


def _create(path: Path) -> BinaryIO:
    """A new file that only its owner may read. An existing file or link is never opened."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))


def _claim_name(take: Take, incoming: Path, brief: Brief) -> bool:
    """Move a recording to the name of a take, and write its brief; False if either file exists."""
    made: list[Path] = []
    try:
        for path, content in (
            (take.brief_path, brief_toml(brief).encode("utf-8", "replace")),
            (take.audio, b""),
        ):
            with _create(path) as file:
                made.append(path)
                file.write(content)
        incoming.replace(take.audio)  # the empty file made above
    except OSError as error:
        for path in made:
            with suppress(OSError):
                path.unlink()
        if isinstance(error, FileExistsError):
            return False
        raise
    return True


def _is_regular(path: Path, bytes_max: int | None = None) -> bool:
    """Whether a path is a regular file, not a link, pipe or device, and within a size."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return S_ISREG(status.st_mode) and (bytes_max is None or status.st_size <= bytes_max)


def _locked(path: Path) -> BinaryIO:
    """Open a file, and lock it until it is closed; `TakeError` if another process has locked it."""
    make_file(path)
    no_links = getattr(os, "O_NOFOLLOW", 0)
    file = open(path, "r+b", opener=lambda name, flags: os.open(name, flags | no_links))  # noqa: SIM115
    try:
        _lock(file)
    except (BlockingIOError, PermissionError) as error:
        file.close()
        raise TakeError(
            f"{path.parent}: another aftertone keeps takes in this folder; end that one, or name another "
            "folder"
        ) from error
    except OSError:
        pass  # some network drives have no locks; names of takes are still claimed one by one
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
    r"""The texts of a brief as TOML, for `read_brief`.

    >>> brief_toml(Brief(recipient="Mary", script='Say "hi"\nnow'))
    'recipient = "Mary"\nscript = "Say \\"hi\\"\\nnow"\n'
    """
    texts = {name: getattr(brief, name) for name in ("recipient", "number", "playbook", "script")}
    quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in texts.items() if text}
    return "".join(f"{key} = {text}\n".replace("\x7f", "\\u007f") for key, text in quoted.items())
