"""When each word is said: forced alignment of the transcript's words by pocketsphinx.

Whisper's word times come from its cross-attention. They are smeared over pauses, and ends are early. So the
words are first held against the sound (`aftertone.language.fusion`), and the result is aligned with the sound
in pieces between pauses. A filled pause keeps the start that the recogniser gave it, because a net of phones
finds "uh" anywhere; it ends where its sound ends. `benchmarks/experiments/word_times.md` has what was tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.language.fillers import is_filled_pause
from aftertone.language.forced_alignment import word_segments
from aftertone.language.fusion import held_against
from aftertone.language.pronunciation import pronunciation
from aftertone.language.syllables import spoken_words
from aftertone.language.transcript import CROSS_ATTENTION, Transcript, Word

if TYPE_CHECKING:
    from aftertone.acoustics.sound import Sound

FORCED_ALIGNMENT = "forced alignment"
"""What ``settings["word_times"]`` says of a transcript that was aligned."""

MARGINS_S = (0.3, 0.15)
"""Sound before and after a piece that is searched too; the second where the first finds no path."""

MOVED_S_MAX = 1.0
"""Most by which a word's edge is moved; 0.4 keeps bad times: edges 55 in place of 34 ms in the mean."""

GAP_S = 0.6
"""A longer gap between two words parts two pieces."""

PIECE_S = 20.0
"""A longer piece is cut at gaps of 0.1 s: the beam may lose its way."""

FILLED_PAUSE_S = (0.05, 1.2)
"""Shortest and longest filled pause: of 25 whose times are labelled one is longer, with 1.47 s."""

EDGE_S = 0.15
"""A filled pause starts with its stretch of speech, or after the word before it, where that is so near."""

_PIECE_GAP_S = 0.1


def with_word_times(transcript: Transcript, sound: Sound) -> Transcript:
    """The transcript with the times of its words found in the sound.

    Text, count and order of the words stay. Words that have no sound under them, and words of a greeting,
    keep their times. Only times of a cross-attention are replaced (``settings["word_times"]``), so true times
    stay, and no transcript is aligned twice. Costs 0.01 to 0.03 s of processor for a second of sound.

    Parameters
    ----------
    transcript : Transcript
        In English.
    sound : Sound
        Of the same recording.

    Raises
    ------
    TranscriptionError
        pocketsphinx failed.
    """
    if not transcript.words or transcript.settings.get("word_times") != CROSS_ATTENTION:
        return transcript
    held = held_against(transcript, sound)
    kept = held.transcript.words
    found = with_filled_pauses(aligned(kept, sound.recording), kept, sound.speech)
    new = iter(found)
    dropped = {id(word) for word in held.invented}
    start_s = sound.message.start_s if sound.message else 0.0
    words = [word if id(word) in dropped or word.end_s <= start_s else next(new) for word in transcript.words]
    settings = {**transcript.settings, "word_times": FORCED_ALIGNMENT}
    return replace(transcript, words=_in_order(words), settings=settings)


def aligned(words: Sequence[Word], recording: Recording) -> tuple[Word, ...]:
    """Words with the times that forced alignment finds; those of a piece that is not found stay.

    Parameters
    ----------
    words : sequence of Word
        In English, in the order in which they are said, with times that are right to about 0.5 s.
    recording : Recording

    Raises
    ------
    TranscriptionError
        pocketsphinx failed.
    """
    found: list[Word] = []
    pieces = list(_pieces(words))[::-1]
    while pieces:
        piece = pieces.pop()
        earliest_s = found[-1].end_s if found else 0.0
        latest_s = pieces[-1][0].word.end_s if pieces else recording.duration_s
        for margin_s in MARGINS_S:
            start_s = max(piece[0].word.start_s - margin_s, min(earliest_s, piece[0].word.start_s))
            end_s = piece[-1].word.end_s
            end_s = min(end_s + margin_s, max(latest_s, end_s), recording.duration_s)
            placed = _placed(piece, recording, Interval(start_s, end_s)) if end_s > start_s else None
            if placed is not None and _are_near(placed, piece):
                found += placed
                break
        else:
            if len(piece) > 1:  # one wrong word must not cost the others their times
                gaps_s = [b.word.start_s - a.word.end_s for a, b in pairwise(piece)]
                cut = 1 + max(range(len(gaps_s)), key=lambda n: (gaps_s[n], -abs(2 * n + 2 - len(piece))))
                pieces += [piece[cut:], piece[:cut]]
            else:
                found.append(piece[0].word)
    return _in_order(found)


