"""What the README shows is what happens: its commands run, its Python runs, its options exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from aftertone.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
INLINE = re.findall(
    r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"^```.*?^```$", "", README, flags=re.DOTALL | re.MULTILINE)
)
COMMAND = re.compile(r"(?:aftertone|make|python -m|pip install) \S")
PLACEHOLDER = re.compile(r"\[?(?:PATHS…|[A-Z]{4,})")  # a line that says what a command takes, and is none

# What is not run here, and why.
NOT_RUN = {
    "make demo": "installs, and transcribes 53 messages: minutes",
    "make test": "is what runs this",
    "make lint": "runs mypy over everything",
    "make bench": "minutes",
    "make package": "installs; tests/test_packaging.py has it",
    "make accuracy": "transcribes 53 messages: minutes",
    "aftertone models fetch small.en": "asks the network for 480 MB",
    "aftertone serve practice/": "runs until it is stopped; tests/serve has it",
}


def _commands() -> Iterator[str]:
    for _, text in BLOCKS:
        for line in text.splitlines():
            command = line.removeprefix("$ ").split("  ")[0].strip()
            if COMMAND.match(command):
                yield command
    yield from (text for text in INLINE if COMMAND.match(text))


COMMANDS = list(dict.fromkeys(_commands()))
SHOWN = [text for _, text in BLOCKS if text.startswith("$ aftertone")]
RUN = [
    command
    for command in COMMANDS
    if command.startswith("aftertone ")
    and command not in NOT_RUN
    and not PLACEHOLDER.search(command)
    and not any(text.startswith(f"$ {command}\n") for text in SHOWN)
]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a recording in which nobody speaks, so that there is little to hear."""
    for name in ("practice", "sample_audio"):
        (tmp_path / name).mkdir()
        shutil.copy(ROOT / "sample_audio" / "hang_up.wav", tmp_path / name / "message.wav")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(command: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(command, prog_name="aftertone")
    return int(ended.value.code or 0)


def test_there_is_something_to_test() -> None:
    assert len(BLOCKS) >= 7
    assert {"make demo", "aftertone playbooks [NAME]"} <= set(COMMANDS)
    assert RUN


@pytest.mark.parametrize("command", RUN)
def test_a_command_in_the_text_runs(command: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = shlex.split(command)[1:]
    code = _run([*arguments, "--help"] if arguments[0] == "bench" else arguments)  # bench alone takes minutes
    assert code == 0, capsys.readouterr().err
    written = [argument for argument in arguments if Path(argument).suffix in (".csv", ".html")]
    assert all((desk / name).stat().st_size for name in written)


@pytest.mark.slow
@pytest.mark.parametrize("text", SHOWN, ids=lambda text: text.partition("\n")[0])
def test_a_command_shown_with_its_output_prints_it(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    command, _, shown = text.partition("\n")
    assert _run(shlex.split(command)[2:]) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert printed == [line.rstrip() for line in shown.splitlines()]


def test_the_table_of_commands_has_each_and_no_other() -> None:
    (table,) = (text for _, text in BLOCKS if text.startswith("aftertone score PATHS…"))
    assert sorted(line.split()[1] for line in table.splitlines()) == sorted(main.commands)


def _options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        yield from parameter.opts
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _options(each)


def test_every_option_that_is_named_exists() -> None:
    known = {*_options(main), "--help", "--engine"}
    ours = [text for text in INLINE if not text.startswith(("python -m", "pip", "mypy"))]
    named = {option for text in ours for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)}
    assert named
    assert named - known == set()


def test_what_make_is_asked_for_it_makes() -> None:
    rules = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    asked = {command.split()[1] for command in COMMANDS if command.startswith("make ")}
    assert asked
    assert asked <= set(rules)


def test_modules_that_are_run_exist() -> None:
    asked = [command.split()[2] for command in COMMANDS if command.startswith("python -m ")]
    assert asked
    assert [name for name in asked if find_spec(name) is None] == []


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_what_is_not_run_is_still_there() -> None:
    assert set(NOT_RUN) <= set(COMMANDS)


# ── Python ───────────────────────────────────────────────────────────────────────────────────────────


def _python(start: str) -> str:
    (code,) = (str(text) for language, text in BLOCKS if language == "python" and start in text)
    return code


def test_every_python_block_is_run_here() -> None:
    blocks = [text for language, text in BLOCKS if language == "python"]
    assert blocks == [_python("at.load_engine("), _python("review_many(")]


def test_the_library_does_what_its_example_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """With Whisper's base, as `make demo` installs it: what the comments say, each line gives."""
    engine = 'at.load_engine("whisper", model="base")'
    code = _python("at.load_engine(").replace('at.load_engine("auto")', engine)
    assert engine in code
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    said = {}
    for line in code.splitlines():
        expression, _, comment = line.partition("  # ")
        if " = " in line.split("(")[0] or line.startswith("import"):
            exec(line, names)
        elif line.strip():
            value = eval(expression, names)
            rounded = eval(
                "tuple(round(v, 1) if isinstance(v, float) else v for v in v_)"
                if isinstance(value, tuple)
                else "round(v_, 1) if isinstance(v_, float) else v_",
                {"v_": value},
            )
            if re.match(r"[\d('\"]", comment):
                said[expression] = (rounded, eval(comment))
    assert len(said) == 2
    assert all(found == stated for found, stated in said.values()), said


def test_the_batch_example_writes_its_report(desk: Path) -> None:
    shutil.copy(desk / "sample_audio" / "message.wav", desk / "sample_audio" / "other.wav")
    (desk / "script.py").write_text(_python("review_many("))
    done = subprocess.run(
        [sys.executable, "script.py"], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert done.returncode == 0, done.stderr
    assert len((desk / "reviews.csv").read_text().splitlines()) == 3  # a heading, two recordings
