"""The practice page's live pace against the nuclei of `aftertone.syllable_nuclei`.

    python -m benchmarks.live_pace

The page's own script runs over the English voicemails of sample_audio, in windows of 4 s each 0.5 s. The
reference is the number of syllable nuclei over the speech in the same window. The script's thresholds were
chosen on every second message; the others are held out. A window is fast over 5.5 syllables a second.
"""

from __future__ import annotations

import json
from base64 import b64encode
from importlib.resources import files
from typing import Any

import numpy as np

import aftertone as at
from benchmarks.common.bootstrap import share_interval
from benchmarks.common.browser import chromium
from benchmarks.common.command import parser_of
from benchmarks.common.machine import SAMPLES

WINDOW_S, HOP_S = 4.0, 0.5
SPEECH_S_MIN = 1.5  # in a window, for a reference
FAST_SYL_PER_S = 5.5  # general.toml, rule "pace"
HINT_SYL_PER_S = 5.3  # of the page's pace: desk.js

RUN = """([text, rate_hz, ends_s]) => {
  const samples = new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
  const voice = new Voice(rate_hz);
  let at = 0;
  return ends_s.map(s => {
    const end = Math.round(s * rate_hz);
    voice.push(samples.subarray(at, end));
    at = end;
    return voice.pace();
  });
}"""


def reference(recording: at.Recording) -> list[tuple[float, float]]:
    """The end of each window with enough speech, and its nuclei per second of speech."""
    nuclei, speech = at.syllable_nuclei(recording), at.speech_intervals(recording)
    found = []
    for end_s in np.arange(WINDOW_S, recording.duration_s, HOP_S):
        start_s = end_s - WINDOW_S
        spoken_s = sum(max(0.0, min(part.end_s, end_s) - max(part.start_s, start_s)) for part in speech)
        if spoken_s >= SPEECH_S_MIN:
            count = np.count_nonzero((nuclei >= start_s) & (nuclei <= end_s))
            found.append((float(end_s), float(count / spoken_s)))
    return found


def main() -> None:
    """Print correlation and share of right hints, for the messages of the choice and the others."""
    parser_of(__doc__).parse_args()
    truths = [json.loads(path.read_bytes()) for path in sorted(SAMPLES.glob("truth/*.json"))]
    truths = [truth for truth in truths if (truth["kind"], truth["language"]) == ("voicemail", "en")]
    script = (files("aftertone.practice") / "page" / "voice.js").read_text(encoding="utf-8")
    halves: list[list[tuple[float, float, str]]] = [[], []]
    with chromium() as browser:
        page = browser.new_page()
        page.evaluate(f"() => {{ {script}; window.Voice = Voice; }}")
        for index, truth in enumerate(truths):
            recording = at.read_audio(SAMPLES / truth["file"])
            windows = reference(recording)
            text = b64encode(np.asarray(recording.samples, "<f4").tobytes()).decode()
            paces = page.evaluate(RUN, [text, recording.rate_hz, [end_s for end_s, _ in windows]])
            halves[index % 2] += [
                (true, pace, truth["file"])
                for (_, true), pace in zip(windows, paces, strict=True)
                if pace is not None
            ]
    for title, rows in zip(("chosen on", "held out"), halves, strict=True):
        print(summary(title, rows))


def summary(title: str, rows: list[tuple[float, float, str]]) -> str:
    """Correlation, error and right hints of windows."""
    true, pace = np.array([row[:2] for row in rows]).T
    names = [row[2] for row in rows]
    right = (pace > HINT_SYL_PER_S) == (true > FAST_SYL_PER_S)
    fast = true > FAST_SYL_PER_S
    low, high = share_interval(right.tolist(), groups=names)
    parts: dict[str, Any] = {
        "messages": len(set(names)),
        "windows": len(rows),
        "correlation": f"{np.corrcoef(true, pace)[0, 1]:.2f}",
        "mean error": f"{np.mean(pace - true):+.2f} syllables a second",
        "right hints": f"{100 * right.mean():.1f} % [{100 * low:.1f}, {100 * high:.1f}]",
        "fast windows called fast": f"{int((right & fast).sum())} of {int(fast.sum())}",
        "easy windows called fast": f"{int((~right & ~fast).sum())} of {int((~fast).sum())}",
    }
    return f"{title}: " + ", ".join(f"{key} {value}" for key, value in parts.items())


if __name__ == "__main__":
    main()
