"""What every benchmark does alike: parse options, require the recordings, read and write records."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from benchmarks.common.machine import RESULTS, SHARED_DATA

_SCALARS = re.compile(r"\[\s+([^\[\]{}]+?)\s+\]")


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """A parser whose help shows a module's docstring."""
    return argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)


def require_shared_data() -> None:
    """End the program where the recordings of people are missing."""
    if not SHARED_DATA.is_dir():
        raise SystemExit("shared/data was not found beside the checkout: it holds the recordings of people")


def read_record(name: str) -> Any:
    """The record of a benchmark in benchmarks/results."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def write_record(path: Path, record: Any) -> None:
    """Write a record as JSON. A list of plain values takes one line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_record(Path(folder, "a.json"), {"rows": [["a", 1], ["b", None]]})
    ...     print(Path(folder, "a.json").read_text())
    {
     "rows": [
      ["a", 1],
      ["b", null]
     ]
    }
    <BLANKLINE>
    """
    text = json.dumps(record, indent=1, ensure_ascii=False)
    text = _SCALARS.sub(lambda found: "[" + re.sub(r",\s*\n\s*", ", ", found[1]) + "]", text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
