"""Calling engines: one at a time, in groups, with faults."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.errors import EngineError, TranscriptionError
from aftertone.language.transcript import NumeralRequest, Transcript
from aftertone.recognition.engine import BatchEngine, Engine, NumeralEngine, decode_numerals, transcribe_each

A, B, C = (Recording.from_samples(np.zeros(100), 16_000, path=f"{name}.wav") for name in "abc")
SPEECH = [[Interval(0.0, 0.1)], [], [Interval(0.2, 0.3)]]
NAMES = [["Ann"], [], ["Cleo"]]


class OneByOne:
    name = "one by one"

    def transcribe(self, recording: Recording) -> Transcript:
        if recording is B:
            raise TranscriptionError("b.wav: failed")
        return Transcript(engine=recording.name)


class Grouped(OneByOne):
    name = "grouped"

    def __init__(self) -> None:
        self.calls: list[tuple[list[Recording], object, object]] = []

    def transcribe_many(
        self,
        recordings: Sequence[Recording],
        speech: Sequence[Sequence[Interval]],
        hotwords: Sequence[Sequence[str]],
    ) -> list[Transcript]:
        self.calls.append((list(recordings), speech, hotwords))
        return [self.transcribe(recording) for recording in recordings]


def text(found: Sequence[Transcript | Exception]) -> list[str]:
    return [each.engine if isinstance(each, Transcript) else str(each) for each in found]


def test_an_engine_needs_a_name_and_one_method() -> None:
    assert isinstance(OneByOne(), Engine)
    assert not isinstance(OneByOne(), BatchEngine | NumeralEngine)
    assert isinstance(Grouped(), BatchEngine)
    assert not isinstance("whisper", Engine)


def test_an_engine_of_one_method_gets_each_recording() -> None:
    assert text(transcribe_each(OneByOne(), [A, B, C], SPEECH, NAMES)) == ["a.wav", "b.wav: failed", "c.wav"]


def test_a_batch_engine_gets_the_group_with_speech_and_names() -> None:
    engine = Grouped()
    assert text(transcribe_each(engine, [A, C], SPEECH[::2], NAMES[::2])) == ["a.wav", "c.wav"]
    assert engine.calls == [([A, C], SPEECH[::2], NAMES[::2])]


def test_where_a_group_fails_the_recording_at_fault_fails_alone() -> None:
    engine = Grouped()
    assert text(transcribe_each(engine, [A, B, C], SPEECH, NAMES)) == ["a.wav", "b.wav: failed", "c.wav"]
    assert [call[0] for call in engine.calls] == [[A, B, C], [A], [B], [C]]
    assert [call[1:] for call in engine.calls[1:]] == [([s], [n]) for s, n in zip(SPEECH, NAMES, strict=True)]


def test_too_few_transcripts_are_an_error_of_the_engine() -> None:
    class Short(Grouped):
        def transcribe_many(self, *_: object) -> list[Transcript]:
            return []

    (found,) = transcribe_each(Short(), [A], [[]], [[]])
    assert isinstance(found, EngineError)
    assert "returned 0 transcripts for 1 recordings; expected one for each" in str(found)


def test_an_engine_without_digits_decodes_none() -> None:
    assert decode_numerals(OneByOne(), A, [NumeralRequest(Interval(0.0, 1.0), ())]) == ()


@pytest.mark.parametrize("stretches", [[], [NumeralRequest(Interval(0.0, 1.0), ("555",))]])
def test_an_engine_with_digits_is_called_where_there_is_a_stretch(stretches: list[NumeralRequest]) -> None:
    class Digits(OneByOne):
        def numerals(self, recording: Recording, given: object) -> object:
            return (recording, given)

    found = decode_numerals(Digits(), A, stretches)
    assert found == ((A, stretches) if stretches else ())
