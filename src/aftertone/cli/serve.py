"""``aftertone serve``: the practice page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aftertone.cli.options import options_of, review_options


@click.command()
@click.argument("folder", default="takes", type=click.Path(path_type=Path, file_okay=False))
@review_options
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8765,
    show_default=True,
    help="The port on 127.0.0.1; 0 for any free port.",
)
@click.option("--open", "in_browser", is_flag=True, help="Open the page in the browser.")
@click.option(
    "--token/--no-token",
    "has_token",
    default=True,
    help="Whether the address holds a secret. Without one, other users of this machine can use the page.  "
    "[default: token]",
)
def serve(folder: Path, quiet: bool, port: int, in_browser: bool, has_token: bool, **given: Any) -> None:
    """Serve a page to practise on: record, see the review, try again.

    Takes are stored in FOLDER (default: takes/) with their briefs and reviews. `aftertone score` and
    `aftertone progress` read them there. Only you can use the page, on this machine, and nothing leaves the
    machine. Ctrl-C ends the server.

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

            # all users of the machine see the arguments of the browser: the token must not be among them
            webbrowser.open(takes.write_redirect(address).as_uri() if has_token else address)

    takes = Takes(folder, options_of(quiet=quiet, **given))
    try:
        serve_page(takes, port=port, has_token=has_token, ready=ready)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"the page is closed; takes are kept in {folder}") from None
