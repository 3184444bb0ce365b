"""Decode a file: libsndfile first, then FFmpeg; both write to one `SampleCollector`.

libsndfile reads WAV of every coding, FLAC, Ogg, AIFF, AU, CAF, SPHERE, and samples without a header, by their
suffix. FFmpeg (through PyAV) reads the rest: MP3, M4A, 3GP, AMR, WebM, WMA, G.722, G.726, and a streamed WAV
whose size is 0.
"""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.samples import SampleCollector, full_scale
from aftertone.errors import AudioFormatError, AudioSamplesError, AudioTruncatedError

_READ_SAMPLES = 1 << 20  # read at once: 4 MB of float32, a usual message
_EXACT_TOLERANCE_S = 0.02  # of lengths counted in samples or bytes; some writers count their header as sound
_PADDED_TOLERANCE_S = 0.3  # of lengths with the encoder's delay and padding (HE-AAC: 0.2 s at 22 kHz)
_GAP_S = 0.1  # time stamps this far ahead of the samples mean packets never sent; jitter stays below
_PLANES_MAX = 8  # PyAV reads past the end of FFmpeg's table of planes (AV_NUM_DATA_POINTERS) beyond it
_STREAMED_BYTES = 0x7FFF_0000  # writers to a pipe put sizes from here to 2**32 - 1: "unknown"

MAGIC_NUMBERS = tuple(b"RIFF RIFX RF64 riff fLaC OggS FORM .snd caff ID3 NIST #!AMR".split())
_KINDS = {b"RIFF": "a WAV", b"fLaC": "a FLAC", b"OggS": "an Ogg", b"FORM": "an AIFF", b".snd": "an AU"}

# Other demuxers follow addresses inside the file (playlists) or read text as pictures.
_DEMUXER_OPTIONS = {
    "format_whitelist": "aac,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,flac,g722,g726,matroska,mov,mp3,mpegts,"
    "ogg,tta,w64,wav"
}
_DEMUXER_OF_SUFFIX = {".g722": "g722", ".g726": "g726"}  # headerless; 16 kHz and 8 kHz at 32 kbit/s by custom


@dataclass(frozen=True, slots=True)
class Headerless:
    """Coding of one channel of samples without a header."""

    coding: str  # libsndfile's name of it
    rate_hz: int | None = 8_000  # usual; None where there is none
    frame_bytes: int = 1  # size of the smallest whole unit, a sample or a frame


def _linear(rate_hz: int | None) -> Headerless:
    return Headerless("PCM_16", rate_hz, 2)  # little-endian, like all these suffixes


_GSM = Headerless("GSM610", 8_000, 33)
_GSM_FRAME_SAMPLES, _GSM_MAGIC = 160, 0xD  # the first four bits of each frame (RFC 3551, 4.5.8)
HEADERLESS = {  # Asterisk's suffixes (formats/format_sln.c, _pcm.c, _gsm.c), then SoX's
    ".sln": _linear(8_000),
    **{f".sln{khz}": _linear(1_000 * khz) for khz in (8, 12, 16, 24, 32, 48, 96, 192)},
    ".sln44": _linear(44_100),
    ".slin": _linear(8_000),
    **dict.fromkeys((".ulaw", ".ul", ".ulw", ".mu", ".pcmu"), Headerless("ULAW")),
    **dict.fromkeys((".alaw", ".al", ".alw", ".pcma"), Headerless("ALAW")),
    ".gsm": _GSM,
    **dict.fromkeys((".pcm", ".raw", ".sw"), _linear(None)),
    ".ub": Headerless("PCM_U8", None),
    ".vox": Headerless("VOX_ADPCM", None),  # 6,000 and 8,000 Hz are both in use
}


def decode(file: BinaryIO, empty: SampleCollector, suffix: str, given_rate_hz: int | None) -> SampleCollector:
    """All samples of a file that can seek, by the first decoder that finds any.

    The result is the collector `empty` or a fresh one like it. `suffix`, in lower case, tells how samples
    without a header are coded, and their rate if `given_rate_hz` does not.
    """
    file.seek(0)
    head = file.read(8)
    if suffix in HEADERLESS and not head.startswith(MAGIC_NUMBERS):
        _decode_headerless(file, empty, suffix, given_rate_hz)
        return empty
    collector = _decode_with_header(file, empty, suffix, head)
    if collector.source_rate_hz and given_rate_hz not in (None, collector.source_rate_hz):
        raise AudioSamplesError(
            f"{collector.name}: its header gives a rate of {collector.source_rate_hz} Hz, but "
            f"{given_rate_hz} was passed; expected a rate only for samples without a header, such as .sln or "
            ".ulaw: leave it out"
        )
    return collector


