"""``aftertone score``: recordings against a playbook."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from aftertone.cli.shared import (
    FAILED,
    UNUSABLE,
    brief_options,
    check_excel,
    complain,
    engine_options,
    excel_option,
    jobs_option,
    options_of,
    playbook_option,
    progress,
    redact_option,
    tell_skipped,
)

if TYPE_CHECKING:
    from aftertone.batch import Options
    from aftertone.corpus import Corpus
    from aftertone.language.brief import Brief
    from aftertone.report import KeptOutcomes, Outcome

_NO_PRINT = "read the parts with `aftertone summary` or aftertone.read_outcomes"
_HERE_ALONE = {  # options that say how this machine runs and prints, each with what a cluster has for it
    "jobs": "each actor has a CPU of its own",
    "ledger": "the parts are the ledger",
    "page": _NO_PRINT,
    "no_audio": _NO_PRINT,
    "excel": "the parts are Parquet",
    "offline": "its machines are reached over the network",
    "transcript": _NO_PRINT,
    "with_summary": _NO_PRINT,
}
_TABLE_ROWS = 200  # of more recordings a table is no use to anybody: a summary is shown


@click.command()
@click.argument("paths", nargs=-1, required=True)
@playbook_option("to score against")
@brief_options
@engine_options
@click.option("--transcript", is_flag=True, help="Print the words of each recording as well.")
@jobs_option
@click.option(
    "--out",
    "outs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write a report: .jsonl, .json, .csv, .parquet or .html. May be given several times.",
)
@excel_option
@click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    help="Keep what is done as it is done. [default: OUT.ledger, beside the first report on several]",
)
@click.option("--resume", is_flag=True, help="Go on with the ledger: pass over what is done and unchanged.")
@click.option("--retry-failed", is_flag=True, help="With --resume, try again what failed.")
@click.option(
    "--time-limit",
    "time_limit_s",
    type=click.FloatRange(0),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="What one recording of several may take; 0 for no limit.",
)
@redact_option
@click.option("--without-transcripts", is_flag=True, help="Leave the transcripts out of what is written.")
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="On a Ray cluster: ray://HOST:10001, auto or local; --out is a folder of Parquet parts.",
)
@click.option("--summary", "with_summary", is_flag=True, help="Print how each measure is spread over all.")
@click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path),
    help="Write a page to look at and listen to, all in one file: .html.",
)
@click.option(
    "--no-audio",
    is_flag=True,
    help="Leave the sound out of the page, as --redact and --without-transcripts do.",
)
@click.pass_context
def score(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    playbook: str | None,
    transcript: bool,
    jobs: int,
    outs: tuple[Path, ...],
    ledger: Path | None,
    resume: bool,
    retry_failed: bool,
    time_limit_s: float,
    redact: bool,
    without_transcripts: bool,
    with_summary: bool,
    page: Path | None,
    no_audio: bool,
    excel: bool,
    cluster: str | None,
    quiet: bool,
    brief: Brief,
    **given: Any,
) -> None:
    """Score recordings against a playbook.

    PATHS are recordings; folders, searched for them; patterns in quotes; a metadata.csv; addresses such as
    s3://bucket/folder; or - for a list of them on stdin. A recording that cannot be read is reported and
    does not stop the others. One recording is shown in full, several as a table, very many as a summary.

    A brief may lie beside a recording as NAME.toml, or as a row of metadata.csv: who is called, by whom,
    which number. It is never required.

    \b
    Examples:
      aftertone score message.wav --transcript
      aftertone score practice/ --jobs 4 --out reviews.csv --out reviews.jsonl
      aftertone score practice/ --report practice.html
      aftertone score practice/ --playbook my-advice.toml --offline
      find calls -name '*.wav' -print0 | aftertone score - --jobs 4 --out reviews.parquet --resume

    Exit code: 0 all were scored, 1 a recording failed, 2 the command cannot be run as given, 70 aftertone
    itself failed, 130 it was stopped by Ctrl-C.
    """
    from aftertone.batch import review_many
    from aftertone.corpus import Corpus, Lines
    from aftertone.errors import NoAudioFoundError, ReportError
    from aftertone.files.private import temporary_folder
    from aftertone.report import KeptOutcomes, check_report_path, write_report

    if page is not None:
        if page.suffix.lower() not in (".html", ".htm"):
            raise click.BadParameter(f"{page}: a page is .html; --out takes the rest", param_hint="--report")
        outs = (*outs, page)
    if cluster is None:
        for out in outs:
            check_report_path(out)
        check_excel(excel, outs)
    if retry_failed and not resume:
        raise click.UsageError("--retry-failed goes with --resume")
    if cluster is not None:
        _check_cluster(ctx, outs)
    options = replace(
        options_of(quiet=quiet, brief=brief, playbook=playbook, redact=redact, **given),
        transcripts=not without_transcripts,
    )
    corpus = Corpus(Lines(sys.stdin.buffer) if paths == ("-",) else paths, offline=given["offline"])
    if not len(corpus):
        raise NoAudioFoundError(
            "-: the list on stdin is empty; expected the path of a recording on each line"
        )
    tell_skipped(corpus.skipped(), quiet)
    is_batch = len(corpus) > 1 or cluster is not None
    if cluster is not None:
        run = {"resume": resume, "retry_failed": retry_failed, "time_limit_s": time_limit_s or None}
        folder = re.sub(r"^(\w+):/(?=[^/])", r"\1://", str(outs[0]))  # a path makes one of two slashes
        if _on_cluster(corpus, options, folder, cluster, quiet, **run):
            ctx.exit(FAILED)
        return
    with temporary_folder() as temporary:
        kept = ledger or (
            outs[0].with_name(f"{outs[0].name}.ledger") if outs and (is_batch or resume) else None
        )
        with progress(len(corpus), quiet) as hook:
            outcomes = review_many(
                corpus,
                **options.keywords(),
                jobs=jobs,
                time_limit_s=(time_limit_s or None) if is_batch else None,
                ledger=kept or temporary / "run.ledger",
                resume=resume,
                retry_failed=retry_failed,
                hook=hook,
            )
            _go_through(outcomes, kept)
        done = KeptOutcomes(kept or temporary / "run.ledger")
        audio = not (no_audio or redact or without_transcripts)  # the sound says what the text must not
        unwritten = []  # the scores are printed all the same
        for out in outs:
            try:
                write_report(
                    done, out, audio=audio, playbook=options.playbook, read=options.read, excel=excel
                )
            except ReportError as error:
                unwritten.append(error)
        failed_count = _print(done, transcript=transcript, with_summary=with_summary)
    for problem in unwritten:
        complain(f"error: {problem}")
    if unwritten:
        ctx.exit(UNUSABLE)
    if failed_count:
        ctx.exit(FAILED)


def _check_cluster(ctx: click.Context, outs: tuple[Path, ...]) -> None:
    """Refuse what a cluster cannot do: an option that is given has an effect, or is an error."""
    if len(outs) != 1 or outs[0].suffix:
        raise click.UsageError("--cluster goes with one --out: a folder for the Parquet parts")
    for parameter in ctx.command.params:
        is_given = ctx.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT
        if parameter.name in _HERE_ALONE and is_given:
            raise click.UsageError(
                f"--cluster does not go with {parameter.opts[0]}: {_HERE_ALONE[parameter.name]}"
            )


def _on_cluster(corpus: Corpus, options: Options, out: str, address: str, quiet: bool, **run: Any) -> int:
    """Have a cluster review all; how many recordings failed."""
    from aftertone.batch.cluster import Counts, review_on_cluster

    def told(so_far: Counts) -> None:
        done = so_far.passed_count + so_far.done_count
        complain(f"{done:,} of {len(corpus):,} recordings, {so_far.failed_count:,} failed")

    try:
        hook = None if quiet else told
        counts = review_on_cluster(corpus, options, out, address=address, hook=hook, **run)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"what is done is kept in {out}; the same command with --resume goes on"
        ) from None
    click.echo(
        f"{counts.passed_count + counts.done_count:,} recordings are in {out}, {counts.done_count:,} of them "
        f"new, {counts.audio_s / 3600:,.1f} h of sound; {counts.failed_count:,} failed"
    )
    return counts.failed_count


def _go_through(outcomes: Iterator[Outcome], ledger: Path | None) -> None:
    """Have every outcome made; where Ctrl-C stops that, say what is kept."""
    done = 0
    try:
        for _ in outcomes:
            done += 1
    except KeyboardInterrupt:
        if ledger is None:
            raise KeyboardInterrupt("no scores were printed and no report was written") from None
        raise KeyboardInterrupt(
            f"{done:,} done in this run and kept in {ledger}; the same command with --resume goes on"
        ) from None


def _print(outcomes: KeptOutcomes, *, transcript: bool, with_summary: bool) -> int:
    """All that the terminal is to show; how many recordings failed."""
    from aftertone.report import Summary
    from aftertone.report.console import (
        console_for,
        print_failures,
        print_outcomes,
        print_review,
        print_summary,
        print_transcript,
        summary,
    )
    from aftertone.report.row import row_of

    console = console_for(sys.stdout)
    count = len(outcomes)
    is_small = count <= _TABLE_ROWS
    if is_small:
        shown = list(outcomes)
        print_outcomes(shown, console)
        if count == 1 and shown[0].review is not None:
            console.print()
            print_review(shown[0].review, console)
    if transcript:
        console.print()
        for review in (outcome.review for outcome in outcomes if outcome.review is not None):
            print_transcript(review.recording, review.transcript, console)
    print_failures(outcomes, console)
    in_common = Summary(row_of(outcome) for outcome in outcomes) if with_summary or not is_small else None
    if in_common is not None:
        console.print()
        print_summary(in_common, console)
    if is_small:
        console.print(summary(shown), style="bold")
        return sum(outcome.error is not None for outcome in shown)
    assert in_common is not None
    return in_common.failed_count
