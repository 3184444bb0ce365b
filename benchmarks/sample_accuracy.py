"""What aftertone measures on sample_audio against the truth beside it.

    python -m benchmarks.sample_accuracy [--engine whisper|truth|both] [--model base] [--jobs 2] [--json FILE]

The truth is the synthesiser's own timing (sample_audio/make.py). "clean" are the messages at 16 kHz without
added noise or clipping; the rest are telephone band, noisy or clipped. "truth" replays the true words, so
that what is left are errors of ours and none of the recogniser's.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

import aftertone as at
from aftertone.bench.accuracy import normalised
from benchmarks.machine import ROOT, machine

SAMPLES = ROOT / "sample_audio"
COLLAR_S = 0.1  # a filler is found where its event overlaps the true one, this much added at each side


@dataclass(frozen=True, slots=True)
class Row:
    """One message: truth against what was measured. None where there is nothing to compare."""

    file: str
    clean: bool
    duration_error_s: float
    start_error_s: float | None
    end_error_s: float | None
    pauses: int
    pauses_true: int
    words_per_min: float | None
    words_per_min_true: float | None
    digits: str | None
    digits_true: str | None
    readings: int | None
    readings_true: int
    slow: bool | None
    slow_true: bool | None
    repeated: bool | None
    repeated_true: bool | None
    fillers_true: int
    fillers_found: int
    fillers_invented: int
    reference: str
    hypothesis: str


def is_clean(file: str) -> bool:
    """At the full band (the WAV files are telephone band), without added noise or clipping."""
    return not file.endswith(".wav") and file not in {"noisy_10db.flac", "clipped.flac"}


def matched(true: Sequence[tuple[float, float]], found: Sequence[tuple[float, float]]) -> int:
    """How many true events have a found one of their own that overlaps them within the collar."""
    left = list(found)
    hits = 0
    for start_s, end_s in true:
        for event in left:
            if event[0] < end_s + COLLAR_S and event[1] > start_s - COLLAR_S:
                left.remove(event)
                hits += 1
                break
    return hits


def row_of(truth: dict[str, Any], review: at.Review) -> Row:
    """One message's truth against its review."""
    m = review.measurements
    number = truth["number"] or {}
    true = [(f["start_s"], f["end_s"]) for f in truth["fillers"]]
    found = [(s.start_s, s.end_s) for s in m.evidence.get("fillers.count", ())]
    message = truth["message"] or {}
    hits = matched(true, found)
    heard = review.transcript.words if review.transcript else ()
    start_s, end_s = m.message.start_s, m.message.end_s
    in_message = [w for w in heard if start_s is None or w.end_s > start_s]
    return Row(
        file=truth["file"],
        clean=is_clean(truth["file"]),
        duration_error_s=m.duration_s - truth["duration_s"],
        start_error_s=start_s - message["start_s"] if message and start_s is not None else None,
        end_error_s=end_s - message["end_s"] if message and end_s is not None else None,
        pauses=m.pauses.count or 0,
        pauses_true=len(truth["pauses"]),
        words_per_min=m.rate.words_per_min,
        words_per_min_true=truth["words_per_min"],
        digits=m.number.digits,
        digits_true=number.get("digits"),
        readings=m.number.readings,
        readings_true=number.get("readings", 0),
        slow=m.number.slow,
        slow_true=number.get("slow"),
        repeated=m.number.repeated,
        repeated_true=number.get("repeated"),
        fillers_true=len(true),
        fillers_found=hits,
        fillers_invented=len(found) - hits,
        reference=normalised(w["text"] for w in truth["words"]),
        hypothesis=normalised(w.text for w in in_message),
    )


def greeting_words(truth: dict[str, Any]) -> list[dict[str, Any]]:
    """Words before the beep, where their times are known."""
    return (truth["greeting"] or {}).get("words") or []


def transcripts_of_truth(truths: Iterable[dict[str, Any]], folder: Path) -> Path:
    """The true words as stored transcripts that the replay engine finds."""
    for truth in truths:
        words = [{**word, "confidence": 1.0} for word in greeting_words(truth) + truth["words"]]
        stored = {"language": "en", "engine": "truth", "words": sorted(words, key=lambda w: w["start_s"])}
        (folder / f"{Path(truth['file']).stem}.json").write_text(json.dumps(stored))
    return folder


