"""The best path through a lattice, many stretches of it at once.

Viterbi's recursion is a matrix product in which (max, +) stands for (+, ×), and that product is associative.
So the frames are cut into about 2·√n stretches that advance together, each for every state that it might be
entered in; the stretches are then chained, and all of them traced back together. The path is exact, and
takes about 3.5·√n steps of array arithmetic in place of n.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEVER = np.float32(-1e6)  # the worth of what cannot be; finite, so that sums stay numbers


def stretch_count(n_frames: int) -> int:
    """Into how many stretches a lattice of so many frames is best cut.

    >>> stretch_count(2_000)
    89
    """
    return max(1, round(2 * float(np.sqrt(n_frames))))


def in_stretches(values: NDArray[np.float32], fill: float) -> NDArray[np.float32]:
    """Frames as steps of stretches: (n_frames, n_states) to (n_steps, n_states, n_stretches).

    Frames that fill up the last stretch hold `fill`.
    """
    n_frames, n_states = values.shape
    n_stretches = stretch_count(n_frames)
    n_steps = -(-n_frames // n_stretches)
    padded = np.full((n_stretches * n_steps, n_states), fill, np.float32)
    padded[:n_frames] = values
    return np.ascontiguousarray(padded.reshape(n_stretches, n_steps, n_states).transpose(1, 2, 0))


def best_path(worth: NDArray[np.float32], change: NDArray[np.float32]) -> NDArray[np.intp]:
    """The states whose summed worth is greatest.

    Parameters
    ----------
    worth : float32, shape (n_steps, n_states, n_stretches)
        What each state is worth in each frame, as `in_stretches` lays frames out.
    change : float32, shape (n_steps, n_states, n_states, n_stretches)
        What going from one state (second axis) in the frame before to another (third axis) in this frame
        adds; that of the first frame is not looked at.

    Returns
    -------
    intp, shape (n_steps * n_stretches,)
        The state of each frame.

    Examples
    --------
    One frame that prefers state 1 is not worth two changes at 1.0 each.

    >>> worth = np.array([[2, 0], [2, 0], [0, 1], [2, 0]], np.float32)
    >>> change = np.broadcast_to(np.eye(2, dtype=np.float32)[None, :, :, None] - 1, (1, 2, 2, 4))
    >>> best_path(in_stretches(worth, 0), change)
    array([0, 0, 0, 0])
    """
    n_steps, n_states, n_stretches = worth.shape
    # best sums from each stretch's entry (its frame 0), (state, entered, stretch): of its last frame, at last
    totals = np.full((n_states, n_states, n_stretches), NEVER, np.float32)
    totals[np.arange(n_states), np.arange(n_states)] = worth[0]
    ways = np.empty((n_states, n_states, n_states, n_stretches), np.float32)
    for t in range(1, n_steps):
        np.add(totals[:, None], change[t][:, :, None], out=ways)
        np.maximum.reduce(ways, axis=0, out=totals)
        totals += worth[t][:, None]

    # chain the stretches: which state is each left in on the best path
    np.add(totals[:, None], change[0], out=ways)  # (left, left before, entered, stretch)
    onward = np.ascontiguousarray(ways.max(axis=2).transpose(2, 0, 1))  # (stretch, left, left before)
    sums = np.empty((n_stretches, n_states), np.float32)  # best up to each state left in
    totals[:, :, 0].max(axis=1, out=sums[0])
    for b in range(1, n_stretches):
        onward[b] += sums[b - 1]
        np.maximum.reduce(onward[b], axis=1, out=sums[b])
    left_before = onward.argmax(axis=2).tolist()
    left = np.empty(n_stretches, np.intp)
    last = int(sums[-1].argmax())
    for b in range(n_stretches - 1, -1, -1):
        left[b] = last
        last = left_before[b][last]

    # the same sums once more, of the state that each stretch is entered from: all of them would be five times
    # as many to keep
    each = np.arange(n_stretches)
    taken = np.empty((n_steps, n_states, n_stretches), np.float32)
    taken[0] = worth[0]
    taken[0, :, 1:] += change[0, left[:-1], :, each[1:]].T
    for t in range(1, n_steps):
        np.add(taken[t - 1][:, None], change[t], out=ways[0])
        np.maximum.reduce(ways[0], axis=0, out=taken[t])
        taken[t] += worth[t]
    state = np.empty((n_steps, n_stretches), np.intp)
    state[-1] = left
    changes = change.reshape(n_steps, n_states, -1)
    for t in range(n_steps - 1, 0, -1):
        ways_back = changes[t].take(state[t] * n_stretches + each, axis=1)
        ways_back += taken[t - 1]
        ways_back.argmax(axis=0, out=state[t - 1])
    return state.T.reshape(-1)
