from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.interval import Interval
from aftertone.language.brief import Brief
from aftertone.language.callback import find_callback_number, with_numerals
from aftertone.language.transcript import DigitString, NumeralRequest, NumeralStretch, Transcript, Word

NUMBER = "2125550143"


def sound(
    *speech: tuple[float, float], quiet_s: tuple[float, float] | None = None, nuclei: Sequence[float] = ()
) -> Any:
    """As much of a Sound as stretches are found in."""
    level_db = np.full(2_000, -20.0, np.float32)
    if quiet_s:
        level_db[round(100 * quiet_s[0]) : round(100 * quiet_s[1])] = -60.0
    return SimpleNamespace(
        speech=tuple(Interval(*part) for part in speech),
        frames=SimpleNamespace(level_db=level_db),
        nuclei=np.array(nuclei, np.float64),
        recording=SimpleNamespace(duration_s=20.0),
    )


def words(*timed: tuple[str, float, float]) -> Transcript:
    return Transcript(tuple(Word(*each, 0.9) for each in timed))


class Decoder:
    """Gives one string for each stretch, and records the requests."""

    def __init__(self, *digits: str) -> None:
        self.digits, self.asked = list(digits), list[NumeralRequest]()

    def __call__(self, requests: Sequence[NumeralRequest]) -> tuple[NumeralStretch, ...]:
        self.asked += requests
        found = (self.digits * len(requests))[: len(requests)]
        return tuple(
            NumeralStretch(*each.interval, (DigitString(digits, -0.5, -5.0),) if digits else ())
            for each, digits in zip(requests, found, strict=True)
        )


def asked(transcript: Transcript, heard: Any, region: str = "US") -> list[NumeralRequest]:
    decoder = Decoder(NUMBER)
    with_numerals(transcript, heard, Brief(region=region), decoder)
    return decoder.asked


def test_a_stretch_goes_to_the_ends_of_its_speech() -> None:
    said = words(("at", 0.5, 0.9), ("212-555-0143.", 1.3, 3.2), ("Thanks.", 4.6, 5.0))
    (request,) = asked(said, sound((0.5, 0.95), (1.2, 2.2), (2.5, 4.0), (4.5, 5.0)))
    assert request.interval.start_s == pytest.approx(1.2, abs=0.05)
    assert request.interval.end_s == pytest.approx(4.0, abs=0.12)
    assert request.also == (NUMBER,)


def test_a_stretch_covers_a_group_that_the_words_lack() -> None:
    said = words(("number", 0.2, 0.6), ("is", 0.6, 0.8), ("555-0143.", 3.0, 4.4), ("Bye.", 7.0, 7.4))
    (request,) = asked(said, sound((0.2, 0.9), (1.4, 2.2), (3.0, 4.4), (7.0, 7.4)))
    assert request.interval.start_s == pytest.approx(1.4, abs=0.05)


def test_a_stretch_in_running_speech_is_cut_at_the_quietest_moment() -> None:
    said = words(("212-555-0143", 1.0, 3.5), ("thanks", 3.5, 4.3))
    (request,) = asked(said, sound((1.0, 4.3), quiet_s=(3.70, 3.80)))
    assert 3.65 < request.interval.end_s < 3.95


def test_sure_words_and_words_between_digits_are_not_decoded() -> None:
    heard = sound((0.0, 9.0))
    assert not asked(words(("call", 0.5, 0.9), ("212-498-3016", 1.0, 4.0)), heard)
    assert not asked(words(("212-555-0143", 1.0, 3.0), ("or", 3.5, 3.6), ("212-555-0143", 4.0, 6.0)), heard)
    corrected = [("212", 1, 2), ("556", 2, 3), ("sorry", 3, 4), ("555", 4, 5), ("0143", 5, 6)]
    assert not asked(words(*corrected), heard)
    assert not asked(words(("hello", 1.0, 1.4)), heard)


def test_a_reading_a_digit_short_gets_the_digit() -> None:
    said = words(("call", 0.4, 0.7), ("me", 0.7, 0.9), ("at", 0.9, 1.1), ("498-306.", 1.2, 3.0))
    heard = sound((0.4, 3.0), nuclei=[1.3, 1.5, 1.8, 2.0, 2.2, 2.5, 2.8])
    found = with_numerals(said, heard, Brief(), Decoder("4983016"))
    assert find_callback_number(said).digits is None
    assert find_callback_number(found).digits == "4983016"


