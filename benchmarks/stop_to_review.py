"""Seconds from Stop to the review on the practice page, with a loaded engine and a message of 20 s.

    python -m benchmarks.stop_to_review [--takes 5] [--json benchmarks/results/stop_to_review.json]

A browser records a message of sample_audio through its microphone, once for each take. The time runs from the
click on Stop to the score on the page. The first take is left out: the engine may still load. The
load is the mean number of processes that wanted the machine in the last minute.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import soundfile
import soxr

from benchmarks.common.browser import chromium
from benchmarks.common.command import parser_of, write_record
from benchmarks.common.machine import ROOT, SAMPLES, machine

LENGTH_S = 20.0  # the sample nearest to it is played
LEAD_S = 4.0  # of near-silence: the count-in and the beep take 3.5 s
MIC_RATE_HZ = 48_000
WAIT_MS = 180_000

# The microphone opens when Record is pressed, so that the message begins after the beep.
CLOSED = "navigator.permissions.query = async () => ({ state: 'prompt' });"
CLOCK = """() => {
  const press = () => { window.pressed_ms = performance.now(); };
  document.getElementById("record").addEventListener("click", press);
  new MutationObserver(() => {
    if (document.querySelector("#message .score")) window.shown_ms ??= performance.now();
  }).observe(document.getElementById("message"), { childList: true, subtree: true });
}"""


def sample() -> tuple[str, float]:
    """The English voicemail nearest to LENGTH_S, and its length in seconds."""
    truths = [json.loads(path.read_bytes()) for path in sorted(SAMPLES.glob("truth/*.json"))]
    spoken = [each for each in truths if (each["kind"], each["language"]) == ("voicemail", "en")]
    nearest = min(spoken, key=lambda each: abs(each["duration_s"] - LENGTH_S))
    return nearest["file"], nearest["duration_s"]


def microphone(file: str, path: Path) -> None:
    """Write what the microphone plays: near-silence, then the message."""
    samples, rate_hz = soundfile.read(SAMPLES / file)
    lead = np.random.default_rng(0).normal(0, 1e-4, round(LEAD_S * MIC_RATE_HZ))
    sound = np.concatenate([lead, soxr.resample(samples, rate_hz, MIC_RATE_HZ)])
    soundfile.write(path, sound, MIC_RATE_HZ, subtype="PCM_16")


def take(browser: Any, address: str, length_s: float) -> tuple[float, str]:
    """Record one take in a new page; seconds from Stop to its score, and the score."""
    page = browser.new_page()
    try:
        page.add_init_script(CLOSED)
        page.goto(address)
        page.evaluate(CLOCK)
        page.click("#record")
        page.wait_for_selector("#status:has-text('Recording')", timeout=WAIT_MS)
        page.wait_for_timeout(1_000 * (length_s + LEAD_S - 3.5))
        page.click("#record")
        page.wait_for_selector("#message .score", timeout=WAIT_MS)
        took_s = page.evaluate("(window.shown_ms - window.pressed_ms) / 1000")
        return round(took_s, 2), page.inner_text("#message .score").splitlines()[0]
    finally:
        page.close()


def main() -> None:
    """Print the times; record them with --json."""
    parser = parser_of(__doc__)
    parser.add_argument("--takes", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    file, length_s = sample()
    with tempfile.TemporaryDirectory() as made:
        played = Path(made, "played.wav")
        microphone(file, played)
        command = [sys.executable, "-m", "aftertone", "serve", made + "/takes", "--port", "0", "--no-token"]
        server = subprocess.Popen(
            [*command, "--engine", "whisper", "--model", "base", "--offline"],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[2]
            with chromium(
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={played}%noloop",
            ) as browser:
                take(browser, address, length_s)
                load = os.getloadavg()[0]
                taken = [take(browser, address, length_s) for _ in range(args.takes)]
        finally:
            server.terminate()
            server.wait()
    times_s = [took_s for took_s, _ in taken]
    record = {
        "machine": machine(),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "sample": file,
        "length_s": round(length_s, 1),
        "stop_to_review_s": times_s,
        "median_s": median(times_s),
        "scores": [score for _, score in taken],
    }
    print(json.dumps({key: value for key, value in record.items() if key != "machine"}, indent=1))
    if args.json:
        write_record(args.json, record)


if __name__ == "__main__":
    main()
