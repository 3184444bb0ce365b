"""Every measure has one name, a definition, and a reason where it is None."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.language import phrases
from aftertone.language.brief import Brief
from aftertone.language.callback import CallbackNumber, OtherNumber, find_callback_number
from aftertone.language.transcript import FillerSpan, Span, Transcript, Word
from aftertone.measurements import MEASURES, CurvePoint, Measurements
from aftertone.measurements.content import NumberMeasures, PhraseMeasures
from aftertone.measurements.sound import FillerMeasures, LevelMeasures, PitchMeasures, RateMeasures
from aftertone.pipeline import measure, measure_sound
from tests.engines import SAMPLES, GivenWords, TrueWords


def message(text: str = "", **brief: Any) -> Measurements:
    """The dentist's message, with other words laid over it, evenly."""
    recording = read_audio(SAMPLES / "dentist_callback.flac")
    words = text.split()
    times_s = np.linspace(0.6, 24.0, len(words) + 1)
    spoken = (Word(w, float(a), float(b)) for w, a, b in zip(words, times_s, times_s[1:], strict=False))
    engine = GivenWords(Transcript(tuple(spoken)))
    return measure(recording, engine=engine, brief=Brief(**brief))


def check_reasons(m: Measurements) -> None:
    for name, value in m.flat().items():
        if value is None:
            assert m.reasons.get(name), f"{name} is None without a reason"
        else:
            assert name not in m.reasons, f"{name} is {value} and has a reason"


def test_the_registry_names_every_field_once() -> None:
    empty = Measurements(duration_s=0.0)
    assert list(empty.flat()) == list(MEASURES)
    assert all(measure.definition for measure in MEASURES.values())
    assert all(measure.unit for measure in MEASURES.values() if measure.kind in {"number", "curve"})


def test_every_measure_has_a_title_of_its_own_for_people() -> None:
    titles = [measure.title for measure in MEASURES.values()]
    assert len(set(titles)) == len(titles)
    for name, each in MEASURES.items():
        assert 3 <= len(each.title) <= 45, name
        assert not re.search(r"\w\.\w|_", each.title), name
        if each.unit == "count" and not each.asked:  # "at most 1 filler": a plural loses its s
            assert re.search(r"s\b", each.title), name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "hi mary this is bob call me at eight hundred five five five one two three four by noon on friday",
        "um",
    ],
)
def test_what_is_none_has_a_reason_and_nothing_else_has(text: str) -> None:
    check_reasons(message(text))


@pytest.mark.parametrize("seconds", [0.01, 0.3, 3.0])
def test_without_speech_only_the_duration_and_the_kind_are_measured(seconds: float) -> None:
    noise = np.random.default_rng(1).normal(0, 0.001, round(16_000 * seconds))
    m = measure_sound(Recording.from_samples(noise, rate_hz=16_000))
    assert m.duration_s == pytest.approx(seconds)
    measured = {name for name, value in m.flat().items() if value is not None}
    is_long = seconds >= 2  # a silence of some length is a call hung up
    assert measured == {"duration_s", "recording.kind", "recording.found"} | (
        {"message.left"} if is_long else set()
    )
    assert m.message.left is (False if is_long else None)
    assert m.recording.kind == "nobody speaks"
    check_reasons(m)


def test_sound_alone_measures_no_words() -> None:
    m = measure_sound(read_audio(SAMPLES / "dentist_callback.flac"))
    assert m.pauses.count is not None
    assert m.rate.articulation_syl_per_s is not None
    assert m.fillers.count is not None  # the sound tells an um
    for name in ("words.count", "rate.words_per_min", "number.digits", "caller.name", "threat.spans"):
        assert m.flat()[name] is None
        assert "no engine" in m.reasons[name]
    check_reasons(m)


def test_not_said_is_told_from_not_known() -> None:
    m = message("hello there it is a nice day")
    for name in ("number.digits", "caller.name", "deadline.text", "ask.first_s", "purpose.first_s"):
        assert m.reasons[name].startswith("not said"), name
    assert m.threat.spans == ()
    assert not m.reasons["script.adherence"].startswith("not said")
    assert not m.reasons["recorded.hour"].startswith("not said")


def test_a_brief_is_measured_against() -> None:
    text = "this is bob call me at eight hundred five five five one two three four"
    m = message(text, caller_id="+1 800 555 1234", script=text, recorded_at=datetime(2026, 3, 2, 15, 30))
    assert m.number.called_from is True
    assert m.script.adherence == 1.0
    assert m.recorded.hour == 15.5
    assert message(text, caller_id="312 555 1234").number.called_from is False


