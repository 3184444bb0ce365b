from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from aftertone.errors import ModelNotFoundError
from aftertone.models import (
    MODEL_VARIABLE,
    NEEDED_FILES,
    data_path,
    default_model,
    fetch_model,
    find_model,
    is_folder_name,
    known_models,
    verify_model,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache, and no way to a network."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))

    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tmp_path


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

    assert {model.name: utils._MODELS[model.name] for model in known_models()} == {
        model.name: model.repository for model in known_models()
    }


def test_default_knows_the_language() -> None:
    assert default_model("de").speaks("de")
    assert not default_model("en").speaks("de")


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
    for way in (f"`aftertone models fetch {name}`", "--model FOLDER", MODEL_VARIABLE, *NEEDED_FILES):
        assert way in str(caught.value)
    folder = cached(hub, "Systran/faster-whisper-tiny.en")
    assert find_model(name).samefile(folder)


def test_broken_off_fetch_is_not_found(hub: Path) -> None:
    cached(hub, "owner/name", NEEDED_FILES[1:])
    with pytest.raises(ModelNotFoundError):
        find_model("owner/name")


def test_unknown_name_says_the_nearest(hub: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"did you mean 'small\.en'"):
        find_model("smal.en")


def test_fetch_reports_bytes_and_verifies(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    wanted: dict[str, Any] = {}

    def snapshot_download(repository: str, **options: Any) -> str:
        """As the hub's client does: bars for files and for bytes, whose total grows."""
        wanted.update(options, repository=repository)
        files = options["tqdm_class"](total=5, desc="Fetching 5 files")
        data = options["tqdm_class"](total=0, initial=0, unit="B", unit_scale=True)
        for size in (30, 70):
            data.total += size
            data.refresh()
            data.update(size)
            files.update(1)
        return str(cached(hub, repository))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    seen: list[tuple[int, int]] = []
    folder = fetch_model("tiny.en", lambda done, total: seen.append((done, total)))
    assert seen == [(30, 30), (100, 100)]
    assert wanted["repository"] == "Systran/faster-whisper-tiny.en"
    assert set(NEEDED_FILES) < set(wanted["allow_patterns"])
    assert verify_model(folder) == folder


def test_fetch_without_network_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))

    def unreachable(*args: Any, **options: Any) -> None:
        raise OSError("network is unreachable")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    monkeypatch.setattr(socket.socket, "connect", unreachable)
    with pytest.raises(ModelNotFoundError, match=r"tiny\.en.*could not be fetched.*--model FOLDER"):
        fetch_model("tiny.en")
