"""Check of the words against the sound: which words have speech under them, and which part of it is theirs.

A recogniser writes words into silence, stretches their times over pauses, and leaves out "um". The check
drops words without sound, and cuts the others to their sound. It changes no text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aftertone.acoustics.filled_pauses import unworded_pauses
from aftertone.acoustics.interval import Interval, joined
from aftertone.language.callback.digit_runs import digit_runs
from aftertone.language.syllables import WORD_PAUSE_S, syllable_count
from aftertone.language.tokens import spoken_words
from aftertone.language.transcript import Transcript, Word

if TYPE_CHECKING:
    from aftertone.acoustics.analysis import AcousticAnalysis


@dataclass(frozen=True, slots=True)
class WordCheckOptions:
    """Settings of the check."""

    collar_s: float = 0.1  # speech this near belongs to a word: recognisers place edges to about 0.1 s
    word_s_min: float = 0.08  # a word is cut to no less: a quick "a" or "the" lasts as long; chosen by hand
    syllable_s_min: float = 0.1  # time of a syllable after a hesitation: the fastest talkers'; chosen by hand
    digits_min: int = 7  # digits in a row that are a telephone number: the shortest has 7


WORD_CHECK = WordCheckOptions()


@dataclass(frozen=True, slots=True)
class CheckedWords:
    """A transcript after its check."""

    transcript: Transcript  # the words that have sound under them, cut to that sound
    invented: tuple[Word, ...]  # the others, as the recogniser gave them


def check_words(
    transcript: Transcript,
    speech: Sequence[Interval],
    *,
    start_s: float = 0.0,
    filled_pauses: Sequence[Interval] = (),
    may_be_filled_pause: Callable[[Interval], bool] | None = None,
    has_voice: Callable[[Interval], bool] | None = None,
) -> CheckedWords:
    """Check a transcript against the speech of its recording.

    A word that ends before `start_s` belongs to a greeting, and is left out. A word is invented where no
    speech is within the collar, or where `has_voice` is false. A digit without a voice stays if it belongs to
    a number most of whose digits have one, because a short digit between pauses is easily missed.

    A word that lies over several stretches of speech keeps the one that it overlaps most. Stretches that are
    mostly a filled pause do not count. It keeps the last one instead if that is long enough for it and all
    the others may be filled pauses: recognisers stretch a word over an "um" and the pause after it, and such
    a word ends where it was spoken. A text of several spoken words, such as "555-1234", may have pauses
    inside, so only its outer edges are cut.

    The new time of a word is a part of its old time. The order stays, and no overlap grows.

    >>> written = Transcript((Word("hi", 0.4, 1.9), Word("thanks", 3.0, 3.4)))
    >>> checked = check_words(written, [Interval(0.5, 0.8), Interval(1.8, 2.4)])
    >>> checked.transcript.words, [word.text for word in checked.invented]
    ((Word(text='hi', start_s=0.5, end_s=0.8, confidence=None),), ['thanks'])
    """
    words = [word for word in transcript.words if word.end_s > start_s]
    speech_under = [_speech_under(word.interval, speech) for word in words]
    voiced = [
        bool(parts) and (has_voice is None or has_voice(word.interval))
        for word, parts in zip(words, speech_under, strict=True)
    ]
    number_digits = _digits_of_voiced_numbers(words, voiced)
    kept: list[Word] = []
    invented: list[Word] = []
    for at, (word, parts) in enumerate(zip(words, speech_under, strict=True)):
        if parts and (voiced[at] or at in number_digits):
            kept.append(_cut(word, parts, filled_pauses, may_be_filled_pause))
        else:
            invented.append(word)
    return CheckedWords(replace(transcript, words=_in_order(kept)), tuple(invented))


def check_against(transcript: Transcript, sound: AcousticAnalysis) -> CheckedWords:
    """Check a transcript against the sound of its recording: see `check_words`."""
    return check_words(
        transcript,
        sound.speech,
        start_s=sound.message.start_s if sound.message else 0.0,
        filled_pauses=[Interval(pause.start_s, pause.end_s) for pause in sound.filled_pauses],
        may_be_filled_pause=lambda part: bool(unworded_pauses(sound.frames, [part])),
        has_voice=sound.voice.is_under,
    )


def _digits_of_voiced_numbers(words: Sequence[Word], voiced: Sequence[bool]) -> set[int]:
    """Indices of the words that are digits of a number most of whose digits have a voice."""
    if all(voiced):
        return set()
    found: set[int] = set()
    for run in digit_runs(Transcript(tuple(words))):
        indices = {digit.word_index for digit in run.items}
        if len(run.items) >= WORD_CHECK.digits_min and 2 * sum(voiced[at] for at in indices) > len(indices):
            found |= indices
    return found


def uncovered_speech(words: Sequence[Word], speech: Sequence[Interval]) -> tuple[Interval, ...]:
    """Parts of the speech that no word covers, in order: places where a filled pause may be.

    >>> uncovered_speech([Word("hi", 0.5, 0.8), Word("mary", 1.3, 1.6)], [Interval(0.5, 1.75)])
    (Interval(start_s=0.8, end_s=1.3), Interval(start_s=1.6, end_s=1.75))
    """
    uncovered = []
    for part in speech:
        at_s = part.start_s
        for word in words:
            if word.end_s > at_s and word.start_s < part.end_s:
                if word.start_s > at_s:
                    uncovered.append(Interval(at_s, word.start_s))
                at_s = word.end_s
        if at_s < part.end_s:
            uncovered.append(Interval(at_s, part.end_s))
    return tuple(uncovered)


def _speech_under(word: Interval, speech: Sequence[Interval]) -> list[Interval]:
    """The speech within the collar of a word; stretches with only a stop's closure between are one."""
    collar_s = WORD_CHECK.collar_s
    near = (
        part
        for part in speech
        if part.start_s - collar_s < word.end_s and part.end_s + collar_s > word.start_s
    )
    return joined(near, WORD_PAUSE_S)


