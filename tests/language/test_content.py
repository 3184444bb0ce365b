"""The content of messages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.analysis import listen
from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.interval import Interval
from aftertone.language.brief import Brief
from aftertone.language.content import MessageContent, understand
from aftertone.language.fillers import is_filled_pause
from aftertone.language.transcript import Transcript, Word
from benchmarks.common.composition import Split
from benchmarks.composed_messages import SPLITS, is_installed, message
from tests.speech import transcript_of

NOISE_FROM_S = 200.0  # speech after this has no voice


def sound_of(*speech: tuple[float, float]) -> Any:
    """The parts of a Sound that `understand` reads."""
    parts = tuple(Interval(*part) for part in speech)
    message = Interval(parts[0].start_s, parts[-1].end_s) if parts else None
    voice = SimpleNamespace(is_under=lambda word: word.start_s < NOISE_FROM_S)
    silence = Recording.from_samples(np.zeros(16_000), 16_000)
    return SimpleNamespace(
        recording=silence,
        frames=frames_of(silence),
        speech=parts,
        message=message,
        filled_pauses=(),
        nuclei=np.zeros(0),
        voice=voice,
    )


def said(text: str, brief: Brief | None = None) -> MessageContent:
    return understand(transcript_of(text), sound_of((0.0, 100.0)), brief or Brief())


def test_words_without_sound_are_dropped_and_counted() -> None:
    transcript = Transcript((Word("hello", 0.5, 0.9), Word("thanks", 3.0, 3.4), Word("bye", 5.1, 5.3)))
    result = understand(transcript, sound_of((0.5, 1.0), (5.0, 5.4)), Brief())
    assert [word.text for word in result.transcript.words] == ["hello", "bye"]
    assert [word.text for word in result.invented] == ["thanks"]


def test_words_without_voice_are_dropped_and_counted() -> None:
    transcript = Transcript((Word("hello", 0.5, 0.9), Word("thanks", 203.0, 203.4)))
    result = understand(transcript, sound_of((0.5, 1.0), (201.0, 209.0)), Brief())
    assert [word.text for word in result.transcript.words] == ["hello"]
    assert [word.text for word in result.invented] == ["thanks"]


def test_words_of_the_greeting_are_not_the_message() -> None:
    transcript = Transcript((Word("leave", 0.1, 0.4), Word("hi", 3.1, 3.3)))
    result = understand(transcript, sound_of((3.0, 4.0)), Brief())
    assert [word.text for word in result.transcript.words] == ["hi"]
    assert result.invented == ()


def test_a_word_within_the_collar_of_speech_stays() -> None:
    transcript = Transcript((Word("so", 1.05, 1.2),))
    assert understand(transcript, sound_of((0.5, 1.0)), Brief()).transcript.words == transcript.words


@pytest.mark.parametrize(
    ("text", "words", "syllables"),
    [
        ("call me on 555-0179", 10, 12),
        ("hi Mary", 2, 3),
        ("um", 1, 1),
        ("", 0, 0),
    ],
)
def test_words_and_syllables_count_as_spoken(text: str, words: int, syllables: int) -> None:
    result = said(text)
    assert (result.word_count, result.syllable_count) == (words, syllables)


@pytest.mark.parametrize(
    ("before", "parts"),
    [("call me at the", True), ("please call me", False), ("I will", True), ("my name is Bob.", False)],
)
def test_a_pause_after_a_word_that_ends_no_clause_is_inside_one(before: str, parts: bool) -> None:
    words = transcript_of(before)
    end_s = words.words[-1].end_s
    result = understand(words, sound_of((0.0, end_s), (end_s + 0.8, end_s + 2)), Brief())
    assert result.is_inside_clause(Interval(end_s, end_s + 0.8)) is parts


def test_region_and_number_of_the_brief_are_used() -> None:
    text = "ring me on oh two oh seven nine four six oh nine five eight"
    british = said(text, Brief(region="GB"))
    assert british.number.e164 == "+442079460958"
    wrong = replace(british, brief=Brief(region="GB", number="020 7946 0959")).number
    assert wrong.as_expected is False


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("index", [1, 6, 17, 20])  # two men, grouped and run on, with and without noise
def test_no_digit_of_real_speakers_is_lost(split: Split, index: int) -> None:
    if not is_installed("fsdd"):
        pytest.skip("shared/data/fsdd or noise not found beside the checkout")
    composed = message("fsdd", index, split=split)
    assert composed.transcript is not None
    result = understand(composed.transcript, listen(composed.recording), Brief(region=composed.region))
    assert result.invented == ()
    assert [reading.digits for reading in result.number.readings] == [said.digits for said in composed.full]


def test_a_verbatim_transcript_has_no_fillers_from_the_sound_alone() -> None:
    path = Path(__file__).parents[2] / "sample_audio" / "full_of_fillers.flac"
    words = json.loads((path.parent / "truth" / f"{path.stem}.json").read_bytes())["words"]
    timed = [Word(each["text"], each["start_s"], each["end_s"]) for each in words]
    stripped = Transcript(tuple(word for word in timed if not is_filled_pause(word.text)))
    sound = listen(read_audio(path))
    verbatim = {"verbatim": "yes"}
    counts = [
        len(understand(transcript, sound, Brief()).fillers)
        for transcript in (stripped, replace(stripped, settings=verbatim))
    ]
    assert counts[0] > counts[1]
    with_fillers = understand(Transcript(tuple(timed), settings=verbatim), sound, Brief()).fillers
    assert sum(filler.kind == "filled_pause" for filler in with_fillers) == len(timed) - len(stripped.words)
