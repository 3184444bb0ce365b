"""Table of syllable nuclei: count and rate, against hand labels, a dictionary and digits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from aftertone import Recording, syllable_nuclei
from benchmarks.common.conditions import CONDITIONS
from benchmarks.common.machine import RESULTS
from benchmarks.common.peers import de_jong_wempe, installed
from benchmarks.common.tables import Table, Value, beside, beside_columns
from benchmarks.common.truth import (
    Labelled,
    an4,
    composed_digits,
    emodb,
    librispeech,
    mfa,
    row_label,
    sample_audio,
    speakers_cell,
    under_condition,
)

FOLDS = RESULTS / "nuclei_folds.json"

Counter = Callable[[Recording], NDArray[np.float64]]


def counters() -> dict[str, Counter]:
    """Aftertone and its installed peers."""
    some: dict[str, Counter] = {"aftertone": syllable_nuclei}
    if installed("parselmouth", "praat-parselmouth"):
        some["de Jong & Wempe 2009"] = de_jong_wempe
        some["their later script"] = partial(de_jong_wempe, published=False)
    return some


def _row(labelled: Sequence[Labelled]) -> dict[str, Value]:
    """Mean relative error of the count of each counter; bias and correlation of aftertone."""
    true = np.array([one.syllable_count for one in labelled])
    span_s = np.array([one.span_s for one in labelled])
    found = {
        name: np.array([_count(one, counter(one.recording)) for one in labelled])
        for name, counter in counters().items()
    }
    ratios = {
        name: [(float(off), 1.0) for off in 100 * np.abs(count - true) / true]
        for name, count in found.items()
    }
    speakers = [one.speaker for one in labelled]
    row = beside(ratios, speakers, ".1f", who=speakers_cell(labelled[0].source, speakers))
    peer, many = row["peer"], len(labelled) > 2
    rates = {name: np.corrcoef(true / span_s, count / span_s)[0, 1] for name, count in found.items() if many}
    return {
        **row,
        "bias": 100 * float(found["aftertone"].sum() / true.sum() - 1),
        "correlation": float(rates["aftertone"]) if many else None,
        "its correlation": float(rates[str(peer)]) if many and peer else None,
        "syllables": int(true.sum()),
    }


def _count(one: Labelled, nuclei_s: NDArray[np.float64]) -> int:
    """Number of nuclei inside the timed words, or in the recording where words have no times."""
    if not one.words:
        return nuclei_s.size
    return sum(int(np.any([a <= t <= b for (a, b), _ in one.words])) for t in nuclei_s)


def tables(quick: bool) -> Iterator[Table]:
    """The net in use; above each corpus the record of nets that were trained without it."""
    table = Table(
        "Syllable nuclei: mean error of the count per recording, %",
        beside_columns(counters(), ".1f")
        | {"bias %": "+.1f", "correlation of rate": ".3f", "best peer's": ".3f", "syllables": "d"},
        "Labels: librispeech, an4, mfa and sample_audio by a dictionary (running speech drops some of its "
        "syllables); fsdd by its digits; emodb by hand. Where words have times (mfa, fsdd, sample_audio), "
        "nuclei inside the words count. Bias and correlation are for aftertone; the rate is over the time of "
        'the syllables, for librispeech and an4 over the recording. "left out": nets that were trained '
        "without the actors (emodb), the corpus or the voices (natural voices) of the row, from the record "
        "of the training. Its telephone and noise (white, 8 to 20 dB) differ from those here; its ami and "
        "mfa are stretches of one speaker.",
    )
    step = 16 if quick else 1
    corpora = (librispeech(), an4(), composed_digits(), emodb(), mfa(), sample_audio())
    left_out = json.loads(FOLDS.read_text()) if FOLDS.exists() else {}
    if not left_out:
        print(f"figures for corpora left out are missing: run training/nuclei.py to write {FOLDS.name}")
    sources = [labelled[0].source for labelled in corpora if labelled]
    for name, figures in left_out.items():
        if name.split(", ")[0] not in sources:
            _left_out(table, name, figures)
    for labelled in filter(None, corpora):
        source = labelled[0].source
        for name, figures in left_out.items():
            if name.split(", ")[0] == source:
                _left_out(table, name, figures)
        for condition in CONDITIONS:
            spoken = [under_condition(one, condition, i) for i, one in enumerate(labelled[::step])]
            table.add(row_label("nuclei", source, condition), **_row(spoken))
    yield table


def _left_out(table: Table, name: str, figures: Mapping[str, float]) -> None:
    """Add a row of the record; its name is "corpus, version"."""
    corpus, version = name.split(", ")
    shown: dict[str, Value] = {
        "n": figures["recordings"],
        "speakers": str(figures["speakers"]),
        "aftertone": figures["error_percent"],
        "bias %": figures["bias_percent"],
        "correlation of rate": figures["correlation"],
        "syllables": figures["syllables"],
    }
    values = {heading: shown.get(heading) for heading in table.columns}
    table.rows.append((f"{corpus} left out, {version}", values))
