"""Outcomes, reviews and playbooks as text for people, on a terminal or in a pipe."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median_low
from typing import TYPE_CHECKING, TextIO

from aftertone.language.transcript import Transcript
from aftertone.measurements import MEASURES, NOT_SAID, Measure
from aftertone.measurements.content import NumberMeasures
from aftertone.outcome import Outcome
from aftertone.playbook import Finding, Playbook, Review, Score, Verdict
from aftertone.playbook.advice import readable
from aftertone.playbook.agreement import Agreement, Relation
from aftertone.report.summary import Summary

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_FAILURES_SHOWN = 100  # lines; of more, a report is the place
_PIPE_WIDTH = 10_000  # a pipe has no width: nothing is cut, and a row is one line
_ADVICE_COLUMN_WIDTH = 110  # in a narrower terminal what to do follows below the table
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
    """One row for each recording that was reviewed, and what to do first where there are several.

    Those without a score come last.

    In a narrow terminal that follows below the table, each thing with the recordings that need it.
    """
    reviewed = {
        _name(outcome, outcomes): outcome.review for outcome in outcomes if outcome.review is not None
    }
    reviewed = dict(sorted(reviewed.items(), key=lambda each: each[1].score.points is None))
    if not reviewed:
        return
    several = len(outcomes) > 1  # one is shown in full below
    in_column = several and console.width >= _ADVICE_COLUMN_WIDTH
    scores = [review.score for review in reviewed.values()]
    with_share = any(score.judged_share < 1 for score in scores)
    table = _table(console)
    table.add_column("recording", overflow="fold")
    books = {review.playbook for review in reviewed.values()}
    if len(books) > 1:
        table.add_column("playbook", overflow="fold")
    for heading in _headings(console, with_share):
        table.add_column(heading, no_wrap=True, justify="left" if heading == "number" else "right")
    if in_column:
        table.add_column("first thing to do", overflow="fold")
    for name, review in reviewed.items():
        share = [f"{review.score.judged_share:.0%}"] if with_share else []
        leading = [_said(name), *([_said(review.playbook)] if len(books) > 1 else [])]
        cells = [*leading, _points(review.score), *map(_said, share + _key_values(review))]
        table.add_row(*cells, *([_said(first_thing(review))] if in_column else []))
    _print(table, console)
    if several and not in_column:
        _print_first_things(reviewed, console)


def print_review(review: Review, console: Console) -> None:
    """One recording in full: what to do, the heaviest first; what is well; what could not be judged."""
    from rich.table import Table

    lines = Table.grid(padding=(0, 2))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    missed = sorted(_with_verdict(review, "missed"), key=lambda finding: -finding.missed_weight)
    for finding in [*missed, *_with_verdict(review, "met")]:
        verdict = _said(finding.verdict, _VERDICT_STYLES[finding.verdict])
        for line in _finding_lines(finding):
            lines.add_row(verdict, _said(with_number_as_written(line, review)))
            verdict = _said("")
    number = review.measurements.number
    remarks = [f"{title}: {text}" for title, text in number_remarks(number)]
    if remarks or number.extension:
        for at, line in enumerate(filter(None, [number_as_written(number), *remarks])):
            lines.add_row(_said("" if at else "number", "yellow"), _said(line))
    for tactic in review.tactics:
        lines.add_row(_said("tactic", "yellow"), _said(f"{tactic.title}: {readable(tactic.evidence)}"))
        lines.add_row(_said(""), _said("Named because it was heard; it is not scored."))
    titles_of_reason: dict[str, list[str]] = {}
    for finding in _with_verdict(review, "not judged"):
        titles_of_reason.setdefault(finding.reason, []).append(finding.title)
    for reason, titles in titles_of_reason.items():
        what = "all rules" if len(titles) == len(review.findings) else "; ".join(titles)
        lines.add_row(_said("not judged", _VERDICT_STYLES["not judged"]), _said(f"{what}: {reason}"))
    _print(lines, console)


def print_transcript(name: str, transcript: Transcript | None, console: Console) -> None:
    """The words of a recording, and who heard them."""
    if transcript is None:
        heard = "no words were heard"
    else:
        heard = f"heard by {transcript.engine or 'an unnamed engine'}: {transcript.text or '(no words)'}"
    console.print(_said(f"{name}, {heard}"))


def print_failures(outcomes: Iterable[Outcome], console: Console) -> None:
    """Each recording that failed, with why; of very many the first, and how many more."""
    count = 0
    for outcome in outcomes:
        if outcome.error is not None and (count := count + 1) <= _FAILURES_SHOWN:
            # most errors name the file themselves, some by its name alone
            message = (
                str(outcome.error).removeprefix(f"{outcome.path}: ").removeprefix(f"{outcome.path.name}: ")
            )
            console.print(_said(f"failed: {outcome.path}: {message}", "red"))
    if count > _FAILURES_SHOWN:
        console.print(_said(f"failed: {count - _FAILURES_SHOWN:,} more; a report names them all", "red"))


def print_summary(summary: Summary, console: Console) -> None:
    """A corpus at a glance: the rules missed most, how each measure is spread, what failed."""
    rules = [(rule, summary.missed[rule], judged) for rule, judged in summary.judged.items() if judged]
    if rules:
        table = _table(console)
        table.add_column("rule", overflow="fold")
        for heading in ("missed", "of", "share"):
            table.add_column(heading, justify="right", no_wrap=True)
        for rule, missed, judged in sorted(rules, key=lambda each: (-each[1] / each[2], each[0])):
            table.add_row(*map(_said, (rule, f"{missed:,}", f"{judged:,}", f"{missed / judged:.0%}")))
        _print(table, console)
        console.print()
    if spreads := summary.spreads():
        table = _table(console)
        table.add_column("measure", overflow="fold")
        for heading in ("unit", "count", "mean", "5 %", "25 %", "50 %", "75 %", "95 %"):
            table.add_column(heading, justify="left" if heading == "unit" else "right", no_wrap=True)
        for name, spread in spreads.items():
            unit = MEASURES[name].unit if name in MEASURES else "points"
            if spread.percentiles:
                cells = [f"{spread.mean:.4g}", *(f"{at:.4g}" for at in spread.percentiles)]
            else:
                cells = [f"{spread.mean:.0%} yes", *[""] * 5]
            table.add_row(*map(_said, (name, unit, f"{spread.count:,}", *cells)))
        _print(table, console)
        console.print()
    for kind, count in summary.failures.most_common():
        console.print(_said(f"failed: {count:,} by {kind}", "red"))
    middle = summary.spread("score")
    line = f"{summary.count:,} recordings, {summary.failed_count:,} failed"
    if middle is not None:
        line += f", {middle.count:,} scored, median {math.floor(middle.percentiles[2])} of 100"
    console.print(_said(line, "bold"))


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
        source = "" if rule.source == playbook.source else rule.source
        table.add_row(*map(_said, (rule.id, rule.title, rule.target, f"{rule.weight:g}", source)))
    _print(table, console)


_RELATIONS: tuple[tuple[str, tuple[Relation, ...]], ...] = (
    ("no message can follow both", ("contradict",)),
    ("one asks for something, the other forbids the commonest kind of it", ("pull apart",)),
    ("some values do for both", ("overlap",)),
    ("the same, or one is stricter", ("the same", "stricter", "looser")),
)


def print_agreement(found: Agreement, console: Console) -> None:
    """Two playbooks side by side: where they contradict, where they agree, and what only one speaks of."""
    first, second = found.first.name, found.second.name
    for heading, relations in _RELATIONS:
        accords = found.of(*relations)
        if not accords:
            continue
        console.print(_said(heading, "bold"))
        table = _table(console)
        for column in ("measure", first, second, ""):
            table.add_column(harmless(column), overflow="fold")
        for accord in accords:
            stricter = {"stricter": f"{first} is stricter", "looser": f"{second} is stricter"}
            cells = [f"{demand.rule}: {demand.target}" for demand in (accord.first, accord.second)]
            table.add_row(*map(_said, (accord.measure, *cells, stricter.get(accord.relation, ""))))
        _print(table, console)
        console.print()
    for name, rules in ((first, found.only_first), (second, found.only_second)):
        if rules:
            console.print(_said(f"only in {name}: {', '.join(rule.id for rule in rules)}"))


def print_measures(measures: Sequence[Measure], console: Console) -> None:
    """Measures with what a rule needs to know of them."""
    table = _table(console)
    for heading in ("measure", "kind", "unit", "definition"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "definition")
    for measure in measures:
        table.add_row(*map(_said, (measure.name, measure.kind, measure.unit, measure.definition)))
    _print(table, console)


def print_rows(headings: Sequence[str], rows: Iterable[Sequence[str]], console: Console) -> None:
    """A table of texts; a heading that begins with ">" has its column at the right."""
    table = _table(console)
    for heading in headings:
        right = heading.startswith(">")
        table.add_column(heading.removeprefix(">"), overflow="fold", justify="right" if right else "left")
    for row in rows:
        table.add_row(*map(_said, row))
    _print(table, console)


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line on all: how many were scored, how many not and why, and the middle score.

    Examples
    --------
    >>> summary([])
    '0 recordings scored'
    """
    all_scores = [None if outcome.review is None else outcome.review.score for outcome in outcomes]
    scores = [score for score in all_scores if score is not None]
    points = [score.points for score in scores if score.points is not None]
    shares = [score.judged_share for score in scores if score.points is not None]
    books = sorted({outcome.review.playbook for outcome in outcomes if outcome.review is not None})
    against = {0: "", 1: f" against {''.join(books)}"}.get(len(books), f" against {len(books)} playbooks")
    parts = [f"{len(points)} recording{'s' * (len(points) != 1)} scored{harmless(against)}"]
    if points:
        middle = f"{'median ' * (len(points) > 1)}{median_low(points)} of 100"
        share = median_low(shares)
        parts.append(middle + (f" ({share:.0%} judged)" if share < 1 else ""))
    if unscored := len(scores) - len(points):
        parts.append(f"{unscored} not understood well enough")
    if failed := len(all_scores) - len(scores):
        parts.append(f"{failed} failed")
    return ", ".join(parts)


