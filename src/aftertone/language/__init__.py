"""What can be found in the words of a message.

`transcript` has words and their times, and `content` collects everything that is found in them: fillers,
numbers, names, phrases and more. Nothing here depends on the engine that wrote the words.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def rules(name: str) -> dict[str, Any]:
    """The tables of ``NAME.toml``, which is beside these modules."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
