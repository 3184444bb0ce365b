"""Outcomes, reviews and playbooks as text for people, on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low
from typing import TYPE_CHECKING, TextIO

from aftertone.advice import readable
from aftertone.language.transcript import Transcript
from aftertone.measurements import MEASURES, Measure
from aftertone.playbook import Finding, Playbook, Verdict
from aftertone.report.outcome import Outcome
from aftertone.scoring import Review, Score

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_PIPE_WIDTH = 10_000  # a pipe has no width: nothing is cut, and a row is one line
_ADVICE_COLUMN_WIDTH = 110  # in a narrower terminal the advice follows below the table
_GOOD_POINTS, _FAIR_POINTS = 80, 60  # ours: where the colour turns; it says nothing that the number does not
_VERDICT_STYLES: dict[Verdict, str] = {"met": "green", "missed": "red", "not judged": "dim"}


def console_for(file: TextIO) -> Console:
    """A console that writes to a file: in colour and as wide as the terminal, or plain and never cut."""
    from rich.console import Console

    console = Console(file=file, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(
            file=file, highlight=False, markup=False, emoji=False, no_color=True, width=_PIPE_WIDTH
        )
    return console


def harmless(text: str) -> str:
    r"""A text that leaves a terminal as it was: control characters become visible, line breaks spaces.

    Examples
    --------
    >>> harmless("mary\x1b[2J\nhi")
    'mary�[2J hi'
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)


def print_outcomes(outcomes: Sequence[Outcome], console: Console) -> None:
    """One row for each recording that was reviewed; the advice below it where the terminal is narrow."""
    reviewed = [(outcome.path.name, outcome.review) for outcome in outcomes if outcome.review is not None]
    if not reviewed:
        return
    with_advice = console.width >= _ADVICE_COLUMN_WIDTH
    table = _table(console)
    table.add_column("recording", overflow="fold")
    for heading in ("score", "length", "words/min", "fillers", "number", "slow?", "twice?"):
        table.add_column(heading, no_wrap=True, justify="right" if heading != "number" else "left")
    if with_advice:
        table.add_column("first thing to do", overflow="fold")
    for name, review in reviewed:
        cells = [_said(name), _points(review.score), *map(_said, _key_values(review))]
        table.add_row(*cells, *([_said(top_advice(review))] if with_advice else []))
    _print(table, console)
    if not with_advice:
        for name, review in reviewed:
            if advice := top_advice(review):
                console.print(_said(f"{name}: {advice}"))


def print_review(review: Review, console: Console) -> None:
    """One recording in full: every finding with what was heard, the target, the evidence and the advice."""
    from rich.table import Table

    lines = Table.grid(padding=(0, 2))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    for finding in review.findings:
        verdict = _said(finding.verdict, _VERDICT_STYLES[finding.verdict])
        for line in _finding_lines(finding):
            lines.add_row(verdict, _said(line))
            verdict = _said("")
    _print(lines, console)


def print_transcript(name: str, transcript: Transcript | None, console: Console) -> None:
    """The words of a recording, and who heard them."""
    if transcript is None:
        heard = "no words were heard"
    else:
        heard = f"heard by {transcript.engine or 'an unnamed engine'}: {transcript.text or '(no words)'}"
    console.print(_said(f"{name}, {heard}"))


def print_failures(outcomes: Sequence[Outcome], console: Console) -> None:
    """Each recording that failed, with why."""
    for outcome in outcomes:
        if outcome.error is not None:
            # most errors name the file themselves, some by its name alone
            message = (
                str(outcome.error).removeprefix(f"{outcome.path}: ").removeprefix(f"{outcome.path.name}: ")
            )
            console.print(_said(f"failed: {outcome.path}: {message}", "red"))


