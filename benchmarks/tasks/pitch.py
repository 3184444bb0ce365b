"""Tables of pitch: gross, voicing and fine errors, on voices with known pitch and where peers agree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from aftertone import Recording, pitch_contour, read_audio
from benchmarks.common.conditions import CONDITIONS, RATE_HZ, under
from benchmarks.common.machine import RESULTS, SAMPLES, files
from benchmarks.common.peers import Contour, harvest, installed, praat_ac, praat_cc, pyin, swift_f0
from benchmarks.common.tables import Table, Value, beside, beside_columns, interval_cell
from benchmarks.common.truth import row_label, sample_audio, speaker_of, speakers_cell

GROSS_SHARE = 0.2  # a larger relative error is gross, as in published comparisons
AGREED_SHARE = 0.05  # largest relative difference of peers that agree
TRUTH_STEP_S = 0.005  # of WORLD's analysis
LONGEST_S = 14  # of a recording
FOLDS = RESULTS / "pitch_folds.json"

Tracker = Callable[[Recording], Contour]


def ours(recording: Recording) -> Contour:
    """Aftertone's contour, 0 where unvoiced."""
    return np.nan_to_num(pitch_contour(recording).hz).astype(np.float64)


# ---- voices with known pitch ----------------------------------------------------------------------------


def resynthesised(samples: Contour, rate_hz: int) -> tuple[Contour, Contour]:
    """A voice at RATE_HZ with a known pitch, and that pitch every 10 ms; 0 where unvoiced.

    WORLD analyses and resynthesises the voice, so that spectra, levels and breath are real.
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
    """Frames in which a period repeats at low frequencies, with enough power; harvest voices more."""
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
    """Pitch in runs of at least 30 ms without a leap, each smoothed over 25 ms."""
    octave = np.log2(np.maximum(hz, 1))
    edges = np.flatnonzero((np.diff(hz > 0) != 0) | (np.abs(np.diff(octave)) > 0.1)) + 1
    smooth = np.zeros_like(hz)
    for run in np.split(np.arange(hz.size), edges):
        if hz[run[0]] > 0 and run.size * TRUTH_STEP_S >= 0.03:
            kernel = np.hanning(7)[1:-1]
            smooth[run] = 2 ** np.convolve(np.pad(octave[run], 2, "edge"), kernel / kernel.sum(), "valid")
    return smooth


def voices() -> dict[str, list[Path]]:
    """Some recordings of each corpus; people come first."""
    sentences = files("emodb/*.wav")
    some = {*sentences[::11], *[path for path in sentences if path.stem[5] == "N"][::2]}
    every = {
        "librispeech": files("librispeech_test_other/*.flac")[::5],
        "an4": files("an4/*.flac")[::4],
        "telephone": files("telephone/en-US_Broadband_*.wav"),
        "emodb": sorted(some),
        "mfa": [*files("mfa/acoustic_corpus.wav"), *files("mfa/mfa_laughter.flac")],
        "sample_audio": [SAMPLES / one.name for one in sample_audio()[::3]],
    }
    return {corpus: paths for corpus, paths in every.items() if paths}


def unchanged_files() -> dict[str, list[Path]]:
    """Recordings for comparison with peers: those of `voices`, and more spontaneous speech."""
    more = {"telephone": files("telephone/*"), "mfa": files("mfa/*_corpus.wav")}
    return {**voices(), **{name: found for name, found in more.items() if found}}


def voice_under(voice: Contour, true_hz: Contour, condition: str, seed: int) -> Recording:
    """A voice under one of CONDITIONS; its power is that of the voiced frames."""
    samples = voice.astype(np.float32)
    power = float(np.mean(samples[np.repeat(true_hz > 0, 160)[: samples.size]] ** 2))
    return under(samples, power, condition, seed)


# ---- errors ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of one tracker in one recording: numbers of frames, and a sum of cents."""

    frames: int
    missed: int
    invented: int
    both: int
    gross: int
    cents: float

    @classmethod
    def of(cls, found: Contour, true: Contour) -> Errors:
        """Pitch against the truth, 0 where unvoiced; frames with NaN in the truth do not count."""
        n_frames = min(found.size, true.size)
        found, true = found[:n_frames], true[:n_frames]
        judged = np.isfinite(true)
        found, true = found[judged], true[judged]
        both = (found > 0) & (true > 0)
        octaves = np.log2(found[both] / true[both])
        gross = np.abs(2**octaves - 1) > GROSS_SHARE
        return cls(
            found.size,
            int(np.count_nonzero((true > 0) & (found == 0))),
            int(np.count_nonzero((true == 0) & (found > 0))),
            int(np.count_nonzero(both)),
            int(np.count_nonzero(gross)),
            1_200 * float(np.abs(octaves[~gross]).sum()),
        )


