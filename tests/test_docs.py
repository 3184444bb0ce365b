"""The documents say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from aftertone.measurements import MEASURES, Measure

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: str(measure.name))
def test_the_page_of_measures_has_each_as_the_registry_defines_it(measure: Measure) -> None:
    kind = f"{measure.kind}, {measure.unit}" if measure.unit else measure.kind
    row = f"| `{measure.name}` | {kind} | {measure.definition} |"
    assert row in (ROOT / "docs" / "measures.md").read_text(encoding="utf-8").splitlines()


def test_the_page_of_measures_has_no_other() -> None:
    lines = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8").splitlines()
    named = [line.split("`")[1] for line in lines if line.startswith("| `")]
    assert sorted(named) == sorted(MEASURES)


def test_the_picture_of_the_tree_names_every_module() -> None:
    picture = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    for path in (ROOT / "src" / "aftertone").rglob("*.py"):
        name = path.parent.name if path.stem.startswith("__") else path.stem
        assert name in picture, f"{path.relative_to(ROOT)} is not in docs/design.md"
