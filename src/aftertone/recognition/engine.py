"""What an engine is, and the one place that calls it.

An engine needs a name and one method, `transcribe`. Two more methods are optional: `transcribe_many` takes a
group of recordings with their speech intervals and names; `numerals` decodes a stretch as digits alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.errors import EngineError
from aftertone.language.transcript import NumeralRequest, NumeralStretch, Transcript


@runtime_checkable
class Engine(Protocol):
    """What turns a recording into words."""

    name: str

    def transcribe(self, recording: Recording) -> Transcript:
        """The words of a recording.

        Raises
        ------
        EngineError
            The engine cannot transcribe it.
        """
        ...


@runtime_checkable
class BatchEngine(Engine, Protocol):
    """An engine that transcribes a group of recordings, and takes what is known of each."""

    def transcribe_many(
        self,
        recordings: Sequence[Recording],
        speech: Sequence[Sequence[Interval]],
        hotwords: Sequence[Sequence[str]],
    ) -> list[Transcript]:
        """The words of each recording, in the order given; EngineError if one of them cannot be transcribed.

        For each recording there are its speech intervals, and names that may be said in it.
        """
        ...


@runtime_checkable
class NumeralEngine(Engine, Protocol):
    """An engine that can decode a stretch of sound as digits alone."""

    def numerals(
        self, recording: Recording, stretches: Sequence[NumeralRequest]
    ) -> tuple[NumeralStretch, ...]:
        """The likeliest strings of digits of each stretch, in the order given; EngineError if one fails."""
        ...


def transcribe_each(
    engine: Engine,
    recordings: Sequence[Recording],
    speech: Sequence[Sequence[Interval]],
    hotwords: Sequence[Sequence[str]],
) -> list[Transcript | Exception]:
    """The words of each recording, or the error that it causes; parameters as for `transcribe_many`.

    A `BatchEngine` gets the group at once. Where it fails, it gets each recording alone, so that only the
    recording at fault has an error.
    """
    found: list[Transcript | Exception] = []
    if not isinstance(engine, BatchEngine):
        for recording in recordings:
            try:
                found.append(engine.transcribe(recording))
            except Exception as error:
                found.append(error)
        return found
    try:
        found += engine.transcribe_many(recordings, speech, hotwords)
        if len(found) != len(recordings):
            raise EngineError(
                f"engine {engine.name!r}: transcribe_many returned {len(found)} transcripts for "
                f"{len(recordings)} recordings; expected one for each"
            )
        return found
    except Exception as error:
        if len(recordings) == 1:
            return [error]
        alone = (([a], [b], [c]) for a, b, c in zip(recordings, speech, hotwords, strict=True))
        return [transcribe_each(engine, *each)[0] for each in alone]


def decode_numerals(
    engine: Engine, recording: Recording, stretches: Sequence[NumeralRequest]
) -> tuple[NumeralStretch, ...]:
    """Stretches of a recording decoded as digits alone; empty where the engine is no `NumeralEngine`."""
    if not stretches or not isinstance(engine, NumeralEngine):
        return ()
    return engine.numerals(recording, stretches)
