"""An unexpected error fails one recording, one page or one command, and is reported."""

from __future__ import annotations

import math
import re
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

import aftertone as at
from aftertone.batch import review_many
from aftertone.errors import MemoryLimitError, UnexpectedError, unexpected
from aftertone.measurements import Measurements
from aftertone.playbook import judge
from aftertone.report import html, read_outcomes, write_report
from tests.browser import SAMPLES, page_data, truth

SILENCE_S = 4.0  # longer than the window of the local pace, which has no value inside


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings: a message with a long silence in it, and another."""
    folder = tmp_path_factory.mktemp("in")
    samples, rate_hz = soundfile.read(SAMPLES / truth("dentist_callback")["file"], frames=16_000 * 12)
    hiss = np.random.default_rng(0).normal(0, 1e-4, round(SILENCE_S * rate_hz))
    half = samples.size // 2
    soundfile.write(folder / "a_silent.wav", np.concatenate([samples[:half], hiss, samples[half:]]), rate_hz)
    soundfile.write(folder / "b_plain.wav", samples, rate_hz)
    return folder


def fails_for(name: str, real: Any) -> Any:
    """The function, failing for one recording."""

    def failing(*args: Any, **options: Any) -> Any:
        told = [getattr(arg, "recording", arg) for arg in args]
        if any(getattr(each, "name", each) == name for each in told):
            raise ZeroDivisionError("by nought")
        return real(*args, **options)

    return failing


# ── a silence ────────────────────────────────────────────────────────────────────────────────────────


def test_a_report_read_back_keeps_the_gaps_of_a_long_silence(folder: Path, tmp_path: Path, run: Any) -> None:
    report, lines = tmp_path / "r.html", tmp_path / "r.jsonl"
    code, _, err = run(
        *(
            "score",
            folder,
            "--no-words",
            "--time-limit",
            "0",
            "--report",
            report,
            "--out",
            lines,
            "--no-audio",
        )
    )
    assert (code, [line for line in err.splitlines() if "error" in line]) == (0, [])
    messages = {message["name"]: message for message in page_data(report.read_text())["messages"]}
    assert None in messages["a_silent.wav"]["rate"]["values"]
    assert None not in messages["b_plain.wav"]["rate"]["values"]
    assert not any("problem" in message for message in messages.values())
    (kept,) = [each for each in read_outcomes(lines) if each.path.name == "a_silent.wav"]
    assert kept.review is not None
    assert any(math.isnan(point.value) for point in kept.review.measurements.rate.curve or ())


# ── one recording of many ────────────────────────────────────────────────────────────────────────────


def test_a_bug_in_a_measure_fails_one_recording(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    monkeypatch.setattr(Measurements, "of", fails_for("a_silent.wav", Measurements.of))
    lines = tmp_path / "r.jsonl"
    code, out, _ = run("score", folder, "--no-words", "--time-limit", "0", "--out", lines)
    first, second = read_outcomes(lines)
    assert code == 1
    assert isinstance(first.error, UnexpectedError)
    assert re.fullmatch(
        r".*a_silent\.wav: unexpected ZeroDivisionError: by nought \(in aftertone\.pipeline, line \d+\); a "
        "fault of aftertone: please report it",
        str(first.error),
    )
    assert "failed: " in out
    assert "please report it" in out
    assert second.review is not None


def test_a_bug_in_judging_fails_one_recording(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths_s = sorted(at.read_audio(path).duration_s for path in folder.glob("*.wav"))
    real = judge

    def failing(measurements: Measurements, *rest: Any) -> Any:
        if measurements.duration_s == lengths_s[-1]:
            raise KeyError("no-such-rule")
        return real(measurements, *rest)

    monkeypatch.setattr("aftertone.pipeline.judge", failing)
    first, second = review_many(folder, engine=None)
    assert isinstance(first.error, UnexpectedError)
    assert isinstance(first.error.__cause__, KeyError)
    assert second.review is not None


def test_a_bug_in_a_batch_engine_fails_one_recording(folder: Path) -> None:
    class Several:
        name = "several"

        def transcribe(self, recording: at.Recording) -> at.Transcript:
            return self.transcribe_many([recording], [()], [()])[0]

        def transcribe_many(self, recordings: Any, speech: Any, hotwords: Any) -> list[at.Transcript]:
            if any(recording.name == "a_silent.wav" for recording in recordings):
                raise IndexError("out of range")
            return [at.Transcript() for _ in recordings]

    first, second = review_many(folder, engine=Several())
    assert isinstance(first.error, UnexpectedError)
    assert second.review is not None


def test_an_outcome_that_cannot_be_masked_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> Any:
        raise ValueError("Mary Smith's number")

    monkeypatch.setattr("aftertone.report.redaction.redacted", failing)
    outcomes = list(review_many(folder, engine=None, redact=True))
    assert [type(outcome.error) for outcome in outcomes] == [UnexpectedError] * 2
    assert all("cannot be masked" in str(outcome.error) for outcome in outcomes)
    assert not any("Mary" in str(outcome.error) for outcome in outcomes)


def test_unexpected_keeps_typed_errors_and_converts_memory_errors() -> None:
    ours = at.AftertoneError("a.wav: no bytes")
    assert unexpected(ours, "a.wav") is ours
    assert isinstance(unexpected(MemoryError(), "a.wav"), MemoryLimitError)


# ── one page of many ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", ["figure_of", "encode_mp3"])
def test_a_message_that_cannot_be_drawn_does_not_stop_the_page(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    outcomes = list(review_many(folder, engine=None))
    monkeypatch.setattr(html, what, fails_for("a_silent.wav", getattr(html, what)))
    write_report(outcomes, tmp_path / "r.html")
    data = page_data((tmp_path / "r.html").read_text())
    first, second = data["messages"]
    assert first["name"] == "a_silent.wav"
    assert "it cannot be shown: unexpected ZeroDivisionError: by nought" in first["problem"]
    assert second["findings"]
    assert second["figure"]
    text = (tmp_path / "r.html").read_text()
    assert text.count("<tr data-index") == 2
    write_report(outcomes[:1], tmp_path / "one.html")  # a page of that message alone
    assert page_data((tmp_path / "one.html").read_text())["messages"][0]["problem"] == first["problem"]


def test_a_report_that_fails_stops_neither_scores_nor_other_reports(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise TypeError("no page")

    monkeypatch.setattr(html, "render_page", failing)
    lines = tmp_path / "r.jsonl"
    command = ("score", folder, "--no-words", "--time-limit", "0", "--report", tmp_path / "r.html")
    code, out, err = run(*command, "--out", lines)
    assert code == 2
    assert "r.html: the report cannot be written: unexpected TypeError: no page" in err
    assert "b_plain.wav" in out
    assert len(list(read_outcomes(lines))) == 2


# ── one command ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("command", "called"),
    [
        ("score", "aftertone.report.console.print_review"),
        ("measure", "aftertone.measurements.Measurements.to_dict"),
    ],
)
def test_a_bug_in_a_command_is_one_line_and_exit_code_70(
    folder: Path, monkeypatch: pytest.MonkeyPatch, run: Any, command: str, called: str
) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no console")

    monkeypatch.setattr(called, failing)
    code, _, err = run(command, folder / "b_plain.wav", "--no-words")
    assert code == 70
    assert re.fullmatch(
        r"aftertone: error: unexpected RuntimeError: no console \(in aftertone\.cli\.\w+, line \d+\); "
        r"a fault of aftertone: please report it\n",
        err,
    )


def test_a_failed_cluster_is_reported_with_what_to_do(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    pytest.importorskip("fsspec")

    class Rows:
        def map_batches(self, *_: Any, **__: Any) -> Rows:
            return self

        def iter_rows(self) -> Any:
            raise RuntimeError("Traceback of an actor\n  in a line\nValueError: by nought")

    data = SimpleNamespace(from_items=lambda *_, **__: Rows(), ActorPoolStrategy=lambda **_: None)
    ray = SimpleNamespace(data=data, is_initialized=lambda: True, cluster_resources=lambda: {"CPU": 2})
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setitem(sys.modules, "ray.data", data)
    code, _, err = run("score", folder, "--no-words", "--cluster", "local", "--out", tmp_path / "parts")
    assert code == 2
    assert err.splitlines()[-1] == (
        "aftertone: error: local: the run on the cluster failed: RuntimeError: ValueError: by nought; the "
        "parts that are written stay, and the same with --resume (resume=True) goes on"
    )


def test_a_bug_in_annotations_fails_one_recording(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    annotations = import_module("aftertone.report.annotation_files")

    real = annotations.write_annotations

    def failing(review: at.Review, *rest: Any) -> Any:
        if review.recording == "a_silent.wav":
            raise ZeroDivisionError("by nought")
        return real(review, *rest)

    monkeypatch.setattr(annotations, "write_annotations", failing)
    code, out, _ = run("annotate", folder, "--no-words", "--format", "labels", "--out", tmp_path)
    assert code == 1
    assert "unexpected ZeroDivisionError" in out
    assert [path.name for path in tmp_path.glob("*.txt")] == ["b_plain.txt"]
