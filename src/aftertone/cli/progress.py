"""``aftertone progress``: a comparison of takes of the same script."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.options import batch_options, json_option, options_of, paths_argument, recordings_of
from aftertone.cli.terminal import FAILED, batch_progress, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from aftertone.measurements import Value
    from aftertone.practice.comparison import Practice, RuleChange

_TAKES_MAX = 6  # the columns of a terminal; the last takes are shown
_BARS = "▁▂▃▄▅▆▇█"


@click.command()
@paths_argument
@batch_options("that the takes should follow")
@json_option
@click.pass_context
def progress(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    as_json: bool,
    jobs: int,
    quiet: bool,
    **given: Any,
) -> None:
    """Compare takes of the same script: what became better, what became worse, and the best take.

    PATHS are recordings or folders. Takes belong together if their briefs have the same script, playbook and
    recipient. Without briefs, the takes in one folder belong together. Their order is that of attempt, else
    of recorded_at, else of their names: take2 comes before take10. A difference within the standard error of
    a measure is no change.

    \b
    Examples:
      aftertone progress practice/
      aftertone progress take*.wav --script script.txt --playbook collections
      aftertone progress practice/ --json | jq .practices[].best

    Exit code: 0 all were scored, 1 a recording failed, 2 the command cannot be run as given, 130 stopped by
    Ctrl-C.
    """
    from aftertone.practice.comparison import progress as practices_of
    from aftertone.report import SCHEMA_VERSION
    from aftertone.report.console import console_for

    files = recordings_of(paths, quiet)
    options = options_of(quiet=quiet, **given)
    with batch_progress(len(files), quiet) as hook:
        practices = practices_of(files, **options.keywords(), jobs=jobs, hook=hook)
    if as_json:
        found = [practice.to_dict() for practice in practices]
        print_json({"schema_version": SCHEMA_VERSION, "practices": found})
    else:
        _print_practices(practices, console_for(sys.stdout))
    if any(take.error for practice in practices for take in practice.takes):
        ctx.exit(FAILED)


def _print_practices(practices: Sequence[Practice], console: Console) -> None:
    from aftertone.report.console import print_failures

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


def _print_practice(practice: Practice, console: Console) -> None:
    from aftertone.measurements import MEASURES
    from aftertone.report.console import harmless, print_rows

    takes = practice.takes
    recipient = f" for {practice.recipient}" if practice.recipient else ""
    console.print(harmless(f"{len(takes)} takes{recipient}, against {practice.playbook.name}"), style="bold")
    shown = range(max(0, len(takes) - _TAKES_MAX), len(takes))
    has_trend = len(takes) > 2
    trend = ["over all"] if has_trend else []
    headings = ["", "target", *trend, *(f">{takes[i].path.name}" for i in shown), ""]
    points = [None if take.review is None else take.review.score.points for take in takes]
    texts = ["-" if take.review is None else take.review.score.text or "-" for take in takes]
    rows = [["score", "", *([sparkline(points)] * has_trend), *(texts[i] for i in shown), ""]]
    for each in practice.measures:
        cells = (_cell(each.values[i], each.measure) for i in shown)
        change = "" if each.change in (None, "same") else str(each.change)
        trend = [sparkline(each.values)] if has_trend else []
        rows.append([MEASURES[each.measure].title, each.bound.limit, *trend, *cells, change])
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
    if practice.best is not None and practice.best.review is not None:
        best = f"best so far: {practice.best.path.name}, {practice.best.review.score.text} of 100"
        console.print(harmless(best), style="bold")


def sparkline(values: Sequence[Value]) -> str:
    """One bar for each value, from the lowest to the highest; a point for None.

    >>> sparkline([1, 2, None, 8]), sparkline([False, True]), sparkline([3, 3])
    ('▁▂·█', '▁█', '▁▁')
    """
    numbers = [None if isinstance(value, str | tuple) or value is None else float(value) for value in values]
    known = [number for number in numbers if number is not None and math.isfinite(number)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    steps = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join("·" if n is None or n not in known else _BARS[round((n - low) * steps)] for n in numbers)


def _cell(value: Value, measure: str) -> str:
    """A value without its unit, which the target shows."""
    from aftertone.measurements import MEASURES
    from aftertone.playbook.advice import without_unit

    return "-" if value is None else without_unit(value, MEASURES[measure].unit)


def _from_to(change: RuleChange) -> str:
    """The values before and after, if the rule is about one number."""
    from aftertone.measurements import MEASURES
    from aftertone.playbook.advice import readable

    before, after = change.before, change.after
    measure = MEASURES[after.measure]
    if before.measure != after.measure or measure.kind != "number" or None in (before.value, after.value):
        return ""
    return f": {_cell(before.value, measure.name)} → {readable(after.value, measure.unit)}"
