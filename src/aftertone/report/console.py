"""Outcomes, reviews and playbooks as text on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from aftertone.language.transcript import Transcript
from aftertone.measurements import MEASURES, NOT_SAID, Measure
from aftertone.outcome import Outcome
from aftertone.playbook import Finding, Playbook, Review, Verdict, load_playbook, playbooks
from aftertone.playbook.advice import readable, unit_in_words, without_unit
from aftertone.playbook.agreement import Agreement, Relation
from aftertone.report.review_text import (
    OVERVIEW,
    OverviewCell,
    first_thing,
    number_as_written,
    number_remarks,
    overview_cells,
    target_text,
    value_text,
    with_number_as_written,
)
from aftertone.report.summary import Summary

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_FAILURES_SHOWN = 100  # lines; a report names all
_PIPE_WIDTH = 10_000  # columns: nothing is cut, and each row is one line
_ADVICE_COLUMN_WIDTH = 110  # columns of a terminal; in a narrower one the advice follows below the table
_GOOD_POINTS, _FAIR_POINTS = 80, 60  # ours: green from the first, yellow from the second, else red
_VERDICT_STYLES: dict[Verdict, str] = {"met": "green", "missed": "red", "not judged": "dim"}
_RELATIONS: tuple[tuple[str, tuple[Relation, ...]], ...] = (
    ("no message can follow both", ("contradict",)),
    ("one asks for something, the other forbids the commonest kind of it", ("pull apart",)),
    ("some values do for both", ("overlap",)),
    ("the same, or one is stricter", ("the same", "stricter", "looser")),
)


def console_for(file: TextIO) -> Console:
    """A console that writes to a file: in colour and as wide as the terminal, or plain and never cut."""
    from rich.console import Console

    console = Console(file=file, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.no_color, console.width = True, _PIPE_WIDTH
    return console


def harmless(text: str) -> str:
    r"""The text without control characters, which could command a terminal; line breaks become spaces.

    >>> harmless("mary\x1b[2J\nhi")
    'mary�[2J hi'
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)


def print_outcomes(outcomes: Sequence[Outcome], console: Console) -> None:
    """Print a table with a row for each reviewed recording; recordings without a score come last.

    Where there are several, with the first thing to do; in a narrow terminal, that follows below the table.
    """
    reviews = {_name(outcome, outcomes): outcome.review for outcome in outcomes if outcome.review is not None}
    reviews = dict(sorted(reviews.items(), key=lambda each: each[1].score.points is None))
    if not reviews:
        return
    has_advice = len(outcomes) > 1  # a single review is printed in full below the table
    has_advice_column = has_advice and console.width >= _ADVICE_COLUMN_WIDTH
    has_playbooks = len({review.playbook for review in reviews.values()}) > 1
    hidden = set() if has_advice_column else {"first thing to do"}
    if all(review.score.judged_share == 1 for review in reviews.values()):
        hidden.add("judged")
    headings = [heading for heading in OVERVIEW if heading not in hidden]
    table = _table(console)
    for heading in ["recording", *["playbook"] * has_playbooks]:
        table.add_column(heading, overflow="fold")
    for heading in headings:
        if heading == "first thing to do":
            table.add_column(heading, overflow="fold")
        else:
            shown = heading.replace("/", "\n/") if console.is_terminal else heading
            table.add_column(shown, no_wrap=True, justify="left" if heading == "number" else "right")
    for name, review in reviews.items():
        cells = overview_cells(review)
        leading = [_text(name), *[_text(review.playbook)] * has_playbooks]
        table.add_row(*leading, *(_overview_cell(heading, cells[heading]) for heading in headings))
    _print(table, console)
    if has_advice and not has_advice_column:
        _print_advice(reviews, console)


def print_review(outcome: Outcome, console: Console) -> None:
    """Print one review in full: what to do first, the scores, and the other rules.

    Missed rules come before those that were met, the costliest first; those not judged come last. Where there
    is no score, the reason comes first.
    """
    if (review := outcome.review) is None:
        return
    (*missed,), first = review.missed, _Labelled()
    if review.score.points is None:
        first.add("no score", "yellow", [review.score.reason])
    elif missed:
        first.add("first", "red", _finding_lines(missed.pop(0), review))
    else:
        first.add("first", "green", ["Nothing: every rule that could be judged was met."])
    _print(first.table, console)
    console.print()
    print_outcomes([outcome], console)
    lines = _Labelled()
    for finding in [*missed, *(each for each in review.findings if each.verdict == "met")]:
        lines.add(finding.verdict, _VERDICT_STYLES[finding.verdict], _finding_lines(finding, review))
    number = review.measurements.number
    remarks = [f"{title}: {text}" for title, text in number_remarks(number)]
    if remarks or number.extension:
        lines.add("number", "yellow", filter(None, [number_as_written(number), *remarks]))
    for tactic in review.tactics:
        named = f"{tactic.title}: {readable(tactic.evidence)}"
        lines.add("tactic", "yellow", [named, "It is named, and not scored."])
    titles_of_reason: dict[str, list[str]] = {}
    for finding in review.findings:
        if finding.verdict == "not judged":
            titles_of_reason.setdefault(finding.reason, []).append(finding.title)
    for reason, titles in titles_of_reason.items():
        if reason != review.score.reason or len(titles) < len(review.findings):  # else it was printed first
            lines.add("not judged", _VERDICT_STYLES["not judged"], [f"{'; '.join(titles)}: {reason}"])
    if lines.table.row_count:
        console.print()
        _print(lines.table, console)


