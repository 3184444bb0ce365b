"""Forty kinds of bad recordings among good ones: each has its own error, and the good ones are reviewed."""

from __future__ import annotations

import io
import re
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aftertone import errors
from aftertone.batch import review_many
from benchmarks.fuzz_headers import make_corpus

HISS = np.random.default_rng(0).normal(0, 0.01, 16_000)


def sound(
    kind: str = "WAV", subtype: str | None = None, samples: np.ndarray = HISS, rate: int = 16_000
) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


def with_bytes(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


def flac_that_claims_days() -> bytes:
    """Its header says 2 ** 36 - 1 samples: fifty days (the field: FLAC format, STREAMINFO)."""
    content = sound("FLAC")
    return with_bytes(content, 21, bytes([content[21] | 0x0F]) + b"\xff\xff\xff\xff")


def bomb() -> bytes:
    """Forty minutes of silence but for a click, in a FLAC of few bytes."""
    samples = np.zeros(40 * 60 * 8_000)
    samples[100] = 0.5
    return sound("FLAC", samples=samples, rate=8_000)


def many_channels() -> bytes:
    """A quarter of an hour of eight channels of silence but for a click: 460 MB of samples, few bytes."""
    samples = np.zeros((15 * 60 * 8_000, 8), np.int16)
    samples[100] = 9_999
    return sound("FLAC", samples=samples, rate=8_000)


def header(at: int, new: bytes) -> Callable[[], bytes]:
    return lambda: with_bytes(sound(), at, new)


F, T, E = errors.AudioFormatError, errors.AudioTruncatedError, errors.AudioEmptyError
S, L, X = errors.AudioSamplesError, errors.AudioTooLongError, errors.AudioSilentError
BAD: dict[str, tuple[Callable[[], bytes], type[errors.AftertoneError]]] = {
    "empty.wav": (lambda: b"", E),
    "empty.mp3": (lambda: b"", E),
    "one_byte.wav": (lambda: b"R", F),
    "text.wav": (lambda: b"Call Mary at noon.\n" * 9, F),
    "html.mp3": (lambda: b"<html><body>404 not found</body></html>", F),
    "json.wav": (lambda: b'{"error": "expired"}', F),
    "utf8.flac": (lambda: "Zoë rief an\n".encode(), F),
    "png.wav": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), F),
    "jpeg.wav": (lambda: b"\xff\xd8\xff\xe0" + bytes(99), F),
    "gif.ogg": (lambda: b"GIF89a" + bytes(99), F),
    "pdf.wav": (lambda: b"%PDF-1.7\n" + bytes(99), F),
    "zip.m4a": (lambda: b"PK\x03\x04" + bytes(99), F),
    "gzip.wav": (lambda: b"\x1f\x8b\x08" + bytes(99), F),
    "zeros.wav": (lambda: bytes(9_999), F),
    "bytes.mp3": (lambda: bytes(range(256)) * 9, F),
    "riff_alone.wav": (lambda: sound()[:12], F),
    "no_data.wav": (lambda: sound()[:36], F),
    "no_samples.wav": (lambda: sound(samples=HISS[:0]), E),
    "cut.wav": (lambda: sound()[:9_000], T),
    "cut.flac": (lambda: sound("FLAC")[:9_000], T),
    "cut.ogg": (lambda: sound("OGG", "VORBIS")[:4_500], T),
    "cut.aiff": (lambda: sound("AIFF")[:9_000], T),
    "short.wav": (lambda: sound(samples=HISS[:99]), errors.AudioTooShortError),
    "one_sample.flac": (lambda: sound("FLAC", samples=HISS[:1]), errors.AudioTooShortError),
    "silent.wav": (lambda: sound(samples=np.zeros(9_600)), X),
    "silent.flac": (lambda: sound("FLAC", samples=np.zeros(9_600)), X),
    "constant.wav": (lambda: sound(samples=np.full(9_600, 0.25)), X),
    "nan.wav": (lambda: sound(subtype="FLOAT", samples=np.where(np.arange(9_600) == 9, np.nan, 0.1)), S),
    "infinite.wav": (lambda: sound(subtype="FLOAT", samples=np.where(np.arange(9_600) == 9, np.inf, 0.1)), S),
    "huge.wav": (lambda: sound(subtype="FLOAT", samples=HISS * 1e9), S),
    "slow.wav": (lambda: sound(rate=1_000), S),
    "fast.wav": (header(24, struct.pack("<I", 1_000_000)), S),
    "no_rate.wav": (header(24, struct.pack("<I", 0)), errors.AudioError),
    "no_channels.wav": (header(22, struct.pack("<H", 0)), errors.AudioError),
    "many_channels.wav": (header(22, struct.pack("<H", 65_535)), errors.AudioError),
    "strange_coding.wav": (header(20, struct.pack("<H", 0xBEEF)), errors.AudioError),
    "days.flac": (flac_that_claims_days, L),
    "bomb.flac": (bomb, L),
    "channels.flac": (many_channels, L),
    "text.ulaw": (lambda: b"Call Mary at noon.\n" * 99, F),
    "flat.alaw": (lambda: b"\xd5" * 9_999, X),
    "cut.sln": (lambda: bytes(range(255)) * 99, T),
    "cut.gsm": (lambda: b"\xd2" * 33 * 50 + b"\xd2", T),
    "other.gsm": (lambda: bytes(range(33)) * 50, F),
    "days.gsm": (lambda: b"\xd2" * 33 * 50 * 1_801, L),
    "raw.vox": (lambda: bytes(range(256)) * 99, F),
    "raw.pcm": (lambda: bytes(range(256)) * 99, F),
    "mp4_without_index.m4a": (lambda: b"\x00\x00\x00\x18ftypM4A " + bytes(999), T),
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    for name, (content, _) in BAD.items():
        (folder / name).write_bytes(content())
    for number in range(6):
        (folder / f"good_{number}.wav").write_bytes(sound())
    (folder / "a_folder.wav").mkdir()
    return folder


