"""``aftertone models``: whisper's weights on this machine."""

from __future__ import annotations

import click

from aftertone.cli.shared import bar


@click.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the whisper models that are known, and which of them are on this machine.

    \b
    Examples:
      aftertone models
      aftertone models fetch small.en
    """
    if ctx.invoked_subcommand is not None:
        return
    from aftertone.errors import ModelNotFoundError
    from aftertone.models import find_model, known_models

    for model in known_models():
        try:
            place = str(find_model(model.name))
        except ModelNotFoundError:
            place = "not on this machine"
        languages = "many languages" if "*" in model.languages else ", ".join(model.languages)
        click.echo(f"{model.name:<18} {model.size_mb:>5} MB  {model.licence:<10} {languages:<15} {place}")


@models.command()
@click.argument("name")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def fetch(name: str, quiet: bool) -> None:
    """Fetch a model from the Hugging Face hub, and print the folder that it is in.

    NAME is one that `aftertone models` lists, or a hub repository OWNER/NAME.
    """
    from aftertone.models import fetch_model

    with bar(f"fetching {name}", quiet) as advance:
        folder = fetch_model(name, advance)
    click.echo(str(folder))
