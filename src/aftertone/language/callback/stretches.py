"""Which stretches of the sound are decoded again as digits: each reading, whole, without its neighbours.

Whisper's word times are off by several tenths of a second, and it may leave out the first or the last group
of a number. So a stretch covers the whole speech interval that the reading's words lie in. It also covers
neighbouring speech under no word. Where a neighbouring word lies in the same speech interval, the stretch
ends at the quietest moment between the middle of that word and the reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aftertone.acoustics.interval import Interval
from aftertone.acoustics.spectrum import HOP_S
from aftertone.language.brief import Brief
from aftertone.language.callback.decision import Written, are_sure
from aftertone.language.callback.find import DEFAULT_REGION, find_callback_number
from aftertone.language.callback.lost import AFTER_S, Decode, with_lost_number
from aftertone.language.callback.record import Reading
from aftertone.language.callback.segments import is_digits_alone
from aftertone.language.callback.timing import WORD_EDGE_S
from aftertone.language.transcript import NumeralRequest, Transcript, Word

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

READINGS_MAX = 4  # readings that are decoded: more are a loop of the recogniser
SILENCE_MAX_S = 3.0  # from a reading to speech under no word that may be its first or last group
MARGIN_S = 0.02  # added before the start: two frames, on which speech intervals begin
SMOOTHING_FRAMES = 5  # frames of 10 ms: moving average of the level, whose minimum is the quietest moment


def with_numerals(transcript: Transcript, sound: Sound, brief: Brief, decode: Decode) -> Transcript:
    """The transcript with its call-back number decoded as digits alone, or with one that its words lack.

    A transcript that has `numerals` already is returned as it is.

    Parameters
    ----------
    transcript : Transcript
    sound : Sound
        Of the same recording.
    brief : Brief
        Of the message: its region and its number.
    decode : callable
        Decodes stretches of the recording: see `NumeralEngine`.
    """
    if transcript.numerals:
        return transcript
    region = (brief.region or DEFAULT_REGION).upper()
    number = find_callback_number(transcript, region=region, expected=brief.dialled_number)
    if not number.readings:
        return with_lost_number(transcript, sound, region, decode)
    requests = number_stretches(number.readings, transcript.words, sound, region)
    return replace(transcript, numerals=tuple(decode(requests))) if requests else transcript


def number_stretches(
    readings: Sequence[Reading], words: Sequence[Word], sound: Sound, region: str
) -> tuple[NumeralRequest, ...]:
    """The stretches of sound that hold the readings of a number; none where its words are sure.

    A reading with other words between its digits is left out: constrained decoding writes digits only, and
    neither "double five" nor "sorry, nine one".

    Parameters
    ----------
    readings : sequence of Reading
        By the words alone.
    words : sequence of Word
        Of the transcript.
    sound : Sound
    region : str
        ISO 3166 code.
    """
    by_words = [Written(each.digits, each.plus, (each.first_word, each.last_word)) for each in readings]
    if are_sure(by_words, region):
        return ()
    said = tuple(dict.fromkeys(reading.digits for reading in readings))
    return tuple(
        NumeralRequest(stretch_of(reading, sound), said)
        for reading in readings[:READINGS_MAX]
        if is_digits_alone(reading.items, words)
    )


def stretch_of(reading: Reading, sound: Sound) -> Interval:
    """The stretch of sound that holds a reading.

    Parameters
    ----------
    reading : Reading
    sound : Sound
    """
    before, after = reading.before, reading.after
    # a neighbouring word surely covers its sound up to its middle, and up to its edge less the error of edges
    before_s = (before.start_s + before.end_s) / 2 if before else 0.0
    after_s = (after.start_s + after.end_s) / 2 if after else float("inf")
    free_from_s = max(before_s, before.end_s - WORD_EDGE_S) if before else 0.0
    free_to_s = min(after_s, after.start_s + WORD_EDGE_S) if after else float("inf")

    speech = sound.speech
    own = [
        at
        for at, part in enumerate(speech)
        if part.start_s < reading.end_s + WORD_EDGE_S and part.end_s > reading.start_s
    ]
    if not own:
        return Interval(max(0.0, reading.start_s - WORD_EDGE_S), reading.end_s + WORD_EDGE_S)
    if len(own) > 1 and speech[own[0]].end_s < reading.start_s + MARGIN_S:
        del own[0]
    first, last = own[0], own[-1]
    while (
        first
        and before_s < speech[first].start_s
        and speech[first - 1].start_s >= free_from_s
        and reading.start_s - speech[first - 1].end_s < SILENCE_MAX_S
    ):
        first -= 1
    while (
        last + 1 < len(speech)
        and after_s > speech[last].end_s
        and speech[last + 1].end_s <= free_to_s
        and speech[last + 1].start_s - reading.end_s < SILENCE_MAX_S
    ):
        last += 1
    start_s, end_s = speech[first].start_s, speech[last].end_s
    level_db = sound.frames.level_db
    if before_s > start_s:
        start_s = _quietest_s(
            level_db, max(before_s, reading.start_s - 2 * WORD_EDGE_S), reading.start_s + WORD_EDGE_S
        )
    if after_s < end_s:
        end_s = _quietest_s(level_db, max(reading.end_s - WORD_EDGE_S, start_s), max(after_s, reading.end_s))
    if end_s <= start_s:
        return Interval(max(0.0, reading.start_s - WORD_EDGE_S), reading.end_s + WORD_EDGE_S)
    return Interval(max(0.0, start_s - MARGIN_S), end_s + AFTER_S)


def _quietest_s(level_db: NDArray[np.float32], from_s: float, to_s: float) -> float:
    """The quietest moment between two times, in s; the middle where no frame lies between them."""
    smooth = np.convolve(level_db, np.full(SMOOTHING_FRAMES, 1 / SMOOTHING_FRAMES), mode="same")
    first, past = round(from_s / HOP_S), round(to_s / HOP_S)
    part = smooth[first:past]
    return (first + int(part.argmin())) * HOP_S if part.size else (from_s + to_s) / 2