def test_evidence_lies_inside_the_recording() -> None:
    m = message("hi mary this is bob um call me at eight hundred five five five one two three four")
    assert m.evidence["number.digits"]
    for name, spans in m.evidence.items():
        assert name in MEASURES
        for span in spans:
            assert isinstance(span, Span)
            assert 0 <= span.start_s <= span.end_s <= m.duration_s


def test_groups_are_records_with_reasons_and_evidence() -> None:
    for group in Measurements(duration_s=0.0).groups().values():
        assert {"reasons", "evidence"} <= {f.name for f in fields(group)}


ACCOUNT, AMOUNT = OtherNumber("account number", "4471", 3.0, 4.5), OtherNumber("amount", "50", 6.0, 7.0)


def with_found(found: CallbackNumber, monkeypatch: pytest.MonkeyPatch) -> Measurements:
    monkeypatch.setattr("aftertone.language.content.find_callback_number", lambda *_, **__: found)
    return message("hello please call me back about the account")


def test_what_is_known_of_the_number_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["call", "me", "at", "312", "555", "4293", "that", "is", "312", "555", "4294"]
    found = find_callback_number(Transcript(tuple(Word(w, at, at + 0.9) for at, w in enumerate(words))))
    known = replace(
        found,
        others=(ACCOUNT,),
        extension="12",
        as_expected=False,
        probability=0.4,
    )
    m = with_found(known, monkeypatch)
    number = m.number
    assert (number.extension, number.as_expected, number.probability) == ("12", False, 0.4)
    why = "the recogniser is not sure of every digit (probability 0.40)"
    assert (number.trusted, number.why_untrusted) == (False, why)
    assert number.differing == "the 10th digit: 3, then 4"
    assert number.others == (Span(3.0, 4.5, "account number 4471"),)
    check_reasons(m)


def test_what_is_not_known_of_the_number_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["call", "me", "at", "312", "555", "4293"]
    found = find_callback_number(Transcript(tuple(Word(w, at, at + 0.9) for at, w in enumerate(words))))
    m = with_found(replace(found, probability=None), monkeypatch)
    assert (m.number.trusted, m.number.others) == (True, ())
    reasons = {name.removeprefix("number."): reason for name, reason in m.reasons.items()}
    assert reasons["as_expected"] == "the brief has no number"
    assert reasons["differing"] == "all full readings have these digits"
    assert reasons["extension"] == "not said: no extension was heard"
    assert reasons["probability"] == "the recogniser gives no probabilities of digits"
    assert reasons["why_untrusted"] == "the digits are trusted"
    check_reasons(m)


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ((), "not said: no number of 7 digits or more was heard"),
        ((ACCOUNT,), "not said: no number to call back on was heard; an account number was"),
        (
            (ACCOUNT, AMOUNT),
            "not said: no number to call back on was heard; an account number and an amount were",
        ),
    ],
)
def test_where_no_number_is_left_the_others_say_what_was(
    monkeypatch: pytest.MonkeyPatch, others: tuple[OtherNumber, ...], reason: str
) -> None:
    m = with_found(CallbackNumber(others=others), monkeypatch)
    assert m.number.others == tuple(Span(o.start_s, o.end_s, f"{o.kind} {o.digits}") for o in others)
    assert {m.reasons[f"number.{name}"] for name in ("digits", "trusted", "differing")} == {reason}
    check_reasons(m)


def test_a_wrongly_said_digit_is_named_by_the_brief() -> None:
    path = SAMPLES / "number_once.flac"
    truth = json.loads((SAMPLES / "truth" / "number_once.json").read_text())

    said = truth["number"]["digits"]
    meant = said[:-1] + str((int(said[-1]) + 1) % 10)
    number = measure(read_audio(path), engine=TrueWords(), brief=Brief(number=f"{meant} ext. 12")).number
    assert (number.digits, number.agree, number.as_expected) == (meant, False, False)
    assert number.differing == f"the 10th digit: {said[-1]} ({meant[-1]} in the brief)"


def test_measures_of_words_that_do_not_fit_the_sound_are_in_doubt() -> None:
    m = message("hi mary call me")
    assert m.words.trusted is False
    assert set(m.doubts) >= {"words.count", "rate.words_per_min", "recipient.name", "hedges.count"}
    assert not set(m.doubts) & {"words.confidence", "fillers.count", "pauses.count", "pitch.median_hz"}
    assert m.caller.name is None  # not said, as far as such words can tell
    assert "caller.name" in m.doubts
    assert "script.adherence" not in m.doubts  # not measured: the brief has no script
    assert "confidence" in m.doubts["words.count"]


