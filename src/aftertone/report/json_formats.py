"""Outcomes as JSON: one document (``.json``), or one outcome a line (``.jsonl``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from aftertone.files.reading import REPORT_BYTES_MAX, TRANSCRIPT_BYTES_MAX, lines_limited, read_limited
from aftertone.outcome import SCHEMA_VERSION, Outcome

if TYPE_CHECKING:
    from aftertone.report.formats import ReportOptions


def write_json(outcomes: Iterable[Outcome], file: BinaryIO, _: ReportOptions) -> None:
    """Write all outcomes as one JSON document. One outcome at a time is in memory."""
    file.write(b'{\n  "schema_version": %d,\n  "outcomes": [' % SCHEMA_VERSION)
    between = b"\n"
    for outcome in outcomes:
        entry = {key: value for key, value in outcome.to_dict().items() if key != "schema_version"}
        lines = msgspec.json.format(msgspec.json.encode(entry), indent=2).splitlines()
        file.write(between + b"\n".join(b"    " + line for line in lines))
        between = b",\n"
    file.write(b"\n  ]\n}\n")


def write_json_lines(outcomes: Iterable[Outcome], file: BinaryIO, _: ReportOptions) -> None:
    """Write each outcome as one line of JSON."""
    file.writelines(msgspec.json.encode(outcome.to_dict()) + b"\n" for outcome in outcomes)


def read_json(path: Path) -> Iterator[Outcome]:
    """The outcomes of a JSON document."""
    page = msgspec.json.decode(read_limited(path, REPORT_BYTES_MAX))
    if not isinstance(page, dict) or "outcomes" not in page:
        raise ValueError("expected an object with outcomes")
    for entry in page["outcomes"]:
        yield Outcome.from_dict({"schema_version": page.get("schema_version"), **entry})


def read_json_lines(path: Path) -> Iterator[Outcome]:
    """The outcomes of JSON lines."""
    for line in lines_limited(path, TRANSCRIPT_BYTES_MAX):
        yield Outcome.from_dict(msgspec.json.decode(line))
