"""Word times and fillers on people's speech: plain Whisper, prompted Whisper, aftertone.

    python -m benchmarks.word_times [--model base] [--n 24] [--json benchmarks/results/word_times.json]

plain      `WhisperModel.transcribe(samples, beam_size=5, word_timestamps=True, language="en")`
prompted   aftertone's whisper engine: verbatim, times from the cross-attention
aftertone  the words and fillers of a review: the same words, their times by forced alignment

Edges: words of the transcript that are a true word, in order (`difflib`), by the start and the end of each.
Words that another speaker talks over are left out. In meetings a word is labelled up to the next one, pauses
included, so ends are far off for every contender.

Fillers: events by onset within 0.1 s of a true one's, each matched once (`mir_eval.util.match_events`).
Invented: filled pauses a minute in speech without any; nobody has labelled the telephone recordings.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import aftertone as at
from aftertone.acoustics.analysis import listen
from aftertone.language.brief import Brief
from aftertone.language.content import understand
from aftertone.language.fillers import fillers, is_filled_pause
from aftertone.language.tokens import spoken_words
from aftertone.language.transcript import Transcript, Word
from aftertone.language.word_times import with_word_times
from benchmarks.common.machine import RESULTS, SHARED_DATA, machine
from benchmarks.common.tables import TUNED, Table
from benchmarks.common.truth import over_telephone
from benchmarks.composed_messages import messages
from benchmarks.recognition_accuracy import folder_of
from benchmarks.words_accuracy import fluent_sets, meeting_cases, score, timed_cases

BANDS = ("full", "8 kHz")
CONTENDERS = ("plain", "prompted", "aftertone")
TUNED_ON = ("meetings", "one man")  # bounds of the alignment were chosen on them
FAR_S = 3.0  # words of one text that are farther apart are two words
OVERLAP_S = 0.05  # of a word with another speaker's, that leaves it out

Words = tuple[Word, ...]
Writer = Callable[[at.Recording], dict[str, Words]]


@dataclass(frozen=True, slots=True)
class Item:
    """A recording and its true words; `timed` are those whose times count; None without labels."""

    recording: at.Recording
    words: Words | None
    timed: frozenset[int] = frozenset()


def labelled(recording: at.Recording, words: Words) -> Item:
    """A recording whose words are known; those that are talked over do not count."""
    apart = frozenset(
        at_index
        for at_index, word in enumerate(words)
        if not any(
            other is not word and word.interval.overlap_s(other.interval) > OVERLAP_S for other in words
        )
    )
    return Item(recording, words, apart)


def in_band(item: Item, band: str) -> Item:
    """The item as it is, or over a telephone."""
    if band == "full":
        return item
    narrow = at.Recording.from_samples(over_telephone(item.recording.samples), 8_000)
    return Item(narrow, item.words, item.timed)


def sets(n: int) -> Iterator[tuple[str, list[Item]]]:
    """The recordings with timed words: meetings, one man, natural voices."""
    yield "meetings", [labelled(at.read_audio(case.path), case.words) for case in meeting_cases()]
    yield "one man", [labelled(at.read_audio(case.path), case.words) for case in timed_cases()]
    clean = (each for each in messages("natural", n) if each.condition.name == "clean" and each.transcript)
    yield (
        "natural voices",
        [labelled(each.recording, each.transcript.words) for each in clean if each.transcript],
    )


def fluent() -> Iterator[tuple[str, list[Item]]]:
    """English speech without fillers."""
    for name, paths in fluent_sets().items():
        if "EmoDB" not in name:
            yield name, [Item(at.read_audio(path), None) for path in paths]


def writer(model: str) -> Writer:
    """The words of a recording by each contender."""
    from faster_whisper import WhisperModel

    whisper = WhisperModel(folder_of(model), device="cpu", compute_type="int8", cpu_threads=1)
    engine = at.load_engine("whisper", model=model, threads=1)

    def write(recording: at.Recording) -> dict[str, Words]:
        segments, _ = whisper.transcribe(recording.samples, beam_size=5, word_timestamps=True, language="en")
        plain = tuple(
            Word(word.word.strip(), float(word.start), float(word.end))
            for segment in segments
            for word in segment.words or ()
        )
        transcript, sound = engine.transcribe(recording), listen(recording)
        ours = understand(with_word_times(transcript, sound), sound, Brief()).transcript.words
        return {"plain": plain, "prompted": transcript.words, "aftertone": ours}

    return write


@cache
def _bare(text: str) -> str:
    parts = spoken_words(text)
    bare = re.sub(r"[^a-z']", "", parts[0].lower()) if len(parts) == 1 else ""
    return "um" if is_filled_pause(bare) else bare


def errors_s(item: Item, found: Words) -> list[tuple[float, float]]:
    """Errors of the start and the end of each true word that was found, in s."""
    words = item.words or ()
    said, written = ([_bare(word.text) for word in each] for each in (words, found))
    blocks = difflib.SequenceMatcher(None, said, written, autojunk=False).get_matching_blocks()
    pairs = [(block.a + k, block.b + k) for block in blocks for k in range(block.size)]
    return [
        (abs(words[one].start_s - found[other].start_s), abs(words[one].end_s - found[other].end_s))
        for one, other in pairs
        if one in item.timed and said[one] and abs(words[one].start_s - found[other].start_s) < FAR_S
    ]


def edges_table(found: dict[tuple[str, str], list[tuple[Item, dict[str, Words]]]]) -> Table:
    """Errors of the words' edges."""
    columns = ("words", "starts, median ms", "mean", "ends, median ms", "mean ", "edges, median ms", "mean  ")
    table = Table("Word times", dict.fromkeys(columns, ".0f") | {"words": "d"})
    for (name, band), rows in found.items():
        for contender in CONTENDERS:
            errors = [pair for item, words in rows for pair in errors_s(item, words[contender])]
            both_ms = 1000 * np.array(errors)
            mark = TUNED if name in TUNED_ON and contender == CONTENDERS[-1] else ""
            table.add(
                f"{name}, {band}, {contender}{mark}",
                n=len(errors),
                **{
                    f"{edge} {kind}": float(figure(part))
                    for edge, part in (("start", both_ms[:, 0]), ("end", both_ms[:, 1]), ("both", both_ms))
                    for kind, figure in (("median", np.median), ("mean", np.mean))
                },
            )
    return table


