"""Files are private, leftovers of killed processes are removed, and no library sends telemetry."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

import aftertone as at
from aftertone.batch import review_many
from aftertone.cli import main
from aftertone.files.private import (
    atomic_write,
    make_file,
    make_folder,
    temporary_folder,
    write_file,
)
from aftertone.practice.takes import Takes
from aftertone.report import write_report

pytestmark = pytest.mark.skipif(os.name == "nt", reason="rights and locks as POSIX has them")

REFUSING = Path(__file__).parents[1] / "refused_sockets.py"
SAMPLES = sorted(Path(__file__).parents[2].glob("sample_audio/*.flac"))[:2]
TELLING = {  # what would turn every report on
    "DISABLE_TELEMETRY": "0",
    "DO_NOT_TRACK": "0",
    "HF_HUB_DISABLE_TELEMETRY": "0",
    "ORT_DISABLE_TELEMETRY": "0",
    "RAY_USAGE_STATS_ENABLED": "1",
}


@pytest.fixture(autouse=True)
def open_umask() -> object:
    """Without rights of their own, new files may be read and written by everyone."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "message.wav"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.01, 16_000), 8_000)
    return path


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────


def test_reports_and_ledgers_are_private(tmp_path: Path, message: Path) -> None:
    outs = [tmp_path / f"reviews{suffix}" for suffix in (".csv", ".json", ".jsonl", ".parquet", ".html")]
    command = ["score", str(message), str(message.with_name("missing.wav")), "--no-words", "-q"]
    CliRunner().invoke(main, [*command, *(each for out in outs for each in ("--out", str(out)))])
    assert {path.name: mode(path) for path in [*outs, Path(f"{outs[0]}.ledger")]} == dict.fromkeys(
        (*(out.name for out in outs), "reviews.csv.ledger"), "0o600"
    )


def test_a_ledger_in_use_and_its_log_are_private(tmp_path: Path, message: Path) -> None:
    outcomes = review_many([message, message.with_name("b.wav")], engine=None, ledger=tmp_path / "run.ledger")
    next(outcomes)
    assert {path.name: mode(path) for path in tmp_path.glob("run.ledger*")} == {
        "run.ledger": "0o600",
        "run.ledger-wal": "0o600",
    }
    list(outcomes)


def test_annotations_drafts_and_transcripts_are_private(tmp_path: Path, message: Path) -> None:
    marks = tmp_path / "new" / "marks"
    result = CliRunner().invoke(main, ["annotate", str(message), "--no-words", "--out", str(marks), "-q"])
    assert result.exit_code == 0, result.output
    draft = tmp_path / "draft.eml"
    result = CliRunner().invoke(main, ["email", str(message), "--no-words", "--out", str(draft), "-q"])
    assert result.exit_code == 0, result.output
    at.write_transcript(at.Transcript((at.Word("hi", 0.1, 0.2),)), tmp_path / "message.json")
    Takes(tmp_path / "of" / "takes")
    assert [mode(path) for path in (tmp_path / "of", tmp_path / "of" / "takes")] == ["0o700"] * 2
    files = [marks / "message.TextGrid", draft, tmp_path / "message.json"]
    assert [mode(path) for path in files] == ["0o600"] * 3
    assert [mode(path) for path in (marks, marks.parent)] == ["0o700"] * 2


def test_a_replaced_file_keeps_its_rights(tmp_path: Path) -> None:
    report = tmp_path / "reviews.csv"
    report.touch()
    report.chmod(0o640)
    write_report([], report)
    assert mode(report) == "0o640"


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "draft.eml"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="no file"):
        write_file(pipe, b"")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_existing_folders_and_files_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(0o755)
    (tmp_path / "file").write_bytes(b"kept")
    make_folder(tmp_path / "open")
    make_file(tmp_path / "file")
    assert (mode(tmp_path / "open"), (tmp_path / "file").read_bytes()) == ("0o755", b"kept")
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "file" / "folder")


# ── leftovers ────────────────────────────────────────────────────────────────────────────────────────

