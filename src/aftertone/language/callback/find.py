"""The call-back number: which of the digits are it, how often it was said, and how slowly.

This module has the order of work. It chooses one number and lists its **readings**; all other numbers are
listed with their kind.

1. `lexemes` and `digit_runs` find runs of digits. `corrections` puts them in written order.
2. `segmentation` cuts runs into candidate numbers, by the `numbering_plan`.
3. `cues` says what the words around a candidate say that it is. The candidate with the highest score is
   chosen.
4. `decision` chooses the digits of its readings, by the words and the sound.
5. `timing` finds when each digit was said. `repetition` finds a reading that the words lack.

A *full* reading is the number said once from end to end. A reading with one or two digits lost, inserted or
changed is full too and counts as a reading. A piece of the number said again ("that's 1234") is a *partial*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from aftertone.acoustics.analysis import AcousticAnalysis
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import nuclei_count
from aftertone.language.brief import DIGITS_MAX, DIGITS_MIN
from aftertone.language.callback.corrections import likeliest_runs
from aftertone.language.callback.cues import ANOTHER, CUE_WEIGHTS, Cue, Cues
from aftertone.language.callback.decision import Evidence, decide, evidence_of_words, words_probability
from aftertone.language.callback.digit_runs import is_digits_alone, spoken_numbers
from aftertone.language.callback.lexemes import Lexeme
from aftertone.language.callback.numbering_plan import (
    PARTIAL_DIGITS_MIN,
    SCORES,
    PlanValidity,
    dialled,
    edits,
    is_near,
    is_same_number,
    plan_validity,
)
from aftertone.language.callback.record import CallbackNumber, OtherNumber, Reading
from aftertone.language.callback.repetition import reading_again
from aftertone.language.callback.segmentation import Candidate, candidates_of
from aftertone.language.callback.timing import timed_reading
from aftertone.language.transcript import NumeralStretch, Transcript, Word

DEFAULT_REGION = "US"
"""Region of numbers without a country code, where the brief has no region (ISO 3166)."""


def find_callback_number(
    transcript: Transcript,
    *,
    region: str = DEFAULT_REGION,
    expected: str | None = None,
    caller_id: str | None = None,
    sound: AcousticAnalysis | None = None,
) -> CallbackNumber:
    """The call-back number of a message; without digits where no number of seven digits or more was said.

    Each number said has a score. A valid number of the region scores highest, then a possible one, then the
    longest string of digits. A number that is said more often scores more, and so does one that the words
    around it prefer ("my new number is"). Among equals the first is chosen. A number that the words around it
    call an invoice's, an old one or a voicemail system's is left out. Where a number is expected and one like
    it was said, the expected one is chosen.

    `region` is the ISO 3166 code that numbers without a country code are read in. `caller_id` is the number
    that the call came from. The sound gives the times of the digits and the count of syllable nuclei. It also
    shows whether the only reading was said again where the words are spoilt (`CallbackNumber.again`).

    >>> from aftertone.language.transcript import Word
    >>> said = "my number is 800 555 1234 that's eight hundred five five five one two four four"
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said.split())))
    >>> number = find_callback_number(heard)
    >>> number.digits, number.valid, len(number.readings), number.agree, number.differing
    ('8005551234', True, 2, False, (8,))
    """
    region = region.upper()
    ways, figures = spoken_numbers(transcript)
    runs = [run for stretch in ways for run in likeliest_runs(stretch, region)]
    candidates = [each for run in runs for each in candidates_of(run, region)]
    cues = Cues(transcript, candidates)
    wanted = plan_validity(dialled(expected), "+" in expected, region) if expected else None
    chosen = _chosen(candidates, cues, wanted)
    if chosen is None:
        return CallbackNumber(others=_others(candidates, figures, cues))

    # the second cut: now the number is known
    candidates = [each for run in runs for each in candidates_of(run, region, chosen.number)]
    cues = Cues(transcript, candidates)
    line = next((cues.of(each).line for each in candidates if each.validity.number == chosen.number), "")
    own = [each for each in candidates if _is_said(chosen.number, each, cues.of(each), line)]
    rest = [each for each in candidates if each not in own]
    if not own:  # the second cut may take the digits apart
        return CallbackNumber(others=_others(rest, figures, cues))

    own, decided, probability = _decided(own, transcript, region, sound)
    if decided is not None and (wanted is None or not is_near(decided.number, wanted.number)):
        chosen = decided
    partials = [
        each
        for each in rest
        if len(each.items) >= PARTIAL_DIGITS_MIN
        and each.digits in chosen.number
        and cues.of(each).weight >= 0
    ]
    others = [each for each in rest if each not in partials]
    readings = [_reading(each, transcript.words) for each in own]
    if sound is not None:
        readings = [timed_reading(each, transcript.words, sound) for each in readings]
    differing = {at for reading in readings for at in edits(chosen.number, reading.number)}
    number = CallbackNumber(
        digits=chosen.number,
        e164=chosen.e164,
        valid=chosen.is_valid,
        readings=tuple(readings),
        partials=tuple(_reading(each, transcript.words) for each in partials),
        others=_others(others, figures, cues),
        differing=tuple(sorted(differing)) or None,
        extension=next((each.extension for each in own if each.extension), None),
        as_expected=any(reading.number == wanted.number for reading in readings) if wanted else None,
        called_from=is_same_number(chosen.e164 or chosen.number, caller_id) if caller_id else None,
        probability=probability,
    )
    return replace(number, again=reading_again(number, transcript, sound)) if sound else number


def _chosen(candidates: Sequence[Candidate], cues: Cues, wanted: PlanValidity | None) -> PlanValidity | None:
    """The number with the highest score, or the expected one if a candidate is a reading of it."""
    if wanted and any(_is_said(wanted.number, each, cues.of(each)) for each in candidates):
        return wanted
    said: dict[str, list[Candidate]] = defaultdict(list)
    for each in candidates:
        if DIGITS_MIN <= len(each.items) <= DIGITS_MAX and each.validity.score != SCORES.loop:
            said[each.validity.number].append(each)
    best, chosen = 0.0, None
    for same in said.values():
        weights = [cues.of(each).weight for each in same]
        if min(weights) == CUE_WEIGHTS.excluded and max(weights) <= 0:
            continue
        validity = same[0].validity
        quality = validity.score if validity.score > 0 else 1.0 + len(same[0].items) / 100
        again = SCORES.reading * (len(same) - 1)
        score = max(quality + max(weights), SCORES.number_min) + again
        if score > best:
            best, chosen = score, validity
    return chosen


def _is_said(number: str, candidate: Candidate, cue: Cue, line: str = "") -> bool:
    """Whether a candidate is a full reading of a number, not another that is like it."""
    validity = candidate.validity
    # a valid number of another line (office, cell) may differ from it by one digit
    is_other = validity.is_valid and cue.line and (cue.line == "or" or line not in ("", cue.line))
    is_alike = cue.weight >= 0 and not is_other and is_near(validity.number, number)
    return validity.number == number or is_alike


def _decided(
    readings: list[Candidate], transcript: Transcript, region: str, sound: AcousticAnalysis | None
) -> tuple[list[Candidate], PlanValidity | None, float | None]:
    """The readings with their likeliest digits, the number if that was decided, and its probability."""
    evidence = [_evidence(each, transcript, sound) for each in readings]
    if not any(each.strings for each in evidence):
        words = {item.word_index for each in readings for item in each.items}
        is_known = all(transcript.words[at].confidence is not None for at in words)
        return readings, None, words_probability(evidence, region) if is_known else None
    decision = decide(evidence, region)
    decided = [
        each.with_digits(digits, region) for each, digits in zip(readings, decision.digits, strict=True)
    ]
    validities = [each.validity for each in decided]
    number = next((each for each in validities if each.number == decision.number), validities[0])
    return decided, number, decision.probability


def _evidence(reading: Candidate, transcript: Transcript, sound: AcousticAnalysis | None) -> Evidence:
    """The evidence for the digits of a reading: its words, its decoded strings, its nuclei."""
    at = reading.interval

    def shared_s(stretch: NumeralStretch) -> float:
        return at.overlap_s(Interval(stretch.start_s, stretch.end_s))

    by_words = evidence_of_words(reading)
    stretch = max(transcript.numerals, key=shared_s, default=None)
    is_decoded = (
        stretch is not None
        and stretch.strings
        and 2 * shared_s(stretch) >= at.duration_s
        and is_digits_alone(reading, transcript.words)
    )
    if stretch is None or not is_decoded:
        return by_words
    count = None if sound is None else nuclei_count(sound.nuclei, stretch.start_s, stretch.end_s)
    # a word that was made from the stretch itself is no evidence for it
    is_made = np.allclose(at, (stretch.start_s, stretch.end_s))
    digits = "" if is_made else reading.digits
    return replace(by_words, digits=digits, strings=stretch.strings, nuclei_count=count)


def _others(
    candidates: Iterable[Candidate], figures: Iterable[Lexeme], cues: Cues
) -> tuple[OtherNumber, ...]:
    """The numbers that are not to be called back, in order of time."""
    others = [
        OtherNumber(kind, each.value, each.start_s, each.end_s)
        for each in figures
        if len(each.value) >= PARTIAL_DIGITS_MIN and (kind := cues.of_figure(each).kind)
    ]
    for each in candidates:
        kind = cues.of(each).kind
        if not kind and len(each.items) >= DIGITS_MIN and each.validity.score != SCORES.loop:
            kind = ANOTHER if each.validity.score > 0 else "another number"
        if kind and len(each.items) >= PARTIAL_DIGITS_MIN:
            others.append(OtherNumber(kind, each.digits, *each.interval))
    return tuple(sorted(others, key=lambda each: each.start_s))


def _reading(candidate: Candidate, words: Sequence[Word]) -> Reading:
    """A candidate as a reading of the number, or of a part of it."""
    first, last = candidate.first_word, candidate.last_word
    return Reading(
        items=candidate.items,
        number=candidate.validity.number,
        before=words[first - 1].interval if first else None,
        after=words[last + 1].interval if last + 1 < len(words) else None,
        has_plus=candidate.has_plus,
    )
