"""When a reading and each of its digits were said, by the sound, and how fast.

The digits are known, and so are the words beside them. Forced alignment finds when each was said. Then the
start and the end of the reading are moved to where the sound begins and ends. Where the alignment finds no
path, the times of the recogniser's words are moved to the edges of speech.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.interval import Interval
from aftertone.acoustics.nuclei import nuclei_count
from aftertone.acoustics.sound import Sound
from aftertone.acoustics.spectrum import HOP_S
from aftertone.language.callback.digit_grammar import add_digits, add_each, digit_times
from aftertone.language.callback.record import HURRIED_DIGITS_PER_S, Pace, Reading
from aftertone.language.callback.segments import dialled
from aftertone.language.forced_alignment import MARK, OTHER_SOUND, Grammar, Segment, segments
from aftertone.language.pronunciation import pronunciation
from aftertone.language.syllables import DIGIT_WORDS, spoken_words, syllable_count
from aftertone.language.transcript import Word

GROUP_PAUSE_S = 0.25
"""A silence inside a reading that parts two groups of digits (Cisco number prompts)."""

LENGTH_ERROR_S = 0.3
"""Error of the length of an aligned reading, 90th percentile: 0.22 s for 158 readings by speakers that
settings were chosen on, 0.29 s for 222 by held-out speakers."""

UNALIGNED_LENGTH_ERROR_S = 0.7
"""The same for a reading with the times of the recogniser's words: 0.72 s for speakers that settings were
chosen on."""

WORD_EDGE_S = 0.2
"""Error of the edges of Whisper's words (against hand labels: 0.1 to 0.2 s)."""

_BELIEVABLE_DIGITS_PER_S = 5.5
"""Words with more digits a second have wrong times. Ten digits have about 12 syllables, so 5.5 digits a
second are 6.6 syllables a second; English conversation has 4 to 5.5."""


# --- the digits, by forced alignment ------------------------------------------------------------------

_BEFORE_S, _AFTER_S = 0.4, 1.6
"""Sound that is searched before and after the recogniser's words. By Whisper, readings end up to 1 s early
(0.52 s in the median) and start within 0.3 s. Chosen on fit speakers (benchmarks/experiments/number.md)."""

_NEIGHBOURS = 4  # words on either side that are looked for as well; 2 start the reading 60 ms worse
_OTHER_SOUND = 0.1  # probability of each stretch of sound without text
_SKIPPED = 0.1  # probability of each neighbouring word that is missing from the sound

_DIGIT_S_MIN, _SLIVER_GAP_S = 0.1, 0.15
"""A shorter digit with a longer gap beside it is misplaced: it was found in a neighbouring word."""

_PAST_NEXT_WORD_S = 0.1  # a last digit may end so long after the end of the recogniser's next word

_RANGE_DB = 35.0  # below the loudest 10 ms of the reading: lower sound is no digit; 30 dB cuts ends
_OVER_NOISE_DB = 6.0  # that bound over the noise, at least; else edges of speech are used in its place
_REACH_S, _TAIL_S = 0.2, 0.3  # the most by which a start or an end is moved outwards
_CLOSURE_S = 0.08  # longest silence inside a digit: the closure of "eight" before its release


@dataclass(frozen=True, slots=True)
class TimedDigits:
    """When each digit of a reading was said.

    Attributes
    ----------
    digits : tuple of Interval
        One for each digit; those of one word ("twelve", "double five") share its time evenly.
    is_aligned : bool
        By forced alignment; else by the recogniser's words, moved to the edges of speech.
    """

    digits: tuple[Interval, ...]
    is_aligned: bool

    @property
    def interval(self) -> Interval:
        """From the first start of a digit to the last end."""
        return Interval(min(each.start_s for each in self.digits), max(each.end_s for each in self.digits))

    @property
    def pace(self) -> Pace | None:
        """The pace, pauses included; None where the reading has no length."""
        duration_s = self.interval.duration_s
        if duration_s <= 0:
            return None
        error_s = LENGTH_ERROR_S if self.is_aligned else UNALIGNED_LENGTH_ERROR_S
        digits_per_s = len(self.digits) / duration_s
        return Pace(digits_per_s, digits_per_s * error_s / duration_s)


