"""Syllable nuclei: trains of vowels, practice messages, hand-labelled and transcribed real speech."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import articulation_rate, rate_curve, syllable_nuclei
from aftertone.language.syllables import syllable_count
from tests.acoustics.recordings import SAMPLE_AUDIO, shared_file, shared_files

RATE_HZ = 16_000
Signal = NDArray[np.float64]
VOWELS_HZ = (
    (730, 1_090, 2_440),
    (530, 1_840, 2_480),
    (270, 2_290, 3_010),
    (570, 840, 2_410),
)  # Peterson & Barney


def vowel(formants_hz: tuple[int, ...], duration_s: float, f0_hz: float = 120) -> Signal:
    """Harmonics that fall by 6 dB an octave under three formants, swelling and fading."""
    at_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    sound = np.zeros(at_s.size)
    for k in range(1, int(4_000 / f0_hz)):
        gain = sum(1 / (1 + ((k * f0_hz - one_hz) / 70) ** 2) for one_hz in formants_hz)
        sound += gain / k * np.sin(2 * np.pi * k * f0_hz * at_s)
    return np.asarray(0.2 * sound / np.abs(sound).max() * np.sin(np.pi * at_s / duration_s) ** 0.7)


def syllable_train(count: int, period_s: float) -> tuple[Signal, Signal]:
    """So many syllables of a hissed consonant and a vowel, and the vowels' middles."""
    draw = np.random.default_rng(count)
    parts, middles_s, now_s = [np.zeros(RATE_HZ // 2)], [], 0.5
    for i in range(count):
        consonant = np.diff(draw.normal(0, 0.004, round(0.35 * period_s * RATE_HZ) + 1))
        sound = vowel(VOWELS_HZ[i % len(VOWELS_HZ)], 0.65 * period_s)
        middles_s.append(now_s + (consonant.size + sound.size / 2) / RATE_HZ)
        now_s += (consonant.size + sound.size) / RATE_HZ
        parts += [consonant, sound]
    samples = np.concatenate([*parts, np.zeros(RATE_HZ // 2)])
    return samples + draw.normal(0, 1e-4, samples.size), np.array(middles_s)


def recording(samples: Signal, rate_hz: int = RATE_HZ) -> Recording:
    return Recording.from_samples(samples.astype(np.float32), rate_hz)


@pytest.mark.parametrize("period_s", [0.15, 0.2, 0.25, 0.3])
def test_every_vowel_of_a_train_is_found_in_its_middle(period_s: float) -> None:
    samples, middles_s = syllable_train(12, period_s)
    nuclei = syllable_nuclei(recording(samples))
    assert abs(nuclei.size - middles_s.size) <= 1
    nearest_s = np.abs(middles_s[:, None] - nuclei).min(axis=1)
    assert np.median(nearest_s) < 0.13 * period_s  # the vowel's middle two fifths
    assert np.sum(nearest_s < 0.325 * period_s) >= 11  # inside the vowel


def test_silence_noise_and_hum_have_hardly_any() -> None:
    seconds = np.arange(4 * RATE_HZ) / RATE_HZ
    noise = np.random.default_rng(0).normal(0, 0.05, seconds.size)
    hum = 0.2 * np.sin(2 * np.pi * 50 * seconds)
    assert syllable_nuclei(recording(np.zeros(RATE_HZ))).size == 0
    assert syllable_nuclei(recording(noise)).size <= 4
    assert syllable_nuclei(recording(hum)).size <= 4


@settings(max_examples=10, deadline=None)
@given(gain_db=st.floats(-40, 10))
def test_gain_moves_no_nucleus(gain_db: float) -> None:
    samples, _ = syllable_train(8, 0.22)
    expected = syllable_nuclei(recording(samples))
    assert syllable_nuclei(recording(samples * 10 ** (gain_db / 20))) == pytest.approx(expected, abs=0.011)


def over_telephone(samples: Signal) -> Signal:
    """At 8 kHz, 300 to 3,400 Hz, in the 256 steps of mu-law."""
    from scipy.signal import butter, sosfilt

    narrow = sosfilt(butter(4, [300, 3_400], "bandpass", fs=RATE_HZ, output="sos"), samples)[::2]
    coarse = np.round(127 * np.log1p(255 * np.abs(narrow)) / np.log(256)) / 127
    return np.asarray(np.sign(narrow) * np.expm1(coarse * np.log(256)) / 255)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, "telephone"])
def test_rate_and_telephone_move_no_nucleus(rate_hz: int | str) -> None:
    import soxr

    samples, middles_s = syllable_train(12, 0.2)
    if isinstance(rate_hz, int):
        nuclei = syllable_nuclei(recording(soxr.resample(samples, RATE_HZ, rate_hz), rate_hz))
    else:
        nuclei = syllable_nuclei(recording(over_telephone(samples), 8_000))
    assert nuclei == pytest.approx(middles_s, abs=0.03)


@settings(max_examples=10, deadline=None)
@given(seconds=st.floats(0.0, 2.0))
def test_any_length_is_measured(seconds: float) -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, max(1, round(seconds * RATE_HZ)))
    nuclei = syllable_nuclei(Recording(samples.astype(np.float32)))
    assert np.all(np.diff(nuclei) > 0)
    assert np.all((nuclei >= 0) & (nuclei <= seconds + 0.01))


def test_the_timed_words_of_the_practice_messages_hold_their_syllables() -> None:
    """Full band, without added noise. Running speech drops some of the dictionary's syllables."""
    truth = found = 0
    is_held = []
    for path in sorted((SAMPLE_AUDIO / "truth").glob("*.json")):
        message = json.loads(path.read_text(encoding="utf-8"))
        if message["file"].endswith(".wav") or message["file"] in ("noisy_10db.flac", "clipped.flac"):
            continue
        nuclei = syllable_nuclei(read_audio(SAMPLE_AUDIO / message["file"]))
        for word in message["words"]:
            inside = int(np.sum((nuclei >= word["start_s"]) & (nuclei <= word["end_s"])))
            found += inside
            truth += syllable_count(word["text"])
            is_held.append(inside > 0)
    assert truth > 500
    assert found == pytest.approx(truth, rel=0.15)
    assert np.mean(is_held) >= 0.8


def labelled_syllables(path: Path, duration_s: float) -> list[tuple[float, float]]:
    """Hand labels; only syllables whose middle lies inside the file, which is cut."""
    rows = [line.split() for line in path.read_text("latin1").split("\n") if line.strip()]
    pairs = [(float(row[0]), float(after[0])) for row, after in pairwise(rows) if row[-1] not in "(."]
    return [pair for pair in pairs if sum(pair) / 2 < duration_s]


def test_the_rate_of_acted_emotional_speech() -> None:
    """Better than the published peak picking (0.65 and 0.16). The nets were trained on these speakers:
    `training/nuclei.py --folds` prints the figures of speakers left out.
    """
    paths = shared_files("emodb/*.wav")[::3]
    counted, found, spans_s, held = [], [], [], []
    for path in paths:
        recorded = read_audio(path)
        syllables = labelled_syllables(path.parent / "silb" / f"{path.stem}.silb", recorded.duration_s)
        nuclei = syllable_nuclei(recorded)
        counted.append(len(syllables))
        found.append(nuclei.size)
        spans_s.append(min(syllables[-1][1], recorded.duration_s) - syllables[0][0])
        held += [bool(np.any((nuclei >= start_s) & (nuclei <= end_s))) for start_s, end_s in syllables]
    truth, count, span_s = np.array(counted), np.array(found), np.array(spans_s)
    assert np.corrcoef(truth / span_s, count / span_s)[0, 1] >= 0.74
    assert np.mean(np.abs(count - truth) / truth) <= 0.11
    assert abs(count.sum() / truth.sum() - 1) <= 0.08
    assert np.mean(held) >= 0.88


def test_speakers_that_the_nets_were_not_trained_on() -> None:
    """Syllables of a sentence of known words, and of isolated digits at 8 kHz."""
    jfk = shared_file("telephone/jfk.flac")
    digits = shared_files("fsdd/*_theo_1*.wav", "fsdd/*_jackson_1*.wav")
    # and so my fel-low A-mer-i-cans / ask not what your coun-try can do for you / ask ...: 28
    assert syllable_nuclei(read_audio(jfk)).size == pytest.approx(28, rel=0.25)
    margin = np.zeros(RATE_HZ // 10, np.float32)
    truth = [2 if path.name[0] in "07" else 1 for path in digits]
    found = [
        syllable_nuclei(Recording(np.concatenate([margin, read_audio(path).samples, margin]))).size
        for path in digits
    ]
    assert np.mean(found) == pytest.approx(np.mean(truth), rel=0.25)


def test_spontaneous_speech_word_by_word() -> None:
    """Nuclei inside the timed words against the pronouncing dictionary's vowels."""
    with shared_file("mfa/words/acoustic_corpus.csv").open() as file:
        words = list(csv.DictReader(file))
    nuclei = syllable_nuclei(read_audio(shared_file("mfa/acoustic_corpus.wav")))
    truth = sum(syllable_count(row["word"]) for row in words)
    found = sum(np.sum((nuclei >= float(row["start"])) & (nuclei <= float(row["end"]))) for row in words)
    assert found == pytest.approx(truth, rel=0.2)


def test_articulation_rate_counts_only_speech() -> None:
    nuclei = np.array([0.1, 0.3, 0.5, 1.5, 2.1, 2.3])
    assert articulation_rate(nuclei, [Interval(0.0, 1.0), Interval(2.0, 3.0)]) == 2.5
    assert articulation_rate(nuclei[:0], [Interval(0.0, 1.0)]) == 0.0
    assert articulation_rate(nuclei, []) is None


def test_the_curve_shows_fast_speech() -> None:
    nuclei = np.concatenate([np.arange(0.125, 10, 0.25), np.arange(10.0625, 20, 0.125)])  # 4 then 8 a second
    curve = rate_curve(nuclei, [Interval(0.0, 20.0)], Interval(0.0, 20.0))
    assert curve.times_s[[0, -1]].tolist() == [0.0, 20.0]
    assert curve.syl_per_s[curve.times_s == 5.0] == pytest.approx(4, abs=0.4)
    assert curve.syl_per_s[curve.times_s == 15.0] == pytest.approx(8, abs=0.4)
    assert curve.syl_per_s[curve.times_s == 10.0] == pytest.approx(6, abs=0.4)
    assert not curve.syl_per_s.flags.writeable


def test_the_curve_has_no_rate_without_speech() -> None:
    speech = [Interval(0.0, 2.0), Interval(8.0, 10.0)]
    curve = rate_curve(np.arange(0.1, 2, 0.2), speech, Interval(0.0, 10.0))
    assert np.isnan(curve.syl_per_s[curve.times_s == 5.0]).all()
    assert curve.syl_per_s[0] == pytest.approx(5, abs=0.5)
    assert curve.syl_per_s[curve.times_s == 9.0] == 0
