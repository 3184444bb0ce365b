"""How many digits of a number are heard wrongly, told where it is: by voice and by pace.

    python -m benchmarks.digit_accuracy [--n 40] [--seed 0] [--nets FOLDER]

FOLDER (benchmarks/digit_nets) holds, for each man of the Free Spoken Digit Dataset, the net that never heard
him, as `models/train_digits.py` leaves them there; he is heard by that one. Beside it stands what the net
that is shipped hears of him, which is no fair figure: it has learnt from him. Festival's ked, whom neither
ever heard, says numbers too where festival is installed. Telephone speech without numbers shows what is heard
where no digit was said.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from shutil import which

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.audio import read_audio
from aftertone.acoustics.spoken_digits import Net, SpokenDigit, spoken_digits, stored_net
from aftertone.language.pieces import edits
from benchmarks.composed_numbers import NAMES, SPEAKERS, message
from benchmarks.machine import RESULTS, SHARED_DATA, machine

UNHEARD = Path(__file__).with_name("digit_nets")
PAD_S = 0.2  # of what is round the reading
PACES = ((1, 2), (2, 3), (3, 4), (4, 9))  # digits a second
SURE = (0.0, 0.25, 0.5, 0.75, 0.9, 1.01)
KED_STRETCHES = (1.5, 1.2, 1.0, 0.8, 0.65)
SLICE_S = 8.0  # of telephone speech, heard at once


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One saying of a number, alone."""

    samples: NDArray[np.float32]
    digits: str
    digits_per_s: float
    noisy: bool
    middles_s: tuple[float, ...] | None  # of its digits, where their times are known


@dataclass(frozen=True, slots=True)
class Row:
    """A reading against what was heard of it."""

    digits: int
    digits_per_s: float
    noisy: bool
    wrong: int
    wrong_counted: int
    sure: tuple[tuple[float, bool], ...]  # each digit's probability, and whether it is right


