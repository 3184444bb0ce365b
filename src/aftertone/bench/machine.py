"""The machine that a benchmark runs on: processor, versions, commit, and the load by other processes."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic
from typing import Any

import aftertone
from aftertone.batch.workers import core_count

PACKAGES = (
    "aftertone",
    "numpy",
    "scipy",
    "librosa",
    "soundfile",
    "webrtcvad-wheels",
    "faster-whisper",
    "ctranslate2",
    "pocketsphinx",
)
CHECKOUT = Path(aftertone.__file__).resolve().parents[2]
_BUSY_CORES_MIN = 0.15  # our choice: any desktop keeps fewer cores busy
_STEAL_SHARE_MIN = 0.01  # our choice


def describe_machine(other_packages: Sequence[str] = ()) -> dict[str, Any]:
    """Processor, cores, Python, versions of packages, and the commit of a checkout."""
    return {
        "cpu": _cpu(),
        "cores": core_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {package: _version(package) for package in (*PACKAGES, *other_packages)},
        "commit": _commit(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _commit() -> str:
    if not (CHECKOUT / ".git").exists():
        return "unknown"
    try:
        command = ["git", "describe", "--always", "--dirty"]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    except OSError:  # git is not installed
        return "unknown"
    return done.stdout.strip() or "unknown"


@dataclass(frozen=True, slots=True)
class Load:
    """The load of the machine during a benchmark; None where the system does not report it."""

    before: float | None = None  # load average of the minute before: processes that run or wait
    others_cores: float | None = None  # kept busy by other processes
    steal_share: float | None = None  # of the time, given by the host to other guests

    @property
    def note(self) -> str:
        """A warning about a busy machine; empty for an idle one.

        >>> Load(before=3.1, others_cores=1.24, steal_share=0.0).note
        'the machine was busy: other processes used 1.2 cores; load average 3.1 at the start'
        """
        found = []
        if (self.others_cores or 0) > _BUSY_CORES_MIN:
            found.append(f"other processes used {self.others_cores:.1f} cores")
        if (self.steal_share or 0) > _STEAL_SHARE_MIN:
            found.append(f"the host took {100 * (self.steal_share or 0):.0f} % of the time")
        if found and self.before is not None:
            found.append(f"load average {self.before:.1f} at the start")
        return f"the machine was busy: {'; '.join(found)}" if found else ""


class LoadMeter:
    """Measures the load by other processes, from its creation to a call of `load`."""

    def __init__(self) -> None:
        self._before = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        self._start = _times_s()

    def load(self) -> Load:
        """The load so far. Child processes count as ours once they have ended."""
        start, end = self._start, _times_s()
        if start is None or end is None:
            return Load(self._before)
        wall_s, busy_s, steal_s, own_s, all_s = (b - a for a, b in zip(start, end, strict=True))
        others_cores = max(0.0, busy_s - own_s) / wall_s if wall_s > 0 else 0.0
        return Load(self._before, round(others_cores, 3), round(steal_s / all_s, 4) if all_s > 0 else 0.0)


def _times_s() -> tuple[float, ...] | None:
    """Seconds of the clock, of all busy cores, stolen by the host, of this process, of all cores."""
    try:
        first = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    except OSError:
        return None
    user, nice, system, idle, iowait, irq, softirq, steal = (
        int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in first
    )
    busy_s = user + nice + system + irq + softirq
    return monotonic(), busy_s, steal, sum(os.times()[:4]), busy_s + idle + iowait + steal
