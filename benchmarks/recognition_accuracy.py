"""Word error rates on real speech: aftertone and plain faster-whisper with the same weights.

    python -m benchmarks.recognition_accuracy [--models tiny.en base] [--contenders plain aftertone]
        [--sets librispeech ami mfa jfk nobody] [--band full telephone] [--json FILE]

plain       `WhisperModel.transcribe(samples, beam_size=5, word_timestamps=True, language="en")`; all other
            options are defaults
plain auto  the same without the language, for a multilingual model
aftertone   the words that the measures of `aftertone.review` use; a word that the review drops counts as
            dropped; CPU time is that of the whole review

Sets of speech, in shared/data beside the checkout:

librispeech  50 sentences of LibriSpeech test-other, read by 5 people
ami          the first 30 s of 9 meetings; people talk at the same time
mfa          14 recordings of one man: spontaneous, cut off, whispered, falsetto, laughing
jfk          one sentence of a speech of 1961
an4          99 numbers by 51 people, compared digit by digit; only with --sets an4

"nobody" stands for all sets without speech (`benchmarks.common.non_speech`); each also has its own name. Each
set is measured at its full band and as 8 kHz mu-law telephone sound. Errors are in per cent of the reference
words, by jiwer, after normalisation and without hesitations (`benchmarks.common.words`). Intervals are 95 %,
by bootstrap over speakers and recordings. A JSON file holds the counts of each recording. So a contender that
is measured later can be compared with one that was measured before.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import aftertone as at
from aftertone.language.content import MessageContent, understand
from benchmarks.common.command import parser_of, require_shared_data, write_record
from benchmarks.common.conditions import over_telephone
from benchmarks.common.machine import SHARED_DATA, machine
from benchmarks.common.non_speech import KINDS, non_speech
from benchmarks.common.plain_whisper import load_plain, plain_segments, text_of
from benchmarks.common.tables import Table, Value, interval_cell
from benchmarks.common.truth import metadata, row_label, speaker_of, speakers_cell, timed_words
from benchmarks.common.words import compared, errors_of

SETS = ("librispeech", "ami", "mfa", "jfk", "nobody")
MORE_SETS = ("an4", *KINDS)
BANDS = ("full", "telephone")
CONTENDERS = ("plain", "aftertone")
MORE_CONTENDERS = ("plain auto",)
JFK = (
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
)


@dataclass(frozen=True, slots=True)
class Item:
    """A recording and its reference text; "" where nobody speaks."""

    name: str
    recording: at.Recording
    said: str
    digits: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """The transcript of a contender."""

    text: str
    cpu_s: float
    fillers: int | None = None  # of the measure fillers.count, where the contender has it


@dataclass(frozen=True, slots=True)
class Row:
    """Counts of one recording."""

    name: str
    audio_s: float
    cpu_s: float
    words: int
    substituted: int
    dropped: int
    inserted: int
    fillers: int
    fillers_written: int
    fillers_measured: int | None

    @property
    def wrong(self) -> int:
        """Number of all errors."""
        return self.substituted + self.dropped + self.inserted


# ── sets ─────────────────────────────────────────────────────────────────────────────────────────────


def _labelled(folder: str, column: str, digits: bool = False) -> Iterator[Item]:
    for path, row in metadata(SHARED_DATA / folder):
        yield Item(path.name, at.read_audio(path), row[column], digits)


def _meetings() -> Iterator[Item]:
    """Meetings; words that were broken off end with a hyphen."""
    for path in sorted((SHARED_DATA / "ami_excerpts").glob("*.flac")):
        words = [word.text + "-" * word.is_truncated for word in timed_words(path)]
        yield Item(path.stem, at.read_audio(path), " ".join(words))


@cache
def items_of(name: str) -> tuple[Item, ...]:
    """The recordings of a set at full band."""
    if name == "librispeech":
        return tuple(_labelled("librispeech_test_other", "text"))
    if name == "ami":
        return tuple(_meetings())
    if name == "mfa":
        return tuple(_labelled("mfa", "transcript"))
    if name == "jfk":
        return (Item("jfk", at.read_audio(SHARED_DATA / "telephone" / "jfk.flac"), JFK),)
    if name == "an4":
        return tuple(_labelled("an4", "text", digits=True))
    return tuple(Item(f"{name} {number}", each, "") for number, each in enumerate(non_speech()[name]))


def expanded(sets: Iterable[str]) -> list[str]:
    """Names of sets, with "nobody" replaced by the sets without speech."""
    return [each for name in sets for each in (KINDS if name == "nobody" else (name,))]


def in_band(item: Item, band: str) -> at.Recording:
    """The recording at full band or over a telephone."""
    if band == "full":
        return item.recording
    return at.Recording.from_samples(over_telephone(item.recording.samples), 8_000)


# ── contenders ───────────────────────────────────────────────────────────────────────────────────────

Contender = Callable[[at.Recording], Written]


def plain(model: str, language: str | None = "en") -> Contender:
    """faster-whisper with the options of its manual."""
    whisper = load_plain(model)

    def write(recording: at.Recording) -> Written:
        began_s = time.process_time()
        text = text_of(plain_segments(whisper, recording, language))
        return Written(text, time.process_time() - began_s)

    return write


def aftertone(model: str) -> Contender:
    """The words that aftertone's measures use."""
    engine = at.load_engine("whisper", model=model, threads=1)

    def write(recording: at.Recording) -> Written:
        with checked_words() as words:
            began_s = time.process_time()
            review = at.review(recording, engine=engine)
            took_s = time.process_time() - began_s
        return Written(" ".join(words), took_s, review.measurements.fillers.count or 0)

    return write