def first_thing(review: Review) -> str:
    """The title of the rule that costs most, the first of several; empty where none was missed.

    Where there is no score, or nobody speaks, why.
    """
    if review.score.points is None:
        return review.score.reason
    if (silence := review.measurements.reasons.get("message.duration_s")) is not None:
        return silence
    missed = _with_verdict(review, "missed")
    return max(missed, key=lambda finding: finding.missed_weight).title if missed else ""


def number_as_written(number: NumberMeasures, *, short: bool = False) -> str:
    """A call-back number as it is written in its country; its digits where it is no valid number; or empty.

    With its extension, and "probably" where its digits are not to be trusted. `short` is for a column.

    Examples
    --------
    >>> number = NumberMeasures(digits="3125554293", e164="+13125554293", valid=True, trusted=False)
    >>> number_as_written(number), number_as_written(number, short=True)
    ('probably (312) 555-4293', '(312) 555-4293 ?')
    >>> number_as_written(NumberMeasures(digits="5551234"))
    '5551234'
    """
    written = _grouped(number)
    if not written:
        return ""
    if number.extension:
        written += f" x{number.extension}" if short else f", extension {number.extension}"
    if number.trusted is False:
        return f"{written} ?" if short else f"probably {written}"
    return written


def number_remarks(number: NumberMeasures) -> list[tuple[str, str]]:
    """What is to be said of a call-back number beside itself, each with a title; nothing of a plain one.

    Examples
    --------
    >>> number_remarks(NumberMeasures(digits="5551234", agree=False, differing="the 6th digit: 3, then 4"))
    [('differs', 'the 6th digit: 3, then 4')]
    """
    remarks = []
    if number.why_untrusted:
        remarks.append(("in doubt", number.why_untrusted))
    if number.differing:
        remarks.append(("differs", number.differing))
    elif number.as_expected is False:
        remarks.append(("differs", "it is not the number in the brief"))
    if number.others:
        remarks.append(("other numbers", readable(number.others)))
    return remarks


