"""What the documents show is what happens: commands and Python of each page run, in order, in a clean shell.

A block ``sh`` holds commands. A block ``console`` holds commands after ``$`` and what they print; ``…`` on a
line stands for lines that are left out. A block ``python`` is a script; a literal in a comment after an
expression is its value. Blocks ``json`` and ``toml`` are files that the commands of their page read.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

import aftertone
from aftertone.cli import main
from aftertone.recognition.weights import find_model

ROOT = Path(__file__).resolve().parent.parent
SHOWN = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in SHOWN if page.name not in ("api.md", "design.md")]  # docstrings run by themselves
REFERENCES = ("api.md", "measures.md", "accuracy_tables.md", "rules.md")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)

# What is not run here, and why.
NOT_RUN = {
    r"pip install ": "installs from a package index",
    r"make (demo|test)\b": "installs, and takes minutes",
    r"npm pack ": "fetches from a package index",
    r"ray start |.* --cluster ": "needs Ray, which the tests do without",
    r"aftertone serve ": "runs until it is stopped; tests/serve has it",
    r"aftertone models fetch ": "asks the network for 480 MB",
    r"\.venv/bin/python -m benchmarks\.": "takes minutes, on recordings that are not in the checkout",
}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(language, text) for language, text in BLOCK.findall(text_of(page))]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(text: str) -> Iterator[tuple[str, list[str] | None]]:
    """Each command of a block, and the lines that it is shown to print; None where none are shown."""
    if not text.startswith("$ "):
        yield from ((line.strip(), None) for line in text.splitlines() if line.strip())
        return
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        yield command, lines


def is_run(command: str) -> bool:
    return not any(re.match(pattern, command) for pattern in NOT_RUN)


EVERY_COMMAND = [
    command
    for page in PAGES
    for language, text in blocks(page)
    if language in ("sh", "console")
    for command, _ in commands(text)
]
INLINE = {
    code for page in PAGES for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", BLOCK.sub("", text_of(page)))
}


def is_like(printed: Sequence[str], shown: Sequence[str]) -> bool:
    """Whether what is shown was printed, ``…`` standing for any lines."""
    parts = [part.strip("\n").split("\n") for part in re.split(r"^…$", "\n".join(shown), flags=re.MULTILINE)]
    parts = [[] if part == [""] else part for part in parts]
    at = 0
    for place, part in enumerate(parts):
        starts = [
            s for s in range(at, len(printed) - len(part) + 1) if list(printed[s : s + len(part)]) == part
        ]
        if place == 0:
            starts = [s for s in starts if s == 0]
        if place == len(parts) - 1 and part:
            starts = [s for s in starts if s == len(printed) - len(part)]
        if not starts:
            return False
        at = starts[0] + len(part)
    return at == len(printed) or parts[-1] == []


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("a b c", True),
        ("a b", False),
        ("a …", True),
        ("… c", True),
        ("a … c", True),
        ("b …", False),
        ("… d", False),
    ],
)
def test_what_is_left_out_may_be_anything(shown: str, expected: bool) -> None:
    assert is_like(["a", "b", "c"], shown.split()) is expected


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the recordings that the pages name, and a path with the commands of an install."""
    desk = tmp_path / "desk"
    for folder in (desk / "practice", desk / "calls", desk / ".venv" / "bin", tmp_path / "bin"):
        folder.mkdir(parents=True)
    samples = ROOT / "sample_audio"
    (desk / "sample_audio").symlink_to(samples)
    for name in ("message.wav", "practice/take1.wav", "practice/take2.wav", "calls/1.wav", "calls/2.wav"):
        shutil.copy(samples / "hang_up.wav", desk / name)  # nobody speaks, so that there is little to do
    shutil.copy(samples / "freeze_after_beep.wav", desk / "call.wav")
    (desk / "script.txt").write_text("Hello, this is a script.")
    for name, module in (("python", ""), ("aftertone", "-m aftertone ")):
        for folder in (tmp_path / "bin", desk / ".venv" / "bin"):
            (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module}"$@"\n')
            (folder / name).chmod(0o700)
    return desk


