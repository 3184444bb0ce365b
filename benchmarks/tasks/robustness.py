"""Table of robustness: changes of speech, pitch and nuclei when only the line changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from aftertone import Recording, pitch_contour, read_audio, speech_intervals, syllable_nuclei
from aftertone.acoustics.frames import frames_of
from benchmarks.common.conditions import RATE_HZ, Signal, over_telephone
from benchmarks.common.machine import files
from benchmarks.common.peers import frame_count
from benchmarks.common.tables import Table
from benchmarks.common.truth import composed_digits, emodb, mask, sample_audio
from benchmarks.tasks.pitch import GROSS_SHARE

MOST_S = 15


def _loud(samples: Signal) -> float:
    """Root mean square of the louder half."""
    return float(np.sqrt(np.mean(np.sort(samples**2)[samples.size // 2 :])))


def _hum(samples: Signal) -> Signal:
    """Hum of 50 Hz with its third harmonic, 15 dB below the speech."""
    at_s = np.arange(samples.size) / RATE_HZ
    hum = np.sin(2 * np.pi * 50 * at_s) + 0.3 * np.sin(2 * np.pi * 150 * at_s)
    return np.asarray(samples + _loud(samples) * 10 ** (-15 / 20) * np.sqrt(2) * hum, np.float32)


def _at(rate_hz: int) -> Callable[[Signal], Recording]:
    return lambda samples: Recording.from_samples(soxr.resample(samples, RATE_HZ, rate_hz), rate_hz)


def _same_rate(change: Callable[[Signal], NDArray[np.floating[Any]]]) -> Callable[[Signal], Recording]:
    return lambda samples: Recording.from_samples(np.ascontiguousarray(change(samples), np.float32), RATE_HZ)


CHANGES: dict[str, Callable[[Signal], Recording]] = {
    "gain 0.5": _same_rate(lambda samples: samples * np.float32(0.5)),
    "gain 0.1": _same_rate(lambda samples: samples * np.float32(0.1)),
    "gain 0.01": _same_rate(lambda samples: samples * np.float32(0.01)),
    "gain 0.01, 16 bits": _same_rate(lambda samples: np.round(samples * np.float32(327.68)) / 32_768),
    "DC offset 0.1": _same_rate(lambda samples: samples + np.float32(0.1)),
    "50 Hz hum, -15 dB": _same_rate(_hum),
    "clipped at 2 x rms": _same_rate(
        lambda samples: np.clip(samples, -2 * _loud(samples), 2 * _loud(samples))
    ),
    "44.1 kHz": _at(44_100),
    "8 kHz": _at(8_000),
    "8 kHz mu-law, 300-3,400 Hz": lambda samples: Recording.from_samples(over_telephone(samples), 8_000),
}


def recordings(quick: bool) -> list[Recording]:
    """Recordings of people, composed digits, and three practice messages."""
    paths = [*files("mfa/*_corpus.wav"), *files("telephone/*")[::2]]
    some = [read_audio(path) for path in paths]
    some += [one.recording for one in (*emodb()[::40], *composed_digits()[:3], *sample_audio()[:9:3])]
    cut = [Recording.from_samples(one.samples[: MOST_S * RATE_HZ], RATE_HZ) for one in some]
    return cut[:: 5 if quick else 1]


def tables(quick: bool) -> Iterator[Table]:
    """One row for each change of the line."""
    originals = recordings(quick)
    seconds = sum(one.duration_s for one in originals)
    table = Table(
        "Changes of the measures when only the line changes",
        {
            "speech frames %": ".2f",
            "voicing frames %": ".2f",
            "gross pitch %": ".2f",
            "median cents": ".2f",
            "nuclei count %": ".2f",
        },
        f"{len(originals)} recordings, {seconds:.0f} s, compared with the original at 16 kHz. Speech and "
        "voicing: frames whose decision changes. Gross pitch: frames voiced in both whose pitch changes by "
        "more than 20 %; median cents: change of the other ones. Nuclei: mean absolute change of the count.",
    )
    before = [_results(one) for one in originals]
    for name, change in CHANGES.items():
        changes = [
            _changes(old, _results(change(one.samples))) for old, one in zip(before, originals, strict=True)
        ]
        speech, voicing, gross, cents, nuclei = (
            float(np.mean(column)) for column in zip(*changes, strict=True)
        )
        table.add(name, speech=speech, voicing=voicing, gross=gross, cents=cents, nuclei=nuclei)
    yield table


Results = tuple[NDArray[np.bool_], NDArray[np.float64], int]  # speech, pitch, number of nuclei


def _results(recording: Recording) -> Results:
    frames = frames_of(recording)
    speech = mask(speech_intervals(recording, frames), frame_count(recording))
    hz = np.nan_to_num(pitch_contour(recording, frames).hz).astype(np.float64)
    return speech, hz, syllable_nuclei(recording, frames).size


def _changes(old: Results, new: Results) -> tuple[float, float, float, float, float]:
    frames, points = min(old[0].size, new[0].size), min(old[1].size, new[1].size)
    was_hz, is_hz = old[1][:points], new[1][:points]
    both = (was_hz > 0) & (is_hz > 0)
    ratio = is_hz[both] / was_hz[both]
    gross = np.abs(ratio - 1) > GROSS_SHARE
    return (
        100 * float(np.mean(old[0][:frames] != new[0][:frames])),
        100 * float(np.mean((was_hz > 0) != (is_hz > 0))),
        100 * float(np.mean(gross)) if ratio.size else 0.0,
        float(np.median(np.abs(1_200 * np.log2(ratio[~gross])))) if ratio.size else 0.0,
        100 * abs(new[2] - old[2]) / max(old[2], 1),
    )
