"""How well the call-back number is found, timed and judged, on messages composed of real people's digits.

    python -m benchmarks.number_accuracy [--n 400] [--engine truth|sphinx|both] [--jobs 2] [--seed 0]

Words come from a replay of the truth; from the embedded engine ("sphinx"); and from the embedded engine with
its second look ("sphinx, looked at again"), from the same first hearing. `--words FOLDER` keeps what was
heard there, words and digits, and takes what it has: after a change of the recogniser, name a new folder.
Digits alone are heard by the net that never heard their speaker (benchmarks/digit_nets). jackson and theo
were tuned on: the others are reported apart.

    python -m benchmarks.number_accuracy --invented [--n 70] [--jobs 2]

counts the numbers that the embedded engine invents where none was said: people's speech, practice messages
without a number, and noise, recorded and made. At most the first 10 s of each, and `--n` of them, spread.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.sound import listen
from aftertone.acoustics.spoken_digits import DigitEvidence, stored_net
from aftertone.language.brief import Brief
from aftertone.language.engines.digit_grammar import DigitEar
from aftertone.language.pieces import edits
from aftertone.language.said import understand
from aftertone.language.second_look import text_of
from aftertone.language.transcript import (
    HeardDigit,
    HearsDigits,
    Transcript,
    read_transcript,
    write_transcript,
)
from aftertone.measurements import Measurements
from aftertone.measurements.words import Number
from benchmarks.composed_numbers import Message, message
from benchmarks.digit_accuracy import UNHEARD
from benchmarks.machine import RESULTS, ROOT, SHARED_DATA, machine
from benchmarks.words_accuracy import made_noises, unseen_noises

TUNED_ON = ("jackson", "theo")
_PAD_S = 0.2  # of silence, which a recogniser wants round speech
EDGE_S = 0.2  # how near both ends of what was said of the number must be found
SLOW_DIGITS_PER_S = 2.0
_HEARD_S = 10.0  # of each recording without a number
_EMODB_STEP = 12  # one in so many of its 243 sentences


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
    grammar_wrong: int | None = None


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
def _sphinx() -> Any:
    from aftertone.language.engines.sphinx import SphinxEngine

    return SphinxEngine()


@cache
def _ear(speaker: str) -> DigitEar:
    """One whose net never heard the speaker: what is shipped has learnt from all of them."""
    return DigitEar(stored_net(UNHEARD / f"{speaker}.npz"))


def _first_hearing(composed: Message, folder: Path | None) -> Transcript:
    kept = folder / f"{composed.name}.json" if folder else None
    if kept and kept.exists():
        return read_transcript(kept)
    heard: Transcript = _sphinx().transcribe(composed.recording)
    if kept:
        write_transcript(heard, kept)
    return heard


class _KeptEar:
    """The embedded engine's ear for digits, which hears each stretch of a message once."""

    def __init__(self, composed: Message, folder: Path | None) -> None:
        self._ear = _ear(composed.speaker)
        self._path = folder / f"{composed.name}.digits.json" if folder else None
        kept = self._path if self._path and self._path.exists() else None
        self._heard: dict[str, list[tuple[float, float, list[float]]]] = (
            json.loads(kept.read_text()) if kept else {}
        )

    def evidence_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> DigitEvidence:
        """See `HearsDigits.evidence_in`."""
        return self._ear.evidence_in(recording, interval, count)

    def digits_in(
        self, recording: Recording, interval: Interval, count: int | None = None
    ) -> tuple[HeardDigit, ...]:
        """See `HearsDigits.digits_in`."""
        key = f"{interval.start_s:.3f} {interval.end_s:.3f} {count}"
        if key not in self._heard:
            digits = self._ear.digits_in(recording, interval, count)
            self._heard[key] = [(each.start_s, each.end_s, list(each.shares)) for each in digits]
            if self._path:
                self._path.write_text(json.dumps(self._heard))
        return tuple(HeardDigit(start_s, end_s, tuple(to)) for start_s, end_s, to in self._heard[key])


