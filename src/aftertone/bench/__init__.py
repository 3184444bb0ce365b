"""Benchmark of the pipeline on a corpus: its speed, and its accuracy where the truth is known.

`benchmark` runs each pass in a new process. A `Benchmark` is stored as JSON. `differences` compares two of
them against the spread of their repeats.
"""

from __future__ import annotations

from aftertone.bench.record import (
    Benchmark,
    Difference,
    differences,
    read_benchmark,
    unlike,
    write_benchmark,
)
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
