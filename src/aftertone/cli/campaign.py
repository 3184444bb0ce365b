"""``aftertone campaign``: the messages of one caller to one recipient, judged together."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.shared import (
    FAILED,
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
    from rich.console import Console

    from aftertone.acoustics.audio import Reader
    from aftertone.language.brief import Brief
    from aftertone.outcome import Outcome
    from aftertone.practice.campaign import Campaign, Message


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@playbook_option("that each message should follow")
@brief_options
@engine_options
@click.option("--plan", is_flag=True, help="From the briefs alone: nothing is listened to or scored.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of tables.")
@jobs_option
@click.option(
    "--out",
    "outs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write a report of the reviews, as `aftertone score` does. May be given several times.",
)
@excel_option
@redact_option
@click.pass_context
def campaign(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    playbook: str | None,
    plan: bool,
    as_json: bool,
    jobs: int,
    outs: tuple[Path, ...],
    excel: bool,
    redact: bool,
    quiet: bool,
    brief: Brief,
    **given: Any,
) -> None:
    """Judge the messages of one caller to one recipient together.

    PATHS are recordings, or folders. Their briefs, NAME.toml beside each or a row of metadata.csv, say who
    called whom and when: recipient, caller, recorded_at. Each campaign is shown in order of time: how far
    apart the messages are, whether at another time of day, which playbook each should follow and how well it
    does, and the message that is one too many.

    \b
    Examples:
      aftertone campaign calls/
      aftertone campaign calls/ --plan
      aftertone campaign monday.wav tuesday.wav --recipient Mary --playbook collections

    Exit code: 0 all were scored, 1 a recording failed or belongs to no campaign, 2 the command cannot be run
    as given, 130 it was stopped by Ctrl-C.
    """
    import msgspec

    from aftertone.acoustics.audio import read_audio
    from aftertone.batch import review_many
    from aftertone.corpus import skipped_in
    from aftertone.playbook import load_playbook
    from aftertone.practice.campaign import campaign_dict, campaigns
    from aftertone.report import SCHEMA_VERSION, check_report_path, write_report
    from aftertone.report.console import console_for, print_failures
    from aftertone.report.redaction import NAME, redacted_message

    if plan and outs:
        raise click.UsageError("--plan scores nothing: there is no report to write with --out")
    for out in outs:
        check_report_path(out)
    check_excel(excel, outs)
    book = None if playbook is None else load_playbook(playbook)
    without: list[str] = []

    def left_out(path: Path, reason: str) -> None:
        without.append(redacted_message(reason, path) if redact else reason)

    found = campaigns(paths, brief=brief, left_out=left_out)
    tell_skipped((each for path in paths for each in skipped_in(path)), quiet)
    briefs = {path: known for each in found for path, known in each.briefs.items()}
    outcomes: list[Outcome] = []
    read: Reader = read_audio
    if briefs and not plan:
        options = replace(options_of(quiet=quiet, redact=redact, **given), playbook=book, brief=briefs)
        read = options.read
        with progress(len(briefs), quiet) as hook:
            outcomes = list(review_many(briefs, **options.keywords(), jobs=jobs, hook=hook))
    if redact:
        found = tuple(replace(each, caller=each.caller and NAME, recipient=NAME) for each in found)
    of_path = {Path(outcome.path): outcome for outcome in outcomes}
    outcomes = [of_path[path] for path in briefs if path in of_path]  # in the order given
    for out in outs:
        write_report(outcomes, out, audio=not redact, read=read, excel=excel)
    if as_json:
        page = {
            "schema_version": SCHEMA_VERSION,
            "campaigns": [campaign_dict(each, of_path) for each in found],
            "left_out": [reason.encode("utf-8", "replace").decode() for reason in without],
        }
        click.echo(msgspec.json.format(msgspec.json.encode(page), indent=2))
    else:
        console = console_for(sys.stdout)
        _print_campaigns(found, of_path, console)
        print_failures(outcomes, console)
    for reason in without:
        complain(f"left out: {reason}")
    if without and not found:
        complain("name who is called: --recipient NAME, or recipient in a brief beside each recording")
    if without or any(outcome.error for outcome in outcomes):
        ctx.exit(FAILED)


def _print_campaigns(
    campaigns: Sequence[Campaign], outcomes: Mapping[Path, Outcome], console: Console
) -> None:
    """A table of each campaign of several messages, and one of all the messages that stand alone."""
    from aftertone.report.console import harmless, print_rows

    alone = [campaign for campaign in campaigns if len(campaign.messages) == 1]
    headings = [">", "recording", "left at", ">after", "another time?", "should follow"]
    headings += [">score", "first thing to do"] if outcomes else []
    for campaign in campaigns:
        if campaign in alone:
            continue
        names = f"{campaign.caller or 'an unnamed caller'} to {campaign.recipient}"
        console.print(harmless(f"{names}: {len(campaign.messages)} messages"), style="bold")
        print_rows(headings, [_row(message, outcomes) for message in campaign.messages], console)
        _print_remarks(campaign, console)
        console.print()
    if alone:
        title = "one message each" if len(alone) > 1 else "one message"
        console.print(title, style="bold")
        rows = [
            [campaign.recipient, campaign.caller or "-", *row[1:3], *row[5:]]
            for campaign in alone
            for row in [_row(campaign.messages[0], outcomes)]
        ]
        print_rows(["recipient", "caller", *headings[1:3], *headings[5:]], rows, console)
        for campaign in alone:
            _print_remarks(campaign, console)


def _row(message: Message, outcomes: Mapping[Path, Outcome]) -> list[str]:
    from aftertone.report.console import first_thing

    at = message.brief.recorded_at
    row = [
        str(message.attempt),
        message.path.name,
        "-" if at is None else f"{at:%Y-%m-%d %H:%M}",
        _apart(message.after_h),
        {True: "yes", False: "no", None: "-"}[message.another_time],
        message.playbook,
    ]
    if outcomes:
        outcome = outcomes.get(message.path)
        review = outcome and outcome.review
        row += [review.score.text or "-", first_thing(review)] if review else ["-", "failed"]
    return row


def _print_remarks(campaign: Campaign, console: Console) -> None:
    from aftertone.report.console import harmless

    for message in campaign.messages:
        if message.too_many:
            allowed = "1 message" if message.limit == 1 else f"{message.limit} messages"
            remark = (
                f"one too many: {message.path.name} is message {message.attempt}, and {message.playbook} "
                f"has at most {allowed} to one person. Do not leave another: write."
            )
            console.print(harmless(remark), style="red")
    undated = [message.path.name for message in campaign.messages if message.brief.recorded_at is None]
    if undated and len(campaign.messages) > 1:
        remark = f"how far apart is not known: no recorded_at in the brief of {', '.join(undated)}"
        console.print(harmless(remark), style="dim")


def _apart(hours: float | None) -> str:
    """How long after the message before, as people say it."""
    if hours is None:
        return "-"
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return (
        f"{hours:.0f} h"
        if hours < 23.5
        else f"{hours / 24:.1f} days".replace(".0 ", " ").replace("1 days", "1 day")
    )
