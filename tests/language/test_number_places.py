"""Places of a number in sound that is made up: pulses for digits, and what a net would make of them."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.sound import Sound, listen
from aftertone.acoustics.spoken_digits import DIGITS, DigitEvidence, SpokenDigit
from aftertone.language.number_places import WEIGHTS, Places, number_places
from aftertone.language.transcript import Word

RATE_HZ = 16_000
NUMBER = "8005552365"
FORMANTS_HZ = {  # of ten made-up vowels, which the cepstra tell apart
    digit: (280 + 45 * at, 2300 - 140 * ((7 * at) % 10)) for at, digit in enumerate("0123456789")
}


def vowel(digit: str, seconds: float = 0.28) -> NDArray[np.float64]:
    """A voice of 120 Hz with two formants, which fades in and out."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    hz = 120 * np.arange(1, 31)
    gains = np.sum([1 / (1 + ((hz - formant) / 90) ** 2) for formant in FORMANTS_HZ[digit]], axis=0)
    tone = (gains[:, None] * np.sin(2 * np.pi * hz[:, None] * t)).sum(axis=0)
    return np.asarray(0.1 * tone * np.minimum(1, np.minimum(t, t[::-1]) / 0.03))


def message(*parts: str | float) -> tuple[Sound, list[tuple[Interval, DigitEvidence]], list[Interval]]:
    """Digits in groups and pauses in seconds, laid end to end; the net's evidence; where each group is."""
    pieces: list[NDArray[np.float64]] = []
    said: list[tuple[str, int]] = []
    for part in parts:
        if isinstance(part, float):
            pieces.append(np.zeros(round(part * RATE_HZ)))
            continue
        for digit in part:
            said.append((digit, len(pieces)))
            pieces += [vowel(digit), np.zeros(round(0.05 * RATE_HZ))]
    ends = list(accumulate(len(piece) for piece in pieces))
    samples = np.concatenate(pieces)
    samples = samples + np.random.default_rng(0).normal(0, 1e-4, samples.size)
    sound = listen(Recording.from_samples(samples.astype(np.float32), RATE_HZ))
    n_frames = 1 + len(samples) // 160
    odds, is_speech = np.full(n_frames, -2.0, np.float32), np.zeros(n_frames, np.bool_)
    digits, spans = [], []
    for digit, at in said:
        start_s, end_s = (ends[at] - len(pieces[at])) / RATE_HZ, ends[at] / RATE_HZ
        odds[round(start_s * 100) : round(end_s * 100)] = 2.5
        is_speech[round(start_s * 100) : round(end_s * 100)] = True
        shares = tuple(float(each == int(digit)) for each in range(10))
        digits.append(SpokenDigit(DIGITS[int(digit)], start_s, end_s, 0.9, True, shares))
        spans.append(Interval(start_s, end_s))
    whole = Interval(0.0, len(samples) / RATE_HZ)
    return sound, [(whole, DigitEvidence(odds, is_speech, tuple(digits)))], spans


def places_in(*parts: str | float, words: tuple[Word, ...] = ()) -> tuple[Places, list[Interval]]:
    sound, evidence, spans = message(*parts)
    places = number_places(sound, evidence, words, len(NUMBER))
    assert places is not None
    return places, spans


def near(found: Interval, first: Interval, last: Interval) -> bool:
    return abs(found.start_s - first.start_s) < 0.1 and abs(found.end_s - last.end_s) < 0.1


def test_a_number_is_where_its_digits_are() -> None:
    places, spans = places_in(0.6, "800", 0.3, "555", 0.3, "2365", 0.8)
    (only,) = places.readings
    assert near(only, spans[0], spans[-1])
    assert places.part is None
    assert places.log_odds > 0


def test_a_number_said_twice_is_two_readings() -> None:
    parts = (0.6, "800", 0.3, "555", 0.3, "2365", 0.9, "800", 0.3, "555", 0.3, "2365", 0.8)
    places, spans = places_in(*parts)
    one, two = places.readings
    assert near(one, spans[0], spans[9])
    assert near(two, spans[10], spans[19])
    assert places.evidence["as alike"] > 0.3  # the same sound, the level of noise apart


def test_the_last_digits_said_again_are_a_part() -> None:
    places, spans = places_in(0.6, "800", 0.3, "555", 0.3, "2365", 0.9, "2365", 0.8)
    assert near(places.readings[0], spans[0], spans[9])
    assert places.part is not None
    assert near(places.part, spans[10], spans[13])


def test_what_is_sure_to_be_a_word_speaks_against_a_number() -> None:
    parts = (0.6, "800", 0.3, "555", 0.3, "2365", 0.8)
    _, spans = places_in(*parts)
    words = tuple(Word("goodbye", span.start_s, span.end_s, 0.95) for span in spans[4:7])
    without, against = places_in(*parts)[0], places_in(*parts, words=words)[0]
    assert against.log_odds == pytest.approx(without.log_odds + 3 * WEIGHTS["sure word"])


@pytest.mark.parametrize("said", ["555", "2365"])
def test_a_few_digits_are_no_number(said: str) -> None:
    sound, evidence, _ = message(0.6, said, 0.8)
    assert number_places(sound, evidence, (), len(NUMBER)) is None


def test_no_speech_no_number() -> None:
    sound, evidence, _ = message(2.0)
    assert number_places(sound, evidence, (), len(NUMBER)) is None
