"""How well the call-back number is found, timed and judged, on messages of `composed_messages`.

    python -m benchmarks.number_accuracy [--sources natural an4 ...] [--splits held-out] [--n 40]
        [--words truth plain aftertone] [--model base] [--json FILE]

truth      aftertone on the true words, where their times are known: what is left are its own errors
plain      `WhisperModel.transcribe(samples, beam_size=5, word_timestamps=True, language="en")`, and a
           pattern: a reading is a run of 7 numerals or digit words and more, the number is the longest
aftertone  `aftertone.review` with Whisper

A number is exact if its digits are those of a full reading, with or without the country code. Pace is that of
the slowest full reading. The slow verdict counts where the true pace is 5 % or more from the bound, and no
pace counts where a reading has a correction in it. "Changed named" counts messages of kind "changed": the
number is exact, and the two readings are told to differ. "Ends" are the start of the first and the end of the
last full reading. A filler is right where its onset is within 0.2 s of a true one's.

Intervals are 95 %, by bootstrap over speakers, then messages. Rows marked "fit" are of speakers that settings
may be chosen on. Real people's recordings were parted only after earlier settings had been chosen with
speakers of both splits, so that "held-out" holds without reserve for the natural voices alone.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import aftertone as at
from aftertone.acoustics.audio import Recording
from aftertone.language.brief import Brief
from aftertone.language.fillers import is_filled_pause
from aftertone.language.transcript import Transcript
from benchmarks.bootstrap import interval
from benchmarks.composed_messages import SOURCES, SPLITS, is_there, messages, speakers_of
from benchmarks.laid_down import Message, Split
from benchmarks.machine import RESULTS, machine
from benchmarks.natural_messages import COUNTRY_CODES
from benchmarks.recognition_accuracy import folder_of
from benchmarks.tables import Table
from sample_audio.make import NUMERALS

EDGE_S = 0.2  # how near both ends of what was said of the number, and onsets of fillers, must be found
PACE_SHARE = 0.1  # of the true pace
SLOW_DIGITS_PER_S = 2.0
BETWEEN_SHARE = 0.05  # of the bound: nearer to it either verdict is right
READING_DIGITS_MIN = 7
NATIONAL_DIGITS = {"US": 10, "GB": 10, "AU": 9}  # without country code and trunk 0
WORDS = ("truth", "plain", "aftertone")


@dataclass(frozen=True, slots=True)
class Found:
    """What a contender says of a message; None where it says nothing."""

    digits: str | None = None
    digits_per_s: float | None = None
    slow: bool | None = None
    repeated: bool | None = None
    agree: bool | None = None
    span: tuple[float, float] | None = None
    fillers_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Flags and counts of one message; None where there is nothing to judge."""

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


def row_of(message: Message, words: str, found: Found) -> Row:
    """What was found held against the truth."""
    said = message.full
    exact = any(is_same(found.digits, reading.digits, message.region) for reading in said)
    is_paced = message.manner != "corrected"
    pace = message.digits_per_s
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
    )


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


