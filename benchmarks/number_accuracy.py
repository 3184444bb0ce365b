"""How well the call-back number is found, timed and judged, on messages of `composed_messages`.

    python -m benchmarks.number_accuracy [--sources natural an4 ...] [--splits held-out] [--n 40]
        [--words truth plain aftertone] [--model base] [--cut 24] [--json FILE]
    python -m benchmarks.number_accuracy --invented    # numbers found in speech and noise without one

truth      aftertone on the true words, where their times are known: only its own errors remain
plain      `WhisperModel.transcribe(samples, beam_size=5, word_timestamps=True, language="en")`, and a
           pattern: a reading is a run of 7 numerals or digit words and more, the number is the longest
aftertone  `aftertone.review` with Whisper

A number is exact if its digits are those of a full reading, with or without the country code. It is told if
it is trusted (`number.trusted`); plain tells all that it finds. Pace is that of the slowest full reading. The
slow verdict counts where the true pace is 5 % or more from the bound. Pace and verdict do not count where a
reading has a correction in it. "Changed named" counts messages of kind "changed": the number is exact, and
the two readings are said to differ. "Ends" are the start of the first and the end of the last full reading. A
filler is right where its onset is within 0.2 s of a true one's. In messages of kind "cut" the caller stops
after nine of ten digits; a result of ten digits is filled up: it has a digit that nobody said.

Intervals are 95 %, by bootstrap over speakers, then messages. Where all messages have the same outcome they
are Clopper and Pearson's. Rows marked "fit" are of speakers on whom settings may be chosen. Real people's
recordings were split only after earlier settings had been chosen with speakers of both splits, and the
weights of the decision are fitted on some held-out people. So only the natural voices are strictly held out.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import aftertone as at
from aftertone.acoustics.audio import Recording
from aftertone.language.brief import Brief
from aftertone.language.fillers import is_filled_pause
from aftertone.language.transcript import Transcript
from benchmarks.common.bootstrap import interval, share_interval
from benchmarks.common.composition import Message, Split
from benchmarks.common.machine import RESULTS, machine
from benchmarks.common.natural_messages import COUNTRY_CODES
from benchmarks.common.tables import Table
from benchmarks.common.truth import files
from benchmarks.composed_messages import CUT_SOURCES, SOURCES, SPLITS, is_there, messages, speakers_of
from benchmarks.recognition_accuracy import folder_of
from sample_audio.make import NUMERALS

EDGE_S = 0.2  # how near both ends of what was said of the number, and onsets of fillers, must be found
PACE_SHARE = 0.1  # of the true pace
SLOW_DIGITS_PER_S = 2.0
TEMPOS = {"slow": SLOW_DIGITS_PER_S, "medium": 3.0, "fast": float("inf")}  # digits/s at most
BETWEEN_SHARE = 0.05  # of the bound: nearer to it either verdict is right
READING_DIGITS_MIN = 7
NATIONAL_DIGITS = {"US": 10, "GB": 10, "AU": 9}  # without country code and trunk 0
WORDS = ("truth", "plain", "aftertone")
WITHOUT_A_NUMBER = {
    "librispeech": "librispeech_test_other/*.flac",
    "ami": "ami_excerpts/*.flac",
    "mfa": "mfa/*.[wf][al]*",
    "noise": "noise/*.wav",
}
"""Recordings in which nobody says a telephone number: people read, meet (and count), talk; noise."""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a contender for a message; None for what it did not find."""

    digits: str | None = None
    digits_per_s: float | None = None
    slow: bool | None = None
    repeated: bool | None = None
    agree: bool | None = None
    span: tuple[float, float] | None = None
    fillers_s: tuple[float, ...] = ()
    trusted: bool | None = True


