"""How well the call-back number is found, timed and judged, on messages composed of real people's digits.

    python -m benchmarks.number_accuracy [--engine truth|whisper|both] [--model base] [--n 400] [--jobs 2]

Words come from a replay of the truth, so that what is left are errors of aftertone alone, and from whisper.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import aftertone as at
from aftertone.acoustics.sound import listen
from aftertone.language.brief import Brief
from aftertone.language.pieces import edits
from aftertone.language.said import understand
from aftertone.measurements import Measurements
from benchmarks.composed_numbers import Message, message
from benchmarks.machine import RESULTS, SHARED_DATA, machine

EDGE_S = 0.2  # how near both ends of what was said of the number must be found
SLOW_DIGITS_PER_S = 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """One message with words from one source: truth against what was measured."""

    name: str
    words: str
    kind: str
    speaker: str
    region: str
    grouped: bool
    noisy: bool
    digits_per_s_true: float
    digits_true: list[str]
    digits: str | None
    wrong_digits: int
    region_found: bool
    digits_per_s: float | None
    slow: bool | None
    repeated: bool | None
    agree: bool | None
    readings: int | None


def row_of(composed: Message, words: str, m: Measurements) -> Row:
    """A message's truth against its measurements."""
    said = composed.full
    found = m.number.digits
    spans = m.evidence.get("number.readings", ())
    near = bool(spans) and (
        abs(spans[0].start_s - said[0].start_s) <= EDGE_S and abs(spans[-1].end_s - said[-1].end_s) <= EDGE_S
    )
    wrong = min(len(edits(reading.digits, found or "")) for reading in said)
    return Row(
        name=composed.name,
        words=words,
        kind=composed.kind,
        speaker=composed.speaker,
        region=composed.region,
        grouped=composed.grouped,
        noisy=composed.snr_db is not None,
        digits_per_s_true=composed.digits_per_s,
        digits_true=[reading.digits for reading in said],
        digits=found,
        wrong_digits=wrong,
        region_found=near,
        digits_per_s=m.number.digits_per_s,
        slow=m.number.slow,
        repeated=m.number.repeated,
        agree=m.number.agree,
        readings=m.number.readings,
    )


@cache
def _whisper(model: str) -> at.Engine:
    return at.load_engine("whisper", model=model, threads=1)


def rows_of(task: tuple[int, int, str | None]) -> list[Row]:
    """The rows of one message: with its true words, or with those of a whisper model."""
    index, seed, model = task
    composed = message(index, seed=seed)
    sound, brief = listen(composed.recording), Brief(region=composed.region)
    words = composed.transcript if model is None else _whisper(model).transcribe(composed.recording)
    name = "truth" if model is None else f"whisper {Path(model).name}"
    return [row_of(composed, name, Measurements.of(sound, understand(words, sound, brief), brief))]


def _share(flags: Sequence[bool]) -> str:
    return f"{100 * sum(flags) / len(flags):.1f} %" if flags else "-"


def summary(rows: Sequence[Row]) -> dict[str, str]:
    """The table's column for some rows."""
    digits = sum(len(row.digits_true[0]) for row in rows)
    paced = [abs((row.digits_per_s or 0) / row.digits_per_s_true - 1) <= 0.1 for row in rows]
    changed = [row for row in rows if row.kind == "changed"]
    return {
        "messages": str(len(rows)),
        "a number found": _share([row.readings is not None for row in rows]),
        "digits exact": _share([row.wrong_digits == 0 for row in rows]),
        "digit error rate": f"{100 * sum(row.wrong_digits for row in rows) / max(digits, 1):.1f} %",
        "found within 0.2 s at both ends": _share([row.region_found for row in rows]),
        "digits a second within 10 %": _share(paced),
        "slow verdict right": _share(
            [row.slow is (row.digits_per_s_true <= SLOW_DIGITS_PER_S) for row in rows]
        ),
        "repeated verdict right": _share([row.repeated is (row.kind == "twice") for row in rows]),
        "a changed digit named": _share([row.agree is False and row.wrong_digits == 0 for row in changed]),
    }


def main() -> None:
    """Print the table and record it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", choices=["truth", "whisper", "both"], default="both")
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, default=RESULTS / "number_accuracy.json")
    arguments = parser.parse_args()
    if not (SHARED_DATA / "fsdd").is_dir():
        raise SystemExit(f"no recorded digits in {SHARED_DATA / 'fsdd'}")
    models = {"truth": [None], "whisper": [arguments.model], "both": [None, arguments.model]}
    tasks = [
        (index, arguments.seed, model) for model in models[arguments.engine] for index in range(arguments.n)
    ]
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("spawn")) as pool:
        rows = [row for part in pool.map(rows_of, tasks, chunksize=4) for row in part]
    columns: dict[str, dict[str, str]] = {}
    for words in dict.fromkeys(row.words for row in rows):
        same = [row for row in rows if row.words == words]
        columns[words] = summary(same)
        columns[f"{words}: clean"] = summary([row for row in same if not row.noisy])
        columns[f"{words}: 15 dB"] = summary([row for row in same if row.noisy])
    print(f"| words from | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for figure in next(iter(columns.values())):
        print(f"| {figure} | {' | '.join(column[figure] for column in columns.values())} |")
    record = {
        "command": f"number_accuracy --n {arguments.n} --seed {arguments.seed} --engine {arguments.engine}",
        "machine": machine(),
        "summary": columns,
        "wrong": [asdict(row) for row in rows if row.wrong_digits],
    }
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
