"""What a figure was measured on: machine, versions, commit; and who else was at work on it."""

from __future__ import annotations

import os
import platform
import subprocess
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
    "praat-parselmouth",
    "opensmile",
    "pyworld",
)
CHECKOUT = Path(aftertone.__file__).resolve().parents[2]
_OTHERS_CORES_MIN = 0.15  # ours: less is what any desktop does
_STEAL_SHARE_MIN = 0.01


def machine() -> dict[str, Any]:
    """Processor, cores, Python, versions of what was measured, and the commit where this is a checkout."""
    return {
        "cpu": _cpu(),
        "cores": core_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {package: _version(package) for package in PACKAGES},
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
    except OSError:  # no git on this machine
        return "unknown"
    return done.stdout.strip() or "unknown"


@dataclass(frozen=True, slots=True)
class Load:
    """What else the machine did meanwhile; None where the system does not say.

    Attributes
    ----------
    before : float or None
        Load average of the last minute when it began: processes that run or wait.
    others_cores : float or None
        Cores kept busy by other processes.
    steal_share : float or None
        Share of the time that a host took for other guests.
    """

    before: float | None = None
    others_cores: float | None = None
    steal_share: float | None = None

    @property
    def note(self) -> str:
        """That the machine was busy, and how; empty where it was not.

        >>> Load(before=3.1, others_cores=1.24, steal_share=0.0).note
        'the machine was busy: others kept 1.2 cores at work; load average 3.1 at the start'
        """
        found = []
        if (self.others_cores or 0) > _OTHERS_CORES_MIN:
            found.append(f"others kept {self.others_cores:.1f} cores at work")
        if (self.steal_share or 0) > _STEAL_SHARE_MIN:
            found.append(f"the host took {100 * (self.steal_share or 0):.0f} % of the time")
        if found and self.before is not None:
            found.append(f"load average {self.before:.1f} at the start")
        return f"the machine was busy: {'; '.join(found)}" if found else ""


class LoadMeter:
    """Reads what the whole machine does; `load` says what others did since this was made."""

    def __init__(self) -> None:
        self._before = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        self._start = self._read()

    def load(self) -> Load:
        """What others did; our own processes count once they have ended."""
        start, end = self._start, self._read()
        if start is None or end is None:
            return Load(self._before)
        wall_s, busy_s, steal_s, own_s, all_s = (b - a for a, b in zip(start, end, strict=True))
        others_cores = max(0.0, busy_s - own_s) / wall_s if wall_s > 0 else 0.0
        return Load(self._before, round(others_cores, 3), round(steal_s / all_s, 4) if all_s > 0 else 0.0)

    @staticmethod
    def _read() -> tuple[float, ...] | None:
        """Seconds: of the clock, of all that ran, stolen, of ours, of all cores."""
        try:
            first = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
        except OSError:
            return None
        user, nice, system, idle, iowait, irq, softirq, steal = (
            int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in first
        )
        busy_s = user + nice + system + irq + softirq
        return monotonic(), busy_s, steal, sum(os.times()[:4]), busy_s + idle + iowait + steal
