"""``aftertone annotate``: reviews as files that other tools open over the recording."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.shared import (
    FAILED,
    brief_options,
    engine_options,
    jobs_option,
    options_of,
    playbook_option,
    progress,
    redact_option,
    tell_skipped,
)

if TYPE_CHECKING:
    from aftertone.language.brief import Brief
    from aftertone.outcome import Outcome

_KINDS = ("textgrid", "srt", "vtt", "labels")


def _kinds(ctx: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    kinds = list(dict.fromkeys(kind.strip().lower() for kind in value.split(",")))
    unknown = [kind for kind in kinds if kind not in _KINDS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(_KINDS)}", ctx, parameter)
    return kinds


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "kinds",
    default="textgrid",
    show_default=True,
    callback=_kinds,
    metavar="KIND,…",
    help="textgrid (Praat), srt, vtt (captions), labels (Audacity); several with commas between.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write in. [default: beside each recording]",
)
@redact_option
@playbook_option("whose findings are marked")
@brief_options
@engine_options
@jobs_option
@click.pass_context
def annotate(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    kinds: list[str],
    out: Path | None,
    playbook: str | None,
    jobs: int,
    quiet: bool,
    brief: Brief,
    **given: Any,
) -> None:
    """Write what was heard as annotations, for Praat, caption players and Audacity.

    A TextGrid has tiers of words, pauses, fillers, restarts and the number, and points for syllable nuclei
    and findings. SRT and VTT have the words as captions; labels have all but the words. A file is called as
    its recording, with another suffix.

    \b
    Examples:
      aftertone annotate message.wav
      aftertone annotate practice/ --format textgrid,srt,labels --out marks/

    Exit code: 0 all were written, 1 a recording failed, 2 the command cannot be run as given.
    """
    from aftertone.acoustics.nuclei import syllable_nuclei
    from aftertone.batch import recordings_in, review_many
    from aftertone.corpus import skipped_in
    from aftertone.errors import ReportError, unexpected
    from aftertone.files.private import make_folder
    from aftertone.report.annotations import write_annotations
    from aftertone.report.console import console_for, harmless, print_failures

    if out is not None:
        try:
            make_folder(out)
        except OSError as error:
            raise ReportError(f"{out}: the folder cannot be made: {error.strerror or error}") from error
    files = list(dict.fromkeys(file for path in paths for file in recordings_in(path)))
    tell_skipped((each for path in paths for each in skipped_in(path)), quiet)
    options = options_of(quiet=quiet, brief=brief, playbook=playbook, **given)
    console = console_for(sys.stdout)
    failed: list[Outcome] = []
    taken: set[Path] = set()
    with progress(len(files), quiet) as hook:
        for outcome in review_many(files, **options.keywords(), jobs=jobs, hook=hook):
            if outcome.review is None or not isinstance(outcome.path, Path):
                failed.append(outcome)
                continue
            folder, name = out or outcome.path.parent, outcome.path.stem
            stem, count = folder / name, 1
            while stem in taken:  # a recording of the same name, from another folder or of another suffix
                stem, count = folder / f"{name}-{count + 1}", count + 1
            taken.add(stem)
            try:
                nuclei_s = syllable_nuclei(options.read(outcome.path)).tolist() if "textgrid" in kinds else ()
                for path in write_annotations(outcome.review, kinds, stem, nuclei_s):
                    console.print(harmless(str(path)))
            except ReportError:
                raise
            except Exception as error:  # it costs this recording alone
                failed.append(replace(outcome, review=None, error=unexpected(error, outcome.path)))
    print_failures(failed, console)
    if failed:
        ctx.exit(FAILED)
