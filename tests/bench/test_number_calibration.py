"""The fit recovers known weights, and its tables count right numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from aftertone.language.callback.decision import WEIGHTS, Evidence, Weights, decide
from aftertone.language.transcript import DigitString
from benchmarks.number_calibration import (
    NAMES,
    LabelledReading,
    Prediction,
    accuracy_table,
    choices,
    fitted,
    reliability_table,
)

STRINGS = (
    DigitString("312555014", -1.0, -9.0),
    DigitString("3125550143", -2.0, -4.0),
    DigitString("5550143", -3.0, -6.0),
)


def probabilities(evidence: Evidence, weights: Weights) -> tuple[tuple[str, ...], np.ndarray]:
    strings, features, priors = choices(evidence, "US")
    scores = features @ [getattr(weights, name) for name in NAMES] + priors
    return strings, np.exp(scores - np.logaddexp.reduce(scores))


@pytest.mark.parametrize("written", [each.digits for each in STRINGS])
@pytest.mark.parametrize("nuclei_count", [None, 9, 12])
def test_the_fit_and_the_decision_have_the_same_probabilities(written: str, nuclei_count: int | None) -> None:
    evidence = Evidence(written, False, STRINGS, nuclei_count)
    decision = decide([evidence], "US")
    strings, shares = probabilities(evidence, WEIGHTS)
    assert decision.probability == pytest.approx(shares[strings.index(decision.number)])
    assert decision.number in (strings[int(shares[:-1].argmax())], written)


def drawn(count: int, weights: Weights) -> Iterator[LabelledReading]:
    """Readings with truths that are drawn from the probabilities of the weights."""
    draw = np.random.default_rng(0)
    for _ in range(count):
        shares = draw.dirichlet((1, 1, 1, 0.3))
        strings = tuple(
            DigitString(each.digits, float(np.log(share)), float(draw.uniform(-10, -1)))
            for each, share in zip(STRINGS, shares, strict=False)
        )
        evidence = Evidence(strings[int(draw.integers(3))].digits, False, strings, int(draw.integers(8, 14)))
        names, chances = probabilities(evidence, weights)
        yield LabelledReading(evidence, "US", names[int(draw.choice(4, p=chances))])


def test_the_fit_recovers_known_weights() -> None:
    true = replace(WEIGHTS, numeral=0.8, spaced=0.3, syllables=0.4, words=1.0)
    found = fitted(drawn(3_000, true))
    for name in ("numeral", "spaced", "syllables", "words"):
        assert getattr(found, name) == pytest.approx(getattr(true, name), abs=0.2), name
    assert found.change == WEIGHTS.change
    assert fitted(drawn(3_000, replace(true, spaced=0.0))).spaced == pytest.approx(0.0, abs=0.05)


def test_a_reading_with_right_words_and_a_wrong_decision_is_worse() -> None:
    right = LabelledReading(Evidence("3125550143", False, STRINGS, 12), "US", "3125550143")
    wrong = replace(right, truth="5550143")
    against = replace(WEIGHTS, words=-20.0)
    rows = dict(accuracy_table({"a": ([right, wrong], WEIGHTS), "b": ([right], against)}).rows)
    assert list(rows["a"].values())[:4] == [2, 1, 1, 0]
    assert list(rows["b"].values())[:4] == [1, 1, 0, 1]


def test_bands_have_mean_probability_and_share_of_right_numbers() -> None:
    predictions = [
        *(Prediction(str(at), 0.95, True) for at in range(3)),
        Prediction("a", 1.0, False),
        Prediction("b", 0.6, True),
        Prediction("c", 0.6, True),
    ]
    rows = dict(reliability_table("probability", predictions).rows)
    assert [rows[band]["n"] for band in rows] == [0, 2, 0, 0, 4]
    assert rows["0.95 to 1"]["right %"] == pytest.approx(75)
    assert rows["0.95 to 1"]["mean probability %"] == pytest.approx(96.25)
    assert rows["0 to 0.5"]["right %"] is None
    assert rows["0.5 to 0.7"]["95 %"] == "16 to 100"  # two of two