def rows_of(task: tuple[int, int, str, Path | None]) -> list[Row]:
    """The rows of one message."""
    index, seed, engine, folder = task
    composed = message(index, seed=seed)
    sound, brief = listen(composed.recording), Brief(region=composed.region)
    rows = []
    if engine != "sphinx":
        said = understand(composed.transcript, sound, brief)
        rows.append(row_of(composed, "truth", Measurements.of(sound, said, brief)))
    if engine != "truth":
        first = _first_hearing(composed, folder)
        kept = _KeptEar(composed, folder)
        for words, ear in (("sphinx", None), ("sphinx, looked at again", kept)):
            said = understand(first, sound, brief, ear)
            row = row_of(composed, words, Measurements.of(sound, said, brief))
            rows.append(row if ear is None else replace(row, grammar_wrong=_grammar_wrong(composed, kept)))
    return rows


def _grammar_wrong(composed: Message, ear: HearsDigits) -> int:
    """Digits that the grammar has wrong in the first reading, told where it is and nothing else."""
    said = composed.full[0]
    span = Interval(said.start_s - _PAD_S, said.end_s + _PAD_S)
    digits = text_of(ear.digits_in(composed.recording, span))
    return len(edits(said.digits, digits))


def _share(flags: Sequence[bool]) -> str:
    return f"{100 * sum(flags) / len(flags):.1f} %" if flags else "-"


def summary(rows: Sequence[Row]) -> dict[str, str]:
    """The table's column for some rows."""
    digits = sum(len(row.digits_true[0]) for row in rows)
    heard = [row.grammar_wrong for row in rows if row.grammar_wrong is not None]
    paced = [abs((row.digits_per_s or 0) / row.digits_per_s_true - 1) <= 0.1 for row in rows]
    changed = [row for row in rows if row.kind == "changed"]
    return {
        "messages": str(len(rows)),
        "a number found": _share([row.readings is not None for row in rows]),
        "its digits given": _share([row.digits is not None for row in rows]),
        "digits exact where given": _share([row.wrong_digits == 0 for row in rows if row.digits is not None]),
        "digits exact": _share([row.wrong_digits == 0 for row in rows]),
        "digit error rate": f"{100 * sum(row.wrong_digits for row in rows) / max(digits, 1):.1f} %",
        "digit error under the grammar, told where": f"{100 * sum(heard) / digits:.1f} %" if heard else "-",
        "found within 0.2 s at both ends": _share([row.region_found for row in rows]),
        "digits a second within 10 %": _share(paced),
        "slow verdict right": _share(
            [row.slow is (row.digits_per_s_true <= SLOW_DIGITS_PER_S) for row in rows]
        ),
        "repeated verdict right": _share([row.repeated is (row.kind == "twice") for row in rows]),
        "a changed digit named": _share([row.agree is False and row.wrong_digits == 0 for row in changed]),
    }


# --- numbers where none was said --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Invented:
    """What the embedded engine made of a recording in which nobody says a number."""

    group: str
    name: str
    minutes: float
    by_words: str | None
    looked_again: str | None
    trusted: bool | None


def without_a_number() -> list[tuple[str, str]]:
    """Recordings in which no telephone number is said: a group, and a path or the index of a made noise."""
    found = []
    for group in ("telephone", "mfa", "noise"):
        paths = sorted((SHARED_DATA / group).glob("*.*"))
        found += [(group, str(path)) for path in paths if path.suffix in (".wav", ".flac")]
    found += [("emodb", str(path)) for path in sorted((SHARED_DATA / "emodb").glob("*.wav"))[::_EMODB_STEP]]
    for path in sorted((ROOT / "sample_audio" / "truth").glob("*.json")):
        truth = json.loads(path.read_text())
        if not truth["number"]:
            found.append(("sample_audio", str(ROOT / "sample_audio" / truth["file"])))
    return found + [("made noises", str(index)) for index in range(len(_made()))]


@cache
def _made() -> tuple[Recording, ...]:
    return (*made_noises(), *unseen_noises())


