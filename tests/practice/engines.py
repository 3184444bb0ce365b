"""An engine of the practice page's tests: the true words of the samples, once it may go on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aftertone.acoustics.audio import Recording
from aftertone.language.transcript import Transcript
from tests.browser import truth
from tests.engines import true_words

NAMES = ("hurried_number", "number_once", "number_twice_slowly", "monotone", "rushed", "full_of_fillers")
"""Samples whose words are known. Any other recording has the first one's words, as far as it goes."""

SERVE = """
import sys
from pathlib import Path
from aftertone.batch import Options
from aftertone.practice.server import serve
from aftertone.practice.takes import Takes
from tests.practice.engines import HeldEngine
folder = Path(sys.argv[1])
takes = Takes(folder, Options(engine=HeldEngine(folder.with_name("hold"))))
serve(takes, port=0, ready=lambda address: print("practise at", address, flush=True))
"""
"""A script that serves takes with this engine. A file "hold" beside their folder holds the reviews."""


@dataclass(frozen=True)
class HeldEngine:
    """Writes the true words, and waits while a file is there."""

    hold: Path
    name: str = "truth"

    @cached_property
    def _samples(self) -> dict[float, str]:
        return {round(truth(name)["duration_s"], 2): name for name in NAMES}

    def transcribe(self, recording: Recording) -> Transcript:
        while self.hold.exists():
            time.sleep(0.02)
        words = true_words(self._samples.get(round(recording.duration_s, 2), NAMES[0]))
        return Transcript(
            tuple(word for word in words if word.end_s < recording.duration_s), engine=self.name
        )