def _grouped(number: NumberMeasures) -> str:
    """The digits alone, as they are grouped in the number's country."""
    if not number.valid or not number.e164 or not number.e164.startswith("+"):  # a masked one is no number
        return number.digits or ""
    from phonenumbers import PhoneNumberFormat, format_number, parse

    return str(format_number(parse(number.e164), PhoneNumberFormat.NATIONAL))


def _headings(console: Console, with_share: bool) -> list[str]:
    per_minute = "words\n/min" if console.is_terminal else "words/min"
    share = ["judged"] if with_share else []
    return ["score", *share, "length", per_minute, "fillers", "number", "slow?", "twice?"]


def _name(outcome: Outcome, outcomes: Sequence[Outcome]) -> str:
    """The name of a recording's file; its whole path where another is called the same."""
    alike = sum(other.path.name == outcome.path.name for other in outcomes)
    return outcome.path.name if alike == 1 else str(outcome.path)


def _print_first_things(reviewed: Mapping[str, Review], console: Console) -> None:
    names: dict[str, list[str]] = {}
    for name, review in reviewed.items():
        if thing := first_thing(review):
            names.setdefault(thing, []).append(name)
    if names:
        console.print()
        console.print(_said("first thing to do", "bold"))
    for thing, recordings in sorted(names.items(), key=lambda item: -len(item[1])):
        console.print(_said(f"{thing}: {', '.join(recordings)}"))


