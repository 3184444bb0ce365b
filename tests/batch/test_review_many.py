from __future__ import annotations

import importlib
import pickle
import re
import wave
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aftertone import pipeline
from aftertone.acoustics.audio import read_audio
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.vad import speech_intervals
from aftertone.batch import (
    AUDIO_SUFFIXES,
    BatchProgress,
    Options,
    Outcome,
    Reviewer,
    recordings_in,
    review_many,
    with_shared_cores,
)
from aftertone.errors import (
    AftertoneError,
    BriefError,
    EngineError,
    LedgerError,
    NoAudioFoundError,
    TimeLimitError,
    TranscriptionError,
    UnexpectedError,
    UnknownPlaybookError,
    WorkerDiedError,
)
from aftertone.language.brief import Brief
from aftertone.language.transcript import Transcript, Word, write_transcript
from aftertone.recognition import EngineSpec, OwnEngine, load_engine
from aftertone.report import KeptOutcomes, outcome_dict
from aftertone.report.ledger import Ledger
from tests.speech import Voice, spoken

HISS = np.random.default_rng(0).normal(0, 300, 16_000).astype("<i2")


def hiss(path: Path) -> Path:
    """A second of noise: a recording, if not a message."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(HISS.tobytes())
    return path


# ── which files ──────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_gives_its_recordings_in_order_of_name_and_nothing_else(tmp_path: Path) -> None:
    for name in (
        "b.wav",
        "a.FLAC",
        "sub/c.mp3",
        ".hidden.wav",
        ".git/d.wav",
        "a.json",
        "a.toml",
        "metadata.csv",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert recordings_in(tmp_path) == tuple(tmp_path / name for name in ("a.FLAC", "b.wav", "sub/c.mp3"))


def test_a_file_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    assert recordings_in(tmp_path / "message.dat") == (tmp_path / "message.dat",)


@pytest.mark.parametrize("names", [[], ["notes.txt"], [".hidden.wav"]])
def test_a_folder_without_recordings_says_what_it_looked_for(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    there = "".join(f", but {re.escape(name)}" for name in names)
    with pytest.raises(NoAudioFoundError, match=rf"no recording in this folder{there}; looked for .*\.wav"):
        recordings_in(tmp_path)
    with pytest.raises(NoAudioFoundError):
        review_many([tmp_path])


def test_suffixes_are_lower_case_with_a_dot() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in AUDIO_SUFFIXES)
    assert not AUDIO_SUFFIXES & {".json", ".toml", ".csv", ".txt", ".py"}


# ── one outcome each ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    hiss(tmp_path / "1_good.wav")
    (tmp_path / "2_empty.wav").touch()
    (tmp_path / "3_text.wav").write_text("this is no sound at all, whatever its name says")
    hiss(tmp_path / "4_brief.wav")
    (tmp_path / "4_brief.toml").write_text('caler = "Sarah"')
    hiss(tmp_path / "5_good.wav")
    return tmp_path


def verdicts(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(o.path.name, "reviewed" if o.review else type(o.error).__name__) for o in outcomes]


EXPECTED = [
    ("1_good.wav", "reviewed"),
    ("2_empty.wav", "AudioEmptyError"),
    ("3_text.wav", "AudioFormatError"),
    ("4_brief.wav", "BriefError"),
    ("5_good.wav", "reviewed"),
]


def test_a_bad_file_is_an_outcome_and_the_others_are_reviewed(folder: Path) -> None:
    outcomes = list(review_many(folder, engine=None))
    assert verdicts(outcomes) == EXPECTED
    for outcome in outcomes:
        assert (outcome.review is None) != (outcome.error is None)
        if outcome.error is not None:
            assert isinstance(outcome.error, AftertoneError)
            assert outcome.path.stem in str(outcome.error), "the message names the file"


def test_files_come_in_the_order_given_and_once(folder: Path) -> None:
    paths: list[str | Path] = [
        folder / "5_good.wav",
        "missing.wav",
        str(folder / "1_good.wav"),
        folder / "5_good.wav",
    ]
    assert verdicts(list(review_many(paths, engine=None))) == [
        ("5_good.wav", "reviewed"),
        ("missing.wav", "AudioNotFoundError"),
        ("1_good.wav", "reviewed"),
    ]


def test_the_hook_is_called_after_each(folder: Path) -> None:
    told: list[tuple[int, int, str]] = []
    for outcome in review_many(
        folder, engine=None, hook=lambda done, total, o: told.append((done, total, o.path.name))
    ):
        assert told[-1][2] == outcome.path.name
    assert told == [(i, 5, name) for i, (name, _) in enumerate(EXPECTED, start=1)]


def test_an_error_of_a_library_is_wrapped_and_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def sometimes(path: Path, **options: Any) -> Any:
        if path.name == "1_good.wav":
            raise ZeroDivisionError("by nought")
        return read_audio(path, **options)

    monkeypatch.setattr("aftertone.batch.reviewer.read_audio", sometimes)
    first, *_, last = review_many(folder, engine=None)
    assert str(first.error).startswith(
        f"{folder / '1_good.wav'}: unexpected ZeroDivisionError: by nought (in"
    )
    assert isinstance(first.error, UnexpectedError)
    assert isinstance(first.error.__cause__, ZeroDivisionError)
    assert last.review is not None


def test_errors_of_the_call_are_raised_at_once(folder: Path) -> None:
    with pytest.raises(UnknownPlaybookError):
        review_many(folder, playbook="no-such")
    with pytest.raises(EngineError, match="cannot be taken to 2 processes"):
        review_many(folder, engine=load_engine("replay"), jobs=2)


@pytest.mark.parametrize(
    ("beside", "region", "expected"),
    [(None, None, None), (None, "GB", "GB"), ("AU", None, "AU"), ("AU", "GB", "GB")],
)
def test_the_region_is_the_one_given_else_the_briefs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    beside: str | None,
    region: str | None,
    expected: str | None,
) -> None:
    path = hiss(tmp_path / "a.wav")
    if beside:
        path.with_suffix(".toml").write_text(f'region = "{beside}"\ncaller = "Sarah"')
    seen: list[Brief] = []

    def watched(sound: Any, words: Any, engine: Any, brief: Brief, *rest: Any) -> Any:
        seen.append(brief)
        return pipeline.finish(sound, words, engine, brief, *rest)

    monkeypatch.setattr("aftertone.batch.reviewer.finish", watched)
    assert [outcome.error for outcome in review_many(path, engine=None, brief=Brief(region=region))] == [None]
    assert seen == [Brief(region=expected, caller="Sarah" if beside else None)]


@pytest.mark.parametrize(
    ("beside", "given", "scored_against"),
    [(None, None, "general"), ("collections", None, "collections"), ("collections", "general", "general")],
)
def test_the_playbook_is_the_one_given_else_the_briefs_else_general(
    tmp_path: Path, beside: str | None, given: str | None, scored_against: str
) -> None:
    path = hiss(tmp_path / "a.wav")
    if beside:
        path.with_suffix(".toml").write_text(f'playbook = "{beside}"')
    (outcome,) = review_many(path, engine=None, playbook=given)
    assert outcome.review is not None
    assert outcome.review.playbook == scored_against


def test_a_brief_that_names_an_unknown_playbook_fails_its_recording(tmp_path: Path) -> None:
    for name, playbook in (("a", "colections"), ("b", "mine.toml"), ("c", "general")):
        hiss(tmp_path / f"{name}.wav").with_suffix(".toml").write_text(f'playbook = "{playbook}"')
    (tmp_path / "mine.toml").write_text("title = 3")
    wrong, malformed, right = review_many(tmp_path, engine=None)
    assert isinstance(wrong.error, UnknownPlaybookError)
    assert "the brief names its playbook: no playbook is called 'colections'" in str(wrong.error)
    assert "did you mean 'collections'" in str(wrong.error)
    assert "mine.toml" in str(malformed.error)
    assert right.review is not None


def test_a_brief_given_for_a_recording_replaces_the_one_beside_it(tmp_path: Path) -> None:
    path = hiss(tmp_path / "a.wav")
    path.with_suffix(".toml").write_text("playbook = 3")  # would be an error
    (outcome,) = review_many(path, engine=None, brief={path: Brief(playbook="collections")})
    assert outcome.review is not None
    assert outcome.review.playbook == "collections"


# ── the engine ───────────────────────────────────────────────────────────────────────────────────────


class Silence:
    """An engine that writes no words."""

    name = "silence"

    def transcribe(self, recording: object) -> Transcript:
        return Transcript(engine=self.name)


class Together:
    """An engine that transcribes groups, and keeps what it was given; it fails on one recording."""

    name = "together"

    def __init__(self, fails_on: str = "") -> None:
        self.groups: list[list[str]] = []
        self.speech: list[list[tuple[Interval, ...]]] = []
        self.names: list[list[tuple[str, ...]]] = []
        self._fails_on = fails_on

    def transcribe(self, recording: Any) -> Transcript:
        raise AssertionError("transcribe_many is called instead")

    def transcribe_many(self, recordings: Any, speech: Any, hotwords: Any) -> list[Transcript]:
        self.groups.append([recording.name for recording in recordings])
        self.speech.append(list(speech))
        self.names.append(list(hotwords))
        if self._fails_on in self.groups[-1]:
            raise TranscriptionError("failed")
        return [Transcript((Word(recording.path.stem, 0.2, 0.9),)) for recording in recordings]


def voice(path: Path) -> Path:
    """Two seconds of made speech."""
    samples = spoken("Hello again, it is only me.", Voice(syllables_per_s=5.0))[0].samples
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((32_767 * samples).astype("<i2").tobytes())
    return path


def test_a_batch_engine_gets_a_group_with_its_speech_and_names(tmp_path: Path) -> None:
    files = [voice(tmp_path / f"{name}.wav") for name in ("anna", "bert", "carl")]
    hiss(tmp_path / "nobody.wav")
    (tmp_path / "bert.toml").write_text('recipient = "Bert"\ncompany = "Acme"\n')
    files[1:1] = [tmp_path / "missing.wav", tmp_path / "nobody.wav"]
    engine = Together()
    outcomes = list(review_many(files, engine=engine))
    assert engine.groups == [["anna.wav", "bert.wav", "carl.wav"]]
    assert engine.names == [[(), ("Bert", "Acme"), ()]]
    assert engine.speech == [[speech_intervals(read_audio(files[0]), exact=False)] * 3]
    heard = [
        outcome.review and outcome.review.transcript and outcome.review.transcript.text
        for outcome in outcomes
    ]
    assert heard == ["anna", None, None, "bert", "carl"]


def test_a_recording_that_cannot_be_transcribed_fails_alone(tmp_path: Path) -> None:
    files = [voice(tmp_path / f"{name}.wav") for name in ("anna", "bert", "carl")]
    engine = Together(fails_on="bert.wav")
    outcomes = list(review_many(files, engine=engine))
    assert [type(outcome.error).__name__ for outcome in outcomes] == [
        "NoneType",
        "TranscriptionError",
        "NoneType",
    ]
    assert engine.groups == [["anna.wav", "bert.wav", "carl.wav"], ["anna.wav"], ["bert.wav"], ["carl.wav"]]


def test_an_engine_is_made_once(folder: Path) -> None:
    made: list[Silence] = []

    def make() -> Silence:
        made.append(Silence())
        return made[-1]

    assert verdicts(list(review_many(folder, engine=make))) == EXPECTED
    assert len(made) == 1


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("engine", ["whispr", partial(load_engine, "whispr")])
def test_an_engine_that_cannot_be_loaded_is_raised(folder: Path, jobs: int, engine: Any) -> None:
    with pytest.raises(EngineError, match="no engine is called 'whispr'"):
        list(review_many(folder, engine=engine, jobs=jobs))


def test_unknown_options_of_an_engine_are_an_engine_error(folder: Path) -> None:
    options: dict[str, Any] = {"no_such_option": 1}
    with pytest.raises(EngineError, match="cannot be loaded: TypeError"):
        list(review_many(folder, engine=partial(load_engine, **options)))


# ── processes ────────────────────────────────────────────────────────────────────────────────────────


def test_processes_give_the_same_outcomes_as_they_are_done(folder: Path) -> None:
    told: list[int] = []
    outcomes = list(
        review_many(folder, engine=None, jobs=2, hook=lambda done, total, outcome: told.append(done))
    )
    outcomes.sort(key=lambda outcome: outcome.path)
    assert verdicts(outcomes) == EXPECTED
    assert told == [1, 2, 3, 4, 5]
    for here, there in zip(review_many(folder, engine=None), outcomes, strict=True):
        assert here.review == there.review
        assert str(here.error) == str(there.error)


KILLER = """
import os
import time