def tables(quick: bool, slow_peers: bool) -> Iterator[Table]:
    """Tables on voices with known pitch, then where peers agree."""
    trackers: dict[str, Tracker] = {"aftertone": ours}
    has_praat = installed("parselmouth", "praat-parselmouth")
    if has_praat:
        trackers["Praat AC"] = praat_ac
    if installed("swift_f0", "swift-f0"):
        trackers["SwiftF0"] = swift_f0
    if slow_peers:
        trackers["librosa.pyin"] = pyin
    if not installed("pyworld", "pyworld"):
        return
    if slow_peers:
        trackers["harvest (WORLD itself)"] = harvest
    yield from _known_pitch(trackers, 12 if quick else 1)
    if has_praat:
        yield _agreed(8 if quick else 1)


def _known_pitch(trackers: dict[str, Tracker], step: int) -> Iterator[Table]:
    gross = Table(
        "Pitch: gross errors, %",
        beside_columns(trackers, ".2f"),
        "WORLD analyses voices and resynthesises them with a known pitch. Such voices are cleaner than real "
        "ones, so every figure, also of peers, is too good. Gross: more than 20 % off, in per cent of the "
        'frames that are voiced in both. "left out": with a net that was trained without the corpus; '
        '"unchanged" recordings are compared with the majority of Praat AC, Praat CC, harvest and SwiftF0.',
    )
    voicing = Table(
        "Pitch: wrong voicing decisions, % of frames",
        {**beside_columns(trackers, ".2f"), "missed": ".2f", "invented": ".2f"},
        'The same voices. "missed" and "invented" are for aftertone.',
    )
    fine = Table(
        "Pitch: mean error in cents, without gross errors",
        beside_columns(trackers, ".1f"),
        "The same voices; 100 cents are a semitone.",
    )
    for corpus, paths in voices().items():
        scored: dict[str, dict[str, list[Errors]]] = {}
        for i, path in enumerate(paths[::step]):
            samples, rate_hz = soundfile.read(path)
            voice, true_hz = resynthesised(np.ascontiguousarray(samples[: LONGEST_S * rate_hz]), rate_hz)
            for condition in CONDITIONS:
                recording = voice_under(voice, true_hz, condition, i)
                for name, tracker in trackers.items():
                    found = scored.setdefault(condition, {}).setdefault(name, [])
                    found.append(Errors.of(tracker(recording), true_hz))
        names = [path.name for path in paths[::step]]
        for condition, by_name in scored.items():
            label = row_label("pitch", corpus, condition)
            own = by_name["aftertone"]
            frames = sum(one.frames for one in own)
            gross.add(label, **_row(corpus, names, by_name, lambda one: (100 * one.gross, one.both), ".2f"))
            voicing.add(
                label,
                **_row(
                    corpus, names, by_name, lambda one: (100 * (one.missed + one.invented), one.frames), ".2f"
                ),
                missed=100 * sum(one.missed for one in own) / frames,
                invented=100 * sum(one.invented for one in own) / frames,
            )
            fine.add(
                label, **_row(corpus, names, by_name, lambda one: (one.cents, one.both - one.gross), ".1f")
            )
    _left_out(gross, voicing, fine)
    yield from (gross, voicing, fine)


