"""The call-back number: which of the digits are it, how often it was said, and how slowly.

`digits` finds runs of digits, `pieces` cuts them into the numbers that they most likely are. Here one
number is chosen, and its **readings** are listed and timed.
A *full* reading is the number said from end to end, once. A reading with one or two digits lost,
inserted or changed is full and counts, since it was said, but is not `exact`: it does not agree. A
piece of the number said again ("that's 1234") is a *partial*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.interval import Interval
from aftertone.language.digits import Digit, doubtful_runs
from aftertone.language.pieces import (
    DIGITS_MAX,
    PARTIAL_DIGITS_MIN,
    VALID,
    Piece,
    Verdict,
    corrected,
    dialled,
    edits,
    is_near,
    likeliest,
    pieces_of,
    verdict_of,
)
from aftertone.language.pieces import DIGITS_MIN as DIGITS_MIN
from aftertone.language.syllables import syllable_count
from aftertone.language.tokens import tokens
from aftertone.language.transcript import Transcript

SUPPORTED_LANGUAGES = frozenset({"en"})
"""Languages whose words the rules of `language` know; others are for the caller to leave out."""

DEFAULT_REGION = "US"
"""Where numbers are read that no brief and no country code places."""

SLOW_DIGITS_PER_S = 2.0
"""Slow enough to be written down: 120 words a minute for numbers to be copied (DECtalk manual)."""

HURRIED_DIGITS_PER_S = 2.5
"""Faster than this cannot be written down: a quarter above `SLOW_DIGITS_PER_S`."""

GROUP_PAUSE_S = 0.25
"""A silence inside a reading that parts two groups of digits (Cisco number prompts)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One saying of the number, or of a part of it.

    Attributes
    ----------
    digits : str
        As said, a leading 1 or country code included.
    number : str
        The same as `CallbackNumber.digits` writes it.
    start_s, end_s : float
        By the recogniser's words; `timed_reading` snaps them to the sound.
    first_word, last_word : int
        Indices into the transcript, both included.
    is_full : bool
        Said from end to end, not a part of it.
    exact : bool
        Every digit is that of the chosen number, or of the part of it.
    items : tuple of Digit
        The digits with their times.
    before, after : Interval or None
        The words before and after it: the sound under them is not the reading's.
    """

    digits: str
    number: str
    start_s: float
    end_s: float
    first_word: int
    last_word: int
    is_full: bool
    exact: bool
    items: tuple[Digit, ...]
    before: Interval | None
    after: Interval | None


@dataclass(frozen=True, slots=True)
class CallbackNumber:
    """The number that the caller asks to be called on.

    Attributes
    ----------
    digits : str
        As dialled inside the region: without the 1 in North America, with the 0 in Britain; a number
        of another country with its country code.
    e164 : str or None
        "+18005551234"; None where libphonenumber cannot say.
    valid : bool
        Valid for the region, by libphonenumber.
    readings : tuple of Reading
        Every time that it was said in full, doubtful ones included, in order of time.
    partials : tuple of Reading
        Parts of it said again.
    agree : bool
        All full readings have these digits.
    differing : tuple of int or None
        Positions in `digits` that some full reading has otherwise; None where they agree.
    extension : str or None
        Digits of the extension.
    as_expected : bool or None
        Some full reading has the expected digits; None where none were expected.
    """

    digits: str
    e164: str | None
    valid: bool
    readings: tuple[Reading, ...]
    partials: tuple[Reading, ...]
    agree: bool
    differing: tuple[int, ...] | None
    extension: str | None
    as_expected: bool | None


def call_back_number(
    transcript: Transcript, *, region: str = DEFAULT_REGION, expected: str | None = None
) -> CallbackNumber | None:
    """The call-back number of a message, or None where no number of seven digits or more was said.

    Of the numbers said, one that is valid for the region wins, then one that could be, then the
    longest string of digits; a number said more often wins, and the first of equals. Numbers with
    words before them such as "invoice" or "account" are none. Where a number is expected and one
    like it was said, the expected one is it.

    Parameters
    ----------
    transcript : Transcript
    region : str
        ISO 3166 code that numbers without a country code are read in.
    expected : str or None
        The number that should be said, in any form.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> said = "my number is 800 555 1234 that's eight hundred five five five one two four four"
    >>> heard = Transcript(tuple(Word(text, at / 2, at / 2 + 0.4) for at, text in enumerate(said.split())))
    >>> number = call_back_number(heard)
    >>> number.digits, number.valid, len(number.readings), number.agree, number.differing
    ('8005551234', True, 2, False, (8,))
    """
    region = region.upper()
    runs = [run for ways in doubtful_runs(transcript) for run in likeliest(ways, region)]
    pieces = [piece for run in runs for piece in pieces_of(corrected(run, region), region)]
    wanted = verdict_of(dialled(expected), "+" in expected, region) if expected else None
    chosen = _chosen(pieces, transcript, wanted)
    if chosen is None:
        return None
    pieces = [piece for run in runs for piece in pieces_of(corrected(run, region), region, chosen.number)]
    cues = _Cues(transcript)
    readings, partials, extension = [], [], ""
    for piece in pieces:
        if piece.verdict.number != chosen.number and cues.score(piece) < 0:
            continue  # a fax number may differ from it by a digit
        if _is_reading(piece, chosen.number):
            readings.append(_reading(piece, transcript, chosen.number, is_full=True))
            extension = extension or piece.extension
        elif _is_partial(piece, chosen.number):
            partials.append(_reading(piece, transcript, chosen.number, is_full=False))
    differing = sorted({at for reading in readings for at in edits(chosen.number, reading.number)})
    return CallbackNumber(
        digits=chosen.number,
        e164=chosen.e164,
        valid=chosen.score == VALID,
        readings=tuple(readings),
        partials=tuple(partials),
        agree=not differing,
        differing=tuple(differing) or None,
        extension=extension or None,
        as_expected=any(reading.number == wanted.number for reading in readings) if wanted else None,
    )


# --- which number it is -----------------------------------------------------------------------------


def _chosen(pieces: list[Piece], transcript: Transcript, wanted: Verdict | None) -> Verdict | None:
    """The number that the pieces are sayings of."""
    if wanted and any(is_near(piece.verdict.number, wanted.number) for piece in pieces):
        return wanted
    cues = _Cues(transcript)
    said: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if DIGITS_MIN <= len(piece.items) <= DIGITS_MAX:
            said[piece.verdict.number].append(piece)
    best, chosen = 0.0, None
    for same in said.values():
        heard = [cues.score(piece) for piece in same]
        if min(heard) < 0 and max(heard) <= 0:
            continue
        verdict = same[0].verdict
        quality = verdict.score if verdict.score > 0 else 1.0 + len(same[0].items) / 100
        score = quality + max(heard) + _SAID_AGAIN * (len(same) - 1)
        if score > best:
            best, chosen = score, verdict
    return chosen


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FOR_A_NUMBER = _words(
    "call calling reach phone telephone ring cell cellphone mobile text dial callback contact line direct "
    "office landline extension back"
)
_FOR_ANOTHER = _words(
    "invoice account reference ref order zip post postal postcode price cost amount balance total policy "
    "case claim ticket tracking confirmation pin passcode password access member membership customer serial "
    "part model item license licence sort routing iban vat tax social security purchase po id quote receipt "
    "registration isbn sku conference meeting room suite box date born birth fax"
)
_OWNED = _words("number phone cell cellphone mobile line landline")  # "your number" is none to call back on
_FOR_AN_AMOUNT = _words(
    "dollars dollar pounds pound euros euro cents percent people units miles am pm o'clock"
)
_CUE_WORDS = 7  # "reach me directly on my mobile, that's"
_SAID_AGAIN = 3.0  # against the scores of pieces: often said outweighs somewhat better formed


class _Cues:
    """What the words around a piece say that its digits are."""

    def __init__(self, transcript: Transcript) -> None:
        self._tokens = tokens(transcript)

    def score(self, piece: Piece) -> float:
        """Above 0 for a telephone number, below 0 for another, 0 where nothing is said."""
        first, last = piece.items[0].word_index, piece.items[-1].word_index
        after = next((token.text for token in self._tokens if token.word_index > last), "")
        if after in _FOR_AN_AMOUNT:
            return -1.0
        before = [token for token in self._tokens if token.word_index < first][::-1][:_CUE_WORDS]
        if before and before[0].text in ("at", "on"):  # "reach me at", but "I tried you at"
            return -1.0 if len(before) > 1 and before[1].text == "you" else 1.0
        for at, token in enumerate(before):
            owner = before[at + 1].text if at + 1 < len(before) else ""
            if token.text in _FOR_ANOTHER or (owner == "your" and token.text in _OWNED):
                return -1.0
            if token.text in _FOR_A_NUMBER:
                return 1.0
            if token.text[0].isdigit() or (token.mark in (".", "?") and at):
                return 0.0
            if token.text in ("my", "our") and at and before[at - 1].text == "number":
                return 1.0
        return 0.0


# --- its readings -----------------------------------------------------------------------------------


def _is_reading(piece: Piece, number: str) -> bool:
    return piece.verdict.number == number or is_near(piece.verdict.number, number)


def _is_partial(piece: Piece, number: str) -> bool:
    return len(piece.items) >= PARTIAL_DIGITS_MIN and piece.digits in number


def _reading(piece: Piece, transcript: Transcript, number: str, *, is_full: bool) -> Reading:
    words = transcript.words
    first, last = piece.items[0].word_index, piece.items[-1].word_index
    return Reading(
        digits=piece.digits,
        number=piece.verdict.number,
        start_s=piece.items[0].start_s,
        end_s=piece.items[-1].end_s,
        first_word=first,
        last_word=last,
        is_full=is_full,
        exact=piece.verdict.number == number if is_full else piece.digits in number,
        items=piece.items,
        before=words[first - 1].interval if first else None,
        after=words[last + 1].interval if last + 1 < len(words) else None,
    )


# --- its time, by the sound -------------------------------------------------------------------------

_WORD_EDGE_S = 0.2
"""How far a recogniser's word edges are off (word times against hand labels: 0.1 to 0.2 s)."""

