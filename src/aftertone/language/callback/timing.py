"""When each digit of a reading was said, by the sound, and how fast.

The digits are known, and so are the words beside them. Forced alignment finds when each was said. Then the
start and the end of the reading are moved to where the sound begins and ends. Where the alignment finds no
path, the times of the recogniser's words are moved to the edges of speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.analysis import AcousticAnalysis
from aftertone.acoustics.interval import Interval, joined, within
from aftertone.acoustics.nuclei import nuclei_count
from aftertone.acoustics.spectrum import HOP_S
from aftertone.language.callback.digit_grammar import digit_times, reading_grammar
from aftertone.language.callback.record import DigitGroup, Reading
from aftertone.language.forced_alignment import MARK, Segment, segments
from aftertone.language.syllables import syllable_count
from aftertone.language.transcript import Word

WORD_EDGE_S = 0.2
"""Error of the edges of Whisper's words, in s (against hand labels: 0.1 to 0.2 s)."""


@dataclass(frozen=True, slots=True)
class TimingOptions:
    """Bounds of the times of a reading. Chosen on fit speakers (benchmarks/experiments/number.md)."""

    search_before_s: float = 0.4  # aligned before the words: by Whisper, readings start within 0.3 s
    search_after_s: float = 1.6  # and after them: readings end up to 1 s early (0.52 s in the median)
    past_next_word_s: float = 0.1  # from the end of the next word: the latest end of the last digit
    digit_min_s: float = 0.1  # a shorter digit with a gap beside it was found in a neighbouring word
    digit_gap_max_s: float = 0.15  # the longest gap beside such a digit
    range_db: float = 35.0  # below the loudest 10 ms of the reading: lower sound is no digit; 30 cuts ends
    over_noise_db: float = 6.0  # of that bound over the noise; with less, edges of speech take its place
    start_shift_max_s: float = 0.2  # the most by which a start is moved outwards
    end_shift_max_s: float = 0.3  # the most by which an end is moved outwards
    closure_max_s: float = 0.08  # silence inside a digit: the closure of "eight" before its release
    digits_per_s_max: float = 5.5
    """Words with more digits a second have wrong times. Ten digits have about 12 syllables, so 5.5 digits a
    second are 6.6 syllables a second. English conversation has 4 to 5.5."""
    group_pause_min_s: float = 0.25  # a silence that parts two groups of digits (Cisco number prompts)
    rest_speech_min_s: float = 1.0  # in the rest of the message, for a rate: three or more syllables


OPTIONS = TimingOptions()


def timed_reading(reading: Reading, words: Sequence[Word], sound: AcousticAnalysis) -> Reading:
    """The reading with the times of its digits, its groups and its slowdown by the sound.

    The reading's digits must be right. Its times may be off by 0.3 s at the start and 1 s at the end. `words`
    are those of the transcript, in English. Raises `TranscriptionError` where pocketsphinx fails. Costs 0.07
    to 0.11 s of processor for a reading of 3 to 5 s.
    """
    # an area code that was said last is written first: it is aligned as it was said
    order = sorted(range(len(reading.items)), key=lambda at: reading.items[at].word_index)
    said = replace(reading, items=tuple(reading.items[at] for at in order))
    aligned = _aligned(said, words, sound)
    times = aligned or _spread(said, snapped_interval(said, sound.speech, sound.nuclei))
    items = list(reading.items)
    for at, (start_s, end_s) in zip(order, times, strict=True):
        items[at] = replace(items[at], start_s=start_s, end_s=end_s)
    timed = replace(reading, items=tuple(items), is_aligned=aligned is not None)
    return replace(
        timed,
        groups=digit_groups(timed, sound.speech),
        slowdown_ratio=slowdown_ratio(timed.interval, sound.nuclei, sound.speech),
    )


# --- the digits, by forced alignment ------------------------------------------------------------------


def _aligned(reading: Reading, words: Sequence[Word], sound: AcousticAnalysis) -> tuple[Interval, ...] | None:
    """The times of the digits by forced alignment; None where it finds no path, or a wrong one."""
    recording = sound.recording
    start_s = max(0.0, reading.start_s - OPTIONS.search_before_s)
    end_s = min(recording.duration_s, reading.end_s + OPTIONS.search_after_s)
    excerpt = Interval(start_s, max(start_s, end_s))
    grammar, end = reading_grammar(reading, words, excerpt)
    found = segments(recording, excerpt, grammar, end)
    digits = digit_times(found, reading.digits)
    after = reading.after
    if digits is None or (after and digits[-1].end_s > after.end_s + OPTIONS.past_next_word_s):
        return None
    digits = _mirrored(_first_placed(_mirrored(_first_placed(digits))))
    return _with_edges(digits, found, sound, reading.end_s)