def _decode_headerless(
    file: BinaryIO, collector: SampleCollector, suffix: str, given_rate_hz: int | None
) -> None:
    kind, name = HEADERLESS[suffix], collector.name
    rate_hz = given_rate_hz or kind.rate_hz
    if rate_hz is None:
        raise AudioFormatError(
            f"{name}: has no header, and the suffix {suffix} does not tell its rate; expected a rate: pass "
            f"it (--rate, rate_hz) to read {kind.coding} of one channel, or convert the file to WAV"
        )
    size = file.seek(0, os.SEEK_END)
    if left := size % kind.frame_bytes:
        unit = "frame" if kind is _GSM else "sample"
        raise AudioTruncatedError(
            f"{name}: ends after {left} of the {kind.frame_bytes} bytes of a {kind.coding} {unit}; expected "
            f"whole {unit}s: copy or download it again, or cut it to {size - left:,} bytes"
        )
    if kind is _GSM:
        collector.declare(size / _GSM.frame_bytes * _GSM_FRAME_SAMPLES / rate_hz, _EXACT_TOLERANCE_S)
        file.seek(0)
        first_bytes = np.frombuffer(file.read(), np.uint8)[:: _GSM.frame_bytes]
        if (bad := np.flatnonzero(first_bytes >> 4 != _GSM_MAGIC)).size:
            raise AudioFormatError(
                f"{name}: frame {int(bad[0]) + 1} of {first_bytes.size} is not GSM 06.10; expected 33 bytes "
                "that begin with the bits 1101: give the file the suffix of its format (WAV49: .wav)"
            )
    raw = {"format": "RAW", "subtype": kind.coding, "samplerate": rate_hz, "channels": 1, "endian": "LITTLE"}
    if not _decode_with_soundfile(file, collector, **raw):
        raise AudioFormatError(f"{name}: cannot be read as {kind.coding}: convert it to WAV")


def _decode_with_header(
    file: BinaryIO, collector: SampleCollector, suffix: str, head: bytes
) -> SampleCollector:
    name = collector.name
    # libsndfile trusts the length that it guesses for an MP3: it returns 8 of the 20 s of a variable-rate
    # file without a Xing header, with no error, and writes warnings to the terminal.
    is_mpeg = head.startswith(b"ID3") or (head[0] == 0xFF and head[1:2] >= b"\xe0")
    if is_mpeg or not _decode_with_soundfile(file, collector):
        collector = collector.emptied()
        _decode_with_av(file, collector, _DEMUXER_OF_SUFFIX.get(suffix))
    is_mp4_without_index = head[4:] == b"ftyp" and not collector.is_known_format
    if is_mp4_without_index or (head.startswith(b"OggS") and _ends_inside_a_page(file)):
        collector.declared_s = math.inf
    elif not collector.is_known_format:
        kind = next((kind for magic, kind in _KINDS.items() if head[:4] == magic), None)
        raise AudioFormatError(
            f"{name}: begins with the bytes {head.hex(' ')}, which is no known audio format; "
            "expected WAV, FLAC, MP3, Ogg, M4A, 3GP, AMR, WebM, WMA or the like: convert it to WAV"
            if kind is None
            else f"{name}: begins like {kind} file, but holds no sound that can be read; expected a whole "
            "recording: copy or download it again"
        ) from collector.failure
    return collector