@contextmanager
def checked_words() -> Iterator[list[str]]:
    """Collect the words of a review after the check against the sound.

    `Review.transcript` has the engine's words. aftertone drops those that it takes for invented.
    """
    words: list[str] = []

    def watched(*args: Any, **kwargs: Any) -> MessageContent:
        said = understand(*args, **kwargs)
        words.extend(word.text for word in said.transcript.words)
        return said

    with patch("aftertone.pipeline.understand", watched):
        yield words


def contender_of(name: str, model: str) -> Contender:
    """A contender with its weights loaded."""
    if name == "aftertone":
        return aftertone(model)
    return plain(model, None if name == "plain auto" else "en")


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────


def row_of(item: Item, written: Written) -> Row:
    """The counts of one recording."""
    reference = compared(item.said, digit_by_digit=item.digits)
    hypothesis = compared(written.text, digit_by_digit=item.digits)
    errors = errors_of(reference, hypothesis)
    return Row(
        item.name,
        round(item.recording.duration_s, 2),
        round(written.cpu_s, 3),
        errors.words,
        errors.substituted,
        errors.dropped,
        errors.inserted,
        reference.hesitation_count,
        hypothesis.hesitation_count,
        written.fillers,
    )


def speakers(name: str, rows: Iterable[Row]) -> list[str]:
    """The speaker of each recording of a set."""
    return [speaker_of(name, row.name) for row in rows]


def rate_interval(name: str, rows: Sequence[Row], wrong: Sequence[int], form: str = ".1f") -> str | None:
    """95 % interval of `wrong` in per cent of the reference words, by bootstrap over speakers."""
    words = [row.words for row in rows]
    return interval_cell([100 * each for each in wrong], words, speakers=speakers(name, rows), form=form)


def filler_f1(rows: Sequence[Row], measured: bool) -> float | None:
    """F1 of filler counts: in each recording the smaller of the true and the found count is right."""
    found = [(row.fillers_measured or 0) if measured else row.fillers_written for row in rows]
    total = sum(found) + sum(row.fillers for row in rows)
    both = sum(min(row.fillers, count) for row, count in zip(rows, found, strict=True))
    return 2 * both / total if sum(row.fillers for row in rows) else None


