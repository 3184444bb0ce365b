"""Words checked against speech."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.acoustics.interval import Interval
from aftertone.language.transcript import Transcript, Word
from aftertone.language.word_check import WORD_CHECK, CheckedWords, check_words, uncovered_speech

MS = st.integers(0, 10_000).map(lambda ms: ms / 1_000)


def written(*words: tuple[str, float, float]) -> Transcript:
    return Transcript(tuple(Word(*word) for word in words))


def checked(transcript: Transcript, *speech: tuple[float, float], start_s: float = 0.0) -> CheckedWords:
    return check_words(transcript, [Interval(*part) for part in speech], start_s=start_s)


def times_s(result: CheckedWords) -> list[tuple[float, float]]:
    return [(word.start_s, word.end_s) for word in result.transcript.words]


@st.composite
def stretches(draw: st.DrawFn) -> list[Interval]:
    """Speech as a detector gives it: in order, without overlap."""
    edges_s = sorted(draw(st.lists(MS, max_size=12, unique=True)))
    return [Interval(*edges_s[at : at + 2]) for at in range(0, len(edges_s) - 1, 2)]


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Words as a recogniser gives them: in order of their starts."""
    times = draw(st.lists(st.tuples(MS, MS), max_size=12))
    spans = sorted((min(pair), max(pair)) for pair in times)
    texts = draw(
        st.lists(st.sampled_from(["hi", "555-1234", "um"]), min_size=len(spans), max_size=len(spans))
    )
    return written(*((text, *span) for text, span in zip(texts, spans, strict=True)))


@given(transcripts(), stretches(), MS)
def test_every_word_is_kept_or_invented_or_in_the_greeting(
    transcript: Transcript, speech: list[Interval], start_s: float
) -> None:
    result = check_words(transcript, speech, start_s=start_s)
    greeting = sum(word.end_s <= start_s for word in transcript.words)
    assert greeting + len(result.invented) + len(result.transcript.words) == len(transcript.words)


@given(transcripts(), stretches())
def test_order_stays_and_new_times_are_parts_of_old_ones(
    transcript: Transcript, speech: list[Interval]
) -> None:
    result = check_words(transcript, speech)
    dropped = list(result.invented)
    before = []
    for word in transcript.words:
        if word.end_s <= 0:
            continue
        if word in dropped:
            dropped.remove(word)
        else:
            before.append(word)
    after = result.transcript.words
    assert [word.text for word in after] == [word.text for word in before]
    assert all(one.start_s <= other.start_s for one, other in pairwise(after))
    for was, now in zip(before, after, strict=True):
        assert was.start_s <= now.start_s <= now.end_s <= was.end_s
        assert now.end_s > now.start_s or was.end_s == was.start_s
    for (was_a, was_b), (now_a, now_b) in zip(pairwise(before), pairwise(after), strict=True):
        assert now_a.interval.overlap_s(now_b.interval) <= was_a.interval.overlap_s(was_b.interval) + 1e-12


@given(transcripts(), stretches())
def test_words_are_kept_if_and_only_if_sound_is_within_the_collar(
    transcript: Transcript, speech: list[Interval]
) -> None:
    def has_sound(word: Word) -> bool:
        wide = [Interval(s.start_s - WORD_CHECK.collar_s, s.end_s + WORD_CHECK.collar_s) for s in speech]
        return any(s.start_s < word.end_s and s.end_s > word.start_s for s in wide)

    result = check_words(transcript, speech)
    assert not any(has_sound(word) for word in result.invented)
    words = [word for word in transcript.words if word.end_s > 0 and has_sound(word)]
    assert len(result.transcript.words) == len(words)


@given(transcripts())
def test_without_speech_every_word_is_invented(transcript: Transcript) -> None:
    assert check_words(transcript, []).transcript.words == ()


@pytest.mark.parametrize(
    ("word", "speech", "expected"),
    [
        (("hi", 0.2, 2.0), [(0.5, 0.9)], (0.5, 0.9)),  # silence on both sides
        (("hi", 0.5, 0.9), [(0.0, 3.0)], (0.5, 0.9)),  # inside speech: as it was
        (("this", 1.0, 2.4), [(0.0, 1.1), (2.0, 3.0)], (2.0, 2.4)),  # the side that it has more of
        (("this", 1.0, 2.4), [(0.0, 1.6), (2.0, 3.0)], (1.0, 1.6)),
        (("cat", 1.0, 1.5), [(0.8, 1.2), (1.3, 1.6)], (1.0, 1.5)),  # a stop's closure parts no word
        (("555-1234", 0.5, 4.0), [(0.6, 1.5), (2.5, 3.9)], (0.6, 3.9)),  # several words may have pauses
        (("so", 1.05, 1.2), [(0.5, 1.0)], (1.05, 1.1)),  # beside speech: cut to the collar
        (("so", 0.98, 1.4), [(0.5, 1.0)], (0.98, 1.1)),  # no shorter than a word is
    ],
)
def test_edges_are_cut_to_the_sound(
    word: tuple[str, float, float], speech: list[tuple[float, float]], expected: tuple[float, float]
) -> None:
    ((start_s, end_s),) = times_s(checked(written(word), *speech))
    assert (start_s, end_s) == pytest.approx(expected) or (start_s, end_s) == word[1:]
    if word[0] != "so" or word[1] < 1:
        assert (start_s, end_s) == pytest.approx(expected)


