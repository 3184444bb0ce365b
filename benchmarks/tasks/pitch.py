"""Pitch: gross, octave, voicing and fine errors, on voices whose pitch is given, and where peers agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from aftertone import Recording, pitch_contour, read_audio
from benchmarks.peers import Contour, harvest, installed, praat_ac, praat_cc, pyin
from benchmarks.tables import Table
from benchmarks.truth import CONDITIONS, RATE_HZ, files, in_noise, over_telephone

GROSS_SHARE = 0.2  # off by more: a gross error, in every published comparison
OCTAVES = 0.25  # a gross error this near to whole octaves is one of the octave
AGREED_SHARE = 0.05  # peers that differ by less agree
TRUTH_STEP_S = 0.005
LONGEST_S = 14

Tracker = Callable[[Recording], Contour]


def ours(recording: Recording) -> Contour:
    """Aftertone's contour, 0 where unvoiced."""
    return np.nan_to_num(pitch_contour(recording).hz).astype(np.float64)


# ---- voices whose pitch is given ------------------------------------------------------------------------


def resynthesised(samples: Contour, rate_hz: int) -> tuple[Contour, Contour]:
    """A voice at RATE_HZ with a pitch of our giving, and that pitch every 10 ms, 0 where unvoiced.

    WORLD takes it apart and puts it together: real spectra, real levels and real breath.
    """
    world: Any = import_module("pyworld")
    hz, times_s = world.harvest(samples, rate_hz, f0_floor=60, f0_ceil=600)
    hz = world.stonemask(samples, hz, times_s, rate_hz)
    spectrum = world.cheaptrick(samples, hz, times_s, rate_hz)
    breath = world.d4c(samples, hz, times_s, rate_hz, threshold=0.0)
    hz = smooth_runs(np.where(is_voiced(samples, rate_hz, hz, times_s), hz, 0))
    breath[hz == 0] = 1
    voice = soxr.resample(world.synthesize(hz, spectrum, breath, rate_hz), rate_hz, RATE_HZ)
    at = 2 * np.arange(1 + voice.size // 160)
    return voice, np.where(at < hz.size, hz[np.minimum(at, hz.size - 1)], 0)


def is_voiced(samples: Contour, rate_hz: int, hz: Contour, times_s: Contour) -> NDArray[np.bool_]:
    """Where a period repeats, low in the spectrum and not far under the speech; harvest voices more."""
    low = sosfiltfilt(butter(4, [60, 1_200], "bandpass", fs=rate_hz, output="sos"), samples)
    likeness, power = np.zeros_like(hz), np.full_like(hz, 1e-12)
    for i in np.flatnonzero(hz):
        period = rate_hz / hz[i]
        first = int(times_s[i] * rate_hz - 1.25 * period) + np.arange(int(1.5 * period))
        if first[0] >= 0:
            a, b = (np.interp(first + shift, np.arange(low.size), low) for shift in (0, period))
            likeness[i] = a @ b / np.sqrt((a @ a) * (b @ b) + 1e-20)
            power[i] += np.mean(a**2) + np.mean(b**2)
    loud = np.percentile(power[hz > 0], 95) if hz.any() else 1.0
    steady = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(likeness, 1), 3), axis=1)
    return np.asarray((steady > 0.6) & (10 * np.log10(power / loud) > -42))


def smooth_runs(hz: Contour) -> Contour:
    """Runs of 30 ms and more without a leap, each smoothed over 25 ms."""
    octave = np.log2(np.maximum(hz, 1))
    edges = np.flatnonzero((np.diff(hz > 0) != 0) | (np.abs(np.diff(octave)) > 0.1)) + 1
    smooth = np.zeros_like(hz)
    for run in np.split(np.arange(hz.size), edges):
        if hz[run[0]] > 0 and run.size * TRUTH_STEP_S >= 0.03:
            kernel = np.hanning(7)[1:-1]
            smooth[run] = 2 ** np.convolve(np.pad(octave[run], 2, "edge"), kernel / kernel.sum(), "valid")
    return smooth


def voices() -> list[Path]:
    """Emo-DB's actors, MFA's test speaker, broadband dialogue."""
    sentences = files("emodb/*.wav")
    some = {*sentences[::11], *[path for path in sentences if path.stem[5] == "N"][::2]}
    return [
        *sorted(some),
        *files("mfa/acoustic_corpus.wav"),
        *files("mfa/mfa_laughter.flac"),
        *files("telephone/en-US_Broadband_*.wav"),
    ]


def spoilt(voice: Contour, true_hz: Contour, condition: str, seed: int) -> Recording:
    """The voice under one of CONDITIONS."""
    samples = voice.astype(np.float32)
    if condition == "telephone":
        return Recording.from_samples(over_telephone(samples), 8_000)
    if condition == "10 dB noise":
        power = float(np.mean(samples[np.repeat(true_hz > 0, 160)[: samples.size]] ** 2))
        samples = in_noise(samples, power, 10, seed)
    return Recording.from_samples(samples, RATE_HZ)


# ---- errors ---------------------------------------------------------------------------------------------

