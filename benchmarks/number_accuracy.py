"""Accuracy of the call-back number on messages of `benchmarks.composed_messages`.

    python -m benchmarks.number_accuracy [--sources natural an4 ...] [--splits held-out] [--n 40]
        [--words truth plain aftertone] [--model base] [--cut 24] [--json FILE]
    python -m benchmarks.number_accuracy --invented    # numbers found in speech and noise without one

truth      aftertone with the true words, where their times are known: the recogniser's errors are excluded
plain      `WhisperModel.transcribe(samples, beam_size=5, word_timestamps=True, language="en")` and a pattern:
           a reading is a run of at least 7 numerals or digit words, and the number is the longest reading
aftertone  `aftertone.review` with Whisper

A number is exact if its digits are those of a full reading, with or without the country code. "Trusted" is
the measure `number.trusted`; plain trusts all that it finds. Pace is that of the slowest full reading. The
slow verdict counts where the true pace is 5 % or more from the threshold. Pace and slow verdict do not count
where a reading contains a correction. "Change reported" is for messages of kind "changed": the number is
exact, and the two readings are reported as different. "Ends" are the start of the first and the end of the
last full reading. A filler is right where its onset is within 0.2 s of a true one's. In messages of kind
"cut" the caller stops after nine of ten digits; a result of ten digits is "filled up" with an invented digit.

Intervals are 95 %, by bootstrap over speakers, then messages. Where all messages have the same outcome they
are Clopper and Pearson's. Rows marked "fit" are of speakers for fitting. Real people's recordings were split
after earlier settings had been chosen with speakers of both splits, and the weights of the decision are
fitted on some held-out people. So only the natural voices are strictly held out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import aftertone as at
from benchmarks.common.bootstrap import interval, share_interval
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.composition import Message, Split
from benchmarks.common.machine import RESULTS, files, machine
from benchmarks.common.number_finders import (
    Found,
    TrueWords,
    by_aftertone,
    finder_of,
    is_filled,
    is_same,
)
from benchmarks.common.tables import Table
from benchmarks.composed_messages import CUT_SOURCES, SOURCES, SPLITS, is_installed, messages, speakers_of
from sample_audio.annotations import SLOW_DIGITS_PER_S

EDGE_S = 0.2  # tolerance of the ends of the number and of the onsets of fillers
PACE_SHARE = 0.1  # tolerance of the pace
TEMPOS = {"slow": SLOW_DIGITS_PER_S, "medium": 3.0, "fast": float("inf")}  # most digits a second
BETWEEN_SHARE = 0.05  # of the threshold; the slow verdict does not count within
WORDS = ("truth", "plain", "aftertone")
WITHOUT_A_NUMBER = {
    "librispeech": "librispeech_test_other/*.flac",
    "ami": "ami_excerpts/*.flac",
    "mfa": "mfa/*.[wf][al]*",
    "noise": "noise/*.wav",
}
"""Recordings without a telephone number: people who read, meet and talk; noise."""


@dataclass(frozen=True, slots=True)
class Row:
    """Flags and counts of one message; None where a flag does not apply.

    `tempo` is that of the true pace; "" where the number contains a correction.
    """

    name: str
    source: str
    split: str
    words: str
    speaker: str
    kind: str
    manner: str
    region: str
    condition: str
    found: bool
    exact: bool
    pace: bool | None
    slow: bool | None
    repeated: bool
    changed: bool | None
    ends: bool
    fillers: int | None
    fillers_found: int
    fillers_right: int
    trusted: bool | None = None
    trusted_wrong: bool | None = None
    filled: bool | None = None
    tempo: str = ""


def row_of(message: Message, words: str, found: Found) -> Row:
    """The result of a contender against the truth."""
    readings = message.full
    exact = any(is_same(found.digits, reading.digits, message.region) for reading in readings)
    is_paced = message.manner != "corrected"
    pace = message.digits_per_s
    is_trusted = found.digits is not None and bool(found.trusted)
    is_clear = is_paced and abs(pace / SLOW_DIGITS_PER_S - 1) >= BETWEEN_SHARE
    return Row(
        name=message.name,
        source=message.source,
        split=message.split,
        words=words,
        speaker=message.speaker,
        kind=message.kind,
        manner=message.manner,
        region=message.region,
        condition=message.condition.name,
        found=found.digits is not None,
        exact=exact,
        pace=abs((found.digits_per_s or 0) / pace - 1) <= PACE_SHARE if is_paced else None,
        slow=found.slow is (pace <= SLOW_DIGITS_PER_S) if is_clear else None,
        repeated=bool(found.repeated) is (message.kind == "twice"),
        changed=exact and found.agree is False if message.kind == "changed" else None,
        ends=found.span is not None
        and abs(found.span[0] - readings[0].start_s) <= EDGE_S
        and abs(found.span[1] - readings[-1].end_s) <= EDGE_S,
        fillers=len(message.fillers),
        fillers_found=len(found.fillers_s),
        fillers_right=matched([start_s for start_s, _ in message.fillers], found.fillers_s),
        trusted=is_trusted if found.trusted is not None else None,
        trusted_wrong=not exact if is_trusted else None,
        filled=is_filled(found.digits, message.region) if message.kind == "cut" else None,
        tempo=tempo_of(pace) if is_paced else "",
    )


def tempo_of(digits_per_s: float) -> str:
    """The name of a pace.

    >>> tempo_of(2.0), tempo_of(2.1), tempo_of(3.1)
    ('slow', 'medium', 'fast')
    """
    return next(name for name, most in TEMPOS.items() if digits_per_s <= most)


def matched(true_s: Sequence[float], found_s: Sequence[float]) -> int:
    """How many true events are found; each found event matches once.

    >>> matched([1.0, 2.0], [1.1, 1.15, 5.0])
    1
    """
    from mir_eval.util import match_events

    return len(match_events(sorted(true_s), sorted(found_s), EDGE_S)) if true_s and found_s else 0


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────

FIGURES = {
    "number exact %": "exact",
    "trusted %": "trusted",
    "wrong of trusted %": "trusted_wrong",
    "pace within 10 %, %": "pace",
    "slow verdict %": "slow",
    "repeated verdict %": "repeated",
    "change reported %": "changed",
    "ends within 0.2 s %": "ends",
    "filler F1": "fillers",
}
CUT_TITLE = "Numbers that are cut off after nine of ten digits"
CUT_FIGURES = {
    "exact (nine digits) %": "exact",
    "filled up to ten %": "filled",
    "trusted %": "trusted",
    "wrong of trusted %": "trusted_wrong",
}


def tables(rows: Sequence[Row]) -> Iterator[Table]:
    """Figures of whole numbers, in all and by field, then of numbers that were cut off."""
    whole = [row for row in rows if row.kind != "cut"]
    sources = list(dict.fromkeys(row.source for row in whole))
    by_tempo = sorted(
        (row for row in whole if row.tempo),
        key=lambda row: (sources.index(row.source), list(TEMPOS).index(row.tempo)),
    )
    made = table(whole)
    yield replace(made, note=f"{made.note} {against_plain(whole)}".strip())
    yield table(whole, "condition")
    yield table(whole, "kind")
    if by_tempo:
        slow, medium, _ = TEMPOS.values()
        note = f"Slow: at most {slow:.1f} digits a second. Fast: more than {medium:.1f}."
        yield replace(table(by_tempo, "tempo"), note=note)
    if len(whole) < len(rows):
        cut = [row for row in rows if row.kind == "cut"]
        yield replace(table(cut, figures=CUT_FIGURES), title=CUT_TITLE)


def table(rows: Sequence[Row], parted_by: str = "", figures: Mapping[str, str] = FIGURES) -> Table:
    """A row for each source, split and contender, and for each value of the field `parted_by`.

    Figures that no row has are left out.
    """
    kept = {
        name: field for name, field in figures.items() if any(getattr(row, field) is not None for row in rows)
    }
    made = Table(
        f"The call-back number{', by ' + parted_by if parted_by else ''}",
        {"n": "d", **dict.fromkeys(kept, "")},
        "Each figure has its 95 % interval, and its n where it counts fewer messages.",
    )

    def key(row: Row) -> tuple[str, ...]:
        return row.source, row.split, row.words, *((getattr(row, parted_by),) if parted_by else ())

    for name in dict.fromkeys(key(row) for row in rows):
        own = [row for row in rows if key(row) == name]
        values = {
            figure: _f1(own) if field == "fillers" else _share(own, field) for figure, field in kept.items()
        }
        made.add(", ".join(name), n=len(own), **values)
    return made


def against_plain(rows: Iterable[Row]) -> str:
    """How many messages only one of plain and aftertone has exactly; "" without both contenders."""
    exact: dict[str, dict[str, dict[str, bool]]] = {}
    for row in rows:
        exact.setdefault(row.source, {}).setdefault(row.name, {})[row.words] = row.exact
    parts = []
    for source, found in exact.items():
        both = [
            (each["plain"], each["aftertone"]) for each in found.values() if {"plain", "aftertone"} <= {*each}
        ]
        if both:
            parts.append(
                f"{source} {both.count((False, True))} and {both.count((True, False))} of {len(both)}"
            )
    return f"Exact with aftertone only, and with plain only: {'; '.join(parts)}." if parts else ""


def _share(rows: Sequence[Row], field: str) -> str | None:
    judged = [row for row in rows if getattr(row, field) is not None]
    if not judged:
        return None
    flags = [getattr(row, field) for row in judged]
    low, high = share_interval(flags, groups=[row.speaker for row in judged])
    count = f", n {len(judged)}" if len(judged) < len(rows) else ""
    return f"{100 * sum(flags) / len(flags):.0f} ({100 * low:.0f} to {100 * high:.0f}{count})"


def _f1(rows: Sequence[Row]) -> str | None:
    if not sum(row.fillers or 0 for row in rows):
        return None
    right = [2 * row.fillers_right for row in rows]
    out_of = [(row.fillers or 0) + row.fillers_found for row in rows]
    low, high = interval(right, out_of, groups=[row.speaker for row in rows])
    true = sum(row.fillers or 0 for row in rows)
    return f"{sum(right) / sum(out_of):.2f} ({low:.2f} to {high:.2f}, {true} true)"


class Part(NamedTuple):
    """Messages of one source and split, measured in one process."""

    source: str
    n: int
    seed: int
    split: Split
    words: Sequence[str]
    model: str
    cut: bool = False


def rows_of(part: Part) -> list[Row]:
    """The rows of a part."""
    source, n, seed, split, words, model, cut = part
    if not is_installed(source):
        print(f"left out: {source} is not installed")
        return []
    finders = {name: finder_of(name, model) for name in words if name != "truth"}
    rows = []
    for message in messages(source, n, seed, split, cut=cut) if speakers_of(source, split) else ():
        for name in words:
            if name != "truth":
                found = finders[name](message.recording, message.region)
            elif message.transcript is not None:
                found = by_aftertone(message.recording, message.region, TrueWords(message.transcript))
                found = replace(found, trusted=None)  # without recognition there is nothing to trust
            else:
                continue
            rows.append(row_of(message, name, found))
    return rows


def record_invented(words: Sequence[str], model: str, to: Path) -> None:
    """Print and record how many numbers are found in recordings without one."""
    finders = {name: finder_of(name, model) for name in words if name != "truth"}
    made = Table(
        "Numbers found in recordings without one",
        {"recordings": "d", "minutes": ".1f"}
        | {f"{name}, {what}": "d" for name in finders for what in ("found", "trusted")},
    )
    for name, pattern in WITHOUT_A_NUMBER.items():
        recordings = [at.read_audio(path) for path in files(pattern)]
        values = {"n": len(recordings), "minutes": sum(each.duration_s for each in recordings) / 60}
        for contender, find in finders.items():
            found = [each for each in (find(recording, "US") for recording in recordings) if each.digits]
            values |= {
                contender: len(found),
                f"{contender} trusted": sum(bool(each.trusted) for each in found),
            }
        made.add(name, **values)
    print(made.markdown())
    command = f"number_accuracy --invented --words {' '.join(finders)}"
    record = {"command": command, "machine": machine(), "table": made.as_json()}
    write_record(to, record)


def main() -> None:
    """Print the tables and record them."""
    parser = parser_of(__doc__)
    parser.add_argument("--sources", nargs="+", default=SOURCES, choices=SOURCES)
    parser.add_argument("--splits", nargs="+", default=["held-out"], choices=SPLITS)
    parser.add_argument("--n", type=int, nargs="+", default=[40], help="messages of each source, or of all")
    parser.add_argument(
        "--cut", type=int, default=0, help="messages that are cut off, of fsdd and natural each"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--words", nargs="+", default=WORDS, choices=WORDS)
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--jobs", type=int, default=1, help="sources that are measured in parallel")
    parser.add_argument("--invented", action="store_true", help="measure only recordings without a number")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    name = "number_invented" if arguments.invented else "number_accuracy"
    to: Path = arguments.json or RESULTS / f"{name}.json"
    if arguments.invented:
        record_invented(arguments.words, arguments.model, to)
        return
    counts = arguments.n * len(arguments.sources) if len(arguments.n) == 1 else arguments.n
    contenders = (arguments.words, arguments.model)
    parts = [
        Part(source, n, arguments.seed, split, *contenders)
        for source, n in zip(arguments.sources, counts, strict=True)
        for split in arguments.splits
    ]
    parts += [
        Part(source, arguments.cut, arguments.seed, split, *contenders, cut=True)
        for source in arguments.sources
        for split in arguments.splits
        if arguments.cut and source in CUT_SOURCES
    ]
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("spawn")) as pool:
        rows = [row for part in pool.map(rows_of, parts) for row in part]
    made = list(tables(rows))
    print("\n".join(each.markdown() for each in made))
    record = {
        "command": f"number_accuracy --sources {' '.join(arguments.sources)} --n"
        f" {' '.join(map(str, counts))} --splits {' '.join(arguments.splits)} --cut {arguments.cut}"
        f" --seed {arguments.seed} --words {' '.join(arguments.words)}",
        "machine": machine(),
        "tables": [each.as_json() for each in made],
        "columns": list(Row.__dataclass_fields__),
        "rows": [list(asdict(row).values()) for row in rows],
    }
    write_record(to, record)


if __name__ == "__main__":
    main()
