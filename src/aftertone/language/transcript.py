"""Words with their times, and transcripts on disk."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec

from aftertone.acoustics.interval import Interval
from aftertone.errors import TranscriptError
from aftertone.files.private import write_file
from aftertone.files.reading import TRANSCRIPT_BYTES_MAX, read_limited

Witness = Literal["words", "sound", "both"]

CROSS_ATTENTION = "cross-attention"
"""Value of ``settings["word_times"]`` of rough times, which the pipeline replaces."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a transcript.

    Attributes
    ----------
    text : str
        As spoken or as written ("555-1234" is one word), without space around it.
    start_s, end_s : float
        Seconds from the start of the recording.
    confidence : float or None
        0 to 1; None if the engine gives none.
    """

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None

    @property
    def interval(self) -> Interval:
        """Its time."""
        return Interval(self.start_s, self.end_s)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the recording with its words: the evidence of a finding."""

    start_s: float
    end_s: float
    text: str = ""

    def overlaps(self, other: Span) -> bool:
        """Whether the two have a time in common.

        >>> Span(0.0, 1.0).overlaps(Span(0.9, 2.0)), Span(0.0, 1.0).overlaps(Span(1.0, 2.0))
        (True, False)
        """
        return self.start_s < other.end_s and other.start_s < self.end_s


@dataclass(frozen=True, slots=True)
class FillerSpan(Span):
    """The place of a filler, and what it was found in."""

    witness: Witness = "words"
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class DigitString:
    """Digits that a stretch of sound may be, with log probabilities in nats.

    `numeral_log_prob` is among strings of numerals alone. `spaced_log_prob` is that of the digits with spaces
    between them, among all texts.
    """

    digits: str
    numeral_log_prob: float
    spaced_log_prob: float


