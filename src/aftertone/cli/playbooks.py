"""``aftertone playbooks``: the published advice that messages are judged by."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from aftertone.cli.terminal import DefaultGroup


@click.group(cls=DefaultGroup, bare="list", default="show", subcommand_metavar="[NAME|FILE] | COMMAND")
def playbooks() -> None:
    """List the playbooks, or show the rules of one.

    \b
    Examples:
      aftertone playbooks
      aftertone playbooks collections
      aftertone playbooks my-advice.toml     checks a file of your own
      aftertone playbooks compare collections sales-appointment
      aftertone playbooks new my-advice
    """


@playbooks.command("list")
def list_playbooks() -> None:
    """List the playbooks that aftertone includes.

    \b
    Examples:
      aftertone playbooks list
    """
    from aftertone.playbook import playbooks as titles

    for name, title in titles().items():
        click.echo(f"{name:<18} {title}")


@playbooks.command()
@click.argument("name", metavar="NAME|FILE")
def show(name: str) -> None:
    """Show the rules of a playbook. This also checks a file of your own.

    \b
    Examples:
      aftertone playbooks show collections
      aftertone playbooks show my-advice.toml
    """
    from aftertone.playbook import load_playbook
    from aftertone.report.console import console_for, print_playbook

    print_playbook(load_playbook(name), console_for(sys.stdout))


@playbooks.command()
@click.argument("first", metavar="NAME|FILE")
@click.argument("second", metavar="NAME|FILE")
def compare(first: str, second: str) -> None:
    """Show where two playbooks agree, and where no message can follow both.

    \b
    Examples:
      aftertone playbooks compare collections follow-up-3
      aftertone playbooks compare general my-advice.toml
    """
    from aftertone.playbook import load_playbook
    from aftertone.playbook.agreement import agreement
    from aftertone.report.console import console_for, print_agreement

    print_agreement(agreement(load_playbook(first), load_playbook(second)), console_for(sys.stdout))


@playbooks.command()
@click.argument("name")
def new(name: str) -> None:
    """Write NAME.toml in this folder: a commented playbook to start from.

    \b
    Examples:
      aftertone playbooks new support-desk
    """
    from aftertone.playbook.starter import write_starter

    path = write_starter(name, Path())
    click.echo(f"{path}: edit it; `aftertone playbooks show {path}` checks it", err=True)


@playbooks.command()
def schema() -> None:
    """Print the JSON Schema of a playbook, for editors that check and complete TOML.

    \b
    Examples:
      aftertone playbooks schema > aftertone-playbook.schema.json
    """
    from aftertone.playbook.starter import playbook_schema

    click.echo(json.dumps(playbook_schema(), indent=1, ensure_ascii=False))
