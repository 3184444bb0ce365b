"""The command line: parse, call, print. Each command is a module; what they share is in `shared`.

Nothing but click is imported at the top of any, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys

import click

from aftertone.cli.annotate import annotate
from aftertone.cli.bench import bench
from aftertone.cli.campaign import campaign
from aftertone.cli.email import email
from aftertone.cli.ledger import ledger
from aftertone.cli.measure import measure
from aftertone.cli.measures import measures
from aftertone.cli.models import models
from aftertone.cli.playbooks import playbooks
from aftertone.cli.progress import progress
from aftertone.cli.score import score
from aftertone.cli.serve import serve
from aftertone.cli.shared import Commands
from aftertone.cli.summary import summary

__all__ = ["main"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="aftertone", message="%(prog)s %(version)s")
def main() -> None:
    """Say how well a voicemail was left.

    aftertone listens to recordings: how long, how fast, how many fillers, whether the call-back number was
    said slowly and twice, who calls, why and by when; and scores them against a playbook of advice.

    \b
    Examples:
      aftertone score message.wav
      aftertone score practice/ --playbook collections --out reviews.csv
      aftertone measure message.wav > message.json
      aftertone playbooks general
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a letter shows another
            stream.reconfigure(errors="replace")


_RECORDINGS = (score, measure, annotate, progress, campaign, email, serve, summary, ledger)
_ADVICE = (playbooks, measures, models, bench)
for _command in (*_RECORDINGS, *_ADVICE):
    main.add_command(_command)
