"""Decode, mix to one channel, resample: a file becomes a `Recording`."""

from __future__ import annotations

import codecs
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aftertone.acoustics.clipping import clipped_count
from aftertone.acoustics.decoding import decoded, extremes, full_scale, whole_rate_hz
from aftertone.errors import (
    AudioAccessError,
    AudioEmptyError,
    AudioFormatError,
    AudioNotFoundError,
    AudioSamplesError,
)

AudioSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO"

ANALYSIS_RATE_HZ = 16_000  # what webrtcvad, whisper and pocketsphinx all take; speech ends below 8 kHz
MAX_DURATION_S = 1_800.0  # voicemail systems stop at 2 to 10 minutes; half an hour bounds memory to 115 MB

_FAINT_POWER_SHARE = 1e-4  # a channel 40 dB under the loudest is a dead line's hum, not a second speaker
_CANCELLED_POWER_SHARE = 0.25  # of the mean's power if unrelated: equal channels correlate under -0.75

_BLOCK_SAMPLES = 1 << 18  # what is taken up in float64 at once: 2 MB

_HEADERLESS_SUFFIXES = {".al", ".alaw", ".pcm", ".raw", ".slin", ".sw", ".ub", ".ul", ".ulaw", ".vox"}
_HEADERS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"fLaC", b"OggS", b"FORM", b".snd", b"caff", b"ID3", b"NIST")
_NOT_SOUND = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive or office document",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Recording:
    """One recorded message at the analysis rate.

    Attributes
    ----------
    samples : float32, shape (n_samples,), read-only
        One channel at `rate_hz`; full scale is 1.0. A constant offset (DC) is left as it was.
    rate_hz : int
        Always `ANALYSIS_RATE_HZ`.
    source_rate_hz : int
        The rate that the recording came with: what lies above half of it was never there.
    path : Path or None
        Where it was read from.
    clipped_share : float or None
        Share of the samples that were cut off at the rail (`clipping`), counted at the source rate; None
        where nobody counted.
    """

    samples: NDArray[np.float32]
    rate_hz: int = ANALYSIS_RATE_HZ
    source_rate_hz: int = ANALYSIS_RATE_HZ
    path: Path | None = None
    clipped_share: float | None = None

    def __repr__(self) -> str:
        return f"Recording({self.name!r}, {self.duration_s:.2f} s at {self.source_rate_hz} Hz)"

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples.size / self.rate_hz

    @property
    def name(self) -> str:
        """The file's name, or "recording" where there is no file."""
        return _name(self.path)

    @classmethod
    def from_samples(
        cls, samples: ArrayLike, rate_hz: int, path: str | os.PathLike[str] | None = None
    ) -> Recording:
        """Make a recording of samples in memory.

        Parameters
        ----------
        samples : array_like, shape (n_samples,) or (n_samples, n_channels)
            Floats at full scale 1.0, or integers of 8, 16 or 32 bits, which are scaled to it (unsigned ones
            around their middle). Copied, unless it is already what is kept and read-only. Channels are mixed
            as `read_audio` mixes them. Any length from one sample on; zeros are allowed.
        rate_hz : int
            Samples per second, a whole number from 4,000 to 768,000.
        path : path, optional
            Where they came from, for names in reports; nothing is read.

        Raises
        ------
        AudioSamplesError
            NaN, infinity, floats beyond 1,000 times full scale, another dtype, shape or rate.
        AudioEmptyError
            No samples.

        Examples
        --------
        >>> import numpy as np
        >>> tone = np.sin(2 * np.pi * 200 * np.arange(8000) / 8000)
        >>> recording = Recording.from_samples(tone, 8000)
        >>> recording.duration_s, recording.rate_hz, recording.source_rate_hz
        (1.0, 16000, 8000)
        """
        where = None if path is None else Path(path)
        name = _name(where)
        source_rate_hz = whole_rate_hz(rate_hz, name)
        given = np.asarray(samples)
        if given.ndim not in (1, 2):
            raise AudioSamplesError(
                f"{name}: samples have shape {given.shape}; expected (n_samples,) or (n_samples, n_channels)"
            )
        if given.size == 0:
            raise AudioEmptyError(f"{name}: no samples (shape {given.shape}); expected at least one")
        channels = full_scale(given, name).reshape(given.shape[0], -1)
        extremes(channels, name)
        clipped_share = max(clipped_count(channel) for channel in channels.T) / channels.shape[0]
        kept = _mixed([channels])
        if source_rate_hz != ANALYSIS_RATE_HZ:
            import soxr

            kept = soxr.resample(kept, source_rate_hz, ANALYSIS_RATE_HZ, quality="HQ")
        elif given.flags.writeable and np.shares_memory(kept, given):
            kept = kept.copy()
        return cls(_frozen(kept), ANALYSIS_RATE_HZ, source_rate_hz, where, clipped_share)


