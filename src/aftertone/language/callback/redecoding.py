"""Re-decoding: stretches of the sound that the recogniser decodes again as digits alone.

Each reading of the number is decoded again, whole and without its neighbours. Whisper's word times are off by
several tenths of a second, and it may leave out the first or the last group of a number. So a stretch covers
the whole speech interval that the reading's words lie in. It also covers neighbouring speech under no word.
Where a neighbouring word lies in the same speech interval, the stretch ends at the quietest moment between
the middle of that word and the reading.

Whisper sometimes writes none or few of the digits of a number ("my number is ... I wish you the best"). It
stretches the next words over the sound, or leaves it out. So where no number is in the words, the sound after
an announcement is decoded, up to the first word that surely is something else. Other speech gives one digit
or none. Seven or more digits are a number if they are possible in the region and fit the syllable nuclei
(benchmarks/experiments/number.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import nuclei_count
from aftertone.acoustics.spectrum import HOP_S
from aftertone.language.brief import DIGITS_MIN, Brief
from aftertone.language.callback.decision import (
    Decision,
    Evidence,
    are_sure,
    decide,
    evidence_of_words,
    misfit,
)
from aftertone.language.callback.digit_runs import is_digits_alone
from aftertone.language.callback.find import DEFAULT_REGION, find_callback_number
from aftertone.language.callback.lexemes import lexemes_of
from aftertone.language.callback.numbering_plan import plan_validity
from aftertone.language.callback.record import Reading
from aftertone.language.callback.timing import WORD_EDGE_S
from aftertone.language.syllables import longest_s
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import NumeralRequest, NumeralStretch, Transcript, Word

if TYPE_CHECKING:
    from aftertone.acoustics.analysis import AcousticAnalysis

Decode = Callable[[Sequence[NumeralRequest]], Sequence[NumeralStretch]]
"""Decodes stretches of the recording as digits alone: see `NumeralEngine`."""


@dataclass(frozen=True, slots=True)
class RedecodingOptions:
    """Which stretches are decoded again."""

    readings_max: int = 4  # readings that are decoded: more are a loop of the recogniser
    silence_max_s: float = 3.0  # to speech under no word that may be the first or the last group
    margin_s: float = 0.02  # of sound before a stretch: two frames, on which speech intervals begin
    after_s: float = 0.1
    """Sound after an end of speech. Without it the last digit may be lost; 0.25 s adds none
    (benchmarks/experiments/number.md)."""
    smoothing_frames: int = 5  # of 10 ms: moving average of the level, whose minimum is the quietest moment
    announcement_words: int = 4  # words that are searched for an announcement
    confidence_min: float = 0.5  # a word with less may stand for digits
    nuclei_min: int = 6  # of a number that the words lack: seven digits, less one nucleus that was missed
    ends_max: int = 3  # candidate ends of such a number, at ends of speech; each costs a decoding
    misfit_max: float = 1.0  # of `misfit`


OPTIONS = RedecodingOptions()
_ANNOUNCEMENT = re.compile(
    r"(?:\b(?:number|line|cell|mobile|phone)(?: here| again)? is|\b(?:me|us|call|reached|back) (?:at|on))$"
)
_DIGIT_KINDS = frozenset({"digits", "tens", "homophone", "hundred", "separator", "filler"})


def with_numerals(
    transcript: Transcript, sound: AcousticAnalysis, brief: Brief, decode: Decode
) -> Transcript:
    """The transcript with its call-back number decoded as digits alone, or with one that its words lack.

    A transcript that has `numerals` already is returned as it is. The brief gives the region and the number.
    """
    if transcript.numerals:
        return transcript
    region = (brief.region or DEFAULT_REGION).upper()
    number = find_callback_number(transcript, region=region, expected=brief.dialled_number)
    if not number.readings:
        return _with_undecoded_number(transcript, sound, region, decode)
    requests = _requests(number.readings, transcript.words, sound, region)
    return replace(transcript, numerals=tuple(decode(requests))) if requests else transcript


# --- the readings of a number ---------------------------------------------------------------------------


def _requests(
    readings: Sequence[Reading], words: Sequence[Word], sound: AcousticAnalysis, region: str
) -> list[NumeralRequest]:
    """The stretches of sound that hold the readings of a number; none where its words are sure.

    A reading with other words between its digits is left out: constrained decoding writes digits only, and
    neither "double five" nor "sorry, nine one".
    """
    if are_sure([*map(evidence_of_words, readings)], region):
        return []
    said = tuple(dict.fromkeys(reading.digits for reading in readings))
    return [
        NumeralRequest(stretch_of(reading, sound), said)
        for reading in readings[: OPTIONS.readings_max]
        if is_digits_alone(reading, words)
    ]


def stretch_of(reading: Reading, sound: AcousticAnalysis) -> Interval:
    """The stretch of sound that holds a reading."""
    before, after, own = reading.before, reading.after, reading.interval
    # a neighbouring word surely covers its sound up to its middle, and up to its edge less the error of edges
    before_s = (before.start_s + before.end_s) / 2 if before else 0.0
    after_s = (after.start_s + after.end_s) / 2 if after else float("inf")
    free_from_s = max(before_s, before.end_s - WORD_EDGE_S) if before else 0.0
    free_to_s = min(after_s, after.start_s + WORD_EDGE_S) if after else float("inf")

    by_words = Interval(max(0.0, own.start_s - WORD_EDGE_S), own.end_s + WORD_EDGE_S)
    speech = sound.speech
    under = [
        at
        for at, part in enumerate(speech)
        if part.start_s < own.end_s + WORD_EDGE_S and part.end_s > own.start_s
    ]
    if not under:
        return by_words
    if len(under) > 1 and speech[under[0]].end_s < own.start_s + OPTIONS.margin_s:
        del under[0]
    first, last = under[0], under[-1]
    while (
        first
        and before_s < speech[first].start_s
        and speech[first - 1].start_s >= free_from_s
        and own.start_s - speech[first - 1].end_s < OPTIONS.silence_max_s
    ):
        first -= 1
    while (
        last + 1 < len(speech)
        and after_s > speech[last].end_s
        and speech[last + 1].end_s <= free_to_s
        and speech[last + 1].start_s - own.end_s < OPTIONS.silence_max_s
    ):
        last += 1
    start_s, end_s = speech[first].start_s, speech[last].end_s
    level_db = sound.frames.level_db
    if before_s > start_s:
        from_s = max(before_s, own.start_s - 2 * WORD_EDGE_S)
        start_s = _quietest_s(level_db, from_s, own.start_s + WORD_EDGE_S)
    if after_s < end_s:
        end_s = _quietest_s(level_db, max(own.end_s - WORD_EDGE_S, start_s), max(after_s, own.end_s))
    if end_s <= start_s:
        return by_words
    return Interval(max(0.0, start_s - OPTIONS.margin_s), end_s + OPTIONS.after_s)


def _quietest_s(level_db: NDArray[np.float32], from_s: float, to_s: float) -> float:
    """The quietest moment between two times, in s; the middle where no frame lies between them."""
    size = OPTIONS.smoothing_frames
    smooth = np.convolve(level_db, np.full(size, 1 / size), mode="same")
    first, past = round(from_s / HOP_S), round(to_s / HOP_S)
    part = smooth[first:past]
    return (first + int(part.argmin())) * HOP_S if part.size else (from_s + to_s) / 2


# --- a number that was announced and that the words lack ------------------------------------------------


def _with_undecoded_number(
    transcript: Transcript, sound: AcousticAnalysis, region: str, decode: Decode
) -> Transcript:
    """The transcript with a number that was announced but not transcribed; the same where there is none.

    The number is one word, with its probability as confidence. It replaces words of little confidence.
    """
    words = transcript.words
    for at in _announcements(words):
        past = next((n for n in range(at, len(words)) if not _may_hide_digits(words[n])), len(words))
        until_s = words[past].start_s if past < len(words) else sound.recording.duration_s
        requests = [NumeralRequest(each, ()) for each in _stretches(words[at - 1].end_s, until_s, sound)]
        found = [
            (decision, stretch)
            for stretch in (decode(requests) if requests else ())
            if (decision := _number_in(stretch, sound, region)) is not None
        ]
        if found:
            decision, stretch = max(found, key=lambda each: each[0].probability)
            number = Word(decision.number, stretch.start_s, stretch.end_s, decision.probability)
            kept = [
                replace(word, start_s=max(word.start_s, number.end_s), end_s=max(word.end_s, number.end_s))
                for word in words[at:]
                if not (_is_doubtful(word) or _is_digits(word)) or word.start_s > number.end_s
            ]
            return replace(transcript, words=(*words[:at], number, *kept), numerals=(stretch,))
    return transcript


def _announcements(words: Sequence[Word]) -> Iterator[int]:
    """Indices of words that follow an announcement; the count of words where it comes last."""
    for at in range(1, len(words) + 1):
        near = words[max(0, at - OPTIONS.announcement_words) : at]
        if _ANNOUNCEMENT.search(" ".join(part for word in near for part in word_parts(word.text))):
            yield at


def _may_hide_digits(word: Word) -> bool:
    """Whether a word may stand for digits: digits, a filler, too long a word, or one of little confidence."""
    return _is_doubtful(word) or _is_digits(word) or word.end_s - word.start_s > longest_s(word.text)


def _is_doubtful(word: Word) -> bool:
    return word.confidence is not None and word.confidence < OPTIONS.confidence_min


def _is_digits(word: Word) -> bool:
    return all(each.kind in _DIGIT_KINDS for each in lexemes_of([word]))


def _stretches(from_s: float, until_s: float, sound: AcousticAnalysis) -> list[Interval]:
    """Candidate stretches of the number: from the announcement to each end of speech after it."""
    speech = [part for part in sound.speech if part.end_s > from_s and part.start_s < until_s]
    if not speech:
        return []
    start_s = max(from_s, speech[0].start_s)
    ends_s = sorted({min(part.end_s, until_s) for part in speech})
    found = [Interval(start_s, end_s + OPTIONS.after_s) for end_s in ends_s]
    return [each for each in found if nuclei_count(sound.nuclei, *each) >= OPTIONS.nuclei_min][
        : OPTIONS.ends_max
    ]


def _number_in(stretch: NumeralStretch, sound: AcousticAnalysis, region: str) -> Decision | None:
    """The number that a stretch holds; None where it is no number, or does not fit the sound."""
    if not stretch.strings:
        return None
    count = nuclei_count(sound.nuclei, stretch.start_s, stretch.end_s)
    decision = decide([Evidence("", False, stretch.strings, count)], region)
    (digits,) = decision.digits
    is_number = len(digits) >= DIGITS_MIN and plan_validity(digits, False, region).is_possible
    is_fit = misfit(digits, count) <= OPTIONS.misfit_max
    return replace(decision, number=digits) if is_number and is_fit else None