COLUMNS = {
    "gross %": ".2f",
    "octave %": ".2f",
    "voicing %": ".2f",
    "missed %": ".2f",
    "invented %": ".2f",
    "rms cents": ".1f",
    "mean cents": ".1f",
}


def errors(pairs: list[tuple[Contour, Contour]]) -> dict[str, float]:
    """Of pairs (found, true), 0 where unvoiced; NaN in the truth is a frame that is not judged."""
    found, true = (np.concatenate(part) for part in zip(*pairs, strict=True))
    found, true = found[np.isfinite(true)], true[np.isfinite(true)]
    both = (found > 0) & (true > 0)
    octaves = np.log2(found[both] / true[both])
    gross = np.abs(2**octaves - 1) > GROSS_SHARE
    whole = gross & (np.abs(np.abs(octaves) - 1) < OCTAVES)
    cents = 1_200 * octaves[~gross]
    missed, invented = np.mean((true > 0) & (found == 0)), np.mean((true == 0) & (found > 0))
    return {
        "gross": 100 * float(gross.mean()),
        "octave": 100 * float(whole.mean()),
        "voicing": 100 * float(missed + invented),
        "missed": 100 * float(missed),
        "invented": 100 * float(invented),
        "rms": float(np.sqrt(np.mean(cents**2))),
        "mean": float(np.mean(np.abs(cents))),
    }


def _pair(found: Contour, true: Contour) -> tuple[Contour, Contour]:
    n_frames = min(found.size, true.size)
    return found[:n_frames], true[:n_frames]


def tables(quick: bool, slow_peers: bool) -> Iterator[Table]:
    """Against given pitch, then against the agreement of peers."""
    trackers: dict[str, Tracker] = {"aftertone": ours}
    has_praat = installed("parselmouth", "praat-parselmouth")
    if has_praat:
        trackers["Praat AC"] = praat_ac
    if slow_peers:
        trackers["librosa.pyin"] = pyin
    if not installed("pyworld", "pyworld") or not voices():
        return
    if slow_peers:
        trackers["harvest (WORLD's own, flattered)"] = harvest
    yield _given(trackers, voices()[:: 12 if quick else 1])
    if has_praat:
        yield _agreed(quick)


def _given(trackers: dict[str, Tracker], paths: list[Path]) -> Table:
    scored: dict[tuple[str, str], list[tuple[Contour, Contour]]] = {}
    seconds = 0.0
    for i, path in enumerate(paths):
        samples, rate_hz = soundfile.read(path)
        voice, true_hz = resynthesised(np.ascontiguousarray(samples[: LONGEST_S * rate_hz]), rate_hz)
        seconds += voice.size / RATE_HZ
        for condition in CONDITIONS:
            recording = spoilt(voice, true_hz, condition, i)
            for name, tracker in trackers.items():
                scored.setdefault((condition, name), []).append(_pair(tracker(recording), true_hz))
    table = Table(
        "Pitch of voices put together again with a known pitch",
        COLUMNS,
        f"{len(paths)} recordings, {seconds:.0f} s. Gross: off by more than 20 %, of the frames both voiced; "
        "octave: of those, near half or double. Voicing: of all frames. Cents: of the rest. WORLD's "
        "re-synthesis is cleaner than a real voice: every figure is flattered, the peers' too.",
    )
    for (condition, name), pairs in sorted(scored.items(), key=lambda item: CONDITIONS.index(item[0][0])):
        table.add(f"{condition}: {name}", **errors(pairs))
    return table


def _agreed(quick: bool) -> Table:
    """Real recordings: frames on which Praat AC, Praat CC and harvest agree are the truth."""
    table = Table(
        "Pitch of real recordings, where Praat AC, Praat CC and harvest agree",
        {"seconds": ".0f", "agreed %": ".1f", **COLUMNS},
        "Agreed: all three unvoiced, or all voiced within 5 %. The easy frames; peers that vote have no row.",
    )
    groups = {
        "mfa": files("mfa/*_corpus.wav"),
        "telephone and broadband": files("telephone/*"),
        "emodb": files("emodb/*.wav")[::11],
    }
    for group, paths in groups.items():
        pairs, seconds = [], 0.0
        for path in paths[:: 8 if quick else 1]:
            whole = read_audio(path)
            recording = Recording.from_samples(whole.samples[: LONGEST_S * RATE_HZ], RATE_HZ)
            seconds += recording.duration_s
            votes = [praat_ac(recording), praat_cc(recording), harvest(recording)]
            n_frames = min(vote.size for vote in votes)
            hz = np.sort([vote[:n_frames] for vote in votes], axis=0)
            agreed = (hz[2] == 0) | ((hz[0] > 0) & (hz[2] < hz[0] * (1 + AGREED_SHARE)))
            pairs.append(_pair(ours(recording), np.where(agreed, hz[1], np.nan)))
        if pairs:
            share = 100 * float(np.mean(np.isfinite(np.concatenate([true for _, true in pairs]))))
            table.add(f"{group}: aftertone", seconds=seconds, agreed=share, **errors(pairs))
    return table
