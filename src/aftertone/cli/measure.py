"""``aftertone measure`` prints every measure of one recording; ``aftertone measures`` lists them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.options import brief_options, options_of, review_of, review_options
from aftertone.cli.terminal import print_json

if TYPE_CHECKING:
    from aftertone.language.brief import Brief


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@brief_options
@review_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON on a terminal, too.")
def measure(file: Path, quiet: bool, brief: Brief, as_json: bool, **given: Any) -> None:
    """Measure one recording: a drawing on a terminal, JSON in a pipe.

    The drawing shows the waveform with the words under it, pauses, fillers and the number, pitch and pace.

    The JSON object holds "measurements" by group, "not_measured" with the reason of each null, and
    "evidence" with the parts of the recording that each value comes from. There is no --redact: `aftertone
    score --redact --out FILE.json` masks numbers and names.

    \b
    Examples:
      aftertone measure message.wav
      aftertone measure message.wav > message.json
      aftertone measure message.wav --no-words | jq .measurements.pitch
    """
    from aftertone.report import SCHEMA_VERSION

    recording, review = review_of(file, options_of(quiet=quiet, **given), brief)
    if sys.stdout.isatty() and not as_json:
        from aftertone.report.console import console_for
        from aftertone.report.terminal_drawing import terminal_drawing
        from aftertone.report.waveform_figure import figure_of

        console = console_for(sys.stdout)
        for line in terminal_drawing(review, figure_of(recording), console.width):
            console.print(line)
        return
    print_json(
        {
            "schema_version": SCHEMA_VERSION,
            "recording": recording.name,
            **review.measurements.to_dict(),
        }
    )


@click.command()
@click.argument("prefix", required=False, default="")
def measures(prefix: str) -> None:
    """List every measure that a rule may use, with its kind, unit and definition.

    \b
    Examples:
      aftertone measures
      aftertone measures number.
    """
    from aftertone.measurements import MEASURES
    from aftertone.report.console import console_for, print_measures

    known = [measure for name, measure in MEASURES.items() if name.startswith(prefix)]
    if not known:
        raise click.BadParameter(f"no measure begins with {prefix!r}", param_hint="PREFIX")
    print_measures(known, console_for(sys.stdout))