def _decode_with_soundfile(file: BinaryIO, collector: SampleCollector, **raw: Any) -> bool:
    """Whether libsndfile finds samples; the collector then holds all of them. `raw` replaces a header."""
    import soundfile

    file.seek(0)
    try:
        whole = file.fileno() if isinstance(file, io.FileIO) else file  # its own reads are silent and quicker
        with soundfile.SoundFile(whole, closefd=False, **raw) as sound:
            collector.is_known_format = True
            if sound.subtype.startswith("MPEG") or sound.frames >= 1 << 62:  # it cannot seek in a piped FLAC
                return False
            present_s = sound.frames / sound.samplerate
            collector.declare(present_s, _EXACT_TOLERANCE_S)
            collector.declared_s = max(present_s, _declared_s(sound.extra_info, present_s))
            block_count = max(1, _READ_SAMPLES // sound.channels)
            while (block := sound.read(block_count, dtype="float32", always_2d=True)).size:
                collector.add(block, sound.samplerate)
    except soundfile.SoundFileError:
        return False
    return collector.sample_count > 0


def _declared_s(log: str, present_s: float) -> float:
    """Length that the header declares where the file holds fewer bytes, by libsndfile's log; else 0.

    libsndfile corrects such a header without an error ("data : 96000 (should be 47978)").
    """
    corrected = re.search(
        r"^ *(?:data|SSND|Data Size) *: (\d+) \(should be (\d+)\)", log, re.MULTILINE
    ) or re.search(r"^ *(?:riff|Riff size) *: (\d+) \(should be (\d+)\)", log, re.MULTILINE)
    if corrected is None:
        return 0.0
    declared, present = int(corrected[1]), int(corrected[2])
    if declared >= _STREAMED_BYTES or declared <= present:
        return 0.0
    if present:
        return present_s * declared / present
    bytes_per_s = re.search(r"Bytes/sec *: (\d+)", log)
    return declared / int(bytes_per_s[1]) if bytes_per_s and int(bytes_per_s[1]) else 0.0


def _decode_with_av(file: BinaryIO, collector: SampleCollector, demuxer: str | None) -> None:
    """Decode with FFmpeg. Packets that are missing or cannot be decoded become zeros of their length."""
    import av

    file.seek(0)
    try:
        with av.open(file, format=demuxer, options=_DEMUXER_OPTIONS, metadata_errors="replace") as container:
            _decode_container(container, file, collector)
    except av.error.FFmpegError as error:
        collector.failure = error


def _decode_container(container: Any, file: BinaryIO, collector: SampleCollector) -> None:
    import av

    if not container.streams.audio:
        raise AudioFormatError(
            f"{collector.name}: is {container.format.long_name} without a sound track; expected audio"
        )
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise AudioFormatError(
            f"{collector.name}: is {container.format.long_name} in an unknown coding; "
            "expected a common one: convert it to WAV"
        )
    collector.is_known_format = True
    kind = container.format.name.split(",")[0]
    if kind == "mov" and stream.duration:
        collector.declare(float(stream.duration * stream.time_base), _PADDED_TOLERANCE_S)
    elif container.duration and (
        (kind in ("matroska", "asf") and not container.streams.video)
        or (kind == "mp3" and _has_frame_count(file))
    ):  # in other containers FFmpeg estimates it
        collector.declare(container.duration / av.time_base, _PADDED_TOLERANCE_S)

    decoder = _decoder(stream)
    tick_s = float(stream.time_base or 0)
    start_s: float | None = None
    decoded_count = failed_count = 0
    for packet in _packets(container, stream):
        try:
            frames = decoder.decode(packet)
        except av.error.FFmpegError as error:
            failed_count, collector.failure = failed_count + 1, error
            if packet.duration and packet.time_base and stream.rate:
                collector.add_silence(float(packet.duration * packet.time_base), stream.rate)
            continue
        for frame in frames:
            decoded_count += 1
            if frame.pts is not None:
                now_s = frame.pts * tick_s
                start_s = now_s - collector.duration_s if start_s is None else start_s
                if (gap_s := now_s - start_s - collector.duration_s) > _GAP_S:
                    collector.add_silence(gap_s, frame.sample_rate)
            collector.add(_frame_samples(frame, collector.name), frame.sample_rate)
    # FFmpeg's own decoder fails on the pauses of AMR, which may be most of the packets.
    tolerated_count = math.inf if decoded_count and "amr" in decoder.name else decoded_count
    if failed_count > tolerated_count:
        raise AudioFormatError(
            f"{collector.name}: {failed_count} of {failed_count + decoded_count} packets of {decoder.name} "
            "cannot be decoded; expected an undamaged recording: get it again"
        ) from collector.failure


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets of the stream up to the end of the file or a break, which shows as missing length."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.error.FFmpegError):
            return


def _decoder(stream: Any) -> Any:
    """The stream's own decoder, or for AMR the reference decoder, which decodes silence frames."""
    import av

    reference = {"amrnb": "libopencore_amrnb", "amrwb": "libopencore_amrwb"}.get(stream.codec_context.name)
    if reference not in av.codec.codecs_available:
        return stream.codec_context
    decoder: Any = av.CodecContext.create(reference, "r")
    decoder.sample_rate, decoder.layout = stream.rate, "mono"
    return decoder


def _frame_samples(frame: Any, name: str) -> NDArray[np.float32]:
    """Samples of one decoded frame, shape (n_samples, n_channels)."""
    channel_count = frame.layout.nb_channels
    if frame.format.is_planar and channel_count > _PLANES_MAX:
        raise AudioFormatError(
            f"{name}: has {channel_count} channels; "
            f"expected at most {_PLANES_MAX} in this coding: convert it to WAV"
        )
    samples = frame.to_ndarray()
    by_time = samples.T if frame.format.is_planar else samples.reshape(frame.samples, -1)
    return full_scale(by_time, name)


def _has_frame_count(file: BinaryIO) -> bool:
    """Whether an MP3 declares its number of frames (Xing, Info or VBRI header); else FFmpeg estimates it."""
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
    """Whether the last Ogg page is longer than the rest of the file (page layout: RFC 3533)."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_307))  # the longest page
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if not page.startswith(b"OggS"):
        return True
    segment_count = page[26] if len(page) > 26 else 0
    return len(page) < 27 + segment_count + sum(page[27 : 27 + segment_count])
