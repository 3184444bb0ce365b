"""``aftertone email``: a draft that says a message was left."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.shared import UNUSABLE, brief_options, complain, engine_options, options_of

if TYPE_CHECKING:
    from aftertone.language.brief import Brief


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--to", metavar="ADDRESS", help="Whom it goes to.")
@click.option("--from", "sender", metavar="ADDRESS", help="Whom it comes from.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Where to write the draft; - is standard output. [default: NAME.eml in this folder]",
)
@click.option("--force", is_flag=True, help="Write over a draft that is there.")
@brief_options
@engine_options
@click.pass_context
def email(
    ctx: click.Context,
    /,
    recording: Path,
    to: str | None,
    sender: str | None,
    out: Path | None,
    force: bool,
    quiet: bool,
    brief: Brief,
    **given: Any,
) -> None:
    """Write the e-mail that says a message was left, with the recording attached. Nothing is sent.

    The draft is an .eml file that mail programs open for editing. Who, when and which number come from the
    brief, NAME.toml beside the recording or a row of metadata.csv; what the call is about is what was heard.
    Read it before you send it. There is no --redact: a draft holds the recording itself, and is for the one
    who was called.

    \b
    Examples:
      aftertone email message.wav --to mary@example.com
      aftertone email message.wav --no-words --recipient Mary --out - | less
    """
    from aftertone.batch import Reviewer
    from aftertone.errors import ReportError
    from aftertone.files.private import write_file
    from aftertone.language.brief import Brief, find_brief
    from aftertone.practice.mail import email_draft

    out = Path(f"{recording.stem}.eml") if out is None else out
    to_stdout = str(out) == "-"
    if not to_stdout and out.exists() and not force:
        complain(f"error: {out}: is there already; --force writes over it, --out names another")
        ctx.exit(UNUSABLE)
    known = brief.over(find_brief(recording) or Brief())
    options = options_of(quiet=quiet, playbook="general", **given)
    heard = Reviewer(options).review(options.read(recording), known)
    draft = email_draft(recording, brief=known, review=heard, to=to, sender=sender).as_bytes()
    if to_stdout:
        sys.stdout.buffer.write(draft)
        return
    try:
        write_file(out, draft)
    except OSError as error:
        raise ReportError(f"{out}: the draft cannot be written: {error.strerror or error}") from error
    click.echo(f"{out}: a draft, not sent")