HOLDING = """
import sys, time
from pathlib import Path
from aftertone.files.private import temporary_folder, atomic_write
with temporary_folder() as folder, atomic_write(Path(sys.argv[1], "page.html")) as file:
    (folder / "audio").write_bytes(b"a voice")
    file.write(b"a voice" * 10_000)
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files of this process and its children."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_leftovers_are_removed_and_files_in_use_stay(tmp_path: Path, temporary: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDING, tmp_path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        held = Path(process.stdout.readline().decode().strip())
        with temporary_folder(), atomic_write(tmp_path / "page.html"):
            pass
        assert (held / "audio").exists()
        assert len(list(tmp_path.glob(".page.html.*.part"))) == 1
        process.send_signal(signal.SIGKILL)
    assert (held / "audio").exists()
    with temporary_folder():
        assert not held.exists()
    write_file(tmp_path / "page.html", b"")
    assert {path.name for path in tmp_path.rglob("*")} == {"temporary", "page.html"}


def test_the_next_start_removes_the_leftovers_of_a_killed_run(
    tmp_path: Path, message: Path, temporary: Path
) -> None:
    messages = []
    for count in range(40):
        messages.append(tmp_path / f"{count}.wav")
        soundfile.write(messages[-1], np.random.default_rng(count).normal(0, 0.01, 80_000), 8_000)
    command = [sys.executable, "-m", "aftertone", "score", *map(str, messages), "--no-words", "-q"]
    with subprocess.Popen(command) as process:
        until_s = time.monotonic() + 60
        while not list(temporary.glob("*/run.ledger")) and time.monotonic() < until_s:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert [path.name for path in temporary.glob("*/*")]
    until_s = time.monotonic() + 30
    while list(temporary.glob("aftertone-*")) and time.monotonic() < until_s:  # its processes end after it
        assert CliRunner().invoke(main, ["score", str(message), "--no-words", "-q"]).exit_code == 0
    assert not list(temporary.glob("aftertone-*"))


def test_files_of_others_stay(temporary: Path) -> None:
    (temporary / "aftertone-notes").write_text("of the user's")
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / ".aftertone-in-use").touch()
    (temporary / "aftertone-link").symlink_to(temporary / "elsewhere")
    (temporary / "aftertone-kept").mkdir()
    (temporary / "aftertone-kept" / "notes").touch()  # no lock: none of ours
    with temporary_folder():
        pass
    assert {path.name for path in temporary.rglob("*")} == {
        *("aftertone-kept", "aftertone-link", "aftertone-notes", "elsewhere", ".aftertone-in-use", "notes")
    }


# ── nothing leaves ───────────────────────────────────────────────────────────────────────────────────


def refused(tmp_path: Path, *command: object) -> dict[str, int]:
    """Counts of the sockets that were refused to a command and its children, and its exit status."""
    counts = tmp_path / "counts.json"
    home = tmp_path / "home"
    home.mkdir()
    own = {"HOME": str(home), "TMPDIR": str(home), "XDG_CACHE_HOME": str(home), "CI": ""}
    ended = subprocess.run(
        [sys.executable, REFUSING, counts, *map(str, command)],
        env=os.environ | TELLING | own,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if not counts.exists():
        pytest.skip(f"this system lets no process refuse sockets: {ended.stderr.splitlines()[-1:]}")
    found: dict[str, int] = json.loads(counts.read_text())
    assert found["exit"] == 0, ended.stderr
    return found


NATIVE = """
import ctypes, subprocess, sys
socket = "import ctypes; print(ctypes.CDLL(None).socket(2, 2, 0))"
exec(socket)
subprocess.run([sys.executable, "-c", socket], check=True)
"""


def test_sockets_of_libraries_and_of_child_processes_are_counted(tmp_path: Path) -> None:
    assert refused(tmp_path, sys.executable, "-c", NATIVE)["sockets"] == 2


REVIEWING = """
import sys, time
from functools import partial
import aftertone as at

def main(model, *paths):
    at.measure_sound(at.read_audio(paths[0]), vad="silero")  # onnxruntime, in this process too
    engine = partial(at.load_engine, "whisper", model=model, offline=True, download=True)
    started_s = None
    for outcome in at.review_many(paths, engine=engine, vad="silero", jobs=2, time_limit_s=300):
        assert outcome.review and outcome.review.transcript.words, outcome.error
        started_s = started_s or time.monotonic()
        time.sleep(max(0, started_s + 32 - time.monotonic()))

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