def _with_verdict(review: Review, verdict: Verdict) -> list[Finding]:
    return [finding for finding in review.findings if finding.verdict == verdict]


def with_number_as_written(line: str, review: Review) -> str:
    """The line with every reading of the number grouped as the number is, so that two can be compared."""
    number = review.measurements.number
    written = _grouped(number)
    readings = [span.text for span in number.evidence.get("readings", ())]
    for digits in dict.fromkeys([number.digits or "", *readings]):
        if digits and len(digits) == sum(map(str.isdigit, written)):
            following = iter(digits)
            grouped = "".join(next(following) if each.isdigit() else each for each in written)
            line = line.replace(digits, grouped)
    return line


def _key_values(review: Review) -> list[str]:
    m = review.measurements
    length_s = m.duration_s if m.message.duration_s is None else m.message.duration_s
    numbers = [
        f"{length_s:.0f} s",
        "-" if m.rate.words_per_min is None else f"{m.rate.words_per_min:.0f}",
        "-" if m.fillers.count is None else str(m.fillers.count),
    ]
    flags = ["-" if flag is None else readable(flag) for flag in (m.number.slow, m.number.repeated)]
    return [*numbers, number_as_written(m.number, short=True) or "-", *flags]


def _finding_lines(finding: Finding) -> list[str]:
    lines = [f"{finding.title}{_heard(finding)}"]
    if finding.evidence and finding.evidence != finding.value:
        lines.append(readable(finding.evidence))
    if finding.close:
        lines.append(finding.close)
    return [*lines, finding.advice] if finding.advice else lines


def _heard(finding: Finding) -> str:
    """What was heard, and what it should be; nothing where the verdict says it all, as of a yes or no."""
    if finding.value is None:
        return f": {finding.reason.removeprefix(NOT_SAID).lstrip(': ')}" if finding.reason else ""
    if isinstance(finding.value, bool) or (isinstance(finding.value, tuple) and not finding.value):
        return ""
    heard = f": {readable(finding.value, MEASURES[finding.measure].unit)}"
    if isinstance(finding.value, tuple) and heard[2:] in finding.advice:
        return ""
    by_number = MEASURES[finding.measure].kind == "number"
    return heard + (f" (target: {finding.target})" if finding.verdict == "missed" and by_number else "")


def _points(score: Score) -> Text:
    points = score.points
    if points is None:
        return _said("-", "dim")
    return _said(
        score.text, "green" if points >= _GOOD_POINTS else "yellow" if points >= _FAIR_POINTS else "red"
    )


def _said(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(harmless(text), style=style)  # a Text is never read as markup


def _table(console: Console) -> Table:
    from rich import box
    from rich.table import Table

    if console.is_terminal:
        return Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False)  # a box has a space between columns
    return Table(box=None, pad_edge=False, collapse_padding=True)


def _print(table: Table, console: Console) -> None:
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        console.file.write(line.rstrip() + "\n")
