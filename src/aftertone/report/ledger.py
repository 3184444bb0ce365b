"""What is done of a long run, kept as it is done: one row for each recording, whole or not at all.

SQLite in WAL mode: a row is there once it is committed, whatever kills the process, the machine or the disk
afterwards; and what is done is looked up on disk, so that memory does not grow with the corpus. JSON Lines,
the other candidate: benchmarks/experiments/ledger.md.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from aftertone.errors import AftertoneError, LedgerDamagedError, LedgerError
from aftertone.files.private import make_file
from aftertone.outcome import Location, Outcome, location

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
_NAMELESS = "a row whose recording is not known"
_Row = tuple[bytes, int, str, bytes | None, str | None, bytes]  # as the table has it
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
    LedgerDamagedError
        What is in the file cannot be read. With `resume`, single rows that are damaged are dropped, so that
        their recordings are done again.
    """

    def __init__(self, path: str | Path, settings: Mapping[str, str], *, resume: bool = False) -> None:
        self.path = Path(path)
        _check_path(self.path)
        existed = self.path.exists()
        self._base = _opened(self.path)
        try:
            with _damage_told(self.path):
                if existed and resume:
                    self._drop_damaged()
                elif existed:
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
        with _damage_told(self.path):
            row = self._base.execute(
                "SELECT stamp, error FROM outcomes WHERE path = ?", (os.fsencode(path),)
            ).fetchone()
        return row is not None and row[0] == stamp and (failures_too or row[1] is None)

    def has(self, key: bytes, *, failures_too: bool = True) -> bool:
        """Whether a recording of the same content has an outcome."""
        with _damage_told(self.path):
            rows = self._base.execute("SELECT error FROM outcomes WHERE key = ?", (key,)).fetchall()
        return any(failures_too or error is None for (error,) in rows)

    def of(self, key: bytes) -> Outcome | None:
        """The outcome of a recording of the same content."""
        with _damage_told(self.path):
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
        LedgerDamagedError
            The file was damaged meanwhile.
        """
        error = None if outcome.error is None else type(outcome.error).__name__
        content = zlib.compress(msgspec.json.encode(outcome.to_dict()), _DEFLATE_LEVEL)
        self._write((os.fsencode(outcome.path), place, stamp, key, error, content))

    def _write(self, row: _Row) -> None:
        try:
            with self._base:
                self._base.execute("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?)", row)
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
        return _count(self._base, self.path)

    def __iter__(self) -> Iterator[Outcome]:
        """Every outcome, in the order that the recordings were given in."""
        yield from _outcomes(self._base, self.path)

    def _drop_damaged(self) -> None:
        """Forget the rows that are not as they were written, so that they are done again."""
        if not _is_sound(self._base):
            raise sqlite3.DatabaseError("a part of the file is not as it was written")
        rows = self._base.execute("SELECT rowid, path, outcome FROM outcomes")
        damaged = [(row_id,) for row_id, path, content in rows if not _is_whole(path, content)]
        with self._base:
            self._base.executemany("DELETE FROM outcomes WHERE rowid = ?", damaged)

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
        if type(problem) is sqlite3.DatabaseError:  # "malformed"; the disk and locks have kinds of their own
            return _damaged(self.path, problem)
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
            yield from _outcomes(base, self.path)

    def __len__(self) -> int:
        with closing(_opened(self.path)) as base:
            return _count(base, self.path)


@dataclass(frozen=True, slots=True)
class LedgerContent:
    """What is in a ledger.

    Attributes
    ----------
    settings : dict of str to str
        What its outcomes were made with.
    is_finished : bool
        Whether the run came to its end.
    reviewed_count : int
        Outcomes that are reviews.
    failed_counts : dict of str to int
        Outcomes that are errors, by kind.
    damaged : tuple of str
        The recordings whose outcome is not as it was written, and what stands for rows without a name.
    is_sound : bool
        Whether the file itself is as it was written: with damaged rows alone, ``--resume`` does those again;
        else `saved_ledger` saves the others.
    """

    settings: dict[str, str]
    is_finished: bool
    reviewed_count: int
    failed_counts: dict[str, int]
    damaged: tuple[str, ...]
    is_sound: bool

    @property
    def whole_count(self) -> int:
        """Outcomes that can be read."""
        return self.reviewed_count + sum(self.failed_counts.values())


def ledger_content(path: str | Path) -> LedgerContent:
    """What is in a ledger, every row of it read.

    Raises
    ------
    LedgerError
        There is no such file, it is no ledger, or a run is writing it.
    """
    with closing(_there(Path(path))) as base:
        return _content(base)


def saved_ledger(path: str | Path, to: str | Path) -> LedgerContent:
    """Write what can be read of a damaged ledger to a new one, with which a run goes on; what was in it.

    Raises
    ------
    LedgerError
        As for `ledger_content`; `to` is there already, or cannot be written.
    LedgerDamagedError
        Its settings cannot be read: whether its rows would compare with others is not known.
    """
    path, to = Path(path), Path(to)
    if to.exists():
        raise LedgerError(f"{to}: is there already; give the name of a new ledger")
    with closing(_there(path)) as base:
        content = _content(base)
        if not content.settings:
            raise LedgerDamagedError(
                f"{path}: its settings cannot be read, and without them no row can be used"
            )
        with Ledger(to, content.settings) as saved:
            for row in _rows(base):
                if row is not None and _is_whole(row[0], row[-1]):
                    saved._write(row)
    return content


def _there(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise LedgerError(f"{path}: there is no such ledger")
    return _opened(path)


def _content(base: sqlite3.Connection) -> LedgerContent:
    reviewed_count, failed, damaged = 0, Counter[str](), list[str]()
    for row in _rows(base):
        if row is None or not _is_whole(row[0], row[-1]):
            damaged.append(os.fsdecode(row[0]) if row and isinstance(row[0], bytes) else _NAMELESS)
        elif row[4] is None:
            reviewed_count += 1
        else:
            failed[row[4]] += 1
    try:
        settings = dict(base.execute("SELECT name, value FROM settings"))
    except sqlite3.DatabaseError:
        settings = {}
    is_finished = settings.pop("finished", None) is not None
    is_sound = _is_sound(base)
    return LedgerContent(settings, is_finished, reviewed_count, dict(failed), tuple(damaged), is_sound)


def _rows(base: sqlite3.Connection) -> Iterator[_Row | None]:
    """Every row by itself, so that one that cannot be read costs no other; None for such a one."""
    columns = "path, place, stamp, key, error, outcome"
    for row_id in range(1, _last_row(base) + 1):
        try:
            row = base.execute(f"SELECT {columns} FROM outcomes WHERE rowid = ?", (row_id,)).fetchone()
        except sqlite3.DatabaseError:
            yield None
            continue
        if row is not None:  # one that was written again has a new number
            yield row


def _last_row(base: sqlite3.Connection) -> int:
    """The number of the last row, by the table or by whichever index can be read."""
    last = 0
    for how in ("NOT INDEXED", "INDEXED BY outcomes_place"):
        try:
            for (number,) in base.execute(f"SELECT rowid FROM outcomes {how}"):
                last = max(last, number)
        except sqlite3.DatabaseError:
            continue
    return last


def _is_sound(base: sqlite3.Connection) -> bool:
    """Whether the file is as SQLite wrote it; what is in a row is not looked at."""
    try:
        return bool(base.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError:
        return False


class _Named(msgspec.Struct):
    path: str


def _is_whole(path: Any, content: Any) -> bool:
    """Whether a row is as it was written: its content has a checksum, and holds its path a second time."""
    try:
        named = msgspec.json.decode(zlib.decompress(content), type=_Named)
        return named.path == os.fsdecode(path).encode("utf-8", "replace").decode()
    except (zlib.error, ValueError, TypeError):  # msgspec's errors are of the second kind
        return False


def _outcomes(base: sqlite3.Connection, path: Path) -> Iterator[Outcome]:
    with closing(base.cursor()) as rows:  # one that is left open would keep the file locked
        with _damage_told(path):
            rows.execute("SELECT path, outcome FROM outcomes ORDER BY place, path")
        while True:
            with _damage_told(path):
                row = rows.fetchone()
                outcome = None if row is None else _outcome(*row)
            if outcome is None:
                return
            yield outcome


def _count(base: sqlite3.Connection, path: Path) -> int:
    with _damage_told(path):
        return int(base.execute("SELECT count(*) FROM outcomes").fetchone()[0])


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """What reading a damaged ledger raises, as an error that says what can be saved."""
    try:
        yield
    except LedgerError:
        raise
    except sqlite3.OperationalError as error:  # the disk, or a lock: not what is written
        raise LedgerError(f"{path}: cannot be read ({error})") from error
    except (sqlite3.DatabaseError, zlib.error, ValueError, TypeError, AftertoneError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> LedgerDamagedError:
    return LedgerDamagedError(
        f"{path}: is damaged ({error}). `aftertone ledger check {path}` says what can be read of it. Where "
        f"rows alone are damaged, --resume does them again; else --save NEW{LEDGER_SUFFIX} writes the rest "
        "to a new ledger, with which --resume goes on"
    )


def settings_digest(settings: Mapping[str, str]) -> bytes:
    """A hash of settings, the same whatever their order."""
    return blake2b(msgspec.json.encode(sorted(settings.items())), digest_size=16).digest()


def _outcome(path: bytes, content: bytes) -> Outcome:
    outcome = Outcome.from_dict(msgspec.json.decode(zlib.decompress(content)))
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
        base.text_factory = lambda text: text.decode("utf-8", "replace")  # noise must not stop the reading
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
        raise LedgerDamagedError(
            f"{path}: is no ledger, or one whose beginning is damaged ({error}): nothing in it can be read; "
            "delete it to begin again, or choose another name"
        ) from error
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
