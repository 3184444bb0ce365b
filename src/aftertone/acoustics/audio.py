"""Decode, mix to one channel, resample: a file becomes a `Recording`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

ANALYSIS_RATE_HZ = 16_000  # what webrtcvad, whisper and pocketsphinx all take; speech ends below 8 kHz


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One recorded message at the analysis rate.

    Attributes
    ----------
    samples : float32, shape (n_samples,), read-only
        One channel at `rate_hz`; full scale is 1.0.
    rate_hz : int
        Always `ANALYSIS_RATE_HZ`.
    source_rate_hz : int
        The rate that the recording came with: what lies above half of it was never there.
    path : Path or None
        Where it was read from.
    """

    samples: NDArray[np.float32]
    rate_hz: int = ANALYSIS_RATE_HZ
    source_rate_hz: int = ANALYSIS_RATE_HZ
    path: Path | None = None

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples.size / self.rate_hz

    @property
    def name(self) -> str:
        """The file's name, or "recording" where there is no file."""
        return self.path.name if self.path is not None else "recording"

    @classmethod
    def from_samples(
        cls, samples: ArrayLike, rate_hz: int, path: Path | None = None
    ) -> Recording:
        """(contract: implemented by the audio part)"""
        import soxr

        x = np.asarray(samples, dtype=np.float32)
        if x.ndim == 2:
            x = x.mean(axis=1)
        y = soxr.resample(x, rate_hz, ANALYSIS_RATE_HZ) if rate_hz != ANALYSIS_RATE_HZ else x.copy()
        y.setflags(write=False)
        return cls(y, ANALYSIS_RATE_HZ, rate_hz, path)


def read_audio(source: Any, **_: Any) -> Recording:
    """(contract: implemented by the audio part)"""
    import soundfile

    x, rate_hz = soundfile.read(source, dtype="float32", always_2d=True)
    return Recording.from_samples(x, rate_hz, Path(source))
