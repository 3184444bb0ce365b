"""From several channels to one: which are heard, and their mean."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.silero import LOUDEST_DBOV, WINDOW, likelihood_of_speech

Channel: TypeAlias = "int | Literal['auto', 'mean', 'left', 'right']"

_FAINT_POWER_SHARE = 1e-4  # a channel 40 dB under the loudest is a dead line's hum, not a second speaker
_CANCELLED_POWER_SHARE = 0.25  # of the mean's power if unrelated: equal channels correlate under -0.75
_SAME_CORRELATION = 0.95  # of the samples, with any sign: one sound on both channels, the rest 13 dB below

# Longest run of windows that silero takes for speech, at 0.5: 0.22 s at most in five recorded noises, music
# and tones; 0.67 s at least in 50 numbers of seven digits and in messages, also at 0 dB over noise.
_SPEECH_S = 0.5
_SPEECH_LIKELIHOOD = 0.5
_PIECE = 480 * WINDOW  # samples that silero is given at once: 15 s
_PIECES_MAX = 40  # ten minutes, as long as voicemail systems record; half an hour would take 10 s

_BLOCK_SAMPLES = 1 << 18  # what is taken up in float64 at once: 2 MB

Blocks: TypeAlias = "list[NDArray[np.float32]]"


def channel_index(channel: Channel) -> int | None:
    """The channel that is asked for, counted from 0; None where several may be mixed.

    Raises
    ------
    ValueError
        It is no number from 1 up, "left", "right", "mean" or "auto".

    Examples
    --------
    >>> channel_index(1), channel_index("right"), channel_index("auto")
    (0, 1, None)
    """
    if channel in ("auto", "mean"):
        return None
    number = {"left": 1, "right": 2}.get(channel, channel) if isinstance(channel, str) else channel
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError(
            f"channel is {channel!r}; expected a number from 1 up, 'left', 'right', 'mean' or 'auto'"
        )
    return number - 1


def heard_channels(blocks: Blocks, channel: Channel = "auto") -> list[int]:
    """The channels whose mean is the recording, counted from 0.

    Those that sound: no more than 40 dB under the loudest. With "auto", of these the ones with speech (half
    a second without a break in the first ten minutes, by silero), unless none has any, or all have the same
    sound. Where the mean of them all but cancels, the loudest alone.

    Parameters
    ----------
    blocks : list of float32, each of shape (n_samples, n_channels)
        At 16 kHz.
    """
    n_channels = blocks[0].shape[1]
    if n_channels == 1:
        return [0]
    covariance = _covariance(blocks)
    power = covariance.diagonal()
    heard = np.flatnonzero(power >= _FAINT_POWER_SHARE * power.max())
    if channel == "auto" and not _are_the_same(covariance[np.ix_(heard, heard)]):
        speaking = [index for index in heard if _has_speech(blocks, int(index), float(power[index]))]
        heard = np.array(speaking or heard)
    of_mean = covariance[np.ix_(heard, heard)].mean()  # the power of the channels' mean
    if of_mean < _CANCELLED_POWER_SHARE * power[heard].mean() / heard.size:
        return [int(heard[power[heard].argmax()])]
    return [int(index) for index in heard]


def mixed(blocks: Blocks, heard: list[int]) -> NDArray[np.float32]:
    """The mean of some channels, shape (n_samples,).

    The list is emptied: each block is let go as it is mixed, so that half an hour is not held twice.
    """
    if len(blocks) == 1 and blocks[0].shape[1] == 1:
        return blocks[0].reshape(-1)
    first, *others = heard
    end = sum(map(len, blocks))
    mean = np.empty(end, np.float32)
    while blocks:  # from the end: the allocator gives memory back to the system from there
        block = blocks.pop()
        part = mean[end - len(block) : end]
        part[:] = block[:, first]
        for index in others:
            part += block[:, index]
        part /= len(heard)
        end -= len(block)
    return mean


def _covariance(blocks: Blocks) -> NDArray[np.float64]:
    n_channels = blocks[0].shape[1]
    total, products = np.zeros(n_channels), np.zeros((n_channels, n_channels))
    for block in blocks:
        for start in range(0, len(block), _BLOCK_SAMPLES):
            part = block[start : start + _BLOCK_SAMPLES].astype(np.float64)
            total += np.ones(len(part)) @ part
            products += part.T @ part
    n_samples = sum(map(len, blocks))
    return np.asarray(products / n_samples - np.outer(total, total) / n_samples**2)


def _are_the_same(covariance: NDArray[np.float64]) -> bool:
    """Whether each channel is every other one, louder or softer or turned."""
    deviation = np.sqrt(covariance.diagonal())
    return bool(np.all(np.abs(covariance) >= _SAME_CORRELATION * np.outer(deviation, deviation)))


def _has_speech(blocks: Blocks, index: int, power: float) -> bool:
    gain = np.float32(10 ** (LOUDEST_DBOV / 20) / np.sqrt(power))
    least = round(_SPEECH_S * 16_000 / WINDOW)
    run = 0
    for piece in islice(_pieces(blocks, index), _PIECES_MAX):
        for is_speech in (likelihood_of_speech(gain * piece) > _SPEECH_LIKELIHOOD).tolist():
            run = run + 1 if is_speech else 0
            if run >= least:
                return True
    return False


def _pieces(blocks: Blocks, index: int) -> Iterator[NDArray[np.float32]]:
    """A channel in pieces of 15 s, wherever its blocks end."""
    piece = np.empty(0, np.float32)
    for block in blocks:
        for start in range(0, len(block), _PIECE):
            piece = np.concatenate([piece, block[start : start + _PIECE, index]])
            if piece.size >= _PIECE:
                yield piece[:_PIECE]
                piece = piece[_PIECE:]
    if piece.size:
        yield piece