def with_times(reading: Reading, timed: TimedDigits) -> Reading:
    """The reading with the times of its digits, its start, its end and its pace by the sound."""
    pairs = zip(reading.items, timed.digits, strict=True)
    items = tuple(replace(item, start_s=at.start_s, end_s=at.end_s) for item, at in pairs)
    start_s, end_s = timed.interval
    return replace(reading, start_s=start_s, end_s=end_s, items=items, pace=timed.pace)


def timed_digits(sound: Sound, reading: Reading, words: Sequence[Word]) -> TimedDigits:
    """When each digit of a reading was said, by forced alignment of its digits and the words beside them.

    Costs 0.07 to 0.11 s of processor for a reading of 3 to 5 s.

    Parameters
    ----------
    sound : Sound
    reading : Reading
        Its digits must be right; its times may be off by 0.3 s at the start and 1 s at the end.
    words : sequence of Word
        Of the transcript that the reading's word indices are of, in English.

    Raises
    ------
    TranscriptionError
        pocketsphinx failed.
    """
    order = sorted(range(len(reading.items)), key=lambda at: reading.items[at].word_index)
    if order != list(range(len(order))):  # an area code that was said last is written first
        items = tuple(reading.items[at] for at in order)
        digits_said = "".join(item.digit for item in items)
        timed = timed_digits(sound, replace(reading, items=items, digits=digits_said), words)
        return replace(timed, digits=tuple(at for _, at in sorted(zip(order, timed.digits, strict=True))))
    recording = sound.recording
    start_s = max(0.0, reading.start_s - _BEFORE_S)
    excerpt = Interval(start_s, max(start_s, min(recording.duration_s, reading.end_s + _AFTER_S)))
    grammar, end = _grammar(reading, words, excerpt)
    found = segments(recording, excerpt, grammar, end)
    digits = digit_times(found, reading.digits)
    if digits is None or (
        reading.after is not None and digits[-1].end_s > reading.after.end_s + _PAST_NEXT_WORD_S
    ):
        return TimedDigits(_spread(reading, timed_reading(reading, sound.speech, sound.nuclei)), False)
    return TimedDigits(_with_edges(_without_slivers(digits), found, sound, reading.end_s), True)


