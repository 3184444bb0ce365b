"""``aftertone summary``: the distribution of a corpus, from a report or a ledger."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aftertone.cli.options import json_option
from aftertone.cli.terminal import print_json


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def summary(file: Path, as_json: bool) -> None:
    """Summarise a report: the rules missed most often, the spread of each measure, the failures.

    FILE is an output of `aftertone score`: .jsonl, .json, .csv, .parquet, a .ledger, or a folder of Parquet
    parts.

    \b
    Examples:
      aftertone summary reviews.parquet
      aftertone summary reviews.csv.ledger --json | jq .failures
    """
    from aftertone.report import Summary, read_reviews
    from aftertone.report.console import console_for, print_summary

    found = Summary(read_reviews(file))
    if as_json:
        print_json(found.to_dict())
    else:
        print_summary(found, console_for(sys.stdout))
