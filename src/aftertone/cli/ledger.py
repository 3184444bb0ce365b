"""``aftertone ledger``: what is in a ledger, and what can be saved of a damaged one."""

from __future__ import annotations

from pathlib import Path

import click

from aftertone.cli.shared import FAILED, complain

_NAMED = 10  # of the recordings whose rows are damaged


@click.group()
def ledger() -> None:
    """Look into the ledger that a batch keeps of what is done."""


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--save",
    "to",
    type=click.Path(path_type=Path),
    metavar="NEW.ledger",
    help="Write what can be read to a new ledger, with which --resume goes on.",
)
@click.pass_context
def check(ctx: click.Context, /, file: Path, to: Path | None) -> None:
    """Say what is in a ledger: how it was made, what is done, and which rows are damaged.

    Every row is read. Rows that are damaged by themselves are done again by the same command with --resume.
    Where the file is damaged as well, --save writes the whole rows to a new ledger; give that to --ledger.

    \b
    Examples:
      aftertone ledger check reviews.csv.ledger
      aftertone ledger check reviews.csv.ledger --save saved.ledger

    Exit code: 0 all of it is whole, 1 some of it is damaged, 2 it is no ledger, or in use.
    """
    from aftertone.report.console import harmless
    from aftertone.report.ledger import ledger_content, saved_ledger

    content = ledger_content(file) if to is None else saved_ledger(file, to)
    ended = "ended" if content.is_finished else "did not end"
    click.echo(harmless(f"{file}: the outcomes of a run that {ended}"))
    failed = sum(content.failed_counts.values())
    click.echo(f"{content.whole_count:,} recordings: {content.reviewed_count:,} reviewed, {failed:,} failed")
    for kind, count in sorted(content.failed_counts.items()):
        click.echo(harmless(f"  {kind}: {count:,}"))
    for name, value in sorted(content.settings.items()):
        click.echo(harmless(f"{name}: {value}"))
    if to is not None:
        click.echo(
            harmless(f"{to}: the {content.whole_count:,} outcomes that can be read; go on with --resume")
        )
    damaged = content.damaged
    if damaged:
        more = f" and {len(damaged) - _NAMED:,} more" if len(damaged) > _NAMED else ""
        complain(f"damaged rows, {len(damaged):,}: {', '.join(damaged[:_NAMED])}{more}")
    if not content.is_sound:
        complain(
            f"{file}: the file itself is damaged; --save NEW.ledger writes what can be read to a new one"
        )
    elif damaged:
        complain("--resume does them again")
    if damaged or not content.is_sound:
        ctx.exit(FAILED)