def _without_slivers(digits: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """The digits; a first or last one that is too short, and apart, shares its neighbour's time."""
    if len(digits) > 1 and _is_sliver(digits[0], digits[1].start_s - digits[0].end_s):
        middle_s = sum(digits[1]) / 2
        digits = (Interval(digits[1].start_s, middle_s), Interval(middle_s, digits[1].end_s), *digits[2:])
    if len(digits) > 1 and _is_sliver(digits[-1], digits[-1].start_s - digits[-2].end_s):
        middle_s = sum(digits[-2]) / 2
        digits = (*digits[:-2], Interval(digits[-2].start_s, middle_s), Interval(middle_s, digits[-2].end_s))
    return digits


def _is_sliver(digit: Interval, gap_s: float) -> bool:
    return digit.duration_s < _DIGIT_S_MIN and gap_s > _SLIVER_GAP_S


def _grammar(reading: Reading, words: Sequence[Word], excerpt: Interval) -> tuple[Grammar, int]:
    """The grammar of some words before, the digits and some words after; and its last state."""
    first, last = reading.first_word, reading.last_word
    before = [word for word in words[:first] if word.end_s > excerpt.start_s][-_NEIGHBOURS:]
    after = [word for word in words[last + 1 :] if word.start_s < excerpt.end_s][:_NEIGHBOURS]
    between = {
        at: parts
        for at, (one, other) in enumerate(pairwise(reading.items), start=1)
        if (parts := _between(reading, words, one.word_index, other.word_index))
    }
    grammar = Grammar()
    end, ready = grammar.state(), grammar.state()
    for state in (0, end):
        for sound in OTHER_SOUND:
            grammar.arc(state, state, sound, _OTHER_SOUND)
    plus = ["plus"] if _said(words[first])[:1] == ["plus"] else []
    ways_in = add_each(grammar, ready, [*(part for word in before for part in _parts(word)), *plus])
    ways_out = add_each(
        grammar,
        add_digits(
            grammar, ways_in[-1], reading.digits, between, singly=_is_said_singly(reading, words), mark=MARK
        ),
        [part for word in after for part in _parts(word)],
    )
    for skipped, state in enumerate(ways_in):
        grammar.arc(0, state, probability=_SKIPPED**skipped)
    for skipped, state in enumerate(reversed(ways_out)):
        grammar.arc(state, end, probability=_SKIPPED**skipped)
    return grammar, end


def _is_said_singly(reading: Reading, words: Sequence[Word]) -> bool:
    """Whether the transcript has one word for each digit, and that word is the digit's own."""
    indices = [item.word_index for item in reading.items]
    spoken = [spoken_words(words[at].text) for at in indices]
    return len(set(indices)) == len(indices) and all(
        len(parts) == 1 and parts[0] in DIGIT_WORDS for parts in spoken
    )


def _between(reading: Reading, words: Sequence[Word], first: int, last: int) -> list[str]:
    """The words and digit strings between digits of two words, with what a correction took from the first."""
    if first == last:
        return []
    own = sum(item.word_index == first for item in reading.items)
    left = dialled(words[first].text)[own:] if _NUMERAL.fullmatch(words[first].text) else ""
    parts = [part for word in words[first + 1 : last] for part in _parts(word)]
    return [left, *parts] if left else parts


_NUMERAL = re.compile(r"[\d().-]*\d[\d().,?!-]*")


def _parts(word: Word) -> list[str]:
    """The spoken words of a written word; for a numeral, its digits as one string."""
    if _NUMERAL.fullmatch(word.text):
        return [dialled(word.text)]
    return _said(word)


def _said(word: Word) -> list[str]:
    return [part for part in spoken_words(word.text) if pronunciation(part)]


def _spread(reading: Reading, interval: Interval) -> tuple[Interval, ...]:
    """The recogniser's times of the digits, stretched to an interval."""
    said = Interval(reading.start_s, reading.end_s)
    scale = interval.duration_s / said.duration_s if said.duration_s > 0 else 0.0
    return tuple(
        Interval(*(interval.start_s + (at_s - said.start_s) * scale for at_s in (item.start_s, item.end_s)))
        for item in reading.items
    )


def _with_edges(
    digits: tuple[Interval, ...], found: Sequence[Segment], sound: Sound, words_end_s: float
) -> tuple[Interval, ...]:
    """The digits, the first one's start and the last one's end moved to where the sound begins and ends.

    Where noise hides the weak ends of digits, edges of speech near by take the place of the level.
    """
    marked = [at for at, each in enumerate(found) if each.word.startswith(MARK)]
    before_s = found[marked[0] - 1].end_s if marked[0] else 0.0
    after_s = found[marked[-1] + 1].start_s if marked[-1] + 1 < len(found) else sound.recording.duration_s
    first, last = digits[0], digits[-1]
    earliest_s = max(first.start_s - _REACH_S, before_s)
    level_db, times_s = sound.frames.level_db, sound.frames.times_s
    said = slice(*np.searchsorted(times_s, (first.start_s, last.end_s)))
    quiet_db = float(level_db[said].max(initial=-np.inf)) - _RANGE_DB
    noise_dbov = sound.level.noise_dbov
    if noise_dbov is not None and quiet_db < noise_dbov + _OVER_NOISE_DB:
        latest_s = min(max(last.end_s, words_end_s) + _REACH_S, after_s)
        starts_s = [each.start_s for each in sound.speech if earliest_s <= each.start_s <= first.start_s]
        ends_s = [each.end_s for each in sound.speech if last.end_s <= each.end_s <= latest_s]
        start_s, end_s = min(starts_s, default=first.start_s), max(ends_s, default=last.end_s)
    else:
        is_loud = level_db > quiet_db
        backwards = Interval(-last.end_s, -last.start_s)
        latest_s = min(max(last.end_s + _TAIL_S, words_end_s + _REACH_S), after_s)
        start_s = _onset_s(times_s, is_loud, first, earliest_s)
        end_s = -_onset_s(-times_s[::-1], is_loud[::-1], backwards, -latest_s)
    if len(digits) == 1:
        return (Interval(start_s, end_s),)
    return (Interval(start_s, first.end_s), *digits[1:-1], Interval(last.start_s, end_s))


def _onset_s(
    times_s: NDArray[np.float64], is_loud: NDArray[np.bool_], digit: Interval, earliest_s: float
) -> float:
    """Where the sound of a digit begins, in s; the digit's own start if that sound begins too early.

    The end of a digit is found by the same function, with reversed time.
    """
    earliest, start, past = np.searchsorted(times_s, (earliest_s, *digit)).tolist()
    loud = np.flatnonzero(is_loud[:past])
    inside = loud[loud >= start]
    if not inside.size:
        return digit.start_s
    onset = int(inside[0])
    for at in loud[(loud >= earliest) & (loud < onset)][::-1].tolist():
        if (onset - at - 1) * HOP_S > _CLOSURE_S:
            break
        onset = at
    if onset == earliest and is_loud[max(0, earliest - 1)]:
        return digit.start_s
    return float(times_s[onset]) - HOP_S / 2


# --- without: the recogniser's words, moved to the edges of speech --------------------------------------


def timed_reading(
    reading: Reading, speech: Sequence[Interval], nuclei: NDArray[np.float64] | None = None
) -> Interval:
    """When a reading was said, by the recogniser's words, snapped to the sound.

    An edge moves to where speech begins or ends within 0.2 s of it, unless the neighbouring word was said in
    that same speech. An edge inside a pause moves out of the pause. A written word that is the whole reading
    ("555-123-4567") may be too short for its digits. It is then prolonged over speech that no word covers,
    until it has as many nuclei as syllables.

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
    >>> from aftertone.language.transcript import Transcript, Word
    >>> heard = Transcript((Word("at", 0.5, 0.8), Word("555-123-4567", 1.4, 3.9)))
    >>> from aftertone.language.callback import find_callback_number
    >>> reading = find_callback_number(heard).readings[0]
    >>> timed_reading(reading, [Interval(0.5, 0.9), Interval(1.3, 2.2), Interval(2.6, 4.0)])
    Interval(start_s=1.3, end_s=4.0)
    """
    said = Interval(reading.start_s, reading.end_s)
    said = Interval(said.start_s, _believable_end_s(reading, speech, nuclei))
    under = [each for each in speech if each.overlap_s(said) > 0]
    # Speech that overlaps an edge by little belongs to another word.
    while len(under) > 1 and under[0].overlap_s(said) < min(WORD_EDGE_S, under[0].duration_s / 2):
        del under[0]
    while len(under) > 1 and under[-1].overlap_s(said) < min(WORD_EDGE_S, under[-1].duration_s / 2):
        del under[-1]
    if not under:
        return said
    first, last = under[0], under[-1]
    start_s, end_s = max(said.start_s, first.start_s), min(said.end_s, last.end_s)
    if start_s - first.start_s <= WORD_EDGE_S and not _is_said_in(reading.before, first):
        start_s = first.start_s
    if last.end_s - end_s <= WORD_EDGE_S and not _is_said_in(reading.after, last):
        end_s = last.end_s
    return Interval(start_s, end_s)


def _is_said_in(word: Interval | None, speech: Interval) -> bool:
    """Whether a word's middle, which recognisers place better than its edges, lies in the speech."""
    return word is not None and speech.start_s <= (word.start_s + word.end_s) / 2 <= speech.end_s


def _believable_end_s(
    reading: Reading, speech: Sequence[Interval], nuclei: NDArray[np.float64] | None
) -> float:
    """Where a reading ends, in s: its own end, or a later end of speech where it is too short."""
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
            enough = nuclei_count(nuclei, start_s, end_s) >= syllables
        if enough:
            break
        if each.end_s > end_s and each.start_s < limit_s:
            end_s = min(each.end_s, limit_s)
    return end_s


def reading_groups(
    reading: Interval, speech: Sequence[Interval], *, pause_s: float = GROUP_PAUSE_S
) -> tuple[Interval, ...]:
    """The groups of a reading: its speech, divided at silences of `pause_s` or longer.

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
    """The median pause between groups, in s; None for one group.

    >>> group_pause_s([Interval(0.0, 1.0), Interval(1.5, 2.0)])
    0.5
    """
    pauses_s = [after.start_s - before.end_s for before, after in pairwise(groups)]
    return float(median(pauses_s)) if pauses_s else None


_REST_SPEECH_S = 1.0
"""Least speech in the rest of the message for a rate: three or more syllables."""


def slowdown_ratio(
    reading: Interval, nuclei: NDArray[np.float64], speech: Sequence[Interval]
) -> float | None:
    """Syllable rate of a reading over the articulation rate of the rest; below 1.0 the reading is slower.

    The reading's time includes its pauses, which give a listener time to write. The time of the rest does not
    include pauses. None where the rest has under 1 s of speech or no nuclei, or the reading no length.

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
