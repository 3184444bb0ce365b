"""Reading recordings: every format by a tone of known pitch and level, every fault by its own error."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import sys
import tracemalloc
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from aftertone.acoustics import channels as channels_of
from aftertone.acoustics import decoding
from aftertone.acoustics.audio import ANALYSIS_RATE_HZ, Recording, read_audio
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
from tests.acoustics.recordings import SAMPLE_AUDIO, shared_files

TONE_HZ = 440.0
AMPLITUDE = 0.3


def tone(rate_hz: int, duration_s: float = 1.5, hz: float = TONE_HZ) -> NDArray[np.float64]:
    """A sine that starts and ends at any phase: `duration_s` at `rate_hz`."""
    return AMPLITUDE * np.sin(2 * np.pi * hz * np.arange(round(duration_s * rate_hz)) / rate_hz)


def encoded(samples: NDArray[Any], rate_hz: int, kind: str, coding: str, **options: Any) -> bytes:
    """A file's bytes as libsndfile writes them."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=kind, subtype=coding, **options)
    return file.getvalue()


def write_with_av(path: Path, codec: str, rate_hz: int, samples: NDArray[Any], **options: Any) -> Path:
    """Encode with FFmpeg, or skip where its build lacks the encoder."""
    av: Any = import_module("av")  # untyped here: frames of any kind are written

    try:
        av.codec.Codec(codec, "w")
    except ValueError:
        pytest.skip(f"this FFmpeg has no {codec} encoder")
    bit_rate = options.pop("bit_rate", None)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout="mono", options=options)
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(
            np.round(samples[np.newaxis] * 32767).astype(np.int16), format="s16", layout="mono"
        )
        frame.sample_rate = rate_hz
        converter = av.AudioResampler(stream.codec_context.format.name, "mono", rate_hz)
        for part in [*converter.resample(frame), *converter.resample(None)]:
            for packet in stream.encode(part):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def strongest_hz(samples: NDArray[Any]) -> float:
    """Frequency of the highest peak of the middle half, by parabola over the log spectrum."""
    quarter = samples.size // 4
    middle = samples[quarter : 3 * quarter].astype(np.float64)
    level = np.log(np.abs(np.fft.rfft(middle * np.hanning(middle.size))) + 1e-12)
    at = int(level[1:-1].argmax()) + 1
    before, peak, after = level[at - 1 : at + 2]
    return float((at + 0.5 * (before - after) / (before - 2 * peak + after)) * ANALYSIS_RATE_HZ / middle.size)


def rms(samples: NDArray[Any]) -> float:
    """Root mean square of the middle half."""
    quarter = samples.size // 4
    return float(np.sqrt(np.mean(samples[quarter : 3 * quarter].astype(np.float64) ** 2)))


def assert_is_the_tone(recording: Recording, source_rate_hz: int, level_db: float, duration_s: float) -> None:
    assert recording.source_rate_hz == source_rate_hz
    assert recording.rate_hz == ANALYSIS_RATE_HZ
    assert recording.samples.dtype == np.float32
    assert not recording.samples.flags.writeable
    assert recording.samples.flags.c_contiguous
    assert recording.duration_s == pytest.approx(1.5, abs=duration_s)
    assert strongest_hz(recording.samples) == pytest.approx(TONE_HZ, abs=0.5)
    assert 20 * np.log10(rms(recording.samples) / (AMPLITUDE / np.sqrt(2))) == pytest.approx(0, abs=level_db)


# ---- formats ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "coding", "rate_hz"),
    [
        ("WAV", "PCM_U8", 8000),
        ("WAV", "PCM_16", 11025),
        ("WAV", "PCM_24", 44100),
        ("WAV", "PCM_32", 96000),
        ("WAV", "FLOAT", 16000),
        ("WAV", "DOUBLE", 22050),
        ("WAV", "ULAW", 8000),
        ("WAV", "ALAW", 8000),
        ("WAV", "GSM610", 8000),
        ("WAV", "IMA_ADPCM", 8000),
        ("WAV", "MS_ADPCM", 8000),
        ("WAV", "G721_32", 8000),
        ("WAVEX", "PCM_16", 48000),
        ("RF64", "PCM_16", 16000),
        ("W64", "PCM_16", 16000),
        ("AIFF", "PCM_16", 32000),
        ("AU", "ULAW", 8000),
        ("CAF", "PCM_16", 16000),
        ("NIST", "PCM_16", 8000),
        ("FLAC", "PCM_16", 8000),
        ("FLAC", "PCM_24", 192000),
        ("OGG", "VORBIS", 16000),
        ("OGG", "OPUS", 48000),
        ("MP3", "MPEG_LAYER_III", 44100),
        ("MP3", "MPEG_LAYER_III", 8000),
    ],
)
def test_reads_what_libsndfile_writes(kind: str, coding: str, rate_hz: int) -> None:
    data = encoded(tone(rate_hz), rate_hz, kind, coding)
    assert_is_the_tone(read_audio(data), rate_hz, level_db=0.4, duration_s=0.07)  # ADPCM, GSM pad their block


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "bit_rate"),
    [
        ("voice.m4a", "aac", 16000, 48_000),
        ("voice.mp4", "aac", 44100, 64_000),
        ("voice.3gp", "libopencore_amrnb", 8000, 12_200),
        ("voice.amr", "libopencore_amrnb", 8000, 12_200),
        ("voice.webm", "libopus", 48000, 48_000),
        ("voice.wma", "wmav2", 16000, 48_000),
        ("voice.g722", "g722", 16000, None),
        ("voice.aac", "aac", 16000, 48_000),
        ("voice.mp3", "libmp3lame", 16000, 48_000),
    ],
)
def test_reads_what_ffmpeg_writes(
    tmp_path: Path, name: str, codec: str, rate_hz: int, bit_rate: int | None
) -> None:
    path = write_with_av(tmp_path / name, codec, rate_hz, tone(rate_hz), bit_rate=bit_rate)
    assert_is_the_tone(read_audio(path), rate_hz, level_db=1.0, duration_s=0.15)  # AAC and AMR pad
    assert read_audio(path).path == path
    assert read_audio(path).name == name


