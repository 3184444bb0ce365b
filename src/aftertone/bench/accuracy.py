"""Accuracy of reviews against the truth of messages, stored beside them as ``truth/NAME.json``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from aftertone.errors import BenchmarkError
from aftertone.files.reading import TRANSCRIPT_BYTES_MAX, read_limited
from aftertone.language.tokens import spoken_words

if TYPE_CHECKING:
    from aftertone.language.transcript import Span
    from aftertone.outcome import Location
    from aftertone.playbook import Review

ONSET_ERROR_S_MAX = 0.1  # a filler is found if its onset is this near, as in benchmarks.words_accuracy
DURATION_ERROR_S_MAX = 0.1  # a length is right within this error


class _TrueWord(msgspec.Struct):
    text: str
    start_s: float
    end_s: float


class _TrueFiller(msgspec.Struct):
    start_s: float
    end_s: float


class _TrueNumber(msgspec.Struct):
    digits: str | None = None


class Truth(msgspec.Struct):
    """The known facts about a message. Each field may be missing; other fields are ignored."""

    duration_s: float | None = None
    words: list[_TrueWord] | None = None
    number: _TrueNumber | None = None
    fillers: list[_TrueFiller] | None = None


def truth_of(path: Location) -> Truth | None:
    """Read ``truth/NAME.json`` beside a recording; None if there is no such file."""
    beside = path.parent / "truth" / f"{path.stem}.json" if isinstance(path, Path) else None
    if beside is None or not beside.is_file():
        return None
    try:
        return msgspec.json.decode(read_limited(beside, TRANSCRIPT_BYTES_MAX), type=Truth)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise BenchmarkError(
            f"{beside}: not the truth of a recording: {error}; see sample_audio/truth"
        ) from error


@dataclass(frozen=True, slots=True)
class ComparedMessage:
    """The truth of one message beside its measured values; None where either is unknown."""

    duration_error_s: float | None
    reference: str | None
    hypothesis: str | None
    digits_true: str | None
    digits: str | None
    fillers_true_s: tuple[float, ...] | None
    fillers_s: tuple[float, ...] | None


def compared_message(truth: Truth, review: Review) -> ComparedMessage:
    """Put the truth of a message beside its review."""
    m, transcript = review.measurements, review.transcript
    start_s = m.message.start_s or 0.0  # the truth lacks the words of a greeting before the message
    found = None if transcript is None else [word.text for word in transcript.words if word.end_s > start_s]
    filler_spans = None if m.fillers.count is None else m.evidence.get("fillers.count", ())
    return ComparedMessage(
        duration_error_s=None if truth.duration_s is None else m.duration_s - truth.duration_s,
        reference=normalised(word.text for word in truth.words) if truth.words else None,
        hypothesis=None if found is None else normalised(found),
        digits_true=truth.number.digits if truth.number else None,
        digits=None if transcript is None else m.number.digits,
        fillers_true_s=_onsets_s(truth.fillers),
        fillers_s=_onsets_s(filler_spans),
    )


def _onsets_s(spans: Iterable[_TrueFiller | Span] | None) -> tuple[float, ...] | None:
    return None if spans is None else tuple(sorted(span.start_s for span in spans))


def normalised(words: Iterable[str]) -> str:
    """Words in the form in which they are compared: as spoken, in lower case, letters and apostrophes alone.

    >>> normalised(["Call", "555,", "don't"])
    "call five five five don't"
    """
    spoken = (spoken for word in words for spoken in spoken_words(word))
    return " ".join(text for word in spoken if (text := re.sub(r"[^a-z']", "", word.lower())))


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The accuracy of messages with a known truth. A figure that cannot be computed is None."""

    message_count: int
    durations_right: int  # within DURATION_ERROR_S_MAX
    durations_known: int
    word_error_rate: float | None  # over all words together, in spoken form
    digits_right: int | None  # call-back numbers with all digits right
    digits_known: int  # numbers that were said
    fillers_f1: float | None  # by onset within ONSET_ERROR_S_MAX; each filler is matched once
    missing: tuple[str, ...] = ()  # why a figure is None


def accuracy_of(messages: Sequence[ComparedMessage]) -> Accuracy | None:
    """The accuracy over some messages; None without messages."""
    if not messages:
        return None
    missing: list[str] = []
    errors_s = [each.duration_error_s for each in messages if each.duration_error_s is not None]
    numbered = [each for each in messages if each.digits_true]
    has_words = any(each.hypothesis is not None for each in messages)
    return Accuracy(
        message_count=len(messages),
        durations_right=sum(abs(error_s) <= DURATION_ERROR_S_MAX for error_s in errors_s),
        durations_known=len(errors_s),
        word_error_rate=_word_error_rate(messages, missing),
        digits_right=sum(each.digits == each.digits_true for each in numbered) if has_words else None,
        digits_known=len(numbered),
        fillers_f1=_fillers_f1(messages, missing),
        missing=tuple(missing),
    )


def _word_error_rate(messages: Sequence[ComparedMessage], missing: list[str]) -> float | None:
    pairs = [(m.reference, m.hypothesis) for m in messages if m.reference and m.hypothesis is not None]
    if not pairs or _is_missing("jiwer", "word error rate", missing):
        return None
    import jiwer

    return float(jiwer.wer([reference for reference, _ in pairs], [hypothesis for _, hypothesis in pairs]))


def _fillers_f1(messages: Sequence[ComparedMessage], missing: list[str]) -> float | None:
    pairs = [(each.fillers_true_s, each.fillers_s) for each in messages]
    known = [(true, found) for true, found in pairs if true is not None and found is not None]
    filler_count = sum(len(true) + len(found) for true, found in known)
    if not filler_count or _is_missing("mir_eval", "fillers F1", missing):
        return None
    from mir_eval.util import match_events

    matched = sum(
        len(match_events(true, found, ONSET_ERROR_S_MAX)) for true, found in known if true and found
    )
    return 2 * matched / filler_count


def _is_missing(library: str, figure: str, missing: list[str]) -> bool:
    is_missing = find_spec(library) is None
    if is_missing:
        missing.append(f"{figure} needs {library}: pip install 'aftertone[eval]'")
    return is_missing
