"""Files that people give: regular files of limited size only, and hostile content is refused in time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

import aftertone as at
from aftertone.batch import review_many
from aftertone.cli import main
from aftertone.errors import AftertoneError
from aftertone.files.reading import TEXT_BYTES_MAX
from aftertone.language.brief import read_brief
from aftertone.report import read_outcomes, read_reviews

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes and devices as POSIX has them")

LIMIT_S = 10.0  # far over what any of these takes, far under what a quadratic one would


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    """A sparse file of a terabyte."""
    with path.open("wb") as file:
        file.truncate(1 << 40)


READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "brief": ("call.toml", at.find_brief),
    "table": ("metadata.csv", at.find_brief),
    "playbook": ("mine.toml", at.load_playbook),
    "transcript": ("call.json", at.read_transcript),
    "review": ("call.review.json", lambda path: list(read_outcomes(path))),
    "reviews by line": ("calls.jsonl", lambda path: list(read_outcomes(path))),
    "rows": ("calls.parquet", lambda path: list(read_reviews(path))),
    "draft": ("call.wav", at.email_draft),
}


@pytest.mark.parametrize("make", [pipe, endless, huge])
@pytest.mark.parametrize("reader", READERS)
def test_pipes_devices_and_huge_files_are_refused_at_once(
    tmp_path: Path, reader: str, make: Callable[[Path], None]
) -> None:
    name, read = READERS[reader]
    path = tmp_path / name
    make(path)
    given = tmp_path / "call.wav" if read is at.find_brief else path
    started_s = time.monotonic()
    with pytest.raises(AftertoneError, match=name) as raised:
        read(given)
    assert time.monotonic() - started_s < LIMIT_S
    assert raised.match("pipe or a device" if make is not huge else "larger than|damaged")


@pytest.mark.parametrize("make", [pipe, endless, huge])
def test_a_csv_that_is_a_pipe_or_device_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    if make is huge:
        pytest.skip("a report in CSV is read row by row, however long")
    make(tmp_path / "calls.csv")
    with pytest.raises(AftertoneError, match=r"calls\.csv: .*pipe or a device"):
        list(read_reviews(tmp_path / "calls.csv"))


@pytest.mark.parametrize("make", [pipe, endless, huge])
def test_a_script_must_be_a_regular_file_of_limited_size(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "script.txt")
    result = CliRunner().invoke(main, ["measure", "a.wav", "--script", str(tmp_path / "script.txt")])
    assert result.exit_code == 2
    assert "pipe or a device" in result.stderr or "larger than 1 MiB" in result.stderr


@pytest.mark.parametrize("playbook", ["/dev/zero", "pipe.toml", "huge.toml"])
def test_a_bad_playbook_in_a_brief_fails_its_recording_alone(tmp_path: Path, playbook: str) -> None:
    pipe(tmp_path / "pipe.toml")
    huge(tmp_path / "huge.toml")
    for name in ("a", "b"):
        soundfile.write(tmp_path / f"{name}.wav", np.random.default_rng(1).normal(0, 0.01, 8_000), 8_000)
    (tmp_path / "a.toml").write_text(f'playbook = "{playbook}"')
    paths = [tmp_path / "a.wav", tmp_path / "b.wav"]
    bad, good = review_many(paths, engine=None, ledger=tmp_path / "run.ledger")
    assert isinstance(bad.error, at.AftertoneError)
    assert good.review is not None


def dotted(parts: int) -> str:
    return ".".join("a" * parts) + " = 1"


HOSTILE = {
    "a key of megabytes": dotted(TEXT_BYTES_MAX),
    "a key of 100,000 parts": dotted(100_000),
    "a table of 100,000 parts": "[" + ".".join("a" * 100_000) + "]",
    "a table in a list": "[[" + ".".join(["'a b'"] * 50_000) + "]]",
    "a key in an inline table": "a = {" + dotted(100_000) + "}",
    "many keys of 31 parts": "\n".join(dotted(31).replace("a = ", f"b{i} = ") for i in range(14_000)),
    "one word of a megabyte": "a" * (TEXT_BYTES_MAX - 10) + " = 1",
    "brackets": "a = " + "[" * 500_000,
    "braces": "a = " + "{a = " * 100_000,
    "quotes": "'" * 500_000,
    "a number of a megabyte": "attempt = " + "9" * 500_000,
    "a number in a text": f'attempt = "{"9" * 500_000}"',
    "a telephone number of spaces": f'number = "1{" " * 500_000}x"',
    "a telephone number of dots": f'number = "1{". " * 400}x"',
    "a name of a megabyte": f'recipient = "{"Mary " * 100_000}"',
    "a script of a megabyte": f'script = "{"word " * 200_000}"',
    "a key that is unknown": '"' + "k" * 500_000 + '" = 1',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("read", [read_brief, at.load_playbook], ids=["brief", "playbook"])
def test_hostile_toml_is_refused_in_time_with_a_short_message(
    tmp_path: Path, read: Callable[[Path], object], text: str
) -> None:
    path = tmp_path / "call.toml"
    path.write_text(text)
    started_s = time.monotonic()
    with pytest.raises(AftertoneError, match=r"call\.toml") as raised:
        read(path)
    assert time.monotonic() - started_s < LIMIT_S
    assert len(str(raised.value)) < 2_000


def test_ordinary_texts_with_many_dots_are_read(tmp_path: Path) -> None:
    path = tmp_path / "call.toml"
    script = "It is w. w. w. dot " + ". ".join("five" for _ in range(60)) + "." * 100
    path.write_text(f'# {dotted(60)}\nscript = """{script}"""\nrecipient = "M.A.R.Y."\r\n')
    brief = read_brief(path)
    assert (brief.script, brief.recipient) == (script, "M.A.R.Y.")
