"""``aftertone measure``: every measure of one recording."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.shared import brief_options, engine_maker, engine_options

if TYPE_CHECKING:
    from aftertone.acoustics.vad import Detector
    from aftertone.language.brief import Brief


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@brief_options
@engine_options
def measure(file: Path, quiet: bool, brief: Brief, vad: Detector, align: bool, **engine_options: Any) -> None:
    """Print all measures of one recording as JSON.

    The object holds "measurements", by group; "not_measured", the reason of each that is null; and
    "evidence", the stretches of the recording that each comes from.

    \b
    Examples:
      aftertone measure message.wav
      aftertone measure message.wav --no-words | jq .measurements.pitch
    """
    import msgspec

    from aftertone.acoustics.audio import read_audio
    from aftertone.language.brief import Brief, find_brief
    from aftertone.pipeline import measure as measurements_of
    from aftertone.report import SCHEMA_VERSION, measurements_dict

    recording = read_audio(file)
    make_engine = engine_maker(quiet=quiet, **engine_options)
    engine = make_engine and make_engine()
    measurements = measurements_of(
        recording, engine=engine, brief=brief.over(find_brief(file) or Brief()), vad=vad, align=align
    )
    page = {
        "schema_version": SCHEMA_VERSION,
        "recording": recording.name.encode("utf-8", "replace").decode(),
        **measurements_dict(measurements),
    }
    click.echo(msgspec.json.format(msgspec.json.encode(page), indent=2))