def test_reads_amr_wideband_where_the_command_can_write_it(tmp_path: Path) -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("no ffmpeg command")
    soundfile.write(tmp_path / "a.wav", tone(16000), 16000)
    done = subprocess.run(
        [ffmpeg, "-v", "error", "-i", tmp_path / "a.wav", "-c:a", "libvo_amrwbenc", tmp_path / "a.amr"],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("the ffmpeg command has no AMR-WB encoder")
    assert_is_the_tone(read_audio(tmp_path / "a.amr"), 16000, level_db=1.5, duration_s=0.15)


@pytest.mark.parametrize(
    ("suffix", "coding", "rate_hz"),
    [
        *[(suffix, "PCM_16", 8000) for suffix in (".sln", ".slin", ".SLN", ".sln8")],
        *[(f".sln{khz}", "PCM_16", 1000 * khz) for khz in (12, 16, 24, 32, 48, 96, 192)],
        (".sln44", "PCM_16", 44_100),
        *[(suffix, "ULAW", 8000) for suffix in (".ulaw", ".ul", ".ulw", ".mu", ".pcmu")],
        *[(suffix, "ALAW", 8000) for suffix in (".alaw", ".al", ".alw", ".pcma")],
        (".gsm", "GSM610", 8000),
    ],
)
def test_samples_without_a_header_are_read_by_their_suffix(
    tmp_path: Path, suffix: str, coding: str, rate_hz: int
) -> None:
    path = tmp_path / f"msg0001{suffix}"
    path.write_bytes(encoded(tone(rate_hz), rate_hz, "RAW", coding))
    assert_is_the_tone(read_audio(path), rate_hz, level_db=0.4, duration_s=0.02)
    with path.open("rb") as file:
        assert_is_the_tone(read_audio(file), rate_hz, level_db=0.4, duration_s=0.02)


def test_linear_samples_without_a_header_are_little_endian(tmp_path: Path) -> None:
    values = np.arange(-8000, 8000, 4)
    (tmp_path / "a.sln16").write_bytes(values.astype("<i2").tobytes())
    np.testing.assert_array_equal(read_audio(tmp_path / "a.sln16").samples, np.float32(values / 32_768))


@pytest.mark.parametrize(("suffix", "coding"), [(".ulaw", "ULAW"), (".sln", "PCM_16"), (".gsm", "GSM610")])
def test_a_given_rate_overrides_the_suffix(tmp_path: Path, suffix: str, coding: str) -> None:
    path = tmp_path / f"wide{suffix}"
    path.write_bytes(encoded(tone(16_000), 16_000, "RAW", coding))
    assert_is_the_tone(read_audio(path, rate_hz=16_000), 16_000, level_db=0.4, duration_s=0.02)
    assert read_audio(path).duration_s == pytest.approx(3.0, abs=0.02)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.wav", "WAV"), ("a.flac", "FLAC"), ("a.ulaw", "WAV"), ("a.ogg", "OGG")]
)
def test_a_rate_other_than_the_files_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    soundfile.write(path, tone(8000), 8000, format=kind)
    with pytest.raises(AudioSamplesError) as caught:
        read_audio(path, rate_hz=16_000)
    assert_message(caught, name, "its header gives a rate of 8000 Hz", "16000", "leave it out")
    assert_is_the_tone(read_audio(path, rate_hz=8000), 8000, level_db=0.4, duration_s=0.02)


def wav49(block_count: int, sounds: bytes) -> bytes:
    """A header as Asterisk's format_wav_gsm.c writes it, and blocks of 65 bytes."""
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    fact = struct.pack("<4sII", b"fact", 4, 320 * block_count)
    data = sounds[: 65 * block_count]
    rest = b"WAVEfmt " + struct.pack("<I", len(form)) + form + fact
    rest += struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(rest)) + rest


