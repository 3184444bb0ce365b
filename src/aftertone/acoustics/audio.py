"""Decode, mix to one channel, resample: a file becomes a `Recording`.

libsndfile reads first (WAV of every coding, FLAC, Ogg, AIFF, AU, CAF, SPHERE); what it cannot read goes to
FFmpeg through PyAV (MP3, M4A, 3GP, AMR, WebM, WMA, G.722, G.726, a streamed WAV whose size says 0). Both
hand their blocks to one `_Intake`, which refuses what is too long, not finite or silent, and keeps the rest
at the analysis rate, so memory is bounded by the limit and not by what a header claims.
"""

from __future__ import annotations

import io
import math
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aftertone.errors import (
    AudioAccessError,
    AudioEmptyError,
    AudioError,
    AudioFormatError,
    AudioNotFoundError,
    AudioSamplesError,
    AudioSilentError,
    AudioTooLongError,
    AudioTooShortError,
    AudioTruncatedError,
)

AudioSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO"

ANALYSIS_RATE_HZ = 16_000  # what webrtcvad, whisper and pocketsphinx all take; speech ends below 8 kHz
MAX_DURATION_S = 1_800.0  # voicemail systems stop at 2 to 10 minutes; half an hour bounds memory to 115 MB
MIN_DURATION_S = 0.1  # shorter than one syllable (0.2 s at 5 syllables/s), so no message
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 4_000, 768_000  # half the telephone's rate; the fastest converters sold

_LARGEST_SAMPLE = 1_000.0  # 60 dB above full scale: such floats are integers that nobody scaled
_BLOCK_SAMPLES = 1 << 20  # 4 MB of float32; a usual message is one block
_FAINT_POWER_SHARE = 1e-4  # a channel 40 dB under the loudest is a dead line's hum, not a second speaker
_CANCELLED_POWER_SHARE = 0.1  # mean against its power if channels were unrelated: correlation under -0.9
_EXACT_TOLERANCE_S = 0.02  # lengths counted in samples or bytes; some writers count their header as sound
_PADDED_TOLERANCE_S = 0.3  # lengths that count the encoder's delay and padding (HE-AAC: 0.2 s at 22 kHz)
_GAP_S = 0.1  # time stamps this far ahead of the samples mean packets never sent; jitter stays under it
_STREAMED_BYTES = 0x7FFF_0000  # writers to a pipe put sizes from here to 2**32 - 1: "unknown"

# Only these demuxers may open: others follow addresses inside the file (playlists) or read text as pictures.
_DEMUXERS = "aac,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,flac,flv,g722,g726,matroska,mov,mp3,mpegts,ogg,tta,w64,wav,wv"
_DEMUXER_OF_SUFFIX = {".g722": "g722", ".g726": "g726"}  # headerless; 16 kHz and 8 kHz at 32 kbit/s by custom
_CLAIMS_LENGTH = {"mov", "matroska", "asf"}  # containers that store their length; others are estimated
_HEADERLESS_SUFFIXES = (
    ".al",
    ".alaw",
    ".lin",
    ".pcm",
    ".raw",
    ".sb",
    ".slin",
    ".sw",
    ".ub",
    ".ul",
    ".ulaw",
    ".vox",
)
_HEADERS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"fLaC", b"OggS", b"FORM", b".snd", b"caff", b"ID3", b"NIST")
_NOT_SOUND = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive or office document",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
}


@dataclass(frozen=True, slots=True, eq=False)
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
    """

    samples: NDArray[np.float32]
    rate_hz: int = ANALYSIS_RATE_HZ
    source_rate_hz: int = ANALYSIS_RATE_HZ
    path: Path | None = None

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
        source_rate_hz = _whole_rate_hz(rate_hz, name)
        given = np.asarray(samples)
        if given.ndim not in (1, 2):
            raise AudioSamplesError(
                f"{name}: samples have shape {given.shape}; expected (n_samples,) or (n_samples, n_channels)"
            )
        if given.size == 0:
            raise AudioEmptyError(f"{name}: no samples (shape {given.shape}); expected at least one")
        channels = _full_scale(given, name).reshape(given.shape[0], -1)
        _extremes(channels, name)
        kept = _mixed(channels)
        if source_rate_hz != ANALYSIS_RATE_HZ:
            import soxr

            kept = soxr.resample(kept, source_rate_hz, ANALYSIS_RATE_HZ, quality="HQ")
        elif given.flags.writeable and np.shares_memory(kept, given):
            kept = kept.copy()
        return cls(_frozen(kept), ANALYSIS_RATE_HZ, source_rate_hz, where)


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
        intake = _decoded(file, head, path, max_duration_s)
        if head.startswith(b"OggS") and _ends_inside_a_page(file):
            raise AudioTruncatedError(
                f"{intake.name}: ends inside an Ogg page after {intake.heard_s:.2f} s, of how many is not known; "
                "expected a whole file: copy or download it again"
            )
    return intake.recording(path)


# ---- where bytes come from -------------------------------------------------------------------------------


def _name(path: Path | None) -> str:
    return "recording" if path is None else path.name or str(path)


def _opened(source: AudioSource) -> tuple[Path | None, BinaryIO]:
    """Where it is, if known, and the bytes as a file that can seek."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return None, io.BytesIO(source)
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
    return Path(name) if isinstance(name, str) and name else None, io.BytesIO(data)


