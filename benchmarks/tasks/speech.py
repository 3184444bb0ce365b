"""Speech or silence, frame by frame, and what follows of it: how much silence, how many pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np

from aftertone import Recording, speech_intervals
from aftertone.acoustics.pauses import MIN_PAUSE_S
from benchmarks.peers import Mask, energy, frame_count, silero, webrtc
from benchmarks.tables import Table
from benchmarks.truth import (
    CONDITIONS,
    Labelled,
    composed_digits,
    emodb,
    heard,
    joined,
    mask,
    mfa,
    sample_audio,
)

PAUSE_FRAMES = round(MIN_PAUSE_S * 100)


def ours(recording: Recording) -> Mask:
    """Aftertone's verdict on each frame."""
    return mask(joined(speech_intervals(recording)), frame_count(recording))


DETECTORS: dict[str, Callable[[Recording], Mask]] = {
    "aftertone": ours,
    "webrtcvad 2": webrtc(2),
    "webrtcvad 3": webrtc(3),
    "silero v6": silero,
    "energy": energy,
}


@dataclass(slots=True)
class Tally:
    """What one detector made of one set of recordings."""

    frames: int = 0
    missed: int = 0
    invented: int = 0
    silence_errors: list[float] = field(default_factory=list)
    pauses: int = 0
    pauses_found: int = 0
    pauses_hit: int = 0

    def count(self, true: Mask, found: Mask) -> None:
        """One recording more."""
        self.frames += true.size
        self.missed += int(np.count_nonzero(true & ~found))
        self.invented += int(np.count_nonzero(found & ~true))
        self.silence_errors.append(abs(float(true.mean() - found.mean())))
        true_pauses, found_pauses = list(pauses(true)), list(pauses(found))
        self.pauses += len(true_pauses)
        self.pauses_found += len(found_pauses)
        self.pauses_hit += sum(any(a < d and c < b for c, d in found_pauses) for a, b in true_pauses)

    @property
    def error_percent(self) -> float:
        """Wrong frames in all."""
        return 100 * (self.missed + self.invented) / self.frames

    @property
    def silence_error(self) -> float:
        """Mean absolute error of the share of silence."""
        return float(np.mean(self.silence_errors))

    @property
    def pause_f1(self) -> float:
        """Of pauses inside the speech, of 0.25 s and more."""
        return 2 * self.pauses_hit / max(self.pauses + self.pauses_found, 1)


def pauses(is_speech: Mask) -> Iterator[tuple[int, int]]:
    """Runs of silence between speech and speech, long enough to be a pause, in frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_speech.astype(np.int8), [0]])))
    for end, start in pairwise(edges.tolist()):
        is_silence = end < is_speech.size and not is_speech[end]
        if is_silence and start - end >= PAUSE_FRAMES:
            yield end, start


@cache
def tallies(quick: bool) -> dict[tuple[str, str], dict[str, Tally]]:
    """Every detector on every set under every condition."""
    step = 12 if quick else 1
    sets: tuple[tuple[Labelled, ...], ...] = (
        mfa(),
        emodb()[::step],
        composed_digits()[:: step // 3 or 1],
        sample_audio()[:: step // 2 or 1],
    )
    done: dict[tuple[str, str], dict[str, Tally]] = {}
    for labelled in filter(None, sets):
        for condition in CONDITIONS:
            row = done.setdefault((labelled[0].source, condition), {name: Tally() for name in DETECTORS})
            for i, one in enumerate(labelled):
                recording = heard(one, condition, i).recording
                true = mask(one.speech, frame_count(recording))
                for name, detector in DETECTORS.items():
                    row[name].count(true, detector(recording))
    return done


def frame_tables(quick: bool) -> Iterator[Table]:
    """Wrong frames in percent; ours with what it misses and invents."""
    columns = {"minutes": ".1f", "aftertone": ".1f", "missed": ".1f", "invented": ".1f"}
    columns |= {name: ".1f" for name in DETECTORS if name != "aftertone"}
    table = Table(
        "Speech or silence: wrong frames of 10 ms, %",
        columns,
        "Missed and invented are aftertone's, as shares of all frames. Gaps under 0.15 s are joined in the "
        "truth and in every verdict. Truth: emodb by hand, mfa an aligner, sample_audio the synthesiser, "
        "composed digits the composition.",
    )
    for (source, condition), row in tallies(quick).items():
        mine = row["aftertone"]
        table.add(
            f"{source}, {condition}",
            minutes=mine.frames / 6_000,
            ours=mine.error_percent,
            missed=100 * mine.missed / mine.frames,
            invented=100 * mine.invented / mine.frames,
            **{name: row[name].error_percent for name in DETECTORS if name != "aftertone"},
        )
    yield table


def silence_tables(quick: bool) -> Iterator[Table]:
    """The share of silence, and pauses."""
    columns = dict.fromkeys(DETECTORS, ".3f")
    table = Table("Share of silence: mean absolute error per recording", columns)
    for (source, condition), row in tallies(quick).items():
        table.add(f"{source}, {condition}", **{name: tally.silence_error for name, tally in row.items()})
    yield table
    table = Table(
        "Pauses of 0.25 s and more: F1",
        {"pauses": "d", **dict.fromkeys(DETECTORS, ".3f")},
        "Found is what overlaps. Only recordings with pauses inside: emodb's two seconds hold next to none.",
    )
    for (source, condition), row in tallies(quick).items():
        if source != "emodb":
            table.add(
                f"{source}, {condition}",
                pauses=row["aftertone"].pauses,
                **{name: tally.pause_f1 for name, tally in row.items()},
            )
    yield table
