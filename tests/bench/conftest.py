"""A corpus of two messages, and a benchmark record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from aftertone.bench import Benchmark
from aftertone.bench.machine import Load
from aftertone.bench.record import EngineResult, Pass


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two messages of noise, of 2 s and 4 s."""
    draw = np.random.default_rng(0)
    for seconds in (2, 4):
        soundfile.write(tmp_path / f"hiss_{seconds}.wav", draw.normal(0, 0.01, 8_000 * seconds), 8_000)
    return tmp_path


def benchmark_of(*walls_s: float, cpu: str = "a") -> Benchmark:
    return Benchmark(
        machine={"cpu": cpu, "cores": 2, "python": "3.11"},
        settings={"repeats": "3"},
        corpus={"digest": "x", "message_count": 3, "audio_s": 30.0},
        load=Load(),
        results=(EngineResult("none", tuple(Pass(1, wall_s, stages_s={"read": 1.0}) for wall_s in walls_s)),),
    )
