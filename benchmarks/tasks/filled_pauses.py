"""Filled pauses in the sound alone: real hesitations, made ones, and speech without any."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from aftertone import Recording, read_audio, speech_intervals
from aftertone.acoustics.filled_pauses import filled_pauses
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.language.fillers import is_filled_pause
from benchmarks.common.machine import RESULTS
from benchmarks.common.tables import Table, told_interval
from benchmarks.common.truth import (
    an4,
    emodb,
    files,
    librispeech,
    meeting_words,
    row_label,
    sample_audio,
    speaker_of,
    speakers_told,
    truths,
)

FOLDS = RESULTS / "filled_pauses_folds.json"
COLUMNS = {
    "n": "d",
    "speakers": "",
    "minutes": ".1f",
    "true": "d",
    "found": "d",
    "missed": "d",
    "false per min": ".2f",
    "F1": ".2f",
    "95 %": "",
}
Case = tuple[str, Recording, Sequence[Interval]]  # a file's name, the recording, where it has filled pauses

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


def add_row(table: Table, label: str, corpus: str, cases: Sequence[Case]) -> None:
    """One row of recordings and their true pauses. A pause is found where one that is heard overlaps it."""
    hits, false, total = [], [], []
    for _, recording, true in cases:
        heard = found_in(recording)
        hits.append(sum(any(one.overlap_s(pause) > 0 for one in heard) for pause in true))
        false.append(sum(not any(one.overlap_s(pause) > 0 for pause in true) for one in heard))
        total.append(len(true))
    minutes = sum(recording.duration_s for _, recording, _ in cases) / 60
    twice = [2 * count for count in hits]
    events = [sum(each) for each in zip(total, hits, false, strict=True)]
    speakers = [speaker_of(corpus, name) for name, _, _ in cases]
    table.add(
        label,
        n=len(cases),
        speakers=speakers_told(corpus, speakers),
        minutes=minutes,
        true=sum(total),
        found=sum(hits),
        missed=sum(total) - sum(hits),
        false=sum(false) / minutes,
        f1=sum(twice) / sum(events) if sum(total) else None,
        interval=told_interval(twice, events, speakers=speakers, form=".2f") if sum(total) else None,
    )


def _of_people(step: int) -> Iterator[tuple[str, list[Case]]]:
    yield "ami", [(path.name, read_audio(path), _in_meeting(path)) for path in files("ami_excerpts/*.flac")]
    for corpus, labelled in (("librispeech", librispeech()), ("an4", an4()), ("emodb", emodb())):
        yield corpus, [(one.name, one.recording, ()) for one in labelled[::step]]
    yield "telephone", [(path.name, read_audio(path), ()) for path in files("telephone/*")[::step]]
    yield "mfa", [(path.name, read_audio(path), REAL[path.stem]) for path in files("mfa/*_corpus.wav")]


def _in_meeting(path: Path) -> tuple[Interval, ...]:
    return tuple(
        Interval(start_s, end_s) for start_s, end_s, word in meeting_words(path) if is_filled_pause(word)
    )


def tables(quick: bool) -> Iterator[Table]:
    """People, then the record of weights fitted without them, then practice messages."""
    table = Table(
        "Filled pauses found without words",
        COLUMNS,
        "Held out: fitted anew without the speaker, corpus or recording (and its telephone and noisy "
        "versions, which are counted too), for natural voices other voices and sentences; more than half of "
        "the shorter must overlap, which is stricter than the overlap asked elsewhere; the record of "
        "`training/filled_pauses.py`. ami has um, uh, mm and hmm, some of them a listener's. Telephone "
        "dialogue is not free of hesitations for certain: none is labelled.",
    )
    step = 8 if quick else 1
    for corpus, cases in _of_people(step):
        if cases:
            add_row(table, row_label("filled_pauses", corpus), corpus, cases)
    for group, row in (json.loads(FOLDS.read_text()) if FOLDS.exists() else {}).items():
        kept = {"false per min": row["false_per_min"], "F1": row["f1"], **row}
        table.rows.append((f"held out: {group}", {heading: kept.get(heading) for heading in COLUMNS}))
    if not FOLDS.exists():
        print(f"held-out figures left out: {FOLDS.name} is missing, which training/filled_pauses.py makes")
    marked = {
        truth["file"]: tuple(Interval(one["start_s"], one["end_s"]) for one in truth["fillers"])
        for truth in truths()
    }
    clean = [(one.name, one.recording, marked[one.name]) for one in sample_audio()]
    for label, has_some in (("messages with fillers", True), ("messages without", False)):
        some = [case for case in clean if bool(case[2]) is has_some]
        add_row(table, row_label("filled_pauses", "sample_audio", label), "sample_audio", some[::step])
    yield table
