"""How often a recording's kind is right, and how far a message's edges move where something stands around it.

    OMP_NUM_THREADS=1 python -m benchmarks.recording_kinds

Texts of `recording_kinds.toml` are judged by their words, as if one person said them. Edges are those of
practice messages with music, hum, clicks, tones and recorded noises of 8 s before and after, with and without
0.3 s of quiet between. Real people's recordings are taken as they are, at twice and at half their speed.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from aftertone import Recording, read_audio
from aftertone.acoustics.analysis import listen
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.playback_speed import wrong_speed
from aftertone.acoustics.vad import speech_intervals
from aftertone.language.recording_kind import kind_of
from aftertone.language.transcript import Transcript, Word
from benchmarks.common import non_speech, truth
from benchmarks.common.non_speech import Wave

TEXTS = Path(__file__).with_name("recording_kinds.toml")
FOLDERS = ("an4", "emodb", "librispeech_test_other", "mfa", "moshi_numbers", "telephone", "ami_excerpts")
AROUND_S, QUIET_S = 8.0, (0.0, 0.3)
NEAR_S, KEPT_S = 0.25, 0.05
WORD_S = 0.35
EVERY = 6  # of the practice messages


def transcript_of(text: str) -> Transcript:
    """A text as words one after another; "/" parts turns."""
    words = text.replace(" / ", " ").split()
    return Transcript(tuple(Word(word, at * WORD_S, (at + 0.9) * WORD_S) for at, word in enumerate(words)))


def texts() -> None:
    """Kinds of the texts, by their words."""
    sound = listen(read_audio(truth.SAMPLES / "dentist_callback.flac"))
    for half, table in tomllib.loads(TEXTS.read_text()).items():
        for kind, written in table.items():
            found = Counter(
                named.name for text in written if (named := kind_of(sound, transcript_of(text))) is not None
            )
            print(f"{half:8} {kind:14} {len(written):4} {dict(found)}")


def around() -> dict[str, Wave]:
    """What may stand before and after a message, at the level that it has there."""
    at = non_speech._at
    made = {
        f"music, {tempo} a minute": at(non_speech.hold_music(AROUND_S, tempo, seed), -25)
        for tempo, seed in ((76, 1), (104, 2), (132, 3))
    }
    made |= {f"hum of {hz} Hz": at(non_speech.hum(hz, AROUND_S), -28) for hz in (50, 60, 120)}
    made["pure tone"] = at(non_speech.tone(1_000, AROUND_S), -30)
    made["ring-back"] = at(non_speech.ring_back(AROUND_S), -22)
    for n, noise in enumerate(non_speech._noises()[:5], start=1):
        size = round(AROUND_S * truth.RATE_HZ)
        made[f"recorded noise {n}"] = at(np.resize(noise.samples.astype(np.float64), size), -30)
    return made


def edges() -> None:
    """Edges of practice messages that something stands around."""
    messages = [message for message in truth.sample_audio() if message.speech][::EVERY]
    for name, other in around().items():
        off_s = []
        for message in messages:
            start_s, end_s = message.speech[0].start_s, message.speech[-1].end_s
            first, past = (round(at * truth.RATE_HZ) for at in (max(start_s - 0.15, 0), end_s + 0.15))
            spoken = message.recording.samples[first:past].astype(np.float64)
            for quiet_s in QUIET_S:
                quiet = np.zeros(round(quiet_s * truth.RATE_HZ))
                mix = np.concatenate([other, quiet, spoken, quiet, other])
                mix += np.random.default_rng(0).normal(0, 10 ** (-65 / 20), mix.size)
                lead_s = AROUND_S + quiet_s - first / truth.RATE_HZ
                found = listen(Recording.from_samples(np.clip(mix, -1, 1), truth.RATE_HZ)).message
                apart = (99.0, 99.0) if found is None else tuple(found)
                off_s.append(max(abs(apart[0] - lead_s - start_s), abs(apart[1] - lead_s - end_s)))
        near = [sum(off <= limit for off in off_s) for limit in (0.12, NEAR_S, 1.0)]
        print(f"{name:24} within 0.12 s {near[0]}, {NEAR_S} s {near[1]}, 1 s {near[2]} of {len(off_s)}")


def _people() -> Iterator[tuple[str, Recording]]:
    for folder in FOLDERS:
        for path in truth.files(f"{folder}/*.*a*"):
            yield folder, read_audio(path)


def people() -> None:
    """Real people's recordings: edges that moved, and speeds that are told."""
    counts: dict[str, Counter[str]] = {}
    for folder, recording in _people():
        count = counts.setdefault(folder, Counter())
        speech, sound = speech_intervals(recording, frames_of(recording)), listen(recording)
        count["recordings"] += 1
        if sound.message is None:
            count["no voice"] += 1
            continue
        moved_s = max(
            abs(sound.message.start_s - speech[0].start_s), abs(sound.message.end_s - speech[-1].end_s)
        )
        count["edge moved"] += moved_s > KEPT_S
        count["told wrong"] += wrong_speed(sound) is not None
        if sound.speech_time_s < 6:
            continue
        count["long"] += 1
        for name, rate_hz in (("fast", truth.RATE_HZ / 2), ("slow", truth.RATE_HZ * 2)):
            played = soxr.resample(recording.samples, truth.RATE_HZ, rate_hz)
            count[f"{name} told"] += (
                wrong_speed(listen(Recording.from_samples(played, truth.RATE_HZ))) is not None
            )
    for folder, count in counts.items():
        print(f"{folder:24} {dict(count)}")


if __name__ == "__main__":
    texts()
    edges()
    people()
