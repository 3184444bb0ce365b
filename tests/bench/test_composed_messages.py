"""Composed messages: the truth matches the sound, and numbers are telephone numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import phonenumbers
import pytest

from aftertone.bench.accuracy import truth_of
from aftertone.language.transcript import Word
from benchmarks.common.bootstrap import interval
from benchmarks.common.composition import AUDIBLE_DB, Message, audible, levels_db
from benchmarks.common.machine import ROOT
from benchmarks.common.natural_messages import KINDS, MANNERS, drawn_number, groups_of
from benchmarks.common.number_finders import Found, runs_of
from benchmarks.composed_messages import (
    CUT_SOURCES,
    SOURCES,
    is_installed,
    main,
    message,
    messages,
    speakers_of,
)
from benchmarks.number_accuracy import row_of

REGIONS = ("US", "GB", "AU")
COLLAR_S = 0.05  # tolerance of the times of the truth


def one(source: str, index: int, seed: int = 0) -> Message:
    if not is_installed(source):
        pytest.skip(f"the recordings or voices of {source}, or shared/data/noise, are not installed")
    return message(source, index, seed)


def is_loud(composed: Message, span: tuple[float, float], within: tuple[float, float]) -> bool:
    """Whether any 10 ms of a span is within 35 dB of the loudest of another span."""
    levels = levels_db(np.asarray(composed.recording.samples, np.float64), composed.recording.rate_hz)
    part, other = (levels[round(a * 100) : round(b * 100)] for a, b in (span, within))
    return bool((part > other.max() - AUDIBLE_DB - 5).any())


def _shifted(word: Word, by_s: float) -> Word:
    return replace(word, start_s=word.start_s + by_s, end_s=word.end_s + by_s)


def check_edges(composed: Message, pairs: Sequence[tuple[Word, ...]]) -> int:
    """Assert that words beside pauses start and end with their sound; returns the number of pauses."""
    pauses = 0
    for word, following in pairs:
        if following.start_s - word.end_s < 0.25:
            continue
        pauses += 1
        for each in (word, following):
            own = (each.start_s, each.end_s)
            silence = (word.end_s + COLLAR_S, following.start_s - COLLAR_S)
            assert not is_loud(composed, silence, own), each
        assert is_loud(composed, (word.end_s - COLLAR_S, word.end_s), (word.start_s, word.end_s)), word
        edge = (following.start_s, following.start_s + COLLAR_S)
        assert is_loud(composed, edge, (following.start_s, following.end_s)), following
    return pauses


@pytest.mark.parametrize("source", ["fsdd", "an4", "moshi_numbers", "natural"])
def test_a_message_does_not_depend_on_other_messages(source: str) -> None:
    first = one(source, 0)
    one("fsdd", 5, seed=3)
    again = message(source, 0)
    assert again.truth == first.truth
    assert np.array_equal(again.recording.samples, first.recording.samples)
    other = message(source, 0, seed=1)
    assert not np.array_equal(other.recording.samples, first.recording.samples)


@pytest.mark.parametrize(("source", "indices"), [("fsdd", range(8)), ("natural", range(1))])
def test_words_beside_pauses_start_and_end_with_their_sound(source: str, indices: range) -> None:
    for index in indices:
        composed = one(source, index)
        assert composed.condition.name == "clean"
        assert composed.transcript is not None
        pairs = list(pairwise(composed.transcript.words))
        if source == "fsdd":  # tests of sample_audio check the edges of its sentences
            digits_s = {each.start_s for each in composed.digits}
            pairs = [pair for pair in pairs if digits_s.issuperset(word.start_s for word in pair)]
        assert check_edges(composed, pairs) > 0
        for shift_s in (-3 * COLLAR_S, 3 * COLLAR_S):
            moved = [tuple(_shifted(word, shift_s) for word in pair) for pair in pairs]
            with pytest.raises(AssertionError):
                check_edges(composed, moved)


@pytest.mark.parametrize("source", ["an4", "moshi_numbers"])
def test_a_real_reading_starts_and_ends_with_its_sound(source: str) -> None:
    for index in (0, 4):
        composed = one(source, index)
        assert composed.transcript is None
        for reading in composed.readings:
            assert len(reading.digits) in (7, 10, 11)
            own = (reading.start_s, reading.end_s)
            assert is_loud(composed, (reading.start_s, reading.start_s + COLLAR_S), own)
            assert is_loud(composed, (reading.end_s - COLLAR_S, reading.end_s), own)
            assert 1 < reading.digits_per_s < 8


@pytest.mark.parametrize("source", ["fsdd", "natural"])
def test_digits_are_in_order_inside_their_reading(source: str) -> None:
    for index in (0, 5) if source == "fsdd" else (0,):
        composed = one(source, index)
        for at, reading in enumerate(composed.readings, start=1):
            own = [digit for digit in composed.digits if digit.reading == at]
            assert (own[0].start_s, own[-1].end_s) == pytest.approx((reading.start_s, reading.end_s))
            assert all(a.end_s <= b.start_s + 1e-6 for a, b in pairwise(own))
            if composed.manner != "area after":
                assert "".join(digit.digit for digit in own) == reading.digits


def test_readings_match_the_kind() -> None:
    for index, kind in enumerate(KINDS):
        composed = one("fsdd", index)
        assert composed.kind == kind
        said = [reading.digits for reading in composed.readings]
        differ = sum(a != b for a, b in zip(said[0], said[-1], strict=False))
        if kind in ("once", "twice"):
            assert said == [composed.number] * (1 if kind == "once" else 2)
        elif kind == "changed":
            assert (len(said[1]), differ) == (len(said[0]), 1)
        else:
            assert said[0].endswith(said[1])
            assert [reading.is_full for reading in composed.readings] == [True, False]


@pytest.mark.parametrize("source", CUT_SOURCES)
def test_a_caller_who_is_cut_off_says_nine_digits_of_an_american_number(source: str) -> None:
    one(source, 0)
    for index in range(8) if source == "fsdd" else (2,):
        composed = message(source, index, cut=True)
        (reading,) = composed.readings
        assert (composed.kind, composed.region) == ("cut", "US")
        assert len(reading.digits) == 9
        assert reading.is_full
        assert "".join(digit.digit for digit in composed.digits) == reading.digits == composed.number
    with pytest.raises(LookupError):
        message("an4", 0, cut=True)


def test_a_message_uses_no_recording_twice() -> None:
    for index in range(60):
        composed = one("moshi_numbers", index)
        if composed.kind == "twice":
            first, second = composed.readings
            assert first.digits == second.digits
            assert first.end_s - first.start_s != pytest.approx(second.end_s - second.start_s, abs=1e-3)


@pytest.mark.parametrize("region", REGIONS)
def test_numbers_are_valid_and_of_their_region(region: str) -> None:
    draw = np.random.default_rng(0)
    numbers = [drawn_number(draw, region) for _ in range(60)]
    for number in numbers:
        parsed = phonenumbers.parse(number, region)
        assert phonenumbers.is_valid_number_for_region(parsed, region)
        assert sum(groups_of(number, region)) == len(number)
    assert {digit for number in numbers for digit in number} == set("0123456789")
    kinds = {phonenumbers.number_type(phonenumbers.parse(number, region)) for number in numbers}
    assert len(kinds) > 1  # geographic and toll free, or land line and mobile
    assert set(MANNERS) == set(REGIONS)


@pytest.mark.parametrize("source", SOURCES)
def test_splits_share_no_speakers(source: str) -> None:
    if source == "an4" and not is_installed(source):
        pytest.skip("shared/data/an4 not found beside the checkout")
    fit, held_out = speakers_of(source, "fit"), speakers_of(source, "held-out")
    assert held_out
    assert not set(fit) & set(held_out)
    if source == "an4":
        assert {name[0] for name in fit} == {name[0] for name in held_out} == {"f", "m"}


def test_a_click_is_cut_off_and_the_release_of_a_stop_is_kept() -> None:
    rate_hz = 16_000
    draw = np.random.default_rng(0)
    click, voice = draw.normal(0, 0.1, rate_hz // 50), draw.normal(0, 0.3, rate_hz)
    quiet = draw.normal(0, 1e-5, rate_hz // 5)
    with_click, _ = audible(np.concatenate([click, quiet, voice, quiet]), rate_hz)
    with_release, _ = audible(np.concatenate([quiet, voice, quiet, click]), rate_hz)
    assert with_click.size / rate_hz == pytest.approx(1.0, abs=0.02)
    assert with_release.size / rate_hz == pytest.approx(1.22, abs=0.02)


def test_bench_reads_the_truth_of_written_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    composed = one("fsdd", 0)
    monkeypatch.setattr("sys.argv", ["composed_messages", str(tmp_path), "--source", "fsdd", "--n", "1"])
    main()
    (path,) = tmp_path.glob("*.wav")
    truth = truth_of(path)
    assert truth is not None
    assert truth.number is not None
    assert truth.number.digits == composed.number
    assert truth.duration_s == pytest.approx(composed.recording.duration_s, abs=1e-3)
    sample = json.loads((ROOT / "sample_audio" / "truth" / "number_once.json").read_text())
    made = json.loads((tmp_path / "truth" / f"{path.stem}.json").read_text())
    assert {"words", "digits", "number", "fillers", "pauses", "message", "duration_s"} <= set(sample) & set(
        made
    )


def test_messages_are_not_written_into_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = ROOT / "composed"
    monkeypatch.setattr("sys.argv", ["composed_messages", str(inside), "--source", "fsdd", "--n", "1"])
    with pytest.raises(SystemExit):
        main()
    assert not inside.exists()


def test_a_row_marks_right_wrong_and_missing_numbers() -> None:
    composed = one("fsdd", 2)
    first, second = composed.full
    truth = Found(
        digits=first.digits,
        digits_per_s=composed.digits_per_s,
        slow=composed.digits_per_s <= 2.0,
        repeated=False,
        agree=False,
        span=(first.start_s, second.end_s),
        fillers_s=tuple(start_s for start_s, _ in composed.fillers),
    )
    right, wrong = row_of(composed, "a", truth), row_of(composed, "b", Found(digits="0" * 10, repeated=True))
    doubted = row_of(composed, "c", replace(truth, trusted=False))
    unsaid = row_of(composed, "d", replace(truth, digits=None, trusted=None))
    assert [(row.trusted, row.trusted_wrong) for row in (right, wrong, doubted, unsaid)] == [
        (True, False),
        (True, True),
        (False, None),
        (None, None),
    ]
    assert {row.filled for row in (right, wrong)} == {None}
    assert (right.exact, right.pace, right.repeated, right.changed, right.ends) == (True,) * 5
    assert (wrong.exact, wrong.pace, wrong.repeated, wrong.changed, wrong.ends) == (False,) * 5


def test_a_cut_number_is_filled_up_if_ten_digits_are_found() -> None:
    one("fsdd", 0)
    composed = message("fsdd", 0, cut=True)
    kept, filled = (row_of(composed, "a", Found(digits=composed.number + more)) for more in ("", "0"))
    assert (kept.exact, kept.filled, kept.trusted_wrong) == (True, False, False)
    assert (filled.exact, filled.filled, filled.trusted_wrong) == (False, True, True)


def test_the_pattern_separates_two_numbers_in_a_row() -> None:
    words = [
        ("+44", 0.0, 1.0),
        ("20", 1.0, 2.0),
        ("7946", 2.0, 3.0),
        ("0958,", 3.0, 4.0),
        ("02079460958", 5.0, 6.0),
    ]
    assert [(run.digits, run.end_s) for run in runs_of(words, "GB")] == [
        ("442079460958", 4.0),
        ("02079460958", 6.0),
    ]


def test_similar_recordings_of_few_speakers_widen_the_interval() -> None:
    flags = [1] * 10 + [0] * 10 + [1] * 10 + [0] * 10
    speakers = [speaker for speaker in "abcd" for _ in range(10)]
    low, high = interval(flags)
    wide_low, wide_high = interval(flags, groups=speakers)
    assert wide_low < low < 0.5 < high < wide_high
    assert len(list(messages("fsdd", 0))) == 0