def invented_in(task: tuple[str, str]) -> Invented:
    """The number in a recording that has none, by the words and with the second look."""
    group, source = task
    whole = _made()[int(source)] if group == "made noises" else read_audio(Path(source))
    samples = whole.samples[: round(_HEARD_S * whole.rate_hz)]
    recording = replace(whole, samples=samples)
    sound, first = listen(recording), _sphinx().transcribe(recording)
    by_words, again = (
        Measurements.of(sound, understand(first, sound, Brief(), ear), Brief()).number
        for ear in (None, _sphinx().digit_ear)
    )
    name = source if group == "made noises" else Path(source).name
    return Invented(group, name, recording.duration_s / 60, _told(by_words), _told(again), again.trusted)


def _told(number: Number) -> str | None:
    """A number's digits; where they could not be made out, that it was read."""
    return number.digits or ("not made out" if number.readings else None)


def _invented_table(found: Sequence[Invented]) -> dict[str, dict[str, Any]]:
    groups = [*dict.fromkeys(each.group for each in found), "all"]
    same = {group: [each for each in found if group in (each.group, "all")] for group in groups}
    return {
        group: {
            "recordings": len(each),
            "minutes": round(sum(one.minutes for one in each), 1),
            "numbers by the words": sum(one.by_words is not None for one in each),
            "with the second look": sum(one.looked_again is not None for one in each),
            "of these trusted": sum(bool(one.trusted) for one in each if one.looked_again),
        }
        for group, each in same.items()
    }


def _print_invented(n: int, jobs: int, where: Path) -> None:
    tasks = without_a_number()
    tasks = [tasks[at * len(tasks) // n] for at in range(n)] if n < len(tasks) else tasks
    found = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for each in pool.map(invented_in, tasks):
            print(each, file=sys.stderr, flush=True)
            found.append(each)
    table = _invented_table(found)
    columns = next(iter(table.values()))
    print(f"| no number was said | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for group, row in table.items():
        print(f"| {group} | {' | '.join(map(str, row.values()))} |")
    record = {
        "command": f"number_accuracy --invented --n {len(found)}",
        "machine": machine(),
        "summary": table,
        "invented": [asdict(each) for each in found if each.by_words or each.looked_again],
    }
    where.write_text(json.dumps(record, indent=1) + "\n")


def main() -> None:
    """Print the table and record it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", choices=["sphinx", "truth", "both"], default="both")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--words", type=Path, help="keep first hearings in this folder")
    parser.add_argument("--invented", action="store_true", help="numbers where none was said")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not (SHARED_DATA / "fsdd").is_dir():
        raise SystemExit(f"no recorded digits in {SHARED_DATA / 'fsdd'}")
    result = RESULTS / ("number_invented.json" if arguments.invented else "number_accuracy.json")
    where = arguments.json or result
    where.parent.mkdir(parents=True, exist_ok=True)
    if arguments.invented:
        _print_invented(arguments.n, arguments.jobs, where)
        return
    if arguments.words:
        arguments.words.mkdir(parents=True, exist_ok=True)
    tasks = [(index, arguments.seed, arguments.engine, arguments.words) for index in range(arguments.n)]
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("spawn")) as pool:
        rows = [row for part in pool.map(rows_of, tasks, chunksize=4) for row in part]
    columns: dict[str, dict[str, str]] = {}
    for words in dict.fromkeys(row.words for row in rows):
        same = [row for row in rows if row.words == words]
        columns[words] = summary(same)
        columns[f"{words}: clean"] = summary([row for row in same if not row.noisy])
        columns[f"{words}: 15 dB"] = summary([row for row in same if row.noisy])
        if words != "truth":
            columns[f"{words}: others' voices"] = summary(
                [row for row in same if row.speaker not in TUNED_ON]
            )
    print(f"| words from | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for figure in next(iter(columns.values())):
        print(f"| {figure} | {' | '.join(column[figure] for column in columns.values())} |")
    record = {
        "command": f"number_accuracy --n {arguments.n} --seed {arguments.seed} --engine {arguments.engine}",
        "machine": machine(),
        "summary": columns,
        "wrong": [asdict(row) for row in rows if row.wrong_digits],
    }
    where.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
