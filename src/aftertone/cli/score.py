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

from aftertone.cli.options import batch_options, check_outs, excel_option, options_of, outs_option
from aftertone.cli.terminal import FAILED, UNUSABLE, batch_progress, notify, notify_skipped

if TYPE_CHECKING:
    from aftertone.batch import Options
    from aftertone.corpus import Corpus
    from aftertone.playbook import Playbook
    from aftertone.report import KeptOutcomes, Outcome

_PARTS_ALONE = "read the parts with `aftertone summary` or aftertone.read_outcomes"
_NOT_ON_CLUSTER = {  # options for this machine alone, each with the reason
    "jobs": "each actor has a CPU of its own",
    "ledger": "the parts are the ledger",
    "page": _PARTS_ALONE,
    "no_audio": _PARTS_ALONE,
    "excel": "the parts are Parquet",
    "offline": "its machines are reached over the network",
    "transcript": _PARTS_ALONE,
    "with_summary": _PARTS_ALONE,
}
_TABLE_ROWS_MAX = 200  # more recordings are shown as a summary


@click.command()
@click.argument("paths", nargs=-1, required=True)
@batch_options("to score against")
@click.option("--transcript", is_flag=True, help="Print the words of each recording, too.")
@outs_option("Write a report: .jsonl, .json, .csv, .parquet or .html.")
@excel_option
@click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    help="Store each result as soon as it is known. [default: OUT.ledger, beside the first report]",
)
@click.option(
    "--resume", is_flag=True, help="Continue with the ledger: skip recordings that are done and unchanged."
)
@click.option("--retry-failed", is_flag=True, help="With --resume, try failed recordings again.")
@click.option(
    "--time-limit",
    "time_limit_s",
    type=click.FloatRange(0),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="The most time for one of several recordings; 0 for no limit.",
)
@click.option("--without-transcripts", is_flag=True, help="Write no transcripts.")
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Run on a Ray cluster: ray://HOST:10001, auto or local. --out is a folder for Parquet parts.",
)
@click.option("--summary", "with_summary", is_flag=True, help="Print the spread of each measure.")
@click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path),
    help="Write an .html page to look at and listen to, all in one file.",
)
@click.option(
    "--no-audio",
    is_flag=True,
    help="Write the page without the sound. --redact and --without-transcripts do so too.",
)
@click.pass_context
def score(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
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
    **given: Any,
) -> None:
    """Score recordings against a playbook.

    PATHS are recordings; folders; patterns in quotes; a metadata.csv; addresses such as s3://bucket/folder;
    or - for a list of paths on stdin. A recording that cannot be read is reported, and the others go on. One
    recording is shown in full, several as a table, very many as a summary.

    Each recording may have a brief: NAME.toml beside it, or a row of metadata.csv. It names the recipient,
    the caller and the number. It is never required.

    \b
    Examples:
      aftertone score message.wav --transcript
      aftertone score practice/ --jobs 4 --out reviews.csv --out reviews.jsonl
      aftertone score practice/ --report practice.html
      aftertone score practice/ --playbook my-advice.toml --offline
      find calls -name '*.wav' -print0 | aftertone score - --jobs 4 --out reviews.parquet --resume

    Exit code: 0 all were scored, 1 a recording failed, 2 the command cannot be run as given, 70 aftertone
    itself failed, 130 stopped by Ctrl-C.
    """
    from aftertone.batch import review_many
    from aftertone.corpus import Corpus, PathList
    from aftertone.errors import NoAudioFoundError, ReportError
    from aftertone.files.private import temporary_folder
    from aftertone.report import KeptOutcomes, write_report

    if page is not None:
        if page.suffix.lower() not in (".html", ".htm"):
            raise click.BadParameter(
                f"{page}: a page is .html; --out writes the other kinds", param_hint="--report"
            )
        outs = (*outs, page)
    if retry_failed and not resume:
        raise click.UsageError("--retry-failed goes with --resume")
    if cluster is None:
        check_outs(outs, excel)
    else:
        _check_cluster(ctx, outs)
    options = replace(
        options_of(quiet=quiet, redact=redact, **given),
        transcripts=not without_transcripts,
    )
    corpus = Corpus(PathList(sys.stdin.buffer) if paths == ("-",) else paths, offline=given["offline"])
    if not len(corpus):
        raise NoAudioFoundError(
            "-: the list on stdin is empty; expected the path of a recording on each line"
        )
    notify_skipped(corpus.skipped(), quiet)
    is_batch = len(corpus) > 1 or cluster is not None
    run: dict[str, Any] = {
        "resume": resume,
        "retry_failed": retry_failed,
        "time_limit_s": (time_limit_s or None) if is_batch else None,
    }
    if cluster is not None:
        failed_count = _score_on_cluster(corpus, options, str(outs[0]), cluster, quiet, **run)
        ctx.exit(FAILED if failed_count else 0)
    if ledger is None and outs and (is_batch or resume):
        ledger = outs[0].with_name(f"{outs[0].name}.ledger")
    with temporary_folder() as temporary:
        kept = ledger or temporary / "run.ledger"
        with batch_progress(len(corpus), quiet) as hook:
            reviewed = review_many(corpus, **options.keywords(), jobs=jobs, ledger=kept, hook=hook, **run)
            _complete(reviewed, ledger)
        outcomes = KeptOutcomes(kept)
        audio = not (no_audio or redact or without_transcripts)  # the sound holds what the text must not
        problems = []
        for out in outs:
            try:
                write_report(
                    outcomes, out, audio=audio, playbook=options.playbook, read=options.read, excel=excel
                )
            except ReportError as error:  # the scores are printed all the same
                problems.append(error)
        failed_count = _print(
            outcomes, transcript=transcript, with_summary=with_summary, playbook=options.playbook
        )
    for problem in problems:
        notify(f"error: {problem}")
    if problems:
        ctx.exit(UNUSABLE)
    if failed_count:
        ctx.exit(FAILED)


