"""From bytes to samples: two decoders, and the one `Intake` that both hand their blocks to.

libsndfile reads first (WAV of every coding, FLAC, Ogg, AIFF, AU, CAF, SPHERE; samples without a header, by
their suffix); what it cannot read goes to FFmpeg through PyAV (MP3, M4A, 3GP, AMR, WebM, WMA, G.722, G.726, a
streamed WAV whose size says 0). `Intake` refuses what is too long, not finite or silent, and keeps the rest
at the rate asked for, so that memory is bounded by the limit and not by what a header claims.
"""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.clipping import clipped_count
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
_BLOCK_SAMPLES = 1 << 20  # 4 MB of float32; a usual message is one block
_EXACT_TOLERANCE_S = 0.02  # lengths counted in samples or bytes; some writers count their header as sound
_PADDED_TOLERANCE_S = 0.3  # lengths that count the encoder's delay and padding (HE-AAC: 0.2 s at 22 kHz)
_GAP_S = 0.1  # time stamps this far ahead of the samples mean packets never sent; jitter stays under it
_STEREO = 2  # channels of the longest recording that are held in memory: 230 MB at 16 kHz
_MOST_PLANES = 8  # PyAV reads past the end of FFmpeg's table of planes (AV_NUM_DATA_POINTERS) beyond it
_STREAMED_BYTES = 0x7FFF_0000  # writers to a pipe put sizes from here to 2**32 - 1: "unknown"

_MAGIC = b"RIFF RIFX RF64 riff fLaC OggS FORM .snd caff ID3 NIST #!AMR"
HEADERS = tuple(_MAGIC.split())
_KINDS = {b"RIFF": "a WAV", b"fLaC": "a FLAC", b"OggS": "an Ogg", b"FORM": "an AIFF", b".snd": "an AU"}

# Only these demuxers may open: others follow addresses inside the file (playlists) or read text as pictures.
_ONLY_SOUND = {
    "format_whitelist": "aac,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,flac,g722,g726,matroska,mov,mp3,mpegts,"
    "ogg,tta,w64,wav"
}
_DEMUXER_OF_SUFFIX = {".g722": "g722", ".g726": "g726"}  # headerless; 16 kHz and 8 kHz at 32 kbit/s by custom


@dataclass(frozen=True, slots=True)
class Headerless:
    """How one channel of samples without a header is coded.

    Attributes
    ----------
    coding : str
        libsndfile's name of it.
    rate_hz : int or None
        By custom; None where there is none.
    frame_bytes : int
        What belongs together.
    """

    coding: str
    rate_hz: int | None = 8_000
    frame_bytes: int = 1


def _linear(rate_hz: int | None) -> Headerless:
    return Headerless("PCM_16", rate_hz, 2)  # little-endian, as all these have it


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


def decoded(file: BinaryIO, intake: Intake, suffix: str, given_rate_hz: int | None) -> Intake:
    """Everything heard in the file, by the first decoder that hears something.

    Parameters
    ----------
    file
    intake : Intake
        An empty one.
    suffix : str
        Of the file's name, in small letters: how samples without a header are read.
    given_rate_hz : int or None
        The rate of such samples, where it is not what the suffix says.
    """
    file.seek(0)
    head = file.read(8)
    if suffix in HEADERLESS and not head.startswith(HEADERS):
        _hear_headerless(file, intake, suffix, given_rate_hz)
        return intake
    intake = _hear_what_says_its_rate(file, intake, suffix, head)
    if intake.source_rate_hz and given_rate_hz not in (None, intake.source_rate_hz):
        raise AudioSamplesError(
            f"{intake.name}: says that its rate is {intake.source_rate_hz} Hz, and {given_rate_hz} is given; "
            "expected a rate for samples without a header alone, such as .sln or .ulaw: leave it out here"
        )
    return intake