def invented_fillers(rows: Sequence[Row]) -> int:
    """Fillers in excess of the true count, over all recordings."""
    return sum(max(0, row.fillers_written - row.fillers) for row in rows)


Results = dict[tuple[str, str, str, str], list[Row]]  # model, set, band, contender

SPEECH = {
    "n": "d",
    "speakers": "",
    "words": "d",
    "wrong %": ".1f",
    "95 %": "",
    "substituted": "d",
    "dropped": "d",
    "inserted": "d",
    "filler F1, words": ".2f",
    "filler F1, measure": ".2f",
    "fillers invented": "d",
    "CPU s per s": ".3f",
}
DIFFERENCE = {"n": "d", "plain wrong %": ".1f", "aftertone wrong %": ".1f", "difference": "+.1f", "95 %": ""}


def tables(results: Results) -> list[Table]:
    """For each model: speech, paired differences, and sounds without speech."""
    made = []
    for model in dict.fromkeys(key[0] for key in results):
        own = {key[1:]: rows for key, rows in results.items() if key[0] == model}
        spoken = {key: rows for key, rows in own.items() if any(row.words for row in rows)}
        silent = {key: rows for key, rows in own.items() if key not in spoken}
        every = [_speech(model, spoken), _differences(model, spoken), _without_speech(model, silent)]
        made += [table for table in every if table.rows]
    return made


def _speech(model: str, results: Mapping[tuple[str, str, str], Sequence[Row]]) -> Table:
    table = Table(f"{model}: speech", SPEECH)
    for key, rows in results.items():
        name, band, contender = key
        words, wrong = sum(row.words for row in rows), [row.wrong for row in rows]
        table.add(
            row_label("words", name, band, contender) if contender == "aftertone" else ", ".join(key),
            n=len(rows),
            speakers=speakers_cell(name, speakers(name, rows)),
            words=words,
            wrong=100 * sum(wrong) / words,
            interval=rate_interval(name, rows, wrong),
            substituted=sum(row.substituted for row in rows),
            dropped=sum(row.dropped for row in rows),
            inserted=sum(row.inserted for row in rows),
            f1=filler_f1(rows, measured=False),
            measured=filler_f1(rows, measured=True) if contender == "aftertone" else None,
            invented=invented_fillers(rows),
            cpu=sum(row.cpu_s for row in rows) / sum(row.audio_s for row in rows),
        )
    return table


def _differences(model: str, results: Mapping[tuple[str, str, str], Sequence[Row]]) -> Table:
    """Errors of both contenders on the same recordings."""
    table = Table(f"{model}: aftertone minus plain, paired by recording", DIFFERENCE)
    for (name, band, contender), ours in results.items():
        theirs = results.get((name, band, "plain"))
        if contender != "aftertone" or not theirs or [r.name for r in theirs] != [r.name for r in ours]:
            continue
        words = sum(row.words for row in ours)
        more = [our.wrong - their.wrong for our, their in zip(ours, theirs, strict=True)]
        table.add(
            row_label("words", name, band),
            n=len(ours),
            plain=100 * sum(row.wrong for row in theirs) / words,
            ours=100 * sum(row.wrong for row in ours) / words,
            difference=100 * sum(more) / words,
            interval=rate_interval(name, ours, more, "+.1f"),
        )
    return table


