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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from threading import Lock, Thread
from typing import Annotated, BinaryIO, Literal, Self

import msgspec

from aftertone.batch import Options
from aftertone.corpus import AUDIO_SUFFIXES, OWN_PREFIX
from aftertone.errors import AftertoneError, AudioSilentError, ReportError, TakeError, TakeNotFoundError
from aftertone.files.private import make_file, make_folder, write_file
from aftertone.language.brief import Brief, read_brief
from aftertone.practice.queue import ReviewQueue
from aftertone.practice.tasks import Drill
from aftertone.report import Outcome, read_outcomes, write_report

_BRIEF, _REVIEW = ".toml", ".review.json"  # the ends of the names of a take's files
_NAME = re.compile(r"take-(\d{3,6})")
_USED = re.compile(r"take-(\d{3,6})(?!\d)", re.IGNORECASE)  # some file systems ignore case
_NUMBER_MAX = 999_999
_LOCK = f"{OWN_PREFIX}lock"
_BRIEF_BYTES_MAX = 1 << 20  # a script has at most 20,000 characters
_REVIEW_BYTES_MAX = 8 << 20  # the review of a message of five minutes has about 300 kB

State = Literal["queued", "reviewing", "reviewed", "silent", "failed"]
_Stamp = tuple[int, int]  # when a file was changed, in ns, and its bytes
_Points = Annotated[int, msgspec.Meta(ge=0, le=100)]


@dataclass(frozen=True, slots=True)
class TakeReview:
    """What a list shows of the review of a take; no points and an empty score where it has none."""

    playbook: str
    has_speech: bool
    duration_s: float  # of the file
    points: _Points | None
    score: str  # the points with their margin
    judged_share: float


@dataclass(frozen=True, slots=True)
class Take:
    """One take, named such as ``take-001``, as its files are when the folder is read."""

    name: str
    audio: Path
    recorded_at: datetime  # the time of the recording's file, with its offset from UTC
    brief: Brief  # an empty one if the file cannot be read
    review: TakeReview | None  # None if there is no file that can be read

    @property
    def number(self) -> int:
        """The number in its name."""
        return int(self.name.removeprefix("take-"))

    @property
    def brief_path(self) -> Path:
        """The path of its brief."""
        return _beside(self.audio)[0]

    @property
    def review_path(self) -> Path:
        """The path of its review."""
        return _beside(self.audio)[1]

    def outcome(self) -> Outcome | None:
        """Its whole review, read again; None if there is no file that can be read."""
        return _outcome(self.audio)


@dataclass(frozen=True, slots=True)
class TakeState:
    """How far a take is."""

    take: Take
    state: State
    ahead: int = 0  # takes before it in the queue
    error: str = ""  # why its review failed