@pytest.mark.parametrize("name", ["msg0000.WAV", "msg0000.wav49", "msg0000.gsm"])
def test_wav49_is_read(tmp_path: Path, name: str) -> None:
    whole = encoded(tone(8000), 8000, "WAV", "GSM610")
    sounds = whole[whole.index(b"data") + 8 :]
    path = tmp_path / name
    path.write_bytes(wav49(len(sounds) // 65, sounds))
    assert_is_the_tone(read_audio(path), 8000, level_db=0.4, duration_s=0.03)
    unfinished = bytearray(path.read_bytes())  # of a call that was cut: sizes are written at its end
    for at in (4, unfinished.index(b"fact") + 8, unfinished.index(b"data") + 4):
        unfinished[at : at + 4] = bytes(4)
    path.write_bytes(unfinished)
    assert_is_the_tone(read_audio(path), 8000, level_db=0.4, duration_s=0.03)
    path.write_bytes(wav49(len(sounds) // 65, sounds)[:-700])
    with pytest.raises(AudioTruncatedError) as caught:
        read_audio(path)
    assert_message(caught, name, "is cut off after")


def test_an_idle_line_is_not_text(tmp_path: Path) -> None:
    rest = np.frombuffer(b"U", np.uint8).repeat(4_000)  # minus nought in A-law
    said = np.frombuffer(encoded(tone(8000), 8000, "RAW", "ALAW"), np.uint8)
    (tmp_path / "a.alaw").write_bytes(np.concatenate([rest, said]).tobytes())
    assert read_audio(tmp_path / "a.alaw").duration_s == 2.0
    (tmp_path / "b.alaw").write_bytes(b"Hi Mary, this is John. " * 50)
    with pytest.raises(AudioFormatError, match="holds text"):
        read_audio(tmp_path / "b.alaw")


def gsm(change: Any = None) -> bytes:
    data = bytearray(encoded(tone(8000), 8000, "RAW", "GSM610"))
    if change is not None:
        change(data)
    return bytes(data)


def without_a_byte(data: bytearray) -> None:
    del data[33 * 7 + 2]


def with_a_foreign_frame(data: bytearray) -> None:
    data[33 * 7] = 0x12


@pytest.mark.parametrize(
    ("name", "data", "error", "part"),
    [
        ("a.gsm", gsm()[:-5], AudioTruncatedError, "28 of the 33 bytes of a GSM610 frame"),
        ("a.gsm", gsm(without_a_byte), AudioTruncatedError, "32 of the 33 bytes"),
        ("a.gsm", gsm(with_a_foreign_frame), AudioFormatError, "frame 8 of 75 is not GSM 06.10"),
        ("a.gsm", b"\xff\x7f\xd5" * 110, AudioFormatError, "frame 1 of 10 is not"),
        ("a.sln", b"\x01\x80" * 4000 + b"\x02", AudioTruncatedError, "1 of the 2 bytes of a PCM_16 sample"),
        ("a.sln", b"\x01", AudioTruncatedError, "1 of the 2 bytes"),
        ("a.sln", b"", AudioEmptyError, "0 bytes"),
        ("a.ulaw", b"\xff" * 799, AudioTooShortError, "0.0999 s"),
        ("a.ulaw", b"\xff" * 8000, AudioSilentError, "every sample of its 1.00 s is 0"),
        ("a.alaw", b"\xd5" * 8000, AudioSilentError, "every sample of its 1.00 s"),
        ("a.ulaw", bytes(range(128, 256)) * 200_000, AudioTooLongError, "limit of 1,800 s"),
        ("a.gsm", b"\xd0" * 33 * 90_001, AudioTooLongError, "limit of 1,800 s"),
        ("a.ulaw", b"%PDF-1.7\n\x80\x81" + bytes(600), AudioFormatError, "a PDF document"),
    ],
)
def test_faults_of_samples_without_a_header(
    tmp_path: Path, name: str, data: bytes, error: type[AudioError], part: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(error) as caught:
        read_audio(path)
    assert type(caught.value) is error
    assert_message(caught, name, part, "expected")


def test_mp3_inside_a_wav_is_read_whole(tmp_path: Path) -> None:
    path = write_with_av(tmp_path / "voice.wav", "libmp3lame", 16000, tone(16000), bit_rate=48_000)
    assert_is_the_tone(read_audio(path), 16000, level_db=1.0, duration_s=0.15)


def test_source_may_be_path_string_bytes_or_file(tmp_path: Path) -> None:
    path = tmp_path / "täst 1.flac"
    soundfile.write(path, tone(8000), 8000)
    with path.open("rb") as file:
        from_file = read_audio(file)
        assert not file.closed
    of_all = [read_audio(path), read_audio(str(path)), read_audio(path.read_bytes()), from_file]
    for recording in of_all:
        np.testing.assert_array_equal(recording.samples, of_all[0].samples)
    assert [recording.path for recording in of_all] == [path, path, None, path]
    assert of_all[2].name == "recording"


def test_samples_at_the_analysis_rate_are_untouched() -> None:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, 20_000).astype(np.float32)
    np.testing.assert_array_equal(read_audio(encoded(samples, 16000, "WAV", "FLOAT")).samples, samples)


def test_long_file_is_joined_from_blocks_without_a_seam() -> None:
    import soxr

    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (1_300_000, 2)).astype(np.float32)  # 3 blocks
    read = read_audio(encoded(samples, 44100, "WAV", "FLOAT")).samples
    whole = soxr.resample(samples.mean(axis=1), 44100, ANALYSIS_RATE_HZ)
    np.testing.assert_allclose(read, whole, atol=1e-5)


@pytest.mark.parametrize("declared", [0, 0xFFFF_FFFF, 0x7FFF_F024])  # FFmpeg, FFmpeg, SoX to a pipe
def test_streamed_wav_is_read_whole(declared: int) -> None:
    data = bytearray(encoded(tone(8000), 8000, "WAV", "PCM_16"))
    data[40:44] = struct.pack("<I", declared)
    assert_is_the_tone(read_audio(bytes(data)), 8000, level_db=0.1, duration_s=0.001)


def test_variable_rate_mp3_without_xing_header_is_read_whole() -> None:
    samples = np.concatenate([tone(16000, 10), np.random.default_rng(0).uniform(-0.5, 0.5, 160_000)])
    data = encoded(samples, 16000, "MP3", "MPEG_LAYER_III", bitrate_mode="VARIABLE")
    tagless = data[data.index(b"\xff\xf3", 4) :]  # the frame that holds the header goes
    assert b"Xing" not in tagless
    assert read_audio(tagless).duration_s == pytest.approx(20, abs=0.2)


def test_flac_of_unknown_length_is_read_whole() -> None:
    data = bytearray(encoded(tone(8000), 8000, "FLAC", "PCM_16"))
    data[21] &= 0xF0  # 36 bits of STREAMINFO: total samples, 0 where the encoder wrote to a pipe
    data[22:26] = bytes(4)
    assert_is_the_tone(read_audio(bytes(data)), 8000, level_db=0.1, duration_s=0.001)


@pytest.mark.parametrize("reference", [True, False])
def test_amr_pauses_keep_their_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: bool) -> None:
    speech = tone(8000, 6.0)
    speech[16_000:32_000] = 0  # silent from 2 s to 4 s
    path = write_with_av(tmp_path / "pause.amr", "libopencore_amrnb", 8000, speech, bit_rate=12_200, dtx="1")
    if not reference:
        monkeypatch.setattr(decoding, "_decoder", lambda stream: stream.codec_context)
    recording = read_audio(path)
    assert recording.duration_s == pytest.approx(6.0, abs=0.05)
    sounding = np.abs(recording.samples[: 16_000 * 6].reshape(-1, 1600)).max(axis=1) > 0.1
    assert sounding[1:19].all()
    assert not sounding[22:39].any()
    assert sounding[42:59].all()


def test_packets_that_were_never_sent_keep_their_time(tmp_path: Path) -> None:
    av: Any = import_module("av")  # untyped here: frames of any kind are written

    whole = write_with_av(tmp_path / "whole.webm", "libopus", 48000, tone(48000, 3.0))
    gappy = tmp_path / "gappy.webm"
    with av.open(str(whole)) as given, av.open(str(gappy), "w") as kept:
        stream = kept.add_stream_from_template(given.streams.audio[0])
        for packet in given.demux(given.streams.audio[0]):
            if packet.dts is not None and not 1.0 <= packet.pts * packet.time_base < 2.0:
                packet.stream = stream
                kept.mux(packet)
    recording = read_audio(gappy)
    assert recording.duration_s == pytest.approx(3.0, abs=0.03)
    peaks = np.abs(recording.samples[: 30 * 1600 - 1600].reshape(-1, 1600)).max(axis=1)
    assert (peaks[1:9] > 0.2).all()
    assert (peaks[11:19] == 0).all()
    assert (peaks[21:28] > 0.2).all()


def test_playlist_is_not_followed(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "secret.wav", tone(16000), 16000)
    binary = b"\xef\xbb\xbf#EXTM3U\x00\n#EXTINF:2,\nsecret.wav\n#EXT-X-ENDLIST\n"
    for data in (
        b"#EXTM3U\n#EXTINF:2,\nsecret.wav\n#EXT-X-ENDLIST\n",
        binary,
        b"ffconcat version 1.0\nfile secret.wav",
    ):
        path = tmp_path / "list.wav"
        path.write_bytes(data)
        with pytest.raises(AudioFormatError):
            read_audio(path)


# ---- channels --------------------------------------------------------------------------------------------


def test_channels_are_averaged() -> None:
    left, right = tone(16000), tone(16000, hz=1000.0)
    recording = Recording.from_samples(np.stack([left, right], axis=1), 16000)
    np.testing.assert_allclose(recording.samples, (left + right) / 2, atol=1e-6)


@pytest.mark.parametrize("hum", [0.0, 1e-4])
def test_silent_channels_do_not_lower_the_level(hum: float) -> None:
    sound = tone(16000)
    dead = hum * np.random.default_rng(0).standard_normal((sound.size, 2))
    recording = Recording.from_samples(np.column_stack([dead[:, 0], sound, dead[:, 1]]), 16000)
    assert rms(recording.samples) == pytest.approx(rms(sound), rel=1e-6)


def test_constant_offset_of_a_dead_channel_does_not_make_it_sound() -> None:
    sound = tone(16000)
    recording = Recording.from_samples(np.column_stack([sound, np.full(sound.size, 0.5)]), 16000)
    assert rms(recording.samples) == pytest.approx(rms(sound), rel=1e-6)


def test_opposite_polarity_does_not_cancel() -> None:
    sound = tone(16000)
    recording = read_audio(encoded(np.column_stack([0.5 * sound, -sound]), 16000, "WAV", "FLOAT"))
    np.testing.assert_allclose(recording.samples, -sound, atol=1e-6)


@given(st.lists(st.floats(0.1, 1.0), min_size=1, max_size=6), st.booleans())
@settings(max_examples=50, deadline=None)
def test_mix_lies_between_the_quietest_and_the_loudest_channel(gains: list[float], turned: bool) -> None:
    sound = tone(16000, 0.2)
    channels = np.outer(sound, gains)
    if turned:
        channels[:, 0] *= -1
    level = rms(Recording.from_samples(channels, 16000).samples) / rms(sound)
    assert level <= max(gains) * 1.0001
    assert level >= (0.2 * min(gains) / len(gains) if turned else min(gains) * 0.9999)


@pytest.fixture(scope="module")
def agent() -> NDArray[np.float32]:
    """A message, 16 kHz."""
    return read_audio(SAMPLE_AUDIO / "dentist_callback.flac").samples


def noise_like(kind: str, samples: NDArray[Any]) -> NDArray[np.float64]:
    """As long and as loud as some samples."""
    draw, times_s = np.random.default_rng(0), np.arange(samples.size) / ANALYSIS_RATE_HZ
    made = {
        "hiss": draw.standard_normal(samples.size),
        "hum": np.sin(2 * np.pi * 120 * times_s) + 0.3 * np.sin(2 * np.pi * 240 * times_s),
        "ringing": (np.sin(2 * np.pi * 440 * times_s) + np.sin(2 * np.pi * 480 * times_s))
        * (times_s % 6 < 2),
        "chords": sum(
            np.sin(2 * np.pi * hz * harmonic * times_s) / harmonic * np.exp(-3 * (times_s % 0.9))
            for hz in (220, 277, 330)
            for harmonic in (1, 2, 3)
        ),
    }[kind]
    return np.asarray(made * np.sqrt(np.mean(samples**2) / np.mean(made**2)))


@pytest.mark.parametrize("kind", ["hiss", "hum", "ringing", "chords"])
@pytest.mark.parametrize("side", [0, 1])
def test_the_channel_with_speech_is_taken_not_a_noisy_mean(
    agent: NDArray[np.float32], kind: str, side: int
) -> None:
    channels = np.stack([agent, agent], axis=1)
    channels[:, 1 - side] = 2 * noise_like(kind, agent)
    for recording in (
        Recording.from_samples(channels, 16_000),
        read_audio(encoded(channels / 4, 16_000, "WAV", "FLOAT")),
    ):
        ratio = np.dot(recording.samples, agent) / np.dot(agent, agent)
        np.testing.assert_allclose(recording.samples, agent * ratio, atol=1e-6)
    mean = Recording.from_samples(channels, 16_000, channel="mean").samples
    np.testing.assert_allclose(mean, channels.mean(axis=1), atol=1e-6)


def test_the_channel_with_speech_is_found_in_noise_of_its_own(agent: NDArray[np.float32]) -> None:
    noisy = agent + noise_like("hiss", agent)  # 0 dB
    channels = np.stack([noise_like("hiss", agent)[::-1], noisy], axis=1)
    np.testing.assert_allclose(Recording.from_samples(channels, 16_000).samples, noisy, atol=1e-6)


def test_two_channels_with_speech_are_both_kept(agent: NDArray[np.float32]) -> None:
    other = read_audio(SAMPLE_AUDIO / "threat.flac").samples
    other = np.resize(other, agent.size)
    recording = Recording.from_samples(np.stack([agent, other], axis=1), 16_000)
    np.testing.assert_allclose(recording.samples, (agent + other) / 2, atol=1e-6)


@pytest.mark.parametrize("gain", [1.0, 0.3, -0.2])
def test_channels_with_the_same_sound_give_their_mean(
    agent: NDArray[np.float32], gain: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels_of, "speech_probability", None)  # silero is not run
    channels = np.stack([agent, np.float32(gain) * agent], axis=1)
    recording = Recording.from_samples(channels, 16_000)
    np.testing.assert_allclose(recording.samples, agent * (1 + gain) / 2, atol=1e-6)


def test_channels_without_speech_give_their_mean(agent: NDArray[np.float32]) -> None:
    channels = np.stack([noise_like("hiss", agent), noise_like("hum", agent)], axis=1)
    np.testing.assert_allclose(
        Recording.from_samples(channels, 16_000).samples, channels.mean(axis=1), atol=1e-6
    )


def test_speech_is_found_across_blocks(agent: NDArray[np.float32]) -> None:
    channels = np.stack([agent, 0.3 * noise_like("hiss", agent)], axis=1).astype(np.float32)
    for size in (1_000, 77_777, 10**9):
        blocks = [channels[first : first + size] for first in range(0, len(channels), size)]
        assert channels_of.selected_channels(blocks) == [0]


@pytest.mark.parametrize(("channel", "index"), [(1, 0), ("left", 0), (2, 1), ("right", 1), (3, 2)])
def test_a_channel_is_chosen_by_number_or_side(channel: Any, index: int) -> None:
    tones = [tone(16_000, hz=hz) for hz in (300.0, 500.0, 700.0)]
    data = encoded(np.stack(tones, axis=1), 16_000, "WAV", "FLOAT")
    for recording in (
        read_audio(data, channel=channel),
        Recording.from_samples(np.stack(tones, axis=1), 16_000, channel=channel),
    ):
        np.testing.assert_allclose(recording.samples, tones[index], atol=1e-6)


def test_one_channel_of_many_is_kept_in_the_memory_of_one() -> None:
    """Eight channels of a quarter of an hour are two hours of one: refused, unless one is chosen."""
    data = encoded(np.repeat(tone(4000, 900)[:, None], 8, axis=1), 4000, "WAV", "PCM_U8")
    with pytest.raises(AudioTooLongError, match="8 channels of more than"):
        read_audio(data)
    assert read_audio(data, channel=8).duration_s == 900


def test_a_missing_channel_is_an_error() -> None:
    for channels, found in ((1, "has 1 channel;"), (2, "has 2 channels;")):
        samples = np.repeat(tone(8000)[:, None], channels, axis=1)
        with pytest.raises(AudioFormatError) as caught:
            read_audio(encoded(samples, 8000, "WAV", "PCM_16"), channel=3)
        assert_message(caught, "recording", found, "expected a channel 3")
        with pytest.raises(AudioFormatError, match=found):
            Recording.from_samples(samples, 8000, channel=3)


def test_only_the_chosen_channel_is_checked() -> None:
    clipped = np.clip(9 * tone(16_000), -1, 1)
    data = encoded(np.column_stack([tone(16_000), clipped, 0 * clipped]), 16_000, "WAV", "FLOAT")
    with pytest.raises(AudioSilentError):
        read_audio(data, channel=3)
    shares = [read_audio(data, channel=channel).clipped_share for channel in (1, 2, "mean")]
    assert shares[0] == 0
    assert shares[1] == shares[2] == pytest.approx(0.7, abs=0.1)


@pytest.mark.parametrize("channel", [0, -1, 1.5, True, None, "middle", "1", ""])
def test_an_invalid_channel_is_a_programming_error(channel: Any) -> None:
    with pytest.raises(ValueError, match="expected a number from 1 up, 'left'"):
        read_audio(encoded(tone(8000), 8000, "WAV", "PCM_16"), channel=channel)


# ---- resampling ------------------------------------------------------------------------------------------


@given(
    rate_hz=st.sampled_from([4000, 6000, 8000, 11025, 16000, 22050, 44100, 48000, 96000, 384_000]),
    sample_count=st.integers(4000, 60_000),
    hz=st.floats(100, 1500),
)
@settings(max_examples=40, deadline=None)
def test_resampling_keeps_length_pitch_and_level(rate_hz: int, sample_count: int, hz: float) -> None:
    duration_s = max(0.5, sample_count / rate_hz)
    recording = Recording.from_samples(tone(rate_hz, duration_s, hz), rate_hz)
    source_count = round(duration_s * rate_hz)
    assert abs(recording.samples.size - source_count * ANALYSIS_RATE_HZ / rate_hz) <= 1
    assert strongest_hz(recording.samples) == pytest.approx(hz, abs=0.2)
    assert rms(recording.samples) == pytest.approx(AMPLITUDE / np.sqrt(2), rel=0.02)  # part of a period


def test_the_same_sound_at_three_rates_agrees_without_delay() -> None:
    of_rate = [Recording.from_samples(tone(rate_hz), rate_hz).samples for rate_hz in (8000, 16000, 44100)]
    for samples in of_rate:
        assert samples.size == of_rate[1].size
        np.testing.assert_allclose(samples[800:-800], of_rate[1][800:-800], atol=2e-4)  # edges ring


def test_mixing_takes_no_more_memory_than_the_channels() -> None:
    channels = np.random.default_rng(0).normal(0, 0.1, (4_000_000, 2)).astype(np.float32)
    tracemalloc.start()
    mixed = channels_of.mixed_down([channels], channels_of.selected_channels([channels]))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(mixed, (channels[:, 0] + channels[:, 1]) / np.float32(2))
    assert peak_bytes < channels.nbytes


@pytest.mark.parametrize("turned", [1, -1])
def test_the_size_of_blocks_does_not_change_the_mix(turned: int) -> None:
    """Each block is freed once it is mixed, so that memory does not hold the recording twice."""
    channels = np.random.default_rng(0).normal(0.01, 0.1, (2_000_000, 2)).astype(np.float32)
    channels[:, 1] = turned * 0.9 * channels[:, 0]
    expected = Recording.from_samples(channels, 16_000).samples
    tracemalloc.start()
    blocks = [channels[first : first + 300_000].copy() for first in range(0, len(channels), 300_000)]
    mixed = channels_of.mixed_down(blocks, channels_of.selected_channels(blocks))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(mixed, expected)
    assert rms(mixed) == pytest.approx(rms(channels[:, 0]) * (0.95 if turned > 0 else 1), rel=1e-4)
    assert not blocks
    assert peak_bytes < 1.6 * channels.nbytes  # with the mix, which is half as large


def test_a_constant_offset_is_not_removed() -> None:
    recording = Recording.from_samples(tone(8000) + 0.2, 8000)
    assert float(recording.samples[800:-800].mean()) == pytest.approx(0.2, abs=1e-3)


# ---- faults of files -------------------------------------------------------------------------------------


def assert_message(caught: pytest.ExceptionInfo[AudioError], name: str, *parts: str) -> None:
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    for part in (*parts,):
        assert part in message


def test_no_such_file(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.wav", tmp_path / "gone" / "gone.wav"):
        with pytest.raises(AudioNotFoundError) as caught:
            read_audio(path)
        assert_message(caught, "gone.wav", "no such file", str(path))
    with pytest.raises(FileNotFoundError):
        read_audio(tmp_path / "gone.wav")
    with pytest.raises(AudioNotFoundError):
        read_audio("null\0byte.wav")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(AudioFormatError) as caught:
        read_audio(tmp_path)
    assert_message(caught, tmp_path.name, "is a folder", "batch")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioFormatError) as caught:
        read_audio(tmp_path / "pipe.wav")
    assert_message(caught, "pipe.wav", "pipe or device")


def test_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "locked.wav"
    soundfile.write(path, tone(8000), 8000)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read anything")
    with pytest.raises(AudioAccessError) as caught:
        read_audio(path)
    assert_message(caught, "locked.wav", "permissions")


def test_file_whose_opening_is_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "locked.wav"
    soundfile.write(path, tone(8000), 8000)

    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(AudioAccessError) as caught:
        read_audio(path)
    assert_message(caught, "locked.wav", "Permission denied", "permissions")
    assert isinstance(caught.value, PermissionError)
    assert isinstance(caught.value.__cause__, PermissionError)


@pytest.mark.parametrize(
    ("data", "error", "part"),
    [
        (b"", AudioEmptyError, "0 bytes"),
        (b"Hi Mary, this is John. " * 50, AudioFormatError, "text, beginning 'Hi Mary"),
        ("Grüße aus Köln, 你好\n".encode() * 50, AudioFormatError, "text, beginning 'Grüße"),
        (b"<!doctype html><html>404</html>", AudioFormatError, "text, beginning '<!doctype"),
        (b"%PDF-1.7\n\x80\x81" + bytes(600), AudioFormatError, "a PDF document"),
        (b"PK\x03\x04" + bytes(600), AudioFormatError, "a zip archive"),
        (bytes(2000), AudioFormatError, "begins with the bytes 00 00"),
        (b"\x89PNG\r\n\x1a\n" + bytes(600), AudioFormatError, "a PNG picture"),
        (b"RIFF", AudioFormatError, "begins like a WAV file"),
        (encoded(np.zeros(0), 8000, "WAV", "PCM_16"), AudioEmptyError, "no samples"),
        (encoded(tone(8000)[:1], 8000, "WAV", "PCM_16"), AudioTooShortError, "(1 sample)"),
        (encoded(tone(8000, 0.09), 8000, "WAV", "PCM_16"), AudioTooShortError, "0.0900 s"),
        (encoded(np.zeros(8000), 8000, "WAV", "PCM_16"), AudioSilentError, "every sample of its 1.00 s is 0"),
        (encoded(np.full(8000, 0.25), 44100, "FLAC", "PCM_16"), AudioSilentError, "is 0.25"),
        (encoded(np.tile([0.0, 0.5], (8000, 1)), 8000, "WAV", "PCM_16"), AudioSilentError, "every sample"),
        (encoded(tone(1000), 1000, "WAV", "PCM_16"), AudioSamplesError, "1000"),
    ],
)
@pytest.mark.parametrize("source", ["path", "bytes"])
def test_faulty_bytes(tmp_path: Path, data: bytes, error: type[AudioError], part: str, source: str) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(data)
    with pytest.raises(error) as caught:
        read_audio(path if source == "path" else data)
    assert type(caught.value) is error
    assert_message(caught, "message.wav" if source == "path" else "recording", part, "expected")


@pytest.mark.parametrize(
    ("bad", "part"), [(np.nan, "2 of 12000"), (-np.inf, "2 of 12000"), (3e4, "times full")]
)
def test_float_file_with_bad_samples(bad: float, part: str) -> None:
    samples = tone(8000)
    samples[[100, 9000]] = bad
    with pytest.raises(AudioSamplesError) as caught:
        read_audio(encoded(samples, 8000, "WAV", "FLOAT"))
    assert_message(caught, "recording", part, "expected finite samples")


@pytest.mark.parametrize(
    ("kind", "coding", "tolerance_s"),
    [
        ("WAV", "PCM_16", 0.02),
        ("WAV", "ULAW", 0.02),
        ("WAV", "GSM610", 0.1),
        ("WAV", "IMA_ADPCM", 0.15),
        ("RF64", "PCM_16", 0.02),
        ("W64", "PCM_16", 0.02),
        ("AIFF", "PCM_16", 0.02),
        ("AU", "PCM_16", 0.02),
        ("FLAC", "PCM_16", 0.6),
        ("MP3", "MPEG_LAYER_III", 0.4),  # half the bytes of a variable rate are not half the time
    ],
)
def test_truncated_file_says_how_much_is_left(
    tmp_path: Path, kind: str, coding: str, tolerance_s: float
) -> None:
    data = encoded(tone(8000, 6.0), 8000, kind, coding)
    path = tmp_path / "cut.bin"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(AudioTruncatedError) as caught:
        read_audio(path)
    assert_message(caught, "cut.bin", "is cut off after", "expected a whole file")
    words = str(caught.value).split()
    assert float(words[words.index("after") + 1]) == pytest.approx(3.0, abs=tolerance_s)
    assert float(words[words.index("the") + 1]) == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("coding", ["VORBIS", "OPUS"])
def test_truncated_ogg(coding: str) -> None:
    data = encoded(np.random.default_rng(0).uniform(-0.5, 0.5, 48_000 * 4), 48000, "OGG", coding)
    for share in (0.02, 0.3, 0.7):
        with pytest.raises(AudioTruncatedError) as caught:
            read_audio(data[: int(len(data) * share)])
        assert_message(caught, "recording", "is cut off after")


def test_wav_cut_right_after_its_header() -> None:
    with pytest.raises(AudioTruncatedError) as caught:
        read_audio(encoded(tone(8000), 8000, "WAV", "PCM_16")[:44])
    assert_message(caught, "recording", "after 0.00 s of the 1.50 s")


def test_truncated_m4a_with_its_index_at_the_end(tmp_path: Path) -> None:
    path = write_with_av(tmp_path / "cut.m4a", "aac", 16000, tone(16000, 5.0))
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(AudioTruncatedError) as caught:
        read_audio(path)
    assert_message(caught, "cut.m4a", "is cut off after 0.00 s;")


def test_truncated_m4a_with_its_index_at_the_start(tmp_path: Path) -> None:
    path = write_with_av(tmp_path / "cut.mp4", "aac", 16000, tone(16000, 6.0))
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("no ffmpeg command")
    fast = tmp_path / "fast.m4a"
    subprocess.run(
        [ffmpeg, "-v", "error", "-i", path, "-c", "copy", "-movflags", "faststart", fast], check=True
    )
    assert read_audio(fast).duration_s == pytest.approx(6.0, abs=0.15)
    fast.write_bytes(fast.read_bytes()[: fast.stat().st_size // 2])
    with pytest.raises(AudioTruncatedError) as caught:
        read_audio(fast)
    assert_message(caught, "fast.m4a", "is cut off after")


@pytest.mark.parametrize("suffix", [".raw", ".pcm", ".vox", ".ub"])
def test_an_unknown_rate_is_not_guessed(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"message{suffix}"
    path.write_bytes(encoded(tone(8000), 8000, "RAW", decoding.HEADERLESS[suffix].coding))
    with pytest.raises(AudioFormatError) as caught:
        read_audio(path)
    assert_message(caught, path.name, "has no header", "--rate")
    assert_is_the_tone(read_audio(path, rate_hz=8000), 8000, level_db=0.4, duration_s=0.001)
    path.write_bytes(encoded(tone(8000), 8000, "WAV", "ULAW"))  # misnamed, but with a header
    assert read_audio(path).duration_s == 1.5


def test_source_of_a_wrong_type_is_a_programming_error() -> None:
    for source in (None, 3, io.StringIO("RIFF")):
        with pytest.raises(TypeError, match="binary"):
            read_audio(source)  # type: ignore[arg-type]


def test_more_planes_than_pyav_can_reach_are_refused() -> None:
    av: Any = import_module("av")  # untyped here: frames of any kind are written

    frame = av.AudioFrame(
        format="fltp", layout="hexadecagonal", samples=160
    )  # 16 channels; reading it crashes
    with pytest.raises(AudioFormatError) as caught:
        decoding._frame_samples(frame, "x.m4a")
    assert_message(caught, "x.m4a", "16 channels")


def test_many_channels_in_a_wav_are_read() -> None:
    channels = np.repeat(tone(8000)[:, np.newaxis], 20, axis=1)
    assert_is_the_tone(read_audio(encoded(channels, 8000, "WAV", "PCM_16")), 8000, 0.1, 0.001)


# ---- limits ----------------------------------------------------------------------------------------------


def test_tiny_flac_that_declares_days() -> None:
    data = bytearray(encoded(tone(8000), 8000, "FLAC", "PCM_16"))
    data[21] |= 0x0F
    data[22:26] = b"\xff" * 4  # 2**36 samples
    with pytest.raises(AudioTooLongError) as caught:
        read_audio(bytes(data))
    assert_message(caught, "recording", "limit of 1,800 s", "30 minutes", "max_duration_s")


@pytest.mark.parametrize("claimed", [True, False])
def test_five_hours_are_refused_in_bounded_memory(tmp_path: Path, claimed: bool) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "meeting.wav"
    size = 8000 * 5 * 3600
    header = bytearray(encoded(tone(8000), 8000, "WAV", "ULAW"))
    at = header.index(b"data")
    header[at + 4 : at + 8] = struct.pack("<I", size if claimed else 0)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(at + 8 + size)  # a sparse file
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(AudioTooLongError) as caught:
        read_audio(path)
    assert_message(caught, "meeting.wav", "limit of 1,800 s")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # KB; whole it is 1.1 GB


def test_the_caller_sets_the_limit() -> None:
    data = encoded(tone(8000, 2.0), 8000, "WAV", "PCM_16")
    assert read_audio(data, max_duration_s=2.0).duration_s == 2.0
    with pytest.raises(AudioTooLongError, match=r"limit of 2 s"):
        read_audio(encoded(tone(8000, 2.1), 8000, "WAV", "PCM_16"), max_duration_s=2.0)


# ---- samples in memory -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype", ["int8", "int16", "int32", "uint8", "uint16", "float16", "float32", "float64"]
)
def test_dtypes_are_scaled_to_full_scale(dtype: str) -> None:
    half = np.tile([0.5, -0.5], 800)
    kind = np.dtype(dtype)
    if kind.kind != "f":
        bits = 8 * kind.itemsize
        half = half * 2 ** (bits - 1) + (2 ** (bits - 1) if kind.kind == "u" else 0)
    recording = Recording.from_samples(half.astype(kind), 16000)
    np.testing.assert_array_equal(recording.samples, np.tile(np.array([0.5, -0.5], np.float32), 800))
    assert recording.samples.dtype == np.float32


def test_the_callers_array_does_not_change() -> None:
    mine = tone(16000).astype(np.float32)
    recording = Recording.from_samples(mine, 16000, path="voice/hello.wav")
    mine[:] = 0
    assert np.abs(recording.samples).max() > 0.2
    assert recording.name == "hello.wav"
    with pytest.raises(ValueError, match="read-only"):
        recording.samples[0] = 1


def test_zeros_and_single_samples_are_allowed_in_memory() -> None:
    assert not Recording.from_samples(np.zeros(8000), 8000).samples.any()
    assert not Recording.from_samples(np.zeros((8000, 2), np.int16), 8000).samples.any()
    assert Recording.from_samples([0.5], 16000).duration_s == 1 / 16000


@pytest.mark.parametrize(
    ("samples", "rate_hz", "error"),
    [
        ([], 16000, AudioEmptyError),
        (np.zeros((100, 0)), 16000, AudioEmptyError),
        (np.zeros((2, 2, 2)), 16000, AudioSamplesError),
        (0.5, 16000, AudioSamplesError),
        ([0.0, np.nan], 16000, AudioSamplesError),
        ([0.0, np.inf], 16000, AudioSamplesError),
        ([0.0, 1e300], 16000, AudioSamplesError),
        ([0.0, -32768.0], 16000, AudioSamplesError),
        ([1j, 0j], 16000, AudioSamplesError),
        ([True, False], 16000, AudioSamplesError),
        (["a", "b"], 16000, AudioSamplesError),
        (np.arange(100), 16000, AudioSamplesError),  # 64 bits: no known full scale
        *[
            (np.zeros(100), rate_hz, AudioSamplesError)
            for rate_hz in (0, -8000, 8000.5, np.nan, np.inf, 100, 10**9, True, None, "8000")
        ],
    ],
)
def test_bad_samples_and_rates(samples: Any, rate_hz: Any, error: type[AudioError]) -> None:
    with pytest.raises(error) as caught:
        Recording.from_samples(samples, rate_hz, path=Path("somewhere/x.wav"))
    assert type(caught.value) is error
    assert_message(caught, "x.wav", "expected")


def test_whole_rates_of_any_number_type() -> None:
    for rate_hz in (8000, 8000.0, np.int32(8000), np.float64(8000)):
        recording = Recording.from_samples(tone(8000), rate_hz)  # type: ignore[arg-type]
        assert type(recording.source_rate_hz) is int
        assert recording.duration_s == 1.5


# ---- the whole -------------------------------------------------------------------------------------------

WHOLE = {
    (kind, coding): encoded(tone(8000, 0.6), 8000, kind, coding)
    for kind, coding in [
        ("WAV", "PCM_16"),
        ("WAV", "FLOAT"),
        ("WAV", "IMA_ADPCM"),
        ("FLAC", "PCM_16"),
        ("MP3", "MPEG_LAYER_III"),
        ("OGG", "VORBIS"),
        ("AIFF", "PCM_16"),
        ("RAW", "GSM610"),
        ("RAW", "PCM_16"),
    ]
}


@given(
    whole=st.sampled_from(sorted(WHOLE)),
    changes=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=6),
    kept_share=st.just(1.0) | st.floats(0, 1),
)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_bytes_give_a_recording_or_our_error(
    whole: tuple[str, str], changes: list[tuple[int, int]], kept_share: float
) -> None:
    data = bytearray(WHOLE[whole])
    for at, value in changes:
        data[at] = value
    file = io.BytesIO(bytes(data[: int(len(data) * kept_share)]))
    if whole[0] == "RAW":  # the suffix says what it is
        file.name = {"GSM610": "recording.gsm", "PCM_16": "recording.sln"}[whole[1]]
    try:
        recording = read_audio(file)
    except AudioError as error:
        assert str(error).startswith("recording")  # noqa: PT017 - either outcome is right
    else:
        assert np.isfinite(recording.samples).all()
        assert recording.samples.size > 0


def test_reading_prints_nothing_and_importing_is_light(tmp_path: Path) -> None:
    cut = encoded(tone(8000, 6.0), 8000, "MP3", "MPEG_LAYER_III")
    (tmp_path / "cut.mp3").write_bytes(cut[: len(cut) // 2])
    bad = bytearray(WHOLE["FLAC", "PCM_16"])
    bad[200:300] = b"\x55" * 100
    (tmp_path / "bad.flac").write_bytes(bad)
    script = (
        "import sys; from aftertone.acoustics.audio import read_audio\n"
        "heavy = {'soundfile', 'soxr', 'av', 'scipy', 'librosa'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "for path in sys.argv[1:]:\n"
        "    try: read_audio(path)\n"
        "    except Exception: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, sorted(tmp_path.iterdir()))], capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_telephone_recordings_beside_the_checkout() -> None:
    for path in shared_files("telephone/*.*"):
        info = soundfile.info(path)
        assert read_audio(path).duration_s == pytest.approx(info.frames / info.samplerate, abs=1 / 16000)


def test_a_recording_has_a_repr_of_one_line() -> None:
    shown = repr(Recording.from_samples(np.zeros(12_000), 8_000, "calls/message.wav"))
    assert shown == "Recording('message.wav', 1.50 s at 8000 Hz)"
