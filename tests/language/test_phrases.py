from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from aftertone.errors import AftertoneError
from aftertone.language.phrases import (
    _compiled,
    _regex,
    _text_of,
    asks_for_something,
    has_day_and_clock,
    spans,
    you_share,
)
from tests.speech import transcript_of

TABLES = tomllib.loads(files("aftertone.language").joinpath("phrases.toml").read_text(encoding="utf-8"))[
    "kinds"
]
HITS = [(kind, sentence) for kind, table in TABLES.items() for sentence in table["hits"]]
MISSES = [(kind, sentence) for kind, table in TABLES.items() for sentence in table["misses"]]


@pytest.mark.parametrize(("kind", "sentence"), HITS)
def test_a_kind_is_found_in_its_hits(kind: str, sentence: str) -> None:
    assert spans(transcript_of(sentence), kind)


@pytest.mark.parametrize(("kind", "sentence"), MISSES)
def test_a_kind_is_not_found_in_its_misses(kind: str, sentence: str) -> None:
    assert not spans(transcript_of(sentence), kind)


@pytest.mark.parametrize("kind", TABLES)
def test_capitals_and_commas_make_no_difference(kind: str) -> None:
    for sentence in TABLES[kind]["hits"]:
        loud = ", ".join(sentence.rstrip(".").upper().split())
        assert spans(transcript_of(loud), kind), loud


@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_has_enough_sentences(kind: str) -> None:
    assert len(set(TABLES[kind]["hits"])) >= 15
    assert len(set(TABLES[kind]["misses"])) >= 15


@pytest.mark.parametrize(
    ("kind", "text"),
    [("ask", "Please confirm the date by Friday."), ("purpose", "We need your answer.")],
)
def test_a_span_has_what_is_asked_or_needed(kind: str, text: str) -> None:
    (span,) = spans(transcript_of(f"{text} Thanks."), kind)
    assert span.text == text


def test_a_span_has_the_words_and_their_time() -> None:
    (span,) = spans(transcript_of("Hi Mary, please call me back by 4:30 on Friday. Thanks."), "deadline")
    assert span.text == "by 4:30 on Friday."
    assert (span.start_s, span.end_s) == (3.0, 4.9)


def test_overlapping_patterns_are_one_span() -> None:
    assert len(spans(transcript_of("could you please call me back"), "ask")) == 1


def test_a_pattern_does_not_cross_a_full_stop() -> None:
    assert spans(transcript_of("it is due by friday"), "deadline")
    assert not spans(transcript_of("I stood by. Friday was fine."), "deadline")


@pytest.mark.parametrize(
    ("said", "begs"),
    [
        ("please call me back", True),
        ("please call me back thank you", True),
        ("please please call me at noon", True),
        ("please call me at five five five one two three four", False),
        ("please call me back at five five five one two three four", False),
        ("please call us before noon on friday", False),
        ("please return my call", True),
        ("please return my call by friday", False),
        ("if this is of interest please call me when you like", False),
    ],
)
def test_a_request_that_says_where_or_when_is_no_begging(said: str, begs: bool) -> None:
    assert bool(spans(transcript_of(said), "begging")) is begs


def test_a_pattern_may_exclude_the_next_words() -> None:
    import re

    pattern = re.compile(_regex("call me !(at|on) _?"))
    assert pattern.match("call me back ")
    assert not pattern.match("call me at noon ")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^ tell me", "Well, tell me.", True),
        ("^ tell me", "Good. Tell me.", True),
        ("^ tell me", "did i tell me", False),
        ("_ , _", "roofs, doors", True),
        ("_ , _", "roofs doors", False),
        ("is it ~ ?", "is it dry at night?", True),
        ("is it ~ ?", "is it dry. Who knows?", False),
        ("either ~ or", "either go to the front desk of the hotel or wait", True),
        ("either ~ or", "either way. Or not", False),
    ],
)
def test_a_pattern_may_require_marks(pattern: str, text: str, found: bool) -> None:
    assert bool(_compiled((pattern,)).search(_text_of(text))) is found


def test_a_question_asks_for_something_unless_it_is_for_a_call() -> None:
    assert asks_for_something("is the gate locked at night?")
    assert not asks_for_something("could you call me back this week?")
    assert not asks_for_something("would you get in touch?")


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        spans(transcript_of("hi"), "colour")


@pytest.mark.parametrize("pattern", ["", "(a", "a)", "a) (b"])
def test_a_malformed_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(AftertoneError):
        _regex(pattern)


@pytest.mark.parametrize(
    ("text", "specific"),
    [
        ("by four thirty on friday", True),
        ("by 4:30 p.m. on Friday", True),
        ("tomorrow at noon", True),
        ("by tuesday at ten fifteen a m", True),
        ("by half past three today", True),
        ("before five o'clock on the third of may", True),
        ("by three on thursday", True),
        ("by two o'clock on friday", True),
        ("before ten tomorrow", True),
        ("no later than monday at nine", True),
        ("by friday", False),
        ("by four thirty", False),
        ("by the end of the day", False),
        ("within two days", False),
        ("as soon as possible", False),
    ],
)
def test_a_day_and_a_clock_time_make_it_specific(text: str, specific: bool) -> None:
    assert has_day_and_clock(text) is specific


def test_an_ask_for_something() -> None:
    assert asks_for_something("please send me the signed form")
    assert not asks_for_something("please call me back at five five five one two three four")


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("you and your team", 1.0),
        ("we have our great quality", 0.0),
        ("I will help you", 0.5),
        ("you'll like what we've got", 0.5),
        ("the invoice is due", None),
        ("", None),
    ],
)
def test_share_of_you(text: str, share: float | None) -> None:
    assert you_share(transcript_of(text)) == share
