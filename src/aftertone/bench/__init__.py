"""How fast the pipeline is on a corpus, as users run it, and how right where the truth is known.

`benchmark` runs it, each pass in a fresh process; a `Benchmark` is kept as JSON; `differences` holds two of
them against their spread.
"""

from __future__ import annotations

from aftertone.bench.comparison import Difference, differences, unlike
from aftertone.bench.record import Benchmark, read_benchmark, write_benchmark
from aftertone.bench.run import benchmark

__all__ = [
    "Benchmark",
    "Difference",
    "benchmark",
    "differences",
    "read_benchmark",
    "unlike",
    "write_benchmark",
]
