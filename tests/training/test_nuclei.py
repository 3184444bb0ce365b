"""Training of the syllable net: gradients, weights of labels, and learning."""

from __future__ import annotations

import numpy as np
import pytest

from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import CONTEXT, N_INPUTS, SECOND_CONTEXT, STEP, context_of, probability
from training.nuclei import CROP, DECAY, HIDDEN, Array, Example, Net, presented, slopes, trained


def some_net(seed: int) -> Net:
    draw = np.random.default_rng(seed)
    n_first, n_second = len(CONTEXT) * N_INPUTS, len(SECOND_CONTEXT) * HIDDEN[0]
    shapes = ((n_first, HIDDEN[0]), HIDDEN[:1], (n_second, HIDDEN[1]), HIDDEN[1:], HIDDEN[1:], (1,))
    return [draw.normal(0, 0.1, shape).astype(np.float32) for shape in shapes]


def seen_of(sonority: Array) -> Array:
    """Inputs of a crop that begins with the first frame."""
    padded, origin = context_of(sonority)
    at = origin + np.arange(-max(SECOND_CONTEXT), STEP * CROP + max(SECOND_CONTEXT), STEP)
    seen: Array = padded[at[:, None] + np.asarray(CONTEXT)].reshape(1, len(at), -1)
    return seen


def cross_entropy(net: Net, sonority: Array, target: Array) -> float:
    likely = probability(sonority, [net])[::STEP].astype(np.float64)
    decayed = DECAY / 2 * sum(float(np.sum(net[i].astype(np.float64) ** 2)) for i in (0, 2, 4))
    return float(-np.mean(target * np.log(likely) + (1 - target) * np.log(1 - likely))) + decayed


@pytest.mark.parametrize("of", range(6))
def test_gradients_match_differences_of_the_loss(of: int) -> None:
    draw = np.random.default_rng(of)
    sonority = draw.normal(0, 1, (STEP * CROP, N_INPUTS)).astype(np.float32)
    target = draw.uniform(0, 1, (1, CROP)).astype(np.float32)
    net = some_net(of)
    slope = slopes(net, seen_of(sonority), target, np.ones_like(target))[of]
    along = draw.normal(0, 1, slope.shape).astype(np.float32)
    along *= 0.02 / np.linalg.norm(along)
    moved = [[part + sign * along if i == of else part for i, part in enumerate(net)] for sign in (1, -1)]
    after, before = (cross_entropy(each, sonority, target[0]) for each in moved)
    assert (after - before) / 2 == pytest.approx(float(np.sum(slope * along)), rel=0.05, abs=2e-6)


def example(sonority: Array, nuclei: list[float]) -> Example:
    spans = [(frame / 100 - 0.05, frame / 100 + 0.05) for frame in nuclei]
    judged = Interval(0.0, len(sonority) / 100)
    return Example(
        "synthetic", "none", "clean", spans, judged, len(spans), 1.0, sonority, sonority[:, 5], nuclei
    )


def pulses(seed: int) -> Example:
    """An example with a pulse every 0.2 s."""
    draw = np.random.default_rng(seed)
    nuclei = [float(frame) for frame in range(20, 280, 20)]
    sonority = draw.normal(-1, 0.1, (300, N_INPUTS)).astype(np.float32)
    distance = np.abs(np.arange(300)[:, None] - np.array(nuclei)).min(axis=1)
    sonority += 2 * np.exp(-0.5 * (distance / 4) ** 2)[:, None].astype(np.float32)
    return example(sonority, nuclei)


def test_unlabelled_frames_have_no_weight() -> None:
    one = pulses(0)
    cut = Example(**{**vars(one), "judged": Interval(1.0, 2.0)})
    _, target, weight, _ = presented([cut], np.random.default_rng(0))
    assert 0.3 < weight.sum() / presented([one], np.random.default_rng(0))[2].sum() < 0.37
    assert target.max() == pytest.approx(1.0, abs=0.05)


def test_a_net_learns_the_places_of_pulses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.nuclei.EPOCHS", 8)
    monkeypatch.setattr("training.nuclei.RELABEL_AT", (6,))
    net = trained([pulses(seed) for seed in range(12)], seed=0)
    unseen = pulses(99)
    likely = probability(unseen.sonority, [net])
    at = np.array(unseen.nuclei, int)
    assert likely[at].mean() > 0.5 > 0.3 > likely[at + 10].mean()
