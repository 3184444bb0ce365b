"""``aftertone email``: the draft of an e-mail that announces a voice message."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.options import brief_options, options_of, review_of, review_options
from aftertone.cli.terminal import UNUSABLE, notify

if TYPE_CHECKING:
    from aftertone.language.brief import Brief


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--to", metavar="ADDRESS", help="The address of the recipient.")
@click.option("--from", "sender", metavar="ADDRESS", help="The address of the sender.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The file of the draft; - is standard output. [default: NAME.eml in this folder]",
)
@click.option("--force", is_flag=True, help="Replace an existing draft.")
@brief_options
@review_options
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
    """Write the draft of an e-mail that announces a voice message, with the recording attached.

    Nothing is sent. The draft is an .eml file that mail programs open for editing. The names, the time and
    the number come from the brief: NAME.toml beside the recording, or a row of metadata.csv. The purpose of
    the call comes from the transcript. Read the draft before you send it.

    There is no --redact: the draft holds the recording itself, and is for the person who was called.

    \b
    Examples:
      aftertone email message.wav --to mary@example.com
      aftertone email message.wav --no-words --recipient Mary --out - | less
    """
    from aftertone.errors import ReportError
    from aftertone.files.private import write_file
    from aftertone.practice.mail import email_draft

    out = Path(f"{recording.stem}.eml") if out is None else out
    is_stdout = str(out) == "-"
    if not is_stdout and out.exists() and not force:
        notify(f"error: {out}: the file exists; replace it with --force, or name another with --out")
        ctx.exit(UNUSABLE)
    _, review = review_of(recording, options_of(quiet=quiet, playbook="general", **given), brief)
    draft = email_draft(recording, brief=brief, review=review, to=to, sender=sender).as_bytes()
    if is_stdout:
        sys.stdout.buffer.write(draft)
        return
    try:
        write_file(out, draft)
    except OSError as error:
        raise ReportError(f"{out}: the draft cannot be written: {error.strerror or error}") from error
    click.echo(f"{out}: a draft, not sent")
