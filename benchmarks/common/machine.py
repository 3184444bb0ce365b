"""Where results lie, and what they were measured on."""

from __future__ import annotations

from pathlib import Path

from aftertone.bench.machine import machine

__all__ = ["RESULTS", "ROOT", "SHARED_DATA", "machine"]

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
SHARED_DATA = ROOT.parent / "shared" / "data"
