"""What was measured of a message against the truth that lies beside it, as ``truth/NAME.json``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from aftertone.errors import BenchmarkError
from aftertone.files.reading import TRANSCRIPT_BYTES_MAX, read_given
from aftertone.language.syllables import spoken_words

if TYPE_CHECKING:
    from aftertone.outcome import Location
    from aftertone.playbook import Review

COLLAR_S = 0.1  # a filler is found where its onset is this near, as benchmarks.words_accuracy counts
DURATION_ERROR_S_MAX = 0.1


class _Spoken(msgspec.Struct):
    text: str
    start_s: float
    end_s: float


class _Event(msgspec.Struct):
    start_s: float
    end_s: float


class _Number(msgspec.Struct):
    digits: str | None = None


class Truth(msgspec.Struct):
    """What is known of a message: each field may be missing, and more may be there (see sample_audio)."""

    duration_s: float | None = None
    words: list[_Spoken] | None = None
    number: _Number | None = None
    fillers: list[_Event] | None = None


def truth_of(path: Location) -> Truth | None:
    """What lies beside a recording as ``truth/NAME.json``; None where nothing does.

    Raises
    ------
    BenchmarkError
        It is not such JSON.
    """
    beside = path.parent / "truth" / f"{path.stem}.json" if isinstance(path, Path) else None
    if beside is None or not beside.is_file():
        return None
    try:
        return msgspec.json.decode(read_given(beside, TRANSCRIPT_BYTES_MAX), type=Truth)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise BenchmarkError(
            f"{beside}: not the truth of a recording: {error}; see sample_audio/truth"
        ) from error


@dataclass(frozen=True, slots=True)
class Row:
    """One message: truth beside what was measured. None where there is nothing to compare."""

    duration_error_s: float | None
    reference: str | None
    hypothesis: str | None
    digits_true: str | None
    digits: str | None
    fillers_true_s: tuple[float, ...] | None
    fillers_s: tuple[float, ...] | None


def row_of(truth: Truth, review: Review) -> Row:
    """A review held against the truth of its message."""
    m = review.measurements
    start_s = m.message.start_s
    has_words = review.transcript is not None
    # the truth's words are the message's: what is heard of a greeting before it is none of them
    heard = [w.text for w in review.transcript.words if w.end_s > (start_s or 0)] if review.transcript else []
    return Row(
        duration_error_s=None if truth.duration_s is None else m.duration_s - truth.duration_s,
        reference=normalised(w.text for w in truth.words) if truth.words else None,
        hypothesis=normalised(heard) if has_words else None,
        digits_true=truth.number.digits if truth.number else None,
        digits=m.number.digits if has_words else None,
        fillers_true_s=None if truth.fillers is None else tuple(sorted(f.start_s for f in truth.fillers)),
        fillers_s=None
        if m.fillers.count is None
        else tuple(sorted(span.start_s for span in m.evidence.get("fillers.count", ()))),
    )


def normalised(words: Iterable[str]) -> str:
    """Words as they are compared: spoken form, lower case, apostrophes kept, all else dropped.

    >>> normalised(["Call", "555,", "don't"])
    "call five five five don't"
    """
    spoken = (spoken for word in words for spoken in spoken_words(word))
    return " ".join(text for word in spoken if (text := re.sub(r"[^a-z']", "", word.lower())))


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How right some messages were. None where it could not be counted; `missing` says why.

    Attributes
    ----------
    message_count : int
        Messages whose truth is known.
    durations_right, durations_known : int
        Lengths within 0.1 s.
    word_error_rate : float or None
        Of all words together; words are compared as they are spoken.
    digits_right, digits_known : int or None
        Call-back numbers exact, of those that were said.
    fillers_f1 : float or None
        By onset, within 0.1 s, each matched once.
    missing : tuple of str
        Why a figure is None.
    """

    message_count: int
    durations_right: int
    durations_known: int
    word_error_rate: float | None
    digits_right: int | None
    digits_known: int
    fillers_f1: float | None
    missing: tuple[str, ...] = ()


def accuracy_of(rows: Sequence[Row]) -> Accuracy | None:
    """The figures of some messages; None where no truth is known.

    >>> row = Row(0.0, "call me", "call me", "5551234", "5551234", (1.0,), (1.05,))
    >>> accuracy_of([row]).word_error_rate
    0.0
    """
    if not rows:
        return None
    missing: list[str] = []
    errors_s = [row.duration_error_s for row in rows if row.duration_error_s is not None]
    numbered = [row for row in rows if row.digits_true]
    has_words = any(row.hypothesis is not None for row in rows)
    return Accuracy(
        message_count=len(rows),
        durations_right=sum(abs(error_s) <= DURATION_ERROR_S_MAX for error_s in errors_s),
        durations_known=len(errors_s),
        word_error_rate=_word_error_rate(rows, missing),
        digits_right=sum(row.digits == row.digits_true for row in numbered) if has_words else None,
        digits_known=len(numbered),
        fillers_f1=_fillers_f1(rows, missing),
        missing=tuple(missing),
    )


def _word_error_rate(rows: Sequence[Row], missing: list[str]) -> float | None:
    pairs = [(r.reference, r.hypothesis) for r in rows if r.reference and r.hypothesis is not None]
    if not pairs or _lacks("jiwer", "word error rate", missing):
        return None
    import jiwer

    return float(jiwer.wer([true for true, _ in pairs], [heard for _, heard in pairs]))


def _fillers_f1(rows: Sequence[Row], missing: list[str]) -> float | None:
    pairs = [(r.fillers_true_s, r.fillers_s) for r in rows]
    known = [(true, found) for true, found in pairs if true is not None and found is not None]
    event_count = sum(len(true) + len(found) for true, found in known)
    if not event_count or _lacks("mir_eval", "fillers F1", missing):
        return None
    from mir_eval.util import match_events

    matched = sum(len(match_events(true, found, COLLAR_S)) for true, found in known if true and found)
    return 2 * matched / event_count


def _lacks(library: str, figure: str, missing: list[str]) -> bool:
    lacks = find_spec(library) is None
    if lacks:
        missing.append(f"{figure} needs {library}: pip install 'aftertone[eval]'")
    return lacks
