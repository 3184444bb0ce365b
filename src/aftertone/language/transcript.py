"""Words with their times, and the one method that every engine has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval


@dataclass(frozen=True, slots=True)
class Word:
    """One word as a recogniser heard it.

    Attributes
    ----------
    text : str
        As spoken or as written ("555-1234" is one word), without surrounding space.
    start_s, end_s : float
        Seconds from the start of the recording.
    confidence : float or None
        0 to 1; None where the engine gives none.
    """

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None

    @property
    def interval(self) -> Interval:
        """When it was said."""
        return Interval(self.start_s, self.end_s)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the recording with the words in it: what a finding shows as evidence."""

    start_s: float
    end_s: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of one recording, in order of time.

    Attributes
    ----------
    words : tuple of Word
    language : str
        ISO 639-1 code.
    engine : str
        Name of the engine that heard them.
    settings : dict of str to str
        Model, revision and options that they were heard with.
    """

    words: tuple[Word, ...] = ()
    language: str = "en"
    engine: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All words with a space between."""
        return " ".join(word.text for word in self.words)

    def span(self, first: int, last: int) -> Span:
        """The span from word `first` to word `last`, both included."""
        words = self.words[first : last + 1]
        return Span(words[0].start_s, words[-1].end_s, " ".join(word.text for word in words))


class Engine(Protocol):
    """What turns a recording into words."""

    name: str

    def transcribe(self, recording: Recording) -> Transcript:
        """The words of a recording.

        Raises
        ------
        EngineError
            The words cannot be had.
        """
        ...
