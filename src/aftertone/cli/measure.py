"""``aftertone measure``: every measure of one recording, drawn or as JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.shared import brief_options, engine_options, options_of

if TYPE_CHECKING:
    from aftertone.language.brief import Brief


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@brief_options
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON on a terminal, too.")
def measure(file: Path, quiet: bool, brief: Brief, as_json: bool, **given: Any) -> None:
    """Draw one recording on a terminal; print all its measures as JSON where it is piped.

    The drawing has the waveform with the words under it, pauses, fillers and the number, pitch and pace.

    The JSON object holds "measurements", by group; "not_measured", the reason of each that is null; and
    "evidence", the stretches of the recording that each comes from. There is no --redact: `aftertone score
    --redact --out FILE.json` masks numbers and names.

    \b
    Examples:
      aftertone measure message.wav
      aftertone measure message.wav > message.json
      aftertone measure message.wav --no-words | jq .measurements.pitch
    """
    import msgspec

    from aftertone.batch import Reviewer
    from aftertone.language.brief import Brief, find_brief
    from aftertone.report import SCHEMA_VERSION, measurements_dict

    options = options_of(quiet=quiet, **given)
    recording = options.read(file)
    done = Reviewer(options).review(recording, brief.over(find_brief(file) or Brief()))
    if sys.stdout.isatty() and not as_json:
        from aftertone.report.console import console_for
        from aftertone.report.picture import picture_of
        from aftertone.report.sketch import sketch

        console = console_for(sys.stdout)
        for line in sketch(done, picture_of(recording), console.width):
            console.print(line)
        return
    page = {
        "schema_version": SCHEMA_VERSION,
        "recording": recording.name.encode("utf-8", "replace").decode(),
        **measurements_dict(done.measurements),
    }
    click.echo(msgspec.json.format(msgspec.json.encode(page), indent=2))