def measured(message: Message, engine: at.Engine) -> Found:
    """What aftertone measures with an engine's words."""
    m = at.review(message.recording, engine=engine, brief=Brief(region=message.region)).measurements
    spans = m.evidence.get("number.readings", ())
    return Found(
        digits=m.number.digits,
        digits_per_s=m.number.digits_per_s,
        slow=m.number.slow,
        repeated=m.number.repeated,
        agree=m.number.agree,
        span=(spans[0].start_s, spans[-1].end_s) if spans else None,
        fillers_s=tuple(span.start_s for span in m.evidence.get("fillers.count", ())),
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


def plain(model: str) -> Callable[[Message], Found]:
    """faster-whisper as its manual shows it, in aftertone's arithmetic, and a pattern over its text."""
    import ctranslate2
    from faster_whisper import WhisperModel

    whisper = WhisperModel(folder_of(model), device="cpu", compute_type="int8", cpu_threads=1)

    def find(message: Message) -> Found:
        ctranslate2.set_random_seed(0)  # where it is unsure of its words, it draws them
        segments, _ = whisper.transcribe(
            message.recording.samples, beam_size=5, word_timestamps=True, language="en"
        )
        words = [
            (w.word.strip(), float(w.start), float(w.end))  # NumPy's otherwise
            for segment in segments
            for w in segment.words or ()
        ]
        fillers_s = tuple(start_s for text, start_s, _ in words if is_filled_pause(text))
        runs = list(runs_of(words, message.region))
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


def contenders(names: Sequence[str], model: str) -> dict[str, Callable[[Message], Found]]:
    """Those asked for, weights loaded."""
    found: dict[str, Callable[[Message], Found]] = {}
    for name in names:
        if name == "truth":
            found[name] = lambda message: measured(message, _Known(message.transcript or Transcript(())))
        elif name == "plain":
            found[name] = plain(model)
        else:
            engine = at.load_engine("whisper", model=model, threads=1)
            found[name] = lambda message, engine=engine: measured(message, engine)  # type: ignore[misc]
    return found


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────

FIGURES = {
    "number exact %": "exact",
    "pace within 10 %, %": "pace",
    "slow verdict %": "slow",
    "repeated verdict %": "repeated",
    "changed named %": "changed",
    "ends within 0.2 s %": "ends",
}


def table(rows: Sequence[Row], parted_by: str = "") -> Table:
    """A line for each source, split and contender, and each value of the field that parts them."""
    made = Table(
        f"The call-back number{', by ' + parted_by if parted_by else ''}",
        {"n": "d", **dict.fromkeys(FIGURES, ""), "filler F1": ""},
        "Each figure with its 95 % interval, and its n where it is of fewer messages.",
    )

    def key(row: Row) -> tuple[str, ...]:
        return row.source, row.split, row.words, *((getattr(row, parted_by),) if parted_by else ())

    for name in dict.fromkeys(key(row) for row in rows):
        own = [row for row in rows if key(row) == name]
        values = {figure: _share(own, field) for figure, field in FIGURES.items()}
        made.add(", ".join(name), n=len(own), **values, f1=_f1(own))
    return made


def _share(rows: Sequence[Row], field: str) -> str | None:
    judged = [row for row in rows if getattr(row, field) is not None]
    if not judged:
        return None
    flags = [getattr(row, field) for row in judged]
    low, high = interval(flags, groups=[row.speaker for row in judged])
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


def rows_of(part: tuple[str, int, int, Split, Sequence[str], str]) -> list[Row]:
    """The rows of one source and split: its name, n, seed, split, contenders and model."""
    source, n, seed, split, words, model = part
    if not is_there(source):
        print(f"left out: {source} is not installed")
        return []
    finders = contenders(words, model)
    return [
        row_of(message, name, find(message))
        for message in (messages(source, n, seed, split) if speakers_of(source, split) else ())
        for name, find in finders.items()
        if name != "truth" or message.transcript is not None
    ]


def main() -> None:
    """Print the table and record it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sources", nargs="+", default=SOURCES, choices=SOURCES)
    parser.add_argument("--splits", nargs="+", default=["held-out"], choices=SPLITS)
    parser.add_argument("--n", type=int, nargs="+", default=[40], help="messages of each source, or of all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--words", nargs="+", default=WORDS, choices=WORDS)
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--jobs", type=int, default=1, help="sources that are measured side by side")
    parser.add_argument("--json", type=Path, default=RESULTS / "number_accuracy.json")
    arguments = parser.parse_args()
    counts = arguments.n * len(arguments.sources) if len(arguments.n) == 1 else arguments.n
    parts = [
        (source, n, arguments.seed, split, arguments.words, arguments.model)
        for source, n in zip(arguments.sources, counts, strict=True)
        for split in arguments.splits
    ]
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("spawn")) as pool:
        rows = [row for part in pool.map(rows_of, parts) for row in part]
    made = [table(rows), table(rows, "condition"), table(rows, "kind")]
    print("\n".join(each.markdown() for each in made))
    record = {
        "command": f"number_accuracy --sources {' '.join(arguments.sources)} --n"
        f" {' '.join(map(str, counts))} --splits {' '.join(arguments.splits)} --seed {arguments.seed}"
        f" --words {' '.join(arguments.words)}",
        "machine": machine(),
        "tables": [each.as_json() for each in made],
        "columns": list(Row.__dataclass_fields__),
    }
    lines = ",\n".join(f"  {json.dumps(list(asdict(row).values()))}" for row in rows)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(f'{json.dumps(record, indent=1)[:-2]},\n "rows": [\n{lines}\n ]\n}}\n')


if __name__ == "__main__":
    main()
