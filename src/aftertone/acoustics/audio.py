"""Decode, mix to one channel, resample: a file becomes a `Recording`."""

from __future__ import annotations

import codecs
import io
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aftertone.acoustics.channels import Channel, channel_index, heard_channels, mixed
from aftertone.acoustics.clipping import clipped_count
from aftertone.acoustics.decoding import (
    HEADERS,
    Intake,
    decoded,
    extremes,
    full_scale,
    one_channel,
    whole_rate_hz,
)
from aftertone.errors import (
    AudioAccessError,
    AudioEmptyError,
    AudioFormatError,
    AudioNotFoundError,
    AudioSamplesError,
)

Reader: TypeAlias = "Callable[[Path], Recording]"
AudioSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO"

ANALYSIS_RATE_HZ = 16_000  # what webrtcvad, whisper and pocketsphinx all take; speech ends below 8 kHz
MAX_DURATION_S = 1_800.0  # voicemail systems stop at 2 to 10 minutes; half an hour bounds memory to 115 MB

_LEAST_LETTERS = 5  # different ones, of text; a line at rest is one or two (0x55 of A-law is "U")
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
        cls,
        samples: ArrayLike,
        rate_hz: int,
        path: str | os.PathLike[str] | None = None,
        *,
        channel: Channel = "auto",
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
        channel : int or {"auto", "mean", "left", "right"}
            As for `read_audio`.

        Raises
        ------
        AudioFormatError
            There is no such channel.
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
        channels = one_channel(channels, channel_index(channel), name)
        extremes(channels, name)
        clipped_counts = [clipped_count(each) for each in channels.T]
        n_samples = channels.shape[0]
        if source_rate_hz != ANALYSIS_RATE_HZ:
            import soxr

            channels = soxr.resample(channels, source_rate_hz, ANALYSIS_RATE_HZ, quality="HQ")
        heard = heard_channels([channels], channel)
        clipped_share = max(clipped_counts[index] for index in heard) / n_samples
        kept = mixed([channels], heard)
        if given.flags.writeable and np.shares_memory(kept, given):
            kept = kept.copy()
        return cls(_frozen(kept), ANALYSIS_RATE_HZ, source_rate_hz, where, clipped_share)


def read_audio(
    source: AudioSource,
    *,
    rate_hz: int | None = None,
    channel: Channel = "auto",
    max_duration_s: float = MAX_DURATION_S,
) -> Recording:
    """Read one recording: any format, rate and channel count.

    Of several channels those with speech are averaged: two parties on two channels are both heard, and a
    channel that holds noise, music or nothing is left out (`heard_channels`).
    Resampling is soxr's HQ, without delay. A constant offset (DC) stays.

    Samples without a header are read as their suffix says, by the custom of telephone systems
    (`decoding.HEADERLESS`): ``.sln`` is 16-bit linear at 8 kHz, ``.sln16`` at 16 kHz, ``.ulaw``, ``.alaw``
    and ``.gsm`` are at 8 kHz.

    Stretches that a telephone codec never sent (AMR or Opus with discontinuous transmission) come back as
    zeros of their length, so that pauses keep their time.

    Parameters
    ----------
    source : path, bytes or binary file object
        A file object is read once, from where it stands to its end, and left open.
    rate_hz : int or None
        Of samples without a header; None is what the suffix says. For a file that tells its own rate, another
        is an error.
    channel : int or {"auto", "mean", "left", "right"}
        The channel that is read, counted from 1; "left" is 1 and "right" 2. "mean" is the mean of all that
        sound, whether there is speech in them or not.
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
        A folder, a pipe, text, a picture, a coding that nothing here decodes, samples whose rate nothing
        says, or no such channel.
    AudioTruncatedError
        The sound ends before its header says, or in the middle of an Ogg page, a GSM frame or a sample.
    AudioEmptyError, AudioTooShortError, AudioTooLongError
        No bytes or no samples; under 0.1 s; over `max_duration_s`.
    AudioSilentError
        Every sample is the same.
    AudioSamplesError
        NaN or infinity among the samples, a rate outside 4,000 to 768,000 Hz, or one given that is not the
        file's.
    ValueError
        `channel` is none.

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
    index = channel_index(channel)
    path, file = _opened(source)
    name = _name(path)
    given_rate_hz = None if rate_hz is None else whole_rate_hz(rate_hz, name)
    with file:
        head = file.read(512)
        _refuse_what_is_not_sound(head, path)
        suffix = path.suffix.lower() if path is not None else ""
        intake = Intake(name, ANALYSIS_RATE_HZ, max_duration_s, index)
        intake = decoded(file, intake, suffix, given_rate_hz)
    blocks = intake.blocks()
    heard = heard_channels(blocks, channel)
    clipped_share = intake.clipped_share(heard)
    samples = _frozen(mixed(blocks, heard))
    return Recording(samples, ANALYSIS_RATE_HZ, intake.source_rate_hz, path, clipped_share)


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
    if found is None and (text := _text(head)) and not head.startswith(HEADERS):
        found = f"text, beginning {text[:30]!r}"
    if found is not None:
        raise AudioFormatError(f"{name}: holds {found}; expected audio: give the recording itself")


def _text(head: bytes) -> str:
    """The bytes as text, or "" where they are something else."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # its last character may be cut
    except UnicodeDecodeError:
        return ""
    is_text = len(set(text)) >= _LEAST_LETTERS and all(c.isprintable() or c in "\t\r\n\f" for c in text)
    return text if is_text else ""


def _frozen(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    samples = samples.view()  # the flag is ours, not the caller's array's
    samples.setflags(write=False)
    return samples
