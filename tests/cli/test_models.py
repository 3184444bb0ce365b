"""``aftertone models``, and the other commands with and without Whisper's weights."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.browser import SAMPLES
from tests.cli.conftest import Run

SAMPLE = SAMPLES / "hurried_number.flac"
COMMANDS = ('`pip install "aftertone[base]"`', "`aftertone models fetch small.en`")


def test_without_weights_words_are_not_judged_and_the_sound_is(no_weights: Path, run: Run) -> None:
    code, out, err = run("score", SAMPLE)
    assert code == 0
    (line,) = err.splitlines()
    assert line.startswith("aftertone: words are not judged: ")
    for command in COMMANDS:
        assert command in line
        assert command in out.replace("\n", " ")  # beside the rules that were not judged
    assert re.search(r"Be brief: 1\d(\.\d)? s", out)


def test_the_reason_of_a_missing_measure_names_the_commands_for_weights(no_weights: Path, run: Run) -> None:
    code, out, _ = run("measure", SAMPLE, "--quiet")
    assert code == 0
    page = json.loads(out)
    assert page["measurements"]["pitch"]["spread_st"] is not None
    assert all(command in page["not_measured"]["number.digits"] for command in COMMANDS)


@pytest.mark.parametrize("args", [("--engine", "whisper"), ("--model", "tiny.en"), ("--model", "/no/such")])
def test_a_named_engine_or_model_that_is_missing_is_an_error(
    no_weights: Path, run: Run, args: tuple[str, ...]
) -> None:
    code, out, err = run("score", SAMPLE, "--offline", *args)
    assert (code, out) == (2, "")
    assert err.startswith("aftertone: error: ")


def test_installed_wheels_are_listed_named_and_not_fetched(run: Run, base: Path, tiny_en: Path) -> None:
    code, out, _ = run("models")
    places = {line.split()[0]: line for line in out.splitlines()}
    assert code == 0
    assert places["base"].endswith(f"wheel: {base}")
    assert places["tiny.en"].endswith(f"wheel: {tiny_en}")
    assert places["small"].endswith("`aftertone models fetch small`") or "hub cache: " in places["small"]
    assert run("models", "path", "base") == (0, f"{base}\n", "")
    code, out, err = run("models", "fetch", "tiny.en")
    assert (code, out) == (0, f"{tiny_en}\n")
    assert "nothing was fetched" in err
    code, out, _ = run("models", "verify", "base")
    assert code == 0
    assert out.count("as expected") == 4


def test_a_cache_that_cannot_be_written_is_one_line(
    run: Run, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv("AFTERTONE_CACHE", str(tmp_path / "cache"))
    code, out, err = run("score", SAMPLE, "--model", "base")
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert "cannot be joined" in line
    assert "Set AFTERTONE_CACHE to a folder" in line


def test_the_model_of_the_environment_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERTONE_WHISPER_MODEL", "/my/whisper")
    assert "AFTERTONE_WHISPER_MODEL names /my/whisper" in run("models")[1]


def test_models_are_listed(run: Run) -> None:
    code, out, _ = run("models")
    assert code == 0
    assert any(line.startswith("small.en") and "486 MB" in line for line in out.splitlines())
