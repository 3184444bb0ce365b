"""When each word of a known text is said: pocketsphinx, told what it will hear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.language.forced_alignment import Grammar, segments
from aftertone.language.pronunciation import pronunciation
from aftertone.language.syllables import DIGIT_WORDS, spoken_words
from aftertone.language.transcript import Transcript, Word

# Of sound on either side of a piece, one after the other until its text is found: word times of recognisers
# are as far off as the first at worst, but in more sound are more of the neighbours' words, which it lacks.
MARGINS_S = (0.3, 0.15)
MOVED_S_MAX = 0.4  # by a word: 0.3 finds 122 of 125 words of shared/data/mfa, this 124, 0.5 all, some wrong
GAP_S = 0.6  # between two words: far enough apart to align what is before and after each by itself
PIECE_S = (
    20.0  # a piece is cut at gaps when it is longer than this: the search is a beam, and may lose its way
)


def aligned(transcript: Transcript, recording: Recording) -> Transcript:
    """A transcript with word times found in the sound, by forced alignment of its text.

    A word that is written as several digits ("555-1234") becomes one word for each, with its own time; the
    others keep their text. A piece of the text that cannot be found in the sound keeps the times it had.
    ``settings["aligned"]`` says how many words of the text were found.

    Parameters
    ----------
    transcript : Transcript
        In English, with times that are right to about 0.3 s.
    recording : Recording

    Raises
    ------
    TranscriptionError
        pocketsphinx failed.
    """
    words: list[Word] = []
    found = 0
    pieces = _pieces(transcript.words)[::-1]
    while pieces:
        piece = pieces.pop()
        ways = (_times_s(piece, recording, margin_s) for margin_s in MARGINS_S)
        times = next((spans for spans in ways if spans is not None and _are_near(spans, piece)), None)
        if times is None and len(piece) > 1:  # one wrong word must not cost the others their times
            gaps_s = [b.word.start_s - a.word.end_s for a, b in pairwise(piece)]
            cut = 1 + max(range(len(gaps_s)), key=lambda n: (gaps_s[n], -abs(2 * n + 2 - len(piece))))
            pieces += [piece[cut:], piece[:cut]]
        elif times is None:
            words += [word for each in piece for word in each.words()]
        else:
            found += len(piece)
            words += [word for each, spans in zip(piece, times, strict=True) for word in each.words(spans)]
    settings = {**transcript.settings, "aligned": f"{found} of {len(transcript.words)} words"}
    ordered = sorted(words, key=lambda word: word.start_s)
    return replace(transcript, words=tuple(ordered), settings=settings)


@dataclass(frozen=True, slots=True)
class _Said:
    """A word of the transcript, and the words that are spoken for it."""

    word: Word
    spoken: tuple[str, ...]

    def words(self, spans: Sequence[tuple[float, float]] | None = None) -> list[Word]:
        """It with its times; a word for each digit where it is digits."""
        word = self.word
        if len(self.spoken) > 1 and all(part in DIGIT_WORDS for part in self.spoken):
            if spans is None:
                step_s = (word.end_s - word.start_s) / len(self.spoken)
                edges = [word.start_s + step_s * n for n in range(len(self.spoken) + 1)]
                spans = list(pairwise(edges))
            pairs = zip(self.spoken, spans, strict=True)
            return [Word(text, start_s, end_s, word.confidence) for text, (start_s, end_s) in pairs]
        if not spans:
            return [word]
        return [replace(word, start_s=spans[0][0], end_s=spans[-1][1])]


def _pieces(words: Iterable[Word]) -> list[list[_Said]]:
    """Words in pieces that are aligned each for itself, cut at gaps."""
    pieces: list[list[_Said]] = []
    for word in words:
        said = _Said(word, tuple(part for part in spoken_words(word.text) if pronunciation(part)))
        last = pieces[-1] if pieces else None
        if (
            last is None
            or (word.start_s - last[-1].word.end_s > GAP_S)
            or (word.end_s - last[0].word.start_s > PIECE_S and word.start_s - last[-1].word.end_s > 0.1)
        ):
            pieces.append([said])
        else:
            last.append(said)
    return pieces


def _are_near(times: Sequence[Sequence[tuple[float, float]]], piece: Sequence[_Said]) -> bool:
    """Whether no word starts or ends so far from where it was thought that it is another's place."""
    moved_s = [
        max(abs(spans[0][0] - said.word.start_s), abs(spans[-1][1] - said.word.end_s))
        for spans, said in zip(times, piece, strict=True)
        if spans
    ]
    return max(moved_s, default=0.0) < MOVED_S_MAX


def _times_s(
    piece: Sequence[_Said], recording: Recording, margin_s: float
) -> list[list[tuple[float, float]]] | None:
    """Start and end of each spoken word of a piece; None where the text is not found in the sound."""
    spoken = [part for said in piece for part in said.spoken]
    if not spoken:
        return None
    said_in = Interval(piece[0].word.start_s, max(said.word.end_s for said in piece))
    grammar = Grammar()
    end = grammar.chain(0, spoken)
    found = segments(recording, said_in.padded(margin_s, recording.duration_s), grammar, end)
    if [each.word for each in found] != spoken:
        return None
    spans = iter((each.start_s, each.end_s) for each in found)
    return [[next(spans) for _ in said.spoken] for said in piece]
