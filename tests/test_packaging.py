"""What is built holds all that is needed, and works where nothing else is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from aftertone.recognition.manifest import known_models

ROOT = Path(__file__).resolve().parent.parent
needs_leave = pytest.mark.skipif(
    "AFTERTONE_INSTALL" not in os.environ, reason="installs from an index: run `make package`"
)
_NO_INDEX = ("Temporary failure in name resolution", "Failed to establish", "No matching distribution")

FROM_OUTSIDE = """
import aftertone as at
recording = at.read_audio("message.wav")
reveal_type(at.measure_sound(recording).pitch.spread_st)
reveal_type(at.review(recording).score)
at.measure_sound(3)
"""

# What each extra is for, done where it is the only one: a command, or Python.
USES = {
    "parquet": ("aftertone", "score", "message.flac", "--no-words", "--out", "rows.parquet"),
    "cluster": ("aftertone", "score", "message.flac", "--no-words", "--cluster", "local", "--out", "parts"),
    "remote": (
        "python",
        "-c",
        "import aftertone as at, fsspec, gcsfs, s3fs\n"
        "fsspec.filesystem('memory').put('message.flac', '/calls/message.flac')\n"
        "[outcome] = at.review_many('memory://calls', engine=None)\n"
        "assert outcome.review is not None, outcome.error",
    ),
    "serve": (
        "python",
        "-c",
        "from aftertone.practice.routes import practice_app\n"
        "from aftertone.practice.takes import Takes\n"
        "import uvicorn\nassert practice_app(Takes('takes'))",
    ),
    "eval": ("aftertone", "bench", "message.flac", "--engine", "none", "--repeats", "1", "--jobs", "1"),
    "bench": ("python", "-c", "import jiwer, matplotlib, mir_eval, opensmile, parselmouth, pyworld"),
    "voices": (
        "python",
        "-c",
        "import onnxruntime\n"
        "from aftertone.synthesis.packages import dictionary, network_weights\n"
        "assert network_weights() and dictionary('us')",
    ),
    "train": ("python", "-c", "import mir_eval, sklearn"),
    "base": ("aftertone", "score", "message.flac", "--engine", "whisper", "--model", "base", "--offline"),
    "tiny-en": (
        "aftertone",
        "score",
        "message.flac",
        "--engine",
        "whisper",
        "--model",
        "tiny.en",
        "--offline",
    ),
}


def test_the_extras_install_the_wheels_that_the_manifest_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    (own,) = (each for each in project["optional-dependencies"]["dev"] if each.startswith("aftertone["))
    for model in (each for each in known_models() if each.in_wheels is not None):
        assert model.in_wheels is not None
        wheels = [f"{wheel.distribution}=={wheel.version}" for wheel in model.in_wheels.wheels]
        assert project["optional-dependencies"][model.in_wheels.extra] == wheels
        assert set(wheels) <= set(pinned)
        assert model.in_wheels.extra in own.partition("[")[2].rstrip("]").split(",")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    for needed in ("build", "hatchling"):
        if find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed: pip install 'aftertone[dev]'")
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd=cwd, env=alone, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def _tracked(*folders: str) -> list[str]:
    try:
        listed = _run("git", "ls-files", *folders, cwd=ROOT)
    except (AssertionError, FileNotFoundError):
        pytest.skip("not a git checkout: what should be in is not known")
    return listed.splitlines()


def test_the_wheel_holds_every_tracked_file_of_the_package_and_the_models(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = [name.removeprefix("src/") for name in _tracked("src")]
    expected += [name.replace("models/", "aftertone/_models/", 1) for name in _tracked("models")]
    assert [name for name in expected if name not in inside] == []
    assert {
        "aftertone/py.typed",
        "aftertone/playbook/published/general.toml",
        "aftertone/_models/nuclei.npz",
    } <= inside
    assert "aftertone/report/page/report.html" in inside
    assert not [name for name in inside if not name.startswith("aftertone")]
    assert any(name.endswith("licenses/LICENSE") for name in inside)


def test_the_sdist_holds_every_tracked_file(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    missing = [name for name in _tracked() if name not in inside]
    assert missing == []


def _installed(built: Path, extra: str, folder: Path) -> Path:
    """Where the commands are of a new environment with the wheel, and nothing that it does not ask for."""
    (wheel,) = built.glob("*.whl")
    _run(sys.executable, "-m", "venv", folder)
    bin_ = folder / ("Scripts" if os.name == "nt" else "bin")
    asked = f"{wheel}[{extra}]" if extra else str(wheel)
    try:
        _run(bin_ / "python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", asked)
    except AssertionError as error:
        if any(sign in str(error) for sign in _NO_INDEX):
            pytest.skip("no package index can be reached")
        raise
    assert "No broken requirements" in _run(bin_ / "python", "-m", "pip", "check")
    return bin_


@needs_leave
@pytest.mark.slow
def test_a_wheel_in_an_empty_environment_scores_and_is_typed(built: Path, tmp_path: Path) -> None:
    bin_ = _installed(built, "", tmp_path / "empty")

    sample = ROOT / "sample_audio" / "hurried_number.flac"
    out, words = tmp_path / "reviews.json", tmp_path / "words.json"
    true = json.loads((ROOT / "sample_audio" / "truth" / "hurried_number.json").read_bytes())["words"]
    words.write_text(json.dumps({"words": true}), encoding="utf-8")
    replay = ("--engine", "replay", "--transcripts", words)
    shown = _run(bin_ / "aftertone", "score", sample, *replay, "--out", out, cwd=tmp_path)
    assert "1 recording scored against general" in shown
    (outcome,) = json.loads(out.read_bytes())["outcomes"]
    assert outcome["review"]["recording"] == sample.name
    assert "collections" in _run(bin_ / "aftertone", "playbooks", cwd=tmp_path)
    _run(bin_ / "aftertone", "score", sample, "--no-words", "--report", "page.html", "-q", cwd=tmp_path)
    assert (tmp_path / "page.html").stat().st_size > 100_000

    script = tmp_path / "outside.py"
    script.write_text(FROM_OUTSIDE)
    typed = subprocess.run(
        [sys.executable, "-m", "mypy", "--python-executable", bin_ / "python", "--strict", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MYPY"))},
        check=False,
    ).stdout
    assert 'Revealed type is "float | None"' in typed.replace("Union[float, None]", "float | None").replace(
        "builtins.", ""
    )
    assert "aftertone.playbook.judging.Score" in typed
    assert 'has incompatible type "int"; expected "Recording"' in typed
    assert "Found 1 error" in typed


@needs_leave
@pytest.mark.slow
@pytest.mark.parametrize("extra", USES)
def test_each_extra_alone_brings_what_it_is_for(built: Path, tmp_path: Path, extra: str) -> None:
    bin_ = _installed(built, extra, tmp_path / "empty")
    shutil.copy(ROOT / "sample_audio" / "hurried_number.flac", tmp_path / "message.flac")
    command, *arguments = USES[extra]
    _run(bin_ / command, *arguments, cwd=tmp_path)
