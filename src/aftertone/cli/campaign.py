"""``aftertone campaign``: the messages of one caller to one recipient, judged together."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.options import (
    batch_options,
    check_outs,
    excel_option,
    json_option,
    options_of,
    outs_option,
    paths_argument,
)
from aftertone.cli.terminal import FAILED, batch_progress, notify, notify_skipped, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from aftertone.language.brief import Brief
    from aftertone.outcome import Outcome
    from aftertone.practice.campaign import Campaign, CampaignMessage


@click.command()
@paths_argument
@batch_options("that each message should follow")
@click.option("--plan", is_flag=True, help="Use the briefs alone. No recording is read or scored.")
@json_option
@outs_option("Write a report of the reviews, as `aftertone score` does.")
@excel_option
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

    PATHS are recordings or folders. Their briefs say who called whom and when: recipient, caller,
    recorded_at. A brief is NAME.toml beside the recording, or a row of metadata.csv. Each campaign is shown
    in order of time: the time between the messages, whether they were left at another time of day, the
    playbook that each should follow, its score, and the message that is one too many.

    \b
    Examples:
      aftertone campaign calls/
      aftertone campaign calls/ --plan
      aftertone campaign monday.wav tuesday.wav --recipient Mary --playbook collections

    Exit code: 0 all were scored, 1 a recording failed or belongs to no campaign, 2 the command cannot be run
    as given, 130 stopped by Ctrl-C.
    """
    from aftertone.batch import Options, review_many
    from aftertone.corpus import skipped_in
    from aftertone.playbook import load_playbook
    from aftertone.practice.campaign import campaigns
    from aftertone.report import SCHEMA_VERSION, write_report
    from aftertone.report.console import console_for, print_failures
    from aftertone.report.redaction import NAME, redacted_message

    if plan and outs:
        raise click.UsageError("--plan scores nothing: there is no report to write with --out")
    check_outs(outs, excel)
    options = Options(playbook=None if playbook is None else load_playbook(playbook))
    left_out: list[str] = []

    def leave_out(path: Path, reason: str) -> None:
        left_out.append(redacted_message(reason, path) if redact else reason)

    found = campaigns(paths, brief=brief, left_out=leave_out)
    notify_skipped((each for path in paths for each in skipped_in(path)), quiet)
    briefs = {path: known for each in found for path, known in each.briefs.items()}
    outcomes: list[Outcome] = []
    if briefs and not plan:
        options = options_of(quiet=quiet, redact=redact, playbook=playbook, **given)
        options = replace(options, brief=briefs)
        with batch_progress(len(briefs), quiet) as hook:
            outcomes = list(review_many(briefs, **options.keywords(), jobs=jobs, hook=hook))
    if redact:
        found = tuple(replace(each, caller=each.caller and NAME, recipient=NAME) for each in found)
    of_path = {Path(outcome.path): outcome for outcome in outcomes}
    outcomes = [of_path[path] for path in briefs if path in of_path]  # in the order given
    for out in outs:
        write_report(outcomes, out, audio=not redact, read=options.read, excel=excel)
    if as_json:
        print_json(
            {
                "schema_version": SCHEMA_VERSION,
                "campaigns": [each.to_dict(of_path) for each in found],
                "left_out": left_out,
            }
        )
    else:
        console = console_for(sys.stdout)
        _print_campaigns(found, of_path, console)
        print_failures(outcomes, console)
    for reason in left_out:
        notify(f"left out: {reason}")
    if left_out and not found:
        notify("name the recipient: with --recipient NAME, or in a brief beside each recording")
    if left_out or any(outcome.error for outcome in outcomes):
        ctx.exit(FAILED)


def _print_campaigns(
    campaigns: Sequence[Campaign], outcomes: Mapping[Path, Outcome], console: Console
) -> None:
    """One table for each campaign of several messages, and one for all single messages."""
    from aftertone.report.console import harmless, print_rows

    headings = [">", "recording", "left at", ">after", "another time?", "should follow"]
    headings += [">score", "first thing to do"] if outcomes else []
    single = [campaign for campaign in campaigns if len(campaign.messages) == 1]
    for campaign in campaigns:
        if campaign in single:
            continue
        names = f"{campaign.caller or 'an unnamed caller'} to {campaign.recipient}"
        console.print(harmless(f"{names}: {len(campaign.messages)} messages"), style="bold")
        print_rows(headings, [_row(message, outcomes) for message in campaign.messages], console)
        _print_remarks(campaign, console)
        console.print()
    if single:
        console.print("one message each" if len(single) > 1 else "one message", style="bold")
        rows = [
            [campaign.recipient, campaign.caller or "-", *row[1:3], *row[5:]]
            for campaign in single
            for row in [_row(campaign.messages[0], outcomes)]
        ]
        print_rows(["recipient", "caller", *headings[1:3], *headings[5:]], rows, console)
        for campaign in single:
            _print_remarks(campaign, console)


def _row(message: CampaignMessage, outcomes: Mapping[Path, Outcome]) -> list[str]:
    from aftertone.report.review_text import first_thing

    at = message.brief.recorded_at
    row = [
        str(message.attempt),
        message.path.name,
        "-" if at is None else f"{at:%Y-%m-%d %H:%M}",
        _time_after(message.after_h),
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
                f"allows at most {allowed} to one person. Do not leave another: write."
            )
            console.print(harmless(remark), style="red")
    undated = [message.path.name for message in campaign.messages if message.brief.recorded_at is None]
    if undated and len(campaign.messages) > 1:
        remark = (
            f"the time between messages is not known: no recorded_at in the brief of {', '.join(undated)}"
        )
        console.print(harmless(remark), style="dim")


def _time_after(hours: float | None) -> str:
    """The time since the message before, in minutes, hours or days."""
    if hours is None:
        return "-"
    if hours < 1:
        return f"{60 * hours:.0f} min"
    if hours < 23.5:
        return f"{hours:.0f} h"
    days = f"{hours / 24:.1f}".removesuffix(".0")
    return f"{days} day{'s' * (days != '1')}"