@dataclass(frozen=True, slots=True)
class Row:
    """Flags and counts of one message; None where there is nothing to judge.

    `tempo` is the true pace's, "" where the number has a correction in it.
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
    told: bool | None = None
    told_wrong: bool | None = None
    filled: bool | None = None
    tempo: str = ""


def row_of(message: Message, words: str, found: Found) -> Row:
    """What was found held against the truth."""
    said = message.full
    exact = any(is_same(found.digits, reading.digits, message.region) for reading in said)
    is_paced = message.manner != "corrected"
    pace = message.digits_per_s
    is_told = found.digits is not None and bool(found.trusted)
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
        and abs(found.span[0] - said[0].start_s) <= EDGE_S
        and abs(found.span[1] - said[-1].end_s) <= EDGE_S,
        fillers=len(message.fillers),
        fillers_found=len(found.fillers_s),
        fillers_right=matched([start_s for start_s, _ in message.fillers], found.fillers_s),
        told=is_told if found.trusted is not None else None,
        told_wrong=not exact if is_told else None,
        filled=is_filled(found.digits, message.region) if message.kind == "cut" else None,
        tempo=tempo_of(pace) if is_paced else "",
    )


def tempo_of(digits_per_s: float) -> str:
    """The name of a pace.

    >>> tempo_of(2.0), tempo_of(2.1), tempo_of(3.1)
    ('slow', 'medium', 'fast')
    """
    return next(name for name, most in TEMPOS.items() if digits_per_s <= most)


def is_filled(found: str | None, region: str) -> bool:
    """Whether a number has as many digits as the region's.

    >>> is_filled("212555014", "US"), is_filled("12125550143", "US"), is_filled(None, "US")
    (False, True, False)
    """
    return found is not None and len(_national(found, region)) >= NATIONAL_DIGITS[region]


def is_same(found: str | None, said: str, region: str) -> bool:
    """Whether two strings of digits are one number, with or without its country code.

    >>> is_same("15125550143", "5125550143", "US"), is_same("442079460000", "02079460000", "GB")
    (True, True)
    """
    return found is not None and _national(found, region) == _national(said, region)


def _national(digits: str, region: str) -> str:
    code = COUNTRY_CODES[region]
    is_international = digits.startswith(code) and len(digits) >= len(code) + 9
    return digits.removeprefix(code if is_international else "0" if region != "US" else "")


def matched(true_s: Sequence[float], found_s: Sequence[float]) -> int:
    """How many events are found, each once.

    >>> matched([1.0, 2.0], [1.1, 1.15, 5.0])
    1
    """
    from mir_eval.util import match_events

    return len(match_events(sorted(true_s), sorted(found_s), EDGE_S)) if true_s and found_s else 0


# ── contenders ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Known:
    """An engine that has the true words."""

    transcript: Transcript
    name: str = "truth"

    def transcribe(self, recording: Recording) -> Transcript:  # noqa: ARG002
        return self.transcript


Finder = Callable[[Recording, str], Found]
"""What is found in a recording, in a region."""


def measured(recording: Recording, region: str, engine: at.Engine) -> Found:
    """What aftertone measures with an engine's words."""
    m = at.review(recording, engine=engine, brief=Brief(region=region)).measurements
    spans = m.evidence.get("number.readings", ())
    return Found(
        digits=m.number.digits,
        digits_per_s=m.number.digits_per_s,
        slow=m.number.slow,
        repeated=m.number.repeated,
        agree=m.number.agree,
        span=(spans[0].start_s, spans[-1].end_s) if spans else None,
        fillers_s=tuple(span.start_s for span in m.evidence.get("fillers.count", ())),
        trusted=m.number.trusted,
    )


@dataclass(frozen=True, slots=True)
class Run:
    """Numerals without another word between them."""

    digits: str
    start_s: float
    end_s: float


def runs_of(words: Iterable[tuple[str, float, float]], region: str = "US") -> Iterator[Run]:
    """Readings in a text: numerals and digit words in a row, up to a full stop or a region's whole number.

    >>> text = "Call 555 01 43. That's five five five, 0143, ask for Al."
    >>> [run.digits for run in runs_of((word, 0.0, 1.0) for word in text.split())]
    ['5550143', '5550143']
    >>> [run.digits for run in runs_of([("512-555-0143,", 0, 1), ("512-555-0143", 2, 3)])]
    ['5125550143', '5125550143']
    """
    digits, start_s, end_s = "", 0.0, 0.0
    for word, from_s, to_s in [*words, ("", 0.0, 0.0)]:
        own = _digits_of(word)
        if own:
            start_s, end_s = (start_s if digits else from_s), to_s
            digits += own
        code = COUNTRY_CODES[region]
        whole = NATIONAL_DIGITS[region] + (len(code) if digits.startswith(code) else region != "US")
        is_ended = word.endswith((".", "?", "!")) and len(digits) >= READING_DIGITS_MIN
        if not own or is_ended or len(digits) >= whole:
            if len(digits) >= READING_DIGITS_MIN:
                yield Run(digits, start_s, end_s)
            digits = ""


