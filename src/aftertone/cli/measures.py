"""``aftertone measures``: what a rule may name."""

from __future__ import annotations

import sys

import click


@click.command()
@click.argument("prefix", required=False, default="")
def measures(prefix: str) -> None:
    """List every measure that a rule may name, with its kind, unit and definition.

    \b
    Examples:
      aftertone measures
      aftertone measures number.
    """
    from aftertone.measurements import MEASURES
    from aftertone.report.console import console_for, print_measures

    known = [measure for name, measure in MEASURES.items() if name.startswith(prefix)]
    if not known:
        raise click.BadParameter(f"no measure begins with {prefix!r}", param_hint="PREFIX")
    print_measures(known, console_for(sys.stdout))