def print_transcript(name: str, transcript: Transcript | None, console: Console) -> None:
    """Print the words of a recording and the engine that transcribed them."""
    if transcript is None:
        line = f"{name}, not transcribed"
    else:
        engine = transcript.engine or "an unnamed engine"
        line = f"{name}, transcribed by {engine}: {transcript.text or '(no words)'}"
    console.print(_text(line))


def print_failures(outcomes: Iterable[Outcome], console: Console) -> None:
    """Print each recording that failed with its error; of very many the first, and the count of the rest."""
    count = 0
    for outcome in outcomes:
        if outcome.error is not None and (count := count + 1) <= _FAILURES_SHOWN:
            # most errors name the file themselves, some by its name alone
            message = (
                str(outcome.error).removeprefix(f"{outcome.path}: ").removeprefix(f"{outcome.path.name}: ")
            )
            console.print(_text(f"failed: {outcome.path}: {message}", "red"))
    if count > _FAILURES_SHOWN:
        console.print(_text(f"failed: {count - _FAILURES_SHOWN:,} more; a report names them all", "red"))


def print_summary(summary: Summary, console: Console, playbook: Playbook | None = None) -> None:
    """Print the rules missed most often, the spread of each measure, the failures and one line on all.

    Rules are shown by their titles in the published playbooks of the reviews, or in `playbook`.
    """
    if rules := summary.rules():
        titles = _rule_titles(summary, playbook)
        rows = (
            (
                titles.get(each.rule, each.rule.replace("-", " ")),
                f"{each.missed:,}",
                f"{each.judged:,}",
                f"{each.missed_share:.0%}",
            )
            for each in rules
        )
        print_rows(("rule", ">missed", ">of", ">share"), rows, console, folded=("rule",))
        console.print()
    if summary.spreads():
        headings = ("measure", "unit", ">count", ">mean", ">5 %", ">25 %", ">50 %", ">75 %", ">95 %")
        print_rows(headings, _spread_rows(summary), console, folded=("measure",))
        console.print()
    for kind, count in summary.failures.most_common():
        console.print(_text(f"failed: {count:,} by {kind}", "red"))
    console.print(_text(summary.text, "bold"))


def _rule_titles(summary: Summary, playbook: Playbook | None) -> dict[str, str]:
    """The title of each rule; where playbooks have different ones for the same id, all of them."""
    published = playbooks()
    names = [name for name in sorted(summary.playbooks) if name in published]
    books = [*([playbook] if playbook else []), *map(load_playbook, names)]
    titles: dict[str, dict[str, None]] = {}
    for rule in (rule for book in books for rule in book.rules):
        titles.setdefault(rule.id, {})[rule.title] = None
    return {rule: " / ".join(of_rule) for rule, of_rule in titles.items()}


def _spread_rows(summary: Summary) -> Iterator[list[str]]:
    for name, spread in summary.spreads().items():
        title, unit = (MEASURES[name].title, MEASURES[name].unit) if name in MEASURES else (name, "count")
        if spread.percentiles:
            cells = [without_unit(value, unit) for value in (spread.mean, *spread.percentiles)]
        else:
            cells = [f"{spread.mean:.0%} yes", *[""] * 5]
        yield [title, unit_in_words(unit), f"{spread.count:,}", *cells]


def print_playbook(playbook: Playbook, console: Console) -> None:
    """Print the rules of a playbook."""
    console.print(_text(playbook.title))
    for line in (playbook.description, playbook.source and f"Source: {playbook.source}"):
        if line:
            console.print(_text(line))
    rows = (
        (
            rule.id,
            rule.title,
            rule.target,
            f"{rule.weight:g}",
            "" if rule.source == playbook.source else rule.source,
        )
        for rule in playbook.rules
    )
    headings = ("rule", "title", "target", "weight", "source")
    print_rows(headings, rows, console, folded=("rule", "title", "target", "source"))


