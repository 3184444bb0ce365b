"""The call-back number: which of the digits are it, how often it was said, and how slowly.

`lexemes` and `spoken` find runs of digits. `mending` applies corrections and puts area codes first.
`segments` cuts runs into numbers. `kinds` classifies a number by the words around it. This module chooses one
number and lists its **readings**; all other numbers are listed with their kind.

A *full* reading is the number said once from end to end. A reading with one or two digits lost, inserted or
changed is full too and counts as a reading, but it is not `exact`. A piece of the number said again
("that's 1234") is a *partial*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import nuclei_count
from aftertone.acoustics.sound import Sound
from aftertone.language.brief import DIGITS_MAX, DIGITS_MIN
from aftertone.language.callback.decision import (
    TRUSTED_MIN,
    Evidence,
    Written,
    decide,
    words_probability,
)
from aftertone.language.callback.kinds import ANOTHER, NONE, Cue, Cues
from aftertone.language.callback.mending import likeliest
from aftertone.language.callback.record import CallbackNumber, OtherNumber, Reading
from aftertone.language.callback.repetition import reading_again
from aftertone.language.callback.segments import (
    LOOP,
    PARTIAL_DIGITS_MIN,
    VALID,
    Piece,
    Verdict,
    dialled,
    edits,
    is_digits_alone,
    is_near,
    pieces_of,
    verdict_of,
)
from aftertone.language.callback.spoken import DigitRun, Told, spoken_numbers
from aftertone.language.callback.timing import timed_digits, with_times
from aftertone.language.transcript import NumeralStretch, Transcript

DEFAULT_REGION = "US"
"""Region of numbers without a country code, where the brief has no region (ISO 3166)."""

# On the scale of `Verdict.score`; tuned on the tables in tests/language/callback.
_SAID_AGAIN = 3.0  # added for each reading after the first
_SCORE_MIN = 0.5  # the least score of a number that may be meant
_NUMBER = "another number"


def find_callback_number(
    transcript: Transcript,
    *,
    region: str = DEFAULT_REGION,
    expected: str | None = None,
    caller_id: str | None = None,
    sound: Sound | None = None,
) -> CallbackNumber:
    """The call-back number of a message; without digits where no number of seven digits or more was said.

    Each number said has a score. A valid number of the region scores highest, then a possible one, then the
    longest string of digits. A number that is said more often scores more, and so does one that the words
    around it prefer ("my new number is"). Among equals the first is chosen. A number that the words around it
    call an invoice's, an old one or a voicemail system's is left out. Where a number is expected and one like
    it was said, the expected one is chosen.

    Parameters
    ----------
    transcript : Transcript
    region : str
        ISO 3166 code that numbers without a country code are read in.
    expected : str or None
        The number that should be said, in any form.
    caller_id : str or None
        The number that the call came from, in any form.
    sound : Sound or None
        Of the same recording. It gives the times of the digits and the count of syllable nuclei. It also
        shows whether the only reading was said again where the words are spoilt (`CallbackNumber.again`).

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "my number is 800 555 1234 that's eight hundred five five five one two four four"
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said.split())))
    >>> number = find_callback_number(heard)
    >>> number.digits, number.valid, len(number.readings), number.agree, number.differing
    ('8005551234', True, 2, False, (8,))
    """
    region = region.upper()
    runs, told = _runs(transcript, region)
    pieces = [piece for run in runs for piece in pieces_of(run, region)]
    cues = Cues(transcript, pieces)
    wanted = verdict_of(dialled(expected), "+" in expected, region) if expected else None
    chosen = _chosen(pieces, cues, wanted)
    if chosen is None:
        return CallbackNumber(others=_others(pieces, told, cues))
    pieces = [piece for run in runs for piece in pieces_of(run, region, chosen.number)]
    cues = Cues(transcript, pieces)
    own: list[Piece] = []
    rest: list[Piece] = []
    line = next((cues.of(piece).line for piece in pieces if piece.verdict.number == chosen.number), "")
    for piece in pieces:
        is_own = _is_said(chosen.number, piece, cues.of(piece), line)
        (own if is_own else rest).append(piece)
    if not own:  # the second cut may take the digits apart
        return CallbackNumber(others=_others(rest, told, cues))
    own, decided, probability = _decided(own, transcript, region, sound)
    if decided is not None and (wanted is None or not is_near(decided.number, wanted.number)):
        chosen = decided
    partials = [
        piece
        for piece in rest
        if len(piece.items) >= PARTIAL_DIGITS_MIN
        and piece.digits in chosen.number
        and cues.of(piece).weight >= 0
    ]
    others = [piece for piece in rest if piece not in partials]
    readings = [_reading(piece, transcript, chosen.number, is_full=True) for piece in own]
    if sound is not None:
        readings = [with_times(each, timed_digits(sound, each, transcript.words)) for each in readings]
    differing = sorted({at for reading in readings for at in edits(chosen.number, reading.number)})
    number = CallbackNumber(
        digits=chosen.number,
        e164=chosen.e164,
        valid=chosen.score == VALID,
        readings=tuple(readings),
        partials=tuple(_reading(piece, transcript, chosen.number, is_full=False) for piece in partials),
        others=_others(others, told, cues),
        agree=not differing,
        differing=tuple(differing) or None,
        extension=next((piece.extension for piece in own if piece.extension), None),
        as_expected=any(reading.number == wanted.number for reading in readings) if wanted else None,
        called_from=_is_same(chosen.e164 or chosen.number, caller_id) if caller_id else None,
        probability=probability,
        why_untrusted=None
        if probability is None or probability >= TRUSTED_MIN
        else f"the recogniser is not sure of every digit (probability {probability:.2f})",
    )
    return replace(number, again=reading_again(number, transcript, sound)) if sound else number


def _runs(transcript: Transcript, region: str) -> tuple[list[DigitRun], tuple[Told, ...]]:
    """The runs of digits, and the numbers that are none to be dialled."""
    ways, told = spoken_numbers(transcript)
    return [run for stretch in ways for run in likeliest(stretch, region)], told


# --- the choice of the number -----------------------------------------------------------------------


def _chosen(pieces: list[Piece], cues: Cues, wanted: Verdict | None) -> Verdict | None:
    """The number with the highest score, or the expected one if a piece is a reading of it."""
    if wanted and any(_is_said(wanted.number, piece, cues.of(piece)) for piece in pieces):
        return wanted
    said: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if DIGITS_MIN <= len(piece.items) <= DIGITS_MAX and piece.verdict.score != LOOP:
            said[piece.verdict.number].append(piece)
    best, chosen = 0.0, None
    for same in said.values():
        weights = [cues.of(piece).weight for piece in same]
        if min(weights) == NONE and max(weights) <= 0:
            continue
        verdict = same[0].verdict
        quality = verdict.score if verdict.score > 0 else 1.0 + len(same[0].items) / 100
        score = max(quality + max(weights), _SCORE_MIN) + _SAID_AGAIN * (len(same) - 1)
        if score > best:
            best, chosen = score, verdict
    return chosen


def _decided(
    readings: list[Piece], transcript: Transcript, region: str, sound: Sound | None
) -> tuple[list[Piece], Verdict | None, float | None]:
    """The readings with their likeliest digits, the number if that was decided, and its probability."""
    words = [Written(piece.digits, piece.plus, piece.words) for piece in readings]
    evidence = [_evidence(piece, transcript, sound) for piece in readings]
    if not any(each.strings for each in evidence):
        held = {item.word_index for piece in readings for item in piece.items}
        is_known = all(transcript.words[at].confidence is not None for at in held)
        return readings, None, words_probability(words, region) if is_known else None
    decision = decide(evidence, region)
    decided = [
        piece.with_digits(digits, region) for piece, digits in zip(readings, decision.digits, strict=True)
    ]
    verdicts = [piece.verdict for piece in decided]
    number = next((each for each in verdicts if each.number == decision.number), verdicts[0])
    return decided, number, decision.probability


def _evidence(piece: Piece, transcript: Transcript, sound: Sound | None) -> Evidence:
    """The evidence for the digits of a reading: its words, its decoded strings, its nuclei."""
    at = piece.interval

    def shared_s(stretch: NumeralStretch) -> float:
        return at.overlap_s(Interval(stretch.start_s, stretch.end_s))

    stretch = max(transcript.numerals, key=shared_s, default=None)
    if (
        stretch is None
        or 2 * shared_s(stretch) < at.duration_s
        or not is_digits_alone(piece.items, transcript.words)
    ):
        return Evidence(piece.digits, piece.plus)
    count = None
    if sound is not None:
        count = nuclei_count(sound.nuclei, stretch.start_s, stretch.end_s)
    # a word that `lost` made from the stretch itself is no evidence for it
    is_own = np.allclose(at, (stretch.start_s, stretch.end_s))
    return Evidence("" if is_own else piece.digits, piece.plus, stretch.strings, count)


def _others(pieces: Iterable[Piece], told: Iterable[Told], cues: Cues) -> tuple[OtherNumber, ...]:
    """The numbers that are not to be called back, in order of time."""
    found = [
        OtherNumber(cue.kind or _NUMBER, each.digits, each.start_s, each.end_s)
        for each, cue in ((each, cues.of_told(each)) for each in told)
        if len(each.digits) >= PARTIAL_DIGITS_MIN and cue.kind
    ]
    for piece in pieces:
        kind = cues.of(piece).kind
        if not kind and len(piece.items) >= DIGITS_MIN and piece.verdict.score != LOOP:
            kind = ANOTHER if piece.verdict.score > 0 else _NUMBER
        if kind and len(piece.items) >= PARTIAL_DIGITS_MIN:
            found.append(OtherNumber(kind, piece.digits, *piece.interval))
    return tuple(sorted(found, key=lambda each: each.start_s))


def _is_said(number: str, piece: Piece, cue: Cue, line: str = "") -> bool:
    """Whether a piece is a full reading of a number, not another that is like it."""
    found = piece.verdict
    # a valid number of another line (office, cell) may differ from it by one digit
    is_own = found.score == VALID and cue.line and (cue.line == "or" or line not in ("", cue.line))
    return found.number == number or (cue.weight >= 0 and not is_own and is_near(found.number, number))


def _is_same(number: str, other: str) -> bool:
    """Whether two numbers are the same, with or without a country code."""
    shorter, longer = sorted([dialled(number), dialled(other)], key=len)
    return len(shorter) >= DIGITS_MIN and longer.endswith(shorter)


# --- its readings -----------------------------------------------------------------------------------


def _reading(piece: Piece, transcript: Transcript, number: str, *, is_full: bool) -> Reading:
    words = transcript.words
    (first, last), interval = piece.words, piece.interval
    return Reading(
        digits=piece.digits,
        number=piece.verdict.number,
        start_s=interval.start_s,
        end_s=interval.end_s,
        first_word=first,
        last_word=last,
        is_full=is_full,
        exact=piece.verdict.number == number if is_full else piece.digits in number,
        items=piece.items,
        before=words[first - 1].interval if first else None,
        after=words[last + 1].interval if last + 1 < len(words) else None,
        plus=piece.plus,
    )