_BELIEVABLE_DIGITS_PER_S = 5.5
"""No one says digits faster: ten of them have 12 syllables, so that 5.5 are 6.6 syllables a second,
above the 4 to 5.5 of English conversation."""


def timed_reading(
    reading: Reading, speech: Sequence[Interval], nuclei: NDArray[np.float64] | None = None
) -> Interval:
    """When a reading was said, snapped to the sound.

    An edge goes to where speech begins or ends within 0.2 s of it, unless the word next to the
    reading was said in that same speech; an edge inside a pause leaves the pause. Where one written
    word is the whole reading ("555-123-4567") and it is too short to be believed, it goes on over the
    speech that no word covers, until there are nuclei enough for its syllables.

    Parameters
    ----------
    reading : Reading
    speech : sequence of Interval
        Stretches of speech, in order.
    nuclei : array of shape (n,) or None
        Times of the syllable nuclei, in s.

    Returns
    -------
    Interval
        The reading's own word times where no speech lies under it.

    Examples
    --------
    >>> from aftertone.language.transcript import Word
    >>> heard = Transcript((Word("at", 0.5, 0.8), Word("555-123-4567", 1.4, 3.9)))
    >>> reading = call_back_number(heard).readings[0]
    >>> timed_reading(reading, [Interval(0.5, 0.9), Interval(1.3, 2.2), Interval(2.6, 4.0)])
    Interval(start_s=1.3, end_s=4.0)
    """
    said = Interval(reading.start_s, reading.end_s)
    if reading.first_word == reading.last_word:
        said = Interval(said.start_s, _believable_end_s(reading, speech, nuclei))
    under = [each for each in speech if each.overlap_s(said) > 0]
    # A sliver under an edge is the end of another word's speech.
    while len(under) > 1 and under[0].overlap_s(said) < min(_WORD_EDGE_S, under[0].duration_s / 2):
        del under[0]
    while len(under) > 1 and under[-1].overlap_s(said) < min(_WORD_EDGE_S, under[-1].duration_s / 2):
        del under[-1]
    if not under:
        return said
    first, last = under[0], under[-1]
    start_s, end_s = max(said.start_s, first.start_s), min(said.end_s, last.end_s)
    if start_s - first.start_s <= _WORD_EDGE_S and not _is_said_in(reading.before, first):
        start_s = first.start_s
    if last.end_s - end_s <= _WORD_EDGE_S and not _is_said_in(reading.after, last):
        end_s = last.end_s
    return Interval(start_s, end_s)


