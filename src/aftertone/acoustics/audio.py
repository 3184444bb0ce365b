"""Decode, resample and mix down: a file or an array becomes a `Recording`."""

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

from aftertone.acoustics.channels import Channel, channel_index, mixed_down, selected_channels
from aftertone.acoustics.decoding import MAGIC_NUMBERS, decode
from aftertone.acoustics.samples import (
    SampleCollector,
    chosen_channel,
    clipped_count,
    full_scale,
    value_range,
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

ANALYSIS_RATE_HZ = 16_000  # webrtcvad, Whisper and pocketsphinx all take it; speech ends below 8 kHz
MAX_DURATION_S = 1_800.0  # voicemail systems stop at 2 to 10 minutes; half an hour bounds memory to 115 MB

_TEXT_CHARACTERS_MIN = 5  # different characters of a text; an idle line has one or two (0x55 of A-law is "U")
_OTHER_FORMATS = {
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
        One channel at `rate_hz`. Full scale is 1.0. A constant offset (DC) is not removed.
    rate_hz : int
        Always `ANALYSIS_RATE_HZ`.
    source_rate_hz : int
        The rate before resampling. The samples hold no frequency above half of it.
    path : Path or None
        The file.
    clipped_share : float or None
        Share of the samples that are clipped, counted at the source rate; None where it was not counted.
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
        """Make a recording from samples in memory.

        Parameters
        ----------
        samples : array_like, shape (n_samples,) or (n_samples, n_channels)
            Floats at full scale 1.0, or integers of 8, 16 or 32 bits, which are scaled to it (unsigned
            integers around their middle). They are copied, unless they are already float32, at the analysis
            rate and read-only. Channels are mixed down as in `read_audio`. At least one sample; zeros are
            allowed.
        rate_hz : int
            Samples per second, a whole number from 4,000 to 768,000.
        path : path, optional
            Where the samples came from, for names in reports. It is not read.
        channel : int or {"auto", "mean", "left", "right"}
            As for `read_audio`.

        Raises
        ------
        AudioFormatError
            There is no such channel.
        AudioSamplesError
            NaN, infinity, floats beyond 1,000 times full scale, or an unsupported dtype, shape or rate.
        AudioEmptyError
            There are no samples.

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
        channels = chosen_channel(channels, channel_index(channel), name)
        value_range(channels, name)
        clipped_counts = [clipped_count(each) for each in channels.T]
        n_samples = channels.shape[0]
        if source_rate_hz != ANALYSIS_RATE_HZ:
            import soxr

            channels = soxr.resample(channels, source_rate_hz, ANALYSIS_RATE_HZ, quality="HQ")
        selected = selected_channels([channels], channel)
        clipped_share = max(clipped_counts[index] for index in selected) / n_samples
        kept = mixed_down([channels], selected)
        if given.flags.writeable and np.shares_memory(kept, given):
            kept = kept.copy()
        return cls(_read_only(kept), ANALYSIS_RATE_HZ, source_rate_hz, where, clipped_share)


def read_audio(
    source: AudioSource,
    *,
    rate_hz: int | None = None,
    channel: Channel = "auto",
    max_duration_s: float = MAX_DURATION_S,
) -> Recording:
    """Read one recording of any format, rate and channel count.

    Of several channels, those with speech are averaged. Two parties on two channels are both kept, and a
    channel of noise, music or silence is left out (`selected_channels`). Resampling is soxr's HQ, without
    delay. A constant offset (DC) is not removed.

    Samples without a header are read as their suffix says, by the custom of telephone systems
    (`decoding.HEADERLESS`): ``.sln`` is 16-bit linear at 8 kHz, ``.sln16`` at 16 kHz; ``.ulaw``, ``.alaw``
    and ``.gsm`` are at 8 kHz.

    Stretches that a telephone codec did not send (AMR or Opus with discontinuous transmission) become zeros
    of their length, so that pauses keep their time.

    Parameters
    ----------
    source : path, bytes or binary file object
        A file object is read once, from its position to its end, and stays open.
    rate_hz : int or None
        Rate of samples without a header; None takes the suffix's. It is an error if the file tells another.
    channel : int or {"auto", "mean", "left", "right"}
        The channel to read, counted from 1; "left" is 1 and "right" 2. "mean" averages all channels with
        sound, whether they hold speech or not.
    max_duration_s : float
        Longest recording accepted, in seconds. Decoding stops there.

    Returns
    -------
    Recording
        One float32 channel at `ANALYSIS_RATE_HZ`.

    Raises
    ------
    AudioNotFoundError, AudioAccessError
        There is no such file; the file may not be read.
    AudioFormatError
        A folder, a pipe, text, a picture, an unknown coding, samples of unknown rate, or no such channel.
    AudioTruncatedError
        The sound ends before its header says, or in the middle of an Ogg page, a GSM frame or a sample.
    AudioEmptyError, AudioTooShortError, AudioTooLongError
        No bytes or no samples; under 0.1 s; over `max_duration_s`.
    AudioSilentError
        Every sample is the same.
    AudioSamplesError
        A sample is NaN or infinite, the rate is outside 4,000 to 768,000 Hz, or the given rate is not the
        file's.
    ValueError
        `channel` is not one of the above.

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
    path, file = _open(source)
    name = _name(path)
    given_rate_hz = None if rate_hz is None else whole_rate_hz(rate_hz, name)
    with file:
        _check_is_audio(file.read(512), name)
        suffix = path.suffix.lower() if path is not None else ""
        collector = SampleCollector(name, ANALYSIS_RATE_HZ, max_duration_s, index)
        collector = decode(file, collector, suffix, given_rate_hz)
    blocks = collector.blocks()
    selected = selected_channels(blocks, channel)
    clipped_share = collector.clipped_share(selected)
    samples = _read_only(mixed_down(blocks, selected))
    return Recording(samples, ANALYSIS_RATE_HZ, collector.source_rate_hz, path, clipped_share)


def _name(path: Path | None) -> str:
    return "recording" if path is None else path.name or str(path)


class _Bytes(io.BytesIO):
    """Bytes as a file. A seek to before the beginning, as damaged headers ask for, goes to the beginning."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to an offset, or to the nearest one that exists."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell()}.get(whence, self.getbuffer().nbytes)
        return super().seek(max(0, base + offset))


def _open(source: AudioSource) -> tuple[Path | None, BinaryIO]:
    """The source's path, if known, and its bytes as a file that can seek."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return None, _Bytes(source)
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return path, _open_path(path)
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


def _open_path(path: Path) -> BinaryIO:
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


def _check_is_audio(head: bytes, name: str) -> None:
    """Raise where the first bytes are none, text, or another known format."""
    if not head:
        raise AudioEmptyError(
            f"{name}: is empty (0 bytes); expected a recording: record or download it again"
        )
    found = next((what for magic, what in _OTHER_FORMATS.items() if head.startswith(magic)), None)
    if found is None and (text := _text(head)) and not head.startswith(MAGIC_NUMBERS):
        found = f"text, beginning {text[:30]!r}"
    if found is not None:
        raise AudioFormatError(f"{name}: holds {found}; expected audio: give the recording itself")


def _text(head: bytes) -> str:
    """The bytes as text, or "" where they are not text."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be incomplete
    except UnicodeDecodeError:
        return ""
    is_printable = all(c.isprintable() or c in "\t\r\n\f" for c in text)
    return text if is_printable and len(set(text)) >= _TEXT_CHARACTERS_MIN else ""


def _read_only(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    samples = samples.view()  # the caller's array keeps its own flag
    samples.setflags(write=False)
    return samples
