"""Word times by forced alignment of the transcript's words, with pocketsphinx.

Whisper's word times come from its cross-attention. They are stretched over pauses, and ends are early. So the
words are first checked against the sound (`aftertone.language.word_check`). The result is aligned in pieces
between pauses. A filled pause keeps the start that the recogniser gave it, because a net of phones finds "uh"
anywhere. It ends where its sound ends. `benchmarks/experiments/word_times.md` has what was tried.
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
from aftertone.language.pronunciation import pronunciation
from aftertone.language.tokens import spoken_words
from aftertone.language.transcript import CROSS_ATTENTION, Transcript, Word
from aftertone.language.word_check import check_against

if TYPE_CHECKING:
    from aftertone.acoustics.analysis import AcousticAnalysis

FORCED_ALIGNMENT = "forced alignment"
"""Value of ``settings["word_times"]`` in a transcript that was aligned."""


@dataclass(frozen=True, slots=True)
class AlignmentOptions:
    """Settings of the alignment. benchmarks/experiments/word_times.md compares some of the values."""

    margins_s: tuple[float, ...] = (0.3, 0.15)
    """Sound before and after a piece that is searched too; the second where the first finds no path."""
    moved_s_max: float = 1.0
    """Longest distance by which a word's edge is moved. 0.4 keeps more wrong times: the mean error of edges
    is 55 ms in place of 34 ms."""
    gap_s: float = 0.6  # a longer gap between two words divides two pieces; 0.3 and 1.0 were compared
    piece_s_max: float = (
        20.0  # a longer piece is divided at short gaps: the search may lose its path; by hand
    )
    long_piece_gap_s: float = 0.1  # a longer gap divides a long piece; chosen by hand
    filled_pause_s_min: float = 0.05  # chosen by hand
    filled_pause_s_max: float = 1.2  # of 25 with labelled times one is longer, with 1.47 s
    filled_pause_edge_s: float = 0.15
    """A filled pause this near to the start of its stretch of speech, or to the word before it, starts there.
    Chosen by hand."""


ALIGNMENT = AlignmentOptions()


def with_word_times(transcript: Transcript, sound: AcousticAnalysis) -> Transcript:
    """The transcript with word times from the sound.

    Text, number and order of the words stay. Words that have no sound under them, and words of a greeting,
    keep their times. Only times of a cross-attention are replaced (``settings["word_times"]``): other times
    are taken as true, and no transcript is aligned twice. Costs 0.01 to 0.03 s of processor time for a second
    of sound. Raises `TranscriptionError` if pocketsphinx fails.
    """
    if not transcript.words or transcript.settings.get("word_times") != CROSS_ATTENTION:
        return transcript
    checked = check_against(transcript, sound)
    kept = checked.transcript.words
    new = iter(with_filled_pauses(aligned(kept, sound.recording), kept, sound.speech))
    invented = {id(word) for word in checked.invented}
    start_s = sound.message.start_s if sound.message else 0.0
    words = [
        word if id(word) in invented or word.end_s <= start_s else next(new) for word in transcript.words
    ]
    settings = {**transcript.settings, "word_times": FORCED_ALIGNMENT}
    return replace(transcript, words=_in_order(words), settings=settings)


def aligned(words: Sequence[Word], recording: Recording) -> tuple[Word, ...]:
    """Words with the times of their forced alignment; words of a piece that is not found keep their times.

    A piece without a path, or with a word that moves too far, is divided at its longest gap, so that one
    wrong word does not cost the others their times. The words are in English and in order; their times are
    right to about 0.5 s.
    """
    found: list[Word] = []
    pieces = list(_pieces(words))[::-1]
    while pieces:
        piece = pieces.pop()
        earliest_s = found[-1].end_s if found else 0.0
        latest_s = pieces[-1][0].word.end_s if pieces else recording.duration_s
        placed = _placed_near(piece, recording, earliest_s, latest_s)
        if placed is not None:
            found += placed
        elif len(piece) > 1:
            gaps_s = [b.word.start_s - a.word.end_s for a, b in pairwise(piece)]
            cut = 1 + max(range(len(gaps_s)), key=lambda n: (gaps_s[n], -abs(2 * n + 2 - len(piece))))
            pieces += [piece[cut:], piece[:cut]]
        else:
            found.append(piece[0].word)
    return _in_order(found)


def with_filled_pauses(
    words: Sequence[Word], before: Sequence[Word], speech: Sequence[Interval]
) -> tuple[Word, ...]:
    """Words whose filled pauses start as they did `before` the alignment, and end with their sound.

    A filled pause lies between its neighbours. It ends at the next word, at the end of its stretch of speech,
    or at the greatest length of one, whichever comes first.
    """
    found = list(words)
    shortest_s = ALIGNMENT.filled_pause_s_min
    for at, word in enumerate(before):
        if not is_filled_pause(word.text):
            continue
        from_s = found[at - 1].end_s if at else 0.0
        to_s = found[at + 1].start_s if at + 1 < len(found) else float("inf")
        start_s = max(word.start_s, from_s)
        if start_s > to_s - shortest_s:
            start_s = max(min(found[at].start_s, to_s - shortest_s), 0.0)
        own = next((part for part in speech if part.end_s > start_s), None)
        if own is not None:
            first_s = max(own.start_s, from_s)
            if first_s > start_s or start_s - first_s < ALIGNMENT.filled_pause_edge_s:
                start_s = min(first_s, max(start_s, to_s - shortest_s))
        end_s = min(to_s, own.end_s if own else to_s, start_s + ALIGNMENT.filled_pause_s_max)
        found[at] = replace(word, start_s=start_s, end_s=max(end_s, start_s + shortest_s))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _WordToAlign:
    """A word of the transcript, and the spoken words that have a pronunciation."""

    word: Word
    spoken: tuple[str, ...]


def _pieces(words: Iterable[Word]) -> Iterator[list[_WordToAlign]]:
    """The words in pieces that are aligned one by one, divided at gaps."""
    piece: list[_WordToAlign] = []
    for word in words:
        if piece:
            gap_s = word.start_s - piece[-1].word.end_s
            is_long = word.end_s - piece[0].word.start_s > ALIGNMENT.piece_s_max
            if gap_s > (ALIGNMENT.long_piece_gap_s if is_long else ALIGNMENT.gap_s):
                yield piece
                piece = []
        piece.append(
            _WordToAlign(word, tuple(part for part in spoken_words(word.text) if pronunciation(part)))
        )
    if piece:
        yield piece


def _placed_near(
    piece: Sequence[_WordToAlign], recording: Recording, earliest_s: float, latest_s: float
) -> list[Word] | None:
    """The words of a piece with new times, none moved too far; None if no search finds them."""
    first_s, last_s = piece[0].word.start_s, piece[-1].word.end_s
    for margin_s in ALIGNMENT.margins_s:
        start_s = max(first_s - margin_s, min(earliest_s, first_s))
        end_s = min(last_s + margin_s, max(latest_s, last_s), recording.duration_s)
        placed = _placed(piece, recording, Interval(start_s, end_s)) if end_s > start_s else None
        if placed is not None and all(
            max(abs(new.start_s - old.word.start_s), abs(new.end_s - old.word.end_s)) <= ALIGNMENT.moved_s_max
            for new, old in zip(placed, piece, strict=True)
        ):
            return placed
    return None


def _placed(piece: Sequence[_WordToAlign], recording: Recording, excerpt: Interval) -> list[Word] | None:
    """The words of a piece with their times in an excerpt; None if there is no path."""
    spoken = [part for each in piece for part in each.spoken]
    found = word_segments(recording, excerpt, spoken) if spoken else None
    if found is None:
        return None
    segments = iter(found)
    placed: list[Word] = []
    for each in piece:
        own = [next(segments) for _ in each.spoken]
        placed.append(replace(each.word, start_s=own[0].start_s, end_s=own[-1].end_s) if own else each.word)
    return placed


def _in_order(words: Iterable[Word]) -> tuple[Word, ...]:
    """The words with no start before the word before, and each cut to the start of the next."""
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
