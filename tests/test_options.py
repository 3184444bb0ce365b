"""Every option that a command takes reaches whoever reviews: a process, an actor, the practice page."""

from __future__ import annotations

import inspect
import pickle
import shutil
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aftertone.batch import Options, Reviewer, review_many
from aftertone.cli import main
from aftertone.cli.score import _NOT_ON_CLUSTER, score
from aftertone.corpus import Corpus
from aftertone.language.brief import Brief
from aftertone.language.transcript import write_transcript
from aftertone.playbook import load_playbook
from aftertone.practice.comparison import progress
from aftertone.practice.takes import Takes
from aftertone.recognition import load_engine
from aftertone.report import Outcome, outcome_dict
from tests.browser import SAMPLES, true_transcript, truth
from tests.practice.workers import ended

USUAL = Options(engine=partial(load_engine, "replay"))
OTHERS: dict[str, Any] = {
    "engine": None,
    "playbook": load_playbook("collections"),
    "brief": Brief(recorded_at=datetime(2026, 3, 2, 16, 30)),
    "vad": "silero",
    "redact": True,
    "transcripts": False,
    "rate_hz": 11_025,  # these two say of the message what is not so
    "channel": 2,
}
FITTING = {"rate_hz": 16_000, "channel": 1}
CHANGED = replace(USUAL, **{name: value for name, value in {**OTHERS, **FITTING}.items() if name != "engine"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two copies of a message, with its words beside each."""
    source = SAMPLES / truth("hurried_number")["file"]
    for name in ("a", "b"):
        shutil.copy(source, tmp_path / f"{name}{source.suffix}")
        write_transcript(true_transcript("hurried_number"), tmp_path / f"{name}.json")
    return tmp_path


def pages(outcomes: Any) -> dict[str, Any]:
    return {outcome.path.name: outcome_dict(outcome) for outcome in outcomes}


def test_every_option_is_tested_here_and_taken_by_every_function() -> None:
    names = {field.name for field in fields(Options)}
    assert set(OTHERS) == names
    for door in (review_many, progress):
        assert names <= set(inspect.signature(door).parameters)


@pytest.mark.parametrize("name", OTHERS)
def test_each_option_changes_the_outcome_and_the_settings_of_a_ledger(folder: Path, name: str) -> None:
    other = replace(USUAL, **{name: OTHERS[name]})
    assert Reviewer(other).settings() != Reviewer(USUAL).settings()
    path = next(iter(Corpus(folder))).path
    (usual,), (found,) = (review_many([path], **each.keywords()) for each in (USUAL, other))
    assert outcome_dict(found) != outcome_dict(usual)


def test_all_options_reach_a_process_and_an_actor(folder: Path) -> None:
    cluster = pytest.importorskip("aftertone.batch.cluster")
    here = pages(review_many(folder, **CHANGED.keywords()))
    assert pages(review_many(folder, **CHANGED.keywords(), jobs=2)) == here

    class Parts:
        outcomes: Sequence[Outcome] = ()

        def write(self, outcomes: Sequence[tuple[Outcome, str]]) -> None:
            self.outcomes = [outcome for outcome, _ in outcomes]

    parts = Parts()
    actor = cluster._Actor(pickle.loads(pickle.dumps(Reviewer(CHANGED))), parts, 600.0)
    assert actor({"items": [pickle.dumps(list(Corpus(folder)))]})["done"] == [2]
    assert pages(parts.outcomes) == here


def test_all_options_reach_the_practice_page(folder: Path, tmp_path: Path) -> None:
    path = next(iter(Corpus(folder))).path
    assert isinstance(path, Path)
    given = replace(CHANGED, engine=partial(load_engine, "replay", transcript=folder / "a.json"))
    (here,) = review_many([path], **given.keywords())
    with Takes(tmp_path / "takes", given) as takes, path.open("rb") as audio:
        take = takes.keep(audio, path.name, Brief())
        takes.review(take.name)
        ended(takes, take.name)
        outcome = take.outcome()
    assert outcome is not None
    kept, made = outcome_dict(outcome)["review"], outcome_dict(here)["review"]
    assert {**kept, "recording": ""} == {**made, "recording": ""}


# ── from the command line ────────────────────────────────────────────────────────────────────────────

RUN = {"paths", "outs", "resume", "retry_failed", "time_limit_s", "cluster", "quiet", "help"}
GIVEN: dict[str, Callable[[Path], list[str]]] = {
    "playbook": lambda _: ["--playbook", "collections"],
    "recipient": lambda _: ["--recipient", "Mary"],
    "caller": lambda _: ["--caller", "Sarah"],
    "company": lambda _: ["--company", "Acme"],
    "number": lambda _: ["--number", "312-555-0143"],
    "caller_id": lambda _: ["--caller-id", "312-555-0144"],
    "region": lambda _: ["--region", "GB"],
    "script": lambda folder: ["--script", str(folder / "a.json")],
    "recorded_at": lambda _: ["--recorded-at", "2026-03-02T16:30"],
    "attempt": lambda _: ["--attempt", "2"],
    "engine": lambda _: ["--engine", "whisper"],
    "model": lambda _: ["--model", "base"],
    "transcripts": lambda folder: ["--transcripts", str(folder)],
    "no_words": lambda _: ["--no-words"],
    "download": lambda _: ["--download"],
    "vad": lambda _: ["--vad", "silero"],
    "rate_hz": lambda _: ["--rate", "16000"],
    "channel": lambda _: ["--channel", "left"],
    "language": lambda _: ["--language", "de"],
    "device": lambda _: ["--device", "cpu"],
    "compute_type": lambda _: ["--compute-type", "int8"],
    "beam": lambda _: ["--beam", "1"],
    "no_fallback": lambda _: ["--no-fallback"],
    "no_verbatim": lambda _: ["--no-verbatim"],
    "no_hotwords": lambda _: ["--no-hotwords"],
    "redact": lambda _: ["--redact"],
    "without_transcripts": lambda _: ["--without-transcripts"],
}


def test_each_option_of_score_travels_is_for_the_run_or_is_refused_on_a_cluster() -> None:
    names = {parameter.name for parameter in score.params}
    assert names == {*GIVEN, *_NOT_ON_CLUSTER, *RUN} - {"help"}


def reached(monkeypatch: pytest.MonkeyPatch, door: str, *arguments: str) -> dict[str, Any]:
    """The options that a command hands on."""
    got: list[Options] = []

    def stop(_: Any, *options: Options, **given: Any) -> Any:
        names = [field.name for field in fields(Options)]
        got.append(options[0] if options else Options(**{name: given[name] for name in names}))
        raise KeyboardInterrupt

    monkeypatch.setattr(door, stop)
    with pytest.raises(SystemExit):
        main(["score", *arguments], prog_name="aftertone")
    (options,) = got
    return options.keywords()


@pytest.mark.parametrize("name", GIVEN)
def test_each_option_of_score_reaches_a_cluster_as_it_reaches_this_machine(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    usual = [str(folder), "--engine", "replay"]
    given = [*usual, *GIVEN[name](folder)]
    cluster = ["--cluster", "local", "--out", str(tmp_path / "parts")]
    here = reached(monkeypatch, "aftertone.batch.review_many", *given)
    assert here != reached(monkeypatch, "aftertone.batch.review_many", *usual)
    assert reached(monkeypatch, "aftertone.batch.cluster.review_on_cluster", *given, *cluster) == here


@pytest.mark.parametrize("name", _NOT_ON_CLUSTER)
def test_an_option_that_a_cluster_cannot_follow_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    values = {"jobs": ["2"], "ledger": ["a.ledger"], "page": [str(tmp_path / "a.html")]}
    (option,) = [parameter.opts[0] for parameter in score.params if parameter.name == name]
    out = [] if name == "page" else ["--out", str(tmp_path / "parts")]
    with pytest.raises(SystemExit) as ended:
        main(["score", str(folder), "--cluster", "local", *out, option, *values.get(name, [])])
    assert ended.value.code == 2
    assert "--cluster" in capsys.readouterr().err
