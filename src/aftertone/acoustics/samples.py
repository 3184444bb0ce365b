"""Raw samples: check, scale, count clipped ones, collect and resample."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.contours import runs
from aftertone.errors import (
    AudioEmptyError,
    AudioFormatError,
    AudioSamplesError,
    AudioSilentError,
    AudioTooLongError,
    AudioTooShortError,
    AudioTruncatedError,
)

MIN_DURATION_S = 0.1  # shorter than one syllable (0.2 s at 5 syllables/s), so no message
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 4_000, 768_000  # half the telephone's rate; the fastest converters sold
_LARGEST_SAMPLE = 1_000.0  # 60 dB above full scale: such floats are integers that nobody scaled
_CHANNELS_MAX = 2  # of the longest recording that fit in memory: 230 MB at 16 kHz
_BLOCK_SAMPLES = 1 << 20  # resampled at once: 4 MB of float32, a usual message

# ---- clipping ----
CLIPPED_RUN = 3  # equal samples; one or two are the top of any wave
CLIPPED_RATIO = 3.0
# Least ratio of the samples at the extreme value to those at the next value: clipping piles them up there.
# An unclipped sine of few steps has 1 + sqrt(2) = 2.4; speech has less.


def whole_rate_hz(rate_hz: Any, name: str) -> int:
    """Sampling rate as an integer; AudioSamplesError if it is not a whole number within bounds."""
    is_number = isinstance(rate_hz, Real) and not isinstance(rate_hz, bool)
    if not (is_number and float(rate_hz).is_integer() and LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ):
        raise AudioSamplesError(
            f"{name}: its rate is {rate_hz!r}; expected a whole number of samples per second "
            f"from {LOWEST_RATE_HZ:,} to {HIGHEST_RATE_HZ:,}: check the header, or the rate that was passed"
        )
    return int(rate_hz)


def full_scale(samples: NDArray[Any], name: str) -> NDArray[np.float32]:
    """Samples of any supported dtype as float32 with full scale 1.0."""
    if samples.dtype == np.float32:
        return samples
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if kind == "f":
        with np.errstate(over="ignore"):  # it becomes infinity, which `value_range` refuses
            scaled: NDArray[np.float32] = samples.astype(np.float32)
        return scaled
    if kind in "iu" and bits <= 32:
        scaled = samples.astype(np.float32) * np.float32(2.0 ** (1 - bits))
        return scaled - np.float32(1.0) if kind == "u" else scaled
    raise AudioSamplesError(
        f"{name}: samples are {samples.dtype}, of unknown full scale; "
        "expected float32, float64, int16 or int32: convert them first"
    )


def value_range(channels: NDArray[np.float32], name: str) -> tuple[Any, Any]:
    """Lowest and highest sample of each channel; channels of shape (n_samples, n_channels).

    AudioSamplesError if a sample is NaN, infinite, or far beyond full scale.
    """
    by_channel = channels.T.copy() if channels.shape[1] > 1 else channels.reshape(1, -1)
    low, high = by_channel.min(axis=1), by_channel.max(axis=1)  # both are NaN if a sample is
    if np.all(low >= -_LARGEST_SAMPLE) and np.all(high <= _LARGEST_SAMPLE):
        return low, high
    bad_count = int(np.count_nonzero(~np.isfinite(channels)))
    found = (
        f"{bad_count} of {channels.size} samples are NaN or infinite"
        if bad_count
        else f"samples reach {max(-float(low.min()), float(high.max())):,.0f} times full scale"
    )
    raise AudioSamplesError(
        f"{name}: {found}; expected finite samples at full scale 1.0: export it again, or scale it"
    )


def chosen_channel(block: NDArray[np.float32], channel: int | None, name: str) -> NDArray[np.float32]:
    """One channel of samples of shape (n_samples, n_channels), or all of them for None.

    AudioFormatError if there is no such channel.
    """
    if channel is None:
        return block
    n_channels = block.shape[1]
    if channel >= n_channels:
        raise AudioFormatError(
            f"{name}: has {n_channels} channel{'s' * (n_channels != 1)}; expected a channel {channel + 1}: "
            "choose one that is there, or leave the choice out"
        )
    return block[:, [channel]]


def clipped_count(samples: NDArray[np.float32]) -> int:
    """Number of clipped samples: those in runs of `CLIPPED_RUN` at the extreme value, where many pile up.

    It counts one channel before any resampling, which rounds the corners off.

    >>> wave = np.sin(2 * np.pi * 0.01 * np.arange(1_000)).astype(np.float32)
    >>> clipped_count(wave), clipped_count(np.minimum(wave, np.float32(0.8)))
    (0, 210)
    """
    if samples.size < CLIPPED_RUN:
        return 0
    top, bottom, middle = float(samples.max()), float(samples.min()), float(samples.mean())
    far = max(top - middle, middle - bottom) / 2  # digital silence beside a one-sided sound is not clipped
    count = _count_at(samples, top) if top - middle > far else 0
    return count + (_count_at(samples, bottom) if middle - bottom > far else 0)


def _count_at(samples: NDArray[np.float32], extreme: float) -> int:
    is_extreme = samples == np.float32(extreme)
    if np.count_nonzero(is_extreme) < CLIPPED_RUN:  # the case of nearly all unclipped recordings
        return 0
    starts, ends = runs(is_extreme)
    lengths = ends - starts
    count = int(lengths[lengths >= CLIPPED_RUN].sum())
    others = samples[~is_extreme]
    if not count or not others.size:  # a constant is not clipped
        return 0
    next_value = others.max() if others[0] < extreme else others.min()
    return count if count >= CLIPPED_RATIO * np.count_nonzero(others == next_value) else 0


class SampleCollector:
    """Takes decoded blocks, checks them, and keeps them at the analysis rate.

    It refuses samples that are too long, not finite, or all the same. So memory is bounded by the limit, and
    not by the length that a header declares. Error messages begin with `name`. `channel` is the index of the
    one to keep; None keeps all.
    """

    def __init__(self, name: str, rate_hz: int, max_duration_s: float, channel: int | None = None) -> None:
        self.name = name
        self.rate_hz = rate_hz
        self.channel = channel
        self.max_duration_s = max_duration_s
        self.source_rate_hz = 0
        self.sample_count = 0
        self.declared_s: float | None = None
        self.is_known_format = False
        self.failure: Exception | None = None
        self._tolerance_s = 0.0
        self._source_channels = 0
        self._kept_channels = 0
        self._pending: list[NDArray[np.float32]] = []
        self._pending_count = 0
        self._kept: list[NDArray[np.float32]] = []
        self._resampler: Any = None
        self._low = np.float32(np.inf)
        self._high = np.float32(-np.inf)
        self._clipped_counts = np.zeros(1, np.int64)  # of each channel

    def emptied(self) -> SampleCollector:
        """A collector without samples, with the same limits, declared length and known format."""
        fresh = SampleCollector(self.name, self.rate_hz, self.max_duration_s, self.channel)
        fresh.declared_s, fresh._tolerance_s = self.declared_s, self._tolerance_s
        fresh.is_known_format = self.is_known_format
        return fresh

    @property
    def duration_s(self) -> float:
        """Seconds collected so far."""
        return self.sample_count / self.source_rate_hz if self.source_rate_hz else 0.0

    def declare(self, seconds: float, tolerance_s: float) -> None:
        """Store the length that a header declares; raise at once if it is over the limit."""
        self._check_duration(seconds)
        self.declared_s, self._tolerance_s = seconds, tolerance_s

    def add(self, block: NDArray[np.float32], rate_hz: int) -> None:
        """Add samples of shape (n_samples, n_channels)."""
        if not self.source_rate_hz:
            self.source_rate_hz, self._source_channels = whole_rate_hz(rate_hz, self.name), block.shape[1]
            self._kept_channels = chosen_channel(block, self.channel, self.name).shape[1]
        if (rate_hz, block.shape[1]) != (self.source_rate_hz, self._source_channels):
            raise AudioFormatError(
                f"{self.name}: changes from {self._source_channels} channels at {self.source_rate_hz} Hz "
                f"to {block.shape[1]} at {rate_hz} Hz after {self.duration_s:.2f} s; "
                "expected one format throughout: convert it to WAV"
            )
        self.sample_count += block.shape[0]
        self._check_duration(self.duration_s)
        self._check_memory()
        block = chosen_channel(block, self.channel, self.name)
        self._pending.append(block)
        self._pending_count += block.size
        if self._pending_count >= _BLOCK_SAMPLES:
            self._flush()

    def add_silence(self, seconds: float, rate_hz: int) -> None:
        """Add zeros in place of what a codec did not send."""
        self._check_duration(self.duration_s + seconds)
        channel_count = self._source_channels or 1
        block = np.zeros((_BLOCK_SAMPLES // channel_count, channel_count), np.float32)
        for start in range(0, count := round(seconds * rate_hz), len(block)):
            self.add(block[: count - start], rate_hz)

    def blocks(self) -> list[NDArray[np.float32]]:
        """All samples, in blocks of shape (n_samples, n_channels) at `rate_hz`; call it once, at the end.

        The collector keeps no reference: memory is freed when the caller empties the list.
        AudioTruncatedError, AudioEmptyError, AudioTooShortError or AudioSilentError says what is wrong with
        the samples.
        """
        if self.declared_s is not None and self.declared_s - self.duration_s > self._tolerance_s:
            of = "" if math.isinf(self.declared_s) else f" of the {self.declared_s:.2f} s in its header"
            raise AudioTruncatedError(
                f"{self.name}: is cut off after {self.duration_s:.2f} s{of}; expected a whole file: copy or "
                "download it again, or save the part that is there as a new file"
            )
        if not self.sample_count:
            raise AudioEmptyError(f"{self.name}: decodes to no samples; expected sound: record it again")
        if self.duration_s < MIN_DURATION_S:
            samples = f"{self.sample_count} sample{'s' * (self.sample_count != 1)}"
            raise AudioTooShortError(
                f"{self.name}: lasts {self.duration_s:.4f} s ({samples}); "
                f"expected at least {MIN_DURATION_S} s: record it again"
            )
        self._flush(last=True)
        if np.all(self._low == self._high):
            raise AudioSilentError(
                f"{self.name}: every sample of its {self.duration_s:.2f} s is {float(self._high.max()):.3g}; "
                "expected sound: check the microphone or line that recorded it"
            )
        blocks, self._kept = self._kept, []
        return blocks

    def clipped_share(self, selected: list[int]) -> float:
        """Share of clipped samples in the selected channel with most of them."""
        return float(self._clipped_counts[selected].max()) / self.sample_count

    def _check_duration(self, seconds: float) -> None:
        if seconds > self.max_duration_s:
            found = f"lasts {seconds:,.0f} s" if seconds > self.max_duration_s + 60 else "goes on"
            raise AudioTooLongError(
                f"{self.name}: {found}, over the limit of {self.max_duration_s:,.0f} s "
                f"({self.max_duration_s / 60:.3g} minutes); "
                "expected one message: cut it, or raise max_duration_s"
            )

    def _check_memory(self) -> None:
        if self.duration_s * self._kept_channels > _CHANNELS_MAX * self.max_duration_s:
            raise AudioTooLongError(
                f"{self.name}: has {self._kept_channels} channels of more than {self.duration_s:,.0f} s; "
                f"expected at most {_CHANNELS_MAX} of {self.max_duration_s:,.0f} s: choose one, or mix them"
            )

    def _flush(self, *, last: bool = False) -> None:
        empty = np.zeros((0, self._kept_channels), np.float32)
        block = np.concatenate(self._pending) if len(self._pending) > 1 else [*self._pending, empty][0]
        self._pending, self._pending_count = [], 0
        if block.size:
            low, high = value_range(block, self.name)
            self._low, self._high = np.minimum(self._low, low), np.maximum(self._high, high)
            counts = [clipped_count(channel) for channel in block.T]
            self._clipped_counts = self._clipped_counts + np.array(counts)
        if self.rate_hz != self.source_rate_hz:
            block = self._resampled(block, last)
        if block.size:
            self._kept.append(block)

    def _resampled(self, block: NDArray[np.float32], last: bool) -> NDArray[np.float32]:
        import soxr

        if self._resampler is None:
            self._resampler = soxr.ResampleStream(
                self.source_rate_hz, self.rate_hz, self._kept_channels, dtype="float32", quality="HQ"
            )
        resampled: NDArray[np.float32] = self._resampler.resample_chunk(block, last=last)
        return resampled.reshape(-1, self._kept_channels)
