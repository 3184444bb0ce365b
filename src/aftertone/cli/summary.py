"""``aftertone summary``: a corpus at a glance, from a report or a ledger."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def summary(file: Path, as_json: bool) -> None:
    """Say what the recordings of a report have in common.

    FILE is what `aftertone score` wrote: .jsonl, .json, .csv, .parquet, a .ledger, or a folder of Parquet
    parts. Shown are the rules missed most often, how each measure is spread, and what failed.

    \b
    Examples:
      aftertone summary reviews.parquet
      aftertone summary reviews.csv.ledger --json | jq .failures
    """
    import msgspec

    from aftertone.report import Summary, read_reviews
    from aftertone.report.console import console_for, print_summary

    in_common = Summary(read_reviews(file))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(in_common.to_dict()), indent=2))
    else:
        print_summary(in_common, console_for(sys.stdout))
