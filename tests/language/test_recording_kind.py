"""What kind of recording it is."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

import aftertone as at
from aftertone.acoustics.analysis import listen
from aftertone.acoustics.playback_speed import wrong_speed
from aftertone.language.recording_kind import has_two_voices, kind_of
from aftertone.language.transcript import Transcript, Word
from benchmarks.common import non_speech
from benchmarks.common.truth import MESSAGES, truths

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_audio"
RATE_HZ = 16_000
TEXTS = tomllib.loads((ROOT / "benchmarks" / "recording_kinds.toml").read_text())
SPOKEN = {truth["file"]: truth for truth in truths()}
VOICEMAILS = [name for name, truth in SPOKEN.items() if truth["kind"] in MESSAGES]

Wave = NDArray[np.float64]


class Says:
    """An engine that writes what it is told to."""

    name = "says"

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript

    def transcribe(self, recording: at.Recording) -> Transcript:
        return self.transcript


def said(text: str, start_s: float = 0.0, end_s: float | None = None) -> Transcript:
    """A text as a transcript, its words one after another."""
    words = text.replace(" / ", " ").split()
    step_s = 0.35 if end_s is None else (end_s - start_s) / len(words)
    return Transcript(
        tuple(
            Word(word, start_s + at * step_s, start_s + (at + 0.9) * step_s) for at, word in enumerate(words)
        )
    )


def said_in(text: str, message: str = "dentist_callback.flac") -> at.Review:
    """The review of a practice message in which a text is said instead."""
    recording = at.read_audio(SAMPLES / message)
    heard = listen(recording).message
    assert heard is not None
    return at.review(recording, engine=Says(said(text, heard.start_s, heard.end_s)))


def of_texts(kind: str) -> list[str]:
    return [text for half in TEXTS.values() for text in half[kind]]


def names(kind: str) -> list[str | None]:
    """The kind that each text of a kind is taken for, said in one voice."""
    sound = listen(at.read_audio(SAMPLES / "dentist_callback.flac"))
    found = [kind_of(sound, said(text)) for text in of_texts(kind)]
    return [each.name if each else None for each in found]


def test_every_text_of_a_caller_is_a_voicemail() -> None:
    assert names("voicemail") == ["voicemail"] * 30


def test_greetings_and_conversations_are_named_by_their_words() -> None:
    assert names("greeting").count("greeting") >= 31  # of 32
    assert names("conversation").count("conversation") >= 12  # of 18, by words alone


@pytest.mark.parametrize("name", VOICEMAILS)
def test_a_practice_voicemail_is_a_voicemail(name: str) -> None:
    truth = SPOKEN[name]
    words = (*((truth["greeting"] or {}).get("words") or ()), *truth["words"])
    heard = Transcript(tuple(Word(word["text"], word["start_s"], word["end_s"]) for word in words))
    kind = at.measure(at.read_audio(SAMPLES / name), engine=Says(heard)).recording.kind
    assert kind == "voicemail"


def test_a_greeting_with_a_message_after_it_is_a_voicemail() -> None:
    text = "You have reached Mary. Please leave a message. " + " ".join(
        ["Hi Mary, it is about the roof."] * 5
    )
    assert said_in(text).measurements.recording.kind == "voicemail"


@pytest.mark.parametrize("kind", ["greeting", "conversation"])
def test_a_greeting_or_a_conversation_has_evidence_and_is_not_judged(kind: str) -> None:
    review = said_in(TEXTS["fit"][kind][2])
    recording = review.measurements.recording
    assert recording.kind == kind
    assert recording.found
    assert recording.evidence["kind"][0].text
    assert {finding.verdict for finding in review.findings} == {"not judged"}
    assert all(finding.reason.startswith("this is no voicemail but a ") for finding in review.findings)
    assert review.score.points is None


def test_the_sound_of_another_language_is_judged() -> None:
    german = Transcript((Word("guten", 1.0, 1.4), Word("Tag", 1.5, 1.9)), language="de")
    review = at.review(at.read_audio(SAMPLES / "spanish_message.flac"), engine=Says(german))
    assert review.measurements.recording.kind == "another language"
    assert "'de'" in (review.measurements.recording.found or "")
    assert {finding.verdict for finding in review.findings} > {"not judged"}


def test_the_kind_of_speech_is_unknown_without_words() -> None:
    m = at.measure_sound(at.read_audio(SAMPLES / "dentist_callback.flac"))
    assert m.recording.kind is None
    assert "no engine" in m.reasons["recording.kind"]


def test_two_people_have_two_voices_and_one_has_one() -> None:
    assert has_two_voices(listen(at.read_audio(SAMPLES / "conversation.wav")))
    assert not has_two_voices(listen(at.read_audio(SAMPLES / "dentist_callback.flac")))


def as_read(samples: Wave, read: str) -> at.Recording:
    """A recording of 16,000 samples a second as a wrong header or decoder gives it."""
    if read == "8 kHz as 16":
        return at.Recording.from_samples(soxr.resample(samples, RATE_HZ, 8_000), RATE_HZ)
    if read == "16 kHz as 8":
        return at.Recording.from_samples(samples, 8_000)
    return at.Recording.from_samples(samples[::2], RATE_HZ)  # one channel as two


@pytest.mark.parametrize(
    ("read", "how"),
    [("8 kHz as 16", "twice"), ("16 kHz as 8", "half"), ("one channel as two", "twice")],
)
@pytest.mark.parametrize("name", ["dentist_callback.flac", "gsm_line.wav", "begging.flac"])
def test_speech_at_a_wrong_sampling_rate_is_not_judged(read: str, how: str, name: str) -> None:
    samples = at.read_audio(SAMPLES / name).samples.astype(np.float64)
    review = at.review(as_read(samples, read), engine=Says(said("one two three", 1.0, 9.0)))
    recording = review.measurements.recording
    assert recording.kind == "wrong speed"
    assert f"not speech at this rate: {how} as fast" in (recording.found or "")
    assert review.score.points is None


@pytest.mark.parametrize("wrong", ["mu-law as 16 bits", "bytes swapped"])
def test_a_wrong_coding_is_noise_and_not_judged(wrong: str) -> None:
    samples = at.read_audio(SAMPLES / "dentist_callback.flac").samples
    if wrong == "bytes swapped":
        raw = (samples * 32_767).astype("<i2").byteswap().astype("<i2")
    else:
        stored = io.BytesIO()
        soundfile.write(stored, soxr.resample(samples, RATE_HZ, 8_000), 8_000, format="RAW", subtype="ULAW")
        raw = np.frombuffer(stored.getvalue()[: stored.tell() // 2 * 2], "<i2")
    review = at.review(at.Recording.from_samples(raw / 32_768, 8_000))
    assert review.measurements.recording.kind == "noise"
    assert review.score.points is None


@pytest.mark.parametrize("folder", ["an4", "emodb", "librispeech_test_other", "mfa", "telephone"])
def test_no_recording_of_a_person_has_a_wrong_speed(folder: str) -> None:
    """High, low, shouting, whispering, fast and slow voices are among them."""
    files = sorted((ROOT.parent / "shared" / "data" / folder).glob("*.*a*"))
    if not files:
        pytest.skip(f"shared/data/{folder} is not beside the checkout")
    assert not [path.name for path in files[::4] if wrong_speed(listen(at.read_audio(path)))]


# ── what has no voice ────────────────────────────────────────────────────────────────────────────────


def tone(hz: tuple[float, ...], on_s: float, off_s: float, length_s: float) -> Wave:
    times_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * each * times_s) for each in hz) * (times_s % (on_s + off_s) < on_s)
    return np.asarray(0.05 * wave)


def keys(pressed: str, on_s: float) -> Wave:
    rows, columns, grid = (697, 770, 852, 941), (1209, 1336, 1477), "123456789*0#"
    parts = [np.zeros(RATE_HZ // 2)]
    for key in pressed:
        at_key = grid.index(key)
        parts += [
            tone((rows[at_key // 3], columns[at_key % 3]), on_s, 1, on_s),
            np.zeros(round(on_s * RATE_HZ)),
        ]
    return np.concatenate(parts)


TONES: dict[str, tuple[Callable[[], Wave], str]] = {
    "keys": (lambda: keys("2125550123", 0.1), "10 telephone keys"),
    "fast keys": (lambda: keys("18005550199#", 0.06), "12 telephone keys"),
    "fax that calls": (lambda: tone((1_100,), 0.5, 3.0, 12.0), "1100 Hz"),  # ITU-T T.30: CNG
    "fax that answers": (lambda: tone((2_100,), 3.3, 9.0, 6.0), "2100 Hz"),  # ITU-T T.30: CED
    "ring-back": (lambda: tone((440, 480), 2.0, 4.0, 14.0), "ring-back"),
    "busy": (lambda: tone((480, 620), 0.5, 0.5, 8.0), "480 Hz"),
    "dial tone": (lambda: tone((350, 440), 6.0, 1.0, 6.0), "440 Hz"),
}


@pytest.mark.parametrize("name", TONES)
def test_signalling_tones_are_found_with_their_frequency(name: str) -> None:
    made, found = TONES[name]
    samples = np.pad(made(), RATE_HZ // 2) + np.random.default_rng(0).normal(0, 1e-3, made().size + RATE_HZ)
    review = at.review(at.Recording.from_samples(samples, RATE_HZ))
    recording = review.measurements.recording
    assert recording.kind == "tones"
    assert found in (recording.found or "")
    assert recording.evidence["kind"]
    assert review.score.points is None


KINDS = {
    "hold music": "music",
    "hum": "noise",
    "white and pink noise": "noise",
    "digital silence": "nobody speaks",
    "tones": "tones",
}


@pytest.mark.parametrize("made", KINDS)
def test_kinds_of_recordings_without_voice(made: str) -> None:
    for recording in non_speech.non_speech()[made]:
        m = at.measure_sound(recording)
        assert m.recording.kind == KINDS[made]
        assert m.message.start_s is None
        assert m.fillers.count is None


def test_a_pocket_call_is_noise_and_a_hang_up_is_nobody() -> None:
    engine: Any = Says(said("um um um thanks", 1.0, 9.0))
    pocket, hang_up = (
        at.review(at.read_audio(SAMPLES / name), engine=engine) for name in ("pocket_call.wav", "hang_up.wav")
    )
    assert pocket.measurements.recording.kind == "noise"
    assert pocket.score.points is None
    assert hang_up.measurements.recording.kind == "nobody speaks"
    assert hang_up.measurements.message.left is False


def test_noise_with_invented_words_is_noise() -> None:
    noises = non_speech.non_speech()["noises"]
    if not noises:
        pytest.skip("shared/data/noise is not beside the checkout")
    engine: Any = Says(said("Hello this is Mary please call me back on Monday", 1.0, 9.0))
    for recording in noises:
        assert at.measure(recording, engine=engine).recording.kind == "noise"


def test_recorded_noise_is_noise() -> None:
    noises = non_speech.non_speech()["noises"]
    if not noises:
        pytest.skip("shared/data/noise is not beside the checkout")
    found = [at.measure_sound(recording).recording.kind for recording in noises]
    assert found.count("noise") >= len(found) - 2  # one of the five has voices in it
