"""``aftertone score``."""

from __future__ import annotations

import codecs
import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aftertone.language.tokens import spoken_words
from aftertone.language.transcript import Transcript, Word, write_transcript
from tests.browser import SAMPLES
from tests.cli.conftest import Run


def test_one_recording_is_shown_in_full(run: Run, transcripts: Path) -> None:
    path = SAMPLES / "number_twice_slowly.flac"
    code, out, err = run("score", path, "--engine", "replay", "--transcripts", transcripts, "--transcript")
    assert (code, err) == (0, "")
    assert "number_twice_slowly.flac" in out
    assert "Say the number slowly" in out
    assert "transcribed by truth: " in out
    assert out.splitlines()[-1] == "1 recording scored against general, 100 of 100"


def test_a_slow_number_said_twice_scores_more_than_a_hurried_one(
    run: Run, transcripts: Path, tmp_path: Path
) -> None:
    paths = [SAMPLES / "number_twice_slowly.flac", SAMPLES / "hurried_number.flac"]
    out = tmp_path / "r.csv"
    code, _, _ = run("score", *paths, "--engine", "replay", "--transcripts", transcripts, "--out", out)
    assert code == 0
    with out.open(encoding="utf-8", newline="") as file:
        slow, hurried = csv.DictReader(file)
    assert (slow["number.slow"], slow["number.repeated"]) == ("true", "true")
    assert (hurried["number.slow"], hurried["number.repeated"]) == ("false", "false")
    assert hurried["finding.number-slow"] == hurried["finding.number-twice"] == "missed"
    assert int(slow["score"]) > int(hurried["score"])


def test_a_bad_file_is_reported_and_exits_with_1(run: Run, transcripts: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    reports = [tmp_path / "r.jsonl", tmp_path / "r.csv"]
    outs = [part for report in reports for part in ("--out", str(report))]
    good = SAMPLES / "dentist_callback.flac"
    code, out, err = run(
        "score",
        "--quiet",
        tmp_path / "empty.wav",
        good,
        "--engine",
        "replay",
        "--transcripts",
        transcripts,
        *outs,
    )
    assert (code, err) == (1, "")
    assert "dentist_callback.flac" in out
    *_, failure, summary = out.splitlines()
    assert failure.startswith("failed: ")
    assert "empty.wav" in failure
    assert re.fullmatch(r"1 recording scored against general, (9\d|100) of 100, 1 failed", summary)
    lines = [json.loads(line) for line in reports[0].read_text(encoding="utf-8").splitlines()]
    assert [line["error"] and line["error"]["kind"] for line in lines] == ["AudioEmptyError", None]
    assert len(reports[1].read_text(encoding="utf-8").splitlines()) == 3


def test_a_transcript_cannot_control_the_terminal(run: Run, tmp_path: Path) -> None:
    path = SAMPLES / "dentist_callback.flac"
    words = (Word("\x1b[2J", 1.0, 1.2), Word("[bold]hi[/bold]", 1.3, 1.5), Word("\x9b31m", 1.6, 1.8))
    write_transcript(Transcript(words, engine="\x1b]0;x\x07"), tmp_path / "dentist_callback.json")
    code, out, _ = run("score", path, "--engine", "replay", "--transcripts", tmp_path, "--transcript")
    assert code == 0
    assert "[bold]hi[/bold]" in out
    assert not {"\x1b", "\x9b", "\x07"} & set(out)


def test_whisper_transcribes_a_sample_from_end_to_end(tiny_en: Path, tmp_path: Path) -> None:
    path = SAMPLES / "hurried_number.flac"
    report = tmp_path / "r.jsonl"
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "aftertone",
            "score",
            path,
            "--engine",
            "whisper",
            "--model",
            tiny_en,
            "--offline",
            "--out",
            report,
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    (line,) = report.read_text(encoding="utf-8").splitlines()
    review = json.loads(line)["review"]
    assert review["transcript"]["engine"] == "whisper"
    assert review["score"]["points"] is not None
    true = json.loads((SAMPLES / "truth" / "hurried_number.json").read_bytes())["words"]
    heard = [part for word in review["transcript"]["words"] for part in spoken_words(word["text"])]
    assert len(heard) == pytest.approx(len(true), rel=0.2)


def test_a_page_holds_the_sound_except_with_no_audio(run: Run, transcripts: Path, tmp_path: Path) -> None:
    message, page = SAMPLES / "dentist_callback.flac", tmp_path / "page.html"
    words = ("--engine", "replay", "--transcripts", transcripts, "--quiet")
    assert run("score", message, *words, "--report", page)[0] == 0
    assert "data:audio/mpeg" in page.read_text(encoding="utf-8")
    assert run("score", message, *words, "--report", page, "--no-audio")[0] == 0
    assert "data:audio/mpeg" not in page.read_text(encoding="utf-8")


def test_a_redacted_page_holds_no_sound_and_no_number(run: Run, transcripts: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    words = ("--engine", "replay", "--transcripts", transcripts, "--quiet")
    assert run("score", SAMPLES / "dentist_callback.flac", *words, "--report", page, "--redact")[0] == 0
    text = page.read_text(encoding="utf-8")
    assert "data:audio/mpeg" not in text
    for secret in ("8445550149", "555-0149", "five five five"):
        assert secret not in text
    assert "[number]" in text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--channel", "0"], "expected a number from 1 up, 'left', 'right', 'mean' or 'auto'"),
        (["--channel", "centre"], "channel is 'centre'"),
        (["--rate", "0"], "--rate"),
        (["--rate", "fast"], "--rate"),
        (["--excel"], "--excel goes with a .csv in --out"),
        (["--excel", "--out", "x.jsonl"], "--excel goes with a .csv in --out"),
    ],
)
def test_wrong_rates_channels_and_tables_are_refused(run: Run, given: list[str], says: str) -> None:
    code, _, err = run("score", str(SAMPLES / "hang_up.wav"), "--no-words", *given)
    assert (code, says in err) == (2, True)


def test_a_csv_for_excel_is_written(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    code, _, err = run("score", str(SAMPLES / "hang_up.wav"), "--no-words", "--excel", "--out", str(out))
    assert (code, err) == (0, "")
    assert out.read_bytes().startswith(codecs.BOM_UTF8)


def test_a_page_must_be_html(run: Run, tmp_path: Path) -> None:
    code, _, err = run("score", tmp_path, "--report", tmp_path / "page.csv")
    assert code == 2
    assert "page.csv: a page is .html" in err
