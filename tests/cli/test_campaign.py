from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Folder, Run

TABLE = """file_name,recipient,caller,recorded_at,playbook
a.flac,Mary,Joan Reed,2026-03-02T10:00,collections
b.flac,Mary,Joan Reed,2026-03-02T10:30,
c.flac,Mary,Joan Reed,2026-03-05T16:00,
"""


@pytest.fixture
def calls(folder: Folder) -> Path:
    path = folder(a="collections_headline", b="collections_headline", c="threat")
    (path / "metadata.csv").write_text(TABLE)
    return path


def test_a_campaign_is_shown_in_order_with_the_message_that_is_one_too_many(run: Run, calls: Path) -> None:
    code, out, err = run("campaign", calls, "--engine", "replay")
    assert (code, err) == (0, "")
    title, _, *rows, remark = out.splitlines()[:6]
    assert title == "Joan Reed to Mary: 3 messages"
    assert [row.split()[:2] for row in rows] == [["1", "a.flac"], ["2", "b.flac"], ["3", "c.flac"]]
    assert ["30 min no" in rows[1], "3.2 days yes" in rows[2]] == [True, True]
    assert all("collections" in row for row in rows)
    assert remark.startswith("one too many: c.flac is message 3, and collections allows at most 2 messages")


def test_json_has_every_message_with_its_score(run: Run, calls: Path) -> None:
    code, out, _ = run("campaign", calls, "--engine", "replay", "--json")
    assert code == 0
    (campaign,) = json.loads(out)["campaigns"]
    assert (campaign["message_count"], campaign["too_many_count"]) == (3, 1)
    assert [message["after_h"] for message in campaign["messages"]] == [None, 0.5, 77.5]
    assert [message["scored_against"] for message in campaign["messages"]] == ["collections"] * 3
    good, again, threat = (message["score"] for message in campaign["messages"])
    assert good >= again > threat
    assert "no-threat" in campaign["messages"][2]["missed"]


def test_a_plan_reads_no_recording(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.wav").touch()  # no recording at all
    code, out, err = run("campaign", tmp_path, "--plan", "--recipient", "Mary")
    assert (code, err) == (0, "")
    assert "general" in out.splitlines()[-1]
    assert run("campaign", tmp_path, "--plan", "--out", "r.csv")[0] == 2


def test_recordings_without_a_campaign_are_reported_and_the_others_go_on(run: Run, calls: Path) -> None:
    (calls / "c.toml").write_text("recorded_at = 'noon'")
    (calls / "d.wav").touch()
    code, out, err = run("campaign", calls, "--plan")
    assert code == 1
    assert out.startswith("Joan Reed to Mary: 2 messages")
    assert [line.split(": ")[1] for line in err.splitlines()] == ["left out", "left out"]
    assert "c.toml: recorded_at is 'noon'" in err
    assert "d.wav: its brief names no recipient" in err


def test_without_a_recipient_the_advice_is_to_name_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.wav").touch()
    code, out, err = run("campaign", tmp_path)
    assert (code, out) == (1, "")
    assert "--recipient NAME" in err


def test_a_report_has_a_row_for_each_message(run: Run, calls: Path) -> None:
    report = calls / "r.csv"
    assert run("campaign", calls, "--engine", "replay", "--out", report)[0] == 0
    with report.open(encoding="utf-8", newline="") as file:
        assert [Path(row["path"]).name for row in csv.DictReader(file)] == ["a.flac", "b.flac", "c.flac"]


def test_a_name_cannot_control_the_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.wav").touch()
    _, out, _ = run("campaign", tmp_path, "--plan", "--recipient", "\x1b[2J[bold]Mary")
    assert "\x1b" not in out
    assert "[bold]Mary" in out