def with_filled_pauses(
    words: Sequence[Word], before: Sequence[Word], speech: Sequence[Interval]
) -> tuple[Word, ...]:
    """Words whose filled pauses start where they did `before`, and end with their sound.

    A filled pause lies between its neighbours. It ends at the next word, at the end of its stretch of speech
    or after the longest time that one lasts, whichever comes first.
    """
    found = list(words)
    for at, word in enumerate(before):
        if not is_filled_pause(word.text):
            continue
        from_s = found[at - 1].end_s if at else 0.0
        to_s = found[at + 1].start_s if at + 1 < len(found) else float("inf")
        start_s = max(word.start_s, from_s)
        if start_s > to_s - FILLED_PAUSE_S[0]:
            start_s = max(min(found[at].start_s, to_s - FILLED_PAUSE_S[0]), 0.0)
        own = next((part for part in speech if part.end_s > start_s), None)
        if own is not None:
            first_s = max(own.start_s, from_s)
            if first_s > start_s or start_s - first_s < EDGE_S:
                start_s = min(first_s, max(start_s, to_s - FILLED_PAUSE_S[0]))
        end_s = min(to_s, own.end_s if own else to_s, start_s + FILLED_PAUSE_S[1])
        found[at] = replace(word, start_s=start_s, end_s=max(end_s, start_s + FILLED_PAUSE_S[0]))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Said:
    """A word of the transcript, and the words that are spoken for it."""

    word: Word
    spoken: tuple[str, ...]


def _pieces(words: Iterable[Word]) -> Iterator[list[_Said]]:
    """Words in pieces that are aligned each for itself, cut at gaps."""
    piece: list[_Said] = []
    for word in words:
        if piece:
            gap_s = word.start_s - piece[-1].word.end_s
            is_long = word.end_s - piece[0].word.start_s > PIECE_S
            if gap_s > GAP_S or (is_long and gap_s > _PIECE_GAP_S):
                yield piece
                piece = []
        piece.append(_Said(word, tuple(part for part in spoken_words(word.text) if pronunciation(part))))
    if piece:
        yield piece


def _placed(piece: Sequence[_Said], recording: Recording, excerpt: Interval) -> list[Word] | None:
    """The words of a piece with their times in an excerpt; None where no path is found."""
    spoken = [part for said in piece for part in said.spoken]
    if not spoken:
        return None
    found = word_segments(recording, excerpt, spoken)
    if found is None:
        return None
    parts = iter(found)
    placed: list[Word] = []
    for said in piece:
        own = [next(parts) for _ in said.spoken]
        placed.append(replace(said.word, start_s=own[0].start_s, end_s=own[-1].end_s) if own else said.word)
    return placed


def _are_near(placed: Iterable[Word], piece: Iterable[_Said]) -> bool:
    """Whether no word is placed so far from its former time that it is another's place."""
    return all(
        max(abs(new.start_s - old.word.start_s), abs(new.end_s - old.word.end_s)) <= MOVED_S_MAX
        for new, old in zip(placed, piece, strict=True)
    )


def _in_order(words: Iterable[Word]) -> tuple[Word, ...]:
    """The words with no start before the one before them, and none longer than up to the next start."""
    ordered: list[Word] = []
    for word in words:
        if ordered:
            last = ordered[-1]
            start_s = max(word.start_s, last.start_s)
            if start_s < last.end_s:
                ordered[-1] = replace(last, end_s=start_s)
            word = replace(word, start_s=start_s, end_s=max(word.end_s, start_s))
        ordered.append(word)
    return tuple(ordered)
