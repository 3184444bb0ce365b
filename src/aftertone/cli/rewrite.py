"""``aftertone rewrite``: messages written again by the template of a playbook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.options import batch_options, json_option, options_of, recordings_of
from aftertone.cli.terminal import FAILED, batch_progress, notify, print_json

if TYPE_CHECKING:
    from aftertone.outcome import Outcome
    from aftertone.playbook import Playbook, Review, Rewrite


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@batch_options("whose template is filled")
@click.option("--blank", is_flag=True, help="Print the template of the playbook alone, with blanks.")
@click.option(
    "--speak",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the message as speech to this WAV file. If the voices are not installed, the error says how "
    "to install them.",
)
@click.option(
    "--voice",
    metavar="NAME",
    help="The voice that speaks: af_heart, am_michael, bf_emma or bm_george. [default: af_heart]",
)
@json_option
@click.pass_context
def rewrite(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    blank: bool,
    speak: Path | None,
    voice: str | None,
    as_json: bool,
    jobs: int,
    quiet: bool,
    **given: Any,
) -> None:
    """Write a message again by the template of its playbook, from its own facts.

    PATHS are recordings or folders. The playbook's template gives the sentences and their order. The message
    and its brief give the facts: who, why, what is asked, by when, the number. No fact is made up: what the
    message lacks is a blank in square brackets. So is a number that may have been misheard. The names of the
    blanks are printed on stderr. `aftertone playbooks new` writes a playbook with a template to edit.

    \b
    Examples:
      aftertone rewrite message.wav
      aftertone rewrite message.wav --playbook collections > script.txt
      aftertone rewrite --blank --playbook collections
      aftertone rewrite message.wav --speak spoken.wav

    Exit code: 0 all were written, 1 a recording failed or has no words to write from, 2 the command cannot be
    run as given.
    """
    if blank == bool(paths):
        raise click.UsageError("give recordings, or --blank for the template of the playbook alone")
    if speak is not None and blank:
        raise click.UsageError("--speak takes one recording, and not --blank")
    if voice and speak is None:
        raise click.UsageError("--voice goes with --speak")
    if blank:
        from aftertone.playbook import load_playbook

        _print_blank(load_playbook(given["playbook"] or "general"), as_json)
        return
    from aftertone.batch import review_many
    from aftertone.report import SCHEMA_VERSION

    files = recordings_of(paths, quiet)
    if speak is not None:
        if len(files) != 1:
            raise click.UsageError(f"--speak takes one recording; there are {len(files)}")
        _check_speech(speak)
    options = options_of(quiet=quiet, **given)
    with batch_progress(len(files), quiet) as hook:
        outcomes = list(review_many(files, **options.keywords(), jobs=jobs, hook=hook))
    if as_json:
        print_json({"schema_version": SCHEMA_VERSION, "rewrites": [_entry(each) for each in outcomes]})
    for outcome in outcomes:
        name = f"{outcome.path}: " if len(outcomes) > 1 else ""
        found = outcome.review.rewrite if outcome.review is not None else None
        if found is None:
            notify(f"error: {_reason(outcome)}")
            continue
        if not as_json:
            _print(found, heading=str(outcome.path) if len(outcomes) > 1 else "")
            if found.missing and not quiet:
                notify(f"{name}missing: {_missing(found)}")
        if speak is not None:
            _write_speech(found, speak, voice)
    if any(outcome.review is None or outcome.review.rewrite is None for outcome in outcomes):
        ctx.exit(FAILED)


def _print_blank(playbook: Playbook, as_json: bool) -> None:
    from aftertone.errors import PlaybookError
    from aftertone.playbook import blank_rewrite

    found = blank_rewrite(playbook)
    if found is None:
        raise PlaybookError(f"the playbook {playbook.name} has no template")
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)


def _print(found: Rewrite, heading: str = "") -> None:
    """Print a message; its blanks are coloured on a terminal."""
    from rich.text import Text

    from aftertone.report.console import console_for, harmless

    console = console_for(sys.stdout)
    if heading:
        console.print(harmless(heading), style="bold")
    line = Text()
    for part in found.parts:
        style = "bold yellow" if part.is_blank else ""
        line.append(harmless(f"[{part.text}]" if part.is_blank else part.text), style=style)
    console.print(line, soft_wrap=not console.is_terminal)
    if heading:
        console.print()


def _check_speech(path: Path) -> None:
    """Raise an error, before the recording is reviewed, where its message cannot be spoken to this file."""
    from aftertone.synthesis import check_installed

    if path.exists():
        raise click.UsageError(f"{path}: the file exists; name another with --speak")
    check_installed()


def _write_speech(found: Rewrite, path: Path, voice: str | None) -> None:
    from aftertone.errors import ReportError
    from aftertone.files.private import write_file
    from aftertone.synthesis import DEFAULT_VOICE, spoken_wav

    sound = spoken_wav(found.parts, voice or DEFAULT_VOICE)
    try:
        write_file(path, sound)
    except OSError as error:
        raise ReportError(f"{path}: the speech cannot be written: {error.strerror or error}") from error


def _missing(found: Rewrite) -> str:
    from aftertone.playbook import BLANKS

    return ", ".join(BLANKS[fact] for fact in found.missing)


def _reason(outcome: Outcome) -> str:
    """Why there is no rewritten message."""
    if outcome.review is None:
        return str(outcome.error)
    return f"{outcome.path}: no message is written: {_why_none(outcome.review)}"


def _why_none(review: Review) -> str:
    measured = review.measurements
    reasons = [*measured.doubts.values()]
    if (unknown := measured.reasons.get("words.count")) is not None:
        reasons.append(unknown)
    return reasons[0] if reasons else f"the playbook {review.playbook} has no template"


def _entry(outcome: Outcome) -> dict[str, Any]:
    from aftertone.files.plain import plain

    review = outcome.review
    found = review.rewrite if review is not None else None
    return {
        "path": plain(str(outcome.path)),
        "playbook": review.playbook if review is not None else None,
        "rewrite": found.to_dict() if found is not None else None,
        "error": _reason(outcome) if found is None else None,
    }