class Takes:
    """The takes in a folder, which has one owner at a time, and the queue that reviews them.

    A missing folder is made. Unfinished files of an owner that was killed are deleted. Without options takes
    are reviewed with the engine ``"auto"``. The queue starts with `start`, or with the first that is queued.
    """

    def __init__(
        self, folder: str | Path, options: Options | None = None, *, time_limit_s: float = 300.0
    ) -> None:
        self.folder = Path(folder)
        self.options = options or Options(engine="auto")
        self.queue = ReviewQueue(self.options, self._store, time_limit_s=time_limit_s)
        self._changing = Lock()  # a name that is claimed is no take before its recording is in place
        self._known: dict[str, tuple[list[_Stamp | None], Take]] = {}  # with what its files were, by path
        self._uploaded: dict[str, str] = {}  # names of uploaded files, by take
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
        path = self.folder.resolve() / f"{OWN_PREFIX}open.html"
        try:
            write_file(path, f'<meta http-equiv="refresh" content="0; url={escape(address)}">\n'.encode())
        except OSError as error:
            raise TakeError(f"{path}: cannot be written: {error.strerror or error}") from error
        return path

    def start(self) -> None:
        """Load the engine and queue the takes without a review, in the background."""
        self.queue.start()
        Thread(target=self._queue_all, daemon=True).start()

    def close(self) -> None:
        """End the review in progress, and release the folder. All takes stay."""
        self.queue.close()
        with suppress(OSError):
            self._delete_unfinished()
        self._lock.close()

    # ── what there is ────────────────────────────────────────────────────────────────────────────────

    def all(self) -> list[Take]:
        """All takes, in the order of their numbers. Only files that have changed are read."""
        with self._changing:
            stamps, found = self._stamps(), dict[str, Take]()
            for file in sorted(stamps):
                name, _, suffix = file.rpartition(".")
                if name in found or not _NAME.fullmatch(name) or f".{suffix.lower()}" not in AUDIO_SUFFIXES:
                    continue
                now = [stamps.get(each) for each in (file, name + _BRIEF, name + _REVIEW)]
                before, take = self._known.get(file, (None, None))
                if take is None or now != before:
                    take = _read_take(self.folder / file, stamps[file])
                    self._known[file] = now, take
                found[name] = take
            for gone in self._known.keys() - stamps.keys():
                del self._known[gone]
        return sorted(found.values(), key=lambda take: (take.number, take.name))

    def get(self, name: str) -> Take:
        """The take with this name; `TakeNotFoundError` if there is none."""
        return self.state(name).take

    def state(self, name: str) -> TakeState:
        """How far the take with this name is; `TakeNotFoundError` if there is none."""
        found = next((each for each in self.states() if each.take.name == name), None)
        if found is None:
            raise TakeNotFoundError(f"{name}: there is no such take; it may have been deleted")
        return found

    def states(self) -> list[TakeState]:
        """How far each take is. A take is queued here that has no review and did not fail."""
        waiting = self.queue.waiting  # before the files: a review that is stored in between counts
        queued = list(waiting.queued)
        found = []
        for take in self.all():
            name, failure = take.name, waiting.failed.get(take.name)
            if take.review is not None:
                found.append(TakeState(take, "reviewed" if take.review.has_speech else "silent"))
            elif name == waiting.reviewing:
                found.append(TakeState(take, "reviewing"))
            elif isinstance(failure, AudioSilentError):
                found.append(TakeState(take, "silent"))
            elif failure is not None:
                found.append(TakeState(take, "failed", error=self._reason(take, failure)))
            else:
                if name not in queued:
                    self._queue(take)
                    queued.append(name)
                ahead = queued.index(name) + (waiting.reviewing is not None)
                found.append(TakeState(take, "queued", ahead))
        return found

    # ── what is done ─────────────────────────────────────────────────────────────────────────────────

    def keep(self, audio: BinaryIO, uploaded_name: str, brief: Brief) -> Take:
        """Store a recording and its brief under the next number that no file in the folder has."""
        suffix = Path(uploaded_name).suffix.lower()
        suffix = suffix if suffix in AUDIO_SUFFIXES else ".wav"  # the decoder goes by the content
        with self._copied(audio) as incoming:
            try:
                with self._changing:
                    for number in self._free_numbers():
                        path = self.folder / f"take-{number:03d}{suffix}"
                        if _claim_name(path, incoming, brief):
                            self._uploaded[path.stem] = Path(uploaded_name).name
                            return _read_take(path, _stamp(path.lstat()))
            except OSError as error:
                raise self._cannot_keep(error) from error
        raise TakeError(
            f"{self.folder}: all {_NUMBER_MAX:,} numbers of takes are in use; name another folder"
        )

    def review(self, name: str) -> None:
        """Queue a take for its review, also one whose review failed."""
        self._queue(self.get(name))

    def delete(self, name: str) -> None:
        """Delete a take with its brief and its review; it leaves the queue."""
        take = next((take for take in self.all() if take.name == name), None)
        if take is None:
            raise TakeNotFoundError(f"{name}: there is no such take; it may have been deleted")
        self.queue.remove(name)
        try:
            for path in (take.audio, take.brief_path, take.review_path):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise TakeError(f"{name}: cannot be deleted: {error.strerror or error}") from error

    def drill(self, audio: BinaryIO, uploaded_name: str, number: str | None) -> Drill:
        """How a number alone is said in a recording, which is not kept; waits for the result."""
        with self._copied(audio) as path:
            try:
                return self.queue.drill(path, number)
            except AftertoneError as error:
                why = str(error).replace(str(path), uploaded_name).replace(path.name, uploaded_name)
                raise type(error)(why) from error

    # ── helpers ──────────────────────────────────────────────────────────────────────────────────────

    def _queue(self, take: Take) -> None:
        self.queue.add(take.name, take.audio, lambda: _review(take.audio) is not None)

    def _store(self, outcome: Outcome) -> None:
        """Store the review of a take; the error where there is none."""
        if outcome.error is not None:
            raise outcome.error
        audio = self.folder / outcome.path.name
        if audio.is_file():
            write_report([Outcome(audio, outcome.review)], _beside(audio)[1])
            if _review(audio) is None:
                raise ReportError(f"{audio}: its review cannot be read again; it may be too large")

    def _queue_all(self) -> None:
        with suppress(AftertoneError):  # a list will say it
            self.states()

    def _reason(self, take: Take, error: AftertoneError) -> str:
        """Why a review failed, with the name of the uploaded file in place of paths."""
        why, shown = str(error), self._uploaded.get(take.name) or take.name
        for path in (str(take.audio), take.audio.name):
            why = why.replace(path, shown)
        return why.replace(f"{self.folder}{os.sep}", "")

    @contextmanager
    def _copied(self, audio: BinaryIO) -> Iterator[Path]:
        """A private copy in the folder, which is deleted at the end where it was not moved."""
        path = self.folder / f"{OWN_PREFIX}incoming-{secrets.token_hex(8)}"
        try:
            try:
                with _create(path) as file:
                    shutil.copyfileobj(audio, file)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                raise self._cannot_keep(error) from error
            yield path
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _cannot_keep(self, error: OSError) -> TakeError:
        return TakeError(f"{self.folder}: the recording cannot be kept: {error.strerror or error}")

    def _stamps(self) -> dict[str, _Stamp]:
        """The stamp of each regular file in the folder, by its name; links are not followed."""
        found = {}
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):  # deleted meanwhile
                        if S_ISREG((status := entry.stat(follow_symlinks=False)).st_mode):
                            found[entry.name] = _stamp(status)
        except OSError as error:
            why = error.strerror or error
            raise TakeError(f"{self.folder}: cannot be read: {why}; is its disk still there?") from error
        return found

    def _free_numbers(self) -> Iterator[int]:
        """Numbers that no file has, whatever its suffix: first those after the last, then the gaps."""
        used = {int(match[1]) for path in self.folder.iterdir() if (match := _USED.match(path.name))}
        last = max(used, default=0)
        yield from (n for n in chain(range(last + 1, _NUMBER_MAX + 1), range(1, last)) if n not in used)

    def _delete_unfinished(self) -> None:
        for path in self.folder.glob(f"{OWN_PREFIX}*"):
            if path.name != _LOCK:
                path.unlink()