def _is_said_in(word: Interval | None, speech: Interval) -> bool:
    """Whether a word's middle, which recognisers place better than its edges, lies in the speech."""
    return word is not None and speech.start_s <= (word.start_s + word.end_s) / 2 <= speech.end_s


def _believable_end_s(
    reading: Reading, speech: Sequence[Interval], nuclei: NDArray[np.float64] | None
) -> float:
    """Where a reading in one written word ends: its own end, or that of the speech it must go on over."""
    start_s, end_s = reading.start_s, reading.end_s
    limit_s = reading.after.start_s if reading.after else float("inf")
    sounded_s = sum(each.overlap_s(Interval(start_s, end_s)) for each in speech)
    if len(reading.digits) <= _BELIEVABLE_DIGITS_PER_S * sounded_s:
        return end_s
    syllables = sum(syllable_count(digit) for digit in reading.digits)
    for each in speech:
        if nuclei is None:
            enough = len(reading.digits) <= HURRIED_DIGITS_PER_S * (end_s - start_s)
        else:
            enough = int(np.count_nonzero((nuclei >= start_s) & (nuclei <= end_s))) >= syllables
        if enough:
            break
        if each.end_s > end_s and each.start_s < limit_s:
            end_s = min(each.end_s, limit_s)
    return end_s


