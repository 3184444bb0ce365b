"""From several channels to one: select those with speech, and average them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.silero import INPUT_DBOV, RATE_HZ, WINDOW, speech_probability

Channel: TypeAlias = "int | Literal['auto', 'mean', 'left', 'right']"

_FAINT_POWER_SHARE = 1e-4  # of the loudest channel's: 40 dB below is the hum of an unused line
_CANCELLED_POWER_SHARE = 0.25  # of the power that unrelated channels' mean has: equal ones correlate < -0.75
_SAME_CORRELATION = 0.95  # of the samples, with either sign: the same sound, with 13 dB of difference

# Longest run of windows with speech by silero: 0.22 s at most in five recorded noises, music and tones; 0.67
# s at least in 50 numbers of seven digits and in messages, also at 0 dB SNR.
_SPEECH_S = 0.5
_SPEECH_PROBABILITY = 0.5
_PIECE = 480 * WINDOW  # samples in one call of silero: 15 s
_PIECES_MAX = 40  # ten minutes, as long as voicemail systems record; half an hour would take 10 s

_BLOCK_SAMPLES = 1 << 18  # samples held as float64 at once: 2 MB

Blocks: TypeAlias = "list[NDArray[np.float32]]"


def channel_index(channel: Channel) -> int | None:
    """Index of the requested channel, from 0; None where several may be mixed. Else: ValueError.

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


def selected_channels(blocks: Blocks, channel: Channel = "auto") -> list[int]:
    """Indices of the channels whose mean is the recording; blocks of shape (n_samples, n_channels) at 16 kHz.

    Channels more than 40 dB below the loudest are left out. With "auto", so are channels without speech (half
    a second without a break in the first ten minutes, by silero), unless no channel has any, or all have the
    same sound. Where the channels all but cancel in their mean, the loudest alone is selected.
    """
    n_channels = blocks[0].shape[1]
    if n_channels == 1:
        return [0]
    covariance = _covariance(blocks)
    power = covariance.diagonal()
    selected = np.flatnonzero(power >= _FAINT_POWER_SHARE * power.max())
    if channel == "auto" and not _are_the_same(covariance[np.ix_(selected, selected)]):
        with_speech = [index for index in selected if _has_speech(blocks, int(index), float(power[index]))]
        selected = np.array(with_speech or selected)
    power_of_mean = covariance[np.ix_(selected, selected)].mean()
    if power_of_mean < _CANCELLED_POWER_SHARE * power[selected].mean() / selected.size:
        return [int(selected[power[selected].argmax()])]
    return [int(index) for index in selected]


def mixed_down(blocks: Blocks, selected: list[int]) -> NDArray[np.float32]:
    """Mean of the selected channels, shape (n_samples,).

    It empties the list: each block is freed once it is mixed, so that memory does not hold half an hour
    twice.
    """
    if len(blocks) == 1 and blocks[0].shape[1] == 1:
        return blocks[0].reshape(-1)
    first, *others = selected
    end = sum(map(len, blocks))
    mean = np.empty(end, np.float32)
    while blocks:  # from the end: the allocator returns memory to the system from there
        block = blocks.pop()
        part = mean[end - len(block) : end]
        part[:] = block[:, first]
        for index in others:
            part += block[:, index]
        part /= len(selected)
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
    """Whether all channels hold the same sound, at any level and with any sign."""
    deviation = np.sqrt(covariance.diagonal())
    return bool(np.all(np.abs(covariance) >= _SAME_CORRELATION * np.outer(deviation, deviation)))


def _has_speech(blocks: Blocks, index: int, power: float) -> bool:
    gain = np.float32(10 ** (INPUT_DBOV / 20) / np.sqrt(power))
    windows_min = round(_SPEECH_S * RATE_HZ / WINDOW)
    run = 0
    for piece in islice(_pieces(blocks, index), _PIECES_MAX):
        for is_speech in (speech_probability(gain * piece) > _SPEECH_PROBABILITY).tolist():
            run = run + 1 if is_speech else 0
            if run >= windows_min:
                return True
    return False


def _pieces(blocks: Blocks, index: int) -> Iterator[NDArray[np.float32]]:
    """A channel in pieces of 15 s, whatever the length of its blocks."""
    piece = np.empty(0, np.float32)
    for block in blocks:
        for start in range(0, len(block), _PIECE):
            piece = np.concatenate([piece, block[start : start + _PIECE, index]])
            if piece.size >= _PIECE:
                yield piece[:_PIECE]
                piece = piece[_PIECE:]
    if piece.size:
        yield piece
