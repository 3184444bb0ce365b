"""``aftertone progress``: takes of the same script compared."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.shared import (
    FAILED,
    brief_options,
    engine_options,
    jobs_option,
    options_of,
    playbook_option,
    redact_option,
    tell_skipped,
)
from aftertone.cli.shared import progress as progress_bar

if TYPE_CHECKING:
    from rich.console import Console

    from aftertone.language.brief import Brief
    from aftertone.measurements import Value
    from aftertone.practice.progress import Practice, RuleChange

_SHOWN_TAKES = 6  # columns that a terminal has room for: the last of them
_BARS = "▁▂▃▄▅▆▇█"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@playbook_option("that the takes are for")
@brief_options
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of tables.")
@redact_option
@jobs_option
@click.pass_context
def progress(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    playbook: str | None,
    as_json: bool,
    jobs: int,
    quiet: bool,
    brief: Brief,
    **given: Any,
) -> None:
    """Compare takes of the same script: what got better, what got worse, the best so far.

    PATHS are recordings, or folders. Takes belong together whose briefs have the same script, playbook and
    recipient; without briefs, those in one folder. Their order is that of attempt, else of recorded_at, else
    of their names: take2 before take10.

    \b
    Examples:
      aftertone progress practice/
      aftertone progress take*.wav --script script.txt --playbook collections
      aftertone progress practice/ --json | jq .practices[].best

    Exit code: 0 all were scored, 1 a recording failed, 2 the command cannot be run as given, 130 it was
    stopped by Ctrl-C.
    """
    import msgspec

    from aftertone.batch import recordings_in
    from aftertone.corpus import skipped_in
    from aftertone.practice.progress import practice_dict
    from aftertone.practice.progress import progress as practices_of
    from aftertone.report import SCHEMA_VERSION
    from aftertone.report.console import console_for, print_failures

    files = list(dict.fromkeys(file for path in paths for file in recordings_in(path)))
    tell_skipped((each for path in paths for each in skipped_in(path)), quiet)
    options = options_of(quiet=quiet, brief=brief, playbook=playbook, **given)
    with progress_bar(len(files), quiet) as hook:
        practices = practices_of(files, **options.keywords(), jobs=jobs, hook=hook)
    if as_json:
        page = {
            "schema_version": SCHEMA_VERSION,
            "practices": [practice_dict(practice) for practice in practices],
        }
        click.echo(msgspec.json.format(msgspec.json.encode(page), indent=2))
    else:
        console = console_for(sys.stdout)
        several = [practice for practice in practices if len(practice.takes) > 1]
        for practice in several:
            _print_practice(practice, console)
            console.print()
        print_failures([take for practice in practices for take in practice.takes], console)
        if alone := len(practices) - len(several):
            console.print(
                f"{alone} recording{'s' * (alone != 1)} with nothing to compare: no other brief has the same "
                "script, playbook and recipient",
                style="dim",
            )
    if any(take.error for practice in practices for take in practice.takes):
        ctx.exit(FAILED)


def _print_practice(practice: Practice, console: Console) -> None:
    from aftertone.report.console import harmless, print_rows

    takes = practice.takes
    to = f" for {practice.recipient}" if practice.recipient else ""
    console.print(harmless(f"{len(takes)} takes{to}, against {practice.playbook.name}"), style="bold")
    shown = range(max(0, len(takes) - _SHOWN_TAKES), len(takes))
    trend = ["over all"] if len(takes) > 2 else []
    headings = ["", "target", *trend, *(f">{takes[i].path.name}" for i in shown), ""]
    points = [None if take.review is None else take.review.score.points for take in takes]
    texts = ["-" if take.review is None else take.review.score.text or "-" for take in takes]
    rows = [["score", "", *([sparkline(points)] if trend else []), *(texts[i] for i in shown), ""]]
    for line in practice.lines:
        spark = [sparkline(line.values)] if trend else []
        change = "" if line.change in (None, "same") else str(line.change)
        rows.append(
            [
                line.measure,
                line.bound.target,
                *spark,
                *(_cell(line.values[i], line.measure) for i in shown),
                change,
            ]
        )
    print_rows(headings, rows, console)
    for take in takes:
        if take.review is not None and take.review.score.points is None:
            console.print(harmless(f"no score: {take.path.name}: {take.review.score.reason}"), style="dim")
    for rule in (*practice.better, *practice.worse):
        advice = f". {rule.after.advice}" if rule.after.advice else ""
        text = f"{rule.change}: {rule.after.title}{_from_to(rule)}{advice}"
        console.print(harmless(text), style="green" if rule.change == "better" else "red")
    if len(practice.scored) > 1 and not practice.changes:
        console.print("as before: no rule came out better or worse than in the take before", style="dim")
    if practice.best is not None:
        best = practice.best.review
        assert best is not None
        console.print(
            harmless(f"best so far: {practice.best.path.name}, {best.score.text} of 100"), style="bold"
        )


def sparkline(values: Sequence[Value]) -> str:
    """A bar for each value, from the lowest to the highest; a point for what is None.

    Examples
    --------
    >>> sparkline([1, 2, None, 8])
    '▁▂·█'
    >>> sparkline([False, True]), sparkline([3, 3])
    ('▁█', '▁▁')
    """
    numbers = [None if isinstance(value, str | tuple) or value is None else float(value) for value in values]
    known = [number for number in numbers if number is not None and math.isfinite(number)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    steps = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join("·" if n is None or n not in known else _BARS[round((n - low) * steps)] for n in numbers)


def _cell(value: Value, measure: str | None = None) -> str:
    """A value without its unit, where the heading or the target has it."""
    from aftertone.measurements import MEASURES
    from aftertone.playbook.advice import readable

    if value is None:
        return "-"
    unit = MEASURES[measure].unit if measure else ""
    return readable(value, unit if unit in ("h", "share") else "")


def _from_to(change: RuleChange) -> str:
    """How its measure went, where that is a number."""
    from aftertone.measurements import MEASURES
    from aftertone.playbook.advice import readable

    before, after = change.before, change.after
    measure = MEASURES[after.measure]
    if before.measure != after.measure or measure.kind != "number" or None in (before.value, after.value):
        return ""
    return f": {_cell(before.value, measure.name)} → {readable(after.value, measure.unit)}"
