"""Agreement of the measures of wording with a human reader.

    python -m benchmarks.wording [--half open|kept|both] [--show] [--json FILE]

The messages and the reader's expectations are in benchmarks/data/wording.txt. The half "open" may be used to
improve patterns; the half "kept" is only measured. The words are given, so that the recogniser's errors do
not count. `--show` prints the expectations that differ. Intervals are 95 %, by bootstrap over messages.
"""

from __future__ import annotations

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
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import machine
from benchmarks.common.tables import Table, interval_cell

WORDINGS = Path(__file__).parent / "data" / "wording.txt"
HALVES = ("open", "kept")
WORD_S = 0.4  # length of each word; no measure here depends on it
FACT_GROUPS = tuple(
    name
    for name, group in Measurements(duration_s=0.0).groups().items()
    if group.source == "words" and name not in ("words", "number", "restarts", "hedges", "script")
)
TITLES = re.compile(r"\b(?:mr|mrs|ms|miss|dr|doctor)\b\.?(?: and\b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expectation:
    """A reader's expectation of one fact: present, absent, a value, or a least number."""

    fact: str
    sign: str
    """"+" present, "-" absent, "=" this value, ">" more than this number."""
    value: str = ""

    def agrees(self, found: object) -> bool:
        """Whether the value of a measure agrees.

        >>> Expectation("caller.name", "=", "Okafor").agrees("Mr Okafor")
        True
        >>> Expectation("ask.spans", "-").agrees(())
        True
        """
        if self.sign in "+-":
            return bool(found) == (self.sign == "+")
        if isinstance(found, int):
            return found > int(self.value) if self.sign == ">" else found == int(self.value)
        value, wanted = (
            " ".join(TITLES.sub("", text).casefold().split()) for text in (str(found), self.value)
        )
        return wanted in value if self.fact == "caller.company" else wanted == value


@dataclass(frozen=True, slots=True)
class Wording:
    """A message with a reader's expectations."""

    half: str
    text: str
    expectations: tuple[Expectation, ...]


def wordings(path: Path = WORDINGS) -> Iterator[Wording]:
    """The messages in order; halves alternate between "open" and "kept"."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] not in "#="]
    for index, (text, expectations) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
        yield Wording(HALVES[index % 2], text, tuple(_expectation(each) for each in expectations.split("; ")))


def _expectation(text: str) -> Expectation:
    text = text.strip()
    if text[0] in "+-":
        return Expectation(text[1:], text[0])
    found = re.fullmatch(r"([\w.]+)([=>])(.+)", text)
    if found is None:
        raise ValueError(f"{WORDINGS.name}: found {text!r}, expected +fact, -fact, fact=words or fact>1")
    return Expectation(found[1], found[2], found[3])


def facts(text: str) -> dict[str, object]:
    """The measures of words that need no sound, by dotted name."""
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


Row = tuple[Wording, Expectation, object]


def rows_of_all() -> list[Row]:
    """Each expectation with the measured value."""
    return [
        (wording, expectation, found[expectation.fact])
        for wording in wordings()
        for found in [facts(wording.text)]
        for expectation in wording.expectations
    ]


def table(rows: list[Row]) -> Table:
    """Agreement by half: of all expectations, of present and of absent facts, and by group of facts."""
    columns = {f"{half}{what}": form for half in HALVES for what, form in ((", n", "d"), ("", ".1%"))}
    result = Table("Agreement of the measures of wording with a reader", {**columns, "kept, 95 %": ""})
    groups = sorted({expectation.fact.split(".")[0] for _, expectation, _ in rows})
    parts = {
        "all": rows,
        "present": [row for row in rows if row[1].sign != "-"],
        "absent": [row for row in rows if row[1].sign == "-"],
        **{group: [row for row in rows if row[1].fact.split(".")[0] == group] for group in groups},
    }
    for label, part in parts.items():
        cells: dict[str, Any] = {}
        interval = None
        for half in HALVES:
            of_half = [row for row in part if row[0].half == half]
            agreeing = [float(expectation.agrees(found)) for _, expectation, found in of_half]
            cells[f"{half}, n"] = len(agreeing)
            cells[half] = sum(agreeing) / len(agreeing) if agreeing else None
            if half == "kept" and agreeing:
                texts = [wording.text for wording, _, _ in of_half]
                interval = interval_cell(agreeing, [1.0] * len(agreeing), speakers=texts, form=".1%")
        result.add(label, **cells, interval=interval)
    return result


def main() -> None:
    """Print the table; with --show print the expectations that differ."""
    parser = parser_of(__doc__)
    parser.add_argument("--half", choices=[*HALVES, "both"], default="both")
    parser.add_argument("--show", action="store_true", help="print the expectations that differ")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = [row for row in rows_of_all() if given.half in ("both", row[0].half)]
    if given.show:
        for wording, expectation, found in rows:
            if not expectation.agrees(found):
                wanted = f"{expectation.sign}{expectation.fact} {expectation.value}"
                print(f"{wanted}| {wording.text} | {found!r:.100}")
    result = table(rows)
    print(result.markdown())
    if given.json:
        record = {"machine": machine(), "table": result.as_json()}
        write_record(given.json, record)


if __name__ == "__main__":
    main()
