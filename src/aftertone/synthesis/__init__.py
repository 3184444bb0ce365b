"""From words to sound: a message spoken by a natural voice, the number slowly.

It needs the extra `voices` and a package of voices: see `aftertone.synthesis.packages`.
"""

from __future__ import annotations

from aftertone.synthesis.message import DEFAULT_VOICE, VOICES, spoken, spoken_wav
from aftertone.synthesis.packages import check_installed, is_installed

__all__ = ["DEFAULT_VOICE", "VOICES", "check_installed", "is_installed", "spoken", "spoken_wav"]
