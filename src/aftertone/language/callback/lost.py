"""A number that was announced and that the recogniser did not write as a number.

Whisper sometimes writes none or few of the digits of a number ("my number is ... I wish you the best"). It
stretches the next words over the sound, or leaves it out. So the sound after an announcement is decoded as
digits alone, up to the first word that surely is something else. Other speech gives one digit or none. Seven
or more digits are a number if they are possible in the region and fit the syllable nuclei
(benchmarks/experiments/number.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import nuclei_count
from aftertone.acoustics.sound import Sound
from aftertone.language.brief import DIGITS_MIN
from aftertone.language.callback.decision import Decision, Evidence, decide, misfit
from aftertone.language.callback.lexemes import lexemes_of
from aftertone.language.callback.segments import LOCAL, verdict_of
from aftertone.language.fit import longest_s
from aftertone.language.tokens import word_parts
from aftertone.language.transcript import NumeralRequest, NumeralStretch, Transcript, Word

Decode = Callable[[Sequence[NumeralRequest]], Sequence[NumeralStretch]]

ANNOUNCED = re.compile(
    r"(?:\b(?:number|line|cell|mobile|phone)(?: here| again)? is|\b(?:me|us|call|reached|back) (?:at|on))$"
)
DIGIT_KINDS = frozenset({"digits", "tens", "homophone", "hundred", "sep", "filler"})
WORDS_BEFORE = 4  # words that are searched for an announcement
CONFIDENCE_MIN = 0.5  # a word with less is suspect
NUCLEI_MIN = 6  # syllable nuclei: seven digits, less one nucleus that was missed
ENDS_MAX = 3  # candidate ends of the number, at ends of speech; each costs a decoding
MISFIT_MAX = 1.0  # of `misfit`
AFTER_S = 0.1
"""Sound after an end of speech that is decoded too: without it the last digit may be lost; 0.25 s adds none
(benchmarks/experiments/number.md)."""


def with_lost_number(transcript: Transcript, sound: Sound, region: str, decode: Decode) -> Transcript:
    """The transcript with a number that was announced but not transcribed; the same where there is none.

    The number is one word, with its probability as confidence. It replaces words of little confidence.

    Parameters
    ----------
    transcript : Transcript
        Without a call-back number in its words.
    sound : Sound
        Of the same recording.
    region : str
        ISO 3166 code.
    decode : callable
        Decodes stretches of that recording as digits alone.
    """
    words = transcript.words
    for at in _announcements(words):
        past = next((n for n in range(at, len(words)) if not _is_suspect(words[n])), len(words))
        until_s = words[past].start_s if past < len(words) else sound.recording.duration_s
        requests = [NumeralRequest(each, ()) for each in _stretches(words[at - 1].end_s, until_s, sound)]
        found = [
            (decision.probability, decision.number, stretch)
            for stretch in (decode(requests) if requests else ())
            if (decision := _number_in(stretch, sound, region)) is not None
        ]
        if found:
            probability, digits, stretch = max(found, key=lambda each: each[0])
            number = Word(digits, stretch.start_s, stretch.end_s, probability)
            kept = [
                replace(word, start_s=max(word.start_s, number.end_s), end_s=max(word.end_s, number.end_s))
                for word in words[at:]
                if not (_is_doubtful(word) or _is_digits(word)) or word.start_s > number.end_s
            ]
            return replace(
                transcript,
                words=(*words[:at], number, *kept),
                numerals=(*transcript.numerals, stretch),
            )
    return transcript


def _announcements(words: Sequence[Word]) -> Iterator[int]:
    """Indices of words that follow an announcement; the count of words where it comes last."""
    for at in range(1, len(words) + 1):
        said = [part for word in words[max(0, at - WORDS_BEFORE) : at] for part in word_parts(word.text)]
        if ANNOUNCED.search(" ".join(said)):
            yield at


def _is_suspect(word: Word) -> bool:
    """Whether a word may stand for digits: digits, a filler, too long a word, or one of little confidence."""
    return _is_doubtful(word) or _is_digits(word) or word.end_s - word.start_s > longest_s(word.text)


def _is_doubtful(word: Word) -> bool:
    return word.confidence is not None and word.confidence < CONFIDENCE_MIN


def _is_digits(word: Word) -> bool:
    return all(each.kind in DIGIT_KINDS for each in lexemes_of([word]))


def _stretches(from_s: float, until_s: float, sound: Sound) -> list[Interval]:
    """Candidate stretches of the number: from the announcement to each end of speech after it."""
    speech = [part for part in sound.speech if part.end_s > from_s and part.start_s < until_s]
    if not speech:
        return []
    start_s = max(from_s, speech[0].start_s)
    ends_s = sorted({min(part.end_s, until_s) for part in speech})
    found = [Interval(start_s, end_s + AFTER_S) for end_s in ends_s]
    return [each for each in found if nuclei_count(sound.nuclei, *each) >= NUCLEI_MIN][:ENDS_MAX]


def _number_in(stretch: NumeralStretch, sound: Sound, region: str) -> Decision | None:
    """The number that a stretch holds; None where it is no number, or does not fit the sound."""
    if not stretch.strings:
        return None
    count = nuclei_count(sound.nuclei, stretch.start_s, stretch.end_s)
    decision = decide([Evidence("", False, stretch.strings, count)], region)
    (digits,) = decision.digits
    is_number = len(digits) >= DIGITS_MIN and verdict_of(digits, False, region).score >= LOCAL
    return replace(decision, number=digits) if is_number and misfit(digits, count) <= MISFIT_MAX else None