def fillers_table(found: dict[tuple[str, str], list[tuple[Item, dict[str, Words]]]]) -> Table:
    """Filled pauses as events."""
    columns = {"true": "d", "found": "d", "right": "d", "precision": ".2f", "recall": ".2f", "F1": ".2f"}
    table = Table("Fillers, by onset within 0.1 s", columns)
    for (name, band), rows in found.items():
        for contender in CONTENDERS:
            pairs = [
                (
                    [word for word in item.words or () if is_filled_pause(word.text)],
                    [each for each in fillers(Transcript(words[contender])) if each.kind == "filled_pause"],
                )
                for item, words in rows
            ]
            all_ = score(pairs, edges="onset")
            kept = all_.as_dict
            table.add(
                f"{name}, {band}, {contender}",
                true=all_.true,
                found=all_.found,
                right=all_.right,
                precision=kept["precision"],
                recall=kept["recall"],
                f1=kept["f1"],
            )
    return table


def invented_table(found: dict[tuple[str, str], list[tuple[Item, dict[str, Words]]]]) -> Table:
    """Filled pauses in a minute of fluent speech."""
    columns = {"minutes": ".1f"} | {f"{each}, per min": ".2f" for each in CONTENDERS}
    table = Table("Fillers in speech without any", columns)
    for (name, band), rows in found.items():
        minutes = sum(item.recording.duration_s for item, _ in rows) / 60
        counts = {
            each: sum(is_filled_pause(word.text) for _, words in rows for word in words[each]) / minutes
            for each in CONTENDERS
        }
        table.add(f"{name}, {band}", minutes=minutes, **counts)
    return table


def heard(
    items: Iterator[tuple[str, list[Item]]], write: Writer
) -> dict[tuple[str, str], list[tuple[Item, dict[str, Words]]]]:
    """What each contender writes of each set in each band."""
    return {
        (name, band): [(item, write(item.recording)) for item in (in_band(each, band) for each in own)]
        for name, own in items
        for band in BANDS
    }


def tables(timed: Sequence[tuple[str, list[Item]]], write: Writer) -> Iterator[Table]:
    """All tables."""
    found = heard(iter(timed), write)
    yield edges_table(found)
    yield fillers_table(found)
    yield invented_table(heard(fluent(), write))


def main() -> None:
    """Print the tables and record them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--n", type=int, default=24, help="natural messages; a quarter is clean")
    parser.add_argument("--json", type=Path, default=RESULTS / "word_times.json")
    arguments = parser.parse_args()
    if not SHARED_DATA.is_dir():
        raise SystemExit("shared/data was not found beside the checkout")
    made = list(tables(list(sets(arguments.n)), writer(arguments.model)))
    print("\n".join(each.markdown() for each in made))
    record = {
        "command": f"word_times --model {Path(arguments.model).name} --n {arguments.n}",
        "machine": machine(),
        "tables": [each.as_json() for each in made],
    }
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
