"""Write the tables of accuracy and speed in the documents, from the records in benchmarks/results.

    python -m benchmarks.accuracy_tables            # print the tables of README.md
    python -m benchmarks.accuracy_tables --write    # write all tables into README.md and docs/

A document marks the place of a table:

    <!-- table: words -->
    …
    <!-- end of table -->

The command replaces the text between the marks. A test compares the documents with the records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks import measure_errors, number_accuracy, recognition_accuracy, sample_accuracy
from benchmarks.common.command import parser_of, read_record
from benchmarks.common.machine import RESULTS, ROOT
from benchmarks.common.tables import LEAST_RECORDINGS, TUNED, Table, Value, interval_cell
from benchmarks.common.truth import mark, speakers_cell

MARKED = re.compile(r"(<!-- table: ([\w ]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)

SETS = {
    "librispeech": "LibriSpeech test-other, read",
    "ami": "meetings",
    "mfa": "one man, odd speech",
    "jfk": "one sentence of 1961",
    "an4": "numbers, digit by digit",
}
NUMBERS = {
    "an4": "strangers (an4)",
    "moshi_numbers": "one reader (moshi_numbers)",
    "fsdd": "digit by digit (fsdd)",
    "natural": "natural voices",
}
BANDS = {"full": "full band", "telephone": "8 kHz"}
CONTENDERS = {"plain": "faster-whisper", "aftertone": "aftertone"}
ACOUSTIC_TASKS = ("vad", "silence", "pitch", "nuclei", "tones", "filled_pauses", "level", "robustness")


def with_interval(figure: Value, ends: Value, form: str) -> str:
    """A figure, with its interval in brackets where it has one.

    >>> with_interval(3.21, "2.0 to 4.1", ".1f"), with_interval(3.21, None, ".1f")
    ('3.2 (2.0 to 4.1)', '3.2')
    """
    if figure is None:
        return "-"
    return format(figure, form) + (f" ({ends})" if ends else "")


# ---- README.md -------------------------------------------------------------------------------------------


def in_brief() -> Table:
    """Errors of aftertone and plain faster-whisper, base, on people and on voices for reports."""
    table = Table(
        "Errors, %",
        {"n": "d", "speakers": "", **dict.fromkeys(CONTENDERS.values(), "")},
        "In brackets: 95 % interval by bootstrap over speakers, then recordings.",
    )
    results = recognition_accuracy.read_results(RESULTS / "recognition_accuracy.json")
    for name, said in (("librispeech", "sentences read aloud"), ("ami", "meetings")):
        own = {each: results["base", name, "full", each] for each in CONTENDERS}
        rows = own["aftertone"]
        table.add(
            f"words wrong, {said}{mark('words', name)}",
            n=len(rows),
            speakers=speakers_cell(name, recognition_accuracy.speakers(name, rows)),
            **{each: _wrong(name, found) for each, found in own.items()},
        )
    held_out = [row for row in number_rows() if row.split == "held-out" and row.kind != "cut"]
    for name, label in NUMBERS.items():
        numbers = {each: [r for r in held_out if (r.source, r.words) == (name, each)] for each in CONTENDERS}
        table.add(
            f"call-back number wrong, {label.partition(' (')[0]}{mark('number', name)}",
            n=len(numbers["aftertone"]),
            speakers=str(len({row.speaker for row in numbers["aftertone"]})),
            **{each: _number_wrong(found) for each, found in numbers.items()},
        )
    return table


def _number_wrong(rows: Sequence[number_accuracy.Row]) -> str:
    wrong = [not row.exact for row in rows]
    ends = interval_cell(wrong, speakers=[row.speaker for row in rows], form=".0%")
    return with_interval(100 * sum(wrong) / len(rows), ends and ends.replace("%", ""), ".0f")


def whole_process_time() -> Table:
    """Time of whole processes, beside a script that only transcribes."""
    stored = read_record("whole_process")
    table = Table(
        f"{stored['model']}, {stored['machine']['cores']} cores, {stored['rounds']} pairs",
        {
            "n": "d",
            "seconds of sound": ",.0f",
            "faster-whisper, s": ".1f",
            "aftertone, s": ".1f",
            "ratio": ".2f",
        },
    )
    for name, found in stored["works"].items():
        table.add(
            name,
            n=found["recordings"],
            sound=found["audio_s"],
            script=found["script"]["wall_s"],
            ours=found["aftertone"]["wall_s"],
            ratio=found["ratio"],
        )
    return table


def acoustic_speed() -> Table:
    """Time of all acoustic measures, beside peers for some of them."""
    stored = read_record("acoustic_speed")
    table = Table(
        f"{stored['seconds']:.0f} s of sound at 16 kHz",
        {"CPU ms": ",.1f", "times real time": ",.0f", "time over aftertone's": ".2f"},
    )
    for name, found in sorted(stored["rows"].items(), key=lambda row: row[1]["median_ms"]):
        table.add(name, **{key: found[key] for key in ("median_ms", "times_real_time", "over_aftertone")})
    return table


# ---- words ----------------------------------------------------------------------------------------------


def words() -> Table:
    """Word error rates on people, and words invented in sounds without speech."""
    results = recognition_accuracy.read_results(RESULTS / "recognition_accuracy.json")
    models = list(dict.fromkeys(key[0] for key in results))
    columns = [(model, contender) for model in models for contender in CONTENDERS]
    table = Table(
        "Words wrong on people, %",
        {"n": "d", "speakers": "", "words": "d"} | {f"{m}: {CONTENDERS[c]}": "" for m, c in columns},
        "In brackets: 95 % interval by bootstrap over speakers, then recordings.",
    )
    for name, band in dict.fromkeys(key[1:3] for key in results):
        if name not in SETS:
            continue
        own = {column: results[column[0], name, band, column[1]] for column in columns}
        rows = next(iter(own.values()))
        table.add(
            f"{SETS[name]}, {BANDS[band]}{mark('words', name)}",
            n=len(rows),
            speakers=speakers_cell(name, recognition_accuracy.speakers(name, rows)),
            words=sum(row.words for row in rows),
            **{f"{m} {c}": _wrong(name, found) for (m, c), found in own.items()},
        )
    for band in BANDS:
        silent = {
            column: [
                row
                for key, rows in results.items()
                if (key[0], key[3]) == column and key[2] == band and key[1] not in SETS
                for row in rows
            ]
            for column in columns
        }
        rows = next(iter(silent.values()))
        table.add(
            f"words a minute in sounds without speech, {BANDS[band]}",
            n=len(rows),
            speakers=None,
            words=0,
            **{f"{m} {c}": _per_min(found) for (m, c), found in silent.items()},
        )
    return table


def _wrong(name: str, rows: Sequence[recognition_accuracy.Row]) -> str:
    wrong = [row.wrong for row in rows]
    ends = recognition_accuracy.rate_interval(name, rows, wrong)
    return with_interval(100 * sum(wrong) / sum(row.words for row in rows), ends, ".1f")


def _per_min(rows: Sequence[recognition_accuracy.Row]) -> str:
    written = sum(row.inserted + row.fillers_written for row in rows)
    return f"{60 * written / sum(row.audio_s for row in rows):.1f}"


def recognition() -> Iterator[Table]:
    """All recorded tables of words."""
    yield from recognition_accuracy.tables(
        recognition_accuracy.read_results(RESULTS / "recognition_accuracy.json")
    )


def number() -> Table:
    """The call-back number in composed messages, by corpus and contender; people come first."""
    rows = [row for row in number_rows() if row.kind != "cut"]
    rows.sort(key=lambda row: row.source == "natural")
    figures = {name: field for name, field in number_accuracy.FIGURES.items() if field != "trusted"}
    made = number_accuracy.table(rows, figures=figures)
    table = Table("The call-back number", {"n": "d", "speakers": "", **made.columns}, made.note)
    for label, values in made.rows:
        source, split, contender = label.split(", ")
        speakers = {
            row.speaker for row in rows if (row.source, row.split, row.words) == (source, split, contender)
        }
        label = f"{NUMBERS[source]}, {contender}{TUNED if split == 'fit' else mark('number', source)}"
        table.rows.append((label, {"speakers": str(len(speakers)), **values}))
    return table


def number_in_full() -> Iterator[Table]:
    """All recorded tables of the number: accuracy, numbers in recordings without one, and calibration."""
    yield from number_accuracy.tables(number_rows())
    if (RESULTS / "number_invented.json").is_file():
        yield Table.of_json(read_record("number_invented")["table"])
    if (RESULTS / "number_calibration.json").is_file():
        yield from map(Table.of_json, read_record("number_calibration")["tables"])


def word_times() -> Iterator[Table]:
    """Word times and fillers, beside plain and prompted Whisper."""
    yield from map(Table.of_json, read_record("word_times")["tables"])


def number_rows() -> list[number_accuracy.Row]:
    """The recorded row of each message."""
    stored = read_record("number_accuracy")
    return [number_accuracy.Row(**dict(zip(stored["columns"], row, strict=True))) for row in stored["rows"]]


def fillers() -> Table:
    """Filled pauses, by source of the words."""
    stored = read_record("words_accuracy")
    onset, both = stored["fillers, onset"], stored["fillers, both edges"]
    sources = {
        "truth": "truth",
        "stripped": "truth without fillers",
        "smeared": "the same, with each filler's time given to the next word",
        "whisper": "whisper base",
        "no words": "none: the sound alone",
    }
    names = {"ami": "meetings", "mfa": "one man", "sample_audio": "practice messages"}
    sets = {name: label + mark("filled_pauses", name) for name, label in names.items()}
    columns = {name: f"{label}: {onset[f'{name}, truth']['true']}" for name, label in sets.items()}
    table = Table(
        "Filled pauses, F1 by onset within 0.1 s (both edges): right, wrong",
        dict.fromkeys(columns.values(), ""),
    )
    for kind, label in sources.items():
        values = {}
        for name in columns:
            key = f"{name}, {kind}"
            if key not in onset:
                continue
            row = onset[key]
            counts = f"{row['right']}, {row['found'] - row['right']}"
            values[name] = f"{row['f1']:.2f} ({both[key]['f1']:.2f}): {counts}"
        if values:
            table.add(label, **values)
    return table


# ---- sound ----------------------------------------------------------------------------------------------

MEASURES = {  # measure: task and title of its table in the record
    "speech or silence, frames wrong %": ("vad", "Speech or silence: wrong frames of 10 ms, %"),
    "pauses, F1": ("silence", "Pauses of 0.25 s and more: F1"),
    "syllables, error of the count %": (
        "nuclei",
        "Syllable nuclei: mean error of the count per recording, %",
    ),
    "pitch, wrong voicing, % of frames": ("pitch", "Pitch: wrong voicing decisions, % of frames"),
    "pitch, gross errors %": ("pitch", "Pitch: gross errors, %"),
}
CONDITIONS = ("clean", "telephone")


def sound() -> Table:
    """The acoustic measures on people, beside their best peers."""
    tasks = read_record("acoustic_accuracy")["tasks"]
    table = Table(
        "The sound, on people",
        {"n": "d", "speakers": ""}
        | {f"{contender}, {each}": "" for each in CONDITIONS for contender in ("aftertone", "best peer")},
        "In brackets: 95 % interval by bootstrap over speakers, then recordings; for one speaker over "
        "recordings. The best peer is the one with the smallest error in its row. Sets of fewer than "
        f"{LEAST_RECORDINGS} recordings are left out.",
    )
    for measure, (task, title) in MEASURES.items():
        (stored,) = (each for each in map(Table.of_json, tasks[task]) if each.title == title)
        for corpus, by_condition in _by_corpus(stored).items():
            first = by_condition[CONDITIONS[0]]
            if corpus.startswith("sample_audio") or int(first["n"] or 0) < LEAST_RECORDINGS:
                continue
            table.add(
                f"{measure}: {corpus}",
                n=first["n"],
                speakers=first["speakers"],
                **{
                    f"{condition} {contender}": text
                    for condition in CONDITIONS
                    for contender, text in _beside(
                        by_condition[condition], stored.columns["aftertone"]
                    ).items()
                },
            )
    return table


def _by_corpus(table: Table) -> dict[str, dict[str, Mapping[str, Value]]]:
    """Rows labelled "corpus, condition", by corpus and condition; the mark stays with the corpus."""
    found: dict[str, dict[str, Mapping[str, Value]]] = {}
    for label, values in table.rows:
        corpus, condition = label.removesuffix(TUNED).split(", ")
        found.setdefault(corpus + TUNED * label.endswith(TUNED), {})[condition] = values
    return found


def _beside(values: Mapping[str, Value], form: str) -> dict[str, str]:
    peer = values["best peer"]
    theirs = with_interval(values[str(peer)], values["its 95 %"], form) if peer else "-"
    return {
        "ours": with_interval(values["aftertone"], values["95 %"], form),
        "theirs": f"{peer}: {theirs}" if peer else "-",
    }


def acoustic(task: str) -> Iterator[Table]:
    """All recorded tables of an acoustic task."""
    yield from map(Table.of_json, read_record("acoustic_accuracy")["tasks"][task])


# ---- practice messages ----------------------------------------------------------------------------------


def practice_by_condition() -> Iterator[Table]:
    """Practice messages by condition, and the other recordings."""
    yield from sample_accuracy.tables(_practice_rows())


def _practice_rows() -> dict[str, list[sample_accuracy.Row]]:
    return sample_accuracy.read_rows(read_record("sample_accuracy"))


# ---- documents ------------------------------------------------------------------------------------------


def bare(table: Callable[[], Table]) -> str:
    """A table without its title, with its note."""
    made = table()
    return "\n\n".join(filter(None, (made.lines(), made.notes())))


def whole(tables: Callable[[], Iterable[Table]], level: int = 3) -> str:
    """Tables with their titles."""
    return "\n".join(table.markdown(level) for table in tables()).strip()


def standard_errors() -> str:
    """The standard error of each measure that has one."""
    rows = (
        measure_errors.row(measure_errors.Error(**each)) for each in read_record("measure_errors")["errors"]
    )
    return "\n".join(("| measure | standard error | n | compared with |", "|---|---|---:|---|", *rows))


SUMMARY: dict[str, Callable[[], str]] = {
    "in brief": partial(bare, in_brief),
    "whole process": partial(bare, whole_process_time),
}
BLOCKS: dict[str, Callable[[], str]] = {
    **SUMMARY,
    "words": partial(bare, words),
    "number": partial(bare, number),
    "fillers": partial(bare, fillers),
    "sound": partial(bare, sound),
    "acoustic speed": partial(bare, acoustic_speed),
    "standard errors": standard_errors,
    "recognition": partial(whole, recognition),
    "number in full": partial(whole, number_in_full),
    "word times": partial(whole, word_times),
    "practice by condition": partial(whole, practice_by_condition),
    **{f"acoustic {task}": partial(whole, partial(acoustic, task)) for task in ACOUSTIC_TASKS},
}


def rewritten(page: str) -> str:
    """A document with its tables written anew from the records."""
    return MARKED.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}\n{found[3]}", page)


def pages() -> Iterator[Path]:
    """The documents with tables of this command."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        if MARKED.search(path.read_text(encoding="utf-8")):
            yield path


def main() -> None:
    """Print the tables of README.md, or write all tables."""
    parser = parser_of(__doc__)
    parser.add_argument("--write", action="store_true", help="write all tables into README.md and docs/")
    arguments = parser.parse_args()
    if not arguments.write:
        print("\n\n".join(f"## {name}\n\n{block()}" for name, block in SUMMARY.items()))
        return
    for path in pages():
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
