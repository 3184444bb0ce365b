"""``aftertone playbooks``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from aftertone.playbook import playbooks as playbook_titles
from tests.cli.conftest import Run


def test_playbooks_are_listed_and_shown(run: Run) -> None:
    code, out, _ = run("playbooks")
    assert code == 0
    assert {line.split()[0] for line in out.splitlines()} == set(playbook_titles())
    code, out, _ = run("playbooks", "collections")
    assert code == 0
    assert re.search(r"Say the number slowest of all +at most 2 digits a second ", out)
    assert "Source: " in out


def test_a_playbook_is_shown_by_its_name_alone(run: Run) -> None:
    assert run("playbooks", "show", "general") == run("playbooks", "general")
    assert run("playbooks", "list") == run("playbooks")


def test_two_playbooks_are_compared(run: Run) -> None:
    code, out, _ = run("playbooks", "compare", "collections", "follow-up-3")
    assert code == 0
    contradicting = out[out.index("no message can follow both") : out.index("the same, or one is stricter")]
    told = "deadline deadline: a deadline with day and time closes: no deadline"
    assert told in " ".join(contradicting.split())
    assert "only in follow-up-3: another-time" in out
    assert run("playbooks", "compare", "collections", "folow-up-3")[0] == 2


def test_a_starter_playbook_is_written(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("playbooks", "new", "mine")
    assert (code, out) == (0, "")
    assert "mine.toml" in err
    assert run("playbooks", "mine.toml")[0] == 0
    assert run("playbooks", "new", "mine")[0] == 2


def test_the_schema_of_a_playbook_is_json(run: Run) -> None:
    code, out, _ = run("playbooks", "schema")
    assert code == 0
    assert json.loads(out)["title"] == "aftertone playbook"
