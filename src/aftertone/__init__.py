"""aftertone analyses recorded voicemails, and scores how well they were left.

Examples
--------
>>> import aftertone as at
>>> import numpy as np
>>> recording = at.Recording.from_samples(np.zeros(16_000), rate_hz=16_000)
>>> at.measure_sound(recording).reasons["pauses.count"]
'no speech was found in the recording'

Terms
-----
recording
    The decoded samples of one channel at 16 kHz.
frame, hop, contour
    A short window of samples; the step between two frames, 10 ms; one value for each frame.
interval, span
    A start and an end in seconds; an interval with the words in it.
engine
    A recogniser of speech: it turns a recording into a transcript.
transcript, word
    The recognised words in order; one word with its start, its end and its confidence.
measure
    A number, flag, text or list of spans under a dotted name such as ``pauses.count``. A measure without a
    value is None and has a reason.
measurements
    All measures of one recording.
reading
    One complete utterance of a telephone number.
rule, playbook
    One piece of published advice about a measure; a set of rules.
template, fact, blank
    The sentences of a good message, in a playbook; a name, number or clause of a message that fills them; the
    place of a fact that is missing or in doubt.
finding
    The result of one rule for one recording, with evidence.
score, review
    Points out of 100; the measurements, findings and score of one recording.
outcome
    The result for one file of a batch: a review or an error.
brief
    The facts about a message that are known without the recording: recipient, caller, number, script.
take, practice
    One recording of a script; all takes of the same script, in order.
campaign
    The messages of one caller to one recipient, in order of time.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# No library sends usage data to its makers. This is set before any of them is imported, so every process
# that starts from here inherits it.
os.environ |= {
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime; after its import it is too late
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray
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
    from aftertone.practice.comparison import Practice, progress
    from aftertone.practice.mail import email_draft
    from aftertone.recognition import load_engine
    from aftertone.recognition.engine import Engine
    from aftertone.recognition.window_decoder import WhisperOptions
    from aftertone.report import read_reviews, write_report

# The module of each public name. It is imported on first use, so that importing aftertone is fast.
_PUBLIC_NAMES = {
    "aftertone.acoustics.audio": ("Recording", "read_audio"),
    "aftertone.acoustics.interval": ("Interval",),
    "aftertone.acoustics.nuclei": ("syllable_nuclei",),
    "aftertone.acoustics.pitch": ("PitchContour", "pitch_contour"),
    "aftertone.acoustics.vad": ("speech_intervals",),
    "aftertone.batch": ("Outcome", "review_many"),
    "aftertone.errors": ("AftertoneError",),
    "aftertone.language.brief": ("Brief", "find_brief"),
    "aftertone.language.transcript": ("Span", "Transcript", "Word", "read_transcript", "write_transcript"),
    "aftertone.measurements": ("MEASURES", "Measurements"),
    "aftertone.pipeline": ("measure", "measure_sound", "review"),
    "aftertone.playbook": ("Finding", "Playbook", "Review", "Score", "load_playbook"),
    "aftertone.practice.campaign": ("Campaign", "campaigns"),
    "aftertone.practice.comparison": ("Practice", "progress"),
    "aftertone.practice.mail": ("email_draft",),
    "aftertone.recognition": ("load_engine",),
    "aftertone.recognition.engine": ("Engine",),
    "aftertone.recognition.window_decoder": ("WhisperOptions",),
    "aftertone.report": ("read_reviews", "write_report"),
}
_MODULE_OF = {name: module for module, names in _PUBLIC_NAMES.items() for name in names}

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
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'aftertone' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
