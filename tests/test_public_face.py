"""The public names, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import aftertone

HEAVY = (
    *("librosa", "numba", "ctranslate2", "onnxruntime", "rich", "faster_whisper", "av", "pocketsphinx"),
    *("jinja2", "starlette", "uvicorn"),
)


def test_every_public_name_resolves_and_is_documented() -> None:
    for name in aftertone.__all__:
        value = getattr(aftertone, name)
        if name not in {"__version__", "MEASURES"}:
            assert value.__doc__, f"{name} has no docstring"
            assert value.__module__.startswith("aftertone."), f"{name} is not ours"


def test_all_names_have_a_module() -> None:
    assert set(aftertone.__all__) == set(aftertone._MODULE_OF) | {"__version__"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        aftertone.no_such_name  # noqa: B018


def _modules_after(code: str) -> set[str]:
    listing = f"{code}\nimport sys; print(*sorted(sys.modules), sep=chr(10))"
    return set(
        subprocess.run(
            [sys.executable, "-c", listing], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_importing_aftertone_brings_in_nothing_heavy() -> None:
    loaded = _modules_after("import aftertone")
    assert not [name for name in HEAVY if name in loaded]


def test_the_library_face_brings_in_nothing_heavy() -> None:
    loaded = _modules_after(
        "import aftertone as at; at.measure, at.read_audio, at.load_engine, at.review_many"
    )
    assert not [name for name in HEAVY if name in loaded]