def _first_placed(digits: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """The digits; a first one that is too short, and apart, shares its neighbour's time."""
    if len(digits) < 2 or digits[0].duration_s >= OPTIONS.digit_min_s:
        return digits
    second = digits[1]
    if second.start_s - digits[0].end_s <= OPTIONS.digit_gap_max_s:
        return digits
    middle_s = sum(second) / 2
    return (Interval(second.start_s, middle_s), Interval(middle_s, second.end_s), *digits[2:])


def _mirrored(digits: Sequence[Interval]) -> tuple[Interval, ...]:
    """The digits in reversed time: what holds for the first then holds for the last."""
    return tuple(Interval(-each.end_s, -each.start_s) for each in reversed(digits))


def _spread(reading: Reading, interval: Interval) -> tuple[Interval, ...]:
    """The recogniser's times of the digits, stretched to an interval."""
    said = reading.interval
    scale = interval.duration_s / said.duration_s if said.duration_s > 0 else 0.0
    return tuple(
        Interval(*(interval.start_s + (at_s - said.start_s) * scale for at_s in (item.start_s, item.end_s)))
        for item in reading.items
    )


def _with_edges(
    digits: tuple[Interval, ...], found: Sequence[Segment], sound: AcousticAnalysis, words_end_s: float
) -> tuple[Interval, ...]:
    """The digits, the first one's start and the last one's end moved to where the sound begins and ends.

    Where noise hides the weak ends of digits, edges of speech near by take the place of the level.
    """
    marked = [at for at, each in enumerate(found) if each.word.startswith(MARK)]
    before_s = found[marked[0] - 1].end_s if marked[0] else 0.0
    after_s = found[marked[-1] + 1].start_s if marked[-1] + 1 < len(found) else sound.recording.duration_s
    first, last = digits[0], digits[-1]
    earliest_s = max(first.start_s - OPTIONS.start_shift_max_s, before_s)
    level_db, times_s = sound.frames.level_db, sound.frames.times_s
    said = slice(*np.searchsorted(times_s, (first.start_s, last.end_s)))
    quiet_db = float(level_db[said].max(initial=-np.inf)) - OPTIONS.range_db
    noise_dbov = sound.level.noise_dbov
    if noise_dbov is not None and quiet_db < noise_dbov + OPTIONS.over_noise_db:
        latest_s = min(max(last.end_s, words_end_s) + OPTIONS.start_shift_max_s, after_s)
        starts_s = [each.start_s for each in sound.speech if earliest_s <= each.start_s <= first.start_s]
        ends_s = [each.end_s for each in sound.speech if last.end_s <= each.end_s <= latest_s]
        start_s, end_s = min(starts_s, default=first.start_s), max(ends_s, default=last.end_s)
    else:
        is_loud = level_db > quiet_db
        latest_s = min(
            max(last.end_s + OPTIONS.end_shift_max_s, words_end_s + OPTIONS.start_shift_max_s), after_s
        )
        start_s = _onset_s(times_s, is_loud, first, earliest_s)
        end_s = -_onset_s(-times_s[::-1], is_loud[::-1], _mirrored([last])[0], -latest_s)
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
        if (onset - at - 1) * HOP_S > OPTIONS.closure_max_s:
            break
        onset = at
    if onset == earliest and is_loud[max(0, earliest - 1)]:
        return digit.start_s
    return float(times_s[onset]) - HOP_S / 2


# --- without a path: the recogniser's words, moved to the edges of speech -------------------------------


def snapped_interval(reading: Reading, speech: Sequence[Interval], nuclei: NDArray[np.float64]) -> Interval:
    """When a reading was said, by the recogniser's words, snapped to the edges of speech.

    An edge moves to where speech begins or ends within 0.2 s of it, unless the neighbouring word was said in
    that same speech. An edge inside a pause moves out of the pause. A written word that is the whole reading
    ("555-123-4567") may be too short for its digits. It is then prolonged over speech that no word covers,
    until it has as many nuclei as syllables.

    Where no speech lies under it, it keeps the times of its words. `nuclei` are times in s, shape (n,).
    """
    said = Interval(reading.start_s, _plausible_end_s(reading, speech, nuclei))
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


def _plausible_end_s(reading: Reading, speech: Sequence[Interval], nuclei: NDArray[np.float64]) -> float:
    """Where a reading ends, in s: its own end, or a later end of speech where it is too short."""
    start_s, end_s = reading.interval
    limit_s = reading.after.start_s if reading.after else float("inf")
    speech_s = sum(each.overlap_s(reading.interval) for each in speech)
    if len(reading.items) <= OPTIONS.digits_per_s_max * speech_s:
        return end_s
    syllables = sum(syllable_count(digit) for digit in reading.digits)
    for each in speech:
        if nuclei_count(nuclei, start_s, end_s) >= syllables:
            break
        if each.end_s > end_s and each.start_s < limit_s:
            end_s = min(each.end_s, limit_s)
    return end_s


# --- how it was said ------------------------------------------------------------------------------------


def digit_groups(reading: Reading, speech: Sequence[Interval]) -> tuple[DigitGroup, ...]:
    """The groups of a reading: its speech, divided at pauses, with the digits nearest to each.

    A digit is in the group that is nearest to the digit's middle. A group may have none.
    """
    said = reading.interval
    digits = dict.fromkeys(joined(within(speech, said), OPTIONS.group_pause_min_s), "")
    for item in reading.items:
        middle_s = (item.start_s + item.end_s) / 2
        nearest = min(digits, key=lambda g: max(g.start_s - middle_s, middle_s - g.end_s, 0.0), default=None)
        if nearest is not None:
            digits[nearest] += item.digit
    return tuple(DigitGroup(text, interval) for interval, text in digits.items())


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
    count = nuclei_count(nuclei, *reading)
    rest_s = sum(each.duration_s - each.overlap_s(reading) for each in speech)
    rest_count = len(nuclei) - count
    if reading.duration_s <= 0 or rest_s < OPTIONS.rest_speech_min_s or rest_count == 0:
        return None
    return (count / reading.duration_s) / (rest_count / rest_s)
