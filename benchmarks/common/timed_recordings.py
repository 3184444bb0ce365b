"""Recordings with timed words, fluent speech, and the score of events that are found in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import aftertone as at
from aftertone.acoustics.analysis import AcousticAnalysis, listen
from aftertone.acoustics.vad import Detector
from aftertone.language.fillers import Filler, is_filled_pause
from aftertone.language.transcript import Word
from benchmarks.common.machine import SAMPLES, SHARED_DATA
from benchmarks.common.truth import metadata, practice_messages, timed_words

COLLAR_S = 0.1  # of the onset and, for both edges, of the offset of an event
ONE_MAN = ("cold_corpus.wav", "acoustic_corpus.wav")
# The aligner left this "uh" of the transcript out of its times.
ADDED = {"acoustic_corpus.wav": Word("uh", 14.50, 14.87)}
ALIGNED_S_MIN = 0.03  # a shorter filler is the aligner's mistake: it gave one "uh" 10 ms

Words = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class TimedRecording:
    """A recording with its true words and their times."""

    path: Path
    words: Words


@cache
def sound_of(path: Path, vad: Detector = "webrtc") -> AcousticAnalysis:
    """The acoustic analysis of a recording, with a speech detector."""
    return listen(at.read_audio(path), vad=vad)


def one_man() -> list[TimedRecording]:
    """Spontaneous speech of one man (mfa); an aligner gave the times."""
    found = []
    for name in ONE_MAN:
        words = [
            word
            for word in _words_of(SHARED_DATA / "mfa" / name)
            if not is_filled_pause(word.text) or word.interval.duration_s >= ALIGNED_S_MIN
        ]
        words += [ADDED[name]] if name in ADDED else []
        found.append(TimedRecording(SHARED_DATA / "mfa" / name, _in_order(words)))
    return found


def meetings() -> list[TimedRecording]:
    """Excerpts of meetings (ami) with hand-made word times; people talk at the same time."""
    paths = sorted((SHARED_DATA / "ami_excerpts").glob("*.flac"))
    return [TimedRecording(path, _in_order(_words_of(path))) for path in paths]


def practice() -> list[TimedRecording]:
    """Practice messages with speech; the synthesiser gave the times."""
    found = []
    for truth in practice_messages():
        words = [Word(w["text"], w["start_s"], w["end_s"]) for w in greeting_words(truth) + truth["words"]]
        if sound_of(SAMPLES / truth["file"]).message:
            found.append(TimedRecording(SAMPLES / truth["file"], _in_order(words)))
    return found


def greeting_words(truth: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Words of a practice message before the beep, where their times are known."""
    return (truth["greeting"] or {}).get("words") or []


def _words_of(path: Path) -> list[Word]:
    return [Word(word.text, word.start_s, word.end_s) for word in timed_words(path)]


def _in_order(words: Iterable[Word]) -> Words:
    return tuple(sorted(words, key=lambda word: word.start_s))


def fluent_sets() -> dict[str, list[Path]]:
    """Speech without fillers. The telephone recordings are not labelled: a few may have some."""
    fluent = [path for path, row in metadata(SHARED_DATA / "mfa") if "fillers=0" in row["labels"]]
    telephone = sorted(
        path for path in (SHARED_DATA / "telephone").iterdir() if path.suffix in (".wav", ".flac")
    )
    return {
        "EmoDB, acted sentences": sorted((SHARED_DATA / "emodb").glob("*.wav")),
        "LibriSpeech, read": sorted((SHARED_DATA / "librispeech_test_other").glob("*.flac")),
        "jfk, read": [SHARED_DATA / "telephone" / "jfk.flac"],
        "mfa, read, cut off, whispered": fluent,
        "telephone, not labelled": [path for path in telephone if path.name != "jfk.flac"],
    }


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of right, true and found events."""

    right: int
    true: int
    found: int

    @property
    def as_dict(self) -> dict[str, float]:
        """Precision, recall and F1, with their counts."""
        precision = self.right / self.found if self.found else 0.0
        recall = self.right / self.true if self.true else 0.0
        both = 2 * self.right / (self.true + self.found) if self.true + self.found else 0.0
        counts = {"true": self.true, "found": self.found, "right": self.right}
        return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(both, 3), **counts}


def score(pairs: Iterable[tuple[Sequence[Word], Sequence[Filler]]], *, edges: str) -> Score:
    """Score of found events by mir_eval; `edges` is "onset" or "both"."""
    import mir_eval

    right = true = found = 0
    for reference, estimate in pairs:
        true, found = true + len(reference), found + len(estimate)
        if not (reference and estimate):
            continue
        was = np.array([[event.start_s, event.end_s] for event in reference])
        now = np.array([[event.start_s, event.end_s] for event in estimate])
        if edges == "onset":
            right += len(mir_eval.util.match_events(was[:, 0], now[:, 0], COLLAR_S))
        else:
            notes = (was, np.full(len(was), 440.0), now, np.full(len(now), 440.0))
            right += len(
                mir_eval.transcription.match_notes(
                    *notes, onset_tolerance=COLLAR_S, offset_ratio=0.2, offset_min_tolerance=COLLAR_S
                )
            )
    return Score(right, true, found)