def _create(path: Path) -> BinaryIO:
    """A new file that only its owner may read. An existing file or link is never opened."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))


def _claim_name(audio: Path, incoming: Path, brief: Brief) -> bool:
    """Move a recording to the name of a take, and write its brief; False if either file exists."""
    made: list[Path] = []
    try:
        for path, content in (
            (_beside(audio)[0], brief_toml(brief).encode("utf-8", "replace")),
            (audio, b""),
        ):
            with _create(path) as file:
                made.append(path)
                file.write(content)
        incoming.replace(audio)  # the empty file made above
    except OSError as error:
        for path in made:
            with suppress(OSError):
                path.unlink()
        if isinstance(error, FileExistsError):
            return False
        raise
    return True


# ── the files of a take ──────────────────────────────────────────────────────────────────────────────


def _beside(audio: Path) -> tuple[Path, Path]:
    """The paths of the brief and of the review of a recording."""
    return audio.with_suffix(_BRIEF), audio.with_suffix(_REVIEW)


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_mtime_ns, status.st_size


def _read_take(audio: Path, stamp: _Stamp) -> Take:
    recorded_at = datetime.fromtimestamp(stamp[0] / 1e9).astimezone()
    return Take(audio.stem, audio, recorded_at, _brief(audio), _review(audio))


def _brief(audio: Path) -> Brief:
    path = _beside(audio)[0]
    try:
        return read_brief(path) if _is_regular(path, _BRIEF_BYTES_MAX) else Brief()
    except AftertoneError:
        return Brief()


def _outcome(audio: Path) -> Outcome | None:
    path = _beside(audio)[1]
    if not _is_regular(path, _REVIEW_BYTES_MAX):
        return None
    try:
        found = next(iter(read_outcomes(path)), None)
    except Exception:  # anyone may have written the file
        return None
    return None if found is None or found.review is None else Outcome(audio, found.review)


def _review(audio: Path) -> TakeReview | None:
    outcome = _outcome(audio)
    if outcome is None or outcome.review is None:
        return None
    review = outcome.review
    try:
        score, m = review.score, review.measurements
        found = TakeReview(
            playbook=review.playbook,
            has_speech=m.message.start_s is not None,
            duration_s=m.duration_s,
            points=score.points,
            score=score.text,
            judged_share=score.judged_share,
        )
        return msgspec.convert(msgspec.to_builtins(found), TakeReview)  # checks all types
    except Exception:  # anyone may have written the file
        return None


def _is_regular(path: Path, bytes_max: int) -> bool:
    """Whether a path is a regular file, not a link, pipe or device, and within a size."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return S_ISREG(status.st_mode) and status.st_size <= bytes_max


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
