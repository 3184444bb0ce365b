"""A headless Chromium for tests of pages, and the truth of the samples as reviews."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import aftertone as at

SAMPLES = Path(__file__).resolve().parent.parent / "sample_audio"
SERIOUS = {"serious", "critical"}


@contextmanager
def chromium(*arguments: str) -> Iterator[Any]:
    """A browser; skips the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments])
        try:
            yield browser
        finally:
            browser.close()


def faults(page: Any) -> list[str]:
    """The serious faults that axe-core finds; skips the test where it is not installed."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


def page_data(page: str) -> dict[str, Any]:
    """The data in the HTML of a page, which must be JSON without NaN and infinity."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1], parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    return data


def truth(name: str) -> dict[str, Any]:
    """The truth of a sample; skips the test where it is not in this checkout."""
    path = SAMPLES / "truth" / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"sample_audio/truth/{name}.json is not in this checkout")
    page: dict[str, Any] = json.loads(path.read_bytes())
    return page


def true_transcript(name: str) -> at.Transcript:
    """The true words of a sample with their times."""
    words = truth(name)["words"]
    return at.Transcript(tuple(at.Word(w["text"], w["start_s"], w["end_s"]) for w in words), engine="truth")


def sample_outcome(name: str) -> at.Outcome:
    """The review of a sample with its true words."""
    path = SAMPLES / truth(name)["file"]
    return at.Outcome(path, at.review(at.read_audio(path), engine=TrueWords(name)))


class TrueWords:
    """An engine that hears what was said."""

    name = "truth"

    def __init__(self, sample: str) -> None:
        self._transcript = true_transcript(sample)

    def transcribe(self, recording: at.Recording) -> at.Transcript:
        return self._transcript
