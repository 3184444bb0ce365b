"""Multilayer perceptron with one hidden layer, which classifies each frame by the contours around it.

`vad` and `pitch` each have one. The inputs are not normalised: their mean and scale are in the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.contours import sigmoid
from aftertone.files import data_path

ARRAYS = ("hidden", "hidden_bias", "output", "output_bias")
"""Arrays of a file of weights."""
_FRAMES_AT_ONCE = 1_024  # the inputs of a whole recording would take up to 130 kB a second

Weights = Sequence[NDArray[np.float32]]
"""The arrays named in ARRAYS."""


@dataclass(frozen=True)
class FrameClassifier:
    """A classifier's weights (a file in ``models/``) and inputs.

    `groups` has, for each group of contours, their number, and the frames of them that are inputs, as offsets
    from the classified frame.
    """

    file: str
    groups: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def input_count(self) -> int:
        """Number of inputs."""
        return sum(count * len(offsets) for count, offsets in self.groups)

    def inputs(self, contours: NDArray[np.float32]) -> NDArray[np.float32]:
        """Inputs of each frame, shape (n_frames, input_count); `contours`: (n_frames, n_contours).

        The first and last frame are repeated beyond the recording's ends.
        """
        return self._inputs(self._padded(contours))

    def probability(
        self, contours: NDArray[np.float32], weights: Weights | None = None
    ) -> NDArray[np.float32]:
        """Probability of the positive class in each frame; `weights` replace those in `file`."""
        hidden, hidden_bias, output, output_bias = weights or stored_weights(self.file)
        padded, reach = self._padded(contours), self._reach
        score = np.empty(len(contours), np.float32)
        for first in range(0, len(contours), _FRAMES_AT_ONCE):
            activity = self._inputs(padded[first : first + _FRAMES_AT_ONCE + 2 * reach]) @ hidden
            activity += hidden_bias
            score[first : first + len(activity)] = np.maximum(activity, 0, out=activity) @ output
        return sigmoid(score + output_bias)

    @property
    def _reach(self) -> int:
        return max(abs(offset) for _, offsets in self.groups for offset in offsets)

    def _padded(self, contours: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.pad(contours, ((self._reach, self._reach), (0, 0)), mode="edge")

    def _inputs(self, contours: NDArray[np.float32]) -> NDArray[np.float32]:
        """Inputs of all frames except `_reach` at either end."""
        reach, around, first = self._reach, [], 0
        n_frames = len(contours) - 2 * reach
        for count, offsets in self.groups:
            group = contours.T[first : first + count]
            around += [group[:, reach + offset :][:, :n_frames] for offset in offsets]
            first += count
        return np.concatenate(around).T  # copying each input along time is five times as fast


@cache
def stored_weights(file: str) -> tuple[NDArray[np.float32], ...]:
    """The arrays named in ARRAYS, from a file in ``models/``."""
    with np.load(data_path(file)) as stored:
        return tuple(stored[name].astype(np.float32) for name in ARRAYS)
