"""``aftertone measure`` and ``aftertone measures``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aftertone.acoustics.audio import read_audio
from aftertone.measurements import MEASURES
from tests.browser import SAMPLES
from tests.cli.conftest import Run


def test_measures_are_listed(run: Run) -> None:
    code, out, _ = run("measures")
    assert code == 0
    assert len(out.splitlines()) == len(MEASURES) + 1
    assert run("measures", "number.")[1].count("number.") >= 10
    assert run("measures", "nmber.")[0] == 2


@pytest.mark.parametrize("name", ["missing.wav", "empty.wav"])
def test_a_bad_file_is_one_line_of_error_and_exits_with_1(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.wav").touch()
    code, out, err = run("measure", tmp_path / name, "--no-words")
    assert (code, out) == (1, "")
    assert err.startswith("aftertone: error: ")
    assert name in err
    assert err.count("\n") == 1


def test_json_has_a_reason_for_every_null(run: Run) -> None:
    code, out, err = run("measure", SAMPLES / "dentist_callback.flac", "--no-words")
    assert (code, err) == (0, "")
    page = json.loads(out)
    assert page["recording"] == "dentist_callback.flac"
    assert page["measurements"]["message"]["duration_s"] > 5
    assert page["measurements"]["words"]["count"] is None
    assert page["not_measured"]["words.count"]


def test_options_win_over_the_brief_beside_the_recording(run: Run, transcripts: Path, tmp_path: Path) -> None:
    path = SAMPLES / "dentist_callback.flac"  # its brief says that Mary is called
    script = tmp_path / "script.txt"
    script.write_text("Hello there", encoding="utf-8")
    options = ("--engine", "replay", "--transcripts", transcripts)
    without = json.loads(run("measure", path, *options)[1])
    with_options = json.loads(
        run("measure", path, *options, "--recorded-at", "2026-03-03T16:30", "--script", script)[1]
    )
    assert without["measurements"]["recorded"]["hour"] == pytest.approx(10 + 20 / 60)
    assert with_options["measurements"]["recorded"]["hour"] == 16.5
    assert without["measurements"]["script"]["adherence"] is None
    assert with_options["measurements"]["script"]["adherence"] is not None
    assert without["measurements"]["recipient"] == with_options["measurements"]["recipient"]


def test_rate_and_channel_apply_to_measures_and_drawings(run: Run, tmp_path: Path) -> None:
    message = read_audio(SAMPLES / "number_twice_slowly.flac").samples
    noise = 0.1 * np.random.default_rng(0).standard_normal(message.size)
    both = tmp_path / "both.wav"
    soundfile.write(both, np.stack([noise, message], axis=1), 16_000, subtype="FLOAT")
    bare = tmp_path / "bare.raw"
    bare.write_bytes(np.round(message * 32_767).astype("<i2").tobytes())
    asked = {
        (str(SAMPLES / "number_twice_slowly.flac"),): "true",
        (str(both),): "true",
        (str(both), "--channel", "2"): "true",
        (str(both), "--channel", "right"): "true",
        (str(both), "--channel", "left"): "noise",
        (str(bare), "--rate", "16000"): "true",
        (str(bare), "--rate", "8000"): "slow",
    }
    found = {}
    for given in asked:
        code, printed, err = run("measure", *given, "--no-words")
        assert code == 0, err
        found[given] = json.loads(printed)["measurements"]["speech"]["time_s"]
    true_s, *others_s = found.values()
    assert [other_s == pytest.approx(true_s, abs=0.05) for other_s in others_s] == [
        kind == "true" for kind in list(asked.values())[1:]
    ]
    code, printed, _ = run("score", str(bare), "--no-words")
    assert (code, "--rate" in printed) == (1, True)
    for given in ((str(bare), "--rate", "16000"), (str(both), "--channel", "2")):
        code, _, err = run("score", *given, "--no-words", "--report", str(tmp_path / "page.html"))
        assert code == 0, err
        assert "data:audio/mpeg" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_terminal_gets_a_drawing_or_json_if_asked() -> None:
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")

    def on_terminal(*extra: str) -> str:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "aftertone", "measure", str(SAMPLES / "monotone.flac"), "--no-words"]
        process = subprocess.Popen(
            [*command, "--quiet", *extra], stdout=theirs, env={**os.environ, "COLUMNS": "80", "TERM": "xterm"}
        )
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65_536):
                shown += part
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        assert process.wait(timeout=60) == 0
        return shown.decode()

    drawn = on_terminal()
    assert "pitch" in drawn
    assert "█" in drawn
    assert "{" not in drawn
    assert json.loads(on_terminal("--json"))["measurements"]["pauses"]["count"] > 0
