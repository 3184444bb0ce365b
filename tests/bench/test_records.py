"""Documents and figures follow from the records."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import cost, figures
from benchmarks.common.command import read_record
from benchmarks.common.machine import ROOT


def rows(markdown: str) -> list[str]:
    return [line for line in markdown.splitlines() if line.startswith("|")]


def test_the_page_on_cost_holds_the_output_of_the_command() -> None:
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    assert cost.text().strip() in page


def test_a_rate_is_extrapolated() -> None:
    found = cost.Rate("sound", times_real_time=360.0, peak_mib=512.0, stored_bytes=4_000.0)
    assert found.message_s == pytest.approx(0.1)
    assert found.core_hours(10**6) == pytest.approx(10**5 / 3_600)
    assert found.cores_for_a_day(10**6) == pytest.approx(10**5 / 86_400)
    (row,) = rows(cost.table(10**6, [found]).markdown())[2:]
    assert row == "| sound | 360.0 | 28 | 1.2 | 0.6 | 4 |"
    (row,) = rows(cost.limits([found], ledger_row_s=0.002).markdown())[2:]
    assert row == "| sound | 10.00 | 50 | 144 |"  # 500 rows/s of 288 kB


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="matplotlib is not installed: the bench extra")
@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_figure_is_drawn_from_its_record(name: str, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.svg"
    figures.FIGURES[name](read_record(name)).savefig(drawn, metadata={"Date": None})
    text = drawn.read_text(encoding="utf-8")
    assert "messages a second" in text
    assert (ROOT / "docs" / "images" / f"{name}.svg").exists()