def test_a_word_stretched_over_an_um_keeps_the_other_speech() -> None:
    transcript = written(("this", 1.0, 2.3))
    speech = [Interval(1.0, 1.5), Interval(2.0, 2.3)]
    (word,) = check_words(transcript, speech, filled_pauses=[Interval(1.05, 1.45)]).transcript.words
    assert word.interval == (2.0, 2.3)


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        (("talk", 0.5, 2.0), (1.6, 2.0)),  # the um is parted from what was said before, or runs on from it
        (("the", 0.5, 1.66), (0.5, 1.0)),  # no time for it after the pause
        (("wednesday", 0.5, 1.8), (0.5, 1.0)),  # three syllables need more
    ],
)
def test_a_word_after_a_possible_um_keeps_its_last_part(
    word: tuple[str, float, float], kept: tuple[float, float]
) -> None:
    speech = [Interval(0.0, 1.0), Interval(1.6, 2.4)]
    um = Interval(0.5, 1.0)
    result = check_words(written(("we", 0.0, 0.5), word), speech, may_be_filled_pause=lambda part: part == um)
    assert times_s(result)[1] == kept


def test_a_word_over_filled_pauses_alone_keeps_the_last() -> None:
    speech = [Interval(0.0, 1.0), Interval(1.4, 1.9), Interval(2.3, 2.8)]
    result = check_words(written(("and", 1.05, 2.8)), speech, filled_pauses=speech[1:])
    assert times_s(result) == [(2.3, 2.8)]


def test_a_cut_stops_at_the_start_of_the_next_word() -> None:
    result = checked(written(("one", 0.0, 5.0), ("two", 0.1, 0.3)), (0.0, 0.3), (4.0, 5.0))
    assert times_s(result) == [(0.1, 5.0), (0.1, 0.3)]


def test_engine_language_and_settings_stay() -> None:
    transcript = Transcript((Word("hi", 0.0, 0.4, 0.5),), "en", "whisper", {"model": "tiny"})
    assert checked(transcript, (0.0, 1.0)).transcript == transcript


@given(transcripts(), stretches())
def test_uncovered_speech_is_speech_without_words(transcript: Transcript, speech: list[Interval]) -> None:
    bare = uncovered_speech(transcript.words, speech)
    assert all(one.end_s <= other.start_s for one, other in pairwise(bare))
    grid_s = [at / 100 + 0.0033 for at in range(1_000)]
    for at_s in grid_s:
        spoken = any(part.start_s <= at_s < part.end_s for part in speech)
        worded = any(word.start_s <= at_s < word.end_s for word in transcript.words)
        assert any(part.start_s <= at_s < part.end_s for part in bare) is (spoken and not worded)


NUMBER = ["eight", "zero", "zero", "five", "five", "five", "one", "two", "three", "four"]


def voiceless(*silent: int, words: Sequence[str] = NUMBER) -> CheckedWords:
    """A number said slowly, with no voice under some of its words."""
    transcript = written(*((text, at + 0.1, at + 0.4) for at, text in enumerate(words)))
    speech = [Interval(at + 0.1, at + 0.4) for at in range(len(words))]
    return check_words(transcript, speech, has_voice=lambda word: round(word.start_s) not in silent)


def test_a_voiceless_digit_of_a_number_with_a_voice_stays() -> None:
    assert voiceless(6).invented == ()
    assert len(voiceless(2, 3, 7, 9).transcript.words) == 10


def test_voiceless_digits_of_a_number_without_a_voice_are_dropped() -> None:
    assert len(voiceless(0, 1, 2, 3, 4).invented) == 5


def test_other_voiceless_words_and_short_numbers_are_dropped() -> None:
    said = [*NUMBER, "thanks"]
    assert [word.text for word in voiceless(10, words=said).invented] == ["thanks"]
    few = ["at", "eight", "zero", "zero"]
    assert [word.text for word in voiceless(2, words=few).invented] == ["zero"]
