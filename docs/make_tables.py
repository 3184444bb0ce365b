"""Fill the tables of the documents that are made from the code: measures and playbooks.

    python docs/make_tables.py

A document says where a table stands, and all between the marks is written by this script:

    <!-- made: measures pitch -->
    …
    <!-- end -->

The kinds are ``measures GROUP…`` and ``playbook NAME``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from aftertone.measurements import MEASURES
from aftertone.playbook import load_playbook

HERE = Path(__file__).parent
MARKED = re.compile(r"(<!-- made: ([\w -]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def measures(groups: list[str]) -> str:
    """Every measure of some groups, as the registry defines it."""
    lines = ["| measure | title | kind, unit | definition |", "|---|---|---|---|"]
    for group in groups:
        rows = [
            f"| `{name}` | {each.title} | {', '.join(filter(None, (each.kind, each.unit)))} | "
            f"{each.definition} |"
            for name, each in MEASURES.items()
            if name.partition(".")[0] == group
        ]
        if not rows:
            raise KeyError(f"no measures of the group {group}")
        lines += rows
    return "\n".join(lines)


def playbook(name: str) -> str:
    """What a playbook is for, its source, and its rules with their targets and weights."""
    book = load_playbook(name)
    rows = [f"| `{r.id}` | {r.title} | {r.target} | {r.weight:g} |" for r in book.rules]
    head = ["| rule | what to do | met where | weight |", "|---|---|---|---|"]
    return "\n".join([book.description, f"Source: {book.source}.", "", *head, *rows])


def block(asked: str) -> str:
    """The table that a mark asks for."""
    kind, *names = asked.split()
    if kind == "measures":
        return measures(names)
    if kind == "playbook":
        return playbook(*names)
    raise KeyError(f"no table is called {asked!r}")


def rewritten(text: str) -> str:
    """A document with each of its tables made anew."""
    return MARKED.sub(lambda found: f"{found[1]}{block(found[2])}\n{found[3]}", text)


def pages() -> Iterator[Path]:
    """The documents that hold tables of this script."""
    for path in sorted(HERE.rglob("*.md")):
        if MARKED.search(path.read_text(encoding="utf-8")):
            yield path


if __name__ == "__main__":
    for path in pages():
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
