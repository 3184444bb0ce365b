"""The command line: each command parses its options, calls the library and prints the result.

One module holds one command. `options` holds the options that commands share, `terminal` their output. The
modules import nothing but click when they load, so that ``--help`` is fast.
"""

from __future__ import annotations

import sys

import click

from aftertone.cli.annotate import annotate
from aftertone.cli.bench import bench
from aftertone.cli.campaign import campaign
from aftertone.cli.email import email
from aftertone.cli.ledger import ledger
from aftertone.cli.measure import measure, measures
from aftertone.cli.models import models
from aftertone.cli.playbooks import playbooks
from aftertone.cli.progress import progress
from aftertone.cli.rewrite import rewrite
from aftertone.cli.score import score
from aftertone.cli.serve import serve
from aftertone.cli.summary import summary
from aftertone.cli.terminal import CommandGroup

__all__ = ["main"]


@click.group(
    cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="aftertone", message="%(prog)s %(version)s")
def main() -> None:
    """Analyse recorded voicemails, and score how well they were left.

    aftertone measures recordings: length, pace, fillers, whether the call-back number was said slowly and
    twice, who calls, why and by when. It scores them against a playbook of published advice.

    \b
    Examples:
      aftertone score message.wav
      aftertone score practice/ --playbook collections --out reviews.csv
      aftertone measure message.wav > message.json
      aftertone playbooks general
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # for letters that the terminal cannot show


for _command in (
    *(score, rewrite, measure, annotate, progress, campaign, email, serve, summary, ledger),
    *(playbooks, measures, models, bench),
):
    main.add_command(_command)
