"""Every measure has one name, a definition, and a reason where it is None."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aftertone.acoustics.audio import Recording, read_audio
from aftertone.language.brief import Brief
from aftertone.language.callback import CallbackNumber, OtherNumber, find_callback_number
from aftertone.language.transcript import Span, Transcript, Word, write_transcript
from aftertone.measurements import MEASURES, Measurements
from aftertone.pipeline import measure, measure_sound
from aftertone.recognition import load_engine

SAMPLES = Path(__file__).resolve().parents[2] / "sample_audio"


def message(tmp_path: Path, text: str = "", **brief: Any) -> Measurements:
    """The dentist's message, with other words laid over it, evenly."""
    recording = read_audio(SAMPLES / "dentist_callback.flac")
    words = text.split()
    times_s = np.linspace(0.6, 24.0, len(words) + 1)
    path = tmp_path / "words.json"
    write_transcript(
        Transcript(
            tuple(Word(w, float(a), float(b)) for w, a, b in zip(words, times_s, times_s[1:], strict=False))
        ),
        path,
    )
    return measure(recording, engine=load_engine("replay", transcript=path), brief=Brief(**brief))


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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "hi mary this is bob call me at eight hundred five five five one two three four by noon on friday",
        "um",
    ],
)
def test_what_is_none_has_a_reason_and_nothing_else_has(tmp_path: Path, text: str) -> None:
    check_reasons(message(tmp_path, text))


@pytest.mark.parametrize("seconds", [0.01, 0.3, 3.0])
def test_where_nobody_speaks_all_is_none_but_the_duration_and_that_nobody_did(seconds: float) -> None:
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


def test_not_said_is_told_from_not_known(tmp_path: Path) -> None:
    m = message(tmp_path, "hello there it is a nice day")
    for name in ("number.digits", "caller.name", "deadline.text", "ask.first_s", "purpose.first_s"):
        assert m.reasons[name].startswith("not said"), name
    assert m.threat.spans == ()
    assert not m.reasons["script.adherence"].startswith("not said")
    assert not m.reasons["recorded.hour"].startswith("not said")


def test_a_brief_is_measured_against(tmp_path: Path) -> None:
    text = "this is bob call me at eight hundred five five five one two three four"
    m = message(
        tmp_path, text, caller_id="+1 800 555 1234", script=text, recorded_at=datetime(2026, 3, 2, 15, 30)
    )
    assert m.number.called_from is True
    assert m.script.adherence == 1.0
    assert m.recorded.hour == 15.5
    assert message(tmp_path, text, caller_id="312 555 1234").number.called_from is False


def test_evidence_lies_inside_the_recording(tmp_path: Path) -> None:
    m = message(tmp_path, "hi mary this is bob um call me at eight hundred five five five one two three four")
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


def with_found(found: CallbackNumber, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Measurements:
    monkeypatch.setattr("aftertone.language.said.find_callback_number", lambda *_, **__: found)
    return message(tmp_path, "hello please call me back about the account")


def test_what_is_known_of_the_number_is_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = ["call", "me", "at", "312", "555", "4293", "that", "is", "312", "555", "4294"]
    found = find_callback_number(Transcript(tuple(Word(w, at, at + 0.9) for at, w in enumerate(words))))
    known = replace(
        found,
        others=(ACCOUNT,),
        extension="12",
        as_expected=False,
        probability=0.4,
    )
    m = with_found(known, monkeypatch, tmp_path)
    number = m.number
    assert (number.extension, number.as_expected, number.probability) == ("12", False, 0.4)
    why = "the recogniser is not sure of every digit (probability 0.40)"
    assert (number.trusted, number.why_untrusted) == (False, why)
    assert number.differing == "the 10th digit: 3, then 4"
    assert number.others == (Span(3.0, 4.5, "account number 4471"),)
    check_reasons(m)


def test_what_is_not_known_of_the_number_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = ["call", "me", "at", "312", "555", "4293"]
    found = find_callback_number(Transcript(tuple(Word(w, at, at + 0.9) for at, w in enumerate(words))))
    m = with_found(replace(found, probability=None), monkeypatch, tmp_path)
    assert (m.number.trusted, m.number.others) == (True, ())
    reasons = {name.removeprefix("number."): reason for name, reason in m.reasons.items()}
    assert reasons["as_expected"] == "the brief has no number"
    assert reasons["differing"] == "all full readings have these digits"
    assert reasons["extension"] == "not said: no extension was heard"
    assert reasons["probability"] == "the recogniser gives nothing to tell it from"
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
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, others: tuple[OtherNumber, ...], reason: str
) -> None:
    m = with_found(CallbackNumber(others=others), monkeypatch, tmp_path)
    assert m.number.others == tuple(Span(o.start_s, o.end_s, f"{o.kind} {o.digits}") for o in others)
    assert {m.reasons[f"number.{name}"] for name in ("digits", "trusted", "differing")} == {reason}
    check_reasons(m)