def _digits_of(word: str) -> str:
    bare = word.strip(" .,;:!?…\"'").lower()
    if bare in ("oh", "o"):
        return "0"
    if bare in NUMERALS:
        return str(NUMERALS.index(bare))
    return re.sub(r"\D", "", bare) if re.fullmatch(r"[-+().,/\d]*\d[-().,/\d]*", bare) else ""


def plain(model: str) -> Finder:
    """faster-whisper as its manual shows it, in aftertone's arithmetic, and a pattern over its text."""
    import ctranslate2
    from faster_whisper import WhisperModel

    whisper = WhisperModel(folder_of(model), device="cpu", compute_type="int8", cpu_threads=1)

    def find(recording: Recording, region: str) -> Found:
        ctranslate2.set_random_seed(0)  # where it is unsure of its words, it draws them
        segments, _ = whisper.transcribe(recording.samples, beam_size=5, word_timestamps=True, language="en")
        words = [
            (w.word.strip(), float(w.start), float(w.end))  # NumPy's otherwise
            for segment in segments
            for w in segment.words or ()
        ]
        fillers_s = tuple(start_s for text, start_s, _ in words if is_filled_pause(text))
        runs = list(runs_of(words, region))
        if not runs:
            return Found(fillers_s=fillers_s, repeated=False)
        pace = min(len(run.digits) / max(run.end_s - run.start_s, 0.01) for run in runs)
        told = {run.digits for run in runs}
        return Found(
            digits=max(runs, key=lambda run: len(run.digits)).digits,
            digits_per_s=pace,
            slow=pace <= SLOW_DIGITS_PER_S,
            repeated=len(told) < len(runs),
            agree=len(told) == 1,
            span=(runs[0].start_s, runs[-1].end_s),
            fillers_s=fillers_s,
        )

    return find


def finder_of(name: str, model: str) -> Finder:
    """A contender with a recogniser of its own, its weights loaded."""
    if name == "plain":
        return plain(model)
    return partial(measured, engine=at.load_engine("whisper", model=model, threads=1))


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────

FIGURES = {
    "number exact %": "exact",
    "told %": "told",
    "told wrong %": "told_wrong",
    "pace within 10 %, %": "pace",
    "slow verdict %": "slow",
    "repeated verdict %": "repeated",
    "changed named %": "changed",
    "ends within 0.2 s %": "ends",
    "filler F1": "fillers",
}
CUT_FIGURES = {
    "exact (nine digits) %": "exact",
    "filled up to ten %": "filled",
    "told %": "told",
    "told wrong %": "told_wrong",
}


def tables(rows: Sequence[Row]) -> Iterator[Table]:
    """The figures of whole numbers, in all and parted, and those of numbers that were cut."""
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
        note = f"Slow: {slow:.1f} digits a second and less; fast: more than {medium:.1f}."
        yield replace(table(by_tempo, "tempo"), note=note)
    if len(whole) < len(rows):
        cut = [row for row in rows if row.kind == "cut"]
        yield replace(table(cut, figures=CUT_FIGURES), title="Numbers that stop after nine digits of ten")


