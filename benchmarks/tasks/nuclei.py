"""Syllable nuclei: rate and count, against hand labels, dictionary syllables and digits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from aftertone import Recording, syllable_nuclei
from benchmarks.machine import RESULTS
from benchmarks.peers import de_jong_wempe, installed
from benchmarks.tables import Table, Value
from benchmarks.truth import CONDITIONS, Labelled, composed_digits, emodb, heard, mfa, sample_audio

FOLDS = RESULTS / "nuclei_folds.json"
COLUMNS = {
    "recordings": "d",
    "syllables": "d",
    "correlation of rate": ".3f",
    "count error %": ".1f",
    "bias %": "+.1f",
}

Counter = Callable[[Recording], NDArray[np.float64]]


def counters() -> dict[str, Counter]:
    """Who counts."""
    some: dict[str, Counter] = {"aftertone": syllable_nuclei}
    if installed("parselmouth", "praat-parselmouth"):
        some["de Jong & Wempe, as published"] = de_jong_wempe
        some["de Jong & Wempe, later script"] = partial(de_jong_wempe, published=False)
    return some


def figures(labelled: list[Labelled], counter: Counter, in_words: bool) -> dict[str, Value]:
    """Correlation of syllables per second, mean relative error of the count, bias of the whole count."""
    true = np.array([one.syllable_count for one in labelled])
    span_s = np.array([one.span_s for one in labelled])
    found = np.array([_count(one, counter(one.recording), in_words) for one in labelled])
    many = len(labelled) > 2
    return {
        "recordings": len(labelled),
        "syllables": int(true.sum()),
        "correlation": float(np.corrcoef(true / span_s, found / span_s)[0, 1]) if many else None,
        "error": 100 * float(np.mean(np.abs(found - true) / true)),
        "bias": 100 * float(found.sum() / true.sum() - 1),
    }


def _count(one: Labelled, nuclei_s: NDArray[np.float64], in_words: bool) -> int:
    if not in_words:
        return nuclei_s.size
    return sum(int(np.any([a <= t <= b for (a, b), _ in one.words])) for t in nuclei_s)


def tables(quick: bool) -> Iterator[Table]:
    """By hand, then by the dictionary."""
    table = Table(
        "Syllable nuclei against hand labels (emodb)",
        COLUMNS,
        "In-sample: the shipped net has been trained on these five actors. Held out: nets trained without "
        "the actors that they are judged on, the record of `training/nuclei.py`; its telephone and "
        "noise (white, 8 to 20 dB) are its own. Rate: over the span from the first to the last syllable.",
    )
    for condition in CONDITIONS if emodb() else ():
        spoken = [heard(one, condition, i) for i, one in enumerate(emodb()[:: 16 if quick else 1])]
        for name, counter in counters().items():
            label = f"{condition}: {name}" + (" (in-sample)" if name == "aftertone" else "")
            table.add(label, **figures(spoken, counter, False))
    for version, row in (json.loads(FOLDS.read_text()) if FOLDS.exists() else {}).items():
        table.add(f"held out, {version}: aftertone", **row)
    if not FOLDS.exists():
        print("held-out figures left out: no record; python -m training.nuclei EMODB --folds FILE makes one")
    yield table

    table = Table(
        "Syllable nuclei against words (nuclei inside timed words; dictionary syllables)",
        COLUMNS,
        "Running speech drops syllables that the dictionary has. The net was trained on none of these "
        "voices. Digits: two syllables for zero and seven, else one.",
    )
    for labelled in filter(None, (mfa(), composed_digits(), sample_audio())):
        for condition in CONDITIONS:
            spoken = [heard(one, condition, i) for i, one in enumerate(labelled[:: 12 if quick else 1])]
            for name, counter in counters().items():
                table.add(f"{labelled[0].source}, {condition}: {name}", **figures(spoken, counter, True))
    yield table