class Killer:
    name = "killer"

    def transcribe(self, recording):
        return None

def make():
    return Killer()

def listen(recording, vad):
    if "deadly" in recording.name:
        os._exit(9)
    if "endless" in recording.name:
        time.sleep(600)
    if "once" in recording.name and not recording.path.with_suffix(".died").exists():
        recording.path.with_suffix(".died").touch()
        os.kill(os.getpid(), 9)
    return Sound(recording)

class Sound:
    message = None

    def __init__(self, recording):
        self.recording = recording

def finish(sound, *rest):
    return sound.recording.name
"""


def test_a_file_that_kills_or_hangs_its_process_is_one_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the factory runs in the worker, where it puts a review in place that dies of one file
    (tmp_path / "killer.py").write_text(
        KILLER.replace(
            "def make():",
            "def make():\n    import aftertone.batch.reviewer as r\n    r.listen, r.finish = listen, finish",
        )
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    killer = importlib.import_module("killer")
    names = ["a.wav", "b_deadly.wav", "c.wav", "d_endless.wav", "e_once.wav", "f.wav"]
    files = [hiss(tmp_path / "audio" / name) for name in names]
    made = review_many(files, engine=killer.make, jobs=2, time_limit_s=6)
    outcomes = sorted(made, key=lambda outcome: outcome.path)
    assert [outcome.path for outcome in outcomes] == files
    reviews: list[Any] = [outcome.review for outcome in outcomes]
    assert reviews == ["a.wav", None, "c.wav", None, "e_once.wav", "f.wav"], (
        "a file whose process died once is tried again"
    )
    assert type(outcomes[1].error) is WorkerDiedError
    assert "b_deadly.wav: the process that read it died" in str(outcomes[1].error)
    assert type(outcomes[3].error) is TimeLimitError
    assert "d_endless.wav: was not done within the time limit" in str(outcomes[3].error)


def test_errors_survive_the_way_between_processes() -> None:
    for error in (BriefError("x: y"), *(kind("x: y") for kind in AftertoneError.__subclasses__())):
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), str(back)) == (type(error), "x: y")


# ── the ledger ───────────────────────────────────────────────────────────────────────────────────────


def made_and_kept(folder: Path, ledger: Path, **options: Any) -> list[tuple[str, str]]:
    return verdicts(list(review_many(folder, engine=None, ledger=ledger, **options)))


def test_resume_passes_over_recordings_that_have_not_changed(folder: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "run.ledger"
    first, *_ = review_many(folder, engine=None, ledger=ledger)  # all of them, each kept as it is done
    told: list[tuple[int, int]] = []
    more = review_many(
        folder,
        engine=None,
        ledger=ledger,
        resume=True,
        hook=lambda done, total, _: told.append((done, total)),
    )
    assert list(more) == []
    hiss(folder / "2_empty.wav")
    hiss(folder / "6_new.wav")
    (folder / "4_brief.toml").write_text('caller = "Sarah"')
    assert sorted(made_and_kept(folder, ledger, resume=True)) == [
        ("2_empty.wav", "reviewed"),
        ("4_brief.wav", "reviewed"),
        ("6_new.wav", "reviewed"),
    ]
    assert len(list(KeptOutcomes(ledger))) == 6
    assert next(iter(KeptOutcomes(ledger))).path == first.path


def test_failures_are_tried_again_on_request(folder: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "run.ledger"
    made_and_kept(folder, ledger)
    assert made_and_kept(folder, ledger, resume=True) == []
    failed = [each for each in EXPECTED if each[1] != "reviewed"]
    assert made_and_kept(folder, ledger, resume=True, retry_failed=True) == failed


def test_a_ledger_of_other_settings_is_refused_and_they_are_named(folder: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "run.ledger"
    made_and_kept(folder, ledger)
    with pytest.raises(LedgerError, match=r"other settings \(playbook was of each brief .*is collections"):
        review_many(folder, engine=None, ledger=ledger, resume=True, playbook="collections")
    with pytest.raises(LedgerError, match=r"brief was .*is Brief.*region='GB'"):
        review_many(folder, engine=None, ledger=ledger, resume=True, brief=Brief(region="GB"))
    with pytest.raises(LedgerError, match="engine was none, is replay"):
        review_many(folder, engine="replay", ledger=ledger, resume=True)
    made_and_kept(folder, ledger, playbook="collections")  # not resumed, it begins anew
    kept = {outcome.review.playbook for outcome in KeptOutcomes(ledger) if outcome.review is not None}
    assert kept == {"collections"}


def test_masked_names_are_not_in_the_settings_of_the_ledger(folder: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "run.ledger"
    made_and_kept(folder, ledger, brief=Brief(recipient="Wilhelmina"), redact=True)
    assert b"Wilhelmina" not in ledger.read_bytes()
    assert made_and_kept(folder, ledger, brief=Brief(recipient="Wilhelmina"), redact=True, resume=True) == []
    with pytest.raises(LedgerError, match=r"brief was masked .*, is masked "):
        review_many(folder, engine=None, ledger=ledger, brief=Brief(caller="Ann"), redact=True, resume=True)


def test_a_run_that_did_not_end_is_not_overwritten(folder: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "run.ledger"
    run = review_many(folder, engine=None, ledger=ledger)
    next(run), next(run)
    with pytest.raises(LedgerError, match="another run is writing this ledger"):
        review_many(folder, engine=None, ledger=ledger, resume=True)
    run.close()  # type: ignore[attr-defined]
    with pytest.raises(LedgerError, match="holds 2 outcomes of a run that did not end; go on with it"):
        review_many(folder, engine=None, ledger=ledger)
    assert made_and_kept(folder, ledger, resume=True) == EXPECTED[2:]


@pytest.mark.parametrize("jobs", [1, 2])
def test_recordings_of_the_same_content_are_reviewed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    folder = tmp_path / "in"
    for name in ("a.wav", "b.wav", "c.wav"):
        hiss(folder / name)
    (folder / "b.toml").write_text('caller = "Sarah"')  # not the same: its brief is another
    (folder / "d.wav").touch()
    (folder / "e.wav").touch()
    seen = tmp_path / "seen"
    seen.mkdir()
    name = f"watched_by_{jobs}"
    (tmp_path / f"{name}.py").write_text(WATCHED.replace("SEEN", str(seen)))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("aftertone.batch.reviewer.read_audio", read_audio)  # and back, when the test is over
    make = importlib.import_module(name).make
    outcomes = list(review_many(folder, engine=make, jobs=jobs, ledger=tmp_path / "run.ledger"))
    first, second, *others = sorted(path.name for path in seen.iterdir())
    assert (first, second, len(others)) in [("a.wav", "b.wav", 1), ("b.wav", "c.wav", 1)]
    assert {outcome.path.name for outcome in outcomes} == {f"{letter}.wav" for letter in "abcde"}
    for outcome in outcomes:
        if outcome.review is not None:
            assert outcome.review.recording == outcome.path.name
        else:
            assert outcome.path.name in str(outcome.error)


WATCHED = """
import pathlib

