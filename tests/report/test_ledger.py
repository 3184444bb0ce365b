"""Damaged ledgers: the error names the file and what can be rescued; damaged rows are reviewed again."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from aftertone.batch import review_many
from aftertone.cli import main
from aftertone.errors import LedgerDamagedError, LedgerError
from aftertone.report import KeptOutcomes, outcome_dict, read_outcomes, read_reviews
from aftertone.report.ledger import rescue_ledger

COUNT = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calls")
    draw = np.random.default_rng(0)
    for number in range(COUNT - 1):
        soundfile.write(folder / f"{number:02}.wav", draw.normal(0, 0.01, 4_000), 8_000)
    (folder / "99.wav").write_text("no sound at all")
    return folder


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a ledger of all recordings."""
    path = tmp_path_factory.mktemp("whole") / "run.ledger"
    list(review_many(folder, engine=None, ledger=path))
    return path.read_bytes()


@pytest.fixture
def ledger(whole: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "run.ledger"
    path.write_bytes(whole)
    return path


def garble(ledger: Path, change: str, which: str = "07.wav") -> None:
    with closing(sqlite3.connect(ledger)) as base, base:
        changed = base.execute(
            f"UPDATE outcomes SET {change} WHERE CAST(path AS TEXT) LIKE '%/{which}'"
        ).rowcount
        assert changed > 0


def resumed(folder: Path, ledger: Path) -> list[str]:
    return [each.path.name for each in review_many(folder, engine=None, ledger=ledger, resume=True)]


def check(*args: object) -> Result:
    return CliRunner().invoke(main, ["ledger", "check", *map(str, args)])


def expected(folder: Path) -> list[object]:
    return [outcome_dict(outcome) for outcome in review_many(folder, engine=None)]


GARBLED = {
    "noise": "outcome = randomblob(500)",
    "cut": "outcome = substr(outcome, 1, length(outcome) / 2)",
    "one bit": "outcome = CAST(substr(outcome, 1, 50) || x'00' || substr(outcome, 52) AS BLOB)",
    "nothing": "outcome = x''",
    "no bytes": "outcome = 17",
    "text that is none": "outcome = CAST(x'FFFE' AS TEXT)",
    "another's": "outcome = (SELECT outcome FROM outcomes ORDER BY place LIMIT 1)",
}


@pytest.mark.parametrize("change", GARBLED.values(), ids=GARBLED)
def test_a_damaged_row_is_reported_and_reviewed_again(folder: Path, ledger: Path, change: str) -> None:
    garble(ledger, change)
    found = check(ledger)
    assert found.exit_code == 1
    assert f"{COUNT - 1} recordings: {COUNT - 2} reviewed, 1 failed" in found.stdout
    assert "damaged rows, 1: " in found.stderr
    assert found.stderr.count("07.wav") == 1
    assert resumed(folder, ledger) == ["07.wav"]
    assert [outcome_dict(outcome) for outcome in KeptOutcomes(ledger)] == expected(folder)
    assert check(ledger).exit_code == 0


def test_a_damaged_row_of_another_recording_is_deleted(folder: Path, ledger: Path) -> None:
    garble(ledger, "path = CAST('/gone/' || path AS BLOB)")
    assert resumed(folder, ledger) == ["07.wav"]
    assert [outcome_dict(outcome) for outcome in KeptOutcomes(ledger)] == expected(folder)


def test_names_and_stamps_that_are_no_text_are_read(folder: Path, ledger: Path) -> None:
    garble(ledger, "stamp = CAST(x'FF00FE' AS TEXT), error = CAST(x'FF' AS TEXT), place = 'x'")
    assert check(ledger).exit_code == 0
    assert resumed(folder, ledger) == ["07.wav"]
    assert [outcome_dict(outcome) for outcome in KeptOutcomes(ledger)] == expected(folder)


def test_reading_a_damaged_row_raises_a_typed_error(ledger: Path) -> None:
    garble(ledger, GARBLED["noise"])
    for read in (KeptOutcomes, read_outcomes, read_reviews):
        with pytest.raises(LedgerDamagedError, match=r"run\.ledger: is damaged \(.*aftertone ledger check"):
            list(read(ledger))


def noisy(ledger: Path, fraction: float, length: int = 3_000) -> None:
    """Noise over a stretch of the file, away from its beginning."""
    content = bytearray(ledger.read_bytes())
    start = int(fraction * len(content))
    content[start : start + length] = np.random.default_rng(int(100 * fraction)).bytes(length)
    ledger.write_bytes(bytes(content))


@pytest.mark.parametrize("fraction", [0.2, 0.35, 0.5, 0.65, 0.8, 0.95])
def test_noise_in_the_file_costs_only_the_rows_under_it(
    folder: Path, ledger: Path, tmp_path: Path, fraction: float
) -> None:
    noisy(ledger, fraction)
    saved = tmp_path / "saved.ledger"
    found = check(ledger, "--save", saved)
    assert found.exit_code == 1, found.output
    whole_count = len(KeptOutcomes(saved))
    assert whole_count >= COUNT - 8  # a row has two or three pages of 4,096 bytes
    assert f"{saved}: the {whole_count} readable outcomes" in found.stdout
    if "the file itself is damaged" in found.stderr:
        with pytest.raises(LedgerDamagedError, match=r"run\.ledger: is damaged \(.*--save"):
            resumed(folder, ledger)
        ledger = saved  # else the noise lies in rows alone, and they are done again at once
    assert len(resumed(folder, ledger)) <= COUNT - whole_count
    assert [outcome_dict(outcome) for outcome in KeptOutcomes(ledger)] == expected(folder)


def test_noise_during_a_run_raises_a_typed_error(folder: Path, ledger: Path) -> None:
    run = review_many(folder, engine=None, ledger=ledger, resume=True)
    assert list(run) == []
    for number in range(3):
        soundfile.write(
            folder / f"z{number}.wav", np.random.default_rng(number + 9).normal(0, 0.01, 4_000), 8_000
        )

    def go_on() -> None:
        for at, _ in enumerate(review_many(folder, engine=None, ledger=ledger, resume=True)):
            if at == 0:
                for fraction in (0.1, 0.3, 0.5, 0.7, 0.9):
                    noisy(ledger, fraction, 6_000)
        list(KeptOutcomes(ledger))

    try:
        with pytest.raises(LedgerError, match=r"run\.ledger"):
            go_on()
    finally:
        for number in range(3):
            (folder / f"z{number}.wav").unlink()


@pytest.mark.parametrize("content", [b"", b"noise " * 3_000, b"SQLite format 3\0" + bytes(8_000)])
def test_a_file_that_is_no_ledger_is_refused(folder: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.ledger"
    path.write_bytes(content)
    if content:
        assert check(path).exit_code == 2
        with pytest.raises(LedgerError, match=r"run\.ledger: is no ledger"):
            review_many(folder, engine=None, ledger=path, resume=True)
    assert check(tmp_path / "missing.ledger").exit_code == 2


def test_a_check_of_a_whole_ledger_says_what_is_in_it(folder: Path, ledger: Path, tmp_path: Path) -> None:
    found = check(ledger)
    assert (found.exit_code, found.stderr) == (0, "")
    lines = found.stdout.splitlines()
    assert lines[:3] == [
        f"{ledger}: the outcomes of a run that ended",
        f"{COUNT} recordings: {COUNT - 1} reviewed, 1 failed",
        "  AudioFormatError: 1",
    ]
    assert {"engine: none", "vad: webrtc", "redacted: false"} <= set(lines)
    with pytest.raises(LedgerError, match="is there already"):
        rescue_ledger(ledger, ledger)


def test_a_ledger_in_use_is_refused(folder: Path, tmp_path: Path) -> None:
    run = review_many(folder, engine=None, ledger=tmp_path / "run.ledger")
    next(run)
    found = check(tmp_path / "run.ledger")
    assert (found.exit_code, "another run is writing this ledger" in found.stderr) == (2, True)
    run.close()  # type: ignore[attr-defined]


def test_a_changed_byte_in_a_row_is_found_by_its_checksum(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as base:
        (content,) = base.execute("SELECT outcome FROM outcomes LIMIT 1").fetchone()
    for at in range(0, len(content), 7):
        garbled = content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]
        try:
            assert zlib.decompress(garbled) == zlib.decompress(content), "a bit that says nothing"
        except zlib.error:
            continue
