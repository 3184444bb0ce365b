from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from aftertone.errors import PlaybookError
from aftertone.measurements import MEASURES
from aftertone.playbook import load_playbook, playbooks
from aftertone.playbook.starter import playbook_schema, starter, write_starter

SCHEMA = playbook_schema()
RULE = {"id": "a", "title": "A", "advice": "Do.", "measure": "duration_s", "at_most": 9}


def faults(page: dict[str, Any]) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(page)]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", playbooks())
def test_the_schema_takes_the_playbooks_that_come_along(name: str) -> None:
    text = (files("aftertone.playbook") / "published" / f"{name}.toml").read_text(encoding="utf-8")
    assert faults(tomllib.loads(text)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"measure": "message.duration"},
        {"measure": "rate.curve"},
        {"at_moost": 3},
        {"id": "Length!"},
        {"weight": 0},
        {"when_not_said": "met"},
        {"between": [1, 2, 3]},
        {"any_of": [{"measure": "duration_s", "at_most": 1}]},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(change: dict[str, Any]) -> None:
    assert faults({"title": "Mine", "rule": [RULE]}) == []
    assert faults({"title": "Mine", "rule": [RULE | change]})


@pytest.mark.parametrize("missing", ["id", "title", "advice", "measure"])
def test_the_schema_misses_what_is_missing(missing: str) -> None:
    assert faults({"title": "Mine", "rule": [{k: v for k, v in RULE.items() if k != missing}]})


def test_every_key_says_what_it_means_and_every_measure_is_offered() -> None:
    for shape in (SCHEMA, *SCHEMA["$defs"].values()):
        assert all(key["description"] for key in shape["properties"].values())
    offered = SCHEMA["$defs"]["rule"]["properties"]["measure"]["enum"]
    assert set(offered) == {name for name, measure in MEASURES.items() if measure.kind != "curve"}


def test_the_starter_is_a_playbook(tmp_path: Path) -> None:
    path = write_starter("support-desk", tmp_path)
    book = load_playbook(path)
    assert (book.name, book.title) == ("support-desk", "Support desk")
    assert [rule.id for rule in book.rules] == ["length", "number-twice", "no-threat"]
    assert faults(tomllib.loads(path.read_text(encoding="utf-8"))) == []
    assert write_starter("other.toml", tmp_path).name == "other.toml"


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("precious", encoding="utf-8")
    with pytest.raises(PlaybookError, match="there already"):
        write_starter("mine", tmp_path)
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("name", ["", "My Book", "../mine", "a--b"])
def test_a_name_that_is_no_id_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlaybookError, match="lower-case words"):
        write_starter(name, tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="cannot be written"):
        write_starter("mine", tmp_path / "nowhere")


def test_the_starter_explains_itself() -> None:
    assert starter("mine").count("\n# ") >= 6