def _cut(
    word: Word,
    parts: Sequence[Interval],
    filled_pauses: Sequence[Interval],
    may_be_filled_pause: Callable[[Interval], bool] | None,
) -> Word:
    """The word with its edges cut to its speech."""
    if len(parts) > 1 and len(spoken_words(word.text)) > 1:
        own = Interval(parts[0].start_s, parts[-1].end_s)
    else:
        own = _own_part(word, parts, filled_pauses, may_be_filled_pause)
    for collar_s in (0.0, WORD_CHECK.collar_s):
        start_s, end_s = max(word.start_s, own.start_s - collar_s), min(word.end_s, own.end_s + collar_s)
        if end_s - start_s >= min(WORD_CHECK.word_s_min, word.end_s - word.start_s):
            return replace(word, start_s=start_s, end_s=end_s)
    return word


def _own_part(
    word: Word,
    parts: Sequence[Interval],
    filled_pauses: Sequence[Interval],
    may_be_filled_pause: Callable[[Interval], bool] | None,
) -> Interval:
    """The stretch of speech that a word is spoken in."""
    overlap_s = word.interval.overlap_s
    under = [part for part in parts if overlap_s(part) > 0] or parts
    own = [part for part in under if not _is_mostly(part, filled_pauses)] or under[-1:]
    *before, last = own
    if overlap_s(last) >= WORD_CHECK.syllable_s_min * syllable_count(word.text):
        covered = [
            Interval(max(part.start_s, word.start_s), part.end_s)
            for part in before
            if overlap_s(part) > WORD_CHECK.collar_s
        ]
        if covered and may_be_filled_pause and all(map(may_be_filled_pause, covered)):
            return last
    return max(own, key=overlap_s)


def _is_mostly(part: Interval, others: Iterable[Interval]) -> bool:
    return 2 * sum(part.overlap_s(other) for other in others) >= part.duration_s


def _in_order(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with no start after the next one's: a later start is set to the next one's."""
    ordered: list[Word] = []
    for word in reversed(words):
        limit_s = ordered[-1].start_s if ordered else word.start_s
        ordered.append(replace(word, start_s=limit_s) if word.start_s > limit_s else word)
    return tuple(reversed(ordered))
