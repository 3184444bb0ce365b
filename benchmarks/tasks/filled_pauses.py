"""Table of filled pauses found without words: speech with and without hesitations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from aftertone import Recording, read_audio, speech_intervals
from aftertone.acoustics.filled_pauses import filled_pauses
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.language.fillers import is_filled_pause
from benchmarks.common.machine import RESULTS, files
from benchmarks.common.tables import Table, interval_cell
from benchmarks.common.truth import (
    MFA_FILLED_PAUSES,
    an4,
    emodb,
    librispeech,
    row_label,
    sample_audio,
    speaker_of,
    speakers_cell,
    timed_words,
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
Case = tuple[str, Recording, Sequence[Interval]]  # name of the file, recording, true filled pauses


def found_in(recording: Recording) -> list[Interval]:
    """The filled pauses that aftertone finds in speech."""
    frames = frames_of(recording)
    return [
        Interval(one.start_s, one.end_s)
        for one in filled_pauses(recording, frames, speech_intervals(recording, frames))
    ]


def add_row(table: Table, label: str, corpus: str, cases: Sequence[Case]) -> None:
    """Add a row. A true pause is found if a detected one overlaps it."""
    hits, false, total = [], [], []
    for _, recording, true in cases:
        detected = found_in(recording)
        hits.append(sum(any(one.overlap_s(pause) > 0 for one in detected) for pause in true))
        false.append(sum(not any(one.overlap_s(pause) > 0 for pause in true) for one in detected))
        total.append(len(true))
    minutes = sum(recording.duration_s for _, recording, _ in cases) / 60
    twice = [2 * count for count in hits]
    events = [sum(each) for each in zip(total, hits, false, strict=True)]
    speakers = [speaker_of(corpus, name) for name, _, _ in cases]
    table.add(
        label,
        n=len(cases),
        speakers=speakers_cell(corpus, speakers),
        minutes=minutes,
        true=sum(total),
        found=sum(hits),
        missed=sum(total) - sum(hits),
        false=sum(false) / minutes,
        f1=sum(twice) / sum(events) if sum(total) else None,
        interval=interval_cell(twice, events, speakers=speakers, form=".2f") if sum(total) else None,
    )


def _of_people(step: int) -> Iterator[tuple[str, list[Case]]]:
    yield "ami", [(path.name, read_audio(path), _in_meeting(path)) for path in files("ami_excerpts/*.flac")]
    for corpus, labelled in (("librispeech", librispeech()), ("an4", an4()), ("emodb", emodb())):
        yield corpus, [(one.name, one.recording, ()) for one in labelled[::step]]
    yield "telephone", [(path.name, read_audio(path), ()) for path in files("telephone/*")[::step]]
    yield (
        "mfa",
        [(path.name, read_audio(path), MFA_FILLED_PAUSES[path.stem]) for path in files("mfa/*_corpus.wav")],
    )


def _in_meeting(path: Path) -> tuple[Interval, ...]:
    return tuple(
        Interval(word.start_s, word.end_s) for word in timed_words(path) if is_filled_pause(word.text)
    )


def tables(quick: bool) -> Iterator[Table]:
    """People, the record of weights that were fitted without them, practice messages."""
    table = Table(
        "Filled pauses found without words",
        COLUMNS,
        '"held out": the record of `training/filled_pauses.py`, with weights fitted without the speaker, '
        "corpus or recording, and for natural voices on other voices and sentences. Telephone and noisy "
        "versions count there too, and more than half of the shorter event must overlap; elsewhere any "
        "overlap is enough. ami has um, uh, mm and hmm, some by listeners. The telephone dialogues are not "
        "labelled and may have a few.",
    )
    step = 8 if quick else 1
    for corpus, cases in _of_people(step):
        if cases:
            add_row(table, row_label("filled_pauses", corpus), corpus, cases)
    for group, row in (json.loads(FOLDS.read_text()) if FOLDS.exists() else {}).items():
        figures = {"false per min": row["false_per_min"], "F1": row["f1"], **row}
        table.rows.append((f"held out: {group}", {heading: figures.get(heading) for heading in COLUMNS}))
    if not FOLDS.exists():
        print(f"held-out figures are missing: run training/filled_pauses.py to write {FOLDS.name}")
    marked = {
        truth["file"]: tuple(Interval(one["start_s"], one["end_s"]) for one in truth["fillers"])
        for truth in truths()
    }
    clean = [(one.name, one.recording, marked[one.name]) for one in sample_audio()]
    for label, has_some in (("messages with fillers", True), ("messages without", False)):
        some = [case for case in clean if bool(case[2]) is has_some]
        add_row(table, row_label("filled_pauses", "sample_audio", label), "sample_audio", some[::step])
    yield table