def test_a_reading_that_lost_four_digits_gets_them() -> None:
    said = words(("call", 0.4, 0.7), ("me", 0.7, 0.9), ("at", 0.9, 1.1), ("555-014.", 1.2, 4.0))
    heard = sound((0.4, 4.0), nuclei=np.linspace(1.3, 3.9, 11).tolist())
    found = with_numerals(said, heard, Brief(), Decoder("3125550143"))
    assert find_callback_number(found).digits == "3125550143"


def test_a_word_for_two_digits_at_the_start_is_not_decoded() -> None:
    assert not asked(words(("at", 0, 1), ("double", 1, 2), ("5", 2, 3), ("50143", 3, 4)), sound((0.0, 4.0)))


def test_a_stretch_is_never_empty() -> None:
    said = words(("at", 0.8, 1.0), ("212-555-0143", 0.99, 2.0))
    (request,) = asked(said, sound((0.0, 1.0), quiet_s=(1.15, 1.3)))
    assert request.interval.duration_s > 0.5


LOST = (
    ("my", 0.3, 0.5),
    ("number", 0.5, 0.8),
    ("is...", 0.8, 1.2),
    ("I", 1.6, 2.6),
    ("wish", 2.6, 4.6),
    ("you", 4.6, 4.8),
    ("well.", 4.8, 5.2),
)
LOST_NUCLEI = (0.4, 0.6, 0.9, 1.8, 2.0, 2.3, 2.6, 2.9, 3.2, 3.5, 4.4, 4.7, 5.0)


def test_a_number_that_was_announced_and_not_written_is_found() -> None:
    said = words(*LOST)
    heard = sound((0.3, 1.3), (1.6, 3.7), (4.2, 5.2), nuclei=LOST_NUCLEI)
    found = with_numerals(said, heard, Brief(), Decoder("4983216"))
    assert found.text == "my number is... 4983216 I wish you well."
    number = find_callback_number(found)
    assert number.digits == "4983216"
    assert number.probability == pytest.approx(found.words[3].confidence)
    assert all(a.start_s <= b.start_s for a, b in zip(found.words, found.words[1:], strict=False))


@pytest.mark.parametrize("digits", ["4", "", "498321649", "4983"])
def test_digits_that_are_no_number_are_not_put_in(digits: str) -> None:
    said = words(*LOST)
    heard = sound((0.3, 1.3), (1.6, 3.7), (4.2, 5.2), nuclei=LOST_NUCLEI)
    assert with_numerals(said, heard, Brief(), Decoder(digits)) == said


def test_a_number_that_was_announced_last_is_found() -> None:
    said = words(*LOST[:3])
    heard = sound((0.3, 1.3), (1.6, 3.7), nuclei=LOST_NUCLEI)
    assert with_numerals(said, heard, Brief(), Decoder("4983216")).text == "my number is... 4983216"


def test_few_digits_after_an_announcement_are_decoded() -> None:
    said = words(*LOST[:3], ("four,", 1.6, 1.9), ("six,", 3.3, 3.6), *LOST[5:])
    heard = sound((0.3, 1.3), (1.6, 3.7), (4.6, 5.2), nuclei=LOST_NUCLEI)
    assert with_numerals(said, heard, Brief(), Decoder("4983216")).text == "my number is... 4983216 you well."


def test_words_of_a_usual_length_hide_no_number() -> None:
    said = words(
        ("my", 0.3, 0.5), ("number", 0.5, 0.8), ("is", 0.8, 1.0), ("on", 1.0, 1.2), ("file", 1.2, 1.6)
    )
    assert not asked(said, sound((0.3, 1.6), nuclei=(0.4, 0.6, 0.9, 1.1, 1.4)))


def test_a_transcript_that_has_its_numerals_is_not_decoded_again() -> None:
    said = Transcript((Word("555-0143", 1.0, 3.0, 0.5),), numerals=(NumeralStretch(1.0, 3.0, ()),))
    assert not asked(said, sound((1.0, 3.0)))