def reading_groups(
    reading: Interval, speech: Sequence[Interval], *, pause_s: float = GROUP_PAUSE_S
) -> tuple[Interval, ...]:
    """The groups of a reading: its speech, parted where it is silent for `pause_s` or longer.

    >>> said = [Interval(0.0, 1.0), Interval(1.1, 1.5), Interval(2.0, 3.0)]
    >>> reading_groups(Interval(0.0, 3.0), said)
    (Interval(start_s=0.0, end_s=1.5), Interval(start_s=2.0, end_s=3.0))
    """
    groups: list[Interval] = []
    for each in speech:
        if each.overlap_s(reading) <= 0:
            continue
        part = Interval(max(each.start_s, reading.start_s), min(each.end_s, reading.end_s))
        if groups and part.start_s - groups[-1].end_s < pause_s:
            groups[-1] = Interval(groups[-1].start_s, part.end_s)
        else:
            groups.append(part)
    return tuple(groups)


def group_pause_s(groups: Sequence[Interval]) -> float | None:
    """The median pause between groups, None where there is but one.

    >>> group_pause_s([Interval(0.0, 1.0), Interval(1.5, 2.0)])
    0.5
    """
    pauses_s = [after.start_s - before.end_s for before, after in pairwise(groups)]
    return float(median(pauses_s)) if pauses_s else None


def digits_per_s(reading: Reading, timed: Interval) -> float | None:
    """Digits of a reading over its time, pauses included; None where it has no length."""
    return len(reading.digits) / timed.duration_s if timed.duration_s > 0 else None


_REST_SPEECH_S = 1.0
"""Speech that the rest of the message must have for its rate to be one: three or more syllables."""


def slowdown_ratio(
    reading: Interval, nuclei: NDArray[np.float64], speech: Sequence[Interval]
) -> float | None:
    """Syllable rate of a reading over the articulation rate of the rest; below 1.0 it was said slower.

    The reading's rate counts its own pauses, since they are what lets a listener write; the rest's
    does not. None where the rest has under 1 s of speech or no nuclei, or the reading no length.

    >>> nuclei = np.array([0.2, 0.4, 0.6, 0.8, 1.5, 2.0])
    >>> slowdown_ratio(Interval(1.0, 2.0), nuclei, [Interval(0.0, 2.0)])
    0.5
    """
    inside = (nuclei >= reading.start_s) & (nuclei <= reading.end_s)
    rest_s = sum(each.duration_s - each.overlap_s(reading) for each in speech)
    rest_count = int(np.sum(~inside))
    if reading.duration_s <= 0 or rest_s < _REST_SPEECH_S or rest_count == 0:
        return None
    return float((np.sum(inside) / reading.duration_s) / (rest_count / rest_s))
