"""Filled pauses: synthetic steady vowels, and the hesitations of real speech."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.filled_pauses import FilledPause, filled_pauses, unworded_pauses
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from tests.acoustics.recordings import shared_files

RATE_HZ = 16_000
Signal = NDArray[np.float64]

# The aligner's times where there is a voice, and one "uh" of the transcript that it left out
TRUTH = {
    "acoustic_corpus.wav": [Interval(8.02, 8.57), Interval(14.50, 14.90), Interval(22.90, 23.53)],
    "cold_corpus.wav": [Interval(1.24, 1.67), Interval(9.89, 10.34), Interval(17.78, 18.32)],
}


def voice(f0_hz: Signal, formants_hz: Signal) -> Signal:
    """Harmonics that fall by 6 dB an octave under moving formants, the rows of `formants_hz`."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE_HZ
    sound = np.zeros(f0_hz.size)
    for k in range(1, int(4_000 / f0_hz.max())):
        gain = sum(1 / (1 + ((k * f0_hz - one_hz) / 80) ** 2) for one_hz in formants_hz)
        sound += gain / k * np.sin(k * phase)
    return np.asarray(0.2 * sound / np.abs(sound).max())


UH_HZ = (600.0, 1_200.0, 2_500.0)  # formants (Peterson & Barney 1952)
EE_HZ = (270.0, 2_290.0, 3_010.0)


def steady(duration_s: float, f0_hz: float = 110.0, vowel_hz: tuple[float, ...] = UH_HZ) -> Signal:
    """A vowel, "uh" unless told, with ramps."""
    count = round(duration_s * RATE_HZ)
    formants_hz = np.array(vowel_hz)[:, None] * np.ones(count)
    ramp = np.clip(np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.02 * RATE_HZ), 0, 1)
    return voice(np.full(count, f0_hz), formants_hz) * ramp


def babble(duration_s: float, seed: int = 0) -> Signal:
    """Vowels that are never steady: formants and pitch move, five syllables a second."""
    draw = np.random.default_rng(seed)
    count = round(duration_s * RATE_HZ)
    at_s = np.arange(count) / RATE_HZ
    knots_s = np.arange(0, duration_s + 0.2, 0.1)
    low = np.interp(at_s, knots_s, draw.uniform(300, 800, knots_s.size))
    high = np.interp(at_s, knots_s, draw.uniform(900, 2_200, knots_s.size))
    f0_hz = 125 * 2 ** (np.interp(at_s, knots_s, draw.uniform(-4, 4, knots_s.size)) / 12)
    syllables = 0.15 + 0.85 * np.sin(np.pi * 5 * at_s) ** 2
    return voice(f0_hz, np.stack([low, high, np.full(count, 2_500.0)])) * syllables


def heard(*parts: Signal) -> Recording:
    samples = np.concatenate(parts)
    floor = np.random.default_rng(9).normal(0, 1e-4, samples.size)
    return Recording.from_samples((samples + floor).astype(np.float32), RATE_HZ)


def gap(duration_s: float) -> Signal:
    return np.zeros(round(duration_s * RATE_HZ))


def scores(found: list[FilledPause], truth: list[Interval]) -> tuple[int, int, int]:
    """Hits, false alarms, misses: a pause is hit when it is overlapped."""
    spans = [Interval(pause.start_s, pause.end_s) for pause in found]
    hits = sum(any(span.overlap_s(one) > 0 for span in spans) for one in truth)
    false = sum(not any(span.overlap_s(one) > 0 for one in truth) for span in spans)
    return hits, false, len(truth) - hits


@pytest.mark.parametrize("duration_s", [0.3, 0.45, 0.7])
def test_a_drawn_out_uh_is_found_where_it_is(duration_s: float) -> None:
    [pause] = filled_pauses(heard(babble(1.5), gap(0.1), steady(duration_s), gap(0.2), babble(1.5, 1)))
    assert pause.start_s == pytest.approx(1.6, abs=0.06)
    assert pause.end_s == pytest.approx(1.6 + duration_s, abs=0.06)
    assert 0.5 < pause.confidence <= 1


