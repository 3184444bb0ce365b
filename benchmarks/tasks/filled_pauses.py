"""Filled pauses in the sound alone: real hesitations, made ones, and speech without any."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from aftertone import Recording, read_audio, speech_intervals
from aftertone.acoustics.filled_pauses import filled_pauses
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from benchmarks.machine import RESULTS
from benchmarks.tables import Table
from benchmarks.truth import SAMPLES, files, sample_audio, truths

FOLDS = RESULTS / "filled_pauses_folds.json"
COLUMNS = {"minutes": ".1f", "true": "d", "found": "d", "missed": "d", "false per min": ".2f", "F1": ".2f"}

# Heard and checked: the aligner's times where there is voice under them, and one "uh" that it left out.
# The second recording has two more in its transcript, whose time the aligner puts on silence.
REAL = {
    "acoustic_corpus": (Interval(8.02, 8.57), Interval(14.50, 14.90), Interval(22.90, 23.53)),
    "cold_corpus": (Interval(1.24, 1.67), Interval(9.89, 10.34), Interval(17.78, 18.32)),
}


def found_in(recording: Recording) -> list[Interval]:
    """Where aftertone hears a filled pause, in speech."""
    frames = frames_of(recording)
    return [
        Interval(one.start_s, one.end_s)
        for one in filled_pauses(recording, frames, speech_intervals(recording, frames))
    ]


def add_row(table: Table, label: str, pairs: Sequence[tuple[Recording, Sequence[Interval]]]) -> None:
    """One row of recordings and their true pauses. A pause is found where one that is heard overlaps it."""
    hits = false = 0
    for recording, true in pairs:
        heard = found_in(recording)
        hits += sum(any(one.overlap_s(pause) > 0 for one in heard) for pause in true)
        false += sum(not any(one.overlap_s(pause) > 0 for pause in true) for one in heard)
    total = sum(len(true) for _, true in pairs)
    minutes = sum(recording.duration_s for recording, _ in pairs) / 60
    f1 = 2 * hits / (total + hits + false) if total else None
    table.add(
        label, minutes=minutes, true=total, found=hits, missed=total - hits, false=false / minutes, f1=f1
    )


def _without_pauses() -> Iterator[tuple[str, list[Path]]]:
    yield "emodb (in-sample as fluent speech)", files("emodb/*.wav")
    yield "telephone and broadband (in-sample as fluent speech)", files("telephone/*")


def tables(quick: bool) -> Iterator[Table]:
    """In-sample, held out, and false alarms."""
    table = Table(
        "Filled pauses found without words",
        COLUMNS,
        "In-sample: the weights were fitted on these recordings. Held out: fitted anew without the "
        "recording, corpus or speaker (and its telephone and noisy versions, which are counted too), and for "
        "natural voices other voices and sentences; more than half of the shorter must overlap, which is "
        "stricter than the overlap asked of the other rows; the record of `training/filled_pauses.py`. "
        "Six hesitations of one man and eight in meetings bound what can be said. Telephone dialogue is not "
        "free of hesitations for certain: none is labelled.",
    )
    real = {path.stem: read_audio(path) for path in files("mfa/*_corpus.wav")}
    if real:
        add_row(table, "mfa (in-sample)", [(real[name], true) for name, true in REAL.items()])
    for group, row in (json.loads(FOLDS.read_text()) if FOLDS.exists() else {}).items():
        table.add(f"held out: {group}", **row)
    if not FOLDS.exists():
        print(
            "held-out figures left out: no record; "
            "python -m training.filled_pauses DATA --record FILE makes one"
        )
    marked = {
        truth["file"]: [Interval(one["start_s"], one["end_s"]) for one in truth["fillers"]]
        for truth in truths()
    }
    message = "full_of_fillers.flac"
    add_row(table, message, [(read_audio(SAMPLES / message), marked[message])])
    fluent = [one.recording for one in sample_audio() if not marked[one.name]]
    add_row(table, "sample_audio, messages without", [(one, ()) for one in fluent[:: 6 if quick else 1]])
    for group, paths in _without_pauses():
        some = [(read_audio(path), ()) for path in paths[:: 8 if quick else 1]]
        if some:
            add_row(table, group, some)
    yield table
