"""The record of a benchmark, and the comparison of two."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.bench import differences, read_benchmark, unlike, write_benchmark
from aftertone.bench.machine import Load
from aftertone.bench.record import difference
from aftertone.errors import BenchmarkError
from tests.bench.conftest import benchmark_of

WALLS = st.lists(st.floats(0.1, 10.0), min_size=2, max_size=6)


@given(WALLS, WALLS)
def test_a_difference_counts_only_if_the_repeats_are_apart(a: list[float], b: list[float]) -> None:
    found = difference("x", "wall", "s", a, b)
    apart = all(x < y for x in a for y in b) or all(x > y for x in a for y in b)
    assert (found.verdict != "within the spread") == apart
    assert found.luck == (2 / comb(len(a) + len(b), len(a)) if apart else None)
    mirrored = {"less": "more", "more": "less"}
    assert difference("x", "wall", "s", b, a).verdict == mirrored.get(found.verdict, found.verdict)


def test_one_repeat_is_too_few() -> None:
    assert {each.verdict for each in differences(benchmark_of(1.0), benchmark_of(9.0))} == {"too few repeats"}


def test_other_conditions_that_differ_are_named() -> None:
    assert unlike(benchmark_of(1.0), benchmark_of(1.0)) == []
    assert unlike(benchmark_of(1.0), benchmark_of(1.0, cpu="b")) == ["processor differs: a before, b after"]
    busy = replace(benchmark_of(1.0), load=Load(2.0, 1.0, 0.0))
    assert unlike(busy, benchmark_of(1.0)) == [f"before, {busy.load.note}"]


def test_a_benchmark_is_read_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_benchmark(benchmark_of(1.0, 2.0), path)
    assert read_benchmark(path) == benchmark_of(1.0, 2.0)
    for text in ("{}", "[", msgspec.json.encode(replace(benchmark_of(1.0), schema_version=9)).decode()):
        path.write_text(text)
        with pytest.raises(BenchmarkError, match=r"a\.json"):
            read_benchmark(path)