def test_each_bad_recording_has_its_own_error_and_the_good_ones_are_right(corpus: Path) -> None:
    assert len(BAD) >= 40
    wanted = [corpus / name for name in BAD] + sorted(corpus.glob("good_*")) + [corpus / "missing.wav"]
    outcomes = {
        outcome.path.name: outcome for outcome in review_many(wanted, engine=None, jobs=2, time_limit_s=60)
    }
    wrong = {
        name: repr(outcomes[name].error)
        for name, (_, kind) in BAD.items()
        if not isinstance(outcomes[name].error, kind) or name not in str(outcomes[name].error)
    }
    assert not wrong
    for outcome in outcomes.values():  # what was found, what was expected, what to do
        said = str(outcome.error)
        assert outcome.error is None or re.search(r": .+[;:] ?(expected|check) .+[:,] \S", said), said
    assert isinstance(outcomes["missing.wav"].error, errors.AudioNotFoundError)
    reviews = [outcome.review for name, outcome in outcomes.items() if name.startswith("good_")]
    assert len(reviews) == 6
    assert all(review is not None and review.measurements.duration_s == 1.0 for review in reviews)
    assert len({str(review and review.measurements) for review in reviews}) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are those of Unix")
def test_a_pipe_and_a_device_are_refused_at_once(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.wav")
    ledger = tmp_path / "run.ledger"
    made = list(review_many([tmp_path / "pipe.wav", "/dev/zero"], engine=None, ledger=ledger))
    assert [type(outcome.error) for outcome in made] == [F, F]


def test_damaged_headers_give_a_review_or_a_typed_error(tmp_path: Path) -> None:
    folder = make_corpus(tmp_path / "in", 120, seed=7)
    outcomes = list(review_many(folder, engine=None, jobs=2, time_limit_s=60))
    assert len(outcomes) == 120
    for outcome in outcomes:
        assert (outcome.review is None) != (outcome.error is None)
        assert outcome.error is None or type(outcome.error) is not errors.AftertoneError, str(outcome.error)