class NumeralRequest(NamedTuple):
    """A stretch of the recording to decode as digits alone, and strings that are scored in any case."""

    interval: Interval
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumeralStretch:
    """A stretch of the recording that was decoded as digits alone, the likeliest string first."""

    start_s: float
    end_s: float
    strings: tuple[DigitString, ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of one recording, in order of time.

    Attributes
    ----------
    words : tuple of Word
    language : str
        ISO 639-1 code.
    engine : str
        Name of the engine that wrote them.
    settings : dict of str to str
        Model, revision and options of the engine.
    numerals : tuple of NumeralStretch
        Stretches that may hold a telephone number, decoded again as digits; empty for most engines.
    """

    words: tuple[Word, ...] = ()
    language: str = "en"
    engine: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    numerals: tuple[NumeralStretch, ...] = ()

    @property
    def text(self) -> str:
        """All words, with spaces between."""
        return " ".join(word.text for word in self.words)

    @property
    def is_verbatim(self) -> bool:
        """Whether the engine writes fillers: ``settings["verbatim"]`` is "yes"."""
        return self.settings.get("verbatim") == "yes"

    def span(self, first: int, last: int) -> Span:
        """The span from word `first` to word `last`, both included."""
        words = self.words[first : last + 1]
        return Span(words[0].start_s, words[-1].end_s, " ".join(word.text for word in words))


class _StoredString(msgspec.Struct, forbid_unknown_fields=True):
    digits: Annotated[str, msgspec.Meta(pattern="^[0-9]+$")]
    numeral_log_prob: float
    spaced_log_prob: float


class _StoredNumerals(msgspec.Struct, forbid_unknown_fields=True):
    start_s: float
    end_s: float
    strings: list[_StoredString]


class _StoredTranscript(msgspec.Struct, forbid_unknown_fields=True):
    """A transcript on disk. Its words are decoded later, so that an error can name the wrong one."""

    words: list[msgspec.Raw]
    language: str = "en"
    engine: str = ""
    settings: dict[str, str] = {}
    numerals: list[_StoredNumerals] = []


class _StoredWord(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    start_s: float
    end_s: float
    confidence: float | None = None


def read_transcript(path: str | Path) -> Transcript:
    """Read a transcript from a JSON file.

    The file contains ``{"language": "en", "engine": "whisper", "words": [{"text": "hi", "start_s": 0.41,
    "end_s": 0.58, "confidence": 0.93}, ...]}``. Only `words` is required, and of each word `text`,
    `start_s` and `end_s`. `settings` (an object of strings) and `numerals` (see `NumeralStretch`) are
    optional. Any other key is an error.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Transcript
        Texts without space around them; a confidence that is left out is None.

    Raises
    ------
    TranscriptError
        There is no such file, it is no such JSON, or its words are not in order of time.

    Examples
    --------
    >>> import tempfile
    >>> transcript = Transcript((Word("hi", 0.41, 0.58, 0.93),), engine="replay")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_transcript(transcript, Path(folder, "message.json"))
    ...     read_transcript(Path(folder, "message.json")) == transcript
    True
    """
    path = Path(path)
    try:
        stored = msgspec.json.decode(read_limited(path, TRANSCRIPT_BYTES_MAX), type=_StoredTranscript)
    except OSError as error:
        raise TranscriptError(f"{path}: the transcript cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TranscriptError(f"{path}: not a transcript: {error}. Expected {_SHAPE}") from error
    words = tuple(_word(raw, f"{path}: $.words[{index}]") for index, raw in enumerate(stored.words))
    _check_words(words, str(path))
    numerals = msgspec.convert(stored.numerals, tuple[NumeralStretch, ...], from_attributes=True)
    return Transcript(words, stored.language, stored.engine, stored.settings, numerals)


def write_transcript(transcript: Transcript, path: str | Path) -> None:
    """Write a transcript as JSON, one word to a line; `read_transcript` reads an equal one.

    Raises
    ------
    TranscriptError
        `read_transcript` would refuse its words, or the file cannot be written.
    """
    path = Path(path)
    _check_words(transcript.words, str(path))
    encode = msgspec.json.encode
    head: dict[str, object] = {"language": transcript.language, "engine": transcript.engine}
    if transcript.settings:
        head["settings"] = transcript.settings
    if transcript.numerals:
        head["numerals"] = transcript.numerals
    words = b",\n".join(encode(word) for word in transcript.words)
    try:
        write_file(path, encode(head)[:-1] + b',"words":[\n' + words + b"\n]}\n")
    except OSError as error:
        raise TranscriptError(f"{path}: cannot be written: {error.strerror or error}") from error


_SHAPE = '{"language": "en", "words": [{"text": "hi", "start_s": 0.41, "end_s": 0.58}, ...]}'


def _word(raw: msgspec.Raw, where: str) -> Word:
    try:
        word = msgspec.json.decode(raw, type=_StoredWord)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # msgspec writes the place inside the word: "... - at `$.start_s`"; `where` is the place of the word
        message, _, inner = str(error).partition(" - at `$")
        raise TranscriptError(f"{where}{inner.rstrip('`')}: {message}") from error
    return Word(word.text.strip(), word.start_s, word.end_s, word.confidence)


def _check_words(words: tuple[Word, ...], where: str) -> None:
    """Refuse words without a text, or with wrong times."""
    earlier_s = 0.0
    for index, word in enumerate(words):
        at = f"{where}: $.words[{index}] ({word.text!r})"
        if not word.text or word.text != word.text.strip():
            raise TranscriptError(f"{at}: a word needs a text without space round it")
        if not (math.isfinite(word.start_s) and math.isfinite(word.end_s)):
            raise TranscriptError(f"{at}: starts at {word.start_s} and ends at {word.end_s}: not times")
        if word.end_s < word.start_s:
            raise TranscriptError(f"{at}: ends at {word.end_s} s, before it starts at {word.start_s} s")
        if word.start_s < earlier_s:
            raise TranscriptError(
                f"{at}: starts at {word.start_s} s, before {earlier_s} s: "
                "words stand in order of their starts, from 0"
            )
        if word.confidence is not None and not 0 <= word.confidence <= 1:
            raise TranscriptError(f"{at}: confidence {word.confidence} is not between 0 and 1")
        earlier_s = word.start_s
