"""``aftertone playbooks``: the advice that messages are judged by."""

from __future__ import annotations

import sys

import click


@click.command()
@click.argument("name", required=False, metavar="[NAME|FILE]")
def playbooks(name: str | None) -> None:
    """List the playbooks, or show the rules of one.

    \b
    Examples:
      aftertone playbooks
      aftertone playbooks collections
      aftertone playbooks my-advice.toml     checks a file of your own
    """
    from aftertone.playbook import load_playbook
    from aftertone.playbook import playbooks as titles
    from aftertone.report.console import console_for, print_playbook

    if name is None:
        for known, title in titles().items():
            click.echo(f"{known:<18} {title}")
    else:
        print_playbook(load_playbook(name), console_for(sys.stdout))
