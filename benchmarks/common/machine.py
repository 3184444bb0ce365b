"""Where results and recordings lie, and the machine that measured a result."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from aftertone.bench.machine import describe_machine

__all__ = ["RESULTS", "ROOT", "SAMPLES", "SHARED_DATA", "files", "folder", "machine"]

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
SAMPLES = ROOT / "sample_audio"
SHARED_DATA = ROOT.parent / "shared" / "data"
"""Recordings of people; not part of the repository."""
PEERS = ("praat-parselmouth", "opensmile", "pyworld")


def machine() -> dict[str, Any]:
    """Processor, cores, Python, versions of aftertone's packages and of its peers, and the commit."""
    return describe_machine(PEERS)


@cache
def folder(name: str) -> Path | None:
    """A folder of SHARED_DATA. None, and one printed line, where it is missing."""
    path = SHARED_DATA / name
    if path.is_dir():
        return path
    print(f"left out: shared/data/{name} was not found beside the checkout")
    return None


def files(pattern: str) -> list[Path]:
    """Files of SHARED_DATA that match a pattern, sorted."""
    where = folder(pattern.split("/", maxsplit=1)[0])
    return sorted(SHARED_DATA.glob(pattern)) if where else []
