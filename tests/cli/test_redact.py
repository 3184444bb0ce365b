"""``--redact``: no output holds names, numbers or amounts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Folder, Run

NAMES = ("Mary", "Joan", "Reed", "Acme")  # of the briefs and of the message
TABLE = """file_name,recipient,caller,company,recorded_at,script
a.flac,Mary,Joan Reed,Acme Finance,2026-03-02T10:00,"Mary, Joan Reed of Acme, call 312 555 0143"
b.flac,Mary,Joan Reed,Acme Finance,2026-03-02T10:30,"Mary, Joan Reed of Acme, call 312 555 0143"
"""


@pytest.fixture
def calls(folder: Folder) -> Path:
    path = folder(a="collections_headline", b="collections_headline")
    (path / "metadata.csv").write_text(TABLE)
    return path


def given_away(text: str) -> list[str]:
    """Names of the briefs and of the message, and digits in a row that belong to a number."""
    found = re.findall(rf"\b(?:{'|'.join(NAMES)})\b", text, re.IGNORECASE)
    found += re.findall(r"\b(?:five|eight)\W+(?:five|eight)\b", text)
    return found + re.findall(r"(?<![\d.])\d{3}[ -]\d{3}[ -]\d{4}", text)


@pytest.mark.parametrize("form", ["tables", "json"])
@pytest.mark.parametrize("command", ["progress", "campaign"])
def test_tables_and_json_hold_no_names(run: Run, calls: Path, command: str, form: str) -> None:
    as_json = ["--json"] * (form == "json")
    code, out, err = run(command, calls, "--engine", "replay", *as_json)
    assert code == 0
    assert given_away(out), "there is something to mask"
    code, out, err = run(command, calls, "--engine", "replay", "--redact", *as_json)
    assert (code, given_away(out + err)) == (0, [])
    assert "[name]" in out


def test_reports_and_reasons_of_a_campaign_hold_no_names(run: Run, calls: Path) -> None:
    (calls / "c.toml").write_text('recipient = "Mary"\nnumber = "312 555 0143 or 312 555 0144"')
    (calls / "c.wav").touch()
    outs = [calls / f"out{suffix}" for suffix in (".jsonl", ".html")]
    written = [each for out in outs for each in ("--out", out)]
    code, out, err = run("campaign", calls, "--engine", "replay", "--redact", *written)
    assert code == 1
    assert "left out: " in err
    assert given_away("".join([out, err, *(path.read_text() for path in outs)])) == []
    assert "data:audio" not in outs[1].read_text()


def test_annotations_hold_no_names(run: Run, calls: Path) -> None:
    kinds = ["--format", "textgrid,srt,vtt,labels"]
    marks = calls / "marks"
    code, _, _ = run("annotate", calls, "--engine", "replay", *kinds, "--out", calls / "open")
    said = "".join(path.read_text() for path in sorted((calls / "open").iterdir()))
    assert (code, set(NAMES) <= set(given_away(said))) == (0, True)
    code, _, _ = run("annotate", calls, "--engine", "replay", *kinds, "--redact", "--out", marks)
    masked = "".join(path.read_text() for path in sorted(marks.iterdir()))
    assert (code, given_away(masked)) == (0, [])
    assert {"[number]", "[name]"} <= set(re.findall(r"\[\w+\]", masked))


@pytest.mark.parametrize("command", ["email", "measure"])
def test_commands_without_redaction_say_so(run: Run, command: str) -> None:
    _, out, _ = run(command, "--help")
    assert "There is no --redact" in out