@pytest.mark.parametrize("seed", range(3))
def test_an_uh_that_dies_away_is_found_and_a_drawn_out_ee_is_none(seed: int) -> None:
    def found(held: Signal) -> int:
        return len(filled_pauses(heard(babble(1.5, seed), gap(0.1), held, gap(0.2), babble(1.5, seed + 1))))

    uh = steady(0.4)
    assert found(uh * 10 ** (np.linspace(0, -20, uh.size) / 20)) == 1
    assert found(steady(0.4, vowel_hz=EE_HZ)) == 0


def test_a_short_vowel_is_none() -> None:
    assert filled_pauses(heard(babble(1.5), gap(0.1), steady(0.12), gap(0.2), babble(1.5, 1))) == ()


@pytest.mark.parametrize(("duration_s", "count"), [(2.5, 1), (3.5, 0), (30.0, 0)])
def test_a_steady_sound_longer_than_any_um_is_none(duration_s: float, count: int) -> None:
    recording = heard(babble(1.5), gap(0.3), steady(duration_s), gap(0.3), babble(1.5, seed=1))
    assert sum(pause.end_s - pause.start_s > 1.5 for pause in filled_pauses(recording)) == count


def test_running_speech_and_noise_hold_none() -> None:
    noise = np.random.default_rng(3).normal(0, 0.05, 2 * RATE_HZ)
    assert filled_pauses(heard(babble(4.0, 2))) == ()
    assert filled_pauses(heard(noise)) == ()


def test_only_speech_is_searched() -> None:
    recording = heard(babble(1.5), gap(0.1), steady(0.4), gap(0.2), babble(1.5, 1))
    assert len(filled_pauses(recording, speech=[Interval(0.0, 4.0)])) == 1
    assert filled_pauses(recording, speech=[Interval(0.0, 1.5)]) == ()
    assert filled_pauses(recording, speech=[]) == ()


@settings(max_examples=10, deadline=None)
@given(gain_db=st.floats(-30, 10))
def test_gain_changes_nothing(gain_db: float) -> None:
    parts = babble(1.5), gap(0.1), steady(0.4), gap(0.2), babble(1.0, 1)
    assert len(filled_pauses(heard(*(part * 10 ** (gain_db / 20) for part in parts)))) == 1


def test_the_hesitations_of_real_speech() -> None:
    """The weights were fitted on part of it. training/filled_pauses.py has the figures without it."""
    paths = shared_files(*(f"mfa/{name}" for name in TRUTH))
    counts = [scores(list(filled_pauses(read_audio(path))), TRUTH[path.name]) for path in paths]
    hits, false, missed = np.sum(counts, axis=0)
    assert 2 * hits / (2 * hits + false + missed) >= 0.75


def test_fluent_speech_has_few() -> None:
    recordings = [read_audio(path) for path in shared_files("telephone/*")]
    found = sum(len(filled_pauses(recording)) for recording in recordings)
    assert found / (sum(recording.duration_s for recording in recordings) / 60) < 1


def test_a_steady_sound_without_a_word_is_one_where_it_is_audible() -> None:
    recording = heard(babble(2.0), np.zeros(3_200), steady(0.4), np.zeros(3_200), babble(2.0, seed=1))
    (pause,) = unworded_pauses(frames_of(recording), [Interval(2.0, 2.8)])
    assert (pause.start_s, pause.end_s) == pytest.approx((2.2, 2.6), abs=0.05)
    assert 0.5 < pause.confidence <= 1


@pytest.mark.parametrize("length_s", [0.1, 1.5])
def test_a_sound_without_a_word_is_none_where_it_is_too_short_or_too_long(length_s: float) -> None:
    recording = heard(babble(2.0), np.zeros(3_200), steady(length_s), np.zeros(3_200), babble(2.0, seed=1))
    assert unworded_pauses(frames_of(recording), [Interval(2.0, 2.4 + length_s)]) == ()


def test_silence_without_a_word_is_none() -> None:
    recording = heard(babble(2.0), np.zeros(16_000), babble(2.0, seed=1))
    assert unworded_pauses(frames_of(recording), [Interval(2.1, 2.8)]) == ()
    assert unworded_pauses(frames_of(recording), []) == ()


def test_speech_that_is_not_steady_is_none_without_words_either() -> None:
    assert unworded_pauses(frames_of(heard(babble(4.0))), [Interval(1.0, 1.5), Interval(2.0, 2.6)]) == ()