def read_audio(source: AudioSource, *, max_duration_s: float = MAX_DURATION_S) -> Recording:
    """Read one recording: any format, rate and channel count.

    Channels are averaged, so two parties on two channels are both heard, with two exceptions: a channel
    40 dB or more under the loudest is left out of the mean (a dead channel costs no level), and where the
    mean all but cancels (one channel is the other with its sign turned) the loudest channel is taken alone.
    Resampling is soxr's HQ, without delay. A constant offset (DC) stays.

    Stretches that a telephone codec never sent (AMR or Opus with discontinuous transmission) come back as
    zeros of their length, so that pauses keep their time.

    Parameters
    ----------
    source : path, bytes or binary file object
        A file object is read once, from where it stands to its end, and left open.
    max_duration_s : float
        Longest recording accepted, in seconds; decoding stops there.

    Returns
    -------
    Recording
        One float32 channel at `ANALYSIS_RATE_HZ`.

    Raises
    ------
    AudioNotFoundError, AudioAccessError
        No such file; a file that may not be read.
    AudioFormatError
        A folder, a pipe, text, a picture, headerless samples, or a coding that nothing here decodes.
    AudioTruncatedError
        The sound ends before its header says, or in the middle of an Ogg page.
    AudioEmptyError, AudioTooShortError, AudioTooLongError
        No bytes or no samples; under 0.1 s; over `max_duration_s`.
    AudioSilentError
        Every sample is the same.
    AudioSamplesError
        NaN or infinity among the samples, or a rate outside 4,000 to 768,000 Hz.

    Examples
    --------
    >>> import io
    >>> import numpy as np, soundfile
    >>> file = io.BytesIO()
    >>> soundfile.write(file, 0.1 * np.sin(np.arange(12_000)), 8000, format="WAV", subtype="ULAW")
    >>> recording = read_audio(file.getvalue())
    >>> recording.duration_s, recording.source_rate_hz, recording.samples.dtype.name
    (1.5, 8000, 'float32')
    """
    path, file = _opened(source)
    with file:
        head = file.read(512)
        _refuse_what_is_not_sound(head, path)
        suffix = path.suffix.lower() if path is not None else ""
        intake = decoded(file, _name(path), suffix, ANALYSIS_RATE_HZ, max_duration_s)
    samples = _frozen(_mixed(intake.blocks()))
    return Recording(samples, ANALYSIS_RATE_HZ, intake.source_rate_hz, path, intake.clipped_share)


# ---- where bytes come from -------------------------------------------------------------------------------


def _name(path: Path | None) -> str:
    return "recording" if path is None else path.name or str(path)


class _Bytes(io.BytesIO):
    """Bytes as a file in which a damaged header may seek before the beginning, silently."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go there, or to the nearest place that exists."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell()}.get(whence, self.getbuffer().nbytes)
        return super().seek(max(0, base + offset))


def _opened(source: AudioSource) -> tuple[Path | None, BinaryIO]:
    """Where it is, if known, and the bytes as a file that can seek."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return None, _Bytes(source)
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return path, _opened_path(path)
    if not hasattr(source, "read"):
        raise TypeError(
            f"a recording is read from a path, bytes or a binary file object, not {type(source).__name__}"
        )
    data = source.read()
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(
            f'the file object gives {type(data).__name__}, not bytes: open it in binary mode, "rb"'
        )
    name = getattr(source, "name", None)
    return Path(name) if isinstance(name, str) and name else None, _Bytes(data)