def _hear_headerless(file: BinaryIO, intake: Intake, suffix: str, given_rate_hz: int | None) -> None:
    kind, name = HEADERLESS[suffix], intake.name
    rate_hz = given_rate_hz or kind.rate_hz
    if rate_hz is None:
        raise AudioFormatError(
            f"{name}: holds samples without a header, and {suffix} says no rate; expected one that is told: "
            f"give it (--rate, rate_hz), which reads {kind.coding} of one channel, or wrap them in a WAV"
        )
    size = file.seek(0, os.SEEK_END)
    if left := size % kind.frame_bytes:
        raise AudioTruncatedError(
            f"{name}: ends after {left} of the {kind.frame_bytes} bytes of a {kind.coding} "
            f"{'frame' if kind is _GSM else 'sample'}; expected whole ones: copy or download it again, or "
            f"cut it to {size - left:,} bytes"
        )
    if kind is _GSM:
        intake.claim(size / _GSM.frame_bytes * _GSM_FRAME_SAMPLES / rate_hz, _EXACT_TOLERANCE_S)
        file.seek(0)
        firsts = np.frombuffer(file.read(), np.uint8)[:: _GSM.frame_bytes]
        if (bad := np.flatnonzero(firsts >> 4 != _GSM_MAGIC)).size:
            raise AudioFormatError(
                f"{name}: its frame {int(bad[0]) + 1} of {firsts.size} is none of GSM 06.10; expected 33 "
                "bytes that begin with the bits 1101: give the file the suffix of what it is (WAV49: .wav)"
            )
    raw = {"format": "RAW", "subtype": kind.coding, "samplerate": rate_hz, "channels": 1, "endian": "LITTLE"}
    if not _heard_by_soundfile(file, intake, **raw):
        raise AudioFormatError(f"{name}: cannot be read as {kind.coding}: convert it to WAV")


def _hear_what_says_its_rate(file: BinaryIO, intake: Intake, suffix: str, head: bytes) -> Intake:
    name = intake.name
    # libsndfile trusts the length it guesses for an MP3: it returns 8 of the 20 s of a variable-rate file
    # without a Xing header, with no error, and writes warnings to the terminal.
    is_mpeg = head.startswith(b"ID3") or (head[0] == 0xFF and head[1:2] >= b"\xe0")
    if is_mpeg or not _heard_by_soundfile(file, intake):
        intake = intake.anew()
        _hear_with_av(file, intake, _DEMUXER_OF_SUFFIX.get(suffix))
    is_mp4_without_index = head[4:] == b"ftyp" and not intake.opened
    if is_mp4_without_index or (head.startswith(b"OggS") and _ends_inside_a_page(file)):
        intake.claimed_s = math.inf
    elif not intake.opened and (kind := next((k for magic, k in _KINDS.items() if head[:4] == magic), None)):
        raise AudioFormatError(
            f"{name}: begins as {kind} does, and then holds no sound that can be read; expected a whole "
            "recording: copy or download it again"
        ) from intake.failure
    elif not intake.opened:
        raise AudioFormatError(
            f"{name}: begins with the bytes {head.hex(' ')}, which no decoder here takes for audio; "
            "expected WAV, FLAC, MP3, Ogg, M4A, 3GP, AMR, WebM, WMA or the like: convert it to WAV"
        ) from intake.failure
    return intake


