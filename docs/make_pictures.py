"""Take the pictures of the documents: a report, and the practice page after three takes.

    python -m docs.make_pictures

The recordings are practice messages of sample_audio, with the words of Whisper. It needs Chromium.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import aftertone as at
from benchmarks.common.browser import chromium
from benchmarks.common.machine import ROOT, SAMPLES

IMAGES = Path(__file__).parent / "images"
REPORTED = SAMPLES / "number_one_digit_changed.flac"
TAKES = ("hurried_number.flac", "number_once.flac", "number_twice_slowly.flac")
FIELDS = {
    "recipient": "Anna",
    "number": "640-555-0198",
    "script": "Hi Anna, this is Frank Miller at Lakeside Hardware. Your door has arrived. Please call me to "
    "set a day for the delivery. The number is 640-555-0198. Once more, 640-555-0198. Thank you.",
}
REPORT_PX, PRACTICE_PX = (1100, 760), (1100, 1240)  # width and height


def picture(browser: Any, address: str, size: tuple[int, int]) -> Any:
    """A page of this size."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(address)
    return page


def report(browser: Any, folder: Path) -> None:
    """The report of one message."""
    path = folder / "report.html"
    review = at.review(REPORTED, engine="auto")
    at.write_report([at.Outcome(REPORTED, review)], path)
    page = picture(browser, path.as_uri(), REPORT_PX)
    page.wait_for_selector(".transcript")
    page.screenshot(path=IMAGES / "report.png")


def practice(browser: Any, folder: Path) -> None:
    """The practice page with a comparison of takes."""
    command = [sys.executable, "-m", "aftertone", "serve", str(folder / "takes"), "--port", "0", "--no-token"]
    server = subprocess.Popen([*command, "--offline"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        page = picture(browser, server.stdout.readline().split()[2], PRACTICE_PX)
        for field, text in FIELDS.items():
            page.fill(f"#{field}", text)
        for place, name in enumerate(TAKES, start=1):
            page.set_input_files("#file", SAMPLES / name)
            page.wait_for_selector(f"#message .name:has-text('take-{place:03d}')", timeout=120_000)
        page.evaluate(
            "document.querySelector('#folder, header .note')?.remove()"
        )  # where this machine keeps it
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=IMAGES / "practice.png")
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Take both pictures."""
    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        report(browser, Path(made))
        practice(browser, Path(made))


if __name__ == "__main__":
    main()
