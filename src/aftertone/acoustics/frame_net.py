"""A small net that judges each frame by contours around it: what `speech_net` and `voicing_net` share.

The net has one hidden layer. It takes its inputs as they come: their mean and scale are in its weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from aftertone.files import data_path

PARTS = ("hidden", "hidden_bias", "output", "output_bias")
"""Arrays of a net's file."""
_FRAMES_AT_ONCE = 1_024  # through the net: all of a recording's inputs would take up to 130 kB a second

Weights = Sequence[NDArray[np.float32]]


@dataclass(frozen=True)
class FrameNet:
    """A net, and what it sees.

    Attributes
    ----------
    file : str
        Its weights, in ``models/``.
    views : tuple of (int, tuple of int)
        For each group of contours: how many they are, and which frames of them the net sees, about the frame
        that it judges.
    """

    file: str
    views: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def input_count(self) -> int:
        """How many numbers the net sees of a frame."""
        return sum(count * len(offsets) for count, offsets in self.views)

    def inputs(self, contours: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the net judges each frame by, float32, shape (n_frames, input_count); the ends are drawn out.

        Parameters
        ----------
        contours : float32 array, shape (n_frames, n_contours)
            The groups of `views` side by side.
        """
        return self._inputs(self._drawn_out(contours))

    def likelihood(
        self, contours: NDArray[np.float32], weights: Weights | None = None
    ) -> NDArray[np.float32]:
        """How likely each frame is what the net looks for, 0 to 1, float32, shape (n_frames,).

        Parameters
        ----------
        contours : float32 array, shape (n_frames, n_contours)
            As of `inputs`.
        weights : arrays of PARTS, optional
            Of another net than that of `file`.
        """
        hidden, hidden_bias, output, output_bias = weights or stored_weights(self.file)
        drawn_out, reach = self._drawn_out(contours), self._reach
        score = np.empty(len(contours), np.float32)
        for first in range(0, len(contours), _FRAMES_AT_ONCE):
            activity = self._inputs(drawn_out[first : first + _FRAMES_AT_ONCE + 2 * reach]) @ hidden
            activity += hidden_bias
            score[first : first + len(activity)] = np.maximum(activity, 0, out=activity) @ output
        return np.asarray(1 / (1 + np.exp(-(score + output_bias))), np.float32)

    @property
    def _reach(self) -> int:
        return max(abs(offset) for _, offsets in self.views for offset in offsets)

    def _drawn_out(self, contours: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.pad(contours, ((self._reach, self._reach), (0, 0)), mode="edge")

    def _inputs(self, contours: NDArray[np.float32]) -> NDArray[np.float32]:
        """The inputs of all frames but `_reach` at either end, which only surround others."""
        reach, around, first = self._reach, [], 0
        n_frames = len(contours) - 2 * reach
        for count, offsets in self.views:
            group = contours.T[first : first + count]
            around += [group[:, reach + offset :][:, :n_frames] for offset in offsets]
            first += count
        return np.concatenate(around).T  # each input along time: five times as fast to copy


@cache
def stored_weights(file: str) -> tuple[NDArray[np.float32], ...]:
    """The arrays of PARTS in a file of ``models/``."""
    with np.load(data_path(file)) as stored:
        return tuple(stored[name].astype(np.float32) for name in PARTS)