def print_agreement(found: Agreement, console: Console) -> None:
    """Print two playbooks side by side: where they contradict, where they agree, what only one speaks of."""
    first, second = found.first.name, found.second.name
    remarks = {"stricter": f"{first} is stricter", "looser": f"{second} is stricter"}
    for heading, relations in _RELATIONS:
        rows = [
            (
                MEASURES[accord.measure].title,
                *(f"{demand.rule}: {demand.target}" for demand in (accord.first, accord.second)),
                remarks.get(accord.relation, ""),
            )
            for accord in found.of(*relations)
        ]
        if rows:
            console.print(_text(heading, "bold"))
            print_rows(("measure", harmless(first), harmless(second), ""), rows, console)
            console.print()
    for name, rules in ((first, found.only_first), (second, found.only_second)):
        if rules:
            console.print(_text(f"only in {name}: {', '.join(rule.id for rule in rules)}"))


def print_measures(measures: Sequence[Measure], console: Console) -> None:
    """Print the names, titles, kinds, units and definitions of measures."""
    rows = ((each.name, each.title, each.kind, each.unit, each.definition) for each in measures)
    print_rows(
        ("measure", "title", "kind", "unit", "definition"), rows, console, folded=("title", "definition")
    )


def print_rows(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    console: Console,
    *,
    folded: Container[str] | None = None,
) -> None:
    """Print a table of texts; a column whose heading begins with ">" is aligned to the right.

    Long cells of the `folded` columns continue on a new line; None is all columns.
    """
    table = _table(console)
    for heading in headings:
        table.add_column(
            heading.removeprefix(">"),
            overflow="fold",
            justify="right" if heading.startswith(">") else "left",
            no_wrap=folded is not None and heading not in folded,
        )
    for row in rows:
        table.add_row(*map(_text, row))
    _print(table, console)


def _name(outcome: Outcome, outcomes: Sequence[Outcome]) -> str:
    """The name of a recording's file; its whole path where another file has the same name."""
    same = sum(other.path.name == outcome.path.name for other in outcomes)
    return outcome.path.name if same == 1 else str(outcome.path)


def _overview_cell(heading: str, cell: OverviewCell) -> Text:
    text, value = cell
    if heading == "first thing to do":
        return _text(text)
    if heading != "score" or not isinstance(value, int):
        return _text(text or "-", "dim" if heading == "score" else "")
    style = "green" if value >= _GOOD_POINTS else "yellow" if value >= _FAIR_POINTS else "red"
    return _text(text, style)


def _print_advice(reviews: Mapping[str, Review], console: Console) -> None:
    """Print each first thing to do once, with the recordings that need it."""
    names: dict[str, list[str]] = {}
    for name, review in reviews.items():
        if advice := first_thing(review):
            names.setdefault(advice, []).append(name)
    if names:
        console.print()
        console.print(_text("first thing to do", "bold"))
    for advice, recordings in sorted(names.items(), key=lambda item: -len(item[1])):
        console.print(_text(f"{advice}: {', '.join(recordings)}"))


class _Labelled:
    """Texts with a label before the first of each group."""

    def __init__(self) -> None:
        from rich.table import Table

        self.table = Table.grid(padding=(0, 2))
        self.table.add_column(no_wrap=True)
        self.table.add_column(overflow="fold")

    def add(self, label: str, style: str, texts: Iterable[str]) -> None:
        """Add texts, one a line."""
        for i, text in enumerate(texts):
            self.table.add_row(_text("" if i else label, style), _text(text))


def _finding_lines(finding: Finding, review: Review) -> Iterator[str]:
    """The title with value and target, the advice, where in the recording, and how close to the limit."""
    value = value_text(finding)
    if finding.value is None:
        value = finding.reason.removeprefix(NOT_SAID).lstrip(": ")
    elif isinstance(finding.value, tuple) and value in finding.advice:
        value = ""
    elif finding.verdict == "missed" and value and (target := target_text(finding)):
        value += f" (target: {target})"
    evidence = readable(finding.evidence) if finding.evidence and finding.evidence != finding.value else ""
    title = f"{finding.title}: {value}" if value else finding.title
    for line in filter(None, (title, finding.advice, evidence, finding.close)):
        yield with_number_as_written(line, review)


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(harmless(text), style=style)  # a Text is never read as markup


def _table(console: Console) -> Table:
    from rich import box
    from rich.table import Table

    if console.is_terminal:
        return Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False)  # the box puts a space between columns
    return Table(box=None, pad_edge=False, collapse_padding=True)


def _print(table: Table, console: Console) -> None:
    """Print a table; in a pipe, without spaces at the ends of lines."""
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        console.file.write(line.rstrip() + "\n")
