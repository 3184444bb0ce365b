"""Fit the nets of `aftertone.acoustics.frame_classifier`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.frame_classifier import ARRAYS, Weights

HIDDEN = 32
SEED = 0


def fitted(
    rows: Sequence[NDArray[np.float32]],
    targets: Sequence[NDArray[np.bool_]],
    weights: Sequence[NDArray[np.float64]],
    *,
    frames_drawn: int,
    most_passes: int,
    batch_size: int = 200,
) -> Weights:
    """A net with the arrays of ARRAYS, fitted to frames that are drawn by weight.

    Parameters
    ----------
    rows : arrays of float32, shape (n_frames, n_inputs)
    targets : arrays of bool, shape (n_frames,)
    weights : arrays of float64, shape (n_frames,)
    frames_drawn : int
        Number of frames that are drawn.
    most_passes : int
        Most passes over these frames. Training stops earlier when a held-out tenth stops improving.
    batch_size : int
        Frames of a batch.

    Returns
    -------
    list of arrays of float32
    """
    from sklearn.neural_network import MLPClassifier

    table, target, weight = np.concatenate(rows), np.concatenate(targets), np.concatenate(weights)
    mean, scale = table.mean(axis=0), table.std(axis=0) + 1e-6
    drawn = np.random.default_rng(SEED).choice(len(table), frames_drawn, p=weight / weight.sum())
    net = MLPClassifier(
        (HIDDEN,),
        max_iter=most_passes,
        batch_size=batch_size,
        alpha=0.1,
        random_state=SEED,
        early_stopping=True,
    )
    net.fit((table[drawn] - mean) / scale, target[drawn])
    hidden = net.coefs_[0] / scale[:, None]
    parts = (hidden, net.intercepts_[0] - mean @ hidden, net.coefs_[1][:, 0], net.intercepts_[1])
    return [np.asarray(part, np.float32) for part in parts]


def save(path: Path, net: Weights) -> None:
    """Write a net, and print its size."""
    arrays: dict[str, Any] = dict(zip(ARRAYS, net, strict=True))
    np.savez(path, **arrays)
    print(path, path.stat().st_size, "bytes")
