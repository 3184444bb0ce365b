"""Messages spoken: which words, which pauses, at which pace, as aftertone itself measures them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

import aftertone as at
from aftertone.errors import SynthesisError
from aftertone.playbook.rewriting import RewritePart
from aftertone.synthesis import DEFAULT_VOICE, is_installed, spoken, spoken_wav
from aftertone.synthesis.kokoro import RATE_HZ
from aftertone.synthesis.message import OPTIONS, phrases

needs_voices = pytest.mark.skipif(not is_installed(), reason="the voices are not installed")

MESSAGE = (
    RewritePart("Hi "),
    RewritePart("Mary", "recipient"),
    RewritePart(", this is "),
    RewritePart("your name", "caller", is_blank=True),
    RewritePart(". My number is "),
    RewritePart("(312) 555-0143", "number"),
    RewritePart("."),
)
NUMBER = ("three one two,", "five five five,", "zero one four three.")


def test_the_phrases_of_a_rewritten_message() -> None:
    found = [(phrase.groups, phrase.pause_s, phrase.digit_count) for phrase in phrases(MESSAGE)]
    assert found == [
        (("Hi Mary, this is,",), OPTIONS.blank_pause_s, 0),
        (("My number is,",), OPTIONS.clause_pause_s, 0),
        (NUMBER, OPTIONS.sentence_pause_s, 10),
    ]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Hi Mary. It's Paul!", [("Hi Mary.",), ("It's Paul.",)]),
        ("Dr. Smith, Mr. O’Brien", [("Dr Smith, Mr o'brien,",)]),
        ("At 9 a.m. Thanks", [("At nine ay m.",), ("Thanks,",)]),
        ("Pay $1,250 by the 21st", [("Pay one thousand two hundred fifty dollars by the twenty first,",)]),
        ("It is open — come", [("It is open, come,",)]),
        ("call 3125550143, please", [("call,",), NUMBER, ("please,",)]),
        ("+1 312 555 0143", [("plus one,", *NUMBER)]),
        ("+13125550143", [("plus one,", *NUMBER)]),
        ("312, 555, 0143.", [NUMBER]),
        ("1,250,000 people", [("one million two hundred fifty thousand people,",)]),
        ("555-0143", [("five five five,", "zero one four three.")]),
        ("one " * 41, [("one " * 39 + "one",), ("one,",)]),
        ("— … ?", []),
    ],
)
def test_the_words_of_a_text(text: str, groups: list[tuple[str, ...]]) -> None:
    assert [phrase.groups for phrase in phrases(text)] == groups


def test_a_number_without_digits_is_spoken_as_a_text() -> None:
    assert phrases([RewritePart("the usual one", "number")])[0].groups == ("the usual one,",)


def test_an_unknown_voice_and_a_text_without_words() -> None:
    with pytest.raises(SynthesisError, match="no voice 'af_kore'; there are af_heart, am_michael"):
        spoken("Hello", "af_kore")
    with pytest.raises(SynthesisError, match="nothing is to be said"):
        spoken([RewritePart("your name", "caller", is_blank=True)])


@needs_voices
@pytest.mark.slow
def test_aftertone_hears_the_message_as_it_should_be(base: Path) -> None:
    samples, rate_hz = spoken(MESSAGE)
    recording = at.Recording.from_samples(samples, rate_hz)
    measured = at.measure(recording, engine=at.load_engine("whisper", model=base))
    assert measured.number.digits == "3125550143"
    assert measured.number.digits_per_s is not None
    assert 1.8 <= measured.number.digits_per_s <= 2.0
    assert measured.level.active_dbov == pytest.approx(OPTIONS.level_dbov, abs=2)
    assert measured.level.clipped_share == 0
    assert measured.pauses.longest_s == pytest.approx(OPTIONS.blank_pause_s, abs=0.1)


@needs_voices
def test_the_same_text_gives_the_same_file() -> None:
    wav = spoken_wav("Hello. Hello.")
    assert wav == spoken_wav("Hello. Hello.", DEFAULT_VOICE)
    samples, rate_hz = soundfile.read(io.BytesIO(wav))
    assert rate_hz == RATE_HZ
    assert 0 < np.abs(samples).max() < 0.9