def test_words_that_fit_are_not_doubted() -> None:
    m = measure(read_audio(SAMPLES / "dentist_callback.flac"), engine=TrueWords())
    assert m.words.trusted is True
    assert m.doubts == {}


def test_without_words_nothing_is_doubted() -> None:
    assert measure_sound(read_audio(SAMPLES / "dentist_callback.flac")).doubts == {}


def test_where_a_message_leaves_its_script_is_evidence() -> None:
    m = message("hi mary this is bob smart call", script="Hi Mary, this is Bob Smith. Call me.")
    assert m.script.changed_count == 1
    assert m.script.left_out_count == 1
    assert (m.script.added_count, m.script.moved_count) == (0, 0)
    assert [span.text for span in m.evidence["script.changed_count"]] == ["smith \u2192 smart"]
    assert [span.text for span in m.evidence["script.left_out_count"]] == ["me"]


def test_restarts_are_counted_with_their_words() -> None:
    m = message("i wan- i wanted to ask about the the invoice")
    assert m.restarts.count == 2
    assert [span.text for span in m.evidence["restarts.count"]] == ["i wan- i wanted", "the the"]


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("hi mary the report is done", 0),
        ("hi mary please call me back today", 1),
        ("hi mary please call me or send me an email", 2),
    ],
)
def test_options_count_ways_to_respond(text: str, ways: int) -> None:
    assert message(text).options.count == ways


# ── declarations ─────────────────────────────────────────────────────────────────────────────────────


def test_what_depends_on_words_is_what_sound_alone_does_not_measure() -> None:
    with_words = message("hi mary this is bob call me at eight hundred five five five one two three four")
    without = measure_sound(read_audio(SAMPLES / "dentist_callback.flac")).flat()
    known = {name for name, value in with_words.flat().items() if value is not None} - {"recording.kind"}
    of_words = {name for name, each in MEASURES.items() if each.source == "words"}
    assert {name for name in known if without[name] is None} == known & of_words


def test_each_group_declares_its_source() -> None:
    sources = {name: group.source for name, group in Measurements(duration_s=0.0).groups().items()}
    assert {name for name, source in sources.items() if source == "brief"} == {"recorded", "campaign"}
    assert {name for name, source in sources.items() if source == "sound"} == set(
        "recording message speech pauses rate pitch level fillers".split()  # noqa: SIM905
    )


def test_a_fact_is_a_measure_without_which_others_of_its_group_are_none() -> None:
    m = message("hello there it is a nice day")
    facts = {each.fact for each in MEASURES.values()} - {""}
    assert facts == {
        *("number.digits", "caller.name", "recipient.name", "ask.spans", "deadline.text", "will_call.spans")
    }
    for name, each in MEASURES.items():
        assert each.fact in ("", *MEASURES)
        if each.fact and name != each.fact and each.kind in ("number", "text"):
            assert m.flat()[name] in (None, 0), name
    assert MEASURES["caller.words_before"].fact == MEASURES["pitch.spread_st"].fact == ""


def test_checks_of_the_words_are_not_in_doubt_themselves() -> None:
    checks = {name for name, each in MEASURES.items() if each.is_check}
    assert checks == {
        *("words.confidence", "words.probability", "words.trusted", "words.invented_count"),
        "rate.agreement_share",
    }
    assert not any(MEASURES[name].depends_on_words for name in checks)


def test_a_phrase_group_is_a_kind_of_phrase() -> None:
    groups = Measurements(duration_s=0.0).groups()
    named = {name for name, group in groups.items() if isinstance(group, PhraseMeasures)}
    assert named
    for name in named:
        phrases.spans(Transcript(), name)  # KeyError where there is no such kind


# ── as plain values and as text ──────────────────────────────────────────────────────────────────────

MADE = Measurements(
    duration_s=21.5,
    rate=RateMeasures(words_per_min=140.0, curve=(CurvePoint(0.0, 4.0), CurvePoint(1.0, 5.5))),
    pitch=PitchMeasures(median_hz=float("nan"), reasons={"spread_st": "2 s voiced, 3 s are needed"}),
    level=LevelMeasures(active_dbov=-26.0, snr_db=float("inf")),
    number=NumberMeasures(
        digits="8005551234",
        digits_per_s=2.6,
        digits_per_s_margin=0.329,
        evidence={"digits_per_s": (Span(3.5, 8.25, "800 555 1234"),)},
    ),
    fillers=FillerMeasures(count=1, evidence={"count": (FillerSpan(2.0, 2.4, "um", "both", 0.98),)}),
    threat=PhraseMeasures(spans=(Span(10.0, 11.0, "or else"),)),
)


