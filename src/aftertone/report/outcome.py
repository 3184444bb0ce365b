"""What a report is made of: one outcome for each file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aftertone.errors import AftertoneError
from aftertone.scoring import Review


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file of many.

    Attributes
    ----------
    path : Path
    review : Review or None
        None where it failed.
    error : AftertoneError or None
        Why it failed; None where it did not.
    """

    path: Path
    review: Review | None = None
    error: AftertoneError | None = None