def test_a_wrongly_said_digit_is_named_by_the_brief() -> None:
    path = SAMPLES / "number_once.flac"
    truth = json.loads((SAMPLES / "truth" / "number_once.json").read_text())

    class Truth:
        name = "truth"

        def transcribe(self, recording: Recording) -> Transcript:
            return Transcript(tuple(Word(w["text"], w["start_s"], w["end_s"]) for w in truth["words"]))

    said = truth["number"]["digits"]
    meant = said[:-1] + str((int(said[-1]) + 1) % 10)
    number = measure(read_audio(path), engine=Truth(), brief=Brief(number=f"{meant} ext. 12")).number
    assert (number.digits, number.agree, number.as_expected) == (meant, False, False)
    assert number.differing == f"the 10th digit: {said[-1]} ({meant[-1]} in the brief)"


def test_words_of_another_length_do_not_fit_and_what_hangs_on_them_is_doubted(tmp_path: Path) -> None:
    m = message(tmp_path, "hi mary call me")
    assert m.words.trusted is False
    assert set(m.doubts) >= {"words.count", "rate.words_per_min", "recipient.name", "hedges.count"}
    assert not set(m.doubts) & {"words.confidence", "fillers.count", "pauses.count", "pitch.median_hz"}
    assert m.caller.name is None  # not said, as far as such words can tell
    assert "caller.name" in m.doubts
    assert "script.adherence" not in m.doubts  # not measured: the brief has no script
    assert "confidence" in m.doubts["words.count"]


def test_words_that_fit_are_not_doubted() -> None:
    path = SAMPLES / "truth" / "dentist_callback.json"
    truth = json.loads(path.read_text(encoding="utf-8"))

    class Truth:
        name = "truth"

        def transcribe(self, recording: Recording) -> Transcript:
            return Transcript(tuple(Word(w["text"], w["start_s"], w["end_s"]) for w in truth["words"]))

    m = measure(read_audio(SAMPLES / "dentist_callback.flac"), engine=Truth())
    assert m.words.trusted is True
    assert m.doubts == {}


def test_without_words_nothing_is_doubted() -> None:
    assert measure_sound(read_audio(SAMPLES / "dentist_callback.flac")).doubts == {}


def test_where_a_message_leaves_its_script_is_evidence(tmp_path: Path) -> None:
    m = message(tmp_path, "hi mary this is bob smart call", script="Hi Mary, this is Bob Smith. Call me.")
    assert m.script.changed_count == 1
    assert m.script.left_out_count == 1
    assert (m.script.added_count, m.script.moved_count) == (0, 0)
    assert [span.text for span in m.evidence["script.changed_count"]] == ["smith \u2192 smart"]
    assert [span.text for span in m.evidence["script.left_out_count"]] == ["me"]


def test_restarts_are_counted_with_their_words(tmp_path: Path) -> None:
    m = message(tmp_path, "i wan- i wanted to ask about the the invoice")
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
def test_options_count_ways_to_respond(tmp_path: Path, text: str, ways: int) -> None:
    assert message(tmp_path, text).options.count == ways