def _without_speech(model: str, results: Mapping[tuple[str, str, str], Sequence[Row]]) -> Table:
    """Words invented in each kind of sound, and in all."""
    by_row: dict[tuple[str, str], dict[str, Sequence[Row]]] = {}
    for (name, band, contender), rows in results.items():
        by_row.setdefault((name, contender), {})[band] = rows
        every = by_row.setdefault(("all", contender), {})
        every[band] = [*every.get(band, ()), *rows]
    bands = list(dict.fromkeys(key[1] for key in results))
    columns = {"n": "d", "minutes": ".1f"}
    for band in bands:
        columns |= {f"{band}, words": "d", f"{band}, per min": ".1f", f"{band}, CPU s per s": ".3f"}
    table = Table(f"{model}: sounds without speech", columns)
    for (name, contender), found in sorted(by_row.items(), key=lambda each: each[0][0] == "all"):
        first = next(iter(found.values()))
        values: dict[str, Value] = {"n": len(first), "minutes": sum(row.audio_s for row in first) / 60}
        for band in bands:
            rows = found.get(band, ())
            audio_s = sum(row.audio_s for row in rows)
            words = sum(row.inserted + row.fillers_written for row in rows)
            values |= {
                f"{band} words": words if rows else None,
                f"{band} rate": 60 * words / audio_s if rows else None,
                f"{band} cpu": sum(row.cpu_s for row in rows) / audio_s if rows else None,
            }
        table.add(f"{name}, {contender}", **values)
    return table


def read_results(path: Path) -> Results:
    """The counts of a record."""
    record = json.loads(path.read_text(encoding="utf-8"))
    columns = record["columns"]
    return {
        tuple(name.split(" | ")): [Row(**dict(zip(columns, row, strict=True))) for row in rows]
        for name, rows in record["results"].items()
    }


def write_results(path: Path, results: Results) -> None:
    """Write the counts of each recording, without any text."""
    record = {
        "machine": machine(),
        "columns": list(Row.__dataclass_fields__),
        "results": {
            " | ".join(key): [list(asdict(row).values()) for row in rows] for key, rows in results.items()
        },
    }
    write_record(path, record)


def main() -> None:
    """Measure, print and record."""
    parser = parser_of(__doc__)
    parser.add_argument("--models", nargs="+", default=["tiny.en", "base"], help="names or folders")
    parser.add_argument("--contenders", nargs="+", default=CONTENDERS, choices=CONTENDERS + MORE_CONTENDERS)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS + MORE_SETS)
    parser.add_argument("--band", nargs="+", default=BANDS, choices=BANDS)
    parser.add_argument("--limit", type=int, help="recordings of each set")
    parser.add_argument("--json", type=Path, help="record here; results of other contenders stay")
    parser.add_argument("--texts", type=Path, help="write reference and transcript, one line each")
    parser.add_argument("--show", type=Path, help="print a record and measure nothing")
    args = parser.parse_args()
    if args.show:
        print("\n".join(table.markdown() for table in tables(read_results(args.show))))
        return
    require_shared_data()
    results: Results = {}
    texts = []
    for model in args.models:
        for contender in args.contenders:
            write = contender_of(contender, model)
            write(at.Recording.from_samples(np.zeros(16_000), 16_000))  # so that late loading is not timed
            for name in expanded(args.sets):
                for band in args.band:
                    rows = []
                    for item in items_of(name)[: args.limit]:
                        written = write(in_band(item, band))
                        rows.append(row_of(item, written))
                        key = (Path(model).name, name, band, contender)
                        texts.append([*key, item.name, rows[-1].wrong, item.said, written.text])
                    results[key] = rows
    if args.json and args.json.is_file():
        results = _in_order({**read_results(args.json), **results})
    print("\n".join(table.markdown() for table in tables(results)))
    if args.json:
        write_results(args.json, results)
    if args.texts:
        args.texts.write_text("".join(json.dumps(each) + "\n" for each in texts))


def _in_order(results: Results) -> Results:
    """Results in the order of one run: by model, set, band, contender."""
    sets = [*SETS, *MORE_SETS]
    contenders = CONTENDERS + MORE_CONTENDERS
    models = list(dict.fromkeys(key[0] for key in results))
    return dict(
        sorted(
            results.items(),
            key=lambda each: (
                models.index(each[0][0]),
                sets.index(each[0][1]),
                BANDS.index(each[0][2]),
                contenders.index(each[0][3]),
            ),
        )
    )


if __name__ == "__main__":
    main()
