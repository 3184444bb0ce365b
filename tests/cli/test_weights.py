"""What the commands do with Whisper's weights, and without them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
SAMPLE = Path(__file__).parents[2] / "sample_audio" / "hurried_number.flac"
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


def test_the_reason_of_a_measure_of_words_says_how_to_get_them(no_weights: Path, run: Run) -> None:
    code, out, _ = run("measure", SAMPLE, "--quiet")
    assert code == 0
    page = json.loads(out)
    assert page["measurements"]["pitch"]["spread_st"] is not None
    assert all(command in page["not_measured"]["number.digits"] for command in COMMANDS)


@pytest.mark.parametrize("args", [("--engine", "whisper"), ("--model", "tiny.en"), ("--model", "/no/such")])
def test_what_was_asked_for_by_name_is_an_error_where_it_is_missing(
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
