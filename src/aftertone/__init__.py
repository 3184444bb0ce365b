"""aftertone listens to recorded voicemails and says how well they were left.

>>> import aftertone as at
>>> import numpy as np
>>> recording = at.Recording.from_samples(np.zeros(16_000), rate_hz=16_000)
>>> at.measure_sound(recording).reasons["pauses.count"]
'no speech was found in the recording'

Words used throughout, one for each thing:

recording
    Decoded samples, one channel at 16 kHz.
frame, hop, contour
    A short window of samples; the step from one to the next, 10 ms; one value per frame.
interval, span
    Start and end in seconds; an interval with its words.
engine, transcript, word
    What turns sound into words; the words; one of them, with its times.
measure, measurements
    A number (or flag, text, spans) under a dotted name such as ``pauses.count``; all of them for a
    recording. None means not measured, and has a reason.
reading
    One saying of a number.
playbook, rule, finding, score, review
    Published advice; one line of it; what became of that line in this recording, with evidence; points
    out of 100; all findings with the score.
outcome
    What became of one file in a batch: a review or an error.
brief
    What is known of a message before it is heard.
practice, take
    Recordings of the same script, one after the other; one of them.
campaign
    The messages of one caller to one recipient, in order of time.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# No library reports to its makers what it does, whatever the environment says: set before any is imported
# here, and so in every process that is started from here, each worker, actor and server.
os.environ |= {
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime, from its import on: disable_telemetry_events() is too late
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray, where a cluster is started
}

if TYPE_CHECKING:
    from aftertone.acoustics.audio import Recording, read_audio
    from aftertone.acoustics.interval import Interval
    from aftertone.acoustics.nuclei import syllable_nuclei
    from aftertone.acoustics.pitch import PitchContour, pitch_contour
    from aftertone.acoustics.vad import speech_intervals
    from aftertone.batch import Outcome, review_many
    from aftertone.errors import AftertoneError
    from aftertone.language.brief import Brief, find_brief
    from aftertone.language.transcript import Span, Transcript, Word, read_transcript, write_transcript
    from aftertone.measurements import MEASURES, Measurements
    from aftertone.pipeline import measure, measure_sound, review
    from aftertone.playbook import Finding, Playbook, Review, Score, load_playbook
    from aftertone.practice.campaign import Campaign, campaigns
    from aftertone.practice.mail import email_draft
    from aftertone.practice.progress import Practice, progress
    from aftertone.recognition import load_engine
    from aftertone.recognition.engine import Engine
    from aftertone.recognition.window_decoder import WhisperOptions
    from aftertone.report import read_reviews, write_report

# Where each public name lives: looked up on first use, so that importing aftertone costs nothing.
_HOMES = {
    "aftertone.acoustics.audio": ("Recording", "read_audio"),
    "aftertone.acoustics.interval": ("Interval",),
    "aftertone.acoustics.nuclei": ("syllable_nuclei",),
    "aftertone.acoustics.pitch": ("PitchContour", "pitch_contour"),
    "aftertone.acoustics.vad": ("speech_intervals",),
    "aftertone.batch": ("Outcome", "review_many"),
    "aftertone.practice.campaign": ("Campaign", "campaigns"),
    "aftertone.errors": ("AftertoneError",),
    "aftertone.language.brief": ("Brief", "find_brief"),
    "aftertone.recognition": ("load_engine",),
    "aftertone.recognition.engine": ("Engine",),
    "aftertone.recognition.window_decoder": ("WhisperOptions",),
    "aftertone.language.transcript": ("Span", "Transcript", "Word", "read_transcript", "write_transcript"),
    "aftertone.practice.mail": ("email_draft",),
    "aftertone.measurements": ("MEASURES", "Measurements"),
    "aftertone.pipeline": ("measure", "measure_sound", "review"),
    "aftertone.playbook": ("Finding", "Playbook", "Review", "Score", "load_playbook"),
    "aftertone.practice.progress": ("Practice", "progress"),
    "aftertone.report": ("read_reviews", "write_report"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = [
    "MEASURES",
    "AftertoneError",
    "Brief",
    "Campaign",
    "Engine",
    "Finding",
    "Interval",
    "Measurements",
    "Outcome",
    "PitchContour",
    "Playbook",
    "Practice",
    "Recording",
    "Review",
    "Score",
    "Span",
    "Transcript",
    "WhisperOptions",
    "Word",
    "__version__",
    "campaigns",
    "email_draft",
    "find_brief",
    "load_engine",
    "load_playbook",
    "measure",
    "measure_sound",
    "pitch_contour",
    "progress",
    "read_audio",
    "read_reviews",
    "read_transcript",
    "review",
    "review_many",
    "speech_intervals",
    "syllable_nuclei",
    "write_report",
    "write_transcript",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'aftertone' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
