"""``aftertone score``: recordings against a playbook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.shared import (
    FAILED,
    UNUSABLE,
    brief_options,
    complain,
    engine_maker,
    engine_options,
    playbook_option,
    progress,
)

if TYPE_CHECKING:
    from aftertone.acoustics.vad import Detector
    from aftertone.language.brief import Brief


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@playbook_option("to score against")
@brief_options
@engine_options
@click.option("--transcript", is_flag=True, help="Print the words of each recording as well.")
@click.option("--jobs", "-j", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option(
    "--out",
    "outs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write a report: .jsonl, .json, .csv or .parquet. May be given several times.",
)
@click.pass_context
def score(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    playbook: str | None,
    transcript: bool,
    jobs: int,
    outs: tuple[Path, ...],
    quiet: bool,
    brief: Brief,
    vad: Detector,
    **engine_options: Any,
) -> None:
    """Score recordings against a playbook.

    PATHS are recordings, or folders that are searched for them. A recording that cannot be read is reported
    and does not stop the others. One recording is shown in full, several as a table.

    A brief may lie beside a recording as NAME.toml, or as a row of metadata.csv: who is called, by whom,
    which number. It is never required.

    \b
    Examples:
      aftertone score message.wav --transcript
      aftertone score practice/ --jobs 4 --out reviews.csv --out reviews.jsonl
      aftertone score practice/ --playbook my-advice.toml --offline

    Exit code: 0 all were scored, 1 a recording failed, 2 the command cannot be run as given, 130 it was
    stopped by Ctrl-C.
    """
    from aftertone.batch import recordings_in, review_many
    from aftertone.errors import ReportError
    from aftertone.playbook import load_playbook
    from aftertone.report import check_report_path, write_report
    from aftertone.report.console import (
        console_for,
        print_failures,
        print_outcomes,
        print_review,
        print_transcript,
        summary,
    )

    for out in outs:
        check_report_path(out)
    book = None if playbook is None else load_playbook(playbook)
    files = list(dict.fromkeys(file for path in paths for file in recordings_in(path)))
    engine = engine_maker(jobs=jobs, quiet=quiet, **engine_options)
    with progress(len(files), quiet) as hook:
        outcomes = list(
            review_many(files, engine=engine, playbook=book, brief=brief, jobs=jobs, vad=vad, hook=hook)
        )
    unwritten = []  # the scores are printed all the same
    for out in outs:
        try:
            write_report(outcomes, out)
        except ReportError as error:
            unwritten.append(error)

    console = console_for(sys.stdout)
    print_outcomes(outcomes, console)
    reviews = [outcome.review for outcome in outcomes if outcome.review is not None]
    if len(outcomes) == 1 and reviews:
        console.print()
        print_review(reviews[0], console)
    if transcript:
        console.print()
        for review in reviews:
            print_transcript(review.recording, review.transcript, console)
    print_failures(outcomes, console)
    console.print(summary(outcomes), style="bold")
    for problem in unwritten:
        complain(f"error: {problem}")
    if unwritten:
        ctx.exit(UNUSABLE)
    if len(reviews) < len(outcomes):
        ctx.exit(FAILED)
