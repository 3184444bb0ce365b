"""Tables of tones: synthetic beeps, keys and ring-backs, and false tones in speech."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from aftertone import Recording, read_audio
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.tones import (
    KEY_COLUMNS_HZ,
    KEY_ROWS_HZ,
    KEYS,
    Beep,
    DtmfTone,
    beeps,
    dtmf,
    ring_backs,
)
from benchmarks.common.conditions import CONDITIONS, RATE_HZ, active_power, under
from benchmarks.common.machine import SAMPLES, files
from benchmarks.common.tables import Table
from benchmarks.common.truth import row_label, speaker_of, speakers_cell, truths

EDGE_S = 0.05  # tolerance of both ends of a tone
BEEP_HZ = (400.0, 550.0, 700.0, 1_000.0, 1_400.0, 2_000.0)
BEEP_S = (0.1, 0.25, 0.5, 1.0)
KEY_S = (0.06, 0.12, 0.25)
FIRST_S = 0.7  # start of each synthetic tone
AMPLITUDE = 0.1
BEEP_GAINS = (1.0, 0.05)

Tone = Interval | Beep | DtmfTone


def speech_under(recording: Recording, condition: str, seed: int) -> Recording:
    """A recording of speech under one of CONDITIONS."""
    return under(recording.samples, active_power(recording.samples, ()), condition, seed)


def recording_of(
    hz: Sequence[float], bursts: Sequence[Interval], condition: str, seed: int, gain: float = 1.0
) -> Recording:
    """Bursts of partials of one level in faint noise, under one of CONDITIONS."""
    size = round((bursts[-1].end_s + 0.7) * RATE_HZ)
    at_s = np.arange(size) / RATE_HZ
    wave = sum((np.sin(2 * np.pi * one * at_s) for one in hz), np.zeros(size))
    gate = np.zeros(size)
    for start_s, end_s in bursts:
        gate = np.maximum(gate, np.clip(np.minimum(at_s - start_s, end_s - at_s) / 0.005, 0, 1))
    clean = AMPLITUDE * wave * gate + np.random.default_rng(seed).normal(0, 1e-4, size)
    power = (gain * AMPLITUDE) ** 2 / 2 * len(hz)
    return under(np.asarray(gain * clean, np.float32), power, condition, seed)


def is_at(found: Tone, true: Interval) -> bool:
    """Whether both ends are within EDGE_S."""
    return abs(found.start_s - true.start_s) < EDGE_S and abs(found.end_s - true.end_s) < EDGE_S


def tables(quick: bool) -> Iterator[Table]:
    """Speech of people, practice messages, synthetic tones."""
    yield _false_tones(quick)
    yield _in_messages(quick)
    yield _synthetic(quick)


def _synthetic(quick: bool) -> Table:
    table = Table(
        "Synthetic tones, found with both ends within 50 ms",
        {"made": "d", "found": "d", "missed": "d", "false": "d"},
        f"Beeps of {BEEP_HZ[0]:.0f} to {BEEP_HZ[-1]:.0f} Hz, 0.1 to 1 s, at -23 and -49 dBov; "
        "all 16 keys, 0.06 to 0.25 s; ring-backs of 440+480 and 400+450 Hz. "
        "The frequency of a beep must be right within 1 %, and a key must be the right one. "
        "Noise: recorded backgrounds, 10 dB below the tone.",
    )
    step = 3 if quick else 1
    for condition in CONDITIONS:
        found = missed = false = 0
        for i, (hz, length_s, gain) in enumerate([*product(BEEP_HZ, BEEP_S, BEEP_GAINS)][::step]):
            true = Interval(FIRST_S, FIRST_S + length_s)
            detected = beeps(recording_of([hz], [true], condition, i, gain))
            hits = sum(is_at(beep, true) and abs(beep.hz / hz - 1) < 0.01 for beep in detected)
            found, missed, false = found + (hits > 0), missed + (hits == 0), false + len(detected) - hits
        table.add(f"beeps, {condition}", made=found + missed, found=found, missed=missed, false=false)
        found = missed = false = 0
        for i, (row, column, length_s) in enumerate([*product(range(4), range(4), KEY_S)][::step]):
            true = Interval(FIRST_S, FIRST_S + length_s)
            pair = [KEY_ROWS_HZ[row], KEY_COLUMNS_HZ[column]]
            keys = dtmf(recording_of(pair, [true], condition, i))
            hits = sum(is_at(key, true) and key.key == KEYS[row][column] for key in keys)
            found, missed, false = found + (hits > 0), missed + (hits == 0), false + len(keys) - hits
        table.add(f"keys, {condition}", made=found + missed, found=found, missed=missed, false=false)
        found = missed = false = 0
        for i, (pair, lengths) in enumerate(product([[440.0, 480.0], [400.0, 450.0]], ["US", "UK"])):
            if lengths == "US":  # 2 s on
                bursts = [Interval(FIRST_S, FIRST_S + 2)]
            else:  # 0.4 s on, 0.2 s off, 0.4 s on
                bursts = [Interval(FIRST_S + k, FIRST_S + k + 0.4) for k in (0.0, 0.6)]
            rings = ring_backs(recording_of(pair, bursts, condition, i))
            hits = sum(any(is_at(ring, burst) for ring in rings) for burst in bursts)
            found, missed = found + hits, missed + len(bursts) - hits
            false += len(rings) - hits
        table.add(f"ring-backs, {condition}", made=found + missed, found=found, missed=missed, false=false)
    return table


def _in_messages(quick: bool) -> Table:
    table = Table("Beeps in sample_audio", {"n": "d", "made": "d", "found": "d", "missed": "d", "false": "d"})
    recordings = truths()[:: 5 if quick else 1]
    for condition in CONDITIONS:
        found = missed = false = 0
        for i, truth in enumerate(recordings):
            detected = beeps(speech_under(read_audio(SAMPLES / truth["file"]), condition, i))
            beep = truth["beep"]
            hits = (
                sum(is_at(one, Interval(beep["start_s"], beep["end_s"])) for one in detected) if beep else 0
            )
            found, missed = found + (hits > 0), missed + (beep is not None and hits == 0)
            false += len(detected) - hits
        table.add(
            row_label("tones", "sample_audio", condition),
            n=len(recordings),
            made=found + missed,
            found=found,
            missed=missed,
            false=false,
        )
    return table


FOLDERS = {
    "librispeech": "librispeech_test_other/*.flac",
    "an4": "an4/*.flac",
    "ami": "ami_excerpts/*.flac",
    "telephone": "telephone/*",
    "emodb": "emodb/*.wav",
    "fsdd": "fsdd/*.wav",
    "mfa": "mfa/*.*a*",
}


def _false_tones(quick: bool) -> Table:
    table = Table(
        "False tones in speech of people",
        {"n": "d", "speakers": "", "minutes": ".1f", "beeps": "d", "keys": "d", "ring-backs": "d"},
        "For fsdd every fourth digit.",
    )
    for corpus, pattern in FOLDERS.items():
        paths = [path for path in files(pattern) if path.suffix in {".wav", ".flac"}]
        paths = paths[:: (10 if quick else 1) * (4 if corpus == "fsdd" else 1)]
        for condition in CONDITIONS if paths else ():
            minutes, counts = 0.0, [0, 0, 0]
            for i, path in enumerate(paths):
                recording = speech_under(read_audio(path), condition, i)
                frames = frames_of(recording)
                minutes += recording.duration_s / 60
                detected = beeps(recording, frames), dtmf(recording, frames), ring_backs(recording, frames)
                counts = [count + len(found) for count, found in zip(counts, detected, strict=True)]
            n_beeps, keys, rings = counts
            table.add(
                row_label("tones", corpus, condition),
                n=len(paths),
                speakers=speakers_cell(corpus, (speaker_of(corpus, path.name) for path in paths)),
                minutes=minutes,
                beeps=n_beeps,
                keys=keys,
                rings=rings,
            )
    return table