def _left_out(gross: Table, voicing: Table, fine: Table) -> None:
    """Add the recorded rows of nets that were trained without the corpus."""
    if not FOLDS.exists():
        print(f"figures for corpora left out are missing: run training/pitch.py to write {FOLDS.name}")
        return
    columns = {
        "gross_percent": (gross, "aftertone"),
        "voicing_percent": (voicing, "aftertone"),
        "missed_percent": (voicing, "missed"),
        "invented_percent": (voicing, "invented"),
        "mean_cents": (fine, "aftertone"),
    }
    for name, row in json.loads(FOLDS.read_text()).items():
        corpus, condition = name.split(", ")
        values: dict[str, dict[str, Value]] = {}
        for figure, (table, heading) in columns.items():
            values.setdefault(table.title, {"n": row["recordings"]})[heading] = row[figure]
        for table in (gross, voicing, fine):
            own = values[table.title]
            table.rows.append(
                (f"{corpus} left out, {condition}", {each: own.get(each) for each in table.columns})
            )


def _row(
    corpus: str,
    names: Sequence[str],
    by_name: Mapping[str, Sequence[Errors]],
    ratio: Callable[[Errors], tuple[float, float]],
    form: str,
) -> dict[str, Value]:
    speakers = [speaker_of(corpus, name) for name in names]
    ratios = {name: [ratio(one) for one in found] for name, found in by_name.items()}
    return beside(ratios, speakers, form, who=speakers_cell(corpus, speakers))


def _agreed(step: int) -> Table:
    """Unchanged recordings; frames on which Praat AC, Praat CC and harvest agree are the truth."""
    table = Table(
        "Pitch of unchanged recordings, where Praat AC, Praat CC and harvest agree",
        {"n": "d", "speakers": "", "agreed %": ".1f", "gross %": ".2f", "voicing %": ".2f", "95 %": ""}
        | {"missed %": ".2f", "invented %": ".2f", "mean cents": ".1f"},
        "Agreed: all three are unvoiced, or all are voiced within 5 %. These frames are easy ones. The "
        "interval is that of voicing.",
    )
    for corpus, paths in unchanged_files().items():
        scored, frames = [], 0
        for path in paths[::step]:
            recording = Recording.from_samples(read_audio(path).samples[: LONGEST_S * RATE_HZ], RATE_HZ)
            votes = [praat_ac(recording), praat_cc(recording), harvest(recording)]
            n_frames = min(vote.size for vote in votes)
            hz = np.sort([vote[:n_frames] for vote in votes], axis=0)
            agreed = (hz[2] == 0) | ((hz[0] > 0) & (hz[2] < hz[0] * (1 + AGREED_SHARE)))
            frames += n_frames
            scored.append(Errors.of(ours(recording), np.where(agreed, hz[1], np.nan)))
        judged, both = sum(one.frames for one in scored), sum(one.both for one in scored)
        missed, invented = sum(one.missed for one in scored), sum(one.invented for one in scored)
        speakers = [speaker_of(corpus, path.name) for path in paths[::step]]
        table.add(
            row_label("pitch", corpus),
            n=len(scored),
            speakers=speakers_cell(corpus, speakers),
            agreed=100 * judged / frames,
            gross=100 * sum(one.gross for one in scored) / both,
            voicing=100 * (missed + invented) / judged,
            interval=interval_cell(
                [100 * (one.missed + one.invented) for one in scored],
                [one.frames for one in scored],
                speakers=speakers,
                form=".2f",
            ),
            missed=100 * missed / judged,
            invented=100 * invented / judged,
            cents=sum(one.cents for one in scored) / sum(one.both - one.gross for one in scored),
        )
    return table