def of_man(man: str, n: int, seed: int) -> Iterator[Reading]:
    """The first saying in each of his messages."""
    for index in range(n):
        composed = message(index if index < n // 2 else 32 + index - n // 2, seed=seed, speakers=(man,))
        said, rate_hz = composed.full[0], composed.recording.rate_hz
        start_s = max(0.0, said.start_s - PAD_S)
        words = [w for w in composed.transcript.words if said.start_s - 1e-6 <= w.start_s < said.end_s]
        yield Reading(
            composed.recording.samples[round(start_s * rate_hz) : round((said.end_s + PAD_S) * rate_hz)],
            said.digits,
            said.digits_per_s,
            composed.snr_db is not None,
            tuple((word.start_s + word.end_s) / 2 - start_s for word in words),
        )


def of_ked(n: int, seed: int) -> Iterator[Reading]:
    """Numbers as festival's ked says them, over a telephone line."""
    import soxr

    draw = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        script, sound = Path(folder, "say.scm"), Path(folder, "said.wav")
        for index in range(n):
            digits = "".join(map(str, draw.integers(0, 10, 10)))
            names = [NAMES[int(digit)] for digit in digits]
            text = ", ".join(" ".join(names[a:b]) for a, b in ((0, 3), (3, 6), (6, 10)))
            stretch = KED_STRETCHES[index % len(KED_STRETCHES)]
            script.write_text(
                f"(voice_ked_diphone)(Parameter.set 'Duration_Stretch {stretch})"
                f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{sound}" \'riff)'
            )
            subprocess.run(["festival", "-b", str(script)], check=True, capture_output=True)
            recording = read_audio(sound)
            line = soxr.resample(soxr.resample(recording.samples, recording.rate_hz, 8_000), 8_000, 16_000)
            line += draw.normal(0, 1e-4, line.size)
            (loud,) = np.nonzero(np.abs(line) > 0.02 * np.abs(line).max())
            spoken_s = float(np.ptp(loud)) / 16_000
            yield Reading(line.astype(np.float32), digits, len(digits) / spoken_s, False, None)


def text_of(heard: Sequence[SpokenDigit]) -> str:
    """The digits of what was heard."""
    return "".join("0" if each.name == "oh" else str(NAMES.index(each.name)) for each in heard)


def row_of(reading: Reading, net: Net | None) -> Row:
    """What a net hears of a reading, free and told how many digits it has."""
    free = spoken_digits(reading.samples, net=net)
    counted = spoken_digits(reading.samples, len(reading.digits), net=net)
    sure = []
    for each, said in zip(free, text_of(free), strict=True):
        if reading.middles_s is not None:
            under = [
                digit
                for digit, at_s in zip(reading.digits, reading.middles_s, strict=True)
                if each.start_s <= at_s <= each.end_s
            ]
            sure.append((each.probability, said in under))
    return Row(
        len(reading.digits),
        reading.digits_per_s,
        reading.noisy,
        len(edits(reading.digits, text_of(free))),
        len(edits(reading.digits, text_of(counted))),
        tuple(sure),
    )


def error(rows: Sequence[Row], counted: bool = False) -> str:
    """The share of digits wrong."""
    digits = sum(row.digits for row in rows)
    wrong = sum(row.wrong_counted if counted else row.wrong for row in rows)
    return f"{100 * wrong / digits:.1f} %" if digits else "-"


def summary(rows: Sequence[Row]) -> dict[str, str]:
    """A column of the table."""
    column = {
        "readings": str(len(rows)),
        "digits": str(sum(row.digits for row in rows)),
        "digit error": error(rows),
        "digit error, told how many": error(rows, counted=True),
        "all digits right, told how many": (
            f"{100 * sum(row.wrong_counted == 0 for row in rows) / len(rows):.0f} %"
        ),
    }
    for low, high in PACES:
        paced = [row for row in rows if low <= row.digits_per_s < high]
        column[f"told how many, {low} to {min(high, 5)} a second"] = error(paced, counted=True)
    column["told how many, clean"] = error([row for row in rows if not row.noisy], counted=True)
    column["told how many, 15 dB"] = error([row for row in rows if row.noisy], counted=True)
    return column


def honesty(rows: Sequence[Row]) -> dict[str, str]:
    """How many digits are right among those with a probability."""
    every = [pair for row in rows for pair in row.sure]
    found = {}
    for low, high in pairwise(SURE):
        some = [right for probability, right in every if low <= probability < high]
        share = f"{100 * sum(some) / len(some):.0f} % of {len(some)}" if some else "-"
        found[f"{low} to {min(high, 1.0)}"] = share
    return found


def elsewhere(folder: Path) -> dict[str, float]:
    """Digits a minute that are heard in speech with hardly any."""
    seconds = likely = sure = 0.0
    for path in sorted(folder.iterdir()):
        if path.suffix not in {".wav", ".flac"}:
            continue
        recording = read_audio(path)
        size = round(SLICE_S * recording.rate_hz)
        for first in range(0, recording.samples.size - size // 2, size):
            part = recording.samples[first : first + size]
            heard = [each for each in spoken_digits(part) if each.is_likeliest]
            likely += len(heard)
            sure += sum(each.probability > 0.75 for each in heard)
            seconds += part.size / recording.rate_hz
    return {
        "minutes": round(seconds / 60, 1),
        "likeliest_per_min": round(60 * likely / seconds, 1),
        "over_0.75_per_min": round(60 * sure / seconds, 1),
    }


def main() -> None:
    """Print the tables and record them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nets", type=Path, default=UNHEARD, help="holds the nets that never heard one man")
    parser.add_argument("--n", type=int, default=40, help="messages of each voice")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, default=RESULTS / "digit_accuracy.json")
    arguments = parser.parse_args()
    if not (SHARED_DATA / "fsdd").is_dir():
        raise SystemExit(f"no recorded digits in {SHARED_DATA / 'fsdd'}")
    unheard: dict[str, list[Row]] = {}
    learnt: list[Row] = []
    for man in SPEAKERS:
        net = stored_net(arguments.nets / f"{man}.npz")
        readings = list(of_man(man, arguments.n, arguments.seed))
        unheard[man] = [row_of(reading, net) for reading in readings]
        learnt += [row_of(reading, None) for reading in readings]
    every = [row for rows in unheard.values() for row in rows]
    columns = {man: summary(rows) for man, rows in unheard.items()}
    columns["all four"] = summary(every)
    if which("festival"):
        columns["ked (synthetic)"] = summary(
            [row_of(reading, None) for reading in of_ked(arguments.n, arguments.seed)]
        )
    columns["the four, learnt from"] = summary(learnt)
    print(f"| heard by a net that never heard him | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for figure in columns["all four"]:
        print(f"| {figure} | {' | '.join(column[figure] for column in columns.values())} |")
    record = {
        "command": f"digit_accuracy --n {arguments.n} --seed {arguments.seed}",
        "machine": machine(),
        "summary": columns,
        "right_by_probability": honesty(every),
        "in_telephone_speech": elsewhere(SHARED_DATA / "telephone"),
    }
    print(json.dumps({key: record[key] for key in ("right_by_probability", "in_telephone_speech")}, indent=1))
    arguments.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
