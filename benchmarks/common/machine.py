"""Where results lie, and what they were measured on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aftertone.bench.machine import describe_machine

__all__ = ["RESULTS", "ROOT", "SHARED_DATA", "machine"]

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
SHARED_DATA = ROOT.parent / "shared" / "data"
PEERS = ("praat-parselmouth", "opensmile", "pyworld")


def machine() -> dict[str, Any]:
    """Processor, cores, Python, versions of aftertone's packages and of its peers, and the commit."""
    return describe_machine(PEERS)