def _opened_path(path: Path) -> BinaryIO:
    name = _name(path)
    try:
        mode = path.stat().st_mode  # before opening: opening a pipe would wait for its writer
        if stat.S_ISREG(mode):
            return path.open("rb")
    except (
        FileNotFoundError,
        NotADirectoryError,
        ValueError,
    ) as error:  # ValueError: a null byte in the name
        raise AudioNotFoundError(
            f"{name}: no such file at {str(path)!r}; expected a recording: check the spelling and the folder"
        ) from error
    except OSError as error:
        raise AudioAccessError(
            f"{name}: may not be read ({error.strerror or error}); "
            "expected a readable file: check its permissions"
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
        text = head[:-4].decode() if len(head) == 512 else head.decode()  # a character may be cut at 512
    except UnicodeDecodeError:
        return ""
    return text if all(c.isprintable() or c in "\t\r\n\f" for c in text) else ""


# ---- decoders --------------------------------------------------------------------------------------------


def _decoded(file: BinaryIO, head: bytes, path: Path | None, max_duration_s: float) -> _Intake:
    """Everything heard in the file, by the first decoder that hears something."""
    import soundfile

    intake = _Intake(_name(path), max_duration_s)
    opened_empty = False
    # libsndfile trusts the length it guesses for an MP3: it returns 8 of the 20 s of a variable-rate file
    # without a Xing header, with no error, and writes warnings to the terminal.
    if not (head.startswith(b"ID3") or (head[0] == 0xFF and head[1:2] >= b"\xe0")):
        file.seek(0)
        try:
            if _hear_with_soundfile(file, intake):
                if intake.heard_count:
                    return intake
                opened_empty = True
        except (
            soundfile.SoundFileError,
            TypeError,
        ):  # TypeError: soundfile wants a rate where a name ends .raw
            pass
    return _decoded_by_av(file, head, path, intake, opened_empty)


def _decoded_by_av(
    file: BinaryIO, head: bytes, path: Path | None, before: _Intake, opened_empty: bool
) -> _Intake:
    """The same after libsndfile, which may have left a claim of the file's length in `before`."""
    import av

    intake = _Intake(before.name, before.max_duration_s, before.claimed_s, before.tolerance_s)
    file.seek(0)
    try:
        _hear_with_av(file, intake, _DEMUXER_OF_SUFFIX.get(path.suffix.lower()) if path else None)
    except av.error.FFmpegError as error:
        raise _undecodable(intake, head, opened_empty) from error
    if opened_empty and intake.heard_s < MIN_DURATION_S:  # what FFmpeg read was the next chunk
        raise _undecodable(intake, head, opened_empty)
    return intake


def _undecodable(intake: _Intake, head: bytes, opened_empty: bool) -> AudioError:
    if intake.claimed_s:
        return intake.truncated()
    if opened_empty:
        return AudioEmptyError(
            f"{intake.name}: has an audio header and no samples; expected sound: record or export it again"
        )
    if head[4:8] == b"ftyp":
        return AudioTruncatedError(
            f"{intake.name}: begins as MP4 or 3GP and lacks its index, so 0 s of unknown many can be read; "
            "expected a whole file: the recording or upload was cut off, get it again"
        )
    return AudioFormatError(
        f"{intake.name}: begins with the bytes {head[:8].hex(' ')}, which no decoder here takes for audio; "
        "expected WAV, FLAC, MP3, Ogg, M4A, 3GP, AMR, WebM, WMA or the like: convert it to WAV"
    )


def _hear_with_soundfile(file: BinaryIO, intake: _Intake) -> bool:
    """Whether libsndfile is the one to read this; if so, `intake` holds all of it."""
    import soundfile

    with soundfile.SoundFile(file) as sound:
        if sound.format == "MP3" or sound.frames >= 1 << 62:  # a piped FLAC: it can be read only by FFmpeg
            return False
        intake.claim(sound.frames / sound.samplerate, _EXACT_TOLERANCE_S)
        declared_s = _declared_s(sound.extra_info, sound.frames / sound.samplerate)
        while (
            block := sound.read(max(1, _BLOCK_SAMPLES // sound.channels), dtype="float32", always_2d=True)
        ).size:
            intake.add(block, sound.samplerate)
        intake.claimed_s = max(declared_s, intake.claimed_s or 0.0)
    return True


def _declared_s(log: str, present_s: float) -> float:
    """What the header declares, where libsndfile's log says that the file holds fewer bytes.

    libsndfile mends such a header without an error ("data : 96000 (should be 47978)").
    """
    mended = re.search(
        r"^ *(?:data|SSND|Data Size) *: (\d+) \(should be (\d+)\)", log, re.MULTILINE
    ) or re.search(r"^ *(?:riff|Riff size) *: (\d+) \(should be (\d+)\)", log, re.MULTILINE)
    if mended is None:
        return 0.0
    declared, present = int(mended[1]), int(mended[2])
    if declared >= _STREAMED_BYTES or declared <= present:
        return 0.0
    if present:
        return present_s * declared / present
    bytes_per_s = re.search(r"Bytes/sec *: (\d+)", log)
    return declared / int(bytes_per_s[1]) if bytes_per_s and int(bytes_per_s[1]) else 0.0


def _hear_with_av(file: BinaryIO, intake: _Intake, demuxer: str | None) -> None:
    """Decode with FFmpeg; what was never sent, or cannot be decoded, is filled with zeros of its length."""
    import av

    with av.open(file, format=demuxer, options={"format_whitelist": _DEMUXERS}) as container:
        if not container.streams.audio:
            raise AudioFormatError(
                f"{intake.name}: is {container.format.long_name} without a sound track; expected audio"
            )
        stream = container.streams.audio[0]
        kind = container.format.name.split(",")[0]
        if kind == "mov" and stream.duration:
            intake.claim(float(stream.duration * stream.time_base), _PADDED_TOLERANCE_S)
        elif container.duration and (
            (kind in _CLAIMS_LENGTH and not container.streams.video)
            or (kind == "mp3" and _has_frame_count(file))
        ):
            intake.claim(container.duration / av.time_base, _PADDED_TOLERANCE_S)

        decoder = _decoder(stream)
        start_s: float | None = None
        decoded_count = failed_count = 0
        failure: Exception | None = None
        for packet in _packets(container, stream):
            try:
                frames = decoder.decode(packet)
            except av.error.FFmpegError as error:
                failed_count, failure = failed_count + 1, error
                if packet.duration and packet.time_base and stream.rate:
                    intake.add_silence(float(packet.duration * packet.time_base), stream.rate)
                continue
            for frame in frames:
                decoded_count += 1
                if frame.pts is not None and frame.time_base and frame.sample_rate:
                    now_s = float(frame.pts * frame.time_base)
                    start_s = now_s - intake.heard_s if start_s is None else start_s
                    if now_s - start_s - intake.heard_s > _GAP_S:
                        intake.add_silence(now_s - start_s - intake.heard_s, frame.sample_rate)
                intake.add(_frame_samples(frame, intake.name), frame.sample_rate)
        # AMR pauses are packets that FFmpeg's own decoder refuses, so there they may be the most.
        tolerated_count = math.inf if decoded_count and "amr" in decoder.name else decoded_count
        if failure is not None and failed_count > tolerated_count:
            raise AudioFormatError(
                f"{intake.name}: {failed_count} of {failed_count + decoded_count} packets of {decoder.name} "
                "cannot be decoded; expected an undamaged recording: get it again"
            ) from failure


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets of the stream up to where the file ends or breaks; the break shows as missing length."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.error.FFmpegError):
            return


def _decoder(stream: Any) -> Any:
    """The stream's own decoder, or for AMR the reference one, which knows silence frames."""
    import av

    reference = {"amrnb": "libopencore_amrnb", "amrwb": "libopencore_amrwb"}.get(stream.codec_context.name)
    if reference not in av.codec.codecs_available:
        return stream.codec_context
    decoder: Any = av.CodecContext.create(reference, "r")
    decoder.sample_rate, decoder.layout = stream.rate, "mono"
    return decoder


def _frame_samples(frame: Any, name: str) -> NDArray[np.float32]:
    """Samples of one decoded frame, shape (n_samples, n_channels)."""
    samples = frame.to_ndarray()
    by_time = samples.T if frame.format.is_planar else samples.reshape(frame.samples, -1)
    return _full_scale(by_time, name)


def _has_frame_count(file: BinaryIO) -> bool:
    """Whether an MP3 says how many frames it has (Xing, Info or VBRI header); otherwise FFmpeg guesses."""
    here = file.tell()
    file.seek(0)
    head = file.read(10)
    tag_bytes = 0
    if head[:3] == b"ID3":
        tag_bytes = 10 + sum(
            (byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False)
        )
    file.seek(tag_bytes)
    first_frame = file.read(2048)
    file.seek(here)
    return any(tag in first_frame for tag in (b"Xing", b"Info", b"VBRI"))


def _ends_inside_a_page(file: BinaryIO) -> bool:
    """Whether the last Ogg page is longer than what is left of the file (page layout: RFC 3533)."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_307))  # the longest page
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if not page.startswith(b"OggS"):
        return True
    segment_count = page[26] if len(page) > 26 else 0
    return len(page) < 27 + segment_count + sum(page[27 : 27 + segment_count])


# ---- from blocks to one channel --------------------------------------------------------------------------


class _Intake:
    """Takes blocks at the source rate and keeps them at the analysis rate, within the limits."""

    def __init__(
        self, name: str, max_duration_s: float, claimed_s: float | None = None, tolerance_s: float = 0.0
    ) -> None:
        self.name = name
        self.max_duration_s = max_duration_s
        self.claimed_s = claimed_s
        self.tolerance_s = tolerance_s
        self.heard_count = 0  # samples per channel at the source rate
        self.rate_hz = 0
        self._channel_count = 0
        self._pending: list[NDArray[np.float32]] = []
        self._pending_count = 0
        self._kept: list[NDArray[np.float32]] = []
        self._resampler: Any = None
        self._low = np.float32(np.inf)
        self._high = np.float32(-np.inf)

    @property
    def heard_s(self) -> float:
        """Seconds taken so far."""
        return self.heard_count / self.rate_hz if self.rate_hz else 0.0

    def claim(self, seconds: float, tolerance_s: float) -> None:
        """Note what a header says; refuse at once what says it is too long."""
        self._refuse_over_limit(seconds)
        self.claimed_s, self.tolerance_s = seconds, tolerance_s

    def add(self, block: NDArray[np.float32], rate_hz: int) -> None:
        """Take samples of shape (n_samples, n_channels)."""
        if not self.rate_hz:
            self.rate_hz, self._channel_count = _whole_rate_hz(rate_hz, self.name), block.shape[1]
        if (rate_hz, block.shape[1]) != (self.rate_hz, self._channel_count):
            raise AudioFormatError(
                f"{self.name}: changes from {self._channel_count} channels at {self.rate_hz} Hz "
                f"to {block.shape[1]} at {rate_hz} Hz after {self.heard_s:.2f} s; expected one format throughout: convert it to WAV"
            )
        self.heard_count += block.shape[0]
        self._refuse_over_limit(self.heard_s)
        self._pending.append(block)
        self._pending_count += block.size
        if self._pending_count >= _BLOCK_SAMPLES:
            self._drain()

    def add_silence(self, seconds: float, rate_hz: int) -> None:
        """Take zeros for what a codec did not send."""
        self._refuse_over_limit(self.heard_s + seconds)
        self.add(np.zeros((round(seconds * rate_hz), self._channel_count or 1), np.float32), rate_hz)

    def recording(self, path: Path | None) -> Recording:
        """Everything taken, as one channel."""
        if self.claimed_s is not None and self.claimed_s - self.heard_s > self.tolerance_s:
            raise self.truncated()
        if not self.heard_count:
            raise AudioEmptyError(f"{self.name}: decodes to no samples; expected sound: record it again")
        if self.heard_s < MIN_DURATION_S:
            raise AudioTooShortError(
                f"{self.name}: lasts {self.heard_s:.4f} s ({self.heard_count} samples); expected at least "
                f"{MIN_DURATION_S} s: record it again"
            )
        self._drain(last=True)
        if np.all(self._low == self._high):
            raise AudioSilentError(
                f"{self.name}: every sample of its {self.heard_s:.2f} s is {float(np.max(self._high)):.3g}; "
                "expected sound: check the microphone or line that recorded it"
            )
        samples = _frozen(_mixed(_joined(self._kept)))
        return Recording(samples, ANALYSIS_RATE_HZ, self.rate_hz, path)

    def truncated(self) -> AudioTruncatedError:
        """The error for sound that ends before its header says."""
        return AudioTruncatedError(
            f"{self.name}: holds {self.heard_s:.2f} s of the {self.claimed_s:.2f} s that its header announces; "
            "expected a whole file: copy or download it again, or save what is there as a new file"
        )

    def _refuse_over_limit(self, seconds: float) -> None:
        if seconds > self.max_duration_s:
            found = f"lasts {seconds:,.0f} s" if seconds > self.max_duration_s + 60 else "goes on"
            raise AudioTooLongError(
                f"{self.name}: {found}, over the limit of {self.max_duration_s:,.0f} s "
                f"({self.max_duration_s / 60:g} minutes); "
                "expected one message: cut it, or raise max_duration_s"
            )

    def _drain(self, *, last: bool = False) -> None:
        block = _joined(self._pending) if self._pending else np.zeros((0, self._channel_count), np.float32)
        self._pending, self._pending_count = [], 0
        if block.size:
            low, high = _extremes(block, self.name)
            self._low, self._high = np.minimum(self._low, low), np.maximum(self._high, high)
        if self.rate_hz != ANALYSIS_RATE_HZ:
            block = self._resampled(block, last)
        if block.size:
            self._kept.append(block)

    def _resampled(self, block: NDArray[np.float32], last: bool) -> NDArray[np.float32]:
        import soxr

        if self._resampler is None:
            self._resampler = soxr.ResampleStream(
                self.rate_hz, ANALYSIS_RATE_HZ, self._channel_count, dtype="float32", quality="HQ"
            )
        resampled: NDArray[np.float32] = self._resampler.resample_chunk(block, last=last)
        return resampled.reshape(-1, self._channel_count)


def _joined(blocks: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def _extremes(channels: NDArray[np.float32], name: str) -> tuple[Any, Any]:
    """Lowest and highest sample of each channel, all of them finite and near full scale."""
    by_channel = channels.T.copy() if channels.shape[1] > 1 else channels.reshape(1, -1)
    low, high = by_channel.min(axis=1), by_channel.max(axis=1)  # both pass NaN on
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


def _mixed(channels: NDArray[np.float32]) -> NDArray[np.float32]:
    """One channel of several: the mean of those that sound, or the loudest where the mean cancels."""
    if channels.shape[1] == 1:
        return channels.reshape(-1)
    power = channels.var(axis=0, dtype=np.float64)
    sounding = power >= _FAINT_POWER_SHARE * power.max()
    mean = channels[:, sounding].mean(axis=1, dtype=np.float32)
    unrelated_power = power[sounding].mean() / np.count_nonzero(sounding)
    if mean.var(dtype=np.float64) < _CANCELLED_POWER_SHARE * unrelated_power:
        return np.ascontiguousarray(channels[:, power.argmax()])
    return mean


def _full_scale(samples: NDArray[Any], name: str) -> NDArray[np.float32]:
    """Samples as float32 at full scale 1.0."""
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if kind == "f":
        with np.errstate(over="ignore"):  # becomes infinity, which is refused by name
            return samples.astype(np.float32, copy=False)
    if kind in "iu" and bits <= 32:
        scale = np.float32(2.0 ** (1 - bits))
        offset = np.float32(1.0 if kind == "u" else 0.0)
        return samples.astype(np.float32) * scale - offset
    raise AudioSamplesError(
        f"{name}: samples are {samples.dtype}, whose full scale is unknown; "
        "expected float32, float64, int16 or int32: convert them first"
    )


def _whole_rate_hz(rate_hz: Any, name: str) -> int:
    is_number = isinstance(rate_hz, Real) and not isinstance(rate_hz, bool)
    if not (is_number and float(rate_hz).is_integer() and LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ):
        raise AudioSamplesError(
            f"{name}: its rate is {rate_hz!r}; expected a whole number of samples per second "
            f"from {LOWEST_RATE_HZ:,} to {HIGHEST_RATE_HZ:,}: check the header, or the rate that was passed"
        )
    return int(rate_hz)


def _frozen(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    samples = samples.view()  # the flag is ours, not the caller's array's
    samples.setflags(write=False)
    return samples