def clean_shell(desk: Path, model: str) -> dict[str, str]:
    """What a shell has in which nothing was activated, but for the place of this checkout and the weights."""
    return {
        "PATH": f"{desk.parent / 'bin'}:/usr/bin:/bin",
        "HOME": str(desk.parent),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(aftertone.__file__).parents[1]),
        "AFTERTONE_WHISPER_MODEL": str(find_model(model)),
        "AFTERTONE_CACHE": str(find_model("base").parent),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
    }


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_does_what_it_shows(page: Path, desk: Path) -> None:
    for language, text in blocks(page):
        # what a page prints was printed with base; elsewhere tiny.en does, and is quicker
        shell = clean_shell(desk, "base" if language == "console" or page.name == "README.md" else "tiny.en")
        if language == "json":
            (desk / "message.json").write_text(text)
        elif language == "toml":
            (desk / (re.match(r"# ([\w.-]+)", text) or ["", "example.toml"])[1]).write_text(text)
        elif language == "python":
            (desk / "script.py").write_text(checked(text))
            printed_by(["python", "script.py"], desk, shell)
        elif language in ("sh", "console"):
            for command, shown in commands(text):
                if is_run(command):
                    printed = printed_by(["sh", "-euc", command], desk, shell)
                    assert shown is None or is_like(printed, [line.rstrip() for line in shown]), printed


def printed_by(command: list[str], desk: Path, shell: dict[str, str]) -> list[str]:
    """The lines that a command prints; it must end well."""
    ran = subprocess.run(command, cwd=desk, env=shell, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command[-1]}\n{ran.stdout}\n{ran.stderr}"
    return [line.rstrip() for line in ran.stdout.strip().splitlines()]


def checked(text: str) -> str:
    """A script, with an assertion in place of each expression whose comment is a literal."""
    lines = [
        "def _same(found, told):",
        "    pairs = zip(found, told, strict=True) if isinstance(told, tuple) else [(found, told)]",
        "    assert all((round(f, 1) if isinstance(f, float) else f) == t for f, t in pairs), (found, told)",
    ]
    for line in text.splitlines():
        code, _, comment = line.partition("  # ")
        try:
            ast.literal_eval(comment)
            ast.parse(code, mode="eval")
        except (SyntaxError, ValueError):
            lines.append(line)
        else:
            lines.append(f"_same(({code}), {comment})")
    return "\n".join(lines) + "\n"


def test_a_value_in_a_comment_is_held_to() -> None:
    exec(checked("import math\nmath.pi, 1  # (3.1, 1)\nmath.pi  # half a turn\n"), {})
    with pytest.raises(AssertionError):
        exec(checked("1 + 1  # 3\n"), {})


def test_nothing_is_shown_in_a_block_that_is_not_run() -> None:
    """But for the picture of the commands, which has its own test."""
    untold = [(named(page), text) for page in PAGES for language, text in blocks(page) if not language]
    assert [page for page, _ in untold] == ["docs/commands.md"]
    languages = {language for page in PAGES for language, _ in blocks(page)}
    assert languages == {"", "sh", "console", "python", "json", "toml"}


def test_what_is_not_run_is_shown_somewhere() -> None:
    for pattern in NOT_RUN:
        assert any(re.match(pattern, command) for command in EVERY_COMMAND), pattern
    assert sum(map(is_run, EVERY_COMMAND)) > 30


def test_the_list_of_commands_has_each_and_no_other() -> None:
    (listed,) = (text for language, text in blocks(ROOT / "docs" / "commands.md") if not language)
    assert sorted(line.split()[1] for line in listed.splitlines()) == sorted(main.commands)


# ── what is named in the text ────────────────────────────────────────────────────────────────────────


def _options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _options(each)


def test_every_option_and_command_that_is_named_exists() -> None:
    known = {*_options(main), "--help", "--head"}
    ours = [
        code for code in {*INLINE, *EVERY_COMMAND} if not re.search(r"benchmarks|pip install|npm pack", code)
    ]
    assert {o for code in ours for o in re.findall(r"(?<![\w-])--[a-z][a-z-]+", code)} - known == set()
    started = {code.split()[1] for code in ours if re.match(r"aftertone [a-z]", code)}
    assert started
    assert started <= set(main.commands)


def test_every_benchmark_that_is_named_exists_with_its_options() -> None:
    asked: dict[str, set[str]] = {}
    for code in {*INLINE, *EVERY_COMMAND}:
        for name, rest in re.findall(r"\b(benchmarks\.\w+)(?![\w.])([^#`]*)", code):
            asked.setdefault(name, set()).update(re.findall(r"--[a-z][a-z-]+", rest))
    assert len(asked) > 10
    for name, options in asked.items():
        spec = find_spec(name)
        assert spec is not None, name
        source = Path(spec.origin or "").read_text(encoding="utf-8")
        assert all(f'"{option}"' in source for option in options), (name, options)


def test_what_make_is_asked_for_it_makes() -> None:
    rules = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    asked = {code.split()[1] for code in {*INLINE, *EVERY_COMMAND} if re.match(r"make [a-z]", code)}
    assert {"demo", "test"} <= asked <= set(rules)


# ── their length ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", SHOWN, ids=named)
def test_a_page_is_read_in_minutes(page: Path) -> None:
    most = 700 if page.name == "README.md" else 1_500
    assert page.name in REFERENCES or len(text_of(page).split()) <= most
