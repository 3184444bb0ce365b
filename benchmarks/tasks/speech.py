"""Tables of speech detection: wrong frames, share of silence, pauses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from aftertone import Recording, speech_intervals
from aftertone.acoustics.interval import MIN_PAUSE_S
from benchmarks.common.conditions import CONDITIONS
from benchmarks.common.machine import RESULTS
from benchmarks.common.peers import Mask, energy, frame_count, silero, webrtc
from benchmarks.common.tables import Table, Value, beside, beside_columns
from benchmarks.common.truth import (
    Labelled,
    ami,
    an4,
    composed_digits,
    emodb,
    joined,
    librispeech,
    mask,
    mfa,
    row_label,
    sample_audio,
    speakers_cell,
    under_condition,
)

FOLDS = RESULTS / "speech_folds.json"
PAUSE_FRAMES = round(MIN_PAUSE_S * 100)
NO_PAUSES = {"emodb", "ami"}  # recordings are too short; labels of words leave no gaps


def ours(recording: Recording) -> Mask:
    """Aftertone's decision for each frame."""
    return mask(joined(speech_intervals(recording)), frame_count(recording))


DETECTORS: dict[str, Callable[[Recording], Mask]] = {
    "aftertone": ours,
    "webrtcvad 2": webrtc(2),
    "webrtcvad 3": webrtc(3),
    "silero v6": silero,
    "energy": energy,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """The result of one detector on one recording."""

    frames: int
    missed: int
    invented: int
    silence_error: float
    pauses: int
    pauses_found: int
    pauses_hit: int
    longest_error_s: float

    @classmethod
    def of(cls, true: Mask, found: Mask, unsure: Mask) -> Tally:
        """Detected frames against the labels; unsure frames do not count."""
        judged = true | ~unsure
        true_pauses, found_pauses = list(pauses(true)), list(pauses(found))
        return cls(
            int(np.count_nonzero(judged)),
            int(np.count_nonzero(true & ~found)),
            int(np.count_nonzero(found & ~true & judged)),
            abs(float(true[judged].mean() - found[judged].mean())),
            len(true_pauses),
            len(found_pauses),
            sum(any(a < d and c < b for c, d in found_pauses) for a, b in true_pauses),
            0.01 * abs(_longest(true_pauses) - _longest(found_pauses)),
        )

    @property
    def wrong(self) -> int:
        """Number of wrong frames."""
        return self.missed + self.invented

    @property
    def pause_count_error(self) -> int:
        """Absolute error of the number of pauses."""
        return abs(self.pauses - self.pauses_found)


def _longest(pauses: Sequence[tuple[int, int]]) -> int:
    return max((end - start for start, end in pauses), default=0)


def pauses(is_speech: Mask) -> Iterator[tuple[int, int]]:
    """Pauses between speech, as (first, past) frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_speech.astype(np.int8), [0]])))
    for end, start in pairwise(edges.tolist()):
        is_silence = end < is_speech.size and not is_speech[end]
        if is_silence and start - end >= PAUSE_FRAMES:
            yield end, start


@dataclass(frozen=True, slots=True)
class Set:
    """One corpus under one condition: speakers, and each detector's tally of each recording."""

    corpus: str
    condition: str
    speakers: tuple[str, ...]
    tallies: dict[str, list[Tally]]

    @property
    def label(self) -> str:
        """The label of the row."""
        return row_label("speech", self.corpus, self.condition)


@cache
def sets(quick: bool) -> tuple[Set, ...]:
    """Every detector on every corpus under every condition; people come first."""
    step = 12 if quick else 1
    corpora: tuple[tuple[Labelled, ...], ...] = (
        ami()[:: step // 3 or 1],
        librispeech(is_placed=True)[::step],
        an4(is_placed=True)[::step],
        emodb()[::step],
        composed_digits()[:: step // 3 or 1],
        mfa(),
        sample_audio()[:: step // 2 or 1],
    )
    return tuple(_set(labelled, condition) for labelled in filter(None, corpora) for condition in CONDITIONS)


def _set(labelled: Sequence[Labelled], condition: str) -> Set:
    tallies: dict[str, list[Tally]] = {name: [] for name in DETECTORS}
    for i, one in enumerate(labelled):
        recording = under_condition(one, condition, i).recording
        n_frames = frame_count(recording)
        true, unsure = mask(one.speech, n_frames), mask(one.unsure, n_frames)
        for name, detector in DETECTORS.items():
            tallies[name].append(Tally.of(true, detector(recording), unsure))
    speakers = tuple(one.speaker for one in labelled)
    return Set(labelled[0].source, condition, speakers, tallies)


def _row(
    of: Set, ratio: Callable[[Tally], tuple[float, float]], form: str, best: Callable[..., str] = min
) -> dict[str, Value]:
    ratios = {name: [ratio(each) for each in found] for name, found in of.tallies.items()}
    return beside(ratios, of.speakers, form, who=speakers_cell(of.corpus, of.speakers), best=best)


def _left_out(of: Set, figure: str) -> float | None:
    """The recorded figure of a net that was trained without the corpus."""
    found: float | None = _folds().get(f"{of.corpus}, {of.condition}", {}).get("net", {}).get(figure)
    return found


@cache
def _folds() -> dict[str, dict[str, dict[str, float]]]:
    if FOLDS.exists():
        record: dict[str, dict[str, dict[str, float]]] = json.loads(FOLDS.read_text())
        return record
    print(f"figures for corpora left out are missing: run training/speech.py to write {FOLDS.name}")
    return {}


LEFT_OUT = (
    '"left out": with a net that was trained without the corpus (`training/speech.py`) and unchanged rules.'
)


def frame_tables(quick: bool) -> Iterator[Table]:
    """Wrong frames in per cent."""
    table = Table(
        "Speech or silence: wrong frames of 10 ms, %",
        {**beside_columns(DETECTORS, ".1f"), "left out": ".1f", "missed": ".1f", "invented": ".1f"}
        | {"minutes": ".1f"},
        '"missed" and "invented" are shares of all frames, for aftertone. Gaps shorter than 0.15 s are '
        "joined in the labels and in every result. Labels: emodb by hand; mfa by an aligner; librispeech "
        "and an4 by forced alignment of their texts; ami by its words (they leave no gap inside a turn, so "
        "that short pauses count as missed; laughter does not count); sample_audio by the synthesiser; fsdd "
        f"by the composition of its digits. {LEFT_OUT}",
    )
    for each in sets(quick):
        ours_of = each.tallies["aftertone"]
        frames = sum(tally.frames for tally in ours_of)
        table.add(
            each.label,
            **_row(each, lambda tally: (100 * tally.wrong, tally.frames), ".1f"),
            left_out=_left_out(each, "wrong_percent"),
            missed=100 * sum(tally.missed for tally in ours_of) / frames,
            invented=100 * sum(tally.invented for tally in ours_of) / frames,
            minutes=frames / 6_000,
        )
    yield table


def silence_tables(quick: bool) -> Iterator[Table]:
    """Share of silence, and pauses: found, number and longest."""
    columns = {**beside_columns(DETECTORS, ".3f"), "left out": ".3f"}
    table = Table("Share of silence: mean absolute error per recording", columns, LEFT_OUT)
    for each in sets(quick):
        row = _row(each, lambda tally: (tally.silence_error, 1), ".3f")
        table.add(each.label, **row, left_out=_left_out(each, "silence_share_error"))
    yield table
    with_pauses = [each for each in sets(quick) if each.corpus not in NO_PAUSES]
    table = Table(
        "Pauses of 0.25 s and more: F1",
        {**beside_columns(DETECTORS, ".3f"), "pauses": "d"},
        "A pause is found if a detected pause overlaps it. emodb and ami are left out: emodb's recordings of "
        "two seconds have almost no pauses, and the times of ami's words leave none.",
    )
    for each in with_pauses:
        row = _row(each, lambda tally: (2 * tally.pauses_hit, tally.pauses + tally.pauses_found), ".3f", max)
        table.add(each.label, **row, pauses=sum(tally.pauses for tally in each.tallies["aftertone"]))
    yield table
    columns = {**beside_columns(DETECTORS, ".2f"), "left out": ".2f"}
    table = Table("Pauses: mean error of the count", columns, LEFT_OUT)
    for each in with_pauses:
        row = _row(each, lambda tally: (tally.pause_count_error, 1), ".2f")
        table.add(each.label, **row, left_out=_left_out(each, "pause_count_error"))
    yield table
    table = Table("Longest pause: mean error, s", columns, LEFT_OUT)
    for each in with_pauses:
        row = _row(each, lambda tally: (tally.longest_error_s, 1), ".2f")
        table.add(each.label, **row, left_out=_left_out(each, "longest_pause_error_s"))
    yield table