def test_measures_are_nested_by_group_under_their_names() -> None:
    page = MADE.to_dict()
    assert page["measurements"]["number"]["digits_per_s"] == 2.6
    assert page["measurements"]["duration_s"] == 21.5
    assert page["measurements"]["rate"]["curve"][1] == {"time_s": 1.0, "value": 5.5}
    assert page["measurements"]["threat"]["spans"][0] == {"start_s": 10.0, "end_s": 11.0, "text": "or else"}
    assert page["evidence"] == {
        "number.digits_per_s": [{"start_s": 3.5, "end_s": 8.25, "text": "800 555 1234"}],
        "fillers.count": [
            {"start_s": 2.0, "end_s": 2.4, "text": "um", "witness": "both", "confidence": 0.98}
        ],
    }
    names = {
        f"{group}.{name}" if isinstance(values, dict) else group
        for group, values in page["measurements"].items()
        for name in (values if isinstance(values, dict) else [""])
    }
    assert names == set(MEASURES)


def test_whatever_is_null_has_its_reason() -> None:
    page = MADE.to_dict()
    assert page["not_measured"]["pitch.spread_st"] == "2 s voiced, 3 s are needed"
    nulls = {
        f"{group}.{name}"
        for group, values in page["measurements"].items()
        if isinstance(values, dict)
        for name, value in values.items()
        if value is None
    }
    assert nulls == set(page["not_measured"])
    assert {"pitch.median_hz", "level.snr_db"} <= nulls, "NaN and infinity are no numbers in JSON"
    assert all(page["not_measured"].values())


def test_measurements_are_the_same_after_json() -> None:
    again = Measurements.from_dict(json.loads(json.dumps(MADE.to_dict(), allow_nan=False)))
    assert again.to_dict() == MADE.to_dict()
    assert again.evidence == MADE.evidence
    assert (again.rate.curve, again.threat) == (MADE.rate.curve, MADE.threat)


def test_the_text_has_what_was_measured_by_group() -> None:
    text = repr(message("hi mary this is bob um call me at eight hundred five five five one two three four"))
    lines = text.splitlines()
    assert lines[0].startswith("Measurements of 24.21 s: ")
    assert any(line.startswith("  pauses: count=") for line in lines)
    assert len(lines) < 20
    assert max(map(len, lines)) <= 100
    assert "None" not in text


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("number.digits_per_s", 0.2),  # 0.329 is the margin in 90 of 100, 1.645 standard errors
        ("level.active_dbov", 1.2),
        ("rate.words_per_min", 140 * 0.016),
        ("level.snr_db", 0.0),  # infinite
        ("fillers.count", 0.0),  # counted
        ("number.digits", 0.0),
        ("pauses.count", 0.0),
    ],
)
def test_the_error_of_a_measure_is_that_of_the_registry_or_of_its_margin(name: str, error: float) -> None:
    assert MADE.error_of(name) == pytest.approx(error)


@pytest.mark.parametrize(
    ("name", "change", "differs"),
    [
        (
            "level.active_dbov",
            3.3,
            False,
        ),  # two standard errors of a difference of two: 2 * 1.2 * 1.414 = 3.39
        ("level.active_dbov", 3.5, True),
        ("level.active_dbov", -3.5, True),
        ("level.bandwidth_hz", 1.0, True),  # has no error
        ("level.bandwidth_hz", 0.0, False),
    ],
)
def test_a_difference_is_one_that_is_larger_than_the_error(name: str, change: float, differs: bool) -> None:
    before = Measurements(duration_s=9.0, level=LevelMeasures(active_dbov=-30.0, bandwidth_hz=3400.0))
    field = name.partition(".")[2]
    level = replace(before.level, **{field: getattr(before.level, field) + change})
    after = replace(before, level=level)
    assert before.differs(after, name) == after.differs(before, name) == differs


def test_a_value_that_is_no_number_differs_where_it_is_not_equal() -> None:
    one, other = (Measurements(duration_s=9.0, number=NumberMeasures(digits=d)) for d in ("5551234", None))
    assert one.differs(other, "number.digits")
    assert not one.differs(one, "number.digits")
