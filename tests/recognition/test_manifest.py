"""The manifest of Whisper models."""

from __future__ import annotations

from pathlib import Path

import pytest

from aftertone.errors import ModelNotFoundError
from aftertone.recognition.manifest import default_model, known_models
from aftertone.recognition.weights import find_model


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


def test_unknown_name_says_the_nearest(bare_machine: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"did you mean 'small\.en'"):
        find_model("smal.en")
