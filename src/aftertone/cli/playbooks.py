"""``aftertone playbooks``: the advice that messages are judged by."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click


class _OrShow(click.Group):
    """A group whose first word, where it is no command, is a playbook to show."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command of that name, else `show` with all that was given."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_OrShow, invoke_without_command=True, subcommand_metavar="[NAME|FILE] | COMMAND")
@click.pass_context
def playbooks(ctx: click.Context) -> None:
    """List the playbooks, or show the rules of one.

    \b
    Examples:
      aftertone playbooks
      aftertone playbooks collections
      aftertone playbooks my-advice.toml     checks a file of your own
      aftertone playbooks compare collections sales-appointment
      aftertone playbooks new my-advice
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@playbooks.command("list")
def list_() -> None:
    """List the playbooks that come along.

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
    """Show the rules of a playbook, and so check a file of your own.

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
    """Write NAME.toml here, a commented playbook to begin with.

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
    import json

    from aftertone.playbook.starter import playbook_schema

    click.echo(json.dumps(playbook_schema(), indent=1, ensure_ascii=False))
