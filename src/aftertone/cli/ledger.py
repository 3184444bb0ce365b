"""``aftertone ledger``: the content of a ledger, and the repair of a damaged one."""

from __future__ import annotations

from pathlib import Path

import click

from aftertone.cli.terminal import FAILED, notify

_NAMES_MAX = 10  # of recordings with damaged rows


@click.group()
def ledger() -> None:
    """Inspect the ledger in which a batch stores its results."""


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--save",
    "to",
    type=click.Path(path_type=Path),
    metavar="NEW.ledger",
    help="Write the readable rows to a new ledger, from which --resume continues.",
)
@click.pass_context
def check(ctx: click.Context, /, file: Path, to: Path | None) -> None:
    """Print the settings of a ledger, its results, and the damaged rows.

    Every row is read. If single rows are damaged, the same command with --resume does them again. If the
    file itself is damaged, --save writes the readable rows to a new ledger: give that one to --ledger.

    \b
    Examples:
      aftertone ledger check reviews.csv.ledger
      aftertone ledger check reviews.csv.ledger --save saved.ledger

    Exit code: 0 nothing is damaged, 1 something is damaged, 2 it is not a ledger, or in use.
    """
    from aftertone.report.console import harmless
    from aftertone.report.ledger import ledger_content, rescue_ledger

    content = ledger_content(file) if to is None else rescue_ledger(file, to)
    failed_count = sum(content.failed_counts.values())
    lines = [
        f"{file}: the outcomes of a run that {'ended' if content.is_finished else 'did not end'}",
        f"{content.whole_count:,} recordings: {content.reviewed_count:,} reviewed, {failed_count:,} failed",
        *(f"  {kind}: {count:,}" for kind, count in sorted(content.failed_counts.items())),
        *(f"{name}: {value}" for name, value in sorted(content.settings.items())),
    ]
    if to is not None:
        lines.append(f"{to}: the {content.whole_count:,} readable outcomes; continue with --resume")
    for line in lines:
        click.echo(harmless(line))
    if damaged := content.damaged:
        more = f" and {len(damaged) - _NAMES_MAX:,} more" if len(damaged) > _NAMES_MAX else ""
        notify(f"damaged rows, {len(damaged):,}: {', '.join(damaged[:_NAMES_MAX])}{more}")
    if not content.is_sound:
        notify(f"{file}: the file itself is damaged; --save NEW.ledger writes the readable rows to a new one")
    elif damaged:
        notify("--resume does them again")
    if damaged or not content.is_sound:
        ctx.exit(FAILED)
