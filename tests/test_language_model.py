"""The mathematics of models/train_language_model.py, on models small enough to add up."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
WORDS = ["</s>", "<s>", "call", "me", "back", "now"]


@pytest.fixture(scope="module")
def lm() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lm", ROOT / "models" / "train_language_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["lm"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def counted(lm: ModuleType) -> Any:
    return lm.counted_model([["call", "me"], ["call", "me", "back"], ["call", "now"]] * 3, sorted(WORDS))


def total(lm: ModuleType, model: Any, *context: str) -> float:
    """The probabilities of all words after two, which are one together."""
    ids = {word: number for number, word in enumerate(model.words)}
    g, h = (ids[word] for word in context)
    keys = np.array([g << 2 * lm._SHIFT | h << lm._SHIFT | w for w in range(len(model.words))])
    return float(np.exp(model.logp_3(keys)).sum())


CONTEXTS = [("<s>", "call"), ("call", "me"), ("me", "back"), ("now", "call"), ("back", "now")]


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_contexts_probabilities_add_up(lm: ModuleType, counted: Any, context: tuple[str, str]) -> None:
    other = lm.counted_model([["me", "now"], ["back", "me", "now"]] * 2, sorted(WORDS))
    mixed = lm.mixed(counted, other, 0.5)
    for model in (counted, mixed, lm.pruned(mixed, 0.01, 0.01)):
        assert total(lm, model, *context) == pytest.approx(1.0, abs=2e-3)


def test_what_was_said_often_is_likely(lm: ModuleType, counted: Any) -> None:
    assert counted.logp_text(["call", "me"]) > counted.logp_text(["me", "call"])
    assert counted.logp_text(["call", "me", "back"]) > counted.logp_text(["call", "me", "now"])


def test_a_mixture_lies_between_its_parts(lm: ModuleType, counted: Any) -> None:
    other = lm.counted_model([["me", "now"], ["back", "me", "now"]] * 2, sorted(WORDS))
    for text in (["call", "me"], ["back", "me", "now"]):
        parts = sorted(model.logp_text(text) for model in (counted, other))
        assert parts[0] < lm.mixed(counted, other, 0.5).logp_text(text) < parts[1]


def test_pruning_leaves_out_ngrams_and_none_of_the_words(lm: ModuleType, counted: Any) -> None:
    small = lm.pruned(counted, 99.0, 99.0)
    assert small.keys[0].size == small.keys[1].size == 0
    assert small.words == counted.words
    assert np.exp(small.uni).sum() == pytest.approx(1.0)


def test_pocketsphinx_reads_what_is_written(lm: ModuleType, counted: Any, tmp_path: Path) -> None:
    from pocketsphinx import Config, LogMath, NGramModel

    path = tmp_path / "small.lm.bin"
    lm.write_binary(counted, path)
    logmath = LogMath()
    read: Any = NGramModel(Config(), logmath, str(path))
    ids = {word: number for number, word in enumerate(counted.words)}
    for g, h, w in [("<s>", "call", "me"), ("call", "me", "back"), ("back", "now", "me")]:
        key = ids[g] << 2 * lm._SHIFT | ids[h] << lm._SHIFT | ids[w]
        expected = float(counted.logp_3(np.array([key]))[0])
        assert logmath.log_to_ln(read.prob([w, h, g])) == pytest.approx(expected, abs=0.01)


def test_the_general_model_is_read_as_pocketsphinx_reads_it(lm: ModuleType) -> None:
    from pocketsphinx import Decoder

    decoder: Any = Decoder(loglevel="FATAL")
    read, general = decoder.get_lm(), lm.general_model()
    ids = {word: number for number, word in enumerate(general.words)}
    for g, h, w in [("one", "of", "the"), ("thank", "you", "very"), ("zebra", "the", "end")]:
        key = ids[g] << 2 * lm._SHIFT | ids[h] << lm._SHIFT | ids[w]
        expected = float(general.logp_3(np.array([key]))[0])
        assert decoder.logmath.log_to_ln(read.prob([w, h, g])) == pytest.approx(expected, abs=0.01)


def test_sentences_are_words_that_the_recogniser_can_hear(lm: ModuleType) -> None:
    sentences, again = (list(lm.Sentences().breaths(200)) for _ in range(2))
    assert sentences == again
    pronounced = lm.pronounced_words()
    for breath in sentences:
        assert breath
        assert all(word.removesuffix("'s") in pronounced or word in pronounced for word in breath), breath


def test_unseen_messages_are_not_among_the_sentences(lm: ModuleType) -> None:
    """No four words in a row of any digits-free line come from the rules word for word too often."""
    import re
    import tomllib

    text = (ROOT / "benchmarks" / "unseen_messages.toml").read_text(encoding="utf-8")
    lines = [
        re.sub(r"[^a-z' ]", " ", line.lower()).split()
        for message in tomllib.loads(text)["message"]
        for line in message["say"].strip().splitlines()
    ]
    drawn = {tuple(breath) for breath in lm.Sentences().breaths(3_000)}
    long = [tuple(line) for line in lines if len(line) > 6]
    assert len(long) > 60
    assert not drawn & set(long)
