"""``aftertone serve``: the practice page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aftertone.cli.shared import engine_options, options_of


@click.command()
@click.argument("folder", default="takes", type=click.Path(path_type=Path, file_okay=False))
@engine_options
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8765,
    show_default=True,
    help="Where it listens, on 127.0.0.1; 0 for any that is free.",
)
@click.option("--open", "in_browser", is_flag=True, help="Open the page in the browser.")
@click.option(
    "--token/--no-token",
    "has_token",
    default=True,
    help="Whether the page's address holds a secret, without which other users of this machine could use "
    "the page.  [default: token]",
)
def serve(folder: Path, quiet: bool, port: int, in_browser: bool, has_token: bool, **given: Any) -> None:
    """Serve a page to practise on: record, see the review, try again.

    Takes are kept in FOLDER (takes/ where none is given) with their briefs and reviews, where score and
    progress find them. The page is for you alone, on this machine; nothing leaves it. Ctrl-C ends it.

    \b
    Examples:
      aftertone serve
      aftertone serve ~/practice --open
      aftertone progress takes/
    """
    from aftertone.practice.server import serve as serve_page
    from aftertone.practice.takes import Takes

    def ready(address: str) -> None:
        click.echo(f"practise at {address} (Ctrl-C ends it); takes are kept in {folder}")
        if in_browser:
            import webbrowser

            # a browser is started with what it opens: every user of the machine sees that
            webbrowser.open(takes.pointer(address).as_uri() if has_token else address)

    takes = Takes(folder, options_of(quiet=quiet, **given))
    try:
        serve_page(takes, port=port, has_token=has_token, ready=ready)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"the page is closed; takes are kept in {folder}") from None
