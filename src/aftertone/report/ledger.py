"""The ledger of a long run: one row for each recording that is done, whole or not at all.

SQLite in WAL mode. A row is there once it is committed, even where the process is killed or the machine
stops. Rows are looked up on disk, so that memory does not grow with the number of recordings. The other
candidate was JSON Lines: benchmarks/experiments/ledger.md.
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
from aftertone.files.plain import plain
from aftertone.files.private import make_file
from aftertone.outcome import Location, Outcome, location

LEDGER_SUFFIX = ".ledger"
_APPLICATION = 0x61667465  # "afte": marks a SQLite file as a ledger
_SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outcomes (
    path BLOB PRIMARY KEY,   -- bytes as the system has them: a name need not be text
    place INTEGER NOT NULL,  -- in the order given
    stamp TEXT NOT NULL,     -- size and time of the file; where they are unchanged, it is not read again
    key BLOB,                -- hash of what was read; NULL where that was not known
    error TEXT,              -- kind of error; NULL where it was reviewed
    outcome BLOB NOT NULL    -- JSON, deflated
);
CREATE INDEX IF NOT EXISTS outcomes_key ON outcomes (key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS outcomes_place ON outcomes (place, path);
"""
_INSERT = (
    "INSERT OR REPLACE INTO outcomes (path, place, stamp, key, error, outcome) VALUES (?, ?, ?, ?, ?, ?)"
)
_Row = tuple[bytes, int, str, bytes | None, str | None, bytes]  # the columns of `outcomes`
_UNNAMED = "a row whose recording is not known"
_DEFLATE_LEVEL = 1  # a quarter of the size for 0.13 ms a row; level 6 a seventh less for 0.31 ms


class Ledger:
    """The outcomes of a run on disk, with the settings of the run: all else that outcomes depend on.

    It lies on a disk of this machine (WAL needs that). With `resume` the run in the ledger continues, and
    single damaged rows are deleted, so that their recordings are reviewed again. Without it a finished run
    is replaced, and an unfinished one is an error.
    """

    def __init__(self, path: str | Path, settings: Mapping[str, str], *, resume: bool = False) -> None:
        self.path = path = Path(path)
        if path.suffix != LEDGER_SUFFIX:
            raise LedgerError(f"{path}: the name of a ledger ends in {LEDGER_SUFFIX}; call it so")
        if not path.parent.is_dir():
            raise LedgerError(f"{path}: there is no folder {path.parent}; make it first")
        existed = path.exists()
        self._database = _Database(path)
        try:
            if existed and resume:
                self._delete_damaged_rows()
            elif existed:
                self._delete_finished_run()
            self._check_settings(settings)
            with self._database.transaction() as write:
                write.execute("DELETE FROM settings WHERE name = 'finished'")
                write.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", settings.items())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Merge the write-ahead log into the file, and release its lock."""
        self._database.close()

    def is_done(self, path: Location, stamp: str, *, failures_too: bool = True) -> bool:
        """Whether the recording at a path has an outcome, and has not changed since."""
        rows = self._database.rows("SELECT stamp, error FROM outcomes WHERE path = ?", os.fsencode(path))
        return any(kept == stamp and (failures_too or error is None) for kept, error in rows)

    def has(self, key: bytes, *, failures_too: bool = True) -> bool:
        """Whether a recording of the same content has an outcome."""
        rows = self._database.rows("SELECT error FROM outcomes WHERE key = ?", key)
        return any(failures_too or error is None for (error,) in rows)

    def of(self, key: bytes) -> Outcome | None:
        """The outcome of a recording of the same content."""
        return next(self._database.outcomes("WHERE key = ? LIMIT 1", key), None)

    def add(self, outcome: Outcome, *, place: int = 0, stamp: str = "", key: bytes | None = None) -> None:
        """Write an outcome; it is on disk when this returns."""
        error = None if outcome.error is None else type(outcome.error).__name__
        content = zlib.compress(msgspec.json.encode(outcome.to_dict()), _DEFLATE_LEVEL)
        with self._database.transaction() as write:
            write.execute(_INSERT, (os.fsencode(outcome.path), place, stamp, key, error, content))

    def finish(self) -> None:
        """Mark the run as finished."""
        with self._database.transaction() as write:
            write.execute("INSERT OR REPLACE INTO settings VALUES ('finished', 'true')")

    def __len__(self) -> int:
        return self._database.count()

    def __iter__(self) -> Iterator[Outcome]:
        """Every outcome, in the order in which the recordings were given."""
        return self._database.outcomes()

    def _delete_damaged_rows(self) -> None:
        if not self._database.is_sound():
            raise _damaged(self.path, "a part of the file is not as it was written")
        rows = self._database.rows("SELECT rowid, path, outcome FROM outcomes")
        damaged = [(row_id,) for row_id, path, content in rows if not _is_whole(path, content)]
        with self._database.transaction() as write:
            write.executemany("DELETE FROM outcomes WHERE rowid = ?", damaged)

    def _delete_finished_run(self) -> None:
        is_finished = any(self._database.rows("SELECT 1 FROM settings WHERE name = 'finished'"))
        if len(self) and not is_finished:
            raise LedgerError(
                f"{self.path}: holds {len(self):,} outcomes of a run that did not end; go on with it "
                "(--resume, resume=True), or delete it to begin again"
            )
        with self._database.transaction() as write:
            write.execute("DELETE FROM outcomes")
            write.execute("DELETE FROM settings")

    def _check_settings(self, settings: Mapping[str, str]) -> None:
        kept = dict(self._database.rows("SELECT name, value FROM settings WHERE name != 'finished'"))
        changed = sorted(name for name in {*kept, *settings} if kept.get(name) != settings.get(name))
        if kept and changed:
            changes = (
                f"{name} was {kept.get(name, 'nothing')}, is {settings.get(name, 'nothing')}"
                for name in changed
            )
            raise LedgerError(
                f"{self.path}: holds a run with other settings ({'; '.join(changes)}); rows of both would "
                "not compare. Give the settings of that run, or choose another ledger"
            )


