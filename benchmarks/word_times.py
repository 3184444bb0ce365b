"""Word times and fillers on people's speech: plain Whisper, prompted Whisper, aftertone.

    python -m benchmarks.word_times [--model base] [--n 24] [--json benchmarks/results/word_times.json]

plain      `WhisperModel.transcribe(samples, beam_size=5, word_timestamps=True, language="en")`
prompted   aftertone's whisper engine: verbatim, with times from the cross-attention
aftertone  the words and fillers of a review: the same words, with times by forced alignment

Word times: errors of starts and ends of words that match a true word, in order (`difflib`). Words that
another speaker talks over are left out. In meetings the label of a word reaches to the next word, pauses
included, so that errors of ends are large for every contender.

Fillers: an event is right where its onset is within 0.1 s of a true one's; each is matched once
(`mir_eval.util.match_events`). Invented: filled pauses a minute in speech without any. The telephone
recordings are not labelled.
"""

from __future__ import annotations

import difflib
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
from aftertone.language.transcript import Transcript
from aftertone.language.word_times import with_word_times
from benchmarks.common.command import parser_of, require_shared_data, write_record
from benchmarks.common.conditions import over_telephone
from benchmarks.common.machine import RESULTS, machine
from benchmarks.common.plain_whisper import load_plain, plain_segments, words_of
from benchmarks.common.tables import TUNED, Table
from benchmarks.common.timed_recordings import Words, fluent_sets, meetings, one_man, score
from benchmarks.composed_messages import messages

BANDS = ("full", "8 kHz")
CONTENDERS = ("plain", "prompted", "aftertone")
TUNED_ON = ("meetings", "one man")  # settings of the alignment were chosen on them
MATCH_S_MAX = 3.0  # two equal words farther apart do not match
OVERLAP_S_MAX = 0.05  # a word that overlaps another speaker's by more is left out

Writer = Callable[[at.Recording], dict[str, Words]]


@dataclass(frozen=True, slots=True)
class Item:
    """A recording with its true words, or None without labels; `timed` are indices of words that count."""

    recording: at.Recording
    words: Words | None
    timed: frozenset[int] = frozenset()


def labelled(recording: at.Recording, words: Words) -> Item:
    """A recording with its true words. Words that another speaker talks over do not count."""
    apart = frozenset(
        index
        for index, word in enumerate(words)
        if not any(
            other is not word and word.interval.overlap_s(other.interval) > OVERLAP_S_MAX for other in words
        )
    )
    return Item(recording, words, apart)


def in_band(item: Item, band: str) -> Item:
    """The item at full band or over a telephone."""
    if band == "full":
        return item
    narrow = at.Recording.from_samples(over_telephone(item.recording.samples), 8_000)
    return Item(narrow, item.words, item.timed)


def sets(n: int) -> Iterator[tuple[str, list[Item]]]:
    """Recordings with timed words: meetings, one man, natural voices."""
    yield "meetings", [labelled(at.read_audio(case.path), case.words) for case in meetings()]
    yield "one man", [labelled(at.read_audio(case.path), case.words) for case in one_man()]
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
    whisper = load_plain(model)
    engine = at.load_engine("whisper", model=model, threads=1)

    def write(recording: at.Recording) -> dict[str, Words]:
        plain = words_of(plain_segments(whisper, recording))
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
    """Errors of start and end, in s, of each true word that is found."""
    words = item.words or ()
    true, transcribed = ([_bare(word.text) for word in each] for each in (words, found))
    blocks = difflib.SequenceMatcher(None, true, transcribed, autojunk=False).get_matching_blocks()
    pairs = [(block.a + k, block.b + k) for block in blocks for k in range(block.size)]
    return [
        (abs(words[one].start_s - found[other].start_s), abs(words[one].end_s - found[other].end_s))
        for one, other in pairs
        if one in item.timed and true[one] and abs(words[one].start_s - found[other].start_s) < MATCH_S_MAX
    ]


def edges_table(found: dict[tuple[str, str], list[tuple[Item, dict[str, Words]]]]) -> Table:
    """Errors of word times."""
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
            total = score(pairs, edges="onset")
            figures = total.as_dict
            table.add(
                f"{name}, {band}, {contender}",
                true=total.true,
                found=total.found,
                right=total.right,
                precision=figures["precision"],
                recall=figures["recall"],
                f1=figures["f1"],
            )
    return table


def invented_table(found: dict[tuple[str, str], list[tuple[Item, dict[str, Words]]]]) -> Table:
    """Filled pauses a minute in fluent speech."""
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


def transcribed(
    items: Iterator[tuple[str, list[Item]]], write: Writer
) -> dict[tuple[str, str], list[tuple[Item, dict[str, Words]]]]:
    """The words of each contender, by set and band."""
    return {
        (name, band): [(item, write(item.recording)) for item in (in_band(each, band) for each in own)]
        for name, own in items
        for band in BANDS
    }


def tables(timed: Sequence[tuple[str, list[Item]]], write: Writer) -> Iterator[Table]:
    """All tables."""
    found = transcribed(iter(timed), write)
    yield edges_table(found)
    yield fillers_table(found)
    yield invented_table(transcribed(fluent(), write))


def main() -> None:
    """Print the tables and record them."""
    parser = parser_of(__doc__)
    parser.add_argument("--model", default="base", help="name or folder of whisper weights")
    parser.add_argument("--n", type=int, default=24, help="natural messages; the clean quarter is used")
    parser.add_argument("--json", type=Path, default=RESULTS / "word_times.json")
    arguments = parser.parse_args()
    require_shared_data()
    made = list(tables(list(sets(arguments.n)), writer(arguments.model)))
    print("\n".join(each.markdown() for each in made))
    record = {
        "command": f"word_times --model {Path(arguments.model).name} --n {arguments.n}",
        "machine": machine(),
        "tables": [each.as_json() for each in made],
    }
    write_record(arguments.json, record)


if __name__ == "__main__":
    main()