import aftertone.batch.reviewer
from aftertone.acoustics.audio import read_audio
from aftertone.language.transcript import Transcript

class Silence:
    name = "silence"

    def transcribe(self, recording):
        return Transcript(engine=self.name)

def watched(path, **options):
    pathlib.Path("SEEN", path.name).touch(exist_ok=False)
    return read_audio(path, **options)

def make():
    aftertone.batch.reviewer.read_audio = watched
    return Silence()
"""


def test_a_full_disk_is_an_error_and_earlier_outcomes_are_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.ledger"
    real_add = Ledger.add
    added: list[Outcome] = []

    def add(self: Ledger, outcome: Outcome, **rest: Any) -> None:
        if len(added) == 2:
            pages = self._database._connection.execute("PRAGMA page_count").fetchone()[0]
            self._database._connection.execute(f"PRAGMA max_page_count = {pages}")  # then "full"
        real_add(self, outcome, **rest)
        added.append(outcome)

    monkeypatch.setattr(Ledger, "add", add)
    for number in range(20):
        hiss(folder / f"more_{number}.wav").write_bytes(
            hiss(folder / "x.wav").read_bytes() + bytes(number + 1)
        )
    with pytest.raises(
        LedgerError, match=r"run\.ledger: cannot be written .*full.*what is in it is whole.*--resume"
    ):
        list(review_many(folder, engine=None, ledger=path))
    monkeypatch.undo()
    kept = list(KeptOutcomes(path))
    assert [outcome.path for outcome in kept] == [outcome.path for outcome in added]
    list(review_many(folder, engine=None, ledger=path, resume=True))
    undisturbed = list(review_many(folder, engine=None))
    assert [outcome_dict(outcome) for outcome in KeptOutcomes(path)] == [outcome_dict(o) for o in undisturbed]


def test_progress_counts(folder: Path) -> None:
    progress = BatchProgress()
    list(review_many(folder, engine=None, hook=progress.update))
    assert (progress.done_count, progress.total_count, progress.failed_count) == (5, 5, 3)
    assert progress.audio_s == 2.0
    assert progress.times_real_time > 0
    assert progress.left_s == 0.0


# ── how the cores are shared ─────────────────────────────────────────────────────────────────────────


def shared(engine: Any, jobs: int = 1, **given: Any) -> Any:
    return with_shared_cores(Options(engine=engine), jobs, **given).engine


@pytest.mark.parametrize(("jobs", "workers"), [(1, 4), (2, 2), (3, 1), (4, 1), (9, 1)])
def test_each_core_transcribes_a_recording(jobs: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aftertone.batch.workers.core_count", lambda: 4)
    spec = EngineSpec("whisper", model="tiny.en")
    made = shared(partial(load_engine, "whisper", model="tiny.en"), jobs)
    assert made == replace(spec, threads=1, workers=workers, keep_heap=False)


def test_a_single_recording_may_use_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aftertone.batch.workers.core_count", lambda: 4)
    made = shared("whisper", count=1, keep_heap=True)
    assert (made.threads, made.workers, made.keep_heap) == (4, 4, False)


def test_threads_that_were_given_stand() -> None:
    given: dict[str, Any] = {"threads": 3, "workers": 2, "keep_heap": True}
    assert shared(partial(load_engine, "whisper", **given), 2) == EngineSpec("whisper", **given)


def test_an_engine_or_a_callable_of_ones_own_is_left_alone() -> None:
    own: list[Any] = [load_engine("replay"), partial(str, "whisper")]
    for given in own:
        assert shared(given) == OwnEngine(given)
    assert shared(None) is None


def test_a_spec_is_pickled_with_its_options() -> None:
    reviewer = Reviewer(Options(engine=partial(load_engine, "replay", transcript="words")))
    assert pickle.loads(pickle.dumps(reviewer)).options.engine == EngineSpec("replay", transcript="words")


def test_the_settings_of_a_ledger_do_not_name_the_number_of_processes(folder: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "runs.ledger"
    for path in folder.glob("*.wav"):
        write_transcript(Transcript((Word("hello", 0.1, 0.4),)), path.with_suffix(".json"))
    first = list(review_many(folder, engine="replay", ledger=ledger, jobs=1, hook=None))
    again = list(review_many(folder, engine="replay", ledger=ledger, resume=True, jobs=2))
    assert verdicts(first) == EXPECTED
    assert again == []