def _heard_by_soundfile(file: BinaryIO, intake: Intake, **raw: Any) -> bool:
    """Whether libsndfile hears anything; if so, `intake` holds all of it. `raw` says what no header does."""
    import soundfile

    file.seek(0)
    try:
        whole = file.fileno() if isinstance(file, io.FileIO) else file  # its own reads are silent and quicker
        with soundfile.SoundFile(whole, closefd=False, **raw) as sound:
            intake.opened = True
            if sound.subtype.startswith("MPEG") or sound.frames >= 1 << 62:  # a piped FLAC: no seeking in it
                return False
            present_s = sound.frames / sound.samplerate
            intake.claim(present_s, _EXACT_TOLERANCE_S)
            intake.claimed_s = max(present_s, _declared_s(sound.extra_info, present_s))
            block_count = max(1, _BLOCK_SAMPLES // sound.channels)
            while (block := sound.read(block_count, dtype="float32", always_2d=True)).size:
                intake.add(block, sound.samplerate)
    except soundfile.SoundFileError:
        return False
    return intake.heard_count > 0


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


def _hear_with_av(file: BinaryIO, intake: Intake, demuxer: str | None) -> None:
    """Decode with FFmpeg; what was never sent, or cannot be decoded, is filled with zeros of its length."""
    import av

    file.seek(0)
    try:
        with av.open(file, format=demuxer, options=_ONLY_SOUND, metadata_errors="replace") as container:
            _hear_container(container, file, intake)
    except av.error.FFmpegError as error:
        intake.failure = error


def _hear_container(container: Any, file: BinaryIO, intake: Intake) -> None:
    import av

    if not container.streams.audio:
        raise AudioFormatError(
            f"{intake.name}: is {container.format.long_name} without a sound track; expected audio"
        )
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise AudioFormatError(
            f"{intake.name}: is {container.format.long_name} in a coding that no decoder here knows; "
            "expected a common one: convert it to WAV"
        )
    intake.opened = True
    kind = container.format.name.split(",")[0]
    if kind == "mov" and stream.duration:
        intake.claim(float(stream.duration * stream.time_base), _PADDED_TOLERANCE_S)
    elif container.duration and (
        (kind in ("matroska", "asf") and not container.streams.video)
        or (kind == "mp3" and _has_frame_count(file))
    ):  # other containers do not store their length: FFmpeg estimates it
        intake.claim(container.duration / av.time_base, _PADDED_TOLERANCE_S)

    decoder = _decoder(stream)
    tick_s = float(stream.time_base or 0)
    start_s: float | None = None
    decoded_count = failed_count = 0
    for packet in _packets(container, stream):
        try:
            frames = decoder.decode(packet)
        except av.error.FFmpegError as error:
            failed_count, intake.failure = failed_count + 1, error
            if packet.duration and packet.time_base and stream.rate:
                intake.add_silence(float(packet.duration * packet.time_base), stream.rate)
            continue
        for frame in frames:
            decoded_count += 1
            if frame.pts is not None:
                now_s = frame.pts * tick_s
                start_s = now_s - intake.heard_s if start_s is None else start_s
                if (gap_s := now_s - start_s - intake.heard_s) > _GAP_S:
                    intake.add_silence(gap_s, frame.sample_rate)
            intake.add(_frame_samples(frame, intake.name), frame.sample_rate)
    # AMR pauses are packets that FFmpeg's own decoder refuses, so there they may be the most.
    tolerated_count = math.inf if decoded_count and "amr" in decoder.name else decoded_count
    if failed_count > tolerated_count:
        raise AudioFormatError(
            f"{intake.name}: {failed_count} of {failed_count + decoded_count} packets of {decoder.name} "
            "cannot be decoded; expected an undamaged recording: get it again"
        ) from intake.failure


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
    channel_count = frame.layout.nb_channels
    if frame.format.is_planar and channel_count > _MOST_PLANES:
        raise AudioFormatError(
            f"{name}: has {channel_count} channels in a coding that is read up to {_MOST_PLANES}; "
            "expected one or two: convert it to WAV"
        )
    samples = frame.to_ndarray()
    by_time = samples.T if frame.format.is_planar else samples.reshape(frame.samples, -1)
    return full_scale(by_time, name)


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


class Intake:
    """Takes blocks at the source rate and keeps them at the analysis rate, within the limits.

    Parameters
    ----------
    name : str
        What a message begins with.
    rate_hz : int
        The rate that it keeps.
    max_duration_s : float
    channel : int or None
        The one that it keeps, counted from 0; None is all.
    """

    def __init__(self, name: str, rate_hz: int, max_duration_s: float, channel: int | None = None) -> None:
        self.name = name
        self.rate_hz = rate_hz
        self.channel = channel
        self.source_rate_hz = 0  # until the first block
        self.max_duration_s = max_duration_s
        self.opened = False  # whether a decoder knows the format
        self.failure: Exception | None = None  # what a decoder said last
        self.claimed_s: float | None = None  # what the header says; infinity: more than there is
        self.tolerance_s = 0.0
        self.heard_count = 0  # samples per channel at the source rate
        self._channel_count = 0  # of what comes
        self._kept_count = 0  # of what is kept
        self._pending: list[NDArray[np.float32]] = []
        self._pending_count = 0
        self._kept: list[NDArray[np.float32]] = []
        self._resampler: Any = None
        self._low = np.float32(np.inf)
        self._high = np.float32(-np.inf)
        self._clipped_count: NDArray[np.int64] | None = None  # of each channel

    def anew(self) -> Intake:
        """An empty one that keeps what was claimed."""
        fresh = Intake(self.name, self.rate_hz, self.max_duration_s, self.channel)
        fresh.opened, fresh.claimed_s, fresh.tolerance_s = self.opened, self.claimed_s, self.tolerance_s
        return fresh

    @property
    def heard_s(self) -> float:
        """Seconds taken so far."""
        return self.heard_count / self.source_rate_hz if self.source_rate_hz else 0.0

    def claim(self, seconds: float, tolerance_s: float) -> None:
        """Note what a header says; refuse at once what says it is too long."""
        self._refuse_over_limit(seconds)
        self.claimed_s, self.tolerance_s = seconds, tolerance_s

    def add(self, block: NDArray[np.float32], rate_hz: int) -> None:
        """Take samples of shape (n_samples, n_channels)."""
        if not self.source_rate_hz:
            self.source_rate_hz, self._channel_count = whole_rate_hz(rate_hz, self.name), block.shape[1]
            self._kept_count = one_channel(block, self.channel, self.name).shape[1]
        if (rate_hz, block.shape[1]) != (self.source_rate_hz, self._channel_count):
            raise AudioFormatError(
                f"{self.name}: changes from {self._channel_count} channels at {self.source_rate_hz} Hz "
                f"to {block.shape[1]} at {rate_hz} Hz after {self.heard_s:.2f} s; "
                "expected one format throughout: convert it to WAV"
            )
        self.heard_count += block.shape[0]
        self._refuse_over_limit(self.heard_s)
        self._refuse_over_memory()
        block = one_channel(block, self.channel, self.name)
        self._pending.append(block)
        self._pending_count += block.size
        if self._pending_count >= _BLOCK_SAMPLES:
            self._drain()

    def add_silence(self, seconds: float, rate_hz: int) -> None:
        """Take zeros for what a codec did not send."""
        self._refuse_over_limit(self.heard_s + seconds)
        channel_count = self._channel_count or 1
        block = np.zeros((_BLOCK_SAMPLES // channel_count, channel_count), np.float32)
        for start in range(0, count := round(seconds * rate_hz), len(block)):
            self.add(block[: count - start], rate_hz)

    def blocks(self) -> list[NDArray[np.float32]]:
        """Everything taken, blocks of shape (n_samples, n_channels) at `rate_hz`; or why it is no message.

        They are the caller's alone: who empties the list frees them.
        """
        if self.claimed_s is not None and self.claimed_s - self.heard_s > self.tolerance_s:
            claimed = (
                "a length that it does not say"
                if math.isinf(self.claimed_s)
                else f"the {self.claimed_s:.2f} s announced"
            )
            raise AudioTruncatedError(
                f"{self.name}: breaks off after {self.heard_s:.2f} s of {claimed}; "
                "expected a whole file: copy or download it again, or save what is there as a new file"
            )
        if not self.heard_count:
            raise AudioEmptyError(f"{self.name}: decodes to no samples; expected sound: record it again")
        if self.heard_s < MIN_DURATION_S:
            samples = f"{self.heard_count} sample{'s' * (self.heard_count != 1)}"
            raise AudioTooShortError(
                f"{self.name}: lasts {self.heard_s:.4f} s ({samples}); expected at least {MIN_DURATION_S} s: "
                "record it again"
            )
        self._drain(last=True)
        if np.all(self._low == self._high):
            raise AudioSilentError(
                f"{self.name}: every sample of its {self.heard_s:.2f} s is {float(np.max(self._high)):.3g}; "
                "expected sound: check the microphone or line that recorded it"
            )
        blocks, self._kept = self._kept, []
        return blocks

    def clipped_share(self, heard: list[int]) -> float:
        """Share of the samples taken that were cut off at the rail, in the one of some channels with most."""
        clipped = self._clipped_count
        return 0.0 if clipped is None else float(clipped[heard].max()) / self.heard_count

    def _refuse_over_limit(self, seconds: float) -> None:
        if seconds > self.max_duration_s:
            found = f"lasts {seconds:,.0f} s" if seconds > self.max_duration_s + 60 else "goes on"
            raise AudioTooLongError(
                f"{self.name}: {found}, over the limit of {self.max_duration_s:,.0f} s "
                f"({self.max_duration_s / 60:.3g} minutes); "
                "expected one message: cut it, or raise max_duration_s"
            )

    def _refuse_over_memory(self) -> None:
        if self.heard_s * self._kept_count > _STEREO * self.max_duration_s:
            raise AudioTooLongError(
                f"{self.name}: {self._kept_count} channels go on after {self.heard_s:,.0f} s; expected "
                f"{_STEREO} of {self.max_duration_s:,.0f} s at most: choose one, or mix them"
            )

    def _drain(self, *, last: bool = False) -> None:
        block = _joined(self._pending) if self._pending else np.zeros((0, self._kept_count), np.float32)
        self._pending, self._pending_count = [], 0
        if block.size:
            low, high = extremes(block, self.name)
            self._low, self._high = np.minimum(self._low, low), np.maximum(self._high, high)
            clipped = np.array([clipped_count(channel) for channel in block.T])
            self._clipped_count = clipped if self._clipped_count is None else self._clipped_count + clipped
        if self.rate_hz != self.source_rate_hz:
            block = self._resampled(block, last)
        if block.size:
            self._kept.append(block)

    def _resampled(self, block: NDArray[np.float32], last: bool) -> NDArray[np.float32]:
        import soxr

        if self._resampler is None:
            self._resampler = soxr.ResampleStream(
                self.source_rate_hz, self.rate_hz, self._kept_count, dtype="float32", quality="HQ"
            )
        resampled: NDArray[np.float32] = self._resampler.resample_chunk(block, last=last)
        return resampled.reshape(-1, self._kept_count)


def one_channel(block: NDArray[np.float32], channel: int | None, name: str) -> NDArray[np.float32]:
    """Samples of shape (n_samples, n_channels), of one channel where it is chosen, and there."""
    if channel is None:
        return block
    n_channels = block.shape[1]
    if channel >= n_channels:
        raise AudioFormatError(
            f"{name}: has {n_channels} channel{'s' * (n_channels != 1)}; expected a channel {channel + 1}: "
            "choose one that is there, or leave the choice out"
        )
    return block[:, [channel]]


def _joined(blocks: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def extremes(channels: NDArray[np.float32], name: str) -> tuple[Any, Any]:
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


def full_scale(samples: NDArray[Any], name: str) -> NDArray[np.float32]:
    """Samples as float32 at full scale 1.0."""
    if samples.dtype == np.float32:
        return samples
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if kind == "f":
        with np.errstate(over="ignore"):  # becomes infinity, which is refused by name
            scaled: NDArray[np.float32] = samples.astype(np.float32)
        return scaled
    if kind in "iu" and bits <= 32:
        scaled = samples.astype(np.float32) * np.float32(2.0 ** (1 - bits))
        return scaled - np.float32(1.0) if kind == "u" else scaled
    raise AudioSamplesError(
        f"{name}: samples are {samples.dtype}, of unknown full scale; "
        "expected float32, float64, int16 or int32: convert them first"
    )


def whole_rate_hz(rate_hz: Any, name: str) -> int:
    """The rate as an integer, if it is one and within bounds."""
    is_number = isinstance(rate_hz, Real) and not isinstance(rate_hz, bool)
    if not (is_number and float(rate_hz).is_integer() and LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ):
        raise AudioSamplesError(
            f"{name}: its rate is {rate_hz!r}; expected a whole number of samples per second "
            f"from {LOWEST_RATE_HZ:,} to {HIGHEST_RATE_HZ:,}: check the header, or the rate that was passed"
        )
    return int(rate_hz)