def _complete(outcomes: Iterator[Outcome], ledger: Path | None) -> None:
    """Make all outcomes. If Ctrl-C stops this, say what is kept."""
    done_count = 0
    try:
        for _ in outcomes:
            done_count += 1
    except KeyboardInterrupt:
        if ledger is None:
            raise KeyboardInterrupt("no scores were printed and no report was written") from None
        raise KeyboardInterrupt(
            f"{done_count:,} done in this run and kept in {ledger}; the same command with --resume goes on"
        ) from None


def _print(outcomes: KeptOutcomes, *, transcript: bool, with_summary: bool, playbook: Playbook | None) -> int:
    """Print the scores: how many recordings failed."""
    from aftertone.report import Summary
    from aftertone.report import console as text
    from aftertone.report.table import table_row

    console = text.console_for(sys.stdout)
    has_table = len(outcomes) <= _TABLE_ROWS_MAX
    shown = list(outcomes) if has_table else []
    if len(shown) == 1:
        text.print_review(shown[0], console)
    elif has_table:
        text.print_outcomes(shown, console)
    if transcript:
        console.print()
        for review in (outcome.review for outcome in outcomes if outcome.review is not None):
            text.print_transcript(review.recording, review.transcript, console)
    text.print_failures(outcomes, console)
    summary = Summary(table_row(outcome) for outcome in outcomes)
    if with_summary or not has_table:
        console.print()
        text.print_summary(summary, console, playbook)
    else:
        console.print(text.harmless(summary.text), style="bold")
    return summary.failed_count


# ── on a cluster ─────────────────────────────────────────────────────────────────────────────────────


def _check_cluster(ctx: click.Context, outs: tuple[Path, ...]) -> None:
    """Refuse options that have no effect on a cluster."""
    if len(outs) != 1 or outs[0].suffix:
        raise click.UsageError("--cluster goes with one --out: a folder for the Parquet parts")
    for parameter in ctx.command.params:
        is_given = ctx.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT
        if parameter.name in _NOT_ON_CLUSTER and is_given:
            raise click.UsageError(
                f"--cluster does not go with {parameter.opts[0]}: {_NOT_ON_CLUSTER[parameter.name]}"
            )


def _score_on_cluster(
    corpus: Corpus, options: Options, out: str, address: str, quiet: bool, **run: Any
) -> int:
    """Review on a Ray cluster: how many recordings failed."""
    from aftertone.batch.cluster import Counts, review_on_cluster

    def hook(so_far: Counts) -> None:
        done_count = so_far.passed_count + so_far.done_count
        notify(f"{done_count:,} of {len(corpus):,} recordings, {so_far.failed_count:,} failed")

    out = re.sub(r"^(\w+):/(?=[^/])", r"\1://", out)  # Path removes one of the two slashes of an address
    try:
        counts = review_on_cluster(corpus, options, out, address=address, hook=None if quiet else hook, **run)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"what is done is kept in {out}; the same command with --resume goes on"
        ) from None
    click.echo(
        f"{counts.passed_count + counts.done_count:,} recordings are in {out}, {counts.done_count:,} of them "
        f"new, {counts.audio_s / 3600:,.1f} h of sound; {counts.failed_count:,} failed"
    )
    return counts.failed_count
