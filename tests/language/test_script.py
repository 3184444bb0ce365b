"""A message against its script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.language.script import adherence
from aftertone.language.transcript import Transcript
from tests.speech import transcript_of

WORDS = st.lists(st.sampled_from(["hi", "mary", "this", "is", "bob", "please", "call", "me"]), max_size=12)


@pytest.mark.parametrize(
    ("spoken", "script", "share"),
    [
        ("hi mary call me back", "Hi Mary, call me back.", 1.0),
        ("hi mary um call me back", "Hi Mary, call me back.", 1.0),
        ("hi mary", "Hi Mary, call me.", 0.5),
        ("nothing alike", "Hi Mary, call me.", 0.0),
        ("my number is 555-1234", "my number is five five five one two three four", 1.0),
        ("my number is 858-555-0132", "my number is eight five eight five five five oh one three two", 1.0),
    ],
)
def test_share_of_the_script_that_is_said_in_order(spoken: str, script: str, share: float) -> None:
    found = adherence(transcript_of(spoken), script)
    assert found is not None
    assert found.share == pytest.approx(share)


@pytest.mark.parametrize("script", ["", "  ", "...", "um"])
def test_a_script_without_words_is_none(script: str) -> None:
    assert adherence(transcript_of("hi mary"), script) is None


@pytest.mark.parametrize(
    ("spoken", "script", "kind", "meant", "said", "words"),
    [
        ("hi mary call me", "hi mary please call me", "left_out", "please", "", 1),
        ("hi mary", "hi mary call me today", "left_out", "call me today", "", 3),
        ("mary call me", "hi mary call me", "left_out", "hi", "", 1),
        ("hi mary please do call me", "hi mary call me", "added", "", "please do", 2),
        ("hi mary call me thanks a lot", "hi mary call me", "added", "", "thanks a lot", 3),
        ("hi merry call me", "hi mary call me", "changed", "mary", "merry", 1),
        ("call me at noon hi mary this is bob", "hi mary this is bob call me at noon", "moved",
         "call me at noon", "call me at noon", 4),
    ],
)  # fmt: skip
def test_kinds_of_deviations(spoken: str, script: str, kind: str, meant: str, said: str, words: int) -> None:
    found = adherence(transcript_of(spoken), script)
    assert found is not None
    (deviation,) = found.deviations
    assert (deviation.kind, deviation.meant, deviation.span.text, deviation.word_count) == (
        kind,
        meant,
        said,
        words,
    )


def test_of_a_number_the_digits_that_differ_are_shown() -> None:
    found = adherence(transcript_of("my number is 858-555-0142 thanks"), "My number is 858-555-0132, thanks.")
    assert found is not None
    (changed,) = found.deviations
    assert (changed.kind, changed.written, changed.said) == ("changed", "three", "four")
    assert changed.span.text == "858-555-0142"
    assert [part.said for part in found.parts] == [
        "my number is eight five eight five five five zero one", "four", "two thanks"
    ]  # fmt: skip


def test_words_left_out_have_the_gap_where_they_are_missing() -> None:
    found = adherence(transcript_of("hi mary call me"), "hi mary please call me")
    assert found is not None
    (missing,) = found.of_kind("left_out")
    assert (missing.span.start_s, missing.span.end_s) == pytest.approx((0.9, 1.0))
    assert missing.description == "please"


def test_an_empty_transcript_leaves_out_all_words() -> None:
    found = adherence(Transcript(), "hi mary")
    assert found is not None
    assert found.share == 0
    assert [each.word_count for each in found.of_kind("left_out")] == [2]


@given(WORDS, WORDS.filter(bool))
def test_script_words_are_said_left_out_changed_or_moved(said: list[str], script: list[str]) -> None:
    found = adherence(transcript_of(" ".join(said)), " ".join(script))
    assert found is not None
    missed = sum(each.word_count for each in found.deviations if each.kind != "added")
    assert found.share * len(script) + missed == pytest.approx(len(script))


@given(WORDS.filter(bool))
def test_a_script_adheres_to_itself(script: list[str]) -> None:
    found = adherence(transcript_of(" ".join(script)), " ".join(script))
    assert found is not None
    assert (found.share, found.deviations) == (1.0, ())


def test_the_parts_show_the_script_as_it_is_written_with_the_times_of_what_was_said() -> None:
    found = adherence(
        transcript_of("hi mary um this is bob please call 555 1239 today"),
        "Hi Mary,\nthis is Bob Smith. Call 555-1234 today!",
    )
    assert found is not None
    assert [(part.kind, part.written, part.span.text) for part in found.parts] == [
        ("same", "Hi Mary, this is Bob", "hi mary um this is bob"),
        ("changed", "Smith.", "please"),
        ("same", "Call five five five one two three", "call 555 1239"),
        ("changed", "four", "1239"),
        ("same", "today!", "today"),
    ]
    assert (found.parts[0].span.start_s, found.parts[0].span.end_s) == pytest.approx((0.0, 2.9))


@given(WORDS, WORDS.filter(bool))
def test_the_parts_hold_all_of_the_script_in_its_order(said: list[str], script: list[str]) -> None:
    found = adherence(transcript_of(" ".join(said)), " ".join(script))
    assert found is not None
    assert " ".join(part.written for part in found.parts if part.written) == " ".join(script)
