"""Records as plain values: what JSON holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

_SCREEN_CHARS = 100  # of a line that fits a screen
_DIGITS = 8  # significant: 2.42 and not 2.4200000000000004; no measure is known to more


def rounded(number: float) -> float:
    """A number to the digits that every kind of report gives.

    >>> rounded(2.4200000000000004)
    2.42
    """
    return float(f"{number:.{_DIGITS}g}")


def screen_line(line: str) -> str:
    """A line cut to the width of a screen.

    >>> screen_line("a" * 200)[-3:], len(screen_line("a" * 200)), screen_line("a")
    ('aa…', 100, 'a')
    """
    return line if len(line) <= _SCREEN_CHARS else f"{line[: _SCREEN_CHARS - 1]}…"


def plain(value: Any) -> Any:
    """A value as dicts, lists, numbers and texts; NaN and infinity become None.

    >>> import numpy as np
    >>> plain({"rate": np.float64(2.5), "spans": (1, 2), "level": float("inf")})
    {'rate': 2.5, 'spans': [1, 2], 'level': None}
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # the name of a file may hold bytes that are no text
    if hasattr(value, "item"):
        value = value.item()  # of NumPy
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return rounded(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return str(value)
