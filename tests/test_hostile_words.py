"""Hostile words, briefs and file names are shown and written as text everywhere."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import aftertone as at

SAMPLE = Path(__file__).parents[1] / "sample_audio" / "follow_up_2.flac"
ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\x08"
MARKUP = "<img src=x onerror=alert(1)></script><script>alert(1)</script>\"'>&[red]x[/red]"
FORMULA = '=HYPERLINK("http://x","y")'
NAME = "==HY\x1b[2J<img src=x onerror=alert(1)>\n\"'.flac"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings with hostile words, a hostile brief and one hostile name; a file that is no audio."""
    folder = tmp_path_factory.mktemp("hostile words")
    texts = ["hi", FORMULA, "it's", ESCAPES, "calling", MARKUP, "about", "-->", "um", "800", "555", "1234"]
    words = [
        {"text": text, "start_s": 0.6 + i, "end_s": 1.2 + i, "confidence": 0.9}
        for i, text in enumerate(texts)
    ]
    for name in ("plain.flac", NAME):
        shutil.copy(SAMPLE, folder / name)
        (folder / name).with_suffix(".json").write_text(json.dumps({"words": words}))
    nasty = json.dumps(f"{FORMULA}{ESCAPES}{MARKUP}\nBcc: everybody@example.com")
    (folder / "plain.toml").write_text(f"caller = {nasty}\nrecipient = {nasty}\n")
    (folder / f"{ESCAPES}{MARKUP}.wav".replace("/", "")).write_text(ESCAPES + MARKUP)
    return folder


def command(*args: str | Path) -> subprocess.CompletedProcess[bytes]:
    words = ("--engine", "replay", "--quiet")
    line = [sys.executable, "-m", "aftertone", *map(str, args), *words]
    return subprocess.run(line, capture_output=True, check=False, timeout=120)


def is_harmless(text: str) -> bool:
    return not [letter for letter in text if letter != "\n" and not letter.isprintable()]


class Elements(HTMLParser):
    """The elements of a page, and the attributes that would run as scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.runs: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.runs += [name for name, value in attrs if name.startswith("on") or "alert" in str(value)[:20]]


def cells(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            yield from row


def test_hostile_words_are_harmless_on_the_terminal_in_a_page_and_in_a_table(
    folder: Path, tmp_path: Path
) -> None:
    page, table = tmp_path / "page.html", tmp_path / "r.csv"
    ended = command(
        *("score", folder, "--jobs", "2", "--transcript", "--summary"), *("--report", page, "--out", table)
    )
    assert ended.returncode == 1, ended.stderr
    assert is_harmless(ended.stdout.decode())
    assert is_harmless(ended.stderr.decode())
    assert b"<img src=x" in ended.stdout, "the words are shown, as words"

    harmless = tmp_path / "harmless"
    harmless.mkdir()
    for name in ("a.flac", "b.flac"):
        shutil.copy(SAMPLE, harmless / name)
        (harmless / name).with_suffix(".json").write_text('{"words": []}')
    (harmless / "c.wav").write_text("none")
    command("score", harmless, "--report", tmp_path / "harmless.html")
    made, usual = Elements(page.read_text("utf-8")), Elements((tmp_path / "harmless.html").read_text("utf-8"))
    assert (made.tags["script"], made.tags["img"]) == (usual.tags["script"], usual.tags["img"])
    assert not made.runs

    for cell in cells(table):
        try:
            float(cell)
        except ValueError:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell
    paths = {Path(str(row["path"])).name for row in at.read_reviews(table)}
    assert {"plain.flac", NAME} < paths, "and it is read back as it was"


def test_hostile_words_are_harmless_in_annotations(folder: Path, tmp_path: Path) -> None:
    ended = command("annotate", folder, "--format", "textgrid,srt,vtt,labels", "--out", tmp_path)
    assert is_harmless((ended.stdout + ended.stderr).decode())
    plain = [path for path in tmp_path.iterdir() if path.stem == "plain"]
    assert len(plain) == 4
    for path in plain:
        text = path.read_text("utf-8")
        assert is_harmless(text.replace("\t", "")), path
        if path.suffix in (".srt", ".vtt"):
            assert sum("-->" in line for line in text.splitlines()) == text.count("-->")
    assert "<" not in (tmp_path / "plain.vtt").read_text("utf-8")


@pytest.mark.parametrize("name", ["plain.flac", NAME])
def test_hostile_words_are_harmless_in_a_draft(folder: Path, tmp_path: Path, name: str) -> None:
    ended = command("email", folder / name, "--to", "mary@example.com", "--out", tmp_path / "d.eml")
    assert ended.returncode == 0, ended.stderr
    assert is_harmless((ended.stdout + ended.stderr).decode())
    draft = email.message_from_bytes((tmp_path / "d.eml").read_bytes(), policy=email.policy.default)
    assert "bcc" not in {header.lower() for header in draft}
    body = draft.get_body(("plain",))
    assert body is not None
    assert is_harmless(body.get_content().replace("\r\n", "\n"))
    (recording,) = draft.iter_attachments()
    assert is_harmless(str(recording.get_filename()))
    assert not [part for part in draft.walk() if part.get_content_type() == "text/html"]