def _opened_path(path: Path) -> BinaryIO:
    name = _name(path)
    try:
        mode = path.stat().st_mode  # before opening: opening a pipe would wait for its writer
        if stat.S_ISREG(mode):
            return path.open("rb", buffering=0)  # libsndfile shares the descriptor
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # ValueError: a null byte
        raise AudioNotFoundError(
            f"{name}: no such file at {str(path)!r}; expected a recording: check the spelling and the folder"
        ) from error
    except OSError as error:
        raise AudioAccessError(
            f"{name}: may not be read ({error.strerror or error}); "
            "expected a readable file: check its permissions, or where the link leads"
        ) from error
    if stat.S_ISDIR(mode):
        raise AudioFormatError(
            f"{name}: is a folder; expected one recording: name a file in it, or review the folder as a batch"
        )
    raise AudioFormatError(
        f"{name}: is a pipe or device; expected a regular file: read it and pass its bytes"
    )


def _refuse_what_is_not_sound(head: bytes, path: Path | None) -> None:
    name = _name(path)
    if not head:
        raise AudioEmptyError(
            f"{name}: is empty (0 bytes); expected a recording: record or download it again"
        )
    found = next((what for magic, what in _NOT_SOUND.items() if head.startswith(magic)), None)
    if found is None and (text := _text(head)) and not head.startswith(_HEADERS):
        found = f"text, beginning {text[:30]!r}"
    if found is not None:
        raise AudioFormatError(f"{name}: holds {found}; expected audio: give the recording itself")
    if path is not None and path.suffix.lower() in _HEADERLESS_SUFFIXES and not head.startswith(_HEADERS):
        raise AudioFormatError(
            f"{name}: holds samples without a header, so of unknown rate and coding; expected a format that "
            "tells them: wrap it in a WAV, or decode it yourself and use Recording.from_samples"
        )


def _text(head: bytes) -> str:
    """The bytes as text, or "" where they are something else."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # its last character may be cut
    except UnicodeDecodeError:
        return ""
    return text if all(c.isprintable() or c in "\t\r\n\f" for c in text) else ""


# ---- from channels to one ---------------------------------------------------------------------------------


def _mixed(blocks: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """One channel of blocks of several, shape (n_samples,): the mean of those that sound.

    The list is emptied: each block is let go as it is mixed, so that half an hour is not held twice.
    """
    if len(blocks) == 1 and blocks[0].shape[1] == 1:
        return blocks[0].reshape(-1)
    first, *others = _sounding(blocks)
    end = sum(map(len, blocks))
    mixed = np.empty(end, np.float32)
    while blocks:  # from the end: the allocator gives memory back to the system from there
        block = blocks.pop()
        part = mixed[end - len(block) : end]
        part[:] = block[:, first]
        for index in others:
            part += block[:, index]
        part /= 1 + len(others)
        end -= len(block)
    return mixed


def _sounding(blocks: list[NDArray[np.float32]]) -> list[int]:
    """The channels that are averaged: those that sound, or the loudest where their mean cancels."""
    n_channels = blocks[0].shape[1]
    if n_channels == 1:
        return [0]
    total, products = np.zeros(n_channels), np.zeros((n_channels, n_channels))
    for block in blocks:
        for start in range(0, len(block), _BLOCK_SAMPLES):
            part = block[start : start + _BLOCK_SAMPLES].astype(np.float64)
            total += np.ones(len(part)) @ part
            products += part.T @ part
    n_samples = sum(map(len, blocks))
    covariance = products / n_samples - np.outer(total, total) / n_samples**2
    power = covariance.diagonal()
    sounding = np.flatnonzero(power >= _FAINT_POWER_SHARE * power.max())
    of_mean = covariance[np.ix_(sounding, sounding)].mean()  # the power of the channels' mean
    if of_mean < _CANCELLED_POWER_SHARE * power[sounding].mean() / sounding.size:
        return [int(power.argmax())]
    return sounding.tolist()


def _frozen(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    samples = samples.view()  # the flag is ours, not the caller's array's
    samples.setflags(write=False)
    return samples
