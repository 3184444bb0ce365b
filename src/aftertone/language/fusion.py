"""Words held against the sound: invented ones dropped, edges cut to speech, speech without words found.

A recogniser writes words into silence, smears their times over pauses, and leaves out "um". The sound was
there; so where the two differ, the sound is right about when, and the words are right about what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aftertone.acoustics.filled_pauses import unworded_pauses
from aftertone.acoustics.interval import Interval, joined
from aftertone.language.callback.digit_runs import digit_runs
from aftertone.language.fit import WORD_PAUSE_S
from aftertone.language.syllables import spoken_words, syllable_count
from aftertone.language.transcript import Transcript, Word

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

WORD_COLLAR_S = 0.1  # recognisers place word edges to about 0.1 s; sound this near is under the word
WORD_S_MIN = 0.08  # a word is not cut shorter than this: a hasty "a" or "the" lasts as long
SYLLABLE_S_MIN = 0.1  # of a word that is said after a hesitation: the fastest talkers' syllables
DIGITS_TOGETHER_MIN = 7  # digits that are a number, whose others vouch for one with no voice


@dataclass(frozen=True, slots=True)
class Fused:
    """A transcript after it was held against the sound.

    Attributes
    ----------
    transcript : Transcript
        The words that have sound under them, their edges cut to that sound.
    invented : tuple of Word
        Words that have none, or no voice, as the recogniser gave them.
    """

    transcript: Transcript
    invented: tuple[Word, ...]


def fused(
    transcript: Transcript,
    speech: Sequence[Interval],
    *,
    start_s: float = 0.0,
    hesitations: Sequence[Interval] = (),
    may_be_pause: Callable[[Interval], bool] | None = None,
    has_voice: Callable[[Interval], bool] | None = None,
) -> Fused:
    """A transcript held against the speech that it was heard in.

    A word that ends before `start_s` belongs to a greeting, and is left out. One with no speech within
    WORD_COLLAR_S of it was invented, and so was one for which `has_voice` is false, unless it is a digit of
    a number most of whose digits have a voice: a short one between pauses is easily missed.

    Of the others, a word that runs over a silence keeps the stretch of speech that it has most of, but none
    that is mostly one of the `hesitations`, and the last where that has time enough for it and the others may
    be filled pauses: a smeared word swallows an "um" and the pause after it, and ends when it was said. A
    word that stands for several, such as "555-1234", may have pauses inside it: only its outer edges are cut.

    Each word's time is a part of what it was, and the order stays: nothing overlaps more than before.

    Parameters
    ----------
    transcript : Transcript
    speech : sequence of Interval
        In order, apart from each other.
    start_s : float
        Where the message starts.
    hesitations : sequence of Interval
        Sounds that are filled pauses, as far as sound can tell.
    may_be_pause : callable, optional
        Whether a sound would be a filled pause if no word covered it.
    has_voice : callable, optional
        Whether there is a voice in what was taken for speech: see `aftertone.acoustics.voice`.

    Examples
    --------
    >>> heard = Transcript((Word("hi", 0.4, 1.9), Word("thanks", 3.0, 3.4)))
    >>> result = fused(heard, [Interval(0.5, 0.8), Interval(1.8, 2.4)])
    >>> result.transcript.words, [word.text for word in result.invented]
    ((Word(text='hi', start_s=0.5, end_s=0.8, confidence=None),), ['thanks'])
    """
    in_message = [word for word in transcript.words if word.end_s > start_s]
    under = [_speech_under(word.interval, speech) for word in in_message]
    voiced = [
        bool(parts) and (has_voice is None or has_voice(word.interval))
        for word, parts in zip(in_message, under, strict=True)
    ]
    vouched = _vouched_for(in_message, voiced)
    kept: list[Word] = []
    invented: list[Word] = []
    for at, (word, parts) in enumerate(zip(in_message, under, strict=True)):
        if parts and (voiced[at] or at in vouched):
            kept.append(_cut(word, parts, hesitations, may_be_pause))
        else:
            invented.append(word)
    return Fused(replace(transcript, words=_in_order(kept)), tuple(invented))


def held_against(transcript: Transcript, sound: Sound) -> Fused:
    """A transcript held against the sound of the same recording: see `fused`."""
    return fused(
        transcript,
        sound.speech,
        start_s=sound.message.start_s if sound.message else 0.0,
        hesitations=[Interval(pause.start_s, pause.end_s) for pause in sound.filled_pauses],
        may_be_pause=lambda gap: bool(unworded_pauses(sound.frames, [gap])),
        has_voice=sound.voice.is_under,
    )


def _vouched_for(words: Sequence[Word], voiced: Sequence[bool]) -> set[int]:
    """Which words are digits of a number that has a voice under most of its digits."""
    if all(voiced):
        return set()
    found: set[int] = set()
    for run in digit_runs(Transcript(tuple(words))):
        indices = {digit.word_index for digit in run.items}
        if len(run.items) >= DIGITS_TOGETHER_MIN and 2 * sum(voiced[at] for at in indices) > len(indices):
            found |= indices
    return found


def unworded(words: Sequence[Word], speech: Sequence[Interval]) -> tuple[Interval, ...]:
    """Stretches of speech that no word covers, in order: where a filled pause may be.

    >>> unworded([Word("hi", 0.5, 0.8), Word("mary", 1.3, 1.6)], [Interval(0.5, 1.75)])
    (Interval(start_s=0.8, end_s=1.3), Interval(start_s=1.6, end_s=1.75))
    """
    bare = []
    for part in speech:
        at_s = part.start_s
        for word in words:
            if word.end_s > at_s and word.start_s < part.end_s:
                if word.start_s > at_s:
                    bare.append(Interval(at_s, word.start_s))
                at_s = word.end_s
        if at_s < part.end_s:
            bare.append(Interval(at_s, part.end_s))
    return tuple(bare)


def _speech_under(word: Interval, speech: Sequence[Interval]) -> list[Interval]:
    """The speech within WORD_COLLAR_S of a word; stretches that only a stop parts are one."""
    near = (
        part
        for part in speech
        if part.start_s - WORD_COLLAR_S < word.end_s and part.end_s + WORD_COLLAR_S > word.start_s
    )
    return joined(near, WORD_PAUSE_S)


def _cut(
    word: Word,
    parts: Sequence[Interval],
    hesitations: Sequence[Interval],
    may_be_pause: Callable[[Interval], bool] | None,
) -> Word:
    """A word without the silence round it, and, if it is one word, with one stretch of speech."""
    if len(parts) > 1 and len(spoken_words(word.text)) > 1:
        best = Interval(parts[0].start_s, parts[-1].end_s)
    else:
        best = _own(word, parts, hesitations, may_be_pause)
    for collar_s in (0.0, WORD_COLLAR_S):
        start_s, end_s = max(word.start_s, best.start_s - collar_s), min(word.end_s, best.end_s + collar_s)
        if end_s - start_s >= min(WORD_S_MIN, word.end_s - word.start_s):
            return replace(word, start_s=start_s, end_s=end_s)
    return word


def _own(
    word: Word,
    parts: Sequence[Interval],
    hesitations: Sequence[Interval],
    may_be_pause: Callable[[Interval], bool] | None,
) -> Interval:
    """The stretch of speech that a word was said in."""
    under = [part for part in parts if word.interval.overlap_s(part) > 0] or parts  # and not only beside it
    own = [part for part in under if not _is_mostly(part, hesitations)] or under[-1:]
    *before, last = own
    if word.interval.overlap_s(last) >= SYLLABLE_S_MIN * syllable_count(word.text):
        inside = [
            Interval(max(part.start_s, word.start_s), part.end_s)
            for part in before
            if word.interval.overlap_s(part) > WORD_COLLAR_S
        ]
        if inside and may_be_pause and all(map(may_be_pause, inside)):
            return last
    return max(own, key=word.interval.overlap_s)


def _is_mostly(part: Interval, sounds: Iterable[Interval]) -> bool:
    return 2 * sum(part.overlap_s(sound) for sound in sounds) >= part.duration_s


def _in_order(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with no start after the next one's: a cut that would pass a neighbour stops there."""
    ordered: list[Word] = []
    for word in reversed(words):
        limit_s = ordered[-1].start_s if ordered else word.start_s
        ordered.append(replace(word, start_s=limit_s) if word.start_s > limit_s else word)
    return tuple(reversed(ordered))
