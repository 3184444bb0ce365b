"""``aftertone bench``."""

from __future__ import annotations

from pathlib import Path

import pytest

from aftertone.bench import Benchmark, read_benchmark, write_benchmark
from tests.bench.conftest import benchmark_of
from tests.cli.conftest import Run


def test_two_benchmarks_are_compared(run: Run, tmp_path: Path) -> None:
    write_benchmark(benchmark_of(3.0, 3.1, 3.2), tmp_path / "a.json")
    write_benchmark(benchmark_of(1.0, 1.1, 1.2), tmp_path / "b.json")
    code, out, _ = run("bench", "compare", tmp_path / "a.json", tmp_path / "b.json")
    assert code == 0
    (line,) = [line for line in out.splitlines() if line.startswith("none: wall, 1 job")]
    assert "0.35" in line
    assert "less (by luck 10 %)" in line
    assert "note:" not in out


def test_run_is_the_default_command(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    def benchmark(paths: object, **settings: object) -> Benchmark:
        given.update(settings, paths=paths)
        return benchmark_of(1.0, 2.0, 3.0)

    monkeypatch.setattr("aftertone.bench.benchmark", benchmark)
    kept = tmp_path / "now.json"
    code, out, _ = run("bench", "calls", "--engine", "none", "-j", "1", "--repeat", "4", "--json", kept)
    assert code == 0
    assert (given["paths"], given["engines"], given["jobs"], given["copies"]) == (
        ("calls",),
        ("none",),
        (1,),
        4,
    )
    assert "2 (1 to 3)" in out
    assert read_benchmark(kept) == benchmark_of(1.0, 2.0, 3.0)
