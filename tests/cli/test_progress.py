from __future__ import annotations

import json
import re
from pathlib import Path

from aftertone.cli.progress import sparkline
from tests.cli.conftest import Folder, Run


def test_takes_are_compared_in_order_of_their_numbers(run: Run, folder: Folder) -> None:
    path = folder(take1="full_of_fillers", take2="hurried_number", take10="number_twice_slowly")
    code, out, err = run("progress", path, "--engine", "replay")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "3 takes, against general"
    assert lines[1].split()[-3:] == ["take1.flac", "take2.flac", "take10.flac"]
    number = next(line for line in lines if line.startswith("pace of the number "))
    assert "at most 2 digits a second" in number
    assert number.split()[-1] == "better"
    assert not any(re.search(r"[a-z]\.[a-z]|_", line.replace(".flac", "")) for line in lines), (
        "no dotted name"
    )
    assert any(line.startswith("better: Say the number slowly: ") for line in lines)
    assert not any(line.startswith("worse") for line in lines)
    assert lines[-2] == "best so far: take10.flac, 100 of 100"


def test_json_has_the_changes_for_better_and_worse(run: Run, folder: Folder) -> None:
    path = folder(a="number_twice_slowly", b="hurried_number")
    code, out, _ = run("progress", path, "--engine", "replay", "--json")
    assert code == 0
    (practice,) = json.loads(out)["practices"]
    assert {change["rule"] for change in practice["worse"]} >= {"number-slow", "number-twice", "pace"}
    assert practice["better"] == []
    assert Path(practice["best"]).name == "a.flac"
    (line,) = [line for line in practice["measures"] if line["measure"] == "number.readings"]
    assert (line["values"], line["change"]) == ([2, 1], "worse")


def test_a_failed_take_is_reported_and_the_others_are_compared(run: Run, folder: Folder) -> None:
    path = folder(a="number_once", c="number_once")
    (path / "b.wav").touch()
    code, out, _ = run("progress", path, "--engine", "replay")
    assert code == 1
    assert "as before: no rule came out better or worse" in out
    assert f"failed: {path / 'b.wav'}: " in out
    score = next(line for line in out.splitlines() if line.startswith("score"))
    assert score.split()[1][1] == "·"


def test_recordings_with_nothing_to_compare_are_counted(run: Run, folder: Folder) -> None:
    path = folder(a="number_once", b="number_once")
    (path / "metadata.csv").write_text("file_name,recipient\na.flac,Mary\nb.flac,Ann\n")
    code, out, _ = run("progress", path, "--no-words")
    assert code == 0
    assert out.startswith("2 recordings with nothing to compare")


def test_a_sparkline_goes_from_the_lowest_to_the_highest() -> None:
    assert sparkline([0.0, 3.5, 7.0]) == "▁▅█"
    assert sparkline([None, True, float("nan"), "x"]) == "·▁··"
    assert sparkline([]) == ""
