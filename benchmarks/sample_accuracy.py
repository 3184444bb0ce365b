"""Accuracy of aftertone on the practice messages of sample_audio.

    python -m benchmarks.sample_accuracy [--engine whisper|truth|both] [--model base] [--jobs 2] [--json FILE]

The truth is the timing of the synthesiser (sample_audio/make.py). With --engine truth the true words are
replayed, so that the recogniser's errors are excluded. Words and numbers are compared on messages in English,
by condition. In the other recordings (hang-ups, conversations, another language) invented words, numbers and
scores are counted. Intervals are 95 %, by bootstrap over messages.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aftertone as at
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import SAMPLES, machine
from benchmarks.common.tables import Table, interval_cell
from benchmarks.common.timed_recordings import greeting_words
from benchmarks.common.truth import MESSAGES, SPEECHLESS, truths
from benchmarks.common.words import compared, errors_of

COLLAR_S = 0.1  # a filler is found where an event overlaps the true one, extended by this at each side
EDGE_S = 0.1  # tolerance of the ends and of the duration
PACE_SHARE = 0.1  # tolerance of words per minute


@dataclass(frozen=True, slots=True)
class Row:
    """One recording: truth and measurements. None where there is nothing to compare."""

    file: str
    kind: str
    condition: str
    duration_error_s: float
    start_error_s: float | None
    end_error_s: float | None
    pauses: int
    pauses_true: int
    words_per_min: float | None
    words_per_min_true: float | None
    digits: str | None
    digits_true: str | None
    other_numbers: int
    is_other: bool
    readings: int | None
    readings_true: int
    slow: bool | None
    slow_true: bool | None
    repeated: bool | None
    repeated_true: bool | None
    fillers_true: int
    fillers_found: int
    fillers_invented: int
    restarts: int
    restarts_true: int
    words: int
    wrong: int
    words_written: int
    points: int | None

    @property
    def is_message(self) -> bool:
        """Whether a caller leaves a message in English."""
        return self.kind in MESSAGES

    @property
    def has_edges(self) -> bool:
        """Whether both ends of the message are found within EDGE_S."""
        edges = (self.start_error_s, self.end_error_s)
        return all(error is not None and abs(error) <= EDGE_S for error in edges)


def matched(true: Sequence[tuple[float, float]], found: Sequence[tuple[float, float]]) -> int:
    """How many true events overlap a found event, within the collar; each found event matches once."""
    left = list(found)
    hits = 0
    for start_s, end_s in true:
        for event in left:
            if event[0] < end_s + COLLAR_S and event[1] > start_s - COLLAR_S:
                left.remove(event)
                hits += 1
                break
    return hits


def row_of(truth: Mapping[str, Any], review: at.Review) -> Row:
    """The truth of one recording against its review."""
    m = review.measurements
    number = truth["number"] or {}
    true = [(f["start_s"], f["end_s"]) for f in truth["fillers"]]
    found = [(s.start_s, s.end_s) for s in m.evidence.get("fillers.count", ())]
    message = truth["message"] or {}
    hits = matched(true, found)
    written = review.transcript.words if review.transcript else ()
    start_s, end_s = m.message.start_s, m.message.end_s
    in_message = [w.text for w in written if start_s is None or w.end_s > start_s]
    errors = errors_of(
        compared(" ".join(word["text"] for word in truth["words"])), compared(" ".join(in_message))
    )
    return Row(
        file=truth["file"],
        kind=truth["kind"],
        condition=truth["condition"],
        duration_error_s=m.duration_s - truth["duration_s"],
        start_error_s=start_s - message["start_s"] if message and start_s is not None else None,
        end_error_s=end_s - message["end_s"] if message and end_s is not None else None,
        pauses=m.pauses.count or 0,
        pauses_true=len(truth["pauses"]),
        words_per_min=m.rate.words_per_min,
        words_per_min_true=truth["words_per_min"],
        digits=m.number.digits,
        digits_true=number.get("digits"),
        other_numbers=len(truth["other_numbers"]),
        is_other=m.number.digits in truth["other_numbers"],
        readings=m.number.readings,
        readings_true=number.get("readings", 0),
        slow=m.number.slow,
        slow_true=number.get("slow"),
        repeated=m.number.repeated,
        repeated_true=number.get("repeated"),
        fillers_true=len(true),
        fillers_found=hits,
        fillers_invented=len(found) - hits,
        restarts=m.restarts.count or 0,
        restarts_true=len(truth["restarts"]),
        words=errors.words,
        wrong=errors.wrong,
        words_written=len(written),
        points=review.score.points if review.score else None,
    )


def transcripts_of_truth(known: Iterable[Mapping[str, Any]], folder: Path) -> Path:
    """Write the true words as stored transcripts for the replay engine; returns the folder."""
    for truth in known:
        words = [{**word, "confidence": 1.0} for word in greeting_words(truth) + truth["words"]]
        stored = {"language": "en", "engine": "truth", "words": sorted(words, key=lambda w: w["start_s"])}
        (folder / f"{Path(truth['file']).stem}.json").write_text(json.dumps(stored))
    return folder


def rows_with(engine: Callable[[], at.Engine], known: Sequence[Mapping[str, Any]], jobs: int) -> list[Row]:
    """Rows of every recording, reviewed with an engine."""
    by_name = {truth["file"]: truth for truth in known}
    paths = [SAMPLES / name for name in by_name]
    rows = []
    for outcome in at.review_many(paths, engine=engine, jobs=jobs):
        if outcome.review is None:
            raise SystemExit(f"{outcome.path}: {outcome.error}")
        rows.append(row_of(by_name[Path(outcome.path).name], outcome.review))
    return sorted(rows, key=lambda row: row.file)


def share(flags: Iterable[bool]) -> str:
    """How many flags are set, of how many, with the interval of the share where they differ.

    >>> share([True] * 3 + [False]), share([True] * 9 + [False]), share([True] * 9)
    ('3 of 4', '9 of 10 (70 to 100 %)', '9 of 9')
    """
    listed = list(flags)
    if len(set(listed)) < 2:
        return f"{sum(listed)} of {len(listed)}" if listed else "-"
    ends = interval_cell([100 * flag for flag in listed], form=".0f")
    return f"{sum(listed)} of {len(listed)}" + (f" ({ends} %)" if ends else "")


def rate(values: Sequence[float], out_of: Sequence[float] | None = None, form: str = ".1f") -> str:
    """A ratio of sums or a mean, with its interval.

    >>> rate([1, 0, 2, 0, 1], form=".2f"), rate([])
    ('0.80 (0.20 to 1.40)', '-')
    """
    whole = sum(out_of) if out_of is not None else len(values)
    if not whole:
        return "-"
    ends = interval_cell(values, out_of, form=form)
    return f"{sum(values) / whole:{form}}" + (f" ({ends})" if ends and any(values) else "")


def summary(rows: Sequence[Row]) -> dict[str, str]:
    """The figures of messages."""
    numbered = [row for row in rows if row.digits_true]
    off = [
        abs((row.words_per_min or 0.0) / row.words_per_min_true - 1) for row in rows if row.words_per_min_true
    ]
    fillers, invented = [row.fillers_true for row in rows], sum(row.fillers_invented for row in rows)
    hits = [row.fillers_found for row in rows]
    events = [row.fillers_true + row.fillers_found + row.fillers_invented for row in rows]
    return {
        "messages": str(len(rows)),
        "words wrong, %": rate([100.0 * row.wrong for row in rows], [row.words for row in rows]),
        "number exact": share(row.digits == row.digits_true for row in numbered),
        "no number invented": share(row.digits is None for row in rows if not row.digits_true),
        "not another's number": share(not row.is_other for row in rows if row.other_numbers),
        "readings counted right": share(row.readings == row.readings_true for row in numbered),
        "slow verdict right": share(row.slow == row.slow_true for row in numbered),
        "repeated verdict right": share(row.repeated == row.repeated_true for row in numbered),
        "fillers found, missed, invented": f"{sum(hits)}, {sum(fillers) - sum(hits)}, {invented}",
        "filler F1": rate([2 * each for each in hits], events, form=".2f") if sum(fillers) else "-",
        "restarts counted right": share(row.restarts == row.restarts_true for row in rows),
        "words per minute within 10 %": share(each <= PACE_SHARE for each in off),
        "words per minute, mean error, %": rate([100 * each for each in off]),
        "pause count exact": share(row.pauses == row.pauses_true for row in rows),
        "pause count, mean error": rate([abs(r.pauses - r.pauses_true) for r in rows], form=".2f"),
        "speech start and end within 0.1 s": share(row.has_edges for row in rows),
        "duration within 0.1 s": share(abs(row.duration_error_s) <= EDGE_S for row in rows),
    }


def messages_table(name: str, rows: Sequence[Row]) -> Table:
    """Figures of the messages, in all and by condition."""
    own = [row for row in rows if row.is_message]
    conditions = dict.fromkeys(["clean", *sorted({row.condition for row in own})])
    found = {"all": summary(own)}
    found |= {each: summary([row for row in own if row.condition == each]) for each in conditions}
    table = Table(
        f"Practice messages, {name}",
        dict.fromkeys(found, ""),
        "In brackets: 95 % interval by bootstrap over messages. Where all of n are right there is no "
        "interval: with 95 % certainty at most 3 in n are wrong.",
    )
    for figure in found["all"]:
        table.add(figure, **{condition: values[figure] for condition, values in found.items()})
    return table


def others_table(name: str, rows: Sequence[Row]) -> Table:
    """Invented words, numbers and scores in recordings that are no message, by kind."""
    table = Table(
        f"Recordings that are no message, {name}",
        {"n": "d", "words transcribed": "d", "number found": "", "score given": ""},
        "Words are counted in recordings without speech.",
    )
    for kind in sorted({row.kind for row in rows if not row.is_message}):
        own = [row for row in rows if row.kind == kind]
        table.add(
            kind,
            n=len(own),
            words=sum(row.words_written for row in own) if kind in SPEECHLESS else None,
            number=share(row.digits is not None for row in own),
            score=share(row.points is not None for row in own),
        )
    return table


def tables(rows: Mapping[str, Sequence[Row]]) -> list[Table]:
    """For each source of words the messages, then the other recordings."""
    made = [table(name, own) for name, own in rows.items() for table in (messages_table, others_table)]
    return [table for table in made if table.rows]


def read_rows(record: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Recorded rows by source of words."""
    columns = record["columns"]
    return {
        name: [Row(**dict(zip(columns, row, strict=True))) for row in rows]
        for name, rows in record["rows"].items()
    }


def main() -> None:
    """Print the tables; write the rows with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--engine", choices=["whisper", "truth", "both"], default="both")
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the result here")
    parser.add_argument("--verbose", action="store_true", help="print each recording's row")
    arguments = parser.parse_args()
    known = truths()
    rows: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory() as folder:
        if arguments.engine != "whisper":
            stored = transcripts_of_truth(known, Path(folder))
            rows["true words"] = rows_with(
                partial(at.load_engine, "replay", transcript=stored), known, arguments.jobs
            )
        if arguments.engine != "truth":
            whisper = partial(at.load_engine, "whisper", model=arguments.model)
            rows[f"whisper {Path(arguments.model).name}"] = rows_with(whisper, known, arguments.jobs)
    for table in tables(rows):
        print(f"\n{table.markdown()}")
    if arguments.verbose:
        for name, own in rows.items():
            for row in own:
                print(name, asdict(row))
    if arguments.json:
        record = {
            "machine": machine(),
            "columns": list(Row.__dataclass_fields__),
            "rows": {name: [list(asdict(row).values()) for row in own] for name, own in rows.items()},
        }
        write_record(arguments.json, record)


if __name__ == "__main__":
    main()
