"""The pitch contour against known pitches, and against Praat on real voices; pitch statistics by table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.periodicity import PitchCandidates
from aftertone.acoustics.pitch import (
    CLASSIFIER,
    LIVELINESS,
    N_CONTOURS,
    VOICING,
    PitchContour,
    _smoothed,
    pitch_contour,
    pitch_path,
    pitch_statistics,
    voicing_contours,
)
from tests.acoustics.recordings import shared_file

RATE_HZ = 16_000
Samples = NDArray[np.float64]


def cents(found_hz: NDArray[np.float32], true_hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(1200 * np.log2(np.asarray(found_hz, float) / true_hz))


def inner(contour: PitchContour) -> slice:
    """Frames whose windows lie inside the recording."""
    return slice(5, contour.hz.size - 5)


def harmonics(
    hz: Samples | float, duration_s: float = 1.0, rate_hz: int = RATE_HZ, lowest: int = 1
) -> Samples:
    """A buzz of equal harmonics below 3.4 kHz, its pitch given at every sample."""
    pitch_hz = np.broadcast_to(hz, round(duration_s * rate_hz))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz
    highest = int(3_400 / pitch_hz.max())
    return np.asarray(sum(np.cos(k * phase) for k in range(lowest, highest + 1)) * 0.3 / highest)


def recorded(samples: Samples, rate_hz: int = RATE_HZ) -> Recording:
    return Recording.from_samples(samples, rate_hz)


@pytest.mark.parametrize("hz", [64, 80, 100, 123.4, 200, 317, 440, 500, 590])
def test_a_buzz_has_its_pitch_within_two_cents(hz: float) -> None:
    contour = pitch_contour(recorded(harmonics(hz)))
    assert contour.voiced[inner(contour)].all()
    assert np.abs(cents(contour.hz[inner(contour)], hz)).max() < 2


@pytest.mark.parametrize("hz", [120, 150, 200, 300, 440, 590])
def test_a_pure_tone_has_its_pitch_within_ten_cents(hz: float) -> None:
    tone = 0.1 * np.sin(2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ)
    contour = pitch_contour(recorded(tone))
    assert np.abs(cents(contour.hz[inner(contour)], hz)).max() < 10
    assert abs(np.median(cents(contour.hz[inner(contour)], hz))) < 4


@pytest.mark.parametrize("octaves_per_s", [-1.0, 0.5, 2.0])
def test_a_glide_is_followed_without_lag(octaves_per_s: float) -> None:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    contour = pitch_contour(recorded(harmonics(150 * 2 ** (octaves_per_s * (time_s - 0.5)))))
    true_hz = 150 * 2 ** (octaves_per_s * (contour.times_s - 0.5))
    off = cents(contour.hz, true_hz)[inner(contour)]
    assert abs(np.mean(off)) < 3
    assert np.abs(off).max() < 25  # at two octaves a second, 24 cents pass in each hop


def test_neighbours_with_a_jump_between_are_not_smoothed_together() -> None:
    """A fifth up from one frame to the next stays a fifth: no frame lies between."""
    hz = np.repeat([140.0, 210.0], RATE_HZ // 2)
    found = pitch_contour(recorded(harmonics(hz))).hz
    off = np.minimum(np.abs(cents(found, 140)), np.abs(cents(found, 210)))[5:-5]
    assert np.nanmax(off) < 40


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_frames_are_smoothed(seed: int) -> None:
    """By 1, 2, 1; at the end of a voiced run by 1, 2."""
    draw = np.random.default_rng(seed)
    octave = (np.log2(150) + 0.02 * draw.normal(size=200)).astype(np.float32)
    smooth = _smoothed(octave, np.ones(200, bool))
    np.testing.assert_allclose(smooth[1:-1], (octave[:-2] + 2 * octave[1:-1] + octave[2:]) / 4, rtol=1e-6)
    is_voiced = np.ones(200, bool)
    is_voiced[100] = False
    assert smooth[98] == pytest.approx(_smoothed(octave, is_voiced)[98])
    assert _smoothed(octave, is_voiced)[99] == pytest.approx((octave[98] + 2 * octave[99]) / 3)


@pytest.mark.parametrize("hz", [100, 200])
def test_a_doubtful_octave_is_decided_by_the_register(hz: float) -> None:
    """Of two equally strong candidates an octave apart, the one near the rest of the recording is chosen."""
    octave = np.log2([hz, 2 * hz if hz == 100 else hz / 2])
    candidate_hz = np.tile(np.array([hz, np.nan, np.nan, np.nan], np.float32), (120, 1))
    strength = np.tile(np.array([0.9, 0, 0, 0], np.float32), (120, 1))
    strength[50:70] = 0
    candidate_hz[55:65, :2] = np.exp2(octave)
    strength[55:65, :2] = 0.62, 0.64
    path = pitch_path(PitchCandidates(candidate_hz, strength))
    np.testing.assert_allclose(path.octave[55:65], np.log2(hz), rtol=1e-6)
    assert path.register_octave == pytest.approx(np.log2(hz))
    assert not path.has_pitch[[51, 68]].any()


@pytest.mark.parametrize("n_frames", range(8, 20))
def test_an_end_costs_the_same_whatever_the_count_of_frames(n_frames: int) -> None:
    weak = np.full((n_frames, 1), 0.303, np.float32)  # together they score less than one end of a pitch costs
    assert not pitch_path(PitchCandidates(np.full_like(weak, 150.0), weak)).has_pitch.any()


def test_a_missing_fundamental_is_found() -> None:
    contour = pitch_contour(recorded(harmonics(110, lowest=3)))
    assert np.abs(cents(contour.hz[inner(contour)], 110)).max() < 5


def test_a_faint_alternation_of_pulses_is_no_octave() -> None:
    """With every second period 5 % weaker, the exact period is two, but people hear the octave above."""
    pulses = np.zeros(2 * RATE_HZ)
    pulses[::80], pulses[80::160] = 1.0, 0.95
    rung = np.convolve(pulses, np.exp(-np.arange(200) / 30) * np.cos(np.arange(200) * 0.3))[: pulses.size]
    contour = pitch_contour(recorded(0.1 * rung))
    assert np.abs(cents(contour.hz[inner(contour)], 200)).max() < 5


def test_jitter_does_not_move_the_pitch() -> None:
    generator = np.random.default_rng(3)
    periods_s = (1 + 0.01 * generator.normal(size=400)) / 120
    pulses = np.zeros(3 * RATE_HZ)
    pulses[np.round(np.cumsum(periods_s)[:350] * RATE_HZ).astype(int)] = 0.5
    hz = pitch_contour(recorded(pulses)).hz[10:280]
    assert np.isnan(hz).mean() < 0.02
    assert abs(np.nanmedian(cents(hz, 120))) < 10
    assert np.nanmax(np.abs(cents(hz, 120))) < 100


@pytest.mark.parametrize("slope", [0.0, 0.95, 0.995], ids=["white", "pink-like", "brown-like"])
def test_noise_has_no_pitch(slope: float) -> None:
    from scipy.signal import lfilter

    noise = lfilter([1], [1, -slope], np.random.default_rng(1).normal(size=10 * RATE_HZ))
    assert pitch_contour(recorded(0.02 * noise)).voiced.mean() < 0.01


@pytest.mark.parametrize("samples", [np.zeros(RATE_HZ), np.full(RATE_HZ, 0.3), np.zeros(0), np.ones(40)])
def test_silence_has_no_pitch(samples: Samples) -> None:
    contour = pitch_contour(Recording(samples.astype(np.float32)))
    assert not contour.voiced.any()
    assert contour.hz.size == contour.times_s.size == 1 + samples.size // 160


@pytest.mark.parametrize("fault", ["offset", "hum", "noise", "clipping", "mu-law"])
def test_faults_of_the_line_leave_the_pitch(fault: str) -> None:
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    true = 130 * 2 ** (0.3 * np.sin(2 * np.pi * time_s))
    voice = harmonics(true, 2.0, lowest=3) * (np.sin(np.pi * time_s) > 0)
    changed = {
        "offset": voice + 0.2,
        "hum": voice + 0.005 * np.sin(2 * np.pi * 50 * time_s),
        "noise": voice + np.std(voice) / 3 * np.random.default_rng(0).normal(size=voice.size),
        "clipping": np.clip(voice, -0.4 * voice.max(), 0.4 * voice.max()),
        "mu-law": np.sign(voice)
        * np.expm1(np.round(127 * np.log1p(255 * abs(voice)) / 5.545) / 127 * 5.545)
        / 255,
    }[fault]
    contour = pitch_contour(recorded(changed))
    off = cents(contour.hz, true[np.minimum(np.arange(contour.hz.size) * 160, true.size - 1)])[5:95]
    assert np.isnan(off).mean() < 0.05
    assert np.nanmax(np.abs(off)) < 100
    assert contour.voiced[105:195].mean() < 0.1  # the second second holds the fault alone


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_recorded_noise_ten_decibels_down_leaves_the_pitch(number: int) -> None:
    path = shared_file(f"noise/noise{number}.wav")
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    true = 130 * 2 ** (0.3 * np.sin(2 * np.pi * time_s))
    voice = harmonics(true, 2.0, lowest=3)
    noise = np.resize(read_audio(path).samples, voice.size)
    contour = pitch_contour(recorded(voice + noise * np.std(voice) / np.std(noise) / np.sqrt(10)))
    off = cents(contour.hz, true[np.minimum(np.arange(contour.hz.size) * 160, true.size - 1)])[5:195]
    assert np.isnan(off).mean() < 0.05
    assert np.nanmax(np.abs(off)) < 50


@settings(max_examples=20, deadline=None)
@given(gain_db=st.floats(-50, 0), hz=st.floats(70, 500))
def test_gain_changes_no_pitch(gain_db: float, hz: float) -> None:
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    voice = harmonics(hz, 0.5) * np.clip(np.sin(2 * np.pi * 2 * time_s), 0, None)
    loud, soft = (pitch_contour(recorded(g * voice)) for g in (1.0, 10 ** (gain_db / 20)))
    # where the voice fades, a frame may be at the threshold, and rounding decides
    assert np.count_nonzero(loud.voiced != soft.voiced) <= 1
    both = loud.voiced & soft.voiced
    np.testing.assert_allclose(loud.hz[both], soft.hz[both], rtol=1e-3)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100])
def test_the_sampling_rate_changes_no_pitch(rate_hz: int) -> None:
    contour = pitch_contour(recorded(harmonics(170, rate_hz=rate_hz), rate_hz))
    assert np.abs(cents(contour.hz[inner(contour)], 170)).max() < 3


def test_given_frames_are_used() -> None:
    recording = recorded(harmonics(100))
    frames = frames_of(recorded(harmonics(200)))
    assert np.nanmedian(pitch_contour(recording, frames).hz) == pytest.approx(200, rel=0.01)


def test_thirty_minutes_have_one_path() -> None:
    """The path over 180,000 frames, whose memory must not grow with their square."""
    second = harmonics(140)
    second[RATE_HZ // 2 :] = 0
    contour = pitch_contour(Recording(np.tile(second, 300).astype(np.float32)))
    assert contour.hz.size == 1 + 300 * 100
    assert contour.voiced.mean() == pytest.approx(0.5, abs=0.04)
    assert np.abs(np.nanmedian(cents(contour.hz, 140))) < 2


# ---------------------------------------------------------------- against Praat, on real voices


def praat_hz(recording: Recording, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    parselmouth = pytest.importorskip("parselmouth")
    sound = parselmouth.Sound(recording.samples.astype(float), recording.rate_hz)
    pitch = sound.to_pitch_ac(0.01, 75.0, pitch_ceiling=600.0)
    return np.array([pitch.get_value_at_time(t) for t in times_s])


@pytest.mark.parametrize(
    "name",
    [
        *("emodb/03a01Fa.wav", "emodb/10a02Na.wav", "emodb/09a07Na.wav", "emodb/08b03Lc.wav"),
        *("telephone/jfk.flac", "telephone/en-US_Broadband_sample2.wav"),
    ],
)
def test_praat_agrees_on_real_voices(name: str) -> None:
    recording = read_audio(shared_file(name))
    recording = Recording(recording.samples[: 10 * RATE_HZ])
    contour = pitch_contour(recording)
    peer_hz = praat_hz(recording, contour.times_s)
    both = contour.voiced & ~np.isnan(peer_hz)
    off = np.abs(cents(contour.hz[both], peer_hz[both]))
    assert np.mean(off > 1200 * np.log2(1.2)) < 0.02  # gross errors, of whichever of the two
    assert np.median(off) < 15
    assert np.mean(contour.voiced != ~np.isnan(peer_hz)) < 0.12


def test_falsetto_has_its_pitch() -> None:
    assert 450 < np.nanmedian(pitch_contour(read_audio(shared_file("mfa/falsetto.flac"))).hz) < 600


def test_a_whisper_has_hardly_any_pitch() -> None:
    assert pitch_contour(read_audio(shared_file("mfa/whisper.flac"))).voiced.mean() < 0.03


def test_creak_has_hardly_any_pitch() -> None:
    contour = pitch_contour(read_audio(shared_file("mfa/mfa_creaky.flac")))
    assert contour.voiced.mean() < 0.05
    pitch = pitch_statistics(contour)
    assert (pitch.spread_st, pitch.range_st, pitch.flat_share) == (None, None, None)


# ---------------------------------------------------------------- pitch statistics


def contour_of(semitones: NDArray[np.float64], voiced: NDArray[np.bool_] | None = None) -> PitchContour:
    hz = (120 * 2 ** (semitones / 12)).astype(np.float32)
    if voiced is not None:
        hz = np.where(voiced, hz, np.float32(np.nan))
    return PitchContour(np.arange(hz.size, dtype=np.float64) * 0.01, hz, np.ones_like(hz))


def melody(duration_s: float, depth_st: float) -> NDArray[np.float64]:
    """Triangle wave of one period a second, in semitones; its standard deviation is depth / √3."""
    cycle = np.arange(round(duration_s * 100)) * 0.01 % 1
    return np.asarray(depth_st * (4 * np.abs(cycle - 0.5) - 1))


def test_median_spread_and_range_of_a_known_melody() -> None:
    pitch = pitch_statistics(contour_of(melody(10, 6)))
    assert pitch.median_hz == pytest.approx(120, rel=0.01)
    assert pitch.spread_st == pytest.approx(6 / np.sqrt(3), rel=0.01)
    assert pitch.range_st == pytest.approx(0.9 * 12, rel=0.02)
    assert (pitch.flat_share, pitch.flat_spans) == (0.0, ())


@pytest.mark.parametrize("octaves", [-1, 1])
def test_one_syllable_in_a_wrong_octave_changes_nothing(octaves: int) -> None:
    sung = melody(6, 3)
    clean = pitch_statistics(contour_of(sung))
    sung[300:330] += 12 * octaves
    spoilt = pitch_statistics(contour_of(sung))
    assert spoilt.range_st == pytest.approx(clean.range_st, abs=0.3)
    assert spoilt.spread_st == pytest.approx(clean.spread_st, abs=0.1)


def test_three_seconds_of_voice_are_needed() -> None:
    frames = round(LIVELINESS.voiced_s_min * 100)
    for n_voiced, known in ((frames - 1, False), (frames, True)):
        pitch = pitch_statistics(contour_of(melody(9, 3), np.arange(900) < n_voiced))
        assert (pitch.spread_st is not None, pitch.range_st is not None) == (known, known)
        assert pitch.median_hz is not None


def test_without_voiced_frames_nothing_is_measured() -> None:
    pitch = pitch_statistics(contour_of(melody(9, 3), np.zeros(900, bool)))
    assert (pitch.median_hz, pitch.spread_st, pitch.range_st) == (None, None, None)
    assert (pitch.flat_share, pitch.flat_spans) == (None, ())


def test_flat_spans_are_where_the_voice_is_flat() -> None:
    sung = np.concatenate([melody(20, 6), melody(20, 0.5), melody(20, 6)])
    pitch = pitch_statistics(contour_of(sung))
    (span,) = pitch.flat_spans
    # a window is flat while lively sound has less than 2² / (6² / 3) of it: a third, so 8 / 3 s either side
    assert span.start_s == pytest.approx(20 - LIVELINESS.window_s / 3, abs=0.6)
    assert span.end_s == pytest.approx(40 + LIVELINESS.window_s / 3, abs=0.6)
    assert pitch.flat_share == pytest.approx((span.duration_s - LIVELINESS.window_s) / 52, abs=0.02)


def test_what_is_not_speech_is_left_out() -> None:
    sung = np.concatenate([np.full(500, 20.0), melody(10, 3)])
    pitch = pitch_statistics(contour_of(sung), [Interval(5.0, 15.0)])
    assert pitch.spread_st == pytest.approx(3 / np.sqrt(3), rel=0.02)


@settings(max_examples=30, deadline=None)
@given(shift_st=st.floats(-8, 20), depth_st=st.floats(0.1, 7))
def test_spread_does_not_depend_on_the_voice(shift_st: float, depth_st: float) -> None:
    base, moved = (pitch_statistics(contour_of(melody(9, depth_st) + s)) for s in (0.0, shift_st))
    assert moved.spread_st == pytest.approx(base.spread_st, abs=1e-3)
    assert base.median_hz is not None
    assert moved.median_hz == pytest.approx(base.median_hz * 2 ** (shift_st / 12), rel=1e-3)


# ---------------------------------------------------------------- the voicing classifier

OFFSETS = CLASSIFIER.groups[0][1]
FRAMES = 100


def contour(value: float) -> NDArray[np.float32]:
    return np.full(FRAMES, value, np.float32)


def inputs(
    strength: float, step_octaves: float, register_octaves: float, level_db: float
) -> NDArray[np.float32]:
    excess_db = min(max(60 + level_db, 0), VOICING.excess_db_max)
    return np.tile(
        np.array([strength, strength, step_octaves, register_octaves, level_db, excess_db], np.float32),
        (FRAMES, 1),
    )


def test_the_classifier_reads_frames_around_each_frame() -> None:
    contours = inputs(0.5, 0.0, 0.0, -10.0)
    contours[:, 0] = np.arange(FRAMES) / 100
    found = CLASSIFIER.inputs(contours)
    assert found.shape == (FRAMES, CLASSIFIER.input_count)
    np.testing.assert_allclose(found[50, ::N_CONTOURS], [(50 + offset) / 100 for offset in OFFSETS])
    assert found[0, 0] == 0.0  # the first frame is repeated before the start


def test_the_inputs_of_the_classifier_are_bounded() -> None:
    voice = np.concatenate([np.zeros(RATE_HZ), harmonics(150), harmonics(300), np.zeros(RATE_HZ)])
    frames = frames_of(recorded(voice))
    path = pitch_path(frames.pitch_candidates)
    path.octave[150] += 4
    found = voicing_contours(frames, path)
    lowest = (0, 0, 0, -VOICING.register_octaves_max, VOICING.level_db_min, 0)
    highest = (1, 1, VOICING.step_octaves_max, VOICING.register_octaves_max, 20, VOICING.excess_db_max)
    assert (found >= np.array(lowest, np.float32)).all()
    assert (found <= np.array(highest, np.float32)).all()
    assert found[150, 3] == VOICING.register_octaves_max
    assert found[[20, -20], 4].tolist() == [VOICING.level_db_min] * 2
    assert found[120, 5] == np.float32(VOICING.excess_db_max)
    assert found[150, 2] == np.float32(VOICING.step_octaves_max)


def test_a_steady_loud_period_is_voiced_and_noise_is_not() -> None:
    assert CLASSIFIER.probability(inputs(0.85, 0.01, 0.0, -3.0)).min() > 0.9
    assert CLASSIFIER.probability(inputs(0.35, 0.25, 0.6, -3.0)).max() < 0.1
    assert CLASSIFIER.probability(inputs(0.35, 0.25, 0.6, -50.0)).max() < 0.1


def test_a_voice_is_unvoiced_after_its_end() -> None:
    contours = inputs(0.85, 0.01, 0.0, -3.0)
    contours[50:] = 0.3, 0.3, VOICING.step_octaves_max, 0.0, -40.0, 10.0
    probability = CLASSIFIER.probability(contours)
    assert (probability[:47] > 0.5).all()
    assert (probability[53:] < 0.5).all()