def print_playbook(playbook: Playbook, console: Console) -> None:
    """The rules of a playbook."""
    console.print(_said(playbook.title))
    for line in (playbook.description, playbook.source and f"Source: {playbook.source}"):
        if line:
            console.print(_said(line))
    table = _table(console)
    for heading in ("rule", "title", "target", "weight", "source"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "weight")
    for rule in playbook.rules:
        target = (
            f"{rule.measures[0]}: {rule.condition.target}"
            if len(rule.measures) == 1
            else rule.condition.target
        )
        source = "" if rule.source == playbook.source else rule.source
        table.add_row(*map(_said, (rule.id, rule.title, target, f"{rule.weight:g}", source)))
    _print(table, console)


def print_measures(measures: Sequence[Measure], console: Console) -> None:
    """Measures with what a rule needs to know of them."""
    table = _table(console)
    for heading in ("measure", "kind", "unit", "definition"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "definition")
    for measure in measures:
        table.add_row(*map(_said, (measure.name, measure.kind, measure.unit, measure.definition)))
    _print(table, console)


def summary(outcomes: Sequence[Outcome], playbook: Playbook) -> str:
    """One line on all: how many were scored and failed, and the middle score.

    Examples
    --------
    >>> summary([], Playbook("general", "General", ()))
    '0 recordings scored against general'
    """
    reviews = [outcome.review for outcome in outcomes if outcome.review is not None]
    points = [review.score.points for review in reviews if review.score.points is not None]
    failed = len(outcomes) - len(reviews)
    parts = [f"{len(reviews)} recording{'s' * (len(reviews) != 1)} scored against {harmless(playbook.name)}"]
    if len(points) > 1:
        parts.append(f"median {median_low(points)} of 100")
    if failed:
        parts.append(f"{failed} failed")
    return ", ".join(parts)


def top_advice(review: Review) -> str:
    """The advice of the weightiest rule missed, the first of several; empty where none was missed.

    Where nothing could be judged, why.
    """
    if review.score.points is None:
        return f"not judged: {review.score.reason}"
    missed = [finding for finding in review.findings if finding.verdict == "missed"]
    return max(missed, key=lambda finding: finding.weight).advice if missed else ""


def score_text(score: Score) -> str:
    """A score in a few words: points, and how much of the playbook they stand on."""
    if score.points is None:
        return "not judged"
    share = "" if score.judged_share == 1 else f" ({score.judged_share:.0%} judged)"
    return f"{score.points}{share}"


def _key_values(review: Review) -> list[str]:
    m = review.measurements
    length_s = m.duration_s if m.message.duration_s is None else m.message.duration_s
    numbers = [
        f"{length_s:.0f} s",
        "-" if m.rate.words_per_min is None else f"{m.rate.words_per_min:.0f}",
        "-" if m.fillers.count is None else str(m.fillers.count),
    ]
    flags = ["-" if flag is None else readable(flag) for flag in (m.number.slow, m.number.repeated)]
    return [*numbers, m.number.digits or "-", *flags]


def _finding_lines(finding: Finding) -> list[str]:
    if finding.verdict == "not judged":
        return [f"{finding.title}: {finding.reason}"]
    unit = MEASURES[finding.measure].unit
    heard = finding.reason if finding.value is None else readable(finding.value, unit)
    lines = [
        f"{finding.title}: {heard}" + (f" (target: {finding.target})" if finding.verdict == "missed" else "")
    ]
    if finding.evidence and finding.evidence != finding.value:
        lines.append(readable(finding.evidence))
    return [*lines, finding.advice] if finding.advice else lines


def _points(score: Score) -> Text:
    points = score.points
    if points is None:
        return _said("-", "dim")
    return _said(
        score_text(score),
        "green" if points >= _GOOD_POINTS else "yellow" if points >= _FAIR_POINTS else "red",
    )


def _said(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(harmless(text), style=style)  # a Text is never read as markup


def _table(console: Console) -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False, collapse_padding=True)


def _print(table: Table, console: Console) -> None:
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        console.file.write(line.rstrip() + "\n")