def rows_with(engine: Callable[[], at.Engine], truths: Sequence[dict[str, Any]], jobs: int) -> list[Row]:
    """Every message reviewed with an engine."""
    by_name = {truth["file"]: truth for truth in truths}
    paths = [SAMPLES / name for name in by_name]
    rows = []
    for outcome in at.review_many(paths, engine=engine, jobs=jobs):
        if outcome.review is None:
            raise SystemExit(f"{outcome.path}: {outcome.error}")
        rows.append(row_of(by_name[Path(outcome.path).name], outcome.review))
    return rows


def _share(flags: Sequence[bool]) -> str:
    return f"{sum(flags)} of {len(flags)}" if flags else "-"


def summary(rows: Sequence[Row]) -> dict[str, str]:
    """The figures that the README quotes."""
    import jiwer

    spoken = [row for row in rows if row.start_error_s is not None]
    numbered = [row for row in rows if row.digits_true]
    paced = [(r.words_per_min or 0.0, r.words_per_min_true) for r in spoken if r.words_per_min_true]
    off = [abs(found - true) / true for found, true in paced]
    edges = [max(abs(row.start_error_s or 0), abs(row.end_error_s or 0)) for row in spoken]
    true, found = sum(r.fillers_true for r in rows), sum(r.fillers_found for r in rows)
    invented = sum(r.fillers_invented for r in rows)
    paced_right = _share([e <= 0.1 for e in off])
    wer = jiwer.wer([r.reference for r in spoken], [r.hypothesis or "-" for r in spoken])
    return {
        "messages": str(len(rows)),
        "duration within 0.1 s": _share([abs(row.duration_error_s) <= 0.1 for row in rows]),
        "speech start and end within 0.1 s": f"{_share([e <= 0.1 for e in edges])}, worst {max(edges):.2f} s",
        "pause count exact": _share([row.pauses == row.pauses_true for row in spoken]),
        "pause count, mean absolute error": f"{mean(abs(r.pauses - r.pauses_true) for r in spoken):.2f}",
        "words per minute within 10 %": f"{paced_right}, mean error {100 * mean(off):.1f} %",
        "number digits exact": _share([row.digits == row.digits_true for row in numbered]),
        "readings counted right": _share([row.readings == row.readings_true for row in numbered]),
        "slow verdict right": _share([row.slow == row.slow_true for row in numbered]),
        "repeated verdict right": _share([row.repeated == row.repeated_true for row in numbered]),
        "no number invented": _share([row.digits is None for row in rows if not row.digits_true]),
        "fillers found, missed, invented": f"{found}, {true - found}, {invented}",
        "word error rate": f"{100 * wer:.1f} %",
    }


def main() -> None:
    """Print the tables, and write the rows where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engine", choices=["whisper", "truth", "both"], default="both")
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the result here")
    parser.add_argument("--verbose", action="store_true", help="print a row for each message that differs")
    arguments = parser.parse_args()
    truths = [json.loads(path.read_text()) for path in sorted((SAMPLES / "truth").glob("*.json"))]
    tables: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory() as folder:
        if arguments.engine != "whisper":
            stored = transcripts_of_truth(truths, Path(folder))
            tables["truth"] = rows_with(
                partial(at.load_engine, "replay", transcript=stored), truths, arguments.jobs
            )
        if arguments.engine != "truth":
            whisper = partial(at.load_engine, "whisper", model=arguments.model)
            tables[f"whisper {Path(arguments.model).name}"] = rows_with(whisper, truths, arguments.jobs)
    columns = {}
    for name, rows in tables.items():
        columns[f"{name}, clean"] = summary([row for row in rows if row.clean])
        columns[f"{name}, all"] = summary(rows)
    print(f"\n| on sample_audio, words from | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for figure in next(iter(columns.values())):
        print(f"| {figure} | {' | '.join(column[figure] for column in columns.values())} |")
    if arguments.verbose:
        for name, rows in tables.items():
            for row in rows:
                print(name, {k: v for k, v in asdict(row).items() if k not in {"reference", "hypothesis"}})
                print("   true ", row.reference)
                print("   heard", row.hypothesis)
    if arguments.json:
        result = {
            "machine": machine(),
            "summary": columns,
            "rows": {name: [asdict(row) for row in rows] for name, rows in tables.items()},
        }
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
