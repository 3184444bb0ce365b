from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aftertone.language.callback.digit_grammar import add_digits, add_each, digit_times
from aftertone.language.callback.digit_runs import spoken_numbers
from aftertone.language.forced_alignment import MARK, Grammar, Segment
from aftertone.language.transcript import Transcript, Word


def said_somehow(grammar: Grammar, end: int, random) -> list[str]:  # type: ignore[no-untyped-def]
    """The words of one way through a grammar."""
    ways = defaultdict(list)
    for arc in grammar.arcs:
        ways[arc[0]].append(arc)
    state, words = 0, []
    while state != end:
        arc = random.choice(ways[state])
        words += arc[3:]
        state = arc[1]
    return words


@given(st.text("0123456789", min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_every_way_to_say_digits_says_them(digits, random) -> None:  # type: ignore[no-untyped-def]
    grammar = Grammar()
    end = add_digits(grammar, 0, digits, mark=MARK)
    words = said_somehow(grammar, end, random)
    segments = [Segment(word, at / 2, at / 2 + 0.4) for at, word in enumerate(words)]
    times = digit_times(segments, digits)
    assert times is not None
    assert len(times) == len(digits)
    assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(times))
    assert (times[0].start_s, times[-1].end_s) == (segments[0].start_s, segments[-1].end_s)
    said = ["nine", *(word.removeprefix(MARK) for word in words)]  # "oh" alone is no digit
    text = Transcript(tuple(Word(word, at / 2, at / 2 + 0.4) for at, word in enumerate(said)))
    ((ways,), _) = spoken_numbers(text)  # "twenty one" is 201 as well
    assert f"9{digits}" in {"".join(run.digits for run in way.runs) for way in ways}


@given(st.randoms(use_true_random=False))
def test_words_between_digits_may_be_said_and_are_no_digits(random) -> None:  # type: ignore[no-untyped-def]
    grammar = Grammar()
    end = add_digits(grammar, 0, "12", {1: ["sorry", "3"]}, mark=MARK)
    words = said_somehow(grammar, end, random)
    bare = [word.removeprefix(MARK) for word in words]
    assert bare in (["one", "two"], ["one", "sorry", "three", "two"], ["twelve"])
    times = digit_times([Segment(word, float(at), at + 1.0) for at, word in enumerate(words)], "12")
    assert times is not None
    assert times[-1].end_s == len(words)


def test_words_that_do_not_say_the_digits_have_no_times() -> None:
    said = [Segment("#one", 0.0, 0.5), Segment("two", 0.5, 1.0)]
    assert digit_times(said, "12") is None
    assert digit_times([], "12") is None


def test_parts_follow_one_another() -> None:
    grammar = Grammar()
    states = add_each(grammar, 0, ["at", "7", "thanks"])
    assert len(states) == 4
    assert grammar.words == ["at", "seven", "thanks"]
