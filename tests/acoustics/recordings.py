"""Recordings for the acoustic tests: practice messages, and speech that lies beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

SAMPLE_AUDIO = Path(__file__).resolve().parents[2] / "sample_audio"
_SHARED = Path(__file__).parents[3] / "shared" / "data"


def shared_files(*patterns: str) -> list[Path]:
    """Files in ``shared/data`` that match, sorted for each pattern; the test is skipped without any."""
    found = [path for pattern in patterns for path in sorted(_SHARED.glob(pattern))]
    if not found:
        pytest.skip(f"no {' or '.join(patterns)} in shared/data beside the checkout")
    return found


def shared_file(name: str) -> Path:
    """One file in ``shared/data``; the test is skipped without it."""
    return shared_files(name)[0]