@pytest.mark.slow
def test_work_opens_no_socket_and_leaves_no_file(tmp_path: Path, tiny_en: Path) -> None:
    script = tmp_path / "reviewing.py"
    script.write_text(REVIEWING)
    assert refused(tmp_path, sys.executable, script, tiny_en, *SAMPLES)["sockets"] == 0
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []


TELLING_OF = """
import os, sys
from aftertone.errors import EngineError
import aftertone as at

NAMES = ("HF_HUB_DISABLE_TELEMETRY", "ORT_DISABLE_TELEMETRY", "RAY_USAGE_STATS_ENABLED")

def told(*_):
    return " ".join(os.environ[name] for name in NAMES)

def make():
    raise EngineError(f"a worker: {told()}")

if __name__ == "__main__":
    print("here:", told())
    try:
        list(at.review_many(sys.argv[1:], engine=make, jobs=2, time_limit_s=60))
    except EngineError as error:
        print(error)
"""


def test_telemetry_is_off_here_and_in_workers(tmp_path: Path, message: Path) -> None:
    script = tmp_path / "telling.py"
    script.write_text(TELLING_OF)
    command = [sys.executable, str(script), str(message)]
    found = subprocess.run(command, env=os.environ | TELLING, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == ["here: 1 1 0", "a worker: 1 1 0"]


@pytest.mark.parametrize(
    "address",
    [
        *("ftp://127.0.0.1/a.wav", "http://127.0.0.1/calls/", "https://127.0.0.1/metadata.csv"),
        *("s3://bucket/calls/*.wav", "gs://bucket/a.wav", "hf://datasets/a/b.wav", "SFTP://host/a.wav"),
        *("zip://a.wav::ftp://127.0.0.1/a.zip", "memory://a.wav"),
    ],
)
def test_offline_refuses_an_address_before_anything_connects(
    address: str, message: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsspec = pytest.importorskip("fsspec")
    asked: list[str] = []
    monkeypatch.setattr(fsspec, "url_to_fs", lambda url, **_: asked.append(url))
    command = ["score", str(message), address, "--no-words", "--offline"]
    for arguments, listed in ((command, None), (["score", "-", "--offline", "--no-words"], f"{address}\n")):
        result = CliRunner().invoke(main, arguments, input=listed)
        assert (result.exit_code, asked) == (2, [])
        assert f"error: {address}: is an address, and offline nothing is connected to" in result.stderr


def test_offline_excludes_a_cluster(tmp_path: Path, message: Path) -> None:
    command = ["score", str(message), "--cluster", "ray://127.0.0.1:1", "--out", str(tmp_path / "parts")]
    result = CliRunner().invoke(main, [*command, "--offline"])
    assert result.exit_code == 2
    assert "--cluster does not go with --offline: its machines are reached over the network" in result.stderr


# ── one place decides ────────────────────────────────────────────────────────────────────────────────

SOURCE = Path(at.__file__).parent
WRITES = re.compile(
    r"\.write_(?:text|bytes)\(|open\([^)]*[\"'][wxa]b?[\"']|\bmk(?:d|s)temp\(|TemporaryDirectory\("
)
READS = re.compile(r"\.read_(?:text|bytes)\(")


def using(pattern: re.Pattern[str]) -> set[str]:
    """The modules whose code, without docstrings, matches."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        code = re.sub(r'"""[\s\S]*?"""', "", path.read_text(encoding="utf-8"))
        if pattern.search(code):
            found.add(str(path.relative_to(SOURCE)))
    return found


def test_files_about_messages_are_written_by_one_module() -> None:
    weights = {"recognition/hub.py", "recognition/wheels.py"}
    no_messages = {*weights, "playbook/starter.py", "bench/record.py"}  # advice, figures
    own_rights = {"practice/takes.py", "practice/server.py"}  # each take is made for its owner there
    assert using(WRITES) - no_messages - own_rights == {"files/private.py"}


def test_given_files_are_read_by_one_module() -> None:
    tables = {"__init__.py", "name_places.py", "pronunciation.py"}
    shipped = {*(f"language/{name}" for name in tables), "report/html.py", "recognition/manifest.py"}
    weights = {"recognition/hub.py", "recognition/wheels.py", "synthesis/packages.py"}
    of_the_system = {"batch/workers.py", "bench/machine.py"}
    assert using(READS) - shipped - weights - of_the_system == set()
