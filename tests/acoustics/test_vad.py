"""Speech intervals against known gaps, hand labels and properties; the classifier of their edges."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.vad import (
    CLASSIFIER,
    EDGES,
    N_BAND_PAIRS,
    N_CONTOURS,
    OPTIONS,
    corrected,
    edge_contours,
    speech_intervals,
)
from tests.acoustics.recordings import shared_file, shared_files

RATE_HZ = 16_000
Samples = NDArray[np.float64]


def voice(duration_s: float, seed: int = 0) -> Samples:
    """Glottal pulses through three formants, four syllables a second, at -20 dBov."""
    times_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    phase = np.cumsum(120 + 10 * np.sin(2 * np.pi * 2 * times_s + seed)) / RATE_HZ
    sound = np.diff(np.floor(phase), prepend=0.0) - np.mean(np.diff(np.floor(phase), prepend=0.0))
    for formant_hz, bandwidth_hz in ((650, 90), (1_150, 110), (2_500, 160), (3_300, 250)):
        radius = np.exp(-np.pi * bandwidth_hz / RATE_HZ)
        sound = lfilter([1], [1, -2 * radius * np.cos(2 * np.pi * formant_hz / RATE_HZ), radius**2], sound)
    sound *= 0.65 - 0.35 * np.cos(2 * np.pi * 4 * times_s + np.pi)
    return np.asarray(0.1 * sound / np.sqrt(np.mean(sound**2)))


def hiss(duration_s: float, dbov: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, 10 ** (dbov / 20), round(duration_s * RATE_HZ))


def message(speech: list[Interval], duration_s: float, noise_dbov: float = -60.0) -> Samples:
    samples = hiss(duration_s, noise_dbov)
    for number, interval in enumerate(speech):
        sound = voice(interval.duration_s, number)
        first = round(interval.start_s * RATE_HZ)
        samples[first : first + sound.size] += sound
    return samples


def heard(samples: Samples, rate_hz: int = RATE_HZ) -> tuple[Interval, ...]:
    return speech_intervals(Recording.from_samples(samples, rate_hz))


SPEECH = [Interval(0.5, 1.3), Interval(1.6, 2.1), Interval(2.3, 3.5), Interval(4.5, 4.9)]


@pytest.mark.parametrize(
    ("noise_dbov", "within_s"), [(-80.0, 0.025), (-60.0, 0.025), (-40.0, 0.03), (-32.0, 0.04), (-30.0, 0.05)]
)
def test_edges_are_where_the_voice_begins_and_ends(noise_dbov: float, within_s: float) -> None:
    found = heard(message(SPEECH, 5.5, noise_dbov))
    assert len(found) == len(SPEECH)
    np.testing.assert_allclose(found, SPEECH, atol=within_s)


def test_edges_hold_over_the_telephone() -> None:
    band = butter(4, [300, 3_400], "bandpass", fs=RATE_HZ, output="sos")
    narrow = sosfilt(band, message(SPEECH, 5.5, -50.0))[::2]
    companded = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
    coarse = np.round(companded * 127) / 127
    found = heard(np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255, 8_000)
    np.testing.assert_allclose(found, SPEECH, atol=0.03)


@pytest.mark.parametrize("gap_s", [0.2, 0.25, 0.4, 1.0, 3.0])
def test_a_pause_is_a_gap(gap_s: float) -> None:
    speech = [Interval(0.4, 1.4), Interval(1.4 + gap_s, 2.4 + gap_s)]
    first, second = heard(message(speech, 3.0 + gap_s))
    assert second.start_s - first.end_s == pytest.approx(gap_s, abs=0.03)


@pytest.mark.parametrize("closure_s", [0.04, 0.08, 0.11])
def test_a_stop_closure_is_no_gap(closure_s: float) -> None:
    assert len(heard(message([Interval(0.4, 1.0), Interval(1.0 + closure_s, 1.8)], 2.4))) == 1


def test_a_breath_is_not_speech() -> None:
    samples = message([Interval(0.5, 1.5), Interval(2.5, 3.5)], 4.0, -85.0)
    breath = sosfilt(butter(2, [500, 5_000], "bandpass", fs=RATE_HZ, output="sos"), hiss(0.5, -45.0))
    first = round(1.75 * RATE_HZ)
    samples[first : first + breath.size] += breath * np.hanning(breath.size)
    np.testing.assert_allclose(heard(samples), [(0.5, 1.5), (2.5, 3.5)], atol=0.03)


@settings(max_examples=4, deadline=None)
@given(gain=st.floats(0.01, 1.0))
def test_gain_changes_nothing(gain: float) -> None:
    samples = message(SPEECH, 5.5, -50.0)
    assert heard(gain * samples) == heard(samples)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100])
def test_the_sampling_rate_moves_no_edge(rate_hz: int) -> None:
    import soxr

    samples = message(SPEECH, 5.5, -50.0)
    resampled = soxr.resample(samples, RATE_HZ, rate_hz)
    np.testing.assert_allclose(heard(resampled, rate_hz), heard(samples), atol=0.0101)


@settings(max_examples=8, deadline=None)
@given(
    hops=st.integers(0, 300),
    dbov=st.sampled_from([None, -100.0, -75.0]),
    noise_dbov=st.sampled_from([-55.0, -40.0]),
)
def test_silence_at_the_ends_moves_nothing(hops: int, dbov: float | None, noise_dbov: float) -> None:
    added_s = hops * 0.01
    silence = np.zeros(round(added_s * RATE_HZ)) if dbov is None else hiss(added_s, dbov, seed=2)
    samples = message(SPEECH, 5.5, noise_dbov)
    moved = np.array(heard(np.concatenate([silence, samples, silence]))) - added_s
    np.testing.assert_allclose(moved, heard(samples), atol=0.0201)


@pytest.mark.parametrize(
    "disturbed",
    [
        lambda samples, t: samples + 0.2,
        lambda samples, t: samples + 0.02 * np.sin(2 * np.pi * 50 * t),
        lambda samples, t: samples + 0.02 * np.sin(2 * np.pi * 60 * t),
        lambda samples, t: np.clip(samples, -0.2, 0.2),
        lambda samples, t: np.round(samples * 32_767) / 32_767,
    ],
    ids=["offset", "50 Hz hum", "60 Hz hum", "clipping", "16 bits"],
)
def test_disturbances_move_no_edge(disturbed: object) -> None:
    samples = message(SPEECH, 5.5, -55.0)
    times_s = np.arange(samples.size) / RATE_HZ
    assert callable(disturbed)
    np.testing.assert_allclose(heard(disturbed(samples, times_s)), heard(samples), atol=0.0201)


def clicks(count: int) -> Samples:
    samples, rng = hiss(6.0, -60.0), np.random.default_rng(3)
    for first in rng.integers(0, samples.size - 400, count):
        samples[first : first + 400] += rng.normal(0, 0.3, 400) * np.exp(-np.arange(400) / 80)
    return samples


def tones(*each_hz: float) -> Samples:
    times_s = np.arange(6 * RATE_HZ) / RATE_HZ
    return hiss(6.0, -60.0) + 0.1 * sum(np.sin(2 * np.pi * hz * times_s) for hz in each_hz)


@pytest.mark.parametrize(
    "samples",
    [
        hiss(6.0, -20.0),
        hiss(6.0, -70.0),
        np.cumsum(hiss(6.0, -40.0)) / 30,
        np.zeros(32_000),
        np.round(hiss(6.0, -90.0) * 32_768) / 32_768,
        clicks(15),
        tones(440.0),
        tones(350.0, 440.0),
        tones(50.0, 150.0),
    ],
    ids=["hiss", "faint hiss", "rumble", "zeros", "last bit", "clicks", "tone", "dial tone", "hum"],
)
def test_nobody_speaks(samples: Samples) -> None:
    assert heard(samples) == ()


@pytest.mark.parametrize("n_samples", [1, 80, 159, 161, 1_000, 2_400])
def test_recordings_of_a_moment_are_measured(n_samples: int) -> None:
    assert all(end_s <= n_samples / RATE_HZ for _, end_s in heard(voice(0.5)[-n_samples:]))
    assert heard(hiss(0.5, -30.0)[:n_samples]) == ()


def test_an_unknown_detector_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 'webrtc' or 'silero'"):
        speech_intervals(Recording.from_samples(voice(0.5), RATE_HZ), vad="loudness")  # type: ignore[arg-type]


def test_speech_without_any_silence_is_one_interval() -> None:
    ((start_s, end_s),) = heard(voice(3.0))
    assert start_s < 0.03
    assert end_s > 2.97


@settings(max_examples=10, deadline=None)
@given(lengths_s=st.lists(st.floats(0.15, 0.8), min_size=1, max_size=6), noise_dbov=st.floats(-90, -35))
def test_intervals_are_in_order_apart_and_inside(lengths_s: list[float], noise_dbov: float) -> None:
    ends_s = np.cumsum(np.array(lengths_s) + 0.1)
    speech = [Interval(end_s - length_s, end_s) for end_s, length_s in zip(ends_s, lengths_s, strict=True)]
    recording = Recording.from_samples(message(speech, ends_s[-1] + 0.1, noise_dbov), RATE_HZ)
    found = speech_intervals(recording, frames_of(recording))
    assert all(0 <= start_s < end_s <= recording.duration_s for start_s, end_s in found)
    assert all(after.start_s - before.end_s >= OPTIONS.gap_s_min - 1e-9 for before, after in pairwise(found))


def labelled_speech(path: Path, duration_s: float) -> list[Interval]:
    """Syllable starts in s, one a line; "(" begins a pause, "." is the end."""
    speech: list[Interval] = []
    start_s: float | None = None
    for line in path.read_text(encoding="latin-1").splitlines():
        time, *label = line.split()
        if label[:1] in (["("], ["."]) and start_s is not None:
            speech.append(Interval(start_s, min(float(time), duration_s)))
            start_s = None
        elif start_s is None and float(time) < duration_s:
            start_s = float(time)
    return speech if start_s is None else [*speech, Interval(start_s, duration_s)]


def marked(intervals: object, n_frames: int) -> NDArray[np.bool_]:
    middles_s = (np.arange(n_frames) + 0.5) * 0.01
    edges = np.array(intervals, dtype=float).reshape(-1, 2)
    return np.asarray(
        np.any((middles_s[:, None] >= edges[:, 0]) & (middles_s[:, None] < edges[:, 1]), axis=1)
    )


def webrtc_verdict(recording: Recording, n_frames: int) -> NDArray[np.bool_]:
    import webrtcvad

    detector = webrtcvad.Vad(2)
    pcm = np.round(recording.samples * 32_767).astype("<i2").tobytes()
    return np.array([detector.is_speech(pcm[i * 320 : i * 320 + 320], RATE_HZ) for i in range(n_frames)])


def test_frames_of_labelled_sentences() -> None:
    import soundfile

    wrong, wrong_webrtc, silence_errors, total = 0, 0, [], 0
    for label_path in shared_files("emodb/silb/*.silb")[::8]:
        samples, rate_hz = soundfile.read(shared_file(f"emodb/{label_path.stem}.wav"))
        recording = Recording.from_samples(samples, rate_hz)
        n_frames = int(recording.duration_s / 0.01)
        truth = marked(labelled_speech(label_path, recording.duration_s), n_frames)
        found = marked(speech_intervals(recording), n_frames)
        wrong += int(np.count_nonzero(truth != found))
        wrong_webrtc += int(np.count_nonzero(truth != webrtc_verdict(recording, n_frames)))
        silence_errors.append(abs(truth.mean() - found.mean()))
        total += n_frames
    assert wrong / total < 0.04
    assert wrong < 0.75 * wrong_webrtc
    assert np.mean(silence_errors) < 0.035


def test_whispered_speech_is_speech() -> None:
    import soundfile

    found = heard(*soundfile.read(shared_file("mfa/whisper.flac")))
    assert Interval(0.6, 2.4).overlap_s(found[0]) > 1.7  # "this is all very whispered", seen in the spectrum


def test_silero_finds_the_same_speech() -> None:
    import soundfile

    samples, rate_hz = soundfile.read(shared_file("mfa/mfa_words.flac"))
    recording = Recording.from_samples(samples, rate_hz)
    n_frames = int(recording.duration_s / 0.01)
    ours, theirs = (marked(speech_intervals(recording, vad=vad), n_frames) for vad in ("webrtc", "silero"))
    assert np.mean(ours == theirs) > 0.9
    assert recording.samples.flags.writeable is False


# ---- the classifier of edges -----------------------------------------------------------------------------

OFFSETS = CLASSIFIER.groups[0][1]
FRAMES = 300


def contour(value: float) -> NDArray[np.float32]:
    return np.full(FRAMES, value, np.float32)


def contours(excess_db: float, level_db: float, strength: float) -> NDArray[np.float32]:
    values = [excess_db, level_db, strength, *[level_db - 10] * N_BAND_PAIRS]
    return np.tile(np.array(values, np.float32), (FRAMES, 1))


def test_the_classifier_reads_frames_around_each_frame() -> None:
    table = contours(0.0, -10.0, 0.5)
    table[:, 0] = np.arange(FRAMES) / 100
    found = CLASSIFIER.inputs(table)
    assert found.shape == (FRAMES, CLASSIFIER.input_count)
    around = found[100, : 3 * len(OFFSETS)].reshape(-1, 3)
    np.testing.assert_allclose(around[:, 0], [(100 + offset) / 100 for offset in OFFSETS])
    np.testing.assert_allclose(around[:, 1:], [(-10.0, 0.5)] * len(OFFSETS))
    assert found[0, 0] == 0.0  # the first frame is repeated before the start


def test_the_inputs_of_the_classifier_are_bounded() -> None:
    frames = frames_of(Recording.from_samples(np.concatenate([np.zeros(RATE_HZ), voice(1.0)]), RATE_HZ))
    found = edge_contours(frames, np.full(frames.n_frames, 1e3, np.float32))
    assert found.shape == (frames.n_frames, N_CONTOURS + N_BAND_PAIRS)
    np.testing.assert_allclose(found[:, 0], EDGES.excess_db_max, rtol=1e-6)
    assert (found[:50, [1, *range(N_CONTOURS, found.shape[1])]] == EDGES.level_db_min).all()
    assert (found[:, 1] < 10).all()
    assert ((found[:, 2] >= 0) & (found[:, 2] <= 1)).all()
    assert (found[:, N_CONTOURS:] <= 0).all()


def test_a_loud_voice_is_probable_and_faint_noise_is_not() -> None:
    assert CLASSIFIER.probability(contours(18.0, -3.0, 0.95)).min() > 0.9
    assert CLASSIFIER.probability(contours(0.5, -45.0, 0.2)).max() < 0.1


def test_the_probability_depends_on_the_frames_around_alone() -> None:
    """The blocks of frames that are computed together do not change it."""
    draw = np.random.default_rng(0)
    table = (10 * draw.normal(size=(2_500, N_CONTOURS + N_BAND_PAIRS))).astype(np.float32)
    reach = max(OFFSETS)
    part = CLASSIFIER.probability(table[900 - reach : 2_100 + reach])[reach:-reach]
    np.testing.assert_allclose(CLASSIFIER.probability(table)[900:2_100], part, rtol=1e-4)


def corrected_runs(
    probability: NDArray[np.float32], *, is_loud: bool = False, is_audible: bool = True
) -> list[tuple[int, int]]:
    speech = np.array([100]), np.array([200])
    found = corrected(speech, probability, np.full(FRAMES, is_loud), np.full(FRAMES, is_audible))
    return list(zip(*(edges.tolist() for edges in found), strict=True))


def test_a_late_tail_is_removed_unless_it_is_loud() -> None:
    probability = contour(0.7)
    probability[170:] = 0.1
    assert corrected_runs(probability) == [(100, 170)]
    assert corrected_runs(probability, is_loud=True) == [(100, 200)]


def test_a_weak_end_is_added_if_it_is_audible() -> None:
    probability = contour(0.1)
    probability[95:230] = 0.95
    assert corrected_runs(probability) == [(95, 230)]
    assert corrected_runs(probability, is_audible=False) == [(100, 200)]


def test_a_probable_stretch_that_the_rules_do_not_find_is_no_speech() -> None:
    probability = contour(0.1)
    probability[100:200] = probability[230:280] = 0.95
    assert corrected_runs(probability) == [(100, 200)]


def test_a_pause_inside_is_found() -> None:
    probability = contour(0.9)
    probability[140:170] = 0.2
    probability[:100] = probability[200:] = 0.0
    assert corrected_runs(probability) == [(100, 140), (170, 200)]
