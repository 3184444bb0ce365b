"""A drill of the number alone: its digits, groups and pace, with and without the number it should be."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import aftertone as at
from aftertone.language.brief import Brief
from aftertone.language.transcript import DigitString, NumeralRequest, NumeralStretch, Transcript, Word
from aftertone.practice.takes import Takes
from aftertone.practice.tasks import Drill, drill, dry_run, dry_sound
from tests.browser import SAMPLES, truth
from tests.engines import GivenWords
from tests.practice.workers import WorkersHere, begun

NUMBER = "6405550198"  # of sample_audio/number_twice_slowly


def reading(which: int = 1) -> tuple[at.Recording, tuple[Word, ...]]:
    """One reading of the number of a practice message, alone, and its true words."""
    message = truth("number_twice_slowly")
    digits = [each for each in message["digits"] if each["reading"] == which]
    start_s, end_s = digits[0]["start_s"] - 0.3, digits[-1]["end_s"] + 0.3
    whole = at.read_audio(SAMPLES / message["file"])
    samples = whole.samples[round(start_s * whole.rate_hz) : round(end_s * whole.rate_hz)]
    words = (Word(each["digit"], each["start_s"] - start_s, each["end_s"] - start_s) for each in digits)
    return at.Recording.from_samples(samples, rate_hz=whole.rate_hz), tuple(words)


def test_a_number_alone_has_its_digits_groups_and_pace() -> None:
    recording, words = reading()
    found = drill(recording, GivenWords(Transcript(words)), Brief())
    assert (found.digits, found.written, found.groups) == (NUMBER, "(640) 555-0198", ("640", "555", "0198"))
    spoken_s = words[-1].end_s - words[0].start_s
    assert found.digits_per_s == pytest.approx(10 / spoken_s, rel=0.05)
    assert (found.is_slow, found.is_right, found.differing, found.why) == (True, None, (), "")


@pytest.mark.parametrize(
    ("expected", "is_right", "differing"),
    [
        ("(640) 555-0198", True, ()),
        ("+1 640 555 0198", True, ()),
        ("640-555-0199", False, (9,)),
        ("640-555-2198", False, (6,)),
        ("312-777-4643", False, tuple(range(10))),
    ],
)
def test_a_number_is_held_to_the_one_it_should_be(
    expected: str, is_right: bool, differing: tuple[int, ...]
) -> None:
    recording, words = reading()
    found = drill(recording, GivenWords(Transcript(words)), Brief(number=expected))
    assert (found.digits, found.is_right) == (NUMBER, is_right)
    assert found.expected_count == 10
    assert set(found.differing) <= set(differing)
    assert bool(found.differing) is not is_right
    if len(differing) == 1:
        assert found.differing == differing


def test_other_digits_in_doubt_are_not_called_wrong() -> None:
    recording, words = reading()
    unsure = Transcript(tuple(replace(word, confidence=0.6) for word in words))
    found = drill(recording, GivenWords(unsure), Brief(number="640-555-0199"))
    assert (found.is_right, found.differing) == (None, (9,))
    assert found.why.startswith("the recogniser is not sure of every digit")


def noise(level: float) -> at.Recording:
    return at.Recording.from_samples(np.random.default_rng(0).normal(0, level, 32_000), rate_hz=16_000)


def test_it_says_why_there_are_no_digits() -> None:
    recording, words = reading()
    nothing = GivenWords(Transcript())
    assert drill(noise(1e-4), nothing, Brief()) == Drill(why="nothing was heard: check the microphone")
    assert drill(recording, None, Brief()).why == "the digits are not known: no engine writes the words"
    few = drill(recording, GivenWords(Transcript(words[:5])), Brief())
    assert (few.digits, few.why) == (None, "no number of 7 digits or more was heard")
    assert drill(recording, nothing, Brief()).why == few.why
    spanish = drill(recording, GivenWords(Transcript(words, "es")), Brief())
    assert (spanish.digits, spanish.why) == (None, few.why)


class Numerals(GivenWords):
    """An engine whose words have no number or another one, and which decodes one from the sound."""

    def __init__(self, digits: str, words: tuple[Word, ...] = (Word("no", 0.3, 0.6),)) -> None:
        super().__init__(Transcript(words))
        self.string = DigitString(digits, -1.0, -2.0)

    def numerals(self, recording: at.Recording, stretches: Any) -> tuple[NumeralStretch, ...]:
        return tuple(NumeralStretch(*NumeralRequest(*each).interval, (self.string,)) for each in stretches)


def test_all_that_is_said_is_decoded_as_digits_where_the_words_have_no_number() -> None:
    recording, _ = reading()
    assert drill(recording, Numerals(NUMBER), Brief()).digits == NUMBER
    assert drill(recording, Numerals("640"), Brief()).digits is None


def test_words_in_doubt_give_way_to_the_digits_of_the_sound() -> None:
    recording, words = reading()
    longer = tuple(replace(word, confidence=0.6) for word in words)
    longer = (*longer[:5], replace(longer[5], text="55"), *longer[6:])
    held = Brief(number=NUMBER)
    assert drill(recording, GivenWords(Transcript(longer)), held).digits == "64055550198"
    found = drill(recording, Numerals(NUMBER, longer), held)
    assert (found.digits, found.is_right, found.groups) == (NUMBER, True, ("640", "555", "0198"))


def test_the_dry_run_reaches_the_recogniser() -> None:
    asked: list[float] = []

    class Asked(GivenWords):
        def transcribe(self, recording: at.Recording) -> Transcript:
            asked.append(recording.duration_s)
            return super().transcribe(recording)

    dry_run(Asked(Transcript()))
    assert asked == [dry_sound().duration_s]
    dry_run(None)


# ── on the page ──────────────────────────────────────────────────────────────────────────────────────


def wav(recording: at.Recording) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, recording.samples, recording.rate_hz, format="WAV", subtype="PCM_16")
    return file.getvalue()


def test_a_drill_is_answered_and_not_kept(client: Any, kept: Takes, here: type[WorkersHere]) -> None:
    audio = ("number.webm", wav(reading()[0]))
    answer = client.post("/drill", data={"number": ""}, files={"audio": audio})
    assert (answer.status_code, answer.json()["why"]) == (
        200,
        "the digits are not known: no engine writes the words",
    )
    assert set(answer.json()) == {
        *("digits", "written", "digits_per_s", "groups", "is_right", "differing", "expected_count"),
        *("is_slow", "why"),
    }
    assert begun(here) == ["drill"]
    assert kept.all() == []
    assert [path.name for path in kept.folder.iterdir()] == [".aftertone-lock"]


def test_a_drill_of_digital_silence_has_heard_nothing(client: Any) -> None:
    silence = at.Recording.from_samples(np.zeros(16_000), rate_hz=16_000)
    answer = client.post("/drill", files={"audio": ("number.wav", wav(silence))})
    assert (answer.status_code, answer.json()["why"]) == (200, "nothing was heard: check the microphone")


def test_a_drill_that_cannot_be_read_says_why_by_the_name_of_the_file(client: Any, kept: Takes) -> None:
    answer = client.post("/drill", files={"audio": ("number.webm", b"Call Mary about the furnace.")})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("number.webm: holds text")
    wrong = client.post("/drill", data={"number": "call me"}, files={"audio": ("number.webm", b"x")})
    assert (wrong.status_code, wrong.json()["error"].partition(",")[0]) == (
        422,
        "the form: number is 'call me'",
    )
    assert client.post("/drill", data={"number": ""}).status_code == 422
    assert [path.name for path in kept.folder.iterdir()] == [".aftertone-lock"]


@pytest.mark.slow
def test_whisper_hears_a_number_alone(tmp_path: Path) -> None:
    from aftertone.errors import ModelNotFoundError

    try:
        engine = at.load_engine("auto")
    except ModelNotFoundError:
        pytest.skip("Whisper's weights are not installed")
    for which in (1, 2):
        recording, _ = reading(which)
        alone, held = drill(recording, engine, Brief()), drill(recording, engine, Brief(number=NUMBER))
        assert (alone.digits, held.digits, held.is_right) == (NUMBER, NUMBER, True)
