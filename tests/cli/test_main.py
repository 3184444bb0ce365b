"""The command line as a whole: help, version, wrong commands, unread output."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import SAMPLES
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["score"],
        ["measure"],
        ["progress"],
        ["campaign"],
        ["email"],
        ["playbooks"],
        ["playbooks", "compare"],
        ["measures"],
        ["models"],
        ["bench"],
        ["bench", "run"],
        ["bench", "compare"],
    ],
)
def test_help_shows_the_usage_and_examples(run: Run, command: list[str]) -> None:
    code, out, err = run(*command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage: aftertone")
    assert "Examples:\n" in out
    assert "\b" not in out


def test_help_imports_nothing_heavy() -> None:
    code = """
import sys
from aftertone.cli import main
try:
    main(["score", "--help"])
except SystemExit:
    print(*sys.modules, sep=chr(10))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ended.stdout.split()
    assert "click" in loaded
    assert not {"numpy", "rich", "msgspec", "librosa", "av", "phonenumbers", "aftertone.pipeline"} & set(
        loaded
    )


def test_the_version_is_printed(run: Run) -> None:
    import aftertone

    assert run("--version") == (0, f"aftertone {aftertone.__version__}\n", "")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["score"], "Missing argument 'PATHS...'"),
        (["score", "a.wav", "--engine", "whispr"], "'whispr' is not one of"),
        (["score", "a.wav", "--jobs", "0"], "0 is not in the range"),
        (["score", "a.wav", "--region", "Britain"], "'Britain' is no region"),
        (["score", "a.wav", "--recorded-at", "noon"], "--recorded-at: 'noon', expected a date and a time"),
        (["score", "a.wav", "--attempt", "0"], "0 is not in the range"),
        (["score", "a.wav", "--number", "abc"], "--number: 'abc', expected a telephone number such as 312-"),
        (["score", "a.wav", "--caller-id", "12"], "--caller-id: '12', expected a telephone number such as"),
        (["measure", "a.wav", "--script", "no.txt"], "'no.txt' does not exist"),
        (["score", "a.wav", "--transcripts", "."], "--transcripts goes with --engine replay"),
        (["score", "a.wav", "--playbook", "genral"], "error: no playbook is called 'genral'"),
        (["score", "a.wav", "--out", "r.xlsx"], "error: r.xlsx: no report has the suffix '.xlsx'"),
        (["score", "a.wav", "--out", "no/such/r.csv"], "there is no folder no/such"),
        (["score", "."], "no recording in this folder"),
        (
            ["score", "a.wav", "--model", "small.en", "--offline"],
            "error: whisper model 'small.en' is not on this machine",
        ),
        (["playbooks", "genral"], "did you mean 'general'?"),
        (["scor", "a.wav"], "No such command 'scor'"),
    ],
)
def test_a_wrong_command_prints_the_reason_and_exits_with_2(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    code, out, err = run(*args)
    assert code == 2
    assert says in err
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are those of Unix")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["score", "--help"],
        ["measures"],  # echoed line by line
        ["measure", str(SAMPLES / "monotone.flac"), "--no-words"],  # at once
        ["email", str(SAMPLES / "monotone.flac"), "--no-words", "--out", "-"],  # bytes
    ],
    ids=" ".join,
)
def test_unread_output_ends_the_command_silently(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "aftertone", *arguments]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as unread:
        ended = subprocess.run(command, stdout=unread, stderr=subprocess.PIPE, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (141, b""), "128 + SIGPIPE, as the shell has it of others"


def test_skipped_files_are_named_unless_quiet(run: Run, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "hang_up.wav", tmp_path / "a.wav")
    for name in [f"{number}.txt" for number in range(12)] + [".hidden.wav", "message"]:
        (tmp_path / name).touch()
    code, _, err = run("score", str(tmp_path), "--no-words")
    assert code == 0
    assert f"passed over: {tmp_path / '0.txt'}, " in err
    assert "and 2 more: no recording has the suffix .txt" in err
    assert f"passed over: {tmp_path / '.hidden.wav'}: the name begins with a dot" in err
    assert f"passed over: {tmp_path / 'message'}: the name has no suffix" in err
    for command in ("annotate", "progress", "campaign"):
        assert "passed over" in run(command, str(tmp_path), "--no-words", *CALLED.get(command, []))[2]
    assert "passed over" not in run("score", str(tmp_path), "--no-words", "-q")[2]


CALLED = {"campaign": ["--recipient", "Mary"], "annotate": ["--format", "labels"]}
