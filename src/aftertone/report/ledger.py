"""What is done of a long run, kept as it is done: one row for each recording, whole or not at all.

SQLite in WAL mode: a row is there once it is committed, whatever kills the process, the machine or the disk
afterwards; and what is done is looked up on disk, so that memory does not grow with the corpus. JSON Lines,
the other candidate: benchmarks/ledger_trials.md.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from aftertone.errors import LedgerError
from aftertone.private import make_file
from aftertone.report.outcome import Location, Outcome, location
from aftertone.report.tree import outcome_dict, outcome_of

LEDGER_SUFFIX = ".ledger"
_APPLICATION = 0x61667465  # "afte": says that a SQLite file is one of ours
_SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outcomes (
    path BLOB PRIMARY KEY,   -- as the system has it: a name need not be text
    place INTEGER NOT NULL,  -- in the order given
    stamp TEXT NOT NULL,     -- size and time of what was read: unchanged, it need not be read again
    key BLOB,                -- hash of what was read; NULL where that was not known
    error TEXT,              -- kind of error; NULL where it was reviewed
    outcome BLOB NOT NULL    -- JSON, deflated
);
CREATE INDEX IF NOT EXISTS outcomes_key ON outcomes (key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS outcomes_place ON outcomes (place, path);
"""
_DEFLATE_LEVEL = 1  # a quarter of the size for 0.13 ms a row; level 6 a seventh less for 0.31 ms


class Ledger:
    """The outcomes of a run on disk, with the settings that they were made with.

    Parameters
    ----------
    path : str or Path
        Ends in ``.ledger``, on a disk of this machine (WAL asks for that).
    settings : mapping of str to str
        All that outcomes depend on besides the recordings.
    resume : bool
        Go on with the run that is there, if any. Otherwise a run that ended gives way, and one that did not
        is an error.

    Raises
    ------
    LedgerError
        The file is no ledger, another run is writing it, its settings are others, or it holds a run that did
        not end and `resume` is false.
    """

    def __init__(self, path: str | Path, settings: Mapping[str, str], *, resume: bool = False) -> None:
        self.path = Path(path)
        _check_path(self.path)
        existed = self.path.exists()
        self._base = _opened(self.path)
        try:
            if existed and not resume:
                self._refuse_unfinished()
                with self._base:
                    self._base.execute("DELETE FROM outcomes")
                    self._base.execute("DELETE FROM settings")
            self._agree(settings)
        except BaseException:
            self._base.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Fold what is beside the file into it, and let others have it."""
        self._base.close()

    def is_done(self, path: Location, stamp: str, *, failures_too: bool = True) -> bool:
        """Whether the recording at a path has an outcome, and has not changed since."""
        row = self._base.execute(
            "SELECT stamp, error FROM outcomes WHERE path = ?", (os.fsencode(path),)
        ).fetchone()
        return row is not None and row[0] == stamp and (failures_too or row[1] is None)

    def has(self, key: bytes, *, failures_too: bool = True) -> bool:
        """Whether a recording of the same content has an outcome."""
        rows = self._base.execute("SELECT error FROM outcomes WHERE key = ?", (key,))
        return any(failures_too or error is None for (error,) in rows)

    def of(self, key: bytes) -> Outcome | None:
        """The outcome of a recording of the same content."""
        row = self._base.execute(
            "SELECT path, outcome FROM outcomes WHERE key = ? LIMIT 1", (key,)
        ).fetchone()
        return None if row is None else _outcome(*row)

    def add(self, outcome: Outcome, *, place: int = 0, stamp: str = "", key: bytes | None = None) -> None:
        """Keep an outcome; it is on disk when this returns.

        Raises
        ------
        LedgerError
            The disk is full, or fails.
        """
        error = None if outcome.error is None else type(outcome.error).__name__
        content = zlib.compress(msgspec.json.encode(outcome_dict(outcome)), _DEFLATE_LEVEL)
        try:
            with self._base:
                self._base.execute(
                    "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?)",
                    (os.fsencode(outcome.path), place, stamp, key, error, content),
                )
        except sqlite3.Error as problem:
            raise self._unwritten(problem) from problem

    def finish(self) -> None:
        """Note that the run came to its end."""
        try:
            with self._base:
                self._base.execute("INSERT OR REPLACE INTO settings VALUES ('finished', 'true')")
        except sqlite3.Error as problem:
            raise self._unwritten(problem) from problem

    def __len__(self) -> int:
        return int(self._base.execute("SELECT count(*) FROM outcomes").fetchone()[0])

    def __iter__(self) -> Iterator[Outcome]:
        """Every outcome, in the order that the recordings were given in."""
        for row in self._base.execute("SELECT path, outcome FROM outcomes ORDER BY place, path"):
            yield _outcome(*row)

    def _refuse_unfinished(self) -> None:
        done = len(self)
        finished = self._base.execute("SELECT 1 FROM settings WHERE name = 'finished'").fetchone()
        if done and finished is None:
            raise LedgerError(
                f"{self.path}: holds {done:,} outcomes of a run that did not end; go on with it (--resume, "
                "resume=True), or delete it to begin again"
            )

    def _agree(self, settings: Mapping[str, str]) -> None:
        there = dict(self._base.execute("SELECT name, value FROM settings WHERE name != 'finished'"))
        changed = sorted(name for name in {*there, *settings} if there.get(name) != settings.get(name))
        if there and changed:
            what = "; ".join(
                f"{name} was {there.get(name, 'nothing')}, is {settings.get(name, 'nothing')}"
                for name in changed
            )
            raise LedgerError(
                f"{self.path}: holds a run with other settings ({what}); rows of both would not compare. "
                "Give the settings of that run, or choose another ledger"
            )
        try:
            with self._base:
                self._base.execute("DELETE FROM settings WHERE name = 'finished'")
                self._base.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", settings.items())
        except sqlite3.Error as problem:
            raise self._unwritten(problem) from problem

    def _unwritten(self, problem: sqlite3.Error) -> LedgerError:
        return LedgerError(
            f"{self.path}: cannot be written ({problem}); what is in it is whole. Make room, and go on with "
            "--resume"
        )


class KeptOutcomes:
    """The outcomes in a ledger; may be gone through again and again, and none is held.

    Raises
    ------
    LedgerError
        There is no such file, it is no ledger, or a run is writing it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise LedgerError(f"{path}: there is no such ledger")
        _opened(self.path).close()

    def __iter__(self) -> Iterator[Outcome]:
        with closing(_opened(self.path)) as base:
            for row in base.execute("SELECT path, outcome FROM outcomes ORDER BY place, path"):
                yield _outcome(*row)

    def __len__(self) -> int:
        with closing(_opened(self.path)) as base:
            return int(base.execute("SELECT count(*) FROM outcomes").fetchone()[0])