def table(rows: Sequence[Row], parted_by: str = "", figures: Mapping[str, str] = FIGURES) -> Table:
    """A line for each source, split and contender, and each value of the field that parts them.

    Figures that no row has are left out.
    """
    kept = {
        name: field for name, field in figures.items() if any(getattr(row, field) is not None for row in rows)
    }
    made = Table(
        f"The call-back number{', by ' + parted_by if parted_by else ''}",
        {"n": "d", **dict.fromkeys(kept, "")},
        "Each figure with its 95 % interval, and its n where it is of fewer messages.",
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
    """Messages that one of plain and aftertone has exactly, and the other has not; "" without both."""
    exact: dict[str, dict[str, dict[str, bool]]] = {}
    for row in rows:
        exact.setdefault(row.source, {}).setdefault(row.name, {})[row.words] = row.exact
    told = []
    for source, found in exact.items():
        both = [
            (each["plain"], each["aftertone"]) for each in found.values() if {"plain", "aftertone"} <= {*each}
        ]
        if both:
            told.append(
                f"{source} {both.count((False, True))} and {both.count((True, False))} of {len(both)}"
            )
    return f"Exact by aftertone alone, and by plain alone: {'; '.join(told)}." if told else ""


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
    """Messages that are measured in one process."""

    source: str
    n: int
    seed: int
    split: Split
    words: Sequence[str]
    model: str
    cut: bool = False


def rows_of(part: Part) -> list[Row]:
    """The rows of one source and split."""
    source, n, seed, split, words, model, cut = part
    if not is_there(source):
        print(f"left out: {source} is not installed")
        return []
    finders = {name: finder_of(name, model) for name in words if name != "truth"}
    rows = []
    for message in messages(source, n, seed, split, cut=cut) if speakers_of(source, split) else ():
        for name in words:
            if name != "truth":
                found = finders[name](message.recording, message.region)
            elif message.transcript is not None:
                found = measured(message.recording, message.region, _Known(message.transcript))
                found = replace(found, trusted=None)  # nothing was recognised that could be trusted
            else:
                continue
            rows.append(row_of(message, name, found))
    return rows


def record_invented(words: Sequence[str], model: str, to: Path) -> None:
    """Print and record how many numbers are found where nobody says one."""
    finders = {name: finder_of(name, model) for name in words if name != "truth"}
    made = Table(
        "Numbers found where none is said",
        {"recordings": "d", "minutes": ".1f"}
        | {f"{name}, {what}": "d" for name in finders for what in ("found", "told")},
    )
    for name, pattern in WITHOUT_A_NUMBER.items():
        recordings = [at.read_audio(path) for path in files(pattern)]
        values = {"n": len(recordings), "minutes": sum(each.duration_s for each in recordings) / 60}
        for contender, find in finders.items():
            found = [each for each in (find(recording, "US") for recording in recordings) if each.digits]
            values |= {contender: len(found), f"{contender} told": sum(bool(each.trusted) for each in found)}
        made.add(name, **values)
    print(made.markdown())
    command = f"number_accuracy --invented --words {' '.join(finders)}"
    record = {"command": command, "machine": machine(), "table": made.as_json()}
    to.write_text(json.dumps(record, indent=1) + "\n")


def main() -> None:
    """Print the tables and record them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sources", nargs="+", default=SOURCES, choices=SOURCES)
    parser.add_argument("--splits", nargs="+", default=["held-out"], choices=SPLITS)
    parser.add_argument("--n", type=int, nargs="+", default=[40], help="messages of each source, or of all")
    parser.add_argument(
        "--cut", type=int, default=0, help="messages of fsdd and natural that are cut, of each"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--words", nargs="+", default=WORDS, choices=WORDS)
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--jobs", type=int, default=1, help="sources that are measured side by side")
    parser.add_argument("--invented", action="store_true", help="only recordings in which no number is said")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    kept = "number_invented" if arguments.invented else "number_accuracy"
    to: Path = arguments.json or RESULTS / f"{kept}.json"
    to.parent.mkdir(parents=True, exist_ok=True)
    if arguments.invented:
        record_invented(arguments.words, arguments.model, to)
        return
    counts = arguments.n * len(arguments.sources) if len(arguments.n) == 1 else arguments.n
    said = (arguments.words, arguments.model)
    parts = [
        Part(source, n, arguments.seed, split, *said)
        for source, n in zip(arguments.sources, counts, strict=True)
        for split in arguments.splits
    ]
    parts += [
        Part(source, arguments.cut, arguments.seed, split, *said, cut=True)
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
    }
    lines = ",\n".join(f"  {json.dumps(list(asdict(row).values()))}" for row in rows)
    to.write_text(f'{json.dumps(record, indent=1)[:-2]},\n "rows": [\n{lines}\n ]\n}}\n')


if __name__ == "__main__":
    main()