class KeptOutcomes:
    """The outcomes in a ledger; they can be iterated again and again, and are not held in memory."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        _Database(self.path, must_exist=True).close()

    def __iter__(self) -> Iterator[Outcome]:
        with closing(_Database(self.path, must_exist=True)) as database:
            yield from database.outcomes()

    def __len__(self) -> int:
        with closing(_Database(self.path, must_exist=True)) as database:
            return database.count()


def settings_digest(settings: Mapping[str, str]) -> bytes:
    """A hash of settings, the same whatever their order."""
    return blake2b(msgspec.json.encode(sorted(settings.items())), digest_size=16).digest()


# ── check and rescue ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class LedgerContent:
    """What a check finds in a ledger."""

    settings: dict[str, str]  # of the run
    is_finished: bool
    reviewed_count: int
    failed_counts: dict[str, int]  # by kind of error
    damaged: tuple[str, ...]  # recordings whose rows are damaged; a text for a row without a readable name
    is_sound: bool  # SQLite can read the file: --resume reviews damaged rows again; else `rescue_ledger`

    @property
    def whole_count(self) -> int:
        """Outcomes that can be read."""
        return self.reviewed_count + sum(self.failed_counts.values())


def ledger_content(path: str | Path) -> LedgerContent:
    """Read every row of a ledger, and say what is in it."""
    with closing(_Database(Path(path), must_exist=True)) as database:
        return _content(database)


def rescue_ledger(path: str | Path, to: str | Path) -> LedgerContent:
    """Write what can be read of a damaged ledger to a new one, with which a run goes on; say what it held."""
    path, to = Path(path), Path(to)
    if to.exists():
        raise LedgerError(f"{to}: is there already; give the name of a new ledger")
    with closing(_Database(path, must_exist=True)) as database:
        content = _content(database)
        if not content.settings:
            raise LedgerDamagedError(
                f"{path}: its settings cannot be read, and without them no row can be used"
            )
        with Ledger(to, content.settings) as rescued:
            for row in database.rows_one_by_one():
                if row is not None and _is_whole(row[0], row[-1]):
                    with rescued._database.transaction() as write:
                        write.execute(_INSERT, row)
    return content


def _content(database: _Database) -> LedgerContent:
    reviewed_count, failed, damaged = 0, Counter[str](), list[str]()
    for row in database.rows_one_by_one():
        if row is None or not _is_whole(row[0], row[-1]):
            damaged.append(os.fsdecode(row[0]) if row and isinstance(row[0], bytes) else _UNNAMED)
        elif row[4] is None:
            reviewed_count += 1
        else:
            failed[row[4]] += 1
    try:
        settings = dict(database.rows("SELECT name, value FROM settings"))
    except LedgerError:
        settings = {}
    is_finished = settings.pop("finished", None) is not None
    is_sound = database.is_sound()
    return LedgerContent(settings, is_finished, reviewed_count, dict(failed), tuple(damaged), is_sound)


class _StoredPath(msgspec.Struct):
    path: str


def _is_whole(path: Any, content: Any) -> bool:
    """Whether a row is as it was written: its content has a checksum, and holds its path a second time."""
    try:
        stored = msgspec.json.decode(zlib.decompress(content), type=_StoredPath)
        return bool(stored.path == plain(os.fsdecode(path)))
    except (zlib.error, ValueError, TypeError):  # msgspec's errors are of the second kind
        return False


# ── the database ─────────────────────────────────────────────────────────────────────────────────────


class _Database:
    """The SQLite file of a ledger. Its errors name the file and what can be done."""

    def __init__(self, path: Path, *, must_exist: bool = False) -> None:
        if must_exist and not path.is_file():
            raise LedgerError(f"{path}: there is no such ledger")
        self._path = path
        self._connection = _connect(path)
        self.close = self._connection.close

    def rows(self, query: str, *values: Any) -> Iterator[Any]:
        """The rows that a query finds."""
        with self._read_errors(), closing(self._connection.execute(query, values)) as rows:
            yield from rows  # a cursor left open would keep the file locked

    def count(self) -> int:
        """How many outcomes there are."""
        return int(next(self.rows("SELECT count(*) FROM outcomes"))[0])

    def outcomes(self, where: str = "ORDER BY place, path", *values: Any) -> Iterator[Outcome]:
        """The outcomes that a clause selects."""
        for path, content in self.rows(f"SELECT path, outcome FROM outcomes {where}", *values):
            with self._read_errors():
                outcome = Outcome.from_dict(msgspec.json.decode(zlib.decompress(content)))
            yield Outcome(location(os.fsdecode(path)), outcome.review, outcome.error)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection, for statements that take effect together at the end or not at all."""
        try:
            with self._connection:
                yield self._connection
        except sqlite3.Error as error:
            if type(error) is sqlite3.DatabaseError:  # "malformed"; disk errors and locks have subclasses
                raise _damaged(self._path, error) from error
            raise LedgerError(
                f"{self._path}: cannot be written ({error}); what is in it is whole. Make room, and go on "
                "with --resume"
            ) from error

    def rows_one_by_one(self) -> Iterator[_Row | None]:
        """Every row by a query of its own, so that a damaged one costs no other; None for a damaged one."""
        last = 0  # by the table or by the index, whichever can be read
        for how in ("NOT INDEXED", "INDEXED BY outcomes_place"):
            try:
                for (row_id,) in self._connection.execute(f"SELECT rowid FROM outcomes {how}"):
                    last = max(last, row_id)
            except sqlite3.DatabaseError:
                continue
        query = "SELECT path, place, stamp, key, error, outcome FROM outcomes WHERE rowid = ?"
        for row_id in range(1, last + 1):
            try:
                row = self._connection.execute(query, (row_id,)).fetchone()
            except sqlite3.DatabaseError:
                yield None
                continue
            if row is not None:  # a row that was replaced has a new number
                yield row

    def is_sound(self) -> bool:
        """Whether the file is as SQLite wrote it; the content of rows is not checked."""
        try:
            return bool(self._connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
        except sqlite3.DatabaseError:
            return False

    @contextmanager
    def _read_errors(self) -> Iterator[None]:
        try:
            yield
        except LedgerError:
            raise
        except sqlite3.OperationalError as error:  # of the disk or a lock: the file is not damaged
            raise LedgerError(f"{self._path}: cannot be read ({error})") from error
        except (sqlite3.DatabaseError, zlib.error, ValueError, TypeError, AftertoneError) as error:
            raise _damaged(self._path, error) from error


def _damaged(path: Path, why: object) -> LedgerDamagedError:
    return LedgerDamagedError(
        f"{path}: is damaged ({why}). `aftertone ledger check {path}` says what can be read of it. Where "
        f"rows alone are damaged, --resume does them again; else --save NEW{LEDGER_SUFFIX} writes the rest "
        "to a new ledger, with which --resume goes on"
    )


def _connect(path: Path) -> sqlite3.Connection:
    """Open a ledger, or make a new one, and lock it."""
    try:
        make_file(path)  # SQLite gives the files beside it the same rights
        connection = sqlite3.connect(path, timeout=0, check_same_thread=False)
        connection.text_factory = lambda text: text.decode(
            "utf-8", "replace"
        )  # damage must not stop the reading
        try:
            _set_up(connection, path)
        except BaseException:
            connection.close()
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
    return connection


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    def pragma(name: str) -> Any:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]

    connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # one run at a time
    application, schema = pragma("application_id"), pragma("user_version")
    is_new = not application and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    if not is_new and application != _APPLICATION:
        raise LedgerError(f"{path}: is a database, and no ledger; choose another name")
    if not is_new and schema != _SCHEMA:
        raise LedgerError(
            f"{path}: is a ledger of schema {schema}, {_SCHEMA} is read here; use the version that wrote it"
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # safe when killed; a power cut may cost the last rows
    if is_new:
        # in one transaction: where the run is killed in between, the file is still new
        marks = f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_SCHEMA};"
        connection.executescript(f"BEGIN; {_TABLES} {marks} COMMIT;")
    connection.execute("BEGIN IMMEDIATE")  # takes the lock now, not at the first row
    connection.rollback()
