"""Frames and pitch against librosa, on practice messages."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from aftertone.acoustics.audio import ANALYSIS_RATE_HZ, Recording, read_audio
from aftertone.acoustics.frames import (
    HIGHEST_BAND_HZ,
    LOWEST_BAND_HZ,
    N_BANDS,
    SILENCE_DB,
    band_centres_hz,
    decibels,
    frames_of,
    mel_filters,
    mfcc_of,
)
from aftertone.acoustics.pitch import pitch_contour
from aftertone.acoustics.spectrum import HOP, N_FFT, WINDOW, spectrum_blocks, window
from tests.acoustics.recordings import SAMPLE_AUDIO


@pytest.fixture(scope="module", params=["dentist_callback.flac", "telephone_pharmacy.wav", "noisy_10db.flac"])
def recording(request: pytest.FixtureRequest) -> Recording:
    return read_audio(SAMPLE_AUDIO / request.param)


def test_power_is_that_of_librosa_stft(recording: Recording) -> None:
    ours = np.concatenate([block.power.copy() for block in spectrum_blocks(recording)])
    samples = np.array(recording.samples) - recording.samples.mean()
    transform = librosa.stft(
        samples,
        n_fft=N_FFT,
        hop_length=HOP,
        win_length=WINDOW,
        window=np.array(window()),
        center=True,
        pad_mode="constant",
    )
    theirs = np.abs(transform.T) ** 2
    n_frames = min(len(ours), len(theirs))
    inner = slice(4, n_frames - 4)  # at the ends, both pad with another offset
    np.testing.assert_allclose(ours[inner], theirs[inner], rtol=1e-3, atol=1e-5 * float(theirs.max()))


def test_mel_filters_are_those_of_librosa() -> None:
    theirs = librosa.filters.mel(
        sr=ANALYSIS_RATE_HZ,
        n_fft=N_FFT,
        n_mels=N_BANDS,
        fmin=LOWEST_BAND_HZ,
        fmax=HIGHEST_BAND_HZ,
        htk=True,
        norm=None,
    )
    np.testing.assert_allclose(mel_filters().T, theirs, atol=1e-6)
    edges_hz = librosa.mel_frequencies(N_BANDS + 2, fmin=LOWEST_BAND_HZ, fmax=HIGHEST_BAND_HZ, htk=True)
    np.testing.assert_allclose(band_centres_hz(), edges_hz[1:-1])


def test_decibels_are_those_of_librosa() -> None:
    power = np.random.default_rng(0).exponential(0.01, (40, 24)).astype(np.float32) ** 3
    power[3] = 0
    theirs = librosa.power_to_db(power, amin=10 ** (SILENCE_DB / 10), top_db=None)
    np.testing.assert_allclose(decibels(power), theirs, rtol=1e-6, atol=1e-5)


def test_cepstra_are_those_of_librosa(recording: Recording) -> None:
    bands_db = frames_of(recording).bands_db
    theirs = librosa.feature.mfcc(S=bands_db.T.astype(np.float64), n_mfcc=13, norm=None)
    np.testing.assert_allclose(mfcc_of(bands_db, 13), theirs.T / (2 * N_BANDS), atol=1e-9)


def test_level_is_that_of_librosa_rms(recording: Recording) -> None:
    ours = frames_of(recording).level_db
    rms = librosa.feature.rms(y=np.array(recording.samples), frame_length=HOP, hop_length=HOP, center=True)[0]
    theirs = 20 * np.log10(np.maximum(rms, 1e-10))
    n_frames = min(ours.size, theirs.size) - 1
    np.testing.assert_allclose(ours[:n_frames], theirs[:n_frames], atol=0.05)


@pytest.mark.parametrize("name", ["dentist_callback.flac", "number_twice_slowly.flac"])
def test_pitch_agrees_with_librosa_yin_where_the_voice_is_clear(name: str) -> None:
    recording = read_audio(SAMPLE_AUDIO / name)
    contour = pitch_contour(recording)
    yin_hz = librosa.yin(
        np.array(recording.samples),
        fmin=60,
        fmax=600,
        sr=ANALYSIS_RATE_HZ,
        frame_length=N_FFT,
        hop_length=HOP,
    )
    n_frames = min(contour.hz.size, yin_hz.size)
    voiced, strength = contour.voiced[:n_frames], contour.strength[:n_frames]
    clear = voiced & (strength > np.median(strength[voiced]))
    cents = np.abs(1200 * np.log2(yin_hz[:n_frames][clear] / contour.hz[:n_frames][clear]))
    assert np.count_nonzero(clear) > 300
    assert np.median(cents) < 15
    assert np.mean(cents > 316) < 0.02  # gross: over 20 %
