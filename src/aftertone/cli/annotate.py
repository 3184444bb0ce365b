"""``aftertone annotate``: reviews as annotation files for other tools."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.options import batch_options, options_of, paths_argument, recordings_of
from aftertone.cli.terminal import FAILED, batch_progress

if TYPE_CHECKING:
    from aftertone.outcome import Outcome


def _formats(ctx: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    from aftertone.report.annotation_files import SUFFIXES

    formats = list(dict.fromkeys(each.strip().lower() for each in value.split(",")))
    for each in formats:
        if each not in SUFFIXES:
            raise click.BadParameter(f"{each!r} is none of {', '.join(SUFFIXES)}", ctx, parameter)
    return formats


@click.command()
@paths_argument
@click.option(
    "--format",
    "formats",
    default="textgrid",
    show_default=True,
    callback=_formats,
    metavar="KIND,…",
    help="textgrid (Praat), srt or vtt (captions), labels (Audacity); several with commas between them.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for the files. [default: beside each recording]",
)
@batch_options("whose findings are marked")
@click.pass_context
def annotate(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    formats: list[str],
    out: Path | None,
    jobs: int,
    quiet: bool,
    **given: Any,
) -> None:
    """Write annotations of recordings for Praat, caption players and Audacity.

    A TextGrid has tiers for words, pauses, fillers, restarts and the number, and points for syllable nuclei
    and findings. SRT and VTT hold the words as captions. Labels hold everything but the words. Each file has
    the name of its recording with another suffix.

    \b
    Examples:
      aftertone annotate message.wav
      aftertone annotate practice/ --format textgrid,srt,labels --out marks/

    Exit code: 0 all were written, 1 a recording failed, 2 the command cannot be run as given.
    """
    from aftertone.acoustics.nuclei import syllable_nuclei
    from aftertone.batch import review_many
    from aftertone.errors import ReportError, unexpected
    from aftertone.files.private import make_folder
    from aftertone.report.annotation_files import write_annotations
    from aftertone.report.console import console_for, harmless, print_failures

    if out is not None:
        try:
            make_folder(out)
        except OSError as error:
            raise ReportError(f"{out}: the folder cannot be made: {error.strerror or error}") from error
    files = recordings_of(paths, quiet)
    options = options_of(quiet=quiet, **given)
    console = console_for(sys.stdout)
    failed: list[Outcome] = []
    used: set[Path] = set()
    with batch_progress(len(files), quiet) as hook:
        for outcome in review_many(files, **options.keywords(), jobs=jobs, hook=hook):
            if outcome.review is None or not isinstance(outcome.path, Path):
                failed.append(outcome)
                continue
            stem = _unused(out or outcome.path.parent, outcome.path.stem, used)
            try:
                has_nuclei = "textgrid" in formats
                nuclei_s = syllable_nuclei(options.read(outcome.path)).tolist() if has_nuclei else ()
                for path in write_annotations(outcome.review, formats, stem, nuclei_s):
                    console.print(harmless(str(path)))
            except ReportError:
                raise
            except Exception as error:  # the other recordings go on
                failed.append(replace(outcome, review=None, error=unexpected(error, outcome.path)))
    print_failures(failed, console)
    if failed:
        ctx.exit(FAILED)


def _unused(folder: Path, name: str, used: set[Path]) -> Path:
    """A path without suffix that no recording before had: several may share a name."""
    stem, count = folder / name, 1
    while stem in used:
        stem, count = folder / f"{name}-{count + 1}", count + 1
    used.add(stem)
    return stem
