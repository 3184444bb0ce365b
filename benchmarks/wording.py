"""How often the words' measures agree with a careful reader, on wordings that no pattern was written from.

    python -m benchmarks.wording [--half open|kept|both] [--show] [--json FILE]

The messages and the reader's verdicts stand in data/wording.txt. Every second message is kept: patterns are
widened by what the open ones show, and the kept ones only measure. `--show` prints the verdicts that differ.
The words are given, so that no recogniser's error counts. Intervals are 95 %, by bootstrap over messages.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aftertone.acoustics.interval import Interval
from aftertone.language.brief import Brief
from aftertone.language.content import MessageContent
from aftertone.language.transcript import Transcript, Word
from aftertone.measurements import Basis, Measurements, group_of
from benchmarks.common.machine import machine
from benchmarks.common.tables import Table, told_interval

WORDINGS = Path(__file__).parent / "data" / "wording.txt"
HALVES = ("open", "kept")
WORD_S = 0.4  # ours: how long each word is told to last; no measure asked for here depends on it
FACT_GROUPS = tuple(
    name
    for name, group in Measurements(duration_s=0.0).groups().items()
    if group.source == "words" and name not in ("words", "number", "restarts", "hedges", "script")
)
TITLES = re.compile(r"\b(?:mr|mrs|ms|miss|dr|doctor)\b\.?(?: and\b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a careful reader finds: that a fact is there, is not there, or is said in these words."""

    fact: str
    sign: str
    """"+" there, "-" not there, "=" said so, ">" more than."""
    value: str = ""

    def agrees(self, found: object) -> bool:
        """Whether a measure's value says the same.

        >>> Expectation("caller.name", "=", "Okafor").agrees("Mr Okafor")
        True
        >>> Expectation("ask.spans", "-").agrees(())
        True
        """
        if self.sign in "+-":
            return bool(found) == (self.sign == "+")
        if isinstance(found, int):
            return found > int(self.value) if self.sign == ">" else found == int(self.value)
        said, told = (" ".join(TITLES.sub("", text).casefold().split()) for text in (str(found), self.value))
        return told in said if self.fact == "caller.company" else told == said


@dataclass(frozen=True, slots=True)
class Wording:
    """One message and the verdicts on it."""

    half: str
    text: str
    verdicts: tuple[Expectation, ...]


def wordings(path: Path = WORDINGS) -> Iterator[Wording]:
    """The messages in order; the first of two is open, the second kept."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] not in "#="]
    for index, (text, verdicts) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
        yield Wording(HALVES[index % 2], text, tuple(_verdict(each) for each in verdicts.split("; ")))


def _verdict(text: str) -> Expectation:
    text = text.strip()
    if text[0] in "+-":
        return Expectation(text[1:], text[0])
    found = re.fullmatch(r"([\w.]+)([=>])(.+)", text)
    if found is None:
        raise ValueError(f"{WORDINGS.name}: found {text!r}, expected +fact, -fact, fact=words or fact>1")
    return Expectation(found[1], found[2], found[3])


def facts(text: str) -> dict[str, object]:
    """The measures of a message's words that need no sound, under their dotted names."""
    words = (Word(word, at / 2, at / 2 + WORD_S) for at, word in enumerate(text.split()))
    transcript = Transcript(tuple(words))
    sound: Any = SimpleNamespace(message=Interval(0.0, len(transcript.words) / 2))
    basis = Basis(sound, MessageContent(transcript, (), Brief(), sound), Brief())
    return {
        f"{name}.{field}": getattr(group, field)
        for name in FACT_GROUPS
        for group in [group_of(name, basis)]
        for field in group.names()
    }


Judged = tuple[Wording, Expectation, object]


def judged() -> list[Judged]:
    """Every verdict beside what was measured."""
    return [
        (wording, verdict, found[verdict.fact])
        for wording in wordings()
        for found in [facts(wording.text)]
        for verdict in wording.verdicts
    ]


def table(rows: list[Judged]) -> Table:
    """Agreement by half: of all verdicts, of what is there, of what is not, and by group of facts."""
    columns = {f"{half}{what}": form for half in HALVES for what, form in ((", n", "d"), ("", ".1%"))}
    result = Table("Measures of wording and a careful reader", {**columns, "kept, 95 %": ""})
    groups = sorted({verdict.fact.split(".")[0] for _, verdict, _ in rows})
    parts = {
        "all": rows,
        "there": [row for row in rows if row[1].sign != "-"],
        "not there": [row for row in rows if row[1].sign == "-"],
        **{group: [row for row in rows if row[1].fact.split(".")[0] == group] for group in groups},
    }
    for label, part in parts.items():
        cells: dict[str, Any] = {}
        interval = None
        for half in HALVES:
            of_half = [row for row in part if row[0].half == half]
            agreeing = [float(verdict.agrees(found)) for _, verdict, found in of_half]
            cells[f"{half}, n"] = len(agreeing)
            cells[half] = sum(agreeing) / len(agreeing) if agreeing else None
            if half == "kept" and agreeing:
                texts = [wording.text for wording, _, _ in of_half]
                interval = told_interval(agreeing, [1.0] * len(agreeing), speakers=texts, form=".1%")
        result.add(label, **cells, interval=interval)
    return result


def main() -> None:
    """Print the table, and the verdicts that differ where they are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=[*HALVES, "both"], default="both")
    parser.add_argument("--show", action="store_true", help="print the verdicts that differ")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = [row for row in judged() if given.half in ("both", row[0].half)]
    if given.show:
        for wording, verdict, found in rows:
            if not verdict.agrees(found):
                print(f"{verdict.sign}{verdict.fact} {verdict.value}| {wording.text} | {found!r:.100}")
    result = table(rows)
    print(result.markdown())
    if given.json:
        record = {"machine": machine(), "table": result.as_json()}
        given.json.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