def settings_digest(settings: Mapping[str, str]) -> bytes:
    """A hash of settings, the same whatever their order."""
    return blake2b(msgspec.json.encode(sorted(settings.items())), digest_size=16).digest()


def _outcome(path: bytes, content: bytes) -> Outcome:
    outcome = outcome_of(msgspec.json.decode(zlib.decompress(content)))
    return Outcome(location(os.fsdecode(path)), outcome.review, outcome.error)


def _check_path(path: Path) -> None:
    if path.suffix != LEDGER_SUFFIX:
        raise LedgerError(f"{path}: the name of a ledger ends in {LEDGER_SUFFIX}; call it so")
    if not path.parent.is_dir():
        raise LedgerError(f"{path}: there is no folder {path.parent}; make it first")


def _opened(path: Path) -> sqlite3.Connection:
    try:
        make_file(path)  # SQLite gives what it lays beside it the same rights
        base = sqlite3.connect(path, timeout=0, check_same_thread=False)
        try:
            _set_up(base, path)
        except BaseException:
            base.close()
            raise
    except OSError as error:
        raise LedgerError(f"{path}: the ledger cannot be made: {error.strerror or error}") from error
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise LedgerError(
                f"{path}: another run is writing this ledger; wait for it, or choose another"
            ) from error
        raise LedgerError(f"{path}: the ledger cannot be opened: {error}") from error
    except sqlite3.Error as error:
        raise LedgerError(f"{path}: is no ledger, or a damaged one ({error}); choose another name") from error
    return base


def _set_up(base: sqlite3.Connection, path: Path) -> None:
    def pragma(name: str) -> Any:
        return base.execute(f"PRAGMA {name}").fetchone()[0]

    base.execute("PRAGMA locking_mode = EXCLUSIVE")  # one run at a time
    application, schema = pragma("application_id"), pragma("user_version")
    is_new = not application and not base.execute("SELECT 1 FROM sqlite_master").fetchone()
    if not is_new and application != _APPLICATION:
        raise LedgerError(f"{path}: is a database, and no ledger; choose another name")
    if not is_new and schema != _SCHEMA:
        raise LedgerError(
            f"{path}: is a ledger of schema {schema}, {_SCHEMA} is read here; use the version that wrote it"
        )
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = NORMAL")  # safe against any kill; a power cut may cost the last rows
    if is_new:
        # in one transaction: a run killed in between leaves a file that is new, and not one of unknown kind
        marks = f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_SCHEMA};"
        base.executescript(f"BEGIN; {_TABLES} {marks} COMMIT;")
    base.execute("BEGIN IMMEDIATE")  # takes the lock now, not at the first row
    base.rollback()
